"""
NCCI edits: pairs of codes and unit limits by date of service.

- :class:`Edits` looks up a pair (:class:`PairAnswer`) or a unit limit (:class:`LimitAnswer`). ``Edits.bundled()``
  returns the edits in the library's data.
- :func:`read_ncci_ptp` and :func:`read_ncci_mue` read CMS files into :class:`PtpFile` and :class:`MueFile`.
- :class:`EditSetting` is the provider type of a claim. :class:`EditState` is the kind of answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "EditCoverage",
    "EditSetting",
    "EditState",
    "Edits",
    "LimitAnswer",
    "MueFile",
    "MueLimit",
    "PairAnswer",
    "PtpEdit",
    "PtpFile",
    "read_ncci_mue",
    "read_ncci_ptp",
]

if TYPE_CHECKING:
    from therapy_billing.ncci.edits import Edits
    from therapy_billing.ncci.mue_file import read_ncci_mue
    from therapy_billing.ncci.ptp_file import read_ncci_ptp
    from therapy_billing.ncci.records import (
        EditCoverage,
        EditSetting,
        EditState,
        LimitAnswer,
        MueFile,
        MueLimit,
        PairAnswer,
        PtpEdit,
        PtpFile,
    )
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ncci.edits": ("Edits",),
            "ncci.mue_file": ("read_ncci_mue",),
            "ncci.ptp_file": ("read_ncci_ptp",),
            "ncci.records": (
                "EditCoverage",
                "EditSetting",
                "EditState",
                "LimitAnswer",
                "MueFile",
                "MueLimit",
                "PairAnswer",
                "PtpEdit",
                "PtpFile",
            ),
        },
    )
