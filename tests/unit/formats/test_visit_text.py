"""Test prepared visits as text."""

from __future__ import annotations

import attrs
import pytest

from tests.prepared_visits import AUTHOR, VISITS
from therapy_billing.findings import Findings
from therapy_billing.formats import visit_text


@pytest.mark.parametrize("name", VISITS)
def test_a_visit_is_its_text_without_private_texts(name: str) -> None:
    shown = str(VISITS[name])
    assert shown == visit_text.display(VISITS[name])
    for private in (AUTHOR, "gait belt", "left knee"):
        assert private not in shown


def test_an_open_tie_line_by_line() -> None:
    lines = str(VISITS["tied"]).splitlines()
    assert lines[:11] == [
        "2026-03-02  medicare",
        "Not ready: 2 decisions to make",
        "31 rules could not be checked",
        "",
        "Claim",
        "  code   units  modifiers            allowed  patient owes",
        "  97530      2  GP                    $57.51        $11.50",
        "  97110      1  GP                    $21.62         $4.32",
        "  Allowed: $79.13",
        "  Medicare pays: $62.04",
        "  Patient owes: $15.82",
    ]
    start = lines.index("Decisions")
    decision = VISITS["tied"].decisions[0]
    assert lines[start + 1 : start + 11 + len(decision.facts)] == [
        "  1.  PT: which of 97530 or 97112 has the unit that is left?",
        "      Treating clinician; $0.02 depends on it.",
        f"      Open: the claim has the default. Id: {decision.id}",
        *(f"      Record: {fact}" for fact in decision.facts),
        f"      - 97530=2 97112=0 (default): {decision.options[0].label}",
        "          Lines: 97530 GP x2",
        "          Allowed $79.13; Medicare pays $62.04; Patient owes $15.82",
        f"      - 97530=1 97112=1: {decision.options[1].label}",
        "          Lines: 97530 GP x1, 97112 GP x1",
        "          Allowed $79.15; Medicare pays $62.05; Patient owes $15.83",
        "      Rule: cms-tie",
    ]
    start = lines.index("To do, in order")
    assert lines[start + 1 : start + 5] == [
        "  1.  Has the patient met the Part B deductible of 2026?",
        f"      Biller, ${VISITS['tied'].decisions[1].dollars}",
        "  2.  PT: which of 97530 or 97112 has the unit that is left?",
        "      Treating clinician, $0.02",
    ]
    assert lines[-1] == f"Data: {VISITS['tied'].data}."


def test_findings_attestations_and_deadlines_are_listed() -> None:
    blocked = str(VISITS["blocked"])
    assert "\n  Denial: The plan has no dated signature" in blocked
    assert (
        "\n  Information: 20 minutes of 97110 by a student make no unit\n    The payer" in blocked
    )
    assert "Attests: The therapist was in the room" in blocked
    deadlines = str(VISITS["deadlines"])
    assert "  2026-02-03  Certification (overdue): obtain" in deadlines
    assert "  2026-03-29  Recertification: obtain" in deadlines
    review = str(VISITS["note"])
    assert "\nOther findings\n  To review: " in review
    assert "No claim: it is not known" in str(VISITS["no method"])


def test_without_findings_nothing_is_said_about_checks() -> None:
    shown = str(attrs.evolve(VISITS["tied"], findings=Findings()))
    assert "checked\n" not in shown
    assert "Not checked" not in shown


def test_a_source_is_printed_once() -> None:
    shown = str(VISITS["liability"])
    assert shown.count("Source: 42 U.S.C. 1395l(g)") == 1
