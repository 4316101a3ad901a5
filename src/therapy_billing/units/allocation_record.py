"""The result of counting a patient's day: units by code, and how they were counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import attrs

from therapy_billing.base.data_loader import data_assumptions, data_version
from therapy_billing.base.format_registry import as_html
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.wording import counted, listed
from therapy_billing.codes.code_book import (
    CODE_FILES,
    known_through,
    quarter_codes,
    recalled_time_codes,
    unverified_time_document,
)
from therapy_billing.codes.roles import Discipline
from therapy_billing.payers.caps import counts_code
from therapy_billing.payers.policy import Policy
from therapy_billing.units.records import (
    CappedUnit,
    DisciplineUnits,
    UnbilledService,
    units_of_family,
)
from therapy_billing.units.unit_terms import open_readings

__all__ = ["Allocation", "recalled_remarks"]


@attrs.frozen(repr=False)
class Allocation(DictRecord):
    """
    The units of a patient's day, and the facts that decided them.

    Args:
        date_of_service: The date of service, or None if the caller gave none.
        payer: Name of the payer or of the counting method.
        policy: The payer's policy on that day.
        codes: Every documented timed code, and each add-on code that has a unit. If the payer's cap counts untimed codes,
            they follow.
        splits: Every legal split, the chosen one first. Each split lists units in the order of *codes*. If
            there are caps, only the splits that keep the most units are listed.
        uncapped_split: The chosen split before caps.
        disciplines: How the minutes of each discipline were counted.
        capped_units: The units that caps removed from the chosen split, in the order of removal.
        capped_untimed_codes: The untimed codes at the end of *codes*, which a cap counts.
        split_given: Whether the caller chose the split, instead of the payer's tie policy.
        data: The version of the library and the data packs that the units rest on.
    """

    _dict_fields = (
        "date_of_service",
        "payer",
        "policy.counting.method",
        "units",
        "total_units",
        "admissible",
        "tied",
        "uncapped_units",
        "untimed_units",
        "unbilled",
        "timed_minutes",
        "treatment_minutes",
        "floored_seconds",
        "remarks",
        "capped_units",
        "data",
    )

    date_of_service: date | None
    payer: str
    policy: Policy
    codes: tuple[str, ...]
    splits: tuple[tuple[int, ...], ...]
    uncapped_split: tuple[int, ...]
    disciplines: tuple[DisciplineUnits, ...]
    capped_units: tuple[CappedUnit, ...]
    capped_untimed_codes: tuple[str, ...] = ()
    split_given: bool = False
    data: DataVersion = attrs.field(factory=data_version)

    @property
    def units(self) -> Mapping[str, int]:
        """Timed units of the chosen split by code, including codes with 0 units."""
        return dict(zip(self._timed_codes, self.splits[0], strict=False))

    @property
    def _timed_codes(self) -> tuple[str, ...]:
        return self.codes[: len(self.codes) - len(self.capped_untimed_codes)]

    @property
    def total_units(self) -> int:
        """Total timed units of the day."""
        return sum(self.units.values())

    @property
    def admissible(self) -> tuple[Mapping[str, int], ...]:
        """Every legal split, the chosen one first. If the payer's cap counts untimed codes, it includes them."""
        return tuple(dict(zip(self.codes, split, strict=True)) for split in self.splits)

    @property
    def tied(self) -> bool:
        """Whether more than one split is legal."""
        return len(self.splits) > 1

    @property
    def uncapped_units(self) -> Mapping[str, int]:
        """Timed units of the chosen split by code, before the payer's caps."""
        return dict(zip(self._timed_codes, self.uncapped_split, strict=False))

    @property
    def untimed_units(self) -> Mapping[str, int]:
        """Units of the untimed codes, summed over all disciplines, after caps."""
        units: dict[str, int] = {}
        for of_discipline in self.untimed_by_discipline.values():
            for code, times in of_discipline.items():
                units[code] = units.get(code, 0) + times
        return units

    @property
    def untimed_by_discipline(self) -> Mapping[Discipline | None, Mapping[str, int]]:
        """Units of the untimed codes by discipline and code, after caps."""
        shares = {pool.discipline: dict(pool.untimed) for pool in self.disciplines}
        for cut in self.capped_units:
            if cut.minutes is None:
                shares[cut.discipline][cut.code] -= 1
        return shares

    @property
    def by_discipline(self) -> Mapping[Discipline | None, Mapping[str, int]]:
        """Timed units of the chosen split by discipline and code, after caps."""
        shares: dict[Discipline | None, dict[str, int]] = {}
        for pool in self.disciplines:
            share = shares.setdefault(pool.discipline, {})
            for split, extra in zip(pool.minute_splits, pool.extra_units, strict=True):
                units = split.full_units + extra
                if split.add_on in self.codes:
                    share |= units_of_family(split.code, split.add_on, units)
                else:
                    share[split.code] = units
        for cut in self.capped_units:
            if cut.minutes is not None:
                shares[cut.discipline][cut.code] -= 1
        return shares

    @property
    def unbilled(self) -> tuple[UnbilledService, ...]:
        """The documented services that make no unit, because of who furnished them."""
        return tuple(service for pool in self.disciplines for service in pool.unbilled)

    @property
    def timed_minutes(self) -> int:
        """Total minutes of all timed services that make units."""
        return sum(code.minutes for pool in self.disciplines for code in pool.counted)

    @property
    def treatment_minutes(self) -> int:
        """Total minutes of all services that make units, timed and untimed."""
        return sum(pool.treatment_minutes for pool in self.disciplines)

    @property
    def floored_seconds(self) -> int:
        """Seconds left over after whole minutes. No payer counts them."""
        return sum(pool.floored_seconds for pool in self.disciplines)

    @property
    def documented_minutes(self) -> Mapping[str, int]:
        """Minutes of each timed code, summed over all disciplines. A family's minutes are under its first code."""
        minutes: dict[str, int] = {}
        for pool in self.disciplines:
            for each in pool.counted:
                minutes[each.code] = minutes.get(each.code, 0) + each.minutes
        return minutes

    @property
    def recalled_codes(self) -> tuple[str, ...]:
        """
        The codes with units for which no verified source says how units are counted.

        They are counted by general knowledge, or by a document that was not verified.

        >>> from therapy_billing import CPT_MIDPOINT, allocate_units
        >>> allocate_units({"96112": 31, "97110": 15}, CPT_MIDPOINT).recalled_codes
        ('96112',)
        """
        recalled = recalled_time_codes()
        found = []
        if not recalled.isdisjoint(self.codes):
            found = [code for code, units in self.units.items() if units and code in recalled]
        found += [code for code in self.untimed_units if code in recalled]
        return tuple(found)

    @property
    def remarks(self) -> tuple[str, ...]:
        """
        What no source confirms about these units.

        They are open questions, each with the alternative; what is assumed or not known about the payer; and counting by general
        knowledge.

        >>> from therapy_billing import MEDICARE, allocate_units
        >>> for remark in allocate_units({"97550": 20}, MEDICARE).remarks:
        ...     print(remark)
        97550: 20 minutes make no unit; the first period requires all 30 minutes. This is not settled: with FirstPeriod.MIDPOINT, 16 minutes make one
        >>> from therapy_billing import CPT_MIDPOINT
        >>> allocate_units({"96112": 31}, CPT_MIDPOINT).remarks
        ('how units of 96112 are counted is general knowledge, not confirmed by a source',)
        """
        remarks = (*self.open_questions, *self._remarks_on_payer(), *self.assumptions)
        return (*remarks, *recalled_remarks(self.recalled_codes))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """
        What data packs assume about the codes and the payer on the date. The remarks include it.

        Without a date, the payer's latest policy and the codes on the last day of the code data are used.
        """
        day = known_through() if self.date_of_service is None else self.date_of_service
        assumed = (*self.policy.assumptions, *data_assumptions(day, *CODE_FILES))
        return tuple(dict.fromkeys(assumed))

    @property
    def open_questions(self) -> tuple[str, ...]:
        """Questions about units of longer than 15 minutes that no source settles, each with the alternative."""
        if not self.policy.counting.code_terms and quarter_codes().issuperset(self.codes):
            return ()
        several = len(self.disciplines) > 1
        return tuple(
            f"{pool.discipline.value}: {reading}" if several and pool.discipline else reading
            for pool in self.disciplines
            for code in pool.counted
            for _, reading in open_readings(code, self.policy)
        )

    def _remarks_on_payer(self) -> tuple[str, ...]:
        """Return what is assumed or not known about how the payer counts."""
        counting = self.policy.counting
        remarks: list[str] = []
        if counting.method_is_choice and self.timed_minutes:
            remarks.append(
                "no source in the library's data says how this payer counts units; you or your payer file named "
                f"{counting.method_name}"
            )
        remarks += counting.unit_assumptions
        if counting.caps:
            remarks += self._remarks_on_caps()
        return tuple(remarks)

    def _remarks_on_caps(self) -> Iterator[str]:
        """Yield what is not known about the payer's caps on units."""
        timed = {code for code, units in self.units.items() if units}
        untimed = {code for code, units in self.untimed_units.items() if units}
        for cap in self.policy.counting.unit_caps:
            counted_units = any(counts_code(cap, code, timed=True) for code in timed) or any(
                counts_code(cap, code, timed=False) for code in untimed
            )
            if cap.limit is None and counted_units:
                yield f"the payer has a cap that was not applied, because no source gives its number: {cap.words}"
        unknown = {pool.discipline for pool in self.disciplines if not pool.providers}
        if any(
            cut.cap == "cap-per-provider" and cut.discipline in unknown for cut in self.capped_units
        ):
            yield (
                "treated_by is not given for every service, so the cap for each provider counts the day as one "
                "provider's"
            )

    def __repr__(self) -> str:
        shares = ", ".join(f"{code} x{units}" for code, units in self.units.items())
        total = self.total_units
        facts = [
            f"{counted(total, 'unit')} from {self.timed_minutes} timed minutes",
            self.payer,
        ]
        if self.tied:
            facts.append(f"tied, {len(self.splits)} legal splits")
        if self.capped_units:
            facts.append(f"capped from {sum(self.uncapped_units.values())}")
        if self.unbilled:
            facts.append(f"{counted(len(self.unbilled), 'service')} not billed")
        return f"<Allocation {shares or 'no timed code'}; {'; '.join(facts)}>"

    def _repr_html_(self) -> str:
        return as_html(self)


def recalled_remarks(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the remarks on *codes* whose units are counted by general knowledge, or by a document that was not verified."""
    by_document: dict[str, list[str]] = {}
    for code in sorted(codes):
        by_document.setdefault(unverified_time_document(code), []).append(code)
    recalled = by_document.pop("", [])
    remarks = [
        f"how units of {listed(named)} are counted is not verified: {document}"
        for document, named in by_document.items()
    ]
    if recalled:
        remarks.insert(
            0,
            f"how units of {listed(recalled)} are counted is general knowledge, not confirmed by a source",
        )
    return tuple(remarks)
