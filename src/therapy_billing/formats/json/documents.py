"""
Write records to a JSON document, and read them back.

A document is an envelope around one record or several: the name of its schema, the version of that schema, the library and
data packs that wrote it, and the citations, rules, and policies that the records refer to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, NoReturn, TypeVar, overload

from therapy_billing.base.data_loader import data_version
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import parse_whole, require_flag
from therapy_billing.base.wording import counted, near_word
from therapy_billing.formats.json.faults import FaultError, found_type
from therapy_billing.formats.json.kinds import KINDS, load_kind, schema_name
from therapy_billing.formats.json.record_forms import RecordForm, form_of, record_form
from therapy_billing.formats.json.schemas import VERSION, tables_of
from therapy_billing.formats.json.tables import TABLES, TablesRead, TablesWritten

__all__ = ["from_json", "to_json"]

T = TypeVar("T")
PREFIX: Final = "therapy-billing/"
_MOST_INDENT = 16
_NO_RECORD = "a record such as a Session, or a list of records of one type"


def to_json(record: object, *, indent: int | None = None) -> str:
    """
    Return *record* as a JSON document that :func:`~therapy_billing.from_json` reads back to an equal record.

    Equal input always gives the same text, in ASCII. The text includes patient and clinician keys and the text of
    treatment notes, also those that no display shows: store it where you store the records themselves.

    Args:
        record: A record, or a list or tuple of records of one type.
            :func:`~therapy_billing.formats.json_schema_names` lists the types.
        indent: How many spaces to indent each level, 0 to 16. By default, the text is one line.

    Raises:
        InvalidInputError: If JSON does not support the type, a list is empty or has several types, or a field has a value
            that its type does not allow.

    >>> from therapy_billing import Authorization
    >>> to_json(Authorization(12))[:41]
    '{"schema":"therapy-billing/authorization"'
    >>> from_json(to_json(Authorization(12))) == Authorization(12)
    True
    """
    spaces = None if indent is None else parse_whole(indent, "indent", 0, _MOST_INDENT)
    several = type(record) in (list, tuple)
    records: Any = record if several else (record,)
    if not records:
        msg = f"record must be {_NO_RECORD}, got an empty {type(record).__name__}"
        raise InvalidInputError(msg, field="record")
    name = schema_name(type(records[0]))
    if name is None:
        got = safe_repr(record)
        if several:
            got = f"a {type(record).__name__} with {safe_repr(records[0])}"
        msg = f"record must be {_NO_RECORD}, got {got}"
        raise InvalidInputError(msg, field="record")
    tables = TablesWritten()
    form = record_form(load_kind(name))
    written = []
    try:
        for each in records:
            written.append(form.write(each, tables))  # noqa: PERF401 - the length is the index of a fault
    except FaultError as fault:
        if several:
            fault.parts.append(f"[{len(written)}]")
        raise fault.error() from None
    version = data_version()
    document = {
        "schema": f"{PREFIX}{name}",
        "schema_version": VERSION,
        "library": version.library,
        "data_packs": version.packs,
        **tables.entries(),
        **({"records": written} if several else {"record": written[0]}),
    }
    return json.dumps(document, indent=spaces, separators=None if spaces else (",", ":"))


@overload
def from_json(text: str | bytes) -> Any: ...  # noqa: ANN401 - the document names the type
@overload
def from_json(text: str | bytes, kind: type[T], *, many: Literal[False] = ...) -> T: ...
@overload
def from_json(text: str | bytes, kind: type[T], *, many: Literal[True]) -> tuple[T, ...]: ...
def from_json(text: str | bytes, kind: type[Any] | None = None, *, many: bool = False) -> Any:
    """
    Return the record in a JSON document that :func:`~therapy_billing.to_json` wrote, or a tuple of the records.

    Reading is strict: an unknown or missing field, a repeated key, or a value of another type is refused. Only a field with a
    default may be missing. Results are read as they were stored, and are not computed again.

    Args:
        text: The document, as text or as bytes in UTF-8.
        kind: The class of the record, such as ``Session``. If you leave it out, the document decides, and whether it holds
            one record or a list.
        many: Whether a document for *kind* must hold a list of records. If not, it must hold one.

    Returns:
        A record, or a tuple of records if the document has a list.

    Raises:
        InvalidInputError: If the document is not valid. ``field`` is the path to the first fault, such as
            ``services[2].minutes``; in a list, it starts with the index of the record.

    >>> from therapy_billing import Authorization, to_json
    >>> from_json(to_json(Authorization(12)).replace(":12,", ':"12",'), Authorization)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: visits must be a whole number or null, got a string
    """
    if require_flag(many, "many") and kind is None:
        msg = "many must be given with kind, such as from_json(text, Session, many=True)"
        raise InvalidInputError(msg, field="many")
    wanted = None if kind is None else _name_of(kind)
    document = _document(text)
    try:
        name = _schema_of(document, wanted)
        _check_envelope(document, name)
        tables = _tables(document, tables_of(name))
    except FaultError as fault:
        raise fault.error("document") from None
    several = "records" in document
    if kind is not None and several is not many:
        msg = (
            "records must be one record, got a list: use many=True"
            if several
            else "record must be a list of records, got one: use many=False"
        )
        raise InvalidInputError(msg, field="records" if several else "record")
    form = record_form(load_kind(name))
    if not several:
        return _read(form, document["record"], tables)
    return tuple(_read(form, each, tables, index) for index, each in enumerate(document["records"]))


def _name_of(kind: object) -> str:
    """Return the name in JSON of the class that the caller gave."""
    name = schema_name(kind) if isinstance(kind, type) else None
    if name is None:
        got = kind.__name__ if isinstance(kind, type) else safe_repr(kind)
        msg = f"kind must be a class of json_schema_names() such as Session, got {got}"
        raise InvalidInputError(msg, field="kind")
    return name


def _read(form: RecordForm, given: object, tables: TablesRead, index: int | None = None) -> object:
    try:
        return form.read(given, tables)
    except FaultError as fault:
        if index is not None:
            fault.parts.append(f"[{index}]")
        raise fault.error() from None


class _RepeatedKeys(dict[str, Any]):
    """An object in which a key is repeated. It is no dict for the forms, so the path of the fault is known."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _RepeatedKeys(found)


def _refuse_constant(_: str) -> NoReturn:
    msg = "text must have no NaN or Infinity: write null for a missing value"
    raise InvalidInputError(msg, field="text")


def _document(text: object) -> Mapping[str, Any]:
    """Return the object that *text* holds."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            msg = f"text must be UTF-8, got another byte at position {error.start}"
            raise InvalidInputError(msg, field="text") from None
    if not isinstance(text, str):
        msg = f"text must be a string or bytes, got {safe_repr(text)}"
        raise InvalidInputError(msg, field="text")
    try:
        document = json.loads(
            text.removeprefix("\ufeff"), object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except InvalidInputError:
        raise
    except json.JSONDecodeError as error:
        msg = f"text must be JSON, but line {error.lineno}, column {error.colno} is not"
        raise InvalidInputError(msg, field="text") from None
    except ValueError:
        # Python refuses to convert a number with thousands of digits.
        msg = "text must have no whole number with thousands of digits"
        raise InvalidInputError(msg, field="text") from None
    except RecursionError:
        msg = "text must have fewer levels of arrays and objects, at most 100"
        raise InvalidInputError(msg, field="text") from None
    if type(document) is not dict:
        msg = f"text must be a JSON document from to_json, got {found_type(document)}"
        raise InvalidInputError(msg, field="text")
    return document


def _schema_of(document: Mapping[str, Any], wanted: str | None) -> str:
    """Return the name of the record that *document* says it holds."""
    given = document.get("schema")
    name = given.removeprefix(PREFIX) if isinstance(given, str) else ""
    if name not in KINDS or given == name:
        near = near_word(name, KINDS)
        right = f"{PREFIX}{wanted or near or 'session'}"
        how = "" if wanted else "a known schema such as "
        msg = f" must be {how}{right}, got {_got(document, 'schema')}"
        raise FaultError(msg, field="schema")
    if wanted not in (None, name):
        msg = f" must be {PREFIX}{wanted}, got {PREFIX}{name}"
        raise FaultError(msg, field="schema")
    version = document.get("schema_version")
    if type(version) is not int or version != VERSION:
        got = safe_repr(version) if type(version) is int else _got(document, "schema_version")
        msg = f" must be {VERSION}, got {got}"
        raise FaultError(msg, field="schema_version")
    return name


def _got(document: Mapping[str, Any], key: str) -> str:
    return found_type(document[key]) if key in document else "no value"


def _check_envelope(document: Mapping[str, Any], name: str) -> None:
    """Check the keys of the envelope, and what it says about the library that wrote it."""
    known = {"schema", "schema_version", "library", "data_packs", "record", "records"}
    for key in document:
        if key not in known | tables_of(name):
            msg = f" must have no unknown member, got one of {counted(len(key), 'character')}"
            raise FaultError(msg)
    if ("record" in document) is ("records" in document):
        msg = " must have either record or records"
        raise FaultError(msg)
    _read_member(document, "library", form_of(str))
    _read_member(document, "data_packs", form_of(tuple[str, ...]))
    if "records" in document and (type(document["records"]) is not list or not document["records"]):
        got = "an empty array" if document["records"] == [] else found_type(document["records"])
        msg = f" must be an array with at least one record, got {got}"
        raise FaultError(msg, field="records")


def _read_member(document: Mapping[str, Any], key: str, form: Any) -> None:  # noqa: ANN401
    if key not in document:
        msg = f" must be {form.wanted}, but it is missing"
        raise FaultError(msg, field=key)
    try:
        form.read(document[key], {})
    except FaultError as fault:
        fault.parts.append(key)
        raise


def _tables(document: Mapping[str, Any], used: frozenset[str]) -> TablesRead:
    """Return the records in the tables. A table refers only to the tables before it."""
    tables: dict[str, dict[str, object]] = {name: {} for name in TABLES}
    for name, kind in TABLES.items():
        given = document.get(name, {}) if name in used else {}
        if type(given) is not dict:
            msg = f" must be an object, got {found_type(given)}"
            raise FaultError(msg, field=name)
        form = record_form(kind)
        for index, (key, each) in enumerate(given.items()):
            try:
                tables[name][key] = form.read(each, tables)
            except FaultError as fault:
                # A key of the caller's own may be a name, so the path has its position.
                fault.parts += [f"[{index}]", name]
                raise
    return tables
