"""Run the checks that a caller adds to the library's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeAlias

from therapy_billing.base.errors import InvalidInputError, TherapyBillingError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple
from therapy_billing.findings.records import CheckAnswer, Finding, Findings
from therapy_billing.findings.report import merge_findings
from therapy_billing.law.rule_book import load_rules

__all__ = ["OwnCheck", "require_own_checks", "run_own_checks"]

P = ParamSpec("P")

OwnCheck: TypeAlias = Callable[P, Findings]
"""
A check of your own: a function that returns :class:`~therapy_billing.findings.Findings`.

Build the findings with a :class:`~therapy_billing.findings.Report` on a :class:`~therapy_billing.Rule` of your own.
``check_claim``, ``check_day``, and ``check_log`` call your function with a
:class:`~therapy_billing.checks.ClaimedDay`. The other functions that accept ``own_checks``, such as
``check_note``, call your function with the records that they check, in the order of their own arguments.
"""


def require_own_checks(own_checks: Iterable[OwnCheck[P]]) -> tuple[OwnCheck[P], ...]:
    """
    Return the caller's checks as a tuple.

    Raises:
        InvalidInputError: If *own_checks* is not a list of functions.
    """
    given: object = own_checks
    checks = tuple(own_checks) if isinstance(given, Iterable) else ()
    if not isinstance(given, Iterable) or not all(map(callable, checks)):
        msg = f"own_checks must be a list of functions, got {safe_repr(given)}"
        raise InvalidInputError(msg)
    return checks


def run_own_checks(
    own_checks: Iterable[OwnCheck[P]], *args: P.args, **kwargs: P.kwargs
) -> Findings:
    """
    Run the caller's checks and return their findings as one report.

    Raises:
        InvalidInputError: If a check is not a function, fails, does not return ``Findings``, or reports
            on a rule of the library.
    """
    checks = require_own_checks(own_checks)
    return merge_findings([_run(check, *args, **kwargs) for check in checks])


def _run(check: OwnCheck[P], *args: P.args, **kwargs: P.kwargs) -> Findings:
    name = f"own check {getattr(check, '__name__', type(check).__name__)}"
    try:
        found: object = check(*args, **kwargs)
    except Exception as error:  # a caller's check can raise anything
        msg = f"{name} failed with {type(error).__name__}"
        if isinstance(error, TherapyBillingError):
            msg += f": {error}"
        raise InvalidInputError(msg) from error
    if not isinstance(found, Findings):
        msg = f"{name} must return Findings, got {safe_repr(found)}"
        raise InvalidInputError(msg)
    as_tuple(found.found, Finding, f"the Findings of {name}")
    as_tuple(found.answers, CheckAnswer, f"the Findings of {name}")
    for rule in [*(each.rule for each in found.found), *(each.rule for each in found.answers)]:
        if not rule.id.strip() or rule.id.strip().lower() in load_rules():
            msg = f"{name} must use a rule id that is not blank and not in the library, got {rule.id!r}"
            raise InvalidInputError(msg)
    return found
