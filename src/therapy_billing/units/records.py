"""How the minutes of a day were counted: by code, and by discipline."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import attrs

from therapy_billing.codes.roles import Discipline
from therapy_billing.visits.services import Service

__all__ = [
    "AssistantMinutes",
    "CappedUnit",
    "CountedCode",
    "DisciplineUnits",
    "ExtraUnits",
    "MinuteSplit",
    "ServiceGroups",
    "Services",
    "units_of_family",
]


@attrs.frozen
class CountedCode:
    """
    How the minutes of a timed code, or of a family with its add-on, were counted.

    Args:
        code: The code, or the one of the family's first unit.
        add_on: The code of the family's further units.
        minutes: Minutes of the day.
        first_units: 1 when the family's longer first period was reached, else 0.
        whole_units: Units of full periods.
        leftover: Minutes beyond them.
        period: Minutes of one unit after the first period.
        extra_units: 1 when the leftover minutes took a unit, else 0.
        tied: Whether another code had the same claim to that unit.

    >>> CountedCode("97129", "97130", 38, 1, 1, 8, 15, 1, False).units_by_code
    (('97129', 1), ('97130', 2))
    """

    code: str
    add_on: str | None
    minutes: int
    first_units: int
    whole_units: int
    leftover: int
    period: int
    extra_units: int
    tied: bool

    @property
    def units(self) -> int:
        """Units before caps."""
        return self.first_units + self.whole_units + self.extra_units

    @property
    def units_by_code(self) -> tuple[tuple[str, int], ...]:
        """Units before caps: in a family the first unit is the code's, the others the add-on's."""
        return units_of_family(self.code, self.add_on, self.units)


class MinuteSplit(NamedTuple):
    """
    Minutes of one code, or of a family with its add-on, cut into full units and a leftover.

    Args:
        code: The code, or the one of the family's first unit.
        add_on: The code of the family's further units; None for a code alone.
        minutes: Minutes of the day.
        first_units: 1 when the family's longer first period was reached, else 0.
        whole_units: Units of full periods.
        leftover: Minutes beyond them.
        period: Minutes of one unit after the first period.
        alone_minutes: Fewest leftover minutes that make a unit of the code by itself; None where the
            leftover joins the day's total.
    """

    code: str
    add_on: str | None
    minutes: int
    first_units: int
    whole_units: int
    leftover: int
    period: int
    alone_minutes: int | None

    @property
    def full_units(self) -> int:
        """Units that need no leftover minutes."""
        return self.first_units + self.whole_units


def units_of_family(code: str, add_on: str | None, units: int) -> tuple[tuple[str, int], ...]:
    """
    Return *units* by code: the first unit of a family is the code's, the others the add-on's.

    >>> units_of_family("97129", "97130", 3), units_of_family("97110", None, 3)
    ((('97129', 1), ('97130', 2)), (('97110', 3),))
    """
    if add_on is None:
        return ((code, units),)
    first = min(units, 1)
    return ((code, first), (add_on, units - first))


class AssistantMinutes(NamedTuple):
    """
    The part that an assistant took in a code of the day.

    Args:
        code: The code.
        total: Minutes of the code; None where an untimed code was documented without.
        assistant: Minutes of the assistant alone; None as for *total*.
        together: Minutes of therapist and assistant together.
    """

    code: str
    total: int | None
    assistant: int | None
    together: int


@attrs.frozen
class DisciplineUnits:
    """
    The timed services of one discipline on the day, counted together.

    Args:
        discipline: The plan of care; None when the caller named none.
        sessions: How many sessions were pooled.
        minute_splits: Its timed codes, or families, in the order documented, before ties are decided.
        extra_units: 1 for each of them whose leftover minutes took a unit, else 0.
        tied: Places of those with equal claims to a unit that was left.
        untimed: Its untimed codes with their units.
        repeats: Untimed codes documented more than once and billed once, with how often.
        pooled_minutes: Minutes that entered the day's total under the eight-minute rule; None for
            methods that count each code alone.
        open_units: Units that equal leftovers left to the clinician's choice.
        treatment_minutes: Minutes of its services, timed and untimed.
        floored_seconds: Seconds that start and end held beyond whole minutes.
        assistants: The codes in which an assistant took part.
        keys: The caller's keys of the services behind each code's units, by code; those of a family with
            its add-on are behind both codes.
    """

    discipline: Discipline | None
    sessions: int
    minute_splits: tuple[MinuteSplit, ...] = attrs.field(repr=False)
    extra_units: tuple[int, ...]
    tied: tuple[int, ...]
    untimed: tuple[tuple[str, int], ...]
    repeats: tuple[tuple[str, int], ...]
    pooled_minutes: int | None
    open_units: int
    treatment_minutes: int
    floored_seconds: int
    assistants: tuple[AssistantMinutes, ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = attrs.field(default=(), repr=False)

    @property
    def counted(self) -> tuple[CountedCode, ...]:
        """Its timed codes, or families, in the order documented."""
        return tuple(
            CountedCode(
                code=split.code,
                add_on=split.add_on,
                minutes=split.minutes,
                first_units=split.first_units,
                whole_units=split.whole_units,
                leftover=split.leftover,
                period=split.period,
                extra_units=extra,
                tied=index in self.tied,
            )
            for index, (split, extra) in enumerate(
                zip(self.minute_splits, self.extra_units, strict=True)
            )
        )


@attrs.frozen
class CappedUnit:
    """
    A unit that a payer's cap took.

    Args:
        cap: The cap: ``cap-per-code``, ``cap-per-session`` or ``cap-per-day``.
        limit: Most units under it.
        code: The code that lost the unit.
        discipline: The plan of care it was under.
        minutes: Minutes that stood behind the unit.
    """

    cap: str
    limit: int
    code: str
    discipline: Discipline | None
    minutes: int


Services: TypeAlias = tuple[Service, ...]

ServiceGroups: TypeAlias = list[tuple[Discipline | None, list[Services]]]

ExtraUnits: TypeAlias = tuple[int, ...]
