"""Test the records of data packs, and reading them from folders and zip files."""

from __future__ import annotations

import datetime
import shutil
import zipfile
from functools import partial
from pathlib import Path

import pytest

from tests.data_packs import HEAD, an_assumption, faults_of, table_of, write_pack, zip_pack
from tests.refusals import refusal
from therapy_billing.base.data_packs import (
    Assumption,
    CodesFile,
    Correction,
    Pack,
    PackCheck,
    PackSource,
    read_pack,
)
from therapy_billing.base.errors import FileFormatError, InvalidInputError

CODES = "known_through = 2027-12-31\n"
HASH = "a" * 64
WHOLE = (
    HEAD
    + 'remark = "made for a test"\n'
    + f'\n[[source]]\nname = "rvu27a.zip/PPRRVU27_JAN.csv"\nsha256 = "{HASH}"\nkind = "pprrvu"\nrelease = "RVU27A"\nrows = 3\n'
    + an_assumption("codes/therapy.toml")
    + '\n[[correction]]\nfile = "codes/own.toml"\nkey = "T1027"\nsource = "the payer"\n'
    + '\n[[check]]\nwhat = "amounts"\nagainst = "PFALL27A.txt"\ncompared = 12\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_pack(tmp_path / "pack", {"codes/therapy.toml": CODES}, WHOLE)


def test_a_pack_has_the_terms_of_its_manifest(folder: Path) -> None:
    pack = Pack.from_folder(folder)
    assert (pack.name, pack.remark) == ("next-year", "made for a test")
    assert (pack.effective_from, pack.effective_through) == (
        datetime.date(2027, 1, 1),
        datetime.date(2027, 12, 31),
    )
    assert pack.sources == (PackSource("rvu27a.zip/PPRRVU27_JAN.csv", HASH, "pprrvu", "RVU27A", 3),)
    assert pack.assumptions == (
        Assumption(
            "unchanged",
            "nothing changes in 2027",
            "Ann Lee, biller",
            datetime.date(2026, 12, 30),
            datetime.date(2027, 1, 1),
            datetime.date(2027, 12, 31),
            ("codes/therapy.toml",),
        ),
    )
    assert pack.corrections == (Correction("codes/own.toml", "T1027", "the payer"),)
    assert pack.checks == (PackCheck("amounts", "PFALL27A.txt", 12),)
    assert pack.paths() == ("codes/therapy.toml",)
    assert pack.text("codes/therapy.toml") == CODES
    assert pack.tables == ()


def test_the_label_is_the_name_and_eight_characters_of_the_hash(folder: Path) -> None:
    pack = Pack.from_folder(folder)
    assert len(pack.sha256) == 64
    assert pack.label == f"next-year {pack.sha256[:8]}"
    assert repr(pack) == f"<Pack {pack.label}, 2027-01-01 to 2027-12-31>"


@pytest.mark.parametrize("inside", ["", "medicare-2027/"])
def test_a_zip_file_is_the_same_pack_as_its_folder(
    folder: Path, tmp_path: Path, inside: str
) -> None:
    zipped = Pack.from_folder(zip_pack(folder, tmp_path / "pack.zip", inside))
    assert zipped.sha256 == Pack.from_folder(folder).sha256
    assert zipped.paths() == ("codes/therapy.toml",)


@pytest.mark.parametrize("path", ["codes/therapy.toml", "pack.toml"])
def test_any_change_of_a_file_changes_the_hash(folder: Path, path: str) -> None:
    before = Pack.from_folder(folder).sha256
    place = folder / path
    place.write_text(place.read_text() + "\n# more\n")
    assert Pack.from_folder(folder).sha256 != before


def test_other_files_in_the_folder_are_no_data(folder: Path) -> None:
    before = Pack.from_folder(folder).sha256
    for path in ("__init__.py", "README.md", ".hidden/a.toml", "__pycache__/b.toml"):
        place = folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_text("x")
    assert Pack.from_folder(folder).sha256 == before


def test_an_assumption_covers_its_files_and_every_file_of_a_pattern() -> None:
    given = Assumption(
        "a",
        "b",
        "c",
        None,
        datetime.date.min,
        datetime.date.max,
        ("payers/*.toml", "fees/gpci.csv"),
    )
    paths = ("payers/aetna.toml", "payers/x/aetna.toml", "fees/gpci.csv", "fees/mpfs_rvu.csv")
    assert [given.covers(path) for path in paths] == [True, False, True, False]


def test_an_unknown_file_of_a_pack_is_refused_with_the_files_it_has(folder: Path) -> None:
    pack = Pack.from_folder(folder)
    assert refusal(InvalidInputError, lambda: pack.text("codes/own.toml")) == (
        "path must be a data file of the pack (codes/therapy.toml), got a string of 14 characters"
    )


STRAY = "the file would not be read, because its name does not end in .toml or .csv in lower case: rename or remove it"


class TestFilesThatWouldNotBeRead:
    """No file that is meant to be data is passed over silently."""

    @pytest.mark.parametrize(
        "path",
        [
            "codes/own.toml.txt",
            "codes/own.tml",
            "Codes/Own.TOML",
            "PAYERS/acme",
            "fees/gpci.xlsx",
            "own.toml.txt",
            "GPCI.CSV",
        ],
    )
    def test_it_is_named_in_a_folder_and_in_a_zip_file(self, tmp_path: Path, path: str) -> None:
        folder = write_pack(tmp_path / "pack", {path: "", "codes/own.toml": ""})
        zipped = zip_pack(folder, tmp_path / "pack.zip", "inner/")
        for place in (folder, zipped):
            assert faults_of(partial(Pack.from_folder, place), place) == [f"{path}: {STRAY}"]

    @pytest.mark.parametrize(
        "path",
        [
            "codes/README",
            "fees/readme.txt",
            "codes/.own.toml.swp",
            "payers/__init__.py",
            "payers/__pycache__/a.pyc",
            "codes/Thumbs.db",
            "notes.txt",
            "LICENSE",
            "module.pyi",
            "py.typed",
        ],
    )
    def test_notes_and_files_of_other_programs_are_passed_over(
        self, tmp_path: Path, path: str
    ) -> None:
        folder = write_pack(tmp_path / "pack", {path: "", "codes/own.toml": ""})
        assert Pack.from_folder(folder).paths() == ("codes/own.toml",)
        zipped = zip_pack(folder, tmp_path / "pack.zip")
        assert Pack.from_folder(zipped).paths() == ("codes/own.toml",)

    def test_a_linked_folder_is_read(self, folder: Path, tmp_path: Path) -> None:
        linked = write_pack(tmp_path / "linked", {})
        (linked / "codes").symlink_to(folder / "codes", target_is_directory=True)
        assert Pack.from_folder(linked).paths() == ("codes/therapy.toml",)

    def test_a_folder_linked_into_itself_is_read_once(self, folder: Path) -> None:
        (folder / "codes" / "again").symlink_to(folder, target_is_directory=True)
        assert Pack.from_folder(folder).paths() == ("codes/therapy.toml",)

    def test_a_link_to_a_file_that_is_not_there_is_an_os_error(self, folder: Path) -> None:
        (folder / "codes" / "own.toml").symlink_to(folder / "nowhere.toml")
        with pytest.raises(FileNotFoundError):
            Pack.from_folder(folder)

    def test_a_pack_without_a_data_file_is_refused(self, tmp_path: Path) -> None:
        folder = write_pack(tmp_path / "pack", {}, HEAD + an_assumption("payers/*.toml"))
        reason = "no data file: a data pack has files in codes, edits, fees, parameters, or payers"
        for place in (folder, zip_pack(folder, tmp_path / "pack.zip")):
            assert faults_of(partial(Pack.from_folder, place), tmp_path) == [
                f"{place.name}: {reason}"
            ]


class TestZipFiles:
    def test_a_zip_file_with_two_packs_is_refused(self, folder: Path, tmp_path: Path) -> None:
        both = write_pack(tmp_path / "both" / "b", {"codes/own.toml": ""}).parent
        shutil.copytree(folder, both / "a")
        place = zip_pack(both, tmp_path / "both.zip")
        assert refusal(FileFormatError, lambda: Pack.from_folder(place)) == (
            f"{place}: the zip file has several data packs (a/pack.toml, b/pack.toml): unpack it, and use each of them by itself"
        )

    @pytest.mark.parametrize("again", ["codes/therapy.toml", "codes\\therapy.toml"])
    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_file_that_is_there_twice_is_refused(
        self, folder: Path, tmp_path: Path, again: str
    ) -> None:
        place = zip_pack(folder, tmp_path / "pack.zip")
        with zipfile.ZipFile(place, "a") as archive:
            archive.writestr(again, "known_through = 2028-12-31\n")
        assert refusal(FileFormatError, lambda: Pack.from_folder(place)) == (
            f"{place}: codes/therapy.toml is in the zip file twice: make the zip file again"
        )

    def test_backslashes_are_read_as_slashes(self, folder: Path, tmp_path: Path) -> None:
        place = tmp_path / "pack.zip"
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("a\\", "")
            archive.writestr("a\\pack.toml", WHOLE)
            archive.writestr("a\\codes\\therapy.toml", CODES)
        assert Pack.from_folder(place).sha256 == Pack.from_folder(folder).sha256

    def test_a_file_outside_of_the_packs_folder_is_named(
        self, folder: Path, tmp_path: Path
    ) -> None:
        place = zip_pack(folder, tmp_path / "pack.zip", "a/")
        with zipfile.ZipFile(place, "a") as archive:
            archive.writestr("codes/own.toml", "")
            archive.writestr("notes.txt", "")
        assert faults_of(lambda: Pack.from_folder(place), place) == [
            "codes/own.toml: the file is not in the folder of pack.toml, so it would not be read: move it there, or remove it"
        ]

    def test_a_zip_file_without_a_manifest_is_no_pack(self, tmp_path: Path) -> None:
        place = tmp_path / "pack.zip"
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("codes/own.toml", "")
        assert "no pack.toml" in refusal(FileFormatError, lambda: Pack.from_folder(place))


class TestByteOrderMarks:
    def test_files_may_begin_with_one(self, tmp_path: Path) -> None:
        plain = write_pack(tmp_path / "plain", {"codes/own.toml": "code = []\n"})
        marked = write_pack(
            tmp_path / "marked", {"codes/own.toml": "\ufeffcode = []\n"}, f"\ufeff{HEAD}"
        )
        pack = Pack.from_folder(marked)
        assert pack.name == "next-year"
        assert pack.text("codes/own.toml") == "code = []\n"
        assert pack.sha256 != Pack.from_folder(plain).sha256


class TestReadPack:
    def test_a_folder_may_have_any_name(self, tmp_path: Path) -> None:
        folder = write_pack(tmp_path / "pack.toml", {"codes/own.toml": ""})
        assert read_pack(str(folder)).name == "next-year"

    @pytest.mark.parametrize(
        ("name", "path"), [("own.toml", str), ("own.toml", CodesFile), ("own.txt", CodesFile)]
    )
    def test_a_file_of_codes_is_one(self, tmp_path: Path, name: str, path: type[str]) -> None:
        place = tmp_path / name
        place.write_text("code = []\n")
        assert read_pack(path(place)).paths() == ("codes/own.toml",)

    def test_a_path_that_is_not_there_is_an_os_error(self, tmp_path: Path) -> None:
        for name in ("own.toml", "pack"):
            with pytest.raises(FileNotFoundError):
                read_pack(str(tmp_path / name))


def test_a_pack_as_plain_values_has_its_hash_and_not_its_contents(folder: Path) -> None:
    pack = Pack.from_folder(folder)
    plain = pack.to_dict()
    assert (plain["name"], plain["sha256"]) == ("next-year", pack.sha256)
    assert not {"contents", "manifest"} & plain.keys()


def test_a_folder_without_a_manifest_is_no_pack(tmp_path: Path) -> None:
    reason = "no pack.toml: a data pack is a folder, or a zip file of one, with pack.toml in it"
    assert refusal(FileFormatError, lambda: Pack.from_folder(tmp_path)) == f"{tmp_path}: {reason}"


def test_a_file_that_is_no_zip_file_is_no_pack(tmp_path: Path) -> None:
    place = tmp_path / "pack.csv"
    place.write_text("code,amount\n")
    reason = "a data pack is a folder, or a zip file of one"
    assert refusal(FileFormatError, lambda: Pack.from_folder(place)) == f"{place}: {reason}"


def test_a_pack_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Pack.from_folder(tmp_path / "nowhere")


def test_half_a_zip_file_is_refused(folder: Path, tmp_path: Path) -> None:
    whole = zip_pack(folder, tmp_path / "pack.zip").read_bytes()
    place = tmp_path / "half.zip"
    # The end of a zip file has its list of contents, so cut within the contents of a file.
    place.write_bytes(whole[:40] + whole[60:])
    assert "not a complete zip" in refusal(FileFormatError, lambda: Pack.from_folder(place))


def test_a_zip_file_that_unpacks_to_too_much_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("therapy_billing.base.data_packs.LARGEST", 10)
    place = zip_pack(folder, tmp_path / "pack.zip")
    assert "unpacks to more than" in refusal(FileFormatError, lambda: Pack.from_folder(place))


def test_a_file_that_is_not_utf_8_is_refused(folder: Path) -> None:
    (folder / "codes" / "therapy.toml").write_bytes(b"# caf\xe9\n")
    pack = Pack.from_folder(folder)
    assert refusal(FileFormatError, lambda: pack.text("codes/therapy.toml")) == (
        f"{folder}/codes/therapy.toml: not UTF-8; save the file as UTF-8"
    )


def test_every_fault_of_a_manifest_has_its_line(tmp_path: Path) -> None:
    manifest = (
        'name = "next year"\n'
        "through = 2027-13-31\n"
        "[[source]]\n"
        'name = "x"\n'
        'sha256 = "ABC"\n'
        "rows = -1\n"
        "[[assumption]]\n"
        'id = "a"\n'
        "files = []\n"
    )
    folder = write_pack(tmp_path / "pack", {}, manifest.replace("2027-13-31", '"2027-13-31"'))
    assert faults_of(lambda: Pack.from_folder(folder), folder) == [
        "pack.toml, column from: missing",
        "pack.toml, line 1, column name: a name of letters, digits, hyphens, underscores, and periods belongs here, such as medicare-2027",
        "pack.toml, line 2, column through: through must be a date such as 2026-03-02 or 3/2/2026 (month first), got '2027-13-31'",
        "pack.toml, line 3, column source.kind: missing",
        "pack.toml, line 3, column source.release: missing",
        "pack.toml, line 5, column source.sha256: a SHA-256 of 64 lower-case hexadecimal digits belongs here",
        "pack.toml, line 6, column source.rows: zero or a positive number belongs here",
        "pack.toml, line 7, column assumption.text: missing",
        "pack.toml, line 7, column assumption.by: missing",
        "pack.toml, line 7, column assumption.from: missing",
        "pack.toml, line 7, column assumption.through: missing",
        'pack.toml, line 9, column assumption.files: a list of data files such as ["payers/*.toml"] belongs here',
    ]


def test_a_period_does_not_end_before_it_begins(tmp_path: Path) -> None:
    manifest = HEAD.replace("through = 2027-12-31", "through = 2026-12-31") + an_assumption(
        "codes/own.toml"
    ).replace("through = 2027-12-31", "through = 2026-12-31")
    folder = write_pack(tmp_path / "pack", {}, manifest)
    assert faults_of(lambda: Pack.from_folder(folder), folder) == [
        "pack.toml, line 3, column through: must not be before 2027-01-01",
        "pack.toml, line 11, column assumption.through: must not be before 2027-01-01",
    ]


def test_a_table_that_was_changed_or_is_missing_is_named(tmp_path: Path) -> None:
    rows = "code,units\n97110,4\n"
    manifest = HEAD + table_of("edits/mue_a.csv", rows) + table_of("edits/mue_b.csv", rows)
    files = {"edits/mue_a.csv": rows.replace("4", "5"), "codes/therapy.toml": CODES}
    folder = write_pack(tmp_path / "pack", files, manifest)
    changed = "changed after the pack was made{}: its SHA-256 is not the one in pack.toml; get the pack again"
    unlisted = (
        "the file is not among the tables of pack.toml: list it there, or remove every [[table]]"
    )
    assert faults_of(lambda: Pack.from_folder(folder), folder) == [
        f"edits/mue_a.csv: {changed.format('')}",
        "pack.toml, line 10: edits/mue_b.csv is not in the pack",
        f"codes/therapy.toml: {unlisted}",
    ]
    (folder / "edits" / "mue_b.csv").write_text(rows)
    (folder / "codes" / "therapy.toml").unlink()
    assert faults_of(lambda: Pack.from_folder(folder), folder) == [
        f"edits/mue_a.csv: {changed.format('')}"
    ]
    (folder / "edits" / "mue_a.csv").write_text(f"{rows}97112,4\n")
    found = faults_of(lambda: Pack.from_folder(folder), folder)
    assert found[0] == f"edits/mue_a.csv: {changed.format(' (2 rows, not 1)')}"


def test_a_changed_toml_table_is_named_without_rows(tmp_path: Path) -> None:
    folder = write_pack(
        tmp_path / "pack",
        {"codes/therapy.toml": f"{CODES}# more\n"},
        HEAD + table_of("codes/therapy.toml", CODES),
    )
    (fault,) = faults_of(lambda: Pack.from_folder(folder), folder)
    assert fault.startswith("codes/therapy.toml: changed after the pack was made: ")


def test_a_file_of_codes_is_a_pack_without_a_manifest(tmp_path: Path) -> None:
    place = tmp_path / "my codes.toml"
    place.write_text("code = []\n")
    pack = Pack.from_codes_file(place)
    assert (pack.name, pack.paths()) == ("my-codes", ("codes/own.toml",))
    assert pack.where("codes/own.toml") == str(place)
    place.write_bytes(b"\xe9")
    assert refusal(FileFormatError, lambda: Pack.from_codes_file(place)) == (
        f"{place}: not UTF-8; save the file as UTF-8"
    )
