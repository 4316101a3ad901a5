"""What a record shows of two services being distinct, and what the manual says of them beyond an edit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
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
    What the record and the claim show of two codes.

    Args:
        times: Whether they were given at separate times; None where that is not told.
        regions: Whether on separate regions of the body; None where that is not told.
        plans: Whether every line of the one is under another plan of care than every line of the other.
    """

    times: bool | None
    regions: bool | None
    plans: bool

    @property
    def bears_out(self) -> bool:
        """Whether it shows that the services were distinct; the same minutes never are."""
        return self.times is not False and bool(self.times or self.regions or self.plans)

    @property
    def shows(self) -> str:
        """What it shows, in words."""
        if self.plans:
            return "they are under plans of care of different disciplines"
        what = "times" if self.times else "regions of the body"
        return f"the record shows separate {what}"


class Condition(NamedTuple):
    """
    What the manual says of two codes beyond the indicator of their pair.

    Args:
        never: Whether no modifier passes them here.
        statement: What it says, in our own words.
        source: Where.
    """

    never: bool
    statement: str
    source: Source


def evidence_of(day: ClaimedDay, first: str, second: str) -> Evidence:
    """Return what the day shows of two codes being distinct."""
    one, other = _services(day, first), _services(day, second)
    # A clock that names a zone and one that names none cannot be laid beside each other.
    zones = {service.start.tzinfo is None for service in (*one, *other) if service.start}
    plans, others = (
        {day.lines[place].discipline for place in day.places[code]} for code in (first, second)
    )
    return Evidence(
        separate_times(_spans(one), _spans(other)) if len(zones) == 1 else None,
        separate_regions(_regions(one), _regions(other)),
        None not in plans | others and plans.isdisjoint(others),
    )


def modifier_for(evidence: Evidence, on: date) -> str:
    """Return the modifier that says what *evidence* shows: XP, XU or XS, and 59 before there were any."""
    shown = "plans" if evidence.plans else "times" if evidence.times else "regions"
    return modifier_showing(shown, on)


def is_distinct(line: ClaimLine, on: date) -> bool:
    """Return whether a line says that it is distinct by a modifier that there was on the day."""
    return not distinct_modifiers(on).isdisjoint(line.modifiers)


def condition_of(first: str, second: str, *, same_plan: bool) -> Condition | None:
    """
    Return what the manual says of two codes, whatever their order.

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
    """What a word of a region may say."""

    regions: Mapping[str, str]
    sides: Mapping[str, str]
    midline: frozenset[str]
    fillers: frozenset[str]


@cache
def _words() -> _Words:
    table = read_toml("edits/regions.toml")
    return _Words(
        {word: region for region, words in table["regions"].items() for word in words},
        {word: side for side, words in table["sides"].items() for word in words},
        frozenset(table["midline"]),
        frozenset(table["fillers"]),
    )


def _regions(services: Iterable[Service]) -> list[Region | None]:
    """Return the region that each service names; None where a word of it is not in the closed list."""
    words = _words()
    regions: list[Region | None] = []
    for service in services:
        given = re.findall(r"\w+", (service.body_region or "").casefold())
        named = {words.regions[word] for word in given if word in words.regions}
        sides = {words.sides[word] for word in given if word in words.sides}
        unknown = set(given) - words.regions.keys() - words.sides.keys() - words.fillers
        if unknown or len(named) != 1 or len(sides) > 1:
            regions.append(None)
        else:
            region = named.pop()
            regions.append((region, "" if region in words.midline else "".join(sides)))
    return regions
