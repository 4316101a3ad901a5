"""The units of a patient's day, and the facts that decided them."""

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
from therapy_billing.units.records import CappedUnit, DisciplineUnits, units_of_family

__all__ = ["Allocation"]


@attrs.frozen(repr=False)
class Allocation(DictRecord):
    """
    Units of a patient's day, and the facts that decided them.

    Args:
        date_of_service: The day; None when the caller named none.
        payer: Name of the payer or the method.
        policy: What the payer does.
        codes: Every documented timed code, and each add-on that took a unit.
        splits: Units by code, in the order of *codes*: the chosen split first, then every other
            that the rule admits, after caps.
        uncapped_split: The chosen split before caps.
        disciplines: The counting, by discipline.
        capped_units: Units that caps took, in the order taken.
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
        """Units of every documented timed code, zeros included."""
        return dict(zip(self.codes, self.splits[0], strict=True))

    @property
    def total_units(self) -> int:
        """All timed units."""
        return sum(self.splits[0])

    @property
    def admissible(self) -> tuple[Mapping[str, int], ...]:
        """Every split that the rule admits, the chosen one first."""
        return tuple(dict(zip(self.codes, split, strict=True)) for split in self.splits)

    @property
    def tied(self) -> bool:
        """Whether the rule admits more than one split."""
        return len(self.splits) > 1

    @property
    def uncapped_units(self) -> Mapping[str, int]:
        """Units before the payer's caps."""
        return dict(zip(self.codes, self.uncapped_split, strict=True))

    @property
    def untimed_units(self) -> Mapping[str, int]:
        """Units of the untimed codes, over all disciplines."""
        units: dict[str, int] = {}
        for pool in self.disciplines:
            for code, times in pool.untimed:
                units[code] = units.get(code, 0) + times
        return units

    @property
    def by_discipline(self) -> Mapping[Discipline | None, Mapping[str, int]]:
        """Timed units of each plan of care, after caps."""
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
    def timed_minutes(self) -> int:
        """Minutes of all timed services."""
        return sum(code.minutes for pool in self.disciplines for code in pool.counted)

    @property
    def treatment_minutes(self) -> int:
        """Minutes of all services, timed and untimed."""
        return sum(pool.treatment_minutes for pool in self.disciplines)

    @property
    def floored_seconds(self) -> int:
        """Seconds that start and end held beyond whole minutes."""
        return sum(pool.floored_seconds for pool in self.disciplines)

    @property
    def documented_minutes(self) -> Mapping[str, int]:
        """Minutes of each timed code or family, over all disciplines."""
        minutes: dict[str, int] = {}
        for pool in self.disciplines:
            for each in pool.counted:
                minutes[each.code] = minutes.get(each.code, 0) + each.minutes
        return minutes

    @property
    def remarks(self) -> tuple[str, ...]:
        """
        What no source settles about these units, with the other reading.

        >>> from therapy_billing import MEDICARE, allocate_units
        >>> for remark in allocate_units({"97550": 20}, MEDICARE).remarks:
        ...     print(remark)
        97550: 20 minutes make no unit, because all 30 minutes of the first period are required. This is not settled: FirstPeriod.MIDPOINT would make one from 16 minutes
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
        notes = [
            f"{counted(total, 'unit')} of {self.timed_minutes} timed minutes",
            self.payer,
        ]
        if self.tied:
            notes.append(f"tied, {len(self.splits)} admissible splits")
        if self.capped_units:
            notes.append(f"capped from {sum(self.uncapped_split)}")
        return f"<Allocation {shares or 'no timed code'}; {'; '.join(notes)}>"

    def _repr_html_(self) -> str:
        return as_html(self)
