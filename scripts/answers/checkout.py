"""
Answer generated days with the library of one checkout. ``compare_answers.py`` runs this in a separate process.

It uses only names of the public API. If a checkout has different names, add an :class:`Adapter` for it. The first
adapter in :data:`ADAPTERS` that fits the checkout is used.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import runpy
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

__all__ = ["ADAPTERS", "Adapter", "answer_day"]

Answers: TypeAlias = dict[str, dict[str, Any]]
"""The facts or the error of each call, by call name."""


class Adapter:
    """
    Call the library of a checkout, and return plain values.

    This adapter uses the current names. If a name changes, add a subclass at the start of :data:`ADAPTERS`.
    """

    @classmethod
    def fits(cls, library: Any) -> bool:  # noqa: ANN401 - another version of the library has no type here
        """Return whether *library* uses the names of this adapter."""
        return hasattr(library, "UnitMethod")

    def __init__(self, library: Any) -> None:  # noqa: ANN401
        self.library = library

    def payer(self, name: str) -> Any:  # noqa: ANN401
        """Return the payer *name*. A name such as ``method cpt-midpoint`` is only a counting method."""
        if name.startswith("method "):
            return self.library.UnitMethod(name.removeprefix("method "))
        return self.library.PAYERS[name]

    def session(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the session, made with ``Session.from_minutes`` if it has only minutes by code."""
        services = given["services"]
        minutes = {
            service["code"]: service["minutes"]
            for service in services
            if service["timed"]
            and service["minutes"] is not None
            and not any(service.get(name) for name in ("activity", "body_region"))
            and service["clinician"] == "therapist"
        }
        if services and len(minutes) == len(services):
            return self.library.Session.from_minutes(
                minutes, date_of_service=given["date"], discipline=given["discipline"]
            )
        made = [self.service(service) for service in services]
        return self.library.Session(given["date"], given["discipline"], made)

    def service(self, given: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the timed or untimed service."""
        kind = self.library.TimedService if given["timed"] else self.library.UntimedService
        options = {name: value for name, value in given.items() if name not in ("code", "timed")}
        if given["timed"]:
            options.pop("units", None)
        return kind(given["code"], **options)

    def fees(self, given: Mapping[str, Any] | None) -> Any:  # noqa: ANN401
        """Return the Medicare fee schedule, or None if the day has none."""
        if given is None:
            return None
        options = {name: given[name] for name in ("mac", "locality", "setting") if given[name]}
        return self.library.FeeSchedule.medicare(given["date"], **options)

    def claim(self, day: str, lines: Iterable[Mapping[str, Any]]) -> Any:  # noqa: ANN401
        """Return a hand-written claim."""
        made = [
            self.library.ClaimLine(line["code"], line["units"], line["modifiers"]) for line in lines
        ]
        return self.library.Claim(day, made)

    def units(self, allocation: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the facts about an allocation."""
        return {
            "units": dict(allocation.units),
            "total": allocation.total_units,
            "tied": allocation.tied,
            "splits": [dict(split) for split in allocation.admissible],
        }

    def lines(self, lines: Iterable[Any], *, priced: bool) -> list[dict[str, Any]]:
        """Return the lines of a claim, or of a priced day."""
        money = ("allowed", "medicare_pays", "patient_responsibility") if priced else ()
        return [
            {
                "code": line.code,
                "units": line.units,
                "modifiers": list(line.modifiers),
                **{name: _text(getattr(line, name)) for name in money},
            }
            for line in lines
        ]

    def priced_day(self, day: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the facts about a priced day."""
        return {"lines": self.lines(day.lines, priced=True), "complete": day.complete}

    def findings(self, found: Iterable[Any]) -> list[dict[str, Any]]:
        """Return the facts about findings: rule, severity, codes, lines, dollars at stake."""
        return [
            {
                "rule": finding.rule.id,
                "severity": self.severity(finding.severity.value),
                "codes": list(getattr(finding, "codes", ())),
                "lines": list(getattr(finding, "lines", ())),
                "at_stake": _text(getattr(finding, "at_stake", None)),
            }
            for finding in found
        ]

    def severity(self, word: str) -> str:
        """Return *word*, or ``note`` for ``info``, because older versions use the name ``note``."""
        return "note" if word == "info" else word

    def steps(self, result: Any) -> list[str]:  # noqa: ANN401
        """Return the ids of the rules that the explanation of *result* names."""
        return [step.rule.id for step in self.library.explain(result).steps]

    def suggestion(self, activity: str, purpose: str | None) -> str | None:
        """Return the suggested code, or None if there is none."""
        code: str | None = self.library.suggest_code(activity, purpose).code
        return code

    def command_facts(self, command: str, output: str) -> dict[str, Any]:
        """Return the facts in a command's JSON output."""
        record = json.loads(output)
        if command == "check":
            return {"findings": [_json_finding(self, found) for found in _json_findings(record)]}
        if command == "units":
            return {
                "units": record["units"],
                "total": record["total_units"],
                "tied": record["tied"],
                "splits": record["admissible"],
                "steps": [step["rule"] for step in record["explanation"]],
            }
        names = ("code", "units", "modifiers", "allowed", "medicare_pays", "patient_responsibility")
        return {
            "lines": [
                {name: line[name] for name in names} for day in record for line in day["lines"]
            ],
            "complete": all(day["complete"] for day in record),
            "steps": [step["rule"] for day in record for step in day["explanation"]],
        }


ADAPTERS: tuple[type[Adapter], ...] = (Adapter,)
"""The adapters, with the newest names first."""


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)


def _json_findings(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    days = [found for day in record["days"] for found in day["findings"]]
    return [*days, *record["schedule"]["findings"]]


def _json_finding(adapter: Adapter, found: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: found[name] for name in ("rule", "codes", "lines", "at_stake")}
    return {**facts, "severity": adapter.severity(found["severity"])}


class _Asked:
    """The answers of a day so far. An error is also an answer."""

    def __init__(self) -> None:
        self.answers: Answers = {}

    def __call__(self, call: str, facts: Callable[[], dict[str, Any]]) -> None:
        """Store the result of *facts* as the answer of *call*."""
        found = self.value(call, facts)
        if found is not None:
            self.answers[call] = found

    def value(self, call: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Return the result of *make*. If it raises an error, store the error as the answer of *call*, and return None."""
        try:
            made = make()
        except Exception as error:  # noqa: BLE001 - any error is an answer
            self.answers[call] = {"error": type(error).__name__, "message": str(error)}
            return None
        self.answers[call] = {}
        return made


def answer_day(adapter: Adapter, day: Mapping[str, Any]) -> Answers:
    """Return the library's answers for *day*. A call is left out if *day* has no input for it."""
    library = adapter.library
    ask = _Asked()
    payer = adapter.payer(day["payer"])
    fees = ask.value("FeeSchedule", lambda: adapter.fees(day["fees"]))
    year = ask.value(
        "Accumulators",
        lambda: day["accumulators"] and library.Accumulators(**day["accumulators"]),
    )
    attested = [tuple(each) if len(each) > 1 else each[0] for each in day["attestations"]]
    options: dict[str, Any] = {"attestations": attested}
    if day["setting"]:
        options["setting"] = day["setting"]

    sessions = ask.value("Session", lambda: [adapter.session(each) for each in day["sessions"]])
    if sessions is not None:
        _ask_about_sessions(adapter, ask, day, (sessions, payer, fees, year), options)
    claim = ask.value("Claim", lambda: adapter.claim(day["date"], day["claim"]))
    if claim is not None:
        ask(
            "check_claim",
            lambda: {"findings": adapter.findings(library.check_claim(claim, payer, fees, year))},
        )
        if fees is not None:
            ask("price_day, claim by hand", lambda: _priced(adapter, claim, payer, fees, year))
    if fees is not None:
        codes = dict.fromkeys(line["code"] for line in day["claim"])
        ask(
            "FeeSchedule.amount",
            lambda: {"amounts": {code: _amounts(fees, code) for code in codes}},
        )
    if day["question"]:
        ask("suggest_code", lambda: {"suggested": adapter.suggestion(*day["question"])})
    for command in day["commands"]:
        _ask_command(adapter, ask, command)
    return ask.answers


def _ask_about_sessions(
    adapter: Adapter,
    ask: _Asked,
    day: Mapping[str, Any],
    given: tuple[Any, Any, Any, Any],
    options: Mapping[str, Any],
) -> None:
    library = adapter.library
    sessions, payer, fees, year = given
    allocation = ask.value("allocate_units", lambda: library.allocate_units(sessions, payer))
    if allocation is not None:
        ask("allocate_units", lambda: adapter.units(allocation))
        ask("explain(allocation)", lambda: {"steps": adapter.steps(allocation)})
    claim = ask.value("build_claim", lambda: library.build_claim(sessions, payer))
    if claim is not None:
        ask("build_claim", lambda: {"lines": adapter.lines(claim.lines, priced=False)})
        ask("explain(claim)", lambda: {"steps": adapter.steps(claim)})
    ask(
        "check_day",
        lambda: {
            "findings": adapter.findings(library.check_day(sessions, payer, fees, year, **options))
        },
    )
    if fees is None:
        return
    billed = ask.value("bill_day", lambda: library.bill_day(sessions, payer, fees, year, **options))
    if billed is not None:
        ask("bill_day", lambda: adapter.priced_day(billed))
        ask("explain(day)", lambda: {"steps": adapter.steps(billed)})
    if claim is not None:
        ask("price_day", lambda: _priced(adapter, claim, payer, fees, year))
        if day["repriced_as"]:
            other = adapter.payer(day["repriced_as"])
            ask("price_day, another payer", lambda: _priced(adapter, claim, other, fees, year))


def _priced(adapter: Adapter, claim: Any, payer: Any, fees: Any, year: Any) -> dict[str, Any]:  # noqa: ANN401
    return adapter.priced_day(adapter.library.price_day([claim], payer, fees, year))


def _amounts(fees: Any, code: str) -> list[str]:  # noqa: ANN401
    """Return the amount of a unit in full and after MPPR, or the error for each."""
    amounts = []
    for reduced in (False, True):
        try:
            amounts.append(str(fees.amount(code, reduced=reduced)))
        except Exception as error:  # noqa: BLE001 - any error is an answer
            amounts.append(type(error).__name__)
    return amounts


def _ask_command(adapter: Adapter, ask: _Asked, asked: Mapping[str, Any]) -> None:
    """Run a command in this process. Its exit status is part of the answer. Without output, the answer is an error."""
    command = asked["arguments"][0]

    def facts() -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            log, years = Path(folder, "log.csv"), Path(folder, "years.json")
            if "rows" in asked:
                with log.open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(
                        file, list(asked["rows"][0]) if asked["rows"] else ["date"]
                    )
                    writer.writeheader()
                    writer.writerows(asked["rows"])
                years.write_text(json.dumps(asked["years"]), encoding="utf-8")
            paths = {"LOG": str(log), "YEARS": str(years)}
            status, output, errors = _run([paths.get(each, each) for each in asked["arguments"]])
        if not output:
            return {"error": f"status {status}", "message": errors.replace(folder, "")}
        return {**adapter.command_facts(command, output), "status": status}

    ask(f"command {command}", facts)


def _run(arguments: list[str]) -> tuple[object, str, str]:
    output, errors = io.StringIO(), io.StringIO()
    status: object = None
    with (
        redirect_stdout(output),
        redirect_stderr(errors),
        patch.object(sys, "argv", ["therapy-billing", *arguments]),
    ):
        try:
            runpy.run_module("therapy_billing", run_name="__main__")
        except SystemExit as ended:
            status = ended.code
    return status, output.getvalue(), errors.getvalue()


def main(checkout: str, days: str) -> None:
    """Write the answers of *checkout* for each day in the file *days*, one line of JSON per day."""
    library: Any = importlib.import_module("therapy_billing")
    source = Path(checkout, "src").resolve()
    if not Path(library.__file__).resolve().is_relative_to(source):
        msg = f"therapy_billing is imported from {library.__file__}, not from {source}"
        raise SystemExit(msg)
    fitting = next((adapter for adapter in ADAPTERS if adapter.fits(library)), None)
    if fitting is None:
        msg = f"no adapter fits {checkout}: add one to {Path(__file__).name}"
        raise SystemExit(msg)
    adapter = fitting(library)
    with Path(days).open(encoding="utf-8") as file:
        for line in file:
            answers = answer_day(adapter, json.loads(line))
            sys.stdout.write(json.dumps(answers, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
