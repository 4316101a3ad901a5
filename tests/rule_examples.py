"""Run the worked examples that are stored next to the rules."""

from __future__ import annotations

import doctest
from datetime import date, datetime

import attrs

import therapy_billing
from therapy_billing.base.data_loader import read_toml


def run_examples(family: str) -> str:
    """Run the examples of a file of ``data/rules`` in order, in one namespace. Return a report of failures."""
    table = read_toml(f"rules/{family}.toml")
    names = {name: getattr(therapy_billing, name) for name in therapy_billing.__all__}
    names |= {"attrs": attrs, "date": date, "datetime": datetime}
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    failures: list[str] = []
    introduction = [("introduction", table["introduction"])]
    for name, text in [*introduction, *((row["id"], row["example"]) for row in table["rule"])]:
        test = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
        test.globs = names
        runner.run(test, out=failures.append, clear_globs=False)
    return "".join(failures)
