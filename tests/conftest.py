"""Hypothesis draws the same examples on every machine, and a slow machine fails no test."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "therapy-billing",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("therapy-billing")
