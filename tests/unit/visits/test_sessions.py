"""Sessions: codes, days, and minutes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import cast

import attrs
import pytest

from tests.refusals import refusal
from tests.unit.visits.services_for_tests import DAY, NAME, NINE, SHOWN_NAME, Count
from therapy_billing import (
    Discipline,
    InvalidInputError,
    NotPublishedError,
    Session,
    TimedService,
    UntimedService,
)
from therapy_billing.visits.services import timed_services


class TestSession:
    def test_a_session_reads_its_day_and_discipline(self) -> None:
        service = TimedService("97530", 20)
        session = Session("3/2/2026", " pt ", [service])
        assert session == Session(DAY, Discipline.PT, (service,))
        assert session.services == (service,)
        assert Session(DAY, "PT", (each for each in [service])).services == (service,)

    def test_its_minutes_and_seconds_add_up(self) -> None:
        session = Session(
            DAY,
            "PT",
            [
                TimedService("97530", start=NINE, end="2026-03-02 09:20:30"),
                TimedService("97110", start=NINE, end="2026-03-02 09:10:40"),
                TimedService("97112", 5),
                UntimedService("97161", 35),
                UntimedService("97150"),
            ],
        )
        assert (session.timed_minutes, session.treatment_minutes) == (35, 70)
        assert session.floored_seconds == 70

    @pytest.mark.parametrize(
        ("day", "code", "minutes", "message"),
        [
            (
                "2026-01-01",
                "98980",
                12,
                "98980 needs 20 or more minutes in the calendar month, got 12; 98979 needs 10 to 19",
            ),
            (
                "2026-01-01",
                "98980",
                0,
                "98980 needs 20 or more minutes in the calendar month, got 0; 98979 needs 10 to 19",
            ),
            (
                "2026-12-31",
                "98980",
                19,
                "98980 needs 20 or more minutes in the calendar month, got 19; 98979 needs 10 to 19",
            ),
            (
                "2025-12-31",
                "98980",
                19,
                "98980 needs 20 or more minutes in the calendar month, got 19",
            ),
            (
                "2026-03-02",
                "98979",
                9,
                "98979 needs 10 to 19 minutes in the calendar month, got 9; 98980 needs 20 or more",
            ),
            (
                "2026-03-02",
                "98979",
                20,
                "98979 needs 10 to 19 minutes in the calendar month, got 20; 98980 needs 20 or more",
            ),
        ],
    )
    def test_minutes_of_a_month_that_do_not_make_its_code_are_refused(
        self, day: str, code: str, minutes: int, message: str
    ) -> None:
        service = UntimedService(code, minutes)
        assert refusal(InvalidInputError, lambda: Session(day, "PT", [service])) == (
            f"code {message}"
        )

    @pytest.mark.parametrize(("minutes", "units"), [(0, 1), (1, 1), (19, 1), (39, 2), (59, 3)])
    def test_further_periods_of_a_month_need_their_own_minutes(
        self, minutes: int, units: int
    ) -> None:
        service = UntimedService("98981", minutes, units=units)
        assert refusal(InvalidInputError, lambda: Session(DAY, "PT", [service])) == (
            f"98981 x{units} needs at least {20 * units} minutes in the calendar month in addition to "
            f"the minutes of 98980; got {minutes} additional minute{'' if minutes == 1 else 's'}"
        )

    @pytest.mark.parametrize(
        ("code", "minutes", "units"),
        [
            ("98979", 10, 1),
            ("98979", 19, 1),
            ("98979", None, 1),
            ("98980", 20, 1),
            ("98980", 39, 1),
            ("98980", 45, 1),
            ("98980", None, 1),
            ("98981", 20, 1),
            ("98981", 40, 2),
            ("98981", None, 3),
        ],
    )
    def test_minutes_of_a_month_that_make_its_code_are_accepted(
        self, code: str, minutes: int | None, units: int
    ) -> None:
        service = UntimedService(code, minutes, units=units)
        assert Session(DAY, "PT", [service]).services == (service,)

    def test_a_session_without_a_service_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: Session(DAY, "PT", [])) == (
            "services must contain at least one service"
        )

    @pytest.mark.parametrize(
        ("service", "shown"),
        [
            ("97530", "'97530'"),
            (NAME, SHOWN_NAME),
            (("97530", 20), "a tuple"),
            (None, "None"),
        ],
    )
    def test_anything_but_services_is_refused(self, service: object, shown: str) -> None:
        services = cast("list[TimedService]", [TimedService("97530", 20), service])
        assert refusal(InvalidInputError, lambda: Session(DAY, "PT", services)) == (
            f"every item of services must be a TimedService or an UntimedService, got {shown}"
        )

    def test_names_given_as_date_or_discipline_are_not_shown(self) -> None:
        service = TimedService("97530", 20)
        assert refusal(InvalidInputError, lambda: Session(DAY, NAME, [service])) == (
            f"discipline must be PT, OT, or SLP, got {SHOWN_NAME}"
        )
        assert refusal(InvalidInputError, lambda: Session(NAME, "PT", [service])) == (
            f"date_of_service must be a date such as 2026-03-02 or 3/2/2026 (month first), got {SHOWN_NAME}"
        )

    def test_a_service_that_begins_on_another_day_is_refused(self) -> None:
        late = TimedService("97530", start="2026-03-02 23:50", end="2026-03-03 00:10")
        assert Session(DAY, "PT", [late]).timed_minutes == 20
        assert refusal(InvalidInputError, lambda: Session("2026-03-03", "PT", [late])) == (
            "97530 starts on a day other than the date of service, 2026-03-03"
        )

    def test_a_code_is_refused_before_its_first_day_and_after_its_last(self) -> None:
        assert Session("2020-01-01", "SLP", [TimedService("97129", 15)]).timed_minutes == 15
        early = partial(Session, "2019-12-31", "SLP", [TimedService("97129", 15)])
        assert refusal(InvalidInputError, early) == (
            "code 97129 begins on 2020-01-01: use 97127 or G0515 before then"
        )
        assert Session("2016-12-31", "PT", [UntimedService("97001")]).treatment_minutes == 0
        late = partial(Session, "2017-01-01", "PT", [UntimedService("97001")])
        assert refusal(InvalidInputError, late) == (
            "code 97001 ended on 2016-12-31: use 97161, 97162, or 97163"
        )
        unpublished = partial(Session, "2027-01-01", "PT", [TimedService("97530", 15)])
        assert refusal(NotPublishedError, unpublished) == (
            "codes are known through 2026-12-31, not on 2027-01-01"
        )

    def test_minutes_by_code_make_a_session_in_their_order(self) -> None:
        session = Session.from_minutes(
            {"97530": 20, "97112": Count(8)}, date_of_service="2026-03-02", discipline="PT"
        )
        assert session == Session(DAY, "PT", [TimedService("97530", 20), TimedService("97112", 8)])
        empty = partial(Session.from_minutes, {}, date_of_service=DAY, discipline="PT")
        assert refusal(InvalidInputError, empty) == "minutes must contain at least one code"

    def test_minutes_by_an_ended_code_name_its_successor_before_anything_else(self) -> None:
        ended = partial(
            Session.from_minutes, {"97127": 20}, date_of_service="2020-01-01", discipline="SLP"
        )
        assert refusal(InvalidInputError, ended) == (
            "code 97127 ended on 2019-12-31: use 97129 or 97130"
        )
        assert timed_services({" 97530 ": 5}, None) == (TimedService("97530", 5),)

    def test_a_changed_copy_is_checked_again(self) -> None:
        session = Session(DAY, "PT", [TimedService("97129", 20)])
        assert attrs.evolve(session, discipline="OT").discipline is Discipline.OT
        changed = partial(attrs.evolve, session, date_of_service=datetime.date(2019, 12, 31))
        assert refusal(InvalidInputError, changed) == (
            "code 97129 begins on 2020-01-01: use 97127 or G0515 before then"
        )

    def test_a_key_is_kept_and_not_shown(self) -> None:
        session = Session(DAY, "PT", [TimedService("97129", 20)], key="visit 7")
        assert session.key == "visit 7"
        assert attrs.evolve(session, discipline="OT").key == "visit 7"
        assert session != Session(DAY, "PT", session.services)
        assert "visit 7" not in repr(session)
        by_code = Session.from_minutes(
            {"97129": 20}, date_of_service=DAY, discipline="PT", key="visit 7"
        )
        assert by_code == session

    def test_an_empty_key_is_refused(self) -> None:
        empty = partial(Session, DAY, "PT", [TimedService("97129", 20)], key=" ")
        assert refusal(InvalidInputError, empty) == (
            "key must be a string that is not empty, got an empty string"
        )


class TestFields:
    @pytest.mark.parametrize(
        ("make", "field", "code"),
        [
            (lambda: Session("soon", "PT", [TimedService("97530", 15)]), "date_of_service", None),
            (lambda: Session(DAY, "PT", []), "services", None),
            (lambda: Session(DAY, "XX", [TimedService("97530", 15)]), "discipline", None),
            (
                lambda: Session(DAY, "PT", [TimedService("97530", 15), UntimedService("97001")]),
                "services[1].code",
                "97001",
            ),
            (
                lambda: Session(
                    DAY,
                    "PT",
                    [TimedService("97530", start="2026-03-03 9:00", end="2026-03-03 9:15")],
                ),
                "services[0].start",
                "97530",
            ),
            (
                lambda: Session(DAY, "PT", [UntimedService("98980", 19)]),
                "services[0].minutes",
                "98980",
            ),
            (
                lambda: Session.from_minutes({"97530": 7.5}, date_of_service=DAY, discipline="PT"),  # type: ignore[dict-item]
                "minutes",
                "97530",
            ),
            (lambda: TimedService("97161", 15), "code", "97161"),
            (lambda: TimedService("97530"), "minutes", "97530"),
            (lambda: TimedService("97530", 15, clinician="RN"), "clinician", None),
        ],
    )
    def test_an_error_carries_the_field_and_the_code(
        self, make: Callable[[], object], field: str, code: str | None
    ) -> None:
        with pytest.raises(InvalidInputError) as caught:
            make()
        assert (caught.value.field, caught.value.code) == (field, code)
