"""A patient's day as the checks look at it, and what a check gathers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

import attrs

from therapy_billing.base.money import EXACT, ZERO, Usd
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.records import Claim, ClaimLine, with_units
from therapy_billing.codes.code_book import CodeFacts, load_codes
from therapy_billing.codes.roles import Discipline, Setting
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
"""Why the rules of KX do not apply to a payer."""
_NOT_HELD = "the edits held are those of therapy codes"


class Denied(NamedTuple):
    """
    Units of a claim that are not paid when nothing is done.

    Args:
        lines: Places of the lines that they are on, from 0.
        units: How many units of these lines together.
    """

    lines: tuple[int, ...]
    units: int


@attrs.frozen(slots=False)
class ClaimedDay:
    """
    All that a check of a claim may look at.

    A check of your own gets it, and reports with :meth:`report`. ``lines`` are the lines of all claims of the
    day, with the modifiers that attest distinct services; ``final_lines`` have KX as well. Findings point to
    both by their index.
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
    """Who counted the units of a claim under another policy; empty where this payer did."""

    def report(self, rule: Rule | str) -> ClaimReport:
        """
        Return an empty report on *rule*.

        Args:
            rule: A :class:`~therapy_billing.Rule` of your own, or the id of a rule of the library.
        """
        return ClaimReport(rule, self)

    @cached_property
    def edits(self) -> Edits:
        """The edits to ask: those given, else those that come with the library."""
        return Edits.bundled() if self.given_edits is None else self.given_edits

    @property
    def parameters(self) -> Parameters:
        """The numbers that law sets: those of the fee schedule, else those of the library."""
        return BUNDLED if self.fees is None else self.fees.parameters

    @cached_property
    def either_column(self) -> bool:
        """Whether 59 or an X modifier passes a pair on either column; before, on column 2 only."""
        return self.parameters.count("ncci_modifier_columns", self.date_of_service) > 1

    @property
    def lacks_edits(self) -> bool:
        """Whether the payer has edits of its own, and none were given."""
        return self.policy.modifiers.edits is EditProgram.NCCI_MEDICAID and self.given_edits is None

    @cached_property
    def priced(self) -> PricedDay | None:
        """The day in dollars, as it stands; None without fees."""
        return None if self.fees is None else self.price(self.lines)

    @property
    def final_lines(self) -> tuple[ClaimLine, ...]:
        """The lines as they leave: with KX where it is needed and attested."""
        if self.priced is None:
            return self.lines
        return tuple(line.claim_line for line in self.priced.lines)

    @cached_property
    def places(self) -> Mapping[str, tuple[int, ...]]:
        """Places of the lines of each code."""
        places: dict[str, list[int]] = {}
        for place, line in enumerate(self.lines):
            places.setdefault(line.code, []).append(place)
        return {code: tuple(found) for code, found in places.items()}

    @cached_property
    def counted(self) -> Allocation:
        """The units of the record, with every split that the rule admits; no fee decides one."""
        return allocate_units(self.sessions, _without_fees(self.policy))

    @cached_property
    def uncapped(self) -> Allocation:
        """The units that the minutes of the record make, before any cap."""
        if not self.policy.counting.capped:
            return self.counted
        free = self.policy.with_changes(
            cap_per_code=None, cap_per_codes=(), cap_per_session=None, cap_per_day=None
        )
        return attrs.evolve(self, policy=free).counted

    def price(self, lines: Sequence[ClaimLine]) -> PricedDay | None:
        """Return *lines* in dollars; None without fees."""
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
        """Return what is known of *code*; None where it is no therapy code known here."""
        return load_codes().get(code)

    def units_at(self, places: Iterable[int]) -> int:
        """Return the units of the lines at *places* together."""
        return sum(self.lines[place].units for place in places)

    def stake(self, *denials: Denied) -> Usd | None:
        """
        Return the dollars allowed that go when the units of *denials* are not paid.

        Where a denial leaves open which units of its lines go, those that another denies go first, then
        the least in worth. None without fees, and where a line that is denied has no price.
        """
        taken = dict.fromkeys((place for denial in denials for place in denial.lines), 0)
        # Denials of whole lines come first: the others may be met by them.
        for denial in sorted(denials, key=self._leeway):
            left = denial.units - sum(taken[place] for place in denial.lines)
            for place in self.by_worth(denial.lines):
                units = min(max(left, 0), self.lines[place].units - taken[place])
                taken[place] += units
                left -= units
        paid = [
            line if not taken.get(place) else with_units(line, line.units - taken[place])
            for place, line in enumerate(self.lines)
            if taken.get(place) != line.units
        ]
        before = self.priced
        after = self.price(paid) if taken else before
        if before is None or after is None:
            return None
        if any(before.lines[place].allowed is None for place in taken):
            return None
        # Without the unit in full another is in full; where charges cap lines, that can be more.
        return max(ZERO, EXACT.subtract(before.allowed or ZERO, after.allowed or ZERO))

    def stake_of_all(self, found: Iterable[Finding]) -> Usd | None:
        """Return the dollars allowed that go when nothing that *found* denies is paid, each counted once."""
        denials = [finding for finding in found if finding.severity is Severity.DENY]
        if len(denials) == 1:
            return denials[0].at_stake
        named = [Denied(*finding.denied) for finding in denials if finding.denied is not None]
        return self.stake(*named) if len(named) == len(denials) else None

    def _leeway(self, denial: Denied) -> tuple[object, ...]:
        """Return the units that a denial leaves on its lines, and what orders it whatever their order."""
        lines = [self.lines[place] for place in denial.lines]
        named = sorted((line.code, line.units, line.modifiers) for line in lines)
        return (self.units_at(denial.lines) - denial.units, len(lines), named)

    def by_worth(self, places: Iterable[int]) -> list[int]:
        """Return *places* by what is allowed for a unit, the least first, whatever their order."""

        def worth(place: int) -> tuple[object, ...]:
            line = self.lines[place]
            allowed = None if self.priced is None else self.priced.lines[place].allowed
            a_unit = EXACT.divide(allowed or Usd(0), Usd(line.units))
            return (a_unit, line.units, line.code, line.modifiers)

        return sorted(places, key=worth)

    def by_plan(self, places: Iterable[int]) -> list[list[int]]:
        """Return *places* by plan of care; a line that names none could belong to each."""
        plans: dict[Discipline, list[int]] = {}
        anywhere = []
        for place in places:
            plan = self.lines[place].discipline
            if plan is None:
                anywhere.append(place)
            else:
                plans.setdefault(plan, []).append(place)
        return [sorted([*own, *anywhere]) for own in plans.values()] or [anywhere]


class ClaimReport(Report):
    """A report on a rule of claims: its findings are about lines of the claim, with their codes and dollars."""

    def __init__(self, rule: Rule | str, day: ClaimedDay) -> None:
        super().__init__(rule)
        self.day = day
        self._not_held: dict[tuple[Answer, str], list[str]] = {}

    def find(
        self,
        severity: Severity | str,
        message: str,
        action: str,
        lines: Sequence[int],
        *,
        denied: Collection[int] = (),
        units: int | None = None,
        stake: Usd | None = None,
        suggested: tuple[tuple[str, str], ...] = (),
        figures: Iterable[Source] = (),
    ) -> None:
        """
        Add a finding about *lines*.

        Args:
            severity: What it leads to.
            message: What was found.
            action: What to do.
            lines: Places of the lines that it is about.
            denied: Places of the lines that are not paid when nothing is done.
            units: How many units of these are not paid; None for all.
            stake: The dollars allowed that are lost, where they are known already.
            suggested: Attestations that would settle it.
            figures: Citations of figures.
        """
        lost: Denied | None = None
        if denied:
            places = tuple(dict.fromkeys(denied))
            lost = Denied(places, self.day.units_at(places) if units is None else units)
            stake = self.day.stake(lost) if stake is None else stake
        self.add(
            severity,
            message,
            action,
            lines=lines,
            codes=dict.fromkeys(self.day.lines[place].code for place in lines),
            at_stake=stake,
            suggested=suggested,
            figures=figures,
            denied=lost,
        )

    def not_held(self, state: EditState, remarks: Iterable[str], about: str) -> None:
        """Gather what the edits do not hold; what they know to be clean is passed over."""
        if state in (EditState.NOT_IN_DATA, EditState.OUT_OF_RANGE):
            remark = "; ".join(remarks) or _NOT_HELD
            self._not_held.setdefault((Answer(state.value), remark), []).append(about)

    def findings(self, *, about: Iterable[str] = (), remark: str = "") -> Findings:
        """Return what was found, with the answers, as :meth:`~therapy_billing.findings.Report.findings`."""
        for (answer, why), codes in self._not_held.items():
            self.answer(answer, why, codes)
        self._not_held.clear()
        return super().findings(about=about, remark=remark)


@lru_cache(maxsize=128)
def _without_fees(policy: Policy) -> Policy:
    """Return *policy* without refusals, and with ties that no fee decides."""
    return without_refusals(policy).with_changes(tie_policy=TiePolicy.DOCUMENTED_ORDER)


def is_timed(day: ClaimedDay, code: str) -> bool:
    """Return whether the minutes of a day make the units of *code*."""
    facts = day.facts(code)
    return facts is not None and facts.timed
