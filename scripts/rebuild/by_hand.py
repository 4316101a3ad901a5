"""
Write the data pack that is written by hand, because no file of CMS has its contents.

It has the payers, the codes that begin after the cut, and the list of hospital pairs without history. Its rows are those of
the library, with their sources.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from rebuild.cut import LAST, Table, read_table, rows_of, split, write_table
from therapy_billing.base.data_packs import rows_of_table
from therapy_billing.packs.manifest import sha256_of, toml_text

__all__ = ["write_by_hand"]

_HOSPITAL = "ptp-active-outpatient-hospital"
_REMARK = (
    "What no file of CMS has: the payers, the codes, and the hospital pairs without history, copied from the library with their "
    "sources"
)


def write_by_hand(data: Path, pack: Path, through: date) -> None:
    """Write the pack *pack* with what the library's *data* has after the cut, through the day *through*."""
    corrections: list[Table] = []
    for path in sorted((data / "payers").glob("*.toml")):
        table = read_table(path)
        _, later = split(table)
        if later.ended:
            msg = f"{path.name}: a row of a payer that ends after {LAST} cannot be corrected, because rows have no key"
            raise ValueError(msg)
        # The [[furnisher]] rows name sources of the payer.
        own = {"name": table["name"], "known_through": through, "source": table["source"]}
        write_table(pack / "payers" / path.name, {**own, **later.rows})
    for name in ("codes/therapy.toml", "codes/periods.toml"):
        table = read_table(data / name)
        _, later = split(table)
        codes = later.rows["code"]
        sources = {key: table["source"][key] for key in _sources_in(codes, table["source"])}
        write_table(
            pack / name,
            {"known_through": through, "source": sources, "code": codes},
        )
        corrections += [
            {
                "file": name,
                "key": f"{row['code']}/{row['from']}",
                "source": table["source"][row["source"]]["title"],
            }
            for row in later.ended
        ]
    _write_hospital_pairs(data, pack)
    _write_manifest(pack, through, corrections)


def _sources_in(value: object, known: Iterable[str]) -> list[str]:
    """Return the keys of the sources that a part of a table names."""
    if isinstance(value, str):
        return [value] if value in known else []
    parts: Iterable[object] = value.values() if isinstance(value, dict) else ()
    parts = value if isinstance(value, list) else parts
    return list(dict.fromkeys(key for part in parts for key in _sources_in(part, known)))


def _write_hospital_pairs(data: Path, pack: Path) -> None:
    """Write the hospital pairs without history. The codes whose row was read are those for which the list answers."""
    _, later = split(read_table(data / "edits/releases.toml"))
    (file,) = (row for row in later.rows["file"] if row["kind"] == "ptp-active")
    codes = [
        row["code"]
        for row in rows_of(data, "edits/ptp_active_codes.csv")
        if row["reading"] != "not read"
    ]
    quarter = f"{file['from'].year}q{(file['from'].month + 2) // 3}"
    table = f"{_HOSPITAL}-{quarter}"
    write_table(
        pack / "edits/releases.toml", {"file": [{**file, "table": table, "codes": sorted(codes)}]}
    )
    pairs = (data / "edits/ptp_active.csv").read_text(encoding="utf-8")
    target = pack / f"edits/{table.replace('-', '_')}.csv"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(csv.reader(pairs.splitlines()))
    target.write_text(text.getvalue(), encoding="utf-8", newline="\n")


def _write_manifest(pack: Path, through: date, corrections: list[Table]) -> None:
    files = sorted(path for path in pack.rglob("*") if path.is_file())
    tables = []
    for path in files:
        name, text = path.relative_to(pack).as_posix(), path.read_text(encoding="utf-8")
        rows = rows_of_table(name, text)
        tables.append({"path": name, "sha256": sha256_of(text.encode()), "rows": rows})
    manifest = toml_text(
        {
            "name": "by-hand",
            "from": LAST + timedelta(days=1),
            "through": through,
            "remark": _REMARK,
            "table": tables,
            "assumption": [
                {
                    "id": "unchanged",
                    "text": "what the library has for the cut days applies",
                    "by": "scripts/rebuild_years.py",
                    "from": LAST + timedelta(days=1),
                    "through": through,
                    "files": ["payers/*.toml", "codes/therapy.toml", "codes/periods.toml"],
                }
            ],
            "correction": corrections,
        }
    )
    (pack / "pack.toml").write_text(manifest, encoding="utf-8", newline="\n")
