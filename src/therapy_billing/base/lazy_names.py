"""Load the public names of a package on first use, so that importing the package stays fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence

__all__ = ["lazy_names"]


def lazy_names(
    package: str, names_by_module: Mapping[str, Sequence[str]], subpackages: Sequence[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """
    Return ``__getattr__`` and ``__dir__`` for *package*.

    Args:
        package: The full name of the package.
        names_by_module: The public names of each module. Module names are relative to the library, such as ``ncci.edits``.
        subpackages: The public subpackages of *package*.

    >>> load, names = lazy_names("therapy_billing.ncci", {"ncci.edits": ("Edits",)})
    >>> names(), load("Edits").__name__
    (['Edits'], 'Edits')
    """
    library = package.partition(".")[0]
    modules = {
        name: f"{library}.{module}" for module, names in names_by_module.items() for name in names
    }

    def load(name: str) -> object:
        if name in subpackages:
            return importlib.import_module(f"{package}.{name}")
        if name not in modules:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        value = getattr(importlib.import_module(modules[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        own = {"__version__"} & vars(sys.modules[package]).keys()
        return sorted([*modules, *subpackages, *own])

    return load, names
