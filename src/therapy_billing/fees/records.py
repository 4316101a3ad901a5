"""
Published tables: relative value units, locality cost indices, localities of counties and ZIP codes.

What the package brings is read from its data on first use; the loaders make the same records of the
published files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import attrs

from therapy_billing.base.data_loader import read_text, read_toml
from therapy_billing.base.errors import InvalidInputError, NotPublishedError, shown
from therapy_billing.base.money import EXACT, Usd
from therapy_billing.base.validation import checked
from therapy_billing.law.sources import Source, Verification
from therapy_billing.law.timeline import Timeline

__all__ = [
    "CountyLocality",
    "Gpci",
    "PublishedAmount",
    "Rvu",
    "RvuRelease",
    "ZipArea",
    "gpci_source",
    "load_gpcis",
    "load_releases",
    "load_rvus",
    "locality_of",
    "locality_of_state",
    "parse_locality",
    "parse_mac",
    "published_rvus",
]


@attrs.frozen(field_transformer=checked)
class Rvu:
    """
    Relative value units of one code in one release of the Medicare file.

    Args:
        code: The code.
        status: STATUS CODE; empty when the file holds none.
        work: Work.
        practice_expense: Practice expense outside a facility.
        practice_expense_facility: Practice expense in a facility.
        malpractice: Malpractice.
        mppr_indicator: MULT PROC; empty when the file holds none.
    """

    code: str
    status: str
    work: Decimal
    practice_expense: Decimal
    practice_expense_facility: Decimal
    malpractice: Decimal
    mppr_indicator: str

    @property
    def total(self) -> Decimal:
        """Sum outside a facility."""
        return EXACT.add(EXACT.add(self.work, self.practice_expense), self.malpractice)


@attrs.frozen(field_transformer=checked)
class RvuRelease:
    """
    A release of the Medicare relative value file.

    Args:
        name: Its name, such as ``RVU20A``.
        effective_from: First date of service as published.
        note: What was assumed about it; empty when nothing was.
        source: The file.
    """

    name: str
    effective_from: date
    note: str
    source: Source


@attrs.frozen(field_transformer=checked)
class Gpci:
    """
    Geographic practice cost indices of one Medicare payment locality.

    Args:
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        state: State, two letters.
        name: Name of the locality.
        work: Index of work, with the floor in force.
        practice_expense: Index of practice expense.
        malpractice: Index of malpractice.
    """

    mac: str
    locality: str
    state: str
    name: str
    work: Decimal
    practice_expense: Decimal
    malpractice: Decimal

    def __str__(self) -> str:
        return f"{self.title}, {self.state} (MAC {self.mac}, locality {self.locality})"

    @property
    def title(self) -> str:
        """The name in capitals and small letters, but for the states in it."""
        return re.sub(r"\b(Dc|Md|Va)\b", lambda state: state[0].upper(), self.name.title())


@attrs.frozen(field_transformer=checked)
class ZipArea:
    """
    The Medicare payment locality of a five-digit ZIP code.

    Args:
        zip_code: Five digits.
        state: State, two letters.
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        plus_four: Whether the ZIP code is split between localities, so that ZIP+4 is needed.
    """

    zip_code: str
    state: str
    mac: str
    locality: str
    plus_four: bool


@attrs.frozen(field_transformer=checked)
class CountyLocality:
    """
    The counties of one Medicare payment locality, as the county file words them.

    Args:
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        state: Name of the state, in full.
        area: Name of the fee schedule area.
        counties: The counties.
        counties_cut: Whether the list may go on: fixed-width text has no room for a long one.
    """

    mac: str
    locality: str
    state: str
    area: str
    counties: str
    counties_cut: bool = False


@attrs.frozen
class PublishedAmount:
    """
    Amounts of a code in a locality, as the national payment amount file gives them.

    Args:
        year: Calendar year.
        mac: Number of the Medicare contractor, five digits.
        locality: Number of the locality, two digits.
        code: The code.
        modifier: 26, TC or 53; empty for the whole service.
        status: STATUS CODE.
        mppr_indicator: MULT PROC.
        nonfacility: Dollars outside a facility.
        facility: Dollars in a facility.
        reduced: Dollars with the practice expense halved, in an office; None where the file has none.
        reduced_institution: The same in an institution.
    """

    year: int
    mac: str
    locality: str
    code: str
    modifier: str
    status: str
    mppr_indicator: str
    nonfacility: Usd
    facility: Usd
    reduced: Usd | None
    reduced_institution: Usd | None


@cache
def load_releases() -> Timeline[RvuRelease]:
    """Return the releases of the Medicare file by the first date of service they are used for."""
    table = read_toml("fees/releases.toml")

    def release(row: dict[str, Any]) -> RvuRelease:
        derived = "applied" in row
        verified = Verification.DERIVED if derived else Verification.DATA_FILE
        return RvuRelease(
            row["name"],
            row["from"],
            row.get("note", ""),
            Source(row["source"], "", "", verified),
        )

    return Timeline(
        subject="the Medicare relative value file",
        entries=tuple((row.get("applied", row["from"]), release(row)) for row in table["release"]),
        known_through=table["known_through"],
    )


@cache
def load_rvus(release: str) -> Mapping[str, Rvu]:
    """
    Return the RVUs of *release* by code: the therapy codes and codes billed beside them.

    Where published amounts show that a status was another one, it is that one.
    """
    rvus = dict(published_rvus(release))
    for row in read_toml("fees/releases.toml")["correction"]:
        if row["release"] == release:
            code, status, indicator = row["code"], row["status"], row["mult_proc"]
            rvus[code] = attrs.evolve(rvus[code], status=status, mppr_indicator=indicator)
    return rvus


@cache
def published_rvus(release: str) -> Mapping[str, Rvu]:
    """Return the RVUs of *release* by code, as the file has them."""
    rvus: dict[str, Rvu] = {}
    for line in _rvu_lines().get(release, ()):
        _, _, code, status, work, expense, expense_facility, malpractice, indicator = line.split(
            ","
        )
        rvus[code] = Rvu(
            code,
            status,
            Decimal(work),
            Decimal(expense),
            Decimal(expense_facility),
            Decimal(malpractice),
            indicator,
        )
    return rvus


@cache
def _rvu_lines() -> Mapping[str, list[str]]:
    """Return the lines of the file by release, unread: one schedule needs one release of many."""
    releases: dict[str, list[str]] = {}
    for line in read_text("fees/mpfs_rvu.csv").splitlines()[1:]:
        releases.setdefault(line.split(",", 2)[1], []).append(line)
    return releases


@cache
def load_gpcis() -> Timeline[Mapping[tuple[str, str], Gpci]]:
    """Return the indices by contractor and locality, by the first date of service they are for."""
    table = read_toml("fees/gpci_releases.toml")
    published: dict[str, dict[tuple[str, str], Gpci]] = {}
    for row in csv.DictReader(read_text("fees/gpci.csv").splitlines()):
        published.setdefault(row["effective_from"], {})[row["mac"], row["locality"]] = Gpci(
            mac=row["mac"],
            locality=row["locality"],
            state=row["state"],
            name=row["name"],
            work=Decimal(row["work_gpci"]),
            practice_expense=Decimal(row["pe_gpci"]),
            malpractice=Decimal(row["mp_gpci"]),
        )
    entries: list[tuple[date | None, Mapping[tuple[str, str], Gpci]]] = []
    for first, indices in published.items():
        day = date.fromisoformat(first)
        # A file within a year holds what changed; the others stay as they were.
        whole = dict(entries[-1][1]) if day.month > 1 else {}
        entries.append((day, whole | indices))
    return Timeline("the Medicare locality indices", tuple(entries), table["known_through"])


def gpci_source(day: date) -> Source:
    """Return the file that the indices of *day* were taken from."""
    first, _ = load_gpcis().period(day)
    row = next(
        row for row in read_toml("fees/gpci_releases.toml")["release"] if row["from"] == first
    )
    return Source(row["source"], "", "", Verification.DATA_FILE)


def parse_mac(value: object) -> str:
    """
    Return *value* as the number of a Medicare contractor: five digits, lost zeros put back.

    >>> parse_mac("2102"), parse_mac(15202)
    ('02102', '15202')
    """
    return _digits(value, 5, "mac", "15202")


def parse_locality(value: object) -> str:
    """
    Return *value* as the number of a locality: two digits, lost zeros put back.

    >>> parse_locality("1"), parse_locality(0)
    ('01', '00')
    """
    return _digits(value, 2, "locality", "00")


def _digits(value: object, width: int, what: str, example: str) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if isinstance(text, str):
        text = text.strip()
        if text.isascii() and text.isdigit() and len(text) <= width:
            return text.zfill(width)
    msg = f"{what} is a number of up to {width} digits such as '{example}', not {shown(value)}"
    raise InvalidInputError(msg)


def locality_of_state(indices: Mapping[tuple[str, str], Gpci], state: object) -> Gpci:
    """
    Return the only locality of *state*.

    Raises:
        InvalidInputError: If *state* is no state of *indices*, or has several localities; the message
            lists them.
    """
    name = state.strip().upper() if isinstance(state, str) else ""
    shared = [
        (row["mac"], row["locality"])
        for row in read_toml("fees/gpci_releases.toml")["shared"]
        if name in row["states"]
    ]
    found = [gpci for key, gpci in indices.items() if gpci.state == name or key in shared]
    if not found:
        known = {gpci.state for gpci in indices.values()}
        for row in read_toml("fees/gpci_releases.toml")["shared"]:
            known |= set(row["states"]) if (row["mac"], row["locality"]) in indices else set()
        states = ", ".join(sorted(known))
        msg = f"state is one of {states}, not {shown(state)}"
        raise InvalidInputError(msg)
    if len(found) > 1:
        listed = "; ".join(f"{gpci.title} {gpci.mac}-{gpci.locality}" for gpci in found)
        msg = f"{name} has {len(found)} localities, give mac and locality: {listed}"
        raise InvalidInputError(msg)
    return found[0]


def locality_of(indices: Mapping[tuple[str, str], Gpci], mac: object, locality: object) -> Gpci:
    """
    Return the indices of a locality.

    Raises:
        NotPublishedError: If there is no such locality; the message lists those of the contractor.
    """
    key = parse_mac(mac), parse_locality(locality)
    if key not in indices:
        near = [f"{number} {gpci.title}" for (of, number), gpci in indices.items() if of == key[0]]
        known = f"MAC {key[0]} has {', '.join(near)}" if near else f"MAC {key[0]} has no locality"
        msg = f"there is no locality {key[1]} of MAC {key[0]}: {known}"
        raise NotPublishedError(msg)
    return indices[key]
