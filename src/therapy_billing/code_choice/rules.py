"""
Which of the six procedure codes a described activity speaks for.

Cues come in, each with what it tells of the activity; points for each code come out, and a code only when
it leads clearly. What a purpose names is never taken for what was done: a functional task in it makes the
goal functional, a parameter in it says what an exercise was for. So the activity's kinds and the
purpose's are looked at first, and the points are given after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

__all__ = ["CODES", "Choice", "Cue", "CueKind", "Point", "choose_code", "find_warnings"]

CODES = ("97110", "97112", "97116", "97140", "97530", "97535")
"""The codes that compete, in the order of equals."""


class CueKind(Enum):
    """What a cue tells of an activity."""

    LABEL = "label"
    """A service called by its usual name."""
    EXERCISE = "exercise"
    MOVEMENT = "movement"
    """A movement that is exercise or task by what it is done for, such as a squat."""
    DOSE = "dose"
    """Sets and repetitions."""
    PARAMETER = "parameter"
    """Strength, endurance, range of motion, flexibility, power."""
    CONTROL = "control"
    """Balance, coordination, posture and the like."""
    TECHNIQUE = "technique"
    """A technique of neuromuscular re-education."""
    TASK = "task"
    """A functional task."""
    CONTEXT = "context"
    """What a functional task is done with or where."""
    GOAL = "goal"
    """A functional goal."""
    GAIT = "gait"
    """A component or a deviation of gait."""
    WALKING = "walking"
    DISTANCE = "distance"
    HANDS_ON = "hands-on"
    MASSAGE = "massage"
    SELF_CARE = "self-care"
    HOME_PROGRAM = "home-program"
    TAUGHT = "taught"
    REPEATED = "repeated"
    """Done again, or gone over once more."""
    ALONE = "alone"
    """The patient does it without the clinician's skill."""
    OTHER = "other"
    """A service outside the six codes."""


_K = CueKind
_FUNCTIONAL = frozenset({_K.TASK, _K.CONTEXT, _K.GOAL})
_NEUROMUSCULAR = frozenset({_K.CONTROL, _K.TECHNIQUE})
_OWN_PURPOSE = frozenset({_K.HANDS_ON, _K.MASSAGE, _K.SELF_CARE, _K.HOME_PROGRAM, _K.OTHER})
"""What may serve any parameter and stays what it is."""
_DONE = frozenset(
    {_K.TASK, _K.MOVEMENT, _K.EXERCISE, _K.HANDS_ON, _K.TECHNIQUE, _K.GAIT, _K.MASSAGE, _K.OTHER}
)


class Cue(NamedTuple):
    """A cue that a text holds: which, what it tells, and whether the purpose holds it."""

    key: int
    kind: CueKind
    code: str
    """The code it speaks for; empty for none of the six."""
    weight: int
    focus: str
    """The parameter that it names, or empty."""
    in_purpose: bool


class Point(NamedTuple):
    """What a cue, or a combination of cues, does to a code; no points make a remark against it."""

    code: str
    points: int
    key: int | str
    """The cue's key, or the name of the combination."""


class Choice(NamedTuple):
    """The code that leads clearly or None, the score of each code, and what made the scores."""

    code: str | None
    scores: tuple[tuple[str, int], ...]
    points: tuple[Point, ...]
    outside: int
    """Points of services outside the six codes."""


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
        """Whether a movement that may be either is done as an exercise."""
        if _K.MOVEMENT not in self.act or _K.TASK in self.act or self.functional:
            return False
        return bool(self.parameters) or (_K.DOSE in self.act and not self.kinds & _NEUROMUSCULAR)

    @property
    def task(self) -> bool:
        return _K.TASK in self.act or self.as_task

    @property
    def together(self) -> bool:
        """Whether a task, and nothing done by hand, may have the functional goal for its own."""
        return self.task and self.functional and _K.HANDS_ON not in self.act

    @property
    def several(self) -> bool:
        """Whether a functional task works on several parameters; control alone is no such set."""
        return _K.TASK in self.act and bool(self.parameters) and len(self.foci) > 1

    @property
    def for_control(self) -> bool:
        """Whether a task or a movement is done for balance, coordination or posture."""
        moved = bool(self.act & {_K.TASK, _K.MOVEMENT})
        return moved and _K.CONTROL in self.why and not self.functional and not self.parameters

    @property
    def for_distance(self) -> bool:
        """Whether walking is told by distance or endurance only."""
        far = _K.DISTANCE in self.kinds or "endurance" in self.parameters
        return _K.WALKING in self.act and _K.GAIT not in self.kinds and far

    @property
    def with_components(self) -> bool:
        """Whether walking is practised and a component or a deviation of it is addressed."""
        return _K.WALKING in self.act and _K.GAIT in self.kinds

    @property
    def programme(self) -> bool:
        """Whether the exercises named are those of a home programme that is taught."""
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
    Return the code that the cues speak for, and how they do.

    The rule ``code-choice``.

    Args:
        cues: What was found in the description of an activity and in its purpose, each once.
        combinations: Points of each combination of cues, by its name.
        purpose_bonus: Points more for what the purpose itself names.
        margin: Points that the leading code needs before the next, services outside the six
            included.
        minimum: Points that the leading code needs at least.

    Returns:
        The choice; its code is None where no code has the minimum or leads by the margin.

    Source:
        The published descriptions that the cues cite. The points are our own.

    >>> cue = Cue(0, CueKind.HANDS_ON, "97140", 4, "", False)
    >>> terms = {"combinations": {}, "purpose_bonus": 1, "margin": 2}
    >>> choose_code([cue], minimum=4, **terms).code, choose_code([cue], minimum=5, **terms).code
    ('97140', None)
    """
    picture = _look_at(cues)
    points: list[Point] = []
    for cue in cues:
        points += _of_cue(cue, picture, purpose_bonus)
    for code, name in _of_picture(picture):
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


def _look_at(cues: Sequence[Cue]) -> _Picture:
    named = [cue for cue in cues if cue.kind in (_K.PARAMETER, _K.CONTROL)]
    return _Picture(
        act=frozenset(cue.kind for cue in cues if not cue.in_purpose),
        why=frozenset(cue.kind for cue in cues if cue.in_purpose),
        parameters=frozenset(cue.focus for cue in named if cue.kind is _K.PARAMETER),
        foci=frozenset(cue.focus for cue in named),
    )


def _of_cue(cue: Cue, picture: _Picture, bonus: int) -> Iterator[Point]:
    against = _set_aside(cue, picture)
    if against:
        yield Point(cue.code, 0, against)
    elif _counts(cue, picture):
        more = bonus if cue.in_purpose and cue.kind in (_K.PARAMETER, _K.CONTROL) else 0
        if more and cue.kind is _K.CONTROL and _K.EXERCISE in picture.act:
            # Ordinary strengthening stays that, even when it is said to be for balance.
            more = 0 if picture.act & _NEUROMUSCULAR else -1
        yield Point(cue.code, cue.weight + more, cue.key)


def _set_aside(cue: Cue, picture: _Picture) -> str | None:
    """Return the combination that makes *cue* part of something else, or None."""
    match cue.kind:
        case CueKind.PARAMETER if picture.several:
            return "parameters-of-a-task"
        case CueKind.CONTROL if picture.several or picture.together:
            return "control-in-a-task"
        case CueKind.TECHNIQUE if picture.together:
            return "control-in-a-task"
        case CueKind.EXERCISE if picture.programme:
            return "content-of-a-programme"
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


def _of_picture(picture: _Picture) -> Iterator[tuple[str, str]]:
    """Yield what the cues make together: a code, and the combination that speaks of it."""
    yield from _of_task(picture)
    if picture.as_exercise:
        yield "97110", "movement-as-exercise"
        yield "97530", "movement-without-goal"
    if picture.with_components:
        yield "97116", "walking-with-components"
    if picture.for_distance and "endurance" in picture.parameters:
        yield "97110", "walking-for-endurance"
    if _K.TAUGHT in picture.act and picture.act & {_K.SELF_CARE, _K.HOME_PROGRAM}:
        yield "97535", "taught"


def _of_task(picture: _Picture) -> Iterator[tuple[str, str]]:
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
    Return the names of the warning signs that the cues show.

    The rule ``code-choice-warning``.

    Args:
        cues: What was found in the description of an activity and in its purpose.

    Source:
        The published descriptions that each warning cites.

    >>> walk = Cue(0, CueKind.WALKING, "97116", 1, "", False)
    >>> find_warnings([walk]), find_warnings([walk, Cue(1, CueKind.DISTANCE, "", 0, "", False)])
    ((), ('walking-for-distance',))
    """
    picture = _look_at(cues)
    act, kinds = picture.act, picture.kinds
    labelled = {cue.code for cue in cues if cue.kind is _K.LABEL}
    exercise = _K.EXERCISE in act or "strength" in picture.parameters
    control = "97112" in labelled or bool(kinds & _NEUROMUSCULAR)
    task = _K.TASK in act
    signs = {
        "repetition-alone": _K.ALONE in act and (exercise or _K.DOSE in act),
        "ordinary-strengthening": control and exercise and not picture.task,
        "massage-of-the-region": {_K.HANDS_ON, _K.MASSAGE} <= act,
        "sets-without-task": {_K.MOVEMENT, _K.DOSE} <= act and not task and not picture.functional,
        "beside-manual-therapy": _K.HANDS_ON in act and (picture.task or "97530" in labelled),
        "walking-for-distance": picture.for_distance,
        "repeated-review": {_K.HOME_PROGRAM, _K.REPEATED} <= act,
    }
    return tuple(name for name, shown in signs.items() if shown)
