"""Enums that also accept text."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import partial
from typing import ClassVar

import pytest

import therapy_billing
from tests.public_names import PUBLIC as PUBLIC_NAMES
from tests.refusals import refusal
from therapy_billing import InvalidInputError
from therapy_billing.base.choices import Choice, find_choice, parse_choice
from therapy_billing.base.wording import word_key


class Side(Choice):
    LEFT_HAND = "left-hand"
    RIGHT_HAND = "right"

    __aliases__: ClassVar[Mapping[str, str]] = {"L": "left-hand", "Dexter": "right"}


class Switch(Choice):
    ON = "on"
    OFF = "off"
    AUTO = "auto"


@pytest.mark.parametrize(
    "value",
    [Side.LEFT_HAND, "left-hand", "LEFT_HAND", " Left  Hand ", "left hand", "left_hand", "l", "L "],
)
def test_a_member_is_read_by_its_value_its_name_or_an_alias(value: object) -> None:
    assert parse_choice(value, Side, "side") is Side.LEFT_HAND


def test_a_name_that_differs_from_the_value_is_read() -> None:
    assert parse_choice("right hand", Side, "side") is Side.RIGHT_HAND
    assert parse_choice("dexter", Side, "side") is Side.RIGHT_HAND


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("up", "side must be left-hand or right, got a string of 2 characters"),
        (
            "rigth",
            "side must be left-hand or right, got a string of 5 characters; did you mean right?",
        ),
        (7, "side must be left-hand or right, got 7"),
        (None, "side must be left-hand or right, got None"),
        (Switch.ON, "side must be left-hand or right, got 'on'"),
        ("x" * 5000, "side must be left-hand or right, got a string of 5000 characters"),
    ],
)
def test_anything_else_is_refused_with_the_values(value: object, message: str) -> None:
    assert refusal(InvalidInputError, lambda: parse_choice(value, Side, "side")) == message


def test_a_choice_may_suggest_only_what_is_almost_the_same() -> None:
    class Sure(Choice):
        RIGHT_HAND = "right-hand"
        __sure_hints__: ClassVar[bool] = True

    for value, hint in (("right-hnd", True), ("right", False)):
        message = refusal(InvalidInputError, partial(parse_choice, value, Sure, "side"))
        assert message.endswith("did you mean right-hand?") == hint


def test_three_values_are_listed_with_commas() -> None:
    assert refusal(InvalidInputError, lambda: parse_choice(0, Switch, "switch")) == (
        "switch must be on, off, or auto, got 0"
    )


def test_a_refusal_carries_its_field() -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_choice("up", Side, "side")
    assert caught.value.field == "side"


def test_a_word_for_no_member_finds_none() -> None:
    assert find_choice("up", Side) is None
    assert find_choice(7, Side) is None


PUBLIC = [
    kind
    for kind in vars(PUBLIC_NAMES).values()
    if isinstance(kind, type) and issubclass(kind, Choice)
]


@pytest.mark.parametrize("kind", PUBLIC)
def test_every_word_of_a_public_choice_names_one_member(kind: type[Choice]) -> None:
    for word, value in kind.__aliases__.items():
        assert parse_choice(word, kind, "word") is kind(value)
        names = {word_key(str(each)) for member in kind for each in (member.name, member.value)}
        assert word_key(word) not in names
    for member in kind:
        for each in (member, str(member.value).upper(), member.name.lower().replace("_", " ")):
            assert parse_choice(each, kind, "word") is member


def test_words_that_billers_use_are_read() -> None:
    said: Mapping[str, Enum] = {
        "PTA": therapy_billing.Clinician.ASSISTANT,
        "cota": therapy_billing.Clinician.ASSISTANT,
        "OTA": therapy_billing.Clinician.ASSISTANT,
        "SLPA": therapy_billing.Clinician.ASSISTANT,
        "ST": therapy_billing.Discipline.SLP,
        "physical therapy": therapy_billing.Discipline.PT,
        "Office": therapy_billing.Setting.NON_FACILITY,
        "CAH": therapy_billing.Setting.CRITICAL_ACCESS_HOSPITAL,
        "8-minute rule": therapy_billing.UnitMethod.CMS_EIGHT_MINUTE,
        "rule of eights": therapy_billing.UnitMethod.CPT_MIDPOINT,
        "NPP": therapy_billing.chart.CertifyingRole.NONPHYSICIAN_PRACTITIONER,
        "hospital": therapy_billing.ncci.EditSetting.OUTPATIENT_HOSPITAL,
        "PT/SLP": therapy_billing.pricing.Bucket.PT_SLP,
    }
    assert {word: find_choice(word, type(member)) for word, member in said.items()} == said  # type: ignore[type-var]


def test_an_enum_is_called_with_any_word_for_a_member() -> None:
    assert therapy_billing.Discipline("st") is therapy_billing.Discipline.SLP
    assert refusal(InvalidInputError, lambda: therapy_billing.Setting("moon")) == (
        "Setting must be non-facility, facility, or critical-access-hospital, got a string of 4 characters"
    )


@pytest.mark.parametrize("name", ["Otis", "Denny", "Theresa Smith", "Otto", "Medina"])
@pytest.mark.parametrize("kind", ["Discipline", "Clinician", "Severity"])
def test_a_name_that_resembles_a_choice_is_not_repeated(name: str, kind: str) -> None:
    choice = getattr(therapy_billing, kind)
    assert name not in refusal(InvalidInputError, lambda: parse_choice(name, choice, "it"))
