"""Show results as plain text: units, priced days, findings, explanations, comparisons."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from therapy_billing.base.data_loader import data_version
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.money import Usd
from therapy_billing.base.wording import counted, named_briefly, printable
from therapy_billing.batch.totals import Remarks
from therapy_billing.codes.code_book import load_codes
from therapy_billing.codes.modifiers import plan_modifiers
from therapy_billing.fees.prices import amount_after_mppr
from therapy_billing.findings.open_reasons import open_reasons
from therapy_billing.findings.records import Severity
from therapy_billing.pricing.records import KxState

if TYPE_CHECKING:
    from therapy_billing.batch.gaps import Gap
    from therapy_billing.batch.records import CheckedDay
    from therapy_billing.batch.totals import LogTotals, PayerTotals
    from therapy_billing.code_choice.records import CodeSuggestion
    from therapy_billing.explanations.letter_records import Letter, LetterCitation
    from therapy_billing.explanations.records import Explanation
    from therapy_billing.fees.prices import FeeTable
    from therapy_billing.findings.records import Finding, Findings
    from therapy_billing.law.rule_book import Rule
    from therapy_billing.law.sources import Source
    from therapy_billing.pricing.records import PricedDay
    from therapy_billing.scenarios.methods import Comparison
    from therapy_billing.scenarios.payer_comparison import PayerComparison
    from therapy_billing.units.allocation_record import Allocation

__all__ = [
    "CheckedLogText",
    "FindingsText",
    "allocation_text",
    "data_text",
    "day_text",
    "display",
    "gaps_text",
    "remarks_text",
    "totals_text",
]

_MOST_SPLITS = 6
"""The maximum number of legal splits listed for a day."""
_MOST_CODES = 8
"""The maximum number of codes listed on a line about unchecked rules."""
_LETTER_WIDTH = 100
"""The number of characters on a line of a letter."""


def allocation_text(allocation: Allocation) -> str:
    """Return the units of a day as text: one line per code, the total, all legal splits, and the remarks."""
    minutes = allocation.documented_minutes
    lines = [
        f"{code:<6} {_minutes(minutes.get(code)):>8}  {_units(units):>8}"
        for code, units in allocation.units.items()
    ]
    lines.append(
        f"{'total':<6} {_minutes(allocation.timed_minutes):>8}  {_units(allocation.total_units):>8}"
        f"  {allocation.payer}"
    )
    return "\n".join(
        [*lines, *_unit_remarks(allocation), *(f"{remark}." for remark in allocation.remarks)]
    )


def day_text(
    patient: str,
    payer: str,
    day: PricedDay,
    skipped_lines: Sequence[int] = (),
    explanation: Explanation | None = None,
) -> str:
    """
    Return a priced day as text.

    Args:
        patient: The patient's key in the log.
        payer: Name of the payer.
        day: The priced day.
        skipped_lines: Line numbers of rows of this day that could not be read.
        explanation: The explanation of the day, if it should be included.
    """
    lines = [f"{printable(patient)}  {day.date_of_service}  {payer}", _HEAD]
    by_minutes = {
        code
        for allocation in day.allocations
        for code in allocation.policy.counting.codes_by_minutes
    }
    for line, minutes in zip(day.lines, day.line_minutes, strict=True):
        facts = load_codes().get(line.code)
        untimed = facts is not None and not facts.timed and line.code not in by_minutes
        lines.append(
            _row(
                f"{line.code} {' '.join(line.modifiers)}",
                "untimed" if untimed else _minutes(minutes),
                _units(line.units),
                (
                    line.allowed,
                    line.mppr_reduction,
                    line.medicare_pays,
                    line.patient_responsibility,
                ),
                _KX[line.kx],
            )
        )
    for discipline, code, given in day.not_billed:
        plan = "" if discipline is None else f" {plan_modifiers()[discipline]}"
        lines.append(f"  {code + plan:<18}{_minutes(given):>8} {_units(0):>8}")
    totals = (day.allowed, day.mppr_reduction, day.medicare_pays, day.patient_responsibility)
    timed, units, treated = "", "", ""
    if day.allocations:
        timed = _minutes(sum(allocation.timed_minutes for allocation in day.allocations))
        units = _units(sum(allocation.total_units for allocation in day.allocations))
        minutes = sum(allocation.treatment_minutes for allocation in day.allocations)
        treated = f"minutes and units: timed only; {minutes} treatment minutes in all"
    lines.append(_row("total", timed, units, totals, treated if day.complete else f"* {treated}"))
    lines += dict.fromkeys(f"  * {line.unpriced}" for line in day.lines if line.unpriced)
    lines += [f"  {line.denial_in_words}." for line in day.lines if line.denied_for]
    lines += [f"  {cost.sentence[0].upper()}{cost.sentence[1:]}." for cost in day.caps]
    if day.paid_at_cost:
        lines.append("  Medicare pays at cost. The amounts only count toward the annual threshold.")
    if day.medicare_pays_range is not None:
        least, most = day.medicare_pays_range
        lines.append(
            f"  Medicare may pay ${least:,} to ${most:,}, depending on which line takes the deductible."
        )
    for state in day.thresholds:
        above = "; above the threshold" if state.beyond else ""
        review = "; Medicare may review the claims" if state.may_be_reviewed else ""
        lines.append(
            f"  {state.bucket.value}: ${state.after} of the ${state.threshold} threshold this year"
            f"{above}{review}."
        )
    if day.kx_suggested:
        codes = ", ".join(line.code for line in day.kx_suggested)
        lines.append(
            f"  KX suggested for {codes}: attest KX if the record shows medical necessity."
        )
    lines += [f"  {each}" for allocation in day.allocations for each in _unit_remarks(allocation)]
    if skipped_lines:
        left_out = ", ".join(map(str, skipped_lines))
        noun, verb = ("line", "was") if len(skipped_lines) == 1 else ("lines", "were")
        lines.append(f"  Incomplete: {noun} {left_out} of the log {verb} left out.")
    if explanation is not None:
        lines += [f"    {line}" for line in str(explanation).splitlines()]
    return "\n".join(lines)


def _unit_remarks(allocation: Allocation) -> list[str]:
    remarks = []
    if allocation.tied:
        splits = [
            ", ".join(f"{code} x{units}" for code, units in split.items())
            for split in allocation.admissible
        ]
        others = splits[1:_MOST_SPLITS]
        if len(splits) > _MOST_SPLITS:
            others.append(f"{len(splits) - _MOST_SPLITS} more splits")
        remarks.append(f"Tie: {splits[0]} was chosen; also legal: {'; or '.join(others)}.")
    if allocation.capped_units:
        cuts = Counter(cut.code for cut in allocation.capped_units)
        removed = ", ".join(f"{counted(count, 'unit')} of {code}" for code, count in cuts.items())
        before = counted(sum(allocation.uncapped_split), "unit")
        remarks.append(f"Capped from {before}: the cap removed {removed}.")
    for pool in allocation.disciplines:
        remarks += [
            f"{code}: documented {times} times, billed once a day." for code, times in pool.repeats
        ]
    remarks += [f"{each.sentence}: {each.reason}." for each in allocation.unbilled]
    if allocation.floored_seconds:
        seconds = counted(allocation.floored_seconds, "second")
        remarks.append(f"Not counted: {seconds} left over after whole minutes.")
    return remarks


_KX = {
    KxState.NOT_NEEDED: "",
    KxState.SUGGESTED: "suggested",
    KxState.NOT_CLAIMED: "not claimed",
    KxState.APPLIED: "applied",
    KxState.UNKNOWN: "?",
}
_COLUMNS = ("allowed", "MPPR", "Medicare", "patient")
_HEAD = f"  {'':<18}{'':>8} {'':>8}" + "".join(f"{name:>10}" for name in _COLUMNS) + "  KX"


def _row(name: str, minutes: str, units: str, amounts: tuple[Usd | None, ...], remark: str) -> str:
    cells = "".join(f"{'?' if amount is None else f'{amount:,}':>10}" for amount in amounts)
    return f"  {name:<18}{minutes:>8} {units:>8}{cells}  {remark}".rstrip()


def _minutes(count: int | None) -> str:
    return "" if count is None else f"{count} min"


def _units(count: int) -> str:
    return counted(count, "unit")


class FindingsText:
    """Findings as text. Each source is printed once, with the first finding that cites it."""

    def __init__(self) -> None:
        self._shown: set[Source] = set()

    def finding(self, finding: Finding) -> list[str]:
        """Return one finding as lines of text. Claim lines are counted from 1."""
        entries = f", {', '.join(finding.entries)}" if finding.entries else ""
        stake = "" if finding.at_stake is None else f"${finding.at_stake:,} at stake"
        sources = [source for source in finding.citation if source not in self._shown]
        self._shown.update(sources)
        return [
            f"{finding.severity.value.upper():<7} {finding.message:<72}  {stake}".rstrip(),
            *([f"        At: {finding.path}"] if finding.path else []),
            *([f"        {finding.detail}"] if finding.detail else []),
            f"        Fix: {finding.action}",
            f"        Rule: {finding.rule.id}{_claim_lines(finding.lines)}{entries}",
            *(f"        Source: {source}" for source in sources),
        ]

    def day(self, heading: str, found: Findings, skipped_lines: Sequence[int] = ()) -> str:
        """
        Return the findings under a heading, or an empty string if there is nothing to show.

        Args:
            heading: The patient, date, and payer, or another heading.
            found: The findings.
            skipped_lines: Line numbers of the log that belong under the heading and could not be read.
        """
        lines = [line for finding in found for line in self.finding(finding)]
        denials = sum(finding.severity is Severity.DENY for finding in found)
        if found.at_stake and denials > 1:
            lines.append(f"${found.at_stake:,} at stake for the day, each dollar counted once")
        if skipped_lines:
            noun = "line" if len(skipped_lines) == 1 else "lines"
            listed = ", ".join(map(str, skipped_lines))
            lines.append(f"Incomplete: {noun} {listed} of the log could not be read.")
        if not lines:
            return ""
        return "\n".join([heading, *(f"  {line}" for line in lines)]) + "\n\n"


def _claim_lines(lines: Sequence[int]) -> str:
    """Return which claim lines a finding is about, counted from 1."""
    if not lines:
        return ""
    noun = "line" if len(lines) == 1 else "lines"
    return f", {noun} {', '.join(str(index + 1) for index in lines)} of the claim"


def gaps_text(gaps: Iterable[Gap], schedule: Findings) -> str:
    """
    Return what could not be checked, one line per reason.

    Args:
        gaps: The rules that could not be checked on the days.
        schedule: The findings about the schedule of all days.
    """
    by_reason: dict[tuple[str, tuple[str, ...], str], list[str]] = {}
    for gap in gaps:
        where = f"for {gap.days} of {counted(gap.of_days, 'day')}"
        why = gap.remark + ("; there were other reasons as well" if gap.varies else "")
        by_reason.setdefault((where, gap.about, why), []).append(gap.rule.id)
    lines = [_not_checked(rules, *reason) for reason, rules in by_reason.items()]
    for reason in open_reasons(schedule.unanswered):
        where = "in the schedule"
        lines.append(_not_checked(reason.rules, where, reason.about, reason.remark))
    return "".join(lines)


def _not_checked(rules: Sequence[str], where: str, about: Sequence[str], why: str) -> str:
    verb = "was" if len(rules) == 1 else "were"
    codes = ", ".join(about[:_MOST_CODES])
    if len(about) > _MOST_CODES:
        codes += f", and {len(about) - _MOST_CODES} more"
    if codes:
        where += f" ({codes})"
    return f"{named_briefly(rules, 'rules')} {verb} not checked {where}: {why}.\n"


class CheckedLogText:
    """
    The findings of a log as text, one day at a time. Only counts and remarks are kept.

    Args:
        severity: The lowest severity to show.
    """

    def __init__(self, severity: Severity | str) -> None:
        self._severity = severity
        self._shown = FindingsText()
        self._counts: Counter[str] = Counter()
        self._hidden = 0
        self._days = 0
        self._remarks = Remarks()

    def day(self, checked: CheckedDay) -> str:
        """Return the text of a day; an empty string if there is nothing to show."""
        self._days += 1
        self._remarks.add(checked.priced.payer, checked.priced.remarks)
        day = checked.day
        heading = f"{printable(day.patient)}  {day.date_of_service}  {checked.priced.payer}"
        return self._part(heading, checked.findings, day.skipped_lines)

    def whole(self, days: Iterable[str], schedule: Findings, gaps: Iterable[Gap]) -> Iterator[str]:
        """
        Yield the text of the log.

        Args:
            days: The texts of the days, in pieces of any length.
            schedule: The findings about the schedule of all days.
            gaps: The rules that could not be checked.
        """
        yield from days
        yield self._part("Schedule of all patients", schedule, ())
        totals = ", ".join(f"{self._counts[each.value]} {each.value}" for each in Severity)
        if self._hidden:
            totals += f" ({self._hidden} not shown because of --severity {self._severity})"
        yield gaps_text(gaps, schedule) + remarks_text(self._remarks)
        yield f"{data_text(schedule.data)}\n"
        yield f"{counted(self._days, 'patient-day')} checked: {totals}.\n"

    def _part(self, heading: str, found: Findings, skipped_lines: Sequence[int]) -> str:
        to_show = found.at_least(self._severity)
        self._counts.update(finding.severity.value for finding in found)
        self._hidden += len(found) - len(to_show)
        return self._shown.day(heading, to_show, skipped_lines)


def totals_text(totals: LogTotals) -> str:
    """Return the totals of a log as lines of text."""
    tied = f"{counted(totals.tied_days, 'day')} {'has' if totals.tied_days == 1 else 'have'} a tie to decide"
    text = (
        f"{counted(totals.days, 'patient-day')}: {counted(totals.timed_units, 'timed unit')}, "
        f"{counted(totals.untimed_units, 'untimed unit')}{f'. {tied}' if totals.tied_days else ''}.\n"
    )
    text += "".join(f"{payer}: {_sums(sums)}.\n" for payer, sums in totals.payers.items())
    if totals.kx_lines:
        text += (
            f"Above the annual threshold without KX: {counted(totals.kx_lines, 'claim line')}.\n"
        )
    text += "".join(f"Fee schedule: {fees}.\n" for fees in totals.fees)
    return f"{text}{remarks_text(totals.remarks)}{data_text(data_version())}\n"


def _sums(sums: PayerTotals) -> str:
    if sums.allowed is None:
        return "no amounts"
    text = f"${sums.allowed:,} allowed"
    if sums.unpriced_lines:
        text += f", not counting {counted(sums.unpriced_lines, 'claim line')} without a price"
    if sums.shared:
        shared = f"${sums.shared:,}"
        if sums.shared != sums.allowed:
            shared = f"the {shared} with known shares"
        text += (
            f". Of {shared}, Medicare pays ${sums.medicare_pays:,} and patients owe "
            f"${sums.patient_responsibility:,}"
        )
    return text


def remarks_text(remarks: Remarks) -> str:
    """Return each remark on its own line, with its payers unless it applies to all payers of the log."""
    text = ""
    for remark, payers in remarks.by_remark.items():
        of_payers = "" if len(payers) == len(remarks.payers) else f" ({', '.join(payers)})"
        text += f"Remark{of_payers}: {remark}.\n"
    return text


def _findings(record: Findings) -> str:
    text = FindingsText()
    lines = [line for finding in record.found for line in text.finding(finding)]
    open_checks = map(str, open_reasons(record.unanswered))
    return "\n".join([*lines, *open_checks, record.summary, *_of_packs(record)])


def _explanation(record: Explanation) -> str:
    lines = []
    shown: dict[Rule | Source, int] = {}
    for number, step in enumerate(record.steps, start=1):
        lines.append(f"{number}. {step.outcome}")
        since = f" (since {step.rule.effective_from})" if step.rule.effective_from else ""
        statement = f". {step.rule.statement}" if step.rule not in shown else ""
        lines.append(f"   Rule: {step.rule.id}{since}{statement}")
        shown.setdefault(step.rule, number)
        for source in step.sources:
            first = shown.setdefault(source, number)
            short = f"{source.title} ({source.verified.value}), as in step {first}"
            lines.append(f"   Source: {source if first == number else short}")
    return "\n".join([*lines, *_of_packs(record)])


def _of_packs(record: Findings | Explanation) -> list[str]:
    """Return what data packs assume, and the packs that a result rests on. No line without packs."""
    assumed = [f"Assumed: {each}." for each in record.assumptions]
    return [*assumed, data_text(record.data)] if record.data.packs else assumed


def data_text(data: DataVersion) -> str:
    """Return the version of the library, and the data packs."""
    return f"Data: {data}."


def _letter(record: Letter) -> str:
    facts = ". ".join(f"{name}: {value}" for name, value in record.facts)
    lines = [record.title, f"{facts}.", *_columns(record.table())]
    for section in record.sections:
        lines += ["", section.heading]
        lines += [line for each in section.statements for line in _wrapped(str(each), "- ")]
    lines += ["", *_wrapped(f"Conclusion: {record.conclusion}")]
    if record.assumptions:
        lines += _wrapped(f"Assumed: {' '.join(record.assumptions)}")
    if record.citations:
        lines += ["", "Sources"]
    for number, citation in enumerate(record.citations, start=1):
        lines += _wrapped(_cited(citation), f"[{number}] ")
    lines += ["", "Appendix"]
    for number, citation in enumerate(record.appendix, start=1):
        lines += _wrapped(_cited(citation, f"{citation.how_checked}."), f"[A{number}] ")
    lines += [line for detail in record.details for line in _wrapped(detail, "- ")]
    return "\n".join(map(printable, [*lines, data_text(record.data)]))


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _wrapped(text: str, mark: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _LETTER_WIDTH,
        initial_indent=mark,
        subsequent_indent=" " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _cited(citation: LetterCitation, how_checked: str = "") -> str:
    return " ".join(filter(None, (f"{citation.titles}.", how_checked, citation.url)))


def _fee_table(record: FeeTable) -> str:
    rows = [
        f"{price.code}  {price.amount:>9}  {amount_after_mppr(price):>10}"
        for price in record.prices
    ]
    return "\n".join([record.name, f"{'code':<5}  {'per unit':>9}  {'after MPPR':>10}", *rows])


def _suggestion(record: CodeSuggestion) -> str:
    lines = [record.statement]
    for ranked in record.ranked:
        if ranked.reasons_for or ranked.reasons_against:
            lines.append(f"{ranked.code}: {ranked.score}")
        lines += [f"  for: {reason}" for reason in ranked.reasons_for]
        lines += [f"  against: {reason}" for reason in ranked.reasons_against]
    lines += [f"Warning: {warning}" for warning in record.warnings]
    return "\n".join(lines)


def _comparison(record: Comparison) -> str:
    names = f"{record.first.payer} {record.first.total_units}, {record.second.payer}"
    changed = ", ".join(f"{code} {by:+d}" for code, by in record.difference.items() if by)
    return f"{names} {record.second.total_units} units; {changed or 'no difference'}"


def _payer_comparison(record: PayerComparison) -> str:
    head = f"{record.first.payer} -> {record.second.payer}, {record.first.claim.date_of_service}"
    rows = [
        f"  {what} {name}: {first} -> {second}{by}"
        for what, name, first, second, by in record.rows()
    ]
    return "\n".join([head, *(rows or ["  no difference"])])


_DISPLAYS: Mapping[str, Callable[[Any], str]] = {
    "Findings": _findings,
    "Explanation": _explanation,
    "Letter": _letter,
    "FeeTable": _fee_table,
    "CodeSuggestion": _suggestion,
    "Comparison": _comparison,
    "PayerComparison": _payer_comparison,
}
"""Display functions by type name, so that showing one type of record does not import the modules of the others."""


def display(record: object) -> str:
    """
    Return *record* as text.

    Raises:
        TypeError: If the record has no text display.
    """
    name = type(record).__name__
    if name not in _DISPLAYS:
        raise TypeError(name)
    return _DISPLAYS[name](record)
