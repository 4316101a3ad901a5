"""The report builder: what a check finds, and the answers of its rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.findings.records import Answer, CheckAnswer, Findings, Severity
from therapy_billing.findings.report import (
    Report,
    answer_all,
    as_sentences,
    merge_findings,
    rule_of,
)
from therapy_billing.law.rule_book import Rule

RULE = Rule(id="acme-59-first", statement="Acme wants 59 first.")


def answers(findings: Findings) -> list[tuple[Answer, tuple[str, ...], str]]:
    assert all(each.rule is RULE for each in findings.answers)
    assert all(each.rule is RULE for each in findings.found)
    return [(each.answer, each.about, each.remark) for each in findings.answers]


class TestAnswers:
    def test_a_report_without_anything_is_clean(self) -> None:
        found = Report(RULE).findings(about=["97110"], remark="presence only")
        assert answers(found) == [(Answer.CLEAN, ("97110",), "presence only")]

    def test_a_finding_is_about_its_codes_unless_others_were_checked(self) -> None:
        report = Report(RULE)
        report.add(Severity.INFO, "message", "action", codes=["97110", "97140"])
        report.add(Severity.INFO, "message", "action", codes=["97110"])
        assert report.has_findings
        assert answers(report.findings()) == [(Answer.FINDING, ("97110", "97140"), "")]
        assert answers(report.findings(about=["97530"])) == [(Answer.FINDING, ("97530",), "")]

    @pytest.mark.parametrize("open_answer", [Answer.NOT_IN_DATA, Answer.OUT_OF_RANGE])
    def test_an_open_answer_comes_with_a_finding_and_is_never_clean(
        self, open_answer: Answer
    ) -> None:
        report = Report(RULE)
        report.answer(open_answer, "give the file", ["97110", "97110"])
        assert answers(report.findings()) == [(open_answer, ("97110",), "give the file")]
        report.add("deny", "message", "action")
        assert [each[0] for each in answers(report.findings())] == [Answer.FINDING, open_answer]

    def test_a_finding_can_have_a_path(self) -> None:
        report = Report(RULE)
        for path in ("claims[1].lines", "claims[0].lines", ""):
            report.add("deny", "message", "action", path=path)
        assert [each.path for each in report.findings()] == [
            "claims[1].lines",
            "claims[0].lines",
            "",
        ]
        merged = merge_findings([report.findings()])
        assert [each.path for each in merged] == ["", "claims[0].lines", "claims[1].lines"]
        shown = merged.to_table()
        assert shown.count("\n        At: claims[0].lines\n") == 1
        assert shown.count("        At: ") == 2
        assert "<td>claims[0].lines</td>" in merged._repr_html_()

    def test_a_path_is_text(self) -> None:
        wrong: Any = 7
        call = Report(RULE).add
        assert refusal(
            InvalidInputError, lambda: call("deny", "message", "action", path=wrong)
        ).startswith("path must be a string")

    def test_a_rule_that_does_not_apply_says_why(self) -> None:
        found = Report(RULE).not_applicable("the payer has no such rule")
        assert answers(found) == [(Answer.NOT_APPLICABLE, (), "the payer has no such rule")]
        assert found.unanswered == ()
        assert repr(found) == "<Findings no finding; 0 rules checked, 1 not applicable>"
        assert found.to_table() == "no finding; 0 rules checked, 1 not applicable"

    def test_one_answer_can_be_that_of_several_rules(self) -> None:
        found = answer_all(["ncci-ptp", "ncci-mue"], Answer.NOT_IN_DATA, "no edits", ["97110"])
        assert found.answers == tuple(
            CheckAnswer(
                rule=rule_of(rule), answer=Answer.NOT_IN_DATA, about=("97110",), remark="no edits"
            )
            for rule in ("ncci-ptp", "ncci-mue")
        )


class TestDetail:
    def test_a_finding_has_the_detail_that_was_added(self) -> None:
        report = Report(RULE)
        report.add("deny", "97110 has GP before 59", "put 59 first.", detail="Acme reads one.")
        report.add("deny", "97140 has GP before 59", "put 59 first.")
        assert [each.detail for each in report.findings()] == ["Acme reads one.", ""]

    def test_findings_that_differ_in_detail_only_have_one_order(self) -> None:
        parts = []
        for detail in ("First.", "Second."):
            report = Report(RULE)
            report.add("deny", "message", "action", detail=detail)
            parts.append(report.findings())
        for given in (parts, reversed(parts)):
            assert [each.detail for each in merge_findings(given)] == ["First.", "Second."]

    def test_texts_become_sentences(self) -> None:
        assert as_sentences(["", "one; two", "Three."]) == "One; two. Three."
        assert as_sentences([]) == ""


class TestTheTable:
    def test_rules_with_one_reason_stand_on_one_line(self) -> None:
        few = answer_all(["ncci-ptp", "ncci-mue"], Answer.NOT_IN_DATA, "no edits")
        assert few.to_table().splitlines()[0] == "not-in-data: ncci-ptp and ncci-mue; no edits"
        rules = ["note-date", "note-minutes", "note-signature", "note-intervention"]
        many = answer_all(rules, Answer.NOT_IN_DATA, "no notes")
        assert many.to_table().splitlines() == [
            "not-in-data: note-date and 3 other rules; no notes",
            "no finding; 0 rules checked, 4 not answered",
        ]
        assert "<li>not-in-data: note-date and 3 other rules; no notes</li>" in many._repr_html_()


class TestRefusals:
    @pytest.mark.parametrize(("rule", "shown"), [("no-such-rule", "a string of"), (None, "None")])
    def test_an_unknown_rule(self, rule: Any, shown: str) -> None:  # noqa: ANN401
        message = refusal(InvalidInputError, lambda: Report(rule))
        assert message.startswith(f"unknown rule {shown}")
        assert message.endswith(": use an id from load_rules(), or a Rule of your own")

    @pytest.mark.parametrize(
        ("add", "message"),
        [
            (lambda report: report.add("grave", "message", "action"), "severity must be deny"),
            (
                lambda report: report.add("deny", None, "action"),
                "message must be a string, got None",
            ),
            (lambda report: report.add("deny", "message", 5), "action must be a string, got 5"),
            (
                lambda report: report.add("deny", "message", "action", detail=None),
                "detail must be a string, got None",
            ),
            (
                lambda report: report.add("deny", "m", "a", codes=[97110]),
                "codes must contain only str",
            ),
            (
                lambda report: report.add("deny", "m", "a", lines=["1"]),
                "lines must contain only int",
            ),
        ],
    )
    def test_a_finding_that_is_none(self, add: Callable[[Report], None], message: str) -> None:
        report = Report(RULE)
        assert refusal(InvalidInputError, lambda: add(report)).startswith(message)
        assert not report.has_findings
