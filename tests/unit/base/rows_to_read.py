"""Rows that the tests share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.unit.cms_files import GPCI_HEAD, MUE_HEAD, PPRRVU_HEAD, PTP_HEAD
from therapy_billing.fees.county_file import read_locality_counties
from therapy_billing.fees.gpci_file import read_gpci
from therapy_billing.fees.pprrvu_file import read_pprrvu
from therapy_billing.fees.published_amounts_file import read_published_amounts
from therapy_billing.fees.zip5_file import read_zip5
from therapy_billing.ncci.mue_file import read_ncci_mue
from therapy_billing.ncci.ptp_file import read_ncci_ptp

READERS: list[tuple[Callable[..., object], str, Sequence[str]]] = [
    (read_pprrvu, "PPRRVU23_OCT.csv", PPRRVU_HEAD),
    (read_gpci, "GPCI2023.csv", GPCI_HEAD),
    (read_locality_counties, "23LOCCO.csv", ["State,Locality,MAC,Fee Schedule Area,Counties"]),
    (read_zip5, "ZIP5.txt", ["OH441011520200"]),
    (read_published_amounts, "PFREV.txt", ["2023" + "," * 15]),
    (read_ncci_ptp, "ccipra-v322r0-f1.txt", PTP_HEAD),
    (read_ncci_mue, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE_HEAD),
]
