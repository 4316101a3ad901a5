"""Fee schedules: published amounts, dates, refusals, and rates read from a file."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Callable, Iterator
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from therapy_billing import (
    FeeSchedule,
    FileFormatError,
    InvalidInputError,
    NotPublishedError,
    Price,
    Source,
    Verification,
    load_codes,
)
from therapy_billing.parameters import load_parameter
from therapy_billing.tables import (
    BEFORE_ADJUSTMENTS,
    Rvu,
    RvuRelease,
    _status_after,
    load_releases,
    load_rvus,
)

AMOUNTS_FILE = Path(__file__).parents[1] / "examples" / "national_amounts.csv"
FACTS_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "facts"
NOT_PAYABLE = "not payable"
NOT_IN_THE_FILE = "not in the file"
NAME: Any = "Rosa Invented"


def published_amounts() -> list[dict[str, str]]:
    """Read the amounts of the examples in the order of their file."""
    with AMOUNTS_FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


AMOUNTS = published_amounts()
HELD = [row for row in AMOUNTS if row["amount"] != NOT_IN_THE_FILE]
PRICED = [row for row in HELD if row["amount"] != NOT_PAYABLE]


def ids(rows: list[dict[str, str]]) -> list[str]:
    """Name each of *rows* by its code and year."""
    return [f"{row['code']}-{row['date_of_service'][:4]}" for row in rows]


def no_price(code: str, release: str, reason: str) -> str:
    """Return the message of a code that *release* has no price for."""
    name = f"Medicare national amounts outside a facility, {release}, {BEFORE_ADJUSTMENTS}"
    return f"no price for {code} in {name}: {reason}"


class TestPublishedAmounts:
    @pytest.mark.parametrize("row", PRICED, ids=ids(PRICED))
    def test_an_amount_is_the_one_published(self, row: dict[str, str]) -> None:
        fees = FeeSchedule.medicare(row["date_of_service"])
        assert str(fees.amount(row["code"])) == row["amount"]
        assert fees.price(row["code"]).amount == Decimal(row["amount"])

    @pytest.mark.parametrize("row", HELD, ids=ids(HELD))
    def test_the_relative_values_are_those_published(self, row: dict[str, str]) -> None:
        release = load_releases().on(datetime.date.fromisoformat(row["date_of_service"]))
        rvu = load_rvus()[release.name][row["code"]]
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
        medicare = FeeSchedule.medicare("2020-03-02").amount("97530", units)
        contract = FeeSchedule.from_rates({"97530": "40.42"}).amount("97530", units)
        assert (str(medicare), str(contract)) == (amount, amount)


class TestMedicareDates:
    @pytest.mark.parametrize(
        ("day", "release", "factor", "amount", "first", "last"),
        [
            ("2019-10-01", "RVU19D", "36.0391", "40.72", "2019-10-01", "2019-12-31"),
            ("2019-12-31", "RVU19D", "36.0391", "40.72", "2019-10-01", "2019-12-31"),
            ("2020-01-01", "RVU20A", "36.0896", "40.42", "2020-01-01", "2020-03-31"),
            ("2020-02-29", "RVU20A", "36.0896", "40.42", "2020-01-01", "2020-03-31"),
            ("2020-03-31", "RVU20A", "36.0896", "40.42", "2020-01-01", "2020-03-31"),
            ("2020-04-01", "RVU20B", "36.0896", "40.42", "2020-04-01", "2020-06-30"),
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
        self, day: str, release: str, factor: str, amount: str, first: str, last: str
    ) -> None:
        fees = FeeSchedule.medicare(day)
        price = fees.price("97530")
        assert str(price.amount) == amount
        assert f"RVU of {release} x ${factor}" in price.formula
        assert fees.name == (
            f"Medicare national amounts outside a facility, {release}, {BEFORE_ADJUSTMENTS}"
        )
        assert (str(fees.effective_from), str(fees.effective_through)) == (first, last)
        fees.require(datetime.date.fromisoformat(first))
        fees.require(datetime.date.fromisoformat(last))

    @pytest.mark.parametrize("day", ["2019-09-30", "2018-06-01", "2027-01-01"])
    def test_a_day_outside_the_releases_is_refused(self, day: str) -> None:
        assert refusal(NotPublishedError, lambda: FeeSchedule.medicare(day)) == (
            "the Medicare relative value file is known from 2019-10-01 through 2026-12-31, "
            f"not on {day}"
        )

    def test_what_is_no_day_is_refused_by_the_name_of_the_argument(self) -> None:
        assert refusal(InvalidInputError, lambda: FeeSchedule.medicare(NAME)) == (
            "on is a day such as 2026-03-02 or 3/2/2026 (month first), not a text of 13 characters"
        )

    def test_one_period_is_one_schedule(self) -> None:
        assert FeeSchedule.medicare("2020-01-01") is FeeSchedule.medicare("3/31/2020")
        assert FeeSchedule.medicare("2020-01-01") is not FeeSchedule.medicare("2020-04-01")

    def test_a_schedule_of_medicare_is_refused_beside_its_period_and_without_a_day(self) -> None:
        fees = FeeSchedule.medicare("2024-03-09")
        beside = f"{fees.name} is for 2024-03-09 to 2024-03-31, not for "
        for day in (datetime.date(2024, 3, 8), datetime.date(2024, 4, 1)):
            assert refusal(NotPublishedError, partial(fees.require, day)) == f"{beside}{day}"
        assert refusal(NotPublishedError, lambda: fees.require(None)) == f"{beside}an unnamed day"


class TestMedicarePrices:
    def test_a_price_tells_its_formula_rule_and_sources(self) -> None:
        assert FeeSchedule.medicare("2020-03-02").price(" 97530 ") == Price(
            code="97530",
            amount=Decimal("40.42"),
            formula=(
                "(0.44 work + 0.66 practice expense + 0.02 malpractice) RVU of RVU20A x $36.0896"
            ),
            rule="medicare-national-amount",
            sources=(
                Source(
                    "Medicare PPRRVU, rvu_source_2020.rds[pprrvu][rvu20a_jan]",
                    "",
                    "",
                    Verification.DATA_FILE,
                ),
                Source(
                    "CONV FACTOR column of PPRRVU RVU20A to RVU20D", "", "", Verification.DATA_FILE
                ),
            ),
        )

    def test_what_was_assumed_of_a_release_is_told_and_counts_as_derived(self) -> None:
        price = FeeSchedule.medicare("2026-01-01").price("97530")
        assert price.formula == (
            "(0.44 work + 0.60 practice expense + 0.01 malpractice) RVU of RVU26C x $33.4009; "
            "the January and April 2026 files are not held: January to June 2026 is priced from "
            "the July file"
        )
        assert price.sources[0].verified is Verification.DERIVED
        held = FeeSchedule.medicare("2026-07-01").price("97530")
        assert held.formula.endswith("RVU of RVU26C x $33.4009")
        assert held.sources[0].verified is Verification.DATA_FILE

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("97010", "Medicare bundles it into other services (status B)"),
            ("97014", "Medicare does not take it (status I)"),
            ("97037", "Medicare does not cover it (status N)"),
            ("97039", "each contractor prices it (status C)"),
            ("97545", "it has no relative values in the Medicare file"),
            ("97127", "the code is not in it"),
            ("99999", "the code is not in it"),
        ],
    )
    def test_a_code_without_a_price_is_refused_with_the_reason(
        self, code: str, reason: str
    ) -> None:
        fees = FeeSchedule.medicare("2025-10-01")
        message = no_price(code, "RVU25D", reason)
        assert refusal(NotPublishedError, lambda: fees.price(code)) == message
        assert refusal(NotPublishedError, lambda: fees.amount(code)) == message

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("97010", "Medicare bundles it into other services (status B)"),
            ("97014", "Medicare does not take it (status I)"),
            ("97039", "each contractor prices it (status C)"),
            ("97545", "it has no relative values in the Medicare file"),
            ("97127", "it has no relative values in the Medicare file"),
        ],
    )
    def test_a_release_without_status_takes_that_of_the_next_one(
        self, code: str, reason: str
    ) -> None:
        fees = FeeSchedule.medicare("2019-10-01")
        assert refusal(NotPublishedError, lambda: fees.price(code)) == (
            no_price(code, "RVU19D", reason)
        )

    def test_a_code_of_the_last_release_without_status_is_priced_by_its_own_values(self) -> None:
        assert FeeSchedule.medicare("2019-10-01").amount("G0515") == Decimal("32.80")

    def test_no_schedule_holds_an_amount_of_zero_or_a_code_twice(self) -> None:
        for first, _ in load_releases().entries:
            assert first is not None
            fees = FeeSchedule.medicare(first)
            assert all(price.amount > 0 for price in fees.prices.values())
            assert fees.prices.keys().isdisjoint(fees.missing)
            release = load_releases().on(first).name
            assert fees.prices.keys() | fees.missing.keys() == load_rvus()[release].keys()

    def test_a_name_in_place_of_a_code_is_not_shown(self) -> None:
        fees = FeeSchedule.medicare("2020-03-02")
        message = (
            "a code is a text of five characters such as '97530' or 'G0283', "
            "not a text of 13 characters"
        )
        assert refusal(InvalidInputError, lambda: fees.price(NAME)) == message
        assert refusal(InvalidInputError, lambda: fees.amount(NAME)) == message

    @pytest.mark.parametrize(
        ("units", "shown"),
        [(-1, "-1"), (True, "True"), (1.5, "1.5"), ("2", "'2'"), (NAME, "a text of 13 characters")],
    )
    def test_units_that_are_not_whole_or_negative_are_refused(
        self, units: object, shown: str
    ) -> None:
        fees = FeeSchedule.medicare("2020-03-02")
        assert refusal(InvalidInputError, lambda: fees.amount("97530", cast("int", units))) == (
            f"units is a whole number from 0, not {shown}"
        )

    def test_it_shows_its_name_and_how_many_codes_it_has(self) -> None:
        fees = FeeSchedule.from_rates({"97530": "40.42", "97110": 30}, name="<b>rates</b>")
        assert repr(fees) == f"<FeeSchedule <b>rates</b>, {BEFORE_ADJUSTMENTS}; 2 codes>"
        assert fees._repr_html_() == (
            f"<table><caption>&lt;b&gt;rates&lt;/b&gt;, {BEFORE_ADJUSTMENTS}</caption>"
            "<thead><tr><th>code</th><th>$ a unit</th></tr></thead><tbody>"
            "<tr><td>97530</td><td>40.42</td></tr><tr><td>97110</td><td>30.00</td></tr>"
            "</tbody></table>"
        )


class TestStatusAfter:
    @pytest.mark.parametrize(
        ("code", "day", "status"),
        [
            ("20560", "2019-10-01", "N"),
            ("20560", "2019-12-31", "N"),
            ("20560", "2020-01-01", "A"),
            ("97010", "2019-10-01", "B"),
            ("97127", "2019-10-01", ""),
            ("97530", "2026-12-31", ""),
        ],
    )
    def test_a_status_is_that_of_the_next_release_that_names_one(
        self, code: str, day: str, status: str
    ) -> None:
        assert _status_after(code, datetime.date.fromisoformat(day)) == status


class TestRvus:
    def test_the_total_is_that_outside_a_facility(self) -> None:
        rvu = load_rvus()["RVU25D"]["97550"]
        assert rvu == Rvu(
            "97550",
            "A",
            Decimal("1.00"),
            Decimal("0.58"),
            Decimal("0.35"),
            Decimal("0.03"),
            "0",
        )
        assert rvu.total == Decimal("1.61")

    def test_the_first_release_holds_neither_status_nor_indicator(self) -> None:
        first = load_rvus()["RVU19D"].values()
        assert {(rvu.status, rvu.mppr_indicator) for rvu in first} == {("", "")}

    def test_a_release_is_known_by_its_published_first_day(self) -> None:
        assert load_releases().on(datetime.date(2026, 1, 1)) == RvuRelease(
            "RVU26C",
            datetime.date(2026, 7, 1),
            "the January and April 2026 files are not held: January to June 2026 is priced "
            "from the July file",
            Source("Medicare PPRRVU, PPRRVU2026_Jul_nonQPP.csv", "", "", Verification.DERIVED),
        )


class TestBundledFigures:
    def test_every_code_with_relative_values_is_a_known_code(self) -> None:
        for release, rvus in load_rvus().items():
            assert rvus.keys() <= load_codes().keys(), release

    def test_every_release_named_has_rows_and_every_row_a_release(self) -> None:
        named = {release.name for _, release in load_releases().entries}
        assert named == load_rvus().keys()
        assert len(named) == 26
        assert sum(map(len, load_rvus().values())) == 2396

    def test_the_status_of_a_code_is_that_of_the_last_release(self) -> None:
        for code, rvu in load_rvus()["RVU26C"].items():
            facts = load_codes()[code]
            assert (facts.medicare_status, facts.mppr_indicator) == (
                rvu.status,
                rvu.mppr_indicator,
            ), code

    def test_every_row_equals_the_fact_table_it_was_taken_from(self) -> None:
        held = {
            (release, code): rvu
            for release, rvus in load_rvus().items()
            for code, rvu in rvus.items()
        }
        # The fact tables are beside the repository, not in it: without them the rows are counted.
        facts = list(_fact_rows()) if FACTS_FOLDER.is_dir() else None
        assert len(held) == 2396
        if facts is not None:
            expected = {
                (row["release"], row["hcpcs"]): Rvu(
                    row["hcpcs"],
                    row["status"],
                    Decimal(row["work_rvu"]),
                    Decimal(row["pe_rvu_nonfac"]),
                    Decimal(row["pe_rvu_fac"]),
                    Decimal(row["mp_rvu"]),
                    row["mult_proc"],
                )
                for row in facts
            }
            assert held == {key: expected[key] for key in held}
            known = {key for key in expected if key[1] in load_codes()}
            assert known == held.keys()
            first_days = {row["release"]: row["effective_from"] for row in facts}
            for _, release in load_releases().entries:
                assert str(release.effective_from) == first_days[release.name]

    def test_every_conversion_factor_equals_the_fact_table_it_was_taken_from(self) -> None:
        factors = load_parameter("medicare/conversion_factors")
        assert len(factors.entries) == 9
        if FACTS_FOLDER.is_dir():
            with (FACTS_FOLDER / "conversion_factors.csv").open(encoding="utf-8") as file:
                rows = [row for row in csv.DictReader(file) if not row["basis"].startswith("QP")]
            expected = [
                (row["date_start"], Decimal(row["conversion_factor"]))
                for row in rows
                if row["date_start"] >= "2019"
            ]
            assert [(str(day), factor.amount) for day, factor in factors.entries] == expected


def _fact_rows() -> Iterator[dict[str, str]]:
    with (FACTS_FOLDER / "mpfs_rvu.csv").open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if not row["modifier"])


class TestRates:
    def test_a_rate_tells_that_it_is_flat_and_whose_word_it_is(self) -> None:
        fees = FeeSchedule.from_rates({" g0283 ": 14, "97530": Decimal("40.4")}, name="harbor plan")
        assert fees.name == "harbor plan, before MPPR, GPCI and adjustments"
        assert fees.price("97530") == Price(
            "97530",
            Decimal("40.40"),
            "flat rate $40.40",
            "flat-rate",
            (Source("harbor plan", "", "", Verification.UNVERIFIED),),
        )
        assert str(fees.amount("G0283")) == "14.00"
        assert refusal(NotPublishedError, lambda: fees.amount("97110")) == (
            "no price for 97110 in harbor plan, before MPPR, GPCI and adjustments: "
            "the code is not in it"
        )

    def test_no_rate_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates({})) == (
            "a fee schedule has at least one rate"
        )

    @pytest.mark.parametrize(
        ("rate", "message"),
        [
            (40.42, "an amount is a Decimal, a text or an int, not 40.42: write '40.42'"),
            (True, "an amount is a Decimal, a text or an int, not True: write '40.42'"),
            (0, "an amount is above zero, not 0; leave a code without a price out"),
            ("-1", "an amount is above zero, not '-1'; leave a code without a price out"),
            ("40.425", "an amount is exact to the cent, not '40.425'"),
            (
                NAME,
                (
                    "an amount is a plain number of dollars such as '40.42', "
                    "not a text of 13 characters"
                ),
            ),
        ],
    )
    def test_an_amount_that_is_none_is_refused(self, rate: object, message: str) -> None:
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
            ("2026-01-01", None, "2026-01-01", "2025-12-31", "2026-01-01 to 9999-12-31"),
            (None, "2026-12-31", "2026-12-31", "2027-01-01", "0001-01-01 to 2026-12-31"),
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
        fees.require(datetime.date.fromisoformat(fine))
        beside = datetime.date.fromisoformat(refused)
        message = f"contract rates, before MPPR, GPCI and adjustments is for {period}, not for "
        assert refusal(NotPublishedError, lambda: fees.require(beside)) == message + refused
        assert refusal(NotPublishedError, lambda: fees.require(None)) == message + "an unnamed day"

    def test_a_date_that_is_none_is_refused(self) -> None:
        for argument in ("effective_from", "effective_through"):
            message = refusal(
                InvalidInputError,
                partial(FeeSchedule.from_rates, {"97530": "40.42"}, **{argument: NAME}),
            )
            assert message.endswith("(month first), not a text of 13 characters")
            assert NAME not in message

    @given(st.integers(1, 99_999_999), st.integers(0, 96))
    def test_a_rate_times_units_is_exact_to_the_cent(self, in_cents: int, units: int) -> None:
        rate = Decimal(in_cents).scaleb(-2)
        fees = FeeSchedule.from_rates({"97530": rate})
        assert fees.amount("97530", units) == Decimal(in_cents * units).scaleb(-2)


class TestRatesOfAFile:
    def write(self, folder: Path, content: bytes) -> Path:
        """Write a rate file and return its path."""
        path = folder / "rates.csv"
        path.write_bytes(content)
        return path

    @pytest.mark.parametrize(
        "content",
        [
            b"code,amount\n97530,40.42\n97110,29\n",
            b"\xef\xbb\xbfcode,amount\r\n97530,40.42\r\n97110,29\r\n",
            b"code,amount\r97530,40.42\r97110,29\r",
            b' Amount ,CODE\n$40.42, 97530\n"29",97110',
            b"code,amount\n\n97530,40.42\n , \n,\n97110,29.00\n\n",
        ],
        ids=["plain", "bom-crlf", "cr", "columns-turned", "blank-lines"],
    )
    @pytest.mark.parametrize("kind", [str, Path, os.fspath])
    def test_a_file_is_read_whatever_its_line_ends_and_column_order(
        self, tmp_path: Path, content: bytes, kind: Callable[[Path], str | os.PathLike[str]]
    ) -> None:
        fees = FeeSchedule.from_rates(kind(self.write(tmp_path, content)))
        amounts = {code: str(price.amount) for code, price in fees.prices.items()}
        assert amounts == {"97530": "40.42", "97110": "29.00"}

    def test_every_bad_line_is_listed_with_its_place(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path,
            b"code,amount\n"
            b"97530,40.42\n"
            b"9753,1\n"
            b"97530,41\n"
            b"97110,0\n"
            b"97112,Rosa Invented\n"
            b"97140\n"
            b"97116,1,2\n"
            b"97035,1.005\n"
            b"97530,-1\n"
            b"Rosa Invented,10\n",
        )
        with pytest.raises(ExceptionGroup) as caught:
            FeeSchedule.from_rates(path)
        assert caught.value.message == f"bad lines in {path}"
        errors = cast("tuple[FileFormatError, ...]", caught.value.exceptions)
        assert {type(error) for error in errors} == {FileFormatError}
        assert [str(error).removeprefix(f"{path}, ") for error in errors] == [
            (
                "line 3, column code: a code is a text of five characters such as '97530' or 'G0283', "
                "not '9753'"
            ),
            "line 4, column code: 97530 has a rate already",
            (
                "line 5, column amount: an amount is above zero, not '0'; leave a code without a price "
                "out"
            ),
            (
                "line 6, column amount: an amount is a plain number of dollars such as '40.42', "
                "not a text of 13 characters"
            ),
            "line 7: a line has a code and an amount",
            "line 8: a line has a code and an amount",
            "line 9, column amount: an amount is exact to the cent, not '1.005'",
            "line 10, column code: 97530 has a rate already",
            (
                "line 10, column amount: an amount is above zero, not '-1'; leave a code without a "
                "price out"
            ),
            (
                "line 11, column code: a code is a text of five characters such as '97530' or "
                "'G0283', not a text of 13 characters"
            ),
        ]
        assert [(error.line, error.column) for error in errors[:2]] == [(3, "code"), (4, "code")]
        assert {error.path for error in errors} == {os.fspath(path)}

    @pytest.mark.parametrize(
        "content", [b"", b"code;amount\n97530;40\n", b"code,code\n", b"code\n", b"code,amount,x\n"]
    )
    def test_a_file_without_its_two_columns_is_refused(
        self, tmp_path: Path, content: bytes
    ) -> None:
        path = self.write(tmp_path, content)
        assert refusal(FileFormatError, lambda: FeeSchedule.from_rates(path)) == (
            f"{path}, line 1: the first line names the columns code and amount"
        )

    def test_a_file_of_another_encoding_is_refused(self, tmp_path: Path) -> None:
        for content in (b"code,amount\n97530,\xff\n", "code,amount\n".encode("utf-16")):
            path = self.write(tmp_path, content)
            assert refusal(FileFormatError, partial(FeeSchedule.from_rates, path)) == (
                f"{path}: not UTF-8; save the file as UTF-8"
            )

    def test_a_file_that_is_no_csv_is_refused_with_its_other_bad_lines(
        self, tmp_path: Path
    ) -> None:
        path = self.write(tmp_path, b'code,amount\n97530,0\n97110,"29\n97112,30\n')
        with pytest.raises(ExceptionGroup) as caught:
            FeeSchedule.from_rates(path)
        assert [str(error) for error in caught.value.exceptions] == [
            (
                f"{path}, line 2, column amount: an amount is above zero, not '0'; "
                "leave a code without a price out"
            ),
            f"{path}, line 4: no CSV: unexpected end of data",
        ]

    def test_a_file_without_rates_is_refused(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, b"code,amount\n\n")
        assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates(path)) == (
            "a fee schedule has at least one rate"
        )


def test_amounts_computed_under_a_hostile_decimal_context_are_the_published_ones() -> None:
    # These schedules are computed here for the first time, inside the context.
    from therapy_billing import tables  # noqa: PLC0415 - its cache is emptied for this test only

    tables._medicare_schedule.cache_clear()  # noqa: SLF001
    load_rvus.cache_clear()
    load_parameter.cache_clear()
    with localcontext(Context(prec=2, traps=[Inexact, Rounded])):
        for row in PRICED:
            fees = FeeSchedule.medicare(row["date_of_service"])
            assert str(fees.amount(row["code"])) == row["amount"]
        contract = FeeSchedule.from_rates({"97530": "40.42"})
        assert str(contract.amount("97530", 3)) == "121.26"


def test_a_mapping_with_two_rates_of_a_code_is_refused() -> None:
    message = refusal(
        InvalidInputError, lambda: FeeSchedule.from_rates({"97530": "40", " 97530": "41"})
    )
    assert message == "a code has two rates: name each code once"


@pytest.mark.parametrize(("rates", "shown"), [(5, "5"), (None, "a NoneType"), ([], "a list")])
def test_rates_that_are_neither_a_mapping_nor_a_path_are_refused(rates: object, shown: str) -> None:
    assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates(cast("Any", rates))) == (
        f"rates is amounts by code or the path of a CSV file, not {shown}"
    )


def test_a_schedule_may_last_a_day_but_not_end_before_it_begins() -> None:
    def build(last: str) -> FeeSchedule:
        return FeeSchedule.from_rates(
            {"97530": "40"}, effective_from="2026-01-02", effective_through=last
        )

    assert build("2026-01-02").effective_through == datetime.date(2026, 1, 2)
    assert refusal(InvalidInputError, lambda: build("2026-01-01")) == (
        "effective_through 2026-01-01 is before effective_from 2026-01-02"
    )


def test_a_rate_file_with_an_open_quote_is_refused_with_the_lines_before_it(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text('code,amount\n97530,x\n97110,"40\n', encoding="utf-8")
    with pytest.raises(ExceptionGroup) as caught:
        FeeSchedule.from_rates(path)
    place = f"{path}, line 2, column amount"
    amount = "an amount is a plain number of dollars such as '40.42', not a text of 1 characters"
    assert [str(error) for error in caught.value.exceptions] == [
        f"{place}: {amount}",
        f"{path}, line 3: no CSV: unexpected end of data",
    ]


def test_a_schedule_cannot_be_changed_through_what_it_shows() -> None:
    fees = FeeSchedule.medicare("2026-03-02")
    prices: Any = fees.prices
    reasons: Any = fees.missing
    with pytest.raises(TypeError):
        prices["97530"] = prices["97110"]
    with pytest.raises(TypeError):
        reasons["97010"] = ""
    assert FeeSchedule.medicare("2026-03-02").amount("97530") == Decimal("35.07")


def test_a_schedule_keeps_its_prices_when_the_callers_mapping_changes() -> None:
    price = FeeSchedule.from_rates({"97530": "40.42"}).price("97530")
    prices = {"97530": price}
    fees = FeeSchedule("rates", prices)
    prices.clear()
    assert fees.amount("97530") == Decimal("40.42")
