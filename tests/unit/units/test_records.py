"""Records of how the minutes of a day were counted."""

from __future__ import annotations

from tests.unit.visits.services_for_tests import DAY
from therapy_billing import MEDICARE, Session, TimedService, UntimedService, allocate_units
from therapy_billing.units import AssistantMinutes, CountedCode


class TestCountedCode:
    def test_units_are_first_whole_and_extra_ones(self) -> None:
        counted = CountedCode("97550", "97551", 53, 1, 1, 8, 15, 1, tied=False)
        assert counted.units == 3
        assert counted.units_by_code == (("97550", 1), ("97551", 2))

    def test_a_family_without_units_has_none_under_either_code(self) -> None:
        counted = CountedCode("97129", "97130", 7, 0, 0, 7, 15, 0, tied=False)
        assert counted.units_by_code == (("97129", 0), ("97130", 0))

    def test_a_code_without_an_add_on_has_all_units(self) -> None:
        counted = CountedCode("97530", None, 38, 0, 2, 8, 15, 1, tied=True)
        assert counted.units_by_code == (("97530", 3),)

    def test_a_discipline_shows_how_each_code_was_counted(self) -> None:
        (pool,) = allocate_units({"97530": 20, "97110": 20, "97112": 4}, MEDICARE).disciplines
        assert pool.counted == (
            CountedCode("97530", None, 20, 0, 1, 5, 15, 1, tied=True, in_total=True),
            CountedCode("97110", None, 20, 0, 1, 5, 15, 0, tied=True, in_total=True),
            CountedCode("97112", None, 4, 0, 0, 4, 15, 0, tied=False, in_total=True),
        )
        assert "streams" not in repr(pool)


class TestAssistantMinutes:
    """The assistant's minutes of each code of a discipline."""

    def parts(self, *services: TimedService | UntimedService) -> tuple[AssistantMinutes, ...]:
        (pool,) = allocate_units(Session(DAY, "PT", services), MEDICARE).disciplines
        return pool.assistants

    def test_a_day_of_the_therapist_alone_has_none(self) -> None:
        assert self.parts(TimedService("97530", 20), UntimedService("97161")) == ()
        assert allocate_units({"97530": 20}, MEDICARE).disciplines[0].assistants == ()

    def test_minutes_are_added_by_code_in_the_order_documented(self) -> None:
        assert self.parts(
            TimedService("97110", 10),
            TimedService("97530", 7, clinician="assistant"),
            TimedService("97110", 5, clinician="assistant"),
            TimedService("97110", 4, clinician="together"),
            TimedService("97112", 30),
            TimedService("97110", 6, clinician="assistant"),
        ) == (
            AssistantMinutes("97110", 25, 11, 4),
            AssistantMinutes("97530", 7, 7, 0),
        )

    def test_minutes_together_are_listed_with_zero_assistant_minutes(self) -> None:
        assert self.parts(TimedService("97110", 20, clinician="together")) == (
            AssistantMinutes("97110", 20, 0, 20),
        )

    def test_an_untimed_code_is_listed_with_its_minutes(self) -> None:
        assert self.parts(
            UntimedService("97150", 20), UntimedService("97150", 10, clinician="assistant")
        ) == (AssistantMinutes("97150", 30, 10, 0),)

    def test_an_untimed_code_without_minutes_has_none_for_the_assistant(self) -> None:
        assert self.parts(
            UntimedService("97150", 5, clinician="together"),
            UntimedService("97150", clinician="assistant"),
        ) == (AssistantMinutes("97150", None, None, 5),)
        assert self.parts(
            UntimedService("97150"), UntimedService("97150", 9, clinician="assistant")
        ) == (AssistantMinutes("97150", None, None, 0),)
        assert self.parts(UntimedService("97150", clinician="together")) == (
            AssistantMinutes("97150", 0, 0, 0),
        )

    def test_sessions_of_a_discipline_are_added(self) -> None:
        sessions = [
            Session(DAY, "PT", [TimedService("97530", 10)]),
            Session(DAY, "PT", [TimedService("97530", 12, clinician="assistant")]),
            Session(DAY, "OT", [TimedService("97530", 12)]),
        ]
        pools = allocate_units(sessions, MEDICARE).disciplines
        assert [pool.assistants for pool in pools] == [(AssistantMinutes("97530", 22, 12, 0),), ()]
