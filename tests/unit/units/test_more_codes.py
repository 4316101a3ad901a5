"""Units of the codes next to the most billed ones: families, unit kinds, other programs, and general knowledge."""

from __future__ import annotations

from itertools import product

import pytest

from tests.grids import for_each
from tests.refusals import refusal
from tests.unit.units.treated_days import CMS, DAY, MIDPOINT, units
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    InvalidInputError,
    Session,
    UntimedService,
    allocate_units,
    bill_day,
    explain,
    load_codes,
)
from therapy_billing.base.wording import listed
from therapy_billing.codes import CodeProgram, UnitOf
from therapy_billing.codes.code_book import known_through, recalled_time_codes
from therapy_billing.formats.text import allocation_text
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import FirstPeriod
from therapy_billing.visits.services import Service, service

CODES = load_codes()
RECALLED = "how units of {} are counted is general knowledge, not confirmed by a source"
ACUPUNCTURE = ("97810", "97811", "97813", "97814")
SEVERAL = (UnitOf.AREA, UnitOf.APPLICATION, UnitOf.INSTRUMENT)


def billed(minutes: dict[str, int], payer: PayerLike = CPT_MIDPOINT) -> dict[str, int]:
    made = units(minutes, payer)
    return {code: count for code, count in made.items() if count}


def service_of(code: str) -> list[Service]:
    """Return the service, and for an add-on code also the service that it follows."""
    facts = CODES[code]
    firsts = [*facts.adds_to[:1], *([facts.beyond] if facts.beyond else [])]
    return [
        service(each, 60 if CODES[each].timed else None, None) for each in (*firsts, facts.code)
    ]


class TestHourCodes:
    @pytest.mark.parametrize(
        ("code", "further", "first", "boundaries"),
        [
            ("92626", "92627", 31, (68, 83, 98)),
            ("92605", "92618", 31, (76, 106, 136)),
            ("92607", "92608", 31, (76, 106, 136)),
            ("96112", "96113", 31, (76, 106, 136)),
            ("96125", "96125", 31, (91, 151, 211)),
            ("96105", "96105", 31, (91, 151, 211)),
        ],
    )
    def test_a_band_begins_at_its_minute_and_not_one_minute_earlier(
        self, code: str, further: str, first: int, boundaries: tuple[int, ...]
    ) -> None:
        wanted: dict[str, int] = {}
        for boundary, gained in ((first, code), *((each, further) for each in boundaries)):
            assert billed({code: boundary - 1}) == wanted
            wanted[gained] = wanted.get(gained, 0) + 1
            assert billed({code: boundary}) == billed({code: boundary + 1}) == wanted

    @pytest.mark.parametrize(("code", "further"), [("92605", "92618"), ("96112", "96113")])
    def test_medicare_needs_the_full_period_where_no_source_names_the_code(
        self, code: str, further: str
    ) -> None:
        for minutes, wanted, is_open in (
            (30, {}, False),
            (31, {}, True),
            (59, {}, True),
            (60, {code: 1}, False),
            (75, {code: 1}, False),
            (76, {code: 1}, True),
            (89, {code: 1}, True),
            (90, {code: 1, further: 1}, False),
        ):
            assert billed({code: minutes}, CMS) == wanted, minutes
            assert bool(allocate_units({code: minutes}, CMS).open_questions) is is_open, minutes
        asked = CMS.with_changes(first_period=FirstPeriod.MIDPOINT)
        assert billed({code: 31}, asked) == {code: 1}

    def test_a_hearing_device_evaluation_is_the_same_under_both_methods(self) -> None:
        for minutes in range(200):
            assert billed({"92626": minutes}, CMS) == billed({"92626": minutes})


class TestAcupuncture:
    def test_a_family_has_one_first_unit_and_further_units(self) -> None:
        for minutes, first, further in ((7, 0, 0), (8, 1, 0), (22, 1, 0), (23, 1, 1), (38, 1, 2)):
            for code, add_on in (("97810", "97811"), ("97813", "97814")):
                wanted = {code: first, add_on: further}
                assert billed({code: minutes}) == {c: n for c, n in wanted.items() if n}

    def test_an_add_on_may_follow_either_first_code_and_keeps_its_own_minutes(self) -> None:
        assert billed({"97810": 15, "97814": 15}) == {"97810": 1, "97814": 1}
        assert billed({"97813": 15, "97811": 15}) == {"97813": 1, "97811": 1}
        assert billed({"97810": 15, "97814": 7}) == {"97810": 1}
        assert billed({"97810": 15, "97814": 8}) == {"97810": 1, "97814": 1}

    def test_its_own_first_code_comes_before_the_other_one(self) -> None:
        day = {"97810": 8, "97813": 15, "97814": 15}
        assert billed(day) == {"97810": 1, "97813": 1, "97814": 1}
        assert billed({"97811": 15, "97813": 15, "97810": 15})["97811"] == 1

    def test_every_mix_counts_each_minute_in_its_own_family_or_alone(self) -> None:
        for given in product((0, 7, 8, 15, 22, 23), repeat=4):
            minutes = {c: m for c, m in zip(ACUPUNCTURE, given, strict=True) if m}
            wanted: dict[str, int] = {}
            for first, add_on in (("97810", "97811"), ("97813", "97814")):
                pooled = minutes.get(first, 0) + minutes.get(add_on, 0)
                quarters = (pooled + 7) // 15
                own = min(quarters, 1) if first in minutes else 0
                wanted |= {first: own, add_on: quarters - own}
            if {"97810", "97813"} & set(minutes):
                assert billed(minutes) == {c: n for c, n in wanted.items() if n}, minutes

    @pytest.mark.parametrize("code", ["97811", "97814"])
    def test_an_add_on_without_a_first_code_is_refused(self, code: str) -> None:
        assert refusal(InvalidInputError, lambda: allocate_units({code: 15}, CPT_MIDPOINT)) == (
            f"add-on code {code} is documented without 97810 or 97813: "
            "record the first minutes under 97810 or 97813"
        )


class TestUnitKinds:
    @for_each(code=[code for code, facts in CODES.items() if not facts.timed])
    def test_only_counted_kinds_have_several_units(self, code: str) -> None:
        facts = CODES[code]
        several = facts.unit_of in SEVERAL or facts.beyond is not None
        if several:
            assert UntimedService(code, units=3).units == 3
            return
        often = "calendar month" if facts.unit_of is UnitOf.CALENDAR_MONTH else "day"
        assert refusal(InvalidInputError, lambda: UntimedService(code, units=2)) == (
            f"code {code} is billed once a {often}: units must be 1, got 2"
        )

    def test_casts_forms_and_measured_parts_add_up(self) -> None:
        services = [
            UntimedService("29125"),
            UntimedService("29125", units=2),
            UntimedService("95851", units=4),
            UntimedService("G0451", units=2),
            UntimedService("98970", 9),
            UntimedService("92520"),
        ]
        made = allocate_units(Session(DAY, "OT", services), MEDICARE)
        assert made.untimed_units == {
            "29125": 3,
            "95851": 4,
            "G0451": 2,
            "98970": 1,
            "92520": 1,
        }
        assert made.remarks == (RECALLED.format("29125, 92520, 95851, 98970, and G0451"),)

    def test_a_monitoring_month_needs_20_minutes_and_names_no_code_of_therapists(self) -> None:
        def month(*services: UntimedService) -> dict[str, int]:
            return dict(allocate_units(Session(DAY, "PT", services), CPT_MIDPOINT).untimed_units)

        assert month(UntimedService("99457", 20)) == {"99457": 1}
        assert refusal(InvalidInputError, lambda: month(UntimedService("99457", 19))) == (
            "code 99457 needs 20 or more minutes in the calendar month, got 19"
        )
        assert refusal(InvalidInputError, lambda: month(UntimedService("98980", 19))) == (
            "code 98980 needs 20 or more minutes in the calendar month, got 19; 98979 needs 10 to 19"
        )
        further = UntimedService("99457", 40), UntimedService("99458")
        assert month(*further) == {"99457": 1, "99458": 1}
        with pytest.raises(InvalidInputError, match="99458 x1 needs at least 40 minutes"):
            month(UntimedService("99457", 39), UntimedService("99458"))

    def test_an_ended_code_without_a_successor_says_when_it_ended(self) -> None:
        ended = "code 96003 ended on 2024-12-31"
        for day, message in (
            ("2025-01-01", f"{ended}: no code that replaced it is in the data"),
            (None, f"{ended}: give date_of_service for an earlier service"),
        ):
            given = {"96003": 15}
            assert message == refusal(
                InvalidInputError,
                lambda given=given, day=day: allocate_units(  # type: ignore[misc]
                    given, CPT_MIDPOINT, date_of_service=day
                ),
            )
        assert refusal(InvalidInputError, lambda: service("95831", 15, 2)) == (
            "code 95831 is billed once a day: units must be 1, got 2"
        )
        with pytest.raises(InvalidInputError) as caught:
            allocate_units({"95831": 15}, CPT_MIDPOINT, date_of_service="2019-12-31")
        assert str(caught.value) == (
            "code 95831 is untimed: record UntimedService('95831'); 95831 is valid through 2019-12-31"
        )


class TestPrograms:
    OTHERS = tuple(c for c, facts in CODES.items() if facts.program is not CodeProgram.THERAPY)

    @pytest.mark.parametrize("code", OTHERS)
    def test_medicare_refuses_a_code_of_another_program(self, code: str) -> None:
        day = Session(DAY, "PT", service_of(code))
        first = day.services[0].code
        message = (
            f"Medicare does not accept code {code}"
            if CODES[code].medicare_refuses
            else f"code {first} ({CODES[code].program.value}) is not in Medicare's therapy benefit: "
            "leave it out, or count it for another payer"
        )
        assert refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE)) == message
        made = allocate_units(day, CPT_MIDPOINT)
        assert {**made.units, **made.untimed_units}[code] >= 1

    @pytest.mark.parametrize("code", ["92630", "92633"])
    def test_medicare_refuses_codes_that_it_does_not_accept(self, code: str) -> None:
        day = Session(DAY, "SLP", [UntimedService(code)])
        assert refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE)) == (
            f"Medicare does not accept code {code}"
        )


class TestRemarks:
    @for_each(code=CODES)
    def test_a_day_names_each_billed_code_that_only_general_knowledge_counts(
        self, code: str
    ) -> None:
        facts = CODES[code]
        day = min(facts.effective_through or DAY, DAY, known_through())
        made = allocate_units(Session(day, "SLP", service_of(code)), MIDPOINT)
        counted = {**made.units, **made.untimed_units}
        wanted = sorted(c for c, count in counted.items() if count and c in recalled_time_codes())
        assert sorted(made.recalled_codes) == wanted
        remark = [RECALLED.format(listed(wanted))] if wanted else []
        assert [*made.open_questions, *remark] == list(made.remarks)
        levels = {source.verified.value for source in facts.sources["time"]}
        assert (code in recalled_time_codes()) is (levels == {"unverified"})

    def test_a_code_without_a_unit_is_not_named(self) -> None:
        assert allocate_units({"96112": 30}, CPT_MIDPOINT).remarks == ()
        assert allocate_units({"96112": 31}, CPT_MIDPOINT).remarks == (RECALLED.format("96112"),)
        assert allocate_units({"97530": 30}, MEDICARE).remarks == ()

    def test_the_result_in_text_json_and_steps_shows_it(self) -> None:
        made_of = Session(DAY, "OT", [UntimedService("29105"), UntimedService("95851")])
        made = allocate_units(made_of, MEDICARE)
        remark = RECALLED.format("29105 and 95851")
        assert remark in bill_day(made_of, MEDICARE, None).remarks
        assert f"{remark}." in allocation_text(made).splitlines()
        assert made.to_dict()["remarks"] == [remark]
        assert remark in made._repr_html_()
        assert "General knowledge: one unit for each cast, splint, or strapping" in str(
            explain(made)
        )
