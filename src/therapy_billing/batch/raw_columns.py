"""
Read the meaning of a frame's columns, whatever library the frame is from.

Each library's columns come in one of three forms: numbers, moments, or distinct values with a code per row. The functions here turn
any of them into the arrays of :class:`~therapy_billing.batch.columns.FrameColumns`. A value of a column with distinct values is
parsed once, no matter how many rows have it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.dates import number_of_date, parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT, cents, parse_number
from therapy_billing.base.safe_repr import is_missing, safe_repr
from therapy_billing.base.validation import LARGEST
from therapy_billing.base.whole_numbers import as_whole
from therapy_billing.batch.columns import BAD, NO_CODE, NO_DATE, NULL, Coded

__all__ = [
    "Distinct",
    "Moments",
    "Numbers",
    "RawColumn",
    "cents_of",
    "coded_of",
    "dates_of",
    "patients_of",
    "sequence_kind",
    "sequence_of",
    "whole_of",
]

_FIRST_DAY, _LAST_DAY = number_of_date(date.min), number_of_date(date.max)
_LARGEST_INT = int(np.iinfo(np.int64).max)
_NOISE = 1e-6
"""How many cents a float may differ from whole cents. Sums and products of floats have such differences."""
_TOO_COARSE = 0.01
"""A float is refused if its own precision is worse than this many cents."""
_SPAN = 2**16
"""Whole numbers within a range of this size need no sorting to be distinct."""
_MOST_DIGITS = 18
# Text that has the same order as the time it stands for. Other text, such as 9:05 AM, does not.
_ORDERED_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?|\d{2}:\d{2}(:\d{2}(\.\d+)?)?)", re.ASCII
)

Whole: TypeAlias = "NDArray[np.int64]"
N = TypeVar("N", np.int32, np.int64)


@attrs.frozen(eq=False)
class Numbers:
    """
    A column of numbers.

    Args:
        values: Integers of any size, or floats. NaN is missing.
        missing: For each row, whether its value is missing. None if no integer is missing.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_] | None = None


@attrs.frozen(eq=False)
class Moments:
    """
    A column of dates, times, or durations.

    Args:
        ticks: Time since 1970-01-01 in the column's unit. NULL if missing.
        per_day: Ticks per day. None if the column has no dates, or has a time zone.
    """

    ticks: Whole
    per_day: int | None


@attrs.frozen(eq=False)
class Distinct:
    """
    A column with its values stored once.

    Args:
        codes: For each row, the index of its value, or -1 if it is missing.
        pick: Returns the values with these indexes, as Python objects. They may be missing or repeated.
    """

    codes: NDArray[np.integer[Any]]
    pick: Callable[[NDArray[np.int64]], Sequence[object]]

    @classmethod
    def from_objects(cls, values: Iterable[Any]) -> Distinct:
        """Return the column with these Python objects."""
        index: dict[Any, int] = {}
        codes = [NO_CODE if is_missing(v) else index.setdefault(v, len(index)) for v in values]
        objects = list(index)
        return cls(np.array(codes, np.int64), lambda at: [objects[i] for i in at.tolist()])

    def _size(self) -> int:
        """Return how many codes there may be. The last one is for -1."""
        return int(self.codes.max(initial=NO_CODE)) + 2

    def used(self) -> tuple[NDArray[np.int64], list[object]]:
        """Return, in order, the indexes that at least one row has, and their values."""
        is_used = np.zeros(self._size(), np.bool_)
        is_used[self.codes] = True
        at = np.flatnonzero(is_used[:-1])
        return at, list(self.pick(at))

    def spread(
        self, at: NDArray[np.int64], numbers: Iterable[int], missing: int, kind: type[N]
    ) -> NDArray[N]:
        """
        Return for each row the number of its value.

        Args:
            at: The indexes of some values. Other values are missing.
            numbers: Their numbers.
            missing: The number of missing values.
            kind: The type of the numbers.
        """
        table = np.full(self._size(), missing, kind)
        table[at] = np.fromiter(numbers, kind, len(at))
        result: NDArray[N] = table[self.codes]
        return result

    def parsed(self, parse: Callable[[object], int], missing: int, kind: type[N]) -> NDArray[N]:
        """Return for each row what *parse* makes of its value."""
        at, values = self.used()
        numbers = (missing if _is_blank(value) else parse(value) for value in values)
        return self.spread(at, numbers, missing, kind)


RawColumn: TypeAlias = Numbers | Moments | Distinct


def whole_of(raw: RawColumn, what: str) -> Whole:
    """
    Return whole numbers: NULL if missing, BAD if not a whole number.

    Raises:
        InvalidInputError: If the column *what* holds dates or times.
    """
    if isinstance(raw, Distinct):
        return raw.parsed(_parse_whole, NULL, np.int64)
    if isinstance(raw, Moments):
        right = "whole numbers, not dates or times"
        return _refuse_unless_missing(raw.ticks == NULL, what, right, NULL)
    return _whole_numbers(raw)


def cents_of(raw: RawColumn, what: str) -> Whole:
    """
    Return dollars as cents: NULL if missing, BAD if negative or not whole cents.

    Raises:
        InvalidInputError: If the column *what* holds dates or times.
    """
    if isinstance(raw, Distinct):
        return raw.parsed(_parse_cents, NULL, np.int64)
    if isinstance(raw, Moments):
        right = "dollars, not dates or times"
        return _refuse_unless_missing(raw.ticks == NULL, what, right, NULL)
    if raw.values.dtype.kind == "f":
        return _cents_of_floats(raw.values)
    whole = _whole_numbers(raw)
    is_amount = (whole >= 0) & (whole <= LARGEST)
    return _or_bad(np.where(is_amount, whole, 0) * 100, is_amount, whole == NULL)


def dates_of(raw: RawColumn, what: str) -> NDArray[np.int32]:
    """
    Return dates as days since 1970-01-01: NO_DATE if missing, not a date of the years 1 to 9999, or with a time of day.

    Raises:
        InvalidInputError: If the column *what* holds numbers, times without dates, or times with a time zone.
    """
    if isinstance(raw, Distinct):
        days = raw.parsed(_parse_day, NO_DATE, np.int64)
    elif isinstance(raw, Numbers):
        days = _refuse_unless_missing(_is_missing(raw), what, "dates, not numbers", NO_DATE)
    elif raw.per_day is None:
        right = "dates without a time zone"
        days = _refuse_unless_missing(raw.ticks == NULL, what, right, NO_DATE)
    else:
        whole, rest = np.divmod(raw.ticks, raw.per_day)
        is_date = (rest == 0) & (raw.ticks != NULL) & (whole >= _FIRST_DAY) & (whole <= _LAST_DAY)
        days = np.where(is_date, whole, NO_DATE)
    return days.astype(np.int32)


def coded_of(raw: RawColumn, what: str) -> Coded:
    """
    Return texts. Blank text is missing. Whole numbers become text: 97110 is ``97110``.

    Raises:
        InvalidInputError: If the column *what* holds dates or times.
    """
    if isinstance(raw, Moments):
        none = _refuse_unless_missing(raw.ticks == NULL, what, "text, not dates or times", NO_CODE)
        return Coded(none.astype(np.int32), ())
    if isinstance(raw, Numbers):
        raw = _distinct_numbers(raw)
    at, values = raw.used()
    index: dict[str, int] = {}
    numbers = [
        NO_CODE if _is_blank(value) else index.setdefault(_text(value), len(index))
        for value in values
    ]
    return Coded(raw.spread(at, numbers, NO_CODE, np.int32), tuple(index))


def patients_of(raw: RawColumn) -> Whole:
    """Return a number per patient: equal values have equal numbers. NULL if missing or blank."""
    if isinstance(raw, Moments):
        return raw.ticks
    if isinstance(raw, Numbers):
        if raw.values.dtype.kind != "f":
            # The conversion keeps different numbers different, also those that only an unsigned integer holds.
            whole = raw.values.astype(np.int64, copy=False)
            if not (whole == NULL).any():
                return _with_null(whole, raw.missing)
            # A patient with this number is not missing.
            raw = _distinct_numbers(raw)
            at, found = raw.used()
            return raw.spread(at, range(len(at)), NULL, np.int64)
        whole = _whole_numbers(raw)
        if not (whole == BAD).any():
            return whole
        raw = _distinct_numbers(raw)
    at, found = raw.used()
    index = dict(zip(found, range(len(found)), strict=True))
    # This column has far more values than others, and nearly all are text that is not blank.
    for value in [value for value in index if not isinstance(value, str) or not value.strip()]:
        if _is_blank(value):
            index[value] = NULL
    return raw.spread(at, map(index.__getitem__, found), NULL, np.int64)


def sequence_of(raw: RawColumn, what: str) -> Whole:
    """
    Return numbers in the order of the column: NULL if missing, BAD if it has no order.

    Numbers stay as they are, also numbers in text. Dates, times, and text such as ``2026-03-02 09:05`` or ``09:05`` are ranked. Other
    text is BAD, because its order may differ from what it stands for: ``10:05 AM`` comes before ``9:05 AM``.

    Raises:
        InvalidInputError: If the column *what* has values of several types.
    """
    if isinstance(raw, Moments):
        return raw.ticks
    if isinstance(raw, Numbers):
        return _whole_numbers(raw)
    at, values = raw.used()
    kept = [index for index, value in enumerate(values) if not _is_blank(value)]
    present = [values[index] for index in kept]
    numbers = [_parse_whole(value) for value in present]
    if all(number == BAD for number in numbers):
        numbers = _ranks([_ordered(value) for value in present], what)
    return raw.spread(at[np.array(kept, np.int64)], numbers, NULL, np.int64)


def sequence_kind(texts: Iterable[str | None]) -> str | None:
    """
    Return what the texts of a column of sequences are, as :func:`sequence_of` reads them. A number makes them all numbers.

    >>> sequence_kind(["9:05 AM", "09:05"]), sequence_kind(["09:05", "1"]), sequence_kind(["", None])
    ('times', 'numbers', None)
    """
    present = [text for text in texts if text is not None and text.strip()]
    if any(_parse_whole(text) != BAD for text in present):
        return "numbers"
    return "times" if any(_ordered(text) is not None for text in present) else None


def _refuse_unless_missing(missing: NDArray[np.bool_], what: str, right: str, fill: int) -> Whole:
    """Return a column of *fill*, because a column without any value has no type."""
    if not missing.all():
        msg = f"the {what} column must hold {right}"
        raise InvalidInputError(msg, field=what)
    return np.full(len(missing), fill, np.int64)


def _is_missing(raw: Numbers) -> NDArray[np.bool_]:
    if raw.values.dtype.kind == "f":
        is_nan: NDArray[np.bool_] = np.isnan(raw.values)
        return is_nan
    return np.zeros(len(raw.values), np.bool_) if raw.missing is None else raw.missing


def _whole_numbers(raw: Numbers) -> Whole:
    values = raw.values
    if values.dtype == np.uint64:
        return _or_bad(values, values <= _LARGEST_INT, _is_missing(raw))
    if values.dtype.kind == "f":
        # A float of 8 bytes holds every whole number up to 2**53.
        largest = 2.0 ** (np.finfo(values.dtype).nmant + 1)
        is_whole = (np.rint(values) == values) & (np.abs(values) <= largest)
        return _or_bad(values, is_whole, _is_missing(raw))
    return _with_null(values.astype(np.int64, copy=False), raw.missing)


def _with_null(values: Whole, missing: NDArray[np.bool_] | None) -> Whole:
    return values if missing is None else np.where(missing, NULL, values)


def _cents_of_floats(values: NDArray[np.floating[Any]]) -> Whole:
    with np.errstate(over="ignore", invalid="ignore"):
        cents = values.astype(np.float64) * 100
        whole = np.rint(cents)
        precision = np.abs(cents) * np.finfo(values.dtype).eps
        is_amount = (
            (values >= 0)
            & (cents <= LARGEST * 100)
            & (np.abs(cents - whole) <= np.maximum(precision, _NOISE))
            & (precision <= _TOO_COARSE)
        )
    return _or_bad(whole, is_amount, np.isnan(values))


def _or_bad(values: NDArray[Any], good: NDArray[np.bool_], missing: NDArray[np.bool_]) -> Whole:
    """Return *values* where they are *good*, NULL where they are *missing*, and BAD elsewhere."""
    whole = np.where(good, values, 0).astype(np.int64)
    return np.where(missing, NULL, np.where(good, whole, BAD))


def _distinct_numbers(raw: Numbers) -> Distinct:
    values, missing = raw.values, _is_missing(raw)
    if values.dtype.kind != "f" and len(values):
        first, last = int(values.min()), int(values.max())
        if last - first < _SPAN and last <= _LARGEST_INT:
            offsets = values.astype(np.int64) - first
            return Distinct(
                np.where(missing, NO_CODE, offsets), lambda at: _python_objects(at + first)
            )
    found, codes = np.unique(values, return_inverse=True)
    return Distinct(np.where(missing, NO_CODE, codes), lambda at: _python_objects(found[at]))


def _python_objects(values: NDArray[Any]) -> list[object]:
    objects: list[object] = values.tolist()
    return objects


def _ranks(values: Sequence[Any], what: str) -> list[int]:
    """Return the rank of each of *values*. The rank of None is BAD."""
    try:
        ordered = sorted({value for value in values if value is not None})
    except TypeError:
        msg = f"the {what} column must have values of one type, such as whole numbers"
        raise InvalidInputError(msg, field=what) from None
    ranks = {value: rank for rank, value in enumerate(ordered)}
    return [ranks.get(value, BAD) for value in values]


def _ordered(value: object) -> object:
    """Return *value* in a form that sorts by time, or None if there is none."""
    if isinstance(value, str):
        text = value.strip().replace("T", " ")
        return text if _ORDERED_TIME.fullmatch(text) else None
    return value if isinstance(value, date | time | timedelta) else None


def _is_blank(value: object) -> bool:
    return not value.strip() if isinstance(value, str) else is_missing(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Enum):
        return str(value.value)
    whole = as_whole(value)
    return safe_repr(value) if whole is None else str(whole)


def _parse_whole(value: object) -> int:
    if isinstance(value, str | Decimal):
        number = parse_number(value)
        # Longer numbers are not converted, because that is slow.
        if number is None or number.adjusted() > _MOST_DIGITS or number != int(number):
            return BAD
        whole: int | None = int(number)
    else:
        whole = as_whole(value)
    return whole if whole is not None and BAD < whole <= _LARGEST_INT else BAD


def _parse_cents(value: object) -> int:
    if isinstance(value, float | np.floating):
        return int(_cents_of_floats(np.array([value]))[0])
    number = parse_number(value)
    if number is None or not 0 <= number <= LARGEST:
        return BAD
    rounded = cents(number)
    return int(EXACT.scaleb(rounded, 2)) if rounded == number else BAD


def _parse_day(value: object) -> int:
    try:
        return number_of_date(parse_date(value))
    except InvalidInputError:
        return NO_DATE
