"""Load the phrases in the library's data, and what each phrase means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from therapy_billing.base.data_loader import read_toml
from therapy_billing.code_choice.records import ActivityType, CodeReason, CodeWarning
from therapy_billing.code_choice.rules import CueKind
from therapy_billing.code_choice.words import (
    FILLER_WORDS,
    SPELLING_LENGTHS,
    split_words,
    without_one_letter,
)
from therapy_billing.law.sources import parse_source

__all__ = ["Entry", "Lexicon", "cue_keys", "read_lexicon"]

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

# The effects that a phrase can have on the reading of a text, other than being a cue.
_EFFECTS = (
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
"""The words of a phrase, its effects on the reading of a text, and the keys of its cues."""


class Entry(NamedTuple):
    """A row of the data: what its phrases show about an activity, and the reason that a result gives for them."""

    kind: CueKind
    code: str
    weight: int
    focus: str
    reason: CodeReason


class Lexicon(NamedTuple):
    """The phrases and cues that texts are searched for. Phrases are grouped by their first word, longest first."""

    entries: tuple[Entry, ...]
    phrases: Mapping[str, tuple[_Phrase, ...]]
    near: Mapping[str, tuple[str, ...]]
    vocabulary: frozenset[str]
    abbreviations: Mapping[str, tuple[str, ...]]
    combinations: Mapping[str, CodeReason]
    weights: Mapping[str, int]
    warnings: Mapping[str, CodeWarning]
    terms: Mapping[str, int]


def _entries_of(one: ActivityType) -> tuple[Entry, ...]:
    """Return the entries for the words of an activity type."""
    reason = CodeReason(f"{one.name.lower()} is an activity that supports the code", one.source)
    codes = set(one.codes)
    entries = []
    if codes >= _EITHER:
        codes -= _EITHER
        entries.append(Entry(CueKind.MOVEMENT, "", 0, "", reason))
    entries += [
        Entry(_KIND_OF_TYPE[code], code, _TYPE_WEIGHT, "", reason) for code in sorted(codes)
    ]
    return tuple(entries)


def cue_keys(types: Iterable[ActivityType]) -> Iterator[range]:
    """Yield the keys of each type's cues. The types come first in the lexicon."""
    first = 0
    for one in types:
        after = first + len(_entries_of(one))
        yield range(first, after)
        first = after


def read_lexicon(types: tuple[ActivityType, ...]) -> Lexicon:
    """Return the lexicon: the phrases in the library's data, and the phrases of *types*."""
    table = read_toml("activities/cues.toml")
    sources = {key: parse_source(row) for key, row in table["source"].items()}

    def reason(row: Mapping[str, Any]) -> CodeReason:
        return CodeReason(row["reason"], sources[row["source"]])

    abbreviations: dict[str, tuple[str, ...]] = dict(FILLER_WORDS)
    for short, meant in table["abbreviations"].items():
        abbreviations[short] = tuple(split_words(meant, {}))
    phrases: dict[tuple[str, ...], tuple[set[str], set[int]]] = {}

    def add_phrase(text: str) -> tuple[set[str], set[int]]:
        return phrases.setdefault(tuple(split_words(text, abbreviations)), (set(), set()))

    entries = [entry for one in types for entry in _entries_of(one)]
    for one, keys in zip(types, cue_keys(types), strict=True):
        for word in one.words:
            add_phrase(word)[1].update(keys)
    for row in table["cue"]:
        for phrase in row["phrases"]:
            add_phrase(phrase)[1].add(len(entries))
        focus = row.get("focus", "")
        entries.append(Entry(CueKind(row["kind"]), row["code"], row["weight"], focus, reason(row)))
    for effect in _EFFECTS:
        for phrase in table["reading"][effect]:
            add_phrase(phrase)[0].add(effect)
    vocabulary = frozenset(word for phrase in phrases for word in phrase)
    return Lexicon(
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
    for phrase, (effects, keys) in sorted(phrases.items(), key=lambda item: -len(item[0])):
        row = (phrase, frozenset(effects), tuple(sorted(keys)))
        by_first.setdefault(phrase[0], []).append(row)
    return {word: tuple(rows) for word, rows in by_first.items()}


def _near(vocabulary: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    near: dict[str, tuple[str, ...]] = {}
    for word in vocabulary:
        if len(word) in SPELLING_LENGTHS:
            for short in without_one_letter(word):
                near[short] = (*near.get(short, ()), word)
    return near
