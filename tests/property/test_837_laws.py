"""Laws of reading and writing 837P files: what is written reads back equal, and nothing is altered or shown."""

from __future__ import annotations

import itertools
import logging
import string
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.claim_fields import MARKER, filled, with_value
from tests.random_submissions import submissions
from tests.submissions import CREATED, EXAMPLES, every_field
from tests.x12_faults import BASES, base_file
from tests.x12_validators import pyx12_errors, x12sdk_dropped, x12sdk_errors
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.x12 import RESERVED, Delimiters
from therapy_billing.checks import SubmissionError, check_submission
from therapy_billing.claims import Submission
from therapy_billing.claims.submission_texts import walk_texts
from therapy_billing.findings import Findings, Severity
from therapy_billing.formats import parse_837p, write_837p

ACCENT = "\N{LATIN CAPITAL LETTER E WITH ACUTE}"
MARKS = "".join(sorted(set(string.punctuation) - set("*:^~>`")))
"""Characters that may be delimiters, besides those that no value may contain."""
OTHER = Delimiters("|", "!", "%", "\\")


def written(
    submission: Submission, delimiters: Delimiters | None = None, *, newline: bool = True
) -> str:
    """Return *submission* as a test file with the control number 1."""
    return write_837p(
        submission,
        control_number=1,
        created=CREATED,
        usage="T",
        sender_id="SENDER",
        receiver_id="RECEIVER",
        delimiters=delimiters or Delimiters(),
        newline=newline,
    )


def denials(findings: Findings) -> list[str]:
    return [each.path for each in findings if each.severity is Severity.DENY]


class TestReadingBack:
    """A submission that passes the checks is written, and it reads back equal, field by field."""

    @given(submissions())
    @settings(max_examples=80, deadline=None)
    def test_what_is_written_reads_back_equal(self, submission: Submission) -> None:
        assert denials(check_submission(submission, filed_on=CREATED.date())) == []
        read = parse_837p(written(submission), names=True)
        assert read.submissions == (submission,)
        assert read.remarks == ()

    @given(st.sampled_from(sorted(EXAMPLES)), st.booleans())
    @settings(deadline=None)
    def test_line_breaks_change_nothing_that_is_read(self, name: str, newline: bool) -> None:  # noqa: FBT001 - drawn
        submission = EXAMPLES[name]()
        read = parse_837p(written(submission, newline=newline), names=True)
        assert read.submissions == (submission,)

    @given(submissions())
    @settings(max_examples=25, deadline=None)
    def test_the_same_submission_gives_the_same_file(self, submission: Submission) -> None:
        assert written(submission) == written(submission)

    @given(st.permutations(MARKS).map(lambda marks: Delimiters(*marks[:4])))
    @settings(max_examples=50, deadline=None)
    def test_any_delimiters_read_back_equal(self, delimiters: Delimiters) -> None:
        submission = EXAMPLES["medicare_primary"]()
        texts = [text for _, text, _ in walk_texts(submission)]
        taken = [mark for mark in str(delimiters) if mark in ".-" or mark in "".join(texts)]
        if taken:
            with pytest.raises(InvalidInputError):
                written(submission, delimiters)
        else:
            read = parse_837p(written(submission, delimiters), names=True)
            assert read.submissions == (submission,)

    @given(submissions())
    @settings(max_examples=40, deadline=None)
    def test_without_names_no_patient_is_read(self, submission: Submission) -> None:
        read = parse_837p(written(submission)).submissions[0]
        for claim in read.claims:
            subscriber, patient = claim.parties.subscriber, claim.parties.patient
            assert subscriber is None or list(walk_texts(subscriber)) == []
            assert patient is None or list(walk_texts(patient)) == []
            assert subscriber is None or subscriber.birth_date is None
            assert patient is None or patient.birth_date is None


class TestValidators:
    """Two independent validators accept what is written, and one of them writes the same segments again."""

    @given(submissions())
    @settings(max_examples=25, deadline=None)
    def test_both_validators_accept_what_is_written(self, submission: Submission) -> None:
        text = written(submission)
        assert pyx12_errors(text) == []
        assert x12sdk_errors(text) == []
        assert x12sdk_dropped(text) == []


class TestRefusals:
    """A value that a file cannot carry is refused with its exact path. It is never altered."""

    TEXTS = tuple(walk_texts(every_field()))

    @pytest.mark.parametrize(("path", "text", "most"), TEXTS, ids=[path for path, _, _ in TEXTS])
    def test_a_text_that_a_file_cannot_carry_is_refused_by_path(
        self, path: str, text: str, most: int
    ) -> None:
        # Each text has one of the reserved characters, so that all of them have their turn.
        mark = RESERVED[len(path) % len(RESERVED)]
        faults = (mark + text[1:], text[:-1] + ACCENT, f"{text} ", "9" * (most + 1))
        for fault in faults:
            with pytest.raises(SubmissionError) as caught:
                written(with_value(every_field(), path, fault))
            assert path in denials(caught.value.findings)

    @pytest.mark.parametrize(("path", "text", "most"), TEXTS, ids=[path for path, _, _ in TEXTS])
    def test_a_text_with_a_delimiter_of_the_file_is_refused_by_path(
        self, path: str, text: str, most: int
    ) -> None:
        changed = every_field()
        # A payment of a line names its payer with the same identifier as the coverage.
        same = [each for each, value, _ in self.TEXTS if value == text and "payer_id" in each]
        for each in {path, *same}:
            changed = with_value(changed, each, "|" + text[1:])
        with pytest.raises(InvalidInputError) as caught:
            written(changed, OTHER)
        findings = getattr(caught.value, "findings", None)
        refused = {caught.value.field, *(denials(findings) if findings is not None else ())}
        assert refused & {path, *same}
        assert most >= 1


class _Kept(logging.Handler):
    """Keep what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@pytest.fixture
def logged() -> Iterator[list[str]]:
    handler = _Kept()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler.texts
    root.removeHandler(handler)


def shown(error: BaseException) -> str:
    """Return all that an error and its causes show."""
    texts = []
    each: BaseException | None = error
    while each is not None:
        texts += [str(each), repr(each), *getattr(each, "__notes__", ())]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "\n".join(texts)


def displays(findings: Findings) -> str:
    """Return the findings in every form in which they are shown."""
    texts = [repr(findings), str(findings), findings._repr_html_(), str(findings.to_dict())]
    return "\n".join([*texts, *map(repr, findings), *map(str, findings)])


class TestPrivacy:
    """No message, display, repr, or log record shows a value of a party."""

    def test_a_filled_submission_is_never_shown(self, logged: list[str]) -> None:
        submission = filled(Submission, itertools.count())
        with pytest.raises(SubmissionError) as caught:
            written(submission)
        findings = check_submission(submission, filed_on=date(2026, 4, 15))
        texts = (
            repr(submission),
            str(submission),
            displays(findings),
            shown(caught.value),
            displays(caught.value.findings),
        )
        assert [text for text in texts if MARKER in text] == []
        assert logged == []

    def test_a_refused_text_is_never_shown(self, logged: list[str]) -> None:
        submission = every_field()
        for path, _, most in walk_texts(submission):
            for fault in ("^", " ", "9" * (most + 1)):
                with pytest.raises(InvalidInputError) as caught:
                    written(
                        with_value(submission, path, MARKER + fault),
                        OTHER,
                    )
                assert MARKER not in shown(caught.value)
        assert logged == []

    @pytest.mark.parametrize("base", BASES)
    def test_a_reader_never_shows_an_element(self, base: str, logged: list[str]) -> None:
        segments = base_file(base).split("~\n")[:-1]
        for place, segment in enumerate(segments):
            elements = segment.split("*")
            for number in range(1, len(elements)):
                changed = "*".join([*elements[:number], MARKER + "1", *elements[number + 1 :]])
                text = "~\n".join([*segments[:place], changed, *segments[place + 1 :], ""])
                assert MARKER not in "".join(all_shown(text))
        assert logged == []


def all_shown(text: str) -> Iterator[str]:
    """Yield all that reading and checking the file *text* shows."""
    try:
        read = parse_837p(text, names=True)
    except FileFormatError as error:
        yield shown(error)
        return
    yield repr(read)
    yield "".join(remark.message for remark in read.remarks)
    for submission in read.submissions:
        yield displays(check_submission(submission, remarks=read.remarks))
