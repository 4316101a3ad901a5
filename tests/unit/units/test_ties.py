"""Ties: equal leftover minutes, and which code gets the unit."""

from __future__ import annotations

import math
from decimal import Context, localcontext
from functools import partial

from tests.refusals import refusal
from tests.unit.units.treated_days import CMS, FULL, IN_FORCE, MIDPOINT, STARTED, session, units
from therapy_billing import (
    MEDICARE,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Policy,
    TiePolicy,
    UnitMethod,
    allocate_units,
)


class TestTies:
    def test_the_code_documented_first_takes_the_open_unit(self) -> None:
        result = allocate_units({"97530": 20, "97110": 20}, MEDICARE)
        assert result.units == {"97530": 2, "97110": 1}
        assert result.admissible == ({"97530": 2, "97110": 1}, {"97530": 1, "97110": 2})
        assert result.tied is True
        (pool,) = result.disciplines
        assert (pool.tied, pool.open_units, pool.extra_units) == ((0, 1), 1, (1, 0))
        assert units({"97110": 20, "97530": 20}, MEDICARE) == {"97110": 2, "97530": 1}

    def test_preferred_codes_take_the_open_unit_in_their_order(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=("97140", "97110"),
        )
        minutes = {"97530": 7, "97110": 7, "97140": 7}
        result = allocate_units(minutes, policy)
        assert result.admissible == (
            {"97530": 0, "97110": 0, "97140": 1},
            {"97530": 0, "97110": 1, "97140": 0},
            {"97530": 1, "97110": 0, "97140": 0},
        )
        assert units({"97530": 7, "97110": 7}, policy) == {"97530": 0, "97110": 1}
        assert units({"97530": 7, "97112": 7}, policy) == {"97530": 1, "97112": 0}

    def test_preferred_codes_move_no_unit_that_the_rule_settles(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=("97110",),
        )
        assert units({"97530": 24, "97110": 23}, policy) == {"97530": 2, "97110": 1}

    def test_a_preferred_add_on_counts_once_the_first_unit_is_made(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=("97130",),
        )
        assert units({"97530": 20, "97129": 20}, policy) == {
            "97530": 1,
            "97129": 1,
            "97130": 1,
        }
        # With one first unit and one further unit, the next unit is a further one again.
        caregiver = policy.with_changes(preferred_codes=("97551",))
        assert units({"97530": 20, "97550": 50}, caregiver) == {
            "97530": 1,
            "97550": 1,
            "97551": 2,
        }
        # The open unit would be the first unit of the family, so the preferred add-on code does not apply.
        assert units({"97530": 7, "97129": 7}, policy) == {"97530": 1, "97129": 0}

    def test_the_highest_fee_takes_the_open_unit(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        minutes = {"97110": 20, "97530": 20, "97140": 1}
        fees = FeeSchedule.from_rates({"97530": "35.07", "97110": "35.06", "97140": "99"})
        result = allocate_units(minutes, policy, fees=fees)
        assert result.units == {"97110": 1, "97530": 2, "97140": 0}
        dearer = FeeSchedule.from_rates({"97530": "35.07", "97110": "35.08", "97140": "99"})
        result = allocate_units(minutes, policy, fees=dearer)
        assert result.units == {"97110": 2, "97530": 1, "97140": 0}

    def test_equal_fees_leave_the_unit_to_the_code_documented_first(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "30", "97110": "30"})
        result = allocate_units({"97110": 20, "97530": 20}, policy, fees=fees)
        assert result.units == {"97110": 2, "97530": 1}

    def test_the_highest_fee_compares_the_add_on_once_the_first_unit_is_made(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "30", "97129": "40", "97130": "20"})
        result = allocate_units({"97129": 20, "97530": 20}, policy, fees=fees)
        assert result.units == {"97129": 1, "97530": 2, "97130": 0}
        result = allocate_units({"97530": 7, "97129": 7}, policy, fees=fees)
        assert result.units == {"97530": 0, "97129": 1}

    def test_the_highest_fee_does_not_depend_on_the_decimal_context(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "40.42", "97110": "40.41"})
        with localcontext(Context(prec=2)):
            result = allocate_units({"97110": 20, "97530": 20}, policy, fees=fees)
        assert result.units == {"97110": 1, "97530": 2}

    def test_the_highest_fee_without_fees_is_refused_tie_or_not(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        message = "TiePolicy.HIGHEST_FEE compares amounts: give fees as a FeeSchedule"
        for minutes in ({"97530": 20}, {"97110": 20, "97530": 20}):
            assert message == refusal(
                InvalidInputError,
                partial(allocate_units, minutes, policy),
            )

    def test_dated_fees_are_refused_for_another_day_and_without_one(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "35", "97110": "29"}, effective_from="2026-03-02")
        minutes = {"97110": 20, "97530": 20}
        result = allocate_units(minutes, policy, fees=fees, date_of_service="2026-03-02")
        assert result.units == {"97110": 1, "97530": 2}
        name = "contract rates is for dates from 2026-03-02 on"
        assert refusal(
            NotPublishedError,
            lambda: allocate_units(minutes, policy, fees=fees, date_of_service="2026-03-01"),
        ) == (f"{name}, not for 2026-03-01")
        assert refusal(NotPublishedError, lambda: allocate_units(minutes, policy, fees=fees)) == (
            f"{name}, not for an unknown date of service"
        )

    def test_a_tied_code_without_a_fee_is_refused(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97530": "35"})
        assert refusal(
            NotPublishedError,
            lambda: allocate_units({"97110": 20, "97530": 20}, policy, fees=fees),
        ) == ("no price for 97110 in contract rates: the code is not in the schedule")

    def test_per_code_methods_have_no_ties(self) -> None:
        for policy in (MIDPOINT, STARTED, FULL):
            result = allocate_units({"97110": 20, "97530": 20}, policy)
            assert result.tied is False
            assert result.disciplines[0].pooled_minutes is None
            assert (result.disciplines[0].tied, result.disciplines[0].open_units) == ((), 0)

    def test_ties_of_two_disciplines_combine(self) -> None:
        day = [
            session({"97530": 20, "97110": 20}, "PT"),
            session({"97535": 20, "97542": 20}, "OT"),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.admissible == (
            {"97530": 2, "97110": 1, "97535": 2, "97542": 1},
            {"97530": 2, "97110": 1, "97535": 1, "97542": 2},
            {"97530": 1, "97110": 2, "97535": 2, "97542": 1},
            {"97530": 1, "97110": 2, "97535": 1, "97542": 2},
        )

    def test_equal_splits_are_listed_once(self) -> None:
        minutes = {"97530": 20, "97110": 20}
        result = allocate_units([session(minutes, "PT"), session(minutes, "OT")], MEDICARE)
        assert result.admissible == (
            {"97530": 4, "97110": 2},
            {"97530": 3, "97110": 3},
            {"97530": 2, "97110": 4},
        )

    def test_twenty_four_equal_codes_are_refused(self) -> None:
        minutes = dict.fromkeys(IN_FORCE[:24], 7)
        assert len(minutes) == 24
        message = refusal(InvalidInputError, lambda: allocate_units(minutes, CMS))
        assert message == (
            f"the day has {math.comb(24, 11)} legal splits, more than the limit of 10000: check the record for "
            "too many codes with equal minutes"
        )

    def test_ten_thousand_splits_are_listed_and_more_are_refused(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(minimum_minutes=15)
        one_of_25 = session(dict.fromkeys(IN_FORCE[:25], 1), "PT")
        three_of_6 = session(dict.fromkeys(IN_FORCE[:6], 8), "OT")
        again = session(dict.fromkeys(IN_FORCE[6:12], 8), "SLP")
        result = allocate_units([one_of_25, three_of_6, again], policy)
        assert math.prod(len(pool.tied) for pool in result.disciplines) == 25 * 6 * 6
        assert result.tied is True
        two_of_7 = session(dict.fromkeys(IN_FORCE[6:13], 5), "SLP")
        message = refusal(
            InvalidInputError, lambda: allocate_units([one_of_25, three_of_6, two_of_7], policy)
        )
        assert message == (
            "the day has 10500 legal splits, more than the limit of 10000: check the record for too many codes "
            "with equal minutes"
        )
