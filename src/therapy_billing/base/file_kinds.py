"""Recognize files that are not CMS data files, to name them in an error. No cell of a file is ever named."""

from __future__ import annotations

import re
from collections.abc import Sequence

from therapy_billing.base.wording import counted, listed

__all__ = ["LOOKED_AT", "foreign_kind", "kind_of_table", "kind_of_workbook", "old_office_kind"]

LOOKED_AT = 8192
"""How many bytes from the start of a file are looked at."""

_DOWNLOAD = "use the csv, txt, or xlsx of the release"
_SIGNATURES: Sequence[tuple[re.Pattern[bytes], str]] = (
    (re.compile(rb"\s*%PDF-"), f"a PDF file; {_DOWNLOAD}"),
    (
        re.compile(
            rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF....WEBP|BM....\0\0\0\0|....ftyp(heic|mif1|avif)",
            re.DOTALL,
        ),
        f"an image; {_DOWNLOAD}",
    ),
    (re.compile(rb"\{\\rtf"), f"a Word document; {_DOWNLOAD}"),
    (
        re.compile(
            rb"\s*(<!--.*?-->\s*|<\?xml[^>]*>\s*)*"
            rb"<(!doctype html|(html|head|body|meta|title|script|style|div|table|p)\b)",
            re.DOTALL | re.IGNORECASE,
        ),
        "an HTML page, such as CMS's license page; accept the license and save the file itself",
    ),
    (re.compile(rb"\s*<[?!]?[A-Za-z]"), f"an XML file; {_DOWNLOAD}"),
)
_X12 = re.compile(rb"\s*(ISA([^A-Za-z0-9\s,])\d\d\2|GS[*|^]\w\w[*|^]|ST[*|^]\d{3}[*|^])")
_SET = re.compile(rb"(?:^|[^A-Za-z0-9])ST[^A-Za-z0-9\s,](\d{3})\b")
_ASSIGNMENT = re.compile(
    rb"[A-Za-z_][\w.-]*[ \t]*=.*|\[\[?(?!(true|false|null)\])[A-Za-z_][\w. -]*\]\]?"
)
_JSON = re.compile(rb"\s*(\{\s*(\"|\})|\[\s*([\[{\"\]0-9-]|true\b|false\b|null\b))")
_CONTROL = bytes({*range(1, 32)} - set(b"\t\n\v\f\r\x1a\x1b"))
_MOST_CONTROL = 0.01
"""The share of control characters from which on the content is not text."""
_BOM = b"\xef\xbb\xbf"
_WORD, _LOCKED = ("WordDocument".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))

_LOG_COLUMNS = (
    *("patient", "date", "discipline", "code", "minutes", "start", "end", "units", "clinician"),
    *("treated_by", "attest", "session", "payer", "body_region", "activity", "key"),
)
_CAPTIONS = frozenset(
    {
        *_LOG_COLUMNS,
        *(
            "amount",
            "allowed",
            "charge",
            "charges",
            "cpt",
            "description",
            "effective",
            "fee",
            "from",
        ),
        *("hcpcs", "limit", "locality", "mac", "modifier", "modifiers", "price", "quarter", "rate"),
        *("setting", "source", "state", "through", "year", "zip"),
    }
)
"""Captions that may be named in an error. Any other word may come from a row about a patient."""
_OF_A_LOG = frozenset({"patient", "date", "discipline", "code"})
_ENOUGH, _NAMED = 3, 4


def foreign_kind(start: bytes) -> str | None:
    """
    Return what a file is if its first bytes are not those of a CMS data file, and None otherwise.

    >>> foreign_kind(b"%PDF-1.7")
    'a PDF file; use the csv, txt, or xlsx of the release'
    >>> foreign_kind(b"ISA*00*          *00*          ~GS*HP~ST*835*0001~")
    'an X12 835 file'
    >>> foreign_kind(b"HCPCS,MOD,STATUS")
    """
    text = start.removeprefix(_BOM)
    for mark, kind in _SIGNATURES:
        if mark.match(text):
            return kind
    if _X12.match(text):
        found = _SET.search(text)
        return f"an X12 {found[1].decode()} file" if found else "an X12 file"
    if _is_settings(text):
        return "a TOML or INI file"
    if _JSON.match(text):
        return "a JSON file"
    if len(text) - len(text.translate(None, _CONTROL)) > _MOST_CONTROL * len(text):
        return "binary data"
    return None


def _is_settings(text: bytes) -> bool:
    """Return whether the first line that is not a comment is a section or an assignment."""
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith((b"#", b";"))), b"")
    return _ASSIGNMENT.fullmatch(first) is not None


def old_office_kind(content: bytes) -> str:
    """
    Return what an Office file in the old binary format is.

    >>> old_office_kind(b"")
    'an old Excel file (xls); use the csv or xlsx of the same release'
    """
    if _WORD in content:
        return f"a Word document; {_DOWNLOAD}"
    if _LOCKED in content:
        return "a workbook with a password; save it without one"
    return "an old Excel file (xls); use the csv or xlsx of the same release"


def kind_of_workbook(parts: Sequence[str]) -> str | None:
    """
    Return what an Office file is if it is not a workbook, from the names of its parts.

    >>> kind_of_workbook(["word/document.xml"])
    'a Word document; use the csv, txt, or xlsx of the release'
    >>> kind_of_workbook(["xl/workbook.xml"])
    """
    folders = {part.split("/")[0] for part in parts}
    if "word" in folders:
        return f"a Word document; {_DOWNLOAD}"
    return f"a presentation; {_DOWNLOAD}" if "ppt" in folders else None


def kind_of_table(first_row: Sequence[str]) -> str:
    """
    Return what a table is, from its first row. Only captions that are known words are named.

    >>> kind_of_table(["patient", "date", "discipline", "code", "minutes"])
    'a treatment log'
    >>> kind_of_table(["code,amount,Mary Smith"])
    'a table with the columns code, amount, and 1 other'
    >>> kind_of_table(["name", "code"])
    'a table with the column code and 1 other'
    >>> kind_of_table(["Mary Smith", "97110"])
    'a table with 2 columns that no CMS file has'
    """
    cells = first_row
    if len(cells) == 1:
        cells = re.split(r"[,;|\t]", cells[0])
    words = [cell.strip().strip("\"'").casefold() for cell in cells]
    if len(_OF_A_LOG.intersection(words)) >= _ENOUGH:
        return "a treatment log"
    if len(words) == 1:
        return "no known kind of file"
    named = [word for word in dict.fromkeys(words) if word in _CAPTIONS][:_NAMED]
    if not named:
        return f"a table with {len(words)} columns that no CMS file has"
    others = len(words) - len(named)
    noun = "column" if len(named) == 1 else "columns"
    return f"a table with the {noun} {listed([*named, *([counted(others, 'other')] if others else [])])}"
