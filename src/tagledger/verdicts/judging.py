"""What follows by a policy: the labels, and what is decided on each tag of each item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagledger.params import AnnotateParams
from tagledger.verdicts.gathering import Gathered, SourceLabels, each_once
from tagledger.verdicts.policies import NO, YES, Tally, decide, tally


@dataclass(frozen=True)
class Judged:
    """What follows by a policy.

    Attributes
    ----------
    tally
        The answers about each tag of each item.
    outcome
        Shape (pairs,): what follows for each, as `policies` numbers it.
    labels
        Shape (labels,): the pairs that are labels; ascending.
    """

    tally: Tally
    outcome: NDArray[np.int8]
    labels: NDArray[np.int64]

    @property
    def value(self) -> NDArray[np.bool_]:
        """Shape (pairs,): whether each is a label."""
        return is_among(self.tally.pair, self.labels)


def judge(gathered: Gathered, settings: AnnotateParams) -> Judged:
    """Judge by a policy."""
    counted = tally(gathered.cells, len(gathered.tags))
    outcome = decide(counted, gathered.cells, gathered.by, settings)
    pairs = gathered.labels.pairs
    if gathered.labels.split:
        decided = counted.pair[(outcome == YES) | (outcome == NO)]
        stays, stands = (
            ~_is_divided(one, gathered.labels, decided, len(gathered.tags))
            for one in (pairs, counted.pair)
        )
        pairs, counted, outcome = pairs[stays], counted.take(stands), outcome[stands]
    yes, no = counted.pair[outcome == YES], counted.pair[outcome == NO]
    pairs = pairs[~is_among(pairs, no)]
    return Judged(counted, outcome, each_once(pairs, yes))


def is_among(values: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which values are among others, which ascend."""
    if not len(others):
        return np.zeros(len(values), bool)
    positions = np.minimum(np.searchsorted(others, values), len(others) - 1)
    among: NDArray[np.bool_] = others[positions] == values
    return among


def _is_divided(
    pairs: NDArray[np.int64], labels: SourceLabels, decided: NDArray[np.int64], tags: int
) -> NDArray[np.bool_]:
    """Which pairs are of a tag that was split, with every part decided for their item.

    Then what was said of the tag counts no more.
    """
    divided = np.zeros(len(pairs), bool)
    item, tag = np.divmod(pairs, tags)
    for split, parts in labels.split.items():
        of = np.flatnonzero(tag == split)
        done = np.ones(len(of), bool)
        for part in parts:
            done &= is_among(item[of] * tags + part, decided)
        divided[of] = done
    return divided
