"""
Turn minutes into billable units.

- :func:`allocate_units` returns an :class:`Allocation`.
- :class:`DisciplineUnits`, :class:`CountedCode`, :class:`MinuteSplit`, :class:`ModifiedMinutes`, and :class:`CappedUnit`
  show how the units were counted.
- :class:`UnbilledService` is a documented service that makes no unit, because of who furnished it.
- :data:`Treatment` is the type of the input: a session, several sessions, or minutes by code. :data:`Split` is the type of a
  chosen split.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Allocation",
    "AssistantMinutes",
    "CappedUnit",
    "CountedCode",
    "DisciplineUnits",
    "MinuteSplit",
    "ModifiedMinutes",
    "Split",
    "Treatment",
    "UnbilledService",
    "allocate_units",
]

if TYPE_CHECKING:
    from therapy_billing.units.allocation_record import Allocation
    from therapy_billing.units.allocator import Split, Treatment, allocate_units
    from therapy_billing.units.records import (
        AssistantMinutes,
        CappedUnit,
        CountedCode,
        DisciplineUnits,
        MinuteSplit,
        ModifiedMinutes,
        UnbilledService,
    )
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "units.allocation_record": ("Allocation",),
            "units.allocator": ("Split", "Treatment", "allocate_units"),
            "units.records": (
                "AssistantMinutes",
                "CappedUnit",
                "CountedCode",
                "DisciplineUnits",
                "MinuteSplit",
                "ModifiedMinutes",
                "UnbilledService",
            ),
        },
    )
