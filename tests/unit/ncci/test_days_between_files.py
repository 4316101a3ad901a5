"""Days between the quarters of two files, and lists that have no history."""

from __future__ import annotations

import datetime
from itertools import permutations, product

import pytest

from tests.refusals import refusal
from tests.unit.ncci.edit_files import (
    CLEAN,
    CODES,
    HOSPITAL,
    IN_FORCE,
    NOT_IN_DATA,
    OUT_OF_RANGE,
    PRACTITIONER,
    UNDATED,
    day,
    edit,
    mue,
    ptp,
    source,
    state,
)
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.law.sources import Source, Verification
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import (
    EditCoverage,
    EditState,
    LimitAnswer,
    MueLimit,
    PairAnswer,
    PtpEdit,
    PtpFile,
)

BEFORE, BETWEEN, LATER, AFTER = "2024-09-30", "2025-01-15", "2026-10-01", "2027-01-01"
NO_FILE = f"no file in the data is for {BETWEEN}; "
BOTH = "the files for the quarters from 2024-07-01 and 2026-10-01 "
DERIVED = Source(
    "Our own reading of two files: 2024-07-01; 2026-10-01",
    "no file is for a day between the two quarters",
    "",
    Verification.DERIVED,
)


def old(*edits: PtpEdit) -> PtpFile:
    return ptp("2024-07-01", *edits)


def new(*edits: PtpEdit, history: bool = False) -> PtpFile:
    return ptp("2026-10-01", *edits, history=history)


def between(*files: PtpFile) -> PairAnswer:
    """Return the answer for a day between the files, after checking that no order matters."""
    answers = [
        Edits.from_files(given).pair(*codes, day(BETWEEN))
        for given in permutations(files)
        for codes in (("97140", "97530"), ("97530", "97140"))
    ]
    assert all(answer == answers[0] for answer in answers)
    return answers[0]


class TestAListWithoutHistory:
    LIST = new(edit(), edit("97110", "29200"))

    @pytest.mark.parametrize(
        ("on", "listed", "unlisted"),
        [
            ("2026-09-30", UNDATED, OUT_OF_RANGE),
            ("2026-10-01", IN_FORCE, CLEAN),
            ("2026-12-31", IN_FORCE, CLEAN),
            ("2027-01-01", UNDATED, OUT_OF_RANGE),
        ],
    )
    def test_it_decides_in_its_quarter_only(
        self, on: str, listed: EditState, unlisted: EditState
    ) -> None:
        edits = Edits.from_files([self.LIST])
        assert state(edits, on) is listed
        assert state(edits, on, "97110") is unlisted

    def test_before_its_quarter_a_remark_says_where_the_data_begins(self) -> None:
        edits = Edits.from_files([self.LIST])
        begins = "the PTP data for these codes begins on 2026-10-01"
        assert edits.pair("97140", "97530", day("2026-09-30")) == PairAnswer(
            UNDATED, edit(), source("2026-10-01"), (begins,)
        )
        assert edits.pair("97110", "97140", day("2026-09-30")) == PairAnswer(
            OUT_OF_RANGE, None, source("2026-10-01"), (begins,)
        )

    @pytest.mark.parametrize("history", [True, False])
    def test_a_listed_pair_of_a_code_that_was_not_read_is_returned(self, *, history: bool) -> None:
        file = new(edit("97110", "29200"), history=history)
        rows = [file.rows("97110", "29200"), file.rows("29200", "97110")]
        assert rows == [None if history else file.edits, None]

    def test_a_pair_is_clean_only_if_both_codes_were_read(self) -> None:
        edits = Edits.from_files([self.LIST])
        answers = {code: state(edits, LATER, "97110", code) for code in ("97140", "29200")}
        assert answers == {"97140": CLEAN, "29200": IN_FORCE}
        assert state(edits, LATER, "97140", "29200") is NOT_IN_DATA
        assert state(edits, LATER, "29240", "29200") is NOT_IN_DATA

    def test_a_file_with_history_for_the_same_quarter_decides_earlier_days(self) -> None:
        dated = new(edit(first="2026-04-01"), history=True)
        for files in permutations([new(edit()), dated]):
            edits = Edits.from_files(files)
            states = [state(edits, on) for on in ("2026-03-31", "2026-04-01", "2026-10-01")]
            assert states == [CLEAN, IN_FORCE, IN_FORCE]

    def test_its_kind_is_ptp_active(self) -> None:
        first, last = day("2026-10-01"), day("2026-12-31")
        assert Edits.from_files([self.LIST]).coverage() == (
            EditCoverage("ptp-active", PRACTITIONER, first, last, 2, source("2026-10-01")),
        )


class TestAListAndAFileWithHistory:
    """A file with first and last days decides a day of the quarter of a list, even if the file is for a later quarter."""

    ON_LIST = "the list of active pairs for the quarter from 2026-10-01 "
    QUARTERS = ("2026-10-01", "2027-01-01")

    def answer(self, *files: PtpFile, on: str = LATER) -> PairAnswer:
        """Return the answer for a day, after checking that no order matters."""
        answers = [
            Edits.from_files(given).pair(*codes, day(on))
            for given in permutations(files)
            for codes in (("97140", "97530"), ("97530", "97140"))
        ]
        assert all(answer == answers[0] for answer in answers)
        return answers[0]

    def exact(self, quarter: str, *rows: PtpEdit) -> PtpFile:
        return ptp(quarter, *rows, title="exact")

    @pytest.mark.parametrize("quarter", QUARTERS)
    def test_a_pair_that_only_the_list_has_is_clean(self, quarter: str) -> None:
        remark = f"{self.ON_LIST}has 97140/97530, but the file for the quarter from {quarter} shows no edit"
        for rows in ((), (edit(first="2020-01-01", last="2026-09-30"),)):
            answer = self.answer(new(edit()), self.exact(quarter, *rows))
            named = (source("2026-10-01"),)
            assert answer == PairAnswer(CLEAN, None, source("exact"), (remark,), named)

    @pytest.mark.parametrize("quarter", QUARTERS)
    def test_a_pair_that_only_the_file_has_is_in_force(self, quarter: str) -> None:
        row = edit(first="2020-01-01")
        remark = f"{self.ON_LIST}does not have 97140/97530, but the file for the quarter from {quarter} has it"
        assert self.answer(new(), self.exact(quarter, row)) == PairAnswer(
            IN_FORCE, row, source("exact"), (remark,), (source("2026-10-01"),)
        )

    @pytest.mark.parametrize("quarter", QUARTERS)
    def test_the_indicator_is_that_of_the_file(self, quarter: str) -> None:
        row = edit(first="2020-01-01", indicator=0)
        remark = (
            f"{self.ON_LIST}has 97140/97530 with indicator 1, but the file for the quarter from "
            f"{quarter} has 0"
        )
        assert self.answer(new(edit()), self.exact(quarter, row)) == PairAnswer(
            IN_FORCE, row, source("exact"), (remark,), (source("2026-10-01"),)
        )

    @pytest.mark.parametrize("quarter", QUARTERS)
    def test_files_that_agree_need_no_remark(self, quarter: str) -> None:
        row = edit(first="2020-01-01")
        exact = self.exact(quarter, row)
        assert self.answer(new(edit()), exact) == PairAnswer(IN_FORCE, row, source("exact"))
        exact = self.exact(quarter)
        assert self.answer(new(), exact) == PairAnswer(CLEAN, None, source("exact"))

    def test_the_first_day_in_the_file_decides_within_the_quarter(self) -> None:
        files = new(edit()), self.exact(AFTER, edit(first="2026-10-06"))
        states = [self.answer(*files, on=on).state for on in ("2026-10-05", "2026-10-06")]
        assert states == [CLEAN, IN_FORCE]

    def test_the_list_decides_what_the_file_leaves_open(self) -> None:
        for row in (edit(), edit(last="2026-12-31")):
            answer = self.answer(new(edit()), self.exact(AFTER, row))
            assert answer == PairAnswer(IN_FORCE, edit(), source("2026-10-01"))

    def test_a_file_that_does_not_include_a_code_leaves_the_list_alone(self) -> None:
        other = ptp(AFTER, codes=["97110", "97140"], title="exact")
        assert self.answer(new(edit()), other) == PairAnswer(IN_FORCE, edit(), source("2026-10-01"))

    def test_the_file_of_another_setting_changes_nothing(self) -> None:
        other = ptp(AFTER, setting=HOSPITAL, title="exact")
        assert self.answer(new(edit()), other) == PairAnswer(IN_FORCE, edit(), source("2026-10-01"))

    def test_a_later_cumulative_file_decides_for_the_librarys_list(self) -> None:
        later = ptp("2027-01-01", codes=None, setting=HOSPITAL, title="exact")
        bundled = Edits.bundled()
        answers = [
            edits.pair("97150", "97110", day("2026-10-05"), HOSPITAL)
            for edits in (bundled, bundled.with_files([later]))
        ]
        assert [answer.state for answer in answers] == [IN_FORCE, CLEAN]
        assert answers[1].source == source("exact")
        assert answers[1].more_sources == (answers[0].source,)


@pytest.mark.parametrize("history", [True, False])
class TestADayBetweenTwoFiles:
    def test_a_pair_that_both_have_is_in_force(self, *, history: bool) -> None:
        assert between(old(edit()), new(edit(), history=history)) == PairAnswer(
            IN_FORCE, edit(), DERIVED, (f"{NO_FILE}{BOTH}have 97140/97530 as active",)
        )

    @pytest.mark.parametrize("indicators", [(0, 1), (1, 0)])
    def test_with_two_indicators_the_indicator_is_unknown(
        self, indicators: tuple[int, int], *, history: bool
    ) -> None:
        first, second = (edit(indicator=indicator) for indicator in indicators)
        remark = (
            f"{NO_FILE}{BOTH}have 97140/97530 active, with indicators "
            f"{indicators[0]} and {indicators[1]}"
        )
        assert between(old(first), new(second, history=history)) == PairAnswer(
            IN_FORCE, edit(indicator=None), DERIVED, (remark,)
        )

    def test_a_pair_that_only_the_later_file_has_is_undated(self, *, history: bool) -> None:
        remark = (
            "the file for the quarter from 2026-10-01 lists 97140/97530 as active, and the file for "
            "the quarter from 2024-07-01 does not"
        )
        assert between(old(), new(edit(), history=history)) == PairAnswer(
            UNDATED, edit(), source("2026-10-01"), (remark,), (source("2024-07-01"),)
        )

    def test_each_day_between_is_derived_and_the_days_of_the_quarters_are_not(
        self, *, history: bool
    ) -> None:
        edits = Edits.from_files([old(edit()), new(edit(), history=history)])
        sources = {
            on: edits.pair("97140", "97530", day(on)).source
            for on in (BEFORE, "2024-10-01", "2026-09-30", LATER)
        }
        assert list(sources.values()) == [
            source("2024-07-01"),
            DERIVED,
            DERIVED,
            source("2026-10-01"),
        ]
        assert {state(edits, on) for on in sources} == {IN_FORCE}

    def test_a_file_with_first_days_after_both_decides(self, *, history: bool) -> None:
        files = old(edit()), new(edit(), history=history)
        exact = ptp("2027-01-01", edit(first="2025-01-16"), title="exact")
        assert between(*files, exact) == PairAnswer(CLEAN, None, source("exact"))
        assert state(Edits.from_files([*files, exact]), "2025-01-16") is IN_FORCE


class TestADayBetweenAFileAndAList:
    def test_a_pair_that_neither_has_is_clean(self) -> None:
        assert between(old(), new()) == PairAnswer(
            CLEAN, None, DERIVED, (f"{NO_FILE}{BOTH}do not have 97140 with 97530",)
        )

    def test_a_pair_that_the_list_no_longer_has_is_undated(self) -> None:
        remark = (
            "the file for the quarter from 2024-07-01 lists 97140/97530 as active, and the file for "
            "the quarter from 2026-10-01 no longer has it"
        )
        assert between(old(edit()), new()) == PairAnswer(
            UNDATED, edit(), source("2024-07-01"), (remark,), (source("2026-10-01"),)
        )

    def test_a_pair_that_the_first_file_deleted_is_not_active(self) -> None:
        gone = old(edit(last="2019-12-31"))
        assert between(gone, new()).state is CLEAN
        assert between(gone, new(edit())).state is UNDATED

    def test_a_last_day_between_the_files_ends_the_pair(self) -> None:
        edits = Edits.from_files([old(edit(last=BETWEEN)), new()])
        assert [state(edits, on) for on in (BETWEEN, "2025-01-16")] == [UNDATED, CLEAN]

    def test_a_first_day_between_the_files_begins_the_pair(self) -> None:
        edits = Edits.from_files([old(edit(first=BETWEEN)), new(edit())])
        assert [state(edits, on) for on in ("2025-01-14", BETWEEN)] == [UNDATED, IN_FORCE]

    def test_directions_are_compared_separately(self) -> None:
        turned = edit("97530", "97140")
        answer = between(old(edit()), new(turned))
        assert (answer.state, answer.edit) == (UNDATED, edit())
        assert between(old(edit(), turned), new(turned)).edit == turned

    def test_one_direction_that_is_only_derived_makes_the_clean_answer_derived(self) -> None:
        part = ptp("2025-01-01", codes=None, column1_range=("97140", "97140"), title="part")
        assert between(old(), part, new()) == PairAnswer(
            CLEAN, None, DERIVED, (f"{NO_FILE}{BOTH}do not have 97140 with 97530",)
        )

    def test_an_unknown_indicator_comes_after_a_known_one(self) -> None:
        rows = edit(indicator=0), edit("97530", "97140")
        answer = between(old(*rows), new(edit(), edit("97530", "97140")))
        assert answer.edit == rows[1]

    def test_the_files_next_to_the_day_are_compared(self) -> None:
        files = [old(), ptp("2024-10-01", edit(), history=False), new(edit()), ptp(AFTER)]
        edits = Edits.from_files(files)
        answer = edits.pair("97140", "97530", day("2025-06-01"))
        assert (answer.state, answer.source) == (CLEAN, source(AFTER))
        answer = Edits.from_files(files[:3]).pair("97140", "97530", day("2025-06-01"))
        assert answer.state is IN_FORCE
        assert answer.source == Source(
            "Our own reading of two files: 2024-10-01; 2026-10-01",
            DERIVED.section,
            "",
            Verification.DERIVED,
        )

    def test_without_a_file_before_the_day_nothing_is_derived(self) -> None:
        files = new(edit()), ptp(AFTER, edit(), history=False)
        answer = Edits.from_files(files).pair("97140", "97530", day(BETWEEN))
        assert (answer.state, answer.source) == (UNDATED, source("2026-10-01"))

    def test_files_of_two_settings_are_not_compared(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit(), setting=HOSPITAL), new(edit())])
        assert state(edits, BETWEEN) is UNDATED
        assert edits.pair("97140", "97530", day(BETWEEN), HOSPITAL).state is UNDATED


class TestADayBetweenTwoFilesWithHistory:
    def test_a_cumulative_file_without_the_pair_decides(self) -> None:
        answer = between(old(edit()), new(history=True))
        assert answer == PairAnswer(CLEAN, None, source("2026-10-01"))

    def test_a_deletion_after_the_day_keeps_the_pair_in_force_until_then(self) -> None:
        edits = Edits.from_files([old(edit()), new(edit(last=BETWEEN), history=True)])
        answer = edits.pair("97140", "97530", day(BETWEEN))
        assert answer.edit == edit(last=BETWEEN)
        assert [state(edits, on) for on in (BETWEEN, "2025-01-16")] == [IN_FORCE, CLEAN]

    def test_after_a_deletion_between_the_files_another_row_is_undated(self) -> None:
        rows = edit(last="2025-01-14"), edit(indicator=0)
        edits = Edits.from_files([old(edit()), new(*rows, history=True)])
        assert [state(edits, on) for on in ("2025-01-14", BETWEEN)] == [IN_FORCE, UNDATED]
        assert edits.pair("97140", "97530", day(BETWEEN)).edit == rows[1]

    def test_a_deletion_in_the_quarter_of_the_first_file_is_not_between(self) -> None:
        rows = edit(last=BEFORE), edit(indicator=0)
        assert between(old(*rows), new(*rows, history=True)).state is IN_FORCE


class TestHospitalsAndPractitioners:
    """CMS publishes the edits of practitioners and outpatient hospitals in separate files."""

    FOR_HOSPITALS = "for outpatient hospitals, "

    def answer(self, *files: PtpFile, on: str = BETWEEN) -> PairAnswer:
        return Edits.from_files([old(edit()), *files]).pair("97530", "97140", day(on))

    def test_an_undated_practitioner_pair_names_the_hospital_edit(self) -> None:
        hospital = ptp("2025-01-01", edit(setting=HOSPITAL), setting=HOSPITAL)
        answer = self.answer(hospital)
        assert (answer.state, answer.edit) == (UNDATED, edit())
        assert answer.source == source("2024-07-01")
        assert answer.remarks[1:] == (f"{self.FOR_HOSPITALS}97140/97530 is in force on {BETWEEN}",)
        assert answer.more_sources == (source("2025-01-01"),)

    def test_the_columns_are_those_of_the_hospital_edit(self) -> None:
        row = edit("97530", "97140", setting=HOSPITAL)
        answer = self.answer(ptp("2025-01-01", row, setting=HOSPITAL))
        assert answer.remarks[1:] == (f"{self.FOR_HOSPITALS}97530/97140 is in force on {BETWEEN}",)

    def test_a_hospital_answer_without_an_edit_is_named(self) -> None:
        answer = self.answer(ptp("2025-01-01", setting=HOSPITAL))
        assert answer.remarks[1:] == (
            f"{self.FOR_HOSPITALS}97140/97530 is not in force on {BETWEEN}",
        )

    def test_a_derived_hospital_answer_is_marked(self) -> None:
        row = edit(setting=HOSPITAL)
        files = (
            ptp("2024-07-01", row, setting=HOSPITAL),
            ptp("2026-10-01", row, setting=HOSPITAL, history=False),
        )
        answer = self.answer(*files)
        assert answer.remarks[1:] == (
            f"{self.FOR_HOSPITALS}97140/97530 is in force on {BETWEEN} (our own reading of two files)",
        )
        assert answer.more_sources == (DERIVED,)

    @pytest.mark.parametrize("quarter", ["2024-07-01", "2024-10-01"])
    def test_a_hospital_answer_that_does_not_decide_is_not_named(self, quarter: str) -> None:
        answer = self.answer(ptp(quarter, edit(setting=HOSPITAL), setting=HOSPITAL))
        assert (len(answer.remarks), answer.more_sources) == (1, ())

    def test_hospital_pairs_do_not_name_practitioner_edits(self) -> None:
        files = ptp("2024-07-01", edit(setting=HOSPITAL), setting=HOSPITAL), ptp(AFTER, edit())
        answer = Edits.from_files(files).pair("97140", "97530", day(AFTER), HOSPITAL)
        assert (answer.state, len(answer.remarks)) == (UNDATED, 1)

    def test_an_answer_that_is_out_of_range_names_no_hospital_edit(self) -> None:
        hospital = ptp("2025-01-01", edit("97110", "97140", setting=HOSPITAL), setting=HOSPITAL)
        edits = Edits.from_files([old(), hospital])
        answer = edits.pair("97110", "97140", day(BETWEEN))
        assert (answer.state, len(answer.remarks), answer.more_sources) == (OUT_OF_RANGE, 1, ())


class TestLimitsBetweenTwoFiles:
    FILES = (
        mue("2024-07-01", {"97140": 6, "97530": 6}),
        mue("2026-10-01", {"97140": 6, "97530": 5}),
    )

    @pytest.mark.parametrize("on", ["2024-10-01", "2026-09-30"])
    def test_a_limit_that_both_have_is_in_force(self, on: str) -> None:
        remark = f"no file in the data is for {on}; {BOTH}have the same limit"
        limit = MueLimit("97140", 6, 3, "why", PRACTITIONER)
        assert Edits.from_files(self.FILES).limit("97140", day(on)) == LimitAnswer(
            IN_FORCE, limit, day("2024-07-01"), DERIVED, (remark,)
        )

    def test_a_code_without_a_limit_in_both_is_clean(self) -> None:
        assert Edits.from_files(self.FILES).limit("97110", day(BETWEEN)) == LimitAnswer(
            CLEAN,
            None,
            day("2024-07-01"),
            DERIVED,
            (
                f"{NO_FILE}{BOTH}have no limit",
                "no limit is published; CMS does not publish every limit",
            ),
        )

    def test_limits_that_differ_are_undated(self) -> None:
        answer = Edits.from_files(self.FILES).limit("97530", day(BETWEEN))
        assert (answer.state, answer.limit and answer.limit.units) == (UNDATED, 6)
        assert answer.source == source("2024-07-01")

    def test_limits_with_other_indicators_differ(self) -> None:
        limit = MueLimit("97140", 6, 2, "why", PRACTITIONER)
        file = mue("2026-10-01", {})
        later = type(file)(
            PRACTITIONER, file.effective_from, (limit,), source("2026-10-01"), frozenset(CODES)
        )
        answer = Edits.from_files([self.FILES[0], later]).limit("97140", day(BETWEEN))
        assert answer.state is UNDATED

    def test_a_limit_in_only_one_of_the_two_files_is_undated(self) -> None:
        for first, second in (({"97140": 6}, {}), ({}, {"97140": 6})):
            files = mue("2024-07-01", first), mue("2026-10-01", second)
            answer = Edits.from_files(files).limit("97140", day(BETWEEN))
            assert (answer.state, answer.limit and answer.limit.units) == (UNDATED, 6)

    def test_a_file_that_was_not_searched_for_the_code_is_skipped(self) -> None:
        other = mue("2025-07-01", {"97530": 9}, codes=["97530"])
        edits = Edits.from_files([*self.FILES, other])
        assert edits.limit("97140", day(BETWEEN)).source == DERIVED

    def test_the_files_next_to_the_day_are_compared(self) -> None:
        files = mue("2024-04-01", {"97140": 5}), *self.FILES, mue("2027-01-01", {"97140": 7})
        assert Edits.from_files(files).limit("97140", day(BETWEEN)).source == DERIVED


class TestProperties:
    """Small files of every kind, in every combination, on the days around their quarters."""

    ROWS: tuple[tuple[PtpEdit, ...], ...] = (
        (),
        (edit(),),
        (edit(indicator=0),),
        (edit("97530", "97140"),),
        (edit(last="2025-01-15"),),
        (edit(first="2025-01-15"),),
    )
    DAYS = tuple(
        day(on)
        for on in (
            "2019-12-31",
            "2024-07-01",
            BEFORE,
            "2024-10-01",
            BETWEEN,
            "2025-01-16",
            "2026-09-30",
            LATER,
            "2026-12-31",
            AFTER,
        )
    )

    def files(self) -> list[PtpFile]:
        return [
            ptp(quarter, *rows, history=history)
            for quarter, history, rows in product(
                ("2024-07-01", "2025-07-01", "2026-10-01"), (True, False), self.ROWS
            )
            if history or all(row.effective_from is row.deleted_on is None for row in rows)
        ]

    def test_the_order_of_codes_and_files_does_not_matter(self) -> None:
        for pair in permutations(self.files(), 2):
            if pair[0].effective_from == pair[1].effective_from:
                continue
            edits, turned = Edits.from_files(pair), Edits.from_files(pair[::-1])
            for on in self.DAYS:
                answer = edits.pair("97140", "97530", on)
                assert answer == edits.pair("97530", "97140", on)
                assert answer == turned.pair("97140", "97530", on)

    def test_a_file_added_never_opens_a_decided_answer_of_its_own_quarter(self) -> None:
        decided = IN_FORCE, CLEAN
        for first, added in permutations(self.files(), 2):
            before, after = Edits.from_files([first]), Edits.from_files([first, added])
            for on in self.DAYS:
                within = added.effective_from <= on <= added.effective_through
                if within and before.pair("97140", "97530", on).state in decided:
                    assert after.pair("97140", "97530", on).state in decided

    def test_a_file_with_history_that_decides_is_never_outweighed_by_a_list(self) -> None:
        exact = [file for file in self.files() if file.history]
        lists = [file for file in self.files() if not file.history]
        for file, other in product(exact, lists):
            alone, both = Edits.from_files([file]), Edits.from_files([other, file])
            for on in self.DAYS:
                answer = alone.pair("97140", "97530", on)
                if on <= file.effective_through and answer.state in (IN_FORCE, CLEAN):
                    found = both.pair("97140", "97530", on)
                    assert (found.state, found.edit) == (answer.state, answer.edit)

    def test_an_answer_is_derived_only_outside_every_quarter(self) -> None:
        for pair in permutations(self.files(), 2):
            edits = Edits.from_files(pair)
            for on in self.DAYS:
                answer = edits.pair("97140", "97530", on)
                derived = answer.source and answer.source.verified is Verification.DERIVED
                assert not (derived and any(self.has(file, on) for file in pair))
                assert not (derived and answer.state not in (IN_FORCE, CLEAN))

    def has(self, file: PtpFile, on: datetime.date) -> bool:
        return file.effective_from <= on <= file.effective_through


class TestRecords:
    def test_an_indicator_may_be_unknown(self) -> None:
        assert edit(indicator=None).indicator is None
        assert refusal(InvalidInputError, lambda: edit(indicator=2)) == (
            "indicator must be 0, 1, or 9, got 2"
        )

    @pytest.mark.parametrize(
        ("within", "remarked"),
        [(("00100", "29999"), True), (("30000", "89999"), True), (("60000", "90000"), False)],
    )
    def test_a_part_before_the_therapy_codes_has_a_remark(
        self, within: tuple[str, str], *, remarked: bool
    ) -> None:
        remark = (
            f"this part has the column 1 codes {within[0]} to {within[1]}; most therapy codes are in part f4",
        )
        file = ptp("2026-07-01", codes=None, column1_range=within)
        assert file.remarks == (remark if remarked else ())
        assert ptp("2026-07-01", codes=None).remarks == ()
