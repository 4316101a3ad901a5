"""Look up every pair of codes in the bundled edits: each has an answer, and each remark is short."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import combinations, product

import pytest

from therapy_billing import Edits, load_codes
from therapy_billing.ncci.records import EditSetting, EditState

EDITS = Edits.bundled()


def test_every_pair_of_therapy_codes_has_an_answer_on_every_kind_of_day() -> None:
    counted: Counter[EditState] = Counter()
    for on in map(date.fromisoformat, ("2019-12-31", "2024-07-01", "2026-05-01")):
        for code, other in product(load_codes(), repeat=2):
            counted[EDITS.pair(code, other, on).state] += 1
    assert sum(counted.values()) == 3 * len(load_codes()) ** 2
    assert set(counted) == set(EditState)


@pytest.mark.parametrize("setting", EditSetting)
def test_no_sentence_of_a_remark_is_longer_than_25_words(setting: EditSetting) -> None:
    codes = sorted({code for file in EDITS.files for code in file.codes or ()})
    remarks: set[str] = set()
    days = ("2019-06-03", "2024-08-01", "2025-06-01", "2026-03-02", "2026-08-03")
    # Every second and every third code give each kind of remark, in less than half of the time.
    for on, some in product(map(date.fromisoformat, days), (codes[::2], codes[::3])):
        for code, other in combinations(some, 2):
            remarks.update(EDITS.pair(code, other, on, setting).remarks)
        for code in some:
            remarks.update(EDITS.limit(code, on, setting).remarks)
    assert len(remarks) > 9
    assert [each for each in remarks if len(each.split()) > 25] == []
