"""Minutes of US outpatient therapy to billable units, with the rule and the source of each number."""

from __future__ import annotations

from therapy_billing.payers import CPT_MIDPOINT, MEDICARE
from therapy_billing.pipeline.allocation import allocate_units
from therapy_billing.records import *
from therapy_billing.policies import *
from therapy_billing.modifiers import *
from therapy_billing.tables import FeeSchedule
