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
    @pytest.mark.parametrize(("value", "shown"), [("", "an empty string"), (7, "an int")])
    def test_a_key_is_a_text(self, name: str, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: self.entry(**{name: value})) == (
            f"{name} must be a string that is not empty, got {shown}"
        )

    def test_a_service_must_be_a_service_record(self) -> None:
        assert refusal(InvalidInputError, lambda: self.entry(service="97150")) == (
            "service must be a TimedService or an UntimedService, got '97150'"
        )

    def test_a_service_of_another_day_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: self.entry(date_of_service="2026-03-03")) == (
            "97150 starts on a day other than the date of service, 2026-03-03"
        )
