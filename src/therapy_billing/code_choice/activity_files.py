"""Load activity types from TOML files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.toml_files import (
    TEXT,
    Form,
    Key,
    TomlFile,
    TomlReader,
    parse_toml,
    tables_form,
)
from therapy_billing.code_choice.records import ActivityType
from therapy_billing.code_choice.rules import CODES
from therapy_billing.code_choice.words import CLAUSE_STOP, FILLER_WORDS, SENTENCE_STOP, split_words
from therapy_billing.law.source_tables import SOURCE_FORMS
from therapy_billing.law.sources import Source, parse_source

__all__ = ["bundled_types_file", "read_types"]

_TYPES_FILE = "activities/dynamic.toml"
_TYPES_PATH = f"data/{_TYPES_FILE}"
_FOCI = (
    "strength",
    "core stability",
    "balance",
    "endurance",
    "flexibility",
    "range of motion",
    "coordination",
    "power",
)


def read_types(file: TomlFile, bundled: tuple[ActivityType, ...]) -> tuple[ActivityType, ...]:
    """Return the activity types of a file. Their names must differ from those of the library's own types, *bundled*."""
    reader = TomlReader(file)
    table = reader.terms(file.table, _FILE)
    sources: dict[str, Source] = {}
    for key, row in table.get("source", {}).items():
        at: Key = ("source", key)
        source = _read_row(row, SOURCE_FORMS, ("title", "verified"), reader, at)
        if source is not None:
            sources[key] = parse_source(source)
    if "type" not in file.table:
        reader.fault(("type",), "missing; at least one [[type]] table belongs here")
    types = []
    used_names = {
        _folded(one.name): (_TYPES_PATH, ("type", number)) for number, one in enumerate(bundled)
    }
    for number, row in enumerate(table.get("type", [])):
        at = ("type", number)
        terms = _read_row(row, _TYPE, ("name", "words", "codes", "source"), reader, at)
        if terms is None:
            continue
        if terms["source"] not in sources:
            reader.fault((*at, "source"), "no valid [source.KEY] table has this key")
            continue
        terms["source"] = sources[terms["source"]]
        types.append(ActivityType(**{"examples": (), "focus": (), **terms}))
        here = (file.path, at)
        first_path, first_at = used_names.setdefault(_folded(terms["name"]), here)
        if (first_path, first_at) != here:
            first_file = file if first_path == file.path else bundled_types_file()
            line = first_file.line((*first_at, "name"))
            reason = f"this activity name is already used in {first_path}, line {line}"
            reader.fault((*at, "name"), reason)
    reader.refuse("bad activities")
    return tuple(types)


def bundled_types_file() -> TomlFile:
    """Return the file of activity types that comes with the library."""
    return parse_toml(read_library_text(_TYPES_FILE), _TYPES_PATH)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _read_row(
    row: object, forms: Mapping[str, Form], needed: Iterable[str], reader: TomlReader, at: Key
) -> dict[str, Any] | None:
    """Return the terms of the table *row*. If it has faults, add them to *reader* and return None."""
    if not isinstance(row, dict):
        reader.fault(at, "a table belongs here")
        return None
    before = len(reader.faults)
    terms = reader.terms(row, forms, at=at)
    for key in needed:
        if key not in row:
            reader.fault((*at, key), f"missing; {forms[key][1]}")
    return terms if len(reader.faults) == before else None


def _list_form(wanted: str, fits: Callable[[str], bool], *, least: int = 0) -> Form:
    """Return the form of a list of at least *least* strings that all pass *fits*."""
    reason = f"{wanted} belongs here"

    def read(values: list[object]) -> tuple[str, ...]:
        texts = tuple(value for value in values if isinstance(value, str) and fits(value))
        if len(texts) < max(least, len(values)):
            raise InvalidInputError(reason)
        return texts

    return (list,), reason, read


def _is_phrase(value: str) -> bool:
    words = set(split_words(value, FILLER_WORDS))
    return bool(words) and not words & {SENTENCE_STOP, CLAUSE_STOP}


_FILE: Mapping[str, Form] = {
    "source": ((dict,), "tables such as [source.protocol] belong here", dict),
    "type": tables_form("type"),
}
_TYPE: Mapping[str, Form] = {
    "name": TEXT,
    "words": _list_form(
        "a list of strings, each one or more words without punctuation,", _is_phrase, least=1
    ),
    "examples": _list_form("a list of strings", lambda _: True),
    "focus": _list_form(f"a list of values from {', '.join(_FOCI)},", _FOCI.__contains__),
    "codes": _list_form(
        f"a list of codes in quotes, from {', '.join(CODES)},", CODES.__contains__, least=1
    ),
    "source": ((str,), "the key of a [source.KEY] table belongs here", str),
}
