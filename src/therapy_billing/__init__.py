"""
Turn therapy minutes into billable units, claim lines, and dollars, with the rule and source of every number.

From minutes to money::

    Session -> allocate_units -> Allocation -> build_claim -> Claim -> price_day -> PricedDay
                                                                |
                                                           check_claim -> Findings

These calls do most of the work:

- ``bill_day(sessions, payer, fees, accumulators)`` turns a patient's day into units, claim lines, and dollars.
- ``check_day(sessions, payer, fees, accumulators)`` finds errors in a patient's day before you bill it.
- ``allocate_units(sessions, payer)`` counts units without building claim lines, and lists every legal split.
- ``prepare_visit(sessions, payer, fees, accumulators)`` does all of this for one visit, and lists what a person must decide.
- ``explain(result)`` lists the steps that led to a result, each with its rule and source.
- ``build_submission(day, parties, header)`` makes a claim that can be sent, ``check_submission(submission)`` lists what is
  missing or wrong in it, and ``write_837p(submission, ...)`` writes the file.
- ``to_json(record)`` and ``from_json(text)`` write a record and read it back.
- ``bill_log(log, payer)`` bills every day of a treatment log. ``check_log(log, payer)`` checks every day.

The rest of the public API is in the subpackages:

=================  ===================================================
visits             services, sessions, schedule entries, treatment log
units              from minutes to units
claims             claim lines, modifiers, attestations; parties, coverage, submissions
pricing            from claim lines to dollars
fees               fee schedules, localities, contracts, CMS fee files
payers             payers, policies, payer files
checks, findings   checks of claims, days, and submissions, and their findings
ncci               NCCI pairs and unit limits
chart              notes, plans of care, authorizations, deadlines
schedule           overlaps and impossible times
batch              whole treatment logs
prepare            a visit: what is ready, what blocks, and what a person must decide
scenarios          minutes to the next unit, other methods, other payers
explanations       the steps that led to a result, with rules and sources
code_choice        codes that fit the words of a note
formats            JSON documents of records, and their schemas; 837P files
codes              facts about codes, disciplines, clinicians
law                rules, sources, dated numbers
packs              data packs: build, verify, and compare them, and use them
=================  ===================================================

>>> from therapy_billing import MEDICARE, FeeSchedule, Session, bill_day
>>> day = Session.from_minutes({"97530": 23, "97110": 20, "97112": 8}, date_of_service="2026-03-02", discipline="PT")
>>> bill_day(day, MEDICARE, FeeSchedule.medicare("2026-03-02", locality="OH")).allowed
Decimal('79.13')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "CPT_MIDPOINT",
    "MEDICARE",
    "PAYERS",
    "Accumulators",
    "Allocation",
    "Answer",
    "Attestation",
    "Authorization",
    "Charges",
    "Choice",
    "Claim",
    "ClaimLine",
    "Clinician",
    "CodeSuggestion",
    "Contract",
    "Decision",
    "Discipline",
    "Edits",
    "Explanation",
    "FeeSchedule",
    "FileFormatError",
    "Finding",
    "Findings",
    "InvalidInputError",
    "MonitoringPeriod",
    "NotPublishedError",
    "NoteEntry",
    "Payer",
    "PayerLike",
    "PlanOfCare",
    "Policy",
    "PreparedVisit",
    "PricedDay",
    "PricedLine",
    "Rule",
    "ScheduleEntry",
    "Service",
    "Session",
    "Setting",
    "Severity",
    "Source",
    "Submission",
    "TherapyBillingError",
    "TiePolicy",
    "TimedService",
    "Treatment",
    "TreatmentLog",
    "TreatmentNote",
    "UnitMethod",
    "UntimedService",
    "allocate_units",
    "bill_day",
    "bill_log",
    "build_claim",
    "build_submission",
    "check_claim",
    "check_day",
    "check_log",
    "check_schedule",
    "check_submission",
    "compare_methods",
    "compare_payers",
    "explain",
    "from_json",
    "load_codes",
    "load_payers",
    "prepare_visit",
    "price_day",
    "read_837p",
    "read_treatment_log",
    "service",
    "suggest_code",
    "to_dict",
    "to_json",
    "unit_margins",
    "use_data",
    "write_837p",
]

__version__ = "26.12.7"

if TYPE_CHECKING:
    from therapy_billing.base.data_loader import use_data
    from therapy_billing.base.errors import (
        FileFormatError,
        InvalidInputError,
        NotPublishedError,
        TherapyBillingError,
    )
    from therapy_billing.base.record_dicts import to_dict
    from therapy_billing.batch import bill_log, check_log
    from therapy_billing.chart import Authorization, NoteEntry, PlanOfCare, TreatmentNote
    from therapy_billing.checks import check_claim, check_day, check_submission
    from therapy_billing.claims import (
        Attestation,
        Charges,
        Claim,
        ClaimLine,
        Submission,
        build_claim,
        build_submission,
    )
    from therapy_billing.code_choice import CodeSuggestion, suggest_code
    from therapy_billing.codes import Clinician, Discipline, Setting, load_codes
    from therapy_billing.explanations import Explanation, explain
    from therapy_billing.fees import Contract, FeeSchedule
    from therapy_billing.findings import Answer, Finding, Findings, Severity
    from therapy_billing.formats import from_json, read_837p, to_json, write_837p
    from therapy_billing.law import Rule, Source
    from therapy_billing.ncci import Edits
    from therapy_billing.payers import (
        CPT_MIDPOINT,
        MEDICARE,
        PAYERS,
        Payer,
        PayerLike,
        Policy,
        TiePolicy,
        UnitMethod,
        load_payers,
    )
    from therapy_billing.prepare import Choice, Decision, PreparedVisit, prepare_visit
    from therapy_billing.pricing import Accumulators, PricedDay, PricedLine, bill_day, price_day
    from therapy_billing.scenarios import compare_methods, compare_payers, unit_margins
    from therapy_billing.schedule import check_schedule
    from therapy_billing.units import Allocation, Treatment, allocate_units
    from therapy_billing.visits import (
        MonitoringPeriod,
        ScheduleEntry,
        Service,
        Session,
        TimedService,
        TreatmentLog,
        UntimedService,
        read_treatment_log,
        service,
    )
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "base.data_loader": ("use_data",),
            "base.errors": (
                "FileFormatError",
                "InvalidInputError",
                "NotPublishedError",
                "TherapyBillingError",
            ),
            "base.record_dicts": ("to_dict",),
            "batch": ("bill_log", "check_log"),
            "chart": ("Authorization", "NoteEntry", "PlanOfCare", "TreatmentNote"),
            "checks": ("check_claim", "check_day", "check_submission"),
            "claims": (
                "Attestation",
                "Charges",
                "Claim",
                "ClaimLine",
                "Submission",
                "build_claim",
                "build_submission",
            ),
            "code_choice": ("CodeSuggestion", "suggest_code"),
            "codes": ("Clinician", "Discipline", "Setting", "load_codes"),
            "explanations": ("Explanation", "explain"),
            "fees": ("Contract", "FeeSchedule"),
            "findings": ("Answer", "Finding", "Findings", "Severity"),
            "formats": ("from_json", "read_837p", "to_json", "write_837p"),
            "law": ("Rule", "Source"),
            "ncci": ("Edits",),
            "payers": (
                "CPT_MIDPOINT",
                "MEDICARE",
                "PAYERS",
                "Payer",
                "PayerLike",
                "Policy",
                "TiePolicy",
                "UnitMethod",
                "load_payers",
            ),
            "prepare": ("Choice", "Decision", "PreparedVisit", "prepare_visit"),
            "pricing": ("Accumulators", "PricedDay", "PricedLine", "bill_day", "price_day"),
            "scenarios": ("compare_methods", "compare_payers", "unit_margins"),
            "schedule": ("check_schedule",),
            "units": ("Allocation", "Treatment", "allocate_units"),
            "visits": (
                "MonitoringPeriod",
                "ScheduleEntry",
                "Service",
                "Session",
                "TimedService",
                "TreatmentLog",
                "UntimedService",
                "read_treatment_log",
                "service",
            ),
        },
        (
            "batch",
            "chart",
            "checks",
            "claims",
            "code_choice",
            "codes",
            "explanations",
            "fees",
            "findings",
            "formats",
            "law",
            "ncci",
            "packs",
            "payers",
            "prepare",
            "pricing",
            "scenarios",
            "schedule",
            "units",
            "visits",
        ),
    )
