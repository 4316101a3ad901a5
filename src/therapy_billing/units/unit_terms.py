"""The minutes that make a unit of each timed code under a policy, and the questions that no source settles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from therapy_billing.codes.code_book import QUARTER, CodeFacts, CodeProgram, known_code
from therapy_billing.payers.code_terms import CodeTerms
from therapy_billing.payers.methods import OWN_MINIMUM, UnitMethod
from therapy_billing.payers.policy import FirstPeriod, Policy, code_terms_of
from therapy_billing.units.records import CountedCode
from therapy_billing.units.rules import midpoint_minutes

__all__ = ["UnitTerms", "is_timed", "open_readings", "total_partial_minutes", "unit_terms"]


class UnitTerms(NamedTuple):
    """
    The minutes that make a unit of a timed code under a policy.

    Args:
        period: Minutes of one unit.
        fewest: Fewest leftover minutes that make another unit, if the code is counted by itself.
        method: How the minutes become units.
        in_total: Whether the minutes are part of the day's total under the eight-minute rule.
        settled: Whether a source, or the payer's terms for the code, give *fewest*.
        by_payer: Whether the payer has terms of its own for the code.
    """

    period: int
    fewest: int
    method: UnitMethod | None
    in_total: bool = False
    settled: bool = True
    by_payer: bool = False


def is_timed(code: str, policy: Policy) -> bool:
    """
    Return whether *policy* counts *code* by its minutes. A payer may count an untimed code so.

    >>> quarters = Policy("cpt-midpoint").with_changes(code_terms=[{"codes": "92507", "unit_minutes": 15}])
    >>> is_timed("92507", Policy("cpt-midpoint")), is_timed("92507", quarters)
    (False, True)
    """
    return known_code(code).timed or code in policy.counting.codes_by_minutes


def total_partial_minutes(policy: Policy) -> int:
    """Return the fewest leftover minutes of the day's total that make another unit."""
    if policy.counting.method is UnitMethod.CMS_EIGHT_MINUTE:
        return policy.counting.partial_minutes
    return OWN_MINIMUM[UnitMethod.CMS_EIGHT_MINUTE]


def unit_terms(code: str, policy: Policy) -> UnitTerms:
    """
    Return the minutes that make a unit of *code*, which the policy counts by its minutes.

    >>> half_hours = Policy("cpt-midpoint").with_changes(code_terms=[{"codes": "97161", "unit_minutes": 30}])
    >>> unit_terms("97161", half_hours)[:2], unit_terms("97110", half_hours)[:2]
    ((30, 16), (15, 8))
    """
    facts, own = known_code(code), code_terms_of(policy.counting, code)
    if own is not None:
        return _by_payer(facts, own, policy)
    period, method = _own_period(facts), policy.counting.method
    if period == QUARTER:
        in_total = method is UnitMethod.CMS_EIGHT_MINUTE and facts.program is CodeProgram.THERAPY
        return UnitTerms(period, policy.counting.partial_minutes, method, in_total=in_total)
    settled = _midpoint_is_settled(facts, method)
    by_midpoint = settled or (
        policy.counting.first_period is FirstPeriod.MIDPOINT and has_choice(facts, method)
    )
    fewest = midpoint_minutes(period) if by_midpoint else period
    return UnitTerms(period, fewest, method, settled=settled)


def _own_period(facts: CodeFacts) -> int:
    if facts.unit_minutes is None:
        raise AssertionError(facts.code)
    return facts.unit_minutes


def _by_payer(facts: CodeFacts, own: CodeTerms, policy: Policy) -> UnitTerms:
    """Return the minutes that make a unit of a code for which the payer has terms of its own."""
    period = own.unit_minutes or _own_period(facts)
    method = own.method or policy.counting.method
    fewest, in_total, settled = own.minimum_minutes, False, True
    if fewest is None and period == QUARTER:
        in_total = method is UnitMethod.CMS_EIGHT_MINUTE and facts.program is CodeProgram.THERAPY
        fewest = policy.counting.partial_minutes
        if method is not None and method is not policy.counting.method:
            fewest = OWN_MINIMUM[method]
    elif fewest is None and method is UnitMethod.CPT_MIDPOINT:
        fewest = midpoint_minutes(period)
    elif fewest is None and own.method is UnitMethod.STARTED_QUARTER:
        fewest = 1
    elif fewest is None:
        # The methods are about units of 15 minutes, so a longer unit must be complete.
        fewest, settled = period, method is UnitMethod.FULL_QUARTER
    return UnitTerms(period, fewest, method, in_total=in_total, settled=settled, by_payer=True)


def _midpoint_is_settled(facts: CodeFacts, method: UnitMethod | None) -> bool:
    match method:
        case UnitMethod.CMS_EIGHT_MINUTE:
            return facts.midpoint_under_cms
        case UnitMethod.CPT_MIDPOINT:
            return facts.midpoint_settled
        case UnitMethod.STARTED_QUARTER | UnitMethod.FULL_QUARTER | None:
            # Vendors describe the first two for 15-minute codes only, so a longer period must be complete.
            return False


def has_choice(facts: CodeFacts, method: UnitMethod | None) -> bool:
    """Return whether ``FirstPeriod.MIDPOINT`` applies if the midpoint is not settled."""
    quarters_only = method in (UnitMethod.STARTED_QUARTER, UnitMethod.FULL_QUARTER)
    return facts.first_of_family or not quarters_only


def open_readings(counted: CountedCode, policy: Policy) -> Iterator[tuple[str, str]]:
    """
    Yield the open questions about the units of *counted*, each as a rule id and a remark.

    Only codes with periods longer than 15 minutes have open questions. A remark is about a unit that
    depends on our reading, or a first period with an unsettled minimum. It gives the alternative.
    """
    facts = further = known_code(counted.code)
    terms = unit_terms(counted.code, policy)
    if counted.add_on is not None and terms.period > QUARTER:
        reading = _open_first(counted, facts, terms)
        if reading is not None:
            yield "first-period", reading
        if not counted.first_units:
            return
        further, terms = known_code(counted.add_on), unit_terms(counted.add_on, policy)
    period, left = counted.period, counted.leftover
    fewest = midpoint_minutes(period)
    if period == QUARTER or left < fewest or terms.settled:
        return
    minutes = f"{left} minutes" if left == counted.minutes else f"{left} further minutes"
    if counted.extra_units:
        reading = (
            f"{further.code}: {minutes} make a unit with FirstPeriod.MIDPOINT. This is not settled: "
            f"FirstPeriod.FULL requires all {period} minutes"
        )
    else:
        other = "the midpoint"
        if terms.by_payer:
            other = "minimum_minutes or another method in its terms"
        elif has_choice(further, terms.method):
            other = "FirstPeriod.MIDPOINT"
        reading = (
            f"{further.code}: {minutes} make no unit; all {period} minutes are required. "
            f"This is not settled for {policy.counting.method_name}: with {other}, {fewest} minutes make one"
        )
    yield "full-period", reading


def _open_first(counted: CountedCode, facts: CodeFacts, terms: UnitTerms) -> str | None:
    """Return the open question about a family's longer first period, or None if there is none."""
    period, minutes = terms.period, counted.minutes
    fewest = midpoint_minutes(period)
    if terms.settled or minutes < fewest:
        return None
    if not counted.first_units:
        return (
            f"{counted.code}: {minutes} minutes make no unit; the first period requires all {period} "
            f"minutes. This is not settled: with FirstPeriod.MIDPOINT, {fewest} minutes make one"
        )
    if minutes < period:
        return (
            f"{counted.code}: {minutes} minutes make the first unit with FirstPeriod.MIDPOINT. This is "
            f"not settled: FirstPeriod.FULL requires all {period} minutes"
        )
    if facts.midpoint_settled:
        return None
    return (
        f"{counted.code}: no source settles whether the first unit needs {period} minutes or "
        f"{fewest}; {minutes} minutes make it either way"
    )
