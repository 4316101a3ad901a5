"""
Find the denied codes of a claim a second time, slowly, and only from the words of the specification.

It shares no code with the library: codes, units, and modifiers are plain values, and the edits are read from the
published rows. Each docstring starts with the sentence that the function follows, and its doctest shows both sides
of that sentence.

If the specification leaves a choice, the docstring names it after the word "Choice".
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from tests.paths import DATA

__all__ = ["Denied", "Line", "Program", "denied_codes", "limit_on", "pairs_on"]

Denied: TypeAlias = tuple[str, str]
"""The reason for a denial, and the denied code."""
Program: TypeAlias = Literal["medicare", "medicaid", "none"]

EDITS = DATA / "edits"

PTP_QUARTER = date(2024, 7, 1), date(2024, 9, 30)
DATED_THROUGH = date(2026, 12, 31)
MUE_QUARTERS = {
    "2024-04-01": (date(2024, 4, 1), date(2024, 6, 30)),
    "2024-07-01": (date(2024, 7, 1), date(2024, 9, 30)),
    "2026-04-01": (date(2026, 4, 1), date(2026, 6, 30)),
    "2026-07-01": (date(2026, 7, 1), date(2026, 9, 30)),
    "2026-10-01": (date(2026, 10, 1), date(2026, 12, 31)),
}
EITHER_COLUMN_FROM = date(2019, 7, 1)
ONE_DISCIPLINE_FROM = date(2018, 1, 1)
MOST_MODIFIERS = 4
EVERY_LINE = 1

PT_EVALUATIONS = {"97161", "97162", "97163", "97164"}
OT_EVALUATIONS = {"97165", "97166", "97167", "97168"}
SPEECH_ONLY = {"92521", "92522", "92523", "92524", "92597", "92607"}
ADDS_TO = {
    "90913": "90912",
    "92608": "92607",
    "97130": "97129",
    "97546": "97545",
    "97551": "97550",
    "97598": "97597",
    "G0542": "G0541",
}
TAKES_NO_ASSISTANT = {"98976", "98977"}
BUNDLED = {"97010", "97602"}
PLANS = {"GP", "GO", "GN"}
DISTINCT = {"59", "XE", "XP", "XS", "XU"}
ALWAYS = {
    "0791T",
    "92507",
    "92508",
    "92521",
    "92522",
    "92523",
    "92524",
    "92526",
    "92597",
    "92607",
    "92609",
    "96125",
    "97012",
    "97016",
    "97018",
    "97022",
    "97024",
    "97026",
    "97028",
    "97032",
    "97033",
    "97034",
    "97035",
    "97036",
    "97110",
    "97112",
    "97113",
    "97116",
    "97124",
    "97140",
    "97150",
    "97161",
    "97162",
    "97163",
    "97164",
    "97165",
    "97166",
    "97167",
    "97168",
    "97530",
    "97533",
    "97535",
    "97537",
    "97542",
    "97750",
    "97755",
    "97760",
    "97761",
    "97763",
    "G0281",
    "G0283",
    "G0329",
}


class Line(NamedTuple):
    """A claim line."""

    code: str
    units: int = 1
    modifiers: tuple[str, ...] = ()


def denied_codes(lines: Sequence[Line], day: date, program: Program) -> frozenset[Denied]:
    """
    Each check looks at the day independently. No check cancels the denial of another.

    >>> sorted(denied_codes([Line("97150", 1, ("GP",)), Line("97110")], date(2024, 8, 1), "medicare"))
    [('pair', '97110'), ('plan', '97110')]
    """
    found = denied_by_modifiers(lines, plan_needed=program == "medicare")
    found |= alone(lines) | of_another_discipline(lines, day) | second_evaluations(lines)
    if program != "none":
        found |= denied_by_pairs(lines, day)
        found |= beyond_limits(lines, day, by_line=program == "medicaid")
    return frozenset(found)


@functools.cache
def pairs_on(day: date) -> dict[tuple[str, str], int]:
    """
    Return the indicator of each pair of a column 1 and a column 2 code that is certainly in force on a day.

    A row without a deletion date is in force in the quarter of its file. Rows of 2024 have no effective date, so
    other days are uncertain. The rows of 2026 have dates, and are in force on each day from the first to the last.
    Indicator 9 was never an edit.

    >>> pairs_on(date(2024, 9, 30))["97150", "97110"], pairs_on(date(2024, 10, 1)).get(("97150", "97110"))
    (1, None)
    >>> [pairs_on(day).get(("97140", "97530")) for day in (date(2019, 12, 31), date(2020, 1, 1))]
    [1, None]
    """
    first, last = PTP_QUARTER
    found = {
        (row["column1"], row["column2"]): int(row["indicator"])
        for row in _rows("ptp_dated.csv")
        if row["indicator"] != "9"
        and row["effective_from"] <= str(day) <= (row["deleted_on"] or str(DATED_THROUGH))
    }
    if first <= day <= last:
        found |= {
            (row["column1"], row["column2"]): int(row["indicator"])
            for row in _rows("ptp.csv")
            if row["setting"] != "outpatient-hospital"
            and row["indicator"] != "9"
            and not row["deleted_on"]
        }
    return found


@functools.cache
def limit_on(code: str, day: date) -> tuple[int, int] | None:
    """
    Return the maximum units of a code and its adjudication indicator, for the quarters in the data.

    Between two quarters, a limit that both have is in force.

    >>> limit_on("97535", date(2026, 6, 30)), limit_on("97535", date(2026, 7, 1))
    ((8, 3), None)
    >>> limit_on("97535", date(2024, 3, 31)), limit_on("97535", date(2026, 3, 31))
    (None, (8, 3))
    """
    limits = {
        MUE_QUARTERS[row["quarter"]]: (int(row["units"]), int(row["mai"]))
        for row in _rows("mue.csv")
        if row["code"] == code and row["setting"] != "outpatient-hospital"
    }
    for (first, last), limit in limits.items():
        if first <= day <= last:
            return limit
    before = [limit for (_, last), limit in sorted(limits.items()) if last < day]
    after = [limit for (first, _), limit in sorted(limits.items()) if day < first]
    return before[-1] if before and after and before[-1] == after[0] else None


def denied_by_pairs(lines: Sequence[Line], day: date) -> set[Denied]:
    """
    When both are billed, column 1 is paid and column 2 denied unless a valid modifier is present.

    Since 1 July 2019 the modifier may be on either code; before that it had to be on column 2.
    No modifier bypasses indicator 0. PT and OT of one group are different practitioners.

    Choice: a column 2 line is denied if, for any column 1 line, neither has a modifier. With two plans of care,
    indicator 1 still needs the modifier, and indicator 0 is denied within one plan only. A line without a plan does
    not show a different plan.

    >>> unmarked = [Line("97150", 1, ("GP",)), Line("97110", 1, ("GP",))]
    >>> marked = [Line("97150", 1, ("GP",)), Line("97110", 1, ("GP", "59"))]
    >>> day = date(2024, 8, 1)
    >>> denied_by_pairs(unmarked, day), denied_by_pairs(marked, day)
    ({('pair', '97110')}, set())
    """
    in_force = pairs_on(day)
    found: set[Denied] = set()
    for paid in lines:
        for denied in lines:
            indicator = in_force.get((paid.code, denied.code))
            if indicator is None:
                continue
            allowed = not DISTINCT.isdisjoint(denied.modifiers)
            if day >= EITHER_COLUMN_FROM:
                allowed = allowed or not DISTINCT.isdisjoint(paid.modifiers)
            plans = _plan(paid), _plan(denied)
            other_practitioner = None not in plans and plans[0] != plans[1]
            if indicator == 0:
                allowed = other_practitioner
            if not allowed:
                found.add(("pair", denied.code))
    return found


def beyond_limits(lines: Sequence[Line], day: date, *, by_line: bool) -> set[Denied]:
    """
    All units of the code on the day are summed (2 and 3), or the units of each line compared (1).

    Medicaid compares line by line. PT and OT are different practitioners: units that exceed the limit only
    when PT and OT are combined are not certainly denied.

    Choice: a line without a plan does not show a different practitioner, so it counts toward the limit of each practitioner. A limit
    of 0 on a bundled code denies nothing: the code is paid as part of another service.

    >>> day = date(2024, 8, 1)
    >>> seven = [Line("97110", 4, ("GP",)), Line("97110", 3, ("GP", "CQ"))]
    >>> beyond_limits(seven, day, by_line=False), beyond_limits(seven, day, by_line=True)
    ({('limit', '97110')}, set())
    """
    found: set[Denied] = set()
    for code in {line.code for line in lines}:
        limit = limit_on(code, day)
        if limit is None:
            continue
        most, indicator = limit
        if not most and code in BUNDLED:
            continue
        counts: dict[object, int] = {}
        for index, line in enumerate(lines):
            if line.code == code:
                key: object = index if by_line or indicator == EVERY_LINE else _plan(line)
                counts[key] = counts.get(key, 0) + line.units
        unnamed = counts.pop(None, 0)
        counts = {key: count + unnamed for key, count in counts.items()} or {None: unnamed}
        if any(count > most for count in counts.values()):
            found.add(("limit", code))
    return found


def alone(lines: Sequence[Line]) -> set[Denied]:
    """
    An add-on code is billed with its first code on the same day.

    >>> alone([Line("97130")]), alone([Line("97130"), Line("97129")])
    ({('add-on', '97130')}, set())
    """
    codes = {line.code for line in lines}
    return {("add-on", code) for code in codes if code in ADDS_TO and ADDS_TO[code] not in codes}


def of_another_discipline(lines: Sequence[Line], day: date) -> set[Denied]:
    """
    From 1 January 2018, evaluations are GP only or GO only and some speech codes GN only.

    >>> days = date(2017, 12, 31), date(2018, 1, 1)
    >>> [of_another_discipline([Line("97161", 1, ("GO",))], day) for day in days]
    [set(), {('discipline', '97161')}]
    """
    if day < ONE_DISCIPLINE_FROM:
        return set()
    found: set[Denied] = set()
    for line in lines:
        for codes, plan in (
            (PT_EVALUATIONS, "GP"),
            (OT_EVALUATIONS, "GO"),
            (SPEECH_ONLY, "GN"),
        ):
            named = _plan(line)
            if line.code in codes and named is not None and named != plan:
                found.add(("discipline", line.code))
    return found


def second_evaluations(lines: Sequence[Line]) -> set[Denied]:
    """
    One PT evaluation or re-evaluation and one OT evaluation or re-evaluation a day.

    Choice: the specification does not say which of two is paid, so both codes are in the result.

    >>> sorted(second_evaluations([Line("97161"), Line("97164"), Line("97165")]))
    [('evaluation', '97161'), ('evaluation', '97164')]
    """
    found: set[Denied] = set()
    for codes in (PT_EVALUATIONS, OT_EVALUATIONS):
        units = [(line.code, line.units) for line in lines if line.code in codes]
        if sum(count for _, count in units) > 1:
            found |= {("evaluation", code) for code, _ in units}
    return found


def denied_by_modifiers(lines: Sequence[Line], *, plan_needed: bool) -> set[Denied]:
    """
    One of GP, GO and GN on every always-therapy line; CQ with GP, CO with GO; at most four on a line.

    Claims with an always-therapy code and no therapy modifier are returned; two therapy modifiers on one
    line are an error. Device supply codes take no assistant modifier.

    Choice: CQ and CO are checked on every day, even before they were required. A missing plan matters only to
    Medicare.

    >>> lines = [Line("97110"), Line("97140", 1, ("GO", "CQ"))]
    >>> [sorted(denied_by_modifiers(lines, plan_needed=needed)) for needed in (True, False)]
    [[('assistant', '97140'), ('plan', '97110')], [('assistant', '97140')]]
    """
    found: set[Denied] = set()
    for line in lines:
        named = PLANS.intersection(line.modifiers)
        if len(named) > 1 or (plan_needed and not named and line.code in ALWAYS):
            found.add(("plan", line.code))
        for assistant, plan in (("CQ", "GP"), ("CO", "GO")):
            at_fault = plan not in named or line.code in TAKES_NO_ASSISTANT
            if assistant in line.modifiers and at_fault:
                found.add(("assistant", line.code))
        if len(line.modifiers) > MOST_MODIFIERS:
            found.add(("count", line.code))
    return found


def _plan(line: Line) -> str | None:
    """Return the plan of care of a line, if it names exactly one."""
    named = [modifier for modifier in line.modifiers if modifier in PLANS]
    return named[0] if len(named) == 1 else None


@functools.cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (EDITS / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
