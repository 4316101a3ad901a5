"""
The payers that come with the library, and those of the user's files.

A payer's file is read when the payer is first asked for, so importing costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

import attrs

from therapy_billing.base.errors import UnknownNameError
from therapy_billing.base.wording import unknown_name, word_key
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_terms import BUNDLED_NAMES, PayerTerms

__all__ = ["CPT_MIDPOINT", "MEDICARE", "PAYERS", "Payers", "load_payers"]


class Payers(Mapping[str, Payer]):
    """
    Payers by name, whatever the case and the spaces of the name.

    Args:
        names: The names as they are printed.
        load: Returns the payer of a name.

    >>> "Medicare " in PAYERS, PAYERS["Medicare "].name
    (True, 'medicare')
    """

    def __init__(self, names: Iterable[str], load: Callable[[str], Payer]) -> None:
        self._names = {word_key(name): name for name in names}
        self._load = load

    def __getitem__(self, name: str) -> Payer:
        if name not in self:
            raise UnknownNameError(unknown_name("payer", name, self), field="payer")
        return self._load(self._names[word_key(name)])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and word_key(name) in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Payers({', '.join(self)})"


@cache
def _bundled(name: str) -> Payer:
    from therapy_billing.payers.payer_files import bundled_terms  # noqa: PLC0415 - reads on demand

    return _payer(bundled_terms(name))


def _payer(terms: PayerTerms) -> Payer:
    return Payer(*attrs.astuple(terms, recurse=False))


PAYERS = Payers(BUNDLED_NAMES, _bundled)
"""The payers that come with the library, by name."""

if TYPE_CHECKING:
    MEDICARE: Payer
    CPT_MIDPOINT: Payer
else:

    def __getattr__(name: str) -> Payer:
        if name in ("MEDICARE", "CPT_MIDPOINT"):
            return PAYERS[name.replace("_", "-")]
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)


def load_payers(
    *paths: str | os.PathLike[str], known: Mapping[str, Payer] | None = None
) -> Mapping[str, Payer]:
    """
    Return the payers that TOML files describe, by name; each file as for :meth:`~therapy_billing.Payer.from_file`.

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

    payers = {name: _payer(terms) for name, terms in read_terms_of(paths, known).items()}
    return Payers(payers, payers.__getitem__)
