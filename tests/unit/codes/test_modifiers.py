"""Disciplines, clinicians, and settings by name, and their modifiers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import Clinician, Discipline, InvalidInputError, Setting
from therapy_billing.base.data_loader import read_toml
from therapy_billing.codes.modifiers import (
    ModifierKind,
    assistant_modifiers,
    distinct_modifiers,
    liability_modifiers,
    load_modifiers,
    modifier_showing,
    plan_modifiers,
)
from therapy_billing.codes.roles import parse_clinician, parse_discipline, parse_setting
from therapy_billing.findings.report import rule_of

CLINICIANS = (
    "therapist, assistant, together, student, aide, athletic-trainer, clinical-fellow, or physician"
)
NOT_NAMED = [
    ("Rosa Invented", "a string of 13 characters"),
    ("", "an empty string"),
    ("X1", "'X1'"),
    (1, "1"),
    (None, "None"),
    (["PT"], "a list"),
]


@pytest.mark.parametrize("discipline", Discipline)
def test_a_discipline_is_read_in_either_case_and_with_spaces(discipline: Discipline) -> None:
    name = discipline.value
    for value in (discipline, name, name.lower(), f" {name} "):
        assert parse_discipline(value) is discipline


@pytest.mark.parametrize("clinician", Clinician)
def test_a_clinician_is_read_in_either_case_and_with_spaces(clinician: Clinician) -> None:
    name = clinician.value
    for value in (clinician, name, name.upper(), f" {name.title()} "):
        assert parse_clinician(value) is clinician


@pytest.mark.parametrize(
    ("value", "shown"),
    [*NOT_NAMED, (Clinician.ASSISTANT, "'assistant'"), ("GP", "a string of 2 characters")],
)
def test_a_word_for_no_discipline_is_refused(value: Any, shown: str) -> None:  # noqa: ANN401
    assert refusal(InvalidInputError, lambda: parse_discipline(value)) == (
        f"discipline must be PT, OT, or SLP, got {shown}"
    )


@pytest.mark.parametrize(
    ("value", "shown"), [*NOT_NAMED, (Discipline.PT, "'PT'"), ("RN", "a string of 2 characters")]
)
def test_a_word_for_no_clinician_is_refused(value: Any, shown: str) -> None:  # noqa: ANN401
    assert refusal(InvalidInputError, lambda: parse_clinician(value)) == (
        f"clinician must be {CLINICIANS}, got {shown}"
    )


@pytest.mark.parametrize("setting", Setting)
def test_a_setting_is_read_in_either_case_and_with_spaces_or_lines(setting: Setting) -> None:
    name = setting.value
    for value in (
        setting,
        name,
        name.upper(),
        f" {name.replace('-', ' ')} ",
        name.replace("-", "_"),
    ):
        assert parse_setting(value) is setting


@pytest.mark.parametrize(
    ("value", "setting"),
    [
        ("office", Setting.NON_FACILITY),
        ("Office ", Setting.NON_FACILITY),
        ("nonfacility", Setting.NON_FACILITY),
        ("NonFacility", Setting.NON_FACILITY),
        ("cah", Setting.CRITICAL_ACCESS_HOSPITAL),
        (" CAH", Setting.CRITICAL_ACCESS_HOSPITAL),
    ],
)
def test_a_setting_is_read_by_the_word_that_billers_use(value: str, setting: Setting) -> None:
    assert parse_setting(value) is setting


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *NOT_NAMED,
        (Discipline.PT, "'PT'"),
        ("facilities", "a string of 10 characters; did you mean facility?"),
        ("non-facility-", "'non-facility-'; did you mean non-facility?"),
        (True, "True"),
    ],
)
def test_a_word_for_no_setting_is_refused(value: Any, shown: str) -> None:  # noqa: ANN401
    assert refusal(InvalidInputError, lambda: parse_setting(value)) == (
        f"setting must be non-facility, facility, or critical-access-hospital, got {shown}"
    )


def test_every_plan_of_care_has_its_modifier_and_slp_no_assistant() -> None:
    assert plan_modifiers() == {
        Discipline.PT: "GP",
        Discipline.OT: "GO",
        Discipline.SLP: "GN",
    }
    assert assistant_modifiers() == {Discipline.PT: "CQ", Discipline.OT: "CO"}


def test_members_are_the_keys_of_a_mapping_and_differ() -> None:
    members = (*Discipline, *Clinician, *Setting)
    assert len(dict.fromkeys(members)) == len(members) == 14


class TestTheModifiers:
    def test_each_has_its_first_day_its_kind_and_a_source(self) -> None:
        since = {name: facts.effective_from for name, facts in load_modifiers().items()}
        x_modifiers = dict.fromkeys(("XE", "XP", "XS", "XU"), date(2015, 1, 1))
        assistants = dict.fromkeys(("CQ", "CO"), date(2020, 1, 1))
        of_services = (
            "95",
            "96",
            "97",
            "52",
            "RT",
            "LT",
            *(f"U{last}" for last in "123456789ABCD"),
        )
        undated = dict.fromkeys(
            ("GP", "GO", "GN", "59", "GA", "GX", "GY", "GZ", "KX", *of_services)
        )
        assert since == {**x_modifiers, **assistants, **undated}
        for name, facts in load_modifiers().items():
            assert facts.modifier == name
            assert facts.sources
            assert (facts.discipline is not None) == (
                facts.kind in (ModifierKind.PLAN, ModifierKind.ASSISTANT)
            )

    def test_liability_modifiers_say_who_owes_and_whether_medicare_pays(self) -> None:
        found = {
            name: (facts.owed_by, facts.paid)
            for name, facts in load_modifiers().items()
            if facts.owed_by is not None or not facts.paid
        }
        assert found == {
            "GA": ("patient", True),
            "GX": ("patient", True),
            "GY": ("patient", False),
            "GZ": ("provider", False),
        }
        assert set(found) == liability_modifiers()

    def test_every_source_of_the_file_is_cited(self) -> None:
        table = read_toml("codes/modifiers.toml")
        assert {key for row in table["modifier"] for key in row["source"]} == set(table["source"])

    def test_the_first_day_of_cq_and_co_is_that_of_their_rule(self) -> None:
        since = rule_of("assistant-modifier-missing").effective_from
        for modifier in assistant_modifiers().values():
            assert load_modifiers()[modifier].effective_from == since

    @pytest.mark.parametrize(
        ("on", "known"),
        [
            (date(2014, 12, 31), {"59"}),
            (date(2015, 1, 1), {"59", "XE", "XP", "XS", "XU"}),
            (None, {"59", "XE", "XP", "XS", "XU"}),
        ],
    )
    def test_the_x_modifiers_begin_in_2015(self, on: date | None, known: set[str]) -> None:
        assert distinct_modifiers(on) == known

    @pytest.mark.parametrize(
        ("shown", "modifier"), [("plans", "XP"), ("times", "XU"), ("regions", "XS")]
    )
    def test_each_kind_of_evidence_has_its_modifier_from_2015(
        self, shown: str, modifier: str
    ) -> None:
        assert modifier_showing(shown, date(2014, 12, 31)) == "59"
        assert modifier_showing(shown, date(2015, 1, 1)) == modifier

    def test_four_modifiers_are_about_liability_and_two_expect_a_denial_as_not_necessary(
        self,
    ) -> None:
        assert liability_modifiers() == {"GA", "GX", "GY", "GZ"}
        assert [name for name, facts in load_modifiers().items() if facts.not_necessary] == [
            "GA",
            "GZ",
        ]

    def test_they_cannot_be_changed(self) -> None:
        modifiers: Any = load_modifiers()
        with pytest.raises(TypeError):
            modifiers["GP"] = None
