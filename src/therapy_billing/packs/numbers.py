"""
The numbers that no download contains, such as the KX threshold and the deductible: a form, and its reader.

The form is a TOML file::

    gpci_from = 2027-04-01            # optional: the first day of a GPCI file that changes within a year

    [[number]]
    series = "kx_threshold"
    from = 2027-01-01
    amount = 2550.00
    source = "CMS, therapy services page"
    verified = "official"             # optional; unverified by default
    url = "https://www.cms.gov/..."   # optional; letters cite only sources with an address and a date
    dated = "CY 2027"                 # optional

    [[extract]]                       # optional: a file of edits with only some codes
    file = "mue_extract.csv"
    codes = ["97110", "97530"]
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.toml_files import (
    TEXT,
    Form,
    Key,
    TomlReader,
    choice_form,
    day_form,
    read_toml_file,
    tables_form,
)
from therapy_billing.base.validation import checked
from therapy_billing.base.wording import unknown_name
from therapy_billing.codes.code_book import parse_codes
from therapy_billing.law.parameters import SERIES, load_parameter
from therapy_billing.law.sources import Verification
from therapy_billing.packs.manifest import sha256_of
from therapy_billing.packs.releases import LEAST_FACTOR, MOST_FACTOR

__all__ = [
    "CONVERSION_FACTORS",
    "QUALIFYING_FACTORS",
    "YEARLY_DOLLARS",
    "Extract",
    "MissingNumber",
    "MissingNumbersError",
    "Number",
    "Numbers",
    "numbers_form",
    "read_numbers",
]

CONVERSION_FACTORS = "conversion_factors"
QUALIFYING_FACTORS = "conversion_factors_qualifying_apm"
YEARLY_DOLLARS = ("kx_threshold", "part_b_deductible")
"""The amounts that change every January, so they are never carried forward."""

_WHERE = {
    CONVERSION_FACTORS: "see the CONV FACTOR column of the PPRRVU file of the year (rvu27a.zip for 2027)",
    QUALIFYING_FACTORS: "see the CONV FACTOR column of the PPRRVU file of the year whose name has QPP",
    "kx_threshold": "see the CMS page Therapy Services, or the change request on the annual update of the thresholds",
    "part_b_deductible": "see the CMS fact sheet on Medicare Parts A and B premiums and deductibles of the year",
}
_MOST_FRACTION = 2
"""The largest fraction. The limiting charge is 1.15."""
_MOST_DOLLARS = 100_000


class MissingNumbersError(InvalidInputError):
    """
    A pack needs numbers or assumptions that were not given.

    Args:
        message: What is missing, where to look, and which assumptions can be made.
        form: A form for the numbers, in TOML, to fill in. Empty if no number is missing.
    """

    def __init__(self, message: str, form: str) -> None:
        super().__init__(message, field="numbers")
        # copy and pickle call the class with these arguments.
        self.args: tuple[Any, ...] = (message, form)
        self.form = form

    def __str__(self) -> str:
        return str(self.args[0])


@attrs.frozen(field_transformer=checked)
class Number:
    """
    A number that the law sets from a day on.

    Args:
        series: Its name, such as ``kx_threshold``.
        effective_from: The first date of service.
        amount: The number, exact.
        source: Where it was read.
        verified: How it was checked.
        url: Where to read it. May be empty.
        dated: The date or edition of the document. May be empty.
    """

    series: str
    effective_from: date
    amount: Decimal
    source: str
    verified: Verification = Verification.UNVERIFIED
    url: str = ""
    dated: str = ""


@attrs.frozen(field_transformer=checked)
class Extract:
    """
    A file of edits that has only some codes.

    Args:
        file: The name of the file, with or without the folder or archive that it is in.
        codes: The codes for which it answers.
    """

    file: str
    codes: tuple[str, ...]


@attrs.frozen(field_transformer=checked)
class Numbers:
    """
    A form that was filled in.

    Args:
        name: The name of the file.
        sha256: Its hash, in hexadecimal.
        numbers: The numbers.
        extracts: The files that have only some codes.
        gpci_from: The first day of the changes in a GPCI file that was reissued within its year. None if there is none.
    """

    name: str = ""
    sha256: str = ""
    numbers: tuple[Number, ...] = ()
    extracts: tuple[Extract, ...] = ()
    gpci_from: date | None = None

    def of_series(self, series: str) -> tuple[Number, ...]:
        """Return the numbers of one series, in order of their first days."""
        found = (number for number in self.numbers if number.series == series)
        return tuple(sorted(found, key=lambda number: number.effective_from))


@attrs.frozen
class MissingNumber:
    """A series that has no value for some days, with the day from which one is needed."""

    series: str
    effective_from: date

    @property
    def where(self) -> str:
        """Where to look for the number."""
        known = load_parameter(f"medicare/{self.series}").entries[-1][1]
        return _WHERE.get(self.series, f"the value in the data is from {known.source.title}")


def numbers_form(missing: Iterable[MissingNumber], through: date) -> str:
    """
    Return an empty form for the *missing* numbers: valid TOML, with each table as a comment.

    >>> print(numbers_form([MissingNumber("kx_threshold", date(2027, 1, 1))], date(2027, 12, 31)))
    # Numbers for a data pack through 2027-12-31.
    # For each number: remove the "# " in front of the lines of its table, and fill in the amount and its source.
    # verified: official, secondary, data-file, derived, or unverified.
    <BLANKLINE>
    # kx_threshold, in USD: see the CMS page Therapy Services, or the change request on the annual update of the thresholds
    # The amount in the data from 2026-01-01: 2480.00
    # [[number]]
    # series = "kx_threshold"
    # from = 2027-01-01
    # amount =
    # source = ""
    # verified = "unverified"
    <BLANKLINE>
    """
    *kinds, last = (kind.value for kind in Verification)
    lines = [
        f"# Numbers for a data pack through {through}.",
        '# For each number: remove the "# " in front of the lines of its table, and fill in the amount and its source.',
        f"# verified: {', '.join(kinds)}, or {last}.",
        "",
    ]
    for number in missing:
        first, known = load_parameter(f"medicare/{number.series}").entries[-1]
        lines += [
            f"# {number.series}, in {known.unit}: {number.where}",
            f"# The amount in the data from {first}: {known.amount}",
            "# [[number]]",
            f'# series = "{number.series}"',
            f"# from = {number.effective_from}",
            "# amount =",
            '# source = ""',
            '# verified = "unverified"',
            "",
        ]
    return "\n".join(lines)


def _read_amount(value: Decimal | int) -> Decimal:
    amount = Decimal(value)
    if not amount.is_finite() or amount < 0:
        msg = "an amount must be zero or more"
        raise InvalidInputError(msg)
    return amount


def _read_series(value: str) -> str:
    if value not in SERIES:
        raise InvalidInputError(unknown_name("series", value, SERIES))
    return value


_TOP_FORMS: Mapping[str, Form] = {
    "gpci_from": day_form("gpci_from"),
    "number": tables_form("number"),
    "extract": tables_form("extract"),
}
_NUMBER_FORMS: Mapping[str, Form] = {
    "series": ((str,), "the name of a series such as kx_threshold belongs here", _read_series),
    "from": day_form("from"),
    "amount": ((Decimal, int), "a number such as 2480.00 belongs here", _read_amount),
    "source": TEXT,
    "verified": choice_form(Verification),
    "url": TEXT,
    "dated": TEXT,
}
_NOT_NEEDED = ("verified", "url", "dated")
_EXTRACT_FORMS: Mapping[str, Form] = {
    "file": TEXT,
    "codes": ((list,), 'a list of codes such as ["97110"] belongs here', parse_codes),
}


def read_numbers(path: str | os.PathLike[str]) -> Numbers:
    """
    Read a form that was filled in.

    Args:
        path: The file, in UTF-8.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault, with its line.
        FileFormatError: If the file is not UTF-8 or not valid TOML.
        OSError: If it cannot be read.
    """
    from pathlib import Path  # noqa: PLC0415 - only user files need it

    reader = TomlReader(read_toml_file(path))
    terms = reader.terms(reader.file.table, _TOP_FORMS)
    seen: set[tuple[str, date]] = set()
    numbers = [
        _number(row, ("number", index), seen, reader)
        for index, row in enumerate(terms.get("number", []))
    ]
    extracts = []
    for index, row in enumerate(terms.get("extract", [])):
        reader.require(row, _EXTRACT_FORMS, at=("extract", index))
        extracts.append(reader.terms(row, _EXTRACT_FORMS, at=("extract", index)))
    reader.refuse("bad numbers")
    found = [number for number in numbers if number is not None]
    where = Path(reader.file.path)
    return Numbers(
        name=where.name,
        sha256=sha256_of(where.read_bytes()),
        numbers=tuple(sorted(found, key=lambda number: (number.series, number.effective_from))),
        extracts=tuple(Extract(row["file"], tuple(sorted(row["codes"]))) for row in extracts),
        gpci_from=terms.get("gpci_from"),
    )


def _number(
    row: Mapping[str, Any], at: Key, seen: set[tuple[str, date]], reader: TomlReader
) -> Number | None:
    """Return the number in a table, or None if the table has a fault."""
    wanted = [key for key in _NUMBER_FORMS if key not in _NOT_NEEDED]
    reader.require(row, wanted, at=at)
    terms = reader.terms(row, _NUMBER_FORMS, at=at)
    if not all(key in terms for key in wanted):
        return None
    series, first, amount = terms["series"], terms["from"], terms["amount"]
    unit = load_parameter(f"medicare/{series}").entries[0][1].unit
    if (series, first) in seen:
        reader.fault((*at, "from"), f"{series} has two numbers from {first}")
    seen.add((series, first))
    if unit.startswith("fraction") and amount > _MOST_FRACTION:
        reason = "a fraction belongs here, not a percentage: write 20 % as 0.20"
        reader.fault((*at, "amount"), reason)
    if series in YEARLY_DOLLARS and not 0 < amount <= _MOST_DOLLARS:
        reader.fault((*at, "amount"), f"more than 0 and at most {_MOST_DOLLARS} USD belongs here")
    if (
        series in (CONVERSION_FACTORS, QUALIFYING_FACTORS)
        and not LEAST_FACTOR <= amount <= MOST_FACTOR
    ):
        reason = f"a conversion factor from {LEAST_FACTOR} to {MOST_FACTOR} belongs here"
        reader.fault((*at, "amount"), reason)
    if not unit.startswith(("USD", "fraction")) and amount != amount.to_integral_value():
        reader.fault((*at, "amount"), f"a whole number of {unit} belongs here")
    given = {key: terms[key] for key in ("source", *_NOT_NEEDED) if key in terms}
    return Number(series, first, amount, **given)
