"""
A payer's caps: the most units, relative value units, or dollars per day, or the most visits per year.

Every cap of a policy is a :class:`Cap`. The fields ``cap_per_code``, ``cap_per_codes``, ``cap_per_session``, and
``cap_per_day``, and ``max_per_day`` of a code's terms, are short ways to write common caps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, TypeVar, cast

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.errors import InvalidInputError, put_into
from therapy_billing.base.money import parse_number, parse_usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import LARGEST, checked
from therapy_billing.base.wording import listed, unknown_name, word_key
from therapy_billing.codes.code_book import load_codes, parse_codes
from therapy_billing.codes.roles import ServiceClass

__all__ = [
    "Cap",
    "CapEach",
    "CapOf",
    "counts_code",
    "limit_on_day",
    "parse_caps",
    "parse_codes_once",
    "records_of",
]

T = TypeVar("T")


class CapOf(Choice):
    """What a cap limits."""

    UNITS = "units"
    """Units per day."""
    RVUS = "rvus"
    """Relative value units per day, of all codes. The payer pays up to the limit, so the last unit may be paid in part."""
    DOLLARS = "dollars"
    """Dollars allowed per day, of all codes."""
    VISITS = "visits"
    """Visits per calendar year."""

    __aliases__: ClassVar[Mapping[str, str]] = {"rvu": "rvus", "unit": "units"}


class CapEach(Choice):
    """What has a limit of its own under a cap."""

    CODE = "code"
    SESSION = "session"
    PROVIDER = "provider"
    """Each person who treats, by ``treated_by`` of the services."""
    DISCIPLINE = "discipline"


_UNKNOWN = "unknown"
_MOST_NAMED = 6
"""The maximum number of codes that the words of a cap name."""
_OWN_LIMITS: Mapping[CapOf, frozenset[CapEach]] = {
    CapOf.UNITS: frozenset(CapEach),
    # Claim lines do not show the session or the person who treated.
    CapOf.RVUS: frozenset({CapEach.DISCIPLINE}),
    CapOf.DOLLARS: frozenset({CapEach.DISCIPLINE}),
    CapOf.VISITS: frozenset({CapEach.DISCIPLINE}),
}


def _of(value: CapOf | str) -> CapOf:
    return parse_choice(value, CapOf, "of")


def _each(value: Iterable[CapEach | str] | CapEach | str) -> tuple[CapEach, ...]:
    given: object = value
    if isinstance(given, CapEach | str):
        given = (given,)
    if not isinstance(given, Iterable):
        msg = f"each must be a list such as ['discipline'], got {safe_repr(given)}"
        raise InvalidInputError(msg, field="each")
    found = {parse_choice(each, CapEach, "each") for each in given}
    return tuple(each for each in CapEach if each in found)


def _codes(value: Iterable[str]) -> tuple[str, ...]:
    return parse_codes_once(value, "codes")


def parse_codes_once(value: Iterable[str] | str, what: str) -> tuple[str, ...]:
    """
    Return one code, or several codes, as a tuple without repeats.

    Raises:
        InvalidInputError: If an item is not a code, or a code is listed twice.

    >>> parse_codes_once("97110", "codes"), parse_codes_once(["97110", "97112"], "codes")
    (('97110',), ('97110', '97112'))
    """
    codes = parse_codes((value,) if isinstance(value, str) else value, what=what)
    twice = next((code for index, code in enumerate(codes) if code in codes[:index]), None)
    if twice is not None:
        msg = f"{what} has {twice} twice: give each code once"
        raise InvalidInputError(msg, field=what, code=twice)
    return codes


def _limit(value: Decimal | str | int | None, *, what: str = "limit") -> Decimal | None:
    if value is None or (isinstance(value, str) and word_key(value) == _UNKNOWN):
        return None
    number = parse_number(value)
    if number is None or not 0 <= number <= LARGEST:
        msg = f"{what} must be a number of 0 or more, or 'unknown', got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    # Negative zero and zeros after the point would show in the words of the cap.
    whole = number.to_integral_value()
    return abs(whole if number == whole else number.normalize())


def _other_limit(value: Decimal | str | int | None, *, what: str = "limit") -> Decimal | None:
    if isinstance(value, str) and word_key(value) == _UNKNOWN:
        msg = f"{what} must be a number: if it is not known, give limit 'unknown' instead"
        raise InvalidInputError(msg, field=what)
    return _limit(value, what=what)


@attrs.frozen(field_transformer=checked)
class Cap:
    """
    The most that a payer pays for in a patient's day or year.

    Args:
        limit: The maximum. None (in a file, ``"unknown"``) if the payer has such a cap but no source gives the number;
            results then say that the cap was not applied.
        of: What the cap limits: ``units`` per day, ``rvus`` (relative value units) per day, ``dollars`` per day, or
            ``visits`` per year.
        each: What has the limit for itself: each ``discipline``, each ``provider``, each ``session``, each ``code``, or
            several of them. Empty: the limit is for the whole day. Relative value units, dollars, and visits can have a
            limit only for the whole day or for each discipline.
        codes: The codes that count. Empty: all codes.
        untimed: Whether units of untimed codes count. None: only those of the untimed codes in *codes*. This is only for
            a cap of units; relative value units, dollars, and visits include every code.
        with_evaluation: The limit for a day with an evaluation; None if it is the same.
        with_re_evaluation: The limit for a day with a re-evaluation and no evaluation; None if it is the same.

    Raises:
        InvalidInputError: If a number is negative, is not whole for units or visits, or has a fraction of a cent for
            dollars; if ``each`` does not fit ``of``; if a code is listed twice.

    >>> Cap(4, each="discipline", untimed=True).words
    '4 units per day, untimed codes included, for each discipline'
    >>> Cap("12", of="rvus", with_evaluation=18, with_re_evaluation=15).words
    '12 RVUs per day (18 with an evaluation, 15 with a re-evaluation)'
    """

    limit: Decimal | None = attrs.field(converter=_limit)
    of: CapOf = attrs.field(default=CapOf.UNITS, converter=_of, kw_only=True)
    each: tuple[CapEach, ...] = attrs.field(default=(), converter=_each, kw_only=True)
    codes: tuple[str, ...] = attrs.field(default=(), converter=_codes, kw_only=True)
    untimed: bool | None = attrs.field(default=None, kw_only=True)
    with_evaluation: Decimal | None = attrs.field(
        default=None, converter=_other_limit, kw_only=True
    )
    with_re_evaluation: Decimal | None = attrs.field(
        default=None, converter=_other_limit, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        for name in ("limit", "with_evaluation", "with_re_evaluation"):
            limit = getattr(self, name)
            if limit is None:
                continue
            if self.of is CapOf.DOLLARS:
                try:
                    parse_usd(limit, zero=True, what=name)
                except InvalidInputError as error:
                    error.field = name
                    raise
            elif self.of is not CapOf.RVUS and limit != limit.to_integral_value():
                msg = f"{name} must be a whole number of {self.of.value}, got {limit}"
                raise InvalidInputError(msg, field=name)
        wrong = [each.value for each in self.each if each not in _OWN_LIMITS[self.of]]
        if wrong:
            msg = f"a cap of {self.of.value} cannot be for each {wrong[0]}: use discipline, or leave each out"
            raise InvalidInputError(msg, field="each")
        if self.codes and self.of is CapOf.VISITS:
            msg = "a cap of visits cannot be for single codes, because visits are not counted by code: leave codes out"
            raise InvalidInputError(msg, field="codes")
        if self.untimed and self.of is not CapOf.UNITS:
            msg = f"untimed is for a cap of units; a cap of {self.of.value} includes every code: leave it out"
            raise InvalidInputError(msg, field="untimed")

    @property
    def rule(self) -> str:
        """The id of the rule that describes this kind of cap."""
        if self.of is not CapOf.UNITS:
            return f"cap-{self.of.value}"
        if self.each:
            return f"cap-per-{self.each[0].value}"
        return "cap-per-codes" if self.codes else "cap-per-day"

    @property
    def words(self) -> str:
        """The cap in words."""
        noun = "RVUs" if self.of is CapOf.RVUS else self.of.value
        what = f"an unknown number of {noun}" if self.limit is None else self._amount(self.limit)
        if CapEach.SESSION not in self.each:
            what += " per year" if self.of is CapOf.VISITS else " per day"
        others = [
            f"{self._amount(limit)} with {visit}"
            for limit, visit in (
                (self.with_evaluation, "an evaluation"),
                (self.with_re_evaluation, "a re-evaluation"),
            )
            if limit is not None
        ]
        if others:
            what += f" ({', '.join(other.replace(' RVUs', '') for other in others)})"
        if self.codes:
            named = listed(self.codes)
            if len(self.codes) > _MOST_NAMED:
                named = f"{len(self.codes)} codes ({self.codes[0]} to {self.codes[-1]})"
            what += f" of {named}"
        if self.untimed:
            what += ", untimed codes included"
        if self.each:
            # A session has one discipline.
            session = CapEach.SESSION in self.each
            each = [one.value for one in self.each if not session or one is not CapEach.DISCIPLINE]
            what += f"{',' if self.untimed else ''} for each {listed(each)}"
        return what

    def _amount(self, limit: Decimal) -> str:
        if self.of is CapOf.DOLLARS:
            return f"${parse_usd(limit, zero=True)}"
        noun = "RVU" if self.of is CapOf.RVUS else self.of.value[:-1]
        return f"{limit:f} {noun}{'' if limit == 1 else 's'}"


def counts_code(cap: Cap, code: str, *, timed: bool) -> bool:
    """
    Return whether units of *code* count under *cap*, a cap of units.

    Args:
        cap: The cap.
        code: The code.
        timed: Whether the payer counts the code by its minutes.
    """
    if cap.codes and code not in cap.codes:
        return False
    return timed or (bool(cap.codes) if cap.untimed is None else cap.untimed)


def limit_on_day(cap: Cap, codes: Iterable[str]) -> Decimal | None:
    """
    Return the limit of *cap* for a day with these *codes*; None if it is not known.

    >>> cap = Cap(12, of="rvus", with_evaluation=18)
    >>> limit_on_day(cap, ["97110"]), limit_on_day(cap, ["97161", "97110"])
    (Decimal('12'), Decimal('18'))
    """
    if cap.with_evaluation is None and cap.with_re_evaluation is None:
        return cap.limit
    classes = {facts.service_class for code in codes if (facts := load_codes().get(code))}
    if ServiceClass.EVALUATION in classes:
        return cap.limit if cap.with_evaluation is None else cap.with_evaluation
    if ServiceClass.RE_EVALUATION in classes and cap.with_re_evaluation is not None:
        return cap.with_re_evaluation
    return cap.limit


def parse_caps(value: Iterable[Cap | Mapping[str, Any]]) -> tuple[Cap, ...]:
    """
    Return caps, each of which may be given as a mapping of its arguments.

    >>> parse_caps([{"limit": 4, "each": ["provider"]}])[0].rule
    'cap-per-provider'
    """
    return records_of(value, Cap, "caps")


def records_of(value: object, kind: type[T], what: str) -> tuple[T, ...]:
    """
    Return records of *kind*, each of which may be given as a mapping of its arguments.

    Raises:
        InvalidInputError: If an item is neither, or its arguments are not valid.
    """
    example = f"[{kind.__name__}(...)]"
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        msg = f"{what} must be a list such as {example}, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    found = []
    for index, each in enumerate(value):
        field = f"{what}[{index}]"
        if isinstance(each, kind):
            found.append(each)
            continue
        if not isinstance(each, Mapping):
            msg = f"{field} must be a {kind.__name__} or a mapping of its arguments, got {safe_repr(each)}"
            raise InvalidInputError(msg, field=field)
        names = [argument.name for argument in attrs.fields(cast("Any", kind))]
        for name in each:
            if name not in names:
                msg = f"{field}: {unknown_name('argument', name, names)}"
                raise InvalidInputError(msg, field=field)
        try:
            found.append(kind(**each))
        except TypeError:
            msg = f"{field} lacks {names[0]}: give {names[0]}"
            raise InvalidInputError(msg, field=field) from None
        except InvalidInputError as error:
            put_into(field, error)
            raise
    return tuple(found)
