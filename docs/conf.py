"""Build the documentation. The package's data becomes the tables in ``_generated`` and the pages in ``rules``."""

from __future__ import annotations

import doctest
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from importlib.metadata import version as installed
from itertools import groupby
from pathlib import Path

import attrs
from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import therapy_billing
from therapy_billing import (
    PAYERS,
    Clinician,
    Discipline,
    Edits,
    Payer,
    Policy,
    Source,
    load_codes,
)
from therapy_billing.base.data_loader import read_toml
from therapy_billing.base.wording import in_words
from therapy_billing.checks import CHECKS
from therapy_billing.codes import CodeFacts, PeriodCode, UnitOf, load_period_codes
from therapy_billing.codes.modifiers import load_modifiers
from therapy_billing.codes.period_codes import exclusive_codes
from therapy_billing.codes.roles import ServiceClass
from therapy_billing.fees.bundled_tables import load_gpcis, load_releases, published_rvus
from therapy_billing.law import load_rules
from therapy_billing.law.parameters import SERIES
from therapy_billing.law.rule_book import FAMILIES
from therapy_billing.payers.furnishers import FurnisherRule
from therapy_billing.payers.policy import AssistantRule, EditProgram, FeeBasis
from therapy_billing.visits.log_columns import LOG_COLUMNS

HERE = Path(__file__).parent
LOGGER = logging.getLogger(__name__)

project = "therapy_billing"
release = version = installed("therapy-billing")
project_copyright = "the therapy_billing authors"
html_title = f"therapy_billing {release}"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build", "_generated"]
html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_show_sourcelink = False

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_type_aliases = {
    name: f"therapy_billing.{public}"
    for name, public in (
        ("Treatment", "Treatment"),
        ("PayerLike", "PayerLike"),
        ("Charges", "Charges"),
        ("Pointers", "claims.Pointers"),
        ("Attestation", "Attestation"),
        ("Service", "Service"),
        ("LogFees", "batch.LogFees"),
        ("Years", "batch.Years"),
        ("LogInput", "visits.LogInput"),
    )
}
autodoc_class_signature = "mixed"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Source"]
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

# pytest runs the examples of docstrings, so Sphinx runs only those of the pages.
doctest_test_doctest_blocks = ""
# Without IGNORE_EXCEPTION_DETAIL, the message of an error is compared too.
doctest_default_flags = doctest.ELLIPSIS | doctest.DONT_ACCEPT_TRUE_FOR_1
doctest_global_setup = """
import attrs
from datetime import date, datetime
from therapy_billing import *
"""

nitpicky = True
nitpick_ignore_regex = [
    # Links to the standard library would need a download, and the build does not use the network.
    (
        r"py:.*",
        r"(collections\.abc|datetime|decimal|os|types|typing)\..*|date|datetime|Decimal|PathLike",
    ),
]
nitpick_ignore = [
    # The API page does not document type variables.
    ("py:class", "therapy_billing.formats.json.documents.T"),
    ("py:class", "therapy_billing.law.timeline.T"),
    ("py:class", "therapy_billing.base.money.WholeNumber"),
    ("py:class", "T"),
    # Records that callers do not make have parts that are not public.
    ("py:class", "therapy_billing.base.toml_files.TomlFile"),
    ("py:class", "therapy_billing.claims.submission.SentDay"),
    ("py:class", "X12Source"),
    ("py:class", "therapy_billing.packs.data_view.ViewTable"),
]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _levels(facts: CodeFacts, fact: str) -> str:
    """Return the levels of the sources of *fact*, as Markdown; empty if it has no sources."""
    levels = dict.fromkeys(source.verified.value for source in facts.sources.get(fact, ()))
    return f" *{', '.join(levels)}*" if levels else ""


def _time(facts: CodeFacts) -> str:
    if facts.unit_minutes is not None:
        return f"{facts.unit_minutes} minutes"
    if facts.month_minutes is not None:
        fewest, most = facts.month_minutes
        if facts.beyond is not None:
            return f"untimed, 1 for each additional {fewest} minutes in a calendar month"
        minutes = f"{fewest} or more" if most is None else f"{fewest} to {most}"
        return f"untimed, 1 for {minutes} minutes in a calendar month"
    return {
        UnitOf.DAY: "untimed, 1 per day",
        UnitOf.PERIOD: "untimed, 1 for a setup, a period of days, or a call or message",
        UnitOf.AREA: "untimed, counted by area",
        UnitOf.APPLICATION: "untimed, counted by cast, splint, or strapping",
        UnitOf.INSTRUMENT: "untimed, counted by scored form",
    }[facts.unit_of]


def _family(facts: CodeFacts) -> str:
    if facts.add_on is not None:
        return f"first code; its add-on is {facts.add_on}"
    if facts.interprets is not None:
        return f"the reading of {facts.interprets}"
    adds_to = facts.adds_to or ((facts.beyond,) if facts.beyond else ())
    return f"add-on to {' or '.join(adds_to)}" if adds_to else ""


def _validity(facts: CodeFacts) -> str:
    first, last = facts.effective_from, facts.effective_through
    text = f"from {first}" if first else "first date not in the data"
    if last:
        text += f" through {last}"
    if facts.replaced_by:
        text += f"; then {', '.join(facts.replaced_by)}"
    return text


def _codes() -> str:
    rows = (
        (
            f"`{facts.code}`",
            facts.label,
            _time(facts) + _levels(facts, "time"),
            _family(facts),
            facts.program.value + _levels(facts, "program"),
            (", ".join(name.value for name in facts.disciplines) or "none")
            + _levels(facts, "disciplines"),
            (facts.therapy_class.value if facts.therapy_class else "not known")
            + _levels(facts, "therapy"),
            (facts.mppr_indicator or "") + _levels(facts, "mppr"),
            ("" if facts.assistant_modifier else "never") + _levels(facts, "assistant"),
            _validity(facts) + _levels(facts, "validity"),
        )
        for facts in load_codes().values()
    )
    head = (
        "code",
        "our label",
        "unit",
        "family",
        "program",
        "disciplines",
        "therapy",
        "MPPR indicator",
        "CQ, CO",
        "dates of service",
    )
    return _table(head, rows)


def _period_codes() -> str:
    rows = (
        (
            f"`{facts.code}`",
            facts.label,
            facts.family.value,
            facts.period.value,
            _period_needs(facts),
            "yes" if facts.therapist else "no",
            {True: "yes", False: "never", None: ""}[facts.assistant_modifier],
            f"from {facts.effective_from}"
            + (f" through {facts.effective_through}" if facts.effective_through else ""),
            f"{facts.source.title} (*{facts.source.verified.value}*)",
        )
        for facts in load_period_codes()
    )
    head = (
        "code",
        "our label",
        "family",
        "once per",
        "needs",
        "therapist may bill it",
        "CQ, CO",
        "dates of service",
        "source",
    )
    return _table(head, rows)


def _period_needs(facts: PeriodCode) -> str:
    """Return what a period code needs: minutes, days with data, a device, a live contact."""
    needs = []
    if facts.minutes is not None:
        each = f"; 1 more unit for each additional {facts.each}" if facts.each else ""
        needs.append(f"{in_words(facts.minutes)} minutes{each}")
    if facts.data_days is not None:
        needs.append(f"{in_words(facts.data_days)} days with data")
    if facts.device is not None:
        needs.append(f"a {facts.device.value} device")
    if facts.live_contact:
        needs.append("a live contact")
    if facts.adds_to is not None:
        needs.append(facts.adds_to)
    return "<br>".join(needs)


def _exclusive_codes() -> str:
    rows = (
        (
            ", ".join(f"`{code}`" for code in row.codes),
            ", ".join(f"`{code}`" for code in row.others),
            row.within.value,
            "ncci-ptp" if row.in_ncci else row.severity,
            str(row.effective_from or ""),
            f"{row.source.title} (*{row.source.verified.value}*)",
        )
        for row in exclusive_codes()
    )
    head = ("codes", "not with", "within", "finding", "from", "source")
    return _table(head, rows)


def _rules() -> str:
    rows = (
        (
            f"[{rule.id}](#rule-{rule.id})",
            rule.statement,
            str(rule.effective_from or ""),
            ", ".join(dict.fromkeys(source.verified.value for source in rule.sources)),
        )
        for rule in load_rules().values()
    )
    return _table(("rule", "statement", "in force since", "verified"), rows)


def _function(name: str) -> str:
    """Return a link to the function *name* if the API page documents the function, or else its name as code."""
    shown = ".rules." in name
    shown |= name.rpartition(".")[2] in therapy_billing.__all__
    return f"{{py:obj}}`{name}`" if shown else f"`{name}`"


def _source_lines(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        title = f"[{source.title}]({source.url})" if source.url else source.title
        section = f", {source.section}" if source.section else ""
        yield f"  - {title}{section} (*{source.verified.value}*)"


def _example(text: str) -> str:
    """Return an example as Markdown: its prose unchanged, and each run of Python lines as a code block."""
    blocks = []
    for block in text.strip().split("\n\n"):
        python = block.startswith(">>>")
        blocks.append(f"```pycon\n{block}\n```" if python else block)
    return "\n\n".join(blocks)


def family_page(family: str) -> str:
    """Return the page for a file of ``data/rules``: each rule with its function, sources, and example."""
    table = read_toml(f"rules/{family}.toml")
    parts = [f"# {table['title']}", _example(table["introduction"])]
    for row in table["rule"]:
        rule = load_rules()[row["id"]]
        facts = [
            f"- In force since: {rule.effective_from or 'no source gives an effective date'}",
            f"- Applied by: {_function(rule.function)}",
            "- Sources:",
            *_source_lines(rule.sources),
        ]
        parts += [f"(rule-{rule.id})=\n## {rule.id}", rule.statement, "\n".join(facts)]
        parts.append(_example(row["example"]))
    return "\n\n".join(parts) + "\n"


def _payers() -> str:
    return _table(
        (
            "payer",
            "units",
            "units since",
            "through",
            "edits",
            "sources",
            "not known or not modeled",
        ),
        (_payer(payer) for payer in PAYERS.values()),
    )


def _payer(payer: Payer) -> Iterator[str]:
    last = payer.policies.known_through
    policy = payer.on(last)
    yield f"[`{payer.name}`](#payer-{payer.name})"
    first, _, method = list(_periods(payer, _method))[-1]
    yield method
    yield first
    yield str(last)
    yield "unknown" if policy.modifiers.edits is EditProgram.NONE else policy.modifiers.edits.value
    # The table of furnishers lists the sources of its own rows.
    of_furnishers = {rule.source for rule in policy.furnishers.rules}
    sources = [source for source in payer.sources if source not in of_furnishers] or payer.sources
    yield "<br>".join(f"{source.title} (*{source.verified.value}*)" for source in sources)
    yield payer.remark


_NO_DATE, _UNKNOWN = "no date", "unknown"


def _periods(payer: Payer, fact: Callable[[Policy], str]) -> Iterator[tuple[str, str, str]]:
    """Yield the first day, the last day, and the value of a fact, for each period in which it stays the same."""
    runs = [
        (entries[0][0], value)
        for value, run in groupby(payer.policies.entries, lambda entry: fact(entry[1]))
        if (entries := list(run))
    ]
    ends = [first - timedelta(1) for first, _ in runs[1:] if first is not None]
    for (first, value), last in zip(runs, [*ends, payer.policies.known_through], strict=True):
        yield str(first or _NO_DATE), str(last), value


def _absent(policy: Policy) -> str:
    """Return what a field without a value means: Medicare and a counting method are complete, other payers are not."""
    complete = (FeeBasis.MEDICARE_FEE_SCHEDULE, FeeBasis.ANY_SCHEDULE)
    return "none" if policy.money.fee_basis in complete else _UNKNOWN


def _method(policy: Policy) -> str:
    return policy.counting.method_name


def _caps(policy: Policy) -> str:
    caps = (*policy.counting.unit_caps, *policy.counting.other_caps)
    return "<br>".join(cap.words for cap in caps) or _absent(policy)


def _assistant_rule(policy: Policy) -> str:
    rule = policy.modifiers.assistants
    return _absent(policy) if rule is AssistantRule.NONE else rule.value


def _own_modifiers(policy: Policy) -> str:
    return "KX above the annual threshold" if policy.modifiers.kx else _absent(policy)


def _fees(policy: Policy) -> str:
    percent = policy.money.percent_of_medicare
    basis = policy.money.fee_basis.value
    return basis if percent is None else f"{basis}: {percent:f} %"


def _mppr(policy: Policy) -> str:
    return "yes" if policy.money.mppr else _absent(policy)


def _edit_program(policy: Policy) -> str:
    edits = policy.modifiers.edits
    return _absent(policy) if edits is EditProgram.NONE else edits.value


def _assumed_units(policy: Policy) -> str:
    return "<br>".join(policy.counting.unit_assumptions) or "nothing"


def _assumed_amounts(policy: Policy) -> str:
    return "<br>".join(policy.money.amount_assumptions) or "nothing"


_FACTS: tuple[tuple[str, Callable[[Policy], str]], ...] = (
    ("units", _method),
    ("caps", _caps),
    ("modifiers", _own_modifiers),
    ("CQ and CO", _assistant_rule),
    ("MPPR", _mppr),
    ("fees", _fees),
    ("edits", _edit_program),
    ("assumed about units", _assumed_units),
    ("assumed about amounts", _assumed_amounts),
)


def _assistant_shares(payer: Payer) -> Iterator[tuple[str, str, str]]:
    """Yield the share for a PT assistant's treatment, from the table of furnishers. Periods without a row are unknown."""
    policy, last = payer.policies.entries[-1][1], payer.policies.known_through
    rules = [
        rule
        for rule in policy.furnishers.rules
        if rule.clinician is Clinician.ASSISTANT
        and rule.discipline is Discipline.PT
        and rule.service is ServiceClass.SKILLED_TREATMENT
        and rule.setting is None
    ]
    first = rules[0].effective_from if rules else last + timedelta(1)
    if first is not None:
        yield _NO_DATE, str(first - timedelta(1)), _absent(policy)
    for rule in rules:
        share = _UNKNOWN if rule.payment_share is None else f"{rule.payment_share * 100:.0f} %"
        days = str(rule.effective_from or _NO_DATE), str(rule.effective_through or last)
        yield *days, "not paid" if rule.refuses else share


def _payer_facts() -> str:
    """Return a section for each payer, and the payers that cannot be used."""
    return "\n".join([*map(_facts_of_payer, PAYERS.values()), _not_usable()])


def _facts_of_payer(payer: Payer) -> str:
    rows = [(name, *period) for name, fact in _FACTS for period in _periods(payer, fact)]
    rows += [("share for an assistant", *share) for share in _assistant_shares(payer)]
    count = len(payer.policies.entries[-1][1].furnishers.rules)
    number = f"{count} rules" if count else _UNKNOWN
    parts = [
        f"(payer-{payer.name})=\n## {payer.name}",
        _table(("fact", "from", "through", "value"), rows),
        f"- **{{ref}}`Who may furnish what <payers-furnishers>`:** {number}",
        f"- **Unknown or not modeled:** {payer.remark}",
        "\n".join(["- **Sources:**", *_source_lines(payer.sources)]),
    ]
    return "\n\n".join(parts) + "\n"


def _not_usable() -> str:
    rows = (
        (
            row["name"],
            row["reason"],
            "<br>".join(
                f"[{source['title']}]({source['url']}) (*{source['verified']}*)"
                for source in row["sources"]
            ),
        )
        for row in read_toml("payers_not_usable.toml")["payer"]
    )
    heading = "(payers-not-usable)=\n## Payers that cannot be used\n\n"
    return heading + _table(("payer", "why", "sources"), rows)


def _furnishers() -> str:
    return _table(
        (
            "payer",
            "who",
            "service",
            "paid",
            "modifier",
            "share",
            "supervision",
            "from",
            "through",
            "source",
        ),
        (
            cells
            for payer in PAYERS.values()
            for cells in _furnisher_rows(payer.policies.entries[-1][1].furnishers.rules)
        ),
    )


def _furnisher_rows(rules: Sequence[FurnisherRule]) -> Iterator[tuple[str, ...]]:
    """Yield one row for the rules that differ only in discipline, class of service, and assistant modifier."""
    alike: dict[tuple[object, ...], list[FurnisherRule]] = {}
    for rule in rules:
        fields = attrs.asdict(rule, recurse=False)
        for name in ("discipline", "service", "modifier"):
            del fields[name]
        alike.setdefault((*fields.values(), rule.modifier is None), []).append(rule)
    for same in alike.values():
        rule = same[0]
        plans = ", ".join(dict.fromkeys(each.discipline.value for each in same))
        where = "" if rule.setting is None else f", {rule.setting.value}"
        yield (
            f"`{rule.payer}`",
            f"{rule.clinician.value} ({plans}{where})",
            "<br>".join(dict.fromkeys(each.service.value for each in same)),
            rule.payable.value,
            " or ".join(dict.fromkeys(each.modifier or "" for each in same)),
            "" if rule.payment_share is None else str(rule.payment_share),
            rule.supervision,
            str(rule.effective_from or ""),
            str(rule.effective_through or ""),
            f"{rule.condition} {rule.source.title} (*{rule.source.verified.value}*)".strip(),
        )


def _edits() -> str:
    rows = (
        (
            file.kind,
            file.setting.value,
            str(file.effective_from),
            str(file.effective_through),
            str(file.rows),
            file.source.verified.value,
        )
        for file in Edits.bundled().coverage()
    )
    return _table(("kind", "setting", "quarter from", "through", "rows", "verified"), rows)


def _coverage() -> str:
    rows = (
        (
            area["name"],
            "yes" if area["modeled"] else "no",
            str(area.get("known_through", "")),
            area.get("verified", ""),
            area["remark"],
        )
        for area in read_toml("coverage.toml")["area"]
    )
    return _table(("area", "modeled", "known through", "verified", "remark"), rows)


def _releases() -> str:
    rows = (
        (
            release.name,
            str(first),
            str(release.effective_from),
            release.source.title,
            release.assumption,
        )
        for first, release in load_releases().entries
    )
    return _table(("release", "used from", "published from", "file", "assumption"), rows)


def _corrections() -> str:
    rows = (
        (
            f"`{row['code']}`",
            row["release"],
            published_rvus(row["release"])[row["code"]].status,
            row["status"],
            row["source"],
        )
        for row in read_toml("fees/releases.toml")["correction"]
    )
    return _table(("code", "release", "status in the file", "status used", "source"), rows)


def _parameters() -> str:
    series = []
    for name in SERIES:
        table = read_toml(f"parameters/medicare/{name}.toml", str)
        rows = (
            (str(row.get("from", "")), str(row["amount"]), row["source"], row["verified"])
            for row in table["value"]
        )
        through = table.get("known_through")
        last = f"Known through {through}." if through else "The data has no last date."
        series.append(
            f"### `{name}`\n\n{table['description']} {last}\n\n"
            + _table(("from", table["unit"], "source", "verified"), rows)
        )
    return "\n".join(series)


def _modifiers() -> str:
    rows = (
        (
            f"`{facts.modifier}`",
            facts.kind.value,
            "" if facts.discipline is None else facts.discipline.value,
            str(facts.effective_from or ""),
            "<br>".join(f"{source.title} (*{source.verified.value}*)" for source in facts.sources),
        )
        for facts in load_modifiers().values()
    )
    return _table(("modifier", "kind", "discipline", "in force since", "sources"), rows)


_WITHOUT_CODE = {None: "the whole note", "other": "other codes"}


def _note_elements() -> str:
    table = read_toml("rules/documentation.toml")
    rows = (
        (
            _WITHOUT_CODE.get(row.get("code")) or f"`{row['code']}`",
            row["words"],
            row["severity"],
            ", ".join(
                dict.fromkeys(table["source"][source]["verified"] for source in row["sources"])
            ),
        )
        for row in table["element"]
    )
    return _table(("code", "element", "severity when missing", "verified"), rows)


def _localities() -> str:
    _, indices = load_gpcis().entries[-1]
    rows = (
        (
            f"`{mac}-{locality}`",
            gpci.state,
            gpci.title,
            *map(str, (gpci.work, gpci.practice_expense, gpci.malpractice)),
        )
        for (mac, locality), gpci in sorted(
            indices.items(), key=lambda item: (item[1].state, item[0])
        )
    )
    head = ("locality", "state", "name", "work", "practice expense", "malpractice")
    return _table(head, rows)


def _log_columns() -> str:
    return _table(
        ("column", "contents"), ((f"`{name}`", contents) for name, contents in LOG_COLUMNS.items())
    )


def write_generated(_: Sphinx) -> None:
    """Write the generated tables and pages, and warn about public names and checks that other pages leave out."""
    tables = (
        _codes,
        _period_codes,
        _exclusive_codes,
        _rules,
        _coverage,
        _releases,
        _corrections,
        _parameters,
        _modifiers,
        _note_elements,
        _localities,
        _log_columns,
        _payers,
        _payer_facts,
        _furnishers,
        _edits,
    )
    pages = {f"_generated/{table.__name__.strip('_')}": table() for table in tables}
    pages |= {f"rules/{family}": family_page(family) for family in FAMILIES}
    for name, text in pages.items():
        page = HERE / f"{name}.md"
        page.parent.mkdir(exist_ok=True)
        # An unchanged file keeps its modification time, so Sphinx does not read its page again.
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
    _warn_about_missing_names()


def _warn_about_missing_names() -> None:
    """Warn if the API page leaves out a public name, or if the page about checks leaves out a check."""
    page = (HERE / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r":: therapy_billing((?:\.\w+)*)\.(\w+)(?:\(\))?\n", page)
    for name in dir(therapy_billing):
        part = getattr(therapy_billing, name)
        for public in getattr(part, "__all__", ()):
            where = "" if public in therapy_billing.__all__ else f".{name}"
            if (where, public) not in shown:
                LOGGER.warning("api.md leaves out therapy_billing%s.%s", where, public)
    page = (HERE / "checks.md").read_text(encoding="utf-8")
    for name in CHECKS:
        if f"](#rule-{name}) |" not in page:
            LOGGER.warning("checks.md leaves out the check %s", name)


_COLON = "\N{OBJECT REPLACEMENT CHARACTER}"


def hide_colons(
    _: Sphinx, what: str, _name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Hide colons in attribute docstrings, because napoleon would read the words before a colon as a type."""
    if what in ("attribute", "property"):
        lines[:] = [line.replace(":", _COLON) for line in lines]


def show_colons(
    _: Sphinx, _what: str, _name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Undo :func:`hide_colons` after napoleon has run."""
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def skip_named_tuple_fields(
    _: Sphinx, _what: str, _name: str, value: object, _skip: object, _options: object
) -> bool | None:
    """Leave out the fields of named tuples: autodoc would show only their indexes, and the class describes the fields."""
    return True if type(value).__name__ == "_tuplegetter" else None


def plain_signature(
    _: Sphinx,
    _what: str,
    name: str,
    _value: object,
    _options: object,
    signature: str | None,
    returned: str | None,
) -> tuple[str | None, str | None]:
    """Show type aliases by name, show dollars as decimals, and hide private constructors."""
    if name in ("therapy_billing.code_choice.Activities", "therapy_billing.FeeSchedule"):
        return "", None
    if signature is not None:
        signature = re.sub(r"TypeAliasForwardRef\('(.+?)'\)", r"\1", signature)
        signature = re.sub(r"\bUsd\b", "decimal.Decimal", signature)
    return signature, returned


_IN_MODULES = {
    "LOG_COLUMNS": "therapy_billing.visits.log_columns",
}
"""Names that are not exported by ``therapy_billing``, each with the module under which the API page shows it."""


def public_name(
    app: Sphinx, env: BuildEnvironment, node: Element, content: Element
) -> Element | None:
    """Resolve a name that a signature gives with its private module to the public name on the API page."""
    module, _, name = node.get("reftarget", "").rpartition(".")
    if node.get("refdomain") != "py":
        return None
    if name in therapy_billing.__all__ and f"{module}.".startswith(("therapy_billing.", ".")):
        target = f"therapy_billing.{name}"
    elif name in _IN_MODULES:
        target = f"{_IN_MODULES[name]}.{name}"
    else:
        return None
    page, kind = node["refdoc"], node["reftype"]
    return env.domains["py"].resolve_xref(env, page, app.builder, kind, target, node, content)


def setup(app: Sphinx) -> None:
    """Connect the hooks. Napoleon's own hook has priority 500, so ours run before and after it."""
    app.connect("builder-inited", write_generated)
    app.connect("autodoc-process-docstring", hide_colons, priority=400)
    app.connect("autodoc-process-docstring", show_colons, priority=600)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-skip-member", skip_named_tuple_fields)
    app.connect("missing-reference", public_name)
