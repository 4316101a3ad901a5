"""Findings: their order, their displays, and what was not answered."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.refusals import refusal
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.findings.records import (
    Answer,
    CheckAnswer,
    Finding,
    Findings,
    Severity,
    parse_severity,
)
from therapy_billing.findings.report import merge_findings, rule_of
from therapy_billing.law.sources import Source, Verification

FIGURE = Source("A file", "row 7", "", Verification.DATA_FILE)


def finding(severity: Severity = Severity.DENY, **changes: Any) -> Finding:  # noqa: ANN401
    """Return a finding about the first line, with *changes*."""
    given: dict[str, Any] = {
        "rule": rule_of("modifier-count"),
        "severity": severity,
        "message": "97110 has 5 modifiers",
        "action": "leave one out.",
        "lines": (0,),
        "codes": ("97110",),
    }
    return Finding(**given | changes)


def answer(kind: Answer, **changes: Any) -> CheckAnswer:  # noqa: ANN401
    """Return an answer of a check, with *changes*."""
    return CheckAnswer(rule=rule_of("ncci-ptp"), answer=kind, **changes)


class TestSeverity:
    def test_the_most_severe_ranks_first(self) -> None:
        assert sorted(Severity, key=lambda each: each.rank) == [
            Severity.DENY,
            Severity.REVIEW,
            Severity.INFO,
        ]

    @pytest.mark.parametrize("value", [Severity.DENY, "deny", " DENY "])
    def test_a_severity_is_read_by_its_name(self, value: Any) -> None:  # noqa: ANN401
        assert parse_severity(value) is Severity.DENY

    @pytest.mark.parametrize(
        ("value", "reported"), [("grave", "a string of 5 characters"), (1, "1")]
    )
    def test_another_name_is_refused(self, value: Any, reported: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: parse_severity(value)) == (
            f"severity must be deny, review, or info, got {reported}"
        )


class TestFindings:
    def test_they_are_a_sequence(self) -> None:
        one, other = finding(), finding(Severity.INFO)
        found = Findings((one, other))
        assert list(found) == [one, other]
        assert (len(found), found[1], found[:1]) == (2, other, (one,))
        assert one in found

    def test_none_is_none(self) -> None:
        assert (len(Findings()), Findings().has_denials) == (0, False)
        assert repr(Findings()) == "<Findings no finding; 0 rules checked>"

    def test_only_the_most_severe_is_a_denial(self) -> None:
        assert Findings((finding(Severity.DENY),)).has_denials
        assert not Findings((finding(Severity.REVIEW), finding(Severity.INFO))).has_denials

    @pytest.mark.parametrize(("least", "left"), [("deny", 1), ("review", 2), ("info", 3)])
    def test_at_least_keeps_findings_that_severe_and_all_answers(
        self, least: str, left: int
    ) -> None:
        found = Findings(tuple(map(finding, Severity)), (answer(Answer.CLEAN),))
        assert len(found.at_least(least)) == left
        assert found.at_least(least).answers == found.answers

    def test_they_are_found_by_their_rule(self) -> None:
        found = Findings((finding(), finding(rule=rule_of("once-a-day"))))
        assert found.of_rule("once-a-day") == (found[1],)

    def test_missing_data_is_not_answered(self) -> None:
        answers = tuple(map(answer, Answer))
        assert Findings((), answers).unanswered == (
            answer(Answer.NOT_IN_DATA),
            answer(Answer.OUT_OF_RANGE),
        )

    def test_several_are_merged_in_line_order_with_the_most_severe_first(self) -> None:
        late, note = finding(lines=(1,)), finding(Severity.INFO)
        grave, nowhere = finding(Severity.REVIEW), finding(lines=())
        one = Findings((nowhere, late, note), (answer(Answer.FINDING),))
        other = Findings((grave,), (answer(Answer.CLEAN),))
        both = merge_findings([one, other])
        assert both.found == (grave, note, late, nowhere)
        assert both.answers == one.answers + other.answers
        assert merge_findings([other, one]).found == both.found

    def test_what_is_at_stake_in_several_is_that_of_the_only_one_that_denies(self) -> None:
        denied = finding(at_stake=Decimal("20.00"))
        other = finding(at_stake=Decimal("30.00"))
        several = Findings((denied, other), at_stake=Decimal("40.00"))
        reviewed = Findings((finding(Severity.REVIEW, at_stake=Decimal("9.00")),))
        clean = Findings(at_stake=Decimal("0.00"))
        assert merge_findings([several, reviewed, clean]).at_stake == Decimal("40.00")
        assert merge_findings([reviewed, Findings((denied,)), clean]).at_stake == Decimal("20.00")
        assert merge_findings([several, Findings((finding(),))]).at_stake is None
        assert merge_findings([Findings((denied,)), Findings((other,))]).at_stake is None

    def test_where_none_denies_nothing_is_at_stake_if_it_was_priced(self) -> None:
        reviewed = Findings((finding(Severity.REVIEW),))
        assert merge_findings([reviewed, Findings(at_stake=Decimal("0.00"))]).at_stake == Decimal(0)
        assert merge_findings([reviewed, Findings()]).at_stake is None
        assert merge_findings([]).at_stake is None

    def test_the_citation_has_the_sources_of_rule_and_figures_once(self) -> None:
        rule = rule_of("modifier-count")
        assert finding(figures=(FIGURE, *rule.sources)).citation == (*rule.sources, FIGURE)


class TestTheDisplays:
    FOUND = Findings(
        (
            finding(
                entries=("line <7>",),
                at_stake=Decimal("1234.50"),
                detail="There is no room for <9>.",
            ),
            finding(Severity.INFO, figures=(FIGURE,)),
        ),
        (
            answer(Answer.NOT_IN_DATA, about=("97110/99213",), remark="not <known>"),
            answer(Answer.CLEAN),
            CheckAnswer(
                rule=rule_of("kx-threshold"), answer=Answer.OUT_OF_RANGE, remark="give fees"
            ),
        ),
    )

    def test_the_table_shows_each_source_once(self) -> None:
        source = "837P guides (MN-ITS dhs16_170661, Stedi, Zenbridge), SV101-3 to -6 (secondary)"
        assert self.FOUND.to_table().splitlines() == [
            f"DENY    {'97110 has 5 modifiers':<72}  $1,234.50 at stake",
            "        There is no room for <9>.",
            "        Fix: leave one out.",
            "        Rule: modifier-count, line 1 of the claim, line <7>",
            f"        Source: {source}",
            "INFO    97110 has 5 modifiers",
            "        Fix: leave one out.",
            "        Rule: modifier-count, line 1 of the claim",
            "        Source: A file, row 7 (data-file)",
            "not-in-data: ncci-ptp 97110/99213; not <known>",
            "date-out-of-range: kx-threshold; give fees",
            "1 deny, 1 info; 1 rule checked, 2 not answered",
        ]
        assert str(self.FOUND) == self.FOUND.to_table()

    @pytest.mark.parametrize(
        ("lines", "shown"),
        [((), ""), ((2,), ", line 3 of the claim"), ((2, 0), ", lines 3, 1 of the claim")],
    )
    def test_lines_of_the_claim_are_counted_from_1(
        self, lines: tuple[int, ...], shown: str
    ) -> None:
        table = Findings((finding(lines=lines),)).to_table()
        assert table.splitlines()[2] == f"        Rule: modifier-count{shown}"

    @pytest.mark.parametrize(
        ("lines", "reported"),
        [((), "97110"), ((2,), "97110 (line 3)"), ((2, 0), "97110 (line 3, 1)")],
    )
    def test_the_page_shows_codes_and_lines_without_an_entry(
        self, lines: tuple[int, ...], reported: str
    ) -> None:
        html = Findings((finding(lines=lines),))._repr_html_()
        assert f"<td>deny</td><td>{reported}</td>" in html

    def test_the_repr_shows_no_key(self) -> None:
        assert repr(self.FOUND) == "<Findings 1 deny, 1 info; 1 rule checked, 2 not answered>"
        assert "line <7>" not in repr(self.FOUND[0])
        one = Findings((), (answer(Answer.CLEAN),))
        assert repr(one) == "<Findings no finding; 1 rule checked>"

    def test_the_summary_shows_the_total_at_stake(self) -> None:
        found = Findings((finding(), finding()), at_stake=Decimal("1234.50"))
        reported = "2 deny, $1,234.50 at stake; 0 rules checked"
        assert found.to_table().splitlines()[-1] == reported
        assert repr(found) == f"<Findings {reported}>"
        assert f"<p>{reported}</p>" in found._repr_html_()
        assert found.to_dict()["at_stake"] == "1234.50"
        none = Findings((finding(Severity.INFO),), at_stake=Decimal("0.00"))
        assert repr(none) == "<Findings 1 info; 0 rules checked>"
        assert none.to_dict()["at_stake"] == "0.00"

    def test_the_page_is_escaped(self) -> None:
        html = self.FOUND._repr_html_()
        assert "<td>deny</td><td>line &lt;7&gt;</td>" in html
        assert "<td>info</td><td>97110 (line 1)</td>" in html
        assert "not &lt;known&gt;" in html
        assert "<td>97110 has 5 modifiers. There is no room for &lt;9&gt;.</td>" in html
        assert "<td>97110 has 5 modifiers</td>" in html
        assert "<td>$1,234.50</td>" in html
        assert "<td></td>" in html
        assert html.count("<tr>") == 3

    def test_json_has_everything(self) -> None:
        record = json.loads(json.dumps(self.FOUND.to_dict()))
        first, second = record["findings"]
        assert first["citation"][0]["verified"] == "secondary"
        assert {key: first[key] for key in first if key != "citation"} == {
            "rule": "modifier-count",
            "severity": "deny",
            "message": "97110 has 5 modifiers",
            "detail": "There is no room for <9>.",
            "action": "leave one out.",
            "lines": [0],
            "codes": ["97110"],
            "entries": ["line <7>"],
            "keys": [],
            "at_stake": "1234.50",
            "suggested": [],
            "path": "",
        }
        assert (second["at_stake"], second["citation"][1]["title"]) == (None, "A file")
        assert second["detail"] == ""
        assert record["at_stake"] is None
        assert record["answers"][0] == {
            "rule": "ncci-ptp",
            "answer": "not-in-data",
            "about": ["97110/99213"],
            "remark": "not <known>",
        }
