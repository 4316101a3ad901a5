"""Which code the words of a note support: reasons, warnings, ranked codes."""

from __future__ import annotations

import attrs

from therapy_billing.base.format_registry import as_html, as_text
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.validation import checked, require_text
from therapy_billing.code_choice.rules import CODES
from therapy_billing.law.sources import Source

__all__ = ["ActivityType", "CodeReason", "CodeSuggestion", "CodeWarning", "RankedCode"]


@attrs.frozen(field_transformer=checked)
class ActivityType:
    """
    A type of activity that supports one or more codes.

    Args:
        name: What it is called.
        words: What a note calls it; endings, case and British spelling do not matter.
        examples: What it looks like.
        focus: What it trains.
        codes: The codes it supports; with both 97530 and 97110 its purpose decides.
        source: Where that comes from.
    """

    name: str
    words: tuple[str, ...]
    examples: tuple[str, ...]
    focus: tuple[str, ...]
    codes: tuple[str, ...]
    source: Source


@attrs.frozen
class CodeReason(DictRecord):
    """A sentence of our own that speaks for or against a code, and where it comes from."""

    statement: str
    source: Source

    def __str__(self) -> str:
        return f"{self.statement} [{self.source}]"


@attrs.frozen
class CodeWarning(DictRecord):
    """A sign that a payer may question a code, and where it comes from."""

    id: str
    code: str
    statement: str
    source: Source

    def __str__(self) -> str:
        return f"{self.code}: {self.statement} [{self.source}]"


@attrs.frozen
class RankedCode(DictRecord):
    """
    A code, how much speaks for it, and what speaks for and against it.

    Args:
        code: One of the six codes.
        score: Points; they order the codes of one text and measure nothing.
        reasons_for: What made the points.
        reasons_against: What was seen and made none.
    """

    code: str
    score: int
    reasons_for: tuple[CodeReason, ...]
    reasons_against: tuple[CodeReason, ...]


@attrs.frozen
class CodeSuggestion(DictRecord):
    """
    Which code a described activity speaks for; it holds none of the description.

    Args:
        code: The code that leads clearly, or None: cannot tell.
        ranked: All six codes, the best supported first.
        warnings: The warning signs that the description shows.
        statement: The result in a sentence.
    """

    _dict_fields = ("code", "statement", "ranked", "warnings")

    code: str | None
    ranked: tuple[RankedCode, ...]
    warnings: tuple[CodeWarning, ...]
    statement: str

    def __str__(self) -> str:
        return as_text(self)

    def contradicts(self, code: str) -> bool:
        """
        Return whether it clearly speaks for another code than *code*.

        False where it cannot tell, and for a code that is none of the six.

        >>> from therapy_billing import suggest_code
        >>> suggest_code("Squats 3x10", "quadriceps strength").contradicts("97530")
        True
        """
        require_text(code, "code")
        return code in CODES and self.code not in (None, code)

    def _repr_html_(self) -> str:
        return as_html(self)
