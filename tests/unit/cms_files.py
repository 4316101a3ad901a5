"""Small invented files in the shapes of CMS's, and where the real ones are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.paths import CMS_FILES
from therapy_billing.base.errors import FileFormatError

PPRRVU_HEAD = (
    ",,2023 National Physician Fee Schedule Relative Value File October Release,,,,,,,,",
    ",,RELEASED 09/01/2023,,,,,,,,",
    ",,,STATUS,WORK,NON-FAC,NA,FACILITY ,MP,MULT,CONV,",
    "HCPCS,MOD,DESCRIPTION,CODE,RVU,PE RVU,INDICATOR,PE RVU,RVU,PROC,FACTOR,PAYMENT",
)
"""Fewer columns than CMS's, with its captions; the last one is that of an OPPS amount."""
PPRRVU_ROWS = (
    "97110,,,A,0.45,0.40,,0.40,0.01,5,33.8872,0.00",
    "97530,,,A,0.44,0.66,,0.65,0.02,5,33.8872,0.00",
    "45378,53,,A,1.63,3.22,,0.90,0.22,2,33.8872,0.00",
    "45378,,,A,3.26,6.44,,1.79,0.43,2,33.8872,0.10",
)
GPCI_HEAD = (
    "ADDENDUM E. FINAL CY 2023 GEOGRAPHIC PRACTICE COST INDICES (GPCIs),,,,,,",
    "MAC,State,Locality Number,Locality Name,2023 PW GPCI (with 1.0 Floor),2023 PE GPCI,2023 MP GPCI",
)
GPCI_ROWS = (
    "2102,AK,1,ALASKA*,1.5,1.081,0.592",
    "15202,OH,0,OHIO,1,0.91,0.975",
    '01112,CA,75,"REST OF CALIFORNIA,  CA**",1.017,1.093,0.662',
)
PTP_HEAD = (
    "CPT only copyright 2025 American Medical Association.  All rights reserved.\t\t\t\t\t\t",
    "Column1/Column2 Edits\t\t\t\t\t\t",
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale",
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t",
    "\t\t\t\t*=no data\t1=allowed\t",
    "\t\t\t\t\t9=not applicable\t",
)
PTP_ROWS = (
    "29581\t97140\t\t20180101\t*\t1\tStandards of practice",
    "97110\t99999\t\t20180101\t*\t0\tStandards of practice",
    "97140\t97124\t*\t19960101\t*\t0\tStandards of practice",
    "97140\t97530\t\t20060101\t20191231\t1\tMutually exclusive",
    "97140\t97530\t\t20200101\t20200101\t9\tMutually exclusive",
)
"""An edit among therapy codes, one with a code that is none, and one with its history."""
MUE_HEAD = (
    '"A notice of several lines. ',
    "",
    'It ends here, with a \u201cquote\u201d.",,,',
    '"HCPCS/',
    'CPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale',
)
MUE_ROWS = (
    "0001U,12000,1 Line Edit,Nature of Analyte",
    "97010,0,3 Date of Service Edit: Clinical,CMS Policy",
    "97161,1,2 Date of Service Edit: Policy,CMS Policy",
    "97530,6,3 Date of Service Edit: Clinical,Clinical: Data",
)


def written(folder: Path, name: str, lines: Iterable[str], end: str = "\n") -> Path:
    path = folder / name
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode())
    return path


def workbook(folder: Path, name: str, rows: Iterable[list[Any]]) -> Path:
    path = folder / name
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def faults(read: Callable[[], object]) -> list[str]:
    """Return what is wrong with the rows, without the path."""
    with pytest.raises(ExceptionGroup) as caught:
        read()
    group = caught.value
    rows = "1 bad row" if len(group.exceptions) == 1 else f"{len(group.exceptions)} bad rows"
    assert str(group).startswith(f"{rows} in ")
    assert all(isinstance(error, FileFormatError) for error in group.exceptions)
    return [str(error).partition(", ")[2] for error in group.exceptions]


def published(name: str) -> Path:
    """Return a real file of CMS, or skip the test."""
    path = CMS_FILES / name
    if not path.is_file():
        reason = f"{name} is not available (THERAPY_BILLING_CMS_FILES), so nothing was compared with CMS's file"
        pytest.skip(reason)
    return path
