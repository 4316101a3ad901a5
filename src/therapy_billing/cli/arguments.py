"""The arguments of the command, and the combinations of options that it refuses."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from therapy_billing.findings.records import Severity
from therapy_billing.ncci.records import EditSetting
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.policy import TiePolicy, UnitMethod
from therapy_billing.visits.log_columns import LOG_COLUMNS

__all__ = ["command_parser", "refuse_idle_options"]


def command_parser() -> argparse.ArgumentParser:
    """Return the parser for the command and its subcommands."""
    parser = argparse.ArgumentParser(
        prog="therapy-billing",
        description="Turn therapy minutes into billable units, claim lines, and dollars, and find what is "
        "wrong before you bill.",
    )
    parser.add_argument("--version", action="version", version=version("therapy-billing"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    bill = commands.add_parser(
        "bill",
        help="bill the patient-days of a treatment log",
        description="Bill the patient-days of a treatment log: units, claim lines, and dollars. If any row "
        "is bad, nothing is billed and every bad row is listed, unless you use --keep-going.",
        epilog="A log has these columns. "
        + ". ".join(f"{name}: {meaning}" for name, meaning in LOG_COLUMNS.items())
        + ".",
    )

    check = commands.add_parser(
        "check",
        help="check the patient-days of a treatment log before you bill them",
        description="Check the patient-days of a treatment log before you bill them: codes that cannot be "
        "billed together, units over a limit, minutes counted twice, activities that fit another code. "
        "Exits with status 1 if something would be denied.",
    )
    check.add_argument(
        "--severity",
        choices=[severity.value for severity in Severity],
        default=Severity.INFO.value,
        help="show only findings that are at least this severe (default: info)",
    )
    check.add_argument(
        "--edits",
        metavar="FILE",
        action="append",
        default=[],
        help="an NCCI file from CMS (PTP or MUE; plain, .gz, or .zip); can be repeated. PTP files come in four "
        "parts; most therapy codes are in part f4",
    )
    check.add_argument(
        "--edits-setting",
        choices=[setting.value for setting in EditSetting],
        help="whose claims the --edits files are for, if their names do not show it",
    )
    check.add_argument(
        "--edits-quarter",
        metavar="DATE",
        help="first day of the quarter of the --edits files, if their names do not show it (for example "
        "2026-07-01)",
    )
    check.add_argument(
        "--hospital",
        action="store_true",
        help="use the NCCI edits for outpatient hospitals instead of practitioners",
    )
    check.add_argument("--json", action="store_true", help="write the findings as a JSON object")

    for command, verb in ((bill, "bill"), (check, "check")):
        command.add_argument(
            "log", metavar="LOG", help="a CSV file, or a JSON file if the name ends in .json"
        )
        command.add_argument(
            "--keep-going",
            action="store_true",
            help=f"{verb} the good rows and list the bad ones",
        )
        command.add_argument(
            "--timezone",
            metavar="ZONE",
            help="time zone for clock times without one (for example America/New_York)",
        )
        command.add_argument(
            "--locality",
            metavar="LOCALITY",
            help="Medicare locality: MAC and locality number (for example 15202-00), or a state that has "
            "a single locality (for example OH)",
        )
        setting = command.add_mutually_exclusive_group()
        setting.add_argument(
            "--facility", action="store_true", help="use the amounts for a facility, not an office"
        )
        setting.add_argument(
            "--critical-access-hospital",
            action="store_true",
            help="show only the amounts that count toward the annual threshold; "
            "Medicare pays critical access hospitals at cost",
        )
        command.add_argument(
            "--qualifying-apm",
            action="store_true",
            help="use the amounts for a qualifying APM participant",
        )
        command.add_argument(
            "--nonparticipating",
            action="store_true",
            help="use the amounts for non-participating providers (95 %%)",
        )
        command.add_argument(
            "--accumulators",
            metavar="JSON",
            help='JSON file with the year-to-date dollars of each patient in the log, such as {"P-1": {"year": 2026, '
            '"deductible_met": "250.00", "pt_slp": "2400.00", "ot": "0.00"}}',
        )
        command.add_argument(
            "--attest-kx",
            action="store_true",
            help="attest that services above the annual threshold are medically necessary and documented "
            "(needs --accumulators)",
        )
    output = bill.add_mutually_exclusive_group()
    output.add_argument(
        "--json", action="store_true", help="write the patient-days as a JSON array"
    )
    output.add_argument("--csv", action="store_true", help="write one CSV row per claim line")

    units = commands.add_parser(
        "units",
        help="count the units of one day from its minutes",
        description="Count the units of one day and one discipline from the minutes of each code.",
    )
    units.add_argument(
        "minutes",
        metavar="CODE=MINUTES",
        nargs="+",
        help="a code and its whole minutes (for example 97530=20)",
    )
    units.add_argument("--json", action="store_true", help="write the units as a JSON object")

    overrides = "; overrides the log's {} column"
    for command, column in ((bill, overrides), (check, overrides), (units, "")):
        command.add_argument(
            "--payer",
            metavar="NAME",
            help=f"name of the payer{column.format('payer')} (default: medicare). Payers that come with the library: "
            + ", ".join(PAYERS),
        )
        command.add_argument(
            "--payers",
            metavar="TOML",
            action="append",
            default=[],
            help="a TOML file that defines your own payer; can be repeated",
        )
        command.add_argument(
            "--method",
            choices=[method.value for method in UnitMethod],
            help="count units by this method instead of the payer's own",
        )
        command.add_argument(
            "--date",
            metavar="DATE",
            help=f"date of service, such as 2026-03-02{column.format('date')}",
        )
        command.add_argument(
            "--ties",
            choices=[policy.value for policy in TiePolicy],
            help="how to decide a tie (default: documented-order, unless the payer's file sets another)",
        )
        command.add_argument(
            "--prefer",
            metavar="CODES",
            default="",
            help="codes in order of preference for --ties preferred-codes (for example 97112,97530)",
        )
        command.add_argument(
            "--fees",
            metavar="CSV",
            help="use your own rates: a CSV file with the columns code and amount",
        )
    for command in (bill, units):
        command.add_argument(
            "--explain", action="store_true", help="show each step with its rule and source"
        )

    commands.add_parser("example", help="print an example treatment log")
    return parser


def refuse_idle_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """Refuse options that have no effect in combination with the other options."""
    if parsed.command == "bill" and parsed.explain and parsed.csv:
        parser.error("--explain does not work with --csv; use --json")
    if parsed.command in ("bill", "check") and parsed.fees:
        for name in ("locality", "facility", "qualifying_apm", "nonparticipating"):
            if getattr(parsed, name):
                option = name.replace("_", "-")
                parser.error(f"--{option} changes Medicare's amounts; do not use it with --fees")
    if parsed.command == "check":
        _refuse_idle_edits_options(parser, parsed)
    if parsed.command in ("bill", "check") and parsed.attest_kx and not parsed.accumulators:
        parser.error(
            "--attest-kx needs --accumulators: year-to-date amounts show which lines need KX"
        )
    if parsed.prefer and parsed.ties not in (None, TiePolicy.PREFERRED_CODES.value):
        parser.error(f"--prefer needs --ties preferred-codes, not --ties {parsed.ties}")
    if parsed.ties == TiePolicy.PREFERRED_CODES.value and not parsed.prefer:
        parser.error("--ties preferred-codes needs --prefer, such as --prefer 97112,97530")


def _refuse_idle_edits_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    for name in ("setting", "quarter"):
        if getattr(parsed, f"edits_{name}") and not parsed.edits:
            parser.error(f"--edits-{name} is about the files of --edits; add --edits FILE")
