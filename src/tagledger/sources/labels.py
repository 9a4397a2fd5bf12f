"""The ways in which a source says its labels: what one says of itself, and how it is told.

Each is a class in a module of tagledger/readers/labels; its fields are the keys under `labels:`.
As with formats, importing such a module must be cheap.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tagledger.errors import nearest
from tagledger.sources.models import Model, checked, classes_in, problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.label_tables import Parents, SourceItems
    from tagledger.readers.set_aside import Faults, SetAside
    from tagledger.sources.reading import FileReading

OWN = "tagledger.readers.labels"


class Labels(Model):
    """A way in which a source says its labels.

    Attributes
    ----------
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

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the items file that it reads."""
        return ()

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
        self, folder: Path, items: SourceItems, set_aside: SetAside, limit: int
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
