"""Test the text output, line by line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    Contract,
    FeeSchedule,
    Policy,
    PricedDay,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    explain,
    price_day,
)
from therapy_billing.base.wording import printable
from therapy_billing.batch.totals import LogTotals, PayerTotals
from therapy_billing.formats.text import allocation_text, day_text, totals_text
from therapy_billing.visits.services import Service

DAY = date(2026, 3, 2)
RATES = FeeSchedule.from_rates(
    {"97530": "40.42", "97110": "30.00", "97161": "100.00", "97129": "22.38", "97130": "21.04"}
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("P-1 a", "P-1 a"),
        ("Ñ-1", "Ñ-1"),
        ("", ""),
        ("\x1b[2J", "?[2J"),
        ("\x9b2J", "?2J"),
        ("a\r\nb\tc\x00d\x7f", "a??b?c?d?"),
        ("\u202eabc", "?abc"),
        ("\u2028\u200b\ufeff", "???"),
        ("\ud800", "?"),
    ],
)
def test_terminal_control_characters_become_question_marks(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_printable_text_keeps_its_length(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)


def test_units_have_one_line_per_code_and_a_total() -> None:
    # Two codes have 8 minutes left, and the one documented first takes the unit.
    assert allocation_text(allocate_units({"97530": 23, "97110": 8, "97112": 0}, MEDICARE)) == (
        "97530    23 min   2 units\n"
        "97110     8 min   0 units\n"
        "97112     0 min   0 units\n"
        "total    31 min   2 units  medicare\n"
        "Tie: 97530 x2, 97110 x0, 97112 x0 was chosen; also legal: 97530 x1, 97110 x1, 97112 x0."
    )


def test_one_unit_is_in_the_singular() -> None:
    assert allocation_text(allocate_units({"97530": 22}, CPT_MIDPOINT)) == (
        "97530    22 min    1 unit\ntotal    22 min    1 unit  cpt-midpoint"
    )


def test_a_tie_of_three_lists_each_other_split() -> None:
    text = allocation_text(allocate_units({"97112": 7, "97110": 7, "97140": 7}, MEDICARE))
    assert text.splitlines()[-1] == (
        "Tie: 97112 x1, 97110 x0, 97140 x0 was chosen; also legal: 97112 x0, 97110 x1, 97140 x0; or "
        "97112 x0, 97110 x0, 97140 x1."
    )


def test_a_tie_of_many_splits_lists_the_first_ones() -> None:
    codes = ["97110", "97112", "97116", "97140", "97530", "97535"]
    capped = Policy("cpt-midpoint").with_changes(cap_per_day=3)
    made = allocate_units(dict.fromkeys(codes, 15), capped)
    (tie,) = (line for line in allocation_text(made).splitlines() if line.startswith("Tie: "))
    assert len(made.splits) == 20
    assert tie.count("97110 x") == 6
    assert tie.endswith("; or 14 more splits.")


def test_open_questions_are_below_the_units() -> None:
    assert allocation_text(allocate_units({"97550": 20}, MEDICARE)) == (
        "97550    20 min   0 units\ntotal    20 min   0 units  medicare\n"
        "97550: 20 minutes make no unit; the first period requires all 30 minutes. "
        "This is not settled: with FirstPeriod.MIDPOINT, 16 minutes make one."
    )


def test_an_add_on_has_units_and_no_minutes_of_its_own() -> None:
    assert allocation_text(allocate_units({"97129": 38}, MEDICARE)) == (
        "97129    38 min    1 unit\n97130             2 units\ntotal    38 min   3 units  medicare"
    )


def test_units_that_a_cap_removed_are_listed() -> None:
    policy = MEDICARE.on(DAY).with_changes(cap_per_day=2)
    text = allocation_text(allocate_units({"97530": 38, "97110": 15}, policy))
    assert text.splitlines()[-1] == (
        "Capped from 4 units: the cap removed 1 unit of 97530, 1 unit of 97110."
    )


def test_a_day_below_its_cap_shows_no_cap() -> None:
    policy = MEDICARE.on(DAY).with_changes(cap_per_day=4)
    text = allocation_text(allocate_units({"97530": 38, "97110": 15}, policy))
    assert text.splitlines()[-1] == "total    53 min   4 units  cms-eight-minute"


@pytest.mark.parametrize(
    ("end", "remarks"),
    [
        ("2026-03-02 09:20:00", []),
        ("2026-03-02 09:20:01", ["  Not counted: 1 second left over after whole minutes."]),
        ("2026-03-02 09:20:59", ["  Not counted: 59 seconds left over after whole minutes."]),
    ],
)
def test_leftover_seconds_are_shown(end: str, remarks: list[str]) -> None:
    service = TimedService("97530", start="2026-03-02 09:00:00", end=end)
    day = bill_day(Session(DAY, "PT", [service]), MEDICARE, RATES)
    assert day_text("P-1", "medicare", day).splitlines()[4:] == remarks


HEAD = "                                        allowed      MPPR  Medicare   patient  KX"


def lines_of(day: PricedDay) -> list[str]:
    """Return the lines below the column heads."""
    first, head, *lines = day_text("P-1", "medicare", day).splitlines()
    assert (first, head) == ("P-1  2026-03-02  medicare", HEAD)
    return lines


def test_a_day_has_one_line_per_code_with_amounts_and_a_total() -> None:
    services: list[Service] = [
        TimedService("97530", 20),
        TimedService("97110", 20),
        UntimedService("97161", 30),
    ]
    day = bill_day(Session(DAY, "PT", services), MEDICARE, RATES)
    assert lines_of(day) == [
        "  97530 GP            20 min  2 units     80.84      0.00     63.38     16.17  ?",
        "  97110 GP            20 min   1 unit     30.00      0.00     23.52      6.00  ?",
        "  97161 GP           untimed   1 unit    100.00      0.00     78.40     20.00  ?",
        (
            "  total               40 min  3 units    210.84      0.00    165.30     42.17  minutes and units: timed only; 70 "
            "treatment minutes in all"
        ),
        "  Tie: 97530 x2, 97110 x1 was chosen; also legal: 97530 x1, 97110 x2.",
    ]


def test_the_assistants_units_and_the_year_to_date_are_shown() -> None:
    fees = FeeSchedule.medicare(DAY, mac="15202", locality="00")
    services = [TimedService("97110", 12), TimedService("97110", 14, clinician="assistant")]
    sessions = [Session(DAY, "PT", services), Session(DAY, "OT", [TimedService("97530", 15)])]
    year = Accumulators(2026, "283.00", "2470.00", "100.00")
    suggested = lines_of(bill_day(sessions, MEDICARE, fees, year))
    assert suggested == [
        "  97110 GP            26 min   1 unit     21.62      6.25     16.95      4.32  suggested",
        "  97110 GP CQ                  1 unit     21.62      6.25     14.42      4.32  suggested",
        "  97530 GO            15 min   1 unit     33.33      0.00     26.13      6.67",
        (
            "  total               41 min  3 units     76.57     12.50     57.50     15.31  minutes and units: timed only; 41 "
            "treatment minutes in all"
        ),
        "  PT and SLP: $2513.24 of the $2480.00 threshold this year; above the threshold.",
        "  OT: $133.33 of the $2480.00 threshold this year.",
        "  KX suggested for 97110, 97110: attest KX if the record shows medical necessity.",
    ]
    attested = lines_of(bill_day(sessions, MEDICARE, fees, year, attestations=["KX"]))
    assert attested == [
        "  97110 GP KX         26 min   1 unit     21.62      6.25     16.95      4.32  applied",
        "  97110 GP CQ KX               1 unit     21.62      6.25     14.42      4.32  applied",
        *suggested[2:-1],
    ]


def test_a_year_above_the_review_threshold_says_so() -> None:
    claim = Claim(DAY, [ClaimLine("97110", 1, ("GN",))])
    for accrued, end in (
        ("2970.00", "above the threshold."),
        ("2970.01", "above the threshold; Medicare may review the claims."),
    ):
        day = price_day(claim, MEDICARE, RATES, Accumulators(2026, 283, accrued))
        (state,) = [line for line in lines_of(day) if "PT and SLP" in line]
        assert state.endswith(f" this year; {end}")


def test_a_line_without_a_price_makes_the_total_incomplete() -> None:
    services: list[Service] = [
        TimedService("97530", 20),
        TimedService("97112", 15),
        UntimedService("97162"),
    ]
    day = bill_day(Session(DAY, "SLP", services), MEDICARE, RATES)
    missing = "in contract rates: the code is not in the schedule"
    assert lines_of(day) == [
        "  97530 GN            20 min   1 unit     40.42      0.00     31.69      8.08  ?",
        "  97112 GN            15 min   1 unit         ?         ?         ?         ?  ?",
        "  97162 GN           untimed   1 unit         ?         ?         ?         ?  ?",
        (
            "  total               35 min  2 units     40.42      0.00     31.69      8.08  * minutes and units: timed only; 35 "
            "treatment minutes in all"
        ),
        f"  * no price for 97112 {missing}",
        f"  * no price for 97162 {missing}",
    ]


def test_a_code_without_units_needs_no_price() -> None:
    day = bill_day(Session(DAY, "PT", [TimedService("97112", 7)]), MEDICARE, RATES)
    assert lines_of(day) == [
        "  97112 GP             7 min  0 units",
        (
            "  total                7 min  0 units      0.00      0.00      0.00      0.00  minutes and units: timed only; 7 "
            "treatment minutes in all"
        ),
    ]


def test_another_payer_has_unknown_shares() -> None:
    day = bill_day(Session(DAY, "PT", [TimedService("97530", 20)]), CPT_MIDPOINT, RATES)
    assert lines_of(day) == [
        "  97530 GP            20 min   1 unit     40.42      0.00         ?         ?",
        (
            "  total               20 min   1 unit     40.42      0.00         ?         ?  minutes and units: timed only; 20 "
            "treatment minutes in all"
        ),
    ]


def test_a_hand_written_claim_has_no_minutes() -> None:
    claim = Claim(DAY, [ClaimLine("97530", 40, ("GP",)), ClaimLine("99213", 1)])
    assert lines_of(price_day(claim, CPT_MIDPOINT, RATES)) == [
        "  97530 GP                   40 units  1,616.80      0.00         ?         ?",
        "  99213                        1 unit         ?         ?         ?         ?",
        "  total                                1,616.80      0.00         ?         ?  *",
        "  * no price for 99213 in contract rates: the code is not in the schedule",
    ]


def test_a_per_visit_contract_has_amounts_and_no_missing_price() -> None:
    fees = FeeSchedule.from_contract(Contract("Visits", per_visit=90))
    claim = Claim(DAY, [ClaimLine("97530", 2, ("GP",)), ClaimLine("97110", 1, ("GP",))])
    assert lines_of(price_day(claim, CPT_MIDPOINT, fees)) == [
        "  97530 GP                    2 units     60.00      0.00         ?         ?",
        "  97110 GP                     1 unit     30.00      0.00         ?         ?",
        "  total                                   90.00      0.00         ?         ?",
    ]


def test_minutes_without_a_discipline_have_no_modifiers() -> None:
    day = bill_day({"97530": 20}, MEDICARE, RATES, date_of_service=DAY)
    assert lines_of(day)[0] == (
        "  97530               20 min   1 unit     40.42      0.00     31.69      8.08  ?"
    )


def test_the_add_on_of_a_timed_code_is_not_shown_as_untimed() -> None:
    day = bill_day(Session(DAY, "SLP", [TimedService("97129", 38)]), MEDICARE, RATES)
    further = lines_of(day)[1]
    assert further.split()[:5] == ["97130", "GN", "2", "units", "42.08"]
    assert "untimed" not in further


def test_an_untimed_code_that_the_payer_counts_by_minutes_shows_its_minutes() -> None:
    own = MEDICARE.on(DAY).with_changes(code_terms=[{"codes": "92507", "unit_minutes": 15}])
    services = [UntimedService("92507", 40), UntimedService("92521", 30)]
    line, untimed, total, *_ = lines_of(bill_day(Session(DAY, "SLP", services), own, RATES))
    assert line.split()[:6] == ["92507", "GN", "40", "min", "3", "units"]
    assert untimed.split()[:5] == ["92521", "GN", "untimed", "1", "unit"]
    assert total.split()[:5] == ["total", "40", "min", "3", "units"]


def test_disciplines_have_separate_lines() -> None:
    sessions = [
        Session(DAY, "PT", [TimedService("97530", 8)]),
        Session(DAY, "OT", [TimedService("97530", 8)]),
    ]
    assert lines_of(bill_day(sessions, MEDICARE, RATES)) == [
        "  97530 GP             8 min   1 unit     40.42      0.00     31.69      8.08  ?",
        "  97530 GO             8 min   1 unit     40.42      0.00     31.69      8.08  ?",
        (
            "  total               16 min  2 units     80.84      0.00     63.38     16.16  minutes and units: timed only; 16 "
            "treatment minutes in all"
        ),
    ]


def test_the_total_of_two_claims_has_the_minutes_and_units_of_both() -> None:
    claims = [
        build_claim(Session(DAY, discipline, [TimedService("97530", 15)]), MEDICARE)
        for discipline in ("PT", "OT")
    ]
    total = lines_of(price_day(claims, MEDICARE, RATES))[2]
    assert total.startswith("  total               30 min  2 units     80.84 ")
    assert total.endswith("  minutes and units: timed only; 30 treatment minutes in all")


def test_control_characters_in_a_key_are_replaced() -> None:
    day = bill_day({"97530": 20}, MEDICARE, RATES, date_of_service=DAY)
    assert day_text("P\x1b[2J\n1", "medicare", day).splitlines()[0] == (
        "P?[2J?1  2026-03-02  medicare"
    )


@pytest.mark.parametrize(
    ("lines", "listed"), [((3,), "line 3 of the log was"), ((3, 14), "lines 3, 14 of the log were")]
)
def test_a_day_with_unreadable_lines_is_marked_incomplete(
    lines: tuple[int, ...], listed: str
) -> None:
    day = bill_day({"97530": 20}, MEDICARE, RATES, date_of_service=DAY)
    text = day_text("P-1", "medicare", day, lines)
    assert text.splitlines()[-1] == f"  Incomplete: {listed} left out."
    assert text.splitlines()[:-1] == day_text("P-1", "medicare", day).splitlines()


def test_skipped_lines_are_between_the_remarks_and_the_explanation() -> None:
    services = [TimedService("97530", 20), TimedService("97110", 20)]
    day = bill_day(Session(DAY, "PT", services), MEDICARE, RATES)
    lines = day_text("P-1", "medicare", day, (4,), explain(day)).splitlines()
    assert lines[5].startswith("  Tie: ")
    assert lines[6] == "  Incomplete: line 4 of the log was left out."
    assert lines[7].startswith("    ")


def test_an_explanation_is_indented_below_the_day() -> None:
    day = bill_day({"97530": 20}, MEDICARE, RATES, date_of_service=DAY)
    explanation = explain(day)
    plain = day_text("P-1", "medicare", day)
    explained = day_text("P-1", "medicare", day, (), explanation)
    assert explained.startswith(f"{plain}\n")
    assert explained.removeprefix(f"{plain}\n").splitlines() == [
        f"    {line}" for line in str(explanation).splitlines()
    ]


def test_the_range_of_medicares_payment_is_shown_if_it_depends_on_the_deductible() -> None:
    services: list[Service] = [
        TimedService("97530", 30),
        TimedService("97110", 30, clinician="assistant"),
    ]
    fees = FeeSchedule.medicare(DAY, locality="15202-00")
    day = bill_day(Session(DAY, "PT", services), MEDICARE, fees, Accumulators(2026, "230.00"))
    assert (
        "  Medicare may pay $32.35 to $37.44, depending on which line takes the deductible."
    ) in lines_of(day)


def test_the_total_with_known_shares_is_named_if_it_is_not_the_whole_allowed_total() -> None:
    days = LogTotals(
        payers={
            "medicare": PayerTotals(
                Decimal("70.42"), Decimal("30.00"), Decimal("23.52"), Decimal("6.00")
            )
        },
    )
    assert totals_text(days).splitlines()[1] == (
        "medicare: $70.42 allowed. Of the $30.00 with known shares, Medicare pays $23.52 and "
        "patients owe $6.00."
    )
