"""
The edits of a pack: a table for each quarter, setting, and kind of file.

CMS publishes a PTP file in four parts, f1 to f4, by column 1 code. Parts that follow each other are merged. Most therapy codes
are in part f4, so the parts without it are refused if they end before the therapy codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeVar, cast

import attrs

from therapy_billing.base.errors import FileFormatError
from therapy_billing.codes.code_book import load_codes
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, MueFile, PtpEdit, PtpFile
from therapy_billing.packs.downloads import Download
from therapy_billing.packs.manifest import csv_text, toml_text
from therapy_billing.packs.numbers import Extract
from therapy_billing.packs.releases import is_cut_short, two_releases

__all__ = ["THERAPY_PART", "EditTable", "edit_tables", "find_edits"]

THERAPY_PART = "90000"
"""Most therapy codes begin here. They are in part f4."""
_MUE_COLUMNS = "code units mai rationale"
_PTP_COLUMNS = "column1 column2 indicator effective_from deleted_on prior_to_1996 rationale"
_NAMED = 5
_PARTS = ("1", "2", "3", "4")


@attrs.frozen
class EditTable:
    """
    A table of edits.

    Args:
        kind: mue or ptp.
        setting: Whose claims it is for.
        effective_from: The first day of its quarter.
        table: Its name, such as ``ptp-practitioner-2027q1``.
        files: The names of its files.
        codes: The codes for which it answers.
        column1: The first and last column 1 code. None if it has every part.
        rows: The rows of the CSV table.
    """

    kind: str
    setting: EditSetting
    effective_from: date
    table: str
    files: tuple[str, ...]
    codes: tuple[str, ...] = attrs.field(repr=False)
    column1: tuple[str, str] | None
    rows: tuple[tuple[object, ...], ...] = attrs.field(repr=False)

    @property
    def path(self) -> str:
        """The path of the CSV table in the pack."""
        return f"edits/{self.table.replace('-', '_')}.csv"


def find_edits(
    files: Sequence[Download], extracts: Sequence[Extract], faults: list[FileFormatError]
) -> tuple[EditTable, ...]:
    """
    Return the tables of edits in the downloads, in order of their quarters.

    Args:
        files: The MUE and PTP files.
        extracts: The files that have only some codes.
        faults: Receives the faults.
    """
    for extract in extracts:
        if not any(_is_named(file, extract) for file in files):
            msg = f"no MUE or PTP file of the downloads has this name, which an [[extract]] gives: {extract.file}"
            faults.append(FileFormatError(msg, extract.file))
    limits: dict[tuple[date, EditSetting], list[Download]] = {}
    pairs: dict[tuple[date, EditSetting], list[Download]] = {}
    for file in files:
        if isinstance(file.content, MueFile):
            limits.setdefault((file.content.effective_from, file.content.setting), []).append(file)
        else:
            content = _ptp(file)
            pairs.setdefault((content.effective_from, content.setting), []).append(file)
    tables = [_limits(group, extracts, faults) for _, group in sorted(limits.items(), key=_quarter)]
    for _, group in sorted(pairs.items(), key=_quarter):
        tables += _pairs(group, extracts, tables, faults)
    return tuple(tables)


def _quarter(item: tuple[tuple[date, EditSetting], object]) -> tuple[date, str]:
    (day, setting), _ = item
    return day, setting.value


def _is_named(file: Download, extract: Extract) -> bool:
    return file.name == extract.file or file.name.endswith(f"/{extract.file}")


def _codes_of(files: Iterable[Download], extracts: Sequence[Extract]) -> tuple[str, ...]:
    """Return the codes for which files answer: those of the code book, or those of an extract."""
    codes = set(load_codes())
    for file in files:
        for extract in extracts:
            if _is_named(file, extract):
                codes &= set(extract.codes)
    return tuple(sorted(codes))


def _mue(file: Download) -> MueFile:
    # The kind of the file says what it contains.
    return cast("MueFile", file.content)


def _ptp(file: Download) -> PtpFile:
    # The kind of the file says what it contains.
    return cast("PtpFile", file.content)


def _name(kind: str, content: MueFile | PtpFile) -> str:
    first = content.effective_from
    return f"{kind}-{content.setting.value}-{first.year}q{(first.month + 2) // 3}"


def _clean(text: str) -> str:
    """Return *text* on one line, because a table has one row per line."""
    return " ".join(text.split())


def _limits(
    files: Sequence[Download], extracts: Sequence[Extract], faults: list[FileFormatError]
) -> EditTable:
    content = _mue(files[0])
    for other in files[1:]:
        if {*_mue(other).limits} != {*content.limits}:
            reason = "their limits differ"
            faults.append(two_releases(files[0], other, content.effective_from, reason))
    codes = _codes_of(files, extracts)
    if len(codes) == len(load_codes()):
        before = [limit.code for file in _before(content, MueFile) for limit in file.limits]
        _refuse_half(files[0], [limit.code for limit in content.limits], before, faults)
    rows = tuple(
        (limit.code, limit.units, limit.mai, _clean(limit.rationale))
        for limit in content.limits
        if limit.code in codes
    )
    return EditTable(
        kind="mue",
        setting=content.setting,
        effective_from=content.effective_from,
        table=_name("mue", content),
        files=tuple(file.name for file in files),
        codes=codes,
        column1=None,
        rows=rows,
    )


_File = TypeVar("_File", MueFile, PtpFile)


def _before(content: _File, kind: type[_File]) -> list[_File]:
    """Return the last file of the same kind and setting in the active data before the quarter of *content*."""
    earlier = [
        file
        for file in Edits.bundled().files
        if isinstance(file, kind)
        and file.setting is content.setting
        and file.effective_from < content.effective_from
    ]
    return [max(earlier, key=lambda file: file.effective_from)] if earlier else []


def _refuse_half(
    file: Download, codes: Sequence[str], expected: Iterable[str], faults: list[FileFormatError]
) -> None:
    """Refuse a file that ends before the last code of the file before it."""
    last = is_cut_short(codes, expected)
    if last:
        msg = (
            f"half a download: the file ends with {codes[-1]}, before {last}, the last code in the earlier data; "
            "download it again"
        )
        faults.append(FileFormatError(msg, file.name))


def _pairs(
    files: Sequence[Download],
    extracts: Sequence[Extract],
    earlier: Sequence[EditTable],
    faults: list[FileFormatError],
) -> list[EditTable]:
    """Return a table for each group of parts that follow each other."""
    parts: dict[str, Download] = {}
    for file in files:
        named = re.search(r" f([1-4])$", file.release)
        part = named[1] if named else file.name
        first = parts.setdefault(part, file)
        if {*_ptp(first).edits} != {*_ptp(file).edits}:
            reason = "their pairs differ"
            faults.append(two_releases(first, file, _ptp(file).effective_from, reason))
    whole_files = not any(_is_named(file, extract) for file in files for extract in extracts)
    before = len(faults)
    if whole_files:
        _refuse_wrong_part(parts, faults)
    cut = len(faults) > before
    tables: list[EditTable] = []
    # An extract answers for its codes with every part together, because its parts show no range of column 1 codes.
    for group in _groups(parts) if whole_files else [[*parts.values()]]:
        ranges = [_range(file) for file in group]
        column1 = min(first for first, _ in ranges), max(last for _, last in ranges)
        content = _ptp(group[0])
        codes = _codes_of(group, extracts)
        every_part = len(group) == len(_PARTS)
        edits = dict.fromkeys(edit for file in group for edit in _ptp(file).edits)
        _refuse_later_days(group, faults)
        within = None if every_part or not whole_files else column1
        if not cut:
            _refuse_missing_pairs(group, {*codes}, within, earlier, faults)
        suffix = "" if every_part or len(parts) == len(group) else f"-{len(tables) + 1}"
        tables.append(
            EditTable(
                kind="ptp",
                setting=content.setting,
                effective_from=content.effective_from,
                table=_name("ptp", content) + suffix,
                files=tuple(file.name for file in group),
                codes=codes,
                column1=within,
                rows=tuple(
                    _pair(edit) for edit in edits if {edit.column1, edit.column2} <= {*codes}
                ),
            )
        )
    return tables


def _refuse_later_days(files: Sequence[Download], faults: list[FileFormatError]) -> None:
    """Refuse pairs that begin after the quarter of their file."""
    for file in files:
        content = _ptp(file)
        for edit in content.edits:
            if edit.effective_from and edit.effective_from > content.effective_through:
                msg = (
                    f"{edit.column1}/{edit.column2} begins on {edit.effective_from}, after the quarter of the file, which ends "
                    f"on {content.effective_through}"
                )
                faults.append(FileFormatError(msg, file.name, column="Effective Date"))


def _refuse_missing_pairs(
    files: Sequence[Download],
    codes: set[str],
    within: tuple[str, str] | None,
    tables: Sequence[EditTable],
    faults: list[FileFormatError],
) -> None:
    """
    Refuse a file that lacks pairs of an earlier file with first days. CMS keeps every pair, even if it is deleted.

    The file would answer for earlier days as well, and change the answers.
    """
    content = _ptp(files[0])
    pairs = {(edit.column1, edit.column2) for file in files for edit in _ptp(file).edits}
    known = {
        (edit.column1, edit.column2)
        for earlier in Edits.bundled().files
        if isinstance(earlier, PtpFile)
        and earlier.dated
        and earlier.history
        and earlier.setting is content.setting
        and earlier.effective_from < content.effective_from
        for edit in earlier.edits
        if edit.effective_from is not None
    }
    known |= {
        (str(row[0]), str(row[1]))
        for table in tables
        if table.kind == "ptp"
        and table.setting is content.setting
        and table.effective_from < content.effective_from
        for row in table.rows
    }
    missing = {
        pair
        for pair in known - pairs
        if codes.issuperset(pair) and (within is None or within[0] <= pair[0] <= within[1])
    }
    if missing:
        names = ["/".join(pair) for pair in sorted(missing)]
        more = len(names) - _NAMED
        shown = ", ".join(names[:_NAMED]) + (f", and {more} more" if more > 0 else "")
        msg = (
            f"half a download: pairs of earlier files are missing, and CMS keeps them even if they are deleted: {shown}; "
            "download it again"
        )
        faults.append(FileFormatError(msg, files[0].name))


def _groups(parts: dict[str, Download]) -> list[list[Download]]:
    """Return the parts in groups that follow each other. A file whose name shows no part is its own group."""
    groups: list[list[Download]] = []
    before = ""
    for part, file in sorted(parts.items()):
        if part in _PARTS and before in _PARTS and int(part) == int(before) + 1:
            groups[-1].append(file)
        else:
            groups.append([file])
        before = part
    return groups


def _range(file: Download) -> tuple[str, str]:
    """Return the first and last column 1 code of a file."""
    return _ptp(file).column1_range or ("", "")


def _refuse_wrong_part(parts: dict[str, Download], faults: list[FileFormatError]) -> None:
    """Refuse parts that end before the therapy codes, and a last part that is cut short."""
    ends = {part: _range(file)[1] for part, file in parts.items()}
    part, last = max(ends.items(), key=lambda item: item[1])
    content = _ptp(parts[part])
    expected = [edit.column1 for file in _before(content, PtpFile) for edit in file.edits]
    if last < THERAPY_PART:
        msg = (
            f"{'f' + part if part in _PARTS else 'this part'} in place of f4: the column 1 codes end with {last}, and most "
            f"therapy codes are in part f4; add f4 of {content.effective_from}"
        )
        faults.append(FileFormatError(msg, parts[part].name))
    else:
        # With a digit in front, the codes are in the order of CMS: those that begin with a letter come last.
        _refuse_half(parts[part], ["0", last], expected, faults)


def _pair(edit: PtpEdit) -> tuple[object, ...]:
    return (
        edit.column1,
        edit.column2,
        edit.indicator,
        edit.effective_from or "",
        edit.deleted_on or "",
        "*" if edit.prior_to_1996 else "",
        _clean(edit.rationale),
    )


def edit_tables(found: Sequence[EditTable]) -> dict[str, str]:
    """Return the text of edits/releases.toml and of its tables."""
    if not found:
        return {}
    rows: list[dict[str, Any]] = []
    tables: dict[str, str] = {}
    for each in found:
        quarter = f"{each.setting.value.replace('-', ' ')}, quarter from {each.effective_from}"
        kind = "MUE values" if each.kind == "mue" else "PTP edits"
        rows.append(
            {
                "kind": each.kind,
                "setting": each.setting.value,
                "from": each.effective_from,
                "table": each.table,
                "codes": each.codes,
                **(
                    {"column1_from": each.column1[0], "column1_through": each.column1[1]}
                    if each.column1
                    else {}
                ),
                "source": {
                    "title": f"NCCI {kind}, {quarter}",
                    "section": ", ".join(each.files),
                    "verified": "data-file",
                },
            }
        )
        columns = _MUE_COLUMNS if each.kind == "mue" else _PTP_COLUMNS
        tables[each.path] = csv_text(columns, each.rows)
    return {"edits/releases.toml": toml_text({"file": rows}), **tables}
