"""Bill the rows of a dataframe: millions of services at once, equal to ``bill_day`` to the cent."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import attrs

try:
    import numpy as np
except ModuleNotFoundError as _error:
    _msg = "bill_frame needs NumPy: pip install 'therapy-billing[batch]'"
    raise ModuleNotFoundError(_msg, name="numpy") from _error
from numpy.typing import NDArray

from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import parse_whole
from therapy_billing.batch.columns import FrameColumns, Table
from therapy_billing.batch.frame_kinds import FrameSource, read_frame
from therapy_billing.batch.frame_terms import (
    FrameFees,
    FrameTerms,
    FrameYears,
    RowOrder,
    frame_terms,
)
from therapy_billing.batch.kernel.arrangement import BLOCK_ROWS, arranged, blocks
from therapy_billing.batch.kernel.blocks import BilledBlock, YearsOf, bill_block
from therapy_billing.batch.kernel.rows import STATUSES, KnownTerms, RowReader
from therapy_billing.batch.kernel.tables import LineTable, RowTable
from therapy_billing.batch.row_status import RowStatus
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.codes.code_book import load_codes
from therapy_billing.codes.roles import Clinician, Discipline, Setting
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.pricing.accumulators import Accumulators

__all__ = ["NO_ORDER", "BilledFrame", "FrameCounts", "bill_columns", "bill_frame"]

NO_ORDER = (
    "the documented order of each day's services decides ties: name a column for it (columns={'sequence': '...'}), "
    "or give order='rows' if the rows are in documented order, or order='code' to go by the codes"
)
"""The message for rows whose documented order is not known."""
_MOST_ERRORS = 100
_ON_ERROR = ("status", "raise")
_OWN = ("patient", "date_of_service", "payer", "locality", "setting")


@attrs.frozen(kw_only=True)
class FrameCounts:
    """
    What became of the rows and days of a frame.

    Args:
        rows: How many rows were read.
        rows_by_status: How many rows have each status.
        days: How many patient-days were billed.
        refused_days: How many patient-days were not billed.
        tied_days: How many billed days have a tie to decide.
        scalar_days: How many days the scalar path billed or refused, because the arrays do not model them.
        lines: How many claim lines there are.
    """

    rows: int
    rows_by_status: Mapping[RowStatus, int]
    days: int
    refused_days: int
    tied_days: int
    scalar_days: int
    lines: int

    @property
    def billed_rows(self) -> int:
        """How many rows are of billed days."""
        return sum(count for status, count in self.rows_by_status.items() if status.is_billed)

    @property
    def refused_rows(self) -> int:
        """How many rows are of days that were not billed."""
        return self.rows - self.billed_rows

    @property
    def summary(self) -> str:
        """The counts in words, such as ``6 rows in, 2 lines out; 1 day billed, 1 refused``."""
        return (
            f"{_many(self.rows, 'row')} in, {_many(self.lines, 'line')} out; "
            f"{_many(self.days, 'day')} billed, {self.refused_days:,} refused"
        )

    def __add__(self, other: FrameCounts) -> FrameCounts:
        by_status = Counter(self.rows_by_status) + Counter(other.rows_by_status)
        return FrameCounts(
            rows=self.rows + other.rows,
            rows_by_status=dict(by_status),
            days=self.days + other.days,
            refused_days=self.refused_days + other.refused_days,
            tied_days=self.tied_days + other.tied_days,
            scalar_days=self.scalar_days + other.scalar_days,
            lines=self.lines + other.lines,
        )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


_NOTHING = FrameCounts(
    rows=0, rows_by_status={}, days=0, refused_days=0, tied_days=0, scalar_days=0, lines=0
)


def _counts_of(block: BilledBlock) -> FrameCounts:
    by_status = np.bincount(block.status, minlength=len(STATUSES)).tolist()
    return FrameCounts(
        rows=len(block.row),
        rows_by_status={
            status: count for status, count in zip(STATUSES, by_status, strict=True) if count
        },
        days=block.billed_days,
        refused_days=block.refused_days,
        tied_days=block.tied_days,
        scalar_days=block.scalar_days,
        lines=len(block.lines.day),
    )


@attrs.frozen(kw_only=True, repr=False)
class BilledFrame:
    """
    A billed frame.

    Args:
        lines: One row per claim line: the caller's key columns, and the columns of a ``PricedLine``.
        rows: One row per row of the frame, in its order: its number from 0, its status, and the reason.
        counts: What became of the rows and days.
    """

    lines: Any
    rows: Any
    counts: FrameCounts

    def __repr__(self) -> str:
        return f"<BilledFrame {self.counts.summary}>"


def bill_frame(
    frame: Any,  # noqa: ANN401 - a dataframe of any library
    payer: PayerLike = "medicare",
    fees: FrameFees | None = None,
    accumulators: FrameYears | None = None,
    *,
    payers: Mapping[str, Payer] | None = None,
    columns: Mapping[str, str] | None = None,
    discipline: Discipline | str | None = None,
    clinician: Clinician | str = Clinician.THERAPIST,
    locality: str | None = None,
    setting: Setting | str | None = None,
    charges: Charges | None = None,
    order: RowOrder | str | None = None,
    attestations: Iterable[Attestation] = (),
    policy_changes: Mapping[str, Any] | None = None,
    on_error: str = "status",
    threads: int = 1,
) -> BilledFrame:
    """
    Bill every patient-day of a dataframe, equal to :func:`~therapy_billing.bill_day` to the cent.

    The frame has one row per service. All rows of a patient and date are one day, wherever they are in the frame. The rows
    of a discipline are one session.

    Args:
        frame: A pandas DataFrame, a Polars DataFrame or LazyFrame, a PyArrow Table, a DuckDB relation, or another object
            with ``__arrow_c_stream__``. It has the columns ``patient``, ``date_of_service``, ``code``, and ``minutes``,
            and may have ``discipline``, ``units`` (of untimed codes), ``clinician``, ``payer``, ``locality``,
            ``setting``, ``charge`` (dollars for one unit), ``modifiers`` (such as ``"95"``), and ``sequence`` (the
            documented order of the services of a day).
        payer: The payer of rows that do not name one.
        fees: A function that returns the fee schedule for a date of service, such as ``FeeSchedule.medicare``, which is
            called with the date and with the keywords *locality* and *setting* if the rows have them; one fee schedule for all
            days; or a mapping of payers to these. A function that is not in a mapping is not called for payers with their own
            fees. None: units and lines without amounts.
        accumulators: Each patient's year-to-date amounts before the frame, by the patient's value in the frame. With
            ``"start-at-zero"``, every patient starts at zero. With None, the deductible is treated as met, and KX is not
            checked.
        payers: The payers that rows may name. The default is :data:`~therapy_billing.PAYERS`.
        columns: The frame's own names for columns, such as ``{"patient": "mrn"}``.
        discipline: The discipline of rows without one.
        clinician: Who furnished the services of rows that do not say so.
        locality: The locality of rows without one, such as ``"15202-00"`` or ``"OH"``.
        setting: The setting of rows without one.
        charges: Dollars for one unit, by code, for rows without a charge. The add-on code of a family may have no row of its own,
            so its charge is needed here.
        order: The documented order, which decides ties, if the frame has no column ``sequence``: ``"rows"`` if the rows
            of each day are in documented order, or ``"code"`` to go by the codes, so that shuffled rows give the same result.
        attestations: As for :func:`~therapy_billing.bill_day`. They apply to every day.
        policy_changes: Fields of each payer's policy to replace, by name.
        on_error: ``"status"`` to bill the good days and give every other row a status, or ``"raise"``.
        threads: How many threads to use.

    Returns:
        The claim lines and the status of every row, as dataframes of the same library.

    Raises:
        InvalidInputError: If an argument is not valid, a column is missing, or the documented order is not known.
        ExceptionGroup: If *on_error* is ``"raise"`` and a row was not billed: the first errors, each with its row.
    """
    terms = frame_terms(
        payer,
        fees,
        accumulators,
        payers=payers,
        attestations=attestations,
        policy_changes=policy_changes,
        discipline=discipline,
        clinician=clinician,
        locality=locality,
        setting=setting,
        order=order,
        charges=charges,
    )
    chosen: object = on_error
    if not isinstance(chosen, str) or chosen not in _ON_ERROR:
        shown = repr(chosen) if isinstance(chosen, str) else safe_repr(chosen)
        msg = f"on_error must be 'status' or 'raise', got {shown}"
        raise InvalidInputError(msg, field="on_error")
    workers = parse_whole(threads, "threads", 1)
    given, source = read_frame(frame, {} if columns is None else columns)
    lines, rows, counts = bill_columns(given, source, terms, threads=workers)
    if on_error == "raise" and counts.refused_rows:
        raise _errors(rows, counts)
    own = {name: source.names[name] for name in _OWN if name in source.names}
    return BilledFrame(lines=source.write(lines, own), rows=source.write(rows, {}), counts=counts)


def bill_columns(
    columns: FrameColumns,
    source: FrameSource,
    terms: FrameTerms,
    *,
    threads: int = 1,
    block_rows: int = BLOCK_ROWS,
    known: KnownTerms | None = None,
) -> tuple[Table, Table, FrameCounts]:
    """
    Bill the rows in *columns*.

    Args:
        columns: The rows.
        source: Where patients are looked up in the year-to-date amounts.
        terms: The terms.
        threads: How many threads to use.
        block_rows: About how many rows are billed at once.
        known: The compiled terms of earlier frames with the same *terms*, which are used again.

    Returns:
        The table of lines, the table of row statuses, and the counts.
    """
    columns = _with_order(columns, terms)
    reader = RowReader(columns, terms, known)
    order = arranged(columns.patient, columns.date_of_service)
    patient = columns.patient if order is None else columns.patient[order]
    years_of = _years(source, terms)

    def bill(block: slice) -> BilledBlock:
        rows = reader.read(block if order is None else order[block])
        return bill_block(rows, reader.compiled, years_of)

    count = len(columns)
    lines, rows, counts = LineTable(count), RowTable(count), _NOTHING
    for billed in _each(bill, blocks(patient, block_rows), threads):
        lines.add(billed)
        rows.add(billed)
        counts += _counts_of(billed)
    return lines.table(reader.compiled), rows.table(reader.compiled), counts


def _each(
    bill: Callable[[slice], BilledBlock], every: Iterable[slice], threads: int
) -> Iterator[BilledBlock]:
    """Yield the billed blocks in order. At most a few per thread wait in memory."""
    if threads == 1:
        yield from map(bill, every)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[BilledBlock]] = deque()
        for block in every:
            waiting.append(pool.submit(bill, block))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _with_order(columns: FrameColumns, terms: FrameTerms) -> FrameColumns:
    """Return the columns with the documented order that the caller asked for."""
    if terms.order is RowOrder.ROWS:
        return attrs.evolve(columns, sequence=None)
    if terms.order is RowOrder.CODE:
        codes = {code: rank for rank, code in enumerate(sorted(load_codes()))}
        ranks = [codes.get(text.strip().upper(), len(codes)) for text in columns.code.values]
        rank = np.array([*ranks, len(codes)], np.int64)
        return attrs.evolve(columns, sequence=rank[columns.code.codes])
    if columns.sequence is None:
        raise InvalidInputError(NO_ORDER, field="order")
    return columns


def _years(source: FrameSource, terms: FrameTerms) -> YearsOf | None:
    """Return the function that finds the year-to-date amounts of patients."""
    years = terms.years
    if years is None:
        return None
    name = source.names["patient"]

    def years_of(rows: NDArray[Any]) -> Sequence[Accumulators | None]:
        return [years.get(patient) for patient in source.values(name, rows)]

    return years_of


def _errors(rows: Table, counts: FrameCounts) -> ExceptionGroup[FileFormatError]:
    """Return the errors of the first rows that were not billed."""

    def found() -> Iterator[FileFormatError]:
        (_, status), (_, reason) = rows.columns["status"], rows.columns["reason"]
        billed = [number for number, each in enumerate(STATUSES) if each.is_billed]
        bad = np.flatnonzero(~np.isin(status.codes, billed))  # type: ignore[union-attr]
        for row in bad[:_MOST_ERRORS].tolist():
            text = reason.values[reason.codes[row]]  # type: ignore[union-attr]
            yield FileFormatError(text, "<frame>", row + 1)

    msg = f"{counts.refused_rows:,} rows were not billed; the first {min(counts.refused_rows, _MOST_ERRORS)} are listed"
    return ExceptionGroup(msg, list(found()))
