"""
Run over the days of a log.

Each patient's days are processed in date order, because the year-to-date amounts carry over from one day to the
next. A day that cannot be billed becomes an error with a line number, and the other days are still processed.
Without ``keep_going``, the run raises these errors together after the last day. Errors in rows are raised earlier,
when the file is read.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Generic, Self, TypeAlias, TypeVar

from therapy_billing.base.errors import (
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
    TherapyBillingError,
)
from therapy_billing.base.validation import require_flag, require_type
from therapy_billing.base.wording import word_key
from therapy_billing.batch.log_terms import LogTerms
from therapy_billing.batch.patient_years import PatientYears
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.day import bill_day
from therapy_billing.pricing.records import PricedDay
from therapy_billing.visits.treatment_log import (
    LogDay,
    LogInput,
    StoredLog,
    TreatmentLog,
    open_log,
)

__all__ = ["LogRun", "Years"]

Years: TypeAlias = Mapping[str, Accumulators]
"""Each patient's year-to-date amounts before a log, by the patient's key in the log."""

T = TypeVar("T")


class LogRun(Iterator[T], abc.ABC, Generic[T]):
    """
    The results of a log, one patient-day at a time. You can iterate over them once.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` accepts.
        terms: What applies to every day.
        accumulators: Each patient's year-to-date amounts before the log. With None, they are not tracked.
        keep_going: Whether to skip bad rows and days instead of raising their errors.
    """

    def __init__(
        self,
        log: LogInput,
        terms: LogTerms,
        accumulators: Years | None,
        *,
        keep_going: bool,
    ) -> None:
        self._keep_going = require_flag(keep_going, "keep_going")
        if accumulators is not None:
            require_type(accumulators, Mapping, "accumulators")
        self._log = open_log(log, payers=tuple(terms.payers), keep_going=keep_going)
        _refuse_rates_of_several_payers(self._log, terms)
        _refuse_a_day_twice(self._log)
        _refuse_other_fees(self._log, terms)
        self._terms = terms
        self._years = PatientYears(accumulators)
        self._errors = list(self._log.errors)
        self._refusal: ExceptionGroup[FileFormatError] | None = None
        self._results = self._run()

    @property
    def log(self) -> TreatmentLog:
        """The log as read, with all days in memory. The run itself does not keep them."""
        return self._log if isinstance(self._log, TreatmentLog) else self._log.in_memory()

    @property
    def errors(self) -> tuple[FileFormatError, ...]:
        """The rows that could not be read, and the days so far that could not be billed or checked."""
        return tuple(self._errors)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks on the log as a whole, for example about patient keys that differ only in case."""
        return self._log.remarks

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        if self._refusal is not None:
            raise self._refusal
        return next(self._results)

    @abc.abstractmethod
    def _result_of(self, day: LogDay) -> T:
        """Return the result of a day."""

    def _error_of(self, day: LogDay, error: TherapyBillingError) -> FileFormatError:
        """Return *error*, which a day raised, with its place in a file."""
        return FileFormatError(str(error), self._log.path, day.line)

    def _lose(self, day: LogDay) -> None:
        """Record that *day* has no result."""
        self._years.lose(day)

    def _after_last_day(self) -> list[FileFormatError]:
        """Run the checks that need all days, and return the errors."""
        return []

    def _run(self) -> Iterator[T]:
        for day in self._days():
            try:
                result = self._result_of(day)
            except TherapyBillingError as error:
                bad_day = self._error_of(day, error)
                bad_day.__cause__ = error
                self._errors.append(bad_day)
                self._lose(day)
                continue
            yield result
        self._refuse_errors()
        self._errors += self._after_last_day()
        self._refuse_errors()

    def _days(self) -> Iterable[LogDay]:
        """Return the days in the order of the run."""
        return _in_order(self._log.days) if isinstance(self._log, TreatmentLog) else self._log

    def _refuse_errors(self) -> None:
        if self._errors and not self._keep_going:
            msg = f"{self._log.path} has bad rows or days"
            self._refusal = ExceptionGroup(msg, self._errors)
            raise self._refusal

    def _price(self, day: LogDay) -> PricedDay:
        """Return a priced day, and update the patient's year-to-date amounts."""
        terms = self._terms
        payer = terms.payer_of(day)
        policy = terms.policy_on(payer, day.date_of_service)
        year = self._years.before(day, policy)
        priced = bill_day(
            day.sessions,
            policy,
            terms.fees_on(day.date_of_service, policy),
            year,
            attestations=(*terms.attestations, *day.attestations),
            setting=terms.setting,
        )
        self._years.carry(day, priced.accumulators)
        return terms.as_of_payer(priced, payer, policy)


def _in_order(days: Sequence[LogDay]) -> Sequence[LogDay]:
    """Return the days with each patient's days in date order. The order of the patients stays as in the log."""
    dates: dict[str, list[LogDay]] = {}
    for day in days:
        dates.setdefault(day.patient, []).append(day)
    for of_patient in dates.values():
        of_patient.sort(key=lambda day: day.date_of_service, reverse=True)
    return [dates[day.patient].pop() for day in days]


def _payers_of(log: TreatmentLog | StoredLog) -> Iterable[str]:
    """Return the payers as the days name them, in the order of the log."""
    return (day.payer for day in log.days) if isinstance(log, TreatmentLog) else log.payers


def _first_date(log: TreatmentLog | StoredLog) -> date | None:
    """Return the date of the first day in the log; None if it has no days."""
    if isinstance(log, StoredLog):
        return log.first_date
    return log.days[0].date_of_service if log.days else None


def _refuse_rates_of_several_payers(log: TreatmentLog | StoredLog, terms: LogTerms) -> None:
    named = {word_key(name or terms.payer.name) for name in _payers_of(log)}
    if isinstance(terms.fees, FeeSchedule) and len(named) > 1:
        # An unknown name may be patient data in the wrong column, so it is not repeated.
        known = sorted(
            name for name in named if name in terms.payers or name == word_key(terms.payer.name)
        )
        msg = (
            f"fees are the rates of one payer, but the log has rows for {', '.join(known)}: bill each "
            "payer's rows separately"
        )
        raise InvalidInputError(msg)


def _refuse_a_day_twice(log: TreatmentLog | StoredLog) -> None:
    if isinstance(log, StoredLog):
        # Reading puts all rows of a day together.
        return
    lines: dict[tuple[str, date], int] = {}
    for day in log.days:
        patient_day = day.patient, day.date_of_service
        if patient_day in lines:
            msg = (
                f"lines {lines[patient_day]} and {day.line} have the same patient and date of service "
                f"({day.date_of_service}): put all sessions of a day into one LogDay"
            )
            raise InvalidInputError(msg, field="log")
        lines[patient_day] = day.line


def _refuse_other_fees(log: TreatmentLog | StoredLog, terms: LogTerms) -> None:
    """Before the first day is billed, refuse a fees function that does not return a fee schedule."""
    first = _first_date(log)
    if first is None:
        return
    payer = terms.payers.get(next(iter(_payers_of(log))), terms.payer)
    with suppress(NotPublishedError):
        terms.fees_on(first, payer.on(first))
