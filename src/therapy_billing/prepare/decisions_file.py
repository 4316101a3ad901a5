"""
The decisions of a log as a CSV file that a biller opens in a spreadsheet: one row per decision, answered and open.

A biller fills in the last three columns: the option, who decided, and when. The other columns only show what there is to
decide; they are written again each time. Patient keys and names that a spreadsheet would rewrite start with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import TypeAlias

import attrs

from therapy_billing.base.columns import BadCellError, parsed
from therapy_billing.base.csv_cells import kept_text, text_of_kept
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.money import ZERO, Usd
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import as_tuple, checked, require_key, require_path
from therapy_billing.base.whole_files import write_whole
from therapy_billing.base.wording import counted, listed
from therapy_billing.prepare.prepared_visit import PreparedVisit
from therapy_billing.prepare.records import (
    Choice,
    Decision,
    DecisionKind,
    DecisionOption,
    OutdatedChoice,
    spread,
)
from therapy_billing.prepare.visit_words import scope_in_words

__all__ = [
    "DECISION_COLUMNS",
    "DecisionRow",
    "LogChoice",
    "decision_key",
    "decision_rows",
    "is_of_patient",
    "left_out_row",
    "may_be_wide",
    "read_decisions",
    "write_decisions",
]

DECISION_COLUMNS: Mapping[str, str] = {
    "patient": "the key of the patient in the log",
    "date_of_service": "the date of the visit",
    "decision": "the id of the decision",
    "question": "the question, or why an answer was not applied",
    "answered_by": "who may answer: treating-clinician, biller, or patient",
    "dollars": "the largest difference that the answer can make; empty if it is not known",
    "options": "the options, each with the dollars that it changes",
    "default": "the option that the bill has without an answer",
    "option": "the answer: the name of an option (you fill it in)",
    "author": "who decided, such as a name with credentials (you fill it in)",
    "decided_at": "when it was decided, such as 2026-03-02 17:40 or 3/2/2026 5:40 PM (you fill it in)",
}
"""The columns of a decisions file, with their contents. A file that is read needs only the keys, the id, and the answer."""

_KEYS = ("patient", "date_of_service", "decision")
_ANSWER = ("option", "author", "decided_at")
_LEFT_OUT = "no visit of the log has this decision, or its visit was left out"
_OF_FILE = "the decisions"
_WIDE = frozenset(
    kind.value
    for kind in (
        DecisionKind.UNIT_METHOD,
        DecisionKind.UNBILLED,
        DecisionKind.ASSISTANT,
        DecisionKind.DEDUCTIBLE,
    )
)
"""The kinds with decisions about a payer's or a patient's year. An id shows the kind, but not the scope."""


def _date_of_service(value: date | str) -> date:
    return parse_date(value)


def _key(value: str) -> str:
    return require_key(value, "patient")


@attrs.frozen(field_transformer=checked)
class LogChoice(DictRecord):
    """
    What a person decided about a visit in a log.

    Args:
        patient: The key of the patient in the log. It is never displayed.
        date_of_service: The date of the visit. For a decision about a whole year, such as the deductible, any visit.
        choice: The decision and the option.
        path: The file that the choice comes from, for messages.
        line: Its line; None if there is no line.

    >>> choice = Choice("kx:PT:5d1f0c2a", "attest", "A. Invented, PT", "2026-03-02 17:40")
    >>> LogChoice("P-1", "2026-03-02", choice).date_of_service
    datetime.date(2026, 3, 2)
    """

    patient: str = attrs.field(repr=False, converter=_key)
    date_of_service: date = attrs.field(converter=_date_of_service)
    choice: Choice
    path: str = attrs.field(default=_OF_FILE, eq=False)
    line: int | None = attrs.field(default=None, eq=False)


@attrs.frozen(kw_only=True)
class DecisionRow(DictRecord):
    """
    One row of a decisions file.

    Args:
        patient: The key of the patient in the log. It is never displayed.
        date_of_service: The date of the visit.
        decision: The id of the decision.
        question: The question in one sentence; for a choice that was not applied, the reason.
        answered_by: Who may answer; empty for a choice that was not applied.
        dollars: The largest difference that the answer can make; None if not known.
        options: Each option with its name, its label, and the dollars that it changes; empty for a choice that was not applied.
        default: The option that the bill has without an answer; empty if there is none.
        choice: The answer; None while the decision is open.
        is_wrong: Whether the answer names no option, so that the decision is still open.
    """

    patient: str = attrs.field(repr=False)
    date_of_service: date
    decision: str
    question: str
    answered_by: str = ""
    dollars: Usd | None = None
    options: tuple[str, ...] = ()
    default: str = ""
    choice: Choice | None = None
    is_wrong: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided."""
        return self.choice is None or self.is_wrong


def may_be_wide(decision_id: str) -> bool:
    """
    Return whether one answer to a decision may be for more than a visit. Only the decision itself says whether it is.

    >>> may_be_wide("deductible:2026:369df5e8"), may_be_wide("kx:PT:5d1f0c2a")
    (True, False)
    """
    return decision_id.partition(":")[0] in _WIDE


def is_of_patient(decision_id: str) -> bool:
    """
    Return whether one answer to a decision is for all visits of a patient in a year.

    >>> is_of_patient("deductible:2026:369df5e8"), is_of_patient("unit-method:5dbf9eb5")
    (True, False)
    """
    return decision_id.partition(":")[0] == DecisionKind.DEDUCTIBLE.value


def decision_key(given: LogChoice) -> tuple[str, date | None, str]:
    """Return what can be answered only once: the patient and the date, if they matter, and the id of the decision."""
    name = given.choice.decision_id
    if is_of_patient(name):
        return given.patient, None, name
    if name.partition(":")[0] == DecisionKind.UNIT_METHOD.value:
        return "", None, name
    return given.patient, given.date_of_service, name


def decision_rows(patient: str, visit: PreparedVisit) -> Iterator[DecisionRow]:
    """Yield a row for each decision of a visit, and for each choice that was not applied."""
    for each in visit.decisions:
        yield DecisionRow(
            patient=patient,
            date_of_service=visit.date_of_service,
            decision=each.id,
            question=" ".join(filter(None, (each.question, scope_in_words(each)))),
            answered_by=each.answered_by.value,
            dollars=each.dollars,
            options=tuple(_in_words(each)),
            default=each.default,
            choice=each.choice,
        )
    for outdated in visit.outdated:
        yield _not_applied(patient, visit.date_of_service, outdated)


def left_out_row(given: LogChoice) -> DecisionRow:
    """Return the row of a choice that no visit has used."""
    outdated = OutdatedChoice(choice=given.choice, reason=_LEFT_OUT)
    return _not_applied(given.patient, given.date_of_service, outdated)


def _not_applied(patient: str, day: date, outdated: OutdatedChoice) -> DecisionRow:
    # The row of a visit that was left out is needed again.
    what_to_do = (
        "If it is not needed, delete this row."
        if outdated.reason == _LEFT_OUT
        else "Delete this row."
    )
    return DecisionRow(
        patient=patient,
        date_of_service=day,
        decision=outdated.choice.decision_id,
        question=f"The choice {outdated.choice.option} was not applied: {outdated.reason}. {what_to_do}",
        choice=outdated.choice,
    )


_AMOUNTS: tuple[tuple[Callable[[DecisionOption], Usd | None], str], ...] = (
    (attrgetter("expected"), "${:,} after denials"),
    (attrgetter("allowed"), "${:,} allowed"),
    (attrgetter("payer_pays"), "Medicare pays ${:,}"),
    (attrgetter("patient_owes"), "the patient owes ${:,}"),
)
"""The amounts of an option. The one in which the options differ most is shown: the answer changes it."""


def _in_words(decision: Decision) -> Iterator[str]:
    """Yield each option with its name, its label, and its dollars."""
    options = decision.options
    *usual, owed = (
        (spread([amount(option) for option in options]) or ZERO, amount, words)
        for amount, words in _AMOUNTS
    )
    most, amount, words = max(usual, key=itemgetter(0))
    if not most:
        _, amount, words = owed if owed[0] else usual[1]
    if not any(option.at_stake for option in options):
        words = words.replace("after denials", "allowed")
    for option in options:
        dollars = amount(option)
        shown = "" if dollars is None else f" ({words.format(dollars)}{_risk(decision, option)})"
        attests = f". You attest: {option.attests.removesuffix('.')}" if option.attests else ""
        yield f"{option.name}: {option.label.removesuffix('.')}{shown}{attests}"


def _risk(decision: Decision, option: DecisionOption) -> str:
    """Return what may be denied with the default, if it is not known whether the payer denies it."""
    if decision.may_be_denied is None or option.name != decision.default:
        return ""
    return f"; ${decision.may_be_denied:,} may be denied"


def write_decisions(rows: Iterable[DecisionRow], path: str | os.PathLike[str]) -> None:
    """
    Write a decisions file, completely or not at all. Only the user who writes it can read it.

    Args:
        rows: The rows, such as those of ``PreparingRun.decision_rows()``. They have the answers that were given, so no
            answer is lost.
        path: The CSV file to write. It is replaced if it exists.

    Raises:
        InvalidInputError: If an argument has the wrong type.
        OSError: If the file cannot be written.
    """
    given = as_tuple(rows, DecisionRow, "rows")
    out = io.StringIO()
    # Quote every cell, so that a program that expects a different separator does not split a cell.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(DECISION_COLUMNS)
    writer.writerows(map(_cells, given))
    # Excel needs the byte order mark to read the file as UTF-8.
    write_whole(require_path(path, "path"), f"\ufeff{out.getvalue()}")


def _cells(row: DecisionRow) -> tuple[str, ...]:
    choice = row.choice
    answer = ("", "", "")
    if choice is not None:
        decided_at = choice.decided_at
        to = "auto" if decided_at.second or decided_at.microsecond else "minutes"
        moment = decided_at.isoformat(sep=" ", timespec=to)
        answer = (kept_text(choice.option), kept_text(choice.author), moment)
    return (
        kept_text(row.patient),
        row.date_of_service.isoformat(),
        kept_text(row.decision),
        row.question,
        row.answered_by,
        "" if row.dollars is None else str(row.dollars),
        kept_text(" | ".join(row.options)),
        kept_text(row.default),
        *answer,
    )


_Key: TypeAlias = tuple[str, date | None, str]
_Cells: TypeAlias = dict[str, str]
_Row: TypeAlias = tuple[int | None, str, _Cells, FileFormatError | None]
"""The line, the words before a reason, the cells by column, and the error of a row that cannot be read."""


def read_decisions(path: str | os.PathLike[str]) -> tuple[LogChoice, ...]:
    """
    Read a decisions file, and return the choices in it. Decisions without an answer are open, and are left out.

    The file is CSV as :func:`write_decisions` and spreadsheets write it, or a JSON list of objects with the same names.
    The columns may have any order, and others are ignored.

    Args:
        path: The file. A name that ends in ``.json`` means JSON.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row, and its line and column: an answer that is not
            complete, a date or time that cannot be read, or a decision that is answered twice.
        FileFormatError: If the file as a whole cannot be read.
        InvalidInputError: If *path* is not a path.
        OSError: If the file cannot be opened.
    """
    where = require_path(path, "path")
    text = _text_of(where)
    rows = _json_rows(text, where) if where.lower().endswith(".json") else _csv_rows(text, where)
    errors = ErrorList(where)
    found: list[LogChoice] = []
    first: dict[_Key, str] = {}
    for line, which, cells, error in rows:
        if error is not None:
            errors.add(error)
            continue
        try:
            given = _choice_of(cells, where, line)
            if given is None:
                continue
            _require_first(given, first)
        except BadCellError as bad:
            errors.add(FileFormatError(f"{which}{bad.reason}", where, line, bad.column))
            continue
        first[decision_key(given)] = which.removesuffix(": ") or f"line {line}"
        found.append(given)
    if errors.count:
        raise errors.group()
    return tuple(found)


def _require_first(given: LogChoice, first: Mapping[_Key, str]) -> None:
    place = first.get(decision_key(given))
    if place is not None:
        msg = f"this decision is already answered in {place}: keep one of the answers"
        raise BadCellError("decision", msg)


def _text_of(where: str) -> str:
    content = Path(where).read_bytes()
    if b"\0" in content:
        msg = "neither CSV nor JSON: save the file as CSV UTF-8"
        raise FileFormatError(msg, where)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Excel's older CSV format on Windows.
        return content.decode("cp1252", errors="replace")


def _csv_rows(text: str, where: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            row, line = line, reader.line_num + 1
            if not any(map(str.strip, cells)):
                continue
            if header is None:
                header = _header(cells, where, row)
            elif any(map(str.strip, cells[len(header) :])):
                msg = f"the row has {counted(len(cells), 'cell')}, but the header names {len(header)} columns"
                yield row, "", {}, FileFormatError(msg, where, row)
            else:
                yield row, "", dict(zip(header, map(text_of_kept, cells), strict=False)), None
    except csv.Error as error:
        fault = FileFormatError(f"not valid CSV: {error}", where, line)
        if header is None:
            raise fault from None
        yield line, "", {}, fault
    if header is None:
        msg = "the file is empty; the first line must name the columns"
        raise FileFormatError(msg, where)


def _header(cells: list[str], where: str, line: int) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        msg = "columns must be separated by commas"
        raise FileFormatError(msg, where, line)
    missing = [name for name in (*_KEYS, *_ANSWER) if name not in header]
    if missing:
        msg = f"the header must have {listed(missing)}"
        raise FileFormatError(msg, where, line)
    for name in (*_KEYS, *_ANSWER):
        if header.count(name) > 1:
            msg = "the header names this column twice"
            raise FileFormatError(msg, where, line, name)
    return header


def _json_rows(text: str, where: str) -> Iterator[_Row]:
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        msg = "not valid JSON"
        raise FileFormatError(msg, where) from None
    if not isinstance(entries, list):
        msg = "the file must have a JSON list of objects, one per decision"
        raise FileFormatError(msg, where)
    for number, entry in enumerate(entries, start=1):
        which = f"entry {number}: "
        if not isinstance(entry, dict):
            msg = f"{which}an object belongs here"
            yield None, which, {}, FileFormatError(msg, where)
            continue
        cells = {name: entry.get(name) or "" for name in (*_KEYS, *_ANSWER)}
        odd = next((name for name, cell in cells.items() if not isinstance(cell, str)), None)
        error = None
        if odd is not None:
            msg = f"{which}a string belongs here"
            error = FileFormatError(msg, where, column=odd)
        yield None, which, cells, error


def _choice_of(cells: _Cells, where: str, line: int | None) -> LogChoice | None:
    """Return the choice of a row; None if nobody has decided."""
    answer = {name: cells.get(name, "").strip() for name in _ANSWER}
    if not any(answer.values()):
        return None
    for name in (*_KEYS, *_ANSWER):
        if not cells.get(name, "").strip():
            raise BadCellError(name, _MISSING[name])
    day = parsed("date_of_service", parse_date, cells["date_of_service"].strip())
    decision = cells["decision"].strip()
    try:
        chosen = Choice(decision, answer["option"], answer["author"], answer["decided_at"])
    except InvalidInputError as error:
        column = "decision" if error.field == "decision_id" else error.field
        raise BadCellError(column or "decided_at", str(error)) from None
    return LogChoice(cells["patient"], day, chosen, where, line)


_MISSING = {
    "patient": "the key of the patient is missing",
    "date_of_service": "the date of the visit is missing",
    "decision": "the id of the decision is missing",
    "option": "no option is chosen: name one, or clear the author and the time",
    "author": "say who decided",
    "decided_at": "say when it was decided, such as 2026-03-02 17:40",
}
