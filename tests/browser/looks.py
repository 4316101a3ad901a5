"""What anyone must be able to read and use on a page, on a phone and on a desk, in light and in dark."""

from __future__ import annotations

from pathlib import Path

from tests.browser.chromium import Page

__all__ = ["faults_of_looks"]

WIDTHS = (400, 1100)
LEAST_CONTRAST = 4.5

_FAULTS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def faults_of_looks(page: Page) -> list[str]:
    """Return what is wrong with the open page at each width, in light and in dark, with all details open."""
    found = []
    for width in WIDTHS:
        for dark in (False, True):
            page.set_view(width, dark=dark)
            where = f"{width} pixels, {'dark' if dark else 'light'}"
            found += [
                f"{where}: {each}" for each in page.run(f"{_FAULTS.strip()}({LEAST_CONTRAST})")
            ]
    return found
