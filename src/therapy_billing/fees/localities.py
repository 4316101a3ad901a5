"""Medicare localities: by contractor and number, by state, or by ZIP code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.wording import listed, near_word, word_key
from therapy_billing.fees.records import Gpci, ZipArea, parse_locality, parse_mac

__all__ = [
    "NATIONAL",
    "Place",
    "locality_at",
    "locality_of",
    "locality_of_state",
    "parse_place",
    "parse_state",
]

NATIONAL = Gpci("", "", "", "", Decimal(1), Decimal(1), Decimal(1))
"""No locality: every index is one."""
Place = tuple[str, str] | str
_COMBINED = re.compile(r"([0-9]{5})[- ]?([0-9]{2})")


@cache
def _states() -> Mapping[str, str]:
    """Return the two letters of each state by the words that name it."""
    names = read_toml("fees/states.toml")["names"]
    letters = {word_key(state): state for state in names}
    return letters | {word_key(name): state for state, name in names.items()}


def locality_of_state(indices: Mapping[tuple[str, str], Gpci], state: str) -> Gpci:
    """
    Return the only locality of *state*.

    Args:
        indices: The localities.
        state: Two letters, as :func:`parse_state` returns them.

    Raises:
        InvalidInputError: If *indices* has no locality of the state, or several; the message lists them.
    """
    shared = read_toml("fees/gpci_releases.toml")["shared"]
    of_state = [(row["mac"], row["locality"]) for row in shared if state in row["states"]]
    found = [gpci for key, gpci in indices.items() if gpci.state == state or key in of_state]
    if not found:
        known = {gpci.state for gpci in indices.values()}
        for row in shared:
            known |= set(row["states"]) if (row["mac"], row["locality"]) in indices else set()
        msg = f"state must be {listed(sorted(known), 'or')}, got {state!r}"
        raise InvalidInputError(msg, field="state")
    if len(found) > 1:
        choices = "; ".join(f"{gpci.title} {gpci.mac}-{gpci.locality}" for gpci in found)
        msg = f"{state} has {len(found)} localities; give locality as one of these: {choices}"
        raise InvalidInputError(msg, field="locality")
    return found[0]


def parse_state(value: object, *, what: str = "state") -> str:
    """
    Return the two letters of the state that *value* names.

    Raises:
        InvalidInputError: If it names none.

    >>> parse_state("Ohio"), parse_state("oh")
    ('OH', 'OH')
    """
    state = _states().get(word_key(value)) if isinstance(value, str) else None
    if state is None:
        wanted = (
            "'15202-00' or a state such as 'OH'" if what == "locality" else "a state such as 'OH'"
        )
        near = near_word(value, _states())
        meant = "" if near is None else f"; did you mean {_states()[near]}?"
        msg = f"unknown {what}, {safe_repr(value)}: use {wanted}{meant}"
        raise InvalidInputError(msg, field=what)
    return state


def locality_of(indices: Mapping[tuple[str, str], Gpci], mac: object, locality: object) -> Gpci:
    """
    Return the indices of a locality.

    Raises:
        NotPublishedError: If there is no such locality; the message lists those of the contractor.
    """
    key = parse_mac(mac), parse_locality(locality)
    if key not in indices:
        near = [f"{number} {gpci.title}" for (of, number), gpci in indices.items() if of == key[0]]
        known = f"MAC {key[0]} has {', '.join(near)}" if near else f"MAC {key[0]} has no locality"
        msg = f"there is no locality {key[1]} of MAC {key[0]}: {known}"
        raise NotPublishedError(msg, field="locality")
    return indices[key]


def parse_place(
    mac: str | int | None,
    locality: str | int | None,
    state: str | None,
    zip_area: ZipArea | None,
) -> Place | None:
    """Return contractor and locality, or a state; None for national amounts."""
    if isinstance(locality, str) and mac is None:
        combined = _COMBINED.fullmatch(locality.strip())
        if combined:
            mac, locality = combined.groups()
        elif state is None and not locality.strip().isdecimal():
            state, locality = parse_state(locality, what="locality"), None
    if (mac is None) != (locality is None):
        field = "mac" if mac is None else "locality"
        msg = "mac and locality go together, such as mac='15202', locality='00'"
        raise InvalidInputError(msg, field=field)
    if sum(given is not None for given in (mac, state, zip_area)) > 1:
        msg = "give the locality one way only: locality with mac, state, or zip_area"
        raise InvalidInputError(msg, field="locality")
    if zip_area is not None:
        return _place_of_zip(zip_area)
    if mac is not None and locality is not None:
        return parse_mac(mac), parse_locality(locality)
    return None if state is None else parse_state(state)


def _place_of_zip(area: object) -> Place:
    if not isinstance(area, ZipArea):
        msg = f"zip_area is what read_zip5 gives for a ZIP code, not {safe_repr(area)}"
        raise InvalidInputError(msg, field="zip_area")
    if area.plus_four:
        msg = (
            f"ZIP code {area.zip_code} is split between localities: "
            "give mac and locality of its ZIP+4"
        )
        raise NotPublishedError(msg, field="zip_area")
    return area.mac, area.locality


def locality_at(indices: Mapping[tuple[str, str], Gpci], place: Place) -> Gpci:
    """Return the indices of a place among *indices*."""
    if isinstance(place, str):
        return locality_of_state(indices, place)
    return locality_of(indices, *place)
