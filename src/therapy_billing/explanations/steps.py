"""
Why a result is what it is: steps derived from the facts that the result keeps.

Nothing is traced while counting, so an explanation that nobody asks for costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import total
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_type
from therapy_billing.claims.records import AssistantShare, Claim
from therapy_billing.codes.code_book import QUARTER, known_code
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.explanations.records import Explanation, Step
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.fees.prices import Price
from therapy_billing.law.rule_book import load_rules
from therapy_billing.law.sources import Source
from therapy_billing.payers.policy import Policy, TiePolicy, UnitMethod
from therapy_billing.pricing.accumulators import BUCKET_OF
from therapy_billing.pricing.records import (
    KxState,
    MedicareTerms,
    PricedDay,
    PricedLine,
    ThresholdState,
)
from therapy_billing.pricing.rules.cost_sharing import CostShare
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.long_periods import by_midpoint, open_readings
from therapy_billing.units.records import CountedCode, DisciplineUnits

__all__ = ["explain", "explain_amount"]

_TIE_ORDER = {
    TiePolicy.DOCUMENTED_ORDER: "the code documented first takes it",
    TiePolicy.PREFERRED_CODES: "the order of preferred codes decides",
    TiePolicy.HIGHEST_FEE: "the higher fee decides between them, and only between them",
}


def explain(result: Allocation | Claim | PricedDay) -> Explanation:
    """
    Return the steps that led to *result*, in reading order, each with its rule and source.

    Args:
        result: Units of a day, a claim, or a priced day: the whole way from minutes to cents.

    >>> from therapy_billing import MEDICARE, allocate_units
    >>> print(explain(allocate_units({"97530": 20, "97110": 20}, MEDICARE)).steps[1].outcome)
    40 minutes make 3 units (3 units are 38 to 52 minutes)
    """
    match result:
        case Allocation():
            return Explanation(tuple(_allocation_steps(result)))
        case Claim():
            return Explanation(tuple(_claim_steps(result)))
        case PricedDay():
            claims = (step for claim in result.claims for step in _claim_steps(claim))
            return Explanation((*claims, *_money_steps(result)))
        case _:
            msg = f"result must be an Allocation, a Claim, or a PricedDay, got {safe_repr(result)}"
            raise InvalidInputError(msg)


def explain_amount(code: str, fees: FeeSchedule, *, units: int = 1) -> Explanation:
    """
    Explain the amount of *units* units of *code*.

    Raises:
        NotPublishedError: If the schedule has no price for the code.

    >>> fees = FeeSchedule.medicare("2020-03-02")
    >>> print(explain_amount("97530", fees, units=2).steps[0].outcome.partition(":")[0])
    97530 x2 is $80.84, $40.42 a unit
    """
    require_type(fees, FeeSchedule, "fees")
    price = fees.price(code)
    total = fees.amount(code, units)
    outcome = f"{price.code} x{units} is ${total}, ${price.amount} a unit: {price.formula}"
    return Explanation((_step(price.rule, outcome, price.sources),))


def _step(rule: str, outcome: str, figures: tuple[Source, ...] = ()) -> Step:
    return Step(load_rules()[rule], outcome, figures)


def _claim_steps(claim: Claim) -> Iterator[Step]:
    if claim.allocation is not None:
        yield from _allocation_steps(claim.allocation)
        for pool in claim.allocation.disciplines:
            if pool.assistants and not claim.assistants:
                codes = ", ".join(part.code for part in pool.assistants)
                yield _step("no-assistant-modifier", f"{codes}: no line carries one")
    for share in claim.assistants:
        yield from _assistant_steps(share)


def _assistant_steps(share: AssistantShare) -> Iterator[Step]:
    """Why units of a code carry the assistant modifier or not."""
    modifier = assistant_modifiers()[share.discipline]
    outcome = f"{_units(share.units_with)} with {modifier}, {share.units_without} without"
    if share.together_minutes:
        yield _step(
            "assistant-together",
            f"{share.code}: {share.together_minutes} minutes together are the therapist's",
        )
    minutes = "minutes that were not documented"
    if share.assistant_minutes is not None:
        minutes = (
            f"minutes of the therapist {share.therapist_minutes}, "
            f"of the assistant {share.assistant_minutes}"
        )
    facts = known_code(share.code)
    if not facts.timed:
        yield _step("assistant-untimed", f"{share.code}, {minutes}: {outcome}")
    elif facts.unit_minutes != QUARTER:
        yield _step("assistant-other-periods", f"{share.code}, {minutes}: {outcome}")
    else:
        yield _step(
            "assistant-whole-units",
            f"{share.code}, {minutes}: whole quarters make {_units(share.therapist_whole)} of the "
            f"therapist, {share.assistant_whole} of the assistant",
        )
        left = share.left_with + share.left_without
        yield _step(
            share.rule,
            f"{share.code}: {_units(left)} left, {share.left_with} with {modifier}; in all {outcome}",
        )
    if share.left_with + share.left_without:
        yield _step(
            share.arithmetic, "how the assistant's part is compared with 10 % of the minutes"
        )


def _money_steps(day: PricedDay) -> Iterator[Step]:
    """From each line's units to its cents, then the year."""
    for line in day.lines:
        yield from _line_steps(line, day)
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
            price.rule, f"{name}: a unit is ${price.amount}: {price.formula}", price.sources
        )
        if day.mppr and price.reduced is not None:
            yield from _mppr_steps(line, name, price)
    if line.allowed is None:
        return
    if day.paid_at_cost:
        yield _step(
            "critical-access-hospital",
            f"{name}: ${line.allowed} counts toward the annual threshold, and is not what Medicare pays",
        )
    amounts = " + ".join(f"${amount}" for amount in line.unit_amounts) or "no unit amount"
    for rule in _limits(line, day):
        yield _step(rule, f"{name} x{line.units}: {amounts}; ${line.allowed} is allowed")
    if day.terms is not None and line.share is not None:
        yield from _share_steps(line, line.share, name, day.terms)


def _mppr_steps(line: PricedLine, name: str, price: Price) -> Iterator[Step]:
    if line.full_rate:
        yield _step(
            "mppr-full-unit",
            f"{name}: 1 unit in full, ${price.amount}: its practice expense of "
            f"{price.practice_expense} is the highest of the day",
        )
    reduced = line.units - int(line.full_rate)
    if reduced:
        yield _step(
            "mppr-reduction",
            f"{name}: {_units(reduced)} at ${price.reduced}: {price.reduced_formula}; the line "
            f"loses ${line.mppr_reduction}",
            price.sources[-1:],
        )


def _limits(line: PricedLine, day: PricedDay) -> list[str]:
    """Return the rules that made the allowed amount differ from the units' amounts."""
    before, rules = line.units_total, []
    charge, contract = line.claim_line.charge, day.contract
    lesser = line.share is not None if contract is None else contract.lesser_of_charge
    if contract is not None and contract.per_visit is not None:
        rules.append("per-visit-rate")
        if line.allowed is not None and (day.allowed or 0) < contract.per_visit:
            charges = [each.claim_line.charge for each in day.lines]
            charged = [charge for charge in charges if charge is not None]
            lesser = lesser and len(charged) == len(charges) and total(charged) == day.allowed
            rules.append("lesser-of-charge" if lesser else "per-day-maximum")
        return rules
    if lesser and charge is not None and charge < before:
        before = charge
        rules.append("lesser-of-charge")
    if line.allowed != before:
        rules.append("per-day-maximum")
    return rules


def _share_steps(
    line: PricedLine, share: CostShare, name: str, terms: MedicareTerms
) -> Iterator[Step]:
    if share.deductible:
        yield _step(
            "part-b-deductible",
            f"{name}: ${share.deductible} of ${line.allowed} fall under the deductible of "
            f"${terms.deductible.amount}",
            (terms.deductible.source,),
        )
    yield _step(
        "coinsurance",
        f"{name}: of ${line.allowed} the patient owes ${line.patient_responsibility}, "
        f"${share.coinsurance} of it as coinsurance",
        (terms.coinsurance.source,),
    )
    if line.claim_line.assistant and terms.assistant_payment.amount != 1:
        yield _step(
            "assistant-payment",
            f"{name}: {terms.assistant_payment.amount} of Medicare's share is paid, "
            f"${share.assistant_reduction} less",
            (terms.assistant_payment.source,),
        )
    yield _step(
        "sequestration",
        f"{name}: {terms.sequestration.amount} of that is ${share.sequestration}; Medicare pays "
        f"${share.medicare_pays}",
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
    beyond = f"; KX: {', '.join(needing)}" if needing else ""
    yield _step(
        "kx-threshold",
        f"{state.bucket.value}: ${state.before} before the day, ${state.after} with it, of "
        f"${state.threshold}{beyond}",
        threshold,
    )
    if state.may_be_reviewed:
        yield _step(
            "medical-review-threshold",
            f"{state.bucket.value}: ${state.after} are beyond ${state.review_threshold}",
            review,
        )


def _allocation_steps(allocation: Allocation) -> Iterator[Step]:
    for pool in allocation.disciplines:
        yield from _pool_steps(pool, allocation.policy)
    if allocation.floored_seconds:
        yield _step("whole-minutes", f"{allocation.floored_seconds} seconds were floored")
    for cut in allocation.capped_units:
        yield _step(
            cut.cap,
            f"the cap of {cut.limit} takes 1 unit of {cut.code}, with {cut.minutes} minutes behind it",
        )


def _pool_steps(pool: DisciplineUnits, policy: Policy) -> Iterator[Step]:
    counted = pool.counted
    name = f"{pool.discipline.value}: " if pool.discipline else ""
    if counted:
        listed = ", ".join(f"{code.code} {code.minutes}" for code in counted)
        sessions = f"{pool.sessions} sessions" if pool.sessions > 1 else "one session"
        total = sum(code.minutes for code in counted)
        yield _step("pooled-day", f"{name}{sessions}, {total} timed minutes: {listed}")
    in_total = [code for code in counted if _in_total(code, policy)]
    for code in counted:
        if code not in in_total:
            yield from _alone_steps(code, policy)
        elif code.first_units:
            yield _first_period_step(code)
    if in_total:
        yield from _total_steps(pool, in_total, policy)
    for code in counted:
        if code.add_on is not None and code.units > 1:
            (first, one), (further, rest) = code.units_by_code
            yield _step(
                "add-on-family",
                f"{code.units} units are {first} x{one}, {further} x{rest}",
            )
        for rule, reading in open_readings(code, policy):
            yield _step(rule, reading)
    repeats = dict(pool.repeats)
    for untimed, units in pool.untimed:
        times = f", documented {repeats[untimed]} times" if untimed in repeats else ""
        outcome = f"{untimed} is untimed: {_units(units)}{times}"
        yield _step("untimed-once", outcome, known_code(untimed).sources["time"])


def _total_steps(
    pool: DisciplineUnits, in_total: Sequence[CountedCode], policy: Policy
) -> Iterator[Step]:
    """The eight-minute rule: total, full quarters, leftovers, ties."""
    whole = sum(code.whole_units for code in in_total)
    extra = sum(code.extra_units for code in in_total)
    total = whole + extra
    fewest = QUARTER * (total - 1) + policy.counting.partial_minutes if total else 0
    most = QUARTER * total + policy.counting.partial_minutes - 1
    yield _step(
        UnitMethod.CMS_EIGHT_MINUTE.value,
        f"{pool.pooled_minutes} minutes make {_units(total)} "
        f"({_units(total)} {'is' if total == 1 else 'are'} {fewest} to {most} minutes)",
    )
    quarters = ", ".join(
        f"{code.code} x{code.whole_units} and {code.leftover} left" for code in in_total
    )
    yield _step("cms-whole-quarters", f"full quarters make {_units(whole)}: {quarters}")
    left = f"{_units(extra)} {'is' if extra == 1 else 'are'} left for the most leftover minutes"
    takers = [
        f"{code.code} with {code.leftover}"
        for code in in_total
        if code.extra_units and not code.tied
    ]
    yield _step("cms-most-minutes", f"{left}{': ' if takers else ''}{', '.join(takers)}")
    tied = [code for code in in_total if code.tied]
    if tied:
        codes = ", ".join(code.code for code in tied)
        yield _step(
            "cms-tie",
            f"{codes} have {tied[0].leftover} leftover minutes each and {_units(pool.open_units)} "
            "to take: the clinician may choose",
        )
        chosen = ", ".join(code.code for code in tied if code.extra_units)
        order = _TIE_ORDER[policy.counting.tie_policy]
        if policy.counting.capped:
            order = f"of the splits that keep most units under the caps, {order}"
        yield _step("tie-policy", f"{order}: {chosen}")


def _alone_steps(code: CountedCode, policy: Policy) -> Iterator[Step]:
    """A code that is counted by itself."""
    first = _first_minutes(code)
    if first:
        yield _first_period_step(code)
        if not code.first_units:
            return
    counted = known_code((code.add_on or code.code) if first else code.code)
    if code.period == QUARTER:
        rule = policy.counting.method.value
    else:
        rule = UnitMethod.CPT_MIDPOINT.value if by_midpoint(counted, policy) else "full-period"
    leftover = "take a unit" if code.extra_units else "make no unit"
    yield _step(
        rule,
        f"{counted.code}: {_units(code.whole_units)} of {code.period} minutes; "
        f"{code.leftover} leftover minutes {leftover}",
        () if code.period == QUARTER else counted.sources["time"],
    )


def _first_period_step(code: CountedCode) -> Step:
    reached = "make" if code.first_units else "do not make"
    first = _first_minutes(code)
    outcome = f"{code.code}: {code.minutes} minutes {reached} the unit of the first {first} minutes"
    return _step("first-period", outcome, known_code(code.code).sources["time"])


def _first_minutes(code: CountedCode) -> int:
    """Return the minutes of a longer first period, 0 where there is none."""
    unit_minutes = known_code(code.code).unit_minutes or 0
    return unit_minutes if code.add_on is not None and unit_minutes > QUARTER else 0


def _in_total(code: CountedCode, policy: Policy) -> bool:
    """Whether the minutes of the code joined the day's total."""
    return (
        policy.counting.method is UnitMethod.CMS_EIGHT_MINUTE
        and code.period == QUARTER
        and (code.first_units > 0 or not _first_minutes(code))
    )


def _units(count: int) -> str:
    return "1 unit" if count == 1 else f"{count} units"
