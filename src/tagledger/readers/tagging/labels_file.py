"""What labels in a file of their own have in common, however their rows find their items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tagledger.readers.blocks import Wanted
from tagledger.readers.set_aside import SetAside
from tagledger.readers.tagging.label_names import Finish
from tagledger.readers.tagging.label_tables import SourceItems
from tagledger.sources.labels import Labels, LabelsFile


@dataclass
class FileOfLabels:
    """A file of labels, and what is read of it.

    Attributes
    ----------
    reading
        How the file is read.
    items
        What was read of the items.
    set_aside
        Takes the rows that cannot be used.
    finish
        Makes tags of the labels.
    folder
        The folder that the file's path is relative to.
    rows
        How many rows there are, with those set aside.
    """

    reading: LabelsFile
    items: SourceItems
    set_aside: SetAside
    finish: Finish
    folder: Path
    rows: int = 0

    @property
    def path(self) -> Path:
        """The file, for messages."""
        return self.folder / self.reading.shown

    @property
    def annotator(self) -> str | None:
        """The column with the person of a row, where votes are counted."""
        return self.reading.annotator if self.reading.votes is not None else None


def wanted(
    saying: Labels,
    columns: Iterable[str | None],
    *,
    instead: str = "",
    every_row: bool = False,
    glanced: tuple[str, ...] = (),
) -> Wanted:
    """The columns to read of a file whose rows say labels.

    Parameters
    ----------
    saying
        How a row says them.
    columns
        All that are needed, those with tags as well; None stands for none.
    instead, every_row, glanced
        As in `Wanted`.
    """
    return Wanted(
        tuple(dict.fromkeys(filter(None, columns))),
        instead=instead,
        every_row=every_row,
        several=saying.several,
        rest=saying.rest_column,
        lists=frozenset(saying.tag_columns if saying.LISTS else ()),
        glanced=glanced,
    )
