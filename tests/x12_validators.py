"""
Run two independent validators on an 837P: pyx12 and x12sdk.

Both are weaker than a payer, in known ways:

- pyx12 checks each element against its map of the guide. It does not add amounts, and does not compare a pointer with
  the number of diagnoses, an NPI with its check digit, or HL04 with what follows. It stops with an IndexError at a fifth
  pointer, and accepts an empty component at the end of a composite.
- x12sdk checks totals and required loops. It reads neither ISA and GS nor GE and IEA, accepts amounts such as ``8E1``,
  and drops a segment that it does not expect without an error. So compare `x12sdk_copy` with what was written.
"""

from __future__ import annotations

import io
import json
import logging
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

__all__ = ["pyx12_errors", "x12sdk_copy", "x12sdk_dropped", "x12sdk_errors"]


@cache
def _pyx12() -> Any:  # noqa: ANN401 - pyx12 has no types
    import pyx12.errors  # noqa: PLC0415 - slow to import, and few tests need it
    import pyx12.map_if  # noqa: PLC0415
    import pyx12.params  # noqa: PLC0415
    import pyx12.x12n_document  # noqa: PLC0415

    # pyx12 would read its map of the guide for each file, which takes 50 times as long as the check.
    pyx12.map_if.load_map_file = cache(pyx12.map_if.load_map_file)
    # It logs each error, besides returning it.
    logger = logging.getLogger("pyx12")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return pyx12


@cache
def _parameters() -> Any:  # noqa: ANN401 - pyx12 has no types
    return _pyx12().params.params()


def _errors_in(found: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the errors at any level of the report of pyx12."""
    if isinstance(found, list):
        for each in found:
            yield from _errors_in(each, where)
    elif isinstance(found, dict):
        if "err_str" in found:
            yield f"{where}: {found['err_str']}"
        if "seg_id" in found:
            where = f"line {found['cur_line']}, {found['seg_id']}"
        for each in found.values():
            yield from _errors_in(each, where)


def pyx12_errors(text: str) -> list[str]:
    """Return the errors that pyx12 finds in a file, each with its line. An empty list means that it accepts the file."""
    pyx12 = _pyx12()
    report = io.StringIO()
    try:
        accepted = pyx12.x12n_document.x12n_document(
            _parameters(), io.StringIO(text), None, None, fd_json=report
        )
    except (pyx12.errors.X12Error, pyx12.errors.EngineError) as error:
        return [f"file: {error}"]
    except (AttributeError, AssertionError, IndexError, KeyError, TypeError, ValueError) as error:
        return [f"file: pyx12 stopped with {type(error).__name__}"]
    errors = list(_errors_in(json.loads(report.getvalue() or "{}"), "file"))
    return errors or ([] if accepted else ["file: not valid"])


def _segments(text: str) -> list[str]:
    return [each.strip() for each in text.split("~") if each.strip()]


@cache
def _x12sdk_reader() -> Any:  # noqa: ANN401 - its models have thousands of lines
    from x12sdk.io import X12ModelReader  # noqa: PLC0415 - slow to import, and few tests need it

    # It logs each unknown segment with a traceback, besides raising the error.
    logger = logging.getLogger("x12sdk")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return X12ModelReader


def x12sdk_copy(text: str) -> list[str]:
    """
    Return the segments of a file, ST to SE, as x12sdk writes them after it parsed the file.

    It drops segments that it does not expect and still reports success, so compare them with the file.

    Raises:
        Exception: If x12sdk refuses the file. It raises different kinds of errors.
    """
    with _x12sdk_reader()(text) as reader:
        return [segment for model in reader.models() for segment in _segments(model.x12())]


def x12sdk_errors(text: str) -> list[str]:
    """Return why x12sdk refuses a file. An empty list means that it accepts the file."""
    try:
        copied = x12sdk_copy(text)
    except Exception as error:  # noqa: BLE001 - its parser raises any kind of error
        return [f"{type(error).__name__}: {error}"]
    return [] if copied else ["no transaction set"]


def x12sdk_dropped(text: str) -> list[str]:
    """Return the segments of *text*, delimited by ``~``, that x12sdk leaves out or changes when it writes them again."""
    envelope = ("ISA*", "GS*", "GE*", "IEA*")
    given = Counter(each for each in _segments(text) if not each.startswith(envelope))
    return sorted((given - Counter(x12sdk_copy(text))).elements())
