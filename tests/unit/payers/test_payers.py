"""The payers that come with the library, and since when."""

from __future__ import annotations

import datetime
from functools import partial

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    AssistantRule,
    NotPublishedError,
    Payer,
    Policy,
    UnitMethod,
)
from therapy_billing.payers import PAYERS


def test_payers_are_known_by_their_own_names() -> None:
    assert PAYERS == {"medicare": MEDICARE, "cpt-midpoint": CPT_MIDPOINT}
    assert list(PAYERS) == [payer.name for payer in PAYERS.values()]


def test_medicare_counts_the_total_and_takes_its_own_codes_only() -> None:
    expected = Policy(
        UnitMethod.CMS_EIGHT_MINUTE,
        minimum_minutes=8,
        medicare_codes=True,
        cost_sharing=True,
        kx=True,
    )
    for text, mppr, rule in (
        ("2000-04-01", False, AssistantRule.NONE),
        ("2010-12-31", False, AssistantRule.NONE),
        ("2011-01-01", True, AssistantRule.NONE),
        ("2019-12-31", True, AssistantRule.NONE),
        ("2020-01-01", True, AssistantRule.UNITS_2020),
        ("2021-12-31", True, AssistantRule.UNITS_2020),
        ("2022-01-01", True, AssistantRule.UNITS_2022),
        ("2026-12-31", True, AssistantRule.UNITS_2022),
    ):
        policy = MEDICARE.on(datetime.date.fromisoformat(text))
        assert policy == attrs.evolve(expected, mppr=mppr, assistants=rule)
    assert MEDICARE.on(None) == MEDICARE.on("2026-12-31")


def test_the_midpoint_payer_counts_each_code_alone_and_takes_every_code() -> None:
    expected = Policy(UnitMethod.CPT_MIDPOINT, minimum_minutes=8)
    assert CPT_MIDPOINT.on(None) == expected
    for day in (datetime.date.min, datetime.date(2026, 12, 31)):
        assert CPT_MIDPOINT.on(day) == expected


@pytest.mark.parametrize(
    ("payer", "day", "message"),
    [
        (
            MEDICARE,
            "2000-03-31",
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 2000-03-31",
        ),
        (
            MEDICARE,
            "2027-01-01",
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 2027-01-01",
        ),
        (
            CPT_MIDPOINT,
            "2027-01-01",
            "the CPT midpoint policy is known through 2026-12-31, not on 2027-01-01",
        ),
    ],
)
def test_a_day_outside_what_is_known_is_refused(payer: Payer, day: str, message: str) -> None:
    on = datetime.date.fromisoformat(day)
    assert refusal(NotPublishedError, partial(payer.on, on)) == message
