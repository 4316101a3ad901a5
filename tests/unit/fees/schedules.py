"""Fee schedules for several test modules."""

from __future__ import annotations

import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs

from therapy_billing import FeeSchedule, Source
from therapy_billing.fees.bundled_tables import RVU_PAGE
from therapy_billing.fees.gpci_file import GpciFile
from therapy_billing.fees.pprrvu_file import RvuFile
from therapy_billing.fees.records import Gpci, Rvu
from therapy_billing.law import Verification

NAME: Any = "Rosa Invented"
DAY = "2026-03-02"


def day(text: str) -> datetime.date:
    """Return the date written in *text*."""
    return datetime.date.fromisoformat(text)


def data_file(title: str, dated: str) -> Source:
    """Return the citation of a data file of CMS."""
    return Source(title, "", RVU_PAGE, Verification.DATA_FILE, dated)


def medicare(**given: Any) -> FeeSchedule:  # noqa: ANN401 - wrong types are what is tested
    """Return the Medicare schedule for a date in 2026 and a locality."""
    return FeeSchedule.medicare(DAY, **given)


def rvu(code: str, indicator: str = "5", **changed: Any) -> Rvu:  # noqa: ANN401
    """Return the relative values of 97530 for *code*."""
    one = Rvu(
        code,
        "A",
        Decimal("0.44"),
        Decimal("0.60"),
        Decimal("0.20"),
        Decimal("0.01"),
        indicator,
    )
    return attrs.evolve(one, **changed)


def rvu_file(year: int = 2027, first: str | None = None) -> RvuFile:
    """Return the result of read_pprrvu for a small file."""
    rows = [
        rvu("97530"),
        rvu("97550", "0"),
        rvu("97010", "9", status="B"),
        rvu("97545", "0", work=Decimal(0), practice_expense=Decimal(0), malpractice=Decimal(0)),
    ]
    return RvuFile(
        path="PPRRVU2027_Jan.csv",
        title=f"PPRRVU {year}",
        year=year,
        effective_from=day(first or f"{year}-01-01"),
        released=None,
        conversion_factor=Decimal("34.0000"),
        rvus=MappingProxyType({row.code: row for row in rows}),
        by_modifier=MappingProxyType({}),
    )


def gpci_file(year: int = 2027) -> GpciFile:
    """Return the result of read_gpci for a small file."""
    two, half = Decimal("2.000"), Decimal("0.500")
    localities = (
        Gpci("15202", "00", "OH", "OHIO", two, half, half),
        Gpci("10212", "01", "GA", "ATLANTA", two, two, two),
        Gpci("10212", "99", "GA", "REST OF GEORGIA", half, half, half),
    )
    return GpciFile(
        path="GPCI2027.csv",
        title=f"GPCI {year}",
        year=year,
        effective_from=day(f"{year}-01-01"),
        indices=MappingProxyType(
            {(locality.mac, locality.locality): locality for locality in localities}
        ),
    )
