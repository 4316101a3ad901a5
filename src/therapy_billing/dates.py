"""
Dates of service and clock times, read without ever asking the clock.

Texts are read strictly first (ISO, then month/day/year as written in the US) and only then by
dateutil, whose guesses are fenced in: it fills nothing that was not written, swaps no day and month
and takes no time zone of the machine.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from therapy_billing.errors import InvalidInputError, shown

__all__ = ["MINUTES_OF_A_DAY", "elapsed_seconds", "parse_date", "parse_datetime"]

MINUTES_OF_A_DAY = 1440

_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?=$|[T ])")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAMED_OFFSET = re.compile(r":\d\d.*[A-Za-z]{3} ?[+-]\d")
_NO_ZONE_NAME = "a time zone is written as its UTC offset, such as -05:00, not as a name"
_ISO_LENGTH = 10
_HOUR_24 = re.compile(r"(?<!\d)24:\d\d")
_CLOCK = re.compile(r"\d:\d\d|\d ?[AaPp]\.?[Mm]")


def parse_date(value: object, *, what: str = "date_of_service") -> date:
    """
    Return *value* as a calendar day.

    Args:
        value: A date, a datetime at midnight without time zone (as dataframes hold days), or a text:
            ``2026-03-02``, ``3/2/2026`` (month first) or ``March 2, 2026``.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is no such day.

    >>> parse_date("2026-03-02"), parse_date("3/2/2026"), parse_date("March 2, 2026")
    (datetime.date(2026, 3, 2), datetime.date(2026, 3, 2), datetime.date(2026, 3, 2))
    """
    if isinstance(value, datetime):
        if value.tzinfo is None and value.time() == time():
            return value.date()
        msg = (
            f"{what} is a calendar day; take .date() of the datetime where the patient was treated"
        )
        raise InvalidInputError(msg)
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = value.strip()
        moment = _read(text, None)
        # Midnight that was written, as T00, is an hour as well.
        hour = _CLOCK.search(text) or (_ISO_DATE.match(text) and len(text) > _ISO_LENGTH)
        if moment is not None and moment.time() == time() and not hour:
            return moment.date()
    msg = f"{what} is a day such as 2026-03-02 or 3/2/2026 (month first), not {shown(value)}"
    raise InvalidInputError(msg)


def parse_datetime(
    value: object, *, what: str, on: date | None = None, zone: tzinfo | None = None
) -> datetime:
    """
    Return *value* as a moment.

    Args:
        value: A datetime, or a text such as ``2026-03-02 09:05``, ``3/2/2026 9:05 AM``.
        what: The name of the argument, for the message.
        on: The day that a text with a clock time only belongs to.
        zone: The time zone of a text that names none.

    Raises:
        InvalidInputError: If it is no moment, names no day and *on* is not given, or falls into
            the hour that a clock change skips or repeats.

    >>> parse_datetime("2026-03-02 9:05 AM", what="start")
    datetime.datetime(2026, 3, 2, 9, 5)
    """
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str) and _CLOCK.search(value) and (read := _read(value.strip(), on)):
        moment = _placed(read, what, zone) if zone is not None and read.tzinfo is None else read
    else:
        example = "09:05" if on is not None else "2026-03-02 09:05, with its day"
        msg = f"{what} is a moment such as {example}, not {shown(value)}"
        raise InvalidInputError(msg)
    if moment.tzinfo is not None:
        from dateutil import tz  # noqa: PLC0415 - slow to import, and only zones need it

        if not tz.datetime_exists(moment):
            msg = f"{what} names a clock time that the change to daylight-saving time skips"
            raise InvalidInputError(msg)
    return moment


def elapsed_seconds(start: datetime, end: datetime) -> float:
    """
    Return the seconds that pass from *start* to *end*.

    Two moments of one time zone subtract by wall clock in Python, so both go through UTC first:
    over a clock change the minutes that really passed count.

    Raises:
        InvalidInputError: If one names a time zone and the other does not.

    >>> elapsed_seconds(datetime(2026, 3, 2, 9, 0), datetime(2026, 3, 2, 9, 23))
    1380.0
    """
    if (start.tzinfo is None) != (end.tzinfo is None):
        msg = "start and end both name a time zone, or neither does"
        raise InvalidInputError(msg)
    if start.tzinfo is None:
        return (end - start).total_seconds()
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()


def _placed(moment: datetime, what: str, zone: tzinfo) -> datetime:
    from dateutil import tz  # noqa: PLC0415 - slow to import, and only zones need it

    if tz.datetime_ambiguous(moment, zone):
        msg = f"{what} happens twice as clocks go back: write it with its UTC offset"
        raise InvalidInputError(msg)
    return moment.replace(tzinfo=zone)


def _read(text: str, on: date | None) -> datetime | None:
    """Read *text* as written, or return None; *on* is the day of a text that names none."""
    if _HOUR_24.search(text):
        # Later Pythons take it for the next midnight: the day of a service is written, not moved.
        return None
    try:
        if _ISO_DATE.match(text):
            return datetime.fromisoformat(text)
        if on is not None:
            return datetime.combine(on, time.fromisoformat(text.rjust(5, "0")))
    except ValueError:
        pass
    us = _US_DATE.match(text)
    if us is not None:
        month, day, year = us.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{text[us.end() :]}"
    iso = _ISO_DATE.match(text)
    if iso is None:
        return _read_words(text, on)
    try:
        day_written = date.fromisoformat(iso.group())
    except ValueError:
        return None
    clock = text[iso.end() :].lstrip("T ")
    return _read_words(clock, day_written) if clock else datetime.combine(day_written, time())


def _read_words(text: str, on: date | None) -> datetime | None:
    """Read *text* by dateutil: a clock time of the day *on*, or a day with its month as a word."""
    if _NAMED_OFFSET.search(text):
        # GMT+3 is west of Greenwich to some readers and east of it to others.
        raise InvalidInputError(_NO_ZONE_NAME)
    from dateutil import parser  # noqa: PLC0415 - slow to import, and most texts are ISO

    if on is not None:
        fillings = (on, on)
    elif re.search(r"[A-Za-z]{3}", text) and re.search(r"(?<!\d)\d{4}(?!\d)", text):
        # Read twice over two unlike days: what differs was not written, and was filled in.
        fillings = (date(2000, 1, 1), date(2001, 2, 2))
    else:
        return None
    try:
        first, second = (
            parser.parse(text, default=datetime.combine(day, time()), tzinfos=_offset_zone)
            for day in fillings
        )
    except InvalidInputError:
        raise
    except (ValueError, OverflowError):
        return None
    day_kept = on is None or (first.date() == on and _CLOCK.search(text))
    return first if first == second and day_kept else None


def _offset_zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None and name in (None, "UTC", "Z"):
        return timezone(timedelta(seconds=offset))
    if name is not None:
        # dateutil would take the name for the machine's own zone, or drop it with a warning.
        raise InvalidInputError(_NO_ZONE_NAME)
    return None
