"""Read the rows of a treatment log in JSON, one at a time."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Collection, Iterator
from typing import Any, TextIO

from therapy_billing.base.columns import BadCellError
from therapy_billing.base.errors import FileFormatError
from therapy_billing.visits.log_columns import NOT_UTF_8, UTF_16, ReadRow, Row, named_row

__all__ = ["CONTROL", "json_rows"]

# A quoted string that has no braces and ends on its line; or one quotation mark, bracket, or brace.
_JSON_PART = re.compile(r'"(?:[^"\\{}\r\n]|\\.)*"|["\[\]{}]')
# A byte that is not UTF-8, as a surrogate. JSON escapes produce surrogates outside this range.
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_TOO_DEEP = "not a treatment log in JSON: nested too deeply"
# Control characters and unpaired surrogates: no real key has them, and they can garble a terminal.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*")


def json_rows(file: TextIO, where: str, ignored: Collection[str]) -> Iterator[ReadRow]:
    """
    Yield each object of a JSON array, or of JSON lines, with the line where it starts.

    JSON lines are read one at a time. The text of an array is in memory.
    """
    begin = []
    for content in file:
        begin.append(content)
        if content.strip():
            break
    text = "".join(begin)
    if text.startswith(UTF_16):
        raise FileFormatError(NOT_UTF_8, where)
    decoder = json.JSONDecoder(
        object_pairs_hook=_object,
        parse_float=_whole_or_not_text,
        parse_constant=_NotText,
        parse_int=str,
        strict=False,
    )
    if text.lstrip().startswith("["):
        yield from _json_array(text + file.read(), decoder, where, ignored)
        return
    for line, ended in enumerate(itertools.chain(begin, file), start=1):
        content = ended.removesuffix("\n")
        if content.strip():
            try:
                value = decoder.decode(content)
            except json.JSONDecodeError as error:
                yield line, {}, FileFormatError(f"not valid JSON: {error.msg}", where, line)
            except RecursionError:
                yield line, {}, FileFormatError(_TOO_DEEP, where, line)
            else:
                yield line, *_json_row(value, where, line, ignored)


def _json_array(
    text: str, decoder: json.JSONDecoder, where: str, ignored: Collection[str]
) -> Iterator[ReadRow]:
    """Yield each object of an array. Stop with an error if the end of a bad object is unclear."""
    index = _skip(text, text.index("[") + 1)
    line, counted = 1, 0
    while index < len(text) and text[index] != "]":
        line += text.count("\n", counted, index)
        counted = index
        value, fault = None, None
        try:
            value, index = decoder.raw_decode(text, index)
        except json.JSONDecodeError as error:
            fault = FileFormatError(f"not valid JSON: {error.msg}", where, error.lineno)
        except RecursionError:
            fault = FileFormatError(_TOO_DEEP, where, line)
        if fault is None:
            yield line, *_json_row(value, where, line, ignored)
        else:
            end = _end_of_object(text, index)
            if end is None:
                raise fault
            index = end
            yield line, {}, fault
        index = _skip(text, index)
        if text.startswith(",", index):
            index = _skip(text, index + 1)
        elif not text.startswith("]", index):
            msg = "not valid JSON: a comma or ] is missing after this row"
            raise FileFormatError(msg, where, line)
    if not text.startswith("]", index) or _skip(text, index + 1) < len(text):
        msg = "not valid JSON: the array is not closed, or something follows it"
        raise FileFormatError(msg, where, line)


def _end_of_object(text: str, index: int) -> int | None:
    """
    Return the end of the invalid object at *index*, or None if the end is unclear.

    An unclosed quote makes the end unclear, because the next rows could be part of its string.
    """
    depth = 0
    if not text.startswith("{", index):
        return None
    for part in _JSON_PART.finditer(text, index):
        if part[0] == '"':
            return None
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(part[0], 0)
        if depth == 0:
            return part.end() if part[0] == "}" else None
    return None


def _skip(text: str, index: int) -> int:
    """Return the index of the next character that is not white space."""
    return next(_SPACE.finditer(text, index)).end()


class _NotText(str):
    """A JSON number that no cell may have, such as 20.5, 2e1, or NaN."""

    __slots__ = ()


def _whole_or_not_text(number: str) -> str:
    """Return 23.0 as the string '23', because dataframes write whole numbers as 23.0. Mark other numbers as _NotText."""
    whole, _, decimals = number.partition(".")
    return whole if whole.isdecimal() and not decimals.strip("0") else _NotText(number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | list[tuple[str, Any]]:
    """Return a JSON object as a dict, or as pairs if it names a column twice, so that no value is lost."""
    row = {name.strip().lower(): value for name, value in pairs}
    return row if len(row) == len(pairs) else pairs


def _json_row(
    value: object, where: str, line: int, ignored: Collection[str]
) -> tuple[Row, FileFormatError | None]:
    if not isinstance(value, dict):
        return {}, FileFormatError(
            "a row must be an object that names each column once", where, line
        )
    return named_row(value, _text, where, line, ignored)


def _text(column: str, cell: object) -> str:
    if not isinstance(cell, str) or isinstance(cell, _NotText):
        reason = "the cell must be a string or a whole number"
        if column == "modifiers":
            reason = (
                'the cell must be one string with spaces between the modifiers, such as "95 GA"'
            )
        raise BadCellError(column, reason)
    if _BAD_BYTE.search(cell):
        raise BadCellError(column, NOT_UTF_8)
    return cell.strip()
