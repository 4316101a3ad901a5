"""The page on own codes: its files are read without a fault, and its examples give the printed results."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.paths import DOCS
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.toml_files import parse_toml
from therapy_billing.codes.own_codes import BOOK_FILES, CodeFile, faults_of_code_files

PAGE = (DOCS / "own-codes.md").read_text(encoding="utf-8")
LIBRARY = [
    CodeFile(path, parse_toml(read_library_text(path), f"therapy_billing/data/{path}"))
    for path in BOOK_FILES
]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def faults(path: str, text: str, *corrected: str) -> list[str]:
    file = CodeFile(path, parse_toml(text, "own-codes.toml"), frozenset(corrected))
    return list(map(str, faults_of_code_files([*LIBRARY, file])))


def test_the_files_on_the_page_have_no_fault() -> None:
    (own,) = blocks("toml")
    assert faults("codes/own.toml", own) == []
    corrected = next(text for text in blocks("text") if "[source.north-manual]" in text)
    assert faults("codes/other_programs.toml", corrected, "97153") == []


def test_the_error_on_the_page_is_the_one_of_the_library() -> None:
    (own,) = blocks("toml")
    (shown,) = (text for text in blocks("text") if text.startswith("own-codes.toml"))
    assert faults("codes/own.toml", own.replace("T1027", "97153")) == [shown.strip()]


def test_the_examples_on_the_page_give_the_printed_results(tmp_path: Path) -> None:
    (own,) = blocks("toml")
    pack = tmp_path / "north-plan"
    (pack / "codes").mkdir(parents=True)
    (pack / "codes" / "own.toml").write_text(own, encoding="utf-8")
    (pack / "pack.toml").write_text(
        'name = "north-plan"\nfrom = 2026-01-01\nthrough = 2026-12-31\n', encoding="utf-8"
    )
    examples = tmp_path / "examples.txt"
    examples.write_text("\n".join(blocks("pycon")), encoding="utf-8")
    assert len(doctest.DocTestParser().get_examples(examples.read_text(encoding="utf-8"))) > 5
    done = subprocess.run(
        [sys.executable, "-m", "doctest", examples.name],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "THERAPY_BILLING_DATA": pack.name,
        },
    )
    assert (done.returncode, done.stdout) == (0, "")
