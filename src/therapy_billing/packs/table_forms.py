"""The forms of the tables in a data pack: the terms of releases, and the cells of CSV files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from therapy_billing.base.dates import parse_date, quarter_end
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.toml_files import TEXT, Form, day_form
from therapy_billing.codes.code_book import parse_codes

__all__ = ["CELLS", "EDIT_CAPTIONS", "RELEASE_FORMS"]

EDIT_CAPTIONS: Mapping[str, str] = {
    "mue": "code,units,mai,rationale",
    "ptp": "column1,column2,indicator,effective_from,deleted_on,prior_to_1996,rationale",
    "ptp-active": "column1,column2,indicator",
}
"""The captions of a table of edits, by the kind of the file that it was made from."""


def _pattern(pattern: str, wanted: str) -> tuple[re.Pattern[str], str]:
    return re.compile(pattern, re.ASCII), wanted


_CODE = _pattern("[0-9A-Z]{5}", "a code of five characters")
_DAY = _pattern(r"\d{4}-\d\d-\d\d", "a date such as 2027-01-01")
_DAY_OR_NONE = _pattern(r"(\d{4}-\d\d-\d\d)?", "a date such as 2027-01-01, or nothing")
_RVU = _pattern(r"\d{1,4}\.\d\d", "a number with two decimals")
_INDEX = _pattern(r"\d\.\d{3}", "an index with three decimals")

CELLS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "code": _CODE,
    "column1": _CODE,
    "column2": _CODE,
    "effective_from": _DAY_OR_NONE,
    "deleted_on": _DAY_OR_NONE,
    "indicator": _pattern("[019]", "0, 1, or 9"),
    "prior_to_1996": _pattern(r"\*?", "* or nothing"),
    "units": _pattern(r"\d{1,6}", "a number of units"),
    "mai": _pattern("[123]", "1, 2, or 3"),
    "release": _pattern(r"RVU\d\d[A-D]R?", "a release such as RVU27A"),
    "status": _pattern("[A-Z]", "a status of one letter"),
    "work_rvu": _RVU,
    "pe_rvu_nonfacility": _RVU,
    "pe_rvu_facility": _RVU,
    "mp_rvu": _RVU,
    "mult_proc": _pattern(r"\d", "one digit"),
    "mac": _pattern(r"\d{5}", "a contractor of five digits"),
    "locality": _pattern(r"\d\d", "a locality of two digits"),
    "state": _pattern("([A-Z]{2})?", "a state of two letters"),
    "work_gpci": _INDEX,
    "pe_gpci": _INDEX,
    "mp_gpci": _INDEX,
    "zip": _pattern(r"\d{5}", "a ZIP code of five digits"),
    "plus_four": _pattern("[01]", "0 or 1"),
}
"""The form of a cell by its caption, and what belongs there. Other cells are free text."""


def _quarter(value: date | str) -> date:
    day = parse_date(value, what="from")
    quarter_end(day, what="from")
    return day


def _codes(value: list[object]) -> tuple[str, ...]:
    if not value:
        msg = "the codes that the file was searched for belong here"
        raise InvalidInputError(msg)
    return parse_codes(value)


def _one_of(*allowed: str) -> Form:
    wanted = f"one of {', '.join(allowed)} belongs here"

    def read(value: str) -> str:
        if value not in allowed:
            raise InvalidInputError(wanted)
        return value

    return (str,), wanted, read


_QUARTER: Form = ((date, str), "the first day of a quarter belongs here", _quarter)
_CODE_FORM: Form = ((str,), "a code of five characters belongs here", str)
_LIST = "a list of codes belongs here"
_FROM = day_form("from")
_RELEASE: Mapping[str, Form] = {
    "name": TEXT,
    "from": _FROM,
    "source": TEXT,
    "applied": day_form("applied"),
    "assumption": TEXT,
}
_GAP: Mapping[str, Form] = {"from": _FROM, "through": day_form("through"), "reason": TEXT}
_FILE: Mapping[str, Form] = {
    "kind": _one_of(*EDIT_CAPTIONS),
    "setting": _one_of("practitioner", "outpatient-hospital"),
    "from": _QUARTER,
    "table": ((str,), "the name of a table belongs here", str),
    "codes": ((list,), _LIST, _codes),
    "column1_from": _CODE_FORM,
    "column1_through": _CODE_FORM,
    "source": ((dict,), "a table with title and verified belongs here", dict),
}
_LOCALITIES: Form = ((list,), 'a list of localities such as ["15202-00"] belongs here', list)

RELEASE_FORMS: Mapping[str, Mapping[str, tuple[Mapping[str, Form], tuple[str, ...]]]] = {
    "fees/releases.toml": {
        "release": (_RELEASE, ("applied", "assumption")),
        "gap": (_GAP, ()),
    },
    "fees/gpci_releases.toml": {
        "release": ({"from": _FROM, "source": TEXT, "ended": _LOCALITIES}, ("ended",))
    },
    "fees/zip5_releases.toml": {
        "release": ({"name": TEXT, "from": _QUARTER, "source": TEXT}, ()),
    },
    "edits/releases.toml": {"file": (_FILE, ("column1_from", "column1_through"))},
}
"""The forms of the tables in a file of releases, and the keys that may be left out."""
