"""
Therapy codes with their facts, and the disciplines, clinicians, and settings of claims.

- :func:`load_codes` returns the :class:`CodeFacts` of every code.
- :class:`Discipline`, :class:`Clinician`, and :class:`Setting` say under which plan of care, by whom, and where a
  service was provided. :class:`ServiceClass` is the kind of service, for rules on who may furnish it.
- :func:`load_period_codes` returns a :class:`PeriodCode` for each code that is counted over a :class:`CodePeriod`;
  :class:`PeriodFamily` and :class:`MonitoringDevice` are values in them.
- :class:`CodeProgram`, :class:`TherapyClass`, :class:`UnitOf`, and :class:`Contact` are values in the code facts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Clinician",
    "CodeFacts",
    "CodePeriod",
    "CodeProgram",
    "Contact",
    "Discipline",
    "MonitoringDevice",
    "PeriodCode",
    "PeriodFamily",
    "ServiceClass",
    "Setting",
    "TherapyClass",
    "UnitOf",
    "load_codes",
    "load_period_codes",
]

if TYPE_CHECKING:
    from therapy_billing.codes.code_book import (
        CodeFacts,
        CodeProgram,
        Contact,
        TherapyClass,
        UnitOf,
        load_codes,
    )
    from therapy_billing.codes.period_codes import (
        CodePeriod,
        MonitoringDevice,
        PeriodCode,
        PeriodFamily,
        load_period_codes,
    )
    from therapy_billing.codes.roles import Clinician, Discipline, ServiceClass, Setting
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "codes.code_book": (
                "CodeFacts",
                "CodeProgram",
                "Contact",
                "TherapyClass",
                "UnitOf",
                "load_codes",
            ),
            "codes.period_codes": (
                "CodePeriod",
                "MonitoringDevice",
                "PeriodCode",
                "PeriodFamily",
                "load_period_codes",
            ),
            "codes.roles": ("Clinician", "Discipline", "ServiceClass", "Setting"),
        },
    )
