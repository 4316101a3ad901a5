"""
The releases of the relative value file in a pack: their rows, the quarters without a release, and the conversion factors.

A quarter between two releases whose release is not at hand is a gap: its days stay refused. The quarters after the last
release are priced with it, up to the end of its year, and each of them says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any, cast

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.data_packs import Correction
from therapy_billing.base.dates import quarter_end, quarter_start
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.wording import named_briefly
from therapy_billing.codes.code_book import CodeProgram, load_codes
from therapy_billing.fees.bundled_tables import published_rvus
from therapy_billing.fees.pprrvu_file import RvuFile
from therapy_billing.fees.records import Rvu
from therapy_billing.packs.downloads import THERAPY_MPPR, Download
from therapy_billing.packs.manifest import csv_text, toml_text

__all__ = [
    "LATER_RELEASES",
    "LEAST_FACTOR",
    "MOST_FACTOR",
    "FeeRelease",
    "ReleaseSchedule",
    "find_releases",
    "is_cut_short",
    "release_tables",
    "schedule_of",
    "standard_or_qualifying",
    "two_releases",
    "unknown_codes",
]

LATER_RELEASES = "later-releases"
"""The assumption that quarters whose release is not published yet are priced with the last release."""

_DAY = timedelta(days=1)
_RVU_COLUMNS = "effective_from release code status work_rvu pe_rvu_nonfacility pe_rvu_facility mp_rvu mult_proc"
_MONTHS = ("January", "April", "July", "October")
_SPANS = ("January to March", "April to June", "July to September", "October to December")
LEAST_FACTOR, MOST_FACTOR = 10, 100
"""The range of plausible conversion factors, in dollars per RVU."""
_MOST_RVU = 1000
_FIRST_QP_YEAR = 2026
"""Since this year, qualifying APM participants have their own conversion factor, and CMS publishes two files."""


@attrs.frozen
class FeeRelease:
    """
    A release of the relative value file.

    Args:
        name: Such as ``RVU27A``.
        effective_from: The first date of service.
        files: The names of its files.
        rvus: The RVUs of the codes that the pack keeps.
        factor: Dollars per RVU. None if only the file for qualifying APM participants is at hand.
        qualifying_factor: Dollars per RVU for qualifying APM participants. None if their file is not at hand.
    """

    name: str
    effective_from: date
    files: tuple[str, ...]
    rvus: Mapping[str, Rvu] = attrs.field(repr=False)
    factor: Decimal | None
    qualifying_factor: Decimal | None

    @property
    def source(self) -> str:
        """The source of its rows."""
        return f"Medicare PPRRVU, {self.files[0]}"


@attrs.frozen
class ReleaseSchedule:
    """
    Which release applies to which days.

    Args:
        releases: The rows of ``[[release]]``.
        gaps: The rows of ``[[gap]]``.
        stand_ins: For each later quarter that is priced with the last release, its first day and the assumption.
        corrections: The releases that begin while an earlier one applies in the data, such as a reissued one.
    """

    releases: tuple[dict[str, Any], ...] = ()
    gaps: tuple[dict[str, Any], ...] = ()
    stand_ins: tuple[tuple[date, str], ...] = ()
    corrections: tuple[Correction, ...] = ()


def standard_or_qualifying(name: str) -> bool | None:
    """
    Return whether a file is for qualifying APM participants, from its name. None if the name does not say.

    >>> [standard_or_qualifying(f"PPRRVU2026_Jul{end}.csv") for end in ("_nonQPP", "_QPP", "")]
    [False, True, None]
    """
    base = re.sub("[^0-9A-Z]", "", PurePosixPath(name).name.upper())
    if re.search("NONQPP?", base):
        return False
    return True if "QP" in base else None


def two_releases(first: Download, second: Download, day: date, reason: str) -> FileFormatError:
    """Return the error for two different files of one date."""
    msg = f"two releases of one date: this file and {first.name} are both for {day}, but {reason}; use one of them"
    return FileFormatError(msg, second.name)


def find_releases(
    files: Sequence[Download], faults: list[FileFormatError]
) -> tuple[FeeRelease, ...]:
    """
    Return the releases in the relative value files, in order of their first days.

    The file for qualifying APM participants and the other file of a date are one release, if they differ in nothing but
    CONV FACTOR.

    Args:
        files: The files.
        faults: Receives the faults.
    """
    by_day: dict[date, list[Download]] = {}
    for file in files:
        by_day.setdefault(_content(file).effective_from, []).append(file)
    releases: list[FeeRelease] = []
    for day, same_day in sorted(by_day.items()):
        whole = [file for file in same_day if not _is_cut(file, releases, faults)]
        standard = _only(whole, day, faults, qualifying=False)
        qualifying = _only(whole, day, faults, qualifying=True)
        used = [file for file in (standard, qualifying) if file is not None]
        if not used:
            continue
        if len(used) > 1 and _rvus_differ(_content(used[0]), _content(used[1])):
            reason = "they differ in more than CONV FACTOR"
            faults.append(two_releases(used[0], used[1], day, reason))
        content = _content(used[0])
        _refuse_implausible(used, faults)
        releases.append(
            FeeRelease(
                name=used[0].release,
                effective_from=day,
                files=tuple(file.name for file in used),
                rvus={code: content.rvus[code] for code in sorted(_kept(content))},
                factor=_content(standard).conversion_factor if standard else None,
                qualifying_factor=_content(qualifying).conversion_factor if qualifying else None,
            )
        )
    return tuple(releases)


def _refuse_implausible(files: Sequence[Download], faults: list[FileFormatError]) -> None:
    """Refuse conversion factors and relative values that cannot be right."""
    for file in files:
        factor = _content(file).conversion_factor
        if not LEAST_FACTOR <= factor <= MOST_FACTOR:
            msg = f"CONV FACTOR is {factor}; a factor from {LEAST_FACTOR} to {MOST_FACTOR} belongs there"
            faults.append(FileFormatError(msg, file.name, column="CONV FACTOR"))
    content = _content(files[0])
    for code in sorted(_kept(content)):
        rvu = content.rvus[code]
        most = max(rvu.work, rvu.practice_expense, rvu.practice_expense_facility, rvu.malpractice)
        if most > _MOST_RVU:
            msg = f"{code} has a relative value of {most}; at most {_MOST_RVU} belongs there"
            faults.append(FileFormatError(msg, files[0].name))


def _content(file: Download) -> RvuFile:
    # The kind of the file says what it contains.
    return cast("RvuFile", file.content)


def _kept(content: RvuFile) -> Collection[str]:
    """
    Return the codes that a pack keeps: therapy codes, the codes of the fee table, and codes under the therapy MPPR.

    The library's fee table has no codes of other programs, so a pack has none either.
    """
    book = load_codes()
    of_table = published_rvus(read_toml("fees/releases.toml")["release"][-1]["name"])
    return [
        code
        for code, rvu in content.rvus.items()
        if rvu.mppr_indicator == THERAPY_MPPR
        or code in of_table
        or (code in book and book[code].program is CodeProgram.THERAPY)
    ]


def unknown_codes(releases: Iterable[FeeRelease]) -> tuple[str, ...]:
    """Return the codes with the therapy MPPR that the code book lacks. They stay refused."""
    book = load_codes()
    found = {code for release in releases for code in release.rvus if code not in book}
    return tuple(sorted(found))


def _only(
    files: Sequence[Download], day: date, faults: list[FileFormatError], *, qualifying: bool
) -> Download | None:
    """Return the first file of a date for one group of clinicians, and refuse other files that differ from it."""
    found = [file for file in files if bool(standard_or_qualifying(file.name)) is qualifying]
    for other in found[1:]:
        first, second = _content(found[0]), _content(other)
        if _rvus_differ(first, second):
            faults.append(two_releases(found[0], other, day, "their rows differ"))
        elif first.conversion_factor != second.conversion_factor:
            reason = "their CONV FACTOR differs, and the names do not show which one is for qualifying APM participants (QPP)"
            faults.append(two_releases(found[0], other, day, reason))
    return found[0] if found else None


def _rvus_differ(first: RvuFile, second: RvuFile) -> bool:
    return first.rvus != second.rvus or first.by_modifier != second.by_modifier


def is_cut_short(codes: Sequence[str], expected: Iterable[str]) -> str:
    """
    Return the last of the *expected* codes if *codes*, in the order of a file, end before it, or else an empty string.

    CMS sorts codes that begin with a letter before the others in some files, and after them in others.

    >>> is_cut_short(["97010", "97110"], ["97110", "97530"]), is_cut_short(["A0021", "97530"], ["97530", "G0283"])
    ('97530', '')
    """
    letters_first = codes[0][0].isalpha()

    def position(code: str) -> tuple[bool, str]:
        return code[0].isalpha() is not letters_first, code

    last = max(expected, key=position, default="")
    return last if last and position(codes[-1]) < position(last) else ""


def _is_cut(file: Download, earlier: Sequence[FeeRelease], faults: list[FileFormatError]) -> bool:
    """Return whether a file ends before the last therapy code of the release before it, and refuse one that lacks codes."""
    content = _content(file)
    if earlier:
        name, before = earlier[-1].name, earlier[-1].rvus
    else:
        rows = [
            row
            for row in read_toml("fees/releases.toml")["release"]
            if row["from"] < content.effective_from
        ]
        name = rows[-1]["name"] if rows else ""
        before = published_rvus(name) if rows else {}
    codes = list(content.rvus) or [""]
    last = is_cut_short(codes, before) if content.rvus else ""
    if last:
        msg = (
            f"half a download: the file ends with {codes[-1]}, before {last}, the last therapy code in {name}; "
            "download it again"
        )
        faults.append(FileFormatError(msg, file.name))
        return True
    missing = _missing_codes(content, before)
    if missing:
        msg = (
            f"half a download, or codes that ended: no {', '.join(missing)} of {name}; download it again, or first use a pack "
            "with their last days"
        )
        faults.append(FileFormatError(msg, file.name))
    return False


def _missing_codes(content: RvuFile, before: Iterable[str]) -> list[str]:
    """Return the codes of the release before that the file lacks, though the code book has them as in force."""
    book, day = load_codes(), content.effective_from
    return [
        code
        for code in before
        if code not in content.rvus
        and code in book
        and ((last := book[code].effective_through) is None or last >= day)
    ]


def _quarters(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each quarter from that of *first* to that of *last*."""
    day = quarter_start(first)
    while day <= last:
        end = quarter_end(day)
        yield day, end
        day = end + _DAY


def schedule_of(
    releases: Sequence[FeeRelease], through: date, faults: list[FileFormatError]
) -> ReleaseSchedule:
    """
    Return which release applies to which days.

    Args:
        releases: The releases in the downloads.
        through: The last date of service of the pack.
        faults: Receives the faults.
    """
    if not releases:
        return ReleaseSchedule()
    last = releases[-1]
    source = last.files[0]
    end_of_year = date(last.effective_from.year, 12, 31)
    if through > end_of_year:
        year = last.effective_from.year
        msg = (
            f"{last.name} applies only in {year}, and the pack goes through {through}; add the PPRRVU file of {through.year}, "
            f"or end it on {year}-12-31"
        )
        faults.append(FileFormatError(msg, source))
    table = read_toml("fees/releases.toml")
    known_through: date = table["known_through"]
    before = {row["from"]: row["name"] for row in table["release"] if "applied" not in row}
    own = {release.effective_from: release for release in releases}
    real = sorted({*before, *own})
    applied = {row["applied"]: row["from"] for row in table["release"] if "applied" in row}
    gaps_of_data = [(row["from"], row["through"]) for row in table.get("gap", ())]
    gaps: list[dict[str, Any]] = []
    stand_ins: list[dict[str, Any]] = []
    start = min(releases[0].effective_from, known_through + _DAY)
    # If the data goes on after the last day of the pack, the days until its end also get the newest release.
    for first, end in _quarters(start, max(through, min(known_through, end_of_year))):
        within = [day for day in real if first <= day <= end]
        latest = max((day for day in real if day <= first), default=date.min)
        in_gap = first > through and any(day <= first <= stop for day, stop in gaps_of_data)
        stands_in = latest in own and not within and not in_gap and latest.year == first.year
        if stands_in and (first > last.effective_from or first in applied):
            # A stand-in of the same or a newer release stays.
            if applied.get(first, date.min) < latest:
                stand_ins.append(_stand_in(own[latest], first))
            continue
        gap_from = max(first, known_through + _DAY)
        gap_through = min([end, *(day - _DAY for day in within)])
        if first <= last.effective_from and gap_from <= gap_through:
            gaps.append(_gap(first, gap_from, gap_through))
    rows = [
        {"name": each.name, "from": each.effective_from, "source": each.source}
        for each in releases
        if before.get(each.effective_from) != each.name
    ]
    return ReleaseSchedule(
        (*rows, *stand_ins),
        tuple(gaps),
        tuple((row["applied"], row["assumption"]) for row in stand_ins),
        tuple(_corrections(rows, table)),
    )


def _corrections(
    rows: Iterable[Mapping[str, Any]], table: Mapping[str, Any]
) -> Iterator[Correction]:
    """Yield each release that changes days for which the data has another release, and neither a gap nor a stand-in."""
    for row in rows:
        day = row["from"]
        in_gap = any(gap["from"] <= day <= gap["through"] for gap in table.get("gap", ()))
        earlier = [each for each in table["release"] if each.get("applied", each["from"]) <= day]
        if (
            day <= table["known_through"]
            and earlier
            and not in_gap
            and "applied" not in earlier[-1]
        ):
            yield Correction("fees/releases.toml", str(day), row["source"])


def _stand_in(release: FeeRelease, first: date) -> dict[str, Any]:
    quarter, own = (first.month - 1) // 3, (release.effective_from.month - 1) // 3
    return {
        "name": release.name,
        "from": release.effective_from,
        "applied": first,
        "assumption": f"{_SPANS[quarter]} {first.year} is priced with the {_MONTHS[own]} {first.year} file; "
        f"the {_MONTHS[quarter]} file is not in the data",
        "source": release.source,
    }


def _gap(quarter_from: date, first: date, last: date) -> dict[str, Any]:
    quarter = (quarter_from.month - 1) // 3
    release = f"RVU{quarter_from:%y}{'ABCD'[quarter]}"
    reason = f"the {_MONTHS[quarter]} {quarter_from.year} release ({release}) is not in the data"
    return {"from": first, "through": last, "reason": reason}


def release_tables(
    releases: Sequence[FeeRelease],
    schedule: ReleaseSchedule,
    through: date,
    faults: list[FileFormatError],
) -> dict[str, str]:
    """
    Return the text of releases.toml and mpfs_rvu.csv. Rows that the data has already are left out.

    Args:
        releases: The releases in the downloads.
        schedule: Which release applies to which days.
        through: The last date of service of the pack.
        faults: Receives a fault for a release that the data has with other values.
    """
    rows: list[tuple[object, ...]] = []
    for release in releases:
        known = published_rvus(release.name)
        changed = [code for code, rvu in release.rvus.items() if known.get(code, rvu) != rvu]
        if changed:
            msg = (
                f"two releases of one date: the data has {release.name} with other values for "
                f"{named_briefly(changed, 'codes')}"
            )
            faults.append(FileFormatError(msg, release.files[0]))
        rows += [
            (
                release.effective_from,
                release.name,
                code,
                rvu.status,
                rvu.work,
                rvu.practice_expense,
                rvu.practice_expense_facility,
                rvu.malpractice,
                rvu.mppr_indicator,
            )
            for code, rvu in release.rvus.items()
            if code not in known
        ]
    tables: dict[str, str] = {}
    known_through: date = read_toml("fees/releases.toml")["known_through"]
    if schedule.releases or schedule.gaps or (releases and through > known_through):
        table: dict[str, Any] = {"known_through": max(through, known_through)}
        arrays = {"release": schedule.releases, "gap": schedule.gaps}
        table |= {key: found for key, found in arrays.items() if found}
        tables["fees/releases.toml"] = toml_text(table)
    if rows:
        tables["fees/mpfs_rvu.csv"] = csv_text(_RVU_COLUMNS, rows)
    return tables
