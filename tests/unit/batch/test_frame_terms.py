from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import PAYERS, Accumulators, FeeSchedule, InvalidInputError
from therapy_billing.batch.frame_terms import FrameTerms, RowOrder, frame_terms
from therapy_billing.batch.row_status import RowStatus
from therapy_billing.codes.roles import Clinician, Discipline, Setting

DAY = date(2026, 3, 2)
RATES = FeeSchedule.from_rates({"97110": "30.00"})
OHIO = FeeSchedule.medicare(DAY, locality="OH")
NOT_FEES = "must be a FeeSchedule, or a function of a date such as FeeSchedule.medicare, got "


def terms(**changes: Any) -> FrameTerms:  # noqa: ANN401 - any value
    given: dict[str, Any] = {"payer": "medicare", "fees": None, "accumulators": None}
    return frame_terms(**{**given, **changes})


class TestArguments:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"fees": "2026"}, f"fees {NOT_FEES}'2026'"),
            ({"fees": FeeSchedule}, f"fees {NOT_FEES}"),
            ({"fees": {"medicare": None}}, f"fees['medicare'] {NOT_FEES}None"),
            ({"fees": {"nobody": RATES}}, "unknown payer"),
            (
                {"accumulators": "zero"},
                "accumulators must be a mapping of patients to Accumulators, or 'start-at-zero', got a string of 4 characters",
            ),
            ({"accumulators": [Accumulators(2026)]}, "accumulators must be"),
            ({"accumulators": {"P-1": 2026}}, "accumulators must be"),
            ({"locality": 15202}, "locality must be"),
            ({"discipline": "chiropractic"}, "discipline must be"),
            ({"clinician": "nobody"}, "clinician must be"),
            ({"setting": "hospital"}, "setting must be"),
            ({"order": "any"}, "order must be"),
            ({"charges": {"97110": "-1"}}, "charges"),
            ({"attestations": ("QQ",)}, "attest"),
            ({"policy_changes": {"nothing": 1}}, "unknown field of a policy"),
        ],
    )
    def test_an_argument_that_cannot_be_used(self, changes: dict[str, Any], message: str) -> None:
        assert message in refusal(InvalidInputError, lambda: terms(**changes))

    def test_names_are_parsed(self) -> None:
        made = terms(
            discipline="pt",
            clinician="PTA",
            setting="CAH",
            order="codes",
            locality="OH",
            charges={"97110": 40},
        )
        assert (made.discipline, made.clinician) == (Discipline.PT, Clinician.ASSISTANT)
        assert (made.setting, made.order) == (Setting.CRITICAL_ACCESS_HOSPITAL, RowOrder.CODE)
        assert made.charges == {"97110": 40}
        assert terms().order is None

    def test_year_to_date_amounts(self) -> None:
        assert (terms().years, terms().starts_at_zero) == (None, False)
        zero = terms(accumulators="start-at-zero")
        assert (zero.years, zero.starts_at_zero) == ({}, True)
        given = {"P-1": Accumulators(2026)}
        tracked = terms(accumulators=given)
        assert (tracked.years, tracked.starts_at_zero) == (given, False)


class TestPayers:
    def test_a_payer_is_found_by_name(self) -> None:
        made = terms()
        assert made.payer_named(None) is PAYERS["medicare"]
        assert made.payer_named("Humana") is PAYERS["humana"]

    def test_an_unknown_payer_is_refused(self) -> None:
        assert "unknown payer" in refusal(InvalidInputError, lambda: terms().payer_named("nobody"))

    def test_only_the_given_payers_are_known(self) -> None:
        made = terms(payer="humana", payers={"humana": PAYERS["humana"]})
        assert made.payer_named("humana") is PAYERS["humana"]
        assert "unknown payer" in refusal(InvalidInputError, lambda: made.payer_named("tricare"))


class TestFees:
    """Which fees a payer has on a day, and with which arguments a function is called."""

    def asked(self, made: FrameTerms, name: str, **where: Any) -> object:  # noqa: ANN401 - any value
        payer = PAYERS[name]
        place = {"locality": None, "setting": None} | where
        return made.fees_on(DAY, payer, payer.on(DAY), **place)

    def test_no_fees(self) -> None:
        assert self.asked(terms(), "medicare") is None

    def test_one_schedule_is_for_every_payer(self) -> None:
        made = terms(fees=RATES)
        assert self.asked(made, "medicare") is RATES
        assert self.asked(made, "humana", locality="OH") is RATES

    def test_a_function_is_not_called_for_a_payer_with_its_own_fees(self) -> None:
        made = terms(fees=lambda _day: OHIO)
        assert self.asked(made, "medicare") is OHIO
        assert self.asked(made, "humana") is None

    def test_a_function_for_a_payer_is_called(self) -> None:
        made = terms(fees={"humana": lambda _day: RATES})
        assert self.asked(made, "humana") is RATES
        assert self.asked(made, "medicare") is None

    def test_a_payer_may_be_named_in_another_way(self) -> None:
        made = terms(fees={"HUMANA": RATES})
        assert self.asked(made, "humana") is RATES

    def test_the_payer_of_the_frame_may_be_named_without_being_in_payers(self) -> None:
        own = PAYERS["humana"].with_changes(method="cms-eight-minute")
        made = terms(payer=own, payers={}, fees={own.name: RATES})
        assert made.fees_on(DAY, own, own.on(DAY), None, None) is RATES

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ({}, {}),
            ({"locality": "OH"}, {"locality": "OH"}),
            ({"setting": Setting.FACILITY}, {"setting": Setting.FACILITY}),
            ({"setting": Setting.CRITICAL_ACCESS_HOSPITAL}, {"setting": Setting.NON_FACILITY}),
            (
                {"locality": "NC", "setting": Setting.NON_FACILITY},
                {"locality": "NC", "setting": Setting.NON_FACILITY},
            ),
        ],
    )
    def test_a_function_gets_the_locality_and_the_setting(
        self, where: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        calls = []

        def fees(day: date, **keywords: object) -> FeeSchedule:
            calls.append((day, keywords))
            return OHIO

        assert self.asked(terms(fees=fees), "medicare", **where) is OHIO
        assert calls == [(DAY, expected)]

    def test_a_function_must_return_a_schedule(self) -> None:
        function: Any = lambda _day: "30.00"  # noqa: E731 - the wrong type on purpose
        made = terms(fees=function)
        message = "fees must return a FeeSchedule, got '30.00'"
        assert refusal(InvalidInputError, lambda: self.asked(made, "medicare")) == message

    def test_a_function_must_take_the_arguments(self) -> None:
        function: Any = lambda: OHIO  # noqa: E731 - without a parameter on purpose
        made = terms(fees=function)
        message = "fees must be a function of a date, such as FeeSchedule.medicare"
        assert refusal(InvalidInputError, lambda: self.asked(made, "medicare")) == message
        message = "fees must be a function of a date, locality, such as FeeSchedule.medicare"
        assert (
            refusal(InvalidInputError, lambda: self.asked(made, "medicare", locality="OH"))
            == message
        )

    def test_an_error_inside_a_function_is_not_changed(self) -> None:
        def fees(day: date) -> FeeSchedule:
            raise TypeError(day)

        made = terms(fees=fees)
        with pytest.raises(TypeError, match="2026"):
            self.asked(made, "medicare")


def test_the_statuses_of_billed_rows() -> None:
    assert [each for each in RowStatus if each.is_billed] == [RowStatus.BILLED, RowStatus.NO_UNIT]
