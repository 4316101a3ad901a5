"""The tables and the manifest of a pack."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal

from therapy_billing.base.data_packs import Assumption, Correction, PackCheck, PackSource
from therapy_billing.packs.manifest import csv_text, pack_text, sha256_of, toml_text

TABLE = {
    "name": 'a "name" with \\, a tab\t, a line\n, \x01, \x7f, and é',
    "yes": True,
    "no": False,
    "count": 7,
    "amount": Decimal("2550.00"),
    "from": date(2027, 1, 1),
    "codes": ("97110", "97530"),
    "none": (),
    "file": (
        {"kind": "mue", "source": {"title": "A", "verified": "data-file"}},
        {"kind": "ptp"},
    ),
}


def test_toml_is_read_back_as_it_was() -> None:
    read = tomllib.loads(toml_text(TABLE), parse_float=Decimal)
    expected = {**TABLE, "codes": ["97110", "97530"], "none": [], "file": list(TABLE["file"])}  # type: ignore[call-overload]
    assert read == expected


def test_a_table_with_nothing_but_arrays_has_no_empty_line_in_front() -> None:
    assert toml_text({"gap": ({"from": date(2027, 4, 1)},)}) == "[[gap]]\nfrom = 2027-04-01\n"


def test_csv_rows_are_sorted_and_quoted() -> None:
    rows = [("97530", 6, "a, b"), ("97010", 0, "")]
    assert csv_text("code units rationale", rows) == (
        'code,units,rationale\n97010,0,\n97530,6,"a, b"\n'
    )


def test_the_manifest_lists_sources_tables_assumptions_and_checks() -> None:
    first, last = date(2027, 1, 1), date(2027, 12, 31)
    made_on = date(2026, 12, 30)
    tables = {
        "fees/gpci.csv": "mac,locality\n15202,00\n",
        "codes/therapy.toml": "known_through = 2027-12-31\n",
        "parameters/medicare/coinsurance.toml": "[[value]]\nfrom = 2027-01-01\n",
    }
    text = pack_text(
        name="medicare-2027",
        first=first,
        through=last,
        remarks=["one", "two"],
        sources=[
            PackSource("b.csv", "0" * 64, "gpci", "", 1),
            PackSource("a.csv", "1" * 64, "pprrvu", "RVU27A", 2),
        ],
        tables=tables,
        assumptions=[
            Assumption("x", "text", "Ann", made_on, first, last, ("codes/therapy.toml",)),
            Assumption("y", "text", "Ann", None, first, last, ("codes/therapy.toml",)),
        ],
        corrections=[Correction("fees/releases.toml", "2027-03-09", "RVU27AR")],
        checks=[PackCheck("amounts", "", 0)],
    )
    read = tomllib.loads(text)
    assert read["remark"] == "one; two"
    assert [source["name"] for source in read["source"]] == ["a.csv", "b.csv"]
    assert [(table["path"], table["rows"]) for table in read["table"]] == [
        ("codes/therapy.toml", 0),
        ("fees/gpci.csv", 1),
        ("parameters/medicare/coinsurance.toml", 1),
    ]
    assert read["table"][1]["sha256"] == sha256_of(tables["fees/gpci.csv"].encode())
    assert [each.get("date") for each in read["assumption"]] == [made_on, None]
    assert read["correction"] == [
        {"file": "fees/releases.toml", "key": "2027-03-09", "source": "RVU27AR"}
    ]
    assert read["check"] == [{"what": "amounts", "against": "", "compared": 0}]


def test_the_manifest_leaves_out_what_is_empty() -> None:
    day = date(2027, 1, 1)
    text = pack_text(
        name="a",
        first=day,
        through=day,
        remarks=(),
        sources=(),
        tables={},
        assumptions=(),
        corrections=(),
        checks=(),
    )
    assert text == 'name = "a"\nfrom = 2027-01-01\nthrough = 2027-01-01\n'
