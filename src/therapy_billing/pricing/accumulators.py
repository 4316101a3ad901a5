"""A patient's year-to-date amounts: the deductible met, and amounts that count toward the annual threshold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar, SupportsIndex

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import ZERO, Usd, parse_usd
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import checked, parse_whole
from therapy_billing.codes.roles import Discipline, parse_discipline

__all__ = ["BUCKET_OF", "VISIT_FIELDS", "Accumulators", "Bucket", "require_year"]

_FIRST_YEAR, _LAST_YEAR = 1966, 9999
_MOST_VISITS = 366
VISIT_FIELDS: Mapping[Discipline, str] = MappingProxyType(
    {plan: f"{plan.value.lower()}_visits" for plan in Discipline}
)
"""The name of the field with the year-to-date visits of each discipline."""


class Bucket(Choice):
    """The disciplines that share one annual threshold: PT and SLP share one, and OT has its own."""

    PT_SLP = "PT and SLP"
    OT = "OT"

    __aliases__: ClassVar[Mapping[str, str]] = {
        "PT": "PT and SLP",
        "SLP": "PT and SLP",
        "PT/SLP": "PT and SLP",
    }


BUCKET_OF = {
    Discipline.PT: Bucket.PT_SLP,
    Discipline.SLP: Bucket.PT_SLP,
    Discipline.OT: Bucket.OT,
}
"""The bucket of each discipline."""


def _year(value: SupportsIndex, *, what: str = "year") -> int:
    return parse_whole(value, what, _FIRST_YEAR, _LAST_YEAR)


def _visits(value: int | None, *, what: str = "visits") -> int | None:
    return None if value is None else parse_whole(value, what, 0, _MOST_VISITS)


def _not_negative(value: Usd | str | int, *, what: str = "an amount") -> Usd:
    return parse_usd(value, zero=True, what=what)


@attrs.frozen(field_transformer=checked, repr=False)
class Accumulators(DictRecord):
    """
    A patient's year-to-date amounts, for services by all providers.

    Args:
        year: The calendar year.
        deductible_met: Dollars of the Part B deductible that the patient has met.
        pt_slp: Dollars allowed for PT and SLP together.
        ot: Dollars allowed for OT.
        pt_visits: Visits for PT; None if not known. Only a payer's cap on visits uses the visits.
        ot_visits: Visits for OT; None if not known.
        slp_visits: Visits for SLP; None if not known.

    Raises:
        InvalidInputError: If the year is out of range, an amount is negative or not dollars and cents, or there are more
            visits than days.

    >>> Accumulators(2026, pt_slp="2450.00").pt_slp
    Decimal('2450.00')
    """

    year: int = attrs.field(converter=_year)
    deductible_met: Usd = attrs.field(default=ZERO, converter=_not_negative)
    pt_slp: Usd = attrs.field(default=ZERO, converter=_not_negative)
    ot: Usd = attrs.field(default=ZERO, converter=_not_negative)
    pt_visits: int | None = attrs.field(default=None, converter=_visits, kw_only=True)
    ot_visits: int | None = attrs.field(default=None, converter=_visits, kw_only=True)
    slp_visits: int | None = attrs.field(default=None, converter=_visits, kw_only=True)

    def __repr__(self) -> str:
        shown = (
            f"{field.name}={value!r}"
            for field in attrs.fields(type(self))
            if (value := getattr(self, field.name)) is not None
        )
        return f"Accumulators({', '.join(shown)})"

    def visits(self, discipline: Discipline | str) -> int | None:
        """Return the year-to-date visits of *discipline*; None if not known."""
        count: int | None = getattr(self, VISIT_FIELDS[parse_discipline(discipline)])
        return count

    def allowed(self, bucket: Bucket | str) -> Usd:
        """Return the year-to-date allowed dollars of *bucket*."""
        chosen = parse_choice(bucket, Bucket, "bucket")
        return self.pt_slp if chosen is Bucket.PT_SLP else self.ot

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Accumulators:
        """
        Return the accumulators for a dict that ``to_dict`` returned. The keys of visits may be missing.

        Raises:
            InvalidInputError: If a key is missing or unknown, or a value is not valid.

        >>> Accumulators.from_dict(Accumulators(2026, ot="12.50").to_dict()).ot
        Decimal('12.50')
        """
        names = {field.name for field in attrs.fields(cls)}
        optional = {name for name in names if name.endswith("_visits")}
        given: object = values
        if not isinstance(given, Mapping) or not names - optional <= set(given) <= names:
            msg = (
                "values must be a mapping with exactly these keys: "
                f"{', '.join(sorted(names - optional))}; and optionally {', '.join(sorted(optional))}"
            )
            raise InvalidInputError(msg)
        return cls(**values)


def require_year(accumulators: Accumulators, day: date) -> None:
    """
    Check that *accumulators* are for the calendar year of *day*.

    Raises:
        InvalidInputError: If they are for another year.
    """
    if accumulators.year != day.year:
        msg = (
            f"accumulators are for {accumulators.year}, but the date of service is in {day.year}: "
            f"give year-to-date amounts for {day.year}"
        )
        raise InvalidInputError(msg, field="accumulators")
