"""Test the proof that removes two years from the data and rebuilds them: it passes, and it finds planted differences."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rebuild_years
from rebuild.cut import LAST, read_table, split, write_table
from rebuild.files import FEE_FILES, write_edit_files, write_fee_files, write_numbers
from rebuild_years import Difference, compare, main

from tests.paths import DATA

THROUGH = date(2026, 12, 31)


def change(path: Path, old: str, new: str) -> None:
    """Replace the only *old* in a file with *new*."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_two_rebuilt_years_have_the_answers_of_the_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["--days", "200", "--localities", "5"])
    said = capsys.readouterr().out
    assert (status, said.splitlines()[-1]) == (0, "Nothing differs."), said
    assert re.search(
        r"\d\d,\d{3} look-ups for days from 2025-01-01 through 2026-12-31, 0 answered", said
    )
    assert re.search(r"\nAmounts: \d\d,\d{3} compared, .*; 0 differences\n", said)
    assert "\nMissing releases: 272 days of RVU25B, RVU26A, RVU26B, 0 not refused by name\n" in said
    assert re.search(
        r"\nDays: 200 days, \d\d payers and methods, .*; 0 days with differences\n", said
    )
    assert "No amount in either" not in said


def test_planted_differences_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_fee_files(DATA, tmp_path)
    change(tmp_path / "GPCI2026.csv", "1.110,1.442,0.397", "1.110,1.443,0.397")

    def with_another_limit(data: Path, folder: Path) -> Any:  # noqa: ANN401
        written = write_edit_files(data, folder)
        change(
            folder / "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", "97110,6,3 ", "97110,1,3 "
        )
        return written

    monkeypatch.setattr(rebuild_years, "write_edit_files", with_another_limit)
    monkeypatch.setattr(rebuild_years, "_MOST_SHOWN", 10_000)
    monkeypatch.setattr(rebuild_years, "_QUARTERS", (date(2026, 7, 1),))
    assert main(["--cms", str(tmp_path), "--days", "60", "--localities", "3"]) == 1
    said = capsys.readouterr().out
    found = [line for line in said.splitlines() if line.startswith("DIFFERENT ")]
    of_amounts = [line for line in found if line.startswith("DIFFERENT 2026-")]
    # In and outside a facility, and for both groups of clinicians.
    assert len({line.partition(", amounts")[0] for line in of_amounts}) == 4
    assert all(", 01112-09, " in line for line in of_amounts)
    limit = "97110, practitioner on 2026-07-01, facts, limit, units: 6 in the library, 1 rebuilt"
    assert f"DIFFERENT {limit}" in found
    assert any(line.startswith("DIFFERENT day ") and "findings" in line for line in found)
    assert said.splitlines()[-1] == f"Differences: {len(found):,}"


def test_a_missing_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cms", str(tmp_path)]) == 2
    assert FEE_FILES["RVU25A"] in capsys.readouterr().err


class TestCompare:
    def test_each_place_that_differs_is_named(self) -> None:
        library = {"lines": [{"units": 1}, {"units": 2}], "total": 3, "tied": True}
        rebuilt = {"lines": [{"units": 1}, {"units": 3}], "tied": True}
        assert [str(each) for each in compare(library, rebuilt, "day 1")] == [
            "day 1, lines[1], units: 2 in the library, 3 rebuilt",
            "day 1, total: 3 in the library, null rebuilt",
        ]

    def test_a_reason_from_the_file_is_not_a_difference_but_an_amount_is(self) -> None:
        reason = "no price for S8948 in Medicare Ohio, RVU25A: the code is not in the schedule"
        of_file = "no price for S8948 in Medicare Ohio, RVU25A: Medicare does not accept the code"
        assert Difference("a day", reason, of_file).only_in_file == "S8948"
        assert not Difference("a day", of_file, reason).only_in_file
        assert not Difference("a day", reason, of_file.replace("S8948", "97110")).only_in_file
        assert not Difference("a day", reason, "12.34").only_in_file
        assert not Difference("a day", "12.34", reason).only_in_file


class TestCut:
    def test_rows_that_begin_later_are_cut_and_later_ends_are_not_known(self) -> None:
        table = {
            "known_through": date(2026, 12, 31),
            "code": [
                {"code": "98975", "from": date(2022, 1, 1), "through": date(2025, 12, 31)},
                {"code": "98975", "from": date(2026, 1, 1)},
                {"code": "98976", "from": date(2024, 12, 31), "through": date(2024, 12, 31)},
                {"code": "98979", "validity": {"from": date(2025, 1, 1)}},
            ],
        }
        earlier, later = split(table)
        assert earlier == {
            "known_through": LAST,
            "code": [{"code": "98975", "from": date(2022, 1, 1)}, table["code"][2]],  # type: ignore[index]
        }
        assert later.rows == {"code": [table["code"][number] for number in (0, 1, 3)]}  # type: ignore[index]
        assert later.ended == (table["code"][0],)  # type: ignore[index]

    def test_a_series_that_begins_later_has_no_value_that_applies(self) -> None:
        earlier, _ = split(
            read_table(DATA / "parameters/medicare/conversion_factors_qualifying_apm.toml")
        )
        (value,) = earlier["value"]
        assert value["from"] > earlier["known_through"] == date(2025, 12, 31)

    def test_a_list_without_dates_stays(self) -> None:
        earlier, later = split(read_table(DATA / "edits/releases.toml"))
        assert "ptp-undated" in {row["kind"] for row in earlier["file"]}
        assert "ptp-undated" not in {row["kind"] for row in later.rows["file"]}

    def test_a_table_reads_back_as_it_was_written(self, tmp_path: Path) -> None:
        path = tmp_path / "folder" / "table.toml"
        table = {"amount": Decimal("2410.00"), "value": [{"from": date(2025, 1, 1)}]}
        write_table(path, table)
        assert read_table(path) == table
        with pytest.raises(ValueError, match="does not read back"):
            write_table(path, {"value": ()})


def test_the_form_has_every_number_of_the_two_years_and_no_conversion_factor(
    tmp_path: Path,
) -> None:
    path = tmp_path / "numbers.toml"
    count = write_numbers(DATA, path, THROUGH, [])
    numbers = read_table(path)["number"]
    assert len(numbers) == count
    rows = {(row["series"], row["from"]): row["amount"] for row in numbers}
    assert rows["kx_threshold", date(2025, 1, 1)] == Decimal("2410.00")
    assert rows["kx_threshold", date(2026, 1, 1)] == Decimal("2480.00")
    assert ("conversion_factors_qualifying_apm", date(2026, 1, 1)) in rows
    assert not any(series == "conversion_factors" for series, _ in rows)
