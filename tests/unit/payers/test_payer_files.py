"""Payer files: their fields, what they inherit from a base, and every fault with its line."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.refusals import refusal
from therapy_billing import MEDICARE, FileFormatError, Payer, Policy, Source, TiePolicy, UnitMethod
from therapy_billing.base import library_files
from therapy_billing.law import Timeline, Verification
from therapy_billing.payers import (
    AssistantArithmetic,
    AssistantRule,
    Cap,
    ClaimRules,
    CodeTerms,
    FirstPeriod,
    payer_files,
)
from therapy_billing.payers.catalog import PAYERS, load_payers
from therapy_billing.payers.payer_terms import BUNDLED_NAMES
from therapy_billing.payers.policy import EditProgram, FeeBasis, SecondaryUnits, policy_fields

METHODS = "cms-eight-minute, cpt-midpoint, started-quarter, full-quarter, unknown"
ALONE = 'name = "acme"\nknown_through = 2026-12-31\n'
MIDPOINT = Policy(UnitMethod.CPT_MIDPOINT)


def day(text: str) -> datetime.date:
    """Return the date written in *text*."""
    return datetime.date.fromisoformat(text)


def faults(call: Callable[[], object]) -> list[str]:
    """Return the errors of the group that *call* raises."""
    with pytest.raises(ExceptionGroup) as caught:
        call()
    group = caught.value
    assert all(type(error) is FileFormatError for error in group.exceptions)
    return [str(error) for error in group.exceptions]


def without_claim_rules(policy: Policy) -> Policy:
    """Return what a payer takes from Medicare's policy."""
    return attrs.evolve(policy, claims=ClaimRules())


class Folder:
    """A folder of payer files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, text: str, name: str = "acme.toml") -> Path:
        """Write a file and return its path."""
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, text: str, **known: Payer) -> Payer:
        """Return the payer of one file."""
        return Payer.from_file(self.write(text), known=known)

    def faults(self, text: str) -> list[str]:
        """Return the faults of one file, without its path."""
        path = self.write(text)
        return [fault.removeprefix(str(path)) for fault in faults(lambda: Payer.from_file(path))]

    def faults_of(self, **texts: str) -> list[str]:
        """Return the faults of several files, named by the arguments."""
        paths = [self.write(text, f"{name}.toml") for name, text in texts.items()]
        return [fault.replace(f"{self.path}/", "") for fault in faults(lambda: load_payers(*paths))]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an empty folder."""
    return Folder(tmp_path)


class TestFields:
    def test_a_file_names_every_field_of_a_policy(self, folder: Folder) -> None:
        payer = folder.load("""
            name = " acme "
            known_through = 2026-12-31
            remark = '''
            Told by
            telephone.'''

            [[policy]]
            method = "cms-eight-minute"
            minimum_minutes = 9
            first_period = "midpoint"
            tie_policy = "preferred-codes"
            preferred_codes = ["97530", " g0237"]
            cap_per_session = 5
            cap_per_day = 6
            amount_per_day = 95.00
            medicare_codes = true
            assistants = "assistant-units-2022"
            assistant_arithmetic = "assistant-simple-method"
            mppr = true
            cost_sharing = true
            kx = true
            edits = "ncci-medicare"
            modifier_order = ["59", "GP"]
            allowed_modifiers = ["GP", "59"]
            fee_basis = "percent-of-medicare"
            percent_of_medicare = 200
            assistant_percent = 85
            secondary = "own"
            unit_assumptions = ["The plan counts so."]
            amount_assumptions = ["The plan pays 80 % of it."]
            lines_per_claim = 28
            charge_maximum = 99999.99
            needs_referring_provider = true
            needs_taxonomy = false
            needs_whole_units = true
            claim_frequencies = ["1", "7"]
            earlier_payers_maximum = 1
            returns_line_numbers = false
            [[policy.caps]]
            limit = 4
            each = ["provider", "discipline"]
            codes = ["97110", "97161"]
            untimed = true
            [[policy.caps]]
            limit = "unknown"
            of = "dollars"
            [[policy.caps]]
            limit = 8
            of = "rvus"
            with_evaluation = 13.5
            with_re_evaluation = 11
            [[policy.code_terms]]
            codes = "92507"
            unit_minutes = 15
            method = "cpt-midpoint"
            minimum_minutes = 8
            max_per_day = 4
            [policy.cap_per_code]
            97530 = 3
            " g0237" = 1
            [[policy.cap_per_codes]]
            codes = ["97110", "97112"]
            units = 4
            [[policy.cap_per_codes]]
            codes = ["97112", "97116"]
            units = 0

            [[source]]
            title = "Provider manual"
            section = "p. 12"
            url = "https://example.org"
            verified = "secondary"
            [[source]]
            title = "A call"
            verified = "unverified"
        """)
        policy = Policy(UnitMethod.CMS_EIGHT_MINUTE).with_changes(
            minimum_minutes=9,
            first_period=FirstPeriod.MIDPOINT,
            tie_policy=TiePolicy.PREFERRED_CODES,
            preferred_codes=("97530", "G0237"),
            cap_per_code=(("97530", 3), ("G0237", 1)),
            cap_per_codes=((("97110", "97112"), 4), (("97112", "97116"), 0)),
            cap_per_session=5,
            cap_per_day=6,
            amount_per_day=Decimal("95.00"),
            medicare_codes=True,
            assistants=AssistantRule.UNITS_2022,
            assistant_arithmetic=AssistantArithmetic.SIMPLE,
            mppr=True,
            cost_sharing=True,
            kx=True,
            edits=EditProgram.NCCI_MEDICARE,
            modifier_order=("59", "GP"),
            allowed_modifiers=("GP", "59"),
            fee_basis=FeeBasis.PERCENT_OF_MEDICARE,
            percent_of_medicare=200,
            assistant_percent=Decimal(85),
            secondary=SecondaryUnits.OWN,
            unit_assumptions=("The plan counts so.",),
            amount_assumptions=("The plan pays 80 % of it.",),
            lines_per_claim=28,
            charge_maximum="99999.99",
            needs_referring_provider=True,
            needs_taxonomy=False,
            needs_whole_units=True,
            claim_frequencies=("1", "7"),
            earlier_payers_maximum=1,
            returns_line_numbers=False,
            caps=(
                Cap(4, each=("provider", "discipline"), codes=("97110", "97161"), untimed=True),
                Cap(None, of="dollars"),
                Cap(8, of="rvus", with_evaluation="13.5", with_re_evaluation=11),
            ),
            code_terms=(
                CodeTerms(
                    "92507",
                    unit_minutes=15,
                    method="cpt-midpoint",
                    minimum_minutes=8,
                    max_per_day=4,
                ),
            ),
        )
        defaults = Policy(UnitMethod.CPT_MIDPOINT)
        others = policy_fields(defaults)
        assert all(value != others[name] for name, value in policy_fields(policy).items())
        assert payer == Payer(
            "acme",
            Timeline("acme's policy", ((None, policy),), day("2026-12-31")),
            (
                Source("Provider manual", "p. 12", "https://example.org", Verification.SECONDARY),
                Source("A call", "", "", Verification.UNVERIFIED),
            ),
            "Told by telephone.",
        )

    @pytest.mark.parametrize(
        ("line", "field", "value"),
        [
            ("cap_per_code = 3", "cap_per_code", 3),
            ("cap_per_code = { 97110 = 3 }", "cap_per_code", (("97110", 3),)),
            ("cap_per_code = {}", "cap_per_code", ()),
            (
                'cap_per_codes = [{ codes = ["97110"], units = 3 }]',
                "cap_per_codes",
                ((("97110",), 3),),
            ),
            ("cap_per_codes = []", "cap_per_codes", ()),
            ('amount_per_day = "95"', "amount_per_day", Decimal("95.00")),
            ("amount_per_day = 95", "amount_per_day", Decimal("95.00")),
            ("allowed_modifiers = []", "allowed_modifiers", ()),
            ('minimum_minutes = "own"', "minimum_minutes", None),
            ('cap_per_code = "none"', "cap_per_code", None),
            ('cap_per_codes = "none"', "cap_per_codes", ()),
            ('cap_per_session = "none"', "cap_per_session", None),
            ('cap_per_day = "none"', "cap_per_day", None),
            ('amount_per_day = "none"', "amount_per_day", None),
            ('allowed_modifiers = "any"', "allowed_modifiers", None),
            ('caps = "none"', "caps", ()),
            ("caps = [{ limit = 2 }]", "caps", (Cap(2),)),
            ('code_terms = "none"', "code_terms", ()),
            ("unit_assumptions = []", "unit_assumptions", ()),
            ('lines_per_claim = "unknown"', "lines_per_claim", None),
            ("charge_maximum = 5000", "charge_maximum", Decimal("5000.00")),
            ('charge_maximum = "unknown"', "charge_maximum", None),
            ('needs_taxonomy = "unknown"', "needs_taxonomy", None),
            ("needs_taxonomy = false", "needs_taxonomy", False),
            ('claim_frequencies = "unknown"', "claim_frequencies", None),
            ('claim_frequencies = ["1", "8"]', "claim_frequencies", ("1", "8")),
            ('earlier_payers_maximum = "unknown"', "earlier_payers_maximum", None),
            ("earlier_payers_maximum = 0", "earlier_payers_maximum", 0),
        ],
    )
    def test_a_field_is_set_over_the_base_or_set_back(
        self,
        folder: Folder,
        line: str,
        field: str,
        value: Any,  # noqa: ANN401 - of any field
    ) -> None:
        full = Policy(UnitMethod.CPT_MIDPOINT).with_changes(
            minimum_minutes=9,
            cap_per_code=9,
            cap_per_codes=[(("97530",), 9)],
            cap_per_session=9,
            cap_per_day=9,
            amount_per_day=999,
            allowed_modifiers=["GP"],
            caps=[Cap(9)],
            code_terms=[CodeTerms("92507", unit_minutes=15)],
            unit_assumptions=["The plan counts so."],
            lines_per_claim=9,
            charge_maximum=999,
            needs_taxonomy=True,
            claim_frequencies=["1"],
            earlier_payers_maximum=9,
        )
        base = Payer("base", Timeline("base", ((None, full),), day("2026-12-31")))
        payer = folder.load(f'name = "acme"\nbase = "base"\n[[policy]]\n{line}', base=base)
        assert payer.on(None) == full.with_changes(**{field: value})

    def test_a_day_is_a_date_or_a_text(self, folder: Folder) -> None:
        payer = folder.load("""
            name = "acme"
            known_through = "December 31, 2026"
            [[policy]]
            from = "3/2/2025"
            method = "cpt-midpoint"
        """)
        assert payer.policies == Timeline(
            "acme's policy", ((day("2025-03-02"), MIDPOINT),), day("2026-12-31")
        )


class TestWithoutABase:
    def test_each_policy_changes_what_it_names_from_its_day_on(self, folder: Folder) -> None:
        payer = folder.load("""
            name = "acme"
            known_through = 2026-12-31
            [[policy]]
            method = "cpt-midpoint"
            [[policy]]
            from = 2026-01-01
            mppr = true
            [[policy]]
            from = 2025-01-01
            cap_per_day = 4
        """)
        capped = MIDPOINT.with_changes(cap_per_day=4)
        assert payer.policies.entries == (
            (None, MIDPOINT),
            (day("2025-01-01"), capped),
            (day("2026-01-01"), capped.with_changes(mppr=True)),
        )

    def test_a_policy_that_changes_nothing_is_no_change(self, folder: Folder) -> None:
        payer = folder.load(
            f'{ALONE}[[policy]]\nmethod = "cpt-midpoint"\n[[policy]]\nfrom = 2025-01-01\nkx = false'
        )
        assert payer.policies.entries == ((None, MIDPOINT),)

    def test_a_new_method_brings_its_own_fewest_minutes_unless_they_are_named(
        self, folder: Folder
    ) -> None:
        payer = folder.load(f"""{ALONE}
            [[policy]]
            method = "cpt-midpoint"
            minimum_minutes = 9
            [[policy]]
            from = 2025-01-01
            method = "full-quarter"
            [[policy]]
            from = 2026-01-01
            method = "started-quarter"
            minimum_minutes = 3
            [[policy]]
            from = 2026-02-01
            minimum_minutes = 4
        """)
        assert [policy.counting.partial_minutes for _, policy in payer.policies.entries] == [
            9,
            15,
            3,
            4,
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                'name = "acme"',
                [
                    (
                        ", column known_through: missing: without a base, give the last date on "
                        "which the policy is known"
                    ),
                    ", column policy: missing: without a base, give a [[policy]] with a method",
                ],
            ),
            (
                f"{ALONE}policy = []",
                [
                    (
                        ", line 3, column policy: missing: without a base, give a [[policy]] with "
                        "a method"
                    ),
                ],
            ),
            (
                (
                    f'{ALONE}[[policy]]\nfrom = 2026-01-01\nmethod = "cpt-midpoint"\n'
                    "[[policy]]\nfrom = 2025-01-01\nmppr = true"
                ),
                [
                    (
                        ", line 6, column policy.method: missing: without a base, the first [[policy]] "
                        f"must have one of these methods: {METHODS}"
                    ),
                ],
            ),
            (
                f'{ALONE}[[policy]]\nfrom = 2027-01-01\nmethod = "cpt-midpoint"',
                [
                    (
                        ", line 4, column policy.from: the payer is known through 2026-12-31: give "
                        "this date or an earlier one"
                    ),
                ],
            ),
            (
                (
                    f'{ALONE}[[policy]]\nmethod = "full-quarter"\nminimum_minutes = 8\n'
                    "[[policy]]\nfrom = 2026-01-01\nmppr = true"
                ),
                [
                    (
                        ", line 5, column policy.minimum_minutes: minimum_minutes must be 15 for "
                        "full-quarter, got 8"
                    ),
                ],
            ),
        ],
        ids=["nothing", "no policy", "no method", "after", "together"],
    )
    def test_what_leaves_a_day_open_is_refused(
        self, folder: Folder, text: str, expected: list[str]
    ) -> None:
        assert folder.faults(text) == expected


class TestBase:
    def test_a_file_that_changes_nothing_is_its_base_by_another_name(self, folder: Folder) -> None:
        payer = folder.load('name = "acme"\nbase = "medicare"')
        entries = tuple(
            (first, without_claim_rules(policy)) for first, policy in MEDICARE.policies.entries
        )
        assert payer.policies == attrs.evolve(
            MEDICARE.policies, subject="acme's policy", entries=entries
        )
        assert (payer.sources, payer.remark) == (MEDICARE.sources, MEDICARE.remark)

    def test_sources_of_the_file_come_first_and_its_remark_replaces_the_base_remark(
        self, folder: Folder
    ) -> None:
        source = MEDICARE.sources[0]
        payer = folder.load(f"""
            name = "acme"
            base = "medicare"
            remark = ""
            [[source]]
            title = "Provider manual"
            verified = "secondary"
            [[source]]
            title = "{source.title}"
            section = "{source.section}"
            url = "{source.url}"
            dated = "{source.dated}"
            verified = "official"
        """)
        own = Source("Provider manual", "", "", Verification.SECONDARY)
        assert payer.sources == (own, *MEDICARE.sources)
        assert payer.remark == ""

    def test_later_changes_of_the_base_come_through_in_what_the_file_does_not_name(
        self, folder: Folder
    ) -> None:
        payer = folder.load("""
            name = "acme"
            base = "medicare"
            [[policy]]
            from = 2015-07-01
            cap_per_day = 4
            mppr = false
        """)
        for text in ("2010-12-31", "2011-01-01", "2015-06-30"):
            assert payer.on(text) == without_claim_rules(MEDICARE.on(text))
        for text in ("2015-07-01", "2019-12-31", "2020-01-01", "2021-12-31", "2022-01-01"):
            expected = without_claim_rules(MEDICARE.on(text))
            assert payer.on(text) == expected.with_changes(cap_per_day=4, mppr=False)
        assert [first for first, _ in payer.policies.entries] == [
            *map(day, ("2000-04-01", "2011-01-01", "2015-07-01", "2020-01-01", "2022-01-01"))
        ]

    def test_a_named_field_stays_as_named_when_the_base_changes_it(self, folder: Folder) -> None:
        payer = folder.load("""
            name = "acme"
            base = "medicare"
            [[policy]]
            mppr = true
            assistants = "no-assistant-modifier"
        """)
        assert payer.policies.entries == (
            (
                day("2000-04-01"),
                without_claim_rules(MEDICARE.on("2000-04-01")).with_changes(mppr=True),
            ),
        )

    def test_a_base_without_a_first_date_may_change_on_any_date(self, folder: Folder) -> None:
        payer = folder.load("""
            name = "acme"
            base = "cpt-midpoint"
            [[policy]]
            from = 1990-01-01
            mppr = true
        """)
        base = PAYERS["cpt-midpoint"].on(None).with_changes(fee_basis=FeeBasis.UNKNOWN)
        assert payer.policies.entries == (
            (None, base),
            (day("1990-01-01"), base.with_changes(mppr=True)),
        )

    def test_a_file_may_be_known_for_less_long_than_its_base(self, folder: Folder) -> None:
        payer = folder.load("""
            name = "acme"
            base = "medicare"
            known_through = 2021-12-31
        """)
        assert payer.policies.known_through == day("2021-12-31")
        entries = tuple(
            (first, without_claim_rules(policy)) for first, policy in MEDICARE.policies.entries
        )
        assert payer.policies.entries == entries[:-1]
        exact = folder.load('name = "acme"\nbase = "medicare"\nknown_through = 2026-12-31')
        assert exact.policies.entries == entries

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (
                "known_through = 2027-01-01",
                ", line 3, column known_through: the base is known through 2026-12-31: give this date or an earlier one",
            ),
            (
                "known_through = 2000-03-31",
                ", line 3, column known_through: the base is known from 2000-04-01: give this date or a later one",
            ),
            (
                "[[policy]]\nfrom = 2000-03-31\nmppr = true",
                ", line 4, column policy.from: the base is known from 2000-04-01: give this date or a later one",
            ),
            (
                "[[policy]]\nfrom = 2027-01-01\nmppr = true",
                ", line 4, column policy.from: the payer is known through 2026-12-31: give this date or an earlier one",
            ),
            (
                "known_through = 2025-12-31\n[[policy]]\nfrom = 2026-01-01\nmppr = true",
                ", line 5, column policy.from: the payer is known through 2025-12-31: give this date or an earlier one",
            ),
        ],
    )
    def test_a_day_on_which_the_base_is_not_known_is_refused(
        self, folder: Folder, lines: str, expected: str
    ) -> None:
        assert folder.faults(f'name = "acme"\nbase = "medicare"\n{lines}') == [expected]

    def test_the_days_at_the_edges_of_the_base_are_taken(self, folder: Folder) -> None:
        payer = folder.load("""
            name = "acme"
            base = "medicare"
            [[policy]]
            from = 2000-04-01
            cap_per_day = 4
            [[policy]]
            from = 2026-12-31
            cap_per_day = 3
        """)
        assert (
            payer.on("2000-04-01").counting.cap_per_day
            == payer.on("2026-12-30").counting.cap_per_day
            == 4
        )
        assert payer.on("2026-12-31").counting.cap_per_day == 3

    def test_a_change_of_the_base_that_does_not_go_with_the_file_is_refused_once(
        self, folder: Folder
    ) -> None:
        entries = (
            (None, MIDPOINT),
            (day("2025-01-01"), MIDPOINT.with_changes(method=UnitMethod.FULL_QUARTER)),
            (
                day("2026-01-01"),
                Policy(UnitMethod.FULL_QUARTER).with_changes(mppr=True),
            ),
        )
        base = Payer("base", Timeline("base", entries, day("2026-12-31")))
        text = 'name = "acme"\nbase = "base"\n[[policy]]\nminimum_minutes = 8'
        path = folder.write(text)
        assert faults(lambda: Payer.from_file(path, known={"base": base})) == [
            (
                f"{path}, line 4, column policy.minimum_minutes: minimum_minutes must be 15 for "
                "full-quarter, got 8"
            )
        ]

    def test_a_base_in_known_comes_before_a_bundled_one(self, folder: Folder) -> None:
        own = Payer("medicare", Timeline("own", ((None, MIDPOINT),), day("2026-12-31")))
        payer = folder.load('name = "acme"\nbase = "medicare"', medicare=own)
        assert payer.on(None) == MIDPOINT

    def test_an_unknown_base_is_an_error_with_a_suggestion(self, folder: Folder) -> None:
        path = folder.write('name = "acme"\nbase = "medicair"')
        own = Payer("blue", Timeline("own", ((None, MIDPOINT),), day("2026-12-31")))
        (fault,) = faults(lambda: Payer.from_file(path, known={"blue": own}))
        assert fault == (
            f"{path}, line 2, column base: not one of acme, blue, {', '.join(PAYERS)}; "
            "did you mean medicare?"
        )


class TestCapsAndCodeTerms:
    def test_a_percentage_of_the_base_is_removed_with_its_fee_basis(self, folder: Folder) -> None:
        own = MIDPOINT.with_changes(fee_basis="percent-of-medicare", percent_of_medicare=200)
        base = Payer("base", Timeline("base", ((None, own),), day("2026-12-31")))
        text = 'name = "acme"\nbase = "base"\n[[policy]]\nfee_basis = "contract"\npercent_of_medicare = "none"'
        payer = folder.load(text, base=base)
        assert payer.on(None) == MIDPOINT.with_changes(fee_basis="contract")

    def test_every_fault_has_its_line(self, folder: Folder) -> None:
        text = """\
name = "acme"
known_through = 2026-12-31
[[policy]]
method = "cpt-midpoint"
caps = [4]
[[policy]]
from = 2025-01-01
[[policy.caps]]
of = "units"
[[policy.caps]]
limit = 4
each = "day"
[[policy.caps]]
limit = true
codez = ["97110"]
[[policy.caps]]
limit = 4
untimed = true
of = "visits"
[[policy.code_terms]]
codes = ["97110"]
[[policy.code_terms]]
codes = ["97112"]
unit_minutes = 0
"""
        assert folder.faults(text) == [
            ", line 5, column policy.caps: must be a table with limit and other keys",
            ", line 8, column policy.caps.limit: missing",
            (
                ", line 12, column policy.caps.each: each must be code, session, provider, or discipline, got a string of "
                "3 characters"
            ),
            ', line 14, column policy.caps.limit: must be a number or "unknown"',
            (
                ", line 15, column policy.caps.codez: not one of limit, of, each, codes, untimed, with_evaluation, "
                "with_re_evaluation; did you mean codes?"
            ),
            (
                ", line 18, column policy.caps.untimed: untimed is for a cap of units; a cap of visits includes every "
                "code: leave it out"
            ),
            (
                ", line 21, column policy.code_terms.codes: give unit_minutes, method, minimum_minutes, or max_per_day "
                "for the codes"
            ),
            ", line 24, column policy.code_terms.unit_minutes: unit_minutes must be from 1 to 240, got 0",
        ]

    def test_a_code_with_terms_in_two_tables_is_refused(self, folder: Folder) -> None:
        table = '[[policy.code_terms]]\ncodes = "92507"\nunit_minutes = 15\n'
        later = "[[policy]]\nfrom = 2026-01-01\nmppr = false\n"
        reason = (
            "column policy.code_terms: code_terms has 92507 twice: give the terms of each code once"
        )
        text = f'name = "acme"\nbase = "medicare"\n[[policy]]\n{table}{table}'
        assert folder.faults(text) == [f", line 7, {reason}"]
        assert folder.faults(text + later) == [f", line 7, {reason}"]

    def test_a_value_that_no_policy_gives_is_reported_once_at_the_policy_that_needs_it(
        self, folder: Folder
    ) -> None:
        text = 'name = "acme"\nbase = "medicare"\n[[policy]]\nfee_basis = "percent-of-medicare"\n'
        later = "[[policy]]\nfrom = 2026-01-01\nmppr = false\n"
        assert folder.faults(text + later) == [
            (
                ", line 3, column policy: fee_basis 'percent-of-medicare' needs percent_of_medicare: "
                "give it, such as 200 for 200 %"
            )
        ]

    @pytest.mark.parametrize(
        ("codes", "reason"),
        [
            ('"97110 97530"', "codes[0] must be five characters such as '97530' or 'G0283', got "),
            ('["97110", "9753"]', "codes[1] must be five characters such as '97530' or 'G0283'"),
            ('["97110", "97110"]', "codes has 97110 twice: give each code once"),
        ],
    )
    @pytest.mark.parametrize("name", ["caps", "code_terms"])
    def test_bad_codes_of_a_table_are_reported_in_the_column_codes(
        self, folder: Folder, name: str, codes: str, reason: str
    ) -> None:
        value = "limit = 4" if name == "caps" else "unit_minutes = 15"
        text = f'name = "acme"\nbase = "medicare"\n[[policy]]\n[[policy.{name}]]\n{value}\ncodes = {codes}'
        (fault,) = folder.faults(text)
        assert fault.startswith(f", line 6, column policy.{name}.codes: {reason}")


class TestFaults:
    def test_all_faults_of_a_file_are_reported_at_once_with_their_lines(
        self, folder: Folder
    ) -> None:
        text = """\
name = ""
knwon_through = 2026-12-31
remark = 5
[[policy]]
method = "cpt-midpiont"
minimum_minutes = 16
first_period = 1
cap_per_dya = 4
cap_per_day = "nun"
cap_per_session = -1
cap_per_code = true
amount_per_day = "nun"
mppr = "yes"
[[policy]]
from = "soon"
preferred_codes = ["9753O0"]
modifier_order = "GP"
allowed_modifiers = ["gpx"]
[[policy]]
from = 2026-01-01T00:00:00
[[policy.cap_per_codes]]
codes = []
unit = 4
[[policy.cap_per_codes]]
codes = ["97110", "97110"]
units = "4"
[[source]]
titel = "a"
verified = "offical"
"""
        code = "code must be five characters such as '97530' or 'G0283', got "
        assert folder.faults(text) == [
            (
                ", column known_through: missing: without a base, give the last date on which the "
                "policy is known"
            ),
            ", line 1, column name: text belongs here",
            (
                ", line 2, column knwon_through: not one of name, base, known_through, remark, policy, "
                "source, furnisher; did you mean known_through?"
            ),
            ", line 3, column remark: must be a string",
            f", line 5, column policy.method: not one of {METHODS}; did you mean cpt-midpoint?",
            (
                ", line 6, column policy.minimum_minutes: minimum_minutes must be from 1 to 15, "
                "got 16"
            ),
            ", line 7, column policy.first_period: one of full, midpoint belongs here",
            (
                ", line 8, column policy.cap_per_dya: not one of from, "
                f"{', '.join(policy_fields(MIDPOINT))}; did you mean cap_per_day?"
            ),
            (', line 9, column policy.cap_per_day: must be a whole number of units or "none"'),
            (", line 10, column policy.cap_per_session: cap_per_session must be 0 or more, got -1"),
            (
                ", line 11, column policy.cap_per_code: must be a whole number of units, a table of codes and "
                'units, or "none"'
            ),
            (
                ", line 12, column policy.amount_per_day: amount_per_day: an amount must be a number of dollars such as '40.42', got a string of 3 characters"
            ),
            ", line 13, column policy.mppr: true or false belongs here",
            (
                ", line 15, column policy.from: from must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 4 characters"
            ),
            f", line 16, column policy.preferred_codes: {code.replace('code', 'preferred_codes[0]', 1)}a string of 6 characters",
            (
                ", line 17, column policy.modifier_order: must be a list of modifiers such as "
                '["GP", "CQ"]'
            ),
            (
                ", line 18, column policy.allowed_modifiers: allowed_modifiers[0] must be two "
                "letters or digits such as 'GP', got a string of 3 characters"
            ),
            ", line 20, column policy.from: a date such as 2026-01-01 belongs here",
            ", line 21, column policy.cap_per_codes.units: missing",
            ", line 22, column policy.cap_per_codes.codes: cap_per_codes has a set without codes: give at least one code",
            (
                ", line 23, column policy.cap_per_codes.unit: not one of codes, units; "
                "did you mean units?"
            ),
            (
                ", line 25, column policy.cap_per_codes.codes: a set of cap_per_codes has 97110 "
                "twice: give each code once"
            ),
            (", line 26, column policy.cap_per_codes.units: must be a whole number of units"),
            ", line 27, column source.title: missing",
            (
                ", line 28, column source.titel: not one of title, section, url, dated, verified, key; "
                "did you mean title?"
            ),
            (
                ", line 29, column source.verified: not one of official, secondary, data-file, derived, "
                "unverified; did you mean official?"
            ),
        ]

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (
                "policy = 4",
                "line 3, column policy: one or more [[policy]] tables belong here",
            ),
            (
                "[policy]\nkx = true",
                "line 3, column policy: one or more [[policy]] tables belong here",
            ),
            (
                "policy = [4]",
                "line 3, column policy: one or more [[policy]] tables belong here",
            ),
            (
                "source = [4]",
                "line 3, column source: one or more [[source]] tables belong here",
            ),
            (
                "[[policy]]\ncap_per_codes = [4]",
                (
                    "line 4, column policy.cap_per_codes: must have codes and units, such as "
                    'codes = ["97110", "97112"] and units = 4'
                ),
            ),
            (
                "[[policy]]\ncap_per_codes = [{ codes = 4, units = 4 }]",
                (
                    "line 4, column policy.cap_per_codes.codes: must be a list of codes such as "
                    '["97110", "97112"]'
                ),
            ),
            (
                "[[policy]]\nkx = true\n[[policy]]\nmppr = true",
                (
                    "line 5, column policy.from: missing: only the first [[policy]] may omit its first date"
                ),
            ),
            (
                '[[source]]\ntitle = " "\nverified = "derived"',
                "line 4, column source.title: text belongs here",
            ),
            (
                "[[policy]]\ncap_per_code = { acme = 4 }",
                (
                    "line 4, column policy.cap_per_code.acme: code must be five characters such "
                    "as '97530' or 'G0283', got a string of 4 characters"
                ),
            ),
            (
                "[[policy]]\ncap_per_code = { 97110 = -1 }",
                ("line 4, column policy.cap_per_code.97110: units must be 0 or more, got -1"),
            ),
        ],
    )
    def test_what_is_written_in_another_form_is_refused(
        self, folder: Folder, lines: str, expected: str
    ) -> None:
        assert folder.faults(f'name = "acme"\nbase = "medicare"\n{lines}') == [f", {expected}"]

    def test_a_payer_without_a_name_is_refused(self, folder: Folder) -> None:
        assert folder.faults('base = "medicare"') == [
            ", column name: missing: give the name of the payer"
        ]

    def test_a_file_that_is_not_toml_is_one_error(self, folder: Folder) -> None:
        path = folder.write('name = "acme')
        message = refusal(FileFormatError, lambda: Payer.from_file(path))
        assert message.startswith(f"{path}, line 1: not valid TOML: ")


class TestCollisions:
    def test_two_policies_of_one_day_are_refused_with_both_lines(self, folder: Folder) -> None:
        assert folder.faults("""\
name = "acme"
base = "medicare"
[[policy]]
from = 2025-01-01
kx = false
[[policy]]
from = 2025-01-02
[[policy]]
from = "1/1/2025"
mppr = false
""") == [
            ", line 9, column policy.from: the [[policy]] on line 3 has the same date: combine the two"
        ]

    def test_a_code_with_two_caps_is_refused_with_both_lines(self, folder: Folder) -> None:
        assert folder.faults("""\
name = "acme"
base = "medicare"
[[policy]]
[policy.cap_per_code]
g0237 = 3
97110 = 3
" G0237" = 4
""") == [
            (
                ", line 7, column policy.cap_per_code.a string of 6 characters: G0237 already has a cap "
                "on line 5"
            )
        ]

    def test_a_code_in_two_sets_is_taken(self, folder: Folder) -> None:
        sets = '[{ codes = ["97110", "97112"], units = 4 }, { codes = ["97110"], units = 2 }]'
        payer = folder.load(f'name = "acme"\nbase = "medicare"\n[[policy]]\ncap_per_codes = {sets}')
        assert payer.on(None).counting.cap_per_codes == ((("97110", "97112"), 4), (("97110",), 2))

    def test_two_files_of_one_name_are_refused_with_both_places(self, folder: Folder) -> None:
        assert folder.faults_of(
            one='name = "acme"\nbase = "medicare"',
            two='base = "medicare"\nname = "acme"',
            three='name = "other"\nbase = "medicare"',
        ) == [
            (
                "two.toml, line 2, column name: the payer in one.toml, line 1, has the same name: "
                "choose another"
            )
        ]

    @pytest.mark.parametrize(
        ("name", "place"),
        [
            ("medicare", "therapy_billing/data/payers/medicare.toml, line 3"),
            ("Medicare ", "therapy_billing/data/payers/medicare.toml, line 3"),
            ("cpt-midpoint", "therapy_billing/data/payers/cpt-midpoint.toml, line 3"),
            ("highmark", "therapy_billing/data/payers/highmark.toml, line 3"),
        ],
    )
    def test_a_name_of_the_library_is_refused_with_its_place_even_on_that_base(
        self, folder: Folder, name: str, place: str
    ) -> None:
        assert folder.faults(f'name = "{name}"\nbase = "{name}"') == [
            f", line 1, column name: the library has a payer with this name in {place}: choose another name"
        ]

    def test_every_bundled_payer_is_where_the_error_says(self, folder: Folder) -> None:
        library = resources.files("therapy_billing")
        for name in PAYERS:
            (reported,) = folder.faults(f'name = "{name}"\nbase = "medicare"')
            file = reported.split(" in therapy_billing/")[1].split(", ")[0]
            text = library.joinpath(file).read_text(encoding="utf-8")
            assert f'name="{name}"' in text.replace(" = ", "=")

    def test_a_name_of_the_caller_is_refused(self, folder: Folder) -> None:
        own = Payer("acme", Timeline("own", ((None, MIDPOINT),), day("2026-12-31")))
        path = folder.write('name = "acme"\nbase = "medicare"')
        assert faults(lambda: Payer.from_file(path, known={"acme": own})) == [
            f"{path}, line 1, column name: a payer in the argument known has this name: choose another"
        ]
        assert Payer.from_file(path, known={"other": own}).name == "acme"


class TestClaimRules:
    def test_a_base_other_than_medicare_gives_its_claim_rules(self, folder: Folder) -> None:
        own = MIDPOINT.with_changes(lines_per_claim=28)
        base = Payer("base", Timeline("base", ((None, own),), day("2026-12-31")))
        payer = folder.load('name = "acme"\nbase = "base"', base=base)
        assert payer.on(None).claims == own.claims

    def test_a_file_with_the_base_medicare_can_set_its_own_claim_rules(
        self, folder: Folder
    ) -> None:
        payer = folder.load("""
            name = "acme"
            base = "medicare"
            [[policy]]
            claim_frequencies = ["1", "7", "8"]
        """)
        assert payer.on("2026-03-02").claims == ClaimRules(claim_frequencies=("1", "7", "8"))

    def test_faults_say_what_belongs_there(self, folder: Folder) -> None:
        text = """\
name = "acme"
base = "medicare"
[[policy]]
lines_per_claim = 0
charge_maximum = 0
needs_referring_provider = "yes"
needs_taxonomy = 1
claim_frequencies = ["1", "6"]
earlier_payers_maximum = -1
returns_line_numbers = []
"""
        assert folder.faults(text) == [
            ", line 4, column policy.lines_per_claim: lines_per_claim must be 1 or more, got 0",
            (
                ", line 5, column policy.charge_maximum: charge_maximum must be above zero, such as "
                "99999.99: leave it out if it is not known"
            ),
            (
                ", line 6, column policy.needs_referring_provider: "
                'must be true or false, or "unknown"'
            ),
            ', line 7, column policy.needs_taxonomy: must be true or false, or "unknown"',
            (
                ", line 8, column policy.claim_frequencies: claim_frequencies must have some of "
                "'1', '7', and '8', each once"
            ),
            (
                ", line 9, column policy.earlier_payers_maximum: earlier_payers_maximum must be 0 or more, "
                "got -1"
            ),
            ', line 10, column policy.returns_line_numbers: must be true or false, or "unknown"',
        ]


class TestSeveralFiles:
    PLAN = 'name = "plan"\nbase = "payer"\n[[policy]]\nfrom = 2026-01-01\ncap_per_day = 4\n'
    PAYER = 'name = "payer"\nbase = "medicare"\n[[policy]]\nfrom = 2025-01-01\nmppr = false\n'
    GROUP = 'name = "group"\nbase = "plan"\n[[policy]]\nfrom = 2026-07-01\ncap_per_day = 3\n'

    @pytest.mark.parametrize("order", ["gpy", "gyp", "pgy", "pyg", "ygp", "ypg"])
    def test_bases_may_come_in_any_order(self, folder: Folder, order: str) -> None:
        texts = {"g": self.GROUP, "p": self.PLAN, "y": self.PAYER}
        paths = [folder.write(texts[each], f"{each}.toml") for each in order]
        payers = load_payers(*paths)
        names = {"g": "group", "p": "plan", "y": "payer"}
        assert list(payers) == [names[each] for each in order]
        group = payers["group"]
        base = without_claim_rules(MEDICARE.on("2026-07-01"))
        assert [group.on(text).money.mppr for text in ("2024-12-31", "2025-01-01")] == [True, False]
        days = ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01")
        assert [group.on(text).counting.cap_per_day for text in days] == [None, 4, 4, 3]
        assert group.on("2026-07-01") == base.with_changes(mppr=False, cap_per_day=3)
        assert [payers["plan"].on(text).counting.cap_per_day for text in days] == [None, 4, 4, 4]

    def test_no_file_is_no_payer(self) -> None:
        assert load_payers() == {}

    def test_the_payers_cannot_be_changed(self, folder: Folder) -> None:
        payers: Any = load_payers(folder.write(self.PAYER))
        with pytest.raises(TypeError):
            payers["payer"] = MEDICARE

    def test_a_payer_of_the_caller_can_be_a_base(self, folder: Folder) -> None:
        own = Payer("payer", Timeline("own", ((None, MIDPOINT),), day("2026-12-31")))
        payers = load_payers(folder.write(self.PLAN), known={"payer": own})
        assert payers["plan"].on("2026-01-01") == MIDPOINT.with_changes(cap_per_day=4)

    def test_the_faults_of_all_files_are_reported_at_once(self, folder: Folder) -> None:
        reported = folder.faults_of(
            one='name = "one"\nbase = 5',
            two="name",
            three='name = "three"\nbase = "medicare"',
            four='name = "four"\nbase = "medicare"\n[[policy]]\nmprr = true\nkx = 1',
        )
        assert [fault[: fault.index(": ")] for fault in reported] == [
            "one.toml, line 2, column base",
            "two.toml, line 1",
            "four.toml, line 4, column policy.mprr",
            "four.toml, line 5, column policy.kx",
        ]

    def test_a_circle_of_bases_is_refused_with_its_chain(self, folder: Folder) -> None:
        reported = folder.faults_of(
            a='name = "a"\nbase = "b"',
            b='base = "c"\nname = "b"',
            c='name = "c"\nbase = "a"',
            d='name = "d"\nbase = "a"',
        )
        in_a, in_b, in_c = "a (a.toml, line 2)", "b (b.toml, line 1)", "c (c.toml, line 2)"
        back = "the bases form a circle"
        assert reported == [
            f"a.toml, line 2, column base: {back}: {in_a} -> {in_b} -> {in_c} -> a",
            f"b.toml, line 1, column base: {back}: {in_b} -> {in_c} -> {in_a} -> b",
            f"c.toml, line 2, column base: {back}: {in_c} -> {in_a} -> {in_b} -> c",
        ]

    def test_a_payer_that_is_its_own_base_is_refused(self, folder: Folder) -> None:
        path = folder.write('name = "a"\nbase = "a"')
        assert faults(lambda: Payer.from_file(path)) == [
            (f"{path}, line 2, column base: the bases form a circle: a ({path}, line 2) -> a")
        ]

    def test_an_unknown_base_is_an_error(self, folder: Folder) -> None:
        (fault,) = folder.faults_of(plan=self.PLAN)
        assert fault == f"plan.toml, line 2, column base: not one of plan, {', '.join(PAYERS)}"

    def test_a_file_that_does_not_go_with_its_base_is_refused(self, folder: Folder) -> None:
        reported = folder.faults_of(
            plan=self.PLAN.replace("2026-01-01", "2027-01-01"),
            payer=self.PAYER,
        )
        assert reported == [
            "plan.toml, line 4, column policy.from: the payer is known through 2026-12-31: give this date or an earlier one"
        ]


def test_a_payer_of_the_library_may_build_on_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "payers/acme.toml": 'name = "acme"\nbase = "tricare"\n[[policy]]\ncap_per_code = { 97530 = 2 }\n',
    }
    own = library_files.read_library_text
    module = "therapy_billing.payers.payer_files"
    monkeypatch.setattr(f"{module}.BUNDLED_NAMES", (*BUNDLED_NAMES, "acme"))
    monkeypatch.setattr(
        payer_files, "read_library_text", lambda place: texts.get(place) or own(place)
    )
    terms = payer_files.bundled_terms("acme")
    tricare = PAYERS["tricare"]
    assert terms.policies.known_through == tricare.policies.known_through
    for day in (datetime.date(2021, 1, 1), datetime.date(2026, 3, 2)):
        changed = tricare.on(day).with_changes(cap_per_code={"97530": 2})
        assert terms.policies.on(day) == changed
