"""Check the providers of the claims: NPIs, taxonomy codes, tax numbers, names, and who must be named."""

from __future__ import annotations

from therapy_billing.checks.submitted_claims import (
    SubmissionReport,
    SubmittedClaim,
    SubmittedClaims,
    records_of,
)
from therapy_billing.claims.coverage import Patient, Subscriber
from therapy_billing.claims.identifiers import Npi, TaxId, TaxonomyCode
from therapy_billing.claims.parties import (
    BillingProvider,
    Organization,
    Person,
    Provider,
    Receiver,
    ServiceFacility,
    Submitter,
)

__all__ = [
    "check_billing_provider",
    "check_names",
    "check_npis",
    "check_person_providers",
    "check_referring_provider",
    "check_rendering_provider",
    "check_service_facility",
    "check_tax_id",
    "check_taxonomy",
]

_NAMED = Submitter | Receiver | BillingProvider | Provider | ServiceFacility | Subscriber | Patient
_ROLES = ("referring_provider", "supervising_provider")


def check_billing_provider(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each claim has a billing provider."""
    for claim in submitted.claims:
        if claim.parties.billing_provider is None:
            report.deny(
                claim.at("parties.billing_provider"),
                "the billing provider is missing",
                "add the clinic, or the therapist in solo practice.",
            )


def check_npis(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each provider has an NPI, and that its check digit is right."""
    for path, record in records_of(submitted.records, BillingProvider, Provider, ServiceFacility):
        if record.npi is None:
            if not isinstance(record, ServiceFacility):
                report.deny(f"{path}.npi", "the NPI is missing", "add the provider's own NPI.")
        elif not Npi.is_valid(record.npi):
            report.deny(
                f"{path}.npi",
                "the NPI is not 10 digits with a valid check digit",
                "correct the NPI; a digit is wrong, or two are swapped.",
            )


def check_taxonomy(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check the form of taxonomy codes, and that the billing provider has one if the payer wants it."""
    for path, record in records_of(submitted.records, BillingProvider, Provider):
        if record.taxonomy is not None and not TaxonomyCode.is_valid(record.taxonomy):
            report.deny(
                f"{path}.taxonomy",
                "the taxonomy code is not 10 letters and digits that end with X",
                "use a code such as 225100000X.",
            )
    for claim in submitted.claims:
        provider = claim.parties.billing_provider
        if provider is None or provider.taxonomy is not None:
            continue
        rules = claim.payer_rules(report)
        if rules is not None and rules.needs_taxonomy is None:
            claim.not_stated(report, "whether the payer wants taxonomy codes")
        elif rules is not None and rules.needs_taxonomy:
            report.deny(
                claim.at("parties.billing_provider.taxonomy"),
                "the taxonomy code is missing",
                "add the taxonomy code that the payer has on file.",
            )


def check_tax_id(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check the tax number of the billing provider."""
    for path, provider in records_of(submitted.records, BillingProvider):
        if provider.tax_id is None:
            report.deny(f"{path}.tax_id", "the tax number is missing", "add the tax number.")
        elif not TaxId.is_valid(provider.tax_id):
            report.deny(
                f"{path}.tax_id",
                "the tax number is not 9 digits",
                "write 9 digits without a dash.",
            )
        if provider.tax_id_kind not in ("EI", "SY"):
            report.deny(
                f"{path}.tax_id_kind",
                "the kind of the tax number is neither EI nor SY",
                "use EI for an employer number, or SY for a social security number.",
            )


def check_rendering_provider(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the therapist who treated is named, if an organization bills."""
    for claim in submitted.claims:
        parties = claim.parties
        billing = parties.billing_provider
        on_lines = [line.rendering_provider for _, line in claim.lines]
        if parties.rendering_provider is None:
            everywhere = bool(on_lines) and None not in on_lines
            if billing is not None and isinstance(billing.name, Organization) and not everywhere:
                report.deny(
                    claim.at("parties.rendering_provider"),
                    "the rendering provider is missing",
                    "add the therapist who treated, with the therapist's own NPI.",
                )
        elif billing is not None and _same(parties.rendering_provider.npi, billing.npi):
            report.review(
                claim.at("parties.rendering_provider"),
                "the rendering provider has the NPI of the billing provider",
                "leave the rendering provider out, or give the therapist's own NPI.",
            )


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def check_referring_provider(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that the referring provider is named if the payer wants it, or if a line names another one."""
    for claim in submitted.claims:
        path = claim.at("parties.referring_provider")
        if claim.parties.referring_provider is not None:
            continue
        rules = claim.payer_rules(report)
        if any(line.referring_provider is not None for _, line in claim.lines):
            report.deny(
                path,
                "a line has a referring provider, but the claim has none",
                "add a referring provider to the claim.",
            )
        elif rules is not None and rules.needs_referring_provider is None:
            claim.not_stated(report, "whether the payer wants a referring provider")
        elif rules is not None and rules.needs_referring_provider:
            report.deny(
                path,
                "the referring provider is missing",
                "add the physician or nonphysician practitioner who certified the plan of care.",
            )


def check_person_providers(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that referring and supervising providers are persons."""
    for claim in submitted.claims:
        for path, provider in _providers(claim):
            if isinstance(provider.name, Organization):
                report.deny(
                    f"{path}.name",
                    "the provider is an organization",
                    "name the person: only a person can refer or supervise.",
                )


def _providers(claim: SubmittedClaim) -> list[tuple[str, Provider]]:
    """Return the referring and supervising providers of the claim and its lines."""
    owners = [(claim.at("parties"), claim.parties), *claim.lines]
    return [
        (f"{path}.{role}", provider)
        for path, owner in owners
        for role in _ROLES
        if (provider := getattr(owner, role)) is not None
    ]


def check_service_facility(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that a service facility has an address."""
    for path, facility in records_of(submitted.records, ServiceFacility):
        if facility.address is None:
            report.deny(
                f"{path}.address",
                "the address of the service facility is missing",
                "add the street address where the services were furnished.",
            )


def check_names(submitted: SubmittedClaims, report: SubmissionReport) -> None:
    """Check that each party has a name, and each person a last and a first name."""
    for path, record in submitted.records:
        if isinstance(record, _NAMED) and record.name is None:
            report.deny(f"{path}.name", "the name is missing", "add the name.")
    for path, person in records_of(submitted.records, Person):
        if person.last is None:
            report.deny(f"{path}.last", "the last name is missing", "add the last name.")
        if person.first is None:
            report.review(
                f"{path}.first",
                "the first name is missing",
                "add the first name, unless the person has only one name.",
            )
    for path, organization in records_of(submitted.records, Organization):
        if organization.name is None:
            report.deny(f"{path}.name", "the name is missing", "add the name of the organization.")
