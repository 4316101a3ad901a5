"""Days that the arrays do not model, billed by the scalar path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import attrs
import numpy as np

from therapy_billing.base.money import EXACT, Usd, from_cents, whole_cents
from therapy_billing.batch.columns import NULL
from therapy_billing.batch.frame_terms import FrameTerms
from therapy_billing.batch.kernel.code_arrays import DISCIPLINES
from therapy_billing.batch.kernel.compiled import SHARE_SCALE, CompiledTerms
from therapy_billing.batch.kernel.lines import Lines, line_order
from therapy_billing.batch.kernel.segments import Whole
from therapy_billing.batch.kernel.years import KX_STATES, SharedLines
from therapy_billing.codes.roles import Clinician, Discipline, Setting
from therapy_billing.payers.payer import Payer
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.day import bill_day
from therapy_billing.pricing.records import PricedDay, PricedLine
from therapy_billing.visits.services import Service, service
from therapy_billing.visits.sessions import Session

__all__ = ["DayRow", "ScalarDay", "bill_rows", "lines_of", "shares_of"]


class DayRow(NamedTuple):
    """
    One row of a patient-day.

    Args:
        discipline: The discipline.
        code: The code.
        minutes: The minutes, or None.
        units: The units, or None.
        clinician: Who furnished the service.
        modifiers: The modifiers of the service.
        charge: Cents for one unit, or None.
    """

    discipline: Discipline
    code: str
    minutes: int | None
    units: int | None
    clinician: Clinician
    modifiers: tuple[str, ...]
    charge: int | None


class ScalarDay(NamedTuple):
    """
    A patient-day for the scalar path.

    Args:
        day: The date of service.
        payer: The payer.
        locality: The locality.
        setting: The setting.
        rows: The rows, in documented order.
    """

    day: date
    payer: Payer
    locality: str | None
    setting: Setting | None
    rows: Sequence[DayRow]


def bill_rows(given: ScalarDay, terms: FrameTerms, year: Accumulators | None = None) -> PricedDay:
    """
    Bill a patient-day.

    Raises:
        TherapyBillingError: If the day cannot be billed.
    """
    services: dict[Discipline, list[Service]] = {}
    charges = dict(terms.charges)
    for row in given.rows:
        made = service(
            row.code, row.minutes, row.units, clinician=row.clinician, modifiers=row.modifiers
        )
        services.setdefault(row.discipline, []).append(made)
        if row.charge is not None:
            charges[row.code] = from_cents(row.charge)
    sessions = [Session(given.day, plan, each) for plan, each in services.items()]
    policy = terms.log.policy_on(given.payer, given.day)
    return bill_day(
        sessions,
        policy,
        terms.fees_on(given.day, given.payer, policy, given.locality, given.setting),
        year,
        attestations=terms.log.attestations,
        setting=given.setting,
        charges=charges or None,
    )


def lines_of(priced: Mapping[int, PricedDay], compiled: CompiledTerms) -> Lines:
    """Return the lines of *priced* days, by the number of the day in the block."""
    with compiled.lock:
        columns = [
            (number, *_line_columns(line, compiled))
            for number, day in priced.items()
            for line in day.lines
        ]
    names = [field.name for field in attrs.fields(Lines)]
    arrays: dict[str, Any] = dict.fromkeys(names, np.zeros(0, np.int64))
    arrays |= zip(names, map(np.array, zip(*columns, strict=True)), strict=False)
    arrays["full_rate"] = arrays["full_rate"].astype(np.bool_)
    return Lines(**arrays)


def _line_columns(line: PricedLine, compiled: CompiledTerms) -> tuple[int, ...]:
    """Return the columns of :class:`Lines` for a priced line, without the day."""
    amounts, price = line.unit_amounts, line.price
    full = 0 if price is None else sum(amount == price.amount for amount in amounts)
    reduced = [amount for amount in amounts if price is not None and amount != price.amount]
    discipline = line.discipline
    if discipline is None:
        raise AssertionError(line.code)
    share = line.furnisher_share
    return (
        DISCIPLINES.index(discipline),
        compiled.codes.numbers[line.code],
        line.units,
        compiled.modifiers.number(line.modifiers),
        _cents(line.claim_line.charge),
        full,
        _cents(price.amount if price is not None and full else None),
        len(reduced),
        _cents(reduced[0] if reduced else None),
        NULL if share is None else int(EXACT.multiply(share, Usd(SHARE_SCALE))),
        _cents(line.allowed),
        _cents(line.mppr_reduction),
        int(line.full_rate),
        compiled.reasons.number(line.unpriced),
    )


def shares_of(
    priced: Mapping[int, PricedDay], compiled: CompiledTerms, shared: SharedLines, at: Whole
) -> SharedLines:
    """
    Return *shared* with the shares of *priced* days.

    Args:
        priced: The days, by number in the block.
        compiled: The terms.
        shared: The shares of all lines.
        at: The indexes of the lines of these days.
    """
    lines = lines_of(priced, compiled)
    order = line_order(lines, compiled)
    every = [line for day in priced.values() for line in day.lines]
    with compiled.lock:
        rows = [_share_columns(every[index], compiled) for index in order.tolist()]
    columns = {
        field.name: getattr(shared, field.name).astype(np.int64)
        for field in attrs.fields(SharedLines)
    }
    for name, values in zip(columns, zip(*rows, strict=True), strict=True):
        columns[name][at] = values
    return SharedLines(**columns)


def _share_columns(line: PricedLine, compiled: CompiledTerms) -> tuple[int, ...]:
    """Return the columns of :class:`SharedLines` for a priced line."""
    share = (None,) * 5 if line.share is None else line.share
    return (
        compiled.modifiers.number(line.modifiers),
        KX_STATES.index(line.kx),
        *map(_cents, share),
        _cents(line.patient_responsibility),
        _cents(line.provider_receives),
        compiled.reasons.number(line.denied_for),
    )


def _cents(amount: Usd | None) -> int:
    return NULL if amount is None else whole_cents(amount)
