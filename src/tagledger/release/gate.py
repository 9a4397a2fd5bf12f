"""What a gate is: what it measures, what it is measured on, and what its limit may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from tagledger.bounds import Ge, Le
from tagledger.documents import MOST_ITEMS

# A list of versions reads no data, and does without what tables and comparisons stand on.
if TYPE_CHECKING:
    import pandas as pd

    from tagledger.compare.result import Comparison
    from tagledger.measures.annotations import Annotations
    from tagledger.measures.imbalance import Imbalance

Share = Annotated[float, Ge(0), Le(1)]
Count = Annotated[int, Ge(0), Le(MOST_ITEMS)]
Ratio = Annotated[float, Ge(1), Le(MOST_ITEMS)]

Kind = Literal["at most", "at least", "none"]
Need = Literal["comparison", "tags", "parts", "annotations"]


_OF_TAGS = ("tag", "count", "decision")


@dataclass(frozen=True)
class State:
    """What the gates ask of one version, without a comparison.

    Attributes
    ----------
    tags
        A frame or lists: columns tag, count, decision.
    imbalance
        The measures of the filtered labels.
    rows, quarantined
        Rows of the source, and those set aside.
    parts
        Items of each split and fold, by its name.
    annotations
        What people's answers amount to; None where no gate asks.
    """

    tags: pd.DataFrame | Mapping[str, Sequence[Any]]
    imbalance: Imbalance
    rows: int
    quarantined: int
    parts: Mapping[str, int] = field(default_factory=dict)
    annotations: Annotations | None = None

    @property
    def rows_of_tags(self) -> Iterator[tuple[str, int, str]]:
        """Each tag, its count and the decision."""
        for tag, count, decision in zip(*(self.tags[name] for name in _OF_TAGS), strict=True):
            yield str(tag), int(count), str(decision)


class Measured(NamedTuple):
    """What a gate found: a value, and the tags, splits or folds behind it, the worst first."""

    value: float
    behind: Sequence[str] = ()


@dataclass(frozen=True)
class Case:
    """What a gate is measured on.

    Attributes
    ----------
    state
        The version.
    comparison
        What changed from the version before, in the filtered layer; None where there is none.
    limit
        The gate's limit, as params.yaml has it.
    """

    state: State
    comparison: Comparison | None
    limit: Any

    @property
    def changes(self) -> Comparison:
        """The comparison, for a gate that needs one."""
        if self.comparison is None:
            raise RuntimeError("a gate that reads a comparison has to name it in `needs`")
        return self.comparison

    @property
    def answers(self) -> Annotations:
        """What people's answers amount to, for a gate that needs it."""
        if self.state.annotations is None:
            raise RuntimeError("a gate that reads annotations has to name them in `needs`")
        return self.state.annotations


# Two gates of equal entries are still two: the class of the limits is kept by its table.
@dataclass(frozen=True, eq=False)
class Gate:
    """A limit that a version can be held to.

    Attributes
    ----------
    name
        Its key in `gates:` of params.yaml.
    title
        What it measures, in the words of the dashboard.
    kind
        "at most" and "at least": its value keeps to the limit. "none": nothing may be found; the
        limit only says what counts, and a value of 0 holds.
    bound
        The type of the limit, with its range. A dataclass with a `SECTION` is a limit of several
        keys.
    unit
        What the numbers count; `{limit}` and its parts stand for those of the limit.
    meaning
        One line for the documentation.
    example
        A limit as YAML, for the documentation.
    measure
        Finds the value, and what is behind it.
    needs
        What it reads beyond counts and imbalance: a comparison, the table of tags, the items of
        each split and fold, what people's answers amount to. Without a comparison that it needs,
        it is not compared.
    default
        The limit where params.yaml has none; None: it is off.
    percent
        Whether people read its numbers as per cent.
    """

    name: str
    title: str
    kind: Kind
    bound: Any
    unit: str
    meaning: str
    example: str
    measure: Callable[[Case], Measured]
    needs: frozenset[Need] = frozenset()
    default: Any = None
    percent: bool = False

    @property
    def needs_comparison(self) -> bool:
        """Whether it says nothing of one version alone."""
        return "comparison" in self.needs

    @property
    def has_keys(self) -> bool:
        """Whether its limit is lines of `name: value`, and not one value."""
        return is_dataclass(self.bound)

    def shown_limit(self, limit: Any) -> float:
        """The limit as one number, beside which the value is printed."""
        return 0 if self.kind == "none" else limit

    def shown_unit(self, limit: Any) -> str:
        """What its numbers count, under this limit."""
        return self.unit.format(limit=limit)

    def holds(self, value: float, limit: Any) -> bool:
        """Whether a value keeps to the limit; one that is not defined does not."""
        if self.kind == "at least":
            return bool(value >= limit)
        return bool(value <= self.shown_limit(limit))
