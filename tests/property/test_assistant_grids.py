"""Compare every combination of therapist and assistant minutes with an oracle that follows the rule's words."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.money_oracle import assistant_units_2020, assistant_units_2022, in_part
from therapy_billing import MEDICARE, Claim, Session, TimedService, UntimedService, build_claim
from therapy_billing.claims.rules import assistants
from therapy_billing.payers import AssistantArithmetic

DAY_2026, DAY_2021, DAY_2019 = "2026-03-02", "2021-03-02", "2019-12-31"
_TENTH = Decimal("0.10")
_ARITHMETIC = {
    AssistantArithmetic.EXACT: assistants.exceeds,
    AssistantArithmetic.SIMPLE: assistants.exceeds_by_simple_method,
    AssistantArithmetic.PERCENTAGE: assistants.exceeds_by_percentage,
}


def session(day: str, discipline: str, minutes: dict[str, tuple[int, int]]) -> Session:
    """Return a session with therapist and assistant minutes by code."""
    services = [
        service
        for code, (therapist, assistant) in minutes.items()
        for service in (
            TimedService(code, therapist),
            TimedService(code, assistant, clinician="assistant"),
        )
    ]
    return Session(day, discipline, services)


def by_modifier(claim: Claim, code: str) -> tuple[int, int]:
    """Return the units of *code* without and with the assistant modifier."""
    lines = [line for line in claim.lines if line.code == code]
    return (
        sum(line.units for line in lines if not line.assistant),
        sum(line.units for line in lines if line.assistant),
    )


@pytest.mark.parametrize(
    ("day", "oracle"), [(DAY_2026, assistant_units_2022), (DAY_2021, assistant_units_2020)]
)
def test_every_minute_of_one_code_agrees_with_the_oracle(day: str, oracle: object) -> None:
    assert callable(oracle)
    for therapist in range(41):
        for assistant in range(41):
            claim = build_claim(session(day, "PT", {"97110": (therapist, assistant)}), MEDICARE)
            units = (therapist + assistant + 7) // 15
            assert by_modifier(claim, "97110") == oracle(therapist, assistant, units), (
                therapist,
                assistant,
            )


def test_two_codes_share_the_units_of_the_day_and_each_splits_its_own() -> None:
    steps = (0, 2, 7, 8, 9, 14, 15, 16, 22, 23)
    for first in ((t, a) for t in steps for a in steps):
        for second in ((t, a) for t in steps for a in steps):
            claim = build_claim(
                session(DAY_2026, "OT", {"97530": first, "97535": second}), MEDICARE
            )
            assert claim.allocation is not None
            for code, (therapist, assistant) in (("97530", first), ("97535", second)):
                units = claim.allocation.units[code]
                assert by_modifier(claim, code) == assistant_units_2022(therapist, assistant, units)


def test_a_therapist_minute_in_place_of_an_assistants_never_adds_a_unit_with_the_modifier() -> None:
    steps = range(46)
    for total in range(1, 91):
        for other in (0, 2, 5, 7, 8, 11):
            before = None
            for therapist in (t for t in steps if 0 <= total - t <= 45):
                minutes = {"97110": (therapist, total - therapist), "97140": (other, 0)}
                claim = build_claim(session(DAY_2026, "PT", minutes), MEDICARE)
                _, now = by_modifier(claim, "97110")
                assert before is None or now <= before, (therapist, total, other)
                before = now


@given(st.integers(0, 240), st.integers(0, 240))
def test_the_three_methods_of_arithmetic_agree_with_the_oracle(assistant: int, more: int) -> None:
    total = assistant + more
    assert assistants.exceeds(assistant, total, de_minimis=_TENTH) == in_part(
        assistant, total, "exact"
    )
    assert assistants.exceeds_by_simple_method(assistant, total, de_minimis=_TENTH) == in_part(
        assistant, total, "simple"
    )
    assert assistants.exceeds_by_percentage(assistant, total, de_minimis=_TENTH) == in_part(
        assistant, total, "percentage"
    )


@given(st.integers(0, 240), st.integers(0, 240))
def test_the_exact_method_finds_every_modifier_that_another_method_finds(
    assistant: int, more: int
) -> None:
    total = assistant + more
    for way in _ARITHMETIC.values():
        assert assistants.exceeds(assistant, total, de_minimis=_TENTH) or not way(
            assistant, total, de_minimis=_TENTH
        )


@pytest.mark.parametrize("discipline", ["PT", "OT", "SLP"])
def test_minutes_together_are_the_therapists(discipline: str) -> None:
    for minutes in (15, 23, 38):
        together = Session(
            DAY_2026, discipline, [TimedService("97112", minutes, clinician="together")]
        )
        claim = build_claim(together, MEDICARE)
        assert by_modifier(claim, "97112") == ((minutes + 7) // 15, 0)


def test_the_plan_of_care_is_the_first_modifier_of_an_assistants_line() -> None:
    for discipline, modifiers in (("PT", ("GP", "CQ")), ("OT", ("GO", "CO"))):
        services = [TimedService("97533", 15, clinician="assistant")]
        claim = build_claim(Session(DAY_2026, discipline, services), MEDICARE)
        assert [line.modifiers for line in claim.lines] == [modifiers]


@pytest.mark.parametrize("assistant", range(21))
def test_an_untimed_code_has_the_modifier_above_ten_percent(assistant: int) -> None:
    services = [
        UntimedService("97150", 20 - assistant),
        UntimedService("97150", assistant, clinician="assistant"),
    ]
    claim = build_claim(Session(DAY_2026, "PT", services), MEDICARE)
    assert claim.lines[0].assistant == in_part(assistant, 20, "exact")


def test_before_2020_no_line_has_the_modifier() -> None:
    services = [TimedService("97110", 15, clinician="assistant")]
    claim = build_claim(Session(DAY_2019, "PT", services), MEDICARE)
    assert claim.lines[0].modifiers == ("GP",)
    first = datetime.date(2020, 1, 1)
    assert build_claim(Session(first, "PT", services), MEDICARE).lines[0].modifiers == ("GP", "CQ")


def test_a_critical_access_hospital_has_no_assistant_modifier() -> None:
    services = [TimedService("97110", 15, clinician="assistant")]
    claim = build_claim(
        Session(DAY_2026, "PT", services), MEDICARE, setting="critical-access-hospital"
    )
    assert claim.lines[0].modifiers == ("GP",)
