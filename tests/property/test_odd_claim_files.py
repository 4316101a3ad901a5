"""Odd 837P files are read: every claim and line is found, and what is odd has a remark."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from tests.odd_claim_files import ODD_FILES
from therapy_billing.base.errors import FileFormatError
from therapy_billing.formats import ProfessionalClaims, read_837p

# The lines of each claim, for each transaction, and the kinds of remarks.
EXPECTED: Mapping[str, tuple[list[list[int]], set[str]]] = {
    "other_delimiters": ([[3]], set()),
    "line_feed_ends_a_segment": ([[3]], set()),
    "carriage_return_ends_a_segment": ([[3]], set()),
    "line_breaks_of_windows": ([[3]], set()),
    "one_line": ([[3]], set()),
    "lines_of_80_characters": ([[3]], {"envelope"}),
    "byte_order_mark": ([[3]], set()),
    "blank_lines_around": ([[3]], set()),
    "control_z_at_the_end": ([[3]], set()),
    "latin_letters": ([[3]], {"envelope"}),
    "lower_case_values": ([[3]], set()),
    "several_interchanges": ([[3], [1], [3]], set()),
    "several_transactions": ([[3], [1]], set()),
    "several_groups": ([[3], [1]], set()),
    "institutional_first": ([[3]], {"not-professional"}),
    "acknowledgment_in_the_envelope": ([[3]], set()),
    "end_of_transaction_missing": ([[3]], {"envelope"}),
    "every_end_missing": ([[3]], {"envelope"}),
    "hierarchy_renumbered": ([[1]], {"hierarchy"}),
    "two_patients_of_one_subscriber": ([[1, 1]], set()),
    "two_claims_of_one_patient": ([[3, 3]], set()),
    "unknown_segments": ([[3]], {"not-read"}),
    "attachment": ([[3]], {"not-read"}),
    "contract": ([[3]], {"not-read"}),
    "address_of_four_lines": ([[3]], {"repeated"}),
    "address_of_two_lines": ([[3]], set()),
    "ranges_of_dates": ([[3]], {"not-read"}),
    "time_of_a_date": ([[3]], {"not-read"}),
    "several_diagnosis_segments": ([[3]], {"not-read"}),
    "legacy_provider_number": ([[3]], {"not-read"}),
    "primary_care_provider": ([[3]], {"not-read"}),
    "legacy_number_of_the_payer": ([[3]], {"not-read"}),
    "provider_of_another_payer": ([[2]], {"not-read"}),
    "drug_of_a_line": ([[3]], {"not-read"}),
    "date_of_the_claim_only": ([[3]], {"not-read"}),
    "amounts_with_zeros": ([[3]], set()),
    "tax_number_of_a_person": ([[3]], set()),
    "billing_contact": ([[3]], set()),
    "spaces_in_the_envelope": ([[3]], set()),
    "form_of_a_line": ([[3]], {"not-read"}),
}  # fmt: skip


def read(name: str) -> ProfessionalClaims:
    made = ODD_FILES[name]()
    return read_837p(io.BytesIO(made if isinstance(made, bytes) else made.encode()), names=True)


class TestOddFiles:
    @pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED.keys())
    def test_an_odd_file_is_read(
        self, name: str, expected: tuple[list[list[int]], set[str]]
    ) -> None:
        found = read(name)
        lines = [[len(claim.lines) for claim in each.claims] for each in found.submissions]
        assert (lines, {remark.kind for remark in found.remarks}) == expected

    def test_no_file_is_left_out(self) -> None:
        assert ODD_FILES.keys() - EXPECTED.keys() == {"lower_case"}

    def test_a_file_in_lower_case_is_refused(self) -> None:
        with pytest.raises(FileFormatError, match="which starts with ISA"):
            read("lower_case")

    @pytest.mark.parametrize(
        "name",
        [
            "other_delimiters",
            "line_feed_ends_a_segment",
            "carriage_return_ends_a_segment",
            "line_breaks_of_windows",
            "one_line",
            "lines_of_80_characters",
            "byte_order_mark",
            "blank_lines_around",
            "control_z_at_the_end",
            "lower_case_values",
            "acknowledgment_in_the_envelope",
            "end_of_transaction_missing",
            "every_end_missing",
            "amounts_with_zeros",
        ],
    )
    def test_what_does_not_matter_changes_nothing(self, name: str) -> None:
        assert read(name).submissions == read("line_breaks_of_windows").submissions
