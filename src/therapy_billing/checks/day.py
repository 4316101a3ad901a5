"""
Whether a claim stands: every finding about a patient's day, and what was checked without one.

Each check looks at the whole day by itself and knows of no other, so a further check never takes a finding
away. A check of a claim is a function of ``line_checks``, ``treatment_checks`` or ``edit_checks``, with its rule in
``data/rules``; ``CHECKS`` names them all. Each gives an answer, also where it has nothing to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple, require_flag, require_type
from therapy_billing.chart.note_checks import check_clinician, check_note, note_rules
from therapy_billing.chart.note_groups import group_notes
from therapy_billing.chart.notes import Practice, TreatmentNote
from therapy_billing.chart.plan_checks import PLAN_RULES, check_plan
from therapy_billing.chart.plans import PlanOfCare
from therapy_billing.checks.claimed_day import ClaimedDay
from therapy_billing.checks.code_checks import check_codes
from therapy_billing.checks.edit_checks import (
    check_distinct_service,
    check_ncci_mue,
    check_ncci_ptp,
)
from therapy_billing.checks.line_checks import (
    check_add_on_alone,
    check_assistant_modifier_plan,
    check_discipline_only,
    check_exclusive_codes,
    check_kx_with_liability,
    check_modifier_allowed,
    check_modifier_count,
    check_modifier_order,
    check_once_a_day,
    check_one_evaluation,
    check_one_line_a_code,
    check_payable_code,
    check_plan_modifier,
)
from therapy_billing.checks.treatment_checks import (
    check_assistant_modifier_missing,
    check_assistant_scope,
    check_kx_threshold,
    check_payer_cap,
    check_units_of_minutes,
)
from therapy_billing.claims.assistant_units import takes_assistant_modifiers
from therapy_billing.claims.attestations import Attestation, parse_attestations, with_distinct
from therapy_billing.claims.claim_lines import Charges, build_claim
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.roles import Setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Finding, Findings
from therapy_billing.findings.report import answer_all, merge_findings
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, parse_edit_setting
from therapy_billing.payers.payer_argument import PayerLike, policy_of
from therapy_billing.payers.policy import Policy, without_refusals
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.day import setting_of
from therapy_billing.schedule.schedule_checks import TIME_RULES, check_times
from therapy_billing.visits.sessions import Session

__all__ = ["CHECKS", "check_claim", "check_day"]

_NO_NOTES = "no notes were given"
_NO_PLANS = "no plans of care were given"


def _require_types(fees: object, accumulators: object, edits: object) -> None:
    """Refuse what is no schedule, no year and no edits; None stands for each."""
    for name, kind, value in (
        ("fees", FeeSchedule, fees),
        ("accumulators", Accumulators, accumulators),
        ("edits", Edits, edits),
    ):
        if value is not None:
            require_type(value, kind, name)


def check_claim(
    claims: Claim | Iterable[Claim],
    payer: PayerLike,
    fees: FeeSchedule | None = None,
    accumulators: Accumulators | None = None,
    *,
    sessions: Session | Iterable[Session] = (),
    attestations: Iterable[Attestation] = (),
    setting: Setting | str | None = None,
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    checks: Collection[str] | None = None,
    own_checks: Iterable[OwnCheck[[ClaimedDay]]] = (),
) -> Findings:
    """
    Return what is wrong with the claims that one billing group bills for a patient's day.

    Nothing is changed and nothing stops it: all findings come back, in the order of the lines.

    Args:
        claims: All claims of the day.
        payer: A payer, a policy or a method.
        fees: The fee schedule; with it a finding tells the dollars allowed that are at stake.
        accumulators: The beneficiary's year before the day; with *fees* it tells which lines need KX.
        sessions: What the record holds of the day: it bears out distinct services, units and the part of
            an assistant. Without it these are not checked.
        attestations: As for :func:`~therapy_billing.bill_day`; ``("XU", "97116")`` attests that the code's services were
            distinct. Nothing is applied without it.
        setting: Where the services were given; None takes the one of *fees*, or an office.
        edits: The NCCI edits; None takes those that come with the library.
        edit_setting: Whose edits: of practitioners or of outpatient hospitals.
        checks: Ids of the rules to check, of :data:`~therapy_billing.checks.CHECKS`; None checks them all.
        own_checks: Your own checks, each a function of a :class:`~therapy_billing.checks.ClaimedDay`.

    Returns:
        The findings, with the answer of each rule and the claim that their lines are of.

    Raises:
        InvalidInputError: If there is no claim, they are of several days, a name is no check, or an own
            check fails.
        NotPublishedError: If the payer's policy, or the fee schedule, is not known on the day.

    Source:
        NCCI Policy Manual; CMS Pub. 100-02, ch. 15, section 220; each finding cites its own.

    >>> from therapy_billing import MEDICARE, Claim, ClaimLine
    >>> found = check_claim(Claim("2024-08-01", [ClaimLine("97161", 1, ("GP",)), ClaimLine("97164", 1)]), MEDICARE)
    >>> [(finding.rule.id, finding.severity.value) for finding in found if finding.lines == (1,)]
    [('plan-modifier', 'deny')]
    """
    given = as_tuple(claims, Claim, "claims")
    if len({claim.date_of_service for claim in given}) != 1:
        msg = "a day is checked at a time: give at least one claim, and all of one day"
        raise InvalidInputError(msg)
    day = given[0].date_of_service
    policy, _ = policy_of(payer, day)
    attested = parse_attestations(attestations)
    billed = [line for claim in given for line in claim.lines]
    lines = with_distinct(billed, attested, order=policy.modifiers.modifier_order)
    record = as_tuple(sessions, Session, "sessions")
    if any(session.date_of_service != day for session in record):
        msg = f"sessions are of the claim's day, {day}"
        raise InvalidInputError(msg)
    _require_types(fees, accumulators, edits)
    where = setting_of(given, fees, setting)
    context = ClaimedDay(
        date_of_service=day,
        lines=tuple(lines),
        policy=policy,
        sessions=record,
        given_edits=edits,
        edit_setting=parse_edit_setting(edit_setting, what="edit_setting"),
        fees=fees,
        accumulators=accumulators,
        kx_attested=tuple(("KX", plan) if plan else "KX" for plan in attested.kx),
        setting=where,
        unused_attestations=tuple(
            (code, modifier)
            for code, modifier in attested.distinct.items()
            if all(line.code != code for line in lines)
        ),
        counted_by=_other_counter(given, policy),
    )
    library = [_CHECKS[name](context) for name in _names(checks)]
    own = run_own_checks(own_checks, context)
    for line in (line for finding in own for line in finding.lines):
        if not 0 <= line < len(lines):
            msg = f"an own check reports line {line}, and the claim has lines 0 to {len(lines) - 1}"
            raise InvalidInputError(msg, field="own_checks")
    found = merge_findings([*library, own])
    found = _with_keys(found, context.lines)
    claim = Claim(day, context.final_lines, setting=where)
    return attrs.evolve(found, at_stake=context.stake_of_all(found), claim=claim)


def _with_keys(found: Findings, lines: Sequence[ClaimLine]) -> Findings:
    """Return the findings with the keys of the lines that they are about."""
    keys = {place: line.keys for place, line in enumerate(lines) if line.keys}
    if not keys:
        return found

    def of(finding: Finding) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for place in finding.lines for key in keys.get(place, ())))

    keyed = tuple(attrs.evolve(each, keys=of(each)) if each.lines else each for each in found)
    return attrs.evolve(found, found=keyed)


def _other_counter(claims: Iterable[Claim], policy: Policy) -> str:
    """Return who counted the units of a claim under another policy than *policy*; empty when nobody did."""
    for claim in claims:
        counted = claim.allocation
        if counted is not None and without_refusals(counted.policy) != without_refusals(policy):
            return counted.payer
    return ""


def check_day(
    sessions: Session | Iterable[Session],
    payer: PayerLike,
    fees: FeeSchedule | None = None,
    accumulators: Accumulators | None = None,
    *,
    notes: TreatmentNote | Iterable[TreatmentNote] = (),
    plans: PlanOfCare | Iterable[PlanOfCare] = (),
    practice: Practice | None = None,
    attestations: Iterable[Attestation] = (),
    setting: Setting | str | None = None,
    charges: Charges | None = None,
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    times: bool = True,
    own_checks: Iterable[OwnCheck[[ClaimedDay]]] = (),
) -> Findings:
    """
    Return what is wrong with a patient's day: its claim, its times, its codes and its notes.

    Args:
        sessions: The sessions of one patient on one day.
        payer: A payer, a policy or a method.
        fees: The fee schedule; with it a finding tells the dollars allowed that are at stake.
        accumulators: The beneficiary's year before the day.
        notes: The treatment notes of the day; each is compared with the sessions of its discipline.
        plans: The plans of care of the day.
        practice: The practice's own settings; None takes their defaults.
        attestations: As for :func:`~therapy_billing.check_claim`.
        setting: Where the services were given; None takes the one of *fees*, or an office.
        charges: Dollars that the provider charges for one unit, by code.
        edits: The NCCI edits; None takes those that come with the library.
        edit_setting: Whose edits: of practitioners or of outpatient hospitals.
        times: Whether the times of the sessions are checked; False where :func:`~therapy_billing.check_schedule` does.
        own_checks: Your own checks of the claim, as for :func:`~therapy_billing.check_claim`.

    Returns:
        The findings, with the answer of each rule and the claim that their lines are of.

    Raises:
        InvalidInputError: As :func:`~therapy_billing.bill_day`; if a note is of another day, or an own check fails.
        NotPublishedError: As :func:`~therapy_billing.bill_day`.

    >>> from therapy_billing import MEDICARE, Session
    >>> day = Session.from_minutes({"97110": 30, "97140": 15}, date_of_service="2024-08-01", discipline="PT")
    >>> found = check_day(day, MEDICARE)
    >>> len(found), found.has_denials
    (0, False)
    >>> [answer.rule.id for answer in found.unanswered if answer.rule.id.startswith("ncci")]
    []
    """
    require_flag(times, "times")
    given = as_tuple(sessions, Session, "sessions")
    if not given:
        msg = "there is no session to check"
        raise InvalidInputError(msg)
    written = as_tuple(notes, TreatmentNote, "notes")
    policy, _ = policy_of(payer, given[0].date_of_service)
    _require_types(fees, accumulators, edits)
    where = setting_of((), fees, setting)
    claim = build_claim(
        given,
        without_refusals(policy),
        fees=fees,
        setting=setting,
        charges=charges,
    )
    parts = [
        check_claim(
            claim,
            payer,
            fees,
            accumulators,
            sessions=given,
            attestations=attestations,
            setting=setting,
            edits=edits,
            edit_setting=edit_setting,
            own_checks=own_checks,
        ),
        check_codes(given, notes=written),
        check_times(given, payer, fees=fees)
        if times
        else answer_all(TIME_RULES, Answer.NOT_APPLICABLE, "left to check_schedule"),
    ]
    parts += _check_notes(given, written, practice, policy, where)
    planned = as_tuple(plans, PlanOfCare, "plans")
    parameters = BUNDLED if fees is None else fees.parameters
    parts += _check_plans(given, planned, parameters)
    return merge_findings(parts)


def _check_notes(
    sessions: Sequence[Session],
    notes: Sequence[TreatmentNote],
    practice: Practice | None,
    policy: Policy,
    setting: Setting,
) -> Iterator[Findings]:
    """Yield what the notes of a day lack, and which of the treated disciplines have none."""
    settings = Practice() if practice is None else practice
    compared = False
    takes = takes_assistant_modifiers(policy, setting)
    for group in group_notes(sessions, notes):
        own = [sessions[place] for place in group.places]
        treatment = None
        if len(group.notes) == 1 and own:
            services = [each for session in own for each in session.services]
            treatment = Session(own[0].date_of_service, group.notes[0].discipline, services)
        for note in group.notes:
            yield check_note(note, treatment, practice=settings)
        if own and takes:
            compared = True
            yield check_clinician(group.notes, own)
    if not takes:
        remark = "lines carry no CQ or CO for this payer, day, and setting"
        yield answer_all(["note-clinician"], Answer.NOT_APPLICABLE, remark)
    elif not compared:
        yield answer_all(["note-clinician"], Answer.NOT_IN_DATA, _NO_NOTES)
    if not notes:
        yield answer_all(note_rules(), Answer.NOT_IN_DATA, _NO_NOTES)
        return
    yield from _of_disciplines(sessions, notes, note_rules(), "note")


def _check_plans(
    sessions: Sequence[Session], plans: Sequence[PlanOfCare], parameters: Parameters
) -> Iterator[Findings]:
    """Yield what speaks against the plans of a day, and which of the treated disciplines have none."""
    treated = {session.discipline for session in sessions}
    own = [plan for plan in plans if plan.discipline in treated]
    for plan in own:
        yield check_plan(plan, sessions[0].date_of_service, parameters=parameters)
    if not plans:
        yield answer_all(PLAN_RULES, Answer.NOT_IN_DATA, _NO_PLANS)
        return
    yield from _of_disciplines(sessions, plans, PLAN_RULES, "plan of care")


def _of_disciplines(
    sessions: Iterable[Session],
    records: Iterable[TreatmentNote | PlanOfCare],
    rules: Sequence[str],
    what: str,
) -> Iterator[Findings]:
    """Yield that *rules* are open for each treated discipline without one of the *records*."""
    those = {record.discipline for record in records}
    for discipline in dict.fromkeys(session.discipline for session in sessions):
        if discipline not in those:
            remark = f"no {what} of {discipline.value} is given"
            yield answer_all(rules, Answer.NOT_IN_DATA, remark, [discipline.value])


_CHECKS: Mapping[str, Callable[[ClaimedDay], Findings]] = {
    "plan-modifier": check_plan_modifier,
    "assistant-modifier-plan": check_assistant_modifier_plan,
    "assistant-modifier-missing": check_assistant_modifier_missing,
    "assistant-scope": check_assistant_scope,
    "modifier-count": check_modifier_count,
    "modifier-order": check_modifier_order,
    "modifier-allowed": check_modifier_allowed,
    "payable-code": check_payable_code,
    "discipline-only": check_discipline_only,
    "one-line-a-code": check_one_line_a_code,
    "once-a-day": check_once_a_day,
    "one-evaluation": check_one_evaluation,
    "add-on-alone": check_add_on_alone,
    "exclusive-codes": check_exclusive_codes,
    "units-of-minutes": check_units_of_minutes,
    "payer-cap": check_payer_cap,
    "ncci-ptp": check_ncci_ptp,
    "distinct-service": check_distinct_service,
    "ncci-mue": check_ncci_mue,
    "kx-threshold": check_kx_threshold,
    "kx-with-liability": check_kx_with_liability,
}

CHECKS = tuple(_CHECKS)
"""The ids of the rules that a claim is checked against."""


def _names(checks: Collection[str] | None) -> list[str]:
    if checks is None:
        return list(CHECKS)
    given: object = checks
    if isinstance(given, str) or not isinstance(given, Collection):
        msg = f"checks is a collection of ids of rules, not {safe_repr(given)}"
        raise InvalidInputError(msg)
    for name in given:
        if not isinstance(name, str) or name not in CHECKS:
            msg = f"a check is one of {', '.join(CHECKS)}"
            raise InvalidInputError(msg)
    return [name for name in CHECKS if name in checks]
