"""Show results as HTML tables in a notebook. All text is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from therapy_billing.base.money import Usd
from therapy_billing.codes.code_book import load_codes
from therapy_billing.fees.prices import amount_after_mppr
from therapy_billing.findings.open_reasons import open_reasons

if TYPE_CHECKING:
    from therapy_billing.base.library_files import DataVersion
    from therapy_billing.code_choice.records import CodeReason, CodeSuggestion, CodeWarning
    from therapy_billing.explanations.letter_records import Letter, LetterCitation
    from therapy_billing.explanations.records import Explanation
    from therapy_billing.fees.fee_schedule import FeeSchedule
    from therapy_billing.fees.prices import FeeTable
    from therapy_billing.findings.records import Finding, Findings
    from therapy_billing.law.sources import Source
    from therapy_billing.pricing.records import PricedDay, PricedLine
    from therapy_billing.scenarios.methods import Comparison
    from therapy_billing.scenarios.payer_comparison import PayerComparison
    from therapy_billing.units.allocation_record import Allocation

__all__ = ["display"]

_REMITTANCE = (
    "code",
    "modifiers",
    "units",
    "allowed",
    "MPPR",
    "deductible",
    "coinsurance",
    "assistant",
    "sequestration",
    "Medicare pays",
    "patient owes",
    "KX",
)
_FINDING = ("severity", "about", "finding", "at stake", "fix", "rule and source")


def _allocation(record: Allocation) -> str:
    minutes = record.documented_minutes
    rows = [(code, minutes.get(code, ""), units) for code, units in record.units.items()]
    rows += [(code, "untimed", units) for code, units in record.untimed_units.items()]
    unbilled = (f"{each.sentence}: {each.reason}" for each in record.unbilled)
    foot = (repr(record)[1:-1], *unbilled, *record.remarks)
    return _table(
        ("code", "minutes", "units"),
        rows,
        foot="".join(f"<tr><td colspan=3>{escape(each)}</td></tr>" for each in foot),
    ) + _packs(record.data)


def _priced_day(record: PricedDay) -> str:
    totals: dict[str, Usd | None] = {
        "allowed": record.allowed,
        "MPPR": record.mppr_reduction,
        "Medicare pays": record.medicare_pays,
        "patient owes": record.patient_responsibility,
    }
    foot = "".join(f"<td>{_dollars(totals.get(head))}</td>" for head in _REMITTANCE[1:])
    remarks = [
        f"{line.code} needs KX"
        if line.allowed is None
        else f"{line.code} (${line.allowed}) needs KX"
        for line in record.kx_suggested
    ]
    if record.medicare_pays_range is not None:
        least, most = record.medicare_pays_range
        remarks.append(f"Medicare may pay ${least} to ${most}")
    remarks += [f"{each.sentence}: {each.reason}" for each in record.unbilled]
    remarks += [cost.sentence for cost in record.caps]
    remarks += [*([] if record.complete else ["some lines have no price"]), *record.remarks]
    return (
        _table(
            _REMITTANCE,
            map(_remittance, record.lines),
            caption=f"{record.date_of_service}, {record.payer}: {record.fees}",
            foot=f"<tr><td>total</td>{foot}</tr>",
        )
        + _list(remarks)
        + _packs(record.data)
    )


def _remittance(line: PricedLine) -> tuple[str, ...]:
    share = ("",) * 4 if line.share is None else tuple(map(str, line.share[:4]))
    return (
        line.code,
        " ".join(line.modifiers),
        str(line.units),
        line.unpriced if line.allowed is None else str(line.allowed),
        _dollars(line.mppr_reduction),
        *share,
        _dollars(line.medicare_pays),
        _dollars(line.patient_responsibility),
        line.kx.value,
    )


def _findings(record: Findings) -> str:
    rows = []
    shown: set[Source] = set()
    for finding in record.found:
        sources = [source for source in finding.citation if source not in shown]
        shown.update(sources)
        rows.append(
            (
                finding.severity.value,
                _about(finding),
                f"{finding.message}. {finding.detail}" if finding.detail else finding.message,
                "" if finding.at_stake is None else f"${finding.at_stake:,}",
                finding.action,
                ": ".join(filter(None, (finding.rule.id, "; ".join(map(str, sources))))),
            )
        )
    unanswered = _list(map(str, open_reasons(record.unanswered)))
    summary = f"<p>{escape(record.summary)}</p>"
    return f"{_table(_FINDING, rows)}{unanswered}{summary}{_assumed(record)}"


def _about(finding: Finding) -> str:
    if finding.entries:
        return ", ".join(finding.entries)
    if finding.path:
        return finding.path
    lines = ", ".join(str(index + 1) for index in finding.lines)
    return ", ".join(finding.codes) + (f" (line {lines})" if lines else "")


def _explanation(record: Explanation) -> str:
    items = ""
    shown: dict[Source, int] = {}
    for number, step in enumerate(record.steps, start=1):
        sources = []
        for source in step.sources:
            first = shown.setdefault(source, number)
            short = f"{source.title} ({source.verified.value}), as in step {first}"
            sources.append(str(source) if first == number else short)
        items += (
            f"<li>{escape(step.outcome)}<br><small>{escape(step.rule.id)}: "
            f"{escape('; '.join(sources))}</small></li>"
        )
    return f"<ol>{items}</ol>{_assumed(record)}"


def _letter(record: Letter) -> str:
    head, *lines, totals = record.table()
    captions = "".join(f'<th scope="col">{escape(each)}</th>' for each in head)
    body = "".join(f"<tr>{_cells(cells)}</tr>" for cells in lines)
    facts = "<br>".join(f"{escape(name)}: {escape(value)}" for name, value in record.facts)
    sections = "".join(
        f"<h3>{escape(section.heading)}</h3>{_list(map(str, section.statements))}"
        for section in record.sections
    )
    assumed = "".join(f"<p>Assumed: {escape(each)}</p>" for each in record.assumptions)
    cited = [
        f"[{number}] {_cited(citation)}"
        for number, citation in enumerate(record.citations, start=1)
    ]
    appendix = [
        f"[A{number}] {_cited(citation, f'{citation.how_checked}.')}"
        for number, citation in enumerate(record.appendix, start=1)
    ]
    return (
        f'<article style="overflow-wrap: anywhere"><h2>{escape(record.title)}</h2><p>{facts}</p>'
        f"<table><thead><tr>{captions}</tr></thead><tbody>{body}</tbody>"
        f"<tfoot><tr>{_cells(totals)}</tr></tfoot></table>{sections}"
        f"<h3>Conclusion</h3><p>{escape(record.conclusion)}</p>{assumed}"
        f"{_part('Sources', cited)}"
        f"{_part('Appendix', [*appendix, *map(escape, record.details), escape(f'Data: {record.data}.')])}"
        "</article>"
    )


def _cells(cells: Iterable[str]) -> str:
    first, *others = map(escape, cells)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{each}</td>" for each in others)


def _cited(citation: LetterCitation, how_checked: str = "") -> str:
    """Return a citation as HTML. Only a web address becomes a link."""
    url = escape(citation.url)
    if citation.url.startswith(("https://", "http://")):
        url = f'<a href="{url}">{url}</a>'
    return " ".join(filter(None, (escape(f"{citation.titles}."), escape(how_checked), url)))


def _part(heading: str, items: Sequence[str]) -> str:
    """Return a heading and paragraphs of HTML. Empty without paragraphs."""
    text = "".join(f"<p>{item}</p>" for item in items)
    return f"<h3>{escape(heading)}</h3>{text}" if items else ""


def _assumed(record: Findings | Explanation) -> str:
    """Return what data packs assume, and the packs. Empty without packs."""
    assumed = "".join(f"<p>{escape(each)}</p>" for each in record.assumptions)
    return assumed + _packs(record.data)


def _packs(data: DataVersion) -> str:
    """Return the packs that a result rests on. Empty without packs."""
    return f"<p>{escape(str(data))}</p>" if data.packs else ""


def _fee_table(record: FeeTable) -> str:
    facts = load_codes()
    rows = (
        (
            price.code,
            facts[price.code].label if price.code in facts else "",
            price.amount,
            amount_after_mppr(price),
        )
        for price in record.prices
    )
    heads = ("code", "", "$ per unit", "$ per unit after MPPR")
    return _table(heads, rows, caption=record.name)


def _fee_schedule(record: FeeSchedule) -> str:
    return _fee_table(record.table())


def _suggestion(record: CodeSuggestion) -> str:
    rows = (
        f"<tr><td>{escape(ranked.code)}</td><td>{ranked.score}</td>"
        f"<td>{_lines(ranked.reasons_for)}</td><td>{_lines(ranked.reasons_against)}</td></tr>"
        for ranked in record.ranked
    )
    head = "".join(f"<th>{name}</th>" for name in ("code", "points", "for", "against"))
    return (
        f"<p>{escape(record.statement)}</p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table><p>{_lines(record.warnings)}</p>"
    )


def _comparison(record: Comparison) -> str:
    first, second = record.first.units, record.second.units
    rows = (
        (code, first.get(code, 0), second.get(code, 0), f"{by:+d}")
        for code, by in record.difference.items()
    )
    return _table(("code", record.first.payer, record.second.payer, "difference"), rows)


def _payer_comparison(record: PayerComparison) -> str:
    rows = ((*cells, by.strip(" ()")) for *cells, by in record.rows())
    return _table(("", "", record.first.payer, record.second.payer, "difference"), rows)


def _table(
    heads: Iterable[str], rows: Iterable[Iterable[object]], *, caption: str = "", foot: str = ""
) -> str:
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>" for cells in rows
    )
    end = f"<tfoot>{foot}</tfoot>" if foot else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{end}</table>"


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def _lines(given: Iterable[CodeReason | CodeWarning]) -> str:
    return "<br>".join(escape(str(one)) for one in given)


def _dollars(amount: Usd | None) -> str:
    return "" if amount is None else str(amount)


_DISPLAYS: Mapping[str, Callable[[Any], str]] = {
    "Allocation": _allocation,
    "PricedDay": _priced_day,
    "Findings": _findings,
    "Explanation": _explanation,
    "Letter": _letter,
    "FeeTable": _fee_table,
    "FeeSchedule": _fee_schedule,
    "CodeSuggestion": _suggestion,
    "Comparison": _comparison,
    "PayerComparison": _payer_comparison,
}
"""Display functions by type name, so that showing one type of record does not import the modules of the others."""


def display(record: object) -> str:
    """
    Return *record* as HTML.

    Raises:
        TypeError: If the record has no HTML display.
    """
    name = type(record).__name__
    if name not in _DISPLAYS:
        raise TypeError(name)
    return _DISPLAYS[name](record)
