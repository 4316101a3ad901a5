"""What became of each row of a frame."""

from __future__ import annotations

from therapy_billing.base.choices import Choice

__all__ = ["RowStatus"]


class RowStatus(Choice):
    """What became of a row of a frame. Every row has exactly one status."""

    BILLED = "billed"
    """The row was counted, and its day was billed."""
    NO_UNIT = "no-unit"
    """The row's day was billed, but the row makes no unit, because of who furnished the service."""
    MISSING_VALUE = "missing-value"
    """A value that the row needs is missing, such as the patient or the minutes of a timed code."""
    BAD_VALUE = "bad-value"
    """A value of the row cannot be used."""
    UNKNOWN_CODE = "unknown-code"
    """The code is not in the data, or is not a code."""
    DATE_OUT_OF_RANGE = "date-out-of-range"
    """The code was not in force on the date of service, or the date is after the end of the code data."""
    OTHER_ROW = "other-row"
    """Another row of the same patient and day cannot be used, so the day was not billed."""
    DAY_REFUSED = "day-refused"
    """The day cannot be billed. The reason is the message that ``bill_day`` would raise."""
    YEAR_UNKNOWN = "year-unknown"
    """The day needs year-to-date amounts, and an earlier day of the patient's year was not billed."""

    @property
    def is_billed(self) -> bool:
        """Whether the row's day was billed."""
        return self in (RowStatus.BILLED, RowStatus.NO_UNIT)
