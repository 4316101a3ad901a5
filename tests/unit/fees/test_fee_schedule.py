"""Fee schedules: the sources of amounts, their dates and localities, and errors."""

from __future__ import annotations

import contextlib
import csv
import datetime
import pickle
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from functools import partial
from typing import Any, cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.paths import EXAMPLE_FILES
from tests.refusals import refusal
from tests.unit.fees.schedules import DAY, NAME, data_file, day, gpci_file, medicare, rvu_file
from tests.unit.zip_tables import ATLANTA, OHIO, REST_OF_GEORGIA, zip_codes
from therapy_billing import (
    Contract,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Setting,
    Source,
    load_codes,
)
from therapy_billing.fees import FeeCoverage, Price
from therapy_billing.fees.bundled_tables import load_gpcis, load_releases, load_rvus
from therapy_billing.fees.prices import FeeTable
from therapy_billing.law import Parameters, Verification
from therapy_billing.law.parameters import BUNDLED, Parameter, load_parameter
from therapy_billing.law.timeline import Timeline

AMOUNTS_FILE = EXAMPLE_FILES / "national_amounts.csv"
NOT_PAYABLE = "not payable"
NOT_IN_THE_FILE = "not in the file"
JULY_2026 = (
    "January to June 2026 is priced with the July 2026 file; the January and April files are "
    "not in the library's data"
)


def published_amounts() -> list[dict[str, str]]:
    """Read the amounts of the examples in the order of their file."""
    with AMOUNTS_FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


AMOUNTS = published_amounts()
HELD = [row for row in AMOUNTS if row["amount"] != NOT_IN_THE_FILE]
PRICED = [row for row in HELD if row["amount"] != NOT_PAYABLE]


def ids(rows: list[dict[str, str]]) -> list[str]:
    """Return an id of code and year for each of *rows*."""
    return [f"{row['code']}-{row['date_of_service'][:4]}" for row in rows]


def own_parameters(name: str, *values: tuple[str, str], through: str = "2026-12-31") -> Parameters:
    """Return the bundled numbers with one series replaced."""
    source = Source("own", "", "", Verification.UNVERIFIED)
    entries = tuple(
        (day(first), Parameter(Decimal(amount), "", source)) for first, amount in values
    )
    return Parameters({name: Timeline(name, entries, day(through))})


class TestNationalAmounts:
    @pytest.mark.parametrize("row", PRICED, ids=ids(PRICED))
    def test_an_amount_is_the_one_published(self, row: dict[str, str]) -> None:
        fees = FeeSchedule.medicare(row["date_of_service"])
        assert str(fees.amount(row["code"])) == row["amount"]
        assert fees.price(row["code"]).amount == Decimal(row["amount"])

    @pytest.mark.parametrize("row", HELD, ids=ids(HELD))
    def test_the_relative_values_are_those_published(self, row: dict[str, str]) -> None:
        rvu = load_rvus(load_releases().on(day(row["date_of_service"])).name)[row["code"]]
        held = (rvu.work, rvu.practice_expense, rvu.malpractice)
        published = ("work_rvu", "pe_rvu_nonfacility", "mp_rvu")
        assert held == tuple(Decimal(row[column]) for column in published)
        facility = row["pe_rvu_facility"]
        assert not facility or rvu.practice_expense_facility == Decimal(facility)

    def test_a_code_that_is_not_payable_or_not_in_the_file_has_no_amount(self) -> None:
        without = [row for row in AMOUNTS if row not in PRICED]
        assert {row["code"] for row in without} == {"97010", "97014", "98979", "98984", "98985"}
        for row in without:
            fees = FeeSchedule.medicare(row["date_of_service"])
            message = refusal(NotPublishedError, partial(fees.amount, row["code"]))
            assert message.startswith(f"no price for {row['code']} in Medicare national amounts")

    def test_each_amount_names_its_source_and_how_far_it_was_verified(self) -> None:
        assert len(AMOUNTS) == 1 + 2 * 67
        assert all(row["source"].strip() for row in AMOUNTS)
        verified = {member.value for member in Verification}
        assert all(row["verified"] in verified for row in AMOUNTS)
        assert len({(row["date_of_service"], row["code"]) for row in AMOUNTS}) == len(AMOUNTS)

    @pytest.mark.parametrize(
        ("units", "amount"),
        [(0, "0.00"), (1, "40.42"), (2, "80.84"), (3, "121.26"), (4, "161.68")],
    )
    def test_97530_in_2020_is_a_multiple_of_its_rounded_unit(self, units: int, amount: str) -> None:
        published = FeeSchedule.medicare("2020-03-02").amount("97530", units)
        contract = FeeSchedule.from_rates({"97530": "40.42"}).amount("97530", units)
        assert (str(published), str(contract)) == (amount, amount)

    def test_a_program_that_rounds_decimals_changes_no_amount(self) -> None:
        # These schedules are computed here for the first time, inside the context.
        from therapy_billing.fees import (  # noqa: PLC0415 - its cache is emptied here only
            fee_schedule as fee_schedules,
        )

        fee_schedules._medicare.cache_clear()  # noqa: SLF001
        load_rvus.cache_clear()
        load_gpcis.cache_clear()
        load_parameter.cache_clear()
        with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
            for row in PRICED:
                fees = FeeSchedule.medicare(row["date_of_service"])
                assert str(fees.amount(row["code"])) == row["amount"]
            ohio = FeeSchedule.medicare("2020-03-02", state="OH", participating=False)
            assert str(ohio.amount("97530", reduced=True)) == "26.15"
            assert str(ohio.limiting_charge("97530")) == "41.99"
            contract = FeeSchedule.from_rates({"97530": "40.42"})
            assert str(contract.amount("97530", 3)) == "121.26"


class TestDates:
    @pytest.mark.parametrize(
        ("on", "release", "factor", "amount", "first", "last"),
        [
            ("2019-10-01", "RVU19D", "36.0391", "40.72", "2019-10-01", "2019-12-31"),
            ("2019-12-31", "RVU19D", "36.0391", "40.72", "2019-10-01", "2019-12-31"),
            ("2020-01-01", "RVU20A", "36.0896", "40.42", "2020-01-01", "2020-03-31"),
            ("2020-02-29", "RVU20A", "36.0896", "40.42", "2020-01-01", "2020-03-31"),
            ("2020-03-31", "RVU20A", "36.0896", "40.42", "2020-01-01", "2020-03-31"),
            ("2020-04-01", "RVU20B", "36.0896", "40.42", "2020-04-01", "2020-06-30"),
            ("2023-09-30", "RVU23C", "33.8872", "37.61", "2023-07-01", "2023-09-30"),
            ("2023-10-01", "RVU23D", "33.8872", "37.61", "2023-10-01", "2023-12-31"),
            ("2024-03-08", "RVU24A", "32.7442", "36.02", "2024-01-01", "2024-03-08"),
            ("2024-03-09", "RVU24AR", "33.2875", "36.62", "2024-03-09", "2024-03-31"),
            ("2024-09-30", "RVU24C", "33.2875", "36.62", "2024-07-01", "2024-09-30"),
            ("2024-10-01", "RVU24C", "33.2875", "36.62", "2024-10-01", "2024-12-31"),
            ("2024-12-31", "RVU24C", "33.2875", "36.62", "2024-10-01", "2024-12-31"),
            ("2025-01-01", "RVU25A", "32.3465", "34.61", "2025-01-01", "2025-03-31"),
            ("2025-12-31", "RVU25D", "32.3465", "34.61", "2025-10-01", "2025-12-31"),
            ("2026-01-01", "RVU26C", "33.4009", "35.07", "2026-01-01", "2026-06-30"),
            ("2026-06-30", "RVU26C", "33.4009", "35.07", "2026-01-01", "2026-06-30"),
            ("2026-07-01", "RVU26C", "33.4009", "35.07", "2026-07-01", "2026-09-30"),
            ("2026-12-31", "RVU26C", "33.4009", "35.07", "2026-10-01", "2026-12-31"),
        ],
    )
    def test_a_day_is_priced_by_its_release_and_its_factor(
        self, on: str, release: str, factor: str, amount: str, first: str, last: str
    ) -> None:
        fees = FeeSchedule.medicare(on)
        price = fees.price("97530")
        assert str(price.amount) == amount
        assert f"RVUs from {release} x ${factor}" in price.formula
        assert price.release == release
        assert fees.name == f"Medicare national amounts outside a facility, {release}"
        assert (str(fees.effective_from), str(fees.effective_through)) == (first, last)
        fees.require(day(first))
        fees.require(day(last))

    @pytest.mark.parametrize("on", ["2019-09-30", "2018-06-01", "2027-01-01"])
    def test_a_day_outside_the_releases_is_refused(self, on: str) -> None:
        assert refusal(NotPublishedError, lambda: FeeSchedule.medicare(on)) == (
            "the Medicare relative value file is known from 2019-10-01 through 2026-12-31, "
            f"not on {on}"
        )

    def test_an_invalid_date_is_an_error_with_the_name_of_the_argument(self) -> None:
        assert refusal(InvalidInputError, lambda: FeeSchedule.medicare(NAME)) == (
            "date_of_service must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 13 characters"
        )

    def test_a_schedule_is_an_error_outside_its_range_and_without_a_date(self) -> None:
        fees = FeeSchedule.medicare("2024-03-09")
        beside = f"{fees.name} is for 2024-03-09 to 2024-03-31, not for "
        for on in (day("2024-03-08"), day("2024-04-01")):
            assert refusal(NotPublishedError, partial(fees.require, on)) == f"{beside}{on}"
        assert (
            refusal(NotPublishedError, lambda: fees.require(None))
            == f"{beside}an unknown date of service"
        )


class TestOneScheduleForAPeriod:
    def test_two_days_of_a_period_are_one_schedule(self) -> None:
        assert FeeSchedule.medicare("2020-01-01") is FeeSchedule.medicare("3/31/2020")
        assert FeeSchedule.medicare("2020-01-01") is not FeeSchedule.medicare("2020-04-01")

    def test_a_locality_named_in_the_same_way_is_one_schedule(self) -> None:
        assert medicare(mac="15202", locality="00") is medicare(locality="15202-00")
        assert medicare(state="OH") is medicare(locality="OH")
        assert medicare(mac="15202", locality="00") is not medicare()

    def test_setting_participation_and_parameters_make_schedules_of_their_own(self) -> None:
        schedules = [
            medicare(),
            medicare(setting="facility"),
            medicare(participating=False),
            medicare(qualifying_apm=True),
            medicare(parameters=own_parameters("mppr_office", ("2020-01-01", "0.40"))),
        ]
        assert len({id(fees) for fees in schedules}) == 5
        assert medicare(setting=Setting.FACILITY) is schedules[1]

    def test_before_2026_a_qualifying_apm_participant_has_the_schedule_of_all(self) -> None:
        assert FeeSchedule.medicare("2025-12-31", qualifying_apm=True) is FeeSchedule.medicare(
            "2025-12-31"
        )

    def test_other_parameters_read_no_table_again(self) -> None:
        medicare()
        before = load_rvus.cache_info().misses, load_gpcis.cache_info().misses
        for amount in ("0.40", "0.60"):
            parameters = own_parameters("mppr_office", ("2020-01-01", amount))
            medicare(parameters=parameters).amount("97530", reduced=True)
        assert (load_rvus.cache_info().misses, load_gpcis.cache_info().misses) == before


class TestPrices:
    def test_a_price_has_its_formula_rule_and_sources(self) -> None:
        assert FeeSchedule.medicare("2020-03-02").price(" 97530 ") == Price(
            code="97530",
            amount=Decimal("40.42"),
            practice_expense=Decimal("0.66"),
            reduced_amount=Decimal("28.51"),
            not_reduced="",
            formula=(
                "(0.44 work + 0.66 practice expense + 0.02 malpractice) RVUs from RVU20A x $36.0896"
            ),
            reduced_formula=(
                "(0.44 work + 0.66 practice expense x 0.50 + 0.02 malpractice) RVUs from RVU20A "
                "x $36.0896"
            ),
            rule="medicare-national-amount",
            release="RVU20A",
            sources=(
                data_file(
                    "Medicare PPRRVU, rvu_source_2020.rds[pprrvu][rvu20a_jan]",
                    "RVU20A, from 2020-01-01",
                ),
                data_file("CONV FACTOR column of PPRRVU RVU20A to RVU20D", "RVU20A to RVU20D"),
                Source(
                    "42 U.S.C. 1395m(k)(7): 50 % from 2013-04-01",
                    "",
                    "https://www.law.cornell.edu/uscode/text/42/1395m",
                    Verification.OFFICIAL,
                ),
            ),
            mult_proc="5",
        )

    def test_a_price_of_a_locality_names_its_indices_and_their_file(self) -> None:
        price = FeeSchedule.medicare("2020-03-02", state="OH").price("97530")
        assert (price.amount, price.reduced) == (Decimal("38.43"), Decimal("27.53"))
        assert price.rule == "medicare-locality-amount"
        assert price.formula == (
            "(0.44 work x 1.000 + 0.66 practice expense x 0.915 + 0.02 malpractice x 1.049) "
            "RVUs from RVU20A x $36.0896"
        )
        assert price.reduced_formula == (
            "(0.44 work x 1.000 + 0.66 practice expense x 0.915 x 0.50 + 0.02 malpractice x 1.049) "
            "RVUs from RVU20A x $36.0896"
        )
        indices = data_file("Medicare GPCI, rvu_source_2020.rds[gpci][rvu20a]", "from 2020-01-01")
        assert indices in price.sources

    def test_a_code_that_is_not_subject_has_no_reduced_amount_and_does_not_cite_it(self) -> None:
        price = FeeSchedule.medicare("2025-10-01").price("97550")
        assert (price.reduced, price.practice_expense, price.reduced_formula) == (None, None, "")
        assert len(price.sources) == 2

    def test_an_assumed_release_is_a_remark_and_counts_as_derived(self) -> None:
        price = FeeSchedule.medicare("2026-01-01").price("97530")
        assert price.formula == (
            "(0.44 work + 0.60 practice expense + 0.01 malpractice) RVUs from RVU26C x $33.4009; "
            f"{JULY_2026}"
        )
        assert price.reduced_formula.endswith(f"x $33.4009; {JULY_2026}")
        assert price.sources[0].verified is Verification.DERIVED
        held = FeeSchedule.medicare("2026-07-01").price("97530")
        assert held.formula.endswith("RVUs from RVU26C x $33.4009")
        assert held.sources[0].verified is Verification.DATA_FILE

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("97010", "Medicare bundles the code into other services (status B)"),
            ("97014", "Medicare does not accept the code (status I)"),
            ("97037", "Medicare does not cover the code (status N)"),
            ("97039", "each Medicare contractor sets its own price for the code (status C)"),
            ("97545", "the code has no RVUs in the Medicare file"),
            ("97127", "the code is not in the schedule"),
            ("99999", "the code is not in the schedule"),
        ],
    )
    def test_a_code_without_a_price_is_refused_with_the_reason(
        self, code: str, reason: str
    ) -> None:
        fees = FeeSchedule.medicare("2025-10-01")
        message = (
            f"no price for {code} in Medicare national amounts outside a facility, RVU25D: {reason}"
        )
        # The second call uses the stored price.
        for call in (fees.price, fees.amount, fees.price):
            assert refusal(NotPublishedError, partial(call, code)) == message

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("97010", "Medicare bundles the code into other services (status B)"),
            ("97014", "Medicare does not accept the code (status I)"),
            ("97039", "each Medicare contractor sets its own price for the code (status C)"),
            ("97545", "the code has no RVUs in the Medicare file"),
            ("97127", "the code has no RVUs in the Medicare file"),
        ],
    )
    def test_a_release_without_status_takes_that_of_the_next_one(
        self, code: str, reason: str
    ) -> None:
        fees = FeeSchedule.medicare("2019-10-01")
        assert refusal(NotPublishedError, lambda: fees.price(code)) == (
            f"no price for {code} in Medicare national amounts outside a facility, RVU19D: {reason}"
        )

    def test_a_release_without_indicator_takes_that_of_the_next_one(self) -> None:
        fees = FeeSchedule.medicare("2019-10-01")
        assert fees.amount("97530", reduced=True) == Decimal("28.65")
        assert fees.price("92610").reduced is None

    def test_a_code_of_the_last_release_without_status_is_priced_by_its_own_values(self) -> None:
        assert FeeSchedule.medicare("2019-10-01").amount("G0515") == Decimal("32.80")

    def test_a_correction_of_2020_does_not_price_a_code_in_2019(self) -> None:
        # The January 2020 file has status N. The amounts published for 2020 do not apply to 2019.
        fees = FeeSchedule.medicare("2019-10-01")
        assert refusal(NotPublishedError, lambda: fees.price("98966")).endswith(
            "Medicare does not cover the code (status N)"
        )

    def test_no_schedule_has_an_amount_of_zero_or_a_code_twice(self) -> None:
        for setting in (Setting.NON_FACILITY, Setting.FACILITY):
            for first, release in load_releases().entries:
                assert first is not None
                fees = FeeSchedule.medicare(first, setting=setting)
                coverage = fees.coverage()
                assert all(fees.amount(code) > 0 for code in coverage.codes)
                assert set(coverage.codes).isdisjoint(coverage.without_price)
                both = {*coverage.codes, *coverage.without_price}
                assert both == load_rvus(release.name).keys()

    def test_a_reduced_amount_is_below_the_full_one_and_above_zero(self) -> None:
        fees = FeeSchedule.medicare("2026-07-01", state="OH")
        reduced = [fees.price(c) for c in fees.coverage().codes if fees.price(c).reduced]
        assert len(reduced) == 51
        for price in reduced:
            assert price.reduced is not None
            assert price.practice_expense is not None
            assert 0 < price.reduced < price.amount
            assert "x 0.50 " in price.reduced_formula

    @pytest.mark.parametrize("value", [NAME, "9753", 9753, None])
    def test_an_invalid_code_is_an_error(self, value: Any) -> None:  # noqa: ANN401
        fees = FeeSchedule.medicare("2020-03-02")
        for call in (fees.price, fees.amount):
            message = refusal(InvalidInputError, partial(call, value))
            assert message.startswith("code must be five characters such as '97530'")
            assert NAME not in message

    @pytest.mark.parametrize("value", [[], {}, ["97530"]])
    def test_a_list_is_not_a_code(self, value: Any) -> None:  # noqa: ANN401
        fees = FeeSchedule.medicare("2020-03-02")
        message = refusal(InvalidInputError, lambda: fees.price(value))
        assert message.startswith("code must be five characters such as '97530'")

    @pytest.mark.parametrize(
        ("units", "shown"),
        [
            (True, "True"),
            (1.5, "1.5"),
            ("2", "'2': use int('2')"),
            (NAME, "a string of 13 characters"),
        ],
    )
    def test_units_that_are_not_whole_are_refused(self, units: object, shown: str) -> None:
        fees = FeeSchedule.medicare("2020-03-02", participating=False)
        for call in (fees.amount, fees.limiting_charge, partial(fees.amount, reduced=True)):
            assert refusal(InvalidInputError, partial(call, "97530", cast("int", units))) == (
                f"units must be a whole number, got {shown}"
            )

    def test_every_unit_of_an_amount_is_reduced(self) -> None:
        fees = FeeSchedule.medicare("2020-03-02")
        assert str(fees.amount("97530", 3, reduced=True)) == "85.53"
        assert str(fees.amount("97530", 0, reduced=True)) == "0.00"


class TestSettings:
    def test_a_facility_has_its_own_practice_expense(self) -> None:
        office, facility = medicare(), medicare(setting="facility")
        assert (office.amount("97550"), facility.amount("97550")) == (
            Decimal("52.77"),
            Decimal("39.75"),
        )
        assert "0.18 practice expense" in facility.price("97550").formula
        assert facility.setting is Setting.FACILITY
        assert facility.name == "Medicare national amounts in a facility, RVU26C"
        assert office.setting is Setting.NON_FACILITY

    def test_a_reduction_is_that_of_the_setting(self) -> None:
        parameters = own_parameters("mppr_institution", ("2020-01-01", "0.40"))
        office = medicare(parameters=parameters)
        facility = medicare(parameters=parameters, setting="facility")
        assert "x 0.50 " in office.price("97530").reduced_formula
        assert "x 0.60 " in facility.price("97530").reduced_formula
        assert facility.amount("97530", reduced=True) == Decimal("27.05")

    @pytest.mark.parametrize("setting", ["cah", Setting.CRITICAL_ACCESS_HOSPITAL])
    def test_a_critical_access_hospital_has_no_schedule(self, setting: Setting | str) -> None:
        assert refusal(NotPublishedError, lambda: medicare(setting=setting)) == (
            "Medicare pays a critical access hospital at cost, not from the fee schedule: "
            "use the office amounts here, and pass this setting to bill_day"
        )

    def test_an_invalid_setting_is_an_error(self) -> None:
        assert refusal(InvalidInputError, lambda: medicare(setting=NAME)) == (
            "setting must be non-facility, facility, or critical-access-hospital, "
            "got a string of 13 characters"
        )


class TestQualifyingApmParticipants:
    @pytest.mark.parametrize(
        ("on", "full", "reduced"),
        [
            ("2025-12-31", "34.61", "24.58"),
            ("2026-01-01", "35.25", "25.18"),
            ("2026-12-31", "35.25", "25.18"),
        ],
    )
    def test_they_have_their_own_factor_from_2026(self, on: str, full: str, reduced: str) -> None:
        fees = FeeSchedule.medicare(on, qualifying_apm=True)
        assert str(fees.amount("97530")) == full
        assert str(fees.amount("97530", reduced=True)) == reduced
        assert ("for qualifying APM participants, " in fees.name) is (on >= "2026")

    def test_the_factor_is_cited_as_derived(self) -> None:
        price = FeeSchedule.medicare("2026-07-01", qualifying_apm=True).price("97530")
        assert price.formula.endswith("x $33.5675")
        assert price.sources[1].verified is Verification.DERIVED

    def test_an_own_factor_that_changes_within_a_release_is_that_of_the_day(self) -> None:
        parameters = own_parameters(
            "conversion_factors_qualifying_apm", ("2026-01-01", "33.5675"), ("2026-03-01", "40")
        )
        for on, factor in (("2026-02-28", "33.5675"), ("2026-03-01", "40"), ("2026-03-02", "40")):
            fees = FeeSchedule.medicare(on, qualifying_apm=True, parameters=parameters)
            assert f"RVUs from RVU26C x ${factor};" in fees.price("97530").formula, on


class TestZipCodes:
    REMARK = (
        "the locality of ZIP code 43215 comes from CMS's ZIP code file for the quarter "
        "that begins 2026-01-01"
    )

    @pytest.mark.parametrize(
        "options", [{}, {"setting": "facility", "qualifying_apm": True, "participating": False}]
    )
    @pytest.mark.parametrize("first", [first for first, _ in load_gpcis().entries], ids=str)
    def test_a_zip_code_in_any_locality_has_the_schedule_of_the_locality(
        self, first: datetime.date, options: dict[str, Any]
    ) -> None:
        on = max(first, day("2019-10-01"))
        localities = list(load_gpcis().on(on))
        table = [
            f"{on},{number:05},XX,{mac},{locality},0"
            for number, (mac, locality) in enumerate(localities)
        ]
        assert len(localities) > 100
        with zip_codes(*table):
            for number, (mac, locality) in enumerate(localities):
                found = FeeSchedule.medicare(on, zip_code=number, **options)
                wanted = FeeSchedule.medicare(on, mac=mac, locality=locality, **options)
                assert attrs.evolve(found, dated_assumptions=()) == wanted
                assert found.assumptions_on(on) == wanted.assumptions_on(on)
                assert found.amount("97530") == wanted.amount("97530")

    def test_zip_codes_of_one_locality_share_the_schedule_of_the_locality(self) -> None:
        other = OHIO.replace("43215", "44101")
        table = [
            f"{first},{row}" for first in ("2026-01-01", "2026-04-01") for row in (OHIO, other)
        ]
        with zip_codes(*table):
            fees = medicare(zip_code="43215")
            assert fees is medicare(zip_code="44101")
            assert fees is medicare(locality="15202-00")

    @pytest.mark.parametrize("date_of_service", ["2026-01-01", "2026-03-31"])
    def test_within_the_quarter_of_the_zip_code_file_nothing_is_assumed_about_it(
        self, date_of_service: str
    ) -> None:
        with zip_codes(f"2026-01-01,{OHIO}"):
            fees = FeeSchedule.medicare(date_of_service, zip_code="43215")
        assert fees.assumptions_on(date_of_service) == (JULY_2026,)

    @pytest.mark.parametrize("date_of_service", ["2026-04-01", "2026-06-30"])
    def test_after_the_quarter_of_the_zip_code_file_the_assumptions_say_so(
        self, date_of_service: str
    ) -> None:
        with zip_codes(f"2026-01-01,{OHIO}"):
            fees = FeeSchedule.medicare(date_of_service, zip_code="43215-1234")
        assert fees.assumptions_on(date_of_service) == (JULY_2026, self.REMARK)
        assert fees.at_percent(200).assumptions_on(date_of_service) == (JULY_2026, self.REMARK)
        copy = pickle.loads(pickle.dumps(fees))  # noqa: S301 - its own bytes
        assert copy.assumptions_on(date_of_service) == (JULY_2026, self.REMARK)

    def test_a_schedule_that_began_in_the_quarter_has_the_remark_after_it(self) -> None:
        with zip_codes(f"2026-01-01,{OHIO}"):
            fees = medicare(zip_code="43215")
        assert fees.assumptions_on("2026-03-31") == (JULY_2026,)
        assert fees.assumptions_on("2026-04-01") == (JULY_2026, self.REMARK)

    def test_a_schedule_ends_where_the_zip_code_moves_to_another_locality(self) -> None:
        with zip_codes(f"2026-01-01,{REST_OF_GEORGIA}", f"2026-04-01,{ATLANTA}"):
            before = FeeSchedule.medicare("2026-03-31", zip_code="30303")
            after = FeeSchedule.medicare("2026-04-01", zip_code="30303")
        before.require(day("2026-03-31"))
        assert refusal(NotPublishedError, lambda: before.require(day("2026-04-01"))) == (
            f"{before.name} is for 2026-01-01 to 2026-03-31, not for 2026-04-01"
        )
        assert (str(after.effective_from), str(after.effective_through)) == (
            "2026-04-01",
            "2026-06-30",
        )
        assert [fees.locality and fees.locality.locality for fees in (before, after)] == [
            "99",
            "01",
        ]
        assert before.amount("97530") < after.amount("97530")

    def test_a_schedule_ends_with_the_zip_code_table(self) -> None:
        with zip_codes(f"2026-01-01,{OHIO}", known_through="2026-03-31"):
            assert medicare(zip_code="43215").effective_through == day("2026-03-31")
            assert medicare(locality="OH").effective_through == day("2026-06-30")

    def test_a_day_that_the_fees_do_not_reach_is_refused_before_the_zip_code_is_looked_up(
        self,
    ) -> None:
        message = refusal(
            NotPublishedError, lambda: FeeSchedule.medicare("2018-01-02", zip_code="43215")
        )
        assert "2018-01-02" in message
        assert "ZIP" not in message

    def test_a_name_given_as_zip_code_is_not_repeated(self) -> None:
        assert NAME not in refusal(InvalidInputError, lambda: medicare(zip_code=NAME))


class TestOwnParameters:
    def test_an_own_factor_that_changes_within_a_release_is_that_of_the_day(self) -> None:
        parameters = own_parameters(
            "conversion_factors", ("2026-01-01", "33.4009"), ("2026-03-01", "34.0000")
        )
        before = FeeSchedule.medicare("2026-02-28", parameters=parameters)
        after = FeeSchedule.medicare("2026-03-01", parameters=parameters)
        assert before.effective_through == day("2026-02-28")
        assert (before.amount("97530"), after.amount("97530")) == (
            Decimal("35.07"),
            Decimal("35.70"),
        )
        assert after.parameters is parameters
        assert FeeSchedule.medicare("2026-03-01").parameters is BUNDLED

    def test_full_amounts_are_known_if_only_the_reduction_is_missing(self) -> None:
        parameters = own_parameters("mppr_office", ("2026-01-01", "0.60"), through="2026-06-30")
        fees = FeeSchedule.medicare("2026-07-02", parameters=parameters)
        assert fees.amount("97530") == Decimal("35.07")
        assert refusal(NotPublishedError, lambda: fees.amount("97530", reduced=True)).endswith(
            "known from 2026-01-01 through 2026-06-30, not on 2026-07-01"
        )


class TestThoseWhoDoNotParticipate:
    def test_they_are_allowed_95_percent_of_each_unit(self) -> None:
        fees = FeeSchedule.medicare("2020-03-02", participating=False)
        assert fees.name == (
            "Medicare national amounts outside a facility, nonparticipating, RVU20A"
        )
        assert fees.amount("97530") == Decimal("38.40")
        assert fees.amount("97530", reduced=True) == Decimal("27.08")
        assert fees.price("97530").formula == (
            "0.95 of (0.44 work + 0.66 practice expense + 0.02 malpractice) RVUs from RVU20A x $36.0896"
        )

    def test_the_95_percent_are_cited(self) -> None:
        price = FeeSchedule.medicare("2020-03-02", participating=False).price("97530")
        assert BUNDLED.on("nonparticipating", day("2020-03-02")).source in price.sources

    def test_they_may_charge_115_percent_of_that(self) -> None:
        fees = FeeSchedule.medicare("2020-03-02", participating=False)
        assert fees.limiting_charge("97530") == Decimal("44.16")
        assert fees.limiting_charge("97530", 3) == Decimal("132.48")
        assert fees.limiting_charge("97530", 0) == 0

    def test_a_code_without_a_price_has_no_limiting_charge(self) -> None:
        fees = FeeSchedule.medicare("2020-03-02", participating=False)
        assert refusal(NotPublishedError, lambda: fees.limiting_charge("97010")) == (
            f"no price for 97010 in {fees.name}: Medicare bundles the code into other services (status B)"
        )

    @pytest.mark.parametrize(
        "fees", [FeeSchedule.medicare("2020-03-02"), FeeSchedule.from_rates({"97530": "40"})]
    )
    def test_others_have_no_limiting_charge(self, fees: FeeSchedule) -> None:
        assert refusal(InvalidInputError, lambda: fees.limiting_charge("97530")) == (
            "a limiting charge needs FeeSchedule.medicare(..., participating=False)"
        )


class TestCoverage:
    def test_medicare_has_its_dates_codes_and_localities(self) -> None:
        coverage = FeeSchedule.medicare("2025-10-01").coverage()
        assert (coverage.effective_from, coverage.effective_through) == (
            day("2025-10-01"),
            day("2025-12-31"),
        )
        assert {"97530", "97550", "G0283"} < set(coverage.codes)
        assert coverage.without_price["97010"] == (
            "Medicare bundles the code into other services (status B)"
        )
        assert coverage.without_price["97545"] == "the code has no RVUs in the Medicare file"
        assert len(coverage.codes) + len(coverage.without_price) == 170
        assert len(coverage.localities) == 109
        assert ("15202", "00") in coverage.localities

    def test_rates_have_codes_and_nothing_else(self) -> None:
        assert FeeSchedule.from_rates({"97530": "40", "g0283": "14"}).coverage() == FeeCoverage(
            effective_from=None,
            effective_through=None,
            codes=("97530", "G0283"),
            without_price={},
            localities=(),
        )

    def test_changing_its_coverage_changes_no_schedule(self) -> None:
        fees = FeeSchedule.medicare("2025-10-01")
        reasons: Any = fees.coverage().without_price
        with contextlib.suppress(AttributeError):
            reasons.clear()
        assert fees.coverage().without_price["97545"] == (
            "the code has no RVUs in the Medicare file"
        )


class TestDisplays:
    def test_a_schedule_shows_its_name(self) -> None:
        fees = FeeSchedule.from_rates({"97530": "40.42"}, name="<b>rates</b>")
        assert repr(fees) == "<FeeSchedule <b>rates</b>>"
        assert fees._repr_html_() == fees.table()._repr_html_()

    def test_a_table_shows_the_codes_in_the_order_wanted(self) -> None:
        table = FeeSchedule.medicare("2025-10-01").table(["97550", "97530"])
        assert [price.code for price in table.prices] == ["97550", "97530"]
        assert [line.rstrip() for line in repr(table).splitlines()] == [
            "Medicare national amounts outside a facility, RVU25D",
            "code    per unit  after MPPR",
            "97550      52.08",
            "97530      34.61       24.58",
        ]

    def test_a_table_in_html_escapes_names_and_labels_the_codes_that_are_known(self) -> None:
        fees = FeeSchedule.from_rates({"97530": "40.42", "99213": 30}, name="<b>rates</b>")
        label = load_codes()["97530"].label
        assert fees.table(["97530", "99213"])._repr_html_() == (
            "<table><caption>&lt;b&gt;rates&lt;/b&gt;</caption><thead><tr><th>code</th><th></th>"
            "<th>$ per unit</th><th>$ per unit after MPPR</th></tr></thead><tbody>"
            f"<tr><td>97530</td><td>{label}</td><td>40.42</td><td></td></tr>"
            "<tr><td>99213</td><td></td><td>30.00</td><td></td></tr></tbody></table>"
        )
        subject = FeeSchedule.medicare("2025-10-01").table(["97530"])._repr_html_()
        assert "<td>34.61</td><td>24.58</td>" in subject

    def test_a_table_without_codes_has_the_therapy_codes_with_a_price(self) -> None:
        fees = FeeSchedule.medicare("2025-10-01")
        shown = {price.code for price in fees.table().prices}
        priced = set(fees.coverage().codes)
        assert shown == {
            code for code, facts in load_codes().items() if code in priced and facts.for_therapists
        }
        assert {"97530", "29125"} <= shown
        assert "92613" in priced - shown
        assert len(shown) < len(fees.coverage().codes)

    def test_a_table_of_only_other_codes_has_all_of_them(self) -> None:
        table = FeeSchedule.from_rates({"99213": 30}).table()
        assert [price.code for price in table.prices] == ["99213"]

    def test_a_table_of_a_code_without_a_price_is_refused(self) -> None:
        fees = FeeSchedule.from_rates({"97530": 30}, name="plan")
        assert refusal(NotPublishedError, lambda: fees.table(["97530", "97110"])) == (
            "no price for 97110 in plan: the code is not in the schedule"
        )

    def test_a_table_without_prices_shows_its_head(self) -> None:
        assert repr(FeeTable("none", ())) == "none\ncode    per unit  after MPPR"


class TestRates:
    def test_a_rate_shows_that_it_is_flat_and_its_source(self) -> None:
        fees = FeeSchedule.from_rates({" g0283 ": 14, "97530": Decimal("40.4")}, name="harbor plan")
        assert fees.name == "harbor plan"
        assert fees.price("97530") == Price(
            code="97530",
            amount=Decimal("40.40"),
            practice_expense=None,
            reduced_amount=None,
            not_reduced="the code is not subject to MPPR in this schedule",
            formula="flat rate $40.40",
            reduced_formula="",
            rule="flat-rate",
            release="",
            sources=(Source("harbor plan", "", "", Verification.UNVERIFIED),),
        )
        assert str(fees.amount("G0283")) == "14.00"
        assert refusal(NotPublishedError, lambda: fees.amount("97110")) == (
            "no price for 97110 in harbor plan: the code is not in the schedule"
        )
        assert refusal(NotPublishedError, lambda: fees.amount("97530", reduced=True)) == (
            "no reduced amount for 97530 in harbor plan: the code is not subject to MPPR in this schedule"
        )

    def test_no_rate_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates({})) == (
            "rates is empty: give at least one code and amount"
        )

    def test_a_mapping_with_two_rates_of_a_code_is_refused(self) -> None:
        rates = {"97530": "40", " 97530": "41"}
        assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates(rates)) == (
            "rates has 97530 twice: give each code once"
        )

    @pytest.mark.parametrize(("rates", "shown"), [(5, "5"), (None, "None"), ([], "a list")])
    def test_rates_that_are_neither_a_mapping_nor_a_path_are_refused(
        self, rates: object, shown: str
    ) -> None:
        assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates(cast("Any", rates))) == (
            f"rates must be a mapping of codes to amounts or the path of a CSV file, got {shown}"
        )

    @pytest.mark.parametrize(
        ("rate", "message"),
        [
            (
                40.42,
                "rates['97530'] must be a Decimal, a string such as '40.42', or an int; got 40.42",
            ),
            (
                True,
                "rates['97530'] must be a Decimal, a string such as '40.42', or an int; got True",
            ),
            (0, "rates['97530'] must be above zero, got 0: leave out a code without a price"),
            ("-1", "rates['97530'] must be above zero, got '-1': leave out a code without a price"),
            ("40.425", "rates['97530'] must be rounded to the cent, got '40.425'"),
            (
                NAME,
                (
                    "rates['97530'] must be a number of dollars such as '40.42', got a string of 13 characters"
                ),
            ),
        ],
    )
    def test_an_invalid_amount_is_an_error(self, rate: object, message: str) -> None:
        rates = {"97530": cast("str", rate)}
        assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates(rates)) == message

    def test_rates_without_dates_are_for_any_day(self) -> None:
        fees = FeeSchedule.from_rates({"97530": "40.42"})
        assert (fees.effective_from, fees.effective_through) == (None, None)
        fees.require(None)
        fees.require(datetime.date.min)
        fees.require(datetime.date.max)

    @pytest.mark.parametrize(
        ("first", "last", "fine", "refused", "period"),
        [
            ("2026-01-01", None, "2026-01-01", "2025-12-31", "dates from 2026-01-01 on"),
            (None, "2026-12-31", "2026-12-31", "2027-01-01", "dates through 2026-12-31"),
            ("2024-02-29", "2/29/2024", "2024-02-29", "2024-03-01", "2024-02-29 to 2024-02-29"),
            ("2024-02-29", "2/29/2024", "2024-02-29", "2024-02-28", "2024-02-29 to 2024-02-29"),
        ],
    )
    def test_dated_rates_are_for_their_days_only(
        self, first: str | None, last: str | None, fine: str, refused: str, period: str
    ) -> None:
        fees = FeeSchedule.from_rates(
            {"97530": "40.42"}, effective_from=first, effective_through=last
        )
        fees.require(day(fine))
        message = f"contract rates is for {period}, not for "
        assert refusal(NotPublishedError, lambda: fees.require(day(refused))) == message + refused
        assert (
            refusal(NotPublishedError, lambda: fees.require(None))
            == message + "an unknown date of service"
        )

    def test_an_invalid_date_is_an_error(self) -> None:
        for argument in ("effective_from", "effective_through"):
            message = refusal(
                InvalidInputError,
                partial(FeeSchedule.from_rates, {"97530": "40.42"}, **{argument: NAME}),
            )
            assert message.endswith("(month first), got a string of 13 characters")
            assert NAME not in message

    def test_a_schedule_may_last_a_day_but_not_end_before_it_begins(self) -> None:
        def build(last: str) -> FeeSchedule:
            return FeeSchedule.from_rates(
                {"97530": "40"}, effective_from="2026-01-02", effective_through=last
            )

        assert build("2026-01-02").effective_through == day("2026-01-02")
        assert refusal(InvalidInputError, lambda: build("2026-01-01")) == (
            "effective_through 2026-01-01 is before effective_from 2026-01-02"
        )

    def test_a_schedule_keeps_its_prices_when_the_callers_mapping_changes(self) -> None:
        rates = {"97530": "40.42"}
        fees = FeeSchedule.from_rates(rates)
        rates.clear()
        assert fees.amount("97530") == Decimal("40.42")

    @given(st.integers(1, 99_999_999), st.integers(0, 96))
    def test_a_rate_times_units_is_exact_to_the_cent(self, in_cents: int, units: int) -> None:
        rate = Decimal(in_cents).scaleb(-2)
        fees = FeeSchedule.from_rates({"97530": rate})
        assert fees.amount("97530", units) == Decimal(in_cents * units).scaleb(-2)


@pytest.mark.parametrize(
    "fees",
    [
        FeeSchedule.medicare(DAY),
        FeeSchedule.medicare(DAY, state="OH", participating=False),
        FeeSchedule.from_cms_files(rvu_file(), gpci_file(), state="OH"),
        FeeSchedule.from_rates({"97530": "40.42"}),
        FeeSchedule.from_contract(Contract("plan", rates={"97530": "41"})),
        FeeSchedule.from_contract(
            Contract("PPO", percent_of_medicare=110), FeeSchedule.medicare(DAY)
        ),
        FeeSchedule.from_contract(Contract("visit", per_visit="85")),
    ],
    ids=repr,
)
def test_a_schedule_that_went_to_another_process_prices_as_before(fees: FeeSchedule) -> None:
    copy: FeeSchedule = pickle.loads(pickle.dumps(fees))  # noqa: S301 - its own bytes
    assert copy.name == fees.name
    assert copy.coverage() == fees.coverage()
    assert copy.table() == fees.table()


class TestContracts:
    PERCENT = Contract("PPO", percent_of_medicare=Decimal(110))

    def test_a_percentage_of_medicare_is_taken_of_the_rounded_amount(self) -> None:
        base = FeeSchedule.medicare("2020-03-02", state="OH", setting="facility")
        fees = FeeSchedule.from_contract(self.PERCENT, base)
        price, of = fees.price("97530"), base.price("97530")
        assert price.amount == Decimal("42.27")
        assert price.reduced == Decimal("30.28")
        assert price.practice_expense == of.practice_expense
        assert price.formula == f"110 % of $38.43: {of.formula}"
        assert price.reduced_formula == f"110 % of $27.53: {of.reduced_formula}"
        assert price.rule == "percent-of-medicare"
        assert price.release == "RVU20A"
        assert price.sources == (Source("PPO", "", "", Verification.UNVERIFIED), *of.sources)
        assert fees.name == f"PPO, based on {base.name}"
        assert (fees.setting, fees.locality) == (Setting.FACILITY, base.locality)
        assert fees.contract is self.PERCENT
        assert fees.coverage().codes == base.coverage().codes

    def test_a_code_that_is_not_subject_has_no_reduced_percentage(self) -> None:
        fees = FeeSchedule.from_contract(self.PERCENT, FeeSchedule.medicare("2020-03-02"))
        price = fees.price("20560")
        assert (price.reduced, price.reduced_formula) == (None, "")
        assert refusal(NotPublishedError, lambda: fees.amount("20560", reduced=True)) == (
            f"no reduced amount for 20560 in {fees.name}: the code is not subject to MPPR in this schedule"
        )

    def test_a_code_without_a_price_in_medicare_has_none_with_its_reason(self) -> None:
        base = FeeSchedule.medicare("2020-03-02")
        fees = FeeSchedule.from_contract(self.PERCENT, base)
        assert refusal(NotPublishedError, lambda: fees.price("97010")) == (
            f"no price for 97010 in {fees.name}: no price for 97010 in {base.name}: "
            "Medicare bundles the code into other services (status B)"
        )

    def test_a_contract_and_a_schedule_have_a_day_in_common(self) -> None:
        terms = Contract("Old", percent_of_medicare=110, effective_through="2025-12-31")
        message = refusal(InvalidInputError, lambda: FeeSchedule.from_contract(terms, medicare()))
        assert message.startswith("Old and Medicare national amounts")
        assert message.endswith(
            "have no date in common: give a Medicare schedule for a date within the contract"
        )

    def test_the_numbers_of_law_are_those_of_the_medicare_schedule(self) -> None:
        parameters = own_parameters("kx_threshold", ("2026-01-01", "2500.00"))
        base = FeeSchedule.medicare(DAY, parameters=parameters)
        assert FeeSchedule.from_contract(self.PERCENT, base).parameters is parameters

    @pytest.mark.parametrize(
        ("first", "last", "period"),
        [
            (None, None, ("2026-01-01", "2026-06-30")),
            ("2025-01-01", "2027-12-31", ("2026-01-01", "2026-06-30")),
            ("2026-02-01", "2026-04-30", ("2026-02-01", "2026-04-30")),
        ],
    )
    def test_a_percentage_applies_while_contract_and_medicare_schedule_apply(
        self, first: str | None, last: str | None, period: tuple[str, str]
    ) -> None:
        contract = Contract(
            "PPO",
            percent_of_medicare=Decimal(110),
            effective_from=day(first) if first else None,
            effective_through=day(last) if last else None,
        )
        fees = FeeSchedule.from_contract(contract, FeeSchedule.medicare(DAY))
        assert (str(fees.effective_from), str(fees.effective_through)) == period

    def test_a_percentage_of_rates_without_dates_has_none(self) -> None:
        fees = FeeSchedule.from_contract(self.PERCENT, FeeSchedule.from_rates({"97530": "40"}))
        assert (fees.effective_from, fees.effective_through) == (None, None)
        assert fees.amount("97530") == Decimal("44.00")

    def test_rates_are_flat_for_their_days(self) -> None:
        contract = Contract(
            "plan", rates={"97530": Decimal("41.00")}, effective_from=day("2026-01-01")
        )
        fees = FeeSchedule.from_contract(contract)
        assert fees.price("97530").formula == "flat rate $41.00"
        assert fees.price("97530").sources == (Source("plan", "", "", Verification.UNVERIFIED),)
        assert fees.name == "plan"
        assert (fees.effective_from, fees.effective_through) == (day("2026-01-01"), None)
        assert (fees.locality, fees.setting) == (None, Setting.NON_FACILITY)
        assert fees.coverage().codes == ("97530",)

    def test_an_amount_for_the_visit_prices_no_code(self) -> None:
        fees = FeeSchedule.from_contract(Contract("plan", per_visit=Decimal("85.00")))
        assert refusal(NotPublishedError, lambda: fees.price("97530")) == (
            "no price for 97530 in plan: the contract pays one amount per visit"
        )
        assert fees.coverage() == FeeCoverage(None, None, (), {}, ())
        assert fees.table().prices == ()

    def test_a_percentage_without_medicare_and_medicare_without_a_percentage_are_refused(
        self,
    ) -> None:
        message = "medicare=FeeSchedule.medicare(...) is needed if the contract has percent_of_medicare, and is not allowed otherwise"
        rates = Contract("plan", rates={"97530": Decimal("41.00")})
        for call in (
            partial(FeeSchedule.from_contract, self.PERCENT),
            partial(FeeSchedule.from_contract, rates, FeeSchedule.medicare(DAY)),
        ):
            assert refusal(InvalidInputError, call) == message


def test_a_date_may_be_given_as_a_string() -> None:
    text: Any = "2020-03-02"
    FeeSchedule.medicare("2020-03-02").require(text)
    with pytest.raises(NotPublishedError, match="not for 2019-10-01"):
        FeeSchedule.medicare("2020-03-02").require(text.replace("2020-03-02", "2019-10-01"))
