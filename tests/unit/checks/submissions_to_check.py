"""Change one value of a submission, and find what the checks say about it."""

from __future__ import annotations

from typing import Any

import attrs

from therapy_billing.checks import SUBMISSION_CHECKS, check_submission
from therapy_billing.claims import Submission

__all__ = ["FILED_ON", "changed", "faults", "found_by"]

FILED_ON = "2026-04-15"


def changed(record: Any, path: str, value: object) -> Any:  # noqa: ANN401 - any record of a submission
    """Return *record* with the value at *path* replaced, such as ``claims[0].lines[1].charge``."""
    name, _, rest = path.partition(".")
    name, _, index = name.rstrip("]").partition("[")
    old = getattr(record, name)
    if index:
        at = int(index)
        new = list(old)
        new[at] = changed(old[at], rest, value) if rest else value
        return attrs.evolve(record, **{name: new})
    return attrs.evolve(record, **{name: changed(old, rest, value) if rest else value})


def faults(submission: Submission, **given: Any) -> list[str]:  # noqa: ANN401 - arguments of the check
    """Return the severity, the rule, and the path of each finding."""
    found = check_submission(submission, **({"filed_on": FILED_ON} | given))
    return [f"{each.severity.value} {each.rule.id} {each.path}" for each in found]


def found_by(rule: str, submission: Submission, **given: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - as above
    """Return the severity, the path, and the message of each finding of one rule."""
    others = [each for each in SUBMISSION_CHECKS if each != rule]
    found = check_submission(submission, **({"filed_on": FILED_ON, "without": others} | given))
    return [(each.severity.value, each.path, each.message) for each in found]
