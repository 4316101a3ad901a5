"""Each patient's year-to-date amounts, carried from one day to the next and reset in January."""

from __future__ import annotations

from collections.abc import Mapping

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_type
from therapy_billing.payers.caps import CapOf
from therapy_billing.payers.policy import Policy
from therapy_billing.pricing.accumulators import VISIT_FIELDS, Accumulators
from therapy_billing.visits.treatment_log import LogDay

__all__ = ["UNKNOWN_YEAR", "PatientYears"]

UNKNOWN_YEAR = (
    "an earlier day of this patient was left out or is incomplete, so the year-to-date amounts are unknown: "
    "fix that day first"
)
"""Why a day is an error after a day of the same patient and calendar year that was left out."""


class PatientYears:
    """
    The year-to-date amounts of each patient in a log.

    Args:
        accumulators: The amounts before the log's first day, by the patient's key in the log. With None,
            they are not tracked, except for patients whose amounts after a day are stored with ``carry``.
    """

    def __init__(self, accumulators: Mapping[str, Accumulators] | None) -> None:
        for year in (accumulators or {}).values():
            require_type(year, Accumulators, "accumulators")
        self._kept = accumulators is not None
        self._years = dict(accumulators or {})
        self._lost: dict[str, int] = {}

    def before(self, day: LogDay, policy: Policy) -> Accumulators | None:
        """
        Return the patient's year-to-date amounts before *day*, or None if they are not tracked. A new year starts at zero.

        Medicare needs the amounts, and a payer with a cap on visits uses the visits if they are known. Other payers
        have None.

        Raises:
            InvalidInputError: If the patient has no year-to-date amounts, or if they do not include an earlier day of the
                calendar year.
        """
        if not self._is_tracked(day):
            return None
        is_lost = self._lost.get(day.patient) == day.date_of_service.year
        if not policy.money.cost_sharing and (
            not _caps_visits(policy) or is_lost or day.patient not in self._years
        ):
            return None
        if is_lost:
            raise InvalidInputError(UNKNOWN_YEAR)
        if day.patient not in self._years:
            msg = "accumulators has no entry for the patient of this day: add the patient's key"
            raise InvalidInputError(msg)
        year = self._years[day.patient]
        if year.year < day.date_of_service.year:
            zeros = {
                name: 0 for plan, name in VISIT_FIELDS.items() if year.visits(plan) is not None
            }
            return Accumulators(day.date_of_service.year, **zeros)
        return year

    def carry(self, day: LogDay, after: Accumulators | None) -> None:
        """Store the amounts *after* the day. None means that the payer has no year-to-date amounts."""
        if after is not None:
            self._years[day.patient] = after
            self._lost.pop(day.patient, None)
        if day.skipped_lines:
            self.lose(day)

    def lose(self, day: LogDay) -> None:
        """
        Make the patient's amounts unknown for the rest of the calendar year of *day*, which was left out or is incomplete.

        The next year starts at zero, so its amounts are known.
        """
        # The amounts stay, because they show which visits the next year counts.
        if day.patient in self._years and self._is_tracked(day):
            self._lost[day.patient] = day.date_of_service.year

    def _is_tracked(self, day: LogDay) -> bool:
        if self._kept:
            return True
        year = self._years.get(day.patient)
        return year is not None and year.year == day.date_of_service.year


def _caps_visits(policy: Policy) -> bool:
    return any(cap.of is CapOf.VISITS for cap in policy.counting.other_caps)
