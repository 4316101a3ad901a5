"""The ``[[furnisher]]`` tables of payer files: what each key means, and every fault with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from therapy_billing import FileFormatError, InvalidInputError, NotPublishedError, Payer, Setting
from therapy_billing.payers.furnishers import Furnishers, Payable, ShareOf

DAY = "2026-03-02"
TOP = """name = "acme"
known_through = 2026-12-31
[[policy]]
method = "cpt-midpoint"
[[source]]
key = "letter"
title = "A letter"
verified = "official"
"""
WITH_UNITS = TOP.replace("[[policy]]", '[[policy]]\nassistants = "assistant-units-2022"', 1)
LINE = TOP.count("\n") + 1
"""The line of the first ``[[furnisher]]`` after ``TOP``."""
AIDE = {"roles": '["aide"]', "services": '["group"]', "payable": '"no"', "source": '"letter"'}
KEYS = (
    "roles, disciplines, services, payable, assistant_modifier, payment_share, share_of, supervision, condition, "
    "setting, from, through, source"
)


def table(**keys: str) -> str:
    """Return a ``[[furnisher]]`` table about an aide, with *keys* changed. An empty key is left out."""
    rows = [f"{key} = {value}" for key, value in {**AIDE, **keys}.items() if value]
    return "\n".join(["[[furnisher]]", *rows, ""])


def read(path: Path, *tables: str, top: str = TOP) -> Furnishers:
    """Return the rules of a payer file with *tables*."""
    file = path / "acme.toml"
    file.write_text(top + "".join(tables), encoding="utf-8")
    return Payer.from_file(file).on(DAY).furnishers


def faults(path: Path, *tables: str, top: str = TOP) -> list[str]:
    """Return the faults of a payer file, without its path."""
    with pytest.raises(ExceptionGroup) as caught:
        read(path, *tables, top=top)
    assert all(type(error) is FileFormatError for error in caught.value.exceptions)
    return [str(error).removeprefix(f"{path}/acme.toml, ") for error in caught.value.exceptions]


def of_line(number: int, key: str, reason: str) -> str:
    """Return the message of a fault."""
    column = f"furnisher.{key}" if key else "furnisher"
    return f"line {LINE + number}, column {column}: {reason}"


class TestKeys:
    def test_every_key_is_a_field_of_the_rule(self, tmp_path: Path) -> None:
        given = table(
            roles='["PTA"]',
            disciplines='["OT"]',
            services='["treatment"]',
            payable='"Yes"',
            assistant_modifier="true",
            payment_share="0.85",
            share_of='"payment"',
            supervision='"general"',
            condition='"by contract"',
            setting='"critical-access-hospital"',
            **{"from": "2026-01-01", "through": "2026-12-31"},
        )
        (rule,) = read(tmp_path, given, top=WITH_UNITS).rules
        assert rule.payer == "acme"
        assert (rule.clinician.value, rule.discipline.value) == ("assistant", "OT")
        assert (rule.service.value, rule.payable) == ("skilled-treatment", Payable.YES)
        assert (rule.modifier, rule.payment_share) == ("CO", Decimal("0.85"))
        assert rule.share_of is ShareOf.PAYMENT
        assert (rule.supervision, rule.condition) == ("general", "by contract")
        assert rule.setting is Setting.CRITICAL_ACCESS_HOSPITAL
        assert (rule.effective_from, rule.effective_through) == (
            date(2026, 1, 1),
            date(2026, 12, 31),
        )
        assert str(rule.source) == "A letter (official)"

    def test_keys_that_are_left_out_have_default_values(self, tmp_path: Path) -> None:
        for rule in read(tmp_path, table()).rules:
            assert (rule.modifier, rule.payment_share, rule.setting) == (None, None, None)
            assert (rule.share_of, rule.supervision, rule.condition) == (ShareOf.ALLOWED, "", "")
            assert (rule.effective_from, rule.effective_through) == (None, None)

    def test_a_table_is_for_every_combination(self, tmp_path: Path) -> None:
        given = table(roles='["aide", "student"]', services='["group", "evaluation"]')
        found = {
            (rule.clinician.value, rule.discipline.value, rule.service.value)
            for rule in read(tmp_path, given).rules
        }
        assert found == {
            (role, discipline, service)
            for role in ("aide", "student")
            for discipline in ("PT", "OT", "SLP")
            for service in ("group", "evaluation")
        }

    def test_the_modifier_follows_the_discipline(self, tmp_path: Path) -> None:
        given = table(roles='["assistant"]', payable='"yes"', assistant_modifier="true")
        rules = read(tmp_path, given, top=WITH_UNITS).rules
        assert {rule.discipline.value: rule.modifier for rule in rules} == {
            "PT": "CQ",
            "OT": "CO",
            "SLP": None,
        }
        given = table(roles='["assistant"]', payable='"yes"', assistant_modifier="false")
        assert {rule.modifier for rule in read(tmp_path, given).rules} == {None}

    def test_the_modifier_needs_a_policy_that_splits_units(self, tmp_path: Path) -> None:
        given = table(roles='["assistant"]', payable='"yes"', assistant_modifier="true")
        (fault,) = faults(tmp_path, given)
        assert "no [[policy]] says how units are split: set assistants" in fault

    @pytest.mark.parametrize(
        "keys",
        [
            {"roles": '["aide"]'},
            {"roles": '["assistant", "student"]'},
            {"roles": '["assistant"]', "disciplines": '["SLP"]'},
        ],
    )
    def test_the_modifier_is_for_pt_and_ot_assistants(
        self, tmp_path: Path, keys: dict[str, str]
    ) -> None:
        given = table(**{"payable": '"yes"', "assistant_modifier": "true", **keys})
        (fault,) = faults(tmp_path, given, top=WITH_UNITS)
        assert "assistant_modifier is for the role assistant in PT and OT" in fault

    def test_a_share_is_refused_if_the_law_sets_it(self, tmp_path: Path) -> None:
        given = table(roles='["assistant"]', payable='"yes"', payment_share="0.5")
        based = TOP.replace('name = "acme"', 'name = "acme"\nbase = "medicare"')
        (fault,) = faults(tmp_path, given, top=based)
        assert "payment_share does not work with cost_sharing" in fault

    @pytest.mark.parametrize(
        ("share", "wanted"), [("1", "1"), ("1.00", "1"), ('"0.85"', "0.85"), ("0.10", "0.1")]
    )
    def test_a_share_is_a_number_or_a_string(self, tmp_path: Path, share: str, wanted: str) -> None:
        rules = read(tmp_path, table(payable='"yes"', payment_share=share)).rules
        assert {rule.payment_share for rule in rules} == {Decimal(wanted)}

    def test_a_file_without_tables_has_no_rules(self, tmp_path: Path) -> None:
        assert read(tmp_path) == Furnishers()

    def test_the_rules_apply_on_every_day_of_the_payer(self, tmp_path: Path) -> None:
        later = '[[policy]]\nfrom = 2026-06-01\nmethod = "full-quarter"\n'
        file = tmp_path / "acme.toml"
        file.write_text(TOP + later + table(), encoding="utf-8")
        payer = Payer.from_file(file)
        assert payer.on("2020-01-01").furnishers == payer.on("2026-06-01").furnishers
        assert len(payer.on("2026-06-01").furnishers.rules) == 3


class TestBase:
    def test_a_payer_has_the_rules_of_its_base(self, tmp_path: Path) -> None:
        top = TOP.replace("[[policy]]", 'base = "humana"\n[[policy]]')
        rules = read(tmp_path, top=top)
        assert rules.rule("PTA", "PT", "treatment", DAY).payment_share == Decimal("0.85")

    def test_own_rules_replace_those_of_the_base(self, tmp_path: Path) -> None:
        top = TOP.replace("[[policy]]", 'base = "humana"\n[[policy]]')
        own = table(
            roles='["assistant"]',
            disciplines='["PT"]',
            services='["skilled-treatment"]',
            payable='"yes"',
            payment_share="0.9",
        )
        rules = read(tmp_path, own, table(), top=top)
        changed = rules.rule("PTA", "PT", "treatment", DAY)
        assert (changed.payer, changed.payment_share) == ("acme", Decimal("0.9"))
        kept = rules.rule("OTA", "OT", "treatment", DAY)
        assert (kept.payer, kept.payment_share) == ("humana", Decimal("0.85"))
        assert rules.rule("aide", "SLP", "group", DAY).payable is Payable.NO
        with pytest.raises(NotPublishedError):
            rules.rule("aide", "SLP", "treatment", DAY)


class TestFaults:
    @pytest.mark.parametrize(
        ("keys", "key", "reason"),
        [
            (
                {"roles": '["wizard"]'},
                "roles",
                (
                    "roles must be therapist, assistant, together, student, aide, athletic-trainer, clinical-fellow, or "
                    "physician, got a string of 6 characters"
                ),
            ),
            (
                {"roles": "[]"},
                "roles",
                'must be a list of roles such as ["assistant", "student"]',
            ),
            (
                {"roles": '"aide"'},
                "roles",
                'must be a list of roles such as ["assistant", "student"]',
            ),
            (
                {"disciplines": "[]"},
                "disciplines",
                'must be a list of disciplines such as ["PT", "OT"]',
            ),
            (
                {"disciplines": '["PT", "XX"]'},
                "disciplines",
                "disciplines must be PT, OT, or SLP, got a string of 2 characters",
            ),
            (
                {"services": '["group", "certificaton"]'},
                "services",
                (
                    "services must be evaluation, re-evaluation, skilled-treatment, group, maintenance-setup, "
                    "maintenance-treatment, rtm-management, rtm-device, caregiver-training, incident-to, documentation, "
                    "progress-report, plan-of-care, or certification, got 'certificaton'; did you mean certification?"
                ),
            ),
            (
                {"payable": '"maybe"'},
                "payable",
                "not one of yes, no, therapists-own, if-signed, if-ordered, not-billed, unknown",
            ),
            (
                {"payable": "true"},
                "payable",
                "one of yes, no, therapists-own, if-signed, if-ordered, not-billed, unknown belongs here",
            ),
            ({"assistant_modifier": '"CQ"'}, "assistant_modifier", "true or false belongs here"),
            (
                {"payment_share": "0"},
                "payment_share",
                "payment_share must be a fraction from 0.1 to 1, such as '0.85', got 0",
            ),
            (
                {"payment_share": "1.01"},
                "payment_share",
                "payment_share must be a fraction from 0.1 to 1, such as '0.85', got 1.01",
            ),
            (
                {"payment_share": "85"},
                "payment_share",
                "payment_share must be a fraction from 0.1 to 1, such as '0.85', got 85",
            ),
            ({"payment_share": "true"}, "payment_share", "must be a fraction such as 0.85"),
            ({"share_of": '"net"'}, "share_of", "not one of payment, allowed"),
            ({"supervision": "1"}, "supervision", "text belongs here"),
            ({"condition": "[]"}, "condition", "text belongs here"),
            (
                {"setting": '"home"'},
                "setting",
                "not one of non-facility, facility, critical-access-hospital",
            ),
            ({"from": "1"}, "from", "a date such as 2026-01-01 belongs here"),
            (
                {"through": '"soon"'},
                "through",
                "through must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 4 characters",
            ),
            ({"source": '"leter"'}, "source", "not one of letter; did you mean letter?"),
            ({"source": "1"}, "source", "text belongs here"),
            ({"note": "1"}, "note", f"not one of {KEYS}"),
        ],
    )
    def test_a_bad_value_has_its_line(
        self, tmp_path: Path, keys: dict[str, str], key: str, reason: str
    ) -> None:
        given = table(**keys)
        number = next(
            index for index, line in enumerate(given.splitlines()) if line.startswith(f"{key} =")
        )
        assert faults(tmp_path, given) == [of_line(number, key, reason)]

    @pytest.mark.parametrize("key", sorted(AIDE))
    def test_a_missing_key_has_the_line_of_its_table(self, tmp_path: Path, key: str) -> None:
        assert faults(tmp_path, table(**{key: ""})) == [of_line(0, key, "missing")]

    def test_an_unknown_source_is_a_fault_without_any_key(self, tmp_path: Path) -> None:
        top = TOP.replace('key = "letter"\n', "")
        assert len(faults(tmp_path, table(), top=top)) == 1

    def test_dates_in_reverse_are_a_fault(self, tmp_path: Path) -> None:
        given = table(**{"from": "2026-01-02", "through": "2026-01-01"})
        assert faults(tmp_path, given) == [
            of_line(
                0,
                "",
                "effective_through 2026-01-01 is before effective_from 2026-01-02: swap or correct them",
            )
        ]

    def test_a_rule_for_both_together_is_a_fault(self, tmp_path: Path) -> None:
        (fault,) = faults(tmp_path, table(roles='["together"]'))
        assert fault.startswith(of_line(0, "", "clinician must not be together"))

    def test_a_repeated_rule_has_the_line_of_the_second_table(self, tmp_path: Path) -> None:
        reason = "two rules with no first date for group by aide in {}: give each rule its own first date"
        other = table(services='["evaluation"]')
        again = table(disciplines='["OT"]', payable='"yes"')
        assert faults(tmp_path, table(), other, again) == [
            of_line(10, "", reason.format("OT")),
        ]
        assert faults(tmp_path, table(roles='["aide", "aide"]')) == [
            of_line(0, "", reason.format("PT"))
        ]
        assert len(faults(tmp_path, table(), again, other, other)) == 2

    def test_two_sources_with_one_key_are_a_fault(self, tmp_path: Path) -> None:
        again = '[[source]]\nkey = "letter"\ntitle = "Another"\nverified = "official"\n'
        assert faults(tmp_path, table(), again) == [
            f"line {LINE + 6}, column source.key: there is already a source with the key letter"
        ]

    def test_every_bad_table_is_reported(self, tmp_path: Path) -> None:
        reverse = {"from": "2026-01-02", "through": "2026-01-01"}
        found = faults(
            tmp_path,
            table(**reverse),
            table(roles='["wizard"]', payable='"maybe"'),
            table(services='["evaluation"]', **reverse),
            top=TOP.replace("cpt-midpoint", "cpt-midpont"),
        )
        assert [fault.split(":")[0] for fault in found] == [
            "line 4, column policy.method",
            f"line {LINE}, column furnisher",
            f"line {LINE + 8}, column furnisher.roles",
            f"line {LINE + 10}, column furnisher.payable",
            f"line {LINE + 12}, column furnisher",
        ]

    def test_one_table_in_single_brackets_is_a_fault(self, tmp_path: Path) -> None:
        given = table().replace("[[furnisher]]", "[furnisher]")
        assert faults(tmp_path, given) == [
            f"line {LINE}, column furnisher: one or more [[furnisher]] tables belong here"
        ]


def test_a_record_refuses_what_the_reader_refuses() -> None:
    with pytest.raises(InvalidInputError):
        Furnishers([1])  # type: ignore[list-item]
