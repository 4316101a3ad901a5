"""
How long a plan of care is certified, and by when its signatures are due.

Days are counted as the manual words it. Where the count is open, the stricter day is the one that is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from therapy_billing.base.durations import Duration
from therapy_billing.chart.plans import CertifyingRole, PlanOfCare, Recertification
from therapy_billing.chart.rules import certified_through, days_late

__all__ = [
    "ORDER_SIGNED_WITHIN",
    "PLAN_SENT_WITHIN",
    "RELIEF_FROM",
    "SIGNED_WITHIN",
    "Period",
    "last_day",
    "lateness",
    "order_due",
    "periods_of",
    "signature_due",
    "signature_lateness",
    "signature_waived",
]

# The rules certification-period and recertification cite their sources.
_CERTIFIED_DAYS = 90
_CERTIFIED_DAYS_BEFORE_2008 = 30
_NINETY_DAYS_FROM = date(2008, 1, 1)
# So do certification-timely, verbal-order and referral-relief, in this order.
SIGNED_WITHIN = 30
ORDER_SIGNED_WITHIN = 14
PLAN_SENT_WITHIN = 30
RELIEF_FROM = date(2025, 1, 1)


class Period(NamedTuple):
    """A certified interval: its days, its signature, and whether a reason for a delay is given."""

    first: date
    through: date
    signed_on: date | None
    certified_by: CertifyingRole
    reason_given: bool

    @property
    def ordinals(self) -> tuple[int, int]:
        """Its first and last day."""
        return self.first.toordinal(), self.through.toordinal()

    @property
    def unsigned(self) -> bool:
        """Whether nobody signed who may."""
        return self.signed_on is None or self.certified_by is CertifyingRole.CHIROPRACTOR

    def covers(self, day: date) -> bool:
        """Return whether *day* is one of its days."""
        return self.first <= day <= self.through


def periods_of(plan: PlanOfCare) -> tuple[Period, ...]:
    """Return the interval of the initial certification, then those of the recertifications."""
    return (
        _period(plan, plan.initial_treatment),
        *(_period(each, each.effective_from) for each in plan.recertifications),
    )


def _period(part: PlanOfCare | Recertification, first: date) -> Period:
    old = (part.certified_on or first) < _NINETY_DAYS_FROM
    through = certified_through(
        first.toordinal(),
        part.duration.after(first).toordinal(),
        most_days=_CERTIFIED_DAYS_BEFORE_2008 if old else _CERTIFIED_DAYS,
    )
    return Period(
        first,
        date.fromordinal(through),
        part.certified_on,
        part.certified_by,
        part.delay_reason is not None,
    )


def last_day(periods: Iterable[Period]) -> date:
    """Return the day on which the last of *periods* is over."""
    return max(period.through for period in periods)


def lateness(since: date, on: date, within: int) -> int:
    """Return by how many days *on* is later than *within* days after *since*."""
    return days_late(since.toordinal(), on.toordinal(), within=within)


def signature_lateness(plan: PlanOfCare, on: date) -> int:
    """Return by how many days a signature of *on* is late, a verbal order in time considered."""
    order = plan.verbal_order_on
    if (
        order is not None
        and not lateness(plan.initial_treatment, order, SIGNED_WITHIN)
        and not lateness(order, on, ORDER_SIGNED_WITHIN)
    ):
        return 0
    return lateness(plan.initial_treatment, on, SIGNED_WITHIN)


def signature_waived(plan: PlanOfCare, day: date) -> bool:
    """Return whether an order on file, and the plan sent in time, stand for the signature on *day*."""
    order, sent, first = plan.referral_signed_on, plan.plan_sent_on, plan.initial_treatment
    return (
        order is not None
        and sent is not None
        and day >= RELIEF_FROM
        and order <= first <= sent
        and not lateness(first, sent, PLAN_SENT_WITHIN)
    )


def signature_due(plan: PlanOfCare) -> date:
    """Return the last day on which the initial signature is in time by either count."""
    # With the initial treatment as day 1, the 30th day is one earlier than the manual's words allow.
    return Duration(days=SIGNED_WITHIN - 1).after(plan.initial_treatment)


def order_due(order: date) -> date:
    """Return the last day on which a verbal order of *order* is signed in time by either count."""
    return Duration(days=ORDER_SIGNED_WITHIN - 1).after(order)
