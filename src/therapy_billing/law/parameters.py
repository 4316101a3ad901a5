"""Numbers that the law sets, each with its dates and its own citation."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.toml_files import (
    TEXT,
    Form,
    Key,
    TomlFile,
    TomlReader,
    choice_form,
    day_form,
    read_toml_files,
    tables_form,
)
from therapy_billing.base.validation import checked, require_path, require_text, require_type
from therapy_billing.base.wording import unknown_name
from therapy_billing.law.sources import Source, Verification, parse_source
from therapy_billing.law.timeline import Timeline

__all__ = ["BUNDLED", "Parameter", "Parameters", "faults_of_series", "load_parameter"]

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
    "telehealth_disciplines",
    "verbal_order_signature_days",
)
"""The series in the library's data. All of them are for Medicare."""


@attrs.frozen(field_transformer=checked)
class Parameter:
    """
    A number that the law sets for a period.

    Args:
        amount: The number, exact.
        unit: Its unit, such as ``USD per RVU``.
        source: Where it comes from, and how that was checked.
    """

    amount: Decimal
    unit: str
    source: Source


def _copied(
    series: Mapping[str, Timeline[Parameter]],
) -> Mapping[str, Timeline[Parameter]]:
    require_type(series, Mapping, "series")
    for name, values in series.items():
        require_text(name, "series")
        if name not in SERIES:
            raise InvalidInputError(unknown_name("series", name, SERIES), field="series")
        require_type(values, Timeline, f"series[{name!r}]")
        for _, value in values.entries:
            require_type(value, Parameter, f"series[{name!r}]")
    return dict(series)


@attrs.frozen
class Parameters:
    """
    The numbers that the law sets, by name: those in the library's data, and optionally your own.

    Args:
        series: Your own series by name, such as ``kx_threshold``. Each replaces the library's series of that name.
    """

    _dict_fields = ("series=_series",)

    _series: Mapping[str, Timeline[Parameter]] = attrs.field(
        factory=dict, converter=_copied, repr=False, hash=False
    )

    @classmethod
    def from_folder(cls, folder: str | os.PathLike[str]) -> Parameters:
        """
        Return the numbers in the library's data, continued by the TOML files in *folder*.

        A file has the name of the series that it continues, such as ``kx_threshold.toml``, and the same format as
        the library's files: ``unit``, ``known_through``, optionally ``description``, and one ``[[value]]`` for each
        first day, with ``from``, ``amount``, ``source``, and ``verified``, and optionally ``url`` and ``dated``.
        Before the first day in the file, the library's values apply.

        Raises:
            InvalidInputError: If the folder has no TOML file.
            ExceptionGroup: Of FileFormatError, one for each fault in any file, with its line.
        """
        where = require_path(folder, "folder")
        paths = sorted(Path(where).glob("*.toml"))
        if not paths:
            msg = f"{where} has no parameter file such as kx_threshold.toml"
            raise InvalidInputError(msg, field="folder")
        series = read_toml_files(paths, _own_series, f"bad parameter files in {where}")
        return cls(dict(zip((path.stem for path in paths), series, strict=True)))

    def series(self, name: str) -> Timeline[Parameter]:
        """Return the values of *name*, such as ``kx_threshold``."""
        require_text(name, "name")
        own = self._series.get(name)
        if own is None and name not in SERIES:
            raise InvalidInputError(unknown_name("series", name, SERIES), field="name")
        return load_parameter(f"medicare/{name}") if own is None else own

    def on(self, name: str, date_of_service: date) -> Parameter:
        """
        Return the value of *name* on *date_of_service*.

        Raises:
            NotPublishedError: If the data has no value for that day.

        >>> BUNDLED.on("kx_threshold", date(2026, 3, 2)).amount
        Decimal('2480.00')
        """
        return self.series(name).on(date_of_service)

    def count(self, name: str, date_of_service: date) -> int:
        """
        Return the value of *name* on *date_of_service* as a whole number, such as a number of days.

        Raises:
            InvalidInputError: If it is not a whole number from 1 to 9999.
            NotPublishedError: If the data has no value for that day.

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


_LARGEST = 1_000_000
_MOST_FRACTION = 2
_MOST_COUNT = 9999

BUNDLED = Parameters()
"""The numbers in the library's data."""


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
                    source=parse_source({**row, "title": row["source"]}),
                ),
            )
            for row in table["value"]
        ),
        # Limits in a CMS manual apply until the manual changes, so no source names their last day.
        known_through=table.get("known_through", date.max),
    )


def _read_amount(value: Decimal | int) -> Decimal:
    amount = Decimal(value)
    if not amount.is_finite() or amount < 0:
        msg = "an amount must be zero or more"
        raise InvalidInputError(msg)
    return amount


_SERIES_FORMS: Mapping[str, Form] = {
    "description": TEXT,
    "unit": TEXT,
    "known_through": day_form("known_through"),
    "value": tables_form("value"),
}
_VALUE_FORMS: Mapping[str, Form] = {
    "from": day_form("from"),
    "amount": ((Decimal, int), "a number such as 2480.00 belongs here", _read_amount),
    "source": TEXT,
    "url": TEXT,
    "dated": TEXT,
    "verified": choice_form(Verification),
}


def _own_series(file: TomlFile) -> Timeline[Parameter]:
    """Return the values of a user's file, after the library's earlier values."""
    name = Path(file.path).stem
    if name not in SERIES:
        raise FileFormatError(unknown_name("series", name, SERIES), file.path)
    bundled = load_parameter(f"medicare/{name}")
    reader = TomlReader(file)
    reader.require(file.table, ("unit", "known_through", "value"))
    table = _read_series(file, bundled.entries[0][1].unit, reader)
    if file.table.get("value") == []:
        reader.fault(("value",), "at least one [[value]] table belongs here")
    _check_days(table, bundled.known_through, reader)
    reader.refuse("bad parameters")
    own = _timeline(name, table)
    first = table["value"][0]["from"]
    earlier = [entry for entry in bundled.entries if entry[0] is None or entry[0] < first]
    return attrs.evolve(own, entries=(*earlier, *own.entries))


def _read_series(file: TomlFile, unit: str, reader: TomlReader) -> dict[str, Any]:
    """Return the terms of a file with values in *unit*."""
    table = reader.terms(file.table, _SERIES_FORMS)
    if "unit" in table and table["unit"].split(" ")[0] != unit.split(" ", maxsplit=1)[0]:
        reader.fault(("unit",), f"the unit must be '{unit}'")
    table["value"] = [
        _own_value(row, ("value", number), unit, reader)
        for number, row in enumerate(table.get("value", []))
    ]
    return table


def faults_of_series(file: TomlFile, name: str) -> list[FileFormatError]:
    """Return what is wrong with the file of a data pack that adds to the series *name*."""
    if name not in SERIES:
        return [FileFormatError(unknown_name("series", name, SERIES), file.path)]
    own = tomllib.loads(read_library_text(f"parameters/medicare/{name}.toml"))
    reader = TomlReader(file)
    _read_series(file, own["unit"], reader)
    return reader.errors()


def _own_value(row: Mapping[str, Any], at: Key, unit: str, reader: TomlReader) -> dict[str, Any]:
    """Return the terms of a ``[[value]]`` table."""
    reader.require(row, ("from", "amount", "source", "verified"), at=at)
    terms = reader.terms(row, _VALUE_FORMS, at=at)
    if unit.startswith("fraction") and terms.get("amount", 0) > _MOST_FRACTION:
        reader.fault(
            (*at, "amount"), "a fraction belongs here, not a percentage: write 20 % as 0.20"
        )
    if unit.startswith("USD") and not 0 < terms.get("amount", 1) <= _LARGEST:
        reader.fault((*at, "amount"), f"dollars must be more than 0, and at most {_LARGEST:,}")
    if (
        not unit.startswith(("USD", "fraction"))
        and "amount" in terms
        and not _is_count(terms["amount"])
    ):
        reason = f"a whole number of {unit} from 1 to {_MOST_COUNT} belongs here"
        reader.fault((*at, "amount"), reason)
    return terms


def _check_days(table: Mapping[str, Any], bundled_through: date, reader: TomlReader) -> None:
    """Check that the values are in order and follow the library's values without a gap."""
    days = [
        (day, ("value", number, "from"))
        for number, row in enumerate(table["value"])
        if (day := row.get("from")) is not None
    ]
    for (earlier, _), (later, at) in pairwise(days):
        if later <= earlier:
            reader.fault(at, f"must be after {earlier}, the first day of the previous [[value]]")
    if not days:
        return
    first, at = days[0]
    if (first - bundled_through).days > 1:
        reason = (
            f"the library's values end on {bundled_through}: the first value must begin on the next day "
            "or earlier"
        )
        reader.fault(at, reason)
    if table.get("known_through", date.max) < first:
        reader.fault(
            ("known_through",), f"must not be before {first}, the first day of the first [[value]]"
        )
