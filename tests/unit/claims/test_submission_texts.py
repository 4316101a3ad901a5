"""Every record and every text of a submission is found at its path."""

from __future__ import annotations

import attrs

from tests.submissions import every_field
from therapy_billing.claims import Coverage, SegmentRemark, Submission
from therapy_billing.claims.submission_texts import walk_records, walk_texts


def value_at(record: object, path: str) -> object:
    """Return the value at *path* of a record."""
    for part in filter(None, path.split(".")):
        name, _, index = part.rstrip("]").partition("[")
        record = getattr(record, name)
        if index:
            assert isinstance(record, tuple)
            record = record[int(index)]
    return record


def test_every_path_leads_to_its_value() -> None:
    submission = every_field()
    texts = list(walk_texts(submission))
    assert [value_at(submission, path) for path, _, _ in texts] == [text for _, text, _ in texts]
    records = list(walk_records(submission))
    assert [value_at(submission, path) for path, _ in records] == [each for _, each in records]


def test_every_text_is_found_once_with_its_most_characters() -> None:
    texts = {path: most for path, _, most in walk_texts(every_field())}
    assert len(texts) == len(list(walk_texts(every_field())))
    assert texts["reference"] == 30
    assert texts["claims[0].header.diagnoses[11]"] == 7
    assert texts["claims[0].parties.prior_payments[1].subscriber.name.last"] == 60
    assert texts["claims[0].lines[0].payments[0].adjustments[6].reason"] == 5
    assert texts["submitter.contact.email"] == 256


def test_a_path_continues_the_given_one() -> None:
    assert list(walk_texts(Coverage(payer_id="15202"), "coverage")) == [
        ("coverage.payer_id", "15202", 80),
        ("coverage.payer_id_kind", "PI", 2),
    ]


def test_the_librarys_name_of_the_payer_is_not_a_text_of_the_claim() -> None:
    assert [path for path, _, _ in walk_texts(Coverage(payer="medicare"))] == ["payer_id_kind"]


def test_an_empty_submission_has_only_its_codes() -> None:
    assert [(path, text) for path, text, _ in walk_texts(Submission())] == [
        ("purpose", "00"),
        ("use", "CH"),
    ]
    assert [path for path, _ in walk_records(Submission())] == [""]


def test_a_remark_says_where_it_is_in_a_file() -> None:
    remark = SegmentRemark("total", 18, "CLM", "the total is not the sum of the lines")
    assert attrs.astuple(remark) == ("total", 18, "CLM", "the total is not the sum of the lines")
