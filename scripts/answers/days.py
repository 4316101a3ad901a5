"""
Generate treatment days for comparing the answers of two checkouts.

A day is plain JSON. Nothing here imports the library, so both checkouts get the same input. Day *n* of a seed is always
the same, no matter how many days are generated. ``codes.csv`` lists how often each code is drawn and for which dates.
It is test input, not a table of facts.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Day", "generate_day", "generate_days"]

Day: TypeAlias = dict[str, Any]
_Weights: TypeAlias = Mapping[Any, int]

_PAYERS: _Weights = {
    "medicare": 40,
    "cpt-midpoint": 8,
    "bcbs-nebraska": 5,
    "california-workers-compensation": 5,
    "highmark": 5,
    "humana": 5,
    "medicaid-ncci": 5,
    "nevada-medicaid": 5,
    "tricare": 5,
    "unitedhealthcare": 5,
    "method cms-eight-minute": 3,
    "method cpt-midpoint": 3,
    "method started-quarter": 3,
    "method full-quarter": 3,
}
_SHAPES: _Weights = {
    "one session": 42,
    "two sessions": 14,
    "two disciplines": 14,
    "three sessions": 6,
    "family": 12,
    "remote": 3,
    "impossible": 3,
    "refused": 6,
}
_TIMED_CODES: _Weights = {0: 6, 1: 20, 2: 30, 3: 24, 4: 14, 5: 6}
_FIRST_DAY, _LAST_DAY = date(2019, 10, 1), date(2026, 12, 31)
_NOTABLE_DAYS = (
    *(date(year, 1, 1) for year in range(2020, 2027)),
    *(date(year, 12, 31) for year in range(2019, 2027)),
    *(date(year, month, 1) for year in range(2020, 2027) for month in (4, 7, 10)),
    date(2020, 2, 29),
    date(2024, 2, 29),
    date(2022, 3, 31),
    date(2022, 6, 30),
    date(2024, 3, 8),
    date(2024, 3, 9),
    date(2024, 9, 30),
    date(2026, 3, 8),
    date(2026, 11, 1),
)
_UNKNOWN_DAYS = (date(2016, 5, 2), date(2019, 9, 30), date(2027, 1, 1), date(2027, 5, 3))
_LOCALITIES = (
    ("15202", "00"),
    ("02102", "01"),
    ("01182", "72"),
    ("01212", "01"),
    ("06102", "99"),
    ("07302", "00"),
    ("13202", "03"),
    ("02302", "99"),
    ("09202", "50"),
    ("03602", "21"),
)
_FAMILIES = (
    ("PT", ("97129", "97130")),
    ("SLP", ("97129", "97130")),
    ("OT", ("97550", "97551")),
    ("OT", ("G0541", "G0542")),
    ("SLP", ("92607", "92608")),
    ("PT", ("97545", "97546")),
    ("SLP", ("96105",)),
    ("OT", ("96125",)),
    ("PT", ("90912", "90913")),
)
_REMOTE = ("98975", "98976", "98977", "98978", "98979", "98980", "98981", "98984", "98985")
_ACTIVITIES: Mapping[str, Sequence[str | None]] = {
    "97110": ("leg strengthening", "shoulder flexion with a band", "straight leg raises"),
    "97530": ("sit to stand", "lifting groceries to a shelf", "chair-to-bed transfer"),
    "97112": ("standing balance", "reaching across midline", "single leg stance on foam"),
    "97116": ("gait on stairs", "walking with a cane"),
    "97535": ("dressing with a reacher", "bathing and grooming"),
    "97140": ("joint mobilization", "soft tissue mobilization"),
}
_QUESTIONS = (
    "sit to stand",
    "lunges",
    "step-ups",
    "balance on a foam pad",
    "walking on a treadmill",
    "lifting boxes from floor to waist",
    "squats with a band",
    "massage",
    "dressing",
    "stretching",
)
_PURPOSES = (None, "to rise from a toilet at home", "to strengthen the legs", "to prevent falls")
_REGIONS = (None, None, "lumbar", "right shoulder", "left knee")
_PLAN_MODIFIERS = {"PT": "GP", "OT": "GO", "SLP": "GN"}
_QUARTER = 15
_DISCIPLINES = ("PT", "OT", "SLP")


class _Code(NamedTuple):
    code: str
    period: int | None
    """Minutes of the first period, or None for an untimed code."""
    units_by: str
    adds_to: str
    disciplines: tuple[str, ...]
    first_day: str
    last_day: str
    weight: int

    def in_force(self, day: str) -> bool:
        return self.first_day <= day and (not self.last_day or day <= self.last_day)


@cache
def _codes() -> dict[str, _Code]:
    path = Path(__file__).with_name("codes.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: _Code(
                code=row["code"],
                period=int(row["period_minutes"]) if row["period_minutes"] else None,
                units_by=row["units_by"],
                adds_to=row["adds_to"],
                disciplines=tuple(row["disciplines"].split()),
                first_day=row["first_day"],
                last_day=row["last_day"],
                weight=int(row["weight"]),
            )
            for row in csv.DictReader(file)
        }


def generate_days(count: int, seed: int) -> Iterator[Day]:
    """Yield days 0 to *count* - 1 of *seed*."""
    for number in range(count):
        yield generate_day(number, seed)


def generate_day(
    number: int,
    seed: int,
    dates: Sequence[date] = (),
    payers: Mapping[str, int] = _PAYERS,
) -> Day:
    """
    Return day *number* of *seed*.

    Args:
        number: The number of the day.
        seed: The seed.
        dates: The dates to choose from. Without any, all dates of the data, and a few others.
        payers: The payers to choose from, and how often each one is drawn.

    Its keys: ``number``, ``date``, ``payer``, ``sessions``, ``fees``, ``accumulators``, ``attestations``,
    ``setting``, ``repriced_as``, ``claim`` (hand-written lines), ``question`` (for ``suggest_code``), and
    ``commands``.
    """
    return _Generator(number, seed, dates, payers).day()


class _Generator:
    def __init__(
        self, number: int, seed: int, dates: Sequence[date], payers: Mapping[str, int]
    ) -> None:
        self.number = number
        self.random = random.Random(f"{seed} {number}")
        self.date = self.random.choice(dates) if dates else self._date()
        self.payer: str = self.one_of(payers)
        on = self.date.isoformat()
        self.codes = {code.code: code for code in _codes().values() if code.in_force(on)}

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def one_of(self, weights: _Weights) -> Any:  # noqa: ANN401 - whatever the weights are of
        return self.random.choices(tuple(weights), tuple(weights.values()))[0]

    def _date(self) -> date:
        if self.chance(25):
            return self.random.choice(_NOTABLE_DAYS)
        if self.chance(2):
            return self.random.choice(_UNKNOWN_DAYS)
        first = date(2026, 1, 1) if self.chance(20) else _FIRST_DAY
        return first + timedelta(days=self.random.randint(0, (_LAST_DAY - first).days))

    def day(self) -> Day:
        shape = self.one_of(_SHAPES)
        sessions = self._sessions(shape)
        day: Day = {
            "number": self.number,
            "date": self.date.isoformat(),
            "payer": self.payer,
            "sessions": sessions,
            "fees": self._fees(),
            "accumulators": self._accumulators(),
            "attestations": self._attestations(sessions),
            "setting": self.one_of(
                {None: 94, "facility": 2, "office": 2, "critical-access-hospital": 2}
            ),
            "repriced_as": self.one_of({None: 90, "medicare": 5, "cpt-midpoint": 2, "humana": 3}),
            "claim": self._claim(),
            "question": self._question(),
        }
        if shape == "refused":
            self._spoil(day)
        day["commands"] = self._commands(day) if self.chance(8) else []
        return day

    def _sessions(self, shape: str) -> list[Day]:
        discipline = self.one_of({"PT": 50, "OT": 30, "SLP": 20})
        match shape:
            case "two sessions" | "three sessions":
                plans = [discipline] * (2 if shape == "two sessions" else 3)
                if self.chance(30):
                    plans[-1] = self.random.choice(_DISCIPLINES)
            case "two disciplines":
                plans = self.random.sample(_DISCIPLINES, 2)
            case "family":
                return self._family_sessions()
            case "remote":
                return [self._session(discipline, [self._untimed(code) for code in self._remote()])]
            case "impossible":
                return [self._session(discipline, self._too_much(discipline))]
            case _:
                plans = [discipline]
        sessions = [self._session(plan, self._services(plan)) for plan in plans]
        self._put_on_the_clock(sessions)
        return sessions

    def _session(self, discipline: str, services: list[Day]) -> Day:
        return {"date": self.date.isoformat(), "discipline": discipline, "services": services}

    def _services(self, discipline: str) -> list[Day]:
        timed = self._draw(discipline, self.one_of(_TIMED_CODES), timed=True)
        most = {0: 62, 1: 28, 2: 10} if timed else {1: 70, 2: 30}
        untimed = self._draw(discipline, self.one_of(most), timed=False)
        who = self.one_of({"therapist": 60, "assistant": 15, "mixed": 25})
        services = [self._timed(code, who) for code in timed]
        services += [self._untimed(code, who) for code in untimed]
        if timed and self.chance(15):
            services.append(self._timed(self.random.choice(timed), "mixed"))
        if self.chance(4):
            services.append(dict(services[0]))
        self.random.shuffle(services)
        return services

    def _draw(
        self, discipline: str, count: int, *, timed: bool, add_ons: bool = False
    ) -> list[_Code]:
        fitting = {
            code: code.weight
            for code in self.codes.values()
            if discipline in code.disciplines
            and (code.period is not None) is timed
            and (add_ons or not code.adds_to)
        }
        drawn = [self.one_of(fitting) for _ in range(count)]
        return list(dict.fromkeys(drawn))

    def _clinician(self, who: str) -> str:
        if who != "mixed":
            return who
        return str(self.one_of({"therapist": 40, "assistant": 40, "together": 20}))

    def _minutes(self, period: int) -> int:
        if self.chance(45):
            return self.random.randint(5, 60)
        if self.chance(40):
            return self.random.choice((0, 1, 2, 5, 7, 8, 9, 14, 16, 22, 23, 24, 37, 38, 52, 53))
        near = self.random.choice((period, period, 2 * period, period // 2, period // 2 + _QUARTER))
        return max(0, near + self.random.randint(-1, 1))

    def _timed(self, code: _Code, who: str = "therapist") -> Day:
        described = self.random.choice(tuple(_ACTIVITIES)) if self.chance(20) else code.code
        texts = _ACTIVITIES.get(described, (None,))
        return {
            "code": code.code,
            "timed": True,
            "minutes": self._minutes(code.period or _QUARTER),
            "clinician": self._clinician(who),
            "activity": self.random.choice(texts) if self.chance(50) else None,
            "body_region": self.random.choice(_REGIONS),
        }

    def _untimed(self, code: _Code, who: str = "therapist") -> Day:
        of_month = code.units_by == "calendar-month"
        minutes = (10, 12, 20, 40, 60, 80) if of_month else (None, None, 10, 15, 20, 25, 30, 45)
        several = (of_month or code.units_by == "area") and self.chance(25)
        return {
            "code": code.code,
            "timed": False,
            "minutes": self.random.choice(minutes),
            "units": self.random.randint(2, 4) if several else 1,
            "clinician": self._clinician(who),
        }

    def _family_sessions(self) -> list[Day]:
        """Return one or two sessions with a longer-period code or an add-on code."""
        families = [
            (discipline, [_codes()[name] for name in names])
            for discipline, names in _FAMILIES
            if names[0] in self.codes
        ]
        discipline, codes = self.random.choice(families)
        who = self.one_of({"therapist": 70, "assistant": 10, "mixed": 20})
        # The whole family is documented under its first code, or under both of its codes.
        documented = codes if self.chance(20) else codes[:1]
        services = [self._timed(code, who) for code in documented]
        if self.chance(30):
            services[0]["minutes"] = self.random.choice((31, 45, 46, 61, 75, 76, 91, 120, 135, 180))
        others = self._draw(discipline, self.random.randint(0, 2), timed=True)
        services += [self._timed(code, who) for code in others if code not in codes]
        sessions = [self._session(discipline, services)]
        if self.chance(35):
            other = self.random.choice(_DISCIPLINES)
            treated = codes[:1] if self.chance(40) else self._draw(other, 1, timed=True)
            sessions.append(self._session(other, [self._timed(code, who) for code in treated]))
        self._put_on_the_clock(sessions, together=50)
        return sessions

    def _remote(self) -> list[_Code]:
        in_force = [self.codes[name] for name in _REMOTE if name in self.codes]
        count = min(len(in_force), self.random.randint(1, 3))
        return self.random.sample(in_force, count) or [_codes()["97150"]]

    def _too_much(self, discipline: str) -> list[Day]:
        """Return more minutes than a working day or a whole day has, or many identical rows."""
        services = self._services(discipline)
        if self.chance(50):
            for service in services:
                service["minutes"] = self.random.choice((240, 300, 480, 720, 1440, 4320))
        else:
            services += [dict(services[0]) for _ in range(self.random.randint(1, 30))]
        return services

    def _put_on_the_clock(self, sessions: Sequence[Day], together: int = 12) -> None:
        """Add start and end times, in place of minutes, to the services of some days. Some times overlap."""
        if self.chance(55):
            return
        now = 8 * 60
        for session in sessions:
            if self.chance(together):
                now = 8 * 60
            for service in session["services"]:
                minutes = service["minutes"]
                if not minutes or now + minutes >= 24 * 60:
                    continue
                if self.chance(12):
                    now = max(0, now - self.random.randint(1, 10))
                service["minutes"] = None
                service["start"] = self._moment(now)
                now += minutes
                service["end"] = self._moment(now)

    def _moment(self, minute: int) -> str:
        return f"{self.date} {minute // 60:02}:{minute % 60:02}"

    def _fees(self) -> Day | None:
        if self.chance(8):
            return None
        mac, locality = (None, None) if self.chance(35) else self.random.choice(_LOCALITIES)
        on = self.date + timedelta(days=366) if self.chance(1) else self.date
        settings = {None: 60, "non-facility": 15, "facility": 20, "critical-access-hospital": 3}
        return {
            "date": on.isoformat(),
            "mac": mac,
            "locality": locality,
            "setting": self.one_of(settings),
        }

    def _accumulators(self) -> Day | None:
        if self.chance(45):
            return None
        allowed = (
            "0.00",
            "812.40",
            "2050.00",
            "2300.00",
            "2400.00",
            "2460.00",
            "2950.00",
            "3100.00",
        )
        return {
            "year": self.date.year + (1 if self.chance(1) else 0),
            "deductible_met": self.random.choice(("0.00", "150.00", "185.00", "240.00", "300.00")),
            "pt_slp": self.random.choice(allowed),
            "ot": self.random.choice(allowed),
        }

    def _attestations(self, sessions: Sequence[Day]) -> list[list[str]]:
        attested = [["KX"]] if self.chance(25) else []
        if self.chance(12):
            codes = [service["code"] for session in sessions for service in session["services"]]
            modifier = self.random.choice(("59", "XU", "XE", "XS"))
            attested.append([modifier, self.random.choice(codes)])
        return attested

    def _claim(self) -> list[Day]:
        """Return hand-written claim lines, with and without mistakes."""
        discipline = self.random.choice(_DISCIPLINES)
        codes = [
            *self._draw(discipline, self.random.randint(1, 4), timed=True, add_ons=True),
            *self._draw(discipline, self.random.randint(0, 2), timed=False, add_ons=True),
        ]
        if self.chance(6):
            codes.append(codes[0])
        lines = []
        for code in codes:
            plan = discipline if self.chance(90) else self.random.choice(_DISCIPLINES)
            modifiers = [_PLAN_MODIFIERS[plan]] if self.chance(92) else []
            assistant = "CQ" if plan == "PT" or self.chance(5) else "CO"
            for percent, modifier in (
                (15, assistant),
                (12, "KX"),
                (12, self.random.choice(("59", "XE", "XS", "XU"))),
                (6, "GA"),
                (4, self.random.choice(("95", "GY", "GZ", "22", "GP", "GO"))),
            ):
                if self.chance(percent) and modifier not in modifiers:
                    modifiers.append(modifier)
            if self.chance(15):
                self.random.shuffle(modifiers)
            units = 1 if code.period is None and self.chance(90) else self.random.randint(1, 5)
            lines.append({"code": code.code, "units": units, "modifiers": modifiers})
        return lines

    def _question(self) -> list[str | None] | None:
        if self.chance(80):
            return None
        return [self.random.choice(_QUESTIONS), self.random.choice(_PURPOSES)]

    def _spoil(self, day: Day) -> None:
        """Put a mistake into the day's input. The library should either refuse it or understand what is meant."""
        session = self.random.choice(day["sessions"])
        service = self.random.choice(session["services"])
        field, values = self.random.choice(
            (
                ("minutes", (-1, "20", 20.0, 20.5, 100_000, True, "")),
                ("code", ("99999", "A4595", "g0283", " 97110", 97110, "9711", "", None)),
                ("clinician", ("PTA", "Assistant", "aide", "", None)),
                ("discipline", ("pt", "ST", "physical", "", None)),
                ("timed", (not service["timed"],)),
                ("date", ("2026-13-01", "3/2/2026", "", None, "2019-12-31")),
                ("services", ([],)),
                ("units", (0, -1, "2", 2.0)),
                ("activity", ("", 5)),
                ("body_region", ("", 5)),
            )
        )
        where = session if field in ("discipline", "date", "services") else service
        if field == "minutes":
            service.pop("start", None)
            service.pop("end", None)
        where[field] = self.random.choice(values)

    def _commands(self, day: Day) -> list[Day]:
        """Return the commands to run: arguments, in which LOG and YEARS are replaced by files."""
        payer = str(day["payer"])
        by = ["--method", payer.split()[1]] if " " in payer else ["--payer", payer]
        rows = [
            {
                "patient": "p1",
                "date": session["date"],
                "discipline": session["discipline"],
                "session": number,
                **{
                    name: service.get(name)
                    for name in (
                        *("code", "minutes", "start", "end", "units"),
                        *("clinician", "activity", "body_region"),
                    )
                },
            }
            for number, session in enumerate(day["sessions"], start=1)
            for service in session["services"]
        ]
        locality = (
            []
            if day["fees"] is None or not day["fees"]["mac"]
            else self._locality_options(day["fees"])
        )
        years = None if day["accumulators"] is None else {"p1": day["accumulators"]}
        files = {"rows": rows, "years": years}
        known = [] if years is None else ["--accumulators", "YEARS"]
        minutes = {
            row["code"]: row["minutes"]
            for row in rows
            if type(row["minutes"]) is int and row["discipline"] == rows[0]["discipline"]
        }
        asked = [f"{code}={whole}" for code, whole in minutes.items()] or ["97110=23"]
        dated = ["--date", day["date"]]
        return [
            {"arguments": ["bill", "LOG", "--json", "--explain", *by, *locality, *known], **files},
            {"arguments": ["check", "LOG", "--json", *by, *locality, *known], **files},
            {"arguments": ["units", *asked, "--json", "--explain", *by, *dated]},
        ]

    def _locality_options(self, fees: Day) -> list[str]:
        facility = ["--facility"] if fees["setting"] == "facility" else []
        return ["--locality", f"{fees['mac']}-{fees['locality']}", *facility]
