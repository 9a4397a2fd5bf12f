"""A multi-label split that is stratified by tag, keeps groups together, and stays put.

>>> from tagledger.stratify import split
>>> result = split([["nlp"], ["nlp"], ["vision"], ["vision"]], ratios={"train": 0.5, "test": 0.5})
>>> result.counts.tolist()
[[1, 1], [1, 1]]

The algorithm, step by step. Its core is iterative stratification, "the rarest tag first", of
Sechidis, Tsoumakas & Vlahavas (On the stratification of multi-label data, ECML PKDD 2011),
reworked so that a tag is placed as a whole instead of row by row, and followed by a local
search. A unit is a group of rows that must stay together, or a single row.

1.  Put rows in the order of a keyed hash of their ids, and number the tags from the rarest
    (ties by keyed hash of their names). From here on nothing depends on the order in which rows,
    tags or groups were given (`units.keys`, `algorithm`).
2.  Rows that the base has placed stay; new members of their groups join them. Each split's goal
    is its largest-remainder share of the rows, its targets the same share of each tag's rows
    (`units.goals`).
3.  Units that are large beside the smallest split: largest first, each where it is lacked most
    (`units.place_heavy`).
4.  All others, one rarest tag after the other: the units of a tag are dealt out so that every
    split reaches its target, by systematic sampling over their labelsets (`units.place_rest`).
5.  A local search over a bounded number of candidates: single moves by simulated annealing, then
    moves and exchanges to the exact sizes (`packing` where they end short of them), then exchanges
    of units of equal weight (`repair`).

Steps 1 to 4 take time in proportion to the labels (and sort the rows), step 5 in proportion to
the tags. Labels stay sparse (CSR) throughout; no table has an entry for each row and tag.
"""

from __future__ import annotations

from tagledger.stratify.algorithm import SplitResult, folds, split
from tagledger.stratify.measure import label_distribution_error, rounding_floor
from tagledger.stratify.splitter import MultilabelStratifiedSplit

__all__ = [
    "MultilabelStratifiedSplit",
    "SplitResult",
    "folds",
    "label_distribution_error",
    "rounding_floor",
    "split",
]
