"""The syntax of X12: characters, numbers, segments, reading, envelopes, and writing."""

from __future__ import annotations

import io
import re
import string
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paths import ROOT
from tests.refusals import refusal, refused
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.x12 import (
    RESERVED,
    CharacterFault,
    Delimiters,
    Segment,
    X12Fault,
    character_fault,
    parse_x12_date,
    parse_x12_number,
    x12_date,
    x12_number,
    x12_time,
)
from therapy_billing.base.x12_envelope import ID_QUALIFIERS
from therapy_billing.base.x12_reading import LONGEST_SEGMENT, SegmentReader
from therapy_billing.base.x12_writing import X12Writer, require_value

FILES = ROOT / "tests" / "x12_files"
NOON = datetime(2026, 3, 15, 12, 0)  # noqa: DTZ001 - the clock time in the file has no time zone
ISA = (
    "ISA*00*          *00*          *ZZ*CLINIC01       *ZZ*PAYER01        "
    "*260315*1200*^*00501*000000101*0*T*:~"
)
GOOD = f"{ISA}GS*HC*A*B*20260315*1200*101*X*005010X222A1~ST*837*0001~NM1*85~SE*3*0001~GE*1*101~IEA*1*000000101~"


def read(text: str | bytes) -> tuple[list[Segment], tuple[str, ...]]:
    """Return the segments and the faults of *text*."""
    reader = SegmentReader(text if isinstance(text, bytes) else io.StringIO(text))
    return list(reader), tuple(map(str, reader.faults))


def names(text: str | bytes) -> str:
    return " ".join(segment.name for segment in read(text)[0])


def faults(text: str | bytes) -> tuple[str, ...]:
    return read(text)[1]


def unreadable(text: str | bytes) -> str:
    """Return the reason why *text* cannot be read."""
    message = refusal(FileFormatError, lambda: read(text))
    return message.partition(": ")[2]


class TestDelimiters:
    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("element", "**", "must be one ASCII character"),
            ("element", "", "must be one ASCII character"),
            ("component", "§", "must be one ASCII character"),
            ("component", "A", "must not be a letter, a digit, or a blank"),
            ("segment", "7", "must not be a letter, a digit, or a blank"),
            ("segment", " ", "must not be a letter, a digit, or a blank"),
            ("element", "\t", "must not be a letter, a digit, or a blank"),
            ("repetition", "\n", "must not be a line break"),
            ("segment", ":", "must differ from the other delimiters"),
            ("repetition", "*", "must differ from the other delimiters"),
        ],
    )
    def test_a_character_that_cannot_separate_is_refused(
        self, field: str, value: str, reason: str
    ) -> None:
        error = refused(lambda: Delimiters(**{field: value}))
        assert str(error) == f"{field} {reason}, such as '*', ':', '^', or '~'"
        assert error.field == field

    def test_older_files_have_no_repetition_separator(self) -> None:
        assert str(Delimiters(repetition="")) == "*:~"

    def test_a_line_break_may_end_segments_of_a_file_that_is_read(self) -> None:
        assert Delimiters(segment="\n").segment == "\n"


class TestSegment:
    SEGMENT = Segment("HI", ("ABK:M5450", "", "A^B"), 7)

    def test_elements_are_counted_from_one(self) -> None:
        found = [self.SEGMENT[number] for number in (0, 1, 2, 3, 4)]
        assert found == ["", "ABK:M5450", "", "A^B", ""]

    def test_components_are_counted_from_one(self) -> None:
        assert [self.SEGMENT.component(1, part) for part in (0, 1, 2, 3)] == [
            *("", "ABK", "M5450", "")
        ]
        assert self.SEGMENT.components(2) == ()
        assert self.SEGMENT.component(2, 1) == ""

    def test_repetitions_need_a_separator(self) -> None:
        assert self.SEGMENT.repetitions(3) == ("A", "B")
        assert self.SEGMENT.repetitions(2) == ()
        alone = Segment("HI", ("A^B",), 1, Delimiters(repetition=""))
        assert alone.repetitions(1) == ("A^B",)

    def test_the_display_has_no_value_and_no_text_that_is_not_a_name(self) -> None:
        assert repr(self.SEGMENT) == "Segment(HI, 3 elements, position 7)"
        assert (
            repr(Segment("ROSA", ("INVENTED",), 1)) == "Segment(not a name, 1 elements, position 1)"
        )


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (X12Fault(3, "NM1", 0, "is wrong"), "segment 3, NM1: is wrong"),
        (X12Fault(3, "NM1", 2, "is wrong"), "segment 3, NM102: is wrong"),
        (X12Fault(3, "", 0, "is wrong"), "segment 3: is wrong"),
    ],
)
def test_a_fault_names_its_segment_and_element(fault: X12Fault, shown: str) -> None:
    assert str(fault) == shown


class TestCharacters:
    def test_every_character_of_the_sets_is_allowed_except_the_reserved_ones(self) -> None:
        allowed = string.ascii_letters + string.digits + " !\"&'()+,-./;?=%@[]_{}\\|<#$"
        ascii_characters = map(chr, range(128))
        assert {char for char in ascii_characters if character_fault(char) is None} == set(allowed)

    def test_a_reserved_character_is_refused_in_files_with_other_delimiters(self) -> None:
        other = Delimiters("|", ">", "!", "\\")
        for char in RESERVED:
            assert character_fault(f"A{char}", other) == (2, f"{char!r} is reserved as a delimiter")

    def test_a_delimiter_of_the_file_is_refused(self) -> None:
        other = Delimiters("|", ";", "!", "\x1d")
        assert character_fault("AB|", other) == (3, "'|' is reserved as a delimiter")
        assert character_fault("AB\x1d", other) == (3, "U+001D is reserved as a delimiter")
        assert character_fault("AB|") is None

    def test_the_first_fault_is_returned(self) -> None:
        assert character_fault("A\nÉ") == CharacterFault(2, "U+000A is not a printable character")
        assert character_fault("É\n") == CharacterFault(1, "U+00C9 is not an ASCII character")


class TestValues:
    def test_a_number_has_no_exponent_and_no_needless_zeros(self) -> None:
        written = [x12_number(number) for number in (3, Decimal("-0.00"), Decimal("1E+5"))]
        assert written == ["3", "0", "100000"]
        assert x12_number(Decimal("99999.99")) == "99999.99"

    @pytest.mark.parametrize("value", [True, Decimal("NaN"), Decimal("Infinity"), "12", None])
    def test_what_is_not_a_number_is_not_written(self, value: Any) -> None:  # noqa: ANN401 - wrong types on purpose
        with pytest.raises(InvalidInputError, match="an amount must be"):
            x12_number(value)

    @given(
        st.decimals(
            allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9
        )
    )
    def test_a_number_reads_back_equal(self, number: Decimal) -> None:
        assert parse_x12_number(x12_number(number)) == number

    @pytest.mark.parametrize("text", ["", ".", "-", "1e3", "1,000", "1.2.3", "٣", "12 ", "ROSA"])
    def test_text_that_is_not_a_number_is_refused(self, text: str) -> None:
        assert str(refused(lambda: parse_x12_number(text))).startswith(
            "must be a number such as 120.5, got "
        )

    def test_numbers_may_have_a_sign_and_no_digit_before_the_point(self) -> None:
        assert [parse_x12_number(text) for text in ("+5", "-.5", "5.", "007")] == [
            *(Decimal(5), Decimal("-0.5"), Decimal(5), Decimal(7))
        ]

    def test_a_date_reads_back_equal(self) -> None:
        assert x12_date(date(826, 3, 2)) == "08260302"
        assert parse_x12_date(x12_date(date(2028, 2, 29))) == date(2028, 2, 29)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("20260229", "must be a date that exists, such as 20260302"),
            (
                "260302",
                "must be a date of eight digits such as 20260302, got a string of 6 characters",
            ),
            ("", "must be a date of eight digits such as 20260302, got an empty string"),
        ],
    )
    def test_text_that_is_not_a_date_is_refused(self, text: str, reason: str) -> None:
        assert str(refused(lambda: parse_x12_date(text))) == reason

    def test_a_time_has_four_digits(self) -> None:
        assert x12_time(NOON.replace(hour=0, minute=5)) == "0005"


COUNTS = {
    "278_pt_authorisation_request.edi": (25, ()),
    "835_mppr.edi": (46, ()),
    "835_ot_two_claims.edi": (29, ("segment 27, SE01: says '26', but there are 25 segments",)),
    "835_pt_check_single.edi": (40, ()),
    "835_pt_denials_119_97.edi": (34, ()),
    "835_pt_multi_claim.edi": (60, ("segment 58, SE01: says '52', but there are 56 segments",)),
    "835_reversal_and_correction.edi": (31, ()),
    "835_wc_pt_generated.edi": (62, ()),
    "837i_outpatient_therapy.edi": (37, ()),
    "837p_auto_accident.edi": (39, ()),
    "837p_medicare_primary.edi": (42, ()),
    "837p_msp_secondary.edi": (55, ()),
    "837p_pt_fragment_dtp_before_sv1.edi": (
        17,
        ("segment 15, SE01: says '11', but there are 13 segments",),
    ),
    "837p_replacement_dependent.edi": (43, ()),
    "837p_wc_pt_generated.edi": (79, ()),
    "837p_workers_comp.edi": (43, ()),
    "databricks_835_plb_sample.txt": (
        50,
        ("segment 48, SE02: differs from ST02", "segment 50, IEA02: differs from ISA13"),
    ),
    "databricks_835_sample.txt": (
        68,
        (
            "segment 43, SE01: says '29', but there are 19 segments",
            "segment 66, SE01: says '12', but there are 23 segments",
            "segment 68, IEA02: differs from ISA13",
        ),
    ),
    "databricks_835_sample_services.txt": (
        35,
        (
            "segment 34, GE01: says '3', but there is 1 transaction",
            "segment 35, IEA02: differs from ISA13",
        ),
    ),
    "databricks_837_837p.txt": (45, ()),
    "databricks_837_CC_837P_EDI.txt": (34, ()),
    "databricks_837_CHPW_Claimdata.txt": (175, ()),
    "databricks_837_Molina_Mock_UP_837P_File.txt": (
        142,
        ("segment 142, IEA02: differs from ISA13",),
    ),
    "imsweb_x12_277CA_rejected.edi": (28, ()),
    "imsweb_x12_999_rejected.edi": (11, ()),
    "imsweb_x12_valid_different_separators.edi": (
        38,
        ("segment 36, SE01: says '25', but there are 34 segments",),
    ),
    "keironstoddart_835_emedny_sample.txt": (69, ()),
    "keironstoddart_835_united_healthcare_legacy_sample.txt": (65, ()),
    "x12parser_ruby_835_with_97110.txt": (49, ()),
}
"""The number of segments of each file, and its faults."""
WITHOUT_ISA = "keironstoddart_835_blue_cross_nc_sample.txt"


class TestFiles:
    def test_every_file_is_in_the_table(self) -> None:
        found = {path.name for path in FILES.iterdir()} - {"README.md"}
        assert found == {*COUNTS, WITHOUT_ISA}

    @pytest.mark.parametrize("name", COUNTS)
    def test_every_segment_is_read_and_every_wrong_count_is_a_fault(self, name: str) -> None:
        reader = SegmentReader(FILES / name)
        segments = list(reader)
        assert (len(segments), tuple(map(str, reader.faults))) == COUNTS[name]
        assert [segment.position for segment in segments] == list(range(1, len(segments) + 1))

    def test_a_file_without_isa_is_refused(self) -> None:
        path = str(FILES / WITHOUT_ISA)
        assert refusal(FileFormatError, lambda: list(SegmentReader(path))) == (
            f"{path}: expected an X12 file, which starts with ISA, found an X12 835 file without ISA"
        )

    def test_every_kind_of_source_reads_the_same(self, tmp_path: Path) -> None:
        path = tmp_path / "claims.edi"
        path.write_text(GOOD, encoding="ascii")
        with path.open("rb") as binary, path.open(encoding="ascii") as text:
            sources = (path, str(path), GOOD.encode(), io.StringIO(GOOD), binary, text)
            readers = [SegmentReader(source) for source in sources]
            assert {tuple(reader) for reader in readers} == {tuple(read(GOOD)[0])}
        assert [reader.name for reader in readers] == [
            *(str(path), str(path), "the bytes", "the file", str(path), str(path))
        ]

    @pytest.mark.parametrize("text", [GOOD, "\n" + GOOD, "\ufeff" + GOOD, "ST*837~", "a\nb"])
    def test_text_instead_of_a_path_is_refused_and_not_repeated(self, text: str) -> None:
        error = refused(lambda: SegmentReader(text))
        assert str(error) == (
            "source must be the path of a file, got X12 text: use io.StringIO(text)"
        )
        assert error.field == "source"

    def test_a_name_that_starts_with_isa_is_a_path(self) -> None:
        with pytest.raises(FileNotFoundError):
            list(SegmentReader("ISA_2026-03.edi"))

    @pytest.mark.parametrize("source", [7, None, ["a"]])
    def test_other_sources_are_refused(self, source: Any) -> None:  # noqa: ANN401 - wrong types on purpose
        assert str(refused(lambda: SegmentReader(source))).startswith(
            "source must be a path, an open file, or bytes, got "
        )


class TestLineEnds:
    @pytest.mark.parametrize("after", ["", "\n", "\r\n", "\r", " \r\n\t", "\n\n"])
    def test_blanks_after_a_terminator_are_skipped(self, after: str) -> None:
        text = GOOD.replace("~", "~" + after)
        assert read(text) == read(GOOD)
        assert read(text.encode()) == read(GOOD)

    @pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
    def test_a_line_break_may_be_the_terminator(self, end: str) -> None:
        found, wrong = read(GOOD.replace("~", end).encode())
        assert found[2:] == read(GOOD)[0][2:]
        assert (found[1].elements, wrong) == (read(GOOD)[0][1].elements, ())

    def test_a_line_feed_terminator_may_follow_a_carriage_return(self) -> None:
        text = GOOD.replace("~", "\n", 1).replace("~", "\r\n")
        assert read(text.encode()) == ([*read(GOOD.replace("~", "\n").encode())[0]], ())

    @pytest.mark.parametrize("before", ["\n \t", "\ufeff", "\ufeff\r\n"])
    @pytest.mark.parametrize("after", ["\n\n", "\x1a", "\0\0\0"])
    def test_blanks_and_marks_around_the_file_are_skipped(self, before: str, after: str) -> None:
        text = before + GOOD + after
        assert read(text) == read(text.encode()) == read(GOOD)

    def test_a_wrapped_file_is_read_with_faults(self) -> None:
        wrapped = "\r\n".join(GOOD[start : start + 80] for start in range(0, len(GOOD), 80))
        found, wrong = read(wrapped.encode())
        assert found == read(GOOD)[0]
        assert wrong == (
            "segment 1, ISA: had a line break, which was removed",
            "segment 3, ST: had a line break, which was removed; is a terminator missing?",
        )


class TestDelimitersOfFiles:
    def test_each_interchange_has_its_own_delimiters(self) -> None:
        other = GOOD.translate(str.maketrans("*:^~", "|>!\\"))
        found, wrong = read(GOOD + "\n" + other)
        assert wrong == ()
        assert [segment.name for segment in found] == [
            segment.name for segment in read(GOOD)[0]
        ] * 2
        assert found[-1].delimiters == Delimiters("|", ">", "!", "\\")
        assert found[10].position == 11

    def test_control_characters_may_be_delimiters(self) -> None:
        text = GOOD.translate(str.maketrans("*:^~", "\x1d\x1f\x1e\x1c"))
        assert [segment.elements for segment in read(text)[0][1:]] == [
            segment.elements for segment in read(GOOD)[0][1:]
        ]
        assert faults(text) == ()

    @pytest.mark.parametrize("mark", ["U", " "])
    def test_an_old_file_has_no_repetition_separator(self, mark: str) -> None:
        first = read(GOOD.replace("*^*", f"*{mark}*"))[0][0]
        assert first.delimiters.repetition == ""

    def test_an_interchange_may_have_only_a_ta1(self) -> None:
        assert read(f"{ISA}TA1*000000101*260315*1200*A*000~IEA*0*000000101~")[1] == ()


class TestUnreadable:
    @pytest.mark.parametrize("text", ["", "\n \n", b"", b"\xef\xbb\xbf"])
    def test_an_empty_file(self, text: str | bytes) -> None:
        assert unreadable(text) == "empty, expected an X12 file"

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (
                b"PK\x03\x04....",
                "a zip archive or Excel workbook; unpack it and give the X12 file in it",
            ),
            (b"\x1f\x8b....", "a gzip file; unpack it first"),
            (b"\xd0\xcf\x11\xe0...", "an old Office file"),
            (b"%PDF-1.7", "a PDF file"),
            (b'{"name": "Rosa"}', "a JSON file"),
            (b"<html><body>", "an HTML page, such as CMS's license page"),
            (b"patient,date,code\n1,2,3", "a table such as CSV"),
            (b"Rosa Invented", "other text"),
            (b"GS*HC*A*B~ST*837*1~", "an X12 837 file without ISA"),
            ("ISA*".encode("utf-16"), "UTF-16 text or binary data; save X12 as ASCII or UTF-8"),
            (b"I\0S\0", "UTF-16 text or binary data; save X12 as ASCII or UTF-8"),
            (b"ISABELLA", "other text"),
        ],
    )
    def test_another_kind_of_file(self, content: bytes, found: str) -> None:
        reason = f"expected an X12 file, which starts with ISA, found {found}"
        assert unreadable(content) == reason

    def test_a_text_with_other_characters(self) -> None:
        assert unreadable("Ω").endswith("found other text")

    @pytest.mark.parametrize("length", [3, 4, 20, 60, 104, 105])
    def test_a_truncated_isa(self, length: int) -> None:
        assert unreadable(ISA[:length]) == (
            f"segment 1, ISA must have 106 characters with its terminator, but the file ends after {length}"
        )

    @pytest.mark.parametrize(
        ("old", "new", "number", "width"),
        [
            ("CLINIC01       ", "CLINIC01", "06", "15 characters"),
            ("CLINIC01       ", "CLINIC01        ", "06", "15 characters"),
            ("260315", "20260315", "09", "6 characters"),
            ("*T*", "**", "15", "1 character"),
            ("000000101", "101", "13", "9 characters"),
        ],
    )
    def test_an_isa_of_another_width(self, old: str, new: str, number: str, width: str) -> None:
        assert unreadable(GOOD.replace(old, new, 1)) == (
            f"segment 1, ISA{number} must have {width}: fill it up with spaces"
        )

    def test_an_isa_without_its_other_elements(self) -> None:
        assert unreadable("ISA*" + "A" * 200) == (
            "segment 1, ISA01 must have 2 characters: fill it up with spaces"
        )

    def test_delimiters_that_are_equal_or_letters(self) -> None:
        assert unreadable(GOOD.replace(":~", "*~", 1)) == (
            "segment 1, ISA16 must have 1 character: fill it up with spaces"
        )
        assert unreadable(GOOD.replace(":~", ":^", 1)) == (
            "segment 1, ISA: the segment delimiter must differ from the other delimiters, such as '*', ':', '^', or '~'"
        )
        assert unreadable(GOOD.replace(":~", ":Z", 1)).startswith(
            "segment 1, ISA: the segment delimiter must not be a letter"
        )

    def test_a_component_separator_that_is_missing(self) -> None:
        text = GOOD.replace(":~", "~", 1).replace("~", "~\n")
        assert unreadable(text) == (
            "segment 1, ISA16 must be the component separator, but the terminator is there"
        )

    def test_a_line_break_terminator_with_nothing_after_it_is_read(self) -> None:
        assert names(ISA[:-1] + "\n") == "ISA"

    def test_a_terminator_that_no_other_segment_has(self) -> None:
        text = GOOD.replace("~", "'").replace("'", "~", 1)
        assert unreadable(text) == "segment 2 has no terminator '~', the last character of ISA"
        hidden = text.replace("~", "\x1c")
        assert unreadable(hidden) == "segment 2 has no terminator U+001C, the last character of ISA"

    @pytest.mark.parametrize("length", [LONGEST_SEGMENT + 1, 3 * LONGEST_SEGMENT])
    @pytest.mark.parametrize("end", ["~", ""])
    def test_a_segment_that_is_too_long(self, length: int, end: str) -> None:
        text = ISA + "GS*A~" + "N" * length + end
        reason = "segment 3 has no terminator '~', the last character of ISA"
        assert unreadable(text) == unreadable(text.encode()) == reason

    def test_a_segment_of_the_maximum_length_is_read(self) -> None:
        assert names(ISA + "X" * LONGEST_SEGMENT + "~").startswith("ISA XXX")


class TestFaults:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (("SE*3*", "SE*4*"), "segment 5, SE01: says '4', but there are 3 segments"),
            (("SE*3*", "SE*ROSA INVENTED*"), "segment 5, SE01: says text instead of a number, but there are 3 segments"),
            (("SE*3*", "SE**"), "segment 5, SE01: says an empty string, but there are 3 segments"),
            (("SE*3*", "SE*³*"), "segment 5, SE01: says a string of 1 character, but there are 3 segments"),
            (("SE*3*", f"SE*{'9' * 5000}*"), "segment 5, SE01: says a string of 5000 characters, but there are 3 segments"),
            (("SE*3*0001", "SE*3*0002"), "segment 5, SE02: differs from ST02"),
            (("GE*1*101", "GE*1*102"), "segment 6, GE02: differs from GS06"),
            (("GE*1*", "GE*2*"), "segment 6, GE01: says '2', but there is 1 transaction"),
            (("IEA*1*", "IEA*2*"), "segment 7, IEA01: says '2', but there is 1 group"),
            (("IEA*1*0", "IEA*1*1"), "segment 7, IEA02: differs from ISA13"),
            (("SE*3*0001~", ""), "segment 5, GE: SE is missing before GE follows"),
            (("GE*1*101~", ""), "segment 6, IEA: GE is missing before IEA follows"),
            (("IEA*1*000000101~", ""), "segment 6, GE: IEA is missing before the file ends"),
            (("ST*837*0001~", "ST*837*0000~ST*837*0001~"), "segment 4, ST: SE is missing before ST starts"),
            (("NM1*85~", "NM1*85*~"), "segment 4, NM102: is empty at the end of the segment; leave it out"),
            (("NM1*85~", "NM1*85:*A~"), "segment 4, NM101: ends with an empty component; leave it out"),
            (("NM1*85~", "NM1*85*A\x07~"), "segment 4, NM102: has a control character"),
            (("NM1*85~", "NM1\x07*85~"), "segment 4: does not start with a segment name; is the terminator wrong?"),
            (("NM1*85~", "NM1*85~~"), "segment 5: blank segment; a terminator follows another one"),
            (("NM1*85~", "Rosa*85~"), "segment 4: does not start with a segment name; is the terminator wrong?"),
            (("IEA*1*000000101~", "IEA*1*000000101"), "segment 7, IEA: has no terminator"),
            (("IEA*1*000000101~", "IEA*1*000000101~NTE*1~"), "segment 8, NTE: is outside a transaction (ST to SE)"),
            (("NM1*85~", "NM1*85~SE*3*0001~NM1*85~REF~"), "segment 6, NM1: is outside a transaction (ST to SE)"),
            (("~GS*HC*A*B*20260315*1200*101*X*005010X222A1~", "~"), "segment 2, ST: GS is missing before it"),
            (("*ZZ*CLINIC01", "*QQ*CLINIC01"), "segment 1, ISA05: is not a known qualifier, such as ZZ"),
            (("*ZZ*PAYER01", "*QQ*PAYER01"), "segment 1, ISA07: is not a known qualifier, such as ZZ"),
            (("*260315*1200*^", "*261315*1200*^"), "segment 1, ISA09: is not a date of six digits"),
            (("*260315*1200*^", "*260315*2400*^"), "segment 1, ISA10: is not a time of four digits"),
            (("*00501*", "*00401*"), "segment 2, GS08: is not of the version in ISA12"),
            (("*000000101*0*T", "*00000010A*0*T"), "segment 1, ISA13: is not a number of nine digits"),
            (("ISA*00*", "ISA*01*"), "segment 1, ISA01: is not a known qualifier, such as 00"),
            (("ISA*00*          *00*", "ISA*00*          *03*"), "segment 1, ISA03: is not a known qualifier, such as 00"),
            (("*0*T*", "*2*T*"), "segment 1, ISA14: is neither 0 nor 1"),
            (("GS*HC*A*B", "GS*HC**B"), "segment 2, GS02: is empty"),
            (("*B*20260315*", "*B*20261315*"), "segment 2, GS04: is not a date of eight digits"),
            (("*20260315*1200*101", "*20260315*12*101"), "segment 2, GS05: is not a time"),
            (("*101*X*", "*101*T*"), "segment 2, GS07: is not X"),
            (("*0*T*", "*0*X*"), "segment 1, ISA15: is neither P for production nor T for a test"),
            (("GS*HC", "GS*HP"), "segment 3, ST01: does not belong to the code in GS01"),
            (("ST*837*0001", "ST*837*0001*005010X223A2"), "segment 3, ST03: differs from GS08"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_a_fault_at_its_segment(
        self, change: tuple[str, str], expected: str
    ) -> None:
        assert expected in faults(GOOD.replace(*change))

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("ISA*00*          *00*", "ISA*03*          *01*"),
            ("*20260315*1200*101", "*20260315*12005959*101"),
        ],
    )
    def test_additional_data_a_password_and_seconds_are_no_faults(self, old: str, new: str) -> None:
        assert faults(GOOD.replace(old, new)) == ()

    def test_a_transaction_of_an_unknown_kind_may_be_in_any_group(self) -> None:
        assert faults(GOOD.replace("ST*837*", "ST*999999*")) == ()

    def test_versions_may_be_absent(self) -> None:
        assert faults(GOOD.replace("*X*005010X222A1~", "*X~")) == ()

    def test_a_count_may_have_leading_zeros(self) -> None:
        assert faults(GOOD.replace("SE*3*", "SE*003*")) == ()
        assert faults(f"{ISA}IEA*00*000000101~") == ()

    def test_a_good_file_has_no_fault(self) -> None:
        assert faults(GOOD) == ()

    def test_an_end_without_a_start_is_a_fault(self) -> None:
        assert faults(f"{ISA}SE*1*1~GE*1*1~IEA*0*000000101~IEA*0*000000101~") == (
            "segment 2, SE: ST is missing before it",
            "segment 3, GE: GS is missing before it",
            "segment 5, IEA: ISA is missing before it",
        )

    def test_everything_that_is_open_is_reported_where_the_file_ends_or_the_next_one_starts(
        self,
    ) -> None:
        start = GOOD[: GOOD.index("SE*")]
        missing = [f"{end} is missing before" for end in ("SE", "GE", "IEA")]
        assert faults(start) == tuple(f"segment 4, NM1: {each} the file ends" for each in missing)
        assert faults(start + GOOD) == tuple(
            f"segment 5, ISA: {each} ISA starts" for each in missing
        )
        again = GOOD[GOOD.index("GS*") :]
        assert faults(start + again)[:2] == (
            "segment 5, GS: SE is missing before GS starts",
            "segment 5, GS: GE is missing before GS starts",
        )

    def test_a_group_after_its_interchange_is_a_fault(self) -> None:
        group = GOOD[GOOD.index("GS*") : GOOD.index("IEA*")]
        assert faults(GOOD + group) == ("segment 8, GS: ISA is missing before it",)

    def test_a_ta1_inside_a_group_is_a_fault(self) -> None:
        assert faults(GOOD.replace("ST*837", "TA1*1~ST*837")) == (
            "segment 3, TA1: is outside a transaction (ST to SE)",
        )

    def test_a_run_of_segments_outside_a_transaction_is_one_fault(self) -> None:
        assert len(faults(f"{GOOD}{'NTE*1~' * 50}")) == 1

    def test_a_segment_that_the_file_cuts_short_is_not_used(self) -> None:
        text = GOOD[: GOOD.index("SE*")] + "SVC*HC:97110*12"
        found, wrong = read(text)
        assert found[-1].name == "NM1"
        assert wrong[0] == "segment 5, SVC: was not used, because the file ends inside it"

    def test_the_faults_after_the_first_thousand_are_counted(self) -> None:
        text = GOOD.replace("NM1*85~", "NM1*85*~" * 1002)
        wrong = faults(text)
        assert len(wrong) == 1001
        assert wrong[-1] == "segment 1008: 3 more faults are not listed"
        assert faults(GOOD.replace("NM1*85~", "NM1*85*~" * 1000).replace("SE*3*", "SE*1002*"))[
            -1
        ] == ("segment 1003, NM1" + "02: is empty at the end of the segment; leave it out")
        assert faults(GOOD.replace("NM1*85~", "NM1*85*~" * 1000))[-1] == (
            "segment 1006: 1 more fault is not listed"
        )

    def test_a_fault_of_a_transaction_can_be_added(self) -> None:
        reader = SegmentReader(GOOD.encode())
        segment = list(reader)[3]
        reader.add_fault(segment, 1, "is not known")
        assert reader.faults == (X12Fault(4, "NM1", 1, "is not known"),)


class TestEncodings:
    TEXT = GOOD.replace("NM1*85", "NM1*85*2*JOSÉ")

    def test_utf_8_is_read(self) -> None:
        found, wrong = read(self.TEXT.encode())
        assert (found[3][3], wrong) == ("JOSÉ", ())

    def test_other_bytes_are_windows_1252_and_a_fault(self) -> None:
        found, wrong = read(self.TEXT.encode("cp1252"))
        assert found[3][3] == "JOSÉ"
        assert wrong == ("segment 4, NM1: is not UTF-8, and was read as Windows-1252",)

    def test_bytes_that_are_neither_are_kept(self) -> None:
        found, wrong = read(self.TEXT.encode("cp1252").replace(b"\xc9", b"\x81"))
        assert found[3][3].encode("latin-1") == b"JOS\x81"
        assert wrong[1] == "segment 4, NM103: has a control character"

    def test_a_start_that_is_not_ascii_is_not_a_byte_order_mark(self) -> None:
        assert unreadable("ïA".encode("latin-1")).endswith("found other text")

    def test_text_is_not_decoded_again(self) -> None:
        assert read(self.TEXT)[0][3][3] == "JOSÉ"


def test_a_large_file_is_read_block_by_block() -> None:
    class Endless(io.RawIOBase):
        """A file that repeats a segment, and counts how far it was read."""

        def __init__(self) -> None:
            self.blocks = 0

        def read(self, size: int = -1, /) -> bytes:
            self.blocks += 1
            if self.blocks == 1:
                return (GOOD[: GOOD.index("SE*")]).encode()
            return b"NM1*85*2*SAMPLE~" * (size // 16)

    file = Endless()
    reader = iter(SegmentReader(file))  # type: ignore[arg-type] # only read is needed
    for _ in range(10_000):
        next(reader)
    assert file.blocks == 4


def written(build: Callable[[X12Writer], object]) -> str:
    writer = X12Writer(newline=False)
    build(writer)
    return writer.text()


class TestWriting:
    def test_trailing_empty_elements_and_components_are_left_out(self) -> None:
        text = written(
            lambda out: out.add("A1", "", ("B", "", ""), ("", ""), "", ("", "C"), "", ())
        )
        assert text == "A1**B***:C~"

    def test_counts_and_control_numbers_follow(self) -> None:
        writer = X12Writer()
        writer.interchange("CLINIC01", "PAYER01", NOON, "101", usage="T")
        for group in (7, 8):
            writer.group("HC", "CLINIC01", "PAYER01", NOON, group, version="005010X222A1")
            for number in (1, 12345):
                writer.transaction("837", number, version="005010X222A1")
                writer.add("NM1", "85")
                writer.end()
            writer.end()
        writer.finish()
        text = writer.text()
        found, wrong = read(text)
        assert wrong == ()
        assert text.startswith(
            ISA
            + "\nGS*HC*CLINIC01*PAYER01*20260315*1200*7*X*005010X222A1\n".replace("\n", "~\n")[1:]
        )
        assert [segment.elements for segment in found if segment.name in ("ST", "SE", "GE", "IEA")] == [
            ("837", "0001", "005010X222A1"),
            ("3", "0001"),
            ("837", "12345", "005010X222A1"),
            ("3", "12345"),
            ("2", "7"),
            ("837", "0001", "005010X222A1"),
            ("3", "0001"),
            ("837", "12345", "005010X222A1"),
            ("3", "12345"),
            ("2", "8"),
            ("2", "000000101"),
        ]  # fmt: skip

    def test_a_group_number_has_no_leading_zeros(self) -> None:
        def build(out: X12Writer) -> None:
            out.interchange("A", "B", NOON, 1, usage="P", acknowledgment=True)
            out.group("HC", "A", "B", NOON, "0000", version="005010X222A1")
            out.finish()

        text = written(build)
        assert "*1200*0*X*005010X222A1~GE*0*0~" in text
        assert "*000000001*1*P*:~" in text

    @pytest.mark.parametrize(
        ("changes", "field", "message"),
        [
            ({"control_number": 0}, None, ""),
            ({"control_number": "0123456789"}, "control_number", "control_number must be 1 to 9 digits, got a string of 10 characters"),
            ({"control_number": ""}, "control_number", "control_number must be 1 to 9 digits, got an empty string"),
            ({"control_number": -5}, "control_number", "control_number must be 1 to 9 digits, got -5"),
            ({"control_number": True}, "control_number", "control_number must be 1 to 9 digits, got True"),
            ({"usage": "X"}, "usage", "usage must be 'P' (production) or 'T' (test), got a string of 1 character"),
            ({"sender": "A" * 16}, "sender", "sender must have at most 15 characters in an X12 file, got 16"),
            ({"sender": ""}, "sender", "sender must not be empty in an X12 file"),
            ({"receiver": "A:B"}, "receiver", "receiver cannot be written to X12: character 2 (':' is reserved as a delimiter)"),
            ({"sender_qualifier": "99"}, "sender_qualifier", "sender_qualifier must be 01, 14, 20, 27, 28, 29, 30, 33, or ZZ, got '99'"),
            ({"receiver_qualifier": "1"}, "receiver_qualifier", "receiver_qualifier must be 01, 14, 20, 27, 28, 29, 30, 33, or ZZ, got '1'"),
        ],
    )  # fmt: skip
    def test_an_envelope_value_that_isa_cannot_have_is_refused(
        self, changes: dict[str, Any], field: str | None, message: str
    ) -> None:
        given: dict[str, Any] = {
            "sender": "A",
            "receiver": "B",
            "control_number": 1,
            "usage": "T",
        } | changes
        writer = X12Writer()
        if field is None:
            writer.interchange(created=NOON, **given)
            return
        error = refused(lambda: writer.interchange(created=NOON, **given))
        assert (str(error), error.field) == (message, field)

    def test_every_qualifier_is_written(self) -> None:
        for qualifier in ID_QUALIFIERS:
            writer = X12Writer(newline=False)
            both: Any = {"sender_qualifier": qualifier, "receiver_qualifier": qualifier}
            writer.interchange("A", "B", NOON, 1, usage="T", **both)
            text = writer.text()
            assert len(text) == 106
            assert text.count(f"*{qualifier}*") >= 2

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("A*B", "cannot be written to X12: character 2 ('*' is reserved as a delimiter)"),
            ("A|B", "cannot be written to X12: character 2 ('|' is reserved as a delimiter)"),
            ("JOSÉ", "cannot be written to X12: character 4 (U+00C9 is not an ASCII character)"),
            (" A", "must not start or end with a space in an X12 file"),
            ("A ", "must not start or end with a space in an X12 file"),
            ("ABCDEF", "must have at most 5 characters in an X12 file, got 6"),
            ("", "must not be empty in an X12 file"),
            (7, "must be a string, got 7"),
        ],
    )
    def test_a_value_that_cannot_be_written_is_refused_by_its_field(
        self,
        value: Any,  # noqa: ANN401 - a wrong type on purpose
        reason: str,
    ) -> None:
        writer = X12Writer(Delimiters(element="|"))
        error = refused(lambda: writer.value(value, "claims[0].name", 5))
        assert (str(error), error.field) == (f"claims[0].name {reason}", "claims[0].name")

    def test_an_empty_value_may_be_allowed(self) -> None:
        assert require_value("", "name", 5, empty=True) == ""

    def test_a_segment_with_a_delimiter_in_a_value_is_refused(self) -> None:
        writer = X12Writer()
        assert refused(lambda: writer.add("NM1", "85", ("A", "B:C"))).field == "NM102"
        assert writer.text() == ""

    @pytest.mark.parametrize(
        ("marks", "field"),
        [
            (Delimiters(segment="\n"), "delimiters.segment"),
            (Delimiters(repetition=""), "delimiters.repetition"),
            # Amounts and ranges of dates need these two.
            (Delimiters(element="."), "delimiters.element"),
            (Delimiters(component="-"), "delimiters.component"),
        ],
    )
    def test_delimiters_that_only_files_of_others_have_are_not_written(
        self, marks: Delimiters, field: str
    ) -> None:
        assert refused(lambda: X12Writer(marks)).field == field


MARKS = re.sub(r"[\w\s.-]", "", string.punctuation) + "\x1c\x1d\x1e\x1f"


@st.composite
def _files(draw: st.DrawFn) -> tuple[Delimiters, list[tuple[str, list[Any]]]]:
    marks = Delimiters(*draw(st.permutations(MARKS).map(lambda each: each[:4])))
    letters = [char for char in map(chr, range(33, 127)) if character_fault(char, marks) is None]
    value = st.text(st.sampled_from(letters), min_size=1, max_size=8)
    element = value | st.lists(value | st.just(""), min_size=2, max_size=4).filter(
        lambda parts: parts[-1] != ""
    )
    name = st.from_regex("[A-Z][A-Z0-9]{1,2}", fullmatch=True).filter(
        lambda each: each not in ("ISA", "IEA", "GS", "GE", "ST", "SE")
    )
    body = st.lists(
        st.tuples(
            name,
            st.lists(element | st.just(""), max_size=6).filter(lambda each: each[-1:] != [""]),
        ),
        max_size=6,
    )
    return marks, draw(body)


@settings(max_examples=60)
@given(_files(), st.booleans(), st.booleans())
def test_segments_read_back_as_they_were_written(
    file: tuple[Delimiters, list[tuple[str, list[Any]]]],
    newline: bool,  # noqa: FBT001 - Hypothesis draws it
    as_bytes: bool,  # noqa: FBT001 - Hypothesis draws it
) -> None:
    marks, body = file
    writer = X12Writer(marks, newline=newline)
    writer.interchange("A", "B", NOON, 1, usage="T")
    writer.group("HC", "A", "B", NOON, 1, version="005010X222A1")
    writer.transaction("837", 1)
    for name, elements in body:
        writer.add(name, *elements)
    writer.finish()
    text = writer.text()
    found, wrong = read(text.encode() if as_bytes else text)
    assert wrong == ()
    assert found[0].delimiters == marks
    assert [segment.name for segment in found[3:-3]] == [name for name, _ in body]
    for segment, (_, elements) in zip(found[3:-3], body, strict=True):
        for number, element in enumerate(elements, start=1):
            if isinstance(element, str):
                assert segment[number] == element
            else:
                assert segment.components(number) == tuple(element)
