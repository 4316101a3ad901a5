"""Read professional claims from 837P files."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.paths import ROOT
from tests.refusals import refusal, refused
from tests.submissions import (
    CREATED,
    EXAMPLES,
    auto_accident,
    commercial_dependent,
    every_field,
    many_claims,
    medicare_primary,
    medicare_secondary,
    solo_practice,
    workers_compensation,
)
from therapy_billing.base.errors import FileFormatError
from therapy_billing.checks import check_submission
from therapy_billing.claims import (
    Accident,
    Adjustment,
    BillingContact,
    Organization,
    Patient,
    Person,
    Provider,
    SegmentRemark,
    Submission,
    Subscriber,
)
from therapy_billing.formats import (
    ClaimPosition,
    ProfessionalClaims,
    parse_837p,
    read_837p,
    write_837p,
)
from therapy_billing.formats.x12_837.segment_values import REMARK_KINDS

FILES = ROOT / "tests" / "x12_files"


def text_of(build: Callable[[], Submission]) -> str:
    return write_837p(build(), control_number=101, created=CREATED, usage="T")


def edited(build: Callable[[], Submission], *changes: tuple[str, str]) -> ProfessionalClaims:
    """Read the file of an example with other text in it. The count of segments is corrected."""
    text = text_of(build)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    start = text.index("\nSE*") + 1
    count = text[text.index("ST*837") : start].count("~") + 1
    text = f"{text[:start]}SE*{count}*0001{text[text.index('~', start) :]}"
    return parse_837p(text, names=True)


def remarks_of(*changes: tuple[str, str], build: Callable[[], Submission]) -> list[str]:
    """Return the kinds, segments, and messages of the remarks on an edited file."""
    read = edited(build, *changes)
    assert {remark.kind for remark in read.remarks} <= REMARK_KINDS.keys()
    return [f"{remark.kind} {remark.segment}: {remark.message}" for remark in read.remarks]


FOUND = {
    "837p_auto_accident.edi": (1, []),
    "837p_medicare_primary.edi": (1, []),
    "837p_msp_secondary.edi": (1, []),
    "837p_replacement_dependent.edi": (1, []),
    "837p_workers_comp.edi": (1, []),
    "837p_pt_fragment_dtp_before_sv1.edi": (
        1,
        [("not-read", 8), ("total", 11), ("order", 13), ("order", 14), ("envelope", 15)],
    ),
    "837p_wc_pt_generated.edi": (
        3,
        [
            ("order", 24),
            *[("icd-9-qualifier", 25)] * 3,
            ("order", 45),
            ("icd-9-qualifier", 46),
            ("order", 69),
            *[("icd-9-qualifier", 70)] * 3,
        ],
    ),
    "databricks_837_837p.txt": (2, [("not-read", 22), ("not-read", 37)]),
    "databricks_837_CC_837P_EDI.txt": (1, [("not-read", 24)]),
    # Its transactions keep the level numbers of a larger file.
    "databricks_837_CHPW_Claimdata.txt": (
        5,
        [("hierarchy", 42), ("hierarchy", 76), ("hierarchy", 110), ("hierarchy", 145)],
    ),
    "databricks_837_Molina_Mock_UP_837P_File.txt": (
        4,
        [
            ("not-read", 39),
            ("not-read", 59),
            ("not-read", 74),
            ("not-read", 108),
            ("not-read", 132),
            ("envelope", 142),
        ],
    ),
}
"""The number of claims of each file, and the kind and position of each remark."""


class TestFiles:
    def test_every_837p_file_is_in_the_table(self) -> None:
        assert {path.name for path in FILES.glob("*837p*")} <= FOUND.keys()
        assert {path.name for path in FILES.glob("databricks_837*")} <= FOUND.keys()

    @pytest.mark.parametrize("name", FOUND)
    def test_claims_and_remarks(self, name: str) -> None:
        read = read_837p(FILES / name)
        found = [(remark.kind, remark.position) for remark in read.remarks]
        assert (len(read.claims), found) == FOUND[name]

    def test_the_file_with_faults_of_every_kind_of_level(self) -> None:
        read = read_837p(FILES / "imsweb_x12_valid_different_separators.edi", names=True)
        found = [f"{each.position} {each.segment} {each.kind}" for each in read.remarks]
        assert found == [
            "14 PER repeated",
            "18 HL hierarchy",
            "22 CLM total",
            *["23 HI not-read"] * 4,
            "23 HI icd-9-qualifier",
            "23 HI principal-diagnosis",
            "25 SV1 not-read",
            *["27 HL hierarchy"] * 3,
            "31 CLM total",
            *["32 HI not-read"] * 4,
            "32 HI icd-9-qualifier",
            "32 HI principal-diagnosis",
            "33 LX numbering",
            "34 SV1 not-read",
            "36 SE envelope",
        ]

    def test_a_file_of_several_transactions(self) -> None:
        read = read_837p(FILES / "databricks_837_CHPW_Claimdata.txt")
        assert len(read.submissions) == len(read.positions) == 5
        lines = [(line.code, line.charge) for claim in read.claims for line in claim.lines]
        assert lines == [
            ("H0003", Decimal("20.00")),
            ("96153", Decimal("50.10")),
            ("T1017", Decimal("11.64")),
            ("90853", Decimal("234.00")),
            ("H0003", Decimal("20.00")),
        ]
        assert read.positions[1] == (ClaimPosition(58, (66,)),)

    def test_lines_without_lx_are_read(self) -> None:
        claim = read_837p(FILES / "837p_pt_fragment_dtp_before_sv1.edi").claims[0]
        assert [(line.code, line.date_of_service, line.charge) for line in claim.lines] == [
            ("97110", date(2026, 6, 1), Decimal(60))
        ]

    def test_a_known_file_has_the_values_that_it_shows(self) -> None:
        claim = read_837p(FILES / "837p_msp_secondary.edi").claims[0]
        prior = claim.parties.prior_payments[0]
        assert prior.paid == Decimal(96)
        assert prior.coverage is not None
        assert prior.coverage.payer_id == "PLAN01"
        assert claim.lines[0].payments[0].adjustments == (
            Adjustment("CO", "45", 40),
            Adjustment("PR", "2", 16),
        )
        assert claim.parties.rendering_provider == Provider(None, "1987654328", "225100000X")


class TestSources:
    def test_every_source_reads_the_same(self, tmp_path: Path) -> None:
        text = text_of(medicare_primary)
        path = tmp_path / "claims.edi"
        path.write_text(text, encoding="ascii")
        with path.open("rb") as binary:
            sources = (path, str(path), text.encode(), io.StringIO(text), binary)
            for source in sources:
                assert read_837p(source, names=True).submissions == (medicare_primary(),)
        assert parse_837p(text, names=True).submissions == (medicare_primary(),)

    @pytest.mark.parametrize(
        ("name", "found"),
        [
            ("837i_outpatient_therapy.edi", "institutional or dental claims"),
            ("835_mppr.edi", "835"),
            ("imsweb_x12_999_rejected.edi", "999"),
        ],
    )
    def test_a_file_of_another_kind_is_refused(self, name: str, found: str) -> None:
        path = str(FILES / name)
        assert refusal(FileFormatError, lambda: read_837p(path)) == (
            f"{path}: expected professional claims (837P), found {found}"
        )

    def test_a_file_without_a_transaction_is_refused(self) -> None:
        text = text_of(medicare_primary)
        head, tail = text[: text.index("ST*")], text[text.index("GE*") :]
        assert refusal(FileFormatError, lambda: parse_837p(head + tail)) == (
            "the file: expected professional claims (837P), found no transaction"
        )
        strange = head + "ST*ROSA*1~\nSE*2*1~\n" + tail
        assert refusal(FileFormatError, lambda: parse_837p(strange)).endswith(
            "found another transaction"
        )

    def test_a_wrong_argument_is_refused(self) -> None:
        wrong: Any = 7
        assert refused(lambda: parse_837p(wrong)).field == "text"
        assert refused(lambda: read_837p(wrong)).field == "source"
        assert refused(lambda: read_837p(b"", names=wrong)).field == "names"
        assert refused(lambda: read_837p(b"", payers=wrong)).field == "payers"

    def test_a_transaction_of_another_kind_is_skipped_with_a_remark(self) -> None:
        text = text_of(medicare_primary)
        other = "ST*835*0002~\nBPR*I~\nSE*3*0002~\n"
        both = text.replace("GE*1*", other + "GE*2*")
        read = parse_837p(both, names=True)
        assert read.submissions == (medicare_primary(),)
        assert read.remarks == (
            SegmentRemark("envelope", 41, "ST", "ST01 does not belong to the code in GS01"),
            SegmentRemark(
                "not-professional", 41, "ST", "this transaction is not a professional claim, and was not read"
            ),
        )  # fmt: skip

    def test_the_version_of_the_group_counts_if_the_transaction_has_none(self) -> None:
        for old, new, kinds in (
            ("ST*837*0001*005010X222A1", "ST*837*0001", []),
            ("005010X222A1~\nBHT", "005010X222~\nBHT", ["envelope", "version"]),
        ):
            read = edited(medicare_primary, (old, new))
            assert [remark.kind for remark in read.remarks] == kinds
            assert read.submissions == (medicare_primary(),)

    @pytest.mark.parametrize("end", ["\nSE*", "\nGE*", "\nIEA*"])
    def test_a_file_that_is_cut_off_keeps_its_claims(self, end: str) -> None:
        text = text_of(medicare_primary)
        read = parse_837p(text[: text.index(end) + 1], names=True)
        assert read.submissions == (medicare_primary(),)
        assert {remark.kind for remark in read.remarks} == {"envelope"}
        assert read.remarks[-1].message == "IEA is missing before the file ends"

    def test_envelope_remarks_name_the_element(self) -> None:
        text = text_of(medicare_primary).replace("SE*38*", "SE*36*")
        assert parse_837p(text).remarks == (
            SegmentRemark("envelope", 40, "SE", "SE01 says '36', but there are 38 segments"),
        )


class TestPositions:
    def test_each_claim_and_line_has_the_position_of_its_segment(self) -> None:
        text = text_of(many_claims)
        names = [line.partition("*")[0] for line in text.splitlines()]
        read = parse_837p(text)
        claims = [index for index, name in enumerate(names, start=1) if name == "CLM"]
        lines = [index for index, name in enumerate(names, start=1) if name == "LX"]
        assert [position.segment for position in read.positions[0]] == claims
        assert [line for position in read.positions[0] for line in position.lines] == lines

    def test_claims_come_with_their_positions(self) -> None:
        read = parse_837p(text_of(many_claims))
        assert [claim for claim, _ in read.located()] == list(read.claims)
        assert all(len(claim.lines) == len(where.lines) for claim, where in read.located())


PRIVATE = (
    *("DOE", "JANE", "JOHN", "SAM", "LEE", "THERAPIST", "TERRY", "ROE", "RICHARD", "POE", "PAULA"),
    *("SENDER", "SALLY", "200 ELM STREET", "APARTMENT 3", "AUTO9", "BLUE9", "XYZ123456"),
    *("BILLING DESK", "FRONT DESK", "A NOTE ABOUT THE CLAIM", "A NOTE ABOUT THE LINE"),
    *(date(1980, 1, 1), date(2015, 1, 1), "F", "M"),
)


def values(record: Any) -> Iterator[object]:  # noqa: ANN401 - any record or value
    """Find every value in a record."""
    if attrs.has(type(record)):
        for field in attrs.fields(type(record)):
            yield from values(getattr(record, field.name))
    elif isinstance(record, tuple):
        for each in record:
            yield from values(each)
    else:
        yield record


class TestNames:
    def test_without_names_nothing_of_a_person_is_kept(self) -> None:
        submission = every_field()
        assert {*PRIVATE} <= {*values(submission)}
        kept = {*values(parse_837p(text_of(every_field)).submissions[0])}
        assert kept & {*PRIVATE} == {"200 ELM STREET"} & kept
        claim = parse_837p(text_of(every_field)).claims[0]
        assert claim.parties.subscriber == Subscriber()
        assert claim.parties.patient == Patient()

    def test_without_names_numbers_and_organizations_are_kept(self) -> None:
        read = parse_837p(text_of(every_field)).submissions[0]
        claim, original = read.claims[0], every_field().claims[0]
        assert claim.header == attrs.evolve(original.header, note=None)
        assert claim.parties.service_facility == original.parties.service_facility
        assert claim.parties.coverage == original.parties.coverage
        assert claim.parties.rendering_provider == Provider(None, "1987654328", "225100000X")
        assert read.receiver == every_field().receiver
        assert read.submitter is not None
        assert read.submitter.contact == BillingContact(
            None, "5555550100", "7", "BILLING@EXAMPLE.COM"
        )
        billing, own = claim.parties.billing_provider, original.parties.billing_provider
        assert billing is not None
        assert own is not None
        assert billing.name == own.name
        assert billing.tax_id == own.tax_id

    def test_without_names_an_employer_and_a_social_security_number_are_dropped(self) -> None:
        employee = parse_837p(text_of(workers_compensation)).claims[0]
        assert employee.parties.subscriber == Subscriber()
        billing = parse_837p(text_of(solo_practice)).claims[0].parties.billing_provider
        assert billing is not None
        assert (billing.name, billing.tax_id, billing.tax_id_kind) == (None, None, "SY")
        assert billing.npi == "1987654328"

    @pytest.mark.parametrize("build", EXAMPLES.values(), ids=EXAMPLES)
    def test_remarks_and_displays_show_no_value(self, build: Callable[[], Submission]) -> None:
        text = text_of(build).replace("REF*6R*", "REF*ZZ*").replace("DTP*472*D8*2", "DTP*472*D8*X")
        read = parse_837p(text, names=True)
        assert read.remarks
        shown = repr(read)
        for value in values(build()):
            if isinstance(value, str) and len(value) > 3 and not value.startswith("97"):
                assert value not in shown


class TestPayers:
    def test_payers_are_named_by_their_id(self) -> None:
        payers = {"15202": "medicare", "PLAN01": "aetna"}
        claim = parse_837p(text_of(medicare_secondary), payers=payers).claims[0]
        prior = claim.parties.prior_payments[0]
        assert claim.parties.coverage is not None
        assert prior.coverage is not None
        assert (claim.parties.coverage.payer, prior.coverage.payer) == ("medicare", "aetna")
        assert parse_837p(text_of(medicare_primary), payers={}).claims[0].parties.coverage == (
            medicare_primary().claims[0].parties.coverage
        )


FAULTS: list[tuple[Callable[[], Submission], tuple[tuple[str, str], ...], list[str]]] = [
    # Values that are not what they must be.
    (medicare_primary, (("D8*20260302", "D8*20260230"),), ["bad-date DTP: DTP03 is not a date of eight digits"]),
    (medicare_primary, (("D8*20260302", "D6*260302"),), ["bad-date DTP: DTP03 is not a date of the form in DTP02"]),
    (auto_accident, (("20260302-20260302", "20260302"),), ["bad-date DTP: DTP03 is not a date of the form in DTP02"]),
    (medicare_primary, (("DMG*D8*19500101", "DMG*D8*500101"),), ["bad-date DMG: DMG02 is not a date of eight digits"]),
    (medicare_primary, (("*120*UN*2", "*120*UN*TWO"),), ["bad-number SV1: SV104 is not a number"]),
    (medicare_primary, (("*120*UN*2", "*1E2*UN*2"),), ["bad-number SV1: SV102 is not a number"]),
    (medicare_secondary, (("HC:97530:GP**2~", "HC:97530:GP**2*1.5~"),), ["bad-number SVD: SVD06 is not a whole number"]),
    (medicare_secondary, (("HC:97530:GP**2~", "HC:97530:GP**2*X~"),), ["bad-number SVD: SVD06 is not a number"]),
    (medicare_primary, (("*260.5*", "*TOTAL*"),), ["bad-number CLM: CLM02 is not a number"]),
    (medicare_primary, (("***1:2", "***1:B"),), ["bad-number SV1: SV107 has a pointer that is not a number"]),
    (medicare_primary, (("***1:2", "***1:100"),), ["bad-number SV1: SV107 has a pointer that is not a number"]),
    (medicare_primary, (("***1:2", "***1::2"),), ["empty-value SV1: SV107 has an empty component"]),
    (medicare_primary, (("GP:KX:59", "GP::59"),), ["empty-value SV1: SV101 has an empty component"]),
    (medicare_primary, (("*260.5*", "*261*"),), ["total CLM: CLM02 is not the sum of the charges of the lines"]),
    (medicare_primary, (("*80*UN", "**UN"),), []),
    # Diagnoses.
    (medicare_primary, (("ABK:", "BK:"),), ["icd-9-qualifier HI: HI01 has the qualifier of ICD-9"]),
    (medicare_primary, (("ABF:", "BF:"),), ["icd-9-qualifier HI: HI02 has the qualifier of ICD-9"]),
    (medicare_primary, (("ABF:", "ABK:"),), ["principal-diagnosis HI: HI02 must be the first diagnosis if it is the principal one, and only then"]),
    (medicare_primary, (("ABK:", "ABF:"),), ["principal-diagnosis HI: HI01 must be the first diagnosis if it is the principal one, and only then"]),
    (medicare_primary, (("ABF:M25561", "APR:M25561"),), ["not-read HI: HI02 is not a diagnosis that is read"]),
    (medicare_primary, (("ABF:M25561", "ABF"),), ["not-read HI: HI02 has no code, and was not read"]),
    (medicare_primary, (("*ABF:M25561", "**ABF:M25561"),), ["empty-value HI: HI02 has no code, and was not read"]),
    (medicare_primary, (("ABF:M25561", "ABF:M25561:D8:20260302"),), ["not-read HI: HI02 has a component that is not read"]),
    (medicare_primary, (("LX*1~", "LX*1~\nHI*ABF:M6281~"),), ["not-read HI: this segment is not read"]),
    # Codes and modifiers.
    (medicare_primary, (("GP:KX:59", "GP:KX:59:CQ:76"),), ["fifth-modifier SV1: SV101 has a fifth modifier, and there is room for four"]),
    (medicare_primary, (("GP:KX:59", "GP:KX:59:CQ:TEXT"),), ["not-read SV1: SV101 has a description, which is not read"]),
    (medicare_primary, (("GP:KX:59", "GP:KX:59:CQ:76:1"),), ["fifth-modifier SV1: SV101 has a fifth modifier, and there is room for four", "not-read SV1: SV101 has a description, which is not read"]),
    (medicare_primary, (("GP:KX:59", "GP:KX:59:CQ::97150"),), ["not-read SV1: SV101 has a description, which is not read"]),
    (medicare_primary, (("HC:97140", "ER:97140"),), ["unknown-qualifier SV1: SV101 does not have the qualifier HC"]),
    (medicare_primary, (("HC:97140:GP:KX:59", ""),), []),
    # Qualifiers.
    (medicare_primary, (("BHT*0019", "BHT*0020"),), ["unknown-qualifier BHT: BHT01 is not 0019"]),
    (medicare_primary, (("*XX*1234567893", "*24*123456789"),), ["unknown-qualifier NM1: NM108 is not XX, so NM109 was not read"]),
    (medicare_primary, (("*MI*1EG", "*II*1EG"),), ["unknown-qualifier NM1: NM108 is not MI, so NM109 was not read"]),
    (medicare_primary, (("NM1*41*2", "NM1*41*3"),), ["unknown-qualifier NM1: NM102 is not 1, a person, or 2, an organization"]),
    (medicare_primary, (("NM1*IL*1", "NM1*IL*"),), ["unknown-qualifier NM1: NM102 is not 1, a person, or 2, an organization"]),
    (medicare_primary, (("NM1*IL*1", "NM1*IL*2"),), ["not-read NM1: NM104 is not read, because an organization has one name"]),
    (medicare_primary, (("NM1*40*2", "NM1*40*1"),), ["unknown-qualifier NM1: NM102 is not the kind of this party, so its name was not read"]),
    (medicare_primary, (("NM1*PR*2", "NM1*PR*1"),), ["unknown-qualifier NM1: NM102 is not 2, an organization"]),
    (medicare_primary, (("NM1*IL*1*DOE*JANE", "NM1*IL***"),), []),
    (medicare_primary, (("PRV*BI*PXC", "PRV*BI*ZZ"),), ["unknown-qualifier PRV: PRV02 is not PXC, so PRV03 was not read"]),
    (medicare_primary, (("PRV*BI", "PRV*PT"),), ["not-read PRV: this segment is not read"]),
    (medicare_primary, (("PRV*PE", "PRV*BI"),), ["not-read PRV: this segment is not read"]),
    (medicare_primary, (("*TE*5555550100", "*HP*5555550100"),), ["not-read PER: PER03 and PER04 are not read"]),
    (medicare_primary, (("PER*IC", "PER*BL"),), ["not-read PER: this segment is not read"]),
    (medicare_primary, (("REF*EI", "REF*0B"),), ["not-read REF: this segment is not read"]),
    (medicare_primary, (("REF*G1", "REF*4N"),), ["not-read REF: this segment is not read"]),
    (medicare_primary, (("REF*6R", "REF*X4"),), ["not-read REF: this segment is not read"]),
    (medicare_primary, (("DTP*431", "DTP*484"),), ["not-read DTP: this segment is not read"]),
    (medicare_primary, (("DTP*472", "DTP*738"),), ["not-read DTP: this segment is not read"]),
    (every_field, (("NTE*ADD*A NOTE ABOUT THE CLAIM", "NTE*CER*TEXT"),), ["not-read NTE: this segment is not read"]),
    (every_field, (("AMT*F5", "AMT*F3"),), ["not-read AMT: this segment is not read"]),
    (every_field, (("AMT*A8", "AMT*B6"),), ["not-read AMT: this segment is not read"]),
    (every_field, (("AMT*EAF*16", "AMT*B6*16"),), ["not-read AMT: this segment is not read"]),
    (every_field, (("LX*2~", "LX*2~\nAMT*T*5~"),), ["not-read AMT: this segment is not read"]),
    (every_field, (("REF*G2", "REF*LU"),), ["not-read REF: this segment is not read"]),
    (every_field, (("REF*F8*ICN000001", "REF*T4*Y"),), ["not-read REF: this segment is not read"]),
    # Elements, components, and segments without a field.
    (medicare_primary, (("*Y*A*Y*Y~", "*Y*A*Y*Y***02****1~"),), ["not-read CLM: CLM12 and CLM16 are not read"]),
    (medicare_primary, (("11:B:1", "11:A:1"),), ["not-read CLM: CLM05 has a component that is not read"]),
    (medicare_primary, (("11:B:1", "11:B:1:1"),), ["not-read CLM: CLM05 has a component that is not read"]),
    (medicare_primary, (("11:B:1", "11"),), ["empty-value CLM: CLM05 lacks B, which says what the place of service is"]),
    (medicare_primary, (("11:B:1", "11::1"),), ["empty-value CLM: CLM05 lacks B, which says what the place of service is"]),
    # A qualifier without a value, and a value without a qualifier.
    (medicare_primary, (("REF*G1*AUTH12345", "REF*G1"),), ["empty-value REF: REF02 is empty"]),
    (medicare_primary, (("DTP*472*D8*20260302", "DTP*472*D8"),), ["empty-value DTP: DTP03 is empty"]),
    (medicare_primary, (("PRV*PE*PXC*225100000X", "PRV*PE*PXC"),), ["empty-value PRV: PRV03 is empty"]),
    (medicare_primary, (("MI*1EG4TE5MK73", "MI"),), ["empty-value NM1: NM109 is empty"]),
    (medicare_primary, (("PI*15202", "*15202"),), ["unknown-qualifier NM1: NM108 does not say what NM109 is"]),
    (medicare_primary, (("NM1*PR*2", "NM1*PR*"),), ["unknown-qualifier NM1: NM102 is not 2, an organization"]),
    (auto_accident, (("NM1*87*2", "NM1*87*9"),), ["unknown-qualifier NM1: NM102 is not 1, a person, or 2, an organization"]),
    # Codes in lower case.
    (medicare_primary, (("HC:97530:GP", "HC:97530:gp"),), ["lower-case SV1: a code is in lower case, and was read in capital letters"]),
    (medicare_primary, (("*UN*2", "*un*2"),), ["lower-case SV1: a code is in lower case, and was read in capital letters"]),
    (medicare_primary, (("*1200*CH", "*1200*ch"),), ["lower-case BHT: a code is in lower case, and was read in capital letters"]),
    (medicare_primary, (("HC:97530:GP", "HC:97530:GP::::exercise"),), ["not-read SV1: SV101 has a description, which is not read"]),
    # The date and time of the submission.
    (medicare_primary, (("*20260415*1200*CH", "**1200*CH"),), ["bad-date BHT: BHT04 is not a date of eight digits"]),
    (medicare_primary, (("*20260415*1200*CH", "*20260415*2460*CH"),), ["bad-date BHT: BHT05 is not a time"]),
    (medicare_primary, (("*20260415*1200*CH", "*20260415*12000059*CH"),), []),
    # A number that no record can hold.
    (medicare_primary, (("*UN*2", "*UN*1000000000001"),), ["bad-number SV1: SV104 is above 1000000000000"]),
    (medicare_primary, (("HI*", "K3*TEXT~\nHI*"),), ["not-read K3: this segment is not read"]),
    (medicare_primary, (("HI*", "CAS*CO*45*1~\nHI*"),), ["not-read CAS: this segment is not read"]),
    (medicare_primary, (("HI*", "OI***Y~\nHI*"),), ["not-read OI: this segment is not read"]),
    (medicare_primary, (("HI*", "SVD*PLAN01*1~\nHI*"),), ["not-read SVD: this segment is not read"]),
    (medicare_primary, (("LX*2", "CAS*CO*45*1~\nLX*2"),), ["not-read CAS: this segment is not read"]),
    (medicare_primary, (("HL*1**", "PRV*BI*PXC*1~\nHL*1**"),), ["not-read PRV: this segment is not read"]),
    (medicare_primary, (("NM1*IL", "N3*1 WAY~\nNM1*IL"),), ["not-read N3: this segment is not read"]),
    (medicare_primary, (("NM1*IL", "N4*COLUMBUS~\nNM1*IL"),), ["not-read N4: this segment is not read"]),
    (medicare_primary, (("NM1*PR", "PAT*19~\nNM1*PR"),), ["not-read PAT: this segment is not read"]),
    (medicare_primary, (("HI*", "DMG*D8*19500101*F~\nHI*"),), ["not-read DMG: this segment is not read"]),
    # Parties that are not read.
    (medicare_primary, (("NM1*DN", "NM1*P3"),), ["not-read NM1: this segment is not read"]),
    (medicare_primary, (("LX*1~", "NM1*DN*1*POE~\nLX*1~"),), ["repeated NM1: this provider is given a second time, and was not read"]),
    (medicare_secondary, (("LX*1~", "NM1*82*1*POE~\nREF*G2*1~\nLX*1~"),), ["not-read NM1: this segment is not read", "not-read REF: this segment is not read"]),
    (medicare_secondary, (("LX*1~", "NM1*QC*1*POE~\nLX*1~"),), ["not-read NM1: this segment is not read"]),
    (medicare_secondary, (("LX*2~", "NM1*82*1*POE~\nLX*2~"),), ["not-read NM1: this segment is not read"]),
    (medicare_primary, (("LX*2~", "NM1*IL*1*POE~\nLX*2~"),), ["not-read NM1: this segment is not read"]),
    (medicare_primary, (("HL*2*", "NM1*82*1*POE~\nHL*2*"),), ["not-read NM1: this segment is not read"]),
    (medicare_primary, (("HL*2*", "NM1*IL*1*POE~\nHL*2*"),), ["not-read NM1: this segment is not read"]),
    # Repeated values.
    (medicare_primary, (("REF*G1*AUTH12345~", "REF*G1*AUTH12345~\nREF*G1*AUTH2~"),), ["repeated REF: a value is given a second time; only the first one was read"]),
    (commercial_dependent, (("PAT*19~", "PAT*19~\nPAT*20~"),), ["repeated PAT: PAT01 is given a second time; only the first one was read"]),
    (auto_accident, (("REF*Y4*AU0001234~", "REF*Y4*AU0001234~\nREF*Y4*2~"),), ["repeated REF: this number is given a second time; only the first one was read"]),
    (workers_compensation, (("MI*EMP100~", "MI*EMP100~\nREF*Y4*WC0001234~"),), []),
    (workers_compensation, (("MI*EMP100~", "MI*EMP100~\nREF*Y4*1~"),), ["repeated REF: this number is given a second time; only the first one was read"]),
    # Levels.
    (medicare_primary, (("HL*2*1*22*0", "HL*2*7*22*0"),), ["hierarchy HL: HL02 is not the number of the level above it"]),
    (medicare_primary, (("HL*1**20", "HL*1*1*20"),), ["hierarchy HL: HL02 is not the number of the level above it"]),
    (medicare_primary, (("HL*2*1*22*0", "HL*2*1*22*1"),), ["hierarchy HL: HL04 does not say whether a level below it follows"]),
    (medicare_primary, (("HL*2*1*22*0", "HL*2*1*22"),), ["hierarchy HL: HL04 does not say whether a level below it follows"]),
    (medicare_primary, (("HL*2*1*22*0", "HL*9*1*22*0"),), ["hierarchy HL: HL01 is not the number after that of the level before it"]),
    (medicare_primary, (("HL*2*1*22*0", "HL*X*1*22*0"),), ["hierarchy HL: HL01 is not the number after that of the level before it"]),
    (commercial_dependent, (("HL*2*1*22*1", "HL*2*1*22*0"),), ["hierarchy HL: HL04 does not say whether a level below it follows"]),
    (commercial_dependent, (("SBR*P*", "SBR*P*18"),), ["hierarchy HL: SBR02 must be empty if the patient has a level of their own"]),
    (commercial_dependent, (("HL*3*", "HL*3*2*23*0~\nHL*3*"),), ["hierarchy HL: this level has no claim", "hierarchy HL: HL01 is the number of an earlier level"]),
    (medicare_primary, (("HL*2*1*22*0", "HL*2*1*PT*0"),), ["hierarchy HL: HL04 does not say whether a level below it follows", "hierarchy HL: this level has no claim", "not-read HL: this level is not read", "hierarchy SBR: the level of the subscriber (HL) is missing"]),
    (medicare_primary, (("HL*2*1*22*0~\n", ""),), ["hierarchy HL: HL04 does not say whether a level below it follows", "hierarchy SBR: the level of the subscriber (HL) is missing"]),
    (medicare_primary, (("HL*1**20*1~\nPRV*BI*PXC*261QP2000X~\n", ""),), ["hierarchy NM1: the level of the billing provider (HL) is missing", "hierarchy HL: HL01 is not the number after that of the level before it", "hierarchy HL: HL02 is not the number of the level above it"]),
    # Values.
    (medicare_primary, (("*260.5*", "**"),), ["total CLM: CLM02 is missing"]),
    (medicare_primary, (("*260.5*", "*+260.5*"),), ["bad-number CLM: CLM02 has a plus sign"]),
    (medicare_primary, (("*DOE*JANE*", "* DOE*JANE *"),), ["blanks NM1: a value starts or ends with blanks, which were left out"]),
    # The order of segments.
    (medicare_primary, (("BHT*0019*00*", "NM1*40*2*POE*****46*1~\nBHT*0019*00*"), ("NM1*40*2*SAMPLE", "NM1*Q1*2*SAMPLE")), ["order BHT: this segment is not in the order of the guide", "not-read NM1: this segment is not read"]),
    (medicare_primary, (("NM1*PR*2*MEDICARE PART B*****PI*15202~\n", ""), ("NM1*IL", "NM1*PR*2*MEDICARE PART B*****PI*15202~\nNM1*IL")), ["order NM1: the subscriber follows the payer"]),
    (medicare_secondary, (("OI***Y***Y~", "OI***Y***Y~\nNM1*PR*2*PLAN~"),), ["order NM1: the subscriber follows the payer", "repeated NM1: a value is given a second time; only the first one was read"]),
    (medicare_primary, (("DTP*472*D8*20260302~\nREF*6R*1003-1~", "REF*6R*1003-1~\nDTP*472*D8*20260302~"),), ["order DTP: this segment is not in the order of the guide"]),
    (medicare_primary, (("N3*100 MAIN STREET~\nN4*COLUMBUS*OH*432150001~", "N4*COLUMBUS*OH*432150001~\nN3*100 MAIN STREET~"),), ["order N3: this segment is not in the order of the guide"]),
    (medicare_primary, (("REF*G1*AUTH12345~\n", ""), ("LX*1~", "REF*G1*AUTH12345~\nLX*1~")), ["order REF: this number follows a provider"]),
    (medicare_primary, (("LX*1~\n", ""),), ["order SV1: the LX segment of this line is missing"]),
    (medicare_primary, (("LX*2~\n", ""),), ["order SV1: the LX segment of this line is missing"]),
    (medicare_primary, (("LX*2~", "LX*7~"),), ["numbering LX: LX01 is not the number of the line in the claim"]),
    (medicare_primary, (("BHT*", "LX*1~\nBHT*"),), ["not-read LX: this segment is not read"]),
    (medicare_primary, (("BHT*", "SV1*HC:97110~\nBHT*"),), ["not-read SV1: this segment is not read"]),
    (medicare_primary, (("BHT*", "REF*G1*1~\nBHT*"),), ["not-read REF: this segment is not read"]),
    (medicare_primary, (("BHT*", "DTP*472*D8*20260302~\nBHT*"),), ["not-read DTP: this segment is not read"]),
    (medicare_primary, (("BHT*", "AMT*F5*1~\nBHT*"),), ["not-read AMT: this segment is not read"]),
    (medicare_primary, (("BHT*", "NTE*ADD*A~\nBHT*"),), ["not-read NTE: this segment is not read"]),
    (medicare_primary, (("BHT*", "HI*ABK:M5450~\nBHT*"),), ["not-read HI: this segment is not read"]),
]  # fmt: skip


class TestPrivacy:
    def test_a_name_that_a_terminator_splits_is_in_no_remark_and_no_finding(self) -> None:
        read = edited(medicare_primary, ("*DOE*", "*D~LEE*"))
        assert [
            (each.segment, each.place) for each in read.remarks if "not read" in each.message
        ] == [("", "segment 17")]
        found = check_submission(read.submissions[0], remarks=read.remarks)
        assert "LEE" not in f"{read.remarks}{tuple(found)}"


class TestPropertyNumber:
    def test_the_number_at_the_employer_is_that_of_the_patient(self) -> None:
        number = "REF*Y4*WC0001234~\n"
        read = edited(workers_compensation, (number, ""), ("MI*EMP100~\n", f"MI*EMP100~\n{number}"))
        assert read.remarks == ()
        assert read.claims[0].header.property_casualty_number == "WC0001234"


class TestFaults:
    """Each fault of a file has a remark, and nothing else changes."""

    @pytest.mark.parametrize(("build", "changes", "expected"), FAULTS)
    def test_a_fault_has_a_remark(
        self,
        build: Callable[[], Submission],
        changes: tuple[tuple[str, str], ...],
        expected: list[str],
    ) -> None:
        assert remarks_of(*changes, build=build) == expected

    def test_every_kind_of_remark_is_planted(self) -> None:
        planted = {message.partition(" ")[0] for _, _, expected in FAULTS for message in expected}
        assert planted == REMARK_KINDS.keys() - {"envelope", "not-professional", "version"}

    def test_every_kind_is_in_the_documentation(self) -> None:
        assert read_837p.__doc__ is not None
        assert [kind for kind in REMARK_KINDS if f"``{kind}``" not in read_837p.__doc__] == []

    def test_a_check_of_the_submission_reports_the_remarks(self) -> None:
        read = edited(medicare_primary, ("ABK:", "BK:"), ("*260.5*", "*261*"))
        findings = check_submission(read.submissions[0], remarks=read.remarks)
        assert {finding.path for finding in findings} == {"segment 21 (CLM)", "segment 24 (HI)"}

    def test_a_claim_without_a_level_of_the_subscriber_is_read(self) -> None:
        text = text_of(medicare_primary)
        read = parse_837p(text[: text.index("HL*2")] + text[text.index("CLM*") :])
        assert [remark.kind for remark in read.remarks] == ["hierarchy", "hierarchy", "envelope"]
        assert read.claims[0].parties.coverage is None
        assert len(read.claims[0].lines) == 3

    def test_wrong_values_are_left_out_and_never_guessed(self) -> None:
        line = edited(medicare_primary, ("*120*UN*2", "*1E2*UN*TWO")).claims[0].lines[0]
        assert (line.charge, line.units) == (None, None)
        line = edited(medicare_primary, ("D8*20260302", "D8*2026030")).claims[0].lines[0]
        assert line.date_of_service is None

    def test_a_fifth_modifier_is_not_read_as_one_of_the_four(self) -> None:
        line = edited(medicare_primary, ("GP:KX:59", "GP:KX:59:CQ:76")).claims[0].lines[1]
        assert line.modifiers == ("GP", "KX", "59", "CQ")

    def test_a_diagnosis_with_the_qualifier_of_icd_9_is_read(self) -> None:
        header = edited(medicare_primary, ("ABK:", "BK:")).claims[0].header
        assert header.diagnoses == ("M5450", "M25561")

    def test_a_payer_after_a_line_is_read(self) -> None:
        read = edited(medicare_secondary, ("LX*1~", "LX*1~\nSBR*T*18~\nNM1*PR*2*X*****PI*1~"))
        kinds = [remark.kind for remark in read.remarks]
        assert kinds[0] == "order"
        orders = [
            each.coverage and each.coverage.order for each in read.claims[0].parties.prior_payments
        ]
        assert orders == ["P", "T"]

    def test_dates_start_lines_if_no_line_has_an_lx_segment(self) -> None:
        text = text_of(medicare_primary)
        for number in (1, 2, 3):
            text = text.replace(f"LX*{number}~\n", "")
        swapped = text.replace("SV1*", "DTP*472*D8*20260303~\nSV1*").replace(
            "DTP*472*D8*20260302~\n", ""
        )
        for file, day in ((text, date(2026, 3, 2)), (swapped, date(2026, 3, 3))):
            lines = parse_837p(file).claims[0].lines
            assert [(line.code, line.date_of_service) for line in lines] == [
                ("97530", day),
                ("97140", day),
                ("97110", day),
            ]

    def test_a_payment_of_a_claim_may_have_its_date_in_the_claim(self) -> None:
        text = text_of(medicare_secondary).replace("DTP*573*D8*20260320~\n", "")
        read = parse_837p(text.replace("LX*1~", "DTP*573*D8*20260320~\nLX*1~"))
        assert read.claims[0].parties.prior_payments[0].paid_on == date(2026, 3, 20)

    def test_a_name_without_its_kind_is_a_person_if_it_has_a_first_name(self) -> None:
        read = edited(medicare_primary, ("NM1*IL*1", "NM1*IL*"), ("NM1*41*2", "NM1*41*"))
        assert read.claims[0].parties.subscriber is not None
        assert read.claims[0].parties.subscriber.name == Person("DOE", "JANE")
        assert read.submissions[0].submitter is not None
        assert read.submissions[0].submitter.name == Organization("SAMPLE THERAPY CLINIC")

    def test_an_accident_without_a_cause_has_its_date(self) -> None:
        read = edited(auto_accident, ("**AA:::OH", ""))
        assert read.claims[0].header.accident == Accident((), date(2026, 2, 10))

    def test_a_relationship_of_the_subscriber_level_is_kept_without_a_pat_segment(self) -> None:
        coverage = edited(commercial_dependent, ("PAT*19~\n", "")).claims[0].parties.coverage
        assert coverage is not None
        assert coverage.relationship is None

    def test_blanks_around_values_are_dropped(self) -> None:
        claim = edited(medicare_primary, ("*DOE*JANE*", "* DOE *   *")).claims[0]
        assert claim.parties.subscriber is not None
        assert claim.parties.subscriber.name == Person("DOE")

    def test_two_dependents_of_one_subscriber_have_their_own_relationship(self) -> None:
        text = text_of(commercial_dependent)
        again = text[text.index("HL*3") : text.index("\nSE*") + 1]
        again = again.replace("HL*3*", "HL*4*").replace("PAT*19", "PAT*01").replace("SAM", "SUE")
        read = parse_837p(text.replace("\nSE*", "\n" + again + "SE*", 1), names=True)
        found = [
            (claim.parties.coverage and claim.parties.coverage.relationship, claim.parties.patient)
            for claim in read.claims
        ]
        assert [relationship for relationship, _ in found] == ["19", "01"]
        assert [each and each.name and each.name.first for _, each in found] == ["SAM", "SUE"]

    def test_claims_of_one_level_share_their_parties(self) -> None:
        text = text_of(medicare_primary)
        again = text[text.index("CLM*") : text.index("\nSE*") + 1]
        first, second = parse_837p(text.replace("\nSE*", "\n" + again + "SE*", 1)).claims
        assert first == second
        assert first.parties.subscriber is second.parties.subscriber
