"""Claims in one file: build them from priced or unpriced days, and put several submissions together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

import attrs

from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.validation import as_tuple, checked, require_type
from therapy_billing.base.wording import word_key
from therapy_billing.claims.coverage import Coverage
from therapy_billing.claims.parties import Receiver, Submitter
from therapy_billing.claims.professional_claim import (
    ClaimHeader,
    ClaimParties,
    ProfessionalClaim,
    ServiceLine,
)
from therapy_billing.claims.record_fields import (
    PrivateRecord,
    as_whole_numbers,
    capitals,
    members_of,
    text,
)
from therapy_billing.claims.records import Claim
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.methods import UnitMethod
from therapy_billing.units.allocation_record import Allocation

__all__ = ["Pointers", "Submission", "build_submission"]

Pointers = Sequence[int] | Mapping[str, Sequence[int]]
"""Diagnosis pointers for every line, or by code. Diagnoses are counted from 1."""


class SentDay(Protocol):
    """A day with the claim to send, such as a :class:`~therapy_billing.PricedDay`."""

    @property
    def claim(self) -> Claim:
        """The claim to send."""


def _claims(value: Iterable[ProfessionalClaim], *, what: str = "") -> tuple[ProfessionalClaim, ...]:
    return members_of(value, ProfessionalClaim, what)


@attrs.frozen(repr=False, field_transformer=checked)
class Submission(PrivateRecord):
    """
    Claims that are sent together.

    Args:
        submitter: Who sends them.
        receiver: Who receives them.
        claims: The claims.
        reference: Your number for the submission, up to 30 characters (BHT03).
        purpose: ``"00"`` original, ``"18"`` sent again.
        use: ``"CH"`` for claims that ask for payment, ``"RP"`` for encounters that only report services.

    Raises:
        InvalidInputError: If a value has the wrong type.
    """

    submitter: Submitter | None = None
    receiver: Receiver | None = None
    claims: tuple[ProfessionalClaim, ...] = attrs.field(default=(), converter=_claims)
    reference: str | None = text(30)
    purpose: str | None = text(2, "00")
    use: str | None = capitals(2, "CH")

    def with_claims_of(self, others: Submission | Iterable[Submission]) -> Submission:
        """
        Return this submission with the claims of *others* added at the end.

        Raises:
            InvalidInputError: If another submission has another submitter or receiver, another purpose, or another use.
        """
        claims = list(self.claims)
        for index, other in enumerate(as_tuple(others, Submission, "others")):
            for name in ("submitter", "receiver", "purpose", "use"):
                if getattr(other, name) != getattr(self, name):
                    msg = f"others[{index}].{name} is not the same: send these claims in a submission of their own"
                    raise InvalidInputError(msg, field=f"others[{index}].{name}")
            claims += other.claims
        return attrs.evolve(self, claims=tuple(claims))


def build_submission(
    days: Claim | SentDay | Iterable[Claim | SentDay],
    parties: ClaimParties,
    header: ClaimHeader,
    *,
    submitter: Submitter | None = None,
    receiver: Receiver | None = None,
    reference: str | None = None,
    pointers: Pointers | None = None,
) -> Submission:
    """
    Build a submission with one claim from a patient's days.

    The lines are in the order of the dates. Each has a line number made of its date and a count. Nothing
    else is added: what was not given is None, and :func:`~therapy_billing.check_submission` lists it.

    Args:
        days: A day as :func:`~therapy_billing.bill_day` returns it, with the attested modifiers, or a
            :class:`~therapy_billing.Claim`; or several of them, all of one patient.
        parties: Who is involved. If its coverage names no payer, it gets the payer whose rules counted the units.
        header: What the claim says once.
        submitter: Who sends the claim.
        receiver: Who receives it.
        reference: Your number for the submission.
        pointers: Which diagnoses support the lines: for all lines, or by code.

    Raises:
        InvalidInputError: If there is no day, an argument has the wrong type, *pointers* does not name the code of a
            line, or the units were counted for another payer than that of the coverage, or by another method.
        NotPublishedError: If a method counted the units, and the policy of the coverage's payer is not known for a day.

    >>> from therapy_billing.claims import ClaimLine
    >>> day = Claim("2026-03-02", [ClaimLine("97110", 2, ["GP"], "90")])
    >>> built = build_submission(day, ClaimParties(), ClaimHeader(diagnoses=["M5450"]), pointers=[1])
    >>> [(line.code, line.line_number, line.pointers) for line in built.claims[0].lines]
    [('97110', '20260302-1', (1,))]
    """
    require_type(parties, ClaimParties, "parties")
    require_type(header, ClaimHeader, "header")
    if pointers is not None and not isinstance(pointers, Mapping):
        # An iterator would have no pointers left for the second line.
        pointers = as_whole_numbers(pointers, what="pointers")
    claims = sorted(_claims_of(days), key=_day_of)
    if not claims:
        msg = "days must have at least one claim"
        raise InvalidInputError(msg, field="days")
    lines: list[ServiceLine] = []
    for claim in claims:
        for line in claim.lines:
            day = claim.date_of_service
            lines.append(
                ServiceLine(
                    line.code,
                    line.units,
                    line.charge,
                    line.modifiers,
                    day,
                    pointers=_pointers_of(line.code, pointers),
                    line_number=f"{day:%Y%m%d}-{len(lines) + 1}",
                )
            )
    built = ProfessionalClaim(header, _with_payer(parties, claims), tuple(lines))
    return Submission(submitter, receiver, (built,), reference)


def _claims_of(days: object) -> tuple[Claim, ...]:
    given = tuple(days) if isinstance(days, Iterable) and not isinstance(days, str) else (days,)
    return as_tuple([getattr(each, "claim", each) for each in given], Claim, "days")


def _day_of(claim: Claim) -> date:
    return claim.date_of_service


def _pointers_of(code: str, pointers: Pointers | None) -> tuple[int, ...]:
    if pointers is None:
        return ()
    if not isinstance(pointers, Mapping):
        return tuple(pointers)
    if code not in pointers:
        msg = f"pointers has no entry for {code}: name each code of the claim"
        raise InvalidInputError(msg, field="pointers", code=code)
    return as_whole_numbers(pointers[code], what=f"pointers[{code}]")


def _with_payer(parties: ClaimParties, claims: Iterable[Claim]) -> ClaimParties:
    """Return *parties*, with the payer that counted the units if the coverage names none."""
    coverage = parties.coverage
    if coverage is None:
        return parties
    counted = set()
    for claim in claims:
        if claim.allocation is None:
            continue
        if claim.allocation.payer in _METHODS:
            _require_method(coverage, claim.allocation, claim.date_of_service)
        else:
            counted.add(claim.allocation.payer)
    if not counted:
        return parties
    named = counted if coverage.payer is None else {coverage.payer}
    if len({word_key(name) for name in counted | named}) > 1:
        msg = "the units of all days must be counted for the payer of the coverage"
        raise InvalidInputError(msg, field="parties.coverage.payer")
    return attrs.evolve(parties, coverage=attrs.evolve(coverage, payer=min(named)))


_METHODS = frozenset(method.value for method in UnitMethod)
"""The names that an allocation has instead of a payer, if a policy or a method counted the units."""


def _require_method(coverage: Coverage, allocation: Allocation, day: date) -> None:
    """Refuse units that a policy counted by another method than the payer of the coverage uses."""
    payer = coverage.payer
    if payer is None or payer not in PAYERS or allocation.policy.money.pays_second:
        return
    wanted = PAYERS[payer].on(day).counting.method
    used = allocation.policy.counting.method
    if wanted not in (None, used):
        msg = f"the units were counted by {allocation.payer}, but the payer of the coverage counts by {wanted.value}"
        raise InvalidInputError(msg, field="parties.coverage.payer")
