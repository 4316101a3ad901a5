"""Show a prepared visit as text: its status first, then the claim, the decisions, and everything else that is to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from therapy_billing.base.money import dollars
from therapy_billing.base.wording import capitalized
from therapy_billing.findings.records import Finding
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source
from therapy_billing.prepare.prepared_visit import PreparedVisit
from therapy_billing.prepare.records import Decision
from therapy_billing.prepare.visit_words import (
    amount_remarks,
    answer_in_words,
    deadline_in_words,
    depends_in_words,
    option_amounts,
    option_marks,
    other_findings,
    outdated_in_words,
    own_lines,
    scope_in_words,
    severity_in_words,
    status_in_words,
    task_in_words,
    totals_of,
    unbilled_in_words,
    unchecked_count,
    unchecked_in_words,
    who_in_words,
    work_in_words,
)

__all__ = ["display"]


def display(visit: PreparedVisit) -> str:
    """Return *visit* as text. Each source is printed once, with the first decision or finding that cites it."""
    shown: set[Source] = set()
    parts = [
        ("Claim", _claim(visit)),
        ("Decisions", _numbered(_decision(each, shown) for each in visit.decisions)),
        ("What blocks", _lines(_finding(each, shown) for each in visit.blocks)),
        ("Other findings", _lines(_finding(each, shown) for each in other_findings(visit))),
        ("Choices out of date", [outdated_in_words(visit, each) for each in visit.outdated]),
        (
            "Deadlines",
            [f"{each.by}  {deadline_in_words(visit, each)}" for each in visit.deadlines],
        ),
        ("To do, in order", _numbered(_work(visit))),
        ("Not checked", [*unchecked_in_words(visit)]),
    ]
    text = f"{visit.date_of_service}  {visit.payer}\n{status_in_words(visit)}\n"
    if unchecked := unchecked_count(visit):
        text += f"{unchecked}\n"
    for heading, lines in parts:
        if lines:
            text += "\n".join((f"\n{heading}", *(f"  {line}".rstrip() for line in lines))) + "\n"
    return f"{text}\nData: {visit.data}."


def _claim(visit: PreparedVisit) -> list[str]:
    day = visit.priced
    if day is None:
        return [f"No claim: {visit.refusal}."]
    rows = [("code", "units", "modifiers", "allowed", "patient owes")]
    rows += [
        (
            line.code,
            str(line.units),
            " ".join(line.modifiers),
            dollars(line.allowed),
            dollars(line.patient_responsibility),
        )
        for line in day.lines
    ]
    lines = [f"{a:<6}{b:>6}  {c:<16}{d:>12}{e:>14}" for a, b, c, d, e in rows]
    lines += [f"{name}: {dollars(amount)}" for name, amount in totals_of(visit).items()]
    lines += [f"Not billed: {each}." for each in unbilled_in_words(day)]
    return lines + [f"Remark: {capitalized(each)}." for each in amount_remarks(day)]


def _decision(decision: Decision, shown: set[Source]) -> list[str]:
    lines = [
        decision.question,
        f"{who_in_words(decision.answered_by.value).capitalize()}; {depends_in_words(decision)}.",
        f"{answer_in_words(decision)}. Id: {decision.id}",
        *filter(None, [scope_in_words(decision)]),
        *(f"Record: {capitalized(each)}" for each in decision.facts),
    ]
    for index, option in enumerate(decision.options):
        marks = "".join(f" ({mark})" for mark in option_marks(decision, option))
        amounts = "; ".join(
            f"{name} {dollars(each[index])}" for name, each in option_amounts(decision).items()
        )
        own = ", ".join(own_lines(decision, option))
        lines += [
            f"- {option.name}{marks}: {option.label}",
            *([f"    Lines: {own}"] if own else []),
            *([f"    {amounts}"] if amounts else []),
            *([f"    Attests: {option.attests}"] if option.attests else []),
        ]
    return [*lines, *_rule(decision.rule, decision.citation, shown)]


def _finding(finding: Finding, shown: set[Source]) -> list[str]:
    return [
        f"{severity_in_words(finding)}: {capitalized(finding.message)}",
        *([f"  {finding.detail}"] if finding.detail else []),
        f"  Fix: {capitalized(finding.action)}",
        *(f"  {each}" for each in _rule(finding.rule, finding.citation, shown)),
    ]


def _rule(rule: Rule, citation: Iterable[Source], shown: set[Source]) -> list[str]:
    new = [source for source in citation if source not in shown]
    shown.update(new)
    return [f"Rule: {rule.id}", *(f"Source: {source}" for source in new)]


def _work(visit: PreparedVisit) -> Iterator[list[str]]:
    for item in visit.worklist():
        yield list(filter(None, (task_in_words(visit, item), work_in_words(item))))


def _lines(blocks: Iterable[list[str]]) -> list[str]:
    return [line for block in blocks for line in block]


def _numbered(blocks: Iterable[list[str]]) -> list[str]:
    """Return the lines of *blocks*, with a number before the first line of each."""
    return [
        f"{f'{number}.' if index == 0 else '':<3} {line}"
        for number, block in enumerate(blocks, start=1)
        for index, line in enumerate(block)
    ]
