"""Decide which units carry CQ or CO because an assistant furnished them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from therapy_billing.claims.records import AssistantShare, ClaimLine
from therapy_billing.claims.rules.assistants import (
    AssistantUnits,
    Exceeds,
    exceeds,
    exceeds_by_percentage,
    exceeds_by_simple_method,
    split_units_2020,
    split_units_2022,
)
from therapy_billing.codes.code_book import QUARTER, known_code, therapist_only_codes
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import Clinician, Discipline, Setting
from therapy_billing.payers.furnishers import FurnisherRule, Payable
from therapy_billing.payers.policy import AssistantArithmetic, AssistantRule, Policy
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.counting import most_units
from therapy_billing.units.records import AssistantMinutes, DisciplineUnits
from therapy_billing.units.unit_terms import unit_terms

__all__ = [
    "ARITHMETIC_RULES",
    "UnitSplitter",
    "evaluations_of_therapists",
    "is_evaluation_by_assistant",
    "takes_assistant_modifiers",
    "unpaid_evaluations",
]

ARITHMETIC_RULES: dict[AssistantArithmetic, Callable[..., bool]] = {
    AssistantArithmetic.EXACT: exceeds,
    AssistantArithmetic.SIMPLE: exceeds_by_simple_method,
    AssistantArithmetic.PERCENTAGE: exceeds_by_percentage,
}


def is_evaluation_by_assistant(line: ClaimLine) -> bool:
    """
    Return whether a line has CQ or CO on a code that only a therapist may furnish.

    >>> is_evaluation_by_assistant(ClaimLine("97161", 1, ("GP", "CQ")))
    True
    """
    return line.assistant and line.code in therapist_only_codes()


def _evaluation_rule(line: ClaimLine, policy: Policy, day: date) -> FurnisherRule | None:
    """Return what the payer says about an assistant who furnishes the evaluation of *line*; None if no source does."""
    # A line without GP, GO, or GN still shows by CQ or CO which assistant furnished it.
    discipline = line.discipline or next(
        plan for plan, modifier in assistant_modifiers().items() if modifier in line.modifiers
    )
    service = known_code(line.code).service_class
    return policy.furnishers.find(Clinician.ASSISTANT, discipline, service, day)


def evaluations_of_therapists(
    allocation: Allocation,
) -> dict[tuple[Discipline | None, str], tuple[int, FurnisherRule | None]]:
    """
    Return the units of the therapist's own minutes, for each evaluation of which an assistant furnished a part.

    Rule ``assistant-scope``. The units are counted again without the assistant's minutes. Each comes with what the
    payer says about evaluations by an assistant, or None if no source says anything. Evaluations that lose no units,
    or that the payer does pay, are not returned.

    >>> from therapy_billing import MEDICARE, Session, TimedService, allocate_units
    >>> services = [TimedService("96125", 60), TimedService("96125", 60, clinician="assistant")]
    >>> counted = allocate_units(Session("2026-03-02", "OT", services), MEDICARE)
    >>> [(key[1], units) for key, (units, _) in evaluations_of_therapists(counted).items()]
    [('96125', 1)]
    """
    found: dict[tuple[Discipline | None, str], tuple[int, FurnisherRule | None]] = {}
    day = allocation.date_of_service
    for pool in allocation.disciplines:
        if day is None or pool.discipline is None:
            continue
        # Minutes that the therapist and the assistant treated together count as the therapist's.
        parts = {part.code: part for part in pool.assistants if part.assistant != 0}
        unpaid: dict[str, FurnisherRule | None] = {}
        for code in therapist_only_codes().intersection(parts):
            rule = allocation.policy.furnishers.find(
                Clinician.ASSISTANT, pool.discipline, known_code(code).service_class, day
            )
            if rule is None or rule.payable is not Payable.YES:
                unpaid[code] = rule
        if not unpaid:
            continue
        for code, _ in pool.untimed:
            if code in unpaid and parts[code].total == parts[code].assistant:
                found[pool.discipline, code] = 0, unpaid[code]
        minutes = {
            split.code: split.minutes
            - sum(
                [
                    parts[code].assistant or 0
                    for code in unpaid
                    if code in (split.code, split.add_on)
                ]
            )
            for split in pool.minute_splits
        }
        own = most_units(
            {code: given for code, given in minutes.items() if given}, allocation.policy
        )
        for code, units in allocation.by_discipline[pool.discipline].items():
            if own.get(code, 0) < units:
                rule = unpaid.get(code, next(iter(unpaid.values())))
                found[pool.discipline, code] = own.get(code, 0), rule
    return found


def unpaid_evaluations(
    lines: Iterable[ClaimLine], policy: Policy, day: date, allocation: Allocation | None
) -> dict[tuple[Discipline | None, str], tuple[int, FurnisherRule | None]]:
    """
    Return the evaluations that an assistant furnished in whole or in part and that the payer does not pay.

    They are those of :func:`evaluations_of_therapists`, and those on a line with CQ or CO, which shows that the assistant's
    part is above the de minimis share. Without an allocation, only CQ and CO show it.
    """
    found = {} if allocation is None else evaluations_of_therapists(allocation)
    for line in lines:
        key = line.discipline, line.code
        if is_evaluation_by_assistant(line) and key not in found:
            rule = _evaluation_rule(line, policy, day)
            if rule is None or rule.payable is not Payable.YES:
                found[key] = 0, rule
    return found


def takes_assistant_modifiers(policy: Policy, setting: Setting | None) -> bool:
    """Return whether *policy* and *setting* require CQ or CO for an assistant's units."""
    return (
        policy.modifiers.assistants is not AssistantRule.NONE
        and setting is not Setting.CRITICAL_ACCESS_HOSPITAL
    )


class UnitSplitter:
    """
    Find the units of one discipline that carry the modifier, and record the reasons in ``shares``.

    *units* are the units of timed and of untimed codes, after caps.
    """

    def __init__(
        self,
        pool: DisciplineUnits,
        discipline: Discipline,
        units: tuple[Mapping[str, int], Mapping[str, int]],
        policy: Policy,
        exceeding: Exceeds,
    ) -> None:
        self.shares: list[AssistantShare] = []
        self._pool = pool
        self._discipline = discipline
        self._units, self._untimed = units
        self._policy = policy
        self._exceeds = exceeding
        self._arithmetic = policy.modifiers.assistant_arithmetic.value
        self._parts = {part.code: part for part in pool.assistants}

    def units_with(self) -> dict[str, int]:
        """Return the number of units that carry the modifier, by code."""
        found: dict[str, int] = {}
        for split in self._pool.minute_splits:
            if split.code in self._parts or split.add_on in self._parts:
                found |= self._timed(split.code, split.add_on, split.minutes)
        for code, units in self._untimed.items():
            if code in self._parts and known_code(code).assistant_modifier:
                part = self._parts[code]
                above_minimum = part.assistant is None or part.total is None
                above_minimum = above_minimum or self._exceeds(part.assistant or 0, part.total or 0)
                found[code] = units if above_minimum else 0
                self._keep(code, part, AssistantUnits(0, 0, 0, 0, units - found[code], found[code]))
        return found

    def _timed(self, code: str, add_on: str | None, minutes: int) -> dict[str, int]:
        """Return the units that carry the modifier, for a timed code or for a code and its add-on code."""
        codes = [code] if add_on is None else [code, add_on]
        units = sum([self._units.get(each, 0) for each in codes])
        parts = [self._parts[each] for each in codes if each in self._parts]
        assistant = sum([part.assistant or 0 for part in parts])
        together = sum([part.together for part in parts])
        fewest = None
        if all(unit_terms(each, self._policy).period == QUARTER for each in codes):
            fewest = unit_terms(code, self._policy).fewest
        split = self._split(minutes - assistant, assistant, units, fewest)
        self._keep(code, AssistantMinutes(code, minutes, assistant, together), split)
        if add_on is None:
            return {code: split.units_with}
        # The first unit carries the modifier if the assistant's minutes under the first code exceed
        # the de minimis share. The other units with the modifier are units of the add-on code.
        first = self._units.get(code, 0)
        own = self._parts.get(code)
        in_first = own is not None and self._exceeds(own.assistant or 0, own.total or 0)
        further = self._units.get(add_on, 0)
        of_first = min(first, split.units_with) if in_first else max(split.units_with - further, 0)
        return {code: of_first, add_on: split.units_with - of_first}

    def _split(
        self, therapist: int, assistant: int, units: int, fewest: int | None
    ) -> AssistantUnits:
        if fewest is None:
            # No source is about units that are not 15 minutes, so treat all units of the code as one service.
            above_minimum = self._exceeds(assistant, therapist + assistant)
            return AssistantUnits(
                0, 0, 0, 0, 0 if above_minimum else units, units if above_minimum else 0
            )
        if self._policy.modifiers.assistants is AssistantRule.UNITS_2020:
            return split_units_2020(
                therapist, assistant, units, unit_minutes=QUARTER, exceeds=self._exceeds
            )
        return split_units_2022(
            therapist,
            assistant,
            units,
            unit_minutes=QUARTER,
            fewest_minutes=fewest,
            exceeds=self._exceeds,
        )

    def _keep(self, code: str, part: AssistantMinutes, split: AssistantUnits) -> None:
        therapist = None
        if part.total is not None and part.assistant is not None:
            therapist = part.total - part.assistant
        self.shares.append(
            AssistantShare(
                code,
                self._discipline,
                self._policy.modifiers.assistants.value,
                self._arithmetic,
                therapist,
                part.assistant,
                part.together,
                split.therapist_whole,
                split.assistant_whole,
                split.left_without,
                split.left_with,
            )
        )
