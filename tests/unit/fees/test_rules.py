"""The amount of a unit: one rounding, at the end."""

from __future__ import annotations

from decimal import ROUND_UP, Context, Decimal, Inexact, Rounded, localcontext

import pytest

from therapy_billing.fees.rules import part_of_amount, unit_amount

ONE = Decimal(1)


def amount(
    rvus: tuple[str, str, str],
    *,
    gpcis: tuple[str, str, str] = ("1", "1", "1"),
    factor: str = "1",
    part: str = "1",
) -> str:
    """Return the amount for work, practice expense, and malpractice RVUs, as a string."""
    work, expense, malpractice = map(Decimal, rvus)
    work_gpci, expense_gpci, malpractice_gpci = map(Decimal, gpcis)
    return str(
        unit_amount(
            work=work,
            practice_expense=expense,
            malpractice=malpractice,
            work_gpci=work_gpci,
            practice_expense_gpci=expense_gpci,
            malpractice_gpci=malpractice_gpci,
            conversion_factor=Decimal(factor),
            practice_expense_part=Decimal(part),
        )
    )


class TestUnitAmount:
    @pytest.mark.parametrize(
        ("rvus", "factor", "full", "reduced"),
        [
            # 97530, 97110, and 97161 in 2020, 2025, and 2026 (sections 7.5 and 16).
            (("0.44", "0.62", "0.01"), "32.3465", "34.61", "24.58"),
            (("0.44", "0.60", "0.01"), "33.4009", "35.07", "25.05"),
            (("0.45", "0.43", "0.01"), "32.3465", "28.79", "21.83"),
            (("1.54", "1.45", "0.04"), "32.3465", "98.01", "74.56"),
            (("0.44", "0.66", "0.02"), "36.0896", "40.42", "28.51"),
        ],
    )
    def test_national_amounts_are_those_of_the_table(
        self, rvus: tuple[str, str, str], factor: str, full: str, reduced: str
    ) -> None:
        assert amount(rvus, factor=factor) == full
        assert amount(rvus, factor=factor, part="0.50") == reduced

    def test_each_value_has_its_own_index(self) -> None:
        rvus = ("1", "10", "100")
        assert amount(rvus, gpcis=("2", "1", "1")) == "112.00"
        assert amount(rvus, gpcis=("1", "2", "1")) == "121.00"
        assert amount(rvus, gpcis=("1", "1", "2")) == "211.00"

    @pytest.mark.parametrize(("part", "expected"), [("1", "11.10"), ("0.5", "6.10"), ("0", "1.10")])
    def test_only_the_practice_expense_is_reduced(self, part: str, expected: str) -> None:
        assert amount(("1", "10", "0.1"), part=part) == expected

    @pytest.mark.parametrize(
        ("factor", "expected"),
        [("0.00499999", "0.00"), ("0.005", "0.01"), ("0.01499999", "0.01"), ("0.015", "0.02")],
    )
    def test_half_a_cent_is_rounded_up_and_less_is_not(self, factor: str, expected: str) -> None:
        assert amount(("1", "0", "0"), factor=factor) == expected

    def test_there_is_only_one_rounding_at_the_end(self) -> None:
        # Rounded separately, each of the three parts would be rounded down: 0.004 + 0.004 + 0.004.
        assert amount(("1", "1", "1"), factor="0.004") == "0.01"
        # The indices have three decimals. A sum rounded to three decimals would give another amount.
        assert amount(
            ("0.44", "0.66", "0.02"), gpcis=("1.000", "0.915", "1.049"), factor="36.0896"
        ) == ("38.43")

    def test_a_program_that_rounds_decimals_changes_no_amount(self) -> None:
        with localcontext(Context(prec=2, rounding=ROUND_UP, traps=[Inexact, Rounded])):
            assert amount(("0.44", "0.66", "0.02"), factor="36.0896", part="0.50") == "28.51"
            assert str(part_of_amount(Decimal("40.42"), Decimal("0.95"))) == "38.40"


class TestPartOfAmount:
    @pytest.mark.parametrize(
        ("full", "part", "expected"),
        [
            ("40.42", "0.95", "38.40"),
            ("38.40", "1.15", "44.16"),
            ("0.09", "0.95", "0.09"),
            ("0.10", "0.95", "0.10"),
            ("0.11", "0.95", "0.10"),
            ("0.30", "0.95", "0.29"),
            ("40.42", "1", "40.42"),
            ("40.42", "0", "0.00"),
        ],
    )
    def test_a_part_is_rounded_once_half_up(self, full: str, part: str, expected: str) -> None:
        assert str(part_of_amount(Decimal(full), Decimal(part))) == expected

    def test_the_limiting_charge_is_109_and_a_quarter_percent_of_the_schedule(self) -> None:
        schedule = Decimal("1000.00")
        allowed = part_of_amount(schedule, Decimal("0.95"))
        assert part_of_amount(allowed, Decimal("1.15")) == Decimal("1092.50")
