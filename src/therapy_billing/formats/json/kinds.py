"""
The records that JSON documents hold.

To support another record, add it to the table: nothing else knows the records.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

__all__ = ["KINDS", "json_name", "load_kind", "schema_name"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "accumulators": "pricing.Accumulators",
        "allocation": "units.Allocation",
        "authorization": "chart.Authorization",
        "authorization-balance": "chart.AuthorizationBalance",
        "billed-day": "batch.BilledDay",
        "billing-provider": "claims.BillingProvider",
        "check-answer": "findings.CheckAnswer",
        "checked-day": "batch.CheckedDay",
        "choice": "prepare.Choice",
        "claim": "claims.Claim",
        "claim-header": "claims.ClaimHeader",
        "claim-line": "claims.ClaimLine",
        "claim-parties": "claims.ClaimParties",
        "code-suggestion": "code_choice.CodeSuggestion",
        "comparison": "scenarios.Comparison",
        "contract": "fees.Contract",
        "coverage": "claims.Coverage",
        "deadline": "chart.Deadline",
        "decision": "prepare.Decision",
        "explanation": "explanations.Explanation",
        "finding": "findings.Finding",
        "findings": "findings.Findings",
        "letter": "explanations.Letter",
        "line-payment": "claims.LinePayment",
        "log-choice": "prepare.LogChoice",
        "log-day": "visits.LogDay",
        "monitoring-period": "visits.MonitoringPeriod",
        "note-entry": "chart.NoteEntry",
        "patient": "claims.Patient",
        "payer": "payers.Payer",
        "payer-comparison": "scenarios.PayerComparison",
        "plan-of-care": "chart.PlanOfCare",
        "policy": "payers.Policy",
        "practice": "chart.Practice",
        "prepared-day": "prepare.PreparedDay",
        "prepared-visit": "prepare.PreparedVisit",
        "priced-day": "pricing.PricedDay",
        "priced-line": "pricing.PricedLine",
        "prior-payment": "claims.PriorPayment",
        "professional-claim": "claims.ProfessionalClaim",
        "professional-claims": "formats.ProfessionalClaims",
        "progress-report": "chart.ProgressReport",
        "provider": "claims.Provider",
        "receiver": "claims.Receiver",
        "recertification": "chart.Recertification",
        "rule": "law.Rule",
        "schedule-entry": "visits.ScheduleEntry",
        "service-facility": "claims.ServiceFacility",
        "service-line": "claims.ServiceLine",
        "session": "visits.Session",
        "source": "law.Source",
        "step": "explanations.Step",
        "submission": "claims.Submission",
        "submitter": "claims.Submitter",
        "subscriber": "claims.Subscriber",
        "timed-service": "visits.TimedService",
        "treatment-note": "chart.TreatmentNote",
        "unit-margin": "scenarios.UnitMargin",
        "untimed-service": "visits.UntimedService",
    }
)
"""The public path of each record that can be at the top of a document, by its name in JSON."""


@cache
def load_kind(name: str) -> type:
    """
    Return the class of the record *name*, which must be one of :data:`KINDS`.

    >>> load_kind("session").__name__
    'Session'
    """
    package, _, record = KINDS[name].rpartition(".")
    library = __name__.partition(".")[0]
    kind: type = getattr(importlib.import_module(f"{library}.{package}"), record)
    return kind


def json_name(kind: type) -> str:
    """
    Return the name of the class *kind* in JSON: lower case, with hyphens between the words.

    >>> json_name(load_kind("timed-service"))
    'timed-service'
    """
    name = kind.__name__
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name).lstrip("-")


def schema_name(kind: type) -> str | None:
    """
    Return the name of *kind* in :data:`KINDS`, or None if it cannot be at the top of a document.

    >>> schema_name(load_kind("claim")), schema_name(str)
    ('claim', None)
    """
    name = json_name(kind)
    # A caller's class may have the name of a record.
    return name if name in KINDS and load_kind(name) is kind else None
