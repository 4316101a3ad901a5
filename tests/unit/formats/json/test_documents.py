"""Test the envelope of a JSON document, and what is refused."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import attrs
import pytest

from tests.json_records import (
    DATA,
    FINDING,
    FINDINGS,
    FIXTURES,
    MANUAL,
    POLICY,
    RECORDS,
    RULE,
    STEP,
)
from tests.refusals import refused
from therapy_billing import (
    Authorization,
    Claim,
    ClaimLine,
    Finding,
    Rule,
    Session,
    Source,
    TimedService,
    from_json,
    to_json,
)
from therapy_billing.base.data_loader import data_version
from therapy_billing.base.library_files import DataVersion
from therapy_billing.chart import AuthorizationBalance
from therapy_billing.explanations import Step
from therapy_billing.formats.json import documents
from therapy_billing.formats.json.kinds import load_kind
from therapy_billing.law import Verification

SESSION = Session("2026-03-02", "PT", [TimedService("97110", 20, key="row 7")])
DOCUMENT: dict[str, Any] = json.loads(to_json(SESSION))
FOUND: dict[str, Any] = json.loads(to_json(FINDING))


def changed(document: dict[str, Any], *path: str | int, value: Any) -> str:  # noqa: ANN401
    """Return *document* as text, with *value* at *path*."""
    copy = json.loads(json.dumps(document))
    part = copy
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    return json.dumps(copy)


def without(document: dict[str, Any], *path: str | int) -> str:
    """Return *document* as text, without the member at *path*."""
    copy = json.loads(json.dumps(document))
    part = copy
    for step in path[:-1]:
        part = part[step]
    del part[path[-1]]
    return json.dumps(copy)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_each_kind_comes_back_equal(name: str) -> None:
    record = RECORDS[name]
    text = to_json(record)
    assert from_json(text) == record
    assert from_json(text.encode(), load_kind(name)) == record
    assert hash(from_json(text)) == hash(record)
    assert repr(from_json(text)) == repr(record)
    assert to_json(from_json(text)) == text
    assert text.isascii()


@pytest.mark.parametrize("name", RECORDS)
def test_a_stored_document_is_still_read(name: str) -> None:
    text = (FIXTURES / f"{name}.json").read_text(encoding="utf-8")
    assert from_json(text) == RECORDS[name]


def test_each_kind_has_a_stored_document() -> None:
    assert {path.stem for path in FIXTURES.iterdir()} == set(RECORDS)


def test_the_envelope_names_the_schema_the_library_and_the_packs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(documents, "data_version", lambda: DATA)
    assert json.loads(to_json(SESSION)) == {
        "schema": "therapy-billing/session",
        "schema_version": 1,
        "library": "26.12.4",
        "data_packs": ["own-2027 0123abcd"],
        "record": {
            "date_of_service": "2026-03-02",
            "discipline": "PT",
            "services": [
                {
                    "type": "timed-service",
                    "code": "97110",
                    "minutes": 20,
                    "start": None,
                    "end": None,
                    "clinician": "therapist",
                    "body_region": None,
                    "activity": None,
                    "key": "row 7",
                    "modifiers": [],
                    "treated_by": None,
                }
            ],
            "key": None,
        },
    }


def test_a_document_is_one_line_unless_it_is_indented() -> None:
    assert to_json(SESSION).count("\n") == 0
    assert to_json(SESSION, indent=0).count("\n") == to_json(SESSION, indent=2).count("\n") > 20
    assert json.loads(to_json(SESSION, indent=2)) == json.loads(to_json(SESSION))
    assert refused(lambda: to_json(SESSION, indent=17)).field == "indent"


def test_a_list_of_records_comes_back_as_a_tuple() -> None:
    several = (SESSION, SESSION, SESSION)
    assert from_json(to_json(several)) == several
    assert from_json(to_json(list(several))) == several
    assert from_json(to_json(several), Session, many=True) == several
    assert "record" not in json.loads(to_json(several))


def test_a_named_tuple_is_a_record_and_not_a_list() -> None:
    balance = AuthorizationBalance(1, 2, 3, None)
    assert from_json(to_json(balance)) == balance
    assert type(from_json(to_json(balance))) is AuthorizationBalance


def test_each_citation_rule_and_policy_is_stored_once() -> None:
    document = json.loads(to_json([FINDING, FINDING]))
    assert list(document["sources"]) == ["s1", "s2"]
    assert document["rules"] == {
        "a-rule": {
            "id": "a-rule",
            "statement": "a statement",
            "effective_from": "2026-01-01",
            "sources": ["s1", "s2"],
            "function": "units.rules.total_units",
        }
    }
    assert [each["rule"] for each in document["records"]] == ["a-rule", "a-rule"]
    assert document["records"][0]["figures"] == ["s1"]
    claim = RECORDS["claim"]
    assert list(json.loads(to_json([claim, claim]))["policies"]) == ["p1"]
    assert "rules" not in json.loads(to_json(claim))


def test_equal_citations_that_are_different_objects_share_a_key() -> None:
    again = Source("a manual", "ch. 1", "https://cms.example", Verification.OFFICIAL)
    document = json.loads(to_json(Step(RULE, "an outcome", (again, MANUAL))))
    assert document["record"]["figures"] == ["s1", "s1"]


def test_two_rules_with_one_id_stay_apart() -> None:
    rules = [Rule("own", "one"), Rule("own~2", "two"), Rule("own", "three"), Rule("own", "four")]
    steps = [Step(rule, "an outcome") for rule in rules]
    document = json.loads(to_json(steps))
    assert list(document["rules"]) == ["own", "own~2", "own~3", "own~4"]
    assert [each.rule for each in from_json(to_json(steps))] == rules


def test_a_rule_and_a_citation_are_written_in_full_at_the_top() -> None:
    assert json.loads(to_json(RULE))["record"]["statement"] == "a statement"
    assert json.loads(to_json(MANUAL))["record"]["title"] == "a manual"
    assert json.loads(to_json(POLICY))["record"]["assumptions"] == ["an assumption of a pack"]


def test_the_texts_of_the_document_win_over_those_of_the_library() -> None:
    text = changed(FOUND, "rules", "a-rule", "statement", value="as it was in 2020")
    assert from_json(text, Finding).rule.statement == "as it was in 2020"


def test_a_document_of_another_library_and_other_packs_is_read() -> None:
    text = changed(DOCUMENT, "library", value="99.1.0")
    assert from_json(text) == SESSION
    text = changed(DOCUMENT, "data_packs", value=["medicare-2031 01234567"])
    assert from_json(text) == SESSION


def test_the_data_version_of_a_result_is_kept() -> None:
    findings = attrs.evolve(FINDINGS, data=DataVersion("20.1.0", ("own 1",)))
    assert from_json(to_json(findings)).data == DataVersion("20.1.0", ("own 1",))
    assert data_version() != DataVersion("20.1.0", ("own 1",))


def test_a_byte_order_mark_is_ignored() -> None:
    assert from_json("\ufeff" + to_json(SESSION)) == SESSION
    assert from_json(b"\xef\xbb\xbf" + to_json(SESSION).encode()) == SESSION


def test_repeated_records_are_one_object_where_tables_store_them() -> None:
    first, second = from_json(to_json([RECORDS["claim"]] * 2), Claim, many=True)
    assert first.allocation is not None
    assert second.allocation is not None
    assert first.allocation.policy is second.allocation.policy


@attrs.frozen
class Stranger:
    """A record of the caller."""

    key: str


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("Rosa Invented", "got a string of 13 characters"),
        ({"key": 1}, "got a dict"),
        (Stranger("a"), "got a Stranger"),
        ([], "got an empty list"),
        ((), "got an empty tuple"),
        ([Stranger("a")], "got a list with a Stranger"),
        ((1,), "got a tuple with 1"),
        ([None], "got a list with None"),
        ([[SESSION]], "got a list with a list"),
        (Session, "got a type"),
    ],
)
def test_what_is_not_a_record_is_not_written(record: object, message: str) -> None:
    error = refused(lambda: to_json(record))
    right = "record must be a record such as a Session, or a list of records of one type, "
    assert str(error) == right + message
    assert error.field == "record"


def test_a_list_of_several_types_is_refused_by_its_index() -> None:
    error = refused(lambda: to_json([SESSION, FINDING]))
    assert (str(error), error.field) == ("[1] must be a Session, got a Finding", "[1]")


def test_a_field_with_a_value_of_another_type_is_not_written() -> None:
    finding = attrs.evolve(STEP, outcome=5)  # type: ignore[arg-type]
    error = refused(lambda: to_json(finding))
    assert (str(error), error.field) == (
        "outcome must be a string, got a whole number",
        "outcome",
    )
    error = refused(lambda: to_json([RECORDS["step"], finding]))
    assert error.field == "[1].outcome"


REFUSED: list[tuple[str | bytes, str, str]] = [
    ("", "text", "text must be JSON, but line 1, column 1 is not"),
    ('{"schema":\n nobody}', "text", "text must be JSON, but line 2, column 2 is not"),
    (
        to_json(SESSION) + "x",
        "text",
        f"text must be JSON, but line 1, column {len(to_json(SESSION)) + 1} is not",
    ),
    (b"\xff\xfe", "text", "text must be UTF-8, got another byte at position 0"),
    (b'{"a": "\xc3"}', "text", "text must be UTF-8, got another byte at position 7"),
    ("[]", "text", "text must be a JSON document from to_json, got an array"),
    ("5", "text", "text must be a JSON document from to_json, got a whole number"),
    (
        '{"schema": 1, "schema": 2}',
        "text",
        "text must be a JSON document from to_json, got an object with a repeated key",
    ),
    ('{"a": NaN}', "text", "text must have no NaN or Infinity: write null for a missing value"),
    (
        '{"a": -Infinity}',
        "text",
        "text must have no NaN or Infinity: write null for a missing value",
    ),
    (
        '{"a": ' + "9" * 5000 + "}",
        "text",
        "text must have no whole number with thousands of digits",
    ),
    (
        "[" * 200_000,
        "text",
        "text must have fewer levels of arrays and objects, at most 100",
    ),
    (
        "{}",
        "schema",
        "schema must be a known schema such as therapy-billing/session, got no value",
    ),
    (
        changed(DOCUMENT, "schema", value="therapy-billing/sesion"),
        "schema",
        "schema must be a known schema such as therapy-billing/session, got a string",
    ),
    (
        changed(DOCUMENT, "schema", value="therapy-billing/claims"),
        "schema",
        "schema must be a known schema such as therapy-billing/claim, got a string",
    ),
    (
        changed(DOCUMENT, "schema", value="session"),
        "schema",
        "schema must be a known schema such as therapy-billing/session, got a string",
    ),
    (
        changed(DOCUMENT, "schema", value=["session"]),
        "schema",
        "schema must be a known schema such as therapy-billing/session, got an array",
    ),
    (
        changed(DOCUMENT, "schema_version", value=2),
        "schema_version",
        "schema_version must be 1, got 2",
    ),
    (
        changed(DOCUMENT, "schema_version", value=True),
        "schema_version",
        "schema_version must be 1, got a boolean",
    ),
    (
        changed(DOCUMENT, "schema_version", value=1.0),
        "schema_version",
        "schema_version must be 1, got a decimal number",
    ),
    (
        without(DOCUMENT, "schema_version"),
        "schema_version",
        "schema_version must be 1, got no value",
    ),
    (without(DOCUMENT, "library"), "library", "library must be a string, but it is missing"),
    (
        changed(DOCUMENT, "library", value=None),
        "library",
        "library must be a string, got null",
    ),
    (
        changed(DOCUMENT, "data_packs", value=[1]),
        "data_packs[0]",
        "data_packs[0] must be a string, got a whole number",
    ),
    (without(DOCUMENT, "record"), "document", "document must have either record or records"),
    (
        changed(DOCUMENT, "records", value=[]),
        "document",
        "document must have either record or records",
    ),
    (
        changed(DOCUMENT, "Rosa Invented", value=1),
        "document",
        "document must have no unknown member, got one of 13 characters",
    ),
    (
        changed(DOCUMENT, "rules", value={}),
        "document",
        "document must have no unknown member, got one of 5 characters",
    ),
    (
        changed(FOUND, "rules", value=[]),
        "rules",
        "rules must be an object, got an array",
    ),
    (
        changed(FOUND, "rules", "a-rule", "statement", value=1),
        "rules[0].statement",
        "rules[0].statement must be a string, got a whole number",
    ),
    (
        changed(FOUND, "rules", "a-rule", "sources", value=["s1", "s9"]),
        "rules[0].sources[1]",
        "rules[0].sources[1] must be a key of sources, got a string",
    ),
    (
        changed(FOUND, "record", "rule", value="cms-eight-minute"),
        "rule",
        "rule must be a key of rules, got a string",
    ),
    (
        changed(FOUND, "record", "figures", value=[{}]),
        "figures[0]",
        "figures[0] must be a key of sources, got an object",
    ),
    (
        changed(FOUND, "record", "at_stake", value=43.38),
        "at_stake",
        "at_stake must be a string with a plain decimal number such as '40.42' or null, got a decimal number",
    ),
    (
        changed(DOCUMENT, "record", value=None),
        "record",
        "record must be an object, got null",
    ),
    (
        changed(DOCUMENT, "record", "services", 0, "minutes", value="20"),
        "services[0].minutes",
        "services[0].minutes must be a whole number, got a string",
    ),
    (
        changed(DOCUMENT, "record", "services", 0, "minutes", value=1441),
        "services[0].minutes",
        "services[0].minutes: minutes must be from 0 to 1440, got 1441",
    ),
    (
        without(DOCUMENT, "record", "services", 0, "code"),
        "services[0].code",
        "services[0].code must be a string, but it is missing",
    ),
    (
        changed(DOCUMENT, "record", "date_of_service", value="2099-01-01"),
        "services[0].date_of_service",
        "services[0].date_of_service: codes are known through 2026-12-31, not on 2099-01-01",
    ),
    (
        to_json(SESSION).replace('"key":null}', '"key":null,"key":null}'),
        "record",
        "record must be an object, got an object with a repeated key",
    ),
    (
        to_json(SESSION).replace('"minutes":20', '"minutes":20,"minutes":20'),
        "services[0]",
        "services[0] must be an object with the type timed-service or untimed-service, got an object with a repeated key",
    ),
    (
        changed(
            json.loads(to_json([SESSION, SESSION])),
            "records",
            1,
            "services",
            0,
            "code",
            value="Rosa",
        ),
        "[1].services[0].code",
        "",
    ),
    (
        changed(json.loads(to_json([SESSION])), "records", value=[]),
        "records",
        "records must be an array with at least one record, got an empty array",
    ),
    (
        changed(json.loads(to_json([SESSION])), "records", value={}),
        "records",
        "records must be an array with at least one record, got an object",
    ),
]


@pytest.mark.parametrize(("text", "field", "message"), REFUSED)
def test_a_wrong_document_is_refused_with_its_path(
    text: str | bytes, field: str, message: str
) -> None:
    error = refused(lambda: from_json(text))
    assert error.field == field
    assert message in ("", str(error))
    assert len(str(error).split()) <= 25
    assert "Rosa" not in str(error)


@pytest.mark.parametrize(
    ("text", "kind", "many", "field", "message"),
    [
        (
            to_json(SESSION),
            Claim,
            False,
            "schema",
            "schema must be therapy-billing/claim, got therapy-billing/session",
        ),
        ("{}", Claim, False, "schema", "schema must be therapy-billing/claim, got no value"),
        (
            to_json([SESSION]),
            Session,
            False,
            "records",
            "records must be one record, got a list: use many=True",
        ),
        (
            to_json(SESSION),
            Session,
            True,
            "record",
            "record must be a list of records, got one: use many=False",
        ),
        (
            to_json(SESSION),
            str,
            False,
            "kind",
            "kind must be a class of json_schema_names() such as Session, got str",
        ),
        (
            to_json(SESSION),
            "Rosa Invented",
            False,
            "kind",
            "kind must be a class of json_schema_names() such as Session, got a string of 13 characters",
        ),
    ],
)
def test_another_kind_than_the_one_asked_for_is_refused(
    text: str,
    kind: Any,  # noqa: ANN401 - also what is not a class
    many: Any,  # noqa: ANN401 - no overload takes every bool
    field: str,
    message: str,
) -> None:
    error = refused(lambda: from_json(text, kind, many=many))
    assert (str(error), error.field) == (message, field)


def test_a_list_is_asked_for_only_with_a_kind() -> None:
    error = refused(lambda: from_json(to_json(RECORDS["claim"]), many=True))  # type: ignore[call-overload]
    assert (str(error), error.field) == (
        "many must be given with kind, such as from_json(text, Session, many=True)",
        "many",
    )


def test_text_of_another_type_is_refused() -> None:
    error = refused(lambda: from_json(5))  # type: ignore[call-overload]
    assert (str(error), error.field) == ("text must be a string or bytes, got 5", "text")


def test_threads_read_the_same() -> None:
    text = to_json(RECORDS["priced-day"])
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(from_json(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [RECORDS["priced-day"]] * 8


def test_equal_input_gives_the_same_text() -> None:
    line = ClaimLine("97110", 2, ("GP",))
    assert to_json(line) == to_json(ClaimLine("97110", 2, ["GP"]))
    assert to_json(Authorization(12)) == to_json(Authorization(12))
    assert sys.getsizeof(to_json(line)) < 500
