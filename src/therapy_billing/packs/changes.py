"""What is new, gone, or changed between two sets of data: codes, fees, localities, numbers, pairs, and unit limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import groupby

import attrs

from therapy_billing.base.choices import Choice
from therapy_billing.base.data_packs import Pack
from therapy_billing.base.errors import InvalidInputError
from therapy_billing.base.money import EXACT
from therapy_billing.base.record_dicts import DictRecord
from therapy_billing.base.safe_repr import safe_repr
from therapy_billing.base.wording import counted
from therapy_billing.ncci.records import EditSetting
from therapy_billing.packs.data_view import ChangeKind, DataView, ViewTable, answers_for, tables_of

__all__ = ["ChangeType", "PackChange", "changes_text", "comparison_remarks", "pack_changes"]

_LIMIT = 20
_TITLES: Mapping[ChangeKind, str] = {
    ChangeKind.CODES: "Code book",
    ChangeKind.FEE_CODES: "Codes in the fee schedule",
    ChangeKind.STATUS: "STATUS CODE",
    ChangeKind.MPPR: "MPPR indicator (MULT PROC)",
    ChangeKind.RVUS: "Relative values",
    ChangeKind.LOCALITIES: "Localities and their indices",
    ChangeKind.PARAMETERS: "Conversion factors and other numbers",
    ChangeKind.PAIRS: "NCCI pairs (PTP)",
    ChangeKind.LIMITS: "Unit limits (MUE)",
    ChangeKind.ZIP_CODES: "ZIP codes",
}


class ChangeType(Choice):
    """Whether something is new, gone, or changed."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


@attrs.frozen
class PackChange(DictRecord):
    """
    A difference between two sets of data.

    Args:
        kind: What it is about.
        type: Whether it is new, gone, or changed.
        key: A code, a pair such as ``97530/97140``, a locality such as ``15202-00``, or the name of a number.
        setting: Whose claims an edit is for. None for other kinds.
        before: The earlier values by name. If it changed, only those that differ. Empty if it is new.
        after: The later values by name. If it changed, only those that differ. Empty if it is gone.
    """

    kind: ChangeKind
    type: ChangeType
    key: str
    setting: EditSetting | None
    before: Mapping[str, str] = attrs.field(hash=False)
    after: Mapping[str, str] = attrs.field(hash=False)

    def __str__(self) -> str:
        if self.type is ChangeType.CHANGED:
            names = [*self.before, *(name for name in self.after if name not in self.before)]
            values = ", ".join(f"{name} {self._changed(name)}" for name in names)
        else:
            values = ", ".join(
                f"{name} {value}" for name, value in (self.before or self.after).items()
            )
        return f"{self.key}: {values}" if values else self.key

    def _changed(self, name: str) -> str:
        return f"{self.before.get(name) or 'none'} to {self.after.get(name) or 'none'}"


def pack_changes(before: DataView | Pack, after: DataView | Pack) -> tuple[PackChange, ...]:
    """
    Return what is new, gone, or changed between two sets of data.

    Only tables that both sets have are compared, and pairs and unit limits only for codes that the files of both were searched
    for. Pairs include those that are deleted, because a PTP file answers for earlier days as well.
    A pack that adds codes or numbers to earlier data does not make the others gone.

    Args:
        before: A view, or a pack, which stands for the view of its own tables.
        after: A view, or a pack.

    Returns:
        The changes by kind, setting, type, and key.

    Raises:
        InvalidInputError: If *before* or *after* is neither.

    >>> pack_changes(DataView.library(), DataView.library())
    ()
    """
    old, new = _view(before, "before"), _view(after, "after")
    return tuple(
        change
        for kind, setting in _compared(old, new)
        for change in _changes(
            kind, setting, tables_of(old)[kind, setting], tables_of(new)[kind, setting]
        )
    )


def _view(value: object, what: str) -> DataView:
    if isinstance(value, Pack):
        return DataView.of_pack(value)
    if not isinstance(value, DataView):
        msg = f"{what} must be a Pack or a DataView, got {safe_repr(value)}"
        raise InvalidInputError(msg, field=what)
    return value


def _compared(before: DataView, after: DataView) -> list[tuple[ChangeKind, EditSetting | None]]:
    """Return the tables that both have, in the order of the kinds and settings."""
    both = tables_of(before).keys() & tables_of(after).keys()
    settings = (None, *EditSetting)
    return [(kind, each) for kind in ChangeKind for each in settings if (kind, each) in both]


def _changes(
    kind: ChangeKind, setting: EditSetting | None, before: ViewTable, after: ViewTable
) -> Iterator[PackChange]:
    answered = _in_both(before, after)
    old = {key: row for key, row in before.rows.items() if answered(key)}
    new = {key: row for key, row in after.rows.items() if answered(key)}
    if _shows_new(kind):
        # If only one of the two is whole, what the other lacks is neither new nor gone.
        alike = before.whole == after.whole
        for key in sorted(new.keys() - old.keys()) if before.whole or alike else ():
            yield PackChange(kind, ChangeType.NEW, key, setting, {}, new[key])
        for key in sorted(old.keys() - new.keys()) if after.whole or alike else ():
            yield PackChange(kind, ChangeType.GONE, key, setting, old[key], {})
    for key in sorted(old.keys() & new.keys()):
        names = [*old[key], *(name for name in new[key] if name not in old[key])]
        differ = [name for name in names if not _same(old[key].get(name), new[key].get(name))]
        if kind is ChangeKind.PAIRS:
            differ = _differ_if_known(differ, old[key], new[key])
        if differ:
            left = {name: old[key][name] for name in differ if name in old[key]}
            right = {name: new[key][name] for name in differ if name in new[key]}
            yield PackChange(kind, ChangeType.CHANGED, key, setting, left, right)


def _differ_if_known(
    names: Iterable[str], before: Mapping[str, str], after: Mapping[str, str]
) -> list[str]:
    """Return the *names* without the days that a file without first days cannot show."""
    days = all("first day" in row for row in (before, after))
    return [name for name in names if days or name not in ("first day", "before")]


def _shows_new(kind: ChangeKind) -> bool:
    """Return whether a missing key is a change. The codes of the fee schedule are a table of their own."""
    return kind not in (ChangeKind.STATUS, ChangeKind.MPPR, ChangeKind.RVUS)


def _in_both(before: ViewTable, after: ViewTable) -> Callable[[str], bool]:
    """Return whether the files of both tables answer for a key."""
    if before.codes is None or after.codes is None:
        return lambda _: True
    codes = before.codes & after.codes

    def answered(key: str) -> bool:
        return codes.issuperset(key.split("/")) and all(
            _has(table, key) for table in (before, after)
        )

    return answered


def _has(table: ViewTable, key: str) -> bool:
    return not table.searched or any(answers_for(each, key) for each in table.searched)


def _same(before: str | None, after: str | None) -> bool:
    """Return whether two values are equal, as numbers if both are: 0.20 is 0.2."""
    if before == after or before is None or after is None:
        return before == after
    try:
        return Decimal(before, EXACT) == Decimal(after, EXACT)
    except InvalidOperation:
        return False


def comparison_remarks(before: DataView | Pack, after: DataView | Pack) -> tuple[str, ...]:
    """Return what :func:`pack_changes` could not compare: tables in only one of the sets, and codes in only one file of edits."""
    old, new = _view(before, "before"), _view(after, "after")
    remarks: list[str] = []
    for one, other in ((old, new), (new, old)):
        only = [
            _title(*key)
            for key in _compared(one, one)
            if key not in tables_of(other)
            # The library has no ZIP codes of its own.
            and (key[0] is not ChangeKind.ZIP_CODES or tables_of(one)[key].rows)
        ]
        if only:
            remarks.append(f"not compared, because only {one.name} has it: {'; '.join(only)}")
    for kind, setting in _compared(old, new):
        left, right = (tables_of(each)[kind, setting].codes for each in (old, new))
        alone = len((left or frozenset()) ^ (right or frozenset()))
        if alone:
            title = _title(kind, setting)
            remarks.append(
                f"{title}: {counted(alone, 'code')} not compared, because only one of the two has it"
            )
    return tuple(remarks)


def changes_text(changes: Iterable[PackChange], *, limit: int = _LIMIT) -> str:
    """
    Return *changes* as text, grouped by kind and setting.

    Args:
        changes: The changes, as :func:`pack_changes` returns them. ZIP codes are only counted.
        limit: The number of lines for each group. The others are only counted.

    >>> print(changes_text(()))
    no changes
    """
    lines: list[str] = []
    for (kind, setting), found in groupby(
        changes, key=lambda change: (change.kind, change.setting)
    ):
        group = list(found)
        if kind is ChangeKind.ZIP_CODES:
            lines.append(f"{_title(kind, setting)}: {_zip_counts(group)}")
            continue
        lines.append(f"{_title(kind, setting)}: {_counts(group)}")
        lines += [f"  {change.type.value} {change}" for change in group[:limit]]
        if len(group) > limit:
            lines.append(f"  and {len(group) - limit} more")
    return "\n".join(lines) or "no changes"


def _title(kind: ChangeKind, setting: EditSetting | None) -> str:
    return _TITLES[kind] + ("" if setting is None else f", {setting.value}")


def _counts(group: Sequence[PackChange]) -> str:
    return _in_order((each.type.value for each in group), [kind.value for kind in ChangeType])


def _zip_counts(group: Iterable[PackChange]) -> str:
    """Return the counts of ZIP codes, because a quarter has thousands of them."""
    moved, other = "moved to another locality", "with another state or plus four flag"
    words = (
        each.type.value
        if each.type is not ChangeType.CHANGED
        else (moved if "locality" in each.after else other)
        for each in group
    )
    return _in_order(words, [ChangeType.NEW.value, ChangeType.GONE.value, moved, other])


def _in_order(words: Iterable[str], order: Iterable[str]) -> str:
    counts = Counter(words)
    return ", ".join(f"{counts[word]} {word}" for word in order if counts[word])
