"""Which role credentials show."""

from __future__ import annotations

import pytest

from tests.grids import for_each
from therapy_billing.chart.credentials import author_of
from therapy_billing.codes.roles import Clinician

THERAPISTS = ("PT", "DPT", "MPT", "MSPT", "OT", "OTR", "OTR/L", "OTD", "MOT", "SLP", "CCC-SLP")
OTHERS = (
    *("SPT", "SPTA", "OTS", "OTAS", "PT student", "student PT", "PT/S", "PTA student"),
    *("PT intern", "Intern", "aide", "PT aide", "rehab tech", "technician", "ATC", "LAT, ATC"),
)


@for_each(license=THERAPISTS, other=OTHERS)
def test_a_therapist_s_license_decides_against_every_other_role(license: str, other: str) -> None:  # noqa: A002 - the word
    assert author_of(license) is Clinician.THERAPIST
    assert author_of(other) not in (Clinician.THERAPIST, Clinician.ASSISTANT)
    for text in (
        f"J. Smith, {other}; A. Jones, {license}",
        f"A. Jones, {license}; J. Smith, {other}",
        f"{other} / {license}",
        f"{license}, {other}".lower(),
        f"A. Jones, {license}\nJ. Smith, {other}",
    ):
        assert author_of(text) is Clinician.THERAPIST, text


@for_each(license=("PTA", "LPTA", "OTA", "COTA", "COTA/L", "SLPA"), other=[*OTHERS, *THERAPISTS])
def test_an_assistant_s_license_decides_against_all(license: str, other: str) -> None:  # noqa: A002 - the word
    assert author_of(f"J. Smith, {other}; A. Jones, {license}") is Clinician.ASSISTANT
    assert author_of(f"{license}, {other}") is Clinician.ASSISTANT


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("", "therapist"),
        ("MD", "therapist"),
        ("PT, aide present", "therapist"),
        ("PT, MS, Intern Supervisor", "therapist"),
        ("PT student supervisor", "therapist"),
        ("PT student", "student"),
        ("M. Aide, PT", "therapist"),
        ("M. Aide PT", "therapist"),
        ("PT aide", "aide"),
        ("PT/OT tech", "aide"),
        ("PT tech coordinator", "therapist"),
        ("PT/OT student", "student"),
        ("COTA/L student", "student"),
        ("OT Level II fieldwork student", "student"),
        ("OT, Level II fieldwork student", "therapist"),
        ("SLP graduate student", "student"),
        ("SLP-student", "student"),
        ("SLP/S", "student"),
        ("OT/SLP", "therapist"),
        ("PT (student)", "student"),
        ("PT (student present)", "therapist"),
        ("PT - student J. Smith, SPT", "therapist"),
        ("DPT candidate", "student"),
        ("PT, DPT candidate", "therapist"),
        ("P.T.", "therapist"),
        ("S.P.T.", "student"),
        ("J. Smith, S.P.T.; A. Jones, P.T.", "therapist"),
        ("P.T.A.", "assistant"),
        ("PT (supervising the PTAs)", "therapist"),
        ("physical therapist", "therapist"),
        ("SPT; A. Jones, physical therapist", "therapist"),
        ("student physical therapist", "student"),
        ("physical therapist student", "student"),
        ("physical therapist aide", "aide"),
        ("physical therapy aide", "aide"),
        ("Licensed Physical Therapist Assistant", "assistant"),
        ("physical therapy assistant", "assistant"),
        ("PT assistant", "assistant"),
        ("physical therapist assistant student", "student"),
        ("occupational therapist", "therapist"),
        ("aide; A. Jones, occupational therapist", "therapist"),
        ("Certified Occupational Therapy Assistant", "assistant"),
        ("occupational therapist assistant", "assistant"),
        ("student occupational therapy assistant", "student"),
        ("aide; A. Jones, speech-language pathologist", "therapist"),
        ("aide; A. Jones, speech therapist", "therapist"),
        ("speech-language pathology assistant", "assistant"),
    ],
)
def test_the_role_of(text: str, role: str) -> None:
    assert author_of(text) is Clinician(role)


def test_a_long_text_is_read_in_little_time() -> None:
    for piece in ("PT ", "PT/", "PT GRAD ", "A.", "STUDENT ", " ", "-", "PT " + " " * 50):
        assert author_of(piece * 5000) in Clinician
