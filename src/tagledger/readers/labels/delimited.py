"""Labels by `delimited`: a column with tags joined by a separator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tagledger.readers.tagging.cell_labels import CellLabels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.tagging.label_tables import Parents
    from tagledger.readers.values.columns import Mask


class DelimitedLabels(CellLabels):
    """Labels are in a text column that holds tags joined by a separator.

    Attributes
    ----------
    delimited
        The column, or a list of columns.
    separator
        What stands between two tags. The stage clean takes white space around a tag away.
    """

    KEY = "delimited"
    RANK = 3

    delimited: Name | Annotated[list[Name], Field(min_length=1)]
    separator: Name

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The columns."""
        one = self.delimited
        return (one,) if isinstance(one, str) else tuple(dict.fromkeys(one))

    @property
    def several(self) -> frozenset[str]:
        """Those in a list may stand in the header more than once."""
        return frozenset(() if isinstance(self.delimited, str) else self.delimited)

    @property
    def glanced(self) -> tuple[str, ...]:
        """Columns that look as if they had more of the labels."""
        from tagledger.readers.tagging.doubts import siblings

        return siblings(self.delimited) if isinstance(self.delimited, str) else ()

    def doubts(self, block: Block, path: Path, repeated: Mask) -> list[str]:  # noqa: ARG002 - as `Labels` has it
        """Doubt the separator, and one column of several."""
        from tagledger.readers.tagging.doubts import one_of_several, other_separator

        if not isinstance(self.delimited, str):
            return []
        notes = other_separator(block, self.delimited, self.separator, path)
        return notes + one_of_several(block, self.delimited, path, self.separator)

    def cut(self, rows: Parents, cells: pa.Array) -> tuple[Parents, pa.Array]:
        """The tags between separators, as `CellLabels` says."""
        from tagledger.readers.values.columns import delimited

        at, tags, _ = delimited(cells, self.separator)
        return rows[at], tags
