"""
Ten visits of an invented clinic in Ohio: what happened, and what the clinic decided.

Print how a visit was worked through:

    python ten_visits.py V-1
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from therapy_billing import Accumulators, FeeSchedule, Session, service
from therapy_billing.chart import Authorization, PlanOfCare, TreatmentNote
from therapy_billing.prepare import (
    Choice,
    DecisionKind,
    DecisionOption,
    PreparedVisit,
    prepare_visit,
)

TODAY, IN_2024 = "2026-03-02", "2024-08-01"
OHIO, OHIO_2024 = (FeeSchedule.medicare(day, locality="OH") for day in (TODAY, IN_2024))
RATES = FeeSchedule.from_rates(
    {"97110": "32.00", "97112": "34.00", "97140": "30.00", "97530": "38.00"}, name="the contract"
)
PT_PLAN, OT_PLAN = (
    PlanOfCare(plan, "2026-01-12", "12 weeks", certified_on="2026-01-26") for plan in ("PT", "OT")
)
FOCUS = {"97110": "strength", "97112": "balance"}


class Answer(NamedTuple):
    """What was decided, and by whom."""

    kind: DecisionKind
    option: str
    author: str


class Visit(NamedTuple):
    """A visit, and the answers in the order in which they were given."""

    sessions: tuple[Session, ...]
    answers: tuple[Answer, ...]
    payer: str = "medicare"
    fees: FeeSchedule = OHIO
    accumulators: Accumulators | None = None
    notes: tuple[TreatmentNote, ...] = ()
    plans: tuple[PlanOfCare, ...] = ()
    authorizations: tuple[Authorization, ...] = ()


def note(session: Session, goals: dict[str, str], credentials: str) -> TreatmentNote:
    """Return a signed note that lacks nothing except the functional goals that are not given."""
    return TreatmentNote.for_session(
        session,
        focus=FOCUS,
        functional_goals=goals,
        one_on_one=True,
        goals="as in the plan of care",
        response="less pain, more repetitions",
        skilled_need="cueing and progression by the therapist",
        progression="more resistance",
        signed=True,
        credentials=credentials,
    )


def prepare(visit: Visit, choices: list[Choice]) -> PreparedVisit:
    return prepare_visit(
        visit.sessions,
        visit.payer,
        visit.fees,
        visit.accumulators,
        notes=visit.notes,
        plans=visit.plans,
        authorizations=visit.authorizations,
        decisions=choices,
    )


def work_through(visit: Visit) -> list[PreparedVisit]:
    """Return the visit before the first answer and after each answer."""
    choices: list[Choice] = []
    states = [prepare(visit, choices)]
    for answer in visit.answers:
        decision = next(each for each in states[-1].open_decisions if each.kind is answer.kind)
        day = states[-1].date_of_service
        choices.append(Choice(decision.id, answer.option, answer.author, f"{day} 17:40"))
        states.append(prepare(visit, choices))
    return states


def dollars_of(option: DecisionOption) -> str:
    amounts = {
        "allowed": option.allowed,
        "at stake": option.at_stake or None,
        "from Medicare": option.payer_pays,
    }
    return ", ".join(f"${each} {what}" for what, each in amounts.items() if each is not None)


def show(key: str) -> None:
    """Print each decision when it was made, with the dollars of its options, and the lines that were billed."""
    visit = VISITS[key]
    states = work_through(visit)
    for answer, state in zip(visit.answers, states, strict=False):
        decision = next(each for each in state.open_decisions if each.kind is answer.kind)
        print(decision.question)
        for option in decision.options:
            chosen = "->" if option.name == answer.option else "  "
            print(chosen, f"{option.name}: {dollars_of(option)}")
    last = states[-1]
    for line in last.priced.lines if last.priced else ():
        print(line.code, f"x{line.units}", *line.modifiers, f"${line.allowed}")
    print(": ".join([last.status.value, *(each.message for each in last.blocks)]))


def _with_notes() -> dict[str, Visit]:
    crossing = Session(
        TODAY,
        "PT",
        [
            service("97530", 23, activity="sit to stand"),
            service("97110", 20, activity="leg press", body_region="left knee"),
            service("97112", 8, activity="balance on foam"),
        ],
    )
    dressing = Session(
        TODAY,
        "OT",
        [
            service("97535", 30, activity="dressing with a reacher"),
            service("97530", 15, activity="lifting pans"),
        ],
    )
    by_assistant = Session(
        TODAY,
        "PT",
        [
            service("97110", 23, activity="leg press", body_region="left knee"),
            service("97140", 8, activity="joint mobilization", body_region="left knee"),
        ],
    )
    by_student = Session(
        TODAY,
        "PT",
        [
            service("97110", 23, activity="leg press", body_region="left knee"),
            service("97530", 8, activity="lifting boxes"),
            service("97112", 15, activity="balance on foam", clinician="student"),
        ],
    )
    return {
        "V-1": Visit(
            (crossing,),
            (
                Answer(DecisionKind.KX, "attest", "treating PT"),
                Answer(DecisionKind.TIE, "97530=1 97112=1", "treating PT"),
            ),
            accumulators=Accumulators(2026, deductible_met=283, pt_slp="2430.00"),
            notes=(note(crossing, {"97530": "rise from a chair alone"}, "PT, DPT"),),
            plans=(PT_PLAN,),
        ),
        "V-2": Visit(
            (dressing,),
            (
                Answer(DecisionKind.NOTE, "bill", "treating OT"),
                Answer(DecisionKind.KX, "no-kx", "treating OT"),
                Answer(DecisionKind.LIABILITY, "GA", "patient, on the ABN"),
            ),
            accumulators=Accumulators(2026, deductible_met=283, ot="2470.00"),
            notes=(note(dressing, {"97535": "dress alone"}, "OTR/L"),),
            plans=(OT_PLAN,),
        ),
        "V-6": Visit(
            (by_assistant,),
            (
                Answer(DecisionKind.ASSISTANT, "assistant", "treating PT"),
                Answer(DecisionKind.TIE, "97110=2 97140=0", "treating PT"),
            ),
            payer="humana",
            fees=RATES,
            notes=(note(by_assistant, {}, "PTA"),),
            plans=(PT_PLAN,),
            authorizations=(Authorization(12, effective_through="2026-03-31"),),
        ),
        "V-9": Visit(
            (by_student,),
            (
                Answer(DecisionKind.UNBILLED, "not-billed", "treating PT"),
                Answer(DecisionKind.TIE, "97110=1 97530=1", "treating PT"),
            ),
            accumulators=Accumulators(2026, deductible_met=283),
            notes=(note(by_student, {"97530": "carry groceries"}, "SPT"),),
            plans=(PT_PLAN,),
        ),
    }


def _in_2024() -> dict[str, Visit]:
    """Return visits on a day for which the library has all NCCI pairs."""
    return {
        "V-3": Visit(
            (
                Session(
                    IN_2024,
                    "PT",
                    [
                        service("97110", start=f"{IN_2024} 09:00", end=f"{IN_2024} 09:20"),
                        service("97150", start=f"{IN_2024} 09:20", end=f"{IN_2024} 09:50"),
                    ],
                ),
            ),
            (
                Answer(DecisionKind.DEDUCTIBLE, "met", "biller"),
                Answer(DecisionKind.DISTINCT, "XU", "treating PT"),
            ),
            fees=OHIO_2024,
        ),
        "V-4": Visit(
            (
                Session(
                    IN_2024,
                    "PT",
                    [
                        service("97750", 15),
                        service("97530", 15),
                        service("97110", 8),
                        service("97112", 8),
                    ],
                ),
            ),
            (
                Answer(DecisionKind.DISTINCT, "without-97750", "treating PT"),
                Answer(DecisionKind.TIE, "97110=0 97112=1", "treating PT"),
            ),
            fees=OHIO_2024,
            accumulators=Accumulators(2024, deductible_met=240),
        ),
        "V-5": Visit(
            (
                Session(IN_2024, "SLP", [service("92507", 45)]),
                Session(IN_2024, "OT", [service("97129", 15), service("97130", 15)]),
            ),
            (
                Answer(DecisionKind.KX, "attest", "treating SLP"),
                Answer(DecisionKind.DISTINCT, "XP", "treating OT"),
            ),
            fees=OHIO_2024,
            accumulators=Accumulators(2024, deductible_met=240, pt_slp="2300.00", ot="500.00"),
        ),
        "V-8": Visit(
            (
                Session(
                    IN_2024,
                    "PT",
                    [
                        service("97150", start=f"{IN_2024} 10:00", end=f"{IN_2024} 10:40"),
                        service(
                            "97150",
                            start=f"{IN_2024} 10:40",
                            end=f"{IN_2024} 10:45",
                            clinician="assistant",
                        ),
                        service("97140", start=f"{IN_2024} 10:45", end=f"{IN_2024} 11:00"),
                    ],
                ),
            ),
            (
                Answer(DecisionKind.DISTINCT, "XU", "treating PT"),
                Answer(DecisionKind.ASSISTANT, "assistant-exact", "biller"),
            ),
            fees=OHIO_2024,
            accumulators=Accumulators(2024, deductible_met=240),
        ),
    }


def _without_notes() -> dict[str, Visit]:
    return {
        "V-7": Visit(
            (
                Session(
                    TODAY,
                    "PT",
                    [
                        service("97150"),
                        service("97150", clinician="assistant"),
                        service("97035", 10),
                    ],
                ),
            ),
            (
                Answer(DecisionKind.DEDUCTIBLE, "nothing-used", "biller"),
                Answer(DecisionKind.ASSISTANT, "more", "treating PT"),
            ),
        ),
        "V-10": Visit(
            (
                Session(
                    TODAY,
                    "PT",
                    [
                        service("97110", 23),
                        service("97112", 8),
                        service("97530", 15, clinician="aide"),
                    ],
                ),
            ),
            (
                Answer(DecisionKind.UNIT_METHOD, "cpt-midpoint", "biller"),
                Answer(DecisionKind.UNBILLED, "not-billed", "biller"),
            ),
            payer="aetna",
            fees=RATES,
        ),
    }


VISITS = _with_notes() | _in_2024() | _without_notes()


if __name__ == "__main__":
    for name in sys.argv[1:] or VISITS:
        show(name)
