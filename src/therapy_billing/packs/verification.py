"""
Compare the amounts that CMS publishes with the amounts computed from the new tables.

The name of a file (PFALL27A, PFREV27C) shows its release. If it does not, an amount must agree with at least one release of its
year. A file whose name has QP and not nonQP has the amounts of qualifying APM participants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import cast

import attrs

from therapy_billing.base.data_packs import PackCheck
from therapy_billing.base.errors import FileFormatError, NotPublishedError
from therapy_billing.base.money import Usd
from therapy_billing.base.wording import counted
from therapy_billing.fees.records import Gpci, PublishedAmount, Rvu
from therapy_billing.fees.rules import unit_amount
from therapy_billing.packs.downloads import THERAPY_MPPR, Download
from therapy_billing.packs.localities import LocalityIndices, indices_on
from therapy_billing.packs.numbers import CONVERSION_FACTORS, QUALIFYING_FACTORS
from therapy_billing.packs.releases import FeeRelease, standard_or_qualifying

__all__ = ["Comparison", "compare_amounts"]

_LISTED = 20
_ONE = Decimal(1)
_NO_AMOUNT = "none"


@attrs.frozen
class Comparison:
    """
    What was compared.

    Args:
        checks: One check for each file that was compared, or one that says that none was.
        remarks: What was not compared, and why.
    """

    checks: tuple[PackCheck, ...]
    remarks: tuple[str, ...]


@attrs.frozen
class _Amounts:
    """The amounts for a code: published, or computed. None if there is no reduced amount."""

    nonfacility: Usd
    facility: Usd
    reduced: Usd | None
    reduced_institution: Usd | None

    def differences(self, computed: _Amounts) -> Iterator[str]:
        for field in attrs.fields(_Amounts):
            mine, other = getattr(self, field.name), getattr(computed, field.name)
            if mine != other:
                what = field.name.replace("nonfacility", "non-facility").replace("_", " ")
                yield f"{what}: published {_shown(mine)}, computed {_shown(other)}"


def _shown(amount: Usd | None) -> str:
    return _NO_AMOUNT if amount is None else str(amount)


def compare_amounts(
    files: Sequence[Download],
    releases: Sequence[FeeRelease],
    indices: Sequence[LocalityIndices],
    amount: Callable[[str, date], Decimal],
) -> Comparison:
    """
    Compare published amounts with those of the new tables.

    Args:
        files: The files of published amounts.
        releases: The releases of the pack.
        indices: The indices of the pack.
        amount: Returns the value of a series on a day.

    Raises:
        ExceptionGroup: With one FileFormatError for each of the first 20 amounts that differ.
    """
    checks: list[PackCheck] = []
    remarks: list[str] = []
    mismatches: list[FileFormatError] = []
    for file in files:
        computing = _Computing(file, indices, amount)
        rows = _rows_of(file)
        candidates = _releases_of(file, rows, releases)
        reason = computing.why_not(rows, candidates)
        if reason:
            remarks.append(f"{file.name} was not compared: {reason}")
            continue
        if not file.release:
            names = ", ".join(release.name for release in candidates)
            remarks.append(
                f"the name of {file.name} shows no release: each amount must agree with one of {names}"
            )
        compared = 0
        for row in rows:
            known = [release for release in candidates if row.code in release.rvus]
            compared += bool(known)
            difference = computing.difference(row, known)
            if difference:
                msg = f"{row.mac}-{row.locality} {row.code}: {difference}"
                mismatches.append(FileFormatError(msg, file.name))
        checks.append(PackCheck("amounts", file.name, compared))
    if mismatches:
        msg = f"{counted(len(mismatches), 'published amount')} not equal to the amount computed from the new tables"
        raise ExceptionGroup(msg, _shortened(mismatches))
    if releases and not any(check.compared for check in checks):
        checks = [PackCheck("amounts", "", 0)]
        remarks.append(
            "no published amount for the codes of the pack was at hand, so none was compared"
        )
    return Comparison(tuple(checks), tuple(remarks))


def _shortened(mismatches: Sequence[FileFormatError]) -> list[FileFormatError]:
    shown = list(mismatches[:_LISTED])
    rest = len(mismatches) - len(shown)
    if rest:
        msg = f"{counted(rest, 'more amount')} not listed"
        shown.append(FileFormatError(msg, mismatches[-1].path, count=rest))
    return shown


def _rows_of(file: Download) -> list[PublishedAmount]:
    """Return the amounts for whole services, without the parts that the modifiers 26, TC, and 53 stand for."""
    rows = cast("tuple[PublishedAmount, ...]", file.content)
    return [row for row in rows if not row.modifier]


def _releases_of(
    file: Download, rows: Sequence[PublishedAmount], releases: Sequence[FeeRelease]
) -> list[FeeRelease]:
    """Return the releases that a file may be about."""
    if file.release:
        return [release for release in releases if release.name == file.release]
    years = {row.year for row in rows}
    return [release for release in releases if release.effective_from.year in years]


class _Computing:
    """Compute amounts from the new tables."""

    def __init__(
        self,
        file: Download,
        indices: Sequence[LocalityIndices],
        amount: Callable[[str, date], Decimal],
    ) -> None:
        self._release = file.release
        self._indices = indices
        self._amount = amount
        qualifying = standard_or_qualifying(file.name)
        self._factors = QUALIFYING_FACTORS if qualifying else CONVERSION_FACTORS
        self._localities: dict[date, Mapping[tuple[str, str], Gpci]] = {}
        self._series: dict[tuple[str, date], Decimal] = {}

    def why_not(self, rows: Sequence[PublishedAmount], releases: Sequence[FeeRelease]) -> str:
        """Return why no amount can be compared, or an empty string."""
        if not rows:
            return "it has no amount for the codes of the pack"
        if not releases:
            return f"the pack does not have {self._release or 'a release of its year'}"
        try:
            for release in releases:
                self._on(self._factors, release.effective_from)
        except NotPublishedError as error:
            return str(error)
        return ""

    def difference(self, row: PublishedAmount, releases: Sequence[FeeRelease]) -> str:
        """Return how a published amount differs from each of the releases, or an empty string if it agrees with one."""
        published = _Amounts(row.nonfacility, row.facility, row.reduced, row.reduced_institution)
        found = [""]
        for release in releases:
            day = release.effective_from
            gpci = self._locality(day, (row.mac, row.locality))
            if gpci is None:
                return f"the locality is not in the GPCI table for {day}"
            computed = self._computed(release.rvus[row.code], gpci, day)
            differences = "; ".join(published.differences(computed))
            if not differences:
                return ""
            found.append(f"{differences} ({release.name})")
        return found[-1]

    def _locality(self, day: date, key: tuple[str, str]) -> Gpci | None:
        if day not in self._localities:
            self._localities[day] = indices_on(self._indices, day) or {}
        return self._localities[day].get(key)

    def _on(self, series: str, day: date) -> Decimal:
        if (series, day) not in self._series:
            self._series[series, day] = self._amount(series, day)
        return self._series[series, day]

    def _computed(self, rvu: Rvu, gpci: Gpci, day: date) -> _Amounts:
        def amount(expense: Decimal, part: Decimal) -> Usd:
            return unit_amount(
                work=rvu.work,
                practice_expense=expense,
                malpractice=rvu.malpractice,
                work_gpci=gpci.work,
                practice_expense_gpci=gpci.practice_expense,
                malpractice_gpci=gpci.malpractice,
                conversion_factor=self._on(self._factors, day),
                practice_expense_part=part,
            )

        reduced: Usd | None = None
        institution: Usd | None = None
        if rvu.mppr_indicator == THERAPY_MPPR:
            reduced = amount(rvu.practice_expense, _ONE - self._on("mppr_office", day))
            institution = amount(
                rvu.practice_expense_facility, _ONE - self._on("mppr_institution", day)
            )
        return _Amounts(
            amount(rvu.practice_expense, _ONE),
            amount(rvu.practice_expense_facility, _ONE),
            reduced,
            institution,
        )
