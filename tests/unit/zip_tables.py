"""Fill the ZIP code table, which is empty in the library's own data."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from therapy_billing.fees import zip_table

CAPTIONS = "effective_from,zip,state,mac,locality,plus_four"
OHIO = "43215,OH,15202,00,0"
ATLANTA = "30303,GA,10212,01,0"
REST_OF_GEORGIA = "30303,GA,10212,99,0"
SPLIT = "90265,CA,01182,17,1"


@contextmanager
def zip_codes(*rows: str, known_through: str = "2026-12-31") -> Iterator[None]:
    """Use a ZIP code table with *rows*, in the form of ``fees/zip5.csv``, and one release for each first day in them."""
    firsts = dict.fromkeys(row.split(",")[0] for row in rows)
    releases = {
        "known_through": datetime.date.fromisoformat(known_through),
        "release": [
            {"name": f"ZIP5 {first}", "from": datetime.date.fromisoformat(first), "source": "test"}
            for first in firsts
        ],
    }
    files: dict[str, Any] = {
        "fees/zip5_releases.toml": releases,
        "fees/zip5.csv": [CAPTIONS, *rows],
    }
    with (
        patch.object(zip_table, "read_toml", files.__getitem__),
        patch.object(zip_table, "read_rows_of", files.__getitem__),
    ):
        forget()
        try:
            yield
        finally:
            forget()


def forget() -> None:
    """Empty the caches of the table."""
    for cached in vars(zip_table).values():
        if getattr(cached, "__module__", "") == zip_table.__name__ and hasattr(
            cached, "cache_clear"
        ):
            cached.cache_clear()
