"""Test that the library reads the tables of data packs: releases, edits, and payers."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.data_packs import HEAD, NO_CODE, an_assumption, write_pack
from tests.own_data import cleared_caches
from tests.refusals import refusal
from therapy_billing import Edits, FeeSchedule, NotPublishedError, load_payers, use_data
from therapy_billing.base.data_loader import data_assumptions
from therapy_billing.ncci import EditSetting

GAP = "the January 2027 release (RVU27A) is not in the data"
RELEASES = (
    f'known_through = 2027-12-31\n[[gap]]\nfrom = 2027-01-01\nthrough = 2027-03-31\nreason = "{GAP}"\n'
    '[[release]]\nname = "RVU27B"\nfrom = 2027-04-01\nsource = "invented"\n'
)
RVUS = (
    "effective_from,release,code,status,work_rvu,pe_rvu_nonfacility,pe_rvu_facility,mp_rvu,mult_proc\n"
    "2027-04-01,RVU27B,97110,A,0.50,0.50,0.50,0.00,5\n"
)
GPCI = "effective_from,mac,locality,state,name,work_gpci,pe_gpci,mp_gpci\n2027-01-01,15202,00,OH,OHIO,1.000,1.000,1.000\n"
ENDED = 'known_through = 2027-12-31\n[[release]]\nfrom = 2027-01-01\nsource = "invented"\nended = [{}]\n'
SERIES = (
    'known_through = 2027-12-31\n[[value]]\nfrom = 2027-01-01\namount = {}\nsource = "invented"\n'
    'verified = "unverified"\n'
)


@pytest.fixture(autouse=True)
def a_fresh_process() -> Iterator[None]:
    with cleared_caches():
        yield


def use(tmp_path: Path, files: Mapping[str, str], more: str = "") -> None:
    use_data(write_pack(tmp_path / "pack", files, HEAD + more))


class TestReleases:
    @pytest.fixture
    def fees(self, tmp_path: Path) -> None:
        known = Path(__file__).parents[3] / "src" / "therapy_billing" / "data" / "fees" / "gpci.csv"
        rows = [line.split(",") for line in known.read_text(encoding="utf-8").splitlines()]
        others = sorted(
            f'"{row[1]}-{row[2]}"'
            for row in rows
            if row[0] == "2026-01-01" and row[1:3] != ["15202", "00"]
        )
        files = {
            "fees/releases.toml": RELEASES,
            "fees/mpfs_rvu.csv": RVUS,
            "fees/gpci_releases.toml": ENDED.format(", ".join(others)),
            "fees/gpci.csv": GPCI,
            "parameters/medicare/conversion_factors.toml": SERIES.format("30.0000"),
            "parameters/medicare/nonparticipating.toml": SERIES.format("0.95"),
            "parameters/medicare/limiting_charge.toml": SERIES.format("1.15"),
            "parameters/medicare/mppr_office.toml": SERIES.format("0.50"),
        }
        use(tmp_path, files)

    @pytest.mark.usefixtures("fees")
    def test_amounts_come_from_the_release_of_the_pack(self) -> None:
        # (0.50 + 0.50) x 30, and with half of the practice expense (0.50 + 0.25) x 30.
        schedule = FeeSchedule.medicare("2027-04-01", locality="OH")
        assert str(schedule.amount("97110")) == "30.00"
        assert str(schedule.amount("97110", reduced=True)) == "22.50"
        assert schedule.effective_from == datetime.date(2027, 4, 1)
        assert str(FeeSchedule.medicare("2026-12-31", locality="OH").amount("97110")) == "27.87"

    @pytest.mark.usefixtures("fees")
    @pytest.mark.parametrize("day", ["2027-01-01", "2027-03-31"])
    def test_days_in_a_gap_are_refused_by_name(self, day: str) -> None:
        assert refusal(NotPublishedError, lambda: FeeSchedule.medicare(day)) == (
            f"{GAP}, so there are no Medicare amounts from 2027-01-01 through 2027-03-31"
        )


class TestStandIns:
    """A release that stands in for a later one says so, until a later pack has that release."""

    TEXT = "October to December 2026 is priced with the July 2026 file; the October file is not in the library's data"
    ASSUMED = (
        '[[assumption]]\nid = "later-releases"\ntext = "{}"\nby = "Ann Lee, biller"\nfrom = 2026-10-01\n'
        'through = 2026-12-31\nfiles = ["fees/releases.toml"]\n'
    )
    REAL = (
        '[[release]]\nname = "RVU26D"\nfrom = 2026-10-01\nsource = "invented"\n',
        RVUS.replace("2027-04-01,RVU27B", "2026-10-01,RVU26D"),
    )

    def remarks(self, day: str) -> list[str]:
        return [
            each
            for each in FeeSchedule.medicare(day, locality="OH").assumptions_on(day)
            if "October to December" in each
        ]

    def test_a_stand_in_is_one_remark_with_its_author(self, tmp_path: Path) -> None:
        use(tmp_path, NO_CODE, self.ASSUMED.format(self.TEXT))
        assert self.remarks("2026-10-01") == [
            f"{self.TEXT} (assumed by Ann Lee, biller; data pack next-year)"
        ]
        assert self.remarks("2026-09-30") == []

    def test_the_release_of_a_later_pack_ends_the_remark(self, tmp_path: Path) -> None:
        releases, rows = self.REAL
        first = write_pack(tmp_path / "a", NO_CODE, HEAD + self.ASSUMED.format(self.TEXT))
        files = {"fees/releases.toml": releases, "fees/mpfs_rvu.csv": rows}
        second = write_pack(tmp_path / "b", files, HEAD.replace("next-year", "october"))
        use_data(first, second)
        assert self.remarks("2026-10-01") == []
        assert str(FeeSchedule.medicare("2026-10-01").amount("97110")) == "33.40"
        assert str(FeeSchedule.medicare("2026-09-30").amount("97110")) == "29.06"

    def year(self, folder: Path, letter: str, first: str, *applied: str) -> Path:
        """Write a pack with a release of 2027 that stands in for the later ones."""
        row = f'[[release]]\nname = "RVU27{letter}"\nfrom = {first}\nsource = "invented"\n'
        more = [f'{row}applied = {day}\nassumption = "as before"\n' for day in applied]
        files = {
            "fees/releases.toml": f"known_through = 2027-12-31\n{row}{''.join(more)}",
            "fees/mpfs_rvu.csv": RVUS.replace("2027-04-01,RVU27B", f"{first},RVU27{letter}"),
        }
        assumed = self.ASSUMED.format(f"RVU27{letter} also applies later")
        manifest = HEAD.replace("next-year", f"year-{letter}") + assumed.replace("2026-", "2027-")
        return write_pack(folder / letter, files, manifest)

    def test_a_stand_in_of_a_later_pack_ends_the_remark_of_the_earlier_one(
        self, tmp_path: Path
    ) -> None:
        january = self.year(tmp_path, "A", "2027-01-01", "2027-07-01", "2027-10-01")
        use_data(january, self.year(tmp_path, "C", "2027-07-01", "2027-10-01"))
        assert data_assumptions(datetime.date(2027, 10, 1), "fees/releases.toml") == (
            "RVU27C also applies later (assumed by Ann Lee, biller; data pack year-C)",
        )


class TestEdits:
    FILES = (
        '[[file]]\nkind = "mue"\nsetting = "practitioner"\nfrom = 2027-01-01\ntable = "mue-a"\ncodes = ["97110", "97112"]\n'
        '[file.source]\ntitle = "limits of a pack"\nverified = "unverified"\n'
        '[[file]]\nkind = "ptp"\nsetting = "practitioner"\nfrom = 2027-01-01\ntable = "ptp-a"\n'
        'codes = ["97110", "97112", "97150"]\ncolumn1_from = "97110"\ncolumn1_through = "97140"\n'
        '[file.source]\ntitle = "pairs of a pack"\nverified = "unverified"\n'
        '[[file]]\nkind = "ptp-active"\nsetting = "outpatient-hospital"\nfrom = 2027-01-01\ntable = "ptp-b"\n'
        'codes = ["97110", "97112"]\n[file.source]\ntitle = "list of a pack"\nverified = "unverified"\n'
    )

    @pytest.fixture
    def edits(self, tmp_path: Path) -> Edits:
        captions = "column1,column2,indicator,effective_from,deleted_on,prior_to_1996,rationale"
        files = {
            "edits/releases.toml": self.FILES,
            "edits/mue_a.csv": "code,units,mai,rationale\n97110,7,3,Clinical: Data\n",
            "edits/ptp_a.csv": f"{captions}\n97112,97110,1,2027-01-01,,,Misuse\n",
            "edits/ptp_b.csv": "column1,column2,indicator\n97110,97112,0\n",
        }
        use(tmp_path, files)
        return Edits.bundled()

    def test_a_limit_of_a_pack_answers_for_its_codes(self, edits: Edits) -> None:
        answer = edits.limit("97110", "2027-01-01")
        assert answer.limit is not None
        assert answer.source is not None
        assert (answer.limit.units, answer.source.title) == (7, "limits of a pack")
        assert edits.limit("97112", "2027-03-31").state.value == "clean"
        assert edits.limit("97112", "2027-04-01").state.value == "undated"
        assert edits.limit("97140", "2027-01-01").state.value == "undated"

    def test_a_pair_of_a_pack_has_its_days(self, edits: Edits) -> None:
        states = [
            edits.pair("97110", "97112", day).state.value for day in ("2026-12-31", "2027-01-01")
        ]
        assert states == ["clean", "in-force"]

    def test_codes_outside_of_the_range_are_not_answered(self, edits: Edits) -> None:
        # 97150 as column 1 is outside of the range, so only an earlier file knows the pair.
        assert edits.pair("97110", "97150", "2027-01-01").state.value != "clean"

    def test_a_list_of_a_pack_has_no_history(self, edits: Edits) -> None:
        setting = EditSetting.OUTPATIENT_HOSPITAL
        assert edits.pair("97110", "97112", "2027-01-01", setting).state.value == "in-force"
        assert edits.pair("97110", "97112", "2027-04-01", setting).state.value == "undated"

    def test_the_files_of_packs_go_first(self, edits: Edits) -> None:
        titles = [each.source.title for each in edits.coverage()]
        assert titles[:3] == ["list of a pack", "pairs of a pack", "limits of a pack"]


def test_a_file_of_the_user_cannot_have_the_name_of_a_packs_payer(tmp_path: Path) -> None:
    text = 'name = "acme"\nbase = "medicare"\n'
    use(tmp_path, {"payers/acme.toml": text}, an_assumption("payers/acme.toml"))
    place = tmp_path / "own.toml"
    place.write_text(text)
    with pytest.raises(ExceptionGroup) as caught:
        load_payers(place)
    assert str(caught.value.exceptions[0]) == (
        f"{place}, line 1, column name: the library has a payer with this name in a data pack (payers/acme.toml): choose another "
        "name"
    )
