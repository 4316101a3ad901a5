"""Walk through the example page of an EMR in a browser, from minutes to a claim."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from threading import Thread

import pytest
import uvicorn

from tests.browser.chromium import Page
from tests.browser.looks import faults_of_looks
from tests.paths import DOCS

DOWN, UP = ("ArrowDown", 40), ("ArrowUp", 38)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    spec = importlib.util.spec_from_file_location("emr_page", DOCS / "examples" / "emr_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    # The socket listens before the server starts, so the browser only waits for the answer.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(module.app, log_level="error", ws="none"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


def text_of(page: Page, selector: str) -> str:
    return str(page.run(f"document.querySelector('{selector}').innerText"))


def test_a_day_goes_from_minutes_to_a_claim(page: Page, address: str) -> None:
    page.set_view(400)
    page.open(address)
    assert faults_of_looks(page) == []
    page.set_view(400)

    page.run("document.querySelector('#day').focus()")
    page.press(*DOWN)
    page.press(*DOWN)
    page.submit("form button")
    assert page.run("document.querySelector('#day').value") == "P-1003, 2026-03-02"
    assert text_of(page, ".status") == "Not ready: 2 decisions to make"
    assert "97530: 20 minutes" in text_of(page, "article")
    assert faults_of_looks(page) == []
    page.set_view(400)

    # The first decision is answered with the mouse, and the second with the keyboard.
    page.click("input[value='97530=1 97112=2']")
    page.run("document.querySelector('input[name^=decision-deductible]:checked').focus()")
    page.press(*UP)
    assert page.run("document.activeElement.value") == "nothing-used"
    page.click("#save")
    assert page.run("document.activeElement.id") == "author"

    page.type("#author", "A. Invented, PT")
    page.run("document.querySelector('#decided_at').value = '2026-03-02T17:40'")
    page.submit("#save")
    assert text_of(page, ".status") == "Ready to bill"
    assert text_of(page, "#claim").splitlines() == ["97530 GP x1", "97112 GP CQ x2"]
    assert "A. Invented" not in text_of(page, "article")
    assert faults_of_looks(page) == []
    assert '"author": "A. Invented, PT"' in text_of(page, "#trail")
