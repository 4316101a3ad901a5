"""
Payers: which rule and which number, from which day.

Those that a file describes are read when they are first asked for, so importing costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from therapy_billing.payers.cpt_midpoint import CPT_MIDPOINT
from therapy_billing.payers.medicare import MEDICARE
from therapy_billing.payers.payer import Payer

__all__ = ["CPT_MIDPOINT", "MEDICARE", "PAYERS"]

IN_CODE = {payer.name: payer for payer in (MEDICARE, CPT_MIDPOINT)}
_IN_FILES = (
    "bcbs-nebraska",
    "california-workers-compensation",
    "highmark",
    "humana",
    "medicaid-ncci",
    "nevada-medicaid",
    "tricare",
    "unitedhealthcare",
)


class _Payers(Mapping[str, Payer]):
    """The payers of the library by name; their names are known without reading a file."""

    def __getitem__(self, name: str) -> Payer:
        return IN_CODE[name] if name not in _IN_FILES else _load(name)

    def __contains__(self, name: object) -> bool:
        return name in IN_CODE or name in _IN_FILES

    def __iter__(self) -> Iterator[str]:
        return iter((*IN_CODE, *_IN_FILES))

    def __len__(self) -> int:
        return len(IN_CODE) + len(_IN_FILES)

    def __repr__(self) -> str:
        return f"PAYERS: {', '.join(self)}"


@cache
def _load(name: str) -> Payer:
    from therapy_billing.payers.payer_files import load_bundled  # noqa: PLC0415 - reads on demand

    return load_bundled(name)


PAYERS: Mapping[str, Payer] = _Payers()
"""The payers that come with the library, by name."""
