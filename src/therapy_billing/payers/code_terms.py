"""How a payer counts one code or a set of codes, where it differs from how it counts other codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import checked, parse_whole
from therapy_billing.base.wording import counted, listed
from therapy_billing.codes.code_book import load_codes
from therapy_billing.payers.caps import Cap, parse_codes_once, records_of
from therapy_billing.payers.methods import UnitMethod, parse_method

__all__ = ["CodeTerms", "parse_code_terms"]

_LONGEST_UNIT = 240


def _codes(value: Iterable[str] | str) -> tuple[str, ...]:
    codes = parse_codes_once(value, "codes")
    if not codes:
        msg = "codes is empty: give at least one code"
        raise InvalidInputError(msg, field="codes")
    return codes


def _minutes(value: int | None, *, what: str = "unit_minutes") -> int | None:
    return None if value is None else parse_whole(value, what, 1, _LONGEST_UNIT)


def _units(value: int | None) -> int | None:
    return None if value is None else parse_whole(value, "max_per_day")


def _method(value: UnitMethod | str | None) -> UnitMethod | None:
    return None if value is None else parse_method(value)


@attrs.frozen(field_transformer=checked)
class CodeTerms:
    """
    How a payer counts one code or a set of codes. None in a field means that the code is counted as usual.

    Args:
        codes: The code, or the codes. They may be untimed codes.
        unit_minutes: Minutes of one unit. An untimed code then makes units from its documented minutes.
        method: How the minutes of these codes become units. None uses the payer's method.
        minimum_minutes: The fewest minutes of a partial unit that make a unit. Each of the codes is then counted by
            itself, and not in the day's total of the eight-minute rule.
        max_per_day: The maximum units of these codes per day, for all of them together.

    Raises:
        InvalidInputError: If nothing but the codes is given, a code is listed twice, a number is out of range, or an untimed
            code has a method or minimum without ``unit_minutes``.

    >>> CodeTerms("92507", unit_minutes=15, max_per_day=4).words
    '92507: units of 15 minutes, at most 4 units per day'
    """

    codes: tuple[str, ...] = attrs.field(converter=_codes)
    unit_minutes: int | None = attrs.field(default=None, converter=_minutes, kw_only=True)
    method: UnitMethod | None = attrs.field(default=None, converter=_method, kw_only=True)
    minimum_minutes: int | None = attrs.field(default=None, converter=_minutes, kw_only=True)
    max_per_day: int | None = attrs.field(default=None, converter=_units, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.sets_time and self.max_per_day is None:
            msg = "give unit_minutes, method, minimum_minutes, or max_per_day for the codes"
            raise InvalidInputError(msg, field="codes")
        book = load_codes()
        untimed = [code for code in self.codes if code in book and not book[code].timed]
        if self.sets_time and self.unit_minutes is None and untimed:
            msg = f"{untimed[0]} is untimed: give unit_minutes, so that its minutes make units"
            raise InvalidInputError(msg, field="unit_minutes", code=untimed[0])
        fewest, unit = self.minimum_minutes, self.unit_minutes
        if fewest is not None and unit is not None and fewest > unit:
            msg = f"minimum_minutes must be at most unit_minutes, which is {unit}, got {fewest}"
            raise InvalidInputError(msg, field="minimum_minutes")

    @property
    def sets_time(self) -> bool:
        """Whether the terms say how minutes become units."""
        return (self.unit_minutes, self.method, self.minimum_minutes) != (None, None, None)

    @property
    def words(self) -> str:
        """The terms in words."""
        terms = []
        if self.unit_minutes is not None:
            terms.append(f"units of {counted(self.unit_minutes, 'minute')}")
        if self.method is not None:
            terms.append(self.method.value)
        if self.minimum_minutes is not None:
            terms.append(f"{counted(self.minimum_minutes, 'minute')} for a partial unit")
        if self.max_per_day is not None:
            terms.append(f"at most {counted(self.max_per_day, 'unit')} per day")
        return f"{listed(self.codes)}: {', '.join(terms)}"

    @property
    def cap(self) -> Cap | None:
        """The cap for ``max_per_day``; None if there is none."""
        if self.max_per_day is None:
            return None
        return Cap(self.max_per_day, codes=self.codes)


def parse_code_terms(value: Iterable[CodeTerms | Mapping[str, Any]]) -> tuple[CodeTerms, ...]:
    """
    Return the terms of codes, each of which may be given as a mapping of its arguments.

    Raises:
        InvalidInputError: If an item is not valid, or two items have the same code.

    >>> [terms.codes for terms in parse_code_terms([{"codes": "92507", "unit_minutes": 15}])]
    [('92507',)]
    """
    terms = records_of(value, CodeTerms, "code_terms")
    seen: set[str] = set()
    for index, each in enumerate(terms):
        twice = seen.intersection(each.codes)
        if twice:
            code = min(twice)
            msg = f"code_terms has {code} twice: give the terms of each code once"
            raise InvalidInputError(msg, field=f"code_terms[{index}]", code=code)
        seen.update(each.codes)
    return terms
