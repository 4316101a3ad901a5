"""Test the codes of a monitoring period at every boundary."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import attrs
import pytest

from tests.monitoring_oracle import LONG, SHORT, rtm_units
from therapy_billing import (
    MEDICARE,
    FeeSchedule,
    InvalidInputError,
    MonitoringPeriod,
    NotPublishedError,
    Session,
    bill_day,
    load_codes,
)
from therapy_billing.codes.period_codes import (
    exclusive_codes,
    load_period_codes,
    period_code_on,
)

MARCH = date(2026, 3, 31)
CHANGES = [
    date(2021, 12, 31),
    date(2022, 1, 1),
    date(2022, 12, 31),
    date(2023, 1, 1),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 12, 31),
]
FEES = FeeSchedule.medicare(MARCH)


def units(period: MonitoringPeriod) -> dict[str, int]:
    return {each.code: each.units for each in period.codes}


def reason(period: MonitoringPeriod, code: str) -> str:
    (found,) = (each.reason for each in period.not_billed if each.code == code)
    return found


def month(minutes: int, day: date | str = MARCH, **facts: Any) -> MonitoringPeriod:  # noqa: ANN401 - any facts
    return MonitoringPeriod(day, minutes=minutes, **{"live_contact": True, "earlier": (), **facts})


def supply(days: int, day: date | str = MARCH, **facts: Any) -> MonitoringPeriod:  # noqa: ANN401 - any facts
    return MonitoringPeriod(
        day, days_of_data=days, **{"device": "respiratory", "earlier": (), **facts}
    )


class TestMinutesOfAMonth:
    @pytest.mark.parametrize("day", CHANGES)
    @pytest.mark.parametrize("live_contact", [True, False, None])
    def test_every_minute_makes_the_codes_of_its_band(
        self,
        day: date,
        live_contact: bool | None,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        for minutes in range(121):
            found = units(month(minutes, day, live_contact=live_contact))
            wanted = rtm_units(day, minutes=minutes, live_contact=live_contact)
            assert found == wanted, minutes

    @pytest.mark.parametrize(
        ("minutes", "day", "code", "said"),
        [
            (9, MARCH, "98979", "needs 10 to 19 minutes in the calendar month, got 9"),
            (20, MARCH, "98979", "needs 10 to 19 minutes in the calendar month, got 20"),
            (19, MARCH, "98980", "needs 20 or more minutes in the calendar month, got 19"),
            (39, MARCH, "98981", "needs 40 or more minutes in the calendar month, got 39"),
            (15, date(2025, 12, 31), "98979", "begins on 2026-01-01"),
        ],
    )
    def test_a_code_that_is_not_billed_has_a_reason(
        self, minutes: int, day: date, code: str, said: str
    ) -> None:
        assert reason(month(minutes, day), code) == said

    def test_a_missing_fact_makes_no_code(self) -> None:
        unknown = MonitoringPeriod(MARCH, minutes=45)
        assert unknown.codes == ()
        assert reason(unknown, "98980") == "whether there was a live contact is not known"
        without = month(45, live_contact=False)
        assert (
            reason(without, "98980")
            == "needs a live contact with the patient or caregiver in the month"
        )
        assert reason(MonitoringPeriod(MARCH, live_contact=True), "98980") == (
            "the minutes are not known"
        )

    def test_more_minutes_never_cover_fewer_minutes(self) -> None:
        covered = {"98979": 10, "98980": 20, "98981": 20}
        for day in CHANGES:
            before = 0
            for minutes in range(201):
                total = sum(covered[code] * n for code, n in units(month(minutes, day)).items())
                assert before <= total <= minutes
                before = total


class TestDaysOfData:
    @pytest.mark.parametrize("day", CHANGES)
    @pytest.mark.parametrize("device", [*LONG, None])
    @pytest.mark.parametrize("setup", [True, False])
    def test_every_day_makes_the_codes_of_its_band(
        self,
        day: date,
        device: str | None,
        setup: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        for days in range(31):
            found = units(supply(days, day, device=device, setup=setup))
            wanted = rtm_units(day, days_of_data=days, device=device, setup=setup)
            assert found == wanted, days

    def test_the_whole_grid_has_the_codes_of_the_oracle(self) -> None:
        for day in CHANGES:
            for device in LONG:
                for days in (0, 1, 2, 15, 16, 30):
                    for minutes in (9, 10, 19, 20, 39, 40, 60):
                        facts: dict[str, Any] = {
                            "minutes": minutes,
                            "live_contact": True,
                            "days_of_data": days,
                            "device": device,
                            "setup": True,
                        }
                        found = MonitoringPeriod(day, **facts)
                        assert units(found) == rtm_units(day, **facts)

    @pytest.mark.parametrize(
        ("facts", "code", "said"),
        [
            ({}, "98976", "the number of days with data is not known"),
            ({"days_of_data": 16}, "98976", "the kind of device is not known"),
            (
                {"days_of_data": 1},
                "98984",
                "needs 2 to 15 days with data in 30 days, got 1 day",
            ),
            (
                {"days_of_data": 16, "device": "musculoskeletal"},
                "98976",
                "is for a respiratory device, got a musculoskeletal one",
            ),
            ({"days_of_data": 16}, "98975", "no setup was given (setup=False)"),
            ({"setup": True}, "98975", "the number of days with data is not known"),
        ],
    )
    def test_a_code_that_is_not_billed_has_a_reason(
        self, facts: dict[str, Any], code: str, said: str
    ) -> None:
        assert reason(MonitoringPeriod(MARCH, **facts), code) == said

    def test_98978_excludes_98975_on_the_same_day(self) -> None:
        period = supply(16, device="CBT", setup=True)
        assert units(period) == {"98978": 1}
        assert reason(period, "98975") == (
            "excluded by 98978, billed on the same day; these codes are for the same NCCI pair; "
            "98978 is the code that is paid"
        )
        later = supply(
            16, device="CBT", setup=True, earlier=[("98978", MARCH - timedelta(days=30))]
        )
        assert units(later) == {"98978": 1}
        earlier = supply(
            16, device="CBT", setup=True, earlier=[("98978", MARCH - timedelta(days=1))]
        )
        assert units(earlier) == {"98975": 1}


class TestEarlierCodes:
    @pytest.mark.parametrize(
        ("billed", "again"),
        [
            ("2026-03-01", False),
            ("2026-03-31", False),
            ("2026-02-28", True),
            ("2025-03-31", True),
        ],
    )
    @pytest.mark.parametrize(("minutes", "code"), [(15, "98979"), (25, "98980")])
    def test_a_code_of_a_month_is_billed_once_in_it(
        self,
        billed: str,
        again: bool,  # noqa: FBT001 - a parameter of the test
        minutes: int,
        code: str,
    ) -> None:
        period = month(minutes, earlier=[(code, billed)])
        assert (code in units(period)) is again
        if not again:
            assert reason(period, code) == f"billed on {billed}; once per calendar month"

    @pytest.mark.parametrize(("days", "codes"), [(16, LONG), (15, SHORT)])
    def test_a_device_is_billed_once_in_30_days(self, days: int, codes: dict[str, str]) -> None:
        for device, code in codes.items():
            for apart in (0, 1, 29, 30, 31):
                billed = MARCH - timedelta(days=apart)
                period = supply(days, device=device, earlier=[(code, billed)])
                assert (code in units(period)) is (apart >= 30)
                if apart < 30:
                    assert reason(period, code) == f"billed on {billed}; once per 30 days"

    def test_a_setup_is_billed_once_in_an_episode(self) -> None:
        period = supply(16, setup=True, earlier=[("98975", "2022-01-03")])
        assert reason(period, "98975") == "billed on 2022-01-03; once per episode of care"

    @pytest.mark.parametrize(
        ("minutes", "earlier", "billed"),
        [
            (60, [("98980", "2026-03-10")], {"98981": 2}),
            (39, [("98980", "2026-03-10")], {}),
            (60, [("98980", "2026-03-10"), ("98981", "2026-03-20", 1)], {"98981": 1}),
            (59, [("98980", "2026-03-10"), ("98981", "2026-03-20", 1)], {}),
            (60, [("98980", "2026-03-10"), ("98981", "2026-03-20", 5)], {}),
            (60, [("98980", "2026-02-10"), ("98981", "2026-02-20", 1)], {"98980": 1, "98981": 2}),
            (60, [("98980", "2026-03-10"), ("98981", "2026-03-20")], {}),
            (60, [("98980", "2026-03-10"), ("98981", "2026-03-20", None)], {}),
            (60, [("98979", "2026-03-10")], {}),
            (15, [("98980", "2026-03-10")], {}),
            (15, [("98981", "2026-03-10", 1)], {}),
        ],
    )
    def test_the_rest_of_a_month_is_billed_later(
        self, minutes: int, earlier: list[Any], billed: dict[str, int]
    ) -> None:
        assert units(month(minutes, earlier=earlier)) == billed

    def test_a_month_that_was_billed_in_part_says_what_is_left(self) -> None:
        first = ("98980", "2026-03-10")
        assert reason(month(59, earlier=[first, ("98981", "2026-03-20", 1)]), "98981") == (
            "the units of 59 minutes were billed earlier in the month"
        )
        assert reason(month(60, earlier=[first, ("98981", "2026-03-20")]), "98981") == (
            "billed earlier in the month with unknown units: add them to earlier"
        )
        assert reason(month(60, earlier=[("98979", "2026-03-10")]), "98980") == (
            "excluded by 98979, billed on 2026-03-10; these codes are for the same calendar month; "
            "98979 is for 10 to 19 minutes, 98980 for 20 or more"
        )
        assert reason(month(60, earlier=[("98979", "2026-03-10")]), "98981") == (
            "needs 98980 in the same calendar month"
        )

    def test_two_devices_of_a_kind_exclude_each_other_both_ways(self) -> None:
        for device in LONG:
            for days, earlier in ((16, SHORT[device]), (15, LONG[device])):
                for apart in (0, 29, 30):
                    billed = MARCH - timedelta(days=apart)
                    period = supply(days, device=device, earlier=[(earlier, billed)])
                    assert bool(period.codes) is (apart >= 30), (device, days, apart)

    def test_therapeutic_and_physiologic_monitoring_exclude_each_other_in_a_month(self) -> None:
        for billed, excluded in (("2026-03-01", True), ("2026-02-28", False)):
            therapeutic = month(25, earlier=[("99457", billed)])
            physiologic = month(25, family="RPM", earlier=[("98980", billed)])
            assert (therapeutic.codes == ()) is excluded
            assert (physiologic.codes == ()) is excluded

    @pytest.mark.parametrize("day", [*CHANGES, date(2020, 6, 1), date(2021, 1, 3)])
    def test_no_two_exclusive_codes_and_no_code_out_of_its_dates(self, day: date) -> None:
        month_facts: dict[str, Any] = {"live_contact": True, "setup": True}
        recent = [
            (row.code, day - timedelta(days=count))
            for row in load_period_codes()
            for count in (3, 20)
        ]
        grid: list[dict[str, Any]] = [
            {**month_facts, "minutes": minutes, "days_of_data": days, **family}
            for minutes in (15, 25, 50)
            for days in (5, 20)
            for family in ({"device": "CBT"}, {"device": "MSK"}, {"family": "RPM"})
        ]
        grid += [{"minutes": 8, "family": "e-visit"}, {"minutes": 8, "family": "telephone"}]
        for facts in grid:
            for earlier in ([], recent, *([each] for each in recent)):
                period = MonitoringPeriod(day, **facts, earlier=earlier)
                billed = [(each.code, day) for each in period.codes]
                for code, _ in billed:
                    assert period_code_on(code, day) is not None
                    assert not [
                        other
                        for row in exclusive_codes()
                        for other in row.excluding(code, day, [*billed, *earlier])
                    ]

    def test_every_code_of_the_family_is_either_billed_or_has_a_reason(self) -> None:
        for family in ("RTM", "RPM", "e-visit", "telephone", "virtual-check-in"):
            codes = {row.code for row in load_period_codes() if row.family.value == family}
            for minutes in (0, 7, 15, 25, 45):
                period = MonitoringPeriod(MARCH, family=family, minutes=minutes)
                found = [each.code for each in period.codes]
                found += [each.code for each in period.not_billed]
                assert sorted(found) == sorted(codes)


class TestOtherFamilies:
    @pytest.mark.parametrize(
        ("family", "day", "bands"),
        [
            ("e-visit", date(2019, 12, 31), {}),
            (
                "e-visit",
                date(2020, 1, 1),
                {"G2061": (5, 10), "G2062": (11, 20), "G2063": (21, 999)},
            ),
            (
                "e-visit",
                date(2020, 12, 31),
                {"G2061": (5, 10), "G2062": (11, 20), "G2063": (21, 999)},
            ),
            (
                "e-visit",
                date(2021, 1, 1),
                {"98970": (5, 10), "98971": (11, 20), "98972": (21, 999)},
            ),
            ("telephone", date(2020, 3, 31), {}),
            (
                "telephone",
                date(2020, 4, 1),
                {"98966": (5, 10), "98967": (11, 20), "98968": (21, 30)},
            ),
            ("virtual-check-in", date(2020, 12, 31), {}),
            ("virtual-check-in", date(2021, 1, 1), {"G2251": (5, 10)}),
        ],
    )
    def test_every_minute_of_7_days_makes_the_code_of_its_band(
        self, family: str, day: date, bands: dict[str, tuple[int, int]]
    ) -> None:
        for minutes in range(121):
            found = units(MonitoringPeriod(day, family=family, minutes=minutes, earlier=()))
            assert found == {
                code: 1 for code, (fewest, most) in bands.items() if fewest <= minutes <= most
            }

    @pytest.mark.parametrize(
        ("family", "code", "others"),
        [
            ("e-visit", "98970", ("98971", "98972")),
            ("telephone", "98966", ("98967", "98968")),
            ("virtual-check-in", "G2251", ()),
        ],
    )
    def test_7_days_have_one_code(self, family: str, code: str, others: tuple[str, ...]) -> None:
        for apart in (0, 6, 7, 8):
            for earlier in (code, *others):
                billed = MARCH - timedelta(days=apart)
                period = MonitoringPeriod(
                    MARCH, family=family, minutes=7, earlier=[(earlier, billed)]
                )
                assert (code in units(period)) is (apart >= 7)

    def test_an_e_visit_of_2020_excludes_one_of_2021(self) -> None:
        for day, billed in (("2021-01-06", ()), ("2021-01-07", ("98970",))):
            period = MonitoringPeriod(
                day, family="e-visit", minutes=7, earlier=[("G2061", "2020-12-31")]
            )
            assert tuple(units(period)) == billed

    def test_what_is_not_verified_and_must_be_confirmed_is_a_remark(self) -> None:
        period = MonitoringPeriod(MARCH, family="e-visit", minutes=7, earlier=())
        assert period.remarks == (
            "unverified: the facts about 98970, 98971, and 98972",
            (
                "not checked: the patient is established and asked for the contact, and it does not result "
                "from a visit in the 7 days before (unverified)"
            ),
        )
        assert {each.verified.value for each in period.codes} == {"unverified"}
        assert {each.verified.value for each in period.not_billed} == {"unverified"}

    @pytest.mark.parametrize(
        ("day", "minutes", "days", "codes"),
        [
            ("2026-03-31", 45, 16, {"99453": 1, "99454": 1, "99457": 1, "99458": 1}),
            ("2026-03-31", 15, 15, {"99445": 1, "99470": 1}),
            ("2025-12-31", 15, 15, {}),
            ("2019-12-31", 45, 16, {"99453": 1, "99454": 1, "99457": 1}),
            ("2018-12-31", 45, 16, {}),
        ],
    )
    def test_physiologic_monitoring_is_marked_as_not_a_therapists(
        self, day: str, minutes: int, days: int, codes: dict[str, int]
    ) -> None:
        period = MonitoringPeriod(
            day, family="RPM", minutes=minutes, live_contact=True, days_of_data=days, setup=True
        )
        assert units(period) == codes
        assert not any(each.therapist for each in period.codes)
        assert reason(period, "99091") == (
            "its 30 or more minutes are not part of the minutes of this period"
        )
        if codes:
            message = f"a therapist may not bill {next(iter(codes))} \\(unverified\\): see codes"
            with pytest.raises(InvalidInputError, match=message):
                period.services()


class TestServices:
    def test_a_month_goes_straight_into_a_day(self) -> None:
        for minutes in range(121):
            period = month(minutes, days_of_data=16, device="MSK", setup=True)
            day = Session(MARCH, "PT", period.services())
            priced = bill_day(day, MEDICARE, FEES)
            assert {each.code: each.units for each in priced.lines} == units(period)
            documented = sum(each.minutes or 0 for each in day.services)
            assert documented == (minutes if minutes >= 10 else 0)

    def test_the_rest_of_a_month_goes_into_a_later_day(self) -> None:
        for minutes in range(40, 121):
            for before in range((minutes - 20) // 20):
                earlier: list[Any] = [("98980", "2026-03-10")]
                earlier += [("98981", "2026-03-11", before)] if before else []
                (service,) = month(minutes, earlier=earlier).services()
                assert (service.code, service.units) == ("98981", minutes // 20 - 1 - before)
                assert service.minutes == minutes - 20 - 20 * before
                day = bill_day(Session(MARCH, "PT", [service]), MEDICARE, FEES)
                assert [each.units for each in day.lines] == [service.units]

    def test_an_assistants_management_has_cq_and_a_device_has_not(self) -> None:
        period = month(25, days_of_data=16, device="MSK")
        day = Session(MARCH, "PT", period.services(clinician="PTA"))
        lines = bill_day(day, MEDICARE, FEES).lines
        assert {each.code: each.claim_line.modifiers for each in lines} == {
            "98977": ("GP",),
            "98980": ("GP", "CQ"),
        }

    def test_a_code_without_facts_in_the_code_book_is_refused(self) -> None:
        period = supply(15, device="CBT")
        assert units(period) == {"98986": 1}
        if "98986" not in load_codes():
            with pytest.raises(InvalidInputError, match="'98986' is not in the data"):
                period.services()

    def test_nothing_to_bill_makes_no_service(self) -> None:
        assert MonitoringPeriod(MARCH).services() == ()


class TestDisplays:
    def test_a_period_becomes_a_dict_with_its_results(self) -> None:
        plain = month(47, days_of_data=15, device="MSK").to_dict()
        assert json.loads(json.dumps(plain)) == plain
        assert list(plain) == [
            "date_of_service",
            "family",
            "minutes",
            "live_contact",
            "days_of_data",
            "device",
            "setup",
            "earlier",
            "codes",
            "not_billed",
            "remarks",
        ]
        assert [(each["code"], each["units"], each["minutes"]) for each in plain["codes"]] == [
            ("98985", 1, None),
            ("98980", 1, 20),
            ("98981", 1, 27),
        ]
        assert {each["rule"] for each in plain["codes"]} == {"monitoring-period"}
        assert {each["verified"] for each in plain["codes"]} == {"secondary"}

    def test_the_repr_of_a_result_is_short(self) -> None:
        (code,) = month(15).codes
        assert repr(code) == (
            "MonitoringCode(code='98979', units=1, minutes=15, "
            "reason='needs 10 to 19 minutes in the calendar month, got 15', therapist=True)"
        )
        assert repr(month(15).not_billed[-1]) == (
            "UnbilledCode(code='98981', reason='needs 40 or more minutes in the calendar month, got 15')"
        )
        assert repr(MonitoringPeriod("2026-03-31", minutes=15)).startswith(
            "MonitoringPeriod(date_of_service=datetime.date(2026, 3, 31), family="
        )

    def test_a_reason_of_an_add_on_code_says_how_it_is_counted(self) -> None:
        assert month(65).codes[-1].reason == (
            "needs 40 or more minutes in the calendar month, got 65; one unit for each additional 20 minutes"
        )

    def test_remarks_say_what_was_not_checked(self) -> None:
        assert MonitoringPeriod(MARCH).remarks == (
            "no earlier codes were given, so limits per month, 30 days, 7 days, and episode of care were not checked",
            "not checked: one practitioner bills RTM for a patient in 30 days (secondary)",
        )
        short = supply(15, device="CBT")
        assert short.remarks == (
            "derived: the facts about 98986",
            "not checked: one practitioner bills RTM for a patient in 30 days (secondary)",
            "98986: bill it only when 16 days of data can no longer be reached in the 30 days",
        )
        assert month(15).remarks[-1] == (
            "98979: bill it only when 20 minutes will not be reached in the calendar month"
        )

    def test_a_changed_copy_has_its_own_codes(self) -> None:
        period = month(19)
        assert units(attrs.evolve(period, minutes=20)) == {"98980": 1}
        assert units(period) == {"98979": 1}
        assert period == month(19)
        assert period != month(20)


class TestWrongInput:
    @pytest.mark.parametrize(
        ("facts", "field", "message"),
        [
            ({"days_of_data": 31}, "days_of_data", "days_of_data must be from 0 to 30, got 31"),
            ({"days_of_data": -1}, "days_of_data", "days_of_data must be from 0 to 30, got -1"),
            ({"minutes": -1}, "minutes", "minutes must be from 0 to 1440, got -1"),
            ({"minutes": 1441}, "minutes", "minutes must be from 0 to 1440, got 1441"),
            ({"minutes": 20.5}, "minutes", "minutes must be a whole number, got 20.5"),
            (
                {"live_contact": "yes"},
                "live_contact",
                "live_contact must be True or False, got 'yes'",
            ),
            ({"setup": None}, "setup", "setup must be True or False, got None"),
            (
                {"family": "rtn"},
                "family",
                (
                    "family must be RTM, RPM, e-visit, telephone, or virtual-check-in, got a string of 3 "
                    "characters; did you mean RTM?"
                ),
            ),
            (
                {"device": "knee"},
                "device",
                (
                    "device must be respiratory, musculoskeletal, or cognitive-behavioral, got a string of 4 "
                    "characters"
                ),
            ),
            (
                {"earlier": "98980"},
                "earlier",
                "earlier must be pairs such as [('98980', '2026-03-31')], got '98980'",
            ),
            (
                {"earlier": 7},
                "earlier",
                "earlier must be pairs such as [('98980', '2026-03-31')], got 7",
            ),
            (
                {"earlier": ["98980"]},
                "earlier[0]",
                "earlier[0] must be a code and its date such as ('98980', '2026-03-31'), got '98980'",
            ),
            (
                {"earlier": [("98980", "2026-03-01", 1, 1)]},
                "earlier[0]",
                "earlier[0] must be a code and its date such as ('98980', '2026-03-31'), got a tuple",
            ),
            (
                {"earlier": [("98980", "2026-03-01", 0)]},
                "earlier[0]",
                "earlier[0] must be 1 or more, got 0",
            ),
            (
                {"earlier": [("98980", "2026-03-01"), ("98979", "2026-04-01")]},
                "earlier[1]",
                "98979 in earlier is for 2026-04-01, after the date of service 2026-03-31",
            ),
            (
                {"family": "e-visit", "live_contact": False},
                "live_contact",
                "live_contact does not apply to the family e-visit: leave it out",
            ),
            (
                {"family": "telephone", "days_of_data": 3},
                "days_of_data",
                "days_of_data does not apply to the family telephone: leave it out",
            ),
            (
                {"family": "RPM", "device": "respiratory"},
                "device",
                "device does not apply to the family RPM: leave it out",
            ),
            (
                {"family": "virtual-check-in", "setup": True},
                "setup",
                "setup does not apply to the family virtual-check-in: leave it out",
            ),
        ],
    )
    def test_a_wrong_value_is_refused(
        self, facts: dict[str, Any], field: str, message: str
    ) -> None:
        with pytest.raises(InvalidInputError) as caught:
            MonitoringPeriod(MARCH, **facts)
        assert str(caught.value) == message
        assert caught.value.field == field

    @pytest.mark.parametrize("earlier", [[("123", MARCH)], [("98980", "soon")]])
    def test_a_wrong_code_or_date_names_its_index(self, earlier: list[Any]) -> None:
        with pytest.raises(InvalidInputError, match=r"^earlier\[0\] must be "):
            MonitoringPeriod(MARCH, earlier=earlier)

    def test_a_date_after_the_data_is_refused(self) -> None:
        with pytest.raises(NotPublishedError, match="known through 2026-12-31, not on 2027-01-01"):
            MonitoringPeriod("2027-01-01")
