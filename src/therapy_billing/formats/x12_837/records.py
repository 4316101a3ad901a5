"""What an 837P file contains: submissions, remarks, and where each claim is in the file."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from therapy_billing.claims.professional_claim import ProfessionalClaim
from therapy_billing.claims.segment_remarks import SegmentRemark
from therapy_billing.claims.submission import Submission

__all__ = ["ClaimPosition", "ProfessionalClaims"]


@attrs.frozen
class ClaimPosition:
    """
    Where a claim is in its file. Positions count segments, from 1.

    Args:
        segment: The position of its CLM segment.
        lines: The position of the LX segment of each line, or of the line's first segment if it has no LX.
    """

    segment: int
    lines: tuple[int, ...]


@attrs.frozen
class ProfessionalClaims:
    """
    The contents of an 837P file.

    Args:
        submissions: One for each transaction (ST to SE).
        remarks: What was not read or is not as it should be, in the order of the file. They contain no value of the
            file.
        positions: For each submission, the position of each of its claims.
    """

    submissions: tuple[Submission, ...]
    remarks: tuple[SegmentRemark, ...]
    positions: tuple[tuple[ClaimPosition, ...], ...]

    @property
    def claims(self) -> tuple[ProfessionalClaim, ...]:
        """The claims of all submissions."""
        return tuple(claim for submission in self.submissions for claim in submission.claims)

    def located(self) -> Iterator[tuple[ProfessionalClaim, ClaimPosition]]:
        """Iterate over the claims of all submissions, each with its position."""
        for submission, positions in zip(self.submissions, self.positions, strict=True):
            yield from zip(submission.claims, positions, strict=True)
