"""Parameters: one frozen dataclass per stage, read from that stage's section of params.yaml."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, TypeVar, cast

from tagledger import documents
from tagledger.bounds import (
    Check,
    Convert,
    Ge,
    Gt,
    Le,
    Lt,
    MaxLen,
    MinLen,
    NotPlainError,
    Pattern,
    plain,
)
from tagledger.documents import MOST_ITEMS, read_yaml
from tagledger.errors import TagledgerError, nearest, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

PARAMS = documents.PARAMS

_MOST_PARTS = 100  # splits, and folds: each is a table or a pass over all labels
_MOST_TAGS = 100_000
_LONGEST_SPLIT_NAME = 64
_RATIOS_SUM_TOLERANCE = 1e-6
# A split is a file, and Windows gives these names to devices, whatever ending they have.
_DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}

SplitName = Annotated[str, MaxLen(_LONGEST_SPLIT_NAME), Pattern(r"^[A-Za-z][A-Za-z0-9_-]*$")]
Seed = Annotated[int, Ge(-(2**63)), Le(2**63 - 1)]
Tags = Annotated[list[str], MaxLen(_MOST_TAGS)]
Parts = Annotated[int, Ge(2), Le(_MOST_PARTS)]
Year = Annotated[int, Ge(1), Le(9999)]


def _year_as_text(name: object) -> object:
    """A snapshot named by a year reads as a number in YAML; the name is the text."""
    return str(name) if isinstance(name, int) and not isinstance(name, bool) else name


def _as_truth(word: object) -> object:
    """`yes` and `no` as YAML 1.1 had them: what earlier versions were made with stays readable."""
    return _TRUTH.get(word.lower(), word) if isinstance(word, str) else word


_TRUTH = {"yes": True, "on": True, "no": False, "off": False}
Switch = Annotated[bool, Convert(_as_truth)]
SnapshotName = Annotated[str, Convert(_year_as_text), MinLen(1)]


def _not_before_the_first(year: int, others: Mapping[str, Any]) -> None:
    if year < others.get("earliest_year", year):
        raise ValueError(f"this is before clean.earliest_year, {others['earliest_year']}")


def _sum_to_one(ratios: dict[str, float], _: Mapping[str, Any]) -> None:
    if len(ratios) < 2:
        raise ValueError("name at least two splits")
    if len(ratios) > _MOST_PARTS:
        raise ValueError(f"name at most {_MOST_PARTS} splits, not {len(ratios):,}")
    if not all(0 < ratio < math.inf for ratio in ratios.values()):
        raise ValueError("each ratio must be above 0, and a number")
    total = sum(ratios.values())
    if abs(total - 1) > _RATIOS_SUM_TOLERANCE:
        raise ValueError(f"the ratios add up to {total:g}, not to 1")
    _refuse_names(ratios)


def _refuse_names(ratios: dict[str, float]) -> None:
    """Raise a `ValueError` for splits that cannot all be files of their own, on any disk."""
    seen: dict[str, str] = {}
    for name in ratios:
        folded = name.lower()
        if folded == "assignments":
            raise ValueError("assignments is the name of a table, not of a split")
        if folded in _DEVICES:
            raise ValueError(
                f"{name} is the name of a device on Windows, where no file can have it"
            )
        if folded in seen:
            raise ValueError(
                f"{seen[folded]} and {name} differ in case only, and are one file on many disks"
            )
        seen[folded] = name


class Section(Protocol):
    """A dataclass that knows its section of params.yaml."""

    SECTION: ClassVar[str]


S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class FetchParams:
    """Which data to take: names from data/sources.yaml.

    Attributes
    ----------
    source
        A source of data/sources.yaml.
    snapshot
        One of its snapshots.
    """

    SECTION: ClassVar[str] = "fetch"

    source: Annotated[str, MinLen(1)]
    snapshot: SnapshotName


@dataclass(frozen=True)
class CleanParams:
    """How rows are repaired.

    Attributes
    ----------
    tag_spelling
        When two spellings are one tag. words: when they differ only in case, and in white space,
        underscores and hyphens between words. exact: never, if they look different; a tag is as
        its source has it but for invisible characters, white space around it and Unicode's forms
        (NFC). It holds for the taxonomy and for filter.include and filter.exclude too.
    resolve_aliases
        Whether an alias of the taxonomy becomes its tag.
    duplicate_ids
        What rows that share an id become: an error, the first row, the last row, or one item
        with the labels of all of them.
    parents
        keep: labels stay as they are. add: a label brings its broader tags. drop: a label that
        is a broader tag of another label of the item goes.
    near_duplicate_similarity
        Jaccard similarity of word 1- and 2-grams from which two items share a group; null
        groups none but items of equal text.
    near_duplicate_chain
        Least Jaccard similarity that any two items of a group have: a group that chains of similar
        items make, and whose ends are less alike, is divided by complete linkage, though near
        duplicates can then be in different groups. null: no limit.
    max_quarantined
        Largest share that may be set aside before the stage fails: of the source's rows, of the
        rows of a labels file, and of the labels.
    max_decompressed_bytes
        Most bytes that a compressed file (.gz, .zst, or Parquet, which is compressed within) may
        come to. It is counted while the file is read, so that a small one that holds a huge one
        fills neither memory nor disk.
    earliest_year, latest_year
        The first and the last year, in UTC, that an item may be made in; a row with another date
        is set aside.
    """

    SECTION: ClassVar[str] = "clean"

    tag_spelling: Literal["words", "exact"] = "words"
    resolve_aliases: Switch = False
    duplicate_ids: Literal["error", "first", "last", "union"] = "union"
    parents: Literal["keep", "add", "drop"] = "keep"
    near_duplicate_similarity: Annotated[float, Ge(0.1), Le(1)] | None = 0.7
    near_duplicate_chain: Annotated[float, Ge(0.1), Le(1)] | None = None
    max_quarantined: Annotated[float, Ge(0), Le(1)] = 0.01
    max_decompressed_bytes: Annotated[int, Ge(1), Le(2**63 - 1)] = 500_000_000
    earliest_year: Year = 1900
    latest_year: Annotated[Year, Check(_not_before_the_first)] = 2099

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year that an item may be made in."""
        return self.earliest_year, self.latest_year


Policy = Literal["unanimous", "majority", "quorum", "adjudicated", "dawid-skene"]
"""How the answers of several people about one tag of an item become one."""


@dataclass(frozen=True)
class AnnotateParams:
    """How people's answers become labels.

    A tag of an item on which they do not decide, whatever the policy, keeps what the source says.

    Attributes
    ----------
    policy
        When the answers of several people decide. unanimous: all say the same. majority: more than
        half do. quorum: at least `quorum` do, and more than say the opposite. adjudicated: never,
        only who adjudicates decides. dawid-skene: when the probability that the answers leave, each
        weighted by how often its annotator is right, is at least `confidence`.
    quorum
        The fewest people who must have answered; with the policy quorum, who must agree.
    adjudicators
        Who may adjudicate and say what is gold: anyone, or a list of annotators.
    confidence
        The least probability at which dawid-skene decides.
    """

    SECTION: ClassVar[str] = "annotate"

    policy: Policy = "unanimous"
    quorum: Annotated[int, Ge(1), Le(1000)] = 1
    adjudicators: Literal["anyone"] | Tags = "anyone"
    confidence: Annotated[float, Gt(0.5), Lt(1)] = 0.8


@dataclass(frozen=True)
class FilterParams:
    """Which tags stay.

    Attributes
    ----------
    include
        "taxonomy": the taxonomy's tags, or all where the source has no taxonomy; "all"; or a list.
    exclude
        Tags that go whatever their count.
    min_tag_count
        Fewest items that a tag must have.
    """

    SECTION: ClassVar[str] = "filter"

    include: Literal["taxonomy", "all"] | Tags = "taxonomy"
    exclude: Tags = field(default_factory=list)
    min_tag_count: Annotated[int, Ge(1), Le(MOST_ITEMS)] = 30


@dataclass(frozen=True)
class SplitParams:
    """How items are divided.

    Attributes
    ----------
    ratios
        Share of the items in each split; shares sum to 1. A split is a file, so the names must
        differ in more than case, for disks that ignore it.
    seed
        Chooses one of the equally good splits.
    base
        A version (or file) whose items keep their split: see `tagledger freeze`; null splits all
        items anew.
    cover
        Whether a tag with at least as many items as splits must appear in each split, even at
        the cost of exact sizes.
    folds
        Number of folds for cross-validation, as a further column of the assignments; null: none.
    """

    SECTION: ClassVar[str] = "split"

    ratios: Annotated[dict[SplitName, float], Check(_sum_to_one)]
    seed: Seed = 0
    base: Annotated[str, MinLen(1)] | None = None
    cover: Switch = False
    folds: Parts | None = None


SECTIONS: tuple[type[Section], ...] = (
    FetchParams,
    CleanParams,
    AnnotateParams,
    FilterParams,
    SplitParams,
)


def load(section: type[S], path: Path = PARAMS) -> S:
    """Read one stage's parameters.

    Raises
    ------
    TagledgerError
        The file or the section is missing, a parameter is unknown, or a value does not fit:
        named by its dotted key.
    """
    document = read_yaml(path)
    if not isinstance(document, dict):
        raise TagledgerError(
            "the parameters are not sections of `name: value`",
            where=path,
            hint=f"restore it with `git checkout {path}`",
        )
    name = section.SECTION
    if name not in document:
        raise TagledgerError(
            f"there is no section {name}",
            where=path,
            hint=f"add `{name}:` to it; {nearest(name, map(str, document))}",
        )
    return parse(section, document[name], path)


def parse_recorded(section: type[S], values: Mapping[str, Any], where: Path) -> S:
    """The parameters that a version was made with, perhaps by other code than this.

    A parameter that this code does not know is left out; one that the version did not have takes
    its default.

    Raises
    ------
    TagledgerError
        What is on record does not fit, or lacks what has no default.
    """
    names = {field.name for field in fields(section)}  # type: ignore[arg-type]
    return parse(section, {name: values[name] for name in values if name in names}, where)


def parse(section: type[S], values: Any, where: Path) -> S:
    """Check the values of one section and make its dataclass of them."""
    values = {} if values is None else values
    try:
        return plain(section, values)
    except NotPlainError:
        return parse_by_pydantic(section, values, where)


def parse_by_pydantic(section: type[S], values: Any, where: Path) -> S:
    """As `parse`, by pydantic, which says what is wrong."""
    from pydantic import ValidationError

    names = [field.name for field in fields(section)]  # type: ignore[arg-type]
    if not isinstance(values, dict):
        raise TagledgerError(
            f"the section {section.SECTION} is not lines of `name: value`",
            where=where,
            hint=f"known: {', '.join(names)}",
        )
    try:
        parsed = checked(section)(**{str(name): value for name, value in values.items()})
    except ValidationError as error:
        # A list where one word or a list may be: what is wrong with the list comes first.
        details = sorted(error.errors(), key=_list_is_no_word)
        problems = [_explain(section.SECTION, names, dict(detail)) for detail in details]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        key, problem, hint = problems[0]
        raise TagledgerError(f"{problem}{more}", where=f"{where}, {key}", hint=hint) from error
    return section(**{name: getattr(parsed, name) for name in names})


@cache
def checked(section: type[S]) -> type[S]:
    """A copy of a section whose values pydantic checks."""
    from pydantic import ConfigDict
    from pydantic.dataclasses import dataclass as checked_dataclass

    config = ConfigDict(extra="forbid", strict=True, validate_default=True)
    copy = cast("type[S]", checked_dataclass(section, frozen=True, config=config))
    copy.__doc__ = section.__doc__
    return copy


def _list_is_no_word(detail: ErrorDetails) -> bool:
    return detail["type"] == "literal_error" and isinstance(detail["input"], list)


def _explain(section: str, names: list[str], detail: dict[str, Any]) -> tuple[str, str, str]:
    """Key, problem and hint of one of pydantic's findings."""
    # Beyond the first part, pydantic's path of a union names types, which mean nothing to a reader.
    path = [str(part) for part in detail["loc"][:1]]
    key = ".".join([section, *path])
    if detail["type"] == "unexpected_keyword_argument":
        return key, f"unknown parameter {key}", nearest(path[0], names)
    if detail["type"] in {"missing", "missing_argument"}:
        return (
            key,
            f"the parameter {key} is missing",
            f"add `{path[0]}: …` to {section}",
        )
    if section == FetchParams.SECTION and detail["input"] is None:
        return key, f"no {path[0]} is chosen yet", "`tagledger add FILE` brings data and chooses it"
    message = str(detail["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return key, f"{key} is {shown(detail['input'])}: {message}", f"change {key} in params.yaml"
