"""Codes that the note does not support."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.records import Finding, Severity
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption, unchanged
from therapy_billing.prepare.records import DecisionKind, DecisionMaker
from therapy_billing.prepare.visit_inputs import VisitInputs

__all__ = ["note_decisions"]

_NOT_NAMED = "note-intervention"
_MINUTES = "note-minutes"
_OTHER_CODES = re.compile(r"^for [0-9A-Z, ]+, |:? (for )?[0-9A-Z]{5}(, [0-9A-Z]{5})*$")
"""The codes in the message of a finding. A fact about one code does not name the others."""
_OF_CODES = (_NOT_NAMED, "note-elements-")


def note_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision for each billed code that the notes of its discipline do not support."""
    for plan in dict.fromkeys(note.discipline for note in visit.notes):
        by_code: dict[str, list[Finding]] = {}
        billed = set(visit.codes_of(plan))
        for finding in visit.records_of(plan) if billed else ():
            if finding.severity is not Severity.INFO and finding.rule.id.startswith(_OF_CODES):
                for code in billed.intersection(finding.codes):
                    by_code.setdefault(code, []).append(finding)
        for code in sorted(by_code):
            yield _decision(visit, plan, code, by_code[code])


def _decision(
    visit: VisitInputs, plan: Discipline, code: str, found: Sequence[Finding]
) -> OpenDecision:
    question = f"{plan.value}: the note does not fully support {code}. Is it billed?"
    settles = dict.fromkeys(each.rule.id for each in found)
    if _NOT_NAMED in settles:
        question = f"{plan.value}: {code} is not in the note. Is it billed?"
        # The note has no minutes for a code that it does not name.
        settles |= {_MINUTES: None}
    return OpenDecision(
        kind=DecisionKind.NOTE,
        subject=(plan.value, code),
        day=visit.date_of_service,
        question=question,
        answered_by=DecisionMaker.CLINICIAN,
        options=(
            OpenOption("bill", f"Bill {code} as the session documents it.", unchanged),
            OpenOption(
                f"without-{code}", f"Leave {code} off the claim.", partial(_leave_off, plan, code)
            ),
        ),
        facts=tuple(dict.fromkeys(_OTHER_CODES.sub("", each.message) for each in found)),
        rule=found[0].rule,
        figures=tuple(dict.fromkeys(source for each in found for source in each.citation)),
        discipline=plan,
        codes=(code,),
        settles=tuple(settles),
    )


def _leave_off(plan: Discipline, code: str, visit: VisitInputs) -> VisitInputs:
    return visit.without(plan, (code,))
