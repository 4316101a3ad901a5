"""
The payers that come with the library, and those of the user's files.

Payers that a file describes are read when they are first asked for, so importing costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from therapy_billing.payers.bundled_names import IN_CODE, IN_FILES
from therapy_billing.payers.payer import Payer

__all__ = ["CPT_MIDPOINT", "MEDICARE", "PAYERS", "load_payers"]

MEDICARE = Payer(*IN_CODE["medicare"])
CPT_MIDPOINT = Payer(*IN_CODE["cpt-midpoint"])
_MADE_HERE = {payer.name: payer for payer in (MEDICARE, CPT_MIDPOINT)}


class _Payers(Mapping[str, Payer]):
    """The payers of the library by name; their names are known without reading a file."""

    def __getitem__(self, name: str) -> Payer:
        return _MADE_HERE[name] if name not in IN_FILES else _load(name)

    def __contains__(self, name: object) -> bool:
        return name in _MADE_HERE or name in IN_FILES

    def __iter__(self) -> Iterator[str]:
        return iter((*_MADE_HERE, *IN_FILES))

    def __len__(self) -> int:
        return len(_MADE_HERE) + len(IN_FILES)

    def __repr__(self) -> str:
        return f"PAYERS: {', '.join(self)}"


@cache
def _load(name: str) -> Payer:
    from therapy_billing.payers.payer_files import bundled_terms  # noqa: PLC0415 - reads on demand

    return Payer(*bundled_terms(name))


PAYERS: Mapping[str, Payer] = _Payers()
"""The payers that come with the library, by name."""


def load_payers(
    *paths: str | os.PathLike[str], known: Mapping[str, Payer] | None = None
) -> Mapping[str, Payer]:
    """
    Return the payers that TOML files describe, by name; each file as for :meth:`Payer.from_toml`.

    A file may name the payer of another one as its base, in any order. Two payers of one name are
    refused, also where one of them comes with the library.

    Args:
        paths: The files, in UTF-8.
        known: Further payers that ``base`` may name.

    Raises:
        ExceptionGroup: Of FileFormatError, one for each fault of any file, with its line.
        OSError: If a file cannot be read.
    """
    from therapy_billing.payers.payer_files import read_terms_of  # noqa: PLC0415 - reads on demand

    terms = read_terms_of(paths, known)
    return MappingProxyType({name: Payer(*found) for name, found in terms.items()})
