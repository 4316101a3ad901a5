"""
Write the JSON Schema of each record to the library's own files.

Run this after a change to a record or to the forms: ``python scripts/write_json_schemas.py``. A test fails until the files fit.
"""

from __future__ import annotations

import json
from pathlib import Path

import therapy_billing
from therapy_billing.formats.json.kinds import KINDS
from therapy_billing.formats.json.schemas import VERSION, build_schema

FOLDER = Path(therapy_billing.__file__).with_name("formats") / "json" / "schemas"


def schema_text(name: str) -> str:
    """Return the text of the schema file of the record *name*."""
    return json.dumps(build_schema(name), indent=1) + "\n"


def main() -> None:
    """Write every schema file."""
    FOLDER.mkdir(exist_ok=True)
    for name in KINDS:
        path = FOLDER / f"{name}.v{VERSION}.json"
        path.write_text(schema_text(name), encoding="utf-8")
        print(f"wrote {path.name}")


if __name__ == "__main__":
    main()
