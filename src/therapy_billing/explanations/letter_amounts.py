"""The statements of a letter about the dollars of a priced day: for a payer or an auditor, and for a patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from therapy_billing.base.money import EXACT, Usd, total
from therapy_billing.base.wording import listed, sentence
from therapy_billing.explanations.letter_citations import Citations
from therapy_billing.explanations.letter_records import LetterStatement
from therapy_billing.explanations.letter_words import codes_of, plain_words
from therapy_billing.explanations.line_rules import limits_of_line
from therapy_billing.pricing.accumulators import BUCKET_OF
from therapy_billing.pricing.amounts import expected_denials
from therapy_billing.pricing.records import KxState, MedicareTerms, PricedDay, PricedLine
from therapy_billing.pricing.rules.cost_sharing import CostShare

__all__ = ["amount_statements", "patient_amounts"]

_LIMITS = {
    "lesser-of-charge": "The charge is less than the payer's amount, so only the charge is allowed",
    "per-visit-rate": "The contract pays one amount for the visit, divided among the lines",
    "per-day-maximum": "The maximum for the day applies, divided among the lines",
    "cap-dollars": "The payer's limit on dollars applies",
    "cap-rvus": "The payer's limit on relative value units applies",
}

Shared = tuple[PricedLine, CostShare]


def amount_statements(day: PricedDay, cite: Citations) -> Iterator[LetterStatement]:
    """Yield the steps from the price of a unit to what the payer pays, each for all lines."""
    paid = [line for line in day.lines if not line.denied_for]
    yield from _prices(day, paid, cite)
    for line in paid:
        if line.share_in_words:
            text = f"{line.share_in_words}: ${line.units_total:,} before."
            yield cite.statement(text, "furnisher-share")
    yield from _limits(day, paid, cite)
    for line in day.lines:
        if line.denied_for:
            yield cite.statement(f"{line.denial_in_words}.", "liability-modifiers")
    yield from _without_amount(paid, cite)
    if day.paid_at_cost and any(line.allowed is not None for line in paid):
        text = "The amounts count toward the annual threshold. They are not what Medicare pays."
        yield cite.statement(text, "critical-access-hospital")
    shared = [(line, line.share) for line in paid if line.share is not None]
    if day.terms is not None and shared:
        yield from _shares(day, shared, day.terms, cite)
    if day.terms is not None and day.terms.kx_threshold is not None:
        yield from _thresholds(day, cite)


def _prices(
    day: PricedDay, paid: Sequence[PricedLine], cite: Citations
) -> Iterator[LetterStatement]:
    priced = [(line, line.price) for line in paid if line.price is not None]
    if not priced:
        return
    prices = dict.fromkeys(f"{line.code} ${price.amount:,}" for line, price in priced)
    rules = dict.fromkeys(price.rule for _, price in priced)
    yield cite.statement(f"One unit at the full rate: {', '.join(prices)}.", *rules)
    if not day.mppr:
        return
    full = [_name(line) for line, _ in priced if line.full_rate]
    if full:
        yield cite.statement(
            f"MPPR: one unit of {listed(full)}, the highest practice expense of the day, is paid in full.",
            "mppr-full-unit",
        )
    reduced = [
        f"{line.code} ${price.reduced:,}"
        for line, price in priced
        if price.reduced is not None and line.units > int(line.full_rate)
    ]
    if reduced:
        off = total(line.mppr_reduction for line in paid if line.mppr_reduction is not None)
        yield cite.statement(
            f"Each other unit is reduced: {', '.join(dict.fromkeys(reduced))}. This takes ${off:,} off the day.",
            "mppr-reduction",
        )


def _limits(
    day: PricedDay, paid: Sequence[PricedLine], cite: Citations
) -> Iterator[LetterStatement]:
    limited: dict[str, list[str]] = {}
    for line in paid:
        for rule in () if line.allowed is None else limits_of_line(line, day):
            limited.setdefault(rule, []).append(f"{_name(line)} ${line.allowed:,}")
    for rule, lines in limited.items():
        yield cite.statement(f"{_LIMITS[rule]}: {', '.join(lines)}.", rule)
    for cost in day.caps:
        if cost.rule != "per-day-maximum":
            yield cite.statement(sentence(cost.sentence), cost.rule)


def _without_amount(paid: Sequence[PricedLine], cite: Citations) -> Iterator[LetterStatement]:
    reasons: dict[str, list[PricedLine]] = {}
    for line in paid:
        if line.allowed is None:
            reasons.setdefault(plain_words(line.unpriced), []).append(line)
    for reason, lines in reasons.items():
        names = listed(list(dict.fromkeys(map(_name, lines))))
        rules = ("furnisher-share",) if lines[0].furnisher_share is None else ()
        why = f": {reason}" if reason else ""
        yield cite.statement(f"The amount of {names} is not known{why}.", *rules)


def _shares(
    day: PricedDay, shared: Sequence[Shared], terms: MedicareTerms, cite: Citations
) -> Iterator[LetterStatement]:
    deductible = _sum(shared, lambda share: share.deductible)
    if deductible:
        yield cite.statement(
            f"${deductible:,} of the allowed amount goes toward the deductible of ${terms.deductible.amount:,}.",
            "part-b-deductible",
        )
    coinsurance = _sum(shared, lambda share: share.coinsurance)
    rest = "after the deductible" if deductible else "of each line"
    yield cite.statement(
        f"The patient owes {_percent(terms.coinsurance.amount)} {rest}, ${coinsurance:,} in all.",
        "coinsurance",
    )
    assisted = [(line, share) for line, share in shared if line.claim_line.assistant]
    if assisted and terms.assistant_payment.amount != 1:
        names = listed([_name(line) for line, _ in assisted])
        less = _sum(assisted, lambda share: share.assistant_reduction)
        share_paid = _percent(terms.assistant_payment.amount)
        yield cite.statement(
            f"An assistant furnished {names} in whole or in part, so Medicare pays {share_paid} of its share, "
            f"${less:,} less.",
            "assistant-payment",
        )
    cut = _sum(shared, lambda share: share.sequestration)
    pays = _sum(shared, lambda share: share.medicare_pays)
    yield cite.statement(
        f"Sequestration takes {_percent(terms.sequestration.amount)}, ${cut:,}. Medicare pays ${pays:,}.",
        "sequestration",
    )
    expected = expected_denials(day)
    if expected:
        yield cite.statement(
            f"A denial of {codes_of(expected)} is expected. These amounts apply only if Medicare does not deny it.",
            "liability-modifiers",
        )
    if day.medicare_pays_range is not None:
        least, most = day.medicare_pays_range
        yield cite.statement(
            f"Medicare may pay ${least:,} to ${most:,}, depending on which line takes the deductible.",
            "part-b-deductible",
        )


def _thresholds(day: PricedDay, cite: Citations) -> Iterator[LetterStatement]:
    for state in day.thresholds:
        of_state = [
            line
            for line in day.lines
            if line.discipline is not None and BUCKET_OF[line.discipline] is state.bucket
        ]
        text = (
            f"{state.bucket.value}: ${state.before:,} allowed this year before this day, and ${state.after:,} after it. "
            f"The threshold is ${state.threshold:,}."
        )
        applied = [_name(line) for line in of_state if line.kx is KxState.APPLIED]
        missing = [_name(line) for line in of_state if line.kx is KxState.SUGGESTED]
        if applied:
            text += f" Above it, with KX: {', '.join(applied)}."
        if missing:
            text += f" Above it, without KX: {', '.join(missing)}."
        yield cite.statement(text, "kx-threshold")
        if state.may_be_reviewed:
            yield cite.statement(
                f"{state.bucket.value}: ${state.after:,} is above ${state.review_threshold:,}, so Medicare may review "
                "the claims.",
                "medical-review-threshold",
            )


def patient_amounts(day: PricedDay, cite: Citations) -> Iterator[LetterStatement]:
    """Yield what a patient needs to know about the dollars of the day, in plain words."""
    priced = [line for line in day.lines if line.allowed is not None and not line.denied_for]
    if priced and not day.paid_at_cost:
        rules = dict.fromkeys(line.price.rule for line in priced if line.price is not None)
        rules |= dict.fromkeys(rule for line in priced for rule in limits_of_line(line, day))
        amount = total(line.allowed for line in priced if line.allowed is not None)
        services = "these services" if len(priced) == len(day.lines) else codes_of(priced)
        yield cite.statement(f"Your health plan allows ${amount:,} for {services}.", *rules)
    if priced and day.paid_at_cost:
        text = (
            "Medicare pays this hospital at cost, so the amounts in the table are not what it pays."
        )
        yield cite.statement(text, "critical-access-hospital")
    unknown = codes_of([line for line in day.lines if line.allowed is None])
    if unknown:
        yield cite.statement(f"The amount that your plan allows for {unknown} is not known.")
    for line in day.lines:
        if line.denied_for:
            yield cite.statement(
                f"Medicare does not pay for {line.code} on this day. {_DENIED[line.owed_by]}",
                "liability-modifiers",
            )
    shared = [(line, line.share) for line in priced if line.share is not None]
    if day.terms is None or not shared:
        return
    deductible = _sum(shared, lambda share: share.deductible)
    if deductible:
        yield cite.statement(
            f"${deductible:,} of it counts toward your yearly deductible. That is the amount that you pay each year "
            "before Medicare pays.",
            "part-b-deductible",
        )
    coinsurance = _sum(shared, lambda share: share.coinsurance)
    yield cite.statement(
        f"Your share {'of the rest' if deductible else 'of it'} is {_percent(day.terms.coinsurance.amount)}, "
        f"${coinsurance:,}. It is called coinsurance.",
        "coinsurance",
    )
    pays = f"${_sum(shared, lambda share: share.medicare_pays):,}"
    if day.medicare_pays_range is not None:
        pays = " to ".join(f"${each:,}" for each in day.medicare_pays_range)
    yield cite.statement(f"Medicare pays {pays}.", "sequestration")


_DENIED = {
    "patient": "You owe what the clinic charges for it.",
    "provider": "You do not owe anything for it.",
    "": "Whether you owe anything for it is not known.",
}


def _sum(shared: Sequence[Shared], part: Callable[[CostShare], Usd]) -> Usd:
    return total(part(share) for _, share in shared)


def _name(line: PricedLine) -> str:
    return " ".join((line.code, *line.modifiers))


def _percent(part: Decimal) -> str:
    return f"{EXACT.normalize(EXACT.multiply(part, Decimal(100))):f} %"
