"""The rules behind the checks of a submission, on both sides of each boundary."""

from __future__ import annotations

from decimal import Decimal

import pytest

from therapy_billing.checks.submission_rules import (
    adjustment_segments,
    has_part_of_a_cent,
    is_po_box,
    is_scattered,
    looks_like_icd9,
    repeats,
    unexplained,
)


def test_a_charge_is_explained_by_payments_and_adjustments() -> None:
    assert unexplained(Decimal(120), [Decimal(64)], [Decimal(40), Decimal(16)]) == 0
    assert unexplained(Decimal(120), [Decimal(64), Decimal(1)], [Decimal(40)]) == 15
    assert unexplained(Decimal(120), [Decimal(130)], [Decimal(-10)]) == 0
    assert unexplained(Decimal("0.10"), [Decimal("0.03")], [Decimal("0.08")]) == Decimal("-0.01")


@pytest.mark.parametrize(
    ("groups", "segments"),
    [("", 0), ("A", 1), ("AAAAAA", 1), ("AAAAAAA", 2), ("AAAAAAB", 2), ("ABC", 3)],
)
def test_a_segment_holds_six_adjustments_of_one_group(groups: str, segments: int) -> None:
    assert adjustment_segments(groups, reasons_per_segment=6) == segments


@pytest.mark.parametrize(
    ("groups", "scattered"),
    [("", False), ("A", False), ("AAB", False), ("ABA", True), ("ABBA", True), ("ABCB", True)],
)
def test_a_group_is_scattered_if_another_is_between(groups: str, *, scattered: bool) -> None:
    assert is_scattered(groups) is scattered


def test_repeats_are_found_at_their_second_place() -> None:
    assert repeats([]) == ()
    assert repeats("ABCA") == (3,)
    assert repeats("AAA") == (1, 2)
    assert repeats([None, None, "A"]) == ()


@pytest.mark.parametrize("code", ["724", "7242", "72420", "724.2", "724.20"])
def test_digits_look_like_icd_9(code: str) -> None:
    assert looks_like_icd9(code)


@pytest.mark.parametrize("code", ["72", "724200", "M5450", "V5789", "724.200", "7242.0"])
def test_letters_and_other_lengths_do_not_look_like_icd_9(code: str) -> None:
    assert not looks_like_icd9(code)


@pytest.mark.parametrize(
    "street",
    [
        "PO BOX 12",
        "P.O. BOX 12",
        "P. O. BOX 12",
        "po box 12",
        "POBOX 12",
        "POB 12",
        "100 MAIN STREET PO BOX 12",
        "POST OFFICE BOX 12",
        "LOCKBOX 12",
        "LOCK BOX 12",
        "LOCK-BOX 12",
        "BOX 12",
    ],
)
def test_boxes_are_found(street: str) -> None:
    assert is_po_box(street)


@pytest.mark.parametrize(
    "street",
    ["100 MAIN STREET", "5 POBLANO ROAD", "1 BOXWOOD LANE", "BOX ELDER ROAD", "12 POST ROAD"],
)
def test_streets_are_not_boxes(street: str) -> None:
    assert not is_po_box(street)


@pytest.mark.parametrize(
    ("amount", "part"),
    [("60", False), ("60.50", False), ("60.500", False), ("60.505", True), ("-0.001", True)],
)
def test_only_decimals_that_matter_are_a_part_of_a_cent(amount: str, *, part: bool) -> None:
    assert has_part_of_a_cent(Decimal(amount)) is part
