"""The result of counting a patient's day: units by code, and how they were counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import attrs

from therapy_billing.base.format_registry import as_html
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.wording import counted
from therapy_billing.codes.code_book import quarter_codes
from therapy_billing.codes.roles import Discipline
from therapy_billing.payers.policy import Policy
from therapy_billing.units.long_periods import open_readings
from therapy_billing.units.records import (
    CappedUnit,
    DisciplineUnits,
    UnbilledService,
    units_of_family,
)

__all__ = ["Allocation"]


@attrs.frozen(repr=False)
class Allocation(DictRecord):
    """
    The units of a patient's day, and the facts that decided them.

    Args:
        date_of_service: The date of service, or None if the caller gave none.
        payer: Name of the payer or of the counting method.
        policy: The payer's policy on that day.
        codes: Every documented timed code, and each add-on code that has a unit.
        splits: Every legal split, the chosen one first. Each split lists units in the order of *codes*. If
            there are caps, only the splits that keep the most units are listed.
        uncapped_split: The chosen split before caps.
        disciplines: How the minutes of each discipline were counted.
        capped_units: The units that caps removed from the chosen split, in the order of removal.
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
    )

    date_of_service: date | None
    payer: str
    policy: Policy
    codes: tuple[str, ...]
    splits: tuple[tuple[int, ...], ...]
    uncapped_split: tuple[int, ...]
    disciplines: tuple[DisciplineUnits, ...]
    capped_units: tuple[CappedUnit, ...]

    @property
    def units(self) -> Mapping[str, int]:
        """Timed units of the chosen split by code, including codes with 0 units."""
        return dict(zip(self.codes, self.splits[0], strict=True))

    @property
    def total_units(self) -> int:
        """Total timed units of the day."""
        return sum(self.splits[0])

    @property
    def admissible(self) -> tuple[Mapping[str, int], ...]:
        """Every legal split, the chosen one first."""
        return tuple(dict(zip(self.codes, split, strict=True)) for split in self.splits)

    @property
    def tied(self) -> bool:
        """Whether more than one split is legal."""
        return len(self.splits) > 1

    @property
    def uncapped_units(self) -> Mapping[str, int]:
        """Timed units of the chosen split by code, before the payer's caps."""
        return dict(zip(self.codes, self.uncapped_split, strict=True))

    @property
    def untimed_units(self) -> Mapping[str, int]:
        """Units of the untimed codes, summed over all disciplines."""
        units: dict[str, int] = {}
        for pool in self.disciplines:
            for code, times in pool.untimed:
                units[code] = units.get(code, 0) + times
        return units

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
    def remarks(self) -> tuple[str, ...]:
        """
        Questions about these units that no source settles, each with the alternative.

        >>> from therapy_billing import MEDICARE, allocate_units
        >>> for remark in allocate_units({"97550": 20}, MEDICARE).remarks:
        ...     print(remark)
        97550: 20 minutes make no unit; the first period requires all 30 minutes. This is not settled: with FirstPeriod.MIDPOINT, 16 minutes make one
        """
        if quarter_codes().issuperset(self.codes):
            return ()
        several = len(self.disciplines) > 1
        return tuple(
            f"{pool.discipline.value}: {reading}" if several and pool.discipline else reading
            for pool in self.disciplines
            for code in pool.counted
            for _, reading in open_readings(code, self.policy)
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
            facts.append(f"capped from {sum(self.uncapped_split)}")
        if self.unbilled:
            facts.append(f"{counted(len(self.unbilled), 'service')} not billed")
        return f"<Allocation {shares or 'no timed code'}; {'; '.join(facts)}>"

    def _repr_html_(self) -> str:
        return as_html(self)
