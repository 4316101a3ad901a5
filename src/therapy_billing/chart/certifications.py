"""
Find how long a plan of care is certified and when its signatures are due.

Days are counted as the Medicare manual describes. The manual does not say whether the first day is day 0 or day 1, so
there are two possible last days: a due date is the earlier one, and a signature is late only after the later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from therapy_billing.base.durations import Duration
from therapy_billing.chart.plans import CertifyingRole, PlanOfCare, Recertification
from therapy_billing.chart.rules import certified_through, days_late
from therapy_billing.law.parameters import Parameters

__all__ = [
    "Period",
    "last_day",
    "lateness",
    "order_counts_from",
    "order_due",
    "order_lateness",
    "periods_of",
    "sending_due",
    "sending_lateness",
    "signature_days",
    "signature_due",
    "signature_lateness",
    "signature_waived",
]


class Period(NamedTuple):
    """An interval of a plan of care: its dates, its signature, and whether a reason for a delay was given."""

    first: date
    through: date
    signed_on: date | None
    certified_by: CertifyingRole
    reason_given: bool

    @property
    def ordinals(self) -> tuple[int, int]:
        """The ordinals of the first and the last day."""
        return self.first.toordinal(), self.through.toordinal()

    @property
    def unsigned(self) -> bool:
        """Whether the interval lacks a signature by someone who may certify."""
        return self.signed_on is None or self.certified_by is CertifyingRole.CHIROPRACTOR

    def contains(self, day: date) -> bool:
        """Return whether *day* is within the interval."""
        return self.first <= day <= self.through


def periods_of(plan: PlanOfCare, parameters: Parameters) -> tuple[Period, ...]:
    """Return the interval of the initial certification, then the intervals of the recertifications."""
    return (
        _period(plan, plan.initial_treatment, parameters),
        *(_period(each, each.effective_from, parameters) for each in plan.recertifications),
    )


def _period(part: PlanOfCare | Recertification, first: date, parameters: Parameters) -> Period:
    through = certified_through(
        first.toordinal(),
        part.duration.after(first).toordinal(),
        most_days=parameters.count("certification_days", part.certified_on or first),
    )
    return Period(
        first,
        date.fromordinal(through),
        part.certified_on,
        part.certified_by,
        part.delay_reason is not None,
    )


def last_day(periods: Iterable[Period]) -> date:
    """Return the day on which the last of *periods* ends."""
    return max(period.through for period in periods)


def lateness(since: date, on: date, within: int) -> int:
    """Return how many days late *on* is, if the deadline is *within* days after *since*."""
    return days_late(since.toordinal(), on.toordinal(), within=within)


def signature_days(plan: PlanOfCare, parameters: Parameters) -> int:
    """Return the number of days after the initial treatment within which *plan* must be signed."""
    return parameters.count("certification_signature_days", plan.initial_treatment)


def _order_days(order: date, parameters: Parameters) -> int:
    return parameters.count("verbal_order_signature_days", order)


def order_lateness(order: date, on: date, parameters: Parameters) -> int:
    """Return how many days late a verbal order dated *order* was signed, if it was signed on *on*."""
    return lateness(order, on, _order_days(order, parameters))


def signature_lateness(plan: PlanOfCare, on: date, parameters: Parameters) -> int:
    """Return how many days late a signature dated *on* is. A verbal order that is on time can extend the deadline."""
    order, within = plan.verbal_order_on, signature_days(plan, parameters)
    if (
        order is not None
        and not lateness(plan.initial_treatment, order, within)
        and not order_lateness(order, on, parameters)
    ):
        return 0
    return lateness(plan.initial_treatment, on, within)


def order_counts_from(parameters: Parameters) -> date:
    """Return the first day on which an order on file can replace the signature."""
    return parameters.series("plan_sent_days").entries[0][0] or date.min


def sending_lateness(plan: PlanOfCare, sent: date, day: date, parameters: Parameters) -> int:
    """Return how many days late a plan sent on *sent* was, by the limit in effect on *day*."""
    return lateness(plan.initial_treatment, sent, parameters.count("plan_sent_days", day))


def sending_due(plan: PlanOfCare, parameters: Parameters) -> date:
    """Return the last day on which the plan can be sent on time, by the earlier count of days."""
    within = parameters.count("plan_sent_days", plan.initial_treatment)
    return Duration(days=within - 1).after(plan.initial_treatment)


def signature_waived(plan: PlanOfCare, day: date, parameters: Parameters) -> bool:
    """Return whether, for *day*, an order on file and a plan sent on time replace the signature."""
    order, sent, first = plan.referral_signed_on, plan.plan_sent_on, plan.initial_treatment
    return (
        order is not None
        and sent is not None
        and day >= order_counts_from(parameters)
        and order <= first <= sent
        and not sending_lateness(plan, sent, day, parameters)
    )


def signature_due(plan: PlanOfCare, parameters: Parameters) -> date:
    """Return the last day on which the initial signature is on time, by the earlier count of days."""
    # The manual counts from the day after the initial treatment. If the initial treatment is day 1, day 30 is
    # one day earlier.
    return Duration(days=signature_days(plan, parameters) - 1).after(plan.initial_treatment)


def order_due(order: date, parameters: Parameters) -> date:
    """Return the last day on which a verbal order dated *order* can be signed on time, by the earlier count of days."""
    return Duration(days=_order_days(order, parameters) - 1).after(order)
