"""Modifiers of services, from the record to the claim line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.refusals import refused
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Policy,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    build_claim,
    check_claim,
)
from therapy_billing.visits.services import Service, service

DAY = "2026-03-02"
STATE = tuple(f"U{last}" for last in "123456789ABCD")


def lines(*services: Service, payer: Any = MEDICARE, plan: str = "PT") -> list[tuple[Any, ...]]:  # noqa: ANN401
    """Return the lines of a session as code, units, and modifiers."""
    claim = build_claim(Session(DAY, plan, services), payer)
    return [(line.code, line.units, " ".join(line.modifiers)) for line in claim.lines]


class TestOneModifier:
    @pytest.mark.parametrize(
        "modifier", ["95", "96", "97", "GA", "GX", "GY", "GZ", "52", "RT", "LT", *STATE]
    )
    @pytest.mark.parametrize("code", ["97110", "97161"])
    def test_it_follows_the_plan_of_care_on_the_line(self, modifier: str, code: str) -> None:
        found = lines(service(code, 15, modifiers=[modifier.lower()]))
        assert found == [(code, 1, f"GP {modifier}")]

    def test_several_follow_in_the_given_order_if_the_payer_sets_none(self) -> None:
        found = lines(TimedService("97110", 15, modifiers=("RT", "GA", "95")))
        assert found == [("97110", 1, "GP 95 RT GA")]

    def test_the_payer_sets_the_order_even_of_lines_without_modifiers_of_their_own(self) -> None:
        payer = MEDICARE.on(DAY).with_changes(modifier_order=("U1", "95", "CQ", "GP"))
        found = lines(
            TimedService("97110", 15, modifiers=("95", "U1"), clinician="assistant"),
            TimedService("97530", 15, clinician="assistant"),
            payer=payer,
        )
        assert found == [("97110", 1, "U1 95 CQ GP"), ("97530", 1, "CQ GP")]

    def test_minutes_without_a_plan_have_no_modifier(self) -> None:
        assert [
            line.modifiers
            for line in build_claim({"97110": 15}, MEDICARE, date_of_service=DAY).lines
        ] == [()]


class TestRefusals:
    @pytest.mark.parametrize(
        ("modifier", "message"),
        [
            (
                "GP",
                "modifiers has GP: leave it out, because it follows from the discipline of the session",
            ),
            (
                "CO",
                "modifiers has CO: leave it out, because it follows from the clinician and the minutes",
            ),
            (
                "XU",
                "modifiers has XU: leave it out, because distinct services are attested, as in attestations=[('XU', '97116')] or in a log's column attest",
            ),
            (
                "KX",
                "modifiers has KX: leave it out, because it is attested, as in attestations=['KX'] or with --attest-kx",
            ),
        ],
    )
    def test_modifiers_that_follow_from_the_record_are_refused(
        self, modifier: str, message: str
    ) -> None:
        error = refused(lambda: TimedService("97110", 15, modifiers=("95", modifier)))
        assert str(error) == message
        assert error.field == "modifiers[1]"

    @pytest.mark.parametrize(
        ("modifiers", "message"),
        [
            ("95", "modifiers must be a sequence such as ('GP', 'CQ'), got "),
            (["950"], "modifiers[0] must be two letters or digits such as 'GP', got "),
            (["95", "95"], "modifiers has 95 twice: give each modifier once"),
        ],
    )
    def test_anything_but_modifiers_is_refused(self, modifiers: Any, message: str) -> None:  # noqa: ANN401
        timed = refused(lambda: TimedService("97110", 15, modifiers=modifiers))
        untimed = refused(lambda: UntimedService("97161", 15, modifiers=modifiers))
        assert str(timed) == str(untimed)
        assert str(timed).startswith(message)

    def test_a_modifier_that_nobody_knows_is_refused_until_the_payer_lists_it(self) -> None:
        unknown = TimedService("97110", 15, modifiers=("AT",))
        error = refused(lambda: lines(unknown))
        assert str(error) == (
            "modifier AT is not in the library's data: correct it, or list it in modifier_order or allowed_modifiers of "
            "the payer's policy"
        )
        for changes in ({"allowed_modifiers": ("GP", "AT")}, {"modifier_order": ("AT", "GP")}):
            payer = MEDICARE.on(DAY).with_changes(**changes)  # type: ignore[arg-type]
            (line,) = lines(unknown, payer=payer)
            assert set(line[2].split()) == {"GP", "AT"}

    def test_one_that_the_payer_does_not_accept_is_a_finding(self) -> None:
        payer = CPT_MIDPOINT.on(DAY).with_changes(allowed_modifiers=("GP",))
        claim = build_claim(
            Session(DAY, "PT", [TimedService("97110", 15, modifiers=("95",))]), payer
        )
        (finding,) = check_claim(claim, payer).of_rule("modifier-allowed")
        assert finding.message == "97110 has 95, which the payer does not accept"


class TestSomeServicesOfACode:
    @pytest.mark.parametrize(
        ("remote", "in_person", "expected"),
        [
            (23, 15, [(2, "GP 95"), (1, "GP")]),
            (15, 23, [(1, "GP 95"), (2, "GP")]),
            (8, 7, [(1, "GP 95")]),
            (7, 8, [(1, "GP")]),
            (30, 15, [(2, "GP 95"), (1, "GP")]),
        ],
    )
    def test_the_units_of_the_code_are_divided(
        self, remote: int, in_person: int, expected: list[tuple[int, str]]
    ) -> None:
        found = lines(
            TimedService("97110", remote, modifiers=("95",)), TimedService("97110", in_person)
        )
        assert [cells[1:] for cells in found] == expected

    def test_the_division_adds_no_unit(self) -> None:
        for first in range(40):
            for second in range(40):
                services = (
                    TimedService("97110", first, modifiers=("RT",)),
                    TimedService("97110", second, modifiers=("LT",)),
                )
                for payer in (MEDICARE, CPT_MIDPOINT):
                    total = sum(units for _, units, _ in lines(*services, payer=payer))
                    whole = lines(TimedService("97110", first + second), payer=payer)
                    assert total == sum(units for _, units, _ in whole)

    def test_an_assistants_units_stay_with_their_modifiers(self) -> None:
        found = lines(
            TimedService("97110", 15, clinician="assistant", modifiers=("95",)),
            TimedService("97110", 15, modifiers=("95",)),
            TimedService("97110", 15, clinician="assistant"),
        )
        assert found == [("97110", 1, "GP 95"), ("97110", 1, "GP CQ 95"), ("97110", 1, "GP CQ")]

    def test_other_codes_have_no_modifier(self) -> None:
        found = lines(TimedService("97110", 15, modifiers=("95",)), TimedService("97530", 15))
        assert found == [("97110", 1, "GP 95"), ("97530", 1, "GP")]

    def test_a_service_without_minutes_counts_with_its_units(self) -> None:
        found = lines(
            UntimedService("97597", modifiers=("RT",)),
            UntimedService("97597", units=2, modifiers=("LT",)),
        )
        assert found == [("97597", 1, "GP RT"), ("97597", 2, "GP LT")]

    def test_one_unit_a_day_has_the_modifiers_of_all_its_services(self) -> None:
        found = lines(
            UntimedService("97161", 20, modifiers=("95",)),
            UntimedService("97161", 20, modifiers=("GA", "95")),
        )
        assert found == [("97161", 1, "GP 95 GA")]

    def test_an_add_on_code_without_services_of_its_own_follows_its_first_code(self) -> None:
        found = lines(TimedService("97129", 38, modifiers=("95",)))
        assert found == [("97129", 1, "GP 95"), ("97130", 2, "GP 95")]

    def test_a_code_that_the_payer_counts_by_minutes_is_divided_by_minutes(self) -> None:
        payer = Policy("cpt-midpoint").with_changes(
            code_terms=[{"codes": "92507", "unit_minutes": 15}]
        )
        found = lines(
            UntimedService("92507", 30, modifiers=("95",)),
            UntimedService("92507", 15),
            payer=payer,
            plan="SLP",
        )
        assert found == [("92507", 2, "GN 95"), ("92507", 1, "GN")]


def test_bill_day_carries_them_to_the_priced_lines() -> None:
    day = Session(DAY, "PT", [TimedService("97110", 15, modifiers=("95",))])
    assert bill_day(day, MEDICARE, None).lines[0].modifiers == ("GP", "95")
