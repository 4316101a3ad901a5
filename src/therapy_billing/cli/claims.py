"""The ``claims`` command: write the claims of a log to one file, as an 837P or as JSON."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from therapy_billing.base.dates import parse_datetime
from therapy_billing.base.whole_files import write_whole
from therapy_billing.batch.submission import submission_of_log
from therapy_billing.checks.submission import check_submission
from therapy_billing.claims.parties_file import read_parties_file
from therapy_billing.claims.submission import Submission
from therapy_billing.cli.claim_tables import contents_text, findings_table
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
from therapy_billing.formats import to_json, write_837p

__all__ = ["run"]

_WRITTEN, _PARTLY, _REFUSED = 0, 1, 2


def run(parsed: argparse.Namespace) -> int:
    """Write the claims of the log; return the exit status."""
    out = new_file(parsed.out, inputs_of(parsed))
    payers = KnownPayers(parsed)
    terms = log_terms(parsed, payers)
    created = None if parsed.created is None else parse_datetime(parsed.created, what="--created")
    parties = read_parties_file(parsed.parties)
    with Progress() as progress:
        try:
            log = read_log(parsed, payers, progress)
            require_locality(parsed, log)
            made = submission_of_log(log, parties, **terms, per=parsed.per)
        except ExceptionGroup as group:
            refuse_log(group.exceptions, progress, parsed)
            return _REFUSED
    report(made.errors)
    remark(made.remarks)
    if not made.submission.claims:
        say("no claim could be made, so nothing was written")
        return _REFUSED
    findings = check_submission(
        made.submission,
        payers=payers.by_name,
        without=parsed.without,
        filed_on=None if created is None else created.date(),
    )
    sys.stdout.write(findings_table(findings, made.log_lines))
    if findings.has_denials:
        say("nothing was written, because a payer would refuse claims; see the lines with deny")
        return _REFUSED
    write_whole(out, _text(made.submission, created, payers, parsed))
    sys.stdout.write(f"{out}: {contents_text(made.submission)}\n")
    if not made.errors:
        return _WRITTEN
    say(f"{count_errors(made.errors)}; the rows and days with errors were left out")
    return _PARTLY


def _text(
    submission: Submission,
    created: datetime | None,
    payers: KnownPayers,
    parsed: argparse.Namespace,
) -> str:
    if created is None:
        return f"{to_json(submission, indent=2)}\n"
    return write_837p(
        submission,
        control_number=parsed.control_number,
        created=created,
        usage=parsed.usage,
        payers=payers.by_name,
        without=parsed.without,
    )
