"""Each patient's year, carried from one day to the next and reset in January."""

from __future__ import annotations

from collections.abc import Mapping

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_type
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.visits.treatment_log import LogDay

__all__ = ["PatientYears"]


class PatientYears:
    """
    The year so far of each patient of a log.

    Args:
        accumulators: The year before the log's first day, by the log's own key of the patient; None
            where the year is not kept.
    """

    def __init__(self, accumulators: Mapping[str, Accumulators] | None) -> None:
        for year in (accumulators or {}).values():
            require_type(year, Accumulators, "accumulators")
        self._kept = accumulators is not None
        self._years = dict(accumulators or {})
        self._lost: set[str] = set()

    def before(self, day: LogDay) -> Accumulators | None:
        """
        Return the patient's year before *day*; a new year begins with nothing in it.

        Raises:
            InvalidInputError: If the patient has no year, or an earlier day is missing in it.
        """
        if not self._kept:
            return None
        if day.patient in self._lost:
            msg = "an earlier day of this patient was left out or is incomplete: the year is not known"
            raise InvalidInputError(msg)
        if day.patient not in self._years:
            msg = "the patient of this day has no year in accumulators"
            raise InvalidInputError(msg)
        year = self._years[day.patient]
        if year.year < day.date_of_service.year:
            return Accumulators(day.date_of_service.year)
        return year

    def carry(self, day: LogDay, after: Accumulators | None) -> None:
        """Keep the year *after* the day; None where the payer has no year."""
        if after is not None:
            self._years[day.patient] = after
        if day.skipped_lines:
            self.lose(day)

    def lose(self, day: LogDay) -> None:
        """Forget the patient's year: a day that was left out, or is incomplete, is missing in it."""
        if self._years.pop(day.patient, None) is not None:
            self._lost.add(day.patient)
