"""What minutes that were counted more than once are worth."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.amounts import allowed_of
from tests.finding_text import said
from tests.unit.schedule.entries import (
    DAY,
    OHIO,
    RATES,
    entry,
    medicare,
    moment,
    only,
    service,
    service_on,
)
from therapy_billing import (
    MEDICARE,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    Payer,
    Policy,
    Session,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    bill_day,
    price_day,
)
from therapy_billing.findings.records import Finding
from therapy_billing.law.timeline import Timeline
from therapy_billing.schedule.schedule_checks import check_schedule, check_times
from therapy_billing.visits.schedule_entries import ScheduleEntry


def dollars(finding: Finding) -> str:
    """Return what the detail says about dollars; empty if it says nothing."""
    _, colon, amounts = said(finding).partition(" For the whole day, ")
    assert bool(colon) == ("$" in said(finding)) == (finding.at_stake is not None)
    return amounts


class TestDollars:
    def told_twice(
        self, *codes: str, patients: str = "AA", end: str = "9:30"
    ) -> list[ScheduleEntry]:
        return [
            entry(f"{place}", service(code, "9:00", end), patient=patient)
            for place, (code, patient) in enumerate(zip(codes, patients, strict=True))
        ]

    def test_two_codes_at_once_lose_what_medicare_reduces(self) -> None:
        day = "2024-08-01"
        ohio = FeeSchedule.medicare(day, mac="15202", locality="00")
        given = [
            ScheduleEntry(
                code,
                "A",
                "T",
                day,
                "PT",
                TimedService(code, start=f"{day} 9:00", end=f"{day} 9:30"),
            )
            for code in ("97110", "97140")
        ]
        finding = only(check_schedule(given, fees=ohio))
        documented, once = (
            allowed_of(price_day(Claim(day, lines), MEDICARE, ohio))
            for lines in (
                [ClaimLine("97110", 2, ("GP",)), ClaimLine("97140", 2, ("GP",))],
                [ClaimLine("97110", 2, ("GP",))],
            )
        )
        assert (documented, once) == (Decimal("90.29"), Decimal("49.75"))
        assert (
            dollars(finding)
            == "$90.29 is allowed as documented, and $49.75 with each minute counted once."
        )
        assert finding.at_stake == documented - once == Decimal("40.54")
        assert finding.at_stake is not None
        sessions = Session(day, "PT", [each.service for each in given])
        of_day = only(check_times(sessions, fees=ohio))
        assert (of_day.rule.id, of_day.at_stake) == ("patient-overlap", finding.at_stake)
        assert dollars(of_day) == dollars(finding)
        assert dollars(only(check_times(sessions))) == ""

    def test_rates_know_no_reduction_and_the_dearest_units_stand(self) -> None:
        finding = only(check_schedule(self.told_twice("97110", "97530"), fees=RATES))
        assert (
            dollars(finding)
            == "$140.00 is allowed as documented, and $80.00 with each minute counted once."
        )
        assert finding.at_stake == Decimal(60)

    def test_a_group_in_place_of_them_is_in_no_amount(self) -> None:
        given = self.told_twice("97110", "97110", "97110", patients="ABC", end="9:45")
        finding = only(check_schedule(given, fees=RATES))
        assert said(finding).endswith(
            "with each minute counted once, they make 3. As a group, they make 97150 x1 for each of 3 patients. For the whole day, $270.00 is allowed as documented, and $90.00 with each minute counted "
            "once."
        )
        assert finding.at_stake == Decimal(180)

    def test_each_patient_has_a_unit_in_full_while_one_is_left(self) -> None:
        given = self.told_twice("97110", "97110", "97110", patients="ABC", end="9:45")
        finding = only(check_schedule(given, fees=OHIO))
        documented, once = 3 * medicare(("97110", 3)), 3 * medicare(("97110", 1))
        assert (
            dollars(finding)
            == f"${documented} is allowed as documented, and ${once} with each minute counted once."
        )
        assert finding.at_stake == documented - once

    def test_what_else_a_patient_had_that_day_keeps_the_unit_in_full(self) -> None:
        given = self.told_twice("97110", "97110", patients="AB", end="9:15")
        alone = only(check_schedule(given, fees=OHIO))
        assert alone.at_stake == medicare(("97110", 1))
        given.append(entry("3", service("97530", "10:00", "10:30"), patient="B"))
        finding = only(check_schedule(given, fees=OHIO))
        both, rest = medicare(("97110", 1), ("97530", 2)), medicare(("97530", 2))
        assert dollars(finding) == (
            f"${medicare(('97110', 1)) + both} is allowed as documented, and ${medicare(('97110', 1)) + rest} with each minute counted once."
        )
        assert finding.at_stake == both - rest < medicare(("97110", 1))

    def test_what_the_rest_of_the_day_lacks_a_price_for_takes_no_dollars_away(self) -> None:
        given = self.told_twice("97110", "97110", patients="AB", end="9:15")
        given.append(entry("3", UntimedService("G0283"), patient="B"))
        finding = only(check_schedule(given, fees=RATES))
        assert (
            dollars(finding)
            == "$60.00 is allowed as documented, and $30.00 with each minute counted once."
        )

    @pytest.mark.parametrize(("minutes", "documented"), [(7, 56), (8, 86)])
    def test_units_are_those_that_the_payer_makes_of_the_day(
        self, minutes: int, documented: int
    ) -> None:
        given = [
            entry("1", service("97140", "9:00", "9:15")),
            entry("2", service("97140", "9:00", "9:15"), patient="B"),
            entry("3", TimedService("97110", minutes), patient="B"),
        ]
        (finding,) = check_schedule(given, fees=RATES).of_rule("minutes-once")
        assert (
            dollars(finding)
            == f"${documented}.00 is allowed as documented, and ${documented - 28}.00 with each minute counted once."
        )

    def test_a_unit_that_the_highest_fee_decides_is_worth_that_fee(self) -> None:
        payer = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        given = self.told_twice("97110", "97530", end="9:20")
        finding = only(check_schedule(given, payer, fees=RATES))
        assert (
            dollars(finding)
            == "$110.00 is allowed as documented, and $40.00 with each minute counted once."
        )

    def test_the_payer_counts_as_on_the_day(self) -> None:
        methods = (
            ("2025-01-01", UnitMethod.CPT_MIDPOINT), ("2026-03-03", UnitMethod.CMS_EIGHT_MINUTE),
        )  # fmt: skip
        policies = tuple((moment("0:00", on).date(), Policy(method)) for on, method in methods)
        payer = Payer("plan", Timeline("the policy", policies, moment("0:00", "2026-12-31").date()))
        given = self.told_twice("97110", "97530", end="9:10")
        finding = only(check_schedule(given, payer, fees=RATES))
        assert (
            dollars(finding)
            == "$70.00 is allowed as documented, and $40.00 with each minute counted once."
        )

    def test_an_assistants_units_are_taken_off_as_any(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:15")),
            entry("2", service("97110", "9:05", "9:35", "assistant"), by="U"),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        assert finding.rule.id == "patient-overlap"
        assert finding.at_stake == medicare(("97110", 3)) - medicare(("97110", 2))

    def test_co_treatment_loses_the_joint_time(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "10:00")),
            entry("2", service("97530", "9:00", "10:00"), by="U", discipline="OT"),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        claims = [
            Claim(DAY, [ClaimLine("97110", 4, ("GP",))]),
            Claim(DAY, [ClaimLine("97530", 4, ("GO",))]),
        ]
        documented = allowed_of(price_day(claims, MEDICARE, OHIO))
        once = medicare(("97530", 4), plan="GO")
        assert finding.rule.id == "co-treatment"
        assert (
            dollars(finding)
            == f"${documented} is allowed as documented, and ${once} with each minute counted once."
        )
        assert finding.at_stake == documented - once

    def test_a_code_counted_twice_under_one_plan_is_not_taken_off_the_other(self) -> None:
        given = [
            entry("1", service("97110", "9:00", "9:15")),
            entry("2", service("97110", "9:00", "9:15"), patient="B"),
            *(
                entry(
                    f"{patient}3",
                    service("97110", "10:00", "10:15"),
                    patient=patient,
                    by=patient,
                    discipline="OT",
                )
                for patient in "AB"
            ),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        sessions = [Session(DAY, plan, [TimedService("97110", 15)]) for plan in ("PT", "OT")]
        both = allowed_of(bill_day(sessions, MEDICARE, OHIO))
        assert finding.at_stake == both - medicare(("97110", 1))

    def test_a_cap_of_the_day_may_leave_nothing_at_stake(self) -> None:
        for cap, stake in ((2, "0.00"), (3, "30.00"), (4, "60.00")):
            payer = Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_day=cap)
            finding = only(check_schedule(self.told_twice("97110", "97110"), payer, fees=RATES))
            assert finding.at_stake == Decimal(stake)
            assert (
                dollars(finding)
                == f"${30 * cap}.00 is allowed as documented, and $60.00 with each minute counted once."
            )

    def test_fewer_units_than_stand_with_each_minute_once_lose_nothing(self) -> None:
        payer = Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_day=1)
        finding = only(check_schedule(self.told_twice("97110", "97110"), payer, fees=RATES))
        assert (
            dollars(finding)
            == "$30.00 is allowed as documented, and $30.00 with each minute counted once."
        )

    def test_an_amount_for_the_day_bounds_what_is_at_stake(self) -> None:
        payer = Policy(UnitMethod.CPT_MIDPOINT).with_changes(amount_per_day="100")
        finding = only(check_schedule(self.told_twice("97110", "97110"), payer, fees=RATES))
        assert (
            dollars(finding)
            == "$100.00 is allowed as documented, and $60.00 with each minute counted once."
        )

    def test_nothing_is_left_of_a_visit_of_which_no_unit_is(self) -> None:
        given = self.told_twice("97110", "97530", patients="AB", end="9:15")
        finding = only(check_schedule(given, fees=RATES))
        assert (
            dollars(finding)
            == "$70.00 is allowed as documented, and $40.00 with each minute counted once."
        )
        seven = self.told_twice("97110", "97110", end="9:07")
        assert said(only(check_schedule(seven, fees=RATES))).endswith(
            "On their own, the documented minutes make 1 unit; with each minute counted once, they make 0. For the whole day, $30.00 is allowed as documented, and $0.00 with each minute counted once."
        )

    @pytest.mark.parametrize(("units", "priced"), [(96, True), (97, False)])
    def test_more_units_than_a_day_has_quarters_are_not_priced(
        self, units: int, *, priced: bool
    ) -> None:
        given = self.told_twice("97110", "97110", patients="AB", end="9:15")
        given.append(entry("3", TimedService("97110", 15 * (units - 1)), patient="B"))
        (finding,) = check_schedule(given, fees=RATES).of_rule("minutes-once")
        assert (dollars(finding) != "") is priced

    def test_without_a_price_no_dollars_are_shown(self) -> None:
        given = self.told_twice("97110", "97530")
        for rates in ({"97110": 30}, {"97530": 40}):
            assert dollars(only(check_schedule(given, fees=FeeSchedule.from_rates(rates)))) == ""

    def test_a_contract_that_pays_per_visit_shows_no_dollars(self) -> None:
        visit = FeeSchedule.from_contract(Contract("north plan", per_visit="100"))
        assert dollars(only(check_schedule(self.told_twice("97110", "97530"), fees=visit))) == ""

    @pytest.mark.parametrize(
        ("first", "last", "priced"),
        [
            (DAY, DAY, True),
            ("2026-03-03", None, False),
            (None, "2026-03-01", False),
        ],
    )
    def test_fees_for_other_dates_show_no_dollars(
        self, first: str | None, last: str | None, *, priced: bool
    ) -> None:
        fees = FeeSchedule.from_rates({"97110": 30}, effective_from=first, effective_through=last)
        finding = only(check_schedule(self.told_twice("97110", "97110"), fees=fees))
        assert (dollars(finding) != "") is priced

    def test_a_day_without_a_claim_shows_no_dollars(self) -> None:
        given = self.told_twice("97110", "97110", patients="AB")
        rates = FeeSchedule.from_rates({"97110": 30, "97129": 20, "97130": 20})
        base = entry("8", TimedService("97129", 15), patient="B", by="U")
        add_on = entry("9", TimedService("97130", 15), patient="B", by="U")
        (alone,), (whole,) = (
            check_schedule([*given, *more], fees=rates).of_rule("minutes-once")
            for more in ((add_on,), (base, add_on))
        )
        assert (dollars(alone) == "", dollars(whole) == "") == (True, False)

    def test_evaluations_groups_and_days_show_no_dollars(self) -> None:
        rates = FeeSchedule.from_rates({"97110": 30, "97150": 18, "97161": 90})
        for code in ("97161", "97150"):
            given = [
                entry("1", service(code, "9:00", "9:30")),
                *self.told_twice("97150", patients="D", end="9:01"),
                entry("2", service("97110", "9:15", "9:45"), patient="B"),
            ]
            found = check_schedule(given, fees=rates, worked={"T": 1})
            assert dollars(found.of_rule("minutes-once")[0]) == ""
            assert dollars(found.of_rule("impossible-day")[0]) == ""

    def test_a_service_recorded_by_two_clinicians_is_in_the_day_once(self) -> None:
        twins = [
            entry(key, service("97110", "9:00", "9:30", "together"), by=by)
            for key, by in ("1T", "2U")
        ]
        other = entry("3", service("97110", "9:00", "9:30"), patient="B", by="U")
        finding = only(check_schedule([*twins, other], fees=RATES))
        assert (
            dollars(finding)
            == "$120.00 is allowed as documented, and $60.00 with each minute counted once."
        )

    def test_over_midnight_each_day_is_priced_by_itself(self) -> None:
        given = [
            entry(
                "1",
                TimedService("97110", start=moment("23:30"), end=moment("00:30", "2026-03-03")),
            ),
            entry("2", service_on("2026-03-03", "97110", "00:00", "00:30"), day="2026-03-03"),
        ]
        finding = only(check_schedule(given, fees=OHIO))
        documented = medicare(("97110", 4)) + medicare(("97110", 2))
        # 4 of 6 units remain: the full-rate unit of each day, and two more.
        once = medicare(("97110", 3)) + medicare(("97110", 1))
        assert (
            dollars(finding)
            == f"${documented} is allowed as documented, and ${once} with each minute counted once."
        )

    def test_a_patient_in_two_findings_has_one_day(self) -> None:
        given = [
            *self.told_twice("97110", "97110", patients="AB", end="9:15"),
            entry("8", service("97110", "10:00", "10:15")),
            entry("9", service("97110", "10:00", "10:15"), patient="C"),
        ]
        for finding in check_schedule(given, fees=RATES):
            assert (
                dollars(finding)
                == "$90.00 is allowed as documented, and $60.00 with each minute counted once."
            )
