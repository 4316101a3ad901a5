"""
Set up Hypothesis: the same examples on every machine, without a time limit.

``pytest --hypothesis-profile=thorough`` draws ten times as many examples, and different ones on each run.
"""

from __future__ import annotations

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
