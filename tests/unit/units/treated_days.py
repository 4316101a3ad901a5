"""Sessions and units shared by the tests."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from therapy_billing import Allocation, Policy, Session, UnitMethod, allocate_units
from therapy_billing.codes.code_book import load_codes, quarter_codes
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.units.allocator import Treatment

DAY = datetime.date(2026, 3, 2)
CMS = Policy(UnitMethod.CMS_EIGHT_MINUTE)
MIDPOINT = Policy(UnitMethod.CPT_MIDPOINT)
STARTED = Policy(UnitMethod.STARTED_QUARTER)
FULL = Policy(UnitMethod.FULL_QUARTER)
IN_FORCE = tuple(code for code in sorted(quarter_codes()) if load_codes()[code].replaced_by == ())


def session(
    minutes: Mapping[str, int], discipline: str = "PT", day: datetime.date = DAY
) -> Session:
    """Return a session of *minutes* by timed code."""
    return Session.from_minutes(minutes, date_of_service=day, discipline=discipline)


def units(treatment: Treatment, payer: PayerLike) -> dict[str, int]:
    """Return the units of each timed code."""
    return dict(allocate_units(treatment, payer).units)


def capped(
    treatment: Treatment,
    *,
    per_code: int | Mapping[str, int] | None = None,
    per_codes: Sequence[tuple[Sequence[str], int]] = (),
    per_session: int | None = None,
    per_day: int | None = None,
    method: UnitMethod = UnitMethod.CMS_EIGHT_MINUTE,
) -> Allocation:
    """Return the units of *treatment* under caps."""
    policy = Policy(method).with_changes(
        cap_per_code=per_code,
        cap_per_codes=per_codes,
        cap_per_session=per_session,
        cap_per_day=per_day,
    )
    return allocate_units(treatment, policy)
