"""
Fee schedules: what a unit of a code is worth on a day in a place, and where that amount comes from.

A schedule holds the tables that it needs and prices a code when it is asked for, so making one is quick
and next year's number changes no table. The amounts are what the schedule allows before deductible,
coinsurance and sequestration.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from therapy_billing.base.choices import parse_choice
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.format_registry import as_html
from therapy_billing.base.money import Usd, times
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import (
    checked,
    parse_whole,
    require_flag,
    require_path,
    require_text,
    require_type,
)
from therapy_billing.codes.code_book import load_codes, parse_code, parse_codes
from therapy_billing.codes.dollars_by_code import parse_dollars_by_code
from therapy_billing.codes.roles import Setting, parse_setting
from therapy_billing.fees.bundled_tables import (
    gpci_source,
    load_gpcis,
    load_releases,
    load_rvus,
    published_rvus,
)
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.gpci_file import GpciFile, read_gpci
from therapy_billing.fees.localities import NATIONAL, Place, locality_at, parse_place
from therapy_billing.fees.pprrvu_file import RvuFile, read_pprrvu
from therapy_billing.fees.price_sources import (
    FlatRates,
    MedicareRates,
    PercentOfMedicare,
    PriceSource,
    VisitRate,
)
from therapy_billing.fees.prices import FeeCoverage, FeeTable, Price
from therapy_billing.fees.rates_file import read_rates
from therapy_billing.fees.records import Gpci, Rvu, ZipArea
from therapy_billing.fees.rules import part_of_amount
from therapy_billing.law.parameters import BUNDLED, Parameter, Parameters
from therapy_billing.law.sources import Source, Verification
from therapy_billing.payers.policy import FeeBasis

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FeeSchedule"]


@attrs.frozen(repr=False, field_transformer=checked)
class FeeSchedule:
    """
    Amounts by code.

    Build one with :meth:`medicare`, :meth:`from_cms_files`, :meth:`from_rates` or
    :meth:`from_contract`.

    Args:
        name: What it is, in a sentence.
        effective_from: First date of service it is for; None without a limit.
        effective_through: Last date of service it is for; None without a limit.
        setting: Where the services are given; rates are for any setting.
        locality: The Medicare locality; None for national amounts and for rates.
        contract: The contract whose terms apply in addition to the amounts.
        parameters: The numbers of law that belong to it.
        basis: What the amounts are: Medicare's fee schedule, or the provider's rates or contract.
    """

    name: str
    _source: PriceSource = attrs.field(hash=False)
    effective_from: date | None = None
    effective_through: date | None = None
    setting: Setting = Setting.NON_FACILITY
    locality: Gpci | None = None
    contract: Contract | None = None
    parameters: Parameters = BUNDLED
    basis: FeeBasis = FeeBasis.CONTRACT
    _assumptions: tuple[str, ...] = ()
    _file_from: date | None = None
    _limit: Parameter | None = None
    _localities: tuple[tuple[str, str], ...] = ()
    _found: dict[str, Price | str] = attrs.field(factory=dict, init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        first, last = self.effective_from, self.effective_through
        if first is not None and last is not None and last < first:
            msg = f"effective_through {last} is before effective_from {first}"
            raise InvalidInputError(msg, field="effective_through")

    @classmethod
    def from_rates(
        cls,
        rates: Mapping[str, Decimal | str | int] | str | os.PathLike[str],
        *,
        name: str = "contract rates",
        effective_from: date | str | None = None,
        effective_through: date | str | None = None,
    ) -> FeeSchedule:
        """
        Return a schedule of flat rates.

        Args:
            rates: Dollars of one unit by code, as texts or Decimals; or the path of a CSV file with
                the columns ``code`` and ``amount``.
            name: What to call it in results.
            effective_from: First date of service it is for.
            effective_through: Last date of service it is for.

        Raises:
            InvalidInputError: If a code or an amount is none, or there is no rate.
            ExceptionGroup: Of FileFormatError, one for each bad line of a file.

        >>> FeeSchedule.from_rates({"97530": "40.42"}).amount("97530", 3)
        Decimal('121.26')
        """
        require_text(name, "name")
        if isinstance(rates, Mapping):
            amounts = parse_dollars_by_code(rates, "rates")
        elif isinstance(rates, str | os.PathLike):
            amounts = read_rates(require_path(rates, "rates"))
        else:
            msg = f"rates is amounts by code or the path of a CSV file, not {safe_repr(rates)}"
            raise InvalidInputError(msg, field="rates")
        if not amounts:
            msg = "rates must have at least one code"
            raise InvalidInputError(msg, field="rates")
        return cls(
            name=name,
            source=FlatRates(amounts, Source(name, "", "", Verification.UNVERIFIED)),
            effective_from=None
            if effective_from is None
            else parse_date(effective_from, what="effective_from"),
            effective_through=None
            if effective_through is None
            else parse_date(effective_through, what="effective_through"),
        )

    @classmethod
    def from_contract(cls, contract: Contract, medicare: FeeSchedule | None = None) -> FeeSchedule:
        """
        Return the schedule of a contract.

        Args:
            contract: Its terms: rates, a percentage of Medicare, or an amount for the visit.
            medicare: The Medicare schedule that a percentage is taken of.

        Raises:
            InvalidInputError: If a percentage has no Medicare schedule, or another contract has one.

        >>> terms = Contract("PPO", percent_of_medicare=Decimal(110))
        >>> FeeSchedule.from_contract(terms, FeeSchedule.medicare("2026-03-02")).amount("97530")
        Decimal('38.58')
        """
        require_type(contract, Contract, "contract")
        if medicare is not None:
            require_type(medicare, FeeSchedule, "medicare")
        if (contract.percent_of_medicare is None) != (medicare is None):
            msg = "medicare is the schedule that percent_of_medicare is taken of, and only that"
            raise InvalidInputError(msg, field="medicare")
        source = Source(contract.name, "", "", Verification.UNVERIFIED)
        prices: PriceSource = VisitRate()
        first, last, setting = contract.effective_from, contract.effective_through, None
        if medicare is not None and contract.percent_of_medicare is not None:
            prices = PercentOfMedicare(medicare, contract.percent_of_medicare, source)
            first = max(filter(None, (first, medicare.effective_from)), default=None)
            last = min(filter(None, (last, medicare.effective_through)), default=None)
            setting = medicare.setting
            if first is not None and last is not None and last < first:
                msg = f"{contract.name} and {medicare.name} have no day in common"
                raise InvalidInputError(msg)
        elif contract.rates:
            prices = FlatRates(dict(contract.rates), source)
        return cls(
            name=contract.name if medicare is None else f"{contract.name}, of {medicare.name}",
            source=prices,
            effective_from=first,
            effective_through=last,
            setting=setting or Setting.NON_FACILITY,
            locality=None if medicare is None else medicare.locality,
            contract=contract,
            parameters=BUNDLED if medicare is None else medicare.parameters,
        )

    @classmethod
    def medicare(
        cls,
        date_of_service: date | str,
        *,
        mac: str | int | None = None,
        locality: str | int | None = None,
        state: str | None = None,
        zip_area: ZipArea | None = None,
        setting: Setting | str = Setting.NON_FACILITY,
        qualifying_apm: bool = False,
        participating: bool = True,
        parameters: Parameters = BUNDLED,
    ) -> FeeSchedule:
        """
        Return the Medicare amounts in force on a date of service.

        Without a locality they are the national amounts, which no claim is paid by.

        Args:
            date_of_service: The day.
            mac: Number of the Medicare contractor, five digits.
            locality: Number of its locality, two digits. Without *mac*, both in one as ``"15202-00"``, or
                a state that has one locality, as ``"OH"`` or ``"Ohio"``.
            state: A state that has one locality, as two letters or by its name; stands for *mac* and
                *locality*.
            zip_area: The area of a ZIP code, as :func:`~therapy_billing.fees.read_zip5` gives it; stands for them too.
            setting: Where the services are given.
            qualifying_apm: Whether the provider is a qualifying APM participant, who has another
                conversion factor from 2026.
            participating: Whether the provider participates; others are allowed 95 %.
            parameters: The numbers that law sets.

        Raises:
            NotPublishedError: If the date lies outside the releases held (2019-10-01 to 2026-12-31), or
                there is no such locality; a critical access hospital has no schedule.
            InvalidInputError: If the locality is not told in one way, or a state has several.

        >>> FeeSchedule.medicare("2020-03-02").amount("97530", 4)
        Decimal('161.68')
        >>> ohio = FeeSchedule.medicare("2020-03-02", mac="15202", locality="00")
        >>> ohio.amount("97530"), ohio.amount("97530", reduced=True)
        (Decimal('38.43'), Decimal('27.53'))
        """
        day = parse_date(date_of_service)
        require_type(parameters, Parameters, "parameters")
        require_flag(qualifying_apm, "qualifying_apm")
        first_of_qp, _ = parameters.series(_QP_FACTORS).entries[0]
        factors = _FACTORS
        if qualifying_apm and first_of_qp is not None and day >= first_of_qp:
            factors = _QP_FACTORS
        return _medicare(
            _period(day, factors, parameters),
            parse_place(mac, locality, state, zip_area),
            _of_schedule(setting),
            factors,
            require_flag(participating, "participating"),
            parameters,
        )

    @classmethod
    def from_cms_files(
        cls,
        pprrvu: str | PathLike[str] | RvuFile,
        gpci: str | PathLike[str] | GpciFile | None = None,
        *,
        mac: str | int | None = None,
        locality: str | int | None = None,
        state: str | None = None,
        zip_area: ZipArea | None = None,
        setting: Setting | str = Setting.NON_FACILITY,
        participating: bool = True,
        effective_from: date | str | None = None,
        parameters: Parameters = BUNDLED,
    ) -> FeeSchedule:
        """
        Return the Medicare amounts of files that CMS published, of any year.

        It holds from the first day of the release to the end of its year. The conversion factor is the
        one in the file, so the file decides between qualifying APM participants and others.

        Args:
            pprrvu: A PPRRVU file, or what :func:`~therapy_billing.fees.read_pprrvu` read of it.
            gpci: A GPCI file, or what :func:`~therapy_billing.fees.read_gpci` read of it; None for national amounts.
            mac: As for :meth:`medicare`.
            locality: As for :meth:`medicare`.
            state: As for :meth:`medicare`.
            zip_area: As for :meth:`medicare`.
            setting: As for :meth:`medicare`.
            participating: As for :meth:`medicare`.
            effective_from: First date of service; None takes the month that the file's title names,
                which a file reissued within a quarter does not tell.
            parameters: As for :meth:`medicare`; a year that the library does not know needs its own.

        Raises:
            ExceptionGroup: Of FileFormatError, if a file cannot be read.
            InvalidInputError: If the files are of two years, or only one of file and locality is given.
        """
        place = parse_place(mac, locality, state, zip_area)
        where_given = _of_schedule(setting)
        require_flag(participating, "participating")
        require_type(parameters, Parameters, "parameters")
        given = (
            None if effective_from is None else parse_date(effective_from, what="effective_from")
        )
        if gpci is not None and not isinstance(gpci, GpciFile):
            gpci = require_path(gpci, "gpci")
        if not isinstance(pprrvu, RvuFile):
            pprrvu = require_path(pprrvu, "pprrvu")
        rvus = pprrvu if isinstance(pprrvu, RvuFile) else read_pprrvu(pprrvu)
        where = NATIONAL
        localities: tuple[tuple[str, str], ...] = ()
        title = rvus.title or Path(rvus.path).name
        sources = [Source(f"Medicare PPRRVU, {title}", "", "", Verification.DATA_FILE)]
        if (gpci is None) != (place is None):
            msg = "gpci and a locality go together: give both, or neither for national amounts"
            raise InvalidInputError(msg, field="gpci" if gpci is None else "locality")
        if gpci is not None and place is not None:
            indices = gpci if isinstance(gpci, GpciFile) else read_gpci(gpci)
            if indices.year != rvus.year:
                msg = f"pprrvu is of {rvus.year}, gpci of {indices.year}: both are of one year"
                raise InvalidInputError(msg, field="gpci")
            where = locality_at(indices.indices, place)
            localities = tuple(indices.indices)
            sources.append(
                Source(f"Medicare GPCI, {indices.title}", "", "", Verification.DATA_FILE)
            )
        factor_source = Source(
            "CONV FACTOR column of the same file", "", "", Verification.DATA_FILE
        )
        first = rvus.effective_from if given is None else given
        if first.year != rvus.year:
            msg = f"effective_from {first} is not in {rvus.year}, the year of the file"
            raise InvalidInputError(msg, field="effective_from")
        return _schedule(
            MedicareRates(
                rvus=dict(rvus.rvus),
                release=title,
                assumption="",
                gpci=where,
                factor=Parameter(rvus.conversion_factor, "USD per RVU", factor_source),
                reduction=_reduction(first, where_given, parameters),
                participation=None if participating else parameters.on("nonparticipating", first),
                setting=where_given,
                later={},
                sources=(*sources, factor_source),
            ),
            (first, date(first.year, 12, 31)),
            localities,
            parameters,
            file_from=rvus.effective_from,
        )

    def price(self, code: str) -> Price:
        """
        Return the price of one unit of *code*.

        Raises:
            NotPublishedError: If the schedule has none; the message says why.
        """
        found = self._found.get(code) if type(code) is str else None
        if not isinstance(found, Price):
            code = parse_code(code)
            found = self._found[code] = self._source.find(code)
            if isinstance(found, str):
                msg = f"no price for {code} in {self.name}: {found}"
                raise NotPublishedError(msg, field="code", code=code)
        return found

    def amount(self, code: str, units: int = 1, *, reduced: bool = False) -> Usd:
        """
        Return the dollars of *units* units of *code*: each unit rounded, then multiplied.

        Args:
            code: The code.
            units: Units.
            reduced: Whether MPPR takes its part of each of them.

        Raises:
            NotPublishedError: If the schedule has no price for the code, or no reduced one. It is
                never zero.
            InvalidInputError: If *units* is no whole number, or negative.

        >>> FeeSchedule.from_rates({"97530": "40.42"}).amount("97530")
        Decimal('40.42')
        >>> FeeSchedule.medicare("2026-03-02").amount("97530", reduced=True)
        Decimal('25.05')
        """
        price = self.price(code)
        amount = price.amount
        if require_flag(reduced, "reduced"):
            if price.reduced_amount is None:
                msg = f"no reduced amount for {price.code} in {self.name}: {price.not_reduced}"
                raise NotPublishedError(msg, field="reduced", code=price.code)
            amount = price.reduced_amount
        return times(amount, parse_whole(units, "units"))

    def limiting_charge(self, code: str, units: int = 1) -> Usd:
        """
        Return the most that a provider who does not participate may charge without assignment.

        Raises:
            NotPublishedError: If the schedule has no price for the code.
            InvalidInputError: If the schedule is not one of Medicare for those who do not participate.

        >>> fees = FeeSchedule.medicare("2020-03-02", participating=False)
        >>> fees.amount("97530"), fees.limiting_charge("97530")
        (Decimal('38.40'), Decimal('44.16'))
        """
        if self._limit is None:
            msg = "a limiting charge needs FeeSchedule.medicare(..., participating=False)"
            raise InvalidInputError(msg)
        return times(
            part_of_amount(self.price(code).amount, self._limit.amount), parse_whole(units, "units")
        )

    def coverage(self) -> FeeCoverage:
        """Return what the schedule can answer: dates, codes, localities."""
        found = {code: self._source.find(code) for code in self._source.codes}
        return FeeCoverage(
            self.effective_from,
            self.effective_through,
            tuple(code for code, price in found.items() if isinstance(price, Price)),
            {code: why for code, why in found.items() if isinstance(why, str)},
            self._localities,
        )

    def table(self, codes: Iterable[str] | None = None) -> FeeTable:
        """
        Return the prices as a table that shows itself.

        Args:
            codes: Codes in the order wanted; None for every therapy code that has a price.

        Raises:
            NotPublishedError: If a code has no price.
        """
        if codes is None:
            known = load_codes()
            priced = self.coverage().codes
            codes = [code for code in priced if code in known] or priced
        wanted = parse_codes(codes)
        return FeeTable(self.name, tuple(self.price(code) for code in wanted))

    def assumptions_on(self, date_of_service: date | str) -> tuple[str, ...]:
        """
        Return what the amounts assume on *date_of_service*, in sentences.

        >>> FeeSchedule.medicare("2026-03-02", locality="OH").assumptions_on(date(2026, 3, 2))[0]
        'the January and April 2026 files are not held: January to June 2026 is priced from the July file'
        """
        day = parse_date(date_of_service)
        if isinstance(self._source, PercentOfMedicare):
            return self._source.base.assumptions_on(day)
        file_from = self._file_from
        if file_from is None or _quarter(day) == _quarter(file_from):
            return self._assumptions
        stands_in = (
            f"the file is the release of {file_from}: another release of {file_from.year} may have other "
            "amounts"
        )
        return (*self._assumptions, stands_in)

    def gives_amounts_to(self, basis: FeeBasis | str) -> bool:
        """
        Return whether the amounts are those of a payer with this fee *basis*.

        Medicare's fee schedule is not the schedule of a payer with a contract or with unknown fees.

        >>> FeeSchedule.medicare("2026-03-02").gives_amounts_to(FeeBasis.UNKNOWN)
        False
        >>> FeeSchedule.from_rates({"97110": "30.00"}).gives_amounts_to(FeeBasis.UNKNOWN)
        True
        """
        whose = basis if type(basis) is FeeBasis else parse_choice(basis, FeeBasis, "basis")
        of_medicare = self.basis is FeeBasis.MEDICARE_FEE_SCHEDULE
        return not (of_medicare and whose.is_payers_own)

    def is_for_setting(self, setting: Setting | str) -> bool:
        """
        Return whether the amounts hold in *setting*.

        Medicare's amounts differ between an office and a facility; those of an office also count what a
        critical access hospital furnishes toward the annual threshold. Rates hold in any setting.

        >>> FeeSchedule.medicare("2026-03-02").is_for_setting(Setting.FACILITY)
        False
        >>> FeeSchedule.from_rates({"97110": "30.00"}).is_for_setting(Setting.FACILITY)
        True
        """
        where = parse_setting(setting)
        if isinstance(self._source, PercentOfMedicare):
            return self._source.base.is_for_setting(where)
        if not isinstance(self._source, MedicareRates):
            return True
        return (where is Setting.FACILITY) == (self.setting is Setting.FACILITY)

    def require(self, date_of_service: date | None) -> None:
        """
        Refuse a day that the schedule is not for.

        Raises:
            NotPublishedError: If it is not, or if it is dated and *date_of_service* is None.
        """
        day = date_of_service
        if day is not None and type(day) is not date:
            day = parse_date(day)
        first, last = self.effective_from, self.effective_through
        if first is None and last is None:
            return
        if day is None or (first and day < first) or (last and day > last):
            days = f"{first} to {last}"
            if first is None or last is None:
                days = f"days from {first} on" if last is None else f"days until {last}"
            msg = f"{self.name} is for {days}, not for {day or 'an unnamed day'}"
            raise NotPublishedError(msg, field="date_of_service")

    def __repr__(self) -> str:
        return f"<FeeSchedule {self.name}>"

    def _repr_html_(self) -> str:
        return as_html(self)


def _quarter(day: date) -> int:
    return (day.month - 1) // 3


def _of_schedule(setting: Setting | str) -> Setting:
    parsed = parse_setting(setting)
    if parsed is Setting.CRITICAL_ACCESS_HOSPITAL:
        msg = (
            "Medicare pays a critical access hospital at cost, not by the fee schedule: take the office "
            "amounts, which count toward the annual threshold, and give this setting to bill_day"
        )
        raise NotPublishedError(msg, field="setting")
    return parsed


_NATIONAL_AMOUNTS = "the amounts are national: give a locality for what is paid there"
_FACTORS, _QP_FACTORS = "conversion_factors", "conversion_factors_qualifying_apm"
_REDUCTIONS = ("mppr_office", "mppr_institution")


@lru_cache(maxsize=4096)
def _period(day: date, factors: str, parameters: Parameters) -> tuple[date, date]:
    """Return the first and last day on which every number of the schedule of *day* holds."""
    periods = [load_releases().period(day), load_gpcis().period(day)]
    dated = (factors, "nonparticipating", "limiting_charge")
    periods += [parameters.series(name).period(day) for name in dated]
    for name in _REDUCTIONS:
        # Without it the full amounts are known all the same.
        with suppress(NotPublishedError):
            periods.append(parameters.series(name).period(day))
    return max(first for first, _ in periods), min(last for _, last in periods)


@lru_cache(maxsize=1024)
def _medicare(
    period: tuple[date, date],
    place: Place | None,
    setting: Setting,
    factors: str,
    participating: bool,  # noqa: FBT001 - positional for the cache
    parameters: Parameters,
) -> FeeSchedule:
    first = period[0]
    release = load_releases().on(first)
    indices = load_gpcis().on(first)
    gpci = NATIONAL if place is None else locality_at(indices, place)
    factor = parameters.on(factors, first)
    sources = [release.source, factor.source]
    if place is not None:
        sources.append(gpci_source(first))
    return _schedule(
        MedicareRates(
            rvus=load_rvus(release.name),
            release=release.name,
            assumption=release.assumption,
            gpci=gpci,
            factor=factor,
            reduction=_reduction(first, setting, parameters),
            participation=None if participating else parameters.on("nonparticipating", first),
            setting=setting,
            later=_later(release.name),
            sources=tuple(sources),
        ),
        period,
        tuple(indices),
        parameters,
        "for qualifying APM participants, " if factors == _QP_FACTORS else "",
    )


def _later(release: str) -> Mapping[str, Rvu]:
    """Return the next release after *release* that names status and MULT PROC, where it does not."""
    if all(rvu.status for rvu in published_rvus(release).values()):
        return published_rvus(release)
    names = [entry.name for _, entry in load_releases().entries]
    return _later(names[names.index(release) + 1])


def _schedule(
    source: MedicareRates,
    period: tuple[date, date],
    localities: tuple[tuple[str, str], ...],
    parameters: Parameters,
    whom: str = "",
    *,
    file_from: date | None = None,
) -> FeeSchedule:
    national = source.gpci == NATIONAL
    where = "national amounts" if national else str(source.gpci)
    place = "in a facility" if source.setting is Setting.FACILITY else "outside a facility"
    whom += "" if source.participation is None else "not participating, "
    limit = None if source.participation is None else parameters.on("limiting_charge", period[0])
    assumptions = (_NATIONAL_AMOUNTS,) if national else ()
    return FeeSchedule(
        name=f"Medicare {where} {place}, {whom}{source.release}",
        source=source,
        effective_from=period[0],
        effective_through=period[1],
        setting=source.setting,
        locality=None if national else source.gpci,
        parameters=parameters,
        basis=FeeBasis.MEDICARE_FEE_SCHEDULE,
        assumptions=(*assumptions, source.assumption) if source.assumption else assumptions,
        file_from=file_from,
        limit=limit,
        localities=localities,
    )


def _reduction(day: date, setting: Setting, parameters: Parameters) -> Parameter | str:
    """Return the part of the practice expense that MPPR takes, or why it is not known."""
    name = "mppr_institution" if setting is Setting.FACILITY else "mppr_office"
    try:
        return parameters.on(name, day)
    except NotPublishedError as error:
        return str(error)
