"""The catalog of activities and its data."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.unit.code_choice.texts import DATA
from therapy_billing.code_choice.activities import Activities
from therapy_billing.law.sources import Verification

CUES = tomllib.loads(DATA.joinpath("cues.toml").read_text("utf-8"))
TYPES = tomllib.loads(DATA.joinpath("dynamic.toml").read_text("utf-8"))


class TestCatalog:
    def test_the_bundled_catalog_is_loaded_once(self) -> None:
        assert Activities.bundled() is Activities.bundled()
        assert "phrases" not in repr(Activities.bundled())

    def test_it_includes_the_published_activities_with_their_focus(self) -> None:
        focus = {one.name: one.focus for one in Activities.bundled().types}
        assert focus["Lifting"] == ("strength", "core stability")
        assert focus["Carrying"] == ("balance", "endurance")
        assert focus["Reaching"] == ("flexibility", "range of motion")
        assert focus["Transferring"] == ("strength", "coordination")
        assert focus.keys() >= {
            "Handling",
            "Transporting",
            "Hand assembly",
            "Swinging",
            "Catching",
            "Lunging",
            "Throwing",
        }

    def test_it_finds_the_named_types_in_catalog_order(self) -> None:
        found = Activities.bundled().find("Squats, then carries and lifts boxes. No throwing")
        assert [one.name for one in found] == ["Lifting", "Carrying", "Squatting"]
        assert Activities.bundled().find("") == ()

    @pytest.mark.parametrize("row", TYPES["type"], ids=lambda row: row["name"])
    def test_each_word_of_a_type_finds_it(self, row: dict[str, Any]) -> None:
        assert row["examples"]
        assert row["focus"]
        for word in row["words"]:
            assert row["name"] in [one.name for one in Activities.bundled().find(word)], word


class TestData:
    def test_each_cue_has_a_source_and_each_source_is_cited(self) -> None:
        words = {word.value for word in Verification}
        for table, rows in (
            (CUES, [*CUES["cue"], *CUES["combination"].values(), *CUES["warning"].values()]),
            (TYPES, TYPES["type"]),
        ):
            assert {row["source"] for row in rows} == table["source"].keys()
            assert {row["verified"] for row in table["source"].values()} <= words

    def test_only_goals_that_can_be_trained_support_two_codes(self) -> None:
        lexicon = Activities.bundled()._lexicon  # noqa: SLF001 - the loaded data
        shared = {}
        for rows in lexicon.phrases.values():
            for phrase, effects, keys in rows:
                assert not (effects and keys), phrase
                codes = {lexicon.entries[key].code for key in keys}
                if len(codes) > 1:
                    shared[" ".join(phrase)] = codes
        assert shared == {"stair": {"97116", "97530"}, "curb": {"97116", "97530"}}

    def test_no_row_repeats_a_phrase(self) -> None:
        for row in CUES["cue"]:
            assert len(row["phrases"]) == len(set(row["phrases"])), row["reason"]

    def test_a_reason_is_one_clause(self) -> None:
        rows = [*CUES["cue"], *CUES["combination"].values(), *CUES["warning"].values()]
        for row in rows:
            assert re.fullmatch(r"[a-z][^.]*", row["reason"]), row["reason"]
