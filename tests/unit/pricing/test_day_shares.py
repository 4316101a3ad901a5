"""Cost sharing of a day."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.pricing.days_to_price import (
    DAY,
    DEDUCTIBLE_MET,
    JULY,
    NATIONAL,
    NATIONAL_AMOUNTS,
    RATES,
    claim,
    kx,
)
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    Contract,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Payer,
    Source,
    price_day,
)
from therapy_billing.law import Parameter, Parameters, Timeline, Verification
from therapy_billing.pricing import CostShare, MedicareTerms


class TestShares:
    def test_a_line_is_shared_as_the_law_says(self) -> None:
        day = price_day(claim(("97110", 1, "GP CQ")), MEDICARE, NATIONAL, Accumulators(2026, 283))
        # Of $29.06, Medicare's share is $23.25: $19.76 for an assistant, less $0.40.
        assert day.lines[0].share == CostShare(
            Decimal("0.00"),
            Decimal("5.81"),
            Decimal("3.49"),
            Decimal("0.40"),
            Decimal("19.36"),
        )

    @pytest.mark.parametrize(
        ("day", "assistant", "sequestration"),
        [
            ("2019-12-31", "0.00", "0.48"),
            ("2020-01-01", "0.00", "0.48"),
            ("2021-12-31", "0.00", "0.00"),
            ("2022-01-01", "3.60", "0.00"),
            ("2022-03-31", "3.60", "0.00"),
            ("2022-04-01", "3.60", "0.20"),
            ("2022-06-30", "3.60", "0.20"),
            ("2022-07-01", "3.60", "0.41"),
        ],
    )
    def test_the_numbers_of_the_day_decide(
        self, day: str, assistant: str, sequestration: str
    ) -> None:
        priced = price_day(claim(("97110", 1, "GP CQ"), day=day), MEDICARE, RATES)
        share = priced.lines[0].share
        assert share is not None
        assert (str(share.assistant_reduction), str(share.sequestration)) == (
            assistant,
            sequestration,
        )

    @pytest.mark.parametrize(
        ("met", "expected", "after"),
        [
            ("0.00", ["98.01", "80.84"], "178.85"),
            ("150.00", ["98.01", "34.99"], "283.00"),
            ("184.99", ["98.01", "0.00"], "283.00"),
            ("282.99", ["0.01", "0.00"], "283.00"),
            ("283.00", ["0.00", "0.00"], "283.00"),
            ("300.00", ["0.00", "0.00"], "300.00"),
        ],
    )
    def test_the_deductible_falls_on_the_largest_line_first(
        self, met: str, expected: list[str], after: str
    ) -> None:
        lines = claim(("97161", 1, "GP"), ("97530", 2, "GP"))
        day = price_day(lines, MEDICARE, RATES, Accumulators(2026, met))
        assert [str(line.share.deductible) for line in day.lines if line.share] == expected
        assert day.accumulators is not None
        assert str(day.accumulators.deductible_met) == after
        swapped = price_day(Claim(DAY, lines.lines[::-1]), MEDICARE, RATES, Accumulators(2026, met))
        assert swapped.lines == day.lines[::-1]

    def test_without_year_to_date_amounts_the_deductible_is_treated_as_met_and_a_remark_says_so(
        self,
    ) -> None:
        day = price_day(claim(("97530", 1, "GP")), MEDICARE, NATIONAL)
        assert day.lines[0].share is not None
        assert str(day.lines[0].share.deductible) == "0.00"
        assert (day.accumulators_before, day.accumulators) == (None, None)
        assert day.remarks == (NATIONAL_AMOUNTS, JULY, DEDUCTIBLE_MET)

    def test_a_payer_without_medicare_cost_sharing_has_no_share(self) -> None:
        day = price_day(claim(("97530", 1, "GP")), CPT_MIDPOINT, RATES, Accumulators(2026))
        assert day.lines[0].share is None
        assert (day.terms, day.accumulators) == (None, Accumulators(2026))
        assert kx(day) == ["not needed"]

    def test_the_terms_of_the_day_are_kept_with_their_sources(self) -> None:
        terms = price_day(claim(("97530", 1, "GP")), MEDICARE, RATES).terms
        assert isinstance(terms, MedicareTerms)
        assert {
            name: str(getattr(terms, name).amount) for name in attrs.fields_dict(MedicareTerms)
        } == {
            "assistant_payment": "0.85",
            "coinsurance": "0.20",
            "sequestration": "0.02",
            "deductible": "283.00",
            "kx_threshold": "2480.00",
            "medical_review_threshold": "3000.00",
        }

    def test_the_users_own_numbers_are_used(self) -> None:
        source = Source("own", "", "", Verification.DERIVED)
        own = Parameters(
            {
                name: Timeline(name, ((None, Parameter(Decimal(amount), "", source)),), DAY)
                for name, amount in (
                    ("assistant_payment", "0.50"),
                    ("kx_threshold", "10.00"),
                    ("part_b_deductible", "0.00"),
                )
            }
        )
        fees = attrs.evolve(RATES, parameters=own)
        day = price_day(claim(("97110", 1, "GP CQ")), MEDICARE, fees, Accumulators(2026))
        assert day.lines[0].share is not None
        assert str(day.lines[0].share.assistant_reduction) == "12.00"
        assert (kx(day), str(day.thresholds[0].threshold)) == (["suggested"], "10.00")

    def test_a_contract_keeps_the_numbers_of_its_medicare_schedule(self) -> None:
        own = Parameters(
            {
                "kx_threshold": Timeline(
                    "own",
                    (
                        (
                            None,
                            Parameter(
                                Decimal("10.00"), "", Source("", "", "", Verification.DERIVED)
                            ),
                        ),
                    ),
                    DAY,
                )
            }
        )
        medicare = FeeSchedule.medicare(DAY, parameters=own)
        fees = FeeSchedule.from_contract(Contract("PPO", percent_of_medicare=110), medicare)
        assert fees.parameters == own
        day = price_day(claim(("97110", 1, "GP")), MEDICARE, fees, Accumulators(2026))
        assert kx(day) == ["suggested"]

    def test_a_day_before_the_numbers_of_law_is_refused(self) -> None:
        with pytest.raises(NotPublishedError, match=r"not on 2015-03-02$"):
            price_day(claim(("97110", 1, "GP"), day="2015-03-02"), MEDICARE, RATES)

    @pytest.mark.parametrize("payer", [MEDICARE, CPT_MIDPOINT])
    def test_a_year_of_another_day_is_refused(self, payer: Payer) -> None:
        lines = claim(("97110", 1, "GP"))
        assert refusal(
            InvalidInputError, lambda: price_day(lines, payer, RATES, Accumulators(2025))
        ) == (
            "accumulators are for 2025, but the date of service is in 2026: give year-to-date amounts for 2026"
        )
