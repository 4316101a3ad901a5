"""Dated numbers with their citations: the bundled ones, and those in a user's folder."""

from __future__ import annotations

import datetime
from datetime import date
from decimal import Context, Decimal, localcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.own_numbers import own_numbers
from tests.paths import DATA
from tests.refusals import refusal
from therapy_billing import FileFormatError, InvalidInputError, NotPublishedError, Source
from therapy_billing.law import Parameter, Parameters, Timeline, Verification
from therapy_billing.law.parameters import BUNDLED, SERIES, load_parameter

NAME: Any = "Rosa Invented"
FACTOR = "medicare/conversion_factors"

# Each series as the specification states it: the first day of each value, and the last known day. None means that no
# source names the day.
SPECIFIED: dict[str, tuple[str, str | None, list[tuple[str | None, str]]]] = {
    # 5.1, 5.3
    "assistant_de_minimis": ("fraction of the minutes", "2026-12-31", [("2020-01-01", "0.10")]),
    # 5.1
    "assistant_payment": (
        "fraction of Medicare's share",
        "2026-12-31",
        [("2020-01-01", "1.00"), ("2022-01-01", "0.85")],
    ),
    # 10.1
    "certification_days": ("days", None, [(None, "30"), ("2008-01-01", "90")]),
    "certification_signature_days": ("days", None, [(None, "30")]),
    # 11.1
    "claim_line_modifiers": ("modifiers", None, [(None, "4")]),
    # 7.7
    "coinsurance": ("fraction of the allowed amount", "2026-12-31", [("2000-04-01", "0.20")]),
    # 7.3
    "conversion_factors": (
        "USD per RVU",
        "2026-12-31",
        [
            ("2019-01-01", "36.0391"),
            ("2020-01-01", "36.0896"),
            ("2021-01-01", "34.8931"),
            ("2022-01-01", "34.6062"),
            ("2023-01-01", "33.8872"),
            ("2024-01-01", "32.7442"),
            ("2024-03-09", "33.2875"),
            ("2025-01-01", "32.3465"),
            ("2026-01-01", "33.4009"),
        ],
    ),
    "conversion_factors_qualifying_apm": (
        "USD per RVU",
        "2026-12-31",
        [("2026-01-01", "33.5675")],
    ),
    # 8
    "kx_threshold": (
        "USD",
        "2026-12-31",
        [
            ("2018-01-01", "2010.00"),
            ("2019-01-01", "2040.00"),
            ("2020-01-01", "2080.00"),
            ("2021-01-01", "2110.00"),
            ("2022-01-01", "2150.00"),
            ("2023-01-01", "2230.00"),
            ("2024-01-01", "2330.00"),
            ("2025-01-01", "2410.00"),
            ("2026-01-01", "2480.00"),
        ],
    ),
    # 7.1
    "limiting_charge": (
        "fraction of the nonparticipating amount",
        "2026-12-31",
        [("2000-04-01", "1.15")],
    ),
    # 8: every year before 2028
    "medical_review_threshold": ("USD", "2027-12-31", [("2018-01-01", "3000.00")]),
    # 6.1
    "mppr_institution": (
        "fraction of the practice expense",
        "2026-12-31",
        [("2011-01-01", "0.25"), ("2013-04-01", "0.50")],
    ),
    "mppr_office": (
        "fraction of the practice expense",
        "2026-12-31",
        [("2011-01-01", "0.20"), ("2013-04-01", "0.50")],
    ),
    # 4.2
    "ncci_modifier_columns": ("columns", None, [(None, "1"), ("2019-07-01", "2")]),
    # 7.1
    "nonparticipating": (
        "fraction of the fee schedule amount",
        "2026-12-31",
        [("2000-04-01", "0.95")],
    ),
    # 7.7
    "part_b_deductible": (
        "USD",
        "2026-12-31",
        [
            ("2018-01-01", "183.00"),
            ("2019-01-01", "185.00"),
            ("2020-01-01", "198.00"),
            ("2021-01-01", "203.00"),
            ("2022-01-01", "233.00"),
            ("2023-01-01", "226.00"),
            ("2024-01-01", "240.00"),
            ("2025-01-01", "257.00"),
            ("2026-01-01", "283.00"),
        ],
    ),
    # 10.1
    "plan_sent_days": ("days", None, [("2025-01-01", "30")]),
    # Not in the specification
    "progress_report_delay_days": ("days", None, [(None, "7")]),
    # 10.2
    "progress_report_treatment_days": ("treatment days", None, [(None, "10")]),
    # 7.6
    "sequestration": (
        "fraction of Medicare's payment",
        "2026-12-31",
        [
            ("2013-04-01", "0.02"),
            ("2020-05-01", "0.00"),
            ("2022-04-01", "0.01"),
            ("2022-07-01", "0.02"),
        ],
    ),
    # Not in the specification
    "telehealth_disciplines": (
        "disciplines",
        None,
        [(None, "0"), ("2020-03-01", "3"), ("2028-01-01", "0")],
    ),
    # 10.1
    "verbal_order_signature_days": ("days", None, [(None, "14")]),
}
by_series = pytest.mark.parametrize("name", SPECIFIED)
VALUES = [
    (name, index, first, amount)
    for name, (_, _, values) in SPECIFIED.items()
    for index, (first, amount) in enumerate(values)
]


def day(text: str) -> datetime.date:
    """Return *text* as a date."""
    return datetime.date.fromisoformat(text)


def unknown(name: str, on: datetime.date) -> str:
    """Return the message for a day on which the bundled series *name* has no value."""
    _, last, values = SPECIFIED[name]
    through = "" if last is None else f" through {last}"
    return f"{name.replace('_', ' ')} is known from {values[0][0]}{through}, not on {on}"


class TestBundled:
    def test_the_series_are_those_of_the_specification(self) -> None:
        folder = DATA / "parameters/medicare"
        assert tuple(SPECIFIED) == SERIES
        assert {path.stem for path in folder.glob("*.toml")} == set(SERIES)
        assert len(SERIES) == 22

    @pytest.mark.parametrize(
        ("name", "index", "first", "amount"),
        VALUES,
        ids=[f"{name}-{first}" for name, _, first, _ in VALUES],
    )
    def test_a_value_applies_from_its_first_day_to_the_day_before_the_next(
        self, name: str, index: int, first: str | None, amount: str
    ) -> None:
        _, last_known, values = SPECIFIED[name]
        following = [day(next_first) for next_first, _ in values[index + 1 :] if next_first]
        one_day = datetime.timedelta(days=1)
        last_day = datetime.date.max if last_known is None else day(last_known)
        last = following[0] - one_day if following else last_day
        begins = datetime.date.min if first is None else day(first)
        for on in (begins, last):
            assert str(BUNDLED.on(name, on).amount) == amount
            assert BUNDLED.series(name).period(on) == (begins, last)
        if first is None:
            return
        before = begins - one_day
        if index:
            assert str(BUNDLED.on(name, before).amount) == values[index - 1][1]
        else:
            assert refusal(NotPublishedError, partial(BUNDLED.on, name, before)) == unknown(
                name, before
            )

    @by_series
    def test_a_series_has_no_other_value_and_ends_on_its_last_known_day(self, name: str) -> None:
        unit, last, values = SPECIFIED[name]
        series = load_parameter(f"medicare/{name}")
        assert [(first and str(first), str(one.amount)) for first, one in series.entries] == values
        assert {one.unit for _, one in series.entries} == {unit}
        if last is None:
            assert series.known_through == datetime.date.max
            return
        assert str(series.known_through) == last
        after = day(last) + datetime.timedelta(days=1)
        assert refusal(NotPublishedError, partial(BUNDLED.on, name, after)) == unknown(name, after)

    @by_series
    def test_every_number_has_its_own_citation(self, name: str) -> None:
        for _, one in load_parameter(f"medicare/{name}").entries:
            assert one.source.title.strip()
            assert isinstance(one.source.verified, Verification)

    def test_a_citation_says_how_it_was_checked(self) -> None:
        assert load_parameter(FACTOR).on(day("2019-12-31")) == Parameter(
            Decimal("36.0391"),
            "USD per RVU",
            Source(
                "Table of conversion factors, andrewallenbruce/arkrvu; equals the CY 2019 RVU data",
                "",
                "",
                Verification.SECONDARY,
            ),
        )

    @pytest.mark.parametrize(
        ("name", "on", "verified"),
        [
            ("kx_threshold", "2018-06-01", Verification.UNVERIFIED),
            ("kx_threshold", "2025-06-01", Verification.SECONDARY),
            ("kx_threshold", "2026-06-01", Verification.OFFICIAL),
            ("medical_review_threshold", "2026-06-01", Verification.OFFICIAL),
            ("part_b_deductible", "2026-06-01", Verification.SECONDARY),
            ("sequestration", "2026-06-01", Verification.SECONDARY),
            ("mppr_office", "2012-06-01", Verification.SECONDARY),
            ("mppr_office", "2026-06-01", Verification.OFFICIAL),
            ("mppr_institution", "2026-06-01", Verification.OFFICIAL),
            ("assistant_payment", "2026-06-01", Verification.OFFICIAL),
            ("conversion_factors", "2026-06-01", Verification.DATA_FILE),
            ("conversion_factors_qualifying_apm", "2026-06-01", Verification.DERIVED),
            ("certification_days", "2007-06-01", Verification.OFFICIAL),
            ("certification_days", "2026-06-01", Verification.OFFICIAL),
            ("certification_signature_days", "2026-06-01", Verification.OFFICIAL),
            ("verbal_order_signature_days", "2026-06-01", Verification.OFFICIAL),
            ("plan_sent_days", "2026-06-01", Verification.OFFICIAL),
            ("progress_report_treatment_days", "2026-06-01", Verification.OFFICIAL),
            ("progress_report_delay_days", "2026-06-01", Verification.UNVERIFIED),
            ("claim_line_modifiers", "2026-06-01", Verification.SECONDARY),
            ("ncci_modifier_columns", "2019-06-30", Verification.SECONDARY),
            ("ncci_modifier_columns", "2026-06-01", Verification.SECONDARY),
            ("telehealth_disciplines", "2020-02-29", Verification.DERIVED),
            ("telehealth_disciplines", "2027-12-31", Verification.SECONDARY),
            ("telehealth_disciplines", "2028-01-01", Verification.SECONDARY),
        ],
    )
    def test_the_verification_of_a_number_is_that_of_the_specification(
        self, name: str, on: str, verified: Verification
    ) -> None:
        assert BUNDLED.on(name, day(on)).source.verified is verified

    def test_a_number_is_exact_in_a_context_that_rounds(self) -> None:
        load_parameter.cache_clear()
        with localcontext(Context(prec=2)):
            assert str(BUNDLED.on("conversion_factors", day("2026-03-02")).amount) == "33.4009"

    def test_an_unknown_series_is_refused_with_the_similar_name(self) -> None:
        names = ", ".join(SERIES)
        assert refusal(InvalidInputError, lambda: BUNDLED.series("no_such")) == (
            f"unknown series (a string of 7 characters): use {names}"
        )
        assert refusal(InvalidInputError, lambda: BUNDLED.on("kx_treshold", day("2026-03-02"))) == (
            f"unknown series 'kx_treshold': use {names}; did you mean kx_threshold?"
        )


OWN = """
description = "what it is"
unit = "USD"
known_through = 2027-12-31

[[value]]
from = 2027-01-01
amount = 2560.00
source = "CY 2027 rule"
verified = "official"
"""


def write(folder: Path, text: str = OWN, name: str = "kx_threshold") -> Path:
    """Write a user's file and return its folder."""
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def own(folder: Path, text: str = OWN, name: str = "kx_threshold") -> Parameters:
    """Return the bundled numbers, continued by such a file."""
    return Parameters.from_folder(write(folder, text, name))


def faults(folder: Path, text: str | bytes, name: str = "kx_threshold") -> list[str]:
    """Return the faults of such a file, without its path."""
    path = folder / f"{name}.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ExceptionGroup) as caught:
        Parameters.from_folder(folder)
    assert caught.value.message == f"bad parameter files in {folder}"
    assert all(type(error) is FileFormatError for error in caught.value.exceptions)
    return [str(error).removeprefix(str(path)) for error in caught.value.exceptions]


class TestUserFolder:
    def test_a_file_continues_a_bundled_series(self, tmp_path: Path) -> None:
        parameters = own(tmp_path)
        assert parameters.on("kx_threshold", day("2027-01-01")) == Parameter(
            Decimal("2560.00"), "USD", Source("CY 2027 rule", "", "", Verification.OFFICIAL)
        )
        assert parameters.on("kx_threshold", day("2026-12-31")).amount == Decimal("2480.00")
        assert parameters.on("kx_threshold", day("2018-01-01")).amount == Decimal("2010.00")
        for outside in ("2017-12-31", "2028-01-01"):
            assert refusal(
                NotPublishedError, partial(parameters.on, "kx_threshold", day(outside))
            ) == (f"kx threshold is known from 2018-01-01 through 2027-12-31, not on {outside}")

    def test_the_other_series_are_bundled(self, tmp_path: Path) -> None:
        parameters = own(tmp_path)
        for name in SERIES:
            if name != "kx_threshold":
                assert parameters.series(name) is BUNDLED.series(name)

    def test_the_bundled_numbers_do_not_change(self, tmp_path: Path) -> None:
        own(tmp_path)
        with pytest.raises(NotPublishedError):
            BUNDLED.on("kx_threshold", day("2027-01-01"))

    def test_a_file_that_begins_earlier_replaces_bundled_values(self, tmp_path: Path) -> None:
        parameters = own(tmp_path, OWN.replace("from = 2027-01-01", "from = 2026-01-01"))
        assert parameters.on("kx_threshold", day("2025-12-31")).amount == Decimal("2410.00")
        assert parameters.on("kx_threshold", day("2026-01-01")).amount == Decimal("2560.00")

    def test_a_file_that_begins_before_the_first_bundled_value_replaces_all(
        self, tmp_path: Path
    ) -> None:
        parameters = own(tmp_path, OWN.replace("from = 2027-01-01", "from = 2010-01-01"))
        assert len(parameters.series("kx_threshold").entries) == 1
        assert parameters.on("kx_threshold", day("2026-01-01")).amount == Decimal("2560.00")

    def test_a_gap_between_bundled_values_and_a_file_is_refused(self, tmp_path: Path) -> None:
        # The bundled data ends in 2026 and the file begins in 2028, so nothing is known for 2027.
        text = OWN.replace("2027-01-01", "2028-01-01").replace("2027-12-31", "2028-12-31")
        (message,) = faults(tmp_path, text)
        assert message == (
            ", line 7, column value.from: the library's values end on 2026-12-31: the first value must "
            "begin on the next day or earlier"
        )

    def test_a_number_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        text = OWN.replace("2560.00", "0.1000000000000000000000000000000001")
        amount = own(tmp_path, text).on("kx_threshold", day("2027-01-01")).amount
        assert str(amount) == "0.1000000000000000000000000000000001"

    def test_zero_is_an_amount(self, tmp_path: Path) -> None:
        text = OWN.replace("2560.00", "0.00").replace('"USD"', '"fraction"')
        assert (
            own(tmp_path, text, "sequestration").on("sequestration", day("2027-01-01")).amount == 0
        )

    @pytest.mark.parametrize("kind", [str, Path])
    def test_a_folder_is_a_path_or_text(self, tmp_path: Path, kind: type[str | Path]) -> None:
        parameters = Parameters.from_folder(kind(write(tmp_path)))
        assert parameters.on("kx_threshold", day("2027-01-01")).amount == Decimal("2560.00")

    @pytest.mark.parametrize("name", ["", "empty", "not/there"])
    def test_a_folder_without_a_file_is_refused(self, tmp_path: Path, name: str) -> None:
        folder = tmp_path / name
        (tmp_path / "empty").mkdir()
        (tmp_path / "kx_threshold.txt").write_text(OWN, encoding="utf-8")
        assert refusal(InvalidInputError, lambda: Parameters.from_folder(folder)) == (
            f"{folder} has no parameter file such as kx_threshold.toml"
        )

    def test_every_fault_of_every_file_is_listed_in_order(self, tmp_path: Path) -> None:
        write(tmp_path, "=", "sequestration")
        write(tmp_path, OWN, "part_b_deductible")
        write(tmp_path, 'unit = "fraction"', "coinsurance")
        with pytest.raises(ExceptionGroup) as caught:
            Parameters.from_folder(tmp_path)
        names = [Path(str(getattr(error, "path", ""))).name for error in caught.value.exceptions]
        assert names == ["coinsurance.toml", "coinsurance.toml", "sequestration.toml"]


COUNT = OWN.replace("2560.00", "60").replace('"USD"', '"days"')


class TestANumberThatIsCounted:
    def test_a_file_continues_a_series_without_a_first_or_last_day(self, tmp_path: Path) -> None:
        parameters = own(tmp_path, COUNT, "certification_days")
        assert [
            parameters.count("certification_days", day(on))
            for on in ("1990-01-01", "2008-01-01", "2026-12-31", "2027-01-01", "2027-12-31")
        ] == [30, 90, 90, 60, 60]
        with pytest.raises(NotPublishedError):
            parameters.count("certification_days", day("2028-01-01"))

    @pytest.mark.parametrize("amount", ["0", "0.00", "1.5", "10000", "1e9"])
    def test_a_file_with_another_number_is_refused(self, tmp_path: Path, amount: str) -> None:
        text = COUNT.replace("= 60", f"= {amount}")
        assert faults(tmp_path, text, "certification_days") == [
            ", line 8, column value.amount: a whole number of days from 1 to 9999 belongs here"
        ]

    @pytest.mark.parametrize("amount", ["0", "1.5", "-1", "10000"])
    def test_a_series_made_in_code_with_another_number_is_refused(self, amount: str) -> None:
        parameters = own_numbers("certification_days", (None, amount))
        assert (
            refusal(
                InvalidInputError, lambda: parameters.count("certification_days", day("2026-01-01"))
            )
            == f"certification_days must be a whole number from 1 to 9999, got {amount}"
        )

    @pytest.mark.parametrize("amount", ["1", "9999", "4.00"])
    def test_a_whole_number_is_returned_as_an_int(self, amount: str) -> None:
        parameters = own_numbers("certification_days", (None, amount))
        counted = parameters.count("certification_days", day("2026-01-01"))
        assert (type(counted), counted) == (int, int(Decimal(amount)))

    def test_a_day_before_the_first_is_named_without_a_last_one(self) -> None:
        assert (
            refusal(NotPublishedError, lambda: BUNDLED.count("plan_sent_days", day("2024-12-31")))
            == "plan sent days is known from 2025-01-01, not on 2024-12-31"
        )


class TestABadFile:
    @pytest.mark.parametrize(
        ("name", "shown", "hint"),
        [
            ("kx_treshold", "'kx_treshold'", "; did you mean kx_threshold?"),
            ("Rosa Invented", "(a string of 13 characters)", ""),
        ],
    )
    def test_an_unknown_series_is_refused_with_a_suggestion(
        self, tmp_path: Path, name: str, shown: str, hint: str
    ) -> None:
        assert faults(tmp_path, OWN, name) == [
            f": unknown series {shown}: use {', '.join(SERIES)}{hint}"
        ]

    @pytest.mark.parametrize(
        ("text", "line"),
        [("a = ", 1), ("a = 1\na = 2", 2), ("[[value]\n", 1), ("a = 2026-02-30", 1)],
    )
    def test_a_file_that_is_not_toml_is_refused_at_its_line(
        self, tmp_path: Path, text: str, line: int
    ) -> None:
        (message,) = faults(tmp_path, text)
        assert message.startswith(f", line {line}: not valid TOML: ")

    def test_a_file_of_another_encoding_is_refused(self, tmp_path: Path) -> None:
        assert faults(tmp_path, b'unit = "\xff"\n') == [": not UTF-8; save the file as UTF-8"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", ", column value: missing"),
            ("value = []", ", line 1, column value: at least one [[value]] table belongs here"),
            (
                "value = 5",
                ", line 1, column value: one or more [[value]] tables belong here",
            ),
            (
                "[value]\namount = 1.0",
                ", line 1, column value: one or more [[value]] tables belong here",
            ),
            (
                "value = [5]",
                ", line 1, column value: one or more [[value]] tables belong here",
            ),
        ],
    )
    def test_a_file_without_values_is_refused(
        self, tmp_path: Path, text: str, message: str
    ) -> None:
        assert sorted(faults(tmp_path, text)) == sorted(
            [", column known_through: missing", ", column unit: missing", message]
        )

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ('unit = "USD"', "", ", column unit: missing"),
            ('unit = "USD"', "unit = 5", ", line 3, column unit: text belongs here"),
            ('unit = "USD"', 'unit = "EUR"', ", line 3, column unit: the unit must be 'USD'"),
            ('unit = "USD"', 'unit = " "', ", line 3, column unit: text belongs here"),
            ("known_through = 2027-12-31", "", ", column known_through: missing"),
            (
                "known_through = 2027-12-31",
                "known_through = 2027-12-31T00:00:00",
                ", line 4, column known_through: a date such as 2026-01-01 belongs here",
            ),
            (
                "known_through = 2027-12-31",
                "known_through = 2026-12-31",
                (
                    ", line 4, column known_through: must not be before 2027-01-01, the first day of the "
                    "first [[value]]"
                ),
            ),
            ("from = 2027-01-01", "", ", line 6, column value.from: missing"),
            (
                "from = 2027-01-01",
                "from = 2027",
                ", line 7, column value.from: a date such as 2026-01-01 belongs here",
            ),
            ("amount = 2560.00", "", ", line 6, column value.amount: missing"),
            (
                "amount = 2560.00",
                'amount = "2560.00"',
                ", line 8, column value.amount: a number such as 2480.00 belongs here",
            ),
            (
                "amount = 2560.00",
                "amount = true",
                ", line 8, column value.amount: a number such as 2480.00 belongs here",
            ),
            *(
                (
                    "amount = 2560.00",
                    f"amount = {amount}",
                    ", line 8, column value.amount: dollars must be more than 0, and at most 1,000,000",
                )
                for amount in ("0.00", "1000000.01", "1e400")
            ),
            *(
                (
                    "amount = 2560.00",
                    f"amount = {amount}",
                    ", line 8, column value.amount: an amount must be zero or more",
                )
                for amount in ("-0.01", "-1", "nan", "-nan", "inf", "1e99999999999999999999")
            ),
            ('source = "CY 2027 rule"', "", ", line 6, column value.source: missing"),
            (
                'source = "CY 2027 rule"',
                "source = 7",
                ", line 9, column value.source: text belongs here",
            ),
            ('verified = "official"', "", ", line 6, column value.verified: missing"),
            (
                'verified = "official"',
                'verified = "oficial"',
                (
                    ", line 10, column value.verified: not one of official, secondary, data-file, "
                    "derived, unverified; did you mean official?"
                ),
            ),
            (
                "known_through",
                "knwon_through",
                (
                    ", line 4, column knwon_through: not one of description, unit, known_through, value; "
                    "did you mean known_through?"
                ),
            ),
            (
                "amount",
                "ammount",
                (
                    ", line 8, column value.ammount: not one of from, amount, source, url, dated, verified; "
                    "did you mean amount?"
                ),
            ),
        ],
    )
    def test_a_fault_is_reported_with_its_line_and_its_key(
        self, tmp_path: Path, old: str, new: str, message: str
    ) -> None:
        assert old in OWN
        assert message in faults(tmp_path, OWN.replace(old, new))

    def test_every_fault_of_a_file_is_reported_at_once(self, tmp_path: Path) -> None:
        text = OWN.replace("USD", "EUR").replace("2560.00", "-1").replace("official", "certain")
        assert [fault.partition(": ")[0] for fault in faults(tmp_path, text)] == [
            ", line 3, column unit",
            ", line 8, column value.amount",
            ", line 10, column value.verified",
        ]

    def test_a_value_without_its_day_hides_no_fault_of_the_next(self, tmp_path: Path) -> None:
        value = OWN[OWN.index("[[value]]") :]
        text = OWN.replace("from = 2027-01-01", "") + value.replace("2560.00", "-1")
        assert faults(tmp_path, text) == [
            ", line 6, column value.from: missing",
            ", line 13, column value.amount: an amount must be zero or more",
        ]

    @pytest.mark.parametrize("second", ["2027-01-01", "2026-12-31"])
    def test_values_out_of_order_are_refused(self, tmp_path: Path, second: str) -> None:
        value = OWN[OWN.index("[[value]]") :]
        assert faults(tmp_path, OWN + value.replace("2027-01-01", second)) == [
            ", line 12, column value.from: must be after 2027-01-01, the first day of the previous [[value]]"
        ]

    @pytest.mark.parametrize("name", ["coinsurance", "sequestration", "mppr_office"])
    def test_a_percentage_in_place_of_a_fraction_is_refused(
        self, tmp_path: Path, name: str
    ) -> None:
        # 20.0 for 20 % would make Medicare's share negative.
        text = OWN.replace("2560.00", "20.0").replace('"USD"', '"percent"')
        unit, amount = faults(tmp_path, text, name)
        assert unit.startswith(", line 3, column unit: the unit must be 'fraction")
        assert amount == (
            ", line 8, column value.amount: a fraction belongs here, not a percentage: write 20 % as 0.20"
        )

    @pytest.mark.parametrize(("amount", "good"), [("2", True), ("2.01", False)])
    def test_a_fraction_is_at_most_2(self, tmp_path: Path, amount: str, *, good: bool) -> None:
        text = OWN.replace("2560.00", amount).replace('"USD"', '"fraction"')
        if good:
            value = own(tmp_path, text, "coinsurance").on("coinsurance", day("2027-01-01"))
            assert value.amount == Decimal(amount)
        else:
            assert len(faults(tmp_path, text, "coinsurance")) == 1

    def test_a_whole_number_is_a_number_and_a_day_may_be_text(self, tmp_path: Path) -> None:
        text = OWN.replace("2560.00", "2560").replace("2027-01-01", '"2027-01-01"')
        assert own(tmp_path, text).on("kx_threshold", day("2027-01-01")).amount == 2560

    def test_a_file_with_a_byte_order_mark_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "kx_threshold.toml").write_bytes(b"\xef\xbb\xbf" + OWN.encode())
        parameters = Parameters.from_folder(tmp_path)
        assert parameters.on("kx_threshold", day("2027-01-01")).amount == Decimal("2560.00")


class TestParameters:
    def test_series_made_in_code_replace_bundled_series(self) -> None:
        one = Parameter(Decimal(1), "USD", Source("own", "", "", Verification.UNVERIFIED))
        series = {"kx_threshold": Timeline("kx", ((day("2026-01-01"), one),), day("2026-12-31"))}
        parameters = Parameters(series)
        series.clear()
        assert parameters.on("kx_threshold", day("2026-03-02")) is one
        assert refusal(
            NotPublishedError, lambda: parameters.on("kx_threshold", day("2025-12-31"))
        ) == ("kx is known from 2026-01-01 through 2026-12-31, not on 2025-12-31")

    def test_equal_series_make_equal_parameters(self) -> None:
        other = Parameters({"kx_threshold": BUNDLED.series("part_b_deductible")})
        assert len({BUNDLED, Parameters(), other}) == 2
        assert other != BUNDLED
        assert repr(BUNDLED) == "Parameters()"


@pytest.mark.parametrize(
    "series",
    [
        {"kx_threshold": 5},
        {5: BUNDLED.series("kx_threshold")},
        {"kx_threshold": Timeline("rate", ((None, 5),), date.max)},
        {"kx_treshold": BUNDLED.series("kx_threshold")},
    ],
)
def test_series_of_anything_else_are_refused(series: Any) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInputError) as caught:
        Parameters(series)
    assert str(caught.value.field).startswith("series")


def test_each_value_of_a_file_applies_from_its_first_day(tmp_path: Path) -> None:
    more = OWN + OWN[OWN.index("\n[[value]]") :].replace("2027-01-01", "2027-07-01").replace(
        "2560.00", "2600.00"
    )
    numbers = own(tmp_path, more)
    days = ("2026-12-31", "2027-01-01", "2027-06-30", "2027-07-01")
    amounts = [str(numbers.on("kx_threshold", day(each)).amount) for each in days]
    assert amounts == ["2480.00", "2560.00", "2560.00", "2600.00"]
