"""Prepare every patient-day of a log: what is ready, what blocks, and what a person must decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import attrs

from therapy_billing.base.errors import FileFormatError, InvalidInputError, TherapyBillingError
from therapy_billing.base.money import EXACT, Usd
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.base.wording import listed, word_key
from therapy_billing.batch.earlier_claims import EarlierClaims, within_log
from therapy_billing.batch.log_run import LogRun, Years
from therapy_billing.batch.log_terms import LogFees, LogTerms
from therapy_billing.batch.patient_years import UNKNOWN_YEAR
from therapy_billing.batch.totals import LogTotals
from therapy_billing.claims.attestations import Attestation
from therapy_billing.codes.roles import Setting
from therapy_billing.law.timeline import Timeline
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, parse_edit_setting
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import EditProgram, Policy
from therapy_billing.prepare.decisions_file import (
    DecisionRow,
    LogChoice,
    decision_key,
    decision_rows,
    is_of_patient,
    left_out_row,
    may_be_wide,
)
from therapy_billing.prepare.prepared_visit import (
    PreparedVisit,
    VisitStatus,
    WorkItem,
    WorkKind,
    in_work_order,
)
from therapy_billing.prepare.records import Decision, DecisionScope, OutdatedChoice
from therapy_billing.prepare.visit import prepare_visit
from therapy_billing.visits.treatment_log import LogDay, LogInput

__all__ = ["PreparedDay", "PreparingRun", "prepare_log"]

_NO_DAY = "the log has no visit of this patient on this date"
_NO_PATIENT = "the log has no visit of this patient"
_DIFFERENT = "two answers to a decision about a year differ: keep one of them"
_NOTHING_USED = "nothing-used"


@attrs.frozen
class PreparedDay(DictRecord):
    """
    A prepared patient-day of a log.

    Its dict is the prepared visit with the patient's key.

    Args:
        day: The day as read from the log.
        visit: The prepared visit. Its ``payer`` is the payer's name.
    """

    _dict_fields = ("day.patient", "*visit", "day.skipped_lines")

    day: LogDay
    visit: PreparedVisit


class PreparingRun(LogRun[PreparedDay]):
    """
    The prepared days of a log. The visits are not kept; their work items and decisions are.

    Attributes:
        totals: Totals of the visits so far that are ready.
        counts: How many visits so far have each status.
    """

    def __init__(
        self,
        log: LogInput,
        terms: LogTerms,
        accumulators: Years | None,
        decisions: Sequence[LogChoice],
        edits: Edits,
        edit_setting: EditSetting,
        *,
        keep_going: bool,
    ) -> None:
        super().__init__(log, terms, accumulators, keep_going=keep_going)
        self.totals: LogTotals = LogTotals()
        self.counts: Counter[VisitStatus] = Counter()
        self._edits = edits
        self._edit_setting = edit_setting
        self._earlier = EarlierClaims()
        self._items: list[WorkItem] = []
        self._rows: list[DecisionRow] = []
        # Patients and years with a day that was left out or is incomplete.
        self._incomplete: set[tuple[str, int]] = set()
        # The decisions about a year that were listed, by patient or payer, each with its index in the rows.
        self._listed: dict[tuple[str, str], int] = {}
        self._kx_unknown: set[tuple[str, int]] = set()
        self._passed: list[LogChoice] = []
        # Without decisions, there is nothing to look up, and the days are not read for it.
        payers = {
            (day.patient, day.date_of_service): word_key(day.payer or terms.payer.name)
            for day in (self._days() if decisions else ())
        }
        self._choices = _Choices(decisions, payers)
        self._errors += self._choices.errors
        if self._choices.errors:
            self._refuse_errors()

    def worklist(self) -> tuple[WorkItem, ...]:
        """
        Return what to do about the visits so far, the most dollars first.

        A decision about a year is listed once: the deductible for each patient, and how a payer counts units for the payer.
        """
        dollars = {_key_of(row): row.dollars for row in self._rows}
        return in_work_order(
            attrs.evolve(item, dollars=dollars.get(_key_of(item), item.dollars))
            for item in self._items
        )

    def decision_rows(self) -> tuple[DecisionRow, ...]:
        """
        Return the decisions of the visits so far, answered and open, and the choices that were not applied.

        After the last day, every choice that was given is in a row, so a decisions file that is written from the rows
        loses no answer.
        """
        return tuple(self._rows)

    def _result_of(self, day: LogDay) -> PreparedDay:
        terms = self._terms
        payer = terms.payer_of(day)
        earlier = self._earlier.before(day, payer)
        policy = terms.policy_on(payer, day.date_of_service)
        year = self._years.before(day, policy)
        prepare = partial(
            prepare_visit,
            day.sessions,
            _policy_or_payer(policy, payer),
            terms.fees_on(day.date_of_service, policy),
            year,
            # The edit files are Medicare's and do not contain the edits of other payers.
            edits=self._edits if policy.modifiers.edits is EditProgram.NCCI_MEDICARE else None,
            attestations=(*terms.attestations, *day.attestations),
            setting=terms.setting,
            earlier=earlier,
            edit_setting=self._edit_setting,
        )
        self._passed = list(self._choices.of(day))
        visit = self._prepared(prepare)
        # Only an open decision shows which choices of other visits are for it. An answer can open another decision.
        while further := self._further(day, visit):
            self._passed += further
            visit = self._prepared(prepare)
        priced = visit.priced
        self._years.carry(day, None if priced is None else priced.accumulators)
        if priced is not None:
            priced = terms.as_of_payer(priced, payer, policy)
        if priced is not None or policy.counting.method is not None:
            self._earlier.carry(day, payer, earlier, visit.claim)
        elif year is not None:
            # It is not known what will be billed.
            self._years.lose(day)
        visit = attrs.evolve(
            visit,
            payer=payer.name,
            priced=priced,
            findings=within_log(visit.findings, earlier),
            outdated=self._choices.outdated(self._passed, visit),
            incomplete=_incomplete(day),
        )
        if day.skipped_lines:
            self._incomplete.add(_year_of(day))
        self._list(day, visit)
        return PreparedDay(day, visit)

    def _further(self, day: LogDay, visit: PreparedVisit) -> list[LogChoice]:
        """Return the choices about a year that answer open decisions of a visit."""
        found = []
        for decision in visit.open_decisions:
            given = self._choices.of_decision(day, decision)
            if given is None or given in self._passed or self._choices.is_rejected(given):
                continue
            starts = is_of_patient(decision.id) and given.choice.option == _NOTHING_USED
            if starts and _year_of(day) in self._incomplete:
                raise InvalidInputError(UNKNOWN_YEAR)
            found.append(given)
        return found

    def _list(self, day: LogDay, visit: PreparedVisit) -> None:
        """Add what is to do and to decide about a visit."""
        self.counts[visit.status] += 1
        if visit.status is VisitStatus.READY and visit.priced is not None:
            self.totals.add(visit.priced)
        again = self._listed_before(day, visit)
        rows = decision_rows(day.patient, visit)
        self._rows += [self._with_wrong(row) for row in rows if row.decision not in again]
        for item in visit.worklist():
            if item.about not in again and not self._is_known(day, item):
                self._items.append(attrs.evolve(item, patient=day.patient))

    def _listed_before(self, day: LogDay, visit: PreparedVisit) -> set[str]:
        """Return the ids of the decisions about a year that an earlier visit has listed, and remember the others."""
        again: set[str] = set()
        for index, decision in enumerate(visit.decisions):
            if decision.scope is DecisionScope.VISIT:
                continue
            of_payer = decision.scope is DecisionScope.PAYER_YEAR
            key = visit.payer if of_payer else day.patient, decision.id
            if key not in self._listed:
                self._listed[key] = len(self._rows) + index - len(again)
                continue
            again.add(decision.id)
            if of_payer:
                self._add_dollars(self._listed[key], decision.dollars)
        return again

    def _with_wrong(self, row: DecisionRow) -> DecisionRow:
        """Return the row of an open decision with its wrong answer, which stays in the file so that it can be corrected."""
        wrong = self._choices.rejected(row) if row.is_open else None
        return row if wrong is None else attrs.evolve(row, choice=wrong.choice, is_wrong=True)

    def _add_dollars(self, index: int, more: Usd | None) -> None:
        """Add what depends on the answer on one more visit."""
        row = self._rows[index]
        if row.dollars is not None and more is not None:
            self._rows[index] = attrs.evolve(row, dollars=EXACT.add(row.dollars, more))

    def _is_known(self, day: LogDay, item: WorkItem) -> bool:
        """Return whether it is listed already that the patient's year-to-date amounts are missing."""
        if (item.kind, item.about, item.dollars) != (WorkKind.REVIEW, "kx-threshold", None):
            return False
        known = _year_of(day) in self._kx_unknown
        self._kx_unknown.add(_year_of(day))
        return known

    def _prepared(self, prepare: Callable[..., PreparedVisit]) -> PreparedVisit:
        """
        Prepare a visit with the choices that were passed.

        A choice that names no option of its decision is an error. The decision stays open, and the other choices apply.
        """
        while True:
            try:
                return prepare(decisions=[each.choice for each in self._passed])
            except InvalidInputError as error:
                wrong = [
                    each
                    for each in self._passed
                    if error.field == f"decisions[{each.choice.decision_id}]"
                ]
                if not wrong:
                    raise
                self._passed.remove(wrong[0])
                self._choices.reject(wrong[0])
                where = wrong[0].path, wrong[0].line, "option"
                self._errors.append(FileFormatError(str(error), *where))

    def _error_of(self, day: LogDay, error: TherapyBillingError) -> FileFormatError:
        self._incomplete.add(_year_of(day))
        return super()._error_of(day, error)

    def _after_last_day(self) -> list[FileFormatError]:
        for each in self._choices.unused():
            row = left_out_row(each)
            self._rows.append(row)
            self._items.append(
                WorkItem(
                    kind=WorkKind.OUTDATED,
                    date_of_service=row.date_of_service,
                    task=row.question,
                    about=row.decision,
                    patient=row.patient,
                )
            )
        return []


class _Choices:
    """The choices that were given for a log, and which of them a visit has used."""

    def __init__(self, given: Sequence[LogChoice], payers: Mapping[tuple[str, date], str]) -> None:
        self._given = given
        self._payers = payers
        self._of_day: dict[tuple[str, date], list[LogChoice]] = {key: [] for key in payers}
        # By the id of the decision, and by what the choice can be for: a visit, a patient, or a payer.
        self._wide: dict[tuple[str, object], list[LogChoice]] = {}
        self._used: set[LogChoice] = set()
        self._rejected: dict[tuple[str, date, str], LogChoice] = {}
        self.errors: list[FileFormatError] = []
        patients = {patient for patient, _ in self._of_day}
        for each in given:
            name = each.choice.decision_id
            if is_of_patient(name) and each.patient not in patients:
                self._refuse(each, _NO_PATIENT)
            elif may_be_wide(name):
                visit = each.patient, each.date_of_service
                for what_for in self._scopes(visit).items():
                    self._wide.setdefault((name, what_for), []).append(each)
            elif (each.patient, each.date_of_service) in self._of_day:
                self._of_day[each.patient, each.date_of_service].append(each)
            else:
                self._refuse(each, _NO_DAY)

    def _refuse(self, given: LogChoice, reason: str) -> None:
        self.errors.append(FileFormatError(reason, given.path, given.line, "patient"))

    def of(self, day: LogDay) -> Sequence[LogChoice]:
        """Return the choices that are only for *day*."""
        return self._of_day.get((day.patient, day.date_of_service), ())

    def of_decision(self, day: LogDay, decision: Decision) -> LogChoice | None:
        """
        Return the choice for an open decision of *day*, which may have been made for another visit.

        Raises:
            InvalidInputError: If two choices about a year differ.
        """
        scopes = self._scopes((day.patient, day.date_of_service))
        found = self._wide.get((decision.id, (decision.scope, scopes[decision.scope])), [])
        if len({each.choice.option for each in found}) > 1:
            raise InvalidInputError(_DIFFERENT)
        return min(found, key=lambda each: (each.date_of_service, each.patient), default=None)

    def _scopes(self, visit: tuple[str, date]) -> dict[DecisionScope, object]:
        """Return what a choice for *visit* is for, by the scope that its decision can have."""
        return {
            DecisionScope.VISIT: visit,
            DecisionScope.PATIENT_YEAR: visit[0],
            DecisionScope.PAYER_YEAR: self._payers.get(visit),
        }

    def outdated(
        self, passed: Iterable[LogChoice], visit: PreparedVisit
    ) -> tuple[OutdatedChoice, ...]:
        """
        Return the choices that do not apply to *visit*, and remember the choices that are settled.

        A choice that may be about a year is reported after the last day, if no visit has used it.
        """
        found = tuple(each for each in visit.outdated if not may_be_wide(each.choice.decision_id))
        open_again = {each.choice for each in visit.outdated}.difference(
            each.choice for each in found
        )
        self._used |= {each for each in passed if each.choice not in open_again}
        return found

    def reject(self, given: LogChoice) -> None:
        """Remember a choice that names no option of its decision."""
        self._rejected[_row_key(given)] = given
        self._used.add(given)

    def is_rejected(self, given: LogChoice) -> bool:
        """Return whether a choice names no option of its decision."""
        return _row_key(given) in self._rejected

    def rejected(self, row: DecisionRow) -> LogChoice | None:
        """Return the choice for *row* that names no option; None if there is none."""
        return self._rejected.get((row.patient, row.date_of_service, row.decision))

    def unused(self) -> list[LogChoice]:
        """Return the choices that no visit has used or reported as outdated."""
        return [each for each in self._given if each not in self._used]


def _key_of(record: WorkItem | DecisionRow) -> tuple[str | None, date, str]:
    """Return what a row of the decisions file and its work item have in common."""
    name = record.decision if isinstance(record, DecisionRow) else record.about
    return record.patient, record.date_of_service, name


def _row_key(given: LogChoice) -> tuple[str, date, str]:
    """Return what a choice and its row of the decisions file have in common."""
    return given.patient, given.date_of_service, given.choice.decision_id


def _incomplete(day: LogDay) -> str:
    """Return which rows of a day could not be read; empty if all were."""
    if not day.skipped_lines:
        return ""
    noun = "line" if len(day.skipped_lines) == 1 else "lines"
    numbers = listed([str(line) for line in day.skipped_lines])
    return f"{noun} {numbers} of the log could not be read, so the visit is incomplete"


def _year_of(day: LogDay) -> tuple[str, int]:
    return day.patient, day.date_of_service.year


def _policy_or_payer(policy: Policy, payer: Payer) -> Policy | Payer:
    """Return *policy*; if it is not known how the payer counts units, with the name of the payer for the question."""
    if policy.counting.method is not None:
        return policy
    return Payer(payer.name, Timeline(payer.name, ((None, policy),), date.max))


def prepare_log(
    log: LogInput,
    payer: PayerLike = "medicare",
    fees: LogFees | None = None,
    accumulators: Years | None = None,
    *,
    decisions: LogChoice | Iterable[LogChoice] = (),
    payers: Mapping[str, Payer] | None = None,
    attestations: Iterable[Attestation] = (),
    setting: Setting | str | None = None,
    policy_changes: Mapping[str, Any] | None = None,
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    keep_going: bool = False,
) -> PreparingRun:
    """
    Prepare the patient-days of a log, one at a time: what is ready, what blocks, and what a person must decide.

    Without *decisions*, the priced days are those of :func:`~therapy_billing.bill_log`. With them, the year-to-date amounts
    carry over with the choices applied. Rows are read as for :func:`~therapy_billing.bill_log`.

    A decision about a year is listed once, and its answer is for all visits: how a payer counts units, or, without
    *accumulators*, whether a patient has met the deductible. The choice ``nothing-used`` about the deductible applies to the
    first visit of the year, and later visits have the amounts after it.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` accepts.
        payer: As for :func:`~therapy_billing.bill_log`. A payer about which no source says how it counts units is a decision
            here, not an error.
        fees: As for :func:`~therapy_billing.bill_log`. Without fees, no option has dollars.
        accumulators: As for :func:`~therapy_billing.bill_log`.
        decisions: What people decided, such as what :func:`~therapy_billing.prepare.read_decisions` returns.
        payers: As for :func:`~therapy_billing.bill_log`.
        attestations: As for :func:`~therapy_billing.bill_log`.
        setting: As for :func:`~therapy_billing.bill_log`.
        policy_changes: As for :func:`~therapy_billing.bill_log`.
        edits: As for :func:`~therapy_billing.check_log`.
        edit_setting: As for :func:`~therapy_billing.check_log`.
        keep_going: Whether to prepare the good days and list the bad ones, and the choices that fit no visit, in ``errors``.

    Returns:
        The prepared days. You can iterate over them once.

    Raises:
        ExceptionGroup: As for :func:`~therapy_billing.bill_log`, with an error also for each choice whose patient and date are
            not in the log, or whose decision does not have that option.
        FileFormatError: As for :func:`~therapy_billing.bill_log`.
        InvalidInputError: As for :func:`~therapy_billing.bill_log`; also if a decision is answered twice.
        OSError: As for :func:`~therapy_billing.bill_log`.

    >>> from functools import partial
    >>> from therapy_billing import Accumulators, Choice, FeeSchedule, Session
    >>> from therapy_billing.visits import LogDay
    >>> minutes = {"97530": 23, "97110": 20, "97112": 8}
    >>> visit = Session.from_minutes(minutes, date_of_service="2026-03-02", discipline="PT")
    >>> log = [LogDay("patient-1", visit.date_of_service, "", (visit,), 2)]
    >>> ohio = partial(FeeSchedule.medicare, locality="OH")
    >>> years = {"patient-1": Accumulators(2026, deductible_met=283)}
    >>> (tie,) = [decision for each in prepare_log(log, fees=ohio, accumulators=years) for decision in each.visit.decisions]
    >>> choice = LogChoice("patient-1", "2026-03-02", Choice(tie.id, "97530=1 97112=1", "A. Invented, PT", "2026-03-02 17:40"))
    >>> run = prepare_log(log, fees=ohio, accumulators=years, decisions=choice)
    >>> [(each.visit.status.value, str(each.visit.priced.allowed)) for each in run]
    [('ready', '79.15')]
    """
    if edits is not None:
        require_type(edits, Edits, "edits")
    given = as_tuple(decisions, LogChoice, "decisions")
    if len({decision_key(each) for each in given}) < len(given):
        msg = "decisions must answer each decision of a visit only once"
        raise InvalidInputError(msg, field="decisions")
    return PreparingRun(
        log,
        LogTerms(payers, payer, fees, attestations, setting, policy_changes),
        accumulators,
        given,
        Edits.bundled() if edits is None else edits,
        parse_edit_setting(edit_setting, what="edit_setting"),
        keep_going=keep_going,
    )
