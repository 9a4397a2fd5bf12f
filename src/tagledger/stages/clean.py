"""The clean stage: the source's rows become items, labels and a taxonomy, or go to quarantine.

Nothing disappears silently: rows of the source = items + rows set aside + rows merged into
another row of the same id, and the stage proves it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pandera.typing import DataFrame

from schemas import relations
from schemas.clean import Items, Labels, Quarantine, Taxonomy
from tagledger import errors, files, params, readers, tables
from tagledger.cleaning import Pairs, Rules, make_labels, merge_rows
from tagledger.errors import TagledgerError
from tagledger.near_duplicates import near_duplicate_groups
from tagledger.params import CleanParams
from tagledger.readers import Raw
from tagledger.taxonomy import clean_taxonomy
from tagledger.text import clean_text
from tagledger.validation import validate


@dataclass(frozen=True)
class Rows:
    """Where the source's item rows went: `rows = items + quarantined + merged`."""

    rows: int
    items: int
    quarantined: int
    merged: int
    label_rows_quarantined: int


@dataclass(frozen=True)
class Cleaned:
    """What the clean stage makes."""

    items: DataFrame[Items]
    labels: DataFrame[Labels]
    taxonomy: DataFrame[Taxonomy]
    quarantine: DataFrame[Quarantine]
    rows: Rows


def clean(raw: Raw, params: CleanParams) -> Cleaned:
    """Clean the source's rows.

    Raises
    ------
    TagledgerError
        Too many rows cannot be used, an id repeats where that is an error, the taxonomy
        contradicts itself, or no row is left.
    """
    _refuse_too_many(raw, params.max_quarantined)
    taxonomy = clean_taxonomy(raw.taxonomy)
    merged = merge_rows(raw.items, params.duplicate_ids)
    id_type = pd.StringDtype(na_value=np.nan) if merged.ids.dtype == object else np.int64
    ids = pd.Series(merged.ids, dtype=id_type)
    rules = Rules(
        duplicates=params.duplicate_ids,
        names=taxonomy,
        resolve_aliases=params.resolve_aliases,
        broader=taxonomy,
        parents=params.parents,
    )
    labels = _labels(make_labels(raw, merged, rules), ids)
    quarantine = raw.rejected.sort_values(["file", "row"], ignore_index=True)
    rows, readable, label_rows = raw.rows, len(raw.items), raw.label_rows_rejected
    created_on, title, description = (
        raw.items[name].take(merged.shown) for name in ("created_on", "title", "description")
    )
    del raw  # its texts take as much memory as the clean ones
    title = clean_text(title)
    description = clean_text(description)
    group = _groups(title, description, merged.ids, params.near_duplicate_similarity)
    items = pd.DataFrame(
        {
            "id": ids,
            "created_on": created_on.to_pandas(),
            "title": title.to_pandas(),
            "description": description.to_pandas(),
            "group": ids.array[group],
        }
    )
    accounts = Rows(
        rows=rows,
        items=len(items),
        quarantined=len(quarantine) - label_rows,
        merged=readable - len(items),
        label_rows_quarantined=label_rows,
    )
    if accounts.rows != accounts.items + accounts.quarantined + accounts.merged:
        raise RuntimeError(f"rows were lost between the source and the items: {accounts}")
    return Cleaned(
        items=validate(Items, items, "clean/items"),
        labels=validate(Labels, labels, "clean/labels", relations.labels(items["id"])),
        taxonomy=validate(Taxonomy, taxonomy, "clean/taxonomy"),
        quarantine=validate(Quarantine, quarantine, "clean/quarantine"),
        rows=accounts,
    )


def _labels(pairs: Pairs, ids: pd.Series) -> pd.DataFrame:
    """Pairs of numbers as a table of ids and tags."""
    names = pd.Index(pairs.names, dtype="str")
    return pd.DataFrame(
        {
            "id": ids.array[pairs.item],
            "tag": pd.Categorical.from_codes(pairs.tag.astype(np.int32), categories=names),
        }
    )


def _groups(
    title: pa.ChunkedArray,
    description: pa.ChunkedArray,
    ids: NDArray[Any],
    similarity: float | None,
) -> NDArray[np.int64]:
    """The group of each item by its whole text, named by a place in `ids`."""
    texts = pc.binary_join_element_wise(title, description, pa.scalar(" ", title.type))
    return near_duplicate_groups(texts, ids, similarity=similarity)


def _refuse_too_many(raw: Raw, limit: float) -> None:
    """Fail when more rows than `clean.max_quarantined` cannot be used, with their reasons."""
    bad = len(raw.rejected) - raw.label_rows_rejected
    if raw.rows and bad / raw.rows > limit:
        counts = raw.rejected["reason"].value_counts()
        reasons = "\n".join(f"  {count:,} x {reason}" for reason, count in counts.items())
        shown = raw.rejected[["file", "row", "record"]].head(5).astype("str")
        first = "\n".join(
            f"  {file}, row {row}: {record[:100]}" for file, row, record in shown.to_numpy()
        )
        raise TagledgerError(
            f"{bad:,} of {raw.rows:,} rows ({bad / raw.rows:.1%}) cannot be used, more than "
            f"clean.max_quarantined allows ({limit:.1%})\n{reasons}\nthe first of them\n{first}",
            where="data/raw",
            hint="mend the source, or raise clean.max_quarantined in params.yaml",
        )
    if not len(raw.items):
        raise TagledgerError(
            "the source has no rows that can be used",
            where="data/raw",
            hint="choose another snapshot in params.yaml, fetch.snapshot",
        )


def main() -> None:
    """Read the raw files, clean, write the clean tables."""
    settings = params.load(CleanParams)
    made = clean(readers.read_raw(tables.RAW), settings)
    tables.write(
        {
            tables.CLEAN_ITEMS: made.items,
            tables.CLEAN_LABELS: made.labels,
            tables.CLEAN_TAXONOMY: made.taxonomy,
            tables.CLEAN_QUARANTINE: made.quarantine,
            tables.CLEAN_ROWS: files.json_bytes(asdict(made.rows)),
        }
    )
    sizes = made.items["group"].value_counts()
    rows = made.rows
    print(
        f"clean: {rows.rows:,} rows = {rows.items:,} items + {rows.quarantined:,} quarantined + "
        f"{rows.merged:,} merged; {len(made.labels):,} labels; "
        f"{int((sizes > 1).sum()):,} groups of near duplicates, the largest of {sizes.max():,}"
    )


if __name__ == "__main__":
    errors.run(main)
