"""
Draw ordinary days of outpatient PT, OT, and SLP clinics, billed correctly.

The tables at the top are the mix: what clinics treat, how often, and for how many minutes. `draw_days` draws sessions
from a mix and adds what a trained biller adds: 59 or an X modifier for each NCCI pair, if the record supports it, and
KX above the annual threshold. A draw that a biller would not bill is drawn again. The generator does not ask the
library which codes form a pair. It has its own list.

The weights are our own estimate of common practice. No source has such figures.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any, TypeVar

import attrs

from therapy_billing import (
    MEDICARE,
    Accumulators,
    Edits,
    FeeSchedule,
    Session,
    build_claim,
)
from therapy_billing.checks.day import check_claim, check_day
from therapy_billing.claims.attestations import Attestation
from therapy_billing.codes.code_book import load_codes
from therapy_billing.findings.records import Findings
from therapy_billing.visits.services import Service, service

__all__ = [
    "DAY",
    "MIXES",
    "Mix",
    "OrdinaryDay",
    "Visit",
    "check_ordinary",
    "draw_days",
    "is_timed",
    "paired",
    "with_span",
]

DAY = date(2026, 10, 5)
"""The date of service, a Monday."""

T = TypeVar("T")
Weights = Mapping[T, int]
NONE: Weights[Any] = MappingProxyType({})
NO_MODALITY: Weights[str] = MappingProxyType({"": 1})
THERAPIST: Weights[str] = MappingProxyType({"therapist": 1})


# The mix.


@attrs.frozen
class Visit:
    """
    A kind of visit.

    Args:
        discipline: PT, OT, or SLP.
        weight: How common it is.
        first: The service that the visit is for, such as an evaluation; empty for an ordinary treatment.
        codes: The codes of treatment.
        count: How many codes of treatment.
        modality: A supervised modality; the code "" means none.
        treated_by: Who treats.
        regions: The body regions of the treatment.
    """

    discipline: str
    weight: int
    first: Weights[str] = NONE
    codes: Weights[str] = NONE
    count: Weights[int] = NONE
    modality: Weights[str] = NO_MODALITY
    treated_by: Weights[str] = THERAPIST
    regions: Weights[str] = NONE


@attrs.frozen
class Mix:
    """Kinds of visit by name, and the kinds that a patient has together on a day with two disciplines."""

    visits: Mapping[str, Visit]
    together: Weights[tuple[str, ...]] = NONE
    share_together: int = 0
    """Percentage of days with two disciplines."""
    unsupported_59: bool = False
    """Whether 59 is billed even if the record shows neither separate times nor separate regions."""


PT_CODES = {
    "97110": 34,
    "97112": 20,
    "97140": 20,
    "97530": 20,
    "97116": 8,
    "97535": 2,
    "97035": 1,
    "97032": 1,
    "97113": 1,
    "97542": 1,
}
OT_CODES = {
    "97530": 30,
    "97110": 22,
    "97535": 18,
    "97112": 10,
    "97140": 9,
    "97533": 3,
    "97129": 3,
    "97760": 3,
    "97763": 2,
    "97542": 1,
    "97035": 1,
}
MODALITIES = {"": 80, "G0283": 12, "97012": 3, "97016": 3, "97018": 1, "97022": 1}
CLINICIANS = {
    "therapist": 76,
    "assistant": 12,
    "by service": 7,
    "within a service": 3,
    "together": 2,
}
SPINE_AND_LIMBS = {
    "lumbar spine": 24,
    "neck": 12,
    "left knee": 12,
    "right knee": 12,
    "left shoulder": 10,
    "right shoulder": 10,
    "left hip": 6,
    "right hip": 6,
    "left ankle": 4,
    "right ankle": 4,
}
ARMS = {
    "right wrist": 4,
    "left wrist": 3,
    "right elbow": 2,
    "left shoulder": 3,
    "right shoulder": 3,
}

GENERAL = {
    "PT treatment": Visit(
        *("PT", 42, {}, PT_CODES, {2: 35, 3: 45, 4: 20}, MODALITIES, CLINICIANS, SPINE_AND_LIMBS)
    ),
    "PT evaluation": Visit("PT", 3, {"97161": 45, "97162": 42, "97163": 13}),
    "PT evaluation and treatment": Visit(
        "PT",
        4,
        {"97161": 45, "97162": 42, "97163": 13},
        {"97110": 40, "97140": 20, "97530": 20, "97112": 10, "97535": 10},
        {1: 70, 2: 30},
        regions=SPINE_AND_LIMBS,
    ),
    "PT evaluation, treatment by the assistant": Visit(
        "PT", 1, {"97161": 60, "97162": 40}, {"97110": 1}, {1: 1}, treated_by={"after": 1}
    ),
    "vestibular": Visit("PT", 1, {"95992": 1}, {"97112": 70, "97110": 30}, {0: 50, 1: 50}),
    "pelvic floor": Visit(
        "PT", 1, {"90912": 1}, {"97110": 40, "97530": 40, "97140": 20}, {0: 40, 1: 60}
    ),
    "wound care": Visit("PT", 1, {"97597": 1}, {"97110": 50, "97116": 50}, {0: 60, 1: 40}),
    "PT re-evaluation and treatment": Visit(
        "PT",
        2,
        {"97164": 1},
        {"97110": 40, "97140": 20, "97530": 20, "97112": 20, "97116": 10},
        {1: 40, 2: 60},
        regions=SPINE_AND_LIMBS,
    ),
    "PT group": Visit(
        "PT", 3, {"97150": 1}, {"97110": 40, "97530": 30, "97112": 30}, {0: 45, 1: 40, 2: 15}
    ),
    "aquatic therapy": Visit(
        "PT",
        2,
        {"97113": 1},
        {"97110": 30, "97140": 30, "97530": 20, "97116": 20},
        {0: 50, 1: 50},
        treated_by=CLINICIANS,
        regions=SPINE_AND_LIMBS,
    ),
    "performance test": Visit(
        "PT", 1, {"97750": 1}, {"97110": 40, "97112": 30, "97116": 30, "97530": 10}, {0: 50, 1: 50}
    ),
    "wheelchair": Visit("PT", 1, {"97542": 1}, {"97110": 40, "97535": 60}, {0: 60, 1: 40}),
    "OT treatment": Visit(
        "OT",
        16,
        {},
        OT_CODES,
        {2: 45, 3: 42, 4: 13},
        {"": 92, "97018": 6, "G0283": 2},
        CLINICIANS,
        ARMS,
    ),
    "OT evaluation": Visit("OT", 2, {"97165": 40, "97166": 45, "97167": 15}),
    "OT evaluation and treatment": Visit(
        "OT",
        2,
        {"97165": 40, "97166": 45, "97167": 15},
        {"97530": 40, "97535": 40, "97110": 20, "97760": 10},
        {1: 80, 2: 20},
        regions=ARMS,
    ),
    "OT re-evaluation and treatment": Visit(
        "OT", 1, {"97168": 1}, {"97530": 60, "97110": 40}, {1: 50, 2: 50}, regions=ARMS
    ),
    "orthotic": Visit(
        "OT",
        1,
        {"97760": 60, "97763": 40},
        {"97110": 30, "97140": 30, "97530": 20, "97535": 20},
        {0: 60, 1: 40},
        regions=ARMS,
    ),
    "SLP treatment": Visit("SLP", 8, {"92507": 60, "92526": 40}, {}, {0: 1}),
    "SLP speech and swallowing": Visit("SLP", 2, {"92507": 1}, {"92526": 1}, {1: 1}),
    "SLP cognition": Visit("SLP", 3, {"97129": 1}, {}, {0: 1}),
    "SLP group": Visit("SLP", 1, {"92508": 1}, {}, {0: 1}),
    "SLP evaluation": Visit(
        "SLP", 3, {"92523": 45, "92610": 30, "92521": 10, "92522": 10, "92524": 5}, {}, {0: 1}
    ),
    "SLP cognitive test": Visit("SLP", 1, {"96125": 1}, {}, {0: 1}),
    "SLP evaluation and treatment": Visit(
        "SLP", 1, {"92523": 40, "92610": 60}, {"92526": 60, "92507": 40}, {1: 1}
    ),
    "PT caregiver training": Visit(
        "PT", 1, {"97550": 1}, {"97110": 50, "97530": 50}, {0: 50, 1: 50}
    ),
    "OT caregiver training": Visit("OT", 1, {"97550": 1}, {"97535": 1}, {0: 50, 1: 50}),
}
TOGETHER: Weights[tuple[str, ...]] = {
    ("PT treatment", "OT treatment"): 50,
    ("PT treatment", "SLP treatment"): 20,
    ("OT treatment", "SLP treatment"): 15,
    ("PT evaluation", "OT evaluation"): 10,
    ("PT treatment", "OT evaluation"): 5,
}

HAND = {
    "hand treatment": Visit(
        "OT",
        60,
        {},
        {"97110": 30, "97140": 25, "97530": 25, "97035": 8, "97112": 5, "97763": 6, "97034": 2},
        {2: 40, 3: 45, 4: 15},
        {"": 45, "97018": 25, "97022": 20, "97016": 5, "G0283": 5},
        CLINICIANS,
        {"right wrist": 3, "left wrist": 3, "right elbow": 1, "left elbow": 1, "right hand": 4},
    ),
    "orthotic": Visit(
        "OT",
        15,
        {"97760": 60, "97763": 40},
        {"97110": 50, "97140": 50},
        {0: 50, 1: 50},
        regions=ARMS,
    ),
    "hand evaluation": Visit(
        "OT",
        15,
        {"97165": 50, "97166": 45, "97167": 5},
        {"97110": 30, "97760": 40, "97140": 20, "97535": 10},
        {0: 30, 1: 60, 2: 10},
        {"": 80, "97018": 10, "97022": 10},
        regions=ARMS,
    ),
    "hand re-evaluation": Visit(
        "OT", 5, {"97168": 1}, {"97110": 50, "97140": 50}, {1: 50, 2: 50}, regions=ARMS
    ),
    "performance test": Visit("OT", 5, {"97750": 1}, {"97110": 1}, {0: 60, 1: 40}),
}
NURSING_FACILITY = {
    "SLP swallowing": Visit("SLP", 14, {"92526": 1}, {}, {0: 1}),
    "SLP swallowing evaluation": Visit("SLP", 5, {"92610": 1}, {"92526": 1}, {0: 50, 1: 50}),
    "SLP cognition": Visit("SLP", 10, {"97129": 1}, {"92526": 1}, {0: 70, 1: 30}),
    "SLP speech": Visit("SLP", 8, {"92507": 1}, {"92526": 1}, {0: 70, 1: 30}),
    "PT treatment": Visit(
        "PT",
        25,
        {},
        {"97110": 30, "97530": 30, "97116": 25, "97112": 20, "97542": 2},
        {2: 30, 3: 50, 4: 20},
        {"": 1},
        {"therapist": 45, "assistant": 40, "by service": 15},
    ),
    "OT treatment": Visit(
        "OT",
        22,
        {},
        {"97530": 30, "97535": 35, "97110": 25, "97112": 5, "97542": 3, "97129": 2},
        {2: 40, 3: 45, 4: 15},
        {"": 1},
        {"therapist": 45, "assistant": 40, "by service": 15},
    ),
    "PT group": Visit("PT", 4, {"97150": 1}, {"97530": 1, "97116": 1}, {0: 60, 1: 40}),
    "PT evaluation": Visit(
        "PT", 4, {"97161": 10, "97162": 45, "97163": 45}, {"97530": 60, "97116": 40}, {0: 40, 1: 60}
    ),
    "OT evaluation": Visit(
        "OT", 4, {"97165": 10, "97166": 45, "97167": 45}, {"97535": 70, "97530": 30}, {0: 40, 1: 60}
    ),
    "caregiver training": Visit("OT", 3, {"97550": 1}, {"97535": 1}, {0: 60, 1: 40}),
}
AQUATIC = {
    "aquatic therapy": Visit(
        "PT", 60, {"97113": 1}, {"97140": 40, "97530": 20, "97110": 20, "97116": 20, "97112": 10},
        {0: 50, 1: 40, 2: 10}, {"": 90, "97022": 2, "G0283": 8}, CLINICIANS, SPINE_AND_LIMBS,
    ),
    "aquatic group": Visit("PT", 15, {"97150": 1}, {"97113": 70, "97110": 30}, {0: 60, 1: 40}),
    "PT treatment": GENERAL["PT treatment"],
    "PT evaluation": attrs.evolve(GENERAL["PT evaluation and treatment"], weight=10),
    "PT re-evaluation": Visit("PT", 4, {"97164": 1}, {"97113": 1}, {1: 1}, MODALITIES),
}  # fmt: skip
MIXES: Mapping[str, Mix] = {
    "general": Mix(GENERAL, TOGETHER, 7),
    "hand therapy": Mix(HAND),
    "nursing facility": Mix(
        NURSING_FACILITY,
        {
            ("PT treatment", "OT treatment"): 5,
            ("OT treatment", "SLP swallowing"): 2,
            ("PT treatment", "SLP speech"): 2,
            ("PT treatment", "OT treatment", "SLP cognition"): 1,
        },
        35,
    ),
    "aquatic": Mix(AQUATIC),
}
"""The mixes. The test of 2,000 days draws from "general"."""

MINUTES = {
    8: 6,
    9: 2,
    10: 14,
    12: 8,
    13: 4,
    14: 3,
    15: 30,
    16: 4,
    18: 5,
    20: 8,
    23: 6,
    25: 5,
    30: 5,
}
"""Minutes of one timed code in a treatment."""
FIRST_MINUTES: Mapping[str, Weights[int]] = {
    "evaluation": {25: 10, 30: 25, 35: 15, 40: 20, 45: 20, 60: 10},
    "re-evaluation": {15: 30, 20: 40, 25: 20, 30: 10},
    "group": {20: 30, 30: 40, 45: 30},
    "untimed": {15: 10, 30: 40, 40: 10, 45: 40},
    "timed": {15: 25, 23: 15, 30: 35, 38: 10, 45: 15},
    "family": {15: 20, 30: 40, 45: 30, 60: 10},
    "hour": {45: 20, 60: 50, 75: 30},
}
RE_EVALUATIONS = ("97164", "97168")
SLP_EVALUATIONS = ("92521", "92522", "92523", "92524", "92610")
FAMILIES = {"97129": ("97130", 15), "97550": ("97551", 30), "90912": ("90913", 15)}
"""The add-on code of each first code, and the minutes of the first code's only unit."""
MOST_MINUTES = 75
"""Most timed minutes of a session."""

ACTIVITIES: Mapping[str, Sequence[str]] = {
    "97110": (
        "quad sets, SLR, heel slides 3x10",
        "theraband rows and ER 3x12 for rotator cuff strength",
        "NuStep level 4 for endurance, calf and hamstring stretching",
    ),
    "97112": (
        "single leg stance on foam, tandem stance, verbal cues for postural control",
        "proprioceptive training on BOSU, perturbations in standing",
        "scapular stabilization with tactile cues for motor control",
    ),
    "97140": (
        "grade III PA joint mobilization, soft tissue mobilization to paraspinals",
        "STM and myofascial release",
        "manual traction, joint mobilization grade II-III to restore ROM",
    ),
    "97530": (
        "sit to stand transfers from toilet height, floor to waist lifting for return to work",
        "car transfer training, stair climbing to enter the home safely",
        "reaching into overhead cabinets and carrying groceries",
    ),
    "97116": (
        "gait training with rolling walker on level surfaces, cues for step length",
        "stair training with rail, gait with single point cane",
    ),
    "97535": (
        "lower body dressing with reacher and sock aid, energy conservation in the shower",
        "training in toileting and tub transfer with grab bars, home safety",
    ),
    "97150": ("group balance class of three, therapist present throughout",),
    "97113": ("deep water walking, aquatic strengthening with paddles",),
    "97760": ("fitting of custom wrist orthosis, training in wear and skin checks",),
    "G0283": ("IFC to low back, 15 minutes, for pain",),
}
"""What a therapist writes for a service. A part of the days has these texts."""

PAIRS = {
    1: {
        "92507": "97110 97112 97129 97150 97530 97533",
        "92508": "92507 97110 97112 97129 97150 97530 97533",
        "92526": "97110 97112 97150 97530",
        "90912": "97032 97110 97112 97530 97535",
        "90913": "97032 97110 97112 97530 97535",
        "95992": "97110 97112 97140 97530",
        "97012": "97018 97140 97164 97168",
        "97016": "97018 97164 97168",
        "97018": "97022 97164 97168",
        "97022": "97164 97168",
        "97032": "97164 97168",
        "97034": "97164 97168",
        "97035": "97164 97168",
        "97112": "97022",
        "97113": "97022 97110",
        "97129": "97164 97168",
        "97130": "97164 97168",
        "97140": "97018 97750",
        "97150": "97110 97112 97113 97116 97140 97530 97533 97535 97542 97760 97763",
        "97530": "97542 97750",
        "97533": "97164 97168",
        "97535": "97164 97168",
        "97542": "97164 97168",
        "97597": "97022 97164",
        "97760": "97016 97110 97112 97116 97140 97164 97168",
        "97763": "97016 97110 97112 97116 97140",
        "G0283": "97032 97164 97168",
    },
    0: {
        "92523": "92522",
        "92526": "97032 G0283",
        "97161": "97164 97750 97763",
        "97162": "97164 97750 97763",
        "97163": "97164 97750 97763",
        "97164": "97750 97763",
        "97165": "97168 97750 97763",
        "97166": "97168 97750 97763",
        "97167": "97168 97750 97763",
        "97168": "97750 97763",
        "97750": "97150",
        "97760": "97763",
    },
}
"""NCCI practitioner pairs of the codes above, in the file of 2024-07-01: column 1, and its column 2 codes, by indicator."""
NEVER_BY_ONE_CLINICIAN = (
    ({"92507", "92508", "92526"}, {"97110", "97112", "97150", "97530"}),
    ({"92507", "92508"}, {"97129", "97130", "97533"}),
    ({"97760"}, {"97164", "97168"}),
)
"""Codes that one clinician cannot bill on one day with any modifier (NCCI Policy Manual, ch. XI)."""


# The days.


@attrs.frozen
class OrdinaryDay:
    """
    One patient's day, with what the biller and the clinician add to it.

    Args:
        kind: The kinds of visit.
        sessions: The sessions.
        attestations: KX, and the modifiers for distinct services.
        accumulators: The year-to-date amounts before the day.
        clocked: Whether the services have a start and an end. Some clinics record them only for timed codes.
    """

    kind: str
    sessions: tuple[Session, ...]
    attestations: tuple[Attestation, ...]
    accumulators: Accumulators
    clocked: bool


def draw_days(mix: Mix, number: int, seed: int, fees: FeeSchedule) -> Iterator[OrdinaryDay]:
    """Yield *number* days, every second one with clock times. *fees* decide only which tied code has the unit."""
    for index in range(number):
        rng = Random(f"{seed} {index}")
        day = None
        while day is None:
            day = _draw_day(mix, rng, fees, clocked=index % 2 == 0)
        yield day


def check_ordinary(day: OrdinaryDay, fees: FeeSchedule, edits: Edits) -> tuple[Findings, Findings]:
    """Return the findings about a day, and the findings about the lines of its claim."""
    of_day = check_day(
        day.sessions,
        MEDICARE,
        fees,
        day.accumulators,
        attestations=day.attestations,
        edits=edits,
    )
    assert of_day.claim is not None
    of_claim = check_claim(
        of_day.claim, MEDICARE, fees, day.accumulators, sessions=day.sessions, edits=edits
    )
    return of_day, of_claim


def pick(rng: Random, weights: Weights[T]) -> T:
    """Return one key of *weights*."""
    return rng.choices(list(weights), list(weights.values()))[0]


def paired(code: str, other: str) -> tuple[int, str, str] | None:
    """Return the indicator, the column 1 code, and the column 2 code of a pair; None if the codes are no pair."""
    for indicator, pairs in PAIRS.items():
        for one, two in ((code, other), (other, code)):
            if two in pairs.get(one, "").split():
                return indicator, one, two
    return None


def _draw_day(mix: Mix, rng: Random, fees: FeeSchedule, *, clocked: bool) -> OrdinaryDay | None:
    if mix.together and rng.randrange(100) < mix.share_together:
        names = pick(rng, mix.together)
    else:
        names = (pick(rng, {name: visit.weight for name, visit in mix.visits.items()}),)
    sessions: list[Session] = []
    begin = datetime.fromisoformat(f"{DAY} 08:00") + timedelta(minutes=rng.randrange(0, 300))
    only_timed = rng.random() < 0.15
    for name in names:
        visit = mix.visits[name]
        services = _draw_services(visit, rng)
        if clocked:
            services, begin = _with_times(services, begin, rng, only_timed=only_timed)
        sessions.append(Session(DAY, visit.discipline, services))
        begin += timedelta(minutes=rng.choice((0, 15, 60)))
    modifiers = _modifiers_of_pairs(sessions, rng, fees, unsupported="59" * mix.unsupported_59)
    if modifiers is None:
        return None
    accumulators, kx = _draw_year(rng)
    return OrdinaryDay(
        " and ".join(names), tuple(sessions), (*kx, *modifiers), accumulators, clocked
    )


def _draw_services(visit: Visit, rng: Random) -> list[Service]:
    codes: list[str] = []
    wanted = pick(rng, visit.count) if visit.count else 0
    while len(codes) < wanted:
        code = pick(rng, visit.codes)
        if code not in codes:
            codes.append(code)
    treated_by = pick(rng, visit.treated_by)
    region = pick(rng, visit.regions) if visit.regions else None
    # Many clinics record one region for the whole visit; others record the region of each service.
    one_region = rng.random() < 0.5
    described = rng.random() < 0.4
    services: list[Service] = []

    def add(code: str, minutes: int, clinician: str = "therapist") -> None:
        own = pick(rng, visit.regions) if visit.regions and not one_region else region
        text = rng.choice(ACTIVITIES[code]) if described and code in ACTIVITIES else None
        services.append(service(code, minutes, clinician=clinician, body_region=own, activity=text))

    if visit.first:
        first = pick(rng, visit.first)
        by = "assistant" if treated_by == "assistant" else "therapist"
        for code, minutes in _first_minutes(first, rng):
            add(code, minutes, by)
    left = MOST_MINUTES - sum(each.minutes or 0 for each in services if is_timed(each.code))
    for code in codes:
        if not is_timed(code):
            add(code, pick(rng, FIRST_MINUTES["untimed"]))
            continue
        minutes = min(pick(rng, MINUTES), left)
        if minutes < 8:
            break
        left -= minutes
        _add_treatment(add, code, minutes, treated_by, rng)
    modality = pick(rng, visit.modality)
    if modality:
        add(
            modality,
            rng.choice((10, 15, 15, 20)),
            "assistant" if treated_by == "assistant" else "therapist",
        )
    return services


def _add_treatment(
    add: Callable[[str, int, str], None], code: str, minutes: int, treated_by: str, rng: Random
) -> None:
    if treated_by == "within a service" and minutes >= 16:
        by_assistant = rng.randrange(5, minutes - 4)
        add(code, minutes - by_assistant, "therapist")
        add(code, by_assistant, "assistant")
        return
    if treated_by == "by service":
        treated_by = rng.choice(("therapist", "assistant"))
    by = {"assistant": "assistant", "after": "assistant", "together": "together"}.get(
        treated_by, "therapist"
    )
    if code == "97129":
        for each, own in _family(code, minutes):
            add(each, own, by)
        return
    add(code, minutes, by)


def _first_minutes(code: str, rng: Random) -> list[tuple[str, int]]:
    facts = load_codes()[code]
    if code in FAMILIES:
        return _family(code, pick(rng, FIRST_MINUTES["family"]))
    if code in RE_EVALUATIONS:
        kind = "re-evaluation"
    elif facts.evaluation_of is not None or code in SLP_EVALUATIONS:
        kind = "evaluation"
    elif code == "96125":
        kind = "hour"
    elif code in ("97150", "92508"):
        kind = "group"
    else:
        kind = "timed" if facts.timed else "untimed"
    return [(code, pick(rng, FIRST_MINUTES[kind]))]


def _family(code: str, minutes: int) -> list[tuple[str, int]]:
    add_on, first = FAMILIES[code]
    further = minutes - first
    return [(code, minutes)] if further < 8 else [(code, first), (add_on, further)]


def is_timed(code: str) -> bool:
    """Return whether *code* is timed."""
    return load_codes()[code].timed


def _with_times(
    services: Sequence[Service], begin: datetime, rng: Random, *, only_timed: bool
) -> tuple[list[Service], datetime]:
    """Return the services one after another, some with a pause between them."""
    # A day with clock times has at least one.
    only_timed = only_timed and any(is_timed(each.code) for each in services)
    clocked: list[Service] = []
    for each in services:
        end = begin + timedelta(minutes=each.minutes or 0)
        has_times = is_timed(each.code) or not only_timed
        clocked.append(with_span(each, begin, end) if has_times else each)
        begin = end + timedelta(minutes=pick(rng, {0: 70, 1: 10, 2: 10, 5: 10}))
    return clocked, begin


def with_span(given: Service, start: datetime | None, end: datetime | None) -> Service:
    """Return a service with these times."""
    return service(
        given.code,
        None if start else given.minutes,
        start=start,
        end=end,
        clinician=given.clinician,
        body_region=given.body_region,
        activity=given.activity,
    )


def _modifiers_of_pairs(
    sessions: Sequence[Session], rng: Random, fees: FeeSchedule, *, unsupported: str
) -> list[tuple[str, str]] | None:
    """Return the modifier of each column 2 code; None if a biller would not bill the codes of the day together."""
    lines = build_claim(sessions, MEDICARE, fees).lines
    if not lines:
        return None
    plans: dict[str, set[object]] = {}
    for line in lines:
        plans.setdefault(line.code, set()).add(line.discipline)
    # A patient has one first unit of a family, so two disciplines cannot both bill it.
    if any(len(plans.get(code, ())) > 1 for code in FAMILIES):
        return None
    modifiers: dict[str, set[str]] = {}
    for code, other in itertools.combinations(plans, 2):
        if pair := paired(code, other):
            indicator, one, two = pair
            separate_plans = plans[one].isdisjoint(plans[two])
            shown = _shows(sessions, one, two, separate_plans=separate_plans) or unsupported
            if indicator == 0 or not shown or _never(one, two, plans):
                return None
            modifiers.setdefault(two, set()).add(shown)
    return [
        (next(iter(each)) if len(each) == 1 and rng.random() < 0.4 else "59", code)
        for code, each in modifiers.items()
    ]


def _never(one: str, two: str, plans: Mapping[str, set[object]]) -> bool:
    return not plans[one].isdisjoint(plans[two]) and any(
        (one in these and two in those) or (two in these and one in those)
        for these, those in NEVER_BY_ONE_CLINICIAN
    )


def _shows(sessions: Iterable[Session], one: str, two: str, *, separate_plans: bool) -> str:
    """Return the X modifier for what makes two codes distinct: plans, times, or regions; empty if nothing does."""
    of_one, of_two = (
        [each for session in sessions for each in session.services if each.code == code]
        for code in (one, two)
    )
    if separate_plans:
        return "XP"
    if all(each.start for each in (*of_one, *of_two)):
        return "XU"
    regions = [{each.body_region for each in each_of} for each_of in (of_one, of_two)]
    if None in regions[0] | regions[1]:
        return ""
    # The hand and the wrist of one arm are not separate regions.
    regions = [{str(each).replace("hand", "wrist") for each in those} for those in regions]
    if not regions[0].isdisjoint(regions[1]):
        return ""
    return "XS"


def _draw_year(rng: Random) -> tuple[Accumulators, tuple[Attestation, ...]]:
    """Return the year-to-date amounts, and KX for a patient who is above the threshold or close to it."""
    deductible = Decimal(rng.choice((0, 100, 283)))
    if rng.random() < 0.15:
        amounts = [Decimal(rng.randrange(2300, 3000)) for _ in range(2)]
        return Accumulators(DAY.year, deductible, *amounts), ("KX",)
    amounts = [Decimal(rng.randrange(0, 1900)) for _ in range(2)]
    return Accumulators(DAY.year, deductible, *amounts), ()
