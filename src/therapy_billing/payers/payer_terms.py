"""The data of a payer: its name, its policies by date, the sources of the policies, and a remark."""

from __future__ import annotations

import attrs

from therapy_billing.base.data_loader import names_in_packs
from therapy_billing.base.validation import checked
from therapy_billing.law.sources import Source
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.policy import Policy

__all__ = ["BUNDLED_NAMES", "PayerTerms", "names_of_payers"]

BUNDLED_NAMES = (
    "medicare",
    "cpt-midpoint",
    "aetna",
    "anthem",
    "bcbs-nebraska",
    "blue-cross-nc",
    "california-workers-compensation",
    "florida-pip",
    "highmark",
    "horizon-bcbsnj",
    "humana",
    "medicaid-ncci",
    "michigan-no-fault",
    "nevada-medicaid",
    "new-york-no-fault",
    "new-york-workers-compensation",
    "ohio-medicaid",
    "texas-medicaid",
    "texas-medicaid-shars",
    "texas-workers-compensation",
    "tricare",
    "unitedhealthcare",
    "washington-workers-compensation",
)
"""The names of the payers that come with the library; each has a file in ``data/payers``."""


def names_of_payers() -> tuple[str, ...]:
    """Return the names of the payers in the library's data and in the data packs."""
    return tuple(dict.fromkeys((*BUNDLED_NAMES, *names_in_packs("payers"))))


@attrs.frozen(field_transformer=checked)
class PayerTerms:
    """The contents of a payer file. :class:`~therapy_billing.Payer` adds the public methods."""

    name: str
    policies: Timeline[Policy] = attrs.field(repr=False)
    sources: tuple[Source, ...] = attrs.field(default=(), repr=False)
    remark: str = attrs.field(default="", repr=False)
