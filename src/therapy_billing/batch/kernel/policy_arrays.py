"""
Policies as arrays: which codes are timed, the units of each number of minutes, CQ and CO, caps, and who makes units.

The answers come from the scalar rules, called once for every possible case: for each number of minutes of a code, and for each
combination of leftover minutes of a therapist and an assistant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.errors import TherapyBillingError
from therapy_billing.batch.kernel.code_arrays import CLASSES, CLINICIANS, DISCIPLINES, CodeArrays
from therapy_billing.batch.kernel.lazy_table import GrowingColumns
from therapy_billing.claims.assistant_units import ARITHMETIC_RULES
from therapy_billing.claims.claim_lines import require_known_modifiers
from therapy_billing.claims.rules.assistants import Exceeds, split_units_2020, split_units_2022
from therapy_billing.codes.code_book import QUARTER, load_codes, refused_by_medicare
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.payers.caps import Cap, CapEach, CapOf, counts_code
from therapy_billing.payers.furnishers import why_unbilled
from therapy_billing.payers.policy import (
    AssistantArithmetic,
    AssistantRule,
    Counting,
    Policy,
    TiePolicy,
)
from therapy_billing.units.counting import alone_units, split_minutes
from therapy_billing.units.unit_terms import is_timed, total_partial_minutes, unit_terms

__all__ = [
    "MINUTES_LIMIT",
    "MOST_LEFT",
    "TIE_DOCUMENTED",
    "TIE_PREFERRED",
    "TIE_SCALAR",
    "AmountCapArray",
    "CodeCell",
    "MinuteCell",
    "PolicyArrays",
    "UnitCapArray",
]

MINUTES_LIMIT = 512
"""Days on which a code has this many minutes or more are billed by the scalar path."""
MOST_LEFT = 2
"""The most units that remain after full quarters of a therapist and an assistant."""
TIE_DOCUMENTED, TIE_PREFERRED, TIE_SCALAR = 0, 1, 2
"""How ties are decided. The scalar path bills days with a tie under the last one."""


class MinuteCell:
    """
    How a cell of the table of minutes is packed.

    Bits 0 to 9 are the units without the leftover minutes that are in the day's total; the next 4 bits are those minutes;
    the next bit is whether the code is in the total. The other bits are summed over a discipline: 20 bits for the minutes
    in the total, and above them the full quarters of these minutes.
    """

    UNITS = 1023
    LEFT_SHIFT = 10
    LEFT = 15
    IN_TOTAL_SHIFT = 14
    SUM_SHIFT = 15
    MINUTES_BITS = 20


class CodeCell:
    """How a cell for a policy and a code is packed: timed, billed by the scalar path, and the code or its family."""

    TIMED = 1
    SCALAR = 2
    SLOT_SHIFT = 2


class UnitCapArray(NamedTuple):
    """
    A cap on units.

    Args:
        counted: Whether each code counts.
        by_discipline: Whether each discipline has a limit of its own.
        by_code: Whether each code has a limit of its own.
        limit: The lowest limit on any day.
    """

    counted: NDArray[np.bool_]
    by_discipline: bool
    by_code: bool
    limit: int


class AmountCapArray(NamedTuple):
    """
    A cap on dollars or relative value units.

    Args:
        of: What it caps.
        counted: Whether each code counts.
        by_discipline: Whether each discipline has a limit of its own.
        limit: The lowest limit on any day, exact.
    """

    of: CapOf
    counted: NDArray[np.bool_]
    by_discipline: bool
    limit: Decimal


class _Counted(NamedTuple):
    """What a policy's counting rules say of each code."""

    timed: NDArray[np.bool_]
    kind: NDArray[np.int16]
    scalar_code: NDArray[np.bool_]
    preference: list[int]
    caps: list[UnitCapArray]
    amount_caps: list[AmountCapArray]


_TIES = {
    TiePolicy.DOCUMENTED_ORDER: TIE_DOCUMENTED,
    TiePolicy.PREFERRED_CODES: TIE_PREFERRED,
    TiePolicy.HIGHEST_FEE: TIE_SCALAR,
}


class PolicyArrays(GrowingColumns):
    """
    The policies of the payers of a frame, each with a number.

    Args:
        codes: The codes.
        own_modifiers: The modifiers of services.
    """

    def __init__(self, codes: CodeArrays, own_modifiers: Sequence[tuple[str, ...]]) -> None:
        super().__init__(
            code_cell=np.int64,
            timed=np.bool_,
            kind=np.int64,
            preference=np.int64,
            split_row=np.int64,
            makes_units=np.bool_,
            bad_modifiers=np.bool_,
            exceeding=np.int64,
            partial=np.int64,
            tie=np.int8,
            capped=np.bool_,
            caps_amounts=np.bool_,
            caps_visits=np.bool_,
        )
        self._codes = codes
        self._own_modifiers = own_modifiers
        self.policies: list[Policy] = []
        self.days: list[date] = []
        self.caps: list[list[UnitCapArray]] = []
        self.amount_caps: list[list[AmountCapArray]] = []
        self._counted: dict[Counting, _Counted] = {}
        self._split_rows: dict[tuple[Counting, Any, Decimal], list[int]] = {}
        self._kinds: _Tables = _Tables()
        # Kind 0 is untimed codes. Their minutes make no unit.
        self._kinds.row(None, lambda: np.zeros(MINUTES_LIMIT, np.int64))
        self._splits: _Tables = _Tables()
        self._fewest: _Tables = _Tables()

    @property
    def minute_table(self) -> NDArray[np.int64]:
        """The cells of each kind of code and each number of minutes; see :class:`MinuteCell`."""
        return self._kinds.array

    @property
    def split_table(self) -> NDArray[np.int32]:
        """The remaining units with CQ or CO, by row, leftover minutes of the therapist and the assistant, and units."""
        return self._splits.array

    @property
    def fewest_table(self) -> NDArray[np.int32]:
        """The fewest minutes of an assistant that exceed the de minimis share, by row and minutes in all."""
        return self._fewest.array

    def add_policy(self, policy: Policy, day: date) -> int:
        """Add a policy as it is on *day*, and return its number."""
        counted = self._counted.get(policy.counting)
        if counted is None:
            counted = self._counted[policy.counting] = self._count(policy)
        split_row, exceeding = [0] * len(self._codes), 0
        if policy.modifiers.assistants is not AssistantRule.NONE:
            de_minimis = BUNDLED.on("assistant_de_minimis", day).amount
            split_row = self._split_row(policy, de_minimis)
            key = policy.modifiers.assistant_arithmetic, de_minimis
            exceeding = self._fewest.row(key, partial(_fewest_row, *key))
        self.policies.append(policy)
        self.days.append(day)
        self.caps.append(counted.caps)
        self.amount_caps.append(counted.amount_caps)
        counting = policy.counting
        return self.add(
            code_cell=self._code_cells(counted),
            timed=counted.timed,
            kind=counted.kind,
            preference=counted.preference,
            split_row=split_row,
            makes_units=_makes_units(policy, day),
            bad_modifiers=[_is_unknown(each, policy) for each in self._own_modifiers],
            exceeding=exceeding,
            partial=QUARTER if counting.method is None else total_partial_minutes(policy),
            tie=_TIES[counting.tie_policy],
            capped=counting.capped,
            caps_amounts=bool(counted.amount_caps),
            caps_visits=any(
                cap.of is CapOf.VISITS and cap.limit is not None for cap in counting.other_caps
            ),
        )

    def _code_cells(self, counted: _Counted) -> NDArray[np.int64]:
        every = np.arange(len(self._codes))
        slot = np.where(counted.timed, self._codes.family, every)
        cells: NDArray[np.int64] = slot << CodeCell.SLOT_SHIFT
        cells |= np.where(counted.timed, CodeCell.TIMED, 0)
        cells |= np.where(counted.scalar_code, CodeCell.SCALAR, 0)
        return cells

    def _count(self, policy: Policy) -> _Counted:
        counting, codes = policy.counting, self._codes.codes
        refused = refused_by_medicare() if counting.medicare_codes else frozenset()
        preferred = {code: place for place, code in enumerate(counting.preferred_codes)}
        timed = np.array([is_timed(code, policy) for code in codes])
        kinds, scalar = np.zeros(len(codes), np.int16), self._codes.special.copy()
        for index, code in enumerate(codes):
            facts = load_codes()[code]
            if code in refused:
                scalar[index] = True
            if not timed[index] or counting.method is None:
                continue
            if not facts.timed and (facts.adds_to or facts.add_on):
                scalar[index] = True
            add_on = facts.add_on if facts.timed else None
            further = None if add_on is None else unit_terms(add_on, policy)
            kinds[index] = self._kinds.row(
                (unit_terms(code, policy), further, add_on is None),
                partial(_minute_row, code, counting),
            )
        return _Counted(
            timed,
            kinds,
            scalar,
            [preferred.get(code, len(preferred)) for code in codes],
            _unit_caps(policy, timed, codes),
            _amount_caps(policy, codes),
        )

    def _split_row(self, policy: Policy, de_minimis: Decimal) -> list[int]:
        """
        Return for each code the row of the table of CQ and CO.

        -1 if no source is about its units, because they are not 15 minutes; then all units of the code are one service.
        """
        modifiers = policy.modifiers
        key = policy.counting, (modifiers.assistants, modifiers.assistant_arithmetic), de_minimis
        if key in self._split_rows:
            return self._split_rows[key]
        rows = []
        for code in self._codes.codes:
            facts = load_codes()[code]
            if not is_timed(code, policy) or policy.counting.method is None:
                rows.append(0)
                continue
            add_on = facts.add_on if facts.timed else None
            codes = [code] if add_on is None else [code, add_on]
            if any(unit_terms(each, policy).period != QUARTER for each in codes):
                rows.append(-1)
                continue
            fewest = unit_terms(code, policy).fewest
            of_cells = (*key[1], de_minimis, fewest)
            rows.append(self._splits.row(of_cells, partial(_split_cells, *of_cells)))
        self._split_rows[key] = rows
        return rows

    def why_no_unit(self, policy: int, clinician: int, discipline: int, kind: int) -> str:
        """Return why a class of services by a role makes no unit."""
        role, plan = CLINICIANS[clinician], DISCIPLINES[discipline]
        furnishers, day = self.policies[policy].furnishers, self.days[policy]
        return why_unbilled(furnishers.find(role, plan, CLASSES[kind], day), role, plan)


class _Tables:
    """Rows of a table, each compiled once."""

    def __init__(self) -> None:
        self._rows: dict[object, NDArray[Any]] = {}
        self._array: NDArray[Any] = np.zeros(0, np.int32)

    def row(self, key: object, compile_row: Callable[[], NDArray[Any]]) -> int:
        """Return the number of the row of *key*."""
        if key not in self._rows:
            self._rows[key] = compile_row()
            self._array = np.array(list(self._rows.values()))
        return list(self._rows).index(key)

    @property
    def array(self) -> NDArray[Any]:
        """The rows."""
        return self._array


@lru_cache(maxsize=256)
def _minute_row(code: str, counting: Counting) -> NDArray[np.int64]:
    policy, row = Policy(counting), np.zeros(MINUTES_LIMIT, np.int64)
    for minutes in range(MINUTES_LIMIT):
        split = split_minutes(code, minutes, policy)
        row[minutes] = split.full_units + alone_units(split)
        if split.alone_minutes is None:
            pooled = split.whole_units * QUARTER + split.leftover
            row[minutes] |= split.leftover << MinuteCell.LEFT_SHIFT
            row[minutes] |= 1 << MinuteCell.IN_TOTAL_SHIFT
            summed = pooled | pooled // QUARTER << MinuteCell.MINUTES_BITS
            row[minutes] |= summed << MinuteCell.SUM_SHIFT
    return row


@lru_cache(maxsize=64)
def _split_cells(
    rule: AssistantRule, arithmetic: AssistantArithmetic, de_minimis: Decimal, fewest: int
) -> NDArray[np.int32]:
    exceeds = _exceeds(arithmetic, de_minimis)
    cells = np.zeros((QUARTER, QUARTER, MOST_LEFT + 1), np.int32)
    for therapist, assistant, units in np.ndindex(cells.shape):
        if rule is AssistantRule.UNITS_2020:
            split = split_units_2020(
                therapist, assistant, units, unit_minutes=QUARTER, exceeds=exceeds
            )
        else:
            split = split_units_2022(
                therapist,
                assistant,
                units,
                unit_minutes=QUARTER,
                fewest_minutes=fewest,
                exceeds=exceeds,
            )
        cells[therapist, assistant, units] = split.left_with
    return cells


@lru_cache(maxsize=16)
def _fewest_row(arithmetic: AssistantArithmetic, de_minimis: Decimal) -> NDArray[np.int32]:
    exceeds = _exceeds(arithmetic, de_minimis)
    row, fewest = np.zeros(2 * MINUTES_LIMIT, np.int32), 1
    for total in range(len(row)):
        # More minutes in all never lower the assistant's minutes that exceed the share.
        while fewest <= total and not exceeds(fewest, total):
            fewest += 1
        row[total] = fewest
    return row


def _exceeds(arithmetic: AssistantArithmetic, de_minimis: Decimal) -> Exceeds:
    return partial(ARITHMETIC_RULES[arithmetic], de_minimis=de_minimis)


def _unit_caps(
    policy: Policy, timed: NDArray[np.bool_], codes: Sequence[str]
) -> list[UnitCapArray]:
    caps = []
    for cap in policy.counting.unit_caps:
        if cap.limit is None:
            continue
        counted = [
            counts_code(cap, code, timed=bool(each))
            for code, each in zip(codes, timed, strict=True)
        ]
        caps.append(
            UnitCapArray(
                np.array(counted),
                # A frame has one session of each discipline, so a cap for each session is one for each discipline.
                not {CapEach.DISCIPLINE, CapEach.SESSION}.isdisjoint(cap.each),
                CapEach.CODE in cap.each,
                int(_lowest(cap, cap.limit)),
            )
        )
    return caps


def _amount_caps(policy: Policy, codes: Sequence[str]) -> list[AmountCapArray]:
    return [
        AmountCapArray(
            cap.of,
            np.array([not cap.codes or code in cap.codes for code in codes]),
            CapEach.DISCIPLINE in cap.each,
            _lowest(cap, cap.limit),
        )
        for cap in policy.counting.other_caps
        if cap.of is not CapOf.VISITS and cap.limit is not None
    ]


def _lowest(cap: Cap, limit: Decimal) -> Decimal:
    """Return the lowest limit on any day; *limit* is that of a day without an evaluation."""
    others = (cap.with_evaluation, cap.with_re_evaluation)
    return min([limit, *(each for each in others if each is not None)])


def _makes_units(policy: Policy, day: date) -> list[list[list[bool]]]:
    makes = policy.furnishers.makes_units
    return [
        [[makes(who, plan, kind, day) for kind in CLASSES] for plan in DISCIPLINES]
        for who in CLINICIANS
    ]


def _is_unknown(modifiers: tuple[str, ...], policy: Policy) -> bool:
    try:
        require_known_modifiers(modifiers, policy)
    except TherapyBillingError:
        return True
    return False
