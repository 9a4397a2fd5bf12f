"""The probability of a yes, with each annotator weighted by how often they seem to be right.

A. P. Dawid and A. M. Skene, Maximum Likelihood Estimation of Observer Error-Rates Using the EM
Algorithm, Applied Statistics 28 (1979): a task is one tag of one item, with the two classes yes and
no. Tasks on which the same people say the same are one pattern, and are worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 1000
TOLERANCE = 1e-7
_LEAST = 1e-10  # of an error rate, so that nobody is never wrong

Floats = NDArray[np.float64]


def probabilities(
    by: NDArray[np.int32],
    yes: NDArray[np.bool_],
    starts: NDArray[np.int64],
    rounds: int = ROUNDS,
    tolerance: float = TOLERANCE,
) -> Floats:
    """The probability of a yes for each task.

    Parameters
    ----------
    by, yes
        Shape (answers,): who answered, as a number from 0, and what; by task, ascending by person.
    starts
        Shape (tasks,): where the answers of each task begin.
    rounds
        Most rounds of the EM algorithm.
    tolerance
        It ends when the log likelihood's lower bound, per answer, grows by less.

    Returns
    -------
    ndarray
        Shape (tasks,).
    """
    if not len(starts):
        return np.empty(0)
    first, of_task, weight = patterns(by.astype(np.int64) * 2 + yes, starts)
    lengths = np.diff(starts, append=len(by))[first]
    of = np.repeat(np.arange(len(first)), lengths)
    within = np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    answers = starts[first][of] + within
    sets = _Patterns(by[answers], yes[answers], of, weight)
    return _fitted(sets, rounds, tolerance)[of_task]


def patterns(
    codes: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Groups of codes that are the same set.

    Parameters
    ----------
    codes
        Shape (n,): numbers from 0, each at most once in a group.
    starts
        Shape (groups,): where each group begins; none is empty.

    Returns
    -------
    first, of_group, count
        The first group of each set, in an order that follows from the sets alone; the set of each
        group; and how many groups have it.

    Notes
    -----
    Each code has a random number of 64 bits, always the same, and a set is known by their sum: two
    of a million sets share one once in forty million times.
    """
    marks = np.random.default_rng(0).integers(0, 2**64, int(codes.max(initial=0)) + 1, np.uint64)
    sums = np.add.reduceat(marks[codes], starts)
    _, first, of_group, count = np.unique(
        sums, return_index=True, return_inverse=True, return_counts=True
    )
    return first, of_group.ravel(), count


@dataclass(frozen=True)
class _Patterns:
    """Sets of answers: who says what, the set of each answer, and how many tasks have each set."""

    by: NDArray[np.int32]
    yes: NDArray[np.bool_]
    of: NDArray[np.int64]
    weight: NDArray[np.int64]

    def per_set(self, values: NDArray[Any]) -> Floats:
        """The sum of a value of each answer, by set."""
        sums = np.bincount(self.of, values.astype(np.float64), len(self.weight))
        return sums.astype(np.float64)


def _fitted(sets: _Patterns, rounds: int, tolerance: float) -> Floats:
    """The EM algorithm; it begins with the shares of yes."""
    probability = sets.per_set(sets.yes) / sets.per_set(np.ones(len(sets.of)))
    answers = float(sets.weight[sets.of].sum())
    bound = -np.inf
    prior, rates = _rates(sets, probability)
    for _ in range(rounds):
        yes_log, no_log = _logs(sets, prior, rates)
        probability = 1 / (1 + np.exp(np.clip(no_log - yes_log, -700, 700)))
        prior, rates = _rates(sets, probability)
        new = _bound(sets.weight, probability, _logs(sets, prior, rates)) / answers
        if new - bound < tolerance:
            break
        bound = new
    return probability


def _rates(sets: _Patterns, probability: Floats) -> tuple[float, Floats]:
    """The share of yes, and how often each person says which answer where the truth is which.

    The second has the shape (people, 2, 2): by person, truth, answer.
    """
    prior = float((sets.weight * probability).sum() / sets.weight.sum())
    people = int(sets.by.max()) + 1
    rates = np.empty((people, 2, 2))
    for truth, chance in ((0, 1 - probability), (1, probability)):
        share = (sets.weight * chance)[sets.of]
        for answer in (0, 1):
            chosen = sets.yes == bool(answer)
            rates[:, truth, answer] = np.bincount(sets.by[chosen], share[chosen], people)
    rates = np.maximum(rates, _LEAST)
    return prior, rates / rates.sum(axis=2, keepdims=True)


def _logs(sets: _Patterns, prior: float, rates: Floats) -> tuple[Floats, Floats]:
    """The logarithm of the joint probability of each set and a yes, and a no."""
    logs = np.log(rates)
    answer = sets.yes.astype(np.int64)
    yes_log = sets.per_set(logs[sets.by, 1, answer]) + np.log(max(prior, _LEAST))
    no_log = sets.per_set(logs[sets.by, 0, answer]) + np.log(max(1 - prior, _LEAST))
    return yes_log, no_log


def _bound(weight: NDArray[np.int64], probability: Floats, logs: tuple[Floats, Floats]) -> float:
    """The lower bound of the log likelihood."""
    bounds = np.zeros(len(weight))
    for chance, log in ((probability, logs[0]), (1 - probability, logs[1])):
        bounds += chance * (log - np.log(np.maximum(chance, _LEAST)))
    return float((weight * bounds).sum())
