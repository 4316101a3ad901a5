"""The ``bill`` command: bill the patient-days of a log as text, CSV, or JSON."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile

from therapy_billing.batch.billing import bill_log
from therapy_billing.batch.records import BilledDay
from therapy_billing.cli.log_options import (
    KnownPayers,
    log_terms,
    read_log,
    refuse_log,
    require_locality,
)
from therapy_billing.cli.messages import count_errors, remark, report, say
from therapy_billing.cli.progress import Progress
from therapy_billing.explanations.steps import explain
from therapy_billing.formats.csv import csv_header, csv_rows
from therapy_billing.formats.json.log_lines import billed_day_json
from therapy_billing.formats.text import day_text, totals_text

__all__ = ["run"]

_BILLED, _PARTLY, _REFUSED = 0, 1, 2


def run(parsed: argparse.Namespace) -> int:
    """Bill the log; return the exit status."""
    payers = KnownPayers(parsed)
    terms = log_terms(parsed, payers)
    with Progress() as progress:
        try:
            log = read_log(parsed, payers, progress)
            require_locality(parsed, log)
            days = bill_log(log, **terms)
            # The output stays in a temporary file until every day is billed, so a bad day leaves no partial
            # output, and the results do not have to fit in memory.
            with tempfile.SpooledTemporaryFile(
                max_size=1 << 20, mode="w+", encoding="utf-8", newline=""
            ) as out:
                if parsed.csv:
                    out.write(csv_header())
                for number, billed in enumerate(progress.over(days, len(log))):
                    if parsed.json:
                        out.write(",\n" if number else "[\n")
                    out.write(_written(billed, parsed))
                progress.wipe()
                report(days.errors)
                remark(days.remarks)
                if parsed.json:
                    out.write("\n]\n" if days.totals.days else "[]\n")
                elif not parsed.csv:
                    out.write(totals_text(days.totals))
                out.seek(0)
                shutil.copyfileobj(out, sys.stdout)
        except ExceptionGroup as group:
            refuse_log(group.exceptions, progress, parsed)
            return _REFUSED
    if not days.errors:
        return _BILLED
    say(f"{count_errors(days.errors)}; the rows and days with errors were left out")
    return _PARTLY if days.totals.days else _REFUSED


def _written(billed: BilledDay, parsed: argparse.Namespace) -> str:
    """Return a day in the format that the options select."""
    day, priced = billed.day, billed.priced
    explanation = explain(priced) if parsed.explain else None
    if parsed.csv:
        return csv_rows(day.patient, priced.payer, priced, day.skipped_lines)
    if parsed.json:
        return billed_day_json(billed, explanation)
    return day_text(day.patient, priced.payer, priced, day.skipped_lines, explanation) + "\n\n"
