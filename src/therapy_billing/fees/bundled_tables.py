"""The Medicare fee tables that come with the library: relative value units (RVUs) and locality indices (GPCIs)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import attrs

from therapy_billing.base.data_loader import read_rows_of, read_toml
from therapy_billing.base.errors import NotPublishedError
from therapy_billing.fees.records import Gpci, Rvu, RvuRelease
from therapy_billing.law.sources import Source, Verification
from therapy_billing.law.timeline import Timeline

__all__ = [
    "RVU_PAGE",
    "gpci_source",
    "load_gpcis",
    "load_releases",
    "load_rvus",
    "published_rvus",
    "release_period",
]

RVU_PAGE = "https://www.cms.gov/medicare/payment/fee-schedules/physician/pfs-relative-value-files"
"""The page on which CMS publishes the relative value files, each with its locality indices."""


@cache
def load_releases() -> Timeline[RvuRelease]:
    """
    Return the releases of the Medicare relative value file, each with its first date of service.

    A period without a release has an entry that says so.
    """
    table = read_toml("fees/releases.toml")

    def release(row: dict[str, Any]) -> RvuRelease:
        derived = "applied" in row
        verified = Verification.DERIVED if derived else Verification.DATA_FILE
        return RvuRelease(
            row["name"],
            row["from"],
            row.get("assumption", ""),
            Source(row["source"], "", RVU_PAGE, verified, f"{row['name']}, from {row['from']}"),
        )

    def gap(row: dict[str, Any]) -> RvuRelease:
        reason = f"{row['reason']}, so there are no Medicare amounts from {row['from']} through {row['through']}"
        source = Source(row["reason"], "", "", Verification.DERIVED)
        return RvuRelease("", row["from"], "", source, reason)

    found: dict[date, RvuRelease] = {
        row.get("applied", row["from"]): release(row) for row in table["release"]
    }
    found |= {row["from"]: gap(row) for row in table.get("gap", ())}
    return Timeline(
        subject="the Medicare relative value file",
        entries=tuple(sorted(found.items())),
        known_through=table["known_through"],
    )


def release_period(day: date) -> tuple[date, date]:
    """
    Return the first and last day on which the release for *day* applies.

    Raises:
        NotPublishedError: If the data have no release for that day.
    """
    missing = load_releases().on(day).missing
    if missing:
        raise NotPublishedError(missing, field="date_of_service")
    return load_releases().period(day)


@cache
def load_rvus(release: str) -> Mapping[str, Rvu]:
    """
    Return the RVUs of *release* by code, for therapy codes and codes that are billed with them.

    If published payment amounts contradict the file for a code, the result has the corrected STATUS CODE and
    MULT PROC for the code.
    """
    rvus = dict(published_rvus(release))
    for row in read_toml("fees/releases.toml")["correction"]:
        if row["release"] == release:
            code, status, indicator = row["code"], row["status"], row["mult_proc"]
            rvus[code] = attrs.evolve(rvus[code], status=status, mppr_indicator=indicator)
    return rvus


@cache
def published_rvus(release: str) -> Mapping[str, Rvu]:
    """Return the RVUs of *release* by code, exactly as in the file."""
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
    """Return the raw lines of the file by release, so that a schedule parses only the release it needs."""
    releases: dict[str, list[str]] = {}
    for line in read_rows_of("fees/mpfs_rvu.csv")[1:]:
        releases.setdefault(line.split(",", 2)[1], []).append(line)
    return releases


@cache
def load_gpcis() -> Timeline[Mapping[tuple[str, str], Gpci]]:
    """Return the locality indices for each period, by contractor and locality number."""
    table = read_toml("fees/gpci_releases.toml")
    published: dict[str, dict[tuple[str, str], Gpci]] = {}
    for row in csv.DictReader(read_rows_of("fees/gpci.csv")):
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
    for first, indices in sorted(published.items()):
        day = date.fromisoformat(first)
        # A file released during a year contains only the localities that changed.
        whole = dict(entries[-1][1]) if day.month > 1 else {}
        entries.append((day, whole | indices))
    return Timeline("the Medicare locality indices", tuple(entries), table["known_through"])


def gpci_source(day: date) -> Source:
    """Return the source of the locality indices for *day*."""
    first, _ = load_gpcis().period(day)
    return _gpci_sources()[first]


@cache
def _gpci_sources() -> Mapping[date, Source]:
    """Return the source of the locality indices by their first day."""
    return {
        row["from"]: Source(
            row["source"], "", RVU_PAGE, Verification.DATA_FILE, f"from {row['from']}"
        )
        for row in read_toml("fees/gpci_releases.toml")["release"]
    }
