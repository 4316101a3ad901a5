"""The data files that come with the library; read on first use, so importing costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["read_text", "read_toml"]


def read_text(place: str) -> str:
    """Return the text of a file, *place* being its path inside ``data``."""
    import pkgutil  # noqa: PLC0415 - only a first use needs it

    content = pkgutil.get_data("therapy_billing", f"data/{place}")
    # None only where a loader cannot read data at all, which no loader of a package does.
    return (content or b"").decode("utf-8")


def read_toml(place: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Return the tables of a TOML file, *place* being its path inside ``data``."""
    import tomllib  # noqa: PLC0415 - only a first use needs it

    return tomllib.loads(read_text(place), parse_float=parse_float)
