"""Check whether a plan of care is certified on a date of service."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import NotPublishedError
from therapy_billing.base.validation import require_type
from therapy_billing.base.wording import counted
from therapy_billing.chart.authors import check_plan_author
from therapy_billing.chart.certifications import (
    Period,
    last_day,
    order_counts_from,
    order_due,
    order_lateness,
    periods_of,
    sending_lateness,
    signature_due,
    signature_lateness,
    signature_waived,
)
from therapy_billing.chart.plans import CertifyingRole, PlanOfCare
from therapy_billing.chart.rules import days_left
from therapy_billing.findings.own_checks import OwnCheck, run_own_checks
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report, answer_all, merge_findings, with_assumptions
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.payer_argument import PayerLike

__all__ = ["PLAN_RULES", "certification_end", "check_plan"]

_NUMBER_FILES = tuple(
    f"parameters/medicare/{name}_days.toml"
    for name in ("certification", "certification_signature", "plan_sent", "verbal_order_signature")
)
PLAN_RULES = (
    "plan-author",
    "certifier",
    "certification-period",
    "certification-timely",
    "verbal-order",
    "referral-relief",
    "recertification",
    "delayed-certification",
)
"""The ids of the rules that a plan of care is checked against."""

_DAY = timedelta(days=1)
_NO_SIGNATURE = "no signature was given"
_OBTAIN = (
    "obtain the dated signature before billing. A late signature can still be accepted as a delayed "
    "certification."
)
_WAIVED = (
    "an order on file and a plan sent on time replace the signature; see the rule referral-relief"
)
_NOT_REPLACED = "The order therefore does not replace the signature on the plan."
_DELAYED = (
    "bill the services under a delayed certification, with evidence in the record that a physician was "
    "involved."
)


def certification_end(plan: PlanOfCare, *, parameters: Parameters = BUNDLED) -> date:
    """
    Return the last day of the last interval of *plan*, whether or not the interval is signed.

    This function counts the first day of an interval as day 0. If the first day is day 1, the interval ends one day earlier.

    Args:
        plan: The plan and its recertifications.
        parameters: The numbers set by law.

    Raises:
        NotPublishedError: If *parameters* have no limit for the date of a signature, or for the first day
            of an interval that is not signed.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3.

    >>> [str(certification_end(PlanOfCare("PT", "2026-01-01", text))) for text in ("89 days", "91 days")]
    ['2026-03-31', '2026-04-01']
    """
    require_type(parameters, Parameters, "parameters")
    return last_day(periods_of(plan, parameters))


def check_plan(
    plan: PlanOfCare,
    date_of_service: date | str,
    *,
    payer: PayerLike = "medicare",
    parameters: Parameters = BUNDLED,
    own_checks: Iterable[OwnCheck[[PlanOfCare, date]]] = (),
) -> Findings:
    """
    Check whether a service on *date_of_service* can be billed under *plan*.

    The manual does not say whether the first day of a certified interval is day 0 or day 1. With day 0, the interval
    ends one day later. A service on this additional day is a ``review``. A service after it is a ``deny``.

    Args:
        plan: The plan, its signatures, and its recertifications.
        date_of_service: The date of service. Missing signatures are also judged as of this date.
        payer: The payer. Its table of furnishers decides which roles may establish a plan. All other checks follow
            Medicare's manual. If the payer's policy is not known on that day, the answers for the rule ``plan-author``
            include ``date-out-of-range``, unless a therapist or physician established the plan.
        parameters: The numbers set by law. If they have no number for a date, the answer is
            ``date-out-of-range``.
        own_checks: Your own checks, each a function of the plan and the date of service.

    Raises:
        InvalidInputError: If *date_of_service* is not a date, a signature would be due after the last
            date that Python supports, or one of your own checks fails.

    Source:
        CMS Pub. 100-02, ch. 15, section 220.1.3. Each rule has its own citation.

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
    author = check_plan_author(plan, day, payer)
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
        parts = [answer_all(PLAN_RULES[1:], Answer.OUT_OF_RANGE, str(error))]
    found = merge_findings([author, *parts, run_own_checks(own_checks, plan, day)])
    return with_assumptions(found, day, None, *_NUMBER_FILES)


def _check_certifier(
    plan: PlanOfCare, periods: Sequence[Period], day: date, parameters: Parameters
) -> Findings:
    initial, *later = periods
    relevant = [period for period in later if period.contains(day)]
    if not signature_waived(plan, day, parameters):
        relevant.insert(0, initial)
    signed = [period for period in relevant if period.signed_on is not None]
    report = Report("certifier")
    action = (
        "have a physician or nonphysician practitioner who knows the patient certify the interval."
    )
    for period in signed:
        if period.certified_by is CertifyingRole.CHIROPRACTOR:
            message = f"a chiropractor certified the interval that starts on {period.first}"
            detail = "A chiropractor may not certify a plan of care."
            report.add(Severity.DENY, message, action, detail=detail)
    if not signed:
        report.answer(Answer.NOT_IN_DATA, _NO_SIGNATURE)
    return report.findings()


def _check_period(periods: Sequence[Period], day: date) -> Findings:
    left = days_left(day.toordinal(), [period.ordinals for period in periods])
    begun = [period for period in periods if period.first <= day]
    report = Report("certification-period")
    if not begun:
        message = f"{day} is before the initial treatment on {periods[0].first}"
        action = "bill the service under the plan of care that it was furnished under."
        report.add(Severity.DENY, message, action)
    elif left is None:
        ended = max(begun, key=lambda period: period.through)
        since = counted((day - ended.through).days, "day")
        message = f"{day} is {since} after the certified interval ended on {ended.through}"
        detail = f"That interval started on {ended.first}."
        action = "obtain a recertification for the later days before you bill them."
        report.add(Severity.DENY, message, action, detail=detail)
    elif left == 0:
        message = f"{day} is the last day of the certified interval"
        detail = (
            f"If the first day counts as day 1, the interval ended on {day - _DAY}. "
            "The manual does not say which count applies."
        )
        action = "obtain a recertification that starts by this day."
        report.add(Severity.REVIEW, message, action, detail=detail)
    return report.findings()


def _find_early_signature(report: Report, plan: PlanOfCare, signed_on: date, where: str) -> None:
    """Report a signature that is dated before the initial treatment."""
    if signed_on < plan.initial_treatment:
        message = (
            f"the signature on {where} is dated {signed_on}, before the initial treatment on "
            f"{plan.initial_treatment}"
        )
        report.add(Severity.REVIEW, message, "check whether the year is right.")


def _check_initial_signature(plan: PlanOfCare, day: date, parameters: Parameters) -> Findings:
    signed = plan.certified_on
    waived = signature_waived(plan, day, parameters)
    late = 0 if waived else signature_lateness(plan, signed or day, parameters)
    passed = counted(((signed or day) - plan.initial_treatment).days, "day")
    since = f"{passed} after the initial treatment on {plan.initial_treatment}"
    report = Report("certification-timely")
    if signed is not None:
        _find_early_signature(report, plan, signed, "the plan")
        if late:
            message = f"the plan was signed on {signed}, {counted(late, 'day')} late"
            report.add(Severity.REVIEW, message, _DELAYED, detail=f"That is {since}.")
    elif late:
        message = f"the plan has no dated signature {since}"
        report.add(Severity.DENY, message, _OBTAIN)
    elif plan.verbal_order_on is None and not waived:
        due = signature_due(plan, parameters)
        message = f"the plan has no dated signature yet; the signature is due by {due}"
        report.add(Severity.INFO, message, "send the plan to the physician now.")
    return report.findings(remark=_WAIVED if waived else "")


def _check_verbal_order(plan: PlanOfCare, day: date, parameters: Parameters) -> Findings:
    report = Report("verbal-order")
    order, signed = plan.verbal_order_on, plan.certified_on
    if order is None:
        report.answer(Answer.NOT_IN_DATA, "no verbal order was given")
        return report.findings()
    if signature_waived(plan, day, parameters):
        return report.findings(remark=_WAIVED)
    late = order_lateness(order, signed or day, parameters)
    passed = counted(((signed or day) - order).days, "day")
    if signed is not None and late:
        message = f"the verbal order of {order} was signed on {signed}, {counted(late, 'day')} late"
        detail = f"That is {passed} after the order, so the order does not extend the deadline for the signature."
        action = "check whether the signature is on time without the order."
        report.add(Severity.REVIEW, message, action, detail=detail)
    elif signed is None and late:
        message = f"the verbal order of {order} is still not signed after {passed}"
        report.add(Severity.REVIEW, message, _OBTAIN)
    elif signed is None:
        due = order_due(order, parameters)
        message = f"the verbal order of {order} is not signed yet; the signature is due by {due}"
        report.add(Severity.INFO, message, "obtain the dated signature.")
    return report.findings()


def _check_relief(plan: PlanOfCare, day: date, parameters: Parameters) -> Findings:
    report = Report("referral-relief")
    order, sent, signed = plan.referral_signed_on, plan.plan_sent_on, plan.certified_on
    if order is None or sent is None:
        remark = "the date of a signed order, or the date on which the plan was sent, was not given"
        report.answer(Answer.NOT_IN_DATA, remark)
        return report.findings()
    since = order_counts_from(parameters)
    if day < since:
        remark = f"an order can replace the signature only for services on or after {since}"
        return report.not_applicable(remark)
    first = plan.initial_treatment
    if (
        signed is not None
        and signed >= first
        and plan.certified_by is not CertifyingRole.CHIROPRACTOR
        and not signature_lateness(plan, signed, parameters)
    ):
        return report.findings(remark="the plan was signed on time, so the order is not needed")
    if order > first:
        message = f"the order is dated {order}, after the initial treatment on {first}"
        report.add(Severity.REVIEW, message, _OBTAIN, detail=_NOT_REPLACED)
    if sent < first:
        message = f"the plan was sent on {sent}, before the initial treatment on {first}"
        report.add(Severity.REVIEW, message, "check whether the year is right.")
    late = sending_lateness(plan, sent, day, parameters)
    if late:
        message = f"the plan was sent on {sent}, {counted(late, 'day')} late"
        report.add(Severity.REVIEW, message, _OBTAIN, detail=_NOT_REPLACED)
    if order > first or late:
        return report.findings()
    remark = f"the order of {order} and the plan sent on {sent} replace the signature"
    return report.findings(remark=remark)


def _check_recertification(plan: PlanOfCare, periods: Sequence[Period], day: date) -> Findings:
    report = Report("recertification")
    initial, *later = periods
    if not any(period.first <= day for period in later):
        report.answer(Answer.NOT_IN_DATA, f"no recertification that starts by {day} was given")
        return report.findings()
    signed = [initial, *(period for period in later if period.signed_on is not None)]
    uncertified = days_left(day.toordinal(), [period.ordinals for period in signed]) is None
    for period in later:
        if uncertified and period.contains(day):
            message = f"the recertification that starts on {period.first} has no dated signature"
            report.add(Severity.DENY, message, _OBTAIN)
    for period in later:
        if period.contains(day) and period.signed_on is not None:
            where = f"the recertification that starts on {period.first}"
            _find_early_signature(report, plan, period.signed_on, where)
    for period, late in _late_recertifications(periods, day):
        message = (
            f"the recertification that starts on {period.first} was signed on {period.signed_on}, "
            f"{counted(late, 'day')} after the previous interval ended"
        )
        report.add(Severity.REVIEW, message, _DELAYED)
    return report.findings()


def _late_recertifications(periods: Sequence[Period], day: date) -> list[tuple[Period, int]]:
    """Return the recertifications that include *day* and were signed late, each with its number of days late."""
    late = []
    for index, period in enumerate(periods[1:], start=1):
        ended = last_day(periods[:index])
        if period.contains(day) and period.signed_on is not None and period.signed_on > ended:
            late.append((period, (period.signed_on - ended).days))
    return late


def _check_delay(
    plan: PlanOfCare, periods: Sequence[Period], day: date, parameters: Parameters
) -> Findings:
    late = [period for period, _ in _late_recertifications(periods, day)]
    signed = plan.certified_on
    if (
        signed is not None
        and signature_lateness(plan, signed, parameters)
        and not signature_waived(plan, day, parameters)
    ):
        late.insert(0, periods[0])
    report = Report("delayed-certification")
    for period in late:
        if not period.reason_given:
            message = (
                f"the interval that starts on {period.first} was certified late, on {period.signed_on}, "
                "and no reason for the delay was given"
            )
            report.add(Severity.REVIEW, message, "document the reason for the delay in the record.")
    if all(period.signed_on is None for period in periods):
        report.answer(Answer.NOT_IN_DATA, _NO_SIGNATURE)
    return report.findings()
