"""The code that the words of a note support."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.refusals import refusal
from tests.unit.code_choice.texts import OWN, code
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.code_choice.activities import Activities
from therapy_billing.code_choice.records import CodeSuggestion
from therapy_billing.code_choice.rules import CODES
from therapy_billing.code_choice.suggestion import suggest_code


def signs(activity: str, purpose: str | None = None) -> list[str]:
    return [warning.id for warning in suggest_code(activity, purpose).warnings]


class TestSixCodes:
    @pytest.mark.parametrize(
        ("activity", "purpose", "expected"),
        [
            # 97110: one parameter, by exercise.
            ("Seated knee extension 3x10", "quadriceps strength", "97110"),
            ("Recumbent bike 10 minutes", "endurance", "97110"),
            ("Hamstring stretch 3 x 30 seconds", "flexibility", "97110"),
            ("AROM of the shoulder, pulleys", "increase ROM", "97110"),
            ("Step-ups 3x10", "quadriceps strength", "97110"),
            ("Squats 3x12", None, "97110"),
            ("Sit-to-stand 3 sets of 8", "build leg strength", "97110"),
            # 97112: balance, coordination, kinesthesia, posture, proprioception.
            ("Tandem stance on a foam pad", "improve balance", "97112"),
            ("Finger to nose drills", "coordination after a stroke", "97112"),
            ("Kinaesthetic awareness drills", None, "97112"),
            ("Postural re-education in sitting", None, "97112"),
            ("Wobble board", "proprioception", "97112"),
            ("Throwing and catching a ball on foam", "dynamic balance", "97112"),
            # 97116: components and deviations of gait.
            ("Walking with cues for heel strike and step length", None, "97116"),
            ("Gait training with a cane, step-through pattern", None, "97116"),
            ("Stairs with one rail, reciprocal pattern", None, "97116"),
            ("Treadmill walking to correct a Trendelenburg deviation", None, "97116"),
            # 97140: by hand.
            ("Grade III joint mobilisation of the shoulder", "increase ROM", "97140"),
            ("Spinal manipulation", None, "97140"),
            ("Myofascial release of the calf", "decrease pain", "97140"),
            ("Manual cervical traction", None, "97140"),
            ("Joint mobilization", "to reach overhead at work", "97140"),
            # 97530: a functional task, several parameters, a functional goal.
            ("Lifting boxes from floor to shelf", "return to warehouse work", "97530"),
            ("Sit to stand", "to get off the toilet", "97530"),
            ("Squats to lift a laundry basket", "to do laundry at home", "97530"),
            ("Step-ups onto a six inch step", "to be able to enter her home", "97530"),
            ("Reaching into cabinets while standing on foam", "to cook safely", "97530"),
            # 97535: daily living, equipment, home program.
            ("Lower body dressing with a sock aid", "dress independently", "97535"),
            ("Meal preparation with one-handed techniques", None, "97535"),
            ("Trained in the use of a tub bench", "safe bathing", "97535"),
            ("Instructed in home exercise programme with handout", None, "97535"),
        ],
    )
    def test_an_activity_supports_the_code_of_published_descriptions(
        self, activity: str, purpose: str | None, expected: str
    ) -> None:
        assert code(activity, purpose) == expected

    @pytest.mark.parametrize(
        ("activity", "purpose"),
        [
            ("Lifting weighted objects", "upper-body strength and core stability"),
            ("Lifting groceries", "to unload the car at home"),
            ("Carrying a laundry basket", "balance and endurance"),
            ("Carrying shopping bags", None),
            ("Reaching for overhead items", "flexibility and range of motion"),
            ("Reaching at floor level", None),
            ("Transferring bed to chair", "lower-body strength and coordination"),
            ("Car entry and exit", None),
            ("Transfers chair to bed", None),
            ("Lying to sitting", None),
            ("Handling objects", None),
            ("Transporting a tray", None),
            ("Hand assembly", None),
            ("Swinging a golf club", "return to golf"),
            ("Catching a ball", None),
            ("Throwing a ball", None),
            ("Lunging to low cupboards", "to put away pans at home"),
        ],
    )
    def test_a_dynamic_activity_supports_97530(self, activity: str, purpose: str | None) -> None:
        assert code(activity, purpose) == "97530"

    @pytest.mark.parametrize(
        "activity",
        [
            "",
            " \n ",
            "Patient tolerated treatment well",
            "Step-ups",
            "Walked 300 feet",
            "Gait training 300 feet",
            "Ultrasound to improve ROM",
            "Swedish massage",
            "Single leg stance for ankle strength",
            "Knee extension. Tandem stance",
            "HEP",
            "Reviewed HEP",
            "Joint mobilization. Lifting boxes for work",
            "MWM and knee extension. Step-ups to enter home",
        ],
    )
    def test_a_text_that_supports_none_or_two_gives_no_code(self, activity: str) -> None:
        assert code(activity) is None

    def test_a_purpose_alone_does_not_show_what_was_done(self) -> None:
        assert code("", "quadriceps strength") is None
        assert code("Work in the gym", "quadriceps strength") == "97110"

    def test_a_home_program_named_only_as_purpose_was_not_taught(self) -> None:
        assert code("Reviewed HEP", "keep up the home programme") is None
        assert code("Issued HEP", "keep up the home programme") == "97535"

    def test_walking_named_only_as_purpose_was_not_done(self) -> None:
        points = {one.code: one.score for one in suggest_code("Wobble board to walk").ranked}
        assert (points["97112"], points["97116"]) == (3, 0)

    def test_walking_with_a_gait_component_is_gait_training(self) -> None:
        assert code("Knee extension, longer stride") is None
        assert code("Knee extension, walking with longer stride") == "97116"

    def test_a_goal_may_belong_to_hands_on_treatment_too(self) -> None:
        shown = str(suggest_code("Joint mobilization. Lifting boxes for work"))
        assert (
            "against: the functional goal may belong to the hands-on treatment instead of the task"
            in shown
        )
        assert "a functional task is done for a functional goal" not in shown

    def test_the_purpose_decides_if_the_movement_is_the_same(self) -> None:
        assert code("Sit to stand x10", "leg strength") == "97110"
        assert code("Sit to stand x10", "to rise from the toilet") == "97530"
        assert code("Sit to stand x10", "balance") == "97112"

    def test_a_purpose_within_the_activity_counts_like_a_separate_one(self) -> None:
        together = suggest_code("Squats 3x10 to return to work")
        assert together.ranked == suggest_code("Squats 3x10", "return to work").ranked

    def test_a_purpose_that_leads_the_sentence_ends_at_the_comma(self) -> None:
        assert code("To return to work, lifting boxes") == "97530"
        assert suggest_code("For work, lifting boxes") == suggest_code("Lifting boxes for work")
        assert code("To get stronger for work, then lifting boxes") == "97530"


class TestWords:
    @pytest.mark.parametrize(
        ("short", "long"),
        [
            ("TherEx", "therapeutic exercise"),
            ("NMR", "neuromuscular re-education"),
            ("NMRE", "neuromuscular reeducation"),
            ("STM", "soft tissue mobilization"),
            ("MFR", "myofascial release"),
            ("PNF", "proprioceptive neuromuscular facilitation"),
            ("AROM 3x10", "active range of motion 3 x 10"),
            ("PROM", "passive range-of-motion"),
            ("HEP instruction", "home exercise program instruction"),
            ("ADL training", "activities of daily living training"),
            ("IADLs", "instrumental activity of daily living"),
            ("STS x10 for work", "sit-to-stand x 10 for work"),
            ("SLR 3\u00d710", "straight leg raise 3x10"),
            ("mobilisation of joints", "mobilization of the joints"),
            ("home programme, taught", "home program, taught"),
            ("kinaesthesia", "kinesthesia"),
            ("squatting for strength", "squats for strength"),
            ("carried groceries", "carries his groceries"),
            ("reached for the shelf", "reaching for shelves"),
            ("standing w/o balance", "standing without balance"),
            ("lifting w/ weighted box", "lifting with a weighted box"),
            ("ten reps of lifting", "10 repetitions of lifting"),
        ],
    )
    def test_abbreviations_and_spellings_do_not_matter(self, short: str, long: str) -> None:
        assert suggest_code(short) == suggest_code(long)
        assert suggest_code(short.upper()) == suggest_code(long)

    @pytest.mark.parametrize(
        ("misspelled", "meant"),
        [
            ("strenghtening", "strengthening"),
            ("proprioseption", "proprioception"),
            ("cordination", "coordination"),
            ("ballance", "balance"),
            ("excercises for flexibilty", "exercises for flexibility"),
            ("transfering from bed", "transferring from bed"),
        ],
    )
    def test_one_wrong_letter_in_a_long_word_does_not_matter(
        self, misspelled: str, meant: str
    ) -> None:
        assert suggest_code(misspelled) == suggest_code(meant)

    @pytest.mark.parametrize(
        "other", ["restrengthening", "floordination", "beach", "stengthenxng", "strngethening"]
    )
    def test_a_different_word_is_not_a_misspelling(self, other: str) -> None:
        assert code(other) is None
        assert sum(ranked.score for ranked in suggest_code(other).ranked) == 0

    @pytest.mark.parametrize(
        "lookalike",
        [
            "good carryover of instructions",
            "no loss of balance",
            "loss of balance twice",
            "heel lift in the shoe",
            "strength 4/5",
            "done well, care given",
            "catching sensation in the knee",
            "condition is stable",
            "load tolerated well",
            "the same pattern on both sides",
            "held a grip on the rail",
            "toe taps",
            "three in a row",
            "weak leg first",
            "wound dressing intact",
            "balance better",
        ],
    )
    def test_a_phrase_that_only_looks_like_a_cue_does_not_count(self, lookalike: str) -> None:
        assert code(lookalike) is None

    def test_a_cue_to_watch_posture_is_not_posture_training(self) -> None:
        assert code("Lifting boxes with cues for posture") == "97530"
        assert code("Training of posture with boxes") == "97112"
        assert code("Cues for balance during posture training") == "97112"


class TestNegation:
    @pytest.mark.parametrize(
        ("activity", "expected"),
        [
            ("No balance work today. Knee extension 3x10", "97110"),
            ("Instead of strengthening, tandem stance on foam", "97112"),
            ("Joint mobilization without exercise", "97140"),
            ("Balance training not addressed; joint mobilization", "97140"),
            ("Gait training deferred, knee extension 3x10", "97110"),
            ("Not for strength but for balance on foam", "97112"),
            ("Knee extension; next visit add balance on foam", "97110"),
            ("Did not do gait training with a cane, only knee extension", "97110"),
            ("Lifting boxes with no pain to return to work", "97530"),
            ("Lifting, not aimed at strength, for work", "97530"),
            ("Balance training was not performed", None),
            ("Joint mobilization, bending down easier after", "97140"),
            ("No gait training or balance", None),
            ("Gait deviations not addressed, walked 3 laps", None),
        ],
    )
    def test_what_was_not_done_does_not_count(self, activity: str, expected: str | None) -> None:
        assert code(activity) == expected

    def test_a_negation_ends_with_its_clause(self) -> None:
        assert code("No exercise, joint mobilization") == "97140"
        assert code("No exercise joint mobilization") is None
        assert code("No exercise\njoint mobilization") == "97140"


class TestWarnings:
    @pytest.mark.parametrize(
        ("activity", "purpose", "sign", "of"),
        [
            ("Knee extension 3x10, unsupervised", None, "repetition-alone", "97110"),
            ("NMR: knee extension 3x10", "strength", "ordinary-strengthening", "97112"),
            ("Joint mobilization and massage", None, "massage-of-the-region", "97140"),
            ("Step-ups 3x10", None, "sets-without-task", "97530"),
            ("Joint mobilization. Lifting boxes", "work", "beside-manual-therapy", "97530"),
            ("Walked 500 feet", None, "walking-for-distance", "97116"),
            ("Reviewed HEP", None, "repeated-review", "97535"),
        ],
    )
    def test_a_warning_sign_is_reported_with_its_code(
        self, activity: str, purpose: str | None, sign: str, of: str
    ) -> None:
        warnings = {one.id: one.code for one in suggest_code(activity, purpose).warnings}
        assert warnings == {sign: of}

    def test_a_well_documented_activity_has_no_warning(self) -> None:
        assert signs("Lifting boxes from floor to shelf", "return to work") == []
        assert signs("Walked 500 feet with cues for heel strike") == []


class TestSuggestion:
    def test_it_gives_reasons_for_and_against_with_their_sources(self) -> None:
        suggestion = suggest_code("Tandem stance while lifting boxes", "return to work")
        best = suggestion.ranked[0]
        assert (best.code, best.score) == ("97530", 7)
        assert [reason.statement for reason in best.reasons_for] == [
            "lifting is an activity that supports the code",
            "the task uses objects or surroundings of daily life",
            "a functional task is done for a functional goal",
        ]
        assert str(best.reasons_for[0]) == (
            "lifting is an activity that supports the code "
            "[A practice's published description of 97530 (secondary)]"
        )
        ranked = {one.code: one for one in suggestion.ranked}
        assert [reason.statement for reason in ranked["97112"].reasons_against] == [
            "balance and movement control are part of a functional task"
        ]

    @pytest.mark.parametrize(
        ("activity", "statement"),
        [
            ("Joint mobilization", "the text supports 97140"),
            ("Nothing", "no suggestion: nothing in the text supports one of the six codes"),
            (
                "Ultrasound",
                "no suggestion: the text names a service outside the six codes",
            ),
            (
                "Therapeutic exercise",
                "no suggestion: the text does not support 97110 clearly enough",
            ),
            ("Walking", "no suggestion: the text does not support 97116 clearly enough"),
            (
                "Knee extension. Tandem stance",
                "no suggestion: 97110 has 3 points and 97112 has 3; a lead of 2 points is needed",
            ),
        ],
    )
    def test_the_statement_gives_the_result_and_who_decides(
        self, activity: str, statement: str
    ) -> None:
        assert suggest_code(activity).statement == (
            f"{statement}; the clinician decides, based on what was done and why"
        )

    def test_as_text_it_lists_the_codes_with_reasons(self) -> None:
        summary = (
            "[Our own summary: what supports and contradicts the six codes, "
            "no single source (unverified)]"
        )
        assert str(suggest_code("Walked 500 feet")) == (
            "no suggestion: nothing in the text supports one of the six codes; "
            "the clinician decides, based on what was done and why\n"
            "97116: 0\n"
            "  against: walking is described only by distance or endurance, "
            f"and no gait component is addressed {summary}\n"
            "Warning: 97116: walking only for distance is not gait training; "
            f"document the gait components or deviations addressed {summary}"
        )
        assert "  for: " in str(suggest_code("Joint mobilization"))

    def test_its_dict_is_complete_and_fits_json(self) -> None:
        suggestion = suggest_code("Step-ups 3x10")
        table = json.loads(json.dumps(suggestion.to_dict()))
        assert (table["code"], table["statement"]) == ("97110", suggestion.statement)
        assert [row["code"] for row in table["ranked"]] == [one.code for one in suggestion.ranked]
        assert table["ranked"][0]["reasons_for"][0].keys() == {"statement", "source"}
        assert [row["id"] for row in table["warnings"]] == ["sets-without-task"]

    def test_as_html_it_is_escaped(self, read: Callable[[str], Activities]) -> None:
        own = read(OWN.replace('"Paddling"', '"<b>Paddling"'))
        html = suggest_code("kayak", activities=own)._repr_html_()
        assert "&lt;b&gt;paddling is an activity" in html
        assert "<b>" not in html
        assert html.count("<tr>") == 7

    @pytest.mark.parametrize("wrong", [None, 7, b"x"])
    def test_an_activity_that_is_not_text_raises_an_error(self, wrong: object) -> None:
        given = "a bytes" if wrong == b"x" else str(wrong)
        assert refusal(InvalidInputError, lambda: suggest_code(wrong)) == (  # type: ignore[arg-type]
            f"activity must be a string, got {given}"
        )

    @pytest.mark.parametrize("activity", ["", "lifting"])
    def test_a_purpose_that_is_not_text_raises_an_error(self, activity: str) -> None:
        call = lambda: suggest_code(activity, 7)  # type: ignore[arg-type]  # noqa: E731
        assert refusal(InvalidInputError, call) == "purpose must be a string, got 7"


class TestContradicts:
    def test_a_suggested_code_contradicts_every_other_code(self) -> None:
        suggestion = suggest_code("Squats 3x10", "quadriceps strength")
        assert suggestion.code == "97110"
        assert [code for code in CODES if suggestion.contradicts(code)] == [
            code for code in CODES if code != "97110"
        ]

    @pytest.mark.parametrize(
        ("documented", "activity"),
        [
            ("97110", "Squats 3x10 for strength"),
            ("97035", "Squats 3x10 for strength"),
            ("97530", "Step-ups"),
            ("97530", ""),
        ],
    )
    def test_a_matching_or_missing_suggestion_contradicts_nothing(
        self, documented: str, activity: str
    ) -> None:
        assert not suggest_code(activity).contradicts(documented)


def test_a_suggestion_is_a_value() -> None:
    assert suggest_code("lifting") == suggest_code("Lifting")
    assert len({suggest_code("lifting"), suggest_code("LIFTING")}) == 1
    assert isinstance(suggest_code("lifting"), CodeSuggestion)
