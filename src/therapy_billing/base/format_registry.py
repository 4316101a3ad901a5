"""
Display a result in a notebook or as text.

Records call this module. It imports a display format only when a result is first shown, so importing the library
stays fast.
"""

from __future__ import annotations

import importlib

__all__ = ["as_html", "as_markdown", "as_text"]

_FORMATS = {
    "html": "therapy_billing.formats.html",
    "markdown": "therapy_billing.formats.markdown",
    "text": "therapy_billing.formats.text",
}


def as_html(record: object) -> str:
    """Return *record* as HTML for a notebook."""
    return _displayed("html", record)


def as_markdown(record: object) -> str:
    """Return *record* as Markdown."""
    return _displayed("markdown", record)


def as_text(record: object) -> str:
    """Return *record* as text for people to read."""
    return _displayed("text", record)


def _displayed(form: str, record: object) -> str:
    display = importlib.import_module(_FORMATS[form]).display
    return str(display(record))
