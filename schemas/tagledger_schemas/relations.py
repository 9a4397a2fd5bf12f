"""Checks of a table against other tables, by column: what its model alone cannot see."""

from collections.abc import Iterable

import pandas as pd
import pandera.pandas as pa

from tagledger_schemas import checks

Related = dict[str, list[pa.Check]]


def labels(items: pd.Series) -> Related:
    """Clean labels: each id is one of the ids in `items`."""
    return {"id": [_among(items, "id_is_an_item")]}


def verdicts(items: pd.Series) -> Related:
    """Verdicts, and disputes: each id is one of the ids in `items`."""
    return {"id": [_among(items, "id_is_an_item")]}


def filtered_labels(before: pd.Series, tags: pd.DataFrame) -> Related:
    """Filtered labels: each id has labels before the filter; each tag is kept and has its count."""
    kept = tags.loc[tags["decision"] == "kept"].set_index("tag")["count"]

    def counts_hold(column: pd.Series) -> bool:
        counts = column.value_counts()
        return bool(counts.reindex(kept.index, fill_value=0).eq(kept).all())

    return {
        "id": [_among(before, "id_has_annotated_labels")],
        "tag": [
            _among(kept.index, "tag_is_kept"),
            pa.Check(counts_hold, name="tag_has_its_count", error="tag_has_its_count"),
        ],
    }


def assignments(
    filtered_ids: pd.Series,
    items: pd.DataFrame,
    splits: Iterable[str],
    torn: pd.Series | pd.Index | None = None,
) -> Related:
    """Assignments: every filtered item once and no other, named splits, no group torn apart.

    Parameters
    ----------
    filtered_ids
        Ids that have filtered labels; they may repeat.
    items
        The clean items: columns id and group.
    splits
        The names of the splits.
    torn
        Groups that the split's base had torn apart already: their items do not move any more.
    """
    wanted = pd.Index(filtered_ids).unique()
    chosen = items.loc[items["id"].isin(wanted), "group"]

    def covers(column: pd.Series) -> bool:
        return bool(wanted.isin(column).all())

    def in_one_split(column: pd.Series) -> pd.Series:
        if len(column) != len(chosen):
            return pd.Series(data=False, index=column.index)
        codes, _ = pd.factorize(chosen)
        values = pd.Series(column.to_numpy()).groupby(codes).transform("nunique")
        whole = (values == 1).to_numpy()
        if torn is not None:
            whole = whole | chosen.isin(torn).to_numpy()
        return pd.Series(whole, index=column.index)

    return {
        "id": [
            _among(wanted, "id_is_filtered"),
            pa.Check(covers, name="covers_every_filtered_item", error="covers_every_filtered_item"),
        ],
        "split": [
            _among(list(splits), "split_is_named"),
            pa.Check(in_one_split, name="group_in_one_split", error="group_in_one_split"),
        ],
    }


def _among(known: pd.Series | pd.Index | list[str], name: str) -> pa.Check:
    index = pd.Index(known)
    return pa.Check(lambda column: checks.among(column, index), name=name, error=name)
