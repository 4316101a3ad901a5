"""Fill every field of a claim record, find each text in it, and change one of them."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import attrs

from therapy_billing.claims.record_fields import MOST_CHARACTERS

__all__ = ["MARKER", "filled", "with_value"]

T = TypeVar("T")

MARKER = "ZQX"
"""What each filled text starts with, if the field has room for it."""

_STEP = re.compile(r"\.?(\w+)|\[(\d+)\]")
_SHORTEST = 8


def filled(kind: Any, count: Iterator[int]) -> Any:  # noqa: ANN401 - a record of any kind
    """Return a record of *kind* with a different marker in each text and a value in every other field."""
    hints = typing.get_type_hints(kind)
    return kind(
        **{
            field.name: _value(hints[field.name], field.metadata.get(MOST_CHARACTERS, 0), count)
            for field in attrs.fields(kind)
        }
    )


def _value(hint: Any, most: int, count: Iterator[int]) -> Any:  # noqa: ANN401 - a field of any kind
    """Return a value for a field with the annotation *hint* and room for *most* characters."""
    origin = typing.get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        first = next(each for each in typing.get_args(hint) if each is not type(None))
        return _value(first, most, count)
    if origin is tuple:
        return (_value(typing.get_args(hint)[0], most, count),)
    if hint is str:
        return f"{MARKER}{next(count):05}" if most >= _SHORTEST else "7" * most
    simple = {date: date(2026, 3, 1), Decimal: Decimal("1.5"), int: 1}
    return simple[hint] if hint in simple else filled(hint, count)


def with_value(record: T, path: str, value: object) -> T:
    """Return a copy of *record* with *value* at *path*, such as ``claims[0].header.account``."""
    steps = [name or int(index) for name, index in _STEP.findall(path)]
    changed: T = _changed(record, steps, value)
    return changed


def _changed(record: Any, steps: list[str | int], value: object) -> Any:  # noqa: ANN401 - a record or a tuple
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, int):
        return tuple(
            _changed(each, rest, value) if index == step else each
            for index, each in enumerate(record)
        )
    return attrs.evolve(record, **{step: _changed(getattr(record, step), rest, value)})
