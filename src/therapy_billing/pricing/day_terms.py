"""The terms that a day's amounts rest on: the fees that apply, and whether MPPR, the charge, and cost sharing count."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import attrs

from therapy_billing.codes.roles import Setting
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.policy import FeeBasis, Policy
from therapy_billing.pricing.records import MedicareTerms

__all__ = ["DayTerms", "day_terms"]


@attrs.frozen
class DayTerms:
    """
    The terms that the amounts of a day rest on.

    Args:
        fees: The fee schedule, or the payer's percentage of it; None if there is none.
        contract: The contract of the fee schedule; None if there is none.
        at_cost: Whether Medicare pays the setting at cost.
        mppr: Whether MPPR applies.
        lesser_of_charge: Whether a line is allowed no more than its charge.
        medicare: The numbers set by law; None for a payer with neither Medicare cost sharing nor KX.
        shares_cost: Whether the shares of Medicare and the patient are known.
    """

    fees: FeeSchedule | None
    contract: Contract | None
    at_cost: bool
    mppr: bool
    lesser_of_charge: bool
    medicare: MedicareTerms | None
    shares_cost: bool


def day_terms(policy: Policy, fees: FeeSchedule | None, day: date, setting: Setting) -> DayTerms:
    """
    Return the terms of a day.

    Raises:
        NotPublishedError: If the fee schedule is not for the day, or a number set by law is not known.
    """
    parameters, contract = BUNDLED, None
    if fees is not None:
        fees.require(day)
        parameters, contract = fees.parameters, fees.contract
    money = policy.money
    at_cost = setting is Setting.CRITICAL_ACCESS_HOSPITAL and (
        money.fee_basis is FeeBasis.MEDICARE_FEE_SCHEDULE
        or (fees is not None and fees.basis is FeeBasis.MEDICARE_FEE_SCHEDULE)
    )
    return DayTerms(
        fees=_fees_of(fees, policy),
        contract=contract,
        at_cost=at_cost,
        mppr=not at_cost and (money.mppr if contract is None else contract.mppr),
        lesser_of_charge=money.cost_sharing if contract is None else contract.lesser_of_charge,
        medicare=_medicare_terms(parameters, day, money.cost_sharing, policy.modifiers.kx),
        shares_cost=money.cost_sharing and not (at_cost or money.pays_second),
    )


def _fees_of(fees: FeeSchedule | None, policy: Policy) -> FeeSchedule | None:
    """Return the payer's percentage of Medicare's amounts if it has one, else *fees*."""
    money = policy.money
    if (
        fees is None
        or money.percent_of_medicare is None
        or money.fee_basis is not FeeBasis.PERCENT_OF_MEDICARE
        or fees.basis is not FeeBasis.MEDICARE_FEE_SCHEDULE
    ):
        return fees
    return fees.at_percent(money.percent_of_medicare)


@lru_cache(maxsize=4096)
def _medicare_terms(
    parameters: Parameters,
    day: date,
    cost_sharing: bool,  # noqa: FBT001 - positional for the cache
    kx: bool,  # noqa: FBT001 - positional for the cache
) -> MedicareTerms | None:
    """Return the numbers set by law for *day*; None for a payer with neither Medicare cost sharing nor KX."""
    if not cost_sharing and not kx:
        return None
    payment = parameters.series("assistant_payment")
    first = payment.entries[0][0]
    return MedicareTerms(
        # The series starts in 2020 with CQ and CO. Its first entry is 1.00, no reduction, so it is right for earlier days too.
        payment.on(max(day, first) if first else day),
        parameters.on("coinsurance", day),
        parameters.on("sequestration", day),
        parameters.on("part_b_deductible", day),
        parameters.on("kx_threshold", day) if kx else None,
        parameters.on("medical_review_threshold", day),
    )
