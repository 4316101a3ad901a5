"""Test the comparison of two versions: the reported differences and their explanations."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from answers.days import Day, generate_day, generate_days
from answers.differences import KINDS, Difference, compare_answers
from answers.explanations import Expected, Explanation, read_explanations
from compare_answers import Report, compare, main

from tests.paths import ROOT
from tests.payers_that_count import PAYERS_THAT_COUNT
from therapy_billing import UnitMethod


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a checkout with two planted changes: nine minutes instead of eight, and one check removed."""
    checkout = tmp_path_factory.mktemp("planted")
    source = checkout / "src" / "therapy_billing"
    shutil.copytree(
        ROOT / "src" / "therapy_billing", source, ignore=shutil.ignore_patterns("__pycache__")
    )
    replace(source, "UnitMethod.CMS_EIGHT_MINUTE: 8,", "UnitMethod.CMS_EIGHT_MINUTE: 9,")
    replace(source, '    "once-a-day": check_once_a_day,\n', "")
    return str(checkout)


def replace(source: Path, old: str, new: str) -> None:
    """Replace *old* in the only module of *source* that contains it."""
    (path,) = (path for path in source.rglob("*.py") if old in path.read_text(encoding="utf-8"))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def bills_an_evaluation_twice() -> Iterator[Day]:
    """Yield days on which only a finding differs in the planted version."""
    payers = ("cpt-midpoint", "method full-quarter", "method started-quarter")
    for day in generate_days(1000, 1):
        evaluations = [line for line in day["claim"] if line["code"].startswith("9716")]
        if day["payer"] in payers and any(line["units"] > 1 for line in evaluations):
            yield day


def found(report: Report) -> set[tuple[str, str, str]]:
    return {(each.first.kind, each.first.rule, each.first.change) for each in report.groups(None)}


class TestDays:
    def test_a_day_does_not_depend_on_how_many_are_generated(self) -> None:
        assert list(generate_days(40, 3))[37] == generate_day(37, 3)
        assert generate_day(37, 3) != generate_day(37, 4)

    def test_days_can_be_limited_to_dates_and_payers(self) -> None:
        dates = (date(2025, 7, 1), date(2026, 12, 31))
        days = [generate_day(number, 1, dates, {"aetna": 1, "medicare": 2}) for number in range(40)]
        assert {day["date"] for day in days} == {"2025-07-01", "2026-12-31"}
        assert {day["payer"] for day in days} == {"aetna", "medicare"}

    def test_days_are_json(self) -> None:
        days = list(generate_days(200, 1))
        assert json.loads(json.dumps(days)) == days

    def test_days_include_every_payer_discipline_clinician_and_setting(self) -> None:
        days = list(generate_days(800, 1))
        sessions = [session for day in days for session in day["sessions"]]
        services = [service for session in sessions for service in session["services"]]
        methods = {f"method {method.value}" for method in UnitMethod}
        # Both versions must know a payer, so a new payer is added to the days one version later.
        both = {*PAYERS_THAT_COUNT} - {"texas-workers-compensation"}
        once_counted = {"california-workers-compensation"}
        assert {day["payer"] for day in days} == both | once_counted | methods
        assert {session["discipline"] for session in sessions} >= {"PT", "OT", "SLP"}
        assert {each["clinician"] for each in services} >= {"therapist", "assistant", "together"}
        assert {day["fees"]["setting"] for day in days if day["fees"]} >= {
            *("non-facility", "facility", "critical-access-hospital")
        }
        assert {day["date"][:4] for day in days} >= {str(year) for year in range(2019, 2027)}
        assert {"2020-02-29", "2024-02-29"} <= {day["date"] for day in days}
        assert {0, 7, 8, 22, 23} <= {each["minutes"] for each in services if each["timed"]}
        assert any(day["commands"] for day in days)


class TestCompare:
    def test_one_version_has_no_differences_from_itself(self) -> None:
        report = compare((str(ROOT), str(ROOT)), generate_days(40, 1))
        assert (report.days, report.days_with_differences) == (40, 0)
        assert report.explained
        assert report.to_text() == "40 days: 40 with the same answers, 0 with differences\n"

    def test_planted_changes_are_reported_and_no_others(self, planted: str) -> None:
        days = [
            day
            for day in generate_days(300, 1)
            if day["payer"] == "method cms-eight-minute"
            or any(line["units"] > 1 for line in day["claim"])
        ][:40]
        report = compare((str(ROOT), planted), days)
        changes = found(report)
        assert {("units", "", "fewer"), ("findings", "once-a-day", "-deny")} <= changes
        assert {change for kind, rule, change in changes if rule == "once-a-day"} == {"-deny"}
        assert not {change for kind, _, change in changes if kind in ("suggestion", "error")}

    def test_a_kind_can_be_left_out(self, planted: str) -> None:
        kinds = [kind for kind in KINDS if kind != "findings"]
        days = [next(bills_an_evaluation_twice())]
        assert compare((str(ROOT), planted), days).days_with_differences == 1
        assert compare((str(ROOT), planted), days, kinds=kinds).days_with_differences == 0

    def test_the_command_lists_each_difference_under_its_explanation(
        self, planted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        explained = tmp_path / "planted.toml"
        explained.write_text(
            '[[explanation]]\nbecause = "Nine minutes make a unit."\nexpected = [\n'
            '    { kind = "units", change = ["fewer", "tied*"] },\n'
            '    { kind = ["lines", "money", "findings", "steps"], follows = "units" },\n]\n'
            '[[explanation]]\nbecause = "Units of a day are not checked."\nexpected = [\n'
            '    { kind = "findings", rule = "once-a-day", change = "-deny" },\n'
            '    { kind = "findings", rule = "ncci-ptp", change = "-deny" },\n]\n',
            encoding="utf-8",
        )
        arguments = [str(ROOT), planted, "--days", "40", "--explained", str(explained)]
        assert main(arguments) == 0
        said = capsys.readouterr().out
        assert "NOT EXPLAINED" not in said
        sentences = ["Nine minutes make a unit.", "Units of a day are not checked."]
        assert [said.count(f"\n{sentence}\n") for sentence in sentences] == [1, 1]
        _, _, unseen = said.partition("Expected, but not seen in these days:")
        assert "ncci-ptp" in unseen
        assert "once-a-day" not in unseen

    def test_json_holds_each_group_with_its_example(
        self, planted: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        number = next(bills_an_evaluation_twice())["number"]
        assert main([str(ROOT), planted, "--only", str(number), "--json"]) == 1
        record = json.loads(capsys.readouterr().out)
        assert record["days"] == 1
        group = next(each for each in record["unexplained"] if each["rule"] == "once-a-day")
        assert (group["kind"], group["change"], group["days"]) == ("findings", "-deny", 1)
        assert (group["example"]["number"], group["new"]) == (number, None)

    def test_an_unknown_version_is_refused(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([str(ROOT), "no-such-revision", "--days", "1"]) == 2
        assert "no-such-revision is neither" in capsys.readouterr().err

    def test_a_version_that_cannot_be_imported_is_named(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        package = tmp_path / "src" / "therapy_billing"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("", encoding="utf-8")
        assert main([str(ROOT), str(tmp_path), "--days", "3"]) == 2
        assert f"{tmp_path} stopped after 0 days" in capsys.readouterr().err

    def test_a_revision_is_compared_in_a_worktree_that_is_removed(self, tmp_path: Path) -> None:
        git = shutil.which("git")
        assert git is not None
        copy = tmp_path / "copy"
        for name in ("src", "scripts"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        who = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com"]
        for arguments in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "Add all"]):
            subprocess.run([git, *arguments], cwd=copy, check=True, capture_output=True)
        script = str(copy / "scripts" / "compare_answers.py")
        done = subprocess.run(
            [sys.executable, script, "HEAD", str(copy), "--days", "2"],
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.startswith("2 days: 2 with the same answers")
        trees = subprocess.run(
            [git, "worktree", "list"], cwd=copy, check=True, capture_output=True, text=True
        )
        assert len(trees.stdout.splitlines()) == 1


def line(code: str, units: int = 1, *modifiers: str, **money: str | None) -> dict[str, Any]:
    return {"code": code, "units": units, "modifiers": list(modifiers), **money}


def finding(rule: str, severity: str, *codes: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    facts: dict[str, Any] = {"lines": [], "at_stake": None}
    return {"rule": rule, "severity": severity, "codes": list(codes), **facts, **more}


def changes(old: dict[str, Any], new: dict[str, Any], call: str = "bill_day") -> list[str]:
    differences = compare_answers({call: old}, {call: new})
    return [" ".join(filter(None, (each.kind, each.rule, each.change))) for each in differences]


class TestDifferences:
    def test_a_different_message_is_not_a_difference(self) -> None:
        old, new = ({"error": "InvalidInputError", "message": text} for text in "ab")
        assert changes(old, new) == []

    @pytest.mark.parametrize(
        ("old", "new", "change"),
        [
            ({}, {"error": "E", "message": ""}, "error answer -> E"),
            ({"error": "E", "message": ""}, {}, "error E -> answer"),
            ({"error": "E", "message": ""}, {"error": "F", "message": ""}, "error E -> F"),
            ({"status": 0}, {"status": 1}, "error status 0 -> 1"),
            ({"suggested": None}, {"suggested": "97530"}, "suggestion suggested none -> 97530"),
            (
                {"amounts": {"97110": ["1", "1"]}},
                {"amounts": {"97110": ["1", "2"]}},
                "money amount",
            ),
            ({"steps": ["a", "b"]}, {"steps": ["a"]}, "steps b -"),
            ({"steps": ["a"]}, {"steps": ["a", "a"]}, "steps a +"),
            ({"steps": ["a", "b"]}, {"steps": ["b", "a"]}, "steps order"),
        ],
    )
    def test_each_fact_has_its_change(
        self, old: dict[str, Any], new: dict[str, Any], change: str
    ) -> None:
        assert changes(old, new) == [change]

    def test_units_are_compared_by_code(self) -> None:
        old = {"units": {"97110": 1, "97112": 1}, "total": 2, "tied": True, "splits": [{}, {}]}
        new = {"units": {"97110": 2, "97112": 0}, "total": 2, "tied": False, "splits": [{}]}
        assert changes(old, new) == ["units more", "units fewer", "units tied true -> false"]
        same = {**old, "total": 3, "splits": [{}]}
        assert changes(old, same) == ["units total", "units splits"]
        listed = {**old, "units": {**old["units"], "97530": 0}}  # type: ignore[dict-item]
        assert changes(old, listed) == ["units listed without a unit"]

    @pytest.mark.parametrize(
        ("old", "new", "change"),
        [
            ([line("97110", 1, "GP")], [line("97110", 1, "GP", "KX")], ["lines +KX"]),
            ([line("97110", 1, "GP", "CQ")], [line("97110", 1, "GO")], ["lines +GO -CQ -GP"]),
            ([line("97110", 1, "A", "B")], [line("97110", 1, "B", "A")], ["lines modifier order"]),
            ([line("97110", 2)], [line("97110", 1)], ["lines fewer units"]),
            ([line("97110")], [line("97110"), line("97112")], ["lines +"]),
            ([line("97110"), line("97110")], [line("97110")], ["lines -"]),
            ([line("97110"), line("97112")], [line("97112"), line("97110")], ["lines order"]),
            (
                [
                    line(
                        "97110", allowed="9.00", medicare_pays="5.00", patient_responsibility="2.00"
                    )
                ],
                [line("97110", allowed="10.00", medicare_pays=None, patient_responsibility="1.00")],
                [
                    "money allowed higher",
                    "money medicare_pays amount -> none",
                    "money patient_responsibility lower",
                ],
            ),
        ],
    )
    def test_lines_are_paired_by_code(
        self, old: list[dict[str, Any]], new: list[dict[str, Any]], change: list[str]
    ) -> None:
        assert changes({"lines": old}, {"lines": new}) == change

    @pytest.mark.parametrize(
        ("old", "new", "change"),
        [
            ([], [finding("a", "deny")], ["findings a +deny"]),
            ([finding("a", "deny", "1")], [finding("a", "deny", "2")], ["-deny", "+deny"]),
            ([finding("a", "deny")], [finding("a", "review")], ["findings a deny -> review"]),
            ([finding("a", "deny", "1", "2")], [finding("a", "deny", "2", "1")], []),
            (
                [finding("a", "deny", at_stake="1.00")],
                [finding("a", "deny")],
                ["findings a at stake amount -> none"],
            ),
        ],
    )
    def test_findings_are_compared_by_rule_severity_and_codes(
        self, old: list[dict[str, Any]], new: list[dict[str, Any]], change: list[str]
    ) -> None:
        found = changes({"findings": old}, {"findings": new})
        assert [text[-len(part) :] for text, part in zip(found, change, strict=True)] == change

    def test_line_numbers_of_a_finding_count_only_if_the_lines_are_equal(self) -> None:
        old, new = ({"findings": [finding("a", "deny", lines=[index])]} for index in (0, 1))
        assert changes(old, new) == ["findings a lines"]
        lines = [{"build_claim": {"lines": [line("97110", units)]}} for units in (1, 2)]
        differences = compare_answers(
            {**lines[0], "check_day": old}, {**lines[1], "check_day": new}
        )
        assert [each.kind for each in differences] == ["lines"]

    def test_a_call_that_one_version_could_not_make_is_left_out(self) -> None:
        refused = {"Session": {"error": "InvalidInputError", "message": ""}}
        answered: dict[str, Any] = {"Session": {}, "bill_day": {"lines": []}}
        assert [each.call for each in compare_answers(refused, answered)] == ["Session"]


DAY: dict[str, Any] = {
    "number": 1,
    "date": "2026-03-02",
    "payer": "medicare",
    "sessions": [{"services": [{"code": "92607"}, {"code": "97110"}]}],
    "claim": [],
    "fees": {"setting": "facility"},
    "setting": None,
}
PAIR = Difference("findings", "-review", "ncci-ptp", "check_day", ("97140", "97530"), {}, None)


class TestExpected:
    @pytest.mark.parametrize(
        ("narrowed", "matches"),
        [
            ({"rule": ("ncci-ptp",)}, True),
            ({"rule": ("ncci-mue",)}, False),
            ({"change": ("-*",)}, True),
            ({"change": ("+*",)}, False),
            ({"codes": ("97530 97140",)}, True),
            ({"codes": ("97530 97116",)}, False),
            ({"codes": ("97116", "9714?")}, True),
            ({"day_codes": ("92607",)}, True),
            ({"day_codes": ("97140",)}, False),
            ({"payer": ("medicare",)}, True),
            ({"payer": ("humana",)}, False),
            ({"setting": ("facility",)}, True),
            ({"setting": ("critical-access-hospital",)}, False),
            ({"call": ("check_claim",)}, False),
            ({"first_day": "2026-03-02", "last_day": "2026-03-02"}, True),
            ({"first_day": "2026-03-03"}, False),
            ({"last_day": "2026-03-01"}, False),
        ],
    )
    def test_every_given_field_must_match(self, narrowed: dict[str, Any], *, matches: bool) -> None:
        assert Expected("findings", **narrowed).matches(PAIR, DAY) is matches
        assert not Expected("steps", **narrowed).matches(PAIR, DAY)

    def test_a_message_is_that_of_the_new_error_or_of_the_old_one(self) -> None:
        expected = Expected("error", message=("72 hours",))
        for texts in ((None, "got 72 hours"), ("got 72 hours", None)):
            difference = Difference("error", "", "", "Session", (), *texts)
            assert expected.matches(difference, DAY)
        both = Difference("error", "", "", "Session", (), "got 72 hours", "one-on-one minutes")
        assert not expected.matches(both, DAY)

    def test_follows_needs_the_other_difference(self) -> None:
        follows = Expected("findings", follows="units")
        explanation = Explanation("", (follows, Expected("units", codes=("92607",))))
        assert explanation.of([PAIR], DAY) == {}
        units = Difference("units", "more", "", "allocate_units", ("92607",), 0, 1)
        assert list(explanation.of([PAIR, units], DAY)) == [1, 0]
        other = units._replace(codes=("97110",))
        assert explanation.of([PAIR, other], DAY) == {}
        by_hand = PAIR._replace(call="check_claim")
        assert list(explanation.of([by_hand, units], DAY)) == [1]

    @pytest.mark.parametrize(
        "entry",
        [
            '{ kind = "findings" }',
            '{ kind = "findings", change = "*" }',
            '{ kind = "findings", codes = [] }',
            '{ kind = "findings", codes = ["?????"] }',
            '{ kind = "findings", call = "check_day" }',
            '{ kind = "error", message = ".*" }',
            '{ kind = "texts", rule = "ncci-ptp" }',
            '{ kind = "findings", rules = "ncci-ptp" }',
            '{ kind = "findings", follows = "everything" }',
            '{ rule = "ncci-ptp" }',
        ],
    )
    def test_an_entry_that_is_not_specific_is_refused(self, tmp_path: Path, entry: str) -> None:
        path = tmp_path / "explained.toml"
        path.write_text(f'[[explanation]]\nbecause = "x"\nexpected = [{entry}]\n', encoding="utf-8")
        with pytest.raises(ValueError, match=r"explained\.toml: "):
            read_explanations(path)

    def test_an_explanation_needs_a_sentence(self, tmp_path: Path) -> None:
        path = tmp_path / "explained.toml"
        path.write_text("[[explanation]]\nexpected = []\n", encoding="utf-8")
        with pytest.raises(ValueError, match="each with because and expected"):
            read_explanations(path)

    def test_the_committed_explanations_can_be_read(self) -> None:
        for path in (ROOT / "scripts" / "answers").glob("*.toml"):
            assert read_explanations(path)
