"""Rows of a frame as numbers: each distinct text is read once, and rows that cannot be used are marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.dates import MINUTES_OF_A_DAY, date_of_number
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import dollars, from_cents, whole_cents
from therapy_billing.batch.columns import BAD, NO_DATE, NULL, Coded, FrameColumns
from therapy_billing.batch.frame_terms import FrameTerms
from therapy_billing.batch.kernel.code_arrays import CLINICIANS, DISCIPLINES
from therapy_billing.batch.kernel.compiled import MOST_CENTS, CompiledTerms
from therapy_billing.batch.kernel.segments import Whole
from therapy_billing.batch.row_status import RowStatus
from therapy_billing.codes.code_book import load_codes, parse_code, unknown_code
from therapy_billing.codes.modifiers import parse_modifiers, parse_service_modifiers
from therapy_billing.codes.roles import Setting, parse_clinician, parse_discipline, parse_setting
from therapy_billing.visits.services import UntimedService, require_month_minutes

__all__ = ["STATUSES", "BlockRows", "KnownTerms", "RowMarks", "RowReader"]

T = TypeVar("T")

STATUSES = tuple(RowStatus)
_MISSING, _BAD = RowStatus.MISSING_VALUE, RowStatus.BAD_VALUE
_NO_DAY = 0
"""The date of a frame without any readable date."""


class _UnusableError(Exception):
    """A text that cannot be used."""

    def __init__(self, status: RowStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@attrs.frozen(eq=False)
class _Vocabulary:
    """
    The distinct texts of a column as numbers. The last one is for missing values.

    Args:
        numbers: The number of each text.
        status: The status of rows with it.
        reason: The reason.
        clean: Whether every text, and a missing one, can be used.
    """

    numbers: NDArray[np.int32]
    status: NDArray[np.uint8]
    reason: tuple[str, ...]
    clean: bool


def _vocabulary(values: Sequence[str], read: Callable[[str | None], int]) -> _Vocabulary:
    numbers, statuses, reasons = [], [], []
    for value in (*values, None):
        number, status, reason = 0, RowStatus.BILLED, ""
        try:
            number = read(value)
        except _UnusableError as bad:
            status, reason = bad.status, bad.reason
        numbers.append(number)
        statuses.append(STATUSES.index(status))
        reasons.append(reason)
    return _Vocabulary(
        np.array(numbers, np.int32),
        np.array(statuses, np.uint8),
        tuple(reasons),
        not any(statuses),
    )


@attrs.define(eq=False)
class RowMarks:
    """
    The status and the reason of each row. The first mark counts.

    Args:
        status: The index of the status in ``STATUSES``.
        reason: The number of the reason.
    """

    status: NDArray[np.uint8]
    reason: NDArray[np.int32]

    def mark(self, rows: NDArray[np.bool_], status: RowStatus, reason: Whole | int) -> None:
        """Mark *rows* that have no mark yet."""
        rows = rows & (self.status == 0)
        if rows.any():
            self.status[rows] = STATUSES.index(status)
            self.reason[rows] = reason if isinstance(reason, int) else reason[rows]


@attrs.frozen(eq=False)
class BlockRows:
    """
    The rows of a block as numbers, by patient, date, and documented order.

    Args:
        row: The index of each row in the frame.
        patient: The number of the patient.
        date: Days since 1970.
        code: The code.
        minutes: The minutes, or NULL.
        discipline: The discipline.
        clinician: Who furnished the service.
        payer: The payer.
        locality: The locality.
        setting: The setting.
        modifiers: The modifiers; None if no row has any.
        units: The units; None if no row gives them.
        charge: Cents for one unit, or NULL; None if no row has a charge.
        usual_charge: Cents for one unit of the code in the argument *charges*, or NULL; None without the argument.
        sequence: The documented order; None if the order of the rows counts.
        marks: The rows that cannot be used.
        varying: Which of payer, locality, and setting the frame has as columns.
    """

    row: Whole
    patient: Whole
    date: Whole
    code: Whole
    minutes: Whole
    discipline: Whole
    clinician: Whole
    payer: Whole
    locality: Whole
    setting: Whole
    modifiers: Whole | None
    units: Whole | None
    charge: Whole | None
    usual_charge: Whole | None
    sequence: Whole | None
    marks: RowMarks
    varying: tuple[str, ...]

    def take(self, rows: NDArray[Any]) -> BlockRows:
        """Return only *rows*: indexes, or one boolean per row."""
        taken: dict[str, Any] = {
            field.name: None if (column := getattr(self, field.name)) is None else column[rows]
            for field in attrs.fields(BlockRows)
            if field.name not in ("marks", "varying")
        }
        marks = RowMarks(self.marks.status[rows], self.marks.reason[rows])
        return BlockRows(**taken, marks=marks, varying=self.varying)


@attrs.define(eq=False)
class KnownTerms:
    """
    The compiled terms of several frames with the same :class:`FrameTerms`, such as the batches of a file.

    Args:
        compiled: The terms so far; None before the first frame. They are replaced when a frame needs more.
    """

    compiled: CompiledTerms | None = None


class RowReader:
    """
    Read the rows of a frame as numbers.

    Args:
        columns: The columns.
        terms: The terms.
        known: The compiled terms of earlier frames with the same *terms*, which are used again.
    """

    compiled: CompiledTerms

    def __init__(
        self, columns: FrameColumns, terms: FrameTerms, known: KnownTerms | None = None
    ) -> None:
        self._columns = _narrowed(columns)
        self._terms = terms
        before = None if known is None else known.compiled
        book = load_codes()
        self._code_ids = {code: index for index, code in enumerate(sorted(book))}
        self._code = _vocabulary(columns.code.values, self._read_code)
        self._discipline = self._of(columns.discipline, self._read_discipline)
        self._clinician = self._of(columns.clinician, self._read_clinician)
        payers: list[object] = [*before.payers] if before else []
        localities = _Numbering(before.localities if before else ())
        settings = _Numbering(before.settings if before else ())
        modifiers = _Numbering(before.own_modifiers if before else ((),))
        self._payer = self._of(
            columns.payer, lambda text: _numbered(self._read_payer(text), payers)
        )
        self._locality = self._of(
            columns.locality,
            lambda text: localities.number(terms.locality if text is None else text),
        )
        self._setting = self._of(
            columns.setting, lambda text: settings.number(self._read_setting(text))
        )
        self._modifiers = self._of(
            columns.modifiers, lambda text: modifiers.number(self._read_modifiers(text))
        )
        self._charges: Whole | None = None
        if terms.charges:
            self._charges = np.full(len(book), NULL)
            for each, amount in terms.charges.items():
                if each in self._code_ids:
                    self._charges[self._code_ids[each]] = whole_cents(amount)
        names = ("payer", "locality", "setting")
        self._varying = tuple(name for name in names if getattr(columns, name) is not None)
        dates = columns.date_of_service[columns.date_of_service != NO_DATE]
        days = (int(dates.min()), int(dates.max())) if len(dates) else (_NO_DAY, _NO_DAY)
        asked = _distinct(dates) if terms.asks_for_each_date and len(dates) else ()
        if known is not None:
            days = _whole_years(*days)
        if before is not None:
            asked = tuple(sorted({*asked, *before.dates}))
            had = before.first_day, before.last_day
            days = (min(had[0], days[0]), max(had[1], days[1])) if len(dates) else had
            if (days, asked, payers, localities.values, settings.values, modifiers.values) == (
                had,
                before.dates,
                before.payers,
                before.localities,
                before.settings,
                before.own_modifiers,
            ):
                self.compiled = before
                return
        self.compiled = CompiledTerms(
            terms,
            days,
            payers,  # type: ignore[arg-type]
            localities.values,
            settings.values,
            modifiers.values,
            asked,
        )
        if known is not None and len(dates):
            known.compiled = self.compiled

    @staticmethod
    def _of(column: Coded | None, read: Callable[[str | None], int]) -> _Vocabulary:
        return _vocabulary(() if column is None else column.values, read)

    def _read_code(self, text: str | None) -> int:
        if text is None:
            raise _UnusableError(_MISSING, "code is missing")
        try:
            code = parse_code(text)
        except InvalidInputError:
            raise _UnusableError(
                RowStatus.UNKNOWN_CODE, "code must be five characters such as '97530' or 'G0283'"
            ) from None
        if code not in self._code_ids:
            raise _UnusableError(RowStatus.UNKNOWN_CODE, f"the code is {unknown_code(code)}")
        return self._code_ids[code]

    def _read_discipline(self, text: str | None) -> int:
        found = self._terms.discipline
        if text is not None:
            found = _parsed(parse_discipline, text, "discipline must be PT, OT, or SLP")
        if found is None:
            raise _UnusableError(_MISSING, "discipline is missing")
        return DISCIPLINES.index(found)

    def _read_clinician(self, text: str | None) -> int:
        found = self._terms.clinician
        if text is not None:
            named = ", ".join(each.value for each in CLINICIANS)
            found = _parsed(parse_clinician, text, f"clinician must be one of: {named}")
        return CLINICIANS.index(found)

    def _read_payer(self, text: str | None) -> object:
        return _parsed(
            self._terms.payer_named,
            text,
            f"payer must be one of: {', '.join(self._terms.log.payers)}",
        )

    def _read_setting(self, text: str | None) -> Setting | None:
        if text is None:
            return self._terms.setting
        named = ", ".join(each.value for each in Setting)
        return _parsed(parse_setting, text, f"setting must be one of: {named}")

    @staticmethod
    def _read_modifiers(text: str | None) -> tuple[str, ...]:
        if text is None:
            return ()
        try:
            given = parse_modifiers(text.replace(",", " ").split(), what="modifiers")
        except InvalidInputError:
            raise _UnusableError(
                _BAD,
                "modifiers must be two letters or digits each, separated by spaces, such as '95 GA'",
            ) from None
        return _parsed(parse_service_modifiers, given, None)

    def read(self, rows: Whole | slice) -> BlockRows:
        """Return *rows* of the frame, which are in the order of patient, date, and documented order."""
        given = self._columns
        index = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        count = len(index)
        marks = RowMarks(np.zeros(count, np.uint8), np.zeros(count, np.int32))
        number = self.compiled.reasons.number
        patient, day = given.patient[rows], given.date_of_service[rows]
        marks.mark(patient == NULL, _MISSING, number("patient is missing"))
        marks.mark(
            day == NO_DATE,
            _MISSING,
            number("date_of_service is missing, is not a date, or has a time of day"),
        )
        marks.mark(given.code.codes[rows] < 0, _MISSING, number("code is missing"))
        sequence = None if given.sequence is None else given.sequence[rows]
        if sequence is not None:
            marks.mark(sequence == NULL, _MISSING, number("sequence is missing"))
        if given.discipline is not None and self._terms.discipline is None:
            marks.mark(given.discipline.codes[rows] < 0, _MISSING, number("discipline is missing"))
        code = self._decoded(given.code, self._code, rows, marks)
        self._check_dates(code, day, marks)
        minutes = given.minutes[rows]
        without = (minutes == NULL) & self.compiled.codes.timed[code]
        if without.any():
            marks.mark(without, _MISSING, number("minutes are missing, and the code is timed"))
        discipline = self._decoded(given.discipline, self._discipline, rows, marks, count)
        clinician = self._decoded(given.clinician, self._clinician, rows, marks, count)
        payer = self._decoded(given.payer, self._payer, rows, marks, count)
        locality = self._decoded(given.locality, self._locality, rows, marks, count)
        setting = self._decoded(given.setting, self._setting, rows, marks, count)
        modifiers = None
        if given.modifiers is not None:
            modifiers = self._decoded(given.modifiers, self._modifiers, rows, marks)
        units = None if given.units is None else given.units[rows]
        charge = None if given.charge is None else given.charge[rows]
        usual = None if self._charges is None else self._charges[code]
        self._check_numbers(code, minutes, units, charge, marks)
        if usual is not None:
            self._check_charges(usual, marks)
            charge = np.full(count, NULL) if charge is None else charge
        if sequence is not None:
            marks.mark(sequence == BAD, _BAD, number("sequence must be a whole number or a time"))
        self._check_months(code, minutes, units, day, marks)
        return BlockRows(
            index,
            patient,
            day,
            code,
            minutes,
            discipline,
            clinician,
            payer,
            locality,
            setting,
            modifiers,
            units,
            charge,
            usual,
            sequence,
            marks,
            self._varying,
        )

    def _decoded(
        self,
        column: Coded | None,
        known: _Vocabulary,
        rows: Whole | slice,
        marks: RowMarks,
        count: int = 0,
    ) -> Whole:
        """Return the numbers of a column, and mark the rows whose texts cannot be used."""
        if column is None:
            if not known.clean:
                why = self.compiled.reasons.number(known.reason[-1])
                marks.mark(np.ones(count, np.bool_), STATUSES[known.status[-1]], why)
            return np.full(count, known.numbers[-1], np.int32)
        codes = column.codes[rows]
        if not known.clean:
            status = known.status[codes]
            if status.any():
                texts = [self.compiled.reasons.number(text) for text in known.reason]
                reason = np.array(texts, np.int32)[codes]
                for kind in np.unique(status[status > 0]).tolist():
                    marks.mark(status == kind, STATUSES[kind], reason)
        found: Whole = known.numbers[codes]
        return found

    def _check_dates(self, code: Whole, day: Whole, marks: RowMarks) -> None:
        terms = self.compiled
        if np.all(terms.always_in_force[code]):
            return
        inside = np.where(day == NO_DATE, terms.first_day, day)
        period = terms.period_of_day[inside - terms.first_day]
        wrong = ~terms.in_force[period, code]
        if not wrong.any():
            return
        late = inside > terms.known_through
        marks.mark(
            late,
            RowStatus.DATE_OUT_OF_RANGE,
            terms.reasons.number("the date of service is after the end of the library's code data"),
        )
        at = np.flatnonzero(wrong & (marks.status == 0))
        pairs = period[at].astype(np.int64) * len(terms.codes) + code[at]
        for pair in np.unique(pairs).tolist():
            why = terms.codes.why_not_in_force(
                pair % len(terms.codes), terms.period_starts[pair // len(terms.codes)]
            )
            rows = np.zeros(len(code), np.bool_)
            rows[at[pairs == pair]] = True
            marks.mark(rows, RowStatus.DATE_OUT_OF_RANGE, terms.reasons.number(why))

    def _check_numbers(
        self,
        code: Whole,
        minutes: Whole,
        units: Whole | None,
        charge: Whole | None,
        marks: RowMarks,
    ) -> None:
        terms = self.compiled
        number = terms.reasons.number
        timed = terms.codes.timed[code]
        wrong = (minutes != NULL) & ((minutes < 0) | (minutes > MINUTES_OF_A_DAY))
        if wrong.any():
            marks.mark(
                wrong, _BAD, number(f"minutes must be a whole number from 0 to {MINUTES_OF_A_DAY}")
            )
        if units is not None:
            given = units != NULL
            marks.mark(
                given & timed,
                _BAD,
                number("the code is timed, so its units come from its minutes: leave units empty"),
            )
            marks.mark(
                given & ((units < 1) | (units > _MOST_UNITS)),
                _BAD,
                number(f"units must be a whole number from 1 to {_MOST_UNITS}"),
            )
            marks.mark(
                given & (units > 1) & terms.codes.once[code],
                _BAD,
                number("the code is billed once a day or once a calendar month: units must be 1"),
            )
        if charge is not None:
            self._check_charges(charge, marks)

    def _check_charges(self, charge: Whole, marks: RowMarks) -> None:
        wrong = (charge != NULL) & ((charge <= 0) | (charge > MOST_CENTS))
        most = dollars(from_cents(MOST_CENTS))
        why = f"charge must be dollars above zero, at most {most}, rounded to the cent"
        marks.mark(wrong, _BAD, self.compiled.reasons.number(why))

    def _check_months(
        self, code: Whole, minutes: Whole, units: Whole | None, day: Whole, marks: RowMarks
    ) -> None:
        """Mark the rows of codes for a calendar month whose minutes do not support their units."""
        terms = self.compiled
        at = np.flatnonzero(terms.codes.by_month[code] & (marks.status == 0))
        for row in at.tolist():
            given = None if minutes[row] == NULL else int(minutes[row])
            count = 1 if units is None or units[row] == NULL else int(units[row])
            made = UntimedService(terms.codes.codes[code[row]], given, units=count)
            try:
                require_month_minutes(made, date_of_number(int(day[row])))
            except InvalidInputError as error:
                rows = np.zeros(len(code), np.bool_)
                rows[row] = True
                marks.mark(rows, _BAD, terms.reasons.number(str(error)))


_MOST_UNITS = 9_999
_MOST_NARROW = int(np.iinfo(np.int16).max)


def _narrowed(columns: FrameColumns) -> FrameColumns:
    """Return the columns with texts in as few bytes as they need, which makes rows in any order faster to read."""
    narrow: dict[str, Coded] = {}
    for field in attrs.fields(FrameColumns):
        column = getattr(columns, field.name)
        if isinstance(column, Coded) and len(column.values) <= _MOST_NARROW:
            narrow[field.name] = Coded(column.codes.astype(np.int16), column.values)
    return attrs.evolve(columns, **narrow)  # type: ignore[arg-type]


def _whole_years(first: int, last: int) -> tuple[int, int]:
    """
    Return the first day of the year of *first*, and the last day of the year of *last*.

    >>> _whole_years(20_514, 20_880)
    (20454, 21183)
    """
    start, end = np.array([first, last]).astype("datetime64[D]").astype("datetime64[Y]")
    days = np.array([start, end + 1]).astype("datetime64[D]").astype(int)
    return int(days[0]), int(days[1]) - 1


class _Numbering:
    """Number values from 0. Equal values have the same number."""

    def __init__(self, first: Iterable[object]) -> None:
        self._numbers = {value: number for number, value in enumerate(first)}

    def number(self, value: object) -> int:
        """Return the number of *value*."""
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> tuple[Any, ...]:
        """The values, by number."""
        return tuple(self._numbers)


def _distinct(dates: Whole) -> tuple[int, ...]:
    """Return the distinct *dates* in order, without sorting them."""
    first = int(dates.min())
    found = np.zeros(int(dates.max()) - first + 1, np.bool_)
    found[dates - first] = True
    return tuple((np.flatnonzero(found) + first).tolist())


def _numbered(value: object, known: list[object]) -> int:
    """Return the index of *value* in *known*, to which it is added."""
    if value not in known:
        known.append(value)
    return known.index(value)


def _parsed(parse: Callable[..., T], value: object, reason: str | None) -> T:
    """Return a parsed value. The reason never quotes the text, which may be patient data in the wrong column."""
    try:
        return parse(value)
    except InvalidInputError as error:
        raise _UnusableError(_BAD, str(error) if reason is None else reason) from None
