"""The ``claims`` command: write the claims of a log to one file, as an 837P or as JSON."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from therapy_billing.base.dates import parse_datetime
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_path
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
from therapy_billing.cli.progress import Progress
from therapy_billing.formats import to_json, write_837p

__all__ = ["run"]

_WRITTEN, _PARTLY, _REFUSED = 0, 1, 2


def run(parsed: argparse.Namespace) -> int:
    """Write the claims of the log; return the exit status."""
    out = _new_file(parsed)
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
    _write(out, _text(made.submission, created, payers, parsed))
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


def _new_file(parsed: argparse.Namespace) -> Path:
    """Return the path of the file to write. Refuse one that the command reads, or that cannot be written."""
    out = Path(require_path(parsed.out, "--out"))
    if out.is_dir() or not out.absolute().parent.is_dir():
        msg = "--out must be a file in a folder that exists"
        raise InvalidInputError(msg, field="--out")
    if out.exists() and any(out.samefile(each) for each in _inputs(parsed) if Path(each).exists()):
        msg = "--out is a file that the command reads: choose another name"
        raise InvalidInputError(msg, field="--out")
    return out


def _inputs(parsed: argparse.Namespace) -> Iterator[str]:
    yield from (parsed.log, parsed.parties, *parsed.payers, *parsed.data, *parsed.codes)
    yield from (each for each in (parsed.fees, parsed.accumulators) if each is not None)


def _write(out: Path, text: str) -> None:
    """Write *text* to *out* completely or not at all."""
    handle, temporary = tempfile.mkstemp(dir=out.absolute().parent, prefix=".claims-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(temporary).replace(out)
    finally:
        Path(temporary).unlink(missing_ok=True)
