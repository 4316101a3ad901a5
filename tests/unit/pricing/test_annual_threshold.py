"""The annual threshold and KX."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refusal
from tests.unit.pricing.days_to_price import (
    DAY,
    GIVEN_RATES,
    NATIONAL,
    NO_MPPR,
    NO_PLAN,
    OHIO,
    RATES,
    claim,
    kx,
    modifiers,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Discipline,
    InvalidInputError,
    Policy,
    UnitMethod,
    price_day,
)
from therapy_billing.pricing import Bucket, KxState, ThresholdState, visits_to_threshold


class TestTheAnnualThreshold:
    VISIT = claim(("97110", 2, "GP"), ("97140", 1, "GP"), ("97530", 1, "GO"))

    def test_the_visit_that_crosses_it_needs_kx_on_its_lines_and_ot_does_not(self) -> None:
        # The example of the specification: $2,450.00 for PT and SLP, then a visit of $72.48.
        visit = claim(("97110", 2, "GP"), ("97140", 1, "GP"))
        year = Accumulators(2026, 283, "2450.00")
        day = price_day(visit, MEDICARE, NATIONAL, year)
        assert str(day.allowed) == "72.48"
        assert kx(day) == ["suggested", "suggested"]
        (state,) = day.thresholds
        assert state == ThresholdState(
            Bucket.PT_SLP,
            Decimal("2450.00"),
            Decimal("2522.48"),
            Decimal("2480.00"),
            Decimal("3000.00"),
        )
        assert day.accumulators == Accumulators(2026, 283, "2522.48")

        both = price_day([visit, claim(("97530", 1, "GO"))], MEDICARE, NATIONAL, year)
        assert kx(both) == ["suggested", "suggested", "not needed"]
        assert [state.bucket for state in both.thresholds] == [Bucket.PT_SLP, Bucket.OT]
        assert [state.beyond for state in both.thresholds] == [True, False]

    @pytest.mark.parametrize(
        ("accrued", "expected", "beyond"),
        [
            ("2449.99", "not needed", False),
            ("2450.00", "not needed", False),
            ("2450.01", "suggested", True),
        ],
    )
    def test_exactly_the_threshold_is_not_above_it(
        self, accrued: str, expected: str, beyond: object
    ) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, Accumulators(2026, 0, accrued))
        assert (kx(day), day.thresholds[0].beyond) == ([expected], beyond)

    def test_the_line_that_crosses_it_and_those_after_it_need_kx(self) -> None:
        # With $80.84 the year is within $2,480.00; the smaller lines are above it.
        lines = claim(("97110", 1, "GP"), ("97530", 2, "GP"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, 0, "2399.16"))
        assert kx(day) == ["suggested", "not needed"]
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, 0, "2399.17"))
        assert kx(day) == ["suggested", "suggested"]

    def test_pt_and_slp_are_counted_together_and_ot_separately(self) -> None:
        lines = claim(("97530", 1, "GP"), ("97530", 1, "GN"), ("97530", 1, "GO"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, 283, "1000.00", "2000.00"))
        assert day.accumulators == Accumulators(2026, 283, "1080.84", "2040.42")
        far = price_day(lines, MEDICARE, RATES, Accumulators(2026, 283, 0, "2450.00"))
        assert kx(far) == ["not needed", "not needed", "suggested"]
        assert [state.bucket for state in far.thresholds] == [Bucket.PT_SLP, Bucket.OT]

    def test_a_bucket_without_a_line_stays_as_it_was(self) -> None:
        year = Accumulators(2026, 283, "12.00", "2600.00")
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, year)
        assert day.accumulators == Accumulators(2026, 283, "42.00", "2600.00")
        assert [state.bucket for state in day.thresholds] == [Bucket.PT_SLP]

    def test_above_3000_claims_may_be_reviewed(self) -> None:
        for accrued, reviewed in (("2970.00", False), ("2970.01", True)):
            year = Accumulators(2026, 283, accrued)
            day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, year)
            assert day.thresholds[0].may_be_reviewed is reviewed

    def test_what_is_attested_is_applied_after_the_plan_and_the_assistant(self) -> None:
        lines = claim(
            ("97110", 1, "GP"), ("97110", 1, "GP CQ 59"), ("97530", 1, "59 GP"), ("97530", 1, "GO")
        )
        year = Accumulators(2026, 283, "2480.00")
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert modifiers(day) == ["GP KX", "GP CQ KX 59", "GP KX 59", "GO"]
        assert kx(day) == ["applied", "applied", "applied", "not needed"]
        assert day.kx_suggested == ()
        assert [line.claim_line.charge for line in day.lines] == [None] * 4

    def test_a_charge_stays_on_a_line_with_kx(self) -> None:
        year = Accumulators(2026, 283, "2480.00")
        lines = claim(("97110", 1, "GP", "25.00"))
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert str(day.lines[0].claim_line.charge) == "25.00"

    def test_it_may_be_attested_for_one_plan_of_care(self) -> None:
        lines = claim(("97110", 1, "GP"), ("97530", 1, "GN"), ("97530", 1, "GO"))
        year = Accumulators(2026, 283, "2480.00", "2480.00")
        day = price_day(lines, MEDICARE, RATES, year, attestations=[("KX", Discipline.PT)])
        assert kx(day) == ["applied", "suggested", "suggested"]
        two = [("KX", Discipline.SLP), ("KX", Discipline.OT)]
        day = price_day(lines, MEDICARE, RATES, year, attestations=two)
        assert kx(day) == ["suggested", "applied", "applied"]

    def test_kx_is_not_applied_if_it_is_not_needed(self) -> None:
        lines = claim(("97110", 1, "GP"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026), attestations=["KX"])
        assert (modifiers(day), kx(day)) == (["GP"], ["not needed"])

    @pytest.mark.parametrize("year", [None, Accumulators(2026), Accumulators(2026, 0, 2480)])
    def test_a_line_that_carries_it_already_keeps_it(self, year: Accumulators | None) -> None:
        day = price_day(claim(("97110", 1, "GP 59 KX")), MEDICARE, RATES, year, attestations=["KX"])
        assert (modifiers(day), kx(day)) == (["GP 59 KX"], ["applied"])

    def test_a_fifth_modifier_is_not_dropped(self) -> None:
        lines = claim(("97110", 1, "GP CQ 59 95"))
        year = Accumulators(2026, 283, "2480.00")
        assert kx(price_day(lines, MEDICARE, RATES, year)) == ["suggested"]
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert modifiers(day) == ["GP CQ KX 59 95"]

    def test_kx_takes_its_place_in_the_order_that_the_payer_names(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(modifier_order=("59", "KX", "GP"))
        year = Accumulators(2026, pt_slp="2480.00")
        day = price_day(claim(("97110", 1, "59 GP")), policy, RATES, year, attestations=["KX"])
        assert modifiers(day) == ["59 KX GP"]

    def test_lines_without_a_plan_of_care_do_not_count_toward_a_threshold_and_are_a_remark(
        self,
    ) -> None:
        lines = claim(("97110", 1, ""), ("97530", 1, "GP"))
        year = Accumulators(2026, 283, "2480.00")
        day = price_day(lines, MEDICARE, RATES, year, attestations=["KX"])
        assert kx(day) == ["unknown", "applied"]
        assert modifiers(day) == ["", "GP KX"]
        assert day.accumulators == Accumulators(2026, 283, "2520.42")
        assert day.remarks == (GIVEN_RATES, NO_MPPR, NO_PLAN)

    def test_without_year_to_date_amounts_the_range_is_not_known(self) -> None:
        day = price_day(self.VISIT, MEDICARE, RATES, attestations=["KX"])
        assert kx(day) == ["unknown"] * 3
        assert day.thresholds == ()

    def test_a_payer_without_it_counts_nothing(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(kx=False)
        year = Accumulators(2026, 283, "2480.00")
        day = price_day(self.VISIT, policy, RATES, year, attestations=["KX"])
        assert (kx(day), day.thresholds) == (["not needed"] * 3, ())
        assert day.remarks == ("KX is attested, but no line has it", GIVEN_RATES, NO_MPPR)

    def test_a_payer_with_only_a_threshold_has_threshold_states(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(kx=True)
        year = Accumulators(2026, 0, "2450.00")
        day = price_day(claim(("97110", 2, "GP")), policy, RATES, year)
        assert kx(day) == ["suggested"]
        assert day.accumulators == Accumulators(2026, 0, "2510.00")
        assert (day.lines[0].share, day.medicare_pays) == (None, None)

    @pytest.mark.parametrize(
        ("attestations", "reason"),
        [
            (
                "KX",
                "attestations must be a list such as ['KX', ('XU', '97116')], got a string of 2 characters",
            ),
            (
                ["59"],
                "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), got '59'",
            ),
            (
                ["Rosa Invented"],
                "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), got a string of 13 characters",
            ),
            (
                [("KX", "XX")],
                "attestations[0] must be PT, OT, or SLP, got a string of 2 characters",
            ),
            (
                [("XU", "x")],
                "code must be five characters such as '97530' or 'G0283', got a string of 1 character",
            ),
            (
                [("XU", "97116"), ("59", "97116")],
                "97116 is attested with both XU and 59: attest only one of them",
            ),
            (
                [("59", Discipline.PT)],
                "code must be five characters such as '97530' or 'G0283', got 'PT'",
            ),
            (
                [("KX",)],
                "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), got a tuple",
            ),
            (
                [("KX", Discipline.PT, Discipline.OT)],
                "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), got a tuple",
            ),
            (
                [None],
                "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), got None",
            ),
        ],
    )
    def test_an_invalid_attestation_is_an_error(
        self,
        attestations: Any,  # noqa: ANN401
        reason: str,
    ) -> None:
        lines = claim(("97110", 1, "GP"))
        assert refusal(
            InvalidInputError,
            lambda: price_day(lines, MEDICARE, RATES, attestations=attestations),
        ) == (reason)


class TestVisitsToTheThreshold:
    @pytest.mark.parametrize(
        ("accrued", "visit"),
        [("2390.00", 3), ("2390.01", 2), ("2420.00", 2), ("2420.01", 1), ("0.00", 82)],
    )
    def test_the_visit_that_crosses_it_is_counted_from_the_next(
        self, accrued: str, visit: int
    ) -> None:
        # Each visit is $30.00. The first one is the day itself.
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, Accumulators(2026, 0, accrued))
        assert visits_to_threshold(day) == {Bucket.PT_SLP: visit}

    def test_a_year_that_is_given_takes_the_place_of_the_one_after_the_day(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES)
        assert visits_to_threshold(day, Accumulators(2026, 0, "2450.00")) == {Bucket.PT_SLP: 2}
        assert visits_to_threshold(day, Accumulators(2026, 0, "2450.01")) == {Bucket.PT_SLP: 1}

    def test_above_the_threshold_there_are_no_visits_left(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES, Accumulators(2026, 0, 2480))
        assert visits_to_threshold(day) == {Bucket.PT_SLP: 0}

    def test_each_bucket_of_the_day_has_its_own(self) -> None:
        lines = claim(("97110", 2, "GP"), ("97110", 1, "GN"), ("97530", 1, "GO"), ("97530", 1, ""))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026))
        # Each visit is $90.00 after $90.00, or $40.42 after $40.42.
        assert visits_to_threshold(day) == {Bucket.PT_SLP: 27, Bucket.OT: 61}

    def test_a_bucket_without_money_has_none(self) -> None:
        lines = claim(("97010", 1, "GP"), ("97530", 1, "GO"))
        day = price_day(lines, MEDICARE, OHIO, Accumulators(2026))
        assert list(visits_to_threshold(day)) == [Bucket.OT]
        empty = price_day(claim(), MEDICARE, OHIO, Accumulators(2026))
        assert visits_to_threshold(empty) == {}

    def test_year_to_date_amounts_are_required(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES)
        assert refusal(InvalidInputError, lambda: visits_to_threshold(day)) == (
            "year-to-date amounts are missing: give accumulators here, or when you price the day"
        )

    def test_a_year_of_another_day_is_refused(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, RATES)
        with pytest.raises(InvalidInputError, match="2025"):
            visits_to_threshold(day, Accumulators(2025))

    def test_a_payer_without_it_has_none(self) -> None:
        day = price_day(claim(("97110", 1, "GP")), CPT_MIDPOINT, RATES)
        assert refusal(InvalidInputError, lambda: visits_to_threshold(day, Accumulators(2026))) == (
            "cpt-midpoint has no annual threshold: use a day priced for a payer with KX"
        )
        shared = MEDICARE.on(DAY).with_changes(kx=False)
        day = price_day(claim(("97110", 1, "GP")), shared, RATES, Accumulators(2026))
        assert refusal(InvalidInputError, lambda: visits_to_threshold(day)) == (
            "cms-eight-minute has no annual threshold: use a day priced for a payer with KX"
        )

    def test_a_payer_with_only_a_threshold_has_visits(self) -> None:
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(kx=True)
        day = price_day(claim(("97110", 1, "GP")), policy, RATES, Accumulators(2026))
        assert visits_to_threshold(day) == {Bucket.PT_SLP: 82}


def test_a_kx_state_is_shown_in_words() -> None:
    assert [state.value for state in KxState] == [
        "not needed",
        "suggested",
        "not claimed",
        "applied",
        "unknown",
    ]
