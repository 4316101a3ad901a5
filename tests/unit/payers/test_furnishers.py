"""Rules on who may furnish what: one rule, a table of rules, and what a table says about a service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing import (
    MEDICARE,
    Clinician,
    Discipline,
    InvalidInputError,
    NotPublishedError,
    Setting,
    Source,
)
from therapy_billing.codes.roles import ServiceClass
from therapy_billing.law import Verification
from therapy_billing.payers.furnishers import (
    NO_FURNISHERS,
    FurnisherRule,
    Furnishers,
    Payable,
    ShareOf,
    furnisher_in_words,
    parse_share,
    why_unbilled,
)

DAY = date(2026, 3, 2)
SOURCE = Source("A letter", "", "", Verification.OFFICIAL)
HOSPITAL = Setting.CRITICAL_ACCESS_HOSPITAL
AIDE: Mapping[str, Any] = {
    "payer": "acme",
    "clinician": "aide",
    "discipline": "PT",
    "service": "skilled-treatment",
    "payable": "no",
    "source": SOURCE,
}


def rule(**fields: object) -> FurnisherRule:
    """Return the rule that an aide's treatment is not paid, with *fields* changed."""
    return FurnisherRule(**{**AIDE, **fields})


def of_assistant(**fields: object) -> FurnisherRule:
    """Return the rule that an assistant's treatment is paid, with *fields* changed."""
    return rule(**{"clinician": "assistant", "payable": "yes", **fields})


class TestRule:
    def test_words_become_members_dates_and_numbers(self) -> None:
        own = rule(
            clinician="PTA",
            discipline="physical therapy",
            service="treatment",
            payable="YES",
            modifier=" cq ",
            payment_share="0.85",
            share_of="contracted rate",
            supervision="general",
            condition="by contract",
            setting="CAH",
            effective_from="2026-01-01",
            effective_through="2026-01-01",
        )
        assert own.clinician is Clinician.ASSISTANT
        assert own.discipline is Discipline.PT
        assert own.service is ServiceClass.SKILLED_TREATMENT
        assert own.payable is Payable.YES
        assert (own.modifier, own.payment_share) == ("CQ", Decimal("0.85"))
        assert own.share_of is ShareOf.ALLOWED
        assert own.setting is HOSPITAL
        assert own.effective_from == own.effective_through == date(2026, 1, 1)

    def test_optional_terms_are_unknown_unless_given(self) -> None:
        own = rule()
        assert (own.modifier, own.payment_share, own.setting) == (None, None, None)
        assert (own.effective_from, own.effective_through) == (None, None)
        assert (own.supervision, own.condition, own.share_of) == ("", "", ShareOf.ALLOWED)

    def test_dates_in_reverse_are_refused(self) -> None:
        given = {"effective_from": "2026-01-02", "effective_through": "2026-01-01"}
        assert refusal(InvalidInputError, lambda: rule(**given)) == (
            "effective_through 2026-01-01 is before effective_from 2026-01-02: swap or correct them"
        )

    def test_a_rule_for_both_together_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: rule(clinician="together")) == (
            "clinician must not be together: a service by both counts as the therapist's, so use therapist"
        )

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("payer", 1),
            ("payer", None),
            ("clinician", "nurse"),
            ("discipline", "XX"),
            ("service", "skiled"),
            ("payable", "maybe"),
            ("payable", None),
            ("modifier", "CQX"),
            ("modifier", ""),
            ("payment_share", "85 %"),
            ("share_of", "net"),
            ("supervision", None),
            ("condition", 3),
            ("setting", "home"),
            ("effective_from", "soon"),
            ("effective_through", 2026),
            ("source", "A letter"),
        ],
    )
    def test_a_bad_word_names_its_field(self, field: str, value: object) -> None:
        with pytest.raises(InvalidInputError) as caught:
            rule(**{field: value})
        assert caught.value.field is not None
        assert caught.value.field.startswith(field)

    @pytest.mark.parametrize("share", ["0.1", "0.85", "1", "1.00", Decimal("0.5"), 1])
    def test_a_share_is_from_a_tenth_to_1(self, share: Decimal | str | int) -> None:
        assert parse_share(share) == Decimal(share)

    @pytest.mark.parametrize(
        ("share", "shown"),
        [(0, "0"), ("0.00", "'0.00'"), (Decimal("1.01"), "1.01"), (85, "85")],
    )
    def test_another_share_is_refused(self, share: Decimal | str | int, shown: str) -> None:
        assert refusal(InvalidInputError, lambda: rule(payment_share=share)) == (
            f"payment_share must be a fraction from 0.1 to 1, such as '0.85', got {shown}"
        )

    def test_the_first_and_the_last_day_are_in_force(self) -> None:
        own = rule(effective_from="2026-01-02", effective_through="2026-01-03")
        assert [own.in_force(date(2026, 1, day)) for day in (1, 2, 3, 4)] == [
            False,
            True,
            True,
            False,
        ]
        assert rule().in_force(date(1900, 1, 1))
        assert rule(effective_through="2026-01-03").in_force(date(1900, 1, 1))
        assert rule(effective_from="2026-01-02").in_force(date(2100, 1, 1))

    @pytest.mark.parametrize("payable", Payable)
    @pytest.mark.parametrize("service", ServiceClass)
    def test_payable_fits_the_class_of_service(
        self, service: ServiceClass, payable: Payable
    ) -> None:
        of_a_record = service.value in (
            "documentation",
            "progress-report",
            "plan-of-care",
            "certification",
        )
        refused = ["therapists-own"] if of_a_record else ["if-signed", "if-ordered", "not-billed"]
        if payable.value not in refused:
            assert rule(service=service, payable=payable).payable is payable
            return
        with pytest.raises(InvalidInputError, match=f"for {service.value}, got '{payable.value}'"):
            rule(service=service, payable=payable)

    @pytest.mark.parametrize("given", [{"modifier": "CQ"}, {"payment_share": "0.85"}])
    def test_only_what_is_paid_has_a_modifier_or_a_share(self, given: dict[str, str]) -> None:
        assert rule(payable="yes", **given).refuses is False
        with pytest.raises(InvalidInputError, match="only a service that is paid"):
            rule(payable="no", **given)

    def test_a_rule_for_one_setting_must_pay(self) -> None:
        with pytest.raises(InvalidInputError, match="in a rule for one setting"):
            of_assistant(payable="no", setting="facility")
        with pytest.raises(InvalidInputError, match="must be for an assistant or a physician"):
            rule(payable="yes", setting="facility")

    @pytest.mark.parametrize("payable", ["no", "unknown", "therapists-own"])
    def test_a_therapist_is_always_paid(self, payable: str) -> None:
        with pytest.raises(InvalidInputError, match="payable must be yes for a therapist"):
            rule(clinician="therapist", payable=payable)
        assert rule(clinician="therapist", service="certification", payable="no").refuses

    @pytest.mark.parametrize("clinician", ["therapist", "physician"])
    def test_a_therapist_and_a_physician_are_paid_in_full(self, clinician: str) -> None:
        assert rule(clinician=clinician, payable="yes", payment_share=1).payment_share == 1
        with pytest.raises(InvalidInputError, match="payment_share must be 1 for a"):
            rule(clinician=clinician, payable="yes", payment_share="0.5")

    @pytest.mark.parametrize("payable", ["yes", "no", "therapists-own", "unknown"])
    def test_a_rule_refuses_only_if_a_source_says_so(self, payable: str) -> None:
        assert rule(payable=payable).refuses is (payable in ("no", "therapists-own"))

    def test_a_rule_becomes_a_dict(self) -> None:
        own = rule(payable="yes", payment_share="0.85", effective_from="2026-01-02").to_dict()
        assert own["clinician"] == "aide"
        assert own["payment_share"] == "0.85"
        assert own["effective_from"] == "2026-01-02"
        assert own["effective_through"] is None
        assert own["source"]["title"] == "A letter"


class TestTable:
    def test_the_latest_first_date_applies_in_any_order(self) -> None:
        rules = [
            rule(payable="unknown"),
            rule(payable="yes", effective_from="2026-01-01"),
            rule(payable="no", effective_from="2026-02-01", effective_through="2026-02-28"),
        ]
        for order in (rules, rules[::-1], [rules[1], rules[2], rules[0]]):
            table = Furnishers(order)
            found = [
                table.rule("aide", "PT", "treatment", day).payable.value
                for day in ("2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2026-02-28")
            ]
            assert found == ["unknown", "yes", "yes", "no", "no"]
            assert table.rule("aide", "PT", "treatment", "2026-03-01").payable is Payable.YES

    def test_no_rule_is_an_error_that_names_what_was_asked(self) -> None:
        table = Furnishers([rule(effective_from="2026-01-01")])
        assert refusal(
            NotPublishedError, lambda: table.rule("aide", "PT", "group", "2025-12-31")
        ) == ("no source says whether the payer pays for group by aide in PT on 2025-12-31")
        for asked in (("student", "PT", "group"), ("aide", "OT", "group")):
            with pytest.raises(NotPublishedError) as caught:
                table.rule(*asked, DAY)
            assert caught.value.field == "clinician"

    @pytest.mark.parametrize(
        "asked",
        [
            ("nurse", "PT", "group", DAY),
            ("aide", "XX", "group", DAY),
            ("aide", "PT", "groups", DAY),
            ("aide", "PT", "group", "soon"),
            ("aide", "PT", "group", DAY, "home"),
        ],
    )
    def test_a_bad_word_is_refused(self, asked: tuple[Any, ...]) -> None:
        with pytest.raises(InvalidInputError):
            Furnishers([rule()]).rule(*asked)

    def test_two_rules_with_one_first_date_are_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: Furnishers([rule(), rule(payable="yes")])) == (
            "two rules with no first date for skilled-treatment by aide in PT: give each rule its own first date"
        )
        dated = [rule(effective_from="2026-01-01", payable=word) for word in ("yes", "no")]
        assert refusal(InvalidInputError, lambda: Furnishers(dated)) == (
            "two rules with one first date for skilled-treatment by aide in PT: give each rule its own first date"
        )

    def test_rules_that_differ_in_one_part_of_the_key_are_accepted(self) -> None:
        rules = [
            rule(),
            rule(clinician="student"),
            rule(discipline="OT"),
            rule(service="group"),
            of_assistant(setting="CAH"),
            of_assistant(setting="facility"),
            rule(effective_from="2026-01-01"),
        ]
        table = Furnishers(iter(rules))
        assert table.rules == tuple(rules)
        assert repr(table) == "<Furnishers with 7 rules>"
        assert hash(table) == hash(Furnishers(rules))
        assert table != Furnishers(rules[1:])

    @pytest.mark.parametrize("rules", [None, "rules", 1, [1], {"a": 1}])
    def test_something_else_than_rules_is_refused(self, rules: object) -> None:
        with pytest.raises(InvalidInputError) as caught:
            Furnishers(rules)  # type: ignore[arg-type]
        assert str(caught.value.field).startswith("rules")

    def test_together_counts_as_the_therapist(self) -> None:
        own = rule(clinician="therapist", payable="yes")
        assert Furnishers([own]).rule("together", "PT", "treatment", DAY) is own

    def test_other_treatment_has_the_rule_for_skilled_treatment(self) -> None:
        treatment, group = rule(payable="yes"), rule(service="group", effective_from="2026-01-01")
        table = Furnishers([treatment, group])
        for service in (
            "maintenance-setup",
            "maintenance-treatment",
            "rtm-management",
            "rtm-device",
            "caregiver-training",
        ):
            assert table.rule("aide", "PT", service, DAY) is treatment
        assert table.rule("aide", "PT", "group", "2025-12-31") is treatment
        assert table.rule("aide", "PT", "group", "2026-01-01") is group

    @pytest.mark.parametrize("service", ["evaluation", "re-evaluation"])
    @pytest.mark.parametrize("payable", ["no", "therapists-own", "unknown"])
    def test_an_evaluation_has_the_rule_for_treatment_only_if_that_does_not_pay(
        self, service: str, payable: str
    ) -> None:
        unpaid = rule(payable=payable)
        assert Furnishers([unpaid]).rule("aide", "PT", service, DAY) is unpaid
        with pytest.raises(NotPublishedError):
            Furnishers([rule(payable="yes")]).rule("aide", "PT", service, DAY)
        own = rule(payable="no", service=service)
        table = Furnishers([rule(payable="yes"), own])
        assert table.rule("aide", "PT", service, DAY) is own

    @pytest.mark.parametrize(
        "service",
        ["documentation", "progress-report", "plan-of-care", "certification", "incident-to"],
    )
    def test_a_record_has_only_its_own_rule(self, service: str) -> None:
        with pytest.raises(NotPublishedError):
            Furnishers([rule()]).rule("aide", "PT", service, DAY)
        own = rule(service=service)
        assert Furnishers([rule(), own]).rule("aide", "PT", service, DAY) is own


class TestSetting:
    def test_a_rule_for_one_setting_applies_only_there(self) -> None:
        general, own = (
            of_assistant(effective_from="2026-01-01"),
            of_assistant(payable="yes", setting="CAH"),
        )
        table = Furnishers([general, own])
        assert table.rule("assistant", "PT", "treatment", DAY, "CAH") is own
        for setting in (None, "office", "facility"):
            assert table.rule("assistant", "PT", "treatment", DAY, setting) is general
        with pytest.raises(NotPublishedError):
            Furnishers([own]).rule("assistant", "PT", "treatment", DAY)

    def test_the_latest_rule_for_the_setting_applies(self) -> None:
        old, new = (
            of_assistant(setting="CAH"),
            of_assistant(setting="CAH", effective_from="2026-01-01"),
        )
        general = [of_assistant(), of_assistant(effective_from="2025-06-01")]
        table = Furnishers([*general, old, new])
        assert table.rule("assistant", "PT", "treatment", "2025-12-31", "CAH") is old
        assert table.rule("assistant", "PT", "treatment", "2026-01-01", "CAH") is new
        assert table.rule("assistant", "PT", "treatment", DAY) is general[1]

    def test_it_replaces_general_rules_that_pay_for_other_treatment(self) -> None:
        own = of_assistant(payable="yes", setting="CAH")
        paid, unpaid = (
            of_assistant(payable="yes", service="group"),
            of_assistant(payable="no", service="maintenance-setup"),
        )
        evaluation = of_assistant(payable="yes", service="evaluation")
        table = Furnishers([own, paid, unpaid, evaluation])
        assert table.rule("assistant", "PT", "group", DAY) is paid
        assert table.rule("assistant", "PT", "group", DAY, "CAH") is own
        assert table.rule("assistant", "PT", "maintenance-setup", DAY, "CAH") is unpaid
        assert table.rule("assistant", "PT", "evaluation", DAY, "CAH") is evaluation

    def test_a_rule_for_the_class_in_the_setting_stays(self) -> None:
        treatment = of_assistant(payable="yes", setting="CAH")
        group = of_assistant(payable="yes", service="group", setting="CAH")
        assert Furnishers([treatment, group]).rule("assistant", "PT", "group", DAY, "CAH") is group


class TestAddedTo:
    def test_own_rules_replace_those_of_the_base_from_their_first_date(self) -> None:
        own = rule(payable="yes", effective_from="2026-01-01")
        other, later = rule(clinician="student"), rule(effective_from="2026-07-01")
        base = Furnishers([rule(), rule(effective_from="2020-01-01"), later, other])
        both = Furnishers([own]).added_to(base)
        assert {own, other} <= {*both.rules}
        assert later not in both.rules
        for day, payable in (
            ("2019-12-31", "no"),
            ("2025-12-31", "no"),
            ("2026-01-01", "yes"),
            ("2026-12-31", "yes"),
        ):
            assert both.rule("aide", "PT", "treatment", day).payable.value == payable

    def test_an_own_rule_without_a_first_date_replaces_all_of_the_base(self) -> None:
        own = rule(payable="yes")
        base = Furnishers([rule(), rule(effective_from="2020-01-01")])
        assert Furnishers([own]).added_to(base).rules == (own,)

    def test_shares_of_the_allowed_amount_can_be_left_out(self) -> None:
        own, law = (
            of_assistant(payment_share="0.85"),
            of_assistant(discipline="OT", payment_share="0.85", share_of="payment"),
        )
        table = Furnishers([own, law]).without_allowed_shares()
        assert [each.payment_share for each in table.rules] == [None, law.payment_share]
        assert table.without_allowed_shares() is table

    def test_without_own_rules_the_table_is_that_of_the_base(self) -> None:
        base = Furnishers([rule()])
        assert Furnishers().added_to(base) is base
        assert base.added_to(Furnishers()) == base


class TestMakesUnits:
    def of(self, table: Furnishers, clinician: str, service: str, discipline: str = "PT") -> bool:
        """Return whether *table* lets a service make units."""
        return table.makes_units(
            Clinician(clinician), Discipline(discipline), ServiceClass(service), DAY
        )

    def test_without_a_rule_only_licensed_roles_make_units(self) -> None:
        made = {each.value: self.of(NO_FURNISHERS, each.value, "group") for each in Clinician}
        assert made == {
            "therapist": True,
            "assistant": True,
            "together": True,
            "physician": True,
            "student": False,
            "aide": False,
            "athletic-trainer": False,
            "clinical-fellow": False,
        }

    @pytest.mark.parametrize(
        "payable", [Payable.YES, Payable.NO, Payable.THERAPISTS_OWN, Payable.UNKNOWN]
    )
    def test_a_rule_decides_and_only_yes_pays(self, payable: Payable) -> None:
        roles = [
            each for each in Clinician if each not in (Clinician.TOGETHER, Clinician.THERAPIST)
        ]
        table = Furnishers([rule(clinician=each, payable=payable) for each in roles])
        for role in roles:
            paid = payable is Payable.YES
            assert self.of(table, role.value, "skilled-treatment") is paid, role
        assert self.of(table, "together", "skilled-treatment")

    @pytest.mark.parametrize("service", ["evaluation", "re-evaluation"])
    def test_an_evaluation_by_a_pt_or_ot_assistant_keeps_its_line(self, service: str) -> None:
        table = Furnishers(
            [
                rule(clinician="assistant", service=service, discipline=each)
                for each in ("PT", "OT", "SLP")
            ]
        )
        kept = [self.of(table, "assistant", service, each) for each in ("PT", "OT", "SLP")]
        assert kept == [True, True, False]

    def test_a_rule_that_is_not_in_force_decides_nothing(self) -> None:
        table = Furnishers([rule(payable="yes", effective_from="2026-03-03")])
        assert not self.of(table, "aide", "skilled-treatment")
        table = Furnishers([rule(payable="yes", effective_from="2026-03-02")])
        assert self.of(table, "aide", "skilled-treatment")


class TestWords:
    def test_every_role_has_words(self) -> None:
        words = {furnisher_in_words(each) for each in Clinician}
        assert len(words) == len(Clinician)
        assert furnisher_in_words(Clinician.ASSISTANT, Discipline.OT) == "an assistant"
        assert furnisher_in_words(Clinician.ASSISTANT, Discipline.SLP) == "an SLP assistant"

    @pytest.mark.parametrize(
        ("payable", "reason"),
        [
            ("no", "the payer does not pay for a service by a student"),
            ("unknown", "it is not known whether the payer pays for a service by a student"),
            (
                "therapists-own",
                "the payer pays only for the therapist's own service, not for one by a student",
            ),
        ],
    )
    def test_the_reason_follows_the_rule(self, payable: str, reason: str) -> None:
        own = rule(clinician="student", payable=payable)
        assert why_unbilled(own, Clinician.STUDENT, Discipline.PT) == reason

    def test_without_a_rule_no_source_is_the_reason(self) -> None:
        assert why_unbilled(None, Clinician.ASSISTANT, Discipline.SLP) == (
            "no source says that the payer pays for a service by an SLP assistant"
        )

    def test_medicares_table_is_part_of_its_policy(self) -> None:
        table = MEDICARE.on(DAY).furnishers
        assert table.rule("SLPA", "ST", "treatment", DAY).payable is Payable.NO
        assert table.rule("SPT", "PT", "group", DAY).payable is Payable.THERAPISTS_OWN
