"""
Contracts with payers: payment terms given in code or read from a TOML file.

The whole file is read before an error is raised, so every bad key is reported with its line.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import Usd, parse_number, parse_usd
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
# A number below 10 is most likely a factor, such as 1.10 for 110 %, so it is an error.
_LEAST_PERCENT = 10
_MOST_PERCENT = 1000
_NO_PERCENT = (
    f"percent_of_medicare must be a Decimal, string, or whole number from {_LEAST_PERCENT} to "
    f"{_MOST_PERCENT}, such as 110 for 110 %, got {{}}"
)


def _name(value: str) -> str:
    given: object = value
    if not isinstance(given, str) or not given.strip():
        msg = f"name must be the name of the contract, such as 'Blue PPO', got {safe_repr(given)}"
        raise InvalidInputError(msg)
    return given.strip()


def _rates(value: Mapping[str, Decimal | str | int], *, what: str = "rates") -> dict[str, Usd]:
    return parse_dollars_by_code(value, what)


def _percent(value: Decimal | str | int | None) -> Decimal | None:
    return None if value is None else _parse_percent(value)


def _parse_percent(value: object) -> Decimal:
    percent = parse_number(value)
    if percent is not None:
        if _LEAST_PERCENT <= percent <= _MOST_PERCENT:
            return percent
        if 0 < percent < _LEAST_PERCENT:
            msg = f"percent_of_medicare must be a percentage: use 110 for 110 %, got {percent}"
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
    """Yield the conflicts among the terms that are *given*, each as the term at fault and the reason."""
    bases = [name for name in given if name in _BASES]
    if len(bases) != 1:
        names = " and ".join(bases) or "none"
        reason = f"give exactly one of rates, percent_of_medicare, and per_visit, got {names}"
        yield bases[1] if bases else None, reason
    if "mppr" in given and "percent_of_medicare" not in given:
        yield "mppr", "mppr needs percent_of_medicare: rates and per_visit have no MPPR amounts"
    if first is not None and last is not None and last < first:
        yield "effective_through", f"effective_through {last} is before effective_from {first}"


@attrs.frozen(repr=False, field_transformer=checked)
class Contract:
    """
    The payment terms of a contract with a payer.

    Give exactly one of *rates*, *percent_of_medicare*, and *per_visit*.

    Args:
        name: The name of the contract, as shown in results.
        effective_from: The first date of service; None if there is no first date.
        effective_through: The last date of service; None if there is no last date.
        rates: Dollars for one unit, by code.
        percent_of_medicare: The percentage of Medicare's amount, from 10 to 1000, such as 110 for 110 %. A
            number below 10 is an error, because it is most likely a factor, such as 1.10.
        per_visit: Dollars allowed for a patient's day, no matter which codes are billed.
        per_day_maximum: The most dollars allowed for a patient's day; None if there is no maximum.
        lesser_of_charge: Whether the contract allows the lesser of the charge and its own amount.
        mppr: Whether Medicare's multiple procedure payment reduction applies; only with
            *percent_of_medicare*.

    Raises:
        InvalidInputError: If none or more than one of the three is given, or a term is not valid.

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
        """Dollars for one unit, by code, as a read-only mapping."""
        return MappingProxyType(self._rates)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Contract:
        """
        Read a contract from a TOML file. The keys of the file are the names of the arguments.

        An amount may be a number or a string. A date may be a TOML date or a string. Put
        the table of rates last::

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
            ExceptionGroup: With one FileFormatError for each bad key, with its line.
            OSError: If the file cannot be read.
        """
        reader = TomlReader(read_toml_file(path))
        terms = _read(reader)
        reader.refuse("bad terms")
        return cls(**terms)

    def _terms(self) -> Iterator[tuple[str, object]]:
        """Yield the terms that are set, with the names of the arguments."""
        for field in attrs.fields(Contract):
            value = getattr(self, field.name)
            if value:
                yield field.alias or field.name, value


_TERMS: Mapping[str, Form] = {
    "name": ((str,), "must be a string such as 'Blue PPO'", _name),
    "effective_from": day_form("effective_from"),
    "effective_through": day_form("effective_through"),
    "rates": ((dict,), "must be a table of codes and dollars, such as 97110 = 35.00", dict),
    "percent_of_medicare": (
        (Decimal, int, str),
        "must be a number such as 110 for 110 %",
        _parse_percent,
    ),
    "per_visit": ((Decimal, int, str), "must be dollars such as 95.00", parse_usd),
    "per_day_maximum": ((Decimal, int, str), "must be dollars such as 95.00", parse_usd),
    "lesser_of_charge": FLAG,
    "mppr": FLAG,
}
_RATE: Form = ((Decimal, int, str), "must be dollars such as 35.00", parse_usd)


def _read(reader: TomlReader) -> dict[str, Any]:
    """Return the terms of the file, and report every fault to *reader*."""
    table = reader.file.table
    terms = reader.terms(table, _TERMS, unknown=_unknown)
    if "rates" in terms:
        terms["rates"] = _read_rates(terms["rates"], reader)
    if "name" not in table:
        reader.fault(("name",), "missing: give the name of the contract")
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
            reader.fault(at, "this is a term of the contract, not a code: write it above [rates]")
            continue
        try:
            code = parse_code(key)
            if code in codes:
                reader.fault(at, f"{code} already has a rate: give one rate per code")
            codes.add(code)
            rates[code] = read_term(value, _RATE)
        except InvalidInputError as error:
            reader.fault(at, str(error))
    if not table:
        reader.fault(("rates",), "empty: give at least one rate, such as 97110 = 35.00")
    return rates


def _unknown(key: str) -> str:
    try:
        parse_code(key)
    except InvalidInputError:
        return unknown_key(key, _TERMS)
    return "this is a code: write its rate below [rates]"
