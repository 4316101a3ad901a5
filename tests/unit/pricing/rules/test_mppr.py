"""The therapy MPPR: which unit of the day is paid in full."""

from __future__ import annotations

import itertools
import tomllib
from decimal import Decimal
from typing import Any

import pytest

from tests.paths import EXAMPLE_FILES
from therapy_billing.fees.rules import unit_amount
from therapy_billing.law import Verification
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.pricing.rules.mppr import RankedLine, full_rate_line

EXAMPLES_FILE = EXAMPLE_FILES / "money.toml"
VERIFIED_WORDS = {member.value for member in Verification}
EXAMPLES: list[dict[str, Any]] = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))["mppr"]


def line(expense: str, amount: str, *order: str) -> RankedLine:
    """Return a line with its practice expense and its full amount."""
    return RankedLine(Decimal(expense), Decimal(amount), order)


class TestTheWorkedExample:
    """Two units of 7 + 10 + 1, one unit of 11 + 8 + 1: the first unit of procedure 1 is paid in full."""

    UNITS = (("7", "10", "1"), ("7", "10", "1"), ("11", "8", "1"))

    def amount(self, unit: tuple[str, str, str], part: Decimal) -> Decimal:
        """Return the amount of a unit with indices and a conversion factor of 1."""
        one = Decimal(1)
        work, expense, malpractice = map(Decimal, unit)
        return unit_amount(
            work=work,
            practice_expense=expense,
            malpractice=malpractice,
            work_gpci=one,
            practice_expense_gpci=one,
            malpractice_gpci=one,
            conversion_factor=one,
            practice_expense_part=part,
        )

    @pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
    def test_the_day_makes_the_total_of_the_example(self, example: dict[str, Any]) -> None:
        full = [self.amount(unit, Decimal(1)) for unit in self.UNITS]
        assert sum(full) == Decimal("56.00")
        ranked = [
            RankedLine(Decimal(unit[1]), amount, ())
            for unit, amount in zip(self.UNITS, full, strict=True)
        ]
        full_rate = full_rate_line(ranked)
        assert full_rate == 0
        part = 1 - Decimal(example["reduction"])
        day = [
            amount if place == full_rate else self.amount(self.UNITS[place], part)
            for place, amount in enumerate(full)
        ]
        assert str(sum(day)) == example["total"]

    @pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
    def test_an_example_names_its_source_and_how_far_it_was_verified(
        self, example: dict[str, Any]
    ) -> None:
        assert example["source"]["title"].strip()
        assert example["verified"] in VERIFIED_WORDS

    def test_the_reductions_are_those_that_were_in_force(self) -> None:
        held = {
            str(one.amount)
            for name in ("mppr_office", "mppr_institution")
            for _, one in BUNDLED.series(name).entries
        }
        assert held == {example["reduction"] for example in EXAMPLES}


class TestRanking:
    def test_the_highest_practice_expense_comes_first_whatever_the_amount(self) -> None:
        assert full_rate_line([line("0.60", "90.00", "A"), line("0.61", "10.00", "B")]) == 1
        assert full_rate_line([line("0.61", "10.00", "B"), line("0.60", "90.00", "A")]) == 0

    def test_of_equal_practice_expenses_the_highest_amount_comes_first(self) -> None:
        assert full_rate_line([line("0.60", "35.07", "A"), line("0.60", "35.08", "B")]) == 1
        assert full_rate_line([line("0.60", "35.08", "B"), line("0.60", "35.07", "A")]) == 0
        assert full_rate_line([line("0.60", "35.07", "A"), line("0.600", "35.08", "B")]) == 1

    def test_of_equal_lines_the_first_by_order_comes_first(self) -> None:
        assert full_rate_line([line("0.60", "35.07", "B"), line("0.60", "35.07", "A")]) == 1
        assert full_rate_line([line("0.60", "35.07", "A"), line("0.60", "35.07", "B")]) == 0
        assert (
            full_rate_line([line("0.60", "35.07", "A", "2"), line("0.60", "35.07", "A", "1")]) == 1
        )

    def test_of_lines_equal_in_everything_the_one_given_first_comes_first(self) -> None:
        assert full_rate_line([line("0.60", "35.07", "A")] * 3) == 0

    def test_one_line_is_paid_in_full(self) -> None:
        assert full_rate_line([line("0.00", "0.01")]) == 0

    def test_the_order_of_the_lines_does_not_matter(self) -> None:
        lines = [
            line("0.41", "29.06", "97110"),
            line("0.60", "35.07", "97530"),
            line("0.60", "35.07", "97531"),
            line("0.60", "34.00", "00000"),
            line("0.39", "99.00", "97140"),
        ]
        for order in itertools.permutations(lines):
            assert order[full_rate_line(order)] == line("0.60", "35.07", "97530")
