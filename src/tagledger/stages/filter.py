"""The filter stage: which tags stay, and the labels that stay with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandera.typing import DataFrame

from tagledger import documents, errors, params, tables
from tagledger.cleaning.taxonomy import Spelling
from tagledger.cleaning.text import TagSpelling
from tagledger.errors import TagledgerError, nearest
from tagledger.params import FilterParams
from tagledger.validation import validate
from tagledger.words import count, plural
from tagledger_schemas import relations
from tagledger_schemas.annotated import AnnotatedLabels, AnnotatedTaxonomy
from tagledger_schemas.filtered import FilteredLabels, Tags


@dataclass(frozen=True)
class Filtered:
    """What the filter stage makes."""

    labels: DataFrame[FilteredLabels]
    tags: DataFrame[Tags]


def decide(
    counts: pd.Series,
    taxonomy: pd.DataFrame,
    params: FilterParams,
    rule: TagSpelling = "words",
    *,
    unlabelled: bool = False,
) -> pd.DataFrame:
    """Decide on each tag.

    Parameters
    ----------
    counts
        Number of items of each tag in the labels, by tag.
    taxonomy
        Column tag; no rows where the source has no taxonomy.
    params
        What to include and exclude, and the threshold.
    rule
        When two spellings are one tag, as the clean stage had it.
    unlabelled
        Whether the source says that nothing is labelled yet: then there need not be a label.

    Returns
    -------
    DataFrame
        Columns tag, count, decision: every tag of the labels, the taxonomy and a list in
        `params.include`, ascending. A tag that is excluded and rare counts as excluded.

    Raises
    ------
    TagledgerError
        `params.include` names a tag that nothing has, or no tag stays.
    """
    in_taxonomy = set(taxonomy["tag"])
    spelling = Spelling([*taxonomy["tag"], *counts.index], rule)
    all_tags = in_taxonomy.union(counts.index)
    tags = pd.Index(sorted(all_tags), dtype="str")
    count = counts.reindex(tags, fill_value=0).to_numpy(np.int64)

    decision = np.where(count >= params.min_tag_count, "kept", "below_threshold").astype(object)
    if isinstance(params.include, list):
        wanted = {spelling.of(tag): tag for tag in params.include}
        for tag in (wanted[name] for name in sorted(wanted.keys() - all_tags)):
            raise TagledgerError(
                f"filter.include names {tag if tag.strip() else repr(tag)}, which neither the "
                "taxonomy nor a label has",
                where="params.yaml, filter.include",
                hint=f"correct it; {nearest(tag, all_tags)}",
            )
        decision[~tags.isin(wanted.keys())] = "excluded"
    elif params.include == "taxonomy" and in_taxonomy:
        decision[~tags.isin(in_taxonomy)] = "not_in_taxonomy"
    decision[tags.isin({spelling.of(tag) for tag in params.exclude})] = "excluded"

    decisions = pd.DataFrame(
        {"tag": tags, "count": count, "decision": pd.Series(decision, dtype="str")}
    )
    nothing_yet = unlabelled and not decisions["count"].any()
    if not nothing_yet and not (decisions["decision"] == "kept").any():
        _explain_nothing_left(decisions, params)
    return decisions


def _explain_nothing_left(tags: pd.DataFrame, params: FilterParams) -> None:
    if not tags["count"].any():
        raise TagledgerError(
            "no tag is left: no item has a label",
            where=tables.CLEAN_LABELS,
            hint="look whether `labels` of the source's reading, in data/sources.yaml, names the "
            "place where they are, or asks for more `votes` than items have rows; where nothing is "
            "labelled yet, write `labels: none` there; then `dvc repro`",
        )
    rare = tags[(tags["decision"] == "below_threshold") & (tags["count"] > 0)]
    if rare.empty:
        raise TagledgerError(
            "no tag is left: every tag that a label has is excluded or outside the taxonomy",
            where="params.yaml, filter.include and filter.exclude",
            hint="include more tags, e.g. `include: all`, or exclude fewer",
        )
    most = int(rare["count"].max())
    tag = rare.loc[rare["count"] == most, "tag"].iloc[0]
    raise TagledgerError(
        f"no tag is left: none has {params.min_tag_count} items; the most used, {tag}, has {most}",
        where="params.yaml, filter.min_tag_count",
        hint=f"set filter.min_tag_count to {most} or less",
    )


def filter_labels(
    labels: pd.DataFrame,
    taxonomy: pd.DataFrame,
    params: FilterParams,
    rule: TagSpelling = "words",
    *,
    unlabelled: bool = False,
) -> Filtered:
    """Keep the labels whose tag stays; an item whose labels all go has none left.

    Parameters
    ----------
    labels
        Columns id and tag (category), each pair once, by ascending id and then tag.
    taxonomy
        Column tag; no rows where the source has no taxonomy.
    params
        What to include and exclude, and the threshold.
    rule, unlabelled
        As for `decide`.

    Returns
    -------
    Filtered
        The labels that stay, in the same order, and the decision on each tag.

    Raises
    ------
    TagledgerError
        As `decide` raises it.
    """
    names = labels["tag"].cat.categories
    codes = labels["tag"].cat.codes.to_numpy()
    counts = pd.Series(np.bincount(codes, minlength=len(names)), index=names.astype("str"))
    tags = decide(counts, taxonomy, params, rule, unlabelled=unlabelled)
    kept = tags.loc[tags["decision"] == "kept", "tag"]
    new_code = pd.Index(kept).get_indexer(names.astype("str"))
    stays = new_code[codes] >= 0
    left = tables.label_frame(labels["id"].array[stays], new_code[codes[stays]], kept)
    return Filtered(
        labels=validate(
            FilteredLabels,
            left,
            "filtered/labels",
            relations.filtered_labels(labels["id"], tags),
        ),
        tags=validate(Tags, tags, "filtered/tags"),
    )


def main() -> None:
    """Read the clean tables, filter, write the filtered ones."""
    settings = params.load(FilterParams)
    read = tables.read
    labels = validate(AnnotatedLabels, read(tables.ANNOTATED_LABELS), "annotated/labels")
    taxonomy = validate(AnnotatedTaxonomy, read(tables.ANNOTATED_TAXONOMY), "annotated/taxonomy")
    # What the clean stage made says itself by which rule: this stage's own parameters do not.
    about = documents.read_object(tables.CLEAN_ROWS, hint="`dvc repro` makes it anew")
    rule, unlabelled = about.get("tag_spelling", "words"), about.get("unlabelled") is True
    filtered = filter_labels(labels, taxonomy, settings, rule, unlabelled=unlabelled)
    tables.write({tables.FILTERED_LABELS: filtered.labels, tables.FILTERED_TAGS: filtered.tags})
    if unlabelled and labels.empty:
        errors.say(
            "filter: nothing is labelled yet, so that the dataset has no item; "
            "`tagledger annotate start` begins"
        )
        return
    kept = int((filtered.tags["decision"] == "kept").sum())
    seen = int((filtered.tags["count"] > 0).sum())  # a taxonomy may have tags that no item has
    errors.say(
        f"filter: {kept:,} of {count(seen, 'tag')} {plural(kept, 'stays', 'stay')}, with "
        f"{len(filtered.labels):,} of {count(len(labels), 'label')} on "
        f"{count(filtered.labels['id'].nunique(), 'item')}"
    )


if __name__ == "__main__":
    errors.run(main)
