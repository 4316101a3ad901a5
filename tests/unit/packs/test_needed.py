"""Test what extends the data in use, and which answers it makes possible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.law.parameters import SERIES, load_parameter
from therapy_billing.ncci.records import EditSetting
from therapy_billing.packs import needed
from therapy_billing.packs.needed import NeededFile, needed_files, needed_text
from therapy_billing.packs.periods import DataPeriod

END_OF_2026, END_OF_2027 = date(2026, 12, 31), date(2027, 12, 31)
PTP_PAGE = (
    "  Page: https://www.cms.gov/medicare/coding-billing/national-correct-coding-initiative-ncci-edits/"
    "medicare-ncci-procedure-procedure-ptp-edits"
)
KINDS = ("codes", "payers", "parameters", "fees", "localities", "zip5")


def all_through(last: date, **others: date | None) -> tuple[DataPeriod, ...]:
    """Return periods that all end on *last*, except the *others*."""
    plain = [DataPeriod(kind, kind, others.get(kind, last)) for kind in KINDS]
    edits = [
        DataPeriod(kind, f"{kind} {setting.value}", others.get(kind, last), setting=setting)
        for kind in ("ptp", "mue")
        for setting in EditSetting
    ]
    return (*plain, *edits)


def use_periods(monkeypatch: pytest.MonkeyPatch, periods: Sequence[DataPeriod]) -> None:
    monkeypatch.setattr(needed, "data_periods", lambda: tuple(periods))


@pytest.fixture
def through_2026(monkeypatch: pytest.MonkeyPatch) -> None:
    use_periods(monkeypatch, all_through(END_OF_2026, zip5=None))


def of_kind(
    kind: str, setting: EditSetting | None = None, through: date = END_OF_2027
) -> list[NeededFile]:
    return [each for each in needed_files(through) if each.kind == kind and each.setting is setting]


@pytest.mark.usefixtures("through_2026")
class TestFiles:
    def test_each_quarter_has_a_file_of_relative_values(self) -> None:
        files = of_kind("rvu")
        assert [file.names for file in files] == [
            ("rvu27a.zip",),
            ("rvu27b.zip",),
            ("rvu27c.zip",),
            ("rvu27d.zip",),
        ]
        assert [file.effective_from for file in files] == [
            date(2027, month, 1) for month in (1, 4, 7, 10)
        ]
        assert files[-1].effective_through == END_OF_2027
        assert files[1].contains == (
            "PPRRVU2027_Apr_nonQPP, PPRRVU2027_Apr_QPP, GPCI2027, and 27LOCCO"
        )

    def test_published_amounts_are_needed_for_the_same_quarters(self) -> None:
        assert [file.effective_from for file in of_kind("amounts")] == [
            file.effective_from for file in of_kind("rvu")
        ]

    def test_without_zip_codes_the_files_start_with_the_fees(self) -> None:
        names = [file.names[0] for file in of_kind("zip5")]
        assert names == [f"ZIP5_{month}2027.txt" for month in ("JAN", "APR", "JUL", "OCT")]

    @pytest.mark.parametrize(
        ("setting", "name"),
        [(EditSetting.PRACTITIONER, "ccipra"), (EditSetting.OUTPATIENT_HOSPITAL, "ccioph")],
    )
    def test_the_version_of_a_ptp_file_is_the_year_less_1994(
        self, setting: EditSetting, name: str
    ) -> None:
        files = of_kind("ptp", setting)
        assert files[0].names == tuple(f"{name}-v330r0-f{part}" for part in (1, 2, 3, 4))
        assert files[3].names[0] == f"{name}-v333r0-f1"

    def test_an_mue_file_is_named_for_its_first_day(self) -> None:
        names = [file.names[0] for file in of_kind("mue", EditSetting.OUTPATIENT_HOSPITAL)]
        assert names[::3] == [
            "MCR_MUE_OutpatientHospitalServices_Eff_01-01-2027",
            "MCR_MUE_OutpatientHospitalServices_Eff_10-01-2027",
        ]

    def test_a_day_inside_a_quarter_needs_the_file_of_that_quarter(self) -> None:
        assert [file.names for file in of_kind("rvu", through=date(2027, 1, 1))] == [
            ("rvu27a.zip",)
        ]
        assert of_kind("rvu", through=END_OF_2026) == []

    def test_every_file_names_what_its_names_follow_its_page_and_its_source(self) -> None:
        files = [
            each for each in needed_files(END_OF_2027) if each.kind not in ("number", "statement")
        ]
        for each in files:
            assert each.follows
            assert each.page.startswith("https://www.cms.gov/")
            assert each.source.title
            assert each.unlocks


@pytest.mark.usefixtures("through_2026")
class TestNumbersAndStatements:
    def test_every_number_that_ends_is_requested_or_in_a_file(self) -> None:
        ends = {
            name for name in SERIES if load_parameter(f"medicare/{name}").known_through < date.max
        }
        in_files = {"conversion_factors"}
        assert {row["series"] for row in read_toml("downloads.toml")["number"]} == ends - in_files

    def test_a_number_is_needed_from_the_day_after_its_last(self) -> None:
        numbers = {file.names[0]: file for file in of_kind("number")}
        assert numbers["kx_threshold"].effective_from == date(2027, 1, 1)
        assert numbers["kx_threshold"].effective_through == END_OF_2027
        # The law sets it for every year before 2028.
        assert "medical_review_threshold" not in numbers
        later = {file.names[0]: file for file in of_kind("number", through=date(2028, 1, 1))}
        assert later["medical_review_threshold"].effective_from == date(2028, 1, 1)

    def test_only_the_dollars_of_a_year_cannot_be_carried_forward(self) -> None:
        asked = {file.names[0] for file in of_kind("number") if not file.or_assume}
        assert asked == {
            "kx_threshold",
            "part_b_deductible",
            "conversion_factors_qualifying_apm",
        }

    def test_assumptions_unlock_units_and_policies(self) -> None:
        options = [file.names[0] for file in of_kind("statement")]
        assert options == ["--assume codes-unchanged", "--assume policy-unchanged"]


class TestDataInUse:
    def test_data_that_reaches_the_date_needs_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_periods(monkeypatch, all_through(END_OF_2026))
        assert needed_files("2026-12-31") == ()
        assert needed_text("2026-12-31") == (
            "Nothing is needed: the data in use goes through 2026-12-31.\n"
        )

    def test_zip_codes_alone_are_needed_for_the_last_quarter_only(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_periods(monkeypatch, all_through(END_OF_2026, zip5=None))
        (file,) = needed_files(END_OF_2026)
        assert (file.kind, file.effective_from) == ("zip5", date(2026, 10, 1))

    def test_the_earlier_end_of_fees_and_localities_decides(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_periods(monkeypatch, all_through(END_OF_2026, localities=date(2026, 6, 30)))
        assert [file.names for file in of_kind("rvu", through=END_OF_2026)] == [
            ("rvu26c.zip",),
            ("rvu26d.zip",),
        ]

    def test_edits_are_needed_from_the_quarter_after_the_last(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_periods(monkeypatch, all_through(END_OF_2026, mue=date(2026, 9, 30)))
        files = needed_files(END_OF_2026)
        assert [(file.kind, file.effective_from) for file in files] == [
            ("mue", date(2026, 10, 1))
        ] * 2

    def test_without_any_pairs_the_last_quarter_is_needed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        use_periods(monkeypatch, all_through(END_OF_2026, ptp=None))
        assert {file.effective_from for file in needed_files(END_OF_2026)} == {date(2026, 10, 1)}


@pytest.mark.usefixtures("through_2026")
class TestText:
    def test_a_kind_of_file_has_one_section(self) -> None:
        lines = needed_text("2027-06-30").splitlines()
        start = lines.index("NCCI pairs (PTP), practitioner")
        assert lines[start : start + 7] == [
            "NCCI pairs (PTP), practitioner",
            "  For: the check ncci-ptp for practitioners",
            PTP_PAGE,
            "  2027-01-01 to 2027-03-31: ccipra-v330r0-f1 to f4",
            "  2027-04-01 to 2027-06-30: ccipra-v331r0-f1 to f4",
            "  Look for: four zip files, each with a txt and an xlsx file; most therapy codes are in f4",
            "  The names follow those of earlier files: ccipra-v320r0-f1 (2026 Q1) to ccipra-v323r0-f4 (2026 Q4)",
        ]

    def test_numbers_are_one_list_with_their_pages(self) -> None:
        text = needed_text(END_OF_2027)
        assert (
            "  kx_threshold, from 2027-01-01: KX and the annual threshold\n"
            "    KX threshold: https://www.cms.gov/medicare/coding-billing/therapy-services\n"
        ) in text
        assert (
            "  coinsurance, from 2027-01-01: what Medicare pays and the patient owes (or --assume policy-unchanged)\n"
        ) in text
        assert "https://www.cms.gov/newsroom (fact sheet on the premiums" in text
        assert text.count("Numbers that no file contains") == 1

    def test_data_that_reaches_the_date_is_listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        use_periods(monkeypatch, all_through(END_OF_2027, fees=END_OF_2026))
        end = needed_text(END_OF_2027).split("Already in the data through 2027-12-31:\n")[1]
        assert end.startswith("  codes: through 2027-12-31\n")
        assert "fees" not in end

    def test_a_date_that_nothing_reaches_has_no_such_list(self) -> None:
        assert "Already in the data" not in needed_text(END_OF_2027)


@pytest.mark.parametrize("day", ["2100-01-01", "1999-12-31", "0001-01-01"])
def test_a_date_that_no_data_is_for_is_refused(day: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        needed_files(day)
    assert (caught.value.field, str(caught.value)) == (
        "through",
        f"through must be in 2000 to 2099, got {day}",
    )


def test_the_years_through_2099_have_files() -> None:
    assert needed_files("2099-12-31")[-1].effective_through == date(2099, 12, 31)


def test_what_is_no_date_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="through must be a date such as 2026-03-02"):
        needed_files("next year")
