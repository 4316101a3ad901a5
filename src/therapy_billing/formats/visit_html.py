"""Show a prepared visit as HTML: the screen of an EMR. All text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from therapy_billing.base.money import Usd, dollars
from therapy_billing.base.validation import require_flag, require_type
from therapy_billing.base.wording import capitalized
from therapy_billing.codes.code_book import load_codes
from therapy_billing.findings.records import Finding
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source
from therapy_billing.prepare.prepared_visit import PreparedVisit
from therapy_billing.prepare.records import Decision, DecisionOption
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
from therapy_billing.pricing.records import PricedLine

__all__ = ["display", "visit_screen"]

_STYLE = """<style>
.therapy-visit { --ink: #1b1f24; --soft: #4a545e; --paper: #ffffff; --card: #f4f6f8; --line: #c3cad1;
  --ready: #0b5d2a; --undecided: #7a4100; --blocked: #a0111b; --surface: var(--paper); color-scheme: light dark;
  color: var(--ink); background: var(--paper); font: 15px/1.45 system-ui, sans-serif;
  max-width: 56rem; padding: 0.75rem; box-sizing: border-box; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { .therapy-visit { --ink: #e8ebee; --soft: #b5bec7; --paper: #15181b;
  --card: #1f2429; --line: #4c5560; --ready: #7ddc9a; --undecided: #f2b56b; --blocked: #ff9d9d; } }
.therapy-visit h2, .therapy-visit h3, .therapy-visit h4 { color: inherit; font-weight: 600; line-height: 1.25; }
.therapy-visit h2 { font-size: 1.3rem; margin: 0 0 0.5rem; }
.therapy-visit h3 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
.therapy-visit h4 { font-size: 1rem; margin: 0 0 0.25rem; }
.therapy-visit p, .therapy-visit ul, .therapy-visit ol { margin: 0.25rem 0; }
.therapy-visit ul, .therapy-visit ol { padding-left: 1.4rem; }
.therapy-visit .status { border: 2px solid; border-left-width: 0.6rem; padding: 0.5rem 0.75rem; font-weight: 600; }
.therapy-visit .ready { color: var(--ready); }
.therapy-visit .undecided { color: var(--undecided); }
.therapy-visit .blocked { color: var(--blocked); }
.therapy-visit .card { --surface: var(--card); background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 0.75rem; margin: 0 0 0.75rem; }
.therapy-visit .soft { color: var(--soft); font-weight: 400; font-size: 0.9rem; }
.therapy-visit .mark { border: 1px solid; border-radius: 4px; padding: 0 0.3rem; font-size: 0.8rem;
  font-weight: 600; white-space: nowrap; }
.therapy-visit table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; color: inherit; font-size: 0.93rem; }
.therapy-visit caption { text-align: left; color: var(--soft); font-size: 0.9rem; padding: 0 0 0.25rem; }
.therapy-visit table { overflow-wrap: break-word; }
.therapy-visit .date { white-space: nowrap; }
.therapy-visit .options { table-layout: fixed; }
.therapy-visit th, .therapy-visit td { text-align: left; vertical-align: top; padding: 0.35rem 0.5rem 0.35rem 0;
  border-bottom: 1px solid var(--line); background: var(--surface); font-weight: 400; }
.therapy-visit .options tbody { border-bottom: 1px solid var(--line); }
.therapy-visit .options tbody th, .therapy-visit .options tbody td { border-bottom: 0; }
.therapy-visit .options tbody td { padding-top: 0; }
.therapy-visit thead th { color: var(--soft); font-size: 0.85rem; vertical-align: bottom; }
.therapy-visit .amount { text-align: right; }
.therapy-visit .options .amount { text-align: left; }
.therapy-visit tfoot th, .therapy-visit tfoot td { font-weight: 600; }
.therapy-visit tbody.taken .label { font-weight: 600; }
.therapy-visit summary { cursor: pointer; color: var(--soft); padding: 0.2rem 0; }
.therapy-visit input[type="radio"] { margin: 0 0.4rem 0 0; width: 1.1rem; height: 1.1rem; vertical-align: -0.15rem; }
@media (max-width: 30rem) { .therapy-visit { font-size: 14px; padding: 0.5rem; }
  .therapy-visit th, .therapy-visit td { padding-right: 0.3rem; } }
@media print { .therapy-visit { color: #000; background: #fff; --ink: #000; --soft: #000; --paper: #fff; --card: #fff; --line: #777;
  --ready: #000; --undecided: #000; --blocked: #000; max-width: none; font-size: 10pt; }
  .therapy-visit .card, .therapy-visit tr { break-inside: avoid; }
  .therapy-visit h3, .therapy-visit h4 { break-after: avoid; }
  .therapy-visit details::details-content { content-visibility: visible; block-size: auto; }
  .therapy-visit details > * { display: block; } }
</style>"""


def display(visit: PreparedVisit) -> str:
    """Return *visit* as HTML for a notebook."""
    return visit_screen(visit)


def visit_screen(visit: PreparedVisit, *, inputs: bool = False) -> str:
    """
    Return a prepared visit as the screen of an EMR: one HTML element with its own style, and without scripts.

    It shows neither the patient nor the author of a choice. It has no element ids, so a page can have many of them.

    Args:
        visit: The prepared visit.
        inputs: Whether each option has a radio button, for a form of your page. The form then has one value per
            decision: its name is ``decision-`` and the id of the decision, and its value is the name of the option. The
            value is empty if nobody has decided.

    Raises:
        InvalidInputError: If *visit* is not a prepared visit, or *inputs* is not a bool.

    >>> from therapy_billing import MEDICARE, Session, prepare_visit
    >>> day = Session.from_minutes({"97530": 23, "97112": 8}, date_of_service="2026-03-02", discipline="PT")
    >>> visit = prepare_visit(day, MEDICARE)
    >>> "<input" in visit_screen(visit), "<input" in visit_screen(visit, inputs=True)
    (False, True)
    """
    require_type(visit, PreparedVisit, "visit")
    require_flag(inputs, "inputs")
    parts = (
        ("Claim", _claim(visit)),
        ("Decisions", "".join(_decision(each, inputs=inputs) for each in visit.decisions)),
        ("What blocks", "".join(map(_finding, visit.blocks))),
        ("Other findings", "".join(map(_finding, other_findings(visit)))),
        ("Choices out of date", _list(outdated_in_words(visit, each) for each in visit.outdated)),
        ("Deadlines", _deadlines(visit)),
        ("To do, in order", _work(visit)),
    )
    sections = "".join(
        f"<section><h3>{heading}</h3>{body}</section>" for heading, body in parts if body
    )
    return (
        f'{_STYLE}<article class="therapy-visit">'
        f"<h2>Visit on {visit.date_of_service}, {escape(visit.payer)}</h2>"
        f'<p class="status {visit.status.value}">{escape(status_in_words(visit))}</p>'
        f"{_soft(unchecked_count(visit))}{sections}"
        f"{_folded('Not checked', unchecked_in_words(visit))}"
        f"{_soft(str(visit.data))}</article>"
    )


def _soft(text: str) -> str:
    return f'<p class="soft">{escape(text)}</p>' if text else ""


def _claim(visit: PreparedVisit) -> str:
    day = visit.priced
    if day is None:
        return f"<p>No claim: {escape(visit.refusal)}.</p>"
    caption = "What is billed"
    if visit.open_decisions:
        caption += " if the open decisions keep their defaults"
    head = _head(("Code", "Units", "Modifiers"), ("Allowed", "Patient owes"))
    sums = _amount(day.allowed) + _amount(day.patient_responsibility)
    # The last row of the table has the others.
    totals = (
        f"{name}: {dollars(amount)}"
        for name, amount in totals_of(visit).items()
        if name not in ("Allowed", "Patient owes")
    )
    below = (*totals, *(f"Not billed: {each}." for each in unbilled_in_words(day)))
    return (
        f"<table><caption>{caption}</caption>{head}<tbody>{''.join(map(_line, day.lines))}</tbody>"
        f'<tfoot><tr><th scope="row" colspan="3">Total</th>{sums}</tr></tfoot></table>'
        f"{''.join(f'<p>{escape(each)}</p>' for each in below)}"
        f"{_folded('About the dollars', map(capitalized, amount_remarks(day)))}"
    )


def _line(line: PricedLine) -> str:
    facts = load_codes().get(line.code)
    label = "" if facts is None else f'<br><span class="soft">{escape(facts.label)}</span>'
    return (
        f'<tr><th scope="row">{escape(line.code)}{label}</th><td>{line.units}</td>'
        f"<td>{escape(' '.join(line.modifiers))}</td>"
        f"{_amount(line.allowed)}{_amount(line.patient_responsibility)}</tr>"
    )


def _decision(decision: Decision, *, inputs: bool) -> str:
    amounts = option_amounts(decision)
    columns = len(amounts) or 1
    options = "".join(
        _option(decision, option, [each[index] for each in amounts.values()], inputs=inputs)
        for index, option in enumerate(decision.options)
    )
    if inputs:
        label = f"<label>{_radio(decision, '', checked=decision.is_open)}Not decided yet</label>"
        options += f'<tbody><tr><th scope="rowgroup" colspan="{columns}">{label}</th></tr></tbody>'
    head = _head((), amounts) if amounts else _head(("Answer",), ())
    role = f' role="radiogroup" aria-label="{escape(decision.question)}"' if inputs else ""
    return (
        f'<div class="card"{role}><h4>{escape(decision.question)}</h4>'
        f'<p class="soft">For the {who_in_words(decision.answered_by.value)}; '
        f"{depends_in_words(decision)}. {answer_in_words(decision)}. {scope_in_words(decision)}</p>"
        f"<p>What the record shows:</p>{_list(map(capitalized, decision.facts))}"
        f'<table class="options"><caption>The whole visit with each answer</caption>{head}'
        f"{options}</table>{_rule(decision.rule, decision.citation, f'Decision {decision.id}')}</div>"
    )


def _option(
    decision: Decision, option: DecisionOption, amounts: Sequence[Usd | None], *, inputs: bool
) -> str:
    """Return an option as two rows, so that the answer has the whole width of a narrow screen."""
    taken = option.name == decision.chosen
    label = f'<span class="label">{escape(option.label)}</span>'
    if inputs:
        radio = _radio(decision, option.name, checked=taken and not decision.is_open)
        label = f"<label>{radio}{label}</label>"
    marks = "".join(f' <span class="mark">{each}</span>' for each in option_marks(decision, option))
    lines = ", ".join(
        each.replace(" ", "\N{NO-BREAK SPACE}") for each in own_lines(decision, option)
    )
    small = {"Lines": lines, "Attests": option.attests}
    below = "".join(
        f'<br><span class="soft">{name}: {escape(text)}</span>'
        for name, text in small.items()
        if text
    )
    cells = "".join(map(_amount, amounts))
    return (
        f"<tbody{' class=taken' if taken else ''}>"
        f'<tr><th scope="rowgroup" colspan="{len(amounts) or 1}">{label}{marks}{below}</th></tr>'
        f"{f'<tr>{cells}</tr>' if cells else ''}</tbody>"
    )


def _radio(decision: Decision, value: str, *, checked: bool) -> str:
    name = escape(f"decision-{decision.id}")
    return (
        f'<input type="radio" name="{name}" value="{escape(value)}"{" checked" if checked else ""}>'
    )


def _finding(finding: Finding) -> str:
    detail = f"<p>{escape(finding.detail)}</p>" if finding.detail else ""
    return (
        f'<div class="card"><h4>{escape(capitalized(finding.message))}</h4>'
        f"{_soft(severity_in_words(finding))}{detail}"
        f"<p>Fix: {escape(capitalized(finding.action))}</p>{_rule(finding.rule, finding.citation)}</div>"
    )


def _rule(rule: Rule, citation: Iterable[Source], *further: str) -> str:
    statement = f"{rule.id}: {rule.statement}"
    return _folded("Rule and sources", (statement, *map(str, citation), *further))


def _deadlines(visit: PreparedVisit) -> str:
    rows = "".join(
        f'<tr><th scope="row" class="date">{each.by}</th><td>{escape(deadline_in_words(visit, each))}</td></tr>'
        for each in visit.deadlines
    )
    head = _head(("By", "What is due"), ())
    table = (
        f"<table><caption>The last day that is on time</caption>{head}<tbody>{rows}</tbody></table>"
    )
    return table if rows else ""


def _work(visit: PreparedVisit) -> str:
    items = "".join(
        f'<li>{escape(task_in_words(visit, item))}<br><span class="soft">{escape(work_in_words(item))}</span></li>'
        for item in visit.worklist()
    )
    return f"<ol>{items}</ol>" if items else ""


def _head(names: Iterable[str], amounts: Iterable[str]) -> str:
    cells = "".join(f'<th scope="col">{name}</th>' for name in names)
    cells += "".join(f'<th scope="col" class="amount">{name}</th>' for name in amounts)
    return f"<thead><tr>{cells}</tr></thead>"


def _amount(amount: Usd | None) -> str:
    return f'<td class="amount">{dollars(amount)}</td>'


def _list(items: Iterable[str]) -> str:
    found = "".join(f"<li>{escape(each)}</li>" for each in items)
    return f"<ul>{found}</ul>" if found else ""


def _folded(summary: str, items: Iterable[str]) -> str:
    found = _list(items)
    return f"<details><summary>{summary}</summary>{found}</details>" if found else ""
