"""The ways in which a source says its labels: what one says of itself, and how it is told.

Each is a class in a module of tagledger/readers/labels; its fields are the keys under `labels:`.
As with formats, importing such a module must be cheap.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field

from tagledger.errors import nearest
from tagledger.sources.file_reading import FileReading, Value
from tagledger.sources.models import Model, Name, checked, classes_in, problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.label_names import Finish
    from tagledger.readers.label_tables import Parents, SourceItems
    from tagledger.readers.set_aside import Faults, SetAside

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


def _names(value: Any) -> Any:
    """A mapping with the key `file` names a file, and no codes."""
    return checked(NamesFile, value) if isinstance(value, dict) and "file" in value else value


Names = Annotated[
    Literal["schema"] | NamesFile | list[Name] | dict[str | int, Name], BeforeValidator(_names)
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
        The key under `labels:` that tells it.
    BESIDE
        The key of another one that goes with it: this one is told by both.
    RANK
        Its place where all are listed; the commonest comes first.
    LISTS
        Whether tags are elements of a list: then an empty one is a label that is set aside. In a
        cell of text, nothing between two separators is no label.
    """

    KEY: ClassVar[str]
    BESIDE: ClassVar[str | None] = None
    RANK: ClassVar[int] = 0
    LISTS: ClassVar[bool] = False

    strip: Name | None = None
    none: list[Name] = Field(default_factory=list)
    names: Names | None = None
    levels: Name | None = None
    where: dict[Name, Value | list[Value]] | None = None
    votes: Annotated[int, Field(ge=1)] | None = None
    annotator: Name | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the items file that tags are in; none if they are in another file."""
        return ()

    @property
    def needed(self) -> tuple[str, ...]:
        """All columns of the items file that it reads."""
        if not self.columns:
            return ()
        others = (*(self.where or ()), *filter(None, [self.annotator]))
        return tuple(dict.fromkeys([*self.columns, *others]))

    @property
    def several(self) -> frozenset[str]:
        """Those of `columns` that a file may have more than once."""
        return frozenset()

    @property
    def rest(self) -> str | None:
        """That of `columns` which goes on to the end of the row."""
        return None

    @property
    def file_readings(self) -> dict[str, FileReading]:
        """How the files beside its own are read, by the key that each stands under."""
        return {"names": self.names} if isinstance(self.names, NamesFile) else {}

    def prepared(self, folder: Path, limit: int) -> Self:  # noqa: ARG002 - for those that need files
        """The same with what it says by a file written out."""
        return self

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of the items file, and for each the position of its item there.

        Parameters
        ----------
        block
            It has `columns`.
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
    given = value if isinstance(value, dict) else {}
    for one in sorted(readings(), key=lambda one: one.BESIDE is None):
        if one.KEY in given:
            return checked(one, value)
    keys = [one.KEY for one in readings() if one.BESIDE is None]
    near = f"; {nearest(str(next(iter(given))), keys)}" if given else ""
    raise problem(f"this must have one of the keys {', '.join(keys)}{near}")
