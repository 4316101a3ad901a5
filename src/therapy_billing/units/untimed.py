"""Units of untimed codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.codes.code_book import known_code
from therapy_billing.codes.roles import Clinician
from therapy_billing.visits.services import UntimedService

__all__ = ["untimed_units"]

_Pairs: TypeAlias = tuple[tuple[str, int], ...]


def untimed_units(untimed: Sequence[UntimedService]) -> tuple[_Pairs, _Pairs]:
    """Return units of untimed codes, and how often each was documented that is billed once."""
    if not untimed:
        return (), ()
    units: dict[str, int] = {}
    times: Counter[tuple[str, Clinician]] = Counter()
    for service in untimed:
        code = service.code
        facts = known_code(code)
        if facts.adds_to is not None and all(other.code != facts.adds_to for other in untimed):
            msg = f"code {code} makes the further units of {facts.adds_to}: record that as well"
            raise InvalidInputError(msg)
        if facts.beyond is not None:
            _require_month(code, facts.beyond, untimed)
        if facts.once:
            units[code] = 1
            times[code, service.clinician] += 1
        else:
            units[code] = units.get(code, 0) + service.units
    # What therapist and assistant gave of one service is documented by each.
    most: dict[str, int] = {}
    for (code, _), count in times.items():
        most[code] = max(count, most.get(code, 0))
    return tuple(units.items()), tuple((code, n) for code, n in most.items() if n > 1)


def _require_month(code: str, first: str, untimed: Sequence[UntimedService]) -> None:
    """
    Refuse units of *code* that the minutes of the month do not make together with those of *first*.

    Only where those of *first* are documented; they may be all minutes of the month.
    """
    minutes = [service.minutes for service in untimed if service.code == first]
    if not minutes or None in minutes:
        return
    units = sum(service.units for service in untimed if service.code == code)
    given = sum(service.minutes or 0 for service in untimed if service.code in (first, code))
    needed = _fewest(first) + units * _fewest(code)
    if given < needed:
        msg = (
            f"{code} x{units} needs {needed} minutes in the calendar month with those of {first}, "
            f"got {given}"
        )
        raise InvalidInputError(msg)


def _fewest(code: str) -> int:
    """Return the fewest minutes of the calendar month that make a unit of *code*; 0 if it counts none."""
    month = known_code(code).month_minutes
    return 0 if month is None else month[0]
