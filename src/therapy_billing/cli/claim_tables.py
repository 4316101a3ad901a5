"""Show the findings about the claims of a log, and what a submission contains, as text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from therapy_billing.base.money import total
from therapy_billing.base.wording import counted
from therapy_billing.claims.submission import Submission
from therapy_billing.findings.records import Finding, Findings

__all__ = ["contents_text", "findings_table"]

_CLAIM = re.compile(r"claims\[([0-9]+)\]")
_MOST_LINES = 3


def findings_table(findings: Findings, log_lines: Sequence[int]) -> str:
    """
    Return the findings, each with its path, the lines of the log, and how to fix it.

    The same finding about several claims is shown once, with the path in the first claim.

    Args:
        findings: The findings about a submission.
        log_lines: For each claim, its first line in the log.
    """
    same: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        path = _CLAIM.sub("", finding.path)
        key = (path, finding.severity.value, finding.rule.id, finding.message, finding.action)
        same.setdefault(key, []).append(finding)
    rows = [(group[0], _lines_of(group, log_lines)) for group in same.values()]
    path_width = max((len(each.path) for each, _ in rows), default=0)
    line_width = max((len(lines) for _, lines in rows), default=0)
    return "".join(
        f"{each.severity.value.upper():<7} {each.path:<{path_width}}  {lines:<{line_width}}  {each.message}\n"
        f"        Fix: {each.action} Rule: {each.rule.id}\n"
        for each, lines in rows
    )


def _lines_of(group: Sequence[Finding], log_lines: Sequence[int]) -> str:
    """Return the lines of the log that the same finding is about, as text."""
    numbers = [
        str(log_lines[int(claim[1])]) for each in group if (claim := _CLAIM.match(each.path))
    ]
    if len(numbers) <= 1:
        return "".join(f"line {number}" for number in numbers)
    more = len(numbers) - _MOST_LINES
    return f"lines {', '.join(numbers[:_MOST_LINES])}" + (f" and {more} more" if more > 0 else "")


def contents_text(submission: Submission) -> str:
    """Return how many claims and lines a submission has, and the sum of their charges."""
    lines = [line for claim in submission.claims for line in claim.lines]
    charged = total(line.charge for line in lines if line.charge is not None)
    return f"{counted(len(submission.claims), 'claim')}, {counted(len(lines), 'line')}, ${charged:,} charged"
