"""Which rules decided about a line: the limits on its amount, and the modifier of an assistant."""

from __future__ import annotations

from therapy_billing.base.money import EXACT, cents, total
from therapy_billing.claims.records import AssistantShare
from therapy_billing.codes.code_book import QUARTER
from therapy_billing.payers.policy import Policy, UnitMethod
from therapy_billing.pricing.records import PricedDay, PricedLine
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.unit_terms import is_timed, unit_terms

__all__ = ["limits_of_line", "rules_of_share"]

_AMOUNT_CAPS = ("per-day-maximum", "cap-dollars", "cap-rvus")


def limits_of_line(line: PricedLine, day: PricedDay) -> list[str]:
    """Return the rules that made the allowed amount differ from the sum of the units' amounts."""
    before, rules = line.units_total, []
    if line.furnisher_share not in (None, 1):
        before = cents(EXACT.multiply(before, line.furnisher_share))
    charge, contract = line.claim_line.charge, day.contract
    lesser = line.share is not None if contract is None else contract.lesser_of_charge
    if contract is not None and contract.per_visit is not None:
        rules.append("per-visit-rate")
        if line.allowed is not None and (day.allowed or 0) < contract.per_visit:
            charges = [each.claim_line.charge for each in day.lines]
            charged = [charge for charge in charges if charge is not None]
            lesser = lesser and len(charged) == len(charges) and total(charged) == day.allowed
            rules.append("lesser-of-charge" if lesser else "per-day-maximum")
        return rules
    if lesser and charge is not None and charge < before:
        before = charge
        rules.append("lesser-of-charge")
    if line.allowed != before:
        rules += [cost.rule for cost in day.caps if cost.rule in _AMOUNT_CAPS] or [
            "per-day-maximum"
        ]
    return rules


def rules_of_share(share: AssistantShare, allocation: Allocation | None) -> tuple[str, ...]:
    """Return the rules that decided how many units of a code have the assistant modifier, in order."""
    policy = Policy(UnitMethod.CPT_MIDPOINT) if allocation is None else allocation.policy
    rules = ["assistant-together"] if share.together_minutes else []
    if not is_timed(share.code, policy):
        rules.append("assistant-untimed")
    elif unit_terms(share.code, policy).period != QUARTER:
        rules.append("assistant-other-periods")
    else:
        rules += ["assistant-whole-units", share.rule]
    if share.left_with + share.left_without:
        rules.append(share.arithmetic)
    return tuple(rules)
