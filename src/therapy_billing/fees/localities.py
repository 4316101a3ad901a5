"""Find a Medicare locality by contractor and locality number, by state, or by ZIP code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.wording import listed, near_word, word_key
from therapy_billing.fees.records import Gpci, ZipArea, parse_locality, parse_mac
from therapy_billing.fees.zip_table import locality_of_zip, require_one_locality

__all__ = [
    "NATIONAL",
    "LocalityKey",
    "locality_at",
    "locality_of",
    "locality_of_state",
    "parse_locality_key",
    "parse_state",
]

NATIONAL = Gpci("", "", "", "", Decimal(1), Decimal(1), Decimal(1))
"""The indices for national amounts: every index is 1."""
LocalityKey = tuple[str, str] | str
_COMBINED = re.compile(r"([0-9]{5})[- ]?([0-9]{2})")


@cache
def _states() -> Mapping[str, str]:
    """Return the two-letter form of each state, by the state's name and by its two letters."""
    names = read_toml("fees/states.toml")["names"]
    letters = {word_key(state): state for state in names}
    return letters | {word_key(name): state for state, name in names.items()}


def locality_of_state(indices: Mapping[tuple[str, str], Gpci], state: str) -> Gpci:
    """
    Return the only locality of *state*.

    Args:
        indices: The localities.
        state: Two letters from :func:`parse_state`.

    Raises:
        InvalidInputError: If *indices* has no locality of the state, or has several. The message
            lists the valid states or the localities.
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
        msg = f"{state} has {len(found)} localities; set locality to one of these: {choices}"
        raise InvalidInputError(msg, field="locality")
    return found[0]


def parse_state(value: object, *, what: str = "state") -> str:
    """
    Return the two-letter form of a state, given as two letters or by name.

    Raises:
        InvalidInputError: If *value* is not a state. The message suggests a similar state, if there is one.

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
        msg = f"unknown {what}, got {safe_repr(value)}: use {wanted}{meant}"
        raise InvalidInputError(msg, field=what)
    return state


def locality_of(indices: Mapping[tuple[str, str], Gpci], mac: object, locality: object) -> Gpci:
    """
    Return the indices of a locality.

    Raises:
        NotPublishedError: If the contractor has no such locality. The message lists its localities.
    """
    key = parse_mac(mac), parse_locality(locality)
    if key not in indices:
        near = [f"{number} {gpci.title}" for (of, number), gpci in indices.items() if of == key[0]]
        known = f"it has {', '.join(near)}" if near else "no contractor has this number"
        msg = f"MAC {key[0]} has no locality {key[1]}: {known}"
        raise NotPublishedError(msg, field="locality")
    return indices[key]


def parse_locality_key(
    mac: str | int | None,
    locality: str | int | None,
    state: str | None,
    zip_area: ZipArea | None,
    zip_code: str | int | None = None,
    day: date | None = None,
) -> LocalityKey | None:
    """
    Return the contractor and locality number, or a two-letter state; None for national amounts.

    A *zip_code* is looked up on *day*. Without a day, a ZIP code is no way to give the locality.
    """
    if isinstance(locality, str) and mac is None:
        combined = _COMBINED.fullmatch(locality.strip())
        if combined:
            mac, locality = combined.groups()
        elif state is None and not locality.strip().isdecimal():
            state, locality = parse_state(locality, what="locality"), None
    if (mac is None) != (locality is None):
        field = "mac" if mac is None else "locality"
        msg = "give mac and locality together, such as mac='15202', locality='00'"
        raise InvalidInputError(msg, field=field)
    if sum(given is not None for given in (mac, state, zip_code, zip_area)) > 1:
        last = "or zip_area" if day is None else "zip_code, or zip_area"
        msg = (
            "give the locality in only one way: mac and locality, locality alone (such as '15202-00'), state, "
            f"{last}"
        )
        raise InvalidInputError(msg, field="locality")
    if zip_area is not None:
        return _locality_of_area(zip_area)
    if zip_code is not None and day is not None:
        area = locality_of_zip(zip_code, day)
        return area.mac, area.locality
    if mac is not None and locality is not None:
        return parse_mac(mac), parse_locality(locality)
    return None if state is None else parse_state(state)


def _locality_of_area(area: object) -> LocalityKey:
    if not isinstance(area, ZipArea):
        msg = f"zip_area must be a ZipArea from read_zip5, got {safe_repr(area)}"
        raise InvalidInputError(msg, field="zip_area")
    require_one_locality(area, "zip_area")
    return area.mac, area.locality


def locality_at(indices: Mapping[tuple[str, str], Gpci], key: LocalityKey) -> Gpci:
    """Return the indices of the locality for a key from :func:`parse_locality_key`."""
    if isinstance(key, str):
        return locality_of_state(indices, key)
    return locality_of(indices, *key)
