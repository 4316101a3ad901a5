"""The ``check`` command: find what is wrong with the patient-days of a log."""

from __future__ import annotations

import argparse
import sys
import tempfile

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
from therapy_billing.formats.json.log_lines import CheckedLogJson
from therapy_billing.formats.text import CheckedLogText

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
            write = (CheckedLogJson if parsed.json else CheckedLogText)(parsed.severity)
            checked, denied = 0, False
            # As for ``bill``, no output comes before the last day, and the results do not have to fit in memory.
            with tempfile.SpooledTemporaryFile(
                max_size=1 << 20, mode="w+", encoding="utf-8", newline=""
            ) as out:
                for each in progress.over(days, len(log)):
                    out.write(write.day(each))
                    checked += 1
                    denied = denied or each.findings.has_denials
                progress.wipe()
                report(days.errors)
                remark(days.remarks)
                out.seek(0)
                sys.stdout.writelines(write.whole(out, days.schedule, days.gaps))
        except ExceptionGroup as group:
            refuse_log(group.exceptions, progress, parsed)
            return _REFUSED
    if days.errors:
        say(f"{count_errors(days.errors)}; the rows and days with errors were left out")
        return _PARTLY if checked else _REFUSED
    return _DENIED if denied or days.schedule.has_denials else _CLEAN
