"""Test the laws of JSON documents: out and back is the same record, and a wrong document is always refused clearly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.json_records import RECORDS
from tests.payers_that_count import PAYERS_THAT_COUNT
from tests.property.test_record_dicts import EXAMPLES
from therapy_billing import (
    Accumulators,
    FeeSchedule,
    InvalidInputError,
    Payer,
    Session,
    TherapyBillingError,
    TimedService,
    UntimedService,
    bill_day,
    build_claim,
    check_day,
    explain,
    from_json,
    price_day,
    to_json,
)
from therapy_billing.formats import json_schema
from therapy_billing.formats.json.kinds import KINDS, schema_name

ON = "2026-03-02"
WRITTEN = {name: record for name, record in EXAMPLES.items() if schema_name(type(record))}
"""The examples of public records, except those inside other records."""
OHIO = FeeSchedule.medicare(ON, locality="OH")
TEXTS = st.none() | st.text(min_size=1, max_size=8).filter(str.strip)
TIMED = ("97110", "97112", "97116", "97140", "97530", "97535")

timed = st.builds(
    TimedService,
    st.sampled_from(TIMED),
    st.integers(0, 70),
    clinician=st.sampled_from(["therapist", "assistant", "together", "student", "aide"]),
    body_region=TEXTS,
    activity=TEXTS,
    key=TEXTS,
    treated_by=st.sampled_from([None, "T-1", "T-2"]),
    modifiers=st.sampled_from([(), ("95",), ("GA",)]),
)
untimed = st.builds(
    UntimedService,
    st.sampled_from(["97161", "97150", "97014", "G0283"]),
    st.none() | st.integers(0, 70),
    key=TEXTS,
)
sessions = st.builds(
    Session,
    st.just(ON),
    st.sampled_from(["PT", "OT"]),
    st.lists(timed | untimed, min_size=1, max_size=5),
    key=TEXTS,
)
days = st.lists(sessions, min_size=1, max_size=2)
payers = st.sampled_from(list(PAYERS_THAT_COUNT.values()))
years = st.none() | st.builds(
    Accumulators, st.just(2026), deductible_met=st.integers(0, 283), pt_slp=st.integers(0, 3000)
)


def again(record: Any) -> Any:  # noqa: ANN401 - any record
    text = to_json(record)
    copy = from_json(text)
    assert to_json(copy) == text
    return copy


def test_every_kind_has_an_example() -> None:
    assert {schema_name(type(record)) for record in WRITTEN.values()} == set(KINDS)


class TestOutAndBack:
    """A record that is written and read back is equal, and so is everything that is computed from it."""

    @pytest.mark.parametrize("name", WRITTEN)
    def test_the_example_of_each_public_record(self, name: str) -> None:
        record = WRITTEN[name]
        assert again(record) == record
        assert again([record, record]) == (record, record)
        document = json.loads(to_json(record))
        validator = Draft202012Validator(json_schema(document["schema"].partition("/")[2]))
        assert validator.is_valid(document)

    @given(days)
    def test_sessions(self, day: list[Session]) -> None:
        assert again(day) == tuple(day)

    @given(days, payers, years)
    def test_claims_and_priced_days_of_every_payer(
        self,
        day: list[Session],
        payer: Payer,
        year: Accumulators | None,
    ) -> None:
        try:
            claim = build_claim(day, payer)
            priced = bill_day(day, payer, OHIO, year)
        except TherapyBillingError:
            return
        copy = again(claim)
        assert copy == claim
        assert explain(copy) == explain(claim)
        assert price_day(copy, payer, OHIO, year) == price_day(claim, payer, OHIO, year)
        billed = again(priced)
        assert billed == priced
        assert hash(billed) == hash(priced)
        assert again(explain(billed)) == explain(priced)

    @given(days, payers, years)
    def test_findings_of_every_payer(
        self,
        day: list[Session],
        payer: Payer,
        year: Accumulators | None,
    ) -> None:
        try:
            found = check_day(day, payer, OHIO, year)
        except TherapyBillingError:
            return
        assert again(found) == found
        assert again(found).to_table() == found.to_table()


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-03-02", "40.42", "PT", "s1", "a-rule", "97110", "-1", "0"]),
    lambda parts: (
        st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=8), parts, max_size=3)
    ),
    max_leaves=5,
)


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Yield the path of each value inside *part*."""
    members = part.items() if isinstance(part, dict) else enumerate(part)
    for name, value in members:
        yield (*path, name)
        if isinstance(value, dict | list):
            yield from places(value, (*path, name))


class TestWrongDocuments:
    """A document with a change anywhere is read, or refused with an InvalidInputError that has a path."""

    @settings(max_examples=300)
    @given(st.data())
    def test_a_changed_value(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(RECORDS)))
        document = json.loads(to_json(RECORDS[name]))
        for _ in range(data.draw(st.integers(1, 2))):
            path = data.draw(st.sampled_from(list(places(document))))
            part: Any = document
            for step in path[:-1]:
                part = part[step]
            if data.draw(st.booleans()):
                part[path[-1]] = data.draw(values)
            else:
                del part[path[-1]]
            if not document:
                break
        self.refuse_or_read(json.dumps(document))

    @settings(max_examples=300)
    @given(st.data())
    def test_a_name_in_the_wrong_place_is_in_no_message(self, data: st.DataObject) -> None:
        document = json.loads(to_json(RECORDS[data.draw(st.sampled_from(list(RECORDS)))]))
        path = data.draw(st.sampled_from(list(places(document))))
        part: Any = document
        for step in path[:-1]:
            part = part[step]
        if isinstance(part, dict) and data.draw(st.booleans()):
            part["Rosa Invented"] = part.pop(path[-1])
        else:
            part[path[-1]] = data.draw(st.sampled_from(["Rosa Invented", ["Rosa Invented"]]))
        caught = self.refuse_or_read(json.dumps(document))
        if caught is not None:
            assert "Rosa" not in f"{caught} {caught.field}"
            assert len(str(caught).split()) <= 25

    @settings(max_examples=200)
    @given(st.sampled_from(list(RECORDS)), st.data())
    def test_a_text_that_is_cut_or_changed(self, name: str, data: st.DataObject) -> None:
        text = to_json(RECORDS[name])
        at = data.draw(st.integers(0, len(text)))
        width = data.draw(st.integers(0, 3))
        self.refuse_or_read(text[:at] + data.draw(st.text(max_size=3)) + text[at + width :])

    @given(st.text(max_size=30) | st.binary(max_size=30) | values.map(json.dumps))
    def test_any_text(self, text: str | bytes) -> None:
        self.refuse_or_read(text)

    @staticmethod
    def refuse_or_read(text: str | bytes) -> TherapyBillingError | None:
        caught: TherapyBillingError | None = None
        try:
            from_json(text)
        except TherapyBillingError as error:
            caught = error
        assert caught is None or (type(caught) is InvalidInputError and caught.field)
        return caught
