"""
What a patient's record holds: treatment notes, plans of care, progress reports, authorizations.

Whether it holds enough is what the checks tell; a constructor refuses only what makes no sense. Texts are
the clinic's own words: no display shows them, and one of blanks alone counts as missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any, SupportsIndex, cast

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, each_of, require_text, see_kind, shown
from therapy_billing.base.validation import checked
from therapy_billing.codes.code_book import known_code, parse_code
from therapy_billing.codes.modifiers import Clinician, Discipline, parse_clinician, parse_discipline
from therapy_billing.law.rule_book import Rule
from therapy_billing.visits.services import Session, clocked_minutes

__all__ = [
    "Authorization",
    "Certifier",
    "Due",
    "Duration",
    "NoteEntry",
    "PlanOfCare",
    "Practice",
    "ProgressReport",
    "Recertification",
    "TreatmentNote",
    "parse_certifier",
    "parse_duration",
]

_DURATION = re.compile(r"(\d{1,3})[ -]?(day|week|month)s?", re.IGNORECASE)
_DAYS_OF_A_WEEK = 7
_MOST_MONTHS, _MOST_DAYS = 999, 6_993
"""What three digits of a text can tell: 999 months, 999 weeks."""


class Certifier(Enum):
    """Who signs a certification."""

    PHYSICIAN = "physician"
    NONPHYSICIAN_PRACTITIONER = "nonphysician-practitioner"
    """A physician assistant, clinical nurse specialist or nurse practitioner."""
    CHIROPRACTOR = "chiropractor"
    """Who may not certify."""


def parse_certifier(value: object) -> Certifier:
    """
    Return who *value* names.

    >>> parse_certifier("physician"), parse_certifier("NPP")
    (<Certifier.PHYSICIAN: 'physician'>, <Certifier.NONPHYSICIAN_PRACTITIONER: 'nonphysician-practitioner'>)
    """
    if isinstance(value, Certifier):
        return value
    if isinstance(value, str):
        name = value.strip().lower().replace("_", "-").replace(" ", "-")
        name = Certifier.NONPHYSICIAN_PRACTITIONER.value if name == "npp" else name
        if name in {each.value for each in Certifier}:
            return Certifier(name)
    words = ", ".join(each.value for each in Certifier)
    msg = f"certified_by is one of {words}, not {shown(value)}"
    raise InvalidInputError(msg)


@attrs.frozen
class Duration:
    """
    A length of time in months and days of the calendar.

    Args:
        months: Months, added first: a month from January 31 ends on the last of February.
        days: Days, added to them.

    Raises:
        InvalidInputError: If it is not longer than nothing.

    >>> Duration(months=1).after(date(2026, 1, 31)), Duration(days=84).after(date(2026, 1, 1))
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 26))
    """

    months: int = attrs.field(default=0, kw_only=True)
    days: int = attrs.field(default=0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for name, value, most in (
            ("months", self.months, _MOST_MONTHS),
            ("days", self.days, _MOST_DAYS),
        ):
            given: object = value
            if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= most:
                msg = f"{name} is a whole number from 0 to {most}, not {shown(given)}"
                raise InvalidInputError(msg)
        if not self.months and not self.days:
            msg = "a duration is longer than nothing: give months or days"
            raise InvalidInputError(msg)

    def after(self, day: date) -> date:
        """
        Return the day that lies this long after *day*.

        Raises:
            InvalidInputError: If it lies beyond the year 9999, the last of the calendar.
        """
        from dateutil.relativedelta import (  # noqa: PLC0415 - only plans of care need it
            relativedelta,
        )

        day = parse_date(day, what="day")
        try:
            return day + relativedelta(months=self.months, days=self.days)
        except (OverflowError, ValueError):
            msg = f"{self} after {day} lies beyond the year 9999, the last of the calendar"
            raise InvalidInputError(msg) from None


def parse_duration(value: object) -> Duration:
    """
    Return *value* as a duration.

    Args:
        value: A :class:`Duration`; a text such as ``12 weeks``, ``90 days`` or ``3 months``; or a
            dateutil ``relativedelta`` of whole years, months, weeks and days.

    Raises:
        InvalidInputError: If it is none of these, or not longer than nothing.

    >>> parse_duration("12 weeks"), parse_duration("3 months")
    (Duration(months=0, days=84), Duration(months=3, days=0))
    """
    if isinstance(value, Duration):
        return value
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is not None:
            count, unit = int(match[1]), match[2].lower()
            if unit == "month":
                return Duration(months=count)
            return Duration(days=count * (_DAYS_OF_A_WEEK if unit == "week" else 1))
    else:
        from dateutil.relativedelta import (  # noqa: PLC0415 - only plans of care need it
            relativedelta,
        )

        if isinstance(value, relativedelta):
            months, days = value.years * 12 + value.months, value.days
            if value == relativedelta(months=months, days=days):
                return Duration(months=months, days=days)
    msg = f"duration is a time such as '12 weeks', '90 days' or '3 months', not {shown(value)}"
    raise InvalidInputError(msg)


def all_days(value: object, what: str) -> list[date]:
    """
    Return the days of *value*, each once and in their order.

    Args:
        value: Any iterable of days, but no text.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is no such iterable, or a member is no day.
    """
    if isinstance(value, str) or not isinstance(value, Iterable):
        msg = f"{what} holds days, not {shown(value)}"
        raise InvalidInputError(msg)
    return sorted({parse_date(day, what=f"a day of {what}") for day in value})


def _text(value: str | None) -> str | None:
    given: object = value
    return (given.strip() or None) if isinstance(given, str) else value


def _is_text(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    require_text(value, attribute.name, optional=True)


def _is_count(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        msg = f"{attribute.name} is a whole number from 1, not {shown(value)}"
        raise InvalidInputError(msg)


def _code(value: str) -> str:
    return known_code(parse_code(value)).code


def _codes(value: Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    given: object = value
    codes = () if isinstance(given, str) else each_of(given, str, "codes")
    if not codes:
        msg = "codes is a sequence such as ('97110', '97530'), or None for any code"
        raise InvalidInputError(msg)
    return tuple(dict.fromkeys(parse_code(code) for code in codes))


def _minutes(value: SupportsIndex | None, *, what: str = "minutes") -> int | None:
    return clocked_minutes(value, None, None, what=what)


def _discipline(value: Discipline | str) -> Discipline:
    return parse_discipline(value)


def _discipline_or_none(value: Discipline | str | None) -> Discipline | None:
    return None if value is None else parse_discipline(value)


def _clinician(value: Clinician | str, *, what: str = "clinician") -> Clinician:
    return parse_clinician(value, what=what)


def _certifier(value: Certifier | str) -> Certifier:
    return parse_certifier(value)


def _duration(value: object) -> Duration:
    return parse_duration(value)


def _day(value: date | str) -> date:
    try:
        return parse_date(value)
    except InvalidInputError:
        # Left as it is for _is_day, which knows the name of the field.
        return cast("date", value)


def _day_or_none(value: date | str | None) -> date | None:
    return None if value is None else _day(value)


def _is_day(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    parse_date(value, what=attribute.name)


_IS_DAY_OR_NONE = attrs.validators.optional(_is_day)


@attrs.frozen(field_transformer=checked)
class NoteEntry:
    """
    What a treatment note tells of one service.

    Args:
        code: The code, such as ``"97530"``.
        minutes: Its whole minutes; a note need not tell them code by code.
        activity: What was done: the task, the technique, the exercise, the instruction.
        body_region: Where: the muscle group, the joint, the region.
        focus: What it works on: the parameter of an exercise, the impairment of movement control,
            the deviation of gait.
        functional_goal: The goal in daily life that it serves.
        one_on_one: Whether the note says that nobody else was treated in these minutes; None where
            it says nothing.

    Raises:
        InvalidInputError: If the code is not a therapy code known here, or a value is none of these.

    >>> NoteEntry("97110", 15, activity="  ").activity is None
    True
    """

    code: str = attrs.field(converter=_code)
    minutes: int | None = attrs.field(default=None, converter=_minutes)
    activity: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False
    )
    body_region: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False
    )
    focus: str | None = attrs.field(default=None, converter=_text, validator=_is_text, repr=False)
    functional_goal: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False
    )
    one_on_one: bool | None = None


def _entries(value: Iterable[NoteEntry]) -> tuple[NoteEntry, ...]:
    return each_of(value, NoteEntry, "entries")


_ASSISTANT_CREDENTIALS = frozenset({"PTA", "LPTA", "OTA", "COTA", "SLPA"})


@attrs.frozen(field_transformer=checked)
class TreatmentNote:
    """
    What the note of a patient's day under one plan of care holds.

    Args:
        date_of_service: The day; None where the note has no date.
        discipline: The plan of care.
        entries: The services that it names.
        goals: The specific goals that were worked on.
        response: How the patient responded and improved.
        skilled_need: Why the treatment was necessary, and needed a therapist's skill.
        progression: How complexity, resistance or duration was raised, or why not.
        assessment: The assessment, where the day has one.
        timed_minutes: Total minutes of timed codes.
        total_minutes: Total treatment minutes, timed and untimed.
        signed: Whether it is signed.
        credentials: The professional identification of who signed.
        clinician: Who wrote it.
        cosigned: Whether the therapist signed too.
        key: The caller's key, by which findings point at it; no display of the note shows it.

    Raises:
        InvalidInputError: If a value is none of these.

    >>> TreatmentNote("2026-03-02", "PT", [NoteEntry("97110")], timed_minutes=15).total_minutes is None
    True
    """

    date_of_service: date | None = attrs.field(converter=_day_or_none, validator=_IS_DAY_OR_NONE)
    discipline: Discipline = attrs.field(converter=_discipline)
    entries: tuple[NoteEntry, ...] = attrs.field(default=(), converter=_entries)
    goals: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )
    response: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )
    skilled_need: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )
    progression: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )
    assessment: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )
    timed_minutes: int | None = attrs.field(default=None, converter=_minutes, kw_only=True)
    total_minutes: int | None = attrs.field(default=None, converter=_minutes, kw_only=True)
    signed: bool = attrs.field(default=False, kw_only=True)
    credentials: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )
    clinician: Clinician = attrs.field(
        default=Clinician.THERAPIST, converter=_clinician, kw_only=True
    )
    cosigned: bool = attrs.field(default=False, kw_only=True)
    key: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )

    @property
    def by_assistant(self) -> bool:
        """Whether an assistant wrote it: by *clinician*, or by credentials such as PTA or COTA."""
        if self.clinician is not Clinician.THERAPIST:
            return self.clinician is Clinician.ASSISTANT
        words = re.findall("[A-Z]+", (self.credentials or "").upper())
        return not _ASSISTANT_CREDENTIALS.isdisjoint(words)

    @classmethod
    def for_session(
        cls,
        session: Session,
        *,
        focus: Mapping[str, str] | None = None,
        functional_goals: Mapping[str, str] | None = None,
        one_on_one: bool | None = None,
        goals: str | None = None,
        response: str | None = None,
        skilled_need: str | None = None,
        progression: str | None = None,
        assessment: str | None = None,
        signed: bool = False,
        credentials: str | None = None,
        clinician: Clinician | str = Clinician.THERAPIST,
        cosigned: bool = False,
        key: str | None = None,
    ) -> TreatmentNote:
        """
        Return a note with the codes, minutes, activities and regions of *session*.

        Args:
            session: What the patient received.
            focus: What each service works on, by code.
            functional_goals: The goal in daily life that each serves, by code.
            one_on_one: What the note says of contact, for every service.
            goals: As for the note itself; so are those that follow.
            response: The patient's response.
            skilled_need: Why it was necessary.
            progression: How it was raised.
            assessment: The assessment.
            signed: Whether the note is signed.
            credentials: Of who signed.
            clinician: Who wrote it.
            cosigned: Whether the therapist signed too.
            key: The caller's key.

        >>> day = Session.from_minutes({"97110": 15}, date_of_service="2026-03-02", discipline="PT")
        >>> note = TreatmentNote.for_session(day)
        >>> note.timed_minutes, note.total_minutes, note.signed
        (15, 15, False)
        """
        see_kind(session, Session, "session")
        worked_on = {} if focus is None else focus
        served = {} if functional_goals is None else functional_goals
        see_kind(worked_on, Mapping, "focus")
        see_kind(served, Mapping, "functional_goals")
        return cls(
            session.date_of_service,
            session.discipline,
            [
                NoteEntry(
                    service.code,
                    service.minutes,
                    service.activity,
                    service.body_region,
                    worked_on.get(service.code),
                    served.get(service.code),
                    one_on_one,
                )
                for service in session.services
            ],
            goals=goals,
            response=response,
            skilled_need=skilled_need,
            progression=progression,
            assessment=assessment,
            timed_minutes=session.timed_minutes,
            total_minutes=session.treatment_minutes,
            signed=signed,
            credentials=credentials,
            clinician=clinician,
            cosigned=cosigned,
            key=key,
        )


@attrs.frozen(field_transformer=checked)
class Recertification:
    """
    The certification of a further interval of treatment.

    Args:
        certified_on: The date of the signature; None while it is missing.
        effective_from: First day of the interval.
        duration: How long it is planned.
        certified_by: Who signed.
        delay_reason: Why a late signature was late, as the record tells; no display shows it.

    Raises:
        InvalidInputError: If a value is none of these, or the interval ends beyond the calendar.

    >>> Recertification("2026-03-30", "2026-04-01", "6 weeks").duration.days
    42
    """

    certified_on: date | None = attrs.field(converter=_day_or_none, validator=_IS_DAY_OR_NONE)
    effective_from: date = attrs.field(converter=_day, validator=_is_day)
    duration: Duration = attrs.field(converter=_duration)
    certified_by: Certifier = attrs.field(
        default=Certifier.PHYSICIAN, converter=_certifier, kw_only=True
    )
    delay_reason: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        self.duration.after(self.effective_from)


def _recertifications(value: Iterable[Recertification]) -> tuple[Recertification, ...]:
    given = each_of(value, Recertification, "recertifications")
    return tuple(sorted(given, key=lambda each: each.effective_from))


@attrs.frozen(field_transformer=checked)
class PlanOfCare:
    """
    A plan of care, and what certifies it.

    Args:
        discipline: The plan of care.
        initial_treatment: The first day of treatment; the evaluation counts.
        duration: How long treatment is planned: ``"12 weeks"``, ``"90 days"``, ``"3 months"``, or a
            dateutil ``relativedelta``.
        certified_on: The date of the physician's signature; None while it is missing.
        certified_by: Who signed.
        verbal_order_on: The date of a verbal order to certify; None without one.
        recertifications: Those of further intervals; they are put in the order of their first days.
        established_by: Who established the plan.
        referral_signed_on: The date of a physician's signed order or referral on file; None without one,
            or where it has no signature or no date.
        plan_sent_on: The day on which the plan was sent to the physician.
        delay_reason: Why a late signature was late, as the record tells; no display shows it.

    Raises:
        InvalidInputError: If a value is none of these, a signature is earlier than the verbal order
            that it confirms, a further interval does not begin after the initial treatment, or the
            plan ends beyond the calendar.

    >>> PlanOfCare("PT", "2026-01-05", "12 weeks", certified_on="2026-01-20").duration.days
    84
    """

    discipline: Discipline = attrs.field(converter=_discipline)
    initial_treatment: date = attrs.field(converter=_day, validator=_is_day)
    duration: Duration = attrs.field(converter=_duration)
    certified_on: date | None = attrs.field(
        default=None, converter=_day_or_none, validator=_IS_DAY_OR_NONE, kw_only=True
    )
    certified_by: Certifier = attrs.field(
        default=Certifier.PHYSICIAN, converter=_certifier, kw_only=True
    )
    verbal_order_on: date | None = attrs.field(
        default=None, converter=_day_or_none, validator=_IS_DAY_OR_NONE, kw_only=True
    )
    recertifications: tuple[Recertification, ...] = attrs.field(
        default=(), converter=_recertifications, kw_only=True
    )
    established_by: Clinician = attrs.field(
        default=Clinician.THERAPIST, converter=_clinician, kw_only=True
    )
    referral_signed_on: date | None = attrs.field(
        default=None, converter=_day_or_none, validator=_IS_DAY_OR_NONE, kw_only=True
    )
    plan_sent_on: date | None = attrs.field(
        default=None, converter=_day_or_none, validator=_IS_DAY_OR_NONE, kw_only=True
    )
    delay_reason: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        self.duration.after(self.initial_treatment)
        verbal, signed = self.verbal_order_on, self.certified_on
        if verbal is not None and signed is not None and signed < verbal:
            msg = f"certified_on {signed} is before verbal_order_on {verbal}, which it confirms"
            raise InvalidInputError(msg)
        for each in self.recertifications:
            if each.effective_from <= self.initial_treatment:
                msg = (
                    f"a recertification from {each.effective_from} does not begin after "
                    f"initial_treatment {self.initial_treatment}"
                )
                raise InvalidInputError(msg)


@attrs.frozen(field_transformer=checked)
class ProgressReport:
    """
    A report of a patient's progress.

    Args:
        written_on: Its date.
        written_by: Who wrote it: the therapist, also for a physician or nonphysician practitioner;
            an assistant; or both together.
        signed: Whether it is signed.

    Raises:
        InvalidInputError: If a value is none of these.

    >>> ProgressReport("2026-03-02", "assistant", signed=True).written_by
    <Clinician.ASSISTANT: 'assistant'>
    """

    written_on: date = attrs.field(converter=_day, validator=_is_day)
    written_by: Clinician = attrs.field(converter=_clinician)
    signed: bool


@attrs.frozen(field_transformer=checked)
class Authorization:
    """
    What a payer authorized beforehand.

    Args:
        visits: Most visits; None without a limit.
        units: Most units; None without a limit.
        codes: The codes that it is for; None for any.
        effective_from: First date of service; None without a limit.
        effective_through: Last date of service; None without a limit.
        discipline: The plan of care that it is for; None for any.
        key: The caller's key, by which findings and deadlines point at it; no display of it shows it.

    Raises:
        InvalidInputError: If a value is none of these, or the end is before the beginning.

    >>> Authorization(12, effective_through="2026-06-30").units is None
    True
    """

    visits: int | None = attrs.field(default=None, validator=attrs.validators.optional(_is_count))
    units: int | None = attrs.field(default=None, validator=attrs.validators.optional(_is_count))
    codes: tuple[str, ...] | None = attrs.field(default=None, converter=_codes)
    effective_from: date | None = attrs.field(
        default=None, converter=_day_or_none, validator=_IS_DAY_OR_NONE, kw_only=True
    )
    effective_through: date | None = attrs.field(
        default=None, converter=_day_or_none, validator=_IS_DAY_OR_NONE, kw_only=True
    )
    discipline: Discipline | None = attrs.field(
        default=None, converter=_discipline_or_none, kw_only=True
    )
    key: str | None = attrs.field(
        default=None, converter=_text, validator=_is_text, repr=False, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        first, last = self.effective_from, self.effective_through
        if first is not None and last is not None and last < first:
            msg = f"effective_through {last} is before effective_from {first}"
            raise InvalidInputError(msg)


@attrs.frozen(kw_only=True, field_transformer=checked)
class Practice:
    """
    What a practice asks of its own notes.

    Args:
        assessment_every_visits: An assessment at least every so many visits; two or three are advised.
        progression: Whether every note is to tell how the treatment was raised.
        one_on_one_statement: Whether every note is to say that contact was one-on-one.

    Raises:
        InvalidInputError: If a value is none of these.

    >>> attrs.evolve(Practice(), assessment_every_visits=2).assessment_every_visits
    2
    """

    assessment_every_visits: int = attrs.field(default=3, validator=_is_count)
    progression: bool = True
    one_on_one_statement: bool = True


@attrs.frozen(kw_only=True)
class Due:
    """
    Something that is due.

    Args:
        what: What is due, in a word or two.
        by: The last day on which it is in time, by the stricter way of counting.
        rule: The rule that asks for it, with its sources.
        statement: What to do and why.
        entries: The caller's key of the authorization that it is about; no display but JSON shows it.
    """

    what: str
    by: date
    rule: Rule
    statement: str
    entries: tuple[str, ...] = attrs.field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values that JSON can hold."""
        return {
            "what": self.what,
            "by": self.by.isoformat(),
            "rule": self.rule.id,
            "statement": self.statement,
            "entries": list(self.entries),
            "citation": [source.to_dict() for source in self.rule.sources],
        }
