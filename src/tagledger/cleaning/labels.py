"""The rules of the clean stage on rows and labels: repeated ids, spelling, aliases, broader tags.

They stand apart from the stage because a comparison asks of each of them: what would this
version's labels be under that version's rule?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.cleaning.taxonomy import Spelling, alias_owners, ancestors
from tagledger.cleaning.text import TagSpelling
from tagledger.errors import TagledgerError

# A comparison asks of the rules without reading a source.
if TYPE_CHECKING:
    from tagledger.readers.raw import Raw


@dataclass(frozen=True)
class Rules:
    """The rules by which a source's rows become labels.

    Attributes
    ----------
    duplicates
        error, first, last or union.
    spelling
        When two spellings are one tag: words or exact.
    names, resolve_aliases
        The taxonomy that spells tags, and whether its aliases become their tag.
    broader, parents
        The taxonomy that knows broader tags, and keep, add or drop.
    """

    duplicates: str
    spelling: TagSpelling
    names: pd.DataFrame
    resolve_aliases: bool
    broader: pd.DataFrame
    parents: str


@dataclass(frozen=True)
class Merged:
    """Rows of the source brought together by id.

    Attributes
    ----------
    ids
        Shape (items,): each id once, ascending.
    item
        Shape (rows,): the item that each row's labels go to, -1 where they go to none.
    shown
        Shape (items,): the row whose text and date the item has.
    """

    ids: NDArray[Any]
    item: NDArray[np.int64]
    shown: NDArray[np.int64]


def merge_rows(items: pa.Table, duplicate_ids: str) -> Merged:
    """Bring rows of the same id together.

    Parameters
    ----------
    items
        Columns row, id, created_on, title, description; one row per readable source row.
    duplicate_ids
        error, first, last or union. For union an item has the labels of all its rows and the
        text of the newest; of rows equally new, the one whose text sorts last, so that the
        order of the source's rows does not matter.

    Raises
    ------
    TagledgerError
        An id repeats and `duplicate_ids` is error.
    """
    ids_of_rows = items["id"].combine_chunks().to_numpy(zero_copy_only=False)
    ids, code = _distinct(ids_of_rows)
    if len(ids) == len(code):
        return Merged(ids=ids, item=code, shown=_one_row(code, len(ids), "last"))

    if duplicate_ids == "error":
        repeated = ids[np.bincount(code) > 1]
        first = np.flatnonzero(code == pd.Index(ids).get_loc(repeated[0]))
        rows = ", ".join(str(items["row"][int(row)]) for row in first)
        raise TagledgerError(
            f"{len(repeated)} ids repeat, the first of them {repeated[0]}",
            where=f"rows {rows} of the source",
            hint="mend the source, or set clean.duplicate_ids to first, last or union",
        )
    if duplicate_ids == "union":
        repeats = np.flatnonzero(np.bincount(code)[code] > 1)
        newest = pd.DataFrame(
            {
                "position": repeats,
                "code": code[repeats],
                "created_on": items["created_on"].take(repeats).to_pandas(),
                "title": items["title"].take(repeats).to_pandas(),
                "description": items["description"].take(repeats).to_pandas(),
            }
        ).sort_values(["code", "created_on", "title", "description"], na_position="first")
        shown = _one_row(code, len(ids), "last")
        shown[newest["code"]] = newest["position"]
        return Merged(ids=ids, item=code, shown=shown)
    shown = _one_row(code, len(ids), duplicate_ids)
    return Merged(ids=ids, item=_of_these(shown, len(code)), shown=shown)


def items_of_rows(ids_of_rows: pd.Index, duplicate_ids: str) -> tuple[pd.Index, NDArray[np.int64]]:
    """The `ids` and `item` of `Merged` alone, for which no text is looked at.

    Parameters
    ----------
    ids_of_rows
        Shape (rows,).
    duplicate_ids
        first, last or union.
    """
    ids, code = _distinct(ids_of_rows)
    if len(ids) == len(code) or duplicate_ids == "union":
        return ids, code
    return ids, _of_these(_one_row(code, len(ids), duplicate_ids), len(code))


def _distinct(ids_of_rows: Any) -> tuple[Any, NDArray[np.int64]]:
    """Each id once, ascending, and the place of each row's id among them."""
    code, ids = pd.factorize(ids_of_rows, sort=True)
    return ids, code.astype(np.int64)


def _one_row(code: NDArray[np.int64], items: int, which: str) -> NDArray[np.int64]:
    """The first or the last row of each item."""
    row = np.arange(len(code))
    shown = np.empty(items, np.int64)
    if which == "first":
        shown[code[::-1]] = row[::-1]
    else:
        shown[code] = row
    return shown


def _of_these(shown: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """The item of each row where one row of each item counts; -1 for the others."""
    item = np.full(rows, -1, np.int64)
    item[shown] = np.arange(len(shown))
    return item


def spell(raw_tags: list[str], rules: Rules) -> list[str]:
    """The tag that each raw tag stands for: its one spelling and, if asked, its alias resolved.

    It is empty where there is nothing to see of a raw tag.
    """
    spelling = Spelling(rules.names["tag"], rules.spelling)
    owner = alias_owners(rules.names) if rules.resolve_aliases else {}
    spelled = [spelling.of(tag) for tag in raw_tags]
    return [owner.get(tag, tag) for tag in spelled]


@dataclass(frozen=True)
class Named:
    """The source's labels, each with the tag that it stands for.

    Attributes
    ----------
    row
        Shape (labels,): the place of its row among the source's rows.
    item
        Shape (labels,): the place of its item in the ids, -1 where its row is left out.
    code
        Shape (labels,): its place in `spellings` and `tags`.
    spellings, tags
        The source's distinct spellings, and the tag of each; empty where nothing is to be seen.
    """

    row: NDArray[np.int64]
    item: NDArray[np.int64]
    code: NDArray[np.int64]
    spellings: list[str]
    tags: list[str]


def name_labels(raw: Raw, merged: Merged, rules: Rules) -> Named:
    """Name the tag of each of a source's labels; blank tags come last."""
    tag = raw.labels["tag"].combine_chunks()
    spellings = tag.dictionary.to_pylist()
    row = raw.labels["item"].to_numpy()
    code = pc.cast(tag.indices, pa.int64()).to_numpy(zero_copy_only=False)
    if raw.blank is not None and len(raw.blank):
        blank, names = pd.factorize(raw.blank["tag"].to_pandas(), sort=True)
        row = np.concatenate([row, raw.blank["item"].to_numpy()])
        code = np.concatenate([code, blank.astype(np.int64) + len(spellings)])
        spellings += list(names)
    return Named(row, merged.item[row], code, spellings, spell(spellings, rules))


@dataclass(frozen=True)
class Pairs:
    """Labels as numbers: distinct (item, tag) pairs, by ascending item and then tag.

    Attributes
    ----------
    item, tag
        Shape (labels,): places in the ids and in `names`.
    names
        The tags, ascending.
    """

    item: NDArray[np.int64]
    tag: NDArray[np.int64]
    names: list[str]


def make_pairs(item: NDArray[np.int64], tag: NDArray[np.int64], names: list[str]) -> Pairs:
    """Distinct sorted pairs of any pairs; of `names`, those in use, ascending, each once.

    Two equal `names` are one tag; pairs whose item is below 0 or whose name is empty go.
    """
    named = np.array([bool(name) for name in names], bool)
    stays = (item >= 0) & named[tag] if len(names) else np.zeros(0, bool)
    item, tag = item[stays], tag[stays]
    used = np.zeros(len(names), bool)
    used[tag] = True
    final = sorted({name for name, in_use in zip(names, used, strict=True) if in_use})
    codes = {name: number for number, name in enumerate(final)}
    renumber = np.array([codes.get(name, -1) for name in names], np.int64)
    key = item * max(len(final), 1) + renumber[tag]
    if not (key[1:] > key[:-1]).all():
        key.sort()
        key = key[np.diff(key, prepend=-1) > 0]  # np.unique hashes, in ten times the time
    return Pairs(item=key // max(len(final), 1), tag=key % max(len(final), 1), names=final)


def apply_parents(pairs: Pairs, taxonomy: pd.DataFrame, rule: str) -> Pairs:
    """Add the broader tags of each label, or drop labels that are broader tags of another."""
    if rule == "keep" or not len(pairs.item):
        return pairs
    names, broader = ancestors(taxonomy, pairs.names)
    counts = np.diff(broader.indptr)[pairs.tag]
    start = np.repeat(broader.indptr[pairs.tag] - np.cumsum(counts) + counts, counts)
    implied_tag = broader.indices[start + np.arange(counts.sum())].astype(np.int64)
    implied_item = np.repeat(pairs.item, counts)
    if rule == "add":
        return make_pairs(
            np.concatenate([pairs.item, implied_item]),
            np.concatenate([pairs.tag, implied_tag]),
            names,
        )
    width = len(names)
    stays = ~np.isin(pairs.item * width + pairs.tag, implied_item * width + implied_tag)
    return make_pairs(pairs.item[stays], pairs.tag[stays], pairs.names)


def make_labels(named: Named, rules: Rules) -> Pairs:
    """The labels that a source's labels become: pairs of places in the ids and tags."""
    pairs = make_pairs(named.item, named.code, named.tags)
    return apply_parents(pairs, rules.broader, rules.parents)
