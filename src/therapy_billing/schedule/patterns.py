"""Find clinicians whose units are often near the minimum minutes."""

from __future__ import annotations

import io
import marshal
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from therapy_billing.codes.code_book import QUARTER
from therapy_billing.findings.records import Answer, Findings, Severity
from therapy_billing.findings.report import Report
from therapy_billing.payers.policy import UnitMethod
from therapy_billing.schedule.rows import PoliciesByDay, Row, all_quarters, codes_of
from therapy_billing.schedule.rules import near_minimum
from therapy_billing.units.rules import units_of
from therapy_billing.visits.services import TimedService

__all__ = ["NearMinimum", "PatternLimits"]


class PatternLimits(NamedTuple):
    """The limits that decide whether units are often near the minimum."""

    days: int = 20
    within: int = 2
    share: int = 50
    average: int = 12


class _Named:
    """The codes and keys of rows. The keys are kept as bytes, about 20 for a row, because a long log has many rows."""

    def __init__(self) -> None:
        self.codes: set[str] = set()
        self._keys = bytearray()

    def add(self, rows: Iterable[Row]) -> None:
        given = tuple(rows)
        self.codes.update(codes_of(given))
        # str.__str__, because marshal refuses subclasses of str.
        self._keys += marshal.dumps(
            [
                None if key is None else str.__str__(key)
                for row in given
                for key in (row.key, row.service.key)
            ]
        )

    @property
    def keys(self) -> Iterator[tuple[str, str | None]]:
        """The key of each row and the key of its service."""
        stream = io.BytesIO(self._keys)
        while stream.tell() < len(self._keys):
            keys = iter(marshal.load(stream))  # noqa: S302 - written by this object
            yield from zip(keys, keys, strict=True)


class _Tally:
    """Counts of patient days with units and of those near the minimum, with the total minutes and units."""

    def __init__(self) -> None:
        self.days = self.near_days = self.minutes = self.units = 0
        # The rows of days near the minimum. Until there is one, the rows of all days.
        self.named = _Named()

    def add(self, rows: Sequence[Row], minutes: int, units: int, *, near: bool) -> None:
        if near and not self.near_days:
            self.named = _Named()
        self.days += 1
        self.near_days += near
        self.minutes += minutes
        self.units += units
        if rows and (near or not self.near_days):
            self.named.add(rows)


class NearMinimum:
    """
    Find clinicians whose units are often near the minimum minutes. Rule ``near-minimum``.

    Args:
        policies: The policies of the days so far.
        pattern: The limits that decide whether units are often near the minimum.
    """

    def __init__(self, policies: PoliciesByDay, pattern: PatternLimits) -> None:
        self._policies = policies
        self._pattern = pattern
        self._schedule = _Tally()
        self._clinicians: dict[str, _Tally] = {}

    def add(self, rows: Sequence[Row]) -> None:
        """Check a part of the schedule."""
        sessions: dict[Hashable, list[Row]] = {}
        for row in rows:
            if isinstance(row.service, TimedService):
                sessions.setdefault(row.session, []).append(row)
        for members in sessions.values():
            policy = self._policies[members[0].day]
            if policy is None or policy.counting.method is None:
                continue
            totals = _totals(members, policy.counting.method)
            partial = policy.counting.partial_minutes
            units = [
                units_of(minutes, unit_minutes=QUARTER, partial_minutes=partial)
                for minutes in totals
            ]
            if not any(units):
                continue
            near = all(
                near_minimum(
                    minutes,
                    unit_minutes=QUARTER,
                    partial_minutes=partial,
                    within=self._pattern.within,
                )
                for minutes, made in zip(totals, units, strict=True)
                if made
            )
            of_day = (sum(totals), sum(units))
            self._schedule.add((), *of_day, near=near)
            parts: dict[str, list[Row]] = {}
            for row in members:
                parts.setdefault(row.treated_by, []).append(row)
            for clinician, part in parts.items():
                self._clinicians.setdefault(clinician, _Tally()).add(part, *of_day, near=near)

    def findings(self) -> Findings:
        """Return the findings and answers for all parts."""
        pattern = self._pattern
        tallies = [("one clinician", tally) for tally in self._clinicians.values()]
        if len(tallies) > 1:
            tallies.append(("the whole schedule", self._schedule))
        enough = [(who, tally) for who, tally in tallies if tally.days >= pattern.days]
        report = Report("near-minimum")
        for who, tally in enough:
            if _is_near(tally, pattern):
                _find_pattern(report, who, tally, pattern)
        if not enough:
            remark = f"a pattern needs at least {pattern.days} patient days"
            report.answer(Answer.NOT_IN_DATA, remark)
        policies = self._policies.values()
        unknown = sum(policy is None or policy.counting.method is None for policy in policies)
        if unknown:
            remark = (
                f"how the payer counts units is not known for {unknown} of {len(policies)} days"
            )
            report.answer(Answer.OUT_OF_RANGE, remark)
        return report.findings()


def _totals(rows: Sequence[Row], method: UnitMethod) -> list[int]:
    """Return the minutes that are counted together: one sum, or one per code; empty if not all are 15-minute codes."""
    if not all_quarters(rows):
        return []
    minutes: dict[str, int] = {}
    for row in rows:
        code = row.service.code
        minutes[code] = minutes.get(code, 0) + (row.service.minutes or 0)
    by_code = list(minutes.values())
    return [sum(by_code)] if method is UnitMethod.CMS_EIGHT_MINUTE else by_code


def _is_near(tally: _Tally, pattern: PatternLimits) -> bool:
    often = tally.near_days * 100 >= pattern.share * tally.days
    return often or tally.minutes < pattern.average * tally.units


def _find_pattern(report: Report, who: str, tally: _Tally, pattern: PatternLimits) -> None:
    keys = list(tally.named.keys)
    report.add(
        Severity.INFO,
        f"units are often near the minimum minutes for {who}",
        "check each day's minutes against the record.",
        codes=sorted(tally.named.codes),
        entries=(key for key, _ in keys if key),
        keys=dict.fromkeys(key for _, key in keys if key is not None),
        detail=(
            f"On {tally.near_days} of {tally.days} patient days, the minutes are at most "
            f"{pattern.within} above the minimum for the units. The average is {tally.minutes / tally.units:.1f} "
            "minutes per unit."
        ),
    )
