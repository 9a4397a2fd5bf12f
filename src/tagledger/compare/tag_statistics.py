"""What a comparison's tests say of each tag: q-values, differences with intervals, smallest losses.

Two tests speak of a tag: a paired one on kept items, and one of two proportions on the items that
only one version has. Each is a family of its own. A test that could not have come below p = .05,
whatever it found, is not made: the tag is out of the family, and its q-value is nan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tagledger.measures import intervals, tag_tests
from tagledger.measures.correction import adjust, over_families

Counts = NDArray[np.int64]
TOO_FEW: Final = "too_few_changes"
CROSSED: Final = "crossed"


@dataclass(frozen=True)
class TagCounts:
    """How often each tag is where; all arrays are of shape (tags,).

    Attributes
    ----------
    had
        Kept items with the tag in A.
    lost, gained
        Kept items with it in A only, in B only.
    left, came
        Removed items with it, and added ones.
    kept, removed, added
        Items in all.
    """

    had: Counts
    lost: Counts
    gained: Counts
    left: Counts
    came: Counts
    kept: int
    removed: int
    added: int


def tag_statistics(counts: TagCounts, crossed: NDArray[np.bool_]) -> pd.DataFrame:
    """Test each tag.

    Parameters
    ----------
    counts
        How often each tag is where.
    crossed
        Shape (tags,): tags that a parameter shows or hides. Those are not tested.

    Returns
    -------
    DataFrame
        One row per tag: q_kept, q_rest, q (of both families together: compare it with alpha),
        untested ("crossed", "too_few_changes", or empty where a test was made), difference_kept
        and difference_rest (of presence, B less A) with low_... and high_... (their 95 %
        intervals), smallest_loss (see `intervals.smallest_loss`).
    """
    p_kept = tag_tests.mcnemar(counts.lost, counts.gained)
    shows_kept = tag_tests.can_show_paired(counts.lost, counts.gained)
    rest = (counts.left, counts.removed, counts.came, counts.added)
    p_rest, shows_rest = tag_tests.two_proportions(*rest), tag_tests.can_show_unpaired(*rest)
    q_kept = adjust(np.where(shows_kept & ~crossed, p_kept, np.nan))
    q_rest = adjust(np.where(shows_rest & ~crossed, p_rest, np.nan))
    q = over_families(q_kept, q_rest)
    on_kept = intervals.paired_difference(counts.lost, counts.gained, counts.kept)
    on_rest = intervals.independent_difference(*rest)
    return pd.DataFrame(
        {
            "q_kept": q_kept,
            "q_rest": q_rest,
            "q": q,
            "untested": pd.Series(
                np.where(crossed, CROSSED, np.where(np.isnan(q), TOO_FEW, "")), dtype="str"
            ),
            "difference_kept": on_kept.value,
            "low_kept": on_kept.low,
            "high_kept": on_kept.high,
            "difference_rest": on_rest.value,
            "low_rest": on_rest.low,
            "high_rest": on_rest.high,
            "smallest_loss": intervals.smallest_loss(counts.had, counts.gained),
        }
    )
