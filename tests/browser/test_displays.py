"""Look at prepared visits in a browser."""

from __future__ import annotations

import pytest

from tests.browser.chromium import Page
from tests.browser.looks import faults_of_looks
from tests.prepared_visits import VISITS
from therapy_billing.formats import visit_screen

HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><body style="margin: 0">'


@pytest.mark.parametrize("name", VISITS)
def test_everyone_can_read_a_visit(page: Page, name: str) -> None:
    page.show(HEAD + visit_screen(VISITS[name]))
    assert faults_of_looks(page) == []


def test_everyone_can_use_the_inputs_of_all_visits_on_one_page(page: Page) -> None:
    page.show(HEAD + "".join(visit_screen(each, inputs=True) for each in VISITS.values()))
    assert faults_of_looks(page) == []


def test_low_contrast_a_wide_table_and_a_missing_label_are_found(page: Page) -> None:
    cells = "".join(f'<td style="color: #999">cell {index}</td>' for index in range(12))
    style = "style='width: 900px; background: #fff'"
    page.show(f"{HEAD}<input name=who><table {style}><tr><th>head</th>{cells}</tr></table>")
    faults = faults_of_looks(page)
    for fault in ("900 pixels wide", "contrast 2.85", "no label: who", "no scope: head", "caption"):
        assert any(fault in each for each in faults), fault


def test_print_opens_all_details_and_needs_no_color(page: Page) -> None:
    page.show(HEAD + visit_screen(VISITS["blocked"]))
    hidden = "[...document.querySelectorAll('details li')].filter(each => !each.checkVisibility()).length"
    page.set_view(1100)
    assert page.run(hidden) > 10
    page.set_view(1100, dark=True, print_=True)
    assert page.run(hidden) == 0
    colors = "[...new Set([...document.querySelectorAll('.therapy-visit *')].map(each => getComputedStyle(each).color))]"
    assert page.run(colors) == ["rgb(0, 0, 0)"]
