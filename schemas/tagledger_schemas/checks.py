"""Checks that several tables share. Each is vectorised: no Python loop over rows."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd


def is_id(ids: pd.Series) -> bool:
    """Whether a column of ids holds 64-bit integers or text."""
    return ids.dtype == np.dtype(np.int64) or isinstance(ids.dtype, pd.StringDtype)


def among(values: pd.Series, known: pd.Index | pd.Series) -> pd.Series:
    """Whether each value is one of those known; pandas would look at known texts one by one."""
    if not (isinstance(values.dtype, pd.StringDtype) and isinstance(known.dtype, pd.StringDtype)):
        return values.isin(known)
    every = pd.concat([pd.Series(known), values], ignore_index=True)
    codes, texts = pd.factorize(every)
    there = np.zeros(len(texts) + 1, bool)  # the last one is that of -1, which is missing
    there[codes[: len(known)]] = True
    return pd.Series(there[codes[len(known) :]], index=values.index)


def ascending(df: pd.DataFrame, *columns: str) -> pd.Series:
    """Whether each row sorts strictly after the row before it, by `columns`.

    Rows that ascend strictly are unique, so this one pass holds both order and uniqueness.
    A category column sorts by its codes and must have sorted categories.
    """
    after = np.zeros(max(len(df) - 1, 0), bool)
    tied = np.ones(len(after), bool)
    for name in columns:
        column = df[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            if not column.cat.categories.is_monotonic_increasing:
                return pd.Series(np.zeros(len(df), bool), index=df.index)
            values: Any = column.cat.codes.to_numpy()
            after |= tied & (values[1:] > values[:-1])
            tied &= values[1:] == values[:-1]
        else:
            later, earlier = column.iloc[1:].reset_index(drop=True), column.iloc[:-1]
            after |= tied & (later > earlier).to_numpy(bool)
            tied &= (later == earlier).to_numpy(bool)
    return pd.Series(np.concatenate([np.ones(min(len(df), 1), bool), after]), index=df.index)


def on_values(tags: pd.Series, test: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Run `test` on the distinct values of a category column; one answer a row."""
    if not isinstance(tags.dtype, pd.CategoricalDtype):
        return test(tags)
    answers = test(pd.Series(tags.cat.categories, dtype="str")).to_numpy(bool)
    codes = tags.cat.codes.to_numpy()
    return pd.Series((codes >= 0) & np.append(answers, False)[codes], index=tags.index)


def spelled(tags: pd.Series) -> pd.Series:
    """Whether each tag is one line of text without space around it or control characters in it."""
    return on_values(
        tags,
        lambda values: (
            (values.str.len() > 0)
            & (values == values.str.strip())
            & ~values.str.contains(r"[\x00-\x1f\x7f-\x9f]", regex=True)
        ),
    )


def words_ascending(texts: pd.Series) -> pd.Series:
    """Whether each text is words with one space between them, each once and ascending.

    Only distinct texts are looked at one by one.
    """
    answers = {text: _ascends(text.split(" ")) for text in texts.dropna().unique()}
    return texts.map(answers).fillna(value=False).astype(bool)


def _ascends(words: list[str]) -> bool:
    return all(words) and all(before < after for before, after in pairwise(words))
