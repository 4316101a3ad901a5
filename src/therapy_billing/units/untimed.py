"""Count the units of untimed codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeAlias

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.wording import listed
from therapy_billing.codes.code_book import known_code
from therapy_billing.codes.roles import Clinician
from therapy_billing.visits.services import UntimedService

__all__ = ["untimed_units"]

_Pairs: TypeAlias = tuple[tuple[str, int], ...]


def untimed_units(
    untimed: Sequence[UntimedService], elsewhere: Collection[str] = ()
) -> tuple[_Pairs, _Pairs]:
    """
    Return the units of untimed codes, and the codes that are documented more often than they are billed.

    Args:
        untimed: The services.
        elsewhere: Codes that are documented too, but make no unit because of who furnished them.

    Raises:
        InvalidInputError: If an add-on code is documented without its first code, or has too few minutes.
    """
    if not untimed:
        return (), ()
    units: dict[str, int] = {}
    times: Counter[tuple[str, Clinician]] = Counter()
    for service in untimed:
        code = service.code
        facts = known_code(code)
        documented = {*elsewhere, *(other.code for other in untimed)}
        if facts.adds_to and documented.isdisjoint(facts.adds_to):
            first = listed(facts.adds_to, "or")
            msg = f"add-on code {code} is documented without {first}: record {first} as well"
            raise InvalidInputError(msg)
        if facts.beyond is not None:
            _require_month(code, facts.beyond, untimed)
        if facts.once:
            units[code] = 1
            times[code, service.clinician] += 1
        else:
            units[code] = units.get(code, 0) + service.units
    # If a therapist and an assistant share one service, both document it, so each one's entries are counted separately.
    most: dict[str, int] = {}
    for (code, _), count in times.items():
        most[code] = max(count, most.get(code, 0))
    return tuple(units.items()), tuple((code, n) for code, n in most.items() if n > 1)


def _require_month(code: str, first: str, untimed: Sequence[UntimedService]) -> None:
    """
    Raise an error if the month's minutes of *first* and *code* are too few for the units of *code*.

    Do nothing if minutes of *first* are missing, because all minutes of the month may be documented under *first*.
    """
    minutes = [service.minutes for service in untimed if service.code == first]
    if not minutes or None in minutes:
        return
    units = sum(service.units for service in untimed if service.code == code)
    given = sum(service.minutes or 0 for service in untimed if service.code in (first, code))
    needed = _fewest(first) + units * _fewest(code)
    if given < needed:
        msg = (
            f"{code} x{units} needs at least {needed} minutes in the calendar month, including the minutes "
            f"of {first}; got {given} minutes in total"
        )
        raise InvalidInputError(msg)


def _fewest(code: str) -> int:
    """Return the fewest minutes in a calendar month that make a unit of *code*; 0 if the code needs none."""
    month = known_code(code).month_minutes
    return 0 if month is None else month[0]
