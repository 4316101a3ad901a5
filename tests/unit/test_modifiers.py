"""Disciplines and clinicians by their names."""

from __future__ import annotations

import pytest

from tests.refusals import refusal
from therapy_billing import Clinician, Discipline, InvalidInputError
from therapy_billing.modifiers import parse_clinician, parse_discipline

NOT_NAMED = [
    ("Rosa Invented", "a text of 13 characters"),
    ("", "a text of 0 characters"),
    ("X1", "'X1'"),
    (1, "1"),
    (None, "a NoneType"),
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
