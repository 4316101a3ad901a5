"""What a minute more, a minute less or another method would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import attrs

from therapy_billing.modifiers import Discipline
from therapy_billing.pipeline.allocation import Treatment, UnitsBy, allocate_units, count_minutes
from therapy_billing.records import Allocation
from therapy_billing.tables import FeeSchedule

__all__ = ["Comparison", "Margin", "compare_methods", "margins"]


@attrs.frozen
class Margin:
    """
    How far some minutes are from the next unit, and from losing one, before caps.

    Args:
        discipline: The plan of care; None when the caller named none.
        code: The code, or the first of a family; None for the discipline's whole day.
        minutes: Minutes documented.
        units: Units now.
        to_next_unit: Minutes more, on this code (on the best code, for the day), until it is sure
            of one unit more in every admissible split.
        to_spare: Minutes that may fall away before a unit is lost; None without a unit.
    """

    discipline: Discipline | None
    code: str | None
    minutes: int
    units: int
    to_next_unit: int
    to_spare: int | None
