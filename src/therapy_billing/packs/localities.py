"""
The localities of a pack: their indices (GPCI), and the localities of ZIP codes.

A file of a new year has every locality, from January 1. A file that was reissued within its year does not say from which day
its changes apply, so someone must say it. A locality that the year before has may be missing only if the county file of the
downloads lacks it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias, cast

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.wording import named_briefly
from therapy_billing.fees.bundled_tables import load_gpcis
from therapy_billing.fees.gpci_file import GpciFile
from therapy_billing.fees.records import CountyLocality, Gpci
from therapy_billing.fees.zip5_file import Zip5File
from therapy_billing.packs.downloads import Download
from therapy_billing.packs.manifest import csv_text, toml_text
from therapy_billing.packs.releases import two_releases

__all__ = [
    "LocalityIndices",
    "ZipCodes",
    "find_indices",
    "find_zip_codes",
    "indices_on",
    "indices_tables",
    "zip_tables",
]

Key: TypeAlias = tuple[str, str]
Indices: TypeAlias = Mapping[Key, Gpci]

_DAY = timedelta(days=1)
_LEAST_INDEX, _MOST_INDEX = Decimal("0.2"), Decimal(3)
"""The range of plausible indices. The malpractice index of Minnesota is 0.296 in 2026."""
_GPCI_COLUMNS = "effective_from mac locality state name work_gpci pe_gpci mp_gpci"
_ZIP_COLUMNS = "effective_from zip state mac locality plus_four"


@attrs.frozen
class LocalityIndices:
    """
    The indices that a pack adds.

    Args:
        effective_from: The first date of service.
        file: The name of the file.
        added: The rows that the pack adds.
        whole: The indices of every locality from that day on.
        ended: The localities that the year before has and this one has not.
        correction: Whether the indices change days that the data has.
    """

    effective_from: date
    file: str
    added: Indices = attrs.field(repr=False)
    whole: Indices = attrs.field(repr=False)
    ended: tuple[str, ...] = ()
    correction: bool = False

    @property
    def source(self) -> str:
        """The source of its rows."""
        return f"Medicare GPCI, {self.file}"


@attrs.frozen
class ZipCodes:
    """
    The ZIP codes that a pack adds.

    Args:
        content: The rows.
        file: The name of the file.
        release: The release, such as ``ZIP5 2027 Q1``.
        correction: Whether they change days for which the data has other ZIP codes.
    """

    content: Zip5File = attrs.field(repr=False)
    file: str
    release: str
    correction: bool = False

    @property
    def source(self) -> str:
        """The source of its rows."""
        return f"Medicare ZIP5, {self.file}"


def indices_on(found: Sequence[LocalityIndices], day: date) -> Indices | None:
    """Return the indices on a day: those that the pack adds or, if it adds none, those of the active data."""
    known = load_gpcis()
    entries: dict[date, Indices] = {
        first: indices for first, indices in known.entries if first is not None
    }
    entries |= {each.effective_from: each.whole for each in found}
    first = max((each for each in entries if each <= day), default=None)
    return None if first is None or first.year != day.year else entries[first]


def find_indices(
    files: Sequence[Download],
    counties: Sequence[Download],
    *,
    gpci_from: date | None,
    through: date,
    faults: list[FileFormatError],
) -> tuple[LocalityIndices, ...]:
    """
    Return the indices that the GPCI files add to the active data, in order of their first days.

    Args:
        files: The GPCI files.
        counties: The county files.
        gpci_from: The first day of the changes in a file that was reissued within its year.
        through: The last date of service of the pack.
        faults: Receives the faults.
    """
    by_year: dict[int, Download] = {}
    for file in files:
        year = _content(file).year
        first = by_year.setdefault(year, file)
        if _differ(_content(first).indices, _content(file).indices):
            reason = "their indices differ"
            faults.append(two_releases(first, file, date(year, 1, 1), reason))
    found: list[LocalityIndices] = []
    for year, file in sorted(by_year.items()):
        _refuse_implausible(file, faults)
        known = indices_on(found, date(year, 12, 31))
        if known is None:
            found.append(_of_new_year(file, found, counties, faults))
        else:
            found += _of_known_year(file, known, gpci_from, through, faults)
    return tuple(found)


def _refuse_implausible(file: Download, faults: list[FileFormatError]) -> None:
    """Refuse indices that cannot be right."""
    for key, gpci in sorted(_content(file).indices.items()):
        for index in (gpci.work, gpci.practice_expense, gpci.malpractice):
            if not _LEAST_INDEX <= index <= _MOST_INDEX:
                msg = (
                    f"locality {'-'.join(key)} has an index of {index}; a number from {_LEAST_INDEX} to {_MOST_INDEX} belongs "
                    "there"
                )
                faults.append(FileFormatError(msg, file.name))


def _content(file: Download) -> GpciFile:
    # The kind of the file says what it contains.
    return cast("GpciFile", file.content)


def _numbers(gpci: Gpci) -> tuple[object, ...]:
    return gpci.work, gpci.practice_expense, gpci.malpractice


def _differ(first: Indices, second: Indices) -> bool:
    return first.keys() != second.keys() or bool(_changed(first, second))


def _changed(before: Indices, after: Indices) -> list[Key]:
    """Return the localities with other indices in *after*, or only in *after*."""
    return [
        key
        for key, gpci in after.items()
        if key not in before or _numbers(before[key]) != _numbers(gpci)
    ]


def _of_new_year(
    file: Download,
    found: Sequence[LocalityIndices],
    counties: Sequence[Download],
    faults: list[FileFormatError],
) -> LocalityIndices:
    content = _content(file)
    before = indices_on(found, date(content.year - 1, 12, 31)) or {}
    ended = _ended(file, before, counties, faults)
    indices = _with_states(file, content.indices, before, faults)
    return LocalityIndices(content.effective_from, file.name, indices, indices, ended)


def _ended(
    file: Download, before: Indices, counties: Sequence[Download], faults: list[FileFormatError]
) -> tuple[str, ...]:
    """Return the localities that have ended, and refuse a file that lacks others."""
    content = _content(file)
    missing = [key for key in before if key not in content.indices]
    if not missing:
        return ()
    last = max(gpci.state for gpci in before.values())
    states = {before[key].state for key in content.indices if key in before}
    if last not in states:
        ends_with = list(content.indices.values())[-1]
        msg = (
            f"half a download: the file ends with {ends_with.name}, and {len(missing)} localities of "
            f"{content.year - 1} are missing, such as those of {last}; download it again"
        )
        faults.append(FileFormatError(msg, file.name))
        return ()
    known = _localities_of(counties, content.year)
    for key in missing:
        if known is None or key in known:
            shown = "-".join(key)
            lists = (
                "the county file lists it" if known else "no county file shows that it has ended"
            )
            msg = (
                f"locality {shown} ({before[key].title} {before[key].state}) of {content.year - 1} is missing, and "
                f"{lists}; add the county file of {content.year} (LOCCO), or use another GPCI file"
            )
            faults.append(FileFormatError(msg, file.name))
    return tuple("-".join(key) for key in sorted(missing))


def _localities_of(counties: Sequence[Download], year: int) -> set[Key] | None:
    """Return the localities in the county files of a year, or None if there is no such file."""
    files = [file for file in counties if file.release in ("", f"LOCCO {year}")]
    if not files:
        return None
    localities: set[Key] = set()
    for file in files:
        rows = cast("tuple[CountyLocality, ...]", file.content)
        localities |= {(row.mac, row.locality) for row in rows}
    return localities


def _with_states(
    file: Download, indices: Indices, before: Indices, faults: list[FileFormatError]
) -> Indices:
    """Return the indices with their states. A file of an earlier form has no states, so they come from the year before."""
    whole: dict[Key, Gpci] = {}
    for key, gpci in indices.items():
        state = gpci.state or (before[key].state if key in before else "")
        if not state:
            msg = f"the file has no state for locality {'-'.join(key)}, and the data lacks it; use a file with states"
            faults.append(FileFormatError(msg, file.name))
        whole[key] = attrs.evolve(gpci, state=state)
    return whole


def _of_known_year(
    file: Download,
    known: Indices,
    gpci_from: date | None,
    through: date,
    faults: list[FileFormatError],
) -> list[LocalityIndices]:
    """Return the changes in a file for a year that the data has."""
    content = _content(file)
    changed = _changed(known, content.indices)
    missing = sorted(set(known) - set(content.indices))
    if missing:
        shown = named_briefly(["-".join(key) for key in missing], "localities")
        msg = f"the file lacks {shown}, which the data has for {content.year}; use the whole file"
        faults.append(FileFormatError(msg, file.name))
        return []
    end: date = load_gpcis().known_through
    if not changed:
        next_day = end + _DAY
        if through > end and next_day.year == content.year:
            # The file shows that the indices go on after the last day in the data.
            return [LocalityIndices(next_day, file.name, known, known)]
        return []
    if gpci_from is None or gpci_from.year != content.year:
        shown = named_briefly(["-".join(key) for key in changed], "localities")
        msg = (
            f"the indices of {shown} differ from the data for {content.year}: give the first day of the change as gpci_from in "
            "the form with the numbers"
        )
        faults.append(FileFormatError(msg, file.name))
        return []
    indices = _with_states(file, {key: content.indices[key] for key in changed}, known, faults)
    whole = {**known, **indices}
    return [LocalityIndices(gpci_from, file.name, indices, whole, correction=gpci_from <= end)]


def indices_tables(found: Sequence[LocalityIndices], through: date) -> dict[str, str]:
    """Return the text of gpci_releases.toml and gpci.csv."""
    if not found:
        return {}
    known: date = read_toml("fees/gpci_releases.toml")["known_through"]
    releases: list[dict[str, Any]] = [
        {
            "from": each.effective_from,
            "source": each.source,
            **({"ended": each.ended} if each.ended else {}),
        }
        for each in found
    ]
    rows = [
        (
            each.effective_from,
            gpci.mac,
            gpci.locality,
            gpci.state,
            gpci.name,
            gpci.work,
            gpci.practice_expense,
            gpci.malpractice,
        )
        for each in found
        for gpci in each.added.values()
    ]
    return {
        "fees/gpci_releases.toml": toml_text(
            {"known_through": max(through, known), "release": releases}
        ),
        "fees/gpci.csv": csv_text(_GPCI_COLUMNS, rows),
    }


def find_zip_codes(
    files: Sequence[Download], faults: list[FileFormatError]
) -> tuple[ZipCodes, ...]:
    """Return the ZIP codes in the ZIP5 files, in order of their quarters."""
    by_day: dict[date, Download] = {}
    for file in files:
        content = _zip_content(file)
        first = by_day.setdefault(content.effective_from, file)
        if _zip_content(first).areas != content.areas:
            reason = "their areas differ"
            faults.append(two_releases(first, file, content.effective_from, reason))
    known = _zip_codes_known_through()
    return tuple(
        ZipCodes(_zip_content(file), file.name, file.release, correction=day <= known)
        for day, file in sorted(by_day.items())
    )


def _zip_codes_known_through() -> date:
    """Return the last day of the ZIP codes in the data. If the data has none, return the first date there is."""
    day: date = read_toml("fees/zip5_releases.toml").get("known_through", date.min)
    return day


def _zip_content(file: Download) -> Zip5File:
    # The kind of the file says what it contains.
    return cast("Zip5File", file.content)


def zip_tables(found: Sequence[ZipCodes], through: date) -> dict[str, str]:
    """Return the text of zip5_releases.toml and zip5.csv."""
    if not found:
        return {}
    releases = [
        {
            "name": each.release,
            "from": each.content.effective_from,
            "source": each.source,
        }
        for each in found
    ]
    rows = [
        (
            each.content.effective_from,
            area.zip_code,
            area.state,
            area.mac,
            area.locality,
            int(area.plus_four),
        )
        for each in found
        for area in each.content.areas.values()
    ]
    return {
        "fees/zip5_releases.toml": toml_text(
            {"known_through": max(through, _zip_codes_known_through()), "release": releases}
        ),
        "fees/zip5.csv": csv_text(_ZIP_COLUMNS, rows),
    }
