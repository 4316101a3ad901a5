"""Test prepared visits as HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import attrs
import pytest

from tests.prepared_visits import AUTHOR, VISITS
from therapy_billing import InvalidInputError, PreparedVisit
from therapy_billing.formats import html, visit_html, visit_screen

VOID = {"br", "input"}


class Outline(HTMLParser):
    """The elements that are open, the text of the headings, and the text of each row of a table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "id" not in dict(attrs)
        if tag in VOID:
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag in ("h2", "h3"):
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data
        if self.open[-1] in ("h2", "h3"):
            self.headings[-1] += data


@pytest.mark.parametrize("name", VISITS)
def test_a_visit_displays_itself_as_one_element_without_ids_scripts_and_private_texts(
    name: str,
) -> None:
    shown = VISITS[name]._repr_html_()
    assert shown == visit_html.display(VISITS[name]) == visit_screen(VISITS[name])
    assert Outline(shown).headings[0].startswith("Visit on 202")
    for private in (AUTHOR, "gait belt", "left knee", "<script", "src=", "href="):
        assert private not in shown


def test_sections_are_in_the_order_in_which_they_are_read() -> None:
    headings = {name: Outline(visit_screen(each)).headings[1:] for name, each in VISITS.items()}
    assert headings["tied"] == ["Claim", "Decisions", "To do, in order"]
    assert headings["blocked"] == [
        "Claim",
        "Decisions",
        "What blocks",
        "Other findings",
        "Deadlines",
        "To do, in order",
    ]
    assert headings["outdated"][-2:] == ["Choices out of date", "To do, in order"]
    assert headings["deadlines"] == ["Claim", "What blocks", "Deadlines", "To do, in order"]
    assert headings["note"] == ["Claim", "Decisions", "Other findings", "To do, in order"]
    assert headings["ready"] == ["Claim", "Decisions"]


def test_amounts_are_in_the_tables_and_unknown_amounts_are_never_zero() -> None:
    rows = Outline(visit_screen(VISITS["tied"])).rows
    assert rows[1] == ["97530therapeutic activities", "2", "GP", "$57.51", "$11.50"]
    assert ["Total", "$79.13", "$15.82"] in rows
    assert ["$79.15", "$62.05", "$15.83"] in rows
    rows = Outline(visit_screen(VISITS["no fees"])).rows
    assert ["Total", "not known", "not known"] in rows
    assert "$0" not in visit_screen(VISITS["no fees"])
    assert "No claim: it is not known" in visit_screen(VISITS["no method"])


def test_an_option_shows_its_lines_and_what_it_attests() -> None:
    rows = Outline(visit_screen(VISITS["liability"])).rows
    answers = [cell for row in rows for cell in row if "Lines:" in cell]
    assert answers[1] == (
        "Bill them with KX.Lines: 97530\xa0GP\xa0KX\xa0x3, 97110\xa0GP\xa0KX\xa0x1"
        "Attests: The services are medically necessary, and the record shows why."
    )
    assert answers[0].startswith(
        "Bill them without KX; the payer denies them. default chosen 2026-03-02 17:40"
    )


@pytest.mark.parametrize("name", ["tied", "ready", "no method"])
def test_each_decision_has_one_checked_input(name: str) -> None:
    visit = VISITS[name]
    assert "<input" not in visit_screen(visit)
    shown = visit_screen(visit, inputs=True)
    Outline(shown)
    found = re.findall(r'<input type="radio" name="([^"]*)" value="([^"]*)" checked>', shown)
    assert found == [
        (f"decision-{each.id}", each.choice.option if each.choice else "")
        for each in visit.decisions
    ]
    options = sum(len(each.options) for each in visit.decisions)
    assert shown.count("<input") == options + len(visit.decisions)


def test_all_texts_are_escaped() -> None:
    visit = attrs.evolve(VISITS["no method"], payer="<b>&", refusal='<i>"')
    decision = attrs.evolve(visit.decisions[0], question='<u>"?', facts=("<s>",))
    shown = visit_screen(attrs.evolve(visit, decisions=(decision,)), inputs=True)
    for planted in ("<b>", "<i>", "<u>", "<s>", '"?"'):
        assert planted not in shown


def test_a_code_that_is_not_in_the_data_has_no_label() -> None:
    visit = VISITS["tied"]
    assert visit.priced is not None
    line = visit.priced.lines[0]
    own = attrs.evolve(line, claim_line=attrs.evolve(line.claim_line, code="99999"))
    changed = attrs.evolve(visit, priced=attrs.evolve(visit.priced, lines=(own,)))
    assert Outline(visit_screen(changed)).rows[1][0] == "99999"


@pytest.mark.parametrize(("visit", "inputs"), [(VISITS["tied"], "yes"), ("visit", True)])
def test_wrong_arguments_are_refused(visit: PreparedVisit, inputs: bool) -> None:  # noqa: FBT001
    with pytest.raises(InvalidInputError):
        visit_screen(visit, inputs=inputs)


def test_other_displays_do_not_show_a_visit() -> None:
    with pytest.raises(TypeError, match="PreparedVisit"):
        html.display(VISITS["tied"])
