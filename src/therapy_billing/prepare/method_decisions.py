"""A payer about which no source says how it counts units."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from therapy_billing.findings.report import rule_of
from therapy_billing.payers.methods import UnitMethod
from therapy_billing.payers.payer_argument import policy_of
from therapy_billing.prepare.open_decisions import OpenDecision, OpenOption
from therapy_billing.prepare.records import DecisionKind, DecisionMaker, DecisionScope
from therapy_billing.prepare.visit_inputs import VisitInputs

__all__ = ["method_decisions"]


def method_decisions(visit: VisitInputs) -> Iterator[OpenDecision]:
    """Yield a decision if it is not known how the payer counts units. It has no default."""
    if visit.policy.counting.method is not None:
        return
    _, name = policy_of(visit.payer, visit.date_of_service)
    yield OpenDecision(
        kind=DecisionKind.UNIT_METHOD,
        subject=(),
        day=visit.date_of_service,
        question=f"How does {name} count units?",
        answered_by=DecisionMaker.BILLER,
        scope=DecisionScope.PAYER_YEAR,
        options=tuple(
            OpenOption(
                method.value,
                f"The payer {_IN_WORDS[method]}.",
                partial(_count_by, method),
                "The payer, or its contract, names this method.",
            )
            for method in UnitMethod
        ),
        has_default=False,
        facts=(f"no source in the library's data says how {name} counts units",),
        rule=rule_of("payer-method"),
    )


def _count_by(method: UnitMethod, visit: VisitInputs) -> VisitInputs:
    return visit.with_policy(visit.policy.with_changes(method=method))


_IN_WORDS = {
    UnitMethod.CMS_EIGHT_MINUTE: "adds up the minutes of all timed codes, as Medicare does (eight-minute rule)",
    UnitMethod.CPT_MIDPOINT: "counts each code separately, and 8 of 15 minutes make a unit (midpoint)",
    UnitMethod.STARTED_QUARTER: "counts each code separately, and each started 15 minutes make a unit",
    UnitMethod.FULL_QUARTER: "counts each code separately, and only full 15 minutes make a unit",
}
