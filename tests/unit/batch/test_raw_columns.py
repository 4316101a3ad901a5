from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from therapy_billing import Clinician, InvalidInputError
from therapy_billing.batch.columns import BAD, NO_DATE, NULL
from therapy_billing.batch.raw_columns import (
    Distinct,
    Moments,
    Numbers,
    RawColumn,
    cents_of,
    coded_of,
    dates_of,
    patients_of,
    sequence_of,
    whole_of,
)

NAN = float("nan")
TRUE: object = True


def objects(*values: object) -> Distinct:
    return Distinct.from_objects(values)


def ints(*values: int, dtype: str = "int64") -> Numbers:
    return Numbers(np.array(values, dtype))


def floats(*values: float, dtype: str = "float64") -> Numbers:
    return Numbers(np.array(values, dtype))


def moments(*ticks: int, per_day: int | None = 1) -> Moments:
    return Moments(np.array(ticks, np.int64), per_day)


WITH_MISSING = Numbers(np.array([1, 0], np.int8), np.array([False, True]))
REPEATED = Distinct(
    np.array([0, 1, 2, 3, -1], np.int8),
    lambda at: [("a", "b", "a", None, "unused")[i] for i in at.tolist()],
)


class TestWholeNumbers:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (ints(0, 23), [0, 23]),
            (WITH_MISSING, [1, NULL]),
            (ints(23, 2**63 - 1, 2**63, dtype="uint64"), [23, 2**63 - 1, BAD]),
            (
                floats(23.0, -0.0, 22.5, NAN, np.inf, 2.0**53, 2.0**54),
                [23, 0, BAD, NULL, BAD, 2**53, BAD],
            ),
            (floats(2.0**24, 2.0**25, dtype="float32"), [2**24, BAD]),
            (objects("23", " 23.0 ", "23.5", "", " ", None), [23, 23, BAD, NULL, NULL, NULL]),
            (objects("x", "1e3", "9" * 30, "-8"), [BAD, BAD, BAD, -8]),
            (objects(Decimal(23), Decimal("2.5"), Decimal("NaN")), [23, BAD, NULL]),
            (objects(23.0, 22.5, 10**30, TRUE, -(2**63)), [23, BAD, BAD, BAD, BAD]),
            (moments(NULL, NULL), [NULL, NULL]),
            (objects(), []),
        ],
    )
    def test_missing_and_unreadable_values_are_never_zero(
        self, raw: RawColumn, expected: list[int]
    ) -> None:
        assert whole_of(raw, "minutes").tolist() == expected


class TestCents:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (ints(35, 0, -1, 10**12, 10**12 + 1), [3500, 0, BAD, 10**14, BAD]),
            (WITH_MISSING, [100, NULL]),
            (floats(35.1, 11.7 * 3, 0.0, NAN, -1.0, np.inf), [3510, 3510, 0, NULL, BAD, BAD]),
            (floats(35.101, 35.1000001, 1e13, 1e300), [BAD, BAD, BAD, BAD]),
            # A float of 4 bytes holds cents only up to a few hundred dollars.
            (floats(35.1, 35.101, 12345.67, dtype="float32"), [3510, BAD, BAD]),
            (
                objects("35.10", "35.1", "35", "35.101", "", None),
                [3510, 3510, 3500, BAD, NULL, NULL],
            ),
            (objects("$35", "1,000", "-1", "0.0" + "0" * 70 + "1"), [BAD, BAD, BAD, BAD]),
            (objects(Decimal("35.10"), 35.2, 35.201, 7, TRUE), [3510, 3520, BAD, 700, BAD]),
            (moments(NULL), [NULL]),
        ],
    )
    def test_dollars_are_exact_to_the_cent_or_bad(
        self, raw: RawColumn, expected: list[int]
    ) -> None:
        assert cents_of(raw, "charge").tolist() == expected


class TestDates:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (moments(0, -1, 20_514, NULL), [0, -1, 20_514, NO_DATE]),
            (moments(86_400, 86_401, NULL, per_day=86_400), [1, NO_DATE, NO_DATE]),
            (moments(2**40), [NO_DATE]),
            (moments(NULL, per_day=None), [NO_DATE]),
            (floats(NAN), [NO_DATE]),
            (
                objects("1970-01-02", "1/3/1970", "soon", "", None),
                [1, 2, NO_DATE, NO_DATE, NO_DATE],
            ),
            (objects(date(1970, 1, 2), datetime(1970, 1, 3)), [1, 2]),  # noqa: DTZ001
            (objects(datetime(1970, 1, 3, 9), datetime(1970, 1, 3, tzinfo=UTC)), [NO_DATE] * 2),  # noqa: DTZ001
        ],
    )
    def test_dates_are_days_and_a_time_of_day_is_unreadable(
        self, raw: RawColumn, expected: list[int]
    ) -> None:
        days = dates_of(raw, "date_of_service")
        assert days.dtype == np.int32
        assert days.tolist() == expected


class TestTexts:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (objects("PT", " PT ", "", "  ", None, "OT"), ["PT", "PT", None, None, None, "OT"]),
            (REPEATED, ["a", "b", "a", None, None]),
            (ints(97110, 97530, 97110), ["97110", "97530", "97110"]),
            (ints(1, 10**9, dtype="uint64"), ["1", "1000000000"]),
            (ints(2**63, 2**63 + 1, dtype="uint64"), [str(2**63), str(2**63 + 1)]),
            (
                Numbers(np.array([127, -128, 0], np.int8), np.array([False, False, True])),
                ["127", "-128", None],
            ),
            (floats(59.0, NAN, 59.5), ["59", None, "59.5"]),
            (
                objects(97110, Clinician.ASSISTANT, 1.5, b"PT"),
                ["97110", "assistant", "1.5", "a bytes"],
            ),
            (moments(NULL), [None]),
            (ints(), []),
        ],
    )
    def test_equal_texts_are_stored_once_and_blank_is_missing(
        self, raw: RawColumn, expected: list[str | None]
    ) -> None:
        column = coded_of(raw, "code")
        assert column.texts() == expected
        assert column.codes.dtype == np.int32
        # Values that no row uses are left out.
        assert sorted(column.values) == sorted({text for text in expected if text is not None})


class TestPatients:
    @pytest.mark.parametrize(
        "raw", [ints(7, 7, 8), floats(7.0, 7.0, 8.5), objects("x", "x", "y"), moments(5, 5, 6)]
    )
    def test_equal_values_have_equal_numbers(self, raw: RawColumn) -> None:
        first, second, other = patients_of(raw).tolist()
        assert first == second != other

    @pytest.mark.parametrize("dtype", ["int8", "int64", "uint64", "float64"])
    def test_whole_numbers_stay_as_they_are(self, dtype: str) -> None:
        assert patients_of(Numbers(np.array([7, 100], dtype))).tolist() == [7, 100]

    @pytest.mark.parametrize(
        ("raw", "missing"),
        [
            (WITH_MISSING, [False, True]),
            (floats(1.0, NAN), [False, True]),
            (floats(1.5, NAN), [False, True]),
            (objects("a", "", " ", None), [False, True, True, True]),
            (objects("a", 5), [False, False]),
            (REPEATED, [False, False, False, True, True]),
        ],
    )
    def test_missing_and_blank_patients_are_null(self, raw: RawColumn, missing: list[bool]) -> None:
        assert (patients_of(raw) == NULL).tolist() == missing

    def test_a_repeated_value_of_a_dictionary_is_one_patient(self) -> None:
        first, other, again, *_ = patients_of(REPEATED).tolist()
        assert first == again != other


class TestSequence:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (ints(5, 3), [5, 3]),
            (floats(5.0, NAN, 2.5), [5, NULL, BAD]),
            (moments(9, NULL, per_day=None), [9, NULL]),
            (objects("9", "10", None, "x"), [9, 10, NULL, BAD]),
            (objects("09:05", "10:05", "", "10:05"), [0, 1, NULL, 1]),
            (objects("7", "", " ", "8"), [7, NULL, NULL, 8]),
            (objects("7", "", " ", "\t"), [7, NULL, NULL, NULL]),
            (objects("2026-03-02T10:05:00", "2026-03-02 09:05"), [1, 0]),
            (objects("9:05 AM", "10:05 AM"), [BAD, BAD]),
            (objects(time(0), time(9), 2.5), [0, 1, BAD]),
            (objects(timedelta(1), timedelta(0)), [1, 0]),
            (objects(None), [NULL]),
        ],
    )
    def test_the_order_is_that_of_the_numbers_or_times(
        self, raw: RawColumn, expected: list[int]
    ) -> None:
        assert sequence_of(raw, "sequence").tolist() == expected

    def test_values_of_several_types_have_no_order(self) -> None:
        with pytest.raises(InvalidInputError, match="must have values of one type"):
            sequence_of(objects(time(9), date(2026, 3, 2)), "sequence")


@pytest.mark.parametrize(
    ("read", "raw", "message"),
    [
        (whole_of, moments(1), "the x column must hold whole numbers, not dates or times"),
        (cents_of, moments(1), "the x column must hold dollars, not dates or times"),
        (coded_of, moments(1), "the x column must hold text, not dates or times"),
        (dates_of, ints(20260302), "the x column must hold dates, not numbers"),
        (dates_of, WITH_MISSING, "the x column must hold dates, not numbers"),
        (dates_of, moments(1, per_day=None), "the x column must hold dates without a time zone"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused(
    read: Callable[[RawColumn, str], Any], raw: RawColumn, message: str
) -> None:
    with pytest.raises(InvalidInputError) as error:
        read(raw, "x")
    assert (str(error.value), error.value.field) == (message, "x")
