"""What the tests of drift find and how often they raise a false alarm, beside the usual tests.

Public multi-label datasets of the R package mldr.datasets, as `<name>.csv` with the columns id and
labels (joined by `|`), in the folder that TAGLEDGER_MLDR names, or in ../shared/mldr. A dataset
that is not there is left out, and said so. No value of them is kept but the figures.

A trial makes two versions of a dataset in which nothing changed, or in which one tag lost a part of
its labels, and counts at q < .05, without the effect that a gate asks for as well:

- false alarms: trials of no change in which any tag is found. "corrected": the same items, of whose
  labels 2 % were corrected without a direction, lost or gained with equal chance; "much corrected":
  30 %. "grown": corrected, and a tenth of the items left and another tenth came. "halves": the two
  versions are random halves, which share no item.
- found: trials in which the tag that lost labels is found among such corrections.

The two-proportion test takes each version for a sample of its own, as if no item were shared. The
last rows say why two families share the 5 %: the other ways to make one answer of two tests, on a
tag that lost labels on kept items, among added ones, or on both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import REPOSITORY
from tagledger.compare.tag_statistics import TagCounts, tag_statistics
from tagledger.measures import tag_tests
from tagledger.measures.correction import adjust, over_families

NAME = "drift_power"
DESCRIPTION = "what the tests of drift find, and how often they raise a false alarm"
DATASETS = ("chess", "medical", "birds")
DESIGNS = {
    "corrected": (0.0, 0.02),
    "much corrected": (0.0, 0.3),
    "grown": (0.1, 0.02),
    "halves": (0.5, 0.0),
}
"""The share of items that left, and as many came; the share of labels that were corrected."""
SIZES = {"5 to 19": (5, 20), "20 to 60": (20, 61), "over 60": (61, 10**9)}
LOSSES = (0.2, 0.5)
SHOWN = {
    ("corrected", "5 to 19", 0.5),
    ("corrected", "20 to 60", 0.2),
    ("corrected", "20 to 60", 0.5),
    ("much corrected", "5 to 19", 0.5),
    ("much corrected", "20 to 60", 0.5),
}
"""What the table shows of what was found; results/ has all of it."""
ALPHA = 0.05
TRIALS, QUICK_TRIALS = 1_000, 20
PLANTED, QUICK_PLANTED = 200, 10

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]


def folder() -> Path:
    """Where the datasets lie."""
    return Path(os.environ.get("TAGLEDGER_MLDR") or REPOSITORY.parent / "shared" / "mldr")


def read(name: str) -> Marks | None:
    """A dataset's labels, of shape (items, tags); None where it is not there."""
    import pandas as pd

    path = folder() / f"{name}.csv"
    if not path.is_file():
        return None
    labels = pd.read_csv(path, dtype=str, keep_default_na=False)["labels"]
    return labels.str.get_dummies("|").to_numpy(bool)


# Trials


def trial(
    rng: np.random.Generator,
    labels: Marks,
    design: str,
    *,
    size: tuple[int, int] | None = None,
    lost_on_kept: float = 0.0,
    lost_on_added: float = 0.0,
) -> tuple[TagCounts, int | None]:
    """Two versions, and the tag that lost labels in the second.

    Parameters
    ----------
    rng
        Of the random numbers.
    labels
        Shape (items, tags).
    design
        One of `DESIGNS`.
    size
        The least and the most items, less one, of the tag that loses labels; None for no change.
    lost_on_kept, lost_on_added
        The share of the tag's labels that kept items, and added items, lack.
    """
    items = rng.permutation(len(labels))
    turnover, noise = DESIGNS[design]
    moved = int(turnover * len(items))
    removed, added, kept = items[:moved], items[moved : 2 * moved], items[2 * moved :]
    had, left, came = (labels[rows].sum(axis=0) for rows in (kept, removed, added))
    changes = rng.binomial(had, noise)
    lost = rng.binomial(changes, 0.5)
    gained = changes - lost
    tag = None
    if size is not None:
        total = labels.sum(axis=0)
        tag = int(rng.choice(np.flatnonzero((total >= size[0]) & (total < size[1]))))
        lost[tag] = min(had[tag], lost[tag] + round(lost_on_kept * had[tag]))
        came[tag] -= round(lost_on_added * came[tag])
    counts = TagCounts(had, lost, gained, left, came, len(kept), len(removed), len(added))
    return counts, tag


def _families(counts: TagCounts) -> tuple[Floats, Floats]:
    """The p-values of both tests, where they could show something; else nan."""
    rest = (counts.left, counts.removed, counts.came, counts.added)
    shows = tag_tests.can_show_paired(counts.lost, counts.gained)
    kept = np.where(shows, tag_tests.mcnemar(counts.lost, counts.gained), np.nan)
    other = np.where(tag_tests.can_show_unpaired(*rest), tag_tests.two_proportions(*rest), np.nan)
    return kept, other


def _every_tag(counts: TagCounts) -> Floats:
    """The smaller of two families' q-values, each with all tags in it."""
    kept = adjust(tag_tests.mcnemar(counts.lost, counts.gained))
    rest = tag_tests.two_proportions(counts.left, counts.removed, counts.came, counts.added)
    return np.fmin(kept, adjust(rest))


def _two_samples(counts: TagCounts) -> Floats:
    """The two-proportion test of whole versions."""
    kept = counts.kept
    before, after = counts.had + counts.left, counts.had - counts.lost + counts.gained + counts.came
    return tag_tests.two_proportions(before, kept + counts.removed, after, kept + counts.added)


METHODS: dict[str, Callable[[TagCounts], Floats]] = {
    "ours": lambda counts: tag_statistics(counts, np.zeros(len(counts.had), bool))["q"].to_numpy(),
    "paired, every tag": _every_tag,
    "two proportions, corrected": lambda counts: adjust(_two_samples(counts)),
    "two proportions, uncorrected": _two_samples,
}


# Ways to make one answer of two tests


def _smaller(kept: Floats, rest: Floats) -> Floats:
    return np.fmin(adjust(kept), adjust(rest))


def _shared(kept: Floats, rest: Floats) -> Floats:
    return over_families(adjust(kept), adjust(rest))


def _one_family(kept: Floats, rest: Floats) -> Floats:
    return np.fmin(*np.split(adjust(np.concatenate([kept, rest])), 2))


def _of_both(kept: Floats, rest: Floats, both: Floats) -> Floats:
    """q-values of one p-value a tag: that of both tests, or of the one that was made."""
    return adjust(np.where(np.isnan(kept), rest, np.where(np.isnan(rest), kept, both)))


def _fisher(kept: Floats, rest: Floats) -> Floats:
    product = kept * rest
    return _of_both(kept, rest, product * (1 - np.log(np.maximum(product, 1e-300))))


def _bonferroni(kept: Floats, rest: Floats) -> Floats:
    return _of_both(kept, rest, np.minimum(2 * np.fmin(kept, rest), 1))


WAYS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "ours": _shared,
    "the smaller q": _smaller,
    "one family of all tests": _one_family,
    "Fisher's method": _fisher,
    "Bonferroni of two": _bonferroni,
}
PLACES = {
    "no change": (0.0, 0.0),
    "kept items": (0.2, 0.0),
    "added items": (0.0, 1.0),
    "both": (0.2, 1.0),
}


def ways(labels: Marks, place: str, trials: int) -> dict[str, int]:
    """Trials in which each way finds the tag that lost labels there; of no change: any tag."""
    on_kept, on_added = PLACES[place]
    size = SIZES["20 to 60"] if on_kept or on_added else None
    rng = np.random.default_rng(2)
    hits = dict.fromkeys(WAYS, 0)
    for _ in range(trials):
        counts, tag = trial(
            rng, labels, "grown", size=size, lost_on_kept=on_kept, lost_on_added=on_added
        )
        families = _families(counts)
        for way, joined in WAYS.items():
            below = joined(*families) < ALPHA
            hits[way] += bool(below.any() if tag is None else below[tag])
    return hits


# The tables


def false_alarms(labels: Marks, design: str, trials: int) -> dict[str, int]:
    """Trials of no change in which each method finds a tag."""
    rng = np.random.default_rng(0)
    alarms = dict.fromkeys(METHODS, 0)
    for _ in range(trials):
        counts, _ = trial(rng, labels, design)
        for method, q in METHODS.items():
            alarms[method] += bool((q(counts) < ALPHA).any())
    return alarms


def found(
    labels: Marks, design: str, size: tuple[int, int], loss: float, trials: int
) -> dict[str, int]:
    """Trials in which each method finds the tag that lost labels; none where no tag is so large."""
    total = labels.sum(axis=0)
    if not ((total >= size[0]) & (total < size[1])).any():
        return {}
    rng = np.random.default_rng(1)
    hits = dict.fromkeys(METHODS, 0)
    for _ in range(trials):
        counts, tag = trial(rng, labels, design, size=size, lost_on_kept=loss)
        for method, q in METHODS.items():
            hits[method] += bool(q(counts)[tag] < ALPHA)
    return hits


def _rows(what: str, shown: dict[str, int], trials: int) -> Iterator[dict[str, str]]:
    ours = shown.pop("ours")
    beside = "; ".join(f"{number:,}, {method}" for method, number in shown.items())
    yield {"what": what, "ours": f"{ours:,} of {trials:,}", "beside": beside}


def run(quick: bool) -> dict[str, Any]:
    """Measure every dataset that is there."""
    trials, planted = (QUICK_TRIALS, QUICK_PLANTED) if quick else (TRIALS, PLANTED)
    alarms: dict[str, Any] = {}
    power: dict[str, Any] = {}
    joined: dict[str, Any] = {}
    table: list[dict[str, str]] = []
    missing = []
    for name in DATASETS:
        labels = read(name)
        if labels is None:
            missing.append(name)
            print(f"{name}: left out, there is no {folder() / name}.csv")
            continue
        for design in DESIGNS:
            alarms[f"{name}, {design}"] = false_alarms(labels, design, trials)
            shown = dict(alarms[f"{name}, {design}"])
            table += _rows(f"false alarms, {name}, {design}", shown, trials)
        for design, size, loss in product(("corrected", "much corrected"), SIZES, LOSSES):
            hits = found(labels, design, SIZES[size], loss, planted)
            if hits:
                what = f"{name}, {design}, tags on {size} items, {loss:.0%} of labels lost"
                power[what] = hits
                if (design, size, loss) in SHOWN:
                    table += _rows(f"found, {what}", dict(hits), planted)
        for place, lost in PLACES.items():
            times = planted if any(lost) else trials
            joined[f"{name}, {place}"] = ways(labels, place, times)
            what = f"two tests made one, {name}, {place}"
            if place in ("no change", "kept items"):
                table += _rows(what, dict(joined[f"{name}, {place}"]), times)
    return {
        "trials": {"false alarms": trials, "found": planted},
        "left out": missing,
        "false alarms": alarms,
        "found": power,
        "two tests": joined,
        "table": table,
    }
