"""Keys of services in a schedule."""

from __future__ import annotations

from therapy_billing import (
    MEDICARE,
    ScheduleEntry,
    Session,
    check_day,
    check_schedule,
    service,
)


def test_keys_of_services_do_not_hide_rows_that_do_not_differ() -> None:
    same = [service("97530", 20, key=key) for key in ("a", "b")]
    found = check_day(Session("2026-03-02", "PT", same), MEDICARE).of_rule("identical-rows")
    assert [each.keys for each in found] == [("a", "b")]


def test_findings_of_a_schedule_bring_the_keys_of_services_back() -> None:
    entries = [
        ScheduleEntry(str(number), patient, "T-1", "2026-03-02", "PT", made)
        for number, (patient, made) in enumerate(
            (
                patient,
                service(
                    "97530",
                    start="2026-03-02 09:00",
                    end="2026-03-02 09:30",
                    key=f"visit {patient}",
                ),
            )
            for patient in ("P-1", "P-2")
        )
    ]
    found = check_schedule(entries).of_rule("minutes-once")
    assert [each.keys for each in found] == [("visit P-1", "visit P-2")]
