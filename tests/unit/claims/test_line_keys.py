"""The keys of services and sessions are on the lines of a claim."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    Findings,
    InvalidInputError,
    Rule,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    check_claim,
    price_day,
)
from therapy_billing.checks.claimed_day import ClaimedDay
from therapy_billing.claims.attestations import parse_attestations, with_distinct
from therapy_billing.claims.records import with_units
from therapy_billing.findings.report import Report
from therapy_billing.visits.services import Service

ON = "2026-03-02"


def timed(key: str | None, code: str = "97110", minutes: int = 15, **more: Any) -> TimedService:  # noqa: ANN401
    return TimedService(code, minutes, key=key, **more)


def keys_of(*services: Service, payer: object = MEDICARE, key: str | None = None) -> list[Any]:
    """Return the code, modifiers, and keys of each line of a PT session."""
    by: Any = payer
    claim = build_claim(Session(ON, "PT", services, key=key), by)
    return [(line.code, " ".join(line.modifiers), line.keys) for line in claim.lines]


class TestLinesOfAClaim:
    def test_a_line_has_the_keys_of_its_code_in_documented_order_each_once(self) -> None:
        services = [timed("b"), timed("x", "97140"), timed("a"), timed("b"), timed(None)]
        assert keys_of(*services) == [("97110", "GP", ("b", "a")), ("97140", "GP", ("x",))]

    def test_a_service_without_a_key_has_that_of_its_session(self) -> None:
        assert keys_of(timed("a"), timed(None), UntimedService("97161"), key="visit") == [
            ("97110", "GP", ("a", "visit")),
            ("97161", "GP", ("visit",)),
        ]

    def test_without_keys_lines_have_none(self) -> None:
        assert keys_of(timed(None)) == [("97110", "GP", ())]

    def test_sessions_of_a_discipline_are_pooled_and_disciplines_are_not(self) -> None:
        day = [
            Session(ON, "PT", [timed("a")]),
            Session(ON, "OT", [timed("b")]),
            Session.from_minutes({"97110": 15}, date_of_service=ON, discipline="PT", key="c"),
        ]
        lines = build_claim(day, MEDICARE).lines
        assert [(line.modifiers, line.keys) for line in lines] == [
            (("GP",), ("a", "c")),
            (("GO",), ("b",)),
        ]

    def test_both_parts_of_an_assistants_code_have_all_keys(self) -> None:
        services = [timed("a", minutes=12), timed("b", minutes=14, clinician="assistant")]
        assert keys_of(*services) == [
            ("97110", "GP", ("a", "b")),
            ("97110", "GP CQ", ("a", "b")),
        ]

    def test_both_codes_of_a_family_have_the_keys_of_both(self) -> None:
        services = [timed("b", "97130"), timed("a", "97129", 23)]
        assert [line[2] for line in keys_of(*services)] == [("b", "a"), ("b", "a")]
        assert keys_of(timed("a", "97129", 38), payer=CPT_MIDPOINT) == [
            ("97129", "GP", ("a",)),
            ("97130", "GP", ("a",)),
        ]

    def test_an_evaluation_documented_twice_and_billed_once_has_both_keys(self) -> None:
        services = [UntimedService("97161", key="a"), UntimedService("97161", key="b")]
        assert keys_of(*services) == [("97161", "GP", ("a", "b"))]

    def test_units_that_were_made_before_keep_the_keys(self) -> None:
        units = allocate_units(Session(ON, "PT", [timed("a")]), MEDICARE)
        assert units.disciplines[0].keys == (("97110", ("a",)),)
        assert build_claim(units).lines[0].keys == ("a",)
        assert "'a'" not in repr(units.disciplines)


class TestALineThatIsMadeAgain:
    LINE = ClaimLine("97110", 2, ("GP",), "60.00", keys=("a", "b"))

    def test_other_units_and_a_distinct_modifier_keep_the_keys(self) -> None:
        assert with_units(self.LINE, 1).keys == ("a", "b")
        (distinct,) = with_distinct([self.LINE], parse_attestations([("XU", "97110")]))
        assert (distinct.modifiers, distinct.keys) == (("GP", "XU"), ("a", "b"))

    def test_kx_keeps_the_keys_and_a_priced_line_passes_them_on(self) -> None:
        above_threshold = Accumulators(2026, deductible_met="283.00", pt_slp=Decimal(2480))
        fees = FeeSchedule.medicare(ON)
        priced = price_day(
            Claim(ON, [self.LINE]), MEDICARE, fees, above_threshold, attestations=["KX"]
        )
        (line,) = priced.lines
        assert (line.modifiers, line.keys) == (("GP", "KX"), ("a", "b"))
        assert json.loads(json.dumps(priced.to_dict()))["lines"][0]["keys"] == ["a", "b"]

    def test_mppr_keeps_the_keys(self) -> None:
        day = Session(ON, "PT", [timed("a", minutes=30), timed("b", "97530", 30)])
        priced = bill_day(day, MEDICARE, FeeSchedule.medicare(ON))
        assert [line.keys for line in priced.lines] == [("a",), ("b",)]


class TestFindings:
    def test_a_finding_has_the_keys_of_its_lines(self) -> None:
        lines = [
            ClaimLine("97161", 1, ("GP",), keys=("a",)),
            ClaimLine("97110", 1, ("GP",), keys=("b",)),
            ClaimLine("97164", 1, ("GP",), keys=("c", "a")),
        ]
        found = check_claim(Claim(ON, lines), MEDICARE, checks=["one-evaluation"])
        (finding,) = found
        assert (finding.lines, finding.keys) == ((0, 2), ("a", "c"))
        assert finding.to_dict()["keys"] == ["a", "c"]
        assert "keys" not in repr(finding)
        assert (finding.entries, finding.codes) == ((), ("97161", "97164"))

    def test_a_finding_of_your_own_check_has_the_keys_of_its_lines(self) -> None:
        rule = Rule(id="acme", statement="Acme wants fewer lines.")

        def own_check(day: ClaimedDay) -> Findings:
            report = Report(rule)
            report.add("info", "many lines", "bill fewer", lines=range(len(day.lines)))
            report.add("info", "a long day", "bill fewer", entries=["row 9"])
            return report.findings()

        claim = Claim(ON, [ClaimLine("97110", 1), ClaimLine("97140", 1, keys=("a",))])
        found = check_claim(claim, MEDICARE, checks=(), own_checks=[own_check])
        assert [(each.lines, each.keys) for each in found] == [((0, 1), ("a",)), ((), ())]


class TestKeys:
    def test_keys_take_part_in_equality_and_are_not_shown(self) -> None:
        line = ClaimLine("97110", 1, keys=["Rosa"])
        assert line.keys == ("Rosa",)
        assert line != ClaimLine("97110", 1)
        assert "Rosa" not in repr(line)

    def test_each_key_is_kept_once(self) -> None:
        assert ClaimLine("97110", 1, keys=("b", "a", "b")).keys == ("b", "a")

    @pytest.mark.parametrize(
        ("keys", "reason"),
        [
            ("12345", "keys must be a list of strings such as ('row 7', 'row 8')"),
            (12345, "keys must be a list of strings such as ('row 7', 'row 8')"),
            ([" "], "keys[0] must be a string that is not empty, got an empty string"),
            ((12345,), "keys[0] must be a string that is not empty, got an int"),
        ],
    )
    def test_invalid_keys_are_refused_and_not_shown(self, keys: Any, reason: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: ClaimLine("97110", 1, keys=keys)) == reason
