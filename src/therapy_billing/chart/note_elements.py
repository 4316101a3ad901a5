"""Load the note elements that the Medicare manual does not require. The file is ``rules/documentation.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from therapy_billing.base.data_loader import read_toml
from therapy_billing.findings.records import Severity

__all__ = ["OTHER_CODES", "NoteElement", "note_elements"]

OTHER_CODES = "other"
"""Key of the elements that apply to every code without its own elements."""


class NoteElement(NamedTuple):
    """
    Something that a note should contain.

    Args:
        rule: The id of the rule that requires it.
        field: The field of the note, or of the note entries for the code.
        words: The element in words, as findings name it.
        severity: The severity of the finding if the element is missing.
    """

    rule: str
    field: str
    words: str
    severity: Severity


@cache
def note_elements() -> Mapping[str | None, tuple[NoteElement, ...]]:
    """
    Return the elements of a note by code.

    The elements of the whole note have the key None. The elements for codes without their own elements have
    the key :data:`OTHER_CODES`.

    >>> [element.words for element in note_elements()["97140"]]
    ['the technique', 'the body region']
    """
    elements: dict[str | None, tuple[NoteElement, ...]] = {}
    for row in read_toml("rules/documentation.toml")["element"]:
        element = NoteElement(row["rule"], row["field"], row["words"], Severity(row["severity"]))
        code = row.get("code")
        elements[code] = (*elements.get(code, ()), element)
    return elements
