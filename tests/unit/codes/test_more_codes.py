"""The codes next to the most billed ones, against the table of facts ``tests/examples/more_codes.csv``."""

from __future__ import annotations

import csv
import re
from datetime import date

import pytest

from tests.grids import for_each
from tests.paths import EXAMPLE_FILES, FACTS
from therapy_billing import Discipline, load_codes
from therapy_billing.codes import CodeProgram, Contact, TherapyClass, UnitOf
from therapy_billing.law import Verification

FILE = EXAMPLE_FILES / "more_codes.csv"
ROWS = list(csv.DictReader(FILE.read_text("utf-8").splitlines()))
by_row = for_each(row=ROWS)
MONTH, DAY, PERIOD = UnitOf.CALENDAR_MONTH, UnitOf.DAY, UnitOf.PERIOD
UNIT_OF = {
    "time": UnitOf.MINUTES,
    "calendar month": MONTH,
    "application": UnitOf.APPLICATION,
    "instrument": UnitOf.INSTRUMENT,
    "extremity or trunk section": UnitOf.AREA,
    "hand": UnitOf.AREA,
    "day": DAY,
    # The code of the first level, and a range of regions, have one unit.
    "level": DAY,
    "image or video": DAY,
    "1-2 spinal regions": DAY,
    "3-4 spinal regions": DAY,
    "5 spinal regions": DAY,
    "extraspinal regions": DAY,
}
PROGRAMS = {
    "ABA": CodeProgram.ABA,
    "acupuncture": CodeProgram.ACUPUNCTURE,
    "chiropractic": CodeProgram.CHIROPRACTIC,
}
CONTACTS = {
    "patient may be absent": (Contact.ONE_ON_ONE, False),
    "patient-absent group": (Contact.GROUP, False),
    "remote": (Contact.REMOTE, False),
    "none": (Contact.NONE, False),
}
LEVELS = {
    "official": Verification.OFFICIAL,
    "secondary": Verification.SECONDARY,
    "derived": Verification.DERIVED,
    "recalled": Verification.UNVERIFIED,
}


def last_value(by_year: str) -> str | None:
    """Return the value of the last year, such as A for ``2020:N>A 2021:A``."""
    return re.split("[:>]", by_year)[-1] if by_year else None


def levels(code: str, fact: str) -> set[Verification]:
    return {source.verified for source in load_codes()[code].sources[fact]}


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


class TestRows:
    def test_the_copy_is_the_table_of_facts(self) -> None:
        path = FACTS / "more_codes.csv"
        if not path.is_file():
            pytest.skip("the fact tables are not available, so the copy was not compared")
        assert path.read_text("utf-8") == FILE.read_text("utf-8")

    def test_the_table_has_100_codes(self) -> None:
        assert len({row["code"] for row in ROWS}) == 100

    @by_row
    def test_the_unit_is_that_of_the_row(self, row: dict[str, str]) -> None:
        facts = load_codes()[row["code"]]
        assert facts.unit_of is UNIT_OF.get(row["count_by"], PERIOD)
        # 99091, 99457, and 99458 count the minutes of a month or of 30 days, not those of a day.
        counts_a_day = row["count_by"] == "time"
        assert facts.unit_minutes == (int(row["unit_minutes"]) if counts_a_day else None)
        assert (facts.month_minutes is not None) is (facts.unit_of is MONTH)

    @by_row
    def test_the_relation_and_its_codes_are_those_of_the_row(self, row: dict[str, str]) -> None:
        facts = load_codes()[row["code"]]
        base = tuple(row["base_codes"].split())
        beyond = (facts.beyond,) if facts.beyond else ()
        study = (facts.interprets,) if facts.interprets else ()
        assert (*facts.adds_to, *beyond) == (base if row["relation"] == "addon" else ())
        assert study == (base if row["relation"] == "interpretation" else ())
        named = {
            c for c, each in load_codes().items() if row["code"] in (*each.adds_to, each.beyond)
        }
        if row["relation"] == "first":
            # No add-on code of 0213T is in the data.
            assert bool(named) is (row["code"] != "0213T")
        else:
            assert named == set()
            assert facts.add_on is None

    @by_row
    def test_disciplines_and_program_are_those_of_the_row(self, row: dict[str, str]) -> None:
        facts = load_codes()[row["code"]]
        program = PROGRAMS.get(row["disciplines"])
        given = () if program else tuple(map(Discipline, row["disciplines"].split()))
        assert facts.disciplines == given
        assert facts.for_therapists is bool(given)
        s_code = CodeProgram.OTHER_PAYERS if row["code"].startswith("S") else CodeProgram.THERAPY
        assert facts.program is (program or s_code)
        assert levels(row["code"], "disciplines") == {Verification.UNVERIFIED}

    @by_row
    def test_the_class_is_that_of_the_row(self, row: dict[str, str]) -> None:
        facts = load_codes()[row["code"]]
        wanted = TherapyClass(row["therapy_class"]) if row["therapy_class"] else None
        assert facts.therapy_class is wanted
        if wanted is None:
            assert "therapy" not in facts.sources
        else:
            (level,) = levels(row["code"], "therapy")
            assert level is LEVELS[re.split("[ ;]", row["therapy_class_verified"])[0]]
        assert facts.for_therapists or wanted is TherapyClass.NEVER

    @by_row
    def test_contact_is_that_of_the_row(self, row: dict[str, str]) -> None:
        facts = load_codes()[row["code"]]
        contact, present = CONTACTS.get(row["contact"]) or (Contact(row["contact"]), True)
        # The patient is there when 0213T is injected, although no therapist attends.
        assert facts.contact is contact
        assert facts.patient_present is (present or row["code"] == "0213T")
        assert facts.remote_monitoring is (row["code"] == "98986")

    @by_row
    def test_status_and_mult_proc_are_those_of_the_last_release(self, row: dict[str, str]) -> None:
        facts = load_codes()[row["code"]]
        assert facts.medicare_status == last_value(row["status_by_year"])
        assert facts.mppr_indicator == last_value(row["mult_proc_by_year"])
        assert facts.medicare_refuses is (facts.medicare_status == "I")
        if facts.medicare_status is not None:
            for fact in ("medicare", "mppr"):
                assert levels(row["code"], fact) == {Verification.DATA_FILE}

    @by_row
    def test_the_days_are_those_of_the_row(self, row: dict[str, str]) -> None:
        facts = load_codes()[row["code"]]
        assert facts.effective_from == day(row["first_date"])
        assert facts.effective_through == day(row["last_date"])
        assert facts.replaced_by == ()
        said = row["dates_verified"].split(":")[0]
        wanted = LEVELS[said] if said else Verification.DATA_FILE
        assert levels(row["code"], "validity") == {wanted}

    @by_row
    def test_the_minutes_of_an_add_on_are_not_derived_from_its_global_days(
        self, row: dict[str, str]
    ) -> None:
        said = row["time_facts_verified"]
        wanted = Verification.UNVERIFIED if "recalled" in said else LEVELS[said.split()[0]]
        assert levels(row["code"], "time") == {wanted}
