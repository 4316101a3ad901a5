"""Forms of values that are not records: text, flags, numbers, dates, times, and choices."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from therapy_billing.base.wording import listed
from therapy_billing.formats.json.faults import FaultError
from therapy_billing.formats.json.form import Form
from therapy_billing.formats.json.tables import Definitions, JsonSchema, TablesRead, TablesWritten

__all__ = ["PLAIN_FORMS", "EnumForm"]

MOST: Final = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""
DECIMAL: Final = r"-?[0-9]{1,60}(\.[0-9]{1,60})?"
DAY: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MOMENT: Final = (
    DAY + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
    r"((Z|[+-][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)(\[[A-Za-z0-9_+/-]{1,64}\])?)?"
)
_DECIMAL = re.compile(DECIMAL)
_DAY = re.compile(DAY)
_MOMENT = re.compile(MOMENT)
_MOST_NAMED = 12
_MOST_DIGITS = 60


class _ExactForm(Form):
    """A type of Python that is also a type of JSON."""

    def __init__(self, kind: type, wanted: str, schema: JsonSchema) -> None:
        self.json_type = kind
        self.wanted = wanted
        self._schema = schema

    def holds(self, value: object) -> bool:
        # A boolean is an int for isinstance, and must not become 1.
        return type(value) is self.json_type

    def write(self, value: object, _: TablesWritten, /) -> object:
        if type(value) is self.json_type:
            return value
        raise self.fault(value)

    def read(self, given: object, _: TablesRead, /) -> object:
        if type(given) is self.json_type:
            return given
        raise self.fault(given)

    def schema(self, _: Definitions, /) -> JsonSchema:
        return dict(self._schema)


class _WholeForm(_ExactForm):
    """A whole number that every reader keeps exact."""

    def __init__(self) -> None:
        schema: JsonSchema = {"type": "integer", "minimum": -MOST, "maximum": MOST}
        super().__init__(int, "a whole number", schema)

    def write(self, value: object, _: TablesWritten, /) -> object:
        return self._exact(value)

    def read(self, given: object, _: TablesRead, /) -> object:
        return self._exact(given)

    def _exact(self, value: object) -> int:
        if type(value) is not int:
            raise self.fault(value)
        if not -MOST <= value <= MOST:
            msg = f" must be from -{MOST} to {MOST}, got a larger number"
            raise FaultError(msg)
        return value


class _TextForm(Form):
    """A value that is written as text of a fixed pattern."""

    kind: type
    pattern: str

    def schema(self, _: Definitions, /) -> JsonSchema:
        return {"type": "string", "pattern": f"^{self.pattern}$"}

    def holds(self, value: object) -> bool:
        return isinstance(value, self.kind)


class _DecimalForm(_TextForm):
    """An exact number. A JSON number would be rounded by readers that use binary fractions."""

    kind = Decimal
    pattern = DECIMAL
    wanted = "a string with a plain decimal number such as '40.42'"

    def write(self, value: object, _: TablesWritten, /) -> object:
        # A very large exponent would make a very long text.
        if (
            isinstance(value, Decimal)
            and value.is_finite()
            and abs(value.adjusted()) <= _MOST_DIGITS
        ):
            text = format(value, "f")
            if _DECIMAL.fullmatch(text):
                return text
        raise self.fault(value)

    def read(self, given: object, _: TablesRead, /) -> object:
        if isinstance(given, str) and _DECIMAL.fullmatch(given):
            return Decimal(given)
        raise self.fault(given)


class _DateForm(_TextForm):
    """A date."""

    kind = date
    pattern = DAY
    wanted = "a date such as '2026-03-02'"

    def holds(self, value: object) -> bool:
        return isinstance(value, date) and not isinstance(value, datetime)

    def write(self, value: object, _: TablesWritten, /) -> object:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        raise self.fault(value)

    def read(self, given: object, _: TablesRead, /) -> object:
        if isinstance(given, str) and _DAY.fullmatch(given):
            try:
                return date.fromisoformat(given)
            except ValueError:
                pass
        raise self.fault(given)

    def schema(self, definitions: Definitions, /) -> JsonSchema:
        return {**super().schema(definitions), "format": "date"}


class _DatetimeForm(_TextForm):
    """
    A date and time, with its UTC offset and the name of its time zone if it has them.

    The offset alone would lose the zone, and the zone alone would lose which of two equal clock times is meant on the night
    on which clocks go back. RFC 9557 has this form.
    """

    kind = datetime
    pattern = MOMENT
    wanted = "a date and time such as '2026-03-02T09:05:00' or '2026-03-02T09:05:00-05:00[America/New_York]'"

    def write(self, value: object, _: TablesWritten, /) -> object:
        if not isinstance(value, datetime):
            raise self.fault(value)
        # A subclass such as a dataframe's may have another isoformat.
        text = datetime.isoformat(value)
        zone = value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        return text if zone is None else f"{text}[{zone}]"

    def read(self, given: object, _: TablesRead, /) -> object:
        moment = _moment(given) if isinstance(given, str) and _MOMENT.fullmatch(given) else None
        if moment is None:
            raise self.fault(given)
        return moment


def _moment(text: str) -> datetime | None:
    """Return *text* as a datetime. Return None if there is no such time, or its offset does not fit its zone."""
    clock, _, zone = text.removesuffix("]").partition("[")
    try:
        moment = datetime.fromisoformat(clock)
        if not zone:
            return moment
        local = moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, LookupError, OSError):
        return None
    for fold in (0, 1):
        found = local.replace(fold=fold)
        if found.utcoffset() == moment.utcoffset():
            return found
    return None


class EnumForm(Form):
    """A member of an enum, written as its value. Other words for a member are for people, so they are refused here."""

    def __init__(self, kind: type[Enum]) -> None:
        self._kind = kind
        self._members = {member.value: member for member in kind}
        values = [str(value) for value in self._members]
        known = listed(values, "or")
        self.wanted: str = (
            known if len(known.split()) <= _MOST_NAMED else f"one of its values such as {values[0]}"
        )

    def holds(self, value: object) -> bool:
        """Return whether *value* is a member."""
        return isinstance(value, self._kind)

    def write(self, value: object, _: TablesWritten, /) -> object:
        """Return the value of the member."""
        if isinstance(value, self._kind):
            return value.value
        raise self.fault(value)

    def read(self, given: object, _: TablesRead, /) -> object:
        """Return the member with the value *given*."""
        member = self._members.get(given) if isinstance(given, str) else None
        if member is None:
            raise self.fault(given)
        return member

    def schema(self, _: Definitions, /) -> JsonSchema:
        """Return the schema with every value."""
        return {"enum": list(self._members)}


PLAIN_FORMS: Final[dict[object, Form]] = {
    str: _ExactForm(str, "a string", {"type": "string"}),
    bool: _ExactForm(bool, "true or false", {"type": "boolean"}),
    int: _WholeForm(),
    Decimal: _DecimalForm(),
    date: _DateForm(),
    datetime: _DatetimeForm(),
}
"""The form of each plain type."""
