"""Every legal way to apply a cap, against a count that tries all of them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from tests.refusals import refused
from tests.unit.units.treated_days import DAY, capped, session
from therapy_billing import (
    CPT_MIDPOINT,
    FeeSchedule,
    Policy,
    Session,
    TiePolicy,
    TimedService,
    UntimedService,
    allocate_units,
    build_claim,
    explain,
)
from therapy_billing.units import Allocation
from therapy_billing.units.rules import BilledUnit, UnitCap, cap_units
from therapy_billing.visits.services import Service

Kept = frozenset[tuple[str, int]]


def kept_ways(units: Sequence[BilledUnit], cap: UnitCap) -> set[Kept]:
    """
    Return what each legal way keeps, by trying every set of units of the right size.

    A way is legal if no kept unit that may go has fewer minutes than a removed one, and if the last units of a family
    went first.
    """
    excess = min(max(0, len(cap.counts) - cap.limit), len(cap.may_lose))
    ways = set()
    for gone in itertools.combinations(sorted(cap.may_lose), excess):
        left = [index for index in cap.may_lose if index not in gone]
        if any(units[one].minutes < units[other].minutes for one in left for other in gone):
            continue
        same = [
            (units[one].number, units[other].number)
            for one in left
            for other in gone
            if units[one][:2] == units[other][:2] and units[one].minutes == units[other].minutes
        ]
        if any(kept > removed for kept, removed in same):
            continue
        ways.add(summary(unit for index, unit in enumerate(units) if index not in gone))
    return ways


def summary(units: Iterator[BilledUnit]) -> Kept:
    return frozenset(Counter(unit.code for unit in units).items())


def days() -> Iterator[list[BilledUnit]]:
    """Yield days of up to three codes with up to two units each, of 15, 9, or 8 minutes."""
    shapes = [(), (15,), (8,), (15, 15), (15, 8), (9,)]
    for shape in itertools.product(shapes, repeat=3):
        yield [
            BilledUnit(0, index, number, code, minutes)
            for index, (code, of_code) in enumerate(zip(("A", "B", "C"), shape, strict=True))
            for number, minutes in enumerate(of_code)
        ]


@pytest.mark.parametrize("limit", range(5))
def test_the_ways_of_one_cap_are_all_legal_ones_and_no_others(limit: int) -> None:
    for day in days():
        every = frozenset(range(len(day)))
        for counts in (every, frozenset(index for index in every if day[index].code != "C")):
            cap = UnitCap("cap-per-day", limit, counts, counts)
            ways = list(cap_units(day, [cap], worth={}))
            kept = [
                summary(unit for unit in day if unit not in [cut.unit for cut in way])
                for way in ways
            ]
            assert set(kept) == kept_ways(day, cap)
            assert len(set(kept)) == len(kept)


@pytest.mark.parametrize("limit", range(5))
def test_the_preferred_way_keeps_the_most_worth_among_equal_minutes(limit: int) -> None:
    worth = {"A": Decimal(1), "B": Decimal(3), "C": Decimal(2)}
    for day in days():
        every = frozenset(range(len(day)))
        ways = list(cap_units(day, [UnitCap("cap-per-day", limit, every, every)], worth=worth))
        kept = [
            sum(worth[unit.code] for unit in day if unit not in [cut.unit for cut in way])
            for way in ways
        ]
        assert kept[0] == max(kept)


def test_a_way_of_one_cap_is_followed_by_the_ways_of_the_next() -> None:
    day = [BilledUnit(0, index, 0, code, 15) for index, code in enumerate(("A", "B", "C"))]
    first = frozenset({0, 1})
    every = frozenset(range(3))
    caps = [UnitCap("cap-per-codes", 1, first, first), UnitCap("cap-per-day", 1, every, every)]
    ways = [[cut.unit.code for cut in way] for way in cap_units(day, caps, worth={})]
    assert ways == [["B", "C"], ["B", "A"], ["A", "C"], ["A", "B"]]


THREE = {"97530": 15, "97110": 15, "97112": 15}


class TestTiesOfACap:
    def test_each_unit_that_may_stay_is_a_legal_split(self) -> None:
        result = capped(THREE, per_day=2)
        assert result.tied
        assert result.units == {"97530": 1, "97110": 1, "97112": 0}
        assert result.admissible == (
            {"97530": 1, "97110": 1, "97112": 0},
            {"97530": 1, "97110": 0, "97112": 1},
            {"97530": 0, "97110": 1, "97112": 1},
        )

    def test_units_of_different_minutes_are_no_tie(self) -> None:
        result = capped(THREE | {"97110": 24}, per_day=3)
        assert not result.tied
        assert [(cut.code, cut.minutes) for cut in result.capped_units] == [("97110", 9)]

    def test_preferred_codes_stay(self) -> None:
        policy = Policy("cms-eight-minute").with_changes(
            cap_per_day=2, tie_policy="preferred-codes", preferred_codes=["97112", "97110"]
        )
        result = allocate_units(THREE, policy)
        assert result.units == {"97530": 0, "97110": 1, "97112": 1}
        assert len(result.splits) == 3

    def test_the_highest_fees_stay_and_a_code_without_one_goes(self) -> None:
        policy = Policy("cpt-midpoint").with_changes(
            cap_per_day=2, tie_policy=TiePolicy.HIGHEST_FEE
        )
        rates = FeeSchedule.from_rates({"97112": "40.00", "97110": "39.00"})
        assert allocate_units(THREE, policy, rates).units == {"97530": 0, "97110": 1, "97112": 1}
        error = refused(lambda: allocate_units(THREE, policy))
        assert str(error) == "TiePolicy.HIGHEST_FEE compares amounts: give fees as a FeeSchedule"

    def test_a_day_with_too_many_choices_is_refused(self) -> None:
        codes = [
            "97110",
            "97112",
            "97113",
            "97116",
            "97124",
            "97140",
            "97530",
            "97533",
            "97535",
            "97542",
        ]
        minutes = dict.fromkeys(codes, 60)
        assert len(capped(minutes, per_day=4).splits) == 715
        error = refused(lambda: capped(minutes, per_day=20))
        assert "legal splits" in str(error)

    def test_the_explanation_says_how_many_splits_are_legal(self) -> None:
        outcomes = [step.outcome for step in explain(capped(THREE, per_day=2)).steps]
        assert (
            outcomes[-1]
            == "Units of equal minutes could be kept under the cap: 3 splits are legal."
        )


class TestUntimedCodes:
    VISIT = (UntimedService("97161"), TimedService("97110", 38), UntimedService("97012"))

    def counted(self, **cap: object) -> Allocation:
        policy = Policy("cms-eight-minute").with_changes(caps=[cap])
        return allocate_units(Session(DAY, "PT", self.VISIT), policy)

    def test_they_count_only_if_the_cap_says_so(self) -> None:
        assert self.counted(limit=3).capped_units == ()
        assert self.counted(limit=3).capped_untimed_codes == ()
        result = self.counted(limit=4, untimed=True)
        assert [(cut.code, cut.minutes) for cut in result.capped_units] == [("97110", 8)]
        assert result.capped_untimed_codes == ("97161", "97012")

    def test_an_untimed_unit_is_tied_with_full_quarters(self) -> None:
        result = self.counted(limit=3, untimed=True)
        assert result.units == {"97110": 2}
        assert result.untimed_units == {"97161": 1, "97012": 0}
        assert result.admissible == (
            {"97110": 2, "97161": 1, "97012": 0},
            {"97110": 2, "97161": 0, "97012": 1},
            {"97110": 1, "97161": 1, "97012": 1},
        )
        assert result.total_units == 2
        assert result.uncapped_units == {"97110": 3}

    def test_the_removed_unit_leaves_the_claim(self) -> None:
        result = self.counted(limit=3, untimed=True)
        assert [(line.code, line.units) for line in build_claim(result).lines] == [
            ("97110", 2),
            ("97161", 1),
        ]

    def test_a_named_untimed_code_counts_and_its_add_on_goes_with_it(self) -> None:
        visit = Session(
            DAY,
            "PT",
            [UntimedService("97598", units=2), UntimedService("97597"), UntimedService("97161")],
        )
        policy = Policy("cms-eight-minute").with_changes(caps=[{"limit": 0, "codes": ["97597"]}])
        result = allocate_units(visit, policy)
        assert result.untimed_units == {"97598": 0, "97597": 0, "97161": 1}
        assert [cut.code for cut in result.capped_units] == ["97597", "97598", "97598"]
        assert result.capped_untimed_codes == ("97598", "97597")

    def test_a_discipline_has_a_limit_of_its_own(self) -> None:
        day = [
            Session(DAY, "PT", self.VISIT),
            Session(DAY, "OT", [UntimedService("97165"), TimedService("97535", 15)]),
        ]
        cap = {"limit": 2, "each": "discipline", "untimed": True}
        result = allocate_units(day, Policy("cms-eight-minute").with_changes(caps=[cap]))
        assert {cut.discipline.value for cut in result.capped_units if cut.discipline} == {"PT"}
        assert result.untimed_by_discipline.keys() == result.by_discipline.keys()
        assert result.total_units + sum(result.untimed_units.values()) == 4

    @pytest.mark.parametrize(("evaluation", "units"), [("97161", 3), ("97164", 2), (None, 1)])
    def test_an_evaluation_sets_another_limit(self, evaluation: str | None, units: int) -> None:
        cap = {"limit": 1, "with_evaluation": 3, "with_re_evaluation": 2}
        services: list[Service] = [TimedService("97110", 60)]
        if evaluation:
            services.append(UntimedService(evaluation))
        policy = Policy("cms-eight-minute").with_changes(caps=[cap])
        assert allocate_units(Session(DAY, "PT", services), policy).units == {"97110": units}


class TestProviders:
    def visit(self, *treated: tuple[str, int, str | None], plan: str = "PT") -> Session:
        services = [TimedService(code, minutes, treated_by=who) for code, minutes, who in treated]
        return Session(DAY, plan, services)

    def capped(self, *sessions: Session, limit: int = 4, **more: object) -> Allocation:
        cap = {"limit": limit, "each": "provider", **more}
        return allocate_units(sessions, Policy("cms-eight-minute").with_changes(caps=[cap]))

    @pytest.mark.parametrize(("first", "second", "units"), [(60, 60, 8), (75, 15, 5), (90, 45, 7)])
    def test_each_has_the_limit(self, first: int, second: int, units: int) -> None:
        result = self.capped(self.visit(("97110", first, "T-1"), ("97530", second, "T-2")))
        assert result.total_units == units
        assert {cut.code for cut in result.capped_units} <= {"97110"}
        assert result.disciplines[0].providers == 2

    def test_a_part_without_a_key_makes_the_day_one_providers(self) -> None:
        result = self.capped(self.visit(("97110", 60, "T-1"), ("97530", 60, None)))
        assert result.total_units == 4
        assert result.remarks == (
            "treated_by is not given for every service, so the cap for each provider counts the day as one provider's",
        )
        assert self.capped(self.visit(("97110", 60, None))).remarks == ()

    def test_one_provider_of_two_disciplines_has_one_limit(self) -> None:
        day = [self.visit(("97110", 60, "T-1")), self.visit(("97535", 60, "T-1"), plan="OT")]
        assert self.capped(*day).total_units == 4
        assert self.capped(*day, each=["provider", "discipline"]).total_units == 8
        other = [day[0], self.visit(("97535", 60, "T-2"), plan="OT")]
        assert self.capped(*other).total_units == 8

    def test_a_set_of_codes_for_each_provider_leaves_the_others(self) -> None:
        result = self.capped(
            self.visit(("97110", 60, "T-1"), ("97530", 60, "T-1"), ("97112", 15, "T-2")),
            limit=2,
            codes=["97110", "97112"],
        )
        assert result.units == {"97110": 2, "97530": 4, "97112": 1}

    def test_an_untimed_service_counts_for_its_provider(self) -> None:
        visit = Session(
            DAY,
            "PT",
            [
                UntimedService("97161", treated_by="T-1"),
                TimedService("97110", 30, treated_by="T-1"),
                TimedService("97530", 30, treated_by="T-2"),
            ],
        )
        result = self.capped(visit, limit=2, untimed=True)
        assert result.total_units + sum(result.untimed_units.values()) == 4
        assert {cut.code for cut in result.capped_units} <= {"97161", "97110"}

    def test_a_cap_for_each_code_and_provider_limits_each_code(self) -> None:
        result = self.capped(
            self.visit(("97110", 60, "T-1"), ("97530", 60, "T-1"), ("97110", 60, "T-2")),
            limit=2,
            each=["code", "provider"],
        )
        assert result.units == {"97110": 4, "97530": 2}


class TestUnknownCaps:
    def test_the_result_says_that_the_cap_was_not_applied(self) -> None:
        cap = {"limit": "unknown", "codes": ["97110", "97112"]}
        policy = CPT_MIDPOINT.on(DAY).with_changes(caps=[cap])
        result = allocate_units({"97110": 90}, policy)
        assert result.units == {"97110": 6}
        remark = (
            "the payer has a cap that was not applied, because no source gives its number: an unknown number of units "
            "per day of 97110 and 97112"
        )
        assert result.remarks == (remark,)
        assert allocate_units({"97530": 90}, policy).remarks == ()
        assert allocate_units({"97110": 3}, policy).remarks == ()

    def test_untimed_codes_count_for_the_remark_if_the_cap_counts_them(self) -> None:
        policy = CPT_MIDPOINT.on(DAY).with_changes(caps=[{"limit": "unknown", "untimed": True}])
        visit = Session(DAY, "PT", [UntimedService("97161")])
        assert len(allocate_units(visit, policy).remarks) == 1

    def test_it_changes_nothing_next_to_a_known_cap(self) -> None:
        caps: list[dict[str, object]] = [{"limit": "unknown"}, {"limit": 2}]
        policy = CPT_MIDPOINT.on(DAY).with_changes(caps=caps)
        result = allocate_units([session({"97110": 45})], policy)
        assert result.units == {"97110": 2}
        assert [cut.limit for cut in result.capped_units] == [2]
