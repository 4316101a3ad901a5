"""The bundled payers and their effective dates."""

from __future__ import annotations

import datetime
import subprocess
import sys
from functools import partial
from importlib import resources
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    InvalidInputError,
    NotPublishedError,
    Payer,
    Policy,
    UnitMethod,
    allocate_units,
)
from therapy_billing.base.errors import UnknownNameError
from therapy_billing.law import Verification
from therapy_billing.payers import AssistantRule, catalog
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.furnishers import NO_FURNISHERS
from therapy_billing.payers.policy import Counting, EditProgram, FeeBasis

BUNDLED = [name for name in PAYERS if name not in ("medicare", "cpt-midpoint")]
NO_METHOD = Policy(Counting(None))


def without_furnishers(policy: Policy) -> Policy:
    """Return *policy* without its table of furnishers, which has its own tests."""
    return attrs.evolve(policy, furnishers=NO_FURNISHERS)


def test_payers_are_known_by_their_own_names() -> None:
    assert PAYERS["medicare"] is MEDICARE
    assert PAYERS["cpt-midpoint"] is CPT_MIDPOINT
    assert list(PAYERS) == [payer.name for payer in PAYERS.values()]
    assert list(PAYERS)[:2] == ["medicare", "cpt-midpoint"]
    assert len(PAYERS) == len(list(PAYERS)) == 23
    assert PAYERS["highmark"] is PAYERS["highmark"]


def test_every_file_is_a_payer_and_every_payer_a_file() -> None:
    folder = resources.files("therapy_billing").joinpath("data/payers")
    names = sorted(file.name for file in folder.iterdir())
    assert names == sorted(f"{name}.toml" for name in PAYERS)


@pytest.mark.parametrize("name", ["Medicare", " MEDICARE\n", "medicare"])
def test_a_name_is_found_in_any_case_and_with_spaces(name: str) -> None:
    assert name in PAYERS
    assert PAYERS[name] is PAYERS.get(name) is MEDICARE


def test_an_unknown_payer_is_refused_with_the_known_ones() -> None:
    assert "acme" not in PAYERS
    assert PAYERS.get("acme") is None
    known = ", ".join(PAYERS)
    for name, message in (
        ("medcare", f"unknown payer 'medcare': use {known}; did you mean medicare?"),
        ("Rosa Invented", f"unknown payer (a string of 13 characters): use {known}"),
    ):
        with pytest.raises(UnknownNameError) as caught:
            PAYERS[name]
        assert str(caught.value) == message
        assert isinstance(caught.value, InvalidInputError)
        assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize("name", [None, 7, ("medicare",)])
def test_a_name_that_is_not_text_is_no_payer(name: Any) -> None:  # noqa: ANN401
    assert name not in PAYERS
    with pytest.raises(UnknownNameError, match="unknown payer "):
        PAYERS[name]


def test_another_constant_is_missing_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'HUMANA'"):
        _ = catalog.HUMANA  # type: ignore[attr-defined]


def test_a_display_names_them_and_reads_no_file() -> None:
    program = (
        "import sys; from therapy_billing.payers.catalog import PAYERS; "
        "assert 'highmark' in PAYERS and len(PAYERS) == len(tuple(PAYERS)); "
        "print(repr(PAYERS)); print('tomllib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert repr(PAYERS) == f"Payers({', '.join(PAYERS)})"
    assert done.stdout.splitlines() == [repr(PAYERS), "False"]


@pytest.mark.parametrize("name", PAYERS)
def test_a_display_of_a_payer_is_its_name(name: str) -> None:
    assert repr(PAYERS[name]) == f"Payer(name={name!r})"


@pytest.mark.parametrize("name", PAYERS)
def test_a_payer_has_sources_and_a_remark_on_what_is_not_known(name: str) -> None:
    payer = PAYERS[name]
    assert payer.sources
    assert all(source.title for source in payer.sources)
    assert payer.remark
    assert "\n" not in payer.remark
    assert payer.policies.known_through == datetime.date(2026, 12, 31)


ASSISTANTS_2020, ASSISTANTS_2022 = (
    {"assistants": rule} for rule in (AssistantRule.UNITS_2020, AssistantRule.UNITS_2022)
)
EIGHT_MINUTES, MPPR = {"method": UnitMethod.CMS_EIGHT_MINUTE}, {"mppr": True}
OWN_FACTOR = {"fee_basis": FeeBasis.OWN_CONVERSION_FACTOR}
NCCI_MEDICAID = {"edits": EditProgram.NCCI_MEDICAID}
CHANGES: dict[str, dict[str | None, dict[str, Any]]] = {
    "aetna": {None: {}, "2013-10-01": MPPR, "2023-12-01": ASSISTANTS_2022},
    "anthem": {None: {}},
    "bcbs-nebraska": {None: {}, "2022-09-22": EIGHT_MINUTES},
    "blue-cross-nc": {None: {}, "2024-07-10": MPPR},
    "california-workers-compensation": {None: {}, "2014-01-01": MPPR, "2019-01-01": OWN_FACTOR},
    "florida-pip": {
        None: {},
        "2008-01-01": {"fee_basis": FeeBasis.PERCENT_OF_MEDICARE, "percent_of_medicare": 200},
        "2011-01-01": MPPR,
    },
    "highmark": {None: {}, "2016-03-02": EIGHT_MINUTES},
    "horizon-bcbsnj": {None: {}, "2022-06-27": ASSISTANTS_2022},
    "humana": {None: EIGHT_MINUTES, "2020-01-01": ASSISTANTS_2020, "2022-01-01": ASSISTANTS_2022},
    "medicaid-ncci": {None: EIGHT_MINUTES | NCCI_MEDICAID},
    "michigan-no-fault": {
        None: {},
        "2021-07-02": {
            "fee_basis": FeeBasis.PERCENT_OF_MEDICARE,
            "percent_of_medicare": 200,
            **MPPR,
        },
        "2022-07-02": {"percent_of_medicare": 195},
        "2023-07-02": {"percent_of_medicare": 190},
    },
    "nevada-medicaid": {None: EIGHT_MINUTES | NCCI_MEDICAID},
    "new-york-no-fault": {None: {}, "2019-04-01": {"fee_basis": FeeBasis.CONTRACT}},
    "new-york-workers-compensation": {None: {}, "2019-04-01": {"fee_basis": FeeBasis.CONTRACT}},
    "ohio-medicaid": {None: {}},
    "texas-medicaid": {None: {"lines_per_claim": 28}},
    "texas-medicaid-shars": {None: {}},
    "texas-workers-compensation": {
        None: {},
        "2008-03-01": EIGHT_MINUTES | OWN_FACTOR,
        "2011-01-01": MPPR,
    },
    "tricare": {None: EIGHT_MINUTES, "2020-04-16": ASSISTANTS_2020, "2022-01-01": ASSISTANTS_2022},
    "unitedhealthcare": {
        None: {},
        "2012-03-01": MPPR,
        "2020-01-01": EIGHT_MINUTES,
        "2022-01-01": ASSISTANTS_2022,
    },
    "washington-workers-compensation": {None: {}},
}
"""What each payer's policy sets, by first day, on top of a policy without a method. Caps have their own tests."""


def without_caps(policy: Policy) -> Policy:
    """Return *policy* without caps, assumptions, and furnishers."""
    return without_furnishers(policy).with_changes(
        caps=(), cap_per_code=None, cap_per_day=None, unit_assumptions=(), amount_assumptions=()
    )


@pytest.mark.parametrize("name", CHANGES)
def test_a_payer_has_only_what_its_sources_say(name: str) -> None:
    expected: list[tuple[datetime.date | None, Policy]] = []
    policy = NO_METHOD
    for first, changes in CHANGES[name].items():
        policy = policy.with_changes(**changes)
        # The library's payers have their own method, so it is not the caller's choice.
        counting = attrs.evolve(policy.counting, method_is_choice=False)
        policy = attrs.evolve(policy, counting=counting)
        day = None if first is None else datetime.date.fromisoformat(first)
        expected.append((day, policy))
    found: list[tuple[datetime.date | None, Policy]] = []
    for day, each in PAYERS[name].policies.entries:
        plain = without_caps(each)
        if not found or found[-1][1] != plain:
            found.append((day, plain))
    assert found == expected


def test_every_bundled_payer_has_only_what_its_sources_say() -> None:
    assert list(CHANGES) == BUNDLED


def test_highmark_counts_no_units_before_its_notice() -> None:
    highmark = PAYERS["highmark"]
    assert refusal(
        NotPublishedError,
        lambda: allocate_units({"97110": 20}, highmark, date_of_service="2016-03-01"),
    ) == (
        "no source says how highmark counts units: name a method "
        "(with_changes(method='cms-eight-minute'), or --method cms-eight-minute)"
    )
    counted = allocate_units({"97110": 20}, highmark, date_of_service="2016-03-02")
    assert counted.units == {"97110": 1}


def test_highmarks_own_example_makes_three_units() -> None:
    minutes = {"97110": 18, "97140": 13, "97116": 10, "97035": 8}
    day = allocate_units(minutes, PAYERS["highmark"], date_of_service="2026-03-02")
    assert day.units == {"97110": 1, "97140": 1, "97116": 1, "97035": 0}


def test_ten_and_ten_minutes_make_one_unit_for_unitedhealthcare() -> None:
    payer = PAYERS["unitedhealthcare"]
    day = allocate_units({"97124": 10, "97110": 10}, payer, date_of_service="2020-01-01")
    assert day.total_units == 1
    assert allocate_units({"97124": 10, "97110": 10}, CPT_MIDPOINT).total_units == 2


def test_eight_and_eight_minutes_make_one_unit_for_medicaid() -> None:
    day = allocate_units({"97112": 8, "97110": 8}, PAYERS["medicaid-ncci"])
    assert day.total_units == 1


@pytest.mark.parametrize(("minutes", "units"), [(52, 3), (53, 4), (67, 4), (68, 4), (90, 4)])
def test_nevada_takes_four_units_of_a_day_and_no_fifth(minutes: int, units: int) -> None:
    day = allocate_units({"97530": minutes}, PAYERS["nevada-medicaid"])
    assert day.total_units == units
    assert sum(day.uncapped_units.values()) == (minutes + 7) // 15
    assert {cut.cap for cut in day.capped_units} <= {"cap-per-day"}


@pytest.mark.parametrize("name", ["bcbs-nebraska", "humana", "tricare"])
def test_others_count_the_total_of_the_day(name: str) -> None:
    counted = allocate_units({"97530": 33, "97110": 7}, PAYERS[name], date_of_service="2026-03-02")
    assert counted.units == {"97530": 2, "97110": 1}


def test_a_cap_without_a_number_is_a_remark_and_not_applied() -> None:
    payer = PAYERS["unitedhealthcare"]
    assert all(policy.counting.capped is False for _, policy in payer.policies.entries)
    for day, caps in (("2019-12-31", 0), ("2020-01-01", 1)):
        counted = allocate_units(
            {"97530": 75}, payer.with_changes(method="cms-eight-minute"), date_of_service=day
        )
        assert counted.total_units == 5
        found = [each for each in counted.remarks if each.startswith("the payer has a cap")]
        assert len(found) == caps


@pytest.mark.parametrize(
    ("name", "weakest"),
    [
        ("medicaid-ncci", Verification.OFFICIAL),
        ("highmark", Verification.SECONDARY),
        ("nevada-medicaid", Verification.UNVERIFIED),
        ("texas-workers-compensation", Verification.DERIVED),
        ("new-york-no-fault", Verification.DERIVED),
        ("humana", Verification.UNVERIFIED),
    ],
)
def test_a_source_says_how_far_it_was_verified(name: str, weakest: Verification) -> None:
    order = list(Verification)
    found = [source.verified for source in PAYERS[name].sources]
    assert max(found, key=order.index) is weakest


def test_medicare_counts_the_total_and_takes_its_own_codes_only() -> None:
    expected = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
        minimum_minutes=8,
        medicare_codes=True,
        cost_sharing=True,
        kx=True,
        edits=EditProgram.NCCI_MEDICARE,
        fee_basis=FeeBasis.MEDICARE_FEE_SCHEDULE,
        charge_maximum="99999.99",
        needs_referring_provider=True,
        claim_frequencies=["1"],
        earlier_payers_maximum=1,
        returns_line_numbers=True,
    )
    for text, mppr, rule in (
        ("2000-04-01", False, AssistantRule.NONE),
        ("2010-12-31", False, AssistantRule.NONE),
        ("2011-01-01", True, AssistantRule.NONE),
        ("2019-12-31", True, AssistantRule.NONE),
        ("2020-01-01", True, AssistantRule.UNITS_2020),
        ("2021-12-31", True, AssistantRule.UNITS_2020),
        ("2022-01-01", True, AssistantRule.UNITS_2022),
        ("2026-12-31", True, AssistantRule.UNITS_2022),
    ):
        policy = MEDICARE.on(datetime.date.fromisoformat(text))
        assert without_furnishers(policy) == expected.with_changes(mppr=mppr, assistants=rule)
    assert MEDICARE.on(None) == MEDICARE.on("2026-12-31")


def test_the_midpoint_payer_counts_each_code_separately_and_accepts_every_code() -> None:
    expected = Policy(UnitMethod.CPT_MIDPOINT).with_changes(
        minimum_minutes=8, fee_basis=FeeBasis.ANY_SCHEDULE
    )
    assert CPT_MIDPOINT.on(None) == expected
    for day in (datetime.date.min, datetime.date(2026, 12, 31)):
        assert CPT_MIDPOINT.on(day) == expected


@pytest.mark.parametrize(
    ("payer", "day", "message"),
    [
        (
            MEDICARE,
            "2000-03-31",
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 2000-03-31",
        ),
        (
            MEDICARE,
            "2027-01-01",
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 2027-01-01",
        ),
        (
            CPT_MIDPOINT,
            "2027-01-01",
            "cpt-midpoint's policy is known through 2026-12-31, not on 2027-01-01",
        ),
    ],
)
def test_a_day_outside_what_is_known_is_refused(payer: Payer, day: str, message: str) -> None:
    on = datetime.date.fromisoformat(day)
    assert refusal(NotPublishedError, partial(payer.on, on)) == message


def test_changes_apply_to_each_policy_of_a_payer_and_keep_its_name() -> None:
    changed = PAYERS["humana"].with_changes(cap_per_day=4)
    assert changed.name == "humana"
    days = ("2019-12-31", "2020-01-01", "2022-01-01")
    assert [changed.on(day) for day in days] == [
        PAYERS["humana"].on(day).with_changes(cap_per_day=4) for day in days
    ]
    assert changed.sources == PAYERS["humana"].sources
