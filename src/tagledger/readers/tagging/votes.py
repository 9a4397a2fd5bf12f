"""Labels that enough annotators gave, for items with a row for each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.set_aside import SetAside
from tagledger.readers.values.columns import Column, Mask, encode
from tagledger.words import count, plural


def as_words(column: Column, kept: Mask) -> list[str]:
    """The values of a column's rows as text, to be told apart.

    Raises
    ------
    TagledgerError
        One is a list: the row is of several persons, and which label is whose is not said.
    """
    values = column if isinstance(column, list) else column.to_pylist()
    if any(isinstance(value, list) for value in values):
        raise TagledgerError(
            "a row names several annotators, and not whose each label is",
            where="data/sources.yaml, the key `annotator` of `labels`",
            hint="votes need a row for each annotator, with the item's id, such as in a file of "
            "their own; or leave out `votes`, and the labels of all annotators are taken",
        )
    return [str(value) for value, keep in zip(values, kept, strict=True) if keep]


def without_ends(tags: pa.DictionaryArray) -> pa.DictionaryArray:
    """Tags without white space around them: `a` and ` a` are votes for one tag."""
    words = pc.utf8_trim_whitespace(tags.dictionary).dictionary_encode()
    return pa.DictionaryArray.from_arrays(words.indices.take(tags.indices), words.dictionary)


def voted(
    ids: pa.ChunkedArray,
    labels: pa.Table,
    votes: int,
    voters: list[str] | None,
    set_aside: SetAside,
) -> pa.Table:
    """The labels that at least `votes` rows of their item's id have, on every row of the id.

    Parameters
    ----------
    ids
        The id of each row.
    labels
        The table labels of `Raw`: item is the row.
    votes
        How many are needed.
    voters
        The person of each row, whose rows of one id are one vote; without it, each row is a vote.
    set_aside
        Takes a note on the labels that have too few votes.
    """
    if votes == 1:
        return labels
    code, _ = pd.factorize(ids.to_pandas())
    tag = without_ends(labels["tag"].combine_chunks())
    row = labels["item"].to_numpy()
    voter = row if voters is None else pd.factorize(np.array(voters, dtype=object))[0][row]
    kept = enough_votes(code[row], tag.indices.to_numpy(), voter, votes, set_aside)
    on_rows = pd.DataFrame({"row": np.arange(len(code)), "item": code}).merge(kept, on="item")
    on_rows = on_rows.sort_values(["row", "tag"], kind="stable")
    tags = pa.DictionaryArray.from_arrays(
        pa.array(on_rows["tag"].to_numpy(), pa.int32()), tag.dictionary
    )
    encoded, _ = encode([tags])
    return pa.table({"item": pa.array(on_rows["row"].to_numpy(), pa.int64()), "tag": encoded})


def enough_votes(
    item: NDArray[np.int64],
    tag: NDArray[np.int32],
    voter: NDArray[Any],
    votes: int,
    set_aside: SetAside,
) -> pd.DataFrame:
    """The pairs (item, tag) that at least `votes` voters gave, each once.

    Parameters
    ----------
    item, tag, voter
        One each for every label that was given.
    votes
        How many are needed.
    set_aside
        Takes a note on the labels that have too few votes.

    Raises
    ------
    TagledgerError
        No item has rows of so many voters, so that no label could stay.
    """
    given = pd.DataFrame({"item": item, "tag": tag, "voter": voter})
    most = given.groupby("item")["voter"].nunique().max() if len(given) else votes
    if most < votes:
        raise TagledgerError(
            f"no item has labels from {votes} rows or annotators: the most that one has is {most}",
            where="`votes` of the labels, in data/sources.yaml",
            hint="an item needs a row for each annotator, with the same id; give a smaller number, "
            "or leave `votes` out",
        )
    counts = given.drop_duplicates().groupby(["item", "tag"], sort=False).size()
    enough = counts >= votes
    if few := int((~enough).sum()):
        labels = f"{count(few, 'label')} {plural(few, 'has', 'have')}"
        set_aside.note([f"{labels} fewer than {count(votes, 'vote')}: left out"])
    return enough[enough].index.to_frame(index=False)
