"""
Draw rows for the comparison of a frame with the scalar path: ordinary days, nasty days, and days on a boundary.

All patients are invented. Every generator takes a `random.Random`, so the same seed gives the same rows. All rows of a
generator have the same columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random
from typing import Any, Protocol, TypeVar

import attrs

from tests.parity.reference import Fees, Row
from therapy_billing import (
    PAYERS,
    Accumulators,
    FeeSchedule,
    Policy,
    Session,
    TiePolicy,
    UnitMethod,
    bill_day,
)
from therapy_billing.codes.code_book import load_codes
from therapy_billing.codes.roles import Discipline, Setting
from therapy_billing.fees.contract import Contract
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers import Cap, CapOf, CodeTerms
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.visits.services import service

__all__ = [
    "PayerCase",
    "Planted",
    "amounts_before",
    "every_code",
    "medicare_fees",
    "nasty",
    "ordinary",
    "payers",
    "planted",
    "several_payers",
]

T = TypeVar("T")

FIRST, LAST = date(2019, 10, 1), date(2026, 12, 31)
LOCALITIES = ("OH", "NC", "15202-00", "01112-05", "04412-11", "02102-01")
SETTINGS = ("non-facility", "office", "facility", "critical-access-hospital", "CAH")
CHANGES = (
    date(2019, 12, 31),
    date(2020, 1, 1),
    date(2020, 3, 31),
    date(2021, 1, 1),
    date(2021, 12, 31),
    date(2022, 1, 1),
    date(2022, 3, 31),
    date(2022, 4, 1),
    date(2022, 6, 30),
    date(2022, 7, 1),
    date(2023, 12, 31),
    date(2024, 1, 1),
    date(2024, 3, 8),
    date(2024, 3, 9),
    date(2024, 12, 31),
    date(2025, 1, 1),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 12, 31),
)
"""Days on both sides of changes: CQ and CO in 2020 and 2022, sequestration, fees, codes, and years."""

TREATMENTS: Mapping[str, Sequence[str]] = {
    "PT": [
        "97110",
        "97110",
        "97110",
        "97112",
        "97112",
        "97140",
        "97140",
        "97530",
        "97530",
        "97116",
        "97535",
        "97035",
        "97032",
        "97113",
        "97542",
    ],
    "OT": [
        "97530",
        "97530",
        "97535",
        "97535",
        "97110",
        "97112",
        "97140",
        "97533",
        "97129",
        "97760",
        "97763",
        "97542",
        "97035",
    ],
    "SLP": ["92507", "92507", "92526", "97129", "92508", "97130"],
}
EVALUATIONS: Mapping[str, Sequence[str]] = {
    "PT": ["97161", "97162", "97163", "97164"],
    "OT": ["97165", "97166", "97167", "97168"],
    "SLP": ["92521", "92522", "92523", "92524", "92610"],
}
UNTIMED: Mapping[str, Sequence[str]] = {
    "PT": ["G0283", "97012", "97016", "97018", "97022", "97150", "97597"],
    "OT": ["97018", "97022", "97150", "29125", "29130"],
    "SLP": ["92507", "92526", "92508"],
}
MINUTES = (7, 8, 8, 10, 10, 12, 13, 14, 15, 15, 15, 15, 16, 18, 20, 22, 23, 25, 30, 30, 38, 45, 53)
CLINICIANS = ("therapist",) * 8 + ("assistant",) * 3 + ("together",)
MODIFIERS = ("95", "GA", "GX", "GY", "GZ", "RT", "RT GA")
COLUMNS = (
    "patient",
    "date_of_service",
    "discipline",
    "code",
    "minutes",
    "units",
    "clinician",
    "locality",
    "setting",
    "charge",
    "modifiers",
    "sequence",
)


def _row(
    patient: object, day: date | None, discipline: str | None, code: str | None, **cells: object
) -> dict[str, Any]:
    row = dict.fromkeys(COLUMNS)
    row |= {"patient": patient, "date_of_service": day, "discipline": discipline, "code": code}
    row |= {"clinician": "therapist", "locality": "OH", "setting": "office", "sequence": 0}
    return {**row, **cells}


def _numbered(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Number the rows of a day in documented order."""
    return [{**row, "sequence": index} for index, row in enumerate(rows, 1)]


def _day_in(rng: Random) -> date:
    if rng.random() < 0.15:
        return rng.choice(CHANGES)
    return FIRST + timedelta(days=rng.randrange((LAST - FIRST).days + 1))


def _charge(code: str, rng: Random) -> Decimal:
    """Return a charge that is sometimes below the allowed amount."""
    return Decimal(2000 + sum(map(ord, code)) * 7 % 6000 + rng.choice((0, 1, 50, 99))) / 100


# Ordinary days.


def ordinary(rng: Random, patients: int, days: int) -> list[dict[str, Any]]:
    """Return the rows of *days* days of each of *patients* patients. The rows are shuffled."""
    rows: list[dict[str, Any]] = []
    for number in range(patients):
        patient = f"P-{number:04}"
        clinic = rng.choice(LOCALITIES), rng.choice(SETTINGS)
        # Half of the patients come often, so their year-to-date amounts pass the thresholds.
        often = rng.random() < 0.5
        first = _day_in(rng)
        dates = {
            min(first + timedelta(days=3 * index), LAST) if often else _day_in(rng)
            for index in range(days)
        }
        for day in sorted(dates):
            rows += _visit(rng, patient, day, clinic)
    if rng.random() < 0.7:
        rng.shuffle(rows)
    return rows


def _visit(rng: Random, patient: str, day: date, clinic: tuple[str, str]) -> list[dict[str, Any]]:
    disciplines = rng.sample(
        ("PT", "OT", "SLP"), rng.choice((1, 1, 1, 1, 1, 2, 2, 3)), counts=(1, 1, 1)
    )
    charges: dict[str, Decimal] = {}
    # A family may be billed with a code that no row has, and so without a charge. Such a day is refused.
    has_charges = rng.random() < (0.1 if "SLP" in disciplines else 0.5)
    rows = []
    for discipline in disciplines:
        assistant = rng.random() < 0.3
        of_session: str | None = rng.choice(MODIFIERS) if rng.random() < 0.1 else None
        for code in _codes(rng, discipline, day):
            facts = load_codes()[code]
            parts = rng.choice((1, 1, 1, 1, 2)) if facts.timed else 1
            for _ in range(parts):
                modifiers = rng.choice(MODIFIERS) if rng.random() < 0.04 else of_session
                row = _row(patient, day, discipline, code, modifiers=modifiers)
                row |= {"locality": clinic[0], "setting": clinic[1]}
                if facts.timed or rng.random() < 0.5:
                    row["minutes"] = rng.choice(MINUTES)
                if not facts.timed and rng.random() < 0.3:
                    row["units"] = 1 if facts.once else rng.choice((1, 2, 3))
                if assistant and not facts.therapist_only:
                    row["clinician"] = rng.choice(CLINICIANS)
                if has_charges:
                    row["charge"] = charges.setdefault(code, _charge(code, rng))
                rows.append(row)
    return _numbered(rows)


def _codes(rng: Random, discipline: str, day: date) -> list[str]:
    codes = rng.choices(TREATMENTS[discipline], k=rng.choice((1, 2, 2, 3, 3, 4)))
    if rng.random() < 0.15:
        codes.insert(0, rng.choice(EVALUATIONS[discipline]))
    if rng.random() < 0.25:
        codes.append(rng.choice(UNTIMED[discipline]))
    if discipline == "SLP" and "97130" in codes and "97129" not in codes:
        codes.insert(0, "97129")
    return [code for code in dict.fromkeys(codes) if _is_active(code, day)] or ["97110"]


def _is_active(code: str, day: date) -> bool:
    facts = load_codes()[code]
    first, last = facts.effective_from, facts.effective_through
    return (first is None or first <= day) and (last is None or day <= last)


# Nasty days.

ROLES = (
    "student",
    "aide",
    "athletic-trainer",
    "clinical-fellow",
    "physician",
    "PTA",
    "both",
    " OT ",
)
FAMILIES = (
    ("97129", "97130"),
    ("97550", "97551"),
    ("97545", "97546"),
    ("G0541", "G0542"),
    ("90912", "90913"),
    ("92605", "92618"),
    ("92607", "92608"),
    ("92626", "92627"),
    ("96112", "96113"),
    ("97810", "97811", "97813", "97814"),
    ("97597", "97598"),
)
OTHER_CODES = [
    "97153",
    "97151",
    "97156",
    "97810",
    "97813",
    "98940",
    "98941",
    "96125",
    "97750",
    "97755",
    "97537",
    "92609",
    "97010",
    "97014",
    "97024",
]
CASTS = [
    "29065",
    "29075",
    "29125",
    "29130",
    "29240",
    "29260",
    "29405",
    "29505",
    "29515",
    "29520",
    "29530",
    "29540",
    "29580",
]
MONTH_CODES = ["98975", "98976", "98977", "98979", "98980", "98981", "98985", "G2250", "G2251"]

_Days = list[dict[str, Any]]


class _Fault(Protocol):
    def __call__(self, rng: Random, patient: str, day: date) -> _Days: ...


def nasty(rng: Random) -> list[dict[str, Any]]:
    """Return a few days of every kind that is rare, wrong, or at the end of what is allowed. Some rows are bad."""
    rows: list[dict[str, Any]] = []
    for number, make in enumerate(_NASTY):
        patient = f"N-{number:03}"
        start = _day_in(rng)
        for day in sorted(
            {min(start + timedelta(days=offset), LAST) for offset in (0, 1, 40, 400)}
        ):
            rows += make(rng, f"{patient}-{day}" if make in _ALONE else patient, day)
        # Days that are billed before or after the others show what a bad day does to the year.
        taken = {row["date_of_service"] for row in rows}
        near = {start + timedelta(days=offset) for offset in (-1, 2, 7, 41, 380, 402)}
        for day in sorted(near - taken):
            if FIRST <= day <= LAST and rng.random() < 0.7:
                rows += _plain(patient, day, rng)
    rng.shuffle(rows)
    return rows


def _plain(patient: str, day: date, rng: Random) -> _Days:
    return [_row(patient, day, "PT", "97110", minutes=rng.choice(MINUTES))]


def _two(patient: str, day: date, cells: Mapping[str, object]) -> _Days:
    """Return a day with a good row and a row with *cells*."""
    good = _row(patient, day, "PT", "97530", minutes=15)
    bad = {**_row(patient, day, "PT", "97110", minutes=15), **cells}
    return [{**row, "sequence": index} for index, row in enumerate((good, bad), 1)]


def _families(rng: Random, patient: str, day: date) -> _Days:
    rows = []
    for code in rng.choice(FAMILIES):
        for _ in range(rng.choice((0, 1, 1, 2))):
            row = _row(patient, day, rng.choice(("PT", "OT", "SLP", "SLP")), code)
            if load_codes()[code].timed:
                row["minutes"] = rng.choice((0, 1, 8, 15, 16, 30, 31, 38, 45, 60, 61, 120, 240))
            row["clinician"] = rng.choice(("therapist", "therapist", "assistant", "together"))
            rows.append(row)
    return _numbered(
        [*rows, _row(patient, day, "SLP", "97129", minutes=rng.choice((7, 8, 23, 60)))]
    )


def _roles(rng: Random, patient: str, day: date) -> _Days:
    codes = rng.choices(
        ["97110", "97530", "97150", "97161", "92507", "97140", "97550", "97535"], k=4
    )
    rows = []
    for code in codes:
        row = _row(patient, day, rng.choice(("PT", "OT", "SLP")), code, minutes=rng.choice(MINUTES))
        rows.append({**row, "clinician": rng.choice((*ROLES, "therapist", "assistant"))})
    return _numbered(rows)


def _only_role(rng: Random, patient: str, day: date) -> _Days:
    row = _row(patient, day, "PT", "97110", minutes=30, clinician=rng.choice(ROLES[:5]))
    return _numbered([row])


def _of(codes: Sequence[str]) -> _Fault:
    def rows(rng: Random, patient: str, day: date) -> _Days:
        found = []
        for code in rng.sample(list(codes), k=min(3, len(codes))):
            facts = load_codes()[code]
            row = _row(patient, day, rng.choice(("PT", "OT", "SLP")), code)
            if facts.timed or rng.random() < 0.5:
                row["minutes"] = rng.choice((5, 8, 10, 15, 19, 20, 22, 23, 40, 41, 60))
            if not facts.timed and rng.random() < 0.5:
                row["units"] = rng.choice((1, 2, 3, 5)) if not facts.once else 1
            if not _is_active(code, day) and not facts.timed:
                # One fault per row, so that the status of a row does not depend on the order of the checks.
                row["minutes"] = None
            if rng.random() < 0.3:
                row["clinician"] = rng.choice(("assistant", "together"))
            found.append(row)
        return _numbered(found)

    return rows


def _with(*choices: Mapping[str, Any]) -> _Fault:
    def rows(rng: Random, patient: str, day: date) -> _Days:
        return _two(patient, day, rng.choice(choices))

    return rows


def _evaluation_by_assistant(rng: Random, patient: str, day: date) -> _Days:
    evaluation = _row(patient, day, "PT", rng.choice(EVALUATIONS["PT"]), minutes=30)
    treatment = _row(patient, day, "PT", "97110", minutes=rng.choice(MINUTES))
    return _numbered([{**evaluation, "clinician": "assistant"}, treatment])


def _long(rng: Random, patient: str, day: date) -> _Days:
    codes = ("97110", "97112", "97140", "97530")
    return _numbered(
        [
            _row(
                patient,
                day,
                "PT",
                rng.choice(codes),
                minutes=rng.choice((0, 1, 2, 3, 7, 8)),
                clinician=rng.choice(CLINICIANS),
            )
            for _ in range(rng.choice((131, 150, 260)))
        ]
    )


def _same_code(rng: Random, patient: str, day: date) -> _Days:
    return _numbered(
        [
            _row(
                patient,
                day,
                rng.choice(("PT", "PT", "OT")),
                "97110",
                minutes=rng.choice((1, 7, 8, 15, 30)),
                clinician=rng.choice(CLINICIANS),
                modifiers=rng.choice((None, None, "RT", "95")),
            )
            for _ in range(rng.randrange(5, 12))
        ]
    )


def _two_of(column: str, values: tuple[object, object]) -> _Fault:
    def rows(rng: Random, patient: str, day: date) -> _Days:
        one, other = rng.sample(values, 2)
        return [
            {**row, column: value}
            for row, value in zip(_two(patient, day, {}), (one, other), strict=True)
        ]

    return rows


def _same_sequence(rng: Random, patient: str, day: date) -> _Days:
    """Ties between codes with the same number."""
    codes = rng.sample(["97110", "97112", "97140", "97530"], 3)
    return [
        _row(patient, day, "PT", code, minutes=8, sequence=rng.choice((4, 4, 9))) for code in codes
    ]


def _odd_sequence(rng: Random, patient: str, day: date) -> _Days:
    codes = rng.sample(["97110", "97112", "97140", "97530"], 3)
    numbers = rng.sample((-5, 0, 3, 10**12, 7, 2), 3)
    return [
        _row(patient, day, "PT", code, minutes=8, sequence=number)
        for code, number in zip(codes, numbers, strict=True)
    ]


def _inactive(rng: Random, patient: str, day: date) -> _Days:
    _ = day
    code, edge = rng.choice(
        [
            ("97129", date(2020, 1, 1)),
            ("97127", date(2020, 1, 1)),
            ("97550", date(2024, 1, 1)),
            ("G0541", date(2025, 1, 1)),
            ("95831", date(2020, 1, 1)),
            ("98979", date(2026, 1, 1)),
        ]
    )
    rows = []
    for on in (edge - timedelta(days=1), edge):
        minutes = 40 if load_codes()[code].timed else None
        rows += _two(f"{patient}-{code}", on, {"code": code, "minutes": minutes})
    return rows


def _out_of_range(rng: Random, patient: str, day: date) -> _Days:
    _ = day
    outside = (
        date(2027, 1, 1),
        date(2030, 2, 28),
        date(2019, 9, 30),
        date(2015, 6, 1),
        date(1969, 12, 31),
    )
    return _two(patient, rng.choice(outside), {})


def _bad_locality(rng: Random, patient: str, day: date) -> _Days:
    where = rng.choice(("nowhere", "CA", "99999-99", "13282-01"))
    return [{**row, "locality": where} for row in _two(patient, day, {})]


def _zero(rng: Random, patient: str, day: date) -> _Days:
    rows = [_row(patient, day, "PT", code, minutes=0) for code in ("97110", "97140")]
    return _numbered(rows[: rng.choice((1, 2))])


def _whole_day(rng: Random, patient: str, day: date) -> _Days:
    minutes = rng.choice((1439, 1440))
    return _numbered(
        [_row(patient, day, "PT", code, minutes=minutes) for code in ("97110", "97530")]
    )


def _modifiers_in_a_code(rng: Random, patient: str, day: date) -> _Days:
    codes = "97110", "97110", "97530", "97530", "97161"
    rows = [
        _row(
            patient,
            day,
            "PT",
            code,
            minutes=rng.choice(MINUTES),
            modifiers=rng.choice((None, *MODIFIERS)),
        )
        for code in codes
    ]
    return _numbered(rows)


def _two_disciplines(rng: Random, patient: str, day: date) -> _Days:
    """Co-treatment: the same code and the same minutes under two plans of care, in any order."""
    minutes = rng.choice((8, 15, 23, 30))
    rows = [
        _row(patient, day, discipline, code, minutes=minutes, clinician=rng.choice(CLINICIANS))
        for discipline in ("OT", "PT")
        for code in ("97530", "97535")
    ]
    rng.shuffle(rows)
    return _numbered(rows)


def _many_ties(rng: Random, patient: str, day: date) -> _Days:
    """Ties with many legal splits, up to more than the scalar path lists."""
    codes = [
        *TIMED,
        "97113",
        "97542",
        "97032",
        "97033",
        "97034",
        "97035",
        "97036",
        "97760",
        "97761",
        "97533",
        "97537",
    ]
    # 8 minutes of 16 codes make 8 units, which is 12,870 splits: more than the limit.
    names = rng.sample(codes, rng.choice((6, 8, 12, 16, 16)))
    minutes = rng.choice((7, 8, 8))
    return _numbered([_row(patient, day, "PT", code, minutes=minutes) for code in names])


def every_code(rng: Random) -> list[dict[str, Any]]:
    """Return a day for each code of the library, alone and with 97110, on a date when it is active."""
    rows: list[dict[str, Any]] = []
    for code, facts in load_codes().items():
        days = [day for day in (*CHANGES, _day_in(rng)) if _is_active(code, day)]
        for number, day in enumerate(rng.sample(days, min(2, len(days)))):
            minutes = rng.choice((23, 38, 60)) if facts.timed or rng.random() < 0.3 else None
            discipline = rng.choice([plan.value for plan in facts.disciplines] or ["PT"])
            row = _row(f"C-{code}-{number}", day, discipline, code, minutes=minutes)
            row["clinician"] = rng.choice(("therapist", "therapist", "assistant"))
            treatment = {**row, "code": "97110", "minutes": 23, "clinician": "therapist"}
            rows += _numbered([row, treatment][: number + 1])
    return rows


_NASTY: tuple[_Fault, ...] = (
    _many_ties,
    _families,
    _families,
    _families,
    _roles,
    _roles,
    _only_role,
    _of(OTHER_CODES),
    _of(CASTS),
    _of(CASTS),
    _of(MONTH_CODES),
    _of(sorted(load_codes())),
    _of(sorted(load_codes())),
    _of(sorted(load_codes())),
    _evaluation_by_assistant,
    _long,
    _same_code,
    _same_code,
    _same_sequence,
    _odd_sequence,
    _inactive,
    _out_of_range,
    _bad_locality,
    _zero,
    _whole_day,
    _modifiers_in_a_code,
    _modifiers_in_a_code,
    _two_disciplines,
    _two_of("locality", ("OH", "NC")),
    _two_of("setting", ("office", "facility")),
    _with({"minutes": 1441}, {"minutes": -1}, {"minutes": None}, {"minutes": 10**9}),
    _with({"patient": None}, {"date_of_service": None}, {"code": None}, {"discipline": None}),
    _with({"code": "99999"}, {"code": "97l10"}, {"code": "x"}, {"code": "Z9999"}),
    _with({"units": 1}, {"units": 2}, {"code": "97161", "units": 2}, {"code": "97597", "units": 0}),
    _with({"clinician": "nobody"}, {"clinician": "CNA"}, {"discipline": "chiropractic"}),
    _with({"modifiers": "GP"}, {"modifiers": "KX"}, {"modifiers": "59"}, {"modifiers": "CQ"}),
    _with({"modifiers": "RT RT"}, {"modifiers": "toolong"}, {"modifiers": "ga rt"}),
    _with({"code": " 97110 "}, {"code": "g0283", "minutes": None}, {"discipline": "ot"}),
    _with(
        {"clinician": None}, {"code": "97161", "minutes": 1441}, {"code": "98980", "minutes": 19}
    ),
    _with({"setting": "hospital"}, {"setting": "FACILITY"}),
)
_ALONE = (_inactive, _out_of_range)


# Days on a boundary.

TIMED = ("97110", "97112", "97140", "97530", "97116", "97535")


@attrs.frozen
class Planted:
    """Rows on a boundary, and the year-to-date amounts that put a line exactly on it."""

    rows: list[dict[str, Any]]
    accumulators: dict[str, Accumulators]


def planted(rng: Random, size: int = 120) -> Planted:
    """Return days that hit a boundary exactly, and days that miss it by one on each side. Each has its own patient."""
    found = Planted([], {})
    makers: tuple[Callable[[Random], Iterator[_Days]], ...] = (
        _unit_boundaries,
        _ties,
        _shares_of_an_assistant,
        _families_of_two,
        _sums,
        _around_changes,
    )
    drawn = itertools.chain.from_iterable(make(rng) for make in makers)
    # Every kind is drawn in turn, so a small size has all kinds.
    days = list(drawn)
    rng.shuffle(days)
    for number, rows in enumerate(days[:size]):
        patient = f"B-{number:04}"
        found.rows.extend({**row, "patient": patient} for row in _numbered(rows))
        found.accumulators[patient] = Accumulators(rows[0]["date_of_service"].year)
    for number in range(size // 4):
        patient = f"T-{number:04}"
        rows, year = _on_a_threshold(rng, patient)
        found.rows.extend(rows)
        found.accumulators[patient] = year
    return found


def _timed(day: date, minutes: Mapping[str, int], **cells: object) -> _Days:
    return [_row(None, day, "PT", code, minutes=each, **cells) for code, each in minutes.items()]


def _unit_boundaries(rng: Random) -> Iterator[_Days]:
    for units in range(7):
        for minutes in (15 * units + 7, 15 * units + 8):
            yield _timed(_day_in(rng), {"97110": minutes})
            one = rng.randrange(minutes + 1)
            yield _timed(_day_in(rng), {"97110": one, "97140": minutes - one})


def _ties(rng: Random) -> Iterator[_Days]:
    """Equal leftovers of 2 to 4 codes for 1 to 3 units."""
    for codes in (2, 3, 4):
        for left in (4, 5, 7, 8, 11, 12, 13, 14):
            for more in (0, 15, 30):
                names = rng.sample(TIMED, codes)
                minutes = {code: left + (more if rng.random() < 0.5 else 0) for code in names}
                yield _timed(_day_in(rng), minutes)
                # One minute more breaks the tie.
                first = rng.choice(names)
                yield _timed(_day_in(rng), {**minutes, first: minutes[first] + rng.choice((-1, 1))})


def _shares_of_an_assistant(rng: Random) -> Iterator[_Days]:
    """
    An assistant with 10 % of the minutes, and a minute less and more.

    Full quarters do not count for the share of a code with units of 15 minutes, so it is also planted on what they leave.
    Of untimed codes and of codes with longer units, all minutes count.
    """
    for total in (10, 15, 20, 23, 30, 38, 40, 45, 50, 60, 70, 80):
        for assistant in range(max(total // 10 - 1, 0), total // 10 + 4):
            for codes in (TIMED, TIMED, WHOLE):
                yield _shared(rng, rng.choice(codes), total - assistant, assistant)
    for therapist in (0, 1, 6, 7, 8, 9, 12, 14):
        for assistant in (0, 1, 2, 3, 7, 8, 14):
            quarters = rng.choice((0, 15, 30)), rng.choice((0, 15))
            minutes = therapist + quarters[0], assistant + quarters[1]
            yield _shared(rng, rng.choice(TIMED), *minutes)


WHOLE = ("97150", "G0283", "97016", "97550", "97545", "97551")
"""Codes of which an assistant's share counts all minutes."""


def _shared(rng: Random, code: str, therapist: int, assistant: int) -> _Days:
    """Return a day with a code that a therapist and an assistant furnished, and often another code."""
    day = rng.choice(CHANGES) if rng.random() < 0.5 else _day_in(rng)
    if not _is_active(code, day):
        day = LAST
    discipline = rng.choice(("PT", "OT"))
    parts = [("therapist", therapist), ("assistant", assistant)]
    if rng.random() < 0.3:
        alone = rng.randrange(therapist + 1)
        parts = [("therapist", alone), ("assistant", assistant), ("together", therapist - alone)]
    rng.shuffle(parts)
    rows = [
        _row(None, day, discipline, code, minutes=minutes, clinician=who) for who, minutes in parts
    ]
    if code == "97551":
        rows.insert(0, _row(None, day, discipline, "97550", minutes=rng.choice((16, 30))))
    if rng.random() < 0.4:
        more = rng.choice((1, 6, 7, 8, 15, 22, 23))
        other = rng.choice([each for each in TIMED if each != code])
        rows.append(_row(None, day, discipline, other, minutes=more))
    return rows


def _families_of_two(rng: Random) -> Iterator[_Days]:
    """A family of which the assistant furnished a part of the first code, of the add-on code, or of both."""
    for first, more in (("97129", "97130"), ("90912", "90913"), ("97550", "97551")):
        for minutes in ((15, 15), (15, 8), (8, 15), (15, 30), (30, 15), (23, 7), (30, 8), (16, 16)):
            for whos in (("therapist", "assistant"), ("assistant", "therapist")):
                day, discipline = rng.choice([date(2025, 1, 1), LAST]), rng.choice(("PT", "OT"))
                rows = [
                    _row(None, day, discipline, code, minutes=each, clinician=who)
                    for code, each, who in zip((first, more), minutes, whos, strict=True)
                ]
                if rng.random() < 0.5:
                    part = rng.choice((1, 2, 5, 15))
                    code = rng.choice((first, more))
                    who = rng.choice(("therapist", "assistant"))
                    rows.append(_row(None, day, discipline, code, minutes=part, clinician=who))
                yield rows


def _sums(rng: Random) -> Iterator[_Days]:
    """Minutes of 2 to 6 codes that add up to a boundary, and one minute less and more."""
    for codes in range(2, 7):
        for units in (1, 2, 3, 4, 5, 6):
            for off in (-1, 0, 1):
                left = 15 * units - 7 + off
                cuts = sorted(rng.randrange(left + 1) for _ in range(codes - 1))
                edges = [0, *cuts, left]
                minutes = [later - earlier for earlier, later in itertools.pairwise(edges)]
                names = rng.sample(TIMED, codes)
                yield _timed(_day_in(rng), dict(zip(names, minutes, strict=True)))


def _around_changes(rng: Random) -> Iterator[_Days]:
    for day in CHANGES:
        for clinician in ("therapist", "assistant"):
            code = rng.choice(TIMED)
            where = {"locality": rng.choice(LOCALITIES), "setting": rng.choice(SETTINGS)}
            rows = _timed(day, {code: 23}, clinician=clinician, **where)
            yield [*rows, *_timed(day, {rng.choice(TIMED): 22}, **where)]


def _on_a_threshold(rng: Random, patient: str) -> tuple[_Days, Accumulators]:
    """Return a day and the amounts before it, so that a line ends on a threshold, or a cent below or above it."""
    day = date(rng.choice(range(2020, 2027)), rng.randrange(1, 13), rng.randrange(1, 29))
    discipline = rng.choice(("PT", "OT"))
    minutes = {code: rng.choice((15, 23, 30)) for code in rng.sample(TIMED, rng.choice((1, 2, 3)))}
    rows = [
        {**row, "discipline": discipline, "clinician": rng.choice(CLINICIANS)}
        for row in _timed(day, minutes)
    ]
    services = [service(row["code"], row["minutes"], clinician=row["clinician"]) for row in rows]
    fees = FeeSchedule.medicare(day, locality="OH")
    priced = bill_day(Session(day, discipline, services), "medicare", fees, Accumulators(day.year))
    amounts = sorted((line.allowed or Decimal(0) for line in priced.lines), reverse=True)
    partial = sum(amounts[: rng.randrange(len(amounts) + 1)], Decimal(0))
    off = rng.choice((Decimal("-0.01"), Decimal(0), Decimal("0.01")))
    kind = rng.choice(("kx_threshold", "medical_review_threshold", "part_b_deductible"))
    # The amounts of a day are below the threshold, so nothing is negative.
    before = BUNDLED.on(kind, day).amount - partial + off
    met = BUNDLED.on("part_b_deductible", day).amount
    if kind == "part_b_deductible":
        year = Accumulators(day.year, max(before, Decimal(0)))
    else:
        used = (before, Decimal(0)) if discipline == "PT" else (Decimal(0), before)
        year = Accumulators(day.year, rng.choice((Decimal(0), met)), *used)
    later = min(day + timedelta(days=1), date(day.year, 12, 31))
    rows = _numbered([{**row, "patient": patient} for row in rows])
    if later != day:
        rows += _numbered([_row(patient, later, discipline, "97110", minutes=30)])
    return rows, year


def amounts_before(rng: Random, rows: Sequence[Row]) -> dict[Any, Accumulators]:
    """Return amounts for each patient before the first day, many of them close to a threshold or above it."""
    first: dict[Any, date] = {}
    for row in rows:
        patient, day = row["patient"], row["date_of_service"]
        if patient is not None and day is not None:
            first[patient] = min(day, first.get(patient, day))
    found = {}
    for patient, day in first.items():
        year = min(max(day.year, 2020), 2026)
        met, threshold = (
            BUNDLED.on(name, date(year, 1, 1)).amount
            for name in ("part_b_deductible", "kx_threshold")
        )
        used = [
            rng.choice((Decimal(0), threshold - rng.randrange(150), threshold + rng.randrange(900)))
            for _ in range(2)
        ]
        visits = [rng.choice((None, 0, 1, 5, 19)) for _ in range(3)]
        found[patient] = Accumulators(
            day.year,
            rng.choice((Decimal(0), met - 60, met, met)),
            *used,
            pt_visits=visits[0],
            ot_visits=visits[1],
            slp_visits=visits[2],
        )
    return found


# Payers.


@attrs.frozen
class PayerCase:
    """A payer with the arguments of a frame that suit it."""

    name: str
    payer: PayerLike
    fees: Fees = None
    payers: Mapping[str, Payer] | None = None
    policy_changes: Mapping[str, Any] | None = None
    attestations: tuple[Any, ...] = ()

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `bill_frame`."""
        return {
            "payer": self.payer,
            "fees": self.fees,
            "payers": self.payers,
            "policy_changes": self.policy_changes,
            "attestations": self.attestations,
        }


@lru_cache(maxsize=4096)
def medicare_fees(
    day: date,
    *,
    locality: str | None = None,
    setting: Setting | str = "non-facility",
) -> FeeSchedule:
    """Return Medicare's fee schedule, as a function of the user would."""
    return FeeSchedule.medicare(day, locality=locality, setting=setting)


def _rates() -> dict[str, Decimal]:
    """Dollars by code, for most codes. Some codes have no rate, and several have the same."""
    return {
        code: Decimal(1500 + index * 373 % 6000) / 100
        for index, code in enumerate(sorted(load_codes()))
        if index % 9 != 4
    }


RATES = FeeSchedule.from_rates({**_rates(), "97110": "30.00", "97112": "30.00", "97140": "28.57"})
VALUES = FeeSchedule.from_relative_values(
    {
        code: Decimal(100 + index * 37 % 700) / 100
        for index, code in enumerate(sorted(load_codes()))
    },
    "9.55",
)


def _made(name: str, policy: Policy) -> Payer:
    return Payer(name, Timeline(name, ((None, policy),), date.max))


def _of_terms(**terms: Any) -> Callable[..., FeeSchedule]:  # noqa: ANN401 - the arguments of FeeSchedule.medicare
    @lru_cache(maxsize=4096)
    def fees(
        day: date, *, locality: str | None = None, setting: Setting | str = "non-facility"
    ) -> FeeSchedule:
        return FeeSchedule.medicare(day, locality=locality, setting=setting, **terms)

    return fees


def _of_medicare(contract: Contract) -> Callable[..., FeeSchedule]:
    @lru_cache(maxsize=4096)
    def fees(
        day: date, *, locality: str | None = None, setting: Setting | str = "non-facility"
    ) -> FeeSchedule:
        medicare = FeeSchedule.medicare(day, locality=locality, setting=setting)
        return FeeSchedule.from_contract(contract, medicare)

    return fees


def _contracts() -> Iterator[tuple[str, Contract]]:
    yield "rates", Contract("Rates", rates=_rates())
    yield "lesser", Contract("Lesser", rates=_rates(), lesser_of_charge=True)
    yield "day-maximum", Contract("Maximum", rates=_rates(), per_day_maximum="95.00")
    yield (
        "lesser-maximum",
        Contract("Both", rates=_rates(), per_day_maximum="77.77", lesser_of_charge=True),
    )
    yield "per-visit", Contract("Visit", per_visit="105.00")
    yield "per-visit-lesser", Contract("Visit", per_visit="105.00", lesser_of_charge=True)
    yield "percent", Contract("Percent", percent_of_medicare=Decimal(110))
    yield "percent-mppr", Contract("MPPR", percent_of_medicare=Decimal("87.5"), mppr=True)
    yield (
        "percent-all",
        Contract(
            "All",
            percent_of_medicare=Decimal(133),
            mppr=True,
            per_day_maximum="120.00",
            lesser_of_charge=True,
        ),
    )


def _capped() -> Iterator[tuple[str, Mapping[str, Any], Fees]]:
    """Yield the changes of a policy, with fees for them."""
    yield "cap-per-code", {"cap_per_code": 1}, RATES
    yield "cap-of-a-code", {"cap_per_code": {"97110": 1, "97530": 2}}, RATES
    yield "cap-per-codes", {"cap_per_codes": [(("97110", "97112", "97530"), 2)]}, RATES
    yield "cap-per-session", {"cap_per_session": 2}, RATES
    yield "cap-per-day", {"cap_per_day": 3}, RATES
    yield "cap-zero", {"cap_per_day": 0}, RATES
    yield "cap-provider", {"caps": [Cap(3, each="provider")]}, RATES
    yield "cap-discipline", {"caps": [Cap(2, each="discipline", untimed=True)]}, RATES
    yield (
        "cap-evaluation",
        {"caps": [Cap(2, with_evaluation=4, with_re_evaluation=3, untimed=True)]},
        RATES,
    )
    yield "cap-unknown", {"caps": [Cap(None)]}, RATES
    yield "cap-dollars", {"caps": [Cap("70.01", of=CapOf.DOLLARS)]}, RATES
    yield (
        "cap-dollars-discipline",
        {"caps": [Cap("50.50", of=CapOf.DOLLARS, each="discipline", with_evaluation="90")]},
        RATES,
    )
    yield "cap-rvus", {"caps": [Cap("6.5", of=CapOf.RVUS)]}, VALUES
    yield "cap-rvus-discipline", {"caps": [Cap(5, of=CapOf.RVUS, each="discipline")]}, VALUES
    yield "cap-visits", {"caps": [Cap(3, of=CapOf.VISITS)]}, RATES
    yield "cap-visits-discipline", {"caps": [Cap(2, of=CapOf.VISITS, each="discipline")]}, RATES
    several = [Cap(3, each="discipline"), Cap("88", of=CapOf.DOLLARS)]
    yield "caps-together", {"cap_per_code": 2, "cap_per_day": 5, "caps": several}, RATES


def _changed() -> Iterator[tuple[str, Mapping[str, Any], Fees]]:
    for tie in TiePolicy:
        preferred = ("97530", "97140") if tie is TiePolicy.PREFERRED_CODES else ()
        changes: dict[str, Any] = {"tie_policy": tie, "preferred_codes": preferred}
        yield f"tie-{tie.value}", changes, RATES
        yield f"tie-{tie.value}-without-fees", changes, None
        # The fees of a contract order ties differently from Medicare's.
        for method in (UnitMethod.CMS_EIGHT_MINUTE, UnitMethod.CPT_MIDPOINT):
            more = {**changes, "method": method, "cap_per_day": 4}
            yield f"tie-{tie.value}-{method.value}-capped", more, RATES
    yield "period-full", {"first_period": "full"}, RATES
    yield "period-midpoint", {"first_period": "midpoint"}, RATES
    yield "minimum", {"minimum_minutes": 10}, RATES
    for rule in ("assistant-units-2020", "assistant-units-2022"):
        for arithmetic in (
            "assistant-exact",
            "assistant-simple-method",
            "assistant-percentage-method",
        ):
            changes = {"assistants": rule, "assistant_arithmetic": arithmetic}
            yield f"{rule}-{arithmetic}", changes, RATES
    yield "assistant-percent", {"assistant_percent": 85}, RATES
    yield (
        "assistant-percent-odd",
        {"assistant_percent": "87.5", "assistants": "assistant-units-2022"},
        RATES,
    )
    yield "amount-per-day", {"amount_per_day": "66.67"}, RATES
    yield "mppr", {"mppr": True, "fee_basis": "medicare-fee-schedule"}, medicare_fees
    yield (
        "percent-of-medicare",
        {"fee_basis": "percent-of-medicare", "percent_of_medicare": "133.3", "mppr": True},
        medicare_fees,
    )
    terms = [
        CodeTerms("92507", unit_minutes=15, max_per_day=4),
        CodeTerms("97150", unit_minutes=15, method="full-quarter"),
        CodeTerms(("97535", "97542"), minimum_minutes=5),
    ]
    yield "code-terms", {"code_terms": terms}, RATES
    more_terms = [
        CodeTerms(("97161", "97162"), unit_minutes=30, method="cpt-midpoint"),
        CodeTerms("97140", unit_minutes=20, method="started-quarter"),
        CodeTerms("97530", method="full-quarter", max_per_day=2),
        CodeTerms("97112", unit_minutes=30),
        CodeTerms("97129", minimum_minutes=3),
    ]
    yield "code-terms-of-methods", {"code_terms": more_terms}, RATES
    yield (
        "code-terms-medicare",
        {"code_terms": more_terms, "fee_basis": "medicare-fee-schedule"},
        medicare_fees,
    )
    yield "accepted-modifiers", {"allowed_modifiers": ("GP", "GO", "GN")}, RATES
    medicare = {"kx": True, "cost_sharing": True, "fee_basis": "medicare-fee-schedule"}
    yield "medicare-kx-without-mppr", medicare, medicare_fees
    yield "kx-without-sharing", {**medicare, "cost_sharing": False}, medicare_fees
    yield "sharing-without-kx", {**medicare, "kx": False, "mppr": True}, medicare_fees


def payers() -> tuple[PayerCase, ...]:
    """
    Return every bundled payer, every method, and payers with each kind of cap, tie, contract, and share.

    They are in a fixed order. Each has fees that suit it.
    """
    return (
        *_bundled_payers(),
        *_methods(),
        *(
            PayerCase(name, _made(name, Policy("cms-eight-minute").with_changes(**changes)), fees)
            for name, changes, fees in itertools.chain(_capped(), _changed())
        ),
        *_of_contracts(),
        *_secondary(),
    )


def _bundled_payers() -> Iterator[PayerCase]:
    for name, payer in PAYERS.items():
        yield PayerCase(name, name, medicare_fees)
        if name in ("medicare", "cpt-midpoint"):
            continue
        yield PayerCase(f"{name}-rates", name, RATES)
        if payer.on("2026-03-02").counting.method is None:
            chosen = payer.with_changes(method="cms-eight-minute")
            yield PayerCase(f"{name}-eight-minute", chosen, {name: medicare_fees})
            yield PayerCase(
                f"{name}-midpoint", name, RATES, policy_changes={"method": "cpt-midpoint"}
            )
    yield PayerCase("medicare-kx-attested", "medicare", medicare_fees, attestations=("KX",))
    distinct = ("KX", ("59", "97140"), ("XU", "97116"))
    yield PayerCase("medicare-distinct", "medicare", medicare_fees, attestations=distinct)
    of_pt = (("KX", Discipline.PT), ("XS", "97530"))
    yield PayerCase("medicare-kx-of-pt", "medicare", medicare_fees, attestations=of_pt)
    yield PayerCase("medicare-without-fees", "medicare")
    # One schedule is for a part of the dates only.
    yield PayerCase("medicare-one-schedule", "medicare", FeeSchedule.medicare("2023-05-05"))
    yield PayerCase("medicare-95-percent", "medicare", _of_terms(participating=False))
    yield PayerCase("medicare-apm", "medicare", _of_terms(qualifying_apm=True))
    texas = "texas-workers-compensation"
    own = _of_terms(conversion_factor="70.18")
    yield PayerCase(f"{texas}-factor", texas, {texas: own})
    midpoint = {"method": "cpt-midpoint"}
    california = "california-workers-compensation"
    yield PayerCase(f"{california}-factor", california, {california: own}, policy_changes=midpoint)
    capped = {"cap_per_day": 4, "tie_policy": TiePolicy.HIGHEST_FEE}
    yield PayerCase("medicare-changed", "medicare", medicare_fees, policy_changes=capped)
    rvus = {"method": "cpt-midpoint"}
    for name in ("new-york-workers-compensation", "new-york-no-fault"):
        yield PayerCase(f"{name}-values", name, VALUES, policy_changes=rvus)


def _methods() -> Iterator[PayerCase]:
    for method in UnitMethod:
        yield PayerCase(f"method-{method.value}", method, medicare_fees)
        yield PayerCase(f"method-{method.value}-rates", method.value, RATES)
        own = Policy(method).with_changes(minimum_minutes=15 if "full" in method.value else 6)
        yield PayerCase(f"policy-{method.value}", own, RATES)


def _of_contracts() -> Iterator[PayerCase]:
    for name, contract in _contracts():
        payer = _made(
            name,
            Policy("cms-eight-minute").with_changes(
                fee_basis="contract", assistants="assistant-units-2022", assistant_percent=85
            ),
        )
        if contract.percent_of_medicare is None:
            yield PayerCase(f"contract-{name}", payer, FeeSchedule.from_contract(contract))
        else:
            yield PayerCase(f"contract-{name}", payer, {name: _of_medicare(contract)})
        plain = _made(name, Policy("cpt-midpoint"))
        fees: Fees = {name: _of_medicare(contract)}
        if contract.percent_of_medicare is None:
            fees = {name: FeeSchedule.from_contract(contract)}
        yield PayerCase(f"contract-{name}-midpoint", plain, fees)


def _secondary() -> Iterator[PayerCase]:
    # A payer with fees of its own cannot compare Medicare's amounts.
    highest = Policy("cms-eight-minute").with_changes(
        tie_policy="highest-fee", fee_basis="contract"
    )
    amounts: Fees = {"highest": medicare_fees}
    yield PayerCase("highest-of-medicare", _made("highest", highest), amounts)
    day = "2026-03-02"
    medicare = PAYERS["medicare"]
    unitedhealthcare = PAYERS["unitedhealthcare"]
    yield PayerCase(
        "medicare-second",
        _made("second", medicare.as_secondary_to(unitedhealthcare, day)),
        medicare_fees,
    )
    own = unitedhealthcare.with_changes(secondary="own")
    yield PayerCase("second-own", _made("second", own.as_secondary_to(medicare, day)), RATES)
    behind = PAYERS["humana"].as_secondary_to(PAYERS["cpt-midpoint"], day)
    yield PayerCase("humana-second", _made("second", behind), RATES)


def several_payers(rng: Random, rows: Sequence[Row]) -> tuple[list[dict[str, Any]], PayerCase]:
    """
    Return the rows with a column of payers, and the arguments for them.

    Most patient-days have one payer. On a few days, one row names another payer, or one that nobody knows.
    """
    names = ("medicare", "humana", "Cpt-Midpoint", "unitedhealthcare", "tricare", None)
    chosen: dict[tuple[object, object], str | None] = {}
    found = []
    for row in rows:
        key = row["patient"], row["date_of_service"]
        payer = chosen.setdefault(key, rng.choice(names))
        if rng.random() < 0.02:
            payer = rng.choice(("nobody", "humana", "tricare"))
        found.append({**row, "payer": payer})
    fees = {"medicare": medicare_fees, "humana": RATES, "unitedhealthcare": medicare_fees}
    return found, PayerCase("several", "medicare", fees)
