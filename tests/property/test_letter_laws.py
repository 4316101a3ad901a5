"""Laws of letters: every ordinary day and every day of the example log, for every reader."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pytest

from tests.ordinary_days import DAY, MIXES, draw_days
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    FeeSchedule,
    PricedDay,
    bill_day,
    explain,
    from_json,
    read_treatment_log,
    to_json,
)
from therapy_billing.explanations import Letter, LetterAudience
from therapy_billing.law import Verification

OWN = {Verification.DERIVED, Verification.UNVERIFIED}
OHIO = FeeSchedule.medicare(DAY, locality="OH")
READERS = tuple(LetterAudience)
MOST_LINES, WIDEST = 60, 100


@cache
def ordinary_days() -> tuple[PricedDay, ...]:
    """Return ordinary days under payers that count and pay in different ways."""
    payers = (MEDICARE, PAYERS["nevada-medicaid"], CPT_MIDPOINT)
    return tuple(
        bill_day(day.sessions, payer, OHIO, day.accumulators, attestations=day.attestations)
        for mix in MIXES.values()
        for day in draw_days(mix, 12, 7, OHIO)
        for payer in payers
    )


@cache
def days_of_the_log() -> tuple[PricedDay, ...]:
    """Return each day of the example log under each payer that counts it."""
    log = read_treatment_log(str(files("therapy_billing") / "data" / "logs" / "clinic_day.csv"))
    return tuple(
        bill_day(
            day.sessions,
            payer,
            FeeSchedule.medicare(day.date_of_service, locality="OH"),
        )
        for day in log.days
        for payer in (MEDICARE, PAYERS["humana"], CPT_MIDPOINT)
    )


@pytest.mark.parametrize("audience", READERS)
def test_the_body_of_a_letter_is_one_page(audience: LetterAudience) -> None:
    for day in days_of_the_log():
        body = str(explain(day).letter(audience)).partition("\nAppendix\n")[0]
        lines = body.rstrip().splitlines()
        assert len(lines) <= MOST_LINES
        # An address stays whole, so that it can be copied.
        assert all(len(line) <= WIDEST or line.strip().startswith("https://") for line in lines)


@pytest.mark.parametrize("audience", READERS)
def test_dollars_are_those_of_the_priced_day(audience: LetterAudience) -> None:
    for day in ordinary_days():
        letter = explain(day).letter(audience)
        assert (letter.allowed, letter.patient_owes) == (day.allowed, day.patient_responsibility)
        for row, line in zip(letter.lines, day.lines, strict=True):
            assert (row.units, row.modifiers) == (line.units, line.modifiers)
            assert (row.allowed, row.patient_owes) == (line.allowed, line.patient_responsibility)
        if day.allowed is not None and audience is not LetterAudience.PATIENT:
            assert f"${day.allowed:,} is allowed" in letter.conclusion


def test_no_statement_of_an_ordinary_day_rests_on_our_reading_without_a_label() -> None:
    for day in ordinary_days():
        explanation = explain(day)
        checks = {
            step.rule.id: {source.verified for source in step.sources} for step in explanation.steps
        }
        for audience in READERS:
            for section in explanation.letter(audience).sections:
                for statement in section.statements:
                    alone = [rule for rule in statement.rules if checks[rule] <= OWN]
                    assert not alone or statement.label


def test_a_letter_comes_back_from_json() -> None:
    for day in ordinary_days()[:6]:
        explanation = from_json(to_json(explain(day)), type(explain(day)))
        letter = explanation.letter("auditor")
        assert letter == explain(day).letter("auditor")
        assert from_json(to_json(letter), Letter) == letter
