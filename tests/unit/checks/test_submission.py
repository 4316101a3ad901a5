"""Check a submission as a whole: clean examples, answers, payers, turned-off rules, files, and wrong arguments."""

from __future__ import annotations

import copy
import pickle
from datetime import date, timedelta
from typing import Any

import attrs
import pytest

from tests.submissions import EXAMPLES
from tests.unit.checks.submissions_to_check import FILED_ON, changed, faults, found_by
from therapy_billing import MEDICARE, Policy
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.checks import SUBMISSION_CHECKS, SubmissionError, check_submission
from therapy_billing.claims import ProfessionalClaim, SegmentRemark, ServiceLine, Submission
from therapy_billing.findings import Answer, Findings
from therapy_billing.law import Verification, load_rules
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers import Payer

CLAIM = "claims[0]"
DAY = date(2026, 3, 2)


def example(name: str = "medicare_primary") -> Submission:
    return EXAMPLES[name]()


def payer(name: str = "acme", **rules: Any) -> Payer:  # noqa: ANN401 - fields of a policy
    policy = Policy("cms-eight-minute").with_changes(**rules)
    return Payer(name, Timeline(f"policy of {name}", ((None, policy),), date.max))


def for_payer(submission: Submission, name: str = "acme") -> Submission:
    return changed(submission, "claims[0].parties.coverage.payer", name)  # type: ignore[no-any-return]


def refusal(submission: Any, **given: Any) -> InvalidInputError:  # noqa: ANN401 - wrong arguments
    """Return the error for wrong arguments."""
    with pytest.raises(InvalidInputError) as caught:
        check_submission(submission, **given)
    return caught.value


def answer_of(found: Findings, rule: str) -> list[tuple[Answer, tuple[str, ...], str]]:
    return [
        (each.answer, each.about, each.remark) for each in found.answers if each.rule.id == rule
    ]


class TestClean:
    @pytest.mark.parametrize("name", EXAMPLES)
    def test_an_example_of_every_kind_has_no_finding(self, name: str) -> None:
        assert faults(EXAMPLES[name]()) == []

    @pytest.mark.parametrize("name", EXAMPLES)
    def test_every_rule_is_answered(self, name: str) -> None:
        found = check_submission(EXAMPLES[name]())
        assert list(dict.fromkeys(each.rule.id for each in found.answers)) == list(
            SUBMISSION_CHECKS
        )

    def test_an_empty_submission_lacks_its_file_and_its_claim(self) -> None:
        found = check_submission(Submission(claims=[ProfessionalClaim()]))
        assert found.has_denials
        assert {finding.path.partition(".")[0] for finding in found} == {
            CLAIM,
            "receiver",
            "reference",
            "submitter",
        }


class TestOrder:
    def test_findings_are_by_claim_and_the_worst_come_first(self) -> None:
        submission = example("many_claims")
        for path, value in (
            ("claims[10].header.account", None),
            ("claims[2].lines[0].line_number", None),
            ("claims[2].header.assignment", None),
            ("reference", None),
        ):
            submission = changed(submission, path, value)
        assert faults(submission) == [
            "deny claim-submission reference",
            "deny claim-header-codes claims[2].header.assignment",
            "review claim-line-number claims[2].lines[0].line_number",
            "deny claim-account claims[10].header.account",
        ]

    def test_a_finding_shows_its_path_in_every_display(self) -> None:
        submission = changed(example(), "claims[0].lines[1].charge", None)
        found = check_submission(submission, filed_on=FILED_ON)
        assert "\n        At: claims[0].lines[1].charge\n" in found.to_table()
        assert "<td>claims[0].lines[1].charge</td>" in found._repr_html_()
        assert found.to_dict()["findings"][0]["path"] == "claims[0].lines[1].charge"


class TestPayers:
    def test_medicare_part_b_is_checked_without_the_name_of_the_payer(self) -> None:
        missing = changed(example(), "claims[0].parties.referring_provider", None)
        assert faults(missing) == [
            "deny claim-referring-provider claims[0].parties.referring_provider"
        ]

    def test_rules_that_need_a_payer_are_open_if_it_is_not_known(self) -> None:
        submission = for_payer(example("commercial_dependent"), "no-such-payer")
        for each in (example("commercial_dependent"), submission):
            open_rules = {
                answer.rule.id: (answer.answer, answer.about, answer.remark)
                for answer in check_submission(each, filed_on=FILED_ON).unanswered
            }
            unknown = (Answer.NOT_IN_DATA, (CLAIM,), "the payer is not known")
            assert open_rules == dict.fromkeys(("claim-line-count", "claim-total"), unknown)

    def test_rules_about_what_is_missing_are_open_if_the_payer_is_not_known(self) -> None:
        submission = example("commercial_dependent")
        for path, value in (
            ("claims[0].parties.referring_provider", None),
            ("claims[0].parties.billing_provider.taxonomy", None),
            ("claims[0].lines[0].modifiers", ()),
            ("claims[0].header.frequency", "7"),
            ("claims[0].header.payer_claim_number", "1"),
        ):
            submission = changed(submission, path, value)
        found = check_submission(submission, filed_on=FILED_ON)
        assert len(found) == 0
        assert {each.rule.id for each in found.unanswered} == {
            "claim-line-count",
            "claim-payer-frequency",
            "claim-plan-modifier",
            "claim-referring-provider",
            "claim-taxonomy",
            "claim-total",
        }

    def test_what_a_known_payer_wants_can_be_unknown(self) -> None:
        submission = for_payer(example("medicare_secondary"))
        for path, value in (
            ("claims[0].parties.referring_provider", None),
            ("claims[0].parties.billing_provider.taxonomy", None),
            ("claims[0].lines[0].modifiers", ()),
            ("claims[0].header.frequency", "7"),
            ("claims[0].header.payer_claim_number", "1"),
        ):
            submission = changed(submission, path, value)
        found = check_submission(submission, payers={"acme": payer()}, filed_on=FILED_ON)
        assert len(found) == 0
        assert {
            each.rule.id: each.remark.removesuffix(" is not in the data")
            for each in found.unanswered
        } == {
            "claim-line-count": "how many lines the payer accepts",
            "claim-payer-frequency": "which frequencies the payer accepts",
            "claim-plan-modifier": "whether the payer wants GP, GO, or GN",
            "claim-primary-payers": "how many earlier payers the payer accepts electronically",
            "claim-referring-provider": "whether the payer wants a referring provider",
            "claim-taxonomy": "whether the payer wants taxonomy codes",
            "claim-total": "the highest amount that the payer accepts",
        }

    def test_a_payer_that_wants_nothing_has_no_finding(self) -> None:
        easy = payer(
            lines_per_claim=3,
            charge_maximum="260.50",
            needs_referring_provider=False,
            needs_taxonomy=False,
            needs_whole_units=False,
            claim_frequencies=["1", "7"],
            earlier_payers_maximum=2,
        )
        submission = for_payer(example())
        for path, value in (
            ("claims[0].parties.referring_provider", None),
            ("claims[0].parties.billing_provider.taxonomy", None),
            ("claims[0].lines[0].units", "1.5"),
            ("claims[0].header.frequency", "7"),
            ("claims[0].header.payer_claim_number", "1"),
        ):
            submission = changed(submission, path, value)
        found = check_submission(submission, payers={"acme": easy}, filed_on=FILED_ON)
        assert (len(found), found.unanswered) == (0, ())

    @pytest.mark.parametrize(
        ("rules", "path", "value", "expected"),
        [
            ({"lines_per_claim": 2}, "", None, "deny claim-line-count claims[0].lines"),
            ({"charge_maximum": "260.49"}, "", None, "deny claim-total claims[0].lines"),
            (
                {"needs_taxonomy": True},
                "claims[0].parties.billing_provider.taxonomy",
                None,
                "deny claim-taxonomy claims[0].parties.billing_provider.taxonomy",
            ),
            (
                {"needs_whole_units": True},
                "claims[0].lines[0].units",
                "1.5",
                "deny claim-units claims[0].lines[0].units",
            ),
        ],
    )
    def test_the_limits_of_a_payer_are_those_of_its_policy(
        self, rules: dict[str, Any], path: str, value: object, expected: str
    ) -> None:
        submission = for_payer(example())
        if path:
            submission = changed(submission, path, value)
        assert faults(submission, payers={"acme": payer(**rules)}) == [expected]

    def test_medicare_accepts_one_earlier_payer_electronically(self) -> None:
        submission = example("medicare_secondary")
        first = submission.claims[0].parties.prior_payments[0]
        second = changed(first, "coverage.order", "T")
        second = changed(second, "coverage.payer_id", "PLAN02")
        second = attrs.evolve(second, paid=200, paid_on=date(2026, 3, 20))
        submission = changed(submission, "claims[0].parties.prior_payments", [first, second])
        assert faults(submission) == [
            "deny claim-primary-payers claims[0].parties.prior_payments",
            "review claim-payer-order claims[0].parties.prior_payments[1].coverage.order",
        ]

    def test_the_payers_of_the_library_are_used_next_to_those_of_the_caller(self) -> None:
        submission = for_payer(example(), "medicare")
        missing = changed(submission, "claims[0].parties.referring_provider", None)
        assert faults(missing, payers={"acme": payer()}) == faults(missing, payers=None)

    def test_a_date_without_a_policy_is_out_of_range(self) -> None:
        dated = Payer(
            "acme",
            Timeline("policy of acme", ((date(2026, 3, 3), Policy("cms-eight-minute")),), date.max),
        )
        found = check_submission(for_payer(example()), payers={"acme": dated}, filed_on=FILED_ON)
        assert [each[0] for each in answer_of(found, "claim-total")] == [Answer.OUT_OF_RANGE]

    def test_a_claim_without_a_date_has_no_policy(self) -> None:
        line = ServiceLine("97110", 1, 10, ["GP"], pointers=[1], line_number="1")
        found = check_submission(changed(example(), "claims[0].lines", [line]))
        remark = (Answer.NOT_IN_DATA, (CLAIM,), "the claim has no date of service")
        assert answer_of(found, "claim-total") == [remark]


class TestSeverity:
    def test_a_rule_without_a_source_that_was_read_never_denies(self) -> None:
        recalled = {
            rule
            for rule in SUBMISSION_CHECKS
            if {each.verified for each in load_rules()[rule].sources} == {Verification.UNVERIFIED}
        }
        assert recalled == {"claim-payer-frequency", "claim-property-casualty"}
        submission = changed(example(), "claims[0].header.frequency", "7")
        found = check_submission(submission, filed_on=FILED_ON)
        assert [each.severity.value for each in found.of_rule("claim-payer-frequency")] == [
            "review"
        ]

    def test_findings_cite_the_sources_of_their_rule(self) -> None:
        found = check_submission(Submission())
        assert all(each.citation == each.rule.sources != () for each in found)


class TestTurnedOff:
    def test_a_rule_that_is_turned_off_is_answered_so(self) -> None:
        submission = changed(example(), "claims[0].header.account", None)
        found = check_submission(submission, without=["claim-account"], filed_on=FILED_ON)
        assert len(found) == 0
        remark = (Answer.NOT_APPLICABLE, (), "turned off by the caller")
        assert answer_of(found, "claim-account") == [remark]
        assert answer_of(found, "claim-npi") == [(Answer.CLEAN, (), "")]

    @pytest.mark.parametrize("without", ["claim-npi", 7, None])
    def test_the_rules_to_turn_off_are_a_list(self, without: Any) -> None:  # noqa: ANN401 - a wrong argument
        error = refusal(example(), without=without)
        assert error.field == "without"

    @pytest.mark.parametrize("rule", ["ncci-ptp", "Jane Doe", 7])
    def test_an_unknown_rule_is_refused_without_repeating_it(self, rule: Any) -> None:  # noqa: ANN401 - as above
        error = refusal(example(), without=[rule])
        assert str(error) == "unknown rule id in without: use ids from SUBMISSION_CHECKS"


class TestDateOfTheFile:
    def test_dates_in_the_future_are_open_without_a_date_of_the_file(self) -> None:
        found = check_submission(example())
        remark = (Answer.NOT_IN_DATA, ("claims",), "the date of the file was not given")
        assert answer_of(found, "claim-date-in-future") == [remark]

    def test_the_date_of_the_file_can_be_text_or_a_date(self) -> None:
        assert faults(example(), filed_on=DAY) == faults(example(), filed_on="2026-03-02") == []
        assert len(faults(example(), filed_on=DAY - timedelta(days=1))) == 3


class TestSeveralClaims:
    def test_claims_with_the_same_account_and_date_are_for_review(self) -> None:
        one = example().claims[0]
        twice = attrs.evolve(example(), claims=(one, one))
        assert faults(twice) == ["review claim-repeated-account claims[1].header.account"]

    def test_the_same_account_on_other_dates_is_fine(self) -> None:
        one = example().claims[0]
        later = [attrs.evolve(line, date_of_service=DAY + timedelta(days=1)) for line in one.lines]
        other = attrs.evolve(one, lines=later)
        assert faults(attrs.evolve(example(), claims=(one, other))) == []

    def test_claims_without_an_account_are_not_compared(self) -> None:
        one = changed(example(), "claims[0].header.account", None).claims[0]
        found = found_by("claim-repeated-account", attrs.evolve(example(), claims=(one, one)))
        assert found == []

    def test_a_claim_has_room_for_fifty_lines(self) -> None:
        one = example("commercial_dependent").claims[0].lines[0]
        lines = [
            attrs.evolve(one, line_number=str(n), date_of_service=DAY - timedelta(days=n))
            for n in range(51)
        ]
        full = changed(example("commercial_dependent"), "claims[0].lines", lines[:50])
        assert faults(full) == []
        over = changed(full, "claims[0].lines", lines)
        assert faults(over) == ["deny claim-line-count claims[0].lines"]

    def test_equal_lines_without_a_code_are_not_duplicates(self) -> None:
        line = ServiceLine(charge=1)
        submission = changed(example(), "claims[0].lines", [line, line])
        assert found_by("claim-duplicate", submission) == []

    def test_an_organization_bills_if_each_line_names_its_therapist(self) -> None:
        submission = example()
        therapist = submission.claims[0].parties.rendering_provider
        submission = changed(submission, "claims[0].parties.rendering_provider", None)
        for index in (0, 1):
            path = f"claims[0].lines[{index}].rendering_provider"
            submission = changed(submission, path, therapist)
        assert faults(submission) == [
            "deny claim-rendering-provider claims[0].parties.rendering_provider"
        ]
        path = "claims[0].lines[2].rendering_provider"
        assert faults(changed(submission, path, therapist)) == []

    def test_a_referring_provider_of_a_line_needs_one_of_the_claim(self) -> None:
        submission = example("commercial_dependent")
        physician = submission.claims[0].parties.referring_provider
        submission = changed(submission, "claims[0].lines[0].referring_provider", physician)
        assert faults(submission) == []
        submission = changed(submission, "claims[0].parties.referring_provider", None)
        assert faults(submission) == [
            "deny claim-referring-provider claims[0].parties.referring_provider"
        ]


class TestFiles:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("total", "deny claim-total-adds-up"),
            ("icd-9-qualifier", "deny claim-icd-9-qualifier"),
            ("fifth-modifier", "deny claim-modifier-count"),
            ("bad-date", "deny claim-file"),
            ("bad-number", "deny claim-file"),
            ("envelope", "deny claim-file"),
            ("hierarchy", "deny claim-file"),
            ("numbering", "deny claim-file"),
            ("order", "deny claim-file"),
            ("principal-diagnosis", "deny claim-file"),
            ("repeated", "review claim-file"),
            ("unknown-qualifier", "review claim-file"),
            ("not-read", "review claim-file"),
        ],
    )
    def test_a_remark_of_the_reader_is_found_by_its_rule(self, kind: str, expected: str) -> None:
        remark = SegmentRemark(kind, 31, "CLM", "something is odd")
        assert faults(example(), remarks=[remark]) == [f"{expected} segment 31 (CLM)"]

    @pytest.mark.parametrize("rule", ["claim-file", "claim-total-adds-up", "claim-icd-9-qualifier"])
    def test_rules_about_a_file_do_not_apply_without_one(self, rule: str) -> None:
        remark = (Answer.NOT_APPLICABLE, ("claims",), "no file was read")
        assert answer_of(check_submission(example()), rule) == [remark]
        clean = check_submission(example(), remarks=())
        assert answer_of(clean, rule) == [(Answer.CLEAN, (), "")]


class TestArguments:
    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"payers": [MEDICARE]}, "payers"),
            ({"payers": {"acme": "acme"}}, "payers"),
            ({"filed_on": "soon"}, "filed_on"),
            ({"remarks": ["odd"]}, "remarks[0]"),
        ],
    )
    def test_wrong_arguments_are_refused(self, given: dict[str, Any], field: str) -> None:
        assert refusal(example(), **given).field == field

    def test_only_a_submission_is_checked(self) -> None:
        wrong: Any = example().claims[0]
        assert refusal(wrong).field == "submission"


class TestSubmissionError:
    def test_it_needs_a_denial(self) -> None:
        clean = check_submission(EXAMPLES["medicare_primary"](), filed_on=FILED_ON)
        with pytest.raises(InvalidInputError, match="findings must have at least one denial"):
            SubmissionError(clean)

    def test_the_error_names_the_first_denial(self) -> None:
        found = check_submission(changed(example(), "claims[0].lines[1].charge", None))
        error = SubmissionError(found)
        assert isinstance(error, InvalidInputError)
        assert str(error) == (
            "the submission has 1 denial at claims[0].lines[1].charge: the charge of 97140 is missing"
        )
        assert (error.field, error.findings) == ("claims[0].lines[1].charge", found)

    def test_the_error_counts_the_denials_and_not_the_reviews(self) -> None:
        submission = changed(example(), "claims[0].lines[1].line_number", None)
        submission = changed(submission, "claims[0].header.account", None)
        submission = changed(submission, "claims[0].header.release", None)
        assert str(SubmissionError(check_submission(submission))) == (
            "the submission has 2 denials: the first is at claims[0].header.account: "
            "the account number is missing"
        )

    def test_the_error_can_be_copied_and_sent_to_another_process(self) -> None:
        error = SubmissionError(check_submission(Submission()))
        for again in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own bytes
            assert (str(again), again.field) == (str(error), error.field)
            assert again.findings.found == error.findings.found
