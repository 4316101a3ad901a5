"""Walk through the example page of an EMR in the process, without a browser and without a network."""

from __future__ import annotations

import html
import importlib.util
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.paths import DOCS
from therapy_billing import PreparedVisit, from_json, to_json

EXAMPLE = DOCS / "examples" / "emr_page.py"
DAY = "P-1001, 2026-03-02"
AUTHOR, AT = "A. Invented, PT", "2026-03-02T17:40"


@pytest.fixture(scope="module")
def client() -> Any:  # noqa: ANN401 - the client has no types here
    spec = importlib.util.spec_from_file_location("emr_page", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return TestClient(module.app)


def form_of(page: str) -> dict[str, str]:
    """Return the values that a browser sends for the form of the visit."""
    form = page[page.index('id="visit"') :]
    fields = re.findall(r'<input (?:type="hidden" |class="field" id="\w+" )name="(.*?)"', form)
    values = {name: re.search(rf'name="{name}" value="(.*?)"', form) for name in fields}
    sent = {name: html.unescape(found[1]) for name, found in values.items() if found is not None}
    chosen = re.findall(r'<input type="radio" name="([^"]*)" value="([^"]*)" checked>', form)
    return sent | dict(chosen)


def trail_of(page: str) -> PreparedVisit:
    found = re.search(r'<pre id="trail">(.*?)</pre>', page, re.DOTALL)
    assert found is not None
    return from_json(html.unescape(found[1]), PreparedVisit)


def test_the_example_has_at_most_120_lines() -> None:
    assert len(EXAMPLE.read_text(encoding="utf-8").splitlines()) <= 120


def test_the_answers_of_a_day_make_the_final_claim(client: Any) -> None:  # noqa: ANN401
    assert "P-1012, 2026-03-02" in client.get("/").text
    page = client.post("/", data={"day": DAY}).text
    assert "Not ready: 2 decisions to make" in page
    assert "Final claim" not in page

    form = form_of(page)
    names = [name for name in form if name.startswith("decision-")]
    assert [name.split(":")[0] for name in names] == ["decision-tie", "decision-deductible"]
    first = form | {names[0]: "97530=1 97112=1", "author": AUTHOR, "decided_at": AT}
    page = client.post("/", data=first).text
    assert "Not ready: 1 decision to make" in page

    second = form_of(page) | {names[1]: "met", "author": "B. Invented", "decided_at": "2026-03-03"}
    refused = client.post("/", data=second | {"decided_at": ""})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    second["decided_at"] = "2026-03-03T09:00"
    page = client.post("/", data=second).text
    assert "Ready to bill" in page
    assert "97530 GP x1\n97110 GP x1\n97112 GP x1" in page

    visit = trail_of(page)
    made = [(each.option, each.author) for d in visit.decisions if (each := d.choice)]
    assert made == [("97530=1 97112=1", AUTHOR), ("met", "B. Invented")]
    assert to_json(visit, indent=1) in html.unescape(page)
    again = form_of(page) | {"author": "C. Invented", "decided_at": "2026-03-04T09:00"}
    assert trail_of(client.post("/", data=again).text) == visit
    # Back to undecided: the tie is open again, and the other answer stays.
    page = client.post("/", data=form_of(page) | {names[0]: ""}).text
    assert "Not ready: 1 decision to make" in page


def test_a_choice_out_of_date_is_listed_until_it_is_removed(client: Any) -> None:  # noqa: ANN401
    form = form_of(client.post("/", data={"day": DAY}).text)
    tie = next(name for name in form if name.startswith("decision-tie"))
    sent = form | {tie: "97530=1 97112=1", "author": AUTHOR, "decided_at": AT}
    answered = form_of(client.post("/", data=sent).text)
    other = {"day": "P-1002, 2026-03-02", "choices": answered["choices"]}
    page = client.post("/", data=other).text
    assert "1 choice out of date" in page
    form = form_of(page) | {"author": AUTHOR, "decided_at": AT}
    assert "1 choice out of date" in client.post("/", data=form).text
    assert "out of date" not in client.post("/", data=form | {"drop": "yes"}).text


def test_a_day_without_decisions_is_ready_at_once(client: Any) -> None:  # noqa: ANN401
    page = client.post("/", data={"day": "P-1009, 2026-03-02"}).text
    assert "Ready to bill" in page
    assert "Save the answers" not in page


def test_a_day_that_is_not_in_the_log_is_refused(client: Any) -> None:  # noqa: ANN401
    refused = client.post("/", data={"day": "<b>P-9</b>"})
    assert refused.status_code == 422
    assert "<b>" not in refused.text
