"""Build a data pack."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.paths import SOURCE
from tests.refusals import refused
from tests.unit.cms_files import written
from tests.unit.packs.cms_downloads import (
    BOTH,
    LAST,
    NUMBERS,
    RVUS,
    amounts,
    counties,
    expected,
    gpci,
    mue,
    numbers,
    pprrvu,
    ptp,
    rest_of_2026,
    zip5,
    zipped,
)
from therapy_billing.base.data_packs import Pack
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.fees.bundled_tables import load_gpcis, published_rvus
from therapy_billing.law.timeline import Timeline
from therapy_billing.packs import (
    MissingNumbersError,
    build,
    build_pack,
)
from therapy_billing.packs.build import PackBuild
from therapy_billing.packs.stack_checks import load_stack, verify_pack

AUTHOR = "Ann Lee, billing manager"
OHIO = ("15202", "00")


def published_amounts(folder: Path) -> Path:
    return amounts(folder, [(*OHIO, code, expected(code)) for code in RVUS if code != "V5364"])


def of_a_year(folder: Path) -> list[Path]:
    """Write the files of January 2027."""
    return [
        zipped(folder, "rvu27a.zip", pprrvu(folder), gpci(folder), counties(folder)),
        zip5(folder),
        published_amounts(folder),
        mue(folder),
        ptp(folder),
    ]


def built(folder: Path, downloads: Any, out: str = "pack", **options: Any) -> PackBuild:  # noqa: ANN401
    given: dict[str, Any] = {"through": LAST, "assume": BOTH, "by": AUTHOR} | options
    if "numbers" not in given:
        given["numbers"] = numbers(folder)
    return build_pack(downloads, folder / out, **given)


def faults(call: Callable[[], object]) -> list[str]:
    with pytest.raises(ExceptionGroup) as caught:
        call()
    assert all(isinstance(error, FileFormatError) for error in caught.value.exceptions)
    return [str(error) for error in caught.value.exceptions]


def test_a_pack_of_a_year_is_read_back_as_it_was_built(tmp_path: Path) -> None:
    result = built(tmp_path, of_a_year(tmp_path), date="2026-12-30")
    assert result.path == str(tmp_path / "pack")
    assert (result.name, result.effective_from, result.effective_through) == (
        "medicare-2027",
        date(2027, 1, 1),
        LAST,
    )
    pack = verify_pack(result.path)
    assert (pack.name, pack.tables, pack.assumptions, pack.checks) == (
        result.name,
        result.tables,
        result.assumptions,
        result.checks,
    )
    assert set(pack.sources) == set(result.sources)
    assert [(source.name, source.kind, source.release, source.rows) for source in pack.sources] == [
        ("MCR_MUE_PractitionerServices_Eff_01-01-2027.csv", "mue", "MUE practitioner 2027 Q1", 3),
        ("PFALL27A.txt", "amounts", "RVU27A", 6),
        ("ZIP5_JAN2027.txt", "zip5", "ZIP5 2027 Q1", 2),
        ("ccipra-v330r0-f4.txt", "ptp", "PTP practitioner 2027 Q1 f4", 27),
        ("numbers.toml", "numbers", "", 2),
        ("rvu27a.zip/27LOCCO.csv", "counties", "LOCCO 2027", 109),
        ("rvu27a.zip/GPCI2027.csv", "gpci", "GPCI 2027", 109),
        ("rvu27a.zip/PPRRVU27_JAN.csv", "pprrvu", "RVU27A", len({**rest_of_2026(), **RVUS})),
    ]
    assert [(check.against, check.compared) for check in result.checks] == [("PFALL27A.txt", 6)]
    assert [
        (each.id, str(each.effective_from), str(each.effective_through))
        for each in result.assumptions
    ] == [
        ("codes-unchanged", "2027-01-01", "2027-12-31"),
        ("policy-unchanged", "2027-01-01", "2027-12-31"),
        ("later-releases", "2027-04-01", "2027-06-30"),
        ("later-releases", "2027-07-01", "2027-09-30"),
        ("later-releases", "2027-10-01", "2027-12-31"),
        ("later-zip-codes", "2027-04-01", "2027-12-31"),
    ]
    assert {(each.by, each.made_on) for each in result.assumptions} == {
        (AUTHOR, date(2026, 12, 30))
    }
    assert len(result.remarks) == 1
    assert result.unknown_codes == ()


def test_the_stack_has_the_amounts_of_the_pack(tmp_path: Path) -> None:
    result = built(tmp_path, of_a_year(tmp_path))
    stack = load_stack((result.path,))
    releases = stack.toml("fees/releases.toml")
    assert releases["known_through"] == LAST
    assert releases["release"][-1]["applied"] == date(2027, 10, 1)
    assert "2027-01-01,RVU27A,97110,A,0.45,0.41,0.40,0.01,5" in stack.rows("fees/mpfs_rvu.csv")
    assert stack.toml("parameters/medicare/kx_threshold.toml")["value"][-1]["from"] == date(
        2027, 1, 1
    )
    assert stack.toml("payers/medicare.toml")["known_through"] == LAST


def test_the_same_downloads_make_the_same_bytes(tmp_path: Path) -> None:
    paths = of_a_year(tmp_path)
    one = built(tmp_path, paths, "one")
    two = built(tmp_path, reversed(paths), "two", assume=[*reversed(BOTH)])
    files = [
        {
            path.relative_to(folder): path.read_bytes()
            for path in Path(folder).rglob("*")
            if path.is_file()
        }
        for folder in (one.path, two.path)
    ]
    assert files[0] == files[1]
    assert Pack.from_folder(one.path).sha256 == Pack.from_folder(two.path).sha256
    made = [built(tmp_path, paths, name) for name in ("one.zip", "two.zip")]
    contents = [Path(each.path).read_bytes() for each in made]
    assert contents[0] == contents[1]
    with zipfile.ZipFile(made[0].path) as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    assert {(info.date_time, info.external_attr, info.compress_type) for info in infos} == {
        ((1980, 1, 1, 0, 0, 0), 0o644 << 16, 0)
    }
    assert Pack.from_folder(made[0].path).sha256 == Pack.from_folder(one.path).sha256


def test_an_invented_pack_says_so_for_every_file(tmp_path: Path) -> None:
    sentence = "these are the files of 2026 under a changed year"
    result = built(tmp_path, of_a_year(tmp_path), invented=sentence, name="trial")
    first = result.assumptions[0]
    assert (first.id, first.text, first.by, result.name) == ("invented", sentence, AUTHOR, "trial")
    assert first.files == tuple(table.path for table in result.tables)


def test_an_unknown_code_under_the_therapy_mppr_is_listed(tmp_path: Path) -> None:
    rvus = {**RVUS, "G9999": ("0.10", "0.10", "0.10", "0.01", "5")}
    rvus = dict(sorted(rvus.items()))
    result = built(tmp_path, [pprrvu(tmp_path, rvus=rvus), gpci(tmp_path)])
    assert result.unknown_codes == ("G9999",)
    assert result.remarks[0] == (
        "G9999 is under the therapy MPPR and not in the code book, so units are not counted: state the facts in codes/own.toml"
    )
    two = {**RVUS, "98765": RVUS["97110"], "98766": RVUS["97110"]}
    two = dict(sorted(two.items()))
    result = built(tmp_path, [pprrvu(tmp_path, rvus=two), gpci(tmp_path)], "two")
    assert result.remarks[0].startswith("98765, 98766 are under the therapy MPPR")


def test_a_pack_without_published_amounts_says_so(tmp_path: Path) -> None:
    result = built(tmp_path, [pprrvu(tmp_path), gpci(tmp_path)])
    assert [(check.what, check.against, check.compared) for check in result.checks] == [
        ("amounts", "", 0)
    ]
    assert (
        result.remarks[-1]
        == "no published amount for the codes of the pack was at hand, so none was compared"
    )
    assert "compared = 0" in (tmp_path / "pack" / "pack.toml").read_text()


def test_edits_alone_need_no_numbers_and_no_author(tmp_path: Path) -> None:
    out = tmp_path / "edits"
    out.mkdir()
    result = build_pack([mue(tmp_path), ptp(tmp_path)], out, through="2027-03-31")
    assert (result.name, str(result.effective_from)) == ("edits-2027q1", "2027-01-01")
    assert [table.path for table in result.tables] == [
        "edits/mue_practitioner_2027q1.csv",
        "edits/ptp_practitioner_2027q1.csv",
        "edits/releases.toml",
    ]
    assert (result.assumptions, result.checks, result.remarks) == ((), (), ())


def test_one_release_within_the_data_is_a_pack_of_its_own(tmp_path: Path) -> None:
    path = pprrvu(tmp_path, "October", year=2026, factor="33.4009")
    result = build_pack(
        path, tmp_path / "pack", through="2026-12-31", assume="codes-unchanged", by=AUTHOR
    )
    assert [table.path for table in result.tables] == ["fees/mpfs_rvu.csv", "fees/releases.toml"]
    assert (result.name, str(result.effective_from), result.assumptions) == (
        "medicare-2026q4",
        "2026-10-01",
        (),
    )
    assert result.remarks[0] == "the assumption codes-unchanged was not needed"


def test_changes_within_a_year_are_declared_as_corrections(tmp_path: Path) -> None:
    given = numbers(tmp_path, "gpci_from = 2026-10-01\n")
    indices = gpci(tmp_path, year=2026, changed={OHIO: ("1.000", "0.990", "0.900")})
    release = pprrvu(tmp_path, "October", year=2026, factor="33.5000")
    result = build_pack([release, indices], tmp_path / "pack", through="2026-12-31", numbers=given)
    assert [(each.file, each.key) for each in result.corrections] == [
        ("fees/gpci_releases.toml", "2026-10-01"),
        ("parameters/medicare/conversion_factors.toml", "2026-10-01"),
    ]
    assert result.remarks[:2] == (
        "fees/gpci_releases.toml changes earlier data from 2026-10-01: Medicare GPCI, GPCI2026.csv",
        (
            "parameters/medicare/conversion_factors.toml changes earlier data from 2026-10-01: CONV FACTOR column of RVU26D "
            "(PPRRVU26_OCT.csv)"
        ),
    )
    assert verify_pack(result.path).corrections == result.corrections


def test_a_quarter_on_top_of_a_pack_of_the_year_is_a_pack_of_its_own(
    tmp_path: Path,
) -> None:
    year = built(tmp_path, of_a_year(tmp_path))
    downloads = [
        pprrvu(tmp_path, "April"),
        zip5(tmp_path, quarter="20272", name="ZIP5_APR2027.txt"),
        mue(tmp_path, name="MCR_MUE_PractitionerServices_Eff_04-01-2027.csv"),
    ]
    script = (
        "import sys; from therapy_billing.packs import build_pack; "
        "result = build_pack(sys.argv[2:], sys.argv[1], through='2027-12-31', by='Ann'); "
        "print(result.name, *(table.path for table in result.tables))"
    )
    environment = {
        **os.environ,
        "THERAPY_BILLING_DATA": year.path,
        "PYTHONPATH": str(SOURCE.parent),
    }
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "q2"), *map(str, downloads)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [
        "medicare-2027q2",
        "edits/mue_practitioner_2027q2.csv",
        "edits/releases.toml",
        "fees/mpfs_rvu.csv",
        "fees/releases.toml",
        "fees/zip5.csv",
        "fees/zip5_releases.toml",
    ]
    stack = load_stack((year.path, str(tmp_path / "q2")))
    rows = [
        (str(row.get("applied", row["from"])), row["name"])
        for row in stack.toml("fees/releases.toml")["release"][-4:]
    ]
    assert rows == [
        ("2027-01-01", "RVU27A"),
        ("2027-04-01", "RVU27B"),
        ("2027-07-01", "RVU27B"),
        ("2027-10-01", "RVU27B"),
    ]
    assert len(stack.rows("fees/zip5.csv")) == 5
    pack = Pack.from_folder(tmp_path / "q2")
    assert [(each.file, each.key) for each in pack.corrections] == [
        ("fees/zip5_releases.toml", "2027-04-01")
    ]


def test_a_build_can_be_written_as_json(tmp_path: Path) -> None:
    result = build_pack(mue(tmp_path), tmp_path / "pack", through="2027-03-31")
    assert result.to_dict()["tables"][0]["path"] == "edits/mue_practitioner_2027q1.csv"


def test_zip_codes_alone_are_a_pack(tmp_path: Path) -> None:
    result = build_pack(zip5(tmp_path), tmp_path / "pack", through="2027-03-31")
    assert (result.name, result.assumptions) == ("zip-codes-2027q1", ())


def test_the_file_with_the_numbers_is_a_source(tmp_path: Path) -> None:
    result = built(tmp_path, (pprrvu(tmp_path), gpci(tmp_path)))
    assert (result.sources[-1].name, result.sources[-1].rows) == ("numbers.toml", 2)


def test_what_is_missing_is_requested_with_a_form(tmp_path: Path) -> None:
    with pytest.raises(MissingNumbersError) as caught:
        build_pack([pprrvu(tmp_path), gpci(tmp_path)], tmp_path / "pack", through=LAST)
    assert '# series = "kx_threshold"' in caught.value.form
    assert not (tmp_path / "pack").exists()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"by": " "}, "by"),
        ({"assume": (), "by": "", "invented": "not real"}, "by"),
        ({"assume": "codes-changed"}, "assume"),
        ({"name": "a b"}, "name"),
        ({"name": 7}, "name"),
        ({"by": None}, "by"),
        ({"through": "next year"}, "through"),
        ({"through": "9999-12-31"}, "through"),
        ({"through": "2030-01-01"}, "through"),
        ({"invented": "  "}, "invented"),
        ({"out": "no/such/pack"}, "out"),
        ({"date": "soon"}, "date"),
        ({"numbers": 7}, "numbers"),
    ],
)
def test_bad_arguments_are_refused_by_name(
    tmp_path: Path, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        built(tmp_path, [pprrvu(tmp_path), gpci(tmp_path)], **options)
    assert caught.value.field == field


def test_arguments_are_checked_before_any_file_is_read(tmp_path: Path) -> None:
    absent = tmp_path / "absent.zip"
    for option in ({"downloads": None}, {"out": None}, {"numbers": b"numbers.toml"}):
        given: dict[str, Any] = {"downloads": absent, "out": tmp_path / "pack", **option}
        error = refused(lambda given=given: build_pack(**given, through=LAST))  # type: ignore[misc]
        assert [error.field] == list(option)


def test_a_later_release_needs_an_author(tmp_path: Path) -> None:
    path = pprrvu(tmp_path, "January", year=2026, factor="33.4009")
    with pytest.raises(
        InvalidInputError, match=r"assumptions \(later-releases\): give by"
    ) as caught:
        build_pack(path, tmp_path / "pack", through="2026-12-31")
    assert caught.value.field == "by"


def test_nothing_is_written_over_other_files(tmp_path: Path) -> None:
    path = mue(tmp_path)
    full = tmp_path / "full"
    full.mkdir()
    written(full, "a.txt", ["a"])
    file = written(tmp_path, "pack.zip", ["a"])
    folder = tmp_path / "folder.zip"
    folder.mkdir()
    for out in (full, file, folder):
        with pytest.raises(InvalidInputError, match="out must be a new or empty folder") as caught:
            build_pack(path, out, through="2027-03-31")
        assert caught.value.field == "out"


def test_downloads_that_add_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInputError, match=r"the downloads add nothing to the data: GPCI2026\.csv"
    ):
        build_pack(gpci(tmp_path, year=2026), tmp_path / "pack", through="2026-12-31")


def test_a_wrong_year_is_refused_by_name(tmp_path: Path) -> None:
    assert faults(lambda: built(tmp_path, [pprrvu(tmp_path), gpci(tmp_path, year=2026)])) == [
        "PPRRVU27_JAN.csv: a wrong year: RVU27A is for 2027, and no GPCI file is; the GPCI files are for 2026; add GPCI2027"
    ]
    assert faults(lambda: built(tmp_path, [pprrvu(tmp_path)])) == [
        "PPRRVU27_JAN.csv: a wrong year: RVU27A is for 2027, and no GPCI file is; add GPCI2027"
    ]
    october = pprrvu(tmp_path, "October", year=2026, factor="33.4009")
    assert faults(lambda: built(tmp_path, [october, gpci(tmp_path)], through="2026-12-31")) == [
        "GPCI2027.csv: the file begins on 2027-01-01, after the last day of the pack, 2026-12-31",
    ]
    assert faults(lambda: built(tmp_path, gpci(tmp_path))) == [
        "GPCI2027.csv: a wrong year: the GPCI file is for 2027, and no PPRRVU file is; add the PPRRVU file of 2027",
        (
            "GPCI2027.csv: the relative values in the data end on 2026-12-31, before the last day of the pack, 2027-12-31; add "
            "the PPRRVU file"
        ),
    ]


def test_indices_that_end_before_the_pack_are_requested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = load_gpcis()
    half = Timeline(known.subject, known.entries, date(2026, 9, 30))
    monkeypatch.setattr(build, "load_gpcis", lambda: half)
    path = pprrvu(tmp_path, "October", year=2026, factor="33.4009")
    assert faults(lambda: built(tmp_path, path, through="2026-12-31")) == [
        "PPRRVU26_OCT.csv: the indices in the data end on 2026-09-30, before the last day of the pack, 2026-12-31; add GPCI2026"
    ]


def test_all_faults_of_the_downloads_are_reported_together(tmp_path: Path) -> None:
    half = {code: RVUS[code] for code in ("92507", "97110")}
    found = faults(
        lambda: built(
            tmp_path,
            [
                pprrvu(tmp_path, rvus=half, rest=False),
                gpci(tmp_path, without=[OHIO]),
                ptp(
                    tmp_path,
                    name="ccipra-v330r0-f1.txt",
                    rows=["0001A\t97110\t\t20180101\t*\t0\tStandards"],
                ),
            ],
        )
    )
    for words in (
        "half a download",
        "locality 15202-00",
        "f1 in place of f4",
    ):
        assert any(words in each for each in found)
    assert not (tmp_path / "pack").exists()


def test_faults_in_the_numbers_are_reported(tmp_path: Path) -> None:
    path = numbers(tmp_path, NUMBERS.replace("2027-01-01", "2026-01-01", 1))
    # A wrong number of an earlier day is reported before the number that is missing.
    (fault,) = faults(lambda: built(tmp_path, [pprrvu(tmp_path), gpci(tmp_path)], numbers=path))
    assert fault.startswith("numbers.toml: kx_threshold is 2480.00 on 2026-01-01 in the data")
    both = numbers(tmp_path, NUMBERS + NUMBERS.split("\n\n")[0].replace("2027-01-01", "2026-01-01"))
    assert faults(lambda: built(tmp_path, [pprrvu(tmp_path), gpci(tmp_path)], numbers=both)) == [
        (
            "numbers.toml: kx_threshold is 2480.00 on 2026-01-01 in the data; a pack that changes it needs a [[correction]], "
            "so write that file by hand"
        )
    ]


def test_altered_indices_stop_the_build(tmp_path: Path) -> None:
    altered = gpci(tmp_path, changed={OHIO: ("1.000", "0.990", "0.900")})
    found = faults(
        lambda: built(tmp_path, [pprrvu(tmp_path), altered, published_amounts(tmp_path)])
    )
    assert len(found) == 6
    assert "15202-00 97110: non-facility: published" in found[1]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("out", ["pack", "pack.zip"])
@pytest.mark.parametrize("step", ["replace", "write"])
def test_nothing_is_left_if_the_build_fails_midway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, step: str
) -> None:
    downloads = [pprrvu(tmp_path), gpci(tmp_path)]
    given = numbers(tmp_path)
    before = sorted(tmp_path.iterdir())

    def fail(*_: object) -> None:
        msg = "the disk is full"
        raise OSError(msg)

    if step == "replace":
        monkeypatch.setattr(os, "replace", fail)
    else:
        monkeypatch.setattr(Path, "chmod", fail)
    with pytest.raises(OSError, match="the disk is full"):
        build_pack(downloads, tmp_path / out, through=LAST, numbers=given, assume=BOTH, by=AUTHOR)
    assert sorted(tmp_path.iterdir()) == before


def test_a_pack_that_does_not_fit_the_data_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(result: Any) -> dict[str, str]:  # noqa: ANN401
        return {"fees/other.csv": "a\n1\n"} if result else {}

    monkeypatch.setattr(build, "zip_tables", lambda found, _: made(found))
    found = faults(lambda: build_pack(zip5(tmp_path), tmp_path / "pack", through="2027-03-31"))
    assert found[0].startswith(
        f"{tmp_path / 'pack'}/fees/other.csv: a data pack cannot have this file"
    )
    assert not (tmp_path / "pack").exists()


def test_more_codes_of_a_release_in_the_data_begin_with_that_release(tmp_path: Path) -> None:
    rvus = {**RVUS, "98765": RVUS["97110"]}
    known = published_rvus("RVU26C")
    rows = {
        code: (
            str(rvu.work),
            str(rvu.practice_expense),
            str(rvu.practice_expense_facility),
            str(rvu.malpractice),
            rvu.mppr_indicator,
        )
        for code, rvu in known.items()
        if rvu.status == "A" and (code in rvus or code == "97112")
    } | {"98765": RVUS["97110"], "V5364": RVUS["V5364"]}
    path = pprrvu(tmp_path, "July", year=2026, factor="33.4009", rvus=dict(sorted(rows.items())))
    result = build_pack(path, tmp_path / "pack", through="2026-09-30")
    assert (str(result.effective_from), [table.path for table in result.tables]) == (
        "2026-07-01",
        ["fees/mpfs_rvu.csv"],
    )
    assert attrs.asdict(result.tables[0])["rows"] == 1


def test_files_that_begin_after_the_pack_are_the_only_faults(tmp_path: Path) -> None:
    files = [pprrvu(tmp_path), gpci(tmp_path), zip5(tmp_path), mue(tmp_path), ptp(tmp_path)]
    found = faults(lambda: built(tmp_path, files, through="2026-06-30"))
    words = "the file begins on 2027-01-01, after the last day of the pack, 2026-06-30"
    assert found == [
        f"{name}: {words}"
        for name in (
            "GPCI2027.csv",
            "MCR_MUE_PractitionerServices_Eff_01-01-2027.csv",
            "PPRRVU27_JAN.csv",
            "ccipra-v330r0-f4.txt",
            "ZIP5_JAN2027.txt",
        )
    ]


def test_a_last_day_years_after_the_files_is_refused(tmp_path: Path) -> None:
    error = refused(lambda: built(tmp_path, mue(tmp_path), through="9999-12-31"))
    assert str(error) == (
        "through must be at most 2 years after the year of the last file, which begins on 2027-01-01; got 9999-12-31"
    )
    error = refused(lambda: built(tmp_path, counties(tmp_path), through=date.max))
    assert "which begins on 2026-12-31" in str(error)


def test_the_place_of_the_pack_must_be_in_a_folder(tmp_path: Path) -> None:
    error = refused(lambda: built(tmp_path, mue(tmp_path), "no/such/dir"))
    assert str(error) == (
        f"out must be in a folder that exists; there is no folder {tmp_path / 'no' / 'such'}"
    )


def test_the_release_that_the_data_has_adds_nothing(tmp_path: Path) -> None:
    path = pprrvu(tmp_path, "July", year=2026, factor="33.4009", rvus={})
    error = refused(lambda: built(tmp_path, path, through="2026-12-31", numbers=None))
    assert str(error) == "the downloads add nothing to the data: PPRRVU26_JUL.csv"


def test_a_pack_with_numbers_only_is_named_after_them(tmp_path: Path) -> None:
    result = built(tmp_path, counties(tmp_path), assume=(), by="")
    assert result.name == "numbers-2027"


def test_a_smaller_update_prices_the_rest_of_the_year_with_the_newest_release(
    tmp_path: Path,
) -> None:
    year = built(tmp_path, [pprrvu(tmp_path), gpci(tmp_path)])
    script = (
        "import sys; from therapy_billing.packs import build_pack; "
        "result = build_pack(sys.argv[2:], sys.argv[1], through='2027-06-30', by='Ann'); "
        "print(*(f'{each.effective_from}/{each.effective_through}' for each in result.assumptions))"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "q2")]
    done = subprocess.run(
        [*arguments, str(pprrvu(tmp_path, "April"))],
        env={
            **os.environ,
            "THERAPY_BILLING_DATA": year.path,
            "PYTHONPATH": str(SOURCE.parent),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["2027-07-01/2027-09-30", "2027-10-01/2027-12-31"]
    stack = load_stack((year.path, str(tmp_path / "q2")))
    rows = stack.toml("fees/releases.toml")["release"]
    of_day = {str(row.get("applied", row["from"])): row["name"] for row in rows}
    assert [of_day[day] for day in ("2027-01-01", "2027-07-01", "2027-10-01")] == [
        "RVU27A",
        "RVU27B",
        "RVU27B",
    ]


def test_a_conversion_factor_that_jumps_is_a_remark(tmp_path: Path) -> None:
    result = built(tmp_path, [pprrvu(tmp_path, factor="50.0000"), gpci(tmp_path)])
    assert (
        "conversion_factors is 50.0000 from 2027-01-01 and 33.4009 before, a change of more than 25 %: compare it with CMS's "
        "notice"
    ) in result.remarks
