"""Run the web service of the documentation in the process, without a network."""

from __future__ import annotations

import importlib.util
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from therapy_billing import (
    FeeSchedule,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    check_day,
    from_json,
    to_json,
)

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "web_service.py"
ON = "2026-03-02"
DAY = (
    Session(ON, "PT", [TimedService("97530", 23), TimedService("97110", 20)]),
    Session(ON, "OT", [TimedService("97535", 15, clinician="assistant")]),
)
BODY = to_json(DAY)


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web_service", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def client() -> Any:  # noqa: ANN401 - the client has no types here
    return TestClient(load().app)


def test_the_example_has_at_most_40_lines() -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 40


def test_each_answer_is_the_json_of_the_result(client: Any) -> None:  # noqa: ANN401
    fees = FeeSchedule.medicare(ON, locality="OH")
    for path, expected in (
        ("/units", allocate_units(DAY, "medicare")),
        ("/units?payer=cpt-midpoint", allocate_units(DAY, "cpt-midpoint")),
        ("/bill", bill_day(DAY, "medicare", FeeSchedule.medicare(ON))),
        ("/bill?locality=OH", bill_day(DAY, "medicare", fees)),
        ("/check", check_day(DAY, "medicare")),
    ):
        response = client.post(path, content=BODY)
        assert (response.status_code, response.text) == (200, to_json(expected)), path
        assert from_json(response.text) == expected


def test_a_body_with_a_fault_is_refused_with_the_path_of_the_fault(client: Any) -> None:  # noqa: ANN401
    document = json.loads(BODY)
    document["records"][0]["services"][1]["minutes"] = "20"
    for path in ("/units", "/bill", "/check"):
        response = client.post(path, content=json.dumps(document))
        assert (response.status_code, response.json()) == (
            422,
            {
                "field": "[0].services[1].minutes",
                "message": "[0].services[1].minutes must be a whole number, got a string",
            },
        )


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/units", b"", "text"),
        ("/units", b"\xff", "text"),
        ("/units", to_json(DAY[0]).encode(), "record"),
        ("/units?payer=mediare", BODY.encode(), "payer"),
        ("/bill?locality=Nowhere", BODY.encode(), "locality"),
        ("/bill", to_json([Session("1999-03-02", "PT", [UntimedService("97001")])]).encode(), None),
    ],
)
def test_a_wrong_request_is_refused_with_its_field(
    client: Any,  # noqa: ANN401
    path: str,
    body: bytes,
    field: str | None,
) -> None:
    response = client.post(path, content=body)
    assert response.status_code == 422
    if field is not None:
        assert response.json()["field"] == field
    assert response.json()["message"]


def test_no_answer_depends_on_another_request(client: Any) -> None:  # noqa: ANN401
    other = to_json([Session(ON, "PT", [TimedService("97140", 40)])])
    first = client.post("/bill", content=BODY).text
    assert client.post("/bill", content=other).text != first
    assert client.post("/bill", content=BODY).text == first


def test_32_requests_in_threads_have_equal_answers(client: Any) -> None:  # noqa: ANN401
    alone = {path: client.post(path, content=BODY).text for path in ("/units", "/bill", "/check")}
    paths = [*alone] * 11
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda path: client.post(path, content=BODY).text, paths[:32]))
    assert answers == [alone[path] for path in paths[:32]]
