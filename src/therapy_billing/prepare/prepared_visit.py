"""A prepared visit: what is ready, what blocks, and what a person must decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import attrs

from therapy_billing.base import choices
from therapy_billing.base.data_loader import data_version
from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.money import EXACT, ZERO, Usd, total
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.wording import counted
from therapy_billing.chart.deadlines import Deadline
from therapy_billing.claims.records import Claim
from therapy_billing.findings.records import Finding, Findings, Severity
from therapy_billing.findings.report import as_sentences
from therapy_billing.prepare.records import Decision, DecisionKind, DecisionMaker, OutdatedChoice
from therapy_billing.prepare.settling import settled
from therapy_billing.pricing.records import KxState, PricedDay

__all__ = ["PreparedVisit", "VisitStatus", "WorkItem", "WorkKind", "in_work_order"]


class VisitStatus(choices.Choice):
    """Whether a visit can be billed."""

    READY = "ready"
    """Every decision was made, and no check says that the payer would deny something."""
    UNDECIDED = "undecided"
    """Someone has to decide something first."""
    NOT_BILLED = "not-billed"
    """There is nothing to bill: no documented service makes a unit, or someone left every code off the claim."""
    BLOCKED = "blocked"
    """The payer would deny something that no open decision settles, or the record is incomplete."""


class WorkKind(choices.Choice):
    """What is to do."""

    DENIAL = "denial"
    """Something that the payer would deny, and that no open decision settles."""
    INCOMPLETE = "incomplete-record"
    """A part of the record that could not be read."""
    DECISION = "decision"
    OUTDATED = "outdated-choice"
    """A choice that was not applied."""
    DEADLINE = "deadline"
    REVIEW = "review"
    """Something to look at."""


_UNKNOWN_KX = "KX was not checked. Fix: give the patient's year-to-date amounts."
_BLOCKING = (WorkKind.DENIAL, WorkKind.INCOMPLETE)


@attrs.frozen(kw_only=True)
class WorkItem(DictRecord):
    """
    One thing to do about a visit.

    Args:
        kind: What is to do.
        date_of_service: The date of the visit.
        task: What to do, in one sentence or a few.
        who: Who has to do it, such as ``treating-clinician``; empty if the rules do not say it.
        dollars: What depends on it; None if not known.
        by: The last day that is on time; None if there is no such day.
        about: The id of the decision, or of the rule of the finding or deadline.
        patient: The key of the patient in the log; None for a single visit. It is not displayed by ``repr``.
    """

    kind: WorkKind
    date_of_service: date
    task: str
    who: str = ""
    dollars: Usd | None = None
    by: date | None = None
    about: str
    patient: str | None = attrs.field(default=None, repr=False)


def in_work_order(items: Iterable[WorkItem]) -> tuple[WorkItem, ...]:
    """
    Return *items* with the most dollars first; items with equal dollars by deadline, then by date of service.

    What blocks a visit and has no known dollars comes first. Other items without dollars come last.
    """
    return tuple(
        sorted(
            items,
            key=lambda item: (
                item.kind not in _BLOCKING or item.dollars is not None,
                item.dollars is None,
                ZERO if item.dollars is None else EXACT.minus(item.dollars),
                item.by or date.max,
                item.date_of_service,
                item.patient or "",
                list(WorkKind).index(item.kind),
                item.about,
                item.task,
            ),
        )
    )


@attrs.frozen(repr=False, kw_only=True)
class PreparedVisit(DictRecord):
    """
    A patient's visit: the claim, its price, everything that is wrong, and what a person must decide.

    Args:
        date_of_service: The date of service.
        payer: The name of the payer.
        priced: The priced day with all choices applied; None if there is no claim.
        refusal: Why there is no claim; empty if there is one.
        incomplete: Why the record is incomplete, such as rows of a log that could not be read; empty if it is complete.
        findings: What is wrong with the claim, the times, the notes, and the plans of care.
        deadlines: What is due in the plans of care and authorizations of this visit.
        decisions: What the rules leave to a person, answered and open, in the order in which they apply.
        outdated: The choices that were not applied, because the record, the payer, or the data changed.
        data: The version of the library and the data packs that the visit rests on.
    """

    _dict_fields = (
        "date_of_service",
        "payer",
        "status",
        "claim",
        "refusal",
        "incomplete",
        "decisions",
        "outdated",
        "findings",
        "deadlines",
        "priced",
        "worklist=_worklist",
        "data",
    )

    date_of_service: date
    payer: str
    priced: PricedDay | None
    refusal: str = ""
    incomplete: str = ""
    findings: Findings
    deadlines: tuple[Deadline, ...] = ()
    decisions: tuple[Decision, ...] = ()
    outdated: tuple[OutdatedChoice, ...] = ()
    data: DataVersion = attrs.field(factory=data_version)

    @property
    def claim(self) -> Claim | None:
        """The claim to send, with all choices applied and defaults for open decisions; None if there is none."""
        return None if self.priced is None else self.priced.claim

    @property
    def open_decisions(self) -> tuple[Decision, ...]:
        """The decisions that nobody has made."""
        return tuple(decision for decision in self.decisions if decision.is_open)

    @property
    def blocks(self) -> tuple[Finding, ...]:
        """The denials that no open decision settles."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity is Severity.DENY
            and not settled(finding, self.open_decisions, self.findings.claim)
        )

    @property
    def status(self) -> VisitStatus:
        """Whether the visit can be billed."""
        if self.blocks or self.incomplete:
            return VisitStatus.BLOCKED
        if self.open_decisions or self.outdated:
            return VisitStatus.UNDECIDED
        has_lines = self.claim is not None and self.claim.lines
        return VisitStatus.READY if has_lines else VisitStatus.NOT_BILLED

    def worklist(self) -> tuple[WorkItem, ...]:
        """
        Return what to do, the most dollars first.

        Items with equal dollars are in the order of their deadlines. What blocks the visit and has no known dollars comes
        first. Other items without dollars come last.
        """
        return in_work_order(self._work())

    @property
    def _worklist(self) -> tuple[WorkItem, ...]:
        return self.worklist()

    def _work(self) -> Iterator[WorkItem]:
        if self.incomplete:
            yield WorkItem(
                kind=WorkKind.INCOMPLETE,
                date_of_service=self.date_of_service,
                task=as_sentences([self.incomplete]),
                about="incomplete-record",
            )
        yield from self._work_of_decisions()
        yield from self._work_of_findings()
        yield from self._reviews()
        for deadline in self.deadlines:
            late = "overdue: " if deadline.by < self.date_of_service else ""
            yield WorkItem(
                kind=WorkKind.DEADLINE,
                date_of_service=self.date_of_service,
                task=as_sentences([f"{late}{deadline.statement}"]),
                by=deadline.by,
                about=deadline.rule.id,
            )

    def _work_of_decisions(self) -> Iterator[WorkItem]:
        for decision in self.open_decisions:
            yield WorkItem(
                kind=WorkKind.DECISION,
                date_of_service=self.date_of_service,
                task=decision.question,
                who=decision.answered_by.value,
                dollars=decision.dollars,
                about=decision.id,
            )
        for outdated in self.outdated:
            yield WorkItem(
                kind=WorkKind.OUTDATED,
                date_of_service=self.date_of_service,
                task=f"The choice {outdated.choice.option} was not applied: {outdated.reason}.",
                about=outdated.choice.decision_id,
            )

    def _work_of_findings(self) -> Iterator[WorkItem]:
        for finding in self.findings:
            denied = finding.severity is Severity.DENY
            # An answer settles what someone had to look at. It does not undo a denial that is left.
            decisions = self.open_decisions if denied else self.decisions
            if finding.severity is not Severity.INFO and not settled(
                finding, decisions, self.findings.claim
            ):
                yield WorkItem(
                    kind=WorkKind.DENIAL if denied else WorkKind.REVIEW,
                    date_of_service=self.date_of_service,
                    task=f"{as_sentences([finding.message])} Fix: {self._action(finding)}",
                    dollars=self._dollars_of(finding) if denied else finding.at_stake,
                    about=finding.rule.id,
                )

    def _reviews(self) -> Iterator[WorkItem]:
        """Yield what no finding asks for: services that nobody knows whether to bill, and an unknown threshold."""
        day = self.priced
        if day is None:
            return
        unbilled = [each for each in self.decisions if each.kind is DecisionKind.UNBILLED]
        asked = {code for decision in unbilled for code in decision.codes}
        tasks = [
            ("furnisher-scope", as_sentences([f"{service.sentence}: {service.reason}"]))
            for service in day.unbilled
            if not service.is_refused and service.code not in asked
        ]
        uses_kx = day.terms is not None and day.terms.kx_threshold is not None
        if uses_kx and any(line.kx is KxState.UNKNOWN for line in day.lines):
            tasks.append(("kx-threshold", _UNKNOWN_KX))
        for rule, task in tasks:
            yield WorkItem(
                kind=WorkKind.REVIEW,
                date_of_service=self.date_of_service,
                task=task,
                who=DecisionMaker.BILLER.value,
                about=rule,
            )

    def _action(self, finding: Finding) -> str:
        """Return what to do about a finding. Nobody is asked for KX again who decided against it."""
        declined = any(
            decision.kind is DecisionKind.LIABILITY and not decision.is_open
            for decision in self.decisions
        )
        if declined and finding.rule.id == "kx-threshold":
            return "bill the line with GA or GZ, or change the answer about KX."
        return finding.action

    def _dollars_of(self, finding: Finding) -> Usd | None:
        """
        Return the dollars that a denial puts at risk; None if not known.

        A denial about a note or a plan of care has no lines. It puts the lines of its codes at risk, or the whole visit if
        it has no codes and one discipline treated.
        """
        if finding.at_stake is not None or finding.lines or self.priced is None:
            return finding.at_stake
        lines = [
            line for line in self.priced.lines if not finding.codes or line.code in finding.codes
        ]
        amounts = [line.allowed for line in lines if line.allowed is not None]
        several = len({line.discipline for line in lines}) > 1
        return None if several or len(amounts) < len(lines) else total(amounts)

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        allowed = None if self.priced is None else self.priced.allowed
        amounts = "no amounts" if allowed is None else f"${allowed} allowed"
        facts = [
            f"{self.status.value}, {amounts}",
            counted(len(self.open_decisions), "open decision"),
            counted(len(self.blocks), "denial"),
        ]
        return f"<PreparedVisit {self.date_of_service}: {'; '.join(facts)}>"

    def _repr_html_(self) -> str:
        return as_html(self)
