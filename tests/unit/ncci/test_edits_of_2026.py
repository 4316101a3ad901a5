"""The library's edits of 2026, compared with its data files by other code, and the pairs that clinics bill most."""

from __future__ import annotations

import csv
import datetime
from collections import Counter
from itertools import combinations, product
from typing import Literal, TypeAlias

import pytest

from tests.paths import DATA, FACTS
from tests.unit.ncci.edit_files import (
    CLEAN,
    HOSPITAL,
    IN_FORCE,
    NOT_IN_DATA,
    OUT_OF_RANGE,
    PRACTITIONER,
    UNDATED,
    day,
)
from therapy_billing.law.sources import Verification
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, EditState, LimitAnswer, PairAnswer

USUAL_CODES = (
    "97161", "97162", "97163", "97164", "97165", "97166", "97167", "97168", "97110", "97112", "97113",
    "97116", "97124", "97129", "97130", "97140", "97150", "97530", "97533", "97535", "97542", "97750",
    "97760", "97763", "G0283", "97032", "97035", "97012", "92507", "92526", "92523",
)  # fmt: skip
"""The 31 codes that PT, OT, and SLP clinics bill most."""

QUARTERS_OF_2024 = "2024-07-01", "2024-09-30"
QUARTERS_OF_2026 = "2026-07-01", "2026-09-30", "2026-10-01", "2026-12-31"
BETWEEN = "2024-10-01", "2026-03-02", "2026-09-30"
EDITS = Edits.bundled()
ONE_DAY = datetime.timedelta(days=1)

Table: TypeAlias = Literal[
    "mue.csv", "ptp.csv", "ptp_dated.csv", "ptp_active.csv", "ptp_active_codes.csv"
]
Pairs: TypeAlias = "dict[tuple[str, str], int]"


def rows(table: Table) -> list[dict[str, str]]:
    with (DATA / "edits" / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def active_in_2024(setting: EditSetting) -> Pairs:
    """Return the pairs of the file of July 2024 that are not deleted, with their indicators."""
    return {
        (row["column1"], row["column2"]): int(row["indicator"])
        for row in rows("ptp.csv")
        if row["setting"] in ("both", setting.value)
        and row["indicator"] != "9"
        and not row["deleted_on"]
    }


def codes_of_2024() -> set[str]:
    """Return the codes in the hospital files of July 2024."""
    codes = {row[name] for row in rows("ptp.csv") for name in ("column1", "column2")}
    return codes | set(limits_of("2024-07-01", HOSPITAL))


def limits_of(quarter: str, setting: EditSetting = PRACTITIONER) -> dict[str, tuple[str, str]]:
    """Return the limit and indicator of each code in a quarter."""
    return {
        row["code"]: (row["units"], row["mai"])
        for row in rows("mue.csv")
        if row["setting"] in ("both", setting.value) and row["quarter"] == quarter
    }


def listed_in_2026() -> Pairs:
    """Return the pairs of the hospital list, with their indicators."""
    return {
        (row["column1"], row["column2"]): int(row["indicator"]) for row in rows("ptp_active.csv")
    }


def read_in_2026() -> set[str]:
    """Return the codes that were read in the hospital list."""
    known = {row["code"]: row["reading"] for row in rows("ptp_active_codes.csv")}
    assert set(known.values()) == {"whole row read", "no row in the file", "not read"}
    return {code for code, reading in known.items() if reading != "not read"}


def ten_codes() -> list[str]:
    """Return the codes of the practitioner files of 2026."""
    return sorted({row[name] for row in rows("ptp_dated.csv") for name in ("column1", "column2")})


def is_derived(answer: PairAnswer | LimitAnswer) -> bool:
    return answer.source is not None and answer.source.verified is Verification.DERIVED


def kind_of(answer: PairAnswer) -> str:
    return f"derived {answer.state.value}" if is_derived(answer) else answer.state.value


class TestPairsOfTheUsualCodes:
    @pytest.mark.parametrize(
        ("setting", "on", "expected"),
        [
            (PRACTITIONER, "2024-08-01", {"clean": 372, "in-force": 93}),
            (
                PRACTITIONER,
                "2026-03-02",
                {"clean": 25, "in-force": 3, "undated": 90, "date-out-of-range": 347},
            ),
            (
                PRACTITIONER,
                "2026-11-30",
                {"clean": 25, "in-force": 3, "undated": 90, "date-out-of-range": 347},
            ),
            (HOSPITAL, "2024-08-01", {"clean": 372, "in-force": 93}),
            (HOSPITAL, "2026-03-02", {"derived clean": 372, "derived in-force": 93}),
            (HOSPITAL, "2026-11-30", {"clean": 372, "in-force": 93}),
        ],
    )
    def test_their_answers_are_counted(
        self, setting: EditSetting, on: str, expected: dict[str, int]
    ) -> None:
        assert len(set(USUAL_CODES)) == 31
        answers = [EDITS.pair(*codes, day(on), setting) for codes in combinations(USUAL_CODES, 2)]
        assert Counter(map(kind_of, answers)) == expected

    @pytest.mark.parametrize("on", ["2026-03-02", "2026-11-30"])
    def test_each_undated_practitioner_pair_has_the_hospital_answer(self, on: str) -> None:
        for codes in combinations(USUAL_CODES, 2):
            answer = EDITS.pair(*codes, day(on))
            hospital = EDITS.pair(*codes, day(on), HOSPITAL)
            if answer.state is UNDATED:
                assert answer.more_sources == (hospital.source,)
                assert hospital.edit is not None
                name = f"{hospital.edit.column1}/{hospital.edit.column2}"
                assert answer.remarks[-1].startswith(
                    f"for outpatient hospitals, {name} is in force on {on}"
                )
                assert answer.remarks[-1].endswith("files)") is is_derived(hospital)
            else:
                assert answer.more_sources == ()

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            ("2024-08-01", {"in-force": 31}),
            ("2026-03-02", {"derived": 31}),
            ("2026-05-01", {"in-force": 31}),
            ("2026-11-30", {"in-force": 8, "undated": 23}),
        ],
    )
    def test_their_limits_are_counted(self, on: str, expected: dict[str, int]) -> None:
        answers = [EDITS.limit(code, day(on)) for code in USUAL_CODES]
        found = ["derived" if is_derived(each) else each.state.value for each in answers]
        assert Counter(found) == expected


class TestPractitionerPairsOfTenCodes:
    """The rows have first and last days, so every day through 2026 is decided."""

    def spans(self, column1: str, column2: str) -> list[tuple[str, str, int]]:
        """Return the first day, the last day, and the indicator of each row that was ever in force."""
        return [
            (row["effective_from"], row["deleted_on"] or "2026-12-31", int(row["indicator"]))
            for row in rows("ptp_dated.csv")
            if (row["column1"], row["column2"]) == (column1, column2) and row["indicator"] != "9"
        ]

    def test_ten_codes_are_known(self) -> None:
        assert ten_codes() == [
            "97110", "97112", "97116", "97140", "97161", "97162", "97163", "97530", "97597", "97598",
        ]  # fmt: skip

    def test_they_are_exact_on_both_sides_of_every_first_and_last_day(self) -> None:
        spans = [span for pair in product(ten_codes(), repeat=2) for span in self.spans(*pair)]
        ends = {day(end) for first, last, _ in spans for end in (first, last)}
        ends |= {day(on) for on in (*QUARTERS_OF_2024, *QUARTERS_OF_2026, *BETWEEN)}
        days = sorted({end + ONE_DAY * shift for end in ends for shift in (-1, 0, 1)})
        assert days[0] < day("2000-01-01")
        counted: Counter[EditState] = Counter()
        for on in [each for each in days if each <= day("2026-12-31")]:
            for low, high in combinations(ten_codes(), 2):
                expected = {
                    (*pair, indicator)
                    for pair in ((low, high), (high, low))
                    for first, last, indicator in self.spans(*pair)
                    if first <= str(on) <= last
                }
                answer = EDITS.pair(low, high, on)
                edit = answer.edit
                found = set() if edit is None else {(edit.column1, edit.column2, edit.indicator)}
                assert found == expected
                assert answer.state is (IN_FORCE if expected else CLEAN)
                assert not is_derived(answer)
                counted[answer.state] += 1
        assert set(counted) == {IN_FORCE, CLEAN}

    def test_after_2026_they_are_undated_or_out_of_range(self) -> None:
        for low, high in combinations(ten_codes(), 2):
            before, after = (
                EDITS.pair(low, high, on) for on in (day("2026-12-31"), day("2027-01-01"))
            )
            expected = {IN_FORCE: UNDATED, CLEAN: OUT_OF_RANGE}
            assert after.state is expected[before.state]

    def test_a_pair_with_any_other_code_is_not_answered_by_them(self) -> None:
        others = sorted(codes_of_2024() - set(ten_codes()))
        for code, other in product(ten_codes(), others):
            for on in QUARTERS_OF_2026:
                assert EDITS.pair(code, other, day(on)).state in (UNDATED, OUT_OF_RANGE)


class TestHospitalPairs:
    ACTIVE, LISTED = active_in_2024(HOSPITAL), listed_in_2026()

    def test_each_pair_of_2024_is_in_force_in_its_quarter(self) -> None:
        for (column1, column2), indicator in self.ACTIVE.items():
            for on in QUARTERS_OF_2024:
                answer = EDITS.pair(column1, column2, day(on), HOSPITAL)
                assert answer.edit is not None
                assert (answer.state, is_derived(answer)) == (IN_FORCE, False)
                assert (answer.edit.column1, answer.edit.indicator) == (column1, indicator)

    def test_each_listed_pair_is_in_force_in_the_quarter_of_the_list(self) -> None:
        assert len(self.LISTED) == 881
        for (column1, column2), indicator in self.LISTED.items():
            for on in ("2026-10-01", "2026-12-31"):
                answer = EDITS.pair(column2, column1, day(on), HOSPITAL)
                assert answer.edit is not None
                assert (answer.state, answer.remarks) == (IN_FORCE, ())
                assert (answer.edit.column1, answer.edit.column2) == (column1, column2)
                assert answer.edit.indicator == indicator

    def test_the_same_pairs_are_active_in_both_quarters_where_both_were_read(self) -> None:
        known, read = codes_of_2024(), read_in_2026()
        both = [pair for pair in self.LISTED if {*pair} <= known]
        assert [pair for pair in both if pair not in self.ACTIVE] == []
        gone = [pair for pair in self.ACTIVE if {*pair} <= read and pair not in self.LISTED]
        assert sorted(gone) == [("96003", "97116"), ("96003", "97750")]
        changed = [pair for pair in both if self.ACTIVE[pair] != self.LISTED[pair]]
        assert sorted(changed) == [("97597", "97602"), ("97605", "97608")]

    @pytest.mark.parametrize("on", BETWEEN)
    def test_between_the_quarters_a_pair_of_both_is_in_force_and_derived(self, on: str) -> None:
        both = [pair for pair in self.LISTED if pair in self.ACTIVE]
        assert len(both) == 704
        for column1, column2 in both:
            answer = EDITS.pair(column1, column2, day(on), HOSPITAL)
            assert (answer.state, is_derived(answer)) == (IN_FORCE, True)
            assert answer.edit is not None
            indicators = {self.ACTIVE[column1, column2], self.LISTED[column1, column2]}
            assert answer.edit.indicator == (indicators.pop() if len(indicators) == 1 else None)
            assert answer.remarks[0].startswith(f"no file in the data is for {on}; ")

    @pytest.mark.parametrize("pair", [("97597", "97602"), ("97605", "97608")])
    def test_an_indicator_that_changed_is_unknown_between_the_quarters(
        self, pair: tuple[str, str]
    ) -> None:
        days = "2024-09-30", "2024-10-01", "2026-09-30", "2026-10-01"
        found = [EDITS.pair(*pair, day(on), HOSPITAL).edit for on in days]
        assert [edit and edit.indicator for edit in found] == [0, None, None, 1]
        answer = EDITS.pair(*pair, day("2026-03-02"), HOSPITAL)
        assert answer.remarks[0].endswith(" active, with indicators 0 and 1")

    @pytest.mark.parametrize("code", ["97116", "97750"])
    def test_a_pair_that_is_gone_is_undated_and_then_clean(self, code: str) -> None:
        days = "2024-09-30", "2024-10-01", "2026-09-30", "2026-10-01"
        states = [EDITS.pair("96003", code, day(on), HOSPITAL).state for on in days]
        assert states == [IN_FORCE, UNDATED, UNDATED, CLEAN]
        (remark,) = EDITS.pair("96003", code, day("2026-03-02"), HOSPITAL).remarks
        assert remark == (
            f"the file for the quarter from 2024-07-01 lists 96003/{code} as active, and the file for "
            "the quarter from 2026-10-01 no longer has it"
        )

    def test_a_pair_of_two_codes_that_were_read_is_clean_unless_it_is_listed(self) -> None:
        known = sorted(read_in_2026())
        assert len(known) == 190
        either = {pair for one in self.LISTED for pair in (one, one[::-1])}
        for pair in combinations(known, 2):
            state = EDITS.pair(*pair, day("2026-10-01"), HOSPITAL).state
            assert state is (IN_FORCE if pair in either else CLEAN)

    def test_a_code_that_was_not_read_is_never_clean(self) -> None:
        unread = {row["code"] for row in rows("ptp_active_codes.csv")} - read_in_2026()
        assert len(unread) == 24
        counted: Counter[EditState] = Counter()
        for code, other in product(sorted(unread), sorted(read_in_2026() | unread)):
            for on in (*BETWEEN, "2026-10-01", "2026-12-31"):
                answer = EDITS.pair(code, other, day(on), HOSPITAL)
                counted[answer.state] += 1
                assert answer.state is not CLEAN
                if answer.state is IN_FORCE:
                    assert answer.edit is not None
                    assert (answer.edit.column1, answer.edit.column2) in self.LISTED
        assert counted[IN_FORCE] > 0
        assert set(counted) == {IN_FORCE, UNDATED, OUT_OF_RANGE, NOT_IN_DATA}

    def test_before_2024_only_the_file_of_2024_answers(self) -> None:
        added = sorted(read_in_2026() - codes_of_2024())
        assert "98940" in added
        for code, other in combinations(added, 2):
            assert EDITS.pair(code, other, day("2024-08-01"), HOSPITAL).state in (
                UNDATED,
                OUT_OF_RANGE,
            )


class TestLimitsOf2026:
    def test_ten_codes_have_the_same_limit_from_april_through_december(self) -> None:
        days = "2026-04-01", "2026-06-30", *QUARTERS_OF_2026
        for code in ten_codes():
            answers = [EDITS.limit(code, day(on)) for on in days]
            limits = {(each.limit.units, each.limit.mai) for each in answers if each.limit}
            assert len(limits) == 1
            assert {each.state for each in answers} == {IN_FORCE}
            assert not any(map(is_derived, answers))
        assert EDITS.limit("97110", day("2027-01-01")).state is UNDATED

    def test_of_other_codes_the_limit_is_undated_from_july(self) -> None:
        states = [EDITS.limit("97535", day(on)).state for on in ("2026-06-30", "2026-07-01")]
        assert states == [IN_FORCE, UNDATED]

    def test_a_limit_that_changed_is_undated_between_the_quarters(self) -> None:
        july, april = limits_of("2024-07-01"), limits_of("2026-04-01")
        states: Counter[EditState] = Counter()
        for code, limit in july.items():
            same = april.get(code) == limit
            answer = EDITS.limit(code, day("2026-03-02"))
            assert (answer.state is IN_FORCE, is_derived(answer)) == (same, same)
            states[answer.state] += 1
        assert set(states) == {IN_FORCE, UNDATED}


@pytest.mark.skipif(
    not FACTS.is_dir(),
    reason="the fact tables are not available, so no edit was compared with them",
)
class TestFactTables:
    def facts(self, name: str) -> list[dict[str, str]]:
        with (FACTS / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_both_practitioner_quarters_have_the_rows_of_the_table(self) -> None:
        for quarter in ("2026-07-01", "2026-10-01"):
            expected = sorted(
                (
                    row["column1"],
                    row["column2"],
                    row["modifier_indicator"],
                    row["effective"],
                    row["deletion"],
                )
                for row in self.facts("ncci_ptp_practitioner_2026_dated.csv")
                if row["quarter_from"] == quarter
            )
            assert [tuple(row.values()) for row in rows("ptp_dated.csv")] == expected

    def test_the_hospital_list_has_the_rows_and_codes_of_the_tables(self) -> None:
        pairs = {
            (row["column1"], row["column2"]): int(row["modifier_indicator"])
            for row in self.facts("ncci_ptp_hospital_2026q4.csv")
        }
        assert listed_in_2026() == pairs
        readings = {
            row["column1"]: row["reading"]
            for row in self.facts("ncci_ptp_hospital_2026q4_codes.csv")
        }
        assert {row["code"]: row["reading"] for row in rows("ptp_active_codes.csv")} == readings
