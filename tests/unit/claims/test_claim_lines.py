"""From units to claim lines: the plan of care, the assistant's units, the charges."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
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
    """Return a timed service given by *clinician*."""
    return TimedService(code, minutes, clinician=clinician)


def session(*services: Service, day: object = DAY, discipline: str = "PT") -> Session:
    assert isinstance(day, datetime.date | str)
    return Session(day, discipline, services)


def told(claim: Claim) -> list[tuple[str, str, int]]:
    """Return code, modifiers and units of each line."""
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
        assert told(claim) == [
            ("97530", "GP", 2),
            ("97161", "GP", 1),
            ("97535", "GO", 1),
            ("92507", "GN", 1),
        ]
        assert claim.assistants == ()
        assert {line.charge for line in claim.lines} == {None}

    def test_a_code_without_a_unit_has_no_line(self) -> None:
        claim = build_claim(session(TimedService("97530", 23), TimedService("97110", 7)), MEDICARE)
        assert told(claim) == [("97530", "GP", 2)]
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
        assert told(claim) == [("97110", "GP", 1), ("97530", "GP", 2)]

    def test_a_cap_lowers_the_units_of_the_lines(self) -> None:
        policy = BY_DATE.with_changes(cap_per_code=1)
        assert told(build_claim(session(TimedService("97530", 53)), policy)) == [("97530", "GP", 1)]


class TestRefusals:
    def test_units_know_their_payer(self) -> None:
        units = allocate_units(session(TimedService("97530", 20)), MEDICARE)
        assert refusal(InvalidInputError, lambda: build_claim(units, MEDICARE)) == (
            "units know their payer: leave payer out, or give sessions"
        )

    def test_sessions_need_a_payer(self) -> None:
        day = session(TimedService("97530", 20))
        assert refusal(InvalidInputError, lambda: build_claim(day)) == (
            "payer is needed to make units of sessions: give MEDICARE or another payer"
        )

    def test_a_claim_is_of_a_day(self) -> None:
        message = "a claim is of a day: give date_of_service when the units are made"
        assert refusal(InvalidInputError, lambda: build_claim({"97530": 20}, MEDICARE)) == message
        units = allocate_units({"97530": 20}, MEDICARE)
        assert refusal(InvalidInputError, lambda: build_claim(units)) == message

    def test_units_without_a_day_are_refused_one(self) -> None:
        # They were made by the latest policy, which may not be the one of the day.
        units = allocate_units({"97530": 20}, MEDICARE)
        assert refusal(InvalidInputError, lambda: build_claim(units, date_of_service=DAY)) == (
            "a claim is of a day: give date_of_service when the units are made"
        )

    def test_units_of_a_day_are_refused_another_one(self) -> None:
        units = allocate_units({"97530": 20}, MEDICARE, date_of_service=DAY)
        assert refusal(
            InvalidInputError, lambda: build_claim(units, date_of_service="2026-03-03")
        ) == ("the units are of 2026-03-02, not of 2026-03-03")

    def test_a_day_that_the_payer_does_not_know_is_refused(self) -> None:
        day = session(TimedService("97530", 20), day="2000-03-31")
        assert refusal(NotPublishedError, lambda: build_claim(day, MEDICARE)) == (
            "medicare's policy is known from 2000-04-01 through 2026-12-31, not on 2000-03-31"
        )

    @pytest.mark.parametrize(
        ("setting", "shown"),
        [("Rosa Invented", "a text of 13 characters"), (5, "5")],
    )
    def test_a_setting_that_is_none_is_refused(self, setting: Any, shown: str) -> None:  # noqa: ANN401
        day = session(TimedService("97530", 20))
        assert refusal(
            InvalidInputError, lambda: build_claim(day, MEDICARE, setting=setting)
        ).endswith(f", got {shown}")


class TestCharges:
    def test_a_code_with_two_charges_is_refused(self) -> None:
        charges: Charges = {"97110": 60, " 97110": 61}
        day = session(TimedService("97110", 20))
        assert refusal(InvalidInputError, lambda: build_claim(day, MEDICARE, charges=charges)) == (
            "charges names 97110 twice: name each code once"
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
        ) == ("charges has none for 97530: give one for every billed code, or none at all")
        assert refusal(InvalidInputError, lambda: build_claim(day, MEDICARE, charges={})) == (
            "charges has none for 97110: give one for every billed code, or none at all"
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
                    "code must be five characters such as '97530' or 'G0283', got a text of 13 "
                    "characters"
                ),
            ),
            (
                {"97110": 6.5},
                "charges, 97110, is a Decimal, a text or an int, not 6.5: write '40.42'",
            ),
            (
                {"97110": 0},
                "charges, 97110, is above zero, not 0; leave a code without a price out",
            ),
        ],
    )
    def test_charges_that_are_none_are_refused(
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
        assert told(claim) == [("97110", plain, 1), ("97110", assistant, 1)]
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

    def test_speech_has_no_assistant_modifier(self) -> None:
        day = session(by("assistant", "97533", 15), by("assistant", "97129", 15), discipline="SLP")
        claim = build_claim(day, MEDICARE)
        assert told(claim) == [("97533", "GN", 1), ("97129", "GN", 1)]
        assert claim.assistants == ()

    def test_minutes_without_a_plan_of_care_have_none(self) -> None:
        claim = build_claim({"97110": 30}, MEDICARE, date_of_service=DAY)
        assert (claim.assistants, told(claim)) == ((), [("97110", "", 2)])

    def test_minutes_together_are_the_therapists_and_are_told(self) -> None:
        day = session(by("together", "97112", 20), by("assistant", "97112", 10))
        claim = build_claim(day, MEDICARE)
        assert told(claim) == [("97112", "GP", 1), ("97112", "GP CQ", 1)]
        (share,) = claim.assistants
        assert (share.therapist_minutes, share.assistant_minutes, share.together_minutes) == (
            20,
            10,
            20,
        )
        assert (share.therapist_whole, share.assistant_whole) == (1, 0)

    def test_a_code_of_the_therapist_alone_beside_it_is_left_alone(self) -> None:
        day = session(by("therapist", "97140", 30), by("assistant", "97110", 15))
        claim = build_claim(day, MEDICARE)
        assert told(claim) == [("97140", "GP", 2), ("97110", "GP CQ", 1)]
        assert [share.code for share in claim.assistants] == ["97110"]

    def test_a_code_with_no_unit_still_tells_its_share(self) -> None:
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
        # 8 and 7 minutes of one unit: since 2022 the therapist's eight minutes make it the therapist's.
        treated = session(by("therapist", "97110", 8), by("assistant", "97110", 7), day=day)
        claim = build_claim(treated, MEDICARE)
        assert told(claim) == [("97110", modifiers, 1)]
        assert [share.rule for share in claim.assistants] == ([] if rule is None else [rule])

    @pytest.mark.parametrize("setting", ["critical-access-hospital", "CAH"])
    def test_a_critical_access_hospital_has_none(self, setting: str) -> None:
        day = session(by("assistant", "97110", 15), UntimedService("97150", clinician="assistant"))
        claim = build_claim(day, MEDICARE, setting=setting)
        assert told(claim) == [("97110", "GP", 1), ("97150", "GP", 1)]
        assert claim.assistants == ()

    @pytest.mark.parametrize("setting", [Setting.NON_FACILITY, Setting.FACILITY, "office"])
    def test_other_settings_have_them(self, setting: Setting | str) -> None:
        claim = build_claim(session(by("assistant", "97110", 15)), MEDICARE, setting=setting)
        assert told(claim) == [("97110", "GP CQ", 1)]

    def test_a_payer_without_the_rule_has_none(self) -> None:
        claim = build_claim(session(by("assistant", "97110", 15)), CPT_MIDPOINT)
        assert told(claim) == [("97110", "GP", 1)]

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
            assert told(claim) == [("97150", modifiers, 1)]
            assert claim.assistants[0].arithmetic == arithmetic.value

    def test_the_de_minimis_part_is_a_number_of_law(self) -> None:
        part = Parameter(Decimal("0.50"), "fraction", Source("own", "", "", Verification.DERIVED))
        own = Timeline("own", ((None, part),), datetime.date(2026, 12, 31))
        day = session(
            UntimedService("97150", 10), UntimedService("97150", 10, clinician="assistant")
        )
        numbers = Parameters({"assistant_de_minimis": own})
        assert told(build_claim(day, MEDICARE, parameters=numbers)) == [("97150", "GP", 1)]
        assert told(build_claim(day, MEDICARE)) == [("97150", "GP CQ", 1)]

    def test_the_fewest_minutes_are_those_of_the_policy(self) -> None:
        day = session(by("therapist", "97110", 9), by("assistant", "97110", 6))
        policy = BY_DATE.with_changes(minimum_minutes=10)
        assert told(build_claim(day, MEDICARE)) == [("97110", "GP", 1)]
        assert told(build_claim(day, policy)) == [("97110", "GP CQ", 1)]

    def test_a_unit_that_a_cap_took_carries_nothing(self) -> None:
        policy = BY_DATE.with_changes(cap_per_code=2)
        day = session(by("therapist", "97110", 15), by("assistant", "97110", 30))
        assert told(build_claim(day, policy)) == [("97110", "GP", 1), ("97110", "GP CQ", 1)]
        none = BY_DATE.with_changes(cap_per_code=0)
        assert build_claim(day, none).lines == ()

    def test_the_same_code_is_split_in_each_discipline(self) -> None:
        day = [
            session(by("assistant", "97530", 15)),
            session(by("therapist", "97530", 15), discipline="OT"),
        ]
        assert told(build_claim(day, MEDICARE)) == [("97530", "GP CQ", 1), ("97530", "GO", 1)]


class TestUntimedCodes:
    @pytest.mark.parametrize(
        ("therapist", "assistant", "modifiers"),
        [(18, 2, "GP"), (17, 3, "GP CQ"), (0, 20, "GP CQ"), (20, 0, "GP")],
    )
    def test_more_than_a_tenth_of_its_minutes_makes_it_the_assistants(
        self, therapist: int, assistant: int, modifiers: str
    ) -> None:
        services = [
            UntimedService("97150", therapist),
            UntimedService("97150", assistant, clinician="assistant"),
        ]
        claim = build_claim(session(*services), MEDICARE)
        assert told(claim) == [("97150", modifiers, 1)]
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
    def test_without_documented_minutes_any_part_makes_it_the_assistants(
        self, services: list[Service]
    ) -> None:
        claim = build_claim(session(*services), MEDICARE)
        assert told(claim) == [("97150", "GP CQ", 1)]
        (share,) = claim.assistants
        assert (share.therapist_minutes, share.assistant_minutes) == (None, None)
        assert (share.together_minutes, share.left_with) == (0, 1)

    def test_given_by_the_assistant_alone_it_carries_it_even_with_no_minute_documented(
        self,
    ) -> None:
        claim = build_claim(session(UntimedService("97150", 0, clinician="assistant")), MEDICARE)
        assert told(claim) == [("97150", "GP CQ", 1)]

    def test_the_therapist_and_both_together_make_it_the_therapists(self) -> None:
        services = [UntimedService("97150"), UntimedService("97150", clinician="together")]
        claim = build_claim(session(*services), MEDICARE)
        assert told(claim) == [("97150", "GP", 1)]
        assert claim.assistants[0].units_with == 0

    def test_every_area_of_it_carries_the_modifier_or_none(self) -> None:
        services = [
            UntimedService("97597", 30),
            UntimedService("97598", 10, units=2),
            UntimedService("97598", 10, units=1, clinician="assistant"),
        ]
        assert told(build_claim(session(*services), MEDICARE)) == [
            ("97597", "GP", 1),
            ("97598", "GP CQ", 3),
        ]

    @pytest.mark.parametrize(
        ("code", "modifiers"),
        [("98976", "GP"), ("98977", "GP"), ("98975", "GP CQ"), ("98980", "GP CQ")],
    )
    def test_a_supply_of_a_device_never_carries_it(self, code: str, modifiers: str) -> None:
        claim = build_claim(session(UntimedService(code, clinician="assistant")), MEDICARE)
        assert told(claim) == [(code, modifiers, 1)]
        assert len(claim.assistants) == (modifiers == "GP CQ")


class TestFamilies:
    """97129 with 97130 are quarters; 97550 begins with half an hour."""

    @pytest.mark.parametrize(
        ("services", "expected"),
        [
            # All by the assistant.
            ([("assistant", "97129", 38)], [("97129", "GO CO", 1), ("97130", "GO CO", 2)]),
            # The therapist under the first code, the assistant under the add-on.
            (
                [("therapist", "97129", 15), ("assistant", "97130", 23)],
                [("97129", "GO", 1), ("97130", "GO CO", 2)],
            ),
            # The other way round.
            (
                [("assistant", "97129", 15), ("therapist", "97130", 23)],
                [("97129", "GO CO", 1), ("97130", "GO", 2)],
            ),
            # Both under the first code: the assistant took part in it.
            (
                [("therapist", "97129", 15), ("assistant", "97129", 23)],
                [("97129", "GO CO", 1), ("97130", "GO", 1), ("97130", "GO CO", 1)],
            ),
            # A tenth of the first code's minutes is no part of it, but the add-on's units are all
            # the assistant's.
            (
                [
                    ("therapist", "97129", 18),
                    ("assistant", "97129", 2),
                    ("assistant", "97130", 18),
                ],
                [("97129", "GO", 1), ("97130", "GO CO", 2)],
            ),
            # More units with the modifier than the add-on has.
            (
                [("therapist", "97129", 7), ("assistant", "97130", 38)],
                [("97129", "GO CO", 1), ("97130", "GO CO", 2)],
            ),
            # One unit alone, with and without the modifier, documented under either code.
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
        assert told(claim) == expected
        (share,) = claim.assistants
        assert share.code == "97129"
        assert share.units_with == sum(n for _, mods, n in expected if mods == "GO CO")
        assert share.units_without == sum(n for _, mods, n in expected if mods == "GO")

    def test_a_cap_on_the_add_on_leaves_the_first_unit(self) -> None:
        policy = BY_DATE.with_changes(cap_per_code={"97130": 0})
        day = session(by("assistant", "97129", 38), discipline="OT")
        assert told(build_claim(day, policy)) == [("97129", "GO CO", 1)]

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
        assert told(claim) == expected
        (share,) = claim.assistants
        assert (share.therapist_whole, share.assistant_whole) == (0, 0)
        assert share.left_with + share.left_without == 3

    def test_a_code_of_an_hour_is_one_service(self) -> None:
        for assistant, modifiers in ((6, "GP"), (7, "GP CQ")):
            day = session(
                by("therapist", "96125", 60 - assistant), by("assistant", "96125", assistant)
            )
            assert told(build_claim(day, MEDICARE)) == [("96125", modifiers, 1)]

    def test_under_the_rule_of_2020_too(self) -> None:
        policy = BY_DATE.with_changes(assistants=AssistantRule.UNITS_2020)
        day = session(by("therapist", "97129", 28), by("assistant", "97129", 10), discipline="OT")
        claim = build_claim(day, policy)
        assert told(claim) == [
            ("97129", "GO CO", 1),
            ("97130", "GO", 1),
            ("97130", "GO CO", 1),
        ]


def test_no_claim_depends_on_a_payer_of_the_library() -> None:
    policy = Policy(UnitMethod.CPT_MIDPOINT).with_changes(assistants=AssistantRule.UNITS_2022)
    day = session(by("assistant", "97110", 8), by("therapist", "97530", 8))
    assert told(build_claim(day, policy)) == [("97110", "GP CQ", 1), ("97530", "GP", 1)]


class TestSeveralCodesAndPlans:
    def test_every_code_of_an_assistant_keeps_its_split(self) -> None:
        pt = session(by("assistant", "97110", 15), by("assistant", "97140", 15))
        ot = session(by("assistant", "97530", 15), discipline="OT")
        claim = build_claim([pt, ot], MEDICARE)
        assert told(claim) == [
            ("97110", "GP CQ", 1),
            ("97140", "GP CQ", 1),
            ("97530", "GO CO", 1),
        ]
        assert [share.code for share in claim.assistants] == ["97110", "97140", "97530"]

    def test_minutes_together_are_no_minute_of_the_assistants(self) -> None:
        claim = build_claim(session(by("together", "97110", 8)), MEDICARE)
        (share,) = claim.assistants
        assert (share.therapist_minutes, share.assistant_minutes) == (8, 0)
        assert (share.together_minutes, share.units_with) == (8, 0)

    def test_an_add_on_that_took_no_unit_has_none_to_carry_it(self) -> None:
        day = session(by("therapist", "97129", 8), by("assistant", "97130", 3), discipline="OT")
        assert told(build_claim(day, MEDICARE)) == [("97129", "GO", 1)]

    def test_a_first_unit_given_together_leaves_the_modifier_to_the_add_on(self) -> None:
        day = session(by("together", "97129", 8), by("assistant", "97130", 15), discipline="OT")
        assert told(build_claim(day, MEDICARE)) == [("97129", "GO", 1), ("97130", "GO CO", 1)]


class TestAttestations:
    LINES = (
        ClaimLine("97530", 1, ("GP",), Decimal("60.00")),
        ClaimLine("97116", 1, ("GP",), Decimal("50.00")),
        ClaimLine("97116", 1, ("GP", "CQ"), Decimal("50.00")),
    )

    def test_nothing_is_attested_unless_it_is_told(self) -> None:
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

    def test_a_code_is_attested_by_one_modifier(self) -> None:
        same = parse_attestations([("XU", "97116"), ("XU", "97116")])
        assert same.distinct == {"97116": "XU"}
        assert refusal(
            InvalidInputError, lambda: parse_attestations([("XU", "97116"), ("59", "97116")])
        ) == ("97116 is attested by XU and by 59: give one")

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (
                "KX",
                "attestations is a sequence such as ['KX', ('XU', '97116')], not a text of 2 characters",
            ),
            (5, "attestations is a sequence such as ['KX', ('XU', '97116')], not 5"),
            (
                ["XU"],
                "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not a text of 2 characters",
            ),
            (
                [("76", "97116")],
                "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), not a tuple",
            ),
            (
                [("XU", "9711")],
                "code must be five characters such as '97530' or 'G0283', got '9711'",
            ),
            (
                [("KX", "chiropractic")],
                "attestations[0] must be PT, OT, or SLP, got a text of 12 characters",
            ),
        ],
    )
    def test_what_is_no_attestation_is_refused(self, given: object, message: str) -> None:
        wrong: Any = given
        assert refusal(InvalidInputError, lambda: parse_attestations(wrong)) == message

    def test_lines_without_an_attestation_stay(self) -> None:
        assert with_distinct(self.LINES, parse_attestations(["KX"])) == list(self.LINES)

    def test_every_line_of_an_attested_code_carries_the_modifier_last(self) -> None:
        lines = with_distinct(self.LINES, parse_attestations([("XU", "97116")]))
        assert [line.modifiers for line in lines] == [("GP",), ("GP", "XU"), ("GP", "CQ", "XU")]
        assert [line.units for line in lines] == [1, 1, 1]
        assert [line.charge for line in lines] == [line.charge for line in self.LINES]

    def test_a_line_that_tells_a_distinct_service_keeps_what_it_tells(self) -> None:
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

    def test_a_day_without_a_line_of_the_attested_code_is_billed_and_tells_it(self) -> None:
        day = session(TimedService("97530", 15), TimedService("97116", 7))
        fees = FeeSchedule.from_rates({"97530": 40, "97116": 30})
        plain = bill_day(day, MEDICARE, fees)
        billed = bill_day(day, MEDICARE, fees, attestations=[("XU", "97116")])
        assert billed.lines == plain.lines
        assert billed.remarks == ("XU is attested for 97116, which is on no line", *plain.remarks)
