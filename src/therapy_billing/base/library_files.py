"""The library's own data files and version, and the name of the data that a result rests on."""

from __future__ import annotations

import importlib

import attrs

from therapy_billing.base.record_dicts import DictRecord

__all__ = ["DataVersion", "library_version", "read_library_text"]


@attrs.frozen
class DataVersion(DictRecord):
    """
    The data that a result rests on.

    Args:
        library: The version of the library.
        packs: The data packs, each as its name and the first eight characters of its hash. Empty if there are none.
    """

    library: str
    packs: tuple[str, ...] = ()

    def __str__(self) -> str:
        packs = f"; data packs: {', '.join(self.packs)}" if self.packs else ""
        return f"therapy_billing {self.library}{packs}"


def library_version() -> str:
    """Return the version of the library."""
    version: str = importlib.import_module(__name__.partition(".")[0]).__version__
    return version


def read_library_text(path: str) -> str:
    """Return the text of the library's own data file at *path*, relative to ``data``, without packs."""
    import pkgutil  # noqa: PLC0415 - only a first use needs it

    content = pkgutil.get_data("therapy_billing", f"data/{path}")
    # get_data returns None only if the import loader of the package cannot read data. The usual loaders can.
    return (content or b"").decode("utf-8")
