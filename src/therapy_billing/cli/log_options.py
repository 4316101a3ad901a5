"""Turn the command's options into the arguments for reading, billing, and checking a log."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, tzinfo
from pathlib import Path
from typing import Any, cast

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import (
    ErrorList,
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
)
from therapy_billing.cli.messages import count_errors, report, say
from therapy_billing.cli.progress import Progress
from therapy_billing.codes.code_book import known_code, parse_code
from therapy_billing.codes.roles import Setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.fees.localities import parse_state
from therapy_billing.fees.zip_table import parse_zip_code
from therapy_billing.payers.catalog import PAYERS, Payers, load_payers
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import PolicyChanges, TiePolicy, UnitMethod
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.visits.treatment_log import StoredLog, open_log

__all__ = [
    "DONE_WITH",
    "KnownPayers",
    "log_terms",
    "policy_changes",
    "read_log",
    "refuse_log",
    "require_locality",
]

_LONGEST = 16
DONE_WITH = {
    "bill": ("billed", "bills"),
    "check": ("checked", "checks"),
    "claims": ("written", "writes the claims of"),
    "prepare": ("prepared", "prepares"),
}
"""What each command did with a log, and what it does with the good rows."""
_NUMBERS = re.compile(r"[0-9]{5}[- ]?[0-9]{2}")


class KnownPayers:
    """The payers in the library's data, the payers from the user's files, and the payer that ``--payer`` names."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        self.by_name: Mapping[str, Payer] = PAYERS
        if parsed.payers:
            every = {**PAYERS, **load_payers(*parsed.payers)}
            self.by_name = Payers(every, every.__getitem__)
        self.usual: Payer = self.by_name["medicare" if parsed.payer is None else parsed.payer]


def read_log(parsed: argparse.Namespace, payers: KnownPayers, progress: Progress) -> StoredLog:
    """Read the log with the given options."""
    day = None if parsed.date is None else parse_date(parsed.date, what="--date")
    log = open_log(
        parsed.log,
        date_of_service=day,
        payer=parsed.payer,
        payers=tuple(payers.by_name),
        zone=_zone(parsed.timezone),
        keep_going=parsed.keep_going,
        progress=lambda rows: progress.show(f"{rows} rows read"),
    )
    # Only records that were read before come back as another class.
    return cast("StoredLog", log)


def refuse_log(errors: Sequence[Exception], progress: Progress, parsed: argparse.Namespace) -> None:
    """Report the errors of a log when nothing in it is billed or checked."""
    progress.wipe()
    report(errors)
    done, does = DONE_WITH[parsed.command]
    advice = "" if parsed.keep_going else f"; --keep-going {does} the good rows"
    say(f"{count_errors(errors)}, so nothing was {done}{advice}")


def log_terms(parsed: argparse.Namespace, payers: KnownPayers) -> dict[str, Any]:
    """Return the arguments for ``bill_log`` and the functions like it that follow from the options."""
    if parsed.locality is not None and not _NUMBERS.fullmatch(parsed.locality):
        parse_state(parsed.locality, what="locality")
    if parsed.zip is not None:
        parse_zip_code(parsed.zip)
    changes = policy_changes(parsed)
    years = None if parsed.accumulators is None else _read_years(parsed.accumulators)
    fees = _medicare_fees(parsed) if parsed.fees is None else FeeSchedule.from_rates(parsed.fees)
    return {
        "payer": payers.usual,
        "payers": payers.by_name,
        "fees": fees,
        "accumulators": years,
        "attestations": ("KX",) if parsed.attest_kx else (),
        "setting": Setting.CRITICAL_ACCESS_HOSPITAL if parsed.critical_access_hospital else None,
        "policy_changes": changes,
        "keep_going": parsed.keep_going,
    }


def _medicare_fees(parsed: argparse.Namespace) -> Callable[[date], FeeSchedule]:
    """Return a function from a date to Medicare's fee schedule, with the options applied."""

    def fees(day: date) -> FeeSchedule:
        return FeeSchedule.medicare(
            day,
            locality=parsed.locality,
            zip_code=parsed.zip,
            setting=Setting.FACILITY if parsed.facility else Setting.NON_FACILITY,
            qualifying_apm=parsed.qualifying_apm,
            participating=not parsed.nonparticipating,
        )

    return fees


def require_locality(parsed: argparse.Namespace, log: StoredLog) -> None:
    """Refuse an unknown locality or ZIP code once, before the first day, instead of on every day of the log."""
    first = log.first_date
    no_area = parsed.locality is None and parsed.zip is None
    if no_area or parsed.fees is not None or first is None:
        return
    with suppress(NotPublishedError):
        FeeSchedule.medicare(first)
        try:
            _medicare_fees(parsed)(first)
        except NotPublishedError as error:
            # A ZIP code table that does not reach this day may reach the others.
            if error.field != "date_of_service":
                raise InvalidInputError(str(error)) from None


def _read_years(path: str) -> dict[str, Accumulators]:
    """Read the year-to-date amounts of each patient, by the patient's key in the log."""
    try:
        values = json.loads(
            Path(path).read_text(encoding="utf-8-sig"),
            parse_float=str,
            parse_int=_whole_number,
            parse_constant=str,
            object_pairs_hook=_each_once,
        )
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise FileFormatError("not valid JSON", path) from None
    except InvalidInputError as error:
        raise FileFormatError(str(error), path) from None
    if not isinstance(values, dict):
        reason = (
            "the file must contain a JSON object that maps each patient key to year-to-date amounts"
        )
        raise FileFormatError(reason, path)
    years: dict[str, Accumulators] = {}
    bad = ErrorList(path)
    for number, (patient, year) in enumerate(values.items(), start=1):
        try:
            years[patient] = Accumulators.from_dict(year)
        except InvalidInputError as error:
            bad.add(FileFormatError(f"patient {number} of the file: {error}", path))
    if bad.count:
        raise bad.group()
    return years


def _whole_number(text: str) -> int | str:
    """Return *text* as an int, or unchanged if it is too long to be a year or an amount."""
    return int(text) if len(text) < _LONGEST else text


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        msg = "a JSON object has the same key twice: list each patient once, and each field of a patient once"
        raise InvalidInputError(msg)
    return values


def policy_changes(parsed: argparse.Namespace) -> PolicyChanges:
    """Return the changes to a payer's policy that the options ask for."""
    changes: PolicyChanges = {}
    if parsed.method:
        changes["method"] = UnitMethod(parsed.method)
    if parsed.ties:
        changes["tie_policy"] = TiePolicy(parsed.ties)
    if parsed.prefer:
        changes["tie_policy"] = TiePolicy.PREFERRED_CODES
        changes["preferred_codes"] = tuple(
            known_code(parse_code(code)).code for code in parsed.prefer.split(",")
        )
    return changes


def _zone(name: str | None) -> tzinfo | None:
    if name is None:
        return None
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - slow to import, and few logs need it

    msg = "--timezone must be an IANA name such as America/New_York"
    if "/" not in name and name != "UTC":
        # A name such as localtime can mean a different zone on each machine.
        raise InvalidInputError(msg)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidInputError(msg) from None
