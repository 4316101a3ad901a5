"""The findings of a log as text for a person: a part a patient-day, and what no data could answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from therapy_billing.findings.records import CheckAnswer, Findings, Severity, finding_lines
from therapy_billing.law.sources import Source

__all__ = ["findings_text", "unanswered_text"]


def findings_text(
    heading: str, found: Findings, told: set[Source], lines_left_out: Sequence[int] = ()
) -> str:
    """
    Return findings under a heading; empty where there is none.

    Args:
        heading: What they are about.
        found: The findings.
        told: The sources that the reader has seen; those told now join them.
        lines_left_out: Lines of the log that belong to it and could not be read.
    """
    lines = [line for finding in found for line in finding_lines(finding, told)]
    denials = sum(finding.severity is Severity.DENY for finding in found)
    if found.at_stake and denials > 1:
        lines.append(f"at stake of the day: ${found.at_stake:,}, each dollar counted once")
    if lines_left_out:
        lines.append(
            f"not whole: line {', '.join(map(str, lines_left_out))} of the log was left out"
        )
    if not lines:
        return ""
    return "\n".join([heading, *(f"  {line}" for line in lines)]) + "\n\n"


def unanswered_text(answers: Iterable[CheckAnswer]) -> str:
    """Return what no data could answer: a line a rule, with the codes of all days and what to give."""
    of_rule: dict[tuple[str, str], list[CheckAnswer]] = {}
    for answer in answers:
        of_rule.setdefault((answer.answer.value, answer.rule.id), []).append(answer)
    text = ""
    for (kind, rule), given in of_rule.items():
        about = ", ".join(dict.fromkeys(name for answer in given for name in answer.about))
        remarks = tuple(dict.fromkeys(answer.remark for answer in given))
        more = f"; and {len(remarks) - 1} more, see the days" if len(remarks) > 1 else ""
        text += f"{kind}: {rule}{f' {about}' if about else ''}; {remarks[0]}{more}\n"
    return text
