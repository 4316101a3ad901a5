"""Check a day against NCCI edits: pairs (PTP), unit limits (MUE), and modifiers for distinct services."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

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
from therapy_billing.findings.report import as_sentences
from therapy_billing.law.sources import Source
from therapy_billing.ncci.records import EditState, LimitAnswer, MueLimit, PairAnswer, PtpEdit
from therapy_billing.payers.policy import EditProgram

__all__ = [
    "check_distinct_service",
    "check_ncci_mue",
    "check_ncci_ptp",
    "distinct_advice",
]

_BY_LINE = 1
_MEDICAID = (
    "the library's edits are for Medicare; load Medicaid's edits (--edits, or Edits.with_files)"
)
_MAI = {
    1: "Each claim line is compared with the limit separately",
    2: "All units of the day are denied, and no appeal can change that",
    3: "All units of the day are denied unless an appeal shows that they were necessary",
}


class _Advice(NamedTuple):
    """
    What to do about a pair that a modifier may allow.

    Args:
        suggested: The attestation that the record supports, if any.
        why: What the record shows, as a sentence; empty if no record was given.
        action: What to do.
        condition: What the NCCI manual says about the two codes, if anything.
    """

    suggested: tuple[tuple[str, str], ...]
    why: str
    action: str
    condition: Condition | None


def check_ncci_ptp(day: ClaimedDay) -> Findings:
    """Check whether any two codes of the day are an NCCI pair."""
    check = day.report("ncci-ptp")
    if not _has_edits(check, day):
        return check.findings()
    for code, other in combinations(day.line_indexes, 2):
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
    """Return whether there are edits to check against. If not, record the reason in *check*."""
    if day.policy.modifiers.edits is EditProgram.NONE:
        check.answer(Answer.NOT_APPLICABLE, "the payer's policy names no NCCI edits")
        return False
    if day.lacks_edits:
        check.answer(Answer.NOT_IN_DATA, _MEDICAID, day.line_indexes)
        return False
    return True


def _pair(check: ClaimReport, day: ClaimedDay, answer: PairAnswer, edit: PtpEdit) -> None:
    """Check the lines of one pair. Its edit is in force or undated."""
    column_one, column_two = day.line_indexes[edit.column1], day.line_indexes[edit.column2]

    def denied_if(indicator: int) -> list[int]:
        denied = denied_column_two(
            [_distinct(day, each) for each in column_one],
            [_distinct(day, each) for each in column_two],
            indicator=indicator,
            either_column=day.either_column,
        )
        return [column_two[index] for index in denied]

    if edit.indicator is None:
        # The indicator is 0 or 1: only a line that both deny is certain.
        denied, certain = denied_if(0), denied_if(1)
    else:
        denied = certain = denied_if(edit.indicator)
    if answer.state is EditState.UNDATED:
        if denied:
            _open_pair(check, day, (edit, answer), denied)
        return
    by_severity: dict[Severity, list[int]] = {}
    for index in denied:
        severity = Severity.DENY if index in certain else Severity.REVIEW
        if edit.indicator != 1 and _of_another_plan(day, index, column_one):
            # The manual lets clinicians of two specialties bill both codes; the edit file does not say so.
            severity = Severity.REVIEW
        by_severity.setdefault(severity, []).append(index)
    for severity, indexes in by_severity.items():
        _denied_pair(check, day, (edit, answer), indexes, severity)


def _open_pair(
    check: ClaimReport, day: ClaimedDay, asked: tuple[PtpEdit, PairAnswer], indexes: Sequence[int]
) -> None:
    """Report a pair that may be in force on the date of service, although no file shows it for that date."""
    edit, answer = asked
    first, second = edit.column1, edit.column2
    indicator = "unknown indicator" if edit.indicator is None else f"indicator {edit.indicator}"
    detail = (
        f"{first} (column 1) and {second} (column 2) are an NCCI pair with {indicator}. "
        f"It is not known whether the edit is in force on {day.date_of_service}."
    )
    check.find(
        Severity.REVIEW,
        f"{second} with {first} may be denied on {day.date_of_service}",
        _load(
            "PTP", f"for the quarter that includes {day.date_of_service}, or for a later quarter"
        ),
        (*indexes, *day.line_indexes[first]),
        detail=as_sentences((detail, *answer.remarks)),
        denied=indexes,
        figures=_sources(answer),
    )


def _of_another_plan(day: ClaimedDay, index: int, others: Sequence[int]) -> bool:
    """Return whether the line at *index* has a plan of care, and all lines at *others* have a different one."""
    plan = day.lines[index].discipline
    return plan is not None and {None, plan}.isdisjoint(
        day.lines[each].discipline for each in others
    )


def _sources(answer: PairAnswer) -> tuple[Source, ...]:
    return (*(() if answer.source is None else (answer.source,)), *answer.more_sources)


def _load(kind: str, which: str) -> str:
    return f"load CMS's {kind} file {which} (--edits, or Edits.with_files) before you change the claim."


def _denied_pair(
    check: ClaimReport,
    day: ClaimedDay,
    asked: tuple[PtpEdit, PairAnswer],
    indexes: Sequence[int],
    severity: Severity,
) -> None:
    """Report the lines of the column 2 code that a pair denies."""
    edit, answer = asked
    first, second = edit.column1, edit.column2
    bundles = f"NCCI bundles {second} (column 2) into {first} (column 1)"
    plans = ""
    if any(_of_another_plan(day, index, day.line_indexes[first]) for index in indexes):
        plans = "The lines are under different plans of care, and clinicians of two specialties may both bill"
    if edit.indicator is None:
        detail = [bundles, "It is not known whether a modifier allows both", plans]
        action = (
            f"bill {first} only, or load CMS's PTP file for the quarter that includes "
            f"{day.date_of_service} to see the indicator (--edits, or Edits.with_files)."
        )
        advice = _Advice((), "", action, None)
    elif edit.indicator == 0:
        detail = [f"{bundles}, and no modifier allows both (indicator 0)"]
        if any(_distinct(day, index) for index in indexes):
            detail.append("The 59 or X modifier on the claim does not change that")
        detail.append(plans)
        advice = _Advice((), "", f"bill {first} or {second}, not both.", None)
    else:
        on = "" if day.either_column else f" on {second}"
        shown = f"59 or an X modifier{on} shows separate services"
        detail = [f"{bundles} unless {shown} (indicator {edit.indicator})"]
        advice = distinct_advice(day, first, second)
    condition = advice.condition
    detail.append(advice.why)
    if condition is not None:
        allowed = "" if condition.never else f"{second} can be billed with {first} "
        detail.append(f"{allowed}{condition.statement}")
    detail.extend(answer.remarks)
    stake = day.stake(Denied(tuple(indexes), day.units_at(indexes)))
    with_both = None if day.priced is None else day.priced.allowed
    if stake is not None and with_both is not None:
        detail.append(
            f"${with_both:,} is allowed for the day with both codes, and "
            f"${EXACT.subtract(with_both, stake):,} if {second} is denied"
        )
    check.find(
        severity,
        f"{second} with {first} on the same day",
        advice.action,
        (*indexes, *day.line_indexes[first]),
        detail=as_sentences(detail),
        denied=indexes,
        stake=stake,
        suggested=advice.suggested,
        figures=(*_sources(answer), *(() if condition is None else (condition.source,))),
    )


def _distinct(day: ClaimedDay, index: int) -> bool:
    return is_distinct(day.lines[index], day.date_of_service)


def distinct_advice(day: ClaimedDay, first: str, second: str) -> _Advice:
    """Return what to do about a pair that 59 or an X modifier may allow."""
    evidence = evidence_of(day, first, second)
    condition = condition_of(first, second, same_plan=not evidence.plans)
    bill_one = f"bill {first} only"
    if condition is not None and condition.never:
        return _Advice((), "", f"{bill_one}.", condition)
    if evidence.times is False:
        return _Advice(
            (), "The record shows overlapping times for the two services", f"{bill_one}.", condition
        )
    if evidence.supported:
        modifier = modifier_for(evidence, day.date_of_service)
        action = f"attest {modifier} on {second} if the services were distinct."
        return _Advice(((modifier, second),), evidence.shows, action, condition)
    if not day.sessions:
        action = f"give the sessions, to show whether {second} may have 59 or an X modifier."
        return _Advice((), "", action, condition)
    why = "The record shows no separate times or body regions"
    action = f"{bill_one}, or correct the record if the services were separate."
    return _Advice((), why, action, condition)


def check_distinct_service(day: ClaimedDay) -> Findings:
    """Check whether the record supports 59 and the X modifiers."""
    check = day.report("distinct-service")
    marked = [index for index in range(len(day.lines)) if _distinct(day, index)]
    for code, modifier in day.unused_attestations:
        check.find(
            Severity.INFO,
            f"{modifier} is attested for {code}, which is not on the claim",
            "attest the code that was meant, or remove the attestation.",
            (),
        )
    for index in marked:
        _check_distinct_line(check, day, index)
    if marked and not day.sessions:
        codes = [day.lines[index].code for index in marked]
        remark = "no sessions were given; only the record shows whether services were distinct"
        check.answer(Answer.NOT_IN_DATA, remark, codes)
    return check.findings()


def _check_distinct_line(check: ClaimReport, day: ClaimedDay, index: int) -> None:
    """Report the line at *index* if the record does not support its modifier."""
    code = day.lines[index].code
    others = sorted(other for other in day.line_indexes if other != code)
    paired = [other for other in others if _form_a_pair(day, code, other)]
    shown = {other: evidence_of(day, other, code) for other in paired or others}
    known = distinct_modifiers()
    modifier = next(each for each in day.lines[index].modifiers if each in known)
    # The NCCI manual applies only to payers that use NCCI edits.
    for other in others if day.policy.modifiers.edits is not EditProgram.NONE else ():
        same_plan = not evidence_of(day, other, code).plans
        condition = condition_of(other, code, same_plan=same_plan)
        if condition is not None and condition.never:
            check.find(
                Severity.REVIEW,
                f"{modifier} on {code}, but one clinician cannot bill {code} with {other} on the same day",
                f"remove {modifier}, and bill only one of {code} and {other}.",
                (index,),
                detail=as_sentences([condition.statement]),
                denied=(index,),
                figures=(condition.source,),
            )
            return
    if not day.sessions:
        return
    # The record must support each pair. If no pair is known, one distinct code is enough.
    supported = [evidence.supported for evidence in shown.values()]
    if all(supported) if paired else any(supported):
        return
    at_once = any(evidence.times is False for evidence in shown.values())
    answers = [] if at_once or paired else _clean_answers(day, code, others)
    if answers:
        check.find(
            Severity.INFO,
            f"{modifier} on {code} is not needed; no other code of the day forms an NCCI pair with it",
            f"remove {modifier}, unless the payer asks for it.",
            (index,),
            detail=as_sentences(dict.fromkeys(each for found in answers for each in found.remarks)),
            figures=dict.fromkeys(each for found in answers for each in _sources(found)),
        )
        return
    message = f"{modifier} on {code}, but the record shows no separate time or body region"
    if at_once:
        message = f"{modifier} on {code}, but the times of {code} and another code overlap"
    check.find(
        Severity.DENY if at_once else Severity.REVIEW,
        message,
        f"remove {modifier}, or correct the record if the services were separate.",
        (index,),
        denied=(index,),
    )


def _form_a_pair(day: ClaimedDay, code: str, other: str) -> bool:
    if day.policy.modifiers.edits is EditProgram.NONE or day.lacks_edits:
        return False
    return day.edits.pair(code, other, day.date_of_service, day.edit_setting).edit is not None


def _clean_answers(day: ClaimedDay, code: str, others: Iterable[str]) -> list[PairAnswer]:
    """Return the answers that show that *code* forms no pair with any of the *others*; none if one is missing."""
    if day.policy.modifiers.edits is EditProgram.NONE or day.lacks_edits:
        return []
    answers = [
        day.edits.pair(code, other, day.date_of_service, day.edit_setting) for other in others
    ]
    return answers if all(each.state is EditState.CLEAN for each in answers) else []


def check_ncci_mue(day: ClaimedDay) -> Findings:
    """Compare the units of each code with its MUE limit."""
    check = day.report("ncci-mue")
    if not _has_edits(check, day):
        return check.findings()
    for code, indexes in day.line_indexes.items():
        answer = day.edits.limit(code, day.date_of_service, day.edit_setting)
        if answer.limit is None:
            check.not_held(answer.state, answer.remarks, code)
            continue
        by_line = (
            answer.limit.mai == _BY_LINE or day.policy.modifiers.edits is EditProgram.NCCI_MEDICAID
        )
        units = [day.lines[index].units for index in indexes]
        denied = [
            indexes[index]
            for index in beyond_limit(units, limit=answer.limit.units, by_line=by_line)
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
    """Report the lines of one code that are above its limit."""
    limit, answer = asked
    indexes = day.line_indexes[limit.code]
    alone = {
        index
        for own in day.by_plan(indexes)
        if beyond_limit([day.lines[each].units for each in own], limit=limit.units, by_line=by_line)
        for index in own
    }
    # A second practitioner's line within the limit is not denied with the first practitioner's lines.
    denied = [index for index in denied if index in alone] or denied
    units = [day.lines[index].units for index in denied]
    billed = max(units) if by_line else sum(units)
    undated = answer.state is EditState.UNDATED
    facts = day.facts(limit.code)
    bundled = not limit.units and facts is not None and facts.medicare_status == "B"
    detail = [
        f"The limit of {limit.units} is for the quarter that starts {answer.quarter}; the data has no "
        f"limit for {day.date_of_service}"
        if undated
        else "",
        *(() if undated else answer.remarks),
    ]
    if bundled:
        message = f"{limit.code} is bundled and not paid separately"
        detail.insert(0, f"The unit limit of {limit.code} is 0")
        action = f"expect no payment for {limit.code}."
    elif undated:
        message = (
            f"{counted(billed, 'unit')} of {limit.code} may be above the limit of {limit.units}"
        )
        action = _load("MUE", f"for the quarter that includes {day.date_of_service}")
    elif limit.units:
        message = f"{counted(billed, 'unit')} of {limit.code} exceed the limit of {limit.units}"
        consequence = _MAI[_BY_LINE if by_line else limit.mai]
        detail.append(f"{consequence} (adjudication indicator {limit.mai})")
        action = f"bill at most {counted(limit.units, 'unit')}. If more were necessary, show why in the record."
    else:
        message = f"{limit.code} has a unit limit of 0 and is not paid"
        action = f"take {limit.code} off the claim."
    if not alone:
        detail.append(
            "Under each plan of care, the units are within the limit, and two disciplines count as "
            "different practitioners"
        )
    severity = Severity.DENY if alone and not undated else Severity.REVIEW
    check.find(
        Severity.INFO if bundled else severity,
        message,
        action,
        denied,
        detail=as_sentences(detail),
        denied=denied,
        figures=() if answer.source is None else (answer.source,),
    )
