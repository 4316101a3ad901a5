"""Whether the lines of a claim agree with the record and the payer: units, caps, assistants, the year."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from therapy_billing.base.wording import counted
from therapy_billing.checks.claimed_day import NO_KX, ClaimedDay, ClaimReport, is_timed
from therapy_billing.checks.rules import beyond_cap, excess_units
from therapy_billing.claims.assistant_units import is_evaluation_by_assistant, units_of_therapists
from therapy_billing.claims.claim_lines import build_claim
from therapy_billing.claims.rules.line_modifiers import unmarked_units
from therapy_billing.codes.modifiers import plan_modifiers
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.payers.policy import AssistantRule, TiePolicy
from therapy_billing.pricing.records import KxState
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.allocator import allocate_units
from therapy_billing.units.records import DisciplineUnits, units_of_family

__all__ = [
    "check_assistant_modifier_missing",
    "check_assistant_scope",
    "check_kx_threshold",
    "check_payer_cap",
    "check_units_of_minutes",
]


def check_units_of_minutes(day: ClaimedDay) -> Findings:
    """Compare the units of the claim with those that the documented minutes make."""
    check = day.report("units-of-minutes")
    if not day.sessions:
        if day.counted_by:
            check.find(
                Severity.REVIEW,
                f"{day.counted_by} counted the units, and this payer may count them differently",
                "count the units again from the sessions, under this payer and on this day",
                range(len(day.lines)),
            )
        remark = "give the sessions: their minutes make the units"
        check.answer(Answer.NOT_IN_DATA, remark)
        return check.findings()
    made = day.uncapped
    for remark in made.remarks:
        check.answer(Answer.NOT_IN_DATA, f"not settled: {remark}")
    pools = {pool.discipline: pool for pool in made.disciplines}
    by_plan: dict[Discipline | None, list[int]] = {}
    for place, line in enumerate(day.lines):
        # A line without a plan is of the only one that there is.
        plan = next(iter(pools)) if line.discipline is None and len(pools) == 1 else line.discipline
        by_plan.setdefault(plan, []).append(place)
    loose = by_plan.pop(None, [])
    for plan, places in by_plan.items():
        under = "" if len(pools) == 1 and plan in pools else f" under {_modifier_of(plan)}"
        _against_minutes(check, day, places, pools.get(plan), under)
    if loose:
        _against_all(check, day, loose, made)
    return check.findings()


def _against_minutes(
    check: ClaimReport,
    day: ClaimedDay,
    places: Sequence[int],
    pool: DisciplineUnits | None,
    under: str,
) -> None:
    """Compare the units at *places*, all under one plan of care, with what its minutes make."""
    most = {} if pool is None else _most_units(pool)
    billed: dict[str, list[int]] = {}
    for place in places:
        billed.setdefault(day.lines[place].code, []).append(place)
    for code, own in billed.items():
        _see_excess(check, day, own, most.get(code), under)
    if pool is None:
        return
    # Of equal leftovers each code may have the unit that is left, and not all of them.
    claimed: list[int] = []
    claimants = 0
    for tied in pool.tied:
        split = pool.minute_splits[tied]
        further = billed.get(split.add_on or "", [])
        own = [*billed.get(split.code, ()), *further]
        # Of a family the first unit is the code's own, also where it was not billed.
        sure = max(split.full_units - 1, 0)
        if day.units_at(own) > split.full_units or (further and day.units_at(further) > sure):
            claimed += own
            claimants += 1
    if excess := excess_units(claimants, made=pool.open_units):
        codes = ", ".join(dict.fromkeys(day.lines[place].code for place in claimed))
        check.find(
            Severity.DENY,
            f"{codes}{under}: equal leftover minutes make {counted(pool.open_units, 'unit')} more, and "
            f"{claimants} are billed",
            f"bill {counted(excess, 'unit')} fewer",
            claimed,
            denied=claimed,
            units=excess,
        )


def _against_all(
    check: ClaimReport, day: ClaimedDay, loose: Sequence[int], made: Allocation
) -> None:
    """Compare the codes of lines that name no plan of care with what the minutes of all plans make."""
    most: dict[str, int] = {}
    for pool in made.disciplines:
        for code, units in _most_units(pool).items():
            most[code] = most.get(code, 0) + units
    for code in dict.fromkeys(day.lines[place].code for place in loose):
        _see_excess(check, day, day.places[code], most.get(code), "")
    billed = {
        code: day.units_at(places) for code, places in day.places.items() if is_timed(day, code)
    }
    # What was told of a code is not told once more of them all.
    if check.has_findings or any(
        all(units <= split.get(code, 0) for code, units in billed.items())
        for split in made.admissible
    ):
        return
    timed = [place for code in billed for place in day.places[code]]
    excess = max(1, excess_units(sum(billed.values()), made=made.total_units))
    check.find(
        Severity.DENY,
        f"{sum(billed.values())} timed units billed, and no split of the minutes has them: they make "
        f"{made.total_units}",
        f"bill {counted(excess, 'unit')} fewer",
        timed,
        denied=timed,
        units=excess,
    )


def _see_excess(
    check: ClaimReport, day: ClaimedDay, places: Sequence[int], most: int | None, under: str
) -> None:
    """Tell of units of one code beyond *most*; None where the record does not hold the code."""
    code = day.lines[places[0]].code
    billed = day.units_at(places)
    if excess := excess_units(billed, made=most or 0):
        why = "the record does not hold it" if most is None else f"the minutes make {most}"
        check.find(
            Severity.DENY,
            f"{counted(billed, 'unit')} of {code} billed{under}, and {why}",
            f"bill {most}" if most else f"take {code} off",
            places,
            denied=places,
            units=excess,
        )


def _most_units(pool: DisciplineUnits) -> dict[str, int]:
    """Return the most units of each code that an admissible split of the pool has."""
    most = dict(pool.untimed)
    for place, split in enumerate(pool.minute_splits):
        extra = int(place in pool.tied or pool.extra_units[place])
        most |= units_of_family(split.code, split.add_on, split.full_units + extra)
    return most


def _modifier_of(plan: Discipline | None) -> str:
    return "no plan" if plan is None else plan_modifiers()[plan]


def check_payer_cap(day: ClaimedDay) -> Findings:
    """Compare the units of the claim with the payer's caps, and tell what they took of the record."""
    check = day.report("payer-cap")
    if not day.policy.counting.capped:
        return check.not_applicable("the payer's policy has no caps")
    timed = [place for place, line in enumerate(day.lines) if is_timed(day, line.code)]
    if day.policy.counting.cap_per_session is not None and not day.sessions:
        check.answer(Answer.NOT_IN_DATA, "give the sessions: the cap is on each of them")
    for places, limit in _capped(day, timed):
        units = [day.lines[place].units for place in places]
        if beyond := beyond_cap(units, limit=limit):
            codes = ", ".join(dict.fromkeys(day.lines[place].code for place in places))
            check.find(
                Severity.DENY,
                f"{counted(sum(units), 'unit')} of {codes}, and the payer takes {limit} a day",
                f"bill {limit}",
                places,
                denied=places,
                units=beyond,
            )
    cuts = day.counted.capped_units if day.sessions else ()
    for code in dict.fromkeys(cut.code for cut in cuts):
        taken = counted(sum(cut.code == code for cut in cuts), "unit")
        check.find(
            Severity.INFO,
            f"the payer's cap takes {taken} of {code} that the minutes make",
            "expect no payment of it, and keep the minutes in the record",
            day.places.get(code, ()),
        )
    return check.findings()


def _capped(day: ClaimedDay, timed: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Yield the timed lines that each cap is on, with its limit."""
    counting = day.policy.counting
    caps: list[tuple[Collection[str], int]] = list(counting.cap_per_codes)
    if isinstance(counting.cap_per_code, int):
        caps += [((code,), counting.cap_per_code) for code in day.places]
    elif counting.cap_per_code is not None:
        caps += [((code,), limit) for code, limit in counting.cap_per_code]
    for codes, limit in caps:
        yield [place for place in timed if day.lines[place].code in codes], limit
    if counting.cap_per_session is not None:
        for plan in dict.fromkeys(session.discipline for session in day.sessions):
            times = sum(session.discipline is plan for session in day.sessions)
            own = [place for place in timed if day.lines[place].discipline is plan]
            yield own, counting.cap_per_session * times
    if counting.cap_per_day is not None:
        yield list(timed), counting.cap_per_day


def check_assistant_modifier_missing(day: ClaimedDay) -> Findings:
    """See whether the units of an assistant carry CQ or CO."""
    check = day.report("assistant-modifier-missing")
    if day.policy.modifiers.assistants is AssistantRule.NONE:
        return check.not_applicable("the payer does not use CQ and CO on this day")
    if not day.sessions:
        remark = "give the sessions: they tell what an assistant furnished"
        check.answer(Answer.NOT_IN_DATA, remark)
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
                f"{counted(unmarked, 'unit')} of {code} furnished by an assistant without CQ or CO",
                f"bill {marked + unmarked} with CQ or CO on a line of their own",
                places,
            )
    return check.findings()


def _furnished(day: ClaimedDay) -> dict[tuple[Discipline | None, str], int]:
    """Return the units that an assistant furnished, by plan of care and code, as they are billed."""
    made = day.counted
    if made.tied:
        # Of equal leftovers the code counts that has the unit on the claim.
        beyond = {
            code: units - day.units_at(day.places.get(code, ()))
            for code, units in made.units.items()
        }
        policy = made.policy.with_changes(
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=tuple(sorted(beyond, key=beyond.__getitem__)),
        )
        made = allocate_units(day.sessions, policy)
    units: dict[tuple[Discipline | None, str], int] = {}
    for line in build_claim(made, setting=day.setting).lines:
        if line.assistant:
            key = (line.discipline, line.code)
            units[key] = units.get(key, 0) + line.units
    return units


def check_assistant_scope(day: ClaimedDay) -> Findings:
    """Find evaluations by assistants, and services of SLP assistants."""
    check = day.report("assistant-scope")
    if not day.policy.counting.medicare_codes:
        return check.not_applicable("the payer does not follow Medicare's rules for codes")
    paid = units_of_therapists(day.counted) if day.sessions else {}
    for line in day.lines:
        # On a claim without a record, CQ and CO show the assistant.
        if is_evaluation_by_assistant(line):
            paid.setdefault((line.discipline, line.code), 0)
    for (plan, code), units in paid.items():
        places = [
            place for place in day.places.get(code, ()) if day.lines[place].discipline is plan
        ]
        excess = day.units_at(places) - units
        if excess <= 0:
            continue
        action = f"take {code} off, or correct the clinician if a therapist furnished it"
        if units:
            action = f"bill {units}: the therapist's own minutes make {counted(units, 'unit')}"
        who = "an SLP assistant" if plan is Discipline.SLP else "an assistant"
        check.find(
            Severity.DENY,
            f"{counted(excess, 'unit')} of {code} furnished by {who}: Medicare pays "
            + (
                "nothing that SLP assistants furnish"
                if plan is Discipline.SLP
                else "no evaluation that an assistant furnishes"
            ),
            action,
            places,
            denied=places,
            units=excess,
        )
    if not check.has_findings and not day.sessions:
        remark = "give the sessions: they show who furnished each service"
        check.answer(Answer.NOT_IN_DATA, remark)
    return check.findings()


def check_kx_threshold(day: ClaimedDay) -> Findings:
    """See which lines lie beyond the annual threshold without KX."""
    check = day.report("kx-threshold")
    if not day.policy.modifiers.kx:
        return check.not_applicable(NO_KX)
    if day.priced is None or day.accumulators is None:
        remark = "give fees and accumulators: the year's allowed amounts tell which lines need KX"
        check.answer(Answer.NOT_IN_DATA, remark)
        return check.findings()
    unpriced = [line.code for line in day.priced.lines if line.allowed is None]
    if unpriced:
        remark = "without a price, nobody knows what of the threshold they take"
        check.answer(Answer.NOT_IN_DATA, remark, unpriced)
    planless = [line.code for line in day.priced.lines if line.kx is KxState.UNKNOWN]
    if planless:
        check.answer(Answer.NOT_IN_DATA, "without GP, GO or GN no threshold counts them", planless)
    for place, line in enumerate(day.priced.lines):
        if line.kx is not KxState.SUGGESTED or line.discipline is None:
            continue
        check.find(
            Severity.DENY,
            f"{line.code} lies beyond the annual threshold and has no KX",
            "attest KX if the record shows that the service is necessary",
            (place,),
            denied=(place,),
            suggested=(("KX", line.discipline.value),),
        )
    return check.findings()
