"""
Write files in the format of CMS from the library's own tables, and the form with the numbers that no file has.

The bundled NCCI files after the cut are extracts: they have the limits and the pairs of some codes. The form says which.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from rebuild.cut import LAST, Table, read_table, rows_of, split
from therapy_billing.packs.manifest import toml_text

__all__ = ["FEE_FILES", "NO_RATIONALE", "write_edit_files", "write_fee_files", "write_numbers"]

FEE_FILES = {
    "RVU25A": "PPRRVU25_JAN.csv",
    "RVU25C": "PPRRVU2025_Jul.csv",
    "RVU25D": "PPRRVU2025_Oct.txt",
    "RVU26C": "PPRRVU2026_Jul_nonQPP.csv",
    "2025": "GPCI2025.csv",
    "2026": "GPCI2026.csv",
}
"""The releases and years of fees that are rebuilt, and the names of their files."""
_MONTHS = {"A": "January", "B": "April", "C": "July", "D": "October"}
_RVU_HEAD = (
    ",,,STATUS,WORK,NON-FAC,NA,FACILITY ,MP,MULT,CONV,",
    "HCPCS,MOD,DESCRIPTION,CODE,RVU,PE RVU,INDICATOR,PE RVU,RVU,PROC,FACTOR,PAYMENT",
)
_PTP_HEAD = (
    "CPT only copyright 2025 American Medical Association.  All rights reserved.\t\t\t\t\t\t",
    "Column1/Column2 Edits\t\t\t\t\t\t",
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
    "\t\t\t\t*=no data\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)
_MUE_HEAD = (
    '"A notice.",,,',
    '"HCPCS/',
    'CPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale',
)
NO_RATIONALE = "not in the extract"
"""The rationale of a row if the bundled extract has none, because a file of CMS always has one."""
_FIRST_VERSION = 1994
"""The year of version 0 of the PTP files."""


def write_fee_files(data: Path, folder: Path) -> list[Path]:
    """Write the PPRRVU and GPCI files of :data:`FEE_FILES` from the tables in *data*."""
    factors = read_table(data / "parameters/medicare/conversion_factors.toml")["value"]
    rvus, indices = rows_of(data, "fees/mpfs_rvu.csv"), rows_of(data, "fees/gpci.csv")
    paths = []
    for release, name in FEE_FILES.items():
        path = folder / name
        if release.startswith("RVU"):
            of_release = [row for row in rvus if row["release"] == release]
            day = date.fromisoformat(of_release[0]["effective_from"])
            factor = next(row["amount"] for row in reversed(factors) if row["from"] <= day)
            title = (
                f",,{day.year} National Physician Fee Schedule Relative Value File {_MONTHS[release[-1]]} Release"
                f"{',' * 9}"
            )
            lines = [
                f"{row['code']},,,{row['status']},{row['work_rvu']},{row['pe_rvu_nonfacility']},,{row['pe_rvu_facility']},"
                f"{row['mp_rvu']},{row['mult_proc']},{factor},0.00"
                for row in of_release
            ]
            lines = [title, *_RVU_HEAD, *lines]
            if path.suffix == ".txt":
                lines = [line.replace(",", "\t") for line in lines]
            _write(path, lines)
        else:
            of_year = [row for row in indices if row["effective_from"].startswith(release)]
            title = f"ADDENDUM E. FINAL CY {release} GEOGRAPHIC PRACTICE COST INDICES (GPCIs),,,,,,"
            captions = (
                f"MAC,State,Locality Number,Locality Name,{release} PW GPCI (with 1.0 Floor),{release} PE GPCI,"
                f"{release} MP GPCI"
            )
            columns = ("mac", "state", "locality", "name", "work_gpci", "pe_gpci", "mp_gpci")
            _write_csv(
                path, (title, captions), ([row[name] for name in columns] for row in of_year)
            )
        paths.append(path)
    return paths


def write_edit_files(data: Path, folder: Path) -> tuple[list[Path], list[Table]]:
    """
    Write the MUE files and the f4 parts of the PTP files after the cut.

    Returns:
        The paths, and for each file an ``[[extract]]`` with the codes that the bundled file has.
    """
    _, later = split(read_table(data / "edits/releases.toml"))
    paths: list[Path] = []
    extracts: list[Table] = []
    searched: dict[date, set[str]] = {}
    for file in later.rows["file"]:
        first: date = file["from"]
        if file["setting"] != "practitioner":
            continue  # the hospital pairs have no history, so they are not in the form of CMS's files
        if file["kind"] == "mue":
            limits = [
                row
                for row in rows_of(data, "edits/mue.csv")
                if row["quarter"] == str(first) and row["setting"] in ("both", "practitioner")
            ]
            codes = searched[first] = {row["code"] for row in limits}
            path = folder / f"MCR_MUE_PractitionerServices_Eff_{first:%m-%d-%Y}.csv"
            rows = [
                [
                    row["code"],
                    row["units"],
                    f"{row['mai']} Date of Service Edit",
                    row["rationale"] or NO_RATIONALE,
                ]
                for row in limits
            ]
            _write_csv(path, _MUE_HEAD, rows)
        else:
            pairs = rows_of(data, f"edits/{file['table'].replace('-', '_')}.csv")
            codes = {row[name] for row in pairs for name in ("column1", "column2")}
            codes |= searched.get(first, set())
            version = f"{first.year - _FIRST_VERSION}{(first.month - 1) // 3}"
            path = folder / f"ccipra-v{version}r0-f4.txt"
            _write(path, [*_PTP_HEAD, *map(_pair, pairs)])
        paths.append(path)
        extracts.append({"file": path.name, "codes": sorted(codes)})
    return paths, extracts


def _pair(row: dict[str, str]) -> str:
    begun, deleted = (row[name].replace("-", "") for name in ("effective_from", "deleted_on"))
    cells = (row["column1"], row["column2"], "", begun, deleted or "*", row["indicator"])
    return "\t".join((*cells, NO_RATIONALE))


def write_numbers(data: Path, path: Path, through: date, extracts: Sequence[Table]) -> int:
    """
    Write the form with the numbers after the cut, with the sources of the library, and return how many they are.

    The conversion factors are left out, because the PPRRVU files have them.
    """
    numbers: list[Table] = []
    for file in sorted((data / "parameters/medicare").glob("*.toml")):
        table = read_table(file)
        if "known_through" not in table or file.stem == "conversion_factors":
            continue
        begun = [row for row in table["value"] if row["from"] <= LAST]
        rows = [row for row in table["value"] if LAST < row["from"] <= through]
        next_day = LAST + timedelta(days=1)
        if begun and not (rows and rows[0]["from"] == next_day):
            rows.insert(0, {**begun[-1], "from": next_day})
        numbers += [{"series": file.stem, **row} for row in rows]
    path.write_text(
        toml_text({"number": numbers, "extract": extracts}), encoding="utf-8", newline="\n"
    )
    return len(numbers)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _write_csv(path: Path, head: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in head)
        csv.writer(file, lineterminator="\n").writerows(rows)
