"""From each rule to its function, its sources and its place in the documentation."""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import re
import tomllib
from collections import Counter
from enum import Enum
from functools import cache, reduce
from importlib import resources
from types import ModuleType

import pytest

from tests.paths import DOCS
from therapy_billing import MEDICARE, Policy, Rule, UnitMethod
from therapy_billing.law import load_rules
from therapy_billing.payers import AssistantArithmetic, AssistantRule

RULES = tuple(load_rules().values())
by_id = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])


def load_function(name: str) -> object:
    """Import what the dotted *name* means: a function or a class of a module."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[length:], module)
    raise ModuleNotFoundError(name)


@by_id
def test_a_rules_id_is_kebab_case(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.id)


@by_id
def test_a_rule_has_a_statement_and_sources(rule: Rule) -> None:
    assert rule.statement.endswith(".")
    assert rule.sources
    assert all(source.title for source in rule.sources)
    assert len(set(rule.sources)) == len(rule.sources)


@by_id
def test_the_function_of_a_rule_can_be_called(rule: Rule) -> None:
    assert rule.function.startswith("therapy_billing.")
    assert callable(load_function(rule.function))


@by_id
def test_a_pure_rules_function_names_the_rule(rule: Rule) -> None:
    if ".rules." in rule.function:
        function = load_function(rule.function)
        assert function.__doc__ is not None
        named = set(re.findall(r"``([a-z0-9-]+)``", function.__doc__))
        shared = {"cms-whole-quarters", "full-period"}
        assert rule.id in named | shared


@cache
def documentation() -> ModuleType:
    """Return the module that writes the generated pages."""
    spec = importlib.util.spec_from_file_location("documentation", DOCS / "conf.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def anchors() -> Counter[str]:
    """Return how often the pages have an anchor of each rule, those of the generated page too."""
    pages = [path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")]
    text = "\n".join([*pages, documentation().traceability()])
    return Counter(re.findall(r"^\(rule-(.+)\)=$", text, re.MULTILINE))


@by_id
def test_the_function_of_a_rule_has_an_example_that_is_run(rule: Rule) -> None:
    assert documentation().examples(rule.function)


@by_id
def test_the_documentation_has_one_anchor_for_a_rule(rule: Rule) -> None:
    assert anchors()[rule.id] == 1


def test_the_documentation_has_no_anchor_of_a_rule_that_is_not_there() -> None:
    assert anchors().keys() - load_rules().keys() == set()


@by_id
def test_the_traceability_page_tells_a_rule_with_its_sources(rule: Rule) -> None:
    page = documentation().traceability()
    place = page.index(f"### {rule.id}\n")
    section = page[place : page.find("\n### ", place)]
    facts = [rule.statement, rule.function]
    facts += [
        fact for source in rule.sources for fact in (source.title, source.section, source.url)
    ]
    assert [fact for fact in facts if fact not in section] == []


def test_the_traceability_page_is_the_generated_one() -> None:
    assert "_generated/traceability.md" in (DOCS / "traceability.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("choice", [*UnitMethod, *AssistantRule, *AssistantArithmetic])
def test_a_choice_of_a_policy_is_named_as_its_rule(choice: Enum) -> None:
    assert load_rules()[choice.value].id == choice.value


@pytest.mark.parametrize("rule_of_the_year", MEDICARE.policies.entries, ids=lambda row: str(row[0]))
def test_the_rule_of_assistants_is_in_force_when_medicare_takes_it(
    rule_of_the_year: tuple[datetime.date | None, Policy],
) -> None:
    day, policy = rule_of_the_year
    effective = load_rules()[policy.modifiers.assistants.value].effective_from
    assert effective is None or day == effective


def test_no_two_rules_have_the_same_id_and_every_source_is_cited() -> None:
    ids: list[str] = []
    families = [
        file
        for file in resources.files("therapy_billing").joinpath("data/rules").iterdir()
        if file.name.endswith(".toml")
    ]
    assert len(families) == 12
    for family in families:
        table = tomllib.loads(family.read_text("utf-8"))
        ids += [row["id"] for row in table["rule"]]
        cited = {key for row in table["rule"] for key in row["sources"]}
        assert cited == table["source"].keys(), family.name
    assert len(ids) == len(set(ids)) == len(RULES)
