from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.cms_files import faults, published, written
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.fees.published_amounts_file import read_published_amounts
from therapy_billing.fees.records import PublishedAmount


def line(code: str = "97110", **changed: str) -> str:
    cells = {
        "year": "2025",
        "mac": "15202",
        "locality": "00",
        "code": code,
        "modifier": "  ",
        "out": "0000028.47",
        "inside": "0000028.46",
        "filler": " ",
        "pctc": "7",
        "status": "A",
        "mult": "5",
        "office": "0000021.90",
        "home": "0000021.89",
        "opps": "9",
        "opps_out": "0000000.00",
        "opps_inside": "0000000.00",
    }
    return ",".join(f'"{cell}"' for cell in (cells | changed).values())


TRL = ['"TRL- ALL RIGHTS RESERVED."', '"TRL- THE END"']


def test_a_row_becomes_an_amount_and_a_therapy_amount_of_zero_none(tmp_path: Path) -> None:
    rows = [line(), line("99213", modifier="26", office="0000000.00", home="0000000.00")]
    first, second = read_published_amounts(written(tmp_path, "PF.txt", [*rows, *TRL], "\r\n"))
    assert first == PublishedAmount(
        year=2025,
        mac="15202",
        locality="00",
        code="97110",
        modifier="",
        status="A",
        mppr_indicator="5",
        nonfacility=Decimal("28.47"),
        facility=Decimal("28.46"),
        reduced=Decimal("21.90"),
        reduced_institution=Decimal("21.89"),
    )
    assert (second.modifier, second.reduced, second.reduced_institution) == ("26", None, None)


def test_only_the_codes_asked_for_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "PF.txt", [line(), line("97530"), *TRL])
    assert [amount.code for amount in read_published_amounts(path, codes={"97530"})] == ["97530"]
    with pytest.raises(InvalidInputError, match="must be five characters"):
        read_published_amounts(path, codes=["9753"])


def test_all_bad_rows_are_reported(tmp_path: Path) -> None:
    rows = [
        line(),
        line(out="0000028.48"),
        line("97112", year="25"),
        line("97112", mac="152O2"),
        line("97112", locality="100"),
        line("9711"),
        line("97112", modifier="GP"),
        line("97112", out="-000028.47"),
        line("97112", inside=""),
        line("97112", office="0000021.9"),
        line("97112", home="NA"),
        '"2025"',
        TRL[0],
        line("97113"),
    ]
    reported = faults(lambda: read_published_amounts(written(tmp_path, "PF.txt", rows)))
    amount = "must be dollars with two decimals such as 0000040.42, got"
    assert reported == [
        "line 2: the same code, modifier, and locality appear twice with different values",
        "line 3, column year: must be a year such as 2025, got '25'",
        "line 4, column carrier: mac must be a number of up to 5 digits such as '15202', got '152O2'",
        "line 5, column locality: locality must be a number of up to 2 digits such as '00', got '100'",
        "line 6, column HCPCS: expected a five-character code, not '9711'",
        "line 7, column modifier: must be 26, TC, 53, or empty, got a string of 2 characters",
        f"line 8, column non-facility amount: {amount} a string of 10 characters",
        f"line 9, column facility amount: {amount} an empty string",
        f"line 10, column therapy reduction amount: {amount} a string of 9 characters",
        f"line 11, column institutional reduction amount: {amount} a string of 2 characters",
        "line 12: 1 cell, expected 16",
        "line 14: this row comes after a TRL line (line 13), but TRL lines must be at the end",
    ]


def test_a_row_that_repeats_another_one_with_its_values_is_no_conflict(tmp_path: Path) -> None:
    rows = [line(), line("97530"), line(), line("97530")]
    once = read_published_amounts(written(tmp_path, "PF.txt", [*rows[:2], *TRL]))
    assert read_published_amounts(written(tmp_path, "PF.txt", [*rows, *TRL])) == once


@pytest.mark.parametrize(
    "changed",
    [{"inside": "0000028.47"}, {"office": "0000000.00"}, {"status": "R"}, {"mult": "0"}],
)
def test_a_repeat_with_another_value_is_an_error(tmp_path: Path, changed: dict[str, str]) -> None:
    path = written(tmp_path, "PF.txt", [line(), line(), line(**changed), *TRL])
    assert faults(lambda: read_published_amounts(path)) == [
        "line 3: the same code, modifier, and locality appear twice with different values"
    ]


def test_a_file_without_its_trailer_is_cut_short(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no TRL line at the end"):
        read_published_amounts(written(tmp_path, "PF.txt", [line()]))


def test_a_file_cut_before_its_trailer_is_always_an_error(tmp_path: Path) -> None:
    rows = "".join(f"{row}\r\n" for row in (line(), line("97530"))).encode()
    path = tmp_path / "cut.txt"
    for end in range(len(rows)):
        path.write_bytes(rows[:end])
        with pytest.raises((FileFormatError, ExceptionGroup)):
            read_published_amounts(path)


@pytest.mark.parametrize("content", ["", "a,b,c,d", TRL[0], ",".join("x" * 16)])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, "a.txt", [content] if content else [])
    with pytest.raises(FileFormatError, match="a file of payment amounts"):
        read_published_amounts(path)


def test_the_file_of_cms_has_an_amount_for_each_locality() -> None:
    amounts = read_published_amounts(published("PFREV25C.txt"))
    assert len({(amount.mac, amount.locality) for amount in amounts}) == len(amounts) == 109
    assert {amount.reduced for amount in amounts} == {None}


def test_the_file_of_cms_that_repeats_its_rows_has_each_amount_once() -> None:
    amounts = read_published_amounts(published("PFREV4.txt"))
    assert len(amounts) == 763
    assert len({amount.code for amount in amounts}) == 4
