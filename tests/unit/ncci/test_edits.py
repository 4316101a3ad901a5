"""NCCI edits on each day: in force, clean, undated, not in the data, or out of range."""

from __future__ import annotations

import copy
import csv
import pickle
import subprocess
import sys
from collections import Counter
from functools import partial
from typing import Any, TypeAlias, TypeVar

import pytest

from tests.paths import FACTS
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
from therapy_billing.base.dates import quarter_end
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.ncci import edits as edits_module
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import (
    NOT_APPLICABLE,
    EditCoverage,
    EditSetting,
    EditState,
    LimitAnswer,
    MueFile,
    MueLimit,
    PairAnswer,
    PtpEdit,
    PtpFile,
    parse_edit_setting,
)

needs_facts = pytest.mark.skipif(
    not FACTS.is_dir(),
    reason="the fact tables are not available, so no edit was compared with them",
)
ANYTHING: Any = object()
NOTHING = Edits(())
ACTIVE = (
    "the file for the quarter from 2024-07-01 lists 97140/97530 as active, and the PTP data "
    "for these codes ends on 2024-09-30"
)
DELETED = "the file for the quarter from 2024-07-01 lists 97140/97530 as deleted on 2019-12-31"
EXTRACT = "an undated extract from about 2026-04 lists 97140/97530, but it includes deleted pairs"


class TestRecords:
    @pytest.mark.parametrize(
        "text", ["outpatient-hospital", "outpatient_hospital", "Outpatient Hospital", HOSPITAL]
    )
    def test_a_setting_is_read(self, text: Any) -> None:  # noqa: ANN401
        assert parse_edit_setting(text) is HOSPITAL

    @pytest.mark.parametrize(
        ("value", "shown"), [("home", "a string of 4 characters"), (None, "None")]
    )
    def test_a_bad_setting_is_refused(self, value: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: parse_edit_setting(value)) == (
            f"setting must be practitioner or outpatient-hospital, got {shown}"
        )

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            ("2024-01-01", "2024-03-31"),
            ("2024-04-01", "2024-06-30"),
            ("2024-07-01", "2024-09-30"),
            ("2024-10-01", "2024-12-31"),
            ("9999-10-01", "9999-12-31"),
        ],
    )
    def test_a_quarter_ends_on_the_day_before_the_next(self, first: str, last: str) -> None:
        assert quarter_end(day(first)) == day(last)
        assert ptp(first).effective_through == mue(first, {}).effective_through == day(last)

    @pytest.mark.parametrize("first", ["2024-07-02", "2024-08-01"])
    def test_a_quarter_begins_on_the_first_of_its_first_month(self, first: str) -> None:
        message = f"a quarter begins on January 1, April 1, July 1, or October 1, not on {first}"
        assert refusal(InvalidInputError, lambda: quarter_end(day(first))) == message
        assert refusal(InvalidInputError, lambda: ptp(first)) == message
        assert refusal(InvalidInputError, lambda: mue(first, {})) == message

    def test_an_edit_that_ended_before_it_began_was_never_in_force(self) -> None:
        edits = Edits.from_files([ptp("2024-01-01", edit(first="2024-01-02", last="2024-01-01"))])
        for on in ("2024-01-01", "2024-01-02"):
            assert edits.pair("97140", "97530", day(on)).state is EditState.CLEAN

    @pytest.mark.parametrize("indicator", [0, 1, 9])
    def test_the_indicators_are_0_1_and_9(self, indicator: int) -> None:
        assert edit(indicator=indicator).indicator == indicator

    @pytest.mark.parametrize("indicator", [2, -1, 8])
    def test_another_indicator_is_refused(self, indicator: int) -> None:
        assert refusal(InvalidInputError, lambda: edit(indicator=indicator)) == (
            f"indicator must be 0, 1, or 9, got {indicator}"
        )

    @pytest.mark.parametrize(("code", "shown"), [("9714", "'9714'"), ("g0283", "'g0283'")])
    def test_a_bad_code_is_refused(self, code: str, shown: str) -> None:
        for what, call in (
            ("column1", lambda: edit(column1=code)),
            ("column2", lambda: edit(column2=code)),
            ("code", lambda: MueLimit(code, 1, 3, "", PRACTITIONER)),
        ):
            assert refusal(InvalidInputError, call) == (
                f"{what} must be five characters, each a digit or a capital letter, got {shown}"
            )

    def test_a_limit_may_be_zero_but_not_negative(self) -> None:
        assert MueLimit("97010", 0, 3, "", PRACTITIONER).units == 0
        assert refusal(InvalidInputError, lambda: MueLimit("97010", -1, 3, "", PRACTITIONER)) == (
            "units must be 0 or more, got -1"
        )

    @pytest.mark.parametrize("mai", [0, 4])
    def test_another_adjudication_indicator_is_refused(self, mai: int) -> None:
        assert MueLimit("97010", 0, 1, "", PRACTITIONER).mai == 1
        assert refusal(InvalidInputError, lambda: MueLimit("97010", 0, mai, "", PRACTITIONER)) == (
            f"mai must be 1, 2, or 3, got {mai}"
        )


class TestPairsOnADayOfTheFilesQuarter:
    """The third quarter of 2024: 2024-07-01 to 2024-09-30."""

    @pytest.mark.parametrize("on", ["2024-07-01", "2024-08-15", "2024-09-30"])
    @pytest.mark.parametrize("indicator", [0, 1])
    def test_a_pair_that_is_not_deleted_is_in_force_even_without_a_first_day(
        self, on: str, indicator: int
    ) -> None:
        row = edit(indicator=indicator)
        edits = Edits.from_files([ptp("2024-07-01", row)])
        assert edits.pair("97530", "97140", day(on)) == PairAnswer(
            IN_FORCE, row, source("2024-07-01")
        )

    @pytest.mark.parametrize("on", ["2024-07-01", "2024-09-30"])
    def test_a_pair_that_is_not_listed_is_clean(self, on: str) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit())])
        assert edits.pair("97110", "97140", day(on)) == PairAnswer(
            CLEAN, None, source("2024-07-01")
        )

    def test_indicator_9_is_not_an_edit(self) -> None:
        for row in (edit(indicator=9), edit(indicator=9, first="2024-08-01", last="2024-08-01")):
            assert state(Edits.from_files([ptp("2024-07-01", row)]), "2024-08-01") is CLEAN

    def test_with_both_days_known_they_decide(self) -> None:
        row = edit(first="2024-07-10", last="2024-08-20")
        edits = Edits.from_files([ptp("2024-07-01", row)])
        states = [
            state(edits, on) for on in ("2024-07-09", "2024-07-10", "2024-08-20", "2024-08-21")
        ]
        assert states == [CLEAN, IN_FORCE, IN_FORCE, CLEAN]

    def test_a_known_first_day_alone_decides(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit(first="2024-07-10"))])
        assert [state(edits, on) for on in ("2024-07-09", "2024-07-10")] == [CLEAN, IN_FORCE]

    def test_a_pair_with_only_a_last_day_is_undated_through_it(self) -> None:
        row = edit(last="2024-08-20")
        edits = Edits.from_files([ptp("2024-07-01", row)])
        assert edits.pair("97140", "97530", day("2024-08-20")) == PairAnswer(
            UNDATED,
            row,
            source("2024-07-01"),
            ("the file for the quarter from 2024-07-01 lists 97140/97530 without a first day",),
        )
        assert state(edits, "2024-08-21") is CLEAN


class TestPairsOnADayBeforeTheFilesQuarter:
    def test_with_both_days_known_they_decide(self) -> None:
        row = edit(first="2019-07-01", last="2019-12-31")
        edits = Edits.from_files([ptp("2024-07-01", row)])
        states = [
            state(edits, on) for on in ("2019-06-30", "2019-07-01", "2019-12-31", "2020-01-01")
        ]
        assert states == [CLEAN, IN_FORCE, IN_FORCE, CLEAN]

    def test_a_pair_that_is_not_deleted_is_undated_until_the_quarter_begins(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit())])
        assert [state(edits, on) for on in ("2010-01-01", "2024-06-30", "2024-07-01")] == [
            UNDATED,
            UNDATED,
            IN_FORCE,
        ]

    def test_a_pair_is_undated_through_the_day_it_was_deleted_on(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit(last="2019-12-31"))])
        assert [state(edits, on) for on in ("2019-12-31", "2020-01-01")] == [UNDATED, CLEAN]

    def test_the_row_of_a_pair_that_ends_next_is_returned(self) -> None:
        rows = (edit(), edit(indicator=0, last="2017-12-31"), edit(last="2019-12-31"))
        edits = Edits.from_files([ptp("2024-07-01", *rows)])
        found = [
            edits.pair("97140", "97530", day(on)).edit
            for on in ("2017-12-31", "2018-01-01", "2019-12-31", "2020-01-01")
        ]
        assert found == [rows[1], rows[2], rows[2], rows[0]]

    def test_a_later_file_that_has_the_first_day_decides_what_an_earlier_one_leaves_open(
        self,
    ) -> None:
        early = ptp("2024-07-01", edit(last="2019-12-31"))
        late = ptp("2026-07-01", edit(first="2006-01-01", last="2019-12-31"))
        edits = Edits.from_files([late, early])
        states = [state(edits, on) for on in ("2005-12-31", "2006-01-01", "2019-12-31")]
        assert states == [CLEAN, IN_FORCE, IN_FORCE]
        assert edits.pair("97140", "97530", day("2019-12-31")).source == source("2026-07-01")
        assert edits.pair("97140", "97530", day("2020-01-01")).source == source("2024-07-01")

    def test_the_first_file_answers_if_no_file_decides(self) -> None:
        edits = Edits.from_files([ptp("2026-07-01", edit()), ptp("2024-07-01", edit())])
        answer = edits.pair("97140", "97530", day("2024-06-30"))
        assert (answer.state, answer.source) == (UNDATED, source("2024-07-01"))


class TestPairsOnADayAfterEveryFile:
    LATER = "2024-10-01"

    def test_a_pair_that_is_not_deleted_is_undated_from_the_day_after_the_quarter(self) -> None:
        row = edit()
        edits = Edits.from_files([ptp("2024-07-01", row)])
        assert state(edits, "2024-09-30") is IN_FORCE
        assert edits.pair("97140", "97530", day(self.LATER)) == PairAnswer(
            UNDATED,
            row,
            source("2024-07-01"),
            (ACTIVE,),
        )

    def test_a_pair_with_a_last_day_to_come_is_undated_through_that_day(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit(first="2020-01-01", last="2024-12-31"))])
        assert [state(edits, on) for on in ("2024-12-31", "2025-01-01")] == [UNDATED, OUT_OF_RANGE]

    def test_a_pair_that_is_not_listed_or_deleted_is_out_of_range(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit(last="2019-12-31"))])
        kept = "the PTP data for these codes ends on 2024-09-30"
        assert edits.pair("97140", "97110", day(self.LATER)) == PairAnswer(
            OUT_OF_RANGE, None, source("2024-07-01"), (kept,)
        )
        assert edits.pair("97140", "97530", day(self.LATER)) == PairAnswer(
            OUT_OF_RANGE,
            None,
            source("2024-07-01"),
            (kept, DELETED),
        )

    def test_a_list_without_dates_does_not_reactivate_a_deleted_pair(self) -> None:
        rows = edit(last="2017-12-31"), edit(last="2019-12-31"), edit(indicator=9)
        edits = Edits.from_files(
            [ptp("2024-07-01", *rows), ptp("2026-04-01", edit(), dated=False, title="extract")]
        )
        assert edits.pair("97140", "97530", day(self.LATER)) == PairAnswer(
            OUT_OF_RANGE,
            None,
            source("2024-07-01"),
            ("the PTP data for these codes ends on 2024-09-30", DELETED, EXTRACT),
        )
        assert state(edits, "2024-09-30") is CLEAN
        assert state(edits, self.LATER, "97110") is OUT_OF_RANGE

    def test_a_pair_with_and_without_dates_has_a_remark_for_each(self) -> None:
        row = edit()
        edits = Edits.from_files([ptp("2024-07-01", row), ptp("2026-04-01", edit(), dated=False)])
        assert edits.pair("97140", "97530", day(self.LATER)) == PairAnswer(
            UNDATED,
            row,
            source("2024-07-01"),
            (ACTIVE, EXTRACT),
        )

    def test_a_list_without_dates_does_not_answer_for_a_pair_that_a_file_lacks(
        self,
    ) -> None:
        edits = Edits.from_files([ptp("2024-07-01"), ptp("2026-04-01", edit(), dated=False)])
        assert state(edits, "2024-09-30") is CLEAN
        assert edits.pair("97140", "97530", day(self.LATER)) == PairAnswer(
            OUT_OF_RANGE,
            None,
            source("2024-07-01"),
            ("the PTP data for these codes ends on 2024-09-30", EXTRACT),
        )

    @pytest.mark.parametrize(
        ("quarter", "named"),
        [("2026-01-01", True), ("2026-04-01", False), ("2026-07-01", False)],
    )
    def test_pairs_without_dates_give_way_to_a_file_of_their_quarter_or_later(
        self, quarter: str, *, named: bool
    ) -> None:
        extract = ptp("2026-04-01", edit(), dated=False)
        edits = Edits.from_files([extract]).with_files([ptp(quarter)])
        answer = edits.pair("97140", "97530", day("2027-01-01"))
        assert (answer.state, EXTRACT in answer.remarks) == (OUT_OF_RANGE, named)

    def test_the_first_list_without_dates_is_named(self) -> None:
        extracts = [ptp(quarter, edit(), dated=False) for quarter in ("2026-07-01", "2026-04-01")]
        answer = Edits.from_files(extracts).pair("97140", "97530", day("2026-05-01"))
        assert answer == PairAnswer(OUT_OF_RANGE, remarks=(EXTRACT,))

    def test_pairs_without_dates_apply_to_their_setting_only(self) -> None:
        edits = Edits.from_files(
            [ptp("2024-07-01", setting=HOSPITAL), ptp("2026-04-01", edit(), dated=False)]
        )
        assert edits.pair("97140", "97530", day(self.LATER), HOSPITAL).state is OUT_OF_RANGE


class TestWhatFilesContain:
    def test_a_code_in_no_file_is_not_in_the_data(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit())])
        for on in ("2019-12-31", "2024-07-01", "2024-10-01"):
            assert edits.pair("97140", "97535", day(on)) == PairAnswer(NOT_IN_DATA)
            assert edits.pair("97535", "97537", day(on)) == PairAnswer(NOT_IN_DATA)

    def test_a_pair_only_in_a_list_without_dates_is_not_in_the_data_with_a_remark(self) -> None:
        extract = ptp("2026-04-01", edit("98940", "97140"), codes=["98940", "97140"], dated=False)
        edits = Edits.from_files([ptp("2024-07-01"), extract])
        for on in ("2019-12-31", "2024-07-01", "2026-04-01"):
            for pair in (("98940", "97140"), ("97140", "98940")):
                assert edits.pair(*pair, day(on)) == PairAnswer(
                    NOT_IN_DATA,
                    remarks=(
                        "no dated PTP file in the data has both 98940 and 97140",
                        EXTRACT.replace("97140/97530", "98940/97140"),
                    ),
                )
            assert edits.pair("98940", "97530", day(on)) == PairAnswer(NOT_IN_DATA)

    def test_without_a_file_for_the_setting_every_day_is_out_of_range(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit()), mue("2024-07-01", {"97140": 6})])
        on = day("2024-07-01")
        assert edits.pair("97140", "97530", on, HOSPITAL) == PairAnswer(OUT_OF_RANGE)
        assert edits.limit("97140", on, HOSPITAL) == LimitAnswer(OUT_OF_RANGE)

    def test_a_file_of_all_codes_includes_every_code(self) -> None:
        edits = Edits.from_files([ptp("2024-07-01", edit(), codes=None)])
        assert state(edits, "2024-07-01", "00100", "V5364") is CLEAN

    def test_a_part_includes_a_pair_if_both_codes_are_in_its_range(self) -> None:
        part = ptp("2024-07-01", edit(), codes=None, column1_range=("97110", "97530"))
        edits = Edits.from_files([part])
        states = {
            code: state(edits, "2024-07-01", code, "97140")
            for code in ("97109", "97110", "97530", "97531")
        }
        assert states == {
            "97109": NOT_IN_DATA,
            "97110": CLEAN,
            "97530": IN_FORCE,
            "97531": NOT_IN_DATA,
        }

    def test_two_parts_together_include_a_pair_across_them(self) -> None:
        row = edit("29581", "97140")
        one = ptp("2024-07-01", row, codes=None, column1_range=("20000", "29999"), title="f2")
        two = ptp("2024-07-01", codes=None, column1_range=("90000", "99999"), title="f4")
        assert state(Edits.from_files([one]), "2024-07-01", "29581") is NOT_IN_DATA
        for files in ([one, two], [two, one]):
            for pair in (("97140", "29581"), ("29581", "97140")):
                answer = Edits.from_files(files).pair(*pair, day("2024-07-01"))
                assert answer == PairAnswer(IN_FORCE, row, source("f2"))

    def test_a_pair_across_parts_is_clean_by_the_same_part_in_either_order(self) -> None:
        one = ptp("2024-07-01", codes=None, column1_range=("20000", "29999"), title="f2")
        two = ptp("2024-07-01", codes=None, column1_range=("90000", "99999"), title="f4")
        edits = Edits.from_files([two, one])
        for pair in (("97140", "29581"), ("29581", "97140")):
            assert edits.pair(*pair, day("2024-07-01")) == PairAnswer(CLEAN, None, source("f2"))

    def test_a_quarter_that_was_not_searched_for_a_pair_hides_no_later_one(self) -> None:
        files = ptp("2024-01-01", codes=["97110"]), ptp("2024-04-01", edit())
        assert state(Edits.from_files(files), "2024-04-01") is IN_FORCE

    def test_each_part_answers_for_the_direction_that_it_includes(self) -> None:
        one = ptp("2024-07-01", codes=None, column1_range=("20000", "29999"))
        two = ptp("2024-10-01", codes=None, column1_range=("90000", "99999"))
        edits = Edits.from_files([one, two])
        assert [state(edits, on, "29581") for on in ("2024-09-30", "2024-10-01")] == [
            CLEAN,
            OUT_OF_RANGE,
        ]

    def test_a_part_that_has_a_pair_in_force_needs_no_other_part(self) -> None:
        row = edit("29581", "97140")
        part = ptp("2024-07-01", row, codes=None, column1_range=("29581", "29581"))
        edits = Edits.from_files([part])
        states = [state(edits, "2024-07-01", "29581", code) for code in ("97140", "97530")]
        assert states == [IN_FORCE, NOT_IN_DATA]

    def test_a_deletion_in_one_direction_leaves_the_other_in_force(self) -> None:
        gone = edit("97530", "97755", first="1999-01-01", last="2006-09-30")
        live = edit("97755", "97530", first="2020-10-01")
        edits = Edits.from_files([ptp("2024-07-01", gone, live, codes=["97530", "97755"])])

        def found(on: str) -> PtpEdit | None:
            return edits.pair("97530", "97755", day(on)).edit

        assert [found(on) for on in ("2006-09-30", "2006-10-01")] == [gone, None]
        assert [found(on) for on in ("2020-09-30", "2020-10-01", "2024-10-01")] == [
            None,
            live,
            live,
        ]

    def test_a_list_without_dates_is_named_only_for_its_own_direction(self) -> None:
        live, gone = edit("97755", "97530"), edit("97530", "97755", last="2006-09-30")
        codes = ["97530", "97755"]
        for row, named in ((live, True), (edit("97530", "97755"), False)):
            extract = ptp("2026-04-01", row, codes=codes, dated=False)
            edits = Edits.from_files([ptp("2024-07-01", live, gone, codes=codes), extract])
            answer = edits.pair("97530", "97755", day("2026-05-01"))
            assert (answer.state, answer.edit) == (UNDATED, live)
            assert [remark.split(",")[0] for remark in answer.remarks[1:]] == (
                ["an undated extract from about 2026-04 lists 97755/97530"] if named else []
            )

    def test_a_later_part_that_deletes_a_pair_outweighs_an_earlier_file(self) -> None:
        part = ptp(
            "2026-01-01",
            edit(first="2000-07-01", last="2025-12-31"),
            codes=None,
            column1_range=("97140", "97140"),
        )
        edits = Edits.from_files([ptp("2024-07-01", edit())])
        assert state(edits, "2026-01-01") is UNDATED
        given = edits.with_files([part])
        assert [state(given, on) for on in ("2025-12-31", "2026-01-01")] == [IN_FORCE, OUT_OF_RANGE]

    def test_an_added_file_takes_precedence_for_its_quarter_and_setting(self) -> None:
        kept = Edits.from_files(
            [
                ptp("2024-07-01", edit(), edit("97110", "97140"), title="kept"),
                mue("2024-07-01", {"97140": 6, "97530": 6}, title="kept"),
            ]
        )
        edits = kept.with_files(
            [
                ptp("2024-07-01", codes=["97140", "97530"], title="given"),
                mue("2024-07-01", {"97140": 4}, codes=["97140"], title="given"),
            ]
        )
        on = day("2024-07-01")
        assert edits.pair("97140", "97530", on) == PairAnswer(CLEAN, None, source("given"))
        assert edits.pair("97140", "97110", on).source == source("kept")
        limits = {code: edits.limit(code, on) for code in ("97140", "97530")}
        assert [(found.limit and found.limit.units, found.source) for found in limits.values()] == [
            (4, source("given")),
            (6, source("kept")),
        ]
        assert kept.pair("97140", "97530", on).state is IN_FORCE

    def test_the_file_for_the_days_quarter_is_searched_first(self) -> None:
        edits = Edits.from_files([ptp("2024-10-01"), ptp("2024-07-01", edit()), ptp("2024-04-01")])
        states = [
            state(edits, on) for on in ("2024-06-30", "2024-07-01", "2024-09-30", "2024-10-01")
        ]
        assert states == [CLEAN, IN_FORCE, IN_FORCE, CLEAN]

    def test_the_later_file_answers_for_a_day_between_two_files(self) -> None:
        row = edit(first="2020-01-01")
        edits = Edits.from_files([ptp("2024-07-01"), ptp("2026-04-01", row)])
        assert [state(edits, on) for on in ("2024-09-30", "2024-10-01", "2026-03-31")] == [
            CLEAN,
            IN_FORCE,
            IN_FORCE,
        ]

    def test_settings_have_separate_edits(self) -> None:
        row = edit(setting=HOSPITAL)
        edits = Edits.from_files([ptp("2024-07-01"), ptp("2024-07-01", row, setting=HOSPITAL)])
        on = day("2024-07-01")
        assert edits.pair("97140", "97530", on).state is CLEAN
        assert edits.pair("97140", "97530", on, HOSPITAL).edit == row

    def test_coverage_lists_each_file_in_order_of_precedence(self) -> None:
        edits = Edits.from_files([ptp("2026-04-01", edit(), dated=False)]).with_files(
            [mue("2024-07-01", {"97140": 6, "97530": 6}), ptp("2024-07-01", setting=HOSPITAL)]
        )
        july, last = day("2024-07-01"), day("2024-09-30")
        assert edits.coverage() == (
            EditCoverage("mue", PRACTITIONER, july, last, 2, source("2024-07-01")),
            EditCoverage("ptp", HOSPITAL, july, last, 0, source("2024-07-01")),
            EditCoverage(
                "ptp-undated",
                PRACTITIONER,
                day("2026-04-01"),
                day("2026-06-30"),
                1,
                source("2026-04-01"),
            ),
        )


class TestLimits:
    def test_a_limit_is_in_force_in_its_quarter_and_undated_outside_it(self) -> None:
        edits = Edits.from_files([mue("2024-07-01", {"97140": 0})])
        limit = MueLimit("97140", 0, 3, "why", PRACTITIONER)
        for on in ("2024-07-01", "2024-09-30"):
            assert edits.limit("97140", day(on)) == LimitAnswer(
                IN_FORCE, limit, day("2024-07-01"), source("2024-07-01")
            )
        for on in ("2024-06-30", "2024-10-01"):
            assert edits.limit("97140", day(on)) == LimitAnswer(
                UNDATED,
                limit,
                day("2024-07-01"),
                source("2024-07-01"),
                (
                    f"the limit is for the quarter that begins 2024-07-01; the data has no limit for {on}",
                ),
            )

    def test_an_undated_limit_is_from_the_last_quarter_before_or_the_first_after(self) -> None:
        edits = Edits.from_files(
            [
                mue("2026-04-01", {"97140": 3}),
                mue("2024-04-01", {"97140": 1}),
                mue("2024-07-01", {"97140": 2}, title="given"),
                mue("2024-07-01", {"97140": 9}, title="kept"),
            ]
        )
        answers = {
            on: edits.limit("97140", day(on)).limit
            for on in ("2024-03-31", "2024-10-01", "2026-03-31", "2026-07-01")
        }
        assert [limit and limit.units for limit in answers.values()] == [1, 2, 2, 3]

    def test_a_code_without_a_limit_in_a_file_that_was_searched_for_it_is_clean(self) -> None:
        for codes in (None, CODES):
            edits = Edits.from_files([mue("2024-07-01", {"97140": 6}, codes=codes)])
            assert edits.limit("97530", day("2024-07-01")) == LimitAnswer(
                CLEAN,
                None,
                day("2024-07-01"),
                source("2024-07-01"),
                ("no limit is published; CMS does not publish every limit",),
            )
            assert edits.limit("97530", day("2024-10-01")) == LimitAnswer(OUT_OF_RANGE)

    def test_a_code_that_no_file_was_searched_for_is_not_in_the_data(self) -> None:
        edits = Edits.from_files([mue("2024-07-01", {"97140": 6})])
        for on in ("2024-07-01", "2024-10-01"):
            assert edits.limit("97535", day(on)) == LimitAnswer(NOT_IN_DATA)

    def test_a_file_that_was_not_searched_for_a_code_leaves_it_to_the_others(self) -> None:
        edits = Edits.from_files(
            [mue("2024-07-01", {"97530": 6}, codes=["97530"]), mue("2024-04-01", {"97140": 6})]
        )
        answer = edits.limit("97140", day("2024-07-01"))
        assert (answer.state, answer.quarter) == (UNDATED, day("2024-04-01"))


class TestLookups:
    EDITS = Edits.from_files([ptp("2024-07-01", edit()), mue("2024-07-01", {"97140": 6})])

    def test_texts_are_read_as_codes_days_and_settings(self) -> None:
        on, whose = day("2024-07-01"), PRACTITIONER
        values: tuple[Any, ...] = (" 97140 ", "97530", "7/1/2024", "practitioner")
        assert self.EDITS.pair(*values) == self.EDITS.pair("97140", "97530", on, whose)
        assert self.EDITS.limit(values[0], *values[2:]) == self.EDITS.limit("97140", on, whose)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (("9714", "97530", "2024-07-01", "practitioner"), "code must be five"),
            (("97140", 9753, "2024-07-01", "practitioner"), "other must be five"),
            (("97140", "97530", "July", "practitioner"), "date_of_service must be a date"),
            (("97140", "97530", "2024-07-01", "hospice"), "setting must be practitioner or"),
        ],
    )
    def test_bad_arguments_are_refused(self, values: tuple[Any, ...], message: str) -> None:
        for _ in range(2):
            assert refusal(InvalidInputError, lambda: self.EDITS.pair(*values)).startswith(message)
        if not message.startswith("other"):
            call = partial(self.EDITS.limit, values[0], *values[2:])
            assert refusal(InvalidInputError, call).startswith(message)

    @pytest.mark.parametrize(
        ("files", "reported"),
        [
            ("mue.csv", "a string of 7 characters"),
            (5, "5"),
            (None, "None"),
            (["mue.csv"], "a string of 7 characters"),
            ([EDITS.files[0], EDITS], "a Edits"),
        ],
    )
    def test_files_are_those_that_were_read(self, files: Any, reported: str) -> None:  # noqa: ANN401
        message = f"files must be results of read_ncci_ptp or read_ncci_mue, got {reported}"
        for call in (Edits, Edits.from_files, self.EDITS.with_files):
            assert refusal(InvalidInputError, partial(call, files)) == message

    def test_files_may_come_from_an_iterator(self) -> None:
        on, files = day("2024-07-01"), self.EDITS.files
        for edits in (Edits(iter(files)), NOTHING.with_files(iter(files))):
            assert edits.files == files
            assert edits.pair("97140", "97530", on) == self.EDITS.pair("97140", "97530", on)

    def test_an_answer_is_remembered_and_their_number_is_bounded(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        edits = Edits(self.EDITS.files)
        on = day("2024-07-01")
        assert edits.pair("97140", "97530", on) is edits.pair("97140", "97530", on)
        assert edits.limit("97140", on) is edits.limit("97140", on)
        monkeypatch.setattr(edits_module, "_REMEMBERED", 2)
        first = edits.pair("97140", "97530", on)
        edits.limit("97530", on)
        assert edits.pair("97140", "97530", on) == first
        assert edits.pair("97140", "97530", on) is not first

    def test_edits_and_their_answers_can_be_sent_to_another_process(self) -> None:
        on = day("2024-07-01")
        for sent in (pickle.loads(pickle.dumps(self.EDITS)), copy.deepcopy(self.EDITS)):  # noqa: S301 - own bytes
            assert sent.pair("97140", "97530", on) == self.EDITS.pair("97140", "97530", on)
            assert sent.pair("97140", "97530", on, PRACTITIONER).state is IN_FORCE

    def test_importing_reads_nothing(self) -> None:
        code = (
            "import pkgutil; pkgutil.get_data = None; import therapy_billing.ncci.edits as n; "
            "print(n.Edits.bundled.cache_info().currsize)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        assert done.stdout == "0\n"


class TestBundledEdits:
    EDITS = Edits.bundled()

    def test_they_are_read_once(self) -> None:
        assert Edits.bundled() is self.EDITS

    def test_coverage_lists_the_bundled_files(self) -> None:
        kept = [
            (file.kind, file.setting, str(file.effective_from), file.rows)
            for file in self.EDITS.coverage()
        ]
        assert kept == [
            ("mue", PRACTITIONER, "2024-04-01", 167),
            ("mue", PRACTITIONER, "2024-07-01", 167),
            ("mue", PRACTITIONER, "2026-04-01", 170),
            ("mue", PRACTITIONER, "2026-07-01", 10),
            ("mue", PRACTITIONER, "2026-10-01", 10),
            ("mue", HOSPITAL, "2024-04-01", 167),
            ("mue", HOSPITAL, "2024-07-01", 167),
            ("ptp", PRACTITIONER, "2024-07-01", 1793),
            ("ptp", HOSPITAL, "2024-07-01", 1793),
            ("ptp", PRACTITIONER, "2026-07-01", 25),
            ("ptp", PRACTITIONER, "2026-10-01", 25),
            ("ptp-active", HOSPITAL, "2026-10-01", 881),
            ("ptp-undated", PRACTITIONER, "2026-04-01", 33),
        ]
        words = {file.kind: file.source.verified.value for file in self.EDITS.coverage()}
        assert words == {
            "mue": "data-file",
            "ptp": "data-file",
            "ptp-active": "secondary",
            "ptp-undated": "secondary",
        }

    def test_a_pair_that_no_file_after_2024_knows_is_undated_clean_and_then_out_of_range(
        self,
    ) -> None:
        for on, expected in (
            ("2019-12-31", UNDATED),
            ("2020-01-01", CLEAN),
            ("2024-06-30", CLEAN),
            ("2024-07-01", CLEAN),
            ("2024-09-30", CLEAN),
            ("2024-10-01", OUT_OF_RANGE),
            ("2026-03-02", OUT_OF_RANGE),
        ):
            assert state(self.EDITS, on, "97530", "97113") is expected
        answer = self.EDITS.pair("97530", "97113", day("2019-12-31"))
        assert answer.edit is not None
        assert (answer.edit.column2, answer.edit.indicator) == ("97113", 1)
        assert self.EDITS.pair("97530", "97113", day("2026-03-02")).remarks == (
            "the PTP data for these codes ends on 2024-09-30",
            "the file for the quarter from 2024-07-01 lists 97530/97113 as deleted on 2019-12-31",
        )

    def test_no_pair_that_the_file_of_2024_deleted_is_in_force_or_undated_afterwards(self) -> None:
        live, gone = rows_of(PRACTITIONER)
        assert len(gone) == 485
        for column1, column2 in gone:
            for on in ("2024-10-01", "2026-03-02", "2026-10-05"):
                answer = self.EDITS.pair(column1, column2, day(on))
                if (column2, column1) in live:
                    assert answer.edit is not None
                    assert (answer.edit.column1, answer.edit.column2) == (column2, column1)
                else:
                    assert (answer.state, answer.edit) in ((OUT_OF_RANGE, None), (CLEAN, None))

    def test_every_practitioner_pair_that_is_active_in_2024_is_undated_afterwards(self) -> None:
        known = ten_codes()
        live = rows_of(PRACTITIONER)[0]
        assert len([pair for pair in live if {*pair} <= known]) == 3
        for column1, column2 in live:
            after = IN_FORCE if {column1, column2} <= known else UNDATED
            states = [
                self.EDITS.pair(column1, column2, day(on)).state
                for on in ("2024-09-30", "2024-10-01", "2026-03-02", "2026-10-05")
            ]
            assert states == [IN_FORCE, after, after, after]

    def test_pairs_that_only_the_list_without_dates_has_are_not_in_the_data(self) -> None:
        (extract,) = [file for file in ptp_files() if not file.dated]
        pairs = {(row.column1, row.column2) for row in extract.edits}
        assert len(pairs) == 33
        for column1, column2 in pairs:
            for on in ("2024-09-30", "2026-05-01"):
                answer = self.EDITS.pair(column1, column2, day(on))
                assert (answer.state, answer.edit) == (NOT_IN_DATA, None)
                assert (
                    f"undated extract from about 2026-04 lists {column1}/{column2}, but"
                    in answer.remarks[1]
                )

    def test_the_list_without_dates_has_no_pair_of_codes_that_a_practitioner_file_has(self) -> None:
        (extract,) = [file for file in ptp_files() if not file.dated]
        dated = [file for file in ptp_files() if file.dated and file.setting is PRACTITIONER]
        for row in extract.edits:
            assert [file.rows(row.column1, row.column2) for file in dated] == [None] * 3

    @pytest.mark.parametrize(
        ("paid", "denied", "indicator"),
        [
            ("97140", "97124", 0),
            ("97750", "97150", 0),
            ("97161", "97750", 0),
            ("97150", "97110", 1),
            ("92526", "G0283", 0),
            ("29581", "97535", 1),
            ("97755", "97530", 1),
        ],
    )
    def test_listed_pairs_have_their_columns_and_indicator_in_2026(
        self, paid: str, denied: str, indicator: int
    ) -> None:
        assert state(self.EDITS, "2026-05-01", denied, paid) is UNDATED
        found = self.EDITS.pair(denied, paid, day("2026-05-01")).edit
        assert found is not None
        assert (found.column1, found.column2, found.indicator) == (paid, denied, indicator)

    def test_a_pair_has_all_fields_of_its_row(self) -> None:
        rows = {
            ("29425", "29405", HOSPITAL): PtpEdit(
                "29425", "29405", 1, None, None, "HCPCS/CPT procedure code definition", HOSPITAL,
                prior_to_1996=True,
            ),
            ("97161", "97750", PRACTITIONER): PtpEdit(
                "97161", "97750", 0, None, None,
                "Misuse of Column Two code with Column One code", PRACTITIONER,
            ),
        }  # fmt: skip
        for (paid, denied, setting), expected in rows.items():
            assert self.EDITS.pair(paid, denied, day("2024-07-01"), setting).edit == expected
        (extract,) = [
            file for file in self.EDITS.files if isinstance(file, PtpFile) and not file.dated
        ]
        assert PtpEdit("98940", "97140", 1, None, None, "", PRACTITIONER) in extract.edits
        (listed,) = [
            file for file in self.EDITS.files if isinstance(file, PtpFile) and not file.history
        ]
        assert PtpEdit("97150", "97110", 1, None, None, "", HOSPITAL) in listed.edits
        dated = bundled_file(PtpFile, "practitioner", "2026-10-01")
        assert (
            PtpEdit("97140", "97530", 1, day("2000-07-01"), day("2019-12-31"), "", PRACTITIONER)
            in dated.edits
        )

    def test_in_the_quarter_of_july_2024_a_pair_is_in_force_or_clean(self) -> None:
        on = "2024-07-01"
        assert state(self.EDITS, on, "97124", "97140") is IN_FORCE
        found = self.EDITS.pair("97124", "97140", day(on)).edit
        assert found is not None
        assert (found.column2, found.indicator) == ("97124", 0)
        for code, other, later in (
            ("97110", "97140", CLEAN),
            ("97110", "97112", CLEAN),
            ("97110", "97535", OUT_OF_RANGE),
        ):
            assert state(self.EDITS, on, code, other) is CLEAN
            assert state(self.EDITS, "2026-05-01", code, other) is later

    @pytest.mark.parametrize("code", ["92506", "98979", "98984", "0791T", "S8948", "98940"])
    def test_a_code_that_the_files_were_not_searched_for_is_never_clean(self, code: str) -> None:
        for on in ("2012-01-01", "2024-07-01", "2026-05-01", "2026-10-01"):
            assert self.EDITS.pair(code, "97110", day(on)) == PairAnswer(NOT_IN_DATA)
            hospital = self.EDITS.pair(code, "97110", day(on), HOSPITAL).state
            if code == "0791T":
                assert hospital is NOT_IN_DATA
            elif on < "2026-10-01":
                assert hospital is OUT_OF_RANGE
            else:
                assert hospital is CLEAN

    def test_limits_of_a_day_are_those_of_its_quarter(self) -> None:
        answer = self.EDITS.limit("97110", day("2026-05-01"))
        assert (answer.state, answer.limit) == (
            IN_FORCE,
            MueLimit("97110", 6, 3, "Clinical: Data", PRACTITIONER),
        )
        limits = [
            self.EDITS.limit("97010", day("2024-07-01"), setting).limit for setting in EditSetting
        ]
        assert [limit and limit.units for limit in limits] == [0, 1]
        assert self.EDITS.limit("98979", day("2026-05-01")) == LimitAnswer(NOT_IN_DATA)
        assert self.EDITS.limit("97110", day("2026-05-01"), HOSPITAL).state is UNDATED


Pairs: TypeAlias = "set[tuple[str, str]]"


def ptp_files() -> list[PtpFile]:
    return [file for file in Edits.bundled().files if isinstance(file, PtpFile)]


def rows_of(setting: EditSetting) -> tuple[Pairs, Pairs]:
    """Return the active pairs and the deleted pairs in the file of July 2024 for a setting."""
    dated = bundled_file(PtpFile, setting.value, "2024-07-01")
    rows = [row for row in dated.edits if row.indicator != NOT_APPLICABLE]
    live = {(row.column1, row.column2) for row in rows if row.deleted_on is None}
    return live, {(row.column1, row.column2) for row in rows} - live


def ten_codes() -> frozenset[str]:
    """Return the codes of the practitioner files of 2026."""
    codes = bundled_file(PtpFile, "practitioner", "2026-10-01").codes
    assert codes is not None
    assert len(codes) == 10
    return codes


_File = TypeVar("_File", PtpFile, MueFile)


def facts(name: str) -> list[dict[str, str]]:
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def bundled_file(kind: type[_File], setting: str, quarter: str) -> _File:
    whose = EditSetting(setting.replace("_", "-"))
    found = [
        file
        for file in Edits.bundled().files
        if isinstance(file, kind) and (file.setting, file.effective_from) == (whose, day(quarter))
    ]
    assert len(found) == 1
    return found[0]


@needs_facts
class TestFactTables:
    @pytest.mark.parametrize("setting", ["practitioner", "outpatient_hospital"])
    def test_every_pair_matches_the_fact_table(self, setting: str) -> None:
        rows = [row for row in facts("ncci_ptp_therapy.csv") if row["setting"] == setting]
        expected = Counter(
            PtpEdit(
                row["column1"],
                row["column2"],
                int(row["modifier_indicator"]),
                None,
                day(row["deletion"]) if row["deletion"] else None,
                row["rationale"],
                EditSetting(setting.replace("_", "-")),
                row["in_existence_prior_to_1996"] == "*",
            )
            for row in rows
        )
        assert not any(row["effective"] for row in rows)
        assert Counter(bundled_file(PtpFile, setting, "2024-07-01").edits) == expected
        statuses = {(row["status_at_source_quarter"], bool(row["deletion"])) for row in rows}
        assert statuses == {("active", False), ("deleted", True)}

    def test_every_limit_matches_the_fact_table(self) -> None:
        groups: dict[tuple[str, str], set[MueLimit]] = {}
        for row in facts("mue_therapy.csv") + facts("mue_2026q3q4.csv"):
            setting = EditSetting(row["setting"].replace("_", "-"))
            limit = MueLimit(
                row["code"],
                int(row["mue_value"]),
                int(row["mai"]),
                row.get("rationale", ""),
                setting,
            )
            groups.setdefault((row["setting"], row["effective_quarter"]), set()).add(limit)
        assert len(groups) == 7
        for (whose, quarter), limits in groups.items():
            more = set(bundled_file(MueFile, whose, quarter).limits) - limits
            assert limits <= set(bundled_file(MueFile, whose, quarter).limits)
            # Read from the file itself, because the table does not have it.
            assert {limit.code for limit in more} == (
                {"0791T"} if quarter == "2026-04-01" else set()
            )

    def test_a_third_list_of_2025_agrees_except_for_two_pairs(self) -> None:
        listed = {
            (row["column1"], row["column2"]): int(row["modifier_indicator"])
            for row in facts("ncci_ptp_therapy_2025_thirdparty.csv")
        }
        on = day("2024-09-30")
        differing = []
        for (column1, column2), indicator in listed.items():
            found = Edits.bundled().pair(column1, column2, on).edit
            if found is None or (found.column1, found.indicator) != (column1, indicator):
                differing.append((column1, column2))
        assert differing == [("97530", "97533"), ("97530", "97535")]

    def test_the_pairs_without_dates_are_the_chiropractic_ones(self) -> None:
        listed = {
            (column1, column2, 1)
            for column1 in ("98940", "98941", "98942")
            for column2 in ("97112", "97124", "97140")
        }
        listed |= {
            (column1, str(column2), 0)
            for column1 in ("98940", "98941", "98942")
            for column2 in range(97161, 97169)
        }
        (kept,) = [file for file in ptp_files() if not file.dated]
        assert {(row.column1, row.column2, row.indicator) for row in kept.edits} == listed
        assert len(kept.edits) == len(listed)
