"""Test the records of a claim that can be sent: what they keep, what they refuse, and what they never show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import attrs
import pytest

from tests.grids import for_each
from therapy_billing import InvalidInputError
from therapy_billing.claims import (
    Accident,
    Address,
    Adjustment,
    BillingContact,
    BillingProvider,
    ClaimHeader,
    ClaimParties,
    Coverage,
    LinePayment,
    Organization,
    Patient,
    Person,
    PriorPayment,
    ProfessionalClaim,
    Provider,
    Receiver,
    ServiceFacility,
    ServiceLine,
    Submission,
    Submitter,
    Subscriber,
)
from therapy_billing.claims.record_fields import MOST_CHARACTERS

Kind = Callable[..., Any]
KINDS: tuple[Any, ...] = (
    Accident,
    Address,
    Adjustment,
    BillingProvider,
    ClaimHeader,
    ClaimParties,
    BillingContact,
    Coverage,
    LinePayment,
    Organization,
    Patient,
    Person,
    PriorPayment,
    ProfessionalClaim,
    Provider,
    Receiver,
    ServiceFacility,
    ServiceLine,
    Submission,
    Submitter,
    Subscriber,
)
TEXT_FIELDS = [
    (kind, field.name)
    for kind in KINDS
    for field in attrs.fields(kind)
    if MOST_CHARACTERS in field.metadata
]
MARKER = "Invented Rosa 1234567"


def is_list(kind: Kind, name: str) -> bool:
    """Return whether the field *name* holds several texts."""
    return isinstance(getattr(kind(), name), tuple)


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_without_arguments_has_no_invented_value(kind: Kind) -> None:
    formats = {"payer_id_kind": "PI", "unit_measure": "UN", "purpose": "00", "use": "CH"}
    for field in attrs.fields(type(kind())):
        value = getattr(kind(), field.name)
        assert (
            value in (None, ())
            or value == formats.get(field.name)
            or value == field.default.factory()
        )


@pytest.mark.parametrize(("kind", "name"), TEXT_FIELDS)
def test_a_text_is_kept_and_never_shown(kind: Kind, name: str) -> None:
    record = kind(**{name: [MARKER] if is_list(kind, name) else MARKER})
    kept = getattr(record, name)
    text = kept[0] if isinstance(kept, tuple) else kept
    assert text in (MARKER, MARKER.upper())
    assert MARKER.upper() not in repr(record).upper()
    assert name in repr(record)


@for_each(
    field=TEXT_FIELDS,
    wrong=(7, float("nan"), b"Invented Rosa", ("Invented Rosa",), "", "  "),
)
def test_what_is_not_a_text_is_refused_by_its_path(field: tuple[Kind, str], wrong: object) -> None:
    kind, name = field
    several = is_list(kind, name)
    with pytest.raises(InvalidInputError) as caught:
        kind(**{name: [wrong] if several else wrong})
    assert caught.value.field == (f"{name}[0]" if several else name)
    assert "Rosa" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Accident, "occurred_on"),
        (ClaimHeader, "onset"),
        (LinePayment, "paid_on"),
        (Patient, "birth_date"),
        (ServiceLine, "date_of_service"),
        (Subscriber, "birth_date"),
    ],
)
def test_a_date_is_read_and_a_wrong_one_is_not_shown(kind: Kind, name: str) -> None:
    assert getattr(kind(**{name: "3/2/2026"}), name) == date(2026, 3, 2)
    for wrong in ("1950-13-01", 19500101, datetime(1950, 1, 1, 9, tzinfo=UTC), float("nan")):
        with pytest.raises(InvalidInputError) as caught:
            kind(**{name: wrong})
        assert caught.value.field == name
        assert "1950" not in str(caught.value)


def test_amounts_are_exact_and_keep_a_fraction_of_a_cent() -> None:
    assert str(ServiceLine(charge=90).charge) == "90.00"
    assert str(ServiceLine(charge="90.5").charge) == "90.50"
    assert str(ServiceLine(charge=Decimal("90.125")).charge) == "90.125"
    assert str(Adjustment(amount="-40").amount) == "-40.00"
    for wrong in (90.5, True, "ninety", Decimal("NaN"), object()):
        with pytest.raises(
            InvalidInputError, match="charge must be a Decimal, an int, or a string"
        ):
            ServiceLine(charge=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["1" * 99, "-1000000000000.01", 10**12 + 1])
def test_an_amount_has_a_limit(number: str | int) -> None:
    with pytest.raises(InvalidInputError, match="amount must be at most 1000000000000") as caught:
        Adjustment(amount=number)
    assert caught.value.field == "amount"


def test_units_are_kept_as_given() -> None:
    assert ServiceLine(units=2).units == 2
    assert ServiceLine(units="1.5").units == Decimal("1.5")


def test_codes_keep_the_order_of_a_list_and_a_set_has_none() -> None:
    assert ServiceLine(modifiers=iter(["gp", "59"])).modifiers == ("GP", "59")
    for wrong in ({"GP", "59"}, frozenset({"GP"}), {"GP": 1}, "GP"):
        with pytest.raises(InvalidInputError, match="modifiers must be a list") as caught:
            ServiceLine(modifiers=wrong)
        assert caught.value.field == "modifiers"


def test_a_bundled_line_is_a_whole_number() -> None:
    assert LinePayment(bundled_line=2).bundled_line == 2
    assert LinePayment().bundled_line is None
    with pytest.raises(InvalidInputError, match="bundled_line must be a whole number"):
        LinePayment(bundled_line="2")  # type: ignore[arg-type]


def test_pointers_are_whole_numbers() -> None:
    assert ServiceLine(pointers=[1, 2]).pointers == (1, 2)
    for wrong in ("12", 1, ["1"], [1.5], [None]):
        with pytest.raises(InvalidInputError) as caught:
            ServiceLine(pointers=wrong)  # type: ignore[arg-type]
        assert str(caught.value.field).startswith("pointers")


def test_a_member_of_an_enum_with_text_values_is_kept_as_its_value() -> None:
    class Sex(str, Enum):  # noqa: UP042 - StrEnum has another str()
        FEMALE = "F"

    assert Subscriber(sex=Sex.FEMALE).sex == "F"
    assert type(Subscriber(member_id=Sex.FEMALE).member_id) is str


def test_names_and_addresses_are_in_capital_letters() -> None:
    assert Person("O'Néill", "mary-jo") == Person("O'NéILL", "MARY-JO")
    assert Address("100 Main Street", state="oh").line1 == "100 MAIN STREET"
    assert ClaimHeader(account="a-1", diagnoses=["m5450"]).account == "a-1"
    assert ClaimHeader(diagnoses=["m5450"]).diagnoses == ("M5450",)


NESTED: list[tuple[Callable[..., Any], str, object]] = [
    (BillingProvider, "name", Person("Doe")),
    (Provider, "name", Organization("Clinic")),
    (Submitter, "contact", BillingContact("Desk")),
    (Receiver, "name", Organization("Payer")),
    (ServiceFacility, "address", Address("1 Main")),
    (Subscriber, "name", Organization("Employer")),
    (ClaimParties, "coverage", Coverage("medicare")),
    (ClaimHeader, "accident", Accident(["AA"])),
]


@pytest.mark.parametrize(("kind", "name", "value"), NESTED)
def test_a_nested_record_is_kept_and_another_value_refused(
    kind: Callable[..., Any], name: str, value: object
) -> None:
    assert getattr(kind(**{name: value}), name) == value
    for wrong in ("Invented Rosa", {"last": "Rosa"}, ServiceLine(), float("nan")):
        with pytest.raises(InvalidInputError) as caught:
            kind(**{name: wrong})
        assert caught.value.field == name
        assert "Rosa" not in str(caught.value)


MANY: list[tuple[Callable[..., Any], str, object]] = [
    (LinePayment, "adjustments", Adjustment("CO", "45", 1)),
    (PriorPayment, "adjustments", Adjustment("CO", "45", 1)),
    (ServiceLine, "payments", LinePayment("P")),
    (ClaimParties, "prior_payments", PriorPayment()),
    (ProfessionalClaim, "lines", ServiceLine("97110")),
    (Submission, "claims", ProfessionalClaim()),
]


@pytest.mark.parametrize(("kind", "name", "value"), MANY)
def test_several_nested_records_become_a_tuple(
    kind: Callable[..., Any], name: str, value: object
) -> None:
    assert getattr(kind(**{name: iter([value, value])}), name) == (value, value)
    with pytest.raises(InvalidInputError) as caught:
        kind(**{name: [value, "Invented Rosa"]})
    assert caught.value.field == f"{name}[1]"
    for wrong in (value, {value}, {value: value}):
        with pytest.raises(InvalidInputError) as caught:
            kind(**{name: wrong})
        assert caught.value.field == name


def test_a_repr_lists_the_fields_that_are_given() -> None:
    assert repr(Person("Doe", "Jane")) == "<Person: last, first>"
    assert repr(Person()) == "<Person: empty>"
    assert (
        repr(ProfessionalClaim(lines=[ServiceLine("97110", 1)]))
        == "<ProfessionalClaim: header, parties, lines>"
    )
