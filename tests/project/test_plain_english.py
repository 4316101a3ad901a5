"""The texts of the project use the words of American billers and engineers, and say what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from texts import (
    READERS,
    Text,
    collect_texts,
    page_texts,
    python_texts,
    sample_texts,
    toml_texts,
    word_count,
)

import therapy_billing
from tests.paths import ROOT, SOURCE
from tests.rule_examples import run_examples
from therapy_billing.base.data_loader import read_toml
from therapy_billing.findings import Finding, report
from therapy_billing.law.rule_book import FAMILIES

MOST_WORDS = 25

INSTEAD_OF = {
    r"tells?|told|telling": "say, show, report, list, or distinguish",
    r"bears? (it |them |this )?out|borne out|speaks? (for|of|against|to)": "support, be about, or contradict",
    r"beside|apart|likewise|alike|hence|thus|whilst|upon|lest|shall|there(of|in|by|from)|where(of|in|by)": "next to, separately, the same way, so, while, on, will, of it",
    r"somebody|gravest|graver|grave": "someone, most severe, more severe, severe",
    r"held|hold nothing|holds nothing": "in the data, contains",
    r"knows? (no|nothing)": "has no",
    r"taken (as|for)": "treated as",
    r"(is|are|was|were) of (a|an|the|one|that|this|its|\d+)": "is for, belongs to, or comes from",
    r"facts of|what makes a note": "facts about; say what is required",
    r"of whatever|a most of|of blanks alone|of one's own|eternal": "any, a maximum, blank, your own",
    r"\$ a unit|a line of the day|a row a line": "per unit, per claim line",
    r"year so far|so many": "year-to-date amounts, a maximum",
    r"(in|of) (the|its|their|which|each|every|that|one|first) places?|places? of (the|a|an|each) (line|unit|entry|day|code|file)\w*|"
    r"(?<!decimal )places|placed? in the": "index, position, or locality",
    r"(un|not )covered": "out of range; covered is Medicare coverage",
    r"(is|as|only|be) a note|notes? (that|on) the (result|price|amount)": "a remark, or INFO",
    r"(a|the|this|each|every|its) setting (of|for) (the|a) (policy|payer|rule|option|check|test)": "option or policy; a setting is a facility or an office",
    r"claim (that )?stands|stands? for (it|them)sel(f|ves)": "can be billed, works on its own",
    r"modell(ed|ing)|behaviour|colou?red|colour|licence|labell(ed|ing)|programme|cancell(ed|ing)|catalogue|centre|"
    r"favour\w*|honour\w*|judgement|grey|cheque|fulfil|travell\w+|(recogn|organ|summar|normal|initial|optim|util|author|"
    r"minim|maxim|emphas|real)is(e|es|ed|ing|ation)": "American spelling",
}
"""Words that American billers and engineers do not use, or do not use in this sense, and what they write instead."""


@cache
def texts() -> tuple[Text, ...]:
    """Return the texts of the project, read once, without the list of words in this file."""
    this = "tests/project/test_plain_english.py"
    return tuple(text for text in collect_texts() if not text.where.startswith(this))


def test_texts_of_every_kind_are_found() -> None:
    kinds = {text.kind for text in texts()}
    assert kinds == {"docstring", "comment", "message", "text", "statement", "data", "page"}


def test_each_kind_of_text_is_read_where_it_stands(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""A docstring."""\n'
        "LIMIT = 1  # A comment.\n"
        '"""A constant."""\n'
        "def check(code):\n"
        '    msg = f"unknown code {code}: use 97110"\n'
        "    raise ValueError(msg)\n"
        "text = 'one more text'\n",
        encoding="utf-8",
    )
    assert sorted(python_texts(module, "src/m.py")) == [
        Text("comment", "src/m.py:2", "A comment."),
        Text("docstring", "src/m.py:1", "A docstring."),
        Text("docstring", "src/m.py:3", "A constant."),
        Text("message", "src/m.py:5", "unknown code {}: use 97110"),
        Text("text", "src/m.py:7", "one more text"),
    ]
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading\n\nA sentence\nin two lines.\n\n- An item.\n\n```python\ncode = 1\n```\n\n"
        "```{glossary}\nGP\n  A plan of care.\n```\n\nThe end.\n",
        encoding="utf-8",
    )
    assert [text.text for text in page_texts(page, "page.md")] == [
        "# A heading",
        "A sentence in two lines.",
        "- An item.",
        "GP A plan of care.",
        "The end.",
    ]
    table = tmp_path / "table.toml"
    table.write_text(
        "# A comment of the data.\n"
        "[[rule]]\n"
        'id = "a-rule"\n'
        'statement = "A rule says something."\n'
        "[source.x]\n"
        'title = "A title of CMS"\n'
        'verified = "official"\n'
        "[source.y]\n"
        'title = "Our own reading: something"\n'
        'verified = "derived"\n',
        encoding="utf-8",
    )
    assert list(toml_texts(table, "t.toml")) == [
        Text("comment", "t.toml:1", "A comment of the data."),
        Text("statement", "t.toml a-rule statement", "A rule says something."),
        Text("data", "t.toml title", "Our own reading: something"),
    ]


@pytest.mark.parametrize("words", INSTEAD_OF, ids=list(INSTEAD_OF.values()))
def test_no_text_uses_a_listed_word(words: str) -> None:
    pattern = re.compile(rf"(?<![\w-])({words})(?![\w-])", re.IGNORECASE)
    found = [
        f"{text.where}: {' '.join(text.prose[max(0, match.start() - 60) : match.end() + 40].split())}"
        for text in texts()
        for match in pattern.finditer(text.prose)
    ]
    assert found == [], f"write {INSTEAD_OF[words]}"


def test_no_sentence_opens_with_where_in_place_of_if() -> None:
    # "Where the services were furnished" is about a place. With a comma after the clause, "where" means "if".
    opening = re.compile(r"(?:^|[.:;] +|\n\n)Where [^,.:;?]*, (?!and )[^?]*?[.:;](?=\s|$)")
    found = [
        f"{text.where}: {match[0]}" for text in texts() for match in opening.finditer(text.prose)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("minutes must be a whole number, got {}", 8),
        ("give mac='15202', locality='00'", 3),
        ("'a text of the caller' is one value", 4),
        ("unknown payer: use medicare, humana, or tricare", 4),
        ("PT and OT", 3),
    ],
)
def test_words_are_counted_as_they_are_read(text: str, counts: int) -> None:
    assert word_count(text) == counts


def test_no_message_is_longer_than_25_words() -> None:
    messages = [text for text in texts() if text.kind == "message"]
    assert [
        f"{text.where}: {text.text}" for text in messages if word_count(text.text) > MOST_WORDS
    ] == []


def test_error_messages_are_lower_case_without_a_period() -> None:
    messages = [text for text in texts() if text.kind == "message" and text.where.startswith("src")]
    assert [
        f"{text.where}: {text.text}"
        for text in messages
        if re.match(r"(?!Medicare )[A-Z][a-z]+ ", text.text) or text.text.endswith(".")
    ] == []


def sentences(text: str) -> list[str]:
    """Return the sentences of *text*."""
    return re.split(r"(?<=[.;])\s+(?=[A-Za-z(])", text)


def test_no_sentence_of_a_rule_statement_is_longer_than_30_words() -> None:
    assert [
        f"{text.where}: {sentence}"
        for text in texts()
        if text.kind == "statement"
        for sentence in sentences(text.text)
        if word_count(sentence) > 30
    ] == []


@cache
def found_by_examples() -> tuple[Finding, ...]:
    """Return the findings that the worked examples of the rules produce."""
    found: list[Finding] = []

    def record(**fields: Any) -> Finding:  # noqa: ANN401 - the fields of a finding
        finding = Finding(**fields)
        found.append(finding)
        return finding

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "Finding", record)
        for family in FAMILIES:
            run_examples(family)
    return tuple(found)


def checked_rules() -> Iterator[str]:
    """Yield the rules that can produce findings."""
    for family in (
        "edits",
        "line_modifiers",
        "time",
        "documentation",
        "code_choice",
        "claims",
    ):
        yield from (row["id"] for row in read_toml(f"rules/{family}.toml")["rule"])


@pytest.mark.parametrize("rule", list(checked_rules()))
def test_a_worked_example_shows_a_finding_of_the_rule(rule: str) -> None:
    assert rule in {finding.rule.id for finding in found_by_examples()}


def test_a_finding_says_in_one_short_sentence_what_is_wrong() -> None:
    assert [
        finding.message
        for finding in found_by_examples()
        if word_count(finding.message) > MOST_WORDS or finding.message.endswith(".")
    ] == []


def test_a_finding_says_what_to_do_in_short_sentences() -> None:
    assert [
        text
        for finding in found_by_examples()
        for text in (finding.action, finding.detail)
        if text
        and (
            not text.endswith(".") or any(word_count(each) > MOST_WORDS for each in sentences(text))
        )
    ] == []


def test_every_finding_is_shown_with_its_fix() -> None:
    for finding in found_by_examples():
        shown = therapy_billing.Findings((finding,)).to_table()
        assert f"\n        Fix: {finding.action}\n" in shown


def test_every_call_that_adds_a_finding_gives_a_fix() -> None:
    calls = 0
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="add" | "find"), args=[severity, _, *more]
                ) if "Severity." in ast.unparse(severity) or "severity" in ast.unparse(severity):
                    calls += 1
                    assert more, f"{path.relative_to(ROOT)}:{node.lineno}"
    assert calls > 50


def test_a_sample_is_the_same_for_the_same_seed_and_has_no_test() -> None:
    sample = sample_texts(1, 90)
    assert sample == sample_texts(1, 90) != sample_texts(2, 90)
    assert {reader: len(set(drawn)) for reader, drawn in sample.items()} == dict.fromkeys(
        READERS, 30
    )
    assert not [
        text for drawn in sample.values() for text in drawn if text.where.startswith("tests/")
    ]
