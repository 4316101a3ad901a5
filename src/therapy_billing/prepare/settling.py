"""Which findings a decision settles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from therapy_billing.claims.records import Claim
from therapy_billing.codes.roles import Discipline
from therapy_billing.findings.records import Finding

__all__ = ["settled"]


class _Settling(Protocol):
    """A decision, priced or not."""

    @property
    def codes(self) -> tuple[str, ...]: ...
    @property
    def discipline(self) -> Discipline | None: ...
    @property
    def settles(self) -> tuple[str, ...]: ...


def settled(finding: Finding, decisions: Iterable[_Settling], claim: Claim | None = None) -> bool:
    """
    Return whether *decisions* settle the finding: they name its rule, and together all of its codes.

    With the *claim* of the finding, a decision about one discipline does not settle a finding about the lines of another.
    """
    plans = set() if claim is None else {claim.lines[index].discipline for index in finding.lines}
    own = [
        decision
        for decision in decisions
        if finding.rule.id in decision.settles
        and (not plans or decision.discipline is None or decision.discipline in plans)
    ]
    codes = {code for decision in own for code in decision.codes}
    return bool(own) and codes.issuperset(finding.codes)
