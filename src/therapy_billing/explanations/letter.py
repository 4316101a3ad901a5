"""Write the letter of an explanation: what the result says, for a reader who does not know the library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

import attrs

from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.money import ZERO, total
from therapy_billing.base.wording import counted, listed, sentence
from therapy_billing.claims.records import AssistantShare, Claim, ClaimLine
from therapy_billing.codes.code_book import load_codes
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import Clinician
from therapy_billing.explanations.letter_amounts import amount_statements, patient_amounts
from therapy_billing.explanations.letter_citations import Citations
from therapy_billing.explanations.letter_records import (
    Letter,
    LetterAudience,
    LetterLine,
    LetterSection,
    LetterStatement,
)
from therapy_billing.explanations.letter_words import codes_of, plain_words, shorter
from therapy_billing.explanations.line_rules import rules_of_share
from therapy_billing.explanations.step_record import Step
from therapy_billing.pricing.amounts import expected_denials
from therapy_billing.pricing.records import PricedDay
from therapy_billing.units.allocation_record import Allocation

__all__ = ["write_letter"]

Result = Allocation | Claim | PricedDay

_TITLES = {
    LetterAudience.PAYER: "Explanation of a claim",
    LetterAudience.AUDITOR: "How the units and amounts of a claim were determined",
    LetterAudience.PATIENT: "Your therapy visit and what you owe",
}
_MOST_SPLITS = 3
"""The maximum number of other legal splits that a letter lists."""

_COUNTING = frozenset(
    {
        "cms-eight-minute",
        "code-terms",
        "cpt-midpoint",
        "first-period",
        "full-period",
        "full-quarter",
        "started-quarter",
        "untimed-once",
    }
)
"""The rules that turn minutes into units."""
_METHODS = frozenset({"cpt-midpoint", "full-period", "full-quarter", "started-quarter"})
"""The rules whose steps do not repeat what the rule says."""
_PRICES = frozenset(
    {
        "flat-rate",
        "medicare-locality-amount",
        "medicare-national-amount",
        "mppr-full-unit",
        "mppr-reduction",
        "nonparticipating-amount",
        "percent-of-medicare",
        "relative-values",
    }
)
_MONEY = _PRICES | {
    "assistant-payment",
    "cap-dollars",
    "cap-rvus",
    "cap-visits",
    "coinsurance",
    "critical-access-hospital",
    "furnisher-share",
    "kx-threshold",
    "lesser-of-charge",
    "liability-modifiers",
    "medical-review-threshold",
    "part-b-deductible",
    "per-day-maximum",
    "per-visit-rate",
    "sequestration",
}
"""The rules about dollars. The statements about them are for all lines together."""
_ASSISTANTS = frozenset(
    {
        "assistant-exact",
        "assistant-other-periods",
        "assistant-percentage-method",
        "assistant-simple-method",
        "assistant-together",
        "assistant-units-2020",
        "assistant-units-2022",
        "assistant-untimed",
        "assistant-whole-units",
    }
)
"""The rules about the modifiers of assistants. The statements about them are for one code each."""
_SPLIT = {
    "cms-whole-quarters": "split",
    "cms-most-minutes": "split",
}
"""Rules whose steps are one statement."""


def write_letter(
    result: Result, steps: Sequence[Step], data: DataVersion, audience: LetterAudience
) -> Letter:
    """
    Return the letter about *result*.

    Args:
        result: An allocation, a claim, or a priced day.
        steps: The steps of its explanation.
        data: The version of the library and the data packs that the explanation rests on.
        audience: Who reads the letter.
    """
    cite = Citations(steps)
    for_patient = audience is LetterAudience.PATIENT
    day = result if isinstance(result, PricedDay) else None
    if for_patient:
        sections = [LetterSection("Your treatment", tuple(_patient_units(result, steps, cite)))]
        amounts = () if day is None else patient_amounts(day, cite)
        sections.append(LetterSection("What you owe", tuple(amounts)))
        assumptions = tuple(dict.fromkeys(_patient_assumptions(result)))
        details: tuple[str, ...] = ()
        conclusion = _patient_conclusion(day)
    else:
        sections = [
            LetterSection("Minutes and units", tuple(_units(result, steps, cite))),
            LetterSection("Assistants", tuple(_assistants(result, cite))),
        ]
        amounts = () if day is None else amount_statements(day, cite)
        sections.append(LetterSection("Amounts", tuple(amounts)))
        assumptions = tuple(dict.fromkeys(_assumptions(result)))
        details = tuple(_details(day, steps))
        conclusion = _conclusion(result, audience)
        cite.add_rest()
    return Letter(
        audience=audience,
        title=_TITLES[audience],
        date_of_service=result.date_of_service,
        payer=_payer(result),
        lines=tuple(_lines(result)),
        allowed=None if day is None else day.allowed,
        patient_owes=None if day is None else day.patient_responsibility,
        priced=day is not None,
        sections=tuple(section for section in sections if section.statements),
        conclusion=conclusion,
        assumptions=assumptions,
        citations=cite.body,
        appendix=cite.appendix,
        details=details,
        data=data,
    )


def _allocations(result: Result) -> tuple[Allocation, ...]:
    if isinstance(result, PricedDay):
        return result.allocations
    allocation = result.allocation if isinstance(result, Claim) else result
    return () if allocation is None else (allocation,)


def _claims(result: Result) -> tuple[Claim, ...]:
    if isinstance(result, PricedDay):
        return result.claims
    return (result,) if isinstance(result, Claim) else ()


def _payer(result: Result) -> str:
    if isinstance(result, Claim):
        return "" if result.allocation is None else result.allocation.payer
    return result.payer


# The lines of the table.


def _lines(result: Result) -> Iterator[LetterLine]:
    if isinstance(result, Allocation):
        yield from _allocation_lines(result)
    rows = [row for claim in _claims(result) for row in _claim_lines(claim)]
    if not isinstance(result, PricedDay):
        yield from rows
        return
    for row, line in zip(rows, result.lines, strict=True):
        yield attrs.evolve(
            row,
            modifiers=line.modifiers,
            allowed=line.allowed,
            patient_owes=line.patient_responsibility,
        )


def _allocation_lines(allocation: Allocation) -> Iterator[LetterLine]:
    units, untimed = allocation.by_discipline, allocation.untimed_by_discipline
    for pool in allocation.disciplines:
        minutes = {each.code: each.minutes for each in pool.counted}
        for code, count in units[pool.discipline].items():
            own = minutes.get(code)
            reason = "" if own is not None else _COUNTED_ABOVE
            yield LetterLine(code, _label(code), (), pool.discipline, own, reason, count)
        for code, count in untimed[pool.discipline].items():
            yield LetterLine(code, _label(code), (), pool.discipline, None, _UNTIMED, count)


_UNTIMED, _COUNTED_ABOVE, _UNKNOWN = "untimed", "see above", "not known"


def _claim_lines(claim: Claim) -> Iterator[LetterLine]:
    for line, minutes in zip(claim.lines, claim.line_minutes, strict=True):
        reason = "" if minutes is not None else _no_minutes(line, claim.allocation)
        yield LetterLine(
            line.code,
            _label(line.code),
            line.modifiers,
            line.discipline,
            minutes,
            reason,
            line.units,
        )


def _no_minutes(line: ClaimLine, allocation: Allocation | None) -> str:
    facts = load_codes().get(line.code)
    counted_codes = () if allocation is None else allocation.units
    if line.code in counted_codes:
        return _COUNTED_ABOVE
    return _UNTIMED if facts is not None and not facts.timed else _UNKNOWN


def _label(code: str) -> str:
    facts = load_codes().get(code)
    return "" if facts is None else facts.label


# Units, for a payer or an auditor.


def _units(result: Result, steps: Sequence[Step], cite: Citations) -> Iterator[LetterStatement]:
    yield from _unit_steps(result, steps, cite)
    for allocation in _allocations(result):
        if allocation.tied:
            rule = "cap-tie" if allocation.capped_units else "cms-tie"
            yield cite.statement(f"Also legal: {_other_splits(allocation)}.", rule)


def _unit_steps(
    result: Result, steps: Sequence[Step], cite: Citations
) -> Iterator[LetterStatement]:
    """Yield the steps about units as statements. Steps about one split are one statement."""
    caps = result.caps if isinstance(result, PricedDay) else ()
    costs = {sentence(cost.sentence) for cost in caps}
    others = _MONEY | _ASSISTANTS
    of_units = [step for step in steps if step.rule.id not in others and step.outcome not in costs]
    for _, same in groupby(of_units, key=lambda step: _SPLIT.get(step.rule.id, step.rule.id)):
        found = tuple(same)
        times = Counter(f"{plain_words(shorter(step.outcome))}." for step in found)
        if found[0].rule.id.startswith("cap-"):
            # Each step of a cap removes a unit.
            words = [_times_in_words(text, count) for text, count in times.items()]
        else:
            words = list(times)
        if found[0].rule.id in _METHODS:
            words.insert(0, found[0].rule.statement)
        yield cite.of_steps(" ".join(words), found)


def _times_in_words(text: str, count: int) -> str:
    """Return *text*, and how many times it applies, if it is more than once."""
    return text if count == 1 else f"{text.removesuffix('.')} ({count} times)."


def _assistants(result: Result, cite: Citations) -> Iterator[LetterStatement]:
    """Yield how many units of each code have the modifier of an assistant. Codes of the same rules are together."""
    shares: dict[tuple[str, ...], list[str]] = {}
    for claim in _claims(result):
        for share in claim.assistants:
            if share.units_with or share.units_without:
                rules = rules_of_share(share, claim.allocation)
                shares.setdefault(rules, []).append(_share_in_words(share))
    for rules, words in shares.items():
        yield cite.statement(" ".join(words), *rules)


def _share_in_words(share: AssistantShare) -> str:
    """Return who treated, and the units with and without the modifier."""
    modifier = assistant_modifiers()[share.discipline]
    shares = ((share.units_with, f"with {modifier}"), (share.units_without, f"without {modifier}"))
    units = " and ".join(f"{counted(count, 'unit')} {which}" for count, which in shares if count)
    if share.assistant_minutes is None:
        return f"{share.code}: {units}."
    minutes = f"{counted(share.assistant_minutes, 'minute')} by the assistant"
    if share.therapist_minutes:
        minutes = f"{counted(share.therapist_minutes, 'minute')} by the therapist and {minutes}"
    together = ""
    if share.together_minutes:
        together = (
            f" {counted(share.together_minutes, 'minute')} together count as the therapist's."
        )
    return f"{share.code}: {minutes}; {units}.{together}"


def _other_splits(allocation: Allocation) -> str:
    others = [
        ", ".join(f"{code} x{units}" for code, units in split.items())
        for split in allocation.admissible[1:]
    ]
    more = len(others) - _MOST_SPLITS
    shown = others[:_MOST_SPLITS] + ([f"{counted(more, 'more split')}"] if more > 0 else [])
    return "; or ".join(shown)


def _assumptions(result: Result) -> Iterator[str]:
    """Yield what is assumed or not known, without what the statements say."""
    said: set[str] = set()
    if isinstance(result, PricedDay):
        said = {line.share_in_words for line in result.lines}
        said |= {line.denial_in_words for line in result.lines}
        remarks = result.remarks
    else:
        remarks = tuple(each for of in _allocations(result) for each in of.remarks)
    said |= {each for of in _allocations(result) for each in of.open_questions}
    for remark in dict.fromkeys(remarks):
        words = plain_words(remark)
        if words and not any(each and remark.startswith(each) for each in said):
            yield sentence(words)


def _details(day: PricedDay | None, steps: Sequence[Step]) -> Iterator[str]:
    if day is not None:
        yield f"Fee schedule: {day.fees}."
    yield from dict.fromkeys(
        f"{plain_words(step.outcome)}." for step in steps if step.rule.id in _PRICES
    )


def _conclusion(result: Result, audience: LetterAudience) -> str:
    support = _support(result)
    if not isinstance(result, PricedDay):
        return f"{support}."
    if result.allowed is None:
        return f"{support}; the amount is not known."
    if not result.lines:
        return f"{support}, so nothing is payable."
    verb = "counts toward the annual threshold" if result.paid_at_cost else "is allowed"
    allowed = f"${result.allowed:,} {verb}"
    if not result.complete:
        missing = codes_of([line for line in result.lines if line.allowed is None])
        allowed += f" without {missing}, whose amount is not known"
    pays = result.medicare_pays
    if audience is LetterAudience.AUDITOR:
        return f"{support}, and {allowed}{_condition(result)}."
    if pays is None:
        return f"{support}, and {allowed}{_condition(result)}; what the payer pays is not known."
    payable = f"${pays:,}"
    if result.medicare_pays_range is not None:
        payable = " to ".join(f"${each:,}" for each in result.medicare_pays_range)
    return f"{support}, and {allowed}, of which {payable} is payable{_condition(result)}."


def _condition(day: PricedDay) -> str:
    """Return the condition under which the amounts apply; empty if there is none."""
    conditions = []
    if day.kx_suggested:
        conditions.append(f"KX is added to {codes_of(day.kx_suggested)} and the record supports it")
    expected = expected_denials(day)
    if expected:
        conditions.append(f"Medicare does not deny {codes_of(expected)}")
    text = f", if {' and '.join(conditions)}" if conditions else ""
    return f"{text} (a denial is expected)" if expected else text


def _support(result: Result) -> str:
    """Return whether the minutes and services in the record make the units, as the start of a sentence."""
    allocations = _allocations(result)
    made = Counter[str]()
    for allocation in allocations:
        made.update(allocation.units)
        made.update(allocation.untimed_units)
    if isinstance(result, Allocation):
        units = counted(made.total(), "unit") if made.total() else "no unit"
        return f"The minutes and services in the record make {units}"
    claims = _claims(result)
    billed = Counter[str]()
    for claim in claims:
        for line in claim.lines:
            billed[line.code] += line.units
    if not billed:
        return "No unit is billed"
    if len(allocations) < len(claims):
        return "The minutes are not part of this explanation"
    above = [code for code, units in billed.items() if units > made[code]]
    if above:
        codes = listed(above)
        return f"The minutes and services in the record do not make all units billed of {codes}"
    return "The minutes and services in the record make the units billed"


# For a patient.


def _patient_units(
    result: Result, steps: Sequence[Step], cite: Citations
) -> Iterator[LetterStatement]:
    allocations = _allocations(result)
    minutes = sum(allocation.timed_minutes for allocation in allocations)
    units = sum(allocation.total_units for allocation in allocations)
    rules = dict.fromkeys(step.rule.id for step in steps if step.rule.id in _COUNTING)
    if minutes:
        yield cite.statement(
            f"Your clinic bills time in units, which are 15 minutes for most services. Your {counted(minutes, 'minute')} "
            f"of timed treatment make {counted(units, 'unit')}.",
            *rules,
        )
    untimed = [code for of in allocations for code, count in of.untimed_units.items() if count]
    if untimed:
        text = f"The time does not matter for the units of {listed(list(dict.fromkeys(untimed)))}."
        yield cite.statement(text, "untimed-once")
    for allocation in allocations:
        for cap, words in dict.fromkeys((cut.cap, cut.words) for cut in allocation.capped_units):
            yield cite.statement(f"Your health plan pays for at most {words}.", cap)
        for service in allocation.unbilled:
            rule = (
                "assistant-scope" if service.clinician is Clinician.ASSISTANT else "furnisher-scope"
            )
            yield cite.statement(
                f"Your clinic does not bill {service.code} by {service.who}.", rule
            )


def _patient_assumptions(result: Result) -> Iterator[str]:
    if not isinstance(result, PricedDay):
        return
    shared = any(line.share is not None for line in result.lines)
    if shared and result.accumulators_before is None:
        yield (
            "How much of your yearly deductible you have paid is not known. The amounts assume that you have paid all "
            "of it."
        )
    for code in dict.fromkeys(line.code for line in result.kx_suggested):
        yield f"Your clinic must confirm to Medicare that {code} is medically necessary. Otherwise, Medicare may not pay."
    owed = {line.code: line.owed_by for line in expected_denials(result)}
    for code, who in owed.items():
        charged = who == "patient"
        yield (
            f"Medicare is not expected to pay for {code}. If it does not, you owe "
            f"{'what the clinic charges' if charged else 'nothing'} for it."
        )
    for allocation in result.allocations:
        yield from map(sentence, allocation.policy.counting.unit_assumptions)
        if result.allowed is not None:
            yield from map(sentence, allocation.policy.money.amount_assumptions)
    yield from map(sentence, result.assumptions)


def _patient_conclusion(day: PricedDay | None) -> str:
    if day is None:
        return "This letter explains your treatment time, not what you owe."
    owes = day.patient_responsibility
    if owes is None or day.allowed is None:
        return "What you owe is not known."
    if not day.lines:
        return "You owe nothing for this day."
    denied = [line for line in day.lines if line.denied_for]
    charged = total(line.patient_responsibility or ZERO for line in denied)
    rest = "" if day.complete else ", not counting the services with an amount that is not known"
    expected = expected_denials(day)
    you = f"If Medicare pays for {codes_of(expected)}, you" if expected else "You"
    if charged:
        return f"{you} owe ${owes:,}, of which ${charged:,} is for services that Medicare does not pay for{rest}."
    return f"{you} owe ${owes:,} of ${day.allowed:,}{rest}."
