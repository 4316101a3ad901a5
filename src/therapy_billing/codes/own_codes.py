"""
Read files of codes that users write, and report every fault with its file and line.

:func:`read_own_codes` reads the short form of ``codes/own.toml``. :func:`read_code_file` reads the form of
``codes/therapy.toml`` and ``codes/other_programs.toml``. Both work in three steps. First, each ``[[code]]`` is read by itself.
Next, its code is compared with the codes of the file and with the codes that are already known. Last, the families are
checked, because a first code and its add-on code may be in any order and in different files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, TypeVar

import attrs

from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.toml_files import (
    FLAG,
    TEXT,
    Form,
    Key,
    TomlFile,
    TomlReader,
    choice_form,
    read_term,
    tables_form,
    unknown_key,
)
from therapy_billing.base.wording import did_you_mean, listed
from therapy_billing.codes.code_book import (
    OWN_KEYS,
    CodeFacts,
    CodeProgram,
    Contact,
    TherapyClass,
    UnitOf,
    facts_of_own_row,
    facts_of_row,
    parse_code,
)
from therapy_billing.codes.roles import Discipline, parse_discipline
from therapy_billing.law.source_tables import SOURCE_FORMS
from therapy_billing.law.sources import Source, Verification, parse_source

__all__ = [
    "BOOK_FILES",
    "CodeFile",
    "code_location",
    "faults_of_code_files",
    "read_code_file",
    "read_own_codes",
]

_THERAPY, _OTHER_PROGRAMS, _OWN_CODES = (
    "codes/therapy.toml",
    "codes/other_programs.toml",
    "codes/own.toml",
)
BOOK_FILES = (_THERAPY, _OTHER_PROGRAMS, _OWN_CODES)
"""The files of codes, in the order in which they are read."""

T = TypeVar("T")


def read_own_codes(
    file: TomlFile,
    known: Mapping[str, CodeFacts],
    where: Callable[[str], str],
    *,
    corrected: Collection[str] = (),
) -> dict[str, CodeFacts]:
    """
    Return the user's own codes in *file*, each with its facts.

    Args:
        file: A file in the form of ``codes/own.toml``.
        known: The codes of the library and of earlier files.
        where: Returns the file and line of a known code, such as ``acme.toml, line 3``.
        corrected: The known codes that the file may change. A known code with equal facts may always be there.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault, with its line.
    """
    reader = TomlReader(file)
    top = reader.terms(file.table, _OWN_TOP)
    rows = _Rows(reader, top.get("code", ()), known, where, corrected, {})
    for number, row in enumerate(rows.tables):
        at: Key = ("code", number)
        faults = len(reader.faults)
        reader.require(row, _OWN_NEEDED, at=at)
        terms = reader.terms(row, _OWN, at=at)
        for key, reason in _conflicts(row.keys(), terms):
            reader.fault((*at, key), reason)
        rows.add(number, None if len(reader.faults) > faults else facts_of_own_row(terms))
    return rows.checked()


def read_code_file(
    file: TomlFile,
    known: Mapping[str, CodeFacts],
    where: Callable[[str], str],
    *,
    sources: Mapping[str, Source],
    corrected: Collection[str] = (),
    other_programs: bool = False,
) -> dict[str, CodeFacts]:
    """
    Return the codes in *file*, each with its facts.

    Args:
        file: A file in the form of ``codes/therapy.toml``.
        known: The codes of the library and of earlier files.
        where: Returns the file and line of a known code, such as ``acme.toml, line 3``.
        sources: The sources that the file may cite by their keys, in addition to its own.
        corrected: The known codes that the file may change. A known code with equal facts may always be there.
        other_programs: Whether the file is ``codes/other_programs.toml``, in which each code names its program.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault, with its line.
    """
    reader = TomlReader(file)
    top = reader.terms(file.table, _TOP)
    cited = {**sources, **_read_sources(top.get("source", {}), reader)}
    # A source with a fault of its own is not a second fault where it is cited.
    keys = cited.keys() | top.get("source", {}).keys()
    facts = [name for name in _FACTS if other_programs or name != "program"]
    needed = (*_NEEDED, "program") if other_programs else _NEEDED
    forms = {**_NAMES, **dict.fromkeys(facts, _TABLE)}
    rows = _Rows(reader, top.get("code", ()), known, where, corrected, _PLACES)
    for number, row in enumerate(rows.tables):
        at: Key = ("code", number)
        faults = len(reader.faults)
        reader.require(row, needed, at=at)
        terms = reader.terms(row, forms, at=at)
        for name in [name for name in terms if name in facts]:
            terms[name] = _read_fact(terms[name], name, keys, (*at, name), reader)
        if "time" in terms:
            for key, reason in _conflicts(_flat(row).keys(), _flat(terms)):
                reader.fault((*at, *_PLACES[key]), reason)
        good = len(reader.faults) == faults and all(
            cited.keys() >= set(terms[name]["source"]) for name in terms if name in facts
        )
        rows.add(number, facts_of_row(terms, cited) if good else None)
    return rows.checked()


def _read_sources(table: Mapping[str, object], reader: TomlReader) -> dict[str, Source]:
    """Return the sources that can be read, by key."""
    sources: dict[str, Source] = {}
    for key, row in table.items():
        at: Key = ("source", key)
        if not isinstance(row, dict):
            reader.fault(at, "must be a table with title, verified, and other keys")
            continue
        terms = reader.terms(row, SOURCE_FORMS, at=at)
        reader.require(row, ("title", "verified"), at=at)
        if {"title", "verified"} <= terms.keys():
            sources[key] = parse_source(terms)
    return sources


def _read_fact(
    table: Mapping[str, Any], fact: str, sources: Collection[str], at: Key, reader: TomlReader
) -> dict[str, Any]:
    """Return the terms of a fact, such as ``time``."""
    needed, forms = _FACTS[fact]
    reader.require(table, (*needed, "source"), at=at)
    terms = reader.terms(table, {**forms, "source": _KEYS}, at=at)
    for key in terms.get("source", ()):
        if key not in sources:
            reason = (
                f"no source of this file or an earlier one has this key{did_you_mean(key, sources)}"
            )
            reader.fault((*at, "source"), reason)
    if "month" in terms:
        here = (*at, "month")
        reader.require(terms["month"], ("from",), at=here)
        terms["month"] = reader.terms(terms["month"], _MONTH, at=here)
    return terms


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms of a row under their names in ``codes/own.toml``, as far as it has such a name."""
    terms: dict[str, Any] = {}
    for key, place in _PLACES.items():
        fact, name = row.get(str(place[0])), place[-1]
        if isinstance(fact, dict) and key == "therapist_only":
            terms[key] = True
        elif isinstance(fact, dict) and name in fact:
            terms[key] = fact[name]
    return terms


@attrs.frozen
class CodeFile:
    """
    A file of codes in the library or in a data pack.

    Args:
        path: One of :data:`BOOK_FILES`.
        file: The file.
        corrected: The known codes that the file may change.
    """

    path: str
    file: TomlFile
    corrected: frozenset[str] = frozenset()


def faults_of_code_files(files: Iterable[CodeFile]) -> list[FileFormatError]:
    """
    Return every fault in files of codes, with its file and line.

    Args:
        files: The files of the library and of the packs on top of it, from the bottom up. The files of one pack are in the
            order of :data:`BOOK_FILES`.
    """
    known: dict[str, CodeFacts] = {}
    sources: dict[str, dict[str, Source]] = {path: {} for path in BOOK_FILES}
    read: list[TomlFile] = []
    faults: list[FileFormatError] = []
    for each in files:
        where = partial(code_location, files=tuple(read))
        try:
            if each.path == _OWN_CODES:
                known |= read_own_codes(each.file, known, where, corrected=each.corrected)
            else:
                known |= read_code_file(
                    each.file,
                    known,
                    where,
                    sources=sources[each.path],
                    corrected=each.corrected,
                    other_programs=each.path == _OTHER_PROGRAMS,
                )
                rows = each.file.table.get("source", {})
                sources[each.path] |= {key: parse_source(row) for key, row in rows.items()}
        except ExceptionGroup as group:
            faults += [fault for fault in group.exceptions if isinstance(fault, FileFormatError)]
        else:
            read.append(each.file)
    return faults


def code_location(code: str, files: Iterable[TomlFile]) -> str:
    r"""
    Return the file and line of the last ``[[code]]`` for *code* in *files*, or an empty string if there is none.

    >>> from therapy_billing.base.toml_files import parse_toml
    >>> code_location("T1027", [parse_toml("[[code]]\ncode = 'T1027'", "acme.toml")])
    'acme.toml, line 2'
    """
    found = ""
    for file in files:
        rows = file.table.get("code", ())
        numbers = [number for number, row in enumerate(rows) if row.get("code") == code]
        if numbers:
            found = f"{file.path}, line {file.line(('code', numbers[-1], 'code'))}"
    return found


class _Rows:
    """The ``[[code]]`` tables of a file, and the faults that only show when several codes are compared."""

    def __init__(
        self,
        reader: TomlReader,
        tables: Iterable[dict[str, Any]],
        known: Mapping[str, CodeFacts],
        where: Callable[[str], str],
        corrected: Collection[str],
        places: Mapping[str, Key],
    ) -> None:
        self.tables = list(tables)
        self._reader, self._known, self._where = reader, known, where
        self._corrected, self._places = corrected, places
        self._numbers: dict[str, int] = {}
        self._found: dict[str, CodeFacts] = {}

    def add(self, number: int, facts: CodeFacts | None) -> None:
        """Add the table with this number; its facts are None if it has a fault."""
        at: Key = ("code", number, "code")
        try:
            code = parse_code(self.tables[number].get("code"))
        except InvalidInputError:
            return
        if code in self._numbers:
            line = self._reader.file.line(("code", self._numbers[code], "code"))
            self._reader.fault(at, f"{code} is already on line {line}: keep one of them")
            return
        if code in self._known and code not in self._corrected and facts != self._known[code]:
            self._reader.fault(
                at,
                f"{code} is already in {self._where(code)}: leave it out, or declare a correction of that file "
                "in pack.toml",
            )
        self._numbers[code] = number
        if facts is not None:
            self._found[code] = facts

    def checked(self) -> dict[str, CodeFacts]:
        """Return the facts by code, after checking the families and every code that a row names."""
        for code, facts in self._found.items():
            for place, reason in self._faults_of(facts):
                self._reader.fault(
                    ("code", self._numbers[code], *self._places.get(place, (place,))), reason
                )
        self._reader.refuse("bad codes")
        return self._found

    def _faults_of(self, facts: CodeFacts) -> Iterator[tuple[str, str]]:
        """Yield each fault in the codes that a code names, with the term that names them."""
        code, book = facts.code, {**self._known, **self._found}
        for place, names in _named(facts):
            if code in names:
                yield place, f"{code} cannot name itself"
            for name in names:
                if name not in book and name not in self._numbers:
                    yield place, f"{name} is not in the data: add a [[code]] for it"
        if facts.add_on is not None and facts.adds_to:
            yield "adds_to", "a code has add_on or adds_to, not both"
        elif facts.add_on is not None and facts.add_on != code and facts.add_on in book:
            yield from _faults_of_add_on(facts, book[facts.add_on])
        elif facts.adds_to:
            yield from _faults_of_firsts(facts, [book.get(name) for name in facts.adds_to])
        yield from _faults_of_group(facts, book)
        yield from self._faults_of_correction(facts)

    def _faults_of_correction(self, facts: CodeFacts) -> Iterator[tuple[str, str]]:
        """Yield the names that a corrected code must keep, because a code outside of the file names it."""
        before = self._known.get(facts.code)
        if before is None:
            return
        if (
            before.add_on is not None
            and facts.add_on != before.add_on
            and before.add_on not in self._numbers
        ):
            yield "add_on", f"{before.add_on} adds to {before.code}: correct it too, or keep add_on"
        for first in before.adds_to:
            named = self._known[first].add_on == facts.code and first not in self._numbers
            if named and first not in facts.adds_to:
                yield (
                    "adds_to",
                    f"{first} names {facts.code} as add_on: correct it too, or keep {first}",
                )


def _faults_of_group(facts: CodeFacts, book: Mapping[str, CodeFacts]) -> Iterator[tuple[str, str]]:
    """Yield each discipline that has another group code already, because only its first one is used."""
    for plan in facts.group_of:
        first = next(code for code, each in book.items() if plan in each.group_of)
        if first != facts.code:
            reason = f"it would have no effect: {first} is the group code of {plan.value}; leave {plan.value} out"
            yield "group_of", reason


def _faults_of_add_on(first: CodeFacts, add_on: CodeFacts) -> Iterator[tuple[str, str]]:
    if first.code not in add_on.adds_to:
        yield "add_on", f"{add_on.code} does not name {first.code} in adds_to: add it there"
    if add_on.timed is not first.timed:
        yield "add_on", f"{add_on.code} and {first.code} must both be timed, or both untimed"


def _faults_of_firsts(
    add_on: CodeFacts, firsts: Sequence[CodeFacts | None]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the *firsts* of an add-on code. None stands for a code that could not be read."""
    own = [first.code for first in firsts if first is not None and first.add_on == add_on.code]
    if not own and None not in firsts:
        names = listed(add_on.adds_to, "or")
        yield (
            "adds_to",
            f'no first code names {add_on.code}: write add_on = "{add_on.code}" for {names}',
        )
    if len(own) > 1:
        yield "adds_to", f"{listed(own)} name {add_on.code} as add_on: only one of them may"


def _named(facts: CodeFacts) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the codes that a code names, with the term that names them."""
    yield "add_on", () if facts.add_on is None else (facts.add_on,)
    yield "adds_to", facts.adds_to
    yield "beyond", () if facts.beyond is None else (facts.beyond,)
    yield "interprets", () if facts.interprets is None else (facts.interprets,)
    yield "replaced_by", facts.replaced_by
    yield "medicare_instead", facts.medicare_instead


def _conflicts(given: Collection[str], terms: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """
    Yield the key and the reason of each term that does not fit the others.

    Args:
        given: The keys of the row, readable or not.
        terms: The terms that could be read, by key.
    """
    yield from _conflicts_of_time(given, terms.get("untimed_per"))
    if terms.get("contact") is Contact.REMOTE and "patient" in given:
        yield "patient", "leave it out: if the contact is remote, the patient is not present"
    if "group_of" in terms and terms.get("contact", Contact.GROUP) is not Contact.GROUP:
        yield "group_of", "only a code with the contact group is a group code"
    yield from _conflicts_of_disciplines(terms)
    first, last = terms.get("from"), terms.get("through")
    if first is not None and last is not None and last < first:
        yield "through", f"must be {first}, the first day, or later"


def _conflicts_of_time(given: Collection[str], untimed: str | None) -> Iterator[tuple[str, str]]:
    if "minutes" in given and "untimed_per" in given:
        yield "untimed_per", "a code has minutes or untimed_per, not both"
    elif "minutes" not in given and "untimed_per" not in given:
        yield (
            "minutes",
            "missing: give minutes for a timed code, or untimed_per for an untimed code",
        )
    elif untimed is not None:
        if "midpoint" in given:
            yield "midpoint", "only a code with minutes has a midpoint"
        for key in ("add_on", "adds_to"):
            if key in given and untimed != UnitOf.AREA.value:
                yield key, 'only a code with minutes, or with untimed_per = "area", has a family'
    readable = untimed is not None or "untimed_per" not in given
    if readable and (untimed == UnitOf.CALENDAR_MONTH.value) is not ("month" in given):
        yield "month", 'untimed_per = "calendar-month" and month belong together'


def _conflicts_of_disciplines(terms: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    anyone = terms.get("disciplines", tuple(Discipline))
    for discipline in terms.get("group_of", ()):
        if discipline not in anyone:
            yield "group_of", f"{discipline.value} is not one of the disciplines of the code"
    evaluates = terms.get("evaluation_of")
    if evaluates is None:
        return
    if evaluates is Discipline.SLP:
        yield "evaluation_of", "PT or OT belongs here: a day may have several SLP evaluations"
    elif evaluates not in anyone:
        yield "evaluation_of", f"{evaluates.value} is not one of the disciplines of the code"
    if not terms.get("therapist_only"):
        yield "therapist_only", "an evaluation is for therapists only: write it here too"


def _code(value: str) -> str:
    code = parse_code(value)
    if code != value:
        msg = f"write the code as {code}"
        raise InvalidInputError(msg)
    return code


_WANTED_CODE = 'a code in quotes, such as "T1027", belongs here'
_CODE: Form = ((str,), _WANTED_CODE, _code)


def _label(value: str) -> str:
    text = str(read_term(value, TEXT))
    if not text.isprintable():
        msg = "a control character does not belong here"
        raise InvalidInputError(msg)
    return text


def _minutes(value: int) -> int:
    if not 1 <= value <= _DAY:
        msg = f"minutes of one unit must be from 1 to {_DAY}"
        raise InvalidInputError(msg)
    return value


_DAY = 24 * 60


def _list_form(wanted: str, read: Callable[[Any], T], *, empty: bool = False) -> Form:
    """Return the form of an array of different strings, such as codes."""

    def read_all(values: list[object]) -> tuple[T, ...]:
        if not all(type(value) is str for value in values) or not (values or empty):
            raise InvalidInputError(wanted)
        found = tuple(map(read, values))
        if len(set(found)) < len(found):
            msg = "each may be listed once"
            raise InvalidInputError(msg)
        return found

    return (list,), wanted, read_all


def _word_form(*words: str) -> Form:
    """Return the form of one of *words*."""

    def read(value: str) -> str:
        word = value.strip().lower()
        if word not in words:
            raise InvalidInputError(unknown_key(value, words))
        return word

    return (str,), f"one of {', '.join(words)} belongs here", read


_DISCIPLINE: Form = ((str,), "PT, OT, or SLP belongs here", parse_discipline)
_WANTED_DISCIPLINES = 'disciplines such as ["PT", "OT"] belong here'
_DISCIPLINES = _list_form(_WANTED_DISCIPLINES, parse_discipline)
_ANY_DISCIPLINES = _list_form(_WANTED_DISCIPLINES, parse_discipline, empty=True)
_CODES = _list_form('codes such as ["97110", "97112"] belong here', _code)
_MINUTES: Form = ((int,), "a whole number of minutes belongs here", _minutes)
# Quotes would make it a string, which differs from the date in an earlier file.
_KEYS = _list_form('keys of sources such as ["manual"] belong here', str)
_DATE: Form = ((date,), "a date without quotes, such as 2026-01-01, belongs here", lambda day: day)
_MIDPOINT = _word_form("open", "cpt")
_PATIENT = _word_form("absent", "may-be-absent")
_UNTIMED = ("day", "period", "area", "application", "instrument")
_NAMES: Mapping[str, Form] = {"code": _CODE, "label": ((str,), TEXT[1], _label)}

_OWN_TOP: Mapping[str, Form] = {"code": tables_form("code")}
_OWN: Mapping[str, Form] = {
    **_NAMES,
    "minutes": _MINUTES,
    "untimed_per": _word_form(*_UNTIMED),
    "add_on": _CODE,
    "adds_to": _CODES,
    "midpoint": _MIDPOINT,
    "disciplines": _ANY_DISCIPLINES,
    "therapy": choice_form(TherapyClass),
    "contact": choice_form(Contact),
    "patient": _PATIENT,
    "program": choice_form(CodeProgram),
    "group_of": _DISCIPLINES,
    "evaluation_of": _DISCIPLINE,
    "therapist_only": FLAG,
    "assistant_modifier": FLAG,
    "from": _DATE,
    "through": _DATE,
    "source": TEXT,
    "verified": choice_form(Verification),
}
_OWN_NEEDED = ("code", "label", "disciplines", "contact", "program", "source")

_TABLE: Form = ((dict,), "a table in braces belongs here", dict)
_TOP: Mapping[str, Form] = {
    "known_through": _DATE,
    "source": ((dict,), "tables such as [source.manual] belong here", dict),
    "code": tables_form("code"),
}
_MONTH: Mapping[str, Form] = {"from": _MINUTES, "through": _MINUTES, "beyond": _CODE}
_FACTS: Mapping[str, tuple[tuple[str, ...], Mapping[str, Form]]] = {
    "program": (("of",), {"of": choice_form(CodeProgram)}),
    "time": (
        (),
        {
            "minutes": _MINUTES,
            "untimed_per": _word_form(*_UNTIMED, UnitOf.CALENDAR_MONTH.value),
            "add_on": _CODE,
            "adds_to": _CODES,
            "midpoint": _MIDPOINT,
            "interprets": _CODE,
            "month": _TABLE,
        },
    ),
    "contact": (
        ("with",),
        {"with": choice_form(Contact), "patient": _PATIENT, "rtm": FLAG},
    ),
    "group": (("of",), {"of": _DISCIPLINES}),
    "evaluation": (("of",), {"of": _DISCIPLINE}),
    "therapist_only": ((), {"again": FLAG}),
    "disciplines": (("any_of",), {"any_of": _ANY_DISCIPLINES}),
    "therapy": (("class",), {"class": choice_form(TherapyClass)}),
    "mppr": (("indicator",), {"indicator": _word_form(*"0123456789")}),
    "medicare": ((), {"status": TEXT, "refused": FLAG, "instead": _CODES}),
    "assistant": (("modifier",), {"modifier": FLAG}),
    "validity": ((), {"from": _DATE, "through": _DATE, "replaced_by": _CODES}),
}
"""For each fact, the keys that it needs and the form of each key. Every fact also has a source."""
_NEEDED = ("code", "label", "time", "contact", "disciplines", "validity")
_PLACES: Mapping[str, Key] = {
    **{key: (fact, name) for fact, names in OWN_KEYS.items() for name, key in names.items()},
    "therapist_only": ("therapist_only",),
    "month": ("time", "month"),
    "beyond": ("time", "month", "beyond"),
    "interprets": ("time", "interprets"),
    "replaced_by": ("validity", "replaced_by"),
    "medicare_instead": ("medicare", "instead"),
}
"""For each term, its path in a row of ``codes/therapy.toml``."""
