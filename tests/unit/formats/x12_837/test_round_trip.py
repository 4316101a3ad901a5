"""A submission that is written reads back equal, and a file that is read loses nothing without a remark."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.submissions import CREATED, EXAMPLES, every_field, medicare_primary
from therapy_billing.base.errors import FileFormatError, InvalidInputError
from therapy_billing.base.x12 import Delimiters
from therapy_billing.checks import SUBMISSION_CHECKS
from therapy_billing.claims import Organization, Submission
from therapy_billing.formats import parse_837p, write_837p

OTHER = Delimiters("|", ">", "!", "\\")


def written(submission: Submission, **options: Any) -> str:  # noqa: ANN401 - any option
    return write_837p(
        submission,
        control_number=101,
        created=CREATED,
        usage="T",
        sender_id="CLINIC01",
        receiver_id="CH01",
        **options,
    )


@pytest.mark.parametrize("build", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("delimiters", [None, OTHER], ids=["usual", "other"])
def test_an_example_reads_back_equal(
    build: Callable[[], Submission], delimiters: Delimiters | None
) -> None:
    read = parse_837p(written(build(), delimiters=delimiters), names=True)
    assert read.submissions == (build(),)
    assert read.remarks == ()


@pytest.mark.parametrize("build", EXAMPLES.values(), ids=EXAMPLES)
def test_what_was_read_is_written_as_the_same_text(build: Callable[[], Submission]) -> None:
    text = written(build())
    assert written(parse_837p(text, names=True).submissions[0]) == text


_STRUCTURE = frozenset(
    # Without these, there is no claim, or its parts have no segment.
    {
        *("submitter", "receiver", "claims", "reference", "billing_provider", "coverage"),
        *("subscriber", "account", "place_of_service", "frequency", "lines", "code", "units"),
        *("charge", "date_of_service", "paid", "group", "reason", "amount", "id", "tax_id_kind"),
        *("payer_id", "payer_id_kind", "city", "header", "parties", "last", "causes", "tax_id"),
    }
)


def _partial(record: Any, draw: random.Random) -> Any:  # noqa: ANN401 - any record
    """Return a record with some of the values of *record*, and with other amounts and dates."""
    changes: dict[str, Any] = {}
    for field in attrs.fields(type(record)):
        value = getattr(record, field.name)
        if attrs.has(type(value)):
            value = _partial(value, draw)
        elif isinstance(value, tuple) and value and attrs.has(type(value[0])):
            value = tuple(_partial(each, draw) for each in value)
        elif isinstance(value, Decimal) and field.name != "units":
            value = Decimal(draw.randrange(10_000_000)) / 100
        elif isinstance(value, date) and field.name != "through":
            value = date(1900, 1, 1) + timedelta(days=draw.randrange(70_000))
        is_kept = field.name in _STRUCTURE or type(record) is Organization
        if not is_kept and draw.random() < 0.3:
            value = () if isinstance(value, tuple) else None
        changes[field.name] = value
    return attrs.evolve(record, **changes)


@pytest.mark.parametrize("seed", range(40))
def test_any_part_of_a_submission_reads_back_equal(seed: int) -> None:
    submission: Submission = _partial(every_field(), random.Random(seed))
    if submission.claims[0].parties.patient is None:
        # Without a patient, the subscriber is the patient.
        submission = _with_relationship(submission, "18")
    read = parse_837p(written(submission, without=SUBMISSION_CHECKS), names=True)
    assert read.submissions == (submission,)
    assert read.remarks == ()


def _with_relationship(submission: Submission, relationship: str) -> Submission:
    claim = submission.claims[0]
    coverage = claim.parties.coverage
    assert coverage is not None
    parties = attrs.evolve(
        claim.parties, coverage=attrs.evolve(coverage, relationship=relationship)
    )
    return attrs.evolve(submission, claims=(attrs.evolve(claim, parties=parties),))


VALUES = (
    *("", "X", "1:2", "A:B:C:D:E:F:G:H:I", "-1", "1e5", "99999999", "20260230", "RD8", "ABK:"),
    *("ABK:X:Y", "\u00b2", "\u00e9", "\x07", "1" * 25, "18", "HC:97110:GP::59", "2", "1", "0"),
)


def _damaged(text: str, draw: random.Random) -> str:
    """Return a file with a few segments removed, repeated, moved, or changed."""
    segments = text.replace("~\n", "~").split("~")
    for _ in range(draw.randint(1, 4)):
        index = draw.randrange(3, len(segments) - 4)
        other = draw.randrange(3, len(segments) - 4)
        match draw.randrange(5):
            case 0:
                del segments[index]
            case 1:
                segments.insert(index, segments[other])
            case 2:
                segments[index], segments[other] = segments[other], segments[index]
            case 3:
                elements = segments[index].split("*")
                elements[draw.randrange(len(elements))] = draw.choice(VALUES)
                segments[index] = "*".join(elements)
            case _:
                segments[index] += "*" + draw.choice(VALUES)
    return "~".join(segments)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_or_refused_and_never_anything_else(seed: int) -> None:
    draw = random.Random(seed)
    texts = [written(build()) for build in EXAMPLES.values()]
    outcomes: Counter[str] = Counter()
    for _ in range(100):
        try:
            read = parse_837p(_damaged(draw.choice(texts), draw), names=draw.random() < 0.5)
        except FileFormatError:
            outcomes["refused"] += 1
        else:
            outcomes["remarks" if read.remarks else "clean"] += 1
    assert outcomes["remarks"] > 80


@pytest.mark.parametrize("seed", range(4))
def test_a_segment_with_a_value_that_is_not_read_has_a_remark(seed: int) -> None:
    draw = random.Random(seed)
    text = written(medicare_primary())
    segments = text.replace("~\n", "~").split("~")
    tried = 0
    for index in range(4, len(segments) - 4):
        elements = segments[index].split("*")
        place = draw.randrange(1, len(elements) + 2)
        elements += [""] * (place + 1 - len(elements))
        if elements[0] == "HL" or (elements[0], place) in (("BHT", 4), ("BHT", 5)):
            continue
        elements[place] = "QQ"
        changed = "~".join([*segments[:index], "*".join(elements), *segments[index + 1 :]])
        read = parse_837p(changed, names=True)
        if read.remarks:
            continue
        tried += 1
        try:
            again = written(read.submissions[0], without=SUBMISSION_CHECKS)
        except InvalidInputError:
            continue
        assert again.replace("~\n", "~") == changed
    assert tried > 5
