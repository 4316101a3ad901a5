"""Code families, and codes with units longer than 15 minutes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pytest

from tests.refusals import refusal
from tests.unit.units.treated_days import CMS, DAY, FULL, MIDPOINT, STARTED, capped, session, units
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Discipline,
    InvalidInputError,
    Policy,
    Session,
    UnitMethod,
    UntimedService,
    allocate_units,
)
from therapy_billing.codes.code_book import load_codes
from therapy_billing.payers import FirstPeriod
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.units.counting import count_minutes

POLICIES = {"cms": CMS, "midpoint": MIDPOINT, "started": STARTED, "full": FULL}


class TestOtherTimeBases:
    @pytest.mark.parametrize(
        ("policy", "counted"),
        [
            (CMS, (0, 0, 1, 1, 2)),
            (MIDPOINT, (0, 0, 1, 1, 2)),
            (STARTED, (0, 0, 0, 1, 1)),
            (FULL, (0, 0, 0, 1, 1)),
        ],
        ids=POLICIES,
    )
    def test_a_one_hour_code_is_counted_separately(
        self, policy: Policy, counted: tuple[int, ...]
    ) -> None:
        minutes = (0, 30, 31, 90, 91) if policy in (CMS, MIDPOINT) else (0, 30, 59, 60, 119)
        assert tuple(units({"96125": m}, policy)["96125"] for m in minutes) == counted

    def test_a_one_hour_code_does_not_join_the_days_total(self) -> None:
        result = allocate_units({"97530": 7, "96125": 30, "97110": 7}, MEDICARE)
        assert result.units == {"97530": 1, "96125": 0, "97110": 0}
        assert result.admissible == (
            {"97530": 1, "96125": 0, "97110": 0},
            {"97530": 0, "96125": 0, "97110": 1},
        )
        assert result.disciplines[0].pooled_minutes == 14
        assert result.timed_minutes == 44

    def test_units_of_a_one_hour_code_and_units_of_the_total_add_up(self) -> None:
        result = allocate_units({"96125": 91, "97530": 23, "97110": 24}, MEDICARE)
        assert result.units == {"96125": 2, "97530": 1, "97110": 2}
        assert result.disciplines[0].pooled_minutes == 47


class TestFamilies:
    @pytest.mark.parametrize("first", ["97129", "90912"])
    @pytest.mark.parametrize(
        ("minutes", "expected"), [(7, 0), (8, 1), (22, 1), (23, 2), (37, 2), (38, 3)]
    )
    def test_the_first_unit_is_the_first_codes_and_the_others_the_add_ons(
        self, first: str, minutes: int, expected: int
    ) -> None:
        add_on = load_codes()[first].add_on
        assert add_on is not None
        for policy in (CMS, MIDPOINT):
            counted = units({first: minutes}, policy)
            assert sum(counted.values()) == expected
            assert counted[first] == min(expected, 1)
            assert counted.get(add_on, 0) == max(expected - 1, 0)
            assert (add_on in counted) is (expected > 1)

    @pytest.mark.parametrize(
        ("minutes", "expected"),
        [
            ({"97129": 15, "97130": 15}, {"97129": 1, "97130": 1}),
            ({"97130": 15, "97129": 15}, {"97129": 1, "97130": 1}),
            ({"97129": 15, "97130": 7}, {"97129": 1, "97130": 0}),
            ({"97129": 15, "97130": 8}, {"97129": 1, "97130": 1}),
            ({"97129": 30, "97130": 8}, {"97129": 1, "97130": 2}),
            ({"97129": 0, "97130": 20}, {"97129": 1, "97130": 0}),
            ({"90912": 10, "90913": 13}, {"90912": 1, "90913": 1}),
        ],
    )
    def test_minutes_documented_under_the_add_on_join_those_of_the_first_code(
        self, minutes: dict[str, int], expected: dict[str, int]
    ) -> None:
        for policy in (CMS, MIDPOINT):
            assert units(minutes, policy) == expected

    @pytest.mark.parametrize(
        ("add_on", "first"),
        [
            ("97130", "97129"),
            ("90913", "90912"),
            ("97551", "97550"),
            ("92608", "92607"),
            ("97546", "97545"),
            ("G0542", "G0541"),
        ],
    )
    def test_an_add_on_without_its_first_code_is_refused(self, add_on: str, first: str) -> None:
        for policy in POLICIES.values():
            message = refusal(
                InvalidInputError,
                partial(allocate_units, {"97530": 20, add_on: 20}, policy),
            )
            assert message == (
                f"add-on code {add_on} is documented without {first}: "
                f"record the first minutes under {first}"
            )

    @pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
    @pytest.mark.parametrize("code", ["97129", "90912", "97550", "92607", "97545", "G0541"])
    def test_a_family_under_two_disciplines_counts_as_each_does_alone(
        self, code: str, policy: Policy
    ) -> None:
        facts = load_codes()[code]
        for minutes in ((7, 8), (30, 30), (38, 15), (45, 180), (120, 61), (200, 0)):
            both = [session({code: minutes[0]}, "OT"), session({code: minutes[1]}, "SLP")]
            result = allocate_units(both, policy)
            alone: dict[Discipline | None, Mapping[str, int]] = {
                each.discipline: allocate_units(each, policy).by_discipline[each.discipline]
                for each in both
            }
            for discipline, share in result.by_discipline.items():
                assert {c: n for c, n in share.items() if n} == {
                    c: n for c, n in alone[discipline].items() if n
                }
                assert share.get(code, 0) <= 1
            for each in (code, facts.add_on or ""):
                assert result.units.get(each, 0) == sum(
                    share.get(each, 0) for share in alone.values()
                )

    def test_a_tie_in_each_of_two_disciplines_with_a_family_lists_every_sum(self) -> None:
        day = [
            session({"97129": 20, "97530": 20}, "OT"),
            session({"97129": 20, "97530": 20}, "SLP"),
        ]
        result = allocate_units(day, MEDICARE)
        assert result.units == {"97129": 2, "97130": 2, "97530": 2}
        assert {tuple(split.values()) for split in result.admissible} == {
            (2, 2, 2),
            (2, 1, 3),
            (2, 0, 4),
        }
        assert {sum(share.values()) for share in result.by_discipline.values()} == {3}

    def test_a_cap_on_the_first_code_takes_a_whole_family_of_one_discipline(self) -> None:
        day = [session({"97129": 38}, "OT"), session({"97129": 30}, "SLP")]
        result = capped(day, per_code={"97129": 1})
        assert result.by_discipline == {
            Discipline.OT: {"97129": 1, "97130": 2},
            Discipline.SLP: {"97129": 0, "97130": 0},
        }
        assert result.units == {"97129": 1, "97130": 2}

    def test_two_families_may_be_billed_under_two_disciplines(self) -> None:
        day = [session({"97129": 38}, "OT"), session({"90912": 30}, "PT")]
        assert allocate_units(day, MEDICARE).units == {
            "97129": 1,
            "97130": 2,
            "90912": 1,
            "90913": 1,
        }

    def test_further_areas_without_the_first_are_refused(self) -> None:
        day = Session(DAY, "PT", [UntimedService("97598", units=2)])
        assert refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE)) == (
            "add-on code 97598 is documented without 97597: record 97597 as well"
        )

    def test_leftovers_of_a_family_compete_with_those_of_other_codes(self) -> None:
        assert units({"97129": 24, "97530": 23}, CMS) == {"97129": 1, "97130": 1, "97530": 1}
        assert units({"97129": 23, "97530": 24}, CMS) == {"97129": 1, "97530": 2}

    def test_a_tie_with_a_family_lists_the_add_on_in_every_split(self) -> None:
        result = allocate_units({"97530": 20, "97129": 20}, MEDICARE)
        assert result.admissible == (
            {"97530": 2, "97129": 1, "97130": 0},
            {"97530": 1, "97129": 1, "97130": 1},
        )

    @pytest.mark.parametrize("method", [UnitMethod.CMS_EIGHT_MINUTE, UnitMethod.CPT_MIDPOINT])
    @pytest.mark.parametrize("first", ["97550", "G0541"])
    @pytest.mark.parametrize(
        ("first_period", "minutes", "expected"),
        [
            (FirstPeriod.FULL, 29, (0, 0)),
            (FirstPeriod.FULL, 30, (1, 0)),
            (FirstPeriod.FULL, 37, (1, 0)),
            (FirstPeriod.FULL, 38, (1, 1)),
            (FirstPeriod.FULL, 45, (1, 1)),
            (FirstPeriod.FULL, 52, (1, 1)),
            (FirstPeriod.FULL, 53, (1, 2)),
            (FirstPeriod.MIDPOINT, 15, (0, 0)),
            (FirstPeriod.MIDPOINT, 16, (1, 0)),
            (FirstPeriod.MIDPOINT, 29, (1, 0)),
            (FirstPeriod.MIDPOINT, 30, (1, 0)),
            (FirstPeriod.MIDPOINT, 37, (1, 0)),
            (FirstPeriod.MIDPOINT, 38, (1, 1)),
            (FirstPeriod.MIDPOINT, 45, (1, 1)),
        ],
    )
    def test_caregiver_training_needs_its_first_thirty_minutes_or_half_of_them(
        self,
        method: UnitMethod,
        first: str,
        first_period: FirstPeriod,
        minutes: int,
        expected: tuple[int, int],
    ) -> None:
        add_on = load_codes()[first].add_on
        assert add_on is not None
        counted = units({first: minutes}, Policy(method).with_changes(first_period=first_period))
        assert (counted[first], counted.get(add_on, 0)) == expected

    @pytest.mark.parametrize(
        ("policy", "add_on_units"),
        [(STARTED, (0, 1, 1, 1, 2)), (FULL, (0, 0, 0, 1, 1))],
        ids=["started", "full"],
    )
    def test_quarters_beyond_the_first_thirty_minutes_count_as_the_method_says(
        self, policy: Policy, add_on_units: tuple[int, ...]
    ) -> None:
        counted = [units({"97550": m}, policy) for m in (30, 31, 44, 45, 46)]
        assert [each["97550"] for each in counted] == [1, 1, 1, 1, 1]
        assert tuple(each.get("97551", 0) for each in counted) == add_on_units

    def test_minutes_short_of_the_first_period_make_no_unit_of_any_code(self) -> None:
        result = allocate_units({"97550": 29, "97530": 7}, MEDICARE)
        assert result.units == {"97550": 0, "97530": 0}
        assert result.disciplines[0].pooled_minutes == 7

    def test_minutes_beyond_the_first_period_join_the_days_total(self) -> None:
        result = allocate_units({"97550": 37, "97530": 7}, MEDICARE)
        assert result.disciplines[0].pooled_minutes == 14
        assert result.admissible == (
            {"97550": 1, "97551": 1, "97530": 0},
            {"97550": 1, "97551": 0, "97530": 1},
        )

    @pytest.mark.parametrize(
        ("policy", "first_period", "minutes", "expected"),
        [
            (MIDPOINT, FirstPeriod.FULL, 30, (0, 0)),
            (MIDPOINT, FirstPeriod.FULL, 31, (1, 0)),
            (MIDPOINT, FirstPeriod.FULL, 75, (1, 0)),
            (MIDPOINT, FirstPeriod.FULL, 76, (1, 1)),
            (MIDPOINT, FirstPeriod.FULL, 105, (1, 1)),
            (MIDPOINT, FirstPeriod.FULL, 106, (1, 2)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 31, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 75, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 76, (1, 1)),
            (CMS, FirstPeriod.FULL, 30, (0, 0)),
            (CMS, FirstPeriod.FULL, 31, (1, 0)),
            (CMS, FirstPeriod.FULL, 45, (1, 0)),
            (CMS, FirstPeriod.FULL, 75, (1, 0)),
            (CMS, FirstPeriod.FULL, 76, (1, 1)),
            (CMS, FirstPeriod.FULL, 105, (1, 1)),
            (CMS, FirstPeriod.FULL, 106, (1, 2)),
            (CMS, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (CMS, FirstPeriod.MIDPOINT, 31, (1, 0)),
            (CMS, FirstPeriod.MIDPOINT, 75, (1, 0)),
            (CMS, FirstPeriod.MIDPOINT, 76, (1, 1)),
            (STARTED, FirstPeriod.FULL, 59, (0, 0)),
            (STARTED, FirstPeriod.FULL, 60, (1, 0)),
            (STARTED, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (STARTED, FirstPeriod.MIDPOINT, 31, (1, 0)),
            (FULL, FirstPeriod.FULL, 59, (0, 0)),
            (FULL, FirstPeriod.FULL, 60, (1, 0)),
            (FULL, FirstPeriod.MIDPOINT, 30, (0, 0)),
            (FULL, FirstPeriod.MIDPOINT, 31, (1, 0)),
        ],
    )
    def test_a_device_evaluation_has_an_hour_and_then_half_hours(
        self, policy: Policy, first_period: FirstPeriod, minutes: int, expected: tuple[int, int]
    ) -> None:
        counted = units({"92607": minutes}, policy.with_changes(first_period=first_period))
        assert (counted["92607"], counted.get("92608", 0)) == expected

    @pytest.mark.parametrize("policy", [STARTED, FULL], ids=["started", "full"])
    def test_half_hours_count_in_full_if_a_method_is_about_quarters(self, policy: Policy) -> None:
        counted = [units({"92607": m}, policy).get("92608", 0) for m in (60, 89, 90, 119, 120)]
        assert counted == [0, 0, 1, 1, 2]

    @pytest.mark.parametrize(
        ("policy", "first_period", "minutes", "expected"),
        [
            (CMS, FirstPeriod.FULL, 119, (0, 0)),
            (CMS, FirstPeriod.FULL, 120, (1, 0)),
            (CMS, FirstPeriod.FULL, 179, (1, 0)),
            (CMS, FirstPeriod.FULL, 180, (1, 1)),
            (MIDPOINT, FirstPeriod.FULL, 150, (1, 0)),
            (MIDPOINT, FirstPeriod.FULL, 151, (1, 1)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 60, (0, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 61, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 150, (1, 0)),
            (MIDPOINT, FirstPeriod.MIDPOINT, 151, (1, 1)),
            (FULL, FirstPeriod.FULL, 179, (1, 0)),
            (FULL, FirstPeriod.FULL, 180, (1, 1)),
            (STARTED, FirstPeriod.FULL, 179, (1, 0)),
            (STARTED, FirstPeriod.FULL, 180, (1, 1)),
        ],
    )
    def test_work_hardening_has_two_hours_and_then_hours(
        self, policy: Policy, first_period: FirstPeriod, minutes: int, expected: tuple[int, int]
    ) -> None:
        counted = units({"97545": minutes}, policy.with_changes(first_period=first_period))
        assert (counted["97545"], counted.get("97546", 0)) == expected

    @pytest.mark.parametrize(
        ("code", "policy", "first_period", "least"),
        [
            ("96125", CMS, FirstPeriod.FULL, 31),
            ("96125", MIDPOINT, FirstPeriod.FULL, 31),
            ("96105", CMS, FirstPeriod.FULL, 31),
            ("96105", CMS, FirstPeriod.MIDPOINT, 31),
            ("96105", MIDPOINT, FirstPeriod.FULL, 31),
            ("96105", STARTED, FirstPeriod.MIDPOINT, 60),
        ],
    )
    def test_half_an_hour_is_enough_only_if_a_source_says_so(
        self, code: str, policy: Policy, first_period: FirstPeriod, least: int
    ) -> None:
        changed = policy.with_changes(first_period=first_period)
        assert units({code: least - 1}, changed) == {code: 0}
        assert units({code: least}, changed) == {code: 1}

    def test_a_settled_hour_does_not_depend_on_the_first_period_option(self) -> None:
        policy = Policy(UnitMethod.FULL_QUARTER).with_changes(first_period=FirstPeriod.MIDPOINT)
        assert units({"96125": 59}, policy) == {"96125": 0}
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(first_period=FirstPeriod.FULL)
        assert units({"96125": 31}, policy) == {"96125": 1}

    def test_the_fewest_minutes_of_a_policy_apply_to_quarters_only(self) -> None:
        policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(minimum_minutes=10)
        assert units({"97530": 9, "97110": 10, "96125": 31}, policy) == {
            "97530": 0,
            "97110": 1,
            "96125": 1,
        }
        assert units({"97129": 24}, policy) == {"97129": 1}
        assert units({"97129": 25}, policy) == {"97129": 1, "97130": 1}

    def test_a_code_without_unit_minutes_cannot_be_counted(self) -> None:
        with pytest.raises(AssertionError, match=r"^97161$"):
            count_minutes({"97161": 20, "97129": 15}, CMS)


FULL_30 = (
    "{0}: {1} minutes make no unit; the first period requires all 30 minutes. This "
    "is not settled: with FirstPeriod.MIDPOINT, 16 minutes make one"
)
EITHER_WAY = (
    "{0}: no source settles whether the first unit needs {2} minutes or {3}; {1} minutes make it "
    "either way"
)


class TestRemarks:
    @pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
    @pytest.mark.parametrize("code", ["97550", "G0541"])
    def test_a_first_period_that_is_not_settled_is_named_once_half_of_it_is_reached(
        self, code: str, policy: Policy
    ) -> None:
        remarks = {m: allocate_units({code: m}, policy).remarks for m in (0, 15, 16, 29, 30, 200)}
        assert remarks == {
            0: (),
            15: (),
            16: (FULL_30.format(code, 16),),
            29: (FULL_30.format(code, 29),),
            30: (EITHER_WAY.format(code, 30, 30, 16),),
            200: (EITHER_WAY.format(code, 200, 30, 16),),
        }

    def test_a_unit_from_the_midpoint_names_the_alternative(self) -> None:
        policy = CMS.with_changes(first_period=FirstPeriod.MIDPOINT)
        by_choice = (
            "97550: {} minutes make the first unit with FirstPeriod.MIDPOINT. This is not settled: "
            "FirstPeriod.FULL requires all 30 minutes"
        )
        remarks = {m: allocate_units({"97550": m}, policy).remarks for m in (15, 16, 29, 30)}
        assert remarks == {
            15: (),
            16: (by_choice.format(16),),
            29: (by_choice.format(29),),
            30: (EITHER_WAY.format("97550", 30, 30, 16),),
        }

    @pytest.mark.parametrize("policy", [CMS, MIDPOINT, CPT_MIDPOINT, MEDICARE])
    @pytest.mark.parametrize("code", ["92607", "96105", "96125"])
    def test_a_settled_hour_has_no_remark(self, code: str, policy: PayerLike) -> None:
        for minutes in range(201):
            assert allocate_units({code: minutes}, policy).remarks == ()

    def test_a_further_hour_lost_under_the_eight_minute_rule_is_named(self) -> None:
        first = EITHER_WAY.format("97545", "{0}", 120, 61)
        lost = (
            "97546: {0} further minutes make no unit; all 60 minutes are required. This is "
            "not settled for cms-eight-minute: with FirstPeriod.MIDPOINT, 31 minutes make one"
        )
        for minutes, left in ((150, None), (151, 31), (179, 59), (180, None), (211, 31)):
            questions = allocate_units({"97545": minutes}, CMS).open_questions
            assert questions == (
                first.format(minutes),
                *([] if left is None else [lost.format(left)]),
            )
            assert allocate_units({"97545": minutes}, MIDPOINT).open_questions == (
                first.format(minutes),
            )
        midpoint = CMS.with_changes(first_period=FirstPeriod.MIDPOINT)
        assert allocate_units({"97545": 151}, midpoint).open_questions == (
            first.format(151),
            (
                "97546: 31 further minutes make a unit with FirstPeriod.MIDPOINT. This is not settled: "
                "FirstPeriod.FULL requires all 60 minutes"
            ),
        )

    @pytest.mark.parametrize("policy", [STARTED, FULL], ids=["started", "full"])
    def test_an_hour_lost_to_a_method_of_quarters_is_named(self, policy: Policy) -> None:
        method = policy.counting.method_name
        lost = (
            "{}: {} minutes make no unit; all {} minutes are required. This is not settled "
            "for {}: with the midpoint, {} minutes make one"
        )
        remarks = {m: allocate_units({"96125": m}, policy).remarks for m in (30, 31, 59, 60, 91)}
        assert remarks == {
            30: (),
            31: (lost.format("96125", 31, 60, method, 31),),
            59: (lost.format("96125", 59, 60, method, 31),),
            60: (),
            91: (lost.format("96125", "31 further", 60, method, 31),),
        }
        assert allocate_units({"92607": 59}, policy).remarks == (
            (
                "92607: 59 minutes make no unit; the first period requires all 60 minutes. "
                "This is not settled: with FirstPeriod.MIDPOINT, 31 minutes make one"
            ),
        )
        assert allocate_units({"92607": 76}, policy).remarks == (
            lost.format("92608", "16 further", 30, method, 16),
        )
        midpoint = policy.with_changes(first_period=FirstPeriod.MIDPOINT)
        assert allocate_units({"96125": 31}, midpoint).remarks == remarks[31]

    def test_fifteen_minute_codes_have_no_remark(self) -> None:
        assert allocate_units({"97129": 7, "97530": 7}, CMS).remarks == ()
        assert allocate_units({"97530": 7}, CMS).remarks == ()

    def test_remarks_name_each_of_several_disciplines(self) -> None:
        day = [session({"97550": 20}, "PT"), session({"97550": 29}, "OT")]
        result = allocate_units(day, MEDICARE)
        assert result.remarks == (
            f"PT: {FULL_30.format('97550', 20)}",
            f"OT: {FULL_30.format('97550', 29)}",
        )
        assert result.to_dict()["remarks"] == list(result.remarks)
        assert all(remark in result._repr_html_() for remark in result.remarks)
