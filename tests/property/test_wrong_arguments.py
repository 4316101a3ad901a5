"""
Test that a wrong argument raises an error of the library that names the argument, and no other exception.

Each argument of each public function, method, and constructor is replaced by each wrong value in turn. A value that
happens to be valid is accepted. The valid calls are the examples in ``test_missing_values``.
"""

from __future__ import annotations

import io
import math
import re
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from texts import word_count

from tests.paths import DATA
from tests.property.test_missing_values import (
    EXAMPLES,
    NAT,
    RESULTS,
    SESSION,
    NAType,
    parameters_of,
)
from tests.public_names import PUBLIC as ROOT
from tests.unit import cms_files
from tests.unit.cms_files import GPCI_HEAD, GPCI_ROWS, PPRRVU_HEAD, PPRRVU_ROWS
from therapy_billing import Source, TherapyBillingError, TreatmentLog
from therapy_billing.law import Verification
from therapy_billing.visits import LogDay

NAMED_OF_100 = 98
MOST_WORDS = 25


class Text(str):
    """A subclass of str, as some libraries return."""

    __slots__ = ()


class Color(Enum):
    """An enum that no argument accepts."""

    RED = "red"


def nested(depth: int) -> list[Any]:
    """Return an empty list inside *depth* lists."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def wrong_values() -> Iterator[tuple[str, Any]]:
    """Yield each wrong value with its name. Values are new each time, because a call may exhaust a generator."""
    yield from {
        "None": None,
        "NaN": math.nan,
        "Decimal NaN": Decimal("NaN"),
        "signaling NaN": Decimal("sNaN"),
        "Decimal infinity": Decimal("Infinity"),
        "NaT": NAT,
        "NA": NAType(),
        "empty text": "",
        "blank": " ",
        "x": "x",
        "text of a subclass": Text("Rosa Invented"),
        "no Unicode": "\ud800",
        "null character": "\0",
        "long text": "9" * 5000,
        "bytes": b"97110",
        "object": object(),
        "lambda": lambda _: None,
        "class": int,
        "empty list": [],
        "empty dict": {},
        "set": {1, "x"},
        "list of None": [None],
        "list of lists": [[], {}],
        "pairs": [("x", "x"), (None, None)],
        "dict of a": {"a": 1},
        "dict of a code": {"97110": object()},
        "dict of None": {None: None},
        "dict of pairs": {("a", 1): [1]},
        "minus one": -1,
        "zero": 0,
        "huge": 10**30,
        "beyond text": 10**5000,
        "fraction": 1.5,
        "infinity": math.inf,
        "complex": 1j,
        "True": True,
        "last day": date.max,
        "first day": date.min,
        "naive moment": datetime(2026, 3, 2, 9, 5),  # noqa: DTZ001 - one of the wrong values
        "aware moment": datetime(2026, 3, 2, 9, 5, tzinfo=UTC),
        "deep list": nested(200),
        "range": range(3),
        "ellipsis": ...,
        "module": types,
        "stream": io.StringIO("x"),
        "other enum": Color.RED,
        "other record": Source("a manual", "", "", Verification.OFFICIAL),
        "error": ValueError("x"),
    }.items()
    yield "generator", (each for each in ("x", None))
    yield "iterator of nothing", iter(())


def outcome(call: Callable[[], object], name: str, value: object) -> str:
    """Return the outcome of a call with *value* for the argument *name*."""
    try:
        result = call()
        if isinstance(result, Iterator):
            list(result)
    except (TherapyBillingError, ExceptionGroup) as error:
        errors = error.exceptions if isinstance(error, ExceptionGroup) else (error,)
        own = [each for each in errors if isinstance(each, TherapyBillingError)]
        if len(own) < len(errors):
            return f"escaped: {error!r}"
        return kind_of_refusal(name, own)
    except OSError as error:
        # The file may not exist: the wrong value may name a missing file, and so may the example.
        if isinstance(error, FileNotFoundError) or isinstance(value, str):
            return "accepted"
        return f"escaped: {error!r}"
    except Exception as error:  # noqa: BLE001 - whatever escapes is what the test looks for
        return f"escaped: {error!r:.200}"
    return "accepted"


def kind_of_refusal(name: str, errors: Sequence[TherapyBillingError]) -> str:
    """Return whether the messages of *errors* are short, and whether one names the argument *name*."""
    if any(word_count(str(error)) > MOST_WORDS for error in errors):
        return f"too long: {errors}"
    return "named" if any(is_named(name, each) for each in errors) else "refused without its name"


def is_named(name: str, error: TherapyBillingError) -> bool:
    """Return whether *error* names the argument, in its message or as its field."""
    word = rf"(?<!\w){re.escape(name.removesuffix('s'))}s?(?!\w)"
    return re.search(word, f"{error.field} {error}") is not None


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """Return small files and a log, to replace the missing files in the examples."""
    folder = tmp_path_factory.mktemp("files")
    pprrvu = cms_files.written(folder, "pprrvu.csv", (*PPRRVU_HEAD, *PPRRVU_ROWS))
    gpci = cms_files.written(folder, "gpci.csv", (*GPCI_HEAD, *GPCI_ROWS))
    payer = cms_files.written(folder, "payer.toml", ['name = "plan"', 'base = "medicare"'])
    contract = cms_files.written(folder, "ppo.toml", ['name = "PPO"', 'per_visit = "95.00"'])
    log = {"log": TreatmentLog((LogDay("P-1", SESSION.date_of_service, "", (SESSION,), 2),), (), 1)}
    return {
        "Contract.from_file": {"path": contract},
        "FeeSchedule.from_cms_files": {"pprrvu": pprrvu, "gpci": gpci, "effective_from": None},
        "Payer.from_file": {"path": payer},
        "bill_log": {**log, "accumulators": None},
        "check_log": {**log, "accumulators": None},
        "prepare_log": {**log, "accumulators": None, "decisions": ()},
        "load_payers": {"paths": payer},
        "read_parties_file": {"path": DATA / "logs" / "clinic_day_parties.toml"},
        "submission_of_log": {**log, "accumulators": None},
        "read_gpci": {"path": gpci},
        "read_pprrvu": {"path": pprrvu},
        "read_treatment_log": {"log": DATA / "logs" / "clinic_day.csv"},
    }


def outcomes(owner: str, changes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield a description of each argument of *owner* with a wrong value, and the outcome of the call."""
    call, examples = EXAMPLES[owner]
    for name in parameters_of(call):
        for word, value in wrong_values():
            given = {**examples, **changes, name: value}
            paths = (given.pop("paths"),) if "paths" in given else ()
            yield f"{owner}, {name}: {word}", outcome(partial(call, *paths, **given), name, value)


def test_a_wrong_argument_raises_an_error_that_names_it(
    changes: Mapping[str, Mapping[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Some wrong values are good names of a file to write.
    monkeypatch.chdir(tmp_path)
    found = [each for owner in EXAMPLES for each in outcomes(owner, changes.get(owner, {}))]
    counts = Counter(what.partition(":")[0] for _, what in found)
    report = f"{len(found):,} calls: {dict(counts)}"
    assert [each for each in found if each[1].startswith(("escaped", "too long"))] == [], report
    unnamed = [each for each, what in found if what.startswith("refused")]
    assert 100 * counts["named"] >= NAMED_OF_100 * (counts["named"] + len(unnamed)), (
        report,
        unnamed,
    )


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_a_result_made_from_any_values_raises_no_other_error(name: str) -> None:
    kind: type[object] = getattr(ROOT, name)
    for word, value in wrong_values():
        given = dict.fromkeys(parameters_of(kind), value)
        assert not outcome(partial(kind, **given), name, value).startswith("escaped"), word
