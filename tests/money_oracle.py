"""
Calculate assistants and money a second time, slowly, and only from the words of the specification.

It shares no code with the library and uses no decimals. Numbers are fractions, or whole cents, minutes, or percents.
They are rounded only where a sentence says so. Each docstring starts with the sentence that the function
follows, and its doctest shows the worked examples of that section.

If the specification leaves a choice, the docstring names it after the word "Choice".
"""

from __future__ import annotations

import csv
import functools
import itertools
from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

__all__ = [
    "FeeFacts",
    "FeeUnit",
    "assistant_units_2020",
    "assistant_units_2022",
    "cost_share_cents",
    "fee_facts",
    "in_part",
    "kx_lines",
    "medicare_unit_cents",
    "mppr_day_cents",
    "round_half_up",
    "unit_amount_cents",
]

QUARTER = 15
HALF = Fraction(1, 2)

Row: TypeAlias = dict[str, str]


def round_half_up(number: Fraction) -> int:
    """
    Return the whole number nearest to *number*. A half rounds up.

    >>> [round_half_up(Fraction(n, 10)) for n in (14, 15, 24, 25)]
    [1, 2, 2, 3]
    """
    below = number.numerator // number.denominator
    return below + 1 if number - below >= HALF else below


# Assistants


class WholeUnits(NamedTuple):
    """The units from the full quarters of the two clinicians, and the minutes and units that are left."""

    without: int
    with_modifier: int
    therapist_left: int
    assistant_left: int
    units_left: int


def whole_units(therapist: int, assistant: int, units: int) -> WholeUnits:
    """
    "Give the therapist pt//15 units without modifier, the assistant pta//15 units with CQ/CO (never
    more than the code's units)" (5.4, step 1); "pt_left = pt%15 ; pta_left = pta%15 ; n = code_units -
    units given" (step 2).

    Choice: if the two clinicians have more full quarters than the code has units, the therapist's count first. The
    minutes of a quarter without a unit are not leftover minutes.
    """
    if min(therapist, assistant, units) < 0:
        msg = f"negative: {therapist=}, {assistant=}, {units=}"
        raise ValueError(msg)
    without = with_modifier = 0
    therapist_left, assistant_left = therapist, assistant
    while therapist_left >= QUARTER:
        therapist_left -= QUARTER
        if without < units:
            without += 1
    while assistant_left >= QUARTER:
        assistant_left -= QUARTER
        if without + with_modifier < units:
            with_modifier += 1
    left = units - without - with_modifier
    return WholeUnits(without, with_modifier, therapist_left, assistant_left, left)


def more_than_tenth(assistant: int, total: int) -> bool:
    """
    "Separate minutes exceed 10 % of the total minutes for it. Exactly 10 % does not trigger." (5.3)

    >>> more_than_tenth(1, 10), more_than_tenth(2, 19), more_than_tenth(0, 0)
    (False, True, False)
    """
    return total > 0 and Fraction(assistant, total) > Fraction(1, 10)


def assistant_units_2022(therapist: int, assistant: int, units: int) -> tuple[int, int]:
    """
    Return the *units* of one 15-minute code without, and with, the assistant's modifier, by the words
    of section 5.4 ("post-2022 unit assignment") and its two exceptions:

    "One final 15-minute unit left to bill: when the PT/OT furnishes 8 or more minutes, the unit is
    billed without CQ/CO, whatever the assistant adds."

    "Two units of the same service left to bill, PT/OT and PTA/OTA each furnish 9 to 14 minutes, and
    together at least 23 and at most 28: one unit is billed with CQ/CO and one without."

    Choice: two units left outside the second exception (the code's units come from the whole day, so 16 to 22
    leftover minutes can have two) are shared equally. Otherwise, moving a minute from the assistant to the therapist
    could add a unit with the modifier.

    CQ-1, CQ-2, CQ-10, CQ-11 and CQ-14 of section 5.5:

    >>> assistant_units_2022(13, 23, 2), assistant_units_2022(30, 0, 2)
    ((1, 1), (2, 0))
    >>> assistant_units_2022(5, 10, 1)
    (0, 1)
    >>> assistant_units_2022(12, 14, 2)
    (1, 1)
    >>> assistant_units_2022(6, 5, 1)
    (0, 1)
    >>> assistant_units_2022(8, 7, 1)
    (1, 0)

    CQ-9, "two units none, the rest CQ", and more units than the minutes can make:

    >>> assistant_units_2022(30, 30, 4)
    (2, 2)
    >>> assistant_units_2022(7, 7, 3)
    Traceback (most recent call last):
        ...
    ValueError: 3 units are left for 7 + 7 minutes, and two at most are ruled on
    """
    without, with_modifier, pt_left, pta_left, left = whole_units(therapist, assistant, units)
    exceeds = more_than_tenth(pta_left, pt_left + pta_left)
    if left == 0 or (left == 1 and pt_left >= 8):
        more = 0
    elif left == 1 and pta_left >= 8:
        more = 1
    elif left == 1:
        more = 1 if exceeds else 0
    elif left == 2 and 9 <= pt_left <= 14 and 9 <= pta_left <= 14 and pt_left + pta_left >= 23:
        more = 1  # at most 28 together, since each has at most 14
    elif left == 2 and not exceeds:
        more = 0
    elif left == 2:
        more = 1
    else:
        msg = f"{left} units are left for {pt_left} + {pta_left} minutes, and two at most are ruled on"
        raise ValueError(msg)
    return without + left - more, with_modifier + more


def assistant_units_2020(therapist: int, assistant: int, units: int) -> tuple[int, int]:
    """
    Return the *units* of one code without, and with, the modifier in 2020 and 2021: "a service is
    furnished 'in part' by the assistant when the assistant's separate minutes exceed 10 % of the
    total minutes for it" (5.3), before the exceptions "since 2022" of 5.4.

    Choice: full quarters count as since 2022. Then every remaining unit has the modifier if the assistant's
    leftover minutes exceed 10 % of all leftover minutes.

    Eight minutes of the therapist do not yet save a unit, and exactly 10 % never costs one:

    >>> assistant_units_2020(8, 7, 1), assistant_units_2020(13, 23, 2), assistant_units_2020(12, 14, 2)
    ((0, 1), (0, 2), (0, 2))
    >>> assistant_units_2020(9, 1, 1), assistant_units_2020(8, 1, 1)
    ((1, 0), (0, 1))
    """
    without, with_modifier, pt_left, pta_left, left = whole_units(therapist, assistant, units)
    if more_than_tenth(pta_left, pt_left + pta_left):
        return without, with_modifier + left
    return without + left, with_modifier


def in_part(assistant: int, total: int, method: Literal["exact", "simple", "percentage"]) -> bool:
    """
    Return whether the assistant furnished the service in part (5.3).

    "exact": "10 * assistant_minutes > total_minutes". "simple": "total ÷ 10, round to nearest whole
    minute, add 1 = trigger minutes", "half rounds up". "percentage": "assistant ÷ total, round to
    whole percent, trigger at ≥11 %".

    Choice: half a percent rounds up. Without any minutes, nothing is furnished in part.

    The table of 5.3, least minutes that trigger (8, 10, 15, 20, 22, 30, 38, 45, 53, 60 in total):

    >>> totals = (8, 10, 15, 20, 22, 30, 38, 45, 53, 60)
    >>> [next(a for a in range(t) if in_part(a, t, "simple")) for t in totals]
    [2, 2, 3, 3, 3, 4, 5, 6, 6, 7]
    >>> [next(a for a in range(t) if in_part(a, t, "exact")) for t in totals]
    [1, 2, 2, 3, 3, 4, 4, 5, 6, 7]

    21 of 200 minutes are 10.5 %, and 20 are not more than a tenth (CQ-8 is the 7 of 60 above):

    >>> in_part(21, 200, "percentage"), in_part(20, 200, "percentage"), in_part(20, 200, "exact")
    (True, False, False)
    """
    if not 0 <= assistant <= total:
        msg = f"not a part of the whole: {assistant=}, {total=}"
        raise ValueError(msg)
    if total == 0:
        return False
    if method == "exact":
        return 10 * assistant > total
    if method == "simple":
        return assistant >= round_half_up(Fraction(total, 10)) + 1
    return round_half_up(Fraction(100 * assistant, total)) >= 11


# Allowed amounts


def unit_amount_cents(
    work: str,
    pe: str,
    mp: str,
    gpci: tuple[str, str, str],
    cf: str,
    pe_factor: str | Fraction,
) -> int:
    """
    Return the amount of one unit in cents: "round2( (W*GPCIw + k*PE*GPCIpe + MP*GPCImp) * CF )" (6.2),
    "no intermediate rounding, one ROUND_HALF_UP to cents at the end" (7.2). *gpci* is work, practice
    expense, malpractice.

    97530 in 2020 (section 16), and 97110 and 97530 in 2025 (5.7), all at GPCI 1:

    >>> one = ("1.000", "1.000", "1.000")
    >>> unit_amount_cents("0.44", "0.66", "0.02", one, "36.0896", "1")
    4042
    >>> unit_amount_cents("0.45", "0.43", "0.01", one, "32.3465", "1")
    2879
    """
    gpci_work, gpci_pe, gpci_mp = (Fraction(index) for index in gpci)
    adjusted = (
        Fraction(work) * gpci_work
        + Fraction(pe_factor) * Fraction(pe) * gpci_pe
        + Fraction(mp) * gpci_mp
    )
    return round_half_up(100 * adjusted * Fraction(cf))


class FeeUnit(NamedTuple):
    """One unit of a code: its full amount, its reduced amount, and whether it is subject to MPPR."""

    code: str
    full_cents: int
    reduced_cents: int
    pe: str | Fraction
    subject: bool


def mppr_day_cents(
    units: Sequence[FeeUnit | tuple[str, int, int, str | Fraction, bool]],
) -> tuple[tuple[int, ...], int | None]:
    """
    Return the amount of every unit of the day, and the index of the subject unit paid in full:
    "The unit with the highest PE RVU is paid in full; each other unit gets full work + full malpractice
    + 50 % PE", "rank the tied services by highest total fee schedule amount" (6.1), "still tied -> any"
    (6.2); "not subject: codes without MULT = 5". The index is None when no unit is subject.

    Choice: if units are still tied, the first one. The total fee schedule amount is the amount in cents.

    The worked example of 6.3, in dollars of 100 cents: two units 7 + 10 + 1 and one of 11 + 8 + 1, at
    a reduction of 25, 20 and 50 %:

    >>> for reduced_1, reduced_2 in ((1550, 1800), (1600, 1840), (1300, 1600)):
    ...     first = ("1", 1800, reduced_1, "10", True)
    ...     amounts, full_rate = mppr_day_cents([first, first, ("2", 2000, reduced_2, "8", True)])
    ...     print(sum(amounts), full_rate)
    5150 0
    5240 0
    4700 0

    A tie on practice expense, and a unit that is not subject to MPPR:

    >>> mppr_day_cents([("a", 10, 5, "1", True), ("b", 11, 6, "1.0", True), ("c", 9, 1, "2", False)])
    ((5, 11, 9), 1)
    """
    day = [FeeUnit(*unit) for unit in units]
    subject = [index for index, unit in enumerate(day) if unit.subject]
    if not subject:
        return tuple(unit.full_cents for unit in day), None
    most = max(Fraction(day[index].pe) for index in subject)
    tied = [index for index in subject if Fraction(day[index].pe) == most]
    dearest = max(day[index].full_cents for index in tied)
    full_rate = next(index for index in tied if day[index].full_cents == dearest)
    amounts = tuple(
        unit.reduced_cents if unit.subject and index != full_rate else unit.full_cents
        for index, unit in enumerate(day)
    )
    return amounts, full_rate


# From allowed to paid


def cost_share_cents(
    allowed: int,
    deductible_left: int,
    *,
    assistant: bool,
    coinsurance_percent: int = 20,
    assistant_percent: int = 85,
    sequestration_percent: int = 2,
) -> dict[str, int]:
    """
    Return what each party pays of the *allowed* cents.

    "The 85 % applies to Medicare's share after deductible and coinsurance; the patient's 20 % is
    computed on the full allowed amount" (5.7); "80 %, then 85 %, then sequestration"; sequestration is
    "applied to Medicare's payment after deductible and coinsurance; the patient's share is not
    touched" (7.6); "allowed 98.97, 50.00 of deductible left -> Medicare base 48.97" (7.7).

    Choice: each step is rounded half up to the cent. Medicare's share is rounded first, and the coinsurance is the
    rest. Deductible, coinsurance, assistant_reduction, sequestration and medicare_pays add up to
    the allowed amount.

    The table of 5.7 (share, coinsurance, share of 85 %, provider's total, Medicare after sequestration):

    >>> for cents in (10000, 2879, 3461):
    ...     paid = cost_share_cents(cents, 0, assistant=True)
    ...     after = paid["medicare_share"] - paid["assistant_reduction"]
    ...     total = after + paid["coinsurance"]
    ...     print(paid["medicare_share"], paid["coinsurance"], after, total, paid["medicare_pays"])
    8000 2000 6800 8800 6664
    2303 576 1958 2534 1919
    2769 692 2354 3046 2307

    The deductible of 7.7:

    >>> paid = cost_share_cents(9897, 5000, assistant=False)
    >>> paid["medicare_share"], paid["coinsurance"], paid["patient"]
    (3918, 979, 5979)
    >>> paid["sequestration"], paid["medicare_pays"]
    (78, 3840)

    The deductible takes the whole amount:

    >>> sum(cost_share_cents(9897, 9898, assistant=True).values())
    19794
    >>> cost_share_cents(9897, 9898, assistant=True)["patient"]
    9897
    """
    if min(allowed, deductible_left) < 0:
        msg = f"negative: {allowed=}, {deductible_left=}"
        raise ValueError(msg)
    deductible = min(deductible_left, allowed)
    base = allowed - deductible
    share = round_half_up(Fraction((100 - coinsurance_percent) * base, 100))
    coinsurance = base - share
    after_assistant = share
    if assistant:
        after_assistant = round_half_up(Fraction(assistant_percent * share, 100))
    sequestration = round_half_up(Fraction(sequestration_percent * after_assistant, 100))
    return {
        "deductible": deductible,
        "coinsurance": coinsurance,
        "medicare_share": share,
        "assistant_reduction": share - after_assistant,
        "sequestration": sequestration,
        "medicare_pays": after_assistant - sequestration,
        "patient": deductible + coinsurance,
    }


def kx_lines(accrued_cents: int, line_cents: Iterable[int], threshold_cents: int) -> list[bool]:
    """
    Return for each line whether it needs KX: "KX applies to the line that crosses the threshold and
    later ones", "strictly greater triggers" (8).

    The example of section 8, for PT with SLP and for OT on the same day, and one cent on both sides:

    >>> kx_lines(245000, [7248], 248000), kx_lines(0, [7248], 248000)
    ([True], [False])
    >>> kx_lines(245000, [3000, 1, 0], 248000), kx_lines(248001, [0], 248000)
    ([False, True, True], [True])
    """
    sums = itertools.accumulate(line_cents, initial=accrued_cents)
    next(sums)
    crossed = False
    lines = []
    for accrued in sums:
        crossed = crossed or accrued > threshold_cents
        lines.append(crossed)
    return lines


# The published facts


class FeeFacts:
    """The relative values, cost indices, and conversion factors in the folder of facts."""

    def __init__(self, facts: Path) -> None:
        self.values = read_rows(facts / "mpfs_rvu.csv")
        self.indices = read_rows(facts / "gpci.csv")
        self.factors = read_rows(facts / "conversion_factors.csv")

    def relative_values(self, code: str, day: date) -> Row:
        """
        Return the row of *code* in the latest release of the year of *day* that is in effect on it; in
        2026 the one of July, since "the releases of January and April 2026 are missing" (README).
        """
        of_year = {
            effective for row in self.values if (effective := effective_from(row)).year == day.year
        }
        in_effect = of_year if day.year == 2026 else {one for one in of_year if one <= day}
        if not in_effect:
            msg = f"no release of relative values in effect on {day}"
            raise LookupError(msg)
        release = max(in_effect)
        rows = [
            row for row in self.values if row["hcpcs"] == code and effective_from(row) == release
        ]
        if not rows:
            msg = f"{code} is not in the release of {release}"
            raise LookupError(msg)
        (row,) = rows
        return row

    def cost_indices(self, mac: str, locality: str, day: date) -> tuple[str, str, str]:
        """Return the work, practice expense, and malpractice indices in the locality's latest row of the year."""
        rows = [
            row
            for row in self.indices
            if (row["mac"], row["locality"]) == (mac, locality)
            and effective_from(row).year == day.year
            and effective_from(row) <= day
        ]
        if not rows:
            msg = f"no cost indices of {mac} {locality} on {day}"
            raise LookupError(msg)
        row = max(rows, key=effective_from)
        return row["work"], row["pe"], row["mp"]

    def conversion_factor(self, day: date, *, qualifying_apm: bool) -> str:
        """ "Select the CF by date of service and, from 2026, by the provider's QP status." (7.3)"""
        rows = [
            row
            for row in self.factors
            if date.fromisoformat(row["date_start"]) <= day <= date.fromisoformat(row["date_end"])
        ]
        wanted = "QP" if qualifying_apm else "non-QP"
        found = [row for row in rows if row["basis"].split()[0] in {"all", wanted}]
        if not found:
            msg = f"no conversion factor on {day}"
            raise LookupError(msg)
        (row,) = found
        return row["conversion_factor"]


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def effective_from(row: Row) -> date:
    return date.fromisoformat(row["effective_from"])


@functools.cache
def fee_facts(facts: Path) -> FeeFacts:
    """Return the facts in the folder, which is read only once."""
    return FeeFacts(facts)


def medicare_unit_cents(
    code: str,
    day: date,
    mac: str,
    locality: str,
    *,
    facts: Path,
    facility: bool = False,
    reduced: bool = False,
    qualifying_apm: bool = False,
) -> int:
    """
    Return the amount in cents of one unit of *code*, *reduced* with half of its practice expense:
    "facility = [(Work x GPCIw) + (F PE x GPCIpe) + (MP x GPCImp)] x CF" (7.1), "50 % from 2013-04-01"
    (6.3). It does not check whether the code is subject to the reduction.

    Choice: a LookupError for values that are all zero, where the contractor prices the code. Nor is
    the status asked ("n/p = not payable under the schedule (status B, I)", 7.5): 20560 and 20561 have
    status N in the release of January 2020, and A with an amount in CMS's own amounts of that release.
    A caller reads it from `FeeFacts.relative_values`.
    """
    known = fee_facts(facts)
    row = known.relative_values(code, day)
    work, mp = row["work_rvu"], row["mp_rvu"]
    pe = row["pe_rvu_fac"] if facility else row["pe_rvu_nonfac"]
    if not any(Fraction(rvu) for rvu in (work, pe, mp)):
        msg = f"{code} has no amount on {day} (status {row['status']!r})"
        raise LookupError(msg)
    return unit_amount_cents(
        work,
        pe,
        mp,
        known.cost_indices(mac, locality, day),
        known.conversion_factor(day, qualifying_apm=qualifying_apm),
        HALF if reduced else "1",
    )
