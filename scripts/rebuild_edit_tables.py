"""
Rebuild the PTP pairs and MUE limits in the library's data from fact tables and CMS's MUE file.

The MUE file that is available is read with the library, for the codes of the fact table and the known therapy codes.
The other limits and all pairs come from the fact tables, because their files are not available. The pairs without dates
(ptp_undated.csv) are maintained by hand, but a pair of two codes that a dated practitioner file has is removed from them.
Run from any folder::

    python scripts/rebuild_edit_tables.py --shared DIR [--check]
"""

from __future__ import annotations

import argparse
import csv
import difflib
import io
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from therapy_billing.codes.code_book import load_codes
from therapy_billing.ncci.mue_file import read_ncci_mue

_ROOT = Path(__file__).resolve().parents[1]
_EDITS = _ROOT / "src" / "therapy_billing" / "data" / "edits"
_MUE_FILE = "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv"
_PTP_HEADER = "column1 column2 indicator deleted_on prior_to_1996 setting rationale"
_DATED_HEADER = "column1 column2 indicator effective_from deleted_on"
_ACTIVE_HEADER = "column1 column2 indicator"
_UNDATED = "ptp_undated.csv"
_MUE_HEADER = "code units mai quarter setting rationale"


def _facts(shared: Path, name: str) -> list[dict[str, str]]:
    with (shared / "data" / "facts" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _table(header: str, rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header.split())
    writer.writerows(rows)
    return text.getvalue()


def _with_settings(rows: Iterable[tuple[str, tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Add the setting to each row, before the rationale. Rows in both settings become one row with "both"."""
    by_setting: dict[str, Counter[tuple[str, ...]]] = {}
    for setting, row in rows:
        by_setting.setdefault(setting.replace("_", "-"), Counter())[row] += 1
    practitioner, hospital = by_setting["practitioner"], by_setting["outpatient-hospital"]
    both = practitioner & hospital
    parts = {
        "both": both,
        "practitioner": practitioner - both,
        "outpatient-hospital": hospital - both,
    }
    return sorted(
        (*row[:-1], setting, row[-1]) for setting, part in parts.items() for row in part.elements()
    )


def ptp_table(shared: Path) -> str:
    """Return the text of ptp.csv, sorted by pair and deletion date."""
    facts = _facts(shared, "ncci_ptp_therapy.csv")
    if any(fact["effective"] for fact in facts):
        msg = "the fact table now has effective dates: add a column for them to ptp.csv"
        raise SystemExit(msg)
    rows = (
        (
            fact["setting"],
            (
                fact["column1"],
                fact["column2"],
                fact["modifier_indicator"],
                fact["deletion"],
                fact["in_existence_prior_to_1996"],
                fact["rationale"],
            ),
        )
        for fact in facts
    )
    return _table(_PTP_HEADER, _with_settings(rows))


def ptp_dated_table(shared: Path) -> str:
    """Return the text of ptp_dated.csv. The fact table has the same rows for each quarter, and they are kept once."""
    quarters: dict[str, list[tuple[str, ...]]] = {}
    for fact in _facts(shared, "ncci_ptp_practitioner_2026_dated.csv"):
        names = ["column1", "column2", "modifier_indicator", "effective", "deletion"]
        quarters.setdefault(fact["quarter_from"], []).append(tuple(fact[name] for name in names))
    tables = {_table(_DATED_HEADER, sorted(rows)) for rows in quarters.values()}
    if sorted(quarters) != ["2026-07-01", "2026-10-01"] or len(tables) != 1:
        msg = "the fact table no longer has two quarters with the same rows: add a column for the quarter"
        raise SystemExit(msg)
    return tables.pop()


def ptp_active_table(shared: Path) -> str:
    """Return the text of ptp_active.csv, sorted by pair."""
    facts = _facts(shared, "ncci_ptp_hospital_2026q4.csv")
    names = ["column1", "column2", "modifier_indicator"]
    return _table(_ACTIVE_HEADER, sorted(tuple(fact[name] for name in names) for fact in facts))


def ptp_active_codes_table(shared: Path) -> str:
    """Return the text of ptp_active_codes.csv: how far the rows of each code were read."""
    facts = _facts(shared, "ncci_ptp_hospital_2026q4_codes.csv")
    return _table("code reading", sorted((fact["column1"], fact["reading"]) for fact in facts))


def ptp_undated_table(shared: Path) -> str:
    """Return the text of ptp_undated.csv without the pairs of two codes that a dated practitioner file has."""
    files = [
        {
            row[name]
            for row in rows
            if row["setting"] == "practitioner"
            for name in ("column1", "column2")
        }
        for rows in (
            _facts(shared, "ncci_ptp_therapy.csv"),
            _facts(shared, "ncci_ptp_practitioner_2026_dated.csv"),
        )
    ]
    files[0] |= {
        row["code"]
        for row in _facts(shared, "mue_therapy.csv")
        if (row["setting"], row["effective_quarter"]) == ("practitioner", "2024-07-01")
    }
    with (_EDITS / _UNDATED).open(encoding="utf-8", newline="") as file:
        pairs = [tuple(row) for row in csv.reader(file)]
    return _table(
        " ".join(pairs[0]),
        (pair for pair in pairs[1:] if not any({*pair[:2]} <= codes for codes in files)),
    )


def mue_table(shared: Path) -> str:
    """Return the text of mue.csv, sorted by code and quarter."""
    facts = _facts(shared, "mue_therapy.csv")
    codes = {fact["code"] for fact in facts} | set(load_codes())
    file = read_ncci_mue(shared / "data" / "cms" / _MUE_FILE, codes=codes)
    rows = [
        (
            file.setting.value,
            (
                limit.code,
                str(limit.units),
                str(limit.mai),
                str(file.effective_from),
                limit.rationale,
            ),
        )
        for limit in file.limits
    ]
    rows.extend(
        (
            fact["setting"],
            (
                fact["code"],
                fact["mue_value"],
                fact["mai"],
                fact["effective_quarter"],
                fact.get("rationale", ""),
            ),
        )
        for fact in facts + _facts(shared, "mue_2026q3q4.csv")
        if fact["effective_quarter"] != str(file.effective_from)
    )
    return _table(_MUE_HEADER, _with_settings(rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild the tables. With ``--check``, print the differences and return 1 if there are any."""
    parser = argparse.ArgumentParser(description="Rebuild the NCCI edits in the library's data.")
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
        "ptp.csv": ptp_table(options.shared),
        "ptp_dated.csv": ptp_dated_table(options.shared),
        "ptp_active.csv": ptp_active_table(options.shared),
        "ptp_active_codes.csv": ptp_active_codes_table(options.shared),
        _UNDATED: ptp_undated_table(options.shared),
        "mue.csv": mue_table(options.shared),
    }
    if not options.check:
        for name, text in tables.items():
            (_EDITS / name).write_bytes(text.encode())
            print(f"{name}: {text.count(chr(10)) - 1} rows")
        return 0
    differences = [
        repr(line)
        for name, text in tables.items()
        for line in difflib.unified_diff(
            (_EDITS / name).read_bytes().decode().splitlines(keepends=True),
            text.splitlines(keepends=True),
            f"bundled {name}",
            f"rebuilt {name}",
            n=0,
        )
    ]
    print("\n".join(differences) or "the tables in the library's data match the files")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
