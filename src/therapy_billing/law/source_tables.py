"""The format of a source table in TOML files that users write."""

from __future__ import annotations

from collections.abc import Mapping

from therapy_billing.base.toml_files import TEXT, Form, choice_form
from therapy_billing.law.sources import Verification

__all__ = ["SOURCE_FORMS"]

_MAY_BE_EMPTY: Form = ((str,), "text belongs here", str.strip)

SOURCE_FORMS: Mapping[str, Form] = {
    "title": TEXT,
    "section": _MAY_BE_EMPTY,
    "url": _MAY_BE_EMPTY,
    "dated": _MAY_BE_EMPTY,
    "verified": choice_form(Verification),
}
