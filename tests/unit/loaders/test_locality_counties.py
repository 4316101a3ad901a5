from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.loaders.fixtures import faults, published, workbook, written
from therapy_billing.errors import FileFormatError
from therapy_billing.loaders.locality_counties import read_locality_counties
from therapy_billing.tables import CountyLocality

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


def test_the_state_holds_until_the_next_and_zeros_come_back(tmp_path: Path) -> None:
    path = written(tmp_path, "23LOCCO.csv", [*HEAD, *ROWS, NOTE], "\r\n")
    assert read_locality_counties(path) == (
        CountyLocality("02102", "01", "ALASKA", "STATEWIDE", "ALL COUNTIES"),
        CountyLocality("05302", "02", "MISSOURI", "METROPOLITAN KANSAS CITY", "CLAY"),
        CountyLocality(
            "05302", "01", "MISSOURI", "METROPOLITAN ST. LOUIS", "JEFFERSON, ST. CHARLES"
        ),
        CountyLocality("05302", "99", "MISSOURI", "REST OF STATE", "ALL OTHER COUNTIES"),
    )


def test_a_workbook_is_read_alike(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [*HEAD[2].split(",")],
        [2102, 1, "ALASKA ", "STATEWIDE", "ALL COUNTIES"],
    ]
    assert read_locality_counties(workbook(tmp_path, "a.xlsx", rows)) == (
        CountyLocality("02102", "01", "ALASKA", "STATEWIDE", "ALL COUNTIES"),
    )


def test_all_bad_rows_are_told(tmp_path: Path) -> None:
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
    told = faults(lambda: read_locality_counties(written(tmp_path, "a.csv", [*HEAD, *rows])))
    assert told == [
        "line 4, column state: empty, and no row before names one",
        "line 5, column area: empty",
        "line 6, column counties: empty",
        "line 7, column mac: mac is a number of up to 5 digits such as '15202', not '21O2'",
        "line 8, column locality: locality is a number of up to 2 digits such as '00', not '001'",
        "line 9: 3 cells, expected 5",
        "line 11, column locality: 02102-01 stood before",
    ]


def test_a_cut_file_is_an_error_or_a_prefix_of_right_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", [*HEAD, *ROWS, NOTE], "\r\n")
    whole, right = path.read_bytes(), read_locality_counties(path)
    prefixes = set()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        try:
            places = read_locality_counties(path)
        except (FileFormatError, ExceptionGroup):
            continue
        prefixes.add(len(places))
        assert places == right[: len(places)]
    assert prefixes == {1, 2, 3, 4}


def test_another_kind_of_file_and_fixed_width_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="expected a file of counties by locality, found a"):
        read_locality_counties(written(tmp_path, "a.csv", ["ADDENDUM E (GPCIs),,,,"]))
    fixed = written(tmp_path, "25LOCCO.txt", [HEAD[0].rstrip(","), "     02102  01  ALASKA"])
    with pytest.raises(FileFormatError, match="without its rows; use the csv or xlsx"):
        read_locality_counties(fixed)


def test_the_file_of_cms_has_each_locality_once() -> None:
    places = read_locality_counties(published("25LOCCO.csv"))
    assert len({(place.mac, place.locality) for place in places}) == len(places) == 109
    assert len({place.state for place in places}) == 53
