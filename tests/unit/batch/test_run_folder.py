from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from therapy_billing import PAYERS, Accumulators, FeeSchedule
from therapy_billing.batch.run_folder import fingerprint
from therapy_billing.codes.roles import Discipline

PRINT = """
from therapy_billing import PAYERS, Accumulators, FeeSchedule
from therapy_billing.batch.run_folder import fingerprint
rates = FeeSchedule.from_rates({"97530": "40.00"})
print(fingerprint([PAYERS[name] for name in PAYERS]), fingerprint([rates, FeeSchedule.medicare("2026-03-02"), {"a", "b", "c"}]))
"""


def test_another_process_has_the_same_fingerprint() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", PRINT],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


class Callable:
    def __call__(self, day: date) -> FeeSchedule:
        return FeeSchedule.medicare(day)

    def __str__(self) -> str:
        return "fees"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, "1"),
        (None, ""),
        (Discipline.PT, Discipline.OT),
        (date(2026, 1, 1), date(2026, 1, 2)),
        (Decimal("1.0"), Decimal("1.1")),
        ({"a": 1}, {"a": 2}),
        ({1: "a"}, {"1": "a"}),
        ({"a", "b"}, {"a"}),
        ([1, 2], [2, 1]),
        (Accumulators(2026), Accumulators(2025)),
        (PAYERS["medicare"], PAYERS["cpt-midpoint"]),
        (FeeSchedule.medicare, FeeSchedule.from_rates),
        (
            partial(FeeSchedule.medicare, locality="OH"),
            partial(FeeSchedule.medicare, locality="NC"),
        ),
        (FeeSchedule.from_rates({"97530": "40.00"}), FeeSchedule.from_rates({"97530": "40.01"})),
        (
            FeeSchedule.from_rates({"97530": "40"}),
            FeeSchedule.from_rates({"97530": "40"}, name="x"),
        ),
        (Callable(), partial(Callable())),
    ],
)
def test_other_values_have_another_fingerprint(one: object, other: object) -> None:
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(one)


def test_the_order_of_mappings_and_sets_does_not_count() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"ab", "cd", "ef"}) == fingerprint({"ef", "ab", "cd"})
