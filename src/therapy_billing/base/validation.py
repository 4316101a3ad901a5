"""Check what a caller gives: kinds, flags, texts, paths, and each field of a record by its annotation."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import is_missing, safe_repr

__all__ = [
    "as_tuple",
    "checked",
    "require_flag",
    "require_key",
    "require_path",
    "require_text",
    "require_type",
]

T = TypeVar("T")
_FLAG_WORDS = frozenset({"yes", "no", "true", "false"})


def checked(record: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """
    Return *fields* with a check of each annotation: a ``field_transformer`` of attrs.

    Flags must be bool, text must be str, records and dates must be of their type, and a missing value is
    refused unless the field allows None. A field with a converter or a validator checks itself; a
    converter with the keyword *what* gets the name of the field, for its messages.

    >>> @attrs.frozen(field_transformer=checked)
    ... class Visit:
    ...     signed: bool
    >>> Visit("no")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: signed must be True or False, got 'no'
    """
    known = vars(builtins) | vars(sys.modules[record.__module__])
    done = []
    for field in fields:
        converter: Any = field.converter
        if "what" in (getattr(converter, "__kwdefaults__", None) or ()):
            done.append(field.evolve(converter=partial(converter, what=_name_of(field))))
        elif field.init and converter is None and field.validator is None:
            done.append(field.evolve(converter=_check_of(field, known)))
        else:
            done.append(field)
    return done


def _name_of(field: attrs.Attribute[Any]) -> str:
    return field.name.removeprefix("_")


def _check_of(field: attrs.Attribute[Any], known: Mapping[str, object]) -> Callable[[Any], object]:
    """Return a converter that takes what the annotation of *field* allows, and returns it."""
    name = _name_of(field)
    annotation = str(field.type)
    optional = annotation.endswith(" | None") or field.default is None
    kind = known.get(annotation.removesuffix(" | None").partition("[")[0])
    # A Decimal may be NaN; any other value of exactly this kind is neither missing nor wrong.
    sure = None if kind is Decimal else kind
    # isinstance knows no protocol, type variable or alias of several kinds; a list may stand for a tuple.
    if (
        not isinstance(kind, type)
        or kind in (tuple, frozenset)
        or getattr(kind, "_is_protocol", False)
    ):
        kind = object

    def check(value: object) -> object:
        if type(value) is sure or (optional and value is None):
            return value
        if kind is bool:
            return require_flag(value, name)
        if kind is str:
            require_text(value, name, optional=optional)
        elif kind is not object:
            require_type(value, kind, name)
        elif is_missing(value):
            msg = f"{name} must have a value, got {safe_repr(value)}"
            raise InvalidInputError(msg)
        return value

    # The signature of the record shows it.
    check.__annotations__["value"] = field.type
    return check


def require_path(value: object, name: str = "path") -> str:
    """
    Return *value* as the path of a file.

    Raises:
        InvalidInputError: If it is no path.

    >>> require_path(None)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: path must be the path of a file, got None
    """
    if isinstance(value, str | os.PathLike):
        path = os.fspath(value)
        if isinstance(path, str) and "\0" not in path:
            return path
    msg = f"{name} must be the path of a file, got {safe_repr(value)}"
    raise InvalidInputError(msg)


def as_tuple(given: object, kind: type[T], what: str) -> tuple[T, ...]:
    """
    Return one or several of a kind as a tuple.

    Raises:
        InvalidInputError: If something else is among them.

    >>> as_tuple("a", str, "keys"), as_tuple(["a", "b"], str, "keys")
    (('a',), ('a', 'b'))
    """
    if isinstance(given, kind):
        return (given,)
    values: tuple[object, ...] = (given,)
    if isinstance(given, Iterable) and not isinstance(given, str):
        values = tuple(given)
    found = []
    for value in values:
        if not isinstance(value, kind):
            msg = f"{what} holds {kind.__name__}, not {safe_repr(value)}"
            raise InvalidInputError(msg)
        found.append(value)
    return tuple(found)


def require_type(value: object, kind: type, what: str) -> None:
    """
    Refuse a value that is not of its kind, or is missing.

    Raises:
        InvalidInputError: If it is not.

    >>> require_type(7, str, "key")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: key must be a str, got 7
    """
    if type(value) is kind and kind is not Decimal:
        return
    # NaT is a datetime, and NaN a Decimal: they are of the kind and missing all the same.
    if not isinstance(value, kind) or is_missing(value):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        msg = f"{what} must be {article} {kind.__name__}, got {safe_repr(value)}"
        raise InvalidInputError(msg)


def require_flag(value: object, name: str) -> bool:
    """
    Return *value*, which must be a flag: a text such as ``"no"`` would count as true.

    Raises:
        InvalidInputError: If it is neither True nor False.

    >>> require_flag("no", "mppr")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: mppr must be True or False, got 'no'
    """
    if isinstance(value, bool):
        return value
    kind = type(value)
    if kind.__module__ == "numpy" and kind.__name__ in {"bool", "bool_"}:
        return bool(value)
    word = isinstance(value, str) and value.strip().lower() in _FLAG_WORDS
    msg = f"{name} must be True or False, got {repr(value) if word else safe_repr(value)}"
    raise InvalidInputError(msg)


def require_text(value: object, name: str, *, optional: bool = False) -> None:
    """
    Refuse what is no text.

    Args:
        value: What was given.
        name: The name of the argument, for the message.
        optional: Whether None is allowed.

    Raises:
        InvalidInputError: If it is no text.

    >>> require_text(float("nan"), "activity", optional=True)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: activity must be text, got NaN (a missing value); use None when there is none
    """
    if isinstance(value, str) or (optional and value is None):
        return
    msg = f"{name} must be text, got {safe_repr(value)}"
    if optional:
        msg += "; use None when there is none"
    raise InvalidInputError(msg)


def require_key(value: object, name: str = "key") -> str:
    """
    Return *value* as a caller's key. No message shows it, as it could identify a patient.

    Raises:
        InvalidInputError: If it is not text, or is empty.

    >>> require_key(1001)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: key must be text that is not empty, got an int
    """
    if isinstance(value, str):
        if value.strip():
            return value
        got = "an empty text"
    elif is_missing(value):
        got = safe_repr(value)
    else:
        kind = type(value).__name__
        got = f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
    msg = f"{name} must be text that is not empty, got {got}"
    raise InvalidInputError(msg)
