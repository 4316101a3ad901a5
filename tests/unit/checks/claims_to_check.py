"""Claims, sessions, and edits that the tests of checks share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TypedDict, Unpack

from tests.finding_text import said
from therapy_billing import (
    MEDICARE,
    Accumulators,
    Claim,
    ClaimLine,
    FeeSchedule,
    Session,
    Source,
    TimedService,
    UntimedService,
)
from therapy_billing.checks.day import check_claim
from therapy_billing.claims.attestations import Attestation
from therapy_billing.findings.records import Finding, Findings, Severity
from therapy_billing.law import Verification
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, MueFile, MueLimit, PtpEdit, PtpFile
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.visits.services import Service

DAY = date(2024, 8, 1)
"""A date in the only quarter with practitioner pairs of all therapy codes in the data."""
DENY, REVIEW, NOTE = Severity.DENY, Severity.REVIEW, Severity.INFO
OWN = Source("invented", "", "", Verification.UNVERIFIED)
RATES = FeeSchedule.from_rates(
    {
        "97110": "30.00",
        "97112": "31.00",
        "97116": "25.00",
        "97124": "22.00",
        "97140": "28.00",
        "97150": "18.00",
        "97161": "100.00",
        "97164": "70.00",
        "97530": "35.00",
        "97535": "33.00",
    }
)


def line(code: str, *modifiers: str, units: int = 1, charge: str | None = None) -> ClaimLine:
    return ClaimLine(code, units, modifiers, None if charge is None else Decimal(charge))


class Given(TypedDict, total=False):
    """What a check may be given in addition to claim and payer."""

    fees: FeeSchedule
    accumulators: Accumulators
    sessions: Session | Iterable[Session]
    attestations: Iterable[Attestation]
    earlier: Claim | Iterable[Claim] | None
    edits: Edits
    edit_setting: EditSetting | str


class Clocked(TypedDict, total=False):
    """What a service may have in addition to its code and times."""

    clinician: str
    body_region: str
    activity: str


def claim(*lines: ClaimLine, day: date | str = DAY) -> Claim:
    return Claim(day, lines)


def check(
    rule: str,
    *lines: ClaimLine,
    day: date | str = DAY,
    payer: PayerLike = MEDICARE,
    **given: Unpack[Given],
) -> Findings:
    """Return what one rule finds on a claim."""
    return check_claim(claim(*lines, day=day), payer, checks=[rule], **given)


def reported(findings: Iterable[Finding]) -> list[tuple[str, tuple[int, ...], str]]:
    return [(each.severity.value, each.lines, said(each)) for each in findings]


def rules(findings: Iterable[Finding]) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.rule.id, each.codes) for each in findings]


def answers(findings: Findings) -> list[tuple[str, tuple[str, ...], str]]:
    return [(each.answer.value, each.about, each.remark) for each in findings.answers]


def not_applicable(findings: Findings) -> str:
    """Return why a rule does not apply, after seeing that this is its only answer."""
    assert reported(findings) == []
    ((answer, about, remark),) = answers(findings)
    assert (answer, about) == ("not-applicable", ())
    return remark


def only(findings: Findings) -> Finding:
    assert len(findings) == 1
    return findings[0]


def timed(
    code: str, start: str, end: str, *, on: date = DAY, **more: Unpack[Clocked]
) -> TimedService:
    return TimedService(code, start=f"{on} {start}", end=f"{on} {end}", **more)


def untimed(
    code: str, start: str, end: str, *, on: date = DAY, **more: Unpack[Clocked]
) -> UntimedService:
    return UntimedService(code, start=f"{on} {start}", end=f"{on} {end}", **more)


def pt(*services: Service, on: date = DAY) -> Session:
    return Session(on, "PT", services)


def ot(*services: Service, on: date = DAY) -> Session:
    return Session(on, "OT", services)


def slp(*services: Service, on: date = DAY) -> Session:
    return Session(on, "SLP", services)


def pair_edits(indicator: int, column1: str = "97150", column2: str = "97110") -> Edits:
    """Return edits with only one pair, in force from 2010 on."""
    edit = PtpEdit(
        column1, column2, indicator, date(2010, 1, 1), None, "invented", EditSetting.PRACTITIONER
    )
    return Edits.from_files([PtpFile(EditSetting.PRACTITIONER, date(2024, 7, 1), (edit,), OWN)])


def limit_edits(code: str, units: int, mai: int) -> Edits:
    """Return edits with the limit of one code in the third quarter of 2024."""
    limit = MueLimit(code, units, mai, "invented", EditSetting.PRACTITIONER)
    return Edits.from_files([MueFile(EditSetting.PRACTITIONER, date(2024, 7, 1), (limit,), OWN)])


GROUP_AND_EXERCISE = (line("97150", "GP"), line("97110", "GP"))
PAIR_0 = (
    "97124 with 97140 on the same day. NCCI bundles 97124 (column 2) into 97140 (column 1), and no "
    "modifier allows both (indicator 0)."
)


def advice_to_load(day: str, file: str = "PTP", which: str = ", or for a later quarter") -> str:
    return (
        f"load CMS's {file} file for the quarter that includes {day}{which} (--edits, or Edits.with_files) "
        "before you change the claim."
    )
