"""Counts and lists in sentences."""

from __future__ import annotations

import pytest

from therapy_billing.base.wording import counted, listed, near_word, word_key


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 days"), (1, "1 day"), (2, "2 days"), (11, "11 days")]
)
def test_one_is_counted_in_the_singular(count: int, text: str) -> None:
    assert counted(count, "day") == text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), ""),
        (("97110",), "97110"),
        (("97110", "97112"), "97110 or 97112"),
        (("97110", "97112", "97530"), "97110, 97112, or 97530"),
    ],
)
def test_a_list_has_a_conjunction_before_its_last_word(words: tuple[str, ...], text: str) -> None:
    assert listed(words, "or") == text


def test_a_list_uses_and_by_default() -> None:
    assert listed(["97110", "97112"]) == "97110 and 97112"


def test_gaps_and_case_are_ignored() -> None:
    assert word_key("  Critical_Access  Hospital ") == word_key("critical-access-hospital")


def test_only_similar_words_are_near() -> None:
    assert near_word("Medicar", ["medicare"]) == "medicare"
    assert near_word("Rosa", ["medicare"]) is None
    assert near_word(None, ["medicare"]) is None
