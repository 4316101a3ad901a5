"""Medicare localities: by contractor and number, by state, or by ZIP code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.fees.records import Gpci, ZipArea, parse_locality, parse_mac

__all__ = ["NATIONAL", "Place", "locality_at", "locality_of", "locality_of_state", "parse_place"]

NATIONAL = Gpci("", "", "", "", Decimal(1), Decimal(1), Decimal(1))
"""No locality: every index is one."""
Place = tuple[str, str] | str
_COMBINED = re.compile(r"([0-9]{5})[- ]?([0-9]{2})")
_STATE_FORM = re.compile(r"[A-Za-z]{2}")


def locality_of_state(indices: Mapping[tuple[str, str], Gpci], state: object) -> Gpci:
    """
    Return the only locality of *state*.

    Raises:
        InvalidInputError: If *state* is no state of *indices*, or has several localities; the message
            lists them.
    """
    name = state.strip().upper() if isinstance(state, str) else ""
    shared = [
        (row["mac"], row["locality"])
        for row in read_toml("fees/gpci_releases.toml")["shared"]
        if name in row["states"]
    ]
    found = [gpci for key, gpci in indices.items() if gpci.state == name or key in shared]
    if not found:
        known = {gpci.state for gpci in indices.values()}
        for row in read_toml("fees/gpci_releases.toml")["shared"]:
            known |= set(row["states"]) if (row["mac"], row["locality"]) in indices else set()
        states = ", ".join(sorted(known))
        msg = f"state is one of {states}, not {safe_repr(state)}"
        raise InvalidInputError(msg)
    if len(found) > 1:
        listed = "; ".join(f"{gpci.title} {gpci.mac}-{gpci.locality}" for gpci in found)
        msg = f"{name} has {len(found)} localities, give mac and locality: {listed}"
        raise InvalidInputError(msg)
    return found[0]


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
        raise NotPublishedError(msg)
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
        elif state is None and _STATE_FORM.fullmatch(locality.strip()):
            state, locality = locality, None
    if (mac is None) != (locality is None):
        msg = "mac and locality go together, such as mac='15202', locality='00'"
        raise InvalidInputError(msg)
    if sum(given is not None for given in (mac, state, zip_area)) > 1:
        msg = "the locality is told in one way: mac and locality, state, or zip_area"
        raise InvalidInputError(msg)
    if zip_area is not None:
        return _place_of_zip(zip_area)
    if mac is not None and locality is not None:
        return parse_mac(mac), parse_locality(locality)
    word: object = state
    if word is not None and not isinstance(word, str):
        msg = f"state is a text of two letters such as 'OH', not {safe_repr(word)}"
        raise InvalidInputError(msg)
    return state


def _place_of_zip(area: object) -> Place:
    if not isinstance(area, ZipArea):
        msg = f"zip_area is what read_zip5 gives for a ZIP code, not {safe_repr(area)}"
        raise InvalidInputError(msg)
    if area.plus_four:
        msg = (
            f"ZIP code {area.zip_code} is split between localities: "
            "give mac and locality of its ZIP+4"
        )
        raise NotPublishedError(msg)
    return area.mac, area.locality


def locality_at(indices: Mapping[tuple[str, str], Gpci], place: Place) -> Gpci:
    """Return the indices of a place among *indices*."""
    if isinstance(place, str):
        return locality_of_state(indices, place)
    return locality_of(indices, *place)
