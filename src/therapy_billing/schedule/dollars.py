"""What minutes that were counted more than once are worth, in units and in dollars of the patients' days."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.money import EXACT, ZERO, Usd, total
from therapy_billing.base.wording import counted
from therapy_billing.claims.claim_lines import build_claim
from therapy_billing.claims.records import Claim, ClaimLine, with_units
from therapy_billing.codes.code_book import QUARTER
from therapy_billing.codes.roles import Discipline
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.payers.payer_argument import PayerLike, policy_of
from therapy_billing.payers.policy import Policy, without_refusals
from therapy_billing.pricing.day import price_day
from therapy_billing.schedule.rows import MINUTE, PoliciesByDay, Row, all_quarters, alternatives
from therapy_billing.schedule.rules import Overlap
from therapy_billing.units.counting import count_minutes
from therapy_billing.units.rules import units_of
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = ["DaysInDollars", "RepeatedMinutes"]


class RepeatedMinutes(NamedTuple):
    """What minutes told twice are worth in units, and with fees in dollars."""

    policies: PoliciesByDay
    dollars: DaysInDollars | None

    def arithmetic(
        self, overlap: Overlap, rows: Sequence[Row], group: Sequence[str] = ()
    ) -> tuple[str, Usd | None]:
        """Return units and dollars as documented and counted once, and the dollars between them."""
        policy = self.policies[rows[0].day]
        if policy is None or not all_quarters(rows):
            return "", None
        units = _units_alone(rows, policy)
        once = units_of(
            overlap.there // MINUTE,
            unit_minutes=QUARTER,
            partial_minutes=policy.counting.partial_minutes,
        )
        if units <= once:
            return "", None
        told = (
            f"; by themselves they make {counted(units, 'unit')}, and {once} with each minute "
            "counted once"
        )
        if group:
            told += f", or {alternatives(group)} x1 for each of {len(group)} patients as a group"
        if self.dollars is None:
            return told, None
        try:
            documented, lost = self.dollars.lost(rows, units, once)
        except (InvalidInputError, NotPublishedError):
            # The day makes no claim, or it has no price: the times are wrong all the same.
            return told, None
        instead = EXACT.subtract(documented, lost)
        told += (
            f"; allowed with the rest of the day: ${documented:,} as documented, ${instead:,} once"
        )
        return told, lost


def _units_alone(rows: Iterable[Row], policy: Policy) -> int:
    """Return the units that the minutes of the rows make by themselves."""
    pools: dict[tuple[str, Discipline, date], dict[str, int]] = {}
    for row in rows:
        minutes = pools.setdefault((row.patient, row.discipline, row.day), {})
        code = row.service.code
        minutes[code] = minutes.get(code, 0) + (row.service.minutes or 0)
    counted = [count_minutes(minutes, policy) for minutes in pools.values()]
    return sum(
        sum(split.whole_units for split in pool.minute_splits) + sum(pool.extras) + pool.open_units
        for pool in counted
    )


class _Visit(NamedTuple):
    """The claim of a patient's day, and which of its codes were told twice."""

    day: date
    lines: tuple[ClaimLine, ...]
    told_twice: Collection[tuple[Discipline | None, str]]

    def is_told_twice(self, line: ClaimLine) -> bool:
        return (line.discipline, line.code) in self.told_twice


class DaysInDollars:
    """What patients' days are worth: as documented, and with units taken off."""

    def __init__(self, rows: Iterable[Row], payer: PayerLike, fees: FeeSchedule) -> None:
        self._payer = payer
        self._fees = fees
        self._rows: dict[tuple[str, date], list[Row]] = {}
        for row in rows:
            self._rows.setdefault((row.patient, row.day), []).append(row)
        self._claimed: dict[tuple[str, date], tuple[ClaimLine, ...]] = {}
        self._priced: dict[tuple[date, tuple[ClaimLine, ...]], Usd] = {}

    def lost(self, rows: Iterable[Row], units: int, once: int) -> tuple[Usd, Usd]:
        """
        Return what is allowed for the days of *rows*, and the least that is lost of it.

        Args:
            rows: The services whose minutes were told twice.
            units: Units that they make by themselves.
            once: Units that are left with each minute counted once.

        Raises:
            InvalidInputError: If a day makes no claim, such as one with an add-on alone.
            NotPublishedError: If one of the services has no price, or the day none.
        """
        told_twice: dict[tuple[str, date], set[tuple[Discipline | None, str]]] = {}
        for row in rows:
            self._fees.price(row.service.code)
            codes = told_twice.setdefault((row.patient, row.day), set())
            codes.add((row.discipline, row.service.code))
        visits = [
            _Visit(day, self._lines_of(patient, day), codes)
            for (patient, day), codes in told_twice.items()
        ]
        # Caps, and the day's other minutes, may have left fewer units than the services make alone.
        claimed = sum(
            line.units for visit in visits for line in visit.lines if visit.is_told_twice(line)
        )
        ways = [way for place, visit in enumerate(visits) for way in self._cheapest(place, visit)]
        heapq.heapify(ways)
        losses = []
        for _ in range(min(units, claimed) - once):
            loss, place, fewer = heapq.heappop(ways)
            losses.append(loss)
            for way in self._cheapest(place, visits[place]._replace(lines=fewer)):
                heapq.heappush(ways, way)
        documented = total(self._allowed(visit.day, visit.lines) for visit in visits)
        return documented, total(losses)

    def _lines_of(self, patient: str, day: date) -> tuple[ClaimLine, ...]:
        """Return the lines of all that the patient received that day."""
        found = self._claimed.get((patient, day))
        if found is None:
            plans: dict[Discipline, list[Service]] = {}
            for row in self._rows[patient, day]:
                plans.setdefault(row.discipline, []).append(row.service)
            fees = self._fees
            policy, _ = policy_of(self._payer, day)
            if not fees.gives_amounts_to(policy.money.fee_basis):
                msg = "this payer's fees are not known"
                raise NotPublishedError(msg)
            found = build_claim(
                [Session(day, plan, services) for plan, services in plans.items()],
                without_refusals(policy),
                fees=fees,
                setting=fees.setting,
                parameters=fees.parameters,
            ).lines
            if sum(line.units for line in found) > MINUTES_OF_A_DAY // QUARTER:
                # Nobody is paid for more than a day has, and units come off one by one.
                msg = f"more units than quarters of an hour on {day}"
                raise InvalidInputError(msg)
            self._claimed[patient, day] = found
        return found

    def _cheapest(self, place: int, visit: _Visit) -> list[tuple[Usd, int, tuple[ClaimLine, ...]]]:
        """Return the unit told twice whose loss is least: the loss, *place*, the lines without it."""
        day, lines, _ = visit
        worth = self._allowed(day, lines)
        ways = []
        for number, line in enumerate(lines):
            if visit.is_told_twice(line):
                rest = (with_units(line, line.units - 1),) if line.units > 1 else ()
                fewer = (*lines[:number], *rest, *lines[number + 1 :])
                ways.append((EXACT.subtract(worth, self._allowed(day, fewer)), place, fewer))
        return sorted(ways, key=lambda way: way[0])[:1]

    def _allowed(self, day: date, lines: tuple[ClaimLine, ...]) -> Usd:
        # The same lines come again and again: patients alike, and each unit taken off.
        found = self._priced.get((day, lines))
        if found is None:
            priced = price_day(Claim(day, lines), self._payer, self._fees)
            found = priced.allowed or ZERO
            self._priced[day, lines] = found
        return found
