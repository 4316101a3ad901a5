r"""
Write the files of a pack: TOML and CSV tables, and pack.toml.

The same contents always make the same bytes: keys in the order given, ``\n`` as line ending, UTF-8, and no clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

import attrs

from therapy_billing.base.data_packs import (
    Assumption,
    Correction,
    PackCheck,
    PackSource,
    rows_of_table,
)

__all__ = [
    "Table",
    "csv_text",
    "pack_text",
    "sha256_of",
    "toml_text",
]

Table: TypeAlias = Mapping[str, Any]
"""Values by key: strings, numbers, dates, lists of strings, tables, and lists of tables."""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_FIRST_PRINTABLE, _DELETE = 0x20, 0x7F


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 hash of *content* in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def csv_text(captions: str, rows: Iterable[Sequence[object]]) -> str:
    r"""
    Return a CSV table.

    Args:
        captions: The captions, separated by spaces.
        rows: The rows. They are sorted, so that the table does not depend on the order of the files.

    >>> csv_text("code units", [("97530", 6), ("97010", 0)])
    'code,units\n97010,0\n97530,6\n'
    """
    import csv  # noqa: PLC0415 - only a build needs these two
    import io  # noqa: PLC0415

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(captions.split())
    writer.writerows(sorted(tuple(map(str, row)) for row in rows))
    return text.getvalue()


def toml_text(table: Table) -> str:
    """
    Return *table* as TOML: first its values, then its tables, then its arrays of tables.

    >>> print(toml_text({"unit": "USD", "value": [{"from": date(2027, 1, 1), "amount": Decimal("2.50")}]}), end="")
    unit = "USD"
    <BLANKLINE>
    [[value]]
    from = 2027-01-01
    amount = 2.50
    """
    return "\n".join(_blocks(table, "", ""))


def _blocks(table: Table, heading: str, path: str) -> list[str]:
    """Return the text of a table and of the tables in it, each as one block that ends with a line ending."""
    lines = [heading] if heading else []
    blocks: list[str] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            blocks += _blocks(value, f"[{path}{key}]", f"{path}{key}.")
        elif isinstance(value, Sequence) and _are_tables(value):
            for row in value:
                blocks += _blocks(row, f"[[{path}{key}]]", f"{path}{key}.")
        else:
            lines.append(f"{key} = {_shown(value)}")
    return [*(["".join(f"{line}\n" for line in lines)] if lines else []), *blocks]


def _are_tables(values: Sequence[Any]) -> bool:
    return bool(values) and isinstance(values[0], Mapping)


def _shown(value: Any) -> str:  # noqa: ANN401 - a value of TOML
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{"".join(map(_escaped, value))}"'
        case Decimal() | int() | date():
            return str(value)
        case _:
            return f"[{', '.join(map(_shown, value))}]"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if ord(character) < _FIRST_PRINTABLE or ord(character) == _DELETE:
        return f"\\u{ord(character):04x}"
    return character


def pack_text(
    *,
    name: str,
    first: date,
    through: date,
    remarks: Sequence[str],
    sources: Sequence[PackSource],
    tables: Mapping[str, str],
    assumptions: Sequence[Assumption],
    corrections: Sequence[Correction],
    checks: Sequence[PackCheck],
) -> str:
    """
    Return the text of pack.toml.

    Args:
        name: The name of the pack.
        first: The first date of service of the pack.
        through: The last one.
        remarks: What a reader of the pack should know.
        sources: The files that the pack was made from.
        tables: The text of each data file, by path.
        assumptions: What the pack takes for granted.
        corrections: The earlier values that it changes.
        checks: What was verified.
    """
    arrays = {
        "source": [
            attrs.asdict(source) for source in sorted(sources, key=lambda source: source.name)
        ],
        "table": [
            {"path": path, "sha256": sha256_of(text.encode()), "rows": rows_of_table(path, text)}
            for path, text in sorted(tables.items())
        ],
        "assumption": [_assumption(each) for each in assumptions],
        "correction": [attrs.asdict(each) for each in corrections],
        "check": [attrs.asdict(check) for check in checks],
    }
    return toml_text(
        {
            "name": name,
            "from": first,
            "through": through,
            **({"remark": "; ".join(remarks)} if remarks else {}),
            **{key: rows for key, rows in arrays.items() if rows},
        }
    )


def _assumption(assumption: Assumption) -> Table:
    return {
        "id": assumption.id,
        "text": assumption.text,
        "by": assumption.by,
        **({"date": assumption.made_on} if assumption.made_on else {}),
        "from": assumption.effective_from,
        "through": assumption.effective_through,
        "files": assumption.files,
    }
