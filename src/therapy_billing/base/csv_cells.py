"""Cells of a CSV file that a spreadsheet leaves as they are."""

from __future__ import annotations

import re

__all__ = ["formula_safe", "kept_text", "text_of_kept"]

_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_REWRITTEN = re.compile(
    rf"(?!(0|[1-9]\d{{0,14}})\Z)[-+$(.]*\d[-+\d.,/:e$%() ]*( [ap]m?)?|{_MONTH}[-/ .,]*\d.*|\d[-\d/ .,]*{_MONTH}.*"
    r"|true|false|'.*",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
"""Text that a spreadsheet reads as a number, a date, a time, or a flag. Whole numbers of up to 15 digits stay as they are."""


def formula_safe(text: str) -> str:
    """
    Return *text* so that no spreadsheet reads it as a formula.

    Spreadsheets read a cell that starts with =, +, -, or @ as a formula, and some skip spaces or control
    characters before it. An apostrophe at the start makes the cell plain text.

    >>> formula_safe("=1+1"), formula_safe("P-1001")
    ("'=1+1", 'P-1001')
    """
    start = text.lstrip(" \t\r\n\x00\ufeff\u00a0")[:1]
    if start in tuple("=+-@|\uff1d\uff0b\uff0d\uff20") or text[:1] in tuple("\t\r\n\x00"):
        return f"'{text}"
    return text


def kept_text(text: str) -> str:
    """
    Return *text* so that it survives a spreadsheet: no formula, and no number or date that would be written differently.

    >>> [kept_text(each) for each in ("=1+1", "007", "3-2", "1001", "P-1001")]
    ["'=1+1", "'007", "'3-2", '1001', 'P-1001']
    """
    return f"'{text}" if _REWRITTEN.fullmatch(text.strip()) else formula_safe(text)


def text_of_kept(cell: str) -> str:
    """
    Return the text of a cell that :func:`kept_text` returned. A cell that a person typed stays as it is.

    >>> text_of_kept("'007"), text_of_kept("'t Hooft")
    ('007', "'t Hooft")
    """
    return cell[1:] if cell.startswith("'") and kept_text(cell[1:]) == cell else cell
