"""From units to amounts: each line of a patient's day with what the fee schedule says of it."""

from __future__ import annotations

from datetime import date

from therapy_billing.errors import NotPublishedError
from therapy_billing.modifiers import Discipline
from therapy_billing.money import Usd, times
from therapy_billing.pipeline.allocation import Treatment, UnitsBy, allocate_units
from therapy_billing.records import PricedDay, PricedLine
from therapy_billing.tables import FeeSchedule

__all__ = ["bill_day"]


def bill_day(
    treatment: Treatment,
    payer: UnitsBy,
    fees: FeeSchedule,
    *,
    date_of_service: date | str | None = None,
) -> PricedDay:
    """
    Return the units of a patient's day with their amounts, before MPPR, GPCI and adjustments.

    A line that the schedule has no price for stays, with the reason; it is never counted as zero:
    see ``PricedDay.complete``.

    Args:
        treatment: A session, the sessions of one patient on one day, or minutes by timed code.
        payer: A payer, a policy or a method.
        fees: The fee schedule for the date of service.
        date_of_service: The day of minutes by code.

    Raises:
        InvalidInputError: As :func:`allocate_units`.
        NotPublishedError: If the payer's policy or the fee schedule is not for the day.

    >>> from therapy_billing import MEDICARE, Session
    >>> day = Session.from_minutes({"97530": 30}, date_of_service="2020-03-02", discipline="PT")
    >>> bill_day(day, MEDICARE, FeeSchedule.medicare("2020-03-02")).total
    Decimal('80.84')
    """
    allocation = allocate_units(treatment, payer, date_of_service=date_of_service, fees=fees)
    fees.require(allocation.date_of_service)
    lines: list[PricedLine] = []
    by_discipline = allocation.by_discipline
    for pool in allocation.pools:
        minutes = {counted.code: counted.minutes for counted in pool.counted}
        for code, units in by_discipline[pool.discipline].items():
            lines.append(_line(pool.discipline, code, units, minutes.get(code), fees))
        for code, units in pool.untimed:
            lines.append(_line(pool.discipline, code, units, None, fees))
    return PricedDay(allocation.date_of_service, allocation, tuple(lines), fees.name)


def _line(
    discipline: Discipline | None,
    code: str,
    units: int,
    minutes: int | None,
    fees: FeeSchedule,
) -> PricedLine:
    if not units:
        return PricedLine(discipline, code, 0, minutes, Usd("0.00"))
    try:
        price = fees.price(code)
    except NotPublishedError as error:
        return PricedLine(discipline, code, units, minutes, None, unpriced=str(error))
    return PricedLine(
        discipline,
        code,
        units,
        minutes,
        times(price.amount, units),
        formula=price.formula,
        rule=price.rule,
        sources=price.sources,
    )
