"""Test the last day of each kind of data in use."""

from __future__ import annotations

from datetime import date

import pytest

from therapy_billing.codes.code_book import load_codes
from therapy_billing.law.sources import Source, Verification
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.records import EditSetting, MueFile, MueLimit, PtpFile
from therapy_billing.packs import periods
from therapy_billing.packs.periods import DataPeriod, data_periods
from therapy_billing.payers.catalog import PAYERS

SOURCE = Source("An invented file", "", "", Verification.UNVERIFIED)
PRACTITIONER, HOSPITAL = EditSetting.PRACTITIONER, EditSetting.OUTPATIENT_HOSPITAL
Q3, Q4 = date(2026, 7, 1), date(2026, 10, 1)


def period(kind: str, setting: EditSetting | None = None) -> DataPeriod:
    (found,) = (each for each in data_periods() if (each.kind, each.setting) == (kind, setting))
    return found


def use_edits(monkeypatch: pytest.MonkeyPatch, *files: PtpFile | MueFile) -> None:
    edits = Edits.from_files(files)
    monkeypatch.setattr(Edits, "bundled", lambda: edits)


def test_each_kind_of_the_librarys_data_is_listed() -> None:
    kinds = [(each.kind, each.setting) for each in data_periods()]
    plain = ("codes", "payers", "parameters", "fees", "localities", "zip5")
    edits = [(kind, setting) for kind in ("ptp", "mue") for setting in (PRACTITIONER, HOSPITAL)]
    assert kinds == [*((kind, None) for kind in plain), *edits]


def test_the_librarys_data_has_a_last_day_except_zip_codes() -> None:
    assert [each.kind for each in data_periods() if each.through is None] == ["zip5"]
    assert str(period("zip5")) == "ZIP codes: none"


def test_a_number_that_ends_later_is_a_remark() -> None:
    assert str(period("parameters")) == (
        "numbers that the law sets: through 2026-12-31 (medical_review_threshold through 2027-12-31)"
    )


def test_many_payers_that_end_later_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    later = date(2027, 12, 31)
    monkeypatch.setattr(
        periods, "_payer_through", lambda name: date(2026, 12, 31) if name == "aetna" else later
    )
    found = period("payers")
    assert found.through == date(2026, 12, 31)
    assert found.remark == f"aetna; {len(PAYERS) - 1} others through 2027-12-31"


def test_the_codes_of_the_last_quarter_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = MueLimit("97110", 4, 3, "", PRACTITIONER)
    book = len(load_codes())
    use_edits(
        monkeypatch,
        MueFile(PRACTITIONER, Q3, (limit,), SOURCE),
        MueFile(PRACTITIONER, Q4, (limit,), SOURCE, frozenset({"97110"})),
        MueFile(HOSPITAL, Q3, (limit,), SOURCE),
    )
    assert str(period("mue", PRACTITIONER)) == (
        f"unit limits (MUE), practitioner: through 2026-12-31 (the last quarter has 1 of {book} codes)"
    )
    assert period("mue", HOSPITAL).remark == f"the last quarter has {book} of {book} codes"
    assert period("ptp", PRACTITIONER).through is None


def test_a_list_of_pairs_without_dates_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    use_edits(monkeypatch, PtpFile(PRACTITIONER, Q4, (), SOURCE, dated=False))
    assert str(period("ptp", PRACTITIONER)) == "NCCI pairs (PTP), practitioner: none"
