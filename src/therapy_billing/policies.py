"""What a payer does with minutes: named choices and numbers, as values that can be changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any, TypeAlias

import attrs

from therapy_billing.codes import QUARTER, parse_code
from therapy_billing.dates import parse_date
from therapy_billing.errors import InvalidInputError, shown
from therapy_billing.timeline import Timeline

__all__ = [
    "AssistantArithmetic",
    "AssistantRule",
    "FirstPeriod",
    "Payer",
    "Policy",
    "TiePolicy",
    "UnitMethod",
]

CodeCaps: TypeAlias = "int | tuple[tuple[str, int], ...] | None"


class UnitMethod(Enum):
    """How minutes become units; the value is the id of the rule."""

    CMS_EIGHT_MINUTE = "cms-eight-minute"
    """Units of the total of all timed minutes of a discipline's day, shared by leftover minutes."""
    CPT_MIDPOINT = "cpt-midpoint"
    """Each code alone, a unit when more than half of its time is reached ("rule of eights")."""
    STARTED_QUARTER = "started-quarter"
    """Each code alone, every started quarter of an hour counts ("ceiling")."""
    FULL_QUARTER = "full-quarter"
    """Each code alone, full quarters of an hour only."""


class TiePolicy(Enum):
    """Which code takes a unit that the rule leaves to the clinician's choice."""

    DOCUMENTED_ORDER = "documented-order"
    """The code that was documented first."""
    PREFERRED_CODES = "preferred-codes"
    """The first of the policy's ``preferred_codes``, then documented order."""
    HIGHEST_FEE = "highest-fee"
    """The code with the higher amount in the fee schedule given, then documented order."""


class FirstPeriod(Enum):
    """
    What a period longer than a quarter needs where no source settles it.

    That is the first period of 97550, G0541, 92607 and 97545; and under the eight-minute rule also
    92608, 97546 and 96105.
    """

    FULL = "full"
    """All of its minutes: the conservative reading."""
    MIDPOINT = "midpoint"
    """One minute more than half of them."""


class AssistantRule(Enum):
    """Which units carry CQ or CO; the value is the id of the rule."""

    NONE = "no-assistant-modifier"
    """None: the payer, or the law of the year, knows no such modifier."""
    UNITS_2020 = "assistant-units-2020"
    """The de minimis part decides every unit that is no whole quarter of one of the two."""
    UNITS_2022 = "assistant-units-2022"
    """The same, but for the final unit and for two units left of one service."""


class AssistantArithmetic(Enum):
    """How "more than 10 % of the minutes" is computed; the value is the id of the rule."""

    EXACT = "assistant-exact"
    """Without rounding. It finds the modifier at the fewest minutes, so it never leaves one out."""
    SIMPLE = "assistant-simple-method"
    """A tenth of the minutes in whole minutes, half up, plus one."""
    PERCENTAGE = "assistant-percentage-method"
    """The assistant's part in whole percent, half up, is 11 or more."""


_OWN_MINIMUM = {
    UnitMethod.CMS_EIGHT_MINUTE: 8,
    UnitMethod.CPT_MIDPOINT: 8,
    UnitMethod.STARTED_QUARTER: 1,
    UnitMethod.FULL_QUARTER: QUARTER,
}


def _cap(value: object, what: str) -> int | None:
    return None if value is None else _whole_cap(value, what)


def _whole_cap(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        msg = f"{what} is a whole number of units, not {shown(value)}"
        raise InvalidInputError(msg)
    return value


def _code_caps(
    value: int | Mapping[str, int] | Iterable[tuple[str, int]] | None,
) -> CodeCaps:
    # A text is iterable too, and no mapping of codes.
    given: object = value
    if isinstance(given, str) or not isinstance(value, Iterable):
        return _cap(value, "cap_per_code")
    try:
        pairs = [(parse_code(code), cap) for code, cap in dict(value).items()]
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        msg = "cap_per_code is a number of units, or a mapping of codes to numbers"
        raise InvalidInputError(msg) from None
    return tuple((code, _whole_cap(cap, "cap_per_code")) for code, cap in pairs)


def _session_cap(value: int | None) -> int | None:
    return _cap(value, "cap_per_session")


def _day_cap(value: int | None) -> int | None:
    return _cap(value, "cap_per_day")


_ENUMS: dict[str, type[Enum]] = {
    "method": UnitMethod,
    "first_period": FirstPeriod,
    "tie_policy": TiePolicy,
    "assistants": AssistantRule,
    "assistant_arithmetic": AssistantArithmetic,
}


def _is_one_of(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    kind = _ENUMS[attribute.name]
    if not isinstance(value, kind):
        members = ", ".join(f"{kind.__name__}.{member.name}" for member in kind)
        msg = f"{attribute.name} is one of {members}, not {shown(value)}"
        raise InvalidInputError(msg)


def _codes(value: Iterable[str]) -> tuple[str, ...]:
    return tuple(parse_code(code) for code in value)


@attrs.frozen
class Policy:
    """
    What a payer does, in force for some time; change one by ``attrs.evolve``.

    Args:
        method: How minutes become units.
        minimum_minutes: Fewest minutes of a partial quarter that make a unit, 1 to 15; None takes the
            method's own (8, 8, 1, 15).
        first_period: What an unsettled first period needs.
        tie_policy: Who takes a unit that the rule leaves open.
        preferred_codes: The order for ``TiePolicy.PREFERRED_CODES``.
        cap_per_code: Most units a day of every timed code (a number), or of single ones (a mapping).
        cap_per_session: Most timed units of one session.
        cap_per_day: Most timed units of a patient's day, all disciplines together.
        medicare_codes: Whether codes that Medicare does not take are refused.
        assistants: Which units carry the assistant modifier.
        assistant_arithmetic: How the assistant's part of the minutes is compared with 10 %.
        mppr: Whether every unit of the day but one is reduced, where the fee schedule tells by how
            much.
        cost_sharing: Whether deductible, coinsurance and sequestration are those of Medicare Part B;
            without it only the allowed amount is known.
        kx: Whether lines beyond Medicare's annual threshold need KX.

    Raises:
        InvalidInputError: If a number is out of its range.

    >>> import attrs
    >>> attrs.evolve(Policy(UnitMethod.CPT_MIDPOINT), cap_per_day=4).cap_per_day
    4
    """

    method: UnitMethod = attrs.field(validator=_is_one_of)
    minimum_minutes: int | None = attrs.field(default=None)
    first_period: FirstPeriod = attrs.field(default=FirstPeriod.FULL, validator=_is_one_of)
    tie_policy: TiePolicy = attrs.field(default=TiePolicy.DOCUMENTED_ORDER, validator=_is_one_of)
    preferred_codes: tuple[str, ...] = attrs.field(default=(), converter=_codes)
    cap_per_code: CodeCaps = attrs.field(default=None, converter=_code_caps)
    cap_per_session: int | None = attrs.field(default=None, converter=_session_cap)
    cap_per_day: int | None = attrs.field(default=None, converter=_day_cap)
    medicare_codes: bool = False
    assistants: AssistantRule = attrs.field(default=AssistantRule.NONE, validator=_is_one_of)
    assistant_arithmetic: AssistantArithmetic = attrs.field(
        default=AssistantArithmetic.EXACT, validator=_is_one_of
    )
    mppr: bool = False
    cost_sharing: bool = False
    kx: bool = False

    @minimum_minutes.validator
    def _check_minimum(self, _: object, value: object) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= QUARTER:
            msg = f"minimum_minutes is a whole number from 1 to {QUARTER}, not {shown(value)}"
            raise InvalidInputError(msg)
        if self.method is UnitMethod.FULL_QUARTER and value != QUARTER:
            msg = f"a full quarter has {QUARTER} minutes: minimum_minutes cannot be {value}"
            raise InvalidInputError(msg)

    @property
    def partial_minutes(self) -> int:
        """Fewest minutes of a partial quarter that make a unit."""
        return _OWN_MINIMUM[self.method] if self.minimum_minutes is None else self.minimum_minutes

    @property
    def capped(self) -> bool:
        """Whether any cap is set."""
        return (self.cap_per_code, self.cap_per_session, self.cap_per_day) != (
            None,
            None,
            None,
        )


@attrs.frozen
class Payer:
    """
    A payer: a name, and its policy by date of service.

    Args:
        name: What it is called in results.
        policies: Its policies by their first day.
    """

    name: str
    policies: Timeline[Policy]

    def on(self, date_of_service: date | str | None) -> Policy:
        """
        Return the policy in force on *date_of_service*.

        Without a day it is the latest, as long as units were counted the same way before.

        Raises:
            NotPublishedError: If the payer's policy is not known on that day.
            InvalidInputError: If no day is given and the way units are counted has changed over time.
        """
        if date_of_service is not None:
            return self.policies.on(parse_date(date_of_service))
        policies = [policy for _, policy in self.policies.entries]
        if any(_unit_terms(policy) != _unit_terms(policies[-1]) for policy in policies):
            msg = f"{self.name} has changed its policy over time: give date_of_service"
            raise InvalidInputError(msg)
        return policies[-1]


_OF_MONEY = ("assistants", "assistant_arithmetic", "mppr", "cost_sharing", "kx")


def _unit_terms(policy: Policy) -> tuple[object, ...]:
    """Return what decides the units; the rest decides modifiers and money."""
    fields = attrs.fields_dict(Policy)
    return tuple(getattr(policy, name) for name in fields if name not in _OF_MONEY)
