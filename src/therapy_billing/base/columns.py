"""Find the columns of a table in a file by their captions, and read their cells."""

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
from therapy_billing.base.wording import counted

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
# Anesthesia codes are 00100 to 01999. A spreadsheet that reads them as numbers drops the leading zeros.
_ANESTHESIA = re.compile(r"[1-9]\d\d|1\d{3}", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d*)?|\.\d+", re.ASCII)
# A spreadsheet stores binary floats, which differ from the published decimal by less than this.
_NOISE = Decimal("1E-9")


class BadCellError(Exception):
    """A cell cannot be read. The reason must not repeat text that could identify a patient."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def gather(errors: ErrorList, rows: Iterable[Row], read: Callable[[Row], None]) -> None:
    """
    Call *read* for each row, and report all bad rows together.

    Raises:
        ExceptionGroup: A group of FileFormatErrors, one for each row for which *read* raises BadCellError, up to the
            limit of *errors*.
        FileFormatError: If there is no row, or if the file becomes unreadable before any bad row was found.
    """
    count = 0
    try:
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is used after the loop
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
        msg = "the file has no data rows; is it cut short?"
        raise FileFormatError(msg, errors.path)


def check_width(row: Row, width: int) -> None:
    """
    Check that *row* has *width* cells, and nothing after them.

    Raises:
        BadCellError: If it does not, because the row is cut off or a stray comma shifted its cells.
    """
    if len(row.cells) < width or any(map(str.strip, row.cells[width:])):
        raise BadCellError(None, f"{counted(len(row.cells), 'cell')}, expected {width}")


def find_columns(
    captions: Sequence[str], wanted: Mapping[str, Sequence[str]], path: str, line: int
) -> dict[str, int]:
    """
    Return the index of each wanted column.

    Args:
        captions: The captions, as :func:`plain` returns them.
        wanted: The patterns for each column, by the name that messages use for it. A pattern must match a whole
            caption. The first pattern that matches a caption is used.
        path: The file.
        line: The line of the captions.

    Raises:
        FileFormatError: If a column is missing, or a pattern matches two or more captions.
    """
    columns: dict[str, int] = {}
    for name, patterns in wanted.items():
        for pattern in patterns:
            found = [i for i, text in enumerate(captions) if re.fullmatch(pattern, text)]
            if len(found) > 1:
                msg = f"{len(found)} columns have this caption, expected one"
                raise FileFormatError(msg, path, line, name)
            if found:
                columns[name] = found[0]
                break
        else:
            msg = f"no column has this caption; the file has {counted(len(captions), 'column')}"
            raise FileFormatError(msg, path, line, name)
    return columns


def hcpcs(text: str) -> str:
    """
    Return a HCPCS code from a CMS file, restoring the leading zeros that a spreadsheet drops from anesthesia codes.

    CMS also publishes placeholders, such as GXXX1 in July 2026.

    Raises:
        InvalidInputError: If the code, with its leading zeros, is not five characters, each a digit or a capital letter.

    >>> hcpcs("97530"), hcpcs("100")
    ('97530', '00100')
    """
    code = text.zfill(5) if _ANESTHESIA.fullmatch(text) else text
    if not _CODE.fullmatch(code):
        msg = f"expected a five-character code, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    return code


def is_note(row: Row) -> bool:
    """Return whether *row* is a footnote: only its first cell is filled, and that cell is not a number."""
    first, *others = map(str.strip, row.cells)
    return not any(others) and not first.isdigit()


@lru_cache(maxsize=4096)
def number(text: str, decimals: int) -> Decimal:
    """
    Return *text* as a number with the decimal places that CMS publishes.

    Args:
        text: The cell.
        decimals: How many decimal places CMS publishes.

    Raises:
        InvalidInputError: If the text is empty, negative, not a plain number, or has more decimal places.

    >>> number("1", 3), number(".45", 2), number("0.86899999999999999", 3)
    (Decimal('1.000'), Decimal('0.45'), Decimal('0.869'))
    """
    if not text:
        msg = "empty, expected a number; an empty cell is not read as zero"
        raise InvalidInputError(msg)
    if not _NUMBER.fullmatch(text):
        msg = f"expected zero or a positive number with {decimals} decimal places, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    exact = Decimal(text)
    published = EXACT.quantize(exact, Decimal(1).scaleb(-decimals))
    if abs(EXACT.subtract(exact, published)) > _NOISE:
        msg = f"expected at most {decimals} decimal places, not {safe_repr(text)}"
        raise InvalidInputError(msg)
    return published


def parsed(column: str, parse: Callable[[str], _T], text: str) -> _T:
    """
    Return *text*, the contents of a cell, converted by *parse*.

    Raises:
        BadCellError: If *parse* raises InvalidInputError.
    """
    try:
        return parse(text)
    except InvalidInputError as error:
        raise BadCellError(column, str(error)) from None
