"""
Read TOML files that users write, and report every fault with its line.

The whole file is read before any fault is reported. The TOML parser of the standard library does not return line
numbers. A small scanner finds them instead. It runs only on valid TOML, and only if there is a fault.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache, partial
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
"""The path of a value: names of tables and keys, and indexes (from 0) in an array of tables."""

Form: TypeAlias = tuple[tuple[type, ...], str, Callable[[Any], object]]
"""How to read a term: its allowed types, the message if the type is different, and its conversion function."""


@attrs.frozen
class TomlFile:
    """
    A TOML file that was read.

    Args:
        path: The file, as the caller gave it.
        text: Its text.
        table: Its contents. Numbers with a decimal point are Decimal.
    """

    path: str
    text: str = attrs.field(repr=False)
    table: Mapping[str, Any] = attrs.field(repr=False)

    def line(self, key: Key) -> int | None:
        """Return the line of *key*, or of the table or value that contains it, or None if there is neither."""
        return _nearest(key, _lines_of_keys(self.text))

    def errors(
        self,
        faults: Sequence[tuple[Key, str]],
        private: Collection[str] = (),
        hidden: Collection[str] = (),
    ) -> list[FileFormatError]:
        """
        Return *faults* as errors with the lines of their keys, or of the tables that contain the keys.

        Args:
            faults: Each key with what is wrong with it.
            private: Top tables with keys that may identify a person. Errors show such a key as ``*``.
            hidden: Top keys that may themselves identify a person. Errors show them as ``*``.
        """
        if not faults:
            return []
        lines = _lines_of_keys(self.text)
        placed = [(_nearest(key, lines), key, reason) for key, reason in faults]
        bad = ErrorList(self.path)
        for line, key, reason in sorted(placed, key=lambda fault: fault[0] or 0):
            shown = (key[0], "*", *key[2:]) if key[:1] and key[0] in private and key[1:] else key
            shown = ("*", *shown[1:]) if key[:1] and key[0] in hidden else shown
            column = ".".join(_shown_key(part) for part in shown if isinstance(part, str)) or None
            bad.add(FileFormatError(reason, self.path, line, column))
        return list(bad.listed())


def read_toml_file(path: str | os.PathLike[str]) -> TomlFile:
    """
    Return the contents of a TOML file.

    Args:
        path: The file, in UTF-8.

    Raises:
        FileFormatError: If it is not UTF-8 or not valid TOML.
        OSError: If it cannot be read.
    """
    from pathlib import Path  # noqa: PLC0415 - only user files need it

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
    Return the result of *read* for each TOML file.

    Args:
        paths: The files.
        read: Converts one file.
        what: The message of the ExceptionGroup.

    Raises:
        ExceptionGroup: A group of FileFormatErrors, one for each fault in any file, with its line.
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
    Return the *value* of a term, converted as its *form* says.

    Raises:
        InvalidInputError: If the value has the wrong type, or the conversion refuses it.

    >>> read_term(4, ((int,), "a number belongs here", int))
    4
    """
    kinds, wanted, reader = form
    # Exact types, because in Python True is also an int and a datetime is also a date. In TOML they are not.
    if type(value) not in kinds:
        raise InvalidInputError(wanted)
    return reader(value)


def unknown_key(key: str, known: Iterable[str]) -> str:
    """
    Return the message for a *key* that is not one of the *known* ones.

    >>> unknown_key("cap_per_dya", ["cap_per_day", "mppr"])
    'not one of cap_per_day, mppr; did you mean cap_per_day?'
    """
    names = list(known)
    return f"not one of {', '.join(names)}{did_you_mean(key, names)}"


def _text(value: str) -> str:
    text = " ".join(value.split())
    if not text:
        raise InvalidInputError(TEXT[1])
    return text


TEXT: Form = ((str,), "text belongs here", _text)
"""Text that is not empty. Each run of white space becomes one space."""
FLAG: Form = ((bool,), "true or false belongs here", bool)


def day_form(key: str) -> Form:
    """Return the form of a date, given as a TOML date or as a string."""
    return (date, str), "a date such as 2026-01-01 belongs here", partial(parse_date, what=key)


def choice_form(kind: type[Enum]) -> Form:
    """
    Return the form of an enum member: its value as a string, in upper or lower case.

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
    wanted = f"one or more [[{name}]] tables belong here"

    def read(value: list[object]) -> list[object]:
        if not all(isinstance(row, dict) for row in value):
            raise InvalidInputError(wanted)
        return value

    return (list,), wanted, read


class TomlReader:
    r"""
    Read the terms of a TOML file, and collect every fault with its key.

    Args:
        file: The file.
        private: Top tables with keys that may identify a person. Errors show such a key as ``*``.
        hidden: Top keys that may themselves identify a person. Errors show them as ``*``.

    Attributes:
        faults: Each key with what is wrong with it. The empty key stands for the whole file.

    >>> reader = TomlReader(parse_toml("units = 4\nunit = 5", "own.toml"))
    >>> reader.terms(reader.file.table, {"units": ((int,), "a number belongs here", int)})
    {'units': 4}
    >>> print(reader.errors()[0])
    own.toml, line 2, column unit: not one of units; did you mean units?
    """

    def __init__(
        self, file: TomlFile, private: Collection[str] = (), hidden: Collection[str] = ()
    ) -> None:
        self.file = file
        self._private = private
        self._hidden = hidden
        self.faults: list[tuple[Key, str]] = []

    def fault(self, key: Key, reason: str) -> None:
        """Add a fault: *key*, and what is wrong with it."""
        self.faults.append((key, reason))

    def require(self, table: Mapping[str, Any], wanted: Iterable[str], *, at: Key = ()) -> None:
        """Add a fault for each of the *wanted* keys that is missing from *table*."""
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
        Return the terms of *table* that can be read. The others become faults.

        Args:
            table: Values by key.
            forms: The form of each key.
            at: The path of the table.
            unknown: Returns the message for a key that has no form. By default, the message lists the known keys.
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
        """Return the faults as errors with their lines."""
        return self.file.errors(self.faults, self._private, self._hidden)

    def refuse(self, what: str) -> None:
        """
        Refuse the file if it has any fault.

        Args:
            what: The beginning of the message, such as ``bad payer``.

        Raises:
            ExceptionGroup: A group of FileFormatErrors, one for each fault, with its line.
        """
        if self.faults:
            msg = f"{what} in {self.file.path}"
            raise ExceptionGroup(msg, self.errors())


_WITH_LINE = r"(?s)(?P<reason>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)"


def _number(text: str) -> Decimal:
    try:
        return Decimal(text, EXACT)
    except InvalidOperation:
        # The exponent is too large for a Decimal. Infinity stands for the number: it is refused later,
        # when the term is read, with the right line.
        return Decimal("Infinity")


def parse_toml(text: str, where: str) -> TomlFile:
    """
    Return the contents of *text*, which comes from the file *where*.

    Raises:
        FileFormatError: If it is not valid TOML.

    >>> dict(parse_toml("rate = 35.10", "acme.toml").table)
    {'rate': Decimal('35.10')}
    """
    try:
        return TomlFile(where, text, tomllib.loads(text, parse_float=_number))
    except RecursionError:
        raise FileFormatError("not valid TOML: nested too deeply", where) from None
    # ValueError, not only TOMLDecodeError, because int itself refuses an integer of thousands of digits.
    except ValueError as error:
        found = re.fullmatch(_WITH_LINE, str(error))
        if found is None:
            raise FileFormatError("not valid TOML: a number has too many digits", where) from None
        line = int(found["line"]) if found["line"] else text.rstrip().count("\n") + 1
        msg = f"not valid TOML: {found['reason']}"
        raise FileFormatError(msg, where, line) from None


_BARE = r"[A-Za-z0-9_-]+"
_BASIC, _LITERAL = r'"(?:\\.|[^"\\\n])*"', r"'[^'\n]*'"
_PART = rf"(?:{_BARE}|{_BASIC}|{_LITERAL})"
_PATH = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
# The patterns are compiled on use, because most files have no fault.
_STATEMENT = (
    # Possessive quantifiers, so that the blanks and comments before a statement are matched in only one way.
    r"(?:\s|#[^\n]*+)*+"
    rf"(?:\[(?P<many>\[)?[ \t]*(?P<table>{_PATH})[ \t]*\]\]?|(?P<key>{_PATH})[ \t]*=)"
)
_TOKEN = (
    # A multi-line string may end with up to two quotes of its own before the closing three.
    r'''"""(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|'''
    rf"{_BASIC}|{_LITERAL}|#[^\n]*|"
    r"""[^"'#\[\]{}\n]+|."""
)


_WITH_DIGITS = frozenset({"column1_from", "column1_through", "sha256"})
"""Keys of the library's own files that have digits, as a key of a patient may."""


def _shown_key(key: str) -> str:
    """Return *key* if it is a word or :func:`safe_repr` would repeat it, else what :func:`safe_repr` returns."""
    harmless = (
        key == "*"
        or re.fullmatch("[A-Za-z_-]+", key)
        or key in _WITH_DIGITS
        or safe_repr(key) == repr(key)
    )
    return key if harmless else safe_repr(key)


def _nearest(key: Key, lines: Mapping[Key, int]) -> int | None:
    parents = (key[:length] for length in range(len(key), 0, -1))
    return next((lines[part] for part in parents if part in lines), None)


# Cached, because merging data packs asks for the line of each row of a long file.
@lru_cache(maxsize=8)
def _lines_of_keys(text: str) -> Mapping[Key, int]:
    """Return the line of each key and table of a TOML text, except keys inside a value."""
    lines: dict[Key, int] = {}
    counts: dict[Key, int] = {}
    table: Key = ()
    index, line = 0, 1
    read_statement = re.compile(_STATEMENT).match
    while statement := read_statement(text, index):
        line += text.count("\n", index, statement.end())
        index = statement.end()
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
        end = _end_of_statement(text, index)
        line += text.count("\n", index, end)
        index = end
    return lines


def _table(parts: Sequence[str], counts: Mapping[Key, int]) -> Key:
    """Return the path of a table. If it is inside an array of tables, it is in the last table of the array so far."""
    key: Key = ()
    for part in parts:
        key = (*key, part)
        if key in counts:
            key = (*key, counts[key] - 1)
    return key


def _end_of_statement(text: str, index: int) -> int:
    """Return the index after the line on which the value at *index* ends."""
    depth = 0
    for token in re.compile(_TOKEN, re.DOTALL).finditer(text, index):
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
