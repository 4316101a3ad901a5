"""
Answer questions with one library. ``rebuild_years.py`` runs this in a separate process for each library.

The task is the first argument: ``refusals``, ``amounts``, ``facts``, ``gaps``, or ``days``. The answers are lines of JSON.
"""

from __future__ import annotations

import importlib
import itertools
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from answers.checkout import Adapter, answer_day

from rebuild.files import NO_RATIONALE
from therapy_billing import PAYERS, Edits, FeeSchedule, Session, UnitMethod, allocate_units
from therapy_billing.base.errors import NotPublishedError, TherapyBillingError
from therapy_billing.base.record_dicts import to_dict
from therapy_billing.codes.code_book import load_codes
from therapy_billing.codes.period_codes import load_period_codes
from therapy_billing.fees.bundled_tables import load_gpcis
from therapy_billing.law.parameters import SERIES, load_parameter
from therapy_billing.law.timeline import Timeline
from therapy_billing.ncci.records import EditSetting, EditState, LimitAnswer, PairAnswer

__all__ = ["LEFT_OUT", "WholeAnswers"]

LEFT_OUT = frozenset({"assumptions", "citation", "data", "more_sources", "source", "sources"})
"""The keys of results that are not compared: sources, assumptions, and the names of the data."""
_ASSUMED = re.compile(r"\(assumed by |is priced with the \w+ \d{4} file")
"""Remarks that are not compared: the assumptions of a pack, and those of the library about a release."""
_DECIDED = (EditState.IN_FORCE, EditState.CLEAN)
_SETTINGS = ("non-facility", "facility")
_FIRST_QP_YEAR = 2026


class WholeAnswers(Adapter):
    """Return everything in a result, except :data:`LEFT_OUT`."""

    def units(self, allocation: Any) -> dict[str, Any]:  # noqa: ANN401 - as in the base class
        """Return the allocation."""
        return _whole(allocation)

    def lines(self, lines: Iterable[Any], *, priced: bool) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return the lines of a claim."""
        return [_whole(line) for line in lines]

    def priced_day(self, day: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the priced day."""
        return _whole(day)

    def findings(self, found: Any) -> Any:  # noqa: ANN401
        """Return the findings and the answer of every check."""
        return _whole(found)


def _whole(record: object) -> dict[str, Any]:
    whole: dict[str, Any] = _without(to_dict(record))
    return whole


def _without(value: Any) -> Any:  # noqa: ANN401
    """Return *value* without the keys in :data:`LEFT_OUT`."""
    if isinstance(value, dict):
        kept = {key: _without(each) for key, each in value.items() if key not in LEFT_OUT}
        if "remarks" in kept:
            kept["remarks"] = [each for each in kept["remarks"] if not _ASSUMED.search(each)]
        return kept
    if isinstance(value, list):
        return [_without(each) for each in value]
    return "" if value == NO_RATIONALE else value


def _answered(call: Callable[[], object]) -> bool:
    """Return whether a call has an answer. An answer for a day that is not in the data is a NotPublishedError."""
    try:
        call()
    except NotPublishedError:
        return False
    return True


def refusals(first: str, last: str) -> Iterator[dict[str, Any]]:
    """Look up every kind of dated data on each day from *first* to *last*. Yield how many were asked, and what was answered."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    asked = 0
    answered: list[str] = []
    series = [load_parameter(f"medicare/{name}") for name in SERIES]
    timelines: list[Timeline[Any]] = [
        *(each for each in series if each.known_through != date.max),
        *(payer.policies for payer in PAYERS.values()),
        load_gpcis(),
    ]
    while day <= end:
        calls: dict[str, Callable[[], object]] = {
            "FeeSchedule.medicare": partial(FeeSchedule.medicare, day),
            **{
                f"allocate_units {method.value}": partial(_units, day, method)
                for method in UnitMethod
            },
            **{each.subject: partial(each.on, day) for each in timelines},
        }
        asked += len(calls)
        answered += [f"{name} on {day}" for name, call in calls.items() if _answered(call)]
        if day.day == 1 and day.month % 3 == 1:
            of_edits = list(_edits(day))
            asked += len(of_edits)
            answered += [f"{name} on {day}" for _, name, each in of_edits if each.state in _DECIDED]
        day += timedelta(days=1)
    yield {"asked": asked, "answered": answered}


def _units(day: date, method: UnitMethod) -> object:
    session = Session.from_minutes({"97110": 30}, date_of_service=day, discipline="PT")
    return allocate_units(session, method)


def _edits(day: date) -> Iterator[tuple[str, str, PairAnswer | LimitAnswer]]:
    """Yield the answer for each pair in the data, and for each limit, on *day*."""
    edits = Edits.bundled()
    pairs = {
        tuple(sorted((edit.column1, edit.column2)))
        for file in edits.files
        for edit in getattr(file, "edits", ())
    }
    for setting in EditSetting:
        for one, two in sorted(pairs):
            answer = edits.pair(one, two, day, setting)
            yield "pairs", f"{one}/{two}, {setting.value}", answer
        for code in sorted(load_codes()):
            yield "limits", f"{code}, {setting.value}", edits.limit(code, day, setting)


def amounts(localities: str, *days: str) -> Iterator[dict[str, Any]]:
    """Yield the Medicare amounts of all codes on each day, for each locality (0 for all), setting, and group of clinicians."""
    codes = sorted(load_codes())
    for day in days:
        groups = (False, True) if date.fromisoformat(day).year >= _FIRST_QP_YEAR else (False,)
        for (mac, locality), setting, qualifying in itertools.product(
            sorted(load_gpcis().on(date.fromisoformat(day)))[: int(localities) or None],
            _SETTINGS,
            groups,
        ):
            fees = FeeSchedule.medicare(
                day, mac=mac, locality=locality, setting=setting, qualifying_apm=qualifying
            )
            group = ", qualifying APM participants" if qualifying else ""
            yield {
                "of": f"{day}, {mac}-{locality}, {setting}{group}",
                "amounts": {code: _amounts(fees, code) for code in codes},
            }


def _amounts(fees: FeeSchedule, code: str) -> list[str]:
    """Return the amount of a unit in full and after MPPR, or the error for each."""
    found = []
    for reduced in (False, True):
        try:
            found.append(str(fees.amount(code, reduced=reduced)))
        except TherapyBillingError as error:
            found.append(f"{type(error).__name__}: {error}")
    return found


def facts(*days: str) -> Iterator[dict[str, Any]]:
    """Yield the facts about every code, and on each day every payer's policy, pair, and limit."""
    for code in sorted(load_codes()):
        yield {"kind": "codes", "of": code, "facts": _whole(load_codes()[code])}
    # A pack adds its rows at the end. The order of these rows, and of rules about furnishers, has no meaning.
    for row in sorted(load_period_codes(), key=lambda row: (row.code, row.effective_from)):
        name = f"{row.code} from {row.effective_from}"
        yield {"kind": "codes of a period", "of": name, "facts": _whole(row)}
    for text in days:
        for name, payer in PAYERS.items():
            facts = _whole(payer.on(text))
            facts["furnishers"]["rules"].sort(key=lambda rule: json.dumps(rule, sort_keys=True))
            yield {"kind": "policies", "of": f"{name} on {text}", "facts": facts}
        for kind, name, answer in _edits(date.fromisoformat(text)):
            yield {"kind": kind, "of": f"{name} on {text}", "facts": _whole(answer)}


def gaps(*days: str) -> Iterator[dict[str, Any]]:
    """Yield the message of the refusal of Medicare's amounts on each day. It is empty if there are amounts."""
    for day in days:
        message = ""
        try:
            FeeSchedule.medicare(day, locality="OH")
        except NotPublishedError as error:
            message = str(error)
        yield {"of": day, "message": message}


def days_of(path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the answers for each day in a file."""
    adapter = WholeAnswers(importlib.import_module("therapy_billing"))
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            yield answer_day(adapter, json.loads(line))


_TASKS: Mapping[str, Callable[..., Iterator[Mapping[str, Any]]]] = {
    "refusals": refusals,
    "amounts": amounts,
    "facts": facts,
    "gaps": gaps,
    "days": days_of,
}


def main(task: str, *arguments: str) -> None:
    """Write the answers to a task, one line of JSON each."""
    for answer in _TASKS[task](*arguments):
        sys.stdout.write(json.dumps(answer, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
