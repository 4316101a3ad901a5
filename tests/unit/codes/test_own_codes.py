"""The user's own codes: how they are read, and what they do in logs, units, lines, amounts, and checks."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.own_data import cleared_caches, own_data
from tests.refusals import refusal
from therapy_billing import (
    CPT_MIDPOINT,
    MEDICARE,
    PAYERS,
    Claim,
    ClaimLine,
    Discipline,
    FeeSchedule,
    FileFormatError,
    InvalidInputError,
    Policy,
    Session,
    TimedService,
    UntimedService,
    allocate_units,
    bill_day,
    bill_log,
    build_claim,
    check_claim,
    explain,
    load_codes,
    read_treatment_log,
)
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.toml_files import TomlFile, parse_toml
from therapy_billing.codes import CodeFacts, CodeProgram, Contact, TherapyClass, UnitOf
from therapy_billing.codes.code_book import (
    code_in_force,
    facts_of_tables,
    quarter_codes,
    recalled_time_codes,
    refused_by_medicare,
    therapist_only_codes,
)
from therapy_billing.codes.own_codes import (
    BOOK_FILES,
    CodeFile,
    code_location,
    faults_of_code_files,
    read_code_file,
    read_own_codes,
)

DAY = "2026-03-02"
LEAVE_OUT = "leave it out, or declare a correction of that file in pack.toml"
RATES = {"T1027": "20.00", "97530": "35.00"}

T1027 = """
[[code]]
code = "T1027"
label = "family training, early intervention"
minutes = 15
disciplines = ["PT", "OT", "SLP"]
therapy = "never"
contact = "one-on-one"
patient = "may-be-absent"
program = "other-payers"
from = 2024-01-01
through = 2030-12-31
source = "State early intervention manual, section 4.2"
"""
ABA = """
[[code]]
code = "H2019"
label = "ABA treatment, the plan's own code"
minutes = 15
disciplines = []
contact = "one-on-one"
program = "aba"
source = "North plan, ABA provider manual 2026"
verified = "official"
"""
FAMILY = """
[[code]]
code = "X1000"
label = "work simulation, first hour"
minutes = 60
add_on = "X1001"
disciplines = ["PT"]
contact = "supervised"
program = "therapy"
therapy = "sometimes"
source = "North plan"

[[code]]
code = "X1001"
label = "work simulation, more half hours"
minutes = 30
adds_to = ["X1000"]
disciplines = ["PT"]
contact = "supervised"
program = "therapy"
therapy = "sometimes"
source = "North plan"
"""
OTHERS = """
[[code]]
code = "X2000"
label = "group class"
untimed_per = "day"
disciplines = ["PT", "ST"]
contact = "group"
program = "therapy"
assistant_modifier = false
from = 2026-02-01
through = 2026-06-30
source = "North plan"

[[code]]
code = "X3000"
label = "hand evaluation"
untimed_per = "day"
disciplines = ["OT"]
contact = "one-on-one"
evaluation_of = "OT"
therapist_only = true
program = "therapy"
source = "North plan"

[[code]]
code = "X4000"
label = "balance training"
minutes = 15
midpoint = "open"
disciplines = ["PT"]
contact = "one-on-one"
therapist_only = false
program = "therapy"
therapy = "sometimes"
source = "North plan"
"""
OWN = T1027 + ABA + FAMILY + OTHERS


@pytest.fixture
def own() -> Iterator[None]:
    with own_data({"codes/own.toml": OWN}):
        yield


def library(path: str) -> TomlFile:
    return parse_toml(read_library_text(path), f"therapy_billing/data/{path}")


LIBRARY = [CodeFile(path, library(path)) for path in BOOK_FILES]
BOOK = facts_of_tables([each.file.table for each in LIBRARY[:2]], {})


def where(code: str) -> str:
    return code_location(code, [each.file for each in LIBRARY])


def read(text: str, corrected: tuple[str, ...] = ()) -> dict[str, CodeFacts]:
    return read_own_codes(parse_toml(text, "own.toml"), BOOK, where, corrected=corrected)


def faults(call: Callable[[], object]) -> list[str]:
    """Return the errors of the group that *call* raises."""
    with pytest.raises(ExceptionGroup) as caught:
        call()
    assert all(type(error) is FileFormatError for error in caught.value.exceptions)
    return [str(error).removeprefix("own.toml, ") for error in caught.value.exceptions]


def row(**changes: object) -> str:
    """Return a [[code]] for X9000, with one key per line, and with *changes*: TOML values, or None to leave a key out."""
    terms: dict[str, object] = {
        "code": '"X9000"',
        "label": '"exercise"',
        "minutes": "15",
        "disciplines": '["PT", "OT"]',
        "contact": '"one-on-one"',
        "program": '"therapy"',
        "source": '"North plan"',
        **{key.rstrip("_"): value for key, value in changes.items()},
    }
    return "[[code]]\n" + "".join(f"{k} = {v}\n" for k, v in terms.items() if v is not None)


class TestReading:
    def test_the_library_has_no_own_code_and_its_file_explains_the_form(self) -> None:
        text = read_library_text("codes/own.toml")
        assert read(text) == {}
        example = [line[2:] for line in text.splitlines() if line.startswith("# [[code]]")]
        start = text.index("# [[code]]")
        shown = text[start : text.index("\n#\n", start)].replace("# ", "")
        assert example == ["[[code]]"]
        assert list(read(shown)) == ["T1027"]

    def test_every_key_becomes_a_fact(self) -> None:
        facts = read(OWN)
        first = facts["T1027"]
        assert (first.label, first.unit_of, first.unit_minutes, first.contact) == (
            "family training, early intervention",
            UnitOf.MINUTES,
            15,
            Contact.ONE_ON_ONE,
        )
        assert first.disciplines == tuple(Discipline)
        assert (first.program, first.therapy_class) == (
            CodeProgram.OTHER_PAYERS,
            TherapyClass.NEVER,
        )
        assert (first.patient_present, first.assistant_modifier) == (False, True)
        assert first.effective_from == datetime.date(2024, 1, 1)
        assert first.effective_through == datetime.date(2030, 12, 31)
        assert (first.mppr_indicator, first.medicare_status) == (None, None)
        assert (facts["X1000"].add_on, facts["X1001"].adds_to) == ("X1001", ("X1000",))
        group = facts["X2000"]
        assert (group.unit_of, group.contact) == (UnitOf.DAY, Contact.GROUP)
        assert group.disciplines == (Discipline.PT, Discipline.SLP)
        assert not group.assistant_modifier
        assert (facts["X3000"].evaluation_of, facts["X3000"].therapist_only) == (
            Discipline.OT,
            True,
        )
        assert (facts["X4000"].midpoint_settled, facts["X4000"].therapist_only) == (False, False)

    def test_every_fact_cites_the_source_of_the_row(self) -> None:
        facts = read(OWN)
        assert {
            name: [str(s) for s in cited] for name, cited in facts["X3000"].sources.items()
        } == {
            fact: ["North plan (unverified)"]
            for fact in (
                "time",
                "contact",
                "evaluation",
                "therapist_only",
                "disciplines",
                "validity",
                "program",
            )
        }
        assert {str(*cited) for cited in facts["H2019"].sources.values()} == {
            "North plan, ABA provider manual 2026 (official)"
        }
        assert "therapist_only" not in facts["X4000"].sources

    def test_the_loaded_codes_equal_those_that_were_checked(self) -> None:
        text = OWN.replace('"family training, early intervention"', '" family   training\\n"')
        text = text.replace('"one-on-one"', '"One-on-One"')
        with own_data({"codes/own.toml": text}):
            assert dict(load_codes()) == {**BOOK, **read(text)}
            assert load_codes()["T1027"].label == "family training"

    def test_without_own_codes_the_book_is_that_of_the_library(self) -> None:
        with cleared_caches():
            assert dict(load_codes()) == BOOK


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (row(minuts="15"), ["line 9, column code.minuts: not one of code, label, "]),
            (row(code=None), ["line 1, column code.code: missing"]),
            *(
                (row(**{key: None}), [f"line 1, column code.{key}: missing"])
                for key in ("label", "disciplines", "contact", "program", "source")
            ),
            (
                row(minutes=None),
                [
                    "line 1, column code.minutes: missing: give minutes for a timed code, or untimed_per for an untimed code"
                ],
            ),
            (
                row(untimed_per='"day"'),
                ["line 9, column code.untimed_per: a code has minutes or untimed_per, not both"],
            ),
            (
                row(untimed_per='"dya"', minutes=None),
                [
                    "line 8, column code.untimed_per: not one of day, period, area, application, instrument; did you mean day?"
                ],
            ),
            (
                row(untimed_per='"calendar-month"', minutes=None),
                [
                    "line 8, column code.untimed_per: not one of day, period, area, application, instrument"
                ],
            ),
            (
                row(code='"x9000"'),
                ["line 2, column code.code: write the code as X9000"],
            ),
            (row(code='"97"'), ["line 2, column code.code: code must be five characters such as "]),
            (
                row(code="97999"),
                ['line 2, column code.code: a code in quotes, such as "T1027", belongs'],
            ),
            (row(label='" "'), ["line 3, column code.label: text belongs here"]),
            (
                row(label=r'"a\u001b[2J"'),
                ["line 3, column code.label: a control character does not"],
            ),
            (
                row(minutes="0"),
                ["line 4, column code.minutes: minutes of one unit must be from 1 to 1440"],
            ),
            (
                row(minutes="1441"),
                ["line 4, column code.minutes: minutes of one unit must be from 1 to"],
            ),
            (
                row(minutes="15.0"),
                ["line 4, column code.minutes: a whole number of minutes belongs here"],
            ),
            (
                row(minutes="true"),
                ["line 4, column code.minutes: a whole number of minutes belongs here"],
            ),
            (
                row(disciplines='"PT"'),
                ['line 5, column code.disciplines: disciplines such as ["PT", "OT"] belong here'],
            ),
            (
                row(disciplines="[1]"),
                ['line 5, column code.disciplines: disciplines such as ["PT", "OT"] belong here'],
            ),
            (
                row(disciplines='["PT", "PT"]'),
                ["line 5, column code.disciplines: each may be listed once"],
            ),
            (
                row(disciplines='["XX"]'),
                ["line 5, column code.disciplines: discipline must be PT, OT, or SLP, got "],
            ),
            (
                row(contact='"alone"'),
                ["line 6, column code.contact: not one of one-on-one, group, "],
            ),
            (
                row(program='"abba"'),
                ["line 7, column code.program: not one of therapy, aba, acupuncture"],
            ),
            (row(source='""'), ["line 8, column code.source: text belongs here"]),
            (
                row(verified='"yes"'),
                ["line 9, column code.verified: not one of official, secondary"],
            ),
            (row(therapy='"maybe"'), ["line 9, column code.therapy: not one of always, sometimes"]),
            (row(midpoint='"closed"'), ["line 9, column code.midpoint: not one of open, cpt"]),
            (
                row(patient='"present"'),
                ["line 9, column code.patient: not one of absent, may-be-absent"],
            ),
            (row(group_of="[]"), ["line 9, column code.group_of: disciplines such as "]),
            (
                row(assistant_modifier='"no"'),
                ["line 9, column code.assistant_modifier: true or false"],
            ),
            (
                row(from_='"2026-01-01"'),
                [
                    "line 9, column code.from: a date without quotes, such as 2026-01-01, belongs here"
                ],
            ),
            (
                row(from_="2026-01-02", through="2026-01-01"),
                ["line 10, column code.through: must be 2026-01-02, the first day, or later"],
            ),
            (
                row(contact='"remote"', patient='"absent"'),
                [
                    "line 9, column code.patient: leave it out: if the contact is remote, the patient is not present"
                ],
            ),
            (
                row(group_of='["PT"]'),
                [
                    "line 9, column code.group_of: only a code with the contact group is a group code"
                ],
            ),
            (
                row(contact='"group"', disciplines='["PT", "SLP"]', group_of='["PT", "SLP"]'),
                [
                    "line 9, column code.group_of: it would have no effect: 97150 is the group code of PT; leave PT out",
                    "line 9, column code.group_of: it would have no effect: 92508 is the group code of SLP; leave SLP out",
                ],
            ),
            (
                row(contact='"group"', group_of='["SLP"]'),
                ["line 9, column code.group_of: SLP is not one of the disciplines of the code"],
            ),
            (
                row(evaluation_of='"SLP"', therapist_only="true"),
                [
                    "line 9, column code.evaluation_of: PT or OT belongs here: a day may have several SLP evaluations"
                ],
            ),
            (
                row(evaluation_of='"PT"', disciplines='["OT"]'),
                [
                    "line 1, column code.therapist_only: an evaluation is for therapists only: write it here too",
                    "line 9, column code.evaluation_of: PT is not one of the disciplines of the code",
                ],
            ),
            (
                row(minutes=None, untimed_per='"day"', midpoint='"open"'),
                ["line 9, column code.midpoint: only a code with minutes has a midpoint"],
            ),
            (
                row(minutes=None, untimed_per='"day"', add_on='"X9001"'),
                ["line 9, column code.add_on: only a code with minutes, or with untimed_per = "],
            ),
            (
                row(add_on='"X9001"'),
                ["line 9, column code.add_on: X9001 is not in the data: add a "],
            ),
            (
                row(adds_to='["X9001", "97110"]'),
                ["line 9, column code.adds_to: X9001 is not in the data: add a [[code]] for it"],
            ),
            (
                row(adds_to='["97129"]'),
                [
                    'line 9, column code.adds_to: no first code names X9000: write add_on = "X9000" for 97129'
                ],
            ),
            (
                row(add_on='"97130"'),
                ["line 9, column code.add_on: 97130 does not name X9000 in adds_to: add it there"],
            ),
            (row(add_on='"X9000"'), ["line 9, column code.add_on: X9000 cannot name itself"]),
            (
                row(adds_to='["X9000", "97110"]'),
                [
                    "line 9, column code.adds_to: X9000 cannot name itself",
                    "line 9, column code.adds_to: no first code names X9000: write add_on = ",
                ],
            ),
            (
                row(add_on='"X9001"') + row(code='"X9001"', adds_to='["X9000"]', add_on='"97130"'),
                ["line 18, column code.adds_to: a code has add_on or adds_to, not both"],
            ),
            (
                row(add_on='"X9001"')
                + row(code='"X9001"', adds_to='["X9000"]', minutes=None, untimed_per='"area"'),
                ["line 9, column code.add_on: X9001 and X9000 must both be timed, or both untimed"],
            ),
            (
                row(add_on='"X9001"')
                + row(code='"X9002"', add_on='"X9001"')
                + row(code='"X9001"', adds_to='["X9000", "X9002"]'),
                [
                    "line 27, column code.adds_to: X9000 and X9002 name X9001 as add_on: only one of them may"
                ],
            ),
            (
                row() + row(),
                ["line 10, column code.code: X9000 is already on line 2: keep one of them"],
            ),
            ("codes = 1\n", ["line 1, column codes: not one of code; did you mean code?"]),
            ("code = 1\n", ["line 1, column code: one or more [[code]] tables belong here"]),
            ("code = [1]\n", ["line 1, column code: one or more [[code]] tables belong here"]),
        ],
    )
    def test_each_fault_has_its_line(self, text: str, expected: list[str]) -> None:
        found = faults(lambda: read(text))
        assert len(found) == len(expected)
        for fault, start in zip(found, expected, strict=True):
            assert fault.startswith(start)

    def test_all_faults_of_a_file_are_reported_at_once(self) -> None:
        text = row(minutes="0", label=None) + row(code='"X9001"', contact='"near"') + "top = 1\n"
        assert [each.partition(":")[0] for each in faults(lambda: read(text))] == [
            "line 1, column code.label",
            "line 3, column code.minutes",
            "line 13, column code.contact",
            "line 16, column code.top",
        ]

    def test_a_code_with_a_fault_is_not_reported_again_where_it_is_named(self) -> None:
        first = row(add_on='"X9001"')
        assert [
            each.partition(":")[0]
            for each in faults(lambda: read(first + row(code='"X9001"', adds_to="[]")))
        ] == ["line 18, column code.adds_to"]
        add_on = row(code='"X9001"', adds_to='["X9000"]')
        assert [
            each.partition(":")[0] for each in faults(lambda: read(row(minutes="0") + add_on))
        ] == ["line 4, column code.minutes"]

    def test_an_add_on_may_follow_a_known_code_too(self) -> None:
        text = row(add_on='"X9001"') + row(code='"X9001"', adds_to='["X9000", "97110"]')
        assert read(text)["X9001"].adds_to == ("X9000", "97110")

    def test_a_code_of_the_library_is_refused_with_both_places(self) -> None:
        file = "codes/other_programs.toml"
        line = library(file).text.splitlines().index('code = "97153"') + 1
        place = f"therapy_billing/data/{file}, line {line}"
        assert faults(lambda: read(row(code='"97153"'))) == [
            f"line 2, column code.code: 97153 is already in {place}: {LEAVE_OUT}"
        ]

    def test_a_code_of_an_earlier_file_is_refused_with_both_places_unless_it_is_equal(self) -> None:
        below = CodeFile("codes/own.toml", parse_toml(T1027, "early.toml"))
        same = CodeFile("codes/own.toml", parse_toml(f"# as before\n{T1027}", "same.toml"))
        other = CodeFile(
            "codes/own.toml",
            parse_toml(T1027.replace("minutes = 15", "minutes = 30"), "late.toml"),
        )
        assert faults_of_code_files([*LIBRARY, below, same]) == []
        assert [str(fault) for fault in faults_of_code_files([*LIBRARY, below, other])] == [
            f"late.toml, line 3, column code.code: T1027 is already in early.toml, line 3: {LEAVE_OUT}"
        ]

    def test_a_corrected_code_may_differ(self) -> None:
        text = T1027.replace("minutes = 15", "minutes = 30")
        known = read(T1027)
        file = parse_toml(text, "own.toml")
        assert read_own_codes(file, known, str, corrected=["T1027"])["T1027"].unit_minutes == 30

    def test_a_correction_must_not_tear_a_family_apart(self) -> None:
        known = {**BOOK, **read(FAMILY)}
        first = parse_toml(row(code='"X1000"', minutes="60"), "own.toml")
        add_on = parse_toml(row(code='"X1001"', minutes="30"), "own.toml")
        assert faults(lambda: read_own_codes(first, known, str, corrected=["X1000"])) == [
            "line 1, column code.add_on: X1001 adds to X1000: correct it too, or keep add_on"
        ]
        assert faults(lambda: read_own_codes(add_on, known, str, corrected=["X1001"])) == [
            "line 1, column code.adds_to: X1000 names X1001 as add_on: correct it too, or keep X1000"
        ]
        both = parse_toml(first.text + add_on.text, "own.toml")
        changed = read_own_codes(both, known, str, corrected=["X1000", "X1001"])
        assert (changed["X1000"].add_on, changed["X1001"].adds_to) == (None, ())


NESTED = """
known_through = 2026-12-31
[source.manual]
title = "North plan manual"
verified = "official"
[[code]]
code = "97153"
label = "ABA treatment by a technician"
program = { of = "aba", source = ["manual"] }
time = { minutes = 15, source = ["manual"] }
contact = { with = "one-on-one", source = ["manual"] }
disciplines = { any_of = [], source = ["manual"] }
therapy = { class = "never", source = ["manual"] }
mppr = { indicator = "0", source = ["mult-proc-2026"] }
medicare = { status = "C", source = ["medicare-status-2026"] }
validity = { from = 2019-01-01, source = ["manual"] }
"""


def nested(text: str, *corrected: str, path: str = "codes/other_programs.toml") -> CodeFile:
    return CodeFile(path, parse_toml(text, "own.toml"), frozenset(corrected))


def faults_of(*files: CodeFile) -> list[str]:
    return [
        str(fault).removeprefix("own.toml, ") for fault in faults_of_code_files([*LIBRARY, *files])
    ]


class TestNestedFiles:
    def test_the_files_of_the_library_have_no_fault(self) -> None:
        assert faults_of_code_files(LIBRARY) == []
        for each in LIBRARY[:2]:
            other = each.path == "codes/other_programs.toml"
            facts = read_code_file(each.file, {}, str, sources={}, other_programs=other)
            assert facts.items() <= BOOK.items()
            assert len(facts) == len(each.file.table["code"])

    def test_a_declared_correction_replaces_recalled_facts(self) -> None:
        assert faults_of(nested(NESTED, "97153")) == []
        assert faults_of(nested(NESTED)) == [
            f"line 7, column code.code: 97153 is already in {where('97153')}: {LEAVE_OUT}"
        ]
        file = LIBRARY[1].file.table
        rows = [each for each in file["code"] if each["code"] != "97153"]
        own = parse_toml(NESTED, "own.toml").table
        merged = {"source": {**file["source"], **own["source"]}, "code": [*rows, *own["code"]]}
        corrected = facts_of_tables([LIBRARY[0].file.table, merged], {})["97153"]
        assert [str(source) for source in corrected.sources["time"]] == [
            "North plan manual (official)"
        ]
        assert [str(source) for source in BOOK["97153"].sources["time"]] == [
            "General knowledge: the minutes of one unit (unverified)"
        ]

    def test_each_layer_may_cite_the_sources_of_earlier_ones(self) -> None:
        later = NESTED.partition("[[code]]")[2].replace("97153", "X9000")
        assert faults_of(nested(NESTED, "97153"), nested(f"[[code]]{later}")) == []
        assert len(faults_of(nested(f"[[code]]{later}"))) == 6

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            (
                '["mult-proc-2026"]',
                '["mult-proc-2027"]',
                "line 14, column code.mppr.source: no sou",
            ),
            (
                'source = ["mult-proc-2026"]',
                "source = []",
                "line 14, column code.mppr.source: keys",
            ),
            (', source = ["mult-proc-2026"]', "", "line 14, column code.mppr.source: missing"),
            ('indicator = "0"', 'indicator = "00"', "line 14, column code.mppr.indicator: not one"),
            ('indicator = "0", ', "", "line 14, column code.mppr.indicator: missing"),
            ("with =", "wiht =", "line 11, column code.contact."),
            ('mppr = { indicator = "0", ', 'mppr = { indicatr = "0", ', "line 14, column code."),
            ('title = "North plan manual"\n', "", "line 3, column source.manual.title: missing"),
            ("2026-12-31", '"2026"', "line 2, column known_through: a date without quotes"),
            (
                "[source.manual]",
                "[source]\nx = 1\n[source.manual]",
                "line 4, column source.x: must be a",
            ),
            ("minutes = 15", "minutes = 1441", "line 10, column code.time.minutes: minutes of one"),
            ("minutes = 15,", "", "line 10, column code.time.minutes: missing: give minutes"),
            (
                "minutes = 15",
                'untimed_per = "calendar-month"',
                "line 10, column code.time.month: untimed_per = ",
            ),
            (
                "minutes = 15",
                'untimed_per = "calendar-month", month = { through = 20 }',
                "line 10, column code.time.month.from: missing",
            ),
            (
                "minutes = 15",
                'untimed_per = "calender", month = { from = 20 }',
                "line 10, column code.time.untimed_per: not one of day, period",
            ),
            (
                "minutes = 15",
                'minutes = 15, interprets = "X1234"',
                "line 10, column code.time.interprets: X1234 is not in the data",
            ),
            (
                "from = 2019-01-01",
                'through = 2026-01-01, replaced_by = ["X1234"]',
                "line 16, column code.validity.replaced_by: X1234 is not in the data",
            ),
            (
                'status = "C"',
                'refused = true, instead = ["97153"]',
                "line 15, column code.medicare.instead: 97153 cannot name itself",
            ),
            (
                'program = { of = "aba", source = ["manual"] }\n',
                "",
                "line 6, column code.program: mis",
            ),
            (
                'time = { minutes = 15, source = ["manual"] }\n',
                "",
                "line 6, column code.time: missing",
            ),
            (
                '{ class = "never", source = ["manual"] }',
                '"never"',
                "line 13, column code.therapy: a",
            ),
        ],
    )
    def test_each_fault_has_its_line(self, old: str, new: str, expected: str) -> None:
        text = NESTED.replace(old, new, 1)
        assert text != NESTED
        assert faults_of(nested(text, "97153"))[0].startswith(expected)

    def test_the_file_of_therapy_codes_names_no_program(self) -> None:
        text = NESTED.replace('["mult-proc-2026"]', '["manual"]').replace(
            '["medicare-status-2026"]', '["manual"]'
        )
        text = text.replace("97153", "X9000")
        assert faults_of(nested(text, path="codes/therapy.toml"))[0].startswith(
            "line 9, column code.program: not one of code, label, time"
        )
        without = text.replace('program = { of = "aba", source = ["manual"] }\n', "")
        assert faults_of(nested(without, path="codes/therapy.toml")) == []

    def test_an_evaluation_of_the_nested_form_is_for_therapists_only(self) -> None:
        text = (
            NESTED.replace("any_of = []", 'any_of = ["PT"]')
            + 'evaluation = { of = "PT", source = ["manual"] }\n'
        )
        assert len(faults_of(nested(text, "97153"))) == 1
        text += 'therapist_only = { again = true, source = ["manual"] }\n'
        assert faults_of(nested(text, "97153")) == []


@pytest.mark.usefixtures("own")
class TestUnits:
    def test_minutes_of_an_own_code_make_units(self) -> None:
        day = Session(DAY, "OT", [TimedService("T1027", 23), TimedService("97530", 22)])
        assert allocate_units(day, CPT_MIDPOINT).units == {"T1027": 2, "97530": 1}

    def test_medicare_refuses_other_programs_and_counts_own_therapy_codes(self) -> None:
        assert {"T1027", "H2019"} <= refused_by_medicare()
        day = Session(DAY, "PT", [TimedService("T1027", 30)])
        assert refusal(InvalidInputError, lambda: allocate_units(day, MEDICARE)) == (
            "code T1027 (other-payers) is not in Medicare's therapy benefit: leave it out, or count it for another payer"
        )
        day = Session(DAY, "PT", [TimedService("X4000", 8), TimedService("97110", 15)])
        assert allocate_units(day, MEDICARE).units == {"X4000": 1, "97110": 1}
        assert "X4000" in quarter_codes()
        assert "T1027" not in quarter_codes()

    def test_a_family_bills_its_add_on_for_further_units(self) -> None:
        day = Session(DAY, "PT", [TimedService("X1000", 95)])
        assert allocate_units(day, CPT_MIDPOINT).units == {"X1000": 1, "X1001": 1}

    def test_an_untimed_own_code_is_billed_once_a_day(self) -> None:
        day = Session(DAY, "PT", [UntimedService("X2000")])
        assert allocate_units(day, CPT_MIDPOINT).untimed_units == {"X2000": 1}
        with pytest.raises(InvalidInputError, match="billed once a day"):
            UntimedService("X2000", units=2)

    def test_caps_apply(self) -> None:
        day = Session(DAY, "PT", [TimedService("T1027", 60)])
        policy = Policy("cpt-midpoint").with_changes(cap_per_code={"T1027": 3})
        assert allocate_units(day, policy).units == {"T1027": 3}

    def test_a_payer_may_count_an_own_code_in_its_own_way(self) -> None:
        day = Session(DAY, "PT", [TimedService("T1027", 60)])
        policy = Policy("cpt-midpoint").with_changes(
            code_terms=[{"codes": "T1027", "unit_minutes": 30}]
        )
        assert allocate_units(day, policy).units == {"T1027": 2}

    def test_a_remark_names_the_document_that_was_not_verified(self) -> None:
        day = Session(
            DAY,
            "PT",
            [
                TimedService("T1027", 15),
                TimedService("96112", 31),
                UntimedService("X2000"),
                UntimedService("92526"),
            ],
        )
        made = allocate_units(day, CPT_MIDPOINT)
        assert [each for each in made.remarks if each.startswith("how units")] == [
            "how units of 92526 and 96112 are counted is general knowledge, not confirmed by a source",
            "how units of T1027 are counted is not verified: State early intervention manual, section 4.2",
            "how units of X2000 are counted is not verified: North plan",
        ]

    def test_a_code_that_ends_after_the_data_is_in_force_without_a_date(self) -> None:
        assert load_codes()["T1027"].effective_through == datetime.date(2030, 12, 31)
        assert allocate_units({"T1027": 15}, CPT_MIDPOINT).units == {"T1027": 1}
        assert refusal(InvalidInputError, lambda: code_in_force("X2000", None)) == (
            "code X2000 ended on 2026-06-30: give date_of_service for an earlier service"
        )

    def test_minutes_of_an_untimed_code_are_refused_with_its_last_day(self) -> None:
        message = "code X2000 is untimed: record UntimedService('X2000'); X2000 is valid through 2026-06-30"
        call = partial(allocate_units, {"X2000": 10}, CPT_MIDPOINT, date_of_service="2026-02-03")
        assert refusal(InvalidInputError, call) == message

    def test_only_a_verified_source_avoids_the_remark(self) -> None:
        assert "T1027" in recalled_time_codes()
        assert "H2019" not in recalled_time_codes()
        day = Session(DAY, "PT", [TimedService("T1027", 15), TimedService("H2019", 15)])
        assert allocate_units(day, CPT_MIDPOINT).recalled_codes == ("T1027",)
        assert "T1027" in str(explain(allocate_units(day, CPT_MIDPOINT)))

    @pytest.mark.parametrize(
        ("day", "message"),
        [
            (
                datetime.date(2026, 7, 1),
                "code X2000 ended on 2026-06-30: no code that replaced it is in the data",
            ),
            (datetime.date(2026, 1, 31), "code X2000 begins on 2026-02-01"),
        ],
    )
    def test_a_day_outside_the_dates_of_the_code_is_refused(
        self, day: datetime.date, message: str
    ) -> None:
        assert refusal(InvalidInputError, lambda: code_in_force("X2000", day)) == message
        assert code_in_force("X2000", datetime.date(2026, 6, 30)).code == "X2000"

    def test_an_own_evaluation_is_for_therapists_only(self) -> None:
        assert "X3000" in therapist_only_codes()


@pytest.mark.usefixtures("own")
class TestLinesAndAmounts:
    def test_a_log_with_own_codes_is_billed_at_the_rates_of_the_payer(self) -> None:
        rows: list[dict[str, Any]] = [
            {"patient": "P-1", "date": DAY, "discipline": "PT", "code": code, "minutes": 30}
            for code in ("T1027", "97530")
        ]
        log = read_treatment_log(rows)
        rates = FeeSchedule.from_rates(RATES, name="north plan")
        (day,) = bill_log(log.days, CPT_MIDPOINT, rates)
        assert [(line.code, line.units, line.allowed) for line in day.priced.lines] == [
            ("T1027", 2, Decimal("40.00")),
            ("97530", 2, Decimal("70.00")),
        ]

    def test_lines_have_the_modifiers_of_plan_and_assistant(self) -> None:
        policy = Policy("cpt-midpoint").with_changes(assistants="assistant-units-2022")
        services: list[TimedService | UntimedService] = [
            TimedService("T1027", 15, clinician="assistant"),
            UntimedService("X2000", clinician="assistant"),
        ]
        claim = build_claim(allocate_units(Session(DAY, "PT", services), policy))
        assert [(line.code, line.modifiers) for line in claim.lines] == [
            ("T1027", ("GP", "CQ")),
            ("X2000", ("GP",)),
        ]

    def test_medicare_has_no_amount_for_an_own_code(self) -> None:
        day = Session(DAY, "PT", [TimedService("X4000", 15)])
        priced = bill_day(day, MEDICARE, FeeSchedule.medicare(DAY))
        assert priced.lines[0].allowed is None
        assert not priced.complete

    def test_one_unknown_code_is_one_bad_row_and_an_own_code_is_a_suggestion(self) -> None:
        rows: list[dict[str, Any]] = [
            {"patient": "P-1", "date": DAY, "discipline": "PT", "code": code, "minutes": 30}
            for code in ("T1027", "T1028")
        ]
        log = read_treatment_log(rows, keep_going=True)
        assert [error.reason for error in log.errors] == [
            "not in the data: add it with use_data or --codes; did you mean T1027?"
        ]
        assert len(log.days) == 1


@pytest.mark.usefixtures("own")
class TestChecks:
    def test_medicare_says_that_it_does_not_know_an_own_code(self) -> None:
        lines = [ClaimLine("T1027", 1, ["GP"]), ClaimLine("X4000", 1, ["GP"])]
        found = check_claim(Claim(DAY, lines), MEDICARE, checks=["payable-code"])
        assert [(each.answer.value, each.about, each.remark) for each in found.answers] == [
            ("not-in-data", ("T1027", "X4000"), "whether Medicare pays the code is not in the data")
        ]

    @pytest.mark.parametrize(
        ("line", "rule", "message"),
        [
            (
                ClaimLine("X2000", 2, ["GP"]),
                "once-a-day",
                "2 units of X2000, which is billed once a",
            ),
            (ClaimLine("X1001", 1, ["GP"]), "add-on-alone", "X1001 without X1000"),
            (ClaimLine("X4000", 1, ["GO"]), "discipline-only", "X4000"),
            (ClaimLine("H2019", 1), "therapist-code", "H2019 is not a therapist's code (official)"),
        ],
    )
    def test_a_check_finds_a_fault_with_an_own_code(
        self, line: ClaimLine, rule: str, message: str
    ) -> None:
        (finding,) = check_claim(Claim(DAY, [line]), CPT_MIDPOINT, checks=[rule])
        assert finding.message.startswith(message)

    def test_a_stated_source_is_not_called_general_knowledge(self) -> None:
        claim = Claim(DAY, [ClaimLine("H2019", 1)])
        (finding,) = check_claim(claim, CPT_MIDPOINT, checks=["therapist-code"])
        assert finding.detail == "The code belongs to the program aba."

    def test_units_above_the_minutes_are_found(self) -> None:
        session = Session(DAY, "PT", [TimedService("T1027", 15)])
        claim = Claim(DAY, [ClaimLine("T1027", 2, ["GP"])])
        (finding,) = check_claim(claim, CPT_MIDPOINT, sessions=session, checks=["units-of-minutes"])
        assert finding.lines == (0,)

    def test_a_code_that_ended_is_denied(self) -> None:
        claim = Claim("2026-07-01", [ClaimLine("X2000", 1, ["GP"])])
        (finding,) = check_claim(claim, CPT_MIDPOINT, checks=["payable-code"])
        assert finding.message.startswith("code X2000 ended on 2026-06-30")


class TestLocation:
    def test_the_last_file_that_has_the_code_is_named(self) -> None:
        files = [parse_toml(T1027, "a.toml"), parse_toml(ABA + T1027, "b.toml")]
        assert code_location("T1027", files) == "b.toml, line 13"
        assert code_location("T1027", files[:1]) == "a.toml, line 3"
        assert code_location("X9000", files) == ""


def test_own_data_leaves_the_data_of_the_library_behind() -> None:
    book, medicare = load_codes(), PAYERS["medicare"]
    with own_data({"codes/own.toml": T1027}):
        assert "T1027" in load_codes()
        assert PAYERS["medicare"] is not medicare
    assert load_codes() is book
    assert PAYERS["medicare"] is medicare
