"""
Rules and dated legal numbers, each with its source.

- :func:`load_rules` returns every :class:`Rule` with its :class:`Source` records. :class:`Verification` says how each
  source was checked.
- :class:`Parameters` looks up a :class:`Parameter` by date. A :class:`Timeline` contains values that change on known
  dates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["Parameter", "Parameters", "Rule", "Source", "Timeline", "Verification", "load_rules"]

if TYPE_CHECKING:
    from therapy_billing.law.parameters import Parameter, Parameters
    from therapy_billing.law.rule_book import Rule, load_rules
    from therapy_billing.law.sources import Source, Verification
    from therapy_billing.law.timeline import Timeline
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "law.parameters": ("Parameter", "Parameters"),
            "law.rule_book": ("Rule", "load_rules"),
            "law.sources": ("Source", "Verification"),
            "law.timeline": ("Timeline",),
        },
    )
