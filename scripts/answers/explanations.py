"""Read the expected differences between answers, and match differences against them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from answers.differences import BY_HAND, KINDS, Difference, Facts

__all__ = ["Expected", "Explanation", "read_explanations"]


class Expected(NamedTuple):
    """
    The differences that an explanation expects. An omitted field matches everything; a list matches any of its members.

    Args:
        kind: One of :data:`KINDS`.
        change: Patterns for the change.
        rule: Rule ids.
        call: Names of calls.
        codes: Patterns for the codes of the difference. ``"97140 97530"`` requires both codes.
        day_codes: Patterns for the codes of the whole day, in the same form.
        payer: Payer names.
        setting: Settings of the day or of its fees.
        message: Regular expressions for the message of the new error, or of the old error if there is no new one.
        first_day: First date of service.
        last_day: Last date of service.
        follows: A kind. The difference matches only if the same explanation explains a difference of that kind in the
            same sessions, or in the same hand-written claim.
    """

    kind: str
    change: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    day_codes: tuple[str, ...] = ()
    payer: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    message: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    follows: str = ""

    def matches(self, difference: Difference, day: Facts) -> bool:
        """Return whether this entry explains *difference*, without checking ``follows``."""
        if self.kind != difference.kind or (self.last_day and day["date"] > self.last_day):
            return False
        return day["date"] >= self.first_day and all(
            not patterns or matched
            for patterns, matched in (
                (self.change, _any(self.change, difference.change)),
                (self.rule, difference.rule in self.rule),
                (self.call, difference.call in self.call),
                (self.codes, _all_codes(self.codes, difference.codes)),
                (self.day_codes, _all_codes(self.day_codes, _codes_of(day))),
                (self.payer, day["payer"] in self.payer),
                (self.setting, not _settings_of(day).isdisjoint(self.setting)),
                (self.message, _says(self.message, difference)),
            )
        )


class Explanation(NamedTuple):
    """A sentence that says why answers differ, and the differences that it explains."""

    because: str
    expected: tuple[Expected, ...]

    def of(self, differences: Sequence[Difference], day: Facts) -> dict[int, Expected]:
        """Return the entry that explains each difference of *day*, by index. Unexplained differences are left out."""
        found: dict[int, Expected] = {}
        # First match the entries without ``follows``, then the entries with it.
        for following in (False, True):
            seen = {_kind_and_subject(differences[index]) for index in found}
            for expected in self.expected:
                if bool(expected.follows) is following:
                    for index, difference in enumerate(differences):
                        followed = difference._replace(kind=expected.follows)
                        if following and _kind_and_subject(followed) not in seen:
                            continue
                        if expected.matches(difference, day):
                            found.setdefault(index, expected)
        return found


def _kind_and_subject(difference: Difference) -> tuple[str, bool]:
    return difference.kind, difference.call in BY_HAND


def _any(patterns: Iterable[str], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _all_codes(patterns: Iterable[str], codes: Iterable[str]) -> bool:
    given = tuple(codes)
    return any(
        all(any(fnmatchcase(code, part) for code in given) for part in pattern.split())
        for pattern in patterns
    )


def _says(patterns: Iterable[str], difference: Difference) -> bool:
    text = str(difference.old if difference.new is None else difference.new)
    return any(re.search(pattern, text) for pattern in patterns)


def _codes_of(day: Facts) -> set[str]:
    services = [service for session in day["sessions"] for service in session["services"]]
    return {str(each["code"]) for each in (*services, *day["claim"])}


def _settings_of(day: Facts) -> set[str | None]:
    return {day["setting"], (day["fees"] or {}).get("setting")}


_LISTS = ("change", "rule", "call", "codes", "day_codes", "payer", "setting", "message")


def read_explanations(path: Path) -> list[Explanation]:
    """
    Return the explanations of a TOML file.

    Raises:
        ValueError: If a name or a value is unknown, or an entry would match every difference of its kind.
    """
    with path.open("rb") as file:
        tables = tomllib.load(file)
    explanations = tables.pop("explanation", [])
    if tables or any(set(table) != {"because", "expected"} for table in explanations):
        msg = f"{path}: write [[explanation]] tables, each with because and expected"
        raise ValueError(msg)
    try:
        return [
            Explanation(
                table["because"],
                tuple(expected for each in table["expected"] for expected in _expected(each)),
            )
            for table in explanations
        ]
    except ValueError as error:
        msg = f"{path}: {error}"
        raise ValueError(msg) from None


def _expected(table: Mapping[str, Any]) -> list[Expected]:
    """Return what *table* expects, one entry per kind."""
    kinds = _as_tuple(table.get("kind"))
    unknown = set(table) - set(Expected._fields)
    if unknown or not kinds or not {*kinds, table.get("follows", kinds[0])} <= set(KINDS):
        names = ", ".join(Expected._fields)
        msg = f"{table}: use {names}; kind and follows must be one of {', '.join(KINDS)}"
        raise ValueError(msg)
    lists = {name: _as_tuple(table[name]) for name in _LISTS if name in table}
    narrowed = bool(set(lists) - {"call"}) or "follows" in table
    if not narrowed or not all(each and all(map(_narrows, each)) for each in lists.values()):
        msg = f"{table} explains everything of its kind: narrow it by rule, change, or codes"
        raise ValueError(msg)
    return [
        Expected(
            kind=kind,
            change=lists.get("change", ()),
            rule=lists.get("rule", ()),
            call=lists.get("call", ()),
            codes=lists.get("codes", ()),
            day_codes=lists.get("day_codes", ()),
            payer=lists.get("payer", ()),
            setting=lists.get("setting", ()),
            message=lists.get("message", ()),
            first_day=str(table.get("first_day", "")),
            last_day=str(table.get("last_day", "")),
            follows=table.get("follows", ""),
        )
        for kind in kinds
    ]


def _as_tuple(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(str, value))
    return (str(value),) if value else ()


def _narrows(pattern: str) -> bool:
    return bool(pattern.strip("*?.^$ "))
