"""
Display a result in a notebook or as text.

Records call this module. It imports a display format only when a result is first shown, so importing the library
stays fast.
"""

from __future__ import annotations

import importlib

__all__ = ["as_html", "as_markdown", "as_text"]

_FORMATS = "therapy_billing.formats"
_OWN = {"PreparedVisit": "visit"}
"""Records that have modules of their own, such as ``visit_html``."""


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
    own = _OWN.get(type(record).__name__)
    module = f"{_FORMATS}.{form}" if own is None else f"{_FORMATS}.{own}_{form}"
    return str(importlib.import_module(module).display(record))
