"""Find the services of a session that are billed: those that make units under the payer's table of furnishers."""

from __future__ import annotations

from therapy_billing.chart.authors import furnishers_of
from therapy_billing.codes.code_book import known_code
from therapy_billing.payers.furnishers import Furnishers
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.visits.services import Service
from therapy_billing.visits.sessions import Session

__all__ = ["billed_services", "is_billed"]


def is_billed(service: Service, session: Session, furnishers: Furnishers) -> bool:
    """Return whether *service* of *session* makes units."""
    service_class = known_code(service.code).service_class
    return furnishers.makes_units(
        service.clinician, session.discipline, service_class, session.date_of_service
    )


def billed_services(session: Session, payer: PayerLike) -> tuple[Service, ...]:
    """
    Return the services that *payer* is billed for. If its policy is not known on that day, return all of them.

    >>> from therapy_billing import TimedService
    >>> services = [TimedService("97110", 20), TimedService("97530", 15, clinician="student")]
    >>> for day in ("2000-03-31", "2000-04-01"):
    ...     [each.code for each in billed_services(Session(day, "PT", services), "medicare")]
    ['97110', '97530']
    ['97110']
    """
    furnishers, unknown = furnishers_of(payer, session.date_of_service)
    if unknown:
        return session.services
    return tuple(each for each in session.services if is_billed(each, session, furnishers))
