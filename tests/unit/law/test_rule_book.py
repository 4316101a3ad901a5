"""Steps as text, as JSON and in a notebook."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from therapy_billing import Explanation, Rule, Source
from therapy_billing.base.data_loader import data_version
from therapy_billing.explanations import Step
from therapy_billing.law import Verification, load_rules

MANUAL = Source("Manual", "ch. 5", "https://cms.example", Verification.SECONDARY)
TABLE = Source("Table", "", "", Verification.DATA_FILE)
COUNTED = Rule("counted", "Minutes are counted.", datetime.date(2000, 4, 1), (MANUAL,), "x.y")
PRICED = Rule("priced", "Units are priced.", None, (MANUAL,), "x.z")


def test_a_step_cites_its_rule_and_then_its_figures() -> None:
    assert Step(COUNTED, "done").sources == (MANUAL,)
    assert Step(COUNTED, "done", (TABLE,)).sources == (MANUAL, TABLE)


def test_each_rule_and_source_is_shown_in_full_once() -> None:
    explanation = Explanation(
        (
            Step(COUNTED, "20 minutes"),
            Step(COUNTED, "30 minutes"),
            Step(PRICED, "$40.42", (TABLE, MANUAL)),
            Step(PRICED, "$80.84", (TABLE,)),
        )
    )
    assert str(explanation) == (
        "1. 20 minutes\n"
        "   Rule: counted (since 2000-04-01). Minutes are counted.\n"
        "   Source: Manual, ch. 5 <https://cms.example> (secondary)\n"
        "2. 30 minutes\n"
        "   Rule: counted (since 2000-04-01)\n"
        "   Source: Manual (secondary), as in step 1\n"
        "3. $40.42\n"
        "   Rule: priced. Units are priced.\n"
        "   Source: Manual (secondary), as in step 1\n"
        "   Source: Table (data-file)\n"
        "4. $80.84\n"
        "   Rule: priced\n"
        "   Source: Manual (secondary), as in step 1\n"
        "   Source: Table (data-file), as in step 3"
    )
    assert str(Explanation(())) == ""


def test_an_explanation_is_json() -> None:
    reported = Explanation((Step(COUNTED, "20 minutes"), Step(PRICED, "$40", (TABLE,)))).to_dict()
    assert json.loads(json.dumps(reported)) == reported
    manual = {
        "title": "Manual",
        "section": "ch. 5",
        "url": "https://cms.example",
        "verified": "secondary",
        "dated": "",
    }
    table = {**manual, "title": "Table", "section": "", "url": "", "verified": "data-file"}
    assert reported == {
        "assumptions": [],
        "data": data_version().to_dict(),
        "steps": [
            {
                "rule": "counted",
                "outcome": "20 minutes",
                "statement": "Minutes are counted.",
                "effective_from": "2000-04-01",
                "sources": [manual],
            },
            {
                "rule": "priced",
                "outcome": "$40",
                "statement": "Units are priced.",
                "effective_from": None,
                "sources": [manual, table],
            },
        ],
    }


def test_a_notebook_shows_no_markup_of_a_text() -> None:
    rule = Rule("a<b", "Said.", None, (Source("<i>S</i>", "", "", Verification.DERIVED),), "x.y")
    steps = (Step(rule, "1 < 2 & 3", (TABLE,)), Step(PRICED, "done"))
    shown = Explanation(steps)._repr_html_()
    assert shown == (
        "<ol><li>1 &lt; 2 &amp; 3<br><small>a&lt;b: &lt;i&gt;S&lt;/i&gt; (derived); "
        "Table (data-file)</small></li><li>done<br><small>priced: "
        "Manual, ch. 5 &lt;https://cms.example&gt; (secondary)</small></li></ol>"
    )
    assert Explanation(())._repr_html_() == "<ol></ol>"


def test_the_rules_are_known_by_their_ids_and_cannot_be_changed() -> None:
    rules: Any = load_rules()
    assert len(rules) == 192
    assert all(rule.id == key for key, rule in rules.items())
    eight = rules["cms-eight-minute"]
    assert eight.effective_from == datetime.date(2000, 4, 1)
    assert [source.verified for source in eight.sources] == [
        Verification.SECONDARY,
        Verification.OFFICIAL,
    ]
    assert rules["flat-rate"].effective_from is None
    assert rules["assistant-units-2022"].effective_from == datetime.date(2022, 1, 1)
    assert rules["assistant-payment"].effective_from == datetime.date(2022, 1, 1)
    with pytest.raises(TypeError):
        rules["cms-eight-minute"] = None
