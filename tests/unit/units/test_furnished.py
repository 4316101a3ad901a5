"""Services that make no unit because of who furnished them: what is left out, and what stays."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Allocation,
    Clinician,
    Discipline,
    InvalidInputError,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
)
from therapy_billing.payers.furnishers import NO_FURNISHERS, Payable
from therapy_billing.units.furnished import (
    add_first_codes,
    other_furnishers,
    split_by_furnisher,
)
from therapy_billing.units.records import ServiceGroups, Services, UnbilledService

ON = "2026-10-05"
DAY = date(2026, 10, 5)
TABLE = MEDICARE.on(DAY).furnishers


def count(*services: TimedService | UntimedService, discipline: str = "PT") -> Allocation:
    """Return the units of one session under Medicare."""
    return allocate_units(Session(ON, discipline, services), MEDICARE)


def unbilled(counted: Allocation) -> list[tuple[str, str, int | None]]:
    """Return what makes no unit, as code, role, and minutes."""
    return [(each.code, each.clinician.value, each.minutes) for each in counted.unbilled]


class TestSplit:
    THERAPIST = TimedService("97110", 15)
    STUDENT = TimedService("97110", 15, clinician="student")

    def test_unpaid_services_are_left_out_of_their_discipline(self) -> None:
        aide = UntimedService("97150", clinician="aide", key="k")
        groups: ServiceGroups = [
            (Discipline.PT, [(self.THERAPIST, self.STUDENT), (aide,)]),
            (Discipline.OT, [(self.THERAPIST,)]),
        ]
        kept, left_out = split_by_furnisher(groups, TABLE, DAY)
        assert kept == [
            (Discipline.PT, [(self.THERAPIST,), ()]),
            (Discipline.OT, [(self.THERAPIST,)]),
        ]
        (first, second), nothing = left_out
        assert nothing == ()
        assert (first.code, first.clinician, first.minutes) == ("97110", Clinician.STUDENT, 15)
        assert (second.code, second.minutes, second.keys) == ("97150", None, ("k",))
        assert first.rule is not None
        assert first.rule.payable is Payable.THERAPISTS_OWN

    def test_two_equal_services_are_both_left_out(self) -> None:
        kept, ((left,),) = split_by_furnisher(
            [(Discipline.PT, [(self.STUDENT, self.THERAPIST, self.STUDENT)])], TABLE, DAY
        )
        assert kept == [(Discipline.PT, [(self.THERAPIST,)])]
        assert left.minutes == 30

    def test_one_record_given_twice_is_counted_twice(self) -> None:
        pair = (self.STUDENT, self.THERAPIST, self.THERAPIST)
        kept, _ = split_by_furnisher([(Discipline.PT, [pair])], TABLE, DAY)
        assert kept == [(Discipline.PT, [(self.THERAPIST, self.THERAPIST)])]

    def test_minutes_by_code_and_days_without_a_date_keep_everything(self) -> None:
        group: list[Services] = [(self.STUDENT,)]
        assert split_by_furnisher([(None, group)], TABLE, DAY) == ([(None, group)], [()])
        plan = Discipline.PT
        assert split_by_furnisher([(plan, group)], TABLE, None) == ([(plan, group)], [()])

    def test_without_a_table_students_make_no_unit_and_no_rule_is_named(self) -> None:
        _, ((left,),) = split_by_furnisher([(Discipline.PT, [(self.STUDENT,)])], NO_FURNISHERS, DAY)
        assert left.rule is None
        assert "no source says" in left.reason


class TestMinutes:
    @pytest.mark.parametrize("therapist", [7, 8, 22, 23])
    @pytest.mark.parametrize("student", [7, 8, 22, 23])
    def test_only_the_therapists_minutes_make_units(self, therapist: int, student: int) -> None:
        counted = count(
            TimedService("97110", therapist), TimedService("97110", student, clinician="student")
        )
        assert counted.units == {"97110": (therapist + 7) // 15}
        assert counted.timed_minutes == therapist
        assert unbilled(counted) == [("97110", "student", student)]

    def test_they_do_not_add_to_another_code(self) -> None:
        counted = count(TimedService("97110", 7), TimedService("97530", 8, clinician="aide"))
        assert counted.units == {"97110": 0}
        assert unbilled(counted) == [("97530", "aide", 8)]

    def test_they_make_no_tie(self) -> None:
        services = [TimedService("97110", 10), TimedService("97530", 10, clinician="student")]
        assert not count(*services).tied
        assert count(*services).units == {"97110": 1}
        by_therapists = [attrs.evolve(each, clinician=Clinician.THERAPIST) for each in services]
        assert count(*by_therapists).tied

    def test_services_of_one_code_and_role_are_one_entry_in_documented_order(self) -> None:
        counted = count(
            TimedService("97530", 5, clinician="student", key="b"),
            TimedService("97110", 6, clinician="aide"),
            TimedService("97530", 7, clinician="student", key="a"),
            TimedService("97530", 8, clinician="aide", key="a"),
            TimedService("97530", 9, clinician="student", key="b"),
        )
        assert unbilled(counted) == [
            ("97530", "student", 21),
            ("97110", "aide", 6),
            ("97530", "aide", 8),
        ]
        assert [each.keys for each in counted.unbilled] == [("b", "a"), (), ("a",)]

    def test_untimed_services_have_the_minutes_that_are_documented(self) -> None:
        counted = count(
            UntimedService("97150", clinician="aide"),
            UntimedService("97150", minutes=20, clinician="aide"),
            UntimedService("97014", clinician="student"),
        )
        assert unbilled(counted) == [("97150", "aide", 20), ("97014", "student", None)]
        assert counted.untimed_units == {}

    def test_a_day_can_have_no_unit_at_all(self) -> None:
        counted = count(TimedService("97110", 15, clinician="student"))
        assert (counted.units, counted.total_units, counted.timed_minutes) == ({}, 0, 0)
        assert repr(counted) == (
            "<Allocation no timed code; 0 units from 0 timed minutes; medicare; 1 service not billed>"
        )

    def test_each_discipline_has_its_own(self) -> None:
        sessions = [
            Session(ON, plan, [TimedService("97110", 15, clinician="aide")])
            for plan in ("OT", "PT", "OT")
        ]
        counted = allocate_units(sessions, MEDICARE)
        found = [(each.discipline.value, each.minutes) for each in counted.unbilled]
        assert found == [("OT", 30), ("PT", 15)]

    def test_a_method_alone_pays_no_student(self) -> None:
        session = Session(ON, "PT", [TimedService("97110", 15, clinician="student")])
        for payer in (CPT_MIDPOINT, UnitMethod.FULL_QUARTER):
            counted = allocate_units(session, payer)
            assert counted.total_units == 0
            assert [each.rule for each in counted.unbilled] == [None]


class TestFamilies:
    @pytest.mark.parametrize(
        ("minutes", "units"), [(7, (0, 0)), (8, (1, 0)), (22, (1, 0)), (23, (1, 1))]
    )
    def test_the_therapists_add_on_minutes_make_the_first_unit(
        self, minutes: int, units: tuple[int, int]
    ) -> None:
        counted = count(
            TimedService("97129", 15, clinician="student", key="a"),
            TimedService("97130", minutes, key="b"),
            discipline="SLP",
        )
        assert (counted.units.get("97129", 0), counted.units.get("97130", 0)) == units
        assert unbilled(counted) == [("97129", "student", 15)]
        assert counted.unbilled[0].keys == ("a",)
        assert {key for _, keys in counted.disciplines[0].keys for key in keys} == {"b"}

    def test_a_students_add_on_adds_nothing(self) -> None:
        counted = count(
            TimedService("97129", 15),
            TimedService("97130", 15, clinician="student"),
            discipline="SLP",
        )
        assert counted.units == {"97129": 1}

    def test_an_add_on_without_any_first_code_is_still_an_error(self) -> None:
        assert "97130" in refusal(
            InvalidInputError, lambda: count(TimedService("97130", 15), discipline="SLP")
        )

    def test_an_untimed_add_on_may_follow_an_unbilled_first_code(self) -> None:
        counted = count(UntimedService("97597", clinician="aide"), UntimedService("97598"))
        assert counted.untimed_units == {"97598": 1}
        assert unbilled(counted) == [("97597", "aide", None)]

    def test_only_first_codes_of_given_add_ons_are_added(self) -> None:
        minutes = {"97130": 15, "97110": 15}
        add_first_codes(minutes, ["97129", "97550", "97110"])
        assert minutes == {"97130": 15, "97110": 15, "97129": 0}
        minutes = {"97129": 10, "97130": 15}
        add_first_codes(minutes, ["97129"])
        assert minutes == {"97129": 10, "97130": 15}


class TestRoles:
    def test_therapists_and_physicians_need_no_list(self) -> None:
        roles = ("therapist", "together", "physician")
        services = [TimedService("97110", 15, clinician=role) for role in roles]
        assert other_furnishers([tuple(services)]) == ()
        assert other_furnishers([]) == ()

    def test_with_another_role_every_role_of_every_code_is_listed_once(self) -> None:
        group = [
            (TimedService("97110", 15), TimedService("97110", 5, clinician="assistant")),
            (
                TimedService("97110", 15),
                TimedService("97530", 0, clinician="aide"),
                UntimedService("97150", minutes=0, clinician="aide"),
            ),
        ]
        assert other_furnishers(group) == (
            ("97110", Clinician.THERAPIST),
            ("97110", Clinician.ASSISTANT),
            ("97150", Clinician.AIDE),
        )

    def test_unbilled_services_are_not_listed(self) -> None:
        counted = count(TimedService("97110", 15), TimedService("97110", 15, clinician="aide"))
        assert counted.disciplines[0].other_furnishers == ()


class TestSentences:
    def of(self, minutes: int | None, clinician: str = "aide") -> UnbilledService:
        """Return a service that makes no unit."""
        return UnbilledService("97110", Clinician(clinician), Discipline.SLP, minutes, None)

    @pytest.mark.parametrize(
        ("minutes", "sentence"),
        [
            (None, "97110 by an aide makes no unit"),
            (0, "0 minutes of 97110 by an aide make no unit"),
            (1, "1 minute of 97110 by an aide makes no unit"),
            (2, "2 minutes of 97110 by an aide make no unit"),
        ],
    )
    def test_the_verb_follows_the_minutes(self, minutes: int | None, sentence: str) -> None:
        assert self.of(minutes).sentence == sentence

    def test_an_slp_assistant_is_named(self) -> None:
        assert self.of(15, "assistant").who == "an SLP assistant"

    def test_keys_are_in_the_dict_and_not_displayed(self) -> None:
        own = attrs.evolve(self.of(15), keys=("secret",))
        assert "secret" not in repr(own)
        assert own.to_dict() == {
            "code": "97110",
            "clinician": "aide",
            "discipline": "SLP",
            "minutes": 15,
            "reason": "no source says that the payer pays for a service by an aide",
            "rule": None,
            "keys": ["secret"],
        }
