"""Claim lines from units: plan of care, assistant's units, and charges."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Claim,
    ClaimLine,
    Discipline,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Policy,
    Session,
    Setting,
    Source,
    TiePolicy,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    price_day,
)
from therapy_billing.claims import AssistantShare
from therapy_billing.claims.attestations import parse_attestations, with_distinct
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.law import Parameter, Parameters, Timeline, Verification
from therapy_billing.payers import AssistantArithmetic, AssistantRule
from therapy_billing.visits.services import Service

DAY = datetime.date(2026, 3, 2)
BY_DATE = MEDICARE.on(DAY)


def by(clinician: str, code: str, minutes: int) -> TimedService:
    """Return a timed service of *clinician*."""
    return TimedService(code, minutes, clinician=clinician)


def session(*services: Service, day: object = DAY, discipline: str = "PT") -> Session:
    assert isinstance(day, datetime.date | str)
    return Session(day, discipline, services)


def facts_of_lines(claim: Claim) -> list[tuple[str, str, int]]:
    """Return the code, modifiers, and units of each line."""
    return [(line.code, " ".join(line.modifiers), line.units) for line in claim.lines]


class TestLines:
    def test_each_code_has_a_line_under_its_plan_of_care(self) -> None:
        day = [
            session(TimedService("97530", 30), UntimedService("97161", 30)),
            session(TimedService("97535", 15), discipline="OT"),
            session(UntimedService("92507"), discipline="SLP"),
        ]
        claim = build_claim(day, MEDICARE)
        assert claim.date_of_service == DAY
        assert facts_of_lines(claim) == [
            ("97530", "GP", 2),
            ("97161", "GP", 1),
            ("97535", "GO", 1),
            ("92507", "GN", 1),
        ]
        assert claim.assistants == ()
        assert {line.charge for line in claim.lines} == {None}

    def test_a_code_without_a_unit_has_no_line(self) -> None:
        claim = build_claim(session(TimedService("97530", 23), TimedService("97110", 7)), MEDICARE)
        assert facts_of_lines(claim) == [("97530", "GP", 2)]
        assert claim.allocation is not None
        assert claim.allocation.units == {"97530": 2, "97110": 0}
        assert build_claim(session(TimedService("97530", 7)), MEDICARE).lines == ()

    def test_minutes_without_a_discipline_have_lines_without_modifiers(self) -> None:
        claim = build_claim({"97530": 23}, MEDICARE, date_of_service="3/2/2026")
        assert claim.lines == (ClaimLine("97530", 2),)
        assert claim.date_of_service == DAY

    def test_units_that_were_allocated_before_make_the_same_claim(self) -> None:
        day = session(by("therapist", "97110", 12), by("assistant", "97110", 14))
        assert build_claim(allocate_units(day, MEDICARE)) == build_claim(day, MEDICARE)

    def test_the_highest_fee_decides_a_tie(self) -> None:
        policy = BY_DATE.with_changes(tie_policy=TiePolicy.HIGHEST_FEE)
        fees = FeeSchedule.from_rates({"97110": 30, "97530": 40})
        tied = session(TimedService("97110", 20), TimedService("97530", 20))
        claim = build_claim(tied, policy, fees=fees)
        assert facts_of_lines(claim) == [("97110", "GP", 1), ("97530", "GP", 2)]

    def test_a_cap_lowers_the_units_of_the_lines(self) -> None:
        policy = BY_DATE.with_changes(cap_per_code=1)
        assert facts_of_lines(build_claim(session(TimedService("97530", 53)), policy)) == [
            ("97530", "GP", 1)
        ]


class TestRefusals:
    def test_an_allocation_already_has_a_payer(self) -> None:
        units = allocate_units(session(TimedService("97530", 20)), MEDICARE)
        assert refusal(InvalidInputError, lambda: build_claim(units, MEDICARE)) == (
            "this allocation already has a payer; leave payer out, or pass sessions instead"
        )

    def test_sessions_need_a_payer(self) -> None:
        day = session(TimedService("97530", 20))
        assert refusal(InvalidInputError, lambda: build_claim(day)) == (
            "a payer is required with sessions: give MEDICARE or another payer"
        )

    def test_a_claim_needs_a_date_of_service(self) -> None:
        message = "a claim needs a date of service: give date_of_service when you count the units"
        assert refusal(InvalidInputError, lambda: build_claim({"97530": 20}, MEDICARE)) == message
        units = allocate_units({"97530": 20}, MEDICARE)
        assert refusal(InvalidInputError, lambda: build_claim(units)) == message

    def test_a_date_is_refused_for_units_without_one(self) -> None:
        # The units follow the latest policy, which may not be the policy of that date.
        units = allocate_units({"97530": 20}, MEDICARE)
        assert refusal(InvalidInputError, lambda: build_claim(units, date_of_service=DAY)) == (
            "a claim needs a date of service: give date_of_service when you count the units"
        )

    def test_another_date_is_refused_for_units_with_a_date(self) -> None:
        units = allocate_units({"97530": 20}, MEDICARE, date_of_service=DAY)
        assert refusal(
            InvalidInputError, lambda: build_claim(units, date_of_service="2026-03-03")
        ) == ("the units are for 2026-03-02, but date_of_service is 2026-03-03")

    def test_a_date_without_a_payer_policy_is_refused(self) -> None:
        day = session(TimedService("97530", 20), day="2000-03-31")
        assert refusal(NotPublishedError, lambda: build_claim(day, MEDICARE)) == (
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 2000-03-31"
        )

    @pytest.mark.parametrize(
        ("setting", "shown"),
        [("Rosa Invented", "a string of 13 characters"), (5, "5")],
    )
    def test_an_invalid_setting_is_refused(self, setting: Any, shown: str) -> None:  # noqa: ANN401
        day = session(TimedService("97530", 20))
        assert refusal(
            InvalidInputError, lambda: build_claim(day, MEDICARE, setting=setting)
        ).endswith(f", got {shown}")


class TestCharges:
    def test_a_code_with_two_charges_is_refused(self) -> None:
        charges: Charges = {"97110": 60, " 97110": 61}
        day = session(TimedService("97110", 20))
        assert refusal(InvalidInputError, lambda: build_claim(day, MEDICARE, charges=charges)) == (
            "charges has 97110 twice: give each code once"
        )

    def test_a_line_is_charged_its_units(self) -> None:
        day = session(
            by("therapist", "97110", 30), by("assistant", "97110", 15), UntimedService("97161")
        )
        charges: Charges = {" 97110": "60.50", "97161": 150, "97535": Decimal(1)}
        claim = build_claim(day, MEDICARE, charges=charges)
        assert [(line.code, str(line.charge)) for line in claim.lines] == [
            ("97110", "121.00"),
            ("97110", "60.50"),
            ("97161", "150.00"),
        ]

    def test_a_charge_that_is_missing_is_refused_and_named(self) -> None:
        day = session(TimedService("97110", 30), TimedService("97530", 15))
        assert refusal(
            InvalidInputError, lambda: build_claim(day, MEDICARE, charges={"97110": 60})
        ) == (
            "charges has no charge for 97530: give a charge for every billed code, or leave charges out"
        )
        assert refusal(InvalidInputError, lambda: build_claim(day, MEDICARE, charges={})) == (
            "charges has no charge for 97110: give a charge for every billed code, or leave charges out"
        )

    def test_a_code_that_is_not_billed_needs_no_charge(self) -> None:
        day = session(TimedService("97110", 23), TimedService("97530", 4))
        assert len(build_claim(day, MEDICARE, charges={"97110": 60}).lines) == 1

    @pytest.mark.parametrize(
        ("charges", "reason"),
        [
            (
                {"Rosa Invented": 60},
                (
                    "code must be five characters such as '97530' or 'G0283', got a string of 13 "
                    "characters"
                ),
            ),
            (
                {"97110": 6.5},
                "charges['97110'] must be a Decimal, a string such as '40.42', or an int; got 6.5",
            ),
            (
                {"97110": 0},
                "charges['97110'] must be above zero, got 0: leave out a code without a price",
            ),
        ],
    )
    def test_invalid_charges_are_refused(
        self,
        charges: Any,  # noqa: ANN401
        reason: str,
    ) -> None:
        day = session(TimedService("97110", 30))
        assert refusal(InvalidInputError, lambda: build_claim(day, MEDICARE, charges=charges)) == (
            reason
        )


class TestTheAssistantsUnits:
    @pytest.mark.parametrize(
        ("discipline", "plain", "assistant"), [("PT", "GP", "GP CQ"), ("OT", "GO", "GO CO")]
    )
    def test_they_have_a_line_of_their_own(
        self, discipline: str, plain: str, assistant: str
    ) -> None:
        day = session(
            by("therapist", "97110", 12), by("assistant", "97110", 14), discipline=discipline
        )
        claim = build_claim(day, MEDICARE)
        assert facts_of_lines(claim) == [("97110", plain, 1), ("97110", assistant, 1)]
        assert claim.assistants == (
            AssistantShare(
                code="97110",
                discipline=Discipline(discipline),
                rule="assistant-units-2022",
                arithmetic="assistant-exact",
                therapist_minutes=12,
                assistant_minutes=14,
                together_minutes=0,
                therapist_whole=0,
                assistant_whole=0,
                left_without=1,
                left_with=1,
            ),
        )

    def test_speech_has_no_assistant_modifier_and_no_line_under_medicare(self) -> None:
        day = session(by("assistant", "97533", 15), by("assistant", "97129", 15), discipline="SLP")
        claim = build_claim(day, MEDICARE)
        assert (claim.lines, claim.assistants) == ((), ())
        claim = build_claim(day, PAYERS["humana"])
        assert facts_of_lines(claim) == [("97533", "GN", 1), ("97129", "GN", 1)]
        assert claim.assistants == ()

    def test_minutes_without_a_plan_of_care_have_none(self) -> None:
        claim = build_claim({"97110": 30}, MEDICARE, date_of_service=DAY)
        assert (claim.assistants, facts_of_lines(claim)) == ((), [("97110", "", 2)])

    def test_minutes_together_are_the_therapists_and_are_reported(self) -> None:
        day = session(by("together", "97112", 20), by("assistant", "97112", 10))
        claim = build_claim(day, MEDICARE)
        assert facts_of_lines(claim) == [("97112", "GP", 1), ("97112", "GP CQ", 1)]
        (share,) = claim.assistants
        assert (share.therapist_minutes, share.assistant_minutes, share.together_minutes) == (
            20,
            10,
            20,
        )
        assert (share.therapist_whole, share.assistant_whole) == (1, 0)

    def test_another_code_of_the_therapist_alone_does_not_change(self) -> None:
        day = session(by("therapist", "97140", 30), by("assistant", "97110", 15))
        claim = build_claim(day, MEDICARE)
        assert facts_of_lines(claim) == [("97140", "GP", 2), ("97110", "GP CQ", 1)]
        assert [share.code for share in claim.assistants] == ["97110"]

    def test_a_code_without_a_unit_still_shows_its_share(self) -> None:
        claim = build_claim(session(by("assistant", "97110", 7)), MEDICARE)
        assert claim.lines == ()
        (share,) = claim.assistants
        assert (share.units_with, share.units_without) == (0, 0)

    @pytest.mark.parametrize(
        ("day", "modifiers", "rule"),
        [
            ("2019-12-31", "GP", None),
            ("2020-01-01", "GP CQ", "assistant-units-2020"),
            ("2021-12-31", "GP CQ", "assistant-units-2020"),
            ("2022-01-01", "GP", "assistant-units-2022"),
        ],
    )
    def test_the_rule_of_the_day_decides(self, day: str, modifiers: str, rule: str | None) -> None:
        # One unit from 8 and 7 minutes: since 2022, the therapist's 8 minutes leave it without a modifier.
        treated = session(by("therapist", "97110", 8), by("assistant", "97110", 7), day=day)
        claim = build_claim(treated, MEDICARE)
        assert facts_of_lines(claim) == [("97110", modifiers, 1)]
        assert [share.rule for share in claim.assistants] == ([] if rule is None else [rule])

    @pytest.mark.parametrize("setting", ["critical-access-hospital", "CAH"])
    def test_a_critical_access_hospital_has_none(self, setting: str) -> None:
        day = session(by("assistant", "97110", 15), UntimedService("97150", clinician="assistant"))
        claim = build_claim(day, MEDICARE, setting=setting)
        assert facts_of_lines(claim) == [("97110", "GP", 1), ("97150", "GP", 1)]
        assert claim.assistants == ()

    @pytest.mark.parametrize("setting", [Setting.NON_FACILITY, Setting.FACILITY, "office"])
    def test_other_settings_have_them(self, setting: Setting | str) -> None:
        claim = build_claim(session(by("assistant", "97110", 15)), MEDICARE, setting=setting)
        assert facts_of_lines(claim) == [("97110", "GP CQ", 1)]

    def test_a_payer_without_the_rule_has_none(self) -> None:
        claim = build_claim(session(by("assistant", "97110", 15)), CPT_MIDPOINT)
        assert facts_of_lines(claim) == [("97110", "GP", 1)]

    @pytest.mark.parametrize(
        ("arithmetic", "minutes"),
        [
            (AssistantArithmetic.EXACT, 4),
            (AssistantArithmetic.PERCENTAGE, 4),
            (AssistantArithmetic.SIMPLE, 5),
        ],
    )
    def test_the_arithmetic_of_the_policy_decides(
        self, arithmetic: AssistantArithmetic, minutes: int
    ) -> None:
        policy = BY_DATE.with_changes(assistant_arithmetic=arithmetic)
        for assistant, modifiers in ((minutes - 1, "GP"), (minutes, "GP CQ")):
            services = [
                UntimedService("97150", 38 - assistant),
                UntimedService("97150", assistant, clinician="assistant"),
            ]
            claim = build_claim(session(*services), policy)
            assert facts_of_lines(claim) == [("97150", modifiers, 1)]
            assert claim.assistants[0].arithmetic == arithmetic.value

    def test_the_de_minimis_share_is_a_parameter(self) -> None:
        part = Parameter(Decimal("0.50"), "fraction", Source("own", "", "", Verification.DERIVED))
        own = Timeline("own", ((None, part),), datetime.date(2026, 12, 31))
        day = session(
            UntimedService("97150", 10), UntimedService("97150", 10, clinician="assistant")
        )
        numbers = Parameters({"assistant_de_minimis": own})
        assert facts_of_lines(build_claim(day, MEDICARE, parameters=numbers)) == [
            ("97150", "GP", 1)
        ]
        assert facts_of_lines(build_claim(day, MEDICARE)) == [("97150", "GP CQ", 1)]

    def test_the_fewest_minutes_are_those_of_the_policy(self) -> None:
        day = session(by("therapist", "97110", 9), by("assistant", "97110", 6))
        policy = BY_DATE.with_changes(minimum_minutes=10)
        assert facts_of_lines(build_claim(day, MEDICARE)) == [("97110", "GP", 1)]
        assert facts_of_lines(build_claim(day, policy)) == [("97110", "GP CQ", 1)]

    def test_a_unit_removed_by_a_cap_carries_no_modifier(self) -> None:
        policy = BY_DATE.with_changes(cap_per_code=2)
        day = session(by("therapist", "97110", 15), by("assistant", "97110", 30))
        assert facts_of_lines(build_claim(day, policy)) == [
            ("97110", "GP", 1),
            ("97110", "GP CQ", 1),
        ]
        none = BY_DATE.with_changes(cap_per_code=0)
        assert build_claim(day, none).lines == ()

    def test_the_same_code_is_split_in_each_discipline(self) -> None:
        day = [
            session(by("assistant", "97530", 15)),
            session(by("therapist", "97530", 15), discipline="OT"),
        ]
        assert facts_of_lines(build_claim(day, MEDICARE)) == [
            ("97530", "GP CQ", 1),
            ("97530", "GO", 1),
        ]


class TestUntimedCodes:
    @pytest.mark.parametrize(
        ("therapist", "assistant", "modifiers"),
        [(18, 2, "GP"), (17, 3, "GP CQ"), (0, 20, "GP CQ"), (20, 0, "GP")],
    )
    def test_more_than_ten_percent_of_the_minutes_adds_the_modifier(
        self, therapist: int, assistant: int, modifiers: str
    ) -> None:
        services = [
            UntimedService("97150", therapist),
            UntimedService("97150", assistant, clinician="assistant"),
        ]
        claim = build_claim(session(*services), MEDICARE)
        assert facts_of_lines(claim) == [("97150", modifiers, 1)]
        (share,) = claim.assistants
        assert (share.therapist_minutes, share.assistant_minutes) == (therapist, assistant)
        assert (share.therapist_whole, share.assistant_whole) == (0, 0)
        assert (share.left_with, share.left_without) == ((1, 0) if modifiers == "GP CQ" else (0, 1))

    @pytest.mark.parametrize(
        "services",
        [
            [UntimedService("97150", clinician="assistant")],
            [UntimedService("97150", 40), UntimedService("97150", clinician="assistant")],
            [UntimedService("97150"), UntimedService("97150", 1, clinician="assistant")],
        ],
    )
    def test_without_documented_minutes_any_assistant_service_adds_it(
        self, services: list[Service]
    ) -> None:
        claim = build_claim(session(*services), MEDICARE)
        assert facts_of_lines(claim) == [("97150", "GP CQ", 1)]
        (share,) = claim.assistants
        assert (share.therapist_minutes, share.assistant_minutes) == (None, None)
        assert (share.together_minutes, share.left_with) == (0, 1)

    def test_a_service_by_the_assistant_alone_needs_no_documented_minutes(
        self,
    ) -> None:
        claim = build_claim(session(UntimedService("97150", 0, clinician="assistant")), MEDICARE)
        assert facts_of_lines(claim) == [("97150", "GP CQ", 1)]

    def test_the_therapist_and_both_together_make_it_the_therapists(self) -> None:
        services = [UntimedService("97150"), UntimedService("97150", clinician="together")]
        claim = build_claim(session(*services), MEDICARE)
        assert facts_of_lines(claim) == [("97150", "GP", 1)]
        assert claim.assistants[0].units_with == 0

    def test_every_area_of_it_carries_the_modifier_or_none(self) -> None:
        services = [
            UntimedService("97597", 30),
            UntimedService("97598", 10, units=2),
            UntimedService("97598", 10, units=1, clinician="assistant"),
        ]
        assert facts_of_lines(build_claim(session(*services), MEDICARE)) == [
            ("97597", "GP", 1),
            ("97598", "GP CQ", 3),
        ]

    @pytest.mark.parametrize(
        ("code", "modifiers"),
        [("98976", "GP"), ("98977", "GP"), ("98975", "GP CQ"), ("98980", "GP CQ")],
    )
    def test_a_supply_of_a_device_never_carries_it(self, code: str, modifiers: str) -> None:
        claim = build_claim(session(UntimedService(code, clinician="assistant")), MEDICARE)
        assert facts_of_lines(claim) == [(code, modifiers, 1)]
        assert len(claim.assistants) == (modifiers == "GP CQ")


class TestFamilies:
    """97129 and 97130 are 15-minute codes; 97550 has a first period of 30 minutes."""

    @pytest.mark.parametrize(
        ("services", "expected"),
        [
            # The assistant has all minutes.
            ([("assistant", "97129", 38)], [("97129", "GO CO", 1), ("97130", "GO CO", 2)]),
            # The therapist has the first code, and the assistant has the add-on code.
            (
                [("therapist", "97129", 15), ("assistant", "97130", 23)],
                [("97129", "GO", 1), ("97130", "GO CO", 2)],
            ),
            # The assistant has the first code, and the therapist has the add-on code.
            (
                [("assistant", "97129", 15), ("therapist", "97130", 23)],
                [("97129", "GO CO", 1), ("97130", "GO", 2)],
            ),
            # Both are documented under the first code, so the assistant took part in it.
            (
                [("therapist", "97129", 15), ("assistant", "97129", 23)],
                [("97129", "GO CO", 1), ("97130", "GO", 1), ("97130", "GO CO", 1)],
            ),
            # Exactly 10 % of the first code's minutes adds no modifier to it, but all units of the
            # add-on code are the assistant's.
            (
                [
                    ("therapist", "97129", 18),
                    ("assistant", "97129", 2),
                    ("assistant", "97130", 18),
                ],
                [("97129", "GO", 1), ("97130", "GO CO", 2)],
            ),
            # More units carry the modifier than the add-on code has.
            (
                [("therapist", "97129", 7), ("assistant", "97130", 38)],
                [("97129", "GO CO", 1), ("97130", "GO CO", 2)],
            ),
            # A single unit, with and without the modifier, documented under either code.
            ([("assistant", "97129", 15)], [("97129", "GO CO", 1)]),
            (
                [("therapist", "97129", 8), ("assistant", "97129", 7)],
                [("97129", "GO", 1)],
            ),
            (
                [("therapist", "97129", 0), ("assistant", "97130", 15)],
                [("97129", "GO CO", 1)],
            ),
        ],
    )
    def test_the_units_of_the_family_are_split_once_and_then_by_code(
        self, services: list[tuple[str, str, int]], expected: list[tuple[str, str, int]]
    ) -> None:
        given = [by(*service) for service in services]
        claim = build_claim(session(*given, discipline="OT"), MEDICARE)
        assert facts_of_lines(claim) == expected
        (share,) = claim.assistants
        assert share.code == "97129"
        assert share.units_with == sum(n for _, mods, n in expected if mods == "GO CO")
        assert share.units_without == sum(n for _, mods, n in expected if mods == "GO")

    def test_a_cap_on_the_add_on_leaves_the_first_unit(self) -> None:
        policy = BY_DATE.with_changes(cap_per_code={"97130": 0})
        day = session(by("assistant", "97129", 38), discipline="OT")
        assert facts_of_lines(build_claim(day, policy)) == [("97129", "GO CO", 1)]

    @pytest.mark.parametrize(
        ("therapist", "assistant", "expected"),
        [
            (54, 6, [("97550", "GP", 1), ("97551", "GP", 2)]),
            (53, 7, [("97550", "GP CQ", 1), ("97551", "GP CQ", 2)]),
        ],
    )
    def test_a_family_that_begins_with_half_an_hour_is_one_service(
        self, therapist: int, assistant: int, expected: list[tuple[str, str, int]]
    ) -> None:
        day = session(by("therapist", "97550", therapist), by("assistant", "97550", assistant))
        claim = build_claim(day, MEDICARE)
        assert facts_of_lines(claim) == expected
        (share,) = claim.assistants
        assert (share.therapist_whole, share.assistant_whole) == (0, 0)
        assert share.left_with + share.left_without == 3

    def test_a_one_hour_code_is_one_service(self) -> None:
        for assistant, modifiers in ((6, "GP"), (7, "GP CQ")):
            day = session(
                by("therapist", "96125", 60 - assistant), by("assistant", "96125", assistant)
            )
            assert facts_of_lines(build_claim(day, MEDICARE)) == [("96125", modifiers, 1)]

    def test_the_units_of_a_family_are_split_by_the_2020_rule(self) -> None:
        policy = BY_DATE.with_changes(assistants=AssistantRule.UNITS_2020)
        day = session(by("therapist", "97129", 28), by("assistant", "97129", 10), discipline="OT")
        claim = build_claim(day, policy)
        assert facts_of_lines(claim) == [
            ("97129", "GO CO", 1),
            ("97130", "GO", 1),
            ("97130", "GO CO", 1),
        ]


def test_a_claim_does_not_depend_on_a_built_in_payer() -> None:
    policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(assistants=AssistantRule.UNITS_2022)
    day = session(by("assistant", "97110", 8), by("therapist", "97530", 8))
    assert facts_of_lines(build_claim(day, policy)) == [("97110", "GP CQ", 1), ("97530", "GP", 1)]


class TestSeveralCodesAndPlans:
    def test_every_code_of_an_assistant_keeps_its_split(self) -> None:
        pt = session(by("assistant", "97110", 15), by("assistant", "97140", 15))
        ot = session(by("assistant", "97530", 15), discipline="OT")
        claim = build_claim([pt, ot], MEDICARE)
        assert facts_of_lines(claim) == [
            ("97110", "GP CQ", 1),
            ("97140", "GP CQ", 1),
            ("97530", "GO CO", 1),
        ]
        assert [share.code for share in claim.assistants] == ["97110", "97140", "97530"]

    def test_minutes_together_are_not_assistant_minutes(self) -> None:
        claim = build_claim(session(by("together", "97110", 8)), MEDICARE)
        (share,) = claim.assistants
        assert (share.therapist_minutes, share.assistant_minutes) == (8, 0)
        assert (share.together_minutes, share.units_with) == (8, 0)

    def test_an_add_on_without_a_unit_carries_no_modifier(self) -> None:
        day = session(by("therapist", "97129", 8), by("assistant", "97130", 3), discipline="OT")
        assert facts_of_lines(build_claim(day, MEDICARE)) == [("97129", "GO", 1)]

    def test_a_first_unit_given_together_leaves_the_modifier_to_the_add_on(self) -> None:
        day = session(by("together", "97129", 8), by("assistant", "97130", 15), discipline="OT")
        assert facts_of_lines(build_claim(day, MEDICARE)) == [
            ("97129", "GO", 1),
            ("97130", "GO CO", 1),
        ]


class TestAttestations:
    LINES = (
        ClaimLine("97530", 1, ("GP",), Decimal("60.00")),
        ClaimLine("97116", 1, ("GP",), Decimal("50.00")),
        ClaimLine("97116", 1, ("GP", "CQ"), Decimal("50.00")),
    )

    def test_nothing_is_attested_by_default(self) -> None:
        attested = parse_attestations([])
        assert attested.kx == frozenset()
        assert attested.distinct == {}

    def test_kx_is_attested_for_the_day_or_for_one_plan(self) -> None:
        attested = parse_attestations(["KX", ("KX", Discipline.OT), ("KX", "pt")])
        assert attested.kx == {None, Discipline.OT, Discipline.PT}
        assert attested.distinct == {}

    @pytest.mark.parametrize("modifier", ["59", "XE", "XP", "XS", "XU"])
    def test_each_modifier_of_a_distinct_service_is_attested_by_code(self, modifier: str) -> None:
        attested = parse_attestations(iter([(modifier, " g0283 "), (modifier, "97116")]))
        assert attested.distinct == {"G0283": modifier, "97116": modifier}
        assert attested.kx == frozenset()

    def test_a_code_is_attested_with_one_modifier(self) -> None:
        same = parse_attestations([("XU", "97116"), ("XU", "97116")])
        assert same.distinct == {"97116": "XU"}
        assert refusal(
            InvalidInputError, lambda: parse_attestations([("XU", "97116"), ("59", "97116")])
        ) == ("97116 is attested with both XU and 59: attest only one of them")

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (
                "KX",
                "attestations must be a list such as ['KX', ('XU', '97116')], got a string of 2 characters",
            ),
            (5, "attestations must be a list such as ['KX', ('XU', '97116')], got 5"),
            (
                ["XU"],
                "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), got a string of 2 characters",
            ),
            (
                [("76", "97116")],
                "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), got a tuple",
            ),
            (
                [("XU", "9711")],
                "code must be five characters such as '97530' or 'G0283', got '9711'",
            ),
            (
                [("KX", "chiropractic")],
                "attestations[0] must be PT, OT, or SLP, got a string of 12 characters",
            ),
        ],
    )
    def test_an_invalid_attestation_is_refused(self, given: object, message: str) -> None:
        wrong: Any = given
        assert refusal(InvalidInputError, lambda: parse_attestations(wrong)) == message

    def test_lines_without_an_attestation_do_not_change(self) -> None:
        assert with_distinct(self.LINES, parse_attestations(["KX"])) == list(self.LINES)

    def test_every_line_of_an_attested_code_carries_the_modifier_last(self) -> None:
        lines = with_distinct(self.LINES, parse_attestations([("XU", "97116")]))
        assert [line.modifiers for line in lines] == [("GP",), ("GP", "XU"), ("GP", "CQ", "XU")]
        assert [line.units for line in lines] == [1, 1, 1]
        assert [line.charge for line in lines] == [line.charge for line in self.LINES]

    def test_a_line_with_a_distinct_modifier_keeps_it(self) -> None:
        lines = [ClaimLine("97116", 1, ("59", "GP")), ClaimLine("97116", 1, ("GP", "CQ"))]
        applied = with_distinct(lines, parse_attestations([("XU", "97116")]))
        assert [line.modifiers for line in applied] == [("59", "GP"), ("GP", "CQ", "XU")]

    def test_an_attested_code_that_is_on_no_line_changes_none(self) -> None:
        both = parse_attestations([("XU", "97116"), ("59", "97110")])
        one = parse_attestations([("XU", "97116")])
        assert with_distinct(self.LINES, both) == with_distinct(self.LINES, one)
        assert with_distinct([], both) == []

    def test_a_day_that_is_billed_or_priced_carries_what_is_attested(self) -> None:
        day = session(TimedService("97530", 15), TimedService("97116", 15))
        fees = FeeSchedule.from_rates({"97530": 40, "97116": 30})
        billed = bill_day(day, MEDICARE, fees, attestations=[("XU", "97116")])
        priced = price_day(
            build_claim(day, MEDICARE), MEDICARE, fees, attestations=[("XU", "97116")]
        )
        plain = bill_day(day, MEDICARE, fees)
        for with_modifier in (billed, priced):
            assert [line.modifiers for line in with_modifier.lines] == [("GP",), ("GP", "XU")]
            assert with_modifier.allowed == plain.allowed
        assert [line.modifiers for line in plain.lines] == [("GP",), ("GP",)]

    def test_an_attested_code_without_a_line_is_billed_with_a_remark(self) -> None:
        day = session(TimedService("97530", 15), TimedService("97116", 7))
        fees = FeeSchedule.from_rates({"97530": 40, "97116": 30})
        plain = bill_day(day, MEDICARE, fees)
        billed = bill_day(day, MEDICARE, fees, attestations=[("XU", "97116")])
        assert billed.lines == plain.lines
        assert billed.remarks == ("XU is attested for 97116, but no line has 97116", *plain.remarks)
