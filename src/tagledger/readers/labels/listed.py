"""Labels by `list`: a column of lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.sources.labels import Labels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.set_aside import Faults
    from tagledger.readers.tagging.label_tables import Parents
    from tagledger.sources.file_reading import FileReading


class ListLabels(Labels):
    """Labels are in a column that holds a list of tags.

    Attributes
    ----------
    list
        The column; it may lead into objects and lists, such as `result.choices` or
        `labels[].name`; `tags{}` stands for the keys of a mapping, `genres{}=value` for its values.
        In a column of text, each cell holds a list as JSON, Python or R write it: `["a", "b"]`,
        `['a', 'b']`, `c("a", "b")`. Whole numbers are codes, for which there may be `names`.
    """

    KEY = "list"
    RANK = 1
    LISTS = True

    list: Name

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.list,)

    def of_block(
        self,
        block: Block,
        faults: Faults,
        path: Path,
        source: FileReading,  # noqa: ARG002 - other ways need it
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers.tagging.list_columns import lists_of, without_no_class
        from tagledger.readers.values import columns

        column = lists_of(block, self.list, faults, path)
        parents, tags, wrong = columns.lists(column)
        faults.add(wrong, "labels are not a list of text")
        if self.names == "schema":
            return without_no_class(parents, tags, block)
        return parents, tags
