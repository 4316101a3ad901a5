"""Write submissions as 837P files."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.refusals import refused
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
from tests.x12_validators import pyx12_errors, x12sdk_copy, x12sdk_errors
from therapy_billing.base.x12 import Delimiters
from therapy_billing.checks import SUBMISSION_CHECKS, SubmissionError
from therapy_billing.claims import (
    Address,
    Adjustment,
    BillingContact,
    LinePayment,
    Organization,
    Person,
    Provider,
    Submission,
)
from therapy_billing.formats import write_837p

MEDICARE_PRIMARY = """\
ISA*00*          *00*          *ZZ*CLINIC01       *ZZ*CH01           *260415*1200*^*00501*000000101*0*T*:~
GS*HC*CLINIC01*CH01*20260415*1200*101*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*BATCH0001*20260415*1200*CH~
NM1*41*2*SAMPLE THERAPY CLINIC*****46*CLINIC01~
PER*IC*BILLING DESK*TE*5555550100~
NM1*40*2*SAMPLE CLEARINGHOUSE*****46*CH01~
HL*1**20*1~
PRV*BI*PXC*261QP2000X~
NM1*85*2*SAMPLE THERAPY CLINIC*****XX*1234567893~
N3*100 MAIN STREET~
N4*COLUMBUS*OH*432150001~
REF*EI*123456789~
HL*2*1*22*0~
SBR*P*18*******MB~
NM1*IL*1*DOE*JANE****MI*1EG4TE5MK73~
N3*200 ELM STREET~
N4*COLUMBUS*OH*432150002~
DMG*D8*19500101*F~
NM1*PR*2*MEDICARE PART B*****PI*15202~
CLM*ACCT-1003*260.5***11:B:1*Y*A*Y*Y~
DTP*431*D8*20260115~
REF*G1*AUTH12345~
HI*ABK:M5450*ABF:M25561~
NM1*DN*1*ROE*RICHARD****XX*1555555550~
NM1*82*1*THERAPIST*TERRY****XX*1987654328~
PRV*PE*PXC*225100000X~
LX*1~
SV1*HC:97530:GP:KX*120*UN*2***1~
DTP*472*D8*20260302~
REF*6R*1003-1~
LX*2~
SV1*HC:97140:GP:KX:59*80*UN*1***1:2~
DTP*472*D8*20260302~
REF*6R*1003-2~
LX*3~
SV1*HC:97110:GP:CQ:KX*60.5*UN*1***2~
DTP*472*D8*20260302~
REF*6R*1003-3~
SE*38*0001~
GE*1*101~
IEA*1*000000101~
"""


def written(submission: Submission, **options: Any) -> str:  # noqa: ANN401 - any option
    """Return the file of a submission, without the checks that come first if it has faults on purpose."""
    arguments: dict[str, Any] = {"control_number": 101, "created": CREATED, "usage": "T"}
    arguments |= options
    return write_837p(submission, **arguments)


def unchecked(submission: Submission, **options: Any) -> str:  # noqa: ANN401 - any option
    return written(submission, without=SUBMISSION_CHECKS, **options)


def segments(text: str) -> list[str]:
    return text.replace("~", "").splitlines()


def part(text: str, first: str, last: str) -> list[str]:
    """Return the segments from the one that starts with *first* up to the one that starts with *last*."""
    lines = segments(text)
    start = next(index for index, line in enumerate(lines) if line.startswith(first))
    end = next(index for index in range(start, len(lines)) if lines[index].startswith(last))
    return lines[start : end + 1]


def changed(build: Callable[[], Submission], path: str, value: object) -> Submission:
    """Return an example with another value at *path*, such as ``claims[0].header.account``."""
    steps = path.replace("[", ".").replace("]", "").split(".")
    submission: Submission = _changed(build(), steps, value)
    return submission


def _changed(record: Any, path: list[str], value: object) -> Any:  # noqa: ANN401 - any record
    if not path:
        return value
    step, *rest = path
    if step.isdigit():
        members = list(record)
        members[int(step)] = _changed(members[int(step)], rest, value)
        return tuple(members)
    return attrs.evolve(record, **{step: _changed(getattr(record, step), rest, value)})


class TestFiles:
    def test_a_claim_to_medicare_is_written_segment_by_segment(self) -> None:
        assert written(medicare_primary()) == MEDICARE_PRIMARY

    def test_an_employee_is_below_the_employer(self) -> None:
        assert part(written(workers_compensation()), "HL*2", "DTP") == [
            "HL*2*1*22*1",
            "SBR*P********WC",
            "NM1*IL*2*SAMPLE EMPLOYER*****MI*EMP100",
            "NM1*PR*2*SAMPLE WC CARRIER*****PI*WC01",
            "HL*3*2*23*0",
            "PAT*20",
            "NM1*QC*1*DOE*JOE",
            "N3*200 ELM STREET",
            "N4*COLUMBUS*OH*432150002",
            "DMG*D8*19800101*M",
            "REF*Y4*WC0001234",
            "CLM*ACCT-3001*60***11:B:1*Y*A*Y*Y**EM",
            "DTP*439*D8*20260210",
        ]

    def test_an_auto_accident_has_its_state_and_a_range_of_dates(self) -> None:
        lines = segments(written(auto_accident()))
        assert "CLM*ACCT-4001*60***11:B:1*Y*A*Y*Y**AA:::OH" in lines
        assert "DTP*472*RD8*20260302-20260302" in lines
        assert part(written(auto_accident()), "NM1*87", "N4") == [
            "NM1*87*2",
            "N3*PO BOX 12",
            "N4*COLUMBUS*OH*432150012",
        ]
        assert part(written(auto_accident()), "NM1*IL", "NM1*PR")[-2] == "REF*Y4*AU0001234"

    def test_what_another_payer_paid_follows_the_claim_and_each_line(self) -> None:
        text = written(medicare_secondary())
        assert part(text, "SBR*P", "LX") == [
            "SBR*P*18*GRP100******CI",
            "AMT*D*96",
            "OI***Y***Y",
            "NM1*IL*1*DOE*JANE****MI*XYZ123456",
            "NM1*PR*2*SAMPLE COMMERCIAL PLAN*****PI*PLAN01",
            "LX*1",
        ]
        assert part(text, "SVD", "LX") == [
            "SVD*PLAN01*64*HC:97530:GP**2",
            "CAS*CO*45*40",
            "CAS*PR*2*16",
            "DTP*573*D8*20260320",
            "LX*2",
        ]

    def test_a_person_may_bill(self) -> None:
        lines = segments(written(solo_practice()))
        assert "NM1*41*1*THERAPIST*TERRY****46*SOLO01" in lines
        assert "PER*IC**EM*BILLING@EXAMPLE.COM" in lines
        assert "NM1*85*1*THERAPIST*TERRY*T**JR*XX*1987654328" in lines
        assert "REF*SY*123456789" in lines

    def test_every_field_is_written(self) -> None:
        text = written(every_field())
        assert part(text, "CLM", "HI")[:-1] == [
            "CLM*ACCT-5001*200***11:B:7*Y*A*Y*Y*P*AA:EM::ON:CA*********7",
            "DTP*431*D8*20260115",
            "DTP*454*D8*20260120",
            "DTP*304*D8*20260220",
            "DTP*439*D8*20260114",
            "AMT*F5*20.5",
            "REF*9F*REF12345",
            "REF*G1*AUTH12345",
            "REF*F8*20260410000123",
            "REF*D9*TRACE1",
            "REF*EA*MRN1003",
            "NTE*ADD*A NOTE ABOUT THE CLAIM",
        ]
        assert part(text, "LX*1", "LX*2") == [
            "LX*1",
            "SV1*HC:97530:GP:KX:59:CQ*120*UN*2*12**1:2:3:4",
            "DTP*472*RD8*20260302-20260303",
            "REF*G1*AUTHLINE",
            "REF*6R*5001-1",
            "REF*9F*REFLINE",
            "NTE*ADD*A NOTE ABOUT THE LINE",
            "NM1*82*1*THERAPIST*TERRY*T**SR*XX*1245319599",
            "PRV*PE*PXC*225100000X",
            "NM1*77*2*SAMPLE THERAPY EAST*****XX*1245319599",
            "N3*7 EAST AVE*SUITE 2",
            "N4*COLUMBUS*OH*432130001",
            "NM1*DQ*1*POE*PAULA*P**II*XX*1987654328",
            "NM1*DN*1*ROE*RICHARD*R**III*XX*1245319599",
            "SVD*PLAN01*64*HC:97530:GP:KX**2*2",
            "CAS*CO*45*30*1*59*2*1*97*2*1*131*2*1*137*2*1*253*2*1",
            "CAS*PR*2*16",
            "DTP*573*D8*20260320",
            "AMT*EAF*16",
            "LX*2",
        ]
        assert part(text, "NM1*PR", "CLM")[:4] == [
            "NM1*PR*2*SAMPLE AUTO CARRIER*****PI*AUTO01",
            "N3*1 PAYER WAY*FLOOR 2",
            "N4*TORONTO*ON*M5V2T6*CA",
            "REF*G2*LEGACY1",
        ]


class TestLevels:
    def test_claims_of_one_billing_provider_share_its_level(self) -> None:
        levels = [line for line in segments(written(many_claims(6))) if line.startswith("HL*")]
        assert levels == [
            "HL*1**20*1",
            "HL*2*1*22*0",
            "HL*3*1*22*0",
            "HL*4*1*22*1",
            "HL*5*4*23*0",
            "HL*6**20*1",
            "HL*7*6*22*0",
            "HL*8*6*22*0",
            "HL*9*6*22*1",
            "HL*10*9*23*0",
        ]

    def test_a_billing_provider_that_returns_has_a_level_of_its_own(self) -> None:
        first, *_, last = many_claims(4).claims
        submission = attrs.evolve(many_claims(4), claims=(first, last, first))
        levels = [line for line in segments(written(submission)) if line.endswith("**20*1")]
        assert levels == ["HL*1**20*1", "HL*3**20*1", "HL*5**20*1"]


class TestOptions:
    def test_the_same_arguments_give_the_same_text(self) -> None:
        for build in EXAMPLES.values():
            assert written(build()) == written(build())

    def test_numbers_ids_and_marks_of_the_envelope_can_be_set(self) -> None:
        text = written(
            medicare_primary(),
            control_number=999_999_999,
            created="2026-04-15 23:59",
            usage="P",
            sender_id="SENDER",
            receiver_id="RECEIVER",
            sender_qualifier="30",
            receiver_qualifier="27",
            group_control_number=7,
            transaction_control_number=12345,
            acknowledgment=True,
            delimiters=Delimiters("|", ">", "!", "\\"),
            newline=False,
        )
        assert text.startswith(
            "ISA|00|          |00|          |30|SENDER         |27|RECEIVER       |260415|2359|!|00501|999999999|1|P|>\\"
            "GS|HC|SENDER|RECEIVER|20260415|2359|7|X|005010X222A1\\ST|837|12345|005010X222A1\\"
        )
        assert text.endswith("SE|38|12345\\GE|1|7\\IEA|1|999999999\\")
        assert "SV1|HC>97530>GP>KX|120|UN|2|||1\\" in text

    @pytest.mark.parametrize(
        ("options", "field", "message"),
        [
            ({"control_number": 0}, "control_number", "control_number must be from 1 to 999999999, got 0"),
            ({"control_number": "101"}, "control_number", "control_number must be a whole number, got '101': use int('101')"),
            ({"group_control_number": 10**9}, "group_control_number", "group_control_number must be from 1 to 999999999, got a number above 99999"),
            ({"transaction_control_number": 0}, "transaction_control_number", "transaction_control_number must be from 1 to 999999999, got 0"),
            ({"usage": "t"}, "usage", "usage must be 'P' (production) or 'T' (test), got a string of 1 character"),
            ({"created": "soon"}, "created", "created must be a date and time such as 2026-03-02 09:05, got a string of 4 characters"),
            ({"sender_id": "A" * 16}, "sender_id", "sender_id must have at most 15 characters in an X12 file, got 16"),
            ({"receiver_id": ""}, "receiver_id", "receiver_id must not be empty in an X12 file"),
            ({"sender_qualifier": "XX"}, "sender_qualifier", "sender_qualifier must be 01, 14, 20, 27, 28, 29, 30, 33, or ZZ, got a string of 2 characters"),
            ({"acknowledgment": "no"}, "acknowledgment", "acknowledgment must be True or False, got 'no'"),
            ({"newline": 1}, "newline", "newline must be True or False, got 1"),
            ({"delimiters": "*:^~"}, "delimiters", "delimiters must be a Delimiters, got a string of 4 characters"),
            ({"delimiters": Delimiters(segment="\n")}, "delimiters.segment", "segment must not be a line break in a file that is written, such as '~'"),
            ({"without": ["no-such-rule"]}, "without", None),
        ],
    )  # fmt: skip
    def test_a_wrong_option_is_refused(
        self, options: Mapping[str, Any], field: str, message: str | None
    ) -> None:
        error = refused(lambda: written(medicare_primary(), **options))
        assert error.field is not None
        assert error.field.startswith(field)
        assert message is None or str(error) == message

    def test_only_a_submission_is_written(self) -> None:
        wrong: Any = "a submission"
        assert refused(lambda: written(wrong)).field == "submission"

    def test_a_submitter_id_that_is_too_long_for_isa_is_refused_by_its_path(self) -> None:
        submission = changed(medicare_primary, "submitter.id", "A" * 20)
        error = refused(lambda: written(submission))
        assert (error.field, str(error)) == (
            "submitter.id",
            "submitter.id must have at most 15 characters in an X12 file, got 20",
        )
        assert "NM1*41*2*SAMPLE THERAPY CLINIC*****46*AAAAAAAAAAAAAAAAAAAA~" in written(
            submission, sender_id="CLINIC01"
        )


class TestRefusals:
    def test_a_submission_with_a_denial_is_refused_with_all_findings(self) -> None:
        submission = changed(medicare_primary, "claims[0].header.diagnoses", ("M54.50",))
        with pytest.raises(SubmissionError) as caught:
            written(submission)
        paths = [finding.path for finding in caught.value.findings]
        assert "claims[0].header.diagnoses[0]" in paths
        assert caught.value.field == caught.value.findings.found[0].path
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own error
        assert str(again) == str(caught.value) == str(copy.copy(caught.value))

    def test_a_rule_that_is_turned_off_refuses_nothing(self) -> None:
        submission = changed(medicare_primary, "claims[0].header.diagnoses", ("M54.50", "M25561"))
        assert "HI*ABK:M54.50*ABF:M25561~" in unchecked(submission)

    def test_a_service_after_the_date_of_the_file_is_a_denial(self) -> None:
        with pytest.raises(SubmissionError):
            written(medicare_primary(), created="2026-03-01 12:00")

    @pytest.mark.parametrize(
        ("build", "path", "value", "message"),
        [
            (medicare_primary, "submitter", None, "submitter must be given to write an 837P"),
            (medicare_primary, "submitter.id", None, "submitter.id must be given to write an 837P"),
            (medicare_primary, "receiver", None, "receiver must be given to write an 837P"),
            (medicare_primary, "receiver.id", None, "receiver.id must be given to write an 837P"),
            (medicare_primary, "reference", None, "reference must be given to write an 837P"),
            (medicare_primary, "claims", (), "claims must have at least one claim to write an 837P"),
            (medicare_primary, "claims[0].parties.billing_provider", None, "claims[0].parties.billing_provider must be given to write an 837P"),
            (medicare_primary, "claims[0].parties.coverage", None, "claims[0].parties.coverage must be given to write an 837P"),
            (medicare_primary, "claims[0].parties.subscriber", None, "claims[0].parties.subscriber must be given to write an 837P"),
            (medicare_primary, "claims[0].header.account", None, "claims[0].header.account must be given to write an 837P"),
            (medicare_primary, "claims[0].header.frequency", None, "claims[0].header.frequency must be given to write an 837P"),
            (medicare_primary, "claims[0].header.place_of_service", None, "claims[0].header.place_of_service must be given to write an 837P"),
            (medicare_primary, "claims[0].lines[1].charge", None, "claims[0].lines[1].charge must be given to write an 837P"),
            (medicare_primary, "claims[0].lines[1].code", None, "claims[0].lines[1].code must be given to write an 837P"),
            (medicare_primary, "claims[0].lines[1].units", None, "claims[0].lines[1].units must be given to write an 837P"),
            (medicare_primary, "claims[0].lines[1].date_of_service", None, "claims[0].lines[1].date_of_service must be given to write an 837P"),
            (medicare_secondary, "claims[0].parties.prior_payments[0].coverage", None, "claims[0].parties.prior_payments[0].coverage must be given to write an 837P"),
            (medicare_secondary, "claims[0].parties.prior_payments[0].subscriber", None, "claims[0].parties.prior_payments[0].subscriber must be given to write an 837P"),
            (medicare_secondary, "claims[0].lines[0].payments[0].payer_id", None, "claims[0].lines[0].payments[0].payer_id must be given to write an 837P"),
            (medicare_secondary, "claims[0].lines[0].payments[0].paid", None, "claims[0].lines[0].payments[0].paid must be given to write an 837P"),
            (medicare_secondary, "claims[0].lines[0].payments[0].code", None, "claims[0].lines[0].payments[0].code must be given to write an 837P"),
            (medicare_secondary, "claims[0].lines[0].payments[0].units", None, "claims[0].lines[0].payments[0].units must be given to write an 837P"),
            (medicare_secondary, "claims[0].lines[0].payments[0].adjustments[1].amount", None, "claims[0].lines[0].payments[0].adjustments[1].amount must be given to write an 837P"),
            (medicare_secondary, "claims[0].lines[0].payments[0].adjustments[1].reason", None, "claims[0].lines[0].payments[0].adjustments[1].reason must be given to write an 837P"),
            (medicare_secondary, "claims[0].lines[0].payments[0].adjustments[1].group", None, "claims[0].lines[0].payments[0].adjustments[1].group must be given to write an 837P"),
            (medicare_primary, "claims[0].lines[0].modifiers", ("GP", "KX", "59", "CQ", "76"), "claims[0].lines[0].modifiers[4] cannot be written to an 837P: there is room for 4"),
            (medicare_secondary, "claims[0].lines[0].payments[0].modifiers", ("GP", "KX", "59", "CQ", "76"), "claims[0].lines[0].payments[0].modifiers[4] cannot be written to an 837P: there is room for 4"),
            (medicare_primary, "claims[0].lines[0].pointers", (1, 2, 1, 2, 1), "claims[0].lines[0].pointers[4] cannot be written to an 837P: there is room for 4"),
            (medicare_primary, "claims[0].header.diagnoses", ("M5450",) * 13, "claims[0].header.diagnoses[12] cannot be written to an 837P: there is room for 12"),
            (auto_accident, "claims[0].header.accident.causes", ("AA", "EM", "OA"), "claims[0].header.accident.causes[2] cannot be written to an 837P: there is room for 2"),
            (solo_practice, "submitter.name.suffix", "JR", "submitter.name.suffix cannot be written to an 837P: loop 1000A has no element for it"),
            (medicare_primary, "claims[0].parties.referring_provider.taxonomy", "225100000X", "claims[0].parties.referring_provider.taxonomy cannot be written to an 837P: only a rendering provider has one"),
            (every_field, "claims[0].parties.supervising_provider.taxonomy", "225100000X", "claims[0].parties.supervising_provider.taxonomy cannot be written to an 837P: only a rendering provider has one"),
            (medicare_secondary, "claims[0].parties.prior_payments[0].coverage.provider_id", "1", "claims[0].parties.prior_payments[0].coverage.provider_id cannot be written to an 837P: loop 2330B has no element for it"),
            (medicare_secondary, "claims[0].parties.prior_payments[0].subscriber.sex", "F", "claims[0].parties.prior_payments[0].subscriber.sex cannot be written to an 837P: loop 2330A has no element for it"),
            (medicare_primary, "claims[0].parties.coverage.relationship", "19", "claims[0].parties.coverage.relationship cannot be written to an 837P: without a patient it must be 18"),
            (medicare_primary, "claims[0].parties.billing_provider.tax_id_kind", "34", "claims[0].parties.billing_provider.tax_id_kind cannot be written to an 837P: it must be EI or SY"),
            (medicare_primary, "claims[0].parties.billing_provider.tax_id_kind", None, "claims[0].parties.billing_provider.tax_id_kind cannot be written to an 837P: it must be EI or SY"),
            (medicare_primary, "claims[0].parties.billing_provider.tax_id", None, "claims[0].parties.billing_provider.tax_id must be given to write an 837P"),
            (medicare_primary, "claims[0].header.note", "A" * 81, "claims[0].header.note must have at most 80 characters in an X12 file, got 81"),
            (medicare_primary, "claims[0].parties.subscriber.name.last", "DOE:", "claims[0].parties.subscriber.name.last cannot be written to X12: character 4 (':' is reserved as a delimiter)"),
            (medicare_primary, "claims[0].lines[0].modifiers", ("GP", "K~"), "claims[0].lines[0].modifiers[1] cannot be written to X12: character 2 ('~' is reserved as a delimiter)"),
        ],
    )  # fmt: skip
    def test_what_an_837p_cannot_carry_is_refused_by_its_path(
        self, build: Callable[[], Submission], path: str, value: object, message: str
    ) -> None:
        submission = changed(build, path, value)
        error = refused(lambda: unchecked(submission))
        assert str(error) == message
        assert error.field == message.partition(" ")[0]

    def test_a_delimiter_that_was_chosen_is_refused_in_a_value(self) -> None:
        submission = changed(medicare_primary, "claims[0].header.account", "ACCT|1")
        assert "CLM*ACCT|1*" in written(submission)
        error = refused(lambda: written(submission, delimiters=Delimiters(element="|")))
        assert error.field == "claims[0].header.account"


class TestParts:
    """What is missing is left out, and what has no room gets a second segment."""

    @pytest.mark.parametrize(
        ("path", "value", "gone"),
        [
            ("claims[0].parties.billing_provider.taxonomy", None, "PRV*BI"),
            ("claims[0].parties.billing_provider.address", Address(), "N3*100 MAIN"),
            ("claims[0].parties.rendering_provider", None, "NM1*82"),
            ("claims[0].parties.rendering_provider.taxonomy", None, "PRV*PE"),
            ("claims[0].parties.referring_provider", None, "NM1*DN"),
            ("claims[0].header.authorization", None, "REF*G1"),
            ("claims[0].header.diagnoses", (), "HI"),
            ("submitter.contact", None, "PER"),
        ],
    )
    def test_a_segment_without_a_value_is_left_out(
        self, path: str, value: object, gone: str
    ) -> None:
        before = segments(unchecked(medicare_primary()))
        after = segments(unchecked(changed(medicare_primary, path, value)))
        assert any(line.startswith(gone) for line in before)
        assert not any(line.startswith(gone) for line in after)

    @pytest.mark.parametrize(
        ("path", "value", "segment"),
        [
            ("claims[0].parties.subscriber.birth_date", None, "DMG***F"),
            ("claims[0].parties.subscriber.sex", None, "DMG*D8*19500101"),
            ("claims[0].parties.subscriber.name", None, "NM1*IL*1******MI*1EG4TE5MK73"),
            ("claims[0].parties.subscriber.member_id", None, "NM1*IL*1*DOE*JANE"),
            ("claims[0].parties.coverage.payer_id", None, "NM1*PR*2*MEDICARE PART B"),
            ("claims[0].parties.coverage.relationship", None, "SBR*P********MB"),
            ("claims[0].parties.subscriber.address.city", None, "N4**OH*432150002"),
            ("claims[0].parties.billing_provider.name", None, "NM1*85*2******XX*1234567893"),
            ("claims[0].parties.rendering_provider", Provider(Organization("LAB")), "NM1*82*2*LAB"),
            ("submitter.contact", BillingContact("DESK"), "PER*IC*DESK"),
            ("receiver.name", None, "NM1*40*2******46*CH01"),
            ("claims[0].lines[0].units", Decimal("1.50"), "SV1*HC:97530:GP:KX*120*UN*1.5***1"),
        ],
    )
    def test_a_missing_value_leaves_its_element_empty(
        self, path: str, value: object, segment: str
    ) -> None:
        assert segment in segments(unchecked(changed(medicare_primary, path, value)))

    def test_a_billing_provider_without_a_tax_number_has_no_segment_for_it(self) -> None:
        submission = changed(medicare_primary, "claims[0].parties.billing_provider.tax_id", None)
        path = "claims[0].parties.billing_provider.tax_id_kind"
        text = unchecked(changed(lambda: submission, path, None))
        assert not any(line.startswith("REF*EI") for line in segments(text))

    def test_a_fourth_number_of_a_contact_gets_a_segment_of_its_own(self) -> None:
        contact = BillingContact("DESK", "5555550100", "7", "DESK@EXAMPLE.COM", "5555550101")
        lines = segments(unchecked(changed(medicare_primary, "submitter.contact", contact)))
        start = lines.index("PER*IC*DESK*TE*5555550100*EX*7*EM*DESK@EXAMPLE.COM")
        assert lines[start + 1] == "PER*IC**FX*5555550101"
        assert pyx12_errors("~\n".join([*lines, ""])) == []

    def test_a_solo_therapist_is_a_person_in_the_pay_to_loop(self) -> None:
        path = "claims[0].parties.billing_provider.pay_to_address"
        address = Address("PO BOX 1", None, "COLUMBUS", "OH", "432150012")
        assert "NM1*87*1" in segments(written(changed(solo_practice, path, address)))

    def test_the_seventh_adjustment_of_a_group_gets_a_segment_of_its_own(self) -> None:
        adjustments = (
            Adjustment("CO", "45", 1),
            Adjustment("PR", "1", "2.50", 1),
            *(Adjustment("CO", str(reason), 1) for reason in range(50, 56)),
        )
        payment = LinePayment("PLAN01", 0, "97530", ("GP",), 2, adjustments=adjustments)
        path = "claims[0].lines[0].payments"
        assert part(unchecked(changed(medicare_secondary, path, (payment,))), "CAS", "LX") == [
            "CAS*CO*45*1**50*1**51*1**52*1**53*1**54*1",
            "CAS*CO*55*1",
            "CAS*PR*1*2.5*1",
            "LX*2",
        ]

    def test_the_total_is_exact(self) -> None:
        submission = changed(medicare_primary, "claims[0].lines[0].charge", Decimal("0.10"))
        assert "CLM*ACCT-1003*140.6***" in written(submission)

    def test_a_dependent_with_a_suffix_and_no_middle_name(self) -> None:
        submission = changed(
            commercial_dependent, "claims[0].parties.patient.name", Person("Doe", "Sam", None, "JR")
        )
        assert "NM1*QC*1*DOE*SAM***JR" in segments(written(submission))


class TestValidators:
    """pyx12 4.0.0 and x12sdk 2.2.0 accept every file, and x12sdk loses no segment."""

    @pytest.mark.parametrize("build", EXAMPLES.values(), ids=EXAMPLES)
    def test_both_accept_it(self, build: Callable[[], Submission]) -> None:
        text = written(build())
        assert pyx12_errors(text) == []
        assert x12sdk_copy(text) == segments(text)[2:-2]

    def test_other_delimiters_and_no_line_breaks(self) -> None:
        for text in (
            written(every_field(), delimiters=Delimiters("|", ">", "!", "\\")),
            written(every_field(), newline=False),
        ):
            assert pyx12_errors(text) == []

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("NM1*40*2*SAMPLE CLEARINGHOUSE*****46*CH01~\n", ""),
            ("SE*38*", "SE*36*"),
            ("*261QP2000X~", "*261QP2000X*~"),
            ("CLM*ACCT-1003*260.5*", "CLM*ACCT-1003**"),
        ],
    )
    def test_a_planted_fault_is_found_by_pyx12(self, old: str, new: str) -> None:
        assert pyx12_errors(MEDICARE_PRIMARY.replace(old, new)) != []

    def test_a_wrong_total_is_found_by_x12sdk(self) -> None:
        assert x12sdk_errors(MEDICARE_PRIMARY.replace("*260.5*", "*261*")) != []

    def test_x12sdk_refuses_an_unknown_sex_although_the_map_of_pyx12_has_it(self) -> None:
        text = written(changed(commercial_dependent, "claims[0].parties.patient.sex", "U"))
        assert pyx12_errors(text) == []
        assert "gender_code" in x12sdk_errors(text)[0]

    def test_many_claims_are_accepted_with_the_file_date_of_the_last_service(self) -> None:
        text = written(many_claims(3), created=f"{date(2026, 3, 4)} 08:00")
        assert pyx12_errors(text) == []
