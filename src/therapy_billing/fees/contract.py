"""
Contracts: what an agreement with a payer says of money, made in code or read from a TOML file.

A file is read whole before anything is refused: every bad key is one problem with its line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.toml_files import (
    FLAG,
    Form,
    TomlReader,
    day_form,
    read_term,
    read_toml_file,
    unknown_key,
)
from therapy_billing.base.validation import checked
from therapy_billing.codes.code_book import parse_code
from therapy_billing.codes.dollars_by_code import parse_dollars_by_code

__all__ = ["Contract"]

_BASES = ("rates", "percent_of_medicare", "per_visit")
# No contract pays less than a tenth of Medicare: a smaller number is a factor, 1.10 for 110 %.
_LEAST_PERCENT = 10
_MOST_PERCENT = 1000
_PLAIN = re.compile(r"[0-9]+(\.[0-9]*)?")
_NO_PERCENT = (
    f"percent_of_medicare must be a Decimal, text, or whole number from {_LEAST_PERCENT} to "
    f"{_MOST_PERCENT}, such as 110 for 110 %, got {{}}"
)


def _name(value: str) -> str:
    given: object = value
    if not isinstance(given, str) or not given.strip():
        msg = f"name is what the contract is called, such as 'Blue PPO', not {safe_repr(given)}"
        raise InvalidInputError(msg)
    return given.strip()


def _rates(value: Mapping[str, Decimal | str | int], *, what: str = "rates") -> dict[str, Usd]:
    return parse_dollars_by_code(value, what)


def _percent(value: Decimal | str | int | None) -> Decimal | None:
    return None if value is None else _parse_percent(value)


def _parse_percent(value: object) -> Decimal:
    if isinstance(value, Decimal | str | int) and not isinstance(value, bool):
        plain = not isinstance(value, str) or _PLAIN.fullmatch(value.strip())
        percent = Decimal(value) if plain else Decimal(0)
        if percent.is_finite() and _LEAST_PERCENT <= percent <= _MOST_PERCENT:
            return percent
        if percent.is_finite() and 0 < percent < _LEAST_PERCENT:
            msg = f"percent_of_medicare is a percent: write 110 for 110 %, got {percent}"
            raise InvalidInputError(msg)
    raise InvalidInputError(_NO_PERCENT.format(safe_repr(value)))


def _per_visit(value: Decimal | str | int | None) -> Usd | None:
    return None if value is None else _usd(value, "per_visit")


def _per_day_maximum(value: Decimal | str | int | None) -> Usd | None:
    return None if value is None else _usd(value, "per_day_maximum")


def _usd(value: object, what: str) -> Usd:
    try:
        return parse_usd(value)
    except InvalidInputError as error:
        msg = f"{what}: {error}"
        raise InvalidInputError(msg) from None


def _effective_from(value: date | str | None) -> date | None:
    return None if value is None else parse_date(value, what="effective_from")


def _effective_through(value: date | str | None) -> date | None:
    return None if value is None else parse_date(value, what="effective_through")


def _conflicts(
    given: Collection[str], first: date | None, last: date | None
) -> Iterator[tuple[str | None, str]]:
    """Yield what the terms that are *given* leave open or contradict, each with the term at fault."""
    bases = [name for name in given if name in _BASES]
    if len(bases) != 1:
        names = " and ".join(bases) or "none"
        reason = f"a contract names one of rates, percent_of_medicare and per_visit, not {names}"
        yield bases[1] if bases else None, reason
    if "mppr" in given and "percent_of_medicare" not in given:
        yield "mppr", "mppr belongs to percent_of_medicare: no other basis has Medicare's reduction"
    if first is not None and last is not None and last < first:
        yield "effective_through", f"effective_through {last} is before effective_from {first}"


@attrs.frozen(repr=False, field_transformer=checked)
class Contract:
    """
    What a payer's contract says of money.

    It names one basis: *rates*, *percent_of_medicare* or *per_visit*.

    Args:
        name: What it is called in results.
        effective_from: First date of service it is for; None without a limit.
        effective_through: Last date of service it is for; None without a limit.
        rates: Dollars of one unit by code; empty with another basis.
        percent_of_medicare: Percentage of Medicare's amount, 10 to 1000: 110 for 110 %. A smaller number is
            refused, as it is most likely a factor (1.10).
        per_visit: Dollars of the patient's day, whatever is billed.
        per_day_maximum: Most dollars of the patient's day; None without a limit.
        lesser_of_charge: Whether the lesser of charge and fee is allowed.
        mppr: Whether Medicare's multiple procedure payment reduction applies; only with
            *percent_of_medicare*.

    Raises:
        InvalidInputError: If there is no basis or more than one, or a term makes no sense.

    >>> Contract("Blue PPO", rates={"97110": "35.00"}, per_day_maximum="100").per_day_maximum
    Decimal('100.00')
    """

    name: str = attrs.field(converter=_name)
    effective_from: date | None = attrs.field(default=None, converter=_effective_from, kw_only=True)
    effective_through: date | None = attrs.field(
        default=None, converter=_effective_through, kw_only=True
    )
    _rates: Mapping[str, Usd] = attrs.field(
        factory=dict, converter=_rates, hash=False, kw_only=True
    )
    percent_of_medicare: Decimal | None = attrs.field(
        default=None, converter=_percent, kw_only=True
    )
    per_visit: Usd | None = attrs.field(default=None, converter=_per_visit, kw_only=True)
    per_day_maximum: Usd | None = attrs.field(
        default=None, converter=_per_day_maximum, kw_only=True
    )
    lesser_of_charge: bool = attrs.field(default=False, kw_only=True)
    mppr: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        given = [name for name, _ in self._terms()]
        fault = next(_conflicts(given, self.effective_from, self.effective_through), None)
        if fault is not None:
            field, reason = fault
            raise InvalidInputError(reason, field=field)

    def __repr__(self) -> str:
        return f"Contract({', '.join(f'{name}={value!r}' for name, value in self._terms())})"

    @property
    def rates(self) -> Mapping[str, Usd]:
        """Dollars of one unit by code; they cannot be changed."""
        return MappingProxyType(self._rates)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Contract:
        """
        Return the contract that a TOML file holds, its keys named as the arguments are.

        Amounts are numbers or texts, days are dates or texts; the rates are a table at the end::

            name = "Blue PPO"
            effective_from = 2026-01-01
            lesser_of_charge = true

            [rates]
            97110 = 35.00
            97530 = 41.50

        Args:
            path: The file, in UTF-8.

        Raises:
            FileFormatError: If the file is not UTF-8 or not valid TOML.
            ExceptionGroup: Of FileFormatError, one for each bad key, with its line.
            OSError: If the file cannot be read.
        """
        reader = TomlReader(read_toml_file(path))
        terms = _read(reader)
        reader.refuse("bad terms")
        return cls(**terms)

    def _terms(self) -> Iterator[tuple[str, object]]:
        """Yield the terms that say something, by the names of the arguments."""
        for field in attrs.fields(Contract):
            value = getattr(self, field.name)
            if value:
                yield field.alias or field.name, value


_TERMS: Mapping[str, Form] = {
    "name": ((str,), "a text such as 'Blue PPO' belongs here", _name),
    "effective_from": day_form("effective_from"),
    "effective_through": day_form("effective_through"),
    "rates": ((dict,), "a table of codes and dollars belongs here, such as 97110 = 35.00", dict),
    "percent_of_medicare": (
        (Decimal, int, str),
        "a number such as 110 for 110 % belongs here",
        _parse_percent,
    ),
    "per_visit": ((Decimal, int, str), "dollars such as 95.00 belong here", parse_usd),
    "per_day_maximum": ((Decimal, int, str), "dollars such as 95.00 belong here", parse_usd),
    "lesser_of_charge": FLAG,
    "mppr": FLAG,
}
_RATE: Form = ((Decimal, int, str), "dollars such as 35.00 belong here", parse_usd)


def _read(reader: TomlReader) -> dict[str, Any]:
    """Return the terms of the file; *reader* keeps everything that is wrong with it."""
    table = reader.file.table
    terms = reader.terms(table, _TERMS, unknown=_unknown)
    if "rates" in terms:
        terms["rates"] = _read_rates(terms["rates"], reader)
    if "name" not in table:
        reader.fault(("name",), "missing; a contract has a name")
    given = [key for key in table if key in _BASES or terms.get(key)]
    first, last = terms.get("effective_from"), terms.get("effective_through")
    for key, why in _conflicts(given, first, last):
        reader.fault((key,) if key else (), why)
    return terms


def _read_rates(table: Mapping[str, Any], reader: TomlReader) -> dict[str, object]:
    rates: dict[str, object] = {}
    codes: set[str] = set()
    for key, value in table.items():
        at = ("rates", key)
        if key in _TERMS:
            reader.fault(at, "a term of the contract, not a code; write it above [rates]")
            continue
        try:
            code = parse_code(key)
            if code in codes:
                reader.fault(at, f"{code} has a rate already")
            codes.add(code)
            rates[code] = read_term(value, _RATE)
        except InvalidInputError as error:
            reader.fault(at, str(error))
    if not table:
        reader.fault(("rates",), "empty; at least one rate such as 97110 = 35.00 belongs here")
    return rates


def _unknown(key: str) -> str:
    try:
        parse_code(key)
    except InvalidInputError:
        return unknown_key(key, _TERMS)
    return "a code; its rate belongs below a line [rates]"
