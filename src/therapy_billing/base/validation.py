"""Check arguments: types, flags, strings, paths, and each record field against its annotation."""

from __future__ import annotations

import builtins
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial, wraps
from typing import Any, TypeVar

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.errors import InvalidInputError, TherapyBillingError
from therapy_billing.base.safe_repr import is_missing, safe_repr
from therapy_billing.base.whole_numbers import as_whole

__all__ = [
    "LARGEST",
    "as_tuple",
    "checked",
    "parse_whole",
    "require_flag",
    "require_key",
    "require_path",
    "require_text",
    "require_type",
]

T = TypeVar("T")
_DIGITS = re.compile(r"[0-9]{1,5}")
LARGEST = 10**12
"""The largest count or amount that is accepted."""
_FLAG_WORDS = frozenset({"yes", "no", "true", "false"})


def checked(record: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """
    Return *fields*, each with a check that its value fits its annotation. Use this as a ``field_transformer`` of attrs.

    A ``bool`` field accepts only a bool, and a ``str`` field only a str. Whole numbers and choices are converted.
    Records and dates must be instances of the annotated type. None is refused unless the field allows it, and NaN is
    always refused. A field with its own converter or validator is not checked here. A converter with the keyword *what*
    receives the field name for its messages. Each error names the field.

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
            converter = partial(converter, what=_name_of(field))
        if converter is not None:
            done.append(field.evolve(converter=_naming(converter, _name_of(field))))
        elif field.init and field.validator is None:
            done.append(field.evolve(converter=_check_of(field, known)))
        else:
            done.append(field)
    return done


def _name_of(field: attrs.Attribute[Any]) -> str:
    return field.name.removeprefix("_")


def _naming(converter: Callable[[Any], T], name: str) -> Callable[[Any], T]:
    """Return *converter*, changed so that its errors name the field *name*."""

    @wraps(converter)
    def convert(value: Any) -> T:  # noqa: ANN401 - what the converter takes
        try:
            return converter(value)
        except TherapyBillingError as error:
            if error.field is None or not error.field.startswith(name):
                error.field = name
            raise

    return convert


def _check_of(field: attrs.Attribute[Any], known: Mapping[str, object]) -> Callable[[Any], object]:
    """Return a converter that accepts only what the annotation of *field* allows."""
    name = _name_of(field)
    annotation = str(field.type)
    optional = annotation.endswith(" | None") or field.default is None
    outer, _, inner = annotation.removesuffix(" | None").partition("[")
    kind = known.get(outer)
    # A value of exactly this type needs no check, except a Decimal, which may be NaN, and a tuple, which may contain
    # anything.
    sure = None if kind in (Decimal, tuple) else kind
    convert: Callable[[Any], object]
    if kind is bool:
        convert = partial(require_flag, name=name)
    elif kind is int:
        convert = partial(parse_whole, what=name, least=-LARGEST)
    elif kind is tuple:
        convert = partial(_members, kind=known.get(inner.removesuffix(", ...]")), what=name)
    elif isinstance(kind, type) and issubclass(kind, Choice):
        convert = partial(parse_choice, kind=kind, what=name)
    else:
        convert = partial(_of_kind, kind=kind, what=name, optional=optional)

    def check(value: object) -> object:
        if type(value) is sure or (optional and value is None):
            return value
        return convert(value)

    # attrs shows this annotation in the signature of the record.
    check.__annotations__["value"] = field.type
    return check


def _of_kind(value: object, *, kind: object, what: str, optional: bool) -> object:
    """Return *value*, which must be of *kind*. If isinstance cannot check *kind*, only refuse a missing value."""
    if kind is str:
        require_text(value, what, optional=optional)
    # isinstance cannot check a protocol, a type variable, or an alias of several types.
    elif isinstance(kind, type) and not getattr(kind, "_is_protocol", False):
        require_type(value, kind, what)
    elif is_missing(value):
        msg = f"{what} must have a value, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    return value


def _members(value: object, *, kind: object, what: str) -> tuple[object, ...]:
    """Return a tuple or list as a tuple. Its members must be of *kind* if isinstance can check that."""
    if not isinstance(value, tuple | list):
        msg = f"{what} must be a tuple or a list, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    members = tuple(value)
    if isinstance(kind, type):
        for index, member in enumerate(members):
            if type(member) is not kind:
                require_type(member, kind, f"{what}[{index}]")
    return members


def require_path(value: object, name: str = "path") -> str:
    """
    Return *value* as the path of a file.

    Raises:
        InvalidInputError: If it is not a path.

    >>> require_path(None)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: path must be the path of a file, got None
    """
    if isinstance(value, str | os.PathLike):
        path = os.fspath(value)
        if isinstance(path, str) and path and "\0" not in path and _can_be_a_name(path):
            return path
    msg = f"{name} must be the path of a file, got {safe_repr(value)}"
    raise InvalidInputError(msg, field=name)


def _can_be_a_name(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


def parse_whole(
    value: object, what: str, least: int = 0, most: int = LARGEST, *, hint: str = ""
) -> int:
    """
    Return *value* as an int from *least* to *most*.

    Args:
        value: An int, a NumPy integer, or a float without a fraction. A bool is refused.
        what: The name of the argument, for the message.
        least: The smallest number allowed.
        most: The largest number allowed.
        hint: Added to the message for a value that is not a whole number: what to use instead.

    Raises:
        InvalidInputError: If it is not a whole number, or out of range.

    >>> parse_whole(20.0, "minutes", 0, 1440)
    20
    >>> parse_whole(20.5, "minutes", 0, 1440)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: minutes must be a whole number, got 20.5
    """
    whole = value if type(value) is int else as_whole(value)
    if whole is None:
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            hint = f": use int({value!r})"
        msg = f"{what} must be a whole number, got {safe_repr(value)}{hint}"
        raise InvalidInputError(msg, field=what)
    if not least <= whole <= most:
        wanted = f"{least} or more" if most == LARGEST else f"from {least} to {most}"
        msg = f"{what} must be {wanted}, got {safe_repr(whole)}"
        raise InvalidInputError(msg, field=what)
    return whole


def as_tuple(given: object, kind: type[T], what: str) -> tuple[T, ...]:
    """
    Return one value, or an iterable of values, as a tuple.

    Raises:
        InvalidInputError: If a value is not of *kind*.

    >>> as_tuple("a", str, "keys"), as_tuple(["a", "b"], str, "keys")
    (('a',), ('a', 'b'))
    """
    if type(given) is tuple and not given:
        return ()
    if isinstance(given, kind):
        return (given,)
    values: tuple[object, ...] = (given,)
    several = False
    if isinstance(given, Iterable) and not isinstance(given, str):
        values, several = tuple(given), True
    found = []
    for index, value in enumerate(values):
        if not isinstance(value, kind):
            msg = f"{what} must contain only {kind.__name__}, got {safe_repr(value)}"
            raise InvalidInputError(msg, field=f"{what}[{index}]" if several else what)
        found.append(value)
    return tuple(found)


def require_type(value: object, kind: type, what: str) -> None:
    """
    Refuse a value that is not of *kind*, or is missing.

    Raises:
        InvalidInputError: If the value is refused.

    >>> require_type(7, str, "key")
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: key must be a str, got 7
    """
    if type(value) is kind and kind is not Decimal:
        return
    # NaT is a datetime and NaN can be a Decimal: the type is right, but the value is missing. A datetime is a date, but
    # it cannot be compared with dates.
    is_moment = kind is date and isinstance(value, datetime)
    if not isinstance(value, kind) or is_moment or is_missing(value):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        msg = f"{what} must be {article} {kind.__name__}, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)


def require_flag(value: object, name: str) -> bool:
    """
    Return *value*, which must be a flag. A string such as ``"no"`` is refused, because Python counts it as true.

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
    raise InvalidInputError(msg, field=name)


def require_text(value: object, name: str, *, optional: bool = False) -> None:
    """
    Refuse a value that is not a string.

    Args:
        value: The argument.
        name: The name of the argument, for the message.
        optional: Whether None is allowed.

    Raises:
        InvalidInputError: If it is not a string.

    >>> require_text(float("nan"), "activity", optional=True)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: activity must be a string, got NaN (a missing value); use None if there is none
    """
    if isinstance(value, str) or (optional and value is None):
        return
    msg = f"{name} must be a string, got {safe_repr(value)}"
    if optional:
        msg += "; use None if there is none"
    raise InvalidInputError(msg, field=name)


def require_key(value: object, name: str = "key") -> str:
    """
    Return *value*, a key that the caller chose. No message shows it, because it could identify a patient.

    Raises:
        InvalidInputError: If it is not a string, or is empty.

    >>> require_key(1001)
    Traceback (most recent call last):
        ...
    therapy_billing.base.errors.InvalidInputError: key must be a string that is not empty, got an int
    """
    if isinstance(value, str):
        if value.strip():
            return value
        got = "an empty string"
    elif is_missing(value):
        got = safe_repr(value)
    else:
        kind = type(value).__name__
        got = f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
    msg = f"{name} must be a string that is not empty, got {got}"
    raise InvalidInputError(msg, field=name)
