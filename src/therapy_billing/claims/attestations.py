"""What the treating clinician attests: KX, 59, X modifiers, and liability modifiers."""

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
One thing that the caller attests: ``"KX"``, or ``("KX", Discipline.PT)`` for one plan of care; ``("XU", "97116")`` that
the services of a code were distinct, by 59, XE, XP, XS or XU.
"""


class Attestations(NamedTuple):
    """
    What was attested.

    Args:
        kx: The plans of care for which KX is attested; None stands for all of them.
        distinct: The modifier of each code whose services were distinct.
    """

    kx: frozenset[Discipline | None]
    distinct: Mapping[str, str]


def parse_attestations(attestations: Iterable[Attestation]) -> Attestations:
    """
    Return what *attestations* attest.

    Raises:
        InvalidInputError: If one of them is no attestation, or a code has two modifiers.

    >>> parse_attestations(["KX", ("XU", "97116")]).distinct
    {'97116': 'XU'}
    """
    given: object = attestations
    if isinstance(given, str) or not isinstance(given, Iterable):
        msg = f"attestations is a sequence such as ['KX', ('XU', '97116')], not {safe_repr(given)}"
        raise InvalidInputError(msg, field="attestations")
    kx: set[Discipline | None] = set()
    distinct: dict[str, str] = {}
    for place, attestation in enumerate(given):
        field = f"attestations[{place}]"
        match attestation:
            case str(modifier) if _is_kx(modifier):
                kx.add(None)
            case (str(modifier), plan) if _is_kx(modifier):
                kx.add(parse_discipline(plan, what=field))
            case (str(word), value) if (modifier := word.strip().upper()) in distinct_modifiers():
                code = parse_code(value, field=field)
                if distinct.setdefault(code, modifier) != modifier:
                    msg = f"{code} is attested by {distinct[code]} and by {modifier}: give one"
                    raise InvalidInputError(msg, field=field, code=code)
            case _:
                msg = (
                    "an attestation is 'KX', ('KX', Discipline.PT) or ('XU', '97116'), "
                    f"not {safe_repr(attestation)}"
                )
                raise InvalidInputError(msg, field=field)
    return Attestations(frozenset(kx), distinct)


def _is_kx(modifier: str) -> bool:
    return modifier.strip().upper() == "KX"


def with_distinct(
    lines: Sequence[ClaimLine], attestations: Attestations, *, order: Sequence[str] = ()
) -> list[ClaimLine]:
    """
    Return the lines, those of attested codes with the modifier that tells a distinct service.

    A line that has such a modifier keeps it. The others have their modifiers in the payer's *order*. An
    attested code that made no unit is on no line, and changes none.

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
