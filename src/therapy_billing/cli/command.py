"""The command ``therapy-billing``: bill or check a clinic's log, or answer a single question."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, tzinfo
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Self

import attrs

from therapy_billing.base.data_loader import read_text
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import (
    ErrorList,
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
    TherapyBillingError,
    shown,
)
from therapy_billing.base.money import EXACT, Usd
from therapy_billing.base.wording import counted
from therapy_billing.codes.code_book import known_code, parse_code
from therapy_billing.codes.modifiers import Setting
from therapy_billing.explanations.steps import explain
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.records import CheckAnswer, Findings, Severity
from therapy_billing.formats.csv import csv_header, csv_rows
from therapy_billing.formats.findings_text import findings_text, unanswered_text
from therapy_billing.formats.json import day_json
from therapy_billing.formats.text import (
    allocation_text,
    day_text,
    printable,
)
from therapy_billing.law.sources import Source
from therapy_billing.payers.catalog import MEDICARE, PAYERS
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_files import load_payers
from therapy_billing.payers.policy import EditProgram, Policy, TiePolicy, UnitMethod
from therapy_billing.pricing.day import bill_day
from therapy_billing.pricing.records import Accumulators, PricedDay
from therapy_billing.scenarios.comparison import margins
from therapy_billing.units.allocator import allocate_units
from therapy_billing.visits.treatment_log import (
    LOG_COLUMNS,
    LogDay,
    TreatmentLog,
    read_treatment_log,
)

if TYPE_CHECKING:
    from therapy_billing.ncci.edits import Edits, EditSetting
    from therapy_billing.visits.services import ScheduleEntry

__all__ = ["main"]

_BILLED, _PARTLY, _REFUSED = 0, 1, 2
_CLEAN, _DENIED = 0, 1
_LONG = 1000
_LONGEST = 16
_PLACE = re.compile(r"[0-9]{5}[- ]?[0-9]{2}|[A-Za-z]{2}")
_WHOLE = re.compile(r"[0-9]{1,4}")


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Args:
        arguments: The arguments; None takes those of the process.

    Returns:
        0 when all was billed, or checked and nothing would be denied; 1 when some rows were left out
        (``--keep-going``), or something would be denied; 2 when nothing was billed or checked.
    """
    parser = _parser()
    parsed = parser.parse_args(arguments)
    if parsed.run is not _example:
        _refuse_idle_options(parser, parsed)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A key that the terminal's encoding cannot hold is written by its number.
        sys.stdout.reconfigure(errors="backslashreplace")
    run: Callable[[argparse.Namespace], int] = parsed.run
    try:
        status = run(parsed)
        sys.stdout.flush()
    except (TherapyBillingError, ExceptionGroup) as error:
        _report(error.exceptions if isinstance(error, ExceptionGroup) else (error,))
        return _REFUSED
    except BrokenPipeError:
        # The reader of a pipe has seen enough; nothing may be flushed to it at exit.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - kept to the end
        return _BILLED
    except OSError as error:
        _say(f"{error.filename}: {error.strerror}" if error.filename else f"{error.strerror}")
        return _REFUSED
    return status


def _refuse_idle_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """Refuse options that would change nothing beside the others."""
    if parsed.run is _bill and parsed.explain and parsed.csv:
        parser.error("--explain has no place in --csv; use --json")
    if parsed.run in (_bill, _check) and parsed.fees:
        for name in ("locality", "facility", "qualifying_apm", "nonparticipating"):
            if getattr(parsed, name):
                option = name.replace("_", "-")
                parser.error(f"--{option} is of Medicare's amounts, and --fees brings its own")
    if parsed.run in (_bill, _check) and parsed.attest_kx and not parsed.accumulators:
        parser.error(
            "--attest-kx needs --accumulators: without the year no line is known to need KX"
        )
    if parsed.prefer and parsed.ties not in (None, TiePolicy.PREFERRED_CODES.value):
        parser.error(f"--prefer is an order of codes, and --ties {parsed.ties} decides otherwise")
    if parsed.ties == TiePolicy.PREFERRED_CODES.value and not parsed.prefer:
        parser.error("--ties preferred-codes needs --prefer, such as --prefer 97112,97530")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="therapy-billing",
        description="Minutes of outpatient therapy to billable units, claims and findings, with the rule "
        "of each.",
    )
    parser.add_argument("--version", action="version", version=version("therapy-billing"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    bill = commands.add_parser(
        "bill",
        help="bill the patient-days of a treatment log",
        description="Bill the patient-days of a treatment log. Nothing is billed when a row is bad.",
        epilog="Columns of a log: "
        + "; ".join(f"{name}: {holds}" for name, holds in LOG_COLUMNS.items()),
    )
    bill.set_defaults(run=_bill)

    check = commands.add_parser(
        "check",
        help="tell what is wrong with the patient-days of a treatment log",
        description="Tell what is wrong with the patient-days of a treatment log: codes that may not "
        "stand together, units beyond a limit, minutes counted twice, activities of another code. Ends "
        "with 1 when something would be denied.",
    )
    check.set_defaults(run=_check)
    check.add_argument(
        "--severity",
        choices=[severity.value for severity in Severity],
        default=Severity.NOTE.value,
        help="the lowest severity shown (note)",
    )
    check.add_argument(
        "--edits",
        metavar="FILE",
        action="append",
        default=[],
        help="an NCCI file of CMS, PTP or MUE, also gz or zip; may be given several times",
    )
    check.add_argument(
        "--hospital",
        action="store_true",
        help="edits of outpatient hospitals, not of practitioners",
    )
    check.add_argument("--json", action="store_true", help="write a JSON object")

    for command in (bill, check):
        command.add_argument("log", metavar="LOG", help="a CSV file, or JSON when it ends in .json")
        command.add_argument(
            "--keep-going", action="store_true", help="take the good rows, list the bad"
        )
        command.add_argument(
            "--timezone", metavar="ZONE", help="of clock times, such as America/New_York"
        )
        command.add_argument(
            "--locality",
            metavar="PLACE",
            help="Medicare locality: contractor and number as 15202-00, or a state with one, as OH",
        )
        setting = command.add_mutually_exclusive_group()
        setting.add_argument(
            "--facility", action="store_true", help="use the amounts for a facility"
        )
        setting.add_argument(
            "--critical-access-hospital",
            action="store_true",
            help="Medicare pays at cost: show only what counts toward the annual threshold",
        )
        command.add_argument(
            "--qualifying-apm", action="store_true", help="amounts of a qualifying APM participant"
        )
        command.add_argument(
            "--nonparticipating",
            action="store_true",
            help="amounts of those who do not participate",
        )
        command.add_argument(
            "--accumulators",
            metavar="JSON",
            help="each patient's year so far, by key: year, deductible_met, pt_slp, ot",
        )
        command.add_argument(
            "--attest-kx",
            action="store_true",
            help="attest that services beyond the annual threshold are necessary and documented",
        )
    output = bill.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="write a JSON array of patient-days")
    output.add_argument("--csv", action="store_true", help="write a CSV row a line of the day")

    units = commands.add_parser(
        "units",
        help="answer a single question: minutes by code",
        description="Units of one discipline's day, from minutes by code.",
    )
    units.set_defaults(run=_units)
    units.add_argument("minutes", metavar="CODE=MINUTES", nargs="+", help="such as 97530=20")
    units.add_argument("--json", action="store_true", help="write a JSON object")

    for command in (bill, check, units):
        command.add_argument(
            "--payer", metavar="NAME", help="payer of every row (medicare): " + ", ".join(PAYERS)
        )
        command.add_argument(
            "--payers",
            metavar="TOML",
            action="append",
            default=[],
            help="a file of a payer of your own; may be given several times",
        )
        command.add_argument(
            "--method",
            choices=[method.value for method in UnitMethod],
            help="how units are counted",
        )
        command.add_argument("--date", metavar="DAY", help="date of service of every row")
        command.add_argument(
            "--ties",
            choices=[policy.value for policy in TiePolicy],
            help="who takes a unit that the rule leaves open (documented-order)",
        )
        command.add_argument(
            "--prefer",
            metavar="CODES",
            default="",
            help="order for preferred-codes: 97112,97530",
        )
        command.add_argument("--fees", metavar="CSV", help="rates with the columns code and amount")
    for command in (bill, units):
        command.add_argument("--explain", action="store_true", help="add each step and its source")

    example = commands.add_parser("example", help="print the treatment log that comes with it")
    example.set_defaults(run=_example)
    return parser


class _Payers:
    """The payers of the library, and those of the user's own files."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        self._own = load_payers(*parsed.payers) if parsed.payers else {}
        self.names = (*PAYERS, *self._own)
        if parsed.payer is not None and parsed.payer not in self.names:
            msg = f"--payer is one of {', '.join(self.names)}, not {shown(parsed.payer)}"
            raise InvalidInputError(msg)
        self.usual = self.named(parsed.payer or MEDICARE.name)

    def named(self, name: str) -> Payer:
        return self._own[name] if name in self._own else PAYERS[name]


def _read_log(parsed: argparse.Namespace, payers: _Payers, progress: _Progress) -> TreatmentLog:
    day = None if parsed.date is None else parse_date(parsed.date, what="--date")
    return read_treatment_log(
        parsed.log,
        date_of_service=day,
        payer=parsed.payer,
        payers=payers.names,
        zone=_zone(parsed.timezone),
        keep_going=parsed.keep_going,
        progress=lambda rows: progress.show(f"{rows} rows read"),
    )


def _bill(parsed: argparse.Namespace) -> int:
    payers, pricer = _Payers(parsed), _Pricer(parsed)
    with _Progress() as progress:
        try:
            log = _read_log(parsed, payers, progress)
        except ExceptionGroup as group:
            return _refused(group.exceptions, progress, parsed)
        errors = list(log.errors)
        totals = _Totals()
        # Text waits here until every day was billed: nothing half-written comes out, and the memory
        # holds no more than the rows.
        with tempfile.SpooledTemporaryFile(
            max_size=1 << 20, mode="w+", encoding="utf-8", newline=""
        ) as out:
            if parsed.csv:
                out.write(csv_header())
            for number, treated in enumerate(pricer.in_order(log.days)):
                if number % _LONG == 0:
                    progress.bar(number, len(log.days))
                payer = payers.named(treated.payer) if treated.payer else MEDICARE
                try:
                    billed = pricer.billed(treated, payer)
                except TherapyBillingError as error:
                    errors.append(FileFormatError(str(error), parsed.log, treated.line))
                    pricer.lose(treated)
                    continue
                _write(out, treated, payer.name, billed, parsed, first=not totals.days)
                totals.add(billed)
            if errors and not parsed.keep_going:
                return _refused(errors, progress, parsed)
            progress.wipe()
            _report(errors)
            if parsed.json:
                out.write("\n]\n" if totals.days else "[]\n")
            elif not parsed.csv:
                out.write(totals.text())
            out.seek(0)
            shutil.copyfileobj(out, sys.stdout)
    if not errors:
        return _BILLED
    _say(f"{_counted_errors(errors)}; the rows and days that they name were left out")
    return _PARTLY if totals.days else _REFUSED


def _refused(errors: Sequence[Exception], progress: _Progress, parsed: argparse.Namespace) -> int:
    progress.wipe()
    _report(errors)
    done, does = ("billed", "bills") if parsed.run is _bill else ("checked", "checks")
    advice = "" if parsed.keep_going else f"; --keep-going {does} the rest"
    _say(f"{_counted_errors(errors)}, nothing was {done}{advice}")
    return _REFUSED


def _counted_errors(errors: Sequence[Exception]) -> str:
    """Return how many errors there are, those not listed too."""
    return counted(sum(getattr(error, "count", 1) for error in errors), "error")


class _Checked(NamedTuple):
    """A day of the log, its payer, what was found, and what its dollars assume."""

    day: LogDay
    payer: str
    found: Findings
    notes: tuple[str, ...]


def _check(parsed: argparse.Namespace) -> int:
    from therapy_billing.ncci.edits import EditSetting  # noqa: PLC0415 - bills need no checks

    payers, pricer = _Payers(parsed), _Pricer(parsed)
    edits = _edits(parsed.edits)
    setting = EditSetting.OUTPATIENT_HOSPITAL if parsed.hospital else EditSetting.PRACTITIONER
    with _Progress() as progress:
        try:
            log = _read_log(parsed, payers, progress)
        except ExceptionGroup as group:
            return _refused(group.exceptions, progress, parsed)
        errors = list(log.errors)
        checked: list[_Checked] = []
        for number, treated in enumerate(pricer.in_order(log.days)):
            if number % _LONG == 0:
                progress.bar(number, len(log.days))
            payer = payers.named(treated.payer) if treated.payer else MEDICARE
            try:
                found, priced = pricer.checked(treated, payer, edits, setting)
            except TherapyBillingError as error:
                errors.append(FileFormatError(str(error), parsed.log, treated.line))
                pricer.lose(treated)
                continue
            checked.append(_Checked(treated, payer.name, found, priced.notes))
        if errors and not parsed.keep_going:
            return _refused(errors, progress, parsed)
        schedule = _schedule([each.day for each in checked], payers, pricer, errors, parsed.log)
        if errors and not parsed.keep_going:
            return _refused(errors, progress, parsed)
        progress.wipe()
    _report(errors)
    write = _checked_json if parsed.json else _checked_text
    sys.stdout.write(write(checked, schedule, parsed.severity))
    if errors:
        _say(f"{_counted_errors(errors)}; the rows and days that they name were left out")
        return _PARTLY if checked else _REFUSED
    denied = schedule.would_be_denied or any(each.found.would_be_denied for each in checked)
    return _DENIED if denied else _CLEAN


def _schedule(
    days: Sequence[LogDay],
    payers: _Payers,
    pricer: _Pricer,
    errors: list[FileFormatError],
    log: str,
) -> Findings:
    """Return what is wrong with the schedule of *days*; a row that does not fit it is an error."""
    from therapy_billing.schedule.schedule_checks import check_schedule  # noqa: PLC0415

    entries = [entry for day in days for entry in day.schedule]
    parts: dict[bool, list[ScheduleEntry]] = {True: [], False: []}
    for entry in entries:
        start = entry.service.start
        if start is not None:
            parts[start.tzinfo is not None].append(entry)
    # With a time zone and without one, moments have no order: the fewer rows are the odd ones.
    odd = min(parts.values(), key=len)
    for entry in odd:
        msg = (
            "start has a UTC offset and other rows have none, or the reverse: the schedule was "
            "checked without this row; write all with their offset, or give --timezone"
        )
        errors.append(FileFormatError(msg, log, int(entry.key.removeprefix("line ")), "start"))
    left_out = {entry.key for entry in odd}
    entries = [entry for entry in entries if entry.key not in left_out]
    if not entries:
        return Findings()
    dates = {entry.date_of_service for entry in entries}
    names = {day.payer or payers.usual.name for day in days if day.schedule}
    payer = payers.named(min(names)) if len(names) == 1 else payers.usual
    fees = None
    try:
        # Dollars are of one day and one payer: over several, the schedule is checked without them.
        if len(names) == len(dates) == 1:
            day = min(dates)
            fees = pricer.fees(day, payer.on(day))
        return check_schedule(entries, payer, fees=fees)
    except TherapyBillingError as error:
        errors.append(FileFormatError(f"the schedule was not checked: {error}", log))
        return Findings()


def _edits(paths: Sequence[str]) -> Edits:
    """Return the edits of the library, with the files of CMS at *paths* before them."""
    from therapy_billing.ncci.edits import bundled_edits  # noqa: PLC0415
    from therapy_billing.ncci.mue_file import read_ncci_mue  # noqa: PLC0415 - bills need no edits
    from therapy_billing.ncci.ptp_file import read_ncci_ptp  # noqa: PLC0415

    files = [
        read_ncci_mue(path) if "mue" in Path(path).name.lower() else read_ncci_ptp(path)
        for path in paths
    ]
    return bundled_edits().with_files(files) if files else bundled_edits()


def _checked_text(checked: Sequence[_Checked], schedule: Findings, severity: str) -> str:
    told: set[Source] = set()
    text = ""
    answers: list[CheckAnswer] = []
    counts: Counter[str] = Counter()
    hidden = 0
    parts = [
        (f"{printable(day.patient)}  {day.date_of_service}  {payer}", found, day)
        for day, payer, found, _ in checked
    ]
    for heading, found, day in [*parts, ("schedule of all patients", schedule, None)]:
        grave = found.at_least(severity)
        counts.update(finding.severity.value for finding in found)
        hidden += len(found) - len(grave)
        text += findings_text(heading, grave, told, () if day is None else day.lines_left_out)
        answers += found.unanswered
    told_counts = ", ".join(f"{counts[each.value]} {each.value}" for each in Severity)
    if hidden:
        told_counts += f"; {hidden} of them not shown, by --severity {severity}"
    text += unanswered_text(answers)
    remarks = _Remarks()
    for each in checked:
        remarks.add(each.payer, each.notes)
    text += remarks.text()
    return text + f"{counted(len(checked), 'patient-day')} checked: {told_counts}\n"


def _checked_json(checked: Sequence[_Checked], schedule: Findings, severity: str) -> str:
    days = [
        {
            "patient": day.patient,
            "date_of_service": day.date_of_service.isoformat(),
            "payer": payer,
            "lines_left_out": list(day.lines_left_out),
            **found.at_least(severity).to_dict(),
            "remarks": list(notes),
        }
        for day, payer, found, notes in checked
    ]
    return json.dumps({"days": days, "schedule": schedule.at_least(severity).to_dict()}) + "\n"


class _Pricer:
    """Prices the days of a log, and carries each patient's year from one day to the next."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        if parsed.locality is not None and not _PLACE.fullmatch(parsed.locality):
            msg = "--locality is written as 15202-00, or as a state such as OH"
            raise InvalidInputError(msg)
        self._parsed = parsed
        self._changes = _changes(parsed)
        self._years = {} if parsed.accumulators is None else _read_years(parsed.accumulators)
        self._rates = None if parsed.fees is None else FeeSchedule.from_rates(parsed.fees)
        self._lost: set[str] = set()
        self._setting = (
            Setting.CRITICAL_ACCESS_HOSPITAL if parsed.critical_access_hospital else None
        )
        self._attested = ("KX",) if parsed.attest_kx else ()

    def in_order(self, days: Sequence[LogDay]) -> Sequence[LogDay]:
        """Return the days of each patient by date, in the places that the log gave them."""
        names = sorted({day.payer or MEDICARE.name for day in days})
        if self._rates is not None and len(names) > 1:
            msg = (
                f"--fees are the rates of one payer, and the log has rows of {', '.join(names)}: bill each "
                "payer's rows by themselves, or give --payer"
            )
            raise InvalidInputError(msg)
        if days and self._parsed.locality is not None:
            # A place that is none is told once; a day that no file holds, for each.
            first = days[0].date_of_service
            with suppress(NotPublishedError):
                FeeSchedule.medicare(first)
                self._place_is_known(first)
        dates: dict[str, list[LogDay]] = {}
        for day in days:
            dates.setdefault(day.patient, []).append(day)
        for of_patient in dates.values():
            of_patient.sort(key=lambda day: day.date_of_service, reverse=True)
        return [dates[day.patient].pop() for day in days]

    def _place_is_known(self, day: date) -> None:
        try:
            self._medicare(day)
        except NotPublishedError as error:
            raise InvalidInputError(str(error)) from None

    def fees(self, day: date, policy: Policy) -> FeeSchedule | None:
        """Return the amounts of *day*; None where the payer has fees of its own, and none were given."""
        if self._rates is not None:
            return self._rates
        if policy.fee_basis.is_payers_own:
            return None
        return self._medicare(day)

    def _medicare(self, day: date) -> FeeSchedule:
        parsed = self._parsed
        return FeeSchedule.medicare(
            day,
            locality=parsed.locality,
            setting=Setting.FACILITY if parsed.facility else Setting.NON_FACILITY,
            qualifying_apm=parsed.qualifying_apm,
            participating=not parsed.nonparticipating,
        )

    def billed(self, treated: LogDay, payer: Payer) -> PricedDay:
        day = treated.date_of_service
        policy = attrs.evolve(payer.on(day), **self._changes)
        year = self._year(treated) if policy.cost_sharing else None
        attested = (*self._attested, *treated.attestations)
        priced = bill_day(
            treated.sessions,
            policy,
            self.fees(day, policy),
            year,
            attestations=attested,
            setting=self._setting,
        )
        if priced.accumulators is not None:
            self._years[treated.patient] = priced.accumulators
        if treated.lines_left_out:
            self.lose(treated)
        counted_by, notes = "", priced.notes
        if policy.method is not payer.on(day).method:
            counted_by = policy.method.value
            note = f"{counted_by} counted the units; {payer.name} may count them differently"
            notes = (note, *notes)
        return attrs.evolve(priced, payer=payer.name, counted_by=counted_by, notes=notes)

    def checked(
        self, treated: LogDay, payer: Payer, edits: Edits, setting: EditSetting
    ) -> tuple[Findings, PricedDay]:
        """Return what is wrong with the day, and the day in dollars."""
        from therapy_billing.checks.day import check_day  # noqa: PLC0415 - bills need no checks

        day = treated.date_of_service
        policy = attrs.evolve(payer.on(day), **self._changes)
        year = self._year(treated) if policy.cost_sharing else None
        found = check_day(
            treated.sessions,
            policy,
            self.fees(day, policy),
            year,
            attestations=(*self._attested, *treated.attestations),
            setting=self._setting,
            # The files are those of Medicare: no other payer's edits are in them.
            edits=edits if policy.edits is EditProgram.NCCI_MEDICARE else None,
            edit_setting=setting,
            # The schedule tells the same, and points at the lines of the log.
            times=len(treated.schedule) < sum(len(each.services) for each in treated.sessions),
        )
        # The year goes on from day to day.
        return found, self.billed(treated, payer)

    def lose(self, treated: LogDay) -> None:
        """Forget the patient's year: a day that was left out, or is not whole, is missing in it."""
        if self._years.pop(treated.patient, None) is not None:
            self._lost.add(treated.patient)

    def _year(self, treated: LogDay) -> Accumulators | None:
        """Return the patient's year before the day; a new one begins with nothing in it."""
        if self._parsed.accumulators is None:
            return None
        year = self._years.get(treated.patient)
        if treated.patient in self._lost:
            msg = (
                "an earlier day of this patient was left out or is not whole: the year is not known"
            )
            raise InvalidInputError(msg)
        if year is None:
            msg = "the patient of this day has no year in the file of --accumulators"
            raise InvalidInputError(msg)
        if year.year < treated.date_of_service.year:
            return Accumulators(treated.date_of_service.year)
        return year


def _read_years(path: str) -> dict[str, Accumulators]:
    """Read the year so far of each patient, by the log's own key."""
    try:
        values = json.loads(
            Path(path).read_text(encoding="utf-8-sig"),
            parse_float=str,
            parse_int=_whole_number,
            parse_constant=str,
            object_pairs_hook=_each_once,
        )
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise FileFormatError("no JSON", path) from None
    except InvalidInputError as error:
        raise FileFormatError(str(error), path) from None
    if not isinstance(values, dict):
        raise FileFormatError("an object of a year for each patient's key belongs here", path)
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
    """Return *text* as a number; as it is where it is longer than any number of a year."""
    return int(text) if len(text) < _LONGEST else text


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        msg = "a name stands twice: each patient and each value is named once"
        raise InvalidInputError(msg)
    return values


def _write(
    out: IO[str],
    treated: LogDay,
    payer: str,
    billed: PricedDay,
    parsed: argparse.Namespace,
    *,
    first: bool,
) -> None:
    explanation = explain(billed) if parsed.explain else None
    left_out = treated.lines_left_out
    if parsed.csv:
        out.write(csv_rows(treated.patient, payer, billed, left_out))
    elif parsed.json:
        out.write("[\n" if first else ",\n")
        out.write(day_json(treated.patient, payer, billed, left_out, explanation))
    else:
        out.write(day_text(treated.patient, payer, billed, left_out, explanation) + "\n\n")


@attrs.define
class _Sums:
    """Dollars of one payer's days; those of different payers are never added."""

    allowed: Usd | None = None
    shared: Usd = attrs.field(factory=lambda: Usd("0.00"))
    medicare: Usd = attrs.field(factory=lambda: Usd("0.00"))
    patients: Usd = attrs.field(factory=lambda: Usd("0.00"))
    unpriced: int = 0

    def add(self, day: PricedDay) -> None:
        self.unpriced += sum(line.allowed is None for line in day.lines)
        if day.allowed is not None:
            self.allowed = EXACT.add(self.allowed or Usd("0.00"), day.allowed)
            if day.medicare_pays is not None and day.patient_responsibility is not None:
                self.shared = EXACT.add(self.shared, day.allowed)
                self.medicare = EXACT.add(self.medicare, day.medicare_pays)
                self.patients = EXACT.add(self.patients, day.patient_responsibility)

    def text(self) -> str:
        if self.allowed is None:
            return "no amounts"
        text = f"${self.allowed:,} allowed"
        if self.unpriced:
            text += f", not counting {counted(self.unpriced, 'line')} without a price"
        if self.shared:
            text += (
                f"; of ${self.shared:,} Medicare pays ${self.medicare:,} and patients owe "
                f"${self.patients:,}"
            )
        return text


@attrs.define
class _Remarks:
    """What the days of a log assume, each remark once with the payers that it is about."""

    payers: dict[str, None] = attrs.field(factory=dict)
    notes: dict[str, dict[str, None]] = attrs.field(factory=dict)

    def add(self, payer: str, notes: Iterable[str]) -> None:
        self.payers[payer] = None
        for note in notes:
            self.notes.setdefault(note, {})[payer] = None

    def text(self) -> str:
        text = ""
        for note, payers in self.notes.items():
            whose = "" if len(payers) == len(self.payers) else f" ({', '.join(payers)})"
            text += f"remark{whose}: {note}\n"
        return text


@attrs.define
class _Totals:
    days: int = 0
    timed_units: int = 0
    untimed_units: int = 0
    tied: int = 0
    kx: int = 0
    payers: dict[str, _Sums] = attrs.field(factory=dict)
    fees: dict[str, None] = attrs.field(factory=dict)
    remarks: _Remarks = attrs.field(factory=_Remarks)

    def add(self, day: PricedDay) -> None:
        self.days += 1
        for allocation in day.allocations:
            self.timed_units += allocation.total_units
            self.untimed_units += sum(allocation.untimed_units.values())
            self.tied += allocation.tied
        self.kx += len(day.kx_suggested)
        self.payers.setdefault(day.payer, _Sums()).add(day)
        if day.allowed is not None:
            self.fees[day.fees] = None
        self.remarks.add(day.payer, day.notes)

    def text(self) -> str:
        ties = f"{counted(self.tied, 'day')} {'has' if self.tied == 1 else 'have'} a tie to decide"
        text = (
            f"{counted(self.days, 'patient-day')}: {counted(self.timed_units, 'timed unit')}, "
            f"{counted(self.untimed_units, 'untimed unit')}{f'. {ties}' if self.tied else ''}.\n"
        )
        text += "".join(f"{payer}: {sums.text()}\n" for payer, sums in self.payers.items())
        if self.kx:
            text += f"{counted(self.kx, 'line')} beyond the annual threshold without KX\n"
        text += "".join(f"amounts: {fees}\n" for fees in self.fees)
        return text + self.remarks.text()


def _units(parsed: argparse.Namespace) -> int:
    minutes: dict[str, int] = {}
    for question in parsed.minutes:
        code, _, whole = question.partition("=")
        if not _WHOLE.fullmatch(whole) or code in minutes:
            msg = f"write each code once with its whole minutes, 97530=20, not {shown(question)}"
            raise InvalidInputError(msg)
        minutes[code] = int(whole)
    day = None if parsed.date is None else parse_date(parsed.date, what="--date")
    payer = _Payers(parsed).usual
    fees = None
    if parsed.fees is not None:
        fees = FeeSchedule.from_rates(parsed.fees)
    elif day is not None and parsed.ties == TiePolicy.HIGHEST_FEE.value:
        fees = FeeSchedule.medicare(day)
    changes = _changes(parsed)
    by: Payer | Policy = attrs.evolve(payer.on(day), **changes) if changes else payer
    allocation = allocate_units(minutes, by, date_of_service=day, fees=fees)
    allocation = attrs.evolve(allocation, payer=payer.name)
    if parsed.json:
        record = allocation.to_dict()
        if parsed.explain:
            record["explanation"] = explain(allocation).to_dict()["steps"]
        sys.stdout.write(json.dumps(record) + "\n")
        return _BILLED
    text = allocation_text(allocation)
    if parsed.explain:
        text += f"\n{explain(allocation)}"
    day_margin = margins(allocation)[0]
    spare = "" if day_margin.to_spare is None else f", {day_margin.to_spare} to spare"
    more = counted(day_margin.to_next_unit, "minute")
    sys.stdout.write(f"{text}\n{more} to the next unit{spare}\n")
    return _BILLED


def _example(_: argparse.Namespace) -> int:
    sys.stdout.write(read_text("logs/clinic_day.csv"))
    return _BILLED


def _changes(parsed: argparse.Namespace) -> dict[str, Any]:
    """Return what the options change of a payer's policy."""
    changes: dict[str, Any] = {}
    if parsed.method:
        # Another method brings its own minimum.
        changes |= {"method": UnitMethod(parsed.method), "minimum_minutes": None}
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

    msg = "--timezone is a name such as America/New_York"
    if "/" not in name and name != "UTC":
        # Such as localtime, which is another zone on every machine.
        raise InvalidInputError(msg)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise InvalidInputError(msg) from None


class _Progress:
    """A line on the terminal that tells how far a long log is; silent anywhere else."""

    _WIDTH = 30

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def show(self, text: str) -> None:
        if self._terminal:
            sys.stderr.write(f"\r{text:<{self._shown}}")
            sys.stderr.flush()
            self._shown = len(text)

    def bar(self, done: int, total: int) -> None:
        if total > _LONG:
            filled = self._WIDTH * done // total
            self.show(f"[{'#' * filled:<{self._WIDTH}}] {done} of {total} patient-days")

    def wipe(self) -> None:
        if self._shown:
            self.show("")
            sys.stderr.write("\r")
            sys.stderr.flush()


def _report(errors: Sequence[Exception]) -> None:
    for error in errors:
        _say(str(error))


def _say(text: str) -> None:
    sys.stderr.write(f"therapy-billing: {printable(text)}\n")
