"""Test letters as text, HTML, and Markdown: the same content, escaped."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from html import unescape
from typing import cast

import attrs
import pytest

from tests.json_records import RECORDS
from therapy_billing import MEDICARE, Source, allocate_units, explain
from therapy_billing.base.library_files import DataVersion
from therapy_billing.explanations import Letter, LetterCitation
from therapy_billing.formats import html, markdown, text
from therapy_billing.law import Verification

ODD = "<b>*a* | [b] & `c`_</b>"
LETTER = cast("Letter", RECORDS["letter"])


def cited(url: str) -> Letter:
    """Return a letter with one citation in its body and one in its appendix, at *url*."""
    citation = LetterCitation((Source(ODD, "", url, Verification.OFFICIAL, "2026"),))
    return attrs.evolve(LETTER, title=ODD, payer=ODD, citations=(citation,), appendix=(citation,))


def test_markdown_has_every_part_of_a_letter() -> None:
    data = DataVersion("26.12.6", ())
    assert attrs.evolve(LETTER, data=data).to_markdown() == (
        "# a title\n\n"
        "Date of service: 2026-03-02\n\n"
        "Payer: own\n\n"
        "| code | modifiers | minutes | units | allowed | patient owes |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| 97110 | GP KX | 23 | 2 | $43.38 | $8.68 |\n"
        "| 97161 |  | untimed | 1 | not known | not known |\n"
        "| total |  |  | 3 | $43.38 | not known |\n\n"
        "## a heading\n\n"
        "- A statement. \\[1, A1; our reading\\]\n\n"
        "## Conclusion\n\n"
        "A conclusion.\n\n"
        "Assumed: An assumption.\n\n"
        "## Sources\n\n"
        "\\[1\\] a manual, ch. 1 (2026). <https://cms.example>\n\n"
        "## Appendix\n\n"
        "\\[A1\\] a letter. Not confirmed in a document.\n\n"
        "A detail.\n\n"
        "Data: therapy\\_billing 26.12.6."
    )


def test_html_has_every_part_of_a_letter_without_scripts_and_fixed_widths() -> None:
    data = DataVersion("26.12.6", ())
    record = attrs.evolve(LETTER, data=data)
    assert record._repr_html_() == record.to_html()
    assert record.to_html() == (
        '<article style="overflow-wrap: anywhere"><h2>a title</h2>'
        "<p>Date of service: 2026-03-02<br>Payer: own</p>"
        '<table><thead><tr><th scope="col">code</th><th scope="col">modifiers</th><th scope="col">minutes</th>'
        '<th scope="col">units</th><th scope="col">allowed</th><th scope="col">patient owes</th></tr></thead>'
        '<tbody><tr><th scope="row">97110</th><td>GP KX</td><td>23</td><td>2</td><td>$43.38</td><td>$8.68</td></tr>'
        '<tr><th scope="row">97161</th><td></td><td>untimed</td><td>1</td><td>not known</td><td>not known</td></tr>'
        '</tbody><tfoot><tr><th scope="row">total</th><td></td><td></td><td>3</td><td>$43.38</td><td>not known</td></tr>'
        "</tfoot></table><h3>a heading</h3><ul><li>A statement. [1, A1; our reading]</li></ul>"
        "<h3>Conclusion</h3><p>A conclusion.</p><p>Assumed: An assumption.</p>"
        '<h3>Sources</h3><p>[1] a manual, ch. 1 (2026). <a href="https://cms.example">https://cms.example</a></p>'
        "<h3>Appendix</h3><p>[A1] a letter. Not confirmed in a document.</p><p>A detail.</p>"
        "<p>Data: therapy_billing 26.12.6.</p></article>"
    )


def test_text_has_every_part_of_a_letter() -> None:
    data = DataVersion("26.12.6", ())
    assert str(attrs.evolve(LETTER, data=data)) == (
        "a title\n"
        "Date of service: 2026-03-02. Payer: own.\n"
        "code   modifiers  minutes  units  allowed    patient owes\n"
        "97110  GP KX      23       2      $43.38     $8.68\n"
        "97161             untimed  1      not known  not known\n"
        "total                      3      $43.38     not known\n\n"
        "a heading\n"
        "- A statement. [1, A1; our reading]\n\n"
        "Conclusion: A conclusion.\n"
        "Assumed: An assumption.\n\n"
        "Sources\n"
        "[1] a manual, ch. 1 (2026). https://cms.example\n\n"
        "Appendix\n"
        "[A1] a letter. Not confirmed in a document.\n"
        "- A detail.\n"
        "Data: therapy_billing 26.12.6."
    )


def test_markup_in_a_title_stays_text() -> None:
    page = cited("https://cms.example/?a=1&b=2").to_html()
    assert "<b>" not in page
    assert ODD in unescape(page)
    assert '<a href="https://cms.example/?a=1&amp;b=2">' in page
    marked = cited("https://cms.example/?a=1&b=2").to_markdown()
    assert "\\<b\\>\\*a\\* \\| \\[b\\] & \\`c\\`\\_\\</b\\>" in marked
    assert "<https://cms.example/?a=1&b=2>" in marked


def test_a_character_reference_in_a_title_stays_text() -> None:
    letter = attrs.evolve(LETTER, title="AT&T &lt;b&gt; &#60; & more")
    assert letter.to_markdown().startswith("# AT&T \\&lt;b\\&gt; \\&\\#60; & more\n")


def test_an_address_with_underscores_is_a_link_in_markdown() -> None:
    assert "<https://cms.example/a_b~c#d>" in cited("https://cms.example/a_b~c#d").to_markdown()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://cms.example/<script>", ""])
def test_only_a_plain_web_address_becomes_a_link(url: str) -> None:
    letter = cited(url)
    assert ("<a href" in letter.to_html()) == url.startswith("https")
    assert "<script>" not in letter.to_html()
    assert f"<{url}>" not in letter.to_markdown()


def test_parts_that_are_empty_have_no_heading() -> None:
    bare = attrs.evolve(LETTER, citations=(), assumptions=(), sections=(), priced=False)
    for shown in (str(bare), bare.to_html(), bare.to_markdown()):
        assert "Sources" not in shown
        assert "Assumed" not in shown
        assert "allowed" not in shown
    short = (date(2026, 3, 2), Decimal("43.38"))
    assert (bare.date_of_service, bare.allowed) == short


def test_a_record_without_a_markdown_display_is_refused() -> None:
    for display in (markdown.display, html.display, text.display):
        with pytest.raises(TypeError, match="int"):
            display(1)


def test_the_html_of_an_explanation_has_each_source_in_full_once() -> None:
    explanation = explain(allocate_units({"97530": 20, "97110": 20}, MEDICARE))
    page = unescape(explanation._repr_html_())
    for source in {source for step in explanation.steps for source in step.sources}:
        assert page.count(str(source)) == 1
    assert "CMS Pub. 100-04, Medicare Claims Processing Manual (secondary), as in step 2" in page
