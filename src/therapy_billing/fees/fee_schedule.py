"""
Fee schedules: the allowed amount for one unit of a code, for a date and a locality, with its sources.

Creating a schedule is fast, because the price of a code is computed only when it is needed. The amounts are
allowed amounts, before the deductible, coinsurance, and sequestration.
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
from therapy_billing.base.data_loader import data_assumptions
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.format_registry import as_html
from therapy_billing.base.money import Usd, parse_number, times
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import (
    LARGEST,
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
    RVU_PAGE,
    gpci_source,
    load_gpcis,
    load_releases,
    load_rvus,
    published_rvus,
    release_period,
)
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.gpci_file import GpciFile, read_gpci
from therapy_billing.fees.localities import NATIONAL, LocalityKey, locality_at, parse_locality_key
from therapy_billing.fees.pprrvu_file import RvuFile, read_pprrvu
from therapy_billing.fees.price_sources import (
    FlatRates,
    MedicareRates,
    PercentOfMedicare,
    PriceSource,
    RelativeValues,
    VisitRate,
)
from therapy_billing.fees.prices import SEVERAL_PROCEDURES, FeeCoverage, FeeTable, Price
from therapy_billing.fees.rates_file import read_rates
from therapy_billing.fees.records import Gpci, Rvu, ZipArea
from therapy_billing.fees.rules import part_of_amount
from therapy_billing.fees.zip_table import NO_ZIP_TERMS, ZipTerms, zip_terms
from therapy_billing.law.parameters import BUNDLED, Parameter, Parameters
from therapy_billing.law.sources import Source, Verification
from therapy_billing.payers.policy import FeeBasis, parse_percent_of_medicare

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["FeeSchedule"]


@attrs.frozen(repr=False, field_transformer=checked)
class FeeSchedule:
    """
    Allowed amounts by code.

    Create one with :meth:`medicare`, :meth:`from_cms_files`, :meth:`from_rates`, or
    :meth:`from_contract`.

    Args:
        name: A short description of the schedule, as shown in results.
        effective_from: The first date of service of the schedule; None if there is no first date.
        effective_through: The last date of service of the schedule; None if there is no last date.
        setting: Where the services are provided. Flat rates apply in any setting, whatever this value is.
        locality: The Medicare locality; None for national amounts and for rates.
        contract: The contract that the schedule was made from, with terms such as a maximum per day; None if
            there is no contract.
        parameters: The numbers set by law, such as conversion factors and the deductible.
        basis: Where the amounts come from: Medicare's fee schedule, a percentage of it, Medicare's relative values with
            another conversion factor, or the provider's rates or contract.
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
    _dated_assumptions: tuple[tuple[date, date, str], ...] = ()
    _assumed_files: tuple[str, ...] = ()
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
            rates: Dollars for one unit, by code, as strings, Decimals, or whole numbers; or the path of a CSV
                file with the columns ``code`` and ``amount``.
            name: The name of the schedule, as shown in results.
            effective_from: The first date of service; None if there is no first date.
            effective_through: The last date of service; None if there is no last date.

        Raises:
            InvalidInputError: If a code, an amount, or a date is not valid, or if there are no rates.
            FileFormatError: If the file is not UTF-8, or its columns are not ``code`` and ``amount``.
            ExceptionGroup: With one FileFormatError for each bad row of the file.
            OSError: If the file cannot be read.

        >>> FeeSchedule.from_rates({"97530": "40.42"}).amount("97530", 3)
        Decimal('121.26')
        """
        require_text(name, "name")
        if isinstance(rates, Mapping):
            amounts = parse_dollars_by_code(rates, "rates")
        elif isinstance(rates, str | os.PathLike):
            amounts = read_rates(require_path(rates, "rates"))
        else:
            msg = f"rates must be a mapping of codes to amounts or the path of a CSV file, got {safe_repr(rates)}"
            raise InvalidInputError(msg, field="rates")
        if not amounts:
            msg = "rates is empty: give at least one code and amount"
            raise InvalidInputError(msg, field="rates")
        first, last = _dates(effective_from, effective_through)
        return cls(
            name=name,
            source=FlatRates(amounts, Source(name, "", "", Verification.UNVERIFIED)),
            effective_from=first,
            effective_through=last,
        )

    @classmethod
    def from_relative_values(
        cls,
        values: Mapping[str, Decimal | str | int],
        conversion_factor: Decimal | str | int,
        *,
        name: str = "relative values",
        effective_from: date | str | None = None,
        effective_through: date | str | None = None,
    ) -> FeeSchedule:
        """
        Return a schedule of relative values with one conversion factor, as New York's workers' compensation uses.

        The payer's caps on relative value units need such a schedule.

        Args:
            values: The relative value units of one unit, by code.
            conversion_factor: Dollars per relative value unit.
            name: The name of the schedule, as shown in results.
            effective_from: The first date of service; None if there is no first date.
            effective_through: The last date of service; None if there is no last date.

        Raises:
            InvalidInputError: If a code, a value, the factor, or a date is not valid, or if there are no values.

        >>> fees = FeeSchedule.from_relative_values({"97110": "4.20"}, "9.55")
        >>> fees.amount("97110"), fees.relative_value("97110")
        (Decimal('40.11'), Decimal('4.20'))
        """
        require_text(name, "name")
        require_type(values, Mapping, "values")
        by_code: dict[str, Decimal] = {}
        for key, value in values.items():
            code = parse_code(key, field="values")
            if code in by_code:
                msg = f"values has {code} twice: give each code once"
                raise InvalidInputError(msg, field="values", code=code)
            by_code[code] = _positive(value, f"values[{code!r}]", "relative value units")
        if not by_code:
            msg = "values is empty: give at least one code and its relative value units"
            raise InvalidInputError(msg, field="values")
        factor = _positive(conversion_factor, "conversion_factor", "dollars per unit")
        first, last = _dates(effective_from, effective_through)
        source = Source(name, "", "", Verification.UNVERIFIED)
        return cls(
            name=name,
            source=RelativeValues(by_code, factor, source),
            effective_from=first,
            effective_through=last,
        )

    @classmethod
    def from_contract(cls, contract: Contract, medicare: FeeSchedule | None = None) -> FeeSchedule:
        """
        Return the fee schedule of a contract.

        Args:
            contract: The contract, which has rates, a percentage of Medicare, or an amount per visit.
            medicare: The Medicare schedule that the percentage applies to; None for other contracts.

        Raises:
            InvalidInputError: If *medicare* is missing for a percentage of Medicare or is given for another
                contract, or if the contract and the Medicare schedule have no date in common.

        >>> terms = Contract("PPO", percent_of_medicare=Decimal(110))
        >>> FeeSchedule.from_contract(terms, FeeSchedule.medicare("2026-03-02")).amount("97530")
        Decimal('38.58')
        """
        require_type(contract, Contract, "contract")
        if medicare is not None:
            require_type(medicare, FeeSchedule, "medicare")
        if (contract.percent_of_medicare is None) != (medicare is None):
            msg = "medicare=FeeSchedule.medicare(...) is needed if the contract has percent_of_medicare, and is not allowed otherwise"
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
                msg = (
                    f"{contract.name} and {medicare.name} have no date in common: "
                    "give a Medicare schedule for a date within the contract"
                )
                raise InvalidInputError(msg)
        elif contract.rates:
            prices = FlatRates(dict(contract.rates), source)
        return cls(
            name=contract.name
            if medicare is None
            else f"{contract.name}, based on {medicare.name}",
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
        zip_code: str | int | None = None,
        zip_area: ZipArea | None = None,
        setting: Setting | str = Setting.NON_FACILITY,
        qualifying_apm: bool = False,
        participating: bool = True,
        conversion_factor: Decimal | str | int | None = None,
        parameters: Parameters = BUNDLED,
    ) -> FeeSchedule:
        """
        Return the Medicare fee schedule for a date of service.

        Without a locality, the amounts are national. Medicare pays claims at local amounts, never at
        national ones.

        Give the locality in one of these ways. Uppercase and lowercase letters are both accepted.

        - ``locality="15202-00"``: contractor and locality number; ``"15202 00"`` and ``"1520200"`` work too.
        - ``locality="OH"`` or ``locality="Ohio"``: a state, the District of Columbia, or a territory that has
          only one locality. ``state="OH"`` does the same.
        - ``mac="15202", locality="00"``: the two numbers separately, as strings or whole numbers. Lost
          leading zeros are restored.
        - ``zip_code="43215"``: the ZIP code where the services are provided. This needs a data pack made from
          CMS's ZIP5 file.
        - ``zip_area=read_zip5(path)["43215"]``: the area of a ZIP code in a ZIP5 file.

        For a state with several localities, such as California, the error message lists the localities in the
        first form.

        Args:
            date_of_service: The date of service.
            mac: The number of the Medicare contractor, five digits. Needs *locality*.
            locality: The number of the contractor's locality, two digits. Without *mac*, this is the
                contractor and locality together, or a state, as shown above.
            state: A state that has only one locality, as two letters or by name.
            zip_code: A ZIP code as five digits, or as a whole number; lost leading zeros are restored. A
                ZIP+4 such as ``"43215-1234"`` is accepted, but only its first five digits are used. The
                schedule ends where the locality of the ZIP code changes or is no longer known.
            zip_area: The area of a ZIP code from :func:`~therapy_billing.fees.read_zip5`. The ZIP code must
                not be split between localities.
            setting: Where the services are provided.
            qualifying_apm: Whether the provider is a qualifying APM participant. From 2026, these providers
                have a different conversion factor.
            participating: Whether the provider participates in Medicare. A nonparticipating provider is
                allowed 95 % of the fee schedule amount.
            conversion_factor: The conversion factor of another payer, in dollars per relative value unit. The schedule is
                then that payer's, and Medicare's relative values and locality indices stay.
            parameters: The numbers set by law.

        Raises:
            NotPublishedError: If the date is not from 2019-10-01 through 2026-12-31, the contractor has no
                such locality, the ZIP code is not in the data or is split between localities, or *setting* is
                a critical access hospital.
            InvalidInputError: If the locality is given in more than one way or only in part, is unknown, or
                is a state with several localities, or *zip_code* is not a ZIP code.

        >>> FeeSchedule.medicare("2020-03-02").amount("97530", 4)
        Decimal('161.68')
        >>> ohio = FeeSchedule.medicare("2020-03-02", locality="15202-00")
        >>> ohio.amount("97530"), ohio.amount("97530", reduced=True)
        (Decimal('38.43'), Decimal('27.53'))
        >>> ohio == FeeSchedule.medicare("2020-03-02", locality="OH")
        True
        """
        day = parse_date(date_of_service)
        require_type(parameters, Parameters, "parameters")
        require_flag(qualifying_apm, "qualifying_apm")
        first_of_qp, _ = parameters.series(_QP_FACTORS).entries[0]
        factors = _FACTORS
        if qualifying_apm and first_of_qp is not None and day >= first_of_qp:
            factors = _QP_FACTORS
        own = None
        if conversion_factor is not None:
            own = _positive(conversion_factor, "conversion_factor", "dollars per unit")
        period = _period(day, factors, parameters)
        key = parse_locality_key(mac, locality, state, zip_area, zip_code, day)
        terms = NO_ZIP_TERMS
        if zip_code is not None:
            period, terms = zip_terms(zip_code, day, period)
        return _medicare(
            period,
            key,
            _of_schedule(setting),
            factors,
            require_flag(participating, "participating"),
            parameters,
            own,
            terms,
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
        Return a Medicare fee schedule made from CMS files of any year.

        The schedule applies from *effective_from* to the end of that year. The conversion factor comes from
        the file, so choose the file that matches the provider: CMS publishes one for qualifying APM
        participants and one for everyone else.

        Args:
            pprrvu: A PPRRVU file, or the result of :func:`~therapy_billing.fees.read_pprrvu`.
            gpci: A GPCI file, or the result of :func:`~therapy_billing.fees.read_gpci`; None for national
                amounts.
            mac: As for :meth:`medicare`.
            locality: As for :meth:`medicare`.
            state: As for :meth:`medicare`.
            zip_area: As for :meth:`medicare`.
            setting: As for :meth:`medicare`.
            participating: As for :meth:`medicare`.
            effective_from: The first date of service of the release. If None, the date in the title of
                the file is used. A file that was reissued within a quarter keeps its old title, so for such a
                file, give the date on which the new amounts take effect.
            parameters: As for :meth:`medicare`. If the year is not in the library's data, add its numbers.

        Raises:
            FileFormatError: If *pprrvu* is not a PPRRVU file, or *gpci* is not a GPCI file.
            ExceptionGroup: With one FileFormatError for each bad row of a file.
            InvalidInputError: If the files are for different years, only one of *gpci* and a locality is
                given, or *effective_from* is not in the same year as the file.
            NotPublishedError: If the file has no such locality, the ZIP code is split between localities,
                *setting* is a critical access hospital, or *parameters* has no number for the year.
            OSError: If a file cannot be read.
        """
        key = parse_locality_key(mac, locality, state, zip_area)
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
        edition = f"from {rvus.effective_from}"
        sources = [
            Source(f"Medicare PPRRVU, {title}", "", RVU_PAGE, Verification.DATA_FILE, edition)
        ]
        if (gpci is None) != (key is None):
            msg = "give gpci and a locality together, or neither for national amounts"
            raise InvalidInputError(msg, field="gpci" if gpci is None else "locality")
        if gpci is not None and key is not None:
            indices = gpci if isinstance(gpci, GpciFile) else read_gpci(gpci)
            if indices.year != rvus.year:
                msg = (
                    f"the PPRRVU file is for {rvus.year} and the GPCI file for {indices.year}; "
                    "use files for the same year"
                )
                raise InvalidInputError(msg, field="gpci")
            where = locality_at(indices.indices, key)
            localities = tuple(indices.indices)
            sources.append(
                Source(
                    f"Medicare GPCI, {indices.title}",
                    "",
                    RVU_PAGE,
                    Verification.DATA_FILE,
                    f"CY {indices.year}",
                )
            )
        factor_source = Source(
            "CONV FACTOR column of the same file", "", RVU_PAGE, Verification.DATA_FILE, edition
        )
        first = rvus.effective_from if given is None else given
        if first.year != rvus.year:
            msg = f"effective_from {first} must be in {rvus.year}, the year of the file"
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
            NotPublishedError: If the schedule has no price for the code. The message says why.
            InvalidInputError: If *code* is not a valid code.
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
        Return the dollars for *units* units of *code*: the rounded amount for one unit, times *units*.

        Args:
            code: The code.
            units: The number of units.
            reduced: Whether MPPR reduces every one of these units.

        Raises:
            NotPublishedError: If the schedule has no price for the code, or no reduced amount, or if several units of
                the code are reduced in a way that is not modeled. A missing price is never treated as zero.
            InvalidInputError: If *code* is not a valid code, or *units* is negative or not a whole number.

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
        count = parse_whole(units, "units")
        if count > 1 and price.is_procedure:
            msg = (
                f"no amount for {count} units of {price.code} in {self.name}: {SEVERAL_PROCEDURES}"
            )
            raise NotPublishedError(msg, field="units", code=price.code)
        return times(amount, count)

    @property
    def conversion_factor(self) -> Usd | None:
        """Dollars per relative value unit, for a schedule from :meth:`from_relative_values`; None for others."""
        return self._source.factor if isinstance(self._source, RelativeValues) else None

    def relative_value(self, code: str) -> Decimal:
        """
        Return the relative value units of one unit of *code*.

        Raises:
            NotPublishedError: If the schedule has no price for the code, or no relative values.
            InvalidInputError: If *code* is not a valid code.
        """
        price = self.price(code)
        if not isinstance(self._source, RelativeValues):
            msg = f"{self.name} has no relative values: use FeeSchedule.from_relative_values"
            raise NotPublishedError(msg, field="code", code=price.code)
        return self._source.values[price.code]

    def limiting_charge(self, code: str, units: int = 1) -> Usd:
        """
        Return the most dollars that a nonparticipating provider may charge for *units* units without assignment.

        Raises:
            NotPublishedError: If the schedule has no price for the code.
            InvalidInputError: If the schedule is not a Medicare schedule for nonparticipating providers,
                *code* is not a valid code, or *units* is negative or not a whole number.

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
        """Return the dates, codes, and localities of the schedule."""
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
        Return the prices as a table that prints itself.

        Args:
            codes: The codes to list, in this order. If None, every therapy code with a price is
                listed or, if no therapy code has a price, every code with a price.

        Raises:
            NotPublishedError: If a code has no price.
            InvalidInputError: If one of *codes* is not a valid code.
        """
        if codes is None:
            known = load_codes()
            priced = self.coverage().codes
            codes = [each for each in priced if each in known and known[each].for_therapists]
            codes = codes or priced
        wanted = parse_codes(codes)
        return FeeTable(self.name, tuple(self.price(code) for code in wanted))

    def assumptions_on(self, date_of_service: date | str) -> tuple[str, ...]:
        """
        Return the assumptions behind the amounts on *date_of_service*, one remark per assumption.

        >>> FeeSchedule.medicare("2026-03-02", locality="OH").assumptions_on(date(2026, 3, 2))[0]
        "January to June 2026 is priced with the July 2026 file; the January and April files are not in the library's data"
        """
        day = parse_date(date_of_service)
        if isinstance(self._source, PercentOfMedicare):
            return self._source.base.assumptions_on(day)
        file_from = self._file_from
        dated = [text for first, last, text in self._dated_assumptions if first <= day <= last]
        of_packs = self.data_assumptions_on(day)
        # A pack that lets a release stand in for a later one repeats what the release says, with its author.
        own = (
            each
            for each in self._assumptions
            if not any(text.startswith(each) for text in of_packs)
        )
        given = (*own, *dated, *of_packs)
        if file_from is None or _quarter(day) == _quarter(file_from):
            return given
        release = (
            f"the amounts come from the fee file effective {file_from}; another {file_from.year} release may "
            "have different amounts"
        )
        return (*given, release)

    def data_assumptions_on(self, date_of_service: date | str) -> tuple[str, ...]:
        """Return what data packs assume about the data behind the amounts. :meth:`assumptions_on` includes it."""
        day = parse_date(date_of_service)
        if isinstance(self._source, PercentOfMedicare):
            return self._source.base.data_assumptions_on(day)
        if not isinstance(self._source, MedicareRates):
            return ()
        tables = _FEE_FILES if self._file_from is None else ()
        return data_assumptions(day, *tables, *_NUMBER_FILES, *self._assumed_files)

    def at_percent(self, percent: Decimal | str | int) -> FeeSchedule:
        """
        Return the schedule of a payer that allows a percentage of these Medicare amounts.

        Args:
            percent: The percentage, from 10 to 1000, such as 200.

        Raises:
            InvalidInputError: If the amounts are not Medicare's, or the percentage is out of range.

        >>> FeeSchedule.medicare("2026-03-02").at_percent(200).amount("97530")
        Decimal('70.14')
        """
        share = parse_percent_of_medicare(percent, what="percent")
        if share is None:
            msg = "percent must be a number such as 200, got None"
            raise InvalidInputError(msg, field="percent")
        if self.basis is not FeeBasis.MEDICARE_FEE_SCHEDULE:
            msg = "a percentage of Medicare needs FeeSchedule.medicare(...)"
            raise InvalidInputError(msg, field="fees")
        return _at_percent(self, share)

    def gives_amounts_to(self, basis: FeeBasis | str) -> bool:
        """
        Return whether the amounts apply to a payer with this fee *basis*.

        Medicare's fee schedule does not apply to a payer that has a contract or unknown fees, and a schedule with another
        payer's conversion factor does not apply to Medicare or to a payer that allows a percentage of Medicare. Rates and
        contracts apply to every payer.

        >>> FeeSchedule.medicare("2026-03-02").gives_amounts_to(FeeBasis.UNKNOWN)
        False
        >>> FeeSchedule.from_rates({"97110": "30.00"}).gives_amounts_to(FeeBasis.UNKNOWN)
        True
        """
        wanted = basis if type(basis) is FeeBasis else parse_choice(basis, FeeBasis, "basis")
        if self.basis is FeeBasis.OWN_CONVERSION_FACTOR:
            return wanted not in (FeeBasis.MEDICARE_FEE_SCHEDULE, FeeBasis.PERCENT_OF_MEDICARE)
        from_medicare = self.basis is FeeBasis.MEDICARE_FEE_SCHEDULE
        return not (from_medicare and wanted.is_payers_own)

    def is_for_setting(self, setting: Setting | str) -> bool:
        """
        Return whether the amounts apply in *setting*.

        Medicare's amounts differ between an office and a facility. The office amounts are also used for a
        critical access hospital, where they only count toward the annual threshold. Flat rates apply in any
        setting.

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
        Check that the schedule is for *date_of_service*.

        Raises:
            NotPublishedError: If the date is out of range, or the date is None and the schedule has a date
                limit.
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
                days = f"dates from {first} on" if last is None else f"dates through {last}"
            msg = f"{self.name} is for {days}, not for {day or 'an unknown date of service'}"
            raise NotPublishedError(msg, field="date_of_service")

    def __repr__(self) -> str:
        return f"<FeeSchedule {self.name}>"

    def _repr_html_(self) -> str:
        return as_html(self)


def _positive(value: object, what: str, unit: str) -> Decimal:
    number = parse_number(value)
    if number is None or not 0 < number <= LARGEST:
        msg = f"{what} must be a positive number of {unit}, as a string or Decimal, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what.partition("[")[0])
    return number


def _dates(
    effective_from: date | str | None, effective_through: date | str | None
) -> tuple[date | None, date | None]:
    first = None if effective_from is None else parse_date(effective_from, what="effective_from")
    last = (
        None
        if effective_through is None
        else parse_date(effective_through, what="effective_through")
    )
    return first, last


@lru_cache(maxsize=1024)
def _at_percent(medicare: FeeSchedule, percent: Decimal) -> FeeSchedule:
    source = Source("the payer's policy", f"{percent} % of Medicare", "", Verification.UNVERIFIED)
    return attrs.evolve(
        medicare,
        name=f"{percent} % of {medicare.name}",
        source=PercentOfMedicare(medicare, percent, source),
        basis=FeeBasis.PERCENT_OF_MEDICARE,
        limit=None,
    )


def _quarter(day: date) -> int:
    return (day.month - 1) // 3


def _of_schedule(setting: Setting | str) -> Setting:
    parsed = parse_setting(setting)
    if parsed is Setting.CRITICAL_ACCESS_HOSPITAL:
        msg = (
            "Medicare pays a critical access hospital at cost, not from the fee schedule: "
            "use the office amounts here, and pass this setting to bill_day"
        )
        raise NotPublishedError(msg, field="setting")
    return parsed


_NATIONAL_AMOUNTS = (
    "these are national amounts; give a locality for the amounts that Medicare allows there"
)
_FACTORS, _QP_FACTORS = "conversion_factors", "conversion_factors_qualifying_apm"
_REDUCTIONS = ("mppr_office", "mppr_institution")
_FEE_FILES = (
    "fees/releases.toml",
    "fees/mpfs_rvu.csv",
    "fees/gpci_releases.toml",
    "fees/gpci.csv",
    f"parameters/medicare/{_FACTORS}.toml",
    f"parameters/medicare/{_QP_FACTORS}.toml",
)
_NUMBER_FILES = tuple(
    f"parameters/medicare/{name}.toml"
    for name in (*_REDUCTIONS, "nonparticipating", "limiting_charge")
)


@lru_cache(maxsize=4096)
def _period(day: date, factors: str, parameters: Parameters) -> tuple[date, date]:
    """Return the first and last date of the period in which all numbers for *day* stay the same."""
    periods = [release_period(day), load_gpcis().period(day)]
    dated = (factors, "nonparticipating", "limiting_charge")
    periods += [parameters.series(name).period(day) for name in dated]
    for name in _REDUCTIONS:
        # The full amounts are known even when the MPPR reduction is not.
        with suppress(NotPublishedError):
            periods.append(parameters.series(name).period(day))
    return max(first for first, _ in periods), min(last for _, last in periods)


@lru_cache(maxsize=1024)
def _medicare(
    period: tuple[date, date],
    key: LocalityKey | None,
    setting: Setting,
    factors: str,
    participating: bool,  # noqa: FBT001 - positional for the cache
    parameters: Parameters,
    own_factor: Decimal | None,
    terms: ZipTerms,
) -> FeeSchedule:
    first = period[0]
    release = load_releases().on(first)
    indices = load_gpcis().on(first)
    gpci = NATIONAL if key is None else locality_at(indices, key)
    factor = parameters.on(factors, first)
    if own_factor is not None:
        given = Source("a conversion factor that was given", "", "", Verification.UNVERIFIED)
        factor = Parameter(own_factor, factor.unit, given)
    sources = [release.source, factor.source]
    if key is not None:
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
        _whom(factors, own_factor),
        own_factor=own_factor is not None,
        terms=terms,
    )


def _whom(factors: str, own_factor: Decimal | None) -> str:
    if own_factor is not None:
        return f"with a conversion factor of ${own_factor}, "
    return "for qualifying APM participants, " if factors == _QP_FACTORS else ""


def _later(release: str) -> Mapping[str, Rvu]:
    """Return the RVUs of *release* or, if it has no STATUS CODE, of the next release that has one."""
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
    own_factor: bool = False,
    terms: ZipTerms = NO_ZIP_TERMS,
) -> FeeSchedule:
    national = source.gpci == NATIONAL
    where = "national amounts" if national else str(source.gpci)
    inside = "in a facility" if source.setting is Setting.FACILITY else "outside a facility"
    whom += "" if source.participation is None else "nonparticipating, "
    limit = None if source.participation is None else parameters.on("limiting_charge", period[0])
    assumptions = (_NATIONAL_AMOUNTS,) if national else ()
    return FeeSchedule(
        name=f"Medicare {where} {inside}, {whom}{source.release}",
        source=source,
        effective_from=period[0],
        effective_through=period[1],
        setting=source.setting,
        locality=None if national else source.gpci,
        parameters=parameters,
        basis=FeeBasis.OWN_CONVERSION_FACTOR if own_factor else FeeBasis.MEDICARE_FEE_SCHEDULE,
        assumptions=(*assumptions, source.assumption) if source.assumption else assumptions,
        file_from=file_from,
        limit=limit,
        localities=localities,
        dated_assumptions=terms.remarks,
        assumed_files=terms.assumed_files,
    )


def _reduction(day: date, setting: Setting, parameters: Parameters) -> Parameter | str:
    """Return the fraction of the practice expense that MPPR removes, or why it is not known."""
    name = "mppr_institution" if setting is Setting.FACILITY else "mppr_office"
    try:
        return parameters.on(name, day)
    except NotPublishedError as error:
        return str(error)
