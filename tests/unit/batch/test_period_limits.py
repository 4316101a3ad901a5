"""Test that a log compares codes that are counted over a period with the patient's earlier days."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import ClassVar

import pytest

from tests.unit.batch.logs import OHIO, log_of, treated
from therapy_billing import Claim, Findings, Session, UntimedService, check_day
from therapy_billing.batch import CheckedDay, checking
from therapy_billing.batch.checking import check_log
from therapy_billing.visits import LogDay

OUTSIDE = "only the days of this log were compared; claims outside the log are not known"
LEFT_OUT = "an earlier day of the patient was left out or is incomplete, so its codes are not known"


def monitored(
    day: str,
    *codes: str,
    patient: str = "p-1",
    payer: str = "",
    line: int = 2,
    skipped_lines: tuple[int, ...] = (),
) -> LogDay:
    visit = Session(day, "PT", [UntimedService(code) for code in codes])
    return LogDay(
        patient, date.fromisoformat(day), payer, (visit,), line, skipped_lines=skipped_lines
    )


def limits(*days: LogDay) -> dict[str, list[str]]:
    """Return the messages of the check on each date of one patient."""
    return {
        str(each.day.date_of_service): [
            f"{found.severity.value}: {found.message}"
            for found in each.findings.of_rule("period-limit")
        ]
        for each in check_log(log_of(*days), fees=OHIO)
    }


def answers(checked: CheckedDay) -> list[tuple[str, tuple[str, ...], str]]:
    return [
        (each.answer.value, each.about, each.remark)
        for each in checked.findings.answers
        if each.rule.id == "period-limit"
    ]


class TestOrder:
    DAYS = (
        monitored("2026-03-10", "98980"),
        monitored("2026-03-20", "98981"),
        monitored("2026-03-31", "98980", "98977"),
        monitored("2026-04-01", "98979"),
        monitored("2026-04-29", "98977", "98980"),
        monitored("2026-04-30", "98981", "97161"),
    )
    FOUND: ClassVar = {
        "2026-03-10": [],
        "2026-03-20": [],
        "2026-03-31": ["deny: 98980 was already billed on 2026-03-10"],
        "2026-04-01": [],
        "2026-04-29": [
            "deny: 98977 was already billed on 2026-03-31",
            "deny: 98980 with 98979 of 2026-04-01",
        ],
        "2026-04-30": ["deny: 98981 with 98979 of 2026-04-01"],
    }

    @pytest.mark.parametrize(
        "days", list(itertools.islice(itertools.permutations(DAYS), 0, 720, 60))
    )
    def test_the_order_of_the_log_does_not_matter(self, days: tuple[LogDay, ...]) -> None:
        assert limits(*days) == self.FOUND

    def test_the_dollars_are_those_of_the_day(self) -> None:
        checked = list(check_log(log_of(*self.DAYS), fees=OHIO))
        (found,) = checked[2].findings.of_rule("period-limit")
        assert found.at_stake is not None
        assert checked[2].findings.at_stake == found.at_stake


class TestPatients:
    def test_patients_and_payers_are_separate(self) -> None:
        days = [
            monitored("2026-03-10", "98980"),
            monitored("2026-03-31", "98980", patient="p-2"),
            monitored("2026-03-31", "98980", payer="tricare"),
        ]
        found = [
            each.findings.of_rule("period-limit") for each in check_log(log_of(*days), payers=None)
        ]
        assert found == [(), (), ()]

    def test_a_day_between_without_such_codes_changes_nothing(self) -> None:
        found = limits(
            monitored("2026-03-10", "98980"),
            treated("p-1", "2026-03-12"),
            monitored("2026-03-31", "98980"),
        )
        assert found["2026-03-31"] == ["deny: 98980 was already billed on 2026-03-10"]


class TestAnswers:
    def test_a_day_with_such_codes_is_never_clean(self) -> None:
        first, second = check_log(
            log_of(monitored("2026-03-10", "98980"), monitored("2026-03-31", "98980")), fees=OHIO
        )
        assert answers(first) == [("not-in-data", ("98980",), OUTSIDE)]
        assert answers(second) == [
            ("finding", ("98980",), ""),
            ("not-in-data", ("98980",), OUTSIDE),
        ]

    def test_a_day_without_such_codes_is_clean(self) -> None:
        (day,) = check_log(log_of(treated("p-1", "2026-03-12")), fees=OHIO)
        assert answers(day) == [("clean", (), "")]

    def test_after_a_day_that_failed_the_codes_are_not_known(self) -> None:
        run = check_log(
            log_of(
                monitored("2026-03-10", "98980"),
                monitored("2026-03-11", "97161", line=3),
                monitored("2026-03-31", "98980", "98981", line=4),
            ),
            fees=lambda day: OHIO("2024-03-11" if day.day == 11 else day),
            keep_going=True,
        )
        first, last = run
        assert len(run.errors) == 1
        assert answers(first) == [("not-in-data", ("98980",), OUTSIDE)]
        assert answers(last) == [("not-in-data", ("98980", "98981"), LEFT_OUT)]

    def test_after_an_incomplete_day_the_codes_are_not_known(self) -> None:
        _, last = check_log(
            log_of(
                monitored("2026-03-10", "98975", skipped_lines=(3,)),
                monitored("2026-03-31", "98981"),
            ),
            fees=OHIO,
        )
        assert answers(last) == [("not-in-data", ("98981",), LEFT_OUT)]

    def test_the_gap_is_listed_once(self) -> None:
        run = check_log(
            log_of(*(monitored(f"2026-{month:02}-28", "98980") for month in range(1, 7))), fees=OHIO
        )
        list(run)
        (gap,) = (each for each in run.gaps if each.rule.id == "period-limit")
        assert (gap.days, gap.of_days, gap.remark) == (6, 6, OUTSIDE)


def test_only_the_lines_of_such_codes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []

    def look(*arguments: object, earlier: tuple[Claim, ...], **more: object) -> Findings:
        kept.append(sum(len(claim.lines) for claim in earlier))
        return check_day(*arguments, earlier=earlier, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(checking, "check_day", look)
    first = date(2026, 1, 1)
    days = [treated("p-1", str(first + timedelta(days=number))) for number in range(20)]
    list(
        check_log(log_of(*days, *(monitored(f"2026-0{n}-28", "98980", "97161") for n in (2, 3, 4))))
    )
    assert kept == [0] * 21 + [1, 2]
