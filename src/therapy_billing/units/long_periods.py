"""Codes with units longer than 15 minutes: the minutes that make a unit, and the questions that no source settles."""

from __future__ import annotations

from collections.abc import Iterator

from therapy_billing.codes.code_book import QUARTER, CodeFacts, known_code
from therapy_billing.payers.policy import FirstPeriod, Policy, UnitMethod
from therapy_billing.units.records import CountedCode

__all__ = ["by_midpoint", "open_readings"]


def by_midpoint(facts: CodeFacts, policy: Policy) -> bool:
    """Return whether a period longer than 15 minutes makes a unit once its midpoint is passed."""
    if _midpoint_is_settled(facts, policy.counting.method):
        return True
    return policy.counting.first_period is FirstPeriod.MIDPOINT and _has_choice(
        facts, policy.counting.method
    )


def _midpoint_is_settled(facts: CodeFacts, method: UnitMethod | None) -> bool:
    match method:
        case UnitMethod.CMS_EIGHT_MINUTE:
            return facts.midpoint_under_cms
        case UnitMethod.CPT_MIDPOINT:
            return facts.midpoint_settled
        case UnitMethod.STARTED_QUARTER | UnitMethod.FULL_QUARTER | None:
            # Vendors describe the first two for 15-minute codes only, so a longer period must be complete.
            return False


def _has_choice(facts: CodeFacts, method: UnitMethod | None) -> bool:
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
    first = facts.unit_minutes or 0
    if counted.add_on is not None and first > QUARTER:
        reading = _open_first(counted, facts, policy, first)
        if reading is not None:
            yield "first-period", reading
        if not counted.first_units:
            return
        further = known_code(counted.add_on)
    period, left, method = counted.period, counted.leftover, policy.counting.method
    fewest = period // 2 + 1
    if period == QUARTER or left < fewest or _midpoint_is_settled(further, method):
        return
    minutes = f"{left} minutes" if left == counted.minutes else f"{left} further minutes"
    if counted.extra_units:
        reading = (
            f"{further.code}: {minutes} make a unit with FirstPeriod.MIDPOINT. This is not settled: "
            f"FirstPeriod.FULL requires all {period} minutes"
        )
    else:
        other = "FirstPeriod.MIDPOINT" if _has_choice(further, method) else "the midpoint"
        reading = (
            f"{further.code}: {minutes} make no unit; all {period} minutes are required. "
            f"This is not settled for {policy.counting.method_name}: with {other}, {fewest} minutes make one"
        )
    yield "full-period", reading


def _open_first(counted: CountedCode, facts: CodeFacts, policy: Policy, period: int) -> str | None:
    """Return the open question about a family's longer first *period*, or None if there is none."""
    fewest, minutes = period // 2 + 1, counted.minutes
    if _midpoint_is_settled(facts, policy.counting.method) or minutes < fewest:
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
