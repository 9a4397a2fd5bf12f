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
    import scipy.sparse as sp

    item, items = _numbered(votes["item"])
    person, people = _numbered(votes["by"])
    tag, tags = _numbered(votes["tag"])
    of_vote, given = _numbered(pd.Series(item * max(len(people), 1) + person))
    keys = given.to_numpy(np.int64)
    shape = (len(keys), len(tags))
    asked = _matrix(of_vote, tag, shape)
    yes = votes["yes"].to_numpy(bool)
    codes = labelset_codes(Indicator(keys, tags.to_numpy(object), asked))
    # The codes number the sets in the order of their first answers.
    first = np.unique(codes, return_index=True)[1]
    return Answers(
        items=items,
        people=people,
        tags=tags,
        item=keys // max(len(people), 1),
        person=keys % max(len(people), 1),
        yes=_matrix(of_vote[yes], tag[yes], shape),
        asked=codes,
        asked_sets=sp.csr_array(asked[first]),
    )


def _numbered(column: pd.Series) -> tuple[Ints, pd.Index]:
    """The place of each value among all that occur, ascending, and these."""
    codes, found = pd.factorize(column)
    names = pd.Index(np.asarray(found))
    order = np.asarray(names.argsort())
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return place[codes], names[order]


def _matrix(rows: Ints, columns: Ints, shape: tuple[int, int]) -> sp.csr_array:
    """An indicator matrix that counts beyond the 127 of a byte."""
    import scipy.sparse as sp

    matrix = sp.csr_array((np.ones(len(rows), np.int32), (rows, columns)), shape=shape)
    matrix.data[:] = 1  # a vote that is given twice was summed; columns came out sorted
    return matrix
