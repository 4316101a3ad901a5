"""Columns and cells of a table in a file: find them by caption, and read what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.money import EXACT
from therapy_billing.base.rows import Row
from therapy_billing.base.safe_repr import safe_repr

__all__ = [
    "BadCellError",
    "check_width",
    "find_columns",
    "gather",
    "hcpcs",
    "is_note",
    "number",
    "parsed",
]

_T = TypeVar("_T")

_CODE = re.compile(r"[0-9A-Z]{5}", re.ASCII)
# Of 00100 to 01999, the codes that a spreadsheet takes for numbers, their zeros lost.
_ANESTHESIA = re.compile(r"[1-9]\d\d|1\d{3}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d*)?|\.\d+", re.ASCII)
# Binary floats of a spreadsheet come within this of the decimal that was published.
_NOISE = Decimal("1E-9")


class BadCellError(Exception):
    """A cell that cannot be read; the reason never holds its text."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def gather(errors: ErrorList, rows: Iterable[Row], read: Callable[[Row], None]) -> None:
    """
    Call *read* for each row, and report all rows that it refuses at once.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each row of which *read* raises BadCellError, as far
            as *errors* lists them.
        FileFormatError: If there is no row.
    """
    count = 0
    try:
        for count, row in enumerate(rows, start=1):  # noqa: B007 - counted for what follows
            try:
                read(row)
            except BadCellError as bad:
                errors.add(FileFormatError(bad.reason, errors.path, row.line, bad.column))
    except FileFormatError as error:
        if not errors.count:
            raise
        errors.add(error, always=True)
    if errors.count:
        raise errors.group()
    if not count:
        msg = "no data row; is the file cut short?"
        raise FileFormatError(msg, errors.path)


def check_width(row: Row, width: int) -> None:
    """
    Check that *row* has a cell under each of *width* captions, and nothing beyond.

    Raises:
        BadCellError: If it has not: the row is cut, or a stray comma shifted its cells.
    """
    if len(row.cells) < width or any(map(str.strip, row.cells[width:])):
        raise BadCellError(None, f"{len(row.cells)} cells, expected {width}")


def find_columns(
    captions: Sequence[str], wanted: Mapping[str, Sequence[str]], path: str, line: int
) -> dict[str, int]:
    """
    Return the index of each wanted column.

    Args:
        captions: The captions, through :func:`plain`.
        wanted: For each column, by the name that messages give it, the patterns that the whole
            caption may fit; the first that one fits is taken.
        path: The file.
        line: Line of the captions.

    Raises:
        FileFormatError: If a column is missing, or a pattern fits two.
    """
    columns: dict[str, int] = {}
    for name, patterns in wanted.items():
        for pattern in patterns:
            found = [i for i, text in enumerate(captions) if re.fullmatch(pattern, text)]
            if len(found) > 1:
                msg = f"{len(found)} columns are captioned like this, expected one"
                raise FileFormatError(msg, path, line, name)
            if found:
                columns[name] = found[0]
                break
        else:
            msg = f"no column is captioned like this, among {len(captions)} columns"
            raise FileFormatError(msg, path, line, name)
    return columns


def hcpcs(text: str) -> str:
    """
    Return a code as a file has it; CMS publishes placeholders too, such as GXXX1 in July 2026.

    Raises:
        InvalidInputError: If it is not five digits and capitals.

    >>> hcpcs("97530"), hcpcs("100")
    ('97530', '00100')
    """
    code = text.zfill(5) if _ANESTHESIA.fullmatch(text) else text
    if not _CODE.fullmatch(code):
        msg = f"expected a code of five characters, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    return code


def is_note(row: Row) -> bool:
    """Return whether *row* is a footnote: only its first cell is filled, and with no number."""
    first, *others = map(str.strip, row.cells)
    return not any(others) and not first.isdigit()


@lru_cache(maxsize=4096)
def number(text: str, places: int) -> Decimal:
    """
    Return the number that *text* holds, with as many decimals as are published.

    Raises:
        InvalidInputError: If it is empty, negative, no plain number, or finer than published.

    >>> number("1", 3), number(".45", 2), number("0.86899999999999999", 3)
    (Decimal('1.000'), Decimal('0.45'), Decimal('0.869'))
    """
    if not text:
        msg = "empty, expected a number; an empty cell is never zero"
        raise InvalidInputError(msg)
    if not _NUMBER.fullmatch(text):
        msg = f"expected a number from 0 with {places} decimals, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    exact = Decimal(text)
    published = EXACT.quantize(exact, Decimal(1).scaleb(-places))
    if abs(EXACT.subtract(exact, published)) > _NOISE:
        msg = f"expected at most {places} decimals, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    return published


def parsed(column: str, parse: Callable[[str], _T], text: str) -> _T:
    """
    Return what *parse* makes of a cell.

    Raises:
        BadCellError: If it raises InvalidInputError.
    """
    try:
        return parse(text)
    except InvalidInputError as error:
        raise BadCellError(column, str(error)) from None
