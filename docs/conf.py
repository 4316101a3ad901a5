"""How the documentation is built; the tables in ``_generated`` are written from the package's data."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import version as installed
from pathlib import Path

from docutils.nodes import Element
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import therapy_billing
from therapy_billing import PAYERS, Edits, Payer, Rule, load_codes
from therapy_billing.base.data_loader import read_toml
from therapy_billing.checks import CHECKS
from therapy_billing.codes import CodeFacts, UnitOf
from therapy_billing.codes.modifiers import load_modifiers
from therapy_billing.fees.bundled_tables import load_gpcis, load_releases, published_rvus
from therapy_billing.law import load_rules
from therapy_billing.law.parameters import SERIES
from therapy_billing.payers.policy import EditProgram
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

# The examples of docstrings are run by pytest; here only those of the pages.
doctest_test_doctest_blocks = ""
# The words of an error are checked too.
doctest_default_flags = doctest.ELLIPSIS | doctest.DONT_ACCEPT_TRUE_FOR_1
doctest_global_setup = """
import attrs
from datetime import date, datetime
from therapy_billing import *
"""

nitpicky = True
nitpick_ignore_regex = [
    # The standard library: its names would need a download, and a build asks no network.
    (r"py:.*", r"(collections\.abc|datetime|decimal|os|types|typing)\..*|date|Decimal|PathLike"),
]
nitpick_ignore = [
    # The type variables of Timeline and Change have no page.
    ("py:class", "therapy_billing.law.timeline.T"),
    ("py:class", "T"),
]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _words(facts: CodeFacts, fact: str) -> str:
    """Return how far the sources of a fact were verified."""
    words = dict.fromkeys(source.verified.value for source in facts.sources.get(fact, ()))
    return f" *{', '.join(words)}*" if words else ""


def _time(facts: CodeFacts) -> str:
    if facts.unit_minutes is not None:
        return f"{facts.unit_minutes} minutes"
    if facts.month_minutes is not None:
        fewest, most = facts.month_minutes
        if facts.beyond is not None:
            return f"untimed, each further {fewest} minutes of a calendar month"
        minutes = f"{fewest} or more" if most is None else f"{fewest} to {most}"
        return f"untimed, 1 for {minutes} minutes of a calendar month"
    return {
        UnitOf.DAY: "untimed, 1 a day",
        UnitOf.PERIOD: "untimed, 1 for a set-up or a period of days",
        UnitOf.AREA: "untimed, by area",
    }[facts.unit_of]


def _family(facts: CodeFacts) -> str:
    if facts.add_on is not None:
        return f"first, then {facts.add_on}"
    adds_to = facts.adds_to or facts.beyond
    return f"adds to {adds_to}" if adds_to is not None else ""


def _validity(facts: CodeFacts) -> str:
    first, last = facts.effective_from, facts.effective_through
    text = f"from {first}" if first else "first day not in the data"
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
            _time(facts) + _words(facts, "time"),
            _family(facts),
            ", ".join(name.value for name in facts.disciplines) + _words(facts, "disciplines"),
            facts.therapy_class.value + _words(facts, "therapy"),
            (facts.mppr_indicator or "") + _words(facts, "mppr"),
            ("" if facts.assistant_modifier else "never") + _words(facts, "assistant"),
            _validity(facts) + _words(facts, "validity"),
        )
        for facts in load_codes().values()
    )
    head = (
        "code",
        "our label",
        "unit",
        "family",
        "disciplines",
        "therapy",
        "MPPR indicator",
        "CQ, CO",
        "dates of service",
    )
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
    return _table(("rule", "statement", "since", "verified"), rows)


_FAMILIES = {
    "units": "Units",
    "assistants": "The assistant's units",
    "fees": "The amount of a unit",
    "mppr": "Several units on a day",
    "cost_sharing": "Who pays",
    "thresholds": "The year so far",
    "contracts": "Contracts",
    "edits": "Edits and codes",
    "line_modifiers": "Modifiers of a line",
    "time": "Time",
    "documentation": "The record",
    "code_choice": "Code choice",
}
"""The files of ``data/rules``, and what the traceability page calls them."""


def hand_written(page: str) -> set[str]:
    """Return the ids of the rules that have a section in *page*."""
    return set(re.findall(r"^\(rule-(.+)\)=$", page, re.MULTILINE))


def examples(function: str) -> list[doctest.Example]:
    """Return the examples of a function's docstring; of a class without any, those of its methods."""
    value = pkgutil.resolve_name(function)
    own = doctest.DocTestParser().get_examples(inspect.getdoc(value) or "")
    if own or not inspect.isclass(value):
        return own
    finder = doctest.DocTestFinder()
    return [example for test in finder.find(value, function) for example in test.examples]


def _example_lines(found: Iterable[doctest.Example]) -> Iterator[str]:
    for example in found:
        first, *more = example.source.splitlines()
        yield f">>> {first}"
        yield from (f"... {line}".rstrip() for line in more)
        yield from example.want.splitlines()


def _function(name: str) -> str:
    """Return a link to a function that the API page shows, or else its name."""
    shown = ".rules." in name
    shown |= name.rpartition(".")[2] in therapy_billing.__all__
    return f"{{py:obj}}`{name}`" if shown else f"`{name}`"


def _sources(rule: Rule) -> Iterator[str]:
    for source in rule.sources:
        title = f"[{source.title}]({source.url})" if source.url else source.title
        place = f", {source.section}" if source.section else ""
        yield f"  - {title}{place} (*{source.verified.value}*)"


def traceability() -> str:
    """Return every rule with its function, sources and example; an anchor for those without a section."""
    elsewhere = hand_written((HERE / "rules.md").read_text(encoding="utf-8"))
    family_of = {
        row["id"]: family
        for family in _FAMILIES
        for row in read_toml(f"rules/{family}.toml")["rule"]
    }
    text = family = ""
    told: set[str] = set()
    for rule in load_rules().values():
        if family_of[rule.id] != family:
            family = family_of[rule.id]
            text += f"## {_FAMILIES[family]}\n\n"
        if rule.id not in elsewhere:
            text += f"(rule-{rule.id})=\n"
        place = f"example-{rule.function}".replace(".", "-").replace("_", "-").lower()
        lines = [f"### {rule.id}", "", rule.statement, ""]
        lines += [f"- Since: {rule.effective_from or 'no source names a first day'}"]
        lines += [f"- Applied by: {_function(rule.function)}", "- Sources:", *_sources(rule)]
        if rule.id in elsewhere:
            lines += [f"- Worked examples: [{rule.id}](#rule-{rule.id})"]
        if rule.function in told:
            lines += [f"- Example: [the one of its function](#{place})", ""]
        elif found := examples(rule.function):
            told.add(rule.function)
            lines += [
                "- Example:",
                "",
                f"({place})=",
                "```pycon",
                *_example_lines(found),
                "```",
                "",
            ]
        text += "\n".join([*lines, "", ""])
    return text


def _payers() -> str:
    return _table(
        (
            "payer",
            "units",
            "from",
            "through",
            "edits",
            "sources",
            "what is not known, or not modelled",
        ),
        (_payer(payer) for payer in PAYERS.values()),
    )


def _payer(payer: Payer) -> Iterator[str]:
    first, last = payer.policies.entries[0][0], payer.policies.known_through
    policy = payer.on(last)
    yield f"`{payer.name}`"
    yield policy.counting.method.value
    yield str(first or "not told")
    yield str(last)
    yield "unknown" if policy.modifiers.edits is EditProgram.NONE else policy.modifiers.edits.value
    yield "<br>".join(f"{source.title} (*{source.verified.value}*)" for source in payer.sources)
    yield payer.remark


def _edits() -> str:
    rows = (
        (
            held.kind,
            held.setting.value,
            str(held.effective_from),
            str(held.effective_through),
            str(held.rows),
            held.source.verified.value,
        )
        for held in Edits.bundled().coverage()
    )
    return _table(("kind", "setting", "quarter from", "through", "rows", "verified"), rows)


def _coverage() -> str:
    rows = (
        (
            area["name"],
            "yes" if area["modelled"] else "no",
            str(area.get("known_through", "")),
            area.get("verified", ""),
            area["note"],
        )
        for area in read_toml("coverage.toml")["area"]
    )
    return _table(("area", "modelled", "known through", "verified", "note"), rows)


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
    return _table(("release", "used from", "published for", "file", "note"), rows)


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
    return _table(("code", "release", "status in the file", "status used", "shown by"), rows)


def _parameters() -> str:
    series = []
    for name in SERIES:
        table = read_toml(f"parameters/medicare/{name}.toml", str)
        rows = (
            (str(row.get("from", "")), str(row["amount"]), row["source"], row["verified"])
            for row in table["value"]
        )
        through = table.get("known_through")
        last = f"Known through {through}." if through else "No source names a last day."
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
    return _table(("modifier", "kind", "discipline", "since", "sources"), rows)


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
        ("column", "what it holds"), ((f"`{name}`", holds) for name, holds in LOG_COLUMNS.items())
    )


def write_generated(_: Sphinx) -> None:
    """Write the tables that pages include, and see that hand-written pages leave nothing out."""
    folder = HERE / "_generated"
    folder.mkdir(exist_ok=True)
    for table in (
        _codes,
        _rules,
        _coverage,
        _releases,
        _corrections,
        _parameters,
        _modifiers,
        _note_elements,
        _localities,
        _log_columns,
        traceability,
        _payers,
        _edits,
    ):
        place = folder / f"{table.__name__.strip('_')}.md"
        text = table()
        # A file that did not change keeps its time, so its page is not read again.
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8")

    page = (HERE / "rules.md").read_text(encoding="utf-8")
    for rule in (load_rules()[name] for name in hand_written(page)):
        facts = [rule.statement, rule.function]
        facts += [source.title for source in rule.sources]
        for fact in facts:
            if fact not in page:
                LOGGER.warning("rules.md does not say of %s: %s", rule.id, fact)
    _see_that_api_page_is_complete()


def _see_that_api_page_is_complete() -> None:
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
            LOGGER.warning("checks.md does not tell of %s", name)


_COLON = "\N{OBJECT REPLACEMENT CHARACTER}"


def hide_colons(
    _: Sphinx, what: str, _name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Keep napoleon from taking the words before a colon for a type: of an attribute they are prose."""
    if what in ("attribute", "property"):
        lines[:] = [line.replace(":", _COLON) for line in lines]


def show_colons(
    _: Sphinx, _what: str, _name: str, _value: object, _options: object, lines: list[str]
) -> None:
    """Undo what :func:`hide_colons` did, after napoleon."""
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def skip_places(
    _: Sphinx, _what: str, _name: str, value: object, _skip: object, _options: object
) -> bool | None:
    """Leave out the fields of named tuples: their class tells them, autodoc only their places."""
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
    """Write aliases of types by their names, dollars as decimals, and no constructor that is private."""
    if name in ("therapy_billing.code_choice.Activities", "therapy_billing.FeeSchedule"):
        return "", None
    if signature is not None:
        signature = re.sub(r"TypeAliasForwardRef\('(.+?)'\)", r"\1", signature)
        signature = re.sub(r"\bUsd\b", "decimal.Decimal", signature)
    return signature, returned


_IN_MODULES = {
    "LOG_COLUMNS": "therapy_billing.visits.log_columns",
}
"""Names that the API page shows where they live, as they are not public."""


def public_name(
    app: Sphinx, env: BuildEnvironment, node: Element, content: Element
) -> Element | None:
    """Find a name of the module where it lives, as signatures write it, where it is documented."""
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
    """Connect the hooks; napoleon's own has the priority 500."""
    app.connect("builder-inited", write_generated)
    app.connect("autodoc-process-docstring", hide_colons, priority=400)
    app.connect("autodoc-process-docstring", show_colons, priority=600)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-skip-member", skip_places)
    app.connect("missing-reference", public_name)
