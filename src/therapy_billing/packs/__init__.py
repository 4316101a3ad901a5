"""
Data packs: next year's law, next quarter's edits, and your own codes, on top of the library's data.

- :func:`use_data` uses packs in this process. Call it before the first look-up.
- :func:`build_pack` builds a pack from CMS's downloads, and returns a :class:`PackBuild`, which also lists each
  :class:`SkippedFile`. :class:`MissingNumbersError` lists what no download contains, with a form to fill in.
- :func:`needed_files` lists the downloads that are needed (:class:`NeededFile`), and :func:`data_periods` the last day of each
  kind of data (:class:`DataPeriod`).
- :func:`verify_pack` checks a :class:`Pack`, and ``Pack.from_folder(path)`` reads one. Its parts are :class:`PackSource`,
  :class:`PackTable`, :class:`Assumption`, :class:`Correction`, and :class:`PackCheck`.
- :func:`pack_changes` compares two packs, or a pack with other data (:class:`DataView`), and returns each
  :class:`PackChange` with its :class:`ChangeKind` and :class:`ChangeType`.
- :class:`DataVersion` is the data that a result rests on: the version of the library, and the packs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Assumption",
    "ChangeKind",
    "ChangeType",
    "Correction",
    "DataPeriod",
    "DataVersion",
    "DataView",
    "MissingNumbersError",
    "NeededFile",
    "Pack",
    "PackBuild",
    "PackChange",
    "PackCheck",
    "PackSource",
    "PackTable",
    "SkippedFile",
    "build_pack",
    "data_periods",
    "needed_files",
    "pack_changes",
    "use_data",
    "verify_pack",
]

if TYPE_CHECKING:
    from therapy_billing.base.data_loader import use_data
    from therapy_billing.base.data_packs import (
        Assumption,
        Correction,
        Pack,
        PackCheck,
        PackSource,
        PackTable,
    )
    from therapy_billing.base.library_files import DataVersion
    from therapy_billing.packs.build import PackBuild, build_pack
    from therapy_billing.packs.changes import ChangeType, PackChange, pack_changes
    from therapy_billing.packs.data_view import ChangeKind, DataView
    from therapy_billing.packs.downloads import SkippedFile
    from therapy_billing.packs.needed import NeededFile, needed_files
    from therapy_billing.packs.numbers import MissingNumbersError
    from therapy_billing.packs.periods import DataPeriod, data_periods
    from therapy_billing.packs.stack_checks import verify_pack
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "base.data_loader": ("use_data",),
            "base.data_packs": (
                "Assumption",
                "Correction",
                "Pack",
                "PackCheck",
                "PackSource",
                "PackTable",
            ),
            "base.library_files": ("DataVersion",),
            "packs.build": ("PackBuild", "build_pack"),
            "packs.changes": ("ChangeType", "PackChange", "pack_changes"),
            "packs.data_view": ("ChangeKind", "DataView"),
            "packs.downloads": ("SkippedFile",),
            "packs.needed": ("NeededFile", "needed_files"),
            "packs.numbers": ("MissingNumbersError",),
            "packs.periods": ("DataPeriod", "data_periods"),
            "packs.stack_checks": ("verify_pack",),
        },
    )
