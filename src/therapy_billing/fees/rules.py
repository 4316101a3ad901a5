"""Rules for the amount for one unit, from RVUs, locality indices, and the conversion factor."""

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
    Return the dollars for one unit. The result is rounded once, at the end.

    Applies the rules ``medicare-national-amount``, ``medicare-locality-amount``, and ``mppr-reduction``.

    Args:
        work: Work RVUs.
        practice_expense: Practice expense RVUs in the setting.
        malpractice: Malpractice RVUs.
        work_gpci: The locality's work index.
        practice_expense_gpci: The locality's practice expense index.
        malpractice_gpci: The locality's malpractice index.
        conversion_factor: Dollars per RVU.
        practice_expense_part: The fraction of the practice expense that is paid: 1, or less under MPPR.

    Source:
        CMS RVU25D documentation for the formula. For the rounding: 763 amounts in the CY 2025 revision file
        (not therapy codes), and all therapy amounts published for Ohio in 2020, full and reduced.

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
    Return the fraction *part* of *amount* dollars, rounded to the cent.

    Applies the rule ``nonparticipating-amount``.

    Source:
        CMS RVU25D documentation: nonparticipating providers are allowed 95 % of the fee schedule
        amount, and the limiting charge is 115 % of that result. Our own reading: each percentage applies to a
        rounded amount.

    >>> part_of_amount(Decimal("40.42"), Decimal("0.95"))
    Decimal('38.40')
    """
    return cents(EXACT.multiply(amount, part))


def percent_of(amount: Usd, percent: Decimal) -> Usd:
    """
    Return *percent* % of *amount*, rounded to the cent. Applies the rule ``percent-of-medicare``.

    Args:
        amount: Dollars.
        percent: The percentage, such as 110 for 110 %.

    Returns:
        Dollars, rounded to the nearest cent; half a cent rounds up.

    Source:
        The contract. Our own reading: the percentage applies to Medicare's rounded amount.

    >>> [str(percent_of(Decimal("0.50"), Decimal(p))) for p in ("100.9", "101", "102.9", "103")]
    ['0.50', '0.51', '0.51', '0.52']
    """
    return cents(EXACT.divide(EXACT.multiply(amount, percent), Decimal(100)))
