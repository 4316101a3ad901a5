"""Suggest the code that the words of a note support."""

from __future__ import annotations

from collections.abc import Mapping

from therapy_billing.base.validation import require_text, require_type
from therapy_billing.code_choice.activities import Activities
from therapy_billing.code_choice.lexicon import Lexicon
from therapy_billing.code_choice.reading import find_cues
from therapy_billing.code_choice.records import CodeReason, CodeSuggestion, RankedCode
from therapy_billing.code_choice.rules import Choice, Cue, choose_code, find_warnings

__all__ = ["suggest_code"]

_DECIDES = "the clinician decides, based on what was done and why"


def suggest_code(
    activity: str, purpose: str | None = None, *, activities: Activities | None = None
) -> CodeSuggestion:
    """
    Suggest which code a described activity supports: 97110, 97112, 97116, 97140, 97530, or 97535.

    Args:
        activity: What was done, in the words of the note.
        purpose: Why it was done. If *activity* also states a purpose, both count.
        activities: The catalog of activities; the library's catalog by default.

    Raises:
        InvalidInputError: If *activity* or *purpose* is not a string.

    >>> suggest_code("Lifts boxes from floor to shelf", "to return to warehouse work").code
    '97530'
    >>> suggest_code("Step-ups 3x10", "quadriceps strength").code
    '97110'
    >>> print(suggest_code("Patient tolerated treatment well").statement)
    no suggestion: nothing in the text supports one of the six codes; the clinician decides, ...
    """
    if activities is not None:
        require_type(activities, Activities, "activities")
    lexicon = (activities or Activities.bundled())._lexicon  # noqa: SLF001 - not part of the public API
    require_text(activity, "activity")
    if purpose is not None:
        require_text(purpose, "purpose")
    cues: tuple[Cue, ...] = ()
    if activity.strip():
        found = find_cues(activity, lexicon)
        if purpose is not None:
            found |= find_cues(purpose, lexicon, in_purpose=True)
        cues = tuple(sorted(found, key=lambda cue: (cue.key, cue.in_purpose, cue.weight)))
    choice = choose_code(cues, combinations=lexicon.weights, **lexicon.terms)
    return CodeSuggestion(
        code=choice.code,
        ranked=tuple(_ranked(code, score, choice, lexicon) for code, score in choice.scores),
        warnings=tuple(lexicon.warnings[name] for name in find_warnings(cues)),
        statement=f"{_outcome(choice, lexicon.terms)}; {_DECIDES}",
    )


def _outcome(choice: Choice, terms: Mapping[str, int]) -> str:
    if choice.code is not None:
        return f"the text supports {choice.code}"
    (first, best), (second, next_best) = choice.scores[:2]
    if not best and not choice.outside:
        return "no suggestion: nothing in the text supports one of the six codes"
    if choice.outside and best < choice.outside + terms["margin"]:
        return "no suggestion: the text names a service outside the six codes"
    if best < terms["minimum"]:
        return f"no suggestion: the text does not support {first} clearly enough"
    return (
        f"no suggestion: {first} has {best} points and {second} has {next_best}; "
        f"a lead of {terms['margin']} points is needed"
    )


def _ranked(code: str, score: int, choice: Choice, lexicon: Lexicon) -> RankedCode:
    reasons: tuple[dict[CodeReason, None], dict[CodeReason, None]] = ({}, {})
    for point in choice.points:
        if point.code == code:
            key = point.key
            reason = (
                lexicon.combinations[key] if isinstance(key, str) else lexicon.entries[key].reason
            )
            reasons[point.points <= 0][reason] = None
    return RankedCode(code, score, tuple(reasons[0]), tuple(reasons[1]))
