"""Units near the minimum minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.finding_text import said
from tests.unit.schedule.entries import CLEAN, answers, entry, moment, only, reported
from therapy_billing import MEDICARE, Payer, Policy, TimedService, UnitMethod
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.schedule.schedule_checks import check_schedule
from therapy_billing.visits.schedule_entries import ScheduleEntry


class TestNearMinimum:
    def days(
        self, minutes: Iterable[int], *, by: str = "T", codes: tuple[str, ...] = ("97110",)
    ) -> list[ScheduleEntry]:
        return [
            entry(f"{by}{n:02}{code}", TimedService(code, given), patient=f"{by}{n:02}", by=by)
            for n, given in enumerate(minutes)
            for code in codes
        ]

    def near(
        self, *entries: ScheduleEntry, payer: Payer | Policy = MEDICARE, **limits: int
    ) -> Findings:
        call: Callable[..., Findings] = check_schedule
        found = call(entries, payer, worked=None, fees=None, **limits)
        return Findings(found.of_rule("near-minimum"), found.answers)

    def test_half_of_the_days_near_the_minimum_are_a_pattern(self) -> None:
        entries = self.days([25] * 10 + [30] * 10)
        finding = only(self.near(*entries))
        assert finding.severity is Severity.INFO
        assert said(finding) == (
            "units are often near the minimum minutes for one clinician. On 10 of 20 patient days, "
            "the minutes are at most 2 above the minimum for the units. The average is 13.8 minutes per "
            "unit."
        )
        assert finding.entries == tuple(f"T{n:02}97110" for n in range(10))
        assert finding.action == "check each day's minutes against the record."

    def test_fewer_are_none(self) -> None:
        found = self.near(*self.days([25] * 9 + [30] * 11))
        assert reported(found) == []
        assert answers(found, "near-minimum") == CLEAN

    def test_fewer_days_make_no_pattern(self) -> None:
        found = self.near(*self.days([8] * 19))
        assert reported(found) == []
        assert answers(found, "near-minimum") == [
            (Answer.NOT_IN_DATA, "a pattern needs at least 20 patient days")
        ]
        assert len(self.near(*self.days([8] * 19), near_days=19)) == 1

    def test_days_without_a_unit_do_not_count(self) -> None:
        assert reported(self.near(*self.days([8] * 19 + [7]))) == []
        assert len(self.near(*self.days([7] + [8] * 20))) == 1

    def test_days_on_which_the_payer_is_not_known_do_not_count(self) -> None:
        unknown = entry("0", TimedService("97110", 8), day="2000-03-31")
        entries = self.days([8] * 20)
        assert len(self.near(unknown, *entries)) == 1
        assert reported(self.near(unknown, *entries[1:])) == []

    def test_the_share_is_met_exactly(self) -> None:
        entries = self.days([8] * 50 + [30])
        # 50 of 51 are more than 98 percent, and less than 99.
        assert len(self.near(*entries, near_share=98, least_average=0)) == 1
        assert reported(self.near(*entries, near_share=99, least_average=0)) == []

    def test_half_a_minute_more_is_no_minute(self) -> None:
        second = TimedService("97110", start=moment("09:00:00"), end=moment("09:00:30"))
        given = [entry("1", TimedService("97110", 10)), entry("2", second)]
        finding = only(self.near(*given, near_days=1, least_average=0))
        assert said(finding).endswith("The average is 10.0 minutes per unit.")

    def test_a_low_average_alone_is_a_pattern(self) -> None:
        finding = only(self.near(*self.days([11] * 20)))
        assert said(finding).endswith(
            "On 0 of 20 patient days, the minutes are at most 2 above the minimum for the units. The average is 11.0 "
            "minutes per unit."
        )
        assert len(finding.entries) == 20
        assert reported(self.near(*self.days([12] * 20))) == []

    def test_the_caller_sets_each_threshold(self) -> None:
        near = self.days([11] * 20)
        assert reported(self.near(*near, least_average=11)) == []
        assert len(self.near(*near, least_average=11, near_minutes=3)) == 1
        mixed = self.days([8] * 4 + [30] * 16)
        assert reported(self.near(*mixed)) == []
        assert len(self.near(*mixed, near_share=20)) == 1

    def test_the_whole_schedule_is_reported_with_its_clinicians(self) -> None:
        entries = [*self.days([8] * 10, by="T"), *self.days([8] * 10, by="U")]
        finding = only(self.near(*entries))
        assert said(finding).startswith(
            "units are often near the minimum minutes for the whole schedule. On 20 of"
        )
        assert (finding.entries, finding.codes) == ((), ())

    def test_a_day_counts_for_each_clinician_who_took_part(self) -> None:
        shared = [
            entry(f"{by}{n}", TimedService("97110", 4), patient=str(n), by=by)
            for n in range(20)
            for by in "TU"
        ]
        assert sorted(len(finding.entries) for finding in self.near(*shared)) == [0, 20, 20]

    def test_codes_are_pooled_as_the_payer_counts(self) -> None:
        entries = self.days([10] * 20, codes=("97110", "97140"))
        assert reported(self.near(*entries)) == []
        alone = Policy(UnitMethod.CPT_MIDPOINT)
        assert len(self.near(*entries, payer=alone)) == 1
        assert (
            reported(self.near(*self.days([15] * 20), payer=Policy(UnitMethod.FULL_QUARTER))) == []
        )

    def test_codes_of_another_period_are_left_out(self) -> None:
        found = self.near(*self.days([8] * 20, codes=("97129",)))
        assert reported(found) == []
        assert [answer for answer, _ in answers(found, "near-minimum")] == [Answer.NOT_IN_DATA]
