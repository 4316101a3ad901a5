"""
Split X12 files into segments, and check their envelopes.

A file is read in blocks, so its size does not matter. Each ISA segment sets the delimiters of its interchange. A file
that is not X12, or has no usable ISA, raises an error. Everything else that is wrong becomes a fault, and reading goes
on: remittances with wrong counts or without a GS segment are common.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TypeAlias

from therapy_billing.base.archives import GZIP, OLD_EXCEL, ZIP
from therapy_billing.base.errors import MAX_ERRORS, FileFormatError, InvalidInputError
from therapy_billing.base.file_kinds import foreign_kind
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.validation import require_path
from therapy_billing.base.wording import counted
from therapy_billing.base.x12 import SEGMENT_NAME, Delimiters, Segment, X12Fault, shown_segment
from therapy_billing.base.x12_envelope import opening_faults

__all__ = ["LONGEST_SEGMENT", "SegmentReader", "X12Source"]

X12Source: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes] | IO[str]"

LONGEST_SEGMENT = 65_536
"""The longest segment that is read, in characters. A file without terminators is refused because of it."""

_BLOCK = 65_536
_ISA_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_ISA_LENGTH = 105
"""The length of an ISA segment without its terminator."""
_ISA_SOURCE = 120
"""How much text is looked at for an ISA segment. It may be wrapped."""
_TEXT = re.compile(r"\s*\ufeff?\s*(ISA|GS|ST)[^\w.\\/ -]|.*[\r\n]", re.DOTALL)
"""A string that is the text of a file, and not a path."""
# Null bytes and Ctrl-Z pad files of mainframes and DOS. Bytes are decoded as latin-1 first, so a BOM has three characters.
_BLANKS = re.compile("(?:[ \t\r\n\v\f\0\x1a\ufeff]|\xef\xbb\xbf)+")
_MAY_BE_BLANK = " \t\r\n\v\f\0\x1a\ufeff\xef"
_LOOK_AHEAD = 4
_LINE_BREAKS = re.compile("[\r\n]+")
_CONTROL = {*range(32), *range(127, 160)}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_FEWEST_SEPARATORS = 2


class SegmentReader:
    r"""
    Iterate over the segments of an X12 file, once.

    After the last segment, :attr:`faults` has everything that is wrong with the envelopes and the syntax. An element
    is kept as it is written. Text that is not UTF-8 is read as Windows-1252, and is a fault.

    Args:
        source: The path of a file, an open file, or bytes. A string is always a path. For text, use
            ``io.StringIO(text)``.

    Raises:
        FileFormatError: While iterating, if it is not X12, if an ISA segment cannot be used, or if a segment has no
            terminator or is longer than 65,536 characters.
        InvalidInputError: If *source* is none of these, or a string that is X12 text.
        OSError: If the file cannot be opened.

    >>> from therapy_billing.base.x12_writing import X12Writer
    >>> from datetime import datetime
    >>> writer = X12Writer()
    >>> writer.interchange("CLINIC01", "PAYER01", datetime(2026, 3, 15, 12, 0), 101, usage="T")
    >>> writer.finish()
    >>> reader = SegmentReader(io.StringIO(writer.text()))
    >>> [segment.name for segment in reader], reader.faults
    (['ISA', 'IEA'], ())
    """

    def __init__(self, source: X12Source) -> None:
        self.name: str = _name_of(source)
        """The file, as the caller gave it. Errors name it."""
        self._log = _Log()
        self._segments = self._read(source)

    def __iter__(self) -> Iterator[Segment]:
        return self._segments

    @property
    def faults(self) -> tuple[X12Fault, ...]:
        """The faults found so far. After the first 1,000, a last fault gives the number of the others."""
        return self._log.listed()

    def add_fault(self, segment: Segment, element: int, message: str) -> None:
        """Add a fault of *segment*. Use this for the rules of a transaction."""
        self._log.add(segment, element, message)

    def _error(self, reason: str) -> FileFormatError:
        return FileFormatError(reason, self.name)

    def _read(self, source: X12Source) -> Iterator[Segment]:
        envelope = _Envelope(self._log)
        for segment in self._split(source):
            envelope.check(segment)
            yield segment
        envelope.end()

    def _split(self, source: X12Source) -> Iterator[Segment]:
        text, log = _Text(source), self._log
        if not text.at_isa():
            raise self._error(_not_x12(text.rest()))
        while text.at_isa():
            delimiters = self._read_isa(text)
            log.position += 1
            elements = tuple(text.isa.split(delimiters.element)[1:])
            isa = Segment("ISA", elements, log.position, delimiters)
            if text.isa_wrapped:
                log.add(isa, 0, "had a line break, which was removed")
            yield isa
            yield from self._split_interchange(text, delimiters)

    def _split_interchange(self, text: _Text, delimiters: Delimiters) -> Iterator[Segment]:
        """Yield the segments up to the next ISA segment or the end."""
        log = self._log
        syntax = _Syntax(log, delimiters, is_bytes=text.is_bytes)
        isa = log.position
        while not text.at_isa():
            found = text.until(delimiters.segment)
            if found is None:
                break
            if not found.strip(" \r\n"):
                log.add(
                    _blank(log.position + 1), 0, "blank segment; a terminator follows another one"
                )
            else:
                yield syntax.segment(found)
        else:
            return
        rest = text.rest()
        if len(rest) > LONGEST_SEGMENT or (rest and log.position == isa):
            mark = delimiters.segment
            shown = repr(mark) if mark.isprintable() else f"U+{ord(mark):04X}"
            msg = f"segment {log.position + 1} has no terminator {shown}, the last character of ISA"
            raise self._error(msg)
        name = rest.partition(delimiters.element)[0]
        if name == "IEA":
            segment = syntax.segment(rest)
            log.add(segment, 0, "has no terminator")
            yield segment
        elif rest:
            # Half an amount is a wrong amount, so a segment that may be cut short is not used.
            log.position += 1
            cut = Segment(name, (), log.position, delimiters)
            log.add(cut, 0, "was not used, because the file ends inside it")

    def _read_isa(self, text: _Text) -> Delimiters:
        """Read an ISA segment, which has a fixed width, and return the delimiters that it sets."""
        where = f"segment {self._log.position + 1}, ISA"
        head = text.read_isa()
        element = head[3:4]
        parts = head.split(element) if element else [head]
        last = len(parts) - 1
        for number, width in enumerate(_ISA_WIDTHS, start=1):
            if number >= last and len(head) < _ISA_LENGTH:
                break
            if number > last or len(parts[number]) != width:
                plural = "" if width == 1 else "s"
                msg = f"{where}{number:02} must have {width} character{plural}: fill it up with spaces"
                raise self._error(msg)
        if not text.terminator:
            msg = f"{where} must have 106 characters with its terminator, but the file ends after {len(head)}"
            raise self._error(msg)
        repetition = parts[11]
        if repetition.isalnum() or repetition == " ":
            # Versions before 00402 have a U here, and repeat no elements.
            repetition = ""
        try:
            delimiters = Delimiters(element, parts[16], repetition, text.terminator)
        except InvalidInputError as error:
            msg = f"{where}: the {error.field} delimiter {str(error).partition(' ')[2]}"
            raise self._error(msg) from None
        if delimiters.segment in "\r\n" and text.next_line().endswith(delimiters.component):
            msg = f"{where}16 must be the component separator, but the terminator is there"
            raise self._error(msg)
        return delimiters


class _Log:
    """The position in the file, and the faults found so far."""

    def __init__(self) -> None:
        self.position = 0
        self._faults: list[X12Fault] = []
        self._count = 0

    def add(self, segment: Segment, element: int, message: str) -> None:
        self._count += 1
        if len(self._faults) < MAX_ERRORS:
            # Text that is not a segment name may be a person's name.
            name = shown_segment(segment.name)
            self._faults.append(X12Fault(segment.position, name, element, message))

    def listed(self) -> tuple[X12Fault, ...]:
        rest = self._count - len(self._faults)
        if not rest:
            return tuple(self._faults)
        verb = "fault is" if rest == 1 else "faults are"
        more = X12Fault(self.position, "", 0, f"{rest:,} more {verb} not listed")
        return (*self._faults, more)


class _Syntax:
    """Turn the text between two terminators into a segment, and report what is wrong with it."""

    def __init__(self, log: _Log, delimiters: Delimiters, *, is_bytes: bool) -> None:
        self._log = log
        self._delimiters = delimiters
        self._is_bytes = is_bytes
        controls = "".join(map(chr, sorted(_CONTROL - set(map(ord, str(delimiters))))))
        self._control = re.compile(f"[{re.escape(controls)}]")
        self._empty_component = re.compile(
            f"{re.escape(delimiters.component)}(?:{re.escape(delimiters.element)}|$)"
        )

    def segment(self, text: str) -> Segment:
        """Return the segment that *text* is, and report what is wrong with it."""
        delimiters, log = self._delimiters, self._log
        if delimiters.segment == "\n":
            text = text.removesuffix("\r")
        faults = []
        if "\n" in text or "\r" in text:
            text = _LINE_BREAKS.sub("", text)
            faults.append("had a line break, which was removed; is a terminator missing?")
        if self._is_bytes and not text.isascii():
            text, is_utf_8 = _decoded(text)
            if not is_utf_8:
                faults.append("is not UTF-8, and was read as Windows-1252")
        name, *elements = text.split(delimiters.element)
        log.position += 1
        segment = Segment(name, tuple(elements), log.position, delimiters)
        if not SEGMENT_NAME.fullmatch(name):
            faults.append("does not start with a segment name; is the terminator wrong?")
        for message in faults:
            log.add(segment, 0, message)
        self._check_elements(segment, text)
        return segment

    def _check_elements(self, segment: Segment, text: str) -> None:
        elements, component = segment.elements, self._delimiters.component
        if elements and not elements[-1]:
            message = "is empty at the end of the segment; leave it out"
            self._log.add(segment, len(elements), message)
        # Two searches of the whole segment are faster than one search of each element.
        if self._empty_component.search(text):
            for number, element in enumerate(elements, start=1):
                if element.endswith(component):
                    self._log.add(segment, number, "ends with an empty component; leave it out")
        if self._control.search(text):
            for number, element in enumerate(elements, start=1):
                if self._control.search(element):
                    self._log.add(segment, number, "has a control character")


class _Level:
    """An open interchange, group, or transaction: its control number, and how much it contains."""

    def __init__(self, opening: Segment, control: str) -> None:
        self.opening = opening
        self.control = control
        self.count = 0


_LEVELS = {
    # The end of each level, the element of its control number, and what it counts.
    "ISA": ("IEA", 13, "group"),
    "GS": ("GE", 6, "transaction"),
    "ST": ("SE", 2, "segment"),
}
_ENDS = {end: start for start, (end, _, _) in _LEVELS.items()}
_ORDER = tuple(_LEVELS)


class _Envelope:
    """Check that interchanges, groups, and transactions are opened, closed, counted, and numbered correctly."""

    def __init__(self, log: _Log) -> None:
        self._log = log
        self._open: dict[str, _Level] = {}
        self._last = _blank(0)
        self._outside = False

    def check(self, segment: Segment) -> None:
        name = segment.name
        transaction = self._open.get("ST")
        if transaction is not None and name not in ("ISA", "GS", "ST", "GE", "IEA"):
            transaction.count += 1
        if name in _LEVELS:
            self._start(segment)
        elif name in _ENDS:
            self._end(segment, _ENDS[name])
        elif transaction is None:
            self._check_outside(segment)
        if name in _LEVELS or name in _ENDS:
            self._outside = False
        self._last = segment

    def end(self) -> None:
        """Report what is still open at the end of the file."""
        self._close(self._last, "ISA", "the file ends")

    def _start(self, segment: Segment) -> None:
        name = segment.name
        self._close(segment, name, f"{name} starts")
        index = _ORDER.index(name)
        outer = None
        if index:
            outer = self._open.get(_ORDER[index - 1])
            if outer is None:
                self._log.add(segment, 0, f"{_ORDER[index - 1]} is missing before it")
            else:
                outer.count += 1
        for element, message in opening_faults(segment, outer.opening if outer else None):
            self._log.add(segment, element, message)
        level = _Level(segment, segment[_LEVELS[name][1]])
        level.count = int(name == "ST")
        self._open[name] = level

    def _close(self, segment: Segment, name: str, event: str) -> None:
        """Report the levels from *name* inward that are still open, and close them."""
        for inner in reversed(_ORDER[_ORDER.index(name) :]):
            if self._open.pop(inner, None) is not None:
                end = _LEVELS[inner][0]
                self._log.add(segment, 0, f"{end} is missing before {event}")

    def _end(self, segment: Segment, name: str) -> None:
        index = _ORDER.index(name)
        for inner in _ORDER[index + 1 : index + 2]:
            self._close(segment, inner, f"{segment.name} follows")
        level = self._open.pop(name, None)
        if level is None:
            self._log.add(segment, 0, f"{name} is missing before it")
            return
        element, what = _LEVELS[name][1:]
        given = segment[1]
        # Python refuses to convert thousands of digits to an int.
        if (given.lstrip("0") or given[:1]) != str(level.count):
            are = "is" if level.count == 1 else "are"
            # Text in the wrong element may be a name.
            is_number = not given or given.isdigit()
            shown = safe_repr(given) if is_number else "text instead of a number"
            self._log.add(segment, 1, f"says {shown}, but there {are} {counted(level.count, what)}")
        if segment[2] != level.control:
            self._log.add(segment, 2, f"differs from {name}{element:02}")

    def _check_outside(self, segment: Segment) -> None:
        if segment.name == "TA1" and "ISA" in self._open and "GS" not in self._open:
            return
        if not self._outside:
            self._log.add(segment, 0, "is outside a transaction (ST to SE)")
        self._outside = True


class _Text:
    """Text that is read block by block. Bytes are read as latin-1, which decodes any byte, and decoded later."""

    def __init__(self, source: X12Source) -> None:
        self.is_bytes = False
        self.isa = ""
        self.isa_wrapped = False
        self.terminator = ""
        self._blocks = self._read_blocks(source)
        self._text = ""
        self._at = 0

    def _read_blocks(self, source: X12Source) -> Iterator[str]:
        if isinstance(source, bytes):
            source = io.BytesIO(source)
        if isinstance(source, str | os.PathLike):
            with Path(require_path(source, "source")).open("rb") as file:
                yield from self._blocks_of(file)
        else:
            yield from self._blocks_of(source)

    def _blocks_of(self, file: IO[bytes] | IO[str]) -> Iterator[str]:
        while block := file.read(_BLOCK):
            if isinstance(block, bytes):
                self.is_bytes = True
                yield block.decode("latin-1")
            else:
                yield block

    def _fill(self, length: int) -> bool:
        """Read on until *length* characters are there. Return whether the text has that many."""
        while len(self._text) - self._at < length:
            block = next(self._blocks, "")
            if not block:
                return False
            self._text, self._at = self._text[self._at :] + block, 0
        return True

    def at_isa(self) -> bool:
        """Skip blanks. Return whether an ISA segment follows."""
        while True:
            self._fill(_LOOK_AHEAD)
            text, at = self._text, self._at
            if text[at : at + 1] not in _MAY_BE_BLANK:
                break
            match = _BLANKS.match(text, at)
            if match is None:
                break
            self._at = match.end()
        return text.startswith("ISA", at) and not text[at + 3 : at + 4].isalnum()

    def read_isa(self) -> str:
        """Read an ISA segment and its terminator. Return the segment without line breaks and terminator."""
        self._fill(_ISA_SOURCE)
        self.terminator, self.isa_wrapped = "", False
        taken: list[str] = []
        for char in self._text[self._at : self._at + _ISA_SOURCE]:
            self._at += 1
            if len(taken) == _ISA_LENGTH:
                self.terminator = char
                break
            if char in "\r\n":
                self.isa_wrapped = True
            else:
                taken.append(char)
        self.isa = "".join(taken)
        return self.isa

    def next_line(self) -> str:
        """Return the text up to the next line break, without reading it."""
        self._fill(_BLOCK)
        lines = self._text[self._at : self._at + _BLOCK].split(maxsplit=1)
        return lines[0] if lines else ""

    def until(self, terminator: str) -> str | None:
        """Return the text up to *terminator*, or None if there is none, or none near enough."""
        searched = self._at
        while (end := self._text.find(terminator, searched)) < 0:
            length = len(self._text) - self._at
            if length > LONGEST_SEGMENT or not self._fill(length + 1):
                return None
            searched = self._at + length
        if end - self._at > LONGEST_SEGMENT:
            return None
        found = self._text[self._at : end]
        self._at = end + 1
        return found

    def rest(self) -> str:
        """Return the text that was read but not used."""
        return self._text[self._at :]


def _blank(position: int) -> Segment:
    return Segment("", (), position)


def _decoded(text: str) -> tuple[str, bool]:
    """Return text that was decoded as latin-1 in its own encoding, and whether that is UTF-8."""
    content = text.encode("latin-1")
    try:
        return content.decode("utf-8"), True
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), False
    except UnicodeDecodeError:
        # Windows-1252 has no character for five bytes, which must not be lost.
        return text, False


def _name_of(source: object) -> str:
    match source:
        case bytes():
            return "the bytes"
        case str() if _TEXT.match(source):
            # The error of the operating system would repeat the whole text.
            msg = "source must be the path of a file, got X12 text: use io.StringIO(text)"
            raise InvalidInputError(msg, field="source")
        case str() | os.PathLike():
            return require_path(source, "source")
        case _ if callable(getattr(source, "read", None)):
            name = getattr(source, "name", None)
            return name if isinstance(name, str) else "the file"
        case _:
            msg = f"source must be a path, an open file, or bytes, got {safe_repr(source)}"
            raise InvalidInputError(msg, field="source")


def _not_x12(text: str) -> str:
    """Return why a file that does not start with ISA is refused, from its first block. No value is repeated."""
    content = text.encode("latin-1", errors="replace")
    if not content:
        return "empty, expected an X12 file"
    if content.startswith(ZIP):
        found = "a zip archive or Excel workbook; unpack it and give the X12 file in it"
    elif content.startswith(GZIP):
        found = "a gzip file; unpack it first"
    elif content.startswith(OLD_EXCEL):
        found = "an old Office file"
    elif content.startswith(_UTF_16) or b"\0" in content[:4]:
        found = "UTF-16 text or binary data; save X12 as ASCII or UTF-8"
    else:
        found = _kind(content)
    return f"expected an X12 file, which starts with ISA, found {found}"


def _kind(content: bytes) -> str:
    kind = foreign_kind(content)
    if kind is not None:
        before, _, _ = kind.partition(";")
        return f"{before} without ISA" if "X12" in before else before
    first = content.split(b"\n", 1)[0]
    most = max(first.count(mark) for mark in (b",", b"\t", b";", b"|"))
    return "a table such as CSV" if most >= _FEWEST_SEPARATORS else "other text"
