"""
The catalog of activities: the words that support each procedure code.

The words and their weights are data in ``data/activities``. A clinician can read them, disagree, and add
activity types from a file. There is no machine learning, and no network is used. A text is split into words and
searched for phrases. What a sentence says was not done is ignored. The words after *to improve*, *for*, or
*so that* are treated as the purpose. The end of a line ends a sentence.

No result contains any part of the text.
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
    The catalog of activities, with the words that support or contradict each code.

    Create it with :meth:`bundled` or :meth:`from_file`.

    >>> [one.name for one in Activities.bundled().find("carries shopping bags; no lifting today")]
    ['Carrying']
    """

    types: tuple[ActivityType, ...]
    _lexicon: Lexicon = attrs.field(repr=False)

    @classmethod
    def bundled(cls) -> Activities:
        """Return the bundled catalog. It is loaded once."""
        return _bundled()

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Activities:
        """
        Return the bundled catalog plus the activity types of a TOML file such as::

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
            ExceptionGroup: One FileFormatError, with its line, for each bad entry or key.
            OSError: If the file cannot be read.
        """
        bundled = cls.bundled().types
        types = bundled + read_types(read_toml_file(path), bundled)
        return cls(types, read_lexicon(types))

    def find(self, text: str) -> tuple[ActivityType, ...]:
        """
        Return the activity types that *text* names, except those that it says were not done.

        Args:
            text: The description of an activity.
        """
        require_text(text, "text")
        found = {cue.key for cue in find_cues(text, self._lexicon)}
        keys_of_types = cue_keys(self.types)
        return tuple(
            one for one, keys in zip(self.types, keys_of_types, strict=True) if found & set(keys)
        )


@cache
def _bundled() -> Activities:
    types = read_types(bundled_types_file(), ())
    return Activities(types, read_lexicon(types))
