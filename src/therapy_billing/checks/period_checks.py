"""Check codes that are counted over a period: against each other, and against the patient's earlier claims."""

from __future__ import annotations

from collections.abc import Sequence

from therapy_billing.base.wording import counted, in_words, listed
from therapy_billing.checks.claimed_day import ClaimedDay, ClaimReport
from therapy_billing.checks.edit_checks import check_ncci_ptp
from therapy_billing.checks.rules import exclusive_lines
from therapy_billing.codes.modifiers import plan_modifiers
from therapy_billing.codes.period_codes import (
    CodePeriod,
    PeriodCode,
    exclusive_codes,
    latest_repeat,
    period_code_on,
    period_codes_known_through,
    share_period,
    units_of,
)
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import as_sentences
from therapy_billing.law.sources import Source, Verification

__all__ = ["check_exclusive_codes", "check_monitoring_provider", "check_period_limit"]

_NO_CLAIMS = "no earlier claims were given; another day of the period may have this code or one that excludes it"
_NOT_READ = (Verification.DERIVED, Verification.UNVERIFIED)


def check_exclusive_codes(day: ClaimedDay) -> Findings:
    """Check that no two codes of the day bill the same period, or the same training, in two ways."""
    check = day.report("exclusive-codes")
    codes = [line.code for line in day.lines]
    for row in exclusive_codes():
        if day.line_indexes.keys().isdisjoint(row.codes) or not row.in_force(day.date_of_service):
            continue
        ones, others = exclusive_lines(codes, one=row.codes, other=row.others)
        if not ones or row.in_ncci:
            continue
        # An NCCI pair is reported once, by ncci-ptp.
        paired = {frozenset(found.codes) for found in check_ncci_ptp(day)}
        left = [
            (one, other)
            for one in ones
            for other in others
            if frozenset((codes[one], codes[other])) not in paired
        ]
        if not left:
            continue
        ones, others = (tuple(sorted(set(indexes))) for indexes in zip(*left, strict=True))
        billed = [listed(_names(day, indexes)) for indexes in (ones, others)]
        check.find(
            Severity(row.severity),
            f"{billed[0]} with {billed[1]} on the same claim",
            "bill the one that the record supports.",
            sorted(ones + others),
            detail=f"These codes are for {row.what}.",
            denied=ones,
            figures=(row.source,),
        )
    return check.findings()


def _names(day: ClaimedDay, indexes: Sequence[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(day.lines[index].code for index in indexes))


def check_period_limit(day: ClaimedDay) -> Findings:
    """Compare codes that are counted over a period with the earlier claims, and with the minutes in the record."""
    check = day.report("period-limit")
    # The check payable-code reports a code that was not in force.
    billed = [
        facts for code in day.line_indexes if (facts := period_code_on(code, day.date_of_service))
    ]
    codes = [facts.code for facts in billed]
    last = period_codes_known_through()
    if codes and day.date_of_service > last:
        check.answer(Answer.OUT_OF_RANGE, f"the limits are known through {last}", codes)
        return check.findings()
    if codes and day.earlier is None:
        check.answer(Answer.NOT_IN_DATA, _NO_CLAIMS, codes)
    for facts in billed:
        indexes = day.line_indexes[facts.code]
        _check_minutes(check, day, facts, indexes)
        if day.earlier is not None:
            _check_repeat(check, day, facts, indexes)
            _check_excluded(check, day, facts.code, indexes)
            _check_first(check, day, facts, indexes)
    return check.findings(about=codes)


def _severity(source: Source) -> Severity:
    return Severity.REVIEW if source.verified in _NOT_READ else Severity.DENY


def _level(source: Source) -> str:
    """Return a sentence that says how far a limit was checked, if no source that we read states it."""
    return f"This limit is {source.verified.value}" if source.verified in _NOT_READ else ""


def _check_minutes(
    check: ClaimReport, day: ClaimedDay, facts: PeriodCode, indexes: Sequence[int]
) -> None:
    """Report minutes in the record that do not make a unit of the code."""
    # A session refuses such minutes of RTM codes. The minutes of an add-on code do not include those of its first code.
    if facts.minutes is None or facts.each is not None:
        return
    for service in (service for session in day.sessions for service in session.services):
        if (
            service.code != facts.code
            or service.minutes is None
            or units_of(facts, service.minutes)
        ):
            continue
        check.find(
            _severity(facts.source),
            f"{facts.code} with {counted(service.minutes, 'minute')} in the record",
            "bill the code that the minutes support.",
            indexes,
            detail=as_sentences(
                [f"{facts.code} is for {in_words(facts.minutes)} minutes", _level(facts.source)]
            ),
            denied=indexes,
            figures=(facts.source,),
        )


def _check_repeat(
    check: ClaimReport, day: ClaimedDay, facts: PeriodCode, indexes: Sequence[int]
) -> None:
    """Report a code that was already billed in its period."""
    repeat = latest_repeat(facts, day.date_of_service, day.earlier_codes)
    if repeat is None:
        return
    episode = facts.period is CodePeriod.EPISODE
    action = f"take {facts.code} off the claim, or correct the earlier claim."
    if episode:
        action = f"take {facts.code} off the claim, unless a new episode of care began."
    check.find(
        # Claims do not show when an episode of care ends, so the record decides.
        Severity.REVIEW if episode else _severity(facts.source),
        f"{facts.code} was already billed on {repeat}",
        action,
        indexes,
        detail=as_sentences(
            [f"{facts.code} is billed once per {facts.period.value}", _level(facts.source)]
        ),
        denied=indexes,
        figures=(facts.source,),
    )


def _check_excluded(check: ClaimReport, day: ClaimedDay, code: str, indexes: Sequence[int]) -> None:
    """Report a code that a code billed earlier in the period excludes."""
    for row in exclusive_codes():
        found = row.excluding(code, day.date_of_service, day.earlier_codes)
        others = [f"{other} of {on}" for other, on in dict.fromkeys(found)]
        if others:
            check.find(
                Severity(row.severity),
                f"{code} with {listed(others)}",
                "bill the one that the record supports, and correct the other claim.",
                indexes,
                detail=as_sentences([f"These codes are for {row.what}", _level(row.source)]),
                denied=indexes,
                figures=(row.source,),
            )


def _check_first(
    check: ClaimReport, day: ClaimedDay, facts: PeriodCode, indexes: Sequence[int]
) -> None:
    """Report an add-on code whose first code is not billed in the period."""
    first, on = facts.adds_to, day.date_of_service
    if first is None or first in day.line_indexes:
        return
    if any(
        code == first and share_period(facts.period, date, on) for code, date in day.earlier_codes
    ):
        return
    period = facts.period.value
    check.find(
        # The first code may be on a later claim of the period.
        Severity.REVIEW,
        f"{facts.code} without {first} in the same {period}",
        f"bill {first} for the same {period} if it was furnished, or take {facts.code} off the claim.",
        indexes,
        detail=as_sentences(
            [
                f"{facts.code} is an add-on code for {first}, and no claim of the {period} has {first}",
                _level(facts.source),
            ]
        ),
        denied=indexes,
        figures=(facts.source,),
    )


def check_monitoring_provider(day: ClaimedDay) -> Findings:
    """Check that no code of physiologic monitoring outside the code book is billed under a therapy plan of care."""
    check = day.report("monitoring-provider")
    for index, line in enumerate(day.lines):
        facts = period_code_on(line.code, day.date_of_service)
        if facts is None or facts.therapist or line.discipline is None:
            continue
        if day.facts(line.code) is not None:
            # The code book says who may bill its own codes.
            continue
        check.find(
            _severity(facts.source),
            f"{line.code} has {plan_modifiers()[line.discipline]}, but therapists may not bill it",
            "bill remote therapeutic monitoring if that was furnished, or take the code off the claim.",
            (index,),
            detail=as_sentences(
                ["Physicians and other practitioners bill it", _level(facts.source)]
            ),
            denied=(index,),
            figures=(facts.source,),
        )
    return check.findings()
