"""
Modifiers for a plan of care, an assistant, a distinct service, liability, or telehealth.

The facts and their sources are in ``data/codes/modifiers.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from functools import cache
from types import MappingProxyType

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.codes.roles import Discipline
from therapy_billing.law.sources import Source, parse_source

__all__ = [
    "ModifierFacts",
    "ModifierKind",
    "assistant_modifiers",
    "distinct_modifiers",
    "liability_modifiers",
    "load_modifiers",
    "modifier_showing",
    "parse_modifiers",
    "parse_service_modifiers",
    "plan_modifiers",
    "telehealth_modifiers",
]

_FORM = re.compile(r"[A-Z0-9]{2}")


class ModifierKind(Enum):
    """What a modifier says about its claim line."""

    PLAN = "plan"
    """The discipline of the plan of care."""
    ASSISTANT = "assistant"
    """An assistant furnished the units in whole or in part."""
    DISTINCT = "distinct"
    """The service was distinct from another one."""
    LIABILITY = "liability"
    """Who is liable when Medicare denies the line."""
    THRESHOLD = "threshold"
    """The services above the annual threshold are medically necessary."""
    TELEHEALTH = "telehealth"
    """The service was furnished by audio and video."""
    PURPOSE = "purpose"
    """The service was habilitative (96) or rehabilitative (97)."""
    REDUCED = "reduced"
    """The service was reduced."""
    SIDE = "side"
    """The right or the left side of the body."""
    STATE = "state"
    """What a state's Medicaid program defines."""


@attrs.frozen
class ModifierFacts:
    """
    The facts about a modifier.

    Args:
        modifier: Its two characters.
        kind: What it says about its claim line.
        discipline: The discipline of a plan-of-care or assistant modifier. None for other modifiers.
        shows: For a distinct-service modifier, what must be separate in the record: ``plans``, ``times``, or
            ``regions``. None for other modifiers, such as 59.
        not_necessary: Whether the biller expects a denial as not medically necessary.
        owed_by: For a liability modifier, who owes the charge of a denied line: ``patient`` or ``provider``. None for other
            modifiers.
        paid: Whether Medicare may pay the line. False: Medicare denies it.
        effective_from: First date of service, or None if no source names one.
        sources: Where the facts come from, and how each source was checked.
    """

    modifier: str
    kind: ModifierKind
    discipline: Discipline | None
    shows: str | None
    not_necessary: bool
    owed_by: str | None
    paid: bool
    effective_from: date | None
    sources: tuple[Source, ...]


@cache
def load_modifiers() -> Mapping[str, ModifierFacts]:
    """
    Return the facts for every modifier in the library's data, by modifier.

    >>> load_modifiers()["CQ"].effective_from
    datetime.date(2020, 1, 1)
    """
    table = read_toml("codes/modifiers.toml")
    sources = {key: parse_source(row) for key, row in table["source"].items()}
    return MappingProxyType(
        {
            row["modifier"]: ModifierFacts(
                modifier=row["modifier"],
                kind=ModifierKind(row["kind"]),
                discipline=Discipline(row["discipline"]) if "discipline" in row else None,
                shows=row.get("shows"),
                not_necessary=row.get("not_necessary", False),
                owed_by=row.get("owed_by"),
                paid=row.get("paid", True),
                effective_from=row.get("from"),
                sources=tuple(sources[key] for key in row["source"]),
            )
            for row in table["modifier"]
        }
    )


def _of_kind(kind: ModifierKind) -> list[ModifierFacts]:
    return [facts for facts in load_modifiers().values() if facts.kind is kind]


def _by_discipline(kind: ModifierKind) -> Mapping[Discipline, str]:
    return MappingProxyType(
        {
            facts.discipline: facts.modifier
            for facts in _of_kind(kind)
            if facts.discipline is not None
        }
    )


@cache
def plan_modifiers() -> Mapping[Discipline, str]:
    """Return the modifier for each plan of care."""
    return _by_discipline(ModifierKind.PLAN)


@cache
def assistant_modifiers() -> Mapping[Discipline, str]:
    """Return the assistant modifier for each plan of care. SLP has none."""
    return _by_discipline(ModifierKind.ASSISTANT)


@cache
def liability_modifiers() -> frozenset[str]:
    """Return the modifiers that say who is liable if Medicare denies the line as expected."""
    return frozenset(facts.modifier for facts in _of_kind(ModifierKind.LIABILITY))


@cache
def telehealth_modifiers() -> frozenset[str]:
    """Return the modifiers that say that a service was furnished by telehealth."""
    return frozenset(facts.modifier for facts in _of_kind(ModifierKind.TELEHEALTH))


def distinct_modifiers(on: date | None = None) -> frozenset[str]:
    """
    Return the modifiers that say that a service was distinct.

    Args:
        on: Date of service. None returns the modifiers for all dates.

    >>> sorted(distinct_modifiers(date(2014, 12, 31)))
    ['59']
    """
    return frozenset(facts.modifier for facts in _distinct(on))


def modifier_showing(shown: str, on: date) -> str:
    """
    Return the modifier for a distinct service if the record shows separate plans, times, or regions.

    Args:
        shown: ``plans``, ``times``, or ``regions``.
        on: Date of service. If no specific modifier exists on that day, 59 is returned.

    >>> [modifier_showing("times", date(year, 1, 1)) for year in (2014, 2015)]
    ['59', 'XU']
    """
    known = _distinct(on)
    return next(
        facts.modifier for wanted in (shown, None) for facts in known if facts.shows == wanted
    )


def _distinct(on: date | None) -> list[ModifierFacts]:
    return [
        facts
        for facts in _of_kind(ModifierKind.DISTINCT)
        if on is None or facts.effective_from is None or facts.effective_from <= on
    ]


def parse_service_modifiers(values: object) -> tuple[str, ...]:
    """
    Return the modifiers of a service, in upper case.

    Raises:
        InvalidInputError: As for :func:`parse_modifiers`; also if a modifier is one that the library adds itself.

    >>> parse_service_modifiers(["95", "ga"])
    ('95', 'GA')
    """
    if type(values) is tuple and not values:
        return ()
    modifiers = parse_modifiers(values, what="modifiers")
    for index, modifier in enumerate(modifiers):
        facts = load_modifiers().get(modifier)
        reason = "" if facts is None else _ADDED_BY_LIBRARY.get(facts.kind, "")
        if reason:
            msg = f"modifiers has {modifier}: leave it out, because {reason}"
            raise InvalidInputError(msg, field=f"modifiers[{index}]")
    return modifiers


_ADDED_BY_LIBRARY = {
    ModifierKind.PLAN: "it follows from the discipline of the session",
    ModifierKind.ASSISTANT: "it follows from the clinician and the minutes",
    ModifierKind.DISTINCT: "distinct services are attested, as in attestations=[('XU', '97116')] or in a log's column attest",
    ModifierKind.THRESHOLD: "it is attested, as in attestations=['KX'] or with --attest-kx",
}


def parse_modifiers(values: object, *, what: str) -> tuple[str, ...]:
    """
    Return a sequence of modifiers as a tuple, in upper case.

    Raises:
        InvalidInputError: If it is not a sequence, an item is not a modifier, or a modifier is listed twice.

    >>> parse_modifiers(["gp", " CQ "], what="modifiers")
    ('GP', 'CQ')
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        msg = f"{what} must be a sequence such as ('GP', 'CQ'), got {safe_repr(values)}"
        raise InvalidInputError(msg, field=what)
    modifiers: list[str] = []
    for index, value in enumerate(values):
        modifier = value.strip().upper() if isinstance(value, str) else ""
        field = f"{what}[{index}]"
        if not _FORM.fullmatch(modifier):
            msg = f"{field} must be two letters or digits such as 'GP', got {safe_repr(value)}"
            raise InvalidInputError(msg, field=field)
        if modifier in modifiers:
            msg = f"{what} has {modifier} twice: give each modifier once"
            raise InvalidInputError(msg, field=field)
        modifiers.append(modifier)
    return tuple(modifiers)
