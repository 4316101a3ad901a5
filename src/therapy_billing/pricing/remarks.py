"""What the amounts of a day assume, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.claims.attestations import Attestations
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.claims.records import Claim
from therapy_billing.codes.code_book import parse_code
from therapy_billing.codes.modifiers import liability_modifiers
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.payers.policy import FeeBasis, Policy
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.amounts import UNKNOWN_FEES, without_amounts
from therapy_billing.pricing.day_shares import DEDUCTIBLE_ORDER
from therapy_billing.pricing.records import PricedLine

__all__ = [
    "KX_UNUSED",
    "assumed_of_amounts",
    "assumed_of_shares",
    "remarks_on_attestations",
    "remarks_on_charges",
    "remarks_on_units",
]

_DEDUCTIBLE_ASSUMED = (
    "no accumulators were given: the deductible is taken as met, and KX is not known"
)
_NO_REDUCTION = "the fee schedule has no MPPR amounts: each unit is taken in full"
_NO_PLAN = "lines that do not name one plan of care (GP, GO, or GN) count toward no threshold"
_NO_SHARES = "what the payer pays and what the patient owes is not known"
_COUNTING_METHOD = (
    "{} is a counting method, not a payer: the amounts are those of the schedule given"
)
_GIVEN_RATES = "the amounts are the rates given, not those of Medicare's fee schedule"
_LONG_DAY = "more minutes are documented than a day has: check the record before you bill"

_GIVE_FEES = (
    "no amounts: this payer's fees are not known, and Medicare's fee schedule is not its own; give its "
    "rates (FeeSchedule.from_rates, or --fees) or its contract (FeeSchedule.from_contract)"
)
_PAID_AT_COST = (
    "Medicare pays a critical access hospital at cost: the amounts, without MPPR, only count toward "
    "the annual threshold; what Medicare pays and the patient owes is not known"
)
_YEAR_UNKNOWN = "no accumulators were given: KX is not known"

_DENIAL_EXPECTED = "{} has {}, so a denial is expected; the amounts apply if Medicare pays the line"


def remarks_on_units(claims: Sequence[Claim], name: str, counted_by: str) -> Iterator[str]:
    """Yield what was assumed about who counted the units, and for which day."""
    if counted_by:
        yield f"{counted_by} counted the units; {name} may count them differently"
    for claim in claims:
        then = None if claim.allocation is None else claim.allocation.date_of_service
        if then not in (None, claim.date_of_service):
            yield f"the units were counted for {then}, by the rules of that day"
    allocations = [claim.allocation for claim in claims if claim.allocation is not None]
    if sum(allocation.treatment_minutes for allocation in allocations) > MINUTES_OF_A_DAY:
        yield _LONG_DAY


KX_UNUSED = "KX is attested, and no line carries it"
"""Said of a day; a log may attest KX for days that do not need it."""


def remarks_on_attestations(attested: Attestations, lines: Sequence[PricedLine]) -> Iterator[str]:
    """Yield the attestations that no line used."""
    without = attested.kx - {None}
    if without:
        without -= {line.discipline for line in lines}
    for plan in sorted(plan.value for plan in without if plan is not None):
        yield f"KX is attested for {plan}, which has no line"
    if attested.kx and not without and not any("KX" in line.modifiers for line in lines):
        yield KX_UNUSED
    for code, modifier in attested.distinct.items():
        carried = [line.modifiers for line in lines if line.code == code]
        if not carried:
            yield f"{modifier} is attested for {code}, which is on no line"
        elif not any(modifier in modifiers for modifiers in carried):
            yield f"{modifier} is attested for {code}, which has another modifier for a distinct service"


def remarks_on_charges(charges: Charges, lines: Sequence[PricedLine]) -> Iterator[str]:
    """Yield the codes with a charge that no line used."""
    billed = {line.code for line in lines}
    for key in charges:
        code = parse_code(key)
        if code not in billed:
            yield f"a charge is given for {code}, which is on no line"


def assumed_of_amounts(
    policy: Policy, name: str, fees: FeeSchedule | None, lines: Sequence[PricedLine], day: date
) -> Iterator[str]:
    """Yield what was assumed about the amounts that are allowed."""
    reason = without_amounts(fees, policy)
    if reason:
        yield _GIVE_FEES if reason == UNKNOWN_FEES else f"no amounts: {reason}"
    if fees is None or all(line.allowed is None for line in lines):
        return
    yield from fees.assumptions_on(day)
    if policy.money.fee_basis is FeeBasis.ANY_SCHEDULE:
        yield _COUNTING_METHOD.format(name)
    elif not policy.money.fee_basis.is_payers_own and fees.basis is FeeBasis.CONTRACT:
        yield _GIVEN_RATES


def assumed_of_shares(
    policy: Policy,
    lines: Sequence[PricedLine],
    accumulators: Accumulators | None,
    *,
    mppr: bool,
    at_cost: bool,
    pays_range: bool,
) -> Iterator[str]:
    """Yield what was assumed about reduction, shares, and the year."""
    priced = [line for line in lines if line.allowed is not None]
    if at_cost and priced:
        yield _PAID_AT_COST
    elif priced and not policy.money.cost_sharing:
        yield _NO_SHARES
    if policy.money.cost_sharing and accumulators is None:
        yield _YEAR_UNKNOWN if at_cost else _DEDUCTIBLE_ASSUMED
    if pays_range:
        yield DEDUCTIBLE_ORDER
    if mppr and any(line.price is not None and not line.price.release for line in lines):
        yield _NO_REDUCTION
    if policy.modifiers.kx and any(line.discipline is None for line in lines):
        yield _NO_PLAN
    liability = liability_modifiers()
    for line in priced:
        for modifier in line.modifiers:
            if modifier in liability:
                yield _DENIAL_EXPECTED.format(line.code, modifier)
