"""
Identifiers on a claim: NPI, MBI, ICD-10-CM code, taxonomy code, tax number, and nine-digit ZIP code.

Each one is a string that was checked. Claim records hold plain strings, so that one check can list every wrong
identifier at once. Use these classes to check a single value, for example when someone types it.
"""

from __future__ import annotations

import re
from typing import ClassVar, Self

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import require_text

__all__ = ["DiagnosisCode", "Identifier", "Mbi", "Npi", "TaxId", "TaxonomyCode", "Zip9"]

_NPI_PREFIX = "80840"
_LETTER = "[AC-HJKMNP-RT-Y]"
_EITHER = f"(?:{_LETTER}|[0-9])"


def _luhn(digits: str) -> bool:
    """Return whether the last digit is the Luhn check digit of the others."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the two digits of a product are added
    return total % 10 == 0


class Identifier(str):
    """A string that was checked. Its ``repr`` and its errors never show the value."""

    __slots__ = ()

    wanted: ClassVar[str]
    """What a valid value looks like, for messages."""
    field: ClassVar[str]
    """The name of the field, for messages."""
    form: ClassVar[re.Pattern[str]]
    """The pattern of a valid value."""

    def __new__(cls, value: str) -> Self:
        """Return *value* as a checked string."""
        if not cls.is_valid(value):
            msg = f"{cls.field} must be {cls.wanted}"
            raise InvalidInputError(msg, field=cls.field)
        return super().__new__(cls, value)

    @classmethod
    def is_valid(cls, value: str) -> bool:
        """
        Return whether *value* is valid.

        Raises:
            InvalidInputError: If it is not a string.

        >>> Npi.is_valid("1234567893"), Npi.is_valid("1234567890"), Npi.is_valid("3234567893")
        (True, False, False)
        >>> Mbi.is_valid("1EG4TE5MK73"), Mbi.is_valid("1EG4-TE5-MK73"), Mbi.is_valid("1SG4TE5MK73")
        (True, False, False)
        >>> DiagnosisCode.is_valid("S83511A"), DiagnosisCode.is_valid("M54.50"), DiagnosisCode.is_valid("7242")
        (True, False, False)
        >>> TaxonomyCode.is_valid("261QP2000X"), TaxId.is_valid("12-3456789"), Zip9.is_valid("43215")
        (True, False, False)
        """
        require_text(value, "value")
        return cls.form.fullmatch(value) is not None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Npi(Identifier):
    """
    A National Provider Identifier: 10 digits, of which the last is a check digit.

    Raises:
        InvalidInputError: If the value is not valid.

    Source:
        The check digit is the Luhn digit of 80840 and the first nine digits. Read in secondary sources that quote CMS
        (johndcook.com/blog/2024/06/26/npi-number).

    >>> Npi("1234567893") == "1234567893"
    True
    >>> Npi("1234567890")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: npi must be 10 digits that start with 1 or 2 and end with a valid check digit
    """

    __slots__ = ()

    field: ClassVar[str] = "npi"
    wanted: ClassVar[str] = "10 digits that start with 1 or 2 and end with a valid check digit"
    form: ClassVar[re.Pattern[str]] = re.compile(r"[12][0-9]{9}")

    @classmethod
    def is_valid(cls, value: str) -> bool:
        """Return whether *value* has the form of an NPI and a valid check digit."""
        return super().is_valid(value) and _luhn(_NPI_PREFIX + value)


class Mbi(Identifier):
    """
    A Medicare Beneficiary Identifier: 11 characters without dashes, in the pattern of CMS.

    The letters S, L, O, I, B, and Z never occur. An MBI has no check digit.

    Raises:
        InvalidInputError: If the value is not valid.

    Source:
        NGS Medicare, EDI solutions: the format of the Medicare Beneficiary Identifier.

    >>> Mbi("1EG4TE5MK73") == "1EG4TE5MK73"
    True
    """

    __slots__ = ()

    field: ClassVar[str] = "member_id"
    wanted: ClassVar[str] = "a Medicare number of 11 characters without dashes, such as 1EG4TE5MK73"
    form: ClassVar[re.Pattern[str]] = re.compile(
        rf"[1-9]{_LETTER}{_EITHER}[0-9]{_LETTER}{_EITHER}[0-9]{_LETTER}{{2}}[0-9]{{2}}"
    )


class DiagnosisCode(Identifier):
    """
    An ICD-10-CM code as a claim has it: 3 to 7 characters, without the decimal point.

    Only the form is checked. Whether the code exists on a date is not.

    Raises:
        InvalidInputError: If the value is not valid.

    >>> DiagnosisCode("M5450") == "M5450"
    True
    """

    __slots__ = ()

    field: ClassVar[str] = "diagnosis"
    wanted: ClassVar[str] = (
        "an ICD-10-CM code of 3 to 7 characters without a decimal point, such as M5450"
    )
    form: ClassVar[re.Pattern[str]] = re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}")


class TaxonomyCode(Identifier):
    """
    A provider taxonomy code: 10 characters that end with X.

    Only the form is checked, not whether the code is in the published list.

    Raises:
        InvalidInputError: If the value is not valid.

    >>> TaxonomyCode("225100000X") == "225100000X"
    True
    """

    __slots__ = ()

    field: ClassVar[str] = "taxonomy"
    wanted: ClassVar[str] = "10 letters and digits that end with X, such as 225100000X"
    form: ClassVar[re.Pattern[str]] = re.compile(r"[0-9A-Z]{9}X")


class TaxId(Identifier):
    """
    An employer identification number or a social security number: 9 digits without a dash.

    Raises:
        InvalidInputError: If the value is not valid.

    >>> TaxId("123456789") == "123456789"
    True
    """

    __slots__ = ()

    field: ClassVar[str] = "tax_id"
    wanted: ClassVar[str] = "9 digits without a dash"
    form: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{9}")


class Zip9(Identifier):
    """
    A nine-digit ZIP code without a dash.

    Raises:
        InvalidInputError: If the value is not valid.

    >>> Zip9("432150001") == "432150001"
    True
    """

    __slots__ = ()

    field: ClassVar[str] = "zip_code"
    wanted: ClassVar[str] = "a nine-digit ZIP code without a dash, such as 432150001"
    form: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{9}")
