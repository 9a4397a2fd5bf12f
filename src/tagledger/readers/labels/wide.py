"""Labels by `columns`: several columns, each with one tag."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tagledger.readers.tagging.cell_labels import CellLabels
from tagledger.sources.models import Name


class WideLabels(CellLabels):
    """Labels are in several columns that hold one tag each; null or empty means none.

    Attributes
    ----------
    columns
        The columns; one whose name stands in the header more than once is read each time.
    """

    KEY = "columns"
    RANK = 6

    columns: Annotated[list[Name], Field(min_length=1)]

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(dict.fromkeys(self.columns))

    @property
    def several(self) -> frozenset[str]:
        """All of them may stand in the header more than once."""
        return frozenset(self.columns)
