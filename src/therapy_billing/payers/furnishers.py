"""Who may furnish what: whose services a payer pays, with which modifier, and at which share of its amount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

import attrs

from therapy_billing.base.choices import Choice
from therapy_billing.base.dates import parse_date
from therapy_billing.base.errors import InvalidInputError, NotPublishedError
from therapy_billing.base.money import parse_number
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple, checked, require_type
from therapy_billing.base.wording import listed
from therapy_billing.codes.modifiers import assistant_modifiers, parse_modifiers
from therapy_billing.codes.roles import (
    Clinician,
    Discipline,
    ServiceClass,
    Setting,
    parse_clinician,
    parse_discipline,
    parse_service_class,
    parse_setting,
)
from therapy_billing.law.sources import Source

__all__ = [
    "NO_FURNISHERS",
    "QUALIFIED",
    "FurnisherRule",
    "Furnishers",
    "Payable",
    "ShareOf",
    "furnisher_in_words",
    "parse_share",
    "why_unbilled",
]

EVALUATIONS = frozenset({ServiceClass.EVALUATION, ServiceClass.RE_EVALUATION})
"""The classes that only a therapist furnishes. A rule about treatment does not show that they are paid."""
_OF_RECORDS = frozenset(
    {
        ServiceClass.DOCUMENTATION,
        ServiceClass.PROGRESS_REPORT,
        ServiceClass.PLAN_OF_CARE,
        ServiceClass.CERTIFICATION,
    }
)
_THERAPISTS = frozenset({Clinician.THERAPIST, Clinician.TOGETHER})
_PAID_BY_DEFAULT = frozenset({Clinician.ASSISTANT, Clinician.PHYSICIAN})
"""Their services are billed unless a rule says otherwise, because a license lets them treat."""
QUALIFIED = frozenset({*_THERAPISTS, Clinician.PHYSICIAN})
"""The roles whose services are paid in full, and whose notes, reports, and plans count, under every payer."""


_IN_WORDS: Mapping[Clinician, str] = {
    Clinician.THERAPIST: "a therapist",
    Clinician.ASSISTANT: "an assistant",
    Clinician.TOGETHER: "a therapist and an assistant together",
    Clinician.STUDENT: "a student",
    Clinician.AIDE: "an aide",
    Clinician.ATHLETIC_TRAINER: "an athletic trainer",
    Clinician.CLINICAL_FELLOW: "a clinical fellow without a license",
    Clinician.PHYSICIAN: "a physician",
}


def furnisher_in_words(clinician: Clinician, discipline: Discipline | None = None) -> str:
    """
    Return a role in words.

    >>> furnisher_in_words(Clinician.AIDE), furnisher_in_words(Clinician.ASSISTANT, Discipline.SLP)
    ('an aide', 'an SLP assistant')
    """
    if clinician is Clinician.ASSISTANT and discipline is Discipline.SLP:
        return "an SLP assistant"
    return _IN_WORDS[clinician]


class Payable(Choice):
    """Whether a payer pays for a class of service by a role. For a record, whether the record counts."""

    YES = "yes"
    NO = "no"
    THERAPISTS_OWN = "therapists-own"
    """Only the therapist's own service is paid, even if a student takes part."""
    IF_SIGNED = "if-signed"
    """The record counts once the therapist has reviewed and signed it."""
    IF_ORDERED = "if-ordered"
    """No signature is needed if a signed order is on file and the plan was sent in time."""
    NOT_BILLED = "not-billed"
    """The record counts, and it has no charge of its own."""
    UNKNOWN = "unknown"
    """A source exists, but we could not read its answer."""


_OF_A_SERVICE = frozenset({Payable.YES, Payable.NO, Payable.THERAPISTS_OWN, Payable.UNKNOWN})
_OF_A_RECORD = frozenset({*Payable} - {Payable.THERAPISTS_OWN})


class ShareOf(Choice):
    """What a payment share is a share of."""

    PAYMENT = "payment"
    """The payment of the payer, after the patient's part."""
    ALLOWED = "allowed"
    """The allowed amount."""

    __aliases__: ClassVar[Mapping[str, str]] = {"contracted rate": "allowed"}


_LEAST_SHARE = Decimal("0.1")


def parse_share(value: Decimal | str | int) -> Decimal:
    """
    Return *value* as a fraction from 0.1 to 1.

    >>> parse_share("0.85")
    Decimal('0.85')
    """
    share = parse_number(value)
    if share is None or not _LEAST_SHARE <= share <= 1:
        msg = f"payment_share must be a fraction from {_LEAST_SHARE} to 1, such as '0.85', got {safe_repr(value)}"
        raise InvalidInputError(msg, field="payment_share")
    return share


def _share(value: Decimal | str | int | None) -> Decimal | None:
    return None if value is None else parse_share(value)


def _modifier(value: str | None) -> str | None:
    return None if value is None else parse_modifiers([value], what="modifier")[0]


def _first(value: date | str | None) -> date | None:
    return None if value is None else parse_date(value, what="effective_from")


def _last(value: date | str | None) -> date | None:
    return None if value is None else parse_date(value, what="effective_through")


def _setting(value: Setting | str | None) -> Setting | None:
    return None if value is None else parse_setting(value)


@attrs.frozen(kw_only=True, field_transformer=checked)
class FurnisherRule(DictRecord):
    """
    What a payer says about one role and one class of service.

    Args:
        payer: The name of the payer whose source this is.
        clinician: Who furnishes the service or writes the record. Not ``together``, which counts as the therapist.
        discipline: The discipline of the plan of care.
        service: The class of service.
        payable: Whether the payer pays for it. For a record, whether the record counts.
        modifier: The modifier that the payer requires on the claim line, or None.
        payment_share: The fraction of the payer's usual amount that it pays, such as 0.85; None if it is not known, or
            if nothing is paid.
        share_of: What *payment_share* is a fraction of.
        supervision: The supervision that is required, in our own words; empty if no source names one.
        condition: When the answer applies, or what it is based on, in our own words. May be empty.
        setting: The only setting that the rule is for, or None for all settings.
        effective_from: First date of service, or None if no source names one.
        effective_through: Last date of service, or None if it is still in force.
        source: Where the rule comes from, and how that was checked.

    Raises:
        InvalidInputError: If a value is not valid, *payable* does not fit the class of service, a modifier or a share is
            given for a service that is not paid, or the last date is before the first.
    """

    payer: str
    clinician: Clinician = attrs.field(converter=parse_clinician)
    discipline: Discipline = attrs.field(converter=parse_discipline)
    service: ServiceClass = attrs.field(converter=parse_service_class)
    payable: Payable
    modifier: str | None = attrs.field(default=None, converter=_modifier)
    payment_share: Decimal | None = attrs.field(default=None, converter=_share)
    share_of: ShareOf = ShareOf.ALLOWED
    supervision: str = ""
    condition: str = ""
    setting: Setting | None = attrs.field(default=None, converter=_setting)
    effective_from: date | None = attrs.field(default=None, converter=_first)
    effective_through: date | None = attrs.field(default=None, converter=_last)
    source: Source

    def __attrs_post_init__(self) -> None:
        if self.clinician is Clinician.TOGETHER:
            msg = "clinician must not be together: a service by both counts as the therapist's, so use therapist"
            raise InvalidInputError(msg, field="clinician")
        self._check_payable()
        first, last = self.effective_from, self.effective_through
        if first is not None and last is not None and last < first:
            msg = f"effective_through {last} is before effective_from {first}: swap or correct them"
            raise InvalidInputError(msg, field="effective_through")

    def _check_payable(self) -> None:
        allowed = _OF_A_RECORD if self.service in _OF_RECORDS else _OF_A_SERVICE
        if self.payable not in allowed:
            words = listed([each.value for each in Payable if each in allowed], "or")
            msg = f"payable must be {words} for {self.service.value}, got '{self.payable.value}'"
            raise InvalidInputError(msg, field="payable")
        pays = self.payable in (Payable.YES, Payable.NOT_BILLED)
        if not pays and (self.modifier is not None or self.payment_share is not None):
            msg = f"only a service that is paid has a modifier or payment_share, but payable is '{self.payable.value}'"
            raise InvalidInputError(msg, field="payable")
        unpaid = self.payable is not Payable.YES and self.service not in _OF_RECORDS
        if self.clinician is Clinician.THERAPIST and unpaid:
            msg = f"payable must be yes for a therapist, because units come from their services; got '{self.payable.value}'"
            raise InvalidInputError(msg, field="payable")
        if self.clinician in QUALIFIED and self.payment_share not in (None, 1):
            msg = f"payment_share must be 1 for {furnisher_in_words(self.clinician)}: use contract rates for a lower amount"
            raise InvalidInputError(msg, field="payment_share")
        if self.setting is not None and self.clinician not in _PAID_BY_DEFAULT:
            msg = f"a rule for one setting must be for an assistant or a physician, got {self.clinician.value}"
            raise InvalidInputError(msg, field="setting")
        if self.setting is not None and self.payable is not Payable.YES:
            msg = "payable must be 'yes' in a rule for one setting, because units are counted before the setting is known"
            raise InvalidInputError(msg, field="setting")

    @property
    def refuses(self) -> bool:
        """Whether the source says that the payer does not pay for the service as the role furnishes it."""
        return self.payable not in (Payable.YES, Payable.UNKNOWN)

    def in_force(self, date_of_service: date | str) -> bool:
        """
        Return whether the rule is in force on *date_of_service*.

        Raises:
            InvalidInputError: If it is not a date.
        """
        day = parse_date(date_of_service)
        first, last = self.effective_from, self.effective_through
        return (first is None or first <= day) and (last is None or day <= last)


def _rules(value: Iterable[FurnisherRule]) -> tuple[FurnisherRule, ...]:
    return as_tuple(value, FurnisherRule, "rules")


_Key = tuple[Clinician, Discipline, ServiceClass]


@attrs.frozen(cache_hash=True, repr=False)
class Furnishers:
    """
    Who may furnish what under one payer, by date of service.

    Args:
        rules: The rules, in any order. If several are in force on a day for the same role, discipline, class of
            service, and setting, the one with the latest first date applies.

    Raises:
        InvalidInputError: If two rules for the same role, discipline, class, and setting have the same first date.

    >>> from therapy_billing import MEDICARE
    >>> table = MEDICARE.on("2026-03-02").furnishers
    >>> for clinician in ("assistant", "student", "aide"):
    ...     rule = table.rule(clinician, "PT", "skilled-treatment", "2026-03-02")
    ...     print(clinician, rule.payable.value, rule.modifier, rule.payment_share)
    assistant yes CQ 0.85
    student therapists-own None None
    aide no None None
    """

    rules: tuple[FurnisherRule, ...] = attrs.field(default=(), converter=_rules)
    _by_key: Mapping[_Key, tuple[FurnisherRule, ...]] = attrs.field(init=False, eq=False)

    @_by_key.default
    def _indexed(self) -> Mapping[_Key, tuple[FurnisherRule, ...]]:
        latest_first = sorted(
            self.rules, key=lambda rule: rule.effective_from or date.min, reverse=True
        )
        found: dict[_Key, tuple[FurnisherRule, ...]] = {}
        for rule in latest_first:
            key = rule.clinician, rule.discipline, rule.service
            known = found.get(key, ())
            if any(
                (each.setting, each.effective_from) == (rule.setting, rule.effective_from)
                for each in known
            ):
                since = (
                    "with no first date" if rule.effective_from is None else "with one first date"
                )
                msg = (
                    f"two rules {since} for {rule.service.value} by {rule.clinician.value} in "
                    f"{rule.discipline.value}: give each rule its own first date"
                )
                raise InvalidInputError(msg, field="rules")
            found[key] = (*known, rule)
        return found

    def __repr__(self) -> str:
        return f"<Furnishers with {len(self.rules)} rules>"

    def added_to(self, base: Furnishers) -> Furnishers:
        """
        Return these rules and those of *base*.

        If these rules have one for a role, discipline, and class of service, the rules of *base* for it end on the day before
        its first date, or are left out if it has none.

        Raises:
            InvalidInputError: If *base* is not a table of furnishers.
        """
        require_type(base, Furnishers, "base")
        if not self.rules:
            return base
        kept = []
        for rule in base.rules:
            own = self._by_key.get((rule.clinician, rule.discipline, rule.service))
            if own is None:
                kept.append(rule)
                continue
            first = min(each.effective_from or date.min for each in own)
            if first > (rule.effective_from or date.min):
                last = min(rule.effective_through or date.max, first - timedelta(days=1))
                kept.append(attrs.evolve(rule, effective_through=last))
        return Furnishers((*self.rules, *kept))

    def without_allowed_shares(self) -> Furnishers:
        """Return the table without shares of the allowed amount, as for a payer that may not apply them."""
        if all(
            rule.payment_share is None or rule.share_of is ShareOf.PAYMENT for rule in self.rules
        ):
            return self
        return Furnishers(
            [
                attrs.evolve(rule, payment_share=None) if rule.share_of is ShareOf.ALLOWED else rule
                for rule in self.rules
            ]
        )

    def rule(
        self,
        clinician: Clinician | str,
        discipline: Discipline | str,
        service: ServiceClass | str,
        date_of_service: date | str,
        setting: Setting | str | None = None,
    ) -> FurnisherRule:
        """
        Return the rule for a role and a class of service on a day.

        A class of treatment without a rule of its own has the rule for skilled treatment. An evaluation has that rule
        only if it does not pay: that a payer pays for treatment by a role does not show that it pays for evaluations. A
        rule for skilled treatment in one setting also replaces a general rule that pays for another class of treatment.

        Args:
            clinician: Who furnishes the service or writes the record. ``together`` counts as the therapist.
            discipline: The discipline of the plan of care.
            service: The class of service.
            date_of_service: The date of service.
            setting: The setting of the service. It matters only if the payer has a rule for one setting.

        Raises:
            InvalidInputError: If an argument is not valid.
            NotPublishedError: If no source has a rule.
        """
        found = self.find(clinician, discipline, service, date_of_service, setting)
        if found is None:
            role, plan = parse_clinician(clinician), parse_discipline(discipline)
            msg = (
                f"no source says whether the payer pays for {parse_service_class(service).value} by {role.value} in "
                f"{plan.value} on {parse_date(date_of_service)}"
            )
            raise NotPublishedError(msg, field="clinician")
        return found

    def find(
        self,
        clinician: Clinician | str,
        discipline: Discipline | str,
        service: ServiceClass | str,
        date_of_service: date | str,
        setting: Setting | str | None = None,
    ) -> FurnisherRule | None:
        """
        Return what :meth:`rule` returns, or None if no source has a rule.

        Args:
            clinician: As for :meth:`rule`.
            discipline: As for :meth:`rule`.
            service: As for :meth:`rule`.
            date_of_service: As for :meth:`rule`.
            setting: As for :meth:`rule`.

        Raises:
            InvalidInputError: If an argument is not valid.
        """
        role, plan = parse_clinician(clinician), parse_discipline(discipline)
        kind, day, where = (
            parse_service_class(service),
            parse_date(date_of_service),
            _setting(setting),
        )
        if role is Clinician.TOGETHER:
            role = Clinician.THERAPIST
        own = self._in_force((role, plan, kind), day, where)
        if kind in _OF_RECORDS or kind is ServiceClass.INCIDENT_TO:
            return own
        treatment = self._in_force((role, plan, ServiceClass.SKILLED_TREATMENT), day, where)
        if treatment is None:
            return own
        if own is None:
            unanswered = treatment.payable is Payable.YES and kind in EVALUATIONS
            return None if unanswered else treatment
        replaced = treatment.setting is not None and own.setting is None
        if replaced and own.payable is Payable.YES and kind not in EVALUATIONS:
            return treatment
        return own

    def _in_force(self, key: _Key, day: date, setting: Setting | None) -> FurnisherRule | None:
        general = None
        for rule in self._by_key.get(key, ()):
            if rule.in_force(day):
                if rule.setting is setting and setting is not None:
                    return rule
                if rule.setting is None and general is None:
                    general = rule
        return general

    def makes_units(
        self,
        clinician: Clinician | str,
        discipline: Discipline | str,
        service: ServiceClass | str,
        date_of_service: date | str,
    ) -> bool:
        """
        Return whether a service makes units and a claim line.

        A service makes none if a rule says that the payer does not pay for it, or if no rule says that the payer pays
        for a student, an aide, an athletic trainer, or a clinical fellow. An evaluation by a PT or OT assistant
        keeps its line, so that the check can report it.

        Args:
            clinician: As for :meth:`rule`.
            discipline: As for :meth:`rule`.
            service: As for :meth:`rule`.
            date_of_service: As for :meth:`rule`.

        Raises:
            InvalidInputError: If an argument is not valid.
        """
        role, plan = parse_clinician(clinician), parse_discipline(discipline)
        kind = parse_service_class(service)
        of_assistant = role is Clinician.ASSISTANT and plan in assistant_modifiers()
        if role in _THERAPISTS or (of_assistant and kind in EVALUATIONS):
            return True
        rule = self.find(role, plan, kind, date_of_service)
        return role in _PAID_BY_DEFAULT if rule is None else rule.payable is Payable.YES


NO_FURNISHERS = Furnishers()
"""The table of a payer about which no source says who may furnish what."""


def why_unbilled(rule: FurnisherRule | None, clinician: Clinician, discipline: Discipline) -> str:
    """
    Return why a service by a role makes no unit, as a clause.

    >>> why_unbilled(None, Clinician.AIDE, Discipline.PT)
    'no source says that the payer pays for a service by an aide'
    """
    who = furnisher_in_words(clinician, discipline)
    if rule is None:
        return f"no source says that the payer pays for a service by {who}"
    if rule.payable is Payable.THERAPISTS_OWN:
        return f"the payer pays only for the therapist's own service, not for one by {who}"
    if rule.payable is Payable.UNKNOWN:
        return f"it is not known whether the payer pays for a service by {who}"
    return f"the payer does not pay for a service by {who}"
