"""The localities of a pack: indices and ZIP codes."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.cms_files import published
from tests.unit.packs.cms_downloads import LAST, counties, gpci, indices_of, of_kind, zip5
from therapy_billing.base.errors import FileFormatError
from therapy_billing.fees.bundled_tables import load_gpcis
from therapy_billing.law.timeline import Timeline
from therapy_billing.packs import localities
from therapy_billing.packs.localities import (
    LocalityIndices,
    find_indices,
    find_zip_codes,
    indices_on,
    indices_tables,
    zip_tables,
)

OHIO, WYOMING = ("15202", "00"), ("03602", "21")
CHANGED = {OHIO: ("1.000", "0.950", "0.900")}


def found(
    *paths: Path,
    counties: tuple[Path, ...] = (),
    gpci_from: date | None = None,
    through: date = LAST,
) -> tuple[tuple[LocalityIndices, ...], list[str]]:
    faults: list[FileFormatError] = []
    new = find_indices(
        of_kind("gpci", *paths),
        of_kind("counties", *counties) if counties else (),
        gpci_from=gpci_from,
        through=through,
        faults=faults,
    )
    return new, list(map(str, faults))


def test_a_new_year_has_every_locality_from_january_1(tmp_path: Path) -> None:
    (new,), faults = found(gpci(tmp_path, changed=CHANGED))
    assert faults == []
    assert new.effective_from == date(2027, 1, 1)
    assert len(new.added) == 109
    assert new.added[OHIO].practice_expense == Decimal("0.950")
    tables = indices_tables([new], LAST)
    assert tomllib.loads(tables["fees/gpci_releases.toml"]) == {
        "known_through": LAST,
        "release": [{"from": date(2027, 1, 1), "source": "Medicare GPCI, GPCI2027.csv"}],
    }
    rows = tables["fees/gpci.csv"].splitlines()
    assert rows[0] == "effective_from,mac,locality,state,name,work_gpci,pe_gpci,mp_gpci"
    assert "2027-01-01,15202,00,OH,OHIO,1.000,0.950,0.900" in rows
    assert indices_tables([], LAST) == {}


def test_the_states_of_a_file_without_states_come_from_the_year_before(tmp_path: Path) -> None:
    (new,), faults = found(gpci(tmp_path, states=False))
    assert faults == []
    assert new.added[OHIO].state == "OH"
    path = gpci(tmp_path, states=False)
    path.write_text(path.read_text() + "99999,,99,NOWHERE,1,1,1\n")
    _, faults = found(path)
    assert faults == [
        "GPCI2027.csv: the file has no state for locality 99999-99, and the data lacks it; use a file with states"
    ]


def test_a_missing_locality_is_refused_by_name(tmp_path: Path) -> None:
    missing = gpci(tmp_path, without=[OHIO])
    _, faults = found(missing)
    assert faults == [
        (
            "GPCI2027.csv: locality 15202-00 (Ohio OH) of 2026 is missing, and no county file shows that it has ended; add the "
            "county file of 2027 (LOCCO), or use another GPCI file"
        )
    ]
    _, faults = found(missing, counties=(counties(tmp_path),))
    assert faults == [
        (
            "GPCI2027.csv: locality 15202-00 (Ohio OH) of 2026 is missing, and the county file lists it; add the county file of "
            "2027 (LOCCO), or use another GPCI file"
        )
    ]
    # A county file of another year shows nothing.
    _, faults = found(missing, counties=(counties(tmp_path, year=2026, without=[OHIO]),))
    assert len(faults) == 1


def test_a_locality_has_ended_if_the_county_file_lacks_it_too(tmp_path: Path) -> None:
    for name in ("27LOCCO.csv", "counties.csv"):
        county_file = counties(tmp_path, without=[OHIO], name=name)
        (new,), faults = found(gpci(tmp_path, without=[OHIO]), counties=(county_file,))
        assert (new.ended, faults) == (("15202-00",), [])
        table = tomllib.loads(indices_tables([new], LAST)["fees/gpci_releases.toml"])
        assert table["release"][0]["ended"] == ["15202-00"]


def test_half_a_gpci_file_is_refused(tmp_path: Path) -> None:
    _, faults = found(gpci(tmp_path, only=60))
    assert len(faults) == 1
    assert faults[0].startswith("GPCI2027.csv: half a download: the file ends with ")
    assert faults[0].endswith(
        ", and 49 localities of 2026 are missing, such as those of WY; download it again"
    )


def test_two_different_gpci_files_of_a_year_are_refused(tmp_path: Path) -> None:
    new, faults = found(gpci(tmp_path), gpci(tmp_path, name="b.csv", changed=CHANGED))
    assert len(new) == 1
    assert faults == [
        (
            "b.csv: two releases of one date: this file and GPCI2027.csv are both for 2027-01-01, but their indices differ; use "
            "one of them"
        )
    ]
    _, faults = found(gpci(tmp_path), gpci(tmp_path, name="b.csv", without=[OHIO]))
    assert "two releases of one date" in faults[0]


def test_a_file_with_the_indices_of_the_data_adds_nothing(tmp_path: Path) -> None:
    assert found(gpci(tmp_path, year=2026), through=date(2026, 12, 31)) == ((), [])


def test_changes_within_a_year_need_their_first_day(tmp_path: Path) -> None:
    path = gpci(tmp_path, year=2026, changed=CHANGED)
    for day in (None, date(2027, 4, 1)):
        new, faults = found(path, gpci_from=day, through=date(2026, 12, 31))
        assert new == ()
        assert faults == [
            (
                "GPCI2026.csv: the indices of 15202-00 differ from the data for 2026: give the first day of the change as gpci_from "
                "in the form with the numbers"
            )
        ]
    (new_indices,), faults = found(path, gpci_from=date(2026, 10, 1), through=date(2026, 12, 31))
    assert faults == []
    assert list(new_indices.added) == [OHIO]
    assert len(new_indices.whole) == 109
    assert indices_on([new_indices], date(2026, 12, 31)) == new_indices.whole
    assert indices_on([new_indices], date(2026, 9, 30)) == indices_of()


def test_a_file_of_a_year_in_the_data_must_have_every_locality(tmp_path: Path) -> None:
    new, faults = found(gpci(tmp_path, year=2026, without=[OHIO]), through=date(2026, 12, 31))
    assert new == ()
    assert faults == [
        "GPCI2026.csv: the file lacks 15202-00, which the data has for 2026; use the whole file"
    ]


def test_equal_indices_go_on_after_the_last_day_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = load_gpcis()
    half = Timeline(known.subject, known.entries, date(2026, 6, 30))
    monkeypatch.setattr(localities, "load_gpcis", lambda: half)
    (new,), faults = found(gpci(tmp_path, year=2026), through=date(2026, 12, 31))
    assert (new.effective_from, len(new.added), faults) == (date(2026, 7, 1), 109, [])


def test_an_index_that_cannot_be_right_is_refused(tmp_path: Path) -> None:
    changed = {OHIO: ("0.1", "0.913", "3.1")}
    assert found(gpci(tmp_path, changed=changed))[1] == [
        "GPCI2027.csv: locality 15202-00 has an index of 0.100; a number from 0.2 to 3 belongs there",
        "GPCI2027.csv: locality 15202-00 has an index of 3.100; a number from 0.2 to 3 belongs there",
    ]


def test_there_are_no_indices_before_the_first_file() -> None:
    assert indices_on((), date(2018, 1, 1)) is None


def test_cms_files_give_the_indices_of_the_library() -> None:
    assert found(
        published("GPCI2025.csv"), published("GPCI2026.csv"), through=date(2026, 12, 31)
    ) == ((), [])


def test_zip_codes_have_the_quarter_of_their_file(tmp_path: Path) -> None:
    faults: list[FileFormatError] = []
    later = zip5(tmp_path, quarter="20272", name="b.txt")
    new = find_zip_codes(of_kind("zip5", later, zip5(tmp_path)), faults)
    assert faults == []
    tables = zip_tables(new, LAST)
    assert tomllib.loads(tables["fees/zip5_releases.toml"])["release"] == [
        {
            "name": "ZIP5 2027 Q1",
            "from": date(2027, 1, 1),
            "source": "Medicare ZIP5, ZIP5_JAN2027.txt",
        },
        {"name": "ZIP5 2027 Q2", "from": date(2027, 4, 1), "source": "Medicare ZIP5, b.txt"},
    ]
    assert tables["fees/zip5.csv"].splitlines()[:3] == [
        "effective_from,zip,state,mac,locality,plus_four",
        "2027-01-01,07001,NJ,12402,01,1",
        "2027-01-01,43215,OH,15202,00,0",
    ]
    assert zip_tables((), LAST) == {}


def test_zip_codes_of_one_quarter_must_be_equal(tmp_path: Path) -> None:
    faults: list[FileFormatError] = []
    other = zip5(tmp_path, name="b.txt", areas=["OH432151520201"])
    find_zip_codes(of_kind("zip5", zip5(tmp_path), other), faults)
    assert [fault.reason for fault in faults] == [
        (
            "two releases of one date: this file and ZIP5_JAN2027.txt are both for 2027-01-01, but their areas differ; use one "
            "of them"
        ),
    ]
