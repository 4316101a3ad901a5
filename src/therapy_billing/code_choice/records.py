"""The records of a code suggestion: reasons, warnings, and ranked codes."""

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
        name: The name of the type.
        words: The words that notes use for it. Endings, case, and British spelling do not matter.
        examples: Examples of the activity.
        focus: The parameters that it trains.
        codes: The codes that it supports. If these include both 97530 and 97110, the purpose of the
            activity decides.
        source: The source of this information.
    """

    name: str
    words: tuple[str, ...]
    examples: tuple[str, ...]
    focus: tuple[str, ...]
    codes: tuple[str, ...]
    source: Source


@attrs.frozen
class CodeReason(DictRecord):
    """A reason for or against a code, in our own words, with the source of the reason."""

    statement: str
    source: Source

    def __str__(self) -> str:
        return f"{self.statement} [{self.source}]"


@attrs.frozen
class CodeWarning(DictRecord):
    """A warning that a payer may question a code because of the words in the text, with the source of the warning."""

    id: str
    code: str
    statement: str
    source: Source

    def __str__(self) -> str:
        return f"{self.code}: {self.statement} [{self.source}]"


@attrs.frozen
class RankedCode(DictRecord):
    """
    A code, its score, and the reasons for and against it.

    Args:
        code: One of the six codes.
        score: Points. They only rank the codes for one text and have no other meaning.
        reasons_for: The reasons that earned points.
        reasons_against: Reasons that earned no points.
    """

    code: str
    score: int
    reasons_for: tuple[CodeReason, ...]
    reasons_against: tuple[CodeReason, ...]


@attrs.frozen
class CodeSuggestion(DictRecord):
    """
    The code that a described activity supports. The record contains none of the description.

    Args:
        code: The code with a clear lead; None if no code has one.
        ranked: All six codes, best supported first.
        warnings: The warning signs in the description.
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
        Return whether the suggested code is different from *code*.

        Returns False if no code is suggested, or if *code* is not one of the six codes that ``suggest_code`` ranks.

        >>> from therapy_billing import suggest_code
        >>> suggest_code("Squats 3x10", "quadriceps strength").contradicts("97530")
        True
        """
        require_text(code, "code")
        return code in CODES and self.code not in (None, code)

    def _repr_html_(self) -> str:
        return as_html(self)
