"""
Read payers from TOML files. A payer file is complete by itself, or lists changes to a base payer.

Reading has three steps. First, each file is read separately, and all its faults are collected. Next, names
and bases are resolved across all files, so the order of the files does not matter. Last, the policies of each
payer are built by date. If no ``[[policy]]`` sets a field, the payer has, on each date, the
base's value for that date.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from typing import Any

import attrs

from therapy_billing.base.data_loader import (
    data_assumptions,
    days_of_assumptions,
    names_in_packs,
    read_toml,
)
from therapy_billing.base.errors import FileFormatError, InvalidInputError, TherapyBillingError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.toml_files import (
    FLAG,
    TEXT,
    Form,
    Key,
    TomlFile,
    TomlReader,
    choice_form,
    day_form,
    parse_toml,
    read_term,
    read_toml_file,
    read_toml_files,
    tables_form,
    unknown_key,
)
from therapy_billing.base.validation import parse_whole, require_path, require_text, require_type
from therapy_billing.base.wording import word_key
from therapy_billing.codes.code_book import parse_code
from therapy_billing.law.source_tables import SOURCE_FORMS
from therapy_billing.law.sources import Source, parse_source
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.caps import Cap, CapOf
from therapy_billing.payers.claim_rules import ClaimRules
from therapy_billing.payers.code_terms import CodeTerms
from therapy_billing.payers.furnisher_files import read_furnishers
from therapy_billing.payers.furnishers import Furnishers
from therapy_billing.payers.payer_terms import BUNDLED_NAMES, PayerTerms, names_of_payers
from therapy_billing.payers.policy import (
    UNKNOWN_METHOD,
    AssistantRule,
    Counting,
    FeeBasis,
    Policy,
    UnitMethod,
    policy_fields,
)

__all__ = [
    "bundled_terms",
    "faults_of_addition",
    "faults_of_payer",
    "read_payer_file",
    "read_terms_of",
]


def read_payer_file(
    path: str | os.PathLike[str], known: Mapping[str, PayerTerms] | None = None
) -> PayerTerms:
    """
    Read the terms of one payer from a TOML file.

    :meth:`~therapy_billing.Payer.from_file` describes the format of the file.

    Args:
        path: The file, in UTF-8.
        known: More payers, by name, that ``base`` may name.

    Raises:
        FileFormatError: If the file is not UTF-8 or not valid TOML.
        ExceptionGroup: With one FileFormatError for each fault, with its line.
        OSError: If the file cannot be read.
    """
    further = _known(known)
    (terms,) = _resolved([_read(read_toml_file(path))], further).values()
    return terms


def read_terms_of(
    paths: Sequence[str | os.PathLike[str]], known: Mapping[str, PayerTerms] | None = None
) -> dict[str, PayerTerms]:
    """
    Read the terms of payers from TOML files, and return them by name.

    Raises:
        ExceptionGroup: With one FileFormatError for each fault in any file, with its line.
        OSError: If a file cannot be read.
    """
    further = _known(known)
    for path in paths:
        require_path(path, "paths")
    # Check names and bases only if every file was read: a base could be in a file that cannot be read.
    return _resolved(read_toml_files(paths, _read, "bad payer files"), further)


def _known(known: Mapping[str, PayerTerms] | None) -> Mapping[str, PayerTerms]:
    """Return the *known* payers by normalized name."""
    if known is None:
        return {}
    require_type(known, Mapping, "known")
    for name, terms in known.items():
        require_text(name, "known")
        require_type(terms, PayerTerms, "known")
    return {word_key(name): terms for name, terms in known.items()}


@cache
def bundled_terms(name: str) -> PayerTerms:
    """
    Return the terms of a payer that comes with the library.

    >>> bundled_terms("nevada-medicaid").policies.on(date(2026, 3, 2)).counting.cap_per_day
    4
    """
    draft = _read(_bundled_file(name))
    terms = _built(draft, None if draft.base is None else bundled_terms(draft.base))
    return _with_assumptions(terms, f"payers/{name}.toml")


def _with_assumptions(terms: PayerTerms, path: str) -> PayerTerms:
    """Return *terms* with what data packs assume about the file *path* in the policy of each day."""
    policies = terms.policies
    days = [day for day in days_of_assumptions(path) if day <= policies.known_through]
    if not days:
        return terms
    starts = [first or date.min for first, _ in policies.entries]
    entries: list[tuple[date | None, Policy]] = []
    for day in sorted({*starts, *(day for day in days if day > starts[0])}):
        policy = policies.on(day)
        assumed = dict.fromkeys((*policy.assumptions, *data_assumptions(day, path)))
        first = None if day == date.min else day
        entries.append((first, attrs.evolve(policy, assumptions=tuple(assumed))))
    return attrs.evolve(terms, policies=attrs.evolve(policies, entries=tuple(entries)))


@attrs.frozen
class _Change:
    """The fields that a ``[[policy]]`` changes, the first date of the change, and its key in the file."""

    first: date | None
    fields: Mapping[str, Any]
    at: Key

    @property
    def day(self) -> date:
        return self.first or date.min


@attrs.frozen(eq=False)
class _Draft:
    """The contents of a file before its base is resolved."""

    file: TomlFile
    name: str
    base: str | None
    known_through: date | None
    remark: str | None
    changes: tuple[_Change, ...]
    sources: tuple[Source, ...]
    furnishers: Furnishers

    @property
    def key(self) -> str:
        return word_key(self.name)


def _refuse(bad: Iterable[FileFormatError], what: str) -> None:
    errors = list(bad)
    if errors:
        raise ExceptionGroup(what, errors)


def faults_of_addition(file: TomlFile) -> list[FileFormatError]:
    """Return what is wrong with the file of a data pack that adds to a payer of the library or of an earlier pack."""
    try:
        _read(file, adds=True)
    except ExceptionGroup as group:
        return [each for each in group.exceptions if isinstance(each, FileFormatError)]
    return []


def faults_of_payer(name: str, file_of: Callable[[str], TomlFile]) -> list[FileFormatError]:
    """
    Return what is wrong with the payer *name*.

    Args:
        name: The name of the payer.
        file_of: A function that returns the file of a payer, with everything that data packs add.
    """
    try:
        _terms(name, cache(file_of))
    except ExceptionGroup as group:
        return [each for each in group.exceptions if isinstance(each, FileFormatError)]
    return []


def _terms(name: str, file_of: Callable[[str], TomlFile]) -> PayerTerms:
    draft = _read(file_of(name))
    return _built(draft, None if draft.base is None else _terms(draft.base, file_of))


def _read(file: TomlFile, *, adds: bool = False) -> _Draft:
    """
    Return the contents of *file*, or raise an error with all its faults.

    Args:
        file: The file.
        adds: Whether it only adds to another file of the same payer.
    """
    reader = TomlReader(file)
    top = reader.terms(file.table, _TOP)
    if "name" not in file.table and not adds:
        reader.fault(("name",), "missing: give the name of the payer")
    rows = top.get("policy", [])
    changes = [_change(row, ("policy", number), reader) for number, row in enumerate(rows)]
    _check_days(changes, rows, reader)
    changes.sort(key=lambda change: change.day)
    if "base" not in file.table and not adds:
        _check_whole(changes, reader)
    sources = [_source(row, number, reader) for number, row in enumerate(top.get("source", []))]
    keyed = {
        row["key"]: parse_source(row)
        for row in sources
        if {"key", "title", "verified"} <= row.keys()
    }
    keys = [row.get("key") for row in sources]
    for number, key in enumerate(keys):
        if key is not None and key in keys[:number]:
            reader.fault(("source", number, "key"), f"there is already a source with the key {key}")
    furnishers = read_furnishers(top.get("furnisher", []), top.get("name", ""), keyed, reader)
    reader.refuse("bad payer")
    return _Draft(
        file,
        top.get("name", ""),
        top.get("base"),
        top.get("known_through"),
        top.get("remark"),
        tuple(changes),
        tuple(map(parse_source, sources)),
        furnishers,
    )


def _check_days(changes: Iterable[_Change], rows: list[dict[str, Any]], reader: TomlReader) -> None:
    """Check that each change except the first has a date, and that no two changes have the same date."""
    seen: dict[date, Key] = {}
    for number, (change, row) in enumerate(zip(changes, rows, strict=True)):
        at: Key = (*change.at, "from")
        if "from" not in row and number:
            reader.fault(at, "missing: only the first [[policy]] may omit its first date")
        elif change.first in seen:
            line = reader.file.line(seen[change.first])
            reader.fault(at, f"the [[policy]] on line {line} has the same date: combine the two")
        elif change.first is not None:
            seen[change.first] = change.at


def _check_whole(changes: list[_Change], reader: TomlReader) -> None:
    """Check that a payer without a base has the values that a base would otherwise supply."""
    table = reader.file.table
    if "known_through" not in table:
        reason = "missing: without a base, give the last date on which the policy is known"
        reader.fault(("known_through",), reason)
    if not table.get("policy"):
        reader.fault(("policy",), "missing: without a base, give a [[policy]] with a method")
    days_read = all(key[-1:] != ("from",) for key, _ in reader.faults)
    if changes and days_read and "method" not in table["policy"][changes[0].at[1]]:
        methods = ", ".join(_METHODS)
        reason = f"missing: without a base, the first [[policy]] must have one of these methods: {methods}"
        reader.fault((*changes[0].at, "method"), reason)


def _change(row: Mapping[str, Any], at: Key, reader: TomlReader) -> _Change:
    """Return the change that a ``[[policy]]`` makes."""
    fields = reader.terms(row, _POLICY, at=at)
    first = fields.pop("from", None)
    if isinstance(fields.get("cap_per_code"), dict):
        here = (*at, "cap_per_code")
        fields["cap_per_code"] = _code_caps(fields["cap_per_code"], here, reader)
    if "cap_per_codes" in fields:
        here = (*at, "cap_per_codes")
        sets = enumerate(fields["cap_per_codes"])
        caps = [_set_cap(each, (*here, number), reader) for number, each in sets]
        fields["cap_per_codes"] = [cap for cap in caps if cap is not None]
    for name, (forms, kind) in _RECORDS.items():
        if isinstance(fields.get(name), list):
            rows = enumerate(fields[name])
            read = [_record(row, forms, kind, (*at, name, number), reader) for number, row in rows]
            fields[name] = [record for record in read if record is not None]
    if "method" in fields:
        fields.setdefault("minimum_minutes", None)
    return _Change(first, fields, at)


def _code_caps(table: Mapping[str, Any], at: Key, reader: TomlReader) -> dict[str, Any]:
    caps: dict[str, Any] = {}
    keys: dict[str, Key] = {}
    for key, value in table.items():
        here = (*at, key)
        try:
            code = parse_code(key)
            if code in keys:
                line = reader.file.line(keys[code])
                reader.fault(here, f"{code} already has a cap on line {line}")
            keys[code] = here
            caps[code] = read_term(value, _UNITS)
        except InvalidInputError as error:
            reader.fault(here, str(error))
    return caps


def _set_cap(table: object, at: Key, reader: TomlReader) -> tuple[Any, Any] | None:
    if not isinstance(table, dict):
        reason = 'must have codes and units, such as codes = ["97110", "97112"] and units = 4'
        reader.fault(at, reason)
        return None
    terms = reader.terms(table, _SET, at=at)
    reader.require(table, ("codes", "units"), at=at)
    return terms.get("codes", ()), terms.get("units", 0)


def _record(
    row: object,
    forms: Mapping[str, Form],
    kind: type[Cap | CodeTerms],
    at: Key,
    reader: TomlReader,
) -> Cap | CodeTerms | None:
    """Return the cap, or the terms of codes, that a table describes."""
    first = next(iter(forms))
    if not isinstance(row, dict):
        reader.fault(at, f"must be a table with {first} and other keys")
        return None
    known = len(reader.faults)
    terms = reader.terms(row, forms, at=at)
    reader.require(row, (first,), at=at)
    if len(reader.faults) > known:
        return None
    try:
        return kind(**terms)
    except InvalidInputError as error:
        reader.fault((*at, *_key_of(error)), str(error))
        return None


def _key_of(error: TherapyBillingError) -> Key:
    """Return the key of the field that *error* names, such as ``("codes", 0)`` for ``codes[0]``."""
    parts = _FIELD_PART.findall(error.field or "")
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _source(row: Mapping[str, Any], number: int, reader: TomlReader) -> dict[str, str]:
    at: Key = ("source", number)
    terms = reader.terms(row, _SOURCE, at=at)
    reader.require(row, ("title", "verified"), at=at)
    return terms


def _resolved(drafts: Sequence[_Draft], known: Mapping[str, PayerTerms]) -> dict[str, PayerTerms]:
    """Return the payers of *drafts* by name, each built on its base."""
    by_name = _by_name(drafts, known)
    _refuse(_faults_of_bases(drafts, by_name, known), "bad payer files")
    payers: dict[str, PayerTerms] = {}
    for draft in drafts:
        chain = [draft]
        while (base := by_name.get(chain[-1].base or "")) is not None:
            chain.append(base)
        for each in reversed(chain):
            if each.key not in payers:
                payers[each.key] = _built(each, _base(each, payers, known))
    return {draft.name: payers[draft.key] for draft in drafts}


def _bundled_file(name: str) -> TomlFile:
    """Return the file of a payer in the library's data, with what data packs add to it."""
    path = f"payers/{name}.toml"
    text = read_library_text(path) if name in BUNDLED_NAMES else ""
    if name in names_in_packs("payers"):
        return TomlFile(path, text, read_toml(path))
    return parse_toml(text, path)


def _bundled_at(name: str) -> str:
    """Return the file and line of a payer in the library's data, or the file in a data pack."""
    path = f"payers/{name}.toml"
    if name not in BUNDLED_NAMES:
        return f"a data pack ({path})"
    line = parse_toml(read_library_text(path), path).line(("name",))
    return f"therapy_billing/data/{path}, line {line}"


def _by_name(drafts: Sequence[_Draft], known: Mapping[str, PayerTerms]) -> dict[str, _Draft]:
    """Return *drafts* by normalized name, and check that each name is used once."""
    by_name: dict[str, _Draft] = {}
    bad: list[FileFormatError] = []
    for draft in drafts:
        reason = ""
        if draft.key in names_of_payers():
            reason = f"the library has a payer with this name in {_bundled_at(draft.key)}: choose another name"
        elif draft.key in known:
            reason = "a payer in the argument known has this name: choose another"
        elif draft.key in by_name:
            other = _line(by_name[draft.key], "name")
            reason = f"the payer in {other}, has the same name: choose another"
        if reason:
            bad += draft.file.errors([(("name",), reason)])
        by_name.setdefault(draft.key, draft)
    _refuse(bad, "bad payer files")
    return by_name


def _faults_of_bases(
    drafts: Sequence[_Draft], by_name: Mapping[str, _Draft], known: Mapping[str, PayerTerms]
) -> Iterator[FileFormatError]:
    names = dict.fromkeys((*by_name, *known, *names_of_payers()))
    for draft in drafts:
        reason = ""
        if draft.base is not None and draft.base not in names:
            reason = unknown_key(draft.base, names)
        elif circle := _circle(draft, by_name):
            reason = f"the bases form a circle: {circle}"
        if reason:
            yield from draft.file.errors([(("base",), reason)])


def _base(
    draft: _Draft, payers: Mapping[str, PayerTerms], known: Mapping[str, PayerTerms]
) -> PayerTerms | None:
    if draft.base is None:
        return None
    holding = next((group for group in (payers, known) if draft.base in group), None)
    return bundled_terms(draft.base) if holding is None else holding[draft.base]


def _circle(draft: _Draft, by_name: Mapping[str, _Draft]) -> str:
    """Return the chain of bases that leads from *draft* back to itself; empty if no chain does."""
    chain = [draft]
    while (base := by_name.get(chain[-1].base or "")) is not None and base not in chain:
        chain.append(base)
    if base is not draft:
        return ""
    return " -> ".join([*(f"{each.name} ({_line(each, 'base')})" for each in chain), draft.name])


def _line(draft: _Draft, key: str) -> str:
    return f"{draft.file.path}, line {draft.file.line((key,))}"


def _built(draft: _Draft, base: PayerTerms | None) -> PayerTerms:
    """Return the payer of *draft*, built on its *base*."""
    through, faults = _through(draft, base)
    title = f"bad payer in {draft.file.path}"
    _refuse(draft.file.errors(faults), title)
    days = {change.day for change in draft.changes if base is None or change.first is not None}
    if base is not None:
        days |= {first or date.min for first, _ in base.policies.entries}
    furnishers = draft.furnishers
    if base is not None:
        furnishers = furnishers.added_to(base.policies.entries[-1][1].furnishers)
    entries: list[tuple[date | None, Policy]] = []
    for day in sorted(day for day in days if day <= through):
        holding = [change for change in draft.changes if change.day <= day]
        fields = {name: value for change in holding for name, value in change.fields.items()}
        try:
            if base is None:
                policy = Policy(Counting(fields["method"])).with_changes(**fields)
            else:
                policy = _of_base(base, day).with_changes(**fields)
        except InvalidInputError as error:
            faults += list(_faults_of_change(error, holding[-1], faults))
            continue
        policy = attrs.evolve(policy, furnishers=furnishers)
        if not entries or entries[-1][1] != policy:
            entries.append((None if day == date.min else day, policy))
    with_modifier = any(rule.modifier for rule in draft.furnishers.rules)
    if with_modifier and all(
        policy.modifiers.assistants is AssistantRule.NONE for _, policy in entries
    ):
        reason = (
            "assistant_modifier is set, but no [[policy]] says how units are split: set assistants"
        )
        faults.append((("furnisher",), reason))
    shared = any(rule.payment_share not in (None, 1) for rule in draft.furnishers.rules)
    if shared and draft.key not in BUNDLED_NAMES and entries[-1][1].money.cost_sharing:
        reason = "payment_share does not work with cost_sharing, because the law sets Medicare's share: leave it out"
        faults.append((("furnisher",), reason))
    _refuse(draft.file.errors(list(dict.fromkeys(faults))), title)
    return PayerTerms(
        draft.name,
        Timeline(f"{draft.name}'s policy", tuple(entries), through),
        tuple(dict.fromkeys((*draft.sources, *(base.sources if base else ())))),
        draft.remark if draft.remark is not None else base.remark if base else "",
    )


def _faults_of_change(
    error: TherapyBillingError, last: _Change, faults: Iterable[tuple[Key, str]]
) -> Iterator[tuple[Key, str]]:
    """Yield the fault that *error* describes, unless an earlier ``[[policy]]`` that still applies has it."""
    key, reason = _key_of(error), str(error)
    if key and key[0] in last.fields:
        yield (*last.at, *key), reason
    elif all(reason != known for _, known in faults):
        yield last.at, reason


def _of_base(base: PayerTerms, day: date) -> Policy:
    """
    Return what another payer takes from the policy of *base* on *day*.

    Unlike a counting method, a named payer does not accept every fee schedule. What Medicare accepts on a claim is
    Medicare's alone: a plan that counts like Medicare receives its claims elsewhere, and may take replacements.
    """
    policy = base.policies.on(day)
    if policy.money.fee_basis is FeeBasis.ANY_SCHEDULE:
        policy = policy.with_changes(fee_basis=FeeBasis.UNKNOWN)
    if base.name == _MEDICARE:
        policy = attrs.evolve(policy, claims=ClaimRules())
    return policy


_MEDICARE = "medicare"


def _through(draft: _Draft, base: PayerTerms | None) -> tuple[date, list[tuple[Key, str]]]:
    """Return the last date on which the payer's policy is known, and the faults in the dates."""
    faults: list[tuple[Key, str]] = []
    start, last = date.min, date.max
    if base is not None:
        start = base.policies.entries[0][0] or start
        last = base.policies.known_through
    through = draft.known_through or last
    if through > last:
        reason = f"the base is known through {last}: give this date or an earlier one"
        faults.append((("known_through",), reason))
    if through < start:
        reason = f"the base is known from {start}: give this date or a later one"
        faults.append((("known_through",), reason))
    for change in draft.changes:
        at = (*change.at, "from")
        if change.first is not None and change.first < start:
            faults.append((at, f"the base is known from {start}: give this date or a later one"))
        elif change.first is not None and change.first > through:
            reason = f"the payer is known through {through}: give this date or an earlier one"
            faults.append((at, reason))
    return through, faults


_FIELD_PART = re.compile(r"[a-z_]+|[0-9]+")
_DEFAULTS = Policy(UnitMethod.CPT_MIDPOINT)
_METHODS = (*(method.value for method in UnitMethod), UNKNOWN_METHOD)


def _method(value: str) -> str:
    name = value.strip().lower()
    if name not in _METHODS:
        raise InvalidInputError(unknown_key(value, _METHODS))
    return name


def _checked(field: str, value: object) -> object:
    """Return *value*, checked and converted as the policy does for *field*."""
    given: dict[str, Any] = {field: value}
    return policy_fields(_DEFAULTS.with_changes(**given))[field]


def _optional(
    field: str,
    kinds: tuple[type, ...],
    what: str,
    word: str,
    reader: Callable[[Any], object] | None = None,
) -> Form:
    """Return the form of *field*. The value *word* resets the field to its default."""
    wanted = f'must be {what} or "{word}"'

    def read(value: object) -> object:
        if value == word:
            return policy_fields(_DEFAULTS)[field]
        if isinstance(value, str) and Decimal not in kinds:
            raise InvalidInputError(wanted)
        return _checked(field, value) if reader is None else reader(value)

    return (*kinds, str), wanted, read


def _known_flag(field: str) -> Form:
    """Return the form of a flag that may be unknown."""
    return _optional(field, (bool,), "true or false,", "unknown")


def _cap_per_code(value: int | dict[str, object]) -> object:
    # The codes of a table are checked later, so that each fault is reported with its own line.
    return value if isinstance(value, dict) else _checked("cap_per_code", value)


def _set_codes(value: list[str]) -> object:
    return _DEFAULTS.with_changes(cap_per_codes=[(value, 0)]).counting.cap_per_codes[0][0]


def _as_it_is(value: object) -> object:
    """Return *value*, which the record checks."""
    return value


_CODES = 'must be a list of codes such as ["97110", "97112"]'
_MODIFIERS = 'a list of modifiers such as ["GP", "CQ"]'
_NUMBER = "a whole number of units"
_UNITS: Form = ((int,), f"must be {_NUMBER}", partial(parse_whole, what="units"))

_LIMIT: Form = ((int, Decimal, str), 'must be a number or "unknown"', _as_it_is)
_CODE_LIST: Form = ((list, str), _CODES, _as_it_is)
_CAP_FORMS: Mapping[str, Form] = {
    "limit": _LIMIT,
    "of": choice_form(CapOf),
    "each": ((list, str), 'must be a list such as ["discipline"]', _as_it_is),
    "codes": _CODE_LIST,
    "untimed": FLAG,
    "with_evaluation": _LIMIT,
    "with_re_evaluation": _LIMIT,
}
_MINUTES: Form = ((int,), "must be a whole number of minutes", _as_it_is)
_CODE_TERM_FORMS: Mapping[str, Form] = {
    "codes": _CODE_LIST,
    "unit_minutes": _MINUTES,
    "method": choice_form(UnitMethod),
    "minimum_minutes": _MINUTES,
    "max_per_day": _UNITS,
}
_RECORDS: Mapping[str, tuple[Mapping[str, Form], type[Cap | CodeTerms]]] = {
    "caps": (_CAP_FORMS, Cap),
    "code_terms": (_CODE_TERM_FORMS, CodeTerms),
}
_TEXTS = "must be a list of sentences"

_TOP: Mapping[str, Form] = {
    "name": TEXT,
    "base": (
        (str,),
        "must be the name of a payer",
        lambda value: word_key(str(read_term(value, TEXT))),
    ),
    "known_through": day_form("known_through"),
    "remark": ((str,), "must be a string", lambda value: " ".join(value.split())),
    "policy": tables_form("policy"),
    "source": tables_form("source"),
    "furnisher": tables_form("furnisher"),
}
_SOURCE: Mapping[str, Form] = {**SOURCE_FORMS, "key": TEXT}
_SET: Mapping[str, Form] = {
    "codes": ((list,), _CODES, _set_codes),
    "units": _UNITS,
}
_OWN_FORMS: Mapping[str, Form] = {
    "method": ((str,), f"one of {', '.join(_METHODS)} belongs here", _method),
    "minimum_minutes": _optional("minimum_minutes", (int,), "a whole number of minutes", "own"),
    "preferred_codes": ((list,), _CODES, partial(_checked, "preferred_codes")),
    "cap_per_code": _optional(
        "cap_per_code",
        (int, dict),
        f"{_NUMBER}, a table of codes and units,",
        "none",
        _cap_per_code,
    ),
    "cap_per_codes": _optional("cap_per_codes", (list,), "tables of codes and units", "none", list),
    "cap_per_session": _optional("cap_per_session", (int,), _NUMBER, "none"),
    "cap_per_day": _optional("cap_per_day", (int,), _NUMBER, "none"),
    "caps": _optional("caps", (list,), "tables with a limit", "none", list),
    "code_terms": _optional("code_terms", (list,), "tables with codes", "none", list),
    "unit_assumptions": ((list,), _TEXTS, partial(_checked, "unit_assumptions")),
    "amount_assumptions": ((list,), _TEXTS, partial(_checked, "amount_assumptions")),
    "percent_of_medicare": _optional(
        "percent_of_medicare", (Decimal, int), "a percentage such as 200", "none", _as_it_is
    ),
    "amount_per_day": _optional("amount_per_day", (Decimal, int), "dollars such as 95.00", "none"),
    "assistant_percent": _optional(
        "assistant_percent", (Decimal, int), "a percentage such as 85", "none"
    ),
    "allowed_modifiers": _optional("allowed_modifiers", (list,), _MODIFIERS, "any"),
    "modifier_order": ((list,), f"must be {_MODIFIERS}", partial(_checked, "modifier_order")),
    "lines_per_claim": _optional("lines_per_claim", (int,), "a whole number of lines", "unknown"),
    "charge_maximum": _optional(
        "charge_maximum", (Decimal, int), "dollars such as 99999.99", "unknown"
    ),
    "needs_referring_provider": _known_flag("needs_referring_provider"),
    "needs_taxonomy": _known_flag("needs_taxonomy"),
    "needs_whole_units": _known_flag("needs_whole_units"),
    "claim_frequencies": _optional(
        "claim_frequencies", (list,), 'a list such as ["1", "7", "8"]', "unknown"
    ),
    "earlier_payers_maximum": _optional(
        "earlier_payers_maximum", (int,), "a whole number of payers", "unknown"
    ),
    "returns_line_numbers": _known_flag("returns_line_numbers"),
}


def _form(field: str, default: object) -> Form:
    """Return the form of a policy field: its own form, or the form of an enum or a flag."""
    if field in _OWN_FORMS:
        return _OWN_FORMS[field]
    return choice_form(type(default)) if isinstance(default, Enum) else FLAG


_POLICY: Mapping[str, Form] = {
    "from": day_form("from"),
    **{field: _form(field, default) for field, default in policy_fields(_DEFAULTS).items()},
}
