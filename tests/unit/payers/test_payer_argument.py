from __future__ import annotations

from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import CPT_MIDPOINT, MEDICARE, InvalidInputError, Policy, UnitMethod
from therapy_billing.payers.catalog import PAYERS, Payers
from therapy_billing.payers.payer_argument import policy_of, resolve_payer

KNOWN = ", ".join(PAYERS)


@pytest.mark.parametrize("name", ["medicare", "Medicare", " MEDICARE "])
def test_a_payer_has_its_name_in_any_case(name: str) -> None:
    assert resolve_payer(name) is MEDICARE


def test_spaces_in_a_name_do_not_matter() -> None:
    assert resolve_payer("BCBS Nebraska") is PAYERS["bcbs-nebraska"]
    assert Payers({"My Plan": MEDICARE}, lambda _: MEDICARE)["my_plan"] is MEDICARE


def test_a_payers_name_wins_over_a_method() -> None:
    assert resolve_payer("cpt-midpoint") is CPT_MIDPOINT
    assert resolve_payer("CMS eight minute") is UnitMethod.CMS_EIGHT_MINUTE


@pytest.mark.parametrize(
    "payer", [MEDICARE, Policy(UnitMethod.FULL_QUARTER), UnitMethod.FULL_QUARTER]
)
def test_a_payer_is_returned_unchanged(payer: Any) -> None:  # noqa: ANN401
    assert resolve_payer(payer) is payer


def test_a_named_payer_has_its_policy_of_the_day() -> None:
    policy, name = policy_of("Medicare", None)
    assert (policy, name) == (MEDICARE.on(None), "medicare")


def test_an_unknown_payer_is_refused_with_the_known_ones() -> None:
    assert refusal(InvalidInputError, lambda: resolve_payer("X1", "first")) == (
        f"unknown payer ('X1'): use {KNOWN}"
    )
    assert refusal(InvalidInputError, lambda: resolve_payer("Medicar")) == (
        f"unknown payer 'Medicar': use {KNOWN}; did you mean medicare?"
    )


def test_an_invalid_payer_is_an_error_with_the_name_of_the_argument() -> None:
    wrong: Any = 7
    assert refusal(InvalidInputError, lambda: resolve_payer(wrong, "second")) == (
        "second must be a Payer such as MEDICARE, a Policy, a UnitMethod, or the name of a payer or method, got 7"
    )
