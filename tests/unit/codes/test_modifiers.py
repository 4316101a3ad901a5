"""Disciplines, clinicians and settings by their names, and their modifiers."""

from __future__ import annotations

import pytest

from tests.refusals import refusal
from therapy_billing import Clinician, Discipline, InvalidInputError, Setting
from therapy_billing.codes.modifiers import ASSISTANT_MODIFIERS, DISCIPLINE_MODIFIERS
from therapy_billing.codes.roles import parse_clinician, parse_discipline, parse_setting

NOT_NAMED = [
    ("Rosa Invented", "a text of 13 characters"),
    ("", "a text of 0 characters"),
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
    [*NOT_NAMED, (Clinician.ASSISTANT, "'assistant'"), ("GP", "a text of 2 characters")],
)
def test_what_names_no_discipline_is_refused(value: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_discipline(value)) == (
        f"discipline is PT, OT or SLP, not {shown}"
    )


@pytest.mark.parametrize(
    ("value", "shown"), [*NOT_NAMED, (Discipline.PT, "'PT'"), ("PTA", "a text of 3 characters")]
)
def test_what_names_no_clinician_is_refused(value: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_clinician(value)) == (
        f"clinician is therapist, assistant or together, not {shown}"
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
        ("facilities", "a text of 10 characters"),
        ("non-facility-", "a text of 13 characters"),
        (True, "True"),
    ],
)
def test_what_names_no_setting_is_refused(value: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_setting(value)) == (
        f"setting is one of non-facility, facility, critical-access-hospital, not {shown}"
    )


def test_every_plan_of_care_has_its_modifier_and_slp_no_assistant() -> None:
    assert DISCIPLINE_MODIFIERS == {
        Discipline.PT: "GP",
        Discipline.OT: "GO",
        Discipline.SLP: "GN",
    }
    assert ASSISTANT_MODIFIERS == {Discipline.PT: "CQ", Discipline.OT: "CO"}


def test_members_are_the_keys_of_a_mapping_and_differ() -> None:
    members = (*Discipline, *Clinician, *Setting)
    assert len(dict.fromkeys(members)) == len(members) == 9
