"""Test letters: what they say about a result, what they cite, and what they label."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import attrs
import pytest

from tests.refusals import refused
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Accumulators,
    Allocation,
    Claim,
    ClaimLine,
    Contract,
    Explanation,
    FeeSchedule,
    PricedDay,
    Session,
    Source,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    build_claim,
    explain,
    from_json,
    price_day,
    to_json,
)
from therapy_billing.explanations import (
    Letter,
    LetterAudience,
    LetterCitation,
    LetterStatement,
    Step,
    explain_amount,
)
from therapy_billing.explanations.letter_citations import Citations
from therapy_billing.law import Verification, load_rules
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.visits.services import Service

DAY = "2026-08-03"
FEES = FeeSchedule.medicare(DAY, locality="OH")
YEAR = Accumulators(2026, "283.00", "100.00")
OWN = {Verification.DERIVED, Verification.UNVERIFIED}
AUDIENCES = tuple(LetterAudience)

Result = Allocation | Claim | PricedDay


def pt(*services: Service) -> Session:
    """Return a PT session."""
    return Session(DAY, "PT", services)


def billed(
    *services: Service, year: Accumulators | None = YEAR, payer: PayerLike = MEDICARE
) -> PricedDay:
    """Return a day billed to Medicare in Ohio, or to *payer*."""
    return bill_day(pt(*services), payer, FEES, year)


def of_one_role(step: Step) -> bool:
    """Return whether a step rests on what the payer says about one role."""
    return step.rule.id == "furnisher-scope" and bool(step.figures)


def liable(charge: str | None) -> PricedDay:
    """Return a day with a line for each liability modifier."""
    codes = {"97110": ("GY",), "97112": ("GZ",), "97530": ("GA",), "97140": ()}
    services = [TimedService(code, 15, modifiers=modifiers) for code, modifiers in codes.items()]
    charges = None if charge is None else dict.fromkeys(codes, charge)
    return bill_day(pt(*services), MEDICARE, FEES, Accumulators(2026, "270.00"), charges=charges)


def at_cost() -> PricedDay:
    """Return a day in a critical access hospital."""
    lines = [ClaimLine("97110", 2, ("GP",)), ClaimLine("97140", 1, ("GP",))]
    return price_day(Claim(DAY, lines, setting="critical-access-hospital"), MEDICARE, FEES, YEAR)


@cache
def results() -> Mapping[str, Result]:
    """Return results of many kinds by name."""
    assisted: list[Service] = [
        TimedService("97530", 23),
        TimedService("97110", 20, clinician="assistant"),
        TimedService("97112", 8, clinician="both"),
        UntimedService("97161"),
    ]
    rates = FeeSchedule.from_rates({"97110": "30.00", "97112": "35.00"})
    visit = FeeSchedule.from_contract(Contract("own", per_visit="85.00"))
    most = FeeSchedule.from_contract(
        Contract(
            "own", rates={"97110": "30", "97112": "30", "97530": "30"}, per_day_maximum="85.00"
        )
    )
    long = [TimedService("97110", 30), TimedService("97112", 30), TimedService("97530", 30)]
    tricare = PAYERS["tricare"].with_changes(method="cms-eight-minute")
    return {
        "allocation": allocate_units({"97530": 20, "97110": 20}, MEDICARE),
        "two disciplines": allocate_units(
            [pt(TimedService("97530", 15)), Session(DAY, "OT", [TimedService("97530", 15)])],
            MEDICARE,
        ),
        "evaluation": allocate_units(pt(UntimedService("97161")), MEDICARE),
        "family": allocate_units({"97110": 20, "97129": 40}, CPT_MIDPOINT),
        "first period": allocate_units({"97550": 20}, MEDICARE),
        "full quarters": allocate_units(
            {"97110": 20}, CPT_MIDPOINT.with_changes(method="full-quarter")
        ),
        "claim": build_claim(pt(*assisted), MEDICARE),
        "claim by hand": Claim(
            DAY, [ClaimLine("97110", 2, ("GP",)), ClaimLine("97161", 1, ("GP",))]
        ),
        "no code of ours": Claim(DAY, [ClaimLine("99999", 1)]),
        "assistant": billed(*assisted),
        "assistant of an evaluation": billed(UntimedService("97164", clinician="assistant")),
        "evaluation without minutes": billed(UntimedService("97150", clinician="assistant")),
        "two furnished": billed(
            TimedService("97110", 20),
            TimedService("97110", 20, clinician="assistant"),
            TimedService("97530", 15, clinician="together"),
        ),
        "a code without MPPR": billed(TimedService("97550", 30)),
        "maximum": bill_day(pt(*long), tricare, most),
        "no year": billed(TimedService("97110", 30), year=None),
        "student": billed(TimedService("97110", 30, clinician="student"), TimedService("97112", 8)),
        "above the threshold": billed(
            TimedService("97110", 30), year=Accumulators(2026, "283.00", "2990.00")
        ),
        "with KX": bill_day(
            pt(TimedService("97110", 30)),
            MEDICARE,
            FEES,
            Accumulators(2026, "283.00", "2990.00"),
            attestations=["KX"],
        ),
        "deductible": billed(
            TimedService("97110", 15),
            TimedService("97112", 15, clinician="assistant"),
            year=Accumulators(2026, "260.00"),
        ),
        "liability": liable("60.00"),
        "liability without charges": liable(None),
        "expected denial": billed(
            TimedService("97110", 30, modifiers=["GA"]), TimedService("97140", 15)
        ),
        "at cost": at_cost(),
        "capped": billed(*long, payer=MEDICARE.with_changes(cap_per_day=4)),
        "rates": bill_day(pt(*long), tricare, rates),
        "per visit": bill_day(pt(*long), tricare, visit),
        "Humana": bill_day(pt(*assisted), PAYERS["humana"], rates),
        "no fees": bill_day(pt(*assisted), PAYERS["humana"], None),
        "nothing": billed(TimedService("97110", 5)),
        "midpoint": bill_day(pt(*assisted), CPT_MIDPOINT, FEES),
    }


def letters() -> list[tuple[Explanation, Letter]]:
    """Return the letters of all results to all audiences."""
    explanations = map(explain, results().values())
    return [(each, each.letter(audience)) for each in explanations for audience in AUDIENCES]


def statements(letter: Letter) -> list[LetterStatement]:
    """Return the statements of a letter."""
    return [statement for section in letter.sections for statement in section.statements]


def conclusion(name: str, audience: str = "payer") -> str:
    """Return the conclusion of the letter about a result."""
    return explain(results()[name]).letter(audience).conclusion


def body(letter: Letter) -> str:
    """Return the text of the letter above its appendix."""
    return str(letter).partition("\nAppendix\n")[0]


def words(letter: Letter) -> str:
    """Return the words of the letter above its appendix, without the ends of its lines."""
    return " ".join(body(letter).split())


class TestLabels:
    @pytest.mark.parametrize("rule", load_rules())
    def test_a_rule_without_a_checked_source_is_labeled(self, rule: str) -> None:
        step = Step(load_rules()[rule], "an outcome.")
        label = Citations([step]).statement("An outcome.", rule).label
        own = {source.verified in OWN for source in step.sources}
        assert bool(label) == (True in own)
        assert label.startswith("in part") <= (own == {True, False})

    def test_no_statement_rests_on_our_reading_alone_without_a_label(self) -> None:
        for explanation, letter in letters():
            sources: dict[str, set[Verification]] = {}
            for step in explanation.steps:
                found = sources.setdefault(step.rule.id, set())
                found |= {source.verified for source in step.sources}
            for statement in statements(letter):
                assert set(statement.rules) <= sources.keys()
                alone = [rule for rule in statement.rules if sources[rule] <= OWN]
                assert not alone or statement.label, statement
                assert statement.rules or "not known" in statement.text, statement

    @pytest.mark.parametrize(
        ("rule", "label"),
        [
            ("tie-policy", "our choice; no document decides it"),
            ("whole-minutes", "our reading; no document settles it"),
            ("full-quarter", "common practice; no document confirms it"),
            ("cap-per-day", "as entered for this payer; not checked here"),
            ("assistant-units-2022", "in part our reading"),
            ("pooled-day", "in part unconfirmed"),
            ("cms-whole-quarters", ""),
        ],
    )
    def test_a_label_says_what_a_biller_can_sign(self, rule: str, label: str) -> None:
        cite = Citations([Step(load_rules()[rule], "an outcome.")])
        assert cite.statement("An outcome.", rule).label == label

    def test_a_label_of_the_whole_replaces_one_of_a_part(self) -> None:
        rules = ("pooled-day", "tie-policy", "coinsurance")
        cite = Citations([Step(load_rules()[rule], "an outcome.") for rule in rules])
        assert cite.statement("All.", *rules).label == "our choice; no document decides it"
        assert cite.statement("Parts.", "pooled-day", "coinsurance").label == "in part unconfirmed"


class TestCitations:
    def test_the_body_cites_checked_sources_with_an_address_and_a_date_only(self) -> None:
        for _, letter in letters():
            for citation in letter.citations:
                assert len({source.url for source in citation.sources}) == 1
                for source in citation.sources:
                    assert source.verified not in {*OWN, Verification.SECONDARY}
                    assert source.url
                    assert source.dated
                    assert source.dated in words(letter)
                assert citation.url in words(letter)

    def test_every_source_of_the_steps_is_once_in_a_letter_to_a_payer(self) -> None:
        for explanation, letter in letters():
            placed = [
                source
                for citation in (*letter.citations, *letter.appendix)
                for source in citation.sources
            ]
            assert len(set(placed)) == len(placed)
            if letter.audience is not LetterAudience.PATIENT:
                assert set(placed) == {
                    source
                    for step in explanation.steps
                    for source in (step.figures if of_one_role(step) else step.sources)
                }

    def test_the_numbers_of_a_statement_are_those_of_its_sources(self) -> None:
        for _, letter in letters():
            for statement in statements(letter):
                assert set(statement.citations) <= set(range(1, len(letter.citations) + 1))
                assert set(statement.appendix) <= set(range(1, len(letter.appendix) + 1))

    def test_a_title_is_followed_by_its_section_and_date(self) -> None:
        official = Source("A page (2026)", "part 1", "https://a", Verification.OFFICIAL, "2026")
        file = Source("A file: 368 amounts", "all", "https://a", Verification.DATA_FILE, "CY 2020")
        assert LetterCitation((official,)).titles == "A page (2026), part 1"
        assert LetterCitation((official, file)).titles == "A page (2026), part 1; A file (CY 2020)"
        assert LetterCitation((file, attrs.evolve(file, title="Same"))).titles == "A file (CY 2020)"


class TestOnePage:
    def test_the_text_of_a_tie_is_complete(self) -> None:
        letter = explain(results()["allocation"]).letter("payer")
        assert body(letter) == (
            "Explanation of a claim\n"
            "Date of service: not given. Payer: medicare.\n"
            "code   modifiers  minutes  units\n"
            "97530             20       2\n"
            "97110             20       1\n"
            "total                      3\n"
            "\n"
            "Minutes and units\n"
            "- 40 timed minutes (97530 20, 97110 20). [A1, A2; in part unconfirmed]\n"
            "- 40 minutes make 3 units; 3 units cover 38 to 52 minutes. [1, A3]\n"
            "- Full quarters make 2 units: 97530 x1 (5 left), 97110 x1 (5 left). 1 unit is left; it goes to the\n"
            "  code with the most leftover minutes. [A3, A4]\n"
            "- 97530 and 97110 are tied for 1 unit, with 5 leftover minutes each, so the clinician may choose.\n"
            "  [A4]\n"
            "- Ties go to the code documented first: 97530. [A5; our choice; no document decides it]\n"
            "- Also legal: 97530 x1, 97110 x2. [A4]\n"
            "\n"
            "Conclusion: The minutes and services in the record make 3 units.\n"
            "\n"
            "Sources\n"
            "[1] First Coast Service Options, timed codes (4/9/2024), table of minutes and units (2024-04-09).\n"
            "    https://medicare.fcso.com/Rehabilitation_services/0508065.asp\n"
        )

    def test_a_letter_is_read_back_from_json_and_made_again_from_a_stored_explanation(self) -> None:
        for name in ("allocation", "claim", "deductible"):
            explanation = explain(results()[name])
            stored = from_json(to_json(explanation), Explanation)
            for audience in AUDIENCES:
                letter = explanation.letter(audience)
                assert stored.letter(audience) == letter
                assert from_json(to_json(letter), Letter) == letter

    @pytest.mark.parametrize(("codes", "others"), [(4, ""), (5, "; or 1 more split")])
    def test_other_legal_splits_are_counted_beyond_three(self, codes: int, others: str) -> None:
        named = ("97110", "97112", "97530", "97140", "97116")[:codes]
        tied = allocate_units(dict.fromkeys(named, 11), MEDICARE)
        text = words(explain(tied).letter("auditor"))
        shown = text.partition("Also legal: ")[2].partition(".")[0]
        assert len(tied.splits) == codes
        assert shown.count("; or ") == 2 + bool(others)
        assert shown.endswith(others)

    def test_no_letter_names_code_of_the_library(self) -> None:
        for explanation, letter in letters():
            text = str(letter) + letter.to_html() + letter.to_markdown()
            for word in (
                "FirstPeriod",
                "FeeSchedule",
                "with_changes",
                "assistant_percent",
                "--fees",
            ):
                assert word not in text
            if letter.audience is LetterAudience.PATIENT:
                rules = {step.rule.id for step in explanation.steps} - {letter.payer}
                assert not [rule for rule in rules if "-" in rule and rule in str(letter)]

    def test_a_reason_that_only_names_an_option_is_left_out(self) -> None:
        day = billed(TimedService("97110", 15), payer=PAYERS["humana"])
        lines = [attrs.evolve(line, unpriced="set assistant_percent") for line in day.lines]
        letter = explain(attrs.evolve(day, lines=tuple(lines))).letter("payer")
        assert "- The amount of 97110 GP is not known. Conclusion" in words(letter)

    def test_no_letter_shows_a_key(self) -> None:
        day = billed(TimedService("97110", 15, key="Rosa Invented"))
        for audience in AUDIENCES:
            letter = explain(day).letter(audience)
            text = str(letter) + repr(letter) + letter.to_html() + letter.to_markdown()
            assert "Rosa" not in text


class TestTable:
    def test_an_amount_that_is_not_known_is_never_zero(self) -> None:
        rows = explain(results()["no fees"]).letter("payer").table()
        assert rows[0] == ("code", "modifiers", "minutes", "units", "allowed", "patient owes")
        assert {row[4:] for row in rows[1:]} == {("not known", "not known")}

    def test_a_patient_reads_the_names_of_the_services(self) -> None:
        rows = explain(results()["assistant"]).letter("patient").table()
        assert rows[0] == ("code", "service", "minutes", "units", "allowed", "you owe")
        assert rows[1][:4] == ("97530", "therapeutic activities", "23", "2")

    def test_minutes_that_a_line_does_not_have_are_explained(self) -> None:
        def minutes(name: str) -> list[str]:
            return [row[2] for row in explain(results()[name]).letter("payer").table()[1:-1]]

        assert minutes("claim by hand") == ["not known", "untimed"]
        assert minutes("no code of ours") == ["not known"]
        assert minutes("family") == ["20", "40", "see above"]
        assert minutes("evaluation") == ["untimed"]
        assert minutes("claim")[-1] == "untimed"
        assert "see above" in minutes("two furnished")

    def test_lines_without_modifiers_show_their_discipline(self) -> None:
        rows = explain(results()["two disciplines"]).letter("payer").table()
        assert [row[:2] for row in rows[1:-1]] == [("97530", "PT"), ("97530", "OT")]


def test_a_cap_that_removes_several_units_of_a_code_says_how_many() -> None:
    day = allocate_units({"97110": 60, "97140": 30}, MEDICARE.with_changes(cap_per_day=4))
    assert "97140, which came from 15 minutes (2 times)." in words(explain(day).letter("payer"))


def test_minutes_of_a_student_cite_only_what_the_payer_says_about_students() -> None:
    letter = explain(results()["student"]).letter("payer")
    (cited,) = (
        statement
        for section in letter.sections
        for statement in section.statements
        if "by a student" in statement.text
    )
    assert (cited.citations, len(cited.appendix), cited.label) == ((), 1, "")
    (source,) = letter.appendix[cited.appendix[0] - 1].sources
    assert source.title == "TherapyComply, Medicare services and therapy students (2023-01-25)"


class TestConclusion:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("claim", "The minutes and services in the record make the units billed."),
            ("claim by hand", "The minutes are not part of this explanation."),
            ("first period", "The minutes and services in the record make no unit."),
            ("nothing", "No unit is billed, so nothing is payable."),
            (
                "no fees",
                "The minutes and services in the record make the units billed; the amount is not known.",
            ),
            (
                "rates",
                (
                    "The minutes and services in the record make the units billed, and $130.00 is allowed without "
                    "97530, whose amount is not known; what the payer pays is not known."
                ),
            ),
            (
                "at cost",
                (
                    "The minutes are not part of this explanation, and $82.33 counts toward the annual threshold; what "
                    "the payer pays is not known."
                ),
            ),
            (
                "above the threshold",
                (
                    "The minutes and services in the record make the units billed, and $49.49 is allowed, of which "
                    "$38.80 is payable, if KX is added to 97110 and the record supports it."
                ),
            ),
            (
                "with KX",
                (
                    "The minutes and services in the record make the units billed, and $49.49 is allowed, of which "
                    "$38.80 is payable."
                ),
            ),
        ],
    )
    def test_a_payer_reads_whether_the_units_are_supported_and_what_is_payable(
        self, name: str, words: str
    ) -> None:
        assert conclusion(name) == words

    def test_units_that_the_minutes_do_not_make_are_not_supported(self) -> None:
        made = allocate_units({"97110": 15}, MEDICARE)
        claim = Claim(DAY, [ClaimLine("97110", 2, ("GP",))], made)
        assert explain(claim).letter("payer").conclusion == (
            "The minutes and services in the record do not make all units billed of 97110."
        )

    def test_a_payment_that_depends_on_the_order_of_lines_is_a_range(self) -> None:
        day = results()["deductible"]
        assert isinstance(day, PricedDay)
        assert day.medicare_pays_range is not None
        least, most = day.medicare_pays_range
        assert f"of which ${least} to ${most} is payable" in conclusion("deductible")
        assert f"Medicare pays ${least} to ${most}." in str(explain(day).letter("patient"))

    def test_an_auditor_reads_what_is_allowed(self) -> None:
        assert conclusion("assistant", "auditor") == (
            "The minutes and services in the record make the units billed, and $163.84 is allowed."
        )

    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("claim", "This letter explains your treatment time, not what you owe."),
            ("no fees", "What you owe is not known."),
            ("nothing", "You owe nothing for this day."),
            ("with KX", "You owe $9.90 of $49.49."),
            ("liability without charges", "What you owe is not known."),
        ],
    )
    def test_a_patient_reads_what_to_pay(self, name: str, words: str) -> None:
        assert conclusion(name, "patient") == words

    def test_denied_lines_and_expected_denials_are_told_apart(self) -> None:
        day = results()["liability"]
        assert isinstance(day, PricedDay)
        letter = explain(day).letter("patient")
        assert letter.conclusion == (
            f"If Medicare pays for 97530, you owe ${day.patient_responsibility}, of which $60.00 is for services that "
            "Medicare does not pay for."
        )
        assert letter.assumptions[0] == (
            "Medicare is not expected to pay for 97530. If it does not, you owe what the clinic charges for it."
        )
        text = " ".join(str(letter).split())
        assert (
            "Medicare does not pay for 97110 on this day. You owe what the clinic charges for it."
            in text
        )
        assert (
            "Medicare does not pay for 97112 on this day. You do not owe anything for it." in text
        )
        assert conclusion("liability").endswith(
            " is payable, if Medicare does not deny 97530 (a denial is expected)."
        )

    def test_a_denial_that_is_only_expected_is_a_step_and_a_statement(self) -> None:
        explanation = explain(results()["expected denial"])
        (step,) = (each for each in explanation.steps if each.rule.id == "liability-modifiers")
        assert step.outcome == (
            "97110 GP GA: a denial is expected. The amounts apply only if Medicare does not deny the line."
        )
        assert "A denial of 97110 is expected." in words(explanation.letter("auditor"))

    def test_who_owes_a_charge_follows_from_the_line_with_the_modifier(self) -> None:
        both = [TimedService("97110", 30, modifiers=["GA"]), TimedService("97110", 30)]
        (assumed,) = explain(billed(*both)).letter("patient").assumptions
        assert assumed.endswith("If it does not, you owe what the clinic charges for it.")

    def test_only_medicare_is_expected_to_deny_a_line_with_ga(self) -> None:
        rates = FeeSchedule.from_rates({"97110": "30.00"})
        own = bill_day(pt(TimedService("97110", 15, modifiers=["GA"])), PAYERS["humana"], rates)
        assert "denial" not in explain(own).letter("payer").conclusion

    def test_what_a_number_assumes_is_next_to_the_conclusion(self) -> None:
        assert explain(results()["no year"]).letter("payer").assumptions[-1] == (
            "No year-to-date amounts were given, so the deductible is treated as met and KX is not checked."
        )
        assert explain(results()["no year"]).letter("patient").assumptions[0] == (
            "How much of your yearly deductible you have paid is not known. The amounts assume that you have paid all "
            "of it."
        )


class TestAmounts:
    def test_the_steps_add_up_to_the_day(self) -> None:
        day = results()["assistant"]
        assert isinstance(day, PricedDay)
        assert day.lines[1].share is not None
        text = words(explain(day).letter("payer"))
        assert f"This takes ${day.mppr_reduction} off the day." in text
        assert f"of each line, ${day.patient_responsibility} in all." in text
        assert f"Medicare pays ${day.medicare_pays}." in text
        assert f"85 % of its share, ${day.lines[1].share.assistant_reduction} less." in text

    def test_limits_and_caps_are_one_statement_each(self) -> None:
        text = words(explain(results()["per visit"]).letter("payer"))
        assert (
            text.count("The contract pays one amount for the visit, divided among the lines: ") == 1
        )
        capped = words(explain(results()["capped"]).letter("payer"))
        assert capped.count("The payer's cap of 4 units takes ") == 1

    def test_lines_above_the_threshold_are_named(self) -> None:
        above = words(explain(results()["above the threshold"]).letter("payer"))
        assert "Above it, without KX: 97110 GP." in above
        assert (
            "PT and SLP: $3,039.49 is above $3,000.00, so Medicare may review the claims." in above
        )
        with_kx = words(explain(results()["with KX"]).letter("payer"))
        assert "Above it, with KX: 97110 GP KX." in with_kx


class TestRefusals:
    def test_the_explanation_of_a_fee_makes_no_letter(self) -> None:
        explanation = explain_amount("97110", FEES)
        error = refused(lambda: explanation.letter("payer"))
        assert error.field == "result"
        assert str(error) == (
            "only the explanation of an Allocation, a Claim, or a PricedDay makes a letter: use explain(result)"
        )

    def test_steps_of_another_result_make_no_letter(self) -> None:
        explanation = attrs.evolve(explain(results()["allocation"]), steps=())
        error = refused(lambda: explanation.letter("payer"))
        assert error.field == "steps"
        assert str(error) == "the steps do not explain the result: use explain(result)"

    def test_an_unknown_audience_is_refused(self) -> None:
        error = refused(lambda: explain(results()["allocation"]).letter("doctor"))
        assert (
            str(error)
            == "audience must be payer, auditor, or patient, got a string of 6 characters; did you mean auditor?"
        )


@pytest.mark.parametrize("audience", LetterAudience)
def test_a_day_at_cost_without_an_amount_has_a_letter(audience: LetterAudience) -> None:
    lines = [ClaimLine("97110", 2, ("GP", "GZ"))]
    day = price_day(Claim(DAY, lines, setting="critical-access-hospital"), MEDICARE, FEES, YEAR)
    text = str(explain(day).letter(audience))
    assert "The amounts count toward the annual threshold" not in text
