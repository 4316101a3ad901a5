"""The ``data`` command: build, show, verify, and compare data packs, and list what is needed for later days."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from therapy_billing.base.data_loader import active_packs, data_version
from therapy_billing.base.data_packs import Assumption, Pack, PackCheck
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, TherapyBillingError
from therapy_billing.base.wording import counted
from therapy_billing.cli.messages import say
from therapy_billing.packs.build import build_pack
from therapy_billing.packs.changes import changes_text, comparison_remarks, pack_changes
from therapy_billing.packs.data_view import DataView
from therapy_billing.packs.needed import needed_files, needed_text
from therapy_billing.packs.periods import data_periods
from therapy_billing.packs.stack_checks import load_stack, verify_pack

__all__ = ["run"]

_DONE, _REFUSED = 0, 2
_LIBRARY = "library"
_INDENT = "  "


def run(parsed: argparse.Namespace) -> int:
    """Run the action; return the exit status."""
    actions: Mapping[str, Callable[[argparse.Namespace], int]] = {
        "build": _build,
        "needed": _needed,
        "show": _show,
        "verify": _verify,
        "diff": _diff,
    }
    return actions[parsed.action](parsed)


def _build(parsed: argparse.Namespace) -> int:
    if parsed.form is not None and Path(parsed.form).exists():
        msg = f"--form {parsed.form}: the file is there already; give the name of a new file"
        raise InvalidInputError(msg)
    try:
        built = build_pack(
            parsed.downloads,
            parsed.out,
            through=parse_date(parsed.through, what="--through"),
            numbers=parsed.numbers,
            assume=tuple(parsed.assume),
            by=parsed.by,
            date=None if parsed.date is None else parse_date(parsed.date, what="--date"),
            invented=parsed.invented,
            name=parsed.name,
        )
    except TherapyBillingError as error:
        # The error for what no download contains is a list, and it has a form if numbers are missing.
        form = getattr(error, "form", None)
        if form is None:
            raise
        for line in str(error).splitlines():
            say(line)
        if form:
            _give_form(form, parsed.form)
        return _REFUSED
    pack = Pack.from_folder(parsed.out)
    eve = pack.effective_from - timedelta(days=1)
    before = DataView.active(eve)
    lines = [
        *_section("Sources", _sources(pack)),
        *_section("Not read", (f"{each.name}: {each.reason}" for each in built.skipped)),
        *_section("Verified", _checks(pack.checks)),
        *_section(f"Changes from {before.name} on {eve}", _changes(before, pack)),
        *_section("Assumptions", _assumptions(pack.assumptions)),
        *_section("Remarks", built.remarks),
        f"Pack: {_headline(pack)}",
    ]
    return _written("\n".join(lines) + "\n")


def _give_form(form: str, path: str | None) -> None:
    """Write the form for the missing numbers to the file that ``--form`` names, or else to standard output."""
    if path is None:
        sys.stdout.write(form)
        return
    with Path(path).open("x", encoding="utf-8", newline="\n") as file:
        file.write(form)
    say(f"the form is in {path}: fill it in, and give it with --numbers {path}")


def _needed(parsed: argparse.Namespace) -> int:
    through = parse_date(parsed.through, what="--through")
    if parsed.json:
        needed = [each.to_dict() for each in needed_files(through)]
        return _json({"through": through.isoformat(), "needed": needed})
    return _written(needed_text(through))


def _show(parsed: argparse.Namespace) -> int:
    if parsed.pack is not None:
        pack = Pack.from_folder(parsed.pack)
        return _json(pack.to_dict()) if parsed.json else _written(_pack_text(pack))
    packs, periods = active_packs(), data_periods()
    if parsed.json:
        return _json(
            {
                "library": data_version().library,
                "packs": [pack.to_dict() for pack in packs],
                "periods": [period.to_dict() for period in periods],
            }
        )
    lines = [f"Library: therapy_billing {data_version().library}"]
    if packs:
        lines += [
            "Data packs in use, the last one on top:",
            *(f"{_INDENT}{_headline(pack)}" for pack in packs),
        ]
    else:
        lines.append("No data pack is in use.")
    lines += ["Data in use:", *(f"{_INDENT}{period}" for period in periods)]
    return _written("\n".join(lines) + "\n")


def _verify(parsed: argparse.Namespace) -> int:
    first, *others = parsed.packs
    packs = load_stack(parsed.packs).packs if others else (verify_pack(first),)
    for pack in packs:
        files = counted(len(pack.paths()), "data file")
        _written(f"No fault found in {files}: {_headline(pack)}\n")
    return _DONE


def _diff(parsed: argparse.Namespace) -> int:
    before, after = _view(parsed.before), _view(parsed.after)
    changes = pack_changes(before, after)
    remarks = comparison_remarks(before, after)
    if parsed.json:
        return _json(
            {
                "before": before.name,
                "after": after.name,
                "changes": [change.to_dict() for change in changes],
                "remarks": list(remarks),
            }
        )
    lines = [f"From {before.name} to {after.name}:", changes_text(changes, limit=parsed.limit)]
    return _written("\n".join([*lines, *(f"Remark: {each}." for each in remarks)]) + "\n")


def _view(name: str) -> DataView:
    return DataView.library() if name == _LIBRARY else DataView.of_pack(Pack.from_folder(name))


def _pack_text(pack: Pack) -> str:
    tables = (f"{each.path}: {counted(each.rows, 'row')}" for each in pack.tables)
    corrections = (f"{each.file}, {each.key}: {each.source}" for each in pack.corrections)
    lines = [
        _headline(pack),
        *([pack.remark] if pack.remark else []),
        *_section("Sources", _sources(pack)),
        *_section("Data files", tables if pack.tables else pack.paths()),
        *_section("Verified", _checks(pack.checks)),
        *_section("Assumptions", _assumptions(pack.assumptions)),
        *_section("Corrections of earlier values", corrections),
    ]
    return "\n".join(lines) + "\n"


def _headline(pack: Pack) -> str:
    return f"{pack.label}, {pack.effective_from} to {pack.effective_through}, {pack.path}"


def _section(title: str, lines: Iterable[str]) -> list[str]:
    """Return the lines under their title, or a line that there are none."""
    found = [f"{_INDENT}{line}" for line in lines]
    return [f"{title}:", *found] if found else [f"{title}: none"]


def _sources(pack: Pack) -> Iterator[str]:
    for each in pack.sources:
        release = f", {each.release}" if each.release else ""
        yield f"{each.name}: {each.kind}{release}, {counted(each.rows, 'row')}"


def _checks(checks: Iterable[PackCheck]) -> Iterator[str]:
    for each in checks:
        if each.against:
            yield f"{each.what}: {counted(each.compared, 'value')} compared with {each.against}; all agree"
        else:
            yield f"{each.what}: not verified, because nothing to compare them with was at hand"


def _changes(before: DataView, pack: Pack) -> Iterator[str]:
    yield from changes_text(pack_changes(before, pack)).splitlines()


def _assumptions(assumptions: Iterable[Assumption]) -> Iterator[str]:
    for each in assumptions:
        day = "" if each.made_on is None else f", {each.made_on}"
        period = f"{each.effective_from} to {each.effective_through}"
        yield f"{each.id} ({each.by}{day}), {period}: {each.text}"


def _json(value: Mapping[str, Any]) -> int:
    return _written(json.dumps(value) + "\n")


def _written(text: str) -> int:
    sys.stdout.write(text)
    return _DONE
