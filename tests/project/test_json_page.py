"""Test the page about JSON documents against the library."""

from __future__ import annotations

import re

from tests.paths import ROOT
from therapy_billing.formats import json_schema_names

PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")


def test_the_page_lists_every_schema() -> None:
    (listed,) = re.findall(r"These records have a schema\..*?\n\n(.*?)\n\n##", PAGE, re.DOTALL)
    assert tuple(re.findall(r"`([a-z-]+)`", listed)) == json_schema_names()
