"""The payers of the library's data that count units. Of the others, no source says how they count."""

from __future__ import annotations

from therapy_billing import PAYERS

__all__ = ["PAYERS_THAT_COUNT", "PAYERS_THAT_DO_NOT"]

PAYERS_THAT_DO_NOT = {
    name for name, payer in PAYERS.items() if payer.on("2026-03-02").counting.method is None
}
PAYERS_THAT_COUNT = {
    name: payer for name, payer in PAYERS.items() if name not in PAYERS_THAT_DO_NOT
}
