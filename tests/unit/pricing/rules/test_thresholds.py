"""The annual threshold: the lines above it, and the visit that goes above it."""

from __future__ import annotations

import tomllib
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from typing import Any

import pytest

from tests.paths import EXAMPLE_FILES
from therapy_billing.law import Verification
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.pricing.rules.thresholds import crossing_visit, lines_beyond

EXAMPLES_FILE = EXAMPLE_FILES / "money.toml"
VERIFIED_WORDS = {member.value for member in Verification}
EXAMPLES: list[dict[str, Any]] = tomllib.loads(EXAMPLES_FILE.read_text(encoding="utf-8"))[
    "threshold"
]
THRESHOLD = Decimal("2480.00")


def beyond(accrued: str, *amounts: str) -> tuple[bool, ...]:
    """Return which lines are above the 2026 threshold."""
    lines, after = lines_beyond(
        Decimal(accrued), [Decimal(amount) for amount in amounts], threshold=THRESHOLD
    )
    assert after == Decimal(accrued) + sum(map(Decimal, amounts))
    return lines


@pytest.mark.parametrize("example", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
def test_an_example_matches_its_source(example: dict[str, Any]) -> None:
    assert example["source"]["title"].strip()
    assert example["verified"] in VERIFIED_WORDS
    threshold = Decimal(example["threshold"])
    lines, after = lines_beyond(
        Decimal(example["accrued"]), [Decimal(example["line"])], threshold=threshold
    )
    assert lines == (example["beyond"],)
    assert after == Decimal(example["accrued"]) + Decimal(example["line"])
    assert threshold in {one.amount for _, one in BUNDLED.series("kx_threshold").entries}


class TestLinesBeyond:
    @pytest.mark.parametrize(
        ("accrued", "amounts", "expected"),
        [
            ("2450.00", ("29.99",), (False,)),
            ("2450.00", ("30.00",), (False,)),
            ("2450.00", ("30.01",), (True,)),
            ("2480.00", ("0.00",), (False,)),
            ("2480.00", ("0.01",), (True,)),
            ("2480.01", ("0.00",), (True,)),
            ("0.00", ("2480.00",), (False,)),
            ("0.00", ("2480.01",), (True,)),
            ("0.00", (), ()),
        ],
    )
    def test_a_sum_equal_to_the_threshold_is_not_above_it_but_a_cent_more_is(
        self, accrued: str, amounts: tuple[str, ...], expected: tuple[bool, ...]
    ) -> None:
        assert beyond(accrued, *amounts) == expected

    def test_the_line_that_crosses_it_and_those_after_are_above(self) -> None:
        assert beyond("2400.00", "40.00", "40.00", "0.01", "35.07") == (False, False, True, True)
        assert beyond("2400.00", "81.00", "0.00") == (True, True)

    def test_the_order_of_the_lines_decides_which_of_them_are_above(self) -> None:
        assert beyond("2450.00", "35.07", "25.05") == (True, True)
        assert beyond("2450.00", "25.05", "35.07") == (False, True)

    def test_a_program_that_rounds_decimals_changes_nothing(self) -> None:
        with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
            lines = lines_beyond(Decimal("2450.00"), [Decimal("30.01")], threshold=THRESHOLD)
        assert lines == ((True,), Decimal("2480.01"))


class TestCrossingVisit:
    @pytest.mark.parametrize(
        ("accrued", "per_visit", "visit"),
        [
            ("0.00", "100.00", 25),
            ("2280.00", "100.00", 3),
            ("2280.01", "100.00", 2),
            ("2379.99", "100.00", 2),
            ("2380.00", "100.00", 2),
            ("2380.01", "100.00", 1),
            ("2479.99", "0.01", 2),
            ("2480.00", "0.01", 1),
            ("2480.01", "0.01", 0),
            ("3000.00", "100.00", 0),
            ("0.00", "2480.00", 2),
            ("0.00", "2480.01", 1),
        ],
    )
    def test_it_is_the_first_visit_with_a_sum_above_the_threshold(
        self, accrued: str, per_visit: str, visit: int
    ) -> None:
        assert crossing_visit(Decimal(accrued), Decimal(per_visit), threshold=THRESHOLD) == visit

    def test_it_agrees_with_adding_visit_by_visit(self) -> None:
        for accrued in range(0, 300_000, 7_919):
            for per_visit in (1_000, 3_333, 7_248, 9_786, 12_400):
                count, total = 0, accrued
                while total <= 248_000:
                    total += per_visit
                    count += 1
                found = crossing_visit(
                    Decimal(accrued) / 100, Decimal(per_visit) / 100, threshold=THRESHOLD
                )
                assert found == count, (accrued, per_visit)

    def test_a_program_that_rounds_decimals_changes_nothing(self) -> None:
        with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
            assert crossing_visit(Decimal("2280.01"), Decimal("99.99"), threshold=THRESHOLD) == 3
