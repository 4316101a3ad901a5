"""Whether the lines of a claim agree with the record: units, assistants, the year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from therapy_billing.claims import ClaimLine
from therapy_billing.findings import Answer, Findings, Severity
from therapy_billing.modifiers import DISCIPLINE_MODIFIERS, Discipline, Setting
from therapy_billing.pipeline.allocation import allocate_units
from therapy_billing.pipeline.claim_lines import build_claim
from therapy_billing.pipeline.claimed_day import (
    Check,
    ClaimedDay,
    counted_units,
    is_timed,
    with_units,
    without_refusals,
)
from therapy_billing.policies import AssistantRule, TiePolicy
from therapy_billing.priced_days import KxState
from therapy_billing.records import Allocation
from therapy_billing.rules.edits import excess_units
from therapy_billing.rules.line_modifiers import unmarked_units

__all__ = [
    "check_assistant_modifier_missing",
    "check_kx_threshold",
    "check_units_of_minutes",
]


def check_units_of_minutes(day: ClaimedDay) -> Findings:
    """Compare the units of the claim with those that the documented minutes make."""
    check = Check("units-of-minutes", day)
    if not day.sessions:
        remark = "give the sessions: their minutes tell the units"
        check.unanswered(Answer.NOT_IN_DATA, (), remark)
        return check.findings()
    made = _counted_units(day)
    untimed = made.untimed_units
    told = 0
    for code, places in day.places.items():
        billed = sum(day.lines[place].units for place in places)
        most = max(split.get(code, 0) for split in made.admissible) + untimed.get(code, 0)
        excess = excess_units(billed, made=most)
        if not excess:
            _of_plans(check, day, made, code)
            continue
        told += excess * is_timed(day, code)
        documented = code in made.codes or code in untimed
        why = f"the minutes make {most}" if documented else "the record does not hold it"
        check.find(
            Severity.DENY,
            f"{counted_units(billed)} of {code} billed, and {why}",
            f"bill {most}" if most else f"take {code} off",
            places,
            stake=day.stake_of(places, list(_lessened(day, places, excess))),
        )
    timed = [place for place, line in enumerate(day.lines) if is_timed(day, line.code)]
    billed = sum(day.lines[place].units for place in timed)
    excess = excess_units(billed, made=made.total_units)
    # Of equal leftovers each code may have the unit, and not all of them.
    if excess > told:
        check.find(
            Severity.DENY,
            f"{billed} timed units billed, and the {made.timed_minutes} timed minutes make "
            f"{made.total_units}",
            f"bill {made.total_units} timed units",
            timed,
            stake=day.stake_of(timed, list(_lessened(day, timed, excess))),
        )
    return check.findings()


def _of_plans(check: Check, day: ClaimedDay, made: Allocation, code: str) -> None:
    """Tell of units of *code* under a plan of care that the minutes of another plan made."""
    for pool in made.pools:
        places = [
            place for place in day.places[code] if day.lines[place].discipline is pool.discipline
        ]
        shares = made.by_discipline[pool.discipline]
        open_to = {
            each
            for place in pool.tied
            if not pool.extra_units[place]
            for each in pool.streams[place][:2]
        }
        most = shares.get(code, 0) + (code in open_to) + dict(pool.untimed).get(code, 0)
        billed = sum(day.lines[place].units for place in places)
        if excess := excess_units(billed, made=most):
            plan = DISCIPLINE_MODIFIERS[pool.discipline] if pool.discipline else "no plan"
            check.find(
                Severity.DENY,
                f"{counted_units(billed)} of {code} billed under {plan}, and its minutes make {most}",
                f"bill {most} under {plan}",
                places,
                stake=day.stake_of(places, list(_lessened(day, places, excess))),
            )


def _lessened(day: ClaimedDay, places: Sequence[int], by: int) -> Iterator[ClaimLine]:
    """Yield the lines, those at *places* with *by* units fewer in all, the least in worth first."""
    taken: dict[int, int] = {}
    for place in day.by_worth(places):
        taken[place] = min(by, day.lines[place].units)
        by -= taken[place]
    for place, line in enumerate(day.lines):
        units = line.units - taken.get(place, 0)
        if units:
            yield line if units == line.units else with_units(line, units)


def check_assistant_modifier_missing(day: ClaimedDay) -> Findings:
    """See whether the units of an assistant carry CQ or CO."""
    check = Check("assistant-modifier-missing", day)
    check.asked = day.policy.assistants is not AssistantRule.NONE
    if not day.sessions:
        remark = "give the sessions: they tell what an assistant furnished"
        check.unanswered(Answer.NOT_IN_DATA, (), remark)
        return check.findings()
    furnished = _furnished(day)
    for (plan, code), wanted in furnished.items():
        places = [
            place
            for place in day.places.get(code, ())
            if day.lines[place].discipline in (plan, None)
        ]
        units = sum(day.lines[place].units for place in places)
        marked = sum(day.lines[place].units for place in places if day.lines[place].assistant)
        if unmarked := unmarked_units(wanted, marked=marked, units=units):
            check.find(
                Severity.DENY,
                f"{counted_units(unmarked)} of {code} furnished by an assistant without CQ or CO",
                f"bill {marked + unmarked} with CQ or CO on a line of their own",
                places,
            )
    return check.findings()


def _furnished(day: ClaimedDay) -> dict[tuple[Discipline | None, str], int]:
    """Return the units that an assistant furnished, by plan of care and code, as they are billed."""
    # Of equal leftovers the code counts that has the unit on the claim.
    beyond = {
        code: units - sum(day.lines[place].units for place in day.places.get(code, ()))
        for code, units in _counted_units(day).units.items()
    }
    policy = attrs.evolve(
        without_refusals(day.policy),
        tie_policy=TiePolicy.PREFERRED_CODES,
        preferred_codes=tuple(sorted(beyond, key=beyond.__getitem__)),
    )
    setting = Setting.NON_FACILITY if day.fees is None else day.fees.setting
    units: dict[tuple[Discipline | None, str], int] = {}
    for line in build_claim(day.sessions, policy, setting=setting).lines:
        if line.assistant:
            key = (line.discipline, line.code)
            units[key] = units.get(key, 0) + line.units
    return units


def _counted_units(day: ClaimedDay) -> Allocation:
    """Return the units of the record, with every split that the rule admits; no fee decides one."""
    policy = attrs.evolve(without_refusals(day.policy), tie_policy=TiePolicy.DOCUMENTED_ORDER)
    return allocate_units(day.sessions, policy)


def check_kx_threshold(day: ClaimedDay) -> Findings:
    """See which lines lie beyond the annual threshold without KX."""
    check = Check("kx-threshold", day)
    check.asked = day.policy.kx
    if day.priced is None or day.accumulators is None:
        remark = "give fees and accumulators: the year's allowed amounts tell which lines need KX"
        check.unanswered(Answer.NOT_IN_DATA, (), remark)
        return check.findings()
    for place, line in enumerate(day.priced.lines):
        if line.kx is not KxState.SUGGESTED or line.discipline is None:
            continue
        check.find(
            Severity.DENY,
            f"{line.code} lies beyond the annual threshold and has no KX",
            "attest KX if the record shows that the service is necessary",
            (place,),
            stake=line.allowed,
            suggested=(("KX", line.discipline.value),),
        )
    return check.findings()
