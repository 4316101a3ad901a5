"""
What `bill_frame` must return, from the scalar path only: `Session`, `bill_day`, and the patient's year.

`expected` takes a list of rows, each a dict with the columns of a frame, and the arguments of `bill_frame`. It returns the
claim lines and a status per row. It does not import NumPy or a dataframe library.

The status of a bad row is decided in `_fault`, and the refusal of a day with several payers in `_day_fault`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import attrs

from therapy_billing import (
    Accumulators,
    FeeSchedule,
    InvalidInputError,
    Session,
    TherapyBillingError,
)
from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.wording import word_key
from therapy_billing.batch.log_terms import LogTerms
from therapy_billing.batch.patient_years import UNKNOWN_YEAR, PatientYears
from therapy_billing.claims.attestations import Attestation
from therapy_billing.codes.code_book import code_in_force, known_code, parse_code
from therapy_billing.codes.roles import (
    Discipline,
    Setting,
    parse_clinician,
    parse_discipline,
    parse_setting,
)
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import Policy
from therapy_billing.pricing.day import bill_day
from therapy_billing.pricing.records import PricedDay, PricedLine
from therapy_billing.visits.services import Service, UntimedService, require_month_minutes, service
from therapy_billing.visits.treatment_log import LogDay

__all__ = [
    "AMOUNTS",
    "LINE_COLUMNS",
    "OWN_COLUMNS",
    "Accumulated",
    "Expected",
    "Fees",
    "Row",
    "RowResult",
    "billable_days",
    "expected",
    "line_values",
]

Row: TypeAlias = Mapping[str, Any]
"""A row of a frame. A missing value is None; a column that no row has is not in the frame."""
Fees: TypeAlias = "FeeSchedule | Callable[..., FeeSchedule] | Mapping[str, Any] | None"
Accumulated: TypeAlias = "Mapping[Any, Accumulators] | str | None"

OWN_COLUMNS = ("patient", "date_of_service", "payer", "locality", "setting")
"""The columns of a line that are the caller's own."""
AMOUNTS = (
    "charge",
    "full_amount",
    "reduced_amount",
    "furnisher_share",
    "allowed",
    "mppr_reduction",
    "deductible",
    "coinsurance",
    "assistant_reduction",
    "sequestration",
    "medicare_pays",
    "patient_responsibility",
    "provider_receives",
)
LINE_COLUMNS = (
    "discipline",
    "code",
    "units",
    "modifiers",
    "full_units",
    "reduced_units",
    *AMOUNTS,
    "kx",
    "full_rate",
    "unpriced",
    "denied_for",
)
"""The columns of a line, except for those of the caller."""

UNDATED = "a row of this patient has no date of service, so the year-to-date amounts are unknown: fix that row first"
BILLED, NO_UNIT = "billed", "no-unit"
MISSING, BAD, UNKNOWN_CODE = "missing-value", "bad-value", "unknown-code"
OUT_OF_RANGE, OTHER_ROW = "date-out-of-range", "other-row"
REFUSED, YEAR_UNKNOWN = "day-refused", "year-unknown"


@attrs.frozen
class RowResult:
    """The status of an input row. The reason is text for a person; only the reason of `day-refused` is fixed."""

    row: int
    status: str
    reason: str = ""


@attrs.frozen
class Expected:
    """The lines and the rows that `bill_frame` must return."""

    lines: tuple[dict[str, Any], ...]
    rows: tuple[RowResult, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many rows have each status."""
        return Counter(row.status for row in self.rows)


@attrs.frozen
class _Terms:
    """The arguments that apply to every day."""

    log: LogTerms
    fees: Fees
    columns: frozenset[str]
    discipline: object
    clinician: object
    locality: object
    setting: object
    by_sequence: bool
    charges: Mapping[str, Decimal]

    def value(self, row: Row, column: str) -> object:
        """Return a cell, or the default of its column if it is missing."""
        found = row.get(column)
        return getattr(self, column) if found is None and column in _DEFAULTS else found

    def payer_of(self, row: Row) -> Payer:
        name = row.get("payer")
        return self.log.payer if name is None else self.log.payers[str(name)]

    def fees_on(
        self, day: date, payer: Payer, policy: Policy, locality: object, setting: Setting | None
    ) -> FeeSchedule | None:
        given, in_mapping = self.fees, False
        if isinstance(given, Mapping):
            named = {word_key(name): each for name, each in given.items()}
            given, in_mapping = named.get(word_key(payer.name)), True
        if given is None or isinstance(given, FeeSchedule):
            return given
        if policy.money.fee_basis.is_payers_own and not in_mapping:
            return None
        more: dict[str, Any] = {}
        if locality is not None:
            more["locality"] = locality
        if setting is not None:
            # A critical access hospital has no schedule of its own.
            facility = setting is Setting.FACILITY
            more["setting"] = Setting.FACILITY if facility else Setting.NON_FACILITY
        return given(day, **more)


_DEFAULTS = frozenset({"discipline", "clinician", "locality", "setting"})


@attrs.frozen
class _ReadRow:
    index: int
    row: Row
    discipline: Discipline
    service: Service


@attrs.define
class _Day:
    patient: Hashable
    day: date
    good: list[_ReadRow] = attrs.field(factory=list)
    bad: list[int] = attrs.field(factory=list)

    def log_day(self, key: str) -> LogDay:
        return LogDay(key, self.day, "", (), 0)


def expected(
    rows: Sequence[Row],
    *,
    payer: PayerLike = "medicare",
    fees: Fees = None,
    accumulators: Accumulated = None,
    payers: Mapping[str, Payer] | None = None,
    discipline: object = None,
    clinician: object = "therapist",
    locality: object = None,
    setting: object = None,
    attestations: Iterable[Attestation] = (),
    policy_changes: Mapping[str, Any] | None = None,
    order: str | None = None,
    charges: Mapping[str, Decimal] | None = None,
) -> Expected:
    """
    Return what `bill_frame` must return for *rows*.

    Raises:
        InvalidInputError: If there is neither a column `sequence` nor an *order*.
    """
    columns = frozenset(column for row in rows for column in row)
    if order is None and "sequence" not in columns:
        msg = "give the documented order"
        raise InvalidInputError(msg)
    log = LogTerms(payers, payer, None, attestations, None, policy_changes)
    terms = _Terms(
        log, fees, columns, discipline, clinician, locality, setting, order is None, charges or {}
    )
    results: dict[int, RowResult] = {}
    days = _days(rows, terms, results)
    years = PatientYears(_accumulators(accumulators, days))
    undated = {row.get("patient") for row in rows if row.get("date_of_service") is None} - {None}
    lines: list[dict[str, Any]] = []
    for day in sorted(days, key=lambda each: each.day):
        ordered = _documented(day, order)
        lines += _bill(day, ordered, terms, years, results, undated=day.patient in undated)
    return Expected(tuple(lines), tuple(results[index] for index in range(len(rows))))


def _days(rows: Sequence[Row], terms: _Terms, results: dict[int, RowResult]) -> list[_Day]:
    """Return the patient-days, and put the status of each bad row into *results*."""
    days: dict[tuple[Hashable, date], _Day] = {}
    for index, row in enumerate(rows):
        read = _fault(index, row, terms)
        patient, on = row.get("patient"), row.get("date_of_service")
        day = None
        if patient is not None and on is not None:
            day = days.setdefault((patient, on), _Day(patient, on))
        if isinstance(read, RowResult):
            results[index] = read
            if day is not None:
                day.bad.append(index)
        elif day is not None:
            day.good.append(read)
    return list(days.values())


def _fault(index: int, row: Row, terms: _Terms) -> RowResult | _ReadRow:
    """Return what is wrong with a row, or the row as read."""
    if missing := _missing(row, terms):
        return RowResult(index, MISSING, f"{missing} is missing")
    try:
        code = parse_code(row["code"])
        facts = known_code(code)
    except InvalidInputError as error:
        return RowResult(index, UNKNOWN_CODE, str(error))
    try:
        code_in_force(code, row["date_of_service"])
    except (InvalidInputError, NotPublishedError) as error:
        # The date is out of the range of the code, or of all codes.
        return RowResult(index, OUT_OF_RANGE, str(error))
    if facts.timed and row.get("minutes") is None:
        return RowResult(index, MISSING, "minutes are missing")
    try:
        return _ReadRow(index, row, *_read(code, row, terms))
    except TherapyBillingError as error:
        return RowResult(index, BAD, str(error))


def _missing(row: Row, terms: _Terms) -> str:
    """Return the name of the first missing value that every row needs; empty if none is missing."""
    needed = ["patient", "date_of_service", "code"]
    needed += ["sequence"] if terms.by_sequence else []
    found = [column for column in needed if row.get(column) is None]
    found += ["discipline"] if terms.value(row, "discipline") is None else []
    return found[0] if found else ""


def _read(code: str, row: Row, terms: _Terms) -> tuple[Discipline, Service]:
    terms.payer_of(row)
    setting: Any = terms.value(row, "setting")
    if setting is not None:
        parse_setting(setting)
    discipline: Any = terms.value(row, "discipline")
    clinician: Any = terms.value(row, "clinician")
    made = service(
        code,
        row.get("minutes"),
        row.get("units"),
        clinician=parse_clinician(clinician),
        modifiers=tuple((row.get("modifiers") or "").split()),
    )
    if isinstance(made, UntimedService):
        require_month_minutes(made, row["date_of_service"])
    return parse_discipline(discipline), made


def _documented(day: _Day, order: str | None) -> list[_ReadRow]:
    """Return the rows of a day in documented order. Rows of a code with the same number go by their modifiers."""
    if order == "rows":
        return day.good
    if order == "code":
        return sorted(day.good, key=lambda read: (read.service.code, read.service.modifiers))
    return sorted(
        day.good,
        key=lambda read: (read.row["sequence"], read.service.code, read.service.modifiers),
    )


def _accumulators(given: Accumulated, days: Iterable[_Day]) -> dict[str, Accumulators] | None:
    if given is None:
        return None
    first: dict[Hashable, int] = {}
    for day in days:
        first[day.patient] = min(day.day.year, first.get(day.patient, day.day.year))
    if isinstance(given, str):
        return {_key(patient): Accumulators(year) for patient, year in first.items()}
    return {_key(patient): year for patient, year in given.items()}


def _key(patient: Hashable) -> str:
    return repr(patient)


def _bill(
    day: _Day,
    ordered: Sequence[_ReadRow],
    terms: _Terms,
    years: PatientYears,
    results: dict[int, RowResult],
    *,
    undated: bool,
) -> Iterator[dict[str, Any]]:
    """Bill a day, put the status of its rows into *results*, and yield its lines."""
    log_day = day.log_day(_key(day.patient))
    fault = None
    if day.bad:
        fault = OTHER_ROW, "another row of the day is bad"
    else:
        try:
            priced = _price(day, ordered, log_day, terms, years, undated=undated)
        except TherapyBillingError as error:
            unknown = str(error) in (UNKNOWN_YEAR, UNDATED)
            fault = YEAR_UNKNOWN if unknown else REFUSED, str(error)
        else:
            years.carry(log_day, priced.accumulators)
            yield from _lines(day, terms, priced)
            unbilled = {(each.discipline, each.code, each.clinician) for each in priced.unbilled}
            for read in ordered:
                what = read.discipline, read.service.code, read.service.clinician
                without = what in unbilled
                status, reason = (NO_UNIT, "furnished by") if without else (BILLED, "")
                results[read.index] = RowResult(read.index, status, reason)
            return
    years.lose(log_day)
    for read in ordered:
        results[read.index] = RowResult(read.index, *fault)


def _price(
    day: _Day,
    ordered: Sequence[_ReadRow],
    log_day: LogDay,
    terms: _Terms,
    years: PatientYears,
    *,
    undated: bool,
) -> PricedDay:
    payer, locality, setting = _day_fault(ordered, terms)
    if terms.by_sequence:
        codes = {(read.row["sequence"], read.service.code) for read in ordered}
        if len({number for number, _ in codes}) < len(codes):
            msg = "two codes of a day have the same sequence"
            raise InvalidInputError(msg)
    sessions: dict[Discipline, list[Service]] = {}
    charges: dict[str, Decimal] = {}
    for read in ordered:
        sessions.setdefault(read.discipline, []).append(read.service)
        charge = read.row.get("charge")
        code = read.service.code
        if charge is not None and charges.setdefault(code, charge) != charge:
            msg = f"code {code} has different charges on the same day"
            raise InvalidInputError(msg)
    policy = terms.log.policy_on(payer, day.day)
    year = years.before(log_day, policy)
    if undated and year is not None:
        raise InvalidInputError(UNDATED)
    return bill_day(
        [Session(day.day, discipline, services) for discipline, services in sessions.items()],
        policy,
        terms.fees_on(day.day, payer, policy, locality, setting),
        year,
        attestations=terms.log.attestations,
        setting=setting,
        charges={**terms.charges, **charges} or None,
    )


def _day_fault(ordered: Sequence[_ReadRow], terms: _Terms) -> tuple[Payer, object, Setting | None]:
    """Return the payer, locality, and setting of a day. Refuse a day with several."""
    found = []
    for name, values in (
        ("payer", [terms.payer_of(read.row) for read in ordered]),
        ("locality", [terms.value(read.row, "locality") for read in ordered]),
        ("setting", [_setting_of(terms.value(read.row, "setting")) for read in ordered]),
    ):
        if any(value != values[0] for value in values[1:]):
            msg = f"the rows of a day must have the same {name}"
            raise InvalidInputError(msg)
        found.append(values[0])
    payer, locality, setting = found
    assert isinstance(payer, Payer)
    assert setting is None or isinstance(setting, Setting)
    return payer, locality, setting


def _setting_of(value: Any) -> Setting | None:  # noqa: ANN401 - a cell
    return None if value is None else parse_setting(value)


def _lines(day: _Day, terms: _Terms, priced: PricedDay) -> Iterator[dict[str, Any]]:
    own = {column: day.good[0].row.get(column) for column in OWN_COLUMNS if column in terms.columns}
    for line in priced.lines:
        yield {**own, **line_values(line)}


def line_values(line: PricedLine) -> dict[str, Any]:
    """Return the columns of a priced line, except for the caller's own."""
    share = line.share
    full, full_amount, reduced, reduced_amount = _unit_parts(line)
    return {
        "discipline": None if line.discipline is None else line.discipline.value,
        "code": line.code,
        "units": line.units,
        "modifiers": " ".join(line.modifiers),
        "charge": line.claim_line.charge,
        "full_units": full,
        "full_amount": full_amount,
        "reduced_units": reduced,
        "reduced_amount": reduced_amount,
        "furnisher_share": line.furnisher_share,
        "allowed": line.allowed,
        "mppr_reduction": line.mppr_reduction,
        "deductible": None if share is None else share.deductible,
        "coinsurance": None if share is None else share.coinsurance,
        "assistant_reduction": None if share is None else share.assistant_reduction,
        "sequestration": None if share is None else share.sequestration,
        "medicare_pays": line.medicare_pays,
        "patient_responsibility": line.patient_responsibility,
        "provider_receives": line.provider_receives,
        "kx": line.kx.value,
        "full_rate": line.full_rate,
        "unpriced": line.unpriced,
        "denied_for": line.denied_for,
    }


def _unit_parts(line: PricedLine) -> tuple[int, Decimal | None, int, Decimal | None]:
    """Return how many units have the full amount, that amount, how many have the reduced amount, and that amount."""
    full = [amount for amount in line.unit_amounts if line.price and amount == line.price.amount]
    reduced = line.unit_amounts[len(full) :]
    return (
        len(full),
        full[0] if full else None,
        len(reduced),
        reduced[0] if reduced else None,
    )


def billable_days(rows: Sequence[Row], result: Expected) -> list[Row]:
    """Return the rows of the days that were billed."""
    billed = {each.row for each in result.rows if each.status in (BILLED, NO_UNIT)}
    return [row for index, row in enumerate(rows) if index in billed]
