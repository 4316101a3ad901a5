"""The record of a patient's day that claim checks read, and the report that each check builds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT, ZERO, Usd
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.records import Claim, ClaimLine, with_units
from therapy_billing.codes.code_book import CodeFacts, load_codes
from therapy_billing.codes.period_codes import EarlierCode
from therapy_billing.codes.roles import Clinician, Discipline, Setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.records import Answer, Finding, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, EditState
from therapy_billing.payers.policy import EditProgram, Policy, TiePolicy, without_refusals
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.day import price_day
from therapy_billing.pricing.records import PricedDay
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.allocator import allocate_units
from therapy_billing.visits.sessions import Session

__all__ = ["NO_KX", "ClaimReport", "ClaimedDay", "Denied", "is_timed"]

NO_KX = "the payer has no annual threshold"
"""Why the KX rules do not apply to a payer."""
_NOT_IN_EDITS = "the edits in the data are for therapy codes only"


class Denied(NamedTuple):
    """
    Units of a claim that are not paid if nothing is done.

    Args:
        lines: Indexes of the claim lines with these units, from 0.
        units: How many units are not paid, for all of these lines together.
    """

    lines: tuple[int, ...]
    units: int


@attrs.frozen(slots=False)
class ClaimedDay:
    """
    Everything that a claim check can use.

    A check of your own is called with a ``ClaimedDay`` and calls :meth:`report` to start its report. ``lines``
    contains the lines of all claims of the day, with the modifiers for attested distinct services added.
    ``final_lines`` contains the same lines, with KX added to those that need it and for which it was attested.
    Findings refer to a line by its index, which is the same in ``lines`` and ``final_lines``.
    """

    date_of_service: date
    lines: tuple[ClaimLine, ...]
    policy: Policy
    sessions: tuple[Session, ...]
    given_edits: Edits | None
    edit_setting: EditSetting
    fees: FeeSchedule | None
    accumulators: Accumulators | None
    kx_attested: Iterable[Attestation]
    setting: Setting
    unused_attestations: tuple[tuple[str, str], ...]
    counted_by: str
    """The payer that the units were counted for, if its policy differs from ``policy``; otherwise empty."""
    earlier: tuple[Claim, ...] | None = None
    """The patient's earlier claims; None if they are not known."""

    def report(self, rule: Rule | str) -> ClaimReport:
        """
        Return an empty report on *rule*.

        Args:
            rule: A :class:`~therapy_billing.Rule` of your own, or the id of one of the library's rules.
        """
        return ClaimReport(rule, self)

    @cached_property
    def edits(self) -> Edits:
        """The caller's edits, or the library's edits if the caller gave none."""
        return Edits.bundled() if self.given_edits is None else self.given_edits

    @property
    def parameters(self) -> Parameters:
        """The numbers that the law sets: those of the fee schedule, or the library's if there are no fees."""
        return BUNDLED if self.fees is None else self.fees.parameters

    @cached_property
    def either_column(self) -> bool:
        """Whether 59 or an X modifier counts on either code of a pair. If not, it counts only on the column 2 code."""
        return self.parameters.count("ncci_modifier_columns", self.date_of_service) > 1

    @property
    def lacks_edits(self) -> bool:
        """Whether the payer needs Medicaid's edits and the caller gave no edits."""
        return self.policy.modifiers.edits is EditProgram.NCCI_MEDICAID and self.given_edits is None

    @cached_property
    def priced(self) -> PricedDay | None:
        """The day as billed, in dollars; None without fees."""
        return None if self.fees is None else self.price(self.lines)

    @property
    def final_lines(self) -> tuple[ClaimLine, ...]:
        """The lines as they are submitted: with KX if it is needed and attested."""
        if self.priced is None:
            return self.lines
        return tuple(line.claim_line for line in self.priced.lines)

    @cached_property
    def line_indexes(self) -> Mapping[str, tuple[int, ...]]:
        """The indexes of the lines of each code."""
        indexes: dict[str, list[int]] = {}
        for index, line in enumerate(self.lines):
            indexes.setdefault(line.code, []).append(index)
        return {code: tuple(found) for code, found in indexes.items()}

    @cached_property
    def earlier_codes(self) -> tuple[EarlierCode, ...]:
        """The codes of the earlier claims, each with its date of service; empty if the claims are not known."""
        return tuple(
            (line.code, claim.date_of_service)
            for claim in self.earlier or ()
            for line in claim.lines
        )

    @cached_property
    def counted(self) -> Allocation:
        """The units that the sessions make, with every legal split. Fees do not decide ties."""
        return allocate_units(self.sessions, _without_fees(self.policy))

    @cached_property
    def uncapped(self) -> Allocation:
        """The units that the minutes of the sessions make, before any cap."""
        if not self.policy.counting.capped:
            return self.counted
        free = attrs.evolve(self.policy, counting=self.policy.counting.without_caps())
        return attrs.evolve(self, policy=free).counted

    @cached_property
    def documented(self) -> Allocation:
        """The units that all documented minutes make, before any cap, no matter who furnished the services."""
        if not self.uncapped.unbilled:
            return self.uncapped
        by_therapists = tuple(
            attrs.evolve(
                session,
                services=[
                    attrs.evolve(service, clinician=Clinician.THERAPIST)
                    for service in session.services
                ],
            )
            for session in self.sessions
        )
        try:
            return attrs.evolve(self, sessions=by_therapists).uncapped
        except InvalidInputError:
            # An unbilled add-on code is documented without its first code, so all minutes together cannot be counted.
            return self.uncapped

    def price(self, lines: Sequence[ClaimLine]) -> PricedDay | None:
        """Price *lines*. Returns None without fees."""
        if self.fees is None:
            return None
        return price_day(
            Claim(self.date_of_service, lines, setting=self.setting),
            self.policy,
            self.fees,
            self.accumulators,
            attestations=self.kx_attested,
        )

    def facts(self, code: str) -> CodeFacts | None:
        """Return the facts for *code*; None if the library does not have this code."""
        return load_codes().get(code)

    def units_at(self, indexes: Iterable[int]) -> int:
        """Return the total units of the lines with these indexes."""
        return sum(self.lines[index].units for index in indexes)

    def stake(self, *denials: Denied) -> Usd | None:
        """
        Return the allowed dollars that are lost if the units of *denials* are not paid.

        A denial may take only some units of its lines. Units that another denial also takes are lost first,
        then the units with the lowest allowed amount. Returns None without fees, or if a denied line has no
        price.
        """
        taken = dict.fromkeys((index for denial in denials for index in denial.lines), 0)
        # Denials of whole lines come first, because they may include the units of the other denials.
        for denial in sorted(denials, key=self._leeway):
            left = denial.units - sum(taken[index] for index in denial.lines)
            for index in self.by_worth(denial.lines):
                units = min(max(left, 0), self.lines[index].units - taken[index])
                taken[index] += units
                left -= units
        paid = [
            line if not taken.get(index) else with_units(line, line.units - taken[index])
            for index, line in enumerate(self.lines)
            if taken.get(index) != line.units
        ]
        before = self.priced
        after = self.price(paid) if taken else before
        if before is None or after is None:
            return None
        if any(before.lines[index].allowed is None for index in taken):
            return None
        # If the unit that MPPR pays in full is denied, another unit is paid in full. If charges limit the
        # amounts, the total can then be higher than before.
        return max(ZERO, EXACT.subtract(before.allowed or ZERO, after.allowed or ZERO))

    def stake_of_all(self, found: Iterable[Finding], *further: Denied) -> Usd | None:
        """Return the allowed dollars of the units that *found* and *further* deny. Each dollar counts once."""
        denials = [finding for finding in found if finding.severity is Severity.DENY]
        if len(denials) == 1 and not further:
            return denials[0].at_stake
        named = [Denied(*finding.denied) for finding in denials if finding.denied is not None]
        return self.stake(*named, *further) if len(named) == len(denials) else None

    def _leeway(self, denial: Denied) -> tuple[object, ...]:
        """Return a sort key: the units that a denial leaves on its lines, then facts about these lines."""
        lines = [self.lines[index] for index in denial.lines]
        named = sorted((line.code, line.units, line.modifiers) for line in lines)
        return (self.units_at(denial.lines) - denial.units, len(lines), named)

    def by_worth(self, indexes: Iterable[int]) -> list[int]:
        """Return the line indexes sorted by the allowed amount per unit, lowest first."""

        def worth(index: int) -> tuple[object, ...]:
            line = self.lines[index]
            allowed = None if self.priced is None else self.priced.lines[index].allowed
            per_unit = EXACT.divide(allowed or Usd(0), Usd(line.units))
            return (per_unit, line.units, line.code, line.modifiers)

        return sorted(indexes, key=worth)

    def by_plan(self, indexes: Iterable[int]) -> list[list[int]]:
        """Group the line indexes by plan of care. A line without a plan of care is in every group."""
        plans: dict[Discipline, list[int]] = {}
        anywhere = []
        for index in indexes:
            plan = self.lines[index].discipline
            if plan is None:
                anywhere.append(index)
            else:
                plans.setdefault(plan, []).append(index)
        return [sorted([*own, *anywhere]) for own in plans.values()] or [anywhere]


class ClaimReport(Report):
    """A report on claim lines. It fills in the codes and the dollars at stake of each finding."""

    def __init__(self, rule: Rule | str, day: ClaimedDay) -> None:
        super().__init__(rule)
        self.day = day
        self._unanswered: dict[tuple[Answer, str], list[str]] = {}

    def find(
        self,
        severity: Severity | str,
        message: str,
        action: str,
        lines: Sequence[int],
        *,
        detail: str = "",
        denied: Collection[int] = (),
        units: int | None = None,
        stake: Usd | None = None,
        suggested: tuple[tuple[str, str], ...] = (),
        figures: Iterable[Source] = (),
    ) -> None:
        """
        Add a finding about *lines*.

        Args:
            severity: What happens if nothing is done.
            message: What is wrong, in one sentence without a period.
            action: What to do about it, shown after "Fix:".
            lines: Indexes of the claim lines that the finding is about.
            detail: The reason or the evidence, in whole sentences.
            denied: Indexes of the lines that are not paid if nothing is done.
            units: How many units of the denied lines are not paid; None for all.
            stake: The allowed dollars that are lost; None to calculate them.
            suggested: Attestations that would resolve the finding.
            figures: Sources of the numbers in the finding.
        """
        lost: Denied | None = None
        if denied:
            indexes = tuple(dict.fromkeys(denied))
            lost = Denied(indexes, self.day.units_at(indexes) if units is None else units)
            stake = self.day.stake(lost) if stake is None else stake
        self.add(
            severity,
            message,
            action,
            detail=detail,
            lines=lines,
            codes=dict.fromkeys(self.day.lines[index].code for index in lines),
            at_stake=stake,
            suggested=suggested,
            figures=figures,
            denied=lost,
        )

    def not_held(self, state: EditState, remarks: Iterable[str], about: str) -> None:
        """Record that the edits have no answer for a code or pair, if *state* says so."""
        if state in (EditState.NOT_IN_DATA, EditState.OUT_OF_RANGE):
            remark = "; ".join(remarks) or _NOT_IN_EDITS
            self._unanswered.setdefault((Answer(state.value), remark), []).append(about)

    def findings(self, *, about: Iterable[str] = (), remark: str = "") -> Findings:
        """Return the findings and answers; see :meth:`~therapy_billing.findings.Report.findings`."""
        for (answer, why), codes in self._unanswered.items():
            self.answer(answer, why, codes)
        self._unanswered.clear()
        return super().findings(about=about, remark=remark)


@lru_cache(maxsize=128)
def _without_fees(policy: Policy) -> Policy:
    """Return *policy* with every code accepted, and with ties decided by the order of documentation, not by fees."""
    return without_refusals(policy).with_changes(tie_policy=TiePolicy.DOCUMENTED_ORDER)


def is_timed(day: ClaimedDay, code: str) -> bool:
    """Return whether the payer counts *code* by its minutes."""
    facts = day.facts(code)
    return facts is not None and (facts.timed or code in day.policy.counting.codes_by_minutes)
