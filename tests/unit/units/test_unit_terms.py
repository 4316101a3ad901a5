"""The minutes that make a unit under a payer's own terms for a code, on both sides of each boundary."""

from __future__ import annotations

from typing import Any

import pytest

from tests.refusals import refused
from tests.unit.units.treated_days import DAY
from therapy_billing import (
    NotPublishedError,
    Policy,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
)
from therapy_billing.units import Allocation
from therapy_billing.units.unit_terms import is_timed, unit_terms
from therapy_billing.visits.services import Service

SPEECH = "92507"
EVALUATION = "97161"


def policy(by: UnitMethod | str, /, **terms: object) -> Policy:
    """Return a policy with terms for a single code."""
    return Policy(by).with_changes(code_terms=[terms])


def minutes_of(code: str, minutes: int | None, payer: Policy, units: int = 1) -> Allocation:
    """Count *minutes* of a code that is untimed for other payers."""
    plan = "SLP" if code == SPEECH else "PT"
    return allocate_units(Session(DAY, plan, [UntimedService(code, minutes, units=units)]), payer)


def expected(minutes: int, *, unit: int, fewest: int) -> int:
    """Return the units by a loop over the minutes, as an independent count."""
    units = left = 0
    for _ in range(minutes):
        left += 1
        if left == unit:
            units, left = units + 1, 0
    return units + (left >= fewest and left > 0)


GRID = [
    # method of the payer, own terms, the fewest minutes of a partial unit
    ("cms-eight-minute", {"unit_minutes": 15}, 8),
    ("cpt-midpoint", {"unit_minutes": 15}, 8),
    ("started-quarter", {"unit_minutes": 15}, 1),
    ("full-quarter", {"unit_minutes": 15}, 15),
    ("cpt-midpoint", {"unit_minutes": 30}, 16),
    ("cpt-midpoint", {"unit_minutes": 60}, 31),
    ("cpt-midpoint", {"unit_minutes": 10}, 6),
    ("cms-eight-minute", {"unit_minutes": 30}, 30),
    ("started-quarter", {"unit_minutes": 30}, 30),
    ("full-quarter", {"unit_minutes": 30}, 30),
    ("cms-eight-minute", {"unit_minutes": 30, "method": "cpt-midpoint"}, 16),
    ("cms-eight-minute", {"unit_minutes": 30, "method": "started-quarter"}, 1),
    ("cpt-midpoint", {"unit_minutes": 30, "method": "cms-eight-minute"}, 30),
    ("cpt-midpoint", {"unit_minutes": 15, "method": "full-quarter"}, 15),
    ("full-quarter", {"unit_minutes": 15, "method": "cms-eight-minute"}, 8),
    ("cms-eight-minute", {"unit_minutes": 30, "minimum_minutes": 20}, 20),
    ("cms-eight-minute", {"unit_minutes": 15, "minimum_minutes": 10}, 10),
    ("full-quarter", {"unit_minutes": 15, "minimum_minutes": 1}, 1),
]


class TestMinutesOfOneCode:
    @pytest.mark.parametrize(("method", "terms", "fewest"), GRID)
    @pytest.mark.parametrize("code", [SPEECH, EVALUATION])
    def test_every_minute_of_two_hours_makes_the_units_of_the_terms(
        self, method: str, terms: dict[str, Any], fewest: int, code: str
    ) -> None:
        payer = policy(method, codes=code, **terms)
        found = [minutes_of(code, minutes, payer).units[code] for minutes in range(121)]
        unit = terms["unit_minutes"]
        assert found == [expected(each, unit=unit, fewest=fewest) for each in range(121)]

    def test_speech_in_quarters_stops_at_four_a_day(self) -> None:
        payer = policy("cms-eight-minute", codes=SPEECH, unit_minutes=15, max_per_day=4)
        found = [minutes_of(SPEECH, minutes, payer) for minutes in (52, 53, 67, 68, 83)]
        assert [each.units[SPEECH] for each in found] == [3, 4, 4, 4, 4]
        assert [len(each.capped_units) for each in found] == [0, 0, 0, 1, 2]
        assert {cut.cap for each in found for cut in each.capped_units} == {"cap-per-codes"}

    def test_a_maximum_alone_leaves_an_untimed_code_untimed(self) -> None:
        payer = policy("cms-eight-minute", codes="97597", max_per_day=2)
        found = minutes_of("97597", None, payer, units=3)
        assert found.units == {}
        assert found.untimed_units == {"97597": 2}
        assert [(cut.code, cut.minutes) for cut in found.capped_units] == [("97597", None)]
        assert found.admissible == ({"97597": 2},)

    def test_a_timed_code_may_have_another_minimum(self) -> None:
        payer = policy("cms-eight-minute", codes="97110", minimum_minutes=12)
        found = [
            allocate_units({"97110": minutes, "97530": 8}, payer).units for minutes in (11, 12)
        ]
        assert found == [{"97110": 0, "97530": 1}, {"97110": 1, "97530": 1}]

    def test_a_method_for_one_code_takes_it_out_of_the_total(self) -> None:
        payer = policy("cms-eight-minute", codes="97542", method="cpt-midpoint")
        minutes = {"97110": 8, "97530": 7, "97542": 8}
        assert allocate_units(minutes, payer).units == {"97110": 1, "97530": 0, "97542": 1}
        assert allocate_units(minutes, "cms-eight-minute").total_units == 2
        assert allocate_units(minutes, payer).disciplines[0].pooled_minutes == 15

    def test_codes_with_the_eight_minute_rule_are_pooled_under_another_method(self) -> None:
        payer = policy("full-quarter", codes=["97110", "97112"], method="cms-eight-minute")
        minutes = {"97110": 7, "97112": 7, "97530": 14}
        found = allocate_units(minutes, payer)
        assert found.units == {"97110": 1, "97112": 0, "97530": 0}
        assert found.tied
        assert [code.in_total for code in found.disciplines[0].counted] == [True, True, False]

    def test_a_speech_session_in_quarters_is_in_the_days_total(self) -> None:
        payer = policy("cms-eight-minute", codes=SPEECH, unit_minutes=15)
        services: list[Service] = [UntimedService(SPEECH, 22), TimedService("97129", 8)]
        found = allocate_units(Session(DAY, "SLP", services), payer)
        assert found.units == {SPEECH: 1, "97129": 1}
        assert found.timed_minutes == 30


class TestLongUnitsUnderTheEightMinuteRule:
    @pytest.mark.parametrize(("minutes", "remarks"), [(15, 0), (16, 1), (29, 1), (30, 0), (46, 1)])
    def test_a_partial_unit_past_its_midpoint_is_an_open_question(
        self, minutes: int, remarks: int
    ) -> None:
        payer = policy("cms-eight-minute", codes=EVALUATION, unit_minutes=30)
        found = minutes_of(EVALUATION, minutes, payer).remarks
        assert len(found) == remarks
        assert all("minimum_minutes or another method in its terms" in each for each in found)

    def test_terms_that_settle_it_leave_no_question(self) -> None:
        for terms in ({"minimum_minutes": 20}, {"method": "cpt-midpoint"}):
            payer = policy("cms-eight-minute", codes=EVALUATION, unit_minutes=30, **terms)
            assert minutes_of(EVALUATION, 19, payer).remarks == ()


class TestRecords:
    def test_minutes_are_required_for_a_code_that_the_payer_counts_by_minutes(self) -> None:
        payer = policy("cms-eight-minute", codes=SPEECH, unit_minutes=15)
        error = refused(lambda: minutes_of(SPEECH, None, payer))
        assert str(error) == (
            "this payer counts 92507 by its minutes: give the minutes, or start and end"
        )
        assert (error.field, error.code) == ("sessions", SPEECH)

    def test_units_are_not_accepted_for_such_a_code(self) -> None:
        payer = policy("cms-eight-minute", codes="97597", unit_minutes=15)
        error = refused(lambda: minutes_of("97597", 30, payer, units=2))
        assert str(error) == "this payer counts 97597 by its minutes: leave units out, got 2"

    def test_seconds_of_such_a_service_are_not_counted(self) -> None:
        payer = policy("cms-eight-minute", codes=SPEECH, unit_minutes=15)
        clocked = UntimedService(SPEECH, start=f"{DAY} 09:00", end=f"{DAY} 09:22:59")
        found = allocate_units(Session(DAY, "SLP", [clocked]), payer)
        assert (found.units, found.floored_seconds) == ({SPEECH: 1}, 59)
        assert UntimedService(SPEECH, 22).floored_seconds == 0

    def test_is_timed_follows_the_payer(self) -> None:
        payer = policy("cpt-midpoint", codes=SPEECH, unit_minutes=15)
        codes = (SPEECH, EVALUATION, "97110")
        assert [is_timed(code, payer) for code in codes] == [True, False, True]

    def test_terms_show_period_minimum_and_method(self) -> None:
        payer = policy("cpt-midpoint", codes="97110", method="full-quarter")
        assert unit_terms("97110", payer) == (15, 15, UnitMethod.FULL_QUARTER, False, True, True)
        assert unit_terms("97112", payer) == (15, 8, UnitMethod.CPT_MIDPOINT, False, True, False)

    def test_terms_for_one_code_do_not_name_the_payers_method(self) -> None:
        payer = policy("unknown", codes="97110", method="cpt-midpoint")
        with pytest.raises(NotPublishedError):
            allocate_units({"97110": 15}, payer)


class TestAChosenMethod:
    def test_results_show_that_the_caller_named_the_method(self) -> None:
        unknown = Policy("unknown")
        chosen = unknown.with_changes(method="cpt-midpoint")
        remark = "no source in the library's data says how this payer counts units; you or your payer file named cpt-midpoint"
        assert allocate_units({"97110": 15}, chosen).remarks == (remark,)
        assert chosen.with_changes(cap_per_day=4).counting.method_is_choice
        untimed = Session(DAY, "PT", [UntimedService(EVALUATION)])
        assert allocate_units(untimed, chosen).remarks == ()
        assert (
            not Policy("cpt-midpoint").with_changes(method="full-quarter").counting.method_is_choice
        )
        assert not unknown.with_changes(method="unknown").counting.method_is_choice

    def test_assumptions_of_a_policy_are_remarks_on_its_units(self) -> None:
        assumed = Policy("cpt-midpoint").with_changes(unit_assumptions=["the plan counts so"])
        assert allocate_units({"97110": 15}, assumed).remarks == ("the plan counts so",)
