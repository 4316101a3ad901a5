"""Numbers, the code book, and the payers of a pack."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

import attrs
import pytest

from tests.unit.packs.cms_downloads import BOTH, LAST
from therapy_billing.base.errors import FileFormatError, NotPublishedError
from therapy_billing.law.parameters import Parameter, load_parameter
from therapy_billing.law.timeline import Timeline
from therapy_billing.packs import series
from therapy_billing.packs.numbers import MissingNumbersError, Number, Numbers
from therapy_billing.packs.releases import FeeRelease
from therapy_billing.packs.series import SeriesTables, series_tables

NEW_YEAR = date(2027, 1, 1)
KX = Number("kx_threshold", NEW_YEAR, Decimal("2550.00"), "a page")
DEDUCTIBLE = Number("part_b_deductible", NEW_YEAR, Decimal("290.00"), "a page")
DOLLARS = (KX, DEDUCTIBLE)


def release(
    day: date = NEW_YEAR,
    factor: str | None = "33.0000",
    qualifying: str | None = None,
    name: str = "RVU27A",
) -> FeeRelease:
    return FeeRelease(
        name,
        day,
        (f"{name}.csv",),
        {},
        None if factor is None else Decimal(factor),
        None if qualifying is None else Decimal(qualifying),
    )


def made(
    *numbers: Number,
    releases: Sequence[FeeRelease] = (release(),),
    through: date = LAST,
    assumed: Iterable[str] = BOTH,
    whole_year: bool = True,
) -> tuple[SeriesTables, list[str]]:
    faults: list[FileFormatError] = []
    tables = series_tables(
        releases,
        Numbers(numbers=numbers),
        through=through,
        assumed=assumed,
        whole_year=whole_year,
        faults=faults,
    )
    return tables, list(map(str, faults))


def missing(
    *numbers: Number, assumed: Iterable[str] = BOTH, through: date = LAST
) -> MissingNumbersError:
    with pytest.raises(MissingNumbersError) as caught:
        made(*numbers, assumed=assumed, through=through)
    return caught.value


def ends_on(monkeypatch: pytest.MonkeyPatch, end: date, series_name: str) -> None:
    """Let a series in the data end on a day."""

    def load(name: str) -> Timeline[Parameter]:
        known = load_parameter(name)
        return attrs.evolve(known, known_through=end) if name.endswith(f"/{series_name}") else known

    monkeypatch.setattr(series, "load_parameter", load)


def test_everything_that_is_missing_is_requested_in_one_message() -> None:
    error = missing(assumed=())
    message = str(error)
    assert "kx_threshold from 2027-01-01: see the CMS page Therapy Services" in message
    assert "part_b_deductible from 2027-01-01: see the CMS fact sheet" in message
    assert "coinsurance from 2027-01-01, or assume policy-unchanged" in message
    assert "sequestration from 2027-01-01, or assume policy-unchanged" in message
    assert (
        "the code book (codes/periods.toml, codes/therapy.toml): assume codes-unchanged" in message
    )
    assert "payers, such as medicare (payers/*.toml): assume policy-unchanged" in message
    assert "medical_review_threshold" not in message
    asked = [line for line in error.form.splitlines() if line.startswith("# series")]
    assert asked[:2] == ['# series = "kx_threshold"', '# series = "part_b_deductible"']
    assert '# series = "sequestration"' in asked
    assert asked[-1] == '# series = "conversion_factors_qualifying_apm"'


def test_dollars_and_conversion_factors_are_never_carried_forward() -> None:
    assert "kx_threshold from 2027-01-01" in str(missing(DEDUCTIBLE))
    with pytest.raises(MissingNumbersError, match="- conversion_factors from 2027-01-01"):
        made(*DOLLARS, releases=[release(factor=None, qualifying="33.5000")])
    # A year in the middle would get the value of the year before.
    later = [attrs.evolve(each, effective_from=date(2028, 1, 1)) for each in DOLLARS]
    error = missing(*later, through=date(2028, 12, 31))
    for name in ("kx_threshold", "part_b_deductible"):
        assert f"- {name} from 2027-01-01" in str(error)
        assert f"- {name} from 2028-01-01" not in str(error)
    assert "- conversion_factors from 2028-01-01" in str(error)


def test_nothing_is_missing_only_if_both_are_assumed() -> None:
    error = missing(*DOLLARS, assumed=["policy-unchanged"])
    assert "the code book" in str(error)
    assert "payers" not in str(error).partition("fill in")[0]
    error = missing(*DOLLARS, assumed=["codes-unchanged"])
    assert "the policies of" in str(error)
    tables, faults = made(*DOLLARS)
    assert faults == []
    assert tables.carried["codes-unchanged"] == ("codes/periods.toml", "codes/therapy.toml")
    assert "payers/medicare.toml" in tables.carried["policy-unchanged"]
    assert "parameters/medicare/coinsurance.toml" in tables.carried["policy-unchanged"]
    assert not {"kx", "conversion"} & {
        path.partition("medicare/")[2][:10] for path in tables.carried["policy-unchanged"]
    }
    assert tables.since == {"codes-unchanged": NEW_YEAR, "policy-unchanged": NEW_YEAR}
    assert (
        tables.tables["payers/medicare.toml"] == 'name = "medicare"\nknown_through = 2027-12-31\n'
    )
    assert tables.tables["codes/therapy.toml"] == "known_through = 2027-12-31\n"


def test_the_form_is_empty_if_no_number_is_missing() -> None:
    qualifying = [release(qualifying="33.5000")]
    with pytest.raises(MissingNumbersError) as caught:
        made(*DOLLARS, releases=qualifying, assumed=["policy-unchanged"])
    assert caught.value.form == ""


def test_numbers_and_factors_become_values_with_their_sources() -> None:
    tables, _ = made(*DOLLARS, releases=[release(qualifying="33.5000")])
    kx = tomllib.loads(tables.tables["parameters/medicare/kx_threshold.toml"], parse_float=Decimal)
    assert kx == {
        "known_through": LAST,
        "value": [
            {
                "from": NEW_YEAR,
                "amount": Decimal("2550.00"),
                "source": "a page",
                "verified": "unverified",
            }
        ],
    }
    factors = tomllib.loads(
        tables.tables["parameters/medicare/conversion_factors.toml"], parse_float=Decimal
    )
    assert factors["value"] == [
        {
            "from": NEW_YEAR,
            "amount": Decimal("33.0000"),
            "source": "CONV FACTOR column of RVU27A (RVU27A.csv)",
            "verified": "data-file",
        }
    ]
    assert tables.amount("conversion_factors_qualifying_apm", NEW_YEAR) == Decimal("33.5000")
    assert tables.remarks == ()


def test_a_pack_without_the_factor_for_qualifying_participants_says_so() -> None:
    tables, _ = made(*DOLLARS)
    assert tables.remarks == (
        (
            "conversion_factors_qualifying_apm has no value from 2027-01-01, so amounts for qualifying APM participants stay "
            "refused; see the CONV FACTOR column of the PPRRVU file of the year whose name has QPP"
        ),
    )
    with pytest.raises(NotPublishedError):
        tables.amount("conversion_factors_qualifying_apm", NEW_YEAR)


def test_amounts_come_from_the_pack_and_else_from_the_data() -> None:
    tables, _ = made(*DOLLARS)
    assert tables.amount("kx_threshold", NEW_YEAR) == Decimal("2550.00")
    assert tables.amount("kx_threshold", date(2026, 12, 31)) == Decimal("2480.00")
    assert tables.amount("mppr_office", LAST) == Decimal("0.50")


def test_a_factor_is_written_only_for_a_new_year_or_if_it_changes() -> None:
    april = release(date(2027, 4, 1), name="RVU27B")
    july = release(date(2027, 7, 1), "33.1000", name="RVU27C")
    tables, _ = made(*DOLLARS, releases=[release(), april, july])
    rows = tables.values["conversion_factors"]
    assert [(row["from"], row["amount"]) for row in rows] == [
        (NEW_YEAR, Decimal("33.0000")),
        (date(2027, 7, 1), Decimal("33.1000")),
    ]


def test_the_factor_of_a_later_release_applies_from_january_1() -> None:
    tables, _ = made(*DOLLARS, releases=[release(date(2027, 7, 1), name="RVU27C")])
    assert [row["from"] for row in tables.values["conversion_factors"]] == [NEW_YEAR]


def test_a_factor_goes_on_after_data_that_end_within_its_year(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends_on(monkeypatch, date(2026, 9, 30), "conversion_factors")
    july = release(date(2026, 7, 1), "33.4009", name="RVU26C")
    tables, faults = made(releases=[july], through=date(2026, 12, 31))
    assert faults == []
    assert [(row["from"], row["amount"]) for row in tables.values["conversion_factors"]] == [
        (date(2026, 10, 1), Decimal("33.4009"))
    ]


def test_a_new_release_may_change_the_factor_within_a_year_that_the_data_has() -> None:
    reissued = release(date(2026, 3, 9), "33.5000", name="RVU26AR")
    april = release(date(2026, 4, 1), "33.5000", name="RVU26B")
    tables, faults = made(releases=[reissued, april], through=date(2026, 12, 31))
    assert faults == []
    rows = tables.values["conversion_factors"]
    assert [(row["from"], row["amount"]) for row in rows] == [
        (date(2026, 3, 9), Decimal("33.5000"))
    ]
    assert [(each.file, each.key) for each in tables.corrections] == [
        ("parameters/medicare/conversion_factors.toml", "2026-03-09")
    ]


def test_a_new_release_with_the_factor_of_the_data_adds_nothing() -> None:
    april = release(date(2026, 4, 1), "33.4009", name="RVU26B")
    tables, _ = made(releases=[april], through=date(2026, 12, 31))
    assert (dict(tables.tables), tables.corrections) == ({}, ())


def test_the_dollars_of_a_year_go_on_after_data_that_end_within_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends_on(monkeypatch, date(2026, 9, 30), "kx_threshold")
    tables, _ = made(*DOLLARS)
    rows = tables.values["kx_threshold"]
    assert [(row["from"], row["amount"], row["verified"]) for row in rows] == [
        (date(2026, 10, 1), Decimal("2480.00"), "official"),
        (NEW_YEAR, Decimal("2550.00"), "unverified"),
    ]
    assert rows[0]["source"].startswith("the amount of 2026: CMS Therapy Services page")
    assert rows[0]["url"] == "https://www.cms.gov/medicare/coding-billing/therapy-services"
    assert "url" not in rows[1]
    given = Number("kx_threshold", date(2026, 10, 1), Decimal("2480.00"), "a page")
    tables, _ = made(*DOLLARS, given)
    assert [row["source"] for row in tables.values["kx_threshold"]] == ["a page", "a page"]


def test_a_factor_that_contradicts_the_data_or_the_numbers_is_refused() -> None:
    july = release(date(2026, 7, 1), "33.0000", name="RVU26C")
    given = Number("conversion_factors", NEW_YEAR, Decimal("33.1700"), "proposed")
    _, faults = made(*DOLLARS, given, releases=[july, release()])
    assert faults == [
        "RVU26C.csv: CONV FACTOR is 33.0000, and the data has 33.4009 for 2026-07-01",
        (
            "numbers: conversion_factors is 33.0000 from 2027-01-01 in CONV FACTOR column of RVU27A (RVU27A.csv), but this file "
            "has 33.1700"
        ),
    ]
    same = attrs.evolve(given, amount=Decimal(33))
    assert made(*DOLLARS, same)[1] == []


def test_numbers_may_replace_what_would_be_carried_forward() -> None:
    coinsurance = Number("coinsurance", NEW_YEAR, Decimal("0.25"), "a law")
    tables, _ = made(*DOLLARS, coinsurance)
    assert "parameters/medicare/coinsurance.toml" not in tables.carried["policy-unchanged"]
    assert tables.amount("coinsurance", LAST) == Decimal("0.25")


def test_a_number_that_begins_later_needs_the_days_before_it() -> None:
    later = Number("sequestration", date(2027, 7, 1), Decimal("0.00"), "a law")
    error = missing(*DOLLARS, later, assumed=["codes-unchanged"])
    assert "- sequestration from 2027-01-01, or assume policy-unchanged" in str(error)
    tables, _ = made(*DOLLARS, later)
    rows = tables.values["sequestration"]
    assert [(row["from"], row["amount"], row["verified"]) for row in rows] == [
        (NEW_YEAR, Decimal("0.02"), "derived"),
        (date(2027, 7, 1), Decimal("0.00"), "unverified"),
    ]
    assert "parameters/medicare/sequestration.toml" in tables.carried["policy-unchanged"]


def test_numbers_within_the_data_must_agree_with_them() -> None:
    day = date(2026, 1, 1)
    same = Number("kx_threshold", day, Decimal(2480), "a page")
    tables, faults = made(*DOLLARS, same)
    assert faults == []
    assert len(tables.values["kx_threshold"]) == 1
    other = attrs.evolve(same, amount=Decimal(2500))
    after = Number("kx_threshold", LAST + timedelta(days=1), Decimal(2600), "a page")
    _, faults = made(*DOLLARS, other, after)
    assert faults == [
        (
            "numbers: kx_threshold is 2480.00 on 2026-01-01 in the data; a pack that changes it needs a [[correction]], "
            "so write that file by hand"
        ),
        "numbers: kx_threshold from 2028-01-01 begins after the last day of the pack, 2027-12-31",
    ]


def test_edits_and_days_within_the_data_need_nothing() -> None:
    tables, faults = made(releases=(), assumed=(), whole_year=False)
    assert (dict(tables.tables), faults) == ({}, [])
    tables, faults = made(releases=(), assumed=(), through=date(2026, 12, 31))
    assert (dict(tables.tables), faults) == ({}, [])
