"""Citations: where a statement comes from, and how that was checked."""

from __future__ import annotations

import attrs

from therapy_billing.base.choices import Choice
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import checked

__all__ = ["Source", "Verification", "parse_source"]


class Verification(Choice):
    """How a statement was checked against its source."""

    OFFICIAL = "official"
    """Read in the official document, or on a Medicare contractor's page."""
    SECONDARY = "secondary"
    """Read in a secondary source that reports an official rule."""
    DATA_FILE = "data-file"
    """Read from, or computed from, a published data file."""
    DERIVED = "derived"
    """Our own arithmetic or reasoning, based on sources."""
    UNVERIFIED = "unverified"
    """General knowledge, not checked against a document."""


@attrs.frozen(field_transformer=checked)
class Source(DictRecord):
    """
    A citation.

    Args:
        title: The document.
        section: Chapter, section, or column of the document. May be empty.
        url: Where to read it. May be empty.
        verified: How it was checked.
        dated: The date or edition of the document, or of the release of a data file. May be empty.
    """

    title: str
    section: str
    url: str
    verified: Verification
    dated: str = ""

    def __str__(self) -> str:
        section = f", {self.section}" if self.section else ""
        url = f" <{self.url}>" if self.url else ""
        return f"{self.title}{section}{url} ({self.verified.value})"


def parse_source(row: dict[str, str]) -> Source:
    """
    Return the citation in *row* of a data file.

    >>> str(parse_source({"title": "Pub. 100-04", "section": "ch. 5", "verified": "secondary"}))
    'Pub. 100-04, ch. 5 (secondary)'
    """
    return Source(
        title=row["title"],
        section=row.get("section", ""),
        url=row.get("url", ""),
        verified=Verification(row["verified"]),
        dated=row.get("dated", ""),
    )
