"""
Build a data pack from the files of CMS.

In this order: read the downloads; make the fees, the localities, and the edits; add the numbers, the code book, and the payers;
compare every published amount with the new tables; write the pack to a temporary folder next to its place, read it back on
top of the active data, and move it into place. If anything fails, nothing is left behind.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

import attrs

from therapy_billing.base.data_loader import active_packs, read_toml
from therapy_billing.base.data_packs import (
    MANIFEST,
    Assumption,
    Correction,
    PackCheck,
    PackSource,
    PackTable,
    rows_of_table,
)
from therapy_billing.base.dates import parse_date, quarter_end
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple, require_path, require_text
from therapy_billing.base.wording import counted, listed
from therapy_billing.fees.bundled_tables import load_gpcis
from therapy_billing.fees.gpci_file import GpciFile
from therapy_billing.packs.downloads import (
    Download,
    Downloads,
    SkippedFile,
    paths_of,
    read_downloads,
)
from therapy_billing.packs.edit_tables import EditTable, edit_tables, find_edits
from therapy_billing.packs.localities import (
    LocalityIndices,
    ZipCodes,
    find_indices,
    find_zip_codes,
    indices_on,
    indices_tables,
    zip_tables,
)
from therapy_billing.packs.manifest import pack_text, sha256_of
from therapy_billing.packs.numbers import Numbers, read_numbers
from therapy_billing.packs.releases import (
    LATER_RELEASES,
    FeeRelease,
    ReleaseSchedule,
    find_releases,
    release_tables,
    schedule_of,
    unknown_codes,
)
from therapy_billing.packs.series import (
    CODES_UNCHANGED,
    POLICY_UNCHANGED,
    SeriesTables,
    series_tables,
)
from therapy_billing.packs.stack_checks import load_stack
from therapy_billing.packs.verification import compare_amounts

__all__ = ["ASSUMPTIONS", "PackBuild", "build_pack"]

ASSUMPTIONS: Mapping[str, str] = {
    CODES_UNCHANGED: "the code book of {year} also applies {period}",
    POLICY_UNCHANGED: "the payers' policies of {year}, and the numbers of {year} that these files carry forward, also apply {period}",
}
"""The assumptions that someone can make, and their texts."""

_INVENTED, _LATER_ZIP_CODES = "invented", "later-zip-codes"
_DAY = timedelta(days=1)
_MOST_YEARS = 2
"""How long a pack may go on after the year of its last file."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _FILE_MODE, _FOLDER_MODE = 3, 0o644, 0o755


@attrs.frozen
class PackBuild(DictRecord):
    """
    A data pack that was built.

    Args:
        path: Its folder or zip file.
        name: Its name.
        effective_from: The first date of service that it is about.
        effective_through: The last date of service that it is about.
        tables: Its data files.
        sources: The files that it was made from.
        checks: What was verified.
        assumptions: What it takes for granted.
        corrections: The earlier values that it changes.
        remarks: What else to know, such as what could not be verified.
        unknown_codes: Codes under the therapy MPPR that the code book lacks. They stay refused.
        skipped: Files in the downloads that were not read.
    """

    path: str
    name: str
    effective_from: date
    effective_through: date
    tables: tuple[PackTable, ...]
    sources: tuple[PackSource, ...]
    checks: tuple[PackCheck, ...]
    assumptions: tuple[Assumption, ...]
    corrections: tuple[Correction, ...]
    remarks: tuple[str, ...]
    unknown_codes: tuple[str, ...]
    skipped: tuple[SkippedFile, ...]


@attrs.frozen
class _Contents:
    """What the downloads add to the active data."""

    releases: tuple[FeeRelease, ...]
    schedule: ReleaseSchedule
    indices: tuple[LocalityIndices, ...]
    zip_codes: tuple[ZipCodes, ...]
    edits: tuple[EditTable, ...]
    tables: Mapping[str, str]


def build_pack(
    downloads: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    through: date | str,
    numbers: str | os.PathLike[str] | None = None,
    assume: str | Iterable[str] = (),
    by: str = "",
    date: date | str | None = None,
    invented: str = "",
    name: str | None = None,
) -> PackBuild:
    """
    Build a data pack from the files of CMS, and write it to *out*.

    Args:
        downloads: Files, folders, and zip or gzip archives, as CMS publishes them. A file is recognized by its rows.
        out: The folder to write, or a zip file if the name ends in ``.zip``. It must not exist, or be empty.
        through: The last date of service of the pack.
        numbers: The file with the numbers that no download contains: a form that was filled in.
        assume: ``codes-unchanged``, ``policy-unchanged``, or both.
        by: Who makes the assumptions: name and role.
        date: The day on which the author made them.
        invented: If the pack is not real, such as one for a test: a sentence that says so. It is a remark on every result.
        name: The name of the pack, such as ``medicare-2027``.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault in the downloads, the numbers, or the pack, or for each
            published amount that differs from the new tables.
        MissingNumbersError: If the pack needs numbers or assumptions that were not given. It has a form to fill in.
        InvalidInputError: If an argument is not valid, or the downloads add nothing.
        OSError: If a file cannot be read or written.
    """
    paths = paths_of(downloads)
    where = Path(require_path(out, "out"))
    of_numbers = None if numbers is None else require_path(numbers, "numbers")
    last = parse_date(through, what="through")
    made_on = None if date is None else parse_date(date, what="date")
    assumed = _assumed(assume)
    for value, what in ((by, "by"), (invented, "invented")):
        require_text(value, what)
    if invented and not invented.strip():
        msg = "invented must be a sentence, or left out; it is blank"
        raise InvalidInputError(msg, field="invented")
    _check_name(name)
    wanted = [*assumed, *([_INVENTED] if invented else [])]
    if wanted and not by.strip():
        _refuse_without_author(wanted)
    _refuse_existing(where)
    form = Numbers() if of_numbers is None else read_numbers(of_numbers)
    files = read_downloads(paths)
    _check_days(files, last)
    contents = _contents(files, form, last)
    faults: list[FileFormatError] = []
    series = series_tables(
        contents.releases,
        form,
        through=last,
        assumed=assumed,
        whole_year=bool(files.of_kind("pprrvu") or files.of_kind("gpci")),
        faults=faults,
    )
    _refuse(faults)
    tables = {**contents.tables, **series.tables}
    if not tables:
        msg = f"the downloads add nothing to the data: {_names_of(files.files)}"
        raise InvalidInputError(msg, field="downloads")
    comparison = compare_amounts(
        files.of_kind("amounts"), contents.releases, contents.indices, series.amount
    )
    first = _first_day(contents, series)
    assumptions = [
        attrs.evolve(each, by=by.strip(), made_on=made_on)
        for each in _assumptions(contents, series, first, last, invented, sorted(tables))
    ]
    if assumptions and not by.strip():
        _refuse_without_author([each.id for each in assumptions])
    unknown = unknown_codes(contents.releases)
    corrections = _corrections(contents, series)
    remarks = [
        *_remarks(unknown, assumed, series, corrections),
        *series.remarks,
        *comparison.remarks,
    ]
    sources = [
        PackSource(each.name, each.sha256, each.kind, each.release, each.rows)
        for each in files.files
    ]
    if form.numbers or form.extracts or form.gpci_from:
        count = len(form.numbers)
        sources.append(PackSource(form.name, form.sha256, "numbers", "", count))
    pack_name = name or _default_name(contents, first, last)
    manifest = pack_text(
        name=pack_name,
        first=first,
        through=last,
        remarks=remarks,
        sources=sources,
        tables=tables,
        assumptions=assumptions,
        corrections=corrections,
        checks=comparison.checks,
    )
    _write(where, {**tables, MANIFEST: manifest})
    return PackBuild(
        path=str(where),
        name=pack_name,
        effective_from=first,
        effective_through=last,
        tables=tuple(
            PackTable(path, sha256_of(text.encode()), rows_of_table(path, text))
            for path, text in sorted(tables.items())
        ),
        sources=tuple(sources),
        checks=comparison.checks,
        assumptions=tuple(assumptions),
        corrections=tuple(corrections),
        remarks=tuple(remarks),
        unknown_codes=unknown,
        skipped=files.skipped,
    )


def _refuse_existing(where: Path) -> None:
    """Refuse to write over a file, or into a folder with files."""
    if where.is_dir() and not where.name.lower().endswith(".zip"):
        if not any(where.iterdir()):
            return
        msg = f"out must be a new or empty folder, or a new zip file; {where} has files"
    elif where.exists():
        msg = f"out must be a new or empty folder, or a new zip file; {where} exists"
    elif not where.parent.is_dir():
        msg = f"out must be in a folder that exists; there is no folder {where.parent}"
    else:
        return
    raise InvalidInputError(msg, field="out")


def _check_name(name: object) -> None:
    if name is None or (isinstance(name, str) and _NAME.fullmatch(name)):
        return
    msg = f"name must be of letters, digits, hyphens, underscores, and periods, such as medicare-2027, got {safe_repr(name)}"
    raise InvalidInputError(msg, field="name")


def _assumed(assume: str | Iterable[str]) -> tuple[str, ...]:
    assumed = as_tuple(assume, str, "assume")
    for each in assumed:
        if each not in ASSUMPTIONS:
            msg = f"assume must be {listed(list(ASSUMPTIONS), 'or')}, got {safe_repr(each)}"
            raise InvalidInputError(msg, field="assume")
    return tuple(dict.fromkeys(assumed))


def _refuse_without_author(ids: Sequence[str]) -> NoReturn:
    msg = (
        f"the pack rests on assumptions ({', '.join(dict.fromkeys(ids))}): give by, the name and role of the person who makes "
        "them, such as 'Ann Lee, billing manager'"
    )
    raise InvalidInputError(msg, field="by")


def _refuse(faults: Sequence[FileFormatError]) -> None:
    if faults:
        msg = f"{counted(len(faults), 'fault')} in the downloads"
        raise ExceptionGroup(msg, list(faults))


def _names_of(files: Sequence[Download]) -> str:
    """Return the names of files, in words."""
    return ", ".join(file.name for file in files)


def _check_days(files: Downloads, last: date) -> None:
    """Refuse files that begin after the last day of the pack, and a last day that is years after the files."""
    firsts = [
        (file.name, file.content.effective_from)
        for file in files.files
        if not isinstance(file.content, tuple)
    ]
    _refuse(
        [
            FileFormatError(
                f"the file begins on {first}, after the last day of the pack, {last}", name
            )
            for name, first in firsts
            if first > last
        ]
    )
    known: date = read_toml("fees/releases.toml")["known_through"]
    latest = max((first for _, first in firsts), default=known)
    if last.year > latest.year + _MOST_YEARS:
        msg = f"through must be at most {_MOST_YEARS} years after the year of the last file, which begins on {latest}; got {last}"
        raise InvalidInputError(msg, field="through")


def _contents(files: Downloads, form: Numbers, last: date) -> _Contents:
    """Return what the downloads add to the active data, or refuse them with all their faults."""
    faults: list[FileFormatError] = []
    releases = find_releases(files.of_kind("pprrvu"), faults)
    schedule = schedule_of(releases, last, faults)
    indices = find_indices(
        files.of_kind("gpci"),
        files.of_kind("counties"),
        gpci_from=form.gpci_from,
        through=last,
        faults=faults,
    )
    _check_years(releases, files.of_kind("gpci"), indices, last, faults)
    zip_codes = find_zip_codes(files.of_kind("zip5"), faults)
    edits = find_edits((*files.of_kind("mue"), *files.of_kind("ptp")), form.extracts, faults)
    tables = {
        **release_tables(releases, schedule, last, faults),
        **indices_tables(indices, last),
        **zip_tables(zip_codes, last),
        **edit_tables(edits),
    }
    _refuse(faults)
    return _Contents(releases, schedule, indices, zip_codes, edits, tables)


def _check_years(
    releases: Sequence[FeeRelease],
    files: Sequence[Download],
    indices: Sequence[LocalityIndices],
    last: date,
    faults: list[FileFormatError],
) -> None:
    """Refuse relative values and indices of different years."""
    years = {row["from"].year for row in read_toml("fees/releases.toml")["release"]}
    years |= {release.effective_from.year for release in releases}
    of_files = {file.content.year: file for file in files if isinstance(file.content, GpciFile)}
    for year, file in sorted(of_files.items()):
        if year not in years:
            msg = f"a wrong year: the GPCI file is for {year}, and no PPRRVU file is; add the PPRRVU file of {year}"
            faults.append(FileFormatError(msg, file.name))
    for year in sorted({release.effective_from.year for release in releases}):
        release = next(each for each in releases if each.effective_from.year == year)
        if indices_on(indices, date(year, 12, 31)) is None:
            given = ", ".join(map(str, sorted(of_files)))
            others = f"; the GPCI files are for {given}" if given else ""
            msg = f"a wrong year: {release.name} is for {year}, and no GPCI file is{others}; add GPCI{year}"
            faults.append(FileFormatError(msg, release.files[0]))
        elif year == last.year and not indices and load_gpcis().known_through < last:
            msg = (
                f"the indices in the data end on {load_gpcis().known_through}, before the last day of the pack, {last}; add "
                f"GPCI{year}"
            )
            faults.append(FileFormatError(msg, release.files[0]))
    known: date = read_toml("fees/releases.toml")["known_through"]
    if of_files and not releases and known < last:
        msg = f"the relative values in the data end on {known}, before the last day of the pack, {last}; add the PPRRVU file"
        faults.append(FileFormatError(msg, files[-1].name))


def _first_day(contents: _Contents, series: SeriesTables) -> date:
    days = [row.get("applied", row["from"]) for row in contents.schedule.releases]
    days += [row["from"] for row in contents.schedule.gaps]
    days += [each.effective_from for each in contents.indices]
    days += [each.content.effective_from for each in contents.zip_codes]
    days += [each.effective_from for each in contents.edits]
    days += [row["from"] for rows in series.values.values() for row in rows]
    # If a release only gets more codes, the pack begins with that release.
    days += [release.effective_from for release in contents.releases if not days]
    first: date = min([*days, *series.since.values()])
    return first


def _default_name(contents: _Contents, first: date, last: date) -> str:
    """Return a name that shows the year, or the quarter if the pack is an update within a year."""
    if contents.releases or contents.indices:
        kind, day = "medicare", max([first, *(each.effective_from for each in contents.releases)])
        if first.month == 1:
            return f"medicare-{last.year}"
    elif contents.edits:
        kind, day = "edits", max(each.effective_from for each in contents.edits)
    elif contents.zip_codes:
        kind, day = "zip-codes", first
    else:
        return f"numbers-{first.year}"
    return f"{kind}-{day.year}q{(day.month + 2) // 3}"


def _assumptions(
    contents: _Contents,
    series: SeriesTables,
    first: date,
    last: date,
    invented: str,
    paths: Sequence[str],
) -> Iterable[Assumption]:
    """Yield the assumptions of the pack, without their author."""
    if invented:
        yield Assumption(_INVENTED, invented, "", None, first, last, tuple(paths))
    for key, files in series.carried.items():
        since = series.since[key]
        year = (since - _DAY).year
        period = f"from {since} through {last}"
        text = ASSUMPTIONS[key].format(year=year, period=period)
        yield Assumption(key, text, "", None, since, last, files)
    fees = ("fees/mpfs_rvu.csv", "fees/releases.toml")
    for day, text in contents.schedule.stand_ins:
        # A stand-in after the last day of the pack replaces one of an older release in the data.
        end = quarter_end(day) if day > last else min(quarter_end(day), last)
        yield Assumption(LATER_RELEASES, text, "", None, day, end, fees)
    if contents.zip_codes:
        zip_codes = contents.zip_codes[-1]
        end = quarter_end(zip_codes.content.effective_from)
        if end < last:
            text = (
                f"the ZIP codes of {zip_codes.release} also apply from {end + _DAY} through {last}"
            )
            files = ("fees/zip5.csv", "fees/zip5_releases.toml")
            yield Assumption(_LATER_ZIP_CODES, text, "", None, end + _DAY, last, files)


def _corrections(contents: _Contents, series: SeriesTables) -> list[Correction]:
    """Return the earlier values that files of CMS change within the days that the data has."""
    of_indices = [
        Correction("fees/gpci_releases.toml", str(each.effective_from), each.source)
        for each in contents.indices
        if each.correction
    ]
    of_zip_codes = [
        Correction("fees/zip5_releases.toml", str(each.content.effective_from), each.source)
        for each in contents.zip_codes
        if each.correction
    ]
    return [*contents.schedule.corrections, *of_indices, *of_zip_codes, *series.corrections]


def _remarks(
    unknown: Sequence[str],
    assumed: Sequence[str],
    series: SeriesTables,
    corrections: Sequence[Correction],
) -> list[str]:
    remarks = [
        f"the assumption {each} was not needed" for each in assumed if each not in series.carried
    ]
    remarks += [
        f"{each.file} changes earlier data from {each.key}: {each.source}" for each in corrections
    ]
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        remarks.append(
            f"{', '.join(unknown)} {verb} under the therapy MPPR and not in the code book, so units are not counted: state the "
            "facts in codes/own.toml"
        )
    return remarks


def _write(where: Path, contents: Mapping[str, str]) -> None:
    """Write the files of a pack, read them back, and move them to *where*. If anything fails, nothing is left behind."""
    temporary = Path(tempfile.mkdtemp(prefix=f".{where.name}-", dir=where.parent))
    try:
        folder = temporary / "pack"
        for path, text in sorted(contents.items()):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            target.chmod(_FILE_MODE)
        for each in (folder, *(each for each in folder.rglob("*") if each.is_dir())):
            each.chmod(_FOLDER_MODE)
        _read_back(folder, where)
        made = folder
        if where.name.lower().endswith(".zip"):
            made = temporary / "pack.zip"
            _zip(made, contents)
        elif where.is_dir():
            where.rmdir()
        os.replace(made, where)  # noqa: PTH105 - the same as Path.replace, and easy to make fail in a test
    finally:
        shutil.rmtree(temporary)


def _read_back(folder: Path, where: Path) -> None:
    """Read the pack on top of the active data, so that a pack that cannot be used is never written."""
    try:
        load_stack((*(pack.path for pack in active_packs()), str(folder)))
    except ExceptionGroup as group:
        faults = [
            FileFormatError(
                each.reason, each.path.replace(str(folder), str(where)), each.line, each.column
            )
            for each in group.exceptions
            if isinstance(each, FileFormatError)
        ]
        msg = f"the pack does not fit the data: {counted(len(faults), 'fault')}"
        raise ExceptionGroup(msg, faults) from None


def _zip(path: Path, contents: Mapping[str, str]) -> None:
    """Write a zip file that depends on nothing but its contents: not compressed, because compressors differ."""
    from zipfile import ZipFile, ZipInfo  # noqa: PLC0415 - few packs are zip files

    with ZipFile(path, "w") as archive:
        for name, text in sorted(contents.items()):
            member = ZipInfo(name, _FIXED_TIME)
            member.create_system = _UNIX
            member.external_attr = _FILE_MODE << 16
            archive.writestr(member, text.encode())
    path.chmod(_FILE_MODE)
