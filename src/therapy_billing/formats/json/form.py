"""What every form can do: write a value, read it back, and describe it in a JSON Schema."""

from __future__ import annotations

from abc import ABC, abstractmethod

from therapy_billing.formats.json.faults import FaultError, found_type
from therapy_billing.formats.json.tables import Definitions, JsonSchema, TablesRead, TablesWritten

__all__ = ["Form"]


class Form(ABC):
    """
    How the values of one type are written to JSON and read back.

    ``json_type`` is the Python type of the JSON value, and ``wanted`` says in words what is right.
    """

    json_type: type = str
    wanted: str = ""

    @abstractmethod
    def holds(self, value: object) -> bool:
        """Return whether *value* has the type of this form. A union asks this before it writes."""

    @abstractmethod
    def write(self, value: object, tables: TablesWritten, /) -> object:
        """
        Return *value* as a JSON value.

        Raises:
            FaultError: If *value* does not have the type of this form.
        """

    @abstractmethod
    def read(self, given: object, tables: TablesRead, /) -> object:
        """
        Return the value of the JSON value *given*.

        Raises:
            FaultError: If *given* does not fit this form.
        """

    @abstractmethod
    def schema(self, definitions: Definitions, /) -> JsonSchema:
        """Return the JSON Schema of the values that this form reads. Schemas of records go to *definitions*."""

    def fault(self, value: object) -> FaultError:
        """Return the fault of a value of another type."""
        return FaultError(f" must be {self.wanted}, got {found_type(value)}")
