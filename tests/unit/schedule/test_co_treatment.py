"""Two disciplines that treat one patient together."""

from __future__ import annotations

import attrs
import pytest

from tests.finding_text import said
from tests.unit.schedule.entries import CLEAN, answers, entry, only, reported, service
from therapy_billing.findings.records import Severity
from therapy_billing.schedule.schedule_checks import check_schedule
from therapy_billing.visits.schedule_entries import ScheduleEntry


class TestCoTreatment:
    def together(self, pt_end: str = "10:00", ot_start: str = "9:00") -> list[ScheduleEntry]:
        return [
            entry("1", service("97110", "9:00", pt_end)),
            entry("2", service("97530", ot_start, "10:00"), by="U", discipline="OT"),
        ]

    def test_sixty_and_sixty_for_sixty_is_denied_with_a_split(self) -> None:
        finding = only(check_schedule(self.together()))
        assert (finding.rule.id, finding.severity) == ("co-treatment", Severity.DENY)
        assert said(finding) == (
            "OT and PT treated one patient together for 60 minutes. 60 OT + 60 PT minutes are "
            "documented in 60 minutes of clock time. Joint time is billed once in total. On their own, "
            "the documented minutes make 8 units; with each minute counted once, they make 4."
        )
        assert finding.action == (
            "share the joint minutes (for example 30 OT + 30 PT of 60), or bill all of "
            "them under one discipline. Correct the times if one treatment followed the "
            "other."
        )

    @pytest.mark.parametrize(
        ("pt_end", "ot_start"), [("9:30", "9:30"), ("9:45", "9:45"), ("9:15", "9:15")]
    )
    def test_parts_that_add_up_to_the_period_are_no_finding(
        self, pt_end: str, ot_start: str
    ) -> None:
        found = check_schedule(self.together(pt_end, ot_start))
        assert reported(found) == []
        assert answers(found, "co-treatment") == CLEAN

    def test_a_minute_too_many_is_denied(self) -> None:
        finding = only(check_schedule(self.together("9:31", "9:30")))
        assert said(finding) == (
            "OT and PT treated one patient together for 1 minute. 30 OT + 31 PT minutes are "
            "documented in 60 minutes of clock time. Joint time is billed once in total."
        )

    def test_three_disciplines_share_in_three(self) -> None:
        third = entry("3", service("97129", "9:00", "10:00"), by="V", discipline="SLP")
        finding = only(check_schedule([*self.together(), third]))
        assert "(for example 20 OT + 20 PT + 20 SLP of 60)" in finding.action
        assert said(finding).startswith("OT, PT, and SLP treated one patient together for 60")

    def test_a_third_who_joins_for_a_minute_gets_no_third_of_the_joint_time(self) -> None:
        third = entry("3", service("97129", "9:59", "10:20"), by="V", discipline="SLP")
        finding = only(check_schedule([*self.together("9:30"), third]))
        assert finding.action == (
            "share the joint minutes, or bill all of them under one discipline. Correct "
            "the times if one treatment followed the other."
        )

    END = ". Correct the times if one treatment followed the other."

    @pytest.mark.parametrize(
        ("services", "action"),
        [
            (
                [("PT", "97110", "9:00", "10:00"), ("SLP", "92507", "9:00", "10:00")],
                (
                    "bill the joint time under one discipline. 92507 is untimed, so no minutes "
                    "can be shared with it. The record shows no minutes of one discipline alone, "
                    "so bill nothing else for that time"
                ),
            ),
            (
                [("PT", "97110", "9:30", "10:00"), ("SLP", "92507", "9:00", "10:00")],
                (
                    "bill the joint time under one discipline. 92507 is untimed, so no minutes "
                    "can be shared with it. For the minutes of one discipline alone (0 PT + 30 "
                    "SLP), bill timed codes as documented, and an untimed code only if these minutes support it"
                ),
            ),
            (
                [("PT", "97161", "9:00", "9:45"), ("OT", "97165", "9:15", "10:00")],
                (
                    "bill the joint time under one discipline. 97161 and 97165 are untimed, so no"
                    " minutes can be shared with them. For the minutes of one discipline alone "
                    "(15 OT + 15 PT), bill an untimed code only if these minutes support it"
                ),
            ),
            (
                [("PT", "97150", "9:00", "9:45"), ("SLP", "92508", "9:00", "9:45")],
                (
                    "bill the joint time under one discipline. 92508 and 97150 are untimed, so no"
                    " minutes can be shared with them. The record shows no minutes of one "
                    "discipline alone, so bill nothing else for that time"
                ),
            ),
            (
                [
                    ("PT", "97161", "9:00", "9:30"),
                    ("PT", "97110", "9:30", "10:00"),
                    ("OT", "97530", "9:00", "10:00"),
                ],
                (
                    "bill the joint time under one discipline. 97161 is untimed, so no minutes "
                    "can be shared with it. 97110 and 97530 can share time that is not billed as "
                    "97161. The record shows no minutes of one discipline alone, so bill nothing "
                    "else for that time"
                ),
            ),
            (
                [
                    ("PT", "97110", "9:00", "10:00"),
                    ("OT", "97530", "9:00", "10:00"),
                    ("SLP", "92507", "9:30", "10:10"),
                ],
                (
                    "bill the joint time under one discipline. 92507 is untimed, so no minutes "
                    "can be shared with it. 97110 and 97530 can share time that is not billed as "
                    "92507. For the minutes of one discipline alone (0 OT + 0 PT + 10 SLP), bill "
                    "timed codes as documented, and an untimed code only if these minutes support it"
                ),
            ),
        ],
    )
    def test_untimed_codes_have_no_minutes_to_share(
        self, services: list[tuple[str, str, str, str]], action: str
    ) -> None:
        given = [
            entry(f"{n}", service(code, start, end), by=plan, discipline=plan)
            for n, (plan, code, start, end) in enumerate(services)
        ]
        (finding,) = check_schedule(given).of_rule("co-treatment")
        assert finding.action == action + self.END
        assert finding.severity is Severity.DENY

    def test_one_clinician_under_two_plans_hides_no_other_patients_co_treatment(self) -> None:
        alone = [
            entry("0", service("97110", "8:00", "8:30"), patient="0", by="S"),
            entry("01", service("97530", "8:00", "8:30"), patient="0", by="S", discipline="OT"),
        ]
        assert reported(check_schedule([*alone, *self.together()])) == [
            ("co-treatment", "deny", ("1", "2")),
            ("minutes-once", "deny", ("0", "01")),
        ]

    def test_two_patients_are_no_co_treatment(self) -> None:
        first, second = self.together()
        assert reported(check_schedule([first, attrs.evolve(second, patient="B")])) == []
