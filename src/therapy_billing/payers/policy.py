"""
A payer's policy for minutes, modifiers, and money: enum options and numbers that you can change.

A policy has four parts and the table of who may furnish what. No two parts have a field with the same name, so a payer
file, the ``policy_changes`` of a log, and a comparison of two payers can name a field without naming its part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeAlias, TypedDict, Unpack

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, parse_number, parse_usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple, checked, parse_whole, require_text
from therapy_billing.base.wording import unknown_name
from therapy_billing.codes.code_book import QUARTER, parse_code, parse_codes
from therapy_billing.codes.modifiers import parse_modifiers
from therapy_billing.payers.caps import Cap, CapEach, CapOf, parse_caps
from therapy_billing.payers.claim_rules import ClaimRules
from therapy_billing.payers.code_terms import CodeTerms, parse_code_terms
from therapy_billing.payers.furnishers import NO_FURNISHERS, Furnishers
from therapy_billing.payers.methods import OWN_MINIMUM, UNKNOWN_METHOD, UnitMethod, parse_method

__all__ = [
    "COMMON_ORDER",
    "UNKNOWN_METHOD",
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
    "code_terms_of",
    "parse_percent_of_medicare",
    "policy_fields",
    "without_refusals",
]

CodeCaps: TypeAlias = "int | tuple[tuple[str, int], ...] | None"
CapOfCodes: TypeAlias = tuple[tuple[str, ...], int]
"""Several codes, and the maximum units per day for all of them together."""


class TiePolicy(Choice):
    """Which code gets a unit when codes are tied and the clinician may choose."""

    DOCUMENTED_ORDER = "documented-order"
    """The code that was documented first."""
    PREFERRED_CODES = "preferred-codes"
    """The code that comes first in ``preferred_codes``; for all other codes, documented order."""
    HIGHEST_FEE = "highest-fee"
    """The code with the highest amount in the given fee schedule; if amounts are equal, documented order."""


class FirstPeriod(Choice):
    """
    The minutes needed to bill a period longer than 15 minutes, when no source gives that number.

    This option applies to the first period of 97550, G0541, and 97545. Under the eight-minute rule, it also
    applies to 97546.
    """

    FULL = "full"
    """All minutes of the period (the conservative reading)."""
    MIDPOINT = "midpoint"
    """One minute more than half of the period."""


class AssistantRule(Choice):
    """Which units get CQ or CO. The value is the id of the rule."""

    NONE = "no-assistant-modifier"
    """No units get one: the payer does not use these modifiers, or they did not exist yet."""
    UNITS_2020 = "assistant-units-2020"
    """The 10 % (de minimis) rule decides every unit that is not a full quarter by one clinician."""
    UNITS_2022 = "assistant-units-2022"
    """As ``UNITS_2020``, with exceptions for the final unit and for two leftover units of one service."""


class AssistantArithmetic(Choice):
    """How to compare the assistant's share of the minutes with 10 %. The value is the id of the rule."""

    EXACT = "assistant-exact"
    """Compare the minutes without rounding. No other option adds the modifier at fewer minutes."""
    SIMPLE = "assistant-simple-method"
    """
    Take 10 % of the total minutes, round to the nearest whole minute (0.5 rounds up), and add 1 minute. The modifier
    is needed if the assistant has at least this many minutes.
    """
    PERCENTAGE = "assistant-percentage-method"
    """
    Round the assistant's percentage of the minutes to the nearest whole number (0.5 rounds up). The modifier is needed
    if the result is 11 or more.
    """


class EditProgram(Choice):
    """Which edits a claim is checked against."""

    NONE = "no-edits"
    """No edits are known for the payer."""
    NCCI_MEDICARE = "ncci-medicare"
    """Medicare's National Correct Coding Initiative (NCCI)."""
    NCCI_MEDICAID = "ncci-medicaid"
    """Medicaid's NCCI, which has its own edit files."""


class FeeBasis(Choice):
    """Where a payer's amounts come from."""

    MEDICARE_FEE_SCHEDULE = "medicare-fee-schedule"
    """The Medicare Physician Fee Schedule."""
    CONTRACT = "contract"
    """The provider's own contract with the payer."""
    PERCENT_OF_MEDICARE = "percent-of-medicare"
    """A percentage of the Medicare Physician Fee Schedule; see ``percent_of_medicare``."""
    OWN_CONVERSION_FACTOR = "own-conversion-factor"
    """Medicare's relative values times the payer's own conversion factor."""
    ANY_SCHEDULE = "any-schedule"
    """Any schedule that the caller gives, for a counting method without a payer."""
    UNKNOWN = "unknown"
    """Not known."""

    @property
    def is_payers_own(self) -> bool:
        """Whether the payer has its own fees, so that Medicare's fee schedule does not apply."""
        return self in (FeeBasis.CONTRACT, FeeBasis.OWN_CONVERSION_FACTOR, FeeBasis.UNKNOWN)


class SecondaryUnits(Choice):
    """How units are counted on a claim to a secondary payer."""

    AS_PRIMARY = "as-primary"
    """As the primary payer counts them, so both claims have the same units."""
    OWN = "own"
    """As the secondary payer counts them, so units are counted again for its claim."""


def _cap(value: object, what: str) -> int | None:
    return None if value is None else _whole_cap(value, what)


def _whole_cap(value: object, what: str) -> int:
    return parse_whole(value, what)


def _code_caps(
    value: int | Mapping[str, int] | Iterable[tuple[str, int]] | None,
) -> CodeCaps:
    # A string is iterable too, but it is not a mapping of codes.
    given: object = value
    if isinstance(given, str) or not isinstance(value, Iterable):
        return _cap(value, "cap_per_code")
    try:
        items = value.items() if isinstance(value, Mapping) else value
        pairs = [(parse_code(code), cap) for code, cap in items]
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        msg = "cap_per_code must be a whole number of units, or a mapping of codes to units"
        raise InvalidInputError(msg) from None
    _once([code for code, _ in pairs], "cap_per_code")
    return tuple((code, _whole_cap(cap, "cap_per_code")) for code, cap in pairs)


def _set_caps(value: Iterable[tuple[Iterable[str], int]]) -> tuple[CapOfCodes, ...]:
    given: object = value
    if isinstance(given, Iterable) and not isinstance(given, str | Mapping):
        sets = tuple(given)
        if all(isinstance(each, tuple | list) and len(each) == _PAIR for each in sets):
            return tuple(_set_cap(*each) for each in sets)
    msg = "cap_per_codes must be pairs of codes and units, such as [(('97110', '97112'), 4)]"
    raise InvalidInputError(msg)


_PAIR = 2


def _set_cap(codes: object, units: object) -> CapOfCodes:
    if isinstance(codes, str) or not isinstance(codes, Iterable):
        msg = f"the codes in cap_per_codes must be a tuple such as ('97110', '97112'), got {safe_repr(codes)}"
        raise InvalidInputError(msg)
    parsed = _once([parse_code(code) for code in codes], "a set of cap_per_codes")
    if not parsed:
        msg = "cap_per_codes has a set without codes: give at least one code"
        raise InvalidInputError(msg)
    return parsed, _whole_cap(units, "cap_per_codes")


def _once(values: Iterable[str], what: str) -> tuple[str, ...]:
    """Return *values* after checking that no value appears twice."""
    given = tuple(values)
    twice = next((value for index, value in enumerate(given) if value in given[:index]), None)
    if twice is not None:
        msg = f"{what} has {twice} twice: give each code once"
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


# One converter per enum, so that type checkers know which values a caller may pass.
def _method(value: UnitMethod | str | None) -> UnitMethod | None:
    if value is None or (isinstance(value, str) and value.strip().lower() == UNKNOWN_METHOD):
        return None
    return parse_method(value)


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


_SET_BY_LIBRARY = {"set_by_library": True}
"""Marks the fields that neither a file nor ``with_changes`` can set."""


def _texts(value: Iterable[str], *, what: str = "assumptions") -> tuple[str, ...]:
    texts = as_tuple(value, str, what)
    for text in texts:
        require_text(text, what)
    return texts


def _codes(value: Iterable[str]) -> tuple[str, ...]:
    return parse_codes(value, what="preferred_codes")


_LEAST_PERCENT = 10
"""A number below 10 is most likely a fraction, such as 0.85 for 85 %, so it is an error."""


def _assistant_percent(value: Decimal | str | int | None) -> Decimal | None:
    return _percent(value, "assistant_percent", 100, 85)


def _percent_of_medicare(value: Decimal | str | int | None) -> Decimal | None:
    return parse_percent_of_medicare(value, what="percent_of_medicare")


def parse_percent_of_medicare(value: Decimal | str | int | None, *, what: str) -> Decimal | None:
    """
    Return a percentage of Medicare's amounts, from 10 to 1000; None for None.

    Raises:
        InvalidInputError: If the value is not a number in this range.

    >>> parse_percent_of_medicare("200", what="percent")
    Decimal('200')
    """
    return _percent(value, what, 1000, 200)


def _percent(
    value: Decimal | str | int | None, what: str, most: int, example: int
) -> Decimal | None:
    if value is None:
        return None
    percent = parse_number(value)
    if percent is None or not _LEAST_PERCENT <= percent <= most:
        msg = (
            f"{what} must be a whole number, string, or Decimal from {_LEAST_PERCENT} to {most}, "
            f"such as {example} for {example} %, got {safe_repr(value)}"
        )
        raise InvalidInputError(msg, field=what)
    return percent


@attrs.frozen(field_transformer=checked)
class Counting:
    """
    How a payer turns minutes into units, and which codes it accepts.

    Args:
        method: How minutes become units; None (in a file, ``"unknown"``) if no source says how the payer counts. No units
            are counted until you name a method.
        minimum_minutes: The fewest minutes of a partial quarter that make a unit, from 1 to 15. None uses the
            method's own value: 8 for ``cms-eight-minute`` and ``cpt-midpoint``, 1 for ``started-quarter``,
            15 for ``full-quarter``.
        first_period: The minutes needed to bill a long first period, when no source gives that number.
        tie_policy: Which code gets a unit when codes are tied.
        preferred_codes: The codes that win ties under ``TiePolicy.PREFERRED_CODES``, the most preferred
            first.
        cap_per_code: The maximum units per day of a timed code: one number for each code, or a mapping of
            codes to numbers.
        cap_per_codes: The maximum units per day of several timed codes together, as pairs of codes and units
            such as ``[(("97110", "97112"), 4)]``. A code may be in several pairs. The pairs apply in the
            given order, and a unit removed by one pair does not count toward the next.
        cap_per_session: The maximum timed units in one session.
        cap_per_day: The maximum timed units in a patient's day, for all disciplines together.
        caps: More caps, as :class:`~therapy_billing.payers.Cap` records or mappings of their arguments, such as
            ``[{"limit": 4, "each": ["provider"]}]``. They also limit dollars, relative value units, and visits.
        code_terms: Codes that the payer counts differently, as :class:`~therapy_billing.payers.CodeTerms` records or mappings of their
            arguments, such as ``[{"codes": ["92507"], "unit_minutes": 15, "max_per_day": 4}]``.
        medicare_codes: Whether a code that Medicare does not accept is an error.
        secondary: How units are counted when this payer is secondary; see
            :meth:`~therapy_billing.Payer.as_secondary_to`.
        unit_assumptions: What is assumed about how the payer counts, each in a sentence. Results with units show it.
        method_is_choice: Whether the method was named for a payer whose own method no source gives. ``with_changes`` sets
            it, and results with units show it.

    Raises:
        InvalidInputError: If a number is out of range, a code appears twice, or a string is not one of the
            options.

    >>> Counting("started-quarter").partial_minutes, Counting("cpt-midpoint", cap_per_day=4).capped
    (1, True)
    """

    method: UnitMethod | None = attrs.field(converter=_method)
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
    caps: tuple[Cap, ...] = attrs.field(default=(), converter=parse_caps, kw_only=True)
    code_terms: tuple[CodeTerms, ...] = attrs.field(
        default=(), converter=parse_code_terms, kw_only=True
    )
    medicare_codes: bool = attrs.field(default=False, kw_only=True)
    secondary: SecondaryUnits = attrs.field(
        default=SecondaryUnits.AS_PRIMARY, converter=_secondary, kw_only=True
    )
    unit_assumptions: tuple[str, ...] = attrs.field(default=(), converter=_texts, kw_only=True)
    method_is_choice: bool = attrs.field(default=False, kw_only=True, metadata=_SET_BY_LIBRARY)

    @minimum_minutes.validator
    def _check_minimum(self, _: object, value: object) -> None:
        if self.method is UnitMethod.FULL_QUARTER and value not in (None, QUARTER):
            msg = f"minimum_minutes must be {QUARTER} for full-quarter, got {value}"
            raise InvalidInputError(msg, field="minimum_minutes")

    @property
    def partial_minutes(self) -> int:
        """The fewest minutes of a partial quarter that make a unit."""
        own = QUARTER if self.method is None else OWN_MINIMUM[self.method]
        return own if self.minimum_minutes is None else self.minimum_minutes

    @property
    def method_name(self) -> str:
        """The name of the method, or ``unknown``."""
        return UNKNOWN_METHOD if self.method is None else self.method.value

    @property
    def capped(self) -> bool:
        """Whether the policy has a cap on units with a known limit."""
        if (self.cap_per_code, self.cap_per_codes, self.cap_per_session, self.cap_per_day) != (
            None,
            (),
            None,
            None,
        ):
            return True
        if any(terms.max_per_day is not None for terms in self.code_terms):
            return True
        return any(cap.of is CapOf.UNITS and cap.limit is not None for cap in self.caps)

    @property
    def unit_caps(self) -> tuple[Cap, ...]:
        """Every cap on units, in the order in which they apply: from the narrowest kind to the widest."""
        return _unit_caps(self)

    @property
    def codes_by_minutes(self) -> frozenset[str]:
        """The codes with terms that make units from minutes, even if the code is untimed."""
        return _codes_by_minutes(self.code_terms) if self.code_terms else _NO_CODES

    def without_caps(self) -> Counting:
        """Return a copy without any cap on units."""
        return attrs.evolve(
            self,
            cap_per_code=None,
            cap_per_codes=(),
            cap_per_session=None,
            cap_per_day=None,
            caps=self.other_caps,
            code_terms=tuple(
                attrs.evolve(terms, max_per_day=None)
                for terms in self.code_terms
                if terms.sets_time
            ),
        )

    @property
    def other_caps(self) -> tuple[Cap, ...]:
        """The caps on relative value units, dollars, and visits."""
        return tuple(cap for cap in self.caps if cap.of is not CapOf.UNITS)


_CAP_ORDER = (
    "cap-per-code",
    "cap-per-codes",
    "cap-per-session",
    "cap-per-provider",
    "cap-per-discipline",
    "cap-per-day",
)


@lru_cache(maxsize=256)
def _unit_caps(counting: Counting) -> tuple[Cap, ...]:
    caps: list[Cap] = []
    if isinstance(counting.cap_per_code, int):
        caps.append(Cap(counting.cap_per_code, each=CapEach.CODE))
    elif counting.cap_per_code is not None:
        caps += [
            Cap(limit, each=CapEach.CODE, codes=(code,), untimed=False)
            for code, limit in counting.cap_per_code
        ]
    caps += [cap for terms in counting.code_terms if (cap := terms.cap) is not None]
    caps += [Cap(limit, codes=codes, untimed=False) for codes, limit in counting.cap_per_codes]
    if counting.cap_per_session is not None:
        caps.append(Cap(counting.cap_per_session, each=(CapEach.SESSION, CapEach.DISCIPLINE)))
    caps += [cap for cap in counting.caps if cap.of is CapOf.UNITS]
    if counting.cap_per_day is not None:
        caps.append(Cap(counting.cap_per_day))
    return tuple(sorted(caps, key=lambda cap: _CAP_ORDER.index(cap.rule)))


def code_terms_of(counting: Counting, code: str) -> CodeTerms | None:
    """Return the payer's own terms for the time of *code*; None if it is counted as usual."""
    return _time_terms(counting.code_terms).get(code) if counting.code_terms else None


_NO_CODES: frozenset[str] = frozenset()


@lru_cache(maxsize=256)
def _codes_by_minutes(code_terms: tuple[CodeTerms, ...]) -> frozenset[str]:
    return frozenset(
        code for terms in code_terms if terms.unit_minutes is not None for code in terms.codes
    )


@lru_cache(maxsize=256)
def _time_terms(code_terms: tuple[CodeTerms, ...]) -> Mapping[str, CodeTerms]:
    return {code: terms for terms in code_terms if terms.sets_time for code in terms.codes}


@attrs.frozen(field_transformer=checked, kw_only=True)
class ModifierRules:
    """
    Which modifiers and edits a payer applies to claim lines.

    Args:
        assistants: Which units get CQ or CO.
        assistant_arithmetic: How the assistant's share of the minutes is compared with 10 %.
        kx: Whether the payer requires KX on lines above Medicare's annual threshold.
        edits: Which edits a claim is checked against.
        modifier_order: The order of the modifiers on a line. The default is the order commonly used in
            therapy. We found no source that confirms it, and some payers want 59 first.
        allowed_modifiers: The modifiers that the payer accepts; None means that it accepts all.

    Raises:
        InvalidInputError: If a modifier appears twice, or a string is not one of the options.

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
    How a payer sets and shares allowed amounts.

    Args:
        mppr: Whether MPPR reduces every unit of the day that is subject to it, except one. The amounts come
            from the fee schedule; if it has no MPPR amounts, nothing is reduced.
        cost_sharing: Whether the deductible, coinsurance, and sequestration of Medicare Part B apply. If they
            do not, only the allowed amount is known.
        fee_basis: Where the payer's amounts come from. Medicare's fee schedule applies only with
            ``MEDICARE_FEE_SCHEDULE`` and ``ANY_SCHEDULE``. Rates and contracts that the
            caller gives apply with every basis.
        amount_per_day: The most dollars allowed for a patient's day; None if there is no maximum. If a
            contract also has a maximum, the lower maximum applies. There is no maximum per session, because
            claim lines are for the day and do not show which session a unit comes from.
        assistant_percent: The percentage of the payer's amount that is allowed for units that an assistant, or another
            role than the therapist, furnished, such as 85 for 85 %. None uses the payment share in the payer's table of
            furnishers. If neither is known, lines with such units have no amount.
        percent_of_medicare: The percentage of Medicare's amount that the payer allows, from 10 to 1000, such as 200. Only
            the fee basis ``percent-of-medicare`` uses it, and needs it.
        amount_assumptions: What is assumed about the payer's amounts, each in a sentence. Priced days show it.
        pays_second: Whether Medicare is billed after another payer. ``as_secondary_to`` sets it.

    Raises:
        InvalidInputError: If the percentage is not from 10 to 100, the amount is not a dollar amount above zero, or a
            string is not one of the options.

    >>> MoneyRules(fee_basis="contract", amount_per_day="95.00").amount_per_day
    Decimal('95.00')
    """

    mppr: bool = False
    cost_sharing: bool = False
    fee_basis: FeeBasis = attrs.field(default=FeeBasis.UNKNOWN, converter=_fee_basis)
    amount_per_day: Usd | None = attrs.field(default=None, converter=_amount_per_day)
    assistant_percent: Decimal | None = attrs.field(default=None, converter=_assistant_percent)
    percent_of_medicare: Decimal | None = attrs.field(default=None, converter=_percent_of_medicare)
    amount_assumptions: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    pays_second: bool = attrs.field(default=False, metadata=_SET_BY_LIBRARY)

    def __attrs_post_init__(self) -> None:
        if self.fee_basis is FeeBasis.PERCENT_OF_MEDICARE and self.percent_of_medicare is None:
            msg = "fee_basis 'percent-of-medicare' needs percent_of_medicare: give it, such as 200 for 200 %"
            raise InvalidInputError(msg, field="percent_of_medicare")


class PolicyChanges(TypedDict, total=False):
    """The fields of all four parts of a policy, for ``Policy.with_changes``."""

    method: UnitMethod | str
    minimum_minutes: int | None
    first_period: FirstPeriod | str
    tie_policy: TiePolicy | str
    preferred_codes: Iterable[str]
    cap_per_code: int | Mapping[str, int] | Iterable[tuple[str, int]] | None
    cap_per_codes: Iterable[tuple[Iterable[str], int]]
    cap_per_session: int | None
    cap_per_day: int | None
    caps: Iterable[Cap | Mapping[str, Any]]
    code_terms: Iterable[CodeTerms | Mapping[str, Any]]
    medicare_codes: bool
    secondary: SecondaryUnits | str
    unit_assumptions: Iterable[str]
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
    assistant_percent: Decimal | str | int | None
    percent_of_medicare: Decimal | str | int | None
    amount_assumptions: Iterable[str]
    lines_per_claim: int | None
    charge_maximum: Usd | str | int | None
    needs_referring_provider: bool | None
    needs_taxonomy: bool | None
    needs_whole_units: bool | None
    claim_frequencies: Iterable[str] | None
    earlier_payers_maximum: int | None
    returns_line_numbers: bool | None


def _counting(value: Counting | UnitMethod | str) -> Counting:
    if isinstance(value, Counting):
        return value
    given: object = value
    if not isinstance(given, UnitMethod | str):
        msg = f"counting must be a Counting or a method such as 'cpt-midpoint', got {safe_repr(given)}"
        raise InvalidInputError(msg)
    return Counting(value)


@attrs.frozen(field_transformer=checked)
class Policy:
    """
    A payer's policy on a date: counting, modifiers, money, furnishers, and claims. Change it with :meth:`with_changes`.

    Args:
        counting: How minutes become units. A method, or the name of one, is used with default values.
        modifiers: Which modifiers and edits apply.
        money: How amounts are set and shared.
        furnishers: Whose services the payer pays. Change it with ``attrs.evolve``.
        assumptions: What a data pack assumes about the policy on the date, each in a sentence. Results show it.
        claims: What the payer accepts on a claim.

    Raises:
        InvalidInputError: If a part has the wrong type.

    Each call of :meth:`with_changes` overrides earlier values, field by field. You can start with the payer's
    policy, then apply the changes for a plan, then the changes for one case.

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
    furnishers: Furnishers = NO_FURNISHERS
    assumptions: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    claims: ClaimRules = attrs.field(default=ClaimRules(), kw_only=True)

    def with_changes(self, **changes: Unpack[PolicyChanges]) -> Policy:
        """
        Return a copy of the policy with some fields changed.

        Name each field without its part. A new *method* resets *minimum_minutes* to the
        method's own value, unless *minimum_minutes* is also given.

        Raises:
            InvalidInputError: If there is no such field, or its value is not valid.

        >>> changed = Policy("cms-eight-minute").with_changes(cap_per_day=4, mppr=True)
        >>> changed.counting.cap_per_day, changed.money.mppr
        (4, True)
        """
        by_part: dict[str, dict[str, Any]] = {}
        if "method" in changes and changes["method"] is None:
            # Only the word "unknown" makes a method unknown. A missing value is a mistake.
            parse_choice(None, UnitMethod, "method")
        for name, value in changes.items():
            part = _PART_OF.get(name)
            if part is None:
                raise InvalidInputError(unknown_name("field of a policy", name, _PART_OF))
            by_part.setdefault(part, {})[name] = value
        if "method" in changes:
            by_part["counting"].setdefault("minimum_minutes", None)
            if self.counting.method is None:
                by_part["counting"]["method_is_choice"] = _method(changes["method"]) is not None
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
            ("claims", ClaimRules),
        )
        for field in attrs.fields(kind)
        if not field.metadata
    }
)


def policy_fields(policy: Policy) -> dict[str, Any]:
    """
    Return the fields of all four parts of *policy*, by name.

    >>> policy_fields(Policy("cpt-midpoint"))["fee_basis"]
    <FeeBasis.UNKNOWN: 'unknown'>
    """
    return {name: getattr(getattr(policy, part), name) for name, part in _PART_OF.items()}


@lru_cache(maxsize=128)
def without_refusals(policy: Policy) -> Policy:
    """Return *policy* with ``medicare_codes`` off, so that a code that Medicare does not accept is only a finding."""
    return policy.with_changes(medicare_codes=False)
