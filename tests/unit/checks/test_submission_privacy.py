"""No display of the findings and no error shows a value of a person, whatever is in the fields."""

from __future__ import annotations

import json
import traceback
import types
import typing
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.submissions import EXAMPLES
from therapy_billing.checks import SubmissionError, check_submission
from therapy_billing.claims import Submission, submission_texts
from therapy_billing.claims import coverage as coverage_records
from therapy_billing.claims import parties as party_records
from therapy_billing.claims import professional_claim as claim_records
from therapy_billing.claims import submission as submission_records

MARKER = "ZEBRA*Quagga-9"
"""A value that no text of the library contains. It has characters that a claim file cannot carry."""
BIRTH = date(1911, 11, 11)
NAMES = {
    name: value
    for module in (coverage_records, party_records, claim_records, submission_records)
    for name, value in vars(module).items()
}


def filled(kind: type, text: str) -> Any:  # noqa: ANN401 - a record of any kind
    """Return a record of *kind* with a value in every field, and *text* in every text."""
    values = {}
    for field in attrs.fields(kind):
        converted = typing.get_type_hints(kind, NAMES)[field.name]
        values[field.name] = _value(converted, text)
    return kind(**values)


def _value(annotation: Any, text: str) -> Any:  # noqa: ANN401 - an annotation and its value
    if typing.get_origin(annotation) is tuple:
        return (_value(typing.get_args(annotation)[0], text),)
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return _value(typing.get_args(annotation)[0], text)
    plain: dict[Any, object] = {str: text, date: BIRTH, Decimal: Decimal("7.125"), int: 7}
    return plain[annotation] if annotation in plain else filled(annotation, text)


def shown(submission: Submission) -> list[str]:
    """Return everything that a caller may print or log."""
    found = check_submission(submission, filed_on="1900-01-01")
    error = SubmissionError(found)
    return [
        repr(submission),
        str(submission),
        repr(found),
        str(found.found),
        str(found.answers),
        found.to_table(),
        found._repr_html_(),
        json.dumps(found.to_dict()),
        str(error),
        repr(error),
        "".join(traceback.format_exception_only(error)),
    ]


@pytest.mark.parametrize("text", [MARKER, f"{MARKER}{'X' * 300} ", "ZEBRA"])
def test_no_text_of_a_submission_is_shown(text: str) -> None:
    submission = filled(Submission, text)
    texts = list(submission_texts.walk_texts(submission))
    assert len(texts) > 100
    for display in shown(submission):
        assert "1911" not in display
        assert "ZEBRA" not in display.upper()
        assert "QUAGGA" not in display.upper()


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_value_of_a_person_is_shown_for_an_example(name: str) -> None:
    submission = EXAMPLES[name]()
    secret = {
        text
        for path, text, _ in submission_texts.walk_texts(submission)
        if path.startswith(("submitter", "receiver")) or ".parties." in path or "account" in path
        if len(text) > 5
    }
    found = check_submission(submission, filed_on="2026-01-01")
    assert found.has_denials
    display = found.to_table() + json.dumps(found.to_dict())
    assert [text for text in secret if text in display] == []
