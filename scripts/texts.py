"""
Collect every text that people read: docstrings, comments, messages, rule statements, remarks, and sentences of pages.

Draw a sample for readers. The same seed draws the same sample::

    python scripts/texts.py --seed 1 --items 90
"""

from __future__ import annotations

import argparse
import ast
import inspect
import io
import random
import re
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("src", "scripts", "benchmarks", "tests", "docs")
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/*.md")
# The values of these keys are not sentences of ours, but, for example, words to look for in notes, or file names.
SKIPPED_KEYS = frozenset(
    {
        "id",
        "function",
        "url",
        "sources",
        "verified",
        "code",
        "codes",
        "file",
        "words",
        "phrases",
        "sha256",
    }
)


FEWEST_WORDS = 3
"""A text with fewer words is a name, not a sentence."""


READERS = {
    "biller": ("message", "text", "statement", "data", "page"),
    "developer": ("docstring", "comment", "message", "page"),
    "auditor": ("statement", "data", "page"),
}
"""The readers of a sample, and the kinds of text that each reader gets."""


def word_count(text: str) -> int:
    """
    Return how many words *text* has. A quoted value is one word, and so is a list of three or more names.

    >>> word_count("minutes must be a whole number, got 'twenty or so': use one of day, week, or month")
    12
    """
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "x", text)
    return len(re.sub(r"(?:[\w.\[\]-]+, ){2,}(?:and |or )?[\w.\[\]-]+", "x", text).split())


class Text(NamedTuple):
    """A text, its kind, and the file and line where it starts."""

    kind: str
    where: str
    text: str

    @property
    def prose(self) -> str:
        """The text without examples, code, and markup."""
        text = re.sub(r"(?m)^\s*>>> .*(\n\s*\S.*)*", "", self.text)
        text = re.sub(r"::\n(\n +.*)+", ".", text)
        text = re.sub(r"``[^`]*``|:[a-z:]+:`[^`]*`|\{[a-z:]+\}`[^`]*`|`[^`]*`", "`x`", text)
        return re.sub(r"\]\([^)]*\)", "]", text)


def python_texts(path: Path, name: str) -> Iterator[Text]:
    """Yield the docstrings, comments, messages, and other texts of a Python file."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    documented = {id(node) for node in _docstrings(tree)}
    inside: set[int] = set()
    test = name.startswith("tests/")
    messages = {id(node) for node in _messages(tree)}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        text = _literal(node)
        if text is None:
            continue
        inside.update(id(child) for child in ast.walk(node))
        where = f"{name}:{node.lineno}"  # type: ignore[attr-defined]
        if id(node) in documented:
            yield Text("docstring", where, inspect.cleandoc(text))
        elif test:
            continue
        elif id(node) in messages:
            yield Text("message", where, text)
        elif len(re.findall(r"[A-Za-z]{2,} ", text)) > 1 and ">>> " not in text:
            yield Text("text", where, text)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        comment = token.string.removeprefix("#").strip()
        if token.type == tokenize.COMMENT and not comment.startswith(("noqa", "type:", "pragma")):
            yield Text("comment", f"{name}:{token.start[0]}", comment)


def _docstrings(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield docstrings, including those that follow a constant or a member of an enum."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _messages(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what is assigned to ``msg``, and the arguments of exceptions that are raised."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "msg" for target in node.targets
        ):
            yield node.value
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from node.exc.args


def _literal(node: ast.AST) -> str | None:
    """Return a string literal; each placeholder is ``{}``."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(
                part.value if isinstance(part, ast.Constant) else "{}"  # type: ignore[misc]
                for part in parts
            )
        case _:
            return None


def toml_texts(path: Path, name: str) -> Iterator[Text]:
    """Yield our own texts in a data file: statements, examples, remarks, labels, comments."""
    source = path.read_text(encoding="utf-8")
    for number, line in enumerate(source.splitlines(), start=1):
        if line.startswith("# "):
            yield Text("comment", f"{name}:{number}", line.removeprefix("# "))
    yield from _table_texts(tomllib.loads(source), name)


def _table_texts(value: object, where: str, key: str = "") -> Iterator[Text]:
    match value:
        case dict():
            # The title and section of a source are quoted from a document, unless the source is our own reasoning.
            quoted = value.get("verified") in {"official", "secondary", "data-file"}
            label = f"{where} {value['id']}" if "id" in value else where
            for name, part in value.items():
                if name not in SKIPPED_KEYS and not (
                    quoted and name in {"title", "section", "source"}
                ):
                    yield from _table_texts(part, label, name)
        case list():
            for part in value:
                yield from _table_texts(part, where, key)
        case str() if len(value.split()) >= FEWEST_WORDS:
            kind = "statement" if key == "statement" else "data"
            yield Text(kind, f"{where} {key}", value.strip())


def page_texts(path: Path, name: str) -> Iterator[Text]:
    """Yield the paragraphs, list items, headings, and table rows of a page, without its code."""
    block = ""
    start, lines = 1, list[str]()
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], start=1):
        fence = line.lstrip().startswith("```")
        if fence:
            block = "" if block else "glossary" if "{glossary}" in line else "code"
        fenced = block == "code"
        new = not line.strip() or fence or re.match(r"\s*([-*|#:]|\d+\.) ?", line)
        if lines and (fenced or new):
            yield Text("page", f"{name}:{start}", " ".join(lines))
            lines = []
        if (
            line.strip()
            and not fenced
            and not fence
            and not re.match(r"\|[ :|-]+\|$|\(.*\)=$", line)
        ):
            start, lines = (start if lines else number), [*lines, line.strip()]


@cache
def collect_texts() -> tuple[Text, ...]:
    """Return the texts of the project, in the order of its files. They are read once."""
    texts: list[Text] = []
    for folder in PROGRAMS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            texts += python_texts(path, path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "src").rglob("*.toml")):
        texts += toml_texts(path, path.relative_to(ROOT).as_posix())
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            texts += page_texts(path, path.relative_to(ROOT).as_posix())
    return tuple(text for text in texts if text.text.strip())


def sample_texts(seed: int, items: int) -> dict[str, list[Text]]:
    """Return *items* texts, divided among the readers. *seed* decides which of a reader's texts are drawn."""
    drawn = random.Random(seed)
    texts = [text for text in collect_texts() if len(text.prose.split()) > FEWEST_WORDS]
    return {
        reader: drawn.sample(
            [text for text in texts if _is_read(text, reader)], items // len(READERS)
        )
        for reader in READERS
    }


def _is_read(text: Text, reader: str) -> bool:
    tools = ("tests/", "benchmarks/", "scripts/", "docs/conf.py")
    return text.kind in READERS[reader] and not text.where.startswith(tools)


def main() -> None:
    """Print a sample."""
    parser = argparse.ArgumentParser(description="Print a sample of the project's texts.")
    parser.add_argument(
        "--seed", type=int, required=True, help="the same seed draws the same sample"
    )
    parser.add_argument("--items", type=int, default=90, help="number of texts (default: 90)")
    arguments = parser.parse_args()
    for reader, texts in sample_texts(arguments.seed, arguments.items).items():
        print(f"=== {reader}\n")
        for number, text in enumerate(texts, start=1):
            print(f"--- {reader} {number} ({text.kind}, {text.where})\n{text.text}\n")


if __name__ == "__main__":
    main()
