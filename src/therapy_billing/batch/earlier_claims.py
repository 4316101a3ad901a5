"""The earlier claims of each patient of a log, for codes that are counted over a period."""

from __future__ import annotations

from datetime import date

import attrs

from therapy_billing.claims.records import Claim
from therapy_billing.codes.period_codes import is_period_code
from therapy_billing.findings.records import Answer, Findings
from therapy_billing.payers.payer import Payer
from therapy_billing.visits.treatment_log import LogDay

__all__ = ["EarlierClaims", "within_log"]

_OUTSIDE = "only the days of this log were compared; claims outside the log are not known"
_LEFT_OUT = (
    "an earlier day of the patient was left out or is incomplete, so its codes are not known"
)


class EarlierClaims:
    """The claims of each patient and payer so far. Only lines with codes that are counted over a period are kept."""

    def __init__(self) -> None:
        # None: a day of the patient was left out, so its codes are not known.
        self._claims: dict[tuple[str, str], tuple[Claim, ...] | None] = {}

    def before(self, day: LogDay, payer: Payer) -> tuple[Claim, ...] | None:
        """
        Return the claims before *day*; None if they are not known.

        They are not known afterward either, unless the day is added with ``carry``.
        """
        key = day.patient, payer.name
        earlier = self._claims.get(key, ())
        self._claims[key] = None
        return earlier

    def carry(
        self, day: LogDay, payer: Payer, earlier: tuple[Claim, ...] | None, claim: Claim | None
    ) -> None:
        """
        Add the claim of *day*.

        Args:
            day: The day.
            payer: Its payer.
            earlier: The claims before it, as ``before`` returned them.
            claim: Its claim; None if nothing is billed.
        """
        if earlier is not None and not day.skipped_lines:
            self._claims[day.patient, payer.name] = (
                *earlier,
                *_period_claims(day.date_of_service, claim),
            )


def _period_claims(day: date, claim: Claim | None) -> tuple[Claim, ...]:
    """Return the claim of a day with only its lines for codes that are counted over a period, if it has any."""
    billed = () if claim is None else claim.lines
    lines = [line for line in billed if is_period_code(line.code)]
    return (Claim(day, lines),) if lines else ()


def within_log(findings: Findings, earlier: tuple[Claim, ...] | None) -> Findings:
    """Return *findings*. The limits per period are never clean, because claims may be outside the log."""
    remark = _LEFT_OUT if earlier is None else _OUTSIDE
    answers = []
    for each in findings.answers:
        of_period = each.rule.id == "period-limit" and bool(each.about)
        if not of_period or each.answer in (Answer.FINDING, Answer.OUT_OF_RANGE):
            answers.append(each)
        if of_period and each.answer is not Answer.OUT_OF_RANGE:
            answers.append(attrs.evolve(each, answer=Answer.NOT_IN_DATA, remark=remark))
    return attrs.evolve(findings, answers=tuple(dict.fromkeys(answers)))
