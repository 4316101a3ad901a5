"""What a payer accepts on a claim: lines, amounts, frequencies, and the parties it needs."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.base.validation import as_tuple, checked, parse_whole

__all__ = ["ClaimRules"]

_FREQUENCIES = ("1", "7", "8")


def _lines(value: int | None) -> int | None:
    return None if value is None else parse_whole(value, "lines_per_claim", 1)


def _primaries(value: int | None) -> int | None:
    return None if value is None else parse_whole(value, "earlier_payers_maximum")


def _charge(value: Usd | str | int | None) -> Usd | None:
    if value is None:
        return None
    charge = parse_usd(value, zero=True, what="charge_maximum")
    if not charge:
        msg = "charge_maximum must be above zero, such as 99999.99: leave it out if it is not known"
        raise InvalidInputError(msg, field="charge_maximum")
    return charge


def _frequencies(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    found = as_tuple(value, str, "claim_frequencies")
    if not found or len(set(found)) < len(found) or not set(found) <= set(_FREQUENCIES):
        msg = "claim_frequencies must have some of '1', '7', and '8', each once"
        raise InvalidInputError(msg, field="claim_frequencies")
    return found


@attrs.frozen(field_transformer=checked, kw_only=True)
class ClaimRules:
    """
    What a payer accepts on a professional claim. None means that it is not known.

    :func:`~therapy_billing.check_submission` uses these rules. They change no units and no amounts.

    Args:
        lines_per_claim: The most service lines of a claim. The format itself has room for 50.
        charge_maximum: The highest amount in dollars that the payer accepts in a claim.
        needs_referring_provider: Whether a therapy claim must name the referring provider. For Medicare, this is who
            certified the plan of care.
        needs_taxonomy: Whether a claim must have the taxonomy code of the billing provider.
        needs_whole_units: Whether units must be whole numbers.
        claim_frequencies: The frequency codes that the payer accepts: ``"1"`` original, ``"7"`` replacement, ``"8"`` void.
        earlier_payers_maximum: How many payers may be primary to this one on an electronic claim.
        returns_line_numbers: Whether the payer's answers repeat the line numbers of the claim.

    Raises:
        InvalidInputError: If a number is out of range, or a frequency is not one of the three.

    >>> ClaimRules(lines_per_claim=28, claim_frequencies=["1", "7"]).claim_frequencies
    ('1', '7')
    >>> ClaimRules().lines_per_claim is None
    True
    """

    lines_per_claim: int | None = attrs.field(default=None, converter=_lines)
    charge_maximum: Usd | None = attrs.field(default=None, converter=_charge)
    needs_referring_provider: bool | None = None
    needs_taxonomy: bool | None = None
    needs_whole_units: bool | None = None
    claim_frequencies: tuple[str, ...] | None = attrs.field(default=None, converter=_frequencies)
    earlier_payers_maximum: int | None = attrs.field(default=None, converter=_primaries)
    returns_line_numbers: bool | None = None
