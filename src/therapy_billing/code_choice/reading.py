"""Find the phrases in a text, ignore what was not done, and mark what belongs to the purpose."""

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
    """Return the word of the lexicon that *word* misspells by one letter, or *word* itself."""
    if word in lexicon.vocabulary or len(word) not in SPELLING_LENGTHS:
        return word
    near = {one for short in without_one_letter(word) for one in lexicon.near.get(short, ())}
    return min((one for one in near if _is_slip(word, one)), default=word)


def _is_slip(word: str, meant: str) -> bool:
    """Return whether one letter is wrong, missing, extra, or swapped with the next."""
    if word[0] != meant[0]:
        return False
    if len(word) != len(meant):
        return True
    wrong = [index for index, (one, two) in enumerate(zip(word, meant, strict=True)) if one != two]
    return len(wrong) == 1 or (len(wrong) == 2 and wrong[1] == wrong[0] + 1)  # noqa: PLR2004


@attrs.define
class _Reading:
    """The state of reading a text: what the current sentence and clause have said so far."""

    whole_purpose: bool
    cues: set[Cue] = attrs.field(factory=set)
    clause: list[Cue] = attrs.field(factory=list)
    purpose: bool = attrs.field(init=False)
    purpose_leads: bool = False
    begun: bool = False
    negated: bool = False
    fresh: bool = False
    """Whether only words of ``negation_passes`` have followed the negation so far."""
    denied: bool = False
    cued: bool = False

    def __attrs_post_init__(self) -> None:
        self.purpose = self.whole_purpose

    def stop(self, token: str) -> None:
        """End the clause. If *token* ends the sentence, end the sentence too."""
        if not self.denied:
            self.cues.update(self.clause)
        self.clause.clear()
        self.negated = self.denied = self.cued = False
        if self.purpose_leads or token == SENTENCE_STOP:
            self.purpose = self.whole_purpose
            self.purpose_leads = False
        if token == SENTENCE_STOP:
            self.begun = False

    def apply(self, effects: frozenset[str]) -> None:
        """Apply the effects of a phrase."""
        if "clause_ends" in effects:
            self.stop(CLAUSE_STOP)
        if "purpose_ends" in effects:
            self.purpose = self.whole_purpose
        if "purpose_opens" in effects:
            self.purpose_leads = not self.begun
            self.purpose = True
        if effects & {"negation_ends", "purpose_opens"}:
            self.cued = False
            self.negated = self.negated and self.fresh
        self.denied = self.denied or "denies" in effects
        self.cued = self.cued or "cued" in effects
        if "negates" in effects:
            self.negated = self.fresh = True
        elif "negation_passes" not in effects:
            self.fresh = False

    def add(self, key: int, entry: Entry) -> None:
        """Add a cue, unless it is negated."""
        self.fresh = False
        if not self.negated:
            # Reminding the patient to watch posture is not posture training.
            reminded = self.cued and entry.kind is CueKind.CONTROL
            weight = min(entry.weight, 1) if reminded else entry.weight
            cue = Cue(key, entry.kind, entry.code, weight, entry.focus, self.purpose)
            self.clause.append(cue)


def find_cues(text: str, lexicon: Lexicon, *, in_purpose: bool = False) -> set[Cue]:
    """Return the cues of *text*, each at most once for the activity and once for the purpose."""
    words = [_corrected(word, lexicon) for word in split_words(text, lexicon.abbreviations)]
    reading = _Reading(in_purpose)
    index = 0
    while index < len(words):
        word = words[index]
        if word in (SENTENCE_STOP, CLAUSE_STOP):
            reading.stop(word)
            index += 1
            continue
        length, effects, keys = _phrase_at(index, words, lexicon)
        reading.apply(effects)
        for key in keys:
            reading.add(key, lexicon.entries[key])
        reading.begun = True
        # After "to lift", skip only "to": the task in a phrase that opens a purpose is also a cue.
        index += 1 if "purpose_opens" in effects else length
    reading.stop(SENTENCE_STOP)
    return reading.cues


def _phrase_at(
    index: int, words: list[str], lexicon: Lexicon
) -> tuple[int, frozenset[str], tuple[int, ...]]:
    """Return the length, effects, and cues of the longest phrase that starts at *index*."""
    for phrase, effects, keys in lexicon.phrases.get(words[index], ()):
        if tuple(words[index : index + len(phrase)]) == phrase:
            return len(phrase), effects, keys
    return 1, frozenset(), ()
