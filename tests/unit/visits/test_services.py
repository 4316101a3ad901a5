"""Services: valid and invalid values, and what displays show."""

from __future__ import annotations

import datetime
import json
import pickle
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, cast

import attrs
import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from tests.unit.visits.services_for_tests import DAY, NAME, NEW_YORK, NINE, SHOWN_NAME, Count, at
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Allocation,
    Claim,
    ClaimLine,
    Clinician,
    FeeSchedule,
    InvalidInputError,
    Policy,
    PricedDay,
    PricedLine,
    Session,
    TimedService,
    UnitMethod,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    load_codes,
    price_day,
)
from therapy_billing.pricing import KxState
from therapy_billing.units import DisciplineUnits
from therapy_billing.visits.services import clocked_minutes, service

UNTYPED_NAME: Any = NAME
RATES = FeeSchedule.from_rates({"97530": "40.42"})
A_CLAIM = Claim(DAY, [ClaimLine("97530", 1, ("GP",))])
WHOLE_NUMBER = (
    "minutes must be a whole number, got {}; round partial minutes down, or give start and end"
)


class TestMinutes:
    @pytest.mark.parametrize("minutes", [0, 1, 1439, 1440])
    def test_whole_minutes_of_a_day_are_taken(self, minutes: int) -> None:
        assert TimedService("97530", minutes).minutes == minutes
        assert UntimedService("97161", minutes).minutes == minutes

    @pytest.mark.parametrize(
        ("minutes", "shown"),
        [(-1, "-1"), (1441, "1441"), (10**9, "a number above 99999")],
    )
    def test_minutes_beyond_a_day_or_below_zero_are_refused(self, minutes: int, shown: str) -> None:
        message = f"minutes must be from 0 to 1440, got {shown}"
        assert refusal(InvalidInputError, lambda: TimedService("97530", minutes)) == message
        assert refusal(InvalidInputError, lambda: UntimedService("97161", minutes)) == message

    @pytest.mark.parametrize(
        ("minutes", "shown"),
        [
            (True, "True"),
            (False, "False"),
            (7.5, "7.5"),
            (Decimal(8), "8"),
            (NAME, SHOWN_NAME),
            ([20], "a list"),
            (Decimal("NaN"), "NaN (a missing value)"),
            (float("nan"), "NaN (a missing value)"),
        ],
    )
    def test_anything_but_a_whole_number_is_refused(self, minutes: object, shown: str) -> None:
        given_minutes = cast("int", minutes)
        message = WHOLE_NUMBER.format(shown)
        assert refusal(InvalidInputError, lambda: TimedService("97530", given_minutes)) == message
        assert refusal(InvalidInputError, lambda: UntimedService("97161", given_minutes)) == message

    def test_a_number_as_text_is_refused_with_what_to_write(self) -> None:
        minutes = cast("int", "20")
        assert refusal(InvalidInputError, lambda: TimedService("97530", minutes)) == (
            "minutes must be a whole number, got '20': use int('20')"
        )

    def test_a_float_without_a_fraction_becomes_an_int(self) -> None:
        service = TimedService("97530", cast("int", 23.0))
        assert (service.minutes, type(service.minutes)) == (23, int)

    def test_a_whole_number_of_another_library_becomes_an_int(self) -> None:
        service = TimedService("97530", Count(23))
        assert (service.minutes, type(service.minutes)) == (23, int)
        assert UntimedService("97161", Count(35)).minutes == 35
        assert refusal(InvalidInputError, lambda: TimedService("97530", Count(1441))) == (
            "minutes must be from 0 to 1440, got 1441"
        )

    def test_a_timed_service_without_any_time_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: TimedService("97530")) == (
            "code 97530 is timed: give minutes, or start and end"
        )


class TestClockTimes:
    def test_texts_and_datetimes_are_the_same_clock(self) -> None:
        texts = TimedService("97530", start="2026-03-02 09:00", end="3/2/2026 9:23 AM")
        moments = TimedService("97530", start=NINE, end=NINE.replace(minute=23))
        assert texts == moments
        assert (texts.minutes, texts.start) == (23, NINE)

    @pytest.mark.parametrize(
        ("end", "minutes", "seconds"),
        [
            ("09:00:00", 0, 0),
            ("09:00:59", 0, 59),
            ("09:01:00", 1, 0),
            ("09:22:59", 22, 59),
            ("09:23:00", 23, 0),
            ("09:23:00.900000", 23, 0),
        ],
    )
    def test_seconds_beyond_whole_minutes_are_floored(
        self, end: str, minutes: int, seconds: int
    ) -> None:
        service = TimedService("97530", start=NINE, end=f"2026-03-02 {end}")
        assert (service.minutes, service.floored_seconds) == (minutes, seconds)

    def test_a_service_without_clock_times_has_no_seconds(self) -> None:
        assert TimedService("97530", 20).floored_seconds == 0

    def test_minutes_that_agree_with_the_clock_are_taken_and_others_refused(self) -> None:
        end = "2026-03-02 09:23:59"
        assert TimedService("97530", 23, start=NINE, end=end).minutes == 23
        for minutes in (22, 24):
            assert refusal(
                InvalidInputError, partial(TimedService, "97530", minutes, start=NINE, end=end)
            ) == (
                f"minutes is {minutes}, but start to end is 23 whole minutes: correct one of them"
            )

    def test_start_without_end_is_refused_and_end_without_start(self) -> None:
        message = "give both start and end, or neither"
        assert refusal(InvalidInputError, lambda: TimedService("97530", start=NINE)) == message
        assert refusal(InvalidInputError, lambda: TimedService("97530", 5, end=NINE)) == message

    def test_an_end_before_its_start_is_refused(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: TimedService("97530", start=NINE, end="2026-03-02 08:59:59"),
        )
        assert (
            message
            == "end is before start: if the service ended after midnight, give end with the next day's date"
        )

    def test_a_service_may_cross_midnight_and_last_a_day_at_most(self) -> None:
        over = TimedService("97530", start="2026-03-02 23:50", end="2026-03-03 00:13")
        assert over.minutes == 23
        assert TimedService("97530", start=NINE, end="2026-03-03 09:00").minutes == 1440
        message = refusal(
            InvalidInputError,
            lambda: TimedService("97530", start=NINE, end="2026-03-03 09:00:01"),
        )
        assert message == "end is more than a day after start: check both dates"

    def test_minutes_that_passed_count_when_clocks_go_forward(self) -> None:
        service = TimedService("97530", start=at("2026-03-08 01:45"), end=at("2026-03-08 03:15"))
        assert service.minutes == 30

    def test_minutes_that_passed_count_when_clocks_go_back(self) -> None:
        start, end = at("2026-11-01 00:45"), at("2026-11-01 02:15")
        assert TimedService("97530", start=start, end=end).minutes == 150

    def test_the_repeated_hour_is_distinguished_by_its_fold(self) -> None:
        first = at("2026-11-01 01:50")
        second = tz.enfold(at("2026-11-01 01:10"), fold=1)
        assert TimedService("97530", start=first, end=second).minutes == 20
        unfolded = at("2026-11-01 01:10")
        message = refusal(
            InvalidInputError, lambda: TimedService("97530", start=first, end=unfolded)
        )
        assert (
            message
            == "end is before start: if the service ended after midnight, give end with the next day's date"
        )

    def test_a_clock_time_that_the_change_skips_is_refused(self) -> None:
        before, after = at("2026-03-08 01:59"), at("2026-03-08 03:00")
        assert TimedService("97530", start=before, end=after).minutes == 1
        for skipped in ("2026-03-08 02:00", "2026-03-08 02:30", "2026-03-08 02:59"):
            message = "{} does not exist that night: the change to daylight saving time skips it"
            assert refusal(
                InvalidInputError, partial(TimedService, "97530", start=at(skipped), end=after)
            ) == message.format("start")
            assert refusal(
                InvalidInputError, partial(TimedService, "97530", start=before, end=at(skipped))
            ) == message.format("end")

    def test_moments_of_two_zones_are_compared_as_they_passed(self) -> None:
        chicago = tz.gettz("America/Chicago")
        start, end = at("2026-03-02 10:00"), at("2026-03-02 09:23", chicago)
        assert TimedService("97530", start=start, end=end).minutes == 23

    def test_a_moment_with_a_zone_and_one_without_are_refused(self) -> None:
        message = "start and end must both have a time zone, or neither"
        aware = at("2026-03-02 09:00")
        naive = NINE.replace(minute=20)
        assert (
            refusal(InvalidInputError, lambda: TimedService("97530", start=aware, end=naive))
            == message
        )
        assert (
            refusal(InvalidInputError, lambda: TimedService("97530", start=naive, end=aware))
            == message
        )

    def test_a_clock_time_without_its_day_is_refused(self) -> None:
        message = refusal(
            InvalidInputError, lambda: TimedService("97530", start="09:00", end="09:20")
        )
        assert message == ("start must be a date and time such as 2026-03-02 09:05, got '09:00'")

    def test_a_name_given_as_a_clock_time_is_not_shown(self) -> None:
        start = refusal(InvalidInputError, lambda: TimedService("97530", start=NAME, end=NINE))
        end = refusal(InvalidInputError, lambda: TimedService("97530", start=NINE, end=NAME))
        example = f"must be a date and time such as 2026-03-02 09:05, got {SHOWN_NAME}"
        assert (start, end) == (f"start {example}", f"end {example}")

    def test_a_zone_by_its_name_is_refused(self) -> None:
        message = refusal(
            InvalidInputError,
            lambda: TimedService("97530", start="2026-03-02 9:00 AM EST", end=NINE),
        )
        assert message == "write the time zone as a UTC offset such as -05:00, not as a name"

    @given(
        start=st.datetimes(datetime.datetime(2026, 3, 7), datetime.datetime(2026, 3, 9)),  # noqa: DTZ001
        seconds=st.integers(0, 86_400),
    )
    def test_whole_minutes_and_floored_seconds_are_the_seconds_that_passed(
        self, start: datetime.datetime, seconds: int
    ) -> None:
        began = start.replace(tzinfo=datetime.UTC).astimezone(NEW_YORK)
        ended = (began.astimezone(datetime.UTC) + datetime.timedelta(seconds=seconds)).astimezone(
            NEW_YORK
        )
        service = TimedService("97530", start=began, end=ended)
        assert service.minutes * 60 + service.floored_seconds == seconds
        assert 0 <= service.floored_seconds < 60

    def test_start_and_end_alone_give_the_minutes(self) -> None:
        assert clocked_minutes(None, None, None) is None
        assert clocked_minutes(7, None, None) == 7
        assert clocked_minutes(None, NINE, NINE.replace(minute=7)) == 7


class TestTimedService:
    def test_a_service_reads_its_code_and_clinician(self) -> None:
        service = TimedService(" g0237 ", 10, clinician=" Assistant ")
        assert (service.code, service.clinician) == ("G0237", Clinician.ASSISTANT)
        assert TimedService("97530", 10).clinician is Clinician.THERAPIST

    def test_a_clinician_by_name_is_refused_and_not_shown(self) -> None:
        message = (
            "clinician must be therapist, assistant, together, student, aide, athletic-trainer, "
            f"clinical-fellow, or physician, got {SHOWN_NAME}"
        )
        assert (
            refusal(InvalidInputError, lambda: TimedService("97530", 10, clinician=NAME)) == message
        )
        assert (
            refusal(InvalidInputError, lambda: UntimedService("97161", clinician=NAME)) == message
        )

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("97161", "code 97161 is untimed: record UntimedService('97161')"),
            (
                "97014",
                (
                    "code 97014 is untimed: record UntimedService('97014'); "
                    "Medicare requires G0283 instead"
                ),
            ),
            (
                "97127",
                (
                    "code 97127 is untimed: record UntimedService('97127'); "
                    "Medicare requires G0515 instead; 97127 is valid through 2019-12-31; use 97129 or 97130 "
                    "after that date"
                ),
            ),
            (
                "97002",
                (
                    "code 97002 is untimed: record UntimedService('97002'); "
                    "97002 is valid through 2016-12-31; use 97164 after that date"
                ),
            ),
            ("97597", "code 97597 is untimed: record UntimedService('97597')"),
            (
                "98980",
                (
                    "code 98980 is billed by the minutes of a calendar month: add them up, "
                    "then record UntimedService('98980') once"
                ),
            ),
            ("12345", "code '12345' is not in the data: add it with use_data or --codes"),
            (
                NAME,
                f"code must be five characters such as '97530' or 'G0283', got {SHOWN_NAME}",
            ),
            (
                cast("str", 9753),
                "code must be five characters such as '97530' or 'G0283', got 9753",
            ),
        ],
    )
    def test_a_code_that_is_not_timed_is_refused(self, code: str, message: str) -> None:
        assert refusal(InvalidInputError, lambda: TimedService(code, 20)) == message

    def test_displays_omit_activity_and_body_region(self) -> None:
        service = TimedService("97530", 20, activity=NAME, body_region="left Invented knee")
        assert (service.activity, service.body_region) == (NAME, "left Invented knee")
        shown = repr(service)
        assert shown == (
            "TimedService(code='97530', minutes=20, start=None, end=None, "
            "clinician=<Clinician.THERAPIST: 'therapist'>, modifiers=())"
        )
        day = Session(DAY, "PT", [service])
        result = allocate_units(day, MEDICARE)
        priced = bill_day(day, MEDICARE, FeeSchedule.medicare(DAY))
        for record in (day, result, priced):
            assert "Invented" not in repr(record)
        assert "Invented" not in result._repr_html_()
        assert "Invented" not in priced._repr_html_()
        assert "Invented" not in json.dumps([result.to_dict(), priced.to_dict()])

    def test_a_changed_copy_is_checked_again(self) -> None:
        service = TimedService("97530", 20, activity="transfers")
        assert attrs.evolve(service, minutes=21) == TimedService("97530", 21, activity="transfers")
        assert refusal(InvalidInputError, lambda: attrs.evolve(service, minutes=1441)) == (
            "minutes must be from 0 to 1440, got 1441"
        )
        clocked = TimedService("97530", start=NINE, end=NINE.replace(minute=20))
        assert refusal(InvalidInputError, lambda: attrs.evolve(clocked, minutes=21)) == (
            "minutes is 21, but start to end is 20 whole minutes: correct one of them"
        )
        assert attrs.evolve(clocked, start=None, end=None) == TimedService("97530", 20)

    def test_a_service_is_frozen(self) -> None:
        service = TimedService("97530", 20)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            service.minutes = 21  # type: ignore[misc]


class TestUntimedService:
    def test_it_has_one_unit_and_may_have_minutes(self) -> None:
        service = UntimedService("97161")
        assert (service.minutes, service.units) == (None, 1)
        assert repr(UntimedService("97161", 35)) == (
            "UntimedService(code='97161', minutes=35, units=1, start=None, end=None, "
            "clinician=<Clinician.THERAPIST: 'therapist'>, modifiers=())"
        )

    @pytest.mark.parametrize("code", ["97530", "97129", "97550", "96125"])
    def test_a_timed_code_is_refused(self, code: str) -> None:
        assert refusal(InvalidInputError, lambda: UntimedService(code, 20)) == (
            f"code {code} is timed: record TimedService('{code}', minutes=...)"
        )

    @pytest.mark.parametrize(
        ("units", "wanted"),
        [
            (0, "1 or more, got 0"),
            (-1, "1 or more, got -1"),
            (True, "a whole number, got True"),
            (1.5, "a whole number, got 1.5"),
            ("2", "a whole number, got '2': use int('2')"),
            (NAME, f"a whole number, got {SHOWN_NAME}"),
        ],
    )
    def test_units_below_one_or_not_whole_are_refused(self, units: object, wanted: str) -> None:
        message = refusal(
            InvalidInputError, lambda: UntimedService("97598", units=cast("int", units))
        )
        assert message == f"units must be {wanted}"

    @pytest.mark.parametrize("code", ["98979", "98980"])
    def test_a_month_has_one_first_unit(self, code: str) -> None:
        assert UntimedService(code, units=1).units == 1
        assert refusal(InvalidInputError, lambda: UntimedService(code, units=2)) == (
            f"code {code} is billed once a calendar month: units must be 1, got 2"
        )

    def test_only_areas_and_further_periods_have_several_units(self) -> None:
        assert UntimedService("97598", units=3).units == 3
        assert UntimedService("98981", units=2).units == 2
        assert UntimedService("97161", units=1).units == 1
        assert refusal(InvalidInputError, lambda: UntimedService("97161", units=2)) == (
            "code 97161 is billed once a day: units must be 1, got 2"
        )

    def test_a_code_that_is_not_known_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: UntimedService("12345")) == (
            "code '12345' is not in the data: add it with use_data or --codes"
        )

    def test_a_changed_copy_is_checked_again(self) -> None:
        service = UntimedService("97598", units=3, clinician="assistant")
        assert attrs.evolve(service, units=4).units == 4
        assert attrs.evolve(service, minutes=9).minutes == 9
        assert refusal(InvalidInputError, lambda: attrs.evolve(service, units=0)) == (
            "units must be 1 or more, got 0"
        )


def records() -> list[object]:
    """Return one record of each kind, all made by the library."""
    day = Session(
        DAY,
        "PT",
        [
            TimedService("97530", start=NINE, end=NINE.replace(minute=38)),
            TimedService("97110", 15, clinician="assistant"),
            UntimedService("97161"),
        ],
    )
    policy = MEDICARE.on(DAY).with_changes(cap_per_code={"97530": 2})
    fees = FeeSchedule.medicare(DAY)
    priced = bill_day(day, policy, fees, Accumulators(2026, 0, 2480), attestations=["KX"])
    (claim,) = priced.claims
    allocation = claim.allocation
    assert allocation is not None
    return [
        day,
        *day.services,
        policy,
        MEDICARE,
        priced,
        claim,
        *claim.lines,
        *claim.assistants,
        allocation,
        *allocation.disciplines,
        *allocation.capped_units,
        *allocation.disciplines[0].counted,
        *allocation.disciplines[0].assistants,
        *priced.lines,
        *[line.price for line in priced.lines],
        *[line.share for line in priced.lines],
        *priced.thresholds,
        priced.terms,
        priced.accumulators,
        load_codes()["97530"],
    ]


@pytest.mark.parametrize("record", records(), ids=lambda record: type(record).__name__)
def test_a_record_comes_back_from_a_pickle_equal_and_with_the_same_hash(record: object) -> None:
    again = pickle.loads(pickle.dumps(record))  # noqa: S301 - written one step before
    assert again == record
    assert again is not record
    assert hash(again) == hash(record)


def test_records_that_differ_in_one_value_are_unequal() -> None:
    assert TimedService("97530", 20) != TimedService("97530", 21)
    assert TimedService("97530", 20, activity="a") != TimedService("97530", 20, activity="b")
    assert UntimedService("97161") != UntimedService("97161", 0)
    assert len({TimedService("97530", 20), TimedService("97530", 20)}) == 1
    assert allocate_units({"97530": 20}, MEDICARE) == allocate_units({"97530": 20}, MEDICARE)
    assert allocate_units({"97530": 20}, MEDICARE) != allocate_units({"97530": 20}, CPT_MIDPOINT)


def test_callers_may_build_their_own_results() -> None:
    pool = DisciplineUnits(None, 1, (), (), (), (), (), None, 0, 0, 0)
    result = Allocation(
        None, "own", Policy(UnitMethod.FULL_QUARTER), ("97530",), ((2,),), (2,), (pool,), ()
    )
    assert result.units == {"97530": 2}
    claim = Claim(DAY, [ClaimLine("97530", 2)], result)
    line = PricedLine(claim.lines[0], None, "", (), Decimal("80.84"), None, KxState.NOT_NEEDED)
    assert (line.units, line.medicare_pays, str(line.mppr_reduction)) == (2, None, "0.00")
    day = PricedDay(
        claim.date_of_service,
        "own",
        (claim,),
        (line,),
        "own fees",
        terms=None,
        accumulators_before=None,
        accumulators=None,
        mppr=False,
        contract=None,
        thresholds=(),
        remarks=(),
    )
    assert (day.allowed, day.allocation) == (Decimal("80.84"), result)


@pytest.mark.parametrize(
    "call",
    [
        partial(TimedService, UNTYPED_NAME, 20),
        partial(TimedService, "97530", UNTYPED_NAME),
        partial(TimedService, "97530", 20, clinician=UNTYPED_NAME),
        partial(TimedService, "97530", start=UNTYPED_NAME, end=NINE),
        partial(TimedService, "97530", start=f"{UNTYPED_NAME} 2026-03-02 09:00", end=NINE),
        partial(TimedService, "97530", start=f"2026-03-02 09:00 {UNTYPED_NAME}", end=NINE),
        partial(UntimedService, UNTYPED_NAME),
        partial(UntimedService, "97161", UNTYPED_NAME),
        partial(UntimedService, "97161", units=UNTYPED_NAME),
        partial(UntimedService, "97161", clinician=UNTYPED_NAME),
        partial(Session, UNTYPED_NAME, "PT", [TimedService("97530", 20)]),
        partial(Session, f"March 2, 2026 {UNTYPED_NAME}", "PT", [TimedService("97530", 20)]),
        partial(Session, DAY, UNTYPED_NAME, [TimedService("97530", 20)]),
        partial(Session, DAY, "PT", [UNTYPED_NAME]),
        partial(Session, DAY, "PT", UNTYPED_NAME),
        partial(Session.from_minutes, {UNTYPED_NAME: 20}, date_of_service=DAY, discipline="PT"),
        partial(
            Session.from_minutes, {"97530": UNTYPED_NAME}, date_of_service=DAY, discipline="PT"
        ),
        partial(ClaimLine, UNTYPED_NAME, 1),
        partial(ClaimLine, "97530", UNTYPED_NAME),
        partial(ClaimLine, "97530", 1, UNTYPED_NAME),
        partial(ClaimLine, "97530", 1, [UNTYPED_NAME]),
        partial(ClaimLine, "97530", 1, (), UNTYPED_NAME),
        partial(Claim, UNTYPED_NAME, []),
        partial(Claim, DAY, [UNTYPED_NAME]),
        partial(Accumulators, UNTYPED_NAME),
        partial(Accumulators, 2026, UNTYPED_NAME),
        partial(Accumulators, 2026, 0, UNTYPED_NAME),
        partial(Accumulators, 2026, 0, 0, UNTYPED_NAME),
        partial(Accumulators.from_dict, {UNTYPED_NAME: UNTYPED_NAME}),
        partial(build_claim, UNTYPED_NAME, MEDICARE),
        partial(build_claim, {"97530": 20}, UNTYPED_NAME, date_of_service=DAY),
        partial(build_claim, {"97530": 20}, MEDICARE, date_of_service=UNTYPED_NAME),
        partial(build_claim, {"97530": 20}, MEDICARE, date_of_service=DAY, setting=UNTYPED_NAME),
        partial(
            build_claim,
            {"97530": 20},
            MEDICARE,
            date_of_service=DAY,
            charges={UNTYPED_NAME: 20},
        ),
        partial(
            build_claim,
            {"97530": 20},
            MEDICARE,
            date_of_service=DAY,
            charges={"97530": UNTYPED_NAME},
        ),
        partial(price_day, [UNTYPED_NAME], MEDICARE, RATES),
        partial(price_day, A_CLAIM, UNTYPED_NAME, RATES),
        partial(price_day, A_CLAIM, MEDICARE, RATES, attestations=UNTYPED_NAME),
        partial(price_day, A_CLAIM, MEDICARE, RATES, attestations=[UNTYPED_NAME]),
        partial(price_day, A_CLAIM, MEDICARE, RATES, attestations=[("KX", UNTYPED_NAME)]),
    ],
)
def test_a_name_in_any_argument_is_in_no_message(call: Callable[[], object]) -> None:
    message = refusal(InvalidInputError, call)
    assert "Rosa" not in message
    assert "Invented" not in message


class TestService:
    def test_the_code_decides_which_record_it_is(self) -> None:
        options: dict[str, Any] = {
            "start": at("2026-03-02 09:00"),
            "end": at("2026-03-02 09:23"),
            "clinician": "assistant",
            "body_region": "knee",
            "activity": "squats",
            "key": "row 7",
        }
        assert service(" 97110 ", 23, **options) == TimedService("97110", 23, **options)
        assert service("97035", **options) == TimedService("97035", **options)
        assert service("97161", 23, 1, **options) == UntimedService("97161", 23, **options)
        assert service("97161") == UntimedService("97161")

    def test_units_are_those_of_an_untimed_code(self) -> None:
        assert service("98981", units=2) == UntimedService("98981", units=2)

    @pytest.mark.parametrize("minutes", [None, 23])
    def test_a_timed_code_takes_no_units(self, minutes: int | None) -> None:
        assert refusal(InvalidInputError, lambda: service("97110", minutes, 2)) == (
            "code 97110 is timed, so its units come from its minutes: give minutes and leave units out"
        )

    @pytest.mark.parametrize("code", ["99213", "9711"])
    def test_other_refusals_are_those_of_the_records(self, code: str) -> None:
        expected = refusal(InvalidInputError, lambda: TimedService(code, 15))
        assert refusal(InvalidInputError, lambda: service(code, 15)) == expected
        assert refusal(InvalidInputError, lambda: service("97110")) == (
            "code 97110 is timed: give minutes, or start and end"
        )

    @pytest.mark.parametrize(
        "make", [partial(TimedService, "97110"), partial(UntimedService, "97161")]
    )
    def test_a_key_is_kept_and_not_shown(self, make: Callable[..., Any]) -> None:
        keyed = make(15, key="row 7")
        assert keyed.key == "row 7"
        assert keyed != make(15)
        assert "row 7" not in repr(keyed)
        assert refusal(InvalidInputError, lambda: make(15, key=12345)) == (
            "key must be a string that is not empty, got an int"
        )
