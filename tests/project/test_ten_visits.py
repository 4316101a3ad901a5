"""The ten visits of the documentation: their decisions, how each of them ends, and the dollars before and after."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests.paths import DOCS
from therapy_billing.prepare import DecisionKind, PreparedVisit, VisitStatus

EXAMPLE = runpy.run_path(str(DOCS / "examples" / "ten_visits.py"))
VISITS: dict[str, Any] = EXAMPLE["VISITS"]
STATES: dict[str, list[PreparedVisit]] = {
    key: EXAMPLE["work_through"](visit) for key, visit in VISITS.items()
}


def allowed(state: PreparedVisit) -> str:
    return "" if state.priced is None else str(state.priced.allowed)


def test_each_visit_starts_with_two_decisions() -> None:
    starts = {
        key: tuple(each.kind for each in states[0].open_decisions) for key, states in STATES.items()
    }
    assert starts["V-10"] == (DecisionKind.UNIT_METHOD, DecisionKind.UNBILLED)
    assert {key: len(kinds) for key, kinds in starts.items()} == dict.fromkeys(starts, 2)


def test_the_decisions_of_the_ten_visits_are_of_all_kinds() -> None:
    kinds = {decision.kind for states in STATES.values() for decision in states[-1].decisions}
    assert kinds == set(DecisionKind)


def test_every_answer_is_applied() -> None:
    assert {key: states[-1].open_decisions for key, states in STATES.items()} == dict.fromkeys(
        VISITS, ()
    )
    assert {key: states[-1].outdated for key, states in STATES.items()} == dict.fromkeys(VISITS, ())


@pytest.mark.parametrize(
    ("key", "before", "after", "status"),
    [
        ("V-1", "79.13", "79.15", VisitStatus.READY),
        ("V-2", "79.61", "79.61", VisitStatus.READY),
        ("V-3", "41.70", "41.70", VisitStatus.READY),
        ("V-4", "80.20", "59.27", VisitStatus.READY),
        ("V-5", "116.13", "116.13", VisitStatus.READY),
        ("V-6", "64.00", "54.40", VisitStatus.READY),
        ("V-7", "27.89", "27.89", VisitStatus.READY),
        ("V-8", "39.52", "39.52", VisitStatus.READY),
        ("V-9", "49.49", "54.95", VisitStatus.BLOCKED),
        ("V-10", "", "98.00", VisitStatus.READY),
    ],
)
def test_a_visit_ends_with_the_stated_dollars_and_status(
    key: str, before: str, after: str, status: VisitStatus
) -> None:
    first, last = STATES[key][0], STATES[key][-1]
    assert (allowed(first), allowed(last), last.status) == (before, after, status)


def test_no_default_has_a_modifier_that_someone_attests() -> None:
    attested = {"KX", "59", "XE", "XP", "XS", "XU", "GA", "GZ"}
    lines = [
        line
        for states in STATES.values()
        if states[0].claim is not None
        for line in states[0].claim.lines
    ]
    assert [line.code for line in lines if attested.intersection(line.modifiers)] == []
