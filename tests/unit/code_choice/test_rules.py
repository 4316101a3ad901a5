"""Points for six codes: what cues earn alone and in combination."""

from __future__ import annotations

import pytest

from therapy_billing.code_choice.rules import (
    CODES,
    Choice,
    Cue,
    CueKind,
    choose_code,
    find_warnings,
)

K = CueKind
POINTS = {
    "task-for-a-goal": 3,
    "movement-as-task": 3,
    "several-parameters": 2,
    "movement-as-exercise": 3,
    "task-for-control": 2,
    "walking-for-endurance": 2,
    "taught": 2,
}
EXERCISE = Cue(0, K.EXERCISE, "97110", 3, "", in_purpose=False)
DOSE = Cue(1, K.DOSE, "97110", 2, "", in_purpose=False)
STRENGTH = Cue(2, K.PARAMETER, "97110", 3, "strength", in_purpose=False)
ENDURANCE = Cue(3, K.PARAMETER, "97110", 3, "endurance", in_purpose=False)
BALANCE = Cue(4, K.CONTROL, "97112", 3, "balance", in_purpose=False)
FOAM = Cue(5, K.TECHNIQUE, "97112", 3, "", in_purpose=False)
TASK = Cue(6, K.TASK, "97530", 3, "", in_purpose=False)
SQUAT = Cue(7, K.MOVEMENT, "", 0, "", in_purpose=False)
GROCERIES = Cue(8, K.CONTEXT, "97530", 1, "", in_purpose=False)
GAIT = Cue(9, K.GAIT, "97116", 3, "", in_purpose=False)
WALKING = Cue(10, K.WALKING, "97116", 3, "", in_purpose=False)
DISTANCE = Cue(11, K.DISTANCE, "", 0, "", in_purpose=False)
HANDS_ON = Cue(12, K.HANDS_ON, "97140", 4, "", in_purpose=False)
MASSAGE = Cue(13, K.MASSAGE, "", 4, "", in_purpose=False)
DRESSING = Cue(14, K.SELF_CARE, "97535", 4, "", in_purpose=False)
PROGRAM = Cue(15, K.HOME_PROGRAM, "97535", 2, "", in_purpose=False)
TAUGHT = Cue(16, K.TAUGHT, "", 0, "", in_purpose=False)
REVIEWED = Cue(17, K.REPEATED, "", 0, "", in_purpose=False)
ALONE = Cue(18, K.ALONE, "", 0, "", in_purpose=False)
OUTSIDE = Cue(19, K.OTHER, "", 5, "", in_purpose=False)
NAMED_97112 = Cue(20, K.LABEL, "97112", 3, "", in_purpose=False)
NAMED_97530 = Cue(21, K.LABEL, "97530", 2, "", in_purpose=False)
GOAL = Cue(22, K.GOAL, "97530", 0, "", in_purpose=True)


def why(cue: Cue) -> Cue:
    """Return *cue* as part of the purpose."""
    return cue._replace(in_purpose=True)


def choose(*cues: Cue, margin: int = 2, minimum: int = 3) -> Choice:
    return choose_code(cues, combinations=POINTS, purpose_bonus=1, margin=margin, minimum=minimum)


def scores(*cues: Cue) -> dict[str, int]:
    """Return the scores that are not zero."""
    return {code: score for code, score in choose(*cues).scores if score}


def remarks(*cues: Cue) -> set[tuple[str, int | str]]:
    return {(point.code, point.key) for point in choose(*cues).points if not point.points}


class TestMargin:
    def test_a_code_must_lead_by_the_margin(self) -> None:
        assert choose(EXERCISE, DOSE, BALANCE).code == "97110"
        assert choose(EXERCISE, DOSE, BALANCE, margin=3).code is None

    def test_two_codes_with_equal_points_give_no_code(self) -> None:
        assert choose(EXERCISE, BALANCE).code is None

    def test_a_code_must_have_the_minimum(self) -> None:
        assert choose(EXERCISE, minimum=3).code == "97110"
        assert choose(EXERCISE, minimum=4).code is None

    def test_a_service_outside_the_six_competes(self) -> None:
        assert choose(EXERCISE, OUTSIDE).code is None
        assert choose(EXERCISE, OUTSIDE).outside == 5
        assert choose(EXERCISE, DOSE, STRENGTH, OUTSIDE).code == "97110"

    def test_services_outside_the_six_add_up_against_a_code(self) -> None:
        cues = EXERCISE, DOSE, STRENGTH
        of_one, of_two = choose(*cues, OUTSIDE), choose(*cues, OUTSIDE, MASSAGE)
        assert (of_one.code, of_one.outside) == ("97110", 5)
        assert (of_two.code, of_two.outside) == (None, 9)

    def test_a_service_name_earns_its_one_point(self) -> None:
        called = Cue(41, K.LABEL, "97535", 1, "", in_purpose=False)
        assert scores(called) == {"97535": 1}

    def test_all_six_codes_are_ranked_and_ties_keep_their_order(self) -> None:
        assert choose().scores == tuple((code, 0) for code in CODES)
        assert choose(DRESSING).scores[0] == ("97535", 4)
        assert choose().code is None


class TestTask:
    def test_a_task_for_a_functional_goal_earns_more_than_a_task_alone(self) -> None:
        assert scores(TASK) == {"97530": 3}
        assert scores(TASK, GOAL) == {"97530": 6}
        assert ("97530", "task-without-goal") in remarks(TASK)
        assert ("97530", "task-without-goal") not in remarks(TASK, GOAL)

    @pytest.mark.parametrize("goal", [GOAL, why(TASK), why(GROCERIES), why(DRESSING)])
    def test_daily_life_makes_a_purpose_functional(self, goal: Cue) -> None:
        assert scores(TASK, goal) == {"97530": 6}

    def test_self_care_that_is_trained_is_not_the_goal_of_another_task(self) -> None:
        assert scores(TASK, DRESSING, why(DRESSING)) == {"97530": 3, "97535": 4}

    def test_a_goal_without_a_task_earns_no_points(self) -> None:
        assert scores(GOAL) == {}
        assert remarks(GOAL) == {("97530", "goal-without-task")}

    def test_several_parameters_support_a_task_and_one_does_not(self) -> None:
        assert scores(TASK, why(STRENGTH)) == {"97530": 3, "97110": 4}
        assert scores(TASK, why(STRENGTH), why(ENDURANCE)) == {"97530": 5}
        assert scores(TASK, STRENGTH, BALANCE) == {"97530": 5}

    def test_several_parameters_count_separately_without_a_task(self) -> None:
        assert scores(STRENGTH, ENDURANCE) == {"97110": 6}
        assert scores(SQUAT, GOAL, STRENGTH, ENDURANCE) == {"97530": 6, "97110": 6}

    def test_several_kinds_of_control_are_not_parameters(self) -> None:
        posture = BALANCE._replace(key=40, focus="posture")
        assert scores(TASK, BALANCE, posture) == {"97530": 3, "97112": 6}

    def test_control_in_a_task_for_a_goal_is_part_of_it(self) -> None:
        assert scores(TASK, GOAL, BALANCE, FOAM) == {"97530": 6}
        assert ("97112", "control-in-a-task") in remarks(TASK, GOAL, BALANCE)
        assert scores(TASK, BALANCE, FOAM) == {"97530": 3, "97112": 6}

    def test_a_task_done_for_balance_supports_97112(self) -> None:
        assert scores(TASK, why(BALANCE)) == {"97530": 3, "97112": 6}
        assert scores(TASK, why(BALANCE), GOAL) == {"97530": 6}

    def test_objects_of_daily_life_count_only_with_a_task(self) -> None:
        assert scores(TASK, GROCERIES) == {"97530": 4}
        assert scores(GROCERIES) == {}

    def test_sets_count_against_a_bare_task_but_not_one_in_context(self) -> None:
        assert scores(TASK, DOSE) == {"97530": 3, "97110": 2}
        assert scores(TASK, DOSE, GROCERIES) == {"97530": 4}
        assert scores(TASK, DOSE, GOAL) == {"97530": 6}


class TestMovement:
    def test_a_movement_alone_earns_no_points(self) -> None:
        assert scores(SQUAT) == {}

    def test_a_movement_in_sets_or_for_strength_is_exercise(self) -> None:
        assert scores(SQUAT, DOSE) == {"97110": 5}
        assert scores(SQUAT, why(STRENGTH)) == {"97110": 7}
        assert ("97530", "movement-without-goal") in remarks(SQUAT, DOSE)

    def test_a_movement_for_a_functional_goal_is_a_task(self) -> None:
        assert scores(SQUAT, GOAL) == {"97530": 6}
        assert scores(SQUAT, GOAL, DOSE) == {"97530": 6}

    def test_a_movement_in_sets_for_balance_is_not_exercise(self) -> None:
        assert scores(SQUAT, DOSE, why(BALANCE)) == {"97112": 6}
        assert scores(SQUAT, DOSE, FOAM) == {"97112": 3}

    def test_a_movement_within_a_task_is_part_of_the_task(self) -> None:
        assert scores(SQUAT, TASK) == {"97530": 3}
        assert scores(SQUAT, TASK, GOAL) == {"97530": 6}
        assert scores(SQUAT, TASK, DOSE) == {"97530": 3, "97110": 2}

    def test_a_movement_for_balance_and_strength_is_exercise(self) -> None:
        assert scores(SQUAT, why(BALANCE)) == {"97112": 6}
        assert scores(SQUAT, why(BALANCE), why(STRENGTH)) == {"97110": 7, "97112": 4}


class TestPurpose:
    def test_a_parameter_in_the_purpose_earns_an_extra_point(self) -> None:
        assert scores(STRENGTH) == {"97110": 3}
        assert scores(why(STRENGTH)) == {"97110": 4}

    @pytest.mark.parametrize(
        ("done", "expected"),
        [
            (HANDS_ON, {"97140": 4}),
            (GAIT, {"97116": 3}),
            (DRESSING, {"97535": 4}),
            (PROGRAM, {"97535": 2}),
            (OUTSIDE, {}),
            (MASSAGE, {}),
        ],
    )
    def test_some_services_keep_their_code_for_any_parameter(
        self, done: Cue, expected: dict[str, int]
    ) -> None:
        assert scores(done, why(STRENGTH)) == expected

    def test_exercise_for_balance_stays_exercise(self) -> None:
        assert scores(EXERCISE, why(BALANCE)) == {"97110": 3, "97112": 2}
        assert scores(EXERCISE, FOAM, why(BALANCE)) == {"97110": 3, "97112": 6}

    def test_manual_therapy_for_balance_stays_manual_therapy(self) -> None:
        assert scores(HANDS_ON, why(BALANCE)) == {"97140": 4}

    def test_what_only_the_purpose_names_was_not_done(self) -> None:
        assert scores(why(TASK)) == {}
        assert scores(why(HANDS_ON)) == {}
        assert scores(EXERCISE, why(GAIT)) == {"97110": 3}
        assert scores(EXERCISE, why(DRESSING)) == {"97110": 3}
        assert scores(why(DRESSING)) == {"97535": 4}
        assert scores(WALKING, why(GAIT)) == {"97116": 6}

    @pytest.mark.parametrize(
        "done", [TASK, SQUAT, EXERCISE, HANDS_ON, FOAM, GAIT, MASSAGE, OUTSIDE]
    )
    def test_self_care_named_as_purpose_of_another_service_was_not_done(self, done: Cue) -> None:
        assert scores(done, DRESSING)["97535"] == 4
        assert "97535" not in scores(done, why(DRESSING))


class TestGait:
    def test_walking_for_distance_is_not_gait_training(self) -> None:
        assert scores(WALKING) == {"97116": 3}
        assert scores(WALKING, DISTANCE) == {}
        assert scores(WALKING, why(DISTANCE)) == {}
        assert remarks(WALKING, DISTANCE) >= {("97116", "walking-for-distance")}

    def test_a_gait_component_makes_it_gait_training_at_any_distance(self) -> None:
        assert scores(WALKING, DISTANCE, GAIT) == {"97116": 6}
        assert scores(WALKING, DISTANCE, why(GAIT)) == {"97116": 6}

    def test_walking_with_a_gait_component_has_a_reason(self) -> None:
        expected = {("97116", "walking-with-components")}
        assert remarks(WALKING, GAIT) == remarks(WALKING, why(GAIT)) == expected
        assert remarks(WALKING) == remarks(GAIT) == remarks(GAIT, why(WALKING)) == set()

    def test_walking_for_endurance_is_exercise(self) -> None:
        assert scores(WALKING, why(ENDURANCE)) == {"97110": 6}


class TestHomeProgram:
    def test_teaching_adds_points_only_to_self_care_and_home_programs(self) -> None:
        assert scores(PROGRAM) == {"97535": 2}
        assert scores(PROGRAM, TAUGHT) == {"97535": 4}
        assert scores(DRESSING, TAUGHT) == {"97535": 6}
        assert scores(EXERCISE, TAUGHT) == {"97110": 3}

    def test_exercises_belong_only_to_a_home_program_that_was_taught(self) -> None:
        separate = {"97535": 2, "97110": 3}
        assert scores(PROGRAM, EXERCISE) == scores(PROGRAM, why(TAUGHT), EXERCISE) == separate

    def test_exercises_of_a_taught_program_count_only_in_sets(self) -> None:
        assert scores(PROGRAM, TAUGHT, EXERCISE) == {"97535": 4}
        assert remarks(PROGRAM, TAUGHT, EXERCISE) == {("97110", "content-of-a-program")}
        assert scores(PROGRAM, TAUGHT, EXERCISE, DOSE) == {"97535": 4, "97110": 5}


class TestWarnings:
    @pytest.mark.parametrize(
        ("name", "shown", "not_shown"),
        [
            ("repetition-alone", (EXERCISE, ALONE), (EXERCISE,)),
            ("repetition-alone", (DOSE, ALONE), (ALONE,)),
            ("ordinary-strengthening", (NAMED_97112, EXERCISE), (NAMED_97112,)),
            ("ordinary-strengthening", (FOAM, why(STRENGTH)), (FOAM, why(ENDURANCE))),
            ("ordinary-strengthening", (BALANCE, EXERCISE), (BALANCE, EXERCISE, TASK)),
            ("massage-of-the-region", (HANDS_ON, MASSAGE), (HANDS_ON,)),
            ("massage-of-the-region", (HANDS_ON, MASSAGE), (MASSAGE,)),
            ("sets-without-task", (SQUAT, DOSE), (SQUAT,)),
            ("sets-without-task", (SQUAT, DOSE, STRENGTH), (SQUAT, DOSE, GOAL)),
            ("sets-without-task", (SQUAT, DOSE), (SQUAT, DOSE, TASK)),
            ("beside-manual-therapy", (HANDS_ON, TASK), (TASK,)),
            ("beside-manual-therapy", (HANDS_ON, NAMED_97530), (HANDS_ON, EXERCISE)),
            ("walking-for-distance", (WALKING, DISTANCE), (WALKING, DISTANCE, GAIT)),
            ("walking-for-distance", (WALKING, why(ENDURANCE)), (WALKING, why(STRENGTH))),
            ("walking-for-distance", (WALKING, why(DISTANCE)), (why(WALKING), DISTANCE)),
            ("repeated-review", (PROGRAM, REVIEWED), (PROGRAM, TAUGHT)),
        ],
    )
    def test_each_sign_is_found_only_where_it_applies(
        self, name: str, shown: tuple[Cue, ...], not_shown: tuple[Cue, ...]
    ) -> None:
        assert name in find_warnings(shown)
        assert name not in find_warnings(not_shown)

    def test_no_cues_give_no_warning(self) -> None:
        assert find_warnings(()) == ()
