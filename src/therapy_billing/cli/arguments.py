"""The arguments of the command, and the combinations of options that it refuses."""

from __future__ import annotations

import argparse
from importlib.metadata import version

from therapy_billing.findings.records import Severity
from therapy_billing.ncci.records import EditSetting
from therapy_billing.payers.catalog import PAYERS
from therapy_billing.payers.policy import TiePolicy, UnitMethod
from therapy_billing.visits.log_columns import LOG_COLUMNS

__all__ = ["add_data_options", "command_parser", "refuse_idle_options"]

_ASSUMPTIONS = ("codes-unchanged", "policy-unchanged")


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
    _add_edit_options(check)
    check.add_argument("--json", action="store_true", help="write the findings as a JSON object")

    claims = commands.add_parser(
        "claims",
        help="write the claims of a treatment log to a file",
        description="Write the claims of a treatment log to one file: an 837P, or JSON. Everything that is missing or wrong is "
        "listed first. If a payer would refuse a claim, nothing is written.",
    )
    _add_claims_options(claims)

    prepare = commands.add_parser(
        "prepare",
        help="list what a treatment log needs before you bill it: decisions, errors, deadlines",
        description="Prepare the visits of a treatment log: what is ready to bill, what a payer would deny, and what a person must "
        "decide, with the dollars of each option, the most dollars first. Write the decisions to a file (--out), fill in the "
        "answers, and give the file back (--decisions). Exits with status 1 until every visit is ready.",
    )
    _add_prepare_options(prepare)

    for command, verb in (
        (bill, "bill"),
        (check, "check"),
        (claims, "write the claims of"),
        (prepare, "prepare"),
    ):
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
        place = command.add_mutually_exclusive_group()
        place.add_argument(
            "--locality",
            metavar="LOCALITY",
            help="Medicare locality: MAC and locality number (for example 15202-00), or a state that has "
            "a single locality (for example OH)",
        )
        place.add_argument(
            "--zip",
            metavar="ZIP",
            help="ZIP code where the services are provided, instead of --locality (for example 43215); needs a "
            "data pack made from CMS's ZIP5 file",
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
    for command, column in (
        (bill, overrides),
        (check, overrides),
        (claims, overrides),
        (prepare, overrides),
        (units, ""),
    ):
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
    for command in (bill, check, claims, prepare, units):
        add_data_options(command)
    for command in (bill, units):
        command.add_argument(
            "--explain", action="store_true", help="show each step with its rule and source"
        )

    _add_data_command(commands)
    example = commands.add_parser("example", help="print an example treatment log")
    example.add_argument(
        "--parties", action="store_true", help="print the parties file of the example log instead"
    )
    return parser


def _add_claims_options(claims: argparse.ArgumentParser) -> None:
    claims.add_argument(
        "--parties",
        metavar="TOML",
        required=True,
        help="a TOML file with the submitter, the receiver, the billing provider, the charges, and each patient's "
        "coverage and diagnoses",
    )
    claims.add_argument(
        "--out",
        metavar="FILE",
        required=True,
        help="the file to write; it is replaced if it exists",
    )
    claims.add_argument(
        "--format",
        choices=("837p", "json"),
        default="837p",
        help="an 837P (005010X222A1), or the submission as JSON (default: 837p)",
    )
    claims.add_argument(
        "--per",
        choices=("visit", "patient"),
        default="visit",
        help="one claim per visit, or per patient with all days of the log (default: visit)",
    )
    claims.add_argument(
        "--control-number",
        metavar="NUMBER",
        type=int,
        help="control number of the 837P, from 1 to 999999999; never use one twice",
    )
    claims.add_argument(
        "--created", metavar="TIME", help='when the 837P is made, such as "2026-03-15 12:00"'
    )
    claims.add_argument(
        "--usage", choices=("T", "P"), help="T for a test file, P for a file to be paid"
    )
    claims.add_argument(
        "--without",
        metavar="RULE",
        action="append",
        default=[],
        help="turn off a rule, such as claim-tax-id; can be repeated",
    )


def _add_prepare_options(prepare: argparse.ArgumentParser) -> None:
    prepare.add_argument(
        "--decisions",
        metavar="FILE",
        help="a decisions file with the answers so far: the CSV file that --out wrote, or a JSON list",
    )
    prepare.add_argument(
        "--out",
        metavar="CSV",
        help="write the decisions to this file, answered and open; it may be the file of --decisions",
    )
    _add_edit_options(prepare)
    prepare.add_argument(
        "--json",
        action="store_true",
        help="write the prepared visits as a JSON document: the record of who decided what, and on which facts",
    )


def _add_edit_options(command: argparse.ArgumentParser) -> None:
    """Add the options about NCCI edits."""
    command.add_argument(
        "--edits",
        metavar="FILE",
        action="append",
        default=[],
        help="an NCCI file from CMS (PTP or MUE; plain, .gz, or .zip); can be repeated. PTP files come in four "
        "parts; most therapy codes are in part f4",
    )
    command.add_argument(
        "--edits-setting",
        choices=[setting.value for setting in EditSetting],
        help="whose claims the --edits files are for, if their names do not show it",
    )
    command.add_argument(
        "--edits-quarter",
        metavar="DATE",
        help="first day of the quarter of the --edits files, if their names do not show it (for example "
        "2026-07-01)",
    )
    command.add_argument(
        "--hospital",
        action="store_true",
        help="use the NCCI edits for outpatient hospitals instead of practitioners",
    )


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that add to the library's data."""
    parser.add_argument(
        "--data",
        metavar="PACK",
        action="append",
        default=[],
        help="a data pack (a folder or a zip file) on top of the library's data; can be repeated",
    )
    parser.add_argument(
        "--codes",
        metavar="TOML",
        action="append",
        default=[],
        help="a TOML file with your own codes; can be repeated",
    )


_PACK = "a data pack: a folder with pack.toml, or a zip file of one"


def _add_data_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command for data packs, with its actions."""
    data = commands.add_parser(
        "data",
        help="build, show, verify, and compare data packs",
        description="Extend the library's data with data packs: next year's law, next quarter's edits, your own codes.",
    )
    actions = data.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser(
        "build",
        help="build a data pack from CMS's downloads",
        description="Build a data pack from files, folders, and zip files as CMS publishes them. Each file is recognized "
        "by its content. Published amounts among them are compared with the amounts that the new tables give; one "
        "difference stops the build. Exits with status 2 if no pack was built.",
    )
    build.add_argument(
        "downloads", metavar="DOWNLOADS", nargs="+", help="a file, a folder, or a zip file"
    )
    build.add_argument(
        "--out",
        metavar="PACK",
        required=True,
        help="the new pack: a folder, or a file whose name ends in .zip",
    )
    build.add_argument(
        "--numbers",
        metavar="TOML",
        help="the form with the numbers that no download contains, filled in (without it, the form is printed)",
    )
    build.add_argument(
        "--assume",
        metavar="ASSUMPTION",
        choices=_ASSUMPTIONS,
        action="append",
        default=[],
        help=f"what you assume ({', '.join(_ASSUMPTIONS)}); can be repeated, and needs --by",
    )
    build.add_argument(
        "--by",
        metavar="AUTHOR",
        default="",
        help='name and role of the person who makes the assumptions (for example "Ann Lee, billing manager")',
    )
    build.add_argument("--date", metavar="DATE", help="the day on which the assumptions are made")
    build.add_argument(
        "--invented",
        metavar="TEXT",
        default="",
        help="say that the downloads are invented, and how; every result that rests on the pack says so (needs --by)",
    )
    build.add_argument(
        "--name",
        metavar="NAME",
        help="name of the pack; without it, medicare-2027 or edits-2027q2, for example",
    )
    build.add_argument(
        "--form",
        metavar="FILE",
        help="if numbers are missing, write the form to this new file instead of standard output",
    )
    needed = actions.add_parser(
        "needed",
        help="list what extends the data in use through a date, and which answers it makes possible",
        description="List the files of CMS, the numbers, and the assumptions that extend the data in use through a date, "
        "with the pages that have them and the answers that they make possible.",
    )
    for action in (build, needed):
        action.add_argument(
            "--through",
            metavar="DATE",
            required=True,
            help="last date of service, such as 2027-12-31",
        )
    show = actions.add_parser(
        "show",
        help="show a data pack, or the data in use",
        description="Show a data pack. Without one, show the data packs in use, and the last day of each kind of data.",
    )
    show.add_argument("pack", metavar="PACK", nargs="?", help=_PACK)
    verify = actions.add_parser(
        "verify",
        help="check a data pack",
        description="Check a data pack against its pack.toml and the library's data, and list every fault with its file "
        "and line. Exits with status 2 if there is one.",
    )
    verify.add_argument(
        "packs",
        metavar="PACK",
        nargs="+",
        help=f"{_PACK}. Several packs are checked together, each on top of the one before it",
    )
    diff = actions.add_parser(
        "diff",
        help="list what is new, gone, or changed between two data packs",
        description="List what is new, gone, or changed: codes, relative values, localities, numbers, pairs, and unit "
        "limits. The latest release and quarter of each are compared.",
    )
    either = f"{_PACK}; or the word library (for a folder of that name, ./library)"
    diff.add_argument("before", metavar="A", help=either)
    diff.add_argument("after", metavar="B", help=either)
    diff.add_argument(
        "--limit",
        metavar="LINES",
        type=int,
        default=20,
        help="lines for each kind of change (default: 20); the others are counted",
    )
    for action in (build, needed, show):
        add_data_options(action)
    for action, what in ((needed, "the list"), (show, "the data"), (diff, "the changes")):
        action.add_argument("--json", action="store_true", help=f"write {what} as a JSON object")


_OF_A_LOG = ("bill", "check", "claims", "prepare")


def refuse_idle_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    """Refuse options that have no effect in combination with the other options."""
    if parsed.command == "data":
        _refuse_idle_data_options(parser, parsed)
        return
    if parsed.command == "claims":
        _refuse_idle_claims_options(parser, parsed)
    if parsed.command == "bill":
        _refuse_idle_bill_options(parser, parsed)
    if parsed.command in _OF_A_LOG and parsed.fees:
        for name in ("locality", "zip", "facility", "qualifying_apm", "nonparticipating"):
            if getattr(parsed, name):
                option = name.replace("_", "-")
                parser.error(f"--{option} changes Medicare's amounts; do not use it with --fees")
    if parsed.command in ("check", "prepare"):
        _refuse_idle_edits_options(parser, parsed)
    if parsed.command in _OF_A_LOG and parsed.attest_kx and not parsed.accumulators:
        parser.error(
            "--attest-kx needs --accumulators: year-to-date amounts show which lines need KX"
        )
    _refuse_idle_tie_options(parser, parsed)


def _refuse_idle_tie_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    if parsed.prefer and parsed.ties not in (None, TiePolicy.PREFERRED_CODES.value):
        parser.error(f"--prefer needs --ties preferred-codes, not --ties {parsed.ties}")
    if parsed.ties == TiePolicy.PREFERRED_CODES.value and not parsed.prefer:
        parser.error("--ties preferred-codes needs --prefer, such as --prefer 97112,97530")


def _refuse_idle_bill_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    if parsed.explain and parsed.csv:
        parser.error("--explain does not work with --csv; use --json")


def _refuse_idle_claims_options(
    parser: argparse.ArgumentParser, parsed: argparse.Namespace
) -> None:
    given = {
        "--control-number": parsed.control_number,
        "--created": parsed.created,
        "--usage": parsed.usage,
    }
    for option, value in given.items():
        if parsed.format == "837p" and value is None:
            parser.error(f"an 837P needs {option}")
        if parsed.format == "json" and value is not None:
            parser.error(f"{option} is only for --format 837p")


def _refuse_idle_edits_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    for name in ("setting", "quarter"):
        if getattr(parsed, f"edits_{name}") and not parsed.edits:
            parser.error(f"--edits-{name} is about the files of --edits; add --edits FILE")


def _refuse_idle_data_options(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> None:
    if parsed.action == "build":
        for name in ("assume", "invented"):
            if getattr(parsed, name) and not parsed.by:
                parser.error(f'--{name} needs --by, such as --by "Ann Lee, billing manager"')
        if parsed.form and parsed.numbers:
            parser.error("--form is for the numbers that --numbers gives; use one of them")
    if parsed.action == "diff" and parsed.limit < 0:
        parser.error(f"--limit must be 0 or more, got {parsed.limit}")
