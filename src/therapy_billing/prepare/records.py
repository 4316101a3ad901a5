"""Decisions that a person must make about a visit, their options, and the choices that were made."""

from __future__ import annotations

import re
from datetime import datetime
from operator import attrgetter

import attrs

from therapy_billing.base import choices
from therapy_billing.base.dates import parse_datetime
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT, Usd
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import checked, require_text
from therapy_billing.claims.records import ClaimLine
from therapy_billing.codes.roles import Discipline
from therapy_billing.law.rule_book import Rule
from therapy_billing.law.sources import Source

__all__ = [
    "Choice",
    "Decision",
    "DecisionKind",
    "DecisionMaker",
    "DecisionOption",
    "DecisionScope",
    "OutdatedChoice",
    "spread",
]


class DecisionKind(choices.Choice):
    """What a decision is about."""

    UNIT_METHOD = "unit-method"
    """How the payer counts units, because no source says it."""
    UNBILLED = "unbilled-minutes"
    """Documented minutes that make no unit because of who furnished them."""
    NOTE = "note-support"
    """A code that the note does not support."""
    ASSISTANT = "assistant"
    """Whether the units of a code carry CQ or CO."""
    TIE = "tie"
    """Which of the tied codes have the units that are left."""
    DISTINCT = "distinct-service"
    """Two codes that NCCI bundles: 59, an X modifier, or only one of the codes."""
    DEDUCTIBLE = "deductible"
    """Whether the patient has met the deductible, because no year-to-date amounts were given."""
    KX = "kx"
    """Whether services above the annual threshold are medically necessary."""
    LIABILITY = "liability"
    """Who owes the charge if Medicare denies services above the annual threshold: GA with an ABN, or GZ."""


class DecisionScope(choices.Choice):
    """What one answer is for. Decisions with the same answer have the same id."""

    VISIT = "visit"
    """This visit only."""
    PATIENT_YEAR = "patient-year"
    """All visits of the patient in the calendar year."""
    PAYER_YEAR = "payer-year"
    """All visits of the payer's patients in the calendar year."""


class DecisionMaker(choices.Choice):
    """Who may answer a decision."""

    CLINICIAN = "treating-clinician"
    BILLER = "biller"
    PATIENT = "patient"
    """The patient decides whether to sign an ABN. The biller records the answer."""


@attrs.frozen(kw_only=True)
class DecisionOption(DictRecord):
    """
    One way to answer a decision, and the visit with that answer.

    The lines and dollars are those of the whole visit if this option is chosen and all other decisions stay as they are.

    Args:
        name: What a choice names, such as ``attest``.
        label: The answer in one sentence.
        attests: What the author of the choice attests; empty if the option attests nothing.
        lines: The claim lines of the visit, with their units and modifiers.
        allowed: Dollars allowed for the visit; None if not known.
        at_stake: The part of *allowed* that the payer is expected to deny, without what another open decision settles; None
            if not known.
        payer_pays: Dollars that Medicare pays; None if not known, or if something is expected to be denied.
        patient_owes: Dollars that the patient owes; None if not known, or if something is expected to be denied.
    """

    name: str
    label: str
    attests: str = ""
    lines: tuple[ClaimLine, ...] = ()
    allowed: Usd | None = None
    at_stake: Usd | None = None
    payer_pays: Usd | None = None
    patient_owes: Usd | None = None

    @property
    def expected(self) -> Usd | None:
        """Allowed dollars that the payer is not expected to deny; None if not known."""
        if self.allowed is None or self.at_stake is None:
            return self.allowed
        return EXACT.subtract(self.allowed, self.at_stake)

    @property
    def received(self) -> Usd | None:
        """Dollars that the provider receives from Medicare and the patient; None if not known."""
        if self.payer_pays is None or self.patient_owes is None:
            return None
        return EXACT.add(self.payer_pays, self.patient_owes)


_MOST_CHARACTERS = 1_000
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that no file of decisions can hold."""


def _words(value: str, *, what: str = "") -> str:
    require_text(value, what)
    words = value.strip()
    if not words:
        msg = f"{what} must not be empty: say which decision, which option, and who decided"
        raise InvalidInputError(msg, field=what)
    if len(words) > _MOST_CHARACTERS:
        msg = f"{what} must have at most {_MOST_CHARACTERS} characters, got {len(words)}"
        raise InvalidInputError(msg, field=what)
    if _UNWRITABLE.search(words):
        msg = f"{what} has a character that no file can hold: leave out U+0000 and unpaired surrogates"
        raise InvalidInputError(msg, field=what)
    return words


def _moment(value: datetime | str, *, what: str = "decided_at") -> datetime:
    return parse_datetime(value, what=what)


@attrs.frozen(field_transformer=checked)
class Choice(DictRecord):
    """
    What a person decided.

    Args:
        decision_id: The id of the decision.
        option: The name of the option.
        author: Who decided, such as a name with credentials. It is never displayed, because it may be the patient.
        decided_at: When it was decided: a date and a time of day.

    Raises:
        InvalidInputError: If a text is empty or has U+0000 or an unpaired surrogate, or *decided_at* is not a date and a time.

    >>> Choice("kx:PT:5d1f0c2a", "attest", "A. Invented, PT", "2026-03-02 17:40").decided_at
    datetime.datetime(2026, 3, 2, 17, 40)
    """

    decision_id: str = attrs.field(converter=_words)
    option: str = attrs.field(converter=_words)
    author: str = attrs.field(repr=False, converter=_words)
    decided_at: datetime = attrs.field(converter=_moment)


@attrs.frozen(kw_only=True)
class Decision(DictRecord):
    """
    Something that the rules leave to a person.

    Args:
        id: Its id. It stays the same as long as the facts and the options stay the same.
        kind: What it is about.
        question: The question in one sentence.
        answered_by: Who may answer.
        scope: What one answer is for.
        options: The options. The first is the default: what :func:`~therapy_billing.bill_day` does without an answer. A
            decision about the unit method has no default.
        has_default: Whether the first option is the default.
        facts: What the decision rests on. Other facts make another decision.
        rule: The rule that leaves the decision open.
        figures: Sources in addition to those of the rule.
        discipline: The plan of care that it is about; None if it is about the whole visit.
        codes: The codes that it is about.
        settles: Ids of the rules whose findings about *codes* the answer settles.
        may_be_denied: Dollars that the payer may deny, although it is not known whether it does; None if there are none.
        choice: What was chosen; None while it is open.
    """

    _dict_fields = (
        "id",
        "kind",
        "question",
        "answered_by",
        "scope",
        "options",
        "default",
        "chosen",
        "choice",
        "dollars",
        "facts",
        "discipline",
        "codes",
        "settles",
        "may_be_denied",
        "rule=rule.id",
        "citation",
    )

    id: str
    kind: DecisionKind
    question: str
    answered_by: DecisionMaker
    scope: DecisionScope = DecisionScope.VISIT
    options: tuple[DecisionOption, ...]
    has_default: bool = True
    facts: tuple[str, ...]
    rule: Rule
    figures: tuple[Source, ...] = ()
    discipline: Discipline | None = None
    codes: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    may_be_denied: Usd | None = None
    choice: Choice | None = None

    @property
    def default(self) -> str:
        """The name of the default option; empty if there is none."""
        return self.options[0].name if self.has_default else ""

    @property
    def chosen(self) -> str:
        """The name of the option that the visit has: the choice, or the default."""
        return self.default if self.choice is None else self.choice.option

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided."""
        return self.choice is None

    @property
    def citation(self) -> tuple[Source, ...]:
        """The sources of the rule and of the figures, each once."""
        return tuple(dict.fromkeys(self.rule.sources + self.figures))

    @property
    def dollars(self) -> Usd | None:
        """
        The largest difference that the answer can make, in dollars; None if not known.

        This is the difference in what is allowed and not expected to be denied, or the difference in what the provider
        receives, if that is more. If all options are equal in both, it is the difference in what is allowed, else what may
        be denied. It is not known if only Medicare's payment differs, and what the patient owes is not known.
        """
        expected, allowed, received, paid = (
            spread([amount(option) for option in self.options])
            for amount in (_EXPECTED, _ALLOWED, _RECEIVED, _PAID)
        )
        if expected is not None and received is not None:
            expected = max(expected, received)
        spreads = (expected, allowed, self.may_be_denied)
        unknown = None if received is None and paid else expected
        return next((each for each in spreads if each), unknown)

    def option(self, name: str) -> DecisionOption:
        """
        Return the option *name*.

        Raises:
            InvalidInputError: If there is none.
        """
        require_text(name, "name")
        for option in self.options:
            if option.name == name:
                return option
        names = " or ".join(repr(each.name) for each in self.options)
        msg = f"option must be {names} for decision {self.id}"
        raise InvalidInputError(msg, field="option")


_EXPECTED, _ALLOWED, _RECEIVED, _PAID = map(
    attrgetter, ("expected", "allowed", "received", "payer_pays")
)


def spread(amounts: list[Usd | None]) -> Usd | None:
    """Return the largest difference of *amounts*; None if one is not known."""
    known = [amount for amount in amounts if amount is not None]
    if not known or len(known) < len(amounts):
        return None
    return EXACT.subtract(max(known), min(known))


@attrs.frozen(kw_only=True)
class OutdatedChoice(DictRecord):
    """
    A choice that was not applied, because its decision does not exist anymore.

    Args:
        choice: The choice.
        reason: Why it was not applied, in one sentence.
        replaced_by: The id of the decision that must be made instead; empty if there is none.
    """

    choice: Choice
    reason: str
    replaced_by: str = ""
