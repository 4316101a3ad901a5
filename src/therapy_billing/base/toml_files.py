"""
TOML files that a user writes: every fault with its line.

A file is read whole before anything is refused. The TOML parser of the standard library tells no lines, so
a small scanner finds them in a text that is known to be TOML, and only once there is a problem to place.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import partial
from typing import Any, TypeAlias, TypeVar

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.money import EXACT
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_path
from therapy_billing.base.wording import did_you_mean

__all__ = [
    "FLAG",
    "TEXT",
    "Form",
    "Key",
    "TomlFile",
    "TomlReader",
    "choice_form",
    "day_form",
    "parse_toml",
    "read_term",
    "read_toml_file",
    "read_toml_files",
    "tables_form",
    "unknown_key",
]

T = TypeVar("T")

Key: TypeAlias = "tuple[str | int, ...]"
"""Where a value stands: names of tables and keys, and numbers from 0 in an array of tables."""

Form: TypeAlias = tuple[tuple[type, ...], str, Callable[[Any], object]]
"""The kinds that TOML has for a term, what belongs there, and what reads it."""


@attrs.frozen
class TomlFile:
    """
    A TOML file that was read.

    Args:
        path: The file, as the caller named it.
        text: Its text.
        table: What it holds; numbers with a point are Decimal.
    """

    path: str
    text: str = attrs.field(repr=False)
    table: Mapping[str, Any] = attrs.field(repr=False)

    def line(self, key: Key) -> int | None:
        """Return the line of *key*, or of the table or value that holds it; None where none does."""
        return _nearest(key, _lines_of_keys(self.text))

    def errors(self, faults: Sequence[tuple[Key, str]]) -> list[FileFormatError]:
        """Return *faults* as errors at the lines of their keys, or of the tables that hold these."""
        if not faults:
            return []
        lines = _lines_of_keys(self.text)
        placed = [(_nearest(key, lines), key, reason) for key, reason in faults]
        bad = ErrorList(self.path)
        for line, key, reason in sorted(placed, key=lambda fault: fault[0] or 0):
            column = ".".join(_shown_key(part) for part in key if isinstance(part, str)) or None
            bad.add(FileFormatError(reason, self.path, line, column))
        return list(bad.listed())


def read_toml_file(path: str | os.PathLike[str]) -> TomlFile:
    """
    Return what a TOML file holds.

    Args:
        path: The file, in UTF-8.

    Raises:
        FileFormatError: If it is not UTF-8 or not valid TOML.
        OSError: If it cannot be read.
    """
    from pathlib import Path  # noqa: PLC0415 - only a file of the user needs it

    where = require_path(path)
    try:
        text = Path(where).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileFormatError("not UTF-8; save the file as UTF-8", where) from None
    return parse_toml(text, where)


def read_toml_files(
    paths: Iterable[str | os.PathLike[str]], read: Callable[[TomlFile], T], what: str
) -> list[T]:
    """
    Return what *read* makes of each TOML file; *what* are bad files.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each fault of any file, with its line.
        OSError: If a file cannot be read.
    """
    found: list[T] = []
    bad: list[FileFormatError] = []
    for path in paths:
        try:
            found.append(read(read_toml_file(path)))
        except FileFormatError as error:
            bad.append(error)
        except ExceptionGroup as faults:
            bad += [fault for fault in faults.exceptions if isinstance(fault, FileFormatError)]
    if bad:
        raise ExceptionGroup(what, bad)
    return found


def read_term(value: object, form: Form) -> object:
    """
    Return what the *form* of a term makes of its *value*.

    Raises:
        InvalidInputError: If it is of another kind, or the form refuses it.

    >>> read_term(4, ((int,), "a number belongs here", int))
    4
    """
    kinds, wanted, reader = form
    # The very type: to TOML true is no number, and a moment no day.
    if type(value) not in kinds:
        raise InvalidInputError(wanted)
    return reader(value)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """
    Return what is wrong with a *key* that is none of the *known* ones.

    >>> unknown_key("cap_per_dya", ["cap_per_day", "mppr"])
    'none of cap_per_day, mppr; did you mean cap_per_day?'
    """
    names = list(known)
    return f"none of {', '.join(names)}{did_you_mean(key, names)}"


def _text(value: str) -> str:
    text = " ".join(value.split())
    if not text:
        raise InvalidInputError(TEXT[1])
    return text


TEXT: Form = ((str,), "a text belongs here", _text)
"""A text of one line that is not empty."""
FLAG: Form = ((bool,), "true or false belongs here", bool)


def day_form(key: str) -> Form:
    """Return the form of a day, as a TOML date or as a text."""
    return (date, str), "a day such as 2026-01-01 belongs here", partial(parse_date, what=key)


def choice_form(kind: type[Enum]) -> Form:
    """
    Return the form of a member of an enum: the text of its value, in any case.

    >>> read_term("Light", choice_form(Enum("Lamp", {"RED": "red", "LIGHT": "light"})))
    <Lamp.LIGHT: 'light'>
    """
    members = {str(member.value): member for member in kind}

    def read(value: str) -> Enum:
        member = members.get(value.strip().lower())
        if member is None:
            raise InvalidInputError(unknown_key(value, members))
        return member

    return (str,), f"one of {', '.join(members)} belongs here", read


def tables_form(name: str) -> Form:
    """Return the form of an array of tables."""
    wanted = f"tables, each below a line [[{name}]], belong here"

    def read(value: list[object]) -> list[object]:
        if not all(isinstance(row, dict) for row in value):
            raise InvalidInputError(wanted)
        return value

    return (list,), wanted, read


class TomlReader:
    r"""
    Reads the terms of a TOML file, and keeps every fault with its key.

    Args:
        file: The file.

    Attributes:
        faults: What is wrong, each with its key; the empty key is the whole file.

    >>> reader = TomlReader(parse_toml("units = 4\nunit = 5", "own.toml"))
    >>> reader.terms(reader.file.table, {"units": ((int,), "a number belongs here", int)})
    {'units': 4}
    >>> print(reader.errors()[0])
    own.toml, line 2, column unit: none of units; did you mean units?
    """

    def __init__(self, file: TomlFile) -> None:
        self.file = file
        self.faults: list[tuple[Key, str]] = []

    def fault(self, key: Key, reason: str) -> None:
        """Keep what is wrong with *key*."""
        self.faults.append((key, reason))

    def require(self, table: Mapping[str, Any], wanted: Iterable[str], *, at: Key = ()) -> None:
        """Keep which of the *wanted* keys are missing in *table*."""
        for key in wanted:
            if key not in table:
                self.fault((*at, key), "missing")

    def terms(
        self,
        table: Mapping[str, Any],
        forms: Mapping[str, Form],
        *,
        at: Key = (),
        unknown: Callable[[str], str] | None = None,
    ) -> dict[str, Any]:
        """
        Return the terms of *table* that can be read; the others are faults.

        Args:
            table: Values by key.
            forms: What belongs to each key.
            at: Where the table stands.
            unknown: Returns what is wrong with a key that has no form; None names the known ones.
        """
        terms: dict[str, Any] = {}
        for key, value in table.items():
            if key not in forms:
                reason = unknown_key(key, forms) if unknown is None else unknown(key)
                self.fault((*at, key), reason)
                continue
            try:
                terms[key] = read_term(value, forms[key])
            except InvalidInputError as error:
                self.fault((*at, key), str(error))
        return terms

    def errors(self) -> list[FileFormatError]:
        """Return the faults as errors at their lines."""
        return self.file.errors(self.faults)

    def refuse(self, what: str) -> None:
        """
        Refuse the file if it has any fault; *what* is bad in it.

        Raises:
            ExceptionGroup: Of FileFormatError, one for each fault, with its line.
        """
        if self.faults:
            msg = f"{what} in {self.file.path}"
            raise ExceptionGroup(msg, self.errors())


_PLACED = r"(?s)(?P<reason>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)"


def _number(text: str) -> Decimal:
    try:
        return Decimal(text, EXACT)
    except InvalidOperation:
        # An exponent that no Decimal holds: let the check of the term refuse it, at its line.
        return Decimal("Infinity")


def parse_toml(text: str, where: str) -> TomlFile:
    """
    Return what *text*, that of the file *where*, holds.

    Raises:
        FileFormatError: If it is not valid TOML.

    >>> dict(parse_toml("rate = 35.10", "acme.toml").table)
    {'rate': Decimal('35.10')}
    """
    try:
        return TomlFile(where, text, tomllib.loads(text, parse_float=_number))
    except RecursionError:
        raise FileFormatError("not valid TOML: nested too deeply", where) from None
    # The base of TOMLDecodeError, for an integer of thousands of digits is refused by int itself.
    except ValueError as error:
        told = re.fullmatch(_PLACED, str(error))
        if told is None:
            raise FileFormatError("not valid TOML: a number has too many digits", where) from None
        line = int(told["line"]) if told["line"] else text.rstrip().count("\n") + 1
        msg = f"not valid TOML: {told['reason']}"
        raise FileFormatError(msg, where, line) from None


_BARE = r"[A-Za-z0-9_-]+"
_BASIC, _LITERAL = r'"(?:\\.|[^"\\\n])*"', r"'[^'\n]*'"
_PART = rf"(?:{_BARE}|{_BASIC}|{_LITERAL})"
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
# The patterns are compiled where they are used: most files have no fault to place.
_STATEMENT = (
    # Possessive: what stands before a statement is never read in two ways.
    r"(?:\s|#[^\n]*+)*+"
    rf"(?:\[(?P<many>\[)?[ \t]*(?P<table>{_PATH})[ \t]*\]\]?|(?P<key>{_PATH})[ \t]*=)"
)
_TOKEN = (
    # Up to two of the quotes that end a text of several lines belong to it.
    r'''"""(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|'''
    rf"{_BASIC}|{_LITERAL}|#[^\n]*|"
    r"""[^"'#\[\]{}\n]+|."""
)


def _shown_key(key: str) -> str:
    """Return *key* where it is a word or what :func:`safe_repr` would repeat, without its quotes."""
    harmless = re.fullmatch("[A-Za-z_-]+", key) or safe_repr(key) == repr(key)
    return key if harmless else safe_repr(key)


def _nearest(key: Key, lines: Mapping[Key, int]) -> int | None:
    held = (key[:length] for length in range(len(key), 0, -1))
    return next((lines[part] for part in held if part in lines), None)


def _lines_of_keys(text: str) -> dict[Key, int]:
    """Return the line of each key and table of a TOML text, but for those inside a value."""
    lines: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    table: Key = ()
    place, line = 0, 1
    read_statement = re.compile(_STATEMENT).match
    while statement := read_statement(text, place):
        line += text.count("\n", place, statement.end())
        place = statement.end()
        if statement["table"]:
            parts = _parts(statement["table"])
            if statement["many"]:
                array = (*_table(parts[:-1], counts), parts[-1])
                counts[array] = counts.get(array, 0) + 1
            key = table = _table(parts, counts)
        else:
            key = table + _parts(statement["key"])
        for length in range(1, len(key) + 1):
            lines.setdefault(key[:length], line)
        end = _end_of_statement(text, place)
        line += text.count("\n", place, end)
        place = end
    return lines


def _table(parts: Sequence[str], counts: Mapping[Key, int]) -> Key:
    """Return where a table stands, in the last of each array of tables that holds it."""
    key: Key = ()
    for part in parts:
        key = (*key, part)
        if key in counts:
            key = (*key, counts[key] - 1)
    return key


def _end_of_statement(text: str, place: int) -> int:
    """Return where the line ends that closes the value at *place*, and the comments after it."""
    depth = 0
    for token in re.compile(_TOKEN, re.DOTALL).finditer(text, place):
        found = token[0]
        if found in ("[", "{"):
            depth += 1
        elif found in ("]", "}"):
            depth -= 1
        elif found == "\n" and not depth:
            return token.end()
    return len(text)


def _parts(path: str) -> tuple[str, ...]:
    """Return the parts of a dotted key, as the TOML parser reads them."""
    parts: list[str] = []
    node: Any = tomllib.loads(f"{path} = 0")
    while isinstance(node, dict):
        ((part, node),) = node.items()
        parts.append(part)
    return tuple(parts)
