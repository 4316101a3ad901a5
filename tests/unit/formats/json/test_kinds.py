"""Test the table of the records that JSON documents hold."""

from __future__ import annotations

import attrs
import pytest

from therapy_billing import Claim
from therapy_billing.formats.json.kinds import KINDS, json_name, load_kind, schema_name


@pytest.mark.parametrize("name", KINDS)
def test_the_name_of_a_record_is_the_name_of_its_class(name: str) -> None:
    assert json_name(load_kind(name)) == name
    assert schema_name(load_kind(name)) == name


def test_the_names_are_in_order_and_stand_for_different_classes() -> None:
    assert list(KINDS) == sorted(KINDS)
    assert len({load_kind(name) for name in KINDS}) == len(KINDS)


def test_a_class_of_the_caller_with_the_name_of_a_record_is_not_that_record() -> None:
    @attrs.frozen
    class Session:
        key: str

    assert schema_name(Session) is None
    assert schema_name(str) is None
    assert schema_name(Claim) == "claim"
