"""What an item is called where people read it: its title, or else the start of its text."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LONGEST = 80  # characters of a text that stands for a title
_ENOUGH = 4 * LONGEST  # of a text, before its white space is made even


def shown_titles(items: pd.DataFrame, rows: NDArray[np.int64] | None = None) -> pd.Series:
    """The titles of items; the start of its text for one that has none.

    Data that is read with one column of text has no titles at all.

    Parameters
    ----------
    items
        Columns title and description, either of them missing or empty in any row.
    rows
        Places in `items` of those that are wanted; by default all, in their order.

    Returns
    -------
    Series
        Text, by the index that `items` has in these rows; empty where an item has neither.
    """
    wanted = np.arange(len(items)) if rows is None else rows
    titles = items["title"].take(wanted).fillna("").astype("str")
    untitled = (titles.str.strip() == "").to_numpy(bool)
    if untitled.any():
        # Texts are long: no more of them are copied than have to be.
        texts = items["description"].take(wanted[untitled]).fillna("").astype("str")
        titles = titles.mask(untitled, texts.str.slice(stop=_ENOUGH).map(shortened))
    return titles


def shortened(text: str) -> str:
    """A text as one line of at most `LONGEST` characters, cut between words where it can be.

    >>> shortened("The login page   does not load")
    'The login page does not load'
    >>> shortened("word " * 40)[-12:]
    'd word word…'
    """
    line = " ".join(text.split())
    if len(line) <= LONGEST:
        return line
    start = line[: LONGEST - 1]
    words = start.rpartition(" ")[0]
    # A text without spaces, such as Chinese or a long address, is cut anywhere.
    return f"{words.rstrip(',;:') if len(words) > LONGEST // 2 else start}…"
