"""
Write records as JSON and read them back, and show results as text, HTML, and CSV.

- :func:`to_json` writes a record as a JSON document, and :func:`from_json` reads it back to an equal record.
- :func:`json_schema` returns the JSON Schema of a document; :func:`json_schema_names` lists the records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["from_json", "json_schema", "json_schema_names", "to_json"]

if TYPE_CHECKING:
    from therapy_billing.formats.json.documents import from_json, to_json
    from therapy_billing.formats.json.schemas import json_schema, json_schema_names
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "formats.json.documents": ("from_json", "to_json"),
            "formats.json.schemas": ("json_schema", "json_schema_names"),
        },
    )
