"""Check claim lines against the sessions and the payer's policy: units, caps, assistants, and the annual threshold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from therapy_billing.base.wording import counted, listed
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
    """Compare the units of the claim with the units that the documented minutes make."""
    check = day.report("units-of-minutes")
    if not day.sessions:
        if day.counted_by:
            check.find(
                Severity.REVIEW,
                f"the units were counted for {day.counted_by}; this payer may count differently",
                "count the units again from the sessions, for this payer and date.",
                range(len(day.lines)),
            )
        remark = "no sessions were given, so there are no minutes to compare"
        check.answer(Answer.NOT_IN_DATA, remark)
        return check.findings()
    made = day.uncapped
    for remark in made.remarks:
        check.answer(Answer.NOT_IN_DATA, f"not settled: {remark}")
    pools = {pool.discipline: pool for pool in made.disciplines}
    by_plan: dict[Discipline | None, list[int]] = {}
    for index, line in enumerate(day.lines):
        # If the day has only one plan of care, a line without a plan belongs to it.
        plan = next(iter(pools)) if line.discipline is None and len(pools) == 1 else line.discipline
        by_plan.setdefault(plan, []).append(index)
    loose = by_plan.pop(None, [])
    for plan, indexes in by_plan.items():
        under = "" if len(pools) == 1 and plan in pools else f" with {_modifier_of(plan)}"
        _against_minutes(check, day, indexes, pools.get(plan), under)
    if loose:
        _against_all(check, day, loose, made)
    return check.findings()


def _against_minutes(
    check: ClaimReport,
    day: ClaimedDay,
    indexes: Sequence[int],
    pool: DisciplineUnits | None,
    under: str,
) -> None:
    """Compare lines under one plan of care with the units that its minutes make."""
    most = {} if pool is None else _most_units(pool)
    billed: dict[str, list[int]] = {}
    for index in indexes:
        billed.setdefault(day.lines[index].code, []).append(index)
    for code, own in billed.items():
        _check_excess(check, day, own, most.get(code), under)
    if pool is None:
        return
    # With a tie, any of the tied codes may have the unit that is left, but not all of them.
    claimed: list[int] = []
    claimants = 0
    for tied in pool.tied:
        split = pool.minute_splits[tied]
        further = billed.get(split.add_on or "", [])
        own = [*billed.get(split.code, ()), *further]
        # The first unit of a family belongs to the first code, even if that code was not billed.
        sure = max(split.full_units - 1, 0)
        if day.units_at(own) > split.full_units or (further and day.units_at(further) > sure):
            claimed += own
            claimants += 1
    if excess := excess_units(claimants, made=pool.open_units):
        codes = listed(tuple(dict.fromkeys(day.lines[index].code for index in claimed)))
        made = counted(pool.open_units, "unit")
        check.find(
            Severity.DENY,
            f"{counted(claimants, 'unit')} billed for tied leftover minutes that make {made}",
            f"bill {counted(excess, 'unit')} fewer.",
            claimed,
            detail=f"The leftover minutes of {codes}{under} are equal, and together they make {made}.",
            denied=claimed,
            units=excess,
        )


def _against_all(
    check: ClaimReport, day: ClaimedDay, loose: Sequence[int], made: Allocation
) -> None:
    """Compare the codes of lines without a plan of care with the units that all minutes make."""
    most: dict[str, int] = {}
    for pool in made.disciplines:
        for code, units in _most_units(pool).items():
            most[code] = most.get(code, 0) + units
    for code in dict.fromkeys(day.lines[index].code for index in loose):
        _check_excess(check, day, day.line_indexes[code], most.get(code), "")
    billed = {
        code: day.units_at(indexes)
        for code, indexes in day.line_indexes.items()
        if is_timed(day, code)
    }
    # An excess that was reported for one code is not reported again for all codes.
    if check.has_findings or any(
        all(units <= split.get(code, 0) for code, units in billed.items())
        for split in made.admissible
    ):
        return
    timed = [index for code in billed for index in day.line_indexes[code]]
    excess = max(1, excess_units(sum(billed.values()), made=made.total_units))
    check.find(
        Severity.DENY,
        f"{counted(sum(billed.values()), 'timed unit')} billed, but no legal split of the minutes makes them",
        f"bill {counted(excess, 'unit')} fewer.",
        timed,
        detail=f"The minutes make {counted(made.total_units, 'unit')}.",
        denied=timed,
        units=excess,
    )


def _check_excess(
    check: ClaimReport, day: ClaimedDay, indexes: Sequence[int], most: int | None, under: str
) -> None:
    """Report units of one code above *most*. *most* is None if the code is not in the record."""
    code = day.lines[indexes[0]].code
    billed = day.units_at(indexes)
    if excess := excess_units(billed, made=most or 0):
        why = f"{code} is not in the record" if most is None else f"the minutes make {most}"
        check.find(
            Severity.DENY,
            f"{counted(billed, 'unit')} of {code} billed{under}; {why}",
            f"bill {counted(most, 'unit')}." if most else f"take {code} off the claim.",
            indexes,
            denied=indexes,
            units=excess,
        )


def _most_units(pool: DisciplineUnits) -> dict[str, int]:
    """Return the highest number of units that each code has in any legal split."""
    most = dict(pool.untimed)
    for index, split in enumerate(pool.minute_splits):
        extra = int(index in pool.tied or pool.extra_units[index])
        most |= units_of_family(split.code, split.add_on, split.full_units + extra)
    return most


def _modifier_of(plan: Discipline | None) -> str:
    return "no plan" if plan is None else plan_modifiers()[plan]


def check_payer_cap(day: ClaimedDay) -> Findings:
    """Compare the units of the claim with the payer's caps, and report the units that the caps removed."""
    check = day.report("payer-cap")
    if not day.policy.counting.capped:
        return check.not_applicable("the payer's policy has no caps")
    timed = [index for index, line in enumerate(day.lines) if is_timed(day, line.code)]
    if day.policy.counting.cap_per_session is not None and not day.sessions:
        check.answer(Answer.NOT_IN_DATA, "no sessions were given, and the cap is per session")
    for indexes, limit in _capped(day, timed):
        units = [day.lines[index].units for index in indexes]
        if beyond := beyond_cap(units, limit=limit):
            codes = listed(tuple(dict.fromkeys(day.lines[index].code for index in indexes)))
            check.find(
                Severity.DENY,
                f"{counted(sum(units), 'unit')} of {codes}; the payer pays {limit} a day",
                f"bill {counted(limit, 'unit')}.",
                indexes,
                denied=indexes,
                units=beyond,
            )
    cuts = day.counted.capped_units if day.sessions else ()
    for code in dict.fromkeys(cut.code for cut in cuts):
        taken = counted(sum(cut.code == code for cut in cuts), "unit")
        check.find(
            Severity.INFO,
            f"the payer's cap removes {taken} of {code}",
            "expect no payment for the minutes above the cap, and keep them in the record.",
            day.line_indexes.get(code, ()),
            detail=f"The documented minutes make {taken} of {code} more than the payer pays.",
        )
    return check.findings()


def _capped(day: ClaimedDay, timed: Sequence[int]) -> Iterator[tuple[list[int], int]]:
    """Yield the timed lines that each cap applies to, with the limit."""
    counting = day.policy.counting
    caps: list[tuple[Collection[str], int]] = list(counting.cap_per_codes)
    if isinstance(counting.cap_per_code, int):
        caps += [((code,), counting.cap_per_code) for code in day.line_indexes]
    elif counting.cap_per_code is not None:
        caps += [((code,), limit) for code, limit in counting.cap_per_code]
    for codes, limit in caps:
        yield [index for index in timed if day.lines[index].code in codes], limit
    if counting.cap_per_session is not None:
        for plan in dict.fromkeys(session.discipline for session in day.sessions):
            times = sum(session.discipline is plan for session in day.sessions)
            own = [index for index in timed if day.lines[index].discipline is plan]
            yield own, counting.cap_per_session * times
    if counting.cap_per_day is not None:
        yield list(timed), counting.cap_per_day


def check_assistant_modifier_missing(day: ClaimedDay) -> Findings:
    """Check that units furnished by an assistant have CQ or CO."""
    check = day.report("assistant-modifier-missing")
    if day.policy.modifiers.assistants is AssistantRule.NONE:
        return check.not_applicable("the payer does not use CQ and CO on this date")
    if not day.sessions:
        remark = "no sessions were given, so it is not known what an assistant furnished"
        check.answer(Answer.NOT_IN_DATA, remark)
        return check.findings()
    furnished = _furnished(day)
    for (plan, code), wanted in furnished.items():
        indexes = [
            index
            for index in day.line_indexes.get(code, ())
            if day.lines[index].discipline in (plan, None)
        ]
        units = sum(day.lines[index].units for index in indexes)
        marked = sum(day.lines[index].units for index in indexes if day.lines[index].assistant)
        if unmarked := unmarked_units(wanted, marked=marked, units=units):
            check.find(
                Severity.DENY,
                f"{counted(unmarked, 'unit')} of {code} furnished by an assistant but billed without CQ or CO",
                f"bill {counted(marked + unmarked, 'unit')} with CQ or CO on a separate line.",
                indexes,
            )
    return check.findings()


def _furnished(day: ClaimedDay) -> dict[tuple[Discipline | None, str], int]:
    """Return the units that an assistant furnished, by plan of care and code, as the claim bills them."""
    made = day.counted
    if made.tied:
        # With a tie, use the split that the claim bills.
        beyond = {
            code: units - day.units_at(day.line_indexes.get(code, ()))
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
        # Without sessions, only CQ and CO show that an assistant furnished a service.
        if is_evaluation_by_assistant(line):
            paid.setdefault((line.discipline, line.code), 0)
    for (plan, code), units in paid.items():
        indexes = [
            index for index in day.line_indexes.get(code, ()) if day.lines[index].discipline is plan
        ]
        excess = day.units_at(indexes) - units
        if excess <= 0:
            continue
        action = f"take {code} off the claim, or correct the clinician if a therapist furnished it."
        if units:
            made = counted(units, "unit")
            action = f"bill {made}; the therapist's own minutes make {made}."
        who, what = "an assistant", "evaluations by an assistant"
        if plan is Discipline.SLP:
            who, what = "an SLP assistant", "services of SLP assistants"
        check.find(
            Severity.DENY,
            f"{counted(excess, 'unit')} of {code} furnished by {who}",
            action,
            indexes,
            detail=f"Medicare does not pay for {what}.",
            denied=indexes,
            units=excess,
        )
    if not check.has_findings and not day.sessions:
        remark = "no sessions were given, so it is not known who furnished each service"
        check.answer(Answer.NOT_IN_DATA, remark)
    return check.findings()


def check_kx_threshold(day: ClaimedDay) -> Findings:
    """Find lines above the annual threshold without KX."""
    check = day.report("kx-threshold")
    if not day.policy.modifiers.kx:
        return check.not_applicable(NO_KX)
    if day.priced is None or day.accumulators is None:
        remark = "fees and year-to-date amounts (accumulators) are needed"
        check.answer(Answer.NOT_IN_DATA, remark)
        return check.findings()
    unpriced = [line.code for line in day.priced.lines if line.allowed is None]
    if unpriced:
        remark = "a line without a price cannot be counted toward the threshold"
        check.answer(Answer.NOT_IN_DATA, remark, unpriced)
    planless = [line.code for line in day.priced.lines if line.kx is KxState.UNKNOWN]
    if planless:
        remark = "a line without GP, GO, or GN does not count toward a threshold"
        check.answer(Answer.NOT_IN_DATA, remark, planless)
    for index, line in enumerate(day.priced.lines):
        if line.kx is not KxState.SUGGESTED or line.discipline is None:
            continue
        check.find(
            Severity.DENY,
            f"{line.code} is above the annual threshold and has no KX",
            "attest KX if the record shows that the service is medically necessary.",
            (index,),
            denied=(index,),
            suggested=(("KX", line.discipline.value),),
        )
    return check.findings()
