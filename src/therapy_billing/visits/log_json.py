"""Rows of a treatment log in JSON, read one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from therapy_billing.base.columns import BadCellError
from therapy_billing.base.errors import FileFormatError
from therapy_billing.visits.log_columns import NOT_UTF_8, UTF_16, ReadRow, Row, named_row

__all__ = ["CONTROL", "json_rows"]

# A text in quotes, on one line and without braces; else each mark by itself.
_JSON_PART = re.compile(r'"(?:[^"\\{}\r\n]|\\.)*"|["\[\]{}]')
# A byte that is not UTF-8, as a surrogate; JSON's own escapes make the other ones.
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_TOO_DEEP = "no JSON of a treatment log: nested too deep"
# Control characters and halves of characters: no key has them, and they steer what shows it.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*")


def json_rows(text: str, where: str, ignored: Collection[str]) -> Iterator[ReadRow]:
    """Yield each object of a JSON array, or of lines of JSON, with the line on which it begins."""
    if text.startswith(UTF_16):
        raise FileFormatError(NOT_UTF_8, where)
    decoder = json.JSONDecoder(
        object_pairs_hook=_object,
        parse_float=_whole_or_no_text,
        parse_constant=_NoText,
        parse_int=str,
        strict=False,
    )
    if text.lstrip().startswith("["):
        yield from _json_array(text, decoder, where, ignored)
        return
    for line, content in enumerate(text.split("\n"), start=1):
        if content.strip():
            try:
                value = decoder.decode(content)
            except json.JSONDecodeError as error:
                yield line, {}, FileFormatError(f"no JSON: {error.msg}", where, line)
            except RecursionError:
                yield line, {}, FileFormatError(_TOO_DEEP, where, line)
            else:
                yield line, *_json_row(value, where, line, ignored)


def _json_array(
    text: str, decoder: json.JSONDecoder, where: str, ignored: Collection[str]
) -> Iterator[ReadRow]:
    """Yield each object of an array; what follows an object without a certain end cannot be read."""
    place = _skip(text, text.index("[") + 1)
    line, counted = 1, 0
    while place < len(text) and text[place] != "]":
        line += text.count("\n", counted, place)
        counted = place
        value, fault = None, None
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            fault = FileFormatError(f"no JSON: {error.msg}", where, error.lineno)
        except RecursionError:
            fault = FileFormatError(_TOO_DEEP, where, line)
        if fault is None:
            yield line, *_json_row(value, where, line, ignored)
        else:
            end = _end_of_object(text, place)
            if end is None:
                raise fault
            place = end
            yield line, {}, fault
        place = _skip(text, place)
        if text.startswith(",", place):
            place = _skip(text, place + 1)
        elif not text.startswith("]", place):
            msg = "no JSON: a comma or ] is missing after this row"
            raise FileFormatError(msg, where, line)
    if not text.startswith("]", place) or _skip(text, place + 1) < len(text):
        msg = "no JSON: the array is not closed, or something follows it"
        raise FileFormatError(msg, where, line)


def _end_of_object(text: str, place: int) -> int | None:
    """
    Return where the object at *place* ends although it cannot be read; None where that is not certain.

    A quote that is not closed makes the end uncertain: the next rows would be taken for its text.
    """
    depth = 0
    if not text.startswith("{", place):
        return None
    for part in _JSON_PART.finditer(text, place):
        if part[0] == '"':
            return None
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(part[0], 0)
        if depth == 0:
            return part.end() if part[0] == "}" else None
    return None


def _skip(text: str, place: int) -> int:
    """Return the place of the next character that is no white space."""
    return next(_SPACE.finditer(text, place)).end()


class _NoText(str):
    """A JSON number with decimals, or NaN: no cell holds one."""

    __slots__ = ()


def _whole_or_no_text(number: str) -> str:
    """Return a JSON number with decimals; as text where they are zeros, as dataframes write them."""
    whole, _, decimals = number.partition(".")
    return whole if whole.isdecimal() and not decimals.strip("0") else _NoText(number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | list[tuple[str, Any]]:
    """Return a JSON object; its pairs when a name stands twice, as one of the two would be lost."""
    row = {name.strip().lower(): value for name, value in pairs}
    return row if len(row) == len(pairs) else pairs


def _json_row(
    value: object, where: str, line: int, ignored: Collection[str]
) -> tuple[Row, FileFormatError | None]:
    if not isinstance(value, dict):
        return {}, FileFormatError("a row is an object that names each column once", where, line)
    return named_row(value, _text, where, line, ignored)


def _text(column: str, cell: object) -> str:
    if not isinstance(cell, str) or isinstance(cell, _NoText):
        raise BadCellError(column, "a text or a whole number belongs here")
    if _BAD_BYTE.search(cell):
        raise BadCellError(column, NOT_UTF_8)
    return cell.strip()
