from __future__ import annotations

import string

import pytest

from therapy_billing import InvalidInputError
from therapy_billing.claims import DiagnosisCode, Mbi, Npi, TaxId, TaxonomyCode, Zip9
from therapy_billing.claims.identifiers import Identifier

VALID = [
    (Npi, "1234567893"),
    (Npi, "1987654328"),
    (Npi, "2234567891"),
    (Mbi, "1EG4TE5MK73"),
    (Mbi, "9AA9AA9AA99"),
    (DiagnosisCode, "M5450"),
    (DiagnosisCode, "S83511A"),
    (DiagnosisCode, "Z87"),
    (TaxonomyCode, "225100000X"),
    (TaxonomyCode, "261QP2000X"),
    (TaxId, "123456789"),
    (Zip9, "432150001"),
]
WRONG = [
    (
        Npi,
        ("", "123456789", "12345678931", "3234567893", "1234567890", "123456789O", "1234567893 "),
    ),
    (
        Mbi,
        (
            "",
            "1EG4-TE5-MK73",
            "0EG4TE5MK73",
            "1EG4TE5MK7",
            "1EG4TE5MK733",
            "1eg4te5mk73",
            "12G4TE5MK73",
        ),
    ),
    (DiagnosisCode, ("", "M5", "M54.50", "7242", "MM450", "m5450", "S83511AAA", "M54-5")),
    (TaxonomyCode, ("", "225100000", "225100000Y", "22510000X", "2251000000X", "225100000x")),
    (TaxId, ("", "12-3456789", "12345678", "1234567890", "12345678A")),
    (Zip9, ("", "43215", "43215-0001", "4321500011", "43215000A")),
]


@pytest.mark.parametrize(("kind", "value"), VALID)
def test_a_valid_identifier_is_its_own_string(kind: type[Identifier], value: str) -> None:
    assert kind.is_valid(value)
    assert kind(value) == value
    assert str(kind(value)) == value


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, all_ in WRONG for value in all_]
)
def test_a_wrong_identifier_is_refused_without_showing_it(
    kind: type[Identifier], value: str
) -> None:
    assert not kind.is_valid(value)
    with pytest.raises(InvalidInputError) as caught:
        kind(value)
    assert caught.value.field == kind.field
    assert str(caught.value) == f"{kind.field} must be {kind.wanted}"


@pytest.mark.parametrize(("kind", "value"), VALID)
def test_a_repr_does_not_show_the_identifier(kind: type[Identifier], value: str) -> None:
    assert repr(kind(value)) == f"<{kind.__name__}>"


@pytest.mark.parametrize("value", [None, 1234567893, float("nan")])
def test_an_identifier_must_be_a_string(value: object) -> None:
    with pytest.raises(InvalidInputError, match="value must be a string"):
        Npi(value)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="value must be a string"):
        Npi.is_valid(value)  # type: ignore[arg-type]


def test_exactly_one_check_digit_completes_an_npi() -> None:
    for first_nine in ("123456789", "198765432", "100000000", "299999999"):
        valid = [digit for digit in string.digits if Npi.is_valid(first_nine + digit)]
        assert len(valid) == 1


def test_an_npi_with_one_changed_digit_is_never_valid() -> None:
    npi = "1234567893"
    changed = [
        npi[:index] + digit + npi[index + 1 :]
        for index in range(10)
        for digit in string.digits
        if digit != npi[index]
    ]
    assert not any(map(Npi.is_valid, changed))


def test_each_position_of_an_mbi_takes_only_its_own_characters() -> None:
    letters = set(string.ascii_uppercase) - set("SLOIBZ")
    digits = set(string.digits)
    wanted = [
        digits - {"0"},
        letters,
        letters | digits,
        digits,
        letters,
        letters | digits,
        digits,
        letters,
        letters,
        digits,
        digits,
    ]
    mbi = "1EG4TE5MK73"
    for index, allowed in enumerate(wanted):
        accepted = {
            character
            for character in string.printable
            if Mbi.is_valid(mbi[:index] + character + mbi[index + 1 :])
        }
        assert accepted == allowed
