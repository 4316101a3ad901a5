"""Which modifier the record supports for a pair, and modifiers that it does not support."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.unit.checks.claims_to_check import (
    DAY,
    GROUP_AND_EXERCISE,
    PAIR_0,
    RATES,
    answers,
    check,
    claim,
    line,
    only,
    ot,
    pair_edits,
    pt,
    reported,
    timed,
    untimed,
)
from therapy_billing import CPT_MIDPOINT, MEDICARE, Session, TimedService, UntimedService
from therapy_billing.checks.day import check_claim
from therapy_billing.findings.records import Finding
from therapy_billing.visits.services import Service


class TestSuggestions:
    LINES = line("97150", "GP"), line("97110", "GP")

    def found(self, *services: Service, day: date = DAY) -> Finding:
        sessions = [Session(day, "PT", services)]
        return only(check("ncci-ptp", *self.LINES, day=day, sessions=sessions, edits=pair_edits(1)))

    def test_separate_times_support_xu(self) -> None:
        found = self.found(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        assert found.suggested == (("XU", "97110"),)
        assert found.action == "attest XU on 97110 if the services were distinct."
        assert "The record shows separate times." in found.detail

    def test_separate_regions_support_xs(self) -> None:
        found = self.found(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="left knee"),
        )
        assert found.suggested == (("XS", "97110"),)
        assert found.action == "attest XS on 97110 if the services were distinct."
        assert "The record shows separate body regions." in found.detail

    def test_separate_times_come_before_separate_regions(self) -> None:
        found = self.found(
            untimed("97150", "9:00", "9:30", body_region="neck"),
            timed("97110", "9:30", "9:45", body_region="left knee"),
        )
        assert found.suggested == (("XU", "97110"),)

    @pytest.mark.parametrize(
        ("day", "by_time", "by_region"),
        [(date(2014, 12, 31), "59", "59"), (date(2015, 1, 1), "XU", "XS")],
    )
    def test_before_2015_there_was_59_alone(self, day: date, by_time: str, by_region: str) -> None:
        apart = self.found(
            untimed("97150", "9:00", "9:30", on=day),
            timed("97110", "9:30", "9:45", on=day),
            day=day,
        )
        regions = self.found(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="left knee"),
            day=day,
        )
        assert apart.suggested == ((by_time, "97110"),)
        assert regions.suggested == ((by_region, "97110"),)

    def test_before_2015_59_passes_as_it_does_today(self) -> None:
        lines = line("97150", "GP"), line("97110", "GP", "59")
        for day in ("2014-12-31", "2015-01-01"):
            assert reported(check("ncci-ptp", *lines, day=day, edits=pair_edits(1))) == []

    def test_a_time_of_one_service_only_supports_nothing(self) -> None:
        found = self.found(untimed("97150", "9:00", "9:30"), TimedService("97110", 15))
        assert found.suggested == ()

    def test_one_minute_of_overlap_supports_nothing(self) -> None:
        found = self.found(untimed("97150", "9:00", "9:30"), timed("97110", "9:29", "9:45"))
        assert found.suggested == ()
        assert found.action == "bill 97150 only."
        assert "The record shows overlapping times for the two services." in found.detail

    def test_overlap_supports_nothing_even_if_the_regions_differ(self) -> None:
        found = self.found(
            untimed("97150", "9:00", "9:30", body_region="neck"),
            timed("97110", "9:29", "9:45", body_region="left knee"),
        )
        assert found.suggested == ()

    def test_times_that_all_have_a_zone_are_compared(self) -> None:
        group = untimed("97150", "9:00-04:00", "9:30-04:00")
        apart = self.found(group, timed("97110", "8:30-05:00", "8:45-05:00"))
        at_once = self.found(group, timed("97110", "8:29-05:00", "8:44-05:00"))
        assert apart.suggested == (("XU", "97110"),)
        assert at_once.suggested == ()

    def test_times_with_and_without_a_zone_support_nothing(self) -> None:
        found = self.found(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:10-04:00", "9:25-04:00"),
        )
        assert found.suggested == ()

    def test_a_record_that_shows_neither_supports_nothing(self) -> None:
        found = self.found(UntimedService("97150"), TimedService("97110", 15))
        assert found.suggested == ()
        assert found.action == (
            "bill 97150 only, or correct the record if the services were separate."
        )
        assert "The record shows no separate times or body regions." in found.detail

    @pytest.mark.parametrize(("group", "exercise"), [(None, "neck"), ("neck", None)])
    def test_the_region_of_one_service_only_supports_nothing(
        self, group: str | None, exercise: str | None
    ) -> None:
        found = self.found(
            UntimedService("97150", body_region=group),
            TimedService("97110", 15, body_region=exercise),
        )
        assert found.suggested == ()

    def test_the_same_region_supports_nothing(self) -> None:
        found = self.found(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="Neck"),
        )
        assert found.suggested == ()

    @pytest.mark.parametrize(
        ("day", "modifier"), [(date(2014, 12, 31), "59"), (date(2015, 1, 1), "XP")]
    )
    def test_two_plans_of_care_support_xp_on_their_own(self, day: date, modifier: str) -> None:
        lines = line("97150", "GP"), line("97110", "GO")
        clocked = (
            Session(day, "PT", [untimed("97150", "9:00", "9:30", on=day)]),
            Session(day, "OT", [timed("97110", "9:30", "9:45", on=day)]),
        )
        for record in ((), clocked):
            found = only(check("ncci-ptp", *lines, day=day, sessions=record, edits=pair_edits(1)))
            assert found.suggested == ((modifier, "97110"),)
            assert found.action == f"attest {modifier} on 97110 if the services were distinct."
            assert "are under plans of care of different disciplines." in found.detail

    def test_the_same_minutes_support_nothing_under_two_plans_either(self) -> None:
        record = pt(untimed("97150", "9:00", "9:30")), ot(timed("97110", "9:29", "9:45"))
        lines = line("97150", "GP"), line("97110", "GO")
        found = only(check("ncci-ptp", *lines, sessions=record))
        assert found.suggested == ()
        assert found.action == "bill 97150 only."
        assert "The record shows overlapping times for the two services." in found.detail

    def test_a_line_of_the_same_plan_or_of_none_leaves_the_clinician_open(self) -> None:
        for more in (line("97110", "GP"), line("97110")):
            lines = line("97150", "GP"), line("97110", "GO"), more
            assert [each.suggested for each in check("ncci-ptp", *lines)] == [()]

    @pytest.mark.parametrize(
        ("one", "other", "suggested"),
        [
            ("neck", "left knee", (("XS", "97110"),)),
            ("L knee", "right knee", (("XS", "97110"),)),
            ("L knee", "left knee", ()),
            ("knee", "left knee", ()),
            ("left lower extremity", "left knee", ()),
            ("left knee and foot", "neck", (("XS", "97110"),)),
            ("left knee and foot", "left ankle", ()),
            ("left right knee", "neck", (("XS", "97110"),)),
            ("left right knee", "left knee", ()),
            ("left neck", "right neck", ()),
            ("neck", "cervical spine", ()),
        ],
    )
    def test_regions_are_separate_by_a_closed_list_and_by_side(
        self, one: str, other: str, suggested: tuple[tuple[str, str], ...]
    ) -> None:
        found = self.found(
            UntimedService("97150", body_region=one),
            TimedService("97110", 15, body_region=other),
        )
        assert found.suggested == suggested

    def test_indicator_0_has_no_modifier_to_suggest(self) -> None:
        found = only(
            check(
                "ncci-ptp",
                *self.LINES,
                edits=pair_edits(0),
                sessions=pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45")),
            )
        )
        assert found.suggested == ()

    def test_a_modifier_is_applied_only_when_it_is_attested(self) -> None:
        sessions = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        given = claim(*self.LINES)
        suggested = only(check_claim(given, MEDICARE, sessions=sessions))
        assert suggested.suggested == (("XU", "97110"),)
        attested = check_claim(given, MEDICARE, sessions=sessions, attestations=suggested.suggested)
        assert reported(attested) == []
        assert given == claim(*self.LINES)

    def test_an_attested_modifier_does_not_pass_indicator_0(self) -> None:
        found = check(
            "ncci-ptp",
            line("97140", "GP"),
            line("97124", "GP"),
            attestations=[("59", "97124")],
        )
        assert reported(found) == [
            ("deny", (1, 0), PAIR_0 + " The 59 or X modifier on the claim does not change that.")
        ]


class TestDistinctService:
    LINES = line("97150", "GP"), line("97110", "GP", "59")
    OVERLAP = "59 on 97110, but the times of 97110 and another code overlap"
    NOTHING = "59 on 97110, but the record shows no separate time or body region"

    def test_without_the_record_nothing_is_supported(self) -> None:
        found = check("distinct-service", *self.LINES)
        assert reported(found) == []
        assert answers(found) == [
            (
                "not-in-data",
                ("97110",),
                "no sessions were given; only the record shows whether services were distinct",
            )
        ]
        assert answers(check("distinct-service", *GROUP_AND_EXERCISE)) == [("clean", (), "")]

    def test_a_record_of_separate_times_or_regions_supports_it(self) -> None:
        times = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        regions = pt(
            UntimedService("97150", body_region="neck"),
            TimedService("97110", 15, body_region="left knee"),
        )
        for record in (times, regions):
            found = check("distinct-service", *self.LINES, sessions=record)
            assert answers(found) == [("clean", (), "")]

    def test_a_record_of_the_same_time_contradicts_it(self) -> None:
        record = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:29", "9:45"))
        found = only(check("distinct-service", *self.LINES, sessions=record, fees=RATES))
        assert reported([found]) == [("deny", (1,), self.OVERLAP)]
        assert found.action == "remove 59, or correct the record if the services were separate."
        assert found.at_stake == Decimal("30.00")

    def test_an_empty_record_does_not_support_it(self) -> None:
        record = pt(UntimedService("97150"), TimedService("97110", 15))
        found = check("distinct-service", *self.LINES, sessions=record)
        assert reported(found) == [("review", (1,), self.NOTHING)]

    def test_a_modifier_without_another_code_is_not_supported(self) -> None:
        record = pt(timed("97110", "9:30", "9:45"))
        found = check("distinct-service", line("97110", "GP", "59"), sessions=record)
        assert reported(found) == [("review", (0,), self.NOTHING)]

    def test_a_modifier_on_column_1_is_supported_like_one_on_column_2(self) -> None:
        lines = line("97150", "GP", "XU"), line("97110", "GP")
        apart = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:30", "9:45"))
        at_once = pt(untimed("97150", "9:00", "9:30"), timed("97110", "9:29", "9:45"))
        assert reported(check("distinct-service", *lines, sessions=apart)) == []
        assert reported(check("distinct-service", *lines, sessions=at_once)) == [
            ("deny", (0,), "XU on 97150, but the times of 97150 and another code overlap")
        ]

    def test_where_no_pair_is_known_one_code_to_be_distinct_from_is_enough(self) -> None:
        record = pt(
            timed("97112", "9:00", "9:20"),
            timed("97110", "9:10", "9:25"),
            timed("97116", "10:00", "10:15"),
        )
        lines = line("97112", "GP"), line("97110", "GP", "59"), line("97116", "GP")
        for payer in (MEDICARE, CPT_MIDPOINT):
            both = check("distinct-service", *lines, sessions=record, payer=payer)
            alone = check("distinct-service", *lines[:2], sessions=record, payer=payer)
            assert reported(both) == []
            assert reported(alone) == [("deny", (1,), self.OVERLAP)]

    def test_only_the_pairs_of_the_payer_and_of_its_setting_have_to_be_supported(self) -> None:
        record = pt(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:10", "9:25"),
            timed("97116", "10:00", "10:15"),
        )
        lines = (*self.LINES, line("97116", "GP"))
        pair = [("deny", (1,), self.OVERLAP)]
        for payer, expected in ((MEDICARE, pair), (CPT_MIDPOINT, [])):
            assert (
                reported(check("distinct-service", *lines, sessions=record, payer=payer))
                == expected
            )
        for setting, expected in (("practitioner", pair), ("outpatient-hospital", [])):
            found = check(
                "distinct-service",
                *lines,
                sessions=record,
                edits=pair_edits(1),
                edit_setting=setting,
            )
            assert reported(found) == expected

    def test_a_supported_line_does_not_support_another(self) -> None:
        record = pt(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:30", "9:45"),
            timed("97116", "9:10", "9:25"),
        )
        lines = (*self.LINES, line("97116", "GP", "59"))
        assert [each.lines for each in check("distinct-service", *lines, sessions=record)] == [(2,)]

    def test_each_of_two_pairs_must_be_supported(self) -> None:
        def found(second_group: str) -> list[tuple[str, tuple[int, ...], str]]:
            record = pt(
                untimed("97150", "9:00", "9:30"),
                timed("97110", "9:30", "9:45"),
                timed("97113", second_group, "10:15"),
            )
            lines = (*self.LINES, line("97113", "GP", "59"))
            marked = check("distinct-service", *lines, sessions=record)
            return [each for each in reported(marked) if 1 in each[1]]

        assert found("9:45") == []
        assert found("9:44") == [("deny", (1,), self.OVERLAP)]

    def test_a_third_code_at_another_time_does_not_support_the_pair(self) -> None:
        record = pt(
            untimed("97150", "9:00", "9:30"),
            timed("97110", "9:10", "9:25"),
            timed("97112", "10:00", "10:15"),
        )
        lines = (*self.LINES, line("97112", "GP"))
        assert reported(check("distinct-service", *lines, sessions=record)) == [
            ("deny", (1,), self.OVERLAP)
        ]

    def test_two_plans_of_care_support_it_unless_the_minutes_are_the_same(self) -> None:
        lines = line("97150", "GP"), line("97110", "GO", "XP")
        told_apart = pt(UntimedService("97150")), ot(TimedService("97110", 15))
        clocked = pt(untimed("97150", "9:00", "9:30")), ot(timed("97110", "9:30", "9:45"))
        at_once = pt(untimed("97150", "9:00", "9:30")), ot(timed("97110", "9:29", "9:45"))
        for record in (told_apart, clocked):
            assert answers(check("distinct-service", *lines, sessions=record)) == [
                ("clean", (), "")
            ]
        assert reported(check("distinct-service", *lines, sessions=at_once)) == [
            ("deny", (1,), "XP on 97110, but the times of 97110 and another code overlap")
        ]

    @pytest.mark.parametrize("modifier", ["XE", "XP", "XS", "XU"])
    def test_before_2015_an_x_modifier_passes_nothing_and_is_not_looked_at(
        self, modifier: str
    ) -> None:
        lines = line("97150", "GP"), line("97110", "GP", modifier)
        for day, pairs, marked in (("2014-12-31", 1, 0), ("2015-01-01", 0, 1)):
            record = pt(
                UntimedService("97150"), TimedService("97110", 15), on=date.fromisoformat(day)
            )
            found = [
                check(rule, *lines, day=day, sessions=record, edits=pair_edits(1))
                for rule in ("ncci-ptp", "distinct-service")
            ]
            assert [len(each) for each in found] == [pairs, marked]

    def test_an_attested_code_on_no_line_is_an_info_with_or_without_a_record(self) -> None:
        for record in ((), pt(TimedService("97110", 15))):
            found = only(
                check(
                    "distinct-service",
                    line("97110", "GP"),
                    sessions=record,
                    attestations=[("XU", "97116")],
                )
            )
            assert reported([found]) == [
                ("info", (), "XU is attested for 97116, which is not on the claim")
            ]
            assert found.action == "attest the code that was meant, or remove the attestation."
