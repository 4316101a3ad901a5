"""
Bill January 2, 2027 with a data pack.

The files are invented: they have the numbers of 2026 under the year 2027, in CMS's format. Run it in an empty folder:

    python january_2027.py
"""

from __future__ import annotations

import csv
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

YEAR, FACTOR = 2027, "33.4009"
PPRRVU_HEAD = f"""\
,,{YEAR} National Physician Fee Schedule Relative Value File January Release,,,,,,,,
,,,STATUS,WORK,NON-FAC,NA,FACILITY,MP,MULT,CONV,
HCPCS,MOD,DESCRIPTION,CODE,RVU,PE RVU,INDICATOR,PE RVU,RVU,PROC,FACTOR,PAYMENT
"""
GPCI_HEAD = f"""\
ADDENDUM E. FINAL CY {YEAR} GEOGRAPHIC PRACTICE COST INDICES (GPCIs),,,,,,
MAC,State,Locality Number,Locality Name,{YEAR} PW GPCI (with 1.0 Floor),{YEAR} PE GPCI,{YEAR} MP GPCI
"""
NUMBERS = f"""\
[[number]]
series = "kx_threshold"
from = {YEAR}-01-01
amount = 2480.00
source = "invented: the amount of 2026"

[[number]]
series = "part_b_deductible"
from = {YEAR}-01-01
amount = 283.00
source = "invented: the amount of 2026"
"""
LOG = """\
patient,date,discipline,code,minutes
P-1,2027-01-02,PT,97530,23
P-1,2027-01-02,PT,97110,20
P-2,2027-01-02,PT,97161,
P-2,2027-01-02,PT,97164,
"""


def write_files() -> None:
    """Write invented files for 2027 in CMS's format, the numbers that CMS publishes elsewhere, and a log."""
    Path("downloads").mkdir()
    tables = files("therapy_billing") / "data" / "fees"
    with Path("downloads", f"PPRRVU{YEAR}_JAN.csv").open("w", encoding="utf-8") as out:
        out.write(PPRRVU_HEAD)
        for row in csv.DictReader((tables / "mpfs_rvu.csv").read_text("utf-8").splitlines()):
            if row["release"] == "RVU26C":
                out.write(
                    f"{row['code']},,,{row['status']},{row['work_rvu']},{row['pe_rvu_nonfacility']},,{row['pe_rvu_facility']},"
                    f"{row['mp_rvu']},{row['mult_proc']},{FACTOR},0.00\n"
                )
    with Path("downloads", f"GPCI{YEAR}.csv").open("w", encoding="utf-8") as out:
        out.write(GPCI_HEAD)
        for row in csv.DictReader((tables / "gpci.csv").read_text("utf-8").splitlines()):
            if row["effective_from"] == "2026-01-01":
                out.write(
                    f'{row["mac"]},{row["state"]},{row["locality"]},"{row["name"]}",{row["work_gpci"]},{row["pe_gpci"]},'
                    f"{row['mp_gpci']}\n"
                )
    Path("numbers.toml").write_text(NUMBERS, encoding="utf-8")
    Path("log.csv").write_text(LOG, encoding="utf-8")


def run(*arguments: str) -> None:
    """Run the command, and print what it prints."""
    shown = (f'"{each}"' if " " in each else each for each in arguments)
    print("$ therapy-billing", *shown, flush=True)
    subprocess.run([sys.executable, "-m", "therapy_billing", *arguments], check=False)
    print(flush=True)


def main() -> None:
    """Build the pack, then go from minutes to dollars and findings: on the command line and in Python."""
    write_files()
    run(
        *("data", "build", "downloads", "--out", "pack-2027", "--through", "2027-12-31"),
        *(
            "--numbers",
            "numbers.toml",
            "--assume",
            "codes-unchanged",
            "--assume",
            "policy-unchanged",
        ),
        *("--by", "Ann Lee, billing manager", "--invented", "the files of 2026 under another year"),
    )
    run("bill", "log.csv", "--locality", "OH", "--data", "pack-2027")
    run("check", "log.csv", "--locality", "OH", "--data", "pack-2027", "--severity", "deny")

    from therapy_billing import use_data  # noqa: PLC0415 - packs come before the first look-up

    use_data("pack-2027")
    from therapy_billing import MEDICARE, FeeSchedule, Session, bill_day  # noqa: PLC0415

    day = Session.from_minutes(
        {"97530": 23, "97110": 20}, date_of_service="2027-01-02", discipline="PT"
    )
    billed = bill_day(day, MEDICARE, FeeSchedule.medicare("2027-01-02", locality="OH"))
    print(billed.allowed, *billed.remarks, str(billed.data), sep="\n")


if __name__ == "__main__":
    main()
