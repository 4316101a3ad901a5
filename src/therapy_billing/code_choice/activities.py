"""
Activities: which procedure code the words for what was done, and why, speak for.

The words and their weights are data, in ``data/activities``: a clinician can read them, disagree, and add
types of activity from a file. Nothing learns and nothing is looked up: a text is cut into words, phrases
are found in it, what a sentence says was not done is left out, and what stands behind *to improve*, *for*
or *so that* is taken for the purpose. A line's end ends a sentence.

No result holds any of the text.
"""

from __future__ import annotations

import os
from functools import cache

import attrs

from therapy_billing.base.toml_files import read_toml_file
from therapy_billing.base.validation import require_text
from therapy_billing.code_choice.activity_files import bundled_types_file, read_types
from therapy_billing.code_choice.lexicon import Lexicon, cue_keys, read_lexicon
from therapy_billing.code_choice.reading import find_cues
from therapy_billing.code_choice.records import ActivityType

__all__ = ["Activities"]


@attrs.frozen(eq=False)
class Activities:
    """
    The catalogue of activities, with the words that speak for and against the codes.

    It is made by :meth:`bundled` or :meth:`from_file`.

    >>> [one.name for one in Activities.bundled().find("carries shopping bags; no lifting today")]
    ['Carrying']
    """

    types: tuple[ActivityType, ...]
    _lexicon: Lexicon = attrs.field(repr=False)

    @classmethod
    def bundled(cls) -> Activities:
        """Return the catalogue that comes with the library; it is read once."""
        return _bundled()

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Activities:
        """
        Return the bundled catalogue and the types of activity that a TOML file adds to it::

            [source.protocol]
            title = "Our protocol for return to paddling"
            verified = "unverified"

            [[type]]
            name = "Paddling"
            words = ["paddling", "kayak"]
            examples = ["strokes against a resisted paddle"]
            focus = ["power", "endurance"]
            codes = ["97530"]
            source = "protocol"

        Args:
            path: The file, in UTF-8.

        Raises:
            FileFormatError: If the file is not UTF-8 or not valid TOML.
            ExceptionGroup: Of FileFormatError, one for each bad entry or key, with its line.
            OSError: If the file cannot be read.
        """
        bundled = cls.bundled().types
        types = bundled + read_types(read_toml_file(path), bundled)
        return cls(types, read_lexicon(types))

    def find(self, text: str) -> tuple[ActivityType, ...]:
        """
        Return the types of activity that *text* names and does not say were left out.

        Args:
            text: The description of an activity.
        """
        require_text(text, "text")
        found = {cue.key for cue in find_cues(text, self._lexicon)}
        places = cue_keys(self.types)
        return tuple(one for one, keys in zip(self.types, places, strict=True) if found & set(keys))


@cache
def _bundled() -> Activities:
    types = read_types(bundled_types_file(), ())
    return Activities(types, read_lexicon(types))
