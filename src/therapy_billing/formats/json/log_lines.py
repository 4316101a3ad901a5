"""Write billed and checked days as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from therapy_billing.batch.gaps import Gap
from therapy_billing.batch.records import BilledDay, CheckedDay
from therapy_billing.explanations.records import Explanation
from therapy_billing.findings.records import Findings, Severity

__all__ = ["CheckedLogJson", "billed_day_json"]


def billed_day_json(billed: BilledDay, explanation: Explanation | None = None) -> str:
    """
    Return a billed day as one line of JSON. Amounts are strings, so nothing is rounded.

    Args:
        billed: The billed day.
        explanation: The explanation of the day, if it should be included.
    """
    steps = {} if explanation is None else {"explanation": explanation.to_dict()["steps"]}
    return json.dumps(billed.to_dict() | steps)


class CheckedLogJson:
    """
    The findings of a log as one line of JSON, one day at a time. Nothing is kept.

    An answer that is the same on every day is listed only once, under ``gaps``.

    Args:
        severity: The lowest severity to include.
    """

    def __init__(self, severity: Severity | str) -> None:
        self._severity = severity

    def day(self, checked: CheckedDay) -> str:
        """Return a day with all its answers, as a line that ``whole`` reads."""
        findings = checked.findings.at_least(self._severity)
        return json.dumps(attrs.evolve(checked, findings=findings).to_dict()) + "\n"

    def whole(self, days: Iterable[str], schedule: Findings, gaps: Sequence[Gap]) -> Iterator[str]:
        """
        Yield the text of the log.

        Args:
            days: The lines of the days.
            schedule: The findings about the schedule of all days.
            gaps: The rules that could not be checked.
        """
        of_every_day = [
            _answer_of(gap.to_dict()) for gap in gaps if gap.days == gap.of_days and not gap.varies
        ]
        yield '{"days": ['
        for number, line in enumerate(days):
            day = json.loads(line)
            day["answers"] = [
                each for each in day["answers"] if _answer_of(each) not in of_every_day
            ]
            yield (", " if number else "") + json.dumps(day)
        found = json.dumps(schedule.at_least(self._severity).to_dict())
        yield f'], "schedule": {found}, "gaps": {json.dumps([gap.to_dict() for gap in gaps])}}}\n'


def _answer_of(record: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what an answer of a day and a gap have in common."""
    return record["rule"], record["answer"], record["about"], record["remark"]
