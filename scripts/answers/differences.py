"""
Find the differences between two answers to a day.

A difference has a kind (:data:`KINDS`), a short description of the change, the rule if there is one, the call whose
answers differ, and the codes. Texts are never compared, so different messages are not a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

__all__ = ["BY_HAND", "KINDS", "Difference", "Facts", "compare_answers"]

Facts: TypeAlias = Mapping[str, Any]

KINDS = ("units", "lines", "money", "findings", "steps", "suggestion", "error")
BY_HAND = frozenset({"Claim", "check_claim", "price_day, claim by hand", "FeeSchedule.amount"})
"""The calls that use the hand-written claim. The other calls use the sessions."""
_AMOUNTS = ("allowed", "medicare_pays", "patient_responsibility")


class Difference(NamedTuple):
    """
    One fact that the two checkouts answer differently.

    Args:
        kind: One of :data:`KINDS`.
        change: What changed, such as ``more`` (units), ``+KX`` (lines), ``allowed -> none`` (money), ``+deny``
            (findings), ``-`` (steps), ``answer -> InvalidInputError`` (error).
        rule: Rule id of a finding or a step; empty for other kinds.
        call: The call whose answers differ.
        codes: The codes concerned; empty if there are none.
        old: The old fact.
        new: The new fact.
    """

    kind: str
    change: str
    rule: str
    call: str
    codes: tuple[str, ...]
    old: Any
    new: Any


def compare_answers(old: Mapping[str, Facts], new: Mapping[str, Facts]) -> list[Difference]:
    """Return the differences between the answers for a day. Calls that only one side answered are left out."""
    same_lines = _lines_of(old) == _lines_of(new)
    return [
        difference
        for call in old
        if call in new and old[call] != new[call]
        for difference in _compare_call(call, old[call], new[call], same_lines=same_lines)
    ]


def _lines_of(answers: Mapping[str, Facts]) -> object:
    return answers.get("build_claim", {}).get("lines")


def _compare_call(call: str, old: Facts, new: Facts, *, same_lines: bool) -> Iterator[Difference]:
    if "error" in old or "error" in new:
        yield from _errors(call, old, new)
        return
    if "units" in new:
        yield from _units(call, old, new)
    if "lines" in new:
        yield from _lines(call, old["lines"], new["lines"])
    if "findings" in new:
        same_indexes = same_lines or call == "check_claim"
        yield from _findings(call, old["findings"], new["findings"], same_indexes=same_indexes)
    if "steps" in new:
        yield from _steps(call, old["steps"], new["steps"])
    if "amounts" in new:
        yield from _amounts(call, old["amounts"], new["amounts"])
    for name, kind in (("complete", "money"), ("suggested", "suggestion"), ("status", "error")):
        before, after = old.get(name), new.get(name)
        if before != after:
            change = f"{name} {_word(before)} -> {_word(after)}"
            yield Difference(kind, change, "", call, (), before, after)


def _errors(call: str, old: Facts, new: Facts) -> Iterator[Difference]:
    before, after = old.get("error", "answer"), new.get("error", "answer")
    if before != after:
        texts = old.get("message"), new.get("message")
        yield Difference("error", f"{before} -> {after}", "", call, (), *texts)


def _amounts(call: str, old: Facts, new: Facts) -> Iterator[Difference]:
    for code, amounts in new.items():
        if amounts != old[code]:
            yield Difference("money", "amount", "", call, (code,), old[code], amounts)


def _word(value: object) -> str:
    return "none" if value is None else str(value).lower()


def _units(call: str, old: Facts, new: Facts) -> Iterator[Difference]:
    for code in sorted({*old["units"], *new["units"]}):
        before, after = old["units"].get(code, 0), new["units"].get(code, 0)
        if before != after:
            change = "more" if after > before else "fewer"
            yield Difference("units", change, "", call, (code,), before, after)
        elif (code in old["units"]) != (code in new["units"]):
            change = "listed without a unit" if code in new["units"] else "no longer listed"
            yield Difference("units", change, "", call, (code,), before, after)
    if old["tied"] != new["tied"]:
        change = f"tied {_word(old['tied'])} -> {_word(new['tied'])}"
        yield Difference("units", change, "", call, (), old["tied"], new["tied"])
    if old["units"] != new["units"]:
        # Different units can by themselves change the total and the splits, so do not report those too.
        return
    if old["total"] != new["total"]:
        yield Difference("units", "total", "", call, (), old["total"], new["total"])
    if sorted(map(repr, old["splits"])) != sorted(map(repr, new["splits"])):
        yield Difference("units", "splits", "", call, (), old["splits"], new["splits"])


def _lines(call: str, old: Sequence[Facts], new: Sequence[Facts]) -> Iterator[Difference]:
    pairs = list(_pairs(old, new, (_billed, lambda line: line["code"])))
    for before, after in pairs:
        line = after or before or {}
        code = (line["code"],)
        if before is None or after is None:
            yield Difference("lines", "-" if after is None else "+", "", call, code, before, after)
            continue
        if change := _modifier_change(before["modifiers"], after["modifiers"]):
            yield Difference(
                "lines", change, "", call, code, before["modifiers"], after["modifiers"]
            )
        if before["units"] != after["units"]:
            change = "more units" if after["units"] > before["units"] else "fewer units"
            yield Difference("lines", change, "", call, code, before["units"], after["units"])
        for name in _AMOUNTS:
            if name in after and before[name] != after[name]:
                change = _amount_change(name, before[name], after[name])
                yield Difference("money", change, "", call, code, before[name], after[name])
    orders = [_billed(line) for line in old], [_billed(line) for line in new]
    if orders[0] != orders[1] and sorted(orders[0]) == sorted(orders[1]):
        yield Difference("lines", "order", "", call, (), *orders)


def _billed(line: Facts) -> tuple[object, ...]:
    return line["code"], line["units"], tuple(line["modifiers"])


def _pairs(
    old: Iterable[Facts], new: Iterable[Facts], keys: Sequence[Any]
) -> Iterator[tuple[Facts | None, Facts | None]]:
    """Pair facts with the same first key, then the rest by the second key, and so on. Yield unpaired facts alone."""
    rest_old, rest_new = list(old), list(new)
    for key in keys:
        alone = []
        for before in rest_old:
            after = next((each for each in rest_new if key(each) == key(before)), None)
            if after is None:
                alone.append(before)
            else:
                rest_new.remove(after)
                yield before, after
        rest_old = alone
    yield from ((before, None) for before in rest_old)
    yield from ((None, after) for after in rest_new)


def _modifier_change(old: Sequence[str], new: Sequence[str]) -> str:
    if old == new:
        return ""
    added = [f"+{modifier}" for modifier in sorted({*new} - {*old})]
    removed = [f"-{modifier}" for modifier in sorted({*old} - {*new})]
    return " ".join([*added, *removed]) or "modifier order"


def _amount_change(name: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return (
            f"{name} {'none' if old is None else 'amount'} -> {'none' if new is None else 'amount'}"
        )
    return f"{name} {'higher' if Decimal(new) > Decimal(old) else 'lower'}"


def _findings(
    call: str, old: Sequence[Facts], new: Sequence[Facts], *, same_indexes: bool
) -> Iterator[Difference]:
    keys = (
        lambda each: (each["rule"], sorted(each["codes"]), each["severity"], each["lines"]),
        lambda each: (each["rule"], sorted(each["codes"]), each["severity"]),
        lambda each: (each["rule"], sorted(each["codes"])),
    )
    for before, after in _pairs(old, new, keys):
        finding = after or before or {}
        changes = [f"{'-' if after is None else '+'}{finding['severity']}"]
        if before is not None and after is not None:
            changes = list(_finding_changes(before, after, same_indexes=same_indexes))
        for change in changes:
            codes = tuple(finding["codes"])
            yield Difference("findings", change, finding["rule"], call, codes, before, after)


def _finding_changes(old: Facts, new: Facts, *, same_indexes: bool) -> Iterator[str]:
    if old["severity"] != new["severity"]:
        yield f"{old['severity']} -> {new['severity']}"
    if same_indexes and old["lines"] != new["lines"]:
        yield "lines"
    if old["at_stake"] != new["at_stake"]:
        yield _amount_change("at stake", old["at_stake"], new["at_stake"])


def _steps(call: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Difference]:
    before, after = Counter(old), Counter(new)
    for rule in sorted({*before, *after}):
        if before[rule] != after[rule]:
            change = "+" if after[rule] > before[rule] else "-"
            yield Difference("steps", change, rule, call, (), before[rule], after[rule])
    if before == after and old != new:
        yield Difference("steps", "order", "", call, (), old, new)
