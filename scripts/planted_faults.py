"""
Measure which planted faults two independent validators report, and write the page that lists them.

The faults come from ``tests/x12_faults.toml``. The script writes what the validators report into that file, and writes
``docs/planted-faults.md``::

    python scripts/planted_faults.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import groupby
from operator import attrgetter
from pathlib import Path

# The faults are part of the tests, which are not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.paths import DOCS
from tests.x12_faults import BASES, FAULTS_FILE, X12Fault, base_file, load_faults
from tests.x12_validators import pyx12_errors, x12sdk_errors

PAGE = DOCS / "planted-faults.md"

VALIDATORS = {"pyx12": pyx12_errors, "x12sdk": x12sdk_errors}

TITLES = {
    "provider": "Providers",
    "submitter": "Submitter and receiver",
    "patient": "Subscriber and patient",
    "payer": "Payer",
    "header": "Header of the claim",
    "diagnosis": "Diagnoses",
    "line": "Lines",
    "accident": "Accidents",
    "prior_payment": "Payments of other payers",
    "character": "Characters",
    "structure": "Segments and their order",
    "envelope": "Envelope",
}

INTRODUCTION = """\
# Planted faults

Each row is one fault that we planted in a valid 837P. `read_837p` reads the file, and `check_submission` checks what was read.
The tests compare the checks that report the fault with this list: no check may be missing, and no other check may report
anything. The valid files have no denial. The last two columns show whether other validators report the fault:

- pyx12 4.0.0 compares a file with its own map of the guide.
- x12sdk 2.2.0 reads a file into models. It drops segments that it does not expect, without an error.

A name such as `claim-npi` is a rule of {doc}`submission-checks`. A name such as `envelope` is a kind of remark of `read_837p`;
`file-format` is an error. If a row has several names, each of these checks reports the fault.
"""


def measured(fault: X12Fault) -> tuple[str, ...]:
    """Return the validators that report *fault*."""
    return tuple(name for name, errors in VALIDATORS.items() if errors(fault.text))


def with_measured(text: str, seen_by: Iterable[Sequence[str]]) -> str:
    """Return the text of the list of faults with what the validators report."""
    found = iter(seen_by)
    lines = []
    for line in text.splitlines():
        if line.startswith("seen_by = "):
            names = ", ".join(f'"{name}"' for name in next(found))
            lines.append(f"seen_by = [{names}]")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def _row(fault: X12Fault) -> str:
    checks = ", ".join(f"`{name}`" for name in fault.ours)
    columns = " | ".join("yes" if name in fault.seen_by else "no" for name in VALIDATORS)
    return f"| {fault.what} | {checks} | {columns} |"


def _totals(faults: Sequence[X12Fault]) -> Iterator[str]:
    counts = {
        "planted": len(faults),
        "reported by our checks": sum(bool(fault.ours) for fault in faults),
        **{
            f"reported by {name}": sum(name in fault.seen_by for fault in faults)
            for name in VALIDATORS
        },
        "reported by either of the two": sum(bool(fault.seen_by) for fault in faults),
        "reported only by our checks": sum(not fault.seen_by for fault in faults),
    }
    yield "| faults | number |"
    yield "| --- | ---: |"
    yield from (f"| {what} | {number} |" for what, number in counts.items())


def page(faults: Sequence[X12Fault]) -> str:
    """Return the page that lists *faults*."""
    lines = [INTRODUCTION, *_totals(faults)]
    for topic, group in groupby(faults, attrgetter("topic")):
        lines += ["", f"## {TITLES[topic]}", ""]
        lines += ["| fault | our checks | pyx12 | x12sdk |", "| --- | --- | --- | --- |"]
        lines += map(_row, group)
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure, and write both files. Return 1 if a validator rejects a valid file."""
    print(*(f"{name} {version(name)}" for name in VALIDATORS), sep="\n")
    for base in BASES:
        for name, errors in VALIDATORS.items():
            if found := errors(base_file(base)):
                print(f"{name} rejects the valid file {base}: {found[0]}")
                return 1
    text = FAULTS_FILE.read_text("utf-8")
    FAULTS_FILE.write_text(with_measured(text, map(measured, load_faults())), "utf-8")
    load_faults.cache_clear()
    PAGE.write_text(page(load_faults()), "utf-8")
    print(*_totals(load_faults()), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
