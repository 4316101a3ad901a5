"""The ``check`` command: find what is wrong with the patient-days of a log."""

from __future__ import annotations

import argparse
import sys

from therapy_billing.batch.checking import check_log
from therapy_billing.cli.edit_options import edit_setting, read_edits
from therapy_billing.cli.log_options import (
    KnownPayers,
    log_terms,
    read_log,
    refuse_log,
    require_locality,
)
from therapy_billing.cli.messages import count_errors, remark, report, say
from therapy_billing.cli.progress import Progress
from therapy_billing.formats.json.log_lines import checked_log_json
from therapy_billing.formats.text import checked_log_text

__all__ = ["run"]

_CLEAN, _DENIED, _PARTLY, _REFUSED = 0, 1, 1, 2


def run(parsed: argparse.Namespace) -> int:
    """Check the log; return the exit status."""
    payers = KnownPayers(parsed)
    terms = log_terms(parsed, payers)
    setting = edit_setting(parsed)
    edits = read_edits(parsed)
    if edits is None:
        return _REFUSED
    with Progress() as progress:
        try:
            log = read_log(parsed, payers, progress)
            require_locality(parsed, log)
            days = check_log(log, **terms, edits=edits, edit_setting=setting)
            checked = list(progress.over(days, len(log.days)))
        except ExceptionGroup as group:
            refuse_log(group.exceptions, progress, parsed)
            return _REFUSED
    report(days.errors)
    remark(days.remarks)
    write = checked_log_json if parsed.json else checked_log_text
    sys.stdout.write(write(checked, days.schedule, days.gaps, parsed.severity))
    if days.errors:
        say(f"{count_errors(days.errors)}; the rows and days with errors were left out")
        return _PARTLY if checked else _REFUSED
    denied = days.schedule.has_denials or any(day.findings.has_denials for day in checked)
    return _DENIED if denied else _CLEAN
