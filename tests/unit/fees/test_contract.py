"""Contracts, created in code and read from files."""

from __future__ import annotations

import copy
import decimal
import pickle
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.refusals import refusal
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.fees.contract import Contract

ONE_BASIS = "give exactly one of rates, percent_of_medicare, and per_visit, got "
KEYS = (
    "name, effective_from, effective_through, rates, percent_of_medicare, per_visit, "
    "per_day_maximum, lesser_of_charge, mppr"
)
RATES = '\n[rates]\n97110 = 35.00\n"97530" = 41\nG0283 = "12.5"\n'


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Contract]:
    def read(text: str) -> Contract:
        path = tmp_path / "contract.toml"
        path.write_bytes(text.encode())
        return Contract.from_file(path)

    return read


@pytest.fixture
def problems(
    read: Callable[[str], Contract], tmp_path: Path
) -> Callable[[str], list[tuple[int | None, str | None, str]]]:
    """Read a bad contract, and return the line, key, and reason of each problem."""

    def problems(text: str) -> list[tuple[int | None, str | None, str]]:
        with pytest.raises(ExceptionGroup) as caught:
            read(text)
        path = str(tmp_path / "contract.toml")
        assert caught.value.message == f"bad terms in {path}"
        found = []
        for error in caught.value.exceptions:
            assert type(error) is FileFormatError
            assert error.path == path
            found.append((error.line, error.column, error.reason))
        return found

    return problems


def per_visit(**terms: Any) -> Contract:  # noqa: ANN401 - wrong kinds too
    return Contract("PPO", per_visit="95", **terms)


class TestContract:
    def test_amounts_become_exact_dollars(self) -> None:
        contract = Contract(" PPO ", rates={"97110": "35", " g0283": 12}, per_day_maximum="99.9")
        assert contract.name == "PPO"
        assert contract.rates == {"97110": Decimal("35.00"), "G0283": Decimal("12.00")}
        assert str(contract.per_day_maximum) == "99.90"
        assert str(per_visit().per_visit) == "95.00"

    def test_terms_that_are_not_given_are_not_shown(self) -> None:
        contract = Contract("PPO", percent_of_medicare=110)
        assert (contract.effective_from, contract.effective_through) == (None, None)
        assert (contract.per_visit, contract.per_day_maximum) == (None, None)
        assert (contract.lesser_of_charge, contract.mppr) == (False, False)
        assert contract.rates == {}

    def test_days_may_be_texts(self) -> None:
        contract = per_visit(effective_from="1/1/2026", effective_through=date(2026, 1, 1))
        assert contract.effective_from == contract.effective_through == date(2026, 1, 1)

    def test_a_mapping_that_changes_later_changes_no_contract(self) -> None:
        rates = {"97110": Decimal(35)}
        contract = Contract("PPO", rates=rates)
        rates["97110"] = Decimal(1)
        assert contract.rates == {"97110": Decimal(35)}

    def test_nothing_of_a_contract_can_be_changed(self) -> None:
        contract = Contract("PPO", rates={"97110": "35"})
        with pytest.raises(TypeError):
            contract.rates["97110"] = Decimal(1)  # type: ignore[index]
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            contract.name = "HMO"  # type: ignore[misc]

    def test_contracts_of_the_same_terms_are_equal(self) -> None:
        one = Contract("PPO", rates={"97110": "35", "97530": "41"})
        same = Contract("PPO", rates={"97530": Decimal(41), "97110": 35})
        assert one == same
        assert hash(one) == hash(same)
        assert one != attrs.evolve(one, rates={"97110": "35"})
        assert one != attrs.evolve(one, lesser_of_charge=True)

    def test_copies_are_equal(self) -> None:
        contract = Contract("PPO", rates={"97110": "35"})
        assert copy.deepcopy(contract) == contract
        assert pickle.loads(pickle.dumps(contract)) == contract  # noqa: S301 - our own bytes

    def test_the_repr_makes_the_contract_again(self) -> None:
        contract = Contract("PPO", rates={"97110": "35"}, lesser_of_charge=True)
        assert repr(contract) == (
            "Contract(name='PPO', rates={'97110': Decimal('35.00')}, lesser_of_charge=True)"
        )

    @pytest.mark.parametrize("percent", ["10", "10.00", "85", "100", "110.5", " 110. ", "1000"])
    def test_a_percentage_is_from_10_to_1000(self, percent: str) -> None:
        contract = Contract("PPO", percent_of_medicare=percent)
        assert contract.percent_of_medicare == Decimal(percent)

    @pytest.mark.parametrize(
        ("percent", "shown"),
        [
            (0, "0"),
            (Decimal("-0.01"), "-0.01"),
            (Decimal("1000.01"), "1000.01"),
            (1001, "1001"),
            (110.0, "110.0"),
            (True, "True"),
            (Decimal("NaN"), "NaN (a missing value)"),
            (Decimal("sNaN"), "NaN (a missing value)"),
            (Decimal("Infinity"), "a number above 99999"),
            ("110%", "a string of 4 characters"),
            ("1e2", "'1e2'"),
            ("", "an empty string"),
            ([110], "a list"),
        ],
    )
    def test_any_other_percentage_is_refused(self, percent: Any, shown: str) -> None:  # noqa: ANN401
        assert refusal(InvalidInputError, lambda: Contract("PPO", percent_of_medicare=percent)) == (
            "percent_of_medicare must be a Decimal, string, or whole number from 10 to 1000, such as "
            f"110 for 110 %, got {shown}"
        )

    @pytest.mark.parametrize("factor", ["1.10", "0.85", "0.01", "9.99", " 2 ", 1, Decimal("1.2")])
    def test_a_factor_instead_of_a_percentage_is_an_error(
        self, factor: Decimal | str | int
    ) -> None:
        assert refusal(InvalidInputError, lambda: Contract("PPO", percent_of_medicare=factor)) == (
            f"percent_of_medicare must be a percentage: use 110 for 110 %, got {str(factor).strip()}"
        )

    @pytest.mark.parametrize("name", ["", " ", None, 7])
    def test_a_contract_without_a_name_is_refused(self, name: Any) -> None:  # noqa: ANN401
        message = refusal(InvalidInputError, lambda: Contract(name, per_visit=95))
        assert message.startswith("name must be the name of the contract, such as 'Blue PPO', got ")

    def test_one_basis_is_needed_and_two_are_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: Contract("PPO")) == ONE_BASIS + "none"
        assert refusal(InvalidInputError, lambda: Contract("PPO", rates={})) == ONE_BASIS + "none"
        assert refusal(InvalidInputError, lambda: per_visit(rates={"97110": "35"})) == (
            ONE_BASIS + "rates and per_visit"
        )
        assert refusal(
            InvalidInputError,
            lambda: per_visit(rates={"97110": "35"}, percent_of_medicare=110),
        ) == (ONE_BASIS + "rates and percent_of_medicare and per_visit")

    @pytest.mark.parametrize(
        ("terms", "message"),
        [
            (
                {"mppr": True},
                "mppr needs percent_of_medicare: rates and per_visit have no MPPR amounts",
            ),
            ({"mppr": 1}, "mppr must be True or False, got 1"),
            ({"lesser_of_charge": "yes"}, "lesser_of_charge must be True or False, got 'yes'"),
            (
                {"effective_from": "2026-01-02", "effective_through": "2026-01-01"},
                "effective_through 2026-01-01 is before effective_from 2026-01-02",
            ),
            (
                {"effective_from": "2026-02-30"},
                ("effective_from must be a date such as 2026-03-02 or 3/2/2026 (month first), got '2026-02-30'"),
            ),
            (
                {"effective_through": 2026},
                "effective_through must be a date such as 2026-03-02 or 3/2/2026 (month first), got 2026",
            ),
            ({"per_day_maximum": "99.999"}, "per_day_maximum: an amount must be rounded to the cent, got '99.999'"),
            (
                {"per_day_maximum": 99.5},
                "per_day_maximum: an amount must be a Decimal, a string such as '40.42', or an int; got 99.5",
            ),
            ({"rates": ["97110"]}, "rates must be a Mapping such as {'97110': '35.00'}, got a list"),
            (
                {"rates": {"9711": "35"}},
                "code must be five characters such as '97530' or 'G0283', got '9711'",
            ),
            ({"rates": {"g0283": "1", "G0283": "1"}}, "rates has G0283 twice: give each code once"),
            (
                {"rates": {"97110": "-1"}},
                "rates['97110'] must be above zero, got '-1': leave out a code without a price",
            ),
        ],
    )  # fmt: skip
    def test_an_invalid_term_is_an_error(self, terms: dict[str, Any], message: str) -> None:
        assert refusal(InvalidInputError, lambda: per_visit(**terms)) == message

    def test_a_visit_without_a_price_is_refused(self) -> None:
        assert refusal(InvalidInputError, lambda: Contract("PPO", per_visit=0)) == (
            "per_visit: an amount must be above zero, got 0: leave out a code without a price"
        )


class TestFromToml:
    def test_rates_are_read_from_numbers_and_texts(self, read: Callable[[str], Contract]) -> None:
        contract = read(
            'name = "Blue PPO"\neffective_from = 2026-01-01\neffective_through = "12/31/2026"\n'
            "per_day_maximum = 105.10\nlesser_of_charge = true\nmppr = false\n" + RATES
        )
        assert contract == Contract(
            "Blue PPO",
            effective_from=date(2026, 1, 1),
            effective_through=date(2026, 12, 31),
            rates={"97110": "35.00", "97530": "41.00", "G0283": "12.50"},
            per_day_maximum="105.10",
            lesser_of_charge=True,
        )

    def test_a_percentage_and_an_amount_for_the_visit_are_read(
        self, read: Callable[[str], Contract]
    ) -> None:
        medicare = read("name = 'PPO'\npercent_of_medicare = 110.5\nmppr = true")
        assert medicare == Contract("PPO", percent_of_medicare="110.5", mppr=True)
        assert read("name = 'PPO'\nper_visit = 95") == Contract("PPO", per_visit=95)

    def test_the_path_may_be_a_text_and_the_file_may_begin_with_a_mark(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "contract.toml"
        path.write_bytes(b"\xef\xbb\xbfname = 'PPO'\r\nper_visit = 95\r\n")
        assert Contract.from_file(str(path)) == Contract("PPO", per_visit=95)

    def test_money_never_passes_through_a_float_or_the_decimal_context_of_the_program(
        self, read: Callable[[str], Contract]
    ) -> None:
        text = "name = 'PPO'\nper_day_maximum = 1234567.89\n[rates]\n97110 = 1_035.07\n"
        with decimal.localcontext(decimal.Context(prec=2)):
            contract = read(text)
        assert str(contract.rates["97110"]) == "1035.07"
        assert str(contract.per_day_maximum) == "1234567.89"

    def test_all_problems_are_reported_at_once_with_their_lines(
        self, problems: Callable[[str], object]
    ) -> None:
        text = (
            "# terms\neffective_from = 2026-12-01T00:00:00\n"
            "effective_through = 'soon'\n"
            "per_vist = 95\n"
            "per_day_maximum = 1.005 # a comment = with # and '''\n"
            "lesser_of_charge = 'yes'\n"
            "mppr = 1\n"
            "\n"
            "  [ rates ]\n"
            "9711 = 35.00\n"
            "97530 = [\n"
            "  1, # ]\n"
            "]\n"
            "'g0283' = -1\n"
            'G0283 = "x"\n'
            "97112 = true\n"
            "97116.x = 2\n"
            "97140 = nan\n"
            "97150 = 1e99999999999999999999\n"
            "per_visit = 95\n"
        )
        belongs = "must be dollars such as 35.00"
        assert problems(text) == [
            (None, "name", "missing: give the name of the contract"),
            (2, "effective_from", "a date such as 2026-01-01 belongs here"),
            (
                3,
                "effective_through",
                (
                    "effective_through must be a date such as 2026-03-02 or 3/2/2026 (month first), got a string of 4 characters"
                ),
            ),
            (4, "per_vist", f"not one of {KEYS}; did you mean per_visit?"),
            (5, "per_day_maximum", "an amount must be rounded to the cent, got 1.005"),
            (6, "lesser_of_charge", "true or false belongs here"),
            (7, "mppr", "true or false belongs here"),
            (
                10,
                "rates.9711",
                "code must be five characters such as '97530' or 'G0283', got '9711'",
            ),
            (11, "rates.97530", belongs),
            (
                14,
                "rates.g0283",
                "an amount must be above zero, got -1: leave out a code without a price",
            ),
            (15, "rates.G0283", "G0283 already has a rate: give one rate per code"),
            (
                15,
                "rates.G0283",
                "an amount must be a number of dollars such as '40.42', got a string of 1 character",
            ),
            (16, "rates.97112", belongs),
            (17, "rates.97116", belongs),
            (
                18,
                "rates.97140",
                (
                    "an amount must be above zero, got NaN (a missing value): leave out a code without a price"
                ),
            ),
            (
                19,
                "rates.97150",
                (
                    "an amount must be above zero, got a number above 99999: leave out a code without a price"
                ),
            ),
            (
                20,
                "rates.per_visit",
                "this is a term of the contract, not a code: write it above [rates]",
            ),
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("name = 'PPO'", (None, None, ONE_BASIS + "none")),
            (
                "name = 'PPO'\nper_visit = 95\npercent_of_medicare = 110",
                (3, "percent_of_medicare", ONE_BASIS + "per_visit and percent_of_medicare"),
            ),
            (
                "name = 'PPO'\nmppr = true\nper_visit = 95",
                (
                    2,
                    "mppr",
                    "mppr needs percent_of_medicare: rates and per_visit have no MPPR amounts",
                ),
            ),
            (
                (
                    "name = 'PPO'\nper_visit = 95\neffective_through = 2026-01-01\n"
                    "effective_from = 2026-01-02"
                ),
                (
                    3,
                    "effective_through",
                    "effective_through 2026-01-01 is before effective_from 2026-01-02",
                ),
            ),
            (
                "name = ''\nper_visit = 95",
                (
                    1,
                    "name",
                    (
                        "name must be the name of the contract, such as 'Blue PPO', "
                        "got an empty string"
                    ),
                ),
            ),
            ("name = 1\nper_visit = 95", (1, "name", "must be a string such as 'Blue PPO'")),
            (
                "name = 'PPO'\npercent_of_medicare = 1000.01",
                (
                    2,
                    "percent_of_medicare",
                    (
                        "percent_of_medicare must be a Decimal, string, or whole number from 10 to 1000, "
                        "such as 110 for 110 %, got 1000.01"
                    ),
                ),
            ),
            *(
                (
                    f"name = 'PPO'\npercent_of_medicare = {written}",
                    (
                        2,
                        "percent_of_medicare",
                        "percent_of_medicare must be a percentage: use 110 for 110 %, got 1.10",
                    ),
                )
                for written in ("1.10", '"1.10"')
            ),
            (
                "name = 'PPO'\npercent_of_medicare = false",
                (2, "percent_of_medicare", "must be a number such as 110 for 110 %"),
            ),
            (
                "name = 'PPO'\nper_visit = 2026-01-01",
                (2, "per_visit", "must be dollars such as 95.00"),
            ),
            (
                "name = 'PPO'\neffective_through = 09:00:00\nper_visit = 1",
                (2, "effective_through", "a date such as 2026-01-01 belongs here"),
            ),
            (
                "name = 'PPO'\nrates = 35",
                (
                    2,
                    "rates",
                    "must be a table of codes and dollars, such as 97110 = 35.00",
                ),
            ),
            (
                "name = 'PPO'\n[[rates]]\n97110 = 1\n[[rates]]\n97110 = 2",
                (
                    2,
                    "rates",
                    "must be a table of codes and dollars, such as 97110 = 35.00",
                ),
            ),
            (
                "name = 'PPO'\n[rates]\n",
                (2, "rates", "empty: give at least one rate, such as 97110 = 35.00"),
            ),
            (
                "name = 'PPO'\nper_visit = 95\n97110 = 35",
                (3, "97110", "this is a code: write its rate below [rates]"),
            ),
            (
                "name = 'PPO'\nper_visit = 95\n[zzz.www]\nx = 1",
                (3, "zzz", f"not one of {KEYS}"),
            ),
            (
                "name = 'PPO'\nper_visit = 95\n'Rosa Invented' = 1",
                (3, "a string of 13 characters", f"not one of {KEYS}"),
            ),
            (
                "name = 'PPO'\nrates = { 97110 = 35.00, 9753 = 41.00 }",
                (
                    2,
                    "rates.9753",
                    "code must be five characters such as '97530' or 'G0283', got '9753'",
                ),
            ),
            (
                "name = 'PPO'\nrates.97110 = 35.00\nrates . 'x\"y' = 41.00",
                (
                    3,
                    "rates.a string of 3 characters",
                    (
                        "code must be five characters such as '97530' or 'G0283', "
                        "got a string of 3 characters"
                    ),
                ),
            ),
        ],
    )
    def test_one_problem_is_reported_at_the_line_of_its_key(
        self, problems: Callable[[str], object], text: str, expected: object
    ) -> None:
        assert problems(text) == [expected]

    @pytest.mark.parametrize(
        "value",
        [
            '"a # b = [c"',
            "'a \" # ['",
            '"a \\" ] #"',
            '"""\nBAD = 1\n[rates] # """',
            '"""a\\"""\nBAD = 1"""""',
            '""""a"""',
            '"""\\\n  a \\\\"""',
            "'''\nBAD = 1\\'''",
            "''''a''\nBAD = 1'''''",
            "[ # ] \"\n  'BAD = 1', # '''\n  [\"]\", [\n]],\n]",
            "{ a = '}', b.c = [{}, {d = '''\n'''}] }",
            "2026-01-01 09:00:00",
            "-1.5e3",
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_the_line_of_a_key_is_found_below_any_value(
        self, problems: Callable[[str], list[tuple[int, str, str]]], value: str, end: str
    ) -> None:
        text = f"name = 'PPO'\nper_visit = 9\n  \t\nvalue = {value} # BAD = '''\n#\n\"BAD\"= 1"
        tomllib.loads(text)
        expected = [(4, "value"), (4 + value.count("\n") + 2, "BAD")]
        found = problems(text.replace("\n", end))
        assert [(line, key) for line, key, _ in found] == expected

    def test_a_key_with_an_escape_is_found(
        self, problems: Callable[[str], list[tuple[int, str, str]]]
    ) -> None:
        found = problems('name = \'PPO\'\n\n[ "r\\u0061tes" ]\n\n"9711\\u0030" = 0\n')
        assert [(line, key) for line, key, _ in found] == [(5, "rates.97110")]

    @pytest.mark.parametrize(
        ("text", "line", "reason"),
        [
            ("name = 'PPO'\nper_visit = \n", 2, "Invalid value"),
            ("name = 'PPO'\nper_visit = ", 2, "Invalid value"),
            (
                "name = 'PPO'\nper_visit = 95 00\nmppr = true\n",
                2,
                "Expected newline or end of document after a statement",
            ),
            ("[rates]\n97110 = 1\n97110 = 2\n\n", 3, "Cannot overwrite a value"),
            ("name = 'PPO'\nname = 'PPO'", 2, "Cannot overwrite a value"),
            ("[[\n", 1, None),
            ("x = 9" + "9" * 5000, None, "a number has too many digits"),
            ("x = " + "[" * 100_000, None, "nested too deeply"),
        ],
    )
    def test_invalid_toml_is_reported_with_its_line(
        self,
        read: Callable[[str], Contract],
        tmp_path: Path,
        text: str,
        line: int | None,
        reason: str | None,
    ) -> None:
        with pytest.raises(FileFormatError) as caught:
            read(text)
        error = caught.value
        assert (error.path, error.line, error.column) == (
            str(tmp_path / "contract.toml"),
            line,
            None,
        )
        assert error.reason.startswith(f"not valid TOML: {reason or ''}")
        assert "(at" not in error.reason

    def test_a_file_that_is_not_utf_8_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "contract.toml"
        path.write_bytes("name = 'Städtische'\n".encode("latin-1"))
        assert refusal(FileFormatError, lambda: Contract.from_file(path)) == (
            f"{path}: not UTF-8; save the file as UTF-8"
        )

    def test_a_file_that_is_not_there_is_the_error_of_the_system(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Contract.from_file(tmp_path / "none.toml")


def test_a_midnight_timestamp_is_a_date() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    assert per_visit(effective_from=moment).effective_from == date(2026, 1, 1)


statements = st.lists(
    st.sampled_from(
        (
            "# a comment with 'quotes\" and [",
            "",
            "\t ",
            "'k{n}' = '''\n[rates]\n'''",
            'k{n} = """\\"""\n# """',
            'k{n}.a."b.c" = [\n 1, # ]\n]',
            "k{n} = { a = '}', b = \"#\" } # }",
            "k{n} = 2026-01-01 # '''",
            "[k{n}] # [",
            "[ k{n} . 'a]' ]",
            "[[k{n}]]",
        )
    ),
    max_size=12,
)


@given(statements)
def test_every_key_of_a_file_is_found_on_the_line_that_names_it(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    text, expected, table = "", [], False
    for number, statement in enumerate(lines):
        # After a table header, only another table header is a top-level key of the file.
        if statement.lstrip(" '[").startswith("k{n}") and not (table and statement[0] != "["):
            expected.append((text.count("\n") + 1, f"k{number}"))
        table = table or statement.startswith("[")
        text += statement.replace("{n}", str(number)) + "\n"
    path = tmp_path_factory.getbasetemp() / "generated.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExceptionGroup) as caught:
        Contract.from_file(path)
    errors = [error for error in caught.value.exceptions if isinstance(error, FileFormatError)]
    assert [(error.line, error.column) for error in errors if error.line] == expected
