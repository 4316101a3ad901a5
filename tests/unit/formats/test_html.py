"""Test results in a notebook."""

from __future__ import annotations

import pytest

from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    FeeSchedule,
    Session,
    allocate_units,
    bill_day,
    check_day,
    compare_methods,
    compare_payers,
    explain,
    suggest_code,
)
from therapy_billing.formats import html, text

DAY = Session.from_minutes(
    {"97530": 30, "97110": 15}, date_of_service="2026-03-02", discipline="PT"
)
FEES = FeeSchedule.medicare("2026-03-02", locality="15202-00")
RESULTS = {
    "allocation": allocate_units(DAY, MEDICARE),
    "priced day": bill_day(DAY, MEDICARE, FEES),
    "findings": check_day(DAY, MEDICARE, FEES),
    "explanation": explain(bill_day(DAY, MEDICARE, FEES)),
    "fee schedule": FEES,
    "fee table": FEES.table(["97530"]),
    "suggestion": suggest_code("Squats 3x10", "quadriceps strength"),
    "comparison": compare_methods(DAY, MEDICARE, CPT_MIDPOINT),
    "payer difference": compare_payers(DAY, MEDICARE, CPT_MIDPOINT, FEES),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_result_displays_itself_with_the_format(name: str) -> None:
    result: object = RESULTS[name]
    shown = result._repr_html_()  # type: ignore[attr-defined]
    assert shown == html.display(result)
    assert shown.startswith(("<table>", "<ol>", "<p>"))
    assert shown.count("<td") == shown.count("</td>")


@pytest.mark.parametrize("display", [html.display, text.display])
def test_a_value_without_a_display_is_refused(display: object) -> None:
    assert callable(display)
    with pytest.raises(TypeError, match="int"):
        display(7)
