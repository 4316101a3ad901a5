"""The locality of a ZIP code: which table applies on a date, and what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.refusals import refusal, refused
from tests.unit.cms_files import published
from tests.unit.fees.schedules import NAME, day
from tests.unit.zip_tables import (
    ATLANTA,
    CAPTIONS,
    OHIO,
    REST_OF_GEORGIA,
    SPLIT,
    forget,
    zip_codes,
)
from therapy_billing import InvalidInputError, NotPublishedError
from therapy_billing.fees import ZipArea, read_zip5
from therapy_billing.fees.bundled_tables import load_gpcis
from therapy_billing.fees.zip_table import (
    NO_ZIP_TERMS,
    locality_of_zip,
    parse_zip_code,
    zip_terms,
)

JULY, OCTOBER = "2026-07-01", "2026-10-01"


def rows(first: str, *zip_codes: str) -> list[str]:
    """Return the rows of a release."""
    return [f"{first},{row}" for row in zip_codes]


class TestZipCodes:
    @pytest.mark.parametrize(
        ("given", "parsed"),
        [
            ("43215", "43215"),
            (" 43215 ", "43215"),
            ("02108", "02108"),
            ("43215-1234", "43215-1234"),
            ("432151234", "43215-1234"),
            (43215, "43215"),
            (43215.0, "43215"),
            (2108, "02108"),
            (501, "00501"),
            (99_999, "99999"),
            (0, "00000"),
        ],
    )
    def test_a_zip_code_has_five_or_nine_digits_or_is_a_number(
        self, given: object, parsed: str
    ) -> None:
        assert parse_zip_code(given) == parsed

    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ("2108", "'2108'"),
            ("432155", "a string of 6 characters"),
            ("43215-123", "a string of 9 characters"),
            ("43215 1234", "a string of 10 characters"),
            ("4321O", "'4321O'"),
            ("\uff14\uff13\uff12\uff11\uff15", "'\uff14\uff13\uff12\uff11\uff15'"),
            ("", "an empty string"),
            (NAME, "a string of 13 characters"),
            (100_000, "a number above 99999"),
            (-1, "-1"),
            (43215.5, "43215.5"),
            (True, "True"),
            (None, "None"),
            (float("nan"), "NaN (a missing value)"),
            (["43215"], "a list"),
        ],
    )
    def test_anything_else_is_refused(self, given: object, shown: str) -> None:
        error = refused(lambda: parse_zip_code(given))
        assert str(error) == f"zip_code must be five digits such as '43215', got {shown}"
        assert error.field == "zip_code"


class TestAreas:
    @pytest.mark.parametrize("given", ["43215", 43215, "43215-1234", "432151234"])
    def test_a_zip_code_has_the_area_of_its_first_five_digits(self, given: str | int) -> None:
        with zip_codes(*rows(OCTOBER, ATLANTA, OHIO)):
            area = locality_of_zip(given, "2026-11-02")
        assert area == ZipArea("43215", "OH", "15202", "00", plus_four=False)

    def test_lost_zeros_of_a_number_are_restored(self) -> None:
        with zip_codes(*rows(OCTOBER, "02108,MA,14212,01,0", "21080,MD,12302,01,0")):
            assert locality_of_zip(2108, "2026-11-02").state == "MA"

    def test_both_parts_of_a_metropolitan_area_keep_their_own_state(self) -> None:
        kansas_city = rows(OCTOBER, "66101,KS,05202,00,0", "64101,MO,05302,02,0")
        with zip_codes(*kansas_city):
            found = [locality_of_zip(code, OCTOBER) for code in ("66101", "64101")]
        assert [(area.state, area.mac, area.locality) for area in found] == [
            ("KS", "05202", "00"),
            ("MO", "05302", "02"),
        ]

    def test_without_a_table_the_error_says_how_to_get_one(self) -> None:
        forget()
        with pytest.raises(NotPublishedError) as caught:
            locality_of_zip("43215", OCTOBER)
        assert str(caught.value) == (
            "the data has no ZIP code table: build a data pack from CMS's ZIP5 file, "
            "or give the locality, such as '15202-00'"
        )
        assert caught.value.field == "zip_code"

    @pytest.mark.parametrize("given", ["00501", "43214", "43216", "99999"])
    def test_a_zip_code_that_is_not_in_the_table_is_refused(self, given: str) -> None:
        with zip_codes(*rows(OCTOBER, OHIO)):
            message = refusal(NotPublishedError, lambda: locality_of_zip(given, OCTOBER))
        assert message == (
            f"ZIP code {given} is not in CMS's ZIP code table (ZIP5 2026-10-01): "
            "correct it, or give the locality, such as '15202-00'"
        )

    @pytest.mark.parametrize(
        ("given", "more"),
        [
            ("90265", ""),
            (90265, ""),
            ("90265-1234", "; the table has only five digits of each ZIP code"),
            ("902651234", "; the table has only five digits of each ZIP code"),
        ],
    )
    def test_a_split_zip_code_is_refused(self, given: str | int, more: str) -> None:
        with (
            zip_codes(*rows(OCTOBER, SPLIT)),
            pytest.raises(NotPublishedError) as caught,
        ):
            locality_of_zip(given, OCTOBER)
        assert str(caught.value) == (
            "ZIP code 90265 is split between localities: give the mac and locality of its ZIP+4"
            + more
        )
        assert caught.value.field == "zip_code"

    @pytest.mark.parametrize("date_of_service", ["soon", None, 20261102])
    def test_an_invalid_date_is_refused(self, date_of_service: Any) -> None:  # noqa: ANN401
        with zip_codes(*rows(OCTOBER, OHIO)), pytest.raises(InvalidInputError):
            locality_of_zip("43215", date_of_service)


class TestReleases:
    TABLE = (*rows(OCTOBER, ATLANTA), *rows(JULY, REST_OF_GEORGIA, OHIO))
    """The later release first: packs can be given in any order."""

    @pytest.mark.parametrize(
        ("date_of_service", "locality"),
        [
            ("2026-07-01", "99"),
            ("2026-09-30", "99"),
            ("2026-10-01", "01"),
            ("2026-12-31", "01"),
        ],
    )
    def test_a_release_applies_until_the_next_one(
        self, date_of_service: str, locality: str
    ) -> None:
        with zip_codes(*self.TABLE):
            assert locality_of_zip("30303", date_of_service).locality == locality

    @pytest.mark.parametrize("date_of_service", ["2026-06-30", "2027-01-01"])
    def test_a_date_before_the_first_release_or_after_the_last_known_day_is_refused(
        self, date_of_service: str
    ) -> None:
        with zip_codes(*self.TABLE), pytest.raises(NotPublishedError) as caught:
            locality_of_zip("30303", date_of_service)
        assert str(caught.value) == (
            "CMS's ZIP code table is known from 2026-07-01 through 2026-12-31, "
            f"not on {date_of_service}"
        )
        assert caught.value.field == "date_of_service"

    def test_each_release_is_the_whole_table_of_its_quarter(self) -> None:
        with zip_codes(*self.TABLE):
            assert locality_of_zip("43215", "2026-09-30").state == "OH"
            message = refusal(NotPublishedError, lambda: locality_of_zip("43215", OCTOBER))
        assert message.startswith("ZIP code 43215 is not in CMS's ZIP code table (ZIP5 2026-10-01)")

    def test_a_zip_code_that_became_split_is_refused_from_that_day(self) -> None:
        later = "30303,GA,10212,99,1"
        with zip_codes(*rows(JULY, REST_OF_GEORGIA), *rows(OCTOBER, later)):
            assert locality_of_zip("30303", "2026-09-30").locality == "99"
            message = refusal(NotPublishedError, lambda: locality_of_zip("30303", OCTOBER))
        assert message.startswith("ZIP code 30303 is split between localities")


class TestTerms:
    YEAR = day("2026-01-01"), day("2027-12-31")

    def terms(self, zip_code: str, on: str) -> tuple[tuple[str, str], list[tuple[str, str, str]]]:
        """Return the period and the remarks as text; each remark by the first day of its quarter."""
        period, terms = zip_terms(zip_code, day(on), self.YEAR)
        shown = [(str(since), str(through), text[-10:]) for since, through, text in terms.remarks]
        return (str(period[0]), str(period[1])), shown

    def test_a_period_ends_where_the_locality_changes(self) -> None:
        table = (*rows(JULY, REST_OF_GEORGIA, OHIO), *rows(OCTOBER, ATLANTA, OHIO))
        with zip_codes(*table):
            assert self.terms("30303", "2026-09-30")[0] == ("2026-07-01", "2026-09-30")
            assert self.terms("30303", "2026-10-01")[0] == ("2026-10-01", "2026-12-31")
            assert self.terms("43215", "2026-09-30")[0] == ("2026-07-01", "2026-12-31")

    def test_a_period_is_not_longer_than_the_one_given(self) -> None:
        short = day("2026-08-01"), day("2026-08-31")
        with zip_codes(*rows(JULY, OHIO)):
            assert zip_terms("43215", day("2026-08-02"), short) == (short, NO_ZIP_TERMS)

    def test_no_remark_is_made_while_each_quarter_has_its_release(self) -> None:
        with zip_codes(*rows(JULY, OHIO), *rows(OCTOBER, OHIO)):
            assert self.terms("43215-1234", JULY)[1] == []

    @pytest.mark.parametrize(
        ("first", "known_through", "since"),
        [
            ("2026-01-01", "2026-04-01", "2026-04-01"),
            ("2026-04-01", "2026-07-01", "2026-07-01"),
            ("2026-07-01", "2026-10-01", "2026-10-01"),
            ("2026-10-01", "2027-01-01", "2027-01-01"),
            ("2026-12-31", "2027-01-01", "2027-01-01"),
        ],
    )
    def test_a_remark_begins_on_the_day_after_the_quarter(
        self, first: str, known_through: str, since: str
    ) -> None:
        with zip_codes(f"{first},{OHIO}", known_through=known_through):
            assert self.terms("43215", first)[1] == [(since, since, first)]

    @pytest.mark.parametrize("known_through", ["2026-12-31", "2026-11-30"])
    def test_a_release_that_ends_within_its_quarter_has_no_remark(self, known_through: str) -> None:
        with zip_codes(*rows(OCTOBER, OHIO), known_through=known_through):
            assert self.terms("43215", OCTOBER) == ((OCTOBER, known_through), [])

    def test_each_release_that_is_used_too_long_has_its_own_remark(self) -> None:
        table = (*rows("2026-01-01", OHIO), *rows(JULY, OHIO))
        with zip_codes(*table, known_through="2027-03-31"):
            assert self.terms("43215", JULY)[1] == [
                ("2026-04-01", "2026-06-30", "2026-01-01"),
                ("2026-10-01", "2027-03-31", "2026-07-01"),
            ]

    def test_the_remark_names_the_zip_code_and_the_quarter(self) -> None:
        with zip_codes(*rows(JULY, OHIO)):
            _, terms = zip_terms("43215-1234", day(OCTOBER), self.YEAR)
        ((_, _, remark),) = terms.remarks
        assert remark == (
            "the locality of ZIP code 43215 comes from CMS's ZIP code file for the quarter "
            "that begins 2026-07-01"
        )


def test_each_zip_code_of_cms_has_the_area_and_a_known_locality_of_its_row() -> None:
    areas = read_zip5(published("ZIP5_OCT2025.txt"))
    indices = load_gpcis().on(day("2025-10-01"))
    lines = [
        f"2025-10-01,{code},{area.state},{area.mac},{area.locality},{int(area.plus_four)}"
        for code, area in areas.items()
    ]
    split = 0
    with zip_codes(*lines, known_through="2025-12-31"):
        for code, area in areas.items():
            assert (area.mac, area.locality) in indices
            if area.plus_four:
                split += 1
                with pytest.raises(NotPublishedError, match="is split between localities"):
                    locality_of_zip(code, "2025-12-31")
            else:
                assert locality_of_zip(code, "2025-12-31") == area
    assert split == 580


def test_a_data_pack_fills_the_table_and_its_assumptions_belong_to_zip_codes_only(
    tmp_path: Path,
) -> None:
    files = {
        "pack.toml": 'name = "zip-codes"\nfrom = 2026-07-01\nthrough = 2026-12-31\n'
        '[[assumption]]\nid = "later-releases"\ntext = "no ZIP code moves"\nby = "a manager"\n'
        'from = 2026-10-01\nthrough = 2026-12-31\nfiles = ["fees/zip5.csv"]\n',
        "fees/zip5_releases.toml": "known_through = 2026-12-31\n"
        + "".join(
            f'\n[[release]]\nname = "ZIP5 {first}"\nfrom = {first}\nsource = "invented"\n'
            for first in (JULY, OCTOBER)
        ),
        "fees/zip5.csv": "\n".join(
            [CAPTIONS, *rows(JULY, REST_OF_GEORGIA), *rows(OCTOBER, ATLANTA), ""]
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    program = (
        "from therapy_billing import FeeSchedule\n"
        "for day in ('2026-09-30', '2026-10-01'):\n"
        "    fees = FeeSchedule.medicare(day, zip_code='30303')\n"
        "    print(fees.locality.locality, *fees.data_assumptions_on(day), sep='; ')\n"
        "    print(*FeeSchedule.medicare(day, locality='10212-01').data_assumptions_on(day))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "THERAPY_BILLING_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "99",
        "",
        "01; no ZIP code moves (assumed by a manager; data pack zip-codes)",
        "",
    ]
