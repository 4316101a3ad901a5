"""Codes: their format, their dates, and the bundled facts."""

from __future__ import annotations

import datetime
import tomllib
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.grids import for_each
from tests.refusals import refusal
from therapy_billing import Discipline, InvalidInputError, NotPublishedError, load_codes
from therapy_billing.codes import CodeProgram, TherapyClass, UnitOf
from therapy_billing.codes.code_book import (
    Contact,
    code_in_force,
    group_codes,
    known_code,
    known_through,
    parse_code,
    quarter_codes,
    refused_by_medicare,
)

NAME: Any = "Rosa Invented"
FILES: dict[str, dict[str, Any]] = {
    name: tomllib.loads(
        resources.files("therapy_billing").joinpath(f"data/codes/{name}.toml").read_text("utf-8")
    )
    for name in ("therapy", "other_programs")
}
ROWS: list[dict[str, Any]] = [row for table in FILES.values() for row in table["code"]]
SOURCES = {row["code"]: table["source"] for table in FILES.values() for row in table["code"]}
by_code = for_each(row=ROWS)
REQUIRED = ("time", "contact", "disciplines", "validity")
CITED = (
    *REQUIRED,
    "therapy",
    "group",
    "evaluation",
    "therapist_only",
    "mppr",
    "medicare",
    "assistant",
    "program",
)


def day(text: str) -> datetime.date:
    """Return *text* as a date."""
    return datetime.date.fromisoformat(text)


class TestTheForm:
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            ("97530", "97530"),
            (" 97530\n", "97530"),
            ("g0283", "G0283"),
            ("0791t", "0791T"),
            ("A000Z", "A000Z"),
        ],
    )
    def test_five_characters_with_a_letter_only_first_or_last_are_a_code(
        self, value: str, code: str
    ) -> None:
        assert parse_code(value) == code

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("9753", "'9753'"),
            ("975300", "a string of 6 characters"),
            ("9A530", "'9A530'"),
            ("975-0", "a string of 5 characters"),
            ("97530GP", "a string of 7 characters"),
            ("", "an empty string"),
            ("٩٧٥٣٠", "'٩٧٥٣٠'"),
            (NAME, "a string of 13 characters"),
            (9753, "9753"),
            (97530.5, "97530.5"),
            ("97530.5", "'97530.5'"),
            (True, "True"),
            (None, "None"),
            (b"97530", "a bytes"),
        ],
    )
    def test_anything_else_is_refused(self, value: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: parse_code(value)) == (
            f"code must be five characters such as '97530' or 'G0283', got {shown}"
        )

    @given(st.text(max_size=6))
    def test_reading_a_code_again_returns_the_same_code(self, text: str) -> None:
        try:
            code = parse_code(text)
        except InvalidInputError:
            return
        assert len(code) == 5
        assert parse_code(code) == code == text.strip().upper()


class TestDates:
    def test_a_code_that_is_not_in_the_data_is_refused(self) -> None:
        message = "code '12345' is not in the data: add it with use_data or --codes"
        assert refusal(InvalidInputError, lambda: known_code("12345")) == message
        assert refusal(InvalidInputError, lambda: code_in_force("12345", None)) == message

    @pytest.mark.parametrize(
        ("code", "last", "after", "message"),
        [
            (
                "97127",
                "2019-12-31",
                "2020-01-01",
                "code 97127 ended on 2019-12-31: use 97129 or 97130",
            ),
            (
                "G0515",
                "2019-12-31",
                "2026-03-02",
                "code G0515 ended on 2019-12-31: use 97129 or 97130",
            ),
            (
                "97532",
                "2017-12-31",
                "2019-12-31",
                "code 97532 ended on 2017-12-31: use 97127 or G0515",
            ),
            (
                "97532",
                "2017-12-31",
                "2020-01-01",
                "code 97532 ended on 2017-12-31: use 97129 or 97130",
            ),
            (
                "97762",
                "2017-12-31",
                "2018-01-01",
                "code 97762 ended on 2017-12-31: use 97763",
            ),
            (
                "97001",
                "2016-12-31",
                "2017-01-01",
                "code 97001 ended on 2016-12-31: use 97161, 97162, or 97163",
            ),
            (
                "92506",
                "2013-12-31",
                "2014-01-01",
                "code 92506 ended on 2013-12-31: use 92521, 92522, 92523, or 92524",
            ),
            (
                "90911",
                "2019-12-31",
                "2020-01-01",
                "code 90911 ended on 2019-12-31: use 90912 or 90913",
            ),
        ],
    )
    def test_a_code_is_in_force_on_its_last_day_and_its_successor_is_named_after(
        self, code: str, last: str, after: str, message: str
    ) -> None:
        assert code_in_force(code, day(last)).code == code
        assert refusal(InvalidInputError, lambda: code_in_force(code, day(after))) == message

    def test_a_code_that_ended_is_refused_without_a_day(self) -> None:
        assert refusal(InvalidInputError, lambda: code_in_force("97532", None)) == (
            "code 97532 ended on 2017-12-31: use 97129 or 97130, "
            "or give date_of_service for an earlier service"
        )
        assert code_in_force("97129", None).code == "97129"

    @pytest.mark.parametrize(
        ("code", "first", "before", "message"),
        [
            (
                "97129",
                "2020-01-01",
                "2019-12-31",
                "code 97129 begins on 2020-01-01: use 97127 or G0515 before then",
            ),
            (
                "97161",
                "2017-01-01",
                "2016-12-31",
                "code 97161 begins on 2017-01-01: use 97001 before then",
            ),
            ("97550", "2024-01-01", "2023-12-31", "code 97550 begins on 2024-01-01"),
            ("98979", "2026-01-01", "2025-12-31", "code 98979 begins on 2026-01-01"),
        ],
    )
    def test_a_code_is_in_force_on_its_first_day_and_its_predecessor_is_named_before(
        self, code: str, first: str, before: str, message: str
    ) -> None:
        assert code_in_force(code, day(first)).code == code
        assert refusal(InvalidInputError, lambda: code_in_force(code, day(before))) == message

    def test_no_code_is_known_after_the_end_of_the_data(self) -> None:
        assert known_through() == day("2026-12-31")
        assert code_in_force("97530", day("2026-12-31")).code == "97530"
        assert refusal(NotPublishedError, lambda: code_in_force("97530", day("2027-01-01"))) == (
            "codes are known through 2026-12-31, not on 2027-01-01"
        )

    def test_a_code_without_a_first_day_is_in_force_on_every_earlier_day(self) -> None:
        assert code_in_force("97530", datetime.date.min).effective_from is None


class TestTheFacts:
    def test_timed_codes_have_minutes_and_the_others_none(self) -> None:
        for facts in load_codes().values():
            assert facts.timed is (facts.unit_minutes is not None)
            assert facts.timed is (facts.unit_of is UnitOf.MINUTES)
        assert load_codes()["97530"].unit_minutes == 15
        assert load_codes()["97161"].unit_of is UnitOf.DAY
        assert load_codes()["97597"].unit_of is UnitOf.AREA
        assert load_codes()["98980"].unit_of is UnitOf.CALENDAR_MONTH

    def test_the_facts_of_97530_are_those_of_the_table(self) -> None:
        facts = load_codes()["97530"]
        assert (facts.code, facts.unit_minutes, facts.add_on, facts.adds_to) == (
            "97530",
            15,
            None,
            (),
        )
        assert facts.midpoint_settled is True
        assert facts.disciplines == tuple(Discipline)
        assert facts.therapy_class is TherapyClass.ALWAYS
        assert (facts.mppr_indicator, facts.medicare_status) == ("5", "A")
        assert (facts.medicare_refuses, facts.medicare_instead) == (False, ())
        assert (facts.effective_through, facts.replaced_by) == (None, ())
        assert facts.assistant_modifier is True
        assert set(facts.sources) == {*CITED} - {
            "assistant",
            "evaluation",
            "group",
            "program",
            "therapist_only",
        }
        assert str(facts.sources["time"][0]).endswith("(official)")
        assert "sources" not in repr(facts)

    def test_quarter_codes_have_15_minutes_and_no_family(self) -> None:
        codes = quarter_codes()
        assert len(codes) == 28
        assert {"97530", "97110", "G0237", "S8948", "97532"} <= codes
        assert codes.isdisjoint(
            {"97129", "97130", "90912", "90913", "97550", "97551", "96125", "97161"}
        )

    def test_medicare_refuses_ten_codes_and_accepts_others_instead_of_two(self) -> None:
        instead = {c: facts.medicare_instead for c, facts in load_codes().items()}
        refused = {code for code, facts in load_codes().items() if facts.medicare_refuses}
        s_codes = {"S8948", "S8990", "S9128", "S9129", "S9131", "S9152"}
        assert refused == {"97014", "97127", "92630", "92633"} | s_codes
        assert {code: codes for code, codes in instead.items() if codes} == {
            "97014": ("G0283",),
            "97127": ("G0515",),
        }

    def test_codes_of_other_programs_are_refused_too_and_are_no_quarter_codes(self) -> None:
        others = {
            code for code, facts in load_codes().items() if facts.program is not CodeProgram.THERAPY
        }
        assert others == {row["code"] for row in FILES["other_programs"]["code"]}
        refused = {code for code, facts in load_codes().items() if facts.medicare_refuses}
        assert refused_by_medicare() == refused | others
        assert quarter_codes().isdisjoint(others)
        assert load_codes()["97153"].unit_minutes == 15

    def test_only_codes_without_minutes_areas_or_further_periods_are_once_a_day(self) -> None:
        once = {code for code, facts in load_codes().items() if facts.once}
        assert {"97161", "97150", "G0283", "98979", "98980"} <= once
        assert once.isdisjoint({"97530", "97597", "98981"})
        assert not any(load_codes()[code].timed for code in once)

    def test_device_supply_codes_never_carry_the_assistant_modifier(self) -> None:
        without = {code for code, facts in load_codes().items() if not facts.assistant_modifier}
        assert without == {"98976", "98977", "98978", "98984", "98985", "98986"}
        words = {
            code: [str(source) for source in load_codes()[code].sources["assistant"]]
            for code in without
        }
        assert all(source.endswith("(official)") for source in words["98976"] + words["98977"])
        assert all(source.endswith("(derived)") for source in words["98978"] + words["98984"])

    def test_the_patient_is_absent_from_caregiver_training_readings_and_remote_services(
        self,
    ) -> None:
        absent = {code for code, facts in load_codes().items() if not facts.patient_present}
        caregivers = {"97550", "97551", "97552", "G0541", "G0542", "G0543", "97156", "97157"}
        readings = {"92613", "92615", "92617", "96004"}
        remote = {code for code, facts in load_codes().items() if facts.contact is Contact.REMOTE}
        assert absent == caregivers | readings | remote
        assert remote.isdisjoint(caregivers | readings)
        assert {"98975", "98980", "98985"} <= remote

    def test_first_periods_that_no_source_settles_are_marked(self) -> None:
        under_cms = {c for c, facts in load_codes().items() if not facts.midpoint_under_cms}
        marked = {code for code, facts in load_codes().items() if not facts.midpoint_settled}
        assert under_cms - marked == {"97546", "92605", "92618", "96112", "96113"}
        assert marked < under_cms
        assert marked == {"97545", "97550", "G0541"}

    @pytest.mark.parametrize("code", ["92607", "92608", "92626", "96105", "96125"])
    def test_the_midpoint_of_an_hour_code_has_its_source(self, code: str) -> None:
        facts = load_codes()[code]
        assert facts.midpoint_settled
        assert facts.midpoint_under_cms
        source = facts.sources["time"][0]
        assert (source.title, source.verified.value) == (
            "ASHA, Medicare CPT coding rules for SLP services",
            "secondary",
        )

    def test_codes_of_a_calendar_month_have_their_minutes(self) -> None:
        months = {
            code: (facts.month_minutes, facts.beyond, facts.once_a_month)
            for code, facts in load_codes().items()
            if facts.unit_of is UnitOf.CALENDAR_MONTH
        }
        assert months == {
            "98979": ((10, 19), None, True),
            "98980": ((20, None), None, True),
            "98981": ((20, None), "98980", False),
            "99457": ((20, None), None, True),
            "99458": ((20, None), "99457", False),
        }
        others = [each for code, each in load_codes().items() if code not in months]
        assert {(each.month_minutes, each.beyond) for each in others} == {(None, None)}
        assert not any(each.once_a_month for each in others)

    def test_the_first_codes_of_timed_families_are_marked(self) -> None:
        first = {code for code, facts in load_codes().items() if facts.first_of_family}
        of_therapy = {"90912", "92605", "92607", "92626", "96112", "97129", "97545", "97550"}
        assert first == of_therapy | {"G0541", "97810", "97813"}

    def test_each_discipline_has_its_group_code(self) -> None:
        assert group_codes() == {
            Discipline.SLP: "92508",
            Discipline.PT: "97150",
            Discipline.OT: "97150",
        }
        assert {code for code, facts in load_codes().items() if facts.group_of} == set(
            group_codes().values()
        )
        for code in group_codes().values():
            assert load_codes()[code].contact is Contact.GROUP

    def test_the_codes_cannot_be_changed(self) -> None:
        codes: Any = load_codes()
        with pytest.raises(TypeError):
            codes["97530"] = None


class TestTheTable:
    def test_no_code_is_there_twice(self) -> None:
        assert len(load_codes()) == len(ROWS)
        assert [row["code"] for row in ROWS] == list(load_codes())

    @by_code
    def test_a_row_has_every_required_fact_and_a_label(self, row: dict[str, Any]) -> None:
        optional = {
            "code",
            "label",
            "program",
            "therapy",
            "group",
            "evaluation",
            "therapist_only",
            "mppr",
            "medicare",
            "assistant",
        }
        assert set(row) - optional == set(REQUIRED)
        assert row["label"].strip() == row["label"] != ""
        assert parse_code(row["code"]) == row["code"]
        assert ("minutes" in row["time"]) is not ("untimed_per" in row["time"])
        facts = load_codes()[row["code"]]
        assert facts.for_therapists or facts.therapy_class is TherapyClass.NEVER

    @by_code
    def test_every_fact_of_a_row_has_a_source(self, row: dict[str, Any]) -> None:
        for fact in CITED:
            if fact in row:
                cited = row[fact]["source"]
                assert cited, fact
                assert set(cited) <= SOURCES[row["code"]].keys()
                assert len(load_codes()[row["code"]].sources[fact]) == len(cited)

    @pytest.mark.parametrize("name", FILES)
    def test_every_source_is_cited(self, name: str) -> None:
        table = FILES[name]
        cited = {
            key
            for row in table["code"]
            for fact in CITED
            if fact in row
            for key in row[fact]["source"]
        }
        assert table["source"].keys() - cited == set()

    @by_code
    def test_every_code_that_a_row_names_exists(self, row: dict[str, Any]) -> None:
        facts = load_codes()[row["code"]]
        for code in (*facts.replaced_by, *facts.medicare_instead):
            assert code in load_codes()
            assert code != facts.code

    @by_code
    def test_the_days_of_a_row_are_in_order_and_only_an_ended_code_has_a_successor(
        self, row: dict[str, Any]
    ) -> None:
        facts = load_codes()[row["code"]]
        first, last = facts.effective_from, facts.effective_through
        assert last is not None or facts.replaced_by == ()
        assert (first or datetime.date.min) <= (last or known_through())
        for code in facts.replaced_by:
            begins = load_codes()[code].effective_from
            assert last is not None
            assert begins is not None
            assert begins == last + datetime.timedelta(days=1)

    @by_code
    def test_an_add_on_and_its_first_code_name_each_other(self, row: dict[str, Any]) -> None:
        facts = load_codes()[row["code"]]
        if facts.add_on is not None:
            assert facts.code in load_codes()[facts.add_on].adds_to
            assert facts.adds_to == ()
            assert load_codes()[facts.add_on].timed is facts.timed
        own = [code for code in facts.adds_to if load_codes()[code].add_on == facts.code]
        assert len(own) == bool(facts.adds_to)
        assert facts.timed or facts.unit_of is not UnitOf.DAY or facts.adds_to == ()


def test_the_sources_of_a_code_cannot_be_changed() -> None:
    sources: Any = load_codes()["97530"].sources
    with pytest.raises(TypeError):
        sources["time"] = ()
    assert load_codes()["97530"].sources["time"]


class TestNumbers:
    """A spreadsheet turns a code into a number, and a dataframe into one with a fraction of zero."""

    @pytest.mark.parametrize("value", [97530, 97530.0, "97530.0", "97530.00 ", "97530"])
    def test_a_number_of_five_digits_is_a_code(self, value: object) -> None:
        assert parse_code(value) == "97530"

    @pytest.mark.parametrize("value", [0, 9753, 975300, -97530, 97530.5, "97530.5", "9753.0", True])
    def test_any_other_number_is_refused(self, value: object) -> None:
        with pytest.raises(InvalidInputError) as caught:
            parse_code(value)
        assert caught.value.field == "code"
