"""Check what a caller gives: each field of a record by its own annotation, and the path of a file."""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from therapy_billing.base.errors import (
    InvalidInputError,
    is_missing,
    require_flag,
    require_text,
    see_kind,
    shown,
)

__all__ = ["checked", "require_path"]


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
            see_kind(value, kind, name)
        elif is_missing(value):
            msg = f"{name} must have a value, got {shown(value)}"
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
    msg = f"{name} must be the path of a file, got {shown(value)}"
    raise InvalidInputError(msg)
