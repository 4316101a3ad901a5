"""
Forms of records and collections, made from type hints.

The form of a type is made on first use and kept. A type that has no exact form in JSON, such as ``Any``, is refused then, so
no record is ever written that cannot be read.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import cache, cached_property
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import attrs

from therapy_billing.base.errors import TherapyBillingError
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.wording import counted, listed, near_word
from therapy_billing.formats.json.faults import FaultError, found_type
from therapy_billing.formats.json.form import Form
from therapy_billing.formats.json.kinds import KINDS, json_name, load_kind
from therapy_billing.formats.json.plain_forms import PLAIN_FORMS, EnumForm
from therapy_billing.formats.json.tables import (
    TABLES,
    Definitions,
    JsonSchema,
    TablesRead,
    TablesWritten,
)

__all__ = ["RecordForm", "form_of", "record_form"]

_TABLE_OF = {kind: table for table, kind in TABLES.items()}
_CODE_LENGTH = 5


@cache
def form_of(hint: Any) -> Form:  # noqa: ANN401 - any type hint
    """
    Return the form for values of the type *hint*.

    Raises:
        TypeError: If the type has no exact form in JSON.
    """
    if hint in PLAIN_FORMS:
        return PLAIN_FORMS[hint]
    if hint in _TABLE_OF:
        return _ReferenceForm(_TABLE_OF[hint], record_form(hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return EnumForm(hint)
    return _composed(typing.get_origin(hint), typing.get_args(hint)) or record_form(hint)


def _composed(origin: object, arguments: tuple[Any, ...]) -> Form | None:
    """Return the form of a union or a collection; None for another type."""
    if origin in (types.UnionType, typing.Union):
        return _union(arguments)
    if origin is tuple and arguments[1:] == (...,):
        return _ListForm(form_of(arguments[0]))
    if origin is tuple:
        return _FixedForm(tuple(map(form_of, arguments)))
    if origin is Mapping and arguments[0] is str:
        return _MappingForm(form_of(arguments[1]))
    return None


@cache
def record_form(hint: Any) -> RecordForm:  # noqa: ANN401 - a class, or a generic class with its arguments
    """
    Return the form that writes each field of the record type *hint*.

    Raises:
        TypeError: If it is not a record type.
    """
    kind = typing.get_origin(hint) or hint
    if not (isinstance(kind, type) and (attrs.has(kind) or hasattr(kind, "_fields"))):
        msg = f"no exact form in JSON for the type {hint}"
        raise TypeError(msg)
    return RecordForm(kind, typing.get_args(hint))


def _union(options: tuple[Any, ...]) -> Form:
    forms = [form_of(option) for option in options if option is not types.NoneType]
    records = tuple(form for form in forms if isinstance(form, RecordForm))
    if len(records) > 1:
        forms = [*(form for form in forms if form not in records), _TaggedForm(records)]
    if len({form.json_type for form in forms}) < len(forms):
        msg = f"two types of the union have the same type in JSON: {options}"
        raise TypeError(msg)
    form = forms[0] if len(forms) == 1 else _UnionForm(tuple(forms))
    return _OptionalForm(form) if types.NoneType in options else form


class _ReferenceForm(Form):
    """A record that is stored in a table. Its JSON value is the key."""

    def __init__(self, table: str, form: RecordForm) -> None:
        self._table = table
        self._form = form
        self.wanted = f"a key of {table}"

    def holds(self, value: object) -> bool:
        return self._form.holds(value)

    def write(self, value: object, tables: TablesWritten, /) -> object:
        return tables.key_of(self._table, value, self._form.write)

    def read(self, given: object, tables: TablesRead, /) -> object:
        found = tables[self._table].get(given) if isinstance(given, str) else None
        if found is None:
            raise self.fault(given)
        return found

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        if self._table not in definitions.tables:
            definitions.tables.add(self._table)
            self._form.schema(definitions)
        return {"type": "string", "description": f"A key of {self._table}."}


class _OptionalForm(Form):
    """A value or null."""

    def __init__(self, form: Form) -> None:
        self.json_type = form.json_type
        self.wanted = f"{form.wanted} or null"
        self._form = form
        self._write = form.write
        self._read = form.read

    def holds(self, value: object) -> bool:
        return value is None or self._form.holds(value)

    def write(self, value: object, tables: TablesWritten, /) -> object:
        return None if value is None else self._write(value, tables)

    def read(self, given: object, tables: TablesRead, /) -> object:
        if given is None:
            return None
        if type(given) is not self.json_type and self.json_type is not object:
            raise self.fault(given)
        return self._read(given, tables)

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        return {"anyOf": [self._form.schema(definitions), {"type": "null"}]}


class _UnionForm(Form):
    """One of several types that differ in JSON."""

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self.json_type = object
        self.wanted = listed([form.wanted for form in forms], "or")
        self._forms = forms
        self._by_type = {form.json_type: form for form in forms}

    def holds(self, value: object) -> bool:
        return any(form.holds(value) for form in self._forms)

    def write(self, value: object, tables: TablesWritten, /) -> object:
        for form in self._forms:
            if form.holds(value):
                return form.write(value, tables)
        raise self.fault(value)

    def read(self, given: object, tables: TablesRead, /) -> object:
        form = self._by_type.get(type(given))
        if form is None:
            raise self.fault(given)
        return form.read(given, tables)

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        return {"anyOf": [form.schema(definitions) for form in self._forms]}


class _ListForm(Form):
    """A tuple of any length."""

    json_type = list
    wanted = "an array"

    def __init__(self, form: Form) -> None:
        self._form = form
        self._write = form.write
        self._read = form.read

    def holds(self, value: object) -> bool:
        return isinstance(value, tuple)

    def write(self, value: object, tables: TablesWritten, /) -> object:
        # A named tuple is a record, and as a list it would lose its names.
        if type(value) is not tuple:
            raise self.fault(value)
        return self._converted(value, self._write, tables)

    def read(self, given: object, tables: TablesRead, /) -> object:
        if type(given) is not list:
            raise self.fault(given)
        return tuple(self._converted(given, self._read, tables)) if given else ()

    def _converted(
        self,
        parts: list[object] | tuple[object, ...],
        convert: typing.Callable[..., object],
        tables: object,
    ) -> list[object]:
        done: list[object] = []
        try:
            for part in parts:
                done.append(convert(part, tables))  # noqa: PERF401 - the length is the index of a fault
        except FaultError as error:
            error.parts.append(f"[{len(done)}]")
            raise
        return done

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        return {"type": "array", "items": self._form.schema(definitions)}


class _FixedForm(Form):
    """A tuple of a fixed length."""

    json_type = list

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self.wanted = f"an array of {counted(len(forms), 'value')}"
        self._forms = forms

    def holds(self, value: object) -> bool:
        return isinstance(value, tuple)

    def write(self, value: object, tables: TablesWritten, /) -> object:
        if type(value) is not tuple or len(value) != len(self._forms):
            raise self.fault(value)
        return [_at(index, form.write, part, tables) for index, form, part in self._with(value)]

    def read(self, given: object, tables: TablesRead, /) -> object:
        if type(given) is not list or len(given) != len(self._forms):
            raise self.fault(given)
        return tuple(_at(index, form.read, part, tables) for index, form, part in self._with(given))

    def _with(self, parts: list[object] | tuple[object, ...]) -> Iterator[tuple[int, Form, object]]:
        return ((index, form, parts[index]) for index, form in enumerate(self._forms))

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        return {
            "type": "array",
            "prefixItems": [form.schema(definitions) for form in self._forms],
            "minItems": len(self._forms),
            "maxItems": len(self._forms),
        }


def _at(index: int, convert: typing.Callable[..., object], part: object, tables: object) -> object:
    try:
        return convert(part, tables)
    except FaultError as error:
        error.parts.append(f"[{index}]")
        raise


class _MappingForm(Form):
    """A mapping from text."""

    json_type = dict
    wanted = "an object"

    def __init__(self, form: Form) -> None:
        self._form = form

    def holds(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def write(self, value: object, tables: TablesWritten, /) -> object:
        if not isinstance(value, Mapping) or any(type(key) is not str for key in value):
            raise self.fault(value)
        return self._converted(value, self._form.write, tables)

    def read(self, given: object, tables: TablesRead, /) -> object:
        if type(given) is not dict:
            raise self.fault(given)
        return self._converted(given, self._form.read, tables)

    def _converted(
        self, value: Mapping[str, object], convert: typing.Callable[..., object], tables: object
    ) -> dict[str, object]:
        done: dict[str, object] = {}
        for key, part in value.items():
            try:
                done[key] = convert(part, tables)
            except FaultError as error:
                # A longer key may be a name, so the path has its position instead.
                shown = key if len(key) == _CODE_LENGTH and key.isalnum() else len(done)
                error.parts.append(f"[{shown}]")
                raise
        return done

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        return {"type": "object", "additionalProperties": self._form.schema(definitions)}


class _Field(NamedTuple):
    """A field of a record: its name in JSON and in the constructor, the name of its attribute, and its form."""

    name: str
    attribute: str
    form: Form
    required: bool


class RecordForm(Form):
    """
    A record: an object with one member for each argument of the constructor.

    Args:
        kind: The class: an attrs class or a NamedTuple.
        arguments: The arguments of a generic class.
    """

    json_type = dict
    wanted = "an object"

    def __init__(self, kind: type, arguments: tuple[Any, ...] = ()) -> None:
        self.kind: Any = kind
        self.name: str = json_name(kind)
        self._arguments = arguments

    # The fields are found on first use, because a record may contain records of its own kind.
    @cached_property
    def _fields(self) -> tuple[_Field, ...]:
        return tuple(_fields(self.kind, self._arguments))

    @cached_property
    def _writers(self) -> tuple[tuple[str, typing.Callable[..., object]], ...]:
        return tuple((field.name, field.form.write) for field in self._fields)

    @cached_property
    def _readers(self) -> dict[str, typing.Callable[..., object]]:
        return {field.name: field.form.read for field in self._fields}

    @cached_property
    def _parts(self) -> typing.Callable[[object], tuple[object, ...]]:
        # One call reads all fields. "__class__" makes the result a tuple even if there is one field.
        return attrgetter(*(field.attribute for field in self._fields), "__class__")

    def holds(self, value: object) -> bool:
        """Return whether *value* is a record of exactly this class."""
        return type(value) is self.kind

    def write(self, value: object, tables: TablesWritten, /) -> object:
        """Return *value* as a dict with every field, also those with their default."""
        if type(value) is not self.kind:
            msg = f" must be a {self.kind.__name__}, got {found_type(value)}"
            raise FaultError(msg)
        plain: dict[str, object] = {}
        name = ""
        try:
            for (name, write), part in zip(self._writers, self._parts(value)):  # noqa: B905 - the class is one part more
                plain[name] = write(part, tables)
        except FaultError as error:
            error.parts.append(name)
            raise
        return plain

    def read(self, given: object, tables: TablesRead, /) -> object:
        """Return the record that the constructor makes of *given*."""
        if type(given) is not dict:
            raise self.fault(given)
        readers = self._readers
        values: dict[str, object] = {}
        name = ""
        try:
            for name, part in given.items():
                read = readers.get(name)
                if read is None:
                    break
                values[name] = read(part, tables)
        except FaultError as error:
            error.parts.append(name)
            raise
        if len(values) < len(given):
            raise self._unknown(name)
        if len(values) < len(readers):
            self._require(values)
        try:
            return self.kind(**values)
        except TherapyBillingError as error:
            msg = f": {error}"
            raise FaultError(msg, field=error.field, code=error.code) from None

    def _unknown(self, name: str) -> FaultError:
        """Return the fault of a field that the record does not have. Its name may be a person's, so few are repeated."""
        near = near_word(name, self._readers)
        hint = "" if near is None else f"; did you mean {near}?"
        if near_word(name, self._readers, sure=True) is None:
            return FaultError(
                f" must have no unknown field, got one of {counted(len(name), 'character')}{hint}"
            )
        return FaultError(f" is not a field of {self.name}{hint}", field=name)

    def _require(self, values: Mapping[str, object]) -> None:
        """Refuse a record without a required field."""
        for field in self._fields:
            if field.required and field.name not in values:
                msg = f" must be {field.form.wanted}, but it is missing"
                raise FaultError(msg, field=field.name)

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        """Return a reference to the schema of the record, and add that schema."""
        name = "Of".join((self.kind.__name__, *(each.__name__ for each in self._arguments)))
        if name not in definitions.schemas:
            own: JsonSchema = {"type": "object"}
            # A record may contain itself, so its name is taken before its fields are described.
            definitions.schemas[name] = own
            own["properties"] = {
                field.name: field.form.schema(definitions) for field in self._fields
            }
            own["required"] = [field.name for field in self._fields if field.required]
            own["additionalProperties"] = False
        return {"$ref": f"#/$defs/{name}"}


class _TaggedForm(Form):
    """One of several records. The member ``type`` says which."""

    json_type = dict

    def __init__(self, forms: tuple[RecordForm, ...]) -> None:
        self._by_kind = {form.kind: form for form in forms}
        self._by_name = {form.name: form for form in forms}
        self.wanted = f"an object with the type {listed(list(self._by_name), 'or')}"

    def holds(self, value: object) -> bool:
        return type(value) in self._by_kind

    def write(self, value: object, tables: TablesWritten, /) -> object:
        form = self._by_kind.get(type(value))
        if form is None:
            raise self.fault(value)
        return {"type": form.name, **typing.cast("dict[str, object]", form.write(value, tables))}

    def read(self, given: object, tables: TablesRead, /) -> object:
        if type(given) is not dict:
            raise self.fault(given)
        name = given.get("type")
        form = self._by_name.get(name) if isinstance(name, str) else None
        if form is None:
            known = listed(list(self._by_name), "or")
            got = f"got {found_type(name)}" if "type" in given else "but it is missing"
            msg = f" must be {known}, {got}"
            raise FaultError(msg, field="type")
        return form.read({key: part for key, part in given.items() if key != "type"}, tables)

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        options = []
        for name, form in self._by_name.items():
            reference = form.schema(definitions)["$ref"]
            plain = definitions.schemas[reference.rpartition("/")[2]]
            tag = {"type": {"const": name}}
            # additionalProperties sees only the properties next to it, so the tag cannot be added to a reference.
            options.append(
                {
                    **plain,
                    "properties": {**tag, **plain["properties"]},
                    "required": ["type", *plain["required"]],
                }
            )
        return {"oneOf": options}


def _fields(kind: Any, arguments: tuple[Any, ...]) -> Iterator[_Field]:  # noqa: ANN401 - a class of either sort
    """Yield the fields of *kind* that its constructor takes."""
    hints = _hints(kind)
    stands_for = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))
    if attrs.has(kind):
        fields = [
            (field.alias or field.name, field.name, field.default is attrs.NOTHING)
            for field in attrs.fields(kind)
            if field.init
        ]
    else:
        fields = [(name, name, name not in kind._field_defaults) for name in kind._fields]
    for name, attribute, has_no_default in fields:
        hint = _filled(hints[attribute], stands_for)
        # The default of a data version is the version that runs now. A stored result must not claim it.
        required = has_no_default or hint is DataVersion
        yield _Field(name, attribute, form_of(hint), required)


def _hints(kind: type) -> dict[str, Any]:
    """Return the type hints of *kind*, also those that its module imports only for type checkers."""
    known: dict[str, Any] = {}
    while True:
        try:
            return typing.get_type_hints(kind, localns=known)
        except NameError as error:
            name = next((each for each in KINDS if load_kind(each).__name__ == error.name), None)
            if name is None:
                raise
            known[str(error.name)] = load_kind(name)


def _filled(hint: Any, stands_for: Mapping[TypeVar, Any]) -> Any:  # noqa: ANN401 - any type hint
    """Return *hint* with its type variables replaced."""
    if isinstance(hint, TypeVar):
        return stands_for[hint]
    variables = getattr(hint, "__parameters__", ())
    return hint[tuple(stands_for[each] for each in variables)] if variables else hint
