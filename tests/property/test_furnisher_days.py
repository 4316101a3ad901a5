"""Bill a day of every role under every payer, and compare units, modifiers, and amounts with the table of facts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest

from tests.furnisher_oracle import (
    DISCIPLINES,
    EVALUATIONS,
    ROLES,
    boundary_days,
    furnisher_row,
    is_billed,
    modifier_on_line,
)
from tests.money_oracle import cost_share_cents, round_half_up
from therapy_billing import (
    MEDICARE,
    PAYERS,
    Accumulators,
    Claim,
    FeeSchedule,
    Policy,
    PricedDay,
    Service,
    Session,
    TimedService,
    UntimedService,
    bill_day,
    build_claim,
    load_codes,
    price_day,
)

CODES = {
    "97161": "evaluation",
    "97165": "evaluation",
    "92523": "evaluation",
    "97164": "re-evaluation",
    "97168": "re-evaluation",
    "97110": "skilled-treatment",
    "97530": "skilled-treatment",
    "92507": "skilled-treatment",
    "97150": "group",
    "92508": "group",
    "98975": "rtm-management",
    "98980": "rtm-management",
    "98977": "rtm-device",
    "97550": "caregiver-training",
}
"""At least one code of every class that has codes."""
MINUTES = {"97110": 30, "97530": 15, "97550": 30}
UNITS = {"97110": 2}
RATES = {code: str(Decimal("10.10") + index * Decimal("0.05")) for index, code in enumerate(CODES)}
"""Rates with and without a half cent at 85 %."""
CONTRACT = FeeSchedule.from_rates(RATES)
METHODS = ("cpt-midpoint",)
"""The bundled payers that are only a counting method: they have no shares of their own."""
OTHER_DAYS = [date(2023, 12, 1) + timedelta(step) for step in (-1, 0, 1)]
TODAY = date(2026, 10, 5)
DAYS = sorted({*boundary_days(), *OTHER_DAYS, TODAY})
EVERY_ROLE = (*ROLES, "together")
by_payer = pytest.mark.parametrize("payer", sorted(PAYERS))


@cache
def codes_on(day: date) -> tuple[str, ...]:
    """Return the codes that exist on *day*, as the code book says."""
    facts = load_codes()
    return tuple(
        code
        for code in CODES
        if (facts[code].effective_from or day) <= day <= (facts[code].effective_through or day)
    )


@cache
def policy_on(payer: str, day: date, percent: int | None = None) -> Policy:
    """Return the payer's policy without caps. If no source says how it counts, it counts by the eight-minute rule."""
    policy = PAYERS[payer].on(day)
    method = policy.counting.method or "cms-eight-minute"
    return policy.with_changes(
        method=method,
        assistant_percent=percent,
        cap_per_code=None,
        cap_per_codes=(),
        cap_per_session=None,
        cap_per_day=None,
        caps=(),
    )


def days_of(payer: str) -> list[date]:
    """Return the days on which the payer's policy is known."""
    first = PAYERS[payer].policies.entries[0][0] or date.min
    return [day for day in DAYS if day >= first]


def service(code: str, role: str) -> Service:
    """Return one service of a code."""
    if code in MINUTES:
        return TimedService(code, MINUTES[code], clinician=role)
    return UntimedService(code, minutes=20, clinician=role)


def wanted_share(
    payer: str, role: str, discipline: str, code: str, day: date, percent: int | None
) -> Fraction | None:
    """Return the share of its amount that a line has under a contract, or None if it has no amount."""
    if role in ("therapist", "together", "physician"):
        return Fraction(1)
    if payer in METHODS:
        return Fraction(100 if percent is None else percent, 100)
    row = furnisher_row(payer, role, discipline, CODES[code], day)
    if role == "assistant" and CODES[code] in EVALUATIONS:
        assert row is None or row.payable == "no"
        return None
    # A payer that uses the modifiers takes nothing off a line that has none.
    marks = modifier_on_line(payer, role, discipline, "skilled-treatment", day)
    if marks and not modifier_on_line(payer, role, discipline, CODES[code], day):
        return Fraction(1)
    if percent is not None:
        return Fraction(percent, 100)
    return None if row is None or row.share is None else Fraction(row.share)


def check_lines(claim: Claim, role: str, discipline: str, codes: list[str], payer: str) -> None:
    """Check what makes units, with which modifiers, and what is listed as unbilled."""
    on = claim.date_of_service
    assert claim.allocation is not None
    billed = [code for code in codes if is_billed(payer, role, discipline, CODES[code], on)]
    case = payer, role, discipline, on
    plan = {"PT": "GP", "OT": "GO", "SLP": "GN"}[discipline]
    lines = {line.code: (line.units, set(line.modifiers) - {"KX"}) for line in claim.lines}
    wanted = {}
    for code in billed:
        modifier = modifier_on_line(payer, role, discipline, CODES[code], on)
        wanted[code] = (UNITS.get(code, 1), {plan} | ({modifier} if modifier else set()))
    assert lines == wanted, case
    assert len(claim.lines) == len(billed), case
    unbilled = [(each.code, each.minutes) for each in claim.allocation.unbilled]
    left = [code for code in codes if code not in billed]
    assert unbilled == [(code, MINUTES.get(code, 20)) for code in left], case
    for each in claim.allocation.unbilled:
        row = furnisher_row(payer, role, discipline, CODES[each.code], on)
        assert (each.clinician.value, each.discipline.value) == (role, discipline), case
        assert (each.rule is None) == (row is None), (case, each.code)
        if each.rule is not None and row is not None:
            found = each.rule.payable.value, each.rule.source.verified.value
            assert found == (row.payable, row.verified), (case, each.code)
            dates = each.rule.effective_from, each.rule.effective_through
            assert dates == (row.first, row.last), (case, each.code)
        assert each.reason, case


def check_amounts(
    day: PricedDay, role: str, discipline: str, payer: str, percent: int | None
) -> None:
    """Check the allowed amount of each line under a contract."""
    on = day.date_of_service
    for line in day.lines:
        case = payer, role, discipline, on, line.code, percent
        share = wanted_share(payer, role, discipline, line.code, on, percent)
        if share is None:
            assert line.allowed is None, case
            assert line.unpriced, case
            continue
        cents = Fraction(RATES[line.code]) * 100 * line.units
        assert line.allowed == Decimal(round_half_up(cents * share)) / 100, case
        assert line.unpriced == "", case


def sequestration(day: date) -> int:
    """Return the percentage of sequestration on a day since 2018."""
    if date(2020, 5, 1) <= day <= date(2022, 3, 31):
        return 0
    return 1 if date(2022, 4, 1) <= day <= date(2022, 6, 30) else 2


def cases(payer: str) -> Iterator[tuple[str, str, date]]:
    """Yield every role, discipline, and day."""
    yield from itertools.product(EVERY_ROLE, DISCIPLINES, days_of(payer))


class TestUnderAContract:
    """A service that the payer does not pay makes no unit; a paid one has its modifier and its share."""

    def test_the_grid_has_32_days_and_14_codes(self) -> None:
        assert (len(PAYERS), len(DAYS), len(CODES)) == (23, 32, 14)
        assert sum(len(codes_on(day)) for day in DAYS) == 363
        assert {len(codes_on(day)) for day in DAYS} == {6, 10, 13, 14}

    @by_payer
    def test_a_day_of_one_role_bills_what_the_table_pays(self, payer: str) -> None:
        for role, discipline, day in cases(payer):
            codes = list(codes_on(day))
            session = Session(day, discipline, [service(code, role) for code in codes])
            claim = build_claim(session, policy_on(payer, day))
            check_lines(claim, role, discipline, codes, payer)
            if payer != "medicare":
                priced = price_day(claim, policy_on(payer, day), CONTRACT)
                check_amounts(priced, role, discipline, payer, None)

    @by_payer
    def test_the_callers_percentage_replaces_the_share_of_the_table(self, payer: str) -> None:
        if payer == "medicare":
            assert PAYERS[payer].on(TODAY).money.cost_sharing
            return
        for role, discipline, day in itertools.product(EVERY_ROLE, DISCIPLINES, (TODAY, DAYS[4])):
            codes = list(codes_on(day))
            session = Session(day, discipline, [service(code, role) for code in codes])
            for percent in (85, 90, 100):
                priced = bill_day(session, policy_on(payer, day, percent), CONTRACT)
                check_lines(priced.claims[0], role, discipline, codes, payer)
                check_amounts(priced, role, discipline, payer, percent)

    @by_payer
    def test_each_code_alone_bills_what_the_table_pays(self, payer: str) -> None:
        for role, discipline, code in itertools.product(EVERY_ROLE, DISCIPLINES, codes_on(TODAY)):
            session = Session(TODAY, discipline, [service(code, role)])
            priced = bill_day(session, policy_on(payer, TODAY), CONTRACT)
            check_lines(priced.claims[0], role, discipline, [code], payer)
            if payer != "medicare":
                check_amounts(priced, role, discipline, payer, None)


class TestMedicare:
    """Medicare pays 85 % of its payment for a line with CQ or CO, from 2022."""

    @pytest.mark.parametrize("discipline", DISCIPLINES)
    def test_only_the_payment_of_a_line_with_the_modifier_is_85_percent(
        self, discipline: str
    ) -> None:
        seen = 0
        for role, day in itertools.product(EVERY_ROLE, DAYS):
            fees = FeeSchedule.medicare(day, state="OH") if day.year >= 2018 else None
            if fees is None:
                continue
            codes = list(codes_on(day))
            session = Session(day, discipline, [service(code, role) for code in codes])
            met = Accumulators(day.year, deductible_met=1000)
            for code, line in (
                (line.code, line) for line in bill_day(session, MEDICARE, fees, met).lines
            ):
                case = role, day, code
                if role == "assistant" and CODES[code] in EVALUATIONS:
                    assert line.allowed is None, case
                    assert line.unpriced.startswith(f"Medicare does not pay {code}"), case
                    continue
                if line.price is None or line.allowed is None:
                    continue
                assert line.allowed == sum(line.unit_amounts), case
                assert line.share is not None, case
                modifier = modifier_on_line("medicare", role, discipline, CODES[code], day)
                reduced = modifier is not None and day >= date(2022, 1, 1)
                row = furnisher_row("medicare", role, discipline, CODES[code], day)
                if reduced:
                    assert row is not None, case
                    assert row.share == Decimal("0.85"), case
                wanted = cost_share_cents(
                    int(line.allowed * 100),
                    0,
                    assistant=reduced,
                    sequestration_percent=sequestration(day),
                )
                assert line.share.medicare_pays == Decimal(wanted["medicare_pays"]) / 100, case
                assert line.patient_responsibility == Decimal(wanted["coinsurance"]) / 100, case
                seen += 1
        assert seen == (1035 if discipline == "SLP" else 1235)
