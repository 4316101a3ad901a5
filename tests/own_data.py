"""Run a test with other data files than the library's, and with empty caches."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest

from therapy_billing.base import data_loader
from therapy_billing.base.library_files import read_library_text

__all__ = ["cleared_caches", "own_data"]

_CACHED = type(functools.cache(len))
_LAZY_DATA = ("MEDICARE", "CPT_MIDPOINT")
"""The public names that hold data, which the packages keep after the first use."""

Cached: TypeAlias = Any  # functools has no public name for the type
Place: TypeAlias = tuple[Cached, Callable[[Cached], None]]
"""A cached function, and a function that replaces it."""


@contextmanager
def own_data(files: Mapping[str, str]) -> Iterator[None]:
    """
    Let the loader return these texts for the library's data files.

    Args:
        files: The texts by path, such as ``codes/own.toml``.
    """
    with pytest.MonkeyPatch.context() as patch, cleared_caches():
        patch.setattr(
            data_loader,
            "read_library_text",
            lambda path: files[path] if path in files else read_library_text(path),
        )
        yield


@contextmanager
def cleared_caches() -> Iterator[None]:
    """
    Give every cached function of the library an empty cache, and forget the stack of data packs. Restore both at the end.

    The full caches come back, rather than empty ones, because other tests compare objects such as MEDICARE by identity.
    """
    fresh: dict[int, Cached] = {}
    originals: dict[int, Cached] = {}
    places = list(_places())
    for cached, _ in places:
        if id(cached) not in fresh:
            made = functools.lru_cache(**cached.cache_parameters())(cached.__wrapped__)
            fresh[id(cached)], originals[id(made)] = made, cached
    lazy = _take_lazy_data()
    _exchange(places, fresh)
    try:
        with pytest.MonkeyPatch.context() as patch:
            # A test may call use_data, which a process can do only once.
            patch.setattr(data_loader, "_STATE", type(vars(data_loader)["_STATE"])())
            yield
    finally:
        places = list(_places())
        _exchange(places, originals)
        for cached, _ in places:
            if id(cached) not in originals and id(cached) not in fresh:
                # The test was the first to import the function.
                cached.cache_clear()
        _take_lazy_data()
        for names, name, value in lazy:
            names[name] = value


def _take_lazy_data() -> list[tuple[dict[str, Any], str, object]]:
    """Remove the data that packages and objects such as PAYERS keep, and return it with where it was."""
    return [(names, name, names.pop(name)) for names, name in list(_lazy_places())]


def _lazy_places() -> Iterator[tuple[dict[str, Any], str]]:
    objects: dict[int, object] = {}
    for names in _modules():
        if "__getattr__" in names:
            yield from ((names, name) for name in _LAZY_DATA if name in names)
        objects |= {id(value): value for value in names.values() if _is_of_library(value)}
    for value in objects.values():
        held = getattr(value, "__dict__", {})
        for name in held:
            if isinstance(getattr(type(value), name, None), functools.cached_property):
                yield held, name


def _is_of_library(value: object) -> bool:
    return type(value).__module__.startswith("therapy_billing.")


def _exchange(places: Iterable[Place], others: Mapping[int, Cached]) -> None:
    """Replace each cached function by the one that *others* has for its id."""
    for cached, put in places:
        if id(cached) in others:
            put(others[id(cached)])


def _modules() -> list[dict[str, Any]]:
    """Return the names in each module of the library, and of the tests, which import its functions."""
    roots = ("therapy_billing", "tests")
    return [vars(module) for name, module in sys.modules.items() if name.partition(".")[0] in roots]


def _places() -> Iterator[Place]:
    for names in _modules():
        for name, value in list(names.items()):
            if isinstance(value, _CACHED):
                yield value, functools.partial(names.__setitem__, name)
            elif isinstance(value, type):
                if value.__module__ == names["__name__"]:
                    yield from _places_of_class(value)
            elif _is_of_library(value):
                for attribute, held in list(getattr(value, "__dict__", {}).items()):
                    if isinstance(held, _CACHED):
                        yield held, functools.partial(object.__setattr__, value, attribute)


def _places_of_class(kind: type) -> Iterator[Place]:
    if not kind.__module__.startswith("therapy_billing."):
        return
    for name, value in list(vars(kind).items()):
        if isinstance(value, _CACHED):
            yield value, functools.partial(setattr, kind, name)
        elif isinstance(value, classmethod | staticmethod) and isinstance(value.__func__, _CACHED):
            yield value.__func__, functools.partial(_put_method, kind, name, type(value))


def _put_method(kind: type, name: str, how: Callable[[Cached], object], cached: Cached) -> None:
    setattr(kind, name, how(cached))
