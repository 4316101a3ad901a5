"""
How a result displays itself, in a notebook or as text.

A record delegates to this module, which loads the module of the format when something is first shown. So
no record imports a format, and importing the library loads none.
"""

from __future__ import annotations

import importlib

__all__ = ["as_html", "as_text"]

_FORMATS = {"html": "therapy_billing.formats.html", "text": "therapy_billing.formats.text"}


def as_html(record: object) -> str:
    """Return *record* as HTML for a notebook."""
    return _displayed("html", record)


def as_text(record: object) -> str:
    """Return *record* as text for a person."""
    return _displayed("text", record)


def _displayed(form: str, record: object) -> str:
    display = importlib.import_module(_FORMATS[form]).display
    return str(display(record))
