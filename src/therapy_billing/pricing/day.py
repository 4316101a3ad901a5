"""
Price the claim lines of a patient's day: allowed amounts, who pays them, and new year-to-date amounts.

A day includes every line that one billing group bills for a patient on that date. The steps run in this
order: the amount of each unit with MPPR, the charge as a limit, the limits of the contract and the policy,
the annual threshold, then cost sharing. If the order of the lines matters for a step, the line with the
largest allowed amount comes first, so the result does not depend on the order of the lines in the claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT, ZERO, Usd, total
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import as_tuple
from therapy_billing.base.wording import word_key
from therapy_billing.claims.attestations import (
    Attestation,
    Attestations,
    parse_attestations,
    with_distinct,
)
from therapy_billing.claims.claim_lines import Charges, build_claim
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.codes.roles import Setting, parse_setting
from therapy_billing.fees.fee_schedule import FeeSchedule
from therapy_billing.fees.prices import Price
from therapy_billing.law.parameters import BUNDLED
from therapy_billing.law.timeline import Timeline
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import KnownPayer, PayerLike, policy_of, resolve_payer
from therapy_billing.payers.policy import Policy
from therapy_billing.pricing.accumulators import Accumulators, require_year
from therapy_billing.pricing.amount_caps import amount_limits, beyond_visits, claims_before_caps
from therapy_billing.pricing.amounts import (
    FULL_SHARE,
    LineShare,
    allowed_amounts,
    denied_lines,
    line_shares,
    not_paid_by_role,
    prices_of_lines,
    rank,
    unit_amounts,
    without_amounts,
)
from therapy_billing.pricing.annual_threshold import lines_with_kx, threshold_states
from therapy_billing.pricing.day_shares import medicare_pays_range, shares_of_lines, year_after
from therapy_billing.pricing.day_terms import DayTerms, day_terms
from therapy_billing.pricing.records import (
    CapCost,
    KxState,
    PricedDay,
    PricedLine,
    ThresholdState,
)
from therapy_billing.pricing.remarks import (
    assumed_of_amounts,
    assumed_of_data,
    assumed_of_furnishers,
    assumed_of_shares,
    remarks_on_attestations,
    remarks_on_charges,
    remarks_on_units,
)
from therapy_billing.pricing.rules.cost_sharing import CostShare
from therapy_billing.units.allocation_record import Allocation
from therapy_billing.units.allocator import Split, Treatment

__all__ = ["bill_day", "price_day", "setting_of"]


def bill_day(
    sessions: Treatment,
    payer: PayerLike,
    fees: FeeSchedule | None,
    accumulators: Accumulators | None = None,
    *,
    attestations: Iterable[Attestation] = (),
    date_of_service: date | str | None = None,
    setting: Setting | str | None = None,
    charges: Charges | None = None,
    split: Split | None = None,
) -> PricedDay:
    """
    Count the units of a patient's day, build the claim lines, and price them.

    Args:
        sessions: A session, the sessions of one patient on one day, or minutes by timed code.
        payer: A payer, a policy, a counting method, or the name of a payer or method.
        fees: The fee schedule for the date of service. If it is None, the result has units and lines but no
            amounts. Medicare's fee schedule is not used for a payer that has its own fees, so the result then
            has no amounts.
        accumulators: The patient's year-to-date amounts before this day. If it is None, the deductible is
            treated as met and KX is not checked.
        attestations: ``"KX"`` if the record shows that services above the annual threshold are medically
            necessary, or ``("KX", Discipline.PT)`` for one plan of care. ``("XU", "97116")`` if the services
            billed under that code were distinct; 59, XE, XP, or XS can be given instead of XU. None of these
            modifiers is added without an attestation.
        date_of_service: The date of service, if *sessions* is minutes by code.
        setting: Where the services were provided. None uses the setting of the fee schedule or, if *fees* is
            None, an office.
        charges: What the provider charges for one unit, in dollars, by code.
        split: As for :func:`~therapy_billing.allocate_units`.

    Raises:
        InvalidInputError: For the same reasons as :func:`~therapy_billing.allocate_units`. Also if there is
            no date of service, the accumulators are for a different year, an attestation is not valid, or
            the fee schedule is for a different setting.
        NotPublishedError: If the policy, a number set by law, or the fee schedule is not known for the date.

    >>> from therapy_billing import MEDICARE, Session
    >>> day = Session.from_minutes({"97110": 30, "97530": 15}, date_of_service="2026-03-02", discipline="PT")
    >>> ohio = FeeSchedule.medicare("2026-03-02", mac="15202", locality="00")
    >>> priced = bill_day(day, MEDICARE, ohio, Accumulators(2026, deductible_met=283))
    >>> priced.allowed, priced.medicare_pays, priced.patient_responsibility
    (Decimal('76.57'), Decimal('60.03'), Decimal('15.32'))
    """
    _require_types(fees, accumulators)
    claim = build_claim(
        sessions,
        payer,
        date_of_service=date_of_service,
        fees=fees,
        setting=setting,
        charges=charges,
        parameters=BUNDLED if fees is None else fees.parameters,
        split=split,
    )
    priced = price_day(claim, payer, fees, accumulators, attestations=attestations)
    unused = () if charges is None else tuple(remarks_on_charges(charges, priced.lines))
    return attrs.evolve(priced, remarks=(*priced.remarks, *unused)) if unused else priced


def price_day(
    claims: Claim | Iterable[Claim],
    payer: PayerLike | None,
    fees: FeeSchedule | None,
    accumulators: Accumulators | None = None,
    *,
    attestations: Iterable[Attestation] = (),
    repriced_as: PayerLike | None = None,
) -> PricedDay:
    """
    Price the claims that one billing group bills for a patient's day.

    A line without a price stays in the result, with the reason. Its amount is None, never zero; see
    ``PricedDay.complete``.

    Args:
        claims: All claims of the day. MPPR and the annual threshold apply to all claims together.
        payer: The payer, policy, or method that counted the units of the claims. None uses the payer
            that the claims record; a claim records no payer if its units were counted with only a policy or a
            method.
        fees: As for :func:`~therapy_billing.bill_day`.
        accumulators: As for :func:`~therapy_billing.bill_day`.
        attestations: As for :func:`~therapy_billing.bill_day`. A line that already has KX keeps it.
        repriced_as: The payer (or the name of a payer) to price for, if it is not the payer that counted the
            units. The result shows which payer counted them.

    Raises:
        InvalidInputError: If there is no claim; if the claims are for several dates or settings; if a
            different payer counted the units and *repriced_as* is not given; if *payer* is neither the
            payer that counted the units nor the payer in *repriced_as*; if the fee schedule is for a
            different setting; if the accumulators are for a different year; if an attestation is not valid.
        NotPublishedError: If the policy, a number set by law, or the fee schedule is not known for the date.

    >>> from therapy_billing import MEDICARE, ClaimLine
    >>> claim = Claim("2026-03-02", [ClaimLine("97110", 2, ("GP",)), ClaimLine("97140", 1, ("GP",))])
    >>> year = Accumulators(2026, deductible_met=283, pt_slp="2450.00")
    >>> day = price_day(claim, MEDICARE, FeeSchedule.medicare("2026-03-02"), year)
    >>> day.allowed, [line.kx.value for line in day.lines], day.accumulators.pt_slp
    (Decimal('72.48'), ['suggested', 'suggested'], Decimal('2522.48'))
    """
    given = as_tuple(claims, Claim, "claims")
    day = _day_of(given)
    payer, counted_by = _pricing_payer(given, _payer_of(given, payer), repriced_as, day)
    policy, name = policy_of(payer, day)
    _require_types(fees, accumulators)
    setting = setting_of(given, fees)
    attested = parse_attestations(attestations)
    of_day = day_terms(policy, fees, day, setting)
    fees, terms, at_cost = of_day.fees, of_day.medicare, of_day.at_cost
    if accumulators is not None:
        require_year(accumulators, day)

    found = _Amounts.of(given, policy, of_day, attested, accumulators)
    lines, allowed = list(found.lines), found.allowed
    ranks = [rank(line, amount) for line, amount in zip(lines, allowed, strict=True)]
    order = sorted(range(len(lines)), key=ranks.__getitem__)

    states: tuple[ThresholdState, ...] = ()
    kx = [KxState.NOT_NEEDED] * len(lines)
    if terms is not None and terms.kx_threshold is not None:
        limits = (terms.kx_threshold.amount, terms.medical_review_threshold.amount)
        states, needed = threshold_states(lines, allowed, order, limits, accumulators)
        lines, kx = lines_with_kx(lines, needed, attested.kx, policy.modifiers.modifier_order)
    shares: list[CostShare | None] = [None] * len(lines)
    pays_range = None
    if terms is not None and of_day.shares_cost:
        shares = shares_of_lines(lines, allowed, order, terms, accumulators)
        pays_range = medicare_pays_range(lines, allowed, order, terms, accumulators)

    priced = tuple(
        PricedLine(
            line,
            found.prices[index],
            found.reasons[index] if allowed[index] is None else "",
            found.units[index],
            allowed[index],
            shares[index],
            kx[index],
            index == found.full,
            found.shares[index].share,
            found.denied.get(index, ""),
        )
        for index, line in enumerate(lines)
    )
    assumptions = tuple(assumed_of_data(policy, fees, priced, day, shared=terms is not None))
    remarks = [
        *remarks_on_units(given, name, counted_by),
        *(remark for claim in given if claim.allocation for remark in claim.allocation.remarks),
        *remarks_on_attestations(attested, priced),
        *assumed_of_amounts(policy, name, fees, priced, day),
        *found.remarks,
        *assumed_of_furnishers(policy, given, priced, of_day.contract),
        *assumed_of_shares(
            policy,
            priced,
            accumulators,
            mppr=of_day.mppr,
            at_cost=at_cost,
            pays_range=pays_range is not None,
        ),
        *assumptions,
    ]
    return PricedDay(
        date_of_service=day,
        payer=name,
        claims=given,
        lines=priced,
        fees=without_amounts(fees, policy) or (fees.name if fees is not None else ""),
        terms=terms,
        accumulators_before=accumulators,
        accumulators=None
        if accumulators is None or _year_is_unknown(policy)
        else year_after(accumulators, shares, states, lines),
        mppr=of_day.mppr,
        contract=of_day.contract,
        thresholds=states,
        remarks=tuple(dict.fromkeys(remarks)),
        setting=setting,
        counted_by=counted_by,
        paid_at_cost=at_cost,
        medicare_pays_range=pays_range,
        caps=tuple(_cap_costs(given, policy, of_day, attested, found)),
        assumptions=assumptions,
    )


def _year_is_unknown(policy: Policy) -> bool:
    """Return whether the deductible that the day uses depends on what another payer paid first."""
    return policy.money.cost_sharing and policy.money.pays_second


@attrs.frozen
class _Amounts:
    """
    The amounts of the lines of a day, before they are shared between the payer and the patient.

    Args:
        lines: The lines, with attested modifiers for distinct services.
        prices: The price of each line.
        reasons: Why each line has no amount; empty for other lines.
        units: The amounts of the units of each line after MPPR.
        full: The index of the line with the unit that MPPR does not reduce.
        shares: The share that the payer allows because of who furnished each line.
        allowed: The allowed amount of each line.
        denied: The modifier for which Medicare denies a line, by index.
        costs: What each cap on dollars, relative value units, or visits takes off.
        remarks: What was not checked.
    """

    lines: Sequence[ClaimLine]
    prices: Sequence[Price | None]
    reasons: Sequence[str]
    units: Sequence[tuple[Usd, ...]]
    full: int | None
    shares: Sequence[LineShare]
    allowed: list[Usd | None]
    denied: Mapping[int, str]
    costs: Sequence[CapCost]
    remarks: Sequence[str]

    @classmethod
    def of(
        cls,
        claims: Sequence[Claim],
        policy: Policy,
        terms: DayTerms,
        attested: Attestations,
        accumulators: Accumulators | None,
        *,
        limited: bool = True,
    ) -> _Amounts:
        """Return the amounts of the lines of *claims*, with or without the limits on dollars and visits."""
        fees, contract = terms.fees, terms.contract
        billed = [line for claim in claims for line in claim.lines]
        lines = with_distinct(billed, attested, order=policy.modifiers.modifier_order)
        prices, reasons = prices_of_lines(lines, fees, policy)
        unpaid = not_paid_by_role(claims, policy)
        denied, unknown = denied_lines(lines, policy)
        for index, reason in (unpaid | unknown).items():
            prices[index], reasons[index] = None, reason
        paid = [None if index in denied else price for index, price in enumerate(prices)]
        units, full = unit_amounts(lines, paid, mppr=terms.mppr)
        shares = line_shares(claims, policy)
        if contract is not None and contract.per_visit is not None:
            # The rate per visit is for the whole day, no matter who treated.
            shares = [FULL_SHARE] * len(lines)
        limits = amount_limits(lines, policy, contract, fees) if limited else []
        without = {*unpaid, *unknown, *denied}
        allowed, costs = allowed_amounts(lines, units, shares, terms, limits, without)
        above, visit_caps, remarks = beyond_visits(lines, policy if limited else None, accumulators)
        for cap, indexes in visit_caps:
            amounts = [allowed[index] for index in indexes]
            known = [amount for amount in amounts if amount is not None]
            lost = total(known) if len(known) == len(amounts) else None
            costs.append(CapCost(cap.rule, cap.words, lost))
        for index in above:
            allowed[index] = None
        for index in denied:
            allowed[index] = ZERO
        reasons = [
            above.get(index) or reason or shares[index].reason
            for index, reason in enumerate(reasons)
        ]
        return cls(lines, prices, reasons, units, full, shares, allowed, denied, costs, remarks)


def _cap_costs(
    claims: Sequence[Claim],
    policy: Policy,
    terms: DayTerms,
    attested: Attestations,
    amounts: _Amounts,
) -> Iterator[CapCost]:
    """
    Yield what each cap takes off the day: the difference between the day before the cap and after it.

    Caps on units come first, so the limits on dollars and visits apply only to what they leave.
    """
    steps = list(claims_before_caps(claims))
    days = [
        _Amounts.of(each, policy, terms, attested, None, limited=False).allowed
        for each in [*(before for _, before in steps), *([claims] if steps else [])]
    ]
    for (cut, _), more, less in zip(steps, days, days[1:], strict=False):
        lost = None
        if None not in more and None not in less:
            known = [[amount for amount in day if amount is not None] for day in (more, less)]
            lost = EXACT.subtract(total(known[0]), total(known[1]))
        yield CapCost(cut.cap, cut.words, lost)
    taken: dict[tuple[str, str], list[Usd | None]] = {}
    for cost in amounts.costs:
        # A cap for each discipline has one entry.
        taken.setdefault((cost.rule, cost.cap), []).append(cost.dollars)
    for (rule, words), dollars in taken.items():
        found = [each for each in dollars if each is not None]
        yield CapCost(rule, words, total(found) if len(found) == len(dollars) else None)


def _require_types(fees: object, accumulators: object) -> None:
    if fees is not None and not isinstance(fees, FeeSchedule):
        msg = (
            f"fees must be a FeeSchedule, such as FeeSchedule.medicare(day), got {safe_repr(fees)}"
        )
        raise InvalidInputError(msg, field="fees")
    if accumulators is not None and not isinstance(accumulators, Accumulators):
        msg = (
            "accumulators must be an Accumulators, such as Accumulators(2026), "
            f"got {safe_repr(accumulators)}"
        )
        raise InvalidInputError(msg, field="accumulators")


def _day_of(claims: Sequence[Claim]) -> date:
    for claim in claims:
        if claim.date_of_service != claims[0].date_of_service:
            msg = (
                f"all claims must have the same date of service, got {claims[0].date_of_service} and "
                f"{claim.date_of_service}: price each day separately"
            )
            raise InvalidInputError(msg, field="claims")
    if not claims:
        msg = "claims is empty: give at least one claim"
        raise InvalidInputError(msg, field="claims")
    return claims[0].date_of_service


def _payer_of(claims: Sequence[Claim], payer: PayerLike | None) -> KnownPayer:
    """Return *payer*, or the payer recorded in the claims."""
    if payer is not None:
        return resolve_payer(payer)
    recorded = {
        (claim.allocation.payer, claim.allocation.policy)
        for claim in claims
        if claim.allocation is not None
    }
    names = {name for name, _ in recorded}
    if len(names) != 1 or any(claim.allocation is None for claim in claims):
        msg = "give payer: the claims record no payer, or not all the same payer"
        raise InvalidInputError(msg, field="payer")
    name, policy = recorded.pop()
    if name in PAYERS:
        return PAYERS[name]
    if name == policy.counting.method_name:
        msg = f"give payer: the claims record the method {name} but no payer"
        raise InvalidInputError(msg, field="payer")
    return Payer(name, Timeline(name, ((None, policy),), date.max))


def _pricing_payer(
    claims: Sequence[Claim], payer: KnownPayer, repriced_as: PayerLike | None, day: date
) -> tuple[KnownPayer, str]:
    """Return the payer to price the claims for, and the name of the payer that counted the units if it differs."""
    pricing = payer if repriced_as is None else _named(repriced_as, payer)
    other = _other_counter(claims, pricing, day)
    counted_by = "" if other is None else other.payer
    if other is not None and repriced_as is None:
        _, name = policy_of(payer, day)
        then = other.date_of_service
        when = "" if then in (None, day) else f" for {then}"
        msg = (
            f"{counted_by} counted these units{when}; the policy of {name} on {day} is different: "
            "pass the policy that counted them, rebuild the claim, or give "
            f"repriced_as={name!r}"
        )
        raise InvalidInputError(msg, field="payer")
    if pricing is not payer and _other_counter(claims, payer, day) is not None:
        msg = "payer must be the payer that counted the units, or the same as repriced_as"
        raise InvalidInputError(msg, field="repriced_as")
    return pricing, counted_by


def _named(repriced_as: PayerLike, payer: KnownPayer) -> KnownPayer:
    """Return the payer for *repriced_as*. If it is the name of *payer*, return *payer* itself."""
    given: object = repriced_as
    if (
        isinstance(payer, Payer)
        and isinstance(given, str)
        and word_key(given) == word_key(payer.name)
    ):
        return payer
    return resolve_payer(repriced_as, "repriced_as")


def _other_counter(claims: Sequence[Claim], payer: KnownPayer, day: date) -> Allocation | None:
    """Return the first allocation counted under a different policy or payer; None if there is none."""
    policy, name = policy_of(payer, day)
    for claim in claims:
        allocation = claim.allocation
        if allocation is None:
            continue
        # Units counted with only a policy record its method instead of a payer.
        nameless = allocation.payer == allocation.policy.counting.method_name
        same_payer = nameless or not isinstance(payer, Payer) or allocation.payer == name
        if allocation.policy != policy or not same_payer:
            return allocation
    return None


def setting_of(
    claims: Sequence[Claim], fees: FeeSchedule | None, given: Setting | str | None = None
) -> Setting:
    """
    Return the setting of *claims*.

    This is the setting given by the caller or the claims. If neither gives one, it is the setting of the fee
    schedule; without a fee schedule, it is ``Setting.NON_FACILITY``.

    Raises:
        InvalidInputError: If there is more than one setting, or the fee schedule is for a different setting.

    >>> from therapy_billing import ClaimLine
    >>> setting_of([Claim("2026-03-02", [ClaimLine("97110", 1)], setting="facility")], None)
    <Setting.FACILITY: 'facility'>
    """
    settings = {claim.setting for claim in claims if claim.setting is not None}
    if given is not None:
        settings.add(parse_setting(given))
    if len(settings) > 1:
        names = " and ".join(sorted(setting.value for setting in settings))
        msg = f"a day must have one setting, got {names}: use the same setting in all claims and arguments"
        raise InvalidInputError(msg, field="setting")
    default = Setting.NON_FACILITY if fees is None else fees.setting
    setting = next(iter(settings), default)
    if fees is not None and not fees.is_for_setting(setting):
        wanted = Setting.FACILITY if setting is Setting.FACILITY else Setting.NON_FACILITY
        msg = (
            f"the services are for setting {setting.value}, but the fees are for {fees.setting.value}: "
            f"give FeeSchedule.medicare(..., setting={wanted.value!r}), or correct the setting"
        )
        raise InvalidInputError(msg, field="setting")
    return setting
