"""Test each kind of decision: when it is offered, its options, and what each answer does."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.unit.prepare.visits import (
    ABOVE,
    DAY,
    GROUP_BY_BOTH,
    PAIRS,
    TIED,
    billed,
    choice,
    names,
    only,
    prepared,
    pt,
    timed,
)
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Discipline,
    Edits,
    FeeSchedule,
    InvalidInputError,
    NoteEntry,
    PlanOfCare,
    PreparedVisit,
    Session,
    Source,
    TimedService,
    TreatmentNote,
    UnitMethod,
    UntimedService,
)
from therapy_billing.law import Verification
from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable
from therapy_billing.prepare import DecisionKind, DecisionMaker, VisitStatus


def kinds(visit: PreparedVisit) -> list[DecisionKind]:
    return [decision.kind for decision in visit.decisions]


def decided(
    visit: PreparedVisit,
    kind: DecisionKind,
    option: str,
    *sessions: Session,
    **more: Any,  # noqa: ANN401 - the arguments of prepare_visit
) -> PreparedVisit:
    """Prepare the visit again with one more choice."""
    before = [each.choice for each in visit.decisions if each.choice is not None]
    return prepared(*sessions, decisions=[*before, choice(only(visit, kind), option)], **more)


# Ties.


def test_a_tie_lists_each_legal_split_with_the_units_that_differ() -> None:
    tie = only(prepared(TIED), DecisionKind.TIE)
    assert names(tie) == ["97530=2 97112=0", "97530=1 97112=1"]
    assert tie.question == "PT: which of 97530 or 97112 has the unit that is left?"
    assert tie.answered_by is DecisionMaker.CLINICIAN
    assert tie.facts == ("97530: 23 minutes", "97112: 8 minutes")
    assert tie.rule.id == "cms-tie"
    assert tie.dollars == Decimal("0.02")


def test_a_split_with_more_units_of_an_assistant_pays_less() -> None:
    tie = only(prepared(pt(timed("97530", 20), timed("97112", 20, "assistant"))), DecisionKind.TIE)
    more, less = (option.received for option in tie.options)
    assert (more, less, tie.dollars) == (Decimal("77.56"), Decimal("74.73"), Decimal("2.83"))


def test_the_chosen_split_is_billed_and_explained() -> None:
    visit = decided(prepared(TIED), DecisionKind.TIE, "97530=1 97112=1", TIED)
    assert billed(visit) == [("97530", 1, ("GP",)), ("97110", 1, ("GP",)), ("97112", 1, ("GP",))]
    assert visit.status is VisitStatus.READY
    assert visit.priced is not None
    assert visit.priced.allocation is not None
    assert visit.priced.allocation.split_given


def test_ties_of_two_disciplines_are_two_decisions() -> None:
    ot = Session(DAY, "OT", [timed("97530", 20), timed("97535", 20)])
    slp = Session(DAY, "SLP", [UntimedService("92507")])
    visit = prepared(TIED, ot, slp)
    ties = [each for each in visit.decisions if each.kind is DecisionKind.TIE]
    assert [each.discipline for each in ties] == [Discipline.OT, Discipline.PT]
    visit = prepared(TIED, ot, slp, decisions=[choice(ties[0], "97530=1 97535=2")])
    ties = [each for each in visit.decisions if each.kind is DecisionKind.TIE]
    assert [each.is_open for each in ties] == [False, True]
    assert ("97535", 2, ("GO",)) in billed(visit)
    assert ("97530", 2, ("GP",)) in billed(visit)


def test_a_tie_under_a_cap_names_the_cap() -> None:
    day = pt(timed("97110", 15), timed("97112", 15), timed("97530", 15))
    capped = MEDICARE.on(DAY).with_changes(cap_per_day=2)
    tie = only(prepared(day, payer=capped), DecisionKind.TIE)
    assert tie.rule.id == "cap-tie"
    assert tie.facts[-1] == "cap of 2 units"
    assert tie.question == "PT: which units of 97110, 97112, or 97530 are billed under the cap?"
    assert len(names(tie)) == 3
    visit = decided(prepared(day, payer=capped), DecisionKind.TIE, "97110=0 97112=1 97530=1", day, payer=capped)  # fmt: skip
    assert [line[0] for line in billed(visit)] == ["97112", "97530"]


def test_a_unit_that_a_cap_took_from_one_discipline_is_no_fact_about_the_tie_of_another() -> None:
    tied = pt(timed("97110", 20), timed("97112", 20))
    ot = Session(DAY, "OT", [timed("97535", 75)])
    capped = MEDICARE.on(DAY).with_changes(cap_per_codes=[(("97535",), 4)])
    visit = prepared(tied, ot, payer=capped)
    assert visit.priced is not None
    assert visit.priced.allocation is not None
    assert visit.priced.allocation.capped_units != ()
    tie = only(visit, DecisionKind.TIE)
    assert (tie.rule.id, tie.facts) == ("cms-tie", ("97110: 20 minutes", "97112: 20 minutes"))


# KX and liability.


def test_kx_is_offered_to_the_clinician_for_lines_above_the_threshold_only() -> None:
    day = pt(timed("97110", 15), timed("97112", 15))
    kx = only(prepared(day, accumulators=ABOVE), DecisionKind.KX)
    assert kx.answered_by is DecisionMaker.CLINICIAN
    assert names(kx) == ["no-kx", "attest"]
    assert [option.at_stake for option in kx.options] == [kx.dollars, 0]
    assert [bool(option.attests) for option in kx.options] == [False, True]
    assert kinds(prepared(day, accumulators=Accumulators(2026, deductible_met=283))) == []


def test_the_question_about_kx_has_the_amounts() -> None:
    day = pt(timed("97110", 15))
    for used, words in (
        ("2470.00", "PT: $2,470.00 was allowed for PT and SLP before this visit; the threshold is $2,480.00. Are"),
        ("2990.00", "PT: $2,990.00 was allowed for PT and SLP before this visit; the threshold is $2,480.00. Above $3,000.00, Medicare may review the claim. Are"),
    ):  # fmt: skip
        year = Accumulators(2026, deductible_met=283, pt_slp=used)
        question = only(prepared(day, accumulators=year), DecisionKind.KX).question
        assert question == f"{words} the services of this visit medically necessary?"


def test_facts_have_only_minutes_that_make_units() -> None:
    day = pt(timed("97110", 15), timed("97112", 15, "student"), UntimedService("97161"))
    kx = only(prepared(day, accumulators=ABOVE), DecisionKind.KX)
    assert kx.facts == ("97110: 15 minutes", "97161: no minutes")


def test_attested_kx_is_on_the_lines() -> None:
    day = pt(timed("97110", 15), timed("97112", 15))
    visit = decided(prepared(day, accumulators=ABOVE), DecisionKind.KX, "attest", day, accumulators=ABOVE)  # fmt: skip
    assert billed(visit) == [("97110", 1, ("GP", "KX")), ("97112", 1, ("GP", "KX"))]
    assert visit.status is VisitStatus.READY


@pytest.mark.parametrize(
    ("option", "modifiers", "allowed"),
    [
        ("no-modifier", ("GP",), "45.82"),
        ("GA", ("GP", "GA"), "45.82"),
        ("GZ", ("GP", "GZ"), "0.00"),
    ],
)
def test_an_abn_is_asked_about_after_the_clinician_declined_kx(
    option: str, modifiers: tuple[str, ...], allowed: str
) -> None:
    day = pt(timed("97110", 15), timed("97112", 15))
    ot = Session(DAY, "OT", [timed("97535", 15)])
    given: dict[str, Any] = {"accumulators": ABOVE}
    visit = prepared(day, ot, **given)
    assert DecisionKind.LIABILITY not in kinds(visit)
    visit = decided(visit, DecisionKind.KX, "no-kx", day, ot, **given)
    liability = only(visit, DecisionKind.LIABILITY)
    assert liability.answered_by is DecisionMaker.PATIENT
    assert names(liability) == ["no-modifier", "GA", "GZ"]
    visit = decided(visit, DecisionKind.LIABILITY, option, day, ot, **given)
    fix = "bill the line with GA or GZ, or change the answer about KX."
    assert any(fix in each.task for each in visit.worklist()) is (option == "no-modifier")
    assert [line[2] for line in billed(visit)] == [modifiers, modifiers, ("GO",)]
    assert visit.priced is not None
    of_pt = [line.allowed for line in visit.priced.lines[:2]]
    assert None not in of_pt
    assert sum(amount for amount in of_pt if amount is not None) == Decimal(allowed)


CROSSED_BETWEEN_LINES = Accumulators(2026, deductible_met=283, pt_slp="2430.00")


@pytest.mark.parametrize(("option", "at_stake"), [("GA", "43.24"), ("GZ", "0.00")])
def test_a_line_below_the_threshold_gets_no_modifier_for_liability(
    option: str, at_stake: str
) -> None:
    day = pt(timed("97110", 30), timed("97110", 30, "assistant"))
    given: dict[str, Any] = {"accumulators": CROSSED_BETWEEN_LINES}
    visit = decided(prepared(day, **given), DecisionKind.KX, "no-kx", day, **given)
    marked = only(visit, DecisionKind.LIABILITY).option(option)
    assert [(line.units, line.modifiers) for line in marked.lines] == [
        (2, ("GP",)),
        (2, ("GP", "CQ", option)),
    ]
    assert marked.at_stake == Decimal(at_stake)
    assert marked.expected == Decimal("49.49")


def test_no_modifier_for_liability_is_offered_if_services_cannot_carry_it_alone() -> None:
    # The second unit has 6 minutes of the therapist and 5 of the assistant, so it needs both services.
    day = pt(timed("97110", 21), timed("97110", 5, "assistant"))
    given: dict[str, Any] = {"accumulators": attrs.evolve(CROSSED_BETWEEN_LINES, pt_slp="2440.00")}
    visit = decided(prepared(day, **given), DecisionKind.KX, "no-kx", day, **given)
    assert billed(visit) == [("97110", 1, ("GP",)), ("97110", 1, ("GP", "CQ"))]
    assert DecisionKind.LIABILITY not in kinds(visit)
    assert [finding.rule.id for finding in visit.blocks] == ["kx-threshold"]


def test_no_modifier_for_liability_is_offered_if_only_one_of_them_can_be_on_the_lines() -> None:
    # The services with GA keep it. With GA on the others too, the units are shared as before; with GZ they are not.
    day = pt(
        timed("97530", 20),
        timed("97530", 5, "assistant"),
        TimedService("97530", 25, modifiers=["GA"]),
        TimedService("97112", 37, modifiers=["GA"]),
    )
    given: dict[str, Any] = {"accumulators": attrs.evolve(CROSSED_BETWEEN_LINES, pt_slp="2480.00")}
    visit = decided(prepared(day, **given), DecisionKind.KX, "no-kx", day, **given)
    assert DecisionKind.LIABILITY not in kinds(visit)


def test_an_open_decision_of_one_discipline_settles_no_denial_of_another() -> None:
    above = Accumulators(2026, deductible_met=283, pt_slp="2480.00", ot="2480.00")
    sessions = [Session(DAY, plan, [timed("97530", 15)]) for plan in ("PT", "OT")]
    visit = prepared(*sessions, accumulators=above)
    own = {each.discipline: each for each in visit.decisions}
    choices = [choice(own[Discipline.PT], "no-kx")]
    visit = prepared(*sessions, accumulators=above, decisions=choices)
    (liability,) = (each for each in visit.decisions if each.kind is DecisionKind.LIABILITY)
    choices.append(choice(liability, "no-modifier"))
    visit = prepared(*sessions, accumulators=above, decisions=choices)
    assert [each.discipline for each in visit.open_decisions] == [Discipline.OT]
    assert [finding.lines for finding in visit.blocks] == [(0,)]


# Distinct services.


@pytest.mark.parametrize(
    ("group", "alone", "options", "who"),
    [
        (("9:00", "9:30"), ("9:30", "9:50"), ["as-is", "XU", "59", "without-97110"], "treating-clinician"),
        (("9:00", "9:30"), ("9:20", "9:40"), ["as-is", "without-97110"], "treating-clinician"),
        (None, None, ["as-is", "without-97110"], "treating-clinician"),
    ],
)  # fmt: skip
def test_a_modifier_is_offered_only_if_the_record_shows_separate_services(
    group: tuple[str, str] | None,
    alone: tuple[str, str] | None,
    options: list[str],
    who: str,
) -> None:
    start, end = (None, None) if group is None else (f"{PAIRS} {time}" for time in group)
    services = [UntimedService("97150", start=start, end=end)]
    own = timed("97110", 20)
    if alone is not None:
        own = timed("97110", None, start=f"{PAIRS} {alone[0]}", end=f"{PAIRS} {alone[1]}")
    day = pt(*services, own, on=PAIRS)
    visit = prepared(day)
    pair = only(visit, DecisionKind.DISTINCT)
    assert names(pair) == options
    assert pair.answered_by.value == who
    assert pair.options[0].at_stake == Decimal("24.42")
    assert {finding.rule.id for finding in visit.blocks} <= {"patient-overlap"}
    assert not any("$" in fact for fact in pair.facts)


def test_an_attested_pair_is_billed_with_the_modifier_and_without_the_code_is_not() -> None:
    day = pt(
        UntimedService("97150", start=f"{PAIRS} 9:00", end=f"{PAIRS} 9:30"),
        timed("97110", None, start=f"{PAIRS} 9:30", end=f"{PAIRS} 9:50"),
        on=PAIRS,
    )
    for option, lines, status in (
        ("XU", [("97110", 1, ("GP", "XU")), ("97150", 1, ("GP",))], VisitStatus.READY),
        ("59", [("97110", 1, ("GP", "59")), ("97150", 1, ("GP",))], VisitStatus.READY),
        ("without-97110", [("97150", 1, ("GP",))], VisitStatus.READY),
        # The answer does not undo the denial.
        ("as-is", [("97110", 1, ("GP",)), ("97150", 1, ("GP",))], VisitStatus.BLOCKED),
    ):
        visit = decided(prepared(day), DecisionKind.DISTINCT, option, day)
        assert billed(visit) == lines
        assert visit.status is status


def test_a_code_under_two_plans_of_care_is_one_decision_because_one_attestation_is_for_both() -> (
    None
):
    def at(code: str, start: str, end: str) -> TimedService:
        return timed(code, None, start=f"{PAIRS} {start}", end=f"{PAIRS} {end}")

    group = UntimedService("97150", start=f"{PAIRS} 9:00", end=f"{PAIRS} 9:30")
    sessions = [
        pt(group, at("97110", "9:30", "9:50"), on=PAIRS),
        Session(PAIRS, "OT", [at("97110", "10:00", "10:15")]),
    ]
    visit = prepared(*sessions)
    pair = only(visit, DecisionKind.DISTINCT)
    assert pair.discipline is None
    assert pair.question == "Was 97110 separate from 97150?"
    visit = decided(visit, DecisionKind.DISTINCT, names(pair)[1], *sessions)
    assert visit.status is VisitStatus.READY


def test_59_is_not_offered_if_the_payer_does_not_take_it() -> None:
    day = pt(
        UntimedService("97150", start=f"{PAIRS} 9:00", end=f"{PAIRS} 9:30"),
        timed("97110", None, start=f"{PAIRS} 9:30", end=f"{PAIRS} 9:50"),
        on=PAIRS,
    )
    policy = MEDICARE.on(PAIRS).with_changes(allowed_modifiers=("GP", "XU"))
    pair = only(prepared(day, payer=policy, edits=Edits.bundled()), DecisionKind.DISTINCT)
    assert names(pair) == ["as-is", "XU", "without-97110"]


def test_either_code_of_a_pair_that_no_modifier_allows_can_be_left_off() -> None:
    day = pt(UntimedService("97161"), UntimedService("97164"), on=PAIRS)
    visit = prepared(day)
    pair = only(visit, DecisionKind.DISTINCT)
    assert names(pair) == ["as-is", "without-97164", "without-97161"]
    assert pair.question == "PT: 97164 cannot be billed with 97161. What is billed?"
    assert pair.settles == ("ncci-ptp", "one-evaluation")
    assert visit.status is VisitStatus.UNDECIDED
    assert [line[0] for line in billed(decided(visit, DecisionKind.DISTINCT, "without-97161", day))] == ["97164"]  # fmt: skip


def test_two_evaluations_are_a_decision_if_no_edit_file_is_for_the_date() -> None:
    for codes, payer in (
        (("97161", "97164"), "medicare"),
        (("97162", "97161"), "medicare"),
        (("97161", "97164"), "cpt-midpoint"),
    ):
        visit = prepared(pt(*map(UntimedService, codes)), payer=payer)
        pair = only(visit, DecisionKind.DISTINCT)
        assert sorted(names(pair)) == sorted(["as-is", *(f"without-{code}" for code in codes)])
        assert visit.status is VisitStatus.UNDECIDED
        assert billed(decided(visit, DecisionKind.DISTINCT, f"without-{codes[0]}", pt(*map(UntimedService, codes)), payer=payer)) == [(codes[1], 1, ("GP",))]  # fmt: skip


def test_codes_that_one_clinician_cannot_bill_together_offer_no_modifier() -> None:
    slp = Session(PAIRS, "SLP", [UntimedService("92507"), timed("97129", 30)])
    pair = only(prepared(slp), DecisionKind.DISTINCT)
    assert pair.question == "SLP: 97129 cannot be billed with 92507. What is billed?"
    assert names(pair) == ["as-is", "without-97129", "without-92507"]


def test_what_may_be_denied_is_what_depends_on_an_unknown_pair() -> None:
    slp = Session(DAY, "SLP", [UntimedService("92507")])
    pair = only(prepared(pt(timed("97110", 20)), slp), DecisionKind.DISTINCT)
    assert pair.may_be_denied == pair.dollars == Decimal("21.62")


def test_facts_name_the_pair_if_there_are_several() -> None:
    day = pt(UntimedService("97150"), timed("97110", 20), timed("97112", 20), timed("97530", 20), on=PAIRS)  # fmt: skip
    facts = [each.facts for each in prepared(day).decisions if each.kind is DecisionKind.DISTINCT]
    assert facts
    assert not any(fact.startswith("97110 with") for fact in facts[0])


def test_a_code_that_is_left_off_takes_its_minutes_along() -> None:
    day = pt(UntimedService("97150"), timed("97110", 8), timed("97530", 7), on=PAIRS)
    visit = prepared(day)
    pair = only(visit, DecisionKind.DISTINCT)
    assert billed(visit) == [("97110", 1, ("GP",)), ("97150", 1, ("GP",))]
    visit = prepared(day, decisions=[choice(pair, "without-97110")])
    assert billed(visit) == [("97150", 1, ("GP",))]


def test_a_tie_is_decided_again_after_a_code_is_left_off() -> None:
    day = pt(UntimedService("97150"), timed("97110", 20), timed("97112", 20), timed("97530", 20), on=PAIRS)  # fmt: skip
    visit = prepared(day)
    tie = only(visit, DecisionKind.TIE)
    pair = next(each for each in visit.decisions if each.codes == ("97110", "97150"))
    both = [choice(tie, tie.options[1].name), choice(pair, "without-97110")]
    for order in (both, both[::-1]):
        visit = prepared(day, decisions=order)
        assert visit.outdated == ()
        (again,) = (each for each in visit.open_decisions if each.kind is DecisionKind.TIE)
        assert again.id != tie.id
        assert "97110" not in [line[0] for line in billed(visit)]
        for option in again.options:
            decided = prepared(day, decisions=[*order, choice(again, option.name)])
            assert decided.claim is not None
            assert decided.claim.lines == option.lines
            assert [
                each.id for each in decided.decisions if each.id in (tie.id, again.id)
            ] == sorted((tie.id, again.id))
            assert decided.outdated == ()


def test_one_modifier_answers_all_pairs_of_a_code_and_needs_support_for_each() -> None:
    def at(code: str, start: str, end: str) -> TimedService:
        return timed(code, None, start=f"{PAIRS} {start}", end=f"{PAIRS} {end}")

    apart = [at("97140", "10:00", "10:15"), at("97750", "10:15", "10:30")]
    visit = prepared(pt(*apart, at("97530", "10:30", "10:45"), on=PAIRS))
    (own,) = (each for each in visit.decisions if each.codes[0] == "97750")
    assert own.codes == ("97750", "97140", "97530")
    assert own.facts[-1] == "97750 with 97530: The record shows separate times."
    assert own.question == "PT: was 97750 separate from 97140 and 97530?"
    assert names(own) == ["as-is", "XU", "59", "without-97750"]
    visit = prepared(pt(*apart, timed("97530", 15), on=PAIRS))
    (own,) = (each for each in visit.decisions if each.codes[0] == "97750")
    assert names(own) == ["as-is", "without-97750"]


def test_answers_about_several_codes_do_not_take_each_other_away() -> None:
    def at(code: str, start: str, end: str) -> TimedService:
        return timed(code, None, start=f"{PAIRS} {start}", end=f"{PAIRS} {end}")

    group = UntimedService("97150", start=f"{PAIRS} 10:00", end=f"{PAIRS} 10:30")
    day = pt(at("97530", "9:00", "9:30"), at("97750", "9:30", "9:45"), group, on=PAIRS)
    visit = prepared(day)
    asked = {each.codes[0]: each for each in visit.decisions if each.kind is DecisionKind.DISTINCT}
    assert list(asked) == ["97150", "97530", "97750"]
    both = [choice(asked[code], "XU") for code in ("97530", "97750")]
    visit = prepared(day, decisions=both)
    assert visit.outdated == ()
    assert billed(visit) == [
        ("97530", 2, ("GP", "XU")),
        ("97750", 1, ("GP", "XU")),
        ("97150", 1, ("GP",)),
    ]
    assert [each.codes[0] for each in visit.open_decisions] == ["97150"]
    # One modifier can settle a pair of another code, and then nobody is asked about it.
    assert [each.codes[0] for each in prepared(day, decisions=both[:1]).open_decisions] == ["97150"]


@pytest.mark.parametrize(
    ("sessions", "options"),
    [
        ([pt(timed("97110", 20)), Session(DAY, "SLP", [UntimedService("92507")])], ["as-is", "XP", "59"]),
        ([pt(timed("97110", 20), UntimedService("97150"))], None),
    ],
)  # fmt: skip
def test_a_pair_that_may_be_in_force_offers_only_a_modifier_that_the_record_supports(
    sessions: list[Session], options: list[str] | None
) -> None:
    visit = prepared(*sessions)
    asked = [names(each) for each in visit.decisions if each.kind is DecisionKind.DISTINCT]
    assert asked == ([] if options is None else [options])
    reviews = [each for each in visit.worklist() if each.about == "ncci-ptp"]
    assert bool(reviews) is (options is None)


# Assistants.


def test_undocumented_minutes_of_a_group_ask_for_the_assistants_part() -> None:
    day = pt(*GROUP_BY_BOTH, timed("97110", 15))
    shared = only(prepared(day), DecisionKind.ASSISTANT)
    assert names(shared) == ["more", "at-most"]
    assert shared.options[0].lines[1].modifiers == ("GP", "CQ")
    assert shared.dollars == Decimal("1.61")
    visit = decided(prepared(day), DecisionKind.ASSISTANT, "at-most", day)
    assert ("97150", 1, ("GP",)) in billed(visit)


@pytest.mark.parametrize(
    "services",
    [
        (UntimedService("97150", clinician="assistant"),),
        (UntimedService("97150", 20), UntimedService("97150", 20, clinician="assistant")),
        (UntimedService("97161"), UntimedService("97161", clinician="assistant")),
    ],
)
def test_the_part_is_not_asked_if_the_record_or_the_code_settles_it(services: tuple[UntimedService, ...]) -> None:  # fmt: skip
    assert DecisionKind.ASSISTANT not in kinds(prepared(pt(*services)))


def test_slp_has_no_assistant_modifier_to_decide() -> None:
    services = [UntimedService("92507"), UntimedService("92507", clinician="assistant")]
    assert DecisionKind.ASSISTANT not in kinds(prepared(Session(DAY, "SLP", services)))


def test_the_method_is_asked_only_if_it_changes_the_lines() -> None:
    day = pt(timed("97110", 7), timed("97110", 1, "assistant"))
    visit = prepared(day)
    method = only(visit, DecisionKind.ASSISTANT)
    assert method.answered_by is DecisionMaker.BILLER
    assert names(method)[0] == MEDICARE.on(DAY).modifiers.assistant_arithmetic.value
    assert {option.lines[0].modifiers for option in method.options} == {("GP",), ("GP", "CQ")}
    other = decided(visit, DecisionKind.ASSISTANT, names(method)[1], day)
    assert billed(other) != billed(visit)
    assert other.payer == "medicare"
    for minutes in (8, 15):
        assert kinds(prepared(pt(timed("97110", minutes), timed("97110", 1, "assistant")))) == []


def test_one_answer_about_the_method_is_for_days_on_which_other_methods_differ() -> None:
    found = {}
    for minutes, by_assistant in ((22, 1), (15, 2)):
        for total in range(minutes, 90):
            day = pt(timed("97110", total), timed("97110", by_assistant, "assistant"))
            for each in prepared(day).decisions:
                if each.kind is DecisionKind.ASSISTANT:
                    found[tuple(option.lines for option in each.options)] = each.id
    assert len({len(set(lines)) for lines in found}) == 1
    assert len(found) > 1
    assert len(set(found.values())) == 1


def test_a_payer_without_cq_has_no_assistant_decision() -> None:
    day = pt(*GROUP_BY_BOTH)
    policy = MEDICARE.on(DAY).with_changes(assistants="no-assistant-modifier")
    assert DecisionKind.ASSISTANT not in kinds(prepared(day, payer=policy))


def test_an_assistants_note_asks_who_furnished_the_services() -> None:
    day = pt(timed("97110", 15), timed("97112", 15))
    note = TreatmentNote.for_session(day, signed=True, credentials="PTA", one_on_one=True)
    visit = prepared(day, notes=note)
    who = next(each for each in visit.decisions if each.kind is DecisionKind.ASSISTANT)
    assert who.question == "PT: an assistant signed the note. Who furnished 97110 and 97112?"
    assert "note-clinician" in who.settles
    assert visit.blocks == ()
    visit = prepared(day, notes=note, decisions=[choice(who, "assistant")])
    assert [line[2] for line in billed(visit)] == [("GP", "CQ"), ("GP", "CQ")]


def test_an_assistants_note_about_an_evaluation_is_no_decision() -> None:
    day = pt(UntimedService("97161", 30))
    note = TreatmentNote.for_session(day, signed=True, credentials="PTA")
    assert DecisionKind.ASSISTANT not in kinds(prepared(day, notes=note))


# Unit methods, unbilled minutes, notes, the deductible.


def test_an_unknown_method_blocks_the_claim_and_has_no_default() -> None:
    day = pt(timed("97110", 20), timed("97112", 10))
    visit = prepared(day, payer="aetna", accumulators=None)
    method = only(visit, DecisionKind.UNIT_METHOD)
    assert (method.default, method.chosen, visit.claim) == ("", "", None)
    assert visit.refusal == "it is not known how the payer counts units: decide the unit method"
    assert names(method) == [each.value for each in UnitMethod]
    assert visit.status is VisitStatus.UNDECIDED
    visit = decided(visit, DecisionKind.UNIT_METHOD, "full-quarter", day, payer="aetna", accumulators=None)  # fmt: skip
    assert billed(visit) == [("97110", 1, ("GP",))]
    assert visit.payer == "aetna"


def test_notes_and_roles_are_asked_before_the_unit_method_is_known() -> None:
    day = pt(timed("97110", 20), timed("97112", 15), timed("97530", 20, "aide"))
    written = note("97110", "97530")
    rates = FeeSchedule.from_rates({"97110": "32", "97112": "34", "97530": "38"})
    given: dict[str, Any] = {"payer": "aetna", "accumulators": None, "fees": rates}
    visit = prepared(day, notes=written, **given)
    assert kinds(visit) == [DecisionKind.UNIT_METHOD, DecisionKind.UNBILLED, DecisionKind.NOTE]
    assert only(visit, DecisionKind.NOTE).codes == ("97112",)
    assert visit.claim is None
    by_aide = only(visit, DecisionKind.UNBILLED)
    assert names(by_aide) == ["not-billed", "payer-pays"]
    assert [option.allowed for option in by_aide.options] == [None, None]
    answers = (
        (DecisionKind.UNIT_METHOD, "cpt-midpoint"),
        (DecisionKind.UNBILLED, "payer-pays"),
        (DecisionKind.NOTE, "without-97112"),
    )
    for kind, option in answers:
        visit = decided(visit, kind, option, day, notes=written, **given)
    assert billed(visit) == [("97110", 1, ("GP",)), ("97530", 1, ("GP",))]
    assert visit.outdated == ()


def test_a_students_minutes_are_the_therapists_only_if_the_therapist_says_so() -> None:
    day = pt(timed("97110", 15, "student"), timed("97112", 15))
    visit = prepared(day)
    student = only(visit, DecisionKind.UNBILLED)
    assert student.answered_by is DecisionMaker.CLINICIAN
    assert names(student) == ["not-billed", "therapist"]
    assert student.options[1].attests
    assert billed(visit) == [("97112", 1, ("GP",))]
    visit = decided(visit, DecisionKind.UNBILLED, "therapist", day)
    assert billed(visit) == [("97110", 1, ("GP",)), ("97112", 1, ("GP",))]


def test_services_that_a_source_refuses_are_no_decision() -> None:
    day = pt(timed("97110", 15, "aide"), timed("97112", 15))
    visit = prepared(day)
    assert visit.priced is not None
    assert visit.priced.unbilled
    assert kinds(visit) == []
    assert visit.worklist() == ()


UNREAD = FurnisherRule(
    payer="invented",
    clinician="assistant",
    discipline="SLP",
    service="skilled-treatment",
    payable=Payable.UNKNOWN,
    source=Source("invented", "", "", Verification.UNVERIFIED),
)


@pytest.mark.parametrize(
    ("plan", "clinician", "table", "rule", "line"),
    [
        ("PT", "aide", Furnishers(), "furnisher-scope", ("97110", 1, ("GP",))),
        ("SLP", "assistant", Furnishers([UNREAD]), "assistant-scope", ("92507", 1, ("GN",))),
    ],
)
def test_a_payer_without_an_answer_is_asked_about_a_role(
    plan: str, clinician: str, table: Furnishers, rule: str, line: tuple[str, int, tuple[str, ...]]
) -> None:
    service = timed("97110", 15, clinician) if plan == "PT" else UntimedService("92507", clinician=clinician)  # fmt: skip
    day = Session(DAY, plan, [service])
    policy = MEDICARE.on(DAY).with_changes(cost_sharing=False, fee_basis="contract")
    unknown = attrs.evolve(policy, furnishers=table)
    visit = prepared(day, payer=unknown)
    asked = only(visit, DecisionKind.UNBILLED)
    assert asked.answered_by is DecisionMaker.BILLER
    assert asked.rule.id == rule
    assert names(asked) == ["not-billed", "payer-pays"]
    visit = decided(visit, DecisionKind.UNBILLED, "payer-pays", day, payer=unknown)
    assert billed(visit) == [line]


def test_what_a_payer_says_about_a_role_is_for_all_codes_of_its_class() -> None:
    day = pt(timed("97110", 20, "aide"), timed("97112", 20, "aide"), timed("97530", 15))
    policy = MEDICARE.on(DAY).with_changes(cost_sharing=False, fee_basis="contract")
    unknown = attrs.evolve(policy, furnishers=Furnishers())
    asked = only(prepared(day, payer=unknown), DecisionKind.UNBILLED)
    assert asked.codes == ("97110", "97112")
    assert asked.question == "PT: does the payer pay for 97110 and 97112 by an aide?"


def test_an_add_on_code_of_a_role_without_its_first_code_is_not_asked_about() -> None:
    policy = MEDICARE.on(DAY).with_changes(cost_sharing=False, fee_basis="contract")
    unknown = attrs.evolve(policy, furnishers=Furnishers())
    slp = Session(DAY, "SLP", [timed("97130", 20, "aide"), UntimedService("92507")])
    assert DecisionKind.UNBILLED not in kinds(prepared(slp, payer=unknown))


def test_a_role_that_nobody_knows_about_is_not_asked_about_under_medicares_cost_sharing() -> None:
    unknown = attrs.evolve(MEDICARE.on(DAY), furnishers=Furnishers())
    visit = prepared(pt(timed("97110", 20, "aide"), timed("97530", 15)), payer=unknown)
    assert DecisionKind.UNBILLED not in kinds(visit)
    assert [each.about for each in visit.worklist()] == ["furnisher-scope"]


def test_a_decision_that_changes_nothing_is_not_asked() -> None:
    day = pt(timed("97110", 2, "student"), timed("97112", 15))
    assert kinds(prepared(day)) == []


def test_a_counting_method_has_no_payer_to_ask_about_a_role_and_the_work_list_says_so() -> None:
    day = pt(timed("97110", 15, "aide"), timed("97112", 15))
    visit = prepared(day, payer="cpt-midpoint")
    assert kinds(visit) == []
    assert [(each.kind.value, each.task) for each in visit.worklist()] == [
        (
            "review",
            "15 minutes of 97110 by an aide make no unit: no source says that the payer pays for a service by an aide.",
        )
    ]


NOTED = pt(timed("97110", 20), timed("97112", 15))


def note(*codes: str) -> TreatmentNote:
    entries = [
        NoteEntry(code, activity="invented", body_region="knee", focus="strength", functional_goal="stairs", one_on_one=True)
        for code in codes
    ]  # fmt: skip
    return TreatmentNote(
        DAY, "PT", entries, goals="g", response="r", skilled_need="s", progression="p",
        timed_minutes=35, total_minutes=35, signed=True, credentials="PT",
    )  # fmt: skip


def test_a_code_that_the_note_does_not_name_can_be_left_off() -> None:
    visit = prepared(NOTED, notes=note("97110"))
    support = only(visit, DecisionKind.NOTE)
    assert support.facts == ("billed but not in the note",)
    assert names(support) == ["bill", "without-97112"]
    assert support.question == "PT: 97112 is not in the note. Is it billed?"
    assert support.settles == ("note-intervention", "note-minutes")
    visit = decided(visit, DecisionKind.NOTE, "without-97112", NOTED, notes=note("97110"))
    assert billed(visit) == [("97110", 1, ("GP",))]
    assert visit.findings.of_rule("note-intervention") == ()
    assert visit.status is VisitStatus.READY


def test_a_note_is_about_the_code_of_its_own_discipline() -> None:
    ot = Session(DAY, "OT", [timed("97530", 30)])
    day = pt(timed("97110", 20), timed("97112", 15), timed("97530", 15))
    own = attrs.evolve(note("97110", "97112", "97530"), timed_minutes=50, total_minutes=50)
    other = TreatmentNote.for_session(ot, goals="g", response="r", skilled_need="s", signed=True, credentials="OT")  # fmt: skip
    visit = prepared(day, ot, notes=[own, other])
    support = only(visit, DecisionKind.NOTE)
    assert support.discipline is Discipline.OT
    assert support.question == "OT: the note does not fully support 97530. Is it billed?"
    visit = prepared(day, ot, notes=[own, other], decisions=[choice(support, "without-97530")])
    assert ("97530", 1, ("GP",)) in billed(visit)
    assert ("97530", 2, ("GO",)) not in billed(visit)


def test_a_note_that_supports_every_code_is_no_decision() -> None:
    assert kinds(prepared(NOTED, notes=note("97110", "97112"))) == []


def test_nothing_is_left_to_bill_if_every_code_is_left_off() -> None:
    day = pt(timed("97110", 35))
    visit = prepared(day, notes=note("97112"))
    visit = decided(visit, DecisionKind.NOTE, "without-97110", day, notes=note("97112"))
    assert visit.claim is None
    assert visit.refusal == "no service is left to bill"
    assert visit.status is VisitStatus.NOT_BILLED
    assert visit.worklist() == ()
    assert visit.decisions[0].options[1].allowed == 0


def test_an_option_that_leaves_nothing_has_no_dollars_without_fees() -> None:
    visit = prepared(pt(timed("97110", 35)), fees=None, notes=note("97112"))
    assert only(visit, DecisionKind.NOTE).options[1].allowed is None


def test_a_first_code_is_left_off_with_its_add_on_code() -> None:
    slp = Session(DAY, "SLP", [timed("97129", 38)])
    written = TreatmentNote(DAY, "SLP", [NoteEntry("92507")], timed_minutes=0, total_minutes=38)
    visit = prepared(slp, notes=written)
    assert [line[0] for line in billed(visit)] == ["97129", "97130"]
    support = next(each for each in visit.decisions if each.codes == ("97129",))
    visit = prepared(slp, notes=written, decisions=[choice(support, "without-97129")])
    assert visit.claim is None


def test_the_deductible_is_asked_once_a_year_if_no_amounts_were_given() -> None:
    visit = prepared(TIED, accumulators=None)
    deductible = only(visit, DecisionKind.DEDUCTIBLE)
    assert deductible.id.startswith("deductible:2026:")
    assert names(deductible) == ["met", "nothing-used"]
    assert [str(option.payer_pays) for option in deductible.options] == ["62.04", "0.00"]
    later = Session("2026-04-06", "PT", TIED.services)
    fees = FeeSchedule.medicare("2026-04-06", locality="OH")
    again = prepared(later, accumulators=None, fees=fees)
    assert only(again, DecisionKind.DEDUCTIBLE).id == deductible.id
    visit = decided(visit, DecisionKind.DEDUCTIBLE, "nothing-used", TIED, accumulators=None)
    assert visit.priced is not None
    assert visit.priced.accumulators is not None
    assert visit.priced.accumulators.deductible_met == visit.priced.allowed


@pytest.mark.parametrize(
    "more",
    [{"accumulators": ABOVE}, {"payer": "humana"}, {"fees": None}, {"setting": "critical-access-hospital"}],
)  # fmt: skip
def test_the_deductible_is_not_asked_if_it_is_known_or_not_used(more: dict[str, Any]) -> None:
    visit = prepared(pt(timed("97110", 20)), **{"accumulators": None, **more})
    assert DecisionKind.DEDUCTIBLE not in kinds(visit)


def test_a_plan_without_a_signature_blocks_and_no_decision_settles_it() -> None:
    plan = PlanOfCare("PT", "2026-01-05", "12 weeks")
    visit = prepared(pt(timed("97110", 20)), plans=plan)
    assert [finding.rule.id for finding in visit.blocks] == ["certification-timely"]
    assert visit.status is VisitStatus.BLOCKED


def test_a_tie_whose_answer_opened_another_decision_stays_answered() -> None:
    day = Session(PAIRS, "OT", [timed("97763", 23), timed("97750", 60), timed("97530", 15)])
    payer = MEDICARE.on(PAIRS).with_changes(cap_per_day=3)
    visit = prepared(day, payer=payer)
    tie = choice(only(visit, DecisionKind.TIE), "97763=1 97750=1 97530=1")
    pair = only(prepared(day, payer=payer, decisions=[tie]), DecisionKind.DISTINCT)
    decided = prepared(day, payer=payer, decisions=[tie, choice(pair, "without-97750")])
    assert decided.status is VisitStatus.READY
    assert billed(decided) == [("97763", 2, ("GO",)), ("97530", 1, ("GO",))]
    assert [each.chosen for each in decided.decisions] == [tie.option, "without-97750"]


def test_an_answered_decision_is_not_asked_again_because_of_another_answer() -> None:
    day = pt(timed("97110", 20), timed("97112", 20), timed("97530", 20))
    note = TreatmentNote(
        DAY,
        "PT",
        [NoteEntry("97530", 20)],
        timed_minutes=60,
        total_minutes=60,
        signed=True,
        credentials="PT",
    )
    visit = prepared(day, notes=note)
    first, second = (each for each in visit.decisions if each.codes in [("97110",), ("97112",)])
    given = [choice(first, "bill"), choice(second, "without-97112")]
    decided = prepared(day, notes=note, decisions=given)
    topics = [each.id.rpartition(":")[0] for each in decided.decisions]
    assert len(set(topics)) == len(topics)
    assert decided.outdated == ()


def test_a_denial_that_an_answer_left_is_at_stake_in_other_decisions() -> None:
    day = pt(timed("97760", 20), timed("97110", 20), timed("97112", 20), on=PAIRS)
    above = Accumulators(2024, deductible_met=240, pt_slp="2470.00")
    visit = prepared(day, accumulators=above)
    pairs = [each for each in visit.decisions if each.kind is DecisionKind.DISTINCT]
    kx = only(visit, DecisionKind.KX)
    assert kx.option("attest").at_stake == 0
    visit = prepared(day, accumulators=above, decisions=[choice(pairs[0], "as-is")])
    assert only(visit, DecisionKind.KX).option("attest").at_stake == visit.blocks[0].at_stake
    assert len(pairs) == 2
    assert visit.blocks[0].codes == pairs[0].codes


def test_a_line_with_ga_that_a_finding_denies_is_at_stake_once() -> None:
    evaluations = [UntimedService("97161"), UntimedService("97164", modifiers=["GA"])]
    pair = only(prepared(pt(*evaluations)), DecisionKind.DISTINCT)
    assert (
        pair.option("as-is").at_stake
        == only(
            prepared(pt(UntimedService("97161"), UntimedService("97164"))), DecisionKind.DISTINCT
        )
        .option("as-is")
        .at_stake
    )
    assert pair.option("as-is").expected == pair.option("without-97164").allowed


def test_a_tie_about_several_units_says_how_many() -> None:
    day = pt(timed("97110", 23), timed("97140", 8), timed("97530", 8))
    tie = only(prepared(day), DecisionKind.TIE)
    assert tie.question == "PT: which of 97110, 97140, or 97530 have the 2 units that are left?"
    assert len(tie.options) == 3


def test_the_dollars_are_not_known_if_only_what_medicare_pays_is() -> None:
    excluded = TimedService("97110", 30, modifiers=["GY"])
    visit = prepared(pt(excluded, timed("97140", 15)), accumulators=None)
    deductible = only(visit, DecisionKind.DEDUCTIBLE)
    assert [str(each.payer_pays) for each in deductible.options] == ["20.84", "0.00"]
    assert [each.patient_owes for each in deductible.options] == [None, None]
    assert deductible.dollars is None


def test_ga_puts_nothing_at_stake_for_another_payer() -> None:
    rates = FeeSchedule.from_rates({"97110": "30.00", "97112": "32.00"})
    tied = pt(timed("97110", 8), TimedService("97112", 8, modifiers=["GA"]))
    visit = prepared(tied, payer="humana", fees=rates, accumulators=None)
    assert [each.at_stake for each in only(visit, DecisionKind.TIE).options] == [0, 0]


def test_a_service_with_ga_gets_no_second_modifier_for_liability() -> None:
    day = Session(
        DAY,
        "SLP",
        [UntimedService("92610", modifiers=["GA"], clinician="aide"), UntimedService("92610")],
    )
    visit = prepared(day, accumulators=ABOVE)
    visit = prepared(
        day, accumulators=ABOVE, decisions=[choice(only(visit, DecisionKind.KX), "no-kx")]
    )
    decided = prepared(
        day,
        accumulators=ABOVE,
        decisions=[
            choice(each, {"kx": "no-kx"}.get(each.kind.value, "GA")) for each in visit.decisions
        ],
    )
    assert billed(decided) == [("92610", 1, ("GN", "GA"))]


def test_a_student_s_add_on_code_without_its_first_code_is_no_decision() -> None:
    alone = prepared(pt(timed("97110", 20), timed("97551", 30, "student")))
    assert alone.decisions == ()
    fellow = prepared(
        pt(
            timed("97110", 20),
            timed("97551", 30, "clinical-fellow"),
            timed("97112", 20, "clinical-fellow"),
        )
    )
    assert fellow.decisions == ()
    both = prepared(pt(timed("97550", 30, "student"), timed("97551", 30, "student")))
    assert [each.codes for each in both.decisions] == [("97550",), ("97551",)]


def test_a_note_of_the_day_for_a_discipline_that_did_not_treat_is_refused() -> None:
    note = TreatmentNote(DAY, "OT", signed=True, credentials="OT")
    with pytest.raises(InvalidInputError, match="notes has a note of 2026-03-02 for OT") as caught:
        prepared(pt(timed("97110", 20)), notes=note)
    assert caught.value.field == "notes"
