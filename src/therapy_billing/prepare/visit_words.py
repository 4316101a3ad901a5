"""Put a prepared visit into words, for every display of it. No text names the author of a choice."""

from __future__ import annotations

from therapy_billing.base.money import Usd, dollars
from therapy_billing.base.wording import capitalized, counted, listed, named_briefly
from therapy_billing.chart.deadlines import Deadline
from therapy_billing.claims.records import ClaimLine
from therapy_billing.findings.open_reasons import open_reasons
from therapy_billing.findings.records import Finding, Severity
from therapy_billing.prepare.prepared_visit import (
    PreparedVisit,
    VisitStatus,
    WorkItem,
    WorkKind,
)
from therapy_billing.prepare.records import (
    Choice,
    Decision,
    DecisionOption,
    DecisionScope,
    OutdatedChoice,
)
from therapy_billing.prepare.settling import settled
from therapy_billing.pricing.records import PricedDay

__all__ = [
    "amount_remarks",
    "answer_in_words",
    "deadline_in_words",
    "decided_at",
    "depends_in_words",
    "line_in_words",
    "option_amounts",
    "option_marks",
    "other_findings",
    "outdated_in_words",
    "own_lines",
    "scope_in_words",
    "severity_in_words",
    "status_in_words",
    "task_in_words",
    "totals_of",
    "unbilled_in_words",
    "unchecked_count",
    "unchecked_in_words",
    "who_in_words",
    "work_in_words",
]


def who_in_words(who: str) -> str:
    """
    Return who has to do something, in words.

    >>> who_in_words("treating-clinician"), who_in_words("")
    ('treating clinician', '')
    """
    return who.replace("-", " ")


def line_in_words(line: ClaimLine) -> str:
    """
    Return a claim line in words.

    >>> line_in_words(ClaimLine("97110", 2, ("GP", "CQ")))
    '97110 GP CQ x2'
    """
    return " ".join((line.code, *line.modifiers, f"x{line.units}"))


def status_in_words(visit: PreparedVisit) -> str:
    """Return the status of *visit*, and how much there is to do before it can be billed."""
    todo = [
        counted(len(visit.open_decisions), "decision") + " to make" if visit.open_decisions else "",
        counted(len(visit.outdated), "choice") + " out of date" if visit.outdated else "",
    ]
    if visit.status is VisitStatus.READY:
        return "Ready to bill"
    if visit.status is VisitStatus.NOT_BILLED:
        if visit.claim is None:
            return "Not billed: every code was left off the claim"
        return "Not billed: no documented service makes a unit"
    if visit.status is VisitStatus.UNDECIDED:
        return f"Not ready: {listed([each for each in todo if each])}"
    denials = counted(len(visit.blocks), "denial") + " that no open decision settles"
    blocks = [visit.incomplete, denials if visit.blocks else "", *todo]
    return f"Blocked: {'; '.join(filter(None, blocks))}"


def totals_of(visit: PreparedVisit) -> dict[str, Usd | None]:
    """
    Return the dollars of *visit* by their names; nothing if there is no claim.

    The expected denials are left out if no finding is a denial, and Medicare's payment if Medicare's terms do not apply.
    """
    day = visit.priced
    if day is None:
        return {}
    denied = visit.findings.has_denials
    end = " if nothing is denied" if denied else ""
    pays = {} if day.terms is None else {f"Medicare pays{end}": day.medicare_pays}
    denials = {"Expected denials": visit.findings.at_stake} if denied else {}
    return {
        "Allowed": day.allowed,
        **denials,
        **pays,
        f"Patient owes{end}": day.patient_responsibility,
    }


def unbilled_in_words(day: PricedDay) -> tuple[str, ...]:
    """Return the documented minutes that make no unit, and why."""
    no_unit = (
        f"{code}: {counted(minutes, 'documented minute')}, no unit"
        for _, code, minutes in day.not_billed
    )
    return (*no_unit, *(f"{each.sentence}: {each.reason}" for each in day.unbilled))


def amount_remarks(day: PricedDay) -> tuple[str, ...]:
    """Return what a person should know about the dollars of *day*, each remark once."""
    remarks = [f"fees: {day.fees}"]
    remarks += [f"{line.code}: {line.unpriced}" for line in day.lines if line.unpriced]
    remarks += [line.denial_in_words for line in day.lines if line.denied_for]
    remarks += [cost.sentence for cost in day.caps]
    if day.medicare_pays_range is not None:
        least, most = day.medicare_pays_range
        remarks.append(f"Medicare may pay {dollars(least)} to {dollars(most)}")
    remarks += [
        f"{state.bucket.value}: {dollars(state.after)} of the {dollars(state.threshold)} threshold this year"
        for state in day.thresholds
    ]
    return tuple(dict.fromkeys((*remarks, *day.remarks)))


def decided_at(choice: Choice) -> str:
    """
    Return when *choice* was made.

    >>> decided_at(Choice("kx:PT:5d1f0c2a", "attest", "A. Invented, PT", "2026-03-02 17:40"))
    '2026-03-02 17:40'
    """
    return choice.decided_at.isoformat(" ", "minutes")


def depends_in_words(decision: Decision) -> str:
    """Return how many dollars depend on *decision*."""
    if decision.dollars is None:
        return "the dollars that depend on it are not known"
    return (
        f"{dollars(decision.dollars)} depends on it"
        if decision.dollars
        else "no dollars depend on it"
    )


def answer_in_words(decision: Decision) -> str:
    """Return whether *decision* is open, and what the claim has until it is made."""
    if decision.choice is not None:
        return f"Decided {decided_at(decision.choice)}"
    return (
        "Open: the claim has the default" if decision.has_default else "Open: there is no default"
    )


def scope_in_words(decision: Decision) -> str:
    """Return what one answer is for, if it is for more than this visit; empty if it is not."""
    return _SCOPES[decision.scope]


_SCOPES = {
    DecisionScope.VISIT: "",
    DecisionScope.PATIENT_YEAR: "One answer is for all visits of the patient in the year.",
    DecisionScope.PAYER_YEAR: "One answer is for all visits of the payer's patients in the year.",
}


def option_marks(decision: Decision, option: DecisionOption) -> tuple[str, ...]:
    """Return whether *option* is the default, and when it was chosen."""
    marks = ["default"] if option.name == decision.default else []
    if decision.choice is not None and decision.choice.option == option.name:
        marks.append(f"chosen {decided_at(decision.choice)}")
    return tuple(marks)


def own_lines(decision: Decision, option: DecisionOption) -> tuple[str, ...]:
    """Return the claim lines of *option* that another option of *decision* does not have, in words."""
    every = [set(map(line_in_words, each.lines)) for each in decision.options]
    own = dict.fromkeys(map(line_in_words, option.lines))
    return tuple(line for line in own if any(line not in lines for lines in every))


def option_amounts(decision: Decision) -> dict[str, tuple[Usd | None, ...]]:
    """
    Return the dollars of the options by their names: for each name, one amount per option.

    The expected denials and Medicare's payment are left out if no option has them, and all dollars if none is known.
    """
    amounts = {
        "Allowed": tuple(each.allowed for each in decision.options),
        "Expected denials": tuple(each.at_stake for each in decision.options),
        "Medicare pays": tuple(each.payer_pays for each in decision.options),
        "Patient owes": tuple(each.patient_owes for each in decision.options),
    }
    if not any(amounts["Expected denials"]):
        del amounts["Expected denials"]
    if not _is_known(amounts["Medicare pays"]):
        del amounts["Medicare pays"]
    return amounts if any(map(_is_known, amounts.values())) else {}


def _is_known(amounts: tuple[Usd | None, ...]) -> bool:
    return any(amount is not None for amount in amounts)


def other_findings(visit: PreparedVisit) -> tuple[Finding, ...]:
    """Return the findings that neither block *visit* nor are the subject of a decision, which shows them."""
    blocks = visit.blocks
    return tuple(
        finding
        for finding in visit.findings
        if finding not in blocks and not settled(finding, visit.decisions, visit.findings.claim)
    )


def severity_in_words(finding: Finding) -> str:
    """Return what happens if nothing is done about *finding*, and the dollars at stake."""
    stake = "" if finding.at_stake is None else f", {dollars(finding.at_stake)} at stake"
    return f"{_SEVERITIES[finding.severity]}{stake}"


_SEVERITIES = {
    Severity.DENY: "Denial",
    Severity.REVIEW: "To review",
    Severity.INFO: "Information",
}


def outdated_in_words(visit: PreparedVisit, outdated: OutdatedChoice) -> str:
    """Return which choice was not applied, why, and what to do instead."""
    choice = outdated.choice
    instead = [each.question for each in visit.decisions if each.id == outdated.replaced_by]
    todo = f"Decide: {instead[0]}" if instead else "Remove the choice."
    return f"{choice.option}, chosen {decided_at(choice)}: {outdated.reason}. {todo}"


def unchecked_count(visit: PreparedVisit) -> str:
    """Return how many rules could not be checked; empty if there are none."""
    rules = {answer.rule.id for answer in visit.findings.unanswered}
    return f"{counted(len(rules), 'rule')} could not be checked" if rules else ""


def unchecked_in_words(visit: PreparedVisit) -> tuple[str, ...]:
    """Return why rules could not be checked for *visit*, each reason once, with its rules."""
    found = []
    for reason in open_reasons(visit.findings.unanswered):
        codes = f" for {listed(reason.about)}" if reason.about else ""
        found.append(f"{capitalized(reason.remark)}: {named_briefly(reason.rules, 'rules')}{codes}")
    return tuple(found)


def deadline_in_words(visit: PreparedVisit, deadline: Deadline) -> str:
    """Return what is due, and whether it is overdue."""
    late = " (overdue)" if deadline.by < visit.date_of_service else ""
    return f"{capitalized(deadline.what)}{late}: {deadline.statement}"


def task_in_words(visit: PreparedVisit, item: WorkItem) -> str:
    """Return what to do."""
    outdated = [each for each in visit.outdated if each.choice.decision_id == item.about]
    if item.kind is WorkKind.OUTDATED and outdated:
        return outdated_in_words(visit, outdated[0])
    return item.task


def work_in_words(item: WorkItem) -> str:
    """Return who has to do something, the dollars that depend on it, and the last day that is on time."""
    by = "" if item.by is None else f"by {item.by}"
    amount = "" if item.dollars is None else dollars(item.dollars)
    return capitalized(", ".join(filter(None, (who_in_words(item.who), amount, by))))
