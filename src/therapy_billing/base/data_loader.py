"""Read the library's data files on first use, so that importing the library stays fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["read_text", "read_toml"]


def read_text(path: str) -> str:
    """Return the text of the library's data file at *path*, relative to ``data``."""
    import pkgutil  # noqa: PLC0415 - only a first use needs it

    content = pkgutil.get_data("therapy_billing", f"data/{path}")
    # get_data returns None only if the import loader of the package cannot read data. The usual loaders can.
    return (content or b"").decode("utf-8")


def read_toml(path: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Return the tables of the library's TOML file at *path*, relative to ``data``."""
    import tomllib  # noqa: PLC0415 - only a first use needs it

    return tomllib.loads(read_text(path), parse_float=parse_float)
