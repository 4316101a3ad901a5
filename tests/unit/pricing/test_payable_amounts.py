"""Amounts depend on the payer, the setting, and the policy that counted the units."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.payers_that_count import PAYERS_THAT_COUNT
from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Accumulators,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    InvalidInputError,
    Payer,
    Policy,
    PricedDay,
    Session,
    Setting,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    bill_day,
    build_claim,
    check_claim,
    check_day,
    check_schedule,
    explain,
    price_day,
)
from therapy_billing.fees.pprrvu_file import read_pprrvu
from therapy_billing.findings.records import Answer
from therapy_billing.payers.policy import FeeBasis
from therapy_billing.pricing.day import setting_of
from therapy_billing.scenarios.payer_comparison import compare_payers
from therapy_billing.visits.schedule_entries import ScheduleEntry

DAY = datetime.date(2026, 7, 6)
OFFICE = FeeSchedule.medicare(DAY, locality="15202-00")
FACILITY = FeeSchedule.medicare(DAY, locality="15202-00", setting="facility")
RATES = FeeSchedule.from_rates({"97110": "30.00", "97124": "25.00", "97161": "90.00"})
YEAR = Accumulators(2026, deductible_met=283)
UNKNOWN = "this payer's fees are not known"


def pt(minutes: dict[str, int], day: object = DAY) -> Session:
    assert isinstance(day, datetime.date | str)
    return Session.from_minutes(minutes, date_of_service=day, discipline="PT")


def amounts(day: PricedDay) -> list[str]:
    return [str(line.allowed) for line in day.lines]


class TestThePolicyThatCounted:
    """Units are priced under the policy that counted them or, on request, under a different policy."""

    MIDPOINT = build_claim(pt({"97110": 10, "97124": 10}), CPT_MIDPOINT)

    def test_another_payer_is_refused_with_what_to_do(self) -> None:
        message = refusal(InvalidInputError, lambda: price_day(self.MIDPOINT, MEDICARE, OFFICE))
        assert message == (
            "cpt-midpoint counted these units; the policy of medicare on 2026-07-06 is different: "
            "pass the policy that counted them, rebuild the claim, or give repriced_as='medicare'"
        )

    @pytest.mark.parametrize("payer", [MEDICARE, CPT_MIDPOINT])
    @pytest.mark.parametrize("repriced_as", ["medicare", " Medicare", MEDICARE])
    def test_another_payer_by_request_is_shown(self, payer: Payer, repriced_as: Any) -> None:  # noqa: ANN401
        day = price_day(self.MIDPOINT, payer, OFFICE, YEAR, repriced_as=repriced_as)
        assert (day.payer, day.counted_by, [line.units for line in day.lines]) == (
            "medicare",
            "cpt-midpoint",
            [1, 1],
        )
        assert day.remarks == (
            "cpt-midpoint counted the units; medicare may count them differently",
        )
        assert "units counted by cpt-midpoint" in repr(day)
        assert day.to_dict()["counted_by"] == "cpt-midpoint"
        assert day.remarks[0] in day._repr_html_()

    def test_the_payer_that_counted_is_not_shown_as_another(self) -> None:
        for repriced_as in (None, "cpt-midpoint", CPT_MIDPOINT):
            day = price_day(self.MIDPOINT, CPT_MIDPOINT, OFFICE, repriced_as=repriced_as)
            assert day.counted_by == ""

    def test_a_payer_that_neither_counted_nor_prices_is_refused(self) -> None:
        assert (
            refusal(
                InvalidInputError,
                lambda: price_day(self.MIDPOINT, PAYERS["humana"], OFFICE, repriced_as="medicare"),
            )
            == "payer must be the payer that counted the units, or the same as repriced_as"
        )

    def test_a_name_that_no_payer_has_is_refused(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: price_day(self.MIDPOINT, MEDICARE, OFFICE, repriced_as="Rosa Invented"),
        )
        assert message.startswith("unknown payer (a string of 13 characters): use ")
        assert "Rosa" not in message

    def test_the_name_of_your_own_payer_is_shown(self) -> None:
        own = attrs.evolve(MEDICARE, name="acme")
        day = price_day(self.MIDPOINT, own, OFFICE, YEAR, repriced_as="acme")
        assert (day.payer, day.counted_by) == ("acme", "cpt-midpoint")

    @pytest.mark.parametrize("counts", PAYERS_THAT_COUNT.values(), ids=PAYERS_THAT_COUNT)
    @pytest.mark.parametrize("prices", PAYERS_THAT_COUNT.values(), ids=PAYERS_THAT_COUNT)
    def test_every_pair_of_payers_is_refused_but_a_payer_with_itself(
        self, counts: Payer, prices: Payer
    ) -> None:
        claim = build_claim(pt({"97110": 20}), counts)
        if counts is prices:
            assert price_day(claim, prices, RATES).payer == prices.name
        else:
            refusal(InvalidInputError, lambda: price_day(claim, prices, RATES))
            day = price_day(claim, prices, RATES, repriced_as=prices.name)
            assert (day.payer, day.counted_by) == (prices.name, counts.name)

    def test_a_payer_and_its_policy_of_the_day_are_the_same(self) -> None:
        policy = MEDICARE.on(DAY)
        session = pt({"97110": 20})
        for counts, prices in ((MEDICARE, policy), (policy, MEDICARE), (policy, policy)):
            assert amounts(price_day(build_claim(session, counts), prices, OFFICE)) == ["27.87"]

    def test_a_changed_policy_is_another_one(self) -> None:
        claim = build_claim(pt({"97110": 20}), MEDICARE)
        capped = MEDICARE.on(DAY).with_changes(cap_per_day=4)
        assert "repriced_as" in refusal(InvalidInputError, lambda: price_day(claim, capped, OFFICE))
        day = price_day(claim, capped, OFFICE, YEAR, repriced_as=capped)
        assert day.remarks == (
            "medicare counted the units; cms-eight-minute may count them differently",
        )

    def test_a_bare_method_counts_for_every_payer_of_its_policy(self) -> None:
        claim = build_claim(pt({"97110": 20}), UnitMethod.CPT_MIDPOINT)
        assert price_day(claim, UnitMethod.CPT_MIDPOINT, OFFICE).allowed == Decimal("27.87")
        refusal(InvalidInputError, lambda: price_day(claim, UnitMethod.FULL_QUARTER, OFFICE))

    def test_all_claims_are_checked(self) -> None:
        by_hand = Claim(DAY, [ClaimLine("97110", 1, ("GP",))])
        assert price_day(by_hand, MEDICARE, OFFICE).counted_by == ""
        refusal(InvalidInputError, lambda: price_day([by_hand, self.MIDPOINT], MEDICARE, OFFICE))

    @pytest.mark.parametrize(
        ("counted", "moved", "same_law"),
        [
            ("2021-12-30", "2021-12-31", True),
            ("2021-12-31", "2022-01-01", False),
            ("2022-01-01", "2021-12-31", False),
            ("2026-03-02", "2026-03-03", True),
        ],
    )
    def test_a_claim_moved_to_another_day_is_priced_by_the_same_law_only_and_says_so(
        self,
        counted: str,
        moved: str,
        same_law: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        claim = attrs.evolve(
            build_claim(pt({"97110": 20}, counted), MEDICARE), date_of_service=moved
        )
        fees = FeeSchedule.medicare(moved, locality="15202-00")
        if same_law:
            day = price_day(claim, MEDICARE, fees)
            assert (
                f"the units were counted for {counted}, under the rules of that date" in day.remarks
            )
        else:
            refusal(InvalidInputError, lambda: price_day(claim, MEDICARE, fees))
            day = price_day(claim, MEDICARE, fees, repriced_as="medicare")
            assert (
                f"the units were counted for {counted}, under the rules of that date" in day.remarks
            )

    def test_an_allocation_is_one(self) -> None:
        other: Any = "97110 x1"
        assert refusal(InvalidInputError, lambda: Claim(DAY, [], other)) == (
            "allocation must be an Allocation, got a string of 8 characters"
        )


class TestUnknownFees:
    """Medicare's fee schedule gives amounts only to payers that use it."""

    SESSION = pt({"97110": 30, "97530": 15})

    @pytest.mark.parametrize("payer", PAYERS_THAT_COUNT.values(), ids=PAYERS_THAT_COUNT)
    def test_each_payer_has_amounts_by_its_fee_basis(self, payer: Payer) -> None:
        basis = payer.on(DAY).money.fee_basis
        known = basis in (FeeBasis.MEDICARE_FEE_SCHEDULE, FeeBasis.ANY_SCHEDULE)
        assert known is (payer.name in ("medicare", "cpt-midpoint"))
        day = bill_day(self.SESSION, payer, OFFICE, YEAR)
        assert day.complete is known
        if known:
            assert day.allowed is not None
            return
        assert [line.units for line in day.lines] == [2, 1]
        assert amounts(day) == ["None", "None"]
        own_factor = basis is FeeBasis.OWN_CONVERSION_FACTOR
        reason = "this payer has its own conversion factor" if own_factor else UNKNOWN
        assert {line.unpriced for line in day.lines} == {reason}
        assert [note for note in day.remarks if note.startswith("no amounts: this payer")]
        sums = (day.allowed, day.mppr_reduction, day.medicare_pays, day.patient_responsibility)
        assert sums == (None, None, None, None)
        assert "Medicare Ohio" not in repr(day)
        assert "no amounts" in repr(day)
        assert day.to_dict()["allowed"] is None

    @pytest.mark.parametrize("payer", PAYERS_THAT_COUNT.values(), ids=PAYERS_THAT_COUNT)
    def test_each_payer_has_amounts_by_rates_and_contracts(self, payer: Payer) -> None:
        session = pt({"97110": 30})
        assert amounts(bill_day(session, payer, RATES, YEAR)) == ["60.00"]
        terms = Contract("plan", percent_of_medicare="110")
        contract = FeeSchedule.from_contract(terms, OFFICE)
        assert amounts(bill_day(session, payer, contract, YEAR)) == ["61.32"]

    def test_a_counting_method_takes_any_schedule_and_says_so(self) -> None:
        for payer, name in (
            (CPT_MIDPOINT, "cpt-midpoint"),
            (UnitMethod.STARTED_QUARTER, "started-quarter"),
        ):
            day = bill_day(self.SESSION, payer, OFFICE)
            assert day.complete is True
            assert (
                f"{name} is a counting method, not a payer; the amounts come from the fee schedule that was given"
                in day.remarks
            )

    def test_a_policy_has_the_fees_that_it_names(self) -> None:
        unknown = Policy(UnitMethod.CMS_EIGHT_MINUTE)
        assert bill_day(self.SESSION, unknown, OFFICE).allowed is None
        contract = unknown.with_changes(fee_basis=FeeBasis.CONTRACT)
        assert bill_day(self.SESSION, contract, OFFICE).allowed is None
        medicare = unknown.with_changes(fee_basis=FeeBasis.MEDICARE_FEE_SCHEDULE)
        assert bill_day(self.SESSION, medicare, OFFICE).allowed is not None

    def test_a_payer_made_of_a_counting_method_does_not_take_any_schedule(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "acme.toml"
        file.write_text('name = "acme"\nbase = "cpt-midpoint"\n', encoding="utf-8")
        assert bill_day(self.SESSION, Payer.from_file(file), OFFICE).allowed is None
        file.write_text(
            'name = "acme"\nbase = "cpt-midpoint"\n[[policy]]\nfee_basis = "medicare-fee-schedule"\n',
            encoding="utf-8",
        )
        assert bill_day(self.SESSION, Payer.from_file(file), OFFICE).allowed is not None

    def test_files_of_cms_are_medicares_schedule(self, tmp_path: Path) -> None:
        path = tmp_path / "PPRRVU26_JUL.csv"
        path.write_text(
            "2026 National Physician Fee Schedule Relative Value File July Release,,,,,,,,\n"
            "HCPCS,MOD,STATUS CODE,WORK RVU,NON-FAC PE RVU,FACILITY PE RVU,MP RVU,MULT PROC,CONV FACTOR\n"
            "97110,,A,0.45,0.41,0.41,0.01,5,33.4009\n",
            encoding="utf-8",
        )
        fees = FeeSchedule.from_cms_files(read_pprrvu(path))
        session = pt({"97110": 30})
        assert bill_day(session, PAYERS["highmark"], fees).allowed is None
        assert bill_day(session, MEDICARE, fees).allowed is not None
        later = pt({"97110": 30}, "2026-10-01")
        stands_in = "the amounts come from the fee file effective 2026-07-01; another 2026 release may have different amounts"
        assert stands_in in bill_day(later, MEDICARE, fees).remarks
        assert stands_in not in bill_day(session, MEDICARE, fees).remarks
        terms = Contract("plan", percent_of_medicare="110")
        assert (
            stands_in in bill_day(later, MEDICARE, FeeSchedule.from_contract(terms, fees)).remarks
        )

    def test_without_fees_there_are_units_and_a_reason(self) -> None:
        day = bill_day(self.SESSION, MEDICARE, None, YEAR)
        assert ([line.units for line in day.lines], day.allowed) == ([2, 1], None)
        assert {line.unpriced for line in day.lines} == {"no fee schedule was given"}
        assert "no amounts: no fee schedule was given" in day.remarks
        unknown = bill_day(self.SESSION, PAYERS["tricare"], None)
        assert {line.unpriced for line in unknown.lines} == {UNKNOWN}

    def test_ties_are_not_decided_by_amounts_of_another_payer(self) -> None:
        tied = pt({"97110": 20, "97530": 20})
        policy = PAYERS["highmark"].on(DAY).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        assert refusal(InvalidInputError, lambda: bill_day(tied, policy, OFFICE)) == (
            "TiePolicy.HIGHEST_FEE compares the payer's own amounts, but fees has Medicare amounts: give "
            "the payer's rates or contract"
        )
        rates = FeeSchedule.from_rates({"97110": "31.00", "97530": "30.00"})
        assert [line.units for line in bill_day(tied, policy, rates).lines] == [2, 1]

    def test_findings_and_schedules_have_no_dollars_of_another_payer(self) -> None:
        twice = [
            TimedService("97110", start="2026-07-06 09:00", end="2026-07-06 09:30"),
            TimedService("97110", start="2026-07-06 09:15", end="2026-07-06 09:45"),
        ]
        payer = PAYERS["tricare"]
        found = check_day(Session(DAY, "PT", twice), payer, OFFICE)
        entries = [
            ScheduleEntry(f"row {n}", f"patient {n}", "clinician", DAY, "PT", service)
            for n, service in enumerate(twice)
        ]
        for findings in (found, check_schedule(entries, payer, fees=OFFICE)):
            assert len(findings)
            assert {finding.at_stake for finding in findings} == {None}
            assert "$" not in str(findings)

    def test_two_payers_are_compared_without_dollars_of_another(self) -> None:
        diff = compare_payers(self.SESSION, MEDICARE, PAYERS["highmark"], fees=OFFICE)
        assert diff.money is not None
        assert diff.money["allowed"].second is None


class TestTheSetting:
    """Fees and services must have the same setting."""

    SESSION = Session(DAY, "PT", [UntimedService("97610"), TimedService("97110", 15)])

    @pytest.mark.parametrize(
        ("fees", "setting", "other"),
        [(OFFICE, "facility", "facility"), (FACILITY, "office", "non-facility")],
        ids=["office", "facility"],
    )
    def test_fees_of_another_setting_are_refused(
        self, fees: FeeSchedule, setting: str, other: str
    ) -> None:
        own = fees.setting.value
        expected = (
            f"the services are for setting {other}, but the fees are for {own}: give "
            f"FeeSchedule.medicare(..., setting={other!r}), or correct the setting"
        )
        claim = build_claim(self.SESSION, MEDICARE, setting=setting)
        contract = FeeSchedule.from_contract(Contract("plan", percent_of_medicare=100), fees)
        for call in (
            lambda: bill_day(self.SESSION, MEDICARE, fees, setting=setting),
            lambda: price_day(claim, MEDICARE, fees),
            lambda: bill_day(self.SESSION, CPT_MIDPOINT, contract, setting=setting),
            lambda: check_day(self.SESSION, MEDICARE, fees, setting=setting),
            lambda: check_claim(claim, MEDICARE, fees),
        ):
            assert refusal(InvalidInputError, call) == expected

    def test_fees_of_the_same_setting_give_its_amounts(self) -> None:
        office = bill_day(self.SESSION, MEDICARE, OFFICE, setting="office")
        facility = bill_day(self.SESSION, MEDICARE, FACILITY, setting="facility")
        assert office.allowed != facility.allowed
        assert facility.setting is Setting.FACILITY
        assert bill_day(self.SESSION, MEDICARE, FACILITY).lines == facility.lines

    def test_rates_apply_in_any_setting(self) -> None:
        session = pt({"97110": 15})
        for setting in (None, "office", "facility"):
            assert amounts(bill_day(session, CPT_MIDPOINT, RATES, setting=setting)) == ["30.00"]

    def test_the_claims_of_a_day_are_of_one_setting(self) -> None:
        lines = [ClaimLine("97110", 1, ("GP",))]
        claims = [Claim(DAY, lines, setting=setting) for setting in ("office", "facility")]
        assert refusal(InvalidInputError, lambda: setting_of(claims, None)) == (
            "a day must have one setting, got facility and non-facility: "
            "use the same setting in all claims and arguments"
        )
        refusal(InvalidInputError, lambda: check_claim(claims[0], MEDICARE, setting="facility"))
        assert setting_of([Claim(DAY, lines), claims[1]], FACILITY) is Setting.FACILITY
        assert setting_of([Claim(DAY, lines)], None) is Setting.NON_FACILITY


class TestCriticalAccessHospitals:
    """Medicare pays them at cost: amounts only count toward the threshold."""

    SESSION = Session(
        DAY, "PT", [TimedService("97530", 30), TimedService("97110", 15, clinician="assistant")]
    )
    HOSPITAL = "critical-access-hospital"

    @pytest.mark.parametrize("through", ["bill_day", "build_claim", "by hand"])
    def test_there_is_no_medicare_payment_in_any_way(self, through: str) -> None:
        year = Accumulators(2026, deductible_met=0, pt_slp="2400.00")
        if through == "bill_day":
            day = bill_day(self.SESSION, MEDICARE, OFFICE, year, setting=self.HOSPITAL)
        elif through == "build_claim":
            day = price_day(
                build_claim(self.SESSION, MEDICARE, setting=self.HOSPITAL), MEDICARE, OFFICE, year
            )
        else:
            lines = [ClaimLine("97530", 2, ("GP",)), ClaimLine("97110", 1, ("GP",))]
            day = price_day(Claim(DAY, lines, setting=self.HOSPITAL), MEDICARE, OFFICE, year)
        assert day.paid_at_cost is True
        # $33.33 twice and $27.87, without MPPR.
        assert (str(day.allowed), str(day.mppr_reduction)) == ("94.53", "0.00")
        assert (day.medicare_pays, day.patient_responsibility, day.provider_receives) == (
            None,
            None,
            None,
        )
        assert day.remarks[0].startswith("Medicare pays a critical access hospital at cost")
        assert day.accumulators is not None
        assert (str(day.accumulators.pt_slp), str(day.accumulators.deductible_met)) == (
            "2494.53",
            "0.00",
        )
        assert [line.kx.value for line in day.lines] == ["not needed", "suggested"]
        assert day.to_dict()["paid_at_cost"] is True
        steps = [step.rule.id for step in explain(day).steps]
        assert steps.count("critical-access-hospital") == 2
        assert {"mppr-reduction", "coinsurance"}.isdisjoint(steps)

    def test_without_a_year_kx_is_not_known(self) -> None:
        day = bill_day(self.SESSION, MEDICARE, OFFICE, setting=self.HOSPITAL)
        assert "no year-to-date amounts were given, so KX is not checked" in day.remarks
        assert not [note for note in day.remarks if "deductible" in note]

    def test_its_amounts_are_those_of_an_office(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: bill_day(self.SESSION, MEDICARE, FACILITY, setting=self.HOSPITAL),
        )
        assert message.endswith(
            "give FeeSchedule.medicare(..., setting='non-facility'), or correct the setting"
        )

    def test_other_payers_pay_by_their_own_terms(self) -> None:
        session = pt({"97110": 15})
        day = bill_day(session, PAYERS["tricare"], RATES, setting=self.HOSPITAL)
        assert (day.paid_at_cost, str(day.allowed)) == (False, "30.00")

    def test_its_findings_count_the_same_amounts(self) -> None:
        year = Accumulators(2026, deductible_met=283, pt_slp="2400.00")
        found = check_day(self.SESSION, MEDICARE, OFFICE, year, setting=self.HOSPITAL)
        (finding,) = found.of_rule("kx-threshold")
        assert finding.codes == ("97110",)


class TestTheOrderOfTheDeductible:
    """An assistant's line makes Medicare's payment depend on the line that takes the deductible."""

    SESSION = Session(
        DAY,
        "PT",
        [TimedService("97530", 30), TimedService("97110", 30, clinician="assistant")],
    )

    @pytest.mark.parametrize(
        ("met", "differs"),
        [
            ("0.00", False),
            ("180.00", False),
            ("183.00", True),
            ("230.00", True),
            ("282.99", False),
            ("283.00", False),
        ],
    )
    def test_the_range_is_given_if_the_order_matters(
        self,
        met: str,
        differs: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        day = bill_day(self.SESSION, MEDICARE, OFFICE, Accumulators(2026, deductible_met=met))
        assert (day.medicare_pays_range is not None) is differs
        assert any("deductible is applied to the largest line first" in n for n in day.remarks) is (
            differs
        )
        if day.medicare_pays_range is not None and day.medicare_pays is not None:
            least, most = day.medicare_pays_range
            assert least <= day.medicare_pays <= most
            assert least < most
            assert f"Medicare may pay ${least} to ${most}" in day._repr_html_()
            assert day.to_dict()["medicare_pays_range"] == [str(least), str(most)]

    def test_the_range_is_what_each_order_pays(self) -> None:
        # The therapist's line is $57.51 and the assistant's $43.24; $53.00 of the deductible is left.
        day = bill_day(self.SESSION, MEDICARE, OFFICE, Accumulators(2026, deductible_met=230))
        assert amounts(day) == ["57.51", "43.24"]
        # If the therapist's line is first, $4.51 and $43.24 remain; else $47.75 of the therapist's line.
        assert [str(amount) for amount in day.medicare_pays_range or ()] == ["32.35", "37.44"]

    def test_without_an_assistant_a_year_or_a_cut_there_is_none(self) -> None:
        year = Accumulators(2026, deductible_met=230)
        alone = pt({"97530": 30, "97110": 30})
        assert bill_day(alone, MEDICARE, OFFICE, year).medicare_pays_range is None
        assert bill_day(self.SESSION, MEDICARE, OFFICE).medicare_pays_range is None
        by_assistant = Session(DAY, "PT", [TimedService("97110", 30, clinician="assistant")])
        assert bill_day(by_assistant, MEDICARE, OFFICE, year).medicare_pays_range is None
        before = datetime.date(2021, 7, 6)
        services = self.SESSION.services
        fees = FeeSchedule.medicare(before, locality="15202-00")
        year = Accumulators(2021, deductible_met=150)
        day = bill_day(Session(before, "PT", services), MEDICARE, fees, year)
        assert day.medicare_pays_range is None


class TestExpectedDenials:
    """With GA, GX, GY, or GZ, the biller expects a denial, so KX is not suggested."""

    BEYOND = Accumulators(2026, deductible_met=283, pt_slp="2480.00")

    @pytest.mark.parametrize("modifier", ["GA", "GX", "GY", "GZ"])
    def test_kx_is_neither_suggested_nor_applied(self, modifier: str) -> None:
        claim = Claim(
            DAY, [ClaimLine("97110", 1, ("GP", modifier)), ClaimLine("97116", 1, ("GP",))]
        )
        day = price_day(claim, MEDICARE, OFFICE, self.BEYOND, attestations=["KX"])
        assert [line.kx.value for line in day.lines] == ["not claimed", "applied"]
        assert day.lines[0].modifiers == ("GP", modifier)
        assert any(remark.startswith(f"97110 has {modifier}, so ") for remark in day.remarks)
        found = check_claim(claim, MEDICARE, OFFICE, self.BEYOND)
        assert [finding.codes for finding in found.of_rule("kx-threshold")] == [("97116",)]

    def test_within_the_threshold_it_is_not_needed(self) -> None:
        claim = Claim(DAY, [ClaimLine("97110", 1, ("GP", "GA"))])
        day = price_day(claim, MEDICARE, OFFICE, YEAR)
        assert [line.kx.value for line in day.lines] == ["not needed"]

    @pytest.mark.parametrize(
        ("modifiers", "found"),
        [
            ("GP KX GA", ["GA"]),
            ("GP GZ KX", ["GZ"]),
            ("GP KX GA GZ", ["GA", "GZ"]),
            ("GP KX GY", []),
            ("GP KX GX", []),
            ("GP GA", []),
            ("GP KX", []),
        ],
    )
    def test_kx_with_an_expected_denial_is_denied(self, modifiers: str, found: list[str]) -> None:
        claim = Claim(DAY, [ClaimLine("97110", 1, modifiers.split())])
        findings = check_claim(claim, MEDICARE, OFFICE).of_rule("kx-with-liability")
        assert bool(findings) is bool(found)
        for finding in findings:
            assert (finding.severity.value, finding.lines) == ("deny", (0,))
            assert finding.message == f"97110 has KX and {' and '.join(found)}"

    def test_a_payer_without_kx_is_not_asked(self) -> None:
        claim = Claim(DAY, [ClaimLine("97110", 1, ("GP", "KX", "GA"))])
        answers = check_claim(claim, CPT_MIDPOINT).answers
        (answer,) = [each for each in answers if each.rule.id == "kx-with-liability"]
        assert answer.answer is Answer.NOT_APPLICABLE


def by_assistant(code: str, discipline: str, clinician: str = "assistant") -> Session:
    timed = code in ("97110", "97129")
    service = (
        TimedService(code, 15, clinician=clinician)
        if timed
        else UntimedService(code, 30, clinician=clinician)
    )
    return Session(DAY, discipline, [service, TimedService("97530", 15)])


class TestAssistantScope:
    """An evaluation by an assistant keeps its line and has no amount. An SLP assistant's minutes make no unit."""

    @pytest.mark.parametrize(
        ("code", "discipline", "payable"),
        [
            ("97161", "PT", False),
            ("97164", "PT", False),
            ("97165", "OT", False),
            ("97168", "OT", False),
            ("92610", "OT", False),
            ("97110", "PT", True),
            ("97150", "OT", True),
            ("97129", "OT", True),
        ],
    )
    def test_what_an_assistant_furnished_is_denied_and_has_no_amount(
        self,
        code: str,
        discipline: str,
        payable: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        session = by_assistant(code, discipline)
        day = bill_day(session, MEDICARE, OFFICE, YEAR)
        line = next(line for line in day.lines if line.code == code)
        findings = check_day(session, MEDICARE, OFFICE).of_rule("assistant-scope")
        assert [finding.codes for finding in findings] == ([] if payable else [(code,)])
        assert (line.allowed is not None) is payable
        assert {finding.severity.value for finding in findings} <= {"deny"}
        if not payable:
            assert line.unpriced == f"Medicare does not pay {code} furnished by an assistant"
            # The rest of the day is the same as without the line.
            rest = next(line for line in day.lines if line.code == "97530")
            assert str(rest.allowed) == "33.33"

    @pytest.mark.parametrize("clinician", ["therapist", "together"])
    @pytest.mark.parametrize(("code", "discipline"), [("97161", "PT"), ("92507", "SLP")])
    def test_a_therapist_alone_or_together_is_paid(
        self, code: str, discipline: str, clinician: str
    ) -> None:
        session = by_assistant(code, discipline, clinician)
        assert check_day(session, MEDICARE, OFFICE).of_rule("assistant-scope") == ()
        assert bill_day(session, MEDICARE, OFFICE).complete is True

    @pytest.mark.parametrize(
        ("discipline", "code", "own", "assistants", "units", "paid"),
        [
            ("OT", "97533", 2, 30, 2, 2),
            ("OT", "96125", 10, 50, 1, 0),
            ("OT", "96125", 50, 5, 1, 1),
            ("OT", "96125", 50, 10, 1, 0),
            ("PT", "97161", 20, 20, 1, 0),
            ("PT", "97161", 29, 1, 1, 1),
        ],
    )
    def test_the_minutes_of_therapists_make_what_is_paid(
        self, discipline: str, code: str, own: int, assistants: int, units: int, paid: int
    ) -> None:
        kind = UntimedService if code == "97161" else TimedService
        services = [kind(code, own), kind(code, assistants, clinician="assistant")]
        session = Session(DAY, discipline, services)
        (line,) = bill_day(session, MEDICARE, OFFICE).lines
        assert line.units == units
        found = check_day(session, MEDICARE, OFFICE).of_rule("assistant-scope")
        if paid == units:
            assert (found, line.allowed is None) == ((), False)
            return
        assert [finding.denied for finding in found] == [((0,), units - paid)]
        assert line.allowed is None
        if paid:
            rest = f"the therapist's own minutes make {paid} unit{'s' if paid > 1 else ''}"
            assert line.unpriced.endswith(f"; {rest}")
            assert found[0].action == f"bill {paid} unit{'s' if paid > 1 else ''}; {rest}."
        else:
            assert line.unpriced.endswith(" assistant")
            assert found[0].action.startswith(f"take {code} off")

    @pytest.mark.parametrize(
        ("code", "own", "assistants", "units"),
        [
            ("97533", 2, 30, {}),
            ("97533", 7, 15, {}),
            ("97533", 8, 15, {"97533": 1}),
            ("97533", 23, 15, {"97533": 2}),
            ("97533", 30, 7, {"97533": 2}),
            ("97129", 20, 40, {"97129": 1}),
            ("97129", 30, 15, {"97129": 1, "97130": 1}),
            ("97129", 7, 38, {}),
            ("97129", 0, 45, {}),
            ("97129", 38, 7, {"97129": 1, "97130": 2}),
        ],
    )
    def test_minutes_of_an_slp_assistant_make_no_unit(
        self, code: str, own: int, assistants: int, units: dict[str, int]
    ) -> None:
        services = [TimedService(code, assistants, clinician="assistant")]
        if own:
            services.append(TimedService(code, own))
        session = Session(DAY, "SLP", services)
        day = bill_day(session, MEDICARE, OFFICE)
        assert {line.code: line.units for line in day.lines} == units
        assert day.complete is True
        assert [(each.code, each.minutes) for each in day.unbilled] == [(code, assistants)]
        (found,) = check_day(session, MEDICARE, OFFICE).of_rule("assistant-scope")
        assert found.severity.value == "info"
        assert found.message == f"{assistants} minutes of {code} by an SLP assistant make no unit"

    @pytest.mark.parametrize(
        ("payer", "severities", "allowed", "reason"),
        [
            (CPT_MIDPOINT, [], "90.00", ""),
            (PAYERS["tricare"], ["deny"], None, "the payer does not pay 97161"),
            (PAYERS["unitedhealthcare"], ["deny"], None, "the payer does not pay 97161"),
            (PAYERS["humana"], ["review"], None, "no source says that the payer pays 97161"),
            (PAYERS["highmark"], ["review"], None, "no source says that the payer pays 97161"),
        ],
        ids=lambda value: getattr(value, "name", None),
    )
    def test_other_payers_are_judged_by_their_own_rows(
        self, payer: Payer, severities: list[str], allowed: str | None, reason: str
    ) -> None:
        session = by_assistant("97161", "PT")
        found = check_day(session, payer, RATES).of_rule("assistant-scope")
        assert [each.severity.value for each in found] == severities
        line = bill_day(session, payer, RATES).lines[1]
        assert (line.code, str(line.allowed)) == ("97161", str(allowed))
        assert line.unpriced.startswith(reason)

    def test_a_claim_without_an_allocation_shows_the_assistant_by_cq(self) -> None:
        claim = Claim(
            DAY, [ClaimLine("97161", 1, ("GP", "CQ")), ClaimLine("97110", 1, ("GP", "CQ"))]
        )
        found = check_claim(claim, MEDICARE, OFFICE)
        assert [finding.codes for finding in found.of_rule("assistant-scope")] == [("97161",)]
        # The allocation shows who furnished the service, and this claim has none.
        assert amounts(price_day(claim, MEDICARE, OFFICE)) == ["93.86", "21.62"]

    def test_a_claim_without_a_record_is_not_called_clean(self) -> None:
        claim = Claim(DAY, [ClaimLine("97161", 1, ("GP",))])
        answers = check_claim(claim, MEDICARE).unanswered
        assert "assistant-scope" in {answer.rule.id for answer in answers}
        session = Session(DAY, "PT", [UntimedService("97161", 30)])
        answers = check_claim(claim, MEDICARE, sessions=session).unanswered
        assert "assistant-scope" not in {answer.rule.id for answer in answers}
