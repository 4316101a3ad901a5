"""
The ``therapy-billing`` command.

It prepares, bills, or checks a treatment log, writes its claims, counts the units of one day, or builds data packs.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from therapy_billing.base.data_loader import use_data
from therapy_billing.base.errors import TherapyBillingError
from therapy_billing.base.library_files import read_library_text
from therapy_billing.base.validation import require_path
from therapy_billing.cli.arguments import add_data_options, command_parser, refuse_idle_options
from therapy_billing.cli.messages import report, say

__all__ = ["main"]

_DONE, _REFUSED = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Args:
        arguments: The command-line arguments. None uses ``sys.argv``.

    Returns:
        The exit status. 0 if everything was billed or written, everything was checked and nothing would be denied, or
        every visit is ready to bill. 1 if rows or days were left out (``--keep-going``), if ``check`` found something that
        would be denied, or if ``prepare`` found a visit that is not ready. 2 if nothing was billed, checked, prepared, or
        written, or if a data pack was not built or has a fault.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Patient keys may have characters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        # The packs come first, because the help lists the payers.
        _use_packs(given)
        parser = command_parser()
        parsed = parser.parse_args(given)
        if parsed.command != "example":
            refuse_idle_options(parser, parsed)
        status = _runner(parsed.command)(parsed)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe (for example ``head``), so nothing may be flushed to it at exit.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - stays open until exit
        return _DONE
    except (TherapyBillingError, ExceptionGroup, OSError) as error:
        _refuse(error)
        return _REFUSED
    return status


def _use_packs(arguments: Sequence[str]) -> None:
    """Use the data packs of ``--data`` and the files of ``--codes``."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add_data_options(parser)
    packs, _ = parser.parse_known_args(arguments)
    if packs.data or packs.codes:
        for path in packs.data:
            require_path(path, "--data")
        from therapy_billing.base.data_packs import CodesFile  # noqa: PLC0415 - few commands use a pack

        use_data(*packs.data, *(CodesFile(require_path(path, "--codes")) for path in packs.codes))


def _refuse(error: Exception) -> None:
    if isinstance(error, OSError) and not isinstance(error, TherapyBillingError):
        say(f"{error.filename}: {error.strerror}" if error.filename else f"{error.strerror}")
        return
    report(error.exceptions if isinstance(error, ExceptionGroup) else (error,))


def _runner(command: str) -> Callable[[argparse.Namespace], int]:
    """Return the function that runs *command*, and import only what that command needs."""
    if command == "example":
        return _example
    run: Callable[[argparse.Namespace], int] = import_module(f"{__package__}.{command}").run
    return run


def _example(parsed: argparse.Namespace) -> int:
    name = "clinic_day_parties.toml" if parsed.parties else "clinic_day.csv"
    sys.stdout.write(read_library_text(f"logs/{name}"))
    return _DONE
