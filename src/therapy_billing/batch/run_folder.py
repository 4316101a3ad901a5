"""
The folder of a run over files: its finished parts, and what the run was started with.

A part is written under a temporary name and renamed when it is complete. ``run.json`` lists the finished parts, so a run that was
killed goes on after them. It also keeps the arguments, so parts of different runs are never mixed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import attrs

from therapy_billing.base.errors import InvalidInputError, TherapyBillingError
from therapy_billing.base.whole_files import write_whole
from therapy_billing.base.wording import listed
from therapy_billing.batch.frames import FrameCounts
from therapy_billing.batch.row_status import RowStatus
from therapy_billing.batch.spill_folders import locked
from therapy_billing.codes.code_book import load_codes
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.parameters import Parameters

__all__ = ["TABLES", "RunFolder", "fingerprint"]

TABLES = ("lines", "rows")
"""The folders of the output."""
_RUN = "run.json"
_LOCK = ".lock"
_FORM = "therapy-billing run 1"
_UNFINISHED = ".unfinished"


def fingerprint(value: object) -> str:
    """
    Return a text that is equal for equal arguments, also in another process.

    >>> fingerprint({"a": Decimal("1.0")}) == fingerprint({"a": Decimal("1.0")})
    True
    """
    text = json.dumps(_plain(value), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:  # noqa: ANN401, C901, PLR0911 - one kind of value after another
    """Return *value* as JSON, in an order of its own and not in that of sets and mappings."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, FeeSchedule):
        return _plain_fees(value)
    if isinstance(value, Parameters):
        return _plain(vars(value) if hasattr(value, "__dict__") else value._series)  # noqa: SLF001 - not shown by repr
    if attrs.has(type(value)):
        fields = attrs.fields(type(value))
        return [
            type(value).__name__,
            {each.name: _plain(getattr(value, each.name)) for each in fields if each.init},
        ]
    if isinstance(value, partial):
        return ["partial", _plain(value.func), _plain(value.args), _plain(value.keywords)]
    if isinstance(value, Mapping):
        return sorted(([_plain(key), _plain(each)] for key, each in value.items()), key=json.dumps)
    if isinstance(value, AbstractSet):
        return sorted((_plain(each) for each in value), key=json.dumps)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    name = getattr(value, "__qualname__", None)
    if name is not None:
        return f"{getattr(value, '__module__', '')}.{name}"
    return str(value)


def _plain_fees(fees: FeeSchedule) -> Any:  # noqa: ANN401
    """Return a fee schedule as JSON: what it is for, and the price of every code."""
    facts = [
        fees.name,
        fees.effective_from,
        fees.effective_through,
        fees.setting,
        fees.locality,
        fees.contract,
        fees.parameters,
        fees.basis,
    ]
    prices = {}
    for code in sorted(load_codes()):
        try:
            prices[code] = _plain(fees.price(code))
        except TherapyBillingError as error:
            prices[code] = str(error)
    return [_plain(facts), prices]


class RunFolder:
    """
    The folder of a run.

    Args:
        path: The folder. It is made if it does not exist.
        suffix: The ending of the files, such as ``.parquet``.

    Attributes:
        parts: How many parts the output has.
        done: The counts of the finished parts.
        sequence: Whether the documented order is given as numbers or as times, in the rows so far; None if it is not known.
    """

    def __init__(self, path: Path, suffix: str) -> None:
        self.path = path
        self.suffix = suffix
        self._facts: dict[str, Any] = {}
        self.parts: int = 0
        self.done: list[FrameCounts] = []
        self.sequence: str | None = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """
        Make the folder, and keep other runs out of it.

        Raises:
            InvalidInputError: If another run uses the folder, or the folder was not made by a run.
            OSError: If the folder cannot be made.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        others = [each for each in self.path.iterdir() if each.name != _LOCK]
        if others and not self._is_of_run():
            msg = f"{self.path} is not empty, and no run made it: give a new folder for the output"
            raise InvalidInputError(msg, field="out")
        try:
            with locked(self.path / _LOCK):
                yield
        except BlockingIOError:
            msg = f"another run is writing to {self.path}: wait for it, or give another folder"
            raise InvalidInputError(msg, field="out") from None

    def _is_of_run(self) -> bool:
        try:
            facts = json.loads((self.path / _RUN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(facts, dict) and facts.get("form") == _FORM

    def start(
        self,
        arguments: Mapping[str, Any],
        parts: int | None,
        default: Callable[[], int],
        *,
        resume: bool,
    ) -> None:
        """
        Start the run, or go on with it.

        Args:
            arguments: What the output depends on.
            parts: The number of parts; None for *default*, or for that of the run.
            default: Returns the number of parts of a new run.
            resume: Whether to keep the finished parts.

        Raises:
            InvalidInputError: If the run was started with other arguments.
            OSError: If the folder cannot be written.
        """
        given = json.loads(json.dumps(dict(arguments)))
        before: dict[str, Any] = {}
        if resume and (self.path / _RUN).exists():
            before = json.loads((self.path / _RUN).read_text(encoding="utf-8"))
            self._refuse_others(before, given, parts)
        self.parts = before.get("parts") or parts or default()
        self.done = [_counts_from(each) for each in before.get("done", ())]
        self.sequence = before.get("sequence")
        self._facts = {"form": _FORM, "arguments": given, "parts": self.parts}
        self._remove_unfinished()
        for table in TABLES:
            (self.path / table).mkdir(exist_ok=True)
        self._write()

    def _refuse_others(
        self, before: Mapping[str, Any], given: Mapping[str, Any], parts: int | None
    ) -> None:
        had = before["arguments"]
        different = [name for name in given if given[name] != had.get(name)]
        if parts not in (None, before["parts"]):
            different.append("parts")
        if different:
            verb = "has" if len(different) == 1 else "have"
            msg = (
                f"the run in {self.path} was started with others than these: {listed(different)} {verb} changed; "
                "give the same again, another folder, or resume=False to start over"
            )
            raise InvalidInputError(msg, field="out")

    def _remove_unfinished(self) -> None:
        """Remove the files of parts that are not finished."""
        kept = {self.file(table, part) for table in TABLES for part in range(len(self.done))}
        for table in TABLES:
            for each in (self.path / table).glob("part-*"):
                if each not in kept:
                    each.unlink()
        # A finished part whose file was removed is made again, with all parts after it.
        for part in range(len(self.done)):
            if not all(self.file(table, part).exists() for table in TABLES):
                self.done = self.done[:part]
                self._remove_unfinished()
                return

    def file(self, table: str, part: int) -> Path:
        """Return the file of a part."""
        return self.path / table / f"part-{part:05d}{self.suffix}"

    def unfinished(self, table: str) -> Path:
        """Return the temporary name of a file of the next part."""
        file = self.file(table, len(self.done))
        return file.with_name(file.name + _UNFINISHED)

    def finish(self, counts: FrameCounts) -> None:
        """Give the files of the next part their names, and note that it is finished."""
        for table in TABLES:
            unfinished = self.unfinished(table)
            with unfinished.open("rb") as written:
                os.fsync(written.fileno())
            unfinished.replace(self.file(table, len(self.done)))
        self.done.append(counts)
        self._write()

    def _write(self) -> None:
        done = [_counts_to(each) for each in self.done]
        text = json.dumps({**self._facts, "sequence": self.sequence, "done": done}, indent=1)
        write_whole(self.path / _RUN, text + "\n")


def _counts_to(counts: FrameCounts) -> dict[str, Any]:
    by_status = {status.value: count for status, count in counts.rows_by_status.items()}
    return {**attrs.asdict(counts), "rows_by_status": by_status}


def _counts_from(facts: Mapping[str, Any]) -> FrameCounts:
    by_status = {RowStatus(name): count for name, count in facts["rows_by_status"].items()}
    return FrameCounts(**{**facts, "rows_by_status": by_status})
