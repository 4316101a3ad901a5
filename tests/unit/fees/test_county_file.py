from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cms_files import faults, published, workbook, written
from therapy_billing.base.errors import FileFormatError
from therapy_billing.fees.county_file import read_locality_counties
from therapy_billing.fees.records import CountyLocality

HEAD = [
    "COUNTIES INCLUDED IN 2023 LOCALITIES,,,,",
    ",,,,",
    "Medicare Adminstrative Contractor,Locality Number,State ,Fee Schedule Area ,Counties",
]
ROWS = [
    "2102,1,ALASKA ,STATEWIDE ,ALL COUNTIES ",
    ",,,,",
    "5302,2,MISSOURI ,METROPOLITAN KANSAS CITY,CLAY",
    " , , , , ",
    '5302,1, ,METROPOLITAN ST. LOUIS,"JEFFERSON,\r\nST. CHARLES"',
    "5302,99,,REST OF STATE* ,ALL OTHER COUNTIES ",
    "5302,99,,REST OF STATE*,ALL OTHER COUNTIES",
]
NOTE = "*  Payment locality is serviced by two carriers.,,,,"


def test_the_state_applies_until_the_next_one_and_zeros_are_restored(tmp_path: Path) -> None:
    path = written(tmp_path, "23LOCCO.csv", [*HEAD, *ROWS, NOTE], "\r\n")
    assert read_locality_counties(path) == (
        CountyLocality("02102", "01", "ALASKA", "STATEWIDE", "ALL COUNTIES"),
        CountyLocality("05302", "02", "MISSOURI", "METROPOLITAN KANSAS CITY", "CLAY"),
        CountyLocality(
            "05302", "01", "MISSOURI", "METROPOLITAN ST. LOUIS", "JEFFERSON, ST. CHARLES"
        ),
        CountyLocality("05302", "99", "MISSOURI", "REST OF STATE", "ALL OTHER COUNTIES"),
    )


def test_a_workbook_is_read_the_same_way(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [*HEAD[2].split(",")],
        [2102, 1, "ALASKA ", "STATEWIDE", "ALL COUNTIES"],
    ]
    assert read_locality_counties(workbook(tmp_path, "a.xlsx", rows)) == (
        CountyLocality("02102", "01", "ALASKA", "STATEWIDE", "ALL COUNTIES"),
    )


def test_all_bad_rows_are_reported(tmp_path: Path) -> None:
    rows = [
        "2102,1,,STATEWIDE,ALL COUNTIES",
        "2102,1,ALASKA,,ALL COUNTIES",
        "2102,1,ALASKA,STATEWIDE, ",
        "21O2,1,ALASKA,STATEWIDE,ALL COUNTIES",
        "2102,001,ALASKA,STATEWIDE,ALL COUNTIES",
        "2102,1,ALASKA",
        "2102,1,ALASKA,STATEWIDE,ALL COUNTIES",
        "2102,1,ALASKA,STATEWIDE,SOME COUNTIES",
    ]
    reported = faults(lambda: read_locality_counties(written(tmp_path, "a.csv", [*HEAD, *rows])))
    assert reported == [
        "line 4, column state: must not be empty: no earlier row has a state",
        "line 5, column area: must not be empty",
        "line 6, column counties: must not be empty",
        "line 7, column mac: mac must be a number of up to 5 digits such as '15202', got '21O2'",
        "line 8, column locality: locality must be a number of up to 2 digits such as '00', got '001'",
        "line 9: 3 cells, expected 5",
        "line 11, column locality: 02102-01 appears twice with different text",
    ]


def test_a_cut_file_is_an_error_or_a_prefix_of_right_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", [*HEAD, *ROWS, NOTE], "\r\n")
    whole, right = path.read_bytes(), read_locality_counties(path)
    prefixes = set()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            localities = read_locality_counties(path)
        except (FileFormatError, ExceptionGroup):
            continue
        prefixes.add(len(localities))
        assert localities == right[: len(localities)]
    assert prefixes == {1, 2, 3, 4}


def fixed(mac: str, locality: str, state: str, area: str, counties: str) -> str:
    return f"    {mac:<12}{locality:<6}{state:<23}{area:<98}{counties}".rstrip()[:201].rstrip()


FIXED_HEAD = [
    "COUNTIES INCLUDED IN 2023 LOCALITIES. (ALPHABETICALLY BY STATE AND LOCALITY NAME)",
    "",
    f"Medicare AdmiLocality{'':9}State{'':50}Fee Schedule Area{'':66}Counties",
    "",
]
ARKANSAS = fixed("07102", "13", "ARKANSAS", "STATEWIDE", "ALL COUNTIES")
# As in CMS's text file, no row has the state.
CALIFORNIA = [
    fixed("01182", "18", "", "LOS ANGELES (LOS ANGELES CNTY)", "LOS ANGELES, ORANGE, KERN, NAPA"),
    fixed("1112", "75", "", "REST OF STATE*", "ALL OTHER COUNTIES"),
]


def test_fixed_width_is_read_the_same_way(tmp_path: Path) -> None:
    rows = [
        fixed("2102", "1", "ALASKA", "STATEWIDE", "ALL COUNTIES"),
        "",
        fixed("5302", "2", "MISSOURI", "METROPOLITAN KANSAS CITY", "CLAY"),
        "",
        fixed("5302", "1", "", "METROPOLITAN ST. LOUIS", "JEFFERSON, ST. CHARLES"),
        fixed("5302", "99", "", "REST OF STATE*", "ALL OTHER COUNTIES"),
        fixed("5302", "99", "", "REST OF STATE*", "ALL OTHER COUNTIES"),
        "",
        "*  Payment locality is serviced by two carriers.",
        "\x1a",
    ]
    path = written(tmp_path, "23LOCCO.TXT", [*FIXED_HEAD, *rows], "\r\n")
    csv = written(tmp_path, "23LOCCO.csv", [*HEAD, *ROWS, NOTE])
    assert read_locality_counties(path) == read_locality_counties(csv)


def test_the_state_of_another_row_is_not_given_to_california(tmp_path: Path) -> None:
    path = written(tmp_path, "23LOCCO.txt", [*FIXED_HEAD, ARKANSAS, "", *CALIFORNIA])
    assert [locality.state for locality in read_locality_counties(path)] == [
        "ARKANSAS",
        "CALIFORNIA",
        "CALIFORNIA",
    ]
    path = written(tmp_path, "23LOCCO.txt", [*FIXED_HEAD, *CALIFORNIA])
    assert {locality.state for locality in read_locality_counties(path)} == {"CALIFORNIA"}


def test_a_missing_state_is_an_error_after_a_row_of_another_state(
    tmp_path: Path,
) -> None:
    rows = [ARKANSAS, fixed("15202", "00", "", "STATEWIDE", "ALL COUNTIES")]
    for name, lines in (
        ("a.txt", [*FIXED_HEAD, *rows]),
        ("a.csv", [*HEAD, "7102,13,ARKANSAS,STATEWIDE,ALL", "15202,0,,STATEWIDE,ALL"]),
    ):
        path = written(tmp_path, name, lines)
        (fault,) = faults(lambda: read_locality_counties(path))  # noqa: B023 - called at once
        assert fault.endswith("column state: must not be empty: no earlier row has a state")


def test_a_locality_that_is_not_known_keeps_the_state_of_the_row_before(tmp_path: Path) -> None:
    rows = ["99101,01,OHIO,NORTH,ALL", "99101,02,,SOUTH,ALL", "99102,03,,EAST,ALL"]
    localities = read_locality_counties(written(tmp_path, "a.csv", [*HEAD, *rows]))
    assert [locality.state for locality in localities] == ["OHIO"] * 3


@pytest.mark.parametrize(("length", "cut"), [(56, False), (57, True), (58, True)])
def test_fixed_width_marks_counties_that_may_be_cut(
    tmp_path: Path,
    length: int,
    cut: bool,  # noqa: FBT001
) -> None:
    row = fixed("07102", "13", "ARKANSAS", "STATEWIDE", "X" * length)
    (locality,) = read_locality_counties(written(tmp_path, "a.txt", [*FIXED_HEAD, row]))
    assert (len(locality.counties), locality.counties_cut) == (length, cut)
    row = f"7102,13,ARKANSAS,STATEWIDE,{'X' * length}"
    (locality,) = read_locality_counties(written(tmp_path, "a.csv", [*HEAD, row]))
    assert not locality.counties_cut


def test_all_bad_rows_of_fixed_width_are_listed(tmp_path: Path) -> None:
    rows = [
        ARKANSAS,
        "    07102       14    ARKANSAS               STATEWIDE",
        "    07102       14                           STATEWIDE",
        fixed("07102", "13", "ARKANSAS", "STATEWIDE", "SOME COUNTIES"),
    ]
    found = faults(lambda: read_locality_counties(written(tmp_path, "a.txt", [*FIXED_HEAD, *rows])))
    layout = "expected contractor, locality, state (or spaces), fee schedule area, and counties"
    assert found == [
        f"line 6: {layout}",
        f"line 7: {layout}",
        "line 8, column locality: 07102-13 appears twice with different text",
    ]


def test_another_kind_of_file_and_fixed_width_without_captions_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="expected a file of counties by locality, found a"):
        read_locality_counties(written(tmp_path, "a.csv", ["ADDENDUM E (GPCIs),,,,"]))
    fixed = written(tmp_path, "25LOCCO.txt", [HEAD[0].rstrip(","), "     02102  01  ALASKA"])
    with pytest.raises(FileFormatError, match="its rows are missing; use the csv or xlsx"):
        read_locality_counties(fixed)


def test_the_file_of_cms_has_each_locality_once() -> None:
    localities = read_locality_counties(published("25LOCCO.csv"))
    assert (
        len({(locality.mac, locality.locality) for locality in localities})
        == len(localities)
        == 109
    )
    assert len({locality.state for locality in localities}) == 53


def test_the_text_of_cms_has_the_localities_of_the_csv_in_its_order() -> None:
    text = read_locality_counties(published("25LOCCO.txt"))
    csv = read_locality_counties(published("25LOCCO.csv"))
    assert [(p.mac, p.locality, p.state) for p in text] == [
        (p.mac, p.locality, p.state) for p in csv
    ]
    assert sum(locality.counties_cut for locality in text) == 9
    for cut, whole in zip(text, csv, strict=True):
        assert cut.counties_cut == (
            cut.counties != whole.counties and whole.counties.startswith(cut.counties)
        )
    assert read_locality_counties(published("rvu25d_tiny.zip")) == csv
