"""Votes as answers: one labelset of one person about one item, and the tags that were asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.labels import Indicator
from tagledger.measures.imbalance import labelset_codes

if TYPE_CHECKING:
    import scipy.sparse as sp

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]


@dataclass(frozen=True)
class Answers:
    """Answers about items, by item and then by person, whatever the order of the votes was.

    Attributes
    ----------
    items, people, tags
        The names, ascending, that the numbers below stand for.
    item, person
        Shape (answers,), int64: whose answer it is, and about what.
    yes
        CSR of shape (answers, tags), int32, 1 where the answer gives the item the tag.
    asked
        Shape (answers,), int64: the row of `asked_sets` with the tags that the answer speaks of.
    asked_sets
        CSR of shape (different sets, tags), int32. A tag that is not in the set of an answer is
        missing in it: the answer says neither yes nor no.
    """

    items: pd.Index
    people: pd.Index
    tags: pd.Index
    item: Ints
    person: Ints
    yes: sp.csr_array
    asked: Ints
    asked_sets: sp.csr_array

    def __len__(self) -> int:
        """The number of answers."""
        return len(self.item)

    @property
    def sizes(self) -> Ints:
        """Shape (answers,): the number of tags that each gives."""
        return np.diff(self.yes.indptr).astype(np.int64)

    def only(self, rows: NDArray[Any]) -> Answers:
        """Some of the answers; the names and their numbers stay.

        Parameters
        ----------
        rows
            Numbers of answers, ascending, or shape (answers,) bool.
        """
        return Answers(
            items=self.items,
            people=self.people,
            tags=self.tags,
            item=self.item[rows],
            person=self.person[rows],
            yes=self.yes[rows],
            asked=self.asked[rows],
            asked_sets=self.asked_sets,
        )


def answers_of(votes: pd.DataFrame) -> Answers:
    """Put votes together to answers.

    Parameters
    ----------
    votes
        Columns item, tag, by and yes (bool): a row for each tag that a person was asked about an
        item, each once, in any order.

    Returns
    -------
    Answers
    """
    item, items = _numbered(votes["item"])
    person, people = _numbered(votes["by"])
    tag, tags = _numbered(votes["tag"])
    number = max(len(people), 1)
    small = len(items) * number < 2**31
    of_vote, given = _numbered_counts(item * (np.int32 if small else np.int64)(number) + person)
    shape = (len(given), len(tags))
    yes = votes["yes"].to_numpy(bool)
    matrix = _matrix(of_vote[yes], tag[yes], shape)
    asked, asked_sets = _asked(of_vote, tag, shape)
    return Answers(
        items=items,
        people=people,
        tags=tags,
        item=given // number,
        person=given % number,
        yes=matrix,
        asked=asked,
        asked_sets=asked_sets,
    )


def _asked(of_vote: Codes, tag: Codes, shape: tuple[int, int]) -> tuple[Ints, sp.csr_array]:
    """The number of each answer's set of tags, and these sets."""
    import scipy.sparse as sp

    answers, tags = shape
    if len(of_vote) == answers * tags:  # each was asked every tag
        return np.zeros(answers, np.int64), sp.csr_array(np.ones((min(answers, 1), tags), np.int32))
    matrix = _matrix(of_vote, tag, shape)
    codes = labelset_codes(Indicator(np.arange(answers), np.arange(tags).astype(object), matrix))
    # The codes number the sets in the order of their first answers.
    first = np.unique(codes, return_index=True)[1]
    return codes, matrix[first]


def _numbered(column: pd.Series) -> tuple[Codes, pd.Index]:
    """The index of each value among all that occur, ascending, and these."""
    if pd.api.types.is_integer_dtype(column.dtype):
        ranks, distinct = _numbered_counts(column.to_numpy())
        return ranks, pd.Index(distinct)
    codes, names = pd.factorize(column)
    distinct = pd.Index(np.asarray(names))
    order = np.asarray(distinct.argsort())
    rank = np.empty(len(distinct), dtype=np.int32)
    rank[order] = np.arange(len(distinct))
    return rank[codes], distinct[order]


def _numbered_counts(values: NDArray[Any]) -> tuple[Codes, Ints]:
    """The same of whole numbers, without a table of them where they are few and small."""
    if len(values) and values.min() >= 0 and values.max() < 4 * len(values):
        seen = np.zeros(int(values.max()) + 1, bool)
        seen[values] = True
        return (np.cumsum(seen, dtype=np.int32) - 1)[values], np.flatnonzero(seen)
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.reshape(-1).astype(np.int32), distinct


def _matrix(rows: Codes, columns: Codes, shape: tuple[int, int]) -> sp.csr_array:
    """An indicator matrix that counts beyond the 127 of a byte."""
    import scipy.sparse as sp

    matrix = sp.csr_array((np.ones(len(rows), np.int32), (rows, columns)), shape=shape)
    matrix.data[:] = 1  # a vote that is given twice was summed; columns came out sorted
    return matrix
