"""How much of an authorization is used and left, and what exceeds it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from tests.refusals import refusal
from tests.unit.chart.records_of_care import DENY, LIGHT, REVIEW, answers, days, summaries
from therapy_billing import Claim, ClaimLine, InvalidInputError
from therapy_billing.chart.authorization_checks import (
    AuthorizationBalance,
    authorization_balance,
    check_authorization,
    name_of,
)
from therapy_billing.chart.authorizations import Authorization
from therapy_billing.findings.records import Findings


def claim(on: str | datetime.date, *lines: tuple[str, int], plan: str = "GP") -> Claim:
    return Claim(on, [ClaimLine(code, units, (plan,)) for code, units in lines])


def messages(findings: Findings) -> list[tuple[str, str]]:
    return [(severity, message) for severity, _, message in summaries(findings)]


class TestAuthorization:
    @pytest.mark.parametrize(
        ("count", "expected"),
        [
            (11, []),
            (
                12,
                [
                    (
                        LIGHT,
                        "all authorized visits are used: 12 of 12 / The last visit was on 2026-03-13.",
                    )
                ],
            ),
            (
                13,
                [
                    (
                        DENY,
                        "13 visits used, 12 authorized / The limit was first exceeded on 2026-03-14.",
                    )
                ],
            ),
            (
                15,
                [
                    (
                        DENY,
                        "15 visits used, 12 authorized / The limit was first exceeded on 2026-03-14.",
                    )
                ],
            ),
        ],
    )
    def test_visits_stay_within_their_limit(
        self, count: int, expected: list[tuple[str, str]]
    ) -> None:
        found = check_authorization(Authorization(12), reversed(days(count)))
        assert [(severity, message) for severity, _, message in summaries(found)] == expected
        assert answers(found)["authorization"] == ("finding" if expected else "clean")

    @pytest.mark.parametrize(
        ("last", "expected"),
        [
            (3, []),
            (
                4,
                [
                    (
                        LIGHT,
                        "all authorized units are used: 8 of 8 / The last visit was on 2026-03-04.",
                    )
                ],
            ),
            (
                5,
                [
                    (
                        DENY,
                        "9 units used, 8 authorized / The limit was first exceeded on 2026-03-04.",
                    )
                ],
            ),
        ],
    )
    def test_units_stay_within_their_limit(
        self, last: int, expected: list[tuple[str, str]]
    ) -> None:
        claims = [
            claim("2026-03-02", ("97110", 2), ("97530", 2)),
            claim("2026-03-04", ("97110", last)),
        ]
        found = check_authorization(Authorization(units=8), claims)
        assert [(severity, message) for severity, _, message in summaries(found)] == expected

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
    def test_visits_outside_its_dates_are_denied(
        self, first: str | None, through: str | None, outside: list[str], dates: str
    ) -> None:
        given = Authorization(9, effective_from=first, effective_through=through)
        found = check_authorization(given, days(3))
        message = (
            f"visits outside the authorized dates: {', '.join(outside)} / "
            f"The authorization is valid {dates}."
        )
        assert summaries(found) == ([(DENY, "authorization", message)] if outside else [])
        assert authorization_balance(given, days(3)).visits_used == 3 - len(outside)

    def test_only_its_codes_count_against_it(self) -> None:
        given = Authorization(2, 4, ["97110"], key="A1")
        claims = [
            claim("2026-03-02", ("97110", 2), ("97530", 2)),
            claim("2026-03-04", ("97530", 2), ("97140", 1)),
        ]
        assert authorization_balance(given, claims) == AuthorizationBalance(1, 1, 2, 2)
        found = check_authorization(given, claims)
        assert summaries(found) == [
            (
                REVIEW,
                "authorization",
                "billed codes that the authorization does not list: 97530, 97140",
            )
        ]
        assert (found[0].codes, found[0].entries) == (("97530", "97140"), ("A1",))

    def test_two_claims_of_a_day_are_one_visit(self) -> None:
        claims = [claim("2026-03-02", ("97110", 2)), claim("2026-03-02", ("97530", 3))]
        assert authorization_balance(Authorization(3, 9), claims) == AuthorizationBalance(
            1, 2, 5, 4
        )

    def test_an_exceeded_limit_leaves_nothing(self) -> None:
        claims = [claim("2026-03-02", ("97110", 2)), claim("2026-03-03", ("97110", 3))]
        assert authorization_balance(Authorization(1, 4), claims) == AuthorizationBalance(
            2, 0, 5, 0
        )
        assert authorization_balance(Authorization(), claims) == AuthorizationBalance(
            2, None, 5, None
        )

    def test_dates_alone_have_no_units(self) -> None:
        given = Authorization(3, 9)
        visits: list[Claim | datetime.date | str] = [
            claim("2026-03-02", ("97110", 2)),
            "2026-03-03",
            "2026-03-02",
        ]
        assert authorization_balance(given, visits) == AuthorizationBalance(2, 1, None, None)
        found = check_authorization(given, visits)
        assert answers(found) == {"authorization": "not-in-data"}
        assert (
            found.answers[0].remark
            == "units were not counted, because some visits were given as dates; give their claims"
        )

    def test_without_visits_nothing_is_checked(self) -> None:
        found = check_authorization(Authorization(3), [])
        assert answers(found) == {"authorization": "not-in-data"}
        assert found.answers[0].remark == "no visits or claims were given"

    @pytest.mark.parametrize(
        ("visits", "message"),
        [
            ("2026-03-02", "visits must be claims or dates, got '2026-03-02'"),
            (claim("2026-03-02", ("97110", 2)), "visits must be claims or dates, got a Claim"),
            (
                [7],
                "a visit must be a date such as 2026-03-02 or 3/2/2026 (month first), got 7",
            ),
        ],
    )
    def test_invalid_visits_raise_an_error(self, visits: Any, message: str) -> None:  # noqa: ANN401 - wrong kinds too
        assert (
            refusal(InvalidInputError, lambda: check_authorization(Authorization(), visits))
            == message
        )


WINTER = Authorization(
    12, effective_from="2026-01-01", effective_through="2026-03-31", key="winter"
)
SPRING = Authorization(
    12, effective_from="2026-04-01", effective_through="2026-06-30", key="spring"
)
JANUARY, APRIL = datetime.date(2026, 1, 5), datetime.date(2026, 4, 1)


class TestSeveralAuthorizations:
    """A visit exceeds several authorizations only if none of them has room for it."""

    @pytest.mark.parametrize("order", [[WINTER, SPRING], [SPRING, WINTER]])
    def test_visits_count_against_the_authorization_in_force(
        self, order: list[Authorization]
    ) -> None:
        visits = [*days(12, JANUARY), *days(11, APRIL)]
        found = check_authorization(order, visits)
        assert (summaries(found), answers(found)) == ([], {"authorization": "clean"})
        used = {
            given: left.visits_used
            for given, left in zip(order, authorization_balance(order, visits), strict=True)
        }
        assert used == {WINTER: 12, SPRING: 11}

    def test_visits_that_exceed_every_authorization_are_denied_once(self) -> None:
        found = check_authorization([WINTER, SPRING], [*days(13, JANUARY), *days(13, APRIL)])
        assert messages(found) == [
            (
                DENY,
                (
                    "the authorization of 12 visits from 2026-01-01 through 2026-03-31: 13 visits used, "
                    "12 authorized / The limit was first exceeded on 2026-01-17."
                ),
            ),
            (
                DENY,
                (
                    "the authorization of 12 visits from 2026-04-01 through 2026-06-30: 13 visits used, "
                    "12 authorized / The limit was first exceeded on 2026-04-13."
                ),
            ),
        ]
        assert [each.entries for each in found] == [("winter",), ("spring",)]

    def test_one_that_runs_out_early_does_not_borrow_from_the_next(self) -> None:
        used_up = check_authorization([WINTER, SPRING], days(12, JANUARY))
        assert messages(used_up) == [
            (
                LIGHT,
                (
                    "the authorization of 12 visits from 2026-01-01 through 2026-03-31: all authorized "
                    "visits are used: 12 of 12 / The last visit was on 2026-01-16."
                ),
            )
        ]
        assert check_authorization([WINTER, SPRING], days(13, JANUARY)).has_denials

    @pytest.mark.parametrize(("begins", "followed"), [("2026-01-17", True), ("2026-01-18", False)])
    def test_one_that_is_used_up_is_reported_until_another_takes_over(
        self,
        begins: str,
        followed: bool,  # noqa: FBT001 - a grid
    ) -> None:
        more = Authorization(3, effective_from=begins)
        found = check_authorization([WINTER, more], days(12, JANUARY))
        assert [each.severity.value for each in found] == ([] if followed else [LIGHT])

    @pytest.mark.parametrize(
        "other",
        [
            Authorization(3, codes=["97530"]),
            Authorization(3, discipline="OT"),
            Authorization(3, effective_through="2026-01-06"),
        ],
    )
    def test_one_that_cannot_take_over_changes_nothing(self, other: Authorization) -> None:
        given = Authorization(2, codes=["97110"], discipline="PT", effective_through="2026-01-06")
        claims = [claim(day, ("97110", 1)) for day in days(2, JANUARY)]
        assert [each.severity.value for each in check_authorization([given, other], claims)] == [
            LIGHT
        ]

    def test_a_gap_between_them_is_not_authorized(self) -> None:
        late = Authorization(12, effective_from="2026-04-03")
        found = check_authorization([WINTER, late], ["2026-03-31", "2026-04-01", "2026-04-03"])
        assert messages(found) == [
            (
                DENY,
                (
                    "visits outside the authorized dates: 2026-04-01 / These visits are outside the dates of the "
                    "authorization of 12 visits from 2026-01-01 through 2026-03-31 and the authorization "
                    "of 12 visits from 2026-04-03."
                ),
            )
        ]
        assert found[0].entries == ("winter",)

    @pytest.mark.parametrize(("count", "denied"), [(5, False), (6, True)])
    def test_overlapping_ones_are_used_in_the_order_in_which_they_end(
        self,
        count: int,
        denied: bool,  # noqa: FBT001 - a grid
    ) -> None:
        first = Authorization(2, effective_through="2026-01-08")
        second = Authorization(3, effective_from="2026-01-05")
        visits = [*days(3, JANUARY), *days(count - 3, datetime.date(2026, 1, 9))]
        found = check_authorization([second, first], visits)
        assert found.has_denials == denied
        left = authorization_balance([second, first], visits)
        assert [each.visits_left for each in left] == [5 - count if count < 5 else 0, 0]

    @pytest.mark.parametrize(("units", "denied"), [(4, False), (5, True)])
    def test_units_of_a_day_may_count_against_two(
        self,
        units: int,
        denied: bool,  # noqa: FBT001 - a grid
    ) -> None:
        first = Authorization(units=5, effective_through="2026-01-06")
        second = Authorization(units=3, effective_from="2026-01-06")
        claims = [claim("2026-01-05", ("97110", 4)), claim("2026-01-06", ("97110", units))]
        assert check_authorization([first, second], claims).has_denials == denied
        assert [each.units_used for each in authorization_balance([first, second], claims)] == [
            5,
            units - 1,
        ]

    def test_one_for_some_codes_leaves_the_other_for_other_codes(self) -> None:
        # Sorted only by end date, exercise would use up the only authorization that includes 97530.
        anything = Authorization(2, effective_through="2026-01-31")
        exercise = Authorization(2, codes=["97110"], effective_through="2026-06-30")
        claims = [claim(day, ("97110", 2)) for day in days(2, JANUARY)]
        claims += [claim(day, ("97530", 2)) for day in days(2, datetime.date(2026, 1, 12))]
        assert not check_authorization([anything, exercise], claims).has_denials
        more = [*claims, claim("2026-01-20", ("97530", 1))]
        assert check_authorization([anything, exercise], more).has_denials

    def test_a_code_is_outside_if_only_an_authorization_for_another_code_is_in_force(self) -> None:
        early = Authorization(3, codes=["97110"], effective_through="2026-01-31")
        late = Authorization(3, codes=["97530"], effective_from="2026-02-01")
        found = check_authorization([early, late], [claim(JANUARY, ("97110", 1), ("97530", 1))])
        assert messages(found) == [
            (
                DENY,
                (
                    "visits outside the authorized dates: 2026-01-05 / These visits are outside the dates of the "
                    "authorization of 3 visits for 97530 from 2026-02-01."
                ),
            )
        ]

    def test_a_code_that_no_authorization_lists_is_a_review(self) -> None:
        given = [Authorization(3, codes=["97110"]), Authorization(3, codes=["97530"], key="B")]
        found = check_authorization(given, [claim(JANUARY, ("97110", 1), ("97140", 1))])
        assert messages(found) == [(REVIEW, "billed codes that no authorization lists: 97140")]
        assert (found[0].codes, found[0].entries) == (("97140",), ("B",))

    def test_each_discipline_uses_its_own(self) -> None:
        given = [Authorization(2, discipline="PT"), Authorization(1, discipline="OT")]
        claims = [
            claim(JANUARY, ("97110", 2), ("97530", 1)),
            claim(JANUARY, ("97530", 1), plan="GO"),
        ]
        assert [each.visits_used for each in authorization_balance(given, claims)] == [1, 1]
        found = check_authorization(given[:1], claims)
        assert messages(found) == [
            (
                REVIEW,
                (
                    "billed under OT, but not authorized for OT: 97530 / An authorization includes these "
                    "codes, but it is for another discipline."
                ),
            )
        ]
        assert found[0].codes == ("97530",)
        assert messages(check_authorization(given[:1], claims[:1])) == []

    @pytest.mark.parametrize("call", [check_authorization, authorization_balance])
    def test_without_an_authorization_nothing_can_be_checked(
        self, call: Callable[[list[Authorization], list[str]], object]
    ) -> None:
        message = "give at least one authorization"
        assert refusal(InvalidInputError, lambda: call([], ["2026-03-02"])) == message

    def test_an_authorization_can_end_on_the_last_possible_date(self) -> None:
        last = Authorization(1, effective_through="9999-12-31")
        found = check_authorization([last, SPRING], ["9999-12-31"])
        assert [each.severity.value for each in found] == [LIGHT]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (Authorization(key="key-7"), "the authorization"),
        (Authorization(1), "the authorization of 1 visit"),
        (Authorization(units=24), "the authorization of 24 units"),
        (
            Authorization(2, 8, ["97110", "97530"], effective_from="2026-03-02", discipline="OT"),
            "the OT authorization of 2 visits and 8 units for 97110, 97530 from 2026-03-02",
        ),
    ],
)
def test_an_authorization_is_named_by_what_it_is_for(given: Authorization, name: str) -> None:
    assert name_of(given) == name
