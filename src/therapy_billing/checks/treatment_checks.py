"""Check claim lines against the sessions and the payer's policy: units, caps, assistants, and the annual threshold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from therapy_billing.base.wording import counted, listed
from therapy_billing.checks.claimed_day import NO_KX, ClaimedDay, ClaimReport, is_timed
from therapy_billing.checks.rules import beyond_cap, excess_units
from therapy_billing.claims.assistant_units import (
    unpaid_evaluations,
)
from therapy_billing.claims.claim_lines import build_claim
from therapy_billing.claims.rules.line_modifiers import unmarked_units
from therapy_billing.codes.code_book import known_code
from therapy_billing.codes.modifiers import plan_modifiers
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import as_sentences
from therapy_billing.law.sources import Source
from therapy_billing.payers.caps import Cap, CapEach, counts_code, limit_on_day
from therapy_billing.payers.furnishers import FurnisherRule, Payable
from therapy_billing.payers.policy import AssistantRule, FeeBasis, TiePolicy
from therapy_billing.pricing.records import KxState
from therapy_billing.units.allocation_record import Allocation, recalled_remarks
from therapy_billing.units.allocator import allocate_units
from therapy_billing.units.caps import limits_of
from therapy_billing.units.records import (
    DisciplineUnits,
    ServiceGroups,
    Services,
    UnbilledService,
    units_of_family,
)
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = [
    "check_assistant_modifier_missing",
    "check_assistant_scope",
    "check_furnisher_scope",
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
    made = day.documented
    for remark in made.open_questions:
        check.answer(Answer.NOT_IN_DATA, f"not settled: {remark}")
    pools = {pool.discipline: pool for pool in made.disciplines}
    payable = {pool.discipline: pool for pool in day.uncapped.disciplines}
    by_plan: dict[Discipline | None, list[int]] = {}
    for index, line in enumerate(day.lines):
        # If the day has only one plan of care, a line without a plan belongs to it.
        plan = next(iter(pools)) if line.discipline is None and len(pools) == 1 else line.discipline
        by_plan.setdefault(plan, []).append(index)
    loose = by_plan.pop(None, [])
    for plan, indexes in by_plan.items():
        under = "" if len(pools) == 1 and plan in pools else f" with {_modifier_of(plan)}"
        _against_minutes(check, day, indexes, (pools.get(plan), payable.get(plan)), under)
    if loose:
        _against_all(check, day, loose, made)
    return check.findings(remark="; ".join(recalled_remarks(made.recalled_codes)))


def _against_minutes(
    check: ClaimReport,
    day: ClaimedDay,
    indexes: Sequence[int],
    pools: tuple[DisciplineUnits | None, DisciplineUnits | None],
    under: str,
) -> None:
    """
    Compare lines under one plan of care with the units that its minutes make.

    *pools* are the units of all documented minutes, and of those that the payer pays. Ties are those of the second:
    units that only the first has are reported under ``furnisher-scope``.
    """
    paid = pools[1]
    most = _most_of(pools)
    billed: dict[str, list[int]] = {}
    for index in indexes:
        billed.setdefault(day.lines[index].code, []).append(index)
    for code, own in billed.items():
        _check_excess(check, day, own, most.get(code), under)
    if paid is None:
        return
    # With a tie, any of the tied codes may have the unit that is left, but not all of them.
    claimed: list[int] = []
    claimants = 0
    for tied in paid.tied:
        split = paid.minute_splits[tied]
        further = billed.get(split.add_on or "", [])
        own = [*billed.get(split.code, ()), *further]
        # The first unit of a family belongs to the first code, even if that code was not billed.
        sure = max(split.full_units - 1, 0)
        if day.units_at(own) > split.full_units or (further and day.units_at(further) > sure):
            claimed += own
            claimants += 1
    if excess := excess_units(claimants, made=paid.open_units):
        codes = listed(tuple(dict.fromkeys(day.lines[index].code for index in claimed)))
        made = counted(paid.open_units, "unit")
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
    check: ClaimReport,
    day: ClaimedDay,
    loose: Sequence[int],
    made: Allocation,
) -> None:
    """Compare the codes of lines without a plan of care with the units that all minutes make."""
    most: dict[str, int] = {}
    for pools in zip(made.disciplines, day.uncapped.disciplines, strict=True):
        for code, units in _most_of(pools).items():
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
        for split in (*made.admissible, *day.uncapped.admissible)
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


def _most_of(pools: Iterable[DisciplineUnits | None]) -> dict[str, int]:
    """
    Return the highest number of units that each code has in any of *pools*.

    Minutes of someone whom the payer does not pay can take a leftover unit away from a therapist's code, so the units
    of the paid minutes alone count too.
    """
    most: dict[str, int] = {}
    for pool in pools:
        for code, units in () if pool is None else _most_units(pool).items():
            most[code] = max(units, most.get(code, 0))
    return most


def _modifier_of(plan: Discipline | None) -> str:
    return "no plan" if plan is None else plan_modifiers()[plan]


def check_payer_cap(day: ClaimedDay) -> Findings:
    """Compare the units of the claim with the payer's caps, and report the units that the caps removed."""
    check = day.report("payer-cap")
    caps = day.policy.counting.unit_caps
    if not caps:
        return check.not_applicable("the payer's policy has no caps")
    for cap in caps:
        codes = [code for code in day.line_indexes if _counts(cap, day, code)]
        if cap.limit is not None:
            _check_cap(check, day, cap)
        elif codes:
            remark = "the payer has a cap for these codes, and no source gives its number"
            check.answer(Answer.NOT_IN_DATA, remark, codes)
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


def _check_cap(check: ClaimReport, day: ClaimedDay, cap: Cap) -> None:
    """Report the units of the claim above *cap*."""
    if {CapEach.SESSION, CapEach.PROVIDER} & {*cap.each} and not day.sessions:
        each = "session" if CapEach.SESSION in cap.each else "provider"
        check.answer(Answer.NOT_IN_DATA, f"no sessions were given, and the cap is per {each}")
        return
    for indexes, limit in _capped(day, cap):
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


def _counts(cap: Cap, day: ClaimedDay, code: str) -> bool:
    """Return whether *cap* counts the units of *code*. A code that the library does not know is not counted."""
    return day.facts(code) is not None and counts_code(cap, code, timed=is_timed(day, code))


def _capped(day: ClaimedDay, cap: Cap) -> Iterator[tuple[list[int], int]]:
    """Yield the lines that share a limit of *cap*, with the limit."""
    limit = int(limit_on_day(cap, day.line_indexes) or 0)
    counting = [index for index, line in enumerate(day.lines) if _counts(cap, day, line.code)]
    groups = [(counting, limit)]
    if {CapEach.SESSION, CapEach.PROVIDER} & {*cap.each}:
        groups = [
            ([index for index in counting if day.lines[index].discipline in plans], limit * limits)
            for plans, limits in limits_of(cap, _billed_services(day), day.policy)
        ]
    elif CapEach.DISCIPLINE in cap.each:
        groups = [
            ([index for index in counting if day.lines[index].discipline is plan], limit)
            for plan in dict.fromkeys(day.lines[index].discipline for index in counting)
        ]
    for indexes, most in groups:
        if CapEach.CODE not in cap.each:
            yield indexes, most
            continue
        for code in dict.fromkeys(day.lines[index].code for index in indexes):
            yield [index for index in indexes if day.lines[index].code == code], most


def _billed_services(day: ClaimedDay) -> ServiceGroups:
    """Return the services of each session that make units, by discipline."""
    groups: dict[Discipline | None, list[Services]] = {}
    for session in day.sessions:
        services = tuple(each for each in session.services if _is_billed(day, session, each))
        groups.setdefault(session.discipline, []).append(services)
    return list(groups.items())


def _is_billed(day: ClaimedDay, session: Session, service: Service) -> bool:
    """Return whether a service makes units."""
    return day.policy.furnishers.makes_units(
        service.clinician,
        session.discipline,
        known_code(service.code).service_class,
        day.date_of_service,
    )


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
    made = day.counted
    unpaid = unpaid_evaluations(day.lines, day.policy, day.date_of_service, made)
    for (plan, code), wanted in furnished.items():
        if (plan, code) in unpaid:
            # The rule assistant-scope takes it off the claim, so it needs no modifier.
            continue
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
    units: dict[tuple[Discipline | None, str], int] = {}
    for pool in day.counted.disciplines:
        made = _as_billed(day, pool) if pool.tied else day.counted
        for line in build_claim(made, setting=day.setting).lines:
            if line.assistant and line.discipline is pool.discipline:
                key = (line.discipline, line.code)
                units[key] = units.get(key, 0) + line.units
    return units


def _as_billed(day: ClaimedDay, pool: DisciplineUnits) -> Allocation:
    """Return the units of the day. The tied units of *pool* go to the codes for which the claim bills them."""
    # A code can be tied under two plans of care, so only lines of this plan show which code has the unit.
    beyond = {
        code: units
        - day.units_at(
            index
            for index in day.line_indexes.get(code, ())
            if day.lines[index].discipline in (pool.discipline, None)
        )
        for code, units in day.counted.by_discipline[pool.discipline].items()
    }
    policy = day.counted.policy.with_changes(
        tie_policy=TiePolicy.PREFERRED_CODES,
        preferred_codes=tuple(sorted(beyond, key=beyond.__getitem__)),
    )
    return allocate_units(day.sessions, policy)


def check_assistant_scope(day: ClaimedDay) -> Findings:
    """Find evaluations by assistants, and services of SLP assistants that the payer does not pay."""
    check = day.report("assistant-scope")
    payer = "Medicare" if day.policy.counting.medicare_codes else "the payer"
    made = day.counted if day.sessions else None
    evaluations = unpaid_evaluations(day.lines, day.policy, day.date_of_service, made)
    for (plan, code), (units, rule) in evaluations.items():
        indexes = [
            index for index in day.line_indexes.get(code, ()) if day.lines[index].discipline is plan
        ]
        excess = day.units_at(indexes) - units
        if excess <= 0:
            continue
        action = f"take {code} off the claim, or correct the clinician if a therapist furnished it."
        if units:
            kept = counted(units, "unit")
            action = f"bill {kept}; the therapist's own minutes make {kept}."
        refused = rule is not None and rule.refuses
        if not refused and day.policy.money.fee_basis is FeeBasis.ANY_SCHEDULE:
            # A counting method is no payer, so nobody can be asked.
            continue
        check.find(
            Severity.DENY if refused else Severity.REVIEW,
            f"{counted(excess, 'unit')} of {code} furnished by an assistant",
            action,
            indexes,
            detail=f"{payer[0].upper()}{payer[1:]} does not pay for evaluations by an assistant."
            if refused
            else f"No source says that {payer} pays for evaluations by an assistant.",
            denied=indexes,
            units=excess,
            figures=_cited(check, [rule]),
        )
    _check_unbilled(check, day, of_assistants=True)
    return check.findings()


def check_furnisher_scope(day: ClaimedDay) -> Findings:
    """Find services of students, aides, athletic trainers, and clinical fellows that the payer does not pay."""
    check = day.report("furnisher-scope")
    _check_unbilled(check, day, of_assistants=False)
    return check.findings()


def _check_unbilled(check: ClaimReport, day: ClaimedDay, *, of_assistants: bool) -> None:
    """Report units of services that make none because of who furnished them, and list these services."""
    if not day.sessions:
        remark = "no sessions were given, so it is not known who furnished each service"
        if not check.has_findings:
            check.answer(Answer.NOT_IN_DATA, remark)
        return
    documented = {pool.discipline: _most_units(pool) for pool in day.documented.disciplines}
    for pool in day.uncapped.disciplines:
        if not pool.unbilled:
            continue
        for code, most in documented[pool.discipline].items():
            by_code = [each for each in pool.unbilled if each.code == code]
            causes = by_code or list(pool.unbilled)
            if (causes[0].clinician is Clinician.ASSISTANT) is not of_assistants:
                continue
            indexes = [
                index
                for index in day.line_indexes.get(code, ())
                if day.lines[index].discipline in (pool.discipline, None)
            ]
            excess = _unpayable_units(day, pool, code, indexes, most)
            if excess > 0:
                _find_unpayable(check, causes, code, indexes, excess)
        for service in pool.unbilled:
            if (service.clinician is Clinician.ASSISTANT) is of_assistants:
                _list_unbilled(check, service)


def _unpayable_units(
    day: ClaimedDay, pool: DisciplineUnits, code: str, indexes: Sequence[int], most: int
) -> int:
    """Return the units on the lines at *indexes*, up to *most*, that the minutes that the payer pays do not make."""
    excess = min(day.units_at(indexes), most) - _most_units(pool).get(code, 0)
    if any(day.lines[index].discipline is None for index in indexes):
        # A line without a plan may be for minutes under another plan.
        paid = sum([_most_units(each).get(code, 0) for each in day.uncapped.disciplines])
        excess = min(excess, day.units_at(day.line_indexes[code]) - paid)
    return excess


def _find_unpayable(
    check: ClaimReport,
    causes: Sequence[UnbilledService],
    code: str,
    indexes: Sequence[int],
    excess: int,
) -> None:
    """Report units of the claim that come only from minutes that the payer does not pay."""
    kept = check.day.units_at(indexes) - excess
    who = listed(tuple(dict.fromkeys(cause.who for cause in causes)))
    check.find(
        Severity.DENY if any(cause.is_refused for cause in causes) else Severity.REVIEW,
        f"{counted(excess, 'unit')} of {code} furnished by {who}",
        f"bill {counted(kept, 'unit')} of {code}."
        if kept
        else f"take {code} off the claim, or correct the clinician if a therapist furnished it.",
        indexes,
        detail=as_sentences(dict.fromkeys(cause.reason for cause in causes)),
        denied=indexes,
        units=excess,
        figures=_cited(check, [cause.rule for cause in causes]),
    )


def _cited(check: ClaimReport, rules: Iterable[FurnisherRule | None]) -> tuple[Source, ...]:
    """Return the sources of *rules*. If no source says anything, cite only our own reading, not what another payer says."""
    own_reading = check.rule.sources[-1]
    return tuple(dict.fromkeys(own_reading if rule is None else rule.source for rule in rules))


def _list_unbilled(check: ClaimReport, service: UnbilledService) -> None:
    """List a service that makes no unit, so that the minutes are not silently left out."""
    action = "keep the service in the record, and do not bill it."
    if check.day.policy.money.fee_basis is FeeBasis.ANY_SCHEDULE:
        action = "name the payer, because a counting method does not say whose services are paid."
    elif not service.is_refused:
        action = "ask the payer. If it pays, add a [[furnisher]] table to the payer's file."
    elif service.rule is not None and service.rule.payable is Payable.THERAPISTS_OWN:
        action = (
            "record the therapist only if the therapist was in the room, directed the whole service, and treated "
            "nobody else."
        )
    check.add(
        Severity.INFO,
        service.sentence,
        action,
        detail=as_sentences([service.reason]),
        codes=(service.code,),
        keys=service.keys,
        figures=_cited(check, [service.rule]),
    )


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
