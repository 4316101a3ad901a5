"""
Set up Hypothesis: the same examples on every machine, without a time limit.

``pytest --hypothesis-profile=thorough`` draws ten times as many examples, and different ones on each run.
"""

from __future__ import annotations

import gc

from hypothesis import HealthCheck, settings

settings.register_profile(
    "therapy-billing",
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.register_profile(
    "thorough",
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.differing_executors],
)
settings.load_profile("therapy-billing")

# Pytest keeps thousands of tests in memory. With Python's default of 700 objects, the collector visits them so often that
# this is a third of the time before the first test.
gc.set_threshold(100_000, 50, 50)
