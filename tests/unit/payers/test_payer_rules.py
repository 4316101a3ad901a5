"""
Compare each row of the table of payer rules, ``tests/examples/payer_rules.csv``, with the payer's policies.

A row is a fact of a policy, a rule without a field that the payer's remark describes, or a fact about a payer that cannot be
used. The last two have the reason here or in the data.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

import pytest

from tests.paths import EXAMPLE_FILES, FACTS
from tests.refusals import refusal
from therapy_billing import (
    PAYERS,
    Clinician,
    Discipline,
    FeeSchedule,
    NotPublishedError,
    Policy,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    load_codes,
)
from therapy_billing.base.data_loader import read_toml
from therapy_billing.codes import CodeProgram
from therapy_billing.codes.roles import ServiceClass

FILE = EXAMPLE_FILES / "payer_rules.csv"
TODAY = date(2026, 10, 5)
LAST_KNOWN = date(2026, 12, 31)
LONG_AGO = date(1990, 1, 1)
ONE_DAY = timedelta(1)


class Row(NamedTuple):
    """The columns of a row that the tests use, with its number (the first row is 1)."""

    number: int
    rule: str
    value: str
    first: date | None
    last: date | None
    address: str
    verified: str


@cache
def rows() -> dict[int, Row]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            number: Row(
                number,
                row["rule"],
                row["value"],
                parsed(row["effective_from"]),
                parsed(row["effective_through"]),
                row["address"],
                row["verified"].replace("recalled", "unverified"),
            )
            for number, row in enumerate(csv.DictReader(file), start=1)
        }


def parsed(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


Look = Callable[[Policy, date], object]


class Fact(NamedTuple):
    """
    A row that is a fact of a policy.

    Args:
        payers: The payers that have it.
        look: How to read it in a policy.
        value: What it is while the row is in force.
        before: What it is on the day before the row's first day.
        after: What it is on the day after the row's last day.
        first: The first day, if another row gives it.
        last: The last day, if the row's paraphrase or a later row gives it.
    """

    payers: str
    look: Look
    value: object
    before: object = None
    after: object = None
    first: date | None = None
    last: date | None = None


def method(policy: Policy, _: date) -> object:
    return policy.counting.method_name


def assumed_method(policy: Policy, _: date) -> object:
    return policy.counting.method_name, bool(policy.counting.unit_assumptions)


def caps(policy: Policy, _: date) -> object:
    """Return the limits of the caps. A cap whose number is not known has None."""
    return tuple(cap.limit for cap in policy.counting.caps)


def scope(policy: Policy, _: date) -> object:
    """Return what each cap limits, what has a limit of its own, and its codes."""
    return tuple(
        (cap.of.value, tuple(each.value for each in cap.each), frozenset(cap.codes), cap.untimed)
        for cap in policy.counting.caps
    )


def limits_by_visit(policy: Policy, _: date) -> object:
    return tuple(
        (cap.limit, cap.with_evaluation, cap.with_re_evaluation) for cap in policy.counting.caps
    )


def limits_by_code(policy: Policy, day: date) -> object:
    return caps(policy, day), policy.counting.cap_per_code


def cap_per_day(policy: Policy, _: date) -> object:
    unverified = any("unverified" in each for each in policy.counting.unit_assumptions)
    return policy.counting.cap_per_day, unverified


def mppr(policy: Policy, _: date) -> object:
    return "applies" if policy.money.mppr else "not known"


def fees(policy: Policy, _: date) -> object:
    return policy.money.fee_basis.value


def percent(policy: Policy, _: date) -> object:
    return policy.money.percent_of_medicare


def by_reference(policy: Policy, _: date) -> object:
    return policy.counting.method_name, policy.money.fee_basis.value


def assistants(policy: Policy, _: date) -> object:
    return policy.modifiers.assistants.value


def furnished(
    role: Clinician, service: ServiceClass = ServiceClass.SKILLED_TREATMENT
) -> Callable[[Policy, date], object]:
    """Return how to read whether the payer pays, and at which share, from the table of furnishers."""

    def look(policy: Policy, day: date) -> object:
        rule = policy.furnishers.find(role, Discipline.PT, service, day)
        return None if rule is None else (rule.payable.value, rule.payment_share)

    return look


NOT_COUNTED_BY_HIGHMARK = {f"971{number}" for number in range(61, 73)}
"""Evaluations by PTs, OTs, and athletic trainers. Their numbers are in a printed range that names procedures."""


def printed_codes(text: str, without: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the codes that *text* prints, and the codes of the library in each printed range."""
    found: set[str] = set()
    for first, last in re.findall(r"\b([A-Z]?\d{4,5})(?:-(\d{5}))?\b", text):
        found.add(first)
        if last:
            # The ranges of these policies are about therapy, not about the ABA codes between its codes.
            found |= {
                code
                for code, facts in load_codes().items()
                if first <= code <= last and facts.program is CodeProgram.THERAPY
            }
    return frozenset(found - without)


def numbers(number: int) -> tuple[Decimal, ...]:
    """Return the numbers in the value of a row."""
    return tuple(map(Decimal, re.findall(r"\d+(?:\.\d+)?", rows()[number].value)))


def codes_of(number: int, without: frozenset[str] = frozenset()) -> frozenset[str]:
    return printed_codes(rows()[number].value, without)


HIGHMARK = codes_of(25, frozenset(NOT_COUNTED_BY_HIGHMARK))
NEW_YORK = "new-york-workers-compensation new-york-no-fault"
WASHINGTON = "washington-workers-compensation"
ASSISTANT = furnished(Clinician.ASSISTANT)
EIGHT = "cms-eight-minute"
NO_MODIFIER, UNITS_2020, UNITS_2022 = (
    "no-assistant-modifier",
    "assistant-units-2020",
    "assistant-units-2022",
)
ANTHEM_CAP = (("units", ("provider", "discipline"), codes_of(29), None),)
OLD_NEW_YORK, NEW_NEW_YORK = (tuple(numbers(number)) for number in (67, 68))
NO_CODES: frozenset[str] = frozenset()
RVUS_OF_DAY = (("rvus", (), NO_CODES, None),)
DOLLARS_EACH = (("dollars", ("discipline",), NO_CODES, None),)

FACTS_OF_POLICIES: dict[int, Fact] = {
    1: Fact("unitedhealthcare", assumed_method, (EIGHT, True), ("unknown", False)),
    2: Fact("unitedhealthcare", caps, (None,), ()),
    3: Fact("unitedhealthcare", scope, (("units", (), codes_of(3), None),), ()),
    5: Fact(
        "unitedhealthcare",
        furnished(Clinician.ASSISTANT, ServiceClass.EVALUATION),
        ("no", None),
    ),
    7: Fact("unitedhealthcare", mppr, "applies", "not known", first=date(2012, 3, 1)),
    8: Fact("unitedhealthcare", mppr, "applies", "not known"),
    14: Fact("humana", assistants, UNITS_2020, NO_MODIFIER, UNITS_2022, last=date(2021, 12, 31)),
    15: Fact("humana", ASSISTANT, ("yes", numbers(15)[0] / 100), ("yes", Decimal(1))),
    16: Fact("tricare", ASSISTANT, ("no", None), after=("yes", None)),
    17: Fact("tricare", ASSISTANT, ("yes", None), ("no", None)),
    18: Fact("tricare", assistants, UNITS_2020, NO_MODIFIER, UNITS_2022, last=date(2021, 12, 31)),
    19: Fact("tricare", ASSISTANT, ("yes", None), ("no", None)),
    21: Fact("tricare", assumed_method, (EIGHT, True)),
    22: Fact("tricare", furnished(Clinician.AIDE), ("no", None), None),
    23: Fact("highmark", caps, numbers(23), (), numbers(24), last=date(2016, 12, 31)),
    24: Fact("highmark", caps, numbers(24), numbers(23)),
    25: Fact(
        "highmark",
        scope,
        (("units", ("provider",), HIGHMARK, True),),
        (("units", (), HIGHMARK, True),),
    ),
    27: Fact("highmark", method, EIGHT, "unknown"),
    28: Fact("anthem", caps, numbers(28)[:1], ()),
    29: Fact("anthem", scope, ANTHEM_CAP, ()),
    30: Fact("anthem", method, "unknown"),
    39: Fact("aetna", mppr, "applies", "not known"),
    40: Fact("aetna", caps, ()),
    41: Fact("aetna", assistants, UNITS_2022, NO_MODIFIER),
    42: Fact("aetna", ASSISTANT, ("yes", Decimal(1))),
    45: Fact("horizon-bcbsnj", assistants, UNITS_2022, NO_MODIFIER),
    46: Fact("horizon-bcbsnj", ASSISTANT, ("yes", numbers(46)[0] / 100), None),
    47: Fact("blue-cross-nc", mppr, "applies", "not known"),
    51: Fact("bcbs-nebraska", method, EIGHT, "unknown"),
    52: Fact(
        "texas-medicaid",
        limits_by_code,
        (numbers(52)[:1], (("97034", 2), ("97035", 2), ("97036", 3))),
        ((), None),
        ((), None),
    ),
    53: Fact("texas-medicaid", scope, (("units", ("discipline",), NO_CODES, None),), (), ()),
    58: Fact("ohio-medicaid", ASSISTANT, ("yes", None)),
    59: Fact(WASHINGTON, caps, numbers(59), (), numbers(60)),
    60: Fact(WASHINGTON, caps, numbers(60), numbers(59), (None,)),
    61: Fact(WASHINGTON, caps, numbers(61), (None,), numbers(62)),
    62: Fact(WASHINGTON, caps, numbers(62), numbers(61), (None,), last=date(2024, 6, 30)),
    63: Fact(WASHINGTON, scope, DOLLARS_EACH, (), first=date(2007, 7, 1)),
    66: Fact(WASHINGTON, furnished(Clinician.ATHLETIC_TRAINER), ("yes", None), None),
    67: Fact(NEW_YORK, limits_by_visit, (OLD_NEW_YORK,), after=(NEW_NEW_YORK,)),
    68: Fact(NEW_YORK, limits_by_visit, (NEW_NEW_YORK,), (OLD_NEW_YORK,)),
    69: Fact(NEW_YORK, scope, RVUS_OF_DAY, RVUS_OF_DAY),
    70: Fact(NEW_YORK, fees, "contract", "unknown"),
    71: Fact("california-workers-compensation", mppr, "applies", "not known"),
    72: Fact("california-workers-compensation", method, "unknown"),
    73: Fact("california-workers-compensation", fees, "own-conversion-factor", "unknown"),
    74: Fact("texas-workers-compensation", fees, "own-conversion-factor", "unknown"),
    75: Fact(
        "texas-workers-compensation",
        by_reference,
        (EIGHT, "own-conversion-factor"),
        ("unknown", "unknown"),
    ),
    76: Fact("florida-pip", percent, numbers(76)[1], None),
    78: Fact("michigan-no-fault", percent, numbers(78)[0], None, numbers(79)[0]),
    79: Fact("michigan-no-fault", percent, numbers(79)[0], numbers(78)[0], numbers(80)[0]),
    80: Fact("michigan-no-fault", percent, numbers(80)[0], numbers(79)[0]),
    87: Fact("nevada-medicaid", cap_per_day, (int(numbers(87)[0]), True)),
    89: Fact("medicare", assistants, UNITS_2020, NO_MODIFIER, UNITS_2022, last=date(2021, 12, 31)),
    90: Fact("medicare", ASSISTANT, ("yes", numbers(90)[0] / 100), ("yes", Decimal(1))),
}

IN_REMARKS: dict[int, tuple[str, str]] = {
    4: ("unitedhealthcare", "From 2020-07-01, always-therapy codes need GP or GO"),
    6: ("unitedhealthcare", "E/M and online assessment codes are not paid to therapists"),
    10: ("unitedhealthcare", "names CQ and CO without a date"),
    11: ("unitedhealthcare", "From 2023-07-01 to 2023-11-28, records needed start and stop times"),
    12: ("unitedhealthcare", "since then, total treatment time may stand in"),
    13: ("unitedhealthcare", "Medicare Advantage plans need prior authorization"),
    20: ("tricare", "In the West region, through 2024"),
    26: ("highmark", "bundle tests of muscles, range of motion, and performance"),
    31: ("anthem", "time in and time out for each code"),
    32: ("anthem", "GN, GO, or GP on Medicare's always-therapy codes"),
    43: ("aetna", "From 2025-06-17, commercial plans need no referral"),
    44: ("aetna", "from 2025-10-29 the clinical policy no longer names direct supervision"),
    54: ("texas-medicaid", "From 2016-05-01, acute services have AT"),
    55: ("texas-medicaid-shars", "at most 4 units of direct therapy a day"),
    56: ("ohio-medicaid", "30 visits per year each for PT, OT, and SLP"),
    57: ("ohio-medicaid", "every 60 days (rehabilitative) or 6 months"),
    64: (WASHINGTON, "Massage therapy has 75 % of the maximum"),
    65: (WASHINGTON, "Visits 1 to 12 need no authorization, 13 to 24 need form F245-417-000"),
}
"""
Rows without a field of a policy: documentation, referral, supervision, authorization, visits per claim, re-evaluation,
bundles, codes that are not therapy, modifiers without a date, recommendations, and massage. The payer's remark has them.
"""

NOT_USABLE: dict[int, str] = {
    9: "UnitedHealthcare Community Plan of Nebraska (Medicaid)",
    **dict.fromkeys(range(33, 39), "Cigna"),
    48: "BCBS North Dakota",
    49: "BCBS North Dakota",
    50: "BCBS plan that its copy does not name (RP-Rehabilitative Services-001)",
    77: "Florida workers' compensation",
    81: "Michigan workers' compensation",
    82: "Colorado workers' compensation",
    83: "New Jersey PIP",
    84: "VA Community Care Network",
    85: "VA Community Care Network",
    86: "New York Medicaid",
    88: "Commercial payers in general (Anthem, Aetna, Humana)",
}
"""Rows about payers that do not come with the library. ``data/payers_not_usable.toml`` has the reasons."""


def checks() -> Iterator[tuple[int, str]]:
    """Yield each row that is a fact of a policy, with each payer that has it."""
    for number, fact in FACTS_OF_POLICIES.items():
        for payer in fact.payers.split():
            yield number, payer


by_fact = pytest.mark.parametrize(("number", "payer"), list(checks()))


def seen(number: int, payer: str, day: date) -> object:
    return FACTS_OF_POLICIES[number].look(PAYERS[payer].on(day), day)


def test_the_copy_is_the_table_of_facts() -> None:
    path = FACTS / "payer_rules.csv"
    if not path.is_file():
        pytest.skip("the fact tables are not available, so the copy was not compared")
    assert FILE.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_each_of_the_90_rows_is_checked_once_or_has_a_reason() -> None:
    groups = (FACTS_OF_POLICIES, IN_REMARKS, NOT_USABLE)
    assert sorted(number for group in groups for number in group) == list(range(1, 91))
    assert set(rows()) == set(range(1, 91))
    assert [len(group) for group in groups] == [54, 18, 18]


@by_fact
def test_a_fact_is_in_the_policy_from_its_first_to_its_last_day(number: int, payer: str) -> None:
    fact, row = FACTS_OF_POLICIES[number], rows()[number]
    first, last = fact.first or row.first, fact.last or row.last
    for day in (first or LONG_AGO, last or LAST_KNOWN):
        if payer != "medicare" or day >= date(2000, 4, 1):
            assert seen(number, payer, day) == fact.value, day
    assert row.last is None or row.last == last


@by_fact
def test_a_fact_is_not_in_the_policy_on_the_day_before(number: int, payer: str) -> None:
    fact, row = FACTS_OF_POLICIES[number], rows()[number]
    first = fact.first or row.first
    if first is None:
        assert fact.before is None
        return
    assert seen(number, payer, first - ONE_DAY) == fact.before
    # The cap of New York had the same scope before.
    assert fact.before != fact.value or number == 69


@by_fact
def test_a_fact_is_not_carried_past_its_last_day(number: int, payer: str) -> None:
    fact, row = FACTS_OF_POLICIES[number], rows()[number]
    last = fact.last or row.last
    if last is None:
        assert fact.after is None
        assert refusal(NotPublishedError, lambda: PAYERS[payer].on(LAST_KNOWN + ONE_DAY)).endswith(
            "through 2026-12-31, not on 2027-01-01"
        )
        return
    assert seen(number, payer, last + ONE_DAY) == fact.after
    assert fact.after != fact.value


@pytest.mark.parametrize("number", IN_REMARKS)
def test_a_rule_without_a_field_is_in_the_remark(number: int) -> None:
    payer, words = IN_REMARKS[number]
    assert words in PAYERS[payer].remark


@pytest.mark.parametrize("number", [*FACTS_OF_POLICIES, *IN_REMARKS])
def test_the_payer_names_the_source_of_the_row_and_its_level(number: int) -> None:
    row = rows()[number]
    payers = (
        FACTS_OF_POLICIES[number].payers.split()
        if number in FACTS_OF_POLICIES
        else [IN_REMARKS[number][0]]
    )
    for payer in payers:
        levels = {
            source.verified.value for source in PAYERS[payer].sources if source.url == row.address
        }
        # A search that found no page has no address.
        assert row.verified in levels or not row.address, payer


def test_a_row_that_cannot_be_used_is_listed_with_the_reason_and_its_source() -> None:
    listed = {row["name"]: row for row in read_toml("payers_not_usable.toml")["payer"]}
    for number, name in NOT_USABLE.items():
        assert listed[name]["reason"].endswith(".")
        assert rows()[number].address in {source["url"] for source in listed[name]["sources"]}
    # The other two are in no row, or have a file for what can be used.
    assert set(listed) - set(NOT_USABLE.values()) == {
        "BCBS Kansas",
        "Ohio Medicaid: visits and re-evaluations",
    }


def test_printed_ranges_are_codes_of_the_library() -> None:
    assert len(codes_of(3)) == 26
    assert "97530" not in codes_of(29)
    assert len(codes_of(29)) == 16
    assert {"97012", "97039", "97542", "97150", "G0283", "S8950", "95831"} <= HIGHMARK
    assert not HIGHMARK & {"97161", "97164", "97168", "97172", "97755"}


def test_the_codes_that_highmark_does_not_count_are_evaluations() -> None:
    classes = {
        load_codes()[code].service_class for code in NOT_COUNTED_BY_HIGHMARK if code < "97169"
    }
    assert classes == {ServiceClass.EVALUATION, ServiceClass.RE_EVALUATION}


def test_unitedhealthcares_first_unit_needs_the_minutes_of_the_row() -> None:
    needed = PAYERS["unitedhealthcare"].on(TODAY).counting.partial_minutes
    assert Decimal(needed) == numbers(1)[0]


def test_mppr_by_reference_to_medicare_begins_with_medicares() -> None:
    for payer in ("texas-workers-compensation", "florida-pip", "medicare"):
        days = (date(2010, 12, 31), date(2011, 1, 1))
        assert [PAYERS[payer].on(day).money.mppr for day in days] == [False, True], payer


@pytest.mark.parametrize(
    ("day", "factor", "allowed"),
    [("2019-03-31", "7.70", "61.60"), ("2019-04-01", "9.55", "114.60")],
)
@pytest.mark.parametrize("payer", NEW_YORK.split())
def test_new_yorks_cap_is_worth_the_printed_amount(
    payer: str, day: str, factor: str, allowed: str
) -> None:
    assert Decimal(factor) in numbers(70)
    values = FeeSchedule.from_relative_values({"97110": "5.00", "97530": "5.00"}, factor)
    visit = Session(day, "PT", [TimedService("97110", 30), TimedService("97530", 30)])
    priced = bill_day(visit, PAYERS[payer].with_changes(method=EIGHT), values)
    assert priced.allowed == Decimal(allowed)


@pytest.mark.parametrize(
    ("day", "units"), [("2016-12-31", 3), ("2017-01-01", 4), ("2016-03-02", 3), ("2026-12-31", 4)]
)
def test_highmarks_cap_counts_untimed_codes_and_no_evaluation(day: str, units: int) -> None:
    evaluation = UntimedService("97161" if day >= "2017-01-01" else "97001")
    services = (evaluation, UntimedService("97012"), TimedService("97110", 60))
    counted = allocate_units(Session(day, "PT", services), PAYERS["highmark"])
    billed = counted.units["97110"] + counted.untimed_units.get("97012", 0)
    assert billed == units
    assert counted.untimed_units[evaluation.code] == 1


@pytest.mark.parametrize(
    ("code", "limit"), [("97034", 2), ("97035", 2), ("97036", 3), ("97110", 4)]
)
def test_texas_medicaid_has_limits_for_codes_in_2016_and_2017(code: str, limit: int) -> None:
    texas = PAYERS["texas-medicaid"].with_changes(method=EIGHT)
    for day, units in (
        ("2016-04-30", 5),
        ("2016-05-01", limit),
        ("2017-08-31", limit),
        ("2017-09-01", 5),
    ):
        assert allocate_units({code: 75}, texas, date_of_service=day).units == {code: units}


def test_anthem_counts_97530_next_to_its_cap() -> None:
    anthem = PAYERS["anthem"].with_changes(method=EIGHT)
    for day, units in (("2021-03-31", 5), ("2021-04-01", 4)):
        counted = allocate_units({"97530": 30, "97110": 75}, anthem, date_of_service=day)
        assert counted.units == {"97530": 2, "97110": units}


@pytest.mark.parametrize("payer", PAYERS)
def test_an_assumption_is_a_short_sentence_without_a_period(payer: str) -> None:
    for _, policy in PAYERS[payer].policies.entries:
        for text in (*policy.counting.unit_assumptions, *policy.money.amount_assumptions):
            assert len(text.split()) <= 25, text
            assert not text.endswith("."), text
