"""
Prepare a visit.

A choice changes the inputs of the visit, and everything is computed from the inputs. Decisions are asked in a fixed order of
kinds, because an answer can change what is asked later: who treated changes the ties, a tie changes the lines above the
threshold. After each answer, the questions are asked again from the first kind, so the order of the choices does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import as_tuple, require_flag, require_type
from therapy_billing.base.wording import word_key
from therapy_billing.chart.authorization_checks import check_authorization
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.chart.deadlines import Deadline, upcoming_deadlines
from therapy_billing.chart.notes import Practice, TreatmentNote
from therapy_billing.chart.plans import PlanOfCare
from therapy_billing.claims.attestations import Attestation, parse_attestations
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.claims.records import Claim
from therapy_billing.codes.roles import Discipline, Setting, parse_setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.records import Findings
from therapy_billing.findings.report import merge_findings
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, parse_edit_setting
from therapy_billing.payers.payer_argument import PayerLike, policy_of, resolve_payer
from therapy_billing.prepare.assistant_decisions import assistant_decisions
from therapy_billing.prepare.deductible_decisions import deductible_decisions
from therapy_billing.prepare.distinct_decisions import distinct_decisions
from therapy_billing.prepare.furnisher_decisions import furnisher_decisions
from therapy_billing.prepare.kx_decisions import kx_decisions, liability_decisions
from therapy_billing.prepare.method_decisions import method_decisions
from therapy_billing.prepare.note_decisions import note_decisions
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption
from therapy_billing.prepare.prepared_visit import PreparedVisit
from therapy_billing.prepare.records import Choice, Decision, DecisionKind, OutdatedChoice
from therapy_billing.prepare.tie_decisions import tie_decisions
from therapy_billing.prepare.visit_inputs import VisitInputs
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.visits.sessions import Session

__all__ = ["prepare_visit"]

_ASKED: tuple[Callable[[VisitInputs], Iterator[OpenDecision]], ...] = (
    method_decisions,
    furnisher_decisions,
    note_decisions,
    assistant_decisions,
    tie_decisions,
    distinct_decisions,
    deductible_decisions,
    kx_decisions,
    liability_decisions,
)
_NO_TOPICS: Mapping[str, Sequence[str]] = MappingProxyType({})
_NO_METHOD = "it is not known how the payer counts units: decide the unit method"
_NOTHING_LEFT = "no service is left to bill"
_CHANGED = "the record, the payer, or the data changed since this choice: decide again"
_SETTLED = "another choice, the record, or the rules settle this decision now"


def prepare_visit(
    sessions: Session | Iterable[Session],
    payer: PayerLike,
    fees: FeeSchedule | None = None,
    accumulators: Accumulators | None = None,
    *,
    notes: TreatmentNote | Iterable[TreatmentNote] = (),
    plans: PlanOfCare | Iterable[PlanOfCare] = (),
    authorizations: Authorization | Iterable[Authorization] = (),
    edits: Edits | None = None,
    decisions: Choice | Iterable[Choice] = (),
    attestations: Iterable[Attestation] = (),
    setting: Setting | str | None = None,
    charges: Charges | None = None,
    practice: Practice | None = None,
    earlier: Claim | Iterable[Claim] | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    times: bool = True,
) -> PreparedVisit:
    """
    Prepare a patient's visit: what is ready, what blocks, and what a person must decide, with the dollars of each option.

    Without *decisions*, the priced day is that of :func:`~therapy_billing.bill_day`, and nothing is attested.

    Args:
        sessions: The sessions of one patient on one day.
        payer: A payer, a policy, or a unit method. A payer about which no source says how it counts units is a decision
            here, not an error.
        fees: The fee schedule for the date of service. Without it, no option has dollars.
        accumulators: The patient's year-to-date amounts before this day. Without them, the deductible is a decision.
        notes: The treatment notes of this visit, and of earlier visits. The notes of this day are checked. All of them
            count for deadlines.
        plans: The patient's plans of care.
        authorizations: What payers authorized.
        edits: The NCCI edits; None for those in the library's data.
        decisions: What people decided. A choice for a decision that is not open anymore is not applied. It is listed in
            ``outdated``.
        attestations: Attestations that were made elsewhere, as for :func:`~therapy_billing.bill_day`.
        setting: As for :func:`~therapy_billing.bill_day`.
        charges: As for :func:`~therapy_billing.bill_day`.
        practice: What the practice requires of its notes; None for the defaults.
        earlier: As for :func:`~therapy_billing.check_claim`.
        edit_setting: As for :func:`~therapy_billing.check_claim`.
        times: Whether to check the times of the sessions.

    Raises:
        InvalidInputError: As for :func:`~therapy_billing.bill_day`; also if two choices are for one decision, a choice
            names no option of its decision, or a note is for a later date or, on this day, for a discipline without a
            session.
        NotPublishedError: As for :func:`~therapy_billing.bill_day`, except for an unknown unit method.

    >>> from therapy_billing import MEDICARE
    >>> day = Session.from_minutes({"97530": 23, "97110": 20, "97112": 8}, date_of_service="2026-03-02", discipline="PT")
    >>> fees = FeeSchedule.medicare("2026-03-02", locality="OH")
    >>> visit = prepare_visit(day, MEDICARE, fees, Accumulators(2026, deductible_met=283))
    >>> [(each.name, str(each.allowed)) for each in visit.decisions[0].options]
    [('97530=2 97112=0', '79.13'), ('97530=1 97112=1', '79.15')]
    >>> choice = Choice(visit.decisions[0].id, "97530=1 97112=1", "A. Invented, PT", "2026-03-02 17:40")
    >>> decided = prepare_visit(day, MEDICARE, fees, Accumulators(2026, deductible_met=283), decisions=[choice])
    >>> decided.status.value, [line.code for line in decided.claim.lines]
    ('ready', ['97530', '97110', '97112'])
    """
    given = as_tuple(sessions, Session, "sessions")
    chosen = _by_id(as_tuple(decisions, Choice, "decisions"))
    if not given:
        msg = "sessions must have at least one session"
        raise InvalidInputError(msg, field="sessions")
    day = given[0].date_of_service
    written = as_tuple(notes, TreatmentNote, "notes")
    if any(note.date_of_service is not None and note.date_of_service > day for note in written):
        msg = f"notes must be for {day} or earlier days"
        raise InvalidInputError(msg, field="notes")
    treated = {session.discipline for session in given}
    for note in written:
        if note.date_of_service in (None, day) and note.discipline not in treated:
            plan = note.discipline.value
            msg = f"notes has a note of {day} for {plan}, but {plan} has no session: give the session as well"
            raise InvalidInputError(msg, field="notes")
    if edits is not None:
        require_type(edits, Edits, "edits")
    if practice is not None:
        require_type(practice, Practice, "practice")
    given_attestations: object = attestations
    if isinstance(given_attestations, Iterable) and not isinstance(given_attestations, str):
        attestations = tuple(attestations)
    parse_attestations(attestations)
    start = VisitInputs(
        date_of_service=day,
        documented=given,
        payer=resolve_payer(payer),
        fees=fees,
        accumulators=accumulators,
        attestations=tuple(attestations),
        setting=None if setting is None else parse_setting(setting),
        charges=charges,
        notes=tuple(note for note in written if note.date_of_service in (None, day)),
        plans=as_tuple(plans, PlanOfCare, "plans"),
        practice=practice,
        earlier=None if earlier is None else as_tuple(earlier, Claim, "earlier"),
        edits=edits,
        edit_setting=parse_edit_setting(edit_setting, what="edit_setting"),
        times=require_flag(times, "times"),
    )
    authorized = as_tuple(authorizations, Authorization, "authorizations")
    applied = _apply(start, {key: each.option for key, each in chosen.items()})
    visit = applied.visit
    every = list(_priced(start, applied, chosen))
    refusal = ""
    if visit.priced is None:
        refusal = _NOTHING_LEFT if visit.policy.counting.method is not None else _NO_METHOD
    _, name = policy_of(visit.payer, day)
    return PreparedVisit(
        date_of_service=day,
        payer=name,
        priced=visit.priced,
        refusal=refusal,
        findings=merge_findings([visit.findings, *_authorized(visit, written, authorized)]),
        deadlines=tuple(_deadlines(visit, written, authorized)),
        decisions=tuple(every),
        outdated=tuple(_outdated(every, chosen)),
    )


class _Applied(NamedTuple):
    """
    The inputs after choices were applied.

    Args:
        visit: The inputs.
        answered: The decisions that were answered, by id. A tie is one of them even if a later answer changed its minutes.
        settled: The topics that are not asked again.
    """

    visit: VisitInputs
    answered: Mapping[str, OpenDecision]
    settled: Collection[str]


def _by_id(choices: Iterable[Choice]) -> dict[str, Choice]:
    found: dict[str, Choice] = {}
    for index, choice in enumerate(choices):
        if choice.decision_id in found:
            msg = f"two choices are for decision {choice.decision_id}: give only the last one"
            raise InvalidInputError(msg, field=f"decisions[{index}]")
        found[choice.decision_id] = choice
    return found


def _apply(
    visit: VisitInputs,
    chosen: Mapping[str, str],
    topics: Mapping[str, Sequence[str]] = _NO_TOPICS,
) -> _Applied:
    """
    Apply all choices.

    Args:
        visit: The inputs.
        chosen: The name of an option for each id of a decision.
        topics: The names of options for each topic, in the order of its decisions. A name answers only a decision that has
            the option.
    """
    answered: dict[str, OpenDecision] = {}
    settled: set[str] = set()
    left = {topic: list(names) for topic, names in topics.items()}
    most = len(chosen) + len(topics)
    while len(settled) < most and (found := _next(visit, chosen, left, settled)) is not None:
        decision, option = found
        visit = option.apply(visit)
        # A code that is left off changes the minutes, so a tie of its discipline may be decided again.
        ties = [each for each in answered.values() if each.kind is DecisionKind.TIE]
        settled -= {each.topic for each in ties if each.discipline not in visit.split}
        settled.add(decision.topic)
        answered[decision.id] = decision
        if len(left.get(decision.topic, ())) > 1:
            left[decision.topic].remove(option.name)
    return _Applied(visit, answered, settled)


def _next(
    visit: VisitInputs,
    chosen: Mapping[str, str],
    topics: Mapping[str, Sequence[str]],
    settled: Collection[str],
) -> tuple[OpenDecision, OpenOption] | None:
    """Return the first decision that a choice answers and whose topic is not settled, and the option."""
    for decision in _asked(visit):
        if decision.topic in settled:
            continue
        if decision.id in chosen:
            return decision, _option(decision, chosen[decision.id])
        for name in topics.get(decision.topic, ()):
            for option in decision.options:
                if option.name == name:
                    return decision, option
    return None


def _option(decision: OpenDecision, name: str) -> OpenOption:
    for option in decision.options:
        if word_key(option.name) == word_key(name):
            return option
    names = " or ".join(each.name for each in decision.options)
    msg = f"option must be {names} for decision {decision.id}"
    raise InvalidInputError(msg, field=f"decisions[{decision.id}]")


def _asked(visit: VisitInputs) -> Iterator[OpenDecision]:
    for ask in _ASKED:
        yield from ask(visit)


def _priced(
    start: VisitInputs, applied: _Applied, chosen: Mapping[str, Choice]
) -> Iterator[Decision]:
    """Yield all decisions with the dollars of their options, in the order of their kinds."""
    answered = applied.answered
    asked = [
        each for each in _asked(applied.visit) if each.topic not in applied.settled and each.needed
    ]
    choices = {
        key: attrs.evolve(chosen[key], option=_option(each, chosen[key].option).name)
        for key, each in answered.items()
    }
    kinds = list(DecisionKind)
    for decision in sorted(
        (*answered.values(), *asked), key=lambda each: (kinds.index(each.kind), each.id)
    ):
        choice = choices.get(decision.id)
        current = decision.options[0].name if decision.has_default else None
        if choice is not None:
            current = choice.option
        outcomes = []
        for option in decision.options:
            outcome = applied.visit
            if option.name != current:
                # The other choices are applied again, because this answer can change what they are about. They are found
                # by topic, because their facts may differ in the record that this option leads to.
                names = {key: each.option for key, each in choices.items()}
                names[decision.id] = option.name
                topics: dict[str, list[str]] = {}
                for each in {**answered, decision.id: decision}.values():
                    topics.setdefault(each.topic, []).append(names[each.id])
                outcome = _apply(start, {}, topics).visit
            outcomes.append((option, outcome))
        others = [each for each in asked if each is not decision]
        priced = decision.priced(outcomes, choice, others, answered.values())
        if choice is not None or applied.visit.priced is None or not _changes_nothing(priced):
            yield priced


def _changes_nothing(decision: Decision) -> bool:
    """Return whether all answers give the same claim and the same dollars, so that nobody has to be asked."""
    first, *others = (
        (each.lines, each.allowed, each.at_stake, each.payer_pays, each.patient_owes)
        for each in decision.options
    )
    same = all(each == first for each in others)
    return same and decision.has_default and not decision.settles and not decision.may_be_denied


def _outdated(
    decisions: Iterable[Decision], chosen: Mapping[str, Choice]
) -> Iterator[OutdatedChoice]:
    """Yield the choices that were not applied."""
    every = {decision.id: decision for decision in decisions}
    of_topic = {key.rpartition(":")[0]: key for key, each in every.items() if each.is_open}
    for key, choice in chosen.items():
        if key not in every:
            instead = of_topic.get(key.rpartition(":")[0], "")
            yield OutdatedChoice(
                choice=choice, reason=_CHANGED if instead else _SETTLED, replaced_by=instead
            )


def _authorized(
    visit: VisitInputs,
    notes: Iterable[TreatmentNote],
    authorizations: tuple[Authorization, ...],
) -> Iterator[Findings]:
    """Yield what is wrong with the authorization of this visit. What was wrong before it is left out."""
    if not authorizations or visit.priced is None:
        return
    before: list[Claim | date] = list(visit.earlier or ())
    if not before:
        days = {note.date_of_service for note in notes} - {None, visit.date_of_service}
        before = sorted(day for day in days if day is not None)
    known = (
        {each.message for each in check_authorization(authorizations, before)} if before else set()
    )
    found = check_authorization(authorizations, [*before, visit.priced.claim])
    yield attrs.evolve(found, found=tuple(each for each in found if each.message not in known))


def _deadlines(
    visit: VisitInputs, notes: Iterable[TreatmentNote], authorizations: tuple[Authorization, ...]
) -> Iterator[Deadline]:
    """Yield what is due in the plans of care and the authorizations of the disciplines that treated."""
    found: dict[Deadline, None] = {}
    for plan in dict.fromkeys(session.discipline for session in visit.documented):
        own: list[PlanOfCare | None] = [each for each in visit.plans if each.discipline is plan]
        for record in own or [None]:
            due = upcoming_deadlines(
                record,
                first=None,
                last=date.max,
                treatment_days=[visit.date_of_service],
                notes=[note for note in notes if note.discipline is plan and note.date_of_service],
                authorizations=_of(authorizations, plan),
                practice=visit.practice or Practice(),
                payer=visit.payer,
                parameters=BUNDLED if visit.fees is None else visit.fees.parameters,
            )
            found |= dict.fromkeys(due)
    yield from sorted(found, key=lambda each: (each.by, each.what, each.statement))


def _of(
    authorizations: Iterable[Authorization], discipline: Discipline
) -> tuple[Authorization, ...]:
    return tuple(each for each in authorizations if each.discipline in (None, discipline))
