"""Small invented files of CMS for 2027, complete enough for a pack on top of the library's data."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.unit.cms_files import MUE_HEAD, PTP_HEAD, written
from therapy_billing.fees.bundled_tables import load_gpcis, published_rvus
from therapy_billing.fees.records import Gpci
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import PtpFile
from therapy_billing.packs.downloads import Download, read_downloads

FACTOR = "33.0000"
RVUS: Mapping[str, tuple[str, str, str, str, str]] = {
    # work, PE outside and in a facility, malpractice, MULT PROC
    "92507": ("1.30", "0.90", "0.90", "0.05", "5"),
    "97110": ("0.45", "0.41", "0.40", "0.01", "5"),
    "97161": ("1.54", "1.29", "1.29", "0.05", "5"),
    "97530": ("0.44", "0.66", "0.65", "0.02", "5"),
    "97597": ("0.77", "2.13", "0.31", "0.12", "0"),
    "G0283": ("0.18", "0.22", "0.22", "0.01", "5"),
    "V5364": ("0.00", "0.00", "0.00", "0.00", "9"),
}
NUMBERS = """
[[number]]
series = "kx_threshold"
from = 2027-01-01
amount = 2550.00
source = "an invented page"

[[number]]
series = "part_b_deductible"
from = 2027-01-01
amount = 290
source = "an invented page"
verified = "secondary"
"""
LAST = date(2027, 12, 31)
BOTH = ("codes-unchanged", "policy-unchanged")
MONTHS = {"January": "JAN", "April": "APR", "July": "JUL", "October": "OCT"}


def pprrvu(
    folder: Path,
    month: str = "January",
    *,
    year: int = 2027,
    factor: str = FACTOR,
    name: str | None = None,
    rvus: Mapping[str, tuple[str, str, str, str, str]] = RVUS,
    status: str = "A",
    rest: bool = True,
) -> Path:
    """Write a PPRRVU file with *rvus* and, because a release keeps the codes of the one before it, the *rest* of 2026."""
    given = dict(rvus)
    if rest:
        given = {**rest_of_2026(), **given}
        given = {code: given[code] for code in sorted(given)}
    statuses = {code: rvu.status for code, rvu in published_rvus("RVU26C").items()}
    rows = [
        f"{code},,,{status if code in rvus else statuses[code]},{work},{outside},,{inside},{mp},{mult},{factor},0.00"
        for code, (work, outside, inside, mp, mult) in given.items()
    ]
    head = (
        f",,{year} National Physician Fee Schedule Relative Value File {month} Release,,,,,,,,",
        ",,,STATUS,WORK,NON-FAC,NA,FACILITY ,MP,MULT,CONV,",
        "HCPCS,MOD,DESCRIPTION,CODE,RVU,PE RVU,INDICATOR,PE RVU,RVU,PROC,FACTOR,PAYMENT",
    )
    short = f"PPRRVU{year % 100}_{MONTHS[month]}.csv"
    return written(folder, name or short, [*head, *rows])


def rest_of_2026() -> dict[str, tuple[str, str, str, str, str]]:
    """Return the codes of the library's last release, with their relative values."""
    return {
        code: (
            f"{rvu.work:.2f}",
            f"{rvu.practice_expense:.2f}",
            f"{rvu.practice_expense_facility:.2f}",
            f"{rvu.malpractice:.2f}",
            rvu.mppr_indicator,
        )
        for code, rvu in published_rvus("RVU26C").items()
    }


def pairs_of_2026() -> list[str]:
    """Return the pairs of the library's PTP file with first days, as rows of a PTP file. Later files keep them."""
    found = dict.fromkeys(
        edit
        for file in Edits.bundled().files
        if isinstance(file, PtpFile)
        for edit in file.edits
        if edit.effective_from is not None
    )
    return [
        f"{edit.column1}\t{edit.column2}\t\t{edit.effective_from:%Y%m%d}\t"
        f"{f'{edit.deleted_on:%Y%m%d}' if edit.deleted_on else '*'}\t{edit.indicator}\tStandards of practice"
        for edit in found
    ]


def indices_of(year: int = 2026) -> dict[tuple[str, str], Gpci]:
    return dict(load_gpcis().on(date(year, 7, 1)))


def gpci(
    folder: Path,
    *,
    year: int = 2027,
    name: str | None = None,
    without: Iterable[tuple[str, str]] = (),
    changed: Mapping[tuple[str, str], tuple[str, str, str]] | None = None,
    states: bool = True,
    only: int | None = None,
) -> Path:
    """Write a GPCI file with the indices of 2026, except as *changed*."""
    rows = []
    for key, row in sorted(indices_of().items(), key=lambda item: item[1].state):
        if key in without:
            continue
        indices = (changed or {}).get(key) or (row.work, row.practice_expense, row.malpractice)
        place = f'"{row.name}"'
        state = row.state if states else ""
        rows.append(f"{row.mac},{state},{row.locality},{place},{','.join(map(str, indices))}")
    head = (
        f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs),,,,,,",
        f"MAC,State,Locality Number,Locality Name,{year} PW GPCI (with 1.0 Floor),{year} PE GPCI,{year} MP GPCI",
    )
    return written(folder, name or f"GPCI{year}.csv", [*head, *rows[:only]])


def counties(
    folder: Path,
    *,
    year: int = 2027,
    without: Iterable[tuple[str, str]] = (),
    name: str | None = None,
) -> Path:
    rows = [
        f"{mac},{locality},STATE {row.state},AREA,ALL COUNTIES"
        for (mac, locality), row in indices_of().items()
        if (mac, locality) not in without
    ]
    head = (
        f"COUNTIES INCLUDED IN {year} LOCALITIES,,,,",
        "Medicare Administrative Contractor,Locality Number,State ,Fee Schedule Area ,Counties",
    )
    return written(folder, name or f"{year % 100}LOCCO.csv", [*head, *rows])


def zip5(
    folder: Path,
    *,
    quarter: str = "20271",
    name: str = "ZIP5_JAN2027.txt",
    areas: Iterable[str] = (),
) -> Path:
    rows = areas or ("OH432151520200", "NJ070011240201")
    lines = [f"{row}      {flag}{' ' * 54}{quarter}" for row, flag in zip(rows, "01", strict=False)]
    return written(folder, name, lines)


def mue(
    folder: Path,
    *,
    name: str = "MCR_MUE_PractitionerServices_Eff_01-01-2027.csv",
    rows: Iterable[str] = (),
) -> Path:
    limits = rows or (
        "97110,6,3 Date of Service Edit: Clinical,Clinical: Data",
        "97530,6,3 Date of Service Edit: Clinical,Clinical: Data",
        "V5364,1,2 Date of Service Edit: Policy,CMS Policy",
    )
    return written(folder, name, [*MUE_HEAD, *limits])


def ptp(folder: Path, *, name: str = "ccipra-v330r0-f4.txt", rows: Iterable[str] = ()) -> Path:
    pairs = rows or (
        *pairs_of_2026(),
        "97140\t97530\t\t20060101\t20191231\t1\tMutually exclusive",
        "97530\t97116\t*\t20270101\t*\t1\tStandards  of practice",
        "V5364\tV5363\t\t20180101\t*\t0\tStandards of practice",
    )
    return written(folder, name, [*PTP_HEAD, *pairs])


def numbers(folder: Path, text: str = NUMBERS) -> Path:
    path = folder / "numbers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def amounts(
    folder: Path,
    rows: Iterable[tuple[str, str, str, tuple[str, str, str, str]]],
    *,
    name: str = "PFALL27A.txt",
    year: int = 2027,
    modifier: str = "  ",
) -> Path:
    """Write published amounts: contractor, locality, code, and the four amounts."""
    lines = [
        f'"{year}","{mac}","{locality}","{code}","{modifier}","{out}","{inside}"," ","7","A","5","{office}","{home}","9",'
        '"0000000.00","0000000.00"'
        for mac, locality, code, (out, inside, office, home) in rows
    ]
    return written(folder, name, [*lines, '"TRL","CPT only copyright"'])


def expected(
    code: str, key: tuple[str, str] = ("15202", "00"), factor: str = FACTOR
) -> tuple[str, str, str, str]:
    """Return the four amounts of a code, computed in whole hundred-millionths of a dollar and rounded half up."""
    gpci = indices_of()[key]
    work, outside, inside, mp, mult = map(Decimal, RVUS[code])

    def amount(expense: Decimal, halves: int) -> str:
        # work x GPCI has 5 decimals, half of the expense x GPCI has 6, and the factor has 4.
        total = (
            2 * work * gpci.work
            + halves * expense * gpci.practice_expense
            + 2 * mp * gpci.malpractice
        )
        units = int(total * 10**5) * int(Decimal(factor) * 10**4)
        hundredths = (units * 2 + 2 * 10**7) // (4 * 10**7)
        return f"{hundredths // 100:07d}.{hundredths % 100:02d}"

    zero = "0000000.00"
    reduced = (amount(outside, 1), amount(inside, 1)) if mult == 5 else (zero, zero)
    return amount(outside, 2), amount(inside, 2), *reduced


def zipped(folder: Path, name: str, *paths: Path, inside: str = "") -> Path:
    target = folder / name
    with zipfile.ZipFile(target, "w") as archive:
        for path in paths:
            archive.write(path, f"{inside}{path.name}")
    return target


def of_kind(kind: str, *paths: Path) -> tuple[Download, ...]:
    return read_downloads(paths).of_kind(kind)
