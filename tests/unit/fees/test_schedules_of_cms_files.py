"""Fee schedules from files that CMS published."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.paths import CMS_FILES
from tests.refusals import refusal
from tests.unit.fees.schedules import data_file, day, gpci_file, rvu, rvu_file
from therapy_billing import Contract, FeeSchedule, InvalidInputError, NotPublishedError, Setting
from therapy_billing.fees import Price, ZipArea
from therapy_billing.law import Parameters
from therapy_billing.law.parameters import BUNDLED


class TestCmsFiles:
    def test_a_file_of_a_known_year_is_priced_whole(self) -> None:
        fees = FeeSchedule.from_cms_files(rvu_file(2026))
        assert fees.name == "Medicare national amounts outside a facility, PPRRVU 2026"
        assert (fees.effective_from, fees.effective_through) == (
            day("2026-01-01"),
            day("2026-12-31"),
        )
        assert fees.price("97530") == Price(
            code="97530",
            amount=Decimal("35.70"),
            practice_expense=Decimal("0.60"),
            reduced_amount=Decimal("25.50"),
            not_reduced="",
            formula=(
                "(0.44 work + 0.60 practice expense + 0.01 malpractice) RVUs from PPRRVU 2026 x $34.0000"
            ),
            reduced_formula=(
                "(0.44 work + 0.60 practice expense x 0.50 + 0.01 malpractice) "
                "RVUs from PPRRVU 2026 x $34.0000"
            ),
            rule="medicare-national-amount",
            release="PPRRVU 2026",
            sources=(
                data_file("Medicare PPRRVU, PPRRVU 2026", "from 2026-01-01"),
                data_file("CONV FACTOR column of the same file", "from 2026-01-01"),
                BUNDLED.on("mppr_office", day("2026-01-01")).source,
            ),
            mult_proc="5",
        )
        coverage = fees.coverage()
        assert coverage.codes == ("97530", "97550")
        assert coverage.without_price == {
            "97010": "Medicare bundles the code into other services (status B)",
            "97545": "the code has no RVUs in the Medicare file",
        }
        assert coverage.localities == ()

    def test_a_release_applies_to_the_end_of_its_year(self) -> None:
        fees = FeeSchedule.from_cms_files(rvu_file(2027, "2027-04-01"))
        assert (fees.effective_from, fees.effective_through) == (
            day("2027-04-01"),
            day("2027-12-31"),
        )

    def test_a_facility_has_its_own_practice_expense(self) -> None:
        fees = FeeSchedule.from_cms_files(rvu_file(2026), setting="facility")
        assert (fees.amount("97530"), fees.amount("97530", reduced=True)) == (
            Decimal("22.10"),
            Decimal("18.70"),
        )
        assert fees.setting is Setting.FACILITY

    def test_a_code_without_values_in_a_facility_has_no_price_there(self) -> None:
        only: Any = {
            "practice_expense_facility": Decimal(0),
            "work": Decimal(0),
            "malpractice": Decimal(0),
        }
        rows = {"97530": rvu("97530", **only)}
        fees = FeeSchedule.from_cms_files(
            attrs.evolve(rvu_file(2026), rvus=rows), setting="facility"
        )
        assert refusal(NotPublishedError, lambda: fees.price("97530")).endswith(
            "the code has no RVUs in the Medicare file"
        )

    def test_a_code_with_values_in_a_facility_only_has_its_price_there(self) -> None:
        only: Any = {"practice_expense": Decimal(0), "work": Decimal(0), "malpractice": Decimal(0)}
        rows = {"97530": rvu("97530", **only)}
        fees = FeeSchedule.from_cms_files(
            attrs.evolve(rvu_file(2026), rvus=rows), setting="facility"
        )
        assert fees.amount("97530") == Decimal("6.80")

    @pytest.mark.parametrize(
        "given",
        [
            {"mac": "15202", "locality": "00"},
            {"locality": "15202-00"},
            {"state": "oh"},
            {"zip_area": ZipArea("43215", "OH", "15202", "00", plus_four=False)},
        ],
        ids=str,
    )
    def test_a_locality_is_looked_up_in_the_file_given(self, given: dict[str, Any]) -> None:
        fees = FeeSchedule.from_cms_files(rvu_file(), gpci_file(), **given)
        assert fees.amount("97530") == Decimal("40.29")
        assert fees.name == (
            "Medicare Ohio, OH (MAC 15202, locality 00) outside a facility, PPRRVU 2027"
        )
        assert fees.coverage().localities == (("15202", "00"), ("10212", "01"), ("10212", "99"))
        price = fees.price("97530")
        assert price.rule == "medicare-locality-amount"
        assert price.sources == (
            data_file("Medicare PPRRVU, PPRRVU 2027", "from 2027-01-01"),
            data_file("Medicare GPCI, GPCI 2027", "CY 2027"),
            data_file("CONV FACTOR column of the same file", "from 2027-01-01"),
        )

    def test_files_of_two_years_are_refused(self) -> None:
        assert refusal(
            InvalidInputError,
            lambda: FeeSchedule.from_cms_files(rvu_file(2027), gpci_file(2026), state="OH"),
        ) == ("the PPRRVU file is for 2027 and the GPCI file for 2026; use files for the same year")

    def test_a_file_of_indices_without_a_locality_or_the_other_way_is_refused(self) -> None:
        message = "give gpci and a locality together, or neither for national amounts"
        for call in (
            partial(FeeSchedule.from_cms_files, rvu_file(), gpci_file()),
            partial(FeeSchedule.from_cms_files, rvu_file(), state="OH"),
        ):
            assert refusal(InvalidInputError, call) == message

    def test_a_locality_that_is_not_in_the_file_is_refused(self) -> None:
        build = partial(FeeSchedule.from_cms_files, rvu_file(), gpci_file())
        assert refusal(NotPublishedError, lambda: build(locality="15202-01")) == (
            "MAC 15202 has no locality 01: it has 00 Ohio"
        )
        assert refusal(InvalidInputError, lambda: build(state="CA")) == (
            "state must be GA or OH, got 'CA'"
        )
        assert refusal(InvalidInputError, lambda: build(state="GA")) == (
            "GA has 2 localities; set locality to one of these: Atlanta 10212-01; Rest Of Georgia 10212-99"
        )

    def test_a_critical_access_hospital_is_refused(self) -> None:
        message = refusal(
            NotPublishedError, lambda: FeeSchedule.from_cms_files(rvu_file(), setting="cah")
        )
        assert message.startswith("Medicare pays a critical access hospital at cost")

    @pytest.mark.parametrize("argument", ["pprrvu", "gpci"])
    def test_a_path_is_read_as_a_file(self, tmp_path: Path, argument: str) -> None:
        files: Any = {"pprrvu": rvu_file(), "gpci": gpci_file(), argument: tmp_path / "none.csv"}
        with pytest.raises(FileNotFoundError):
            FeeSchedule.from_cms_files(**files, state="OH")

    def test_a_file_reissued_within_a_quarter_starts_at_the_given_date(self) -> None:
        fees = FeeSchedule.from_cms_files(rvu_file(), effective_from="2027-03-09")
        assert str(fees.effective_from) == "2027-03-09"
        assert refusal(
            InvalidInputError,
            lambda: FeeSchedule.from_cms_files(rvu_file(), effective_from="2026-12-31"),
        ) == ("effective_from 2026-12-31 must be in 2027, the year of the file")

    def test_a_file_without_a_title_is_named_by_its_path(self) -> None:
        # As read_pprrvu returns it for fixed-width text.
        fees = FeeSchedule.from_cms_files(attrs.evolve(rvu_file(), title=""))
        assert "PPRRVU2027_Jan.csv" in fees.name
        assert "PPRRVU2027_Jan.csv" in str(fees.price("97530").sources[0])
        assert fees.price("97530").release

    @pytest.mark.skipif(
        not CMS_FILES.is_dir(), reason="the CMS files are not available, so none was compared"
    )
    @pytest.mark.parametrize(
        ("pprrvu", "gpci", "on", "codes"),
        [
            ("PPRRVU25_JAN.csv", "GPCI2025.csv", "2025-01-01", 146),
            ("PPRRVU2025_Jul.csv", "GPCI2025.txt", "2025-07-01", 146),
            ("PPRRVU2026_Jul_nonQPP.csv", "GPCI2026.csv", "2026-07-01", 149),
        ],
    )
    @pytest.mark.parametrize("setting", [Setting.NON_FACILITY, Setting.FACILITY])
    def test_the_files_of_cms_make_the_amounts_of_the_library(
        self, pprrvu: str, gpci: str, on: str, codes: int, setting: Setting
    ) -> None:
        build = partial(FeeSchedule.from_cms_files, CMS_FILES / pprrvu, CMS_FILES / gpci)
        fees = build(mac="15202", locality="00", setting=setting)
        held = FeeSchedule.medicare(on, mac="15202", locality="00", setting=setting)
        compared = held.coverage().codes
        assert len(compared) == codes
        for code in compared:
            found, expected = fees.price(code), held.price(code)
            assert (found.amount, found.reduced) == (expected.amount, expected.reduced), code
        assert fees.effective_from == day(on)


class TestAYearWithoutParameters:
    UNKNOWN = "mppr office is known from 2011-01-01 through 2026-12-31, not on 2027-01-01"

    def test_its_amounts_are_known_in_full_and_not_reduced(self) -> None:
        fees = FeeSchedule.from_cms_files(rvu_file())
        assert fees.amount("97530") == Decimal("35.70")
        price = fees.price("97530")
        assert price.practice_expense == Decimal("0.60")
        assert price.reduced_formula == ""
        assert refusal(NotPublishedError, lambda: price.reduced) == (
            f"the MPPR amount of 97530 is not known: {self.UNKNOWN}"
        )
        assert fees.price("97550").reduced is None
        assert "not known" in repr(fees.table(["97530"]))
        assert "<td>not known</td>" in fees.table(["97530"])._repr_html_()
        assert refusal(NotPublishedError, lambda: fees.amount("97530", reduced=True)) == (
            f"no reduced amount for 97530 in {fees.name}: {self.UNKNOWN}"
        )
        assert refusal(NotPublishedError, lambda: fees.amount("97550", reduced=True)) == (
            f"no reduced amount for 97550 in {fees.name}: the code is not subject to MPPR in this schedule"
        )

    def test_an_institution_without_its_own_reduction_is_an_error(self) -> None:
        fees = FeeSchedule.from_cms_files(rvu_file(), setting="facility")
        message = refusal(NotPublishedError, lambda: fees.amount("97530", reduced=True))
        assert message.endswith(self.UNKNOWN.replace("office", "institution"))

    def test_a_percentage_of_such_a_schedule_has_the_same_error(self) -> None:
        contract = Contract("PPO", percent_of_medicare=Decimal(110))
        fees = FeeSchedule.from_contract(contract, FeeSchedule.from_cms_files(rvu_file()))
        assert fees.amount("97530") == Decimal("39.27")
        message = refusal(NotPublishedError, lambda: fees.amount("97530", reduced=True))
        assert self.UNKNOWN in message

    def test_those_who_do_not_participate_need_its_numbers(self) -> None:
        assert refusal(
            NotPublishedError,
            lambda: FeeSchedule.from_cms_files(rvu_file(), participating=False),
        ) == ("nonparticipating is known from 2000-04-01 through 2026-12-31, not on 2027-01-01")

    def test_its_numbers_are_read_from_a_folder(self, tmp_path: Path) -> None:
        for name, amount in (
            ("mppr_office", "0.40"),
            ("nonparticipating", "0.90"),
            ("limiting_charge", "1.10"),
        ):
            (tmp_path / f"{name}.toml").write_text(
                f'unit = "fraction"\nknown_through = 2027-12-31\n[[value]]\nfrom = 2027-01-01\n'
                f'amount = {amount}\nsource = "CY 2027 rule"\nverified = "official"\n',
                encoding="utf-8",
            )
        parameters = Parameters.from_folder(tmp_path)
        fees = FeeSchedule.from_cms_files(rvu_file(), parameters=parameters)
        assert fees.amount("97530", reduced=True) == Decimal("27.54")
        assert "x 0.60 " in fees.price("97530").reduced_formula
        assert fees.parameters is parameters
        others = FeeSchedule.from_cms_files(rvu_file(), parameters=parameters, participating=False)
        assert others.amount("97530") == Decimal("32.13")
        assert others.limiting_charge("97530") == Decimal("35.34")
