"""
Draw submissions that pass every check: of each kind of payer, with each optional field given or not.

A seed draws the whole submission, because Hypothesis needs a hundred times as long to draw as many texts. The sex U and
the benefits W of an earlier payer are left out, because x12sdk wrongly refuses them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

from tests.submissions import CREATED
from therapy_billing.claims import (
    Accident,
    Address,
    Adjustment,
    BillingContact,
    BillingProvider,
    ClaimHeader,
    ClaimParties,
    Coverage,
    LinePayment,
    Organization,
    Patient,
    Person,
    PriorPayment,
    ProfessionalClaim,
    Provider,
    Receiver,
    ServiceFacility,
    ServiceLine,
    Submission,
    Submitter,
    Subscriber,
)

__all__ = ["draw_submission", "submissions"]

T = TypeVar("T")

LATEST = CREATED.date()
EARLIEST = date(2024, 1, 1)

_EDGES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"&'()+,-./;?=%@[]_{}\\|<#$"
_INSIDE = _EDGES + " "
_LONG = 0.1
"""How often a text has as many characters as a claim can carry."""

_PLANS = {"97110": "GP", "97140": "GP", "97530": "GO", "97535": "GO", "92507": "GN", "92526": "GN"}
_DIAGNOSES = (
    *("M5450", "M25561", "M25562", "S83511A", "S134XXA", "R2689", "F802", "R1310", "I69354"),
    *("G8191", "M542", "M546", "Z9181", "R262"),
)
_REASONS = ("1", "2", "3", "45", "59", "97", "253", "B7")
_TAXONOMIES = ("225100000X", "225X00000X", "235Z00000X", "261QP2000X")
_STATES = ("OH", "KY", "CA", "NY", "PR", "DC")
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"


class _Draws:
    """Draw the records of one submission."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.choice = random.choice

    def maybe(self, call: Callable[..., T], *arguments: Any) -> T | None:  # noqa: ANN401 - passed on
        return call(*arguments) if self.random.random() < 0.5 else None

    def some(self, values: Sequence[T], least: int, most: int) -> tuple[T, ...]:
        return tuple(self.random.sample(values, self.random.randint(least, most)))

    def digits(self, count: int) -> str:
        return "".join(self.random.choices("0123456789", k=count))

    def words(self, most: int, least: int = 1) -> str:
        """Return a text of up to *most* characters that a claim can carry."""
        short = self.random.randint(least, min(most, 8))
        length = most if self.random.random() < _LONG else short
        inside = "".join(self.random.choices(_INSIDE, k=length))
        return self.choice(_EDGES) + inside[1:-1] + (self.choice(_EDGES) if length > 1 else "")

    def day(self, first: date, last: date) -> date:
        return first + timedelta(self.random.randint(0, (last - first).days))

    def before(self) -> date:
        return self.day(date(2023, 1, 1), EARLIEST - timedelta(days=1))

    def dollars(self, least: int, most: int) -> Decimal:
        return Decimal(self.random.randint(least, most)) / 100

    def npi(self) -> str:
        nine = self.choice("12") + self.digits(8)
        numbers = [int(each) for each in "80840" + nine]
        doubled = sum(sum(divmod(2 * each, 10)) for each in numbers[::-2])
        return nine + str(-(doubled + sum(numbers[-2::-2])) % 10)

    def person(self) -> Person:
        words, maybe = self.words, self.maybe
        return Person(words(60), maybe(words, 35), maybe(words, 25), maybe(words, 10))

    def organization(self) -> Organization:
        return Organization(self.words(60))

    def name(self) -> Person | Organization:
        return self.person() if self.choice((True, False)) else self.organization()

    def address(self, *, five: bool = False) -> Address:
        zip_code = self.digits(5) + ("" if five else self.choice("123456789") + self.digits(3))
        return Address(
            "1 " + self.words(53),
            self.maybe(self.words, 55),
            self.words(30, 2),
            self.choice(_STATES),
            zip_code,
        )

    def home(self) -> Address:
        return self.address(five=self.choice((True, False)))

    def email(self) -> str:
        name = self.words(244).replace("@", "A").replace(" ", ".")
        return f"{name}@EXAMPLE.COM"

    def contact(self) -> BillingContact:
        """Return a contact with up to three numbers, because a segment has room for three."""
        given = self.some(("phone", "extension", "email", "fax"), 1, 3)
        # An extension alone calls nobody.
        phone = "phone" in given or given == ("extension",)
        return BillingContact(
            self.words(60),
            self.digits(10) if phone else None,
            self.words(20) if phone and "extension" in given else None,
            self.email() if "email" in given else None,
            self.digits(10) if "fax" in given else None,
        )

    def billing_provider(self) -> BillingProvider:
        return BillingProvider(
            self.name(),
            self.npi(),
            self.address(),
            self.digits(9),
            self.choice(("EI", "SY")),
            self.choice(_TAXONOMIES),
            self.maybe(self.contact),
            self.maybe(self.address),
        )

    def person_provider(self) -> Provider:
        return Provider(self.person(), self.npi())

    def rendering_provider(self) -> Provider:
        return Provider(self.name(), self.npi(), self.choice(_TAXONOMIES))

    def facility(self) -> ServiceFacility:
        return ServiceFacility(self.organization(), self.npi(), self.address())

    def coverage(self, filing: str, order: str, relationship: str, *, own: bool = True) -> Coverage:
        """Return a coverage. *own* is whether it is that of the claim's payer, not of an earlier one."""
        group = filing != "MB"
        return Coverage(
            payer_name=self.words(60),
            payer_id=self.words(80, 2),
            payer_id_kind=self.choice(("PI", "XV")),
            payer_address=self.maybe(self.address),
            filing_indicator=filing,
            order=order,
            relationship=relationship,
            group_number=self.maybe(self.words, 50) if group else None,
            group_name=self.maybe(self.words, 60) if group else None,
            provider_id=self.maybe(self.words, 50) if own else None,
        )

    def subscriber(self, *, medicare: bool, patient: bool) -> Subscriber:
        mbi = f"{self.choice('123456789')}E{self.choice(_MBI_LETTERS)}4TE5MK73"
        member_id = mbi if medicare else self.words(80, 2)
        if not patient:
            return Subscriber(self.name(), member_id)
        return Subscriber(self.person(), member_id, self.home(), self.birth(), self.choice("FM"))

    def birth(self) -> date:
        return self.day(date(1920, 1, 1), date(2020, 12, 31))

    def patient(self) -> Patient:
        return Patient(self.person(), self.home(), self.birth(), self.choice("FM"))

    def adjustments(self) -> tuple[Adjustment, ...]:
        """Return adjustments with each group in one block, as the segments of a file have them."""
        return tuple(
            Adjustment(group, reason, self.dollars(1, 9999), self.maybe(self.random.randint, 1, 9))
            for group in self.some(("CO", "PR", "OA", "PI"), 0, 2)
            for reason in self.some(_REASONS, 1, 6)
        )

    def line(self, number: int, diagnoses: int, *, full: bool) -> ServiceLine:
        code = self.choice(sorted(_PLANS))
        day = self.day(EARLIEST, LATEST - timedelta(days=20))

        def maybe(call: Callable[..., T], *arguments: Any) -> T | None:  # noqa: ANN401 - passed on
            return self.maybe(call, *arguments) if full else None

        return ServiceLine(
            code,
            self.random.randint(1, 8),
            self.dollars(100, 99_999),
            (_PLANS[code], *self.some(("KX", "59", "XU", "76"), 0, 3)),
            day,
            maybe(self.day, day, day + timedelta(days=9)),
            self.some(range(1, diagnoses + 1), 1, min(4, diagnoses)),
            f"{number}-{self.words(20)}",
            maybe(self.choice, ("12", "22")),
            maybe(self.rendering_provider),
            maybe(self.person_provider),
            maybe(self.person_provider),
            maybe(self.facility),
            maybe(self.words, 50),
            maybe(self.words, 50),
            maybe(self.words, 80),
        )

    def lines(self, diagnoses: int) -> list[ServiceLine]:
        """Return lines of which no two have the same code and date."""
        full = self.choice((True, False))
        drawn = [self.line(n, diagnoses, full=full) for n in range(self.random.randint(1, 4))]
        return list({(line.code, line.date_of_service): line for line in drawn}.values())

    def paid_line(
        self, line: ServiceLine, payer_id: str | None, decided: date, count: int
    ) -> ServiceLine:
        """Return *line* with what another payer paid, and with a charge that balances."""
        paid, adjustments = self.dollars(100, 50_000), self.adjustments()
        payment = LinePayment(
            payer_id,
            paid,
            line.code,
            line.modifiers,
            line.units,
            self.maybe(self.random.randint, 1, count),
            adjustments,
            decided,
            self.maybe(self.dollars, 0, 9999),
        )
        return attrs.evolve(line, charge=paid + _total(adjustments), payments=[payment])

    def prior_payment(
        self, lines: list[ServiceLine], relationship: str
    ) -> tuple[PriorPayment, list[ServiceLine]]:
        """Return what a primary payer decided, by line or for the whole claim, and the lines with their shares."""
        coverage = self.coverage("CI", "P", relationship, own=False)
        decided, by_line = self.day(LATEST - timedelta(days=9), LATEST), self.choice((True, False))
        if by_line:
            lines = [self.paid_line(line, coverage.payer_id, decided, len(lines)) for line in lines]
            balance = sum(payment.paid or 0 for line in lines for payment in line.payments)
            adjustments: tuple[Adjustment, ...] = ()
        else:
            balance = sum(line.charge or 0 for line in lines)
            adjustments = self.adjustments()
            if _total(adjustments) > balance:
                adjustments = ()
        prior = PriorPayment(
            coverage,
            self.subscriber(medicare=False, patient=False),
            balance - _total(adjustments),
            adjustments,
            None if by_line else decided,
            self.maybe(self.words, 50),
            self.maybe(self.dollars, 0, 9999),
            self.maybe(self.dollars, 0, 9999),
            self.choice("YN"),
            self.choice("YI"),
        )
        return prior, lines

    def header(self, number: int, filing: str, diagnoses: tuple[str, ...]) -> ClaimHeader:
        maybe, words = self.maybe, self.words
        injury, medicare = filing in {"WC", "AM"}, filing == "MB"
        accident = Accident(
            ("EM",) if filing == "WC" else ("AA",), self.before(), self.choice(_STATES)
        )
        if filing == "WC":
            accident = attrs.evolve(accident, state=None)
        again = not medicare and self.choice((True, False))
        return ClaimHeader(
            f"{number}-{words(15)}",
            self.choice(("11", "12", "22")),
            self.choice("78") if again else "1",
            words(50) if again else None,
            self.choice("YN"),
            "A" if medicare else self.choice("AC"),
            self.choice("YNW"),
            self.choice("YI"),
            maybe(lambda: "P"),
            maybe(words, 50),
            maybe(words, 50),
            maybe(words, 50),
            maybe(words, 50),
            words(50) if injury else None,
            maybe(self.before),
            maybe(self.before),
            maybe(self.before),
            accident if injury else None,
            maybe(self.dollars, 1, 9999),
            maybe(self.choice, ("1", "7", "11")),
            maybe(words, 80),
            diagnoses,
        )

    def claim(self, number: int) -> ProfessionalClaim:
        filing = self.choice(("MB", "CI", "BL", "WC", "AM"))
        medicare = filing == "MB"
        # The patient of Medicare is always the subscriber.
        relationship = "18" if medicare else self.choice(("18", "01", "19", "20", "G8"))
        own = relationship == "18"
        secondary = filing in {"MB", "CI", "BL"} and self.choice((True, False))
        diagnoses = self.some(_DIAGNOSES, 1, 12)
        lines, priors = self.lines(len(diagnoses)), []
        coverage = self.coverage(filing, "S" if secondary else "P", relationship)
        if secondary:
            prior, lines = self.prior_payment(lines, relationship)
            priors = [prior]
            reason = self.choice(("12", "13", "43")) if medicare else None
            coverage = attrs.evolve(coverage, msp_type=reason)
        parties = ClaimParties(
            self.billing_provider(),
            coverage,
            self.subscriber(medicare=medicare, patient=own),
            None if own else self.patient(),
            self.rendering_provider(),
            self.person_provider(),
            self.maybe(self.person_provider),
            self.maybe(self.facility),
            priors,
        )
        return ProfessionalClaim(self.header(number, filing, diagnoses), parties, lines)

    def submission(self) -> Submission:
        name = self.name()
        if isinstance(name, Person):
            # Loop 1000A has no element for the suffix.
            name = attrs.evolve(name, suffix=None)
        return Submission(
            Submitter(name, self.words(15, 2), self.contact()),
            Receiver(self.organization(), self.words(15, 2)),
            [self.claim(number) for number in range(self.random.randint(1, 3))],
            self.words(30),
            self.choice(("00", "18")),
        )


def _total(adjustments: tuple[Adjustment, ...]) -> Decimal:
    return sum((each.amount or Decimal(0) for each in adjustments), Decimal(0))


def draw_submission(seed: int) -> Submission:
    """Return the submission of *seed*, with one to three claims."""
    return _Draws(Random(seed)).submission()


def submissions() -> st.SearchStrategy[Submission]:
    """Return a strategy for submissions that pass every check."""
    return st.integers(0, 2**32 - 1).map(draw_submission)
