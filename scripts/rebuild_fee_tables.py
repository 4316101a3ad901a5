"""
Rebuild the RVUs and locality indices in the library's data from CMS files.

If the file of a release is available, it is read with the library. The other releases come from the fact tables. The
fact tables also list the codes of each release that belong in the library's data. Run from any folder::

    python scripts/rebuild_fee_tables.py --shared DIR [--check]
"""

from __future__ import annotations

import argparse
import csv
import difflib
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from therapy_billing.fees.gpci_file import read_gpci
from therapy_billing.fees.pprrvu_file import read_pprrvu

_ROOT = Path(__file__).resolve().parents[1]
_FEES = _ROOT / "src" / "therapy_billing" / "data" / "fees"
_RVU_FILES = {
    "RVU25A": "PPRRVU25_JAN.csv",
    "RVU25C": "PPRRVU2025_Jul.csv",
    "RVU26C": "PPRRVU2026_Jul_nonQPP.csv",
}
_GPCI_FILES = ("GPCI2025.csv", "GPCI2026.csv")
_RVU_HEADER = "effective_from release code status work_rvu pe_rvu_nonfacility pe_rvu_facility mp_rvu mult_proc"
_GPCI_HEADER = "effective_from mac locality state name work_gpci pe_gpci mp_gpci"


def _facts(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "data" / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(header: str, rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return text.getvalue()


def rvu_table(shared: Path) -> str:
    """Return the text of mpfs_rvu.csv, sorted by effective date, release, and code."""
    files = {
        release: read_pprrvu(shared / "data" / "cms" / name) for release, name in _RVU_FILES.items()
    }
    rows: list[tuple[str, ...]] = []
    for fact in _facts(shared, "mpfs_rvu.csv"):
        release, code = fact["release"], fact["hcpcs"]
        if release in files:
            rvu = files[release].rvus[code]
            figures: tuple[object, ...] = (
                files[release].effective_from,
                release,
                code,
                rvu.status,
                rvu.work,
                rvu.practice_expense,
                rvu.practice_expense_facility,
                rvu.malpractice,
                rvu.mppr_indicator,
            )
        else:
            figures = (
                fact["effective_from"],
                release,
                code,
                fact["status"],
                fact["work_rvu"],
                fact["pe_rvu_nonfac"],
                fact["pe_rvu_fac"],
                fact["mp_rvu"],
                fact["mult_proc"],
            )
        rows.append(tuple(map(str, figures)))
    return _table(_RVU_HEADER, sorted(rows, key=lambda row: row[:3]))


def gpci_table(shared: Path) -> str:
    """Return the text of gpci.csv, sorted by effective date, state, and locality."""
    files = [read_gpci(shared / "data" / "cms" / name) for name in _GPCI_FILES]
    read = {str(file.effective_from) for file in files}
    rows = [
        (
            str(file.effective_from),
            gpci.mac,
            gpci.locality,
            gpci.state,
            gpci.name,
            str(gpci.work),
            str(gpci.practice_expense),
            str(gpci.malpractice),
        )
        for file in files
        for gpci in file.indices.values()
    ]
    rows.extend(
        (
            fact["effective_from"],
            fact["mac"],
            fact["locality"],
            fact["state"],
            fact["name"].replace("*", "").strip(),
            fact["work"],
            fact["pe"],
            fact["mp"],
        )
        for fact in _facts(shared, "gpci.csv")
        if fact["effective_from"] not in read
    )
    return _table(_GPCI_HEADER, sorted(rows, key=lambda row: (row[0], row[3], row[1], row[2])))


def _differences(tables: Mapping[str, str]) -> list[str]:
    lines: list[str] = []
    for name, text in tables.items():
        bundled = (_FEES / name).read_bytes().decode()
        if bundled != text:
            before, after = bundled.splitlines(keepends=True), text.splitlines(keepends=True)
            titles = f"bundled {name}", f"rebuilt {name}"
            lines.extend(map(repr, difflib.unified_diff(before, after, *titles, n=0)))
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild the tables. With ``--check``, print the differences and return 1 if there are any."""
    parser = argparse.ArgumentParser(
        description="Rebuild the fee tables in the library's data from CMS's files."
    )
    parser.add_argument(
        "--shared",
        type=Path,
        default=_ROOT.parent / "shared",
        help="folder with data/cms and data/facts",
    )
    parser.add_argument(
        "--check", action="store_true", help="only compare; exit with status 1 if they differ"
    )
    options = parser.parse_args(arguments)
    tables = {
        "mpfs_rvu.csv": rvu_table(options.shared),
        "gpci.csv": gpci_table(options.shared),
    }
    if options.check:
        differences = _differences(tables)
        print("\n".join(differences) or "the tables in the library's data match the files")
        return 1 if differences else 0
    for name, text in tables.items():
        (_FEES / name).write_bytes(text.encode())
        print(f"{name}: {text.count(chr(10)) - 1} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
