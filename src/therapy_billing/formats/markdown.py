"""Show letters as Markdown. All text is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from therapy_billing.explanations.letter_records import Letter, LetterCitation

__all__ = ["display"]

_SPECIAL = re.compile(r"([\\`*_{}<>\[\]#|~]|&(?=#?[0-9A-Za-z]+;))")
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\\]+")
"""An address that Markdown shows between < and > as it is."""


def _letter(record: Letter) -> str:
    head, *rows = record.table()
    parts = [f"# {_escaped(record.title)}"]
    parts += [f"{_escaped(name)}: {_escaped(value)}" for name, value in record.facts]
    parts.append("\n".join([_row(head), _row(["---"] * len(head), escaped=True), *map(_row, rows)]))
    for section in record.sections:
        parts.append(f"## {_escaped(section.heading)}")
        parts.append("\n".join(f"- {_escaped(str(each))}" for each in section.statements))
    parts += ["## Conclusion", _escaped(record.conclusion)]
    parts += [f"Assumed: {_escaped(each)}" for each in record.assumptions]
    if record.citations:
        parts.append("## Sources")
    for number, citation in enumerate(record.citations, start=1):
        parts.append(f"\\[{number}\\] {_cited(citation)}")
    parts.append("## Appendix")
    for number, citation in enumerate(record.appendix, start=1):
        parts.append(f"\\[A{number}\\] {_cited(citation, f'{citation.how_checked}.')}")
    parts += map(_escaped, record.details)
    return "\n\n".join([*parts, _escaped(f"Data: {record.data}.")])


def _row(cells: Iterable[str], *, escaped: bool = False) -> str:
    return f"| {' | '.join(cells if escaped else map(_escaped, cells))} |"


def _cited(citation: LetterCitation, how_checked: str = "") -> str:
    """Return a citation. Only a web address becomes a link."""
    is_address = _WEB_ADDRESS.fullmatch(citation.url)
    url = f"<{citation.url}>" if is_address else _escaped(citation.url)
    return " ".join(filter(None, (f"{_escaped(citation.titles)}.", _escaped(how_checked), url)))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


_DISPLAYS: Mapping[str, Callable[[Any], str]] = {"Letter": _letter}


def display(record: object) -> str:
    """
    Return *record* as Markdown.

    Raises:
        TypeError: If the record has no Markdown display.
    """
    name = type(record).__name__
    if name not in _DISPLAYS:
        raise TypeError(name)
    return _DISPLAYS[name](record)
