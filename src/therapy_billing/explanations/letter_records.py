"""Letters: an explanation on one page for a payer, an auditor, or a patient."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import attrs

from therapy_billing.base.choices import Choice
from therapy_billing.base.format_registry import as_html, as_markdown, as_text
from therapy_billing.base.library_files import DataVersion
from therapy_billing.base.money import Usd, dollars
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.codes.roles import Discipline
from therapy_billing.law.sources import Source, Verification

__all__ = [
    "Letter",
    "LetterAudience",
    "LetterCitation",
    "LetterLine",
    "LetterSection",
    "LetterStatement",
]


class LetterAudience(Choice):
    """Who reads a letter."""

    PAYER = "payer"
    AUDITOR = "auditor"
    PATIENT = "patient"


@attrs.frozen
class LetterLine(DictRecord):
    """
    A line of a letter's table.

    Args:
        code: The code.
        label: The name of the code in our own words.
        modifiers: The modifiers of the claim line.
        discipline: The discipline; None if it is not known.
        minutes: The minutes of the timed code; None if the line has none of its own.
        no_minutes: Why there are no minutes, such as ``untimed``; empty if there are.
        units: Units.
        allowed: Dollars allowed; None if not known.
        patient_owes: Dollars that the patient owes; None if not known.
    """

    code: str
    label: str
    modifiers: tuple[str, ...]
    discipline: Discipline | None
    minutes: int | None
    no_minutes: str
    units: int
    allowed: Usd | None = None
    patient_owes: Usd | None = None


@attrs.frozen
class LetterStatement(DictRecord):
    """
    A statement of a letter, with what it rests on.

    Args:
        text: Whole sentences.
        rules: The ids of the rules that the statement rests on. No letter shows them.
        label: That the statement, or a part of it, rests on no published document; empty if every source was checked.
        citations: Numbers of the letter's citations, from 1.
        appendix: Numbers of the sources in the appendix, from 1.
    """

    text: str
    rules: tuple[str, ...] = ()
    label: str = ""
    citations: tuple[int, ...] = ()
    appendix: tuple[int, ...] = ()

    def __str__(self) -> str:
        numbers = [*map(str, self.citations), *(f"A{number}" for number in self.appendix)]
        marks = "; ".join(filter(None, (", ".join(numbers), self.label)))
        return f"{self.text} [{marks}]" if marks else self.text


@attrs.frozen
class LetterSection(DictRecord):
    """
    A part of a letter.

    Args:
        heading: The heading.
        statements: The statements, in reading order.
    """

    heading: str
    statements: tuple[LetterStatement, ...]


_CHECKED = {
    Verification.OFFICIAL: "An official source; its address or its date is not on file",
    Verification.DATA_FILE: "A published data file; its address or its date is not on file",
    Verification.SECONDARY: "A secondary source",
    Verification.DERIVED: "Our reading",
    Verification.UNVERIFIED: "Not confirmed in a document",
}


@attrs.frozen
class LetterCitation(DictRecord):
    """
    The sources at one address.

    Args:
        sources: The sources. They have the same address.
    """

    sources: tuple[Source, ...]

    @property
    def url(self) -> str:
        """The address of the sources; empty if it is not on file."""
        return self.sources[0].url

    @property
    def titles(self) -> str:
        """The titles and dates of the sources."""
        of_edition: dict[str, Source] = {}
        for source in self.sources:
            of_edition.setdefault(source.dated, source)
        return "; ".join(map(_title, of_edition.values()))

    @property
    def how_checked(self) -> str:
        """How a source of the appendix was checked, in words."""
        return _CHECKED[self.sources[0].verified]


def _title(source: Source) -> str:
    """Return the title and date of a source. The title of a data file can go on with what was computed from it."""
    if source.verified is Verification.DATA_FILE:
        title = _COMPUTED.split(source.title)[0]
    else:
        title = ", ".join(filter(None, (source.title, source.section)))
    return f"{title} ({source.dated})" if source.dated and source.dated not in title else title


_COMPUTED = re.compile("[:;] ")


@attrs.frozen
class Letter(DictRecord):
    """
    An explanation on one page, for a reader who does not know the library.

    ``str(letter)`` is the letter as text. The body has the table, the statements, the conclusion, and the citations of official
    sources and data files that have an address and a date. Everything else is in the appendix. A letter has no patient keys.

    Args:
        audience: Who reads it.
        title: The title.
        date_of_service: The date of service; None if it is not known.
        payer: The name of the payer; empty if it is not known.
        lines: The lines of the table.
        allowed: Dollars allowed for the lines with an allowed amount; None if not known.
        patient_owes: Dollars that the patient owes for these lines; None if not known.
        priced: Whether the result has amounts, so that the table shows them.
        sections: The statements, by section.
        conclusion: The conclusion, one sentence.
        assumptions: What is assumed or not known, and bears on a number.
        citations: The citations of the body, numbered from 1.
        appendix: The other sources, numbered from 1.
        details: The fee schedule, and how each price was computed; empty in a letter to a patient.
        data: The version of the library and the data packs that the explanation rests on.
    """

    audience: LetterAudience
    title: str
    date_of_service: date | None
    payer: str
    lines: tuple[LetterLine, ...]
    allowed: Usd | None
    patient_owes: Usd | None
    priced: bool
    sections: tuple[LetterSection, ...]
    conclusion: str
    assumptions: tuple[str, ...]
    citations: tuple[LetterCitation, ...]
    appendix: tuple[LetterCitation, ...]
    details: tuple[str, ...]
    data: DataVersion

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The names and values at the top of the letter."""
        day = "not given" if self.date_of_service is None else str(self.date_of_service)
        return ("Date of service", day), ("Payer", self.payer or "not named")

    def table(self) -> tuple[tuple[str, ...], ...]:
        """
        Return the cells of the table: the captions, the lines, and the totals.

        An amount that is not known is ``not known``, never 0.
        """
        of_patient = self.audience is LetterAudience.PATIENT
        second = "service" if of_patient else "modifiers"
        amounts = ("allowed", "you owe" if of_patient else "patient owes") if self.priced else ()
        rows = [("code", second, "minutes", "units", *amounts)]
        for line in self.lines:
            minutes = line.no_minutes if line.minutes is None else str(line.minutes)
            middle = line.label if of_patient else _modifiers(line)
            cells = self._amounts(line.allowed, line.patient_owes)
            rows.append((line.code, middle, minutes, str(line.units), *cells))
        units = str(sum(line.units for line in self.lines))
        rows.append(("total", "", "", units, *self._amounts(self.allowed, self.patient_owes)))
        return tuple(rows)

    def _amounts(self, *amounts: Usd | None) -> Iterator[str]:
        if self.priced:
            yield from map(dollars, amounts)

    def to_html(self) -> str:
        """Return the letter as HTML without scripts, for a page or a print."""
        return as_html(self)

    def to_markdown(self) -> str:
        """Return the letter as Markdown."""
        return as_markdown(self)

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def _modifiers(line: LetterLine) -> str:
    return " ".join(line.modifiers) or ("" if line.discipline is None else line.discipline.value)
