"""The ``prepare`` command: what is ready to bill in a log, what blocks, and what a person must decide."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.wording import counted
from therapy_billing.cli.edit_options import edit_setting, read_edits
from therapy_billing.cli.log_options import (
    KnownPayers,
    log_terms,
    read_log,
    refuse_log,
    require_locality,
)
from therapy_billing.cli.messages import count_errors, remark, report, say
from therapy_billing.cli.output_file import inputs_of, new_file
from therapy_billing.cli.progress import Progress
from therapy_billing.cli.worklist_tables import state_text, worklist_text
from therapy_billing.formats.json.documents import to_json
from therapy_billing.formats.text import day_text, totals_text
from therapy_billing.prepare.decisions_file import DecisionRow, read_decisions, write_decisions
from therapy_billing.prepare.log import PreparedDay, PreparingRun, prepare_log
from therapy_billing.prepare.prepared_visit import VisitStatus, WorkItem, WorkKind

__all__ = ["run"]

_READY, _OPEN, _REFUSED = 0, 1, 2


def run(parsed: argparse.Namespace) -> int:
    """Prepare the log; return the exit status."""
    out = _out(parsed)
    payers = KnownPayers(parsed)
    terms = log_terms(parsed, payers)
    edits = read_edits(parsed)
    if edits is None:
        return _REFUSED
    decisions = () if parsed.decisions is None else read_decisions(parsed.decisions)
    prepared: list[PreparedDay] = []
    with Progress() as progress:
        try:
            log = read_log(parsed, payers, progress)
            require_locality(parsed, log)
            days = prepare_log(
                log, **terms, decisions=decisions, edits=edits, edit_setting=edit_setting(parsed)
            )
            # The bills come after the worklist, and do not have to fit in memory.
            with tempfile.SpooledTemporaryFile(
                max_size=1 << 20, mode="w+", encoding="utf-8", newline=""
            ) as bills:
                for each in progress.over(days, len(log)):
                    if parsed.json:
                        prepared.append(each)
                    else:
                        bills.write(_bill(each))
                progress.wipe()
                report(days.errors)
                remark(days.remarks)
                rows, work = days.decision_rows(), days.worklist()
                if out is not None:
                    write_decisions(rows, out)
                if parsed.json:
                    sys.stdout.write(f"{to_json(prepared)}\n" if prepared else "[]\n")
                else:
                    _print(days, work, rows, bills)
        except ExceptionGroup as group:
            refuse_log(group.exceptions, progress, parsed)
            return _REFUSED
    return _status(days, work, rows, out)


def _bill(prepared: PreparedDay) -> str:
    """Return the bill of a visit that is ready, as ``bill`` prints it."""
    day, visit = prepared.day, prepared.visit
    if visit.status is not VisitStatus.READY or visit.priced is None:
        return ""
    return day_text(day.patient, visit.payer, visit.priced, day.skipped_lines) + "\n\n"


def _print(
    days: PreparingRun,
    work: tuple[WorkItem, ...],
    rows: tuple[DecisionRow, ...],
    bills: IO[str],
) -> None:
    sys.stdout.write(worklist_text(work, rows))
    if days.totals.days:
        sys.stdout.write("Ready to bill\n\n")
        bills.seek(0)
        shutil.copyfileobj(bills, sys.stdout)
        sys.stdout.write(f"{totals_text(days.totals)}\n")
    sys.stdout.write(state_text(days.counts, rows))


def _status(
    days: PreparingRun,
    work: tuple[WorkItem, ...],
    rows: tuple[DecisionRow, ...],
    out: Path | None,
) -> int:
    """Say what was written and left out, and return the exit status."""
    if out is not None:
        answered = sum(not row.is_open for row in rows)
        say(f"{out}: {counted(len(rows), 'decision')}, {answered} answered")
    not_applied = sum(item.kind is WorkKind.OUTDATED for item in work)
    if not_applied:
        say(f"{counted(not_applied, 'answer')} not applied; the row in the decisions file says why")
    if days.errors:
        say(f"{count_errors(days.errors)}; the rows and days with errors were left out")
        return _OPEN if days.counts else _REFUSED
    settled = set(days.counts) <= {VisitStatus.READY, VisitStatus.NOT_BILLED}
    return _READY if settled and not not_applied else _OPEN


def _out(parsed: argparse.Namespace) -> Path | None:
    """Return the path of the decisions file to write. No answer is ever overwritten unread."""
    if parsed.out is None:
        return None
    out = new_file(parsed.out, inputs_of(parsed))
    if out.suffix.lower() != ".csv":
        msg = "--out is a CSV file: choose a name that ends in .csv"
        raise InvalidInputError(msg, field="--out")
    given = parsed.decisions
    if out.exists() and (given is None or not Path(given).exists() or not out.samefile(given)):
        msg = "--out exists, and answers in it would be lost: name it also in --decisions, or choose another name"
        raise InvalidInputError(msg, field="--out")
    return out
