"""
Read one 837P transaction, ST to SE, segment by segment.

A segment belongs to the innermost loop that is open: the line, the other payer, the claim, or the hierarchical level.
N3, N4, PER, DMG, PRV, and REF segments belong to the NM1 segment before them. Files in the wild have segments in the
wrong order and levels that contradict each other. Such a file is read, and each fault gets a remark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.x12 import Segment, parse_x12_date
from therapy_billing.base.x12_envelope import LONG_TIME
from therapy_billing.claims.coverage import Coverage, Patient, PriorPayment, Subscriber
from therapy_billing.claims.parties import BillingProvider
from therapy_billing.claims.submission import Submission
from therapy_billing.formats.x12_837.claim_reader import ClaimReader
from therapy_billing.formats.x12_837.open_loops import OpenLoops
from therapy_billing.formats.x12_837.party_reader import PartyReader
from therapy_billing.formats.x12_837.records import ClaimPosition
from therapy_billing.formats.x12_837.segment_order import SegmentOrder
from therapy_billing.formats.x12_837.segment_values import Draft, Remarks, SegmentValues

__all__ = ["Transaction"]

_NUMBER = re.compile("[1-9][0-9]{0,11}", re.ASCII)


class Transaction:
    """
    Read the segments of one transaction.

    Args:
        remarks: Where remarks go.
        payers: The library's name of each payer, by payer id.
        names: Whether names and other data of persons are kept.
    """

    def __init__(self, remarks: Remarks, payers: Mapping[str, str], *, names: bool) -> None:
        self._remarks = remarks
        self._loops = OpenLoops(payers, names=names)
        self._order = SegmentOrder()
        self._numbers: dict[str, str] = {}
        self._numbers_used: set[str] = set()
        self._last_number = 0
        self._level: SegmentValues | None = None
        self._readers: Mapping[str, Callable[[SegmentValues], None]] = {
            "BHT": self._read_bht,
            "HL": self._read_hl,
            "SBR": self._read_sbr,
            "PAT": self._read_pat,
            **PartyReader(self._loops).readers,
            **ClaimReader(self._loops).readers,
        }

    def read(self, segment: Segment) -> None:
        """Read a segment between ST and SE."""
        values = SegmentValues(segment, self._remarks)
        reader = self._readers.get(segment.name, SegmentValues.skip)
        in_claim = self._loops.claim is not None
        reader(values)
        is_wrong = not values.is_skipped and self._order.is_wrong(segment, in_claim=in_claim)
        # A segment whose loop is missing has a better remark.
        if is_wrong and not values.has_remark:
            values.remark("order", "this segment is not in the order of the guide")
        values.finish()

    def finish(self) -> tuple[Submission, tuple[ClaimPosition, ...]]:
        """Return the submission, and the position of each of its claims."""
        self._end_level("")
        submission: Submission = self._loops.submission.build(names=self._loops.names)
        return attrs.evolve(submission, claims=tuple(self._loops.claims)), tuple(
            self._loops.positions
        )

    def _read_bht(self, values: SegmentValues) -> None:
        # The date and the time are those of the file, and no record has them.
        try:
            parse_x12_date(values.raw(4))
        except InvalidInputError:
            values.remark("bad-date", "BHT04 is not a date of eight digits")
        if not LONG_TIME.fullmatch(values.raw(5)):
            values.remark("bad-date", "BHT05 is not a time")
        if self._loops.submission.values.keys() & {"submitter", "receiver"}:
            values.remark("order", "this segment is not in the order of the guide")
        if values.raw(1) != "0019":
            values.remark("unknown-qualifier", "BHT01 is not 0019")
        self._loops.submission.set("purpose", values.text(2), values)
        self._loops.submission.set("reference", values.text(3), values)
        self._loops.submission.set("use", values.text(6), values)

    def _read_hl(self, values: SegmentValues) -> None:
        number, parent, level = (values.raw(element) for element in (1, 2, 3))
        values.ignore(4)
        if number in self._numbers_used:
            values.remark("hierarchy", "HL01 is the number of an earlier level")
        elif number != str(self._last_number + 1):
            values.remark("hierarchy", "HL01 is not the number after that of the level before it")
        self._numbers_used.add(number)
        self._last_number = int(number) if _NUMBER.fullmatch(number) else self._last_number + 1
        if level not in ("20", "22", "23"):
            values.remark("not-read", "this level is not read")
            self._end_level(level)
            self._loops.set_entity("other")
            return
        self._end_level(level)
        self._numbers[level] = number
        expected = {"20": "", "22": self._numbers.get("20"), "23": self._numbers.get("22")}[level]
        if parent != expected:
            values.remark("hierarchy", "HL02 is not the number of the level above it")
        self._level = values
        self._loops.level_claims = 0
        self._loops.property_number = None
        if level != "23":
            self._loops.subscriber_number = None
        self._loops.patient = None
        self._loops.relationship = None
        self._loops.parties = None
        if level == "20":
            self._loops.billing = Draft(BillingProvider)
            self._loops.coverage = self._loops.subscriber = None
        elif level == "22":
            self._loops.coverage = Draft(Coverage)
            self._loops.subscriber = Draft(Subscriber)
        else:
            self._loops.patient = Draft(Patient)
            if self._loops.coverage is not None and "relationship" in self._loops.coverage.values:
                message = "SBR02 must be empty if the patient has a level of their own"
                values.remark("hierarchy", message)

    def _end_level(self, next_level: str) -> None:
        """End the claim and the level. Check whether the level has what it announced."""
        self._loops.end_claim()
        self._loops.set_entity("")
        values, self._level = self._level, None
        if values is None:
            return
        level, child = values.raw(3), values.raw(4)
        has_child = (level, next_level) in (("20", "22"), ("22", "23"))
        if child != ("1" if has_child else "0"):
            values.remark("hierarchy", "HL04 does not say whether a level below it follows")
        if not has_child and not self._loops.level_claims:
            values.remark("hierarchy", "this level has no claim")

    def _read_sbr(self, values: SegmentValues) -> None:
        self._loops.set_entity("")
        if self._loops.claim is None:
            if self._loops.coverage is None:
                values.remark("hierarchy", "the level of the subscriber (HL) is missing")
                self._loops.coverage = Draft(Coverage)
                self._loops.subscriber = Draft(Subscriber)
            coverage = self._loops.coverage
        else:
            if self._loops.line is not None:
                values.remark("order", "another payer follows a line")
            coverage = Draft(Coverage)
            self._loops.other = Draft(PriorPayment, coverage=coverage, subscriber=Draft(Subscriber))
            others: list[Draft] = self._loops.claim.parties.values.setdefault("prior_payments", [])
            others.append(self._loops.other)
            self._loops.line = self._loops.payment = None
        for number, field in (
            (1, "order"),
            (2, "relationship"),
            (3, "group_number"),
            (4, "group_name"),
            (5, "msp_type"),
            (9, "filing_indicator"),
        ):
            coverage.set(field, values.text(number), values)

    def _read_pat(self, values: SegmentValues) -> None:
        if self._loops.patient is None or self._loops.claim is not None:
            values.skip()
            return
        if self._loops.relationship is not None:
            values.remark("repeated", "PAT01 is given a second time; only the first one was read")
        relationship = values.text(1)
        self._loops.relationship = self._loops.relationship or relationship
