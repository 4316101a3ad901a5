"""Find the phrases in a text; leave out what was not done, and mark what is the purpose."""

from __future__ import annotations

import attrs

from therapy_billing.code_choice.lexicon import Entry, Lexicon
from therapy_billing.code_choice.rules import Cue, CueKind
from therapy_billing.code_choice.words import (
    CLAUSE_STOP,
    SENTENCE_STOP,
    SPELLING_LENGTHS,
    split_words,
    without_one_letter,
)

__all__ = ["find_cues"]


def _corrected(word: str, lexicon: Lexicon) -> str:
    """Return the word of the lexicon that *word* is but for one letter, or *word* itself."""
    if word in lexicon.vocabulary or len(word) not in SPELLING_LENGTHS:
        return word
    near = {one for short in without_one_letter(word) for one in lexicon.near.get(short, ())}
    return min((one for one in near if _is_slip(word, one)), default=word)


def _is_slip(word: str, meant: str) -> bool:
    """Tell whether one letter is wrong, missing, too many, or changed places with the next."""
    if word[0] != meant[0]:
        return False
    if len(word) != len(meant):
        return True
    wrong = [place for place, (one, two) in enumerate(zip(word, meant, strict=True)) if one != two]
    return len(wrong) == 1 or (len(wrong) == 2 and wrong[1] == wrong[0] + 1)  # noqa: PLR2004


@attrs.define
class _Reading:
    """Where the reading of a text stands: what its sentence and its clause have said so far."""

    whole_purpose: bool
    cues: set[Cue] = attrs.field(factory=set)
    clause: list[Cue] = attrs.field(factory=list)
    purpose: bool = attrs.field(init=False)
    purpose_leads: bool = False
    begun: bool = False
    negated: bool = False
    fresh: bool = False
    """Whether nothing came yet that the negation could be about."""
    denied: bool = False
    cued: bool = False

    def __attrs_post_init__(self) -> None:
        self.purpose = self.whole_purpose

    def stop(self, token: str) -> None:
        """End the clause, and the sentence where *token* is its end."""
        if not self.denied:
            self.cues.update(self.clause)
        self.clause.clear()
        self.negated = self.denied = self.cued = False
        if self.purpose_leads or token == SENTENCE_STOP:
            self.purpose = self.whole_purpose
            self.purpose_leads = False
        if token == SENTENCE_STOP:
            self.begun = False

    def turn(self, marks: frozenset[str]) -> None:
        """Take in what a phrase does to the reading."""
        if "clause_ends" in marks:
            self.stop(CLAUSE_STOP)
        if "purpose_ends" in marks:
            self.purpose = self.whole_purpose
        if "purpose_opens" in marks:
            self.purpose_leads = not self.begun
            self.purpose = True
        if marks & {"negation_ends", "purpose_opens"}:
            self.cued = False
            self.negated = self.negated and self.fresh
        self.denied = self.denied or "denies" in marks
        self.cued = self.cued or "cued" in marks
        if "negates" in marks:
            self.negated = self.fresh = True
        elif "negation_passes" not in marks:
            self.fresh = False

    def add(self, key: int, entry: Entry) -> None:
        """Take in a cue."""
        self.fresh = False
        if not self.negated:
            # To be told to mind the posture is no training of it.
            minded = self.cued and entry.kind is CueKind.CONTROL
            weight = min(entry.weight, 1) if minded else entry.weight
            cue = Cue(key, entry.kind, entry.code, weight, entry.focus, self.purpose)
            self.clause.append(cue)


def find_cues(text: str, lexicon: Lexicon, *, in_purpose: bool = False) -> set[Cue]:
    """Return the cues of *text*, each once for what was done and once for what for."""
    words = [_corrected(word, lexicon) for word in split_words(text, lexicon.abbreviations)]
    reading = _Reading(in_purpose)
    place = 0
    while place < len(words):
        word = words[place]
        if word in (SENTENCE_STOP, CLAUSE_STOP):
            reading.stop(word)
            place += 1
            continue
        length, marks, keys = _phrase_at(place, words, lexicon)
        reading.turn(marks)
        for key in keys:
            reading.add(key, lexicon.entries[key])
        reading.begun = True
        # Of what opens a purpose only the first word is used up: the task after it is a cue.
        place += 1 if "purpose_opens" in marks else length
    reading.stop(SENTENCE_STOP)
    return reading.cues


def _phrase_at(
    place: int, words: list[str], lexicon: Lexicon
) -> tuple[int, frozenset[str], tuple[int, ...]]:
    """Return the length of the longest phrase at *place*, its marks and its cues."""
    for phrase, marks, keys in lexicon.phrases.get(words[place], ()):
        if tuple(words[place : place + len(phrase)]) == phrase:
            return len(phrase), marks, keys
    return 1, frozenset(), ()
