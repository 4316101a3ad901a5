"""Checks of a claim or a patient's day before it is billed."""
