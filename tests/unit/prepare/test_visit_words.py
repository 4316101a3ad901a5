"""Test the words about a prepared visit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import attrs
import pytest

from tests.prepared_visits import VISITS
from therapy_billing.findings import Findings, Severity
from therapy_billing.prepare import WorkItem, WorkKind
from therapy_billing.prepare.visit_words import (
    amount_remarks,
    depends_in_words,
    option_amounts,
    other_findings,
    outdated_in_words,
    own_lines,
    severity_in_words,
    status_in_words,
    task_in_words,
    totals_of,
    unchecked_count,
    work_in_words,
)
from therapy_billing.pricing import CapCost

NOTHING = attrs.evolve(VISITS["ready"], priced=None, refusal="no service is left to bill")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ready", "Ready to bill"),
        ("tied", "Not ready: 2 decisions to make"),
        ("outdated", "Not ready: 1 choice out of date"),
        ("replaced", "Not ready: 1 decision to make and 1 choice out of date"),
        ("deadlines", "Blocked: 1 denial that no open decision settles"),
        ("blocked", "Blocked: 1 denial that no open decision settles; 2 decisions to make"),
        ("no method", "Not ready: 1 decision to make"),
    ],
)
def test_the_status_says_how_much_there_is_to_do(name: str, words: str) -> None:
    assert status_in_words(VISITS[name]) == words


def test_a_visit_without_a_claim_has_no_totals() -> None:
    assert status_in_words(NOTHING) == "Not billed: every code was left off the claim"
    assert totals_of(NOTHING) == {}


def test_expected_denials_qualify_what_medicare_pays() -> None:
    amounts = {name: str(amount) for name, amount in totals_of(VISITS["liability"]).items()}
    assert amounts == {
        "Allowed": "103.31",
        "Expected denials": "103.31",
        "Medicare pays if nothing is denied": "80.99",
        "Patient owes if nothing is denied": "20.66",
    }
    assert list(totals_of(VISITS["own rates"])) == ["Allowed", "Patient owes"]


def test_remarks_on_the_dollars_name_each_reason_once() -> None:
    denied = VISITS["denied"].priced
    assert denied is not None
    range_ = (Decimal("1.00"), Decimal("2.00"))
    cap = CapCost("payer-cap", "4 units", Decimal("9.00"))
    remarks = amount_remarks(attrs.evolve(denied, medicare_pays_range=range_, caps=(cap,)))
    for expected in (
        "97530 has GZ, so Medicare denies the line, and the provider bears the charge",
        "the payer's cap of 4 units takes $9.00 off the day",
        "Medicare may pay $1.00 to $2.00",
    ):
        assert remarks.count(expected) == 1
    without = VISITS["no fees"].priced
    assert without is not None
    assert "97530: no fee schedule was given" in amount_remarks(without)


def test_dollars_that_depend_on_a_decision_are_in_words() -> None:
    decision = VISITS["tied"].decisions[0]
    assert depends_in_words(decision) == "$0.02 depends on it"
    alike = attrs.evolve(decision, options=decision.options[:1] * 2)
    assert depends_in_words(alike) == "no dollars depend on it"
    assert own_lines(alike, alike.options[0]) == ()
    unknown = VISITS["no fees"].decisions[0]
    assert depends_in_words(unknown) == "the dollars that depend on it are not known"
    assert option_amounts(unknown) == {}


def test_only_amounts_that_an_option_has_are_listed() -> None:
    assert list(option_amounts(VISITS["tied"].decisions[0])) == [
        "Allowed",
        "Medicare pays",
        "Patient owes",
    ]
    assert "Expected denials" in option_amounts(VISITS["liability"].decisions[0])
    assert "Medicare pays" not in option_amounts(VISITS["no method"].decisions[0])


def test_findings_of_a_decision_and_blocks_are_not_listed_again() -> None:
    visit = VISITS["blocked"]
    settled = [each.rule.id for each in visit.findings if each.severity is Severity.DENY]
    assert [each.rule.id for each in visit.blocks] == ["certification-timely"]
    assert set(settled) == {"certification-timely", "ncci-ptp", "one-evaluation"}
    assert [each.rule.id for each in other_findings(visit)] == ["furnisher-scope"]


def test_the_words_of_a_finding_have_its_dollars_if_they_are_known() -> None:
    found = VISITS["blocked"].findings.of_rule("one-evaluation")[0]
    assert severity_in_words(found) == "Denial, $49.67 at stake"
    assert severity_in_words(attrs.evolve(found, at_stake=None)) == "Denial"


def test_a_choice_out_of_date_says_what_to_do() -> None:
    visit = VISITS["outdated"]
    text = outdated_in_words(visit, visit.outdated[0])
    assert text.endswith(
        ": another choice, the record, or the rules settle this decision now. Remove the choice."
    )
    assert [task_in_words(visit, each) for each in visit.worklist()] == [text]
    visit = VISITS["replaced"]
    text = outdated_in_words(visit, visit.outdated[0])
    assert text.endswith(
        "decide again. Decide: PT: which of 97530 or 97112 has the unit that is left?"
    )


def test_work_says_who_how_much_and_by_when() -> None:
    item = WorkItem(
        kind=WorkKind.OUTDATED,
        date_of_service=date(2026, 3, 2),
        task="look at it",
        about="tie:PT:00000000",
    )
    assert work_in_words(item) == ""
    assert task_in_words(VISITS["outdated"], item) == "look at it"
    full = attrs.evolve(
        item, who="treating-clinician", dollars=Decimal("0.02"), by=date(2026, 3, 9)
    )
    assert work_in_words(full) == "Treating clinician, $0.02, by 2026-03-09"


def test_unchecked_rules_are_counted() -> None:
    assert unchecked_count(VISITS["tied"]) == "31 rules could not be checked"
    assert unchecked_count(attrs.evolve(VISITS["tied"], findings=Findings())) == ""
