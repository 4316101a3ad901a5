"""
What a pack needs besides the files of CMS: numbers, the code book, and the payers.

The amounts in dollars of a year and the conversion factors are never carried forward. Other numbers, the code book, and the
policies of payers are, but only if someone assumes it. What is missing is requested together, with a form to fill in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.data_packs import Correction
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.wording import counted
from therapy_billing.fees.bundled_tables import published_rvus
from therapy_billing.law.parameters import SERIES, Parameter, load_parameter
from therapy_billing.law.sources import Source
from therapy_billing.law.timeline import Timeline
from therapy_billing.packs.manifest import toml_text
from therapy_billing.packs.numbers import (
    CONVERSION_FACTORS,
    QUALIFYING_FACTORS,
    YEARLY_DOLLARS,
    MissingNumber,
    MissingNumbersError,
    Number,
    Numbers,
    numbers_form,
)
from therapy_billing.packs.releases import FeeRelease
from therapy_billing.payers.payer_terms import names_of_payers

__all__ = [
    "CODES_UNCHANGED",
    "POLICY_UNCHANGED",
    "SeriesTables",
    "series_tables",
]

CODES_UNCHANGED, POLICY_UNCHANGED = "codes-unchanged", "policy-unchanged"

_DAY = timedelta(days=1)
_LARGEST_CHANGE = Decimal("0.25")
"""A conversion factor that changes more than by this part of it gets a remark."""
_CODE_FILES = ("codes/periods.toml", "codes/therapy.toml")


@attrs.frozen
class SeriesTables:
    """
    The tables that a pack has besides fees and edits.

    Args:
        tables: The text of each data file, by path.
        values: The rows of each series that the pack adds to.
        carried: The files that rest on each assumption, by the id of the assumption.
        since: The first date of service that rests on each assumption.
        corrections: The earlier values that the pack changes.
        remarks: What else to know.
    """

    tables: Mapping[str, str] = attrs.field(repr=False)
    values: Mapping[str, tuple[dict[str, Any], ...]] = attrs.field(repr=False)
    carried: Mapping[str, tuple[str, ...]]
    since: Mapping[str, date]
    corrections: tuple[Correction, ...]
    remarks: tuple[str, ...]

    def amount(self, name: str, day: date) -> Decimal:
        """
        Return the amount of a series on a day: the value that the pack adds, or that of the active data.

        Raises:
            NotPublishedError: If neither has a value for that day.
        """
        own = [row for row in self.values.get(name, ()) if row["from"] <= day]
        if own:
            amount: Decimal = own[-1]["amount"]
            return amount
        known = load_parameter(f"medicare/{name}")
        if f"parameters/medicare/{name}.toml" in self.tables:
            day = min(day, known.known_through)
        return known.on(day).amount


class _Draft:
    """The tables so far, and what is missing."""

    def __init__(self, through: date, assumed: Iterable[str]) -> None:
        self.through = through
        self.assumed = frozenset(assumed)
        self.tables: dict[str, str] = {}
        self.values: dict[str, tuple[dict[str, Any], ...]] = {}
        self.carried: dict[str, list[str]] = {}
        self.since: dict[str, date] = {}
        self.corrections: list[Correction] = []
        self.missing: list[MissingNumber] = []
        self.carryable: list[MissingNumber] = []
        self.optional: list[MissingNumber] = []
        self.unassumed: dict[str, list[str]] = {}
        self.remarks: list[str] = []

    def carry(self, path: str, assumption: str, end: date, table: dict[str, Any]) -> None:
        """Carry a file forward from the day after *end*, if that is assumed. Otherwise, note that it is not."""
        if assumption not in self.assumed:
            self.unassumed.setdefault(assumption, []).append(path)
            return
        self.tables[path] = toml_text({**table, "known_through": self.through})
        self.rest_on(assumption, path, end)

    def rest_on(self, assumption: str, path: str, end: date) -> None:
        self.carried.setdefault(assumption, []).append(path)
        since = end + _DAY
        self.since[assumption] = min(since, self.since.get(assumption, since))


def series_tables(
    releases: Sequence[FeeRelease],
    numbers: Numbers,
    *,
    through: date,
    assumed: Iterable[str],
    whole_year: bool,
    faults: list[FileFormatError],
) -> SeriesTables:
    """
    Return the parameters, the code book, and the payers of a pack.

    Args:
        releases: The releases in the downloads.
        numbers: The form that was filled in.
        through: The last date of service of the pack.
        assumed: The assumptions that someone makes.
        whole_year: Whether the downloads have fees. A pack with edits only needs no numbers.
        faults: Receives the faults in the numbers.

    Raises:
        MissingNumbersError: If something is missing that was neither given nor assumed.
    """
    draft = _Draft(through, assumed)
    for name in SERIES:
        _series(name, releases, numbers, draft, faults, whole_year=whole_year)
    if whole_year:
        for path in _CODE_FILES:
            end = read_toml(path)["known_through"]
            if end < through:
                draft.carry(path, CODES_UNCHANGED, end, {})
        for name in names_of_payers():
            path = f"payers/{name}.toml"
            end = read_toml(path).get("known_through", date.max)
            if end < through:
                draft.carry(path, POLICY_UNCHANGED, end, {"name": name})
    # A wrong number is reported first: the form that is asked for next would repeat it.
    if not faults and (draft.missing or draft.carryable or draft.unassumed):
        raise _missing(draft)
    remarks = [
        f"{each.series} has no value from {each.effective_from}, so amounts for qualifying APM participants stay refused; "
        f"{each.where}"
        for each in draft.optional[:1]
    ]
    return SeriesTables(
        draft.tables,
        draft.values,
        {key: tuple(sorted(paths)) for key, paths in sorted(draft.carried.items())},
        draft.since,
        tuple(draft.corrections),
        (*draft.remarks, *remarks),
    )


def _series(
    name: str,
    releases: Sequence[FeeRelease],
    numbers: Numbers,
    draft: _Draft,
    faults: list[FileFormatError],
    *,
    whole_year: bool,
) -> None:
    end = load_parameter(f"medicare/{name}").known_through
    rows = _given(name, numbers, end, draft.through, faults)
    path = f"parameters/medicare/{name}.toml"
    if name in (CONVERSION_FACTORS, QUALIFYING_FACTORS):
        rows = _with_factors(name, rows, releases, numbers, draft, faults)
    elif rows and rows[0]["from"] > end + _DAY and name not in YEARLY_DOLLARS:
        if POLICY_UNCHANGED in draft.assumed:
            rows.insert(0, _carried_value(name, end))
            draft.rest_on(POLICY_UNCHANGED, path, end)
        else:
            draft.carryable.append(MissingNumber(name, end + _DAY))
    if whole_year and end < draft.through and end != date.max:
        if name in YEARLY_DOLLARS and (end + _DAY).year == end.year:
            rows = _rest_of_year(name, end, rows)
        if name in (*YEARLY_DOLLARS, CONVERSION_FACTORS, QUALIFYING_FACTORS):
            have = {row["from"] for row in rows}
            missing = [day for day in _first_days(end + _DAY, draft.through) if day not in have]
            wanted = draft.optional if name == QUALIFYING_FACTORS else draft.missing
            wanted += [MissingNumber(name, day) for day in missing]
            # A year without a value in the middle would get the value of the year before.
            rows = [] if missing else rows
        elif not rows and POLICY_UNCHANGED in draft.assumed:
            draft.carry(path, POLICY_UNCHANGED, end, {})
        elif not rows:
            draft.carryable.append(MissingNumber(name, end + _DAY))
    if rows:
        draft.values[name] = tuple(rows)
        draft.tables[path] = toml_text({"known_through": max(draft.through, end), "value": rows})


def _rest_of_year(name: str, end: date, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with the amount of the year in front, if the data ends within the year."""
    known = load_parameter(f"medicare/{name}").on(end)
    row = {
        "from": end + _DAY,
        "amount": known.amount,
        "source": f"the amount of {end.year}: {known.source.title}",
        "verified": known.source.verified.value,
        **_citation(known.source),
    }
    return rows if rows and rows[0]["from"] == end + _DAY else [row, *rows]


def _citation(source: Source | Number) -> dict[str, str]:
    """Return the address and the date of a source, if they are known."""
    given = {"url": source.url, "dated": source.dated}
    return {key: text for key, text in given.items() if text}


def _first_days(start: date, through: date) -> list[date]:
    """Return *start*, and each January 1 after it through *through*."""
    return [start, *(date(year, 1, 1) for year in range(start.year + 1, through.year + 1))]


def _carried_value(name: str, end: date) -> dict[str, Any]:
    last = load_parameter(f"medicare/{name}").entries[-1][1]
    return {
        "from": end + _DAY,
        "amount": last.amount,
        "source": f"assumed to be unchanged ({POLICY_UNCHANGED}); before: {last.source.title}",
        "verified": "derived",
    }


def _of(numbers: Numbers) -> str:
    return numbers.name or "numbers"


def _given(
    name: str, numbers: Numbers, end: date, through: date, faults: list[FileFormatError]
) -> list[dict[str, Any]]:
    """Return the rows of the numbers that were given, without those that the data has with the same amount."""
    rows: list[dict[str, Any]] = []
    for number in numbers.of_series(name):
        day = number.effective_from
        if day > through:
            msg = f"{name} from {day} begins after the last day of the pack, {through}"
            faults.append(FileFormatError(msg, _of(numbers)))
        elif day > end:
            rows.append(
                {
                    "from": day,
                    "amount": number.amount,
                    "source": number.source,
                    "verified": number.verified.value,
                    **_citation(number),
                }
            )
        elif (known := load_parameter(f"medicare/{name}").on(day).amount) != number.amount:
            msg = f"{name} is {known} on {day} in the data; a pack that changes it needs a [[correction]], so write that file by hand"
            faults.append(FileFormatError(msg, _of(numbers)))
    return rows


def _with_factors(
    name: str,
    given: list[dict[str, Any]],
    releases: Sequence[FeeRelease],
    numbers: Numbers,
    draft: _Draft,
    faults: list[FileFormatError],
) -> list[dict[str, Any]]:
    """
    Return the conversion factors in the releases, and those that were given for other days.

    The factor of the first release of a year applies from January 1, because the days before the release are refused anyway.
    A new release may change the factor within a year that the data has, as on March 9, 2024. That is a correction.
    """
    rows: dict[date, dict[str, Any]] = {row["from"]: row for row in given}
    own: dict[date, dict[str, Any]] = {}
    known = load_parameter(f"medicare/{name}")
    end, next_day = known.known_through, known.known_through + _DAY
    for release in releases:
        qualifying = name == QUALIFYING_FACTORS
        factor = release.qualifying_factor if qualifying else release.factor
        if factor is None:
            continue
        file = release.files[-1 if qualifying else 0]
        day = release.effective_from
        of_year = [row["amount"] for first, row in own.items() if first.year == day.year]
        before = of_year[-1] if of_year else known.on(day).amount if day <= end else None
        first = day
        if before is None:
            first = max(date(day.year, 1, 1), next_day)
        elif before != factor and day <= end:
            if published_rvus(release.name):
                msg = f"CONV FACTOR is {factor}, and the data has {before} for {day}"
                faults.append(FileFormatError(msg, file))
                continue
            path = f"parameters/medicare/{name}.toml"
            source = f"CONV FACTOR column of {release.name} ({file})"
            draft.corrections.append(Correction(path, str(day), source))
        elif before == factor:
            # The data may end within a year, and the factor of that year goes on.
            if of_year or draft.through <= end or next_day.year != day.year:
                continue
            first = next_day
        own[first] = _factor(first, factor, release, file)
    for first, row in own.items():
        if first in rows and rows[first]["amount"] != row["amount"]:
            msg = f"{name} is {row['amount']} from {first} in {row['source']}, but this file has {rows[first]['amount']}"
            faults.append(FileFormatError(msg, _of(numbers)))
    merged = sorted((rows | own).items())
    draft.remarks += _jumps(name, known, merged)
    return [row for _, row in merged]


def _jumps(
    name: str, known: Timeline[Parameter], rows: Sequence[tuple[date, dict[str, Any]]]
) -> Iterator[str]:
    """Yield each conversion factor that differs much from the one before it."""
    amounts = {day or date.min: each.amount for day, each in known.entries}
    amounts |= {day: row["amount"] for day, row in rows}
    for day, row in rows:
        earlier = max((each for each in amounts if each < day), default=day)
        before, after = amounts[earlier], row["amount"]
        if abs(after - before) > before * _LARGEST_CHANGE:
            yield f"{name} is {after} from {day} and {before} before, a change of more than 25 %: compare it with CMS's notice"


def _factor(first: date, factor: Decimal, release: FeeRelease, file: str) -> dict[str, Any]:
    return {
        "from": first,
        "amount": factor,
        "source": f"CONV FACTOR column of {release.name} ({file})",
        "verified": "data-file",
    }


_HINTS = {
    CODES_UNCHANGED: "no code was added, deleted, or changed",
    POLICY_UNCHANGED: "the policies of the payers, and the numbers that are not listed here as dollars of a year, stay the same",
}


def _what(assumption: str, files: Sequence[str]) -> str:
    if assumption == CODES_UNCHANGED:
        return f"the code book ({', '.join(files)})"
    first = files[0].removeprefix("payers/").removesuffix(".toml")
    return f"the policies of {counted(len(files), 'payer')}, such as {first} (payers/*.toml)"


def _missing(draft: _Draft) -> MissingNumbersError:
    """Return one error that lists everything that is missing."""
    lines = [
        f"{number.series} from {number.effective_from}: {number.where}" for number in draft.missing
    ]
    lines += [
        f"{number.series} from {number.effective_from}, or assume {POLICY_UNCHANGED}: {number.where}"
        for number in draft.carryable
    ]
    for assumption, files in sorted(draft.unassumed.items()):
        lines.append(
            f"{_what(assumption, files)}: assume {assumption}, or add newer files to the pack by hand"
        )
    text = "".join(f"\n- {line}" for line in lines)
    hints = "; ".join(f"{assumption}: {hint}" for assumption, hint in _HINTS.items())
    msg = (
        f"a pack through {draft.through} needs what no download contains:{text}\nfill in the form with the numbers; an "
        f"assumption needs its author ({hints})"
    )
    numbers = [*draft.missing, *draft.carryable, *draft.optional]
    return MissingNumbersError(msg, numbers_form(numbers, draft.through) if numbers else "")
