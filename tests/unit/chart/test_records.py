"""The chart records as values: equality, pickling, immutability, and plain dicts."""

from __future__ import annotations

import pickle

import attrs
import pytest

from tests.unit.chart.values import DAY
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.chart.deadlines import Deadline
from therapy_billing.chart.notes import NoteEntry, Practice, TreatmentNote
from therapy_billing.chart.plans import PlanOfCare, ProgressReport, Recertification
from therapy_billing.law import load_rules


class TestDue:
    def test_its_dict_has_plain_values(self) -> None:
        rule = load_rules()["progress-report"]
        due = Deadline(what="progress report", by=DAY, rule=rule, statement="write it")
        assert due.to_dict() == {
            "what": "progress report",
            "by": "2026-03-02",
            "rule": "progress-report",
            "statement": "write it",
            "entries": [],
            "citation": [source.to_dict() for source in rule.sources],
        }


@pytest.mark.parametrize(
    "record",
    [
        TreatmentNote(DAY, "PT", [NoteEntry("97110", 15, "steps")], key="1"),
        PlanOfCare(
            "PT", DAY, "90 days", recertifications=[Recertification(None, "2026-06-01", "9 days")]
        ),
        ProgressReport(DAY, "therapist", signed=True),
        Authorization(12, codes=["97110"]),
        Practice(),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_record_can_be_compared_and_copied_but_not_changed(record: object) -> None:
    assert pickle.loads(pickle.dumps(record)) == record  # noqa: S301 - our own bytes
    assert hash(record) == hash(pickle.loads(pickle.dumps(record)))  # noqa: S301 - our own bytes
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        record.key = "another"  # type: ignore[attr-defined]
