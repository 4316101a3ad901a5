"""Test the JSON Schema of each record against documents that are right and wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from write_json_schemas import FOLDER, schema_text

from tests.json_records import RECORDS
from tests.refusals import refused
from therapy_billing import InvalidInputError, UntimedService, from_json, to_json
from therapy_billing.formats import json_schema, json_schema_names
from therapy_billing.formats.json.kinds import KINDS
from therapy_billing.formats.json.schemas import build_schema

VALIDATORS = {name: Draft202012Validator(json_schema(name)) for name in KINDS}
DOCUMENTS: Mapping[str, Any] = {name: json.loads(to_json(RECORDS[name])) for name in KINDS}


def test_every_kind_has_a_schema_and_nothing_else_has() -> None:
    assert json_schema_names() == tuple(KINDS)
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.v1.json" for name in KINDS}


@pytest.mark.parametrize("name", KINDS)
def test_the_file_is_the_schema_of_the_forms(name: str) -> None:
    assert (FOLDER / f"{name}.v1.json").read_text(encoding="utf-8") == schema_text(name)
    assert json_schema(name) == build_schema(name)


@pytest.mark.parametrize("name", KINDS)
def test_a_schema_is_valid_and_needs_no_other_file(name: str) -> None:
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    references = {str(each) for each in values_of(schema, "$ref")}
    assert references <= {f"#/$defs/{each}" for each in schema["$defs"]}


@pytest.mark.parametrize("name", KINDS)
def test_documents_of_one_record_and_of_a_list_are_valid(name: str) -> None:
    VALIDATORS[name].validate(DOCUMENTS[name])
    VALIDATORS[name].validate(json.loads(to_json([RECORDS[name]] * 2)))


def values_of(part: object, key: str) -> Iterator[object]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from values_of(value, key)


def places(part: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401
    """Yield the path of each value inside *part*. Of a list, only the first value is taken."""
    members: Mapping[Any, Any] = {}
    if isinstance(part, dict):
        members = part
    elif isinstance(part, list):
        members = dict(enumerate(part[:1]))
    for name, value in members.items():
        yield (*path, name)
        yield from places(value, (*path, name))


def wrong_values(value: object) -> Iterator[object]:
    """Yield values that no field with *value* can have."""
    yield 1.5
    if isinstance(value, str):
        yield 23
    elif isinstance(value, bool):
        yield int(value)
    elif isinstance(value, int):
        yield str(value)
    elif isinstance(value, dict):
        yield {**value, "unknown_member": 1}
        yield [value]
    elif isinstance(value, list):
        yield {"0": value}


def wrong_documents(name: str) -> Iterator[tuple[str, Any]]:
    """Yield copies of the document of *name*, each with one value of a wrong type."""
    document = DOCUMENTS[name]
    known: set[tuple[object, ...]] = set()
    for path in places(document):
        # The records of the tables are tried in full in documents of their own.
        if path[0] in ("sources", "rules", "policies") and len(path) > 1:
            continue
        # A record inside the record is tried in full where it is at the top.
        nested = [step for step in path if isinstance(step, str)]
        if len(nested) > 3 or tuple(nested) in known:
            continue
        known.add(tuple(nested))
        value: Any = document
        for step in path:
            value = value[step]
        for wrong in wrong_values(value):
            copy = deepcopy(document) if len(path) > 1 else dict(document)
            part = copy
            for step in path[:-1]:
                part = part[step]
            part[path[-1]] = wrong
            yield f"{path}: {wrong!r}"[:80], copy


@pytest.mark.parametrize("name", KINDS)
def test_a_wrong_type_anywhere_is_refused_by_the_schema_and_by_reading(name: str) -> None:
    count = 0
    for where, document in wrong_documents(name):
        assert not VALIDATORS[name].is_valid(document), where
        with pytest.raises(InvalidInputError):
            from_json(json.dumps(document))
        count += 1
    assert count >= 12


@pytest.mark.parametrize("name", KINDS)
def test_the_schema_and_reading_require_the_same_fields(name: str) -> None:
    document = DOCUMENTS[name]
    for key in document["record"]:
        record = {each: value for each, value in document["record"].items() if each != key}
        shorter = {**document, "record": record}
        message = ""
        try:
            from_json(json.dumps(shorter))
        except InvalidInputError as error:
            message = str(error)
        # A record may also need a field that has a default, because of another field.
        assert VALIDATORS[name].is_valid(shorter) is not message.endswith("but it is missing"), key


def test_a_service_needs_its_type_and_the_fields_of_that_type() -> None:
    document = json.loads(to_json(RECORDS["session"]))
    service = document["record"]["services"][2]
    assert service["type"] == "untimed-service"
    service["type"] = "timed-service"
    assert not VALIDATORS["session"].is_valid(document)
    assert from_json(to_json(UntimedService("97161"))).minutes is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Rosa Invented", "got a string of 13 characters"),
        ("sessions", "got 'sessions'; did you mean session?"),
        ("../session", "got a string of 10 characters; did you mean session?"),
    ],
)
def test_an_unknown_schema_is_refused(name: str, message: str) -> None:
    error = refused(lambda: json_schema(name))
    assert str(error) == f"name must be a name in json_schema_names(), {message}"
    assert error.field == "name"


def test_each_call_returns_a_schema_of_its_own() -> None:
    json_schema("session")["title"] = "changed"
    assert json_schema("session")["title"] == "therapy-billing/session, version 1"
