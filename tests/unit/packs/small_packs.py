"""Write small data packs for the tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from therapy_billing.base.data_packs import Pack

__all__ = ["RVU_CAPTIONS", "edits_of", "fees_of", "small_pack", "write_pack"]

RVU_CAPTIONS = "effective_from,release,code,status,work_rvu,pe_rvu_nonfacility,pe_rvu_facility,mp_rvu,mult_proc"
GPCI_CAPTIONS = "effective_from,mac,locality,state,name,work_gpci,pe_gpci,mp_gpci"
PTP_CAPTIONS = "column1,column2,indicator,effective_from,deleted_on,prior_to_1996,rationale"
MUE_CAPTIONS = "code,units,mai,rationale"
SOURCE = '[file.source]\ntitle = "An invented file"\nverified = "unverified"\n'


def write_pack(
    folder: Path, files: Mapping[str, str], *, name: str = "small-2027", more: str = ""
) -> str:
    """Write a pack of *files*, by path, to *folder*, and return its path. *more* goes to pack.toml."""
    manifest = f'name = "{name}"\nfrom = 2027-01-01\nthrough = 2027-12-31\n{more}'
    for path, text in {"pack.toml": manifest, **files}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return str(folder)


def small_pack(folder: Path, files: Mapping[str, str], *, name: str = "small-2027") -> Pack:
    """Write a pack of *files*, by path, and read it."""
    return Pack.from_folder(write_pack(folder, files, name=name))


def fees_of(*rows: str, releases: str = "") -> dict[str, str]:
    """Return the files of a fee release with *rows* of code, status, four relative values, and MULT PROC."""
    first = '[[release]]\nname = "RVU27A"\nfrom = 2027-01-01\nsource = "rvu27a.zip"\n'
    lines = [RVU_CAPTIONS, *(f"2027-01-01,RVU27A,{row}" for row in rows)]
    return {
        "fees/releases.toml": f"known_through = 2027-12-31\n{first}{releases}",
        "fees/mpfs_rvu.csv": "".join(f"{line}\n" for line in lines),
    }


def localities_of(*rows: str) -> dict[str, str]:
    """Return the file of localities with *rows*."""
    return {"fees/gpci.csv": "".join(f"{line}\n" for line in (GPCI_CAPTIONS, *rows))}


def edits_of(
    *files: tuple[str, str, str, str, tuple[str, ...]], setting: str = "practitioner"
) -> dict[str, str]:
    """Return files of edits, each given as its kind, first day, codes, more keys, and rows."""
    releases: list[str] = []
    tables: dict[str, str] = {}
    for number, (kind, first, codes, more, rows) in enumerate(files):
        table = f"{kind}-{number}"
        listed = "".join(f'"{code}", ' for code in codes.split())
        searched = f"codes = [{listed}]\n" if codes else ""
        releases.append(
            f'[[file]]\nkind = "{kind}"\nsetting = "{setting}"\nfrom = {first}\ntable = "{table}"\n'
            f"{searched}{more}{SOURCE}"
        )
        captions = MUE_CAPTIONS if kind == "mue" else PTP_CAPTIONS
        lines = "".join(f"{line}\n" for line in (captions, *rows))
        tables[f"edits/{table.replace('-', '_')}.csv"] = lines
    return {"edits/releases.toml": "\n".join(releases), **tables}
