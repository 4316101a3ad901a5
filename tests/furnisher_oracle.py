"""
Answer who may furnish what a second time, from the table of facts ``tests/examples/furnisher_rules.csv``.

The module shares no code with the library. It reads the words of the table and follows these sentences:

- A row is in force from its first to its last date. A row without a date has no limit on that side.
- If several rows are in force, the one with the latest first date applies.
- A class of treatment without a row of its own has the row for skilled treatment.
- An evaluation without a row of its own has the row for skilled treatment only if that row does not pay.
- A record, or a service incident to a physician's, has only its own row.
- In a critical access hospital, the row for that hospital replaces the rows by which an assistant's treatment is paid.
- A service by a student, an aide, an athletic trainer, or a clinical fellow is billed only if a row pays it. A service
  by an assistant or a physician is billed unless a row refuses it. An evaluation by a PT or OT assistant keeps its line.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from tests.paths import EXAMPLE_FILES

__all__ = [
    "COLUMNS",
    "DISCIPLINES",
    "EVALUATIONS",
    "FILE",
    "IN_HOSPITAL",
    "PAYERS",
    "RECORDS",
    "ROLES",
    "SERVICES",
    "Row",
    "boundary_days",
    "furnisher_row",
    "is_billed",
    "load_rows",
    "modifier_on_line",
]

FILE = EXAMPLE_FILES / "furnisher_rules.csv"
COLUMNS = (
    "payer",
    "role",
    "disciplines",
    "service_class",
    "payable",
    "modifier",
    "payment_share",
    "supervision",
    "effective_from",
    "effective_through",
    "verified",
)
DISCIPLINES = ("PT", "OT", "SLP")
IN_HOSPITAL = "assistant in a critical access hospital"
EVALUATIONS = ("evaluation", "re-evaluation")
RECORDS = ("documentation", "progress-report", "plan-of-care", "certification", "incident-to")
PAYERS = {
    "Medicare": "medicare",
    "TRICARE": "tricare",
    "UnitedHealthcare commercial": "unitedhealthcare",
    "Humana": "humana",
    "Horizon BCBSNJ": "horizon-bcbsnj",
    "Aetna": "aetna",
    "Washington L&I workers' compensation": "washington-workers-compensation",
    "Ohio Medicaid": "ohio-medicaid",
    "Texas Medicaid SHARS": "texas-medicaid-shars",
}
"""The library's name of each payer in the table."""
_ROLES = {
    "therapist": (("therapist", DISCIPLINES),),
    "PTA": (("assistant", ("PT",)),),
    "OTA": (("assistant", ("OT",)),),
    "SLP assistant": (("assistant", ("SLP",)),),
    "PTA or OTA": (("assistant", ("PT", "OT")),),
    "PTA or OTA or aide": (("assistant", ("PT", "OT")), ("aide", DISCIPLINES)),
    "student": (("student", DISCIPLINES),),
    "clinical fellow without a licence": (("clinical-fellow", ("SLP",)),),
    "aide": (("aide", DISCIPLINES),),
    "athletic trainer": (("athletic-trainer", ("PT",)),),
    "physician or NPP": (("physician", DISCIPLINES),),
    IN_HOSPITAL: ((IN_HOSPITAL, ("PT", "OT")),),
}
"""The roles in each word of the table, each with the disciplines that it can have."""
ROLES = (
    "therapist",
    "assistant",
    "student",
    "aide",
    "athletic-trainer",
    "clinical-fellow",
    "physician",
)
_SERVICES = {
    "evaluation": "evaluation",
    "re-evaluation": "re-evaluation",
    "skilled treatment": "skilled-treatment",
    "group": "group",
    "maintenance programme: set-up": "maintenance-setup",
    "maintenance programme: treatment": "maintenance-treatment",
    "RTM set-up and management (98975 98979 98980 98981)": "rtm-management",
    "RTM device supply (98976 98977 98978 98984 98985 98986)": "rtm-device",
    "caregiver training (97550 97551 97552)": "caregiver-training",
    "incident to a physician": "incident-to",
    "documentation": "documentation",
    "progress report": "progress-report",
    "plan of care": "plan-of-care",
    "certification": "certification",
}
SERVICES = tuple(_SERVICES.values())
_PAYABLE = {
    "yes": "yes",
    "no": "no",
    "no: physician or NPP certifies": "no",
    "no: may add elements between reports": "no",
    "not billed": "not-billed",
    "only the therapist's own service": "therapists-own",
    "as a student": "therapists-own",
    "may write, therapist reviews and signs": "if-signed",
    "relief: signed order on file and plan sent within 30 days of the evaluation": "if-ordered",
    "": "unknown",
}
_SHARES = {
    "": None,
    "cost based": None,
    "0.85": Decimal("0.85"),
    "1.00": Decimal(1),
}
_FIRST_MODIFIERS = {
    "medicare": date(2020, 1, 1),
    "tricare": date(2020, 4, 16),
    "humana": date(2020, 1, 1),
    "horizon-bcbsnj": date(2022, 6, 27),
    "aetna": date(2023, 12, 1),
    "unitedhealthcare": date(2022, 1, 1),
}
"""The first day on which each payer requires CQ and CO. Aetna's and UnitedHealthcare's are not in the table."""


class Row(NamedTuple):
    """One row of the table, with its number (the first row is 1)."""

    number: int
    payer: str
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    service: str
    payable: str
    modifier: str | None
    share: Decimal | None
    supervised: bool
    first: date | None
    last: date | None
    verified: str

    def in_force(self, day: date) -> bool:
        """Return whether the row is in force on *day*."""
        return (self.first or day) <= day <= (self.last or day)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def load_rows() -> tuple[Row, ...]:
    """Read the rows in file order. A word that is not known raises an error."""
    with FILE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    return tuple(
        Row(
            number,
            PAYERS[row["payer"]],
            tuple(
                (role, tuple(each for each in own if each in row["disciplines"].split()))
                for role, own in _ROLES[row["role"]]
            ),
            _SERVICES[row["service_class"]],
            _PAYABLE[row["payable"]],
            row["modifier"] or None,
            _SHARES[row["payment_share"]],
            row["supervision"] != "",
            _day(row["effective_from"]),
            _day(row["effective_through"]),
            row["verified"],
        )
        for number, row in enumerate(table, 1)
    )


def boundary_days() -> list[date]:
    """Return the day before, of, and after every date in the table."""
    dates = {day for row in load_rows() for day in (row.first, row.last) if day is not None}
    around = (timedelta(-1), timedelta(0), timedelta(1))
    return sorted({day + step for day in dates for step in around})


@cache
def _by_words() -> dict[tuple[str, str, str, str], list[Row]]:
    found: dict[tuple[str, str, str, str], list[Row]] = {}
    for row in load_rows():
        for role, disciplines in row.roles:
            for discipline in disciplines:
                found.setdefault((row.payer, role, discipline, row.service), []).append(row)
    return found


def _own(payer: str, role: str, discipline: str, service: str, day: date) -> Row | None:
    rows = _by_words().get((payer, role, discipline, service), [])
    holding = [row for row in rows if row.in_force(day)]
    return max(holding, key=lambda row: row.first or date.min, default=None)


def furnisher_row(
    payer: str, role: str, discipline: str, service: str, day: date, *, hospital: bool = False
) -> Row | None:
    """Return the row that answers, or None if the table has no answer."""
    found = _own(payer, role, discipline, service, day)
    if service in RECORDS:
        return found
    treatment = _own(payer, role, discipline, "skilled-treatment", day)
    if found is None and not (
        service in EVALUATIONS and treatment is not None and treatment.payable == "yes"
    ):
        found = treatment
    if hospital and role == "assistant" and found is not None and found.payable == "yes":
        return _own(payer, IN_HOSPITAL, discipline, "skilled-treatment", day) or found
    return found


def is_billed(payer: str, role: str, discipline: str, service: str, day: date) -> bool:
    """Return whether the service makes units and a line."""
    if role in ("therapist", "together"):
        return True
    if role == "assistant" and discipline != "SLP" and service in EVALUATIONS:
        return True
    row = furnisher_row(payer, role, discipline, service, day)
    if row is None:
        return role in ("assistant", "physician")
    return row.payable == "yes"


def modifier_on_line(payer: str, role: str, discipline: str, service: str, day: date) -> str | None:
    """Return CQ or CO if a line that *role* furnished alone has one. The supply of a device has none."""
    first = _FIRST_MODIFIERS.get(payer)
    if role != "assistant" or discipline == "SLP" or service == "rtm-device":
        return None
    if first is None or day < first:
        return None
    return {"PT": "CQ", "OT": "CO"}[discipline]
