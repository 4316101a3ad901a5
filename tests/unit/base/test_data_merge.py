"""Test how the data files of packs are merged with those below them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import pytest

from therapy_billing.base.data_merge import Layer, Merged, merge_layers, merging_form

SERIES = "parameters/medicare/kx_threshold.toml"
LIBRARY_SERIES = (
    'unit = "USD"\nknown_through = 2026-12-31\n'
    '[[value]]\nfrom = 2025-01-01\namount = 2410\nsource = "a"\nverified = "official"\n'
    '[[value]]\nfrom = 2026-01-01\namount = 2480\nsource = "a"\nverified = "official"\n'
)
NEXT_VALUE = '[[value]]\nfrom = 2027-01-01\namount = 2500\nsource = "b"\nverified = "official"\n'
NEXT_SERIES = f'unit = "USD"\nknown_through = 2027-12-31\n{NEXT_VALUE}'
PAYER = "payers/acme.toml"
LIBRARY_PAYER = 'name = "acme"\nknown_through = 2026-12-31\n[[policy]]\nmethod = "cpt-midpoint"\n'
CODES = "codes/therapy.toml"
LIBRARY_CODES = 'known_through = 2026-12-31\n[source.a]\ntitle = "A"\n[[code]]\ncode = "97110"\nlabel = "exercise"\n'
RELEASES = "fees/releases.toml"
LIBRARY_RELEASES = (
    "known_through = 2026-12-31\n"
    '[[release]]\nname = "RVU25D"\nfrom = 2025-10-01\nsource = "a"\n'
    '[[release]]\nname = "RVU26C"\nfrom = 2026-07-01\napplied = 2026-01-01\nassumption = "b"\nsource = "a"\n'
    '[[release]]\nname = "RVU26C"\nfrom = 2026-07-01\nsource = "a"\n'
    '[[release]]\nname = "RVU26C"\nfrom = 2026-07-01\napplied = 2026-10-01\nassumption = "c"\nsource = "a"\n'
)


def layered(path: str, *texts: str, corrections: str = "", assumed: bool = False) -> Merged:
    """Merge texts, the first of which is the library's. Corrections and assumptions are those of the last one."""
    keys = frozenset(corrections.split())
    layers = [
        Layer(f"pack-{number}" if number else "library", text) for number, text in enumerate(texts)
    ]
    year = (day("2027-01-01"), day("2027-12-31"))
    layers[-1] = Layer(layers[-1].where, texts[-1], keys, (year,) if assumed else ())
    return merge_layers(path, layers)


def faults(merged: Merged) -> list[str]:
    return [str(fault) for fault in merged.faults]


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


class TestSeries:
    def test_a_later_layer_adds_values_and_moves_the_last_day(self) -> None:
        merged = layered(SERIES, LIBRARY_SERIES, NEXT_SERIES)
        assert faults(merged) == []
        assert [str(row["from"]) for row in merged.table["value"]] == [
            "2025-01-01",
            "2026-01-01",
            "2027-01-01",
        ]
        assert merged.table["known_through"] == day("2027-12-31")
        assert merged.table["unit"] == "USD"

    def test_values_are_in_the_order_of_their_days(self) -> None:
        rows = NEXT_VALUE.replace("2027-01-01", "2027-07-01") + NEXT_VALUE
        merged = layered(SERIES, LIBRARY_SERIES, f"known_through = 2027-12-31\n{rows}")
        assert faults(merged) == []
        assert [str(row["from"]) for row in merged.table["value"]][2:] == [
            "2027-01-01",
            "2027-07-01",
        ]

    def test_a_repeated_value_is_ignored(self) -> None:
        text = LIBRARY_SERIES.replace('unit = "USD"\n', "")
        merged = layered(SERIES, LIBRARY_SERIES, text)
        assert faults(merged) == []
        assert len(merged.table["value"]) == 2

    def test_a_changed_value_is_refused_with_both_places(self) -> None:
        text = (
            'known_through = 2026-12-31\n[[value]]\nfrom = 2026-01-01\namount = 9\nsource = "b"\n'
        )
        assert faults(layered(SERIES, LIBRARY_SERIES, text)) == [
            (
                "pack-1, line 2, column value: 2026-01-01 is already in library, line 8, with other values: leave this [[value]] out, "
                "or declare a [[correction]] in pack.toml"
            )
        ]

    def test_a_declared_correction_changes_a_value(self) -> None:
        text = (
            'known_through = 2026-12-31\n[[value]]\nfrom = 2026-01-01\namount = 9\nsource = "b"\n'
        )
        merged = layered(SERIES, LIBRARY_SERIES, text, corrections="2026-01-01")
        assert faults(merged) == []
        assert [row["amount"] for row in merged.table["value"]] == [2410, 9]
        assert merged.corrected == {"pack-1": {"2026-01-01"}}

    def test_a_new_value_within_the_known_days_is_a_change(self) -> None:
        text = f"known_through = 2026-12-31\n{NEXT_VALUE.replace('2027-01-01', '2026-12-31')}"
        assert faults(layered(SERIES, LIBRARY_SERIES, text)) == [
            (
                "pack-1, line 2, column value: it begins on 2026-12-31, and would change earlier values, which are known through "
                "2026-12-31: begin after that day, or declare a [[correction]] in pack.toml"
            )
        ]
        merged = layered(SERIES, LIBRARY_SERIES, text, corrections="2026-12-31")
        assert faults(merged) == []
        assert merged.corrected == {"pack-1": {"2026-12-31"}}

    def test_a_value_without_a_first_day_would_change_every_day(self) -> None:
        text = "known_through = 2027-12-31\n[[value]]\namount = 1\n"
        library = LIBRARY_SERIES.replace("USD", "fraction")
        (fault,) = faults(layered(SERIES, library, text, assumed=True))
        assert fault.startswith("pack-1, line 2, column value: the row has no first day, and would")

    def test_a_series_cannot_become_shorter(self) -> None:
        assert faults(layered(SERIES, LIBRARY_SERIES, "known_through = 2026-12-30\n")) == [
            "pack-1, line 1, column known_through: 2026-12-30 would shorten the data, which end on 2026-12-31"
        ]

    @pytest.mark.parametrize(("first", "gap"), [("2027-01-01", False), ("2027-01-02", True)])
    def test_a_series_goes_on_without_a_gap(self, first: str, gap: bool) -> None:  # noqa: FBT001
        text = NEXT_SERIES.replace("2027-01-01", first)
        expected = [
            (
                "pack-1, line 4, column value.from: the earlier data end the day before 2027-01-01, so this leaves a gap: begin on that day"
            )
        ]
        assert faults(layered(SERIES, LIBRARY_SERIES, text)) == (expected if gap else [])

    def test_new_values_need_a_last_day(self) -> None:
        assert faults(layered(SERIES, LIBRARY_SERIES, NEXT_VALUE)) == [
            "pack-1: known_through is missing: the earlier data end on 2026-12-31"
        ]

    def test_the_last_day_is_not_before_the_last_value(self) -> None:
        text = NEXT_SERIES.replace("2027-12-31", "2026-12-31")
        assert faults(layered(SERIES, LIBRARY_SERIES, text)) == [
            "pack-1, line 2, column known_through: must not be before 2027-01-01, the last first day"
        ]

    def test_dollars_are_never_carried_forward(self) -> None:
        text = "known_through = 2027-12-31\n"
        assert faults(layered(SERIES, LIBRARY_SERIES, text, assumed=True)) == [
            "pack-1, line 1, column known_through: dollars are never carried forward: add a [[value]] from 2027-01-01"
        ]

    def test_the_last_day_does_not_move_without_evidence(self) -> None:
        text, library = "known_through = 2027-12-31\n", LIBRARY_SERIES.replace("USD", "fraction")
        assert faults(layered(SERIES, library, text)) == [
            (
                "pack-1, line 1, column known_through: nothing shows what applies from 2027-01-01 through 2027-12-31: add rows from that "
                "day on, or an [[assumption]] for these days in pack.toml that names this file"
            )
        ]
        assert faults(layered(SERIES, library, text, assumed=True)) == []

    @pytest.mark.parametrize(
        ("spans", "covered"),
        [
            ([], False),
            ([("2027-01-01", "2027-12-31")], True),
            ([("2026-06-01", "2028-01-01")], True),
            ([("2027-01-02", "2027-12-31")], False),
            ([("2027-01-01", "2027-12-30")], False),
            ([("2027-07-01", "2027-12-31"), ("2027-01-01", "2027-06-30")], True),
            ([("2027-07-02", "2027-12-31"), ("2027-01-01", "2027-06-30")], False),
            ([("2026-01-01", "2026-01-02")], False),
        ],
    )
    def test_assumptions_cover_every_day(
        self,
        spans: Sequence[tuple[str, str]],
        covered: bool,  # noqa: FBT001
    ) -> None:
        layer = Layer("x", "", assumed=tuple((day(first), day(last)) for first, last in spans))
        assert layer.is_assumed(day("2027-01-01"), day("2027-12-31")) is covered

    def test_the_last_day_is_a_date(self) -> None:
        assert faults(layered(SERIES, LIBRARY_SERIES, 'known_through = "2027"\n')) == [
            "pack-1, line 1, column known_through: a date such as 2027-12-31 belongs here"
        ]

    def test_a_series_without_a_last_day_takes_later_values_only(self) -> None:
        open_ended = LIBRARY_SERIES.replace("known_through = 2026-12-31\n", "")
        assert faults(layered(SERIES, open_ended, NEXT_VALUE)) == []
        early = NEXT_VALUE.replace("2027-01-01", "2025-07-01")
        (fault,) = faults(layered(SERIES, open_ended, early))
        assert "would change earlier values, which are known through 2026-01-01" in fault

    def test_two_packs_follow_each_other(self) -> None:
        third = NEXT_SERIES.replace("2027", "2028")
        merged = layered(SERIES, LIBRARY_SERIES, NEXT_SERIES, third)
        assert faults(merged) == []
        assert merged.table["known_through"] == day("2028-12-31")

    def test_two_packs_with_one_day_and_different_values_are_refused(self) -> None:
        other = NEXT_SERIES.replace("2500", "2501")
        (fault,) = faults(layered(SERIES, LIBRARY_SERIES, NEXT_SERIES, other))
        assert "2027-01-01 is already in pack-1, line 3, with other values" in fault

    def test_a_row_that_is_twice_in_one_file_is_refused(self) -> None:
        text = f"known_through = 2027-12-31\n{NEXT_VALUE}{NEXT_VALUE}"
        assert faults(layered(SERIES, LIBRARY_SERIES, text)) == [
            "pack-1, line 7, column value: the same row is on line 2"
        ]

    def test_other_units_and_unknown_keys_are_refused(self) -> None:
        text = 'unit = "days"\ncolor = 1\n'
        assert faults(layered(SERIES, LIBRARY_SERIES, text)) == [
            "pack-1, line 1, column unit: must be as in the earlier data; leave it out",
            "pack-1, line 2, column color: a data pack cannot have this key",
        ]

    @pytest.mark.parametrize("text", ["value = 1\n", "value = [1]\n"])
    def test_an_array_has_tables(self, text: str) -> None:
        assert faults(layered(SERIES, LIBRARY_SERIES, text)) == [
            "pack-1, line 1, column value: one or more [[value]] tables belong here"
        ]

    def test_a_file_that_is_not_toml_is_a_fault(self) -> None:
        (fault,) = faults(layered(SERIES, LIBRARY_SERIES, "unit = "))
        assert fault.startswith("pack-1, line 1: not valid TOML")


class TestPayers:
    def test_a_payers_source_is_evidence_for_a_later_last_day(self) -> None:
        text = 'name = "acme"\nknown_through = 2027-12-31\n'
        (fault,) = faults(layered(PAYER, LIBRARY_PAYER, text))
        assert "nothing shows what applies from 2027-01-01" in fault
        sourced = f'{text}[[source]]\ntitle = "Handbook 2027"\nverified = "official"\n'
        merged = layered(PAYER, LIBRARY_PAYER, sourced)
        assert faults(merged) == []
        assert merged.table["source"] == [{"title": "Handbook 2027", "verified": "official"}]

    def test_a_policy_begins_after_the_known_days(self) -> None:
        text = 'known_through = 2027-12-31\n[[policy]]\nfrom = {}\ncap_per_day = 4\n[[source]]\ntitle = "x"\n'
        assert faults(layered(PAYER, LIBRARY_PAYER, text.format("2027-07-01"))) == []
        (fault,) = faults(layered(PAYER, LIBRARY_PAYER, text.format("2026-07-01")))
        assert "it begins on 2026-07-01, and would change earlier values" in fault

    @pytest.mark.parametrize("source", ["source = []\n", ""])
    def test_an_empty_list_of_sources_is_no_evidence(self, source: str) -> None:
        text = f"known_through = 2027-12-31\n{source}"
        (fault,) = faults(layered(PAYER, LIBRARY_PAYER, text))
        assert "nothing shows what applies from 2027-01-01" in fault

    def test_a_policy_from_the_next_day_is_evidence(self) -> None:
        text = "known_through = 2027-12-31\n[[policy]]\nfrom = {}\ncap_per_day = 4\n"
        assert faults(layered(PAYER, LIBRARY_PAYER, text.format("2027-01-01"))) == []
        assert len(faults(layered(PAYER, LIBRARY_PAYER, text.format("2027-01-02")))) == 1

    def test_a_payer_gets_no_base_or_remark(self) -> None:
        text = 'base = "medicare"\nremark = "x"\n'
        assert faults(layered(PAYER, LIBRARY_PAYER, text)) == [
            "pack-1, line 1, column base: must be as in the earlier data; leave it out",
            "pack-1, line 2, column remark: must be as in the earlier data; leave it out",
        ]

    def test_a_new_payer_is_taken_as_it_is(self) -> None:
        merged = merge_layers(PAYER, [Layer("pack-1", LIBRARY_PAYER)])
        assert faults(merged) == []
        assert merged.table["name"] == "acme"


class TestCodes:
    def test_a_code_is_added_with_its_source(self) -> None:
        text = '[source.b]\ntitle = "B"\n[[code]]\ncode = "97999"\nlabel = "new"\n'
        merged = layered(CODES, LIBRARY_CODES, text)
        assert faults(merged) == []
        assert [row["code"] for row in merged.table["code"]] == ["97110", "97999"]
        assert merged.table["source"] == {"a": {"title": "A"}, "b": {"title": "B"}}

    def test_a_code_that_is_there_is_refused_with_both_places(self) -> None:
        text = '[[code]]\ncode = "97110"\nlabel = "other"\n'
        assert faults(layered(CODES, LIBRARY_CODES, text)) == [
            (
                "pack-1, line 1, column code: 97110 is already in library, line 4, with other values: leave this [[code]] out, or "
                "declare a [[correction]] in pack.toml"
            )
        ]
        assert faults(layered(CODES, LIBRARY_CODES, text, corrections="97110")) == []

    def test_a_source_keeps_its_meaning(self) -> None:
        text = '[source.a]\ntitle = "Another"\n'
        assert faults(layered(CODES, LIBRARY_CODES, text)) == [
            "pack-1, line 1, column source.a: the earlier data have another source with this name: choose another name"
        ]
        assert faults(layered(CODES, LIBRARY_CODES, '[source.a]\ntitle = "A"\n')) == []
        assert faults(layered(CODES, LIBRARY_CODES, "source = 1\n")) == [
            "pack-1, line 1, column source: [source.NAME] tables belong here"
        ]

    def test_the_library_keeps_its_own_table_unchanged(self) -> None:
        first = layered(CODES, LIBRARY_CODES)
        layered(CODES, LIBRARY_CODES, '[source.b]\ntitle = "B"\n')
        assert first.table["source"] == {"a": {"title": "A"}}


def release(name: str, first: str, applied: str = "") -> str:
    stand_in = f'applied = {applied}\nassumption = "x"\n' if applied else ""
    return f'[[release]]\nname = "{name}"\nfrom = {first}\n{stand_in}source = "s"\n'


def days(merged: Merged) -> list[tuple[str, str]]:
    """Return the releases with the days on which they begin to apply."""
    return [(row["name"], str(row.get("applied", row["from"]))) for row in merged.table["release"]]


@pytest.mark.parametrize("empty", ["", "# no code\n"])
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('code = "x"\n', "column code: one or more [[code]] tables belong here"),
        ("code = 5\n", "column code: one or more [[code]] tables belong here"),
        ("[code]\n", "column code: one or more [[code]] tables belong here"),
        ("source = 5\n", "column source: [source.NAME] tables belong here"),
    ],
)
def test_a_file_on_top_of_an_empty_one_is_checked(empty: str, text: str, fault: str) -> None:
    assert faults(layered("codes/own.toml", empty, text)) == [f"pack-1, line 1, {fault}"]


class TestReleases:
    def test_a_release_takes_the_place_of_its_stand_in(self) -> None:
        merged = layered(RELEASES, LIBRARY_RELEASES, release("RVU26D", "2026-10-01"))
        assert faults(merged) == []
        assert days(merged) == [
            ("RVU25D", "2025-10-01"),
            ("RVU26C", "2026-01-01"),
            ("RVU26C", "2026-07-01"),
            ("RVU26D", "2026-10-01"),
        ]

    def test_the_stand_in_stays_for_the_quarters_without_a_release(self) -> None:
        merged = layered(RELEASES, LIBRARY_RELEASES, release("RVU26A", "2026-01-01"))
        assert faults(merged) == []
        assert days(merged)[1:3] == [("RVU26A", "2026-01-01"), ("RVU26C", "2026-04-01")]
        second = layered(RELEASES, LIBRARY_RELEASES, release("RVU26B", "2026-04-01"))
        assert faults(second) == []
        assert days(second)[1:4] == [
            ("RVU26C", "2026-01-01"),
            ("RVU26B", "2026-04-01"),
            ("RVU26C", "2026-07-01"),
        ]

    def test_a_release_does_not_change_another_release(self) -> None:
        (fault,) = faults(layered(RELEASES, LIBRARY_RELEASES, release("RVU26CR", "2026-08-01")))
        assert "it begins on 2026-08-01, and would change earlier values" in fault

    def test_a_release_before_every_other_one_is_refused(self) -> None:
        (fault,) = faults(layered(RELEASES, LIBRARY_RELEASES, release("RVU20A", "2020-01-01")))
        assert "it begins on 2020-01-01, and would change earlier values" in fault

    def test_a_gap_goes_on_without_a_gap_in_the_timeline(self) -> None:
        gap = '[[gap]]\nfrom = 2027-01-01\nthrough = 2027-06-30\nreason = "not at hand"\n'
        text = f"known_through = 2027-12-31\n{gap}{release('RVU27C', '2027-07-01')}"
        merged = layered(RELEASES, LIBRARY_RELEASES, text)
        assert faults(merged) == []
        assert merged.table["gap"][0]["through"] == day("2027-06-30")

    @pytest.mark.parametrize(
        ("first", "left"),
        [
            ("2028-01-01", [("2027-01-01", "2027-09-30")]),
            ("2027-01-01", [("2027-04-01", "2027-09-30")]),
            ("2027-04-01", [("2027-01-01", "2027-03-31"), ("2027-07-01", "2027-09-30")]),
            ("2027-07-01", [("2027-01-01", "2027-06-30")]),
        ],
    )
    def test_a_release_closes_its_quarter_of_a_gap(
        self, first: str, left: Sequence[tuple[str, str]]
    ) -> None:
        gaps = (
            '[[gap]]\nfrom = 2027-01-01\nthrough = 2027-09-30\nreason = "a"\n'
            '[[gap]]\nfrom = 2028-01-01\nthrough = 2028-03-31\nreason = "b"\n'
        )
        text = f"known_through = 2028-12-31\n{gaps}{release('RVU27D', '2027-10-01')}{release('RVU28B', '2028-04-01')}"
        merged = layered(RELEASES, LIBRARY_RELEASES, text, release("RVU27X", first))
        assert faults(merged) == []
        found = [(str(gap["from"]), str(gap["through"])) for gap in merged.table["gap"]]
        of_2028 = [] if first > "2028" else [("2028-01-01", "2028-03-31")]
        assert found == [*left, *of_2028]


class TestCsvFiles:
    PATH = "fees/gpci.csv"
    CAPTIONS = "effective_from,mac,locality,state,name,work_gpci,pe_gpci,mp_gpci"
    OHIO = '2026-01-01,15202,00,OH,"OHIO",1.000,0.917,0.900'
    LIBRARY = f"{CAPTIONS}\n{OHIO}\n"

    def test_new_rows_come_after_the_earlier_ones(self) -> None:
        row = self.OHIO.replace("2026", "2027")
        merged = layered(self.PATH, self.LIBRARY, f"{self.CAPTIONS}\n{row}\n{self.OHIO}\n")
        assert faults(merged) == []
        assert merged.lines == [self.CAPTIONS, self.OHIO, row]

    def test_a_changed_row_is_refused_with_both_places(self) -> None:
        row = self.OHIO.replace("0.917", "0.918")
        text = f"{self.CAPTIONS}\n{row}\n"
        assert faults(layered(self.PATH, self.LIBRARY, text)) == [
            (
                "pack-1, line 2: 2026-01-01/15202/00 is already in library, line 2, with other values: leave it out, or declare a "
                "[[correction]] in pack.toml"
            )
        ]
        merged = layered(self.PATH, self.LIBRARY, text, corrections="2026-01-01/15202/00")
        assert merged.lines == [self.CAPTIONS, row]
        assert merged.corrected == {"pack-1": {"2026-01-01/15202/00"}}

    def test_rows_that_repeat_or_are_cut_off_are_refused(self) -> None:
        row = self.OHIO.replace("2026", "2027")
        text = f"{self.CAPTIONS}\n{row}\n{row}\n2027-01-01,15202\n"
        assert faults(layered(self.PATH, self.LIBRARY, text)) == [
            "pack-1, line 3: 2027-01-01/15202/00 is also on line 2",
            "pack-1, line 4: 2 cells, expected 8",
        ]

    @pytest.mark.parametrize("text", ["", "mac,locality\n15202,00\n"])
    def test_the_captions_are_those_of_the_library(self, text: str) -> None:
        assert faults(layered(self.PATH, self.LIBRARY, text)) == [
            f"pack-1, line 1: the first line must be {self.CAPTIONS}"
        ]

    def test_a_new_locality_of_an_earlier_release_is_a_change(self) -> None:
        row = self.OHIO.replace(",00,", ",01,")
        text = f"{self.CAPTIONS}\n{row}\n"
        assert faults(layered(self.PATH, self.LIBRARY, text)) == [
            (
                "pack-1, line 2: 2026-01-01/15202/01 is new in a release that is there already: leave it out, or declare a "
                "[[correction]] in pack.toml"
            )
        ]
        merged = layered(self.PATH, self.LIBRARY, text, corrections="2026-01-01/15202/01")
        assert merged.lines == [self.CAPTIONS, self.OHIO, row]
        assert merged.corrected == {"pack-1": {"2026-01-01/15202/01"}}

    def test_a_new_code_of_an_earlier_release_changes_no_amount(self) -> None:
        captions = "release,code"
        text = f"{captions}\nRVU26C,97999\n"
        assert faults(layered("fees/mpfs_rvu.csv", f"{captions}\nRVU26C,97110\n", text)) == []

    @pytest.mark.parametrize("cell", ['"a', '"a"b', "x" * 200_000])
    def test_a_row_is_one_line_of_cells(self, cell: str) -> None:
        text = f"{self.CAPTIONS}\n2027-01-01,15202,00,OH,{cell},1.000,1.000,1.000\n"
        assert faults(layered(self.PATH, self.LIBRARY, text)) == [
            "pack-1, line 2: quotes are left open: each row is one line"
        ]

    def test_a_table_of_edits_has_a_name_of_its_own(self) -> None:
        merged = layered("edits/mue.csv", "code,units\n97110,4\n", "code,units\n97110,5\n")
        assert merged.lines == ["code,units", "97110,4"]
        assert faults(merged) == [
            "pack-1: library is there already: give the table another name, also in edits/releases.toml"
        ]


@pytest.mark.parametrize(
    "path", ["rules/units.toml", "codes/modifiers.toml", "payers/x/y.toml", "fees/states.toml"]
)
def test_a_pack_cannot_have_any_other_file(path: str) -> None:
    assert merging_form(path) is None
