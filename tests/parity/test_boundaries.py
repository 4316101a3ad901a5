"""
Test `bill_frame` on days that are planted exactly on a boundary, in frames that are large in one way.

Random days almost never hit an amount to the cent: 48,000 of them do not distinguish "above the threshold" from "at the threshold".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import permutations
from random import Random
from typing import Any

import pytest

from tests.own_numbers import own_numbers
from tests.parity.cases import bill_frame, check_parity, table_of
from tests.parity.generate import CHANGES, RATES, TIMED, medicare_fees
from tests.refusals import refusal
from therapy_billing import (
    PAYERS,
    Accumulators,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
)
from therapy_billing.fees.contract import Contract
from therapy_billing.law.parameters import BUNDLED

DAY = date(2026, 3, 2)
OHIO = FeeSchedule.medicare(DAY, locality="OH")
CENT = Decimal("0.01")

Rows = list[dict[str, Any]]


def day_of(patient: object, *services: tuple[Any, ...], day: date = DAY, **cells: Any) -> Rows:  # noqa: ANN401 - any value
    """Return the rows of a day. A service is a code, its minutes, and who furnished it."""
    return [
        {
            "patient": patient,
            "date_of_service": day,
            "discipline": "PT",
            "code": code,
            "minutes": minutes,
            "clinician": who[0] if who else "therapist",
            "sequence": place,
            "modifiers": None,
            **cells,
        }
        for place, (code, minutes, *who) in enumerate(services, 1)
    ]


class TestMinutes:
    """Totals, tenths, and ties of minutes."""

    def test_every_total(self) -> None:
        rows = []
        for total in range(70):
            rows += day_of(f"one-{total}", ("97110", total))
            for part in {0, 1, 7, 8, total // 2, 15} & set(range(total + 1)):
                rows += day_of(f"two-{total}-{part}", ("97110", total - part), ("97140", part))
        check_parity(rows, fees=OHIO)

    @pytest.mark.parametrize("payer", ["medicare", "humana", "cpt-midpoint"])
    def test_an_assistant_with_a_tenth(self, payer: str) -> None:
        rows = []
        for total in (10, 20, 30, 40, 50, 60, 70, 80, 23, 38, 15, 45):
            for assistant in range(total // 10 - 1, total // 10 + 3):
                for code in ("97110", "97150", "97016", "97161"):
                    whole = (code, total - assistant), (code, assistant, "assistant")
                    rows += day_of(f"{code}-{total}-{assistant}", *whole)
        check_parity(rows, payer=payer, fees={payer: OHIO if payer == "medicare" else RATES})

    def test_the_parts_of_a_family(self) -> None:
        rows = []
        for first, more in (("97129", "97130"), ("97550", "97551"), ("90912", "90913")):
            for minutes in ((15, 15), (20, 25), (30, 15), (10, 5), (30, 30)):
                for off in (-1, 0, 1, 2):
                    part = max(minutes[0] // 10 + off, 0)
                    own = (first, minutes[0] - part), (first, part, "assistant")
                    for who in ("therapist", "assistant"):
                        key = f"{first}-{minutes}-{off}-{who}"
                        rows += day_of(key, *own, (more, minutes[1], who), discipline="OT")
        check_parity(rows, fees=OHIO)

    def test_a_first_code_that_is_not_billed(self) -> None:
        rows = []
        for first, more in (("97129", "97130"), ("97550", "97551"), ("90912", "90913")):
            for who in ("aide", "student", "athletic-trainer"):
                for minutes in (8, 15, 30, 45):
                    services = (first, 15, who), (more, minutes)
                    rows += day_of(f"{first}-{who}-{minutes}", *services, discipline="OT")
                    rows += day_of(f"{first}-{who}-{minutes}-too", *services, (first, 15))
        found = check_parity(rows, fees=OHIO)
        assert found.counts["no-unit"]

    @pytest.mark.parametrize("minutes", [510, 511, 512, 513, 1023, 1024, 1440])
    def test_the_end_of_the_table_of_minutes(self, minutes: int) -> None:
        rows = day_of("one", ("97110", minutes))
        rows += day_of(
            "half", ("97110", minutes // 2, "assistant"), ("97110", minutes - minutes // 2)
        )
        rows += day_of("untimed", ("97150", minutes), ("97150", minutes // 10, "assistant"))
        rows += day_of("tenth", ("97150", minutes - 52), ("97150", 52, "assistant"))
        check_parity(rows, fees=OHIO)

    def test_leftovers_at_the_end_of_the_table(self) -> None:
        rows = []
        for most in (510, 511, 512):
            for left in (6, 7, 8):
                rows += day_of(f"{most}-{left}", ("97110", most), ("97140", left))
        check_parity(rows, fees=OHIO)

    def test_untimed_services_without_minutes(self) -> None:
        rows = []
        for minutes in permutations((None, 0, 1, 10), 2):
            for code in ("97150", "G0283", "97161"):
                services = (code, minutes[0]), (code, minutes[1], "assistant")
                rows += day_of(f"both-{code}-{minutes}", *services)
                rows += day_of(f"one-{code}-{minutes}", (code, minutes[0], "assistant"))
        check_parity(rows, fees=OHIO)

    @pytest.mark.parametrize("payer", ["medicare", "humana"])
    def test_ties_in_every_order(self, payer: str) -> None:
        rows = []
        for left in (5, 8, 14):
            for more in ((0, 0, 0), (15, 0, 30), (0, 1, 0), (0, 0, -1)):
                for names in permutations(("97530", "97110", "97140")):
                    services = [
                        (code, left + extra) for code, extra in zip(names, more, strict=True)
                    ]
                    rows += day_of(f"{left}-{more}-{names}", *services)
        check_parity(rows, payer=payer, fees={payer: OHIO if payer == "medicare" else RATES})


class TestAmounts:
    """The deductible and the annual threshold, to the cent."""

    SERVICES = (("97110", 30), ("97140", 15), ("97530", 15))
    AMOUNTS = tuple(
        line["allowed"] for line in check_parity(day_of("P", *SERVICES), fees=OHIO).lines
    )

    def planted(self, name: str) -> Iterator[tuple[Rows, Accumulators]]:
        """Yield days of which a line ends a cent below a limit, on it, and a cent above it."""
        limit = BUNDLED.on(name, DAY).amount
        ranked = sorted(self.AMOUNTS, reverse=True)
        for lines in range(len(ranked) + 1):
            for off in (-CENT, Decimal(0), CENT):
                before = max(limit - sum(ranked[:lines], Decimal(0)) + off, Decimal(0))
                for plan in ("PT", "SLP", "OT"):
                    key = f"{name}-{lines}-{off}-{plan}"
                    rows = day_of(key, *self.SERVICES, discipline=plan)
                    rows += day_of(key, ("97110", 15), discipline=plan, day=DAY + timedelta(days=1))
                    used = (0, before) if plan == "OT" else (before, 0)
                    year = (
                        Accumulators(2026, min(before, limit))
                        if name == "part_b_deductible"
                        else Accumulators(2026, 283, *used)
                    )
                    yield rows, year

    def test_the_deductible_and_the_threshold(self) -> None:
        rows: Rows = []
        years: dict[Any, Accumulators] = {}
        for name in ("part_b_deductible", "kx_threshold"):
            for of_day, year in self.planted(name):
                rows += of_day
                years[of_day[0]["patient"]] = year
        found = check_parity(rows, fees=OHIO, accumulators=years)
        assert {line["kx"] for line in found.lines} == {"suggested", "not needed"}
        check_parity(rows, fees=OHIO, accumulators=years, attestations=[("KX", "PT")])

    def test_the_line_that_ends_on_the_threshold_is_not_above_it(self) -> None:
        limit = BUNDLED.on("kx_threshold", DAY).amount
        states = []
        for off in (-CENT, Decimal(0), CENT):
            before = limit - OHIO.amount("97110") + off
            years = {"P": Accumulators(2026, 283, before)}
            found = check_parity(day_of("P", ("97110", 15)), fees=OHIO, accumulators=years)
            states += [line["kx"] for line in found.lines]
        assert states == ["not needed", "not needed", "suggested"]

    def test_only_the_denied_line_says_why(self) -> None:
        rows = day_of("P", ("97110", 15), modifiers="GZ")
        rows += day_of("P", ("97110", 15), day=DAY + timedelta(days=1))
        found = check_parity(rows, fees=OHIO)
        assert [bool(line["denied_for"]) for line in found.lines] == [True, False]

    def test_a_line_of_the_other_threshold_does_not_count(self) -> None:
        """OT has a threshold of its own, so an OT day leaves a PT line exactly on the threshold of PT and SLP."""
        before = BUNDLED.on("kx_threshold", DAY).amount - OHIO.amount("97110")
        years = {"P": Accumulators(2026, 283, before)}
        rows = day_of("P", ("97530", 15), discipline="OT")
        rows += day_of("P", ("97110", 15), day=DAY + timedelta(days=1))
        found = check_parity(rows, fees=OHIO, accumulators=years)
        assert [line["kx"] for line in found.lines] == ["not needed", "not needed"]

    def test_the_same_amounts_in_a_day(self) -> None:
        """Lines with the same amount take the deductible and the threshold by code, and then by modifiers."""
        services = (("97110", 15), ("97112", 15), ("97110", 15, "assistant"), ("97530", 15))
        each = Decimal("30.00")
        fees = FeeSchedule.from_rates(dict.fromkeys(("97110", "97112", "97530"), each))
        payer = PAYERS["medicare"].with_changes(fee_basis="any-schedule", mppr=False)
        rows: Rows = []
        years = {}
        for lines in range(5):
            for off in (-CENT, Decimal(0), CENT, Decimal(10)):
                key = f"{lines}-{off}"
                rows += day_of(key, *services)
                met = max(283 - lines * each + off, Decimal(0))
                threshold = BUNDLED.on("kx_threshold", DAY).amount
                years[key] = Accumulators(
                    2026, min(met, Decimal(283)), threshold - lines * each + off
                )
        check_parity(rows, payer=payer, fees=fees, accumulators=years)

    @pytest.mark.parametrize("code", TIMED)
    def test_the_same_code_in_two_disciplines(self, code: str) -> None:
        """Of two equal units, the one of the first modifiers has the full rate."""
        rows: Rows = []
        for plans in (("PT", "OT"), ("OT", "PT")):
            for place, plan in enumerate(plans):
                rows += day_of(plans[0], (code, 15), discipline=plan, sequence=place)
        check_parity(rows, fees=OHIO)

    @pytest.mark.parametrize("lesser", [False, True])
    def test_a_charge_of_the_allowed_amount(self, *, lesser: bool) -> None:
        fees = FeeSchedule.from_contract(
            Contract("own", rates={"97110": "30.00", "97140": "20.00"}, lesser_of_charge=lesser)
        )
        rows: Rows = []
        for cents in (2999, 3000, 3001, 1999, 2000, 2001):
            charge = Decimal(cents) / 100
            rows += day_of(f"one-{cents}", ("97110", 15), charge=charge)
            rows += day_of(f"two-{cents}", ("97110", 30), ("97140", 15), charge=charge)
        rows = [{**row, "charge": row["charge"]} for row in rows]
        check_parity(rows, payer="humana", fees={"humana": fees})

    @pytest.mark.parametrize("most", ["49.99", "50.00", "50.01", "80.00", "80.01", "0.01"])
    def test_the_most_dollars_of_a_day(self, most: str) -> None:
        rates = {"97110": "30.00", "97112": "30.00", "97140": "20.00"}
        fees = FeeSchedule.from_contract(Contract("own", rates=rates, per_day_maximum=most))
        rows = day_of("two", ("97110", 15), ("97140", 15))
        rows += day_of("three", ("97110", 15), ("97140", 15), ("97112", 15))
        rows += day_of("equal", ("97112", 15), ("97110", 15), ("97110", 15, "assistant"))
        rows += day_of("without", ("97110", 15), ("97161", 15))
        check_parity(rows, payer="humana", fees={"humana": fees})

    @pytest.mark.parametrize("rate", ["100.00", "100.01", "0.02"])
    def test_a_rate_per_visit(self, rate: str) -> None:
        rows: Rows = []
        for names in (TIMED[:1], TIMED[:2], TIMED[:3], TIMED):
            rows += day_of(len(names), *((code, 15) for code in names))
            rows += day_of(-len(names), *((code, 15) for code in names), charge=Decimal("33.33"))
        rows = [{"charge": None, **row, "patient": str(row["patient"])} for row in rows]
        for lesser in (False, True):
            contract = Contract("own", per_visit=rate, lesser_of_charge=lesser)
            fees = FeeSchedule.from_contract(contract)
            check_parity(rows, payer="humana", fees={"humana": fees})


class TestLargeGroups:
    """Counts that do not fit into 7 or 8 bits, and keys that do not fit into 63."""

    @pytest.mark.parametrize("count", [127, 128, 129, 255, 256, 257, 300])
    def test_rows_of_a_day(self, count: int) -> None:
        rng = Random(count)
        services = [
            (rng.choice(TIMED), rng.choice((1, 2, 3)), rng.choice(("therapist", "assistant")))
            for _ in range(count)
        ]
        check_parity(day_of("P", *services), fees=OHIO)

    @pytest.mark.parametrize("count", [128, 256, 300])
    def test_rows_of_a_code(self, count: int) -> None:
        rows = day_of("P", *[("97110", 1)] * count)
        rows += day_of("Q", *[("97150", None)] * count)
        check_parity(rows, fees=OHIO)

    def test_days_of_a_year(self) -> None:
        rows: Rows = []
        for offset in range(300):
            rows += day_of("P", ("97110", 15), day=date(2026, 1, 1) + timedelta(days=offset))
        found = check_parity(rows, fees=medicare_fees, accumulators="start-at-zero")
        assert {line["kx"] for line in found.lines} == {"suggested", "not needed"}

    @pytest.mark.parametrize("far", [1 << 20, 1 << 40, 1 << 50, 1 << 62])
    def test_numbers_that_are_far_apart(self, far: int) -> None:
        rows: Rows = []
        for patient in (far, -far, 0, 1, far - 1):
            rows += day_of(patient, ("97530", 8), ("97140", 8), ("97110", 8))
        places = {1: far, 2: -far, 3: 0}
        rows = [{**row, "sequence": places[row["sequence"]]} for row in rows]
        Random(far).shuffle(rows)
        check_parity(rows, fees=OHIO)

    @pytest.mark.parametrize("bits", range(42, 54, 2))
    def test_sequences_of_about_63_bits(self, bits: int) -> None:
        rows = day_of("P", ("97530", 8), ("97140", 8), ("97110", 8))
        rows += day_of("Q", ("97530", 8), ("97140", 8), ("97110", 8))
        places = {1: (1 << bits) - 1, 2: 0, 3: 1}
        check_parity([{**row, "sequence": places[row["sequence"]]} for row in rows], fees=OHIO)

    def test_days_before_1970_and_far_after(self) -> None:
        rows = day_of("P", ("97110", 15))
        for day in (date(1968, 2, 29), date(1969, 12, 31), date(2035, 1, 1)):
            rows += day_of("P", ("97110", 15), day=day)
        check_parity(rows, fees=medicare_fees)


class TestShuffledRows:
    """The documented order decides, wherever the rows are."""

    ROWS = tuple(
        row
        for number, names in enumerate(permutations(TIMED[:4], 3))
        for day in CHANGES[1:12:5]
        for row in day_of(f"P-{number}", *((code, 8) for code in names), day=day)
    )

    def lines(self, rows: Sequence[dict[str, Any]], **arguments: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - any value
        result = bill_frame(table_of(rows), fees=medicare_fees, **arguments)
        keys = ("patient", "date_of_service", "discipline", "code", "modifiers")
        return sorted(result.lines.to_pylist(), key=lambda line: [str(line[key]) for key in keys])

    @pytest.mark.parametrize("arguments", [{}, {"order": "code"}])
    def test_a_shuffled_frame_has_the_same_lines(self, arguments: dict[str, Any]) -> None:
        whole = self.lines(self.ROWS, accumulators="start-at-zero", **arguments)
        for seed in range(2):
            rows = list(self.ROWS)
            Random(seed).shuffle(rows)
            assert self.lines(rows, accumulators="start-at-zero", **arguments) == whole

    def test_the_order_of_the_rows_matters_for_ties(self) -> None:
        assert self.lines(self.ROWS, order="rows") != self.lines(self.ROWS[::-1], order="rows")
        assert self.lines(self.ROWS) == self.lines(self.ROWS, order="rows")


class TestFeesThatChangeWithinAQuarter:
    """A function, or numbers of the caller's own, may change on any day."""

    ROWS = tuple(
        row
        for day in (date(2026, 2, 2), date(2026, 2, 10), date(2026, 2, 20))
        for row in day_of("P", ("97110", 30), ("97140", 15, "assistant"), day=day)
    )

    @pytest.mark.parametrize("name", ["coinsurance", "sequestration", "assistant_payment"])
    def test_own_numbers(self, name: str) -> None:
        numbers = own_numbers(name, ("2020-01-01", "0.05"), ("2026-02-10", "0.25"))
        fees = FeeSchedule.medicare("2026-02-02", locality="OH", parameters=numbers)
        check_parity(self.ROWS, fees=fees)

    def test_an_own_share_of_assistants(self) -> None:
        numbers = own_numbers("assistant_de_minimis", ("2020-01-01", "0.5"))
        fees = FeeSchedule.medicare("2026-02-02", locality="OH", parameters=numbers)
        rows = day_of("P", ("97110", 20), ("97110", 3, "assistant"), ("97140", 15))
        check_parity(rows, fees=fees)

    def test_a_function_with_other_rates(self) -> None:
        one, other = (FeeSchedule.from_rates({"97110": each}) for each in ("30.00", "40.00"))

        def fees(day: date) -> FeeSchedule:
            return one if day < date(2026, 2, 10) else other

        check_parity(self.ROWS, payer="humana", fees={"humana": fees})

    def test_a_function_without_fees_for_a_part(self) -> None:
        def fees(day: date) -> FeeSchedule:
            if day < date(2026, 2, 10):
                msg = "no fees yet"
                raise NotPublishedError(msg)
            return OHIO

        check_parity(self.ROWS, fees=fees)
        check_parity(self.ROWS[2:], fees=fees, accumulators="start-at-zero")

    def localities(self) -> list[dict[str, Any]]:
        return [
            row | {"locality": locality, "patient": f"{row['patient']}-{locality}"}
            for locality in ("OH", "IN")
            for row in self.ROWS
        ]

    def test_a_function_that_ends_in_one_locality(self) -> None:
        def fees(day: date, locality: str) -> FeeSchedule:
            if locality == "IN" and day > date(2026, 2, 10):
                msg = "no fees anymore"
                raise NotPublishedError(msg)
            return OHIO

        found = check_parity(self.localities(), fees=fees)
        assert found.counts == {"billed": 10, "day-refused": 2}

    def test_a_function_that_begins_in_one_locality(self) -> None:
        def fees(day: date, locality: str) -> FeeSchedule:
            if locality == "IN" and day < date(2026, 2, 20):
                msg = "no fees yet"
                raise NotPublishedError(msg)
            return OHIO

        message = refusal(
            InvalidInputError, lambda: bill_frame(table_of(self.localities()), fees=fees)
        )
        assert message.startswith("fees fails on 2026-02-02 but not on 2026-02-20, only for some")

    def test_own_numbers_of_a_function_that_change_within_its_period(self) -> None:
        numbers = own_numbers("coinsurance", ("2020-01-01", "0.05"), ("2026-02-10", "0.25"))

        def fees(day: date) -> FeeSchedule:
            return FeeSchedule.medicare(day, locality="OH", parameters=numbers)

        frame = table_of(self.ROWS)
        message = refusal(InvalidInputError, lambda: bill_frame(frame, fees=fees))
        assert message.startswith("the numbers of the fee schedule change on 2026-02-10")
        named = partial(FeeSchedule.medicare, locality="OH", parameters=numbers)
        check_parity(self.ROWS, fees=named)
