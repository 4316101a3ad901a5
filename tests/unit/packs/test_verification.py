"""Published amounts are compared with the new tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.packs.cms_downloads import (
    FACTOR,
    RVUS,
    amounts,
    expected,
    gpci,
    of_kind,
    pprrvu,
)
from therapy_billing.base.errors import NotPublishedError
from therapy_billing.packs.localities import find_indices
from therapy_billing.packs.releases import find_releases
from therapy_billing.packs.verification import Comparison, compare_amounts

OHIO = ("15202", "00")
PRICED = [code for code in RVUS if code != "V5364"]
SERIES = {
    "conversion_factors": Decimal(FACTOR),
    "mppr_office": Decimal("0.50"),
    "mppr_institution": Decimal("0.50"),
}


def amount_of(series: str, day: date) -> Decimal:
    if series not in SERIES:
        msg = f"{series} is not known on {day}"
        raise NotPublishedError(msg)
    return SERIES[series]


def compared(*files: Path, tables: list[Path]) -> Comparison:
    indices = find_indices(
        of_kind("gpci", *tables), (), gpci_from=None, through=date(2027, 12, 31), faults=[]
    )
    return compare_amounts(
        of_kind("amounts", *files) if files else (),
        find_releases(of_kind("pprrvu", *tables), []),
        indices,
        amount_of,
    )


def mismatches(*files: Path, tables: list[Path]) -> list[str]:
    with pytest.raises(ExceptionGroup) as caught:
        compared(*files, tables=tables)
    assert "not equal to the amount computed from the new tables" in str(caught.value)
    return [str(error) for error in caught.value.exceptions]


def test_full_facility_and_reduced_amounts_are_compared(tmp_path: Path) -> None:
    places = [OHIO, ("03602", "21"), ("01112", "05")]
    rows = [(*place, code, expected(code, place)) for place in places for code in PRICED]
    file = amounts(tmp_path, rows)
    found = compared(file, tables=[pprrvu(tmp_path), gpci(tmp_path)])
    assert [(check.what, check.against, check.compared) for check in found.checks] == [
        ("amounts", "PFALL27A.txt", 18)
    ]
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("position", "words"),
    [(0, "non-facility"), (1, "facility"), (2, "reduced"), (3, "reduced institution")],
)
def test_a_difference_of_a_cent_is_a_mismatch(tmp_path: Path, position: int, words: str) -> None:
    right = expected("97530")
    cent_more = list(right)
    cent_more[position] = f"{Decimal(right[position]) + Decimal('0.01'):010.2f}"
    file = amounts(
        tmp_path, [(*OHIO, "97530", (cent_more[0], cent_more[1], cent_more[2], cent_more[3]))]
    )
    published, computed = (f"{Decimal(each[position]):.2f}" for each in (cent_more, right))
    assert mismatches(file, tables=[pprrvu(tmp_path), gpci(tmp_path)]) == [
        f"PFALL27A.txt: 15202-00 97530: {words}: published {published}, computed {computed} (RVU27A)"
    ]


def test_a_gpci_file_with_altered_values_is_found(tmp_path: Path) -> None:
    rows = [(*OHIO, code, expected(code)) for code in PRICED]
    altered = gpci(tmp_path, changed={OHIO: ("1.000", "0.990", "0.900")})
    found = mismatches(amounts(tmp_path, rows), tables=[pprrvu(tmp_path), altered])
    assert len(found) == len(PRICED)
    assert found[0].startswith("PFALL27A.txt: 15202-00 92507: non-facility: published ")


def test_a_locality_that_the_indices_lack_is_a_mismatch(tmp_path: Path) -> None:
    file = amounts(tmp_path, [("99999", "99", "97110", expected("97110"))])
    assert mismatches(file, tables=[pprrvu(tmp_path), gpci(tmp_path)]) == [
        "PFALL27A.txt: 99999-99 97110: the locality is not in the GPCI table for 2027-01-01"
    ]


def test_a_reduced_amount_must_be_there_exactly_if_the_therapy_mppr_applies(tmp_path: Path) -> None:
    tables = [pprrvu(tmp_path), gpci(tmp_path)]
    out, inside, *_ = expected("97110")
    zero = "0000000.00"
    found = mismatches(
        amounts(tmp_path, [(*OHIO, "97110", (out, inside, zero, zero))]), tables=tables
    )
    assert "reduced: published none, computed " in found[0]
    out, inside, *_ = expected("97597")
    found = mismatches(
        amounts(tmp_path, [(*OHIO, "97597", (out, inside, out, zero))]), tables=tables
    )
    assert "computed none" in found[0]


def test_at_most_20_mismatches_are_listed(tmp_path: Path) -> None:
    wrong = ("0000001.00", "0000001.00", "0000000.00", "0000000.00")
    rows = [("15202", f"{number:02d}", "97597", wrong) for number in range(23)]
    found = mismatches(amounts(tmp_path, rows), tables=[pprrvu(tmp_path), gpci(tmp_path)])
    assert len(found) == 21
    assert found[-1] == "PFALL27A.txt: 3 more amounts not listed"


def test_amounts_belong_to_the_release_in_their_name(tmp_path: Path) -> None:
    tables = [
        pprrvu(tmp_path),
        pprrvu(tmp_path, "July", rvus={**RVUS, "97110": ("0.50", "0.41", "0.40", "0.01", "5")}),
        gpci(tmp_path),
    ]
    january = [(*OHIO, "97110", expected("97110"))]
    assert compared(amounts(tmp_path, january), tables=tables).checks[0].compared == 1
    found = mismatches(amounts(tmp_path, january, name="PFREV27C.txt"), tables=tables)
    assert found[0].endswith("(RVU27C)")
    # Without a release in the name, an amount must agree with one of the releases of its year.
    unnamed = amounts(tmp_path, january, name="PFALL27.txt")
    result = compared(unnamed, tables=tables)
    assert result.checks[0].compared == 1
    assert result.remarks == (
        "the name of PFALL27.txt shows no release: each amount must agree with one of RVU27A, RVU27C",
    )
    wrong = amounts(tmp_path, [(*OHIO, "97110", expected("97161"))], name="PFALL27.txt")
    assert len(mismatches(wrong, tables=tables)) == 1


def test_what_cannot_be_compared_is_a_remark(tmp_path: Path) -> None:
    tables = [pprrvu(tmp_path), gpci(tmp_path)]
    row = (*OHIO, "97110", expected("97110"))
    files = [
        amounts(tmp_path, [row], name="PFREV27B.txt"),
        amounts(tmp_path, [row], name="PFALL26.txt", year=2026),
        amounts(tmp_path, [row], name="PFALL27A_QP.txt"),
        amounts(tmp_path, [row], name="PFREV27A.txt", modifier="26"),
        amounts(tmp_path, [(*OHIO, "97127", expected("97110"))], name="PFALL27AR.txt"),
        amounts(tmp_path, [(*OHIO, "97127", expected("97110"))], name="PFALL27A.txt"),
    ]
    found = compared(*files, tables=tables)
    assert found.remarks == (
        "PFALL26.txt was not compared: the pack does not have a release of its year",
        "PFALL27AR.txt was not compared: the pack does not have RVU27AR",
        "PFALL27A_QP.txt was not compared: conversion_factors_qualifying_apm is not known on 2027-01-01",
        "PFREV27A.txt was not compared: it has no amount for the codes of the pack",
        "PFREV27B.txt was not compared: the pack does not have RVU27B",
        "no published amount for the codes of the pack was at hand, so none was compared",
    )
    assert [(check.against, check.compared) for check in found.checks] == [("", 0)]


def test_amounts_of_qualifying_participants_have_their_own_factor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SERIES, "conversion_factors_qualifying_apm", Decimal("33.5000"))
    rows = [(*OHIO, code, expected(code, factor="33.5000")) for code in PRICED]
    file = amounts(tmp_path, rows, name="PFALL27A_QP.txt")
    assert compared(file, tables=[pprrvu(tmp_path), gpci(tmp_path)]).checks[0].compared == 6


def test_edits_have_no_amounts_to_compare() -> None:
    assert compare_amounts((), (), (), amount_of) == Comparison((), ())
