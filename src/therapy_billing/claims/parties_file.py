"""
Read who is involved in a clinic's claims from a TOML file.

A treatment log says what was done. A parties file has what a claim needs besides: the submitter, the receiver, the
billing provider, the clinicians, the charges, and each patient's coverage and diagnoses.

Reading has two steps. The providers and payers are read first, because the patients' tables name them. Then everything
else is read, and all faults are reported together. A fault shows the line and the path of a key, and never a value or
the key of a patient or a clinician.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import attrs

from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.money import Usd, parse_usd
from therapy_billing.base.toml_files import Form, Key, TomlFile, TomlReader, read_toml_file
from therapy_billing.base.validation import require_path
from therapy_billing.base.wording import near_word
from therapy_billing.claims.coverage import Coverage
from therapy_billing.claims.parties import (
    BillingProvider,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
)
from therapy_billing.claims.party_tables import TABLE, PartyTables, keys_of
from therapy_billing.claims.professional_claim import ClaimHeader, ClaimParties
from therapy_billing.claims.record_fields import PrivateRecord
from therapy_billing.claims.submission import Pointers
from therapy_billing.codes.code_book import parse_code
from therapy_billing.codes.roles import Discipline

__all__ = [
    "PARTIES_KEYS",
    "PATIENT_KEYS",
    "PartiesFile",
    "PatientParties",
    "fault_of_patient",
    "read_parties_file",
]

_PRIVATE = ("patients", "providers")
_FOR_ALL: Mapping[str, type[Any]] = {
    "billing_provider": BillingProvider,
    "supervising_provider": Provider,
    "service_facility": ServiceFacility,
}
"""The parties that the file gives once. A patient's table can give another one."""


@attrs.frozen(repr=False)
class PatientParties(PrivateRecord):
    """
    What the claims of one patient have.

    Args:
        header: What each claim says once. Fields that the patient's table lacks come from ``[header]``.
        parties: Who is involved. Parties that the patient's table lacks come from the tables for all patients.
        pointers: Which diagnoses support the lines: for all lines, or by code. None if the file does not say.
    """

    header: ClaimHeader
    parties: ClaimParties
    pointers: Pointers | None = None


@attrs.frozen(repr=False)
class PartiesFile(PrivateRecord):
    """
    The contents of a parties file.

    Args:
        file: The file as read.
        submitter: Who sends the claims.
        receiver: Who receives them.
        reference: Your number for the submission.
        charges: The charge for one unit in dollars, by code.
        providers: The clinicians, by the key in the log's column ``treated_by``.
        disciplines: Who treats in each discipline, if neither the log nor the patient's table says who treated.
        patients: The patients, by the key in the log's column ``patient``.
    """

    file: TomlFile
    submitter: Submitter | None
    receiver: Receiver | None
    reference: str | None
    charges: Mapping[str, Usd]
    providers: Mapping[str, Provider]
    disciplines: Mapping[Discipline, Provider]
    patients: Mapping[str, PatientParties]


def fault_of_patient(
    parties: PartiesFile, patient: str, field: str, reason: str
) -> FileFormatError:
    """Return the error for *field* in the table of *patient*. It shows the line, and not the key of the patient."""
    (error,) = parties.file.errors([(("patients", patient, field), reason)], _PRIVATE)
    return error


def read_parties_file(path: str | os.PathLike[str]) -> PartiesFile:
    """
    Read who is involved in a clinic's claims from a TOML file.

    The page "Claims" of the documentation lists the keys. What is missing is no fault here:
    :func:`~therapy_billing.check_submission` lists it, claim by claim.

    Args:
        path: The file, in UTF-8.

    Raises:
        FileFormatError: If the file is not UTF-8 or not valid TOML.
        ExceptionGroup: With one FileFormatError for each fault, with its line. No message shows a value.
        OSError: If the file cannot be read.
    """
    require_path(path)
    try:
        file = read_toml_file(path)
    except FileFormatError as error:
        # The parser repeats the keys of a table that occurs twice, and a key may identify a patient.
        reason = re.sub(r"\(.*\)|'[^']{2,}'", "a key", error.reason)
        raise FileFormatError(reason, error.path, error.line) from None
    # A table of a patient without "patients." has the key of the patient at the top of the file.
    hidden = [key for key in file.table if near_word(key, PARTIES_KEYS) is None]
    reader = TomlReader(file, _PRIVATE, hidden)
    found = _read(reader)
    reader.refuse("bad parties")
    return found


def _text(value: str) -> str:
    if not value.strip():
        msg = "must not be empty: leave it out if it is not known"
        raise InvalidInputError(msg)
    return value


PARTIES_KEYS: Mapping[str, Form] = MappingProxyType(
    {
        "reference": ((str,), "a string in quotation marks belongs here", _text),
        "submitter": TABLE,
        "receiver": TABLE,
        **dict.fromkeys(_FOR_ALL, TABLE),
        "header": TABLE,
        "charges": TABLE,
        "payers": TABLE,
        "providers": TABLE,
        "disciplines": TABLE,
        "patients": TABLE,
    }
)
"""The keys of a parties file."""


def _read(reader: TomlReader) -> PartiesFile:
    tables = PartyTables(reader)
    top = reader.terms(reader.file.table, PARTIES_KEYS)
    tables.providers = _providers(top.get("providers", {}), tables)
    tables.payers = _payers(top.get("payers", {}), tables)
    for_all = {
        name: tables.record(kind, top[name], (name,))
        for name, kind in _FOR_ALL.items()
        if name in top
    }
    header = tables.values(ClaimHeader, top.get("header", {}), ("header",))
    patients = {}
    for key, table in top.get("patients", {}).items():
        at: Key = ("patients", key)
        if _is_table(table, at, reader):
            patients[key] = _patient(table, at, tables, (header, for_all))
    return PartiesFile(
        reader.file,
        tables.record(Submitter, top["submitter"], ("submitter",)) if "submitter" in top else None,
        tables.record(Receiver, top["receiver"], ("receiver",)) if "receiver" in top else None,
        top.get("reference"),
        _charges(top.get("charges", {}), reader),
        tables.providers,
        _disciplines(top.get("disciplines", {}), tables),
        patients,
    )


def _is_table(value: object, at: Key, reader: TomlReader) -> bool:
    if not isinstance(value, dict):
        reader.fault(at, TABLE[1])
        return False
    return True


def _providers(given: Mapping[str, Any], tables: PartyTables) -> dict[str, Provider]:
    """Return the clinicians. The value of a key may be the key of the provider who bills for this clinician."""
    found: dict[str, Provider] = {}
    for key, value in given.items():
        at: Key = ("providers", key)
        if not isinstance(value, str) and _is_table(value, at, tables.reader):
            found[key] = tables.record(Provider, value, at)
    tables.providers = dict(found)
    for key, value in given.items():
        if isinstance(value, str):
            provider = tables.provider(value, ("providers", key))
            if provider is not None:
                found[key] = provider
    return found


def _disciplines(given: Mapping[str, Any], tables: PartyTables) -> dict[Discipline, Provider]:
    found = {}
    for key, value in tables.terms(
        given, dict.fromkeys(_DISCIPLINES, _KEY), ("disciplines",)
    ).items():
        provider = tables.provider(value, ("disciplines", key))
        if provider is not None:
            found[Discipline(key)] = provider
    return found


_DISCIPLINES = tuple(each.value for each in Discipline)
_KEY: Form = ((str,), "the key of one of the [providers], in quotation marks, belongs here", str)


def _payers(given: Mapping[str, Any], tables: PartyTables) -> dict[str, dict[str, Any]]:
    """Return what each coverage of a payer has."""
    found = {}
    for name, table in given.items():
        at: Key = ("payers", name)
        if _is_table(table, at, tables.reader):
            found[name] = tables.values(Coverage, table, at)
    return found


def _charges(given: Mapping[str, Any], reader: TomlReader) -> dict[str, Usd]:
    charges: dict[str, Usd] = {}
    for key, value in given.items():
        try:
            code = parse_code(key)
            charges[code] = _charge(value)
        except InvalidInputError as error:
            reader.fault(("charges", key), str(error))
    return charges


def _charge(value: object) -> Usd:
    if type(value) not in (Decimal, int):
        raise InvalidInputError(_DOLLARS)
    return parse_usd(value, what="the charge")


_DOLLARS = "dollars for one unit, such as 60.00, belong here"


def _patient(
    table: Mapping[str, Any],
    at: Key,
    tables: PartyTables,
    defaults: tuple[Mapping[str, Any], Mapping[str, Any]],
) -> PatientParties:
    kinds = (ClaimHeader, ClaimParties)
    header, parties, more = tables.parts(kinds, table, at, {"pointers": _POINTERS})
    pointers = more.get("pointers")
    if isinstance(pointers, dict):
        pointers = _pointers_by_code(pointers, (*at, "pointers"), tables.reader)
    return PatientParties(
        ClaimHeader(**{**defaults[0], **header}),
        ClaimParties(**{**defaults[1], **parties}),
        pointers,
    )


_NUMBERS = "a list such as [1, 2], or a table of such lists by code, belongs here"


def _numbers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(each) is int for each in value):
        raise InvalidInputError(_NUMBERS)
    return tuple(value)


def _numbers_or_table(value: list[object] | dict[str, object]) -> object:
    return _numbers(value) if isinstance(value, list) else value


_POINTERS: Form = ((list, dict), _NUMBERS, _numbers_or_table)


def _pointers_by_code(
    table: Mapping[str, Any], at: Key, reader: TomlReader
) -> dict[str, tuple[int, ...]]:
    pointers = {}
    for key, value in table.items():
        try:
            code = parse_code(key)
            pointers[code] = _numbers(value)
        except InvalidInputError as error:
            reader.fault((*at, key), str(error))
    return pointers


PATIENT_KEYS = (*keys_of(ClaimHeader), *keys_of(ClaimParties), "pointers")
"""The keys of a patient's table."""
