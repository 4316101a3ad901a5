"""
Print how many ordinary days have findings, and how many planted faults are flagged.

The days come from ``tests/ordinary_days.py``, the faults from ``tests/planted_faults.py``. Reviews of NCCI pairs, unit
limits, and distinct services are counted separately, because they depend on the quarters that the data includes::

    python scripts/ordinary_days.py --days 2000 --seed 1 2 3
    python scripts/ordinary_days.py --days 2000 --mix "hand therapy" --unsupported-59
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import attrs

# The generator is part of the tests, which are not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.ordinary_days import DAY, MIXES, Mix, check_ordinary, draw_days
from tests.planted_faults import FAULTS, BilledDay, check_faulty, plant_faults

from therapy_billing import Edits, FeeSchedule
from therapy_billing.findings.records import Severity

OF_EDITS = frozenset({"ncci-ptp", "ncci-mue", "distinct-service"})


def show(mix: Mix, days: int, seed: int, *, codes: bool) -> None:
    """Print the tables of one seed."""
    fees, edits = FeeSchedule.medicare(DAY, locality="OH"), Edits.bundled()
    kinds: Counter[str] = Counter()
    billed_codes: Counter[str] = Counter()
    by_severity: Counter[tuple[str, str]] = Counter()
    by_message: Counter[tuple[str, str, str]] = Counter()
    billed = []
    for day in draw_days(mix, days, seed, fees):
        kinds[day.kind] += 1
        of_day, of_claim = check_ordinary(day, fees, edits)
        if of_day.claim is not None:
            billed.append(BilledDay(day, of_day.claim.lines))
            billed_codes.update({line.code for line in of_day.claim.lines})
        found = [each for each in (*of_day, *of_claim) if each.severity is not Severity.INFO]
        for group, rules in (("all rules", None), ("other rules", OF_EDITS)):
            by_severity.update(
                {
                    (group, each.severity.value)
                    for each in found
                    if rules is None or each.rule.id not in rules
                }
            )
        by_message.update({(each.severity.value, each.rule.id, each.message) for each in found})
    for title, counts in (("Days by kind of visit", kinds), ("Days by code", billed_codes)):
        if codes:
            print(f"{title}:")
            print("  " + ", ".join(f"{name} {number}" for name, number in counts.most_common()))
    for group in ("all rules", "other rules"):
        rates = [
            f"{by_severity[group, severity]} {severity} ({by_severity[group, severity] / days:.2%})"
            for severity in ("deny", "review")
        ]
        name = group if group == "all rules" else f"without {', '.join(sorted(OF_EDITS))}"
        print(f"Correct days with a finding, {name}: {', '.join(rates)}")
    for (severity, rule, message), number in by_message.most_common():
        print(f"  {number:5} {severity} {rule}: {message}")
    show_faults(billed, seed, fees, edits)


def show_faults(billed: Sequence[BilledDay], seed: int, fees: FeeSchedule, edits: Edits) -> None:
    """Print how many days of each fault are flagged by its rules, and by which."""
    planted: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    by_rule: Counter[tuple[str, str]] = Counter()
    for day in plant_faults(billed, seed):
        planted[day.fault] += 1
        rules = {
            f"{each.severity.value} {each.rule.id}"
            for each in check_faulty(day, fees, edits)
            if each.rule.id in FAULTS[day.fault].rules
        }
        flagged[day.fault] += bool(rules)
        by_rule.update((day.fault, rule) for rule in rules)
    total, found = planted.total(), flagged.total()
    print(f"Faulty days flagged: {found} of {total} ({found / max(total, 1):.2%})")
    for fault in FAULTS:
        rules_of = ", ".join(
            f"{rule} {number}" for (name, rule), number in by_rule.items() if name == fault
        )
        print(f"  {fault:36} {flagged[fault]:4} of {planted[fault]:4}  {rules_of}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of each seed. Return the exit status."""
    parser = argparse.ArgumentParser(description="Check ordinary days and planted faults.")
    parser.add_argument("--days", type=int, default=2000, help="number of days (default 2000)")
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="seeds (default 1)")
    parser.add_argument("--mix", choices=sorted(MIXES), default="general", help="mix of visits")
    parser.add_argument(
        "--unsupported-59",
        action="store_true",
        help="bill 59 even if the record shows no separate times or regions",
    )
    options = parser.parse_args(arguments)
    mix = attrs.evolve(MIXES[options.mix], unsupported_59=options.unsupported_59)
    for index, seed in enumerate(options.seed):
        print(f"== {options.mix}, {options.days} days on {DAY}, seed {seed}")
        show(mix, options.days, seed, codes=index == 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
