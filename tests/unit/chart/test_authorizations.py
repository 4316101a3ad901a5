"""Authorizations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.refusals import refusal
from tests.unit.chart.values import DAY, NO_DAY, PRIVATE
from therapy_billing import InvalidInputError
from therapy_billing.chart.authorizations import Authorization


class TestAuthorization:
    def test_an_omitted_value_means_no_limit(self) -> None:
        assert Authorization() == Authorization(
            None, None, None, effective_from=None, effective_through=None, key=None
        )

    def test_each_code_is_kept_once(self) -> None:
        assert Authorization(codes=["97110", " 97530", "97110"]).codes == ("97110", "97530")

    def test_it_may_be_for_one_day(self) -> None:
        one = Authorization(effective_from=DAY, effective_through="3/2/2026", key=" A1 ")
        assert (one.effective_from, one.effective_through, one.key) == (DAY, DAY, "A1")

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: Authorization(0), "visits must be 1 or more, got 0"),
            (lambda: Authorization(True), "visits must be a whole number, got True"),  # noqa: FBT003
            (
                lambda: Authorization(discipline="aquatics"),
                "discipline must be PT, OT, or SLP, got a string of 8 characters",
            ),
            (lambda: Authorization(units=-1), "units must be 1 or more, got -1"),
            (
                lambda: Authorization(units="12"),  # type: ignore[arg-type]
                "units must be a whole number, got '12': use int('12')",
            ),
            (
                lambda: Authorization(codes="97110"),
                "codes must be a sequence such as ('97110', '97530'), got '97110'",
            ),
            (
                lambda: Authorization(codes=[]),
                "codes is empty: give at least one code, or None for any code",
            ),
            (
                lambda: Authorization(codes=["97110", None]),  # type: ignore[list-item]
                "codes[1] must be five characters such as '97530' or 'G0283', got None",
            ),
            (
                lambda: Authorization(effective_from="2026-03-02", effective_through="2026-03-01"),
                "effective_through 2026-03-01 is before effective_from 2026-03-02: swap or correct the dates",
            ),
            (
                lambda: Authorization(effective_from="2026-03-32"),
                NO_DAY.format("effective_from", "'2026-03-32'"),
            ),
            (
                lambda: Authorization(effective_through="2026-03-32"),
                NO_DAY.format("effective_through", "'2026-03-32'"),
            ),
        ],
    )
    def test_an_invalid_argument_raises_an_error(
        self, call: Callable[[], object], message: str
    ) -> None:
        assert refusal(InvalidInputError, call) == message

    def test_its_key_is_not_in_the_repr(self) -> None:
        assert "Rosa" not in repr(Authorization(12, key=PRIVATE))
