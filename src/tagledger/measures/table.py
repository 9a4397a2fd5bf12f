"""The table of measures: what each number of a version is called, and where people see it.

A new measure is a function of `Imbalance`, or a field of it, and an entry of `MEASURES`. From the
table, metrics.json, the list of versions, all forms of a comparison and the dashboard have it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, cast

# Who reads a report needs the names of its numbers, and no numpy.
if TYPE_CHECKING:
    from tagledger.measures.imbalance import Imbalance

Place = Literal["report", "comparison", "overview", "timeline"]


@dataclass(frozen=True)
class Measure:
    """A number of a version.

    Attributes
    ----------
    name
        Its key in JSON and metrics.json.
    title
        What people call it.
    of
        Finds its value; nan where it is not defined.
    digits
        Decimals to print.
    better
        Which way is good news.
    meaning
        What it says, for those who do not know it.
    places
        Where it is shown, beside the JSON and CSV of a comparison, which have every measure:
        metrics.json ("report"), the table of imbalance of a comparison in text and Markdown
        ("comparison"), the dashboard's first numbers ("overview") and its charts over all versions
        ("timeline").
    whole
        Whether it is a count.
    """

    name: str
    title: str
    of: Callable[[Imbalance], float]
    digits: int = 0
    better: Literal["lower", "higher", "neither"] = "neither"
    meaning: str = ""
    places: frozenset[Place] = frozenset()
    whole: bool = False


MEASURES: tuple[Measure, ...] = (
    Measure(
        "items",
        "items",
        of=lambda imbalance: imbalance.items,
        meaning="Items of this layer.",
        places=frozenset({"report", "overview", "timeline"}),
        whole=True,
    ),
    Measure(
        "labels",
        "labels",
        of=lambda imbalance: imbalance.labels,
        meaning="Pairs of an item and a tag.",
        places=frozenset({"report", "overview", "timeline"}),
        whole=True,
    ),
    Measure(
        "tags",
        "tags",
        of=lambda imbalance: imbalance.tags,
        meaning="Different tags that at least one item has.",
        places=frozenset({"report", "overview", "timeline"}),
        whole=True,
    ),
    Measure(
        "cardinality",
        "labels per item",
        of=lambda imbalance: imbalance.cardinality,
        digits=2,
        meaning="The mean, called cardinality.",
        places=frozenset({"report", "comparison", "overview"}),
    ),
    Measure(
        "density",
        "density",
        of=lambda imbalance: imbalance.density,
        digits=4,
        meaning="Labels per item, divided by the number of tags.",
        places=frozenset({"report"}),
    ),
    Measure(
        "labelsets",
        "different labelsets",
        of=lambda imbalance: imbalance.labelsets,
        places=frozenset({"report", "comparison"}),
        whole=True,
    ),
    Measure(
        "single_labelsets",
        "labelsets of one item",
        of=lambda imbalance: imbalance.single_labelsets,
        whole=True,
    ),
    Measure(
        "max_frequency",
        "items of the most frequent labelset",
        of=lambda imbalance: imbalance.max_frequency,
        whole=True,
    ),
    Measure(
        "mean_ir",
        "MeanIR",
        of=lambda imbalance: imbalance.mean_ir,
        digits=2,
        better="lower",
        meaning="How many times rarer the tags are than the most used one, on average. 1: all are "
        "equal.",
        places=frozenset({"report", "comparison", "overview", "timeline"}),
    ),
    Measure(
        "cvir",
        "CVIR",
        of=lambda imbalance: imbalance.cvir,
        digits=2,
        better="lower",
        meaning="How much IRLbl differs between tags: its standard deviation, divided by its mean.",
        places=frozenset({"report", "comparison"}),
    ),
    Measure(
        "scumble",
        "SCUMBLE",
        of=lambda imbalance: imbalance.scumble,
        digits=3,
        better="lower",
        meaning="How far items mix rare and frequent tags, from 0 to 1. High: resampling helps "
        "little.",
        places=frozenset({"report", "comparison", "overview"}),
    ),
    Measure(
        "scumble_cv",
        "SCUMBLE.CV",
        of=lambda imbalance: imbalance.scumble_cv,
        digits=2,
        meaning="How much SCUMBLE differs between items: its standard deviation, divided by its "
        "mean.",
    ),
)


def measures(place: Place) -> list[Measure]:
    """The measures that are shown there, in the order of the table."""
    return [measure for measure in MEASURES if place in measure.places]


def named(name: str) -> Measure:
    """The measure of a name that is in the table."""
    return next(measure for measure in MEASURES if measure.name == name)


def values(imbalance: Imbalance) -> dict[str, float]:
    """Every measure of a version, by name."""
    return {measure.name: measure.of(imbalance) for measure in MEASURES}


def reported(metrics: Mapping[str, Any]) -> Imbalance:
    """The measures that a metrics.json has; to read any other of them is an `AttributeError`.

    A measure is newer than some of the versions, whose reports say nothing of it.
    """
    recorded = {one.name: metrics[one.name] for one in measures("report") if one.name in metrics}
    as_numbers = {
        name: float("nan") if value is None else value for name, value in recorded.items()
    }
    return cast("Imbalance", SimpleNamespace(**as_numbers))
