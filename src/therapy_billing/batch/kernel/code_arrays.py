"""The facts about codes as arrays, by the number of the code."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.errors import TherapyBillingError
from therapy_billing.codes.code_book import code_in_force, first_of_family, load_codes
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import Clinician, Discipline, ServiceClass

__all__ = ["ASSISTANT", "CLASSES", "CLINICIANS", "DISCIPLINES", "CodeArrays"]

DISCIPLINES = tuple(Discipline)
CLINICIANS = tuple(Clinician)
CLASSES = tuple(ServiceClass)
ASSISTANT = CLINICIANS.index(Clinician.ASSISTANT)


class CodeArrays:
    """
    The facts about every code in the data.

    Attributes:
        codes: The codes in order; the number of a code is its index.
        numbers: The number of each code.
        family: The first code of the family of an add-on code; else the code itself.
        add_on: The add-on code of the first code of a timed family; else -1.
        is_add_on: Whether the code follows another one.
        once: Whether the code is untimed and has at most one unit a day.
        timed: Whether the code is timed.
        service_class: The index in ``CLASSES``.
        therapist_only: Whether the code is an evaluation.
        takes_modifier: Whether its units can carry CQ or CO.
        by_month: Whether it counts the minutes of a calendar month.
        special: Whether it is untimed and depends on other codes of the day or on the month.
        assistant_plan: Whether a discipline has a modifier for assistants.
    """

    def __init__(self) -> None:
        book = load_codes()
        self.codes: tuple[str, ...] = tuple(sorted(book))
        self.numbers: dict[str, int] = {code: index for index, code in enumerate(self.codes)}
        numbers = self.numbers
        facts = [book[code] for code in self.codes]
        self.family: NDArray[np.int64] = np.array(
            [numbers[first_of_family(code)] for code in self.codes]
        )
        self.add_on: NDArray[np.int64] = np.array(
            [numbers[each.add_on] if each.add_on and each.timed else -1 for each in facts]
        )
        self.is_add_on: NDArray[np.bool_] = np.array([bool(each.adds_to) for each in facts])
        self.once: NDArray[np.bool_] = np.array([each.once for each in facts])
        self.timed: NDArray[np.bool_] = np.array([each.timed for each in facts])
        self.service_class: NDArray[np.int64] = np.array(
            [CLASSES.index(each.service_class) for each in facts]
        )
        self.therapist_only: NDArray[np.bool_] = np.array([each.therapist_only for each in facts])
        self.takes_modifier: NDArray[np.bool_] = np.array(
            [each.assistant_modifier for each in facts]
        )
        self.by_month: NDArray[np.bool_] = np.array(
            [each.month_minutes is not None for each in facts]
        )
        after_others = np.array([each.beyond is not None for each in facts])
        self.special: NDArray[np.bool_] = ~self.timed & (
            self.is_add_on | after_others | self.by_month
        )
        self.assistant_plan: NDArray[np.bool_] = np.array(
            [plan in assistant_modifiers() for plan in DISCIPLINES]
        )

    def __len__(self) -> int:
        return len(self.codes)

    def in_force(self, days: Sequence[date]) -> NDArray[np.bool_]:
        """Return whether each code is in force on each of *days*."""
        return np.array([[_is_in_force(code, day) for code in self.codes] for day in days])

    def why_not_in_force(self, code: int, day: date) -> str:
        """Return why a code is not in force on *day*; empty if it is."""
        try:
            code_in_force(self.codes[code], day)
        except TherapyBillingError as error:
            return str(error)
        return ""


def _is_in_force(code: str, day: date) -> bool:
    try:
        code_in_force(code, day)
    except TherapyBillingError:
        return False
    return True
