"""Rules as pure functions on plain values: they look nothing up, and know no payer and no date."""
