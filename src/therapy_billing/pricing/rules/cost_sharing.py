"""
From the allowed amount to what Medicare pays and what the patient owes.

Deductible, then coinsurance, then the assistant reduction on Medicare's share, then sequestration. The
patient's part is never touched by the last two. Each step is rounded to the cent and the next begins
from there, so that the parts add up to the allowed amount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from therapy_billing.base.money import EXACT, Usd, cents

__all__ = ["CostShare", "share_cost"]

_ONE = Decimal(1)


class CostShare(NamedTuple):
    """
    The parts of an allowed amount, in dollars; they add up to it.

    Args:
        deductible: What the patient pays first.
        coinsurance: The patient's part of the rest.
        assistant_reduction: What the assistant's part in the service takes from Medicare's share.
        sequestration: What sequestration takes from Medicare's payment.
        medicare_pays: What is left for Medicare to pay.
    """

    deductible: Usd
    coinsurance: Usd
    assistant_reduction: Usd
    sequestration: Usd
    medicare_pays: Usd


def share_cost(
    allowed: Usd,
    *,
    deductible_left: Usd,
    coinsurance: Decimal,
    assistant_part: Decimal,
    sequestration: Decimal,
) -> CostShare:
    """
    Return the parts of *allowed* dollars.

    The rules ``part-b-deductible``, ``coinsurance``, ``assistant-payment`` and ``sequestration``.

    Args:
        allowed: Dollars that the schedule allows for the line.
        deductible_left: Dollars of the year's deductible that the patient has not yet met.
        coinsurance: The patient's part after the deductible, such as 0.20.
        assistant_part: The part of Medicare's share that is paid: 1, or 0.85 for an assistant's unit.
        sequestration: The part that sequestration takes, such as 0.02.

    Source:
        42 U.S.C. 1395l and 1395m(v). No source tells how the steps are rounded: each half up, to the
        cent.

    >>> terms = {"coinsurance": Decimal("0.20"), "sequestration": Decimal("0.02")}
    >>> part = share_cost(
    ...     Decimal("28.79"), deductible_left=Decimal(0), assistant_part=Decimal("0.85"), **terms
    ... )
    >>> part.coinsurance, part.assistant_reduction, part.sequestration, part.medicare_pays
    (Decimal('5.76'), Decimal('3.45'), Decimal('0.39'), Decimal('19.19'))
    """
    subtract, multiply = EXACT.subtract, EXACT.multiply
    deductible = min(allowed, deductible_left)
    covered = subtract(allowed, deductible)
    share = cents(multiply(covered, subtract(_ONE, coinsurance)))
    paid = share if assistant_part == 1 else cents(multiply(share, assistant_part))
    sequestered = cents(multiply(paid, sequestration))
    return CostShare(
        deductible,
        subtract(covered, share),
        subtract(share, paid),
        sequestered,
        subtract(paid, sequestered),
    )
