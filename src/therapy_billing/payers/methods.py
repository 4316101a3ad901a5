"""The methods that turn minutes into units."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.codes.code_book import QUARTER

__all__ = ["OWN_MINIMUM", "UNKNOWN_METHOD", "UnitMethod", "parse_method"]


class UnitMethod(Choice):
    """How minutes become units. The value is the id of the rule."""

    CMS_EIGHT_MINUTE = "cms-eight-minute"
    """Count units from all timed minutes of a discipline on a day. Leftover minutes decide the last units."""
    CPT_MIDPOINT = "cpt-midpoint"
    """Count each code separately: more than half of its time makes a unit (the "rule of eights")."""
    STARTED_QUARTER = "started-quarter"
    """Count each code separately: each quarter (15 minutes) makes a unit, full or only started (the "ceiling")."""
    FULL_QUARTER = "full-quarter"
    """Count each code separately: each full quarter (15 minutes) makes a unit, and leftover minutes make none."""

    __aliases__: ClassVar[Mapping[str, str]] = {
        "eight-minute": "cms-eight-minute",
        "eight-minute rule": "cms-eight-minute",
        "8-minute": "cms-eight-minute",
        "8-minute rule": "cms-eight-minute",
        "midpoint": "cpt-midpoint",
        "rule of eights": "cpt-midpoint",
        "ceiling": "started-quarter",
    }


UNKNOWN_METHOD = "unknown"
"""The word for a method that no source names, in files and results."""

OWN_MINIMUM: Mapping[UnitMethod, int] = MappingProxyType(
    {
        UnitMethod.CMS_EIGHT_MINUTE: 8,
        UnitMethod.CPT_MIDPOINT: 8,
        UnitMethod.STARTED_QUARTER: 1,
        UnitMethod.FULL_QUARTER: QUARTER,
    }
)
"""The fewest minutes of a partial quarter that make a unit, by method."""


def parse_method(value: UnitMethod | str) -> UnitMethod:
    """Return the method that *value* names, or raise InvalidInputError."""
    return parse_choice(value, UnitMethod, "method")
