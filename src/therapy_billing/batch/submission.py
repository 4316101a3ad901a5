"""
Make a submission of claims from a treatment log and a parties file.

The days are billed first, because KX and the caps of a year depend on the days before. Then each day gets its parties.
Days that cannot be billed, that have rows that could not be read, or that have no parties become errors with their line
in the log. What is missing in a claim is no error here: :func:`~therapy_billing.check_submission` lists it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from therapy_billing.base.choices import Choice, parse_choice
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.money import times
from therapy_billing.base.validation import require_flag, require_type
from therapy_billing.base.wording import counted, listed, word_key
from therapy_billing.batch.billing import BillingRun
from therapy_billing.batch.log_run import Years
from therapy_billing.batch.log_terms import LogFees, LogTerms
from therapy_billing.batch.records import BilledDay
from therapy_billing.claims.attestations import Attestation
from therapy_billing.claims.parties import Provider
from therapy_billing.claims.parties_file import PartiesFile, PatientParties, fault_of_patient
from therapy_billing.claims.professional_claim import ProfessionalClaim
from therapy_billing.claims.record_fields import PrivateRecord
from therapy_billing.claims.records import Claim, ClaimLine
from therapy_billing.claims.submission import Submission, build_submission
from therapy_billing.codes.code_book import first_of_family
from therapy_billing.codes.roles import Clinician, Setting
from therapy_billing.payers.payer import Payer
from therapy_billing.payers.payer_argument import PayerLike
from therapy_billing.pricing.records import KxState
from therapy_billing.visits.treatment_log import LogDay, LogInput, TreatmentLog, read_treatment_log

__all__ = ["ClaimSpan", "LogSubmission", "submission_of_log"]


class ClaimSpan(Choice):
    """Which days of a patient are in one claim."""

    VISIT = "visit"
    """One claim per patient and date of service. The account of each claim ends with the date, such as ``-20260302``."""
    PATIENT = "patient"
    """One claim per patient, with all days of the log. The account is as given."""


@attrs.frozen(repr=False)
class LogSubmission(PrivateRecord):
    """
    The claims of a log.

    Args:
        submission: The claims, in the order of the log.
        log_lines: For each claim, its first line in the log.
        errors: The rows and days that have no claim. Without *keep_going*, there are none.
        remarks: What to know about the claims. No remark names a patient.
    """

    submission: Submission
    log_lines: tuple[int, ...]
    errors: tuple[FileFormatError, ...]
    remarks: tuple[str, ...]


def submission_of_log(
    log: LogInput,
    parties: PartiesFile,
    payer: PayerLike = "medicare",
    fees: LogFees | None = None,
    accumulators: Years | None = None,
    *,
    per: ClaimSpan | str = ClaimSpan.VISIT,
    payers: Mapping[str, Payer] | None = None,
    attestations: Iterable[Attestation] = (),
    setting: Setting | str | None = None,
    policy_changes: Mapping[str, Any] | None = None,
    keep_going: bool = False,
) -> LogSubmission:
    """
    Make a submission of claims from a treatment log and a parties file.

    Units are counted for the payer that the log names; if it names none, for the payer of the patient's coverage; if that
    names none either, for *payer*. A line's provider is the one in the parties file with the ``treated_by`` key of its
    services; without that key, the patient's rendering provider; without one, the provider of the discipline. If all lines
    of a claim have the same provider, the claim has it; otherwise the lines have it.

    Args:
        log: The log, in any form that :func:`~therapy_billing.read_treatment_log` accepts.
        parties: Who is involved, as :func:`~therapy_billing.claims.read_parties_file` returns it.
        payer: The payer for days for which neither the log nor the coverage names one.
        fees: As for :func:`~therapy_billing.batch.bill_log`. KX needs them.
        accumulators: As for :func:`~therapy_billing.batch.bill_log`. KX needs them.
        per: Which days of a patient are in one claim: ``"visit"`` or ``"patient"``.
        payers: As for :func:`~therapy_billing.batch.bill_log`.
        attestations: As for :func:`~therapy_billing.batch.bill_log`.
        setting: As for :func:`~therapy_billing.batch.bill_log`.
        policy_changes: As for :func:`~therapy_billing.batch.bill_log`.
        keep_going: Whether to make the claims of the good days and list the bad ones in ``errors``.

    Raises:
        ExceptionGroup: With one FileFormatError for each bad row or day, and each fault in the parties file that only the
            log shows, unless *keep_going* is set.
        FileFormatError: If the log as a whole cannot be read.
        InvalidInputError: If an argument has the wrong type, or as for :func:`~therapy_billing.batch.bill_log`.
        OSError: If the log cannot be opened.
    """
    require_type(parties, PartiesFile, "parties")
    require_flag(keep_going, "keep_going")
    span = parse_choice(per, ClaimSpan, "per")
    terms = LogTerms(payers, payer, fees, attestations, setting, policy_changes)
    read = read_treatment_log(log, payers=tuple(terms.payers), keep_going=keep_going)
    errors = list(read.errors)
    unknown = _unknown_payers(read, parties, terms, errors)
    refused = {day.line for day in _refused(read, parties, errors)}
    read = attrs.evolve(read, days=[day for day in read.days if day.patient not in unknown])
    days = [_with_payer(day, parties) for day in read.days]
    # A day without a claim is billed too, because the patient's year-to-date amounts depend on it.
    run = BillingRun(attrs.evolve(read, days=days, errors=()), terms, accumulators, keep_going=True)
    billed = [each for each in run if each.day.line not in refused]
    errors += run.errors
    remarks = [*run.remarks, *_unbilled(billed), *_open_decisions(billed)]
    claims: list[ProfessionalClaim] = []
    lines: list[int] = []
    for group in _groups(billed, span, parties, errors, remarks):
        patient = parties.patients[group[0].day.patient]
        try:
            claims.append(_claim(group, patient, parties, span, remarks))
        except InvalidInputError as error:
            errors.append(fault_of_patient(parties, group[0].day.patient, "pointers", str(error)))
        else:
            lines.append(min(each.day.line for each in group))
    if errors and not keep_going:
        msg = f"{read.path} or {parties.file.path} has errors"
        raise ExceptionGroup(msg, errors)
    submission = Submission(parties.submitter, parties.receiver, tuple(claims), parties.reference)
    return LogSubmission(submission, tuple(lines), tuple(errors), tuple(dict.fromkeys(remarks)))


def _unknown_payers(
    log: TreatmentLog, parties: PartiesFile, terms: LogTerms, errors: list[FileFormatError]
) -> set[str]:
    """Return the patients whose coverage names an unknown payer, and add an error for each."""
    known = {word_key(name) for name in terms.payers}
    found = set()
    for key in dict.fromkeys(day.patient for day in log.days if not day.payer):
        patient = parties.patients.get(key)
        if patient is None or word_key(_payer_of(patient)) in {"", *known}:
            continue
        reason = "payer is neither the key of one of the [payers] nor a payer of the library"
        errors.append(fault_of_patient(parties, key, "coverage", reason))
        found.add(key)
    return found


def _refused(
    log: TreatmentLog, parties: PartiesFile, errors: list[FileFormatError]
) -> Iterator[LogDay]:
    """Yield the days that can have no claim, and add an error for each."""
    named: dict[str, str] = {}
    for day in log.days:
        reason = column = ""
        patient = parties.patients.get(day.patient)
        payer = "" if patient is None else _payer_of(patient)
        if payer or day.payer:
            named.setdefault(day.patient, word_key(payer or day.payer))
        if patient is None:
            reason, column = "the parties file has no table for this patient", "patient"
        elif day.payer and word_key(day.payer) != named[day.patient]:
            reason = "not the payer of the patient's coverage, or of an earlier day: use one payer"
            column = "payer"
        elif day.skipped_lines:
            noun = "line" if len(day.skipped_lines) == 1 else "lines"
            numbers = listed([str(line) for line in day.skipped_lines])
            reason = f"{noun} {numbers} could not be read, so this day has no claim"
        elif _has_unknown_clinician(day, parties):
            reason = "[providers] of the parties file lacks the key of a clinician of this day"
            column = "treated_by"
        if reason:
            errors.append(FileFormatError(reason, log.path, day.line, column or None))
            yield day


def _payer_of(patient: PatientParties) -> str:
    coverage = patient.parties.coverage
    return "" if coverage is None or coverage.payer is None else coverage.payer


def _has_unknown_clinician(day: LogDay, parties: PartiesFile) -> bool:
    """Return whether a clinician of *day* has no provider, if the file has providers by key."""
    treated = {service.treated_by for session in day.sessions for service in session.services}
    return bool(parties.providers and treated - {None, *parties.providers})


def _with_payer(day: LogDay, parties: PartiesFile) -> LogDay:
    """Return *day* with the payer of the coverage, if the log names none."""
    patient = parties.patients.get(day.patient)
    if day.payer or patient is None:
        return day
    return attrs.evolve(day, payer=_payer_of(patient))


_OF_ONE_CLAIM = ("payer_claim_number", "patient_paid")


def _open_decisions(billed: Sequence[BilledDay]) -> Iterator[str]:
    """Yield what a person has to decide about the lines: ties and KX."""
    days = [each.priced for each in billed]
    tied = sum(any(allocation.tied for allocation in day.allocations) for day in days)
    if tied:
        verb = "has" if tied == 1 else "have"
        yield f"{counted(tied, 'day')} {verb} a tie to decide; the claims have the split that bill shows first"
    suggested = sum(len(day.kx_suggested) for day in days)
    if suggested:
        verb = "is" if suggested == 1 else "are"
        yield (
            f"{counted(suggested, 'line')} {verb} above the annual threshold without KX, and Medicare denies such "
            "lines: attest KX if it applies"
        )
    if any(line.kx is KxState.UNKNOWN for day in days for line in day.lines):
        yield "KX was not checked for some lines: give the fees and the year-to-date amounts of their patients"


def _unbilled(billed: Iterable[BilledDay]) -> Iterator[str]:
    """Yield the services that are in no claim, because of who furnished them."""
    for each in billed:
        for allocation in each.priced.allocations:
            for service in allocation.unbilled:
                yield f"line {each.day.line}: {service.sentence}: {service.reason}"


def _groups(
    billed: Sequence[BilledDay],
    span: ClaimSpan,
    parties: PartiesFile,
    errors: list[FileFormatError],
    remarks: list[str],
) -> Iterator[list[BilledDay]]:
    """Yield the days of each claim. A patient whose table is only for one claim has an error if there are more."""
    by_patient: dict[str, list[BilledDay]] = {}
    for each in billed:
        if each.priced.lines:
            by_patient.setdefault(each.day.patient, []).append(each)
        else:
            remarks.append(f"line {each.day.line}: the day has no unit to bill, so it has no claim")
    for key, visits in by_patient.items():
        if span is ClaimSpan.PATIENT or len(visits) == 1:
            continue
        patient = parties.patients[key]
        given = [name for name in _OF_ONE_CLAIM if getattr(patient.header, name) is not None]
        if patient.parties.prior_payments:
            given.append("prior_payments")
        for name in given:
            reason = (
                f"belongs to one claim, but the log has {counted(len(visits), 'visit')} of this "
                "patient: send each visit with a file of its own"
            )
            errors.append(fault_of_patient(parties, key, name, reason))
    for days in by_patient.values():
        yield from ([each] for each in days) if span is ClaimSpan.VISIT else [days]


def _claim(
    group: Sequence[BilledDay],
    patient: PatientParties,
    parties: PartiesFile,
    span: ClaimSpan,
    remarks: list[str],
) -> ProfessionalClaim:
    """Return the claim of the days in *group*."""
    days, providers = [], []
    usual = patient.parties.rendering_provider
    for each in group:
        lines = [_charged(priced.claim_line, parties) for priced in each.priced.lines]
        days.append(Claim(each.day.date_of_service, tuple(lines)))
        for line in lines:
            treated = _treated(line, each.day, parties, remarks)
            providers.append(treated or usual or _of_discipline(line, parties))
    header = patient.header
    if span is ClaimSpan.VISIT and header.account is not None:
        day: date = group[0].day.date_of_service
        header = attrs.evolve(header, account=f"{header.account}-{day:%Y%m%d}")
    pointers = patient.pointers
    if pointers is None and len(header.diagnoses) == 1:
        pointers = (1,)
    built = build_submission(days, patient.parties, header, pointers=pointers)
    claim = _with_payer_of_log(built.claims[0], group[0], remarks)
    return _with_providers(claim, providers)


def _of_discipline(line: ClaimLine, parties: PartiesFile) -> Provider | None:
    return None if line.discipline is None else parties.disciplines.get(line.discipline)


def _charged(line: ClaimLine, parties: PartiesFile) -> ClaimLine:
    charge = parties.charges.get(line.code)
    return line if charge is None else attrs.evolve(line, charge=times(charge, line.units))


def _with_payer_of_log(
    claim: ProfessionalClaim, billed: BilledDay, remarks: list[str]
) -> ProfessionalClaim:
    """Return *claim* with the payer that the log names, if its coverage names none."""
    coverage = claim.parties.coverage
    if coverage is None or coverage.payer is not None:
        return claim
    if billed.day.payer:
        coverage = attrs.evolve(coverage, payer=billed.priced.payer)
        return attrs.evolve(claim, parties=attrs.evolve(claim.parties, coverage=coverage))
    if coverage.filing_indicator != _MEDICARE:
        remarks.append(
            f"line {billed.day.line}: neither the log nor the coverage names a payer of the library, so the units "
            f"are counted for {billed.priced.payer}"
        )
    return claim


_MEDICARE = "MB"


def _treated(
    line: ClaimLine, day: LogDay, parties: PartiesFile, remarks: list[str]
) -> Provider | None:
    """Return who furnished the services of *line*, or None if the log or the parties file does not say."""
    codes = {line.code, first_of_family(line.code)}
    services = [
        service
        for session in day.sessions
        if line.discipline in (None, session.discipline)
        for service in session.services
        if service.code in codes
    ]
    # Only the line with CQ or CO is the assistant's, if a code has two lines.
    own = [each for each in services if (each.clinician is Clinician.ASSISTANT) is line.assistant]
    treated = [each.treated_by for each in own or services if each.treated_by is not None]
    found = list(dict.fromkeys(parties.providers[key] for key in treated if parties.providers))
    if len(found) > 1:
        remarks.append(
            f"line {day.line}: {len(found)} clinicians furnished {line.code}, and its claim line names the first"
        )
    return found[0] if found else None


def _with_providers(
    claim: ProfessionalClaim, providers: Sequence[Provider | None]
) -> ProfessionalClaim:
    """
    Return *claim* with its rendering providers.

    A claim without a rendering provider says that the billing provider treated, as in solo practice. If it is not known who
    furnished a line, the claim names nobody: the line would count as that provider's.
    """
    parties = claim.parties
    rendering = parties.rendering_provider
    if len(set(providers)) == 1 or (rendering is None and None not in providers):
        rendering = providers[0]
    billing = parties.billing_provider
    solo = (
        rendering is not None
        and billing is not None
        and rendering.npi is not None
        and rendering.npi == billing.npi
    )
    lines = [
        line if each in (None, rendering) else attrs.evolve(line, rendering_provider=each)
        for line, each in zip(claim.lines, providers, strict=True)
    ]
    return attrs.evolve(
        claim,
        parties=attrs.evolve(parties, rendering_provider=None if solo else rendering),
        lines=tuple(lines),
    )
