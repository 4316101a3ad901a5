"""Values shared by the tests of chart records."""

from __future__ import annotations

import datetime

DAY = datetime.date(2026, 3, 2)
PRIVATE = "Rosa Invented climbs her stairs"
NO_DAY = "{} must be a date such as 2026-03-02 or 3/2/2026 (month first), got {}"
