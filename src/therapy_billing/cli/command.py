"""The ``therapy-billing`` command: bill or check a treatment log, or count the units of one day."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from therapy_billing.base.data_loader import read_text
from therapy_billing.base.errors import TherapyBillingError
from therapy_billing.cli.arguments import command_parser, refuse_idle_options
from therapy_billing.cli.messages import report, say

__all__ = ["main"]

_DONE, _REFUSED = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Args:
        arguments: The command-line arguments. None uses ``sys.argv``.

    Returns:
        The exit status. 0 if everything was billed, or everything was checked and nothing would be denied. 1 if
        rows or days were left out (``--keep-going``), or if something would be denied. 2 if nothing was billed or
        checked.
    """
    parser = command_parser()
    parsed = parser.parse_args(arguments)
    if parsed.command != "example":
        refuse_idle_options(parser, parsed)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Patient keys may have characters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = _runner(parsed.command)(parsed)
        sys.stdout.flush()
    except (TherapyBillingError, ExceptionGroup) as error:
        report(error.exceptions if isinstance(error, ExceptionGroup) else (error,))
        return _REFUSED
    except BrokenPipeError:
        # The reader closed the pipe (for example ``head``), so nothing may be flushed to it at exit.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open until exit
        return _DONE
    except OSError as error:
        say(f"{error.filename}: {error.strerror}" if error.filename else f"{error.strerror}")
        return _REFUSED
    return status


def _runner(command: str) -> Callable[[argparse.Namespace], int]:
    """Return the function that runs *command*, and import only what that command needs."""
    match command:
        case "bill":
            from therapy_billing.cli import bill  # noqa: PLC0415

            return bill.run
        case "check":
            from therapy_billing.cli import check  # noqa: PLC0415

            return check.run
        case "units":
            from therapy_billing.cli import units  # noqa: PLC0415

            return units.run
        case _:
            return _example


def _example(_: argparse.Namespace) -> int:
    sys.stdout.write(read_text("logs/clinic_day.csv"))
    return _DONE
