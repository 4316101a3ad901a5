"""Attestations of the treating clinician: KX, and 59 or an X modifier for distinct services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.claims.records import ClaimLine
from therapy_billing.claims.rules.line_modifiers import ordered
from therapy_billing.codes.code_book import parse_code
from therapy_billing.codes.modifiers import distinct_modifiers
from therapy_billing.codes.roles import Discipline, parse_discipline

__all__ = ["Attestation", "Attestations", "parse_attestations", "with_distinct"]

Attestation: TypeAlias = str | tuple[str, str | Discipline]
"""
One attestation: ``"KX"`` for all disciplines, ``("KX", Discipline.PT)`` for one discipline, or ``("XU", "97116")``
if the services of a code were distinct (59, XE, XP, XS, or XU).
"""


class Attestations(NamedTuple):
    """
    Attestations sorted by kind.

    Args:
        kx: The disciplines with KX; None in the set means all disciplines.
        distinct: The attested modifier of each code with distinct services.
    """

    kx: frozenset[Discipline | None]
    distinct: Mapping[str, str]


def parse_attestations(attestations: Iterable[Attestation]) -> Attestations:
    """
    Check *attestations* and sort them by kind.

    Raises:
        InvalidInputError: If an item is not an attestation, or a code has two different modifiers.

    >>> parse_attestations(["KX", ("XU", "97116")]).distinct
    {'97116': 'XU'}
    """
    given: object = attestations
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"attestations must be a list such as ['KX', ('XU', '97116')], got {safe_repr(given)}"
        raise InvalidInputError(msg, field="attestations")
    kx: set[Discipline | None] = set()
    distinct: dict[str, str] = {}
    for index, attestation in enumerate(given):
        field = f"attestations[{index}]"
        match attestation:
            case str(modifier) if _is_kx(modifier):
                kx.add(None)
            case (str(modifier), plan) if _is_kx(modifier):
                kx.add(parse_discipline(plan, what=field))
            case (str(word), value) if (modifier := word.strip().upper()) in distinct_modifiers():
                code = parse_code(value, field=field)
                if distinct.setdefault(code, modifier) != modifier:
                    msg = f"{code} is attested with both {distinct[code]} and {modifier}: attest only one of them"
                    raise InvalidInputError(msg, field=field, code=code)
            case _:
                msg = (
                    "an attestation must be 'KX', ('KX', Discipline.PT), or ('XU', '97116'), "
                    f"got {safe_repr(attestation)}"
                )
                raise InvalidInputError(msg, field=field)
    return Attestations(frozenset(kx), distinct)


def _is_kx(modifier: str) -> bool:
    return modifier.strip().upper() == "KX"


def with_distinct(
    lines: Sequence[ClaimLine], attestations: Attestations, *, order: Sequence[str] = ()
) -> list[ClaimLine]:
    """
    Return the lines, and add the attested modifier (59 or X) to the lines of attested codes.

    A line that already has 59 or an X modifier does not change. The modifiers of the other lines of
    attested codes are put in the payer's *order*. An attested code without a line is ignored.

    >>> lines = [ClaimLine("97530", 1, ("GP",)), ClaimLine("97116", 1, ("GP",))]
    >>> [line.modifiers for line in with_distinct(lines, parse_attestations([("XU", "97116")]))]
    [('GP',), ('GP', 'XU')]
    """
    attested = attestations.distinct
    if not attested:
        return list(lines)
    known = distinct_modifiers()
    return [
        ClaimLine(
            line.code,
            line.units,
            ordered((*line.modifiers, attested[line.code]), order=order),
            line.charge,
            keys=line.keys,
        )
        if line.code in attested and known.isdisjoint(line.modifiers)
        else line
        for line in lines
    ]
