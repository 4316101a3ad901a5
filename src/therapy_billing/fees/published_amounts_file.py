"""
Read the payment amount files of CMS (PFALL, PFREV, and files for one carrier): Medicare's allowed dollars.

The files have quoted cells and no header. They end with a copyright notice in lines that begin with TRL;
a file without these lines was cut off. Revision files repeat rows. A repeated row is an error only if its
values differ from the first row.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from decimal import Decimal
from functools import lru_cache
from itertools import chain

from therapy_billing.base.columns import BadCellError, check_width, gather, hcpcs, parsed
from therapy_billing.base.errors import MAX_ERRORS, ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.money import Usd
from therapy_billing.base.rows import Row, read_rows, wrong_kind
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_path
from therapy_billing.codes.code_book import parse_codes
from therapy_billing.fees.records import PublishedAmount, parse_locality, parse_mac

__all__ = ["read_published_amounts"]

_KIND = "a file of payment amounts"
_YEAR = re.compile(r"20\d\d", re.ASCII)
_AMOUNT = re.compile(r"\d{1,9}\.\d\d", re.ASCII)
_MODIFIERS = ("", "26", "TC", "53")
_FIELDS = 16


def read_published_amounts(
    path: str | os.PathLike[str],
    *,
    codes: Collection[str] | None = None,
    max_errors: int = MAX_ERRORS,
) -> tuple[PublishedAmount, ...]:
    """
    Return the amounts in a payment amount file, in the order of the file, without repeated rows.

    Args:
        path: The file, such as ``PFREV25C.txt`` or ``PFALL25.txt``, alone or in a gzip or zip archive.
        codes: The codes to keep; None keeps all codes. A file can have a million rows. Rows for other codes
            are not parsed.
        max_errors: The maximum number of bad rows to list. If there are more, the last error gives the
            number of errors not listed.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row. It is an error if two rows
            for the same code, modifier, and locality have different values.
        FileFormatError: If the file is not a payment amount file, or ends without its TRL lines.
        InvalidInputError: If one of *codes* is not a valid code.
        OSError: If the file cannot be read.

    Source:
        Record layout of the national payment amount file: year, carrier, locality, HCPCS, modifier,
        non-facility and facility amount, filler, PCTC, status, multiple surgery indicator, 50 %
        therapy reduction amount non-institutional and institutional (zero means none), three OPPS fields.
    """
    where = require_path(path)
    errors = ErrorList(where, max_errors)
    kept = None if codes is None else set(parse_codes(codes))
    rows = read_rows(where, _KIND)
    first = next(rows, None)
    if first is None or len(first.cells) < _FIELDS or not _YEAR.fullmatch(first.cells[0]):
        raise wrong_kind(where, _KIND)
    amounts: dict[tuple[int, str, str, str, str], PublishedAmount] = {}
    trailer = 0

    def read(row: Row) -> None:
        nonlocal trailer
        if row.cells[0].startswith("TRL"):
            trailer = row.line
            return
        check_width(row, _FIELDS)
        if trailer:
            raise BadCellError(
                None,
                f"this row comes after a TRL line (line {trailer}), but TRL lines must be at the end",
            )
        if kept is not None and row.cells[3] not in kept:
            return
        amount = _amount(row)
        key = (amount.year, amount.mac, amount.locality, amount.code, amount.modifier)
        if amounts.setdefault(key, amount) != amount:
            msg = "the same code, modifier, and locality appear twice with different values"
            raise BadCellError(None, msg)

    gather(errors, chain([first], rows), read)
    if not trailer:
        msg = "no TRL line at the end: the file is cut off, so download it again"
        raise FileFormatError(msg, where)
    return tuple(amounts.values())


def _amount(row: Row) -> PublishedAmount:
    year, mac, locality, code, modifier, out, inside, _, _, status, mult, office, home, *_ = map(
        str.strip, row.cells
    )
    if not _YEAR.fullmatch(year):
        raise BadCellError("year", f"must be a year such as 2025, got {safe_repr(year)}")
    if modifier not in _MODIFIERS:
        raise BadCellError("modifier", f"must be 26, TC, 53, or empty, got {safe_repr(modifier)}")
    return PublishedAmount(
        year=int(year),
        mac=parsed("carrier", parse_mac, mac),
        locality=parsed("locality", parse_locality, locality),
        code=parsed("HCPCS", hcpcs, code),
        modifier=modifier,
        status=status,
        mppr_indicator=mult,
        nonfacility=parsed("non-facility amount", _dollars, out),
        facility=parsed("facility amount", _dollars, inside),
        reduced=parsed("therapy reduction amount", _dollars, office) or None,
        reduced_institution=parsed("institutional reduction amount", _dollars, home) or None,
    )


@lru_cache(maxsize=4096)
def _dollars(text: str) -> Usd:
    if not _AMOUNT.fullmatch(text):
        msg = f"must be dollars with two decimals such as 0000040.42, got {safe_repr(text)}"
        raise InvalidInputError(msg)
    return Decimal(text)
