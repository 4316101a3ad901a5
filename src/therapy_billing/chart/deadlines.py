"""What is due of a patient's record in a window of days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import attrs

from therapy_billing.base.dates import all_days, parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.base.wording import ordinal
from therapy_billing.chart.authorization_checks import Use, is_followed, name_of, use_of
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.chart.certifications import (
    last_day,
    lateness,
    order_due,
    order_stands_from,
    periods_of,
    sending_due,
    signature_days,
    signature_due,
    signature_waived,
)
from therapy_billing.chart.note_checks import assessment_run
from therapy_billing.chart.notes import Practice, TreatmentNote
from therapy_billing.chart.plans import PlanOfCare, ProgressReport
from therapy_billing.chart.progress_reports import (
    overdue_report,
    report_interval,
    treatment_days_left,
    visits_of,
)
from therapy_billing.findings.report import rule_of
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.law.rule_book import Rule

__all__ = ["Deadline", "upcoming_deadlines"]

_DAY = timedelta(days=1)
_USUAL = Practice()


def upcoming_deadlines(
    plan: PlanOfCare | None = None,
    *,
    first: date | str | None,
    last: date | str,
    treatment_days: Iterable[date | str] = (),
    planned_days: Iterable[date | str] = (),
    reports: Iterable[ProgressReport] = (),
    notes: Iterable[TreatmentNote] = (),
    authorizations: Iterable[Authorization] = (),
    practice: Practice = _USUAL,
    parameters: Parameters = BUNDLED,
) -> tuple[Deadline, ...]:
    """
    Return what is due from *first* through *last*, the earliest first.

    A day is the last one in time by the stricter count. Without *first* what is overdue and still open is
    listed as well.

    Args:
        plan: The plan of care.
        first: First day of the window; None for all that is open until *last*.
        last: Last day of the window.
        treatment_days: Days of treatment under the plan; the days of *notes* join them.
        planned_days: Days on which the patient is to come; they place the tenth treatment day, the next
            assessment and the last authorized visit. Without them these have no day.
        reports: The progress reports.
        notes: The treatment notes under the plan, for assessments.
        authorizations: What payers authorized; every treatment day is a visit of one of them. The
            authorization that ends first is used first.
        practice: How often the practice assesses.
        parameters: The numbers that law sets.

    Raises:
        InvalidInputError: If *last* is before *first*, or a value makes no sense.
        NotPublishedError: If *parameters* have no limit for a day of the plan, or for the last
            treatment day.

    Source:
        Each :class:`~therapy_billing.chart.Deadline` cites its rule.

    >>> plan = PlanOfCare("PT", "2026-01-01", "12 weeks")
    >>> [(each.what, str(each.by)) for each in upcoming_deadlines(plan, first="2026-01-26", last="2026-02-01")]
    [('certification', '2026-01-30')]
    >>> [(each.what, str(each.by)) for each in upcoming_deadlines(plan, first=None, last="2026-02-15")]
    [('certification', '2026-01-30')]
    """
    require_type(practice, Practice, "practice")
    require_type(parameters, Parameters, "parameters")
    if plan is not None:
        require_type(plan, PlanOfCare, "plan")
    begins = date.min if first is None else parse_date(first, what="first")
    ends = parse_date(last, what="last")
    if ends < begins:
        msg = f"last {ends} is before first {begins}"
        raise InvalidInputError(msg)
    written = as_tuple(notes, TreatmentNote, "notes")
    visits = visits_of(written)
    days = sorted({*all_days(treatment_days, "treatment_days"), *visits})
    planned = [day for day in all_days(planned_days, "planned_days") if not days or day > days[-1]]
    due = [] if plan is None else list(_due_of_plan(plan, parameters))
    given = as_tuple(reports, ProgressReport, "reports")
    interval = report_interval(days, parameters)
    overdue = overdue_report(days, given, interval)
    if overdue is not None:
        statement = f"write the progress report that was due by this day, the {ordinal(interval)} of its interval"
        due.append(_due("progress report", overdue, "progress-report", statement))
    left = treatment_days_left(days, given, parameters=parameters)
    if left <= len(planned):
        statement = f"write the progress report by this day, the {ordinal(interval)} treatment day of its interval"
        due.append(_due("progress report", planned[left - 1], "progress-report", statement))
    every = practice.assessment_every_visits
    visits_left = every - assessment_run(visits, practice).since
    if visits and visits_left <= len(planned):
        statement = f"assess the patient by this visit: one assessment in {every} visits"
        due.append(_due("assessment", planned[visits_left - 1], "assessment-interval", statement))
    authorized = as_tuple(authorizations, Authorization, "authorizations")
    if authorized:
        plans = {each.discipline for each in (plan, *written) if each is not None}
        use = use_of(authorized, [*days, *planned], plans.pop() if len(plans) == 1 else None)
        for place in range(len(authorized)):
            due += _due_of_authorization(use, place)
    inside = [each for each in due if begins <= each.by <= ends]
    return tuple(sorted(inside, key=lambda each: (each.by, each.what, each.statement)))


def _due_of_plan(plan: PlanOfCare, parameters: Parameters) -> Iterator[Deadline]:
    initial, *later = periods = periods_of(plan, parameters)
    if initial.unsigned and not signature_waived(plan, plan.initial_treatment, parameters):
        yield from _due_initially(plan, parameters)
    what = "recertification"
    for place, period in enumerate(later, start=1):
        if period.unsigned:
            by = last_day(periods[:place]) - _DAY
            statement = f"obtain the dated signature for the interval from {period.first}"
            yield _due(what, by, "recertification", statement)
    ended = last_day(periods)
    statement = f"obtain a recertification if treatment goes on: the interval is over on {ended}"
    yield _due(what, ended - _DAY, "recertification", statement)


def _due_initially(plan: PlanOfCare, parameters: Parameters) -> Iterator[Deadline]:
    """Yield what is due of an initial certification without a signature that counts."""
    order, since, referral = plan.verbal_order_on, plan.initial_treatment, plan.referral_signed_on
    within = signature_days(plan, parameters)
    if order is not None:
        statement = f"obtain the dated signature that confirms the verbal order of {order}"
        yield _due(
            "signature of the verbal order", order_due(order, parameters), "verbal-order", statement
        )
    if order is None or lateness(since, order, within):
        statement = (
            f"obtain the dated signature, within {within} days of the initial treatment on {since}"
        )
        due = signature_due(plan, parameters)
        yield _due("certification", due, "certification-timely", statement)
    counts = referral is not None and referral <= since
    if counts and plan.plan_sent_on is None and since >= order_stands_from(parameters):
        statement = (
            "send the plan to the physician: then the order on file stands for the signature"
        )
        yield _due(
            "sending of the plan", sending_due(plan, parameters), "referral-relief", statement
        )


def _due_of_authorization(use: Use, place: int) -> Iterator[Deadline]:
    given, days = use.authorizations[place], list(use.units[place])
    name, ends, most = name_of(given), given.effective_through, given.visits
    lasts = [] if ends is None else [(ends, f"{name} ends on this day")]
    if most is not None and most <= len(days):
        lasts.append((days[most - 1], f"the last visit of {name} is on this day"))
    for by, statement in lasts:
        then = ": ask for another if treatment goes on"
        if is_followed(use, place, by):
            then = "; later visits count against another authorization"
        due = _due("authorization", by, "authorization", statement + then)
        yield due if given.key is None else attrs.evolve(due, entries=(given.key,))


def _due(what: str, by: date, rule: str, statement: str) -> Deadline:
    return Deadline(what=what, by=by, rule=rule_of(rule), statement=statement)


@attrs.frozen(kw_only=True)
class Deadline(DictRecord):
    """
    Something that is due.

    Args:
        what: What is due, in a word or two.
        by: The last day on which it is in time, by the stricter way of counting.
        rule: The rule that asks for it, with its sources.
        statement: What to do and why.
        entries: The caller's key of the authorization that it is about; no display but JSON shows it.
    """

    _dict_fields = ("what", "by", "rule=rule.id", "statement", "entries", "citation=rule.sources")

    what: str
    by: date
    rule: Rule
    statement: str
    entries: tuple[str, ...] = attrs.field(default=(), repr=False)
