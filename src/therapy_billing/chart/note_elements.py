"""What a note must contain beyond what the manual requires of every note, read from ``rules/documentation.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from therapy_billing.base.data_loader import read_toml
from therapy_billing.findings.records import Severity

__all__ = ["OTHER_CODES", "NoteElement", "note_elements"]

OTHER_CODES = "other"
"""Stands for every code without elements of its own."""


class NoteElement(NamedTuple):
    """
    Something that a note must contain.

    Args:
        rule: The rule that asks for it.
        field: The field of the note or, for a code, of its entries.
        words: The element in words.
        severity: What its absence leads to.
    """

    rule: str
    field: str
    words: str
    severity: Severity


@cache
def note_elements() -> Mapping[str | None, tuple[NoteElement, ...]]:
    """
    Return the elements of a note by code: None for the whole note, :data:`OTHER_CODES` for other codes.

    >>> [element.words for element in note_elements()["97140"]]
    ['the technique', 'the region']
    """
    elements: dict[str | None, tuple[NoteElement, ...]] = {}
    for row in read_toml("rules/documentation.toml")["element"]:
        element = NoteElement(row["rule"], row["field"], row["words"], Severity(row["severity"]))
        code = row.get("code")
        elements[code] = (*elements.get(code, ()), element)
    return elements
