"""A priced day: its parts, its year-to-date amounts, and its displays."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from html import escape
from typing import Any

import attrs
import pytest

from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    Contract,
    Discipline,
    FeeSchedule,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    build_claim,
    price_day,
)
from therapy_billing.base.data_loader import data_version
from therapy_billing.pricing import Bucket, KxState, ThresholdState
from therapy_billing.pricing.records import total_of

DAY = "2026-03-02"
OHIO = FeeSchedule.medicare(DAY, mac="15202", locality="00")
RATES = FeeSchedule.from_rates({"97530": "40.00", "97110": "30.00"}, name="<i>rates</i>")


def of_lines(*lines: ClaimLine) -> Claim:
    """Return a claim of *lines*."""
    return Claim(DAY, lines)


class TestThresholdState:
    @pytest.mark.parametrize(
        ("after", "beyond", "reviewed"),
        [
            ("2479.99", False, False),
            ("2480.00", False, False),
            ("2480.01", True, False),
            ("3000.00", True, False),
            ("3000.01", True, True),
        ],
    )
    def test_exactly_a_threshold_is_not_above_it(
        self, after: str, beyond: object, reviewed: object
    ) -> None:
        state = ThresholdState(
            Bucket.OT, Decimal("0.00"), Decimal(after), Decimal("2480.00"), Decimal("3000.00")
        )
        assert (state.beyond, state.may_be_reviewed) == (beyond, reviewed)
        values = state.to_dict()
        assert json.loads(json.dumps(values)) == values
        assert values == {
            "bucket": "OT",
            "before": "0.00",
            "after": after,
            "threshold": "2480.00",
            "beyond": beyond,
            "may_be_reviewed": reviewed,
        }


class TestPricedLine:
    def test_it_has_its_claim_line_and_its_amounts(self) -> None:
        claim = of_lines(ClaimLine("97530", 2, ("GP", "CQ"), "60.00"))
        (line,) = price_day(claim, MEDICARE, OHIO).lines
        assert (line.code, line.units, line.modifiers) == ("97530", 2, ("GP", "CQ"))
        assert line.discipline is Discipline.PT
        # 33.33 in full and 24.18 reduced.
        assert [str(amount) for amount in line.unit_amounts] == ["33.33", "24.18"]
        assert (str(line.units_total), str(line.mppr_reduction)) == ("57.51", "9.15")
        assert str(line.allowed) == "57.51"
        assert line.share is not None
        assert str(line.patient_responsibility) == "11.50"
        assert str(line.medicare_pays) == str(line.share.medicare_pays) == "38.33"
        assert str(line.provider_receives) == "49.83"

    def test_a_line_without_a_price_has_no_money_and_no_reduction(self) -> None:
        (line,) = price_day(of_lines(ClaimLine("97010", 1, ("GP",))), MEDICARE, OHIO).lines
        assert (line.price, line.allowed, line.share, line.unit_amounts) == (None, None, None, ())
        assert (line.medicare_pays, line.patient_responsibility, line.provider_receives) == (
            None,
            None,
            None,
        )
        assert (line.mppr_reduction, str(line.units_total)) == (None, "0.00")
        assert line.unpriced == (
            f"no price for 97010 in {OHIO.name}: Medicare bundles the code into other services (status B)"
        )
        values = line.to_dict()
        assert [name for name, value in values.items() if value is None] == [
            "charge",
            "allowed",
            "mppr_reduction",
            "deductible",
            "coinsurance",
            "assistant_reduction",
            "sequestration",
            "medicare_pays",
            "patient_responsibility",
            "provider_receives",
        ]

    def test_it_is_json_with_amounts_as_texts(self) -> None:
        claim = of_lines(ClaimLine("97530", 2, ("GP", "CQ"), "60.00"))
        values = price_day(claim, MEDICARE, OHIO).lines[0].to_dict()
        assert json.loads(json.dumps(values)) == values
        assert values == {
            "discipline": "PT",
            "code": "97530",
            "units": 2,
            "modifiers": ["GP", "CQ"],
            "charge": "60.00",
            "keys": [],
            "unit_amounts": ["33.33", "24.18"],
            "furnisher_share": "1",
            "allowed": "57.51",
            "mppr_reduction": "9.15",
            "deductible": "0.00",
            "coinsurance": "11.50",
            "assistant_reduction": "6.90",
            "sequestration": "0.78",
            "medicare_pays": "38.33",
            "patient_responsibility": "11.50",
            "provider_receives": "49.83",
            "kx": "unknown",
            "unpriced": "",
            "denied_for": "",
        }

    def test_a_line_under_no_plan_of_care_names_none(self) -> None:
        (line,) = price_day(of_lines(ClaimLine("97530", 1)), MEDICARE, OHIO).lines
        assert line.discipline is None
        assert line.to_dict()["discipline"] is None


class TestPricedDay:
    def test_it_adds_up_the_lines_that_have_a_price(self) -> None:
        claim = of_lines(
            ClaimLine("97530", 1, ("GP",)),
            ClaimLine("97110", 1, ("GP",)),
            ClaimLine("97010", 1, ("GP",)),
        )
        day = price_day(claim, MEDICARE, OHIO)
        assert day.complete is False
        assert list(
            map(
                str,
                (
                    day.allowed,
                    day.mppr_reduction,
                    day.medicare_pays,
                    day.patient_responsibility,
                    day.provider_receives,
                ),
            )
        ) == ["54.95", "6.25", "43.08", "10.99", "54.07"]
        assert total_of(day.lines, lambda line: line.allowed) == day.allowed
        assert str(total_of((), lambda line: line.allowed)) == "0.00"

    def test_for_another_payer_the_payment_is_not_known(self) -> None:
        day = price_day(of_lines(ClaimLine("97530", 1, ("GP",))), CPT_MIDPOINT, RATES)
        assert (day.terms, day.thresholds, day.accumulators) == (None, (), None)
        assert (day.medicare_pays, day.patient_responsibility, day.provider_receives) == (
            None,
            None,
            None,
        )
        assert (str(day.allowed), day.complete) == ("40.00", True)
        assert repr(day) == "<PricedDay $40.00 allowed: 97530 GP x1; <i>rates</i>>"

    def test_it_shows_its_lines_and_its_money(self) -> None:
        claim = of_lines(ClaimLine("97530", 2, ("GP", "CQ")), ClaimLine("97110", 1))
        assert repr(price_day(claim, MEDICARE, RATES)) == (
            "<PricedDay $110.00 allowed, Medicare $76.83, patient $22.00: 97530 GP CQ x2, "
            "97110 x1; <i>rates</i>>"
        )
        claim = of_lines(ClaimLine("97112", 1, ("GP",)))
        assert repr(price_day(claim, CPT_MIDPOINT, RATES)) == (
            "<PricedDay no amounts: 97112 GP x1; <i>rates</i>>"
        )

    def test_the_allocation_is_that_of_the_first_claim_made_from_minutes(self) -> None:
        by_hand = of_lines(ClaimLine("97110", 1, ("GP",)))
        assert price_day(by_hand, MEDICARE, RATES).allocation is None
        made = build_claim(Session(DAY, "OT", [TimedService("97530", 15)]), MEDICARE)
        day = price_day([by_hand, made], MEDICARE, RATES)
        assert day.allocation is made.allocation
        assert day.claims == (by_hand, made)

    def test_a_day_without_an_allocation_is_json_without_units(self) -> None:
        values = price_day(of_lines(ClaimLine("97110", 1, ("GP",))), CPT_MIDPOINT, RATES).to_dict()
        assert json.loads(json.dumps(values)) == values
        del values["lines"]
        assert values == {
            "data": data_version().to_dict(),
            "date_of_service": "2026-03-02",
            "payer": "cpt-midpoint",
            "fees": "<i>rates</i>",
            "setting": "non-facility",
            "counted_by": "",
            "paid_at_cost": False,
            "unbilled": [],
            "allowed": "30.00",
            "mppr_reduction": "0.00",
            "medicare_pays": None,
            "medicare_pays_range": None,
            "patient_responsibility": None,
            "provider_receives": None,
            "complete": True,
            "caps": [],
            "thresholds": [],
            "accumulators_before": None,
            "accumulators": None,
            "remarks": [
                (
                    "cpt-midpoint is a counting method, not a payer; the amounts come from the fee "
                    "schedule that was given"
                ),
                "what the payer pays and what the patient owes are not known",
            ],
        }

    def test_a_day_of_minutes_is_json_with_its_year(self) -> None:
        session = Session(DAY, "PT", [TimedService("97530", 30), UntimedService("97161")])
        year = Accumulators(2026, "200.00", "2470.00", "5.00")
        values = bill_day(session, MEDICARE, OHIO, year).to_dict()
        assert json.loads(json.dumps(values)) == values
        assert values["units"] == {"97530": 2}
        assert values["accumulators_before"] == year.to_dict()
        # 93.86 and twice 24.18; the deductible of 283.00 takes 83.00 of it.
        assert values["accumulators"] == {
            "year": 2026,
            "deductible_met": "283.00",
            "pt_slp": "2612.22",
            "ot": "5.00",
            "pt_visits": None,
            "ot_visits": None,
            "slp_visits": None,
        }
        assert values["thresholds"] == [
            {
                "bucket": "PT and SLP",
                "before": "2470.00",
                "after": "2612.22",
                "threshold": "2480.00",
                "beyond": True,
                "may_be_reviewed": False,
            }
        ]
        assert (values["allowed"], values["complete"], values["fees"]) == (
            "142.22",
            True,
            OHIO.name,
        )

    def test_minutes_are_on_the_first_line_of_their_code(self) -> None:
        services: list[Any] = [
            TimedService("97110", 12),
            TimedService("97110", 14, clinician="assistant"),
            TimedService("97112", 4),
            UntimedService("97161", 30),
        ]
        day = bill_day(Session(DAY, "PT", services), MEDICARE, OHIO)
        assert [(line.code, line.modifiers) for line in day.lines] == [
            ("97110", ("GP",)),
            ("97110", ("GP", "CQ")),
            ("97161", ("GP",)),
        ]
        assert day.line_minutes == (26, None, None)
        assert day.not_billed == ((Discipline.PT, "97112", 4),)

    def test_a_family_has_its_minutes_on_its_first_code(self) -> None:
        day = bill_day(Session(DAY, "SLP", [TimedService("97129", 38)]), MEDICARE, OHIO)
        assert [line.code for line in day.lines] == ["97129", "97130"]
        assert day.line_minutes == (38, None)
        assert day.not_billed == ()

    def test_a_code_without_units_after_a_cap_has_no_line(self) -> None:
        policy = MEDICARE.on(DAY).with_changes(cap_per_code={"97110": 0})
        day = bill_day({"97110": 20, "97530": 15}, policy, RATES, date_of_service=DAY)
        assert [line.code for line in day.lines] == ["97530"]
        assert day.not_billed == ((None, "97110", 20),)

    def test_claims_of_two_disciplines_each_bring_their_minutes(self) -> None:
        claims = [
            build_claim(Session(DAY, discipline, [TimedService("97530", minutes)]), MEDICARE)
            for discipline, minutes in (("PT", 30), ("OT", 15), ("SLP", 7))
        ]
        day = price_day(claims, MEDICARE, RATES)
        assert day.line_minutes == (30, 15)
        assert day.not_billed == ((Discipline.SLP, "97530", 7),)

    def test_two_claims_of_a_code_each_bring_their_minutes(self) -> None:
        claims = [
            build_claim(Session(DAY, "PT", [TimedService("97530", minutes)]), MEDICARE)
            for minutes in (30, 15)
        ]
        assert price_day(claims, MEDICARE, RATES).line_minutes == (30, 15)

    def test_a_claim_without_an_allocation_has_no_minutes(self) -> None:
        day = price_day(of_lines(ClaimLine("97530", 1, ("GP",))), MEDICARE, RATES)
        assert (day.line_minutes, day.not_billed) == ((None,), ())

    def test_the_lines_that_need_kx_are_listed(self) -> None:
        claim = of_lines(ClaimLine("97530", 1, ("GP",)), ClaimLine("97530", 1, ("GO",)))
        year = Accumulators(2026, pt_slp="2480.00")
        day = price_day(claim, MEDICARE, OHIO, year)
        assert day.kx_suggested == day.lines[:1]
        assert [line.kx for line in day.lines] == [KxState.SUGGESTED, KxState.NOT_NEEDED]

    def test_no_total_depends_on_the_global_decimal_context(self) -> None:
        session = Session(DAY, "PT", [TimedService("97530", 53), TimedService("97110", 38)])
        year = Accumulators(2026, "257.13", "2479.99")
        expected = bill_day(session, MEDICARE, OHIO, year)
        with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
            day = bill_day(session, MEDICARE, OHIO, year)
            assert day == expected
            assert day.to_dict() == expected.to_dict()
            assert repr(day) == repr(expected)
            assert day._repr_html_() == expected._repr_html_()

    def test_a_pickled_copy_is_equal_and_has_the_same_hash(self) -> None:
        session = Session(DAY, "PT", [TimedService("97530", 53)])
        day = bill_day(session, MEDICARE, OHIO, Accumulators(2026), attestations=["KX"])
        again = pickle.loads(pickle.dumps(day))  # noqa: S301 - written one step before
        assert again == day
        assert hash(again) == hash(day)


class TestTheNotebook:
    def shown(self, day: PricedDay) -> str:
        return day._repr_html_()

    def test_a_day_is_a_table_with_its_totals_and_notes(self) -> None:
        claim = of_lines(ClaimLine("97530", 2, ("GP", "CQ")), ClaimLine("97112", 1, ("GP",)))
        plan = attrs.evolve(MEDICARE, name="<b>plan & co</b>")
        day = price_day(claim, plan, RATES)
        heads = (
            *("code", "modifiers", "units", "allowed", "MPPR", "deductible", "coinsurance"),
            *("assistant", "sequestration", "Medicare pays", "patient owes", "KX"),
        )
        missing = "no price for 97112 in &lt;i&gt;rates&lt;/i&gt;: the code is not in the schedule"
        rows = [
            "97530|GP CQ|2|80.00|0.00|0.00|16.00|9.60|1.09|53.31|16.00|unknown",
            f"97112|GP|1|{missing}||||||||unknown",
        ]
        cells = [f"<tr>{''.join(f'<td>{c}</td>' for c in row.split('|'))}</tr>" for row in rows]
        foot = ["total", "", "", "80.00", "0.00", "", "", "", "", "53.31", "16.00", ""]
        notes = ["some lines have no price", *map(escape, day.remarks)]
        assert self.shown(day) == (
            "<table><caption>2026-03-02, &lt;b&gt;plan &amp; co&lt;/b&gt;: "
            "&lt;i&gt;rates&lt;/i&gt;</caption>"
            f"<thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead>"
            f"<tbody>{''.join(cells)}</tbody>"
            f"<tfoot><tr>{''.join(f'<td>{c}</td>' for c in foot)}</tr></tfoot></table>"
            f"<ul>{''.join(f'<li>{note}</li>' for note in notes)}</ul>"
        )

    def test_a_complete_day_lists_only_its_remarks(self) -> None:
        day = price_day(of_lines(ClaimLine("97530", 1)), CPT_MIDPOINT, RATES)
        shown = self.shown(day)
        listed = "".join(f"<li>{note}</li>" for note in day.remarks)
        assert shown.endswith(f"<td></td><td></td><td></td></tr></tfoot></table><ul>{listed}</ul>")
        assert "None" not in shown

    def test_a_line_above_the_threshold_is_listed(self) -> None:
        claim = of_lines(ClaimLine("97530", 1, ("GP",)))
        year = Accumulators(2026, pt_slp="2480.00")
        shown = self.shown(price_day(claim, MEDICARE, OHIO, year))
        assert "<ul><li>97530 ($33.33) needs KX</li>" in shown

    def test_a_line_above_the_threshold_without_a_price_shows_no_amount(self) -> None:
        claim = of_lines(ClaimLine("97530", 1, ("GP",)), ClaimLine("97010", 1, ("GP",)))
        year = Accumulators(2026, pt_slp="2480.00")
        assert "None" not in self.shown(price_day(claim, MEDICARE, OHIO, year))

    def test_a_contract_that_pays_the_visit_shows_amounts_and_not_a_missing_price(self) -> None:
        fees = FeeSchedule.from_contract(Contract("Visits", per_visit=90))
        day = price_day(of_lines(ClaimLine("97530", 1, ("GP",))), CPT_MIDPOINT, fees)
        assert "<td>90.00</td>" in self.shown(day)
        assert "no price" not in self.shown(day)


@pytest.mark.parametrize(
    "show",
    [
        repr,
        lambda day: str(day.to_dict()),
        lambda day: day._repr_html_(),
        lambda day: repr(pickle.dumps(day)),
    ],
)
def test_a_day_has_and_shows_no_activities(show: Callable[[PricedDay], str]) -> None:
    services = [
        TimedService("97530", 23, body_region="Rosa's knee", activity="walks with Rosa"),
        TimedService("97530", 14, clinician="assistant", activity="walks with Rosa"),
    ]
    day = bill_day(Session(DAY, "PT", services), MEDICARE, OHIO, Accumulators(2026))
    assert "Rosa" not in show(day)
    assert "knee" not in show(day)
