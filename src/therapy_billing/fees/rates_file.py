"""Read a CSV file of rates, with one code and one amount per row."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.codes.code_book import parse_code

__all__ = ["read_rates"]


def read_rates(path: str | os.PathLike[str]) -> dict[str, Usd]:
    """Read a CSV file with the columns code and amount, and report all bad rows in one error."""
    amounts: dict[str, Usd] = {}
    where = os.fspath(path)
    bad = ErrorList(where)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise FileFormatError("not UTF-8; save the file as UTF-8", where) from None
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if sorted(header) != ["amount", "code"]:
            raise FileFormatError(
                "the first line must have the columns code and amount, and no others", where, 1
            )
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                reason = "a row must have one code and one amount"
                bad.add(FileFormatError(reason, where, reader.line_num))
                continue
            cells = dict(zip(header, row, strict=True))
            column = "code"
            try:
                code = parse_code(cells[column])
                if code in amounts:
                    reason = f"{code} already has a rate: give one rate per code"
                    bad.add(FileFormatError(reason, where, reader.line_num, column))
                column = "amount"
                amounts[code] = parse_usd(cells[column].strip().removeprefix("$"))
            except InvalidInputError as error:
                bad.add(FileFormatError(str(error), where, reader.line_num, column))
    except csv.Error as error:
        bad.add(FileFormatError(f"not valid CSV: {error}", where, reader.line_num), always=True)
    if bad.count:
        raise bad.group()
    return amounts
