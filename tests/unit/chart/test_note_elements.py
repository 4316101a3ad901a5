"""The elements of a note, as listed in the data file."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from therapy_billing import NoteEntry, TreatmentNote, load_codes
from therapy_billing.base.data_loader import read_toml
from therapy_billing.chart.note_elements import OTHER_CODES, note_elements
from therapy_billing.findings.records import Severity
from therapy_billing.law.rule_book import load_rules

TABLE: dict[str, Any] = read_toml("rules/documentation.toml")
by_row = pytest.mark.parametrize(
    "row", TABLE["element"], ids=lambda row: f"{row.get('code', 'note')}-{row['field']}"
)


def test_each_code_has_its_elements() -> None:
    fields = {
        code: [element.field for element in elements] for code, elements in note_elements().items()
    }
    assert fields == {
        None: ["goals", "response", "skilled_need", "progression"],
        "97110": ["activity", "focus", "body_region"],
        "97112": ["activity", "focus"],
        "97116": ["activity", "focus"],
        "97140": ["activity", "body_region"],
        "97530": ["activity", "functional_goal", "minutes"],
        "97535": ["activity"],
        OTHER_CODES: ["activity"],
    }
    light = {
        element.field
        for elements in note_elements().values()
        for element in elements
        if element.severity is not Severity.REVIEW
    }
    assert light == {"progression", "minutes"}


@by_row
def test_an_element_has_a_rule_a_field_of_the_note_and_sources(row: dict[str, Any]) -> None:
    assert row["rule"] in load_rules()
    record = NoteEntry if "code" in row else TreatmentNote
    assert row["field"] in attrs.fields_dict(record)
    assert row["sources"]
    assert set(row["sources"]) <= set(TABLE["source"])
    rule = next(each for each in TABLE["rule"] if each["id"] == row["rule"])
    assert set(row["sources"]) <= set(rule["sources"])


@by_row
def test_an_element_belongs_to_the_whole_note_a_known_code_or_other_codes(
    row: dict[str, Any],
) -> None:
    assert row.get("code") in (None, OTHER_CODES, *load_codes())


def test_the_elements_of_a_code_belong_to_one_rule() -> None:
    for code, elements in note_elements().items():
        if code is not None:
            assert len({element.rule for element in elements}) == 1
