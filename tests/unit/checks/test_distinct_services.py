"""Whether a record shows that two services were distinct, and what the manual says about them."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from therapy_billing import MEDICARE, ClaimLine, Session, Setting, TimedService
from therapy_billing.base.data_loader import read_toml
from therapy_billing.checks.claimed_day import ClaimedDay
from therapy_billing.checks.distinct_services import (
    Evidence,
    condition_of,
    evidence_of,
    is_distinct,
    modifier_for,
)
from therapy_billing.codes.code_book import load_codes
from therapy_billing.ncci.records import EditSetting

DAY = date(2024, 8, 1)
PLAN_OF = {"GP": "PT", "GO": "OT", "GN": "SLP"}
SPEECH = ("92507", "92508", "92526")
TREATMENT = ("97110", "97112", "97150", "97530")
COGNITIVE = ("97129", "97130", "97533")
FORBIDDEN = (
    *itertools.product(SPEECH, TREATMENT),
    *itertools.product(("92507", "92508"), COGNITIVE),
    *itertools.product(("97760", "97761"), ("97164", "97168")),
)


def day_of(*lines: ClaimLine, sessions: tuple[Session, ...] = ()) -> ClaimedDay:
    return ClaimedDay(
        date_of_service=DAY,
        lines=lines,
        policy=MEDICARE.on(DAY),
        sessions=sessions,
        given_edits=None,
        edit_setting=EditSetting.PRACTITIONER,
        fees=None,
        accumulators=None,
        kx_attested=(),
        setting=Setting.NON_FACILITY,
        unused_attestations=(),
        counted_by="",
    )


def regions_of(one: str | None, other: str | None) -> bool | None:
    """Return whether two services on these regions are separate."""
    services = (
        TimedService("97110", 15, body_region=one),
        TimedService("97140", 15, body_region=other),
    )
    day = day_of(
        ClaimLine("97110", 1, ("GP",)),
        ClaimLine("97140", 1, ("GP",)),
        sessions=(Session(DAY, "PT", services),),
    )
    return evidence_of(day, "97110", "97140").regions


def plans_of(*lines: ClaimLine) -> bool:
    return evidence_of(day_of(*lines), "97110", "97140").plans


class TestRegions:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("neck", "left knee"),
            ("left knee", "right knee"),
            ("L knee", "rt. knee"),
            ("knee (left)", "Knee, RIGHT"),
            ("cervical spine", "lumbar spine"),
            ("left hip joint", "left ankle"),
            ("TMJ", "shoulders"),
            ("muscles of the neck", "the wrist"),
            ("lumbosacral region", "thoracic"),
            ("low back", "left knee"),
            ("lower back", "upper back"),
            ("L-spine", "C-spine"),
            ("L low back", "neck"),
            ("right hand", "right elbow"),
            ("left hand", "right wrist"),
            ("RUE", "LUE"),
            ("right upper extremity", "left hand"),
            ("left leg", "neck"),
            ("trunk", "neck"),
            ("trunk", "both legs"),
            ("foot", "knee"),
            ("neck and shoulder", "knee"),
            ("left shoulder and left knee", "left hip"),
            ("both knees", "neck"),
            ("left and right knee", "neck"),
            ("left right knee", "neck"),
            ("pelvic floor", "thoracic spine"),
        ],
    )
    def test_two_regions_of_the_list_or_two_sides_are_separate(self, one: str, other: str) -> None:
        assert regions_of(one, other) is True
        assert regions_of(other, one) is True

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("L knee", "left knee"),
            ("lt knee", "Knee - left"),
            ("knees", "knee"),
            ("neck", "cervical spine"),
            ("lumbar", "lumbosacral"),
            ("head", "jaw"),
            ("R shoulder", "right shoulder joint"),
            ("low back", "lumbar spine"),
            ("right low back", "left low back"),
            ("trunk", "lower back"),
            ("right hand", "right wrist"),
            ("left forearm", "left elbow"),
            ("left lower extremity", "left knee"),
            ("bilateral knees", "left knee"),
            ("left shoulder and right knee", "left knee"),
            ("neck and shoulder", "neck"),
            ("pelvis", "low back"),
            ("left thigh", "left hip"),
            ("left calf", "left ankle"),
        ],
    )
    def test_two_names_of_one_region_are_the_same(self, one: str, other: str) -> None:
        assert regions_of(one, other) is False
        assert regions_of(other, one) is False

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("knee", "left knee"),
            ("hand", "left wrist"),
            ("leg", "left knee"),
            ("lower left", "neck"),
            ("low", "neck"),
            ("low back pain", "neck"),
            ("left", "neck"),
            ("spine", "knee"),
            ("kneee", "neck"),
            ("", "neck"),
            (" - ", "neck"),
            (None, "neck"),
            (None, None),
        ],
    )
    def test_other_words_name_no_region(self, one: str | None, other: str | None) -> None:
        assert regions_of(one, other) is None
        assert regions_of(other, one) is None

    def test_a_word_says_one_thing(self) -> None:
        table = read_toml("edits/regions.toml")
        words = [word for row in table["region"] for word in row["words"]] + table["fillers"]
        assert len(words) == len(set(words))
        assert all(word == " ".join(word.casefold().split()) for word in words)
        assert all(len(word.split()) <= 2 for word in words)

    def test_only_words_for_a_limb_with_its_side_name_a_region_and_a_side(self) -> None:
        table = read_toml("edits/regions.toml")
        of_regions = {word for row in table["region"] for word in row["words"]}
        of_sides = {word for words in table["sides"].values() for word in words}
        assert of_regions & of_sides == {"lue", "rue", "bue", "lle", "rle", "ble"}


class TestPlans:
    PT, OT = ClaimLine("97110", 1, ("GP",)), ClaimLine("97140", 1, ("GO",))

    def test_two_codes_under_two_plans_are_of_two_clinicians(self) -> None:
        assert plans_of(self.PT, self.OT) is True
        assert plans_of(self.PT, ClaimLine("97140", 1, ("GP",))) is False

    def test_one_line_of_the_same_plan_is_enough_to_leave_it_open(self) -> None:
        assert plans_of(self.PT, self.OT, ClaimLine("97140", 1, ("GP", "59"))) is False
        assert plans_of(self.PT, ClaimLine("97110", 1, ("GO",)), self.OT) is False
        assert plans_of(self.PT, ClaimLine("97110", 1, ("GN",)), self.OT) is True

    def test_a_line_without_a_plan_has_no_known_clinician(self) -> None:
        assert plans_of(self.PT, ClaimLine("97140", 1)) is False
        assert plans_of(ClaimLine("97110", 1), self.OT) is False
        assert plans_of(self.PT, self.OT, ClaimLine("97110", 1)) is False
        assert plans_of(ClaimLine("97110", 1, ("GP", "GN")), self.OT) is False


class TestEvidence:
    @pytest.mark.parametrize("regions", [True, False, None])
    @pytest.mark.parametrize("plans", [True, False])
    def test_the_same_minutes_are_never_distinct(
        self, *, regions: bool | None, plans: bool
    ) -> None:
        assert Evidence(times=False, regions=regions, plans=plans).supported is False

    @pytest.mark.parametrize(
        ("evidence", "shows", "modifier"),
        [
            (
                Evidence(times=True, regions=True, plans=True),
                "The services are under plans of care of different disciplines",
                "XP",
            ),
            (
                Evidence(times=None, regions=None, plans=True),
                "The services are under plans of care of different disciplines",
                "XP",
            ),
            (
                Evidence(times=True, regions=True, plans=False),
                "The record shows separate times",
                "XU",
            ),
            (
                Evidence(times=True, regions=False, plans=False),
                "The record shows separate times",
                "XU",
            ),
            (
                Evidence(times=None, regions=True, plans=False),
                "The record shows separate body regions",
                "XS",
            ),
        ],
    )
    def test_supported_evidence_has_words_and_a_modifier(
        self, evidence: Evidence, shows: str, modifier: str
    ) -> None:
        assert evidence.supported is True
        assert evidence.shows == shows
        assert modifier_for(evidence, date(2015, 1, 1)) == modifier
        assert modifier_for(evidence, date(2014, 12, 31)) == "59"

    @pytest.mark.parametrize("regions", [False, None])
    def test_without_evidence_nothing_is_supported(self, *, regions: bool | None) -> None:
        assert Evidence(times=None, regions=regions, plans=False).supported is False


@pytest.mark.parametrize(
    ("modifier", "before"), [("59", True), *((each, False) for each in ("XE", "XP", "XS", "XU"))]
)
def test_before_2015_there_was_59_alone(modifier: str, *, before: bool) -> None:
    line = ClaimLine("97110", 1, ("GP", modifier))
    assert is_distinct(line, date(2014, 12, 31)) is before
    assert is_distinct(line, date(2015, 1, 1)) is True
    assert is_distinct(ClaimLine("97110", 1, ("GP", "76")), DAY) is False


class TestConditions:
    @pytest.mark.parametrize(("one", "other"), FORBIDDEN)
    def test_what_one_clinician_may_not_bill_is_passed_by_nothing_under_one_plan(
        self, one: str, other: str
    ) -> None:
        for codes in ((one, other), (other, one)):
            condition = condition_of(*codes, same_plan=True)
            assert condition is not None
            assert condition.never
            assert (condition.source.title, condition.source.verified.value) == (
                "NCCI Policy Manual (Medicaid edition of 2025)",
                "official",
            )

    def test_no_other_pair_is_forbidden_and_none_under_two_plans(self) -> None:
        forbidden = {frozenset(pair) for pair in FORBIDDEN}
        for pair in itertools.combinations(load_codes(), 2):
            condition = condition_of(*pair, same_plan=True)
            never = condition is not None and condition.never
            assert never is (frozenset(pair) in forbidden)
            apart = condition_of(*pair, same_plan=False)
            assert apart is None or not apart.never

    @pytest.mark.parametrize("code", ["97164", "97168"])
    @pytest.mark.parametrize("other", ["97110", "97140", "97161", "92507"])
    def test_a_re_evaluation_has_its_condition_with_every_code(self, code: str, other: str) -> None:
        for same_plan in (True, False):
            condition = condition_of(other, code, same_plan=same_plan)
            assert condition is not None
            assert not condition.never
            assert condition.statement == (
                "only if the patient's status changed and a re-evaluation was necessary"
            )

    def test_canalith_repositioning_has_its_condition_with_what_it_includes(self) -> None:
        stated = {
            other: condition.statement
            for other in load_codes()
            if (condition := condition_of("95992", other, same_plan=True)) is not None
        }
        included = "only if the exercise, re-education, manual therapy, or activities had a purpose other than canalith repositioning; 95992 includes services for repositioning"
        assert {code for code, statement in stated.items() if statement == included} == {
            *("97110", "97112", "97140", "97530"),
        }

    def test_a_re_evaluation_with_a_training_has_its_own_condition_under_two_plans(self) -> None:
        one = condition_of("97760", "97164", same_plan=True)
        two = condition_of("97760", "97164", same_plan=False)
        assert one is not None
        assert two is not None
        assert (one.never, two.never) == (True, False)

    def test_other_pairs_have_none(self) -> None:
        for pair in (
            ("97110", "97140"),
            ("92526", "97129"),
            ("97760", "97110"),
            ("92507", "92526"),
        ):
            for same_plan in (True, False):
                assert condition_of(*pair, same_plan=same_plan) is None

    def test_every_code_of_a_condition_is_a_code(self) -> None:
        for row in read_toml("edits/conditions.toml")["condition"]:
            for code in (*row["codes"], *row["others"]):
                assert code in load_codes()
