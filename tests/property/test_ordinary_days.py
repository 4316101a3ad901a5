"""Test that ordinary days, billed correctly, have almost no findings, and that the same days with one fault are flagged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple

import pytest

from tests.oracle import as_split, manual_splits
from tests.ordinary_days import DAY, MIXES, OrdinaryDay, check_ordinary, draw_days
from tests.planted_faults import (
    FAULTS,
    BilledDay,
    FaultyDay,
    check_faulty,
    plant_faults,
)
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    Edits,
    FeeSchedule,
    Session,
    check_day,
)
from therapy_billing.batch.checking import check_log
from therapy_billing.codes.code_book import load_codes
from therapy_billing.findings.records import Finding, Findings, Severity
from therapy_billing.visits.services import TimedService

DAYS = 2000
SEED = 20261005
FEES = FeeSchedule.medicare(DAY, locality="OH")


class Checked(NamedTuple):
    """A correct day with its findings."""

    day: OrdinaryDay
    of_day: Findings
    of_claim: Findings

    def has(self, severity: Severity) -> bool:
        return any(each.severity is severity for each in (*self.of_day, *self.of_claim))

    @property
    def claim(self) -> Claim:
        assert self.of_day.claim is not None
        return self.of_day.claim


@cache
def checked(mix: str = "general", number: int = DAYS, seed: int = SEED) -> tuple[Checked, ...]:
    edits = Edits.bundled()
    return tuple(
        Checked(day, *check_ordinary(day, FEES, edits))
        for day in draw_days(MIXES[mix], number, seed, FEES)
    )


@cache
def faulty() -> tuple[FaultyDay, ...]:
    billed = [BilledDay(each.day, each.claim.lines) for each in checked()]
    return tuple(plant_faults(billed, SEED))


def count(days: Iterable[Checked], severity: Severity) -> int:
    return sum(each.has(severity) for each in days)


def findings_that_matter(days: Iterable[Checked]) -> list[Finding]:
    return [
        finding
        for each in days
        for finding in (*each.of_day, *each.of_claim)
        if finding.severity is not Severity.INFO
    ]


def is_dated(finding: Finding, on: date) -> bool:
    """
    Return whether the rule is in force on the date, and a source of the finding has a date.

    A date is the rule's own first day, or a year or date that the title or section of a source names, such as a
    data file for a quarter, an edition of a manual, or the first day of a change request. It is not after *on*.
    """
    rule = finding.rule
    if rule.effective_from is not None:
        return rule.effective_from <= on
    named = [
        year
        for source in finding.citation
        for year in re.findall(r"\b(?:19|20)\d\d\b", f"{source.title} {source.section}")
    ]
    return any(int(year) <= on.year for year in named)


class TestCorrectDays:
    """A day that is billed correctly has practically no false alarm."""

    def test_half_of_the_days_have_no_clock_times(self) -> None:
        without = [
            each
            for each in checked()
            if all(
                service.start is None
                for session in each.day.sessions
                for service in session.services
            )
        ]
        assert (len(checked()), len(without)) == (DAYS, DAYS // 2)

    def test_the_units_are_those_of_the_manual(self) -> None:
        for each in checked():
            for session in each.day.sessions:
                minutes: dict[str, int] = {}
                for service in session.services:
                    if isinstance(service, TimedService):
                        minutes[service.code] = minutes.get(service.code, 0) + service.minutes
                facts = [load_codes()[code] for code in minutes]
                # The oracle knows neither add-on codes nor units of an hour.
                if any(fact.add_on or fact.adds_to or fact.unit_minutes != 15 for fact in facts):
                    continue
                units = dict.fromkeys(minutes, 0)
                for line in each.claim.lines:
                    if line.code in units and line.discipline is session.discipline:
                        units[line.code] += line.units
                assert as_split(units) in manual_splits(minutes)

    def test_at_most_1_in_100_has_a_denial(self) -> None:
        assert count(checked(), Severity.DENY) <= DAYS // 100

    def test_at_most_5_in_100_have_a_review(self) -> None:
        assert count(checked(), Severity.REVIEW) <= DAYS // 20

    def test_every_denial_and_review_rests_on_a_dated_source(self) -> None:
        undated = [each for each in findings_that_matter(checked()) if not is_dated(each, DAY)]
        assert undated == []

    @pytest.mark.parametrize("mix", sorted(MIXES.keys() - {"general"}))
    def test_other_mixes_have_no_more_findings(self, mix: str) -> None:
        days = checked(mix, 400)
        assert count(days, Severity.DENY) <= 4
        assert count(days, Severity.REVIEW) <= 20


class TestFaultyDays:
    """A day with one planted fault is flagged by a rule about that fault."""

    def test_every_day_has_one_fault_and_every_fault_has_about_as_many_days(self) -> None:
        planted = Counter(day.fault for day in faulty())
        assert planted.total() == DAYS
        assert planted.keys() == FAULTS.keys()
        assert len(planted) >= 15
        assert max(planted.values()) <= 2 * min(planted.values())

    def test_at_least_99_in_100_are_flagged_by_the_rule_of_their_fault(self) -> None:
        edits = Edits.bundled()
        missed = [
            day.fault
            for day in faulty()
            if not {each.rule.id for each in check_faulty(day, FEES, edits)}
            & set(FAULTS[day.fault].rules)
        ]
        assert len(missed) <= DAYS // 100, Counter(missed)

    def test_the_correct_day_is_not_flagged_by_the_rule_of_the_fault(self) -> None:
        before = [
            day.fault
            for each, day in zip(checked(), faulty(), strict=True)
            if {finding.rule.id for finding in findings_that_matter([each])}
            & set(FAULTS[day.fault].rules)
        ]
        assert len(before) <= DAYS // 100, Counter(before)


def rows_of(
    patient: str, sessions: Iterable[Session], attested: Mapping[str, str]
) -> list[dict[str, object]]:
    """Return a day as rows of a log."""
    return [
        {
            "patient": patient,
            "date": DAY,
            "discipline": session.discipline.value,
            "session": str(number),
            "code": service.code,
            "minutes": None if service.start else service.minutes,
            "start": service.start and f"{service.start:%Y-%m-%d %H:%M}",
            "end": service.end and f"{service.end:%Y-%m-%d %H:%M}",
            "clinician": service.clinician.value,
            "body_region": service.body_region,
            "activity": service.activity,
            "attest": attested.get(service.code),
        }
        for number, session in enumerate(sessions)
        for service in session.services
    ]


def shown(findings: Findings) -> Sequence[tuple[str, str, str, tuple[int, ...]]]:
    return [(each.rule.id, each.severity.value, each.message, each.lines) for each in findings]


def modifiers_of(day: OrdinaryDay) -> dict[str, str]:
    """Return the attested modifier of each code."""
    return {str(each[1]): each[0] for each in day.attestations if isinstance(each, tuple)}


class TestLog:
    """A treatment log has the same findings as its days."""

    @cached_property
    def days(self) -> Sequence[tuple[tuple[Session, ...], dict[str, str], Accumulators]]:
        correct = [each.day for each in checked(number=100, seed=SEED + 1)]
        wrong = faulty()[:100]
        return [
            *((day.sessions, modifiers_of(day), day.accumulators) for day in correct),
            *((day.sessions, {}, day.accumulators) for day in wrong),
        ]

    def test_a_log_has_the_findings_of_its_days(self) -> None:
        rows: list[dict[str, object]] = []
        for index, (sessions, attested, _) in enumerate(self.days):
            rows += rows_of(f"p-{index}", sessions, attested)
        years = {f"p-{index}": year for index, (_, _, year) in enumerate(self.days)}
        run = check_log(rows, fees=FEES, accumulators=years, attestations=["KX"])
        logged = [each.findings for each in run]
        direct = [
            check_day(
                sessions,
                MEDICARE,
                FEES,
                year,
                attestations=["KX", *((modifier, code) for code, modifier in attested.items())],
            )
            for sessions, attested, year in self.days
        ]
        assert [shown(each) for each in logged] == [shown(each) for each in direct]
        assert [each.claim for each in logged] == [each.claim for each in direct]
        flagged = [bool(each.at_least("review").found) for each in logged]
        assert sum(flagged[:100]) <= 5
        assert any(flagged[100:])
