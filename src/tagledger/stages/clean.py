"""The clean stage: the source's rows become items, labels and a taxonomy, or are set aside.

Nothing disappears silently: rows of the source = items + rows set aside + rows merged into
another row of the same id, and labels of the source = labels + those set aside, repeated or merged
into another spelling of their tag. The stage proves both.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandera.typing import DataFrame

from tagledger import documents, errors, params, tables
from tagledger.cleaning.accounts import label_accounts, merged_spellings, shown_spellings, unseen
from tagledger.cleaning.chains import least_similarities
from tagledger.cleaning.grams import whole_texts
from tagledger.cleaning.labels import Named, Pairs, Rules, make_labels, merge_rows, name_labels
from tagledger.cleaning.near_duplicates import near_duplicate_groups
from tagledger.cleaning.taxonomy import clean_taxonomy
from tagledger.cleaning.text import TagSpelling, clean_text
from tagledger.cleaning.unlike import unlike_ids
from tagledger.errors import TagledgerError
from tagledger.params import CleanParams
from tagledger.readers.raw import Raw, read_raw
from tagledger.validation import validate
from tagledger.words import count, plural
from tagledger_schemas import relations
from tagledger_schemas.clean import Items, Labels, Quarantine, Taxonomy

NOTHING_SEEN = "nothing is to be seen of a tag"
_GONE = {
    "merged_spellings": "merged spellings",
    "duplicates": "duplicates",
    "set_aside": "set aside",
    "of_left_out_rows": "of rows that were left out",
    "dropped": "of broader tags that were dropped",
}


@dataclass(frozen=True)
class Rows:
    """What became of the rows and labels of the source: `rows = items + quarantined + merged`.

    The names are those of data/clean/rows.json, which old versions have too.

    Attributes
    ----------
    label_rows, label_rows_quarantined, label_rows_because
        Rows of a labels file, those of them that could not be used, and how many for each reason.
    labels
        What became of the labels: see `LabelAccounts`.
    tag_spelling
        The rule that spelled the tags; the filter stage spells its lists by it.
    spellings
        How many tags had several spellings, how many spellings those were, and `of` which tags.
    resolve_aliases
        Whether an alias became its tag; the annotate stage does so with answers then.
    added
        Rows that are of data/items, and those of them whose id a row of the source has, which are
        merged into it; empty where there are none.
    unlabelled
        Whether the reading of the source says that nothing is labelled yet.
    """

    rows: int
    items: int
    quarantined: int
    merged: int
    label_rows: int
    label_rows_quarantined: int
    label_rows_because: dict[str, int]
    labels: dict[str, int]
    tag_spelling: TagSpelling
    spellings: dict[str, Any]
    resolve_aliases: bool = False
    added: dict[str, int] = field(default_factory=dict)
    unlabelled: bool = False

    def as_json(self) -> dict[str, Any]:
        """The rows as data/clean/rows.json has them: without what says nothing."""
        some = ("added", "resolve_aliases", "unlabelled")
        return {name: value for name, value in asdict(self).items() if name not in some or value}


@dataclass(frozen=True)
class Cleaned:
    """What the clean stage makes."""

    items: DataFrame[Items]
    labels: DataFrame[Labels]
    taxonomy: DataFrame[Taxonomy]
    quarantine: DataFrame[Quarantine]
    rows: Rows
    suspicious: tuple[str, ...] = ()  # what is legal in the source and looks wrong


def clean(raw: Raw, params: CleanParams) -> Cleaned:
    """Clean the source's rows.

    Raises
    ------
    TagledgerError
        Too many rows, or rows of a labels file, cannot be used, an id repeats where that is an
        error, the taxonomy contradicts itself, or no row is left.
    """
    _refuse_too_many(raw, params.max_quarantined)
    taxonomy = clean_taxonomy(raw.taxonomy, params.tag_spelling)
    merged = merge_rows(raw.items, params.duplicate_ids)
    id_type = pd.StringDtype(na_value=np.nan) if merged.ids.dtype == object else np.int64
    ids = pd.Series(merged.ids, dtype=id_type)
    rules = Rules(
        duplicates=params.duplicate_ids,
        spelling=params.tag_spelling,
        names=taxonomy,
        resolve_aliases=params.resolve_aliases,
        broader=taxonomy,
        parents=params.parents,
    )
    named = name_labels(raw, merged, rules)
    pairs = make_labels(named, rules)
    labels = _labels(pairs, ids)
    parts = label_accounts(named, pairs)
    quarantine = pd.concat([raw.set_aside, _labels_set_aside(raw, named)]).sort_values(
        ["file", "row"], ignore_index=True
    )
    rows, readable, known_rows = raw.rows, len(raw.items), raw.known
    label_rows, of_labels = raw.label_rows, raw.label_rows_set_aside
    of_items = len(raw.set_aside) - of_labels
    because = raw.set_aside["reason"].iloc[of_items:].value_counts().sort_index().to_dict()
    suspicious = raw.notes
    added = {"rows": raw.added, "known": raw.known} if raw.added else {}
    unlabelled = raw.unlabelled
    created_on, title, description = (
        raw.items[name].take(merged.shown) for name in ("created_on", "title", "description")
    )
    del raw  # its texts take as much memory as the clean ones
    title = clean_text(title)
    description = clean_text(description)
    texts = whole_texts(title, description)
    group = near_duplicate_groups(
        texts,
        merged.ids,
        similarity=params.near_duplicate_similarity,
        chain=params.near_duplicate_chain,
    )
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
        quarantined=of_items,
        merged=readable + known_rows - len(items),
        label_rows=label_rows,
        label_rows_quarantined=of_labels,
        label_rows_because={str(reason): int(count) for reason, count in because.items()},
        labels=parts.as_json(),
        tag_spelling=params.tag_spelling,
        spellings=shown_spellings(merged_spellings(named)),
        resolve_aliases=params.resolve_aliases,
        added=added,
        unlabelled=unlabelled,
    )
    if accounts.rows != accounts.items + accounts.quarantined + accounts.merged:
        raise RuntimeError(f"rows were lost between the source and the items: {accounts}")
    if not parts.hold or parts.out != len(labels):
        raise RuntimeError(f"labels were lost between the source and {len(labels)} labels: {parts}")
    return Cleaned(
        items=validate(Items, items, "clean/items"),
        labels=validate(Labels, labels, "clean/labels", relations.labels(items["id"])),
        taxonomy=validate(Taxonomy, taxonomy, "clean/taxonomy"),
        quarantine=validate(Quarantine, quarantine, "clean/quarantine"),
        rows=accounts,
        suspicious=suspicious,
    )


def _labels(pairs: Pairs, ids: pd.Series) -> pd.DataFrame:
    """Pairs of numbers as a table of ids and tags."""
    return tables.label_frame(ids.array[pairs.item], pairs.tag, pairs.names)


def _labels_set_aside(raw: Raw, named: Named) -> pd.DataFrame:
    """The rows of the table `quarantine` for labels: one for each row of the items that has any.

    The item itself is not set aside. Its record is the list of these tags, in which JSON's escapes
    show what cannot be seen.
    """
    at = np.flatnonzero(unseen(named))
    tags = [named.spellings[code] for code in named.code[at].tolist()]
    of = pd.Series(tags, dtype=object).groupby(named.row[at]).agg(sorted)
    rows = raw.items.take(pa.array(of.index.to_numpy(np.int64)))
    return pd.DataFrame(
        {
            "file": pd.Series(rows["file"].to_pylist(), dtype="str"),
            "row": pd.Series(rows["row"].to_numpy(), dtype="int64"),
            "id": pd.Series(rows["id"].to_pylist(), dtype=object).astype("str"),
            "reason": pd.Series([NOTHING_SEEN] * len(of), dtype="str"),
            "record": pd.Series([json.dumps(tags) for tags in of], dtype="str"),
        }
    )


def _refuse_too_many(raw: Raw, limit: float) -> None:
    """Fail when more than `clean.max_quarantined` of either kind of rows cannot be used."""
    of_items = len(raw.set_aside) - raw.label_rows_set_aside
    set_aside, of_labels = raw.set_aside.iloc[:of_items], raw.set_aside.iloc[of_items:]
    if raw.rows and len(set_aside) / raw.rows > limit:
        raise _too_many(set_aside, raw.rows, "rows", limit, hint=raw.hint)
    if not len(raw.items):
        because = f"\n{_reasons(set_aside)}" if len(set_aside) else ""
        raise TagledgerError(
            f"the source has no rows that can be used{because}",
            where="data/raw",
            hint="mend the source, or choose another snapshot in params.yaml, fetch.snapshot",
        )
    if raw.label_rows and len(of_labels) / raw.label_rows > limit:
        more = unlike_ids(raw, of_labels)
        raise _too_many(of_labels, raw.label_rows, "rows of the labels file", limit, more)


def _too_many(
    set_aside: pd.DataFrame, rows: int, kind: str, limit: float, more: str = "", *, hint: str = ""
) -> TagledgerError:
    """The error of rows that cannot be used, with their reasons.

    `more` is of ids that differ, `hint` is what to change in the reading.
    """
    mend = "write the ids in both files alike" if more else f"{hint}; or mend the source"
    mend = mend.removeprefix("; or ")
    bad = len(set_aside)
    shown = set_aside[["file", "row", "record"]].head(5).astype("str")
    first = "\n".join(
        f"  {file}, row {row}: {record[:100]}" for file, row, record in shown.to_numpy()
    )
    what = f"{bad:,} of {rows:,} {kind} ({bad / rows * 100:.1f} %) cannot be used, more than"
    if more and bad == rows:
        what = f"none of the {rows:,} {kind} matches an item, and this is more than"
    return TagledgerError(
        f"{what} clean.max_quarantined allows ({limit * 100:.1f} %)\n{_reasons(set_aside)}\n"
        f"the first of them\n{first}{more}",
        where="data/raw",
        hint=f"{mend}, or, to do without these rows, raise clean.max_quarantined in params.yaml",
    )


def _reasons(set_aside: pd.DataFrame) -> str:
    counts = set_aside["reason"].value_counts()
    return "\n".join(f"  {count:,} x {reason}" for reason, count in counts.items())


def main() -> None:
    """Read the raw files, clean, write the clean tables."""
    settings = params.load(CleanParams)
    limit = settings.max_decompressed_bytes
    raw = read_raw(tables.RAW, settings.years, limit, same_packages=True)
    cleaned = clean(raw, settings)
    tables.write(
        {
            tables.CLEAN_ITEMS: cleaned.items,
            tables.CLEAN_LABELS: cleaned.labels,
            tables.CLEAN_TAXONOMY: cleaned.taxonomy,
            tables.CLEAN_QUARANTINE: cleaned.quarantine,
            tables.CLEAN_ROWS: documents.json_bytes(
                {**cleaned.rows.as_json(), "suspicious": cleaned.suspicious}
            ),
        }
    )
    errors.say(f"clean: {in_words(cleaned, settings.near_duplicate_similarity)}")


def in_words(cleaned: Cleaned, similarity: float | None) -> str:
    """The result of the stage in one line; `similarity` is that of near duplicates."""
    rows, labels, merged = cleaned.rows, cleaned.rows.labels, cleaned.rows.spellings
    sizes = cleaned.items["group"].value_counts()
    items = count(rows.items, "item")
    kinds = f"{items} + {rows.quarantined:,} set aside + {rows.merged:,} merged"
    parts = [f"{count(rows.rows, 'row')} = {kinds}"]
    if rows.added:
        in_source = (
            f", {rows.added['known']:,} of them in the source too" if rows.added["known"] else ""
        )
        added = count(rows.added["rows"], "row")
        are = plural(rows.added["rows"], "is", "are")
        parts.append(f"{added} {are} of data/items{in_source}")
    if rows.label_rows_quarantined:
        because = ", ".join(f"{many:,} x {why}" for why, many in rows.label_rows_because.items())
        of_rows = f"{rows.label_rows_quarantined:,} of {count(rows.label_rows, 'row')}"
        parts.append(f"{of_rows} of the labels file set aside ({because})")
    gone = [f"{labels[name]:,} {words}" for name, words in _GONE.items() if labels[name]]
    came = f" + {labels['added']:,} of broader tags" if labels["added"] else ""
    given = f"{count(labels['in'], 'label')} of the source{came} = " if gone or came else ""
    parts.append(" + ".join([f"{given}{count(labels['out'], 'label')}", *gone]))
    if merged["tags"]:
        several = f"{merged['tags']:,} ({count(merged['spellings'], 'spelling')})"
        parts.append(f"tags in several spellings: {several}")
    groups = count(int((sizes > 1).sum()), "group")
    parts.append(
        f"{groups} of near duplicates, the largest of {sizes.max():,}"
        + _chained(cleaned.items, sizes, similarity)
        + "".join(f"\nclean: suspicious: {note}" for note in cleaned.suspicious)
    )
    return "; ".join(parts)


def _chained(items: pd.DataFrame, sizes: pd.Series, similarity: float | None) -> str:
    """How unlike the items of the largest group are, if a chain made it; of equal ones, the first.

    Parameters
    ----------
    items
        Columns title, description and group.
    sizes
        Number of items by group.
    similarity
        The least similarity of near duplicates; None: groups are of equal text.
    """
    if similarity is None or sizes.max() < 3:  # two items are a pair, and no chain
        return ""
    largest = items[items["group"] == sizes.index[sizes == sizes.max()].min()]
    texts = whole_texts(pa.array(largest["title"]), pa.array(largest["description"]))
    least = least_similarities(texts, np.zeros(len(texts), np.int64))[0]
    if least >= similarity:
        return ""
    return f", in which two items are {least:.2f} alike (clean.near_duplicate_chain limits that)"


if __name__ == "__main__":
    errors.run(main)
