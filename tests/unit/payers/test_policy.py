"""Policies and payers: their fields, their dates, and errors."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, ClassVar, cast

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import (
    InvalidInputError,
    NotPublishedError,
    Payer,
    Policy,
    Source,
    TiePolicy,
    UnitMethod,
)
from therapy_billing.law import Timeline, Verification
from therapy_billing.payers import (
    AssistantArithmetic,
    AssistantRule,
    ClaimRules,
    Counting,
    FirstPeriod,
    ModifierRules,
    MoneyRules,
)
from therapy_billing.payers.policy import (
    COMMON_ORDER,
    EditProgram,
    FeeBasis,
    PolicyChanges,
    SecondaryUnits,
    policy_fields,
)

NAME: Any = "Rosa Invented"
METHODS = "cms-eight-minute, cpt-midpoint, started-quarter, or full-quarter"
TIES = "documented-order, preferred-codes, or highest-fee"
RULES = "no-assistant-modifier, assistant-units-2020, or assistant-units-2022"
MIDPOINT = Policy(UnitMethod.CPT_MIDPOINT)
RULE = AssistantRule.UNITS_2022


def policy(**values: Any) -> Policy:  # noqa: ANN401 - wrong types are what is tested
    """Return a policy with *values*."""
    return Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(**values)


def day(text: str) -> datetime.date:
    """Return the date written in *text*."""
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("method", "minutes"),
    [
        (UnitMethod.CMS_EIGHT_MINUTE, 8),
        (UnitMethod.CPT_MIDPOINT, 8),
        (UnitMethod.STARTED_QUARTER, 1),
        (UnitMethod.FULL_QUARTER, 15),
    ],
)
def test_a_method_has_its_own_fewest_minutes_of_a_partial_quarter(
    method: UnitMethod, minutes: int
) -> None:
    assert Policy(method).counting.minimum_minutes is None
    assert Policy(method).counting.partial_minutes == minutes
    assert Policy(method).with_changes(minimum_minutes=15).counting.partial_minutes == 15


def test_a_policy_defaults_to_documented_order_full_periods_and_no_cap() -> None:
    plain = Policy(UnitMethod.CMS_EIGHT_MINUTE)
    assert plain == Policy("cms-eight-minute").with_changes(
        method=UnitMethod.CMS_EIGHT_MINUTE,
        minimum_minutes=None,
        first_period=FirstPeriod.FULL,
        tie_policy=TiePolicy.DOCUMENTED_ORDER,
        preferred_codes=(),
        cap_per_code=None,
        cap_per_session=None,
        cap_per_day=None,
        medicare_codes=False,
        assistants=AssistantRule.NONE,
        assistant_arithmetic=AssistantArithmetic.EXACT,
        mppr=False,
        cost_sharing=False,
        kx=False,
        cap_per_codes=(),
        amount_per_day=None,
        edits=EditProgram.NONE,
        modifier_order=("GP", "GO", "GN", "CQ", "CO", "KX", "59", "XE", "XP", "XS", "XU", "95"),
        allowed_modifiers=None,
        fee_basis=FeeBasis.UNKNOWN,
        secondary=SecondaryUnits.AS_PRIMARY,
    )
    assert plain.counting.capped is False


@pytest.mark.parametrize("minutes", [1, 8, 15])
def test_the_fewest_minutes_are_from_1_to_15(minutes: int) -> None:
    assert policy(minimum_minutes=minutes).counting.partial_minutes == minutes


@pytest.mark.parametrize(
    ("minutes", "wanted"),
    [
        (0, "from 1 to 15, got 0"),
        (16, "from 1 to 15, got 16"),
        (-8, "from 1 to 15, got -8"),
        (True, "a whole number, got True"),
        (8.5, "a whole number, got 8.5"),
        ("8", "a whole number, got '8': use int('8')"),
        (NAME, "a whole number, got a string of 13 characters"),
    ],
)
def test_other_fewest_minutes_are_refused(minutes: object, wanted: str) -> None:
    assert refusal(InvalidInputError, lambda: policy(minimum_minutes=minutes)) == (
        f"minimum_minutes must be {wanted}"
    )


@pytest.mark.parametrize("minutes", [1, 8, 14])
def test_a_full_quarter_has_fifteen_minutes_and_no_fewer(minutes: int) -> None:
    assert refusal(
        InvalidInputError,
        lambda: Policy(UnitMethod.FULL_QUARTER).with_changes(minimum_minutes=minutes),
    ) == (f"minimum_minutes must be 15 for full-quarter, got {minutes}")
    assert (
        Policy(UnitMethod.FULL_QUARTER).with_changes(minimum_minutes=15).counting.partial_minutes
        == 15
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": NAME}, f"method must be {METHODS}, got a string of 13 characters"),
        ({"method": None}, f"method must be {METHODS}, got None"),
        (
            {"method": "CPT-midpont"},
            f"method must be {METHODS}, got 'CPT-midpont'; did you mean cpt-midpoint?",
        ),
        ({"first_period": 30}, "first_period must be full or midpoint, got 30"),
        ({"tie_policy": FirstPeriod.FULL}, f"tie_policy must be {TIES}, got 'full'"),
        ({"assistants": True}, f"assistants must be {RULES}, got True"),
        (
            {"assistant_arithmetic": NAME},
            (
                "assistant_arithmetic must be assistant-exact, assistant-simple-method, "
                "or assistant-percentage-method, got a string of 13 characters"
            ),
        ),
        (
            {"edits": "ncci-medicar"},
            (
                "edits must be no-edits, ncci-medicare, or ncci-medicaid, got 'ncci-medicar'; "
                "did you mean ncci-medicare?"
            ),
        ),
        (
            {"fee_basis": None},
            (
                "fee_basis must be medicare-fee-schedule, contract, percent-of-medicare, own-conversion-factor, any-schedule, or unknown, "
                "got None"
            ),
        ),
        ({"secondary": True}, "secondary must be as-primary or own, got True"),
        (
            {"cap_per_dya": 4},
            (
                "unknown field of a policy 'cap_per_dya': use "
                f"{', '.join(policy_fields(MIDPOINT))}; did you mean cap_per_day?"
            ),
        ),
        (
            {"Rosa Invented": 4},
            (
                "unknown field of a policy (a string of 13 characters): use "
                f"{', '.join(policy_fields(MIDPOINT))}"
            ),
        ),
    ],
)
def test_a_change_that_names_no_choice_or_field_is_refused(
    changes: dict[str, Any], message: str
) -> None:
    assert refusal(InvalidInputError, lambda: MIDPOINT.with_changes(**changes)) == message


@pytest.mark.parametrize(
    ("name", "member"),
    [
        (name, member)
        for name, value in policy_fields(MIDPOINT).items()
        if isinstance(value, Enum)
        for member in type(value)
    ],
)
def test_a_choice_is_made_by_its_text_in_any_case(name: str, member: Enum) -> None:
    for text in (member.value, f" {member.value.upper()} ", member.value.replace("-", "_")):
        changes: dict[str, Any] = {name: text}
        if member is FeeBasis.PERCENT_OF_MEDICARE:
            changes["percent_of_medicare"] = 200
        assert policy_fields(MIDPOINT.with_changes(**changes))[name] is member


def test_a_method_or_its_text_is_counted_with_the_defaults() -> None:
    assert (
        Policy("cpt-midpoint")
        == Policy(UnitMethod.CPT_MIDPOINT)
        == Policy(Counting("CPT_MIDPOINT"))
    )
    assert refusal(InvalidInputError, lambda: Policy(NAME)) == (
        f"method must be {METHODS}, got a string of 13 characters"
    )
    nothing: Any = None
    assert refusal(InvalidInputError, lambda: Policy(nothing)) == (
        "counting must be a Counting or a method such as 'cpt-midpoint', got None"
    )


@pytest.mark.parametrize(
    ("part", "kind"),
    [("modifiers", "ModifierRules"), ("money", "MoneyRules"), ("claims", "ClaimRules")],
)
def test_a_part_of_another_kind_is_refused(part: str, kind: str) -> None:
    wrong: dict[str, Any] = {part: NAME}
    assert refusal(InvalidInputError, lambda: Policy("cpt-midpoint", **wrong)) == (
        f"{part} must be a {kind}, got a string of 13 characters"
    )


def test_a_new_method_brings_its_own_fewest_minutes_unless_they_are_changed_too() -> None:
    eight = policy(minimum_minutes=8)
    assert eight.with_changes(cap_per_day=4).counting.minimum_minutes == 8
    assert eight.with_changes(method="started-quarter").counting.partial_minutes == 1
    changed = eight.with_changes(method="started-quarter", minimum_minutes=5)
    assert changed.counting.partial_minutes == 5


@pytest.mark.parametrize("cap", ["cap_per_code", "cap_per_session", "cap_per_day"])
class TestCaps:
    @pytest.mark.parametrize("units", [0, 1, 96])
    def test_a_cap_is_a_whole_number_of_units(self, cap: str, units: int) -> None:
        capped = policy(**{cap: units})
        assert getattr(capped.counting, cap) == units
        assert capped.counting.capped is True

    def test_no_cap_is_none(self, cap: str) -> None:
        assert getattr(policy(**{cap: None}).counting, cap) is None
        assert policy(**{cap: None}).counting.capped is False

    @pytest.mark.parametrize(
        ("units", "wanted"), [(-1, "0 or more, got -1"), (True, "a whole number, got True")]
    )
    def test_a_cap_below_zero_or_a_flag_is_refused(
        self, cap: str, units: object, wanted: str
    ) -> None:
        assert refusal(InvalidInputError, partial(policy, **{cap: units})) == (
            f"{cap} must be {wanted}"
        )

    @pytest.mark.parametrize(
        ("units", "shown"),
        [(2.5, "2.5"), ("4", "'4'"), (NAME, "a string of 13 characters")],
    )
    def test_a_cap_of_another_type_is_refused(self, cap: str, units: object, shown: str) -> None:
        assert shown in refusal(InvalidInputError, partial(policy, **{cap: units}))


class TestCapsOfCodes:
    def test_caps_of_single_codes_are_kept_in_order_and_hashable(self) -> None:
        mapped = policy(cap_per_code={" g0283 ": 1, "97530": 4})
        assert mapped.counting.cap_per_code == (("G0283", 1), ("97530", 4))
        assert mapped == policy(cap_per_code=[("G0283", 1), ("97530", 4)])
        assert hash(mapped) == hash(policy(cap_per_code=(("G0283", 1), ("97530", 4))))

    def test_a_changed_copy_keeps_them(self) -> None:
        mapped = policy(cap_per_code={"97530": 4})
        changed = mapped.with_changes(cap_per_day=2)
        assert (changed.counting.cap_per_code, changed.counting.cap_per_day) == ((("97530", 4),), 2)

    def test_an_empty_mapping_caps_nothing(self) -> None:
        assert policy(cap_per_code={}).counting.cap_per_code == ()

    @pytest.mark.parametrize(
        ("cap", "shown"),
        [
            (True, "True"),
            (1.5, "1.5"),
            (NAME, "a string of 13 characters"),
            (None, "None"),
        ],
    )
    def test_a_cap_of_a_code_must_be_a_number(self, cap: object, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: policy(cap_per_code={"97530": cap})) == (
            f"cap_per_code must be a whole number, got {shown}"
        )

    def test_a_cap_for_an_invalid_code_is_an_error(self) -> None:
        assert refusal(InvalidInputError, lambda: policy(cap_per_code={NAME: 4})) == (
            "code must be five characters such as '97530' or 'G0283', got a string of 13 characters"
        )

    @pytest.mark.parametrize(
        "caps",
        [[("97110", 3), ("97110", 4)], {"g0237": 3, " G0237": 3}],
        ids=["pairs", "mapping"],
    )
    def test_a_code_with_two_caps_is_refused(self, caps: Any) -> None:  # noqa: ANN401
        code = "97110" if isinstance(caps, list) else "G0237"
        assert refusal(InvalidInputError, lambda: policy(cap_per_code=caps)) == (
            f"cap_per_code has {code} twice: give each code once"
        )


class TestCapsOfSets:
    def test_sets_are_kept_in_order_and_hashable(self) -> None:
        capped = policy(cap_per_codes=[([" g0237 ", "97110"], 4), (("97110", "97112"), 0)])
        assert capped.counting.cap_per_codes == ((("G0237", "97110"), 4), (("97110", "97112"), 0))
        assert capped.counting.capped is True
        assert hash(capped) == hash(policy(cap_per_codes=capped.counting.cap_per_codes))
        assert (
            capped.with_changes(cap_per_day=2).counting.cap_per_codes
            == capped.counting.cap_per_codes
        )

    def test_no_set_caps_nothing(self) -> None:
        assert policy(cap_per_codes=[]).counting.capped is False

    @pytest.mark.parametrize(
        "sets",
        [None, 4, "97110", {("97110",): 4}, ["97110"], [4], [(("97110",),)], [(("97110",), 4, 4)]],
        ids=repr,
    )
    def test_invalid_pairs_are_an_error(self, sets: object) -> None:
        assert refusal(InvalidInputError, lambda: policy(cap_per_codes=sets)) == (
            "cap_per_codes must be pairs of codes and units, such as [(('97110', '97112'), 4)]"
        )

    @pytest.mark.parametrize(
        ("pair", "message"),
        [
            (
                ("97110", 4),
                "the codes in cap_per_codes must be a tuple such as ('97110', '97112'), got '97110'",
            ),
            (
                (4, 4),
                "the codes in cap_per_codes must be a tuple such as ('97110', '97112'), got 4",
            ),
            (((), 4), "cap_per_codes has a set without codes: give at least one code"),
            (
                (("97110", "97110"), 4),
                "a set of cap_per_codes has 97110 twice: give each code once",
            ),
            (
                ((NAME,), 4),
                (
                    "code must be five characters such as '97530' or 'G0283', "
                    "got a string of 13 characters"
                ),
            ),
            ((("97110",), -1), "cap_per_codes must be 0 or more, got -1"),
            ((("97110",), True), "cap_per_codes must be a whole number, got True"),
            ((("97110",), None), "cap_per_codes must be a whole number, got None"),
        ],
        ids=repr,
    )
    def test_an_invalid_pair_is_an_error(self, pair: object, message: str) -> None:
        assert refusal(InvalidInputError, lambda: policy(cap_per_codes=[pair])) == message


class TestAmountPerDay:
    @pytest.mark.parametrize("amount", ["95.00", 95, Decimal("95.00")])
    def test_it_is_dollars(self, amount: object) -> None:
        capped = policy(amount_per_day=amount)
        assert str(capped.money.amount_per_day) == "95.00"
        # The set removes no units.
        assert capped.counting.capped is False

    @pytest.mark.parametrize(
        ("amount", "message"),
        [
            (
                0,
                "amount_per_day: an amount must be above zero, got 0: leave out a code without a price",
            ),
            ("95.001", "amount_per_day: an amount must be rounded to the cent, got '95.001'"),
            (
                95.0,
                "amount_per_day: an amount must be a Decimal, a string such as '40.42', or an int; got 95.0",
            ),
        ],
    )
    def test_another_amount_is_refused(self, amount: object, message: str) -> None:
        assert refusal(InvalidInputError, lambda: policy(amount_per_day=amount)) == message


class TestModifiers:
    def test_the_order_is_the_common_one_unless_another_is_named(self) -> None:
        assert policy().modifiers.modifier_order is COMMON_ORDER
        assert " ".join(COMMON_ORDER) == "GP GO GN CQ CO KX 59 XE XP XS XU 95"
        assert policy(modifier_order=["59", "GP"]).modifiers.modifier_order == ("59", "GP")
        assert policy(modifier_order=()).modifiers.modifier_order == ()

    def test_all_are_allowed_or_those_that_are_named(self) -> None:
        assert policy().modifiers.allowed_modifiers is None
        assert policy(allowed_modifiers=["GP", "59"]).modifiers.allowed_modifiers == ("GP", "59")
        assert policy(allowed_modifiers=()).modifiers.allowed_modifiers == ()

    @pytest.mark.parametrize("field", ["modifier_order", "allowed_modifiers"])
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ("GP", "must be a sequence such as ('GP', 'CQ'), got a string of 2 characters"),
            (59, "must be a sequence such as ('GP', 'CQ'), got 59"),
            (
                ["GPX"],
                "[0] must be two letters or digits such as 'GP', got a string of 3 characters",
            ),
            ([59], "[0] must be two letters or digits such as 'GP', got 59"),
            (["GP", "KX", "GP"], "has GP twice: give each modifier once"),
        ],
    )
    def test_an_invalid_list_of_modifiers_is_an_error(
        self, field: str, value: object, message: str
    ) -> None:
        assert refusal(InvalidInputError, partial(policy, **{field: value})) in (
            f"{field} {message}",
            f"{field}{message}",
        )


def test_the_fields_of_all_parts_have_different_names_and_each_can_be_changed() -> None:
    parts = (Counting, ModifierRules, MoneyRules, ClaimRules)
    names = [field.name for part in parts for field in attrs.fields(part)]
    assert sorted(set(names)) == sorted(names)
    changeable = [name for name in names if name not in ("method_is_choice", "pays_second")]
    assert list(policy_fields(MIDPOINT)) == changeable
    assert PolicyChanges.__annotations__.keys() == set(changeable)


class TestLaterWordsWin:
    """Defaults, the payer's policy, the plan, the case: the last change of a field applies."""

    CHANGES: ClassVar[dict[str, tuple[Any, Any, Any]]] = {
        "method": (
            UnitMethod.CPT_MIDPOINT,
            UnitMethod.STARTED_QUARTER,
            UnitMethod.CMS_EIGHT_MINUTE,
        ),
        "minimum_minutes": (8, 9, 10),
        "cap_per_code": (5, (("97110", 3),), 2),
        "cap_per_codes": (((("97110",), 4),), ((("97110",), 3),), ()),
        "cap_per_day": (6, 5, 4),
        "amount_per_day": (Decimal("90.00"), Decimal("80.00"), Decimal("70.00")),
        "mppr": (True, False, True),
        "edits": (EditProgram.NCCI_MEDICARE, EditProgram.NONE, EditProgram.NCCI_MEDICAID),
        "allowed_modifiers": (("GP",), ("GP", "KX"), None),
    }

    @pytest.mark.parametrize("name", CHANGES)
    @pytest.mark.parametrize("levels", list(itertools.product((False, True), repeat=3)), ids=str)
    def test_field_by_field_and_nothing_else_changes(
        self, name: str, levels: tuple[bool, ...]
    ) -> None:
        default = Policy(UnitMethod.CPT_MIDPOINT)
        resolved, expected = default, policy_fields(default)[name]
        for named, value in zip(levels, self.CHANGES[name], strict=True):
            if named:
                resolved, expected = resolved.with_changes(**{name: value}), value
        assert policy_fields(resolved) == {**policy_fields(default), name: expected}


def test_preferred_codes_are_read_as_codes() -> None:
    assert policy(preferred_codes=[" g0237 ", "97530"]).counting.preferred_codes == (
        "G0237",
        "97530",
    )
    assert refusal(InvalidInputError, lambda: policy(preferred_codes=[NAME])) == (
        "preferred_codes[0] must be five characters such as '97530' or 'G0283', got a string of 13 characters"
    )
    assert refusal(InvalidInputError, lambda: policy(preferred_codes="97530")) == (
        "preferred_codes must be a sequence such as ('97110', '97530'), got '97530'"
    )


def test_a_changed_copy_is_checked_again() -> None:
    assert MIDPOINT.with_changes(cap_per_day=4).counting.cap_per_day == 4
    assert refusal(InvalidInputError, lambda: MIDPOINT.with_changes(cap_per_day=-1)) == (
        "cap_per_day must be 0 or more, got -1"
    )
    full = Policy("full-quarter")
    assert refusal(InvalidInputError, lambda: full.with_changes(minimum_minutes=8)) == (
        "minimum_minutes must be 15 for full-quarter, got 8"
    )


class TestPayer:
    def test_a_payer_with_one_policy_has_it_without_a_day(self) -> None:
        payer = Payer(
            "plan", Timeline("the policy", ((day("2020-01-01"), MIDPOINT),), day("2020-12-31"))
        )
        assert payer.on(None) is MIDPOINT
        assert payer.on(day("2020-01-01")) is MIDPOINT
        assert payer.on("12/31/2020") is MIDPOINT
        message = "the policy is known from 2020-01-01 through 2020-12-31, not on "
        for outside in ("2019-12-31", "2021-01-01"):
            assert refusal(NotPublishedError, partial(payer.on, day(outside))) == message + outside

    def test_a_payer_that_changed_is_asked_with_a_day(self) -> None:
        payer = Payer(
            "plan",
            Timeline(
                "the policy", ((None, MIDPOINT), (day("2020-07-01"), policy())), day("2020-12-31")
            ),
        )
        assert payer.on(day("2020-06-30")) is MIDPOINT
        assert payer.on(day("2020-07-01")) == policy()
        assert refusal(InvalidInputError, lambda: payer.on(None)) == (
            "plan has changed how it counts units: give date_of_service"
        )

    @pytest.mark.parametrize(
        "money",
        [
            {"assistants": AssistantRule.UNITS_2020},
            {"assistant_arithmetic": AssistantArithmetic.SIMPLE},
            {"mppr": True},
            {"cost_sharing": True},
            {"kx": True},
            {"amount_per_day": 95},
            {"edits": EditProgram.NCCI_MEDICAID},
            {"modifier_order": ("59", "GP")},
            {"allowed_modifiers": ("GP",)},
            {"fee_basis": FeeBasis.CONTRACT},
            {"secondary": SecondaryUnits.OWN},
        ],
        ids=str,
    )
    def test_a_payer_that_changed_only_modifiers_and_money_is_asked_without_a_day(
        self, money: dict[str, Any]
    ) -> None:
        old, new = MIDPOINT, MIDPOINT.with_changes(**money)
        payer = Payer(
            "plan",
            Timeline("the policy", ((None, old), (day("2020-07-01"), new)), day("2020-12-31")),
        )
        assert payer.on(None) is new
        assert payer.on("2020-06-30") is old

    @pytest.mark.parametrize(
        "units",
        [
            {"minimum_minutes": 9},
            {"first_period": FirstPeriod.MIDPOINT},
            {"tie_policy": TiePolicy.HIGHEST_FEE},
            {"preferred_codes": ("97530",)},
            {"cap_per_code": 4},
            {"cap_per_codes": [(("97530",), 4)]},
            {"cap_per_session": 4},
            {"cap_per_day": 4},
            {"medicare_codes": True},
        ],
        ids=str,
    )
    def test_a_payer_that_changed_how_units_are_counted_is_asked_with_a_day(
        self, units: dict[str, Any]
    ) -> None:
        changed = MIDPOINT.with_changes(**units)
        # This is also true if the policy later returned to its first form.
        for entries in (
            ((None, MIDPOINT), (day("2020-07-01"), changed)),
            ((None, MIDPOINT), (day("2020-07-01"), changed), (day("2020-08-01"), MIDPOINT)),
        ):
            payer = Payer("plan", Timeline("the policy", entries, day("2020-12-31")))
            assert refusal(InvalidInputError, partial(payer.on, None)) == (
                "plan has changed how it counts units: give date_of_service"
            )

    def test_a_name_instead_of_a_date_is_not_shown(self) -> None:
        payer = Payer("plan", Timeline("the policy", ((None, MIDPOINT),), day("2020-12-31")))
        assert refusal(InvalidInputError, lambda: payer.on(NAME)) == (
            "date_of_service must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 13 characters"
        )

    @pytest.mark.parametrize(
        ("percent", "shown"),
        [
            (0, "0"),
            (9, "9"),
            ("0.85", "'0.85'"),
            (101, "101"),
            (-85, "-85"),
            ("-", "a string of 1 character"),
        ],
    )
    def test_an_assistants_percentage_is_10_to_100(
        self, percent: Decimal | str | int, shown: str
    ) -> None:
        assert refusal(InvalidInputError, lambda: policy(assistant_percent=percent)) == (
            "assistant_percent must be a whole number, string, or Decimal from 10 to 100, such as 85 for 85 %, "
            f"got {shown}"
        )

    @pytest.mark.parametrize("percent", [10, "85", Decimal("92.5"), 100])
    def test_an_assistants_percentage_is_a_decimal(self, percent: Decimal | str | int) -> None:
        found = policy(assistant_percent=percent).money.assistant_percent
        assert (type(found), found) == (Decimal, Decimal(percent))

    def test_sources_are_shown_and_a_remark_is_not(self) -> None:
        timeline = Timeline("the policy", ((None, MIDPOINT),), day("2020-12-31"))
        source = Source("Provider manual", "", "", Verification.SECONDARY)
        payer = Payer("plan", timeline, (source,), "from Rosa Invented")
        assert (payer.sources, payer.remark) == ((source,), "from Rosa Invented")
        assert "Rosa" not in repr(payer)
        assert (Payer("plan", timeline).sources, Payer("plan", timeline).remark) == ((), "")


class TestSecondary:
    OWN = policy(cap_per_day=2, mppr=True, kx=True, amount_per_day="95.00")
    FIRST = Policy(UnitMethod.CPT_MIDPOINT).with_changes(
        cap_per_codes=[(("97110",), 3)], cap_per_session=5, assistants=RULE
    )

    def payer(self, name: str, one: Policy, through: str = "2020-12-31") -> Payer:
        return Payer(name, Timeline(f"{name}'s policy", ((None, one),), day(through)))

    def test_units_are_counted_as_the_primary_payer_does_and_all_else_stays_its_own(self) -> None:
        behind = self.payer("second", self.OWN).as_secondary_to(
            self.payer("first", self.FIRST), "2020-03-02"
        )
        expected = Policy(UnitMethod.CPT_MIDPOINT).with_changes(
            cap_per_codes=[(("97110",), 3)],
            cap_per_session=5,
            mppr=True,
            kx=True,
            amount_per_day="95.00",
        )
        assert behind == expected

    def test_a_secondary_payer_counts_units_again_if_its_policy_says_so(self) -> None:
        own = self.OWN.with_changes(secondary=SecondaryUnits.OWN)
        second = self.payer("second", own)
        assert second.as_secondary_to(self.payer("first", self.FIRST), None) is own

    def test_a_day_on_which_one_of_them_is_not_known_is_refused(self) -> None:
        first = self.payer("first", self.FIRST, "2019-12-31")
        second = self.payer("second", self.OWN)
        assert (
            second.as_secondary_to(first, "2019-12-31").counting.method is UnitMethod.CPT_MIDPOINT
        )
        message = "first's policy is known through 2019-12-31, not on 2020-01-01"
        refused = partial(second.as_secondary_to, first, "2020-01-01")
        assert refusal(NotPublishedError, refused) == message


@pytest.mark.parametrize("caps", [["97530"], [5], [("97530", 1, 2)], [("97530",)]])
def test_caps_of_codes_that_are_no_pairs_are_refused(caps: object) -> None:
    assert refusal(
        InvalidInputError,
        lambda: Policy(UnitMethod.CPT_MIDPOINT).with_changes(cap_per_code=cast("Any", caps)),
    ) == ("cap_per_code must be a whole number of units, or a mapping of codes to units")
