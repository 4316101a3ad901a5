"""The words that billers use for who furnished a service."""

from __future__ import annotations

import pytest

from tests.refusals import refusal
from therapy_billing import Clinician, InvalidInputError
from therapy_billing.codes.roles import parse_clinician

WORDS = {
    "therapist": "PT DPT OT OTR OTR/L SLP CCC-SLP",
    "assistant": "PTA LPTA OTA COTA COTA/L SLPA",
    "student": "SPT SPTA OTS OTAS PT/S OT/S intern",
    "aide": "tech technician",
    "athletic-trainer": "ATC",
    "physician": "MD DO NP NPP PA PA-C CNS doctor",
}
PHRASES = {
    "physical therapist": "therapist",
    "occupational therapist": "therapist",
    "speech-language pathologist": "therapist",
    "physical therapist assistant": "assistant",
    "physical therapy assistant": "assistant",
    "occupational therapy assistant": "assistant",
    "PT assistant": "assistant",
    "PT aide": "aide",
    "OT aide": "aide",
    "therapy aide": "aide",
    "rehab tech": "aide",
    "student PT": "student",
    "PT student": "student",
    "OT student": "student",
    "SLP student": "student",
    "PTA student": "student",
    "student therapist": "student",
    "physician assistant": "physician",
    "nurse practitioner": "physician",
    "clinical nurse specialist": "physician",
}


@pytest.mark.parametrize(
    ("word", "role"),
    [
        *((word, role) for role, words in WORDS.items() for word in words.split()),
        *PHRASES.items(),
    ],
)
def test_a_clinician_is_read_as_billers_write_it(word: str, role: str) -> None:
    for text in (word, word.lower(), word.upper(), f" {word} ", word.replace(" ", "-")):
        assert parse_clinician(text) is Clinician(role)


@pytest.mark.parametrize(
    "word",
    [
        *[
            "CF",
            "CFY",
            "CF-SLP",
            "SLP-CF",
            "CNA",
            "MA",
            "RN",
            "LPN",
            "DPM",
            "DC",
            "LMT",
            "PCA",
            "CMA",
            "nurse",
        ],
        *("medical assistant", "nursing assistant", "nursing student"),
    ],
)
def test_a_word_for_no_role_or_several_is_refused_without_a_suggestion(word: str) -> None:
    message = refusal(InvalidInputError, lambda: parse_clinician(word))
    assert "did you mean" not in message


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("therapis", "therapist"),
        ("assitant", "assistant"),
        ("techncian", "aide"),
        ("PT assistnt", "assistant"),
        ("physical therapist asistant", "assistant"),
        ("clinical-felow", "clinical-fellow"),
    ],
)
def test_a_typing_error_has_a_suggestion(word: str, role: str) -> None:
    message = refusal(InvalidInputError, lambda: parse_clinician(word))
    assert message.endswith(f"; did you mean {role}?")
