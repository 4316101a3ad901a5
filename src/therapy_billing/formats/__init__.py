"""
Write records as JSON and read them back, exchange claims with other programs, and show results as text, HTML, and CSV.

- :func:`to_json` writes a record as a JSON document, and :func:`from_json` reads it back to an equal record.
- :func:`json_schema` returns the JSON Schema of a document; :func:`json_schema_names` lists the records.
- :func:`write_837p` writes a submission as an X12 837P file. :func:`read_837p` reads a file, and :func:`parse_837p`
  reads text, to :class:`ProfessionalClaims`, with a :class:`ClaimPosition` of each claim. :class:`Delimiters` changes the
  delimiters.
- :func:`visit_screen` returns a prepared visit as the screen of an EMR, as HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "ClaimPosition",
    "Delimiters",
    "ProfessionalClaims",
    "from_json",
    "json_schema",
    "json_schema_names",
    "parse_837p",
    "read_837p",
    "to_json",
    "visit_screen",
    "write_837p",
]

if TYPE_CHECKING:
    from therapy_billing.base.x12 import Delimiters
    from therapy_billing.formats.json.documents import from_json, to_json
    from therapy_billing.formats.json.schemas import json_schema, json_schema_names
    from therapy_billing.formats.visit_html import visit_screen
    from therapy_billing.formats.x12_837.reading import parse_837p, read_837p
    from therapy_billing.formats.x12_837.records import ClaimPosition, ProfessionalClaims
    from therapy_billing.formats.x12_837.writing import write_837p
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "base.x12": ("Delimiters",),
            "formats.json.documents": ("from_json", "to_json"),
            "formats.json.schemas": ("json_schema", "json_schema_names"),
            "formats.visit_html": ("visit_screen",),
            "formats.x12_837.reading": ("parse_837p", "read_837p"),
            "formats.x12_837.records": ("ClaimPosition", "ProfessionalClaims"),
            "formats.x12_837.writing": ("write_837p",),
        },
    )
