"""What the result of one annotation says of the item: its tags, and the note beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tagledger.annotation_tools.parsing import Record, distinct, name_of

Path = tuple[str, ...]
_ABOUT_AN_ITEM = frozenset(
    {"choices", "taxonomy", "textarea", "rating", "number", "datetime", "pairwise", "ranker"}
)
# What says where in the item a region is.
_PLACES = frozenset(
    {
        *("start", "end", "startOffset", "endOffset", "globalOffsets", "ranges", "sequence"),
        *("x", "y", "width", "height", "radiusX", "radiusY", "points", "vertices", "rle"),
    }
)


@dataclass(frozen=True)
class Chosen:
    """A tag that was chosen: the group it is of (its `from_name`), and its names from the top."""

    group: str
    path: Path


@dataclass(frozen=True)
class Said:
    """What a result says.

    Attributes
    ----------
    chosen
        The tags of the item, those on regions too.
    note
        The free text that is about the whole item.
    rows
        How many rows the result has.
    of_regions
        How many rows choose something about a region, which is no tag of the item.
    """

    chosen: tuple[Chosen, ...] = ()
    note: str | None = None
    rows: int = 0
    of_regions: int = 0


def said(result: list[Record], group: str | None = None) -> Said:
    """What the rows of a result say.

    Labels that are put on regions are tags of the item. What is chosen about a region, such as
    how blurred it is, is none, unless its group is asked for.

    Parameters
    ----------
    result
        The rows.
    group
        The only group whose tags count, also where it is about regions.
    """
    regions = {name_of(row.get("id")) for row in result if _is_region(row)} - {None}
    chosen: list[Chosen] = []
    notes: list[str] = []
    of_regions = 0
    for row in result:
        value = row.get("value")
        if not isinstance(value, dict):
            continue  # such as a relation
        name = name_of(row.get("from_name")) or ""
        about_region = name_of(row.get("id")) in regions or bool(_PLACES & value.keys())
        if not about_region:
            notes += [one for one in texts_of(value) if one.strip()]
        if group is not None and name != group:
            continue
        if about_region and group is None and not _labels(value) and paths_of(value):
            of_regions += 1
            continue
        chosen += [Chosen(name, path) for path in paths_of(value)]
    note = "\n".join(notes) or None
    return Said(tuple(dict.fromkeys(chosen)), note, len(result), of_regions)


def paths_of(value: Record) -> list[Path]:
    """The tags of a value, each with the names above it: of choices, labels and taxonomies."""
    paths: list[Path] = []
    for key, entries in value.items():
        if key not in {"choices", "taxonomy"} and not key.endswith("labels"):
            continue
        for entry in entries if isinstance(entries, list) else [entries]:
            names = entry if isinstance(entry, list) else [entry]
            path = [name for name in map(name_of, names) if name is not None]
            if path:
                paths.append(tuple(path))
    return paths


def texts_of(value: Record) -> list[str]:
    """The texts of a value that is free text."""
    if _PLACES & value.keys() or paths_of(value):
        return []
    texts = value.get("text")
    return [one for one in texts if isinstance(one, str)] if isinstance(texts, list) else []


def _labels(value: Record) -> bool:
    return any(key.endswith("labels") for key in value)


def _is_region(row: Record) -> bool:
    value = row.get("value")
    kind = row.get("type")
    if not isinstance(value, dict) or kind == "relation":
        return False
    if _PLACES & value.keys() or _labels(value):
        return True
    return isinstance(kind, str) and kind not in _ABOUT_AN_ITEM


@dataclass
class Names:
    """The names of tags in a whole file: longer ones where two tags share the short one.

    A tag of which two groups have one, or two places of a taxonomy, is named with its group or
    with the names above it.
    """

    _groups: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _paths: dict[tuple[str, str], set[Path]] = field(default_factory=lambda: defaultdict(set))

    def add(self, chosen: Iterable[Chosen]) -> None:
        """Take note of tags of the file."""
        for one in chosen:
            self._groups[one.path[-1]].add(one.group)
            self._paths[one.group, one.path[-1]].add(one.path)

    @property
    def groups(self) -> set[str]:
        """The groups that have tags."""
        return {group for groups in self._groups.values() for group in groups}

    def of(self, chosen: Iterable[Chosen]) -> tuple[str, ...]:
        """The names of tags, each once, in their order."""
        return distinct([self._name(one) for one in chosen])

    def _name(self, chosen: Chosen) -> str:
        name = chosen.path[-1]
        if len(self._paths[chosen.group, name]) > 1:
            name = "/".join(chosen.path)
        return f"{chosen.group}: {name}" if len(self._groups[chosen.path[-1]]) > 1 else name


def person(completed_by: Any, otherwise: Any = None) -> str | None:
    """Who answered: the e-mail address or the name, or else the number; None where it is absent.

    Parameters
    ----------
    completed_by
        A number, a name, or an object of the user.
    otherwise
        What older files have beside it: " ann@example.org, 1".
    """
    if isinstance(completed_by, list):
        completed_by = completed_by[0] if len(completed_by) == 1 else None
    if isinstance(completed_by, dict):
        names = (completed_by.get("first_name"), completed_by.get("last_name"))
        full = " ".join(name.strip() for name in names if isinstance(name, str) and name.strip())
        several = (completed_by.get("email"), completed_by.get("username"), full)
        who = next((name_of(one) for one in several if name_of(one)), None)
        return who.strip() if who else name_of(completed_by.get("id"))
    if name_of(completed_by) is None and isinstance(otherwise, str):
        completed_by = otherwise.rpartition(",")[0].strip() or otherwise
    who = name_of(completed_by)
    return None if who is None else who.strip()
