"""
From claim lines to money: what is allowed, who pays it, and the year after it.

The scope is the day: every line that one billing group bills for a patient. The steps, in order: each
unit's amount with MPPR, the charge, the limits of contract and policy, the annual threshold, then the
shares. Where the order of lines could matter, the lines are taken by allowed amount, largest first, so
that no result depends on how a claim was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from therapy_billing.base.dates import MINUTES_OF_A_DAY
from therapy_billing.base.errors import (
    InvalidInputError,
    NotPublishedError,
    each_of,
    see_kind,
    shown,
)
from therapy_billing.base.money import EXACT, Usd, total
from therapy_billing.base.wording import counted
from therapy_billing.claims.claim_lines import (
    Attested,
    Charges,
    build_claim,
    is_evaluation_by_assistant,
    parse_attestations,
    units_of_therapists,
    with_distinct,
)
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.claims.rules.line_modifiers import ordered
from therapy_billing.codes.modifiers import LIABILITY_MODIFIERS, Discipline, Setting, parse_setting
from therapy_billing.fees.contract import Contract
from therapy_billing.fees.fee_schedule import FeeSchedule, Price
from therapy_billing.law.parameters import BUNDLED, Parameters
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.policy import FeeBasis, Policy, UnitMethod
from therapy_billing.pricing.records import (
    BUCKET_OF,
    Accumulators,
    Bucket,
    KxState,
    MedicareTerms,
    PricedDay,
    PricedLine,
    ThresholdState,
    total_of,
)
from therapy_billing.pricing.rules.contracts import cap_day, lesser_of_charge, share_out
from therapy_billing.pricing.rules.cost_sharing import CostShare, share_cost
from therapy_billing.pricing.rules.mppr import RankedLine, line_in_full
from therapy_billing.pricing.rules.thresholds import crossing_visit, lines_beyond
from therapy_billing.units.allocator import Treatment, UnitsBy, policy_of
from therapy_billing.visits.services import Allocation

__all__ = ["bill_day", "price_day", "setting_of", "visits_to_threshold"]

_ZERO = Usd("0.00")
_ONE = Usd(1)
_KX = "KX"

_DEDUCTIBLE_ASSUMED = (
    "no accumulators were given: the deductible is taken as met, and KX is not known"
)
_NO_REDUCTION = "the fee schedule has no MPPR amounts: each unit is taken in full"
_NO_PLAN = "lines that do not name one plan of care (GP, GO, or GN) count toward no threshold"
_NO_SHARES = "what the payer pays and what the patient owes is not known"
_COUNTING_METHOD = (
    "{} is a counting method, not a payer: the amounts are those of the schedule given"
)
_GIVEN_RATES = "the amounts are the rates given, not those of Medicare's fee schedule"
_LONG_DAY = "more minutes are documented than a day has: check the record before you bill"
_NO_FEES = "no fee schedule was given"
_UNKNOWN_FEES = "this payer's fees are not known"
_GIVE_FEES = (
    "no amounts: this payer's fees are not known, and Medicare's fee schedule is not its own; give its "
    "rates (FeeSchedule.from_rates, or --fees) or its contract (FeeSchedule.from_contract)"
)
_PAID_AT_COST = (
    "Medicare pays a critical access hospital at cost: the amounts, without MPPR, only count toward "
    "the annual threshold; what Medicare pays and the patient owes is not known"
)
_YEAR_UNKNOWN = "no accumulators were given: KX is not known"
_DEDUCTIBLE_ORDER = (
    "the deductible is taken from the largest line first: an assistant's line makes Medicare's "
    "payment depend on that order"
)
_DENIAL_EXPECTED = "{} has {}, so a denial is expected; the amounts apply if Medicare pays the line"


def bill_day(
    treatment: Treatment,
    payer: UnitsBy,
    fees: FeeSchedule | None,
    accumulators: Accumulators | None = None,
    *,
    attestations: Attested = (),
    date_of_service: date | str | None = None,
    setting: Setting | str | None = None,
    charges: Charges | None = None,
) -> PricedDay:
    """
    Return a patient's day from minutes to money.

    Args:
        treatment: A session, the sessions of one patient on one day, or minutes by timed code.
        payer: A payer, a policy or a method.
        fees: The fee schedule for the date of service; None gives units and lines without amounts.
            Medicare's schedule gives no amounts for a payer with fees of its own.
        accumulators: The beneficiary's year before the day; without it the deductible is taken as met.
        attestations: ``"KX"`` when the record shows that services beyond the annual threshold are
            necessary; ``("KX", Discipline.PT)`` for one plan of care; ``("XU", "97116")`` when the
            services of a code were distinct, by 59, XE, XP, XS or XU. Nothing is applied without it.
        date_of_service: The day of minutes by code.
        setting: Where the services were given; None takes the one of the fee schedule.
        charges: Dollars that the provider charges for one unit, by code.

    Raises:
        InvalidInputError: As :func:`allocate_units`; if no day is named; if the accumulators are of
            another year; if an attestation is not one; if the schedule is for another setting.
        NotPublishedError: If a policy, a number of law or the fee schedule is not known for the day.

    >>> from therapy_billing import MEDICARE, Session
    >>> day = Session.from_minutes({"97110": 30, "97530": 15}, date_of_service="2026-03-02", discipline="PT")
    >>> ohio = FeeSchedule.medicare("2026-03-02", mac="15202", locality="00")
    >>> priced = bill_day(day, MEDICARE, ohio, Accumulators(2026, deductible_met=283))
    >>> priced.allowed, priced.medicare_pays, priced.patient_responsibility
    (Decimal('76.57'), Decimal('60.03'), Decimal('15.32'))
    """
    _see_kinds(fees, accumulators)
    claim = build_claim(
        treatment,
        payer,
        date_of_service=date_of_service,
        fees=fees,
        setting=setting,
        charges=charges,
        parameters=BUNDLED if fees is None else fees.parameters,
    )
    return price_day(claim, payer, fees, accumulators, attestations=attestations)


def price_day(
    claims: Claim | Iterable[Claim],
    payer: UnitsBy,
    fees: FeeSchedule | None,
    accumulators: Accumulators | None = None,
    *,
    attestations: Attested = (),
    repriced_as: UnitsBy | str | None = None,
) -> PricedDay:
    """
    Return the money of the claims that one billing group bills for a patient's day.

    A line that the schedule has no price for stays, with the reason; it is never counted as zero: see
    ``PricedDay.complete``.

    Args:
        claims: All claims of the day: MPPR and thresholds run over all of them.
        payer: A payer, a policy or a method: the one that counted the units of the claims.
        fees: As for :func:`bill_day`.
        accumulators: The beneficiary's year before the day; without it the deductible is taken as met.
        attestations: As for :func:`bill_day`. A line that carries KX already keeps it.
        repriced_as: The payer under which units that another payer counted are priced, or its name. The
            result shows who counted them.

    Raises:
        InvalidInputError: If there is no claim, or they are of several days or settings; if another payer
            counted their units and *repriced_as* does not name *payer*; if the schedule is for another
            setting; if the accumulators are of another year; if an attestation is not one.
        NotPublishedError: If a policy, a number of law or the fee schedule is not known for the day.

    >>> from therapy_billing import MEDICARE
    >>> claim = Claim("2026-03-02", [ClaimLine("97110", 2, ("GP",)), ClaimLine("97140", 1, ("GP",))])
    >>> year = Accumulators(2026, deductible_met=283, pt_slp="2450.00")
    >>> day = price_day(claim, MEDICARE, FeeSchedule.medicare("2026-03-02"), year)
    >>> day.allowed, [line.kx.value for line in day.lines], day.accumulators.pt_slp
    (Decimal('72.48'), ['suggested', 'suggested'], Decimal('2522.48'))
    """
    given = each_of(claims, Claim, "claims")
    day = _day_of(given)
    payer, counted_by = _pricing_payer(given, payer, repriced_as, day)
    policy, name = policy_of(payer, day)
    _see_kinds(fees, accumulators)
    setting = setting_of(given, fees)
    at_cost = setting is Setting.CRITICAL_ACCESS_HOSPITAL and (
        policy.fee_basis is FeeBasis.MEDICARE_FEE_SCHEDULE
        or (fees is not None and fees.basis is FeeBasis.MEDICARE_FEE_SCHEDULE)
    )
    attested = parse_attestations(attestations)
    parameters, contract = BUNDLED, None
    if fees is not None:
        fees.require(day)
        parameters, contract = fees.parameters, fees.contract
    terms = _terms(parameters, day, policy.cost_sharing, policy.kx)
    if accumulators is not None and accumulators.year != day.year:
        msg = f"accumulators are of {accumulators.year}, the day is in {day.year}: give that year's"
        raise InvalidInputError(msg)

    billed = [line for claim in given for line in claim.lines]
    lines = with_distinct(billed, attested, order=policy.modifier_order)
    prices, reasons = _prices(lines, fees, policy)
    if policy.medicare_codes:
        for place, reason in _not_paid_by_role(given).items():
            prices[place], reasons[place] = None, reason
    mppr = not at_cost and (policy.mppr if contract is None else contract.mppr)
    units, full = _unit_amounts(lines, prices, mppr=mppr)
    allowed = _allowed(lines, units, policy, contract)
    ranks = [_rank(line, amount) for line, amount in zip(lines, allowed, strict=True)]
    order = sorted(range(len(lines)), key=ranks.__getitem__)

    states: tuple[ThresholdState, ...] = ()
    kx = [KxState.NOT_NEEDED] * len(lines)
    if terms is not None and terms.kx_threshold is not None:
        limits = (terms.kx_threshold.amount, terms.medical_review_threshold.amount)
        states = _thresholds(lines, allowed, order, limits, accumulators, kx)
        lines = _with_kx(lines, kx, attested.kx, policy.modifier_order)
    shares: list[CostShare | None] = [None] * len(lines)
    pays_range = None
    if terms is not None and policy.cost_sharing and not at_cost:
        shares = _shares(lines, allowed, order, terms, accumulators)
        pays_range = _pays_range(lines, allowed, order, terms, accumulators)

    if any(reasons):
        reasons = [
            why if amount is None else "" for why, amount in zip(reasons, allowed, strict=True)
        ]
    in_full = [place == full for place in range(len(lines))]
    priced = tuple(
        PricedLine(*cells)
        for cells in zip(lines, prices, reasons, units, allowed, shares, kx, in_full, strict=True)
    )
    notes = [
        *_remarks_on_units(given, name, counted_by),
        *(note for claim in given if claim.allocation for note in claim.allocation.remarks),
        *_unused_attestations(attested.distinct, priced),
        *_assumed_of_amounts(policy, name, fees, priced, day),
        *_assumed_of_shares(
            policy,
            priced,
            accumulators,
            mppr=mppr,
            at_cost=at_cost,
            pays_range=pays_range is not None,
        ),
    ]
    return PricedDay(
        date_of_service=day,
        payer=name,
        claims=given,
        lines=priced,
        fees=_without_amounts(fees, policy) or (fees.name if fees is not None else ""),
        terms=terms,
        accumulators_before=accumulators,
        accumulators=None if accumulators is None else _after(accumulators, shares, states),
        mppr=mppr,
        contract=contract,
        thresholds=states,
        notes=tuple(dict.fromkeys(notes)),
        setting=setting,
        counted_by=counted_by,
        paid_at_cost=at_cost,
        medicare_pays_range=pays_range,
    )


def visits_to_threshold(
    day: PricedDay, accumulators: Accumulators | None = None
) -> dict[Bucket, int]:
    """
    Return which visit like *day*, counted from the next one, crosses the annual threshold.

    Args:
        day: A priced day that stands for each visit to come; lines without a price are left out.
        accumulators: The year so far; None takes the year after *day*.

    Returns:
        The number of the visit by bucket of the day's lines; 0 where the threshold is crossed already.

    Raises:
        InvalidInputError: If the year is not given in either way.

    >>> from therapy_billing import MEDICARE, Session
    >>> visit = Session.from_minutes({"97530": 45}, date_of_service="2026-03-02", discipline="PT")
    >>> fees = FeeSchedule.medicare("2026-03-02", mac="15202", locality="00")
    >>> visits_to_threshold(bill_day(visit, MEDICARE, fees, Accumulators(2026)))
    {<Bucket.PT_SLP: 'PT and SLP'>: 30}
    """
    see_kind(day, PricedDay, "day")
    if accumulators is not None:
        see_kind(accumulators, Accumulators, "accumulators")
    year = day.accumulators if accumulators is None else accumulators
    if year is not None and year.year != day.date_of_service.year:
        msg = f"accumulators are of {year.year}, the day is in {day.date_of_service.year}"
        raise InvalidInputError(msg)
    if year is None:
        msg = "the year so far is needed: give accumulators here, or when the day is priced"
        raise InvalidInputError(msg)
    if day.terms is None or day.terms.kx_threshold is None:
        msg = f"{day.payer} knows no annual threshold"
        raise InvalidInputError(msg)
    threshold = day.terms.kx_threshold.amount
    visits: dict[Bucket, int] = {}
    for bucket in Bucket:
        lines = tuple(
            line for line in day.lines if line.discipline and BUCKET_OF[line.discipline] is bucket
        )
        per_visit = total_of(lines, lambda line: line.allowed)
        if per_visit:
            visits[bucket] = crossing_visit(year.allowed(bucket), per_visit, threshold=threshold)
    return visits


def _see_kinds(fees: object, accumulators: object) -> None:
    if fees is not None and not isinstance(fees, FeeSchedule):
        msg = f"fees is a FeeSchedule, such as FeeSchedule.medicare(day), not {shown(fees)}"
        raise InvalidInputError(msg)
    if accumulators is not None and not isinstance(accumulators, Accumulators):
        msg = f"accumulators is an Accumulators, such as Accumulators(2026), not {shown(accumulators)}"
        raise InvalidInputError(msg)


def _day_of(claims: Sequence[Claim]) -> date:
    for claim in claims:
        if claim.date_of_service != claims[0].date_of_service:
            msg = (
                "a day is priced at a time: claims are of "
                f"{claims[0].date_of_service} and {claim.date_of_service}"
            )
            raise InvalidInputError(msg)
    if not claims:
        msg = "there is no claim to price"
        raise InvalidInputError(msg)
    return claims[0].date_of_service


def _pricing_payer(
    claims: Sequence[Claim], payer: UnitsBy, repriced_as: UnitsBy | str | None, day: date
) -> tuple[UnitsBy, str]:
    """Return who prices the claims, and who counted their units if that is another payer."""
    pricing = payer if repriced_as is None else _named(repriced_as, payer)
    other = _other_counter(claims, pricing, day)
    counted_by = "" if other is None else other.payer
    if other is not None and repriced_as is None:
        _, name = policy_of(payer, day)
        then = other.date_of_service
        when = "" if then in (None, day) else f" for {then}"
        msg = (
            f"{counted_by} counted these units{when}, under a policy other than the one of {name} on {day}: "
            "pass the policy that counted them, build the claim again, or give "
            f"repriced_as={name!r} to price them as they are"
        )
        raise InvalidInputError(msg)
    if pricing is not payer and _other_counter(claims, payer, day) is not None:
        msg = "payer is neither the payer that counted the units nor the one in repriced_as"
        raise InvalidInputError(msg)
    return pricing, counted_by


def _named(repriced_as: object, payer: UnitsBy) -> UnitsBy:
    """Return the payer that *repriced_as* is or names; *payer* may have that name too."""
    if isinstance(repriced_as, Payer | Policy | UnitMethod):
        return repriced_as
    if isinstance(repriced_as, str):
        wanted = repriced_as.strip().lower()
        if isinstance(payer, Payer) and payer.name.lower() == wanted:
            return payer
        if wanted in PAYERS:
            return PAYERS[wanted]
    msg = f"unknown payer {shown(repriced_as)} in repriced_as: use {', '.join(PAYERS)}"
    raise InvalidInputError(msg)


def _other_counter(claims: Sequence[Claim], payer: UnitsBy, day: date) -> Allocation | None:
    """Return the units of a claim that another policy counted; None when there are none."""
    policy, name = policy_of(payer, day)
    for claim in claims:
        allocation = claim.allocation
        if allocation is None:
            continue
        # Units that a bare policy counted name its method, and no payer.
        nameless = allocation.payer == allocation.policy.method.value
        same_payer = nameless or not isinstance(payer, Payer) or allocation.payer == name
        if allocation.policy != policy or not same_payer:
            return allocation
    return None


def setting_of(
    claims: Sequence[Claim], fees: FeeSchedule | None, given: Setting | str | None = None
) -> Setting:
    """
    Return where the services of *claims* were given: as the caller or they say, else as the fee schedule does.

    Raises:
        InvalidInputError: If they name several settings, or one that the fee schedule is not for.

    >>> setting_of([Claim("2026-03-02", [ClaimLine("97110", 1)], setting="facility")], None)
    <Setting.FACILITY: 'facility'>
    """
    settings = {claim.setting for claim in claims if claim.setting is not None}
    if given is not None:
        settings.add(parse_setting(given))
    if len(settings) > 1:
        names = " and ".join(sorted(setting.value for setting in settings))
        msg = f"a day has one setting: the claims and the call name {names}"
        raise InvalidInputError(msg)
    default = Setting.NON_FACILITY if fees is None else fees.setting
    setting = next(iter(settings), default)
    if fees is not None and not fees.is_for_setting(setting):
        wanted = Setting.FACILITY if setting is Setting.FACILITY else Setting.NON_FACILITY
        msg = (
            f"the services are of the setting {setting.value}, the fees of {fees.setting.value}: give "
            f"FeeSchedule.medicare(..., setting={wanted.value!r}), or correct the setting"
        )
        raise InvalidInputError(msg)
    return setting


@lru_cache(maxsize=4096)
def _terms(
    parameters: Parameters,
    day: date,
    cost_sharing: bool,  # noqa: FBT001 - positional for the cache
    kx: bool,  # noqa: FBT001 - positional for the cache
) -> MedicareTerms | None:
    """Return the numbers of law of *day*; None for a payer that shares nothing as Medicare does."""
    if not cost_sharing and not kx:
        return None
    payment = parameters.series("assistant_payment")
    first = payment.entries[0][0]
    return MedicareTerms(
        # Before the modifiers there was nothing to reduce.
        payment.on(max(day, first) if first else day),
        parameters.on("coinsurance", day),
        parameters.on("sequestration", day),
        parameters.on("part_b_deductible", day),
        parameters.on("kx_threshold", day) if kx else None,
        parameters.on("medical_review_threshold", day),
    )


def _without_amounts(fees: FeeSchedule | None, policy: Policy) -> str:
    """Return why *fees* give the payer of *policy* no amounts; empty where they do."""
    if fees is not None:
        return "" if fees.gives_amounts_to(policy.fee_basis) else _UNKNOWN_FEES
    return _UNKNOWN_FEES if policy.fee_basis.is_payers_own else _NO_FEES


def _prices(
    lines: Sequence[ClaimLine], fees: FeeSchedule | None, policy: Policy
) -> tuple[list[Price | None], list[str]]:
    """Return the price of each line, or why it has none."""
    reason = _without_amounts(fees, policy)
    if fees is None or reason:
        return [None] * len(lines), [reason] * len(lines)
    prices: list[Price | None] = []
    reasons: list[str] = []
    for line in lines:
        try:
            prices.append(fees.price(line.code))
            reasons.append("")
        except NotPublishedError as error:
            prices.append(None)
            reasons.append(str(error))
    return prices, reasons


def _not_paid_by_role(claims: Sequence[Claim]) -> dict[int, str]:
    """Return why Medicare does not pay lines that an assistant furnished, by the index of the line."""
    reasons: dict[int, str] = {}
    first = 0
    for claim in claims:
        paid = {} if claim.allocation is None else units_of_therapists(claim.allocation)
        for place, line in enumerate(claim.lines, first):
            units = paid.get((line.discipline, line.code))
            if claim.allocation and is_evaluation_by_assistant(line):
                units = 0
            if units is not None:
                who = "an SLP assistant" if line.discipline is Discipline.SLP else "an assistant"
                reasons[place] = f"Medicare does not pay {line.code} furnished by {who}"
                if units:
                    reasons[place] += f"; the therapist's own minutes make {counted(units, 'unit')}"
        first += len(claim.lines)
    return reasons


def _unit_amounts(
    lines: Sequence[ClaimLine], prices: Sequence[Price | None], *, mppr: bool
) -> tuple[list[tuple[Usd, ...]], int | None]:
    """
    Return the amount of each unit, and which line holds the one in full of those subject to MPPR.

    The others of those are reduced.
    """
    subject: list[int] = []
    ranked: list[RankedLine] = []
    if mppr:
        for place, price in enumerate(prices):
            if price is None or price.practice_expense is None:
                continue
            subject.append(place)
            line = lines[place]
            # Of units equal in everything, one of the therapist is the one in full.
            charge = line.charge or _ZERO
            order = (line.assistant, line.code, line.modifiers, line.units, charge)
            ranked.append(RankedLine(price.practice_expense, price.amount, order))
    full = subject[line_in_full(ranked)] if ranked else None
    amounts: list[tuple[Usd, ...]] = []
    for place, (line, price) in enumerate(zip(lines, prices, strict=True)):
        if price is None:
            amounts.append(())
            continue
        in_full = line.units if place not in subject else int(place == full)
        further = line.units - in_full
        # A reduction that is not known stops only a day that has a unit to reduce.
        reduced = price.reduced if further else None
        units = (price.amount,) * in_full
        amounts.append(units if reduced is None else (*units, *(reduced,) * further))
    return amounts, full


def _allowed(
    lines: Sequence[ClaimLine],
    units: Sequence[tuple[Usd, ...]],
    policy: Policy,
    contract: Contract | None,
) -> list[Usd | None]:
    """Return what is allowed for each line; None for one without a price."""
    lesser = policy.cost_sharing if contract is None else contract.lesser_of_charge
    allowed: list[Usd | None] = []
    for line, amounts in zip(lines, units, strict=True):
        if not amounts:
            allowed.append(None)
            continue
        of_units = total(amounts)
        allowed.append(lesser_of_charge(of_units, line.charge) if lesser else of_units)
    maximum, visit = policy.amount_per_day, None
    if contract is not None:
        limits = [limit for limit in (maximum, contract.per_day_maximum) if limit is not None]
        maximum, visit = min(limits, default=None), contract.per_visit
    if maximum is None and visit is None:
        return allowed
    if visit is not None and lesser and lines:
        charges = [line.charge for line in lines if line.charge is not None]
        if len(charges) == len(lines):
            visit = lesser_of_charge(visit, total(charges))
    return _within(lines, allowed, visit, maximum)


def _within(
    lines: Sequence[ClaimLine],
    allowed: list[Usd | None],
    visit: Usd | None,
    maximum: Usd | None,
) -> list[Usd | None]:
    """Return the amounts under a rate for the visit, a limit for the day, or both."""
    places = [place for place, amount in enumerate(allowed) if amount is not None]
    if visit is not None:
        places = list(range(len(lines)))
    places.sort(key=lambda place: _rank(lines[place], allowed[place]))
    if visit is not None:
        amounts = share_out(visit, [Usd(lines[place].units) for place in places])
    else:
        amounts = tuple(amount for place in places if (amount := allowed[place]) is not None)
    if maximum is not None:
        amounts = cap_day(amounts, maximum)
    within = list(allowed)
    for place, amount in zip(places, amounts, strict=True):
        within[place] = amount
    return within


def _rank(line: ClaimLine, allowed: Usd | None) -> tuple[object, ...]:
    """Return what orders the lines of a day, whatever the order in which they were written."""
    charge = _ZERO if line.charge is None else line.charge
    return (EXACT.minus(allowed or _ZERO), line.code, line.modifiers, line.units, charge)


def _thresholds(
    lines: Sequence[ClaimLine],
    allowed: Sequence[Usd | None],
    order: Sequence[int],
    thresholds: tuple[Usd, Usd],
    accumulators: Accumulators | None,
    kx: list[KxState],
) -> tuple[ThresholdState, ...]:
    """Return where each bucket of the day stands, and mark in *kx* the lines that need it."""
    threshold, review = thresholds
    if accumulators is None:
        kx[:] = [KxState.UNKNOWN] * len(kx)
        return ()
    buckets: dict[Bucket, list[int]] = {}
    for place in order:
        discipline = lines[place].discipline
        if discipline is None:
            kx[place] = KxState.UNKNOWN
        else:
            buckets.setdefault(BUCKET_OF[discipline], []).append(place)
    states = []
    for bucket in (bucket for bucket in Bucket if bucket in buckets):
        places = buckets[bucket]
        before = accumulators.allowed(bucket)
        amounts = [allowed[place] or _ZERO for place in places]
        beyond, after = lines_beyond(before, amounts, threshold=threshold)
        for place, needs_kx in zip(places, beyond, strict=True):
            if needs_kx:
                denial = not LIABILITY_MODIFIERS.isdisjoint(lines[place].modifiers)
                kx[place] = KxState.NOT_CLAIMED if denial else KxState.SUGGESTED
        states.append(ThresholdState(bucket, before, after, threshold, review))
    return tuple(states)


def _with_kx(
    lines: Sequence[ClaimLine],
    kx: list[KxState],
    attested: frozenset[Discipline | None],
    order: Sequence[str],
) -> list[ClaimLine]:
    """Return the lines with KX, in its place, where it is needed and attested; *kx* tells it after."""
    applied = []
    for place, line in enumerate(lines):
        if _KX in line.modifiers:
            kx[place] = KxState.APPLIED
        elif kx[place] is KxState.SUGGESTED and not attested.isdisjoint((None, line.discipline)):
            kx[place] = KxState.APPLIED
            modifiers = ordered((*line.modifiers, _KX), order=order)
            applied.append(ClaimLine(line.code, line.units, modifiers, line.charge))
            continue
        applied.append(line)
    return applied


def _shares(
    lines: Sequence[ClaimLine],
    allowed: Sequence[Usd | None],
    order: Sequence[int],
    terms: MedicareTerms,
    accumulators: Accumulators | None,
) -> list[CostShare | None]:
    """Return how each line is shared; the deductible falls on the lines by *order*."""
    left = _ZERO
    if accumulators is not None:
        left = max(_ZERO, EXACT.subtract(terms.deductible.amount, accumulators.deductible_met))
    shares: list[CostShare | None] = [None] * len(lines)
    for place in order:
        amount = allowed[place]
        if amount is None:
            continue
        share = share_cost(
            amount,
            deductible_left=left,
            coinsurance=terms.coinsurance.amount,
            assistant_part=terms.assistant_payment.amount if lines[place].assistant else _ONE,
            sequestration=terms.sequestration.amount,
        )
        if share.deductible:
            left = EXACT.subtract(left, share.deductible)
        shares[place] = share
    return shares


def _pays_range(
    lines: Sequence[ClaimLine],
    allowed: Sequence[Usd | None],
    order: Sequence[int],
    terms: MedicareTerms,
    accumulators: Accumulators | None,
) -> tuple[Usd, Usd] | None:
    """Return the least and most that Medicare pays by the line that takes the deductible first."""
    if accumulators is None or accumulators.deductible_met >= terms.deductible.amount:
        return None
    if len({lines[place].assistant for place in order}) == 1 or terms.assistant_payment.amount == 1:
        return None
    therapists_first = sorted(order, key=lambda place: lines[place].assistant)
    assistants_first = sorted(order, key=lambda place: not lines[place].assistant)
    totals = [
        total(
            share.medicare_pays
            for share in _shares(lines, allowed, places, terms, accumulators)
            if share is not None
        )
        for places in (order, therapists_first, assistants_first)
    ]
    least, most = min(totals), max(totals)
    return None if least == most else (least, most)


def _after(
    accumulators: Accumulators,
    shares: Sequence[CostShare | None],
    states: Sequence[ThresholdState],
) -> Accumulators:
    """Return the year after a day of *shares* and *states*."""
    deductibles = [share.deductible for share in shares if share is not None]
    met = total([accumulators.deductible_met, *deductibles])
    allowed = {state.bucket: state.after for state in states}
    return Accumulators(
        accumulators.year,
        met,
        allowed.get(Bucket.PT_SLP, accumulators.pt_slp),
        allowed.get(Bucket.OT, accumulators.ot),
    )


def _remarks_on_units(claims: Sequence[Claim], name: str, counted_by: str) -> Iterator[str]:
    if counted_by:
        yield f"{counted_by} counted the units; {name} may count them differently"
    for claim in claims:
        then = None if claim.allocation is None else claim.allocation.date_of_service
        if then not in (None, claim.date_of_service):
            yield f"the units were counted for {then}, by the rules of that day"
    allocations = [claim.allocation for claim in claims if claim.allocation is not None]
    if sum(allocation.treatment_minutes for allocation in allocations) > MINUTES_OF_A_DAY:
        yield _LONG_DAY


def _unused_attestations(distinct: Mapping[str, str], lines: Sequence[PricedLine]) -> Iterator[str]:
    billed = {line.code for line in lines}
    for code, modifier in distinct.items():
        if code not in billed:
            yield f"{modifier} is attested for {code}, which is on no line"


def _assumed_of_amounts(
    policy: Policy, name: str, fees: FeeSchedule | None, lines: Sequence[PricedLine], day: date
) -> Iterator[str]:
    """Yield what was assumed about the amounts that are allowed."""
    reason = _without_amounts(fees, policy)
    if reason:
        yield _GIVE_FEES if reason == _UNKNOWN_FEES else f"no amounts: {reason}"
    if fees is None or all(line.allowed is None for line in lines):
        return
    yield from fees.assumptions_on(day)
    if policy.fee_basis is FeeBasis.ANY_SCHEDULE:
        yield _COUNTING_METHOD.format(name)
    elif not policy.fee_basis.is_payers_own and fees.basis is FeeBasis.CONTRACT:
        yield _GIVEN_RATES


def _assumed_of_shares(
    policy: Policy,
    lines: Sequence[PricedLine],
    accumulators: Accumulators | None,
    *,
    mppr: bool,
    at_cost: bool,
    pays_range: bool,
) -> Iterator[str]:
    """Yield what was assumed about reduction, shares, and the year."""
    priced = [line for line in lines if line.allowed is not None]
    if at_cost and priced:
        yield _PAID_AT_COST
    elif priced and not policy.cost_sharing:
        yield _NO_SHARES
    if policy.cost_sharing and accumulators is None:
        yield _YEAR_UNKNOWN if at_cost else _DEDUCTIBLE_ASSUMED
    if pays_range:
        yield _DEDUCTIBLE_ORDER
    if mppr and any(line.price is not None and not line.price.release for line in lines):
        yield _NO_REDUCTION
    if policy.kx and any(line.discipline is None for line in lines):
        yield _NO_PLAN
    for line in priced:
        for modifier in line.modifiers:
            if modifier in LIABILITY_MODIFIERS:
                yield _DENIAL_EXPECTED.format(line.code, modifier)
