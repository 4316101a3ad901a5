"""The bundled tables: releases of relative values, locality indices, and their localities."""

from __future__ import annotations

import csv
import datetime
from collections import Counter
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from typing import Any

import pytest

from tests.paths import FACTS
from tests.refusals import refusal
from therapy_billing import InvalidInputError, NotPublishedError, Source, load_codes
from therapy_billing.base.data_loader import read_toml
from therapy_billing.fees.bundled_tables import (
    RVU_PAGE,
    gpci_source,
    load_gpcis,
    load_releases,
    load_rvus,
)
from therapy_billing.fees.localities import locality_of, locality_of_state, parse_state
from therapy_billing.fees.records import Gpci, Rvu, RvuRelease, parse_locality, parse_mac
from therapy_billing.law import Verification
from therapy_billing.law.parameters import load_parameter

needs_facts = pytest.mark.skipif(
    not FACTS.is_dir(),
    reason="the fact tables are not available, so the bundled tables were not compared with them",
)
NAME: Any = "Rosa Invented"
ROWS_HELD = 4234
CORRECTED = {"20560", "20561", "98966", "98967", "98968"}


def day(text: str) -> datetime.date:
    """Return the date written in *text*."""
    return datetime.date.fromisoformat(text)


def facts(name: str) -> list[dict[str, str]]:
    """Read a fact table."""
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def release_names() -> list[str]:
    """Return the names of the releases in order, each once."""
    return list(dict.fromkeys(release.name for _, release in load_releases().entries))


class TestRvus:
    def test_a_row_is_read_unchanged(self) -> None:
        rvu = load_rvus("RVU25D")["97550"]
        assert rvu == Rvu(
            code="97550",
            status="A",
            work=Decimal("1.00"),
            practice_expense=Decimal("0.58"),
            practice_expense_facility=Decimal("0.35"),
            malpractice=Decimal("0.03"),
            mppr_indicator="0",
        )

    def test_the_total_is_that_outside_a_facility(self) -> None:
        assert load_rvus("RVU25D")["97550"].total == Decimal("1.61")

    def test_the_total_is_exact_in_a_context_that_rounds(self) -> None:
        with localcontext(Context(prec=1, traps=[Inexact, Rounded])):
            assert load_rvus("RVU25D")["97161"].total == Decimal("3.03")

    def test_a_release_is_read_once(self) -> None:
        assert load_rvus("RVU26C") is load_rvus("RVU26C")

    def test_only_the_first_release_has_neither_status_nor_indicator(self) -> None:
        first = load_rvus("RVU19D").values()
        assert {(rvu.status, rvu.mppr_indicator) for rvu in first} == {("", "")}
        for name in release_names()[1:]:
            assert all(rvu.status and rvu.mppr_indicator for rvu in load_rvus(name).values()), name

    def test_every_release_named_has_rows_and_every_row_is_counted(self) -> None:
        held = {name: len(load_rvus(name)) for name in release_names()}
        assert len(held) == 26
        assert min(held.values()) == held["RVU19D"] == 151
        assert max(held.values()) == held["RVU26C"] == 173
        assert sum(held.values()) == ROWS_HELD

    def test_every_therapy_code_that_medicare_lists_is_in_the_data_with_its_latest_status(
        self,
    ) -> None:
        latest = load_rvus("RVU26C")
        listed = {code: one for code, one in load_codes().items() if one.medicare_status}
        for code, known in listed.items():
            if code in latest:
                found = latest[code].status, latest[code].mppr_indicator
                assert found == (known.medicare_status, known.mppr_indicator), code
        assert len(listed.keys() & latest.keys()) > 90

    @pytest.mark.parametrize("code", sorted(CORRECTED))
    def test_a_status_that_published_amounts_disprove_is_corrected_in_that_release_only(
        self, code: str
    ) -> None:
        corrected, next_one = load_rvus("RVU20A")[code], load_rvus("RVU20B")[code]
        assert (corrected.status, corrected.mppr_indicator) == ("A", "0")
        assert corrected == next_one

    @needs_facts
    def test_every_row_equals_the_fact_table_but_for_the_corrected_status(self) -> None:
        rows = [row for row in facts("mpfs_rvu.csv") if not row["modifier"]]
        assert len(rows) == ROWS_HELD
        differing = set()
        for row in rows:
            held = load_rvus(row["release"])[row["hcpcs"]]
            assert (
                held.work,
                held.practice_expense,
                held.practice_expense_facility,
                held.malpractice,
            ) == tuple(
                Decimal(row[column])
                for column in ("work_rvu", "pe_rvu_nonfac", "pe_rvu_fac", "mp_rvu")
            )
            if (held.status, held.mppr_indicator) != (row["status"], row["mult_proc"]):
                differing.add((row["release"], row["hcpcs"]))
        assert differing == {("RVU20A", code) for code in CORRECTED}


class TestReleases:
    def test_the_page_of_the_files_is_the_one_of_the_downloads(self) -> None:
        pages = {row["kind"]: row["page"] for row in read_toml("downloads.toml")["download"]}
        assert pages["rvu"] == RVU_PAGE

    def test_a_release_used_for_another_quarter_is_derived_and_says_so(self) -> None:
        assert load_releases().on(day("2026-01-01")) == RvuRelease(
            "RVU26C",
            day("2026-07-01"),
            "January to June 2026 is priced with the July 2026 file; the January and April files "
            "are not in the library's data",
            Source(
                "Medicare PPRRVU, PPRRVU2026_Jul_nonQPP.csv",
                "",
                RVU_PAGE,
                Verification.DERIVED,
                "RVU26C, from 2026-07-01",
            ),
        )

    @pytest.mark.parametrize(
        ("first", "name", "verified"),
        [
            ("2019-10-01", "RVU19D", Verification.DATA_FILE),
            ("2019-12-31", "RVU19D", Verification.DATA_FILE),
            ("2020-01-01", "RVU20A", Verification.DATA_FILE),
            ("2024-03-08", "RVU24A", Verification.DATA_FILE),
            ("2024-03-09", "RVU24AR", Verification.DATA_FILE),
            ("2024-09-30", "RVU24C", Verification.DATA_FILE),
            ("2024-10-01", "RVU24C", Verification.DERIVED),
            ("2024-12-31", "RVU24C", Verification.DERIVED),
            ("2025-01-01", "RVU25A", Verification.DATA_FILE),
            ("2026-06-30", "RVU26C", Verification.DERIVED),
            ("2026-07-01", "RVU26C", Verification.DATA_FILE),
            ("2026-09-30", "RVU26C", Verification.DATA_FILE),
            ("2026-10-01", "RVU26C", Verification.DERIVED),
            ("2026-12-31", "RVU26C", Verification.DERIVED),
        ],
    )
    def test_a_day_has_its_release_on_both_sides_of_a_change(
        self, first: str, name: str, verified: Verification
    ) -> None:
        release = load_releases().on(day(first))
        assert (release.name, release.source.verified) == (name, verified)
        assert bool(release.assumption) is (verified is Verification.DERIVED or name == "RVU19D")

    @pytest.mark.parametrize("on", ["2019-09-30", "2027-01-01"])
    def test_a_day_outside_the_releases_is_refused(self, on: str) -> None:
        assert refusal(NotPublishedError, lambda: load_releases().on(day(on))) == (
            "the Medicare relative value file is known from 2019-10-01 through 2026-12-31, "
            f"not on {on}"
        )

    @needs_facts
    def test_the_first_day_of_a_release_is_that_of_the_fact_table(self) -> None:
        first_days = {row["release"]: row["effective_from"] for row in facts("mpfs_rvu.csv")}
        for _, release in load_releases().entries:
            assert str(release.effective_from) == first_days[release.name]


class TestLocalityIndices:
    def test_every_year_has_its_localities(self) -> None:
        held = {str(first): len(indices) for first, indices in load_gpcis().entries}
        assert held == {
            "2019-01-01": 112,
            "2020-01-01": 112,
            "2021-01-01": 112,
            "2022-01-01": 112,
            "2023-01-01": 112,
            "2023-10-01": 112,
            "2024-01-01": 109,
            "2025-01-01": 109,
            "2026-01-01": 109,
        }

    def test_a_locality_is_read_unchanged(self) -> None:
        indices = load_gpcis().on(day("2020-03-02"))["15202", "00"]
        assert indices == Gpci(
            mac="15202",
            locality="00",
            state="OH",
            name="OHIO",
            work=Decimal("1.000"),
            practice_expense=Decimal("0.915"),
            malpractice=Decimal("1.049"),
        )
        assert str(indices) == "Ohio, OH (MAC 15202, locality 00)"

    def test_a_file_within_a_year_changes_its_own_localities_and_keeps_the_others(self) -> None:
        before = load_gpcis().on(day("2023-09-30"))
        after = load_gpcis().on(day("2023-10-01"))
        changed = {key for key in before if before[key] != after[key]}
        assert before.keys() == after.keys()
        assert changed == {("09202", "20"), ("09202", "50")}
        assert {str(after[key].practice_expense) for key in changed} == {"1.008"}

    @pytest.mark.parametrize(
        ("on", "title", "first"),
        [
            (
                "2019-10-01",
                "Medicare GPCI, gpci_data_2019.json (processed from the CY 2019 file)",
                "2019-01-01",
            ),
            ("2023-09-30", "Medicare GPCI, rvu_source_2023.rds[gpci][rvu23a]", "2023-01-01"),
            ("2023-10-01", "Medicare GPCI, rvu_source_2023.rds[gpci][rvu23d]", "2023-10-01"),
            ("2024-01-01", "Medicare GPCI, rvu_source_2024.rds[gpci][rvu24a]", "2024-01-01"),
            ("2026-12-31", "Medicare GPCI, GPCI2026.csv", "2026-01-01"),
        ],
    )
    def test_the_file_of_a_day_is_named(self, on: str, title: str, first: str) -> None:
        dated = f"from {first}"
        assert gpci_source(day(on)) == Source(title, "", RVU_PAGE, Verification.DATA_FILE, dated)

    @pytest.mark.parametrize("on", ["2018-12-31", "2027-01-01"])
    def test_a_day_outside_the_files_is_refused(self, on: str) -> None:
        message = f"the Medicare locality indices is known from 2019-01-01 through 2026-12-31, not on {on}"
        assert refusal(NotPublishedError, lambda: load_gpcis().on(day(on))) == message
        assert refusal(NotPublishedError, lambda: gpci_source(day(on))) == message

    @needs_facts
    def test_every_row_equals_the_fact_table(self) -> None:
        rows = facts("gpci.csv")
        assert len(rows) == 889
        for row in rows:
            held = load_gpcis().on(day(row["effective_from"]))[row["mac"], row["locality"]]
            assert (held.work, held.practice_expense, held.malpractice) == tuple(
                Decimal(row[column]) for column in ("work", "pe", "mp")
            )
            assert held.state == row["state"]
            assert "*" not in held.name
        counted = Counter(row["effective_from"] for row in rows)
        for first, indices in load_gpcis().entries:
            # The October 2023 file has only the two localities that it changed.
            assert len(indices) == counted[str(first)] or counted[str(first)] == 2


class TestNumbersOfLocalities:
    @pytest.mark.parametrize(
        ("value", "mac"),
        [("15202", "15202"), (15202, "15202"), ("2102", "02102"), (" 5 ", "00005")],
    )
    def test_a_contractor_has_five_digits_and_lost_zeros_are_restored(
        self, value: object, mac: str
    ) -> None:
        assert parse_mac(value) == mac

    @pytest.mark.parametrize(
        ("value", "locality"), [("00", "00"), (0, "00"), ("1", "01"), (99, "99")]
    )
    def test_a_locality_has_two_digits_and_lost_zeros_are_restored(
        self, value: object, locality: str
    ) -> None:
        assert parse_locality(value) == locality

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("152020", "a string of 6 characters"),
            (-1, "-1"),
            (True, "True"),
            (15202.5, "15202.5"),
            ("", "an empty string"),
            ("1520²", "a string of 5 characters"),
            (None, "None"),
            (NAME, "a string of 13 characters"),
        ],
    )
    def test_an_invalid_contractor_is_an_error(self, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_mac(value)) == (
            f"mac must be a number of up to 5 digits such as '15202', got {shown}"
        )

    @pytest.mark.parametrize(
        ("value", "shown"),
        [("100", "'100'"), (100, "100"), (False, "False"), ("a", "a string of 1 character")],
    )
    def test_an_invalid_locality_is_an_error(self, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_locality(value)) == (
            f"locality must be a number of up to 2 digits such as '00', got {shown}"
        )


class TestFindingALocality:
    INDICES = load_gpcis().on(day("2026-03-02"))

    def test_a_locality_is_found_by_contractor_and_number(self) -> None:
        found = locality_of(self.INDICES, 2102, "1")
        assert (found.mac, found.locality, found.state) == ("02102", "01", "AK")

    def test_an_unknown_locality_is_refused_and_those_of_the_contractor_are_listed(self) -> None:
        message = refusal(NotPublishedError, lambda: locality_of(self.INDICES, "10212", "00"))
        assert message == ("MAC 10212 has no locality 00: it has 01 Atlanta, 99 Rest Of Georgia")

    def test_an_unknown_contractor_has_no_locality(self) -> None:
        assert refusal(NotPublishedError, lambda: locality_of(self.INDICES, "99999", "00")) == (
            "MAC 99999 has no locality 00: no contractor has this number"
        )

    @pytest.mark.parametrize("state", ["OH", "oh", " Oh ", "Ohio", "OHIO"])
    def test_a_state_with_one_locality_names_it(self, state: str) -> None:
        assert locality_of_state(self.INDICES, parse_state(state)) is self.INDICES["15202", "00"]

    def test_a_state_with_several_localities_is_refused_and_they_are_listed(self) -> None:
        assert refusal(InvalidInputError, lambda: locality_of_state(self.INDICES, "GA")) == (
            "GA has 2 localities; set locality to one of these: Atlanta 10212-01; Rest Of Georgia 10212-99"
        )

    @pytest.mark.parametrize(
        ("state", "shown"),
        [
            ("XX", "a string of 2 characters"),
            ("", "an empty string"),
            ("Ohoi", "a string of 4 characters"),
            (5, "5"),
            (None, "None"),
        ],
    )
    def test_an_invalid_state_is_an_error(self, state: object, shown: str) -> None:
        meant = "; did you mean OH?" if state == "Ohoi" else ""
        assert refusal(InvalidInputError, lambda: parse_state(state)) == (
            f"unknown state, got {shown}: use a state such as 'OH'{meant}"
        )

    def test_a_state_without_a_locality_is_refused_and_the_states_are_listed(self) -> None:
        indices = {
            key: gpci for key, gpci in self.INDICES.items() if gpci.state in ("OH", "GA", "HI")
        }
        assert refusal(InvalidInputError, lambda: locality_of_state(indices, "CA")) == (
            "state must be AS, FM, GA, GU, HI, MH, MP, OH, or PW, got 'CA'"
        )


@needs_facts
def test_every_conversion_factor_equals_the_fact_table_it_was_taken_from() -> None:
    rows = [row for row in facts("conversion_factors.csv") if row["date_start"] >= "2019"]
    for series, others in (
        ("conversion_factors", "QP"),
        ("conversion_factors_qualifying_apm", "non-QP"),
    ):
        held = load_parameter(f"medicare/{series}").entries
        expected = [
            (row["date_start"], Decimal(row["conversion_factor"]))
            for row in rows
            if row["basis"].split()[0] != others
            and (series == "conversion_factors" or row["basis"] != "all")
        ]
        assert [(str(first), factor.amount) for first, factor in held] == expected
