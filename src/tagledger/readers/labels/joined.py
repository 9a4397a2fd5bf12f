"""Labels by `file`: a file with labels by the id of their item."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.sources.labels import LabelsFile
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.set_aside import SetAside
    from tagledger.readers.tagging.label_names import Finish
    from tagledger.readers.tagging.label_tables import SourceItems


class FileLabels(LabelsFile):
    """Labels are in a file of their own with one (id, tag) a row, joined on id.

    Attributes
    ----------
    id
        The column with the id of the item.
    """

    KEY = "file"
    RANK = 5

    id: Name = "id"

    def of_file(
        self, folder: Path, items: SourceItems, set_aside: SetAside, limit: int, finish: Finish
    ) -> tuple[pa.Table, int]:
        """The labels of the file, as `Labels` says; every item with its id has a row's label."""
        from tagledger.readers.tagging.joined_labels import JoinedLabels

        joined = JoinedLabels(self, items, set_aside, finish, folder)
        for block in joined.blocks(limit):
            joined.add(block)
        return joined.table(), joined.rows
