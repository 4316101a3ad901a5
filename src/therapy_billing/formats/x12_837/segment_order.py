"""The order of the segments in each loop of an 837P."""

from __future__ import annotations

from collections.abc import Mapping

from therapy_billing.base.x12 import Segment

__all__ = ["SegmentOrder"]

_LOOPS: Mapping[str, tuple[str, ...]] = {
    "HL": ("HL", "PRV", "SBR", "CUR", "PAT"),
    "NM1": ("NM1", "N3", "N4", "DMG", "PRV", "DTP", "REF", "PER"),
    "CLM": (
        *("CLM", "DTP", "PWK", "CN1", "AMT", "REF", "K3", "NTE", "CR1", "CR2", "CRC"),
        *("HI", "HCP"),
    ),
    "SBR": ("SBR", "CAS", "AMT", "OI", "MOA"),
    "LX": (
        *("LX", "SV1", "SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF"),
        *("AMT", "K3", "NTE", "PS1", "HCP"),
    ),
    "LIN": ("LIN", "CTP", "REF"),
    "SVD": ("SVD", "CAS", "DTP", "AMT"),
    "LQ": ("LQ", "FRM"),
}
"""The segments of each loop in order, by the segment that starts it. One order fits the loops of all parties."""

_RANKS = {start: {name: rank for rank, name in enumerate(loop)} for start, loop in _LOOPS.items()}
_KNOWN = frozenset(name for loop in _LOOPS.values() for name in loop)
_NO_LOOP: Mapping[str, int] = {}


class SegmentOrder:
    """
    Follow the segments of a transaction, and find those that are not in the order of their loop.

    Source:
        The order of the segments in the pyx12 map of 005010X222A1, which is a secondary source.

    >>> order = SegmentOrder()
    >>> [order.is_wrong(Segment(name, (), 1), in_claim=True) for name in ("LX", "SV1", "REF", "DTP", "LX")]
    [False, False, False, True, False]
    """

    def __init__(self) -> None:
        self._ranks = _NO_LOOP
        self._last = 0

    def is_wrong(self, segment: Segment, *, in_claim: bool) -> bool:
        """
        Return whether *segment* belongs before the one that was given last, or in another loop.

        Args:
            segment: The next segment.
            in_claim: Whether a CLM segment came before it. Then an SBR segment starts the loop of another payer.
        """
        name = segment.name
        if name in _RANKS and (name != "SBR" or in_claim):
            self._ranks, self._last = _RANKS[name], 0
            return False
        rank = self._ranks.get(name)
        if rank is None and name == "SV1":
            # The rest of a line follows, whether or not LX came first.
            self._ranks, self._last = _RANKS["LX"], _RANKS["LX"]["SV1"]
            return True
        if rank is None:
            # Segments that no loop has are reported as not read.
            return name in _KNOWN
        wrong = rank < self._last
        self._last = rank
        return wrong
