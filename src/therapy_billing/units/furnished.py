"""Leave out the services that make no unit because of who furnished them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from therapy_billing.codes.code_book import known_code
from therapy_billing.codes.roles import Clinician, Discipline
from therapy_billing.payers.furnishers import QUALIFIED, Furnishers
from therapy_billing.units.records import ServiceGroups, Services, UnbilledService
from therapy_billing.visits.services import Service, UntimedService

__all__ = ["add_first_codes", "other_furnishers", "split_by_furnisher"]


def split_by_furnisher(
    groups: ServiceGroups, furnishers: Furnishers, day: date | None
) -> tuple[ServiceGroups, list[tuple[UnbilledService, ...]]]:
    """
    Return the services that make units, and for each discipline the services that make none.

    Rule ``furnisher-scope``. Minutes by code have no discipline and no clinician, so all of them make units.
    """
    kept: ServiceGroups = []
    left_out: list[tuple[UnbilledService, ...]] = []
    for discipline, group in groups:
        out: list[Service] = []
        if discipline is not None and day is not None:
            out = [
                service
                for services in group
                for service in services
                # Most services are by a therapist, so the table is read only for the others.
                if service.clinician is not Clinician.THERAPIST
                and not furnishers.makes_units(
                    service.clinician, discipline, known_code(service.code).service_class, day
                )
            ]
        if not out or discipline is None or day is None:
            kept.append((discipline, group))
            left_out.append(())
            continue
        gone = {id(service) for service in out}
        kept.append(
            (discipline, [tuple(each for each in one if id(each) not in gone) for one in group])
        )
        left_out.append(_unbilled(out, discipline, furnishers, day))
    return kept, left_out


def _unbilled(
    services: Iterable[Service], discipline: Discipline, furnishers: Furnishers, day: date
) -> tuple[UnbilledService, ...]:
    """Return the services by code and role, in documented order."""
    found: dict[tuple[str, Clinician], list[Service]] = {}
    for service in services:
        found.setdefault((service.code, service.clinician), []).append(service)
    unbilled = []
    for (code, clinician), own in found.items():
        minutes = [service.minutes for service in own if service.minutes is not None]
        rule = furnishers.find(clinician, discipline, known_code(code).service_class, day)
        keys = dict.fromkeys(service.key for service in own if service.key is not None)
        unbilled.append(
            UnbilledService(
                code, clinician, discipline, sum(minutes) if minutes else None, rule, tuple(keys)
            )
        )
    return tuple(unbilled)


def other_furnishers(group: Iterable[Services]) -> tuple[tuple[str, Clinician], ...]:
    """
    Return each code with each role that furnished it, or nothing if only therapists and physicians furnished the day.

    Timed services of 0 minutes are left out.
    """
    roles = dict.fromkeys(
        (service.code, service.clinician)
        for services in group
        for service in services
        if service.minutes != 0 or isinstance(service, UntimedService)
    )
    return () if QUALIFIED.issuperset(role for _, role in roles) else tuple(roles)


def add_first_codes(minutes: dict[str, int], unbilled: Iterable[str]) -> None:
    """
    Add the first code of a family, with 0 minutes, if only its add-on code is in *minutes*.

    The minutes of the add-on code then make the first unit, because the first minutes of others are not billed.
    """
    for code in unbilled:
        if known_code(code).add_on in minutes:
            minutes.setdefault(code, 0)
