"""Read professional claims from X12 837P files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.validation import require_flag, require_type
from therapy_billing.base.wording import listed
from therapy_billing.base.x12 import Segment, X12Fault
from therapy_billing.base.x12_reading import SegmentReader, X12Source
from therapy_billing.claims.segment_remarks import SegmentRemark
from therapy_billing.formats.x12_837.records import ProfessionalClaims
from therapy_billing.formats.x12_837.segment_values import Remarks
from therapy_billing.formats.x12_837.transaction import Transaction
from therapy_billing.formats.x12_837.writing import GUIDE

__all__ = ["parse_837p", "read_837p"]

_OTHER_CLAIMS = re.compile("X(223|224|096|097)")
"""The guides of institutional and dental claims."""
_KIND = re.compile("[0-9]{3}", re.ASCII)
_NO_PAYERS: Mapping[str, str] = MappingProxyType({})


def read_837p(
    source: X12Source, *, names: bool = False, payers: Mapping[str, str] | None = None
) -> ProfessionalClaims:
    """
    Read professional claims from a file.

    Reading never changes an amount and never guesses one. Whatever a claim record cannot hold, and whatever is not as
    it should be, gets a remark with the position of its segment. No remark has a value of the file. The kinds of
    remarks never change: ``bad-date``, ``bad-number``, ``blanks``, ``empty-value``, ``envelope``, ``fifth-modifier``,
    ``hierarchy``, ``icd-9-qualifier``, ``lower-case``, ``not-professional``, ``not-read``, ``numbering``, ``order``,
    ``principal-diagnosis``, ``repeated``, ``total``, ``unknown-qualifier``, and ``version``.

    Without *names*, nothing that identifies a person is kept: names, addresses, birth dates, sexes, member ids, social
    security numbers, and notes. NPIs, account numbers, and the names of organizations stay, except the name of an
    employer who is the subscriber.

    The file is read in blocks, so its size does not matter. The result has all claims: a claim of three lines takes
    about 5 kB of memory.

    Args:
        source: The path of a file, an open file, or bytes. For text, use :func:`~therapy_billing.formats.parse_837p`.
        names: Whether to keep what identifies a person.
        payers: The library's name of each payer, by payer id, such as ``{"15202": "medicare"}``.

    Returns:
        One submission for each transaction (ST to SE), with remarks and positions.

    Raises:
        FileFormatError: If the file is not X12, has no usable ISA segment, or has no professional claims.
        InvalidInputError: If an argument is wrong.
        OSError: If the file cannot be opened.
    """
    require_flag(names, "names")
    if payers is not None:
        require_type(payers, Mapping, "payers")
    reader = SegmentReader(source)
    remarks = Remarks()
    kinds: list[str] = []
    found = [
        transaction.finish()
        for transaction in _transactions(reader, remarks, payers or _NO_PAYERS, kinds, names=names)
    ]
    if not found:
        msg = f"expected professional claims (837P), found {_found(kinds)}"
        raise FileFormatError(msg, reader.name)
    faults = map(_envelope_remark, reader.faults)
    return ProfessionalClaims(
        tuple(submission for submission, _ in found),
        tuple(sorted((*faults, *remarks.found), key=_position)),
        tuple(positions for _, positions in found),
    )


def parse_837p(
    text: str, *, names: bool = False, payers: Mapping[str, str] | None = None
) -> ProfessionalClaims:
    """
    Read professional claims from the text of a file. See :func:`~therapy_billing.read_837p`.

    Args:
        text: The text.
        names: Whether to keep what identifies a person.
        payers: The library's name of each payer, by payer id.

    Raises:
        FileFormatError: If the text is not X12, has no usable ISA segment, or has no professional claims.
        InvalidInputError: If an argument is wrong.
    """
    require_type(text, str, "text")
    return read_837p(io.StringIO(text), names=names, payers=payers)


def _transactions(
    reader: SegmentReader,
    remarks: Remarks,
    payers: Mapping[str, str],
    kinds: list[str],
    *,
    names: bool,
) -> Iterator[Transaction]:
    """Yield each professional transaction when all its segments were read. Add the kind of each one to *kinds*."""
    transaction: Transaction | None = None
    version = ""
    for segment in reader:
        if segment.name in ("ISA", "IEA", "GS", "GE", "ST", "SE"):
            if transaction is not None:
                yield transaction
                transaction = None
            if segment.name == "GS":
                version = segment[8]
            elif segment.name == "ST":
                kinds.append(segment[1])
                if _is_professional(segment, version, remarks):
                    transaction = Transaction(remarks, payers, names=names)
        elif transaction is not None:
            transaction.read(segment)
    if transaction is not None:
        yield transaction


def _envelope_remark(fault: X12Fault) -> SegmentRemark:
    message = f"{fault.place} {fault.message}" if fault.element else fault.message
    return SegmentRemark("envelope", fault.position, fault.segment, message)


def _position(remark: SegmentRemark) -> int:
    return remark.position


def _is_professional(segment: Segment, group_version: str, remarks: Remarks) -> bool:
    version = segment[3].strip() or group_version.strip()
    if segment[1] != "837" or _OTHER_CLAIMS.search(version):
        message = "this transaction is not a professional claim, and was not read"
        remarks.add("not-professional", segment, message)
        return False
    if version != GUIDE:
        remarks.add("version", segment, f"the version is not {GUIDE}")
    return True


def _found(kinds: Iterable[str]) -> str:
    known = sorted({kind if _KIND.fullmatch(kind) else "another transaction" for kind in kinds})
    if known == ["837"]:
        return "institutional or dental claims"
    return listed(known) if known else "no transaction"
