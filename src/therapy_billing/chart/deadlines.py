"""List what is due in a patient's record within a range of dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import attrs

from therapy_billing.base.dates import all_days, parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import as_tuple, require_type
from therapy_billing.base.wording import counted, ordinal
from therapy_billing.chart.authorization_checks import Use, is_followed, name_of, use_of
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.chart.authors import furnishers_of
from therapy_billing.chart.certifications import (
    last_day,
    lateness,
    order_counts_from,
    order_due,
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
    days_of_valid_reports,
    overdue_report,
    report_interval,
    treatment_days_left,
    visits_of,
)
from therapy_billing.findings.report import rule_of
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.law.rule_book import Rule
from therapy_billing.payers.payer_argument import PayerLike

__all__ = ["Deadline", "upcoming_deadlines"]

_DAY = timedelta(days=1)
_DEFAULT_PRACTICE = Practice()


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
    practice: Practice = _DEFAULT_PRACTICE,
    payer: PayerLike = "medicare",
    parameters: Parameters = BUNDLED,
) -> tuple[Deadline, ...]:
    """
    Return the deadlines from *first* through *last*, earliest first.

    Each deadline is the last day that is on time. If the days can be counted in two ways, it is the earlier
    day. If *first* is None, the range has no first day, so overdue items are included.

    Args:
        plan: The plan of care.
        first: First day of the range; None for all deadlines through *last*.
        last: Last day of the range.
        treatment_days: Days of treatment under the plan. The dates of service of *notes* are added.
        planned_days: Days of scheduled visits; those up to the last treatment day are ignored. The next
            progress report and the next assessment are listed only if they are due by one of these
            visits. The last visit under an authorization is listed only if it is a treatment day or one of
            these visits.
        reports: The progress reports.
        notes: The treatment notes under the plan. Assessments are read from them.
        authorizations: What payers authorized. Each treatment day or scheduled day counts as a visit
            against one authorization in force on that day. The authorization that ends first is used
            first.
        practice: What the practice requires. Only ``assessment_every_visits`` is used.
        payer: The payer. Its table of furnishers decides which progress reports count, as for
            :func:`~therapy_billing.chart.check_progress`.
        parameters: The numbers set by law.

    Raises:
        InvalidInputError: If *last* is before *first*, or an argument is invalid.
        NotPublishedError: If *parameters* have no limit for a date of the plan, or for the last
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
        msg = f"last {ends} is before first {begins}: swap or correct the dates"
        raise InvalidInputError(msg)
    written = as_tuple(notes, TreatmentNote, "notes")
    visits = visits_of(written)
    days = sorted({*all_days(treatment_days, "treatment_days"), *visits})
    planned = [day for day in all_days(planned_days, "planned_days") if not days or day > days[-1]]
    due = [] if plan is None else list(_plan_deadlines(plan, parameters))
    given = as_tuple(reports, ProgressReport, "reports")
    interval = report_interval(days, parameters)
    plans = {each.discipline for each in (plan, *written) if each is not None}
    discipline = plans.pop() if len(plans) == 1 else None
    table, _ = furnishers_of(payer, days[-1] if days else None)
    valid_days = days_of_valid_reports(given, discipline, table)
    overdue = overdue_report(days, valid_days, interval)
    if overdue is not None:
        statement = f"write the progress report that was due by this day, the {ordinal(interval)} treatment day of the reporting interval"
        due.append(_deadline("progress report", overdue, "progress-report", statement))
    left = treatment_days_left(
        days, given, payer=payer, discipline=discipline, parameters=parameters
    )
    if left <= len(planned):
        statement = f"write the progress report by this day, the {ordinal(interval)} treatment day of the reporting interval"
        due.append(_deadline("progress report", planned[left - 1], "progress-report", statement))
    every = practice.assessment_every_visits
    visits_left = every - assessment_run(visits, practice).since
    if visits and visits_left <= len(planned):
        statement = f"assess the patient by this visit; the practice requires an assessment every {counted(every, 'visit')}"
        due.append(
            _deadline("assessment", planned[visits_left - 1], "assessment-interval", statement)
        )
    authorized = as_tuple(authorizations, Authorization, "authorizations")
    if authorized:
        use = use_of(authorized, [*days, *planned], discipline)
        for index in range(len(authorized)):
            due += _authorization_deadlines(use, index)
    inside = [each for each in due if begins <= each.by <= ends]
    return tuple(sorted(inside, key=lambda each: (each.by, each.what, each.statement)))


def _plan_deadlines(plan: PlanOfCare, parameters: Parameters) -> Iterator[Deadline]:
    initial, *later = periods = periods_of(plan, parameters)
    if initial.unsigned and not signature_waived(plan, plan.initial_treatment, parameters):
        yield from _initial_deadlines(plan, parameters)
    what = "recertification"
    for index, period in enumerate(later, start=1):
        if period.unsigned:
            by = last_day(periods[:index]) - _DAY
            statement = f"obtain the dated signature for the interval that starts on {period.first}"
            yield _deadline(what, by, "recertification", statement)
    ended = last_day(periods)
    statement = (
        f"obtain a recertification if treatment continues; the certified interval ends on {ended}"
    )
    yield _deadline(what, ended - _DAY, "recertification", statement)


def _initial_deadlines(plan: PlanOfCare, parameters: Parameters) -> Iterator[Deadline]:
    """Yield the deadlines of an initial certification that has no valid signature."""
    order, since, referral = plan.verbal_order_on, plan.initial_treatment, plan.referral_signed_on
    within = signature_days(plan, parameters)
    if order is not None:
        statement = f"obtain the dated signature that confirms the verbal order of {order}"
        yield _deadline(
            "signature for the verbal order",
            order_due(order, parameters),
            "verbal-order",
            statement,
        )
    if order is None or lateness(since, order, within):
        statement = (
            "obtain the physician's or NPP's dated signature "
            f"within {within} days of the initial treatment on {since}"
        )
        due = signature_due(plan, parameters)
        yield _deadline("certification", due, "certification-timely", statement)
    counts = referral is not None and referral <= since
    if counts and plan.plan_sent_on is None and since >= order_counts_from(parameters):
        statement = (
            "send the plan to the physician, so that the order on file replaces the signature"
        )
        yield _deadline(
            "sending the plan", sending_due(plan, parameters), "referral-relief", statement
        )


def _authorization_deadlines(use: Use, index: int) -> Iterator[Deadline]:
    given, days = use.authorizations[index], list(use.units[index])
    name, ends, most = name_of(given), given.effective_through, given.visits
    lasts = [] if ends is None else [(ends, f"{name} ends on this day")]
    if most is not None and most <= len(days):
        lasts.append((days[most - 1], f"the last visit under {name} is on this day"))
    for by, statement in lasts:
        then = "; request another authorization if treatment continues"
        if is_followed(use, index, by):
            then = "; later visits count against another authorization"
        due = _deadline("authorization", by, "authorization", statement + then)
        yield due if given.key is None else attrs.evolve(due, entries=(given.key,))


def _deadline(what: str, by: date, rule: str, statement: str) -> Deadline:
    return Deadline(what=what, by=by, rule=rule_of(rule), statement=statement)


@attrs.frozen(kw_only=True)
class Deadline(DictRecord):
    """
    Something that is due by a date.

    Args:
        what: What is due, in a few words.
        by: The last day that is on time. If the days can be counted in two ways, it is the earlier day.
        rule: The rule that requires it, with its sources.
        statement: What to do and why.
        entries: The caller's key of the authorization that ends or is used up; empty for other deadlines.
            It is shown only in JSON.
    """

    _dict_fields = ("what", "by", "rule=rule.id", "statement", "entries", "citation=rule.sources")

    what: str
    by: date
    rule: Rule
    statement: str
    entries: tuple[str, ...] = attrs.field(default=(), repr=False)
