"""What a visit is billed from: its sessions, the payer's policy, and what people decided so far."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

import attrs

from therapy_billing.base.money import Usd
from therapy_billing.base.wording import counted
from therapy_billing.chart.notes import Practice, TreatmentNote
from therapy_billing.chart.plans import PlanOfCare
from therapy_billing.checks.claimed_day import ClaimedDay, Denied
from therapy_billing.checks.code_checks import check_billed_codes
from therapy_billing.checks.day import check_claim, check_records, claimed_day
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.claims.records import Claim
from therapy_billing.codes.code_book import known_code
from therapy_billing.codes.roles import Discipline, Setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.findings.records import Finding, Findings
from therapy_billing.findings.report import merge_findings
from therapy_billing.law.timeline import Timeline
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import KnownPayer, policy_of
from therapy_billing.payers.policy import Policy
from therapy_billing.pricing.accumulators import Accumulators
from therapy_billing.pricing.amounts import expected_denials
from therapy_billing.pricing.day import bill_day, setting_of
from therapy_billing.pricing.records import PricedDay
from therapy_billing.units.allocator import legal_splits
from therapy_billing.units.caps import UnitsByDiscipline
from therapy_billing.units.furnished import split_by_furnisher
from therapy_billing.units.records import ServiceGroups, Services, UnbilledService
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = ["VisitInputs"]


@attrs.frozen(slots=False)
class VisitInputs:
    """
    Everything that a visit is billed and checked from. A choice makes changed inputs, so all results follow from the inputs.

    Args:
        date_of_service: The date of service.
        documented: The sessions, with the clinicians that choices corrected.
        payer: The payer, with the policy that choices changed.
        fees: The fee schedule.
        accumulators: The year-to-date amounts; None if they were not given.
        attestations: What was attested, without what *distinct* has.
        setting: As for :func:`~therapy_billing.bill_day`.
        charges: As for :func:`~therapy_billing.bill_day`.
        notes: The notes of this day only.
        plans: The patient's plans of care.
        practice: What the practice requires of its notes; None for the defaults.
        earlier: As for :func:`~therapy_billing.check_claim`.
        edits: As for :func:`~therapy_billing.check_claim`.
        edit_setting: As for :func:`~therapy_billing.check_claim`.
        times: Whether to check the times of the sessions.
        left_off: Codes that are not billed, each with its discipline.
        split: The chosen units of tied codes, by discipline.
        without_kx: The disciplines for which the clinician decided not to attest KX.
        distinct: The modifiers for distinct services that choices attested, each with its code.
    """

    date_of_service: date
    documented: tuple[Session, ...]
    payer: KnownPayer
    fees: FeeSchedule | None
    accumulators: Accumulators | None
    attestations: tuple[Attestation, ...]
    setting: Setting | None
    charges: Charges | None
    notes: tuple[TreatmentNote, ...]
    plans: tuple[PlanOfCare, ...]
    practice: Practice | None
    earlier: tuple[Claim, ...] | None
    edits: Edits | None
    edit_setting: EditSetting
    times: bool
    left_off: frozenset[tuple[Discipline, str]] = frozenset()
    split: Mapping[Discipline, Mapping[str, int]] = attrs.field(factory=dict)
    without_kx: frozenset[Discipline] = frozenset()
    distinct: tuple[tuple[str, str], ...] = ()

    @property
    def policy(self) -> Policy:
        """The payer's policy on the date of service."""
        return policy_of(self.payer, self.date_of_service)[0]

    @property
    def attested(self) -> tuple[Attestation, ...]:
        """Everything that was attested: what was given, and what choices attested."""
        return (*self.attestations, *self.distinct)

    @cached_property
    def without_distinct(self) -> VisitInputs:
        """The inputs without the modifiers for distinct services that choices attested."""
        return attrs.evolve(self, distinct=()) if self.distinct else self

    @cached_property
    def billed(self) -> tuple[Session, ...]:
        """The sessions without the codes that are left off. A session without a service is left out."""
        if not self.left_off:
            return self.documented
        found = []
        for session in self.documented:
            kept = [
                each
                for each in session.services
                if (session.discipline, each.code) not in self.left_off
            ]
            if kept:
                found.append(attrs.evolve(session, services=kept))
        return tuple(found)

    @cached_property
    def _furnished(self) -> tuple[ServiceGroups, list[tuple[UnbilledService, ...]]]:
        """For each discipline the services that can make units, and those that make none because of who furnished them."""
        groups: dict[Discipline | None, list[Services]] = {}
        for session in self.billed:
            groups.setdefault(session.discipline, []).append(session.services)
        return split_by_furnisher(
            list(groups.items()), self.policy.furnishers, self.date_of_service
        )

    @property
    def unbilled(self) -> tuple[UnbilledService, ...]:
        """The documented services that make no unit because of who furnished them, also if there is no claim."""
        return tuple(service for of_discipline in self._furnished[1] for service in of_discipline)

    def codes_of(self, discipline: Discipline) -> tuple[str, ...]:
        """Return the codes that are billed for a discipline; if there is no claim, the codes that can make units."""
        if self.priced is not None:
            lines = self.priced.claim.lines
            return tuple(line.code for line in lines if line.discipline is discipline)
        own = (groups for each, groups in self._furnished[0] if each is discipline)
        return tuple(service.code for groups in own for services in groups for service in services)

    @cached_property
    def priced(self) -> PricedDay | None:
        """The priced day; None if no code is left to bill, or it is not known how the payer counts units."""
        if not self.billed or self.policy.counting.method is None:
            return None
        return bill_day(
            self.billed,
            self.payer,
            self.fees,
            self.accumulators,
            attestations=self.attested,
            setting=self.setting,
            charges=self.charges,
            split=self.split or None,
        )

    @cached_property
    def legal_splits(self) -> tuple[UnitsByDiscipline, ...]:
        """Every legal split of the units of tied codes, with the choices that were made."""
        return legal_splits(self.billed, self.payer, self.fees, split=self.split or None)

    @cached_property
    def claim_findings(self) -> Findings:
        """What is wrong with the claim; nothing if there is no claim."""
        if self.priced is None:
            return Findings()
        return check_claim(
            self.priced.claims,
            self.payer,
            self.fees,
            self.accumulators,
            **self._record,
        )

    def at_stake(self, is_open: Callable[[Finding], bool]) -> Usd | None:
        """
        Return the allowed dollars that the payer is expected to deny; None if not known.

        They include lines with GA, because GA says that a denial is expected. Findings that another decision leaves open do
        not count.
        """
        kept = [each for each in self.claim_findings if not is_open(each)]
        day, claimed = self.priced, self.claimed_day
        expected = () if day is None else expected_denials(day)
        if (
            day is None
            or claimed is None
            or (not expected and len(kept) == len(self.claim_findings))
        ):
            return self.claim_findings.at_stake
        denied = [
            Denied((index,), line.units) for index, line in enumerate(day.lines) if line in expected
        ]
        return claimed.stake_of_all(kept, *denied)

    @cached_property
    def claimed_day(self) -> ClaimedDay | None:
        """What the checks of the claim read; None if there is no claim."""
        if self.priced is None:
            return None
        return claimed_day(
            self.priced.claims, self.payer, self.fees, self.accumulators, **self._record
        )

    @property
    def _record(self) -> dict[str, Any]:
        """What the checks of the claim read in addition to the claim, the payer, and the dollars."""
        return {
            "sessions": self.billed,
            "attestations": self.attested,
            "setting": self.setting,
            "earlier": self.earlier,
            "edits": self.edits,
            "edit_setting": self.edit_setting,
        }

    @cached_property
    def record_findings(self) -> Findings:
        """What is wrong with the times, the notes, and the plans of care."""
        return check_records(
            self.documented,
            self.payer,
            self.fees,
            notes=self.notes,
            plans=self.plans,
            practice=self.practice,
            setting=setting_of((), self.fees, self.setting),
            times=self.times,
            left_off=self.left_off,
        )

    def records_of(self, discipline: Discipline) -> Findings:
        """Return what is wrong with the times and notes of one discipline."""
        if all(session.discipline is discipline for session in self.documented):
            return self.record_findings
        sessions = tuple(each for each in self.documented if each.discipline is discipline)
        notes = tuple(note for note in self.notes if note.discipline is discipline)
        return attrs.evolve(self, documented=sessions, notes=notes, plans=()).record_findings

    @cached_property
    def findings(self) -> Findings:
        """Everything that is wrong with the visit."""
        of_codes = check_billed_codes(self.billed, self.notes, self.policy.furnishers)
        return merge_findings([self.claim_findings, of_codes, self.record_findings])

    def minutes_of(
        self, discipline: Discipline, codes: Collection[str] | None = None
    ) -> tuple[str, ...]:
        """Return the minutes of each code of a discipline that make units, in documented order; None is for every code."""
        minutes: dict[str, int] = {}
        for session in self.documented:
            for each in session.services if session.discipline is discipline else ():
                kind = known_code(each.code).service_class
                if self.policy.furnishers.makes_units(
                    each.clinician, discipline, kind, self.date_of_service
                ):
                    minutes[each.code] = minutes.get(each.code, 0) + (each.minutes or 0)
        return tuple(
            f"{code}: {counted(given, 'minute') if given else 'no minutes'}"
            for code, given in minutes.items()
            if codes is None or code in codes
        )

    def with_policy(self, policy: Policy) -> VisitInputs:
        """Return the inputs with another policy of the same payer."""
        _, name = policy_of(self.payer, self.date_of_service)
        payer = Payer(name, Timeline(name, ((None, policy),), date.max))
        return attrs.evolve(self, payer=payer)

    def with_services(self, change: Callable[[Session, Service], Service | None]) -> VisitInputs:
        """Return the inputs with each documented service changed. A service that becomes None is left out."""
        sessions = []
        for session in self.documented:
            services = [change(session, each) for each in session.services]
            kept = [each for each in services if each is not None]
            sessions.append(attrs.evolve(session, services=kept))
        return attrs.evolve(self, documented=tuple(sessions))

    def without(self, discipline: Discipline | None, codes: Iterable[str]) -> VisitInputs:
        """Return the inputs without *codes* of a discipline, and without their add-on codes. None means every discipline."""
        given = dict.fromkeys(codes)
        further = [known_code(code).add_on for code in given]
        off: Collection[str] = {*given, *(code for code in further if code is not None)}
        plans = {session.discipline for session in self.documented}
        left_off = {(plan, code) for plan in plans if discipline in (None, plan) for code in off}
        # The remaining minutes are counted again, so a split that was chosen before is not legal anymore.
        kept = {plan: units for plan, units in self.split.items() if discipline not in (None, plan)}
        return attrs.evolve(self, left_off=self.left_off | left_off, split=kept)
