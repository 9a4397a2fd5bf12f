"""Small tables for tests: say only what the test is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tagledger import tables
from tagledger.readers.raw import Raw


def as_category(tags: pd.Series) -> pd.Series:
    """Tags as a category whose categories are sorted and all in use; the values stay the same."""
    category = tags.astype("category").cat.remove_unused_categories()
    return category.cat.reorder_categories(sorted(category.cat.categories))


def labels(tags_of: Mapping[Any, Sequence[str]]) -> pd.DataFrame:
    """Clean labels from {id: [tag, …]}: by ascending id and then tag."""
    pairs = sorted({(item, tag) for item, tags in tags_of.items() for tag in tags})
    ids = pd.Series([item for item, _ in pairs], dtype=_id_type(tags_of))
    return pd.DataFrame(
        {"id": ids, "tag": as_category(pd.Series([t for _, t in pairs], dtype="str"))}
    )


def _id_type(ids: Mapping[Any, Any] | Sequence[Any]) -> str:
    return "str" if any(isinstance(item, str) for item in ids) else "int64"


def taxonomy(entries: Mapping[str, Mapping[str, Sequence[str]]] | Sequence[str]) -> pd.DataFrame:
    """A taxonomy from {tag: {"aliases": […], "parents": […]}}, or from tags alone."""
    full = entries if isinstance(entries, Mapping) else {tag: {} for tag in entries}
    frame = pd.DataFrame({"tag": pd.Series(list(full), dtype="str")})
    for name in ("aliases", "parents"):
        column = np.empty(len(full), dtype=object)
        column[:] = [list(entry.get(name, ())) for entry in full.values()]
        frame[name] = column
    return frame


def with_kinds(tags: pd.DataFrame, renames: Sequence[Any] = ()) -> pd.DataFrame:
    """Tags of a comparison with their kinds: renamed, new or gone."""
    renamed = {tag for rename in renames for tag in (*rename.before, *rename.after)}
    one_side = (tags["count_a"] > 0) != (tags["count_b"] > 0)
    kinds = np.where(tags["count_a"] > 0, "gone", "new")
    kinds = np.where(tags["tag"].isin(renamed), "renamed", kinds)
    return tags.assign(kind=pd.Series(np.where(one_side, kinds, ""), tags.index, dtype="str"))


def items(
    texts: Mapping[Any, str] | Sequence[Any], groups: Sequence[Any] | None = None
) -> pd.DataFrame:
    """Clean items from {id: title} or ids alone; each its own group unless said."""
    named = texts if isinstance(texts, Mapping) else {item: f"title {item}" for item in texts}
    ids = pd.Series(list(named), dtype=_id_type(named))
    return pd.DataFrame(
        {
            "id": ids,
            "created_on": pd.Series([None] * len(ids), dtype="datetime64[us, UTC]"),
            "title": pd.Series(list(named.values()), dtype="str"),
            "description": pd.Series([""] * len(ids), dtype="str"),
            "group": ids if groups is None else pd.Series(groups, dtype=ids.dtype),
        }
    )


def raw(
    rows: Sequence[Mapping[str, Any]],
    *,
    entries: pd.DataFrame | None = None,
    set_aside: Sequence[tuple[int, str | None, str]] = (),
) -> Raw:
    """What a reader makes of a source: rows of {"id", "tags", and maybe title, created_on, …}."""
    ids = [row["id"] for row in rows]
    id_type = pa.large_string() if _id_type(ids) == "str" else pa.int64()
    created = pd.to_datetime([row.get("created_on") for row in rows], utc=True).as_unit("us")
    names = sorted({tag for row in rows for tag in row["tags"]})
    return Raw(
        items=pa.table(
            {
                "file": pa.array(["projects.json"] * len(rows), pa.string()).dictionary_encode(),
                "row": pa.array(range(1, len(rows) + 1), pa.int64()),
                "id": pa.array(ids, id_type),
                "created_on": pa.array(created, pa.timestamp("us", "UTC")),
                "title": pa.array([row.get("title", "") for row in rows], pa.large_string()),
                "description": pa.array(
                    [row.get("description", "") for row in rows], pa.large_string()
                ),
            }
        ),
        labels=pa.table(
            {
                "item": pa.array(
                    [n for n, row in enumerate(rows) for _ in row["tags"]], pa.int64()
                ),
                "tag": pa.chunked_array(
                    [
                        pa.DictionaryArray.from_arrays(
                            pa.array(
                                [names.index(t) for row in rows for t in row["tags"]], pa.int32()
                            ),
                            pa.array(names, pa.string()),
                        )
                    ]
                ),
            }
        ),
        taxonomy=entries,
        set_aside=pd.DataFrame(
            {
                "file": pd.Series(["projects.json"] * len(set_aside), dtype="str"),
                "row": pd.Series([row for row, _, _ in set_aside], dtype="int64"),
                "id": pd.Series([item for _, item, _ in set_aside], dtype="str"),
                "reason": pd.Series([reason for _, _, reason in set_aside], dtype="str"),
                "record": pd.Series(["{}"] * len(set_aside), dtype="str"),
            }
        ),
        rows=len(rows) + len(set_aside),
        label_rows_set_aside=0,
    )


EVENT = "0123456789abcdef"


def verdicts(rows: Mapping[tuple[Any, str], tuple[bool, str, str]]) -> pd.DataFrame:
    """Verdicts from {(id, tag): (value, state, "ann bob")}; each event is `EVENT`."""
    pairs = sorted(rows)
    said = [rows[pair] for pair in pairs]
    texts = {
        "state": [state for _, state, _ in said],
        "by": [by for _, _, by in said],
        "events": [" ".join([EVENT] * len(by.split())) for _, _, by in said],
    }
    frame = labels_of(pairs).assign(value=np.array([value for value, _, _ in said], dtype=bool))
    for name, column in texts.items():
        made = pd.Series(column, dtype="str")
        frame[name] = made if name == "events" else as_category(made)
    return frame


def disputes(rows: Mapping[tuple[Any, str], tuple[str, str, str, bool]]) -> pd.DataFrame:
    """Disputes from {(id, tag): (among, yes, no, source)}."""
    pairs = sorted(rows)
    said = [rows[pair] for pair in pairs]
    frame = labels_of(pairs)
    for place, name in enumerate(("among", "yes", "no")):
        frame[name] = pd.Series([str(one[place]) for one in said], dtype="str")
    return frame.assign(source=np.array([one[3] for one in said], dtype=bool))


def labels_of(pairs: Sequence[tuple[Any, str]]) -> pd.DataFrame:
    """Columns id and tag from pairs."""
    ids = pd.Series([item for item, _ in pairs], dtype=_id_type([item for item, _ in pairs]))
    tags = pd.Series([tag for _, tag in pairs], dtype="str")
    return pd.DataFrame({"id": ids, "tag": as_category(tags)})


def rejected(rows: int = 1, **columns: Any) -> pd.DataFrame:
    """Events that were set aside, on the lines 1, 2, … of one file."""
    base = {
        "file": "ann/a.jsonl",
        "event": EVENT,
        "by": "ann",
        "act": "label",
        "item": "1",
        "reason": "unknown item",
    } | columns
    frame = pd.DataFrame({name: pd.Series([base[name]] * rows, dtype="str") for name in base})
    frame.insert(1, "line", np.arange(1, rows + 1))
    return frame


@dataclass(frozen=True)
class Annotated:
    """The tables of the annotate stage."""

    labels: pd.DataFrame
    taxonomy: pd.DataFrame
    verdicts: pd.DataFrame
    disputes: pd.DataFrame
    rejected: pd.DataFrame
    tag_changes: pd.DataFrame


def unannotated(of_clean: pd.DataFrame, tags: pd.DataFrame) -> Annotated:
    """What the annotate stage makes of clean labels and a taxonomy where nobody said anything."""
    return Annotated(of_clean, tags, **_nothing_said(of_clean["id"].dtype))


@cache
def _nothing_said(ids: Any) -> dict[str, pd.DataFrame]:
    """The annotate stage's tables without rows, which nobody changes."""
    names = ("verdicts", "disputes", "rejected", "tag_changes")
    paths = (tables.VERDICTS, tables.DISPUTES, tables.REJECTED, tables.TAG_CHANGES)
    return {
        name: tables.empty_annotated(path, ids) for name, path in zip(names, paths, strict=True)
    }


def tag_changes(rows: Mapping[str, Sequence[str]], act: str = "rename") -> pd.DataFrame:
    """Changes of tags from {tag: [what it is now, …]}."""
    pairs = sorted((tag, to) for tag, ends in rows.items() for to in ends)
    columns = {
        "tag": [tag for tag, _ in pairs],
        "to": [to for _, to in pairs],
        "act": [act] * len(pairs),
        "by": ["ann"] * len(pairs),
        "event": [EVENT] * len(pairs),
    }
    return pd.DataFrame({name: pd.Series(one, dtype="str") for name, one in columns.items()})
