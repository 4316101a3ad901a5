"""
Choose which of the six procedure codes a described activity supports.

The input is a list of cues: phrases that were found in the description, each with what it shows about the
activity. The output is the points of each code, and the code with a clear lead, if any. What the purpose
names is never treated as something that was done. A functional task in the purpose is a functional goal, and
a parameter in the purpose is what an exercise was for. Therefore, the kinds of cues in the activity and in
the purpose are collected first, and points are counted afterward.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

__all__ = ["CODES", "Choice", "Cue", "CueKind", "Point", "choose_code", "find_warnings"]

CODES = ("97110", "97112", "97116", "97140", "97530", "97535")
"""The six codes to choose from. Codes with equal scores are ranked in this order."""


class CueKind(Enum):
    """What a cue shows about an activity."""

    LABEL = "label"
    """The usual name of a service."""
    EXERCISE = "exercise"
    MOVEMENT = "movement"
    """A movement that is an exercise or a task depending on its purpose, such as a squat."""
    DOSE = "dose"
    """Sets and repetitions."""
    PARAMETER = "parameter"
    """Strength, core stability, endurance, range of motion, flexibility, or power."""
    CONTROL = "control"
    """Balance, coordination, kinesthesia, or posture."""
    TECHNIQUE = "technique"
    """A technique of neuromuscular re-education."""
    TASK = "task"
    """A functional task."""
    CONTEXT = "context"
    """The objects or surroundings of a functional task."""
    GOAL = "goal"
    """A functional goal."""
    GAIT = "gait"
    """A gait component or deviation."""
    WALKING = "walking"
    DISTANCE = "distance"
    HANDS_ON = "hands-on"
    MASSAGE = "massage"
    SELF_CARE = "self-care"
    HOME_PROGRAM = "home-program"
    TAUGHT = "taught"
    REPEATED = "repeated"
    """The activity is repeated or reviewed."""
    ALONE = "alone"
    """The patient does the activity without the clinician's skill."""
    OTHER = "other"
    """A service outside the six codes."""


_K = CueKind
_FUNCTIONAL = frozenset({_K.TASK, _K.CONTEXT, _K.GOAL})
_NEUROMUSCULAR = frozenset({_K.CONTROL, _K.TECHNIQUE})
_OWN_PURPOSE = frozenset({_K.HANDS_ON, _K.MASSAGE, _K.SELF_CARE, _K.HOME_PROGRAM, _K.OTHER})
"""Services whose code does not change when the purpose names a parameter."""
_DONE = frozenset(
    {_K.TASK, _K.MOVEMENT, _K.EXERCISE, _K.HANDS_ON, _K.TECHNIQUE, _K.GAIT, _K.MASSAGE, _K.OTHER}
)


class Cue(NamedTuple):
    """A cue found in a text: its key, what it shows, and whether it is in the purpose."""

    key: int
    kind: CueKind
    code: str
    """The code that the cue supports; empty if it supports none of the six."""
    weight: int
    focus: str
    """The parameter (such as strength) or kind of movement control (such as balance); empty if the cue names none."""
    in_purpose: bool


class Point(NamedTuple):
    """The points that a cue or a combination adds to a code. Zero points mark a reason against the code."""

    code: str
    points: int
    key: int | str
    """The key of the cue, or the name of the combination."""


class Choice(NamedTuple):
    """The code with a clear lead (None if none has one), the score of each code, and the points behind the scores."""

    code: str | None
    scores: tuple[tuple[str, int], ...]
    points: tuple[Point, ...]
    outside: int
    """Points for services outside the six codes."""


class _Picture(NamedTuple):
    act: frozenset[CueKind]
    why: frozenset[CueKind]
    parameters: frozenset[str]
    foci: frozenset[str]

    @property
    def kinds(self) -> frozenset[CueKind]:
        return self.act | self.why

    @property
    def functional(self) -> bool:
        """Whether the purpose is a functional goal."""
        own = _K.SELF_CARE in self.why and _K.SELF_CARE not in self.act
        return own or bool(self.why & _FUNCTIONAL)

    @property
    def as_task(self) -> bool:
        return _K.MOVEMENT in self.act and _K.TASK not in self.act and self.functional

    @property
    def as_exercise(self) -> bool:
        """Whether a movement that can be a task or an exercise is done as an exercise."""
        if _K.MOVEMENT not in self.act or _K.TASK in self.act or self.functional:
            return False
        return bool(self.parameters) or (_K.DOSE in self.act and not self.kinds & _NEUROMUSCULAR)

    @property
    def task(self) -> bool:
        return _K.TASK in self.act or self.as_task

    @property
    def together(self) -> bool:
        """Whether the functional goal belongs to a task and not to hands-on treatment."""
        return self.task and self.functional and _K.HANDS_ON not in self.act

    @property
    def several(self) -> bool:
        """Whether a functional task works on several parameters. Kinds of control alone do not count."""
        return _K.TASK in self.act and bool(self.parameters) and len(self.foci) > 1

    @property
    def for_control(self) -> bool:
        """Whether a task or a movement is done for balance, coordination, or posture."""
        moved = bool(self.act & {_K.TASK, _K.MOVEMENT})
        return moved and _K.CONTROL in self.why and not self.functional and not self.parameters

    @property
    def for_distance(self) -> bool:
        """Whether walking is described only by distance or endurance."""
        far = _K.DISTANCE in self.kinds or "endurance" in self.parameters
        return _K.WALKING in self.act and _K.GAIT not in self.kinds and far

    @property
    def with_components(self) -> bool:
        """Whether the patient walks and a gait component or deviation is addressed."""
        return _K.WALKING in self.act and _K.GAIT in self.kinds

    @property
    def taught_program(self) -> bool:
        """Whether the named exercises belong to a home program that is taught."""
        return {_K.HOME_PROGRAM, _K.TAUGHT} <= self.act and _K.DOSE not in self.act


def choose_code(
    cues: Sequence[Cue],
    *,
    combinations: Mapping[str, int],
    purpose_bonus: int,
    margin: int,
    minimum: int,
) -> Choice:
    """
    Return the code that the cues support, with its points. Rule ``code-choice``.

    Args:
        cues: The cues found in the description of an activity and in its purpose.
        combinations: Points for each combination of cues, by name.
        purpose_bonus: Extra points for a parameter or kind of control that the purpose names.
        margin: Points by which the leading code must lead the next code, and the services outside the
            six codes.
        minimum: Points that the leading code must have.

    Returns:
        The choice. Its code is None if no code has the minimum and leads by the margin.

    Source:
        The published descriptions that the cues cite. The points are our own.

    >>> cue = Cue(0, CueKind.HANDS_ON, "97140", 4, "", False)
    >>> terms = {"combinations": {}, "purpose_bonus": 1, "margin": 2}
    >>> choose_code([cue], minimum=4, **terms).code, choose_code([cue], minimum=5, **terms).code
    ('97140', None)
    """
    picture = _picture_of(cues)
    points: list[Point] = []
    for cue in cues:
        points += _points_of(cue, picture, purpose_bonus)
    for code, name in _combinations(picture):
        points.append(Point(code, combinations.get(name, 0), name))
    totals = dict.fromkeys(CODES, 0)
    outside = 0
    for point in points:
        if point.code:
            totals[point.code] += point.points
        else:
            outside += point.points
    scores = tuple(sorted(totals.items(), key=lambda item: -item[1]))
    (code, best), (_, second) = scores[:2]
    clear = best >= minimum and best - max(second, outside) >= margin
    return Choice(code if clear else None, scores, tuple(dict.fromkeys(points)), outside)


def _picture_of(cues: Sequence[Cue]) -> _Picture:
    named = [cue for cue in cues if cue.kind in (_K.PARAMETER, _K.CONTROL)]
    return _Picture(
        act=frozenset(cue.kind for cue in cues if not cue.in_purpose),
        why=frozenset(cue.kind for cue in cues if cue.in_purpose),
        parameters=frozenset(cue.focus for cue in named if cue.kind is _K.PARAMETER),
        foci=frozenset(cue.focus for cue in named),
    )


def _points_of(cue: Cue, picture: _Picture, bonus: int) -> Iterator[Point]:
    against = _set_aside(cue, picture)
    if against:
        yield Point(cue.code, 0, against)
    elif _counts(cue, picture):
        more = bonus if cue.in_purpose and cue.kind in (_K.PARAMETER, _K.CONTROL) else 0
        if more and cue.kind is _K.CONTROL and _K.EXERCISE in picture.act:
            # Ordinary strengthening is still exercise, even if its stated purpose is balance.
            more = 0 if picture.act & _NEUROMUSCULAR else -1
        yield Point(cue.code, cue.weight + more, cue.key)


def _set_aside(cue: Cue, picture: _Picture) -> str | None:
    """Return the name of the combination that turns *cue* into a reason against its code, or None."""
    match cue.kind:
        case CueKind.PARAMETER if picture.several:
            return "parameters-of-a-task"
        case CueKind.CONTROL if picture.several or picture.together:
            return "control-in-a-task"
        case CueKind.TECHNIQUE if picture.together:
            return "control-in-a-task"
        case CueKind.EXERCISE if picture.taught_program:
            return "content-of-a-program"
        case CueKind.WALKING if picture.for_distance:
            return "walking-for-distance"
        case _:
            return None


def _counts(cue: Cue, picture: _Picture) -> bool:
    act, done = picture.act, not cue.in_purpose
    match cue.kind:
        case CueKind.PARAMETER | CueKind.EXERCISE:
            counts = done or not act & (_OWN_PURPOSE | {_K.GAIT})
        case CueKind.CONTROL:
            counts = done or not act & _OWN_PURPOSE
        case CueKind.DOSE:
            bare = _K.TASK in act and not picture.functional and _K.CONTEXT not in act
            counts = bare or picture.as_exercise or _K.EXERCISE in act
        case (
            CueKind.TASK | CueKind.HANDS_ON | CueKind.MASSAGE | CueKind.HOME_PROGRAM | CueKind.OTHER
        ):
            counts = done
        case CueKind.CONTEXT:
            counts = done and picture.task
        case CueKind.GAIT | CueKind.WALKING:
            counts = done or bool(act & {_K.GAIT, _K.WALKING})
        case CueKind.SELF_CARE:
            counts = done or not act & _DONE
        case _:
            counts = cue.weight > 0
    return counts


def _combinations(picture: _Picture) -> Iterator[tuple[str, str]]:
    """Yield the code and the name of each combination that the cues form."""
    yield from _task_combinations(picture)
    if picture.as_exercise:
        yield "97110", "movement-as-exercise"
        yield "97530", "movement-without-goal"
    if picture.with_components:
        yield "97116", "walking-with-components"
    if picture.for_distance and "endurance" in picture.parameters:
        yield "97110", "walking-for-endurance"
    if _K.TAUGHT in picture.act and picture.act & {_K.SELF_CARE, _K.HOME_PROGRAM}:
        yield "97535", "taught"


def _task_combinations(picture: _Picture) -> Iterator[tuple[str, str]]:
    if picture.as_task:
        yield "97530", "movement-as-task"
    if picture.together:
        yield "97530", "task-for-a-goal"
    elif picture.task and picture.functional:
        yield "97530", "goal-of-either"
    elif picture.task:
        yield "97530", "task-without-goal"
    elif picture.functional:
        yield "97530", "goal-without-task"
    if picture.several:
        yield "97530", "several-parameters"
    elif picture.for_control:
        yield "97112", "task-for-control"


def find_warnings(cues: Sequence[Cue]) -> tuple[str, ...]:
    """
    Return the ids of the warning signs that the cues show. Rule ``code-choice-warning``.

    Args:
        cues: The cues found in the description of an activity and in its purpose.

    Source:
        The published descriptions that each warning cites.

    >>> walk = Cue(0, CueKind.WALKING, "97116", 1, "", False)
    >>> find_warnings([walk]), find_warnings([walk, Cue(1, CueKind.DISTANCE, "", 0, "", False)])
    ((), ('walking-for-distance',))
    """
    picture = _picture_of(cues)
    act, kinds = picture.act, picture.kinds
    named = {cue.code for cue in cues if cue.kind is _K.LABEL}
    exercise = _K.EXERCISE in act or "strength" in picture.parameters
    control = "97112" in named or bool(kinds & _NEUROMUSCULAR)
    task = _K.TASK in act
    signs = {
        "repetition-alone": _K.ALONE in act and (exercise or _K.DOSE in act),
        "ordinary-strengthening": control and exercise and not picture.task,
        "massage-of-the-region": {_K.HANDS_ON, _K.MASSAGE} <= act,
        "sets-without-task": {_K.MOVEMENT, _K.DOSE} <= act and not task and not picture.functional,
        "beside-manual-therapy": _K.HANDS_ON in act and (picture.task or "97530" in named),
        "walking-for-distance": picture.for_distance,
        "repeated-review": {_K.HOME_PROGRAM, _K.REPEATED} <= act,
    }
    return tuple(name for name, shown in signs.items() if shown)
