"""Test that each rule has its function, its sources, its example, and its anchor in the documentation."""

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

from tests.grids import for_each
from tests.paths import DOCS
from therapy_billing import MEDICARE, Policy, Rule, UnitMethod
from therapy_billing.base.data_loader import read_toml
from therapy_billing.law import load_rules
from therapy_billing.law.rule_book import FAMILIES
from therapy_billing.payers import AssistantArithmetic, AssistantRule

RULES = tuple(load_rules().values())
by_id = for_each(rule=RULES)


def load_function(name: str) -> object:
    """Import the function or class with the dotted *name*."""
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
    """Return the module that generates the rules pages."""
    spec = importlib.util.spec_from_file_location("documentation", DOCS / "conf.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def family_pages() -> str:
    """Return the generated rules pages."""
    return "\n".join(map(documentation().family_page, FAMILIES))


@cache
def anchors() -> Counter[str]:
    """Return the number of anchors of each rule on all pages, including the generated ones."""
    pages = [path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")]
    text = "\n".join([*pages, family_pages()])
    return Counter(re.findall(r"^\(rule-(.+)\)=$", text, re.MULTILINE))


@cache
def examples() -> dict[str, str]:
    """Return the worked example of each rule."""
    return {
        row["id"]: row["example"]
        for family in FAMILIES
        for row in read_toml(f"rules/{family}.toml")["rule"]
    }


@by_id
def test_a_rule_has_a_worked_example_that_runs(rule: Rule) -> None:
    # test_rule_examples.py runs the examples.
    assert "\n>>> " in f"\n{examples()[rule.id]}"


@by_id
def test_the_documentation_has_one_anchor_for_a_rule(rule: Rule) -> None:
    assert anchors()[rule.id] == 1


def test_the_documentation_has_no_anchor_for_an_unknown_rule() -> None:
    assert anchors().keys() - load_rules().keys() == set()


@by_id
def test_the_page_of_a_family_shows_a_rule_with_its_sources(rule: Rule) -> None:
    page = family_pages()
    start = page.index(f"## {rule.id}\n")
    section = page[start : page.find("\n## ", start)]
    facts = [rule.statement, rule.function]
    facts += [
        fact for source in rule.sources for fact in (source.title, source.section, source.url)
    ]
    assert [fact for fact in facts if fact not in section] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_rules_page_lists_every_family(family: str) -> None:
    assert f"\nrules/{family}\n" in (DOCS / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("choice", [*UnitMethod, *AssistantRule, *AssistantArithmetic])
def test_a_choice_of_a_policy_has_the_id_of_its_rule(choice: Enum) -> None:
    assert load_rules()[choice.value].id == choice.value


@pytest.mark.parametrize("rule_of_the_year", MEDICARE.policies.entries, ids=lambda row: str(row[0]))
def test_the_assistant_rule_is_in_force_when_medicare_uses_it(
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
    assert {file.name for file in families} == {f"{family}.toml" for family in FAMILIES}
    for family in families:
        table = tomllib.loads(family.read_text("utf-8"))
        ids += [row["id"] for row in table["rule"]]
        cited = {key for row in table["rule"] for key in row["sources"]}
        assert cited == table["source"].keys(), family.name
    assert len(ids) == len(set(ids)) == len(RULES)
