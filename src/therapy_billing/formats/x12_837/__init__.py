"""
Write and read professional claims as X12 837P files (005010X222A1).

- :func:`write_837p` returns a submission as the text of a file.
- :func:`read_837p` reads a file, and :func:`parse_837p` reads text. Both return :class:`ProfessionalClaims`, with a
  :class:`ClaimPosition` of each claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["ClaimPosition", "ProfessionalClaims", "parse_837p", "read_837p", "write_837p"]

if TYPE_CHECKING:
    from therapy_billing.formats.x12_837.reading import parse_837p, read_837p
    from therapy_billing.formats.x12_837.records import ClaimPosition, ProfessionalClaims
    from therapy_billing.formats.x12_837.writing import write_837p
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "formats.x12_837.reading": ("parse_837p", "read_837p"),
            "formats.x12_837.records": ("ClaimPosition", "ProfessionalClaims"),
            "formats.x12_837.writing": ("write_837p",),
        },
    )
