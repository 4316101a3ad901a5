"""
Therapy codes: the facts that a biller needs about each code, and a citation for every fact.

The facts are in ``data/codes/therapy.toml``, and those of other programs than therapy in
``data/codes/other_programs.toml``. The user's own codes are in ``codes/own.toml`` of a data pack. CPT descriptors belong to the
AMA and are not included. The labels are our own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

import attrs

from therapy_billing.base.choices import Choice
from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import checked
from therapy_billing.base.whole_numbers import as_whole
from therapy_billing.base.wording import listed
from therapy_billing.codes.near_codes import near_codes
from therapy_billing.codes.roles import Discipline, ServiceClass
from therapy_billing.law.sources import Source, Verification, parse_source

__all__ = [
    "CodeFacts",
    "CodeProgram",
    "Contact",
    "TherapyClass",
    "UnitOf",
    "code_in_force",
    "facts_of_own_row",
    "facts_of_row",
    "facts_of_tables",
    "group_codes",
    "known_code",
    "load_codes",
    "parse_code",
    "parse_codes",
    "unknown_code",
]

CODE_FILES = (
    "codes/therapy.toml",
    "codes/other_programs.toml",
    "codes/own.toml",
    "codes/periods.toml",
)
"""The data files of codes. Every result rests on them."""

_GENERAL_KNOWLEDGE = "General knowledge"
"""How the titles of sources begin that are not documents."""
QUARTER = 15
"""Minutes of one unit of most timed codes."""

_FORM = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_SPREADSHEET_CODE = re.compile(r"([0-9]{5})\.0+")
_LARGEST_CODE = 99_999


class TherapyClass(Choice):
    """Whether a service is always therapy, no matter who provides it."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    """Therapy only when provided under a therapy plan of care."""
    NOT_COVERED = "not-covered"
    NEVER = "never"
    """Not therapy, no matter who provides it."""


class CodeProgram(Choice):
    """The kind of services that a code belongs to. Codes of different programs are never counted together."""

    THERAPY = "therapy"
    """Therapy, and services that are billed next to it, such as a physician's reading of a study."""
    ABA = "aba"
    """Applied behavior analysis."""
    ACUPUNCTURE = "acupuncture"
    CHIROPRACTIC = "chiropractic"
    OTHER_PAYERS = "other-payers"
    """Therapy under S codes, which Medicare does not accept."""


class UnitOf(Choice):
    """What one unit of a code counts."""

    MINUTES = "minutes"
    DAY = "day"
    """Untimed: one unit a day, regardless of the minutes."""
    PERIOD = "period"
    """Untimed: one unit for a setup, a supply over several days, or a call or message of a certain length. The record of a
    single day does not show the period."""
    AREA = "area"
    """Untimed: one unit for each part of the body that is treated or measured."""
    APPLICATION = "application"
    """Untimed: one unit for each cast, splint, or strapping."""
    INSTRUMENT = "instrument"
    """Untimed: one unit for each scored form."""
    CALENDAR_MONTH = "calendar-month"
    """The minutes of a calendar month. The record of a single day does not show their total."""


class Contact(Choice):
    """How a clinician attends to the patient."""

    ONE_ON_ONE = "one-on-one"
    """The clinician treats nobody else in these minutes."""
    GROUP = "group"
    """The clinician treats two or more patients at the same time. Each patient is billed one unit."""
    SUPERVISED = "supervised"
    """The clinician may furnish other services at the same time, even to the same patient."""
    REMOTE = "remote"
    """The patient is not present."""
    NONE = "none"
    """No therapist attends, as for a physician's reading of a study."""


@attrs.frozen(field_transformer=checked)
class CodeFacts:
    """
    The facts about a code.

    Args:
        code: The HCPCS or CPT code.
        label: Its name in our own words.
        unit_of: What one unit counts.
        unit_minutes: Minutes of one unit of a timed code. None for other codes.
        add_on: For the first code of a family, the add-on code for its additional units.
        adds_to: For an add-on code, the first codes that it may follow. Empty for other codes.
        midpoint_settled: False if no source says whether a unit needs half of its minutes or all of them.
        midpoint_under_cms: False if no source says this for the eight-minute rule.
        month_minutes: For a code that counts the minutes of a calendar month: the minimum and maximum minutes for a
            unit. The maximum is None if there is no upper limit. None for other codes.
        beyond: For a code that counts additional minutes in a calendar month: the code for the first minutes of that
            month. None for other codes.
        contact: How the clinician attends.
        patient_present: False for services that do not need the patient: caregiver training, remote services, and readings.
            They take none of the patient's time.
        group_of: The disciplines that use it as their group code.
        evaluation_of: The discipline of a PT or OT evaluation or re-evaluation. A day can have only one of each
            discipline. None for other codes, including SLP evaluations.
        therapist_only: Whether it is an evaluation, which Medicare does not pay when an assistant
            furnishes it.
        disciplines: The disciplines that may bill it under their plans of care. Empty if no therapist bills it.
        therapy_class: Always, sometimes, or never therapy. None if no source says.
        mppr_indicator: The MULT PROC indicator in the latest fee schedule release of the library's data. "5" is
            the therapy reduction.
        medicare_status: The STATUS CODE in the latest fee schedule release of the library's data.
        medicare_refuses: True if Medicare does not accept the code at all.
        medicare_instead: The codes that Medicare accepts instead.
        assistant_modifier: Whether its units can carry CQ or CO.
        effective_from: First date of service, or None if no source names one.
        effective_through: Last date of service, or None if it is still in force.
        replaced_by: The codes that replaced it.
        sources: The citations of each fact, under these names: time, contact, group, evaluation, therapist_only,
            disciplines, therapy, mppr, medicare, assistant, validity, program.
        re_evaluation: Whether it is a re-evaluation.
        program: The kind of services that it belongs to.
        interprets: For the reading of a study, the code of the study. None for other codes.
        remote_monitoring: Whether it is remote therapeutic monitoring.
    """

    code: str
    label: str
    unit_of: UnitOf
    unit_minutes: int | None
    add_on: str | None
    adds_to: tuple[str, ...]
    midpoint_settled: bool
    midpoint_under_cms: bool
    month_minutes: tuple[int, int | None] | None
    beyond: str | None
    contact: Contact
    patient_present: bool
    group_of: tuple[Discipline, ...]
    evaluation_of: Discipline | None
    therapist_only: bool
    disciplines: tuple[Discipline, ...]
    therapy_class: TherapyClass | None
    mppr_indicator: str | None
    medicare_status: str | None
    medicare_refuses: bool
    medicare_instead: tuple[str, ...]
    assistant_modifier: bool
    effective_from: date | None
    effective_through: date | None
    replaced_by: tuple[str, ...]
    _sources: Mapping[str, tuple[Source, ...]] = attrs.field(repr=False, hash=False)
    re_evaluation: bool = attrs.field(default=False, kw_only=True)
    program: CodeProgram = attrs.field(default=CodeProgram.THERAPY, kw_only=True)
    interprets: str | None = attrs.field(default=None, kw_only=True)
    remote_monitoring: bool = attrs.field(default=False, kw_only=True)

    @property
    def sources(self) -> Mapping[str, tuple[Source, ...]]:
        """The citations of each fact, as a read-only mapping."""
        return MappingProxyType(self._sources)

    @property
    def once(self) -> bool:
        """Whether the code is untimed and has at most one unit a day."""
        return self.unit_of in (UnitOf.DAY, UnitOf.PERIOD) or self.once_a_month

    @property
    def once_a_month(self) -> bool:
        """Whether the code has at most one unit in a calendar month, no matter who provides it."""
        return self.unit_of is UnitOf.CALENDAR_MONTH and self.beyond is None

    @property
    def first_of_family(self) -> bool:
        """Whether this is the first code of a timed family, which has an add-on code for additional units."""
        return self.timed and self.add_on is not None

    @property
    def for_therapists(self) -> bool:
        """Whether a therapist of any discipline may bill the code."""
        return bool(self.disciplines)

    @property
    def service_class(self) -> ServiceClass:
        """What kind of service it is, for a payer's rules on who may furnish it."""
        if self.therapist_only:
            return ServiceClass.RE_EVALUATION if self.re_evaluation else ServiceClass.EVALUATION
        if self.remote_monitoring:
            return (
                ServiceClass.RTM_MANAGEMENT if self.assistant_modifier else ServiceClass.RTM_DEVICE
            )
        if not self.patient_present and self.contact not in (Contact.REMOTE, Contact.NONE):
            return ServiceClass.CAREGIVER_TRAINING
        return (
            ServiceClass.GROUP if self.contact is Contact.GROUP else ServiceClass.SKILLED_TREATMENT
        )

    @property
    def timed(self) -> bool:
        """Whether the units are counted from the minutes of a day."""
        return self.unit_minutes is not None


def parse_code(value: object, *, what: str = "code", field: str | None = None) -> str:
    """
    Return *value* as a code: five characters, of which only the first and the last may be letters.

    Args:
        value: A string in upper or lower case, or a code that a spreadsheet converted to a number.
        what: The name of the value, for the message.
        field: The field that the error names. If it is None, the error names *what*.

    Raises:
        InvalidInputError: If it is not a code.

    >>> parse_code(" g0283 "), parse_code("97530.0"), parse_code(97530)
    ('G0283', '97530', '97530')
    """
    code = _read_code(value if type(value) is str else _code_text(value))
    if code is None:
        msg = f"{what} must be five characters such as '97530' or 'G0283', got {safe_repr(value)}"
        raise InvalidInputError(msg, field=field or what)
    return code


# The same few codes are read many times, so results are cached.
@lru_cache(maxsize=1024)
def _read_code(text: str) -> str | None:
    code = text.strip().upper()
    if _FORM.fullmatch(code):
        return code
    match = _SPREADSHEET_CODE.fullmatch(code)
    return None if match is None else match[1]


def _code_text(value: object) -> str:
    """Return *value*, a number or an instance of a subclass of str, as a plain string."""
    if isinstance(value, str):
        return str(value)
    number = as_whole(value)
    return str(number) if number is not None and 0 < number <= _LARGEST_CODE else ""


def parse_codes(values: object, *, what: str = "codes") -> tuple[str, ...]:
    """
    Return a sequence of codes as a tuple.

    Args:
        values: The codes.
        what: The name of the argument, for the message.

    Raises:
        InvalidInputError: If it is not a sequence, or an item is not a code.

    >>> parse_codes(["97110", "g0283"])
    ('97110', 'G0283')
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        msg = f"{what} must be a sequence such as ('97110', '97530'), got {safe_repr(values)}"
        raise InvalidInputError(msg, field=what)
    return tuple(parse_code(value, what=f"{what}[{index}]") for index, value in enumerate(values))


@cache
def load_codes() -> Mapping[str, CodeFacts]:
    """
    Return the facts for every code in the library's data, by code.

    >>> load_codes()["97530"].unit_minutes, load_codes()["97161"].unit_minutes
    (15, None)
    """
    tables = (_table(), read_toml("codes/other_programs.toml"))
    return MappingProxyType(facts_of_tables(tables, read_toml("codes/own.toml")))


def facts_of_tables(
    tables: Iterable[Mapping[str, Any]], own: Mapping[str, Any]
) -> dict[str, CodeFacts]:
    """
    Return the facts in the tables of files that were already checked, by code.

    Args:
        tables: Tables in the form of ``codes/therapy.toml``.
        own: A table in the form of ``codes/own.toml``.
    """
    facts: dict[str, CodeFacts] = {}
    for table in tables:
        sources = {key: parse_source(row) for key, row in table["source"].items()}
        facts |= {row["code"]: facts_of_row(row, sources) for row in table["code"]}
    return facts | {row["code"]: facts_of_own_row(row) for row in own.get("code", ())}


@cache
def quarter_codes() -> frozenset[str]:
    """Return the therapy codes with units of 15 minutes that do not belong to a family."""
    return frozenset(
        code
        for code, facts in load_codes().items()
        if facts.unit_minutes == QUARTER and facts.program is CodeProgram.THERAPY
        if facts.add_on is None and not facts.adds_to
    )


@cache
def refused_by_medicare() -> frozenset[str]:
    """Return the codes that Medicare does not accept, or that are outside its therapy benefit."""
    return frozenset(
        code
        for code, facts in load_codes().items()
        if facts.medicare_refuses or facts.program is not CodeProgram.THERAPY
    )


@cache
def recalled_time_codes() -> frozenset[str]:
    """Return the codes for which only unverified sources say how their units are counted."""
    return frozenset(
        code
        for code, facts in load_codes().items()
        if all(source.verified is Verification.UNVERIFIED for source in facts.sources["time"])
    )


@cache
def unverified_time_document(code: str) -> str:
    """
    Return the documents that say how units of *code* are counted, if all of them are unverified. Empty if there is none.

    General knowledge is not a document.
    """
    titles = [source.title for source in load_codes()[code].sources["time"]]
    documents = [title for title in titles if not title.startswith(_GENERAL_KNOWLEDGE)]
    return listed(documents) if code in recalled_time_codes() and documents else ""


@cache
def therapist_only_codes() -> frozenset[str]:
    """Return the evaluation codes. Medicare does not pay them when an assistant furnishes them."""
    return frozenset(code for code, facts in load_codes().items() if facts.therapist_only)


@cache
def group_codes() -> Mapping[Discipline, str]:
    """Return the group code of each discipline."""
    codes: dict[Discipline, str] = {}
    for code, facts in load_codes().items():
        for plan in facts.group_of:
            # The library's codes come first, and a later one is refused when it is read.
            codes.setdefault(plan, code)
    return MappingProxyType(codes)


def not_for_therapists(facts: CodeFacts) -> str:
    """
    Return the sentence that no therapist may bill the code, with how far that is verified.

    >>> not_for_therapists(load_codes()["92613"])
    "92613 is not a therapist's code (unverified)"
    """
    levels = dict.fromkeys(source.verified.value for source in facts.sources["disciplines"])
    return f"{facts.code} is not a therapist's code ({', '.join(levels)})"


def known_through() -> date:
    """Return the last date of service in the code data."""
    day: date = _table()["known_through"]
    return day


def known_code(code: str) -> CodeFacts:
    """
    Return the facts for *code*, whether or not it is still active.

    Raises:
        InvalidInputError: If the code is not in the data. The message names the nearest known codes.
    """
    facts = load_codes().get(code)
    if facts is None:
        msg = f"code {safe_repr(code)} is {unknown_code(code)}"
        raise InvalidInputError(msg, field="code", code=code)
    return facts


# A log often has the same unknown code in many rows.
@lru_cache(maxsize=1024)
def unknown_code(code: str) -> str:
    """
    Return what to say about a code that is not known: how to add it, and the nearest known codes.

    >>> unknown_code("97111")
    'not in the data: add it with use_data or --codes; did you mean 97110, 97112, or 97113?'
    >>> unknown_code("12345")
    'not in the data: add it with use_data or --codes'
    """
    near = near_codes(code, _ranks())
    question = f"; did you mean {listed(near, 'or')}?" if near else ""
    return f"not in the data: add it with use_data or --codes{question}"


@cache
def _ranks() -> dict[str, int]:
    """Return the rank of each code for a suggestion: therapy first, and then the codes that are still in force."""
    return {
        code: 2 * (facts.program is not CodeProgram.THERAPY) + _has_ended(facts)
        for code, facts in load_codes().items()
    }


def _has_ended(facts: CodeFacts) -> bool:
    return facts.effective_through is not None and _ended(facts.effective_through, None)


def first_of_family(code: str) -> str:
    """
    Return the first code of the family of an add-on code. Return any other code itself.

    >>> first_of_family("97130"), first_of_family("97110")
    ('97129', '97110')
    """
    firsts = known_code(code).adds_to
    return next((first for first in firsts if known_code(first).add_on == code), code)


def code_in_force(code: str, on: date | None) -> CodeFacts:
    """
    Return the facts for *code*, after checking that it is in force on the date of service *on*.

    Args:
        code: A code as :func:`parse_code` returns it.
        on: Date of service. If it is None, only codes that are still in force at the end of the data are accepted.

    Raises:
        InvalidInputError: If the code is not in the data, or was not in force on that day. If the data names another
            code that was valid instead, so does the message.
        NotPublishedError: If the day is after the end of the data.

    >>> code_in_force("97129", date(2020, 1, 1)).label
    'cognitive intervention, first unit'
    """
    facts = known_code(code)
    first, last = facts.effective_from, facts.effective_through
    if last is not None and _ended(last, on):
        later = listed(_successors(facts, on), "or")
        fixes = [f"use {later}"] if later else []
        if on is None:
            fixes.append("give date_of_service for an earlier service")
        fix = ", or ".join(fixes) or "no code that replaced it is in the data"
        msg = f"code {code} ended on {last}: {fix}"
        raise InvalidInputError(msg, field="code", code=code)
    if on is not None and first is not None and on < first:
        before = listed([c for c, f in load_codes().items() if code in f.replaced_by], "or")
        msg = f"code {code} begins on {first}" + (f": use {before} before then" if before else "")
        raise InvalidInputError(msg, field="code", code=code)
    if on is not None and on > known_through():
        msg = f"codes are known through {known_through()}, not on {on}"
        raise NotPublishedError(msg, field="date_of_service", code=code)
    return facts


def _ended(last: date, on: date | None) -> bool:
    """Return whether a code with the last day *last* ended before *on*. Without a date, the end of the data decides."""
    return last < (known_through() if on is None else on)


def _successors(facts: CodeFacts, on: date | None) -> tuple[str, ...]:
    """Return the codes that replaced *facts* and are in force on *on*."""
    found: dict[str, None] = {}
    for code in facts.replaced_by:
        successor = load_codes()[code]
        last = successor.effective_through
        ended = last is not None and _ended(last, on)
        found.update(dict.fromkeys(_successors(successor, on) if ended else (code,)))
    return tuple(found)


@cache
def _table() -> dict[str, Any]:
    return read_toml("codes/therapy.toml")


def facts_of_own_row(row: Mapping[str, Any]) -> CodeFacts:
    """
    Return the facts in a ``[[code]]`` of ``codes/own.toml``. Each fact cites the source of the row.

    >>> facts = facts_of_own_row(
    ...     {
    ...         "code": "T1027",
    ...         "label": "family training",
    ...         "minutes": 15,
    ...         "disciplines": ["PT"],
    ...         "contact": "one-on-one",
    ...         "program": "other-payers",
    ...         "source": "the state's early intervention manual",
    ...     }
    ... )
    >>> facts.unit_minutes, str(facts.sources["time"][0])
    (15, "the state's early intervention manual (unverified)")
    """
    nested: dict[str, Any] = {"code": row["code"], "label": " ".join(row["label"].split())}
    for fact, names in OWN_KEYS.items():
        terms = {name: row[key] for name, key in names.items() if key in row}
        if terms or fact == "validity":
            nested[fact] = {**terms, "source": ("own",)}
    if not row.get("therapist_only", False):
        nested.pop("therapist_only", None)
    verified = Verification(row.get("verified", Verification.UNVERIFIED))
    return facts_of_row(nested, {"own": Source(row["source"], "", "", verified)})


OWN_KEYS: Mapping[str, Mapping[str, str]] = {
    "program": {"of": "program"},
    "time": {name: name for name in ("minutes", "untimed_per", "add_on", "adds_to", "midpoint")},
    "contact": {"with": "contact", "patient": "patient"},
    "group": {"of": "group_of"},
    "evaluation": {"of": "evaluation_of"},
    "therapist_only": {"only": "therapist_only"},
    "disciplines": {"any_of": "disciplines"},
    "therapy": {"class": "therapy"},
    "assistant": {"modifier": "assistant_modifier"},
    "validity": {"from": "from", "through": "through"},
}
"""For each fact, the names of its terms in ``codes/therapy.toml`` and their keys in ``codes/own.toml``."""


def facts_of_row(row: Mapping[str, Any], sources: Mapping[str, Source]) -> CodeFacts:
    """Return the facts in a ``[[code]]`` of ``codes/therapy.toml``, with their *sources* by key."""
    timing, medicare, validity = row["time"], row.get("medicare", {}), row["validity"]
    minutes, month = timing.get("minutes"), timing.get("month")
    contact = Contact(row["contact"]["with"])
    return CodeFacts(
        code=row["code"],
        label=row["label"],
        unit_of=UnitOf.MINUTES if minutes is not None else UnitOf(timing["untimed_per"]),
        unit_minutes=minutes,
        add_on=timing.get("add_on"),
        adds_to=tuple(timing.get("adds_to", ())),
        midpoint_settled=timing.get("midpoint") != "open",
        midpoint_under_cms="midpoint" not in timing,
        month_minutes=None if month is None else (month["from"], month.get("through")),
        beyond=None if month is None else month.get("beyond"),
        contact=contact,
        patient_present=contact is not Contact.REMOTE and "patient" not in row["contact"],
        group_of=tuple(Discipline(name) for name in row.get("group", {}).get("of", ())),
        evaluation_of=Discipline(row["evaluation"]["of"]) if "evaluation" in row else None,
        therapist_only="therapist_only" in row,
        re_evaluation=row.get("therapist_only", {}).get("again", False),
        disciplines=tuple(Discipline(name) for name in row["disciplines"]["any_of"]),
        therapy_class=TherapyClass(row["therapy"]["class"]) if "therapy" in row else None,
        mppr_indicator=row.get("mppr", {}).get("indicator"),
        medicare_status=medicare.get("status"),
        medicare_refuses=medicare.get("refused", False),
        medicare_instead=tuple(medicare.get("instead", ())),
        assistant_modifier=row.get("assistant", {}).get("modifier", True),
        effective_from=validity.get("from"),
        effective_through=validity.get("through"),
        replaced_by=tuple(validity.get("replaced_by", ())),
        program=CodeProgram(row["program"]["of"]) if "program" in row else CodeProgram.THERAPY,
        interprets=timing.get("interprets"),
        remote_monitoring=row["contact"].get("rtm", False),
        sources={
            fact: tuple(sources[key] for key in row[fact]["source"])
            for fact in (
                "time",
                "contact",
                "group",
                "evaluation",
                "therapist_only",
                "disciplines",
                "therapy",
                "mppr",
                "medicare",
                "assistant",
                "validity",
                "program",
            )
            if fact in row
        },
    )
