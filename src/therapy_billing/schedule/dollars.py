"""Calculate the units and dollars behind minutes that were counted more than once."""

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
    """Calculate the units of minutes that were counted more than once and, if fees are given, their dollars."""

    policies: PoliciesByDay
    dollars: DaysInDollars | None

    def arithmetic(
        self, overlap: Overlap, rows: Sequence[Row], group: Sequence[str] = ()
    ) -> tuple[str, Usd | None]:
        """
        Return sentences for the detail of a finding, and the dollars at stake.

        The sentences compare the day as documented with the day with each minute counted once: its units
        and, if they are known, its dollars. They start with a space, and are empty if no units are lost.
        """
        policy = self.policies[rows[0].day]
        if policy is None or policy.counting.method is None or not all_quarters(rows):
            return "", None
        units = _units_alone(rows, policy)
        once = units_of(
            overlap.there // MINUTE,
            unit_minutes=QUARTER,
            partial_minutes=policy.counting.partial_minutes,
        )
        if units <= once:
            return "", None
        text = (
            f" On their own, the documented minutes make {counted(units, 'unit')}; with each minute counted once, "
            f"they make {once}."
        )
        if group:
            text += f" As a group, they make {alternatives(group)} x1 for each of {len(group)} patients."
        if self.dollars is None:
            return text, None
        try:
            documented, lost = self.dollars.lost(rows, units, once)
        except (InvalidInputError, NotPublishedError):
            # The times are wrong even if the day has no claim or no price.
            return text, None
        instead = EXACT.subtract(documented, lost)
        text += (
            f" For the whole day, ${documented:,} is allowed as documented, and ${instead:,} "
            "with each minute counted once."
        )
        return text, lost


def _units_alone(rows: Iterable[Row], policy: Policy) -> int:
    """Return the units that the minutes of the rows make without the other services of the day."""
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
    """The claim of a patient's day, and the codes with minutes that were counted more than once."""

    day: date
    lines: tuple[ClaimLine, ...]
    repeated: Collection[tuple[Discipline | None, str]]

    def is_repeated(self, line: ClaimLine) -> bool:
        return (line.discipline, line.code) in self.repeated


class DaysInDollars:
    """Calculate the allowed dollars of patients' days, as documented and with fewer units."""

    def __init__(self, payer: PayerLike, fees: FeeSchedule) -> None:
        self._payer = payer
        self._fees = fees
        self._rows: dict[tuple[str, date], list[Row]] = {}
        self._claimed: dict[tuple[str, date], tuple[ClaimLine, ...]] = {}
        self._priced: dict[tuple[date, tuple[ClaimLine, ...]], Usd] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Add the rows of more patient-days. They stay in memory, for the claims of these days."""
        for row in rows:
            self._rows.setdefault((row.patient, row.day), []).append(row)

    def lost(self, rows: Iterable[Row], units: int, once: int) -> tuple[Usd, Usd]:
        """
        Return the allowed dollars for the days of *rows*, and the lowest amount that is lost.

        Args:
            rows: The services with minutes that were counted more than once.
            units: Units that these services make on their own.
            once: Units that remain with each minute counted once.

        Raises:
            InvalidInputError: If a day does not make a claim, for example an add-on code without its
                first code.
            NotPublishedError: If one of the services, or the day, has no price.
        """
        repeated: dict[tuple[str, date], set[tuple[Discipline | None, str]]] = {}
        for row in rows:
            self._fees.price(row.service.code)
            codes = repeated.setdefault((row.patient, row.day), set())
            codes.add((row.discipline, row.service.code))
        visits = [
            _Visit(day, self._lines_of(patient, day), codes)
            for (patient, day), codes in repeated.items()
        ]
        # With caps, or with the other minutes of the day, the claim may have fewer units than *units*.
        claimed = sum(
            line.units for visit in visits for line in visit.lines if visit.is_repeated(line)
        )
        ways = [way for index, visit in enumerate(visits) for way in self._cheapest(index, visit)]
        heapq.heapify(ways)
        losses = []
        for _ in range(min(units, claimed) - once):
            loss, index, fewer = heapq.heappop(ways)
            losses.append(loss)
            for way in self._cheapest(index, visits[index]._replace(lines=fewer)):
                heapq.heappush(ways, way)
        documented = total(self._allowed(visit.day, visit.lines) for visit in visits)
        return documented, total(losses)

    def _lines_of(self, patient: str, day: date) -> tuple[ClaimLine, ...]:
        """Return the claim lines for all services of the patient on that day."""
        found = self._claimed.get((patient, day))
        if found is None:
            plans: dict[Discipline, list[Service]] = {}
            for row in self._rows[patient, day]:
                plans.setdefault(row.discipline, []).append(row.service)
            fees = self._fees
            policy, _ = policy_of(self._payer, day)
            if not fees.gives_amounts_to(policy.money.fee_basis):
                msg = "the fee schedule has no amounts for this payer"
                raise NotPublishedError(msg)
            found = build_claim(
                [Session(day, plan, services) for plan, services in plans.items()],
                without_refusals(policy),
                fees=fees,
                setting=fees.setting,
                parameters=fees.parameters,
            ).lines
            if sum(line.units for line in found) > MINUTES_OF_A_DAY // QUARTER:
                # No payer pays for more units than fit in a day, and removing many units one by one is slow.
                msg = f"the claim for {day} has more 15-minute units than fit in a day"
                raise InvalidInputError(msg)
            self._claimed[patient, day] = found
        return found

    def _cheapest(self, index: int, visit: _Visit) -> list[tuple[Usd, int, tuple[ClaimLine, ...]]]:
        """Find the repeated unit with the lowest loss, if any. Return the loss, *index*, and the other lines."""
        day, lines, _ = visit
        worth = self._allowed(day, lines)
        ways = []
        for number, line in enumerate(lines):
            if visit.is_repeated(line):
                rest = (with_units(line, line.units - 1),) if line.units > 1 else ()
                fewer = (*lines[:number], *rest, *lines[number + 1 :])
                ways.append((EXACT.subtract(worth, self._allowed(day, fewer)), index, fewer))
        return sorted(ways, key=lambda way: way[0])[:1]

    def _allowed(self, day: date, lines: tuple[ClaimLine, ...]) -> Usd:
        # Many patients have the same lines, and every removed unit needs the same prices again.
        found = self._priced.get((day, lines))
        if found is None:
            priced = price_day(Claim(day, lines), self._payer, self._fees)
            found = priced.allowed or ZERO
            self._priced[day, lines] = found
        return found
