"""The arguments of the command, and which of them do not go together."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from therapy_billing.findings.records import Severity
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.policy import TiePolicy, UnitMethod
from therapy_billing.visits.log_columns import LOG_COLUMNS

__all__ = ["command_parser", "refuse_idle_options"]


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of the command and its subcommands."""
    parser = argparse.ArgumentParser(
        prog="therapy-billing",
        description="Minutes of outpatient therapy to billable units, claims and findings, with the rule "
        "of each.",
    )
    parser.add_argument("--version", action="version", version=version("therapy-billing"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    bill = commands.add_parser(
        "bill",
        help="bill the patient-days of a treatment log",
        description="Bill the patient-days of a treatment log. Nothing is billed when a row is bad.",
        epilog="Columns of a log: "
        + "; ".join(f"{name}: {holds}" for name, holds in LOG_COLUMNS.items()),
    )

    check = commands.add_parser(
        "check",
        help="tell what is wrong with the patient-days of a treatment log",
        description="Tell what is wrong with the patient-days of a treatment log: codes that may not "
        "stand together, units beyond a limit, minutes counted twice, activities of another code. Ends "
        "with 1 when something would be denied.",
    )
    check.add_argument(
        "--severity",
        choices=[severity.value for severity in Severity],
        default=Severity.INFO.value,
        help="the lowest severity shown (default: info)",
    )
    check.add_argument(
        "--edits",
        metavar="FILE",
        action="append",
        default=[],
        help="an NCCI file of CMS, PTP or MUE, also gz or zip; may be given several times",
    )
    check.add_argument(
        "--hospital",
        action="store_true",
        help="edits of outpatient hospitals, not of practitioners",
    )
    check.add_argument("--json", action="store_true", help="write a JSON object")

    for command in (bill, check):
        command.add_argument("log", metavar="LOG", help="a CSV file, or JSON when it ends in .json")
        command.add_argument(
            "--keep-going", action="store_true", help="take the good rows, list the bad"
        )
        command.add_argument(
            "--timezone", metavar="ZONE", help="of clock times, such as America/New_York"
        )
        command.add_argument(
            "--locality",
            metavar="PLACE",
            help="Medicare locality: contractor and number as 15202-00, or a state with one, as OH",
        )
        setting = command.add_mutually_exclusive_group()
        setting.add_argument(
            "--facility", action="store_true", help="use the amounts for a facility"
        )
        setting.add_argument(
            "--critical-access-hospital",
            action="store_true",
            help="Medicare pays at cost: show only what counts toward the annual threshold",
        )
        command.add_argument(
            "--qualifying-apm", action="store_true", help="amounts of a qualifying APM participant"
        )
        command.add_argument(
            "--nonparticipating",
            action="store_true",
            help="amounts of those who do not participate",
        )
        command.add_argument(
            "--accumulators",
            metavar="JSON",
            help="each patient's year so far, by key: year, deductible_met, pt_slp, ot",
        )
        command.add_argument(
            "--attest-kx",
            action="store_true",
            help="attest that services beyond the annual threshold are necessary and documented",
        )
    output = bill.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="write a JSON array of patient-days")
    output.add_argument("--csv", action="store_true", help="write a CSV row a line of the day")

    units = commands.add_parser(
        "units",
        help="answer a single question: minutes by code",
        description="Units of one discipline's day, from minutes by code.",
    )
    units.add_argument("minutes", metavar="CODE=MINUTES", nargs="+", help="such as 97530=20")
    units.add_argument("--json", action="store_true", help="write a JSON object")

    for command in (bill, check, units):
        command.add_argument(
            "--payer", metavar="NAME", help="payer of every row (medicare): " + ", ".join(PAYERS)
        )
        command.add_argument(
            "--payers",
            metavar="TOML",
            action="append",
            default=[],
            help="a file of a payer of your own; may be given several times",
        )
        command.add_argument(
            "--method",
            choices=[method.value for method in UnitMethod],
            help="how units are counted",
        )
        command.add_argument("--date", metavar="DAY", help="date of service of every row")
        command.add_argument(
            "--ties",
            choices=[policy.value for policy in TiePolicy],
            help="who takes a unit that the rule leaves open (documented-order)",
        )
        command.add_argument(
            "--prefer",
            metavar="CODES",
            default="",
            help="order for preferred-codes: 97112,97530",
        )
        command.add_argument("--fees", metavar="CSV", help="rates with the columns code and amount")
    for command in (bill, units):
        command.add_argument("--explain", action="store_true", help="add each step and its source")

    commands.add_parser("example", help="print the treatment log that comes with it")
    return parser


def refuse_idle_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """Refuse options that would change nothing beside the others."""
    if parsed.command == "bill" and parsed.explain and parsed.csv:
        parser.error("--explain has no place in --csv; use --json")
    if parsed.command in ("bill", "check") and parsed.fees:
        for name in ("locality", "facility", "qualifying_apm", "nonparticipating"):
            if getattr(parsed, name):
                option = name.replace("_", "-")
                parser.error(f"--{option} is of Medicare's amounts, and --fees brings its own")
    if parsed.command in ("bill", "check") and parsed.attest_kx and not parsed.accumulators:
        parser.error(
            "--attest-kx needs --accumulators: without the year no line is known to need KX"
        )
    if parsed.prefer and parsed.ties not in (None, TiePolicy.PREFERRED_CODES.value):
        parser.error(f"--prefer is an order of codes, and --ties {parsed.ties} decides otherwise")
    if parsed.ties == TiePolicy.PREFERRED_CODES.value and not parsed.prefer:
        parser.error("--ties preferred-codes needs --prefer, such as --prefer 97112,97530")
