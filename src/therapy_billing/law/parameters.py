"""Dated numbers that law or a payer sets, each with its own citation."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.validation import checked, require_path, require_text, require_type
from therapy_billing.law.sources import Source, Verification
from therapy_billing.law.timeline import Timeline

__all__ = ["BUNDLED", "Parameter", "Parameters", "load_parameter"]

SERIES = (
    "assistant_de_minimis",
    "assistant_payment",
    "certification_days",
    "certification_signature_days",
    "claim_line_modifiers",
    "coinsurance",
    "conversion_factors",
    "conversion_factors_qualifying_apm",
    "kx_threshold",
    "limiting_charge",
    "medical_review_threshold",
    "mppr_institution",
    "mppr_office",
    "ncci_modifier_columns",
    "nonparticipating",
    "part_b_deductible",
    "plan_sent_days",
    "progress_report_delay_days",
    "progress_report_treatment_days",
    "sequestration",
    "verbal_order_signature_days",
)
"""The series that come with the library, all of Medicare."""


@attrs.frozen(field_transformer=checked)
class Parameter:
    """
    A number in force for some time.

    Args:
        amount: The number, exact.
        unit: Its unit.
        source: Where it comes from and how far that was verified.
    """

    amount: Decimal
    unit: str
    source: Source


def _copied(
    series: Mapping[str, Timeline[Parameter]],
) -> Mapping[str, Timeline[Parameter]]:
    require_type(series, Mapping, "series")
    return dict(series)


@attrs.frozen
class Parameters:
    """
    The numbers that law sets, by name: those of the library, or with a folder of the user's own.

    Args:
        series: Own series by name, such as ``kx_threshold``; they stand before the library's.
    """

    _dict_fields = ("series=_series",)

    _series: Mapping[str, Timeline[Parameter]] = attrs.field(
        factory=dict, converter=_copied, repr=False, hash=False
    )

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str]) -> Parameters:
        """
        Return the library's numbers, carried on by the TOML files of *folder*.

        A file is named as the series it carries on, such as ``kx_threshold.toml``, and has the form of
        the library's own: ``description``, ``unit``, ``known_through`` and a ``[[value]]`` for each
        first day, with ``from``, ``amount``, ``source`` and ``verified``. The library's values hold
        before the first day of the file.

        Raises:
            InvalidInputError: If the folder holds no such file.
            ExceptionGroup: Of FileFormatError, one for each file that cannot be read.
        """
        where = require_path(folder, "folder")
        series: dict[str, Timeline[Parameter]] = {}
        bad: list[FileFormatError] = []
        for path in sorted(Path(where).glob("*.toml")):
            try:
                series[path.stem] = _own_series(path)
            except FileFormatError as error:
                bad.append(error)
        if bad:
            msg = f"bad parameter files in {where}"
            raise ExceptionGroup(msg, bad)
        if not series:
            msg = f"{where} holds no parameter file such as kx_threshold.toml"
            raise InvalidInputError(msg)
        return cls(series)

    def series(self, name: str) -> Timeline[Parameter]:
        """Return the values of *name*, such as ``kx_threshold``."""
        require_text(name, "name")
        return self._series.get(name) or load_parameter(f"medicare/{name}")

    def on(self, name: str, date_of_service: date) -> Parameter:
        """
        Return the value of *name* on *date_of_service*.

        Raises:
            NotPublishedError: If it is not known on that day.

        >>> BUNDLED.on("kx_threshold", date(2026, 3, 2)).amount
        Decimal('2480.00')
        """
        return self.series(name).on(date_of_service)

    def count(self, name: str, date_of_service: date) -> int:
        """
        Return the value of *name* on *date_of_service* as a whole number, such as a number of days.

        Raises:
            InvalidInputError: If it is not a whole number from 1 to 9999.
            NotPublishedError: If it is not known on that day.

        >>> [BUNDLED.count("certification_days", date(year, 1, 1)) for year in (2007, 2008)]
        [30, 90]
        """
        amount = self.on(name, date_of_service).amount
        if not _is_count(amount):
            msg = f"{name} must be a whole number from 1 to {_MOST_COUNT}, got {amount}"
            raise InvalidInputError(msg)
        return int(amount)


def _is_count(amount: Decimal) -> bool:
    return 1 <= amount <= _MOST_COUNT and amount == amount.to_integral_value()


_MOST_FRACTION = 2
_MOST_COUNT = 9999

BUNDLED = Parameters()
"""The numbers that come with the library."""


@cache
def load_parameter(name: str) -> Timeline[Parameter]:
    """
    Return the values of the series *name*, such as ``medicare/conversion_factors``.

    >>> from datetime import date
    >>> load_parameter("medicare/conversion_factors").on(date(2024, 3, 9)).amount
    Decimal('33.2875')
    """
    table = read_toml(f"parameters/{name}.toml", parse_float=Decimal)
    return _timeline(name.rpartition("/")[2], table)


def _timeline(name: str, table: dict[str, Any]) -> Timeline[Parameter]:
    return Timeline(
        subject=name.replace("_", " "),
        entries=tuple(
            (
                row.get("from"),
                Parameter(
                    amount=Decimal(row["amount"]),
                    unit=table["unit"],
                    source=Source(row["source"], "", "", Verification(row["verified"])),
                ),
            )
            for row in table["value"]
        ),
        # A manual's limits hold until it changes: no source names their last day.
        known_through=table.get("known_through", date.max),
    )


def _own_series(path: Path) -> Timeline[Parameter]:
    """Read a user's file, and put the library's earlier values before its own."""
    where = os.fspath(path)
    if path.stem not in SERIES:
        msg = f"not a series known here: {', '.join(SERIES)}"
        raise FileFormatError(msg, where)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"no TOML: {error}"
        raise FileFormatError(msg, where) from None
    rows = table.get("value")
    if not isinstance(rows, list) or not rows:
        raise FileFormatError("at least one [[value]] belongs here", where)
    rows = [_with_decimal(row) for row in rows]
    table = {**table, "value": rows}
    _typed(table, {"unit": str, "known_through": date}, where)
    bundled = load_parameter(f"medicare/{path.stem}")
    unit = bundled.entries[0][1].unit
    if table["unit"].split(" ")[0] != unit.split(" ")[0]:
        msg = f"the unit is '{unit}'"
        raise FileFormatError(msg, where, None, "unit")
    for number, row in enumerate(rows, start=1):
        _check_row(row, unit, where, f"value {number}")
    own_first = min(row["from"] for row in rows)
    if (own_first - bundled.known_through).days > 1:
        msg = (
            f"the library's values end on {bundled.known_through}: the first value of the file begins "
            "the day after, or earlier"
        )
        raise FileFormatError(msg, where, None, "from")
    earlier = [entry for entry in bundled.entries if entry[0] is None or entry[0] < own_first]
    try:
        own = _timeline(path.stem, table)
    except InvalidInputError as error:
        raise FileFormatError(str(error), where) from None
    if own.known_through < own_first:
        raise FileFormatError(
            "known_through is before the first value", where, None, "known_through"
        )
    return attrs.evolve(own, entries=(*earlier, *own.entries))


def _with_decimal(row: object) -> object:
    """Return *row* with a whole amount as a Decimal, as other amounts are."""
    if isinstance(row, dict) and type(row.get("amount")) is int:
        return {**row, "amount": Decimal(row["amount"])}
    return row


def _check_row(row: object, unit: str, where: str, place: str) -> None:
    kinds = {"from": date, "amount": Decimal, "source": str, "verified": str}
    _typed(row, kinds, where, f"{place}, ")
    values: dict[str, Any] = row if isinstance(row, dict) else {}
    amount = values["amount"]
    if not amount.is_finite() or amount < 0:
        raise FileFormatError("an amount is not below zero", where, None, place)
    if unit.startswith("fraction") and amount > _MOST_FRACTION:
        raise FileFormatError("20 % is written 0.20 here", where, None, f"{place}, amount")
    if not unit.startswith(("USD", "fraction")) and not _is_count(amount):
        msg = f"a whole number of {unit} from 1 to {_MOST_COUNT} belongs here"
        raise FileFormatError(msg, where, None, f"{place}, amount")
    words = [word.value for word in Verification]
    if values["verified"] not in words:
        msg = f"verified is one of {', '.join(words)}"
        raise FileFormatError(msg, where, None, f"{place}, verified")


def _typed(row: object, kinds: Mapping[str, type], where: str, place: str = "") -> None:
    """See that *row* holds each key of *kinds* as a value of that kind."""
    for key, kind in kinds.items():
        value = row.get(key) if isinstance(row, dict) else None
        if type(value) is not kind:
            wanted = {
                str: "a text",
                date: "a day such as 2027-01-01",
                Decimal: "a number such as 2480.00",
            }
            msg = f"{wanted[kind]} belongs here"
            raise FileFormatError(msg, where, None, f"{place}{key}")
