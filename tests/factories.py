"""Small tables for tests: say only what the test is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from tagledger.labels import as_category
from tagledger.readers.raw import Raw


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
