"""
Fee schedules, contracts, and functions that read CMS fee files.

- :class:`FeeSchedule` returns a :class:`Price` for each code. :class:`FeeTable` lists prices, and
  :class:`FeeCoverage` lists the codes, dates, and localities of a schedule.
- :class:`Contract` contains the payment terms of a contract with a payer.
- These functions read CMS files: :func:`read_pprrvu`, :func:`read_gpci`, :func:`read_zip5`,
  :func:`read_locality_counties`, :func:`read_published_amounts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "Contract",
    "CountyLocality",
    "FeeCoverage",
    "FeeSchedule",
    "FeeTable",
    "Gpci",
    "GpciFile",
    "Price",
    "PublishedAmount",
    "Rvu",
    "RvuFile",
    "ZipArea",
    "read_gpci",
    "read_locality_counties",
    "read_pprrvu",
    "read_published_amounts",
    "read_zip5",
]

if TYPE_CHECKING:
    from therapy_billing.fees.contract import Contract
    from therapy_billing.fees.county_file import read_locality_counties
    from therapy_billing.fees.fee_schedule import FeeSchedule
    from therapy_billing.fees.gpci_file import GpciFile, read_gpci
    from therapy_billing.fees.pprrvu_file import RvuFile, read_pprrvu
    from therapy_billing.fees.prices import FeeCoverage, FeeTable, Price
    from therapy_billing.fees.published_amounts_file import read_published_amounts
    from therapy_billing.fees.records import CountyLocality, Gpci, PublishedAmount, Rvu, ZipArea
    from therapy_billing.fees.zip5_file import read_zip5
else:
    from therapy_billing.base.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "fees.contract": ("Contract",),
            "fees.county_file": ("read_locality_counties",),
            "fees.fee_schedule": ("FeeSchedule",),
            "fees.gpci_file": ("GpciFile", "read_gpci"),
            "fees.pprrvu_file": ("RvuFile", "read_pprrvu"),
            "fees.prices": ("FeeCoverage", "FeeTable", "Price"),
            "fees.published_amounts_file": ("read_published_amounts",),
            "fees.records": ("CountyLocality", "Gpci", "PublishedAmount", "Rvu", "ZipArea"),
            "fees.zip5_file": ("read_zip5",),
        },
    )
