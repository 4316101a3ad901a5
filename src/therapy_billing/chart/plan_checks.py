"""Whether a plan of care is certified on the day of a service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.validation import require_type
from therapy_billing.base.wording import counted
from therapy_billing.chart.certifications import (
    Period,
    last_day,
    order_due,
    order_lateness,
    order_stands_from,
    periods_of,
    sending_lateness,
    signature_due,
    signature_lateness,
    signature_waived,
)
from therapy_billing.chart.plans import CertifyingRole, PlanOfCare
from therapy_billing.chart.rules import days_left
from therapy_billing.codes.roles import Clinician
from therapy_billing.findings.records import Findings, Severity
from therapy_billing.findings.report import Fault, merge_findings, out_of_range, report
from therapy_billing.law.parameters import BUNDLED, Parameters

__all__ = ["certification_end", "check_plan"]

_DAY = timedelta(days=1)
_DATED_RULES = (
    "certifier",
    "certification-period",
    "certification-timely",
    "verbal-order",
    "referral-relief",
    "recertification",
    "delayed-certification",
)
_NO_SIGNATURE = "no signature is given"
_OBTAIN = "obtain the dated signature before billing; a late one can still be accepted as delayed"
_WAIVED = "an order on file and the plan sent in time stand for the signature: see referral-relief"
_DELAYED = "bill it as a delayed certification, with what shows that a physician was involved"


def certification_end(plan: PlanOfCare, *, parameters: Parameters = BUNDLED) -> date:
    """
    Return the last day of the last interval of *plan*, its first day being day 0, signed or not.

    By the count that takes the first day as day 1 it ends a day earlier.

    Args:
        plan: The plan and its recertifications.
        parameters: The numbers that law sets.

    Raises:
        NotPublishedError: If *parameters* have no limit for the day of a signature.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3.

    >>> [str(certification_end(PlanOfCare("PT", "2026-01-01", text))) for text in ("89 days", "91 days")]
    ['2026-03-31', '2026-04-01']
    """
    require_type(parameters, Parameters, "parameters")
    return last_day(periods_of(plan, parameters))


def check_plan(
    plan: PlanOfCare, date_of_service: date | str, *, parameters: Parameters = BUNDLED
) -> Findings:
    """
    Return what speaks against billing a service of the day *on* under *plan*.

    The manual does not say whether the initial treatment is day 0 or day 1 of the 90 days. The last day
    that only the wider count covers is to be looked at; later days are not covered.

    Args:
        plan: The plan, its signatures and its recertifications.
        date_of_service: The day; also the day from which a missing signature is looked at.
        parameters: The numbers that law sets. Where they have none for a day, the answer is
            ``date-out-of-range``.

    Raises:
        InvalidInputError: If *on* is no day, or a signature would be due beyond the calendar.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3; each rule has its own citation.

    >>> plan = PlanOfCare("PT", "2026-01-01", "6 months", certified_on="2026-01-31")
    >>> for on in ("2026-03-31", "2026-04-01", "2026-04-02"):
    ...     print([finding.severity.value for finding in check_plan(plan, on)])
    []
    ['review']
    ['deny']
    """
    require_type(plan, PlanOfCare, "plan")
    require_type(parameters, Parameters, "parameters")
    day = parse_date(date_of_service)
    author = _check_author(plan)
    try:
        periods = periods_of(plan, parameters)
        parts = [
            _check_certifier(plan, periods, day, parameters),
            _check_period(periods, day),
            _check_initial_signature(plan, day, parameters),
            _check_verbal_order(plan, day, parameters),
            _check_relief(plan, day, parameters),
            _check_recertification(plan, periods, day),
            _check_delay(plan, periods, day, parameters),
        ]
    except NotPublishedError as error:
        parts = [out_of_range(rule, str(error)) for rule in _DATED_RULES]
    return merge_findings([author, *parts])


def _check_author(plan: PlanOfCare) -> Findings:
    fault = Fault(
        Severity.REVIEW,
        "an assistant established the plan of care",
        "have the therapist or the physician establish it",
    )
    return report("plan-author", [fault] if plan.established_by is Clinician.ASSISTANT else [])


def _check_certifier(
    plan: PlanOfCare, periods: Sequence[Period], day: date, parameters: Parameters
) -> Findings:
    initial, *later = periods
    looked_at = [period for period in later if period.covers(day)]
    if not signature_waived(plan, day, parameters):
        looked_at.insert(0, initial)
    signed = [period for period in looked_at if period.signed_on is not None]
    action = "have a physician or nonphysician practitioner who knows the patient certify it"
    faults = [
        Fault(Severity.DENY, f"a chiropractor certified the interval from {period.first}", action)
        for period in signed
        if period.certified_by is CertifyingRole.CHIROPRACTOR
    ]
    return report("certifier", faults, unknown="" if signed else _NO_SIGNATURE)


def _check_period(periods: Sequence[Period], day: date) -> Findings:
    left = days_left(day.toordinal(), [period.ordinals for period in periods])
    begun = [period for period in periods if period.first <= day]
    faults = []
    if not begun:
        message = f"{day} is before the initial treatment on {periods[0].first}"
        action = "bill it under the plan of care that it was given under"
        faults.append(Fault(Severity.DENY, message, action))
    elif left is None:
        ended = max(begun, key=lambda period: period.through)
        since = counted((day - ended.through).days, "day")
        message = (
            f"the interval from {ended.first} was over on {ended.through}, {since} before {day}"
        )
        action = "obtain a recertification of the days after it before billing them"
        faults.append(Fault(Severity.DENY, message, action))
    elif left == 0:
        message = (
            f"{day} is the very last day of its interval; if the first day counts as day 1, the "
            f"interval was over on {day - _DAY}"
        )
        action = "have a recertification that begins by this day"
        faults.append(Fault(Severity.REVIEW, message, action))
    return report("certification-period", faults)


def _dated_before(plan: PlanOfCare, signed_on: date, where: str) -> Iterator[Fault]:
    """Yield what is to be said of a signature that is older than the treatment it certifies."""
    if signed_on < plan.initial_treatment:
        message = (
            f"the signature of {signed_on} on {where} is dated before the initial treatment on "
            f"{plan.initial_treatment}"
        )
        yield Fault(Severity.REVIEW, message, "see whether the year is right")


def _check_initial_signature(plan: PlanOfCare, day: date, parameters: Parameters) -> Findings:
    signed = plan.certified_on
    waived = signature_waived(plan, day, parameters)
    late = 0 if waived else signature_lateness(plan, signed or day, parameters)
    passed = counted(((signed or day) - plan.initial_treatment).days, "day")
    since = f"{passed} after the initial treatment on {plan.initial_treatment}"
    faults: list[Fault] = []
    if signed is not None:
        faults += _dated_before(plan, signed, "the plan")
        if late:
            message = f"the plan was signed on {signed}, {since}: {counted(late, 'day')} late"
            faults.append(Fault(Severity.REVIEW, message, _DELAYED))
    elif late:
        message = f"no dated signature is on the plan, {since}"
        faults.append(Fault(Severity.DENY, message, _OBTAIN))
    elif plan.verbal_order_on is None and not waived:
        message = (
            f"no dated signature is on the plan yet; it is due by {signature_due(plan, parameters)}"
        )
        faults.append(Fault(Severity.INFO, message, "send the plan to the physician now"))
    return report("certification-timely", faults, remark=_WAIVED if waived else "")


def _check_verbal_order(plan: PlanOfCare, day: date, parameters: Parameters) -> Findings:
    order, signed = plan.verbal_order_on, plan.certified_on
    if order is None:
        return report("verbal-order", unknown="no verbal order is given")
    if signature_waived(plan, day, parameters):
        return report("verbal-order", remark=_WAIVED)
    late = order_lateness(order, signed or day, parameters)
    passed = counted(((signed or day) - order).days, "day")
    faults = []
    if signed is not None and late:
        message = f"the verbal order of {order} was signed on {signed}, {passed} after it: {counted(late, 'day')} late"
        action = "see whether the signature itself is in time: the order does not make it so"
        faults.append(Fault(Severity.REVIEW, message, action))
    elif signed is None and late:
        message = f"the verbal order of {order} is not signed, {passed} after it"
        faults.append(Fault(Severity.REVIEW, message, _OBTAIN))
    elif signed is None:
        due = order_due(order, parameters)
        message = f"the verbal order of {order} is not signed yet; the signature is due by {due}"
        faults.append(Fault(Severity.INFO, message, "obtain the dated signature"))
    return report("verbal-order", faults)


def _check_relief(plan: PlanOfCare, day: date, parameters: Parameters) -> Findings:
    rule = "referral-relief"
    order, sent, signed = plan.referral_signed_on, plan.plan_sent_on, plan.certified_on
    if order is None or sent is None:
        return report(rule, unknown="no signed order with the day the plan was sent is given")
    since = order_stands_from(parameters)
    if day < since:
        return out_of_range(rule, f"an order stands for the signature only since {since}")
    first = plan.initial_treatment
    if (
        signed is not None
        and signed >= first
        and plan.certified_by is not CertifyingRole.CHIROPRACTOR
        and not signature_lateness(plan, signed, parameters)
    ):
        return report(rule, remark="the signature is in time without it")
    faults = []
    if order > first:
        message = (
            f"the order is dated {order}, after the initial treatment on {first}: the order does not "
            "stand for the signature"
        )
        faults.append(Fault(Severity.REVIEW, message, _OBTAIN))
    if sent < first:
        message = f"the plan was sent on {sent}, before the initial treatment on {first}"
        faults.append(Fault(Severity.REVIEW, message, "see whether the year is right"))
    if late := sending_lateness(plan, sent, day, parameters):
        message = f"the plan was sent on {sent}, {counted(late, 'day')} late: the order does not stand for the signature"
        faults.append(Fault(Severity.REVIEW, message, _OBTAIN))
    remark = f"the order of {order} and the plan sent on {sent} stand for the signature"
    return report(rule, faults, remark=remark)


def _check_recertification(plan: PlanOfCare, periods: Sequence[Period], day: date) -> Findings:
    initial, *later = periods
    if not any(period.first <= day for period in later):
        unknown = f"no recertification is given that begins by {day}"
        return report("recertification", unknown=unknown)
    signed = [initial, *(period for period in later if period.signed_on is not None)]
    uncovered = days_left(day.toordinal(), [period.ordinals for period in signed]) is None
    faults = [
        Fault(
            Severity.DENY,
            f"the recertification from {period.first} has no dated signature",
            _OBTAIN,
        )
        for period in later
        if uncovered and period.covers(day)
    ]
    for period in later:
        if period.covers(day) and period.signed_on is not None:
            where = f"the recertification from {period.first}"
            faults += _dated_before(plan, period.signed_on, where)
    for period, late in _late_again(periods, day):
        message = (
            f"the recertification from {period.first} was signed on {period.signed_on}, {counted(late, 'day')} "
            "after the interval before it was over"
        )
        faults.append(Fault(Severity.REVIEW, message, _DELAYED))
    return report("recertification", faults)


def _late_again(periods: Sequence[Period], day: date) -> list[tuple[Period, int]]:
    """Return the recertifications over *day* that were signed late, with the days."""
    late = []
    for place, period in enumerate(periods[1:], start=1):
        ended = last_day(periods[:place])
        if period.covers(day) and period.signed_on is not None and period.signed_on > ended:
            late.append((period, (period.signed_on - ended).days))
    return late


def _check_delay(
    plan: PlanOfCare, periods: Sequence[Period], day: date, parameters: Parameters
) -> Findings:
    late = [period for period, _ in _late_again(periods, day)]
    signed = plan.certified_on
    if (
        signed is not None
        and signature_lateness(plan, signed, parameters)
        and not signature_waived(plan, day, parameters)
    ):
        late.insert(0, periods[0])
    faults = [
        Fault(
            Severity.REVIEW,
            f"the interval from {period.first} was certified late, on {period.signed_on}, and no reason "
            "for the delay is given",
            "have the reason for the delay in the record",
        )
        for period in late
        if not period.reason_given
    ]
    nothing = all(period.signed_on is None for period in periods)
    return report("delayed-certification", faults, unknown=_NO_SIGNATURE if nothing else "")
