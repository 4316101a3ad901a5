"""
Codes that are counted over a period: remote monitoring, e-visits, telephone calls, and virtual check-ins.

The facts are in ``data/codes/periods.toml``. The codes that exclude each other are in
``data/edits/exclusive_codes.toml``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar, TypeAlias

import attrs

from therapy_billing.base.choices import Choice
from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.toml_files import Key, TomlFile
from therapy_billing.base.validation import checked
from therapy_billing.law.sources import Source, parse_source

__all__ = [
    "CodePeriod",
    "EarlierCode",
    "ExclusiveCodes",
    "MonitoringDevice",
    "PeriodCode",
    "PeriodFamily",
    "exclusive_codes",
    "family_conditions",
    "faults_of_period_codes",
    "has_enough_days",
    "in_force",
    "is_period_code",
    "latest_repeat",
    "load_period_codes",
    "period_code_on",
    "period_codes_known_through",
    "share_period",
    "units_of",
]

EarlierCode: TypeAlias = tuple[str, date]
"""A code that was billed, and its date of service."""


class PeriodFamily(Choice):
    """A family of codes that are counted over a period."""

    RTM = "RTM"
    """Remote therapeutic monitoring."""
    RPM = "RPM"
    """Remote physiologic monitoring. Therapists may not bill it."""
    E_VISIT = "e-visit"
    TELEPHONE = "telephone"
    VIRTUAL_CHECK_IN = "virtual-check-in"

    __aliases__: ClassVar[Mapping[str, str]] = {
        "remote therapeutic monitoring": "RTM",
        "remote physiologic monitoring": "RPM",
        "evisit": "e-visit",
        "e-visits": "e-visit",
        "phone": "telephone",
        "telephone call": "telephone",
        "virtual check ins": "virtual-check-in",
        "check-in": "virtual-check-in",
    }


class MonitoringDevice(Choice):
    """What a monitoring device measures. Each kind has its own codes."""

    RESPIRATORY = "respiratory"
    MUSCULOSKELETAL = "musculoskeletal"
    COGNITIVE_BEHAVIORAL = "cognitive-behavioral"

    __aliases__: ClassVar[Mapping[str, str]] = {
        "cognitive behavioral therapy": "cognitive-behavioral",
        "CBT": "cognitive-behavioral",
        "behavioral": "cognitive-behavioral",
        "MSK": "musculoskeletal",
    }


class CodePeriod(Choice):
    """The period in which a code is billed once, or in which one code excludes another."""

    EPISODE = "episode of care"
    CALENDAR_MONTH = "calendar month"
    THIRTY_DAYS = "30 days"
    SEVEN_DAYS = "7 days"
    DAY = "day"

    @property
    def days(self) -> int:
        """The number of days of a period of days."""
        return _DAYS[self]


_DAYS = {CodePeriod.THIRTY_DAYS: 30, CodePeriod.SEVEN_DAYS: 7, CodePeriod.DAY: 1}


def share_period(period: CodePeriod, first: date, second: date) -> bool:
    """
    Return whether two dates of service share a period. Rule ``period-limit``.

    A period of days ends on the date of service, so two periods of 30 days overlap if at most 29 days are
    between the dates. Dates do not show when an episode of care ends, so all of them share an episode.

    >>> [share_period(CodePeriod.THIRTY_DAYS, date(2026, 3, 1), date(2026, 3, day)) for day in (30, 31)]
    [True, False]
    >>> share_period(CodePeriod.CALENDAR_MONTH, date(2026, 3, 31), date(2026, 4, 1))
    False
    """
    if period is CodePeriod.EPISODE:
        return True
    if period is CodePeriod.CALENDAR_MONTH:
        return (first.year, first.month) == (second.year, second.month)
    return abs((second - first).days) < period.days


@attrs.frozen(field_transformer=checked)
class PeriodCode(DictRecord):
    """
    The facts about a code that is counted over a period.

    Args:
        code: The HCPCS or CPT code.
        label: Its name in our own words.
        family: The family of the code.
        period: The period in which the code is billed once. An add-on code may be billed again in its period.
        minutes: The minimum and maximum minutes of the period for the first unit. The maximum is None if there is
            no upper limit. None if minutes do not count.
        each: For an add-on code, the additional minutes of each further unit. None for other codes.
        separate_minutes: Whether its minutes are of another kind than those of the other codes of the family.
        adds_to: For an add-on code, the first code. None for other codes.
        data_days: The minimum and maximum number of days with data. None if they do not count.
        device: The kind of device, for a device code. None for other codes.
        setup: Whether it is billed for the setup.
        live_contact: Whether it needs a live contact with the patient or caregiver in the calendar month.
        therapist: Whether a therapist may bill it.
        assistant_modifier: Whether it takes CQ or CO. None if no source says so.
        remark: What to keep in mind when it is billed. May be empty.
        effective_from: First date of service.
        effective_through: Last date of service, or None if it is still in force.
        source: Where the facts come from, and how that was checked.
    """

    code: str
    label: str
    family: PeriodFamily
    period: CodePeriod
    minutes: tuple[int, int | None] | None
    each: int | None
    separate_minutes: bool
    adds_to: str | None
    data_days: tuple[int, int | None] | None
    device: MonitoringDevice | None
    setup: bool
    live_contact: bool
    therapist: bool
    assistant_modifier: bool | None
    remark: str
    effective_from: date
    effective_through: date | None
    source: Source

    @property
    def minutes_before(self) -> int:
        """For an add-on code, the minutes that belong to its first code; 0 for other codes."""
        if self.minutes is None or self.each is None:
            return 0
        return self.minutes[0] - self.each


@attrs.frozen(field_transformer=checked)
class ExclusiveCodes:
    """
    Two lists of codes. No code in the first list can be billed together with a code in the second list.

    Args:
        codes: The first list. These codes are denied if both are billed.
        others: The second list.
        what: What both would bill.
        within: The period that both would bill.
        severity: ``deny`` or ``review``.
        in_ncci: Whether the exclusion is an NCCI pair, which the check ``ncci-ptp`` reports.
        effective_from: The first date of service to which the row applies, or None if no source names one.
        source: Where the exclusion comes from.
    """

    codes: tuple[str, ...]
    others: tuple[str, ...]
    what: str
    within: CodePeriod
    severity: str
    in_ncci: bool
    effective_from: date | None
    source: Source

    def in_force(self, on: date) -> bool:
        """Return whether the exclusion applies on the date of service *on*."""
        return self.effective_from is None or self.effective_from <= on

    def against(self, code: str) -> tuple[str, ...]:
        """Return the codes that exclude *code*."""
        if code in self.codes:
            return self.others
        return self.codes if code in self.others else ()

    def excluding(
        self, code: str, on: date, billed: Iterable[EarlierCode]
    ) -> Iterator[EarlierCode]:
        """Yield the codes in *billed* that exclude *code* on the date of service *on*."""
        if self.in_force(on):
            against = self.against(code)
            for other, day in billed:
                if other in against and share_period(self.within, day, on):
                    yield other, day


def in_force(facts: PeriodCode, on: date) -> bool:
    """Return whether the facts apply on the date of service *on*."""
    last = facts.effective_through
    return facts.effective_from <= on and (last is None or on <= last)


def has_enough_days(facts: PeriodCode, days: int) -> bool:
    """Return whether *days* with data are in the band of the code."""
    return _within(days, facts.data_days)


def units_of(facts: PeriodCode, minutes: int) -> int:
    """
    Return the units that the *minutes* of a period make under a code.

    >>> further = period_code_on("98981", date(2026, 3, 31))
    >>> [units_of(further, minutes) for minutes in (39, 40, 59, 60)]
    [0, 1, 1, 2]
    """
    if not _within(minutes, facts.minutes):
        return 0
    return 1 if facts.each is None else (minutes - facts.minutes_before) // facts.each


def _within(count: int, band: tuple[int, int | None] | None) -> bool:
    if band is None:
        return False
    fewest, most = band
    return fewest <= count and (most is None or count <= most)


@cache
def load_period_codes() -> tuple[PeriodCode, ...]:
    """
    Return the facts for every code that is counted over a period.

    A code whose facts changed has one record for each range of dates.

    >>> [(facts.code, facts.data_days) for facts in load_period_codes() if facts.code == "98975"]
    [('98975', (16, None)), ('98975', (2, None))]
    """
    sources = {key: parse_source(row) for key, row in _table()["source"].items()}
    return tuple(_facts(row, sources) for row in _table()["code"])


def faults_of_period_codes(file: TomlFile, sources: Mapping[str, Any]) -> list[FileFormatError]:
    """
    Return what is wrong with the codes in the file of a data pack.

    Args:
        file: A file in the form of ``codes/periods.toml``.
        sources: The tables of the sources that its rows may cite, by key.
    """
    faults: list[tuple[Key, str]] = []
    for number, row in enumerate(file.table.get("code", ())):
        try:
            _facts(row, {key: parse_source(each) for key, each in sources.items()})
        except KeyError as error:
            faults.append(
                (("code", number), f"{error.args[0]} is missing, or is no source of the file")
            )
        except (AttributeError, TypeError, ValueError) as error:
            faults.append((("code", number), f"not readable: {error}"))
    return file.errors(faults)


def _facts(row: Mapping[str, Any], sources: Mapping[str, Source]) -> PeriodCode:
    return PeriodCode(
        code=row["code"],
        label=row["label"],
        family=PeriodFamily(row["family"]),
        period=CodePeriod(row["period"]),
        minutes=_band(row.get("minutes")),
        each=row.get("minutes", {}).get("each"),
        separate_minutes=row.get("minutes", {}).get("separate", False),
        adds_to=row.get("adds_to"),
        data_days=_band(row.get("data_days")),
        device=MonitoringDevice(row["device"]) if "device" in row else None,
        setup=row.get("setup", False),
        live_contact=row.get("live_contact", False),
        therapist=row["therapist"],
        assistant_modifier=row.get("assistant_modifier"),
        remark=row.get("remark", ""),
        effective_from=row["from"],
        effective_through=row.get("through"),
        source=sources[row["source"]],
    )


@cache
def _table() -> Mapping[str, Any]:
    return read_toml("codes/periods.toml")


def _band(row: Mapping[str, int] | None) -> tuple[int, int | None] | None:
    return None if row is None else (row["from"], row.get("through"))


def period_codes_known_through() -> date:
    """Return the last date of service in the data."""
    day: date = _table()["known_through"]
    return day


def period_code_on(code: str, on: date) -> PeriodCode | None:
    """Return the facts for *code* on the date of service *on*; None if it is not a code of a period on that day."""
    return next((facts for facts in _by_code().get(code, ()) if in_force(facts, on)), None)


@cache
def _by_code() -> Mapping[str, tuple[PeriodCode, ...]]:
    rows: dict[str, tuple[PeriodCode, ...]] = {}
    for facts in load_period_codes():
        rows[facts.code] = (*rows.get(facts.code, ()), facts)
    return rows


def is_period_code(code: str) -> bool:
    """Return whether *code* is counted over a period on any date."""
    return code in _by_code()


def family_conditions(family: PeriodFamily) -> tuple[str, Source]:
    """Return the conditions of a family that no record of the library shows, and their source."""
    row = _table()["family"][family.value]
    return row["conditions"], parse_source(_table()["source"][row["source"]])


def latest_repeat(facts: PeriodCode, on: date, billed: Iterable[EarlierCode]) -> date | None:
    """Return the latest date in *billed* on which the code was billed in the same period. None for an add-on code."""
    days = [
        day for code, day in billed if code == facts.code and share_period(facts.period, day, on)
    ]
    return max(days) if days and facts.adds_to is None else None


@cache
def exclusive_codes() -> tuple[ExclusiveCodes, ...]:
    """Return the codes that cannot be billed together, because both would bill the same period or the same training."""
    table: Mapping[str, Any] = read_toml("edits/exclusive_codes.toml")
    sources = {key: parse_source(row) for key, row in table["source"].items()}
    return tuple(
        ExclusiveCodes(
            codes=tuple(row["codes"]),
            others=tuple(row["others"]),
            what=row["what"],
            within=CodePeriod(row.get("within", "day")),
            severity=row["severity"],
            in_ncci=row.get("in_ncci", False),
            effective_from=row.get("from"),
            source=sources[row["source"]],
        )
        for row in table["exclusive"]
    )
