"""Tags outside the taxonomy that are probably another name of one of its tags, and why.

Two things must speak for it: the names are written like one name (`alike_names`), and the items
agree, because some carry both or because their texts are alike. Neither is enough alone: the texts
of `product-management` are like those of `production`, and `mlp` has the initials of
`machine-learning-pipelines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray

from tagledger.labels import indicator
from tagledger.measures.alike_names import IN_WORDS, Match, Way, matches

TEXTS_ALIKE = 0.04
"""Texts are alike from here on: of pairs of tags taken by chance, 19 of 20 stay below.

Measured on a catalogue of 2,000 items, for words on 1, 2 to 4 and 5 to 20 items: 0.039, 0.042 and
0.044.
"""
_SAMPLE = 200  # items of a tag whose texts are read
_BACKGROUND = 2_000  # items that say what any two texts of the dataset have in common
_NO_SIZE = 1e-12  # of a vector that is nothing but the common direction
_WORD = re.compile(r"\w\w+")
# Two words that only end alike are one only if they hardly ever stand apart.
_SHARE, _ENOUGH, _LIFT = 0.8, 5, 10


@dataclass(frozen=True)
class _Proposal:
    """A match, and what the items say: how many carry both and each, and how alike texts are."""

    match: Match
    shared: int
    items: int
    tag_items: int
    texts: float


def propose_aliases(
    words: Sequence[str], items: pd.DataFrame, labels: pd.DataFrame, taxonomy: pd.DataFrame
) -> pd.DataFrame:
    """Find the tag of the taxonomy that each word is probably another name of.

    Parameters
    ----------
    words
        Tags outside the taxonomy, each once.
    items
        Columns id, title and description.
    labels
        Columns id and tag.
    taxonomy
        Columns tag and aliases.

    Returns
    -------
    DataFrame
        One row per word that something is proposed for, in the words' order: tag (the word),
        alias_of (a tag of the taxonomy), through (the alias of it that the word is like, or the tag
        itself), names (what the names have in common), items and alias_of_items (that carry each),
        shared (items that carry both), texts (-1 to 1: how alike the texts of the items are that
        carry one of them only, about 0 by chance; nan where there are none).

    Notes
    -----
    A word that is like two tags in the same way is like neither. A listed alias needs no evidence;
    nor do the same words if no item has the tag, for then there is none to be had. The likeness of
    texts is the cosine of the mean tf-idf vectors of title and description, after what they have of
    the direction of the dataset's mean is taken off: else the most used tags were like all others.
    At most 200 items of a tag are read, evenly spaced by id. The order of rows changes nothing.
    """
    tags = [str(tag) for tag in taxonomy["tag"]]
    names = [(tag, index, False) for index, tag in enumerate(tags)]
    for index, aliases in enumerate(taxonomy["aliases"]):
        names += [(str(alias), index, True) for alias in aliases]
    name_matches = sorted(matches(words, names), key=lambda one: (one.word, one.way, one.tag))
    ordered = items
    if not items["id"].is_monotonic_increasing:
        ordered = items.sort_values("id", ignore_index=True)
    rows = _rows_of(ordered["id"], labels, words, tags, name_matches)
    texts = _Texts(ordered)
    proposals = []
    for _, alike in groupby(name_matches, attrgetter("word")):
        held = []
        for match in alike:
            one = _judged(match, rows[words[match.word]], rows[tags[match.tag]], texts)
            held += [one] if one is not None else []
        surest = [one for one in held if one.match.way == held[0].match.way]
        if len({one.match.tag for one in surest}) == 1:
            proposals.append(surest[0])
    return pd.DataFrame(
        {
            "tag": pd.Series([words[one.match.word] for one in proposals], dtype="str"),
            "alias_of": pd.Series([tags[one.match.tag] for one in proposals], dtype="str"),
            "through": pd.Series([one.match.through for one in proposals], dtype="str"),
            "names": pd.Series([IN_WORDS[one.match.way] for one in proposals], dtype="str"),
            "items": np.array([one.items for one in proposals], np.int64),
            "alias_of_items": np.array([one.tag_items for one in proposals], np.int64),
            "shared": np.array([one.shared for one in proposals], np.int64),
            "texts": np.array([one.texts for one in proposals], np.float64),
        }
    )


def _rows_of(
    ids: pd.Series,
    labels: pd.DataFrame,
    words: Sequence[str],
    tags: Sequence[str],
    name_matches: Iterable[Match],
) -> dict[str, NDArray[np.int64]]:
    """The rows of the items that carry each of the names that matched."""
    matched = {words[one.word] for one in name_matches} | {tags[one.tag] for one in name_matches}
    columns = indicator(labels, ids=ids, tags=sorted(matched))
    by_tag = columns.matrix.tocsc()
    return {
        str(tag): by_tag.indices[by_tag.indptr[column] : by_tag.indptr[column + 1]].astype(np.int64)
        for column, tag in enumerate(columns.tags)
    }


def _judged(
    match: Match, word: NDArray[np.int64], tag: NDArray[np.int64], texts: _Texts
) -> _Proposal | None:
    """The match with what the items say; None where that is not enough."""
    shared = np.intersect1d(word, tag)
    if match.way == Way.ENDING and not _together(len(shared), len(word), len(tag), texts.items):
        return None  # of the many that end alike, before their texts are read
    # An item that carries both would be compared with itself.
    alike = texts.likeness(word, np.setdiff1d(tag, shared))
    sure = match.way == Way.LISTED or (match.way == Way.SAME and not len(tag))
    enough = alike >= TEXTS_ALIKE or (len(shared) > 0 and match.way != Way.ENDING)
    if not (sure or enough):
        return None
    return _Proposal(match, len(shared), len(word), len(tag), alike)


def _together(shared: int, word: int, tag: int, items: int) -> bool:
    """Whether a word hardly ever stands without the tag, far more often than by chance."""
    return word >= _ENOUGH and shared >= _SHARE * word and shared * items >= _LIFT * word * tag


class _Texts:
    """The texts of items, read when they are asked for."""

    def __init__(self, items: pd.DataFrame) -> None:
        self.items = len(items)
        self._items = items
        self._columns: dict[str, int] = {}
        background = self._counted(_spaced(np.arange(len(items)), _BACKGROUND))
        seen = np.bincount(background.indices, minlength=len(self._columns))
        self._background = len(self._columns)
        self._idf = np.log((1 + background.shape[0]) / (1 + seen))
        self._unseen = np.log(1.0 + background.shape[0])
        mean = self._weighed(background)
        size = float(np.linalg.norm(mean))
        self._common = mean / size if size else mean

    def likeness(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
        """The cosine of the mean vectors of two sets of rows, without what all texts share."""
        if not len(one) or not len(other):
            return np.nan
        counted = [self._counted(_spaced(rows, _SAMPLE)) for rows in (one, other)]
        means = [self._weighed(texts) for texts in counted]
        width = max(len(self._common), *(len(mean) for mean in means))
        common = _widened(self._common, width)
        a, b = (mean - (mean @ common) * common for mean in (_widened(m, width) for m in means))
        size = float(np.linalg.norm(a) * np.linalg.norm(b))
        return float(a @ b) / size if size > _NO_SIZE else np.nan

    def _counted(self, rows: NDArray[np.int64]) -> sp.csr_array:
        """Shape (rows, terms so far): 1 where a text has the term."""
        titles, descriptions = (
            self._items[name].iloc[rows].tolist() for name in ("title", "description")
        )
        indptr, indices = [0], []
        for title, description in zip(titles, descriptions, strict=True):
            terms = sorted(set(_WORD.findall(f"{title} {description}".casefold())))
            indices += [self._columns.setdefault(term, len(self._columns)) for term in terms]
            indptr.append(len(indices))
        shape = (len(rows), len(self._columns))
        return sp.csr_array((np.ones(len(indices)), indices, indptr), shape=shape)

    def _weighed(self, counted: sp.csr_array) -> NDArray[np.float64]:
        """Shape (terms,): the mean of the texts' tf-idf vectors, each of length 1 or empty."""
        weights = np.full(counted.shape[1], self._unseen)
        weights[: self._background] = self._idf[: counted.shape[1]]
        rows = np.repeat(np.arange(counted.shape[0]), np.diff(counted.indptr))
        values = weights[counted.indices]
        lengths = np.sqrt(np.bincount(rows, values**2, minlength=counted.shape[0]))
        values = values / np.where(lengths > 0, lengths, 1)[rows]
        total = np.bincount(counted.indices, values, minlength=counted.shape[1])
        return np.asarray(total / max(counted.shape[0], 1))


def _widened(vector: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    return np.pad(vector, (0, width - len(vector)))


def _spaced(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the rows, evenly spaced."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]
