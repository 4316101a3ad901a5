"""The rules that could not be checked on some days of a log, each with its number of days."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import require_type
from therapy_billing.findings.records import Answer, CheckAnswer, Findings
from therapy_billing.law.rule_book import Rule

__all__ = ["Gap", "GapTally"]


@attrs.frozen(kw_only=True)
class Gap(DictRecord):
    """
    A rule that could not be checked, or not fully checked, on some days of a log.

    Args:
        rule: The rule.
        answer: ``NOT_IN_DATA`` or ``OUT_OF_RANGE``.
        days: Number of days with this answer.
        of_days: Number of days checked.
        about: The codes concerned on any of these days.
        remark: The reason on the first of these days.
        varies: Whether these days also have other reasons.
    """

    _dict_fields = ("rule=rule.id", "answer", "days", "of_days", "about", "remark", "varies")

    rule: Rule
    answer: Answer
    days: int
    of_days: int
    about: tuple[str, ...]
    remark: str
    varies: bool


class GapTally:
    """Count the gaps of each rule, without keeping the days."""

    def __init__(self) -> None:
        self._days = 0
        self._gaps: dict[tuple[str, Answer], Gap] = {}

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps of the days so far, in the order in which they were found."""
        return tuple(attrs.evolve(gap, of_days=self._days) for gap in self._gaps.values())

    def add(self, findings: Findings) -> None:
        """Add the answers of a day."""
        require_type(findings, Findings, "findings")
        self._days += 1
        of_rule: dict[tuple[str, Answer], list[CheckAnswer]] = {}
        for answer in findings.unanswered:
            of_rule.setdefault((answer.rule.id, answer.answer), []).append(answer)
        for key, answers in of_rule.items():
            self._gaps[key] = self._with(self._gaps.get(key), answers)

    def _with(self, gap: Gap | None, answers: Iterable[CheckAnswer]) -> Gap:
        """Return *gap* with the answers of one more day."""
        first, *_ = given = tuple(answers)
        remark = first.remark if gap is None else gap.remark
        about = () if gap is None else gap.about
        return Gap(
            rule=first.rule,
            answer=first.answer,
            days=1 if gap is None else gap.days + 1,
            of_days=self._days,
            about=tuple(dict.fromkeys([*about, *(code for each in given for code in each.about)])),
            remark=remark,
            varies=(gap is not None and gap.varies) or any(each.remark != remark for each in given),
        )
