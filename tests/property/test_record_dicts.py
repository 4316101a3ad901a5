"""Test that every public record converts to plain JSON values without losing information."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.property.test_missing_values import (
    ALLOCATION,
    ASSUMED,
    CLAIM,
    DAY,
    FINDINGS,
    IDENTIFIERS,
    ON,
    PACK,
    PRICED,
    RECORDS,
    SESSION,
    records,
)
from tests.public_names import PUBLIC as ROOT
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    Accumulators,
    Answer,
    Authorization,
    Claim,
    ClaimLine,
    CodeSuggestion,
    Discipline,
    Explanation,
    FeeSchedule,
    Finding,
    Findings,
    Policy,
    Rule,
    Session,
    Severity,
    Source,
    TimedService,
    UnitMethod,
    UntimedService,
    to_dict,
)
from therapy_billing.base.toml_files import parse_toml
from therapy_billing.batch import BilledDay, CheckedDay, FrameCounts, Gap, LogSubmission, RowStatus
from therapy_billing.chart import Deadline
from therapy_billing.claims import (
    ClaimHeader,
    ClaimParties,
    PartiesFile,
    PatientParties,
    ProfessionalClaim,
    SegmentRemark,
    Submission,
)
from therapy_billing.code_choice import CodeReason, CodeWarning, RankedCode
from therapy_billing.codes import load_period_codes
from therapy_billing.explanations import (
    LetterCitation,
    LetterLine,
    LetterSection,
    LetterStatement,
    Step,
)
from therapy_billing.fees import PublishedAmount
from therapy_billing.findings import CheckAnswer
from therapy_billing.formats import ClaimPosition, ProfessionalClaims
from therapy_billing.law import Verification
from therapy_billing.packs import (
    ChangeKind,
    ChangeType,
    Correction,
    DataView,
    PackBuild,
    PackChange,
    PackCheck,
    PackSource,
    PackTable,
    SkippedFile,
    data_periods,
    needed_files,
)
from therapy_billing.prepare import Choice, DecisionRow, OutdatedChoice, PreparedDay
from therapy_billing.pricing import CapCost
from therapy_billing.units import CappedUnit
from therapy_billing.visits import LogDay

SOURCE = Source("a manual", "ch. 1", "https://cms.example", Verification.OFFICIAL)
RULE = Rule("a-rule", "a statement", date(2026, 1, 1), (SOURCE,), "")
LOG_DAY = LogDay("P-1", DAY, "medicare", [SESSION], 2, (3,))
NATIONAL = FeeSchedule.medicare(ON)
TREATED = Session(
    ON,
    "PT",
    [
        TimedService("97530", 20),
        TimedService("97110", 20, clinician="assistant"),
        UntimedService("97161", 30),
    ],
)
TIED = ROOT.allocate_units(TREATED, MEDICARE)
CUT = CappedUnit("cap-per-day", 2, "97110", Discipline.OT, 15, "2 units")
BILLED = ROOT.bill_day(TREATED, MEDICARE, NATIONAL, Accumulators(2026, pt_slp="2450.00"))
COMPARED = ROOT.compare_payers(
    Session(ON, "PT", [TimedService("97110", 8), TimedService("97124", 15)]),
    Policy(UnitMethod.FULL_QUARTER),
    Policy(UnitMethod.CPT_MIDPOINT),
    FeeSchedule.from_rates({"97110": 30, "97124": 20}),
)
FOUND = Finding(
    rule=RULE,
    severity=Severity.DENY,
    message="a message",
    action="an action",
    detail="A detail.",
    lines=(0, 1),
    codes=("97110",),
    entries=("row 7",),
    at_stake=Decimal("43.38"),
    suggested=(("XU", "97116"),),
)
TOTALS = ROOT.LogTotals()
TOTALS.add(PRICED)
EDITS = ROOT.Edits.bundled()
DEADLINE = Deadline(what="a report", by=DAY, rule=RULE, statement="a statement", entries=("A-1",))
GAP = Gap(
    rule=RULE,
    answer=Answer.NOT_IN_DATA,
    days=9,
    of_days=12,
    about=("97110",),
    remark="a remark",
    varies=False,
)
ANSWER = CheckAnswer(rule=RULE, answer=Answer.CLEAN, about=("97110",), remark="a remark")
STEP = Step(RULE, "an outcome", (SOURCE,))
REASON = CodeReason("a statement", SOURCE)
RANKED = RankedCode("97110", 3, (REASON,), (REASON,))
WARNING = CodeWarning("a-rule", "97110", "a statement", SOURCE)
MONTH = ROOT.MonitoringPeriod(ON, minutes=47, live_contact=True)
CORRECTED = Correction("codes/other_programs.toml", "97153", "a manual")
CHECKED = PackCheck("amounts", "PFALL27A.txt", 1234)
MADE_FROM = PackSource("rvu27a.zip", "0" * 64, "pprrvu", "RVU27A", 193)
TABLE = PackTable("fees/mpfs_rvu.csv", "0" * 64, 193)
SKIPPED = SkippedFile("rvu27a.zip/ANES2027.csv", "not a CMS file that is read")
LINE = ClaimLine("97110", 2, ("GP", "CQ"), charge="90")

REMARK = SegmentRemark("not-read", 7, "PWK", "this segment is not read")
POSITION = ClaimPosition(23, (41,))
SENT = Submission(claims=[ProfessionalClaim()])
NO_FILE = parse_toml("", "parties.toml")

DECIDED = ROOT.prepare_visit(SESSION, MEDICARE, ROOT.FeeSchedule.medicare(ON))

RESULTS: Mapping[str, Any] = {
    "ClaimPosition": POSITION,
    "LogSubmission": LogSubmission(SENT, (2,), (), ("a remark",)),
    "PartiesFile": PartiesFile(NO_FILE, None, None, None, {}, {}, {}, {}),
    "PatientParties": PatientParties(ClaimHeader(), ClaimParties()),
    "ProfessionalClaims": ProfessionalClaims((SENT,), (REMARK,), ((POSITION,),)),
    "SegmentRemark": REMARK,
    "Activities": ROOT.Activities.bundled(),
    "Allocation": attrs.evolve(ALLOCATION, capped_units=(CUT,)),
    "AssistantMinutes": TIED.disciplines[0].assistants[0],
    "Assumption": ASSUMED,
    "Correction": CORRECTED,
    "DataPeriod": data_periods()[0],
    "DataVersion": PRICED.data,
    "DataView": DataView.library(),
    "NeededFile": needed_files("2027-12-31")[0],
    "Pack": PACK,
    "PackBuild": PackBuild(
        path="medicare-2027",
        name="medicare-2027",
        effective_from=DAY,
        effective_through=DAY,
        tables=(TABLE,),
        sources=(MADE_FROM,),
        checks=(CHECKED,),
        assumptions=(ASSUMED,),
        corrections=(CORRECTED,),
        remarks=("a remark",),
        unknown_codes=("97999",),
        skipped=(SKIPPED,),
    ),
    "PackChange": PackChange(
        ChangeKind.RVUS, ChangeType.CHANGED, "97110", None, {"work RVU": "0.45"}, {}
    ),
    "PackCheck": CHECKED,
    "PackSource": MADE_FROM,
    "PackTable": TABLE,
    "SkippedFile": SKIPPED,
    "AssistantShare": ROOT.build_claim(TREATED, MEDICARE).assistants[0],
    "AuthorizationBalance": ROOT.authorization_balance(Authorization(12), [CLAIM]),
    "BilledDay": BilledDay(LOG_DAY, PRICED),
    "DecisionRow": DecisionRow(
        patient="P-1",
        date_of_service=DAY,
        decision="kx:PT:5d1f0c2a",
        question="a question",
        answered_by="biller",
        dollars=Decimal("1.50"),
        options=("met: a label",),
        default="met",
        choice=Choice("kx:PT:5d1f0c2a", "met", "A. Invented, PT", f"{ON} 17:40"),
    ),
    "Decision": DECIDED.decisions[0],
    "DecisionOption": DECIDED.decisions[0].options[0],
    "OutdatedChoice": OutdatedChoice(
        choice=Choice("kx:PT:5d1f0c2a", "met", "A. Invented, PT", f"{ON} 17:40"),
        reason="decide again",
        replaced_by="kx:PT:00000000",
    ),
    "PreparedVisit": DECIDED,
    "WorkItem": DECIDED.worklist()[0],
    "PreparedDay": PreparedDay(LOG_DAY, ROOT.prepare_visit(SESSION, MEDICARE)),
    "CapCost": CapCost("cap-per-day", "4 units", Decimal("30.00")),
    "CappedUnit": CUT,
    "Change": COMPARED.units["97110"],
    "CheckAnswer": ANSWER,
    "CheckedDay": CheckedDay(LOG_DAY, FINDINGS, PRICED),
    "Gap": GAP,
    "ModifiedMinutes": ROOT.ModifiedMinutes("97110", ("95",), 15, 0, 0),
    "MinuteSplit": ALLOCATION.disciplines[0].minute_splits[0],
    "MonitoringCode": MONTH.codes[0],
    "PeriodCode": load_period_codes()[0],
    "UnbilledCode": MONTH.not_billed[0],
    "CodeReason": REASON,
    "CodeSuggestion": CodeSuggestion("97110", (RANKED,), (WARNING,), "a statement"),
    "CodeWarning": WARNING,
    "Comparison": ROOT.compare_methods({"97110": 8, "97124": 8}, MEDICARE, CPT_MIDPOINT),
    "CostShare": PRICED.lines[0].share,
    "CountedCode": ALLOCATION.disciplines[0].counted[0],
    "Deadline": DEADLINE,
    "DisciplineUnits": ALLOCATION.disciplines[0],
    "EditCoverage": EDITS.coverage()[0],
    "Explanation": Explanation((STEP,)),
    "FeeCoverage": NATIONAL.coverage(),
    "FrameCounts": FrameCounts(
        rows=2,
        rows_by_status={RowStatus.BILLED: 1, RowStatus.UNKNOWN_CODE: 1},
        days=1,
        refused_days=1,
        tied_days=0,
        scalar_days=0,
        lines=1,
    ),
    "FeeTable": NATIONAL.table(["97110"]),
    "Finding": FOUND,
    "Findings": Findings((FOUND,), (ANSWER,), Decimal("43.38")),
    "Letter": Explanation((STEP,), result=ALLOCATION).letter("payer"),
    "LetterCitation": LetterCitation((SOURCE,)),
    "LetterLine": LetterLine("97110", "exercise", ("GP",), None, 15, "", 1, Decimal("27.87"), None),
    "LetterSection": LetterSection("a heading", (LetterStatement("A statement.", citations=(1,)),)),
    "LetterStatement": LetterStatement("A statement.", ("a-rule",), "our reading", (1,), (2,)),
    "LimitAnswer": EDITS.limit("97110", DAY),
    "LogDay": LOG_DAY,
    "LogTotals": TOTALS,
    "MedicareTerms": PRICED.terms,
    "PairAnswer": EDITS.pair("97110", "97150", DAY),
    "PayerComparison": COMPARED,
    "PayerSide": COMPARED.first,
    "PayerTotals": TOTALS.payers["medicare"],
    "Price": PRICED.lines[0].price,
    "PricedDay": attrs.evolve(BILLED, fees="a schedule", remarks=("a remark",)),
    "PricedLine": BILLED.lines[0],
    "PublishedAmount": PublishedAmount(
        2026, "15202", "00", "97110", "", "A", "5", Decimal(30), Decimal(30), None, None
    ),
    "RankedCode": RANKED,
    "Step": STEP,
    "ThresholdState": BILLED.thresholds[0],
    "TreatmentLog": ROOT.TreatmentLog((LOG_DAY,), (), 1),
    "UnbilledService": ROOT.allocate_units(
        Session(ON, "PT", [TimedService("97110", 15, clinician="student", key="row 7")]), MEDICARE
    ).unbilled[0],
    "UnitMargin": ROOT.unit_margins(ALLOCATION)[0],
}


EXAMPLES: Mapping[str, Any] = {
    **{
        name: getattr(ROOT, name)(**given)
        for name, given in RECORDS.items()
        if name not in IDENTIFIERS
    },
    **RESULTS,
    "Claim": Claim(ON, [LINE]),
    "ClaimLine": LINE,
}
"""An example of each public record type."""

EARLIER: Mapping[str, Any] = json.loads(
    Path(__file__).with_name("record_dicts.json").read_text(encoding="utf-8")
)
"""The dicts of the records that had ``to_dict`` before every record had it."""


def plain_values(value: object) -> Iterator[object]:
    """Yield *value* and every value inside it."""
    yield value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from (key, *plain_values(part))
    elif isinstance(value, list):
        for part in value:
            yield from plain_values(part)


def declared_keys(record: object) -> list[str]:
    """Return the dict keys that *record* declares, or else the names of its public fields."""
    kind: Any = type(record)
    keys: list[str] = []
    for each in getattr(kind, "_dict_fields", ()):
        key, _, path = each.rpartition("=")
        if path.startswith("*"):
            part = getattr(record, path[1:])
            keys += part if isinstance(part, Mapping) else declared_keys(part)
        else:
            keys.append(key or path.split(".")[-1])
    if not keys:
        names = [field.name for field in attrs.fields(kind)] if attrs.has(kind) else kind._fields
        keys = [name.removeprefix("_") for name in names if hasattr(kind, name.removeprefix("_"))]
    return list(dict.fromkeys(keys))


def contains(actual: object, expected: object) -> bool:
    """Return whether *actual* has every value of *expected*. Dicts may have more keys."""
    match expected:
        case dict():
            return isinstance(actual, dict) and all(
                key in actual and contains(actual[key], part) for key, part in expected.items()
            )
        case list():
            return (
                isinstance(actual, list)
                and len(actual) == len(expected)
                and all(map(contains, actual, expected))
            )
        case _:
            return actual == expected


def test_every_public_record_has_an_example() -> None:
    # A billed frame has dataframes.
    frames = {"BilledFrame", "FileBill"}
    without = {"BillingRun", "CheckingRun", "PreparingRun", "Report", *frames, *IDENTIFIERS}
    assert set(EXAMPLES) == set(records()) - without


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_dict_has_only_plain_values(name: str) -> None:
    plain = to_dict(EXAMPLES[name])
    assert json.loads(json.dumps(plain)) == plain
    types = {type(value) for value in plain_values(plain)}
    assert types <= {dict, list, str, int, bool, type(None)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_keys_are_the_declared_ones(name: str) -> None:
    assert list(to_dict(EXAMPLES[name])) == declared_keys(EXAMPLES[name])


@pytest.mark.parametrize("name", EARLIER)
def test_a_dict_keeps_every_key_and_value_that_it_had(name: str) -> None:
    assert contains(to_dict(EXAMPLES[name]), EARLIER[name])


@pytest.mark.parametrize(
    ("name", "argument", "other"),
    [
        ("Accumulators", "ot", "1.00"),
        ("Authorization", "visits", 13),
        ("ClaimLine", "modifiers", ("GO",)),
        ("Contract", "percent_of_medicare", 111),
        ("Duration", "days", 2),
        ("NoteEntry", "one_on_one", None),
        ("Payer", "remark", "another"),
        ("PlanOfCare", "duration", "91 days"),
        ("Timeline", "subject", "another"),
        ("ScheduleEntry", "patient", "P-2"),
        ("Session", "discipline", "OT"),
        ("TimedService", "clinician", "assistant"),
        ("TreatmentNote", "cosigned", False),
        ("UntimedService", "activity", None),
    ],
)
def test_different_records_give_different_dicts(name: str, argument: str, other: object) -> None:
    changed = getattr(ROOT, name)(**{**RECORDS[name], argument: other})
    assert to_dict(changed) != to_dict(getattr(ROOT, name)(**RECORDS[name]))
