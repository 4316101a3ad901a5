"""The division of a code's units among groups of its services."""

from __future__ import annotations

import itertools

import pytest

from therapy_billing.claims.rules.service_modifiers import share_units


@pytest.mark.parametrize(
    ("units", "minutes", "shares"),
    [
        (0, [7, 0], (0, 0)),
        (1, [8, 7], (1, 0)),
        (1, [7, 8], (0, 1)),
        (1, [8, 8], (1, 0)),
        (3, [23, 22], (2, 1)),
        (3, [22, 23], (1, 2)),
        (4, [30, 30], (2, 2)),
        (3, [30, 30], (2, 1)),
        (2, [45, 15], (2, 0)),
        (1, [15, 15, 15], (1, 0, 0)),
    ],
)
def test_full_periods_stay_and_the_most_leftover_minutes_come_next(
    units: int, minutes: list[int], shares: tuple[int, ...]
) -> None:
    assert share_units(units, minutes, unit_minutes=15) == shares


def test_every_division_adds_up_and_keeps_each_limit() -> None:
    for minutes in itertools.product(range(0, 50, 7), repeat=3):
        started = sum(-(-each // 15) for each in minutes)
        for units in range(started + 1):
            shares = share_units(units, minutes, unit_minutes=15)
            assert sum(shares) == units
            assert all(share >= 0 for share in shares)
            most = [share + 1 for share in shares]
            kept = share_units(units, minutes[::-1], unit_minutes=15, most=most)
            assert sum(kept) == units
            assert all(share <= limit for share, limit in zip(kept, most, strict=True))
