"""Treatments for several tests."""

from __future__ import annotations

import datetime

from therapy_billing import Policy, UnitMethod

DAY = datetime.date(2026, 3, 2)
CMS = Policy(UnitMethod.CMS_EIGHT_MINUTE)
