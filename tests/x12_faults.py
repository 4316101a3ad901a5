"""
Plant one fault in a valid 837P.

`x12_faults.toml` lists the faults. Each is one or more edits of a file of `x12_files`, with the checks that report it.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import attrs

__all__ = ["BASES", "FAULTS_FILE", "X12Fault", "base_file", "counted", "load_faults"]

FAULTS_FILE = Path(__file__).with_name("x12_faults.toml")
_FILES = Path(__file__).with_name("x12_files")

BASES = (
    "medicare_primary",
    "msp_secondary",
    "replacement_dependent",
    "workers_comp",
    "auto_accident",
)
"""The valid files, by what they are."""

_TRANSACTION = re.compile(r"(?<=~\n)(ST\*.*?~\nSE\*)\d+(?=\*)", re.DOTALL)
_LINE = re.compile(r"LX\*1~\n(.*?)(?=LX\*2~\n)", re.DOTALL)
_TOTAL = "302*260*"


@cache
def base_file(name: str) -> str:
    """Return the valid file *name*."""
    return (_FILES / f"837p_{name}.edi").read_text("ascii")


def counted(text: str) -> str:
    """Return *text* with the number of segments that SE01 should have, in each transaction."""
    return _TRANSACTION.sub(lambda found: f"{found[1]}{found[0].count('~') + 1}", text)


def _with_lines(text: str, count: int) -> str:
    """Return *text* with copies of its first line until it has *count* lines."""
    found = _LINE.search(text)
    assert found is not None
    extra = count - text.count("LX*")
    first = text.count("LX*") + 1
    copies = [
        f"LX*{number}~\n{found[1]}".replace("ACCT1003L1", f"ACCT1003L{number}").replace(
            "20260302", f"2026{number // 28 + 1:02}{number % 28 + 1:02}"
        )
        for number in range(first, first + extra)
    ]
    total = f"302*{260 + 120 * extra}*"
    return text.replace("SE*", "".join(copies) + "SE*").replace(_TOTAL, total)


@attrs.frozen
class X12Fault:
    """
    One planted fault.

    Args:
        id: A short name.
        topic: The part of the file that is wrong.
        file: The valid file, as in `BASES`.
        what: What is wrong, in plain words.
        edits: Pairs of a text that occurs once in the file, and its replacement.
        ours: The rules and the kinds of remark that report the fault.
        seen_by: The validators that report it.
        keep_count: Whether SE01 stays as it is.
        lines: The number of lines to which the claim is extended, or 0.
    """

    id: str
    topic: str
    file: str
    what: str
    edits: tuple[tuple[str, str], ...]
    ours: tuple[str, ...]
    seen_by: tuple[str, ...]
    keep_count: bool = False
    lines: int = 0

    @property
    def text(self) -> str:
        """The file with the fault."""
        text = base_file(self.file)
        for old, new in self.edits:
            if text.count(old) != 1:
                msg = f"{self.id}: {old!r} occurs {text.count(old)} times"
                raise ValueError(msg)
            text = text.replace(old, new)
        if self.lines:
            text = _with_lines(text, self.lines)
        return text if self.keep_count else counted(text)


def _fault(topic: str, table: dict[str, Any]) -> X12Fault:
    edits = tuple((old, new) for old, new in table.pop("edits"))
    ours, seen_by = tuple(table.pop("ours")), tuple(table.pop("seen_by"))
    return X12Fault(topic=topic, edits=edits, ours=ours, seen_by=seen_by, **table)


@cache
def load_faults() -> tuple[X12Fault, ...]:
    """Return every fault of the list."""
    topics = tomllib.loads(FAULTS_FILE.read_text("utf-8"))
    return tuple(_fault(topic, table) for topic, tables in topics.items() for table in tables)
