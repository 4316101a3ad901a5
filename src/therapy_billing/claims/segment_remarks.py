"""What a reader of a claim file skipped or found odd, by the segment of the file."""

from __future__ import annotations

import attrs

from therapy_billing.base.validation import checked

__all__ = ["SegmentRemark"]


@attrs.frozen(field_transformer=checked)
class SegmentRemark:
    """
    One thing in a claim file that a claim record cannot hold, or that is not as it should be.

    Args:
        kind: What it is, such as ``"icd-9-qualifier"``. Kinds never change.
        position: The position of the segment in the file, counted from 1.
        segment: The name of the segment, such as ``"CLM"``. It is empty if no transaction has such a segment.
        message: What is odd. It contains no value of the file.

    Raises:
        InvalidInputError: If a value has the wrong type.

    >>> SegmentRemark("total", 18, "CLM", "the claim's total is not the sum of its lines").segment
    'CLM'
    """

    kind: str
    position: int
    segment: str
    message: str

    @property
    def place(self) -> str:
        """The position and the name of the segment, such as ``segment 18 (CLM)``."""
        return f"segment {self.position}" + (f" ({self.segment})" if self.segment else "")
