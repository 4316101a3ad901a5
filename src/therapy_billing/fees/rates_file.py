"""A CSV file of rates: a code and an amount in each row."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from therapy_billing.base.errors import ErrorList, FileFormatError, InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.codes.code_book import parse_code

__all__ = ["read_rates"]


def read_rates(path: str | os.PathLike[str]) -> dict[str, Usd]:
    """Read a CSV file with the columns code and amount, and report all bad lines at once."""
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
            raise FileFormatError("the first line names the columns code and amount", where, 1)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                reason = "a line has a code and an amount"
                bad.add(FileFormatError(reason, where, reader.line_num))
                continue
            cells = dict(zip(header, row, strict=True))
            column = "code"
            try:
                code = parse_code(cells[column])
                if code in amounts:
                    reason = f"{code} has a rate already"
                    bad.add(FileFormatError(reason, where, reader.line_num, column))
                column = "amount"
                amounts[code] = parse_usd(cells[column].strip().removeprefix("$"))
            except InvalidInputError as error:
                bad.add(FileFormatError(str(error), where, reader.line_num, column))
    except csv.Error as error:
        bad.add(FileFormatError(f"no CSV: {error}", where, reader.line_num), always=True)
    if bad.count:
        raise bad.group()
    return amounts
