"""
A record of each kind that JSON documents hold, with a value in as many fields as possible.

They are built by hand, so a change to the data of the library does not change them. The documents in ``json_fixtures`` hold them.
A document is written once, with ``to_json(record, indent=1)``, and then never again: it shows that stored documents stay readable.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.submissions import every_field
from therapy_billing import (
    Accumulators,
    Allocation,
    Answer,
    Authorization,
    Choice,
    Claim,
    ClaimLine,
    Clinician,
    CodeSuggestion,
    Contract,
    Decision,
    Discipline,
    Explanation,
    Finding,
    Findings,
    MonitoringPeriod,
    NoteEntry,
    Payer,
    PlanOfCare,
    Policy,
    PreparedVisit,
    PricedDay,
    PricedLine,
    Rule,
    ScheduleEntry,
    Session,
    Setting,
    Severity,
    Source,
    TimedService,
    TreatmentNote,
    UnitMethod,
    UntimedService,
)
from therapy_billing.base.library_files import DataVersion
from therapy_billing.batch import BilledDay, CheckedDay
from therapy_billing.chart import AuthorizationBalance, Deadline, Practice, ProgressReport
from therapy_billing.chart.plans import Recertification
from therapy_billing.claims import AssistantShare, SegmentRemark
from therapy_billing.code_choice import CodeReason, CodeWarning, RankedCode
from therapy_billing.codes.roles import ServiceClass
from therapy_billing.explanations import (
    Letter,
    LetterAudience,
    LetterCitation,
    LetterLine,
    LetterSection,
    LetterStatement,
    Step,
)
from therapy_billing.fees.prices import Price
from therapy_billing.findings import CheckAnswer
from therapy_billing.formats import ClaimPosition, ProfessionalClaims
from therapy_billing.law import Parameter, Timeline, Verification
from therapy_billing.payers.caps import Cap, CapEach
from therapy_billing.payers.code_terms import CodeTerms
from therapy_billing.payers.furnishers import FurnisherRule, Furnishers, Payable, ShareOf
from therapy_billing.payers.policy import Counting, ModifierRules, MoneyRules
from therapy_billing.prepare import (
    DecisionKind,
    DecisionMaker,
    DecisionOption,
    DecisionScope,
    LogChoice,
    OutdatedChoice,
    PreparedDay,
)
from therapy_billing.pricing import Bucket, CapCost, CostShare, MedicareTerms, ThresholdState
from therapy_billing.pricing.records import KxState
from therapy_billing.scenarios import Comparison, PayerComparison, PayerSide, UnitMargin
from therapy_billing.units import (
    AssistantMinutes,
    CappedUnit,
    DisciplineUnits,
    MinuteSplit,
    ModifiedMinutes,
    UnbilledService,
)
from therapy_billing.visits import LogDay

__all__ = ["FIXTURES", "RECORDS"]

FIXTURES = Path(__file__).with_name("json_fixtures") / "v1"

DAY = date(2026, 3, 2)
NEW_YORK = ZoneInfo("America/New_York")
DATA = DataVersion("26.12.4", ("own-2027 0123abcd",))
MANUAL = Source("a manual", "ch. 1", "https://cms.example", Verification.OFFICIAL)
LETTER = Source("a letter", "", "", Verification.UNVERIFIED)
RULE = Rule("a-rule", "a statement", date(2026, 1, 1), (MANUAL, LETTER), "units.rules.total_units")
OWN_RULE = Rule("own-rule", "another statement")
TIMED = TimedService(
    "97530",
    start=datetime(2026, 3, 2, 9, tzinfo=NEW_YORK),
    end=datetime(2026, 3, 2, 9, 23, 40, tzinfo=NEW_YORK),
    clinician="assistant",
    body_region="left knee",
    activity="squats \u2013 caf\u00e9",
    key="row 7",
    modifiers=("95",),
    treated_by="T-1",
)
UNTIMED = UntimedService(
    "97161",
    start=datetime(2026, 3, 2, 14, tzinfo=UTC),
    end=datetime(2026, 3, 2, 14, 30, tzinfo=UTC),
    key="row 8",
)
SESSION = Session(DAY, "PT", [TIMED, TimedService("97110", 20), UNTIMED], key="visit 1")
ENTRY = ScheduleEntry("row 9", "P-1", "T-1", DAY, "PT", TimedService("97110", 20))
LOG_DAY = LogDay("P-1", DAY, "medicare", [SESSION], 2, (3, 4), (ENTRY,), (("97530", "59"),))
FURNISHER = FurnisherRule(
    payer="own",
    clinician=Clinician.STUDENT,
    discipline=Discipline.PT,
    service=ServiceClass.SKILLED_TREATMENT,
    payable=Payable.NO,
    source=LETTER,
)
SHARED = FurnisherRule(
    payer="own",
    clinician=Clinician.ASSISTANT,
    discipline=Discipline.PT,
    service=ServiceClass.SKILLED_TREATMENT,
    payable=Payable.YES,
    modifier="CQ",
    payment_share=Decimal("0.85"),
    share_of=ShareOf.ALLOWED,
    supervision="general",
    condition="a condition",
    setting=Setting.NON_FACILITY,
    effective_from=date(2022, 1, 1),
    effective_through=date(2026, 12, 31),
    source=MANUAL,
)
POLICY = Policy(
    Counting(
        UnitMethod.CPT_MIDPOINT,
        preferred_codes=("97530",),
        cap_per_code=(("97110", 2), ("97530", 3)),
        cap_per_codes=((("97110", "97112"), 4),),
        cap_per_session=5,
        cap_per_day=6,
        caps=(Cap(Decimal(4), each=(CapEach.CODE,), untimed=True), Cap(None)),
        code_terms=(CodeTerms(("97110",), unit_minutes=30, max_per_day=2),),
        unit_assumptions=("an assumption about units",),
    ),
    ModifierRules(modifier_order=("GP", "59"), allowed_modifiers=("GP", "59", "CQ")),
    MoneyRules(amount_per_day=Decimal("125.00"), amount_assumptions=("an assumption",)),
    Furnishers((FURNISHER, SHARED)),
    ("an assumption of a pack",),
)
PLAIN_POLICY = Policy(Counting(None, cap_per_code=2))
SPLIT = MinuteSplit("97530", None, 23, 0, 1, 8, 15, None)
POOL = DisciplineUnits(
    discipline=Discipline.PT,
    sessions=1,
    minute_splits=(SPLIT, MinuteSplit("97110", None, 20, 0, 1, 5, 15, 8)),
    extra_units=(1, 0),
    tied=(0,),
    untimed=(("97161", 1),),
    repeats=(("97161", 2),),
    pooled_minutes=43,
    open_units=1,
    treatment_minutes=73,
    floored_seconds=40,
    assistants=(AssistantMinutes("97530", 23, 23, 0), AssistantMinutes("97161", None, None, 0)),
    keys=(("97530", ("row 7",)),),
    unbilled=(UnbilledService("97112", Clinician.STUDENT, Discipline.PT, 9, FURNISHER, ("r",)),),
    other_furnishers=(("97530", Clinician.ASSISTANT),),
    modified=(ModifiedMinutes("97530", ("95",), 23, 23, 0),),
    providers=1,
)
ALLOCATION = Allocation(
    date_of_service=DAY,
    payer="own",
    policy=POLICY,
    codes=("97530", "97110", "97161"),
    splits=((2, 1, 1), (1, 2, 1)),
    uncapped_split=(2, 1, 1),
    disciplines=(POOL,),
    capped_units=(CappedUnit("cap-per-day", 2, "97110", Discipline.PT, 20, "2 units"),),
    capped_untimed_codes=("97161",),
    data=DATA,
)
WITHOUT_DAY = Allocation(None, "own", PLAIN_POLICY, ("97110",), ((1,),), (1,), (), (), data=DATA)
LINE = ClaimLine("97530", 2, ("GP", "CQ"), charge="90", keys=("row 7",))
SHARE = AssistantShare("97530", Discipline.PT, "assistant-share", "exact", 0, 23, 0, 0, 1, 0, 1)
CLAIM = Claim(DAY, [LINE], ALLOCATION, (SHARE,), Setting.NON_FACILITY)
PRICE = Price(
    code="97530",
    amount=Decimal("40.42"),
    practice_expense=Decimal("20.10"),
    reduced_amount=Decimal("30.37"),
    not_reduced="",
    formula="a formula",
    reduced_formula="another formula",
    rule="a-rule",
    release="RVU26C",
    sources=(MANUAL,),
    mult_proc="5",
)
PAID = CostShare(*map(Decimal, ("1.00", "8.08", "-4.85", "0.55", "25.94")))
PRICED_LINE = PricedLine(
    claim_line=LINE,
    price=PRICE,
    unpriced="",
    unit_amounts=(Decimal("40.42"), Decimal("30.37")),
    allowed=Decimal("70.79"),
    share=PAID,
    kx=KxState.NOT_NEEDED,
    full_rate=True,
    furnisher_share=Decimal("0.85"),
)
UNPRICED_LINE = PricedLine(
    LINE, None, "no price", (), None, None, KxState.UNKNOWN, denied_for="a reason"
)
NUMBER = Parameter(Decimal("0.20"), "fraction", MANUAL)
CONTRACT = Contract(
    "Blue PPO",
    effective_from=DAY,
    effective_through="2026-12-31",
    rates={"97530": "35.00", "97110": "30.00"},
    per_day_maximum="120",
)
YEAR = Accumulators(2026, deductible_met="283.00", pt_slp="2450.00", ot="0.00", pt_visits=12)
PRICED = PricedDay(
    date_of_service=DAY,
    payer="own",
    claims=(CLAIM,),
    lines=(PRICED_LINE, UNPRICED_LINE),
    fees="a schedule",
    terms=MedicareTerms(NUMBER, NUMBER, NUMBER, NUMBER, None, NUMBER),
    accumulators_before=YEAR,
    accumulators=YEAR,
    mppr=True,
    contract=CONTRACT,
    thresholds=(ThresholdState(Bucket.PT_SLP, *map(Decimal, ("1", "2.50", "3", "4"))),),
    remarks=("a remark",),
    setting=Setting.NON_FACILITY,
    counted_by="medicare",
    medicare_pays_range=(Decimal("1.00"), Decimal("2.00")),
    caps=(CapCost("cap-per-day", "2 units", Decimal("30.00")), CapCost("a-cap", "1 unit", None)),
    assumptions=("an assumption",),
    data=DATA,
)
FINDING = Finding(
    rule=RULE,
    severity=Severity.DENY,
    message="a message",
    action="an action",
    detail="A detail.",
    lines=(0, 1),
    codes=("97110",),
    entries=("row 7",),
    keys=("row 8",),
    at_stake=Decimal("43.38"),
    suggested=(("XU", "97116"),),
    figures=(MANUAL,),
    denied=((0, 1), 2),
)
ANSWER = CheckAnswer(rule=OWN_RULE, answer=Answer.NOT_IN_DATA, about=("97110",), remark="a remark")
FINDINGS = Findings((FINDING,), (ANSWER,), Decimal("43.38"), CLAIM, ("an assumption",), DATA)
STEP = Step(RULE, "an outcome", (LETTER,))
REASON = CodeReason("a statement", MANUAL)
NOTE_ENTRY = NoteEntry("97530", 23, "squats", "left knee", "balance", "stairs", one_on_one=True)
REPEATED = Recertification(
    certified_on=None,
    effective_from="2026-05-31",
    duration="30 days",
    certified_by="physician",
    delay_reason="the office was closed",
)
SIDE = PayerSide("own", POLICY, CLAIM, PRICED)

SENT = every_field().claims[0]

CHOICE = Choice("tie:PT:0f1e2d3c", "97530=2 97110=0", "A. Invented, PT", "2026-03-03 09:30")
DECISION = Decision(
    id="tie:PT:0f1e2d3c",
    kind=DecisionKind.TIE,
    question="Which code has the unit?",
    answered_by=DecisionMaker.CLINICIAN,
    scope=DecisionScope.VISIT,
    options=(
        DecisionOption(
            name="97530=2 97110=0",
            label="Bill 97530 x2, not 97110.",
            attests="nothing",
            lines=(LINE,),
            allowed=Decimal("57.51"),
            at_stake=Decimal("0.00"),
            payer_pays=Decimal("45.09"),
            patient_owes=Decimal("11.50"),
        ),
    ),
    has_default=True,
    facts=("97530: 23 minutes",),
    rule=RULE,
    figures=(MANUAL,),
    discipline=Discipline.PT,
    codes=("97530", "97110"),
    settles=("a-rule",),
    may_be_denied=Decimal("1.00"),
    choice=CHOICE,
)
PREPARED_VISIT = PreparedVisit(
    date_of_service=DAY,
    payer="invented",
    priced=PRICED,
    refusal="no service is left to bill",
    findings=Findings((), (), data=DATA),
    deadlines=(),
    decisions=(DECISION,),
    outdated=(OutdatedChoice(choice=CHOICE, reason="decide again", replaced_by="tie:PT:00000000"),),
    data=DATA,
)
RECORDS: Mapping[str, object] = {
    "accumulators": YEAR,
    "allocation": ALLOCATION,
    "authorization": Authorization(
        12,
        24,
        ["97110"],
        effective_from=DAY,
        effective_through="2026-12-31",
        discipline="PT",
        key="A-1",
    ),
    "authorization-balance": AuthorizationBalance(3, 9, 12, None),
    "billed-day": BilledDay(LOG_DAY, PRICED),
    "check-answer": ANSWER,
    "checked-day": CheckedDay(LOG_DAY, FINDINGS, PRICED),
    "claim": CLAIM,
    "claim-line": LINE,
    "code-suggestion": CodeSuggestion(
        "97110",
        (RankedCode("97110", 3, (REASON,), (REASON,)),),
        (CodeWarning("a-rule", "97110", "a statement", LETTER),),
        "a statement",
    ),
    "claim-header": SENT.header,
    "claim-parties": SENT.parties,
    "comparison": Comparison(ALLOCATION, WITHOUT_DAY),
    "contract": CONTRACT,
    "deadline": Deadline(
        what="a report", by=DAY, rule=RULE, statement="a statement", entries=("A-1",)
    ),
    "explanation": Explanation(
        (STEP, Step(OWN_RULE, "the end")), ("an assumption",), DATA, ALLOCATION
    ),
    "finding": FINDING,
    "findings": FINDINGS,
    "letter": Letter(
        audience=LetterAudience.PAYER,
        title="a title",
        date_of_service=DAY,
        payer="own",
        lines=(
            LetterLine(
                "97110",
                "a label",
                ("GP", "KX"),
                Discipline.PT,
                23,
                "",
                2,
                Decimal("43.38"),
                Decimal("8.68"),
            ),
            LetterLine("97161", "", (), None, None, "untimed", 1),
        ),
        allowed=Decimal("43.38"),
        patient_owes=None,
        priced=True,
        sections=(
            LetterSection(
                "a heading",
                (LetterStatement("A statement.", ("a-rule",), "our reading", (1,), (1,)),),
            ),
        ),
        conclusion="A conclusion.",
        assumptions=("An assumption.",),
        citations=(
            LetterCitation(
                (
                    Source(
                        "a manual", "ch. 1", "https://cms.example", Verification.OFFICIAL, "2026"
                    ),
                ),
            ),
        ),
        appendix=(LetterCitation((LETTER,)),),
        details=("A detail.",),
        data=DATA,
    ),
    "log-choice": LogChoice("P-1", DAY, CHOICE, "work.csv", 2),
    "log-day": LOG_DAY,
    "monitoring-period": MonitoringPeriod(
        DAY, minutes=47, live_contact=True, earlier=(("98980", date(2026, 2, 2), 20),)
    ),
    "note-entry": NOTE_ENTRY,
    "payer": Payer(
        "own",
        Timeline("own", ((None, PLAIN_POLICY), (DAY, POLICY)), date.max),
        (MANUAL,),
        "a remark",
    ),
    "payer-comparison": PayerComparison(SIDE, PayerSide("another", PLAIN_POLICY, CLAIM, None)),
    "plan-of-care": PlanOfCare(
        "PT",
        DAY,
        "90 days",
        certified_on="2026-03-10",
        recertifications=(REPEATED,),
        referral_signed_on="2026-02-20",
        plan_sent_on="2026-03-03",
        delay_reason="a storm",
    ),
    "policy": POLICY,
    "practice": Practice(),
    "choice": CHOICE,
    "decision": DECISION,
    "prepared-visit": PREPARED_VISIT,
    "prepared-day": PreparedDay(LOG_DAY, PREPARED_VISIT),
    "priced-day": PRICED,
    "priced-line": PRICED_LINE,
    "professional-claim": SENT,
    "professional-claims": ProfessionalClaims(
        (every_field(),),
        (SegmentRemark("not-read", 7, "PWK", "this segment is not read"),),
        ((ClaimPosition(23, (41, 57)),),),
    ),
    "progress-report": ProgressReport(DAY, "assistant", signed=True, cosigned=True),
    "recertification": REPEATED,
    "rule": RULE,
    "schedule-entry": ENTRY,
    "service-line": SENT.lines[0],
    "session": SESSION,
    "source": MANUAL,
    "step": STEP,
    "billing-provider": SENT.parties.billing_provider,
    "coverage": SENT.parties.coverage,
    "line-payment": SENT.lines[0].payments[0],
    "patient": SENT.parties.patient,
    "prior-payment": SENT.parties.prior_payments[0],
    "provider": SENT.parties.rendering_provider,
    "receiver": every_field().receiver,
    "service-facility": SENT.parties.service_facility,
    "submitter": every_field().submitter,
    "subscriber": SENT.parties.subscriber,
    "submission": every_field(),
    "timed-service": TIMED,
    "treatment-note": TreatmentNote(
        DAY,
        "PT",
        (NOTE_ENTRY,),
        goals="walk to the mailbox",
        response="tired, no pain",
        skilled_need="gait analysis",
        timed_minutes=23,
        total_minutes=30,
        signed=True,
        credentials="PT, DPT",
        key="note 1",
    ),
    "unit-margin": UnitMargin(Discipline.PT, "97530", 23, 2, 15, None),
    "untimed-service": UNTIMED,
}
"""A record of each kind by its name in JSON."""
