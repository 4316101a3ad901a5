"""The form with the numbers that no download contains."""

from __future__ import annotations

import copy
import pickle
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.packs.cms_downloads import NUMBERS, numbers
from therapy_billing.law.sources import Verification
from therapy_billing.packs.numbers import (
    Extract,
    MissingNumber,
    MissingNumbersError,
    Number,
    numbers_form,
    read_numbers,
)


def test_a_form_is_read_in_order_of_series_and_day(tmp_path: Path) -> None:
    more = '[[extract]]\nfile = "mue.csv"\ncodes = ["97530", "97110"]\n'
    cited = 'url = "https://cms.example"\ndated = "CY 2027"\n'
    path = numbers(tmp_path, f"gpci_from = 2027-04-01\n{NUMBERS}{cited}{more}")
    found = read_numbers(path)
    assert found.name == "numbers.toml"
    assert len(found.sha256) == 64
    assert found.gpci_from == date(2027, 4, 1)
    assert found.extracts == (Extract("mue.csv", ("97110", "97530")),)
    assert found.numbers == (
        Number(
            "kx_threshold",
            date(2027, 1, 1),
            Decimal("2550.00"),
            "an invented page",
            Verification.UNVERIFIED,
        ),
        Number(
            "part_b_deductible",
            date(2027, 1, 1),
            Decimal(290),
            "an invented page",
            Verification.SECONDARY,
            url="https://cms.example",
            dated="CY 2027",
        ),
    )
    assert found.of_series("kx_threshold") == found.numbers[:1]
    assert found.of_series("coinsurance") == ()


def test_every_fault_of_a_form_is_reported_with_its_line(tmp_path: Path) -> None:
    text = """
gpci_form = 2027-04-01

[[number]]
series = "kx_treshold"
from = 2027-01-01
amount = 2550.00
source = "page"

[[number]]
series = "coinsurance"
from = 2027-01-01
amount = 20
source = "page"

[[number]]
series = "certification_days"
from = 2027-01-01
amount = 90.5
source = "page"

[[number]]
series = "coinsurance"
from = 2027-01-01
amount = -0.20
source = ""

[[number]]
series = "coinsurance"
from = 2027-01-01
amount = 0.20
source = "page"
verified = "sure"

[[extract]]
file = "a.csv"
"""
    with pytest.raises(ExceptionGroup) as caught:
        read_numbers(numbers(tmp_path, text))
    lines = [str(error).partition(", ")[2] for error in caught.value.exceptions]
    assert lines == [
        "line 2, column gpci_form: not one of gpci_from, number, extract; did you mean gpci_from?",
        "line 5, column number.series: " + lines[1].partition(": ")[2],
        "line 13, column number.amount: a fraction belongs here, not a percentage: write 20 % as 0.20",
        "line 19, column number.amount: a whole number of days belongs here",
        "line 25, column number.amount: an amount must be zero or more",
        "line 26, column number.source: text belongs here",
        "line 30, column number.from: coinsurance has two numbers from 2027-01-01",
        "line 33, column number.verified: not one of official, secondary, data-file, derived, unverified",
        "line 35, column extract.codes: missing",
    ]
    assert "did you mean kx_threshold?" in lines[1]


def test_an_empty_form_is_valid_and_asks_for_each_number() -> None:
    missing = [
        MissingNumber("kx_threshold", date(2027, 1, 1)),
        MissingNumber("coinsurance", date(2027, 1, 1)),
    ]
    form = numbers_form(missing, date(2027, 12, 31))
    assert tomllib.loads(form) == {}
    filled = form.replace("# amount =", "# amount = 1").replace("# [[", "[[")
    filled = "\n".join(
        line.removeprefix("# ") if " = " in line else line for line in filled.splitlines()
    )
    rows = tomllib.loads(filled)["number"]
    assert [(row["series"], row["from"]) for row in rows] == [
        ("kx_threshold", date(2027, 1, 1)),
        ("coinsurance", date(2027, 1, 1)),
    ]
    assert "the value in the data is from 42 U.S.C. 1395l" in form


def test_the_error_keeps_its_form_when_it_is_copied() -> None:
    error = MissingNumbersError("missing", "form")
    for each in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert (str(each), each.form, each.field) == ("missing", "form", "numbers")


@pytest.mark.parametrize(
    ("series", "amount", "words"),
    [
        ("kx_threshold", "0", "more than 0 and at most 100000 USD belongs here"),
        ("part_b_deductible", "100000.01", "more than 0 and at most 100000 USD belongs here"),
        ("conversion_factors", "9.99", "a conversion factor from 10 to 100 belongs here"),
        (
            "conversion_factors_qualifying_apm",
            "101",
            "a conversion factor from 10 to 100 belongs here",
        ),
    ],
)
def test_an_amount_that_cannot_be_right_is_refused_with_its_line(
    tmp_path: Path, series: str, amount: str, words: str
) -> None:
    text = f'[[number]]\nseries = "{series}"\nfrom = 2027-01-01\namount = {amount}\nsource = "x"\n'
    path = numbers(tmp_path, text)
    with pytest.raises(ExceptionGroup) as caught:
        read_numbers(path)
    assert [str(error) for error in caught.value.exceptions] == [
        f"{path}, line 4, column number.amount: {words}"
    ]


@pytest.mark.parametrize(
    ("series", "amount"), [("kx_threshold", "100000"), ("conversion_factors", "10")]
)
def test_an_amount_at_the_edge_is_accepted(tmp_path: Path, series: str, amount: str) -> None:
    text = f'[[number]]\nseries = "{series}"\nfrom = 2027-01-01\namount = {amount}\nsource = "x"\n'
    (number,) = read_numbers(numbers(tmp_path, text)).numbers
    assert str(number.amount) == amount
