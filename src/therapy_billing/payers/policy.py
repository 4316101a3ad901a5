"""
What a payer does with minutes, modifiers and money: named choices and numbers, as values that can be changed.

What holds for a case is the last word on each field: the payer's policy of the day, then what the plan
changes in it, then what the case does. See :class:`Policy`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeAlias

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked
from therapy_billing.codes.code_book import QUARTER, parse_code, parse_codes

__all__ = [
    "CHOICES",
    "COMMON_ORDER",
    "AssistantArithmetic",
    "AssistantRule",
    "CapOfCodes",
    "CodeCaps",
    "EditProgram",
    "FeeBasis",
    "FirstPeriod",
    "Policy",
    "SecondaryUnits",
    "TiePolicy",
    "UnitMethod",
    "without_refusals",
]

CodeCaps: TypeAlias = "int | tuple[tuple[str, int], ...] | None"
CapOfCodes: TypeAlias = tuple[tuple[str, ...], int]
"""Codes, and the most units a day of all of them together."""


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

    That is the first period of 97550, G0541, and 97545, and under the eight-minute rule also 97546.
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


class EditProgram(Enum):
    """Which edits a claim is checked against."""

    NONE = "no-edits"
    """None that are known."""
    NCCI_MEDICARE = "ncci-medicare"
    """Medicare's National Correct Coding Initiative."""
    NCCI_MEDICAID = "ncci-medicaid"
    """Medicaid's, which has files of its own."""


class FeeBasis(Enum):
    """What the payer's amounts come from."""

    MEDICARE_FEE_SCHEDULE = "medicare-fee-schedule"
    """The Medicare Physician Fee Schedule."""
    CONTRACT = "contract"
    """The provider's own contract with the payer."""
    ANY_SCHEDULE = "any-schedule"
    """The schedule that the caller gives: a counting method, which belongs to no payer."""
    UNKNOWN = "unknown"
    """No source says."""

    @property
    def is_payers_own(self) -> bool:
        """Whether the payer has fees of its own, so that Medicare's schedule gives it no amounts."""
        return self in (FeeBasis.CONTRACT, FeeBasis.UNKNOWN)


class SecondaryUnits(Enum):
    """Whose way of counting makes the units on the claim that a secondary payer gets."""

    AS_PRIMARY = "as-primary"
    """The primary payer's: both get the same units."""
    OWN = "own"
    """Its own: units are counted again."""


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
        msg = f"{what} is a whole number of units, not {safe_repr(value)}"
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
        items = value.items() if isinstance(value, Mapping) else value
        pairs = [(parse_code(code), cap) for code, cap in items]
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        msg = "cap_per_code is a number of units, or a mapping of codes to numbers"
        raise InvalidInputError(msg) from None
    _once([code for code, _ in pairs], "cap_per_code")
    return tuple((code, _whole_cap(cap, "cap_per_code")) for code, cap in pairs)


def _set_caps(value: Iterable[tuple[Iterable[str], int]]) -> tuple[CapOfCodes, ...]:
    given: object = value
    if isinstance(given, Iterable) and not isinstance(given, str | Mapping):
        sets = tuple(given)
        if all(isinstance(each, tuple | list) and len(each) == _PAIR for each in sets):
            return tuple(_set_cap(*each) for each in sets)
    msg = "cap_per_codes is pairs of codes and units, such as [(('97110', '97112'), 4)]"
    raise InvalidInputError(msg)


_PAIR = 2


def _set_cap(codes: object, units: object) -> CapOfCodes:
    if isinstance(codes, str) or not isinstance(codes, Iterable):
        msg = f"cap_per_codes is of codes such as ('97110', '97112'), not of {safe_repr(codes)}"
        raise InvalidInputError(msg)
    parsed = _once([parse_code(code) for code in codes], "cap_per_codes, in one set,")
    if not parsed:
        msg = "cap_per_codes has a set without a code"
        raise InvalidInputError(msg)
    return parsed, _whole_cap(units, "cap_per_codes")


def _once(values: Iterable[str], what: str) -> tuple[str, ...]:
    """Return *values* after seeing that none comes twice."""
    given = tuple(values)
    twice = next((value for place, value in enumerate(given) if value in given[:place]), None)
    if twice is not None:
        msg = f"{what} names {twice} twice: name each once"
        raise InvalidInputError(msg)
    return given


def _session_cap(value: int | None) -> int | None:
    return _cap(value, "cap_per_session")


def _day_cap(value: int | None) -> int | None:
    return _cap(value, "cap_per_day")


def _amount_per_day(value: Usd | str | int | None) -> Usd | None:
    try:
        return None if value is None else parse_usd(value)
    except InvalidInputError as error:
        msg = f"amount_per_day: {error}"
        raise InvalidInputError(msg) from None


COMMON_ORDER = ("GP", "GO", "GN", "CQ", "CO", "KX", "59", "XE", "XP", "XS", "XU", "95")
_MODIFIER = re.compile(r"[A-Z0-9]{2}")


def _modifiers(value: Iterable[str], what: str) -> tuple[str, ...]:
    given: object = value
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"{what} is a sequence of modifiers such as ('GP', 'CQ'), not {safe_repr(given)}"
        raise InvalidInputError(msg)
    modifiers = []
    for modifier in given:
        if not isinstance(modifier, str) or not _MODIFIER.fullmatch(modifier):
            msg = f"{what} holds two capital letters or digits such as 'GP', not {safe_repr(modifier)}"
            raise InvalidInputError(msg)
        modifiers.append(modifier)
    return _once(modifiers, what)


def _modifier_order(value: Iterable[str]) -> tuple[str, ...]:
    return COMMON_ORDER if value is COMMON_ORDER else _modifiers(value, "modifier_order")


def _allowed_modifiers(value: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if value is None else _modifiers(value, "allowed_modifiers")


CHOICES: Mapping[str, type[Enum]] = MappingProxyType(
    {
        "method": UnitMethod,
        "first_period": FirstPeriod,
        "tie_policy": TiePolicy,
        "assistants": AssistantRule,
        "assistant_arithmetic": AssistantArithmetic,
        "edits": EditProgram,
        "fee_basis": FeeBasis,
        "secondary": SecondaryUnits,
    }
)
"""The enums that fields of a policy choose from, by field."""


def _is_one_of(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    kind = CHOICES[attribute.name]
    if not isinstance(value, kind):
        members = ", ".join(f"{kind.__name__}.{member.name}" for member in kind)
        msg = f"{attribute.name} is one of {members}, not {safe_repr(value)}"
        raise InvalidInputError(msg)


def _codes(value: Iterable[str]) -> tuple[str, ...]:
    return parse_codes(value, what="preferred_codes")


@attrs.frozen(field_transformer=checked)
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
        cap_per_codes: Most units a day of several timed codes together: pairs of codes and units, such
            as ``[(("97110", "97112"), 4)]``. Sets may overlap; they are taken in the order given, and a
            unit that one of them took counts for no other.
        cap_per_session: Most timed units of one session.
        cap_per_day: Most timed units of a patient's day, all disciplines together.
        amount_per_day: Most dollars allowed for a patient's day; where a contract has a maximum as well,
            the lesser holds. There is none for a session: claim lines are of the day, and do not tell
            which session their units are from.
        medicare_codes: Whether codes that Medicare does not take are refused.
        assistants: Which units carry the assistant modifier.
        assistant_arithmetic: How the assistant's part of the minutes is compared with 10 %.
        mppr: Whether every unit of the day but one is reduced, where the fee schedule tells by how
            much.
        cost_sharing: Whether deductible, coinsurance and sequestration are those of Medicare Part B;
            without it only the allowed amount is known.
        kx: Whether lines beyond Medicare's annual threshold need KX.
        edits: Which edits a claim is checked against.
        modifier_order: The order in which a line carries its modifiers. The default is the common order
            in therapy, which no source that was read confirms; some payers want 59 first.
        allowed_modifiers: The modifiers that the payer takes; None takes any.
        fee_basis: What its amounts come from. Medicare's fee schedule gives amounts only with
            ``MEDICARE_FEE_SCHEDULE`` and ``ANY_SCHEDULE``; rates and contracts give them with any.
        secondary: Whose units count when this payer is the secondary one; see
            :meth:`Payer.as_secondary_to`.

    Raises:
        InvalidInputError: If a number is out of its range, or a code or modifier comes twice.

    Later words win, field by field: the library's defaults, the payer's policy of the day, what a plan
    changes in it, what a case does.

    >>> import attrs
    >>> payer = Policy(UnitMethod.CPT_MIDPOINT, cap_per_day=6, mppr=True)
    >>> plan = attrs.evolve(payer, cap_per_day=4, assistants=AssistantRule.UNITS_2022)
    >>> case = attrs.evolve(plan, cap_per_day=5)
    >>> case.method.value, case.kx, case.mppr, case.assistants.value, case.cap_per_day
    ('cpt-midpoint', False, True, 'assistant-units-2022', 5)
    """

    method: UnitMethod = attrs.field(validator=_is_one_of)
    minimum_minutes: int | None = attrs.field(default=None)
    first_period: FirstPeriod = attrs.field(default=FirstPeriod.FULL, validator=_is_one_of)
    tie_policy: TiePolicy = attrs.field(default=TiePolicy.DOCUMENTED_ORDER, validator=_is_one_of)
    preferred_codes: tuple[str, ...] = attrs.field(default=(), converter=_codes)
    cap_per_code: CodeCaps = attrs.field(default=None, converter=_code_caps)
    cap_per_codes: tuple[CapOfCodes, ...] = attrs.field(
        default=(), converter=_set_caps, kw_only=True
    )
    cap_per_session: int | None = attrs.field(default=None, converter=_session_cap)
    cap_per_day: int | None = attrs.field(default=None, converter=_day_cap)
    amount_per_day: Usd | None = attrs.field(default=None, converter=_amount_per_day, kw_only=True)
    medicare_codes: bool = False
    assistants: AssistantRule = attrs.field(default=AssistantRule.NONE, validator=_is_one_of)
    assistant_arithmetic: AssistantArithmetic = attrs.field(
        default=AssistantArithmetic.EXACT, validator=_is_one_of
    )
    mppr: bool = False
    cost_sharing: bool = False
    kx: bool = False
    edits: EditProgram = attrs.field(default=EditProgram.NONE, validator=_is_one_of, kw_only=True)
    modifier_order: tuple[str, ...] = attrs.field(
        default=COMMON_ORDER, converter=_modifier_order, kw_only=True
    )
    allowed_modifiers: tuple[str, ...] | None = attrs.field(
        default=None, converter=_allowed_modifiers, kw_only=True
    )
    fee_basis: FeeBasis = attrs.field(default=FeeBasis.UNKNOWN, validator=_is_one_of, kw_only=True)
    secondary: SecondaryUnits = attrs.field(
        default=SecondaryUnits.AS_PRIMARY, validator=_is_one_of, kw_only=True
    )

    @minimum_minutes.validator
    def _check_minimum(self, _: object, value: object) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= QUARTER:
            msg = f"minimum_minutes is a whole number from 1 to {QUARTER}, not {safe_repr(value)}"
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
        """Whether any cap of units is set."""
        return (
            self.cap_per_code,
            self.cap_per_codes,
            self.cap_per_session,
            self.cap_per_day,
        ) != (None, (), None, None)


def without_refusals(policy: Policy) -> Policy:
    """Return *policy* without refusing codes: a check tells of them, and stops at none."""
    return attrs.evolve(policy, medicare_codes=False)
