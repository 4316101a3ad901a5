"""Schedule entries: keys, day, and service."""

from __future__ import annotations

from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import InvalidInputError, ScheduleEntry, UntimedService


class TestScheduleEntry:
    @staticmethod
    def entry(**changes: Any) -> ScheduleEntry:  # noqa: ANN401
        given: dict[str, Any] = {
            "key": "row 7",
            "patient": "P-1",
            "treated_by": "T-1",
            "date_of_service": "2026-03-02",
            "discipline": "PT",
            "service": UntimedService("97150", start="2026-03-02 09:00", end="2026-03-02 09:30"),
        }
        return ScheduleEntry(**given | changes)

    def test_no_key_is_shown(self) -> None:
        shown = repr(self.entry())
        assert not any(key in shown for key in ("row 7", "P-1", "T-1"))

    @pytest.mark.parametrize("name", ["key", "patient", "treated_by"])
    @pytest.mark.parametrize(("value", "told"), [("", "an empty text"), (7, "an int")])
    def test_a_key_is_a_text(self, name: str, value: object, told: str) -> None:
        assert refusal(InvalidInputError, lambda: self.entry(**{name: value})) == (
            f"{name} must be text that is not empty, got {told}"
        )

    def test_a_service_is_one(self) -> None:
        assert refusal(InvalidInputError, lambda: self.entry(service="97150")) == (
            "service is a TimedService or an UntimedService, not '97150'"
        )

    def test_a_service_of_another_day_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: self.entry(date_of_service="2026-03-03")) == (
            "a service of 97150 begins on another day than 2026-03-03"
        )
