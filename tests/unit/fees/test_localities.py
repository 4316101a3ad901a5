"""Localities by number, state, and ZIP code."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.refusals import refusal
from tests.unit.fees.schedules import NAME, gpci_file, medicare, rvu_file
from tests.unit.zip_tables import OHIO, zip_codes
from therapy_billing import FeeSchedule, InvalidInputError, NotPublishedError
from therapy_billing.fees import ZipArea
from therapy_billing.fees.records import Gpci


class TestLocalities:
    OHIO = Gpci("15202", "00", "OH", "OHIO", Decimal("1.000"), Decimal("0.913"), Decimal("1.008"))

    @pytest.mark.parametrize(
        "given",
        [
            {"mac": "15202", "locality": "00"},
            {"mac": 15202, "locality": 0},
            {"mac": " 15202 ", "locality": "0"},
            {"locality": "15202-00"},
            {"locality": "15202 00"},
            {"locality": "1520200"},
            {"locality": " 15202-00 "},
            {"state": "OH"},
            {"state": " oh "},
            {"locality": "OH"},
            {"locality": "oh "},
            {"zip_area": ZipArea("43215", "OH", "15202", "00", plus_four=False)},
        ],
        ids=str,
    )
    def test_a_locality_can_be_given_in_many_ways(self, given: dict[str, Any]) -> None:
        fees = medicare(**given)
        assert fees.locality == self.OHIO
        assert fees.amount("97530") == Decimal("33.33")
        assert fees.name == (
            "Medicare Ohio, OH (MAC 15202, locality 00) outside a facility, RVU26C"
        )

    def test_lost_zeros_are_restored(self) -> None:
        alaska = medicare(mac=2102, locality=1).locality
        assert alaska is not None
        assert (alaska.mac, alaska.locality, alaska.state) == ("02102", "01", "AK")

    def test_without_a_locality_the_amounts_are_national(self) -> None:
        fees = medicare()
        assert fees.locality is None
        assert fees.name == "Medicare national amounts outside a facility, RVU26C"
        assert fees.price("97530").rule == "medicare-national-amount"

    def test_a_split_zip_code_is_refused(self) -> None:
        area = ZipArea("20603", "MD", "12302", "99", plus_four=True)
        assert refusal(NotPublishedError, lambda: medicare(zip_area=area)) == (
            "ZIP code 20603 is split between localities: give the mac and locality of its ZIP+4"
        )

    def test_an_unknown_locality_is_refused_and_those_of_the_contractor_are_listed(self) -> None:
        for given in ({"mac": "10212", "locality": "00"}, {"locality": "10212-00"}):
            assert refusal(NotPublishedError, partial(medicare, **given)) == (
                "MAC 10212 has no locality 00: it has 01 Atlanta, 99 Rest Of Georgia"
            )

    def test_a_locality_that_is_not_in_the_data_is_an_error(self) -> None:
        area = ZipArea("99999", "XX", "99999", "00", plus_four=False)
        assert refusal(NotPublishedError, lambda: medicare(zip_area=area)) == (
            "MAC 99999 has no locality 00: no contractor has this number"
        )

    def test_a_state_with_several_localities_is_refused_and_they_are_listed(self) -> None:
        for given in ({"state": "GA"}, {"locality": "ga"}):
            assert refusal(InvalidInputError, partial(medicare, **given)) == (
                "GA has 2 localities; set locality to one of these: Atlanta 10212-01; "
                "Rest Of Georgia 10212-99"
            )

    def test_a_state_with_counties_in_another_states_locality_is_an_error(self) -> None:
        # 132 ZIP codes in Northern Virginia belong to locality 01 of MAC 12202.
        assert "12202-01" in refusal(InvalidInputError, lambda: medicare(state="VA"))

    @pytest.mark.parametrize("locality", ["Ohio", "OHIO", "oh", "15202-00", " 15202 00 "])
    def test_a_locality_is_a_state_or_both_numbers(self, locality: str) -> None:
        assert medicare(locality=locality) == medicare(mac=15202, locality=0)

    def test_a_state_with_several_localities_is_refused_with_what_to_write(self) -> None:
        message = refusal(InvalidInputError, lambda: medicare(locality="Georgia"))
        assert message == (
            "GA has 2 localities; set locality to one of these: Atlanta 10212-01; Rest Of Georgia 10212-99"
        )
        assert medicare(locality="10212-01").locality is not None

    def test_an_unknown_locality_is_refused_with_what_to_write(self) -> None:
        assert refusal(InvalidInputError, lambda: medicare(locality="Ohoi")) == (
            "unknown locality, got a string of 4 characters: use '15202-00' or a state such as 'OH'; "
            "did you mean OH?"
        )

    @pytest.mark.parametrize("state", ["XX", "", "Ohia", NAME])
    def test_an_invalid_state_is_an_error(self, state: str) -> None:
        message = refusal(InvalidInputError, lambda: medicare(state=state))
        assert message.startswith("unknown state, ")
        assert NAME not in message

    @pytest.mark.parametrize("state", [5, ("15202", "00"), True])
    def test_a_state_of_another_type_is_refused_as_no_state(self, state: object) -> None:
        message = refusal(InvalidInputError, lambda: medicare(state=state))
        assert message.startswith("unknown state, ")

    @pytest.mark.parametrize(
        "given",
        [
            {"mac": "15202"},
            {"mac": "15202", "state": "OH"},
            {"locality": "00"},
            {"locality": 0},
            {"locality": "15202"},
            {"locality": "00", "state": "OH"},
            {"locality": "OH", "state": "OH"},
            {"locality": "00", "zip_area": ZipArea("43215", "OH", "15202", "00", plus_four=False)},
        ],
        ids=str,
    )
    def test_mac_and_locality_must_be_given_together(self, given: dict[str, Any]) -> None:
        assert refusal(InvalidInputError, partial(medicare, **given)) == (
            "give mac and locality together, such as mac='15202', locality='00'"
        )

    @pytest.mark.parametrize(
        "given",
        [
            {"mac": "15202", "locality": "00", "state": "OH"},
            {"locality": "15202-00", "state": "OH"},
            {"state": "OH", "zip_area": ZipArea("43215", "OH", "15202", "00", plus_four=False)},
            {
                "mac": "15202",
                "locality": "00",
                "zip_area": ZipArea("43215", "OH", "15202", "00", plus_four=False),
            },
            {
                "locality": "OH",
                "zip_area": ZipArea("43215", "OH", "15202", "00", plus_four=False),
            },
            {"mac": "15202", "locality": "00", "zip_code": "43215"},
            {"locality": "15202-00", "zip_code": "43215"},
            {"state": "OH", "zip_code": "43215"},
            {
                "zip_code": "43215",
                "zip_area": ZipArea("43215", "OH", "15202", "00", plus_four=False),
            },
        ],
        ids=str,
    )
    def test_a_locality_given_twice_is_an_error(self, given: dict[str, Any]) -> None:
        assert refusal(InvalidInputError, partial(medicare, **given)) == (
            "give the locality in only one way: mac and locality, locality alone (such as '15202-00'), "
            "state, zip_code, or zip_area"
        )

    def test_cms_files_offer_no_zip_code_as_a_way(self) -> None:
        area = ZipArea("43215", "OH", "15202", "00", plus_four=False)
        call = partial(
            FeeSchedule.from_cms_files, rvu_file(), gpci_file(), state="OH", zip_area=area
        )
        assert refusal(InvalidInputError, call) == (
            "give the locality in only one way: mac and locality, locality alone (such as '15202-00'), "
            "state, or zip_area"
        )

    @pytest.mark.parametrize("zip_code", ["43215", 43215, "43215-1234"])
    def test_a_zip_code_is_looked_up_in_the_data(self, zip_code: str | int) -> None:
        with zip_codes(f"2026-01-01,{OHIO}"):
            assert medicare(zip_code=zip_code).locality == self.OHIO

    def test_a_locality_of_the_zip_code_table_that_has_no_indices_is_refused(self) -> None:
        with zip_codes("2026-01-01,99999,XX,99999,00,0"):
            assert refusal(NotPublishedError, lambda: medicare(zip_code="99999")) == (
                "MAC 99999 has no locality 00: no contractor has this number"
            )

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (
                {"mac": NAME, "locality": "00"},
                "mac must be a number of up to 5 digits such as '15202', got a string of 13 characters",
            ),
            (
                {"mac": "15202", "locality": NAME},
                "locality must be a number of up to 2 digits such as '00', got a string of 13 characters",
            ),
            (
                {"mac": "15202", "locality": "15202-00"},
                "locality must be a number of up to 2 digits such as '00', got a string of 8 characters",
            ),
        ],
    )
    def test_numbers_that_are_none_are_refused(self, given: dict[str, Any], message: str) -> None:
        assert refusal(InvalidInputError, partial(medicare, **given)) == message

    @pytest.mark.parametrize(
        ("mac", "locality", "what"),
        [(15202.5, 0, "mac"), (15202, False, "locality"), (Decimal(15202), 0, "mac")],
    )
    def test_a_number_of_another_type_is_refused_also_after_an_equal_one_was_asked_for(
        self, mac: object, locality: object, what: str
    ) -> None:
        medicare(mac=15202, locality=0)
        message = refusal(InvalidInputError, lambda: medicare(mac=mac, locality=locality))
        assert message.startswith(f"{what} must be a number of up to")

    def test_a_list_is_not_a_contractor(self) -> None:
        message = refusal(InvalidInputError, lambda: medicare(mac=["15202"], locality="00"))
        assert message == "mac must be a number of up to 5 digits such as '15202', got a list"

    def test_a_zip_code_is_not_a_zip_area(self) -> None:
        assert "zip_area" in refusal(InvalidInputError, lambda: medicare(zip_area="43215"))
