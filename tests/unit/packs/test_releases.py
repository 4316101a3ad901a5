"""The releases of the relative value file in a pack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.unit.cms_files import published
from tests.unit.packs.cms_downloads import LAST, RVUS, of_kind, pprrvu
from therapy_billing.base.errors import FileFormatError
from therapy_billing.codes.code_book import load_codes
from therapy_billing.fees.bundled_tables import load_releases, published_rvus
from therapy_billing.packs import releases as releases_module
from therapy_billing.packs.releases import (
    FeeRelease,
    ReleaseSchedule,
    find_releases,
    is_cut_short,
    release_tables,
    schedule_of,
    unknown_codes,
)


def found(*paths: Path) -> tuple[tuple[FeeRelease, ...], list[str]]:
    faults: list[FileFormatError] = []
    releases = find_releases(of_kind("pprrvu", *paths), faults)
    return releases, list(map(str, faults))


def scheduled(
    releases: Sequence[FeeRelease], through: date = LAST
) -> tuple[ReleaseSchedule, list[str]]:
    faults: list[FileFormatError] = []
    schedule = schedule_of(releases, through, faults)
    return schedule, list(map(str, faults))


def release(name: str, day: date) -> FeeRelease:
    return FeeRelease(name, day, (f"{name}.csv",), {}, Decimal(33), None)


def spans(schedule: ReleaseSchedule) -> list[tuple[str, str]]:
    """Return each row of a schedule as its first day and what it is."""
    rows = [
        (
            str(row.get("applied", row["from"])),
            f"{row['name']}{' again' if 'applied' in row else ''}",
        )
        for row in schedule.releases
    ]
    rows += [(str(row["from"]), f"gap through {row['through']}") for row in schedule.gaps]
    return sorted(rows)


def test_a_release_has_therapy_codes_and_every_code_under_the_therapy_mppr(tmp_path: Path) -> None:
    rvus = {
        **{code: row for code, row in RVUS.items() if code < "98"},
        "97810": ("0.60", "0.50", "0.30", "0.04", "0"),
        "98765": ("0.60", "0.50", "0.30", "0.04", "5"),
        "99213": ("0.97", "1.00", "0.40", "0.08", "0"),
        **{code: row for code, row in RVUS.items() if code > "98"},
    }
    (new,), faults = found(pprrvu(tmp_path, rvus=rvus))
    assert faults == []
    assert new.rvus.keys() - published_rvus("RVU26C").keys() == {"98765"}
    (new,), _ = found(pprrvu(tmp_path, rvus=rvus, rest=False))
    assert (new.name, new.effective_from, new.factor) == (
        "RVU27A",
        date(2027, 1, 1),
        Decimal("33.0000"),
    )
    assert list(new.rvus) == ["92507", "97110", "97161", "97530", "97597", "98765", "G0283"]
    assert unknown_codes((new,)) == ("98765",)
    assert new.source == "Medicare PPRRVU, PPRRVU27_JAN.csv"


def test_the_two_files_of_a_date_are_told_apart_by_their_names(tmp_path: Path) -> None:
    qp = pprrvu(tmp_path, name="PPRRVU2027_Jan_QPP.csv", factor="33.5000")
    other = pprrvu(tmp_path, name="PPRRVU2027_Jan_nonQPP.csv")
    (new,), faults = found(qp, other)
    assert faults == []
    assert (new.factor, new.qualifying_factor) == (Decimal("33.0000"), Decimal("33.5000"))
    assert new.files == ("PPRRVU2027_Jan_nonQPP.csv", "PPRRVU2027_Jan_QPP.csv")
    (only,), faults = found(qp)
    assert (only.factor, only.qualifying_factor, faults) == (None, Decimal("33.5000"), [])


def test_the_two_files_of_a_date_may_differ_only_in_their_factor(tmp_path: Path) -> None:
    rvus = {**RVUS, "97110": ("0.46", "0.41", "0.40", "0.01", "5")}
    _, faults = found(
        pprrvu(tmp_path, name="PPRRVU2027_Jan_QPP.csv", rvus=rvus),
        pprrvu(tmp_path, name="PPRRVU2027_Jan_nonQPP.csv"),
    )
    assert faults == [
        (
            "PPRRVU2027_Jan_QPP.csv: two releases of one date: this file and PPRRVU2027_Jan_nonQPP.csv are both for "
            "2027-01-01, but they differ in more than CONV FACTOR; use one of them"
        )
    ]


def test_two_releases_of_one_date_are_refused_by_name(tmp_path: Path) -> None:
    rvus = {**RVUS, "97110": ("0.46", "0.41", "0.40", "0.01", "5")}
    _, faults = found(
        pprrvu(tmp_path),
        pprrvu(tmp_path, name="b.csv", rvus=rvus),
        pprrvu(tmp_path, name="c.csv", factor="33.5000"),
    )
    assert faults == [
        (
            "b.csv: two releases of one date: this file and PPRRVU27_JAN.csv are both for 2027-01-01, but their rows differ; "
            "use one of them"
        ),
        (
            "c.csv: two releases of one date: this file and PPRRVU27_JAN.csv are both for 2027-01-01, but their CONV FACTOR "
            "differs, and the names do not show which one is for qualifying APM participants (QPP); use one of them"
        ),
    ]


def test_equal_files_of_one_date_are_one_release(tmp_path: Path) -> None:
    path = pprrvu(tmp_path)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(path.read_bytes() + b"\n")
    releases, faults = found(path, copy)
    assert (len(releases), faults) == (1, [])


def test_half_a_download_is_refused(tmp_path: Path) -> None:
    half = {code: row for code, row in RVUS.items() if code < "97161"}
    last = max(published_rvus("RVU26C"), key=lambda code: (code[0].isalpha(), code))
    releases, faults = found(pprrvu(tmp_path, rvus=half, rest=False))
    assert releases == ()
    assert faults == [
        (
            f"PPRRVU27_JAN.csv: half a download: the file ends with 97110, before {last}, the last therapy code in RVU26C; "
            "download it again"
        )
    ]


def test_the_second_release_is_compared_with_the_first(tmp_path: Path) -> None:
    july = pprrvu(tmp_path, "July", rvus={"97110": RVUS["97110"]}, rest=False)
    _, faults = found(pprrvu(tmp_path), july)
    assert faults == [
        (
            "PPRRVU27_JUL.csv: half a download: the file ends with 97110, before G2252, the last therapy code in RVU27A; "
            "download it again"
        )
    ]


def test_a_file_without_whole_services_has_no_codes_to_compare(tmp_path: Path) -> None:
    path = pprrvu(tmp_path, year=2018, rvus={"97110": RVUS["97110"]}, rest=False)
    path.write_text(path.read_text().replace("97110,,,", "97110,26,,"))
    (new,), faults = found(path)
    assert (dict(new.rvus), faults) == ({}, [])
    path = pprrvu(tmp_path, rvus={"97110": RVUS["97110"]}, rest=False)
    path.write_text(path.read_text().replace("97110,,,", "97110,26,,"))
    assert "half a download, or codes that ended: " in found(path)[1][0]


def test_a_release_before_all_data_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    (new,), faults = found(pprrvu(tmp_path, year=2018, rvus={"97110": RVUS["97110"]}))
    assert (new.name, faults) == ("RVU18A", [])


@pytest.mark.parametrize(
    ("codes", "expected", "last"),
    [
        (["97010", "97110"], ["97110"], ""),
        (["97010", "97110"], ["97111"], "97111"),
        (["97010", "97110"], ["G0283"], "G0283"),
        (["97010", "V5364"], ["G0283"], ""),
        (["A0021", "97110"], ["97110", "G0283"], ""),
        (["A0021", "97110"], ["97111", "G0283"], "97111"),
        (["A0021", "G0282"], ["G0283"], "G0283"),
        (["97110"], [], ""),
    ],
)
def test_a_file_is_cut_short_in_its_own_order(
    codes: list[str], expected: list[str], last: str
) -> None:
    assert is_cut_short(codes, expected) == last


def test_quarters_between_two_releases_are_gaps_and_later_quarters_stand_ins() -> None:
    schedule, faults = scheduled(
        [release("RVU27A", date(2027, 1, 1)), release("RVU27C", date(2027, 7, 1))]
    )
    assert faults == []
    assert spans(schedule) == [
        ("2027-01-01", "RVU27A"),
        ("2027-04-01", "gap through 2027-06-30"),
        ("2027-07-01", "RVU27C"),
        ("2027-10-01", "RVU27C again"),
    ]
    assert schedule.gaps[0]["reason"] == "the April 2027 release (RVU27B) is not in the data"
    assert schedule.stand_ins == (
        (
            date(2027, 10, 1),
            "October to December 2027 is priced with the July 2027 file; the October file is not in the data",
        ),
    )


def test_a_year_begins_with_a_gap_if_its_first_release_is_later() -> None:
    schedule, faults = scheduled([release("RVU27C", date(2027, 7, 1))], date(2027, 9, 30))
    assert faults == []
    assert spans(schedule) == [
        ("2027-01-01", "gap through 2027-03-31"),
        ("2027-04-01", "gap through 2027-06-30"),
        ("2027-07-01", "RVU27C"),
    ]


def test_every_quarter_without_a_release_before_the_last_one_is_a_gap() -> None:
    schedule, faults = scheduled(
        [release("RVU27A", date(2027, 1, 1)), release("RVU28AR", date(2028, 3, 9))],
        date(2028, 3, 31),
    )
    assert faults == []
    assert spans(schedule) == [
        ("2027-01-01", "RVU27A"),
        ("2027-04-01", "gap through 2027-06-30"),
        ("2027-07-01", "gap through 2027-09-30"),
        ("2027-10-01", "gap through 2027-12-31"),
        ("2028-01-01", "gap through 2028-03-08"),
        ("2028-03-09", "RVU28AR"),
    ]


def test_a_reissued_release_goes_on_without_a_gap() -> None:
    schedule, _ = scheduled(
        [release("RVU27A", date(2027, 1, 1)), release("RVU27AR", date(2027, 3, 9))],
        date(2027, 3, 31),
    )
    assert spans(schedule) == [("2027-01-01", "RVU27A"), ("2027-03-09", "RVU27AR")]


def test_a_release_within_the_data_opens_no_gap_and_goes_on_until_the_next_one() -> None:
    schedule, _ = scheduled([release("RVU26A", date(2026, 1, 1))], date(2026, 12, 31))
    assert spans(schedule) == [("2026-01-01", "RVU26A"), ("2026-04-01", "RVU26A again")]
    schedule, _ = scheduled([release("RVU26D", date(2026, 10, 1))], date(2026, 12, 31))
    assert spans(schedule) == [("2026-10-01", "RVU26D")]


@pytest.mark.parametrize(
    ("name", "day", "keys"),
    [
        # The data has a stand-in or nothing for these days.
        ("RVU26A", date(2026, 1, 1), []),
        ("RVU26D", date(2026, 10, 1), []),
        ("RVU27A", date(2027, 1, 1), []),
        ("RVU18A", date(2018, 1, 1), []),
        # It has another release.
        ("RVU25CR", date(2025, 8, 15), ["2025-08-15"]),
    ],
)
def test_a_release_that_changes_days_of_another_one_is_a_correction(
    name: str, day: date, keys: list[str]
) -> None:
    schedule, _ = scheduled([release(name, day)], date(day.year, 12, 31))
    assert [each.key for each in schedule.corrections] == keys


def test_a_release_that_fills_a_gap_is_no_correction(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {
        "known_through": date(2027, 12, 31),
        "release": [
            {"name": "RVU27A", "from": date(2027, 1, 1)},
            {"name": "RVU27C", "from": date(2027, 7, 1)},
        ],
        "gap": [{"from": date(2027, 4, 1), "through": date(2027, 6, 30), "reason": "x"}],
    }
    monkeypatch.setattr(releases_module, "read_toml", lambda _: table)
    schedule, _ = scheduled([release("RVU27B", date(2027, 4, 1))])
    assert (spans(schedule), schedule.corrections) == ([("2027-04-01", "RVU27B")], ())


def test_a_release_applies_only_in_its_year() -> None:
    _, faults = scheduled([release("RVU26D", date(2026, 10, 1))])
    assert faults == [
        (
            "RVU26D.csv: RVU26D applies only in 2026, and the pack goes through 2027-12-31; add the PPRRVU file of 2027, or end it "
            "on 2026-12-31"
        )
    ]


def test_a_file_without_codes_that_are_in_force_is_refused_by_name(tmp_path: Path) -> None:
    path = pprrvu(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if line[:5] not in ("97110", "97530")) + "\n")
    (new,), faults = found(path)
    assert "97110" not in new.rvus
    assert faults == [
        (
            "PPRRVU27_JAN.csv: half a download, or codes that ended: no 97110, 97530 of RVU26C; download it again, or first use a "
            "pack with their last days"
        )
    ]


@pytest.mark.parametrize(("last", "count"), [("2026-12-31", 0), ("2027-01-01", 1)])
def test_a_code_that_ended_in_the_code_book_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, count: int
) -> None:
    path = pprrvu(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("97110")) + "\n")
    book = dict(load_codes())
    book["97110"] = attrs.evolve(book["97110"], effective_through=date.fromisoformat(last))
    monkeypatch.setattr(releases_module, "load_codes", lambda: book)
    assert len(found(path)[1]) == count


def test_a_code_that_the_code_book_lacks_may_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pprrvu(tmp_path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("97110")) + "\n")
    book = {code: facts for code, facts in load_codes().items() if code != "97110"}
    monkeypatch.setattr(releases_module, "load_codes", lambda: book)
    assert found(path)[1] == []


@pytest.mark.parametrize("factor", ["9.9999", "100.0001"])
def test_a_conversion_factor_that_cannot_be_right_is_refused(tmp_path: Path, factor: str) -> None:
    assert found(pprrvu(tmp_path, factor=factor))[1] == [
        f"PPRRVU27_JAN.csv, column CONV FACTOR: CONV FACTOR is {factor}; a factor from 10 to 100 belongs there"
    ]


def test_a_relative_value_that_cannot_be_right_is_refused(tmp_path: Path) -> None:
    rvus = {"97110": ("0.45", "1000.01", "0.40", "0.01", "5")}
    assert found(pprrvu(tmp_path, rvus=rvus))[1] == [
        "PPRRVU27_JAN.csv: 97110 has a relative value of 1000.01; at most 1000 belongs there"
    ]


def data_of(*releases: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a releases.toml of 2027, through its last day."""
    return {"known_through": LAST, "release": releases, **more}


JANUARY = {"name": "RVU27A", "from": date(2027, 1, 1)}
STAND_INS = tuple({**JANUARY, "applied": date(2027, month, 1)} for month in (4, 7, 10))


class TestStandInsOfTheData:
    """A pack never leaves a day with an older release than the newest one in use."""

    def spans(
        self,
        monkeypatch: pytest.MonkeyPatch,
        releases: Sequence[FeeRelease],
        through: date,
        table: dict[str, Any],
    ) -> list[tuple[str, str]]:
        monkeypatch.setattr(releases_module, "read_toml", lambda _: table)
        schedule, faults = scheduled(releases, through)
        assert faults == []
        return spans(schedule)

    def test_quarters_after_the_pack_get_the_newest_release(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        april = [release("RVU27B", date(2027, 4, 1))]
        table = data_of(JANUARY, *STAND_INS)
        assert self.spans(monkeypatch, april, date(2027, 6, 30), table) == [
            ("2027-04-01", "RVU27B"),
            ("2027-07-01", "RVU27B again"),
            ("2027-10-01", "RVU27B again"),
        ]

    def test_a_quarter_between_two_new_releases_gets_the_newest_release(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        new = [release("RVU27B", date(2027, 4, 1)), release("RVU27D", date(2027, 10, 1))]
        assert self.spans(monkeypatch, new, LAST, data_of(JANUARY, *STAND_INS)) == [
            ("2027-04-01", "RVU27B"),
            ("2027-07-01", "RVU27B again"),
            ("2027-10-01", "RVU27D"),
        ]

    def test_a_gap_after_the_pack_stays_a_gap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        april = [release("RVU27B", date(2027, 4, 1))]
        gap = {"from": date(2027, 7, 1), "through": date(2027, 9, 30), "reason": "x"}
        october = {"name": "RVU27D", "from": date(2027, 10, 1)}
        table = data_of(JANUARY, STAND_INS[0], october, gap=[gap])
        assert self.spans(monkeypatch, april, date(2027, 6, 30), table) == [
            ("2027-04-01", "RVU27B")
        ]

    def test_a_stand_in_of_the_same_release_is_left_alone(self) -> None:
        # The library has October to December 2026 as a stand-in of this release.
        july = release("RVU26C", date(2026, 7, 1))
        schedule, faults = scheduled([july], date(2026, 12, 31))
        assert (schedule, faults) == (ReleaseSchedule(), [])


def test_more_days_of_a_stand_in_move_only_the_last_day(monkeypatch: pytest.MonkeyPatch) -> None:
    table = data_of(JANUARY, *STAND_INS) | {"known_through": date(2027, 11, 30)}
    monkeypatch.setattr(releases_module, "read_toml", lambda _: table)
    january = release("RVU27A", date(2027, 1, 1))
    tables = release_tables([january], scheduled([january])[0], LAST, [])
    assert tables == {"fees/releases.toml": "known_through = 2027-12-31\n"}


def test_no_release_makes_no_schedule() -> None:
    assert scheduled([]) == (ReleaseSchedule(), [])
    assert release_tables([], ReleaseSchedule(), LAST, []) == {}


def test_the_data_s_own_release_adds_nothing() -> None:
    name, day = "RVU26C", date(2026, 7, 1)
    same = attrs.evolve(release(name, day), rvus=published_rvus(name))
    schedule, _ = scheduled([same], date(2026, 9, 30))
    faults: list[FileFormatError] = []
    assert release_tables([same], schedule, date(2026, 9, 30), faults) == {}
    assert faults == []
    changed = attrs.evolve(published_rvus(name)["97110"], work=Decimal("0.46"))
    other = attrs.evolve(release(name, day), rvus={"97110": changed})
    release_tables([other], ReleaseSchedule(), date(2026, 9, 30), faults)
    assert list(map(str, faults)) == [
        "RVU26C.csv: two releases of one date: the data has RVU26C with other values for 97110"
    ]


def test_the_table_of_releases_never_ends_before_the_data() -> None:
    schedule, _ = scheduled([release("RVU26D", date(2026, 10, 1))], date(2026, 10, 31))
    tables = release_tables(
        [release("RVU26D", date(2026, 10, 1))], schedule, date(2026, 10, 31), []
    )
    assert tables == {
        "fees/releases.toml": 'known_through = 2026-12-31\n\n[[release]]\nname = "RVU26D"\nfrom = 2026-10-01\n'
        'source = "Medicare PPRRVU, RVU26D.csv"\n'
    }


@pytest.mark.parametrize(
    "name",
    ["PPRRVU25_JAN.csv", "PPRRVU2025_Jul.csv", "PPRRVU2025_Oct.txt", "PPRRVU2026_Jul_nonQPP.csv"],
)
def test_cms_files_give_the_rows_of_the_library(name: str) -> None:
    (new,), faults = found(published(name))
    assert faults == []
    assert new.effective_from in {entry.effective_from for _, entry in load_releases().entries}
    known = published_rvus(new.name)
    assert {code: rvu for code, rvu in new.rvus.items() if code in known} == known
    # These codes have no price: Medicare does not accept S8948, and its contractors price 98986.
    assert new.rvus.keys() - known.keys() <= {"98986", "S8948"}
