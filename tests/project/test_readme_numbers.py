"""The numbers of codes, payers, and checks in the README and on the page of open questions are those of the data."""

from __future__ import annotations

from datetime import date

from tests.paths import ROOT
from therapy_billing.checks import CHECKS, SUBMISSION_CHECKS
from therapy_billing.codes.code_book import CodeProgram, load_codes
from therapy_billing.payers import PAYERS

DAY = date(2026, 3, 2)


def page(name: str) -> str:
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def test_the_payers_are_counted() -> None:
    policies = {name: payer.on(DAY) for name, payer in PAYERS.items()}
    others = policies.keys() - {"medicare", "cpt-midpoint"}  # cpt-midpoint is only a method.
    unknown = [name for name in others if policies[name].counting.method is None]
    dated = [name for name in policies if policies[name].furnishers.rules]
    readme = page("README.md")
    assert f"Medicare and {len(others)} other payers" in readme
    assert f"For {len(unknown)} of them, no source says how they count units" in readme
    assert f"a dated table for {len(dated)} payers" in readme


def test_the_checks_are_counted() -> None:
    assert f"| {len(CHECKS)} checks;" in page("README.md")
    assert f"{len(SUBMISSION_CHECKS)} checks of parties, coverage, and lines" in page("README.md")


def test_the_codes_are_counted() -> None:
    codes = load_codes().values()
    therapy = sum(facts.program is CodeProgram.THERAPY for facts in codes)
    undated = sum(facts.effective_from is None for facts in codes)
    readme = page("README.md")
    assert f"{therapy} therapy codes, and {len(codes) - therapy} codes of other programs" in readme
    assert f"For {undated} of the {len(codes)} codes, no source names the first date" in readme
    questions = page("docs/open-questions.md")
    assert f"Of the {len(codes)} codes, {undated} have no first date" in questions
