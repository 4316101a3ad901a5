"""
The files of CMS, the numbers, and the statements that extend the data, and the answers that each of them makes possible.

``data/downloads.toml`` has their names and pages. The list starts on the day after the data that is in use, packs included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.dates import parse_date, quarter_end, quarter_start
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.law.parameters import load_parameter
from therapy_billing.law.sources import Source, parse_source
from therapy_billing.ncci.records import EditSetting
from therapy_billing.packs.periods import DataPeriod, data_periods

__all__ = ["NeededFile", "needed_files", "needed_text"]

_MONTHS = ("Jan", "Apr", "Jul", "Oct")
_FIRST_VERSION = 1994
"""The year of version 0 of the NCCI files: version 33.0 is for the first quarter of 2027."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_DAY = timedelta(days=1)

# The kinds of active data that decide from which day a file is needed.
_DECIDED_BY: Mapping[str, tuple[str, ...]] = {
    "rvu": ("fees", "localities"),
    "amounts": ("fees", "localities"),
    "zip5": ("zip5",),
    "ptp": ("ptp",),
    "mue": ("mue",),
    "codes-unchanged": ("codes",),
    "policy-unchanged": ("payers",),
}


@attrs.frozen
class NeededFile(DictRecord):
    """
    A file, a number, or a statement that extends the data.

    Args:
        kind: rvu (relative values, locality indices, and counties), amounts, zip5, ptp, mue, number, or statement.
        title: What it is, in words.
        names: The names of the files. For a number, the name of its series; for a statement, the option of the command.
        effective_from: The first day that it is needed for.
        effective_through: The last day that it is needed for.
        page: The page that has it.
        unlocks: The answers that it makes possible for these days.
        contains: What to look for. May be empty.
        follows: The earlier names that the file names follow, because the names for these days are not known yet. Empty for
            numbers and statements.
        source: Where the page and the names are from.
        setting: Whose claims the edits are for. None for other kinds.
        or_assume: For a number, the assumption that carries its last value forward instead, such as ``policy-unchanged``.
            Empty if there is none.
    """

    kind: str
    title: str
    names: tuple[str, ...]
    effective_from: date
    effective_through: date
    page: str
    unlocks: tuple[str, ...]
    contains: str
    follows: str
    source: Source
    setting: EditSetting | None = None
    or_assume: str = ""


def needed_files(through: date | str) -> tuple[NeededFile, ...]:
    """
    Return what extends the data that is in use to the date of service *through*: files, numbers, and statements.

    Args:
        through: The last date of service to answer for.

    Returns:
        The files by kind and quarter, then the numbers that no file contains, then the statements. Empty if the data in use
        already goes through that date.

    Raises:
        InvalidInputError: If *through* is not a date, or is before 2000 or after 2099.

    >>> first = needed_files("2027-12-31")[0]
    >>> first.names, first.unlocks
    (('rvu27a.zip',), ('Medicare amounts and MPPR',))
    """
    last = parse_date(through, what="through")
    if not _FIRST_YEAR <= last.year <= _LAST_YEAR:
        msg = f"through must be in {_FIRST_YEAR} to {_LAST_YEAR}, got {last}"
        raise InvalidInputError(msg, field="through")
    return tuple(_needed(last, data_periods()))


def _needed(last: date, periods: Sequence[DataPeriod]) -> Iterator[NeededFile]:
    table = read_toml("downloads.toml")
    fees = _first_day("rvu", None, periods, date.min)
    for row in table["download"]:
        setting = EditSetting(row["setting"]) if "setting" in row else None
        # Without any file of a kind, the first one is needed for the days that the fees do not reach yet, or else for the last.
        otherwise = min(fees, last)
        first = quarter_start(_first_day(row["kind"], setting, periods, otherwise))
        while first <= last:
            end = quarter_end(first)
            words = _words(first)
            names = tuple(name.format_map(words) for name in row["names"])
            contains = row["contains"].format_map(words)
            yield _file(row, row["kind"], names, (first, end), contains, setting)
            first = end + _DAY
    for row in table["number"]:
        series = row["series"]
        end = load_parameter(f"medicare/{series}").known_through
        if end < last:
            yield _file(row, "number", (series,), (end + _DAY, last), row.get("contains", ""))
    for row in table["statement"]:
        first = _first_day(row["id"], None, periods, last)
        if first <= last:
            names = (row["option"],)
            yield _file(row, "statement", names, (first, last), row.get("contains", ""))


def _file(
    row: Mapping[str, Any],
    kind: str,
    names: tuple[str, ...],
    days: tuple[date, date],
    contains: str,
    setting: EditSetting | None = None,
) -> NeededFile:
    return NeededFile(
        kind=kind,
        title=row["title"],
        names=names,
        effective_from=days[0],
        effective_through=days[1],
        page=row["page"],
        unlocks=tuple(row["unlocks"]),
        contains=contains,
        follows=row.get("follows", ""),
        source=parse_source(row["source"]),
        setting=setting,
        or_assume=row.get("or_assume", ""),
    )


def _first_day(
    kind: str, setting: EditSetting | None, periods: Sequence[DataPeriod], otherwise: date
) -> date:
    """Return the day after the data of a kind, or *otherwise* if there is none."""
    ends = [
        period.through
        for period in periods
        if period.kind in _DECIDED_BY[kind] and period.setting is setting
    ]
    known = [end for end in ends if end is not None]
    return min(known) + _DAY if known else otherwise


def _words(first: date) -> Mapping[str, object]:
    """Return the words that stand for the quarter in file names."""
    number = (first.month - 1) // 3
    return {
        "year": first.year,
        "yy": f"{first.year % 100:02}",
        "quarter": number + 1,
        "letter": "abcd"[number],
        "month": _MONTHS[number],
        "MONTH": _MONTHS[number].upper(),
        "mm": f"{first.month:02}",
        "version": f"{first.year - _FIRST_VERSION}{number}",
    }


def needed_text(through: date | str) -> str:
    """Return :func:`needed_files` as text, and which kinds of data already go through the date."""
    last = parse_date(through, what="through")
    files = needed_files(last)
    if not files:
        return f"Nothing is needed: the data in use goes through {last}.\n"
    lines = [f"Needed for dates of service through {last}:"]
    for (kind, title), group in groupby(files, key=_section):
        found = list(group)
        lines += ["", title, *(_of_list(found) if kind in _LISTS else _of_files(found))]
    covered = [str(each) for each in data_periods() if each.through and each.through >= last]
    if covered:
        lines += ["", f"Already in the data through {last}:", *(f"  {each}" for each in covered)]
    return "\n".join(lines) + "\n"


_LISTS: Mapping[str, str] = {
    "number": "Numbers that no file contains (fill in the form that `data build` prints, and give it with --numbers)",
    "statement": "Assumptions that no file can prove (give the option, and your name and role with --by)",
}
"""The titles of the kinds that are not files. Each has one section."""


def _section(file: NeededFile) -> tuple[str, str]:
    return file.kind, _LISTS.get(file.kind, file.title)


def _of_files(files: Sequence[NeededFile]) -> Iterator[str]:
    first = files[0]
    yield f"  For: {'; '.join(first.unlocks)}"
    yield f"  Page: {first.page}"
    for file in files:
        yield f"  {file.effective_from} to {file.effective_through}: {_names(file.names)}"
    yield f"  Look for: {first.contains}"
    yield f"  The names follow those of earlier files: {first.follows}"


def _of_list(files: Sequence[NeededFile]) -> Iterator[str]:
    for file in files:
        instead = f" (or --assume {file.or_assume})" if file.or_assume else ""
        yield f"  {file.names[0]}, from {file.effective_from}: {'; '.join(file.unlocks)}{instead}"
        contains = f" ({file.contains})" if file.contains else ""
        yield f"    {file.title}: {file.page}{contains}"


def _names(names: Sequence[str]) -> str:
    # The parts of a file differ only in their last two characters.
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1][-2:]}"
