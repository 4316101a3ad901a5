"""Patient keys that differ only in case or spaces get a remark without the keys."""

from __future__ import annotations

import pytest

from tests.unit.visits.logs import one_of_97110
from therapy_billing import TreatmentLog
from therapy_billing.visits import LogDay

VISIT = one_of_97110()
REMARK = (
    "patient keys that differ only in case or spaces are treated as different patients; use one key per "
    "patient: "
)


def log_of(*patients: str) -> TreatmentLog:
    days = (
        LogDay(patient, VISIT[0].date_of_service, "", VISIT, line)
        for line, patient in enumerate(patients, start=2)
    )
    return TreatmentLog(tuple(days), (), len(patients))


@pytest.mark.parametrize("variant", ["p-1001", "P-1001 ", "P -1001", "P-\u00a01001"])
def test_the_remark_names_the_first_line_of_each_key(variant: str) -> None:
    log = log_of("P-1001", "P-1002", variant, "P-1001", variant)
    assert log.remarks == (f"{REMARK}lines 2 and 4",)


def test_keys_that_differ_otherwise_get_none() -> None:
    assert log_of("P-1001", "P-1002", "P1001", "P-1001").remarks == ()
    assert log_of().remarks == ()


def test_a_third_form_and_another_patient_are_named_too() -> None:
    log = log_of("ann", "Ann", "bo", "ANN", "b o")
    assert log.remarks == (f"{REMARK}lines 2 and 3; lines 2 and 5; lines 4 and 6",)


@pytest.mark.parametrize(("number", "more"), [(10, ""), (11, "; 1 more"), (1210, "; 1,200 more")])
def test_ten_are_listed_and_the_others_counted(number: int, more: str) -> None:
    (remark,) = log_of(*(f"{form}{each}" for each in range(number) for form in "pP")).remarks
    assert remark.count("lines ") == 10
    assert remark.endswith(f"lines 20 and 21{more}")
