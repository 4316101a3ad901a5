"""Citations as text and as plain values."""

from __future__ import annotations

import json

import pytest

from tests.refusals import refusal
from therapy_billing import InvalidInputError, Source
from therapy_billing.law import Verification
from therapy_billing.law.sources import parse_source


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            Source("Pub. 100-04", "ch. 5", "https://cms.example/5", Verification.SECONDARY),
            "Pub. 100-04, ch. 5 <https://cms.example/5> (secondary)",
        ),
        (
            Source("Pub. 100-04", "ch. 5", "", Verification.OFFICIAL),
            "Pub. 100-04, ch. 5 (official)",
        ),
        (
            Source("Pub. 100-04", "", "https://cms.example", Verification.UNVERIFIED),
            "Pub. 100-04 <https://cms.example> (unverified)",
        ),
        (Source("A file", "", "", Verification.DATA_FILE), "A file (data-file)"),
    ],
)
def test_a_citation_shows_its_parts_and_how_it_was_checked(source: Source, text: str) -> None:
    assert str(source) == text


def test_a_citation_is_json() -> None:
    reported = Source(
        "Our own reading", "here", "https://cms.example", Verification.DERIVED
    ).to_dict()
    assert reported == {
        "title": "Our own reading",
        "section": "here",
        "url": "https://cms.example",
        "verified": "derived",
        "dated": "",
    }
    assert json.loads(json.dumps(reported)) == reported


def test_a_row_needs_a_title_and_a_verification_only() -> None:
    row = {"title": "A file", "verified": "data-file"}
    assert parse_source(row) == Source("A file", "", "", Verification.DATA_FILE)
    full = {"title": "A", "section": "b", "url": "c", "verified": "official", "dated": "2026"}
    assert parse_source(full) == Source("A", "b", "c", Verification.OFFICIAL, "2026")
    for missing in row:
        with pytest.raises(KeyError, match=missing):
            parse_source({key: text for key, text in row.items() if key != missing})


def test_an_unknown_verification_is_refused() -> None:
    row = {"title": "A file", "verified": "surely"}
    assert refusal(InvalidInputError, lambda: parse_source(row)) == (
        "Verification must be official, secondary, data-file, derived, or unverified, got a string of 6 "
        "characters"
    )
