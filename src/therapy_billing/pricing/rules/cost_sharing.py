"""
Split the allowed amount into what Medicare pays, what the patient owes, and reductions.

The steps are the deductible, coinsurance, the assistant reduction of Medicare's share, and sequestration.
The last two never change what the patient owes. Each step is rounded to the cent, and the next step
starts from the rounded amount, so the parts add up to the allowed amount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from therapy_billing.base.money import (
    EXACT,
    Usd,
    WholeNumber,
    from_cents,
    rounded_part,
    whole_cents,
)

__all__ = ["CostShare", "Fraction", "share_cents", "share_cost"]

Fraction: TypeAlias = tuple[Any, Any]
"""The numerator and the denominator of a fraction: ints or arrays."""

_ONE = Decimal(1)


class CostShare(NamedTuple):
    """
    The parts of an allowed amount, in dollars. They add up to the allowed amount.

    Args:
        deductible: What the patient pays toward the deductible.
        coinsurance: What the patient pays of the amount left after the deductible.
        assistant_reduction: The reduction of Medicare's share for an assistant's service.
        sequestration: What sequestration removes from Medicare's payment.
        medicare_pays: What Medicare pays.
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
    Split *allowed* dollars into the parts of a :class:`CostShare`.

    Applies the rules ``part-b-deductible``, ``coinsurance``, ``assistant-payment``, and ``sequestration``.

    Args:
        allowed: Dollars allowed for the line.
        deductible_left: Dollars of the year's deductible that the patient has not met yet.
        coinsurance: The fraction that the patient pays after the deductible, such as 0.20.
        assistant_part: The fraction of Medicare's share that is paid: 1, or 0.85 for an assistant's unit.
        sequestration: The fraction of Medicare's payment that sequestration removes, such as 0.02.

    Source:
        42 U.S.C. 1395l and 1395m(v). No source says how to round the steps. Our own reading: round each
        step to the nearest cent (half a cent rounds up).

    >>> terms = {"coinsurance": Decimal("0.20"), "sequestration": Decimal("0.02")}
    >>> part = share_cost(
    ...     Decimal("28.79"), deductible_left=Decimal(0), assistant_part=Decimal("0.85"), **terms
    ... )
    >>> part.coinsurance, part.assistant_reduction, part.sequestration, part.medicare_pays
    (Decimal('5.76'), Decimal('3.45'), Decimal('0.39'), Decimal('19.19'))
    """
    deductible = min(allowed, deductible_left)
    parts = share_cents(
        whole_cents(EXACT.subtract(allowed, deductible)),
        kept=EXACT.subtract(_ONE, coinsurance).as_integer_ratio(),
        assistant_part=assistant_part.as_integer_ratio(),
        sequestration=sequestration.as_integer_ratio(),
    )
    return CostShare(deductible, *map(from_cents, parts))


def share_cents(
    rest: WholeNumber,
    *,
    kept: Fraction,
    assistant_part: Fraction,
    sequestration: Fraction,
) -> tuple[WholeNumber, WholeNumber, WholeNumber, WholeNumber]:
    """
    Split the *rest* of an allowed amount after the deductible, in cents. The numbers are ints or arrays.

    Args:
        rest: Cents.
        kept: The fraction that the patient does not pay.
        assistant_part: The fraction of Medicare's share that is paid.
        sequestration: The fraction of Medicare's payment that sequestration removes.

    Returns:
        The coinsurance, the assistant reduction, sequestration, and what Medicare pays, in cents.

    >>> share_cents(2879, kept=(4, 5), assistant_part=(17, 20), sequestration=(1, 50))
    (576, 345, 39, 1919)
    """
    share = rounded_part(rest, *kept)
    paid = rounded_part(share, *assistant_part)
    sequestered = rounded_part(paid, *sequestration)
    return rest - share, share - paid, sequestered, paid - sequestered
