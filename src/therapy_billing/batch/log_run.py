"""
One run over the days of a log.

Each patient's days come in the order of their dates, as the year is carried from one to the next. A day
that cannot be billed is an error with its line, and stops no other day. Unless the run is told to keep
going, it raises these errors together after the last day. Bad rows are raised earlier, when the file is read.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Generic, Self, TypeAlias, TypeVar

import attrs

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
from therapy_billing.pricing.remarks import KX_UNUSED
from therapy_billing.visits.treatment_log import LogDay, LogInput, TreatmentLog, read_treatment_log

__all__ = ["LogRun", "Years"]

Years: TypeAlias = Mapping[str, Accumulators]
"""The year before a log of each patient, by the log's own key."""

T = TypeVar("T")


class LogRun(Iterator[T], abc.ABC, Generic[T]):
    """
    The results of a log, one patient-day after the other; to be iterated over once.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` takes.
        terms: What holds for every day.
        accumulators: Each patient's year before the log; None keeps no year.
        keep_going: Whether to leave bad rows and days out, instead of raising all errors at the end.
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
        self.log: TreatmentLog = read_treatment_log(
            log, payers=tuple(terms.payers), keep_going=keep_going
        )
        _refuse_rates_of_several_payers(self.log, terms)
        _refuse_a_day_twice(self.log)
        _refuse_other_fees(self.log, terms)
        self._terms = terms
        self._years = PatientYears(accumulators)
        self._errors = list(self.log.errors)
        self._refusal: ExceptionGroup[FileFormatError] | None = None
        self._results = self._run()

    @property
    def errors(self) -> tuple[FileFormatError, ...]:
        """The rows that could not be read, and the days so far that could not be billed or checked."""
        return tuple(self._errors)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What to look at in the log as a whole, such as patient keys that differ only in case."""
        return self.log.remarks

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        if self._refusal is not None:
            raise self._refusal
        return next(self._results)

    @abc.abstractmethod
    def _result_of(self, day: LogDay) -> T:
        """Return the result of a day."""

    def _after_last_day(self) -> list[FileFormatError]:
        """Do what needs all days, and return what is wrong with it."""
        return []

    def _run(self) -> Iterator[T]:
        for day in _in_order(self.log.days):
            try:
                result = self._result_of(day)
            except TherapyBillingError as error:
                bad_day = FileFormatError(str(error), self.log.path, day.line)
                bad_day.__cause__ = error
                self._errors.append(bad_day)
                self._years.lose(day)
                continue
            yield result
        self._refuse_errors()
        self._errors += self._after_last_day()
        self._refuse_errors()

    def _refuse_errors(self) -> None:
        if self._errors and not self._keep_going:
            msg = f"bad rows or days in {self.log.path}"
            self._refusal = ExceptionGroup(msg, self._errors)
            raise self._refusal

    def _price(self, day: LogDay) -> PricedDay:
        """Return a day in dollars, and carry the patient's year over it."""
        terms = self._terms
        payer = terms.payer_of(day)
        policy = terms.policy_on(payer, day.date_of_service)
        year = self._years.before(day) if policy.money.cost_sharing else None
        priced = bill_day(
            day.sessions,
            policy,
            terms.fees_on(day.date_of_service, policy),
            year,
            attestations=(*terms.attestations, *day.attestations),
            setting=terms.setting,
        )
        self._years.carry(day, priced.accumulators)
        counted_by, remarks = "", priced.remarks
        if terms.attestations:
            # What is attested for every day need not be used on each of them.
            remarks = tuple(each for each in remarks if each != KX_UNUSED)
        if policy.counting.method is not payer.on(day.date_of_service).counting.method:
            counted_by = policy.counting.method.value
            remark = f"{counted_by} counted the units; {payer.name} may count them differently"
            remarks = (remark, *remarks)
        return attrs.evolve(priced, payer=payer.name, counted_by=counted_by, remarks=remarks)


def _in_order(days: Sequence[LogDay]) -> Sequence[LogDay]:
    """Return the days of each patient by date, in the places that the log gave them."""
    dates: dict[str, list[LogDay]] = {}
    for day in days:
        dates.setdefault(day.patient, []).append(day)
    for of_patient in dates.values():
        of_patient.sort(key=lambda day: day.date_of_service, reverse=True)
    return [dates[day.patient].pop() for day in days]


def _refuse_rates_of_several_payers(log: TreatmentLog, terms: LogTerms) -> None:
    named = {word_key(day.payer or terms.payer.name) for day in log.days}
    if isinstance(terms.fees, FeeSchedule) and len(named) > 1:
        # An unknown name may be a text that slipped into the wrong column.
        known = sorted(
            name for name in named if name in terms.payers or name == word_key(terms.payer.name)
        )
        msg = (
            f"fees are the rates of one payer, and the log has rows of {', '.join(known)}: bill each "
            "payer's rows by themselves, or give payer"
        )
        raise InvalidInputError(msg)


def _refuse_a_day_twice(log: TreatmentLog) -> None:
    lines: dict[tuple[str, date], int] = {}
    for day in log.days:
        patient_day = day.patient, day.date_of_service
        if patient_day in lines:
            msg = (
                f"lines {lines[patient_day]} and {day.line} have the same patient and date of service "
                f"({day.date_of_service}): put the sessions of a day into one LogDay"
            )
            raise InvalidInputError(msg, field="log")
        lines[patient_day] = day.line


def _refuse_other_fees(log: TreatmentLog, terms: LogTerms) -> None:
    """Refuse a function that gives no fee schedule, once and not for each day of the log."""
    for day in log.days[:1]:
        payer = terms.payers.get(day.payer, terms.payer)
        with suppress(NotPublishedError):
            terms.fees_on(day.date_of_service, payer.on(day.date_of_service))
