"""Test that a spreadsheet leaves the cells of a file as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapy_billing.base.csv_cells import formula_safe, kept_text, text_of_kept

FORMULA_SIGNS = tuple("=+-@|\uff1d\uff0b\uff0d\uff20")
BLANKS = " \t\r\n\x00\ufeff\u00a0"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("|x", "'|x"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20x", "'\uff20x"),
        (" =1", "' =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\ufeff=1", "'\ufeff=1"),
        (" \t\r\n\x00=1", "' \t\r\n\x00=1"),
        ("\tP-1", "'\tP-1"),
        ("\rP-1", "'\rP-1"),
        ("\nP-1", "'\nP-1"),
        ("\x00P-1", "'\x00P-1"),
    ],
)
def test_a_cell_that_could_start_a_formula_becomes_text(text: str, safe: str) -> None:
    assert formula_safe(text) == safe


@pytest.mark.parametrize(
    "text", ["", " ", "P-1", "1-1", "1=1", "P+1", "'=1", " P-1", "\u00a0P-1", "x@y", "Ñ-1", "0012"]
)
def test_other_cells_do_not_change(text: str) -> None:
    assert formula_safe(text) == text


@given(st.text(st.sampled_from("=+-@|\uff1d\uff20 \t\r\n\x00\ufeff\u00a0'P1") | st.characters()))
def test_no_cell_starts_with_a_formula_sign_after_spaces(text: str) -> None:
    safe = formula_safe(text)
    assert not safe.lstrip(BLANKS).startswith(FORMULA_SIGNS)
    assert safe in (text, f"'{text}")


@pytest.mark.parametrize(
    "text",
    [
        *("007", "1.50", "1e5", "1E5", ".5", "$5", "(5)", "1,000", "50%", "1234567890123456"),
        *(
            "3-2",
            "3/2/2026",
            "2026-03-02",
            "9:05",
            "9:05 AM",
            "Mar-2",
            "march 2",
            "2-MAR",
            "2 Mar 26",
        ),
        *("TRUE", "false", "'x", "'", " 007 "),
    ],
)
def test_a_cell_that_a_spreadsheet_would_rewrite_becomes_text(text: str) -> None:
    assert kept_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "1001",
        "123456789012345",
        "P-1001",
        "97530=2 97112=0",
        "Mary",
        "truest",
        "12A",
        "1-A",
    ],
)
def test_a_cell_that_a_spreadsheet_keeps_stays_as_it_is(text: str) -> None:
    assert kept_text(text) == text


@given(st.text(st.sampled_from("=+-@|\uff1d \t\r\n\x00\u00a0'P10/.") | st.characters()))
def test_every_kept_text_is_read_back(text: str) -> None:
    kept = kept_text(text)
    assert text_of_kept(kept) == text
    assert formula_safe(kept) == kept


@pytest.mark.parametrize("cell", ["'t Hooft", "'1001", "", "x"])
def test_a_typed_cell_stays_as_it_is(cell: str) -> None:
    assert text_of_kept(cell) == cell


def test_the_longest_cell_of_a_csv_file_takes_no_time() -> None:
    cell = f"'1{' ' * 131_000}x"
    assert text_of_kept(cell) == cell
