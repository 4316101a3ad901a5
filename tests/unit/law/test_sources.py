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
def test_a_citation_tells_what_it_has_and_how_far_it_was_checked(source: Source, text: str) -> None:
    assert str(source) == text


def test_a_citation_is_json() -> None:
    told = Source("Own reading", "here", "https://cms.example", Verification.DERIVED).to_dict()
    assert told == {
        "title": "Own reading",
        "section": "here",
        "url": "https://cms.example",
        "verified": "derived",
    }
    assert json.loads(json.dumps(told)) == told


def test_a_row_may_leave_place_and_link_out_but_neither_title_nor_verification() -> None:
    row = {"title": "A file", "verified": "data-file"}
    assert parse_source(row) == Source("A file", "", "", Verification.DATA_FILE)
    full = {"title": "A", "section": "b", "url": "c", "verified": "official"}
    assert parse_source(full) == Source("A", "b", "c", Verification.OFFICIAL)
    for missing in row:
        with pytest.raises(KeyError, match=missing):
            parse_source({key: text for key, text in row.items() if key != missing})


def test_an_unknown_verification_is_refused() -> None:
    row = {"title": "A file", "verified": "surely"}
    assert refusal(InvalidInputError, lambda: parse_source(row)) == (
        "Verification must be official, secondary, data-file, derived, or unverified, got a text of 6 "
        "characters"
    )
