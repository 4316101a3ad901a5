"""Test the forms of records and collections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Generic, NamedTuple, TypeVar, Union

import attrs
import pytest

from therapy_billing import InvalidInputError, Rule
from therapy_billing.base.library_files import DataVersion
from therapy_billing.formats.json.faults import FaultError
from therapy_billing.formats.json.record_forms import form_of, record_form
from therapy_billing.formats.json.tables import Definitions, TablesWritten

T = TypeVar("T")


class Pair(NamedTuple):
    """A NamedTuple of the tests."""

    first: int
    second: str = "b"


@attrs.frozen
class Box(Generic[T]):
    """A generic record of the tests, with a private field and a field that the constructor does not take."""

    content: T
    _hidden: int = 1
    counted: int = attrs.field(default=7, init=False)


@attrs.frozen
class Tree:
    """A record that contains records of its own kind."""

    name: str
    branches: tuple[Tree, ...] = ()


@attrs.frozen
class Leaf:
    """A record that refuses a value."""

    size: int = attrs.field()
    color: str | None = None

    @size.validator
    def _check(self, _: object, value: int) -> None:
        if value > 9:
            msg = "size must be at most 9"
            raise InvalidInputError(msg, field="size", code="97110")


@attrs.frozen
class Stamped:
    """A record with a data version that has a default."""

    data: DataVersion = attrs.field(factory=lambda: DataVersion("1"))


@attrs.frozen
class Unknown:
    """A record with a name in its hints that exists nowhere."""

    value: Nowhere  # type: ignore[name-defined]  # noqa: F821


def written(value: object, hint: object) -> object:
    return form_of(hint).write(value, TablesWritten())


def read(given: object, hint: object) -> object:
    return form_of(hint).read(given, {})


def error(
    call: Callable[[object, object], object], value: object, hint: object
) -> InvalidInputError:
    with pytest.raises(FaultError) as caught:
        call(value, hint)
    return caught.value.error()


TREE = Tree("a", (Tree("b"), Tree("c", (Tree("d"),))))


@pytest.mark.parametrize(
    ("hint", "value", "plain"),
    [
        (int | None, None, None),
        (int | None, 5, 5),
        (Union[int, None], 5, 5),  # noqa: UP007 - both forms exist in annotations
        (tuple[int, ...], (), []),
        (tuple[int, ...], (1, 2), [1, 2]),
        (tuple[int, str | None], (1, None), [1, None]),
        (tuple[tuple[str, int], ...], (("a", 1),), [["a", 1]]),
        (Mapping[str, Decimal], {"b": Decimal("1.0"), "a": Decimal(2)}, {"b": "1.0", "a": "2"}),
        (int | tuple[int, ...] | None, (1,), [1]),
        (int | tuple[int, ...] | None, 1, 1),
        (int | tuple[int, ...] | None, None, None),
        (Pair, Pair(1, "c"), {"first": 1, "second": "c"}),
        (Box[Decimal], Box(Decimal("1.50"), 2), {"content": "1.50", "hidden": 2}),
        (Box[Pair | None], Box(Pair(1)), {"content": {"first": 1, "second": "b"}, "hidden": 1}),
        (
            Tree,
            TREE,
            {
                "name": "a",
                "branches": [
                    {"name": "b", "branches": []},
                    {"name": "c", "branches": [{"name": "d", "branches": []}]},
                ],
            },
        ),
        (Leaf | Tree, Leaf(3), {"type": "leaf", "size": 3, "color": None}),
        (Leaf | Tree | None, Tree("a"), {"type": "tree", "name": "a", "branches": []}),
        (Leaf | Tree | str, "a", "a"),
        (Leaf | Tree | str, Leaf(1), {"type": "leaf", "size": 1, "color": None}),
    ],
)
def test_a_value_is_written_and_read_back(hint: object, value: object, plain: object) -> None:
    assert written(value, hint) == plain
    assert read(plain, hint) == value
    assert type(read(plain, hint)) is type(value)
    assert form_of(hint).holds(value)
    assert not form_of(hint).holds(1.5)


def test_a_field_with_a_default_may_be_missing() -> None:
    assert read({"first": 1}, Pair) == Pair(1)
    assert read({"size": 3}, Leaf) == Leaf(3)


def test_a_data_version_must_be_given_although_it_has_a_default() -> None:
    found = error(read, {}, Stamped)
    assert str(found) == "data must be an object, but it is missing"
    assert found.field == "data"


@pytest.mark.parametrize(
    ("hint", "given", "message"),
    [
        (
            int | None,
            "a",
            "record must be a whole number or null, got a string",
        ),
        (tuple[int, ...], {}, "record must be an array, got an object"),
        (tuple[bool, ...], [True, 1], "[1] must be true or false, got a whole number"),
        (tuple[int, str], [1], "record must be an array of 2 values, got an array"),
        (tuple[int, str], "ab", "record must be an array of 2 values, got a string"),
        (tuple[str, str], ["a", 2], "[1] must be a string, got a whole number"),
        (Mapping[str, bool], [], "record must be an object, got an array"),
        (Mapping[str, bool], {"97110": 1}, "[97110] must be true or false, got a whole number"),
        (
            Mapping[str, bool],
            {"Ann Lee": True, "Rosa Invented": 1},
            "[1] must be true or false, got a whole number",
        ),
        (str | tuple[str, ...], 1, "record must be a string or an array, got a whole number"),
        (str | tuple[str, ...], [1], "[0] must be a string, got a whole number"),
        (Pair, [], "record must be an object, got an array"),
        (
            Pair,
            {},
            "first must be a whole number, but it is missing",
        ),
        (Leaf, {"size": 3, "colour": "x"}, "colour is not a field of leaf; did you mean color?"),
        (
            Leaf,
            {"size": 3, "colr": "x"},
            "record must have no unknown field, got one of 4 characters; did you mean color?",
        ),
        (
            Leaf,
            {"size": 3, "Rosa Invented": "x"},
            "record must have no unknown field, got one of 13 characters",
        ),
        (Leaf, {"size": 10}, "size: size must be at most 9"),
        (
            Tree,
            {"name": "a", "branches": [{"name": "b"}, {"name": 1}]},
            "branches[1].name must be a string, got a whole number",
        ),
        (Leaf | Tree, {}, "type must be leaf or tree, but it is missing"),
        (Leaf | Tree, {"type": "Rosa"}, "type must be leaf or tree, got a string"),
        (Leaf | Tree, {"type": 1}, "type must be leaf or tree, got a whole number"),
        (Leaf | Tree, 1, "record must be an object with the type leaf or tree, got a whole number"),
        (Leaf | Tree, {"type": "tree", "name": 1}, "name must be a string, got a whole number"),
    ],
)
def test_the_first_fault_is_refused_with_its_path(
    hint: object, given: object, message: str
) -> None:
    found = error(read, given, hint)
    assert str(found) == message
    assert len(message.split()) <= 25
    where = message.partition(" must")[0].partition(" is not")[0].partition(": ")[0]
    assert found.field == where


def test_a_refusal_of_the_constructor_keeps_its_code() -> None:
    assert error(read, {"size": 10}, Leaf).code == "97110"


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (tuple[int, ...], [1], "record must be an array, got an array"),
        (tuple[int, ...], Pair(1), "record must be an array, got a Pair"),
        (tuple[bool, ...], (True, 1), "[1] must be true or false, got a whole number"),
        (tuple[int, str], (1,), "record must be an array of 2 values, got a tuple"),
        (tuple[str, str], ("a", 1), "[1] must be a string, got a whole number"),
        (Mapping[str, bool], {1: True}, "record must be an object, got an object"),
        (Mapping[str, bool], 1, "record must be an object, got a whole number"),
        (Mapping[str, bool], {"a": 1}, "[0] must be true or false, got a whole number"),
        (str | tuple[str, ...], 1, "record must be a string or an array, got a whole number"),
        (Leaf, TREE, "record must be a Leaf, got a Tree"),
        (Tree, Tree("a", (Leaf(1),)), "branches[0] must be a Tree, got a Leaf"),  # type: ignore[arg-type]
        (Leaf | Tree, Pair(1), "record must be an object with the type leaf or tree, got a Pair"),
    ],
)
def test_a_value_of_another_type_is_not_written(hint: object, value: object, message: str) -> None:
    assert str(error(written, value, hint)) == message


@pytest.mark.parametrize(
    "hint", [Any, object, float, bytes, list[int], Mapping[int, str], int | Decimal | bool | float]
)
def test_a_type_without_an_exact_form_is_refused(hint: object) -> None:
    with pytest.raises(TypeError, match="no exact form in JSON for the type "):
        form_of(hint)


def test_a_union_whose_types_look_alike_in_json_is_refused() -> None:
    with pytest.raises(TypeError, match="two types of the union have the same type in JSON"):
        form_of(str | Decimal)
    with pytest.raises(TypeError, match="two types of the union have the same type in JSON"):
        form_of(Leaf | Mapping[str, str])


def test_a_hint_that_names_nothing_is_an_error_of_the_record() -> None:
    with pytest.raises(NameError, match="Nowhere"):
        read({}, Unknown)


def test_a_record_of_a_table_may_be_in_a_union() -> None:
    rule = Rule("own", "a statement")
    tables = TablesWritten()
    form = form_of(int | Rule | None)
    assert form.write(rule, tables) == "own"
    assert form.read("own", {"rules": {"own": rule}}) is rule
    assert (form.write(5, tables), form.read(5, {})) == (5, 5)


def test_the_form_of_a_type_is_made_once() -> None:
    assert form_of(Tree) is form_of(Tree)
    assert record_form(Tree) is form_of(Tree)


@pytest.mark.parametrize(
    ("hint", "schema"),
    [
        (str | None, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (tuple[str, ...], {"type": "array", "items": {"type": "string"}}),
        (
            tuple[str, bool],
            {
                "type": "array",
                "prefixItems": [{"type": "string"}, {"type": "boolean"}],
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (
            Mapping[str, bool],
            {"type": "object", "additionalProperties": {"type": "boolean"}},
        ),
        (
            str | tuple[str, ...],
            {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        ),
    ],
)
def test_a_collection_has_its_schema(hint: object, schema: object) -> None:
    assert form_of(hint).schema(Definitions()) == schema


def test_a_record_is_described_once_and_by_reference() -> None:
    definitions = Definitions()
    assert form_of(Tree).schema(definitions) == {"$ref": "#/$defs/Tree"}
    assert form_of(Box[Tree]).schema(definitions) == {"$ref": "#/$defs/BoxOfTree"}
    assert list(definitions.schemas) == ["Tree", "BoxOfTree"]
    assert definitions.schemas["Tree"] == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "branches": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
        },
        "required": ["name"],
        "additionalProperties": False,
    }


def test_a_union_of_records_requires_the_type() -> None:
    first, second = form_of(Leaf | Tree).schema(Definitions())["oneOf"]
    assert first["properties"]["type"] == {"const": "leaf"}
    assert second["properties"]["type"] == {"const": "tree"}
    assert (first["required"], second["required"]) == (["type", "size"], ["type", "name"])
