"""The allowed amount of each unit and line of a day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.money import EXACT, ZERO, Usd, cents, total
from therapy_billing.base.wording import counted
from therapy_billing.claims.assistant_units import (
    takes_assistant_modifiers,
    unpaid_evaluations,
)
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.code_book import load_codes, not_for_therapists
from therapy_billing.codes.modifiers import assistant_modifiers, liability_modifiers, load_modifiers
from therapy_billing.codes.roles import Clinician, Discipline, ServiceClass, Setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.fees.prices import SEVERAL_PROCEDURES, Price
from therapy_billing.payers.furnishers import QUALIFIED, ShareOf, furnisher_in_words
from therapy_billing.payers.policy import FeeBasis, Policy, code_terms_of
from therapy_billing.pricing.amount_caps import AmountLimit, needs_relative_values
from therapy_billing.pricing.day_terms import DayTerms
from therapy_billing.pricing.records import CapCost, PricedDay, PricedLine
from therapy_billing.pricing.rules.contracts import cap_day, lesser_of_charge, share_out
from therapy_billing.pricing.rules.mppr import RankedLine, full_rate_line

__all__ = [
    "FULL_SHARE",
    "OWN_FACTOR",
    "UNKNOWN_FEES",
    "LineShare",
    "allowed_amounts",
    "denied_lines",
    "expected_denials",
    "line_shares",
    "not_paid_by_role",
    "prices_of_lines",
    "rank",
    "share_of_line",
    "unit_amounts",
    "without_amounts",
]

_NO_FEES = "no fee schedule was given"
UNKNOWN_FEES = "this payer's fees are not known"
OWN_FACTOR = "this payer has its own conversion factor"
_OTHER_FACTOR = "the fees have another payer's conversion factor"
_NO_RELATIVE_VALUES = (
    "the payer's cap is in relative value units: give them in FeeSchedule.from_relative_values"
)


def prices_of_lines(
    lines: Sequence[ClaimLine], fees: FeeSchedule | None, policy: Policy
) -> tuple[list[Price | None], list[str]]:
    """Return the price of each line, or why it has none."""
    reason = without_amounts(fees, policy)
    if fees is None or reason:
        return [None] * len(lines), [reason] * len(lines)
    if needs_relative_values(policy, fees):
        return [None] * len(lines), [_NO_RELATIVE_VALUES] * len(lines)
    prices: list[Price | None] = []
    reasons: list[str] = []
    own_units = policy.counting.codes_by_minutes
    medicare = policy.money.fee_basis is FeeBasis.MEDICARE_FEE_SCHEDULE
    for line in lines:
        facts = load_codes().get(line.code) if medicare else None
        if facts is not None and not facts.for_therapists:
            prices.append(None)
            reasons.append(not_for_therapists(facts))
            continue
        try:
            price, why = fees.price(line.code), ""
        except NotPublishedError as error:
            prices.append(None)
            reasons.append(str(error))
            continue
        if line.code in own_units and price.release:
            why = _other_unit(line.code, policy)
        prices.append(None if why else price)
        reasons.append(why)
    procedures = [index for index, price in enumerate(prices) if price and price.is_procedure]
    if sum(lines[index].units for index in procedures) > 1:
        for index in procedures:
            prices[index], reasons[index] = None, SEVERAL_PROCEDURES
    return prices, reasons


def _other_unit(code: str, policy: Policy) -> str:
    """Return why Medicare's amount is not for the payer's unit of *code*; empty if the units are the same."""
    facts, terms = load_codes()[code], code_terms_of(policy.counting, code)
    if terms is None or terms.unit_minutes == facts.unit_minutes:
        return ""
    return (
        f"the payer counts {code} in units of {terms.unit_minutes} minutes, and Medicare's amount is for another unit: "
        "give the payer's rates"
    )


def denied_lines(
    lines: Sequence[ClaimLine], policy: Policy
) -> tuple[dict[int, str], dict[int, str]]:
    """
    Return the modifier for which Medicare denies a line, and why another payer's line has no amount, by index.

    Rule ``liability-modifiers``.
    """
    denied: dict[int, str] = {}
    unknown: dict[int, str] = {}
    known = load_modifiers()
    for index, line in enumerate(lines):
        for modifier in line.modifiers:
            if modifier not in known or known[modifier].paid:
                continue
            if policy.money.cost_sharing:
                denied.setdefault(index, modifier)
            else:
                unknown[index] = (
                    f"{line.code} has {modifier}, so a denial is expected, and what this payer then pays is not known"
                )
    return denied, unknown


def expected_denials(day: PricedDay) -> tuple[PricedLine, ...]:
    """Return the lines with GA or GX that have an amount. The biller expects Medicare to deny them, but it may pay."""
    if day.terms is None:
        return ()
    return tuple(
        line
        for line in day.lines
        if not line.denied_for
        and line.allowed is not None
        and not liability_modifiers().isdisjoint(line.modifiers)
    )


def not_paid_by_role(claims: Sequence[Claim], policy: Policy) -> dict[int, str]:
    """Return why the payer does not pay evaluations that an assistant furnished, by the index of the line."""
    reasons: dict[int, str] = {}
    first = 0
    payer = "Medicare" if policy.counting.medicare_codes else "the payer"
    for claim in claims:
        made, day = claim.allocation, claim.date_of_service
        # Without an allocation, the record does not show who furnished a service.
        found = {} if made is None else unpaid_evaluations(claim.lines, policy, day, made)
        for index, line in enumerate(claim.lines, first):
            units, rule = found.get((line.discipline, line.code), (None, None))
            if units is None:
                continue
            if rule is not None and rule.refuses:
                reasons[index] = f"{payer} does not pay {line.code} furnished by an assistant"
            elif policy.money.fee_basis is FeeBasis.ANY_SCHEDULE:
                continue
            else:
                reasons[index] = (
                    f"no source says that {payer} pays {line.code} furnished by an assistant"
                )
            if units:
                reasons[index] += f"; the therapist's own minutes make {counted(units, 'unit')}"
        first += len(claim.lines)
    return reasons


class LineShare(NamedTuple):
    """
    The share of its amount that a payer allows for a line, because of who furnished it.

    Args:
        share: The fraction, such as 0.85; 1 if nothing is taken off; None if it is not known.
        reason: Why it is not known; otherwise empty.
    """

    share: Decimal | None
    reason: str


FULL_SHARE = LineShare(Decimal(1), "")


def line_shares(claims: Sequence[Claim], policy: Policy) -> list[LineShare]:
    """
    Return the share of each line's amount that the payer allows, because of who furnished it.

    Rule ``furnisher-share``. Medicare's share applies to its payment and not to the allowed amount, so with Medicare's
    cost sharing every line has its full amount here. A counting method without a payer has no shares.
    """
    if policy.money.fee_basis is FeeBasis.ANY_SCHEDULE and policy.money.assistant_percent is None:
        return [FULL_SHARE for claim in claims for _ in claim.lines]
    shares = []
    for claim in claims:
        parts = _roles_of(claim)
        for line in claim.lines:
            roles = parts.get((line.discipline, line.code), ())
            shares.append(share_of_line(line, roles, policy, claim.date_of_service, claim.setting))
    return shares


def share_of_line(
    line: ClaimLine,
    roles: Iterable[Clinician],
    policy: Policy,
    day: date,
    setting: Setting | None,
) -> LineShare:
    """Return the share of a line's amount that the payer allows if *roles* furnished it; no roles mean a therapist."""
    if policy.money.cost_sharing:
        return _under_cost_sharing(line, roles)
    # The payer sees only the modifier. SLP has none, so a line without one does not show who furnished it.
    takes = takes_assistant_modifiers(policy, setting)
    if takes and (line.assistant or line.discipline in assistant_modifiers()):
        roles = _of_marked_line(roles, assistant=line.assistant)
    return _share(line, roles, policy, day, setting)


def _under_cost_sharing(line: ClaimLine, roles: Iterable[Clinician]) -> LineShare:
    """Return the full share, unless a role other than an assistant furnished a part: its share of the payment is not modeled."""
    others = [role for role in roles if role not in QUALIFIED and role is not Clinician.ASSISTANT]
    if not others:
        return FULL_SHARE
    who = furnisher_in_words(others[0], line.discipline)
    return LineShare(
        None,
        f"how Medicare's cost sharing applies to {line.code} furnished by {who} is not modeled",
    )


def _of_marked_line(roles: Iterable[Clinician], *, assistant: bool) -> tuple[Clinician, ...]:
    """Return who furnished the units of a line, if a modifier separates the assistant's units."""
    if not assistant:
        return tuple(role for role in roles if role is not Clinician.ASSISTANT)
    others = [role for role in roles if role not in QUALIFIED]
    return tuple(dict.fromkeys((Clinician.ASSISTANT, *others)))


_Roles: TypeAlias = tuple[Clinician, ...]


def _roles_of(claim: Claim) -> dict[tuple[Discipline | None, str], _Roles]:
    """Return who furnished each line, by discipline and code. A day of therapists and physicians only has none."""
    found: dict[tuple[Discipline | None, str], _Roles] = {}
    for pool in () if claim.allocation is None else claim.allocation.disciplines:
        roles: dict[str, dict[Clinician, None]] = {}
        for code, role in pool.other_furnishers:
            roles.setdefault(code, {})[role] = None
        for split in pool.minute_splits:
            if split.add_on is not None:
                family = roles.get(split.code, {}) | roles.get(split.add_on, {})
                roles[split.code] = roles[split.add_on] = family
        found |= {(pool.discipline, code): tuple(own) for code, own in roles.items()}
    return found


def _share(
    line: ClaimLine,
    roles: Iterable[Clinician],
    policy: Policy,
    day: date,
    setting: Setting | None,
) -> LineShare:
    shares: set[Decimal] = set()
    for role in roles:
        known = Decimal(1) if role in QUALIFIED else _known_share(line, role, policy, day, setting)
        if known is None:
            who = furnisher_in_words(role, line.discipline)
            reason = (
                f"what the payer pays for {line.code} furnished by {who} is not known: "
                "set assistant_percent in its policy"
            )
            return LineShare(None, reason)
        shares.add(known)
    if len(shares) > 1:
        reason = (
            f"{line.code} has units of several roles that the payer pays differently, and no modifier separates them: "
            "ask the payer for the amount"
        )
        return LineShare(None, reason)
    return FULL_SHARE if shares <= {Decimal(1)} else LineShare(shares.pop(), "")


def _known_share(
    line: ClaimLine, role: Clinician, policy: Policy, day: date, setting: Setting | None
) -> Decimal | None:
    if policy.money.assistant_percent is not None:
        return EXACT.divide(policy.money.assistant_percent, Decimal(100))
    if line.discipline is None:
        return None
    facts = load_codes().get(line.code)
    service = ServiceClass.SKILLED_TREATMENT if facts is None else facts.service_class
    rule = policy.furnishers.find(role, line.discipline, service, day, setting)
    if rule is None or rule.payment_share is None:
        return None
    return rule.payment_share if rule.share_of is ShareOf.ALLOWED else Decimal(1)


def unit_amounts(
    lines: Sequence[ClaimLine], prices: Sequence[Price | None], *, mppr: bool
) -> tuple[list[tuple[Usd, ...]], int | None]:
    """
    Return the amounts of the units of each line, and the index of the line with the full-rate unit.

    All other units that are subject to MPPR are reduced. The index is None if *mppr* is False or no unit is
    subject to MPPR.
    """
    subject: list[int] = []
    ranked: list[RankedLine] = []
    if mppr:
        for index, price in enumerate(prices):
            if price is None or price.practice_expense is None:
                continue
            subject.append(index)
            line = lines[index]
            # If lines tie on practice expense and amount, a therapist's line has the full-rate unit.
            charge = line.charge or ZERO
            order = (line.assistant, line.code, line.modifiers, line.units, charge)
            ranked.append(RankedLine(price.practice_expense, price.amount, order))
    full = subject[full_rate_line(ranked)] if ranked else None
    amounts: list[tuple[Usd, ...]] = []
    for index, (line, price) in enumerate(zip(lines, prices, strict=True)):
        if price is None:
            amounts.append(())
            continue
        full_rate = line.units if index not in subject else int(index == full)
        further = line.units - full_rate
        # Price.reduced raises an error if the reduction is not known, so read it only if a unit is reduced.
        reduced = price.reduced if further else None
        units = (price.amount,) * full_rate
        amounts.append(units if reduced is None else (*units, *(reduced,) * further))
    return amounts, full


def allowed_amounts(
    lines: Sequence[ClaimLine],
    units: Sequence[tuple[Usd, ...]],
    shares: Sequence[LineShare],
    terms: DayTerms,
    limits: Sequence[AmountLimit],
    unpaid: Collection[int] = (),
) -> tuple[list[Usd | None], list[CapCost]]:
    """
    Return the allowed amount of each line, and what each limit takes off the day.

    A line without a price or with an unknown share has None. The lines with an index in *unpaid* have no part of a rate
    per visit.
    """
    lesser, contract = terms.lesser_of_charge, terms.contract
    allowed: list[Usd | None] = []
    for line, amounts, (share, _) in zip(lines, units, shares, strict=True):
        if not amounts or share is None:
            allowed.append(None)
            continue
        of_units = total(amounts)
        if share != 1:
            of_units = cents(EXACT.multiply(of_units, share))
        allowed.append(lesser_of_charge(of_units, line.charge) if lesser else of_units)
    visit = None if contract is None else contract.per_visit
    if visit is not None:
        paid = [index for index in range(len(lines)) if index not in unpaid]
        charges = [charge for index in paid if (charge := lines[index].charge) is not None]
        if lesser and paid and len(charges) == len(paid):
            visit = lesser_of_charge(visit, total(charges))
        paid.sort(key=lambda index: rank(lines[index], allowed[index]))
        amounts = share_out(visit, [Usd(lines[index].units) for index in paid])
        for index, amount in zip(paid, amounts, strict=True):
            allowed[index] = amount
    costs = [_within(lines, allowed, limit) for limit in limits]
    return allowed, [cost for cost in costs if cost is not None]


def _within(
    lines: Sequence[ClaimLine], allowed: list[Usd | None], limit: AmountLimit
) -> CapCost | None:
    """Reduce the amounts in *allowed* to *limit*, and return what that takes off; None if it takes nothing off."""
    indexes = [index for index in limit.indexes if allowed[index] is not None]
    indexes.sort(key=lambda index: rank(lines[index], allowed[index]))
    before = [allowed[index] or ZERO for index in indexes]
    after = cap_day(before, limit.dollars)
    for index, amount in zip(indexes, after, strict=True):
        allowed[index] = amount
    taken = EXACT.subtract(total(before), total(after))
    return CapCost(limit.rule, limit.words, taken) if taken else None


def rank(line: ClaimLine, allowed: Usd | None) -> tuple[object, ...]:
    """Return a sort key for the lines of a day that does not depend on their order in the claim."""
    charge = ZERO if line.charge is None else line.charge
    return (EXACT.minus(allowed or ZERO), line.code, line.modifiers, line.units, charge)


def without_amounts(fees: FeeSchedule | None, policy: Policy) -> str:
    """Return why there are no amounts for *fees* and *policy*; empty if *fees* apply to the payer."""
    basis = policy.money.fee_basis
    unknown = OWN_FACTOR if basis is FeeBasis.OWN_CONVERSION_FACTOR else UNKNOWN_FEES
    if fees is not None:
        if fees.gives_amounts_to(basis):
            return ""
        return unknown if basis.is_payers_own else _OTHER_FACTOR
    return unknown if basis.is_payers_own else _NO_FEES
