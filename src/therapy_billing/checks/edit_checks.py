"""What NCCI edits deny of a day: pairs, limits, and modifiers that pass a pair."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.money import EXACT
from therapy_billing.base.wording import counted
from therapy_billing.checks.claimed_day import ClaimedDay, ClaimReport, Denied
from therapy_billing.checks.distinct_services import (
    Condition,
    condition_of,
    evidence_of,
    is_distinct,
    modifier_for,
)
from therapy_billing.checks.rules import beyond_limit, denied_column_two
from therapy_billing.codes.modifiers import distinct_modifiers
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.ncci.records import EditState, LimitAnswer, MueLimit, PairAnswer, PtpEdit
from therapy_billing.payers.policy import EditProgram

__all__ = [
    "check_distinct_service",
    "check_ncci_mue",
    "check_ncci_ptp",
]

_BY_LINE = 1
_MEDICAID = "the edits held are those of Medicare: give those of Medicaid as edits"
_MAI = {
    1: "each line on its own",
    2: "all units of the day are denied, for good",
    3: "all units of the day are denied; an appeal may show the need",
}


def check_ncci_ptp(day: ClaimedDay) -> Findings:
    """Ask of every two codes of the day whether they form a pair."""
    check = day.report("ncci-ptp")
    if not _has_edits(check, day):
        return check.findings()
    for code, other in combinations(day.places, 2):
        answer = day.edits.pair(code, other, day.date_of_service, day.edit_setting)
        if answer.edit is None:
            check.not_held(answer.state, answer.remarks, f"{code}/{other}")
            continue
        try:
            _pair(check, day, answer, answer.edit)
        except NotPublishedError as error:
            check.not_held(EditState.OUT_OF_RANGE, (str(error),), f"{code}/{other}")
    return check.findings()


def _has_edits(check: ClaimReport, day: ClaimedDay) -> bool:
    """Return whether there are edits to ask; where there are none, the check has answered."""
    if day.policy.modifiers.edits is EditProgram.NONE:
        check.answer(Answer.NOT_APPLICABLE, "the payer's policy names no NCCI edits")
        return False
    if day.lacks_edits:
        check.answer(Answer.NOT_IN_DATA, _MEDICAID, day.places)
        return False
    return True


def _pair(check: ClaimReport, day: ClaimedDay, answer: PairAnswer, edit: PtpEdit) -> None:
    """Look at the lines of one pair with an edit that is in force or undated."""
    column_one, column_two = day.places[edit.column1], day.places[edit.column2]
    denied = denied_column_two(
        [_distinct(day, place) for place in column_one],
        [_distinct(day, place) for place in column_two],
        indicator=edit.indicator,
        either_column=day.either_column,
    )
    if answer.state is EditState.UNDATED:
        if denied:
            _open_pair(check, day, (edit, answer), [column_two[place] for place in denied])
        return
    plans = {day.lines[place].discipline for place in column_one}
    by_severity: dict[Severity, list[int]] = {}
    for place in [column_two[place] for place in denied]:
        plan = day.lines[place].discipline
        severity = Severity.DENY
        if edit.indicator == 0 and plan is not None and plans.isdisjoint({None, plan}):
            # The manual lets clinicians of different specialties bill both; the file does not tell it.
            severity = Severity.REVIEW
        by_severity.setdefault(severity, []).append(place)
    for severity, places in by_severity.items():
        _denied_pair(check, day, (edit, answer), places, severity)


def _open_pair(
    check: ClaimReport, day: ClaimedDay, asked: tuple[PtpEdit, PairAnswer], places: Sequence[int]
) -> None:
    """Report a pair that a dated file lists, but not for the day: no source says to change the claim."""
    edit, answer = asked
    check.find(
        Severity.REVIEW,
        f"{edit.column1} (column 1) and {edit.column2} (column 2) are a pair with indicator "
        f"{edit.indicator}, and whether it is in force on {day.date_of_service} is not known: "
        + "; ".join(answer.remarks),
        _load("PTP", f"for the quarter of {day.date_of_service} or a later one"),
        (*places, *day.places[edit.column1]),
        denied=places,
        figures=() if answer.source is None else (answer.source,),
    )


def _load(kind: str, which: str) -> str:
    return (
        f"load CMS's {kind} file {which} (--edits, or Edits.with_files) before you change the claim"
    )


def _denied_pair(
    check: ClaimReport,
    day: ClaimedDay,
    asked: tuple[PtpEdit, PairAnswer],
    places: Sequence[int],
    severity: Severity,
) -> None:
    """Tell of the lines of column 2 that a pair denies."""
    edit, answer = asked
    first, second = edit.column1, edit.column2
    message = (
        f"{first} (column 1) and {second} (column 2) form a pair with indicator {edit.indicator}: "
        f"{second} is denied"
    )
    suggested: tuple[tuple[str, str], ...] = ()
    condition: Condition | None = None
    if edit.indicator == 0:
        marked = any(_distinct(day, place) for place in places)
        message += ", and no modifier passes it" + (" as 59 or X would have it" if marked else "")
        action = f"bill {first} or {second}, not both"
    else:
        on = "" if day.either_column else f" on {second}"
        message += f" without 59 or an X modifier{on}"
        suggested, action, condition = _distinct_advice(day, first, second)
    stake = day.stake(Denied(tuple(places), day.units_at(places)))
    with_both = None if day.priced is None else day.priced.allowed
    if stake is not None and with_both is not None:
        message += (
            f"; ${with_both} is allowed with both, "
            f"${EXACT.subtract(with_both, stake)} when {second} is denied"
        )
    check.find(
        severity,
        message,
        action,
        (*places, *day.places[first]),
        denied=places,
        stake=stake,
        suggested=suggested,
        figures=[each.source for each in (answer, condition) if each and each.source],
    )


def _distinct(day: ClaimedDay, place: int) -> bool:
    return is_distinct(day.lines[place], day.date_of_service)


def _distinct_advice(
    day: ClaimedDay, first: str, second: str
) -> tuple[tuple[tuple[str, str], ...], str, Condition | None]:
    """Return the modifier that the record bears out, what to do, and the manual's condition."""
    evidence = evidence_of(day, first, second)
    condition = condition_of(first, second, same_plan=not evidence.plans)
    if condition is not None and condition.never:
        return (), f"bill {first} alone: {condition.statement}", condition
    only = f", {condition.statement}" if condition is not None else ""
    if evidence.times is False:
        return (), f"the record has both at the same time: bill {first} alone", condition
    if evidence.bears_out:
        modifier = modifier_for(evidence, day.date_of_service)
        action = (
            f"{evidence.shows}: attest {modifier} on {second} if the services were distinct{only}"
        )
        return ((modifier, second),), action, condition
    if not day.sessions:
        action = f"give the sessions: their times tell whether 59 or an X modifier fits on {second}"
        return (), action + only, condition
    action = f"the record shows neither separate times nor regions: bill {first} alone, or record them first"
    return (), action + only, condition


def check_distinct_service(day: ClaimedDay) -> Findings:
    """See whether the record bears out 59 and the X modifiers."""
    check = day.report("distinct-service")
    marked = [place for place in range(len(day.lines)) if _distinct(day, place)]
    for code, modifier in day.unused_attestations:
        check.find(
            Severity.INFO,
            f"{modifier} is attested for {code}, which is on no line",
            "see whether the code is the one that was meant",
            (),
        )
    for place in marked:
        _see_distinct(check, day, place)
    if marked and not day.sessions:
        codes = [day.lines[place].code for place in marked]
        remark = "give the sessions: only the record shows whether services were distinct"
        check.answer(Answer.NOT_IN_DATA, remark, codes)
    return check.findings()


def _see_distinct(check: ClaimReport, day: ClaimedDay, place: int) -> None:
    """Tell where the record does not bear out the modifier of the line at *place*."""
    code = day.lines[place].code
    others = sorted(other for other in day.places if other != code)
    paired = [other for other in others if _form_a_pair(day, code, other)]
    shown = {other: evidence_of(day, other, code) for other in paired or others}
    known = distinct_modifiers()
    modifier = next(each for each in day.lines[place].modifiers if each in known)
    # The manual is of the payers that take its edits.
    for other in others if day.policy.modifiers.edits is not EditProgram.NONE else ():
        same_plan = not evidence_of(day, other, code).plans
        condition = condition_of(other, code, same_plan=same_plan)
        if condition is not None and condition.never:
            check.find(
                Severity.REVIEW,
                f"{modifier} on {code} beside {other}: {condition.statement}",
                f"take {modifier} off, and bill one of {code} and {other}",
                (place,),
                denied=(place,),
                figures=(condition.source,),
            )
            return
    if not day.sessions:
        return
    # Each pair has to be borne out; where none is known, one code to be distinct from is enough.
    borne_out = [evidence.bears_out for evidence in shown.values()]
    if all(borne_out) if paired else any(borne_out):
        return
    at_once = any(evidence.times is False for evidence in shown.values())
    message = f"{modifier} on {code}: the record shows no separate time or region for it"
    if at_once:
        message = f"{modifier} on {code}: the record has it at the same time as another code"
    check.find(
        Severity.DENY if at_once else Severity.REVIEW,
        message,
        f"take {modifier} off, or record when and where {code} was given",
        (place,),
        denied=(place,),
    )


def _form_a_pair(day: ClaimedDay, code: str, other: str) -> bool:
    if day.policy.modifiers.edits is EditProgram.NONE or day.lacks_edits:
        return False
    return day.edits.pair(code, other, day.date_of_service, day.edit_setting).edit is not None


def check_ncci_mue(day: ClaimedDay) -> Findings:
    """Compare the units of each code with its limit."""
    check = day.report("ncci-mue")
    if not _has_edits(check, day):
        return check.findings()
    for code, places in day.places.items():
        answer = day.edits.limit(code, day.date_of_service, day.edit_setting)
        if answer.limit is None:
            check.not_held(answer.state, answer.remarks, code)
            continue
        by_line = (
            answer.limit.mai == _BY_LINE or day.policy.modifiers.edits is EditProgram.NCCI_MEDICAID
        )
        units = [day.lines[place].units for place in places]
        denied = [
            places[place]
            for place in beyond_limit(units, limit=answer.limit.units, by_line=by_line)
        ]
        if denied:
            _limit(check, day, (answer.limit, answer), denied, by_line=by_line)
        elif answer.state is EditState.UNDATED:
            check.not_held(EditState.OUT_OF_RANGE, answer.remarks, code)
    return check.findings()


def _limit(
    check: ClaimReport,
    day: ClaimedDay,
    asked: tuple[MueLimit, LimitAnswer],
    denied: Sequence[int],
    *,
    by_line: bool,
) -> None:
    """Tell of the lines of one code that are beyond its limit."""
    limit, answer = asked
    places = day.places[limit.code]
    alone = {
        place
        for own in day.by_plan(places)
        if beyond_limit([day.lines[each].units for each in own], limit=limit.units, by_line=by_line)
        for place in own
    }
    # What another practitioner billed within the limit is not denied with it.
    denied = [place for place in denied if place in alone] or denied
    units = [day.lines[place].units for place in denied]
    billed = max(units) if by_line else sum(units)
    undated = answer.state is EditState.UNDATED
    held = "; ".join(answer.remarks)
    facts = day.facts(limit.code)
    bundled = not limit.units and facts is not None and facts.medicare_status == "B"
    if bundled:
        message = f"{limit.code} has a limit of 0: it is bundled, and no unit of it is paid apart"
        message += f"; the limit is {held}" if undated else ""
        action = f"expect no payment of {limit.code}"
    elif undated:
        message = f"{counted(billed, 'unit')} of {limit.code}, and the limit held is {limit.units}, {held}"
        action = _load("MUE", f"for the quarter of {day.date_of_service}")
    elif limit.units:
        message = (
            f"{counted(billed, 'unit')} of {limit.code}, at most {limit.units} (adjudication "
            f"indicator {limit.mai}: {_MAI[_BY_LINE if by_line else limit.mai]})"
        )
        action = f"bill {limit.units} at most; if more is needed, have the record show why"
    else:
        message = f"{limit.code} has a limit of 0: no unit of it is paid"
        action = f"take {limit.code} off"
    if not alone:
        message += (
            "; no plan of care is beyond it alone, and two disciplines are different practitioners"
        )
    severity = Severity.DENY if alone and not undated else Severity.REVIEW
    check.find(
        Severity.INFO if bundled else severity,
        message,
        action,
        denied,
        denied=denied,
        figures=() if answer.source is None else (answer.source,),
    )
