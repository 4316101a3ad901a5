"""
Test that every argument refuses a missing value, and every flag refuses a string. The error names the argument.

The tests find the arguments themselves. Each public record and function needs an example here, and each of its
arguments is tried.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pyarrow as pa
import pytest

from tests.public_names import PUBLIC as ROOT
from tests.submissions import medicare_primary
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Authorization,
    ClaimLine,
    Contract,
    Edits,
    FeeSchedule,
    InvalidInputError,
    Payer,
    PlanOfCare,
    Policy,
    ScheduleEntry,
    Session,
    Setting,
    Source,
    TimedService,
    TreatmentNote,
    UnitMethod,
)
from therapy_billing.base.toml_files import TomlFile, parse_toml
from therapy_billing.base.x12 import Delimiters
from therapy_billing.chart import Duration, Practice, ProgressReport
from therapy_billing.claims import (
    Accident,
    Address,
    Adjustment,
    BillingContact,
    BillingProvider,
    ClaimHeader,
    ClaimParties,
    Coverage,
    Organization,
    PartiesFile,
    Person,
    Provider,
    Receiver,
    SegmentRemark,
    ServiceFacility,
    ServiceLine,
    Submission,
    Submitter,
    Subscriber,
)
from therapy_billing.code_choice import Activities
from therapy_billing.fees import Gpci, Rvu
from therapy_billing.findings.records import Findings
from therapy_billing.formats import write_837p
from therapy_billing.law import Parameter, Parameters, Timeline, Verification
from therapy_billing.ncci import EditSetting, MueFile, MueLimit, PtpEdit, PtpFile
from therapy_billing.packs import Assumption, DataView, Pack
from therapy_billing.payers import ClaimRules, ModifierRules, MoneyRules
from therapy_billing.payers.furnishers import NO_FURNISHERS, Payable, ShareOf
from therapy_billing.payers.policy import FeeBasis
from therapy_billing.prepare import Choice, LogChoice
from therapy_billing.pricing import Bucket

ON = "2026-03-02"
DAY = date(2026, 3, 2)
QUARTER = date(2026, 1, 1)


class NaTType(datetime):
    """A value like ``pandas.NaT``: a datetime that is not equal to anything, including itself."""

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = datetime.__hash__


class NAType:
    """A value like ``pandas.NA``: comparisons return NA, which has no truth value."""

    def __eq__(self, other: object) -> NAType:  # type: ignore[override]
        return self

    def __ne__(self, other: object) -> NAType:  # type: ignore[override]
        return self

    def __bool__(self) -> bool:
        msg = "boolean value of NA is ambiguous"
        raise TypeError(msg)

    __hash__ = object.__hash__


NAT: Any = NaTType(2000, 1, 1, tzinfo=None)
MISSING: Mapping[str, Any] = {
    "None": None,
    "nan": float("nan"),
    "Decimal NaN": Decimal("NaN"),
    "NaT": NAT,
    "NA": NAType(),
}
NO_FLAGS: Mapping[str, Any] = {
    **{word: word for word in ("no", "yes", "false", "True", "")},
    "zero": 0,
    "one": 1,
    "list": [],
    **MISSING,
}

SOURCE = Source("a manual", "ch. 1", "", Verification.OFFICIAL)
SERVICE = TimedService("97110", 15)
SESSION = Session(ON, "PT", [SERVICE])
ALLOCATION = ROOT.allocate_units(SESSION, MEDICARE)
CLAIM = ROOT.build_claim(SESSION, MEDICARE)
EARLIER_CLAIM = ROOT.Claim("2026-03-01", [ClaimLine("98980", 1)])
FEES = FeeSchedule.medicare(ON)
YEAR = Accumulators(2026)
NOTE = TreatmentNote.for_session(SESSION)
PLAN = PlanOfCare("PT", ON, "90 days")
ENTRY = ScheduleEntry("1", "P-1", "T-1", ON, "PT", SERVICE)
PRICED = ROOT.bill_day(SESSION, MEDICARE, FEES, YEAR)
SPLIT = dict(ROOT.allocate_units(SESSION, MEDICARE).units)
PREPARED = ROOT.prepare_visit(SESSION, MEDICARE, FEES)
LOG_TERMS: Mapping[str, Any] = {
    "log": ROOT.TreatmentLog((), (), 0),
    "payer": MEDICARE,
    "fees": FeeSchedule.medicare,
    "accumulators": {},
    "payers": {"medicare": MEDICARE},
    "attestations": ["KX"],
    "setting": "office",
    "policy_changes": {},
    "keep_going": True,
}
FRAME = pa.table({"patient": ["P-1"], "date_of_service": [ON], "code": ["97110"], "minutes": [15]})
PARTIES_OF_LOG = PartiesFile(parse_toml("", "parties.toml"), None, None, None, {}, {}, {}, {})
PARAMETER = Parameter(Decimal(1), "USD", SOURCE)
EDIT = PtpEdit("97530", "97116", 1, None, None, "misuse", EditSetting.PRACTITIONER)
LIMIT = MueLimit("97110", 6, 3, "policy", EditSetting.PRACTITIONER)
PTP = PtpFile(EditSetting.PRACTITIONER, QUARTER, (EDIT,), SOURCE)
MUE = MueFile(EditSetting.PRACTITIONER, QUARTER, (LIMIT,), SOURCE)
RELATIVE_VALUES = Rvu("97110", "A", Decimal(1), Decimal(1), Decimal(1), Decimal(1), "5")
LOCALITY = Gpci("15202", "00", "OH", "Ohio", Decimal(1), Decimal(1), Decimal(1))
ACTIVITIES = Activities.bundled()
CONTRACT = Contract("Blue PPO", rates={"97110": "35.00"})
SERIES = Timeline("kx threshold", ((QUARTER, PARAMETER),), date(2026, 12, 31))
TIMELINE = Timeline("payer", ((None, Policy(UnitMethod.CPT_MIDPOINT)),), date.max)
FINDINGS = ROOT.check_day(SESSION, MEDICARE)


def own_check(*_: object) -> Findings:
    """Return no findings, as a caller's own check."""
    return Findings()


SUGGESTION = ROOT.suggest_code("squats")
EXPANDED = FeeSchedule.medicare(ON, participating=False)
FILE = "a file that is not there.csv"
OWN_CODES = "codes/own.toml"
ASSUMED = Assumption("own", "a text", "Ann Lee, biller", DAY, DAY, DAY, (OWN_CODES,))
PACK = Pack(
    path="own-codes",
    name="own-codes",
    effective_from=DAY,
    effective_through=DAY,
    remark="",
    sources=(),
    tables=(),
    assumptions=(ASSUMED,),
    corrections=(),
    checks=(),
    sha256="0" * 64,
    contents={OWN_CODES: b""},
    manifest=TomlFile("own-codes/pack.toml", "", {}),
)

ADDRESS = Address("100 Main Street", None, "Columbus", "OH", "432150001")
CLINIC = Organization("Sample Clinic")
THERAPIST = Provider(Person("Invented", "Terry"), "1987654328", "225100000X")
DESK = BillingContact("Billing desk", "5555550100")
FACILITY = ServiceFacility(CLINIC, "1234567893", ADDRESS)
COVERAGE = Coverage("medicare", "Medicare Part B", "15202", filing_indicator="MB", order="P")
SUBSCRIBER = Subscriber(Person("Invented", "Jane"), "1EG4TE5MK73", ADDRESS, "1950-01-01", "F")
ADJUSTMENT = Adjustment("CO", "45", "40")
HEADER = ClaimHeader(account="A-1", diagnoses=["M5450"])
PARTIES = ClaimParties(coverage=COVERAGE, subscriber=SUBSCRIBER)
SENT_LINE = ServiceLine("97110", 2, "90", ["GP"], ON, pointers=[1])

IDENTIFIERS: Mapping[str, str] = {
    "DiagnosisCode": "M5450",
    "Mbi": "1EG4TE5MK73",
    "Npi": "1234567893",
    "TaxId": "123456789",
    "TaxonomyCode": "225100000X",
    "Zip9": "432150001",
}
"""A valid example of each identifier."""

CHOICE = Choice("kx:PT:5d1f0c2a", "attest", "A. Invented, PT", f"{ON} 17:40")
LOG_CHOICE = LogChoice("P-1", ON, CHOICE)
RECORDS: Mapping[str, Mapping[str, Any]] = {
    "LogChoice": {
        "patient": "P-1",
        "date_of_service": ON,
        "choice": CHOICE,
        "path": "work.csv",
        "line": 2,
    },
    **{name: {"value": value} for name, value in IDENTIFIERS.items()},
    "Accident": {"causes": ["AA"], "occurred_on": ON, "state": "OH", "country": "US"},
    "Address": {
        "line1": "100 Main Street",
        "line2": "Suite 7",
        "city": "Columbus",
        "state": "OH",
        "zip_code": "432150001",
        "country": "US",
    },
    "Adjustment": {"group": "CO", "reason": "45", "amount": "40", "quantity": 1},
    "BillingProvider": {
        "name": CLINIC,
        "npi": "1234567893",
        "address": ADDRESS,
        "tax_id": "123456789",
        "tax_id_kind": "EI",
        "taxonomy": "261QP2000X",
        "contact": DESK,
        "pay_to_address": ADDRESS,
    },
    "ClaimHeader": {
        "account": "A-1",
        "place_of_service": "11",
        "frequency": "1",
        "payer_claim_number": "20260401",
        "signature_on_file": "Y",
        "assignment": "A",
        "benefits_assigned": "Y",
        "release": "Y",
        "patient_signature": "P",
        "authorization": "AUTH1",
        "referral": "REF1",
        "medical_record": "MR1",
        "clearinghouse_trace": "T1",
        "property_casualty_number": "WC1",
        "onset": ON,
        "initial_treatment": ON,
        "last_seen": ON,
        "accident": Accident(["OA"]),
        "patient_paid": "10",
        "delay_reason": "1",
        "note": "a note",
        "diagnoses": ["M5450"],
    },
    "ClaimParties": {
        "billing_provider": BillingProvider(CLINIC),
        "coverage": COVERAGE,
        "subscriber": SUBSCRIBER,
        "patient": ROOT.Patient(Person("Invented", "Sam")),
        "rendering_provider": THERAPIST,
        "referring_provider": THERAPIST,
        "supervising_provider": THERAPIST,
        "service_facility": FACILITY,
        "prior_payments": (),
    },
    "BillingContact": {
        "name": "Billing desk",
        "phone": "5555550100",
        "extension": "7",
        "email": "desk@clinic.example",
        "fax": "5555550101",
    },
    "Coverage": {
        "payer": "medicare",
        "payer_name": "Medicare Part B",
        "payer_id": "15202",
        "payer_id_kind": "PI",
        "payer_address": ADDRESS,
        "filing_indicator": "MB",
        "order": "P",
        "relationship": "18",
        "group_number": "GRP100",
        "group_name": "a group",
        "msp_type": "12",
        "provider_id": "G2-1",
    },
    "LinePayment": {
        "payer_id": "PLAN01",
        "paid": "64",
        "code": "97110",
        "modifiers": ["GP"],
        "units": 2,
        "bundled_line": 1,
        "adjustments": (ADJUSTMENT,),
        "paid_on": ON,
        "remaining": "0",
    },
    "Organization": {"name": "Sample Clinic"},
    "Patient": {
        "name": Person("Invented", "Sam"),
        "address": ADDRESS,
        "birth_date": "2015-01-01",
        "sex": "M",
    },
    "Person": {"last": "Invented", "first": "Jane", "middle": "Q", "suffix": "JR"},
    "PriorPayment": {
        "coverage": COVERAGE,
        "subscriber": SUBSCRIBER,
        "paid": "64",
        "adjustments": (ADJUSTMENT,),
        "paid_on": ON,
        "claim_number": "ICN1",
        "remaining": "0",
        "noncovered": "0",
        "benefits_assigned": "Y",
        "release": "Y",
    },
    "ProfessionalClaim": {"header": HEADER, "parties": PARTIES, "lines": [SENT_LINE]},
    "Provider": {
        "name": Person("Invented", "Terry"),
        "npi": "1987654328",
        "taxonomy": "225100000X",
    },
    "Receiver": {"name": CLINIC, "id": "R1"},
    "Choice": {
        "decision_id": "tie:PT:0f1e2d3c",
        "option": "97530=2 97112=0",
        "author": "A. Invented, PT",
        "decided_at": f"{ON} 17:40",
    },
    "ServiceFacility": {"name": CLINIC, "npi": "1234567893", "address": ADDRESS},
    "ServiceLine": {
        "code": "97110",
        "units": 2,
        "charge": "90",
        "modifiers": ["GP"],
        "date_of_service": ON,
        "through": ON,
        "pointers": [1],
        "line_number": "L1",
        "place_of_service": "11",
        "rendering_provider": THERAPIST,
        "referring_provider": THERAPIST,
        "supervising_provider": THERAPIST,
        "service_facility": FACILITY,
        "authorization": "AUTH1",
        "referral": "REF1",
        "note": "a note",
        "payments": (),
        "unit_measure": "UN",
    },
    "Submission": {
        "submitter": Submitter(CLINIC, "S1", DESK),
        "receiver": Receiver(CLINIC, "R1"),
        "claims": (),
        "reference": "B1",
        "purpose": "00",
        "use": "CH",
    },
    "Submitter": {"name": CLINIC, "id": "S1", "contact": DESK},
    "Subscriber": {
        "name": Person("Invented", "Jane"),
        "member_id": "1EG4TE5MK73",
        "address": ADDRESS,
        "birth_date": "1950-01-01",
        "sex": "F",
    },
    "Accumulators": {
        "year": 2026,
        "deductible_met": 0,
        "pt_slp": 0,
        "ot": 0,
        "pt_visits": 3,
        "ot_visits": 2,
        "slp_visits": 1,
    },
    "ActivityType": {
        "name": "squats",
        "words": ("squat",),
        "examples": (),
        "focus": (),
        "codes": ("97110",),
        "source": SOURCE,
    },
    "Authorization": {
        "visits": 12,
        "units": 24,
        "discipline": "PT",
        "codes": ("97110",),
        "effective_from": ON,
        "effective_through": ON,
        "key": "A-1",
    },
    "Claim": {
        "date_of_service": ON,
        "lines": [ClaimLine("97110", 1)],
        "allocation": ALLOCATION,
        "assistants": (),
        "setting": "office",
    },
    "ClaimLine": {
        "code": "97110",
        "units": 1,
        "modifiers": ("GP",),
        "charge": "50.00",
        "keys": ("row 7",),
    },
    "CodeFacts": {
        **{
            name: getattr(ROOT.load_codes()["97110"], name)
            for name in (
                "code",
                "label",
                "unit_of",
                "unit_minutes",
                "add_on",
                "adds_to",
                "midpoint_settled",
                "midpoint_under_cms",
                "month_minutes",
                "beyond",
                "contact",
                "patient_present",
                "group_of",
                "evaluation_of",
                "therapist_only",
                "disciplines",
                "therapy_class",
                "mppr_indicator",
                "medicare_status",
                "medicare_refuses",
                "medicare_instead",
                "assistant_modifier",
                "effective_from",
                "effective_through",
                "replaced_by",
                "sources",
                "re_evaluation",
                "program",
                "interprets",
                "remote_monitoring",
            )
        },
    },
    "Contract": {
        "name": "Blue PPO",
        "effective_from": ON,
        "effective_through": ON,
        "rates": {},
        "percent_of_medicare": 110,
        "per_visit": None,
        "per_day_maximum": 100,
        "lesser_of_charge": True,
        "mppr": True,
    },
    "Counting": {
        "method": UnitMethod.CPT_MIDPOINT,
        "minimum_minutes": 8,
        "first_period": ROOT.FirstPeriod.FULL,
        "tie_policy": ROOT.TiePolicy.DOCUMENTED_ORDER,
        "preferred_codes": ("97110",),
        "cap_per_code": 4,
        "cap_per_codes": (),
        "cap_per_session": 4,
        "cap_per_day": 4,
        "caps": (),
        "code_terms": (),
        "medicare_codes": True,
        "secondary": ROOT.SecondaryUnits.OWN,
        "unit_assumptions": (),
        "method_is_choice": False,
    },
    "Cap": {
        "limit": 4,
        "of": "units",
        "each": ("discipline",),
        "codes": ("97110",),
        "untimed": True,
        "with_evaluation": 6,
        "with_re_evaluation": 5,
    },
    "CodeTerms": {
        "codes": ("92507",),
        "unit_minutes": 15,
        "method": "cpt-midpoint",
        "minimum_minutes": 8,
        "max_per_day": 4,
    },
    "CountyLocality": {
        "mac": "15202",
        "locality": "00",
        "state": "OHIO",
        "area": "STATEWIDE",
        "counties": "ALL COUNTIES",
        "counties_cut": False,
    },
    "Delimiters": {"element": "*", "component": ":", "repetition": "^", "segment": "~"},
    "Duration": {"months": 3, "days": 1},
    "Edits": {"files": [PTP, MUE]},
    "FeeSchedule": {
        "name": "rates",
        "source": FEES._source,  # noqa: SLF001 - an argument of the constructor
        "effective_from": QUARTER,
        "effective_through": QUARTER,
        "setting": Setting.FACILITY,
        "locality": LOCALITY,
        "contract": CONTRACT,
        "parameters": Parameters(),
        "basis": FeeBasis.CONTRACT,
        "assumptions": (),
        "file_from": QUARTER,
        "limit": PARAMETER,
        "localities": (),
        "dated_assumptions": (),
        "assumed_files": (),
    },
    "FurnisherRule": {
        "payer": "acme",
        "clinician": "assistant",
        "discipline": "PT",
        "service": "group",
        "payable": Payable.YES,
        "modifier": "CQ",
        "payment_share": "0.85",
        "share_of": ShareOf.ALLOWED,
        "supervision": "in the room",
        "condition": "as reported",
        "setting": "office",
        "effective_from": ON,
        "effective_through": ON,
        "source": SOURCE,
    },
    "Furnishers": {"rules": ()},
    "Gpci": {
        "mac": "15202",
        "locality": "00",
        "state": "OH",
        "name": "Ohio",
        "work": Decimal(1),
        "practice_expense": Decimal(1),
        "malpractice": Decimal(1),
    },
    "GpciFile": {
        "path": FILE,
        "title": "GPCI 2026",
        "year": 2026,
        "effective_from": QUARTER,
        "indices": {},
    },
    "MonitoringPeriod": {
        "date_of_service": ON,
        "family": "RTM",
        "minutes": 47,
        "live_contact": True,
        "days_of_data": 16,
        "device": "respiratory",
        "setup": True,
        "earlier": [("98981", ON, 1)],
    },
    "MueFile": {
        "setting": EditSetting.PRACTITIONER,
        "effective_from": QUARTER,
        "limits": (LIMIT,),
        "source": SOURCE,
        "codes": frozenset({"97110"}),
    },
    "ModifierRules": {
        "assistants": ROOT.AssistantRule.NONE,
        "assistant_arithmetic": ROOT.AssistantArithmetic.EXACT,
        "kx": True,
        "edits": ROOT.EditProgram.NONE,
        "modifier_order": ("GP",),
        "allowed_modifiers": ("GP",),
    },
    "MoneyRules": {
        "mppr": True,
        "cost_sharing": True,
        "fee_basis": ROOT.FeeBasis.UNKNOWN,
        "amount_per_day": "100",
        "assistant_percent": 85,
        "percent_of_medicare": 200,
        "amount_assumptions": (),
        "pays_second": False,
    },
    "ClaimRules": {
        "lines_per_claim": 50,
        "charge_maximum": "99999.99",
        "needs_referring_provider": True,
        "needs_taxonomy": False,
        "needs_whole_units": True,
        "claim_frequencies": ("1", "7"),
        "earlier_payers_maximum": 1,
        "returns_line_numbers": True,
    },
    "MueLimit": {
        "code": "97110",
        "units": 6,
        "mai": 3,
        "rationale": "policy",
        "setting": EditSetting.PRACTITIONER,
    },
    "NoteEntry": {
        "code": "97110",
        "minutes": 15,
        "activity": "squats",
        "body_region": "knee",
        "focus": "strength",
        "functional_goal": "stairs",
        "one_on_one": True,
    },
    "Parameter": {"amount": Decimal(1), "unit": "USD", "source": SOURCE},
    "Parameters": {"series": {"kx_threshold": SERIES}},
    "Payer": {"name": "acme", "policies": TIMELINE, "sources": (SOURCE,), "remark": ""},
    "PlanOfCare": {
        "discipline": "PT",
        "initial_treatment": ON,
        "duration": "90 days",
        "certified_on": ON,
        "certified_by": "physician",
        "verbal_order_on": ON,
        "recertifications": (),
        "established_by": "therapist",
        "referral_signed_on": ON,
        "plan_sent_on": ON,
        "delay_reason": "holiday",
    },
    "Policy": {
        "counting": UnitMethod.CPT_MIDPOINT,
        "modifiers": ModifierRules(),
        "money": MoneyRules(),
        "furnishers": NO_FURNISHERS,
        "assumptions": (),
        "claims": ClaimRules(),
    },
    "Practice": {"assessment_every_visits": 3, "progression": True, "one_on_one_statement": True},
    "ProgressReport": {
        "written_on": ON,
        "written_by": "therapist",
        "signed": True,
        "cosigned": True,
    },
    "PtpEdit": {
        "column1": "97530",
        "column2": "97116",
        "indicator": 1,
        "effective_from": QUARTER,
        "deleted_on": QUARTER,
        "rationale": "misuse",
        "setting": EditSetting.PRACTITIONER,
        "prior_to_1996": False,
    },
    "PtpFile": {
        "setting": EditSetting.PRACTITIONER,
        "effective_from": QUARTER,
        "edits": (EDIT,),
        "source": SOURCE,
        "codes": frozenset({"97530"}),
        "column1_range": ("97530", "97530"),
        "dated": True,
        "history": True,
    },
    "Recertification": {
        "certified_on": ON,
        "effective_from": ON,
        "duration": "90 days",
        "certified_by": "physician",
        "delay_reason": "holiday",
    },
    "Rule": {
        "id": "cms-eight-minute",
        "statement": "a rule",
        "effective_from": QUARTER,
        "sources": (SOURCE,),
        "function": "",
    },
    "Rvu": {
        "code": "97110",
        "status": "A",
        "work": Decimal(1),
        "practice_expense": Decimal(1),
        "practice_expense_facility": Decimal(1),
        "malpractice": Decimal(1),
        "mppr_indicator": "5",
    },
    "RvuFile": {
        "path": FILE,
        "title": "RVU26A",
        "year": 2026,
        "effective_from": QUARTER,
        "released": QUARTER,
        "conversion_factor": Decimal(33),
        "rvus": {"97110": RELATIVE_VALUES},
        "by_modifier": {},
    },
    "ScheduleEntry": {
        "key": "1",
        "patient": "P-1",
        "treated_by": "T-1",
        "date_of_service": ON,
        "discipline": "PT",
        "service": SERVICE,
    },
    "Session": {
        "date_of_service": ON,
        "discipline": "PT",
        "services": [SERVICE],
        "key": "visit 7",
    },
    "Source": {
        "title": "a manual",
        "section": "ch. 1",
        "url": "",
        "verified": Verification.OFFICIAL,
        "dated": "2026",
    },
    "TimedService": {
        "code": "97110",
        "minutes": 15,
        "start": f"{ON} 9:00",
        "end": f"{ON} 9:15",
        "clinician": "therapist",
        "body_region": "knee",
        "activity": "squats",
        "key": "row 7",
        "modifiers": ("95",),
        "treated_by": "T-1",
    },
    "Timeline": {"subject": "rate", "entries": ((None, 1),), "known_through": DAY},
    "TreatmentNote": {
        "date_of_service": ON,
        "discipline": "PT",
        "entries": (),
        "goals": "stairs",
        "response": "well",
        "skilled_need": "cueing",
        "progression": "weight",
        "assessment": "better",
        "timed_minutes": 15,
        "total_minutes": 15,
        "signed": True,
        "credentials": "PT",
        "clinician": "therapist",
        "cosigned": True,
        "key": "N-1",
    },
    "UntimedService": {
        "code": "97161",
        "minutes": 15,
        "units": 1,
        "start": f"{ON} 9:00",
        "end": f"{ON} 9:15",
        "clinician": "therapist",
        "body_region": "knee",
        "activity": "squats",
        "key": "row 7",
        "modifiers": ("95",),
        "treated_by": "T-1",
    },
    "ZipArea": {
        "zip_code": "43215",
        "state": "OH",
        "mac": "15202",
        "locality": "00",
        "plus_four": False,
    },
}
"""A valid example of each record that callers create."""

RESULTS = frozenset(
    {
        "Activities",
        "Allocation",
        "ClaimPosition",
        "ProfessionalClaims",
        "AssistantMinutes",
        "AssistantShare",
        "Assumption",
        "AuthorizationBalance",
        "BilledDay",
        "BilledFrame",
        "FileBill",
        "BillingRun",
        "CapCost",
        "CappedUnit",
        "Change",
        "CheckAnswer",
        "CheckedDay",
        "CheckingRun",
        "CodeReason",
        "CodeSuggestion",
        "CodeWarning",
        "Comparison",
        "Correction",
        "Decision",
        "DecisionOption",
        "OutdatedChoice",
        "PreparedVisit",
        "WorkItem",
        "CostShare",
        "CountedCode",
        "DataPeriod",
        "DataVersion",
        "DataView",
        "Deadline",
        "EditCoverage",
        "Explanation",
        "Letter",
        "LetterCitation",
        "LetterLine",
        "LetterSection",
        "LetterStatement",
        "FrameCounts",
        "FeeCoverage",
        "FeeTable",
        "Gap",
        "Finding",
        "Findings",
        "LimitAnswer",
        "LogDay",
        "LogSubmission",
        "DecisionRow",
        "PreparedDay",
        "PreparingRun",
        "SegmentRemark",
        "MinuteSplit",
        "ModifiedMinutes",
        "MonitoringCode",
        "LogTotals",
        "PartiesFile",
        "PatientParties",
        "UnitMargin",
        "MedicareTerms",
        "NeededFile",
        "Pack",
        "PackBuild",
        "PackChange",
        "PackCheck",
        "PackSource",
        "PackTable",
        "PairAnswer",
        "PayerComparison",
        "PayerSide",
        "DisciplineUnits",
        "PeriodCode",
        "Price",
        "PricedDay",
        "PricedLine",
        "PublishedAmount",
        "RankedCode",
        "Report",
        "SkippedFile",
        "Step",
        "ThresholdState",
        "PayerTotals",
        "TreatmentLog",
        "UnbilledCode",
        "UnbilledService",
    }
)
"""
Records that only the library creates, from checked values. Callers only read them. There can be millions of them, so
they do not check their values again.
"""


def with_changes(method: UnitMethod, *, mppr: bool) -> Policy:
    """Change two fields of a policy."""
    return Policy(UnitMethod.CPT_MIDPOINT).with_changes(method=method, mppr=mppr)


def payer_with_changes(method: UnitMethod, *, mppr: bool) -> Payer:
    """Change two fields of each policy of a payer."""
    payer: Payer = ROOT.CPT_MIDPOINT
    return payer.with_changes(method=method, mppr=mppr)


TABLE = MEDICARE.on(ON).furnishers
ROLE = {
    "clinician": "student",
    "discipline": "PT",
    "service": "group",
    "date_of_service": ON,
}

FILE_837P = write_837p(
    medicare_primary(), control_number=101, created="2026-04-15 12:00", usage="T"
)
CALLS: Mapping[str, tuple[Callable[..., object], Mapping[str, Any]]] = {
    "Accumulators.visits": (YEAR.visits, {"discipline": "PT"}),
    "Accumulators.allowed": (YEAR.allowed, {"bucket": Bucket.OT}),
    "Accumulators.from_dict": (Accumulators.from_dict, {"values": YEAR.to_dict()}),
    "Activities.find": (ACTIVITIES.find, {"text": "squats"}),
    "Activities.from_file": (Activities.from_file, {"path": FILE}),
    "Assumption.covers": (ASSUMED.covers, {"path": OWN_CODES}),
    "CodeSuggestion.contradicts": (SUGGESTION.contradicts, {"code": "97110"}),
    "FurnisherRule.in_force": (TABLE.rules[0].in_force, {"date_of_service": ON}),
    "Furnishers.added_to": (TABLE.added_to, {"base": NO_FURNISHERS}),
    "Furnishers.find": (TABLE.find, {**ROLE, "setting": "office"}),
    "Furnishers.makes_units": (TABLE.makes_units, ROLE),
    "Furnishers.rule": (TABLE.rule, {**ROLE, "setting": "office"}),
    "Contract.from_file": (Contract.from_file, {"path": FILE}),
    "DataView.active": (DataView.active, {"on": ON}),
    "DataView.of_pack": (DataView.of_pack, {"pack": PACK}),
    "Report.add": (
        ROOT.Report("cms-eight-minute").add,
        {
            "severity": "deny",
            "message": "a message",
            "action": "an action",
            "detail": "A detail.",
            "lines": [0],
            "codes": ["97110"],
            "entries": ["row 7"],
            "keys": ["visit 7"],
            "at_stake": Decimal("43.38"),
            "suggested": (("XU", "97116"),),
            "figures": [SOURCE],
            "denied": ((0,), 1),
            "path": "claims[0].lines[0]",
        },
    ),
    "Report.answer": (
        ROOT.Report("cms-eight-minute").answer,
        {"answer": "not-in-data", "remark": "a remark", "about": ["97110"]},
    ),
    "Report.findings": (
        ROOT.Report("cms-eight-minute").findings,
        {"about": ["97110"], "remark": "a remark"},
    ),
    "Report.not_applicable": (
        ROOT.Report("cms-eight-minute").not_applicable,
        {"remark": "a remark"},
    ),
    "Duration.after": (Duration(days=1).after, {"day": DAY}),
    "Explanation.letter": (ROOT.explain(ALLOCATION).letter, {"audience": "payer"}),
    "Edits.from_files": (Edits.from_files, {"files": [PTP]}),
    "Edits.limit": (
        ROOT.Edits.bundled().limit,
        {"code": "97110", "date_of_service": DAY, "setting": EditSetting.PRACTITIONER},
    ),
    "Edits.pair": (
        ROOT.Edits.bundled().pair,
        {
            "code": "97110",
            "other": "97150",
            "date_of_service": DAY,
            "setting": EditSetting.PRACTITIONER,
        },
    ),
    "Edits.with_files": (ROOT.Edits.bundled().with_files, {"files": [PTP]}),
    "FeeSchedule.amount": (FEES.amount, {"code": "97110", "units": 1, "reduced": True}),
    "FeeSchedule.from_cms_files": (
        FeeSchedule.from_cms_files,
        {
            "pprrvu": FILE,
            "gpci": FILE,
            "mac": "15202",
            "locality": "00",
            "state": None,
            "zip_area": None,
            "setting": "office",
            "participating": True,
            "effective_from": ON,
            "parameters": Parameters(),
        },
    ),
    "FeeSchedule.from_contract": (
        FeeSchedule.from_contract,
        {"contract": CONTRACT, "medicare": None},
    ),
    "FeeSchedule.at_percent": (FEES.at_percent, {"percent": Decimal(200)}),
    "FeeSchedule.from_relative_values": (
        FeeSchedule.from_relative_values,
        {
            "values": {"97110": "4.20"},
            "conversion_factor": "9.55",
            "name": "values",
            "effective_from": ON,
            "effective_through": ON,
        },
    ),
    "FeeSchedule.relative_value": (
        FeeSchedule.from_relative_values({"97110": "4.20"}, "9.55").relative_value,
        {"code": "97110"},
    ),
    "FeeSchedule.from_rates": (
        FeeSchedule.from_rates,
        {
            "rates": {"97110": "35.00"},
            "name": "rates",
            "effective_from": ON,
            "effective_through": ON,
        },
    ),
    "FeeSchedule.limiting_charge": (EXPANDED.limiting_charge, {"code": "97110", "units": 1}),
    "FeeSchedule.medicare": (
        FeeSchedule.medicare,
        {
            "date_of_service": ON,
            "mac": "15202",
            "locality": "00",
            "state": None,
            "zip_code": None,
            "zip_area": None,
            "setting": "office",
            "qualifying_apm": False,
            "participating": True,
            "conversion_factor": "57.20",
            "parameters": Parameters(),
        },
    ),
    "FeeSchedule.assumptions_on": (FEES.assumptions_on, {"date_of_service": DAY}),
    "FeeSchedule.data_assumptions_on": (FEES.data_assumptions_on, {"date_of_service": DAY}),
    "FeeSchedule.gives_amounts_to": (FEES.gives_amounts_to, {"basis": FeeBasis.CONTRACT}),
    "FeeSchedule.is_for_setting": (FEES.is_for_setting, {"setting": "office"}),
    "FeeSchedule.price": (FEES.price, {"code": "97110"}),
    "FeeSchedule.require": (FEES.require, {"date_of_service": DAY}),
    "FeeSchedule.table": (FEES.table, {"codes": ("97110",)}),
    "Findings.at_least": (FINDINGS.at_least, {"severity": "deny"}),
    "Findings.of_rule": (FINDINGS.of_rule, {"rule": "ncci-ptp"}),
    "MueFile.holds": (MUE.holds, {"code": "97110"}),
    "MueFile.row": (MUE.row, {"code": "97110"}),
    "Pack.from_codes_file": (Pack.from_codes_file, {"path": FILE}),
    "Pack.from_folder": (Pack.from_folder, {"path": FILE}),
    "Pack.text": (PACK.text, {"path": OWN_CODES}),
    "Pack.where": (PACK.where, {"path": OWN_CODES}),
    "Parameters.from_folder": (Parameters.from_folder, {"folder": FILE}),
    "Parameters.count": (
        Parameters().count,
        {"name": "certification_days", "date_of_service": DAY},
    ),
    "Parameters.on": (Parameters().on, {"name": "kx_threshold", "date_of_service": DAY}),
    "Parameters.series": (Parameters().series, {"name": "kx_threshold"}),
    "Payer.as_secondary_to": (
        MEDICARE.as_secondary_to,
        {"primary": CPT_MIDPOINT, "date_of_service": ON},
    ),
    "Payer.from_file": (Payer.from_file, {"path": FILE, "known": {"acme": MEDICARE}}),
    "Payer.on": (MEDICARE.on, {"date_of_service": ON}),
    "Payer.with_changes": (payer_with_changes, {"method": UnitMethod.CPT_MIDPOINT, "mppr": True}),
    "Policy.with_changes": (with_changes, {"method": UnitMethod.CPT_MIDPOINT, "mppr": True}),
    "PtpFile.rows": (PTP.rows, {"column1": "97530", "column2": "97116"}),
    "Session.from_minutes": (
        Session.from_minutes,
        {
            "minutes": {"97110": 15},
            "date_of_service": ON,
            "discipline": "PT",
            "key": "visit 7",
        },
    ),
    "MonitoringPeriod.services": (
        ROOT.MonitoringPeriod(ON, minutes=20, live_contact=True).services,
        {"clinician": "therapist"},
    ),
    "Timeline.on": (SERIES.on, {"date_of_service": DAY}),
    "Timeline.period": (SERIES.period, {"date_of_service": DAY}),
    "TreatmentNote.for_session": (
        TreatmentNote.for_session,
        {
            "session": SESSION,
            "focus": {"97110": "strength"},
            "functional_goals": {"97110": "stairs"},
            "one_on_one": True,
            "goals": "stairs",
            "response": "well",
            "skilled_need": "cueing",
            "progression": "weight",
            "assessment": "better",
            "signed": True,
            "credentials": "PT",
            "clinician": "therapist",
            "cosigned": True,
            "key": "N-1",
        },
    ),
    "allocate_units": (
        ROOT.allocate_units,
        {
            "sessions": SESSION,
            "payer": MEDICARE,
            "date_of_service": ON,
            "fees": FEES,
            "split": SPLIT,
        },
    ),
    "authorization_balance": (
        ROOT.authorization_balance,
        {"authorization": Authorization(12), "visits": [CLAIM, ON]},
    ),
    "bill_day": (
        ROOT.bill_day,
        {
            "sessions": SESSION,
            "payer": MEDICARE,
            "fees": FEES,
            "accumulators": YEAR,
            "attestations": ["KX"],
            "date_of_service": ON,
            "setting": "office",
            "charges": {"97110": "50.00"},
            "split": SPLIT,
        },
    ),
    "prepare_visit": (
        ROOT.prepare_visit,
        {
            "sessions": SESSION,
            "payer": MEDICARE,
            "fees": FEES,
            "accumulators": YEAR,
            "notes": [NOTE],
            "plans": [PLAN],
            "authorizations": [Authorization(12)],
            "edits": ROOT.Edits.bundled(),
            "decisions": [],
            "attestations": ["KX"],
            "setting": "office",
            "charges": {"97110": "50.00"},
            "practice": Practice(),
            "earlier": [],
            "edit_setting": "practitioner",
            "times": True,
        },
    ),
    "visit_screen": (ROOT.visit_screen, {"visit": PREPARED, "inputs": True}),
    "Decision.option": (PREPARED.decisions[0].option, {"name": PREPARED.decisions[0].default}),
    "LogTotals.add": (ROOT.LogTotals().add, {"day": PRICED}),
    "PayerTotals.add": (ROOT.PayerTotals().add, {"day": PRICED}),
    "bill_frame": (
        ROOT.bill_frame,
        {
            "frame": FRAME,
            "payer": MEDICARE,
            "fees": FeeSchedule.medicare,
            "accumulators": "start-at-zero",
            "payers": {"medicare": MEDICARE},
            "columns": {"patient": "patient"},
            "discipline": "PT",
            "clinician": "therapist",
            "locality": "OH",
            "setting": "office",
            "charges": {"97110": "50.00"},
            "order": "rows",
            "attestations": ["KX"],
            "policy_changes": {},
            "on_error": "status",
            "threads": 1,
        },
    ),
    "bill_file": (
        ROOT.bill_file,
        {
            "source": FILE,
            "out": FILE,
            "payer": MEDICARE,
            "fees": FeeSchedule.medicare,
            "accumulators": "start-at-zero",
            "payers": {"medicare": MEDICARE},
            "columns": {"patient": "patient"},
            "discipline": "PT",
            "clinician": "therapist",
            "locality": "OH",
            "setting": "office",
            "charges": {"97110": "50.00"},
            "order": "rows",
            "attestations": ["KX"],
            "policy_changes": {},
            "on_error": "status",
            "threads": 1,
            "format": "parquet",
            "memory_limit": "1GB",
            "spill_folder": FILE,
            "parts": 1,
            "resume": True,
            "progress": ROOT.text_progress,
        },
    ),
    "text_progress": (ROOT.text_progress, {"done": 1, "total": 2}),
    "bill_log": (ROOT.bill_log, LOG_TERMS),
    "check_log": (
        ROOT.check_log,
        {
            **LOG_TERMS,
            "edits": ROOT.Edits.bundled(),
            "edit_setting": "practitioner",
            "own_checks": [own_check],
        },
    ),
    "prepare_log": (
        ROOT.prepare_log,
        {
            **LOG_TERMS,
            "edits": ROOT.Edits.bundled(),
            "edit_setting": "practitioner",
            "decisions": [LOG_CHOICE],
        },
    ),
    "read_decisions": (ROOT.read_decisions, {"path": FILE}),
    "write_decisions": (ROOT.write_decisions, {"rows": (), "path": FILE}),
    "build_pack": (
        ROOT.build_pack,
        {
            "downloads": [FILE],
            "out": "a new pack",
            "through": "2027-12-31",
            "numbers": None,
            "assume": ("codes-unchanged",),
            "by": "Ann Lee, biller",
            "date": ON,
            "invented": "",
            "name": "medicare-2027",
        },
    ),
    "needed_files": (ROOT.needed_files, {"through": "2027-12-31"}),
    "pack_changes": (ROOT.pack_changes, {"before": PACK, "after": PACK}),
    "use_data": (ROOT.use_data, {"paths": FILE}),
    "verify_pack": (ROOT.verify_pack, {"path": FILE}),
    "Npi.is_valid": (ROOT.Npi.is_valid, {"value": "1234567893"}),
    "Submission.with_claims_of": (Submission().with_claims_of, {"others": [Submission()]}),
    "build_submission": (
        ROOT.build_submission,
        {
            "days": CLAIM,
            "parties": PARTIES,
            "header": HEADER,
            "submitter": Submitter(CLINIC, "S1", DESK),
            "receiver": Receiver(CLINIC, "R1"),
            "reference": "B1",
            "pointers": [1],
        },
    ),
    "build_claim": (
        ROOT.build_claim,
        {
            "sessions": SESSION,
            "payer": MEDICARE,
            "date_of_service": ON,
            "fees": FEES,
            "setting": "office",
            "charges": {"97110": "50.00"},
            "parameters": Parameters(),
            "split": SPLIT,
        },
    ),
    "check_authorization": (
        ROOT.check_authorization,
        {"authorization": Authorization(12), "visits": [CLAIM, ON], "own_checks": [own_check]},
    ),
    "check_claim": (
        ROOT.check_claim,
        {
            "claims": CLAIM,
            "payer": MEDICARE,
            "fees": FEES,
            "accumulators": YEAR,
            "sessions": SESSION,
            "attestations": ["KX"],
            "setting": "office",
            "earlier": [EARLIER_CLAIM],
            "edits": ROOT.Edits.bundled(),
            "edit_setting": "practitioner",
            "checks": ("ncci-ptp",),
            "own_checks": [own_check],
        },
    ),
    "check_day": (
        ROOT.check_day,
        {
            "sessions": SESSION,
            "payer": MEDICARE,
            "fees": FEES,
            "accumulators": YEAR,
            "notes": NOTE,
            "plans": PLAN,
            "practice": Practice(),
            "attestations": ["KX"],
            "setting": "office",
            "charges": {"97110": "50.00"},
            "earlier": [EARLIER_CLAIM],
            "edits": ROOT.Edits.bundled(),
            "edit_setting": "practitioner",
            "times": True,
            "own_checks": [own_check],
        },
    ),
    "check_note": (
        ROOT.check_note,
        {
            "note": NOTE,
            "session": SESSION,
            "practice": Practice(),
            "payer": MEDICARE,
            "left_off": ["97112"],
            "own_checks": [own_check],
        },
    ),
    "check_notes": (
        ROOT.check_notes,
        {
            "notes": [NOTE],
            "practice": Practice(),
            "reports": [ProgressReport(ON, "therapist", signed=True)],
            "payer": MEDICARE,
            "parameters": Parameters(),
            "own_checks": [own_check],
        },
    ),
    "check_plan": (
        ROOT.check_plan,
        {
            "plan": PLAN,
            "date_of_service": ON,
            "payer": MEDICARE,
            "parameters": Parameters(),
            "own_checks": [own_check],
        },
    ),
    "check_progress": (
        ROOT.check_progress,
        {
            "treatment_days": [ON],
            "reports": [ProgressReport(ON, "therapist", signed=True)],
            "payer": MEDICARE,
            "discipline": "PT",
            "parameters": Parameters(),
            "own_checks": [own_check],
        },
    ),
    "check_submission": (
        ROOT.check_submission,
        {
            "submission": Submission(),
            "payers": {"medicare": MEDICARE},
            "without": ("claim-npi",),
            "filed_on": ON,
            "remarks": [SegmentRemark("not-read", 7, "PWK", "a message")],
        },
    ),
    "check_schedule": (
        ROOT.check_schedule,
        {
            "entries": [ENTRY],
            "payer": MEDICARE,
            "worked": {"T-1": 480},
            "fees": FEES,
            "near_days": 20,
            "near_minutes": 2,
            "near_share": 50,
            "least_average": 12,
            "working_day": 480,
            "own_checks": [own_check],
        },
    ),
    "compare_methods": (
        ROOT.compare_methods,
        {
            "sessions": SESSION,
            "first": MEDICARE,
            "second": CPT_MIDPOINT,
            "date_of_service": ON,
            "fees": FEES,
        },
    ),
    "compare_payers": (
        ROOT.compare_payers,
        {
            "first": MEDICARE,
            "second": MEDICARE,
            "sessions": SESSION,
            "fees": FEES,
            "other_fees": FEES,
            "accumulators": YEAR,
            "attestations": ["KX"],
            "date_of_service": ON,
            "setting": "office",
            "charges": {"97110": "50.00"},
        },
    ),
    "upcoming_deadlines": (
        ROOT.upcoming_deadlines,
        {
            "plan": PLAN,
            "first": ON,
            "last": ON,
            "treatment_days": [ON],
            "planned_days": [ON],
            "reports": [ProgressReport(ON, "therapist", signed=True)],
            "notes": [NOTE],
            "authorizations": [Authorization(12)],
            "practice": Practice(),
            "payer": MEDICARE,
            "parameters": Parameters(),
        },
    ),
    "explain": (ROOT.explain, {"result": PRICED}),
    "explain_amount": (ROOT.explain_amount, {"fees": FEES, "code": "97110", "units": 1}),
    "from_json": (
        ROOT.from_json,
        {"text": ROOT.to_json(YEAR), "kind": Accumulators, "many": False},
    ),
    "json_schema": (ROOT.json_schema, {"name": "session"}),
    "load_payers": (ROOT.load_payers, {"paths": FILE, "known": {"acme": MEDICARE}}),
    "unit_margins": (ROOT.unit_margins, {"allocation": ALLOCATION}),
    "price_day": (
        ROOT.price_day,
        {
            "claims": CLAIM,
            "payer": MEDICARE,
            "fees": FEES,
            "accumulators": YEAR,
            "attestations": ["KX"],
            "repriced_as": "medicare",
        },
    ),
    "read_gpci": (ROOT.read_gpci, {"path": FILE, "max_errors": 10}),
    "read_locality_counties": (
        ROOT.read_locality_counties,
        {"path": FILE, "max_errors": 10},
    ),
    "read_ncci_mue": (
        ROOT.read_ncci_mue,
        {
            "path": FILE,
            "setting": "practitioner",
            "quarter": QUARTER,
            "codes": ("97110",),
            "max_errors": 10,
        },
    ),
    "read_ncci_ptp": (
        ROOT.read_ncci_ptp,
        {
            "path": FILE,
            "setting": "practitioner",
            "quarter": QUARTER,
            "codes": ("97110",),
            "every_code": False,
            "max_errors": 10,
        },
    ),
    "read_parties_file": (ROOT.read_parties_file, {"path": FILE}),
    "read_pprrvu": (
        ROOT.read_pprrvu,
        {"path": FILE, "codes": ("97110",), "max_errors": 10},
    ),
    "read_published_amounts": (
        ROOT.read_published_amounts,
        {"path": FILE, "codes": ("97110",), "max_errors": 10},
    ),
    "read_treatment_log": (
        ROOT.read_treatment_log,
        {
            "log": FILE,
            "date_of_service": ON,
            "payer": "medicare",
            "payers": ("medicare",),
            "zone": UTC,
            "keep_going": True,
            "max_errors": 10,
            "progress": print,
        },
    ),
    "read_zip5": (ROOT.read_zip5, {"path": FILE, "max_errors": 10}),
    "check_codes": (
        ROOT.check_codes,
        {"sessions": SESSION, "notes": NOTE, "activities": ACTIVITIES, "own_checks": [own_check]},
    ),
    "to_dict": (ROOT.to_dict, {"record": YEAR}),
    "parse_837p": (
        ROOT.parse_837p,
        {"text": FILE_837P, "names": True, "payers": {"15202": "medicare"}},
    ),
    "read_837p": (
        ROOT.read_837p,
        {"source": FILE_837P.encode(), "names": True, "payers": {"15202": "medicare"}},
    ),
    "write_837p": (
        ROOT.write_837p,
        {
            "submission": medicare_primary(),
            "control_number": 101,
            "created": "2026-04-15 12:00",
            "usage": "T",
            "sender_id": "CLINIC01",
            "receiver_id": "CH01",
            "sender_qualifier": "ZZ",
            "receiver_qualifier": "ZZ",
            "group_control_number": 101,
            "transaction_control_number": 1,
            "acknowledgment": False,
            "delimiters": Delimiters(),
            "newline": True,
            "payers": {"medicare": MEDICARE},
            "without": (),
        },
    ),
    "to_json": (ROOT.to_json, {"record": YEAR, "indent": 2}),
    "submission_of_log": (
        ROOT.submission_of_log,
        {**LOG_TERMS, "parties": PARTIES_OF_LOG, "per": "visit"},
    ),
    "service": (
        ROOT.service,
        {
            "code": "97161",
            "minutes": 15,
            "units": 1,
            "start": f"{ON} 9:00",
            "end": f"{ON} 9:15",
            "clinician": "therapist",
            "body_region": "knee",
            "activity": "squats",
            "key": "row 7",
            "modifiers": ("95",),
            "treated_by": "T-1",
        },
    ),
    "suggest_code": (
        ROOT.suggest_code,
        {"activity": "squats", "purpose": "strength", "activities": ACTIVITIES},
    ),
    "visits_to_threshold": (
        ROOT.visits_to_threshold,
        {"day": PRICED, "accumulators": YEAR},
    ),
}
"""A valid call of each public function and method."""


WITHIN_CHECKS = frozenset({"ClaimReport", "ClaimedDay"})
"""Classes that only a caller's own check uses. The library reports an error in their methods as an error of the check."""


def public_functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield each public function and each method of a public class that takes an argument."""
    for name, value in vars(ROOT).items():
        if inspect.isclass(value) and name not in WITHIN_CHECKS:
            for method in vars(value):
                call = getattr(value, method)
                if method[0] != "_" and (inspect.isfunction(call) or inspect.ismethod(call)):
                    yield f"{name}.{method}", call
        elif inspect.isfunction(value):
            yield name, value


def parameters_of(call: Callable[..., object]) -> dict[str, inspect.Parameter]:
    """Return the arguments of *call* by name, without ``self``."""
    found = dict(inspect.signature(call).parameters)
    found.pop("self", None)
    return found


def records() -> Iterator[str]:
    """Yield the public record classes, without errors and enums."""
    for name, value in vars(ROOT).items():
        if (
            inspect.isclass(value)
            and not issubclass(value, Enum | Exception | dict)
            and name not in WITHIN_CHECKS
        ):
            yield name


EXAMPLES: Mapping[str, tuple[Callable[..., object], Mapping[str, Any]]] = {
    **{name: (getattr(ROOT, name), given) for name, given in RECORDS.items()},
    **CALLS,
}


def arguments() -> Iterator[tuple[str, str, str]]:
    """Yield each argument of the examples: its owner, its name, its annotation."""
    for owner, (call, _) in EXAMPLES.items():
        for name, parameter in parameters_of(call).items():
            yield owner, name, str(parameter.annotation)


def call_with(owner: str, name: str, value: object) -> object:
    """Call the example of *owner* with *value* for the argument *name*."""
    call, given = EXAMPLES[owner]
    changed = {**given, name: value}
    if "paths" in changed:
        return call(changed.pop("paths"), **changed)
    return call(**changed)


def is_optional(owner: str, name: str, annotation: str) -> bool:
    call, _ = EXAMPLES[owner]
    default = parameters_of(call)[name].default
    return annotation.endswith("| None") or default is None


def test_every_record_has_an_example_or_is_a_result() -> None:
    assert set(records()) == set(RECORDS) | RESULTS
    assert not set(RECORDS) & RESULTS


def test_every_function_has_an_example() -> None:
    assert {name for name, call in public_functions() if parameters_of(call)} == set(CALLS)


@pytest.mark.parametrize("owner", EXAMPLES)
def test_every_argument_has_a_value_in_the_example(owner: str) -> None:
    call, given = EXAMPLES[owner]
    assert set(parameters_of(call)) == set(given)


def tried(owner: str) -> Iterator[tuple[str, object]]:
    """Yield each argument of *owner* with each missing value that it must refuse."""
    call, _ = EXAMPLES[owner]
    for name, parameter in parameters_of(call).items():
        for word, value in MISSING.items():
            if word != "None" or not is_optional(owner, name, str(parameter.annotation)):
                yield name, value


@pytest.mark.parametrize("owner", EXAMPLES)
def test_a_missing_value_is_refused_with_its_name(owner: str) -> None:
    for name, value in tried(owner):
        with pytest.raises(InvalidInputError) as caught:
            call_with(owner, name, value)
        named = rf"(?<!\w){name.removesuffix('s')}s?(?!\w)"
        assert re.search(named, str(caught.value)), (name, value)


def flags() -> Iterator[Any]:
    for owner, name, annotation in arguments():
        if annotation.split(" | ")[0] == "bool":
            for word, value in NO_FLAGS.items():
                if value is not None or annotation == "bool":
                    yield pytest.param(owner, name, value, id=f"{owner}-{name}-{word}")


@pytest.mark.parametrize(("owner", "name", "value"), list(flags()))
def test_a_word_or_a_number_is_not_a_flag(owner: str, name: str, value: object) -> None:
    with pytest.raises(InvalidInputError, match=rf"(?<!\w){name} must be True or False, got"):
        call_with(owner, name, value)


HOLDERS: Mapping[str, Callable[[Any], object]] = {
    "services": lambda value: Session(ON, "PT", [value]),
    "minutes": lambda value: Session.from_minutes(
        {"97110": value}, date_of_service=ON, discipline="PT"
    ),
    "lines": lambda value: ROOT.Claim(ON, [value]),
    "modifiers": lambda value: ClaimLine("97110", 1, ("GP", value)),
    "entries": lambda value: TreatmentNote(ON, "PT", [value]),
    "focus": lambda value: TreatmentNote.for_session(SESSION, focus={"97110": value}),
    "codes": lambda value: Authorization(12, codes=[value]),
    "recertifications": lambda value: PlanOfCare("PT", ON, "90 days", recertifications=[value]),
    "preferred codes": lambda value: Policy(UnitMethod.CPT_MIDPOINT).with_changes(
        preferred_codes=[value]
    ),
    "allowed modifiers": lambda value: Policy(UnitMethod.CPT_MIDPOINT).with_changes(
        allowed_modifiers=[value]
    ),
    "cap of a code": lambda value: Policy(UnitMethod.CPT_MIDPOINT).with_changes(
        cap_per_code={"97110": value}
    ),
    "cap of codes": lambda value: Policy(UnitMethod.CPT_MIDPOINT).with_changes(
        cap_per_codes=[(("97110",), value)]
    ),
    "rates of a contract": lambda value: Contract("PPO", rates={"97110": value}),
    "rates of a schedule": lambda value: FeeSchedule.from_rates({"97110": value}),
    "charges": lambda value: ROOT.build_claim(SESSION, MEDICARE, charges={"97110": value}),
    "first day of a timeline": lambda value: Timeline("rate", ((value, 1), (DAY, 2)), DAY),
    "attestations": lambda value: ROOT.price_day(CLAIM, MEDICARE, FEES, attestations=[value]),
    "plan of an attestation": lambda value: ROOT.price_day(
        CLAIM, MEDICARE, FEES, attestations=[("KX", value)]
    ),
    "modifier of an attestation": lambda value: ROOT.price_day(
        CLAIM, MEDICARE, FEES, attestations=[(value, "97110")]
    ),
    "code of an attestation": lambda value: ROOT.price_day(
        CLAIM, MEDICARE, FEES, attestations=[("XU", value)]
    ),
    "checks": lambda value: ROOT.check_claim(CLAIM, MEDICARE, checks=[value]),
    "visits": lambda value: ROOT.check_authorization(Authorization(12), [value]),
    "treatment days": lambda value: ROOT.check_progress([value], []),
    "reports": lambda value: ROOT.check_progress([ON], [value]),
    "minutes worked": lambda value: ROOT.check_schedule([ENTRY], worked={"T-1": value}),
    "schedule": lambda value: ROOT.check_schedule([value]),
    "files": lambda value: Edits([value]),
    "payers": lambda value: ROOT.read_treatment_log(FILE, payers=[value]),
    "table": lambda value: FEES.table([value]),
}


NONE_ALLOWED = ("first day of a timeline", "focus")


@pytest.mark.parametrize(
    ("holder", "value"),
    [
        pytest.param(holder, value, id=f"{holder}-{word}")
        for holder in HOLDERS
        for word, value in MISSING.items()
        if value is not None or holder not in NONE_ALLOWED
    ],
)
def test_a_missing_value_in_a_collection_is_refused(holder: str, value: object) -> None:
    with pytest.raises(InvalidInputError):
        HOLDERS[holder](value)
