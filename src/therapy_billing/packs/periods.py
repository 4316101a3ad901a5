"""The last day of each kind of data that is in use: the library's data, and the data packs on top of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import attrs

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.wording import counted
from therapy_billing.codes.code_book import known_through, load_codes
from therapy_billing.codes.period_codes import period_codes_known_through
from therapy_billing.fees.bundled_tables import load_gpcis, load_releases
from therapy_billing.law.parameters import SERIES, load_parameter
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, MueFile, PtpFile
from therapy_billing.payers.catalog import PAYERS

__all__ = ["DataPeriod", "data_periods"]

_FEW = 3
_EDITS = (("ptp", PtpFile, "NCCI pairs (PTP)"), ("mue", MueFile, "unit limits (MUE)"))


@attrs.frozen
class DataPeriod(DictRecord):
    """
    The last day of one kind of data.

    Args:
        kind: codes, payers, parameters, fees, localities, zip5, ptp, or mue.
        title: What it is, in words.
        through: The last date of service in the data. None if there is none.
        remark: What else to know: what ends on an earlier or later day, or how many codes the last quarter has. May be empty.
        setting: Whose claims the edits are for. None for other kinds.
    """

    kind: str
    title: str
    through: date | None
    remark: str = ""
    setting: EditSetting | None = None

    def __str__(self) -> str:
        through = "none" if self.through is None else f"through {self.through}"
        return f"{self.title}: {through}{f' ({self.remark})' if self.remark else ''}"


def data_periods() -> tuple[DataPeriod, ...]:
    """
    Return the last day of each kind of data that is in use.

    >>> print(data_periods()[0])
    codes: through 2026-12-31 (214 codes)
    """
    zip5 = read_toml("fees/zip5_releases.toml")
    return (
        DataPeriod(
            "codes",
            "codes",
            min(known_through(), period_codes_known_through()),
            counted(len(load_codes()), "code"),
        ),
        _earliest("payers", "payers", [(name, _payer_through(name)) for name in PAYERS]),
        _earliest("parameters", "numbers that the law sets", _series()),
        DataPeriod("fees", "relative values", load_releases().known_through),
        DataPeriod("localities", "locality indices", load_gpcis().known_through),
        DataPeriod("zip5", "ZIP codes", zip5.get("known_through")),
        *(
            _edits(kind, files, title, setting)
            for kind, files, title in _EDITS
            for setting in EditSetting
        ),
    )


def _payer_through(name: str) -> date:
    return PAYERS[name].policies.known_through


def _series() -> list[tuple[str, date]]:
    """Return the last day of each number. A limit that applies until a manual changes has none."""
    ends = [(name, load_parameter(f"medicare/{name}").known_through) for name in SERIES]
    return [(name, end) for name, end in ends if end != date.max]


def _earliest(kind: str, title: str, ends: Iterable[tuple[str, date]]) -> DataPeriod:
    """Return the earliest of several last days, with a remark about the others."""
    by_end: dict[date, list[str]] = {}
    for name, end in ends:
        by_end.setdefault(end, []).append(name)
    first, *later = sorted(by_end)
    through = [f"{_named(by_end[end])} through {end}" for end in later]
    # Few that end first are named, because most of the data goes on after them.
    few = [", ".join(by_end[first])] if later and len(by_end[first]) <= _FEW else []
    return DataPeriod(kind, title, first, "; ".join([*few, *through]))


def _named(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= _FEW else f"{len(names)} others"


def _edits(
    kind: str, files: type[PtpFile | MueFile], title: str, setting: EditSetting
) -> DataPeriod:
    # A list of pairs without dates never decides an answer.
    found = [
        file
        for file in Edits.bundled().files
        if isinstance(file, files) and file.setting is setting and getattr(file, "dated", True)
    ]
    titled = f"{title}, {setting.value}"
    if not found:
        return DataPeriod(kind, titled, None, setting=setting)
    last = max(file.effective_through for file in found)
    book = load_codes().keys()
    has: set[str] = set()
    for file in found:
        if file.effective_through == last:
            has |= book if file.codes is None else book & file.codes
    remark = f"the last quarter has {len(has)} of {counted(len(book), 'code')}"
    return DataPeriod(kind, titled, last, remark, setting)
