"""A value that does not fit its form, and the path to it."""

from __future__ import annotations

from typing import Final

from therapy_billing.base.errors import InvalidInputError

__all__ = ["FaultError", "found_type"]

_TYPES: Final = {
    type(None): "null",
    bool: "a boolean",
    int: "a whole number",
    float: "a decimal number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


class FaultError(Exception):
    """
    A value that cannot be written or read. Each form adds its part of the path.

    Args:
        reason: What is wrong and what would be right. It follows the path, so it starts with a verb or a colon.
        field: The field or index inside the value, if the fault is not about the whole value.
        code: The HCPCS code that the message is about, or None.
    """

    def __init__(self, reason: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.parts: list[str] = [] if field is None else [field]

    def error(self, whole: str = "record") -> InvalidInputError:
        """Return the error for the caller. *whole* is the argument or the part of the document, if there is no path."""
        path = ""
        for part in reversed(self.parts):
            path += part if part[0] == "[" or not path else f".{part}"
        where = path or whole
        return InvalidInputError(f"{where}{self.reason}", field=where, code=self.code)


def found_type(value: object) -> str:
    """
    Return the type of *value* in the words of JSON. The value itself may be a patient's name, so it is not shown.

    >>> found_type("Rosa Invented"), found_type(None), found_type(2.5)
    ('a string', 'null', 'a decimal number')
    """
    kind = type(value)
    if kind in _TYPES:
        return _TYPES[kind]
    # A dict in which a key is repeated has a type of its own.
    if isinstance(value, dict):
        return "an object with a repeated key"
    return f"{'an' if kind.__name__[0] in 'aeiouAEIOU' else 'a'} {kind.__name__}"
