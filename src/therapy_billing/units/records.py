"""Records that show how the minutes of a day were counted, by code and by discipline."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import attrs

from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.wording import counted
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.payers.furnishers import FurnisherRule, furnisher_in_words, why_unbilled
from therapy_billing.visits.services import Service

__all__ = [
    "AssistantMinutes",
    "CappedUnit",
    "CountedCode",
    "DisciplineUnits",
    "ExtraUnits",
    "MinuteSplit",
    "ModifiedMinutes",
    "ServiceGroups",
    "Services",
    "UnbilledService",
    "units_of_family",
]


@attrs.frozen
class CountedCode:
    """
    How the minutes of a timed code or a code family were counted.

    A code family is a first code and its add-on code.

    Args:
        code: The code, or the first code of a family.
        add_on: The add-on code for the additional units of the family, or None.
        minutes: Minutes of the code or code family on the day.
        first_units: 1 if the minutes made the unit of a longer first period, else 0.
        whole_units: Units from full periods.
        leftover: Minutes left over after full periods.
        period: Minutes of one unit after the first period.
        extra_units: 1 if the leftover minutes got a unit, else 0.
        tied: Whether the code was tied with another code for that unit.
        in_total: Whether the minutes are in the day's total under the eight-minute rule.

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
    in_total: bool = False

    @property
    def units(self) -> int:
        """Units before caps."""
        return self.first_units + self.whole_units + self.extra_units

    @property
    def units_by_code(self) -> tuple[tuple[str, int], ...]:
        """Units by code before caps. In a family, the first code has one unit and the add-on code has the rest."""
        return units_of_family(self.code, self.add_on, self.units)


class MinuteSplit(NamedTuple):
    """
    The minutes of a timed code or a code family, split into full units and leftover minutes.

    Args:
        code: The code, or the first code of a family.
        add_on: The add-on code for the additional units of the family, or None.
        minutes: Minutes of the code or code family on the day.
        first_units: 1 if the minutes made the unit of a longer first period, else 0.
        whole_units: Units from full periods.
        leftover: Minutes left over after full periods.
        period: Minutes of one unit after the first period.
        alone_minutes: Fewest leftover minutes that make a unit on their own, or None if the leftover
            minutes are counted in the day's total.
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
        """Units from full periods, without leftover minutes."""
        return self.first_units + self.whole_units


def units_of_family(code: str, add_on: str | None, units: int) -> tuple[tuple[str, int], ...]:
    """
    Return *units* by code: one unit for the first code of a family, and the rest for its add-on code.

    >>> units_of_family("97129", "97130", 3), units_of_family("97110", None, 3)
    ((('97129', 1), ('97130', 2)), (('97110', 3),))
    """
    if add_on is None:
        return ((code, units),)
    first = min(units, 1)
    return ((code, first), (add_on, units - first))


class AssistantMinutes(NamedTuple):
    """
    The minutes of a code that an assistant furnished in whole or in part.

    Args:
        code: The code.
        total: All minutes of the code, or None for an untimed code without documented minutes.
        assistant: Minutes that the assistant treated alone, or None if *total* is None.
        together: Minutes that the therapist and the assistant treated together.
    """

    code: str
    total: int | None
    assistant: int | None
    together: int


class ModifiedMinutes(NamedTuple):
    """
    The services of a code that have the same modifiers of their own. A code without such modifiers has none of these.

    Args:
        code: The code.
        modifiers: The modifiers of the services, such as ``("95",)``; empty for the services without any.
        minutes: Their minutes; 0 if they are not documented.
        assistant: Minutes that the assistant treated alone.
        units: Units of the services of an untimed code.
    """

    code: str
    modifiers: tuple[str, ...]
    minutes: int
    assistant: int
    units: int


@attrs.frozen
class UnbilledService(DictRecord):
    """
    The documented services of one code and one role that make no unit and no claim line.

    The payer does not pay for services by this role, or no source says that it does.

    Args:
        code: The code.
        clinician: Who furnished them.
        discipline: The discipline of the plan of care.
        minutes: Their minutes; None if an untimed service has no documented minutes.
        rule: What the payer says about the role, or None if no source says anything.
        keys: The caller's keys of the services. They are never displayed.
    """

    _dict_fields = ("code", "clinician", "discipline", "minutes", "reason", "rule", "keys")

    code: str
    clinician: Clinician
    discipline: Discipline
    minutes: int | None
    rule: FurnisherRule | None
    keys: tuple[str, ...] = attrs.field(default=(), repr=False)

    @property
    def who(self) -> str:
        """Who furnished the services, in words, such as ``a student``."""
        return furnisher_in_words(self.clinician, self.discipline)

    @property
    def is_refused(self) -> bool:
        """Whether a source says that the payer does not pay for the services. If not, that is only not known."""
        return self.rule is not None and self.rule.refuses

    @property
    def sentence(self) -> str:
        """What is not billed, such as ``15 minutes of 97110 by a student make no unit``."""
        what = (
            self.code
            if self.minutes is None
            else f"{counted(self.minutes, 'minute')} of {self.code}"
        )
        verb = "makes" if self.minutes in (None, 1) else "make"
        return f"{what} by {self.who} {verb} no unit"

    @property
    def reason(self) -> str:
        """Why the services make no unit."""
        return why_unbilled(self.rule, self.clinician, self.discipline)


@attrs.frozen
class DisciplineUnits:
    """
    The pooled services of one discipline on one day, and the units they make.

    Args:
        discipline: The discipline, or None if the caller gave minutes by code.
        sessions: How many sessions were pooled.
        minute_splits: The timed codes or code families, in documented order, before ties are decided.
        extra_units: For each item of *minute_splits*, 1 if its leftover minutes got a unit, else 0.
        tied: Indexes of the items of *minute_splits* that were tied for a remaining unit.
        untimed: The untimed codes with their units.
        repeats: Untimed codes that one clinician documented more than once but that are billed once, each
            with the number of times.
        pooled_minutes: Minutes in the day's total under the eight-minute rule; None for methods that
            count each code separately.
        open_units: How many units the clinician may assign to the tied codes.
        treatment_minutes: Minutes of all services, timed and untimed.
        floored_seconds: Seconds left over after whole minutes.
        assistants: The minutes of each code that an assistant furnished in whole or in part.
        keys: The caller's keys of the services behind each code's units, by code. Services of a family
            are listed for its first code and its add-on code.
        unbilled: The documented services that make no unit, because of who furnished them.
        other_furnishers: Each code with each role that furnished it, without the services that make no unit. Empty if
            only therapists and physicians furnished them.
        modified: For each code with services that have modifiers of their own, the services by modifiers.
        providers: How many people treated, by ``treated_by`` of the services; 0 if it is not known for every service.
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
    unbilled: tuple[UnbilledService, ...] = ()
    other_furnishers: tuple[tuple[str, Clinician], ...] = ()
    modified: tuple[ModifiedMinutes, ...] = ()
    providers: int = 0

    @property
    def counted(self) -> tuple[CountedCode, ...]:
        """The timed codes or code families, in documented order, with ties decided."""
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
                in_total=split.alone_minutes is None,
            )
            for index, (split, extra) in enumerate(
                zip(self.minute_splits, self.extra_units, strict=True)
            )
        )


@attrs.frozen
class CappedUnit:
    """
    A unit that a payer's cap removed.

    Args:
        cap: Rule id of the cap, such as ``cap-per-code`` or ``cap-per-day``.
        limit: How many units the cap keeps. For a cap for each provider or session, this is for all of them together.
        code: The code that lost the unit.
        discipline: The discipline of the unit, or None if the caller gave minutes by code.
        minutes: Minutes that made the unit; None for a unit of an untimed code.
        words: The payer's cap in words, such as ``4 units`` or ``4 units per day for each provider``.
    """

    cap: str
    limit: int
    code: str
    discipline: Discipline | None
    minutes: int | None
    words: str


Services: TypeAlias = tuple[Service, ...]

ServiceGroups: TypeAlias = list[tuple[Discipline | None, list[Services]]]

ExtraUnits: TypeAlias = tuple[int, ...]
