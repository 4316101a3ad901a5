"""The ``units`` command: count the units of one day from the minutes of each code."""

from __future__ import annotations

import argparse
import json
import re
import sys

import attrs

from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.wording import counted
from therapy_billing.cli.log_options import KnownPayers, policy_changes
from therapy_billing.explanations.steps import explain
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.formats.text import allocation_text, data_text
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import Policy, TiePolicy
from therapy_billing.scenarios.margins import unit_margins
from therapy_billing.units.allocator import allocate_units

__all__ = ["run"]

_WHOLE = re.compile(r"[0-9]{1,4}")


def run(parsed: argparse.Namespace) -> int:
    """Count and print the units; return the exit status."""
    minutes: dict[str, int] = {}
    for question in parsed.minutes:
        code, _, whole = question.partition("=")
        if not _WHOLE.fullmatch(whole) or code in minutes:
            msg = f"give each code once, with whole minutes, such as 97530=20; got {safe_repr(question)}"
            raise InvalidInputError(msg)
        minutes[code] = int(whole)
    day = None if parsed.date is None else parse_date(parsed.date, what="--date")
    payer = KnownPayers(parsed).usual
    fees = None
    if parsed.fees is not None:
        fees = FeeSchedule.from_rates(parsed.fees)
    elif day is not None and parsed.ties == TiePolicy.HIGHEST_FEE.value:
        fees = FeeSchedule.medicare(day)
    changes = policy_changes(parsed)
    by: Payer | Policy = payer.on(day).with_changes(**changes) if changes else payer
    allocation = allocate_units(minutes, by, date_of_service=day, fees=fees)
    allocation = attrs.evolve(allocation, payer=payer.name)
    if parsed.json:
        record = allocation.to_dict()
        if parsed.explain:
            record["explanation"] = explain(allocation).to_dict()["steps"]
        sys.stdout.write(json.dumps(record) + "\n")
        return 0
    text = allocation_text(allocation)
    if parsed.explain:
        text += f"\n{explain(allocation)}"
    day_margin = unit_margins(allocation)[0]
    spare = (
        ""
        if day_margin.to_spare is None
        else f"; {counted(day_margin.to_spare, 'minute')} to spare"
    )
    more = counted(day_margin.to_next_unit, "more minute")
    caps = "Before caps, the" if allocation.capped_units else "The"
    sys.stdout.write(
        f"{text}\n{caps} next unit needs {more}{spare}.\n{data_text(allocation.data)}\n"
    )
    return 0
