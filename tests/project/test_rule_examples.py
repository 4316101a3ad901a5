"""The worked examples of the rules, which the rules pages show, give the printed results."""

from __future__ import annotations

import pytest

from tests.rule_examples import run_examples
from therapy_billing.law.rule_book import FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
def test_examples_of_a_family_give_the_printed_results(family: str) -> None:
    assert run_examples(family) == ""
