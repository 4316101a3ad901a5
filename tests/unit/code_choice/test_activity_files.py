"""Files of activity types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.refusals import refusal
from tests.unit.code_choice.texts import DATA, OWN, code
from therapy_billing.base.errors import FileFormatError
from therapy_billing.code_choice.activities import Activities
from therapy_billing.code_choice.rules import CODES
from therapy_billing.code_choice.suggestion import suggest_code

VERIFIED = "official, secondary, data-file, derived, unverified"
FOCI = "strength, core stability, balance, endurance, flexibility, range of motion, coordination, power"


@pytest.fixture
def problems(
    read: Callable[[str], Activities], tmp_path: Path
) -> Callable[[str], list[tuple[int | None, str | None, str]]]:
    """Load a bad file and return line, key, and reason of each problem."""

    def problems(text: str) -> list[tuple[int | None, str | None, str]]:
        with pytest.raises(ExceptionGroup) as caught:
            read(text)
        path = str(tmp_path / "own.toml")
        assert caught.value.message == f"bad activities in {path}"
        found = []
        for error in caught.value.exceptions:
            assert type(error) is FileFormatError
            assert error.path == path
            found.append((error.line, error.column, error.reason))
        return found

    return problems


class TestOwnFile:
    def test_its_types_are_added_to_the_bundled_types(
        self, read: Callable[[str], Activities]
    ) -> None:
        own = read(OWN)
        assert own.types[:-1] == Activities.bundled().types
        assert own.types[-1].name == "Paddling"
        assert str(own.types[-1].source) == "Our protocol (unverified)"
        assert suggest_code("kayak strokes", activities=own).code == "97530"
        assert [one.name for one in own.find("lifting a kayak")] == ["Lifting", "Paddling"]
        assert code("kayak strokes") is None

    @pytest.mark.parametrize("which", CODES)
    def test_a_type_supports_its_code(self, which: str, read: Callable[[str], Activities]) -> None:
        own = read(OWN.replace("97530", which))
        assert suggest_code("paddling", activities=own).code == which

    def test_the_purpose_decides_for_a_type_with_both_codes(
        self, read: Callable[[str], Activities]
    ) -> None:
        own = read(OWN.replace('["97530"]', '["97110", "97530"]'))
        assert suggest_code("paddling", activities=own).code is None
        assert suggest_code("paddling for strength", activities=own).code == "97110"
        assert suggest_code("paddling", "return to work", activities=own).code == "97530"

    def test_examples_and_focus_are_optional(self, read: Callable[[str], Activities]) -> None:
        lines = OWN.splitlines()
        own = read("\n".join(line for line in lines if not line.startswith(("examples", "focus"))))
        assert (own.types[-1].examples, own.types[-1].focus) == ((), ())

    def test_a_name_that_is_already_used_is_reported_with_both_lines(
        self,
        problems: Callable[[str], list[tuple[int | None, str | None, str]]],
        tmp_path: Path,
    ) -> None:
        twice = OWN + OWN.partition("\n\n")[2]
        own = tmp_path / "own.toml"
        assert problems(twice) == [
            (13, "type.name", f"this activity name is already used in {own}, line 6")
        ]
        lines = DATA.joinpath("dynamic.toml").read_text("utf-8").splitlines()
        line = lines.index('name = "Reaching"') + 1
        assert problems(OWN.replace('"Paddling"', '" reaching"')) == [
            (
                6,
                "type.name",
                f"this activity name is already used in data/activities/dynamic.toml, line {line}",
            )
        ]

    def test_every_bad_key_is_reported_with_its_line(
        self, problems: Callable[[str], list[tuple[int | None, str | None, str]]]
    ) -> None:
        text = """\
colour = "red"

[source.one]
title = " "
verified = "official"

[source.two]
verified = "sure"
Patient = 1

[source.three]
title = "T"
section = 3
verified = "official"

[[type]]
name = 7
words = []
focus = ["speed"]
codes = ["97035"]
source = "two"

[[type]]
words = ["the", "x"]
kind = "new"
examples = "none"
source = 3

[[type]]
name = "Sound but for its source"
words = ["x"]
codes = ["97530"]
source = "two"
"""
        words = "a list of strings, each one or more words without punctuation, belongs here"
        assert problems(text) == [
            (1, "colour", "not one of source, type"),
            (4, "source.one.title", "text belongs here"),
            (7, "source.two.title", "missing; text belongs here"),
            (8, "source.two.verified", f"not one of {VERIFIED}"),
            (9, "source.two.Patient", "not one of title, section, url, dated, verified"),
            (13, "source.three.section", "text belongs here"),
            (17, "type.name", "text belongs here"),
            (18, "type.words", words),
            (19, "type.focus", f"a list of values from {FOCI}, belongs here"),
            (20, "type.codes", f"a list of codes in quotes, from {', '.join(CODES)}, belongs here"),
            (23, "type.name", "missing; text belongs here"),
            (
                23,
                "type.codes",
                f"missing; a list of codes in quotes, from {', '.join(CODES)}, belongs here",
            ),
            (24, "type.words", words),
            (25, "type.kind", "not one of name, words, examples, focus, codes, source"),
            (26, "type.examples", "a list of strings belongs here"),
            (27, "type.source", "the key of a [source.KEY] table belongs here"),
            (33, "type.source", "no valid [source.KEY] table has this key"),
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", (None, "type", "missing; at least one [[type]] table belongs here")),
            ("type = 3\n", (1, "type", "one or more [[type]] tables belong here")),
            ("type = [3]\n", (1, "type", "one or more [[type]] tables belong here")),
            (
                f"source = 3\n{OWN[OWN.index('[[') :]}",
                (1, "source", "tables such as [source.protocol] belong here"),
            ),
            (f"[source]\nx = 3\n{OWN}", (2, "source.x", "a table belongs here")),
            (
                OWN.replace('["paddling", "kayak"]', '["a. b"]'),
                (
                    7,
                    "type.words",
                    "a list of strings, each one or more words without punctuation, belongs here",
                ),
            ),
            (
                OWN.replace('["97530"]', "[[1]]"),
                (
                    10,
                    "type.codes",
                    f"a list of codes in quotes, from {', '.join(CODES)}, belongs here",
                ),
            ),
        ],
    )
    def test_a_file_that_is_not_a_catalog_raises_an_error(
        self,
        text: str,
        expected: tuple[int | None, str, str],
        problems: Callable[[str], list[tuple[int | None, str | None, str]]],
    ) -> None:
        assert expected in problems(text)

    def test_a_file_that_is_not_toml_is_reported_with_the_line(
        self, read: Callable[[str], Activities], tmp_path: Path
    ) -> None:
        assert refusal(FileFormatError, lambda: read("a = 1\nb =\n")) == (
            f"{tmp_path / 'own.toml'}, line 2: not valid TOML: Invalid value"
        )

    def test_a_file_that_is_not_utf_8_raises_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "own.toml"
        path.write_bytes(OWN.replace("Our", "\xfcber").encode("latin-1"))
        assert refusal(FileFormatError, lambda: Activities.from_file(path)) == (
            f"{path}: not UTF-8; save the file as UTF-8"
        )
