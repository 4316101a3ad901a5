"""List why rules could not be checked: each reason once, with all of its rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from therapy_billing.base.wording import named_briefly
from therapy_billing.findings.records import Answer, CheckAnswer

__all__ = ["OpenReason", "open_reasons"]


class OpenReason(NamedTuple):
    """One reason why one or more rules could not be checked."""

    answer: Answer
    about: tuple[str, ...]
    remark: str
    rules: tuple[str, ...]

    def __str__(self) -> str:
        about = f" {', '.join(self.about)}" if self.about else ""
        return f"{self.answer.value}: {named_briefly(self.rules, 'rules')}{about}; {self.remark}"


def open_reasons(answers: Iterable[CheckAnswer]) -> list[OpenReason]:
    """Return each reason in *answers* once, in order of first appearance."""
    rules: dict[tuple[Answer, tuple[str, ...], str], dict[str, None]] = {}
    for each in answers:
        key = each.answer, each.about, each.remark
        rules.setdefault(key, {})[each.rule.id] = None
    return [OpenReason(*key, tuple(ids)) for key, ids in rules.items()]
