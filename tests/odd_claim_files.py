"""Odd 837P files, as clearinghouses, payers, and other programs send them. Each one is made of a valid file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.x12_faults import base_file, counted

__all__ = ["ODD_FILES"]

_INSTITUTIONAL = Path(__file__).with_name("x12_files") / "837i_outpatient_therapy.edi"


def _plain() -> str:
    return base_file("medicare_primary")


def _with(old: str, new: str, base: str = "medicare_primary") -> str:
    """Return the valid file *base* with one text replaced."""
    text = base_file(base)
    assert text.count(old) == 1, old
    return counted(text.replace(old, new))


def _after(segment: str, *more: str, base: str = "medicare_primary") -> str:
    return _with(f"{segment}~\n", "".join(f"{each}~\n" for each in (segment, *more)), base)


def _delimited(element: str, component: str, repetition: str, segment: str) -> str:
    marks = str.maketrans({"*": element, ":": component, "^": repetition, "~": segment})
    text = _plain() if "\n" not in segment else _plain().replace("~\n", "~")
    return text.translate(marks)


def _body(text: str) -> str:
    """Return the segments from ST to SE."""
    return text[text.index("ST*") : text.index("GE*")]


def _interchanges() -> str:
    return _delimited("|", ">", "!", "\r") + base_file("workers_comp") + _plain()


def _transactions() -> str:
    second = _body(base_file("workers_comp")).replace("*0001", "*0002")
    return _plain().replace("GE*1*", f"{second}GE*2*")


def _groups() -> str:
    text = base_file("workers_comp")
    second = text[text.index("GS*") : text.index("IEA*")].replace("*101", "*102")
    return _plain().replace("IEA*1*", f"{second}IEA*2*")


def _mixed() -> str:
    return _INSTITUTIONAL.read_text("ascii") + _plain()


def _renumbered() -> str:
    return (
        base_file("workers_comp")
        .replace("HL*1**", "HL*10**")
        .replace("HL*2*1*", "HL*20*10*")
        .replace("HL*3*2*", "HL*30*20*")
    )


def _two_patients() -> str:
    text = base_file("workers_comp")
    patient = text[text.index("HL*3*2") : text.index("\nSE*") + 1]
    second = patient.replace("HL*3*2", "HL*4*2").replace("ACCT-3001", "ACCT-3002")
    return counted(text.replace("SE*39*", f"{second}SE*39*"))


def _two_claims() -> str:
    """Return a file with two claims in one level of the hierarchy."""
    text = _plain()
    claim = text[text.index("CLM*") : text.index("\nSE*") + 1]
    second = claim.replace("ACCT-1003", "ACCT-1004")
    return counted(text.replace("SE*38*", f"{second}SE*38*"))


def _wrapped() -> str:
    """Return a file that is cut into lines of 80 characters, whatever is in them."""
    return re.sub("(.{80})", r"\1\r\n", _plain().replace("\n", ""))


def _dated_once() -> str:
    """Return a file with the date of service at the claim instead of its lines."""
    without = _plain().replace("DTP*472*D8*20260302~\n", "")
    return counted(without.replace("DTP*431*", "DTP*472*D8*20260302~\nDTP*431*"))


ODD_FILES: Mapping[str, Callable[[], str | bytes]] = {
    "other_delimiters": lambda: _delimited("|", ">", "!", "\\"),
    "line_feed_ends_a_segment": lambda: _delimited("*", ":", "^", "\n"),
    "carriage_return_ends_a_segment": lambda: _delimited("*", ":", "^", "\r"),
    "line_breaks_of_windows": lambda: _plain().replace("\n", "\r\n"),
    "one_line": lambda: _plain().replace("\n", ""),
    "lines_of_80_characters": _wrapped,
    "byte_order_mark": lambda: b"\xef\xbb\xbf" + _plain().encode(),
    "blank_lines_around": lambda: "\r\n  \n" + _plain() + "\n\n  \n",
    "control_z_at_the_end": lambda: _plain() + "\x1a",
    "latin_letters": lambda: _with(
        "DOE*JANE", "DO\N{LATIN CAPITAL LETTER E WITH ACUTE}*JANE"
    ).encode("cp1252"),
    "lower_case": lambda: _plain().lower(),
    "lower_case_values": lambda: _with("DOE*JANE", "Doe*Jane"),
    "several_interchanges": _interchanges,
    "several_transactions": _transactions,
    "several_groups": _groups,
    "institutional_first": _mixed,
    "acknowledgment_in_the_envelope": lambda: _with(
        "GS*HC", "TA1*000000100*260315*1200*A*000~\nGS*HC"
    ),
    "end_of_transaction_missing": lambda: _with("SE*38*0001~\n", ""),
    "every_end_missing": lambda: _plain()[: _plain().index("SE*38")],
    "hierarchy_renumbered": _renumbered,
    "two_patients_of_one_subscriber": _two_patients,
    "two_claims_of_one_patient": _two_claims,
    "unknown_segments": lambda: _after(
        "REF*G1*AUTH12345", "CR1*LB*140*I*A*DH*12", "CRC*EC*Y*01", "K3*FILE INFORMATION"
    ),
    "attachment": lambda: _after("DTP*431*D8*20260115", "PWK*OZ*BM***AC*CONTROL1"),
    "contract": lambda: _after("DTP*431*D8*20260115", "CN1*02*100"),
    "address_of_four_lines": lambda: _after("N3*200 ELM STREET", "N3*APARTMENT 3*BUILDING 4"),
    "address_of_two_lines": lambda: _with("N3*200 ELM STREET", "N3*200 ELM STREET*APARTMENT 3"),
    "ranges_of_dates": lambda: _with("DTP*431*D8*20260115", "DTP*434*RD8*20260301-20260302"),
    "time_of_a_date": lambda: _with("DTP*431*D8*20260115", "DTP*435*DT*202601151200"),
    "several_diagnosis_segments": lambda: _after(
        "HI*ABK:M5450*ABF:M25561", "HI*BP:00100", "HI*BG:A1"
    ),
    "legacy_provider_number": lambda: _after(
        "NM1*DN*1*ROE*RICHARD****XX*1555555550", "REF*0B*12345"
    ),
    "primary_care_provider": lambda: _after(
        "NM1*DN*1*ROE*RICHARD****XX*1555555550", "NM1*P3*1*POE*PAULA****XX*1245319599"
    ),
    "legacy_number_of_the_payer": lambda: _after(
        "NM1*PR*2*MEDICARE PART B*****PI*15202", "REF*2U*12345"
    ),
    "provider_of_another_payer": lambda: _after(
        "NM1*PR*2*SAMPLE GROUP PLAN*****PI*PLAN01", "NM1*82*1", "REF*G2*12345", base="msp_secondary"
    ),
    "drug_of_a_line": lambda: _after("REF*6R*ACCT1003L3", "LIN**N4*01234567891", "CTP****2*UN"),
    "date_of_the_claim_only": _dated_once,
    "amounts_with_zeros": lambda: _with("302*260*", "302*0260.00*"),
    "tax_number_of_a_person": lambda: _with("REF*EI*123456789", "REF*SY*123456789"),
    "billing_contact": lambda: _after("REF*EI*123456789", "PER*IC*FRONT DESK*TE*5555550101*EX*12"),
    "spaces_in_the_envelope": lambda: _with("*0*T*:", "*0*T*:").replace(
        "HC*CLINIC01", "HC*CLINIC01 "
    ),
    "form_of_a_line": lambda: _after("REF*6R*ACCT1003L3", "LQ*UT*04.04B", "FRM*1A**A"),
}
"""The files by what is odd."""
