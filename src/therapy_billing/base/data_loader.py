"""
Read the library's data on first use, with the data packs on top of it.

All data is read through this module. Packs come in this order: installed distributions with the entry point
``therapy_billing.data``, the folders and zip files in the environment variable ``THERAPY_BILLING_DATA``, and the packs given
to :func:`use_data`. The stack of packs is fixed at the first look-up. Threads and forked processes share it.

Without packs, only the two functions that read a file run, so that importing the library and the first result stay fast.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.library_files import DataVersion, library_version, read_library_text
from therapy_billing.base.validation import require_path

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from therapy_billing.base.data_packs import Pack
    from therapy_billing.base.data_stack import DataStack

__all__ = [
    "active_packs",
    "data_assumptions",
    "data_version",
    "days_of_assumptions",
    "names_in_packs",
    "read_rows_of",
    "read_toml",
    "use_data",
]

VARIABLE = "THERAPY_BILLING_DATA"
ENTRY_POINT = "therapy_billing.data"
_NEVER_IN_PACKS = ("activities/", "codes/modifiers.toml", "logs/", "rules/")
"""Data files that no pack may have. Reading one needs no stack, so packs can be checked with it."""


class _State:
    """The stack of this process. None until the first look-up, which fixes it."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.stack: DataStack | None = None
        self.fixed = False
        self.version: DataVersion | None = None


_STATE = _State()


def use_data(*paths: str | os.PathLike[str]) -> None:
    """
    Use data packs in this process, on top of the library's data and of the packs that are already there.

    Call it once, before the first look-up: before ``from therapy_billing import MEDICARE``, for example.

    Args:
        paths: The packs: folders, or zip files of folders. A later pack is on top of an earlier one. A TOML file is a file of
            your own codes, in the form of ``codes/own.toml``.

    Raises:
        InvalidInputError: If there is no path, one is not a path, or data was looked up before.
        ExceptionGroup: With one FileFormatError for each fault in any pack, with its file and line. No data is used then.
        OSError: If a file cannot be read.
    """
    given = tuple(require_path(path, "paths") for path in paths)
    with _STATE.lock:
        if _STATE.fixed:
            msg = (
                "use_data must be called once, before the first look-up: before bill_day, load_codes, or "
                "`from therapy_billing import MEDICARE`"
            )
            raise InvalidInputError(msg)
        if not given:
            msg = "give at least one data pack, such as use_data('medicare-2027')"
            raise InvalidInputError(msg, field="paths")
        _fix(given)


def _stack() -> DataStack | None:
    """Return the packs on top of the library's data, or None if there are none."""
    if not _STATE.fixed:
        with _STATE.lock:
            if not _STATE.fixed:
                _fix(())
    return _STATE.stack


def _fix(given: tuple[str, ...]) -> None:
    paths = [*_installed(), *_of_environment(), *given]
    if paths:
        _STATE.stack = _load_stack(tuple(paths))
    _STATE.fixed = True


def _load_stack(paths: tuple[str, ...]) -> DataStack:
    # Imported here by name, because these modules are above this one, and most processes have no pack.
    checks = importlib.import_module("therapy_billing.packs.stack_checks")
    stack: DataStack = checks.load_stack(paths)
    return stack


def _of_environment() -> list[str]:
    given = os.environ.get(VARIABLE, "").split(os.pathsep)
    paths = [os.path.expanduser(path) for path in given if path]  # noqa: PTH111 - os is loaded, and pathlib may not be
    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110 - os is loaded, and pathlib may not be
            msg = f"{VARIABLE} names {path}, which does not exist: correct the path, or remove it"
            raise InvalidInputError(msg)
    return paths


def _installed() -> list[str]:
    """Return the folders of the installed distributions that have a data pack, in the order of their names."""
    if not any(map(_has_entry_point, sys.path)):
        return []
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import, and few have such a distribution

    found = sorted(entry_points(group=ENTRY_POINT), key=lambda point: point.name)
    return [_folder_of(_loaded(point), point.name) for point in found]


def _loaded(point: EntryPoint) -> Any:  # noqa: ANN401 - an entry point may be anything
    try:
        return point.load()
    # The module may not be there, may lack the name, or may fail in any way of its own.
    except Exception as error:
        of = f" of the distribution {point.dist.name}" if point.dist is not None else ""
        msg = (
            f"the entry point {point.name} of {ENTRY_POINT}{of} names {point.value}, which cannot be loaded "
            f"({type(error).__name__}): install the distribution again, or remove it"
        )
        raise InvalidInputError(msg) from error


def _has_entry_point(folder: str) -> bool:
    """Return whether a distribution in *folder* registers a data pack. This is faster than importlib.metadata."""
    mark = f"[{ENTRY_POINT}]".encode()
    try:
        with os.scandir(folder or ".") as entries:
            infos = [
                each.path for each in entries if each.name.endswith((".dist-info", ".egg-info"))
            ]
    except OSError:
        return False
    for info in infos:
        try:
            with open(os.path.join(info, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123 - faster
                if mark in file.read():
                    return True
        except OSError:
            continue
    return False


def _folder_of(loaded: Any, name: str) -> str:  # noqa: ANN401 - an entry point may be anything
    """Return the folder that an entry point names: a package with pack.toml in it, or a path."""
    if isinstance(loaded, str | os.PathLike):
        return os.fspath(loaded)
    file = getattr(loaded, "__file__", None)
    if file is None:
        msg = f"the entry point {name} of {ENTRY_POINT} must name a package that contains pack.toml, or a path"
        raise InvalidInputError(msg)
    return os.path.dirname(str(file))  # noqa: PTH120 - os is loaded, and pathlib may not be


def read_toml(path: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """
    Return the tables of the TOML file at *path*, relative to ``data``, with those of the packs added.

    Numbers with a decimal point are Decimal in a file that a pack adds to.
    """
    stack = None if path.startswith(_NEVER_IN_PACKS) else _stack()
    if stack is not None and stack.has(path):
        return stack.toml(path)
    import tomllib  # noqa: PLC0415 - only a first use needs it

    return tomllib.loads(read_library_text(path), parse_float=parse_float)


def read_rows_of(path: str) -> list[str]:
    """
    Return the lines of the CSV file at *path*, relative to ``data``, with those of the packs added.

    The first line has the captions.
    """
    stack = _stack()
    if stack is not None and stack.has(path):
        return stack.rows(path)
    return read_library_text(path).splitlines()


def names_in_packs(folder: str) -> tuple[str, ...]:
    """Return the names, without the ending, of the data files that packs have in *folder*."""
    stack = _stack()
    return () if stack is None else stack.names_in(folder)


def active_packs() -> tuple[Pack, ...]:
    """Return the data packs that this process uses, from the bottom up."""
    stack = _stack()
    return () if stack is None else stack.packs


def days_of_assumptions(path: str) -> tuple[date, ...]:
    """Return each day on which a pack's assumption about the data file *path* begins, or no longer applies."""
    stack = _stack()
    return () if stack is None else stack.days_of_assumptions(path)


def data_version() -> DataVersion:
    """Return the version of the library, and the data packs that this process uses."""
    if _STATE.version is None:
        stack = _stack()
        _STATE.version = DataVersion(library_version()) if stack is None else stack.version
    return _STATE.version


def data_assumptions(date_of_service: date | None, *paths: str) -> tuple[str, ...]:
    """
    Return the assumptions of the data packs that a result rests on.

    Args:
        date_of_service: The date of service. Without one, no assumption is returned.
        paths: The data files that the result uses, such as ``codes/therapy.toml``.
    """
    stack = _stack()
    if stack is None or date_of_service is None:
        return ()
    return stack.assumptions(date_of_service, paths)
