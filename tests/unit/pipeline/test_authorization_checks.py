"""What was used of an authorization, what is left, and what lies beyond it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from tests.refusals import refusal
from tests.unit.pipeline.records_of_care import DENY, LIGHT, REVIEW, answers, days, told
from therapy_billing import Claim, ClaimLine, InvalidInputError
from therapy_billing.documentation import Authorization
from therapy_billing.pipeline.authorization_checks import (
    AuthorizationLeft,
    authorization_left,
    check_authorization,
)


def claim(on: str, *lines: tuple[str, int]) -> Claim:
    return Claim(on, [ClaimLine(code, units, ("GP",)) for code, units in lines])


class TestAuthorization:
    @pytest.mark.parametrize(
        ("count", "expected"),
        [
            (11, []),
            (12, [(LIGHT, "all 12 visits authorized were used, the last on 2026-03-13")]),
            (13, [(DENY, "13 visits were used of 12 authorized, too many from 2026-03-14 on")]),
            (15, [(DENY, "15 visits were used of 12 authorized, too many from 2026-03-14 on")]),
        ],
    )
    def test_visits_stay_within_their_number(
        self, count: int, expected: list[tuple[str, str]]
    ) -> None:
        found = check_authorization(Authorization(12), reversed(days(count)))
        assert [(severity, message) for severity, _, message in told(found)] == expected
        assert answers(found)["authorization"] == ("finding" if expected else "clean")

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            (3, []),
            (4, [(LIGHT, "all 8 units authorized were used, the last on 2026-03-04")]),
            (5, [(DENY, "9 units were used of 8 authorized, too many from 2026-03-04 on")]),
        ],
    )
    def test_units_stay_within_their_number(
        self, last: int, expected: list[tuple[str, str]]
    ) -> None:
        claims = [
            claim("2026-03-02", ("97110", 2), ("97530", 2)),
            claim("2026-03-04", ("97110", last)),
        ]
        found = check_authorization(Authorization(units=8), claims)
        assert [(severity, message) for severity, _, message in told(found)] == expected

    @pytest.mark.parametrize(
        ("first", "through", "outside", "dates"),
        [
            ("2026-03-02", "2026-03-04", [], ""),
            ("2026-03-03", None, ["2026-03-02"], "from 2026-03-03"),
            (None, "2026-03-03", ["2026-03-04"], "through 2026-03-03"),
            (
                "2026-03-03",
                "2026-03-03",
                ["2026-03-02", "2026-03-04"],
                "from 2026-03-03 through 2026-03-03",
            ),
        ],
    )
    def test_visits_are_on_its_dates(
        self, first: str | None, through: str | None, outside: list[str], dates: str
    ) -> None:
        given = Authorization(9, effective_from=first, effective_through=through)
        found = check_authorization(given, days(3))
        message = f"the authorization is {dates}, and visits are outside: {', '.join(outside)}"
        assert told(found) == ([(DENY, "authorization", message)] if outside else [])
        assert authorization_left(given, days(3)).visits_used == 3 - len(outside)

    def test_only_its_codes_use_it(self) -> None:
        given = Authorization(2, 4, ["97110"], key="A1")
        claims = [
            claim("2026-03-02", ("97110", 2), ("97530", 2)),
            claim("2026-03-04", ("97530", 2), ("97140", 1)),
        ]
        assert authorization_left(given, claims) == AuthorizationLeft(1, 1, 2, 2)
        found = check_authorization(given, claims)
        assert told(found) == [
            (
                REVIEW,
                "authorization",
                "billed and not among the codes of the authorization: 97530, 97140",
            )
        ]
        assert (found[0].codes, found[0].entries) == (("97530", "97140"), ("A1",))

    def test_two_claims_of_a_day_are_one_visit(self) -> None:
        claims = [claim("2026-03-02", ("97110", 2)), claim("2026-03-02", ("97530", 3))]
        assert authorization_left(Authorization(3, 9), claims) == AuthorizationLeft(1, 2, 5, 4)

    def test_nothing_is_left_of_what_was_used_up(self) -> None:
        claims = [claim("2026-03-02", ("97110", 2)), claim("2026-03-03", ("97110", 3))]
        assert authorization_left(Authorization(1, 4), claims) == AuthorizationLeft(2, 0, 5, 0)
        assert authorization_left(Authorization(), claims) == AuthorizationLeft(2, None, 5, None)

    def test_days_alone_tell_no_units(self) -> None:
        given = Authorization(3, 9)
        visits: list[Claim | datetime.date | str] = [
            claim("2026-03-02", ("97110", 2)),
            "2026-03-03",
            "2026-03-02",
        ]
        assert authorization_left(given, visits) == AuthorizationLeft(2, 1, None, None)
        found = check_authorization(given, visits)
        assert answers(found) == {"authorization": "not-in-data"}
        assert found.answers[0].remark == "units were not counted: give claims in place of days"

    def test_without_visits_there_is_nothing_to_look_at(self) -> None:
        found = check_authorization(Authorization(3), [])
        assert answers(found) == {"authorization": "not-in-data"}
        assert found.answers[0].remark == "no visit or claim is given"

    @pytest.mark.parametrize(
        ("visits", "message"),
        [
            ("2026-03-02", "visits holds claims or days, not '2026-03-02'"),
            (claim("2026-03-02", ("97110", 2)), "visits holds claims or days, not a Claim"),
            (
                [7],
                "a visit is a day such as 2026-03-02 or 3/2/2026 (month first), not 7",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, visits: Any, message: str) -> None:  # noqa: ANN401 - wrong kinds too
        assert (
            refusal(InvalidInputError, lambda: check_authorization(Authorization(), visits))
            == message
        )
