"""Remarks shown below a bill: assumptions behind the day's amounts, and things to check, such as an attestation
that no line uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from therapy_billing.base.data_loader import data_assumptions
from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.claims.attestations import Attestations
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.claims.records import Claim
from therapy_billing.codes.code_book import CODE_FILES, parse_code
from therapy_billing.codes.modifiers import liability_modifiers, load_modifiers
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.sources import Verification
from therapy_billing.payers.policy import FeeBasis, Policy
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.amount_caps import unknown_limits
from therapy_billing.pricing.amounts import OWN_FACTOR, UNKNOWN_FEES, without_amounts
from therapy_billing.pricing.day_shares import DEDUCTIBLE_ORDER
from therapy_billing.pricing.records import PricedLine

__all__ = [
    "KX_UNUSED",
    "assumed_of_amounts",
    "assumed_of_furnishers",
    "assumed_of_shares",
    "remarks_on_attestations",
    "remarks_on_charges",
    "remarks_on_units",
]

_DEDUCTIBLE_ASSUMED = (
    "no year-to-date amounts were given, so the deductible is treated as met and KX is not checked"
)
_NO_REDUCTION = "the fee schedule has no MPPR amounts, so every unit is priced in full"
_NO_PLAN = "lines without exactly one of GP, GO, or GN do not count toward the annual threshold"
_NO_SHARES = "what the payer pays and what the patient owes are not known"
_COUNTING_METHOD = (
    "{} is a counting method, not a payer; the amounts come from the fee schedule that was given"
)
_NO_SHARE = "units that an assistant furnished are priced in full, because a counting method names no percentage"
_BY_LAW = "assistant_percent is not used, because the law sets Medicare's share for an assistant"
_PER_VISIT = "an assistant furnished part of the visit; the rate per visit is not reduced, so check the contract"
_GIVEN_RATES = "the amounts come from the rates that were given, not from Medicare's fee schedule"
_LONG_DAY = "more than 24 hours of treatment are documented; check the record before you bill"

_GIVE_FEES = (
    "no amounts: this payer's fees are not known, and Medicare's do not apply; give its rates "
    "(FeeSchedule.from_rates, or --fees) or its contract (FeeSchedule.from_contract)"
)
_GIVE_FACTOR = (
    "no amounts: this payer multiplies Medicare's relative values by its own conversion factor; give it in "
    "FeeSchedule.medicare(..., conversion_factor=...), or give the payer's rates"
)
_PAID_AT_COST = (
    "Medicare pays a critical access hospital at cost: these amounts (without MPPR) only count "
    "toward the annual threshold; payment and patient responsibility are not known"
)
_YEAR_UNKNOWN = "no year-to-date amounts were given, so KX is not checked"

_DENIAL_EXPECTED = "{} has {}, so a denial is expected; the amounts apply only if Medicare pays; if it does not, the {} owes the charge"
_RECALLED = " (general knowledge)"
_SECOND = "Medicare pays second: what it pays depends on what the first payer paid, so its payment is not known"
_SECOND_THRESHOLD = "Medicare pays second: the threshold is assumed to count Medicare's whole amount; no source says what counts"


_TERM_FILES = tuple(
    f"parameters/medicare/{name}.toml"
    for name in (
        "assistant_payment",
        "coinsurance",
        "kx_threshold",
        "medical_review_threshold",
        "part_b_deductible",
        "sequestration",
    )
)


def remarks_on_units(claims: Sequence[Claim], name: str, counted_by: str) -> Iterator[str]:
    """Yield remarks on units counted for a different payer or date, and on a day of more than 24 hours."""
    if counted_by:
        yield f"{counted_by} counted the units; {name} may count them differently"
    for claim in claims:
        then = None if claim.allocation is None else claim.allocation.date_of_service
        if then not in (None, claim.date_of_service):
            yield f"the units were counted for {then}, under the rules of that date"
    allocations = [claim.allocation for claim in claims if claim.allocation is not None]
    if sum(allocation.treatment_minutes for allocation in allocations) > MINUTES_OF_A_DAY:
        yield _LONG_DAY


KX_UNUSED = "KX is attested, but no line has it"
"""A remark for one day. In a log, KX may be attested for every day, including days that do not need it."""


def remarks_on_attestations(attested: Attestations, lines: Sequence[PricedLine]) -> Iterator[str]:
    """Yield a remark for each attestation that no line uses."""
    without = attested.kx - {None}
    if without:
        without -= {line.discipline for line in lines}
    for plan in sorted(plan.value for plan in without if plan is not None):
        yield f"KX is attested for {plan}, but no line is for {plan}"
    if attested.kx and not without and not any("KX" in line.modifiers for line in lines):
        yield KX_UNUSED
    for code, modifier in attested.distinct.items():
        carried = [line.modifiers for line in lines if line.code == code]
        if not carried:
            yield f"{modifier} is attested for {code}, but no line has {code}"
        elif not any(modifier in modifiers for modifiers in carried):
            yield f"{modifier} is attested for {code}, but its line has a different modifier for a distinct service"


def remarks_on_charges(charges: Charges, lines: Sequence[PricedLine]) -> Iterator[str]:
    """Yield a remark for each charge that no line uses."""
    billed = {line.code for line in lines}
    for key in charges:
        code = parse_code(key)
        if code not in billed:
            yield f"a charge was given for {code}, but no line has {code}"


def assumed_of_amounts(
    policy: Policy, name: str, fees: FeeSchedule | None, lines: Sequence[PricedLine], day: date
) -> Iterator[str]:
    """Yield what was assumed about the allowed amounts."""
    reason = without_amounts(fees, policy)
    if reason:
        by_reason = {UNKNOWN_FEES: _GIVE_FEES, OWN_FACTOR: _GIVE_FACTOR}
        yield by_reason.get(reason, f"no amounts: {reason}")
    if fees is None or all(line.allowed is None for line in lines):
        return
    yield from fees.assumptions_on(day)
    yield from policy.money.amount_assumptions
    yield from unknown_limits(policy)
    if policy.money.fee_basis is FeeBasis.ANY_SCHEDULE:
        yield _COUNTING_METHOD.format(name)
    elif not policy.money.fee_basis.is_payers_own and fees.basis is FeeBasis.CONTRACT:
        yield _GIVEN_RATES


def assumed_of_data(
    policy: Policy,
    fees: FeeSchedule | None,
    lines: Sequence[PricedLine],
    day: date,
    *,
    shared: bool,
) -> Iterator[str]:
    """
    Yield what data packs assume about the data behind a day, each sentence once.

    Args:
        policy: The payer's policy.
        fees: The fee schedule.
        lines: The lines of the day.
        day: The date of service.
        shared: Whether the numbers for cost sharing and the threshold were used.
    """
    assumed = [*policy.assumptions, *data_assumptions(day, *CODE_FILES)]
    if fees is not None and any(line.price is not None for line in lines):
        assumed += fees.data_assumptions_on(day)
    if shared:
        assumed += data_assumptions(day, *_TERM_FILES)
    yield from dict.fromkeys(assumed)


def assumed_of_furnishers(
    policy: Policy,
    claims: Sequence[Claim],
    lines: Sequence[PricedLine],
    contract: Contract | None,
) -> Iterator[str]:
    """Yield how the amounts depend on who furnished the services, and what a counting method assumes about it."""
    yield from (line.share_in_words for line in lines if line.share_in_words)
    pools = [pool for claim in claims if claim.allocation for pool in claim.allocation.disciplines]
    furnished = any(part.assistant != 0 for pool in pools for part in pool.assistants)
    if not furnished or all(line.allowed is None for line in lines):
        return
    if policy.money.cost_sharing and policy.money.assistant_percent is not None:
        yield _BY_LAW
    elif contract is not None and contract.per_visit is not None:
        yield _PER_VISIT
    elif policy.money.fee_basis is FeeBasis.ANY_SCHEDULE and policy.money.assistant_percent is None:
        yield _NO_SHARE


def assumed_of_shares(
    policy: Policy,
    lines: Sequence[PricedLine],
    accumulators: Accumulators | None,
    *,
    mppr: bool,
    at_cost: bool,
    pays_range: bool,
) -> Iterator[str]:
    """Yield what was assumed about MPPR, cost sharing, and the year-to-date amounts."""
    priced = [line for line in lines if line.allowed is not None]
    if at_cost and priced:
        yield _PAID_AT_COST
    elif priced and policy.money.cost_sharing and policy.money.pays_second:
        yield _SECOND
        if policy.modifiers.kx and accumulators is not None:
            yield _SECOND_THRESHOLD
    elif priced and not policy.money.cost_sharing:
        yield _NO_SHARES
    if policy.money.cost_sharing and accumulators is None and not policy.money.pays_second:
        yield _YEAR_UNKNOWN if at_cost else _DEDUCTIBLE_ASSUMED
    if pays_range:
        yield DEDUCTIBLE_ORDER
    if mppr and any(line.price is not None and not line.price.release for line in lines):
        yield _NO_REDUCTION
    if policy.modifiers.kx and any(line.discipline is None for line in lines):
        yield _NO_PLAN
    yield from _on_liability(priced)


def _on_liability(lines: Sequence[PricedLine]) -> Iterator[str]:
    """Yield who owes the charge of each line with GA, GX, GY, or GZ."""
    known = load_modifiers()
    for line in lines:
        for modifier in line.modifiers:
            if modifier not in liability_modifiers():
                continue
            recalled = {source.verified for source in known[modifier].sources} == {
                Verification.UNVERIFIED
            }
            note = _RECALLED if recalled else ""
            if not line.denied_for:
                yield _DENIAL_EXPECTED.format(line.code, modifier, known[modifier].owed_by) + note
            elif modifier == line.denied_for:
                yield line.denial_in_words + note
