"""
Answer which codes a period of remote therapeutic monitoring has, a second time, without the library.

The sentences: 98975 is billed for the setup, with 16 days of data, or 2 from 2026. A device has 98976, 98977, or 98978
with 16 to 30 days, and 98984, 98985, or 98986 with 2 to 15 days from 2026. A month with a live contact has 98979 with 10
to 19 minutes from 2026, 98980 with 20 or more, and 98981 for each further full 20. On one day, 98978 excludes 98975.
"""

from __future__ import annotations

from datetime import date

__all__ = ["LONG", "SHORT", "rtm_units"]

LONG = {"respiratory": "98976", "musculoskeletal": "98977", "cognitive-behavioral": "98978"}
SHORT = {"respiratory": "98984", "musculoskeletal": "98985", "cognitive-behavioral": "98986"}


def rtm_units(
    day: date,
    *,
    minutes: int | None = None,
    live_contact: bool | None = None,
    days_of_data: int | None = None,
    device: str | None = None,
    setup: bool = False,
) -> dict[str, int]:
    """Return the units of each code, if nothing was billed earlier."""
    if day < date(2022, 1, 1):
        return {}
    new = day >= date(2026, 1, 1)
    codes = _of_data(day, days_of_data, device) if device and days_of_data is not None else ""
    units = {codes: 1} if codes else {}
    if setup and days_of_data is not None and days_of_data >= (2 if new else 16):
        units |= {} if codes == "98978" else {"98975": 1}
    return units | (_of_minutes(minutes, new=new) if live_contact and minutes is not None else {})


def _of_data(day: date, days: int, device: str) -> str:
    """Return the code of a device, or an empty string."""
    if days >= 16:
        return "" if device == "cognitive-behavioral" and day.year < 2023 else LONG[device]
    return SHORT[device] if days >= 2 and day.year >= 2026 else ""


def _of_minutes(minutes: int, *, new: bool) -> dict[str, int]:
    """Return the units of a month with a live contact."""
    if minutes < 20:
        return {"98979": 1} if minutes >= 10 and new else {}
    return {"98980": 1} | ({"98981": minutes // 20 - 1} if minutes >= 40 else {})
