"""
Check a patient's day before it is billed. Returns every finding, and the answer of every check.

Each check looks at the whole day and is independent of the others, so adding a check never removes a finding.
The checks of a claim are functions in ``line_checks``, ``period_checks``, ``treatment_checks``, and ``edit_checks``. Their rules are in
``data/rules``, and ``CHECKS`` lists the ids of these rules. Every check returns an answer, even if there is nothing to
check.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

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
from therapy_billing.checks.code_checks import check_billed_codes
from therapy_billing.checks.edit_checks import (
    check_distinct_service,
    check_ncci_mue,
    check_ncci_ptp,
)
from therapy_billing.checks.line_checks import (
    check_add_on_alone,
    check_assistant_modifier_plan,
    check_discipline_only,
    check_kx_with_liability,
    check_modifier_allowed,
    check_modifier_count,
    check_modifier_order,
    check_once_a_day,
    check_one_evaluation,
    check_one_line_a_code,
    check_payable_code,
    check_plan_modifier,
    check_telehealth,
    check_therapist_code,
)
from therapy_billing.checks.period_checks import (
    check_exclusive_codes,
    check_monitoring_provider,
    check_period_limit,
)
from therapy_billing.checks.treatment_checks import (
    check_assistant_modifier_missing,
    check_assistant_scope,
    check_furnisher_scope,
    check_kx_threshold,
    check_payer_cap,
    check_units_of_minutes,
)
from therapy_billing.claims.assistant_units import takes_assistant_modifiers
from therapy_billing.claims.attestations import Attestation, parse_attestations, with_distinct
from therapy_billing.claims.claim_lines import Charges, build_claim
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.roles import Discipline, Setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Finding, Findings
from therapy_billing.findings.report import answer_all, merge_findings, with_assumptions
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, parse_edit_setting
from therapy_billing.payers.payer_argument import PayerLike, policy_of
from therapy_billing.payers.policy import Policy, without_refusals
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.day import setting_of
from therapy_billing.schedule.schedule_checks import TIME_RULES, check_times
from therapy_billing.visits.sessions import Session

__all__ = ["CHECKS", "check_claim", "check_day", "check_records", "claimed_day"]

_DATA_FILES = ("edits/releases.toml", "parameters/medicare/kx_threshold.toml")
_NO_NOTES = "no notes were given"
_NO_PLANS = "no plans of care were given"


def _require_types(fees: object, accumulators: object, edits: object) -> None:
    """Raise InvalidInputError if an argument has the wrong type. Each of them may be None."""
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
    earlier: Claim | Iterable[Claim] | None = None,
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    checks: Collection[str] | None = None,
    own_checks: Iterable[OwnCheck[[ClaimedDay]]] = (),
) -> Findings:
    """
    Check all claims of a patient's day from one billing group.

    The claims are not changed. Findings are in claim line order.

    Args:
        claims: All claims of the day.
        payer: A payer, a policy, or a unit method.
        fees: The fee schedule. With it, findings show the allowed dollars at stake.
        accumulators: The patient's year-to-date amounts before this day. With *fees*, the check finds the
            lines that need KX.
        sessions: The sessions of the day. Without them, units, distinct services, and the services of
            assistants cannot be compared with the record.
        attestations: As for :func:`~therapy_billing.bill_day`; ``("XU", "97116")`` attests that the services under 97116
            were distinct. No modifier is added without an attestation.
        setting: Where the services were furnished; None for the setting of *fees*, or an office.
        earlier: The patient's earlier claims to this payer, for codes that are counted over a period: all claims of the
            calendar month, of the 30 days, and of the episode of care. None if they are not known; then the check
            ``period-limit`` is not clean.
        edits: The NCCI edits; None for those in the library's data.
        edit_setting: Which edits apply: practitioner or outpatient hospital.
        checks: Ids of the rules to check, from :data:`~therapy_billing.checks.CHECKS`; None for all of them.
        own_checks: Your own checks. Each is called with a :class:`~therapy_billing.checks.ClaimedDay`.

    Returns:
        The findings, the answer of each rule, and the claim that the line indexes refer to.

    Raises:
        InvalidInputError: If there is no claim, the claims and sessions have different dates, an earlier claim is not
            earlier, a rule id is unknown, or one of your own checks fails.
        NotPublishedError: If the payer's policy or the fee schedule is not known for the date.

    Source:
        NCCI Policy Manual; CMS Pub. 100-02, ch. 15, section 220. Each finding cites its own sources.

    >>> from therapy_billing import MEDICARE, Claim, ClaimLine
    >>> found = check_claim(Claim("2024-08-01", [ClaimLine("97161", 1, ("GP",)), ClaimLine("97164", 1)]), MEDICARE)
    >>> [(finding.rule.id, finding.severity.value) for finding in found if finding.lines == (1,)]
    [('plan-modifier', 'deny')]
    """
    context = claimed_day(
        claims,
        payer,
        fees,
        accumulators,
        sessions=sessions,
        attestations=attestations,
        setting=setting,
        earlier=earlier,
        edits=edits,
        edit_setting=edit_setting,
    )
    day, lines = context.date_of_service, context.lines
    library = [_CHECKS[name](context) for name in _names(checks)]
    own = run_own_checks(own_checks, context)
    for line in (line for finding in own for line in finding.lines):
        if not 0 <= line < len(lines):
            msg = f"one of your own checks reports line {line}, but the claim has lines 0 to {len(lines) - 1}"
            raise InvalidInputError(msg, field="own_checks")
    found = merge_findings([*library, own])
    found = with_assumptions(_with_keys(found, lines), day, context.policy, *_DATA_FILES)
    claim = Claim(day, context.final_lines, setting=context.setting)
    return attrs.evolve(found, at_stake=context.stake_of_all(found), claim=claim)


def claimed_day(
    claims: Claim | Iterable[Claim],
    payer: PayerLike,
    fees: FeeSchedule | None,
    accumulators: Accumulators | None,
    *,
    sessions: Session | Iterable[Session],
    attestations: Iterable[Attestation],
    setting: Setting | str | None,
    earlier: Claim | Iterable[Claim] | None,
    edits: Edits | None,
    edit_setting: EditSetting | str,
) -> ClaimedDay:
    """Return what the checks of a claim read. The arguments and errors are those of :func:`check_claim`."""
    given = as_tuple(claims, Claim, "claims")
    if len({claim.date_of_service for claim in given}) != 1:
        msg = (
            "claims must be for one date of service: give at least one claim, all for the same date"
        )
        raise InvalidInputError(msg)
    day = given[0].date_of_service
    policy, _ = policy_of(payer, day)
    attested = parse_attestations(attestations)
    billed = [line for claim in given for line in claim.lines]
    lines = with_distinct(billed, attested, order=policy.modifiers.modifier_order)
    record = as_tuple(sessions, Session, "sessions")
    if any(session.date_of_service != day for session in record):
        msg = f"sessions must have the claim's date of service, {day}"
        raise InvalidInputError(msg)
    _require_types(fees, accumulators, edits)
    where = setting_of(given, fees, setting)
    return ClaimedDay(
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
        earlier=_earlier_claims(earlier, day),
    )


def _earlier_claims(earlier: Claim | Iterable[Claim] | None, day: date) -> tuple[Claim, ...] | None:
    if earlier is None:
        return None
    given = as_tuple(earlier, Claim, "earlier")
    for claim in given:
        if claim.date_of_service >= day:
            msg = f"earlier must have claims before {day}, got one for {claim.date_of_service}"
            raise InvalidInputError(msg, field="earlier")
    return given


def _with_keys(found: Findings, lines: Sequence[ClaimLine]) -> Findings:
    """Return the findings with the caller's keys for the services behind their lines."""
    keys = {index: line.keys for index, line in enumerate(lines) if line.keys}
    if not keys:
        return found

    def of(finding: Finding) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for index in finding.lines for key in keys.get(index, ())))

    keyed = tuple(attrs.evolve(each, keys=of(each)) if each.lines else each for each in found)
    return attrs.evolve(found, found=keyed)


def _other_counter(claims: Iterable[Claim], policy: Policy) -> str:
    """Return the payer of the first claim with units counted under a different policy; "" if there is none."""
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
    earlier: Claim | Iterable[Claim] | None = None,
    edits: Edits | None = None,
    edit_setting: EditSetting | str = EditSetting.PRACTITIONER,
    times: bool = True,
    own_checks: Iterable[OwnCheck[[ClaimedDay]]] = (),
) -> Findings:
    """
    Check a patient's day: its claim, times, codes, treatment notes, and plans of care.

    Args:
        sessions: The sessions of one patient on one day.
        payer: A payer, a policy, or a unit method.
        fees: The fee schedule. With it, findings show the allowed dollars at stake.
        accumulators: The patient's year-to-date amounts before this day.
        notes: The treatment notes of the day. Each is compared with the sessions of its discipline. As for the codes, only
            services that make units count as billed.
        plans: The patient's plans of care. Only plans of the disciplines that treated on this day are checked.
        practice: The practice's documentation policy; None for the defaults.
        attestations: As for :func:`~therapy_billing.check_claim`.
        setting: Where the services were furnished; None for the setting of *fees*, or an office.
        charges: The provider's charge per unit in dollars, by code.
        earlier: As for :func:`~therapy_billing.check_claim`.
        edits: The NCCI edits; None for those in the library's data.
        edit_setting: Which edits apply: practitioner or outpatient hospital.
        times: Whether to check the times of the sessions. Use False if :func:`~therapy_billing.check_schedule` checks them.
        own_checks: Your own checks of the claim, as for :func:`~therapy_billing.check_claim`.

    Returns:
        The findings, the answer of each rule, and the claim that the line indexes refer to.

    Raises:
        InvalidInputError: As for :func:`~therapy_billing.bill_day`; also if a note is for a different date, or one of your own
            checks fails.
        NotPublishedError: As for :func:`~therapy_billing.bill_day`.

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
        msg = "sessions must have at least one session"
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
    claimed = check_claim(
        claim,
        payer,
        fees,
        accumulators,
        sessions=given,
        attestations=attestations,
        setting=setting,
        earlier=earlier,
        edits=edits,
        edit_setting=edit_setting,
        own_checks=own_checks,
    )
    records = check_records(
        given,
        payer,
        fees,
        notes=written,
        plans=as_tuple(plans, PlanOfCare, "plans"),
        practice=practice,
        setting=where,
        times=times,
    )
    return merge_findings([claimed, check_billed_codes(given, written, policy.furnishers), records])


def check_records(
    sessions: Sequence[Session],
    payer: PayerLike,
    fees: FeeSchedule | None,
    *,
    notes: Sequence[TreatmentNote],
    plans: Sequence[PlanOfCare],
    practice: Practice | None,
    setting: Setting,
    times: bool,
    left_off: Collection[tuple[Discipline, str]] = (),
) -> Findings:
    """
    Check the times of the sessions, and the notes and plans of care of the day. The claim is not needed.

    The codes that are *left_off* are documented, but not billed.
    """
    policy, _ = policy_of(payer, sessions[0].date_of_service)
    timed = (
        check_times(sessions, payer, fees=fees)
        if times
        else answer_all(TIME_RULES, Answer.NOT_APPLICABLE, "times are checked by check_schedule")
    )
    parameters = BUNDLED if fees is None else fees.parameters
    return merge_findings(
        [
            timed,
            *_check_notes(sessions, notes, practice, policy, setting, left_off),
            *_check_plans(sessions, plans, policy, parameters),
        ]
    )


def _check_notes(
    sessions: Sequence[Session],
    notes: Sequence[TreatmentNote],
    practice: Practice | None,
    policy: Policy,
    setting: Setting,
    left_off: Collection[tuple[Discipline, str]],
) -> Iterator[Findings]:
    """Yield the findings about the notes of a day, and an answer for each discipline without a note."""
    own_policy = Practice() if practice is None else practice
    compared = False
    takes = takes_assistant_modifiers(policy, setting)
    for group in group_notes(sessions, notes):
        own = [sessions[index] for index in group.session_indexes]
        treatment = None
        if len(group.notes) == 1 and own:
            services = [each for session in own for each in session.services]
            treatment = Session(own[0].date_of_service, group.notes[0].discipline, services)
        for note in group.notes:
            off = [code for plan, code in left_off if plan is note.discipline]
            yield check_note(note, treatment, practice=own_policy, payer=policy, left_off=off)
        if own and takes:
            compared = True
            yield check_clinician(group.notes, own, left_off=left_off)
    if not takes:
        remark = "CQ and CO are not used for this payer, date, and setting"
        yield answer_all(["note-clinician"], Answer.NOT_APPLICABLE, remark)
    elif not compared:
        yield answer_all(["note-clinician"], Answer.NOT_IN_DATA, _NO_NOTES)
    if not notes:
        yield answer_all(note_rules(), Answer.NOT_IN_DATA, _NO_NOTES)
        return
    yield from _of_disciplines(sessions, notes, note_rules(), "note")


def _check_plans(
    sessions: Sequence[Session],
    plans: Sequence[PlanOfCare],
    policy: Policy,
    parameters: Parameters,
) -> Iterator[Findings]:
    """Yield the findings about the plans of care, and an answer for each discipline without a plan."""
    treated = {session.discipline for session in sessions}
    own = [plan for plan in plans if plan.discipline in treated]
    for plan in own:
        yield check_plan(plan, sessions[0].date_of_service, payer=policy, parameters=parameters)
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
    """Yield the answer that *rules* were not checked, for each treated discipline without a record."""
    those = {record.discipline for record in records}
    for discipline in dict.fromkeys(session.discipline for session in sessions):
        if discipline not in those:
            remark = f"no {discipline.value} {what} was given"
            yield answer_all(rules, Answer.NOT_IN_DATA, remark, [discipline.value])


_CHECKS: Mapping[str, Callable[[ClaimedDay], Findings]] = {
    "plan-modifier": check_plan_modifier,
    "assistant-modifier-plan": check_assistant_modifier_plan,
    "assistant-modifier-missing": check_assistant_modifier_missing,
    "assistant-scope": check_assistant_scope,
    "furnisher-scope": check_furnisher_scope,
    "modifier-count": check_modifier_count,
    "modifier-order": check_modifier_order,
    "modifier-allowed": check_modifier_allowed,
    "payable-code": check_payable_code,
    "therapist-code": check_therapist_code,
    "discipline-only": check_discipline_only,
    "one-line-a-code": check_one_line_a_code,
    "once-a-day": check_once_a_day,
    "one-evaluation": check_one_evaluation,
    "add-on-alone": check_add_on_alone,
    "exclusive-codes": check_exclusive_codes,
    "period-limit": check_period_limit,
    "monitoring-provider": check_monitoring_provider,
    "units-of-minutes": check_units_of_minutes,
    "payer-cap": check_payer_cap,
    "ncci-ptp": check_ncci_ptp,
    "distinct-service": check_distinct_service,
    "ncci-mue": check_ncci_mue,
    "kx-threshold": check_kx_threshold,
    "kx-with-liability": check_kx_with_liability,
    "telehealth": check_telehealth,
}

CHECKS = tuple(_CHECKS)
"""The ids of the rules that a claim is checked against."""


def _names(checks: Collection[str] | None) -> list[str]:
    if checks is None:
        return list(CHECKS)
    given: object = checks
    if isinstance(given, str) or not isinstance(given, Collection):
        msg = f"checks must be a list of rule ids, got {safe_repr(given)}"
        raise InvalidInputError(msg)
    for name in given:
        if not isinstance(name, str) or name not in CHECKS:
            msg = f"unknown rule id in checks: use {', '.join(CHECKS)}"
            raise InvalidInputError(msg)
    return [name for name in CHECKS if name in checks]
