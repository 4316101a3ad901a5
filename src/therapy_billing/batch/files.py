"""Bill the rows of CSV and Parquet files that may be larger than memory, with the results of ``bill_frame``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import attrs

from therapy_billing.base.data_loader import data_version
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import parse_whole, require_flag, require_path
from therapy_billing.batch.file_input import InputFiles, find_input
from therapy_billing.batch.file_run import FileProgress, FileRun
from therapy_billing.batch.file_sort import (
    check_memory_limit,
    connected,
    count_rows,
    sorted_blocks,
)
from therapy_billing.batch.frame_kinds import check_renamed
from therapy_billing.batch.frame_terms import (
    FrameFees,
    FrameTerms,
    FrameYears,
    RowOrder,
    frame_terms,
)
from therapy_billing.batch.frames import NO_ORDER, FrameCounts
from therapy_billing.batch.kernel.arrangement import BLOCK_ROWS
from therapy_billing.batch.run_folder import TABLES, RunFolder, fingerprint
from therapy_billing.batch.spill_folders import spill_folder as spill_folder_in
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.codes.roles import Clinician, Discipline, Setting
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike

__all__ = ["FileBill", "FileProgress", "bill_file", "text_progress"]

_PART_BYTES = 2**28
"""How many bytes of CSV a part has. A byte of Parquet or gzip holds several times as much."""
_PACKED = 8
_MOST_PARTS = 10_000
_FORMATS = ("parquet", "csv")
_ON_ERROR = ("status", "raise")


@attrs.frozen(kw_only=True, repr=False)
class FileBill:
    """
    A finished run over files.

    Args:
        folder: The folder of the output.
        lines: The files with the claim lines.
        rows: The files with the status of every row.
        counts: What became of the rows and days.
    """

    folder: Path
    lines: tuple[Path, ...]
    rows: tuple[Path, ...]
    counts: FrameCounts

    def __repr__(self) -> str:
        return f"<FileBill {self.counts.summary}>"

    def __str__(self) -> str:
        counts = self.counts
        statuses = ", ".join(
            f"{count:,} {status.value}"
            for status, count in counts.rows_by_status.items()
            if not status.is_billed
        )
        refused = f": {statuses}" if statuses else ""
        noun = "row" if counts.refused_rows == 1 else "rows"
        return f"{counts.summary}; {counts.refused_rows:,} {noun} not billed{refused}"


def bill_file(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
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
    format: str = "parquet",  # noqa: A002 - the usual name
    memory_limit: str = "1GB",
    spill_folder: str | os.PathLike[str] | None = None,
    parts: int | None = None,
    resume: bool = True,
    progress: FileProgress | None = None,
) -> FileBill:
    """
    Bill every patient-day of CSV or Parquet files, with the results of :func:`~therapy_billing.batch.bill_frame`.

    The files may be larger than memory: DuckDB sorts the rows by patient, and keeps on disk what does not fit. All rows of a patient
    and date are one day, in whatever files they are. The output has parts, and each patient is in one of them.

    A run that was stopped, even by ``kill -9``, goes on where it was if the same call is made again. Its output is then the same, byte
    for byte. *out* has the folders ``lines`` and ``rows`` with one file per part, and ``run.json`` with the arguments and the
    finished parts.

    Args:
        source: A CSV or Parquet file; a pattern, such as ``"visits/*.csv"``; or a folder. Names of folders such as
            ``payer=medicare`` are columns. CSV files may be packed (``.csv.gz``).
        out: The folder for the output. It must be new, empty, or that of the same run.
        payer: As for ``bill_frame``; so are the other arguments that are not listed here.
        fees: As for ``bill_frame``. A resumed run must have the same fees. A function counts as the same if it has the same name.
        accumulators: As for ``bill_frame``. In CSV files, patients are text.
        payers: As for ``bill_frame``.
        columns: The files' own names for columns.
        discipline: As for ``bill_frame``.
        clinician: As for ``bill_frame``.
        locality: As for ``bill_frame``.
        setting: As for ``bill_frame``.
        charges: As for ``bill_frame``.
        order: As for ``bill_frame``. Rows are numbered in the order of the names of the files.
        attestations: As for ``bill_frame``.
        policy_changes: As for ``bill_frame``.
        on_error: ``"status"`` to bill the good days and give every other row a status, or ``"raise"`` to stop at the first rows that
            cannot be billed.
        threads: How many threads to use.
        format: ``"parquet"`` or ``"csv"``.
        memory_limit: How much memory DuckDB may use. Billing needs about 300 MB more for each thread.
        spill_folder: The folder in which DuckDB keeps what does not fit in memory. The default is next to *out*.
        parts: How many parts the output has. The default depends on the size of the input.
        resume: Whether to keep the finished parts of an earlier run in *out*. If not, they are removed.
        progress: A function such as :func:`text_progress`. CSV files are read once more to count their rows.

    Returns:
        The files of the output, and the counts.

    Raises:
        InvalidInputError: If an argument is not valid, a column is missing, or *out* is not the folder of this run.
        ModuleNotFoundError: If DuckDB or PyArrow is not installed.
        FileFormatError: If a file is not CSV or Parquet. A cell that cannot be used is a status of its row instead.
        ExceptionGroup: If *on_error* is ``"raise"`` and a row was not billed: the first errors, each with its row.
        OSError: If a file cannot be read or written, or the disk is full.
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
    _check_choice(on_error, _ON_ERROR, "on_error")
    _check_choice(format, _FORMATS, "format")
    workers = parse_whole(threads, "threads", 1)
    given_parts = None if parts is None else parse_whole(parts, "parts", 1, _MOST_PARTS)
    require_flag(resume, "resume")
    renamed = {} if columns is None else columns
    check_renamed(renamed)
    require_path(source, "source")
    if progress is not None and not callable(progress):
        msg = f"progress must be a function such as text_progress, got {safe_repr(progress)}"
        raise InvalidInputError(msg, field="progress")
    limit = check_memory_limit(memory_limit)
    folder = RunFolder(Path(require_path(out, "out")), f".{format}")
    spill_in = (
        folder.path.absolute().parent
        if spill_folder is None
        else Path(require_path(spill_folder, "spill_folder"))
    )
    files = find_input(source)
    with ExitStack() as stack:
        spill_in.mkdir(parents=True, exist_ok=True)
        spill = stack.enter_context(spill_folder_in(spill_in))
        connection = stack.enter_context(connected(limit, spill, workers, files))
        names = files.names(connection, renamed)
        _check_order(names, terms)
        stack.enter_context(folder.opened())
        described = {
            "source": files.identity(),
            "columns": names,
            **_described(terms, terms.log.attestations, policy_changes),
            "format": format,
        }
        folder.start(described, given_parts, lambda: _default_parts(files), resume=resume)
        first = len(folder.done)
        if first < folder.parts:
            total = count_rows(connection, files) if progress is not None else 0
            blocks = sorted_blocks(
                connection, files, names, parts=folder.parts, first=first, size=BLOCK_ROWS
            )
            run = FileRun(folder, terms, names, os.fspath(source), stops=on_error == "raise")
            run.bill(blocks, workers, progress, total)
    counts = folder.done[0]
    for each in folder.done[1:]:
        counts += each
    lines, rows = (
        tuple(folder.file(table, part) for part in range(folder.parts)) for table in TABLES
    )
    return FileBill(folder=folder.path, lines=lines, rows=rows, counts=counts)


def text_progress(done: int, total: int) -> None:
    """
    Write a progress bar to standard error. Use it as *progress* of :func:`bill_file`.

    Args:
        done: How many rows were billed.
        total: How many rows there are; 0 if it is not known.

    Raises:
        InvalidInputError: If a number is not a whole number.
    """
    done, total = parse_whole(done, "done"), parse_whole(total, "total")
    width = 30
    filled = width * done // total if total else width
    end = "\n" if done >= total else ""
    sys.stderr.write(f"\r[{'#' * filled:<{width}}] {done:,} of {total:,} rows{end}")
    sys.stderr.flush()


def _check_choice(value: object, choices: Sequence[str], what: str) -> None:
    if not isinstance(value, str) or value not in choices:
        msg = f"{what} must be {' or '.join(map(repr, choices))}, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)


def _check_order(names: Mapping[str, str], terms: FrameTerms) -> None:
    """Refuse a missing documented order before the rows are sorted."""
    if terms.order is None and "sequence" not in names:
        raise InvalidInputError(NO_ORDER, field="order")


def _described(
    terms: FrameTerms, attested: tuple[Attestation, ...], policy_changes: object
) -> dict[str, Any]:
    """Return what the output depends on as JSON: names as they are, and the rest as fingerprints."""
    log = terms.log
    return {
        "version": str(data_version()),
        "libraries": _versions(),
        "payer": [log.payer.name, fingerprint(log.payer)],
        # The version says which payers come with the library.
        "payers": None
        if log.payers is PAYERS
        else fingerprint({name: log.payers[name] for name in log.payers}),
        "fees": [_named(terms.fees), fingerprint([terms.fees, terms.payer_fees])],
        "accumulators": "start at zero" if terms.starts_at_zero else fingerprint(terms.years),
        "attestations": fingerprint(attested),
        "policy_changes": fingerprint(policy_changes),
        "discipline": terms.discipline and terms.discipline.value,
        "clinician": terms.clinician.value,
        "locality": terms.locality,
        "setting": terms.setting and terms.setting.value,
        "order": terms.order and terms.order.value,
        "charges": fingerprint(terms.charges),
    }


def _versions() -> list[str]:
    """Return the versions of the libraries that decide the bytes of the output."""
    import duckdb  # noqa: PLC0415 - optional
    import pyarrow as pa  # noqa: PLC0415 - optional

    return [f"duckdb {duckdb.__version__}", f"pyarrow {pa.__version__}"]


def _named(fees: object) -> str | None:
    name: str | None = getattr(fees, "__qualname__", None) or getattr(fees, "name", None)
    return name


def _default_parts(files: InputFiles) -> int:
    size = files.size * (_PACKED if files.is_packed else 1)
    return min(_MOST_PARTS, 1 + size // _PART_BYTES)
