"""The rules behind the checks of a submission, as functions of plain values."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from therapy_billing.base.money import EXACT, ZERO, cents

__all__ = [
    "adjustment_segments",
    "has_part_of_a_cent",
    "is_po_box",
    "is_scattered",
    "looks_like_icd9",
    "repeats",
    "unexplained",
]

_PO_BOX = re.compile(
    r"\bP\W*O\W*B(?:OX)?(?![A-Z])|\bPOST\W+OFFICE\W+BOX|\bLOCK\W?BOX|^\W*BOX\W+[0-9]", re.IGNORECASE
)
_ICD_9 = re.compile(r"[0-9]{3,5}|[0-9]{3}\.[0-9]{1,2}")


def unexplained(charge: Decimal, paid: Iterable[Decimal], adjusted: Iterable[Decimal]) -> Decimal:
    """
    Return the dollars of a charge that another payer neither paid nor adjusted. Zero if the amounts balance.

    Args:
        charge: Dollars charged.
        paid: Dollars that the payer paid.
        adjusted: Dollars that it did not pay, each with a reason.

    Source:
        Stedi's claim edit for coordination of benefits; the line charge is the payments plus the adjustments.

    >>> unexplained(Decimal("120.00"), [Decimal("64.00")], [Decimal("40.00"), Decimal("16.00")])
    Decimal('0.00')
    >>> unexplained(Decimal("120.00"), [Decimal("64.00")], [Decimal("40.00")])
    Decimal('16.00')
    """
    left = charge
    for amount in (*paid, *adjusted):
        left = EXACT.subtract(left, amount)
    return left


def adjustment_segments(groups: Iterable[str], *, reasons_per_segment: int) -> int:
    """
    Return how many segments the adjustments of one payer take. Each segment is for one group.

    Args:
        groups: The group of each adjustment.
        reasons_per_segment: How many adjustments one segment can hold.

    >>> adjustment_segments(["CO"] * 6 + ["PR"], reasons_per_segment=6)
    2
    >>> adjustment_segments(["CO"] * 7, reasons_per_segment=6)
    2
    """
    given = list(groups)
    return sum(-(-given.count(group) // reasons_per_segment) for group in dict.fromkeys(given))


def is_scattered(groups: Sequence[str]) -> bool:
    """
    Return whether a group appears again after another group. A segment holds one group, so it would lose this order.

    >>> is_scattered(["CO", "CO", "PR"]), is_scattered(["CO", "PR", "CO"])
    (False, True)
    """
    return any(
        group != before and group in groups[:index]
        for index, (before, group) in enumerate(pairwise(groups), start=1)
    )


def repeats(values: Iterable[Hashable]) -> tuple[int, ...]:
    """
    Return the indexes of the values that appeared before. None never counts.

    >>> repeats(["GP", "KX", "GP", None, None])
    (2,)
    """
    seen: set[Hashable] = set()
    found = []
    for index, value in enumerate(values):
        if value is not None and value in seen:
            found.append(index)
        seen.add(value)
    return tuple(found)


def looks_like_icd9(code: str) -> bool:
    """
    Return whether *code* consists of digits, as most ICD-9-CM codes do. ICD-10-CM codes start with a letter.

    >>> looks_like_icd9("7242"), looks_like_icd9("724.2"), looks_like_icd9("M5450")
    (True, True, False)
    """
    return _ICD_9.fullmatch(code) is not None


def is_po_box(street: str) -> bool:
    """
    Return whether an address line names a PO box or a lockbox.

    >>> [is_po_box(street) for street in ("PO BOX 12", "P.O. Box 12", "LOCKBOX 4", "BOX 7")]
    [True, True, True, True]
    >>> [is_po_box(street) for street in ("100 MAIN STREET", "5 POBLANO ROAD", "1 BOXWOOD LANE")]
    [False, False, False]
    """
    return _PO_BOX.search(street) is not None


def has_part_of_a_cent(amount: Decimal) -> bool:
    """
    Return whether *amount* dollars have more than two decimals that matter.

    >>> has_part_of_a_cent(Decimal("60.500")), has_part_of_a_cent(Decimal("60.505"))
    (False, True)
    """
    return EXACT.compare(cents(amount), amount) != ZERO
