"""The ways in which a source says its labels: what one says of itself, and how it is recognised.

Each is a class in a module of tagledger/readers/labels; its fields are the keys under `labels:`.
As with formats, importing such a module must be cheap.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_serializer, model_validator

from tagledger.errors import nearest
from tagledger.sources import formats
from tagledger.sources.file_reading import FileReading, Value
from tagledger.sources.models import Model, Name, checked, classes_in, problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults, SetAside
    from tagledger.readers.tagging.label_names import Finish
    from tagledger.readers.tagging.label_tables import Parents, SourceItems
    from tagledger.readers.values.columns import Mask

OWN = "tagledger.readers.labels"


class NamesFile(FileReading):
    """A file with the names that labels' codes stand for.

    Attributes
    ----------
    code
        The column with the code. Without one, the first row is of the code 0.
    name
        The column with the name; a file with one value a line needs none.
    """

    code: Name | None = None
    name: Name | None = None


class TagFile(FileReading):
    """A file with the names of the columns that are tags: one a row, or as Mulan and MEKA do.

    Attributes
    ----------
    name
        The column with the name; a file with one value a line needs none.
    """

    name: Name | None = None

    @property
    def without_format(self) -> bool:
        """Whether it names the labels of an ARFF file as Mulan does, in XML, or MEKA, in itself."""
        path = formats.without_compression(self.paths[0])
        return self.format is None and self.name is None and path.endswith((".xml", ".arff"))


def _names(value: Any) -> Any:
    """What stands under `names`, as the model of its kind."""
    if isinstance(value, dict) and "file" in value:
        return checked(NamesFile, value)
    if isinstance(value, dict):
        again = [code for code in value if isinstance(code, int) and str(code) in value]
        if again:
            raise problem(f"the code {again[0]} has two names, one of them as text")
    elif not isinstance(value, list | NamesFile | None) and value != "schema":
        raise problem(
            "this must be a list of names, a mapping from code to name, `schema`, or "
            "a file: {file: ..., code: ..., name: ...}"
        )
    return value


Names = Annotated[
    Literal["schema"] | NamesFile | list[Name] | dict[str | int, Name] | None,
    BeforeValidator(_names),
]


class Labels(Model):
    """A way in which a source says its labels.

    Attributes
    ----------
    strip
        Characters to take off at both ends of a label, such as `<>`.
    none
        What stands where there is no label, such as `[No Finding]`.
    names
        What the labels' codes stand for: a file, a list (of the codes 0, 1, ...), a mapping from
        code to name, or `schema` for the names of classes that a Parquet file holds itself.
    levels
        What stands between the levels of a label, such as `" > "`: each level is a tag.
    where
        The rows whose labels count, as `{column: value}`; an item of another row has no label of
        that row.
    votes
        How many rows of an item must have a label, for items of which there is a row for each
        annotator.
    annotator
        The column with the person whose row it is: two rows of one person are one vote.
    KEY
        The key under `labels:` that names it.
    BESIDE
        The key of another one that goes with it: both together name this one.
    RANK
        Its place where all are listed; the commonest comes first.
    LISTS
        Whether tags are elements of a list: then an empty one is a label that is set aside. In a
        cell of text, nothing between two separators is no label.
    CODES
        Whether labels may be numbers, as codes that `names` has a name for.
    WORDS
        Whether labels are cut out of text, so that prose might be taken for them.
    """

    KEY: ClassVar[str]
    BESIDE: ClassVar[str | None] = None
    RANK: ClassVar[int] = 0
    LISTS: ClassVar[bool] = False
    CODES: ClassVar[bool] = False
    WORDS: ClassVar[bool] = False

    strip: Name | None = None
    none: list[Name] = Field(default_factory=list)
    names: Names = None
    levels: Name | None = None
    where: dict[Name, Value | list[Value]] | None = None
    votes: Annotated[int, Field(ge=1)] | None = None
    annotator: Name | None = None

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The columns of the items file that tags are in; none if they are in another file."""
        return ()

    @property
    def needed(self) -> tuple[str, ...]:
        """All columns of the items file that it reads."""
        if not self.tag_columns:
            return ()
        others = (*(self.where or ()), *(self.reaches or ()), *filter(None, [self.annotator]))
        return tuple(dict.fromkeys([*self.tag_columns, *others]))

    @property
    def several(self) -> frozenset[str]:
        """Those of `tag_columns` that a file may have more than once."""
        return frozenset()

    @property
    def rest_column(self) -> str | None:
        """That of `tag_columns` which goes on to the end of the row."""
        return None

    @property
    def glanced(self) -> tuple[str, ...]:
        """Columns that are looked at, if a file has them, for doubts whether this is right."""
        return ()

    def doubts(self, block: Block, path: Path, repeated: Mask) -> list[str]:  # noqa: ARG002 - for those that have any
        """Refuse a block of which this is probably no reading; notes on what is legal and odd.

        Parameters
        ----------
        block
            It has those of `glanced` that the file has.
        path
            The file, for messages.
        repeated
            Where a row's item has other rows too.
        """
        return []

    @property
    def reaches(self) -> dict[str, float] | None:
        """The numbers that columns of a row must reach for its labels to count."""
        return None

    @property
    def prefixed(self) -> bool:
        """Whether a label comes with the name of its column, which the tag begins with."""
        return False

    @property
    def of_a_row(self) -> Labels:
        """How one row says its labels."""
        return self

    @property
    def file_readings(self) -> dict[str, FileReading]:
        """How the files beside its own are read, by the key that each stands under."""
        return {"names": self.names} if isinstance(self.names, NamesFile) else {}

    def prepared(self, folder: Path, limit: int, source: FileReading) -> Self:  # noqa: ARG002 - for those that need files
        """The same with what it says by a file written out; `source` has the columns with tags."""
        return self

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of the items file, and for each the position of its item there.

        Parameters
        ----------
        block
            It has `tag_columns`.
        faults
            Where the rows' faults are added.
        path, source
            The items file, and its reading.
        """
        raise NotImplementedError

    def of_file(
        self, folder: Path, items: SourceItems, set_aside: SetAside, limit: int, finish: Finish
    ) -> tuple[pa.Table, int]:
        """The table labels of `Raw` from a file of their own, and the number of rows in the file.

        Parameters
        ----------
        folder
            The folder that the file's path is relative to.
        items
            What was read of the items.
        set_aside
            Where rows that cannot be used are added.
        limit
            Most bytes that the file may come to when it is decompressed.
        finish
            Makes tags of the labels.
        """
        raise NotImplementedError


NONE = "none"


class NoLabels(Labels):
    """Nothing is labelled yet: in data/sources.yaml it is the word `none` in place of keys."""

    KEY = NONE

    @model_serializer(mode="plain")
    def _as_word(self) -> str:
        return NONE


@cache
def readings() -> tuple[type[Labels], ...]:
    """Every way to say labels, the commonest first."""
    return tuple(sorted(classes_in(OWN, Labels, "KEY"), key=lambda one: one.RANK))


def labels_of(value: Any) -> Any:
    """What stands under `labels:` as the model of its kind.

    Raises
    ------
    PydanticCustomError
        Its keys tell no kind, or it has a fault.
    """
    if isinstance(value, Labels):
        return value
    if value == NONE:
        return NoLabels()
    given = value if isinstance(value, dict) else {}
    for one in sorted(readings(), key=lambda one: one.BESIDE is None):
        if one.KEY in given:
            return checked(one, value)
    keys = [one.KEY for one in readings() if one.BESIDE is None]
    near = f"; {nearest(str(next(iter(given))), keys)}" if given else ""
    raise problem(
        f"this must have one of the keys {', '.join(keys)}{near}"
        if given
        else f"this must have one of the keys {', '.join(keys)}; or be the word `{NONE}`, where "
        "nothing is labelled yet"
    )


def _each(value: Any) -> Any:
    """What stands under `each:` as the model of its kind."""
    if isinstance(value, dict) and "file" in value:
        raise problem("a row says its labels itself, by columns of its own", key="file")
    if isinstance(value, dict):
        for key in ("where", "votes", "annotator"):
            if key in value:
                raise problem(f"`{key}` is of the file: it stands beside `each`", key=key)
    if value == NONE:
        raise problem("a row says its labels here: where there are none, write `labels: none`")
    return labels_of(value)


_OF_A_LABEL = ("strip", "none", "names", "levels")
Each = Annotated[SerializeAsAny[Labels], BeforeValidator(_each)]


def with_each(data: Any) -> Any:
    """The keys of labels in a file of their own; what is of a label goes into `each`.

    Raises
    ------
    PydanticCustomError
        A key stands in it and beside it, or the labels are given twice.
    """
    if not isinstance(data, dict) or not isinstance(data.get("each"), dict):
        return data
    if "tag" in data:
        raise problem("a row has one tag, or its labels as `each` says: give one", key="tag")
    given = {key: data[key] for key in _OF_A_LABEL if key in data}
    for key in given:
        if key in data["each"]:
            raise problem(f"`{key}` stands in `each` as well: give one", key=key)
    others = {key: value for key, value in data.items() if key not in given}
    return {**others, "each": {**data["each"], **given}}


class LabelsFile(Labels, FileReading):
    """Labels in a file of their own.

    Attributes
    ----------
    tag
        The column with the tag of a row.
    each
        In place of `tag`: how a row says its labels, in one of the ways in which a row of the items
        does, such as `{delimited: tags, separator: ","}`.
    at_least
        The smallest number that a column of the row must hold for its labels to count, as
        `{confidence: 0.5}`.
    """

    tag: Name = "tag"
    each: Each | None = None
    at_least: dict[Name, float] | None = None

    @model_validator(mode="before")
    @classmethod
    def _each_beside(cls, data: Any) -> Any:
        return with_each(data)

    @property
    def of_a_row(self) -> Labels:
        """How one row says its labels."""
        if self.each is not None:
            return self.each
        own = {key: getattr(self, key) for key in _OF_A_LABEL}
        of_column: Labels = _by_key("column").model_validate({"column": self.tag})
        return of_column.model_copy(update=own)

    @property
    def file_readings(self) -> dict[str, FileReading]:
        """How the files beside its own are read, by the key that each stands under."""
        if self.each is None:
            return super().file_readings
        return {f"each.{key}": one for key, one in self.each.file_readings.items()}

    @property
    def reaches(self) -> dict[str, float] | None:
        """The numbers that a row must reach."""
        return self.at_least

    def prepared(self, folder: Path, limit: int, source: FileReading) -> Self:
        """The same with what `each` says by a file written out."""
        if self.each is None:
            return self
        return self.model_copy(update={"each": self.each.prepared(folder, limit, source)})


def _by_key(key: str) -> type[Labels]:
    return next(one for one in readings() if key == one.KEY)
