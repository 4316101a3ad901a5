"""
The codes of a period of remote monitoring, of an e-visit, of telephone calls, or of a virtual check-in.

Each code of the family is tried in the order of the data. The steps for one code: the date, the setup, the days with data
and the device, the minutes, the live contact, the first code of an add-on code, and then the codes that were already
billed. Add-on codes come last, because they need the answer for their first code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TypeAlias

import attrs

from therapy_billing.base.choices import parse_choice
from therapy_billing.base.dates import MINUTES_OF_A_DAY, parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked, parse_whole, require_flag
from therapy_billing.base.wording import counted, in_words, listed
from therapy_billing.codes.code_book import parse_code
from therapy_billing.codes.period_codes import (
    CodePeriod,
    EarlierCode,
    MonitoringDevice,
    PeriodCode,
    PeriodFamily,
    exclusive_codes,
    family_conditions,
    has_enough_days,
    in_force,
    latest_repeat,
    load_period_codes,
    period_codes_known_through,
    share_period,
    units_of,
)
from therapy_billing.codes.roles import Clinician
from therapy_billing.law.rule_book import Rule, load_rules
from therapy_billing.law.sources import Source, Verification
from therapy_billing.visits.services import UntimedService

__all__ = ["MonitoringCode", "MonitoringPeriod", "UnbilledCode"]

_PAIR = (2, 3)
_OPEN = (Verification.DERIVED, Verification.UNVERIFIED)

_Earlier: TypeAlias = tuple[str, date, int | None]


@attrs.frozen(field_transformer=checked)
class MonitoringCode(DictRecord):
    """
    A code that the given facts support.

    Args:
        code: The code.
        units: Its units.
        minutes: The minutes of the period that are recorded under this code. None if minutes do not count.
        reason: What supports the units.
        therapist: Whether a therapist may bill it.
        rule: The rule that was applied.
        source: Where the facts about the code come from.
    """

    _dict_fields = (
        "code",
        "units",
        "minutes",
        "reason",
        "therapist",
        "rule=rule.id",
        "source",
        "verified",
    )

    code: str
    units: int
    minutes: int | None
    reason: str
    therapist: bool
    rule: Rule = attrs.field(repr=False)
    source: Source = attrs.field(repr=False)

    @property
    def verified(self) -> Verification:
        """How the facts about the code were checked."""
        return self.source.verified


@attrs.frozen(field_transformer=checked)
class UnbilledCode(DictRecord):
    """
    A code of the family that is not billed, and the reason.

    Args:
        code: The code.
        reason: Why it is not billed.
        source: Where the fact behind the reason comes from.
    """

    _dict_fields = ("code", "reason", "source", "verified")

    code: str
    reason: str
    source: Source = attrs.field(repr=False)

    @property
    def verified(self) -> Verification:
        """How the fact behind the reason was checked."""
        return self.source.verified


def _minutes(value: int | None) -> int | None:
    return None if value is None else parse_whole(value, "minutes", 0, MINUTES_OF_A_DAY)


def _days(value: int | None) -> int | None:
    most = CodePeriod.THIRTY_DAYS.days
    return None if value is None else parse_whole(value, "days_of_data", 0, most)


def _contact(value: bool | None) -> bool | None:  # noqa: FBT001 - attrs calls it
    return None if value is None else require_flag(value, "live_contact")


def _date(value: date | str) -> date:
    return parse_date(value)


def _family(value: PeriodFamily | str) -> PeriodFamily:
    return parse_choice(value, PeriodFamily, "family")


def _device(value: MonitoringDevice | str | None) -> MonitoringDevice | None:
    return None if value is None else parse_choice(value, MonitoringDevice, "device")


def _earlier(
    value: Iterable[tuple[str, date | str] | tuple[str, date | str, int | None]] | None,
) -> tuple[_Earlier, ...] | None:
    """Return the codes that were billed earlier, each with its date and its units."""
    given: object = value
    if given is None:
        return None
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"earlier must be pairs such as [('98980', '2026-03-31')], got {safe_repr(given)}"
        raise InvalidInputError(msg, field="earlier")
    return tuple(_earlier_code(each, f"earlier[{index}]") for index, each in enumerate(given))


def _earlier_code(value: object, what: str) -> _Earlier:
    if not isinstance(value, tuple | list) or len(value) not in _PAIR:
        msg = f"{what} must be a code and its date such as ('98980', '2026-03-31'), got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    code, day, *units = value
    return (
        parse_code(code, what=what),
        parse_date(day, what=what),
        parse_whole(units[0], what, 1) if units and units[0] is not None else None,
    )


@attrs.frozen(slots=False, field_transformer=checked)
class MonitoringPeriod(DictRecord):
    """
    The facts about one period of remote monitoring, or of an e-visit, a telephone call, or a virtual check-in.

    ``codes`` has the codes that these facts support. ``not_billed`` has every other code of the family with the reason.
    A fact that is not given never makes a code.

    Args:
        date_of_service: The date on which the period is billed. The minutes are those of its calendar month, or of the 7 days that
            end on it.
        family: RTM, RPM, e-visit, telephone, or virtual-check-in.
        minutes: The total minutes of the month, or of the 7 days. None if they are not known.
        live_contact: Whether there was a live contact with the patient or caregiver in the month. None if it is not known.
        days_of_data: The number of days with data in the 30 days that end on the date of service. None if it is not known.
        device: What the device measures: respiratory, musculoskeletal, or cognitive-behavioral.
        setup: Whether the patient was set up and trained in this episode of care, and the setup is to be billed.
        earlier: The codes that were already billed for the patient in this episode of care, as pairs of code and date of
            service. For an add-on code, add its units: ``("98981", "2026-03-10", 1)``. None if they are not known.

    Raises:
        InvalidInputError: If a value is not valid, does not belong to the family, or *earlier* has a later date.
        NotPublishedError: If the date of service is after the end of the data.

    >>> march = MonitoringPeriod("2026-03-31", minutes=47, live_contact=True, earlier=[])
    >>> [(each.code, each.units) for each in march.codes]
    [('98980', 1), ('98981', 1)]
    >>> MonitoringPeriod("2026-03-31", minutes=19, live_contact=True, earlier=[]).codes[0].code
    '98979'
    """

    _dict_fields = (
        "date_of_service",
        "family",
        "minutes",
        "live_contact",
        "days_of_data",
        "device",
        "setup",
        "earlier",
        "codes",
        "not_billed",
        "remarks",
    )

    date_of_service: date = attrs.field(converter=_date)
    family: PeriodFamily = attrs.field(default=PeriodFamily.RTM, converter=_family, kw_only=True)
    minutes: int | None = attrs.field(default=None, converter=_minutes, kw_only=True)
    live_contact: bool | None = attrs.field(default=None, converter=_contact, kw_only=True)
    days_of_data: int | None = attrs.field(default=None, converter=_days, kw_only=True)
    device: MonitoringDevice | None = attrs.field(default=None, converter=_device, kw_only=True)
    setup: bool = attrs.field(default=False, kw_only=True)
    earlier: tuple[_Earlier, ...] | None = attrs.field(
        default=None, converter=_earlier, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        last = period_codes_known_through()
        if self.date_of_service > last:
            msg = f"codes are known through {last}, not on {self.date_of_service}"
            raise NotPublishedError(msg, field="date_of_service")
        for index, (code, day, _) in enumerate(self.earlier or ()):
            if day > self.date_of_service:
                msg = f"{code} in earlier is for {day}, after the date of service {self.date_of_service}"
                raise InvalidInputError(msg, field=f"earlier[{index}]", code=code)
        rows = [row for row in load_period_codes() if row.family is self.family]
        for name, given, used in (
            ("live_contact", self.live_contact is not None, any(row.live_contact for row in rows)),
            ("days_of_data", self.days_of_data is not None, any(row.data_days for row in rows)),
            ("device", self.device is not None, any(row.device for row in rows)),
            ("setup", self.setup, any(row.setup for row in rows)),
        ):
            if given and not used:
                msg = f"{name} does not apply to the family {self.family.value}: leave it out"
                raise InvalidInputError(msg, field=name)

    @property
    def codes(self) -> tuple[MonitoringCode, ...]:
        """The codes that the facts support, each with its units."""
        return self._answers[0]

    @property
    def not_billed(self) -> tuple[UnbilledCode, ...]:
        """Every other code of the family, with the reason why it is not billed."""
        return self._answers[1]

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What was not checked, what is not verified, and what the caller must confirm."""
        remarks = []
        if self.earlier is None:
            remarks.append(
                "no earlier codes were given, so limits per month, 30 days, 7 days, and episode of care were not checked"
            )
        weak: dict[Verification, list[str]] = {}
        for facts in self._candidates:
            if (
                facts.source.verified in _OPEN
                and in_force(facts, self.date_of_service)
                and facts.device in (None, self.device)
            ):
                weak.setdefault(facts.source.verified, []).append(facts.code)
        remarks += [
            f"{level.value}: the facts about {listed(codes)}" for level, codes in weak.items()
        ]
        conditions, source = family_conditions(self.family)
        remarks.append(f"not checked: {conditions} ({source.verified.value})")
        billed = {each.code for each in self.codes}
        remarks += [
            f"{facts.code}: {facts.remark}"
            for facts in self._candidates
            if facts.code in billed and facts.remark
        ]
        return tuple(remarks)

    def services(
        self, *, clinician: Clinician | str = Clinician.THERAPIST
    ) -> tuple[UntimedService, ...]:
        """
        Return the codes as services for a :class:`~therapy_billing.Session` on the date of service.

        Args:
            clinician: Who furnished them.

        Raises:
            InvalidInputError: If a therapist may not bill a code, or a code is not in the data.

        >>> MonitoringPeriod("2026-03-31", minutes=47, live_contact=True).services()
        (UntimedService(code='98980', minutes=20, units=1, ...), UntimedService(code='98981', minutes=27, units=1, ...))
        """
        for each in self.codes:
            if not each.therapist:
                msg = f"a therapist may not bill {each.code} ({each.verified.value}): see codes"
                raise InvalidInputError(msg, code=each.code)
        return tuple(
            UntimedService(each.code, each.minutes, units=each.units, clinician=clinician)
            for each in self.codes
        )

    @cached_property
    def _candidates(self) -> tuple[PeriodCode, ...]:
        """The facts for each code of the family: those in force on the date of service, or else the first ones."""
        found: dict[str, PeriodCode] = {}
        for facts in load_period_codes():
            if facts.family is self.family and (
                facts.code not in found or in_force(facts, self.date_of_service)
            ):
                found[facts.code] = facts
        return tuple(found.values())

    @cached_property
    def _billed(self) -> tuple[EarlierCode, ...]:
        return tuple((code, day) for code, day, _ in self.earlier or ())

    @cached_property
    def _answers(self) -> tuple[tuple[MonitoringCode, ...], tuple[UnbilledCode, ...]]:
        units: dict[str, int] = {}
        refused: dict[str, UnbilledCode] = {}
        for facts in self._candidates:
            reason = self._missing(facts) or self._without_first(facts, units)
            source = facts.source
            if not reason:
                reason, source = self._limited(facts)
            if reason:
                refused[facts.code] = UnbilledCode(facts.code, reason, source)
            else:
                units[facts.code] = self._units(facts)
        for row in exclusive_codes():
            # Only an NCCI pair has both codes here. Bands of minutes and of days never overlap.
            in_units = units if row.in_force(self.date_of_service) else {}
            others = [code for code in row.others if code in in_units]
            for code in row.codes if others else ():
                if units.pop(code, None) is not None:
                    reason = f"excluded by {listed(others)}, billed on the same day; these codes are for {row.what}"
                    refused[code] = UnbilledCode(code, reason, row.source)
        billed = [facts for facts in self._candidates if facts.code in units]
        return (
            tuple(self._code(facts, billed, units[facts.code]) for facts in billed),
            tuple(refused[facts.code] for facts in self._candidates if facts.code in refused),
        )

    def _missing(self, facts: PeriodCode) -> str:
        """Return which fact is missing or does not support the code, or an empty string."""
        on = self.date_of_service
        if on < facts.effective_from:
            return f"begins on {facts.effective_from}"
        if not in_force(facts, on):
            return f"ended on {facts.effective_through}"
        if facts.setup and not self.setup:
            return "no setup was given (setup=False)"
        return (
            self._missing_days(facts)
            or self._missing_minutes(facts)
            or self._missing_contact(facts)
        )

    def _missing_days(self, facts: PeriodCode) -> str:
        if facts.data_days is None:
            return ""
        if self.days_of_data is None:
            return "the number of days with data is not known"
        if not has_enough_days(facts, self.days_of_data):
            days = counted(self.days_of_data, "day")
            return f"needs {in_words(facts.data_days)} days with data in 30 days, got {days}"
        if facts.device is None or facts.device is self.device:
            return ""
        if self.device is None:
            return "the kind of device is not known"
        return f"is for a {facts.device.value} device, got a {self.device.value} one"

    def _missing_minutes(self, facts: PeriodCode) -> str:
        if facts.minutes is None:
            return ""
        if facts.separate_minutes:
            return (
                f"its {in_words(facts.minutes)} minutes are not part of the minutes of this period"
            )
        if self.minutes is None:
            return "the minutes are not known"
        if units_of(facts, self.minutes):
            return ""
        return f"needs {in_words(facts.minutes)} minutes in {_period(facts)}, got {self.minutes}"

    def _missing_contact(self, facts: PeriodCode) -> str:
        if not facts.live_contact or self.live_contact:
            return ""
        if self.live_contact is None:
            return "whether there was a live contact is not known"
        return "needs a live contact with the patient or caregiver in the month"

    def _without_first(self, facts: PeriodCode, units: Mapping[str, int]) -> str:
        """Return why an add-on code has no first code in its period, or an empty string."""
        first = facts.adds_to
        on = self.date_of_service
        if first is None or first in units:
            return ""
        if any(code == first and share_period(facts.period, day, on) for code, day in self._billed):
            return ""
        return f"needs {first} in the same {facts.period.value}"

    def _limited(self, facts: PeriodCode) -> tuple[str, Source]:
        """Return why the codes that were billed earlier exclude a code, and the source; an empty string if they do not."""
        on = self.date_of_service
        if self._earlier_units(facts) is None:
            return (
                "billed earlier in the month with unknown units: add them to earlier",
                facts.source,
            )
        if not self._units(facts):
            return (
                f"the units of {self.minutes} minutes were billed earlier in the month",
                facts.source,
            )
        repeat = latest_repeat(facts, on, self._billed)
        if repeat is not None:
            return f"billed on {repeat}; once per {facts.period.value}", facts.source
        for row in exclusive_codes():
            for other, day in row.excluding(facts.code, on, self._billed):
                reason = f"excluded by {other}, billed on {day}; these codes are for {row.what}"
                return reason, row.source
        return "", facts.source

    def _earlier_units(self, facts: PeriodCode) -> int | None:
        """Return the units of an add-on code that were billed earlier in its period. None if they are not known."""
        billed = [
            units
            for code, day, units in self.earlier or ()
            if code == facts.code
            and facts.each is not None
            and share_period(facts.period, day, self.date_of_service)
        ]
        return sum(units or 0 for units in billed) if None not in billed else None

    def _units(self, facts: PeriodCode) -> int:
        if facts.each is None:
            return 1
        return max(0, units_of(facts, self.minutes or 0) - (self._earlier_units(facts) or 0))

    def _code(self, facts: PeriodCode, billed: Iterable[PeriodCode], units: int) -> MonitoringCode:
        minutes = self.minutes
        if facts.minutes is None or minutes is None:
            minutes = None
            reason = f"needs {in_words(facts.data_days or (0, None))} days with data in 30 days, got {self.days_of_data}"
        else:
            reason = f"needs {in_words(facts.minutes)} minutes in {_period(facts)}, got {minutes}"
            if facts.each is not None:
                minutes -= facts.minutes_before + facts.each * (self._earlier_units(facts) or 0)
                reason += f"; one unit for each additional {facts.each} minutes"
            for add_on in billed:
                if add_on.adds_to == facts.code:
                    minutes = add_on.minutes_before
        rule = load_rules()["monitoring-period"]
        return MonitoringCode(
            facts.code, units, minutes, reason, facts.therapist, rule, facts.source
        )


def _period(facts: PeriodCode) -> str:
    return "the calendar month" if facts.period is CodePeriod.CALENDAR_MONTH else facts.period.value
