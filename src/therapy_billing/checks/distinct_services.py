"""Find out whether the record shows that two services were distinct, and what the NCCI manual says about their codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.dates import microseconds_of
from therapy_billing.checks.claimed_day import ClaimedDay
from therapy_billing.checks.rules import Region, Span, separate_regions, separate_times
from therapy_billing.claims.records import ClaimLine
from therapy_billing.codes.modifiers import distinct_modifiers, modifier_showing
from therapy_billing.law.sources import Source, parse_source
from therapy_billing.visits.services import Service

__all__ = ["Condition", "Evidence", "condition_of", "evidence_of", "is_distinct", "modifier_for"]


class Evidence(NamedTuple):
    """
    What the record and the claim show about two codes.

    Args:
        times: Whether the services were furnished at separate times; None if the record does not show it.
        regions: Whether they were furnished on separate body regions; None if the record does not show it.
        plans: Whether the two codes are under different plans of care. False if a line has no plan of care.
    """

    times: bool | None
    regions: bool | None
    plans: bool

    @property
    def supported(self) -> bool:
        """Whether the services are shown to be distinct. Services at overlapping times are never distinct."""
        return self.times is not False and bool(self.times or self.regions or self.plans)

    @property
    def shows(self) -> str:
        """What shows that the services were distinct, as a sentence without a period."""
        if self.plans:
            return "The services are under plans of care of different disciplines"
        what = "times" if self.times else "body regions"
        return f"The record shows separate {what}"


class Condition(NamedTuple):
    """
    What the NCCI manual says about two codes in addition to the indicator of their pair.

    Args:
        never: Whether no modifier allows both codes.
        statement: What the manual says, in our own words. If *never* is false, it begins with "only if".
        source: The section of the manual.
    """

    never: bool
    statement: str
    source: Source


def evidence_of(day: ClaimedDay, first: str, second: str) -> Evidence:
    """Return what the record and the claim show about whether two codes were distinct."""
    one, other = _services(day, first), _services(day, second)
    # A time with a time zone cannot be compared with a time without one.
    zones = {service.start.tzinfo is None for service in (*one, *other) if service.start}
    plans, others = (
        {day.lines[index].discipline for index in day.line_indexes[code]}
        for code in (first, second)
    )
    return Evidence(
        separate_times(_spans(one), _spans(other)) if len(zones) == 1 else None,
        separate_regions(_regions(one), _regions(other)),
        None not in plans | others and plans.isdisjoint(others),
    )


def modifier_for(evidence: Evidence, on: date) -> str:
    """Return XP for separate plans of care, XU for times, or XS for body regions; 59 before these existed."""
    shown = "plans" if evidence.plans else "times" if evidence.times else "regions"
    return modifier_showing(shown, on)


def is_distinct(line: ClaimLine, on: date) -> bool:
    """Return whether a line has a modifier for a distinct service that existed on the date."""
    return not distinct_modifiers(on).isdisjoint(line.modifiers)


def condition_of(first: str, second: str, *, same_plan: bool) -> Condition | None:
    """
    Return what the manual says about two codes, in either order; None if it says nothing.

    >>> condition_of("97110", "92507", same_plan=True).never
    True
    >>> condition_of("97110", "92507", same_plan=False) is None
    True
    """
    for codes, others, of_same_plan, condition in _conditions():
        if of_same_plan and not same_plan:
            continue
        for one, other in ((first, second), (second, first)):
            if one in codes and (not others or other in others):
                return condition
    return None


@cache
def _conditions() -> tuple[tuple[frozenset[str], frozenset[str], bool, Condition], ...]:
    table = read_toml("edits/conditions.toml")
    sources = {key: parse_source(row) for key, row in table["source"].items()}
    return tuple(
        (
            frozenset(row["codes"]),
            frozenset(row["others"]),
            row["same_plan"],
            Condition(row["never"], row["statement"], sources[row["source"]]),
        )
        for row in table["condition"]
    )


def _services(day: ClaimedDay, code: str) -> list[Service]:
    return [
        service for session in day.sessions for service in session.services if service.code == code
    ]


def _spans(services: Iterable[Service]) -> list[Span]:
    return [
        None
        if service.start is None or service.end is None
        else (microseconds_of(service.start), microseconds_of(service.end))
        for service in services
    ]


class _Words(NamedTuple):
    """The words and phrases that can describe a body region: regions with their parts, sides, midline parts, and fillers."""

    parts: Mapping[tuple[str, ...], Collection[str]]
    sides: Mapping[str, Collection[str]]
    midline: frozenset[str]
    fillers: frozenset[str]


@cache
def _words() -> _Words:
    table = read_toml("edits/regions.toml")
    sides: dict[str, list[str]] = {}
    for side, words in table["sides"].items():
        for word in words:
            sides.setdefault(word, []).append(side)
    return _Words(
        {tuple(name.split()): row["parts"] for row in table["region"] for name in row["words"]},
        sides,
        frozenset(table["midline"]),
        frozenset(table["fillers"]),
    )


def _regions(services: Iterable[Service]) -> list[Region | None]:
    """Return the parts of the body regions of all services, each with its side; None for a service without a readable region."""
    return [part for service in services for part in _parts(service.body_region or "")]


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[Region | None, ...]:
    """Return the parts that *text* names; only None if it has an unknown word, or names no region."""
    words = _words()
    given = re.findall(r"\w+", text.casefold())
    sides = sorted({side for word in given for side in words.sides.get(word, ())}) or [""]
    named: dict[str, None] = {}
    at = 0
    while at < len(given):
        # "low back" is a region of its own, so look for the longest phrase first.
        phrase = next(
            (
                tuple(given[at:end])
                for end in (at + 2, at + 1)
                if tuple(given[at:end]) in words.parts
            ),
            None,
        )
        if phrase is not None:
            named |= dict.fromkeys(words.parts[phrase])
        elif given[at] not in words.sides and given[at] not in words.fillers:
            return (None,)
        at += 1 if phrase is None else len(phrase)
    # If a text has several regions and both sides, each region may be on either side.
    return tuple(
        (part, side) for part in named for side in ([""] if part in words.midline else sides)
    ) or (None,)
