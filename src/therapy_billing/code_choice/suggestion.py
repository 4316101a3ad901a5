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

_DECIDES = "a suggestion to a clinician, who decides by what was done and why"


def suggest_code(
    activity: str, purpose: str | None = None, *, activities: Activities | None = None
) -> CodeSuggestion:
    """
    Return which of 97110, 97112, 97116, 97140, 97530 and 97535 a described activity speaks for.

    Args:
        activity: What was done, in the words of the note.
        purpose: What it was done for; what *activity* says of that counts too.
        activities: The catalogue, the bundled one by default.

    Raises:
        InvalidInputError: If a text is no text.

    >>> suggest_code("Lifts boxes from floor to shelf", "to return to warehouse work").code
    '97530'
    >>> suggest_code("Step-ups 3x10", "quadriceps strength").code
    '97110'
    >>> print(suggest_code("Patient tolerated treatment well").statement)
    cannot tell: nothing in the text speaks for one of the six codes; a suggestion to a clinician, ...
    """
    if activities is not None:
        require_type(activities, Activities, "activities")
    lexicon = (activities or Activities.bundled())._lexicon  # noqa: SLF001 - no part of the public API
    require_text(activity, "activity")
    if purpose is not None:
        require_text(purpose, "purpose")
    cues: tuple[Cue, ...] = ()
    if activity.strip():
        told = find_cues(activity, lexicon)
        if purpose is not None:
            told |= find_cues(purpose, lexicon, in_purpose=True)
        cues = tuple(sorted(told, key=lambda cue: (cue.key, cue.in_purpose, cue.weight)))
    choice = choose_code(cues, combinations=lexicon.weights, **lexicon.terms)
    return CodeSuggestion(
        code=choice.code,
        ranked=tuple(_ranked(code, score, choice, lexicon) for code, score in choice.scores),
        warnings=tuple(lexicon.warnings[name] for name in find_warnings(cues)),
        statement=f"{_outcome(choice, lexicon.terms)}; {_DECIDES}",
    )


def _outcome(choice: Choice, terms: Mapping[str, int]) -> str:
    if choice.code is not None:
        return f"the text speaks for {choice.code}"
    (first, best), (second, next_best) = choice.scores[:2]
    if not best and not choice.outside:
        return "cannot tell: nothing in the text speaks for one of the six codes"
    if choice.outside and best < choice.outside + terms["margin"]:
        return "cannot tell: the text speaks of a service outside the six codes"
    if best < terms["minimum"]:
        return f"cannot tell: too little in the text speaks for {first}"
    return (
        f"cannot tell: {first} has {best} points and {second} {next_best}; "
        f"a lead of {terms['margin']} is needed"
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
