"""Small choices for small data: the threshold, and how many rows may be set aside."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tagledger.params import CleanParams, FilterParams
from tagledger.words import count, percent

if TYPE_CHECKING:
    from tagledger.guess.proving import Proof
    from tagledger.readers.raw import Raw

_THRESHOLDS = (20, 10, 5, 3, 2, 1)
_SHARES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_PER_THRESHOLD = 20  # items for each item of the threshold
_LEAST = 3  # a tag with fewer items than splits cannot be in each
_KEPT = 0.9  # least share of the labels that a small dataset keeps
_SMALL = 1000  # items


@dataclass(frozen=True)
class Choices:
    """Parameters that are chosen for the data, and why.

    Attributes
    ----------
    values
        By their names, as "filter.min_tag_count".
    why
        A few words for each.
    """

    values: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


def chosen_for(proof: Proof, threshold: int | None = None) -> Choices:
    """The choices for what a reading gave.

    Parameters
    ----------
    proof
        What it gave; of large files the first rows.
    threshold
        The threshold that somebody asked for.
    """
    assert proof.raw is not None  # it was settled
    choices = Choices()
    usual = FilterParams().min_tag_count
    items = len(proof.raw.items)
    least = threshold or _threshold(proof, usual)
    if least != usual:
        choices.values["filter.min_tag_count"] = least
    if threshold is None and least != usual:
        choices.why["filter.min_tag_count"] = f"chosen for {count(items, 'item')}, {usual} is usual"
    share = _share_set_aside(proof.raw)
    if share > CleanParams().max_quarantined:
        allowed = next(one for one in _SHARES if one >= share)
        choices.values["clean.max_quarantined"] = allowed
        choices.why["clean.max_quarantined"] = (
            f"chosen for this data, of whose rows {percent(share, 1)} cannot be used"
        )
    return choices


def _threshold(proof: Proof, usual: int) -> int:
    """The largest threshold that leaves a dataset of this size most of its labels."""
    assert proof.raw is not None
    items = len(proof.raw.items)
    counts = Counter(tag for _, tag in proof.labels)
    if proof.sampled or items >= _SMALL:
        enough, highest = 0.5, usual
    else:
        enough, highest = _KEPT, max(_LEAST, items // _PER_THRESHOLD)
    for least in (usual, *_THRESHOLDS):
        kept = sum(number for number in counts.values() if number >= least)
        if least <= highest and kept >= enough * counts.total():
            return least
    return 1


def _share_set_aside(raw: Raw) -> float:
    """The largest share of rows, or of those of a labels file, that a build sets aside."""
    import pyarrow.compute as pc

    params = CleanParams()
    of_items = len(raw.set_aside) - raw.label_rows_set_aside
    years = pc.year(raw.items["created_on"])
    first, last = params.years
    outside = pc.sum(pc.or_(pc.less(years, first), pc.greater(years, last))).as_py() or 0
    of_labels = raw.label_rows_set_aside / raw.label_rows if raw.label_rows else 0.0
    return max((of_items + outside) / raw.rows, of_labels)
