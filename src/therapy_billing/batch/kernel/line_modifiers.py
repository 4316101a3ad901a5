"""The modifiers of claim lines as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from therapy_billing.batch.kernel.code_arrays import DISCIPLINES
from therapy_billing.batch.kernel.lazy_table import GrowingColumns
from therapy_billing.batch.kernel.reasons import Reasons
from therapy_billing.claims.attestations import Attestations, with_distinct
from therapy_billing.claims.records import ClaimLine
from therapy_billing.claims.rules.line_modifiers import ordered
from therapy_billing.codes.modifiers import (
    assistant_modifiers,
    liability_modifiers,
    load_modifiers,
    plan_modifiers,
)

__all__ = ["OWED_BY_NOBODY", "OWED_BY_PATIENT", "OWED_BY_PROVIDER", "LineModifiers"]

OWED_BY_PROVIDER, OWED_BY_PATIENT, OWED_BY_NOBODY = 0, 1, 2
"""Who owes the charge of a denied line. The last one: the modifiers contradict each other, or none says it."""
_OWED = {"provider": OWED_BY_PROVIDER, "patient": OWED_BY_PATIENT}


class LineModifiers(GrowingColumns):
    """
    The modifiers of claim lines, each tuple with a number.

    Args:
        own: The modifiers of services.
        attested: The attestations for every day.
        reasons: The texts.
    """

    def __init__(
        self, own: Sequence[tuple[str, ...]], attested: Attestations, reasons: Reasons
    ) -> None:
        super().__init__(
            assistant=np.bool_, liability=np.bool_, denied=np.int32, unpaid=np.bool_, owed=np.int8
        )
        self._own, self._attested, self._reasons = own, attested, reasons
        self._numbers: dict[tuple[str, ...], int] = {}
        self._ranks = np.zeros(0, np.int64)

    @property
    def tuples(self) -> tuple[tuple[str, ...], ...]:
        """Every tuple of modifiers, by number."""
        return tuple(self._numbers)

    def number(self, modifiers: tuple[str, ...]) -> int:
        """Return the number of *modifiers*."""
        if modifiers not in self._numbers:
            facts = load_modifiers()
            denying = [each for each in modifiers if each in facts and not facts[each].paid]
            owed = {facts[each].owed_by for each in modifiers if each in facts} - {None}
            self.add(
                assistant=not set(modifiers).isdisjoint(assistant_modifiers().values()),
                liability=not liability_modifiers().isdisjoint(modifiers),
                denied=self._reasons.number(denying[0]) if denying else 0,
                unpaid=bool(denying),
                owed=_OWED.get(str(owed.pop()), OWED_BY_NOBODY)
                if len(owed) == 1
                else OWED_BY_NOBODY,
            )
            self._numbers[modifiers] = len(self._numbers)
        return self._numbers[modifiers]

    def of_line(
        self, discipline: int, code: str, own: int, order: Sequence[str], *, marked: bool
    ) -> int:
        """
        Return the number of the modifiers of a line, without KX.

        Args:
            discipline: The discipline.
            code: The code.
            own: The number of the modifiers of its services.
            order: The order of modifiers that the payer wants.
            marked: Whether the line has CQ or CO.
        """
        plan = DISCIPLINES[discipline]
        added = [plan_modifiers()[plan]]
        if marked:
            added.append(assistant_modifiers()[plan])
        modifiers = ordered((*added, *self._own[own]), order=order)
        (line,) = with_distinct([ClaimLine(code, 1, modifiers)], self._attested, order=order)
        return self.number(line.modifiers)

    def with_kx(self, number: int, order: Sequence[str]) -> int:
        """Return the number of modifiers with KX added."""
        return self.number(ordered((*self.tuples[number], "KX"), order=order))

    @property
    def ranks(self) -> NDArray[np.int64]:
        """The rank of each number, as the scalar path sorts modifiers."""
        ranks = self._ranks
        if len(ranks) != len(self):
            # Another thread may set the attribute at the same time, to fewer ranks than this one needs.
            ranks = self._ranks = ranks_of(self.tuples)
        return ranks


def ranks_of(tuples: Sequence[tuple[str, ...]]) -> NDArray[np.int64]:
    """
    Return the rank of each tuple in sorted order.

    >>> ranks_of([("GP",), ("GO",)]).tolist()
    [1, 0]
    """
    ranks = np.zeros(len(tuples), np.int64)
    ranks[sorted(range(len(tuples)), key=tuples.__getitem__)] = np.arange(len(tuples))
    return ranks
