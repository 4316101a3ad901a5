"""Claim lines and claims: valid and invalid values, displays, and no patient data."""

from __future__ import annotations

import datetime
import json
import pickle
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    MEDICARE,
    Claim,
    ClaimLine,
    Discipline,
    InvalidInputError,
    Session,
    TimedService,
    build_claim,
)
from therapy_billing.claims import AssistantShare

DAY = datetime.date(2026, 3, 2)
NO_MODIFIER = "modifiers[0] must be two letters or digits such as 'GP', got {}"


class TestClaimLine:
    def test_it_reads_what_a_biller_writes(self) -> None:
        line = ClaimLine(" g0283 ", 1, ["GP", "59"], "20")
        assert line == ClaimLine("G0283", 1, ("GP", "59"), Decimal("20.00"))
        assert (line.code, line.units, line.modifiers) == ("G0283", 1, ("GP", "59"))
        assert str(line.charge) == "20.00"

    def test_modifiers_and_charge_may_be_left_out(self) -> None:
        line = ClaimLine("97110", 2)
        assert (line.modifiers, line.charge, line.discipline, line.assistant) == (
            (),
            None,
            None,
            False,
        )

    @pytest.mark.parametrize(
        ("modifiers", "discipline", "assistant"),
        [
            (("GP",), Discipline.PT, False),
            (("GO", "CO"), Discipline.OT, True),
            (("GN",), Discipline.SLP, False),
            (("59", "GP"), Discipline.PT, False),
            (("CQ", "GP"), Discipline.PT, True),
            (("CQ",), None, True),
            (("KX", "59"), None, False),
        ],
    )
    def test_it_shows_its_plan_of_care_and_the_assistant(
        self, modifiers: tuple[str, ...], discipline: Discipline | None, assistant: object
    ) -> None:
        line = ClaimLine("97110", 1, modifiers)
        assert (line.discipline, line.assistant) == (discipline, assistant)

    @pytest.mark.parametrize(
        ("code", "shown"),
        [
            ("9753O2", "a string of 6 characters"),
            ("Rosa", "a string of 4 characters"),
            (9753, "9753"),
        ],
    )
    def test_an_invalid_code_is_refused(self, code: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: ClaimLine(code, 1)) == (
            f"code must be five characters such as '97530' or 'G0283', got {shown}"
        )

    def test_a_subclass_of_str_is_accepted_as_a_code(self) -> None:
        class Code(str):
            __slots__ = ()

        assert ClaimLine(Code("97110"), 1).code == "97110"

    @pytest.mark.parametrize(
        ("units", "shown"),
        [(True, "True"), (1.5, "1.5"), (None, "None"), ("2", "'2': use int('2')")],
    )
    def test_units_are_a_whole_number(self, units: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: ClaimLine("97110", units)) == (
            f"units must be a whole number, got {shown}"
        )

    @pytest.mark.parametrize(
        ("modifiers", "reason"),
        [
            (
                "GP",
                "modifiers must be a sequence such as ('GP', 'CQ'), got a string of 2 characters",
            ),
            (("GPX",), NO_MODIFIER.format("a string of 3 characters")),
            (("5",), NO_MODIFIER.format("'5'")),
            (("Rosa Invented",), NO_MODIFIER.format("a string of 13 characters")),
            ((None,), NO_MODIFIER.format("None")),
            ((59,), NO_MODIFIER.format("59")),
            (("GP", ["CQ"]), NO_MODIFIER.replace("[0]", "[1]").format("a list")),
            (("GP", "59", "GP"), "modifiers has GP twice: give each modifier once"),
        ],
    )
    def test_invalid_modifiers_are_refused(
        self,
        modifiers: Any,  # noqa: ANN401
        reason: str,
    ) -> None:
        assert refusal(InvalidInputError, lambda: ClaimLine("97110", 1, modifiers)) == reason

    @pytest.mark.parametrize("units", [0, -1])
    def test_a_line_has_one_unit_at_least(self, units: int) -> None:
        assert refusal(InvalidInputError, lambda: ClaimLine("97110", units)) == (
            f"units must be from 1 to 9999, got {units}"
        )

    def test_modifiers_are_read_in_either_case_and_with_spaces(self) -> None:
        assert ClaimLine("97110", 1, ("gp", " Cq ")).modifiers == ("GP", "CQ")

    def test_a_line_has_a_maximum_number_of_units(self) -> None:
        assert ClaimLine("97110", 9_999).units == 9_999
        assert refusal(InvalidInputError, lambda: ClaimLine("97110", 10_000)) == (
            "units must be from 1 to 9999, got 10000"
        )

    def test_four_modifiers_fit_on_a_line(self) -> None:
        assert len(ClaimLine("97110", 1, ("GP", "CQ", "KX", "59")).modifiers) == 4

    @pytest.mark.parametrize(
        ("charge", "shown"),
        [
            (40.42, "charge must be a Decimal, a string such as '40.42', or an int; got 40.42"),
            (0, "charge must be above zero, got 0: leave out a code without a price"),
            ("40.425", "charge must be rounded to the cent, got '40.425'"),
        ],
    )
    def test_a_charge_is_an_amount_to_the_cent(self, charge: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: ClaimLine("97110", 1, (), charge)) == shown

    def test_a_changed_line_is_checked_again(self) -> None:
        line = ClaimLine("97110", 2, ("GP",))
        assert attrs.evolve(line, modifiers=("GP", "KX")).modifiers == ("GP", "KX")
        with pytest.raises(InvalidInputError):
            attrs.evolve(line, units=0)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            line.units = 3  # type: ignore[misc]

    @pytest.mark.parametrize(("charge", "in_dict"), [(None, None), ("80.00", "80.00")])
    def test_its_dict_makes_it_again(self, charge: str | None, in_dict: str | None) -> None:
        line = ClaimLine("97110", 2, ("GP", "CQ"), charge)
        values = line.to_dict()
        assert values == {
            "code": "97110",
            "units": 2,
            "modifiers": ["GP", "CQ"],
            "charge": in_dict,
            "keys": [],
        }
        assert ClaimLine(**json.loads(json.dumps(values))) == line


class TestAssistantShare:
    def test_its_units_are_whole_units_plus_remaining_units(self) -> None:
        share = AssistantShare(
            "97110", Discipline.PT, "assistant-units-2022", "assistant-exact", 20, 32, 5, 1, 2, 3, 4
        )
        assert (share.units_without, share.units_with) == (4, 6)
        assert (share.therapist_minutes, share.assistant_minutes) == (20, 32)
        assert share.together_minutes == 5


class TestClaim:
    def test_it_reads_its_day_and_its_lines(self) -> None:
        lines = [ClaimLine("97110", 2, ("GP",)), ClaimLine("97530", 1, ("GO",))]
        claim = Claim("3/2/2026", iter(lines))
        assert claim == Claim(DAY, tuple(lines))
        assert (claim.allocation, claim.assistants) == (None, ())

    @pytest.mark.parametrize(
        ("day", "reason"),
        [
            ("Rosa Invented", "got a string of 13 characters"),
            (None, "got None"),
        ],
    )
    def test_an_invalid_date_is_refused(self, day: Any, reason: str) -> None:  # noqa: ANN401
        message = refusal(InvalidInputError, lambda: Claim(day, []))
        assert message.endswith(reason)

    @pytest.mark.parametrize(
        ("lines", "shown"),
        [
            ("Rosa Invented", "a string of 1 character"),
            (["97110"], "'97110'"),
            ([None], "None"),
        ],
    )
    def test_invalid_lines_are_refused(self, lines: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: Claim(DAY, lines)) == (
            f"every item of lines must be a ClaimLine, got {shown}"
        )

    def test_its_dict_makes_it_again(self) -> None:
        keyed = ClaimLine("97110", 2, ("GP",), "60.00", keys=["row 7"])
        claim = Claim(DAY, [keyed, ClaimLine("97530", 1)])
        values = json.loads(json.dumps(claim.to_dict()))
        assert values == {
            "date_of_service": "2026-03-02",
            "lines": [
                {
                    "code": "97110",
                    "units": 2,
                    "modifiers": ["GP"],
                    "charge": "60.00",
                    "keys": ["row 7"],
                },
                {"code": "97530", "units": 1, "modifiers": [], "charge": None, "keys": []},
            ],
        }
        lines = [ClaimLine(**line) for line in values["lines"]]
        assert Claim(values["date_of_service"], lines) == claim

    def test_lines_must_be_iterable(self) -> None:
        line: Any = 5
        assert refusal(InvalidInputError, lambda: Claim("2026-03-02", line)) == (
            "lines must be a list of ClaimLine records, got 5"
        )

    def test_it_contains_no_activity_or_body_region(self) -> None:
        services = [
            TimedService("97530", 12, body_region="Rosa's knee", activity="walks with Rosa"),
            TimedService("97530", 14, clinician="assistant", activity="walks with Rosa"),
        ]
        claim = build_claim(Session(DAY, "PT", services), MEDICARE)
        for shown in (repr(claim), str(claim.to_dict()), repr(claim.allocation)):
            assert "Rosa" not in shown
        assert b"Rosa" not in pickle.dumps(claim)

    def test_it_comes_back_from_a_pickle_equal_and_with_the_same_hash(self) -> None:
        claim = build_claim(Session(DAY, "PT", [TimedService("97530", 12)]), MEDICARE)
        again = pickle.loads(pickle.dumps(claim))  # noqa: S301 - written one step before
        assert again == claim
        assert hash(again) == hash(claim)
