"""The record of what a payer accepts on a claim."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.payers import MEDICARE, PAYERS, ClaimRules, Policy


def test_nothing_is_known_unless_it_is_given() -> None:
    assert ClaimRules() == Policy("cpt-midpoint").claims
    assert set(attrs.astuple(ClaimRules())) == {None}


def test_values_are_converted() -> None:
    rules = ClaimRules(
        lines_per_claim=1,
        charge_maximum="0.01",
        claim_frequencies=["8", "1"],
        earlier_payers_maximum=0,
    )
    assert (rules.lines_per_claim, rules.charge_maximum) == (1, Decimal("0.01"))
    assert (rules.claim_frequencies, rules.earlier_payers_maximum) == (("8", "1"), 0)
    assert ClaimRules(claim_frequencies="7").claim_frequencies == ("7",)


FREQUENCIES = "claim_frequencies must have some of '1', '7', and '8', each once"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("lines_per_claim", 0, "lines_per_claim must be 1 or more, got 0"),
        ("lines_per_claim", 2.5, "lines_per_claim must be a whole number, got 2.5"),
        ("earlier_payers_maximum", -1, "earlier_payers_maximum must be 0 or more, got -1"),
        (
            "charge_maximum",
            "0.001",
            "charge_maximum must be rounded to the cent, got '0.001'",
        ),
        ("needs_taxonomy", "no", "needs_taxonomy must be True or False, got 'no'"),
        ("claim_frequencies", [], FREQUENCIES),
        ("claim_frequencies", ["1", "1"], FREQUENCIES),
        ("claim_frequencies", ["6"], FREQUENCIES),
        ("claim_frequencies", [1], "claim_frequencies must contain only str, got 1"),
    ],
)
def test_a_bad_value_is_refused_by_its_field(field: str, value: object, message: str) -> None:
    given: dict[str, Any] = {field: value}
    assert refusal(InvalidInputError, partial(ClaimRules, **given)) == message
    with pytest.raises(InvalidInputError) as caught:
        Policy("cpt-midpoint").with_changes(**given)
    assert str(caught.value.field).startswith(field)


def test_medicare_alone_has_the_claim_rules_of_medicare() -> None:
    medicare = MEDICARE.on("2026-03-02").claims
    assert medicare.charge_maximum == Decimal("99999.99")
    assert (medicare.needs_referring_provider, medicare.claim_frequencies) == (True, ("1",))
    others = {
        name
        for name, payer in PAYERS.items()
        for _, policy in payer.policies.entries
        if policy.claims != ClaimRules()
    }
    assert others == {"medicare", "texas-medicaid"}


def test_a_secondary_payer_keeps_its_own_claim_rules() -> None:
    behind = MEDICARE.as_secondary_to(PAYERS["aetna"], "2026-03-02")
    assert behind.claims == MEDICARE.on("2026-03-02").claims
