"""Test the checks of codes that are counted over a period, on one day and across days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Unpack

import attrs
import pytest

from tests.unit.checks.claims_to_check import (
    Given,
    answers,
    check,
    line,
    only,
    pair_edits,
    reported,
)
from therapy_billing import (
    MEDICARE,
    Claim,
    ClaimLine,
    FeeSchedule,
    Findings,
    InvalidInputError,
    Policy,
    Rule,
    Session,
    UntimedService,
    check_claim,
    check_day,
    load_codes,
)
from therapy_billing.checks import CHECKS, ClaimedDay
from therapy_billing.payers import PayerLike

MARCH = date(2026, 3, 31)
NO_CLAIMS = "no earlier claims were given; another day of the period may have this code or one that excludes it"
OWN_RULE = Rule(id="acme", statement="Acme wants something.")
RATES = FeeSchedule.from_rates({"98975": 20, "98977": 40, "98980": 50, "98981": 40, "98979": 26})


def billed(day: date | str, *codes: str) -> Claim:
    return Claim(day, [ClaimLine(code, 1, ("GP",)) for code in codes])


def limits(
    *codes: str, day: date | str = MARCH, payer: PayerLike = MEDICARE, **given: Unpack[Given]
) -> Findings:
    return check(
        "period-limit", *(line(code, "GP") for code in codes), day=day, payer=payer, **given
    )


class TestAnswers:
    def test_without_earlier_claims_a_period_code_is_never_clean(self) -> None:
        found = limits("98980", "97110", "98977")
        assert answers(found) == [("not-in-data", ("98980", "98977"), NO_CLAIMS)]

    @pytest.mark.parametrize("earlier", [(), [billed("2026-02-28", "98980", "98977")]])
    def test_with_earlier_claims_it_can_be_clean(self, earlier: Iterable[Claim]) -> None:
        found = limits("98980", "98975", earlier=earlier)
        assert answers(found) == [("clean", ("98980", "98975"), "")]

    @pytest.mark.parametrize("earlier", [None, []])
    def test_a_claim_without_period_codes_is_clean(self, earlier: list[Claim] | None) -> None:
        assert answers(limits("97110", "97550", earlier=earlier)) == [("clean", (), "")]

    def test_a_code_out_of_its_dates_is_left_to_payable_code(self) -> None:
        assert answers(limits("98979", day="2025-12-31")) == [("clean", (), "")]
        assert answers(limits("98979", day="2026-01-01"))[0][0] == "not-in-data"

    def test_after_the_data_the_limits_are_not_known(self) -> None:
        found = limits("98980", day="2027-01-01", payer=Policy("cms-eight-minute"), earlier=[])
        assert answers(found) == [
            ("date-out-of-range", ("98980",), "the limits are known through 2026-12-31")
        ]

    def test_the_rules_are_listed(self) -> None:
        assert {"period-limit", "monitoring-provider", "exclusive-codes"} <= set(CHECKS)


class TestRepeats:
    @pytest.mark.parametrize(
        ("code", "earlier", "found"),
        [
            ("98980", "2026-03-30", True),
            ("98980", "2026-03-01", True),
            ("98980", "2026-02-28", False),
            ("98979", "2026-03-01", True),
            ("98979", "2026-02-28", False),
            ("98977", "2026-03-02", True),
            ("98977", "2026-03-01", False),
            ("98977", "2026-02-28", False),
            ("98984", "2026-03-02", True),
            ("98984", "2026-03-01", False),
            ("98981", "2026-02-28", False),
        ],
    )
    def test_a_code_is_billed_once_in_its_period(
        self,
        code: str,
        earlier: str,
        found: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        claims = [billed(earlier, code)]
        if code == "98981":
            claims.append(billed("2026-03-01", "98980"))
        assert [each.severity.value for each in limits(code, earlier=claims)] == (
            ["deny"] if found else []
        )

    def test_a_finding_names_the_date_the_dollars_the_fix_and_the_source(self) -> None:
        earlier = [billed("2026-03-10", "98980"), billed("2026-03-02", "98980")]
        found = only(limits("98980", "97110", earlier=earlier, fees=RATES))
        assert found.message == "98980 was already billed on 2026-03-10"
        assert found.detail == "98980 is billed once per calendar month."
        assert found.action == "take 98980 off the claim, or correct the earlier claim."
        assert found.at_stake == Decimal("50.00")
        assert [source.verified.value for source in found.figures] == ["secondary"]
        assert found.denied == ((0,), 1)

    def test_a_second_setup_is_for_review_because_claims_do_not_show_the_episode(self) -> None:
        found = only(limits("98975", earlier=billed("2022-01-03", "98975")))
        assert (found.severity.value, found.message) == (
            "review",
            "98975 was already billed on 2022-01-03",
        )
        assert found.action == "take 98975 off the claim, unless a new episode of care began."

    def test_a_derived_or_unverified_limit_is_for_review_and_says_so(self) -> None:
        for code, level in (("98986", "derived"), ("98970", "unverified"), ("99454", "unverified")):
            found = only(limits(code, earlier=billed("2026-03-30", code)))
            assert found.severity.value == "review"
            assert found.detail.endswith(f" This limit is {level}.")

    @pytest.mark.parametrize(
        "code", ["98966", "98967", "98968", "98970", "98971", "98972", "G2251"]
    )
    def test_e_visits_and_calls_are_billed_once_in_7_days(self, code: str) -> None:
        for apart in (1, 6, 7, 8):
            found = limits(code, earlier=billed(MARCH - timedelta(days=apart), code))
            assert [each.severity.value for each in found] == (["review"] if apart < 7 else [])


class TestExclusionsAcrossDays:
    @pytest.mark.parametrize(
        ("one", "other", "severity", "day", "within", "beyond"),
        [
            ("98979", "98980", "deny", "2026-03-31", "2026-03-01", "2026-02-28"),
            ("98984", "98976", "deny", "2026-03-31", "2026-03-02", "2026-03-01"),
            ("98985", "98977", "deny", "2026-03-31", "2026-03-02", "2026-03-01"),
            ("98986", "98978", "review", "2026-03-31", "2026-03-02", "2026-03-01"),
            ("98980", "99457", "deny", "2026-03-31", "2026-03-01", "2026-02-28"),
            ("98975", "99091", "deny", "2024-08-31", "2024-08-01", "2024-07-31"),
            ("99445", "99454", "review", "2026-03-31", "2026-03-02", "2026-03-01"),
            ("99470", "99457", "review", "2026-03-31", "2026-03-01", "2026-02-28"),
            ("98970", "98972", "review", "2026-03-31", "2026-03-25", "2026-03-24"),
            ("98966", "98967", "review", "2026-03-31", "2026-03-25", "2026-03-24"),
        ],
    )
    def test_a_code_billed_earlier_excludes_another_both_ways(
        self, one: str, other: str, severity: str, day: str, within: str, beyond: str
    ) -> None:
        for code, excluded_by in ((one, other), (other, one)):
            found = only(limits(code, day=day, earlier=billed(within, excluded_by)))
            assert (found.severity.value, found.message) == (
                severity,
                f"{code} with {excluded_by} of {within}",
            )
            assert found.detail.startswith("These codes are for the same ")
            assert ("This limit is " in found.detail) is (severity == "review")
            assert found.figures
            assert list(limits(code, day=day, earlier=billed(beyond, excluded_by))) == []

    def test_codes_of_one_row_are_one_finding(self) -> None:
        earlier = [billed("2026-03-10", "98980", "98981"), billed("2026-03-10", "98980")]
        found = only(limits("98979", earlier=earlier, fees=RATES))
        assert found.message == "98979 with 98980 of 2026-03-10 and 98981 of 2026-03-10"
        assert found.at_stake == Decimal("26.00")
        assert found.action == "bill the one that the record supports, and correct the other claim."

    def test_ncci_pairs_hold_on_one_day_only(self) -> None:
        assert list(limits("98975", earlier=billed("2026-03-30", "98978"))) == []

    def test_different_devices_may_follow_each_other(self) -> None:
        assert list(limits("98976", earlier=billed("2026-03-30", "98977"))) == []


class TestAddOnCodes:
    @pytest.mark.parametrize(
        ("earlier", "found"),
        [
            (["2026-03-30"], False),
            (["2026-03-01"], False),
            (["2026-02-28"], True),
            ([], True),
        ],
    )
    def test_98981_needs_98980_in_the_month(
        self,
        earlier: list[str],
        found: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        claims = [billed(day, "98980") for day in earlier]
        reports = limits("98981", earlier=claims, fees=RATES)
        assert [(each.severity.value, each.message, each.at_stake) for each in reports] == (
            [("review", "98981 without 98980 in the same calendar month", Decimal("40.00"))]
            if found
            else []
        )

    def test_98980_on_the_same_claim_is_enough(self) -> None:
        assert list(limits("98981", "98980", earlier=[])) == []

    def test_without_earlier_claims_it_is_not_known(self) -> None:
        assert answers(limits("98981")) == [("not-in-data", ("98981",), NO_CLAIMS)]

    def test_99458_without_99457_is_for_review(self) -> None:
        found = only(limits("99458", earlier=[]))
        assert (found.severity.value, found.action) == (
            "review",
            "bill 99457 for the same calendar month if it was furnished, or take 99458 off the claim.",
        )

    def test_add_on_alone_leaves_codes_of_a_month_to_period_limit(self) -> None:
        assert reported(check("add-on-alone", line("99458", "GP"), day=MARCH)) == []
        assert len(check("add-on-alone", line("97130", "GP"), day=MARCH)) == 1


class TestMinutesInTheRecord:
    @pytest.mark.parametrize("minutes", [None, *range(31)])
    def test_the_minutes_of_an_e_visit_are_compared_with_its_band(
        self, minutes: int | None
    ) -> None:
        record = Session(MARCH, "PT", [UntimedService("98970", minutes)])
        found = limits("98970", sessions=record, earlier=[])
        if minutes is None or 5 <= minutes <= 10:
            assert answers(found) == [("clean", ("98970",), "")]
            return
        (each,) = found
        word = "minute" if minutes == 1 else "minutes"
        assert each.message == f"98970 with {minutes} {word} in the record"
        assert each.detail == "98970 is for 5 to 10 minutes. This limit is unverified."
        assert each.severity.value == "review"

    def test_minutes_of_other_codes_and_of_add_on_codes_are_not_compared(self) -> None:
        record = Session(
            MARCH,
            "PT",
            [UntimedService("98970", 7), UntimedService("99458", 20), UntimedService("97161", 30)],
        )
        earlier = billed("2026-03-01", "99457")
        assert list(limits("99458", "98970", sessions=record, earlier=earlier)) == []

    def test_minutes_of_a_month_were_compared_when_the_session_was_made(self) -> None:
        record = Session(MARCH, "PT", [UntimedService("98980", 20), UntimedService("98977", 5)])
        assert list(limits("98980", "98977", sessions=record, earlier=[])) == []


class TestOneDay:
    def test_therapeutic_and_physiologic_monitoring_exclude_each_other(self) -> None:
        lines = line("98980", "GP"), line("99454", "GP")
        found = only(check("exclusive-codes", *lines, day=MARCH))
        assert reported([found]) == [
            (
                "deny",
                (0, 1),
                (
                    "99454 with 98980 on the same claim. These codes are for the same calendar month of "
                    "remote monitoring; RTM and RPM exclude each other."
                ),
            )
        ]

    @pytest.mark.parametrize("day", ["2024-08-01", "2026-03-31"])
    def test_an_ncci_pair_is_reported_once(self, day: str) -> None:
        for codes in (("98980", "99457"), ("98975", "99453"), ("98975", "98978")):
            lines = [line(code, "GP") for code in codes]
            assert list(check("exclusive-codes", *lines, day=day)) == []
            assert len(check("ncci-ptp", *lines, day=day)) == 1

    def test_a_modifier_that_satisfies_ncci_does_not_allow_both_families(self) -> None:
        lines = line("98975", "GP", "59"), line("99453", "GP")
        assert list(check("ncci-ptp", *lines, day="2024-08-01")) == []
        assert len(check("exclusive-codes", *lines, day="2024-08-01")) == 1

    def test_only_the_codes_that_ncci_leaves_are_reported(self) -> None:
        lines = [line(code, "GP") for code in ("98980", "99457", "99454", "98984")]
        found = only(check("exclusive-codes", *lines, day=MARCH))
        assert found.message == "99457 and 99454 with 98980 and 98984 on the same claim"

    def test_the_users_own_edits_are_ncci_edits_too(self) -> None:
        lines = line("98979", "GP"), line("98980", "GP")
        edits = pair_edits(0, "98980", "98979")
        assert len(check("exclusive-codes", *lines, day=MARCH)) == 1
        assert list(check("exclusive-codes", *lines, day="2026-01-01", edits=edits)) == []

    def test_a_payer_without_ncci_has_the_exclusions_too(self) -> None:
        lines = line("98980", "GP"), line("99457", "GP")
        payer = Policy("cms-eight-minute")
        assert len(check("exclusive-codes", *lines, day=MARCH, payer=payer)) == 1

    def test_bands_of_e_visits_exclude_each_other(self) -> None:
        found = only(check("exclusive-codes", line("98971"), line("98972"), day=MARCH))
        assert found.severity.value == "review"


class TestMonitoringProvider:
    @pytest.mark.parametrize("code", ["99445", "99470"])
    @pytest.mark.parametrize("plan", ["GP", "GO", "GN"])
    def test_a_therapist_may_not_bill_physiologic_monitoring(self, code: str, plan: str) -> None:
        found = only(check("monitoring-provider", line("97110", plan), line(code, plan), day=MARCH))
        assert reported([found]) == [
            (
                "review",
                (1,),
                (
                    f"{code} has {plan}, but therapists may not bill it. Physicians and other "
                    "practitioners bill it. This limit is unverified."
                ),
            )
        ]

    @pytest.mark.parametrize("code", ["99453", "99454", "99457", "99458", "99091"])
    def test_the_code_book_says_who_may_bill_its_own_codes(
        self, code: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        others = {each: facts for each, facts in load_codes().items() if each != code}
        like = attrs.evolve(load_codes()["98977"], code=code)
        for codes, count in ((others, 1), ({**others, code: like}, 0)):
            monkeypatch.setattr(
                "therapy_billing.checks.claimed_day.load_codes", MappingProxyType(codes).copy
            )
            assert len(check("monitoring-provider", line(code, "GP"), day=MARCH)) == count

    def test_a_physicians_line_and_other_codes_are_clean(self) -> None:
        for each in (line("99470"), line("98980", "GP"), line("98970", "GP"), line("97110", "GP")):
            assert answers(check("monitoring-provider", each, day=MARCH)) == [("clean", (), "")]


class TestArguments:
    def test_check_day_takes_earlier_claims(self) -> None:
        day = Session(MARCH, "PT", [UntimedService("98980", 25)])
        found = check_day(day, MEDICARE, earlier=billed("2026-03-01", "98980"))
        assert [each.message for each in found.of_rule("period-limit")] == [
            "98980 was already billed on 2026-03-01"
        ]
        clean = [
            each.answer.value
            for each in check_day(day, MEDICARE, earlier=[]).answers
            if each.rule.id == "period-limit"
        ]
        assert clean == ["clean"]

    @pytest.mark.parametrize("day", ["2026-03-31", "2026-04-01"])
    def test_an_earlier_claim_must_be_earlier(self, day: str) -> None:
        with pytest.raises(InvalidInputError) as caught:
            check_claim(billed(MARCH, "98980"), MEDICARE, earlier=billed(day, "98980"))
        assert str(caught.value) == f"earlier must have claims before 2026-03-31, got one for {day}"
        assert caught.value.field == "earlier"

    @pytest.mark.parametrize("earlier", [7, "98980", [("98980", "2026-03-01")]])
    def test_earlier_must_be_claims(self, earlier: object) -> None:
        with pytest.raises(InvalidInputError, match="earlier must contain only Claim"):
            check_claim(billed(MARCH, "98980"), MEDICARE, earlier=earlier)  # type: ignore[arg-type]

    def test_an_own_check_sees_the_earlier_claims(self) -> None:
        seen: list[object] = []

        def look(day: ClaimedDay) -> Findings:
            seen.append((day.earlier, day.earlier_codes))
            return day.report(OWN_RULE).findings()

        earlier = billed("2026-03-01", "98980")
        check_claim(billed(MARCH, "98980"), MEDICARE, earlier=earlier, own_checks=[look])
        check_claim(billed(MARCH, "98980"), MEDICARE, own_checks=[look])
        assert seen == [((earlier,), (("98980", date(2026, 3, 1)),)), (None, ())]
