"""What a caller names as payer."""

from __future__ import annotations

import pytest

from tests.refusals import refusal
from therapy_billing import MEDICARE, InvalidInputError, Policy, UnitMethod
from therapy_billing.payers.payer_argument import require_payer


@pytest.mark.parametrize(
    "payer", [MEDICARE, UnitMethod.CPT_MIDPOINT, Policy(UnitMethod.CPT_MIDPOINT)]
)
def test_a_payer_a_policy_or_a_method_is_taken(payer: object) -> None:
    require_payer(payer, "first")


def test_a_name_is_refused_with_the_name_of_the_argument() -> None:
    message = refusal(InvalidInputError, lambda: require_payer("medicare", "first"))
    assert message.startswith("first is a Payer such as MEDICARE, a Policy or a UnitMethod")
