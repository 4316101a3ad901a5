"""A page of Chromium for the tests of this folder. They are skipped if Chromium is not installed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium_program import find_chromium

from tests.browser.chromium import Page, chromium_page


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    program = find_chromium()
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium_page(program) as found:
        yield found
