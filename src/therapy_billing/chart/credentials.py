"""Read from credentials such as "J. Smith, SPT; A. Jones, PT" who wrote a note."""

from __future__ import annotations

import re
from collections.abc import Iterable

from therapy_billing.codes.roles import Clinician

__all__ = ["author_of"]

_GAP = r"(?: +|-)"
_SHORT = (
    (rf"\b(?:PHYSICAL{_GAP}THERAP(?:IST|Y)|PT){_GAP}ASSISTANT\b", "PTA"),
    (rf"\b(?:OCCUPATIONAL{_GAP}THERAP(?:IST|Y)|OT){_GAP}ASSISTANT\b", "OTA"),
    (
        rf"\b(?:SPEECH{_GAP}LANGUAGE{_GAP}PATHOLOG(?:IST|Y)|SPEECH{_GAP}THERAP(?:IST|Y)|SLP){_GAP}ASSISTANT\b",
        "SLPA",
    ),
    (rf"\bPHYSICAL{_GAP}THERAPIST\b", "PT"),
    (rf"\bOCCUPATIONAL{_GAP}THERAPIST\b", "OT"),
    (rf"\bSPEECH{_GAP}(?:LANGUAGE{_GAP}PATHOLOGIST|PATHOLOGIST|THERAPIST)\b", "SLP"),
)
"""Titles that are written out, and their short forms. The longer titles are first."""
_ASSISTANTS = ("PTA", "LPTA", "OTA", "COTA", "SLPA")
_THERAPISTS = (
    *("PT", "LPT", "RPT", "DPT", "MPT", "MSPT"),
    *("OT", "OTR", "OTRL", "OTD", "MOT", "MSOT", "SLP", "CCC"),
)


def _one_of(credentials: Iterable[str]) -> str:
    """Return a pattern for one of *credentials*, or for several such as PT/OT or COTA/L."""
    either = "|".join(credentials)
    return rf"\b(?:{either})(?:/(?:L|{either})){{0,3}}"


_ANY = _one_of([*_ASSISTANTS, *_THERAPISTS])
_LEVEL = rf"(?:{_GAP}(?:GRAD|GRADUATE|DOCTORAL|CLINICAL|FIELDWORK|LEVEL|YEAR|I+|\d\w*))*"
_OTHER = r"\b(?! +(?:SUPERVIS|INSTRUCT|COORDINAT|EDUCAT|MENTOR|PRESENT))"
"""After "student" or "aide", these words show a different author, as in "PT student supervisor"."""
_PHRASES = (
    (rf"{_ANY}/S\b", " STUDENT "),
    (rf"{_ANY} *\( *(?:STUDENT|INTERN) *\)", " STUDENT "),
    (rf"{_ANY}{_LEVEL}{_GAP}(?:STUDENT|INTERN|CANDIDATE){_OTHER}", " STUDENT "),
    (rf"\b(?:STUDENT|INTERN){_GAP}{_ANY}\b", " STUDENT "),
    (rf"{_one_of(_THERAPISTS)}{_GAP}(?:AIDE|TECH|TECHNICIAN){_OTHER}", " AIDE "),
)
"""Phrases with a credential that is not the author's license, and the word that replaces each."""
_ROLES = (
    (Clinician.ASSISTANT, frozenset(_ASSISTANTS)),
    (Clinician.THERAPIST, frozenset(_THERAPISTS)),
    (Clinician.STUDENT, frozenset({"STUDENT", "INTERN", "SPT", "SPTA", "OTS", "OTAS"})),
    (Clinician.AIDE, frozenset({"AIDE", "TECH", "TECHNICIAN"})),
    (Clinician.ATHLETIC_TRAINER, frozenset({"ATC", "LAT"})),
)
"""Roles and the words that show them; the first match decides."""


def author_of(credentials: str) -> Clinician:
    """
    Return the role that *credentials* show; the therapist if they show none.

    The license of an assistant or a therapist decides, unless it is part of a phrase such as "PT student" or "PT aide".
    Other words, such as "aide", decide only without a license.

    >>> for text in ("SPT; A. Jones, PT", "SPT", "PT student", "PT, aide present", "PT aide", "PTA"):
    ...     print(author_of(text).value)
    therapist
    student
    student
    therapist
    aide
    assistant
    """
    text = credentials.upper()
    # "P.T.A." has the letters of "PTA".
    text = re.sub(r"\b(?:[A-Z]\.){2,}", lambda found: f"{found[0].replace('.', '')} ", text)
    for pattern, word in (*_SHORT, *_PHRASES):
        text = re.sub(pattern, word, text)
    words = set(re.findall(r"[A-Z]+", text))
    found = (role for role, known in _ROLES if not words.isdisjoint(known))
    return next(found, Clinician.THERAPIST)
