"""
Explain a result step by step, from the facts in the result.

Nothing is recorded while units are counted and priced, so explanations take no time until you ask for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_type
from therapy_billing.base.wording import counted, listed
from therapy_billing.claims.records import AssistantShare, Claim
from therapy_billing.codes.code_book import QUARTER, known_code
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import Clinician
from therapy_billing.explanations.line_rules import limits_of_line, rules_of_share
from therapy_billing.explanations.records import Explanation
from therapy_billing.explanations.step_record import Step
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.fees.prices import Price
from therapy_billing.law.rule_book import load_rules
from therapy_billing.law.sources import Source
from therapy_billing.payers.policy import Policy, TiePolicy, UnitMethod
from therapy_billing.pricing.accumulators import BUCKET_OF
from therapy_billing.pricing.amounts import expected_denials
from therapy_billing.pricing.records import (
    KxState,
    MedicareTerms,
    PricedDay,
    PricedLine,
    ThresholdState,
)
from therapy_billing.pricing.rules.cost_sharing import CostShare
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.records import CountedCode, DisciplineUnits
from therapy_billing.units.rules import midpoint_minutes
from therapy_billing.units.unit_terms import (
    open_readings,
    total_partial_minutes,
    unit_terms,
)

__all__ = ["explain", "explain_amount"]

_TIE_ORDER = {
    TiePolicy.DOCUMENTED_ORDER: "Ties go to the code documented first",
    TiePolicy.PREFERRED_CODES: "Ties go to the preferred code",
    TiePolicy.HIGHEST_FEE: "Ties go to the code with the highest fee",
}


def explain(result: Allocation | Claim | PricedDay) -> Explanation:
    """
    Return the steps that led to *result*, in reading order, each with its rule and source.

    Args:
        result: An allocation, a claim, or a priced day. A priced day is explained from minutes to dollars.

    >>> from therapy_billing import MEDICARE, allocate_units
    >>> print(explain(allocate_units({"97530": 20, "97110": 20}, MEDICARE)).steps[1].outcome)
    40 minutes make 3 units; 3 units cover 38 to 52 minutes.
    """
    match result:
        case Allocation():
            return Explanation(tuple(_allocation_steps(result)), result.assumptions, result=result)
        case Claim():
            counted = result.allocation
            assumed = () if counted is None else counted.assumptions
            return Explanation(tuple(_claim_steps(result)), assumed, result=result)
        case PricedDay():
            claims = (step for claim in result.claims for step in _claim_steps(claim))
            steps = (*claims, *_money_steps(result))
            return Explanation(steps, result.assumptions, result=result)
        case _:
            msg = f"result must be an Allocation, a Claim, or a PricedDay, got {safe_repr(result)}"
            raise InvalidInputError(msg)


def explain_amount(code: str, fees: FeeSchedule, *, units: int = 1) -> Explanation:
    """
    Explain the amount for *units* units of *code*.

    Raises:
        NotPublishedError: If the schedule has no price for the code.

    >>> fees = FeeSchedule.medicare("2020-03-02")
    >>> print(explain_amount("97530", fees, units=2).steps[0].outcome.partition(":")[0])
    97530 x2 is $80.84 ($40.42 per unit)
    """
    require_type(fees, FeeSchedule, "fees")
    price = fees.price(code)
    total = fees.amount(code, units)
    outcome = f"{price.code} x{units} is ${total} (${price.amount} per unit): {price.formula}."
    first = fees.effective_from
    assumed = () if first is None else fees.data_assumptions_on(first)
    return Explanation((_step(price.rule, outcome, price.sources),), assumed)


def _step(rule: str, outcome: str, figures: tuple[Source, ...] = ()) -> Step:
    rules = load_rules()
    if rule not in rules:
        # A stored result can be read with another version of the library.
        msg = "the result has the id of a rule that is not in this version of the library"
        raise InvalidInputError(msg, field="result")
    return Step(rules[rule], outcome, figures)


def _claim_steps(claim: Claim) -> Iterator[Step]:
    if claim.allocation is not None:
        yield from _allocation_steps(claim.allocation)
        for pool in claim.allocation.disciplines:
            if pool.assistants and not claim.assistants:
                codes = ", ".join(part.code for part in pool.assistants)
                yield _step("no-assistant-modifier", f"{codes}: no line has an assistant modifier.")
    for share in claim.assistants:
        yield from _assistant_steps(share, claim.allocation)


def _assistant_steps(share: AssistantShare, allocation: Allocation | None) -> Iterator[Step]:
    """Explain how many units of a code have the assistant modifier, and why."""
    modifier = assistant_modifiers()[share.discipline]
    outcome = f"{_units(share.units_with)} with {modifier} and {share.units_without} without"
    if share.together_minutes:
        yield _step(
            "assistant-together",
            f"{share.code}: the {_minutes(share.together_minutes)} of treatment together count as the "
            "therapist's.",
        )
    minutes = "the minutes were not documented"
    if share.assistant_minutes is not None:
        minutes = (
            f"the therapist treated for {_minutes(share.therapist_minutes or 0)}, "
            f"the assistant for {_minutes(share.assistant_minutes)}"
        )
    rules = rules_of_share(share, allocation)
    for rule in ("assistant-untimed", "assistant-other-periods"):
        if rule in rules:
            yield _step(rule, f"{share.code}: {minutes}. Result: {outcome}.")
    if "assistant-whole-units" in rules:
        yield _step(
            "assistant-whole-units",
            f"{share.code}: {minutes}. Full quarters make {_units(share.therapist_whole)} for the "
            f"therapist and {_units(share.assistant_whole)} for the assistant.",
        )
        left = share.left_with + share.left_without
        yield _step(
            share.rule,
            f"{share.code}: full quarters leave {_units(left)} to assign, {share.left_with} with {modifier}. "
            f"Result: {outcome}.",
        )
    if share.arithmetic in rules:
        yield _step(
            share.arithmetic,
            f"{share.code}: this rule says how the assistant's minutes are compared with 10 % of the total "
            "minutes.",
        )


def _money_steps(day: PricedDay) -> Iterator[Step]:
    """Explain the dollars of each line, then the year-to-date amounts."""
    for line in day.lines:
        if line.denied_for:
            yield _step("liability-modifiers", f"{line.denial_in_words}.")
        else:
            yield from _line_steps(line, day)
    for line in expected_denials(day):
        yield _step(
            "liability-modifiers",
            f"{' '.join((line.code, *line.modifiers))}: a denial is expected. The amounts apply only if Medicare does not deny the line.",
        )
    for cost in day.caps:
        if cost.rule == "per-day-maximum":
            # The step of each line shows it.
            continue
        yield _step(cost.rule, f"{cost.sentence[0].upper()}{cost.sentence[1:]}.")
    terms = day.terms
    if terms is not None and terms.kx_threshold is not None:
        figures = (terms.kx_threshold.source,), (terms.medical_review_threshold.source,)
        for state in day.thresholds:
            yield from _threshold_steps(state, day.lines, *figures)


def _line_steps(line: PricedLine, day: PricedDay) -> Iterator[Step]:
    name = " ".join((line.code, *line.modifiers))
    price = line.price
    if price is not None:
        yield _step(
            price.rule, f"{name}: one unit is ${price.amount}: {price.formula}.", price.sources
        )
        if day.mppr and price.reduced is not None:
            yield from _mppr_steps(line, name, price)
    if line.allowed is None:
        if line.furnisher_share is None and line.unpriced:
            yield _step("furnisher-share", f"{name}: {line.unpriced}.")
        return
    if day.paid_at_cost:
        yield _step(
            "critical-access-hospital",
            f"{name}: ${line.allowed} counts toward the annual threshold. It is not what Medicare pays.",
        )
    unit_amounts = " + ".join(f"${amount}" for amount in line.unit_amounts)
    amounts = "the units have no amounts of their own"
    if unit_amounts:
        verb = "amount is" if line.units == 1 else "amounts are"
        amounts = f"the unit {verb} {unit_amounts}"
    if line.share_in_words:
        outcome = f"{line.share_in_words}: ${line.units_total} before."
        yield _step("furnisher-share", outcome)
    for rule in limits_of_line(line, day):
        yield _step(rule, f"{name} x{line.units}: {amounts}; ${line.allowed} is allowed.")
    if day.terms is not None and line.share is not None:
        yield from _share_steps(line, line.share, name, day.terms)


def _mppr_steps(line: PricedLine, name: str, price: Price) -> Iterator[Step]:
    if line.full_rate:
        yield _step(
            "mppr-full-unit",
            f"{name}: 1 unit is paid in full (${price.amount}), because its practice expense of "
            f"{price.practice_expense} is the highest of the day.",
        )
    reduced = line.units - int(line.full_rate)
    if reduced:
        yield _step(
            "mppr-reduction",
            f"{name}: {_units(reduced)} at the reduced amount of ${price.reduced}: {price.reduced_formula}. "
            f"This takes ${line.mppr_reduction} off the line.",
            price.sources[-1:],
        )


def _share_steps(
    line: PricedLine, share: CostShare, name: str, terms: MedicareTerms
) -> Iterator[Step]:
    if share.deductible:
        yield _step(
            "part-b-deductible",
            f"{name}: ${share.deductible} of the ${line.allowed} allowed goes toward the deductible of "
            f"${terms.deductible.amount}.",
            (terms.deductible.source,),
        )
    yield _step(
        "coinsurance",
        f"{name}: the patient owes ${line.patient_responsibility} of the ${line.allowed} allowed, including "
        f"${share.coinsurance} of coinsurance.",
        (terms.coinsurance.source,),
    )
    if line.claim_line.assistant and terms.assistant_payment.amount != 1:
        yield _step(
            "assistant-payment",
            f"{name}: an assistant treated, so Medicare pays {_percent(terms.assistant_payment.amount)} of "
            f"its share, ${share.assistant_reduction} less.",
            (terms.assistant_payment.source,),
        )
    yield _step(
        "sequestration",
        f"{name}: sequestration takes {_percent(terms.sequestration.amount)} of what Medicare would "
        f"pay, ${share.sequestration}. Medicare pays ${share.medicare_pays}.",
        (terms.sequestration.source,),
    )


def _threshold_steps(
    state: ThresholdState,
    lines: Sequence[PricedLine],
    threshold: tuple[Source, ...],
    review: tuple[Source, ...],
) -> Iterator[Step]:
    needing = [
        f"{line.code} ({line.kx.value})"
        for line in lines
        if line.kx in (KxState.SUGGESTED, KxState.APPLIED)
        and line.discipline is not None
        and BUCKET_OF[line.discipline] is state.bucket
    ]
    lines_with_kx = f" KX: {', '.join(needing)}." if needing else ""
    yield _step(
        "kx-threshold",
        f"{state.bucket.value}: ${state.before} allowed this year before this day and ${state.after} after "
        f"it; the threshold is ${state.threshold}.{lines_with_kx}",
        threshold,
    )
    if state.may_be_reviewed:
        yield _step(
            "medical-review-threshold",
            f"{state.bucket.value}: ${state.after} is above the medical review threshold of "
            f"${state.review_threshold}.",
            review,
        )


def _allocation_steps(allocation: Allocation) -> Iterator[Step]:
    for pool in allocation.disciplines:
        yield from _pool_steps(pool, allocation.policy, given=allocation.split_given)
    for service in allocation.unbilled:
        rule = "furnisher-scope"
        if service.clinician is Clinician.ASSISTANT:
            rule = "assistant-scope"
        figures = () if service.rule is None else (service.rule.source,)
        yield _step(rule, f"{service.sentence}: {service.reason}.", figures)
    if allocation.floored_seconds:
        yield _step(
            "whole-minutes",
            f"Not counted: {counted(allocation.floored_seconds, 'second')} left over after whole minutes.",
        )
    for cut in allocation.capped_units:
        source = "" if cut.minutes is None else f", which came from {_minutes(cut.minutes)}"
        yield _step(cut.cap, f"The cap of {cut.words} removes 1 unit of {cut.code}{source}.")
    if allocation.capped_units and allocation.tied:
        yield _step(
            "cap-tie",
            f"Units of equal minutes could be kept under the cap: {len(allocation.splits)} splits are legal.",
        )


def _pool_steps(pool: DisciplineUnits, policy: Policy, *, given: bool) -> Iterator[Step]:
    counted = pool.counted
    name = f"{pool.discipline.value}: " if pool.discipline else ""
    if counted:
        minutes_by_code = ", ".join(f"{code.code} {code.minutes}" for code in counted)
        sessions = f"{pool.sessions} sessions" if pool.sessions > 1 else "one session"
        total = _minutes(sum(code.minutes for code in counted), "timed ")
        yield _step("pooled-day", f"{name}{total} in {sessions} ({minutes_by_code}).")
    in_total = [code for code in counted if code.in_total]
    for code in counted:
        yield from _code_steps(code, policy)
    if in_total:
        yield from _total_steps(pool, in_total, policy, given=given)
    for code in counted:
        if code.add_on is not None and code.units > 1:
            (first, one), (further, rest) = code.units_by_code
            yield _step(
                "add-on-family",
                f"The {code.units} units are billed as {first} x{one} and {further} x{rest}.",
            )
        for rule, reading in open_readings(code, policy):
            yield _step(rule, f"{reading}.")
    repeats = dict(pool.repeats)
    for untimed, units in pool.untimed:
        times = (
            f", although it was documented {repeats[untimed]} times" if untimed in repeats else ""
        )
        outcome = f"{untimed} is untimed and makes {_units(units)}{times}."
        yield _step("untimed-once", outcome, known_code(untimed).sources["time"])


def _code_steps(code: CountedCode, policy: Policy) -> Iterator[Step]:
    """Explain the payer's terms for a code, and a code that is not in the day's total, or not in full."""
    terms = unit_terms(code.code, policy)
    if terms.by_payer:
        method = (
            "in the day's total"
            if terms.in_total
            else f"by itself; {_minutes(terms.fewest)} of a partial unit are enough"
        )
        yield _step(
            "code-terms",
            f"{code.code}: this payer counts units of {_minutes(terms.period)}, {method}.",
        )
    if not code.in_total:
        yield from _alone_steps(code, policy)
    elif code.first_units:
        yield _first_period_step(code, policy)


def _total_steps(
    pool: DisciplineUnits, in_total: Sequence[CountedCode], policy: Policy, *, given: bool
) -> Iterator[Step]:
    """Explain the eight-minute rule: the total, full quarters, leftover minutes, ties."""
    whole = sum(code.whole_units for code in in_total)
    extra = sum(code.extra_units for code in in_total)
    total = whole + extra
    partial = total_partial_minutes(policy)
    fewest = QUARTER * (total - 1) + partial if total else 0
    most = QUARTER * total + partial - 1
    yield _step(
        UnitMethod.CMS_EIGHT_MINUTE.value,
        f"{_minutes(pool.pooled_minutes or 0)} make {_units(total)}; {_units(total)} "
        f"{'covers' if total == 1 else 'cover'} {fewest} to {most} minutes.",
    )
    quarters = ", ".join(
        f"{code.code} x{code.whole_units} ({_minutes(code.leftover)} left)" for code in in_total
    )
    yield _step("cms-whole-quarters", f"Full quarters make {_units(whole)}: {quarters}.")
    takers = [
        f"{code.code} ({_minutes(code.leftover)})"
        for code in in_total
        if code.extra_units and not code.tied
    ]
    left = "1 unit is left; it goes to the code"
    if extra > 1:
        left = f"{_units(extra)} are left; they go to the codes"
    yield _step(
        "cms-most-minutes",
        f"{left} with the most leftover minutes{': ' if takers else ''}{', '.join(takers)}."
        if extra
        else "No unit is left for the leftover minutes.",
    )
    tied = [code for code in in_total if code.tied]
    if tied:
        yield _step(
            "cms-tie",
            f"{listed([code.code for code in tied])} are tied for {_units(pool.open_units)}, with "
            f"{_minutes(tied[0].leftover, 'leftover ')} each, so the clinician may choose.",
        )
        chosen = listed([code.code for code in tied if code.extra_units])
        if given:
            yield _step("cms-tie", f"The clinician chose: {chosen}.")
            return
        order = _TIE_ORDER[policy.counting.tie_policy]
        if policy.counting.capped:
            order += ", among the splits that keep the most units under the caps"
        yield _step("tie-policy", f"{order}: {chosen}.")


def _alone_steps(code: CountedCode, policy: Policy) -> Iterator[Step]:
    """Explain a code that is counted separately."""
    terms = unit_terms(code.code, policy)
    first = _first_minutes(code, policy)
    if first:
        yield _first_period_step(code, policy)
        if not code.first_units:
            return
        terms = unit_terms(code.add_on or code.code, policy)
    counted = known_code((code.add_on or code.code) if first else code.code)
    if terms.by_payer:
        rule = "code-terms"
    elif code.period == QUARTER:
        rule = policy.counting.method_name
    else:
        by_midpoint = terms.fewest == midpoint_minutes(code.period)
        rule = UnitMethod.CPT_MIDPOINT.value if by_midpoint else "full-period"
    leftover = "1 more unit" if code.extra_units else "no unit"
    yield _step(
        rule,
        f"{counted.code}: full periods of {code.period} minutes make {_units(code.whole_units)}; "
        f"{_minutes(code.leftover, 'leftover ')} {'makes' if code.leftover == 1 else 'make'} {leftover}.",
        () if code.period == QUARTER else counted.sources["time"],
    )


def _first_period_step(code: CountedCode, policy: Policy) -> Step:
    reached = "are" if code.first_units else "are not"
    first = _first_minutes(code, policy)
    outcome = f"{code.code}: {code.minutes} minutes {reached} enough for the first unit, a period of {first} minutes."
    return _step("first-period", outcome, known_code(code.code).sources["time"])


def _first_minutes(code: CountedCode, policy: Policy) -> int:
    """Return the minutes of the code's first period if it is longer than 15 minutes, otherwise 0."""
    period = unit_terms(code.code, policy).period
    return period if code.add_on is not None and period > QUARTER else 0


def _percent(part: Decimal) -> str:
    """Return a factor such as 0.85 as a percentage."""
    return f"{EXACT.normalize(EXACT.multiply(part, Decimal(100))):f} %"


def _units(count: int) -> str:
    return counted(count, "unit")


def _minutes(count: int, kind: str = "") -> str:
    return counted(count, f"{kind}minute")
