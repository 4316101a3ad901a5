"""A CSV file of rates."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from tests.refusals import refusal
from therapy_billing import FeeSchedule, FileFormatError, InvalidInputError


class TestRatesOfAFile:
    def write(self, folder: Path, content: bytes) -> Path:
        """Write a rate file and return its path."""
        path = folder / "rates.csv"
        path.write_bytes(content)
        return path

    @pytest.mark.parametrize(
        "content",
        [
            b"code,amount\n97530,40.42\n97110,29\n",
            b"\xef\xbb\xbfcode,amount\r\n97530,40.42\r\n97110,29\r\n",
            b"code,amount\r97530,40.42\r97110,29\r",
            b' Amount ,CODE\n$40.42, 97530\n"29",97110',
            b"code,amount\n\n97530,40.42\n , \n,\n97110,29.00\n\n",
        ],
        ids=["plain", "bom-crlf", "cr", "columns-turned", "blank-lines"],
    )
    @pytest.mark.parametrize("kind", [str, Path, os.fspath])
    def test_a_file_is_read_whatever_its_line_ends_and_column_order(
        self, tmp_path: Path, content: bytes, kind: Callable[[Path], str | os.PathLike[str]]
    ) -> None:
        fees = FeeSchedule.from_rates(kind(self.write(tmp_path, content)))
        amounts = {code: str(fees.amount(code)) for code in fees.coverage().codes}
        assert amounts == {"97530": "40.42", "97110": "29.00"}

    def test_bad_rows_above_the_limit_are_counted(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, b"code,amount\n" + b"9753,1\n" * 1_002)
        with pytest.raises(ExceptionGroup) as caught:
            FeeSchedule.from_rates(path)
        assert len(caught.value.exceptions) == 1_001
        assert str(caught.value.exceptions[-1]) == f"{path}: 2 more errors are not listed"

    def test_every_bad_line_is_listed_with_its_place(self, tmp_path: Path) -> None:
        path = self.write(
            tmp_path,
            b"code,amount\n"
            b"97530,40.42\n"
            b"9753,1\n"
            b"97530,41\n"
            b"97110,0\n"
            b"97112,Rosa Invented\n"
            b"97140\n"
            b"97116,1,2\n"
            b"97035,1.005\n"
            b"97530,-1\n"
            b"Rosa Invented,10\n",
        )
        with pytest.raises(ExceptionGroup) as caught:
            FeeSchedule.from_rates(path)
        assert caught.value.message.endswith(f" in {path}")
        errors = cast("tuple[FileFormatError, ...]", caught.value.exceptions)
        assert {type(error) for error in errors} == {FileFormatError}
        assert [str(error).removeprefix(f"{path}, ") for error in errors] == [
            (
                "line 3, column code: code must be five characters such as '97530' or 'G0283', "
                "got '9753'"
            ),
            "line 4, column code: 97530 already has a rate: give one rate per code",
            (
                "line 5, column amount: an amount must be above zero, got '0': leave out a code without a price"
            ),
            (
                "line 6, column amount: an amount must be a number of dollars such as '40.42', got a string of 13 characters"
            ),
            "line 7: a row must have one code and one amount",
            "line 8: a row must have one code and one amount",
            "line 9, column amount: an amount must be rounded to the cent, got '1.005'",
            "line 10, column code: 97530 already has a rate: give one rate per code",
            (
                "line 10, column amount: an amount must be above zero, got '-1': leave out a code without a price"
            ),
            (
                "line 11, column code: code must be five characters such as '97530' or "
                "'G0283', got a string of 13 characters"
            ),
        ]
        assert [(error.line, error.column) for error in errors[:2]] == [(3, "code"), (4, "code")]
        assert {error.path for error in errors} == {os.fspath(path)}

    @pytest.mark.parametrize(
        "content", [b"", b"code;amount\n97530;40\n", b"code,code\n", b"code\n", b"code,amount,x\n"]
    )
    def test_a_file_without_its_two_columns_is_refused(
        self, tmp_path: Path, content: bytes
    ) -> None:
        path = self.write(tmp_path, content)
        assert refusal(FileFormatError, lambda: FeeSchedule.from_rates(path)) == (
            f"{path}, line 1: the first line must have the columns code and amount, and no others"
        )

    def test_a_file_of_another_encoding_is_refused(self, tmp_path: Path) -> None:
        for content in (b"code,amount\n97530,\xff\n", "code,amount\n".encode("utf-16")):
            path = self.write(tmp_path, content)
            assert refusal(FileFormatError, partial(FeeSchedule.from_rates, path)) == (
                f"{path}: not UTF-8; save the file as UTF-8"
            )

    def test_a_file_that_is_not_csv_is_an_error_with_its_other_bad_rows(
        self, tmp_path: Path
    ) -> None:
        path = self.write(tmp_path, b'code,amount\n97530,0\n97110,"29\n97112,30\n')
        with pytest.raises(ExceptionGroup) as caught:
            FeeSchedule.from_rates(path)
        assert [str(error) for error in caught.value.exceptions] == [
            (
                f"{path}, line 2, column amount: an amount must be above zero, got '0': leave out a code without a price"
            ),
            f"{path}, line 4: not valid CSV: unexpected end of data",
        ]

    def test_a_file_without_rates_is_refused(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, b"code,amount\n\n")
        assert refusal(InvalidInputError, lambda: FeeSchedule.from_rates(path)) == (
            "rates is empty: give at least one code and amount"
        )
