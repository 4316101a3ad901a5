"""Test what the compiled terms refuse, and cases that only a caller of the kernel can make."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.own_numbers import own_numbers
from tests.parity.cases import bill_frame, check_parity, table_of
from tests.parity.generate import RATES
from tests.refusals import refusal
from therapy_billing import PAYERS, Claim, ClaimLine, FeeSchedule, InvalidInputError, price_day
from therapy_billing.batch.columns import NULL
from therapy_billing.batch.frame_terms import frame_terms
from therapy_billing.batch.kernel.code_arrays import CodeArrays
from therapy_billing.batch.kernel.compiled import REFUSED, CompiledTerms
from therapy_billing.batch.kernel.policy_arrays import PolicyArrays
from therapy_billing.batch.kernel.scalar_days import lines_of
from therapy_billing.fees.contract import Contract
from therapy_billing.payers import CodeTerms

DAY = date(2026, 3, 2)
NUMBER = (DAY - date(1970, 1, 1)).days


def rows_of(*services: tuple[Any, ...], **cells: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any value
    return [
        {
            "patient": "P",
            "date_of_service": DAY,
            "discipline": "PT",
            "code": code,
            "minutes": minutes,
            "clinician": who[0] if who else "therapist",
            "modifiers": None,
            "sequence": place,
            **cells,
        }
        for place, (code, minutes, *who) in enumerate(services, 1)
    ]


def compiled(payers: Sequence[str], number: int = NUMBER, **arguments: Any) -> CompiledTerms:  # noqa: ANN401 - any value
    terms = frame_terms("medicare", arguments.pop("fees", None), None)
    return CompiledTerms(
        terms, (number, number), [PAYERS[name] for name in payers], [None], [None], [()]
    )


def regime_of(terms: CompiledTerms, payer: int = 0) -> int:
    zero = np.zeros(1, np.int64)
    return int(terms.regimes_of(np.array([payer]), zero, zero, zero)[0])


def test_each_mark_and_each_pair_of_roles_has_a_share_of_its_own() -> None:
    terms = compiled(["medicare"])
    marked, roles = np.divmod(np.arange(8), 4)
    same = np.zeros(8, np.int64)
    found = terms.shares_of(same + regime_of(terms), same, same, marked, roles)
    assert len(set(found.tolist())) == 8


class TestRefusedDays:
    def test_a_policy_that_is_not_known(self) -> None:
        terms = compiled(["medicare"], -200_000)
        regime = regime_of(terms)
        assert (terms.regimes["state"][regime], terms.regimes["policy"][regime]) == (REFUSED, -1)

    def test_a_schedule_that_is_not_known(self) -> None:
        fees = FeeSchedule.medicare("2024-05-05")
        terms = compiled(["medicare"], fees=fees)
        regime = regime_of(terms)
        assert terms.regimes["state"][regime] == REFUSED
        assert terms.regimes["deductible"][regime] == NULL

    def test_a_refused_day_has_no_prices(self) -> None:
        terms = compiled(["medicare"], fees=FeeSchedule.medicare("2024-05-05"))
        regime = np.array([regime_of(terms)])
        with pytest.raises(AssertionError):
            terms.prices_of(regime, np.zeros(1, np.int64))

    def test_a_refused_day_does_not_refuse_others_of_its_date(self) -> None:
        """The scalar path bills the days of a schedule that ends within a quarter, each by itself."""
        rates = FeeSchedule.from_rates({"97110": "30.00"}, effective_through="2026-03-15")
        rows = rows_of(("97110", 15), modifiers="9Q")
        rows += rows_of(("97110", 15), patient="Q")
        rows += rows_of(("97110", 15), patient="R", date_of_service=date(2026, 3, 20))
        found = check_parity(rows, payer="humana", fees={"humana": lambda _day: rates})
        assert found.counts == {"day-refused": 2, "billed": 1}

    @pytest.mark.parametrize("percent", ["87.55", "87.5"])
    def test_a_share_with_four_decimal_places(self, percent: str) -> None:
        changes = {"assistant_percent": percent, "assistants": "assistant-units-2022"}
        rows = rows_of(("97110", 30, "assistant"))
        check_parity(rows, payer="cpt-midpoint", fees=RATES, policy_changes=changes)

    def test_a_share_with_more_decimal_places(self) -> None:
        changes = {"assistant_percent": "87.555", "assistants": "assistant-units-2022"}
        frame = table_of(rows_of(("97110", 30, "assistant")))
        message = refusal(
            InvalidInputError,
            lambda: bill_frame(frame, payer="cpt-midpoint", fees=RATES, policy_changes=changes),
        )
        assert message == (
            "a share, a fraction, or a relative value must have at most four decimal places, got 0.87555"
        )

    def test_an_amount_that_is_too_large_for_the_arrays(self) -> None:
        rates = FeeSchedule.from_rates({"97110": "100000.00", "97140": "100000.01"})
        for code, scalar in (("97110", 0), ("97140", 1)):
            rows = rows_of((code, 15))
            check_parity(rows, payer="humana", fees=rates)
            result: Any = bill_frame(table_of(rows), payer="humana", fees=rates)
            assert result.counts.scalar_days == scalar

    def test_a_rate_per_visit_that_is_too_large(self) -> None:
        for rate, scalar in (("100000.00", 0), ("100000.01", 1)):
            fees = FeeSchedule.from_contract(Contract("own", per_visit=rate))
            rows = rows_of(("97110", 15), ("97140", 15))
            check_parity(rows, payer="humana", fees=fees)
            result: Any = bill_frame(table_of(rows), payer="humana", fees=fees)
            assert result.counts.scalar_days == scalar

    def test_a_rate_per_visit_without_a_line_that_is_paid(self) -> None:
        fees = FeeSchedule.from_contract(Contract("own", per_visit="105.00"))
        rows = rows_of(("97110", 15), ("97140", 15), modifiers="GY")
        check_parity(rows, payer="humana", fees={"humana": fees})


class TestVisits:
    def test_a_cap_on_visits_without_amounts_of_the_year(self) -> None:
        changes = {"caps": [{"limit": 1, "of": "visits"}]}
        rows = rows_of(("97110", 15)) + rows_of(("97110", 15), date_of_service=date(2026, 3, 4))
        found = check_parity(rows, payer="humana", fees={"humana": RATES}, policy_changes=changes)
        assert found.counts == {"billed": 2}


class TestOwnNumbers:
    """Numbers that the caller has in place of the law's."""

    SERVICES = (("97110", 23), ("97140", 15), ("97110", 15, "assistant"))

    @pytest.mark.parametrize("part", ["0.0", "0.0001", "0.2", "1.0"])
    def test_mppr(self, part: str) -> None:
        numbers = own_numbers("mppr_office", ("2020-01-01", part))
        fees = FeeSchedule.medicare(DAY, locality="OH", parameters=numbers)
        check_parity(rows_of(*self.SERVICES), fees=fees)

    def test_a_reduction_that_is_not_known(self) -> None:
        numbers = own_numbers("mppr_office", ("2026-06-01", "0.5"))
        fees = FeeSchedule.medicare(DAY, locality="OH", parameters=numbers)
        check_parity(rows_of(*self.SERVICES), fees=fees)
        check_parity(rows_of(("97110", 15)), fees=fees)

    @pytest.mark.parametrize("name", ["coinsurance", "sequestration", "assistant_payment"])
    def test_shares(self, name: str) -> None:
        numbers = own_numbers(name, ("2020-01-01", "0.35"))
        fees = FeeSchedule.medicare(DAY, locality="OH", parameters=numbers)
        check_parity(rows_of(*self.SERVICES), fees=fees, accumulators="start-at-zero")

    @pytest.mark.parametrize("name", ["part_b_deductible", "kx_threshold"])
    @pytest.mark.parametrize("dollars", ["27.87", "27.86", "27.88", "0"])
    def test_limits(self, name: str, dollars: str) -> None:
        numbers = own_numbers(name, ("2020-01-01", dollars))
        fees = FeeSchedule.medicare(DAY, locality="OH", parameters=numbers)
        rows = rows_of(("97110", 15))
        check_parity(rows, fees=fees, accumulators="start-at-zero")


class TestModifiers:
    @pytest.mark.parametrize("payer", ["medicare", "cpt-midpoint"])
    def test_a_modifier_that_nobody_knows(self, payer: str) -> None:
        rows = rows_of(("97110", 15), modifiers="9Q")
        found = check_parity(
            rows, payer=payer, fees={payer: RATES} if payer != "medicare" else None
        )
        assert found.counts["day-refused"] == 1

    @pytest.mark.parametrize("modifiers", ["GA", "GX", "GY", "GZ", "GA GX", "GY GA", "95", "GY GZ"])
    def test_who_owes_a_denied_line(self, modifiers: str) -> None:
        services = ("97110", 15), ("97140", 15, "assistant")
        for charge in (None, Decimal("55.00")):
            rows = rows_of(*services, modifiers=modifiers, charge=charge)
            fees = FeeSchedule.medicare(DAY, locality="OH")
            check_parity(rows, fees=fees, accumulators="start-at-zero")
            check_parity(rows, payer="humana", fees=RATES)

    def test_several_procedures(self) -> None:
        fees = FeeSchedule.medicare(DAY, locality="OH")
        for count in (1, 2):
            check_parity(rows_of(("29125", None), units=count), fees=fees)
        check_parity(rows_of(("29125", None), ("29130", None), ("97110", 15)), fees=fees)


class TestCodes:
    def test_an_untimed_family_that_a_payer_counts_by_minutes(self) -> None:
        terms = [CodeTerms(("97597", "97598", "92607"), unit_minutes=20)]
        rows = rows_of(("97597", 45), ("97598", 20), ("97110", 15))
        check_parity(rows, payer="cpt-midpoint", fees=RATES, policy_changes={"code_terms": terms})

    def test_an_untimed_code_that_a_payer_counts_by_minutes_needs_them(self) -> None:
        terms = [CodeTerms("92507", unit_minutes=15)]
        rows = rows_of(("97161", None))
        rows += rows_of(("92507", None), patient="Q", discipline="SLP")
        rows += rows_of(("92507", 30), patient="R", discipline="SLP")
        changes = {"code_terms": terms}
        check_parity(rows, payer="cpt-midpoint", fees=RATES, policy_changes=changes)

    def test_why_a_code_is_not_in_force(self) -> None:
        codes = CodeArrays()
        number = codes.numbers["97550"]
        assert codes.why_not_in_force(number, DAY) == ""
        assert "97550" in codes.why_not_in_force(number, date(2023, 12, 31))
        assert codes.in_force([date(2023, 12, 31), DAY])[:, number].tolist() == [False, True]

    def test_the_answers_of_a_policy_are_those_of_the_scalar_rules(self) -> None:
        codes = CodeArrays()
        policies = PolicyArrays(codes, [(), ("9Q",)])
        assert policies.add_policy(PAYERS["medicare"].on(DAY), DAY) == 0
        assert policies.add_policy(PAYERS["humana"].on(DAY), DAY) == 1
        assert policies["bad_modifiers"][0].tolist() == [False, True]
        assert len(policies.minute_table) < len(codes)


def test_a_line_of_a_day_has_a_discipline() -> None:
    claim = Claim(DAY, [ClaimLine("97110", 1)])
    priced = price_day(claim, PAYERS["cpt-midpoint"], RATES)
    with pytest.raises(AssertionError):
        lines_of({0: priced}, compiled(["medicare"]))
