"""
Activities: which procedure code the words for what was done, and why, speak for.

The words and their weights are data, in ``data/activities``: a clinician can read them, disagree, and add
types of activity from a file. Nothing learns and nothing is looked up: a text is cut into words, phrases
are found in it, what a sentence says was not done is left out, and what stands behind *to improve*, *for*
or *so that* is taken for the purpose. A line's end ends a sentence.

No result holds any of the text.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from html import escape
from typing import Any, NamedTuple, TypeAlias

import attrs

from therapy_billing.base.data_loader import read_text, read_toml
from therapy_billing.base.errors import (
    InvalidInputError,
    require_text,
    see_kind,
)
from therapy_billing.base.toml_files import (
    Form,
    Key,
    Problems,
    TomlFile,
    parse_toml,
    read_terms,
    read_toml_file,
)
from therapy_billing.base.validation import checked
from therapy_billing.code_choice.rules import (
    CODES,
    Choice,
    Cue,
    CueKind,
    choose_code,
    find_warnings,
)
from therapy_billing.law.sources import Source, Verification, parse_source

__all__ = [
    "Activities",
    "ActivityType",
    "CodeReason",
    "CodeSuggestion",
    "CodeWarning",
    "RankedCode",
    "suggest_code",
]

_TYPES_FILE = "activities/dynamic.toml"
_TYPES_PATH = f"data/{_TYPES_FILE}"
_FOCI = (
    "strength",
    "core stability",
    "balance",
    "endurance",
    "flexibility",
    "range of motion",
    "coordination",
    "power",
)
_KIND_OF_TYPE = {
    "97110": CueKind.EXERCISE,
    "97112": CueKind.TECHNIQUE,
    "97116": CueKind.GAIT,
    "97140": CueKind.HANDS_ON,
    "97530": CueKind.TASK,
    "97535": CueKind.SELF_CARE,
}
_EITHER = {"97110", "97530"}
_TYPE_WEIGHT = 3
_DECIDES = "a suggestion to a clinician, who decides by what was done and why"


@attrs.frozen(field_transformer=checked)
class ActivityType:
    """
    A type of activity that supports one or more codes.

    Args:
        name: What it is called.
        words: What a note calls it; endings, case and British spelling do not matter.
        examples: What it looks like.
        focus: What it trains.
        codes: The codes it supports; with both 97530 and 97110 its purpose decides.
        source: Where that comes from.
    """

    name: str
    words: tuple[str, ...]
    examples: tuple[str, ...]
    focus: tuple[str, ...]
    codes: tuple[str, ...]
    source: Source


@attrs.frozen
class CodeReason:
    """A sentence of our own that speaks for or against a code, and where it comes from."""

    statement: str
    source: Source

    def __str__(self) -> str:
        return f"{self.statement} [{self.source}]"

    def to_dict(self) -> dict[str, Any]:
        """Return the reason as plain values that JSON can hold."""
        return {"statement": self.statement, "source": self.source.to_dict()}


@attrs.frozen
class CodeWarning:
    """A sign that a payer may question a code, and where it comes from."""

    id: str
    code: str
    statement: str
    source: Source

    def __str__(self) -> str:
        return f"{self.code}: {self.statement} [{self.source}]"

    def to_dict(self) -> dict[str, Any]:
        """Return the warning as plain values that JSON can hold."""
        return {
            "id": self.id,
            "code": self.code,
            "statement": self.statement,
            "source": self.source.to_dict(),
        }


@attrs.frozen
class RankedCode:
    """
    A code, how much speaks for it, and what speaks for and against it.

    Args:
        code: One of the six codes.
        score: Points; they order the codes of one text and measure nothing.
        reasons_for: What made the points.
        reasons_against: What was seen and made none.
    """

    code: str
    score: int
    reasons_for: tuple[CodeReason, ...]
    reasons_against: tuple[CodeReason, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the code as plain values that JSON can hold."""
        return {
            "code": self.code,
            "score": self.score,
            "reasons_for": [reason.to_dict() for reason in self.reasons_for],
            "reasons_against": [reason.to_dict() for reason in self.reasons_against],
        }


@attrs.frozen
class CodeSuggestion:
    """
    Which code a described activity speaks for; it holds none of the description.

    Args:
        code: The code that leads clearly, or None: cannot tell.
        ranked: All six codes, the best supported first.
        warnings: The warning signs that the description shows.
        statement: The result in a sentence.
    """

    code: str | None
    ranked: tuple[RankedCode, ...]
    warnings: tuple[CodeWarning, ...]
    statement: str

    def __str__(self) -> str:
        lines = [self.statement]
        for ranked in self.ranked:
            told = ranked.reasons_for or ranked.reasons_against
            if told:
                lines.append(f"{ranked.code}: {ranked.score}")
            lines += [f"  for: {reason}" for reason in ranked.reasons_for]
            lines += [f"  against: {reason}" for reason in ranked.reasons_against]
        lines += [f"warning: {warning}" for warning in self.warnings]
        return "\n".join(lines)

    def speaks_against(self, code: str) -> bool:
        """
        Return whether it clearly speaks for another code than *code*.

        False where it cannot tell, and for a code that is none of the six.

        >>> suggest_code("Squats 3x10", "quadriceps strength").speaks_against("97530")
        True
        """
        _checked(code, "code")
        return code in CODES and self.code not in (None, code)

    def to_dict(self) -> dict[str, Any]:
        """Return the suggestion as plain values that JSON can hold."""
        return {
            "code": self.code,
            "statement": self.statement,
            "ranked": [ranked.to_dict() for ranked in self.ranked],
            "warnings": [warning.to_dict() for warning in self.warnings],
        }

    def _repr_html_(self) -> str:
        rows = (
            f"<tr><td>{escape(ranked.code)}</td><td>{ranked.score}</td>"
            f"<td>{_listed(ranked.reasons_for)}</td><td>{_listed(ranked.reasons_against)}</td></tr>"
            for ranked in self.ranked
        )
        return (
            f"<p>{escape(self.statement)}</p><table><thead><tr><th>code</th><th>points</th>"
            f"<th>for</th><th>against</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
            f"<p>{_listed(self.warnings)}</p>"
        )


def _listed(told: Iterable[CodeReason | CodeWarning]) -> str:
    return "<br>".join(escape(str(one)) for one in told)


# What a phrase does to the reading of a text, beside being a cue.
_READING = (
    "purpose_opens",
    "purpose_ends",
    "negates",
    "negation_ends",
    "negation_passes",
    "denies",
    "clause_ends",
    "cued",
    "passes",
)


_Phrase: TypeAlias = tuple[tuple[str, ...], frozenset[str], tuple[int, ...]]
"""The words of a phrase, what it does to the reading, and the keys of its cues."""


class _Entry(NamedTuple):
    """A row of cues: what it tells, and the reason that it gives."""

    kind: CueKind
    code: str
    weight: int
    focus: str
    reason: CodeReason


class _Lexicon(NamedTuple):
    """The cues of the data, read once; phrases by their first word, the longest first."""

    entries: tuple[_Entry, ...]
    phrases: Mapping[str, tuple[_Phrase, ...]]
    near: Mapping[str, tuple[str, ...]]
    vocabulary: frozenset[str]
    abbreviations: Mapping[str, tuple[str, ...]]
    combinations: Mapping[str, CodeReason]
    weights: Mapping[str, int]
    warnings: Mapping[str, CodeWarning]
    terms: Mapping[str, int]


@attrs.frozen(eq=False)
class Activities:
    """
    The catalogue of activities, with the words that speak for and against the codes.

    It is made by :meth:`bundled` or :meth:`from_toml`.

    >>> [one.name for one in Activities.bundled().find("carries shopping bags; no lifting today")]
    ['Carrying']
    """

    types: tuple[ActivityType, ...]
    _lexicon: _Lexicon = attrs.field(repr=False)

    @classmethod
    def bundled(cls) -> Activities:
        """Return the catalogue that comes with the library; it is read once."""
        return _bundled()

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> Activities:
        """
        Return the bundled catalogue and the types of activity that a TOML file adds to it::

            [source.protocol]
            title = "Our protocol for return to paddling"
            verified = "unverified"

            [[type]]
            name = "Paddling"
            words = ["paddling", "kayak"]
            examples = ["strokes against a resisted paddle"]
            focus = ["power", "endurance"]
            codes = ["97530"]
            source = "protocol"

        Args:
            path: The file, in UTF-8.

        Raises:
            FileFormatError: If the file is not UTF-8 or no TOML.
            ExceptionGroup: Of FileFormatError, one for each bad entry or key, with its line.
            OSError: If the file cannot be read.
        """
        bundled = cls.bundled().types
        types = bundled + _read_types(read_toml_file(path), bundled)
        return cls(types, _read_lexicon(types))

    def find(self, text: str) -> tuple[ActivityType, ...]:
        """
        Return the types of activity that *text* names and does not say were left out.

        Args:
            text: The description of an activity.
        """
        found = {cue.key for cue in _find_cues(_checked(text, "text"), self._lexicon)}
        places = _places(self.types)
        return tuple(one for one, keys in zip(self.types, places, strict=True) if found & set(keys))


def suggest_code(
    activity: str, purpose: str | None = None, *, activities: Activities | None = None
) -> CodeSuggestion:
    """
    Return which of 97110, 97112, 97116, 97140, 97530 and 97535 a described activity speaks for.

    Args:
        activity: What was done, in the words of the note.
        purpose: What it was done for; what *activity* says of that counts too.
        activities: The catalogue, the bundled one by default.

    Raises:
        InvalidInputError: If a text is no text.

    >>> suggest_code("Lifts boxes from floor to shelf", "to return to warehouse work").code
    '97530'
    >>> suggest_code("Step-ups 3x10", "quadriceps strength").code
    '97110'
    >>> print(suggest_code("Patient tolerated treatment well").statement)
    cannot tell: nothing in the text speaks for one of the six codes; a suggestion to a clinician, ...
    """
    if activities is not None:
        see_kind(activities, Activities, "activities")
    lexicon = (activities or Activities.bundled())._lexicon  # noqa: SLF001 - a record of this module
    text = _checked(activity, "activity")
    cues: tuple[Cue, ...] = ()
    if text.strip():
        told = _find_cues(text, lexicon)
        if purpose is not None:
            told |= _find_cues(_checked(purpose, "purpose"), lexicon, in_purpose=True)
        cues = tuple(sorted(told, key=lambda cue: (cue.key, cue.in_purpose, cue.weight)))
    elif purpose is not None:
        _checked(purpose, "purpose")
    choice = choose_code(cues, combinations=lexicon.weights, **lexicon.terms)
    return CodeSuggestion(
        code=choice.code,
        ranked=tuple(_ranked(code, score, choice, lexicon) for code, score in choice.scores),
        warnings=tuple(lexicon.warnings[name] for name in find_warnings(cues)),
        statement=f"{_outcome(choice, lexicon.terms)}; {_DECIDES}",
    )


def _checked(text: str, name: str) -> str:
    require_text(text, name)
    return text


def _outcome(choice: Choice, terms: Mapping[str, int]) -> str:
    if choice.code is not None:
        return f"the text speaks for {choice.code}"
    (first, best), (second, next_best) = choice.scores[:2]
    if not best and not choice.outside:
        return "cannot tell: nothing in the text speaks for one of the six codes"
    if choice.outside and best < choice.outside + terms["margin"]:
        return "cannot tell: the text speaks of a service outside the six codes"
    if best < terms["minimum"]:
        return f"cannot tell: too little in the text speaks for {first}"
    return (
        f"cannot tell: {first} has {best} points and {second} {next_best}; "
        f"a lead of {terms['margin']} is needed"
    )


def _ranked(code: str, score: int, choice: Choice, lexicon: _Lexicon) -> RankedCode:
    reasons: tuple[dict[CodeReason, None], dict[CodeReason, None]] = ({}, {})
    for point in choice.points:
        if point.code == code:
            key = point.key
            reason = (
                lexicon.combinations[key] if isinstance(key, str) else lexicon.entries[key].reason
            )
            reasons[point.points <= 0][reason] = None
    return RankedCode(code, score, tuple(reasons[0]), tuple(reasons[1]))


_SENTENCE, _CLAUSE = ".", ","
_EMPTY: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("the", "a", "an", "her", "his", "their", "my"), ()
)
"""Words that are passed over, so that a phrase fits with and without them."""
_TOKEN = re.compile(
    r"w/[oc](?![a-z])|w/|[a-z]+(?:'[a-z]+)?|[0-9]+(?:\.[0-9]+)?|#|[.!?;\n]|[,()\u2013\u2014]"
)
_SPELLED = str.maketrans({"\u00d7": "x", "\u2019": "'", "\r": "\n"})
_SHORT = 3
"""Letters of a word that has no further ending."""
_NEAR_LENGTHS = range(6, 25)
"""Letters of a word that may be misspelled: shorter ones are too close to others."""


def _split(text: str, meant: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """
    Yield the words of *text* without their endings, ``#`` for a number, and its stops.

    Args:
        text: Any text.
        meant: What abbreviations stand for, and nothing for the words to pass over.
    """
    for found in _TOKEN.finditer(unicodedata.normalize("NFKC", text).lower().translate(_SPELLED)):
        word = found[0]
        if word in ".!?;\n":
            yield _SENTENCE
        elif word in ",()\u2013\u2014":
            yield _CLAUSE
        elif word[0] in "#0123456789":
            yield "#"
        elif word in meant:
            yield from meant[word]
        else:
            yield _stem(word)


def _stem(word: str) -> str:
    """
    Return *word* without its ending, in American spelling; it need not be a word.

    >>> [_stem(word) for word in ("squatting", "squats", "mobilisation", "mobilization", "swing")]
    ['squat', 'squat', 'mobilization', 'mobilization', 'swing']
    """
    word = word.removesuffix("'s").replace("isation", "ization").replace("ae", "e")
    for ending, left in (
        ("ies", "y"),
        ("ied", "y"),
        ("ing", ""),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
    ):
        if word.endswith(ending) and _can_lose(word, ending):
            word = word.removesuffix(ending) + left
            break
    if len(word) <= _SHORT:
        return word
    if len(word) > _SHORT + 1:
        word = word.removesuffix("e")
    if word[-1] == word[-2]:
        word = word[:-1]
    if word.endswith("is"):
        return f"{word[:-1]}z"
    return f"{word[:-3]}or" if word.endswith("our") else word


def _can_lose(word: str, ending: str) -> bool:
    rest = word.removesuffix(ending)
    match ending:
        case "es":
            return rest.endswith(("s", "x", "z", "ch", "sh"))
        case "s":
            return len(rest) > 1 and not rest.endswith(("s", "u", "i"))
        case "ed" if rest.endswith("e"):
            return False
        case _:
            return len(rest) >= _SHORT and re.search("[aeiouy]", rest) is not None


def _shortened(word: str) -> Iterator[str]:
    """Yield *word* and what is left of it without one of its letters."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _corrected(word: str, lexicon: _Lexicon) -> str:
    """Return the word of the lexicon that *word* is but for one letter, or *word* itself."""
    if word in lexicon.vocabulary or len(word) not in _NEAR_LENGTHS:
        return word
    near = {one for short in _shortened(word) for one in lexicon.near.get(short, ())}
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
        if self.purpose_leads or token == _SENTENCE:
            self.purpose = self.whole_purpose
            self.purpose_leads = False
        if token == _SENTENCE:
            self.begun = False

    def turn(self, marks: frozenset[str]) -> None:
        """Take in what a phrase does to the reading."""
        if "clause_ends" in marks:
            self.stop(_CLAUSE)
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

    def add(self, key: int, entry: _Entry) -> None:
        """Take in a cue."""
        self.fresh = False
        if not self.negated:
            # To be told to mind the posture is no training of it.
            minded = self.cued and entry.kind is CueKind.CONTROL
            weight = min(entry.weight, 1) if minded else entry.weight
            cue = Cue(key, entry.kind, entry.code, weight, entry.focus, self.purpose)
            self.clause.append(cue)


def _find_cues(text: str, lexicon: _Lexicon, *, in_purpose: bool = False) -> set[Cue]:
    """Return the cues of *text*, each once for what was done and once for what for."""
    words = [_corrected(word, lexicon) for word in _split(text, lexicon.abbreviations)]
    reading = _Reading(in_purpose)
    place = 0
    while place < len(words):
        word = words[place]
        if word in (_SENTENCE, _CLAUSE):
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
    reading.stop(_SENTENCE)
    return reading.cues


def _phrase_at(
    place: int, words: list[str], lexicon: _Lexicon
) -> tuple[int, frozenset[str], tuple[int, ...]]:
    """Return the length of the longest phrase at *place*, its marks and its cues."""
    for phrase, marks, keys in lexicon.phrases.get(words[place], ()):
        if tuple(words[place : place + len(phrase)]) == phrase:
            return len(phrase), marks, keys
    return 1, frozenset(), ()


@cache
def _bundled() -> Activities:
    types = _read_types(_types_file(), ())
    return Activities(types, _read_lexicon(types))


def _entries_of(one: ActivityType) -> tuple[_Entry, ...]:
    """Return what the words of a type of activity tell."""
    reason = CodeReason(f"{one.name.lower()} is an activity that supports the code", one.source)
    codes = set(one.codes)
    entries = []
    if codes >= _EITHER:
        codes -= _EITHER
        entries.append(_Entry(CueKind.MOVEMENT, "", 0, "", reason))
    entries += [
        _Entry(_KIND_OF_TYPE[code], code, _TYPE_WEIGHT, "", reason) for code in sorted(codes)
    ]
    return tuple(entries)


def _places(types: Iterable[ActivityType]) -> Iterator[range]:
    """Yield the keys of each type's cues; the types come first in the lexicon."""
    first = 0
    for one in types:
        after = first + len(_entries_of(one))
        yield range(first, after)
        first = after


def _read_lexicon(types: tuple[ActivityType, ...]) -> _Lexicon:
    table = read_toml("activities/cues.toml")
    sources = {key: parse_source(row) for key, row in table["source"].items()}

    def reason(row: Mapping[str, Any]) -> CodeReason:
        return CodeReason(row["reason"], sources[row["source"]])

    abbreviations: dict[str, tuple[str, ...]] = dict(_EMPTY)
    for short, meant in table["abbreviations"].items():
        abbreviations[short] = tuple(_split(meant, {}))
    phrases: dict[tuple[str, ...], tuple[set[str], set[int]]] = {}

    def meet(text: str) -> tuple[set[str], set[int]]:
        return phrases.setdefault(tuple(_split(text, abbreviations)), (set(), set()))

    entries = [entry for one in types for entry in _entries_of(one)]
    for one, keys in zip(types, _places(types), strict=True):
        for word in one.words:
            meet(word)[1].update(keys)
    for row in table["cue"]:
        for phrase in row["phrases"]:
            meet(phrase)[1].add(len(entries))
        focus = row.get("focus", "")
        entries.append(_Entry(CueKind(row["kind"]), row["code"], row["weight"], focus, reason(row)))
    for mark in _READING:
        for phrase in table["reading"][mark]:
            meet(phrase)[0].add(mark)
    vocabulary = frozenset(word for phrase in phrases for word in phrase)
    return _Lexicon(
        entries=tuple(entries),
        phrases=_by_first_word(phrases),
        near=_near(vocabulary),
        vocabulary=vocabulary,
        abbreviations=abbreviations,
        combinations={name: reason(row) for name, row in table["combination"].items()},
        weights={name: row["weight"] for name, row in table["combination"].items()},
        warnings={
            name: CodeWarning(name, row["code"], row["reason"], sources[row["source"]])
            for name, row in table["warning"].items()
        },
        terms=table["scoring"],
    )


def _by_first_word(
    phrases: Mapping[tuple[str, ...], tuple[set[str], set[int]]],
) -> Mapping[str, tuple[_Phrase, ...]]:
    by_first: dict[str, list[_Phrase]] = {}
    for phrase, (marks, keys) in sorted(phrases.items(), key=lambda item: -len(item[0])):
        row = (phrase, frozenset(marks), tuple(sorted(keys)))
        by_first.setdefault(phrase[0], []).append(row)
    return {word: tuple(rows) for word, rows in by_first.items()}


def _near(vocabulary: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    near: dict[str, tuple[str, ...]] = {}
    for word in vocabulary:
        if len(word) in _NEAR_LENGTHS:
            for short in _shortened(word):
                near[short] = (*near.get(short, ()), word)
    return near


def _read_types(file: TomlFile, bundled: tuple[ActivityType, ...]) -> tuple[ActivityType, ...]:
    """Return the types of activity of a file, whose names are not those of the *bundled* ones."""
    problems: Problems = []
    table = read_terms(file.table, _FILE, problems)
    sources: dict[str, Source] = {}
    for key, row in table.get("source", {}).items():
        place: Key = ("source", key)
        source = _read_row(row, _SOURCE, ("title", "verified"), problems, place)
        if source is not None:
            sources[key] = parse_source(source)
    if "type" not in file.table:
        problems.append((("type",), "missing; at least one table [[type]] belongs here"))
    types = []
    places = {
        _folded(one.name): (_TYPES_PATH, ("type", number)) for number, one in enumerate(bundled)
    }
    for number, row in enumerate(table.get("type", [])):
        place = ("type", number)
        terms = _read_row(row, _TYPE, ("name", "words", "codes", "source"), problems, place)
        if terms is None:
            continue
        if terms["source"] not in sources:
            problems.append(((*place, "source"), "no sound table [source.KEY] has this key"))
            continue
        terms["source"] = sources[terms["source"]]
        types.append(ActivityType(**{"examples": (), "focus": (), **terms}))
        here = (file.path, place)
        first, at = places.setdefault(_folded(terms["name"]), here)
        if (first, at) != here:
            held = file if first == file.path else _types_file()
            reason = f"an activity of this name is in {first}, line {held.line((*at, 'name'))}"
            problems.append(((*place, "name"), reason))
    if problems:
        msg = f"bad activities in {file.path}"
        raise ExceptionGroup(msg, file.errors(problems))
    return tuple(types)


def _types_file() -> TomlFile:
    return parse_toml(read_text(_TYPES_FILE), _TYPES_PATH)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _read_row(
    row: object, forms: Mapping[str, Form], needed: Iterable[str], problems: Problems, place: Key
) -> dict[str, Any] | None:
    """Return the terms of a table that has all it needs, or None and what is wrong with it."""
    if not isinstance(row, dict):
        problems.append((place, "a table belongs here"))
        return None
    before = len(problems)
    terms = read_terms(row, forms, problems, at=place)
    problems += [((*place, key), f"missing; {forms[key][1]}") for key in needed if key not in row]
    return terms if len(problems) == before else None


def _text(value: str) -> str:
    if not value.strip():
        raise InvalidInputError(_TEXT)
    return " ".join(value.split())


def _list_form(wanted: str, fits: Callable[[str], bool], *, least: int = 0) -> Form:
    """Return the form of a list of texts that each fit, *least* being how many it has at least."""
    reason = f"{wanted} belongs here"

    def read(values: list[object]) -> tuple[str, ...]:
        texts = tuple(value for value in values if isinstance(value, str) and fits(value))
        if len(texts) < max(least, len(values)):
            raise InvalidInputError(reason)
        return texts

    return (list,), reason, read


def _is_phrase(value: str) -> bool:
    words = set(_split(value, _EMPTY))
    return bool(words) and not words & {_SENTENCE, _CLAUSE}


def _verified(value: str) -> str:
    if value not in _VERIFIED:
        raise InvalidInputError(_ONE_VERIFIED)
    return value


_TEXT = "a text belongs here"
_VERIFIED = tuple(word.value for word in Verification)
_ONE_VERIFIED = f"one of {', '.join(_VERIFIED)} belongs here"
_FILE: Mapping[str, Form] = {
    "source": ((dict,), "tables such as [source.protocol] belong here", dict),
    "type": ((list,), "tables, each below a line [[type]], belong here", list),
}
_SOURCE: Mapping[str, Form] = {
    "title": ((str,), _TEXT, _text),
    "place": ((str,), _TEXT, str.strip),
    "link": ((str,), _TEXT, str.strip),
    "verified": ((str,), _ONE_VERIFIED, _verified),
}
_TYPE: Mapping[str, Form] = {
    "name": ((str,), _TEXT, _text),
    "words": _list_form("a list of texts, each of words without stops,", _is_phrase, least=1),
    "examples": _list_form("a list of texts", lambda _: True),
    "focus": _list_form(f"a list of {', '.join(_FOCI)}", _FOCI.__contains__),
    "codes": _list_form(f"a list of {', '.join(CODES)} as texts", CODES.__contains__, least=1),
    "source": ((str,), "the key of a table [source.KEY] belongs here", str),
}
