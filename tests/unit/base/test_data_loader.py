"""Test which data the process reads: the library's own, and that of packs on top of it."""

from __future__ import annotations

import datetime
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.data_packs import HEAD, NO_CODE, an_assumption, write_pack
from tests.own_data import cleared_caches
from tests.refusals import refusal, refused
from therapy_billing import (
    PAYERS,
    FeeSchedule,
    InvalidInputError,
    NotPublishedError,
    Session,
    __version__,
    allocate_units,
    bill_day,
    check_day,
    explain,
)
from therapy_billing.base import data_loader
from therapy_billing.base.data_loader import (
    active_packs,
    data_assumptions,
    data_version,
    days_of_assumptions,
    names_in_packs,
    read_rows_of,
    read_toml,
    use_data,
)
from therapy_billing.base.library_files import DataVersion, read_library_text
from therapy_billing.law.parameters import BUNDLED

KX = (
    'known_through = 2027-12-31\n[[value]]\nfrom = 2027-01-01\namount = 2500.00\nsource = "invented"\n'
    'verified = "unverified"\n'
)
NEW_YEAR = datetime.date(2027, 1, 1)


@pytest.fixture(autouse=True)
def a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("THERAPY_BILLING_DATA", raising=False)
    with cleared_caches():
        yield


def a_pack(folder: Path, name: str, amount: str = "2500.00", day: str = "2027-01-01") -> Path:
    files = {"parameters/medicare/kx_threshold.toml": KX.replace("2500.00", amount)}
    text = files["parameters/medicare/kx_threshold.toml"].replace("2027-01-01", day)
    last = str(datetime.date.fromisoformat(day).year)
    text = text.replace("2027-12-31", f"{last}-12-31")
    return write_pack(
        folder / name,
        {"parameters/medicare/kx_threshold.toml": text},
        HEAD.replace("next-year", name),
    )


def threshold(day: datetime.date = NEW_YEAR) -> str:
    return str(BUNDLED.on("kx_threshold", day).amount)


def test_without_packs_the_data_are_the_librarys() -> None:
    assert active_packs() == ()
    assert data_version() == DataVersion(__version__)
    assert str(data_version()) == f"therapy_billing {__version__}"
    assert data_assumptions(NEW_YEAR, "codes/therapy.toml") == ()
    assert days_of_assumptions("payers/medicare.toml") == ()
    assert names_in_packs("payers") == ()
    assert read_rows_of("fees/gpci.csv") == read_library_text("fees/gpci.csv").splitlines()
    with pytest.raises(NotPublishedError):
        threshold()


def test_use_data_adds_a_pack(tmp_path: Path) -> None:
    use_data(a_pack(tmp_path, "first"))
    assert threshold() == "2500.00"
    (pack,) = active_packs()
    assert data_version().packs == (pack.label,)
    assert str(data_version()).endswith(f"; data packs: {pack.label}")


def test_the_environment_adds_packs_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [a_pack(tmp_path, "first"), a_pack(tmp_path, "second", "2600.00", "2028-01-01")]
    monkeypatch.setenv("THERAPY_BILLING_DATA", os.pathsep.join([str(paths[0]), "", str(paths[1])]))
    assert threshold() == "2500.00"
    assert threshold(datetime.date(2028, 1, 1)) == "2600.00"
    assert [pack.name for pack in active_packs()] == ["first", "second"]


def test_packs_of_the_environment_are_below_those_of_use_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERAPY_BILLING_DATA", str(a_pack(tmp_path, "first")))
    use_data(a_pack(tmp_path, "second", "2600.00", "2028-01-01"))
    assert [pack.name for pack in active_packs()] == ["first", "second"]


class TestInstalledPacks:
    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        site = tmp_path / "site"
        site.mkdir()
        monkeypatch.syspath_prepend(str(site))
        return site

    def install(self, site: Path, target: str, name: str = "acme_data") -> None:
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[therapy_billing.data]\n{name} = {target}\n")

    def test_a_package_with_a_pack_in_it_is_used(self, site: Path) -> None:
        a_pack(site, "acme_data")
        (site / "acme_data" / "__init__.py").write_text("")
        self.install(site, "acme_data")
        assert threshold() == "2500.00"
        assert [pack.name for pack in active_packs()] == ["acme_data"]

    def test_a_path_in_a_module_is_used(self, site: Path, tmp_path: Path) -> None:
        place = a_pack(tmp_path, "first")
        (site / "acme_path.py").write_text(f"PACK = {str(place)!r}\n")
        self.install(site, "acme_path:PACK")
        assert threshold() == "2500.00"

    def test_anything_else_is_refused(self, site: Path) -> None:
        (site / "acme_none.py").write_text("PACK = 1\n")
        self.install(site, "acme_none:PACK", "acme")
        assert refusal(InvalidInputError, threshold) == (
            "the entry point acme of therapy_billing.data must name a package that contains pack.toml, or a path"
        )

    @pytest.mark.parametrize(
        ("target", "error"),
        [
            ("acme_gone", "ModuleNotFoundError"),
            ("acme_empty:PACK", "AttributeError"),
            ("acme_bad", "ZeroDivisionError"),
        ],
    )
    def test_one_that_cannot_be_loaded_is_named(self, site: Path, target: str, error: str) -> None:
        (site / "acme_empty.py").write_text("")
        (site / "acme_bad.py").write_text("1 / 0\n")
        self.install(site, target, "acme")
        assert refusal(InvalidInputError, threshold) == (
            f"the entry point acme of therapy_billing.data of the distribution acme names {target}, which cannot be loaded "
            f"({error}): install the distribution again, or remove it"
        )

    def test_other_distributions_are_passed_over(
        self, site: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (site / "other-1.0.dist-info").mkdir()
        monkeypatch.syspath_prepend(str(site / "nowhere"))
        assert active_packs() == ()


def test_a_late_call_of_use_data_is_refused(tmp_path: Path) -> None:
    place = a_pack(tmp_path, "first")
    late = (
        "use_data must be called once, before the first look-up: before bill_day, load_codes, or "
        "`from therapy_billing import MEDICARE`"
    )
    read_toml("fees/releases.toml")
    assert refusal(InvalidInputError, lambda: use_data(place)) == late


def test_use_data_is_called_once(tmp_path: Path) -> None:
    use_data(a_pack(tmp_path, "first"))
    second = a_pack(tmp_path, "second", "2600.00", "2028-01-01")
    with pytest.raises(InvalidInputError):
        use_data(second)
    with pytest.raises(NotPublishedError):
        threshold(datetime.date(2028, 1, 1))


def test_use_data_needs_a_path() -> None:
    assert refusal(InvalidInputError, use_data) == (
        "give at least one data pack, such as use_data('medicare-2027')"
    )


@pytest.mark.parametrize("path", [None, "", b"pack", ["pack"]])
def test_a_pack_in_use_is_a_path(path: Any) -> None:  # noqa: ANN401 - a wrong value
    error = refused(lambda: use_data("pack", path))
    assert error.field == "paths"
    assert str(error).startswith("paths must be the path of a file, got ")


def test_a_bad_pack_changes_nothing(tmp_path: Path) -> None:
    bad = a_pack(tmp_path, "bad", day="2028-01-01")
    with pytest.raises(ExceptionGroup):
        use_data(bad)
    use_data(a_pack(tmp_path, "good"))
    assert threshold() == "2500.00"


def test_a_bad_pack_of_the_environment_is_an_error_of_every_look_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERAPY_BILLING_DATA", str(a_pack(tmp_path, "bad", day="2028-01-01")))
    for _ in range(2):
        with pytest.raises(ExceptionGroup):
            read_toml("fees/releases.toml")


def test_a_path_of_the_environment_that_does_not_exist_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("THERAPY_BILLING_DATA", "nowhere/pack")
    assert refusal(InvalidInputError, lambda: read_toml("fees/releases.toml")) == (
        "THERAPY_BILLING_DATA names nowhere/pack, which does not exist: correct the path, or remove it"
    )


def test_a_path_of_the_environment_may_be_in_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_pack(tmp_path, "first")
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("THERAPY_BILLING_DATA", os.path.join("~", "first"))  # noqa: PTH118 - a path as a shell has it
    assert threshold() == "2500.00"


def test_files_that_no_pack_may_have_need_no_packs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THERAPY_BILLING_DATA", str(tmp_path / "nowhere"))
    assert "modifier" in read_toml("codes/modifiers.toml")


def test_threads_read_one_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERAPY_BILLING_DATA", str(a_pack(tmp_path, "first")))
    loaded: list[object] = []
    load = data_loader._load_stack  # noqa: SLF001 - it must run once

    def counted(paths: tuple[str, ...]) -> object:
        loaded.append(paths)
        return load(paths)

    monkeypatch.setattr(data_loader, "_load_stack", counted)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(threshold())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["2500.00"] * 8
    assert len(loaded) == 1


def test_a_thread_that_waited_reads_the_stack_of_the_first_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = vars(data_loader)["_STATE"]

    class Waited:
        def __enter__(self) -> None:
            state.fixed = True

        def __exit__(self, *_: object) -> None:
            pass

    def never(paths: object) -> None:
        raise AssertionError(paths)

    monkeypatch.setattr(state, "lock", Waited())
    monkeypatch.setattr(data_loader, "_fix", never)
    assert active_packs() == ()


def test_rows_of_a_pack_come_after_the_librarys(tmp_path: Path) -> None:
    row = "2026-07-01,RVU26C,97999,A,0.00,0.00,0.00,0.00,0"
    path = "fees/mpfs_rvu.csv"
    captions = read_library_text(path).splitlines()[0]
    use_data(write_pack(tmp_path / "pack", {path: f"{captions}\n{row}\n"}))
    assert read_rows_of(path)[-1] == row


class TestResults:
    """Results name the data, and each assumption that they rest on."""

    SENTENCE = (
        "nothing changes in 2027 (assumed by Ann Lee, biller, 2026-12-30; data pack next-year)"
    )
    DAY = "2027-03-01"

    @pytest.fixture
    def visit(self, tmp_path: Path) -> Session:
        manifest = HEAD + an_assumption("payers/*.toml", "codes/therapy.toml", "codes/periods.toml")
        payers = {
            f"payers/{name}.toml": f'name = "{name}"\nknown_through = 2027-12-31\n'
            for name in ("medicare", "cpt-midpoint", "acme")
        }
        payers["payers/acme.toml"] = (
            'name = "acme"\nbase = "medicare"\n[[policy]]\nfrom = 2027-07-01\nkx = false\n'
        )
        later = dict.fromkeys(
            ("codes/therapy.toml", "codes/periods.toml"), "known_through = 2027-12-31\n"
        )
        use_data(write_pack(tmp_path / "pack", {**payers, **later}, manifest))
        return Session.from_minutes({"97110": 30}, date_of_service=self.DAY, discipline="PT")

    def test_each_result_names_the_assumption_once(self, visit: Session) -> None:
        payer, fees = PAYERS["cpt-midpoint"], FeeSchedule.from_rates({"97110": "30.00"})
        allocation = allocate_units(visit, payer)
        assert allocation.assumptions == (self.SENTENCE,)
        assert allocation.remarks.count(self.SENTENCE) == 1
        priced = bill_day(visit, payer, fees)
        assert priced.assumptions == (self.SENTENCE,)
        assert priced.remarks.count(self.SENTENCE) == 1
        for result in (explain(allocation), explain(priced), explain(priced.claims[0])):
            assert result.assumptions == (self.SENTENCE,)
        assert check_day(visit, payer, fees).assumptions == (self.SENTENCE,)

    def test_without_a_date_the_last_day_of_the_codes_decides(self, tmp_path: Path) -> None:
        files = {"codes/therapy.toml": "known_through = 2027-12-31\n"}
        use_data(write_pack(tmp_path / "codes", files, HEAD + an_assumption("codes/therapy.toml")))
        payer = PAYERS["cpt-midpoint"]
        assert allocate_units({"97110": 30}, payer).assumptions == (self.SENTENCE,)
        before = allocate_units({"97110": 30}, payer, date_of_service="2026-12-31")
        assert before.assumptions == ()

    def test_each_result_names_the_pack(self, visit: Session) -> None:
        payer = PAYERS["cpt-midpoint"]
        priced = bill_day(visit, payer, None)
        label = active_packs()[0].label
        for result in (priced, explain(priced), check_day(visit, payer), priced.allocation):
            assert result is not None
            assert result.data == DataVersion(__version__, (label,))
            assert result.to_dict()["data"] == {"library": __version__, "packs": [label]}

    def test_texts_and_pages_name_both(self, visit: Session) -> None:
        payer = PAYERS["cpt-midpoint"]
        priced = bill_day(visit, payer, None)
        last = [f"Assumed: {self.SENTENCE}.", f"Data: {data_version()}."]
        assert str(explain(priced)).splitlines()[-2:] == last
        found = check_day(visit, payer)
        assert str(found).splitlines()[-2:] == last
        assert priced.allocation is not None
        for result in (explain(priced), found, priced, priced.allocation):
            page = result._repr_html_()
            assert f"<p>{data_version()}</p>" in page
            assert self.SENTENCE in page

    @pytest.mark.parametrize("day", ["2026-12-31", "2027-01-01", "2027-12-31"])
    def test_an_assumption_is_about_its_days_only(self, visit: Session, day: str) -> None:  # noqa: ARG002
        visit_on = Session.from_minutes({"97110": 30}, date_of_service=day, discipline="PT")
        found = allocate_units(visit_on, PAYERS["cpt-midpoint"]).assumptions
        assert found == ((self.SENTENCE,) if day >= "2027" else ())

    def test_a_payer_on_top_of_another_one_shares_its_assumptions(self, visit: Session) -> None:
        assert PAYERS["acme"].on(self.DAY).assumptions == (self.SENTENCE,)
        assert PAYERS["acme"].on("2027-07-01").assumptions == (self.SENTENCE,)
        assert allocate_units(visit, PAYERS["medicare"]).assumptions == (self.SENTENCE,)
        assert PAYERS["medicare"].on("2026-12-31").assumptions == ()


def test_the_policy_after_an_assumption_has_no_assumption(tmp_path: Path) -> None:
    manifest = HEAD + an_assumption("payers/acme.toml").replace(
        "from = 2027-01-01\nthrough = 2027-12-31\nfiles",
        "from = 2020-01-01\nthrough = 2020-12-31\nfiles",
    )
    payer = 'name = "acme"\nknown_through = 2026-12-31\n[[policy]]\nfrom = 2020-06-01\nmethod = "cpt-midpoint"\n'
    use_data(write_pack(tmp_path / "pack", {"payers/acme.toml": payer}, manifest))
    acme = PAYERS["acme"]
    assert [str(first) for first, _ in acme.policies.entries] == ["2020-06-01", "2021-01-01"]
    assert len(acme.on("2020-12-31").assumptions) == 1
    assert acme.on("2021-01-01").assumptions == ()
    assert "acme" in PAYERS


def test_numbers_behind_shares_and_amounts_are_among_the_assumptions(tmp_path: Path) -> None:
    manifest = HEAD.replace("2027", "2026") + an_assumption(
        "parameters/medicare/coinsurance.toml"
    ).replace("2027", "2026").replace("changes in 2026", "changes the coinsurance")
    manifest += (
        an_assumption("fees/gpci.csv")
        .replace("2027", "2026")
        .replace("changes in 2026", "changes the indices")
    )
    use_data(write_pack(tmp_path / "pack", NO_CODE, manifest))
    visit = Session.from_minutes({"97110": 30}, date_of_service="2026-03-02", discipline="PT")
    fees = FeeSchedule.medicare("2026-03-02", locality="OH")
    priced = bill_day(visit, PAYERS["medicare"], fees)
    assert [each.partition(" (")[0] for each in priced.assumptions] == [
        "nothing changes the indices",
        "nothing changes the coinsurance",
    ]
    rates = FeeSchedule.from_rates({"97110": "30.00"})
    priced = bill_day(visit, PAYERS["medicare"], rates)
    assert [each.partition(" (")[0] for each in priced.assumptions] == [
        "nothing changes the coinsurance"
    ]
    half = fees.at_percent(50)
    assert [each.partition(" (")[0] for each in half.data_assumptions_on("2026-03-02")] == [
        "nothing changes the indices"
    ]


def test_the_loader_finds_no_data_in_modules_without_a_file() -> None:
    module = ModuleType("nowhere")
    assert "must name a package" in refusal(
        InvalidInputError,
        lambda: data_loader._folder_of(module, "x"),  # noqa: SLF001
    )
    assert sys.modules["therapy_billing"] is not module
