"""Treatment logs: every row is read, or reported by its line and column without its contents."""

from __future__ import annotations

import json
import tempfile
import tracemalloc
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.grids import for_each
from tests.unit.visits.logs import (
    DAY,
    HEADER,
    JSON_ROW,
    NAME,
    ROW,
    WriteLog,
    a_row,
    as_csv,
    bad_rows,
    one_of_97110,
    only_day,
    refusal,
)
from therapy_billing import (
    Clinician,
    Discipline,
    FileFormatError,
    InvalidInputError,
    Session,
    TimedService,
    TreatmentLog,
    UntimedService,
)
from therapy_billing.visits import LogDay
from therapy_billing.visits.log_columns import LOG_COLUMNS
from therapy_billing.visits.treatment_log import read_treatment_log

CLOCK_HINT = "start time, such as 09:05 or 9:05 AM, with or without a date"


def new_york() -> tzinfo:
    zone = tz.gettz("America/New_York")
    assert zone is not None
    return zone


# The cells


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (
            {"patient": ""},
            "column patient: empty; expected your own key for the patient (required)",
        ),
        (
            {"patient": "  "},
            "column patient: empty; expected your own key for the patient (required)",
        ),
        (
            {"date": ""},
            "column date: empty; expected date of service, such as 2026-03-02 or 3/2/2026 (required)",
        ),
        *(
            (
                {"date": text},
                "column date: not readable; expected date of service, such as 2026-03-02 or 3/2/2026 (required)",
            )
            for text in (
                "2026-02-29",
                "2/29/2026",
                "13/2/2026",
                "3/2/26",
                "20260302x",
                "2026-03-02 09:00",
                "2026-03",
                "yesterday",
                NAME,
            )
        ),
        ({"discipline": ""}, "column discipline: empty; expected PT, OT, or SLP (required)"),
        *(
            (
                {"discipline": text},
                "column discipline: not readable; expected PT, OT, or SLP (required)",
            )
            for text in ("physio", "GP", "PT OT", NAME)
        ),
        ({"code": ""}, "column code: empty; expected HCPCS or CPT code (required)"),
        *(
            ({"code": text}, "column code: not readable; expected HCPCS or CPT code (required)")
            for text in ("9711", "97110-GP", "97-10", NAME)
        ),
        (
            {"code": "9711O"},
            (
                "column code: not in the data: add it with use_data or --codes; "
                "did you mean 97110, 97112, or 97113?"
            ),
        ),
        ({"code": "99213"}, "column code: not in the data: add it with use_data or --codes"),
        *(
            (
                {"minutes": text},
                (
                    "column minutes: not readable; expected whole minutes (a timed code needs "
                    "minutes, or start and end)"
                ),
            )
            for text in ("20.5", "-5", "+5", "10000", "20 min", "1e1", "twenty", NAME)
        ),
        ({"minutes": "1441"}, "column minutes: minutes must be from 0 to 1440, got 1441"),
        ({"minutes": ""}, "column minutes: code 97110 is timed: give minutes, or start and end"),
        ({}, "column minutes: code 97110 is timed: give minutes, or start and end"),
        *(
            ({"start": text, "end": "09:30"}, f"column start: not readable; expected {CLOCK_HINT}")
            for text in ("noon", "0905", "9", NAME)
        ),
        (
            {"start": "25:00", "end": "09:30"},
            "column start: start must be a time such as 09:05, got '25:00'",
        ),
        (
            {"start": f"9:05 {NAME}", "end": "09:30"},
            f"column start: not readable; expected {CLOCK_HINT}",
        ),
        (
            {"start": "09:00", "end": "soon"},
            "column end: not readable; expected end time, in the same form as start",
        ),
        (
            {"start": "09:00", "end": "09:60"},
            "column end: end must be a time such as 09:05, got '09:60'",
        ),
        (
            {"start": "9:00 AM EST", "end": "9:30 AM"},
            "column start: write the time zone as a UTC offset such as -05:00, not as a name",
        ),
        ({"start": "09:00"}, "column end: give both start and end, or neither"),
        ({"end": "09:00"}, "column end: give both start and end, or neither"),
        (
            {"start": "09:30", "end": "09:00"},
            "column end: end is before start: if the service ended after midnight, give end with the next day's date",
        ),
        (
            {"start": "09:00", "end": "2026-03-03 09:01"},
            "column end: end is more than a day after start: check both dates",
        ),
        (
            {"start": "2026-03-03 09:00", "end": "2026-03-03 09:20"},
            "column start: starts on a day other than the date of service",
        ),
        (
            {"start": "2026-03-01 23:59", "end": "00:20"},
            "column start: starts on a day other than the date of service",
        ),
        (
            {"start": "2026-03-02T09:00-05:00", "end": "09:20"},
            "column end: start and end must both have a time zone, or neither",
        ),
        (
            {"minutes": "22", "start": "09:00", "end": "09:23"},
            "column end: minutes is 22, but start to end is 23 whole minutes: correct one of them",
        ),
        (
            {"minutes": "24", "start": "09:00", "end": "09:23:59"},
            "column end: minutes is 24, but start to end is 23 whole minutes: correct one of them",
        ),
        (
            {"minutes": "20", "units": "1"},
            "column units: code 97110 is timed, so its units come from its minutes; leave units empty",
        ),
        *(
            (
                {"code": "97161", "units": text},
                (
                    "column units: not readable; expected units of an untimed code billed by area, "
                    "cast, form, or month (1 if empty)"
                ),
            )
            for text in ("one", "1.5", "-1", NAME)
        ),
        (
            {"code": "97161", "units": "0"},
            "column units: units must be 1 or more, got 0",
        ),
        (
            {"code": "97161", "units": "2"},
            "column units: code 97161 is billed once a day: units must be 1, got 2",
        ),
        (
            {"code": "98980", "minutes": "12"},
            (
                "column minutes: code 98980 needs 20 or more minutes in the calendar month, got 12; "
                "98979 needs 10 to 19"
            ),
        ),
        (
            {"code": "98981", "start": "09:00", "end": "09:39", "units": "2"},
            (
                "column end: 98981 x2 needs at least 40 minutes in the calendar month in addition to the "
                "minutes of 98980; got 39 additional minutes"
            ),
        ),
        (
            {"code": "97161", "minutes": "x"},
            (
                "column minutes: not readable; expected whole minutes (a timed code needs minutes, "
                "or start and end)"
            ),
        ),
        (
            {"code": "97161", "start": "09:00", "end": "08:00"},
            "column end: end is before start: if the service ended after midnight, give end with the next day's date",
        ),
        (
            {"code": "97161", "minutes": "30", "start": "09:00", "end": "09:35"},
            "column end: minutes is 30, but start to end is 35 whole minutes: correct one of them",
        ),
        ({"code": "97161", "start": "09:00"}, "column end: give both start and end, or neither"),
        *(
            (
                {"minutes": "20", "clinician": text},
                (
                    "column clinician: not readable; expected therapist, assistant, together, student, aide, "
                    "athletic-trainer, clinical-fellow, or physician (therapist if empty)"
                ),
            )
            for text in ("RN", NAME)
        ),
    ],
)
def test_a_bad_cell_is_refused_with_the_expected_contents(
    write_log: WriteLog, cells: dict[str, str], reason: str
) -> None:
    path = write_log(as_csv(a_row(minutes="20"), a_row(**cells)))
    assert bad_rows(path) == [f"line 3, {reason}"]


def test_too_many_minutes_of_an_untimed_code_name_the_column_minutes(
    write_log: WriteLog,
) -> None:
    path = write_log(as_csv(a_row(code="97161", minutes="1441")))
    assert bad_rows(path) == ["line 2, column minutes: minutes must be from 0 to 1440, got 1441"]


@pytest.mark.parametrize("minutes", [0, 1, 1440])
@pytest.mark.parametrize("code", ["97110", "97161"])
def test_the_minutes_of_a_whole_day_are_accepted(
    write_log: WriteLog, code: str, minutes: int
) -> None:
    path = write_log(as_csv(a_row(code=code, minutes=str(minutes))))
    assert only_day(path).sessions[0].treatment_minutes == minutes


@pytest.mark.parametrize(
    ("start", "end", "minutes", "seconds"),
    [
        ("09:00", "09:23", 23, 0),
        ("9:00", "9:23", 23, 0),
        ("09:00:00", "09:07:59", 7, 59),
        ("09:00:30", "09:08:30", 8, 0),
        ("09:00", "09:00", 0, 0),
        ("9:05 AM", "9:25 AM", 20, 0),
        ("11:50 am", "12:10 pm", 20, 0),
        ("11:50 a.m.", "12:10 p.m.", 20, 0),
        ("12:05 AM", "12:25 AM", 20, 0),
        ("9 am", "9:20 AM", 20, 0),
        ("2026-03-02 09:00", "2026-03-02 09:20", 20, 0),
        ("2026-03-02T09:00:00", "2026-03-02T09:20:10", 20, 10),
        ("3/2/2026 9:05 AM", "3/2/2026 9:25 AM", 20, 0),
        ("2026-03-02 09:00-05:00", "2026-03-02 09:00-06:00", 60, 0),
        ("23:50", "2026-03-03 00:10", 20, 0),
        ("00:00", "2026-03-03 00:00", 1440, 0),
    ],
)
def test_start_and_end_make_whole_minutes(
    write_log: WriteLog, start: str, end: str, minutes: int, seconds: int
) -> None:
    (session,) = only_day(write_log(as_csv(a_row(start=start, end=end)))).sessions
    assert (session.timed_minutes, session.floored_seconds) == (minutes, seconds)


def test_minutes_that_agree_with_start_and_end_change_nothing(write_log: WriteLog) -> None:
    cells = {"start": "09:00", "end": "09:23:59"}
    alone = only_day(write_log(as_csv(a_row(**cells))))
    together = only_day(write_log(as_csv(a_row(minutes="23", **cells))))
    assert alone == together


def test_start_and_end_of_an_untimed_code_give_its_minutes(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(code="97161", start="09:00", end="09:35")))
    clocked = UntimedService("97161", start="2026-03-02 09:00", end="2026-03-02 09:35")
    assert only_day(path).sessions[0].services == (clocked,)
    assert clocked.minutes == 35


@pytest.mark.parametrize("cell", ["95 RT", " rt, 95", "95,RT"])
def test_a_row_may_have_modifiers_of_its_own(write_log: WriteLog, cell: str) -> None:
    rows = (a_row(minutes="20", modifiers=cell), a_row(code="97161", modifiers="95"))
    log = read_treatment_log(write_log(as_csv(*rows)))
    first, second = log.days[0].sessions[0].services
    assert set(first.modifiers) == {"95", "RT"}
    assert second.modifiers == ("95",)


def test_a_row_keeps_the_key_of_the_person_who_treated(write_log: WriteLog) -> None:
    rows = (a_row(minutes="20", treated_by="T-1"), a_row(minutes="20"))
    log = read_treatment_log(write_log(as_csv(*rows)))
    services = log.days[0].sessions[0].services
    assert [service.treated_by for service in services] == ["T-1", None]
    assert "T-1" not in repr(services)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (
            "950",
            "not readable; expected other modifiers of the service, such as 95 or GA RT, separated by spaces",
        ),
        (
            "95 95",
            "not readable; expected other modifiers of the service, such as 95 or GA RT, separated by spaces",
        ),
        (
            "GP",
            "modifiers has GP: leave it out, because it follows from the discipline of the session",
        ),
    ],
)
def test_modifiers_that_cannot_be_used_are_reported(
    write_log: WriteLog, cell: str, reason: str
) -> None:
    path = write_log(as_csv(a_row(minutes="20", modifiers=cell)))
    assert bad_rows(path) == [f"line 2, column modifiers: {reason}"]


def test_a_row_attests_that_its_service_was_distinct(write_log: WriteLog) -> None:
    given = {"minutes": "20"}
    rows = [
        a_row(code="97116", attest="xu", **given),
        a_row(code="97530", **given),
        a_row(code="97116", **given),
        a_row(code="97116", attest="XU", **given),
    ]
    assert only_day(write_log(as_csv(*rows))).attestations == (("XU", "97116"),)


@pytest.mark.parametrize("attest", ["KX", "76", "5", "yes"])
def test_only_the_modifiers_of_a_distinct_service_are_attested(
    write_log: WriteLog, attest: str
) -> None:
    (error,) = bad_rows(write_log(as_csv(a_row(minutes="20", attest=attest))))
    assert error == (
        "line 2, column attest: not readable; expected 59, XE, XP, XS, or XU, if the clinician "
        "attests that the service was distinct"
    )


def test_a_code_is_attested_with_one_modifier_per_day(write_log: WriteLog) -> None:
    rows = [a_row(minutes="20", attest=each) for each in ("XU", "59")]
    assert bad_rows(write_log(as_csv(*rows))) == [
        "line 3, column attest: 97110 already has XU on this day; use one modifier for a code"
    ]


def test_the_schedule_names_lines_and_clinicians(write_log: WriteLog) -> None:
    given = {"minutes": "20"}
    rows = [
        a_row(treated_by="T-1", **given),
        a_row(patient="P-2", **given),
        a_row(patient="P-2", treated_by="T-2", **given),
    ]
    log = read_treatment_log(write_log(as_csv(*rows)))
    assert [(entry.key, entry.patient, entry.treated_by) for entry in log.schedule] == [
        ("line 2", "P-1", "T-1"),
        ("line 4", "P-2", "T-2"),
    ]
    assert log.schedule[1].service is log.days[1].sessions[0].services[1]


@pytest.mark.parametrize(
    ("clinician", "expected"),
    [
        ("", Clinician.THERAPIST),
        ("Therapist", Clinician.THERAPIST),
        ("assistant", Clinician.ASSISTANT),
        ("TOGETHER", Clinician.TOGETHER),
    ],
)
@pytest.mark.parametrize("code", ["97110", "97150"])
def test_a_row_says_who_treated(
    write_log: WriteLog, code: str, clinician: str, expected: Clinician
) -> None:
    path = write_log(as_csv(a_row(code=code, minutes="20", clinician=clinician)))
    (service,) = only_day(path).sessions[0].services
    assert service.clinician is expected


def test_region_and_activity_are_kept_and_an_empty_cell_is_none(write_log: WriteLog) -> None:
    path = write_log(
        as_csv(
            a_row(minutes="20", body_region="both legs", activity="stairs"),
            a_row(minutes="10"),
        )
    )
    assert only_day(path).sessions[0].services == (
        TimedService("97110", 20, body_region="both legs", activity="stairs"),
        TimedService("97110", 10),
    )


@pytest.mark.parametrize(("text", "units"), [("", 1), ("1", 1), ("2", 2), ("12", 12)])
def test_units_of_a_code_billed_by_area_are_accepted(
    write_log: WriteLog, text: str, units: int
) -> None:
    path = write_log(as_csv(a_row(code="97597", units=text)))
    assert only_day(path).sessions[0].services == (UntimedService("97597", units=units),)


@pytest.mark.parametrize("text", ["g0283", " G0283 "])
def test_a_code_is_read_in_any_case(write_log: WriteLog, text: str) -> None:
    path = write_log(as_csv(a_row(code=text)))
    assert only_day(path).sessions[0].services == (UntimedService("G0283"),)


@pytest.mark.parametrize("text", ["2026-03-02", "3/2/2026", "03/02/2026", "March 2, 2026"])
def test_a_date_is_read_as_written_in_the_us(write_log: WriteLog, text: str) -> None:
    assert only_day(write_log(as_csv(a_row(date=text, minutes="20")))).date_of_service == DAY


def test_february_29_of_a_leap_year_is_accepted(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(date="2/29/2024", minutes="20")))
    assert only_day(path).date_of_service == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("code", "day", "reason"),
    [
        (
            "97001",
            "2017-01-01",
            "code 97001 ended on 2016-12-31: use 97161, 97162, or 97163",
        ),
        ("97532", "2018-01-01", "code 97532 ended on 2017-12-31: use 97127 or G0515"),
        ("97532", "2020-01-01", "code 97532 ended on 2017-12-31: use 97129 or 97130"),
        ("97129", "2019-12-31", "code 97129 begins on 2020-01-01: use 97127 or G0515 before then"),
    ],
)
def test_a_code_not_in_force_is_refused_with_the_one_that_was(
    write_log: WriteLog, code: str, day: str, reason: str
) -> None:
    path = write_log(as_csv(a_row(code=code, date=day, minutes="20")))
    assert bad_rows(path) == [f"line 2, column code: {reason}"]


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("97001", "2016-12-31"),
        ("97129", "2020-01-01"),
        ("97110", "2026-12-31"),
        ("97110", "1999-12-31"),
    ],
)
def test_a_code_on_its_first_or_last_day_is_accepted(
    write_log: WriteLog, code: str, day: str
) -> None:
    path = write_log(as_csv(a_row(code=code, date=day, minutes="20")))
    assert only_day(path).date_of_service == date.fromisoformat(day)


# The clock changes


@pytest.mark.parametrize(
    ("day", "start", "end", "with_zone", "without"),
    [
        ("2026-03-08", "01:30", "03:30", 60, 120),
        ("2026-03-08", "01:59", "03:00", 1, 61),
        ("2026-03-07", "01:30", "03:30", 120, 120),
        ("2026-03-09", "01:30", "03:30", 120, 120),
        ("2026-11-01", "00:30", "02:30", 180, 120),
        ("2026-10-31", "00:30", "02:30", 120, 120),
    ],
)
def test_the_minutes_that_passed_count_over_a_clock_change(
    write_log: WriteLog, day: str, start: str, end: str, with_zone: int, without: int
) -> None:
    path = write_log(as_csv(a_row(date=day, start=start, end=end)))
    assert only_day(path, zone=new_york()).sessions[0].timed_minutes == with_zone
    assert only_day(path).sessions[0].timed_minutes == without


@pytest.mark.parametrize(
    ("column", "start", "end"), [("start", "01:00", "02:30"), ("end", "00:30", "01:59")]
)
def test_the_repeated_hour_is_refused(
    write_log: WriteLog, column: str, start: str, end: str
) -> None:
    path = write_log(as_csv(a_row(date="2026-11-01", start=start, end=end)))
    assert bad_rows(path, zone=new_york()) == [
        (
            f"line 2, column {column}: {column} occurs twice that night because clocks go back: "
            "add its UTC offset"
        )
    ]


def test_the_repeated_hour_is_distinguished_by_its_offset(write_log: WriteLog) -> None:
    cells = {"start": "2026-11-01 01:30-04:00", "end": "2026-11-01 01:30-05:00"}
    path = write_log(as_csv(a_row(date="2026-11-01", **cells)))
    assert only_day(path, zone=new_york()).sessions[0].timed_minutes == 60


@pytest.mark.parametrize(
    ("column", "start", "end"), [("start", "02:00", "03:30"), ("end", "01:30", "02:59")]
)
def test_the_skipped_hour_is_refused(
    write_log: WriteLog, column: str, start: str, end: str
) -> None:
    path = write_log(as_csv(a_row(date="2026-03-08", start=start, end=end)))
    assert bad_rows(path, zone=new_york()) == [
        (
            f"line 2, column {column}: {column} does not exist that night: the change to daylight saving time skips it"
        )
    ]


def test_a_time_keeps_the_zone_it_was_given(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(start="09:00", end="09:20")))
    (service,) = only_day(path, zone=new_york()).sessions[0].services
    assert isinstance(service, TimedService)
    assert service.start == datetime(2026, 3, 2, 9, 0, tzinfo=new_york())


# The day


def test_sessions_and_disciplines_stay_separate(write_log: WriteLog) -> None:
    rows = [
        a_row(minutes="10", session="1"),
        a_row(minutes="9", session="2"),
        a_row(minutes="8", session="1", code="97530"),
        a_row(minutes="7", session="1", discipline="OT"),
        a_row(minutes="6", discipline="pt"),
    ]
    assert only_day(write_log(as_csv(*rows))).sessions == (
        Session(DAY, "PT", [TimedService("97110", 10), TimedService("97530", 8)]),
        Session(DAY, "PT", [TimedService("97110", 9)]),
        Session(DAY, "OT", [TimedService("97110", 7)]),
        Session(DAY, "PT", [TimedService("97110", 6)]),
    )


def test_days_are_in_the_order_of_their_first_rows(write_log: WriteLog) -> None:
    rows = [
        a_row(patient="P-2", minutes="1"),
        a_row(minutes="2"),
        a_row(patient="P-2", date="2026-03-01", minutes="3"),
        a_row(patient="P-2", minutes="4"),
        a_row(patient="p-2", minutes="5"),
    ]
    days = read_treatment_log(write_log(as_csv(*rows))).days
    assert [
        (day.patient, day.date_of_service.day, day.sessions[0].timed_minutes, day.line)
        for day in days
    ] == [("P-2", 2, 5, 2), ("P-1", 2, 2, 3), ("P-2", 1, 3, 4), ("p-2", 2, 5, 6)]


@pytest.mark.parametrize(
    "other",
    [
        a_row(start="09:00", end="09:20"),
        a_row(start="9:00 AM", end="2026-03-02 09:20", minutes="20"),
        a_row(start="09:00", end="09:20", session="2"),
        a_row(start="09:00", end="09:20", clinician="assistant"),
        a_row(start="09:00", end="09:20", treated_by="T-2"),
    ],
)
def test_the_same_code_at_the_same_time_is_refused(
    write_log: WriteLog, other: dict[str, str]
) -> None:
    path = write_log(as_csv(a_row(start="09:00", end="09:20"), other))
    assert bad_rows(path) == [
        "line 3, column start: the log already has this code with the same start and end; remove the duplicate row"
    ]


def test_two_disciplines_may_treat_together_with_the_same_code(write_log: WriteLog) -> None:
    clock = {"start": "09:00", "end": "09:30", "code": "97530"}
    rows = [a_row(**clock), a_row(discipline="OT", **clock)]
    day = only_day(write_log(as_csv(*rows)))
    assert [(each.discipline, each.timed_minutes) for each in day.sessions] == [
        (Discipline.PT, 30),
        (Discipline.OT, 30),
    ]
    path = write_log(as_csv(*rows, a_row(discipline="OT", **clock), a_row(patient="P-2")))
    log = read_treatment_log(path, keep_going=True)
    assert [str(error).partition(", ")[2] for error in log.errors] == [
        "line 4, column start: the log already has this code with the same start and end; remove the duplicate row",
        "line 5, column minutes: code 97110 is timed: give minutes, or start and end",
    ]
    assert log.days[0].sessions == day.sessions
    assert log.days[0].skipped_lines == (4,)


def test_rows_with_another_code_time_patient_or_day_are_not_duplicates(write_log: WriteLog) -> None:
    clock = {"start": "09:00", "end": "09:20"}
    rows = [
        a_row(**clock),
        a_row(code="97530", **clock),
        a_row(start="09:00", end="09:19"),
        a_row(start="09:01", end="09:20"),
        a_row(patient="P-2", **clock),
        a_row(date="2026-03-03", **clock),
        a_row(minutes="20"),
        a_row(minutes="20"),
        a_row(code="97150", **clock),
        a_row(code="97150", **clock),
    ]
    log = read_treatment_log(write_log(as_csv(*rows)))
    assert [len(day.sessions[0].services) for day in log.days] == [8, 1, 1]


def test_a_refused_row_does_not_change_its_day(write_log: WriteLog) -> None:
    rows = [
        a_row(start="09:00", end="09:20", payer="medicare"),
        a_row(start="09:00", end="09:20", payer="cpt-midpoint"),
        a_row(start="09:00", end="09:20", payer="medicare"),
        a_row(start="10:00", end="10:20", payer="medicare"),
    ]
    path = write_log(as_csv(*rows))
    assert bad_rows(path) == [
        "line 3, column payer: differs from the payer on line 2 for the same patient and day; use the same payer on both lines",
        "line 4, column start: the log already has this code with the same start and end; remove the duplicate row",
    ]
    (day,) = read_treatment_log(path, keep_going=True).days
    assert day.sessions[0].timed_minutes == 40


def test_a_day_whose_first_row_is_bad_begins_with_its_first_good_row(write_log: WriteLog) -> None:
    rows = [a_row(minutes="x", payer="medicare"), a_row(minutes="20", payer="cpt-midpoint")]
    (day,) = read_treatment_log(write_log(as_csv(*rows)), keep_going=True).days
    assert (day.line, day.payer) == (3, "cpt-midpoint")


def test_a_day_has_one_payer(write_log: WriteLog) -> None:
    rows = [
        a_row(minutes="20", payer="medicare"),
        a_row(minutes="20", payer="medicare"),
        a_row(minutes="20", payer=""),
        a_row(minutes="20", payer="cpt-midpoint"),
        a_row(minutes="20", payer="cpt-midpoint", date="2026-03-03"),
        a_row(minutes="20", payer="cpt-midpoint", patient="P-2"),
    ]
    path = write_log(as_csv(*rows))
    assert bad_rows(path) == [
        "line 4, column payer: differs from the payer on line 2 for the same patient and day; use the same payer on both lines",
        "line 5, column payer: differs from the payer on line 2 for the same patient and day; use the same payer on both lines",
    ]


@pytest.mark.parametrize("payer", ["Medicar", "medicare ppo", NAME])
def test_an_unknown_payer_is_refused_with_the_known_ones(write_log: WriteLog, payer: str) -> None:
    path = write_log(as_csv(a_row(minutes="20", payer=payer)))
    assert bad_rows(path, payers=("medicare", "cpt-midpoint")) == [
        "line 2, column payer: unknown payer; use one of medicare, cpt-midpoint"
    ]
    assert only_day(path).payer == payer


def test_a_payer_is_read_in_any_case(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(minutes="20", payer="MEDICARE")))
    assert read_treatment_log(path, payers=("medicare",)).days[0].payer == "medicare"


@pytest.mark.parametrize("payer", ["medicare", ""])
def test_a_known_payer_or_none_is_accepted(write_log: WriteLog, payer: str) -> None:
    path = write_log(as_csv(a_row(minutes="20", payer=payer)))
    assert read_treatment_log(path, payers=("medicare",)).days[0].payer == payer


@pytest.mark.parametrize("written", ["2026-03-01", "", "not a date", "2027-05-05"])
@pytest.mark.parametrize("given_day", [DAY, "2026-03-02", "3/2/2026"])
def test_a_given_date_replaces_the_column(
    write_log: WriteLog, written: str, given_day: date | str
) -> None:
    path = write_log(as_csv(a_row(minutes="20", date=written)))
    log = read_treatment_log(path, date_of_service=given_day)
    assert [day.sessions for day in log.days] == [one_of_97110()]


def test_a_log_without_dates_needs_a_given_day(write_log: WriteLog) -> None:
    path = write_log("patient,discipline,code,minutes\nP-1,PT,97110,20\n")
    assert read_treatment_log(path, date_of_service=DAY).days[0].sessions == one_of_97110()
    assert refusal(path) == (
        ", line 1, column date: missing from the header; expected date of service, such as 2026-03-02 or 3/2/2026 (required)"
    )
    header_alone = write_log("discipline,code,minutes\n")
    assert refusal(header_alone, date_of_service=DAY) == (
        ", line 1, column patient: missing from the header; expected your own key for the patient (required)"
    )


def test_an_invalid_date_is_refused_before_the_file_is_opened(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_treatment_log(tmp_path / "none.csv", date_of_service=NAME)
    assert str(caught.value) == (
        "date_of_service must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of "
        "13 characters"
    )


# Errors: all at once, and without text from the log


def test_every_bad_row_is_reported_in_order(write_log: WriteLog) -> None:
    rows = [a_row(minutes="x" if number % 3 else "20") for number in range(30)]
    reasons = bad_rows(write_log(as_csv(*rows)))
    assert [reason.split(",")[0] for reason in reasons] == [
        f"line {number + 2}" for number in range(30) if number % 3
    ]


def test_an_error_has_path_line_and_column(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(minutes="x")))
    (error,) = read_treatment_log(path, keep_going=True).errors
    assert (error.path, error.line, error.column) == (str(path), 2, "minutes")
    assert error.reason.startswith("not readable; expected ")


def test_keep_going_returns_the_good_rows_and_the_bad(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(minutes="20"), a_row(minutes="x"), a_row(minutes="y")))
    log = read_treatment_log(path, keep_going=True)
    assert (len(log.days), len(log.errors), log.rows) == (1, 2, 3)


def test_keep_going_with_only_bad_rows_returns_no_day(write_log: WriteLog) -> None:
    log = read_treatment_log(write_log(as_csv(a_row(minutes="x"))), keep_going=True)
    assert (log.days, len(log.errors), log.rows) == ((), 1, 1)


NAMES = (NAME, "Invented, Rosa", "ROSA", "Rosa 1961-04-05", "9:05 Rosa", "Rosa\nInvented")


@for_each(
    column=[name for name in LOG_COLUMNS if name != "patient"],
    name=NAMES,
    code=("97110", "97161"),
    as_json=(False, True),
)
def test_a_name_in_a_wrong_column_is_in_no_error(
    write_log: WriteLog, column: str, name: str, code: str, *, as_json: bool
) -> None:
    row = {**a_row(code=code, minutes="20", start="x", units="y"), column: name}
    path = write_log(
        json.dumps([row]) if as_json else as_csv(row), "day.json" if as_json else "day.csv"
    )
    (reason,) = bad_rows(path, payers=("medicare",))
    assert "rosa" not in reason.lower()
    assert "invented" not in reason.lower()
    assert "1961" not in reason


def test_a_day_never_shows_its_patient(write_log: WriteLog) -> None:
    row = a_row(patient=NAME, minutes="20", body_region="left knee", activity="stairs")
    log = read_treatment_log(write_log(as_csv(row)))
    assert log.days[0].patient == NAME
    for word in ("Rosa", "knee", "stairs"):
        assert word not in repr(log)


CELLS = st.sampled_from(
    (
        "",
        "P-1",
        "2026-03-02",
        "PT",
        "97110",
        "97161",
        "20",
        "09:00",
        "09:20",
        "1",
        NAME,
        '"',
        "\x00",
    )
) | st.text(max_size=6)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=7), max_size=4))
def test_any_cells_are_read_or_refused_with_a_file_format_error(
    rows: list[list[str]],
) -> None:
    header = "patient,date,discipline,code,minutes,start,end\n"
    body = "\n".join(",".join(cells) for cells in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "day.csv")
        path.write_bytes((header + body).encode("utf-8", "surrogatepass"))
        _read_or_refuse(path)


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=40) | st.text(alphabet='[]{}",:0.9eE-tf\\u \n').map(str.encode))
def test_any_json_bytes_are_read_or_refused_with_a_file_format_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "day.json")
        path.write_bytes(content)
        _read_or_refuse(path)


def _read_or_refuse(path: Path) -> None:
    try:
        log = read_treatment_log(path)
    except FileFormatError as error:
        assert NAME not in str(error)  # noqa: PT017 - a log may as well be read
    except ExceptionGroup as group:
        for each in group.exceptions:
            assert isinstance(each, FileFormatError)
            assert each.line is not None
            assert NAME not in str(each)
    else:
        assert log.rows >= len(log.days) > 0
        assert log.errors == ()


def test_a_given_payer_replaces_the_column(write_log: WriteLog) -> None:
    rows = [a_row(payer=name, minutes="20") for name in ("Blue Plan", "medicare")]
    path = write_log(as_csv(*rows))
    (day,) = read_treatment_log(path, payer="cpt-midpoint", payers=("cpt-midpoint",)).days
    assert day.payer == "cpt-midpoint"
    assert day.sessions[0].timed_minutes == 40
    with pytest.raises(ExceptionGroup) as caught:
        read_treatment_log(path, payer="Blue Plan", payers=("medicare",))
    assert [str(error).removeprefix(f"{path}, ") for error in caught.value.exceptions] == [
        f"line {line}, column payer: unknown payer; use one of medicare" for line in (2, 3)
    ]


def test_a_given_payer_applies_to_a_log_without_the_column(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(minutes="20")))
    assert [day.payer for day in read_treatment_log(path, payer="Blue Plan").days] == ["Blue Plan"]


def test_a_date_after_the_bundled_data_names_the_column_date(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(date="2027-01-01"), a_row(minutes="20", date="2026-12-31")))
    assert bad_rows(path) == [
        "line 2, column date: date out of range; the library's codes go through 2026-12-31"
    ]


@pytest.mark.parametrize(
    "key",
    [
        *("P\x1b[2J", "P\x9b2J", "P\x07", "P\n1", "P\x001", "P\x7f", "P\u20281", "P\u20291"),
        *("P\ud800", "P\udfff1"),
    ],
)
def test_a_key_with_control_characters_is_refused_and_not_shown(
    write_log: WriteLog, key: str
) -> None:
    row = {**json.loads(JSON_ROW), "patient": key}
    assert bad_rows(write_log(json.dumps(row), "day.jsonl")) == [
        "line 1, column patient: a key must not contain control characters"
    ]


def test_skipped_lines_are_kept_with_their_day(write_log: WriteLog) -> None:
    rows = [
        a_row(minutes="20"),
        a_row(minutes="x", code="97112"),
        a_row(minutes="20", patient="P-2"),
        a_row(minutes="20", date="never"),
    ]
    log = read_treatment_log(write_log(as_csv(*rows)), keep_going=True)
    assert [day.skipped_lines for day in log.days] == [(3,), ()]


def test_a_bad_row_marks_only_its_own_day(write_log: WriteLog) -> None:
    rows = [
        a_row(code="9711O", minutes="20"),
        a_row(minutes="20"),
        a_row(date="3/2/2026", minutes="x"),
        a_row(minutes="20", date="2026-03-03"),
        a_row(discipline="physio", minutes="20", date="2026-03-03"),
        a_row(patient="P-2", minutes="x"),
        a_row(patient="", minutes="20"),
        a_row(minutes="20", date=""),
    ]
    log = read_treatment_log(write_log(as_csv(*rows)), keep_going=True)
    assert [(day.date_of_service.day, day.line, day.skipped_lines) for day in log.days] == [
        (2, 3, (2, 4)),
        (3, 5, (6,)),
    ]
    assert [error.line for error in log.errors] == [2, 4, 6, 7, 8, 9]


def test_a_given_date_applies_to_skipped_rows(write_log: WriteLog) -> None:
    path = write_log(as_csv(a_row(minutes="20"), a_row(minutes="x", date="never")))
    (day,) = read_treatment_log(path, date_of_service=DAY, keep_going=True).days
    assert day.skipped_lines == (3,)


def test_a_row_that_does_not_fit_its_day_marks_it(write_log: WriteLog) -> None:
    rows = [
        a_row(start="09:00", end="09:20", payer="medicare"),
        a_row(start="09:00", end="09:20", payer="medicare"),
        a_row(minutes="20", payer="cpt-midpoint"),
    ]
    (day,) = read_treatment_log(write_log(as_csv(*rows)), keep_going=True).days
    assert day.skipped_lines == (3, 4)


# Long logs


@pytest.mark.parametrize(
    ("rows", "calls"), [(999, []), (1000, [1000]), (1001, [1000]), (2000, [1000, 2000])]
)
def test_progress_is_called_every_thousand_rows(
    write_log: WriteLog, rows: int, calls: list[int]
) -> None:
    seen: list[int] = []
    path = write_log(f"{HEADER}\n" + f"{ROW}\n" * rows)
    assert read_treatment_log(path, progress=seen.append).rows == rows
    assert seen == calls


def test_bad_rows_count_in_the_progress(write_log: WriteLog) -> None:
    seen: list[int] = []
    path = write_log(f"{HEADER}\n" + f"{ROW}\n" * 500 + "P-1\n" * 500)
    log = read_treatment_log(path, keep_going=True, progress=seen.append)
    assert (seen, log.rows, len(log.errors)) == ([1000], 1000, 500)


def test_two_thousand_rows_are_five_hundred_days(write_log: WriteLog) -> None:
    rows = [
        a_row(patient=f"P-{number % 500}", minutes=str(number // 500 + 10), code=code)
        for number, code in enumerate(["97110", "97112", "97140", "97530"] * 500)
    ]
    log = read_treatment_log(write_log(as_csv(*rows)))
    assert len(log.days) == 500
    assert {len(day.sessions[0].services) for day in log.days} == {4}
    assert {day.sessions[0].timed_minutes for day in log.days} == {10 + 11 + 12 + 13}
    assert [day.line for day in log.days] == list(range(2, 502))
    assert {day.sessions[0].discipline for day in log.days} == {Discipline.PT}


@pytest.mark.parametrize("column", ["payer", "date"])
def test_a_column_that_an_argument_replaces_is_ignored(write_log: WriteLog, column: str) -> None:
    row = {**json.loads(JSON_ROW), column: ["x"]}
    path = write_log(json.dumps(row), "day.jsonl")
    (day,) = read_treatment_log(path, payer="medicare", date_of_service="2026-03-02").days
    assert day.payer == "medicare"


# One cell


EXTREMES = [
    "9999-12-31 23:59-12:00",
    "0001-01-01 00:00+14:00",
    "0001-01-01 00:00",
    "9999-12-31 23:59:59.999999",
    "0000-01-01 09:00",
    "9" * 5000,
    "2026-03-02T09:00\0",
    "\u0662\u0660\u0662\u0666-03-02 09:00",
]


@pytest.mark.parametrize("column", ["start", "end", "date", "minutes", "code"])
@pytest.mark.parametrize("cell", EXTREMES)
def test_an_impossible_cell_affects_its_own_row_only(
    write_log: WriteLog, column: str, cell: str
) -> None:
    clocked = {"start": "09:00", "end": "09:20"}
    rows = [a_row(**clocked), a_row(patient="P-2", **(clocked | {column: cell})), a_row(**clocked)]
    rows[2]["patient"] = "P-3"
    path = write_log(as_csv(*rows))
    log = read_treatment_log(path, keep_going=True)
    assert [day.patient for day in log.days] == ["P-1", "P-3"]
    assert len(log.errors) == 1
    assert (log.errors[0].line, log.errors[0].column) == (3, column)
    assert len(bad_rows(path)) == 1


@pytest.mark.parametrize("name", ["day.csv", "day.json", "day.jsonl"])
def test_bad_rows_beyond_the_limit_are_counted_and_good_ones_kept(
    write_log: WriteLog, name: str
) -> None:
    bad = a_row(minutes="x")
    rows = [bad] * 3 + [a_row(minutes="20")] + [a_row(patient="P-2", minutes="20")]
    rows += [bad] * 3 + [a_row(patient="P-2", minutes="x")] * 2
    content = {
        "day.csv": as_csv(*rows),
        "day.json": json.dumps(rows),
        "day.jsonl": "\n".join(map(json.dumps, rows)),
    }[name]
    path = write_log(content, name)
    log = read_treatment_log(path, keep_going=True, max_errors=2)
    assert [error.count for error in log.errors] == [1, 1, 6]
    assert str(log.errors[-1]) == f"{path}: 6 more errors are not listed"
    assert (log.error_count, log.rows) == (8, 10)
    first, second = log.days
    # Each incomplete day keeps at least one skipped line.
    assert len(first.skipped_lines) == 2
    assert len(second.skipped_lines) == 1
    with pytest.raises(ExceptionGroup) as caught:
        read_treatment_log(path, max_errors=8)
    assert len(caught.value.exceptions) == 8
    assert caught.value.message == f"8 bad rows in {path}"
    with pytest.raises(
        InvalidInputError, match="max_errors must be a whole number of 1 or more, got 0"
    ):
        read_treatment_log(path, max_errors=0)


def test_many_bad_rows_take_little_memory(write_log: WriteLog) -> None:
    path = write_log("[" + ",".join("1" * 20_000) + "]", "day.json")
    tracemalloc.start()
    try:
        with pytest.raises(ExceptionGroup) as caught:
            read_treatment_log(path, date_of_service="2026-03-02")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert str(caught.value.exceptions[-1]).endswith("19,000 more errors are not listed")
    assert most < 4_000_000


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(EXTREMES),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["2026-03-08", "0001-01-01", "12/31/9999", "March 8, 2026", "May 99 9999"]),
        st.sampled_from(["", " ", "T", ", "]),
        st.sampled_from(["", "02:30", "00:00", "23:59", "12 AM", "9:60"]),
        st.sampled_from(["", "Z", "-12:00", "+14:00", "+99:99", " EST"]),
    ),
    st.integers().map(str),
    st.sampled_from(
        ["97530", "97161", "97532", "OT", "together", "59", "medicare", "\x1a", "\ud800"]
    ),
)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(list(LOG_COLUMNS)), CELLS, max_size=4), max_size=4
    ),
    zone=st.sampled_from([None, "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
    as_json=st.booleans(),
)
def test_no_cell_keeps_a_good_row_from_its_day(
    rows: list[dict[str, str]],
    zone: str | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    good = {"patient": "good", "date": "2026-03-02", "discipline": "PT", "code": "97110"}
    good["minutes"] = "20"
    odd = [
        good | {"patient": f"odd {n}", "minutes": "", "start": "9:00", "end": "9:20"} | row
        for n, row in enumerate(rows)
    ]
    log_rows = [good | {"patient": "good 1"}, *odd, good | {"patient": "good 2"}]
    content = json.dumps(log_rows) if as_json else as_csv(*log_rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("day.json" if as_json else "day.csv")
        path.write_bytes(content.encode("utf-8", "surrogatepass"))
        log = read_treatment_log(
            path, keep_going=True, zone=None if zone is None else ZoneInfo(zone)
        )
    assert {"good 1", "good 2"} <= {day.patient for day in log.days}
    assert all(type(error) is FileFormatError for error in log.errors)


def test_a_progress_that_cannot_be_called_is_refused(tmp_path: Path) -> None:
    wrong: Any = 7
    with pytest.raises(InvalidInputError) as caught:
        read_treatment_log(tmp_path / "day.csv", progress=wrong)
    assert str(caught.value) == "progress must be a function that takes the number of rows, got 7"


def test_a_day_contains_only_sessions_of_its_own_date() -> None:
    session = Session("2026-03-03", "PT", [TimedService("97110", 15)])
    with pytest.raises(InvalidInputError) as caught:
        LogDay("p-1", date(2026, 3, 2), "", (session,), 2)
    assert str(caught.value) == "the session is for 2026-03-03, but date_of_service is 2026-03-02"


def test_a_log_built_by_hand_contains_days_and_errors() -> None:
    session = Session("2026-03-02", "PT", [TimedService("97110", 15)])
    day = LogDay("p-1", session.date_of_service, "", (session,), 2)
    log = TreatmentLog(iter([day]), [], 1)
    assert (log.days, log.errors, log.path) == ((day,), (), "the log")
    wrong: Any = [7]
    for days, errors in ((wrong, ()), ((), wrong)):
        with pytest.raises(InvalidInputError):
            TreatmentLog(days, errors, 1)


class TestCellsOfDataframes:
    @pytest.mark.parametrize("name", ["log.csv", "log.json"])
    def test_whole_numbers_with_decimals_are_read(self, write_log: WriteLog, name: str) -> None:
        rows = {
            "log.csv": "patient,date,discipline,code,minutes\nP-1,2026-03-02,PT,97530.0,23.0\n",
            "log.json": json.dumps(
                [
                    {
                        "patient": "P-1",
                        "date": "2026-03-02",
                        "discipline": "PT",
                        "code": 97530.0,
                        "minutes": 23.0,
                    }
                ]
            ),
        }
        (day,) = read_treatment_log(write_log(rows[name], name)).days
        assert [(each.code, each.minutes) for each in day.sessions[0].services] == [("97530", 23)]

    def test_enums_are_cells(self) -> None:
        row = {
            "patient": "P-1",
            "date": "2026-03-02",
            "discipline": Discipline.PT,
            "code": "97530",
            "minutes": 23,
            "clinician": Clinician.ASSISTANT,
        }
        (day,) = read_treatment_log([row]).days
        assert day.sessions[0].services[0].clinician is Clinician.ASSISTANT

    def test_a_first_row_that_is_not_a_dict_is_a_bad_row(self) -> None:
        row = {"patient": "P-1", "date": "2026-03-02", "discipline": "PT", "code": "97161"}
        log = read_treatment_log([None, row, None], keep_going=True)  # type: ignore[arg-type]
        assert ([error.line for error in log.errors], len(log.days)) == ([1, 3], 1)

    def test_a_day_accepts_a_string_as_its_date(self) -> None:
        session = Session.from_minutes({"97110": 15}, date_of_service="2026-03-02", discipline="PT")
        assert LogDay("P-1", "3/2/2026", "", [session], 1).date_of_service == date(2026, 3, 2)
