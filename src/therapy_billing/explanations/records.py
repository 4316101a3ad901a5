"""Explanations."""

from __future__ import annotations

import attrs

from therapy_billing.base.choices import parse_choice
from therapy_billing.base.data_loader import data_version
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.claims.records import Claim
from therapy_billing.explanations.letter import write_letter
from therapy_billing.explanations.letter_records import Letter, LetterAudience
from therapy_billing.explanations.step_record import Step
from therapy_billing.pricing.records import PricedDay
from therapy_billing.units.allocation_record import Allocation

__all__ = ["Explanation"]


@attrs.frozen
class Explanation(DictRecord):
    """
    The steps that led to a result, in reading order.

    The text shows each rule and each source in full the first time, and briefly after that.

    Args:
        steps: The steps.
        assumptions: What data packs assume about the data behind the result.
        data: The version of the library and the data packs that the result rests on.
        result: The result that is explained; None for the fee of a code.
    """

    _dict_fields = ("steps", "assumptions", "data")

    steps: tuple[Step, ...]
    assumptions: tuple[str, ...] = ()
    data: DataVersion = attrs.field(factory=data_version)
    result: Allocation | Claim | PricedDay | None = attrs.field(default=None, repr=False)

    def letter(self, audience: LetterAudience | str) -> Letter:
        """
        Return the explanation as a letter of one page.

        Args:
            audience: Who reads it: ``payer``, ``auditor``, or ``patient``.

        Raises:
            InvalidInputError: If the audience is none of these, the explanation explains only the fee of a code, or its
                steps are not those of its result.

        >>> from therapy_billing import MEDICARE, allocate_units, explain
        >>> explain(allocate_units({"97530": 20, "97110": 20}, MEDICARE)).letter("payer").conclusion
        'The minutes and services in the record make 3 units.'
        """
        reader = parse_choice(audience, LetterAudience, "audience")
        if self.result is None:
            msg = "only the explanation of an Allocation, a Claim, or a PricedDay makes a letter: use explain(result)"
            raise InvalidInputError(msg, field="result")
        return write_letter(self.result, self.steps, self.data, reader)

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
