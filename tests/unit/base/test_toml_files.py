"""TOML files of users: their contents, and the line of each fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.refusals import refusal
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.toml_files import (
    Key,
    TomlReader,
    parse_toml,
    read_toml_file,
    unknown_key,
)

TEXT = """\
# A comment with [[policy]] in it.
name = "acme"

[[policy]]
method = "cms-eight-minute"
note = '''
[[policy]]
'''
[policy.cap_per_code]
97110 = 3
[[policy.cap_per_codes]]
codes = [
  "97110",
]
units = 4
[[policy.cap_per_codes]]
units = 5

[[policy]]
caps.day = 4
[[policy.cap_per_codes]]
units = 6
[[source]]
title = "a"
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("name",), 2),
        (("policy",), 4),
        (("policy", 0), 4),
        (("policy", 0, "method"), 5),
        (("policy", 0, "note"), 6),
        (("policy", 0, "cap_per_code"), 9),
        (("policy", 0, "cap_per_code", "97110"), 10),
        (("policy", 0, "cap_per_codes", 0), 11),
        (("policy", 0, "cap_per_codes", 0, "codes"), 12),
        (("policy", 0, "cap_per_codes", 0, "units"), 15),
        (("policy", 0, "cap_per_codes", 1), 16),
        (("policy", 0, "cap_per_codes", 1, "units"), 17),
        (("policy", 1), 19),
        (("policy", 1, "caps", "day"), 20),
        (("policy", 1, "cap_per_codes", 0, "units"), 22),
        (("source", 0, "title"), 24),
        # A missing key has the line of its table.
        (("policy", 1, "method"), 19),
        (("policy", 0, "cap_per_codes", 1, "codes"), 16),
        (("known_through",), None),
        ((), None),
    ],
)
def test_a_key_of_an_array_of_tables_has_its_own_line(
    key: tuple[str | int, ...], line: int | None
) -> None:
    assert parse_toml(TEXT, "acme.toml").line(key) == line


def test_problems_become_errors_in_the_order_of_their_lines() -> None:
    faults: list[tuple[Key, str]] = [
        (("policy", 1, "caps", "day"), "too many"),
        (("policy", 0, "method"), "unknown"),
        (("Rosa Invented", "97110"), "no key"),
        ((), "no payer"),
    ]
    file = parse_toml(TEXT, "acme.toml")
    assert [str(error) for error in file.errors(faults)] == [
        "acme.toml, column a string of 13 characters.97110: no key",
        "acme.toml: no payer",
        "acme.toml, line 5, column policy.method: unknown",
        "acme.toml, line 20, column policy.caps.day: too many",
    ]
    assert file.errors([]) == []


def test_an_array_that_is_written_as_a_value_has_the_line_of_its_key() -> None:
    file = parse_toml('name = "a"\npolicy = [{units = 4}, {units = 5}]\n', "a.toml")
    assert file.line(("policy", 1, "units")) == 2


def test_a_file_is_read_with_its_byte_order_mark_and_refused_in_another_encoding(
    tmp_path: Path,
) -> None:
    path = tmp_path / "acme.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "acme"')
    assert dict(read_toml_file(path).table) == {"name": "acme"}
    path.write_bytes(b'name = "\xe9"')
    assert refusal(FileFormatError, lambda: read_toml_file(path)) == (
        f"{path}: not UTF-8; save the file as UTF-8"
    )


def test_a_display_shows_no_text_of_the_file() -> None:
    assert repr(parse_toml('note = "Rosa"', "acme.toml")) == "TomlFile(path='acme.toml')"


def test_only_a_key_similar_to_a_known_one_gets_a_suggestion() -> None:
    assert (
        unknown_key("Mthod", ["method", "mppr"]) == "not one of method, mppr; did you mean method?"
    )
    assert unknown_key("Rosa", ["method", "mppr"]) == "not one of method, mppr"


def test_problems_above_the_limit_are_counted() -> None:
    file = parse_toml("".join(f"key{n} = 1\n" for n in range(1003)), "acme.toml")
    faults: list[tuple[Key, str]] = [((f"key{n}",), "unknown") for n in reversed(range(1003))]
    errors = file.errors(faults)
    assert len(errors) == 1001
    assert [error.line for error in errors[:2]] == [1, 2]
    assert str(errors[-1]) == "acme.toml: 3 more errors are not listed"


def test_keys_of_a_private_table_are_not_shown() -> None:
    text = '[people."Rosa"]\nage = 5\n[people]\nAnn = 6\n[places.home]\nsize = 7\n'
    reader = TomlReader(parse_toml(text, "own.toml"), ("people",))
    reader.fault(("people", "Rosa", "age"), "too young")
    reader.fault(("people", "Ann"), "not a table")
    reader.fault(("places", "home", "size"), "too small")
    reader.fault(("people",), "too few")
    assert list(map(str, reader.errors())) == [
        "own.toml, line 1, column people: too few",
        "own.toml, line 2, column people.*.age: too young",
        "own.toml, line 4, column people.*: not a table",
        "own.toml, line 6, column places.home.size: too small",
    ]
