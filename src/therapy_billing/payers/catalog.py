"""
The payers that come with the library, and payers from the user's files.

The file of a payer in the library is read when the payer is first used, so importing this module stays fast.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING

import attrs

from therapy_billing.base.errors import UnknownNameError
from therapy_billing.base.wording import unknown_name, word_key
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_terms import PayerTerms, names_of_payers

__all__ = ["CPT_MIDPOINT", "MEDICARE", "PAYERS", "Payers", "load_payers"]


class Payers(Mapping[str, Payer]):
    """
    Payers by name. The case of a name and the spaces around it do not matter.

    Args:
        names: The names, as shown in results, or a function that returns them.
        load: A function that returns the payer with a given name.

    >>> "Medicare " in PAYERS, PAYERS["Medicare "].name
    (True, 'medicare')
    """

    def __init__(
        self, names: Iterable[str] | Callable[[], Iterable[str]], load: Callable[[str], Payer]
    ) -> None:
        self._given = names
        self._load = load

    @cached_property
    def _names(self) -> Mapping[str, str]:
        names = self._given() if callable(self._given) else self._given
        return {word_key(name): name for name in names}

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


PAYERS = Payers(names_of_payers, _bundled)
"""The payers that come with the library, and those of data packs, by name."""

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
    Read payers from TOML files, and return them by name.

    :meth:`~therapy_billing.Payer.from_file` describes the format of a file. A file may use the payer of
    another file as its base; the order of the files does not matter. Two payers with the same name are an
    error, even if one of them comes with the library.

    Args:
        paths: The files, in UTF-8.
        known: More payers, by name, that a file may use as its base.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault in any file, with its line.
        OSError: If a file cannot be read.
    """
    from therapy_billing.payers.payer_files import read_terms_of  # noqa: PLC0415 - reads on demand

    payers = {name: _payer(terms) for name, terms in read_terms_of(paths, known).items()}
    return Payers(payers, payers.__getitem__)
