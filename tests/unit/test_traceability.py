"""From each rule to its function, its sources and its place in the documentation."""

from __future__ import annotations

import datetime
import importlib
import re
import tomllib
from enum import Enum
from functools import reduce
from importlib import resources
from pathlib import Path

import pytest

from therapy_billing import (
    MEDICARE,
    AssistantArithmetic,
    AssistantRule,
    Policy,
    Rule,
    UnitMethod,
    load_rules,
)

RULES_PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
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
    if rule.function.startswith("therapy_billing.rules."):
        function = load_function(rule.function)
        assert function.__doc__ is not None
        named = set(re.findall(r"``([a-z0-9-]+)``", function.__doc__))
        shared = {"cms-whole-quarters", "full-period"}
        assert rule.id in named | shared


@by_id
def test_the_documentation_has_an_anchor_for_a_rule(rule: Rule) -> None:
    lines = RULES_PAGE.read_text(encoding="utf-8").splitlines()
    assert lines.count(f"(rule-{rule.id})=") == 1


def test_the_documentation_has_no_anchor_of_a_rule_that_is_not_there() -> None:
    anchors = re.findall(r"^\(rule-(.+)\)=$", RULES_PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(anchors) - load_rules().keys() == set()


@pytest.mark.parametrize("choice", [*UnitMethod, *AssistantRule, *AssistantArithmetic])
def test_a_choice_of_a_policy_is_named_as_its_rule(choice: Enum) -> None:
    assert load_rules()[choice.value].id == choice.value


@pytest.mark.parametrize("rule_of_the_year", MEDICARE.policies.entries, ids=lambda row: str(row[0]))
def test_the_rule_of_assistants_is_in_force_when_medicare_takes_it(
    rule_of_the_year: tuple[datetime.date | None, Policy],
) -> None:
    day, policy = rule_of_the_year
    effective = load_rules()[policy.assistants.value].effective_from
    assert effective is None or day == effective


def test_no_two_rules_have_the_same_id_and_every_source_is_cited() -> None:
    ids: list[str] = []
    families = [
        file
        for file in resources.files("therapy_billing").joinpath("data/rules").iterdir()
        if file.name.endswith(".toml")
    ]
    assert len(families) == 7
    for family in families:
        table = tomllib.loads(family.read_text("utf-8"))
        ids += [row["id"] for row in table["rule"]]
        cited = {key for row in table["rule"] for key in row["sources"]}
        assert cited == table["source"].keys(), family.name
    assert len(ids) == len(set(ids)) == len(RULES)
