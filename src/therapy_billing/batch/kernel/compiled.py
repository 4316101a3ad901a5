"""
The terms of a frame as arrays: regimes, prices, and shares.

Every number comes from the scalar path: this module calls its functions and keeps their answers. A day's terms depend on its
payer, period, locality, and setting; together they are a *regime*. Nothing changes within a period. Regimes and prices are
compiled when a block first needs them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from therapy_billing.base.dates import date_of_number, number_of_date
from therapy_billing.base.errors import InvalidInputError, TherapyBillingError
from therapy_billing.base.money import EXACT, Usd, whole_cents
from therapy_billing.batch.columns import NULL
from therapy_billing.batch.frame_terms import FrameTerms
from therapy_billing.batch.kernel.code_arrays import CLASSES, CLINICIANS, DISCIPLINES, CodeArrays
from therapy_billing.batch.kernel.lazy_table import GrowingColumns, LazyTable
from therapy_billing.batch.kernel.line_modifiers import LineModifiers
from therapy_billing.batch.kernel.policy_arrays import PolicyArrays
from therapy_billing.batch.kernel.reasons import Reasons
from therapy_billing.claims.assistant_units import takes_assistant_modifiers
from therapy_billing.claims.attestations import Attestations, parse_attestations
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.code_book import known_through, load_codes
from therapy_billing.codes.modifiers import assistant_modifiers, plan_modifiers
from therapy_billing.codes.roles import Clinician, Setting
from therapy_billing.fees.bundled_tables import load_gpcis, load_releases
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.law.parameters import BUNDLED, SERIES, Parameters
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import AssistantRule, FeeBasis, Policy, TiePolicy
from therapy_billing.pricing.amounts import prices_of_lines, share_of_line
from therapy_billing.pricing.day import setting_of
from therapy_billing.pricing.day_terms import DayTerms, day_terms
from therapy_billing.units.ties import require_fees

__all__ = [
    "ARRAYS",
    "MOST_CENTS",
    "REFUSED",
    "SCALAR",
    "SHARE_SCALE",
    "CompiledTerms",
]

SHARE_SCALE = 10_000
MOST_CENTS = 10_000_000
"""
The most cents for one unit and for one visit, so that no product is too large for a whole number of 64 bits. The scalar path
bills days with larger amounts.
"""
ARRAYS, REFUSED, SCALAR = 0, 1, 2
"""
How the days of a regime are billed: as arrays; not, because the payer's policy is not known; not, because something else is not
known, such as the fee schedule; or by the scalar path.
"""
_QUARTERS = (1, 4, 7, 10)
_FIRST_YEAR = 2000


class CompiledTerms:
    """
    The terms of a frame as arrays.

    Args:
        terms: The terms.
        days: The first and the last day of the frame, as numbers of days since 1970.
        payers: The payers of the frame.
        localities: The localities of the frame; None for rows without one.
        settings: The settings of the frame; None for rows without one.
        modifiers: The modifiers of services, each as a tuple; the first is empty.
        dates: The dates of the frame, as numbers, in order; needed if a fee function is asked for each.
    """

    def __init__(
        self,
        terms: FrameTerms,
        days: tuple[int, int],
        payers: Sequence[Payer],
        localities: Sequence[str | None],
        settings: Sequence[Setting | None],
        modifiers: Sequence[tuple[str, ...]],
        dates: Sequence[int] = (),
    ) -> None:
        self.dates: Sequence[int] = dates
        self.terms: FrameTerms = terms
        self.first_day: int = days[0]
        self.last_day: int = days[1]
        self.payers: Sequence[Payer] = payers
        self.localities: Sequence[str | None] = localities
        self.settings: Sequence[Setting | None] = settings
        self.own_modifiers: Sequence[tuple[str, ...]] = modifiers
        self.attested: Attestations = parse_attestations(terms.log.attestations)
        self.lock: RLock = RLock()
        self.reasons: Reasons = Reasons()
        self.codes: CodeArrays = CodeArrays()
        self.policies: PolicyArrays = PolicyArrays(self.codes, modifiers)
        self.modifiers: LineModifiers = LineModifiers(modifiers, self.attested, self.reasons)
        self.regimes: GrowingColumns = GrowingColumns(
            policy=np.int64,
            state=np.int8,
            setting=np.int64,
            takes=np.bool_,
            mppr=np.bool_,
            lesser=np.bool_,
            cost_sharing=np.bool_,
            shares_cost=np.bool_,
            full_share=np.bool_,
            carries=np.bool_,
            kx=np.bool_,
            kept=np.int64,
            assistant_part=np.int64,
            sequestration=np.int64,
            deductible=np.int64,
            threshold=np.int64,
            per_visit=np.int64,
            day_maximum=np.int64,
        )
        self.prices: GrowingColumns = GrowingColumns(
            amount=np.int64,
            reduced=np.int64,
            rank=np.int64,
            relative=np.int64,
            priced=np.bool_,
            subject=np.bool_,
            procedure=np.bool_,
            too_large=np.bool_,
            reason=np.int32,
        )
        self.shares: GrowingColumns = GrowingColumns(share=np.int64, reason=np.int32)
        self._terms_of_regime: list[tuple[Policy, DayTerms] | None] = []
        self._policy_numbers: dict[tuple[int, int], int] = {}
        self._regime_ids = LazyTable(self._compile_regime, self.lock)
        self._price_ids = LazyTable(self._compile_price, self.lock)
        self._modifier_ids = LazyTable(self._compile_modifiers, self.lock)
        self._share_ids = LazyTable(self._compile_share, self.lock)
        self._no_unit_ids = LazyTable(self._compile_no_unit, self.lock)
        # Codes with attested modifiers, each standing for all codes with the same one; the first stands for the others.
        numbers, attested = self.codes.numbers, self.attested.distinct
        by_modifier = {modifier: code for code, modifier in attested.items()}
        free = next(code for code in self.codes.codes if code not in attested)
        self._distinct = (free, *by_modifier.values())
        self._distinct_of_code = np.zeros(len(self.codes), np.int64)
        for code, modifier in attested.items():
            if code in numbers:
                self._distinct_of_code[numbers[code]] = 1 + list(by_modifier).index(modifier)
        self._compile_periods()

    # Periods

    def _compile_periods(self) -> None:
        """Find the periods in which nothing changes, and which codes are in force in each."""
        first, last = map(date_of_number, (self.first_day, self.last_day))
        days = {date(year, month, 1) for year in _years(first, last) for month in _QUARTERS}
        for payer in self.payers:
            days |= {day for day, _ in payer.policies.entries if day is not None}
            days |= _day_after(payer.policies.known_through)
            for _, policy in payer.policies.entries:
                for rule in policy.furnishers.rules:
                    days |= _changes(rule.effective_from, rule.effective_through)
        for facts in load_codes().values():
            days |= _changes(facts.effective_from, facts.effective_through)
        days |= _day_after(known_through())
        days |= _days_of_numbers(BUNDLED)
        for fees in (self.terms.fees, *self.terms.payer_fees.values()):
            if isinstance(fees, FeeSchedule):
                days |= _changes(fees.effective_from, fees.effective_through)
            own = getattr(fees, "keywords", {}).get("parameters", getattr(fees, "parameters", None))
            if isinstance(own, Parameters):
                days |= _days_of_numbers(own)
        days |= {day for day, _ in load_releases().entries if day}
        days |= {day for day, _ in load_gpcis().entries if day}
        days |= self.terms.days_of_changes(
            [date_of_number(number) for number in self.dates], self.localities[0], self.settings[0]
        )
        inside = sorted(day for day in days if first < day <= last)
        self.period_starts: tuple[date, ...] = (first, *inside)
        self._period_ends = (*(day - timedelta(days=1) for day in inside), last)
        starts = np.array([number_of_date(day) for day in self.period_starts])
        every = np.arange(self.first_day, self.last_day + 1)
        self.year_of_day: NDArray[np.int64] = (
            every.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
        )
        self.period_of_day: NDArray[np.int64] = np.searchsorted(starts, every, side="right") - 1
        self.in_force: NDArray[np.bool_] = self.codes.in_force(self.period_starts)
        self.always_in_force: NDArray[np.bool_] = np.logical_and.reduce(self.in_force)
        self.known_through: int = number_of_date(known_through())

    # Regimes

    def regimes_of(
        self,
        payer: NDArray[Any],
        period: NDArray[Any],
        locality: NDArray[Any],
        setting: NDArray[Any],
    ) -> NDArray[np.int32]:
        """Return the row of :attr:`regimes` for days."""
        key = payer.astype(np.int64) * len(self.period_starts) + period
        key = (key * len(self.localities) + locality) * len(self.settings) + setting
        return self._regime_ids.ids(key)

    def _compile_regime(self, key: int) -> int:
        key, setting = divmod(key, len(self.settings))
        key, locality = divmod(key, len(self.localities))
        payer, period = divmod(key, len(self.period_starts))
        day, given = self.period_starts[period], self.settings[setting]
        try:
            number = self._policy_number(payer, period)
        except TherapyBillingError:
            return self._add_refused(setting)
        policy = self.policies.policies[number]
        where = self.localities[locality], given
        asked = (self._dates_in(period) or [day])[0]
        try:
            fees = self.terms.fees_on(asked, self.payers[payer], policy, *where)
        except TherapyBillingError:
            self._require_refusal(number, payer, period, where)
            return self._add_refused(setting, number)
        try:
            terms = day_terms(
                policy, fees, asked, setting_of([Claim(day, (), setting=given)], fees)
            )
            if policy.counting.tie_policy is TiePolicy.HIGHEST_FEE:
                require_fees(fees, policy)
        except TherapyBillingError:
            return self._add_refused(setting, number)
        if policy.counting.method is None:
            return self._add_refused(setting, number)
        state = ARRAYS
        if not self.terms.fees_are_constant(
            fees,
            self.payers[payer],
            policy,
            (self._period_ends[period], self._dates_in(period)),
            where,
        ):
            state = SCALAR
        if not self._is_modeled(policy, terms, period):
            state = SCALAR
        if terms.medicare is not None and self.terms.years is not None:
            _require_constant_year(terms, day)
        return self._add_regime(setting, number, state, terms)

    def _require_refusal(
        self, number: int, payer: int, period: int, where: tuple[str | None, Setting | None]
    ) -> None:
        """Refuse a fee function that fails on the first day of a period and not on a later date of the frame."""
        policy, of_payer = self.policies.policies[number], self.payers[payer]
        first, *later = self._dates_in(period) or [self.period_starts[period]]
        for day in later:
            try:
                self.terms.fees_on(day, of_payer, policy, *where)
            except TherapyBillingError:
                continue
            msg = (
                f"fees fails on {first} but not on {day}, only for some localities or settings: "
                "bill these localities or settings separately"
            )
            raise InvalidInputError(msg, field="fees")

    def _require_constant(self, parameters: Parameters, period: int) -> None:
        """Refuse numbers of the caller's own that change within a period."""
        first, last = self._days(period)
        change = min(
            (day for day in _days_of_numbers(parameters) if first < day <= last), default=None
        )
        if change is not None:
            msg = (
                f"the numbers of the fee schedule change on {change}: give fees as "
                "functools.partial(FeeSchedule.medicare, parameters=...)"
            )
            raise InvalidInputError(msg, field="fees")

    def _is_modeled(self, policy: Policy, terms: DayTerms, period: int) -> bool:
        """Return whether the arrays model the fees of a period."""
        contract, parameters = terms.contract, BUNDLED
        if terms.fees is not None and terms.fees.parameters != BUNDLED:
            parameters = terms.fees.parameters
            self._require_constant(parameters, period)
        if contract is not None and _cents(contract.per_visit) > MOST_CENTS:
            return False
        day = self.period_starts[period]
        return (
            policy.modifiers.assistants is AssistantRule.NONE
            or parameters is BUNDLED
            or _de_minimis(parameters, day) == _de_minimis(BUNDLED, day)
        )

    def _dates_in(self, period: int) -> list[date]:
        """Return the dates of the frame in a period, if a fee function is asked for each."""
        first, last = map(number_of_date, self._days(period))
        start, end = bisect_left(self.dates, first), bisect_right(self.dates, last)
        return [date_of_number(number) for number in self.dates[start:end]]

    def _days(self, period: int) -> tuple[date, date]:
        """Return the first and the last day of a period."""
        return self.period_starts[period], self._period_ends[period]

    def _policy_number(self, payer: int, period: int) -> int:
        """Return the number of the policy of a payer in a period."""
        key = payer, period
        if key not in self._policy_numbers:
            day = self.period_starts[period]
            policy = self.terms.log.policy_on(self.payers[payer], day)
            self._policy_numbers[key] = self.policies.add_policy(policy, day)
        return self._policy_numbers[key]

    def _add_refused(self, setting: int, policy: int = -1) -> int:
        """Add a regime whose days are not billed. -1 is for a policy that is not known."""
        self._terms_of_regime.append(None)
        row: dict[str, Any] = dict.fromkeys(_REGIME_FLAGS, False)
        row |= dict.fromkeys(_REGIME_CENTS, NULL)
        row |= dict.fromkeys(_REGIME_FRACTIONS, SHARE_SCALE)
        if policy >= 0:
            row["cost_sharing"] = self.policies.policies[policy].money.cost_sharing
        return self.regimes.add(policy=policy, state=REFUSED, setting=setting, **row)

    def _add_regime(self, setting: int, number: int, state: int, terms: DayTerms) -> int:
        policy, medicare, contract = (
            self.policies.policies[number],
            terms.medicare,
            terms.contract,
        )
        money = policy.money
        where = self.settings[setting] or (None if terms.fees is None else terms.fees.setting)
        per_visit = None if contract is None else contract.per_visit
        maxima = [money.amount_per_day, None if contract is None else contract.per_day_maximum]
        known_maxima = [each for each in maxima if each is not None]
        without_shares = (
            money.fee_basis is FeeBasis.ANY_SCHEDULE and money.assistant_percent is None
        )
        threshold = None if medicare is None else medicare.kx_threshold
        self._terms_of_regime.append((policy, terms))
        return self.regimes.add(
            policy=number,
            state=state,
            setting=setting,
            takes=takes_assistant_modifiers(policy, where),
            mppr=terms.mppr,
            lesser=terms.lesser_of_charge,
            cost_sharing=money.cost_sharing,
            shares_cost=terms.shares_cost,
            full_share=per_visit is not None or without_shares,
            carries=money.cost_sharing and not money.pays_second,
            kx=threshold is not None,
            kept=_fraction(
                None
                if medicare is None
                else EXACT.subtract(Decimal(1), medicare.coinsurance.amount)
            ),
            assistant_part=_fraction(
                None if medicare is None else medicare.assistant_payment.amount
            ),
            sequestration=_fraction(None if medicare is None else medicare.sequestration.amount),
            deductible=_cents(None if medicare is None else medicare.deductible.amount),
            threshold=_cents(None if threshold is None else threshold.amount),
            per_visit=_cents(per_visit),
            day_maximum=_cents(min(known_maxima) if known_maxima else None),
        )

    # Prices

    def prices_of(self, regime: NDArray[Any], code: NDArray[Any]) -> NDArray[np.int32]:
        """Return the row of :attr:`prices` for lines."""
        return self._price_ids.ids(regime.astype(np.int64) * len(self.codes) + code)

    def _compile_price(self, key: int) -> int:
        regime, code = divmod(key, len(self.codes))
        found = self._terms_of_regime[regime]
        if found is None:
            raise AssertionError(regime)
        policy, terms = found
        line = ClaimLine(self.codes.codes[code], 1)
        (price,), (reason,) = prices_of_lines([line], terms.fees, policy)
        if price is None or whole_cents(price.amount) > MOST_CENTS:
            return self.prices.add(
                amount=0,
                reduced=NULL,
                rank=0,
                relative=NULL,
                priced=False,
                subject=False,
                procedure=False,
                too_large=price is not None,
                reason=self.reasons.number(reason),
            )
        expense = price.practice_expense
        return self.prices.add(
            amount=whole_cents(price.amount),
            reduced=_cents(price.reduced_amount),
            rank=0 if expense is None else _scaled(expense, SHARE_SCALE),
            relative=self._relative_value(terms.fees, line.code),
            priced=True,
            subject=expense is not None,
            procedure=price.is_procedure,
            too_large=False,
            reason=0,
        )

    @staticmethod
    def _relative_value(fees: FeeSchedule | None, code: str) -> int:
        if fees is None or fees.conversion_factor is None:
            return NULL
        return _scaled(fees.relative_value(code), SHARE_SCALE)

    # Shares of furnishers

    def shares_of(
        self,
        regime: NDArray[Any],
        discipline: NDArray[Any],
        code: NDArray[Any],
        marked: NDArray[Any],
        roles: NDArray[Any],
    ) -> NDArray[np.int32]:
        """
        Return the row of :attr:`shares` for lines.

        Args:
            regime: The regime.
            discipline: The discipline.
            code: The code.
            marked: Whether the line has CQ or CO.
            roles: 1 if a therapist furnished a part, plus 2 if an assistant did.
        """
        key = self.regimes["policy"][regime] * len(self.settings) + self.regimes["setting"][regime]
        key = (key * len(DISCIPLINES) + discipline) * len(self.codes) + code
        return self._share_ids.ids(key * 8 + marked * 4 + roles)

    def _compile_share(self, key: int) -> int:
        key, who = divmod(key, 8)
        key, code = divmod(key, len(self.codes))
        key, discipline = divmod(key, len(DISCIPLINES))
        policy, setting = divmod(key, len(self.settings))
        plan = DISCIPLINES[discipline]
        modifiers = [plan_modifiers()[plan]]
        if who & 4:
            modifiers.append(assistant_modifiers()[plan])
        roles = ((1, Clinician.THERAPIST), (2, Clinician.ASSISTANT))
        share, reason = share_of_line(
            ClaimLine(self.codes.codes[code], 1, modifiers),
            [role for bit, role in roles if who & bit],
            self.policies.policies[policy],
            self.policies.days[policy],
            self.settings[setting],
        )
        return self.shares.add(
            share=NULL if share is None else _scaled(share, SHARE_SCALE),
            reason=self.reasons.number(reason),
        )

    # Services that make no unit

    def reasons_of_no_unit(
        self,
        policy: NDArray[Any],
        clinician: NDArray[Any],
        discipline: NDArray[Any],
        code: NDArray[Any],
    ) -> NDArray[np.int32]:
        """Return the number of the reason why services make no unit because of who furnished them."""
        key = (policy * len(CLINICIANS) + clinician) * len(DISCIPLINES) + discipline
        return self._no_unit_ids.ids(key * len(CLASSES) + self.codes.service_class[code])

    def _compile_no_unit(self, key: int) -> int:
        key, kind = divmod(key, len(CLASSES))
        key, discipline = divmod(key, len(DISCIPLINES))
        policy, clinician = divmod(key, len(CLINICIANS))
        return self.reasons.number(self.policies.why_no_unit(policy, clinician, discipline, kind))

    # Modifiers of lines

    def modifiers_of(
        self,
        policy: NDArray[Any],
        discipline: NDArray[Any],
        code: NDArray[Any],
        marked: NDArray[Any],
        own: NDArray[Any] | None,
    ) -> NDArray[np.int32]:
        """
        Return the number of the modifiers of lines, without KX.

        Args:
            policy: The policy.
            discipline: The discipline.
            code: The code. Its services may be attested as distinct.
            marked: Whether the line has CQ or CO.
            own: The modifiers of the services; None if none has any.
        """
        key = (policy * len(DISCIPLINES) + discipline) * 2 + marked
        key *= len(self.own_modifiers)
        if own is not None:
            key += own
        key *= len(self._distinct)
        if len(self._distinct) > 1:
            key += self._distinct_of_code[code]
        return self._modifier_ids.ids(key)

    def _compile_modifiers(self, key: int) -> int:
        key, distinct = divmod(key, len(self._distinct))
        key, own = divmod(key, len(self.own_modifiers))
        key, marked = divmod(key, 2)
        policy, discipline = divmod(key, len(DISCIPLINES))
        order = self.policies.policies[policy].modifiers.modifier_order
        return self.modifiers.of_line(
            discipline, self._distinct[distinct], own, order, marked=bool(marked)
        )


_REGIME_FLAGS = (
    "takes",
    "mppr",
    "lesser",
    "cost_sharing",
    "shares_cost",
    "full_share",
    "carries",
    "kx",
)
_REGIME_CENTS = ("deductible", "threshold", "per_visit", "day_maximum")
_REGIME_FRACTIONS = ("kept", "assistant_part", "sequestration")


def _years(first: date, last: date) -> range:
    """Return the years with data. A mistyped date must not make thousands of periods."""
    return range(max(first.year, _FIRST_YEAR), min(last.year, known_through().year) + 1)


def _days_of_numbers(parameters: Parameters) -> set[date]:
    """Return the days on which a number set by law changes."""
    return {day for name in SERIES for day, _ in parameters.series(name).entries if day}


def _de_minimis(parameters: Parameters, day: date) -> Decimal:
    return parameters.on("assistant_de_minimis", day).amount


def _day_after(day: date | None) -> set[date]:
    return set() if day is None or day == date.max else {day + timedelta(days=1)}


def _changes(first: date | None, last: date | None) -> set[date]:
    """Return the days on which something begins to apply, and no longer applies."""
    return ({first} if first is not None else set()) | _day_after(last)


def _require_constant_year(terms: DayTerms, day: date) -> None:
    """Refuse a deductible or threshold that changes within a year, because a year is one running sum."""
    parameters = BUNDLED if terms.fees is None else terms.fees.parameters
    for name in ("part_b_deductible", "kx_threshold"):
        first, last = parameters.series(name).period(day)
        if first > date(day.year, 1, 1) or last < date(day.year, 12, 31):
            msg = f"{name} must stay the same for all of {day.year}"
            raise InvalidInputError(msg, field="fees")


def _cents(amount: Usd | None) -> int:
    return NULL if amount is None else whole_cents(amount)


def _scaled(number: Decimal, scale: int) -> int:
    exact = EXACT.multiply(number, Decimal(scale))
    whole = int(exact)
    if whole != exact:
        msg = f"a share, a fraction, or a relative value must have at most four decimal places, got {number}"
        raise InvalidInputError(msg)
    return whole


def _fraction(number: Decimal | None) -> int:
    """Return a fraction as ten-thousandths; 1 for none."""
    return SHARE_SCALE if number is None else _scaled(number, SHARE_SCALE)
