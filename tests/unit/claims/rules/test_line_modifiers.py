"""The modifiers of one line: plan, assistant, number, and order."""

from __future__ import annotations

import itertools

import pytest

from therapy_billing.claims.rules.line_modifiers import (
    assistant_faults,
    not_taken,
    ordered,
    plans_named,
    unmarked_units,
    without_room,
)

PLANS = ("GP", "GO", "GN")
BELONGS_TO = {"CQ": "GP", "CO": "GO"}


@pytest.mark.parametrize(
    ("modifiers", "named"),
    [
        ((), ()),
        (("59", "KX"), ()),
        (("59", "GP"), ("GP",)),
        (("GO", "CQ", "GP"), ("GO", "GP")),
        (("GN", "GO", "GP"), ("GN", "GO", "GP")),
    ],
)
def test_the_plans_are_named_in_the_order_of_the_line(
    modifiers: tuple[str, ...], named: tuple[str, ...]
) -> None:
    assert plans_named(modifiers, plans=PLANS) == named


@pytest.mark.parametrize(
    ("modifiers", "faults"),
    [
        (("GP", "CQ"), ()),
        (("CQ", "GP"), ()),
        (("GO", "CO"), ()),
        (("GP",), ()),
        (("CQ",), ("CQ",)),
        (("GO", "CQ"), ("CQ",)),
        (("GN", "CQ"), ("CQ",)),
        (("GP", "CO"), ("CO",)),
        (("GN", "CO", "CQ"), ("CO", "CQ")),
        (("GP", "CQ", "CO"), ("CO",)),
    ],
)
def test_an_assistant_modifier_needs_its_plan_modifier(
    modifiers: tuple[str, ...], faults: tuple[str, ...]
) -> None:
    assert assistant_faults(modifiers, belongs_to=BELONGS_TO) == faults


def test_units_are_unmarked_up_to_those_that_the_claim_bills() -> None:
    for furnished, marked, units in itertools.product(range(4), range(4), range(4)):
        if marked <= units:
            missing = unmarked_units(furnished, marked=marked, units=units)
            assert missing == len([unit for unit in range(marked, units) if unit < furnished])


def test_a_payer_that_lists_modifiers_accepts_no_others() -> None:
    assert not_taken(("GP", "CQ", "59"), allowed=("GP", "59")) == ("CQ",)
    assert not_taken(("GP", "CQ"), allowed=()) == ("GP", "CQ")
    assert not_taken(("GP", "CQ"), allowed=("CQ", "GP")) == ()
    assert not_taken(("GP", "CQ"), allowed=None) == ()


def test_a_line_has_room_for_as_many_as_fit_and_not_for_one_more() -> None:
    modifiers = ("GP", "CQ", "KX", "59", "95")
    assert without_room(modifiers[:4], most=4) == ()
    assert without_room(modifiers, most=4) == ("95",)
    assert without_room(modifiers, most=3) == ("59", "95")
    assert without_room((), most=4) == ()


def test_modifiers_follow_the_payers_order_and_the_others_keep_theirs_at_the_end() -> None:
    order = ("59", "GP", "CQ", "KX")
    assert ordered(("LT", "KX", "76", "GP", "59"), order=order) == ("59", "GP", "KX", "LT", "76")
    assert ordered(("LT", "GP"), order=()) == ("LT", "GP")
    for modifiers in itertools.permutations(("GP", "CQ", "59")):
        assert ordered(modifiers, order=order) == ("59", "GP", "CQ")
