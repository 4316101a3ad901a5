"""Caps on dollars, relative value units, and visits, and the dollars that each cap costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.pricing.days_to_price import DAY, OHIO, RATES, claim
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Contract,
    FeeSchedule,
    Policy,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    explain,
    price_day,
)
from therapy_billing.visits.services import Service

VALUES = FeeSchedule.from_relative_values(
    {"97110": "4.00", "97530": "4.50", "97161": "9.00", "97164": "5.00", "97535": "4.00"}, "9.55"
)


def plan(*caps: dict[str, Any], **changes: Any) -> Policy:  # noqa: ANN401
    return Policy("cpt-midpoint").with_changes(caps=caps, **changes)


def costs(day: PricedDay) -> list[tuple[str, str | None]]:
    return [(cost.rule, None if cost.dollars is None else str(cost.dollars)) for cost in day.caps]


class TestDollars:
    DAY_CAP = {"limit": "90.00", "of": "dollars"}  # noqa: RUF012

    @pytest.mark.parametrize(
        ("limit", "allowed", "cost"),
        [("70.41", "70.41", "0.01"), ("70.42", "70.42", None), ("70.43", "70.42", None)],
    )
    def test_the_cent_below_the_amount_is_the_first_that_costs(
        self, limit: str, allowed: str, cost: str | None
    ) -> None:
        day = price_day(
            claim(("97530", 1, "GP"), ("97110", 1, "GP")),
            plan({"limit": limit, "of": "dollars"}),
            RATES,
        )
        assert str(day.allowed) == allowed
        assert costs(day) == ([] if cost is None else [("cap-dollars", cost)])

    def test_each_discipline_has_its_own(self) -> None:
        lines = claim(("97530", 2, "GP"), ("97110", 1, "GO"), ("97110", 1, "GP"))
        day = price_day(
            lines, plan({"limit": "80.84", "of": "dollars", "each": "discipline"}), RATES
        )
        assert [str(line.allowed) for line in day.lines] == ["58.96", "30.00", "21.88"]
        assert costs(day) == [("cap-dollars", "30.00")]

    def test_a_set_of_codes_has_its_own(self) -> None:
        cap = {"limit": "20.00", "of": "dollars", "codes": ["97110"]}
        day = price_day(claim(("97530", 1, "GP"), ("97110", 1, "GP")), plan(cap), RATES)
        assert [str(line.allowed) for line in day.lines] == ["40.42", "20.00"]
        assert costs(price_day(claim(("97530", 1, "GP")), plan(cap), RATES)) == []

    def test_the_lowest_maximum_of_the_day_applies_once(self) -> None:
        contract = Contract("PPO", rates={"97530": "40.00"}, per_day_maximum="50.00")
        fees = FeeSchedule.from_contract(contract)
        lines = claim(("97530", 2, "GP"))
        for cap, expected in (
            ("60.00", ("per-day-maximum", "30.00")),
            ("45.00", ("cap-dollars", "35.00")),
        ):
            day = price_day(
                lines, plan({"limit": cap, "of": "dollars"}, amount_per_day="70.00"), fees
            )
            assert costs(day) == [expected]
        assert costs(price_day(lines, plan(amount_per_day="20.00"), fees)) == [
            ("per-day-maximum", "60.00")
        ]

    def test_a_limit_of_a_discipline_comes_before_that_of_the_day(self) -> None:
        caps = (self.DAY_CAP, {"limit": "50.00", "of": "dollars", "each": "discipline"})
        day = price_day(claim(("97530", 2, "GP"), ("97530", 2, "GO")), plan(*caps), RATES)
        assert costs(day) == [
            ("cap-dollars", "61.68"),
            ("cap-dollars", "10.00"),
        ]
        assert str(day.allowed) == "90.00"

    def test_an_unknown_number_is_a_remark(self) -> None:
        cap = {"limit": "unknown", "of": "dollars", "each": "discipline"}
        day = price_day(claim(("97530", 2, "GP")), plan(cap), RATES)
        assert str(day.allowed) == "80.84"
        assert (
            "the payer has a cap that was not applied, because no source gives its number: an unknown number of dollars "
            "per day for each discipline"
        ) in day.remarks

    def test_the_explanation_names_the_cap(self) -> None:
        day = price_day(claim(("97530", 2, "GP")), plan({"limit": "60", "of": "dollars"}), RATES)
        steps = [(step.rule.id, step.outcome) for step in explain(day).steps]
        assert steps[-1] == (
            "cap-dollars",
            "The payer's cap of $60.00 per day takes $20.84 off the day.",
        )
        assert "cap-dollars" in [rule for rule, _ in steps[:-1]]


class TestRelativeValues:
    CAP = {  # noqa: RUF012
        "limit": 12,
        "of": "rvus",
        "with_evaluation": 18,
        "with_re_evaluation": 15,
    }

    def visit(self, minutes: int, *others: str, fees: FeeSchedule | None = VALUES) -> PricedDay:
        services: list[Service] = [TimedService("97110", minutes)]
        services += [UntimedService(code) for code in others]
        return bill_day(Session(DAY, "PT", services), plan(self.CAP), fees)

    @pytest.mark.parametrize(
        ("minutes", "others", "allowed", "cost"),
        [
            (45, (), "114.60", None),
            (60, (), "114.60", "38.20"),
            (30, ("97161",), "162.35", None),
            (45, ("97161",), "171.90", "28.65"),
            (30, ("97164",), "124.15", None),
            (45, ("97164",), "143.25", "19.10"),
        ],
    )
    def test_the_limit_follows_the_evaluation_of_the_day(
        self, minutes: int, others: tuple[str, ...], allowed: str, cost: str | None
    ) -> None:
        day = self.visit(minutes, *others)
        assert str(day.allowed) == allowed
        assert costs(day) == ([] if cost is None else [("cap-rvus", cost)])

    def test_units_stay_on_the_claim(self) -> None:
        assert [line.units for line in self.visit(60).lines] == [4]

    def test_rates_without_relative_values_give_no_amount(self) -> None:
        day = self.visit(60, fees=RATES)
        assert day.allowed is None
        assert day.lines[0].unpriced == (
            "the payer's cap is in relative value units: give them in FeeSchedule.from_relative_values"
        )

    def test_without_fees_there_are_only_units(self) -> None:
        day = self.visit(60, fees=None)
        assert (day.allowed, day.caps, day.lines[0].units) == (None, (), 4)

    def test_a_code_without_a_value_has_no_amount_and_counts_nothing(self) -> None:
        day = self.visit(45, "97012")
        assert [str(line.allowed) for line in day.lines] == ["114.60", "None"]
        assert day.caps == ()

    def test_rounding_alone_is_not_above_the_limit(self) -> None:
        fees = FeeSchedule.from_relative_values({"97110": "4.001"}, "9.50")
        policy = plan({"limit": "12.003", "of": "rvus"})
        day = bill_day(Session(DAY, "PT", [TimedService("97110", 45)]), policy, fees)
        assert (str(day.allowed), day.caps) == ("114.03", ())


def test_a_cap_for_each_discipline_has_one_entry() -> None:
    cap = plan({"limit": 20, "of": "dollars", "each": "discipline"})
    day = price_day(claim(("97530", 1, "GP"), ("97110", 1, "GO")), cap, RATES)
    assert costs(day) == [("cap-dollars", "30.42")]
    steps = [str(step) for step in explain(day).steps if step.rule.id == "cap-dollars"]
    assert len(steps) == len(set(steps)) == 3


class TestVisits:
    CAP = {"limit": 30, "of": "visits", "each": "discipline"}  # noqa: RUF012
    VISIT = claim(("97530", 1, "GP"), ("97110", 1, "GO"))

    @pytest.mark.parametrize(
        ("before", "allowed", "cost"),
        [(29, ["40.42", "30.00"], []), (30, ["None", "30.00"], [("cap-visits", "40.42")])],
    )
    def test_the_visit_above_the_cap_has_no_amount(
        self, before: int, allowed: list[str], cost: list[tuple[str, str]]
    ) -> None:
        year = Accumulators(2026, pt_visits=before, ot_visits=0)
        day = price_day(self.VISIT, plan(self.CAP), RATES, year)
        assert [str(line.allowed) for line in day.lines] == allowed
        assert costs(day) == cost
        assert day.accumulators is not None
        assert day.accumulators.visits("PT") == before + 1
        assert day.accumulators.visits("OT") == 1
        assert day.accumulators.visits("SLP") is None

    def test_the_reason_says_which_visit_it_is(self) -> None:
        day = price_day(
            self.VISIT, plan(self.CAP), RATES, Accumulators(2026, pt_visits=30, ot_visits=3)
        )
        assert day.lines[0].unpriced == (
            "this is the 31st visit of the year, and the payer's cap is 30 visits per year for each discipline: "
            "ask for an authorization"
        )

    @pytest.mark.parametrize(
        ("year", "missing"),
        [
            (None, ["pt_visits", "ot_visits"]),
            (Accumulators(2026), ["pt_visits", "ot_visits"]),
            (Accumulators(2026, pt_visits=9), ["ot_visits"]),
        ],
    )
    def test_unknown_visits_are_a_remark(
        self, year: Accumulators | None, missing: list[str]
    ) -> None:
        day = price_day(self.VISIT, plan(self.CAP), RATES, year)
        assert str(day.allowed) == "70.42"
        assert [each for each in day.remarks if "cap was not checked" in each] == [
            f"the cap was not checked (30 visits per year for each discipline), because {name} were not given"
            for name in missing
        ]

    def test_all_disciplines_share_a_cap_of_the_day(self) -> None:
        # The PT visit and the OT visit of the day count as two.
        year = Accumulators(2026, pt_visits=10, ot_visits=10, slp_visits=9)
        for limit, allowed in ((31, "70.42"), (30, "40.42"), (29, "None")):
            day = price_day(self.VISIT, plan({"limit": limit, "of": "visits"}), RATES, year)
            assert str(day.allowed) == allowed
            assert [line.allowed is None for line in day.lines] == [limit < 30, limit < 31]

    def test_known_visits_can_be_above_a_cap_of_the_day_by_themselves(self) -> None:
        cap = plan({"limit": 30, "of": "visits"})
        day = price_day(self.VISIT, cap, RATES, Accumulators(2026, pt_visits=45))
        assert day.allowed is None
        assert day.lines[0].unpriced.startswith("this is at least the 46th visit of the year")
        day = price_day(self.VISIT, cap, RATES, Accumulators(2026, pt_visits=28))
        assert str(day.allowed) == "70.42"
        remark = "the cap was not checked (30 visits per year), because ot_visits and slp_visits were not given"
        assert day.remarks.count(remark) == 1

    def test_a_cap_of_no_visits_needs_no_visits(self) -> None:
        day = price_day(self.VISIT, plan({**self.CAP, "limit": 0}), RATES)
        assert day.allowed is None

    def test_a_line_without_a_plan_cannot_be_checked(self) -> None:
        day = price_day(
            claim(("97530", 1, "")), plan(self.CAP), RATES, Accumulators(2026, pt_visits=99)
        )
        assert str(day.allowed) == "40.42"
        assert any(
            "because the visits of the discipline were not given" in each for each in day.remarks
        )

    def test_the_cost_of_lines_without_a_price_is_not_known(self) -> None:
        day = price_day(
            claim(("97530", 1, "GP"), ("97012", 1, "GP")),
            plan(self.CAP),
            RATES,
            Accumulators(2026, pt_visits=30),
        )
        assert costs(day) == [("cap-visits", None)]
        assert day.caps[0].sentence == (
            "the payer's cap of 30 visits per year for each discipline applies; what it takes off is not known"
        )

    def test_an_unknown_number_is_a_remark(self) -> None:
        day = price_day(self.VISIT, plan({"limit": "unknown", "of": "visits"}), RATES)
        assert str(day.allowed) == "70.42"
        assert any("an unknown number of visits per year" in each for each in day.remarks)


class TestUnitCaps:
    """The cost of a cap on units is the price of the day without it, minus the price with it."""

    def test_it_is_the_difference_of_two_prices_with_mppr(self) -> None:
        minutes = {"97530": 30, "97110": 30}
        free = MEDICARE.on(DAY)
        capped = free.with_changes(cap_per_day=3)
        session = Session.from_minutes(minutes, date_of_service=DAY, discipline="PT")
        before = bill_day(session, free, OHIO).allowed
        after = bill_day(session, capped, OHIO)
        assert before is not None
        assert after.allowed is not None
        assert costs(after) == [("cap-per-day", str(before - after.allowed))]
        assert after.caps[0].cap == "3 units"

    def test_several_caps_add_up(self) -> None:
        minutes = {"97530": 45, "97110": 30}
        session = Session.from_minutes(minutes, date_of_service=DAY, discipline="PT")
        policy = plan(cap_per_code={"97530": 2}, cap_per_day=3)
        day = bill_day(session, policy, RATES)
        assert costs(day) == [("cap-per-code", "40.42"), ("cap-per-day", "30.00")]
        free = bill_day(session, plan(), RATES).allowed
        assert free is not None
        assert day.allowed is not None
        assert free - day.allowed == Decimal("70.42")

    def test_charges_stay_in_proportion(self) -> None:
        contract = Contract(
            "PPO", rates={"97530": "40.00", "97110": "30.00"}, lesser_of_charge=True
        )
        session = Session.from_minutes(
            {"97530": 45, "97110": 15}, date_of_service=DAY, discipline="PT"
        )
        charges = {"97530": "20.00", "97110": "50.00"}
        day = bill_day(
            session,
            plan(cap_per_code={"97530": 1}),
            FeeSchedule.from_contract(contract),
            charges=charges,
        )
        assert costs(day) == [("cap-per-code", "40.00")]

    def test_a_code_without_a_price_makes_the_cost_unknown(self) -> None:
        session = Session.from_minutes(
            {"97530": 15, "97535": 15}, date_of_service=DAY, discipline="PT"
        )
        assert costs(bill_day(session, plan(cap_per_day=1), RATES)) == [("cap-per-day", None)]

    def test_two_disciplines_and_two_claims_have_their_own(self) -> None:
        sessions = [
            Session.from_minutes({"97530": 30}, date_of_service=DAY, discipline=name)
            for name in ("PT", "OT")
        ]
        policy = plan({"limit": 1, "each": "discipline"})
        together = bill_day(sessions, policy, RATES)
        assert costs(together) == [("cap-per-discipline", "80.84")]
        apart = price_day(
            [bill_day(each, policy, RATES).claims[0] for each in sessions], policy, RATES
        )
        assert costs(apart) == [("cap-per-discipline", "40.42"), ("cap-per-discipline", "40.42")]

    def test_a_claim_built_by_hand_has_none(self) -> None:
        assert price_day(claim(("97530", 9, "GP")), plan(cap_per_day=1), RATES).caps == ()

    def test_displays_show_it(self) -> None:
        session = Session.from_minutes({"97530": 30}, date_of_service=DAY, discipline="PT")
        day = bill_day(session, plan(cap_per_day=1), RATES)
        sentence = "payer's cap of 1 unit takes $40.42 off the day"
        assert sentence in day._repr_html_().replace("&#x27;", "'")
        assert day.to_dict()["caps"] == [
            {"rule": "cap-per-day", "cap": "1 unit", "dollars": "40.42"}
        ]
        assert any(sentence in step.outcome for step in explain(day).steps)
