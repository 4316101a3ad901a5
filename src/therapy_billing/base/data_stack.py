"""The data packs of a process, merged with the library's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import attrs

from therapy_billing.base.data_merge import ALLOWED, Layer, Merged, merge_layers, merging_form
from therapy_billing.base.data_packs import MANIFEST, Assumption, Pack
from therapy_billing.base.errors import FileFormatError
from therapy_billing.base.library_files import DataVersion, library_version, read_library_text

__all__ = ["INVENTED", "LIBRARY", "DataStack", "merge_packs"]

LIBRARY = "therapy_billing/data"
"""The folder of the library's data, as messages show it."""
INVENTED = "invented"
"""The id of the assumption that says that a pack is not real."""
_LATER_FILES = {
    "later-releases": "fees/releases.toml",
    "later-zip-codes": "fees/zip5_releases.toml",
}
"""The assumptions that an earlier file also applies later, with the releases that can replace them."""


@attrs.frozen
class DataStack:
    """
    The library's data with packs on top.

    Args:
        packs: The packs, from the bottom up.
        merged: The merged data files, by path.
    """

    packs: tuple[Pack, ...]
    _merged: Mapping[str, Merged] = attrs.field(repr=False)

    @property
    def version(self) -> DataVersion:
        """The version of the library, and the packs."""
        return DataVersion(library_version(), tuple(pack.label for pack in self.packs))

    def has(self, path: str) -> bool:
        """Return whether a pack has the data file *path*."""
        return path in self._merged

    def toml(self, path: str) -> dict[str, Any]:
        """Return the merged tables of a TOML file that a pack has."""
        return self._merged[path].table

    def rows(self, path: str) -> list[str]:
        """Return the merged lines of a CSV file that a pack has."""
        return self._merged[path].lines

    def names_in(self, folder: str) -> tuple[str, ...]:
        """Return the names, without the ending, of the files that packs have in *folder*."""
        start = f"{folder}/"
        paths = sorted(path for path in self._merged if path.startswith(start))
        return tuple(path.removeprefix(start).rpartition(".")[0] for path in paths)

    def days_of_assumptions(self, path: str) -> tuple[date, ...]:
        """Return each day on which an assumption about *path* begins, or no longer applies."""
        covering = [each for pack in self.packs for each in pack.assumptions if each.covers(path)]
        ends = [each.effective_through for each in covering if each.effective_through < date.max]
        days = {each.effective_from for each in covering} | {
            end + timedelta(days=1) for end in ends
        }
        return tuple(sorted(days))

    def assumptions(self, day: date, paths: Sequence[str]) -> tuple[str, ...]:
        """Return the assumptions of the packs that the values of *paths* rest on, on *day*."""
        return tuple(
            f"{each.text} (assumed by {each.by}{f', {each.made_on}' if each.made_on else ''}; data pack {pack.name})"
            for number, pack in enumerate(self.packs, 1)
            for each in pack.assumptions
            if _applies(each, day)
            and any(map(each.covers, paths))
            and not self._is_replaced(each, day, self.packs[number:])
        )

    def _is_replaced(self, assumption: Assumption, day: date, later: Sequence[Pack]) -> bool:
        """Return whether a later pack has the release that *assumption* does without, or another one that stands in for it."""
        path = _LATER_FILES.get(assumption.id)
        if path is None or path not in self._merged:
            return False
        again = (each for pack in later for each in pack.assumptions if each.id == assumption.id)
        return any(_applies(each, day) for each in again) or any(
            assumption.effective_from <= row["from"] <= day
            for row in self._merged[path].table["release"]
            if "applied" not in row
        )


def _applies(assumption: Assumption, day: date) -> bool:
    return assumption.effective_from <= day <= assumption.effective_through


def merge_packs(packs: Sequence[Pack]) -> tuple[DataStack, list[FileFormatError]]:
    """Return the stack of *packs* on top of the library's data, and what is wrong with them."""
    faults: list[FileFormatError] = []
    layers: dict[str, list[Layer]] = {}
    for number, pack in enumerate(packs):
        if pack.name in {each.name for each in packs[:number]}:
            reason = (
                f"two data packs have the name {pack.name}: rename one, or use only one of them"
            )
            faults.append(FileFormatError(reason, pack.where(MANIFEST)))
        for path in pack.paths():
            if merging_form(path) is None:
                reason = f"a data pack cannot have this file: it may have {ALLOWED}"
                faults.append(FileFormatError(reason, pack.where(path)))
                continue
            try:
                layers.setdefault(path, []).append(_layer(pack, path))
            except FileFormatError as error:
                faults.append(error)
    merged = {
        path: merge_layers(path, [*_of_library(path), *above]) for path, above in layers.items()
    }
    faults += [fault for each in merged.values() for fault in each.faults]
    faults += [fault for pack in packs for fault in _unused(pack, merged)]
    return DataStack(tuple(packs), merged), faults


def _layer(pack: Pack, path: str) -> Layer:
    keys = frozenset(each.key for each in pack.corrections if each.file == path)
    assumed = tuple(
        (each.effective_from, each.effective_through)
        for each in pack.assumptions
        # That a pack is invented is no reason to carry a value forward.
        if each.id != INVENTED and each.covers(path)
    )
    return Layer(pack.where(path), pack.text(path), keys, assumed)


def _of_library(path: str) -> list[Layer]:
    try:
        return [Layer(f"{LIBRARY}/{path}", read_library_text(path))]
    except FileNotFoundError:
        return []


def _unused(pack: Pack, merged: Mapping[str, Merged]) -> list[FileFormatError]:
    """Return a fault for each correction of *pack* that corrects nothing."""
    faults: list[FileFormatError] = []
    for number, each in enumerate(pack.corrections):
        if each.file.startswith("edits/"):
            continue  # a table of edits belongs to one pack, so nothing is merged
        of_file = merged.get(each.file)
        used = set() if of_file is None else of_file.corrected.get(pack.where(each.file), set())
        if each.key not in used:
            reason = f"it corrects nothing: {each.file} of the pack changes no earlier row with the key {each.key}"
            line = pack.manifest.line(("correction", number))
            faults.append(FileFormatError(reason, pack.where(MANIFEST), line))
    return faults
