"""Check the service lines of the claims: numbers, codes, modifiers, and pointers."""

from __future__ import annotations

import re

from therapy_billing.base.wording import counted
from therapy_billing.checks.submission_rules import repeats
from therapy_billing.checks.submitted_claims import (
    CODE_FORM,
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
    records_of,
    shown_code,
)
from therapy_billing.claims.coverage import LinePayment
from therapy_billing.claims.professional_claim import ServiceLine
from therapy_billing.codes.code_book import TherapyClass, load_codes
from therapy_billing.codes.modifiers import plan_modifiers

__all__ = [
    "check_code_form",
    "check_duplicate_lines",
    "check_line_count",
    "check_line_numbers",
    "check_modifier_count",
    "check_modifier_repeated",
    "check_plan_modifier",
    "check_pointers",
]

_MOST_LINES = 50
_MOST_MODIFIERS = 4
_MOST_POINTERS = 4
_LONGEST_LINE_NUMBER = 30
_MODIFIER = re.compile(r"[A-Z0-9]{2}")


def check_line_count(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a claim has a line, and no more lines than the file format and the payer accept."""
    for claim in submitted.claims:
        count, path = len(claim.lines), claim.at("lines")
        rules = claim.payer_rules(report)
        most = None if rules is None else rules.lines_per_claim
        if rules is not None and most is None:
            claim.not_stated(report, "how many lines the payer accepts")
        if not count:
            report.deny(path, "the claim has no line", "add a service line.")
        elif count > _MOST_LINES:
            report.deny(
                path,
                f"the claim has {counted(count, 'line')}; a file has room for {_MOST_LINES}",
                "split the claim.",
            )
        elif most is not None and count > most:
            report.deny(
                path,
                f"the claim has {counted(count, 'line')}; the payer accepts {most}",
                "split the claim.",
            )


def check_line_numbers(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each line has a number of its own, of up to 30 characters."""
    for claim in submitted.claims:
        for path, line in claim.lines:
            if line.line_number is None:
                report.review(
                    f"{path}.line_number",
                    "the line number is missing",
                    "add one: the payer's answers repeat it, so they can be matched.",
                )
            elif len(line.line_number) > _LONGEST_LINE_NUMBER:
                report.deny(
                    f"{path}.line_number",
                    f"the line number has {len(line.line_number)} characters",
                    f"use up to {_LONGEST_LINE_NUMBER}.",
                )
        for index in repeats(line.line_number for _, line in claim.lines):
            report.deny(
                claim.at(f"lines[{index}].line_number"),
                "another line has the same line number",
                "give each line a number of its own.",
            )


def check_code_form(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each line has a code of five characters, and modifiers of two."""
    for path, coded in records_of(submitted.records, ServiceLine, LinePayment):
        if coded.code is None:
            report.deny(f"{path}.code", "the code is missing", "add the code.")
        elif not CODE_FORM.fullmatch(coded.code):
            report.deny(
                f"{path}.code",
                "the code does not have the form of a code",
                "use a code such as 97110.",
            )
        for index, modifier in enumerate(coded.modifiers):
            if not _MODIFIER.fullmatch(modifier):
                report.deny(
                    f"{path}.modifiers[{index}]",
                    "the modifier is not two letters and digits",
                    "use a modifier such as GP.",
                )


def check_modifier_count(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no line has more than four modifiers."""
    for path, coded in records_of(submitted.records, ServiceLine, LinePayment):
        count = len(coded.modifiers)
        if count > _MOST_MODIFIERS:
            report.deny(
                f"{path}.modifiers",
                f"{shown_code(coded.code)} has {count} modifiers; a line has room for four",
                "leave out a modifier that only gives information.",
                code=coded.code,
            )
    for remark in submitted.remarks or ():
        if remark.kind == "fifth-modifier":
            report.deny(
                remark.place,
                remark.message,
                "leave out a modifier that only gives information.",
            )


def check_modifier_repeated(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that no line has a modifier twice."""
    for path, coded in records_of(submitted.records, ServiceLine, LinePayment):
        for index in repeats(coded.modifiers):
            modifier = coded.modifiers[index]
            shown = modifier if _MODIFIER.fullmatch(modifier) else "a modifier"
            report.deny(
                f"{path}.modifiers[{index}]",
                f"{shown_code(coded.code)} has {shown} twice",
                "keep the modifier once.",
                code=coded.code,
            )


def check_plan_modifier(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """
    Check that each line of an always-therapy code has GP, GO, or GN, if the payer follows Medicare's codes.

    A line is under one plan of care, so more than one of them is odd for any payer.
    """
    plans = frozenset(plan_modifiers().values())
    for claim in submitted.claims:
        for path, line in claim.lines:
            if len(plans.intersection(line.modifiers)) > 1:
                report.review(
                    f"{path}.modifiers",
                    f"{shown_code(line.code)} has more than one of GP, GO, and GN",
                    "keep the modifier of the plan of care.",
                    code=line.code,
                )
            facts = load_codes().get(line.code or "")
            is_therapy = facts is not None and facts.therapy_class is TherapyClass.ALWAYS
            if not is_therapy or not plans.isdisjoint(line.modifiers):
                continue
            if claim.policy is None:
                report.leave_open(*claim.why, claim.path)
            elif not claim.policy.counting.medicare_codes:
                claim.not_stated(report, "whether the payer wants GP, GO, or GN")
            else:
                report.deny(
                    f"{path}.modifiers",
                    f"{line.code} has no GP, GO, or GN",
                    "add the modifier of the plan of care.",
                    code=line.code,
                )


def check_pointers(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each line points to one to four diagnoses of the claim, each once."""
    for claim in submitted.claims:
        for path, line in claim.lines:
            _check_pointers(claim, f"{path}.pointers", line, report)


def _check_pointers(
    claim: SubmittedClaim, path: str, line: ServiceLine, report: SubmissionReport
) -> None:
    most = len(claim.header.diagnoses)
    if not line.pointers:
        report.deny(path, "the line points to no diagnosis", "add a pointer, such as 1.")
    if len(line.pointers) > _MOST_POINTERS:
        report.deny(
            path,
            f"the line has {len(line.pointers)} pointers; it has room for four",
            "keep the four that matter most.",
        )
    again = repeats(line.pointers)
    for index, pointer in enumerate(line.pointers):
        if not 1 <= pointer <= most:
            report.deny(
                f"{path}[{index}]",
                f"the line points to diagnosis {pointer}; the claim has {most}",
                "point to a diagnosis of the claim, counted from 1.",
            )
        elif index in again:
            report.deny(
                f"{path}[{index}]",
                f"the line points to diagnosis {pointer} twice",
                "point to each diagnosis once.",
            )


def check_duplicate_lines(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Find lines of a claim with the same code, modifiers, and dates. Medicare denies them as duplicates."""
    for claim in submitted.claims:
        keys = [
            (line.code, tuple(sorted(line.modifiers)), line.date_of_service, line.through)
            for _, line in claim.lines
        ]
        for index in repeats(keys):
            path, line = claim.lines[index]
            if line.code is None:
                continue
            add = report.deny if claim.is_medicare else report.review
            add(
                path,
                f"another line has {shown_code(line.code)} with the same modifiers on the same date",
                "add the units together on one line, or add the modifier that distinguishes them.",
                code=line.code,
            )
