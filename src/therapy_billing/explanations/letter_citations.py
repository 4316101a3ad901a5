"""
Number the sources of a letter, and label each statement that no checked document supports.

The body cites official sources and data files that have an address and a date. All other sources are in the appendix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.explanations.letter_records import LetterCitation, LetterStatement
from therapy_billing.explanations.step_record import Step
from therapy_billing.law.sources import Source, Verification

__all__ = ["Citations"]

_OWN = frozenset({Verification.DERIVED, Verification.UNVERIFIED})
_PUBLISHED = frozenset({Verification.OFFICIAL, Verification.DATA_FILE})

_OUR_READING = "our reading; no document settles it"
_COMMON_PRACTICE = "common practice; no document confirms it"
_AS_ENTERED = "as entered for this payer; not checked here"
_OUR_CHOICE = "our choice; no document decides it"
_PARTLY_OURS = "in part our reading"
_PARTLY_COMMON = "in part unconfirmed"

_ENTERED_RULES = frozenset(
    {
        "cap-dollars",
        "cap-per-code",
        "cap-per-codes",
        "cap-per-day",
        "cap-per-discipline",
        "cap-per-provider",
        "cap-per-session",
        "cap-rvus",
        "cap-visits",
        "code-terms",
        "flat-rate",
        "furnisher-share",
        "per-day-maximum",
        "per-visit-rate",
        "percent-of-medicare",
        "relative-values",
    }
)
"""The rules whose numbers come from the payer's policy, its contract, or a rate list."""
_ROW_RULES = frozenset({"assistant-scope", "furnisher-scope"})
"""The rules with sources about many roles. The figures of a step are the source of the one role that it is about."""


class Citations:
    """The numbers of a letter's sources, given in the order in which its statements cite them."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._sources: dict[str, dict[Source, None]] = {}
        for step in steps:
            self._sources.setdefault(step.rule.id, {}).update(dict.fromkeys(_sources_of(step)))
        self._body: dict[str, dict[Source, None]] = {}
        self._appendix: dict[Source, int] = {}

    def statement(self, text: str, *rules: str) -> LetterStatement:
        """
        Return *text* as a statement.

        Args:
            text: Whole sentences.
            rules: The ids of the rules that the statement rests on.

        Raises:
            InvalidInputError: If the explanation has no step for a rule, so its steps do not explain its result.
        """
        if not self._sources.keys() >= set(rules):
            msg = "the steps do not explain the result: use explain(result)"
            raise InvalidInputError(msg, field="steps")
        return self._statement(text, {rule: tuple(self._sources[rule]) for rule in rules})

    def of_steps(self, text: str, steps: Iterable[Step]) -> LetterStatement:
        """Return *text* as a statement that rests on *steps*."""
        given: dict[str, tuple[Source, ...]] = {}
        for step in steps:
            given[step.rule.id] = given.get(step.rule.id, ()) + _sources_of(step)
        return self._statement(text, given)

    def _statement(self, text: str, given: Mapping[str, Sequence[Source]]) -> LetterStatement:
        cited = dict.fromkeys(source for sources in given.values() for source in sources)
        body = dict.fromkeys(self._body_number(each) for each in cited if _in_body(each))
        rest = dict.fromkeys(self._appendix_number(each) for each in cited if not _in_body(each))
        label = _joined(_label(rule, sources) for rule, sources in given.items())
        return LetterStatement(text, tuple(given), label, tuple(body), tuple(rest))

    def _body_number(self, source: Source) -> int:
        self._body.setdefault(source.url, {})[source] = None
        return list(self._body).index(source.url) + 1

    def _appendix_number(self, source: Source) -> int:
        return self._appendix.setdefault(source, len(self._appendix) + 1)

    def add_rest(self) -> None:
        """Add to the appendix the sources that no statement cites."""
        for source in (each for of_rule in self._sources.values() for each in of_rule):
            if source not in self._body.get(source.url, ()):
                self._appendix_number(source)

    @property
    def body(self) -> tuple[LetterCitation, ...]:
        """The citations of the body, in order."""
        return tuple(LetterCitation(tuple(sources)) for sources in self._body.values())

    @property
    def appendix(self) -> tuple[LetterCitation, ...]:
        """The sources of the appendix, in order."""
        return tuple(LetterCitation((source,)) for source in self._appendix)


def _sources_of(step: Step) -> tuple[Source, ...]:
    """Return the sources that the sentence of a step rests on."""
    return step.figures if step.figures and step.rule.id in _ROW_RULES else step.sources


def _in_body(source: Source) -> bool:
    return source.verified in _PUBLISHED and bool(source.url and source.dated)


def _label(rule: str, sources: Iterable[Source]) -> str:
    """Return how far no checked document supports a rule; empty if all of its sources were checked."""
    checks = {source.verified for source in sources}
    own = checks & _OWN
    if not own:
        return ""
    if rule in _ENTERED_RULES:
        return _AS_ENTERED
    if checks > own:
        return _PARTLY_OURS if Verification.DERIVED in own else _PARTLY_COMMON
    if rule == "tie-policy":
        return _OUR_CHOICE
    return _OUR_READING if Verification.DERIVED in own else _COMMON_PRACTICE


def _joined(labels: Iterable[str]) -> str:
    """Return the labels of a statement as one. A label of a part gives way to one of the whole."""
    found = dict.fromkeys(filter(None, labels))
    whole = [label for label in found if label not in (_PARTLY_OURS, _PARTLY_COMMON)]
    return "; ".join(whole or list(found)[:1])
