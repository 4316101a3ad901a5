"""
Claims: lines with codes, units, and modifiers, and the reasons for CQ and CO.

Records are immutable and contain no patient data.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import SupportsIndex

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT, Usd, cents, parse_usd
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, parse_whole, require_key
from therapy_billing.codes.code_book import parse_code
from therapy_billing.codes.modifiers import assistant_modifiers, parse_modifiers, plan_modifiers
from therapy_billing.codes.roles import Discipline, Setting, parse_setting
from therapy_billing.units.allocation_record import Allocation

__all__ = ["AssistantShare", "Claim", "ClaimLine", "with_units"]

_MOST_UNITS = 9_999


def _modifiers(value: Iterable[str]) -> tuple[str, ...]:
    given: object = value
    if type(given) is not tuple and (isinstance(given, str) or not isinstance(given, Iterable)):
        return parse_modifiers(given, what="modifiers")
    modifiers = tuple(value)
    try:
        return _checked_modifiers(modifiers)
    except TypeError:
        # An unhashable item is not a string; parse_modifiers raises the proper error.
        return parse_modifiers(modifiers, what="modifiers")


@lru_cache(maxsize=1024)
def _checked_modifiers(modifiers: tuple[object, ...]) -> tuple[str, ...]:
    """Return *modifiers* in upper case. Cached, because claims repeat the same modifiers."""
    return parse_modifiers(modifiers, what="modifiers")


@lru_cache(maxsize=1024)
def _discipline_of(modifiers: tuple[str, ...]) -> Discipline | None:
    named = [
        discipline for discipline, modifier in plan_modifiers().items() if modifier in modifiers
    ]
    return named[0] if len(named) == 1 else None


@lru_cache(maxsize=1024)
def _has_assistant(modifiers: tuple[str, ...]) -> bool:
    return not set(modifiers).isdisjoint(assistant_modifiers().values())


def _code(value: str) -> str:
    return parse_code(value)


def _units(value: SupportsIndex) -> int:
    return parse_whole(value, "units", 1, _MOST_UNITS)


def _charge(value: Usd | str | int | None) -> Usd | None:
    return None if value is None else parse_usd(value, what="charge")


def _keys(value: Iterable[str]) -> tuple[str, ...]:
    given: object = value
    if type(given) is tuple and not given:
        return given
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = "keys must be a list of strings such as ('row 7', 'row 8')"
        raise InvalidInputError(msg)
    return tuple(
        dict.fromkeys(require_key(key, f"keys[{index}]") for index, key in enumerate(given))
    )


@attrs.frozen
class ClaimLine(DictRecord):
    """
    One line of a claim: units of one code.

    Args:
        code: The code.
        units: Units billed, at least one.
        modifiers: The modifiers in order, such as ``("GP", "CQ")``. :func:`~therapy_billing.check_claim` checks
            whether they may appear together and fit on a claim line.
        charge: The charge for the whole line in dollars, or None if it is not given.
        keys: The caller's keys of the services behind the line, without repeats, in documented order.
            They are never displayed.

    Raises:
        InvalidInputError: If a value is not valid.

    >>> line = ClaimLine("97110", 2, ("GP", "CQ"))
    >>> line.discipline, line.assistant
    (<Discipline.PT: 'PT'>, True)
    """

    code: str = attrs.field(converter=_code)
    units: int = attrs.field(converter=_units)
    modifiers: tuple[str, ...] = attrs.field(default=(), converter=_modifiers)
    charge: Usd | None = attrs.field(default=None, converter=_charge)
    keys: tuple[str, ...] = attrs.field(default=(), converter=_keys, repr=False, kw_only=True)

    @property
    def discipline(self) -> Discipline | None:
        """The discipline of GP, GO, or GN; None if the line has no such modifier, or more than one."""
        return _discipline_of(self.modifiers)

    @property
    def assistant(self) -> bool:
        """Whether the line has CQ or CO."""
        return _has_assistant(self.modifiers)


@attrs.frozen
class AssistantShare:
    """
    Why the units of a code carry CQ or CO, or why they do not.

    Args:
        code: The code, or the first code of a family.
        discipline: The discipline.
        rule: Id of the rule that was applied.
        arithmetic: Id of the method that compared the assistant's share of the minutes with 10 %.
        therapist_minutes: Minutes of the therapist, alone or together with the assistant; None if they
            were not documented.
        assistant_minutes: Minutes of the assistant alone; None if they were not documented.
        together_minutes: The part of *therapist_minutes* in which both clinicians treated together.
        therapist_whole: Units from full quarters (15 minutes) of the therapist.
        assistant_whole: Units from full quarters (15 minutes) of the assistant.
        left_without: Units that remain after full quarters and carry no modifier.
        left_with: Units that remain after full quarters and carry the modifier.
    """

    code: str
    discipline: Discipline
    rule: str
    arithmetic: str
    therapist_minutes: int | None
    assistant_minutes: int | None
    together_minutes: int
    therapist_whole: int
    assistant_whole: int
    left_without: int
    left_with: int

    @property
    def units_without(self) -> int:
        """Total units without CQ or CO."""
        return self.therapist_whole + self.left_without

    @property
    def units_with(self) -> int:
        """Total units with CQ or CO."""
        return self.assistant_whole + self.left_with


def _lines(value: Iterable[ClaimLine]) -> tuple[ClaimLine, ...]:
    given: object = value
    if not isinstance(given, Iterable):
        msg = f"lines must be a list of ClaimLine records, got {safe_repr(given)}"
        raise InvalidInputError(msg)
    lines = tuple(value)
    for index, line in enumerate(lines):
        if not isinstance(line, ClaimLine):
            msg = f"every item of lines must be a ClaimLine, got {safe_repr(line)}"
            raise InvalidInputError(msg, field=f"lines[{index}]")
    return lines


def _day(value: date | str) -> date:
    return parse_date(value)


def _setting(value: Setting | str | None) -> Setting | None:
    return None if value is None else parse_setting(value)


@attrs.frozen(field_transformer=checked)
class Claim(DictRecord):
    """
    The claim lines that one billing group bills for a patient's day.

    Args:
        date_of_service: The date of service.
        lines: The claim lines, in order.
        allocation: The units behind the lines, with the policy that counted them; None for a claim built
            by hand.
        assistants: For each code that an assistant furnished in whole or in part, why its units carry CQ or
            CO, or why they do not.
        setting: Where the services were furnished. None means the setting of the fee schedule.

    >>> Claim("2026-03-02", [ClaimLine("97110", 2, ("GP",))]).lines[0].units
    2
    """

    _dict_fields = ("date_of_service", "lines")

    date_of_service: date = attrs.field(converter=_day)
    lines: tuple[ClaimLine, ...] = attrs.field(converter=_lines)
    allocation: Allocation | None = attrs.field(default=None, repr=False)
    assistants: tuple[AssistantShare, ...] = ()
    setting: Setting | None = attrs.field(default=None, converter=_setting)

    @allocation.validator
    def _check_allocation(self, _: object, value: object) -> None:
        if value is not None and not isinstance(value, Allocation):
            msg = f"allocation must be an Allocation, got {safe_repr(value)}"
            raise InvalidInputError(msg, field="allocation")

    @property
    def line_minutes(self) -> tuple[int | None, ...]:
        """The minutes of each line's timed code; None for untimed codes and for later lines of the same code."""
        minutes: dict[tuple[Discipline | None, str], int] = {}
        for pool in () if self.allocation is None else self.allocation.disciplines:
            for counted in pool.counted:
                minutes[pool.discipline, counted.code] = counted.minutes
        return tuple(minutes.pop((line.discipline, line.code), None) for line in self.lines)


def with_units(line: ClaimLine, units: int) -> ClaimLine:
    """Return *line* with a different number of units, and its charge in proportion."""
    charge = line.charge
    if charge is not None:
        charge = cents(EXACT.divide(EXACT.multiply(charge, Usd(units)), Usd(line.units)))
    return attrs.evolve(line, units=units, charge=charge)
