"""
What a payer does with minutes, modifiers, and money: named choices and numbers, as values that can be changed.

A policy has three parts. The names of their fields are unique, so a payer file, ``policy_changes`` of a log,
and the differences of two payers name a field without its part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias, TypedDict, Unpack

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, parse_whole
from therapy_billing.base.wording import unknown_name
from therapy_billing.codes.code_book import QUARTER, parse_code, parse_codes
from therapy_billing.codes.modifiers import parse_modifiers

__all__ = [
    "COMMON_ORDER",
    "AssistantArithmetic",
    "AssistantRule",
    "CapOfCodes",
    "CodeCaps",
    "Counting",
    "EditProgram",
    "FeeBasis",
    "FirstPeriod",
    "ModifierRules",
    "MoneyRules",
    "Policy",
    "PolicyChanges",
    "SecondaryUnits",
    "TiePolicy",
    "UnitMethod",
    "policy_fields",
    "without_refusals",
]

CodeCaps: TypeAlias = "int | tuple[tuple[str, int], ...] | None"
CapOfCodes: TypeAlias = tuple[tuple[str, ...], int]
"""Codes, and the most units a day of all of them together."""


class UnitMethod(Choice):
    """How minutes become units; the value is the id of the rule."""

    CMS_EIGHT_MINUTE = "cms-eight-minute"
    """Units of the total of all timed minutes of a discipline's day, shared by leftover minutes."""
    CPT_MIDPOINT = "cpt-midpoint"
    """Each code alone, a unit when more than half of its time is reached ("rule of eights")."""
    STARTED_QUARTER = "started-quarter"
    """Each code alone, every started quarter of an hour counts ("ceiling")."""
    FULL_QUARTER = "full-quarter"
    """Each code alone, full quarters of an hour only."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "eight-minute": "cms-eight-minute",
        "eight-minute rule": "cms-eight-minute",
        "8-minute": "cms-eight-minute",
        "8-minute rule": "cms-eight-minute",
        "midpoint": "cpt-midpoint",
        "rule of eights": "cpt-midpoint",
        "ceiling": "started-quarter",
    }


class TiePolicy(Choice):
    """Which code takes a unit that the rule leaves to the clinician's choice."""

    DOCUMENTED_ORDER = "documented-order"
    """The code that was documented first."""
    PREFERRED_CODES = "preferred-codes"
    """The first of the policy's ``preferred_codes``, then documented order."""
    HIGHEST_FEE = "highest-fee"
    """The code with the higher amount in the fee schedule given, then documented order."""


class FirstPeriod(Choice):
    """
    What a period longer than a quarter needs where no source settles it.

    That is the first period of 97550, G0541, and 97545, and under the eight-minute rule also 97546.
    """

    FULL = "full"
    """All of its minutes: the conservative reading."""
    MIDPOINT = "midpoint"
    """One minute more than half of them."""


class AssistantRule(Choice):
    """Which units carry CQ or CO; the value is the id of the rule."""

    NONE = "no-assistant-modifier"
    """None: the payer, or the law of the year, knows no such modifier."""
    UNITS_2020 = "assistant-units-2020"
    """The de minimis part decides every unit that is no whole quarter of one of the two."""
    UNITS_2022 = "assistant-units-2022"
    """The same, but for the final unit and for two units left of one service."""


class AssistantArithmetic(Choice):
    """How "more than 10 % of the minutes" is computed; the value is the id of the rule."""

    EXACT = "assistant-exact"
    """Without rounding. It finds the modifier at the fewest minutes, so it never leaves one out."""
    SIMPLE = "assistant-simple-method"
    """A tenth of the minutes in whole minutes, half up, plus one."""
    PERCENTAGE = "assistant-percentage-method"
    """The assistant's part in whole percent, half up, is 11 or more."""


class EditProgram(Choice):
    """Which edits a claim is checked against."""

    NONE = "no-edits"
    """None that are known."""
    NCCI_MEDICARE = "ncci-medicare"
    """Medicare's National Correct Coding Initiative."""
    NCCI_MEDICAID = "ncci-medicaid"
    """Medicaid's, which has files of its own."""


class FeeBasis(Choice):
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


class SecondaryUnits(Choice):
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
    return parse_whole(value, what)


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


def _minimum(value: int | None) -> int | None:
    return None if value is None else parse_whole(value, "minimum_minutes", 1, QUARTER)


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


def _modifier_order(value: Iterable[str]) -> tuple[str, ...]:
    return COMMON_ORDER if value is COMMON_ORDER else parse_modifiers(value, what="modifier_order")


def _allowed_modifiers(value: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if value is None else parse_modifiers(value, what="allowed_modifiers")


# One converter per enum: type checkers read from its argument what a caller may pass.
def _method(value: UnitMethod | str) -> UnitMethod:
    return parse_choice(value, UnitMethod, "method")


def _first_period(value: FirstPeriod | str) -> FirstPeriod:
    return parse_choice(value, FirstPeriod, "first_period")


def _tie_policy(value: TiePolicy | str) -> TiePolicy:
    return parse_choice(value, TiePolicy, "tie_policy")


def _secondary(value: SecondaryUnits | str) -> SecondaryUnits:
    return parse_choice(value, SecondaryUnits, "secondary")


def _assistants(value: AssistantRule | str) -> AssistantRule:
    return parse_choice(value, AssistantRule, "assistants")


def _arithmetic(value: AssistantArithmetic | str) -> AssistantArithmetic:
    return parse_choice(value, AssistantArithmetic, "assistant_arithmetic")


def _edits(value: EditProgram | str) -> EditProgram:
    return parse_choice(value, EditProgram, "edits")


def _fee_basis(value: FeeBasis | str) -> FeeBasis:
    return parse_choice(value, FeeBasis, "fee_basis")


def _codes(value: Iterable[str]) -> tuple[str, ...]:
    return parse_codes(value, what="preferred_codes")


@attrs.frozen(field_transformer=checked)
class Counting:
    """
    How a payer turns minutes into units, and which codes it takes.

    Args:
        method: How minutes become units.
        minimum_minutes: Fewest minutes of a partial quarter that make a unit, 1 to 15; None takes the
            method's own (8, 8, 1, 15).
        first_period: What an unsettled first period needs.
        tie_policy: Who takes a unit that the rule leaves open.
        preferred_codes: The order for ``TiePolicy.PREFERRED_CODES``.
        cap_per_code: Most units a day of every timed code (a number), or of single ones (a mapping).
        cap_per_codes: Most units a day of several timed codes together: pairs of codes and units, such
            as ``[(("97110", "97112"), 4)]``. Sets may overlap; they are applied in the order given, and a
            unit that one of them took counts for no other.
        cap_per_session: Most timed units of one session.
        cap_per_day: Most timed units of a patient's day, all disciplines together.
        medicare_codes: Whether codes that Medicare does not take are refused.
        secondary: Whose units count when this payer is the secondary one; see
            :meth:`~therapy_billing.Payer.as_secondary_to`.

    Raises:
        InvalidInputError: If a number is out of range, a code comes twice, or a text names no choice.

    >>> Counting("started-quarter").partial_minutes, Counting("cpt-midpoint", cap_per_day=4).capped
    (1, True)
    """

    method: UnitMethod = attrs.field(converter=_method)
    minimum_minutes: int | None = attrs.field(default=None, converter=_minimum, kw_only=True)
    first_period: FirstPeriod = attrs.field(
        default=FirstPeriod.FULL, converter=_first_period, kw_only=True
    )
    tie_policy: TiePolicy = attrs.field(
        default=TiePolicy.DOCUMENTED_ORDER, converter=_tie_policy, kw_only=True
    )
    preferred_codes: tuple[str, ...] = attrs.field(default=(), converter=_codes, kw_only=True)
    cap_per_code: CodeCaps = attrs.field(default=None, converter=_code_caps, kw_only=True)
    cap_per_codes: tuple[CapOfCodes, ...] = attrs.field(
        default=(), converter=_set_caps, kw_only=True
    )
    cap_per_session: int | None = attrs.field(default=None, converter=_session_cap, kw_only=True)
    cap_per_day: int | None = attrs.field(default=None, converter=_day_cap, kw_only=True)
    medicare_codes: bool = attrs.field(default=False, kw_only=True)
    secondary: SecondaryUnits = attrs.field(
        default=SecondaryUnits.AS_PRIMARY, converter=_secondary, kw_only=True
    )

    @minimum_minutes.validator
    def _check_minimum(self, _: object, value: object) -> None:
        if self.method is UnitMethod.FULL_QUARTER and value not in (None, QUARTER):
            msg = f"a full quarter has {QUARTER} minutes: minimum_minutes cannot be {value}"
            raise InvalidInputError(msg, field="minimum_minutes")

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


@attrs.frozen(field_transformer=checked, kw_only=True)
class ModifierRules:
    """
    Which modifiers and edits a payer applies to claim lines.

    Args:
        assistants: Which units carry the assistant modifier.
        assistant_arithmetic: How the assistant's part of the minutes is compared with 10 %.
        kx: Whether lines beyond Medicare's annual threshold need KX.
        edits: Which edits a claim is checked against.
        modifier_order: The order of the modifiers on a line. The default is the common order in therapy,
            which no source that was read confirms; some payers want 59 first.
        allowed_modifiers: The modifiers that the payer takes; None takes any.

    Raises:
        InvalidInputError: If a modifier comes twice, or a text names no choice.

    >>> ModifierRules(assistants="assistant-units-2022").kx
    False
    """

    assistants: AssistantRule = attrs.field(default=AssistantRule.NONE, converter=_assistants)
    assistant_arithmetic: AssistantArithmetic = attrs.field(
        default=AssistantArithmetic.EXACT, converter=_arithmetic
    )
    kx: bool = False
    edits: EditProgram = attrs.field(default=EditProgram.NONE, converter=_edits)
    modifier_order: tuple[str, ...] = attrs.field(default=COMMON_ORDER, converter=_modifier_order)
    allowed_modifiers: tuple[str, ...] | None = attrs.field(
        default=None, converter=_allowed_modifiers
    )


@attrs.frozen(field_transformer=checked, kw_only=True)
class MoneyRules:
    """
    What a payer does with money.

    Args:
        mppr: Whether every unit of the day but one is reduced, where the fee schedule gives the
            reduction.
        cost_sharing: Whether deductible, coinsurance, and sequestration are those of Medicare Part B;
            without it only the allowed amount is known.
        fee_basis: Where its amounts come from. Medicare's fee schedule gives amounts only with
            ``MEDICARE_FEE_SCHEDULE`` and ``ANY_SCHEDULE``; rates and contracts give them with any.
        amount_per_day: Most dollars allowed for a patient's day; where a contract has a maximum as well,
            the lesser holds. There is none for a session: claim lines are for the day, and do not show
            which session their units are from.

    Raises:
        InvalidInputError: If the amount is not dollars above zero, or a text names no choice.

    >>> MoneyRules(fee_basis="contract", amount_per_day="95.00").amount_per_day
    Decimal('95.00')
    """

    mppr: bool = False
    cost_sharing: bool = False
    fee_basis: FeeBasis = attrs.field(default=FeeBasis.UNKNOWN, converter=_fee_basis)
    amount_per_day: Usd | None = attrs.field(default=None, converter=_amount_per_day)


class PolicyChanges(TypedDict, total=False):
    """The fields of all parts of a policy, for ``Policy.with_changes``."""

    method: UnitMethod | str
    minimum_minutes: int | None
    first_period: FirstPeriod | str
    tie_policy: TiePolicy | str
    preferred_codes: Iterable[str]
    cap_per_code: int | Mapping[str, int] | Iterable[tuple[str, int]] | None
    cap_per_codes: Iterable[tuple[Iterable[str], int]]
    cap_per_session: int | None
    cap_per_day: int | None
    medicare_codes: bool
    secondary: SecondaryUnits | str
    assistants: AssistantRule | str
    assistant_arithmetic: AssistantArithmetic | str
    kx: bool
    edits: EditProgram | str
    modifier_order: Iterable[str]
    allowed_modifiers: Iterable[str] | None
    mppr: bool
    cost_sharing: bool
    fee_basis: FeeBasis | str
    amount_per_day: Usd | str | int | None


def _counting(value: Counting | UnitMethod | str) -> Counting:
    if isinstance(value, Counting):
        return value
    given: object = value
    if not isinstance(given, UnitMethod | str):
        msg = f"counting must be a Counting, or a method such as 'cpt-midpoint', got {safe_repr(given)}"
        raise InvalidInputError(msg)
    return Counting(value)


@attrs.frozen(field_transformer=checked)
class Policy:
    """
    What a payer does, in force for some time; change one by :meth:`with_changes`.

    Args:
        counting: How minutes become units; a method, or its text, is counted with the defaults.
        modifiers: Which modifiers and edits apply.
        money: What the payer does with money.

    Raises:
        InvalidInputError: If a part is of another kind.

    Later words win, field by field: the library's defaults, the payer's policy of the day, what a plan
    changes in it, what a case does.

    >>> payer = Policy(Counting("cpt-midpoint", cap_per_day=6), money=MoneyRules(mppr=True))
    >>> plan = payer.with_changes(cap_per_day=4, assistants="assistant-units-2022")
    >>> case = plan.with_changes(cap_per_day=5)
    >>> case.counting.method.value, case.counting.cap_per_day, case.modifiers.assistants.value
    ('cpt-midpoint', 5, 'assistant-units-2022')
    >>> case.money.mppr, case.modifiers.kx
    (True, False)
    """

    counting: Counting = attrs.field(converter=_counting)
    modifiers: ModifierRules = ModifierRules()
    money: MoneyRules = MoneyRules()

    def with_changes(self, **changes: Unpack[PolicyChanges]) -> Policy:
        """
        Return the policy with some fields changed, each named as in its part.

        The names of the fields differ across the parts, so the part is not named. A new *method* brings
        its own fewest minutes, unless *minimum_minutes* is changed as well.

        Raises:
            InvalidInputError: If there is no such field, or a value makes no sense in it.

        >>> changed = Policy("cms-eight-minute").with_changes(cap_per_day=4, mppr=True)
        >>> changed.counting.cap_per_day, changed.money.mppr
        (4, True)
        """
        by_part: dict[str, dict[str, Any]] = {}
        for name, value in changes.items():
            part = _PART_OF.get(name)
            if part is None:
                raise InvalidInputError(unknown_name("field of a policy", name, _PART_OF))
            by_part.setdefault(part, {})[name] = value
        if "method" in changes:
            by_part["counting"].setdefault("minimum_minutes", None)
        parts = {
            part: attrs.evolve(getattr(self, part), **fields) for part, fields in by_part.items()
        }
        return attrs.evolve(self, **parts)


_PART_OF: Mapping[str, str] = MappingProxyType(
    {
        field.name: part
        for part, kind in (
            ("counting", Counting),
            ("modifiers", ModifierRules),
            ("money", MoneyRules),
        )
        for field in attrs.fields(kind)
    }
)


def policy_fields(policy: Policy) -> dict[str, Any]:
    """
    Return the fields of all parts of *policy* by name.

    >>> policy_fields(Policy("cpt-midpoint"))["fee_basis"]
    <FeeBasis.UNKNOWN: 'unknown'>
    """
    return {name: getattr(getattr(policy, part), name) for name, part in _PART_OF.items()}


@lru_cache(maxsize=128)
def without_refusals(policy: Policy) -> Policy:
    """Return *policy* without refusing codes: a check reports them and stops at none."""
    return policy.with_changes(medicare_codes=False)
