"""Test the `split` argument: the legal split that the clinician chose."""

from __future__ import annotations

from typing import Any

import pytest

from therapy_billing import (
    MEDICARE,
    Discipline,
    InvalidInputError,
    Session,
    allocate_units,
    bill_day,
    build_claim,
    explain,
)
from therapy_billing.units.allocator import legal_splits

DAY = "2026-03-02"
TIED = {"97530": 23, "97110": 20, "97112": 8}


def session(plan: str, minutes: dict[str, int]) -> Session:
    return Session.from_minutes(minutes, date_of_service=DAY, discipline=plan)


def test_the_chosen_split_comes_first_and_no_legal_split_is_lost() -> None:
    usual = allocate_units(TIED, MEDICARE)
    chosen = allocate_units(TIED, MEDICARE, split={"97112": 1})
    assert chosen.units == {"97530": 1, "97110": 1, "97112": 1}
    assert chosen.splits == usual.splits[::-1]
    assert (usual.split_given, chosen.split_given) == (False, True)


def test_every_legal_split_can_be_chosen() -> None:
    minutes = {"97530": 20, "97110": 20, "97112": 20, "97140": 8}
    usual = allocate_units(minutes, MEDICARE)
    for split in usual.admissible:
        assert allocate_units(minutes, MEDICARE, split=split).units == split


def test_a_split_of_a_day_without_a_tie_may_be_named() -> None:
    assert allocate_units({"97110": 20}, MEDICARE, split={"97110": 1}).units == {"97110": 1}
    assert legal_splits({"97110": 20}, MEDICARE, split={"97110": 1}) == ()


@pytest.mark.parametrize(
    "split", [{"97530": 3}, {"97140": 1}, {"97530": 2, "97112": 1}, {Discipline.OT: {"97530": 1}}]
)
def test_a_split_that_is_not_legal_is_refused(split: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInputError, match="no legal split has the units in split") as caught:
        allocate_units([session("PT", TIED)], MEDICARE, split=split)
    assert caught.value.field == "split"


@pytest.mark.parametrize("split", [{}, "97530", {Discipline.PT: {}}, {"PT": {"97530": 2}, "OT": 3}])
def test_a_split_of_another_form_is_refused(split: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInputError, match="split must be units by code such as"):
        allocate_units(TIED, MEDICARE, split=split)


@pytest.mark.parametrize(
    "split", [{"97530": "2"}, {"97530": -1}, {"9753": 1}, {"XX": {"97530": 1}}]
)
def test_a_wrong_code_number_or_discipline_is_refused(split: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInputError) as caught:
        allocate_units(TIED, MEDICARE, split=split)
    assert caught.value.field == "split"


def test_each_discipline_can_have_its_own_split() -> None:
    sessions = [
        session("PT", {"97530": 20, "97110": 20}),
        session("OT", {"97530": 20, "97110": 20}),
    ]
    found = allocate_units(
        sessions, MEDICARE, split={Discipline.PT: {"97110": 2}, Discipline.OT: {"97530": 2}}
    )
    assert found.by_discipline == {
        Discipline.PT: {"97530": 1, "97110": 2},
        Discipline.OT: {"97530": 2, "97110": 1},
    }


def test_units_under_a_cap_can_be_chosen() -> None:
    capped = MEDICARE.on(DAY).with_changes(cap_per_day=2)
    minutes = {"97110": 15, "97112": 15, "97530": 15}
    found = allocate_units(minutes, capped, split={"97110": 0})
    assert found.units == {"97110": 0, "97112": 1, "97530": 1}
    assert [cut.code for cut in found.capped_units] == ["97110"]


def test_the_claim_the_price_and_the_explanation_have_the_chosen_split() -> None:
    day = session("PT", TIED)
    claim = build_claim(day, MEDICARE, split={"97112": 1})
    assert [line.code for line in claim.lines] == ["97530", "97110", "97112"]
    priced = bill_day(day, MEDICARE, None, split={"97112": 1})
    assert priced.claim.lines == claim.lines
    assert "The clinician chose: 97112." in str(explain(priced))
    assert "Ties go to" not in str(explain(priced))


def test_an_allocation_already_has_its_split() -> None:
    allocation = allocate_units(TIED, MEDICARE, date_of_service=DAY)
    with pytest.raises(InvalidInputError, match="this allocation already has a split"):
        build_claim(allocation, split={"97112": 1})
