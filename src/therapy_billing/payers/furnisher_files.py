"""Read the ``[[furnisher]]`` tables of a payer file: who may furnish what under that payer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.toml_files import (
    FLAG,
    TEXT,
    Form,
    Key,
    TomlReader,
    choice_form,
    day_form,
    unknown_key,
)
from therapy_billing.codes.modifiers import assistant_modifiers
from therapy_billing.codes.roles import (
    Clinician,
    Discipline,
    Setting,
    parse_clinician,
    parse_discipline,
    parse_service_class,
)
from therapy_billing.law.sources import Source
from therapy_billing.payers.furnishers import (
    FurnisherRule,
    Furnishers,
    Payable,
    ShareOf,
    parse_share,
)

__all__ = ["read_furnishers"]


def _list_form(name: str, example: str, parse: Callable[..., object]) -> Form:
    wanted = f"must be a list of {name} such as {example}"

    def read(value: list[object]) -> list[object]:
        if not value:
            raise InvalidInputError(wanted)
        return [parse(each, what=name) for each in value]

    return (list,), wanted, read


_FORMS: Mapping[str, Form] = {
    "roles": _list_form("roles", '["assistant", "student"]', parse_clinician),
    "disciplines": _list_form("disciplines", '["PT", "OT"]', parse_discipline),
    "services": _list_form("services", '["skilled-treatment", "group"]', parse_service_class),
    "payable": choice_form(Payable),
    "assistant_modifier": FLAG,
    "payment_share": (
        (Decimal, int, str),
        "must be a fraction such as 0.85",
        parse_share,
    ),
    "share_of": choice_form(ShareOf),
    "supervision": TEXT,
    "condition": TEXT,
    "setting": choice_form(Setting),
    "from": day_form("from"),
    "through": day_form("through"),
    "source": TEXT,
}


def read_furnishers(
    rows: Sequence[Mapping[str, Any]],
    payer: str,
    sources: Mapping[str, Source],
    reader: TomlReader,
) -> Furnishers:
    """
    Return the rules in the ``[[furnisher]]`` tables of a payer file. Faults are added to *reader*.

    Each table is for every combination of its roles, disciplines, and services. Without ``disciplines``, it is for
    all of them. With ``assistant_modifier = true``, the modifier is CQ for PT and CO for OT.

    Args:
        rows: The tables.
        payer: The name of the payer.
        sources: The sources in the file that have a key, by key.
        reader: The reader of the file.
    """
    tables: list[tuple[Key, list[FurnisherRule]]] = []
    for number, row in enumerate(rows):
        at: Key = ("furnisher", number)
        known = len(reader.faults)
        terms = reader.terms(row, _FORMS, at=at)
        reader.require(row, ("roles", "services", "payable", "source"), at=at)
        key = terms.get("source")
        if key is not None and key not in sources:
            reader.fault((*at, "source"), unknown_key(key, sources))
        if len(reader.faults) > known:
            continue
        try:
            tables.append((at, _expanded(terms, payer, sources[terms["source"]])))
        except InvalidInputError as error:
            reader.fault(at, str(error))
    try:
        return Furnishers(rule for _, rules in tables for rule in rules)
    except InvalidInputError:
        return _without_repeats(tables, reader)


def _without_repeats(
    tables: Sequence[tuple[Key, list[FurnisherRule]]], reader: TomlReader
) -> Furnishers:
    """Add a fault for each table with a rule that is in an earlier table too, or in the same table twice."""
    kept = Furnishers()
    for at, rules in tables:
        try:
            kept = Furnishers((*kept.rules, *rules))
        except InvalidInputError as error:
            reader.fault(at, str(error))
    return kept


def _expanded(terms: Mapping[str, Any], payer: str, source: Source) -> list[FurnisherRule]:
    modifiers = assistant_modifiers() if terms.get("assistant_modifier") else {}
    plans = terms.get("disciplines", tuple(Discipline))
    if modifiers and (
        set(terms["roles"]) != {Clinician.ASSISTANT} or not modifiers.keys() & {*plans}
    ):
        msg = "assistant_modifier is for the role assistant in PT and OT: leave it out, or use another table for them"
        raise InvalidInputError(msg)
    return [
        FurnisherRule(
            payer=payer,
            clinician=role,
            discipline=discipline,
            service=service,
            payable=terms["payable"],
            modifier=modifiers.get(discipline),
            payment_share=terms.get("payment_share"),
            share_of=terms.get("share_of", ShareOf.ALLOWED),
            supervision=terms.get("supervision", ""),
            condition=terms.get("condition", ""),
            setting=terms.get("setting"),
            effective_from=terms.get("from"),
            effective_through=terms.get("through"),
            source=source,
        )
        for role in terms["roles"]
        for discipline in plans
        for service in terms["services"]
    ]
