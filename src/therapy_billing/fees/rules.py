"""The amount of one unit, from relative value units, locality indices and conversion factor."""

from __future__ import annotations

from decimal import Decimal

from therapy_billing.base.money import EXACT, Usd, cents

__all__ = ["part_of_amount", "percent_of", "unit_amount"]


def unit_amount(
    *,
    work: Decimal,
    practice_expense: Decimal,
    malpractice: Decimal,
    work_gpci: Decimal,
    practice_expense_gpci: Decimal,
    malpractice_gpci: Decimal,
    conversion_factor: Decimal,
    practice_expense_part: Decimal,
) -> Usd:
    """
    Return the dollars of one unit, rounded once, at the end.

    The rules ``medicare-national-amount``, ``medicare-locality-amount`` and ``mppr-reduction``.

    Args:
        work: RVU of work.
        practice_expense: RVU of practice expense, of the setting.
        malpractice: RVU of malpractice.
        work_gpci: Locality index of work.
        practice_expense_gpci: Locality index of practice expense.
        malpractice_gpci: Locality index of malpractice.
        conversion_factor: Dollars per RVU.
        practice_expense_part: Part of the practice expense that is paid: 1, or less under MPPR.

    Source:
        CMS RVU25D documentation for the formula; 763 published amounts of the CY 2025 revision file
        and every one of Ohio 2020, full and reduced, for the rounding.

    >>> one = Decimal(1)
    >>> rvu = {"work": Decimal("0.44"), "practice_expense": Decimal("0.66"), "malpractice": Decimal("0.02")}
    >>> gpci = {"work_gpci": one, "practice_expense_gpci": one, "malpractice_gpci": one}
    >>> factor = Decimal("36.0896")
    >>> unit_amount(**rvu, **gpci, conversion_factor=factor, practice_expense_part=one)
    Decimal('40.42')
    >>> unit_amount(**rvu, **gpci, conversion_factor=factor, practice_expense_part=Decimal("0.50"))
    Decimal('28.51')
    """
    multiply = EXACT.multiply
    expense = multiply(multiply(practice_expense, practice_expense_gpci), practice_expense_part)
    total = EXACT.add(multiply(work, work_gpci), expense)
    total = EXACT.add(total, multiply(malpractice, malpractice_gpci))
    return cents(multiply(total, conversion_factor))


def part_of_amount(amount: Usd, part: Decimal) -> Usd:
    """
    Return *part* of *amount* dollars, rounded once.

    The rule ``nonparticipating-amount``.

    Source:
        CMS RVU25D documentation: 95 % of the schedule for those who do not participate, and 115 % of
        that as the limiting charge. That both begin from the rounded amount is a reading.

    >>> part_of_amount(Decimal("40.42"), Decimal("0.95"))
    Decimal('38.40')
    """
    return cents(EXACT.multiply(amount, part))


def percent_of(amount: Usd, percent: Decimal) -> Usd:
    """
    Return *percent* per cent of *amount*, rounded once. Rule ``percent-of-medicare``.

    Args:
        amount: Dollars.
        percent: The percentage, such as 110 for 110 %.

    Returns:
        Dollars, half up to the cent.

    Source:
        The contract, as given. That it begins from Medicare's rounded amount is a reading.

    >>> [str(percent_of(Decimal("0.50"), Decimal(p))) for p in ("100.9", "101", "102.9", "103")]
    ['0.50', '0.51', '0.51', '0.52']
    """
    return cents(EXACT.divide(EXACT.multiply(amount, percent), Decimal(100)))
