"""Deductible, coinsurance, assistant reduction, and sequestration: both sides of each boundary."""

from __future__ import annotations

import tomllib
from decimal import ROUND_UP, Context, Decimal, Inexact, Rounded, localcontext
from typing import Any

import pytest

from tests.paths import EXAMPLE_FILES
from therapy_billing.law import Verification
from therapy_billing.pricing.rules.cost_sharing import CostShare, share_cost

EXAMPLES_FILE = EXAMPLE_FILES / "money.toml"
VERIFIED_WORDS = {member.value for member in Verification}
EXAMPLES: list[dict[str, Any]] = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))["share"]
by_id = pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])


def share(
    allowed: str,
    deductible_left: str = "0.00",
    *,
    assistant_part: str = "1.00",
    sequestration: str = "0.02",
) -> CostShare:
    """Return the parts of *allowed*, with the 2026 numbers unless given."""
    return share_cost(
        Decimal(allowed),
        deductible_left=Decimal(deductible_left),
        coinsurance=Decimal("0.20"),
        assistant_part=Decimal(assistant_part),
        sequestration=Decimal(sequestration),
    )


@by_id
def test_an_example_matches_its_source(example: dict[str, Any]) -> None:
    parts = share(
        example["allowed"],
        example["deductible_left"],
        assistant_part="0.85" if example["assistant"] else "1.00",
    )
    after_assistant = parts.medicare_pays + parts.sequestration
    assert str(parts.coinsurance) == example["coinsurance"]
    assert str(after_assistant + parts.assistant_reduction) == example["share"]
    assert str(after_assistant) == example["after_assistant"]
    assert str(parts.medicare_pays) == example["medicare_pays"]
    provider = after_assistant + parts.coinsurance + parts.deductible
    assert str(provider) == example["provider"]
    assert sum(parts) == Decimal(example["allowed"])


@by_id
def test_an_example_names_its_source_and_how_far_it_was_verified(example: dict[str, Any]) -> None:
    assert example["source"]["title"].strip()
    assert example["verified"] in VERIFIED_WORDS


def test_the_patient_of_the_deductible_example_owes_59_79() -> None:
    parts = share("98.97", "50.00")
    assert parts == CostShare(
        deductible=Decimal("50.00"),
        coinsurance=Decimal("9.79"),
        assistant_reduction=Decimal("0.00"),
        sequestration=Decimal("0.78"),
        medicare_pays=Decimal("38.40"),
    )
    assert parts.deductible + parts.coinsurance == Decimal("59.79")


class TestTheDeductible:
    @pytest.mark.parametrize(
        ("left", "deductible", "coinsurance", "pays"),
        [
            ("0.00", "0.00", "20.00", "78.40"),
            ("0.01", "0.01", "20.00", "78.39"),
            ("99.99", "99.99", "0.00", "0.01"),
            ("100.00", "100.00", "0.00", "0.00"),
            ("100.01", "100.00", "0.00", "0.00"),
            ("283.00", "100.00", "0.00", "0.00"),
        ],
    )
    def test_the_patient_pays_until_it_is_met_and_never_more_than_is_allowed(
        self, left: str, deductible: str, coinsurance: str, pays: str
    ) -> None:
        parts = share("100.00", left)
        assert (str(parts.deductible), str(parts.coinsurance)) == (deductible, coinsurance)
        assert str(parts.medicare_pays) == pays
        assert sum(parts) == Decimal("100.00")

    def test_an_allowed_amount_of_zero_has_only_zero_parts(self) -> None:
        assert set(share("0.00", "283.00")) == {Decimal(0)}


class TestTheAssistant:
    @pytest.mark.parametrize("allowed", ["0.01", "28.79", "34.61", "100.00"])
    def test_the_patients_part_is_the_same_with_and_without(self, allowed: str) -> None:
        whole, reduced = share(allowed, "5.00"), share(allowed, "5.00", assistant_part="0.85")
        assert reduced[:2] == whole[:2]
        assert whole.assistant_reduction == 0
        assert reduced.medicare_pays <= whole.medicare_pays

    def test_the_reduction_is_rounded_by_itself(self) -> None:
        # 85 % of $0.30 is $0.255, rounded half up to $0.26.
        parts = share("0.38", assistant_part="0.85", sequestration="0.00")
        assert (str(parts.assistant_reduction), str(parts.medicare_pays)) == ("0.04", "0.26")


class TestSequestration:
    @pytest.mark.parametrize(
        ("rate", "taken", "pays"),
        [("0.00", "0.00", "80.00"), ("0.01", "0.80", "79.20"), ("0.02", "1.60", "78.40")],
    )
    def test_it_reduces_only_what_medicare_pays(self, rate: str, taken: str, pays: str) -> None:
        parts = share("100.00", sequestration=rate)
        assert (str(parts.sequestration), str(parts.medicare_pays)) == (taken, pays)
        assert str(parts.coinsurance) == "20.00"

    @pytest.mark.parametrize(
        ("allowed", "taken"),
        [("0.30", "0.00"), ("0.31", "0.01"), ("0.93", "0.01"), ("0.94", "0.02")],
    )
    def test_half_a_cent_of_it_is_rounded_up(self, allowed: str, taken: str) -> None:
        # Medicare's share of these amounts is 24, 25, 74, and 75 cents.
        assert str(share(allowed).sequestration) == taken

    def test_it_is_taken_after_the_assistant(self) -> None:
        parts = share("100.00", assistant_part="0.85")
        assert (str(parts.assistant_reduction), str(parts.sequestration)) == ("12.00", "1.36")


def test_a_program_that_rounds_decimals_changes_no_part() -> None:
    with localcontext(Context(prec=2, rounding=ROUND_UP, traps=[Inexact, Rounded])):
        parts = share("98.97", "50.00", assistant_part="0.85")
    assert [str(part) for part in parts] == ["50.00", "9.79", "5.88", "0.67", "32.63"]
