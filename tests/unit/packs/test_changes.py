"""Test what is new, gone, or changed between two sets of data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from tests.unit.packs.small_packs import edits_of, fees_of, localities_of, small_pack
from therapy_billing.base.data_packs import Pack
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.ncci.records import EditSetting
from therapy_billing.packs.changes import (
    ChangeType,
    PackChange,
    changes_text,
    comparison_remarks,
    pack_changes,
)
from therapy_billing.packs.data_view import ChangeKind, DataView, tables_of

PRACTITIONER, HOSPITAL = EditSetting.PRACTITIONER, EditSetting.OUTPATIENT_HOSPITAL
OWN_CODE = """
[[code]]
code = "T1027"
label = "family training"
minutes = {minutes}
disciplines = ["PT", "OT"]
contact = "one-on-one"
program = "other-payers"
source = "a manual"
"""


@pytest.fixture
def packs(tmp_path: Path) -> _Packs:
    return _Packs(tmp_path)


class _Packs:
    """Two packs, the earlier one and the later one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def pair(self, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Pack, Pack]:
        return (
            small_pack(self.folder / "before", before, name="before"),
            small_pack(self.folder / "after", after, name="after"),
        )

    def texts(self, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
        return changes_text(pack_changes(*self.pair(before, after))).splitlines()


def series(name: str, *values: tuple[str, str]) -> dict[str, str]:
    rows = "".join(
        f'[[value]]\nfrom = {first}\namount = {amount}\nsource = "x"\nverified = "unverified"\n'
        for first, amount in values
    )
    text = f'unit = "USD"\nknown_through = 2027-12-31\n{rows}'
    return {f"parameters/medicare/{name}.toml": text}


class TestCodes:
    def test_an_own_code_that_the_library_lacks_is_new(self, tmp_path: Path) -> None:
        pack = small_pack(tmp_path, {"codes/own.toml": OWN_CODE.format(minutes=15)})
        (change,) = pack_changes(DataView.library(), pack)
        assert (change.kind, change.type, change.key) == (ChangeKind.CODES, ChangeType.NEW, "T1027")
        assert change.after["disciplines"] == "PT, OT"
        assert "source" not in change.after

    def test_codes_that_a_pack_does_not_repeat_are_not_new(self, tmp_path: Path) -> None:
        pack = small_pack(tmp_path, {"codes/own.toml": OWN_CODE.format(minutes=15)})
        changes = pack_changes(pack, DataView.library())
        assert [(change.type, change.key) for change in changes] == [(ChangeType.GONE, "T1027")]

    def test_a_fact_that_differs_is_changed(self, packs: _Packs) -> None:
        before, after = (
            {"codes/own.toml": OWN_CODE.format(minutes=minutes)} for minutes in (15, 30)
        )
        assert packs.texts(before, after) == [
            "Code book: 1 changed",
            "  changed T1027: minutes 15 to 30",
        ]

    def test_a_fact_in_a_table_has_the_name_of_the_table(self, packs: _Packs) -> None:
        text = '[[code]]\ncode = "97110"\ntime = {{ minutes = {}, source = ["x"] }}\n{}'
        before = {"codes/therapy.toml": text.format(15, "")}
        after = {"codes/therapy.toml": text.format(15, 'label = "exercise"\n')}
        assert packs.texts(before, after)[1:] == ["  changed 97110: label none to exercise"]
        assert packs.texts(after, before)[1:] == ["  changed 97110: label exercise to none"]

    def test_a_code_in_only_one_of_two_packs_is_new_or_gone(self, packs: _Packs) -> None:
        own = OWN_CODE.format(minutes=15)
        other = own.replace("T1027", "T1024")
        lines = packs.texts({"codes/own.toml": own}, {"codes/own.toml": other})
        assert lines[0] == "Code book: 1 new, 1 gone"
        assert [line.split(":")[0] for line in lines[1:]] == ["  new T1024", "  gone T1027"]


class TestFees:
    def test_each_difference_is_reported_once(self, packs: _Packs) -> None:
        before = fees_of("97110,A,0.45,0.40,0.40,0.01,5", "97032,A,0.25,0.20,0.20,0.01,5")
        after = fees_of("97110,R,0.45,0.41,0.40,0.01,0", "97535,A,0.45,0.50,0.50,0.01,5")
        assert packs.texts(before, after) == [
            "Codes in the fee schedule: 1 new, 1 gone",
            "  new 97535",
            "  gone 97032",
            "STATUS CODE: 1 changed",
            "  changed 97110: STATUS CODE A to R",
            "MPPR indicator (MULT PROC): 1 changed",
            "  changed 97110: MULT PROC 5 to 0",
            "Relative values: 1 changed",
            "  changed 97110: office practice expense RVU 0.40 to 0.41",
        ]

    def test_a_corrected_status_is_compared(self, packs: _Packs) -> None:
        row = "97110,A,0.45,0.40,0.40,0.01,5"
        correction = '[[correction]]\nrelease = "RVU27A"\ncode = "{}"\nstatus = "R"\nmult_proc = "5"\nsource = "x"\n'
        of_another = correction.format("97112") + correction.format("97110").replace("27A", "26D")
        assert packs.texts(fees_of(row), fees_of(row, releases=of_another)) == ["no changes"]
        lines = packs.texts(fees_of(row), fees_of(row, releases=correction.format("97110")))
        assert lines[1:] == ["  changed 97110: STATUS CODE A to R"]

    def test_the_latest_release_is_compared(self, packs: _Packs) -> None:
        row = "97110,A,0.45,0.40,0.40,0.01,5"
        files = fees_of(row)
        earlier = "2026-10-01,RVU26D,97110,A,0.99,0.40,0.40,0.01,5\n"
        release = '[[release]]\nname = "RVU26D"\nfrom = 2026-10-01\nsource = "x"\n'
        files["fees/mpfs_rvu.csv"] += earlier
        files["fees/releases.toml"] += release
        assert packs.texts(fees_of(row), files) == ["no changes"]

    def test_a_release_without_rows_is_not_compared(self, packs: _Packs) -> None:
        before, after = packs.pair(fees_of(), fees_of("97110,A,0.45,0.40,0.40,0.01,5"))
        assert tables_of(DataView.of_pack(before)) == {}
        assert pack_changes(before, after) == ()

    def test_the_data_in_use_has_the_release_of_the_day(self) -> None:
        before, after = DataView.active(date(2025, 12, 31)), DataView.active(date(2026, 1, 1))
        rvus = ChangeKind.RVUS, None
        # PPRRVU2025_Oct and PPRRVU2026_Jul_nonQPP
        assert tables_of(before)[rvus].rows["97110"]["work RVU"] == "0.45"
        assert tables_of(before)[rvus].rows["97110"] != tables_of(after)[rvus].rows["97110"]

    def test_a_day_before_every_release_has_no_fees(self) -> None:
        tables = tables_of(DataView.active(date(2000, 1, 1)))
        assert (ChangeKind.RVUS, None) not in tables
        assert (ChangeKind.LOCALITIES, None) not in tables
        assert (ChangeKind.PAIRS, PRACTITIONER) not in tables


class TestLocalities:
    OHIO = "{},15202,00,OH,OHIO,1.000,0.900,{}"
    TEXAS = "2027-01-01,04412,18,TX,HOUSTON,1.010,1.000,0.900"

    def test_an_index_that_differs_is_changed(self, packs: _Packs) -> None:
        before = localities_of(self.OHIO.format("2027-01-01", "0.900"))
        after = localities_of(self.OHIO.format("2027-01-01", "0.950"), self.TEXAS)
        lines = packs.texts(before, after)
        assert lines[0] == "Localities and their indices: 1 new, 1 changed"
        assert lines[1].startswith("  new 04412-18: name HOUSTON, state TX, work index 1.010")
        assert lines[2] == "  changed 15202-00: malpractice index 0.900 to 0.950"

    def test_a_file_of_the_year_adds_to_that_of_january(self, packs: _Packs) -> None:
        before = localities_of(self.TEXAS, self.OHIO.format("2027-01-01", "0.900"))
        after = localities_of(
            self.TEXAS,
            self.OHIO.format("2027-01-01", "0.900"),
            self.OHIO.format("2027-04-01", "0.910"),
        )
        assert packs.texts(before, after)[1:] == [
            "  changed 15202-00: malpractice index 0.900 to 0.910"
        ]

    def test_a_pack_with_only_such_a_file_makes_no_locality_gone(self, packs: _Packs) -> None:
        before = localities_of(self.TEXAS, self.OHIO.format("2027-01-01", "0.900"))
        after = localities_of(self.OHIO.format("2027-04-01", "0.910"))
        assert packs.texts(before, after)[0] == "Localities and their indices: 1 changed"
        assert packs.texts(after, before)[0] == "Localities and their indices: 1 changed"


class TestNumbers:
    def test_an_amount_that_differs_is_changed(self, packs: _Packs) -> None:
        before = series("kx_threshold", ("2026-01-01", "2480.00"))
        after = series("kx_threshold", ("2026-01-01", "2480.00"), ("2027-01-01", "2530.00"))
        assert packs.texts(before, after) == [
            "Conversion factors and other numbers: 1 changed",
            "  changed kx_threshold: amount 2480.00 to 2530.00",
        ]

    def test_equal_numbers_may_be_written_differently(self, packs: _Packs) -> None:
        before = series("coinsurance", ("2026-01-01", "0.20"))
        after = series("coinsurance", ("2027-01-01", "0.2"))
        assert packs.texts(before, after) == ["no changes"]

    def test_a_number_that_is_carried_forward_is_no_change(self, packs: _Packs) -> None:
        before = series("coinsurance", ("2026-01-01", "0.20"))
        after = {**series("coinsurance"), **series("kx_threshold", ("2027-01-01", "2530.00"))}
        pack = packs.pair(before, after)[1]
        changes = pack_changes(DataView.library(), pack)
        assert [change.key for change in changes] == ["kx_threshold"]

    def test_the_value_of_the_day_is_compared(self) -> None:
        changes = pack_changes(
            DataView.active(date(2025, 12, 31)), DataView.active(date(2026, 12, 31))
        )
        amounts = {each.key: each for each in changes if each.kind is ChangeKind.PARAMETERS}
        assert dict(amounts["kx_threshold"].before) == {"amount": "2410.00"}
        assert dict(amounts["kx_threshold"].after) == {"amount": "2480.00"}
        assert amounts["conversion_factors_qualifying_apm"].type is ChangeType.NEW


class TestPairs:
    CODES = "97110 97140 97150 97530"

    def file(
        self, *rows: str, first: str = "2027-01-01", codes: str = CODES, more: str = ""
    ) -> tuple[str, str, str, str, tuple[str, ...]]:
        return ("ptp", first, codes, more, rows)

    def test_a_pair_is_new_gone_or_has_another_indicator(self, packs: _Packs) -> None:
        before = edits_of(self.file("97150,97110,1,2020-01-01,,,x", "97530,97140,1,2020-01-01,,,x"))
        after = edits_of(self.file("97150,97110,0,2020-01-01,,,x", "97530,97110,1,2027-01-01,,,x"))
        assert packs.texts(before, after) == [
            "NCCI pairs (PTP), practitioner: 1 new, 1 gone, 1 changed",
            "  new 97530/97110: indicator 1, first day 2027-01-01",
            "  gone 97530/97140: indicator 1, first day 2020-01-01",
            "  changed 97150/97110: indicator 1 to 0",
        ]

    @pytest.mark.parametrize(
        "row",
        [
            "97530,97140,9,2020-01-01,2020-01-01,,x",
            "97530,97140,9,2020-01-01,,,x",
            "97530,97140,1,2020-01-01,2019-12-31,,x",
        ],
    )
    def test_a_pair_that_was_never_in_force_is_gone(self, packs: _Packs, row: str) -> None:
        before = edits_of(self.file("97530,97140,1,,,,x"))
        assert packs.texts(before, edits_of(self.file(row)))[1:] == [
            "  gone 97530/97140: indicator 1"
        ]

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ("97530,97140,1,2020-01-01,2026-12-31,,x", "last day none to 2026-12-31"),
            ("97530,97140,1,2020-04-01,,,x", "first day 2020-01-01 to 2020-04-01"),
            ("97530,97140,0,2020-01-01,,,x", "indicator 1 to 0"),
        ],
    )
    def test_a_pair_with_another_indicator_or_other_days_is_changed(
        self, packs: _Packs, row: str, words: str
    ) -> None:
        before = edits_of(self.file("97530,97140,1,2020-01-01,,,x"))
        lines = packs.texts(before, edits_of(self.file(row)))
        assert lines[1:] == [f"  changed 97530/97140: {words}"]

    def test_earlier_periods_of_a_pair_are_compared(self, packs: _Packs) -> None:
        now = "97530,97140,1,2020-10-01,,,x"
        before = edits_of(self.file("97530,97140,1,2017-01-01,2019-12-31,,x", now))
        after = edits_of(self.file("97530,97140,1,2017-01-01,2018-12-31,,x", now))
        assert packs.texts(before, after)[1:] == [
            "  changed 97530/97140: before 2017-01-01 to 2019-12-31 (indicator 1) to 2017-01-01 to 2018-12-31 (indicator 1)"
        ]

    def test_days_that_a_file_does_not_show_are_not_compared(self, packs: _Packs) -> None:
        without = edits_of(self.file("97530,97140,1,,,,x", "97530,97140,1,,2019-12-31,,x"))
        dated = edits_of(
            self.file("97530,97140,1,2017-01-01,2019-12-31,,x", "97530,97140,1,2020-10-01,,,x")
        )
        assert packs.texts(without, dated) == ["no changes"]
        ended = edits_of(self.file("97530,97140,1,2017-01-01,2019-12-31,,x"))
        assert packs.texts(without, ended)[1:] == [
            "  changed 97530/97140: last day none to 2019-12-31"
        ]

    def test_pairs_that_only_an_earlier_quarter_has_are_compared(self, packs: _Packs) -> None:
        old = self.file("97530,97140,1,2020-01-01,,,x")
        small = self.file("97150,97110,1,2020-01-01,,,x", first="2027-04-01", codes="97110 97150")
        lines = packs.texts(edits_of(old, small), edits_of(self.file(first="2027-07-01")))
        assert lines[1:] == [
            "  gone 97150/97110: indicator 1, first day 2020-01-01",
            "  gone 97530/97140: indicator 1, first day 2020-01-01",
        ]

    def test_a_list_of_pairs_in_force_makes_no_other_pair_gone(self, packs: _Packs) -> None:
        old = self.file("97530,97140,1,2020-01-01,,,x", "97150,97110,1,2020-01-01,,,x")
        listed = ("ptp-active", "2027-04-01", self.CODES, "", ("97150,97110,0,,,,x",))
        lines = packs.texts(edits_of(old), edits_of(old, listed))
        assert lines[1:] == ["  changed 97150/97110: indicator 1 to 0"]

    def test_the_latest_quarter_is_compared(self, packs: _Packs) -> None:
        old = self.file("97530,97140,1,2020-01-01,,,x")
        new = self.file("97150,97110,1,2020-01-01,,,x", first="2027-04-01")
        lines = packs.texts(edits_of(old), edits_of(new, old))
        assert lines[0] == "NCCI pairs (PTP), practitioner: 1 new, 1 gone"

    def test_codes_that_only_one_file_has_are_not_compared(self, packs: _Packs) -> None:
        before = edits_of(self.file("97530,97140,1,2020-01-01,,,x", codes="97530 97140"))
        after = edits_of(self.file("97150,97110,1,2020-01-01,,,x"))
        pair = packs.pair(before, after)
        assert changes_text(pack_changes(*pair)).splitlines()[1:] == [
            "  gone 97530/97140: indicator 1, first day 2020-01-01"
        ]
        assert comparison_remarks(*pair) == (
            "NCCI pairs (PTP), practitioner: 2 codes not compared, because only one of the two has it",
        )

    def test_column_1_codes_outside_a_part_are_not_compared(self, packs: _Packs) -> None:
        part = 'column1_from = "97500"\ncolumn1_through = "99999"\n'
        before = edits_of(self.file("97150,97110,1,2020-01-01,,,x", "97530,97140,1,2020-01-01,,,x"))
        after = edits_of(self.file(more=part))
        values = "97530/97140: indicator 1, first day 2020-01-01"
        assert packs.texts(before, after)[1:] == [f"  gone {values}"]
        assert packs.texts(after, before)[1:] == [f"  new {values}"]

    def test_all_parts_of_a_quarter_belong_together(self, packs: _Packs) -> None:
        low = 'column1_from = "00000"\ncolumn1_through = "97499"\n'
        high = 'column1_from = "97500"\ncolumn1_through = "99999"\n'
        rows = "97150,97110,1,2020-01-01,,,x", "97530,97140,1,2020-01-01,,,x"
        parts = edits_of(self.file(rows[0], more=low), self.file(rows[1], more=high))
        assert packs.texts(edits_of(self.file(*rows)), parts) == ["no changes"]
        rest = edits_of(self.file(rows[0]), self.file(rows[1], more=high))
        assert packs.texts(edits_of(self.file(*rows)), rest) == ["no changes"]

    def test_a_list_of_pairs_without_dates_is_not_compared(self, packs: _Packs) -> None:
        before = edits_of(self.file("97530,97140,1,2020-01-01,,,x"))
        undated = ("ptp-undated", "2027-04-01", "", "", ("97150,97110,1,,,,x",))
        assert packs.texts(before, edits_of(self.file("97530,97140,1,,,,x"), undated)) == [
            "no changes"
        ]

    def test_settings_are_compared_separately(self, packs: _Packs) -> None:
        before = edits_of(self.file("97530,97140,1,2020-01-01,,,x"))
        after = edits_of(self.file(), setting="outpatient-hospital")
        pair = packs.pair(before, after)
        assert pack_changes(*pair) == ()
        assert comparison_remarks(*pair) == (
            "not compared, because only before has it: NCCI pairs (PTP), practitioner",
            "not compared, because only after has it: NCCI pairs (PTP), outpatient-hospital",
        )

    def test_the_librarys_files_answer_for_the_codes_that_they_were_read_for(self) -> None:
        tables = tables_of(DataView.active(date(2024, 9, 30)))
        of_2024 = tables[ChangeKind.PAIRS, PRACTITIONER]
        assert of_2024.codes is not None
        # The unit limits of the quarter include codes without a pair.
        limits = tables[ChangeKind.LIMITS, PRACTITIONER].codes
        assert limits is not None
        assert limits < of_2024.codes
        of_list = tables_of(DataView.library())[ChangeKind.PAIRS, HOSPITAL]
        assert of_list.codes is not None
        # The list of October 2026 was not read for this code, and the file of July 2024 has no first days.
        assert [("0213T" in codes) for codes, _ in of_list.searched] == [True, False]
        assert of_list.rows["97150/97110"] == {"indicator": "1"}


class TestLimits:
    def test_units_and_indicator_are_compared(self, packs: _Packs) -> None:
        before = edits_of(
            ("mue", "2027-01-01", "97110 97112 97530", "", ("97110,8,3,x", "97112,6,3,x"))
        )
        after = edits_of(
            ("mue", "2027-04-01", "97110 97112 97530", "", ("97110,6,2,x", "97530,6,3,x"))
        )
        assert packs.texts(before, after) == [
            "Unit limits (MUE), practitioner: 1 new, 1 gone, 1 changed",
            "  new 97530: units 6, MAI 3",
            "  gone 97112: units 6, MAI 3",
            "  changed 97110: units 8 to 6, MAI 3 to 2",
        ]

    def test_without_a_list_of_codes_the_rows_are_the_codes(self, packs: _Packs) -> None:
        before = edits_of(("mue", "2027-01-01", "", "", ("97110,8,3,x",)))
        after = edits_of(("mue", "2027-01-01", "", "", ("97530,6,3,x",)))
        pair = packs.pair(before, after)
        assert pack_changes(*pair) == ()
        assert comparison_remarks(*pair) == (
            "Unit limits (MUE), practitioner: 2 codes not compared, because only one of the two has it",
        )


class TestZipCodes:
    CAPTIONS = "effective_from,zip,state,mac,locality,plus_four"
    OHIO = "2027-01-01,43215,OH,15202,00,0"
    RELEASE = '[[release]]\nname = "ZIP5 {0}"\nfrom = {0}\nsource = "x"\n'

    def files(self, *rows: str, first: str = "2027-01-01") -> dict[str, str]:
        return {
            "fees/zip5_releases.toml": f"known_through = 2027-12-31\n{self.RELEASE.format(first)}",
            "fees/zip5.csv": "".join(f"{row}\n" for row in (self.CAPTIONS, *rows)),
        }

    def test_zip_codes_that_the_data_lacks_are_counted_as_new(self, tmp_path: Path) -> None:
        pack = small_pack(tmp_path, self.files(self.OHIO, "2027-01-01,43216,OH,15202,00,0"))
        changes = pack_changes(DataView.library(), pack)
        assert changes_text(changes) == "ZIP codes: 2 new"
        assert changes[0].to_dict()["after"]["locality"] == "15202-00"

    def test_moved_and_gone_zip_codes_are_counted(self, packs: _Packs) -> None:
        before = self.files(
            self.OHIO,
            "2027-01-01,30303,GA,10212,01,0",
            "2027-01-01,90265,CA,01182,17,0",
            "2027-01-01,07001,NJ,12402,01,0",
        )
        after = self.files(
            "2027-04-01,43215,OH,15202,00,0",
            "2027-04-01,30303,GA,10212,99,0",
            "2027-04-01,90265,CA,01182,17,1",
            "2027-01-01,00601,PR,09202,20,0",
            first="2027-04-01",
        )
        assert packs.texts(before, after) == [
            "ZIP codes: 1 gone, 1 moved to another locality, 1 with another state or plus four flag"
        ]

    def test_a_pack_without_zip_codes_says_nothing_about_them(self, tmp_path: Path) -> None:
        pack = small_pack(tmp_path, localities_of())
        remarks = comparison_remarks(DataView.library(), pack)
        assert not any("ZIP" in remark for remark in remarks)
        with_codes = small_pack(tmp_path / "zip", self.files(self.OHIO))
        assert comparison_remarks(pack, with_codes) == (
            f"not compared, because only {with_codes.name} has it: ZIP codes",
        )


class TestText:
    CHANGES = tuple(
        PackChange(ChangeKind.FEE_CODES, ChangeType.NEW, f"9711{number}", None, {}, {})
        for number in range(3)
    )

    def test_lines_over_the_limit_are_counted(self) -> None:
        assert changes_text(self.CHANGES, limit=2).splitlines() == [
            "Codes in the fee schedule: 3 new",
            "  new 97110",
            "  new 97111",
            "  and 1 more",
        ]
        assert "more" not in changes_text(self.CHANGES, limit=3)

    def test_a_change_is_a_dict_of_plain_values(self) -> None:
        values = {"units": "8"}, {"units": "6"}
        change = PackChange(ChangeKind.LIMITS, ChangeType.CHANGED, "97110", HOSPITAL, *values)
        assert change.to_dict() == {
            "kind": "limits",
            "type": "changed",
            "key": "97110",
            "setting": "outpatient-hospital",
            "before": {"units": "8"},
            "after": {"units": "6"},
        }
        assert len({change, change}) == 1


def test_the_librarys_data_does_not_differ_from_itself() -> None:
    assert pack_changes(DataView.library(), DataView.library()) == ()
    assert comparison_remarks(DataView.library(), DataView.library()) == ()
    assert repr(DataView.library()) == "<DataView library>"


def test_what_is_neither_a_pack_nor_a_view_is_refused() -> None:
    wrong: object = "medicare-2027"
    with pytest.raises(InvalidInputError) as caught:
        pack_changes(DataView.library(), wrong)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "after must be a Pack or a DataView, got a string of 13 characters"
    )
    assert caught.value.field == "after"


@pytest.mark.parametrize(
    "files",
    [
        {"codes/own.toml": "code = 5\n"},
        {"codes/own.toml": "[[code]]\nlabel = 'no code'\n"},
        {"fees/gpci.csv": "effective_from,mac\n2027-01-01,15202\n"},
        {
            "fees/gpci.csv": "effective_from,mac,locality,state,name,work_gpci,pe_gpci,mp_gpci\nx,1,,,,,,\n"
        },
        {"parameters/medicare/coinsurance.toml": "value = 'x'\n"},
    ],
)
def test_a_table_of_another_form_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    pack = small_pack(tmp_path, files)
    with pytest.raises(FileFormatError) as caught:
        pack_changes(DataView.library(), pack)
    assert str(caught.value) == (
        f"{tmp_path}: a data file does not have the right form; `therapy-billing data verify` lists every fault"
    )


def test_what_is_no_toml_is_refused_with_its_line(tmp_path: Path) -> None:
    pack = small_pack(tmp_path, {"codes/own.toml": "[[code]]\ncode =\n"})
    with pytest.raises(FileFormatError, match=r"own\.toml, line 2: not valid TOML"):
        pack_changes(DataView.library(), pack)
