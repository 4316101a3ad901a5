"""Turn the command's options into NCCI edits."""

from __future__ import annotations

import argparse
from pathlib import Path

from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.rows import is_kind
from therapy_billing.cli.log_options import DONE_WITH
from therapy_billing.cli.messages import remark, say
from therapy_billing.ncci.edits import Edits
from therapy_billing.ncci.mue_file import read_ncci_mue
from therapy_billing.ncci.ptp_file import read_ncci_ptp
from therapy_billing.ncci.records import EditSetting, MueFile, PtpFile

__all__ = ["edit_setting", "read_edits"]


def edit_setting(parsed: argparse.Namespace) -> EditSetting:
    """Return whose edits are used: those for practitioners, or those for outpatient hospitals."""
    return EditSetting.OUTPATIENT_HOSPITAL if parsed.hospital else EditSetting.PRACTITIONER


def read_edits(parsed: argparse.Namespace) -> Edits | None:
    """
    Return the NCCI edits in the library's data, with the CMS files of ``--edits`` before them.

    Return None if the PTP files of ``--edits`` have no pair of therapy codes for the setting that is checked.
    """
    setting = edit_setting(parsed)
    files = [_read(path, parsed) for path in parsed.edits]
    parts = [file for file in files if isinstance(file, PtpFile)]
    usable = [file for file in parts if file.edits and file.setting is setting]
    option = "leave out --hospital" if parsed.hospital else "add --hospital"
    for path, file in zip(parsed.edits, files, strict=True):
        if file.setting is not setting:
            remark(
                [f"{path} {_use(file)}; if the claims are {file.setting.value} claims, {option}"]
            )
        elif isinstance(file, PtpFile) and all(each.remarks for each in usable):
            remark(f"{path}: {each}" for each in file.remarks)
    if parts and not usable:
        others = any(file.edits for file in parts if file.setting is not setting)
        say(
            f"the PTP files of --edits have no pair of therapy codes for {setting.value} claims, so nothing was "
            f"{DONE_WITH[parsed.command][0]}{f'; use files for these claims, or {option}' if others else ''}"
        )
        return None
    return Edits.bundled().with_files(files) if files else Edits.bundled()


def _use(file: PtpFile | MueFile) -> str:
    """Return which claims the file is for, and what it is used for if other claims are checked."""
    for_hospitals = file.setting is EditSetting.OUTPATIENT_HOSPITAL
    only_named = for_hospitals and isinstance(file, PtpFile)
    used = "only used in remarks" if only_named else "not used"
    return f"is for {file.setting.value} claims and is {used}"


def _read(path: str, parsed: argparse.Namespace) -> PtpFile | MueFile:
    """Read a PTP or MUE file. Its rows show which one it is."""
    try:
        read = read_ncci_mue if is_kind(path, "an MUE file") else read_ncci_ptp
    except FileFormatError:
        # It cannot be read at all. Its name shows which reader is meant to say why.
        read = read_ncci_mue if "mue" in Path(path).name.lower() else read_ncci_ptp
    return read(path, setting=parsed.edits_setting, quarter=parsed.edits_quarter)
