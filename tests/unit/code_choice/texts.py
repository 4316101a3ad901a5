"""Texts shared by the code choice tests, and the code suggested for a text."""

from __future__ import annotations

from importlib import resources

from therapy_billing.code_choice.suggestion import suggest_code

DATA = resources.files("therapy_billing").joinpath("data/activities")
OWN = """\
[source.protocol]
title = "Our protocol"
verified = "unverified"

[[type]]
name = "Paddling"
words = ["paddling", "kayak"]
examples = ["strokes against a band"]
focus = ["power"]
codes = ["97530"]
source = "protocol"
"""


def code(activity: str, purpose: str | None = None) -> str | None:
    return suggest_code(activity, purpose).code
