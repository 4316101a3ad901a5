"""The terms that apply to every row of a frame: payers, fees, attestations, year-to-date amounts, and defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from inspect import signature
from typing import Any, ClassVar, TypeAlias

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.errors import (
    InvalidInputError,
    TherapyBillingError,
    UnknownNameError,
)
from therapy_billing.base.money import Usd
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_text, require_type
from therapy_billing.base.wording import unknown_name
from therapy_billing.batch.log_terms import LogTerms
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.claim_lines import Charges
from therapy_billing.codes.dollars_by_code import parse_dollars_by_code
from therapy_billing.codes.roles import (
    Clinician,
    Discipline,
    Setting,
    parse_clinician,
    parse_discipline,
    parse_setting,
)
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.payers.policy import Policy
from therapy_billing.pricing.accumulators import Accumulators

__all__ = [
    "START_AT_ZERO",
    "FeeFunction",
    "FrameFees",
    "FrameTerms",
    "FrameYears",
    "PayerFees",
    "RowOrder",
    "frame_terms",
]

FeeFunction: TypeAlias = Callable[..., FeeSchedule]
"""
A function that returns the fee schedule for a date of service, such as ``FeeSchedule.medicare``.

It is called with the date, and with the keywords *locality* and *setting* if the rows have them.
"""
PayerFees: TypeAlias = FeeSchedule | FeeFunction
"""One fee schedule for all days, or a function."""
FrameFees: TypeAlias = PayerFees | Mapping[str, PayerFees]
"""Medicare's fees or one payer's schedule, or the fees of each payer by name."""
START_AT_ZERO = "start-at-zero"
"""Every patient's year-to-date amounts start at zero before the first day of the frame."""
FrameYears: TypeAlias = Mapping[Any, Accumulators] | str
"""Each patient's year-to-date amounts before the frame, by the patient's value in the frame, or ``"start-at-zero"``."""


class RowOrder(Choice):
    """The documented order of the services of a patient-day, for a frame without a column for it."""

    ROWS = "rows"
    """The order of the rows."""
    CODE = "code"
    """The order of the codes. Shuffling the rows then never changes a result."""

    __aliases__: ClassVar[Mapping[str, str]] = {"row": "rows", "codes": "code"}


@attrs.frozen(kw_only=True)
class FrameTerms:
    """
    The terms that apply to every row of a frame.

    Args:
        log: The payers, attestations, and policy changes.
        fees: The fees of payers without fees of their own in *payer_fees*; None for no amounts.
        payer_fees: The fees of payers, by name in *payers*.
        years: Each patient's year-to-date amounts before the frame; None if they are not tracked.
        starts_at_zero: Whether a patient without an entry in *years* starts at zero.
        discipline: The discipline of rows without one; None if each row must have one.
        clinician: Who furnished the services of rows that do not say so.
        locality: The locality of rows without one; None for national amounts.
        setting: The setting of rows without one; None for the setting of the fee schedule.
        order: The documented order, if the frame has no column for it.
        charges: Dollars for one unit, by code, for rows without a charge.
    """

    log: LogTerms
    fees: PayerFees | None
    payer_fees: Mapping[str, PayerFees]
    years: Mapping[Any, Accumulators] | None
    starts_at_zero: bool
    discipline: Discipline | None
    clinician: Clinician
    locality: str | None
    setting: Setting | None
    order: RowOrder | None
    charges: Mapping[str, Usd]

    def payer_named(self, name: str | None) -> Payer:
        """
        Return the payer of rows that name *name*; None means the payer of rows without a name.

        Raises:
            InvalidInputError: If there is no such payer.
        """
        if name is None:
            return self.log.payer
        try:
            return self.log.payers[name]
        except UnknownNameError as error:
            raise InvalidInputError(str(error), field="payer") from None

    def fees_on(
        self,
        day: date,
        payer: Payer,
        policy: Policy,
        locality: str | None,
        setting: Setting | None,
    ) -> FeeSchedule | None:
        """Return the fees of *payer* on *day*. None if there are none, or if they are Medicare's and the payer has its own."""
        own = self.payer_fees.get(payer.name)
        fees = self.fees if own is None else own
        if fees is None or isinstance(fees, FeeSchedule):
            return fees
        if own is None and policy.money.fee_basis.is_payers_own:
            return None
        return _called(fees, day, locality, setting)

    @property
    def asks_for_each_date(self) -> bool:
        """
        Whether a fee function must be called for each date of the frame.

        A function may return another schedule on any day. ``FeeSchedule.medicare`` need not be called: its schedules say for
        which days they are.
        """
        given = (self.fees, *self.payer_fees.values())
        return any(_is_function(fees) and not _is_medicare(fees) for fees in given)

    def days_of_changes(
        self, dates: Sequence[date], locality: str | None, setting: Setting | None
    ) -> set[date]:
        """
        Return the *dates* for which a fee function returns another schedule than for the date before.

        Args:
            dates: The dates of the frame, in order.
            locality: A locality of the frame.
            setting: A setting of the frame.
        """
        days = set()
        for fees in (self.fees, *self.payer_fees.values()):
            if fees is None or isinstance(fees, FeeSchedule) or _is_medicare(fees):
                continue
            before: FeeSchedule | None = None
            for day in dates:
                try:
                    found: FeeSchedule | None = _called(fees, day, locality, setting)
                except Exception:  # noqa: BLE001 - the function may know only the days of its payer's rows
                    found = None
                if found is not before and found != before:
                    days.add(day)
                before = found
        return days

    def fees_are_constant(
        self,
        fees: FeeSchedule | None,
        payer: Payer,
        policy: Policy,
        period: tuple[date, Sequence[date]],
        where: tuple[str | None, Setting | None],
    ) -> bool:
        """
        Return whether *fees*, the fees on the first date of a period, apply to the whole period.

        Args:
            fees: The fee schedule; None if there is none.
            payer: The payer.
            policy: Its policy.
            period: The last day of the period, and the dates of the frame in it if a function is asked for each.
            where: The locality and the setting.
        """
        last, dates = period
        through = None if fees is None else fees.effective_through
        if through is not None and through < (dates[-1] if dates else last):
            return False
        try:
            return all(self.fees_on(day, payer, policy, *where) == fees for day in dates[1:])
        except TherapyBillingError:
            return False


def _is_function(fees: PayerFees | None) -> bool:
    return fees is not None and not isinstance(fees, FeeSchedule)


def _called(
    fees: FeeFunction, day: date, locality: str | None, setting: Setting | None
) -> FeeSchedule:
    """Return the fee schedule that a function returns."""
    where: dict[str, Any] = {} if locality is None else {"locality": locality}
    if setting is not None:
        # Medicare pays a critical access hospital at cost, and the office amounts count toward the threshold.
        facility = setting is Setting.FACILITY
        where["setting"] = Setting.FACILITY if facility else Setting.NON_FACILITY
    try:
        found: object = fees(day, **where)
    except TypeError:
        try:
            signature(fees).bind(day, **where)
        except TypeError:
            msg = f"fees must be a function of {', '.join(['a date', *where])}, such as FeeSchedule.medicare"
            raise InvalidInputError(msg, field="fees") from None
        raise
    if not isinstance(found, FeeSchedule):
        msg = f"fees must return a FeeSchedule, got {safe_repr(found)}"
        raise InvalidInputError(msg, field="fees")
    return found


def _is_medicare(fees: PayerFees | None) -> bool:
    """Return whether a function is ``FeeSchedule.medicare``, with or without keywords."""
    return bool(getattr(fees, "func", fees) == FeeSchedule.medicare)


def frame_terms(
    payer: PayerLike,
    fees: FrameFees | None,
    accumulators: FrameYears | None,
    *,
    payers: Mapping[str, Payer] | None = None,
    attestations: Iterable[Attestation] = (),
    policy_changes: Mapping[str, Any] | None = None,
    discipline: Discipline | str | None = None,
    clinician: Clinician | str = Clinician.THERAPIST,
    locality: str | None = None,
    setting: Setting | str | None = None,
    order: RowOrder | str | None = None,
    charges: Charges | None = None,
) -> FrameTerms:
    """
    Check the arguments of :func:`~therapy_billing.batch.bill_frame`, and return them as terms.

    Raises:
        InvalidInputError: If an argument is not valid.
    """
    log = LogTerms(payers, payer, None, attestations, None, policy_changes)
    by_payer: dict[str, PayerFees] = {}
    general: PayerFees | None = None
    if isinstance(fees, Mapping):
        for name, each in fees.items():
            require_text(name, "fees")
            if name not in log.payers and name != log.payer.name:
                raise InvalidInputError(unknown_name("payer", name, log.payers), field="fees")
            known = log.payers[name].name if name in log.payers else name
            by_payer[known] = _payer_fees(each, f"fees[{name!r}]")
    elif fees is not None:
        general = _payer_fees(fees, "fees")
    zero = isinstance(accumulators, str)
    if isinstance(accumulators, str) and accumulators != START_AT_ZERO:
        msg = f"accumulators must be a mapping of patients to Accumulators, or '{START_AT_ZERO}', got {safe_repr(accumulators)}"
        raise InvalidInputError(msg, field="accumulators")
    years: Mapping[Any, Accumulators] | None = {} if zero else None
    if not isinstance(accumulators, str) and accumulators is not None:
        require_type(accumulators, Mapping, "accumulators")
        for year in accumulators.values():
            require_type(year, Accumulators, "accumulators")
        years = dict(accumulators)
    if locality is not None:
        require_text(locality, "locality")
    return FrameTerms(
        log=log,
        fees=general,
        payer_fees=by_payer,
        years=years,
        starts_at_zero=zero,
        discipline=None if discipline is None else parse_discipline(discipline),
        clinician=parse_clinician(clinician),
        locality=locality,
        setting=None if setting is None else parse_setting(setting),
        order=None if order is None else parse_choice(order, RowOrder, "order"),
        charges={} if charges is None else parse_dollars_by_code(charges, "charges"),
    )


def _payer_fees(fees: object, what: str) -> PayerFees:
    if isinstance(fees, FeeSchedule) or (callable(fees) and not isinstance(fees, type)):
        return fees
    msg = (
        f"{what} must be a FeeSchedule, or a function of a date such as FeeSchedule.medicare, "
        f"got {safe_repr(fees)}"
    )
    raise InvalidInputError(msg, field="fees")
