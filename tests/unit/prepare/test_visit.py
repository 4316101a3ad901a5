"""Test `prepare_visit`: its arguments, choices, deadlines, status, and work list."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.prepare.visits import ABOVE, DAY, FEES, MET, TIED, choice, only, prepared, pt, timed
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Authorization,
    Choice,
    Claim,
    ClaimLine,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    PlanOfCare,
    Session,
    TreatmentNote,
    bill_day,
    from_json,
    prepare_visit,
    to_dict,
    to_json,
)
from therapy_billing.chart import Practice
from therapy_billing.prepare import DecisionKind, PreparedVisit, VisitStatus, WorkItem, WorkKind
from therapy_billing.prepare.prepared_visit import in_work_order

PLAIN = pt(timed("97110", 20))


def test_a_visit_without_decisions_is_ready_and_is_bill_day() -> None:
    visit = prepare_visit(PLAIN, MEDICARE, FEES, MET)
    assert visit.priced == bill_day(PLAIN, MEDICARE, FEES, MET)
    assert visit.status is VisitStatus.READY
    assert visit.worklist() == ()
    assert repr(visit) == (
        "<PreparedVisit 2026-03-02: ready, $27.87 allowed; 0 open decisions; 0 denials>"
    )


def test_a_visit_without_fees_has_no_amounts() -> None:
    visit = prepare_visit(TIED, MEDICARE)
    assert "no amounts" in repr(visit)
    assert [option.allowed for option in visit.decisions[0].options] == [None, None]
    assert visit.decisions[0].dollars is None


def test_the_audit_trail_is_the_same_for_the_same_input_and_is_read_back() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    decided = [prepared(TIED, decisions=[choice(tie, "97530=1 97112=1")]) for _ in range(2)]
    texts = [to_json(each) for each in decided]
    assert texts[0] == texts[1]
    assert from_json(texts[0]) == decided[0]
    assert '"author":"A. Invented, PT"' in texts[0]
    assert '"decided_at":"2026-03-03T09:30:00"' in texts[0]
    assert "A. Invented" not in f"{decided[0]!r}{decided[0].decisions!r}"


def test_a_choice_about_another_record_is_reported_and_not_applied() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    changed = pt(timed("97530", 22), timed("97110", 20), timed("97112", 7))
    visit = prepared(changed, decisions=[choice(tie, "97530=1 97112=1")])
    assert visit.priced == prepared(changed).priced
    assert visit.status is VisitStatus.UNDECIDED
    (outdated,) = visit.outdated
    assert outdated.choice.decision_id == tie.id
    assert outdated.replaced_by == only(visit, DecisionKind.TIE).id
    assert outdated.reason == (
        "the record, the payer, or the data changed since this choice: decide again"
    )


def test_a_choice_still_applies_if_only_other_codes_changed() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    changed = pt(timed("97530", 23), timed("97110", 19), timed("97112", 8))
    visit = prepared(changed, decisions=[choice(tie, "97530=1 97112=1")])
    assert visit.outdated == ()
    assert visit.status is VisitStatus.READY


def test_a_choice_about_something_that_is_settled_now_is_reported() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    visit = prepared(PLAIN, decisions=[choice(tie, "97530=1 97112=1")])
    assert visit.outdated[0].reason == (
        "another choice, the record, or the rules settle this decision now"
    )
    assert visit.outdated[0].replaced_by == ""
    assert [(each.kind, each.task) for each in visit.worklist()] == [
        (
            WorkKind.OUTDATED,
            "The choice 97530=1 97112=1 was not applied: another choice, the record, or the rules settle this decision now.",
        )
    ]
    assert visit.status is VisitStatus.UNDECIDED


def test_a_decision_for_another_day_is_another_decision() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    later = Session("2026-03-09", "PT", TIED.services)
    visit = prepared(later, fees=None, decisions=[choice(tie, "97530=1 97112=1")])
    assert len(visit.outdated) == 1


@pytest.mark.parametrize(
    ("more", "field", "message"),
    [
        (
            {"decisions": [Choice("tie:PT:1", "a", "b", "2026-03-03 9:00")] * 2},
            "decisions[1]",
            "two choices are for decision tie:PT:1: give only the last one",
        ),
        (
            {"decisions": ["tie"]},
            "decisions[0]",
            "decisions must contain only Choice, got a string of 3 characters",
        ),
        (
            {"notes": TreatmentNote("2026-03-03", "PT")},
            "notes",
            "notes must be for 2026-03-02 or earlier days",
        ),
        ({"edits": "cms"}, "edits", "edits must be an Edits, got a string of 3 characters"),
        ({"practice": 3}, "practice", "practice must be a Practice, got 3"),
        ({"attestations": ["GA"]}, "attestations[0]", None),
        ({"attestations": "KX"}, "attestations", None),
        ({"times": "yes"}, "times", None),
        ({"setting": "moon"}, "setting", None),
    ],
)
def test_wrong_arguments_are_refused(more: dict[str, Any], field: str, message: str | None) -> None:
    with pytest.raises(InvalidInputError) as caught:
        prepared(PLAIN, **more)
    assert caught.value.field == field
    assert message in (None, str(caught.value))


def test_at_least_one_session_is_needed() -> None:
    with pytest.raises(InvalidInputError, match="sessions must have at least one session"):
        prepare_visit([], MEDICARE)


@pytest.mark.parametrize("option", ["97530=1 97112=1", " 97530=1  97112=1 "])
def test_the_name_of_an_option_may_have_other_spaces(option: str) -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    visit = prepared(TIED, decisions=[choice(tie, option)])
    assert visit.decisions[0].chosen == "97530=1 97112=1"
    assert visit.decisions[0].choice == choice(tie, "97530=1 97112=1")


def test_the_name_of_an_option_may_have_other_case() -> None:
    kx = only(prepared(PLAIN, accumulators=ABOVE), DecisionKind.KX)
    visit = prepared(PLAIN, accumulators=ABOVE, decisions=[choice(kx, "Attest")])
    assert visit.claim is not None
    assert visit.claim.lines[0].modifiers == ("GP", "KX")


def test_an_option_that_the_decision_does_not_have_is_refused() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    with pytest.raises(InvalidInputError) as caught:
        prepared(TIED, decisions=[choice(tie, "97110")])
    assert str(caught.value) == (
        f"option must be 97530=2 97112=0 or 97530=1 97112=1 for decision {tie.id}"
    )


def test_a_payer_that_is_not_known_on_the_date_is_refused() -> None:
    with pytest.raises(NotPublishedError):
        prepare_visit(Session("2031-03-03", "PT", PLAIN.services), MEDICARE)


def test_deadlines_are_those_of_the_disciplines_that_treated() -> None:
    plans = [
        PlanOfCare("PT", "2026-02-16", "8 weeks"),
        PlanOfCare("OT", "2026-02-16", "8 weeks"),
    ]
    authorizations = [
        Authorization(4, effective_through="2026-03-31", discipline="PT"),
        Authorization(4, effective_through="2026-04-30", discipline="OT"),
    ]
    earlier = [TreatmentNote(f"2026-02-{day}", "PT") for day in (16, 18, 20)]
    visit = prepared(
        PLAIN, plans=plans, authorizations=authorizations, notes=earlier, practice=Practice()
    )
    assert [(each.what, each.by) for each in visit.deadlines] == [
        ("authorization", date(2026, 3, 2)),
        ("certification", date(2026, 3, 17)),
        ("authorization", date(2026, 3, 31)),
        ("recertification", date(2026, 4, 12)),
    ]
    assert visit.findings.of_rule("note-date") == ()


def test_a_plan_or_authorization_of_another_discipline_has_no_deadline_here() -> None:
    visit = prepared(PLAIN, plans=PlanOfCare("OT", "2026-02-16", "8 weeks"))
    assert visit.deadlines == ()


def test_earlier_claims_and_charges_are_used() -> None:
    earlier = Claim("2026-02-02", [ClaimLine("97110", 1, ("GP",))])
    visit = prepared(PLAIN, earlier=earlier, charges={"97110": "60.00"})
    assert visit.claim is not None
    assert visit.claim.lines[0].charge == Decimal("60.00")


def test_work_is_in_order_of_dollars_then_deadline() -> None:
    plan = PlanOfCare("PT", "2026-01-05", "12 weeks")
    visit = prepared(TIED, accumulators=ABOVE, plans=plan)
    assert [(item.kind.value, str(item.dollars), str(item.by)) for item in visit.worklist()] == [
        ("denial", "79.13", "None"),
        ("decision", "79.13", "None"),
        ("decision", "0.02", "None"),
        ("deadline", "None", "2026-02-03"),
        ("deadline", "None", "2026-03-29"),
    ]
    assert visit.worklist()[1].who == "treating-clinician"
    assert visit.worklist()[0].task.startswith("The plan has no dated signature 56 days")


def item(kind: WorkKind, dollars: str | None, by: str | None = None) -> WorkItem:
    return WorkItem(
        kind=kind,
        date_of_service=date(2026, 3, 2),
        task="invented",
        dollars=None if dollars is None else Decimal(dollars),
        by=None if by is None else date.fromisoformat(by),
        about="invented",
    )


def test_a_denial_of_unknown_dollars_comes_first_and_other_unknown_dollars_last() -> None:
    right = [
        item(WorkKind.DENIAL, None),
        item(WorkKind.DECISION, "2.00"),
        item(WorkKind.DENIAL, "1.00", "2026-04-01"),
        item(WorkKind.DEADLINE, "1.00", "2026-04-02"),
        item(WorkKind.DECISION, "1.00"),
        item(WorkKind.DEADLINE, None, "2026-04-03"),
        item(WorkKind.REVIEW, None),
    ]
    assert in_work_order(iter(right[::-1])) == tuple(right)


@pytest.mark.parametrize(
    ("sessions", "fees", "dollars"),
    [
        ([PLAIN], FEES, "27.87"),
        ([PLAIN, Session(DAY, "OT", PLAIN.services)], FEES, "None"),
        ([PLAIN], None, "None"),
    ],
)
def test_a_denial_of_the_record_puts_the_whole_visit_at_risk(
    sessions: list[Session],
    fees: FeeSchedule | None,
    dollars: str,
) -> None:
    plan = PlanOfCare("PT", "2026-01-05", "12 weeks")
    visit = prepared(*sessions, fees=fees, plans=plan)
    assert str(visit.worklist()[0].dollars) == dollars
    assert visit.worklist()[0].kind is WorkKind.DENIAL


def test_a_denial_without_a_claim_has_no_dollars() -> None:
    plan = PlanOfCare("PT", "2026-01-05", "12 weeks")
    visit = prepared(PLAIN, payer="aetna", plans=plan, accumulators=None)
    denial = next(each for each in visit.worklist() if each.kind is WorkKind.DENIAL)
    assert denial.dollars is None


def test_reviews_are_work_and_infos_are_not() -> None:
    note = TreatmentNote.for_session(PLAIN, signed=True, credentials="PT")
    visit = prepared(PLAIN, notes=note)
    severities = {finding.severity.value for finding in visit.findings}
    assert severities == {"review", "info"}
    assert {each.kind for each in visit.worklist()} == {WorkKind.DECISION, WorkKind.REVIEW}


def test_the_dict_has_the_status_and_the_work_list() -> None:
    plain = to_dict(prepared(TIED))
    assert plain["status"] == "undecided"
    assert [item["kind"] for item in plain["worklist"]] == ["decision"]
    assert plain["decisions"][0]["default"] == "97530=2 97112=0"
    assert plain["decisions"][0]["rule"] == "cms-tie"


def test_options_and_choices_refuse_what_makes_no_sense() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    assert tie.option("97530=2 97112=0") is tie.options[0]
    with pytest.raises(InvalidInputError, match="option must be '97530=2 97112=0' or"):
        tie.option("none")
    for values in (("", "a", "b"), ("a", " ", "b"), ("a", "b", "")):
        with pytest.raises(InvalidInputError, match="must not be empty"):
            Choice(*values, "2026-03-03 9:00")
    with pytest.raises(
        InvalidInputError, match="author must have at most 1000 characters, got 1001"
    ):
        Choice("a", "b", "c" * 1_001, "2026-03-03 9:00")
    assert Choice("a", "b", "c" * 1_000, "2026-03-03 9:00").author == "c" * 1_000
    with pytest.raises(InvalidInputError, match="decided_at must be a date and time"):
        Choice("a", "b", "c", "2026-03-03")


def test_prepared_visits_compare_by_value() -> None:
    assert prepared(TIED) == prepared(TIED)
    assert isinstance(prepared(TIED), PreparedVisit)


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (
            Authorization(12, effective_through="2026-02-28"),
            "visits outside the authorized dates: 2026-03-02",
        ),
        (Authorization(2), "3 visits used, 2 authorized"),
        (Authorization(3), None),
    ],
)
def test_a_visit_that_is_not_authorized_is_blocked(
    authorization: Authorization, message: str | None
) -> None:
    earlier = [TreatmentNote(f"2026-02-{day}", "PT") for day in (16, 18)]
    visit = prepared(PLAIN, authorizations=authorization, notes=earlier)
    assert [finding.message for finding in visit.blocks] == ([] if message is None else [message])
    assert (visit.status is VisitStatus.BLOCKED) is (message is not None)


def test_what_was_wrong_with_earlier_visits_is_not_reported_again() -> None:
    earlier = [Claim(day, [ClaimLine("97110", 1, ("GP",))]) for day in ("2026-01-05", "2026-02-02")]
    march = Authorization(4, effective_from="2026-02-01")
    visit = prepared(PLAIN, authorizations=march, earlier=earlier)
    assert visit.blocks == ()
    assert prepared(PLAIN, payer="aetna", accumulators=None, authorizations=march).blocks == ()


def test_a_deadline_before_the_visit_is_overdue() -> None:
    visit = prepared(PLAIN, plans=PlanOfCare("PT", "2026-01-05", "12 weeks"))
    tasks = [each.task for each in visit.worklist() if each.kind is WorkKind.DEADLINE]
    assert [task.startswith("Overdue: ") for task in tasks] == [True, False]


def test_an_unknown_threshold_is_work_if_medicare_pays_at_cost() -> None:
    visit = prepared(PLAIN, accumulators=None, setting="critical-access-hospital")
    assert [each.about for each in visit.worklist()] == ["kx-threshold"]


def test_an_unknown_threshold_is_work_after_the_deductible_is_settled() -> None:
    deductible = only(prepared(PLAIN, accumulators=None), DecisionKind.DEDUCTIBLE)
    visit = prepared(PLAIN, accumulators=None, decisions=[choice(deductible, "met")])
    assert visit.status is VisitStatus.READY
    assert [each.task for each in visit.worklist()] == [
        "KX was not checked. Fix: give the patient's year-to-date amounts."
    ]


@pytest.mark.parametrize("wrong", [None, 1, "", "KX", MEDICARE])
def test_attestations_must_be_a_list(wrong: Any) -> None:  # noqa: ANN401 - any wrong value
    with pytest.raises(InvalidInputError, match="attestations must be a list") as caught:
        prepare_visit(PLAIN, MEDICARE, FEES, MET, attestations=wrong)
    assert caught.value.field == "attestations"


def test_attestations_may_be_a_generator() -> None:
    above = Accumulators(2026, deductible_met=283, pt_slp="2470.00")
    visit = prepare_visit(PLAIN, MEDICARE, FEES, above, attestations=(each for each in ["KX"]))
    assert visit.priced == bill_day(PLAIN, MEDICARE, FEES, above, attestations=["KX"])


def test_a_visit_without_a_line_is_not_billed() -> None:
    visit = prepare_visit(pt(timed("97110", 7)), MEDICARE, FEES, MET)
    assert visit.status is VisitStatus.NOT_BILLED
    assert str(visit).splitlines()[1] == "Not billed: no documented service makes a unit"
    assert prepare_visit(pt(timed("97110", 8)), MEDICARE, FEES, MET).status is VisitStatus.READY


def test_a_choice_has_no_spaces_at_its_ends() -> None:
    given = Choice(" kx:PT:1 ", " attest", "A. Invented, PT ", "2026-03-02 17:40")
    assert given == Choice("kx:PT:1", "attest", "A. Invented, PT", "2026-03-02 17:40")


@pytest.mark.parametrize("name", ["decision_id", "option", "author"])
@pytest.mark.parametrize("wrong", ["A\0B", "A\ud800"])
def test_a_choice_can_be_written_to_a_file(name: str, wrong: str) -> None:
    given = {"decision_id": "kx:PT:1", "option": "attest", "author": "A. Invented, PT", name: wrong}
    with pytest.raises(InvalidInputError, match="no file can hold") as caught:
        Choice(**given, decided_at="2026-03-02 17:40")
    assert caught.value.field == name
