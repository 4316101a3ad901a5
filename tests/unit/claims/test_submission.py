from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    InvalidInputError,
    Policy,
    Session,
    bill_day,
    build_claim,
)
from therapy_billing.claims import (
    ClaimHeader,
    ClaimParties,
    Coverage,
    Organization,
    Receiver,
    ServiceLine,
    Submission,
    Submitter,
    build_submission,
)

FIRST = Claim(
    "2026-03-02", [ClaimLine("97110", 2, ["GP"], "90"), ClaimLine("97530", 1, ["GP", "CQ"])]
)
SECOND = Claim("2026-03-05", [ClaimLine("97110", 1, ["GP"], "45")])
HEADER = ClaimHeader(account="A-1", diagnoses=["M5450", "M25561"])
SUBMITTER = Submitter(Organization("Clinic"), "C1")
RECEIVER = Receiver(Organization("Payer"), "P1")


def lines_of(submission: Submission) -> tuple[ServiceLine, ...]:
    (claim,) = submission.claims
    return claim.lines


def test_each_claim_line_becomes_a_service_line() -> None:
    built = build_submission(
        FIRST, ClaimParties(), HEADER, submitter=SUBMITTER, receiver=RECEIVER, reference="B1"
    )
    assert lines_of(built) == (
        ServiceLine("97110", 2, "90", ["GP"], "2026-03-02", line_number="20260302-1"),
        ServiceLine("97530", 1, None, ["GP", "CQ"], "2026-03-02", line_number="20260302-2"),
    )
    assert (built.submitter, built.receiver, built.reference) == (SUBMITTER, RECEIVER, "B1")
    assert built.claims[0].header == HEADER


def test_several_days_are_in_the_order_of_their_dates() -> None:
    lines = lines_of(build_submission([SECOND, FIRST], ClaimParties(), HEADER))
    assert [(line.date_of_service, line.line_number) for line in lines] == [
        (date(2026, 3, 2), "20260302-1"),
        (date(2026, 3, 2), "20260302-2"),
        (date(2026, 3, 5), "20260305-3"),
    ]


def test_pointers_are_for_all_lines_or_by_code() -> None:
    of_all = build_submission(FIRST, ClaimParties(), HEADER, pointers=[1, 2])
    assert [line.pointers for line in lines_of(of_all)] == [(1, 2), (1, 2)]
    by_code = build_submission(FIRST, ClaimParties(), HEADER, pointers={"97110": [1], "97530": [2]})
    assert [line.pointers for line in lines_of(by_code)] == [(1,), (2,)]
    assert [
        line.pointers for line in lines_of(build_submission(FIRST, ClaimParties(), HEADER))
    ] == [(), ()]


def test_pointers_from_an_iterator_are_for_all_lines() -> None:
    built = build_submission(FIRST, ClaimParties(), HEADER, pointers=iter([1, 2]))  # type: ignore[arg-type]
    assert [line.pointers for line in lines_of(built)] == [(1, 2), (1, 2)]


def test_pointers_by_code_must_name_every_code() -> None:
    with pytest.raises(InvalidInputError, match="pointers has no entry for 97530") as caught:
        build_submission(FIRST, ClaimParties(), HEADER, pointers={"97110": [1]})
    assert (caught.value.field, caught.value.code) == ("pointers", "97530")


def test_pointers_must_be_whole_numbers() -> None:
    with pytest.raises(InvalidInputError) as caught:
        build_submission(FIRST, ClaimParties(), HEADER, pointers={"97110": ["1"], "97530": [1]})  # type: ignore[list-item]
    assert caught.value.field == "pointers[97110][0]"


@pytest.mark.parametrize("wrong", [None, "2026-03-02", [FIRST, "Invented Rosa"], 7, HEADER])
def test_what_is_not_a_day_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidInputError, match="days must contain only Claim") as caught:
        build_submission(wrong, ClaimParties(), HEADER)  # type: ignore[arg-type]
    assert str(caught.value.field).startswith("days")
    assert "Rosa" not in str(caught.value)


def test_a_submission_needs_a_day() -> None:
    with pytest.raises(InvalidInputError, match="days must have at least one claim"):
        build_submission([], ClaimParties(), HEADER)


def test_a_priced_day_is_sent_with_its_attested_modifiers() -> None:
    minutes = {"97530": 30, "97140": 15}
    session = Session.from_minutes(minutes, date_of_service="2026-03-02", discipline="PT")
    day = bill_day(
        session,
        MEDICARE,
        FeeSchedule.medicare("2026-03-02"),
        Accumulators(2026, pt_slp="3000"),
        attestations=["KX", ("XU", "97530")],
        charges={"97530": "60", "97140": "30"},
    )
    lines = lines_of(build_submission(day, ClaimParties(), HEADER))
    assert [(line.code, line.units, line.charge, line.modifiers) for line in lines] == [
        ("97530", Decimal(2), Decimal(120), ("GP", "KX", "XU")),
        ("97140", Decimal(1), Decimal(30), ("GP", "KX")),
    ]
    assert build_submission([day, FIRST], ClaimParties(), HEADER).claims[0].lines[:2] == lines


def test_the_coverage_gets_the_payer_that_counted_the_units() -> None:
    session = Session.from_minutes({"97110": 30}, date_of_service="2026-03-02", discipline="PT")
    parties = ClaimParties(coverage=Coverage(payer_name="Medicare"))
    built = build_submission(build_claim(session, MEDICARE), parties, HEADER)
    assert built.claims[0].parties.coverage == Coverage("medicare", "Medicare")
    named = ClaimParties(coverage=Coverage("medicare"))
    assert (
        build_submission(build_claim(session, MEDICARE), named, HEADER).claims[0].parties == named
    )
    capital = ClaimParties(coverage=Coverage("Medicare"))
    assert (
        build_submission(build_claim(session, MEDICARE), capital, HEADER).claims[0].parties
        == capital
    )
    by_hand = build_submission(FIRST, parties, HEADER)
    assert by_hand.claims[0].parties == parties
    without = build_submission(build_claim(session, MEDICARE), ClaimParties(), HEADER)
    assert without.claims[0].parties == ClaimParties()


def test_units_that_a_policy_counted_name_no_payer() -> None:
    session = Session.from_minutes({"97110": 30}, date_of_service="2026-03-02", discipline="PT")
    of_policy = build_claim(session, Policy("cms-eight-minute"))
    unnamed = ClaimParties(coverage=Coverage(filing_indicator="MB"))
    assert build_submission(of_policy, unnamed, HEADER).claims[0].parties == unnamed
    for payer in ("medicare", "an own payer", "aetna"):
        named = ClaimParties(coverage=Coverage(payer))
        assert build_submission(of_policy, named, HEADER).claims[0].parties == named


def test_units_counted_by_another_method_than_the_payers_are_refused() -> None:
    session = Session.from_minutes({"97110": 30}, date_of_service="2026-03-02", discipline="PT")
    parties = ClaimParties(coverage=Coverage("medicare"))
    with pytest.raises(InvalidInputError) as caught:
        build_submission(build_claim(session, CPT_MIDPOINT), parties, HEADER)
    assert str(caught.value) == (
        "the units were counted by cpt-midpoint, but the payer of the coverage counts by cms-eight-minute"
    )
    assert caught.value.field == "parties.coverage.payer"


def test_units_of_a_second_payer_may_be_counted_as_the_first_one_counts() -> None:
    session = Session.from_minutes({"97110": 30}, date_of_service="2026-03-02", discipline="PT")
    second = MEDICARE.as_secondary_to(CPT_MIDPOINT, "2026-03-02")
    parties = ClaimParties(coverage=Coverage("medicare", filing_indicator="MB", order="S"))
    built = build_submission(build_claim(session, second), parties, HEADER)
    assert built.claims[0].parties == parties


def test_units_counted_for_another_payer_are_refused() -> None:
    session = Session.from_minutes({"97110": 30}, date_of_service="2026-03-02", discipline="PT")
    later = Session.from_minutes({"97110": 30}, date_of_service="2026-03-03", discipline="PT")
    mixed = [
        build_claim(session, MEDICARE),
        build_claim(later, PAYERS["humana"].with_changes(method="cms-eight-minute")),
    ]
    for days, payer in ((mixed, None), (mixed[0], "aetna"), (mixed, "medicare")):
        with pytest.raises(InvalidInputError, match="must be counted for the payer") as caught:
            build_submission(days, ClaimParties(coverage=Coverage(payer)), HEADER)
        assert caught.value.field == "parties.coverage.payer"


def test_submissions_of_one_sender_go_together() -> None:
    first = build_submission(
        FIRST, ClaimParties(), HEADER, submitter=SUBMITTER, receiver=RECEIVER, reference="B1"
    )
    second = build_submission(
        SECOND, ClaimParties(), HEADER, submitter=SUBMITTER, receiver=RECEIVER
    )
    both = first.with_claims_of([second, second])
    assert both.claims == (*first.claims, *second.claims, *second.claims)
    assert both.reference == "B1"
    assert first.with_claims_of(()) == first
    assert first.with_claims_of(second).claims == (*first.claims, *second.claims)


@pytest.mark.parametrize("name", ["submitter", "receiver", "purpose", "use"])
def test_submissions_that_differ_do_not_go_together(name: str) -> None:
    other = {"submitter": SUBMITTER, "receiver": RECEIVER, "purpose": "18", "use": "RP"}
    with pytest.raises(InvalidInputError, match="is not the same") as caught:
        Submission().with_claims_of([Submission(), Submission(**{name: other[name]})])  # type: ignore[arg-type]
    assert caught.value.field == f"others[1].{name}"
