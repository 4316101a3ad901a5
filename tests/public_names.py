"""Every public name of the library: those of the root, and those of each public subpackage."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import therapy_billing

__all__ = ["PACKAGES", "PUBLIC", "names_of"]

PACKAGES = (
    "therapy_billing",
    *sorted(
        f"therapy_billing.{name}"
        for name in dir(therapy_billing)
        if hasattr(getattr(therapy_billing, name), "__all__")
    ),
)
"""The packages that have public names, the root first."""


def names_of(package: str) -> tuple[str, ...]:
    """Return the public names of *package* in order."""
    return tuple(sorted(importlib.import_module(package).__all__))


PUBLIC: Any = SimpleNamespace(
    **{
        name: getattr(importlib.import_module(package), name)
        for package in PACKAGES
        for name in names_of(package)
    }
)
"""Each public value by its name; no name stands for two values."""
