"""Labels by `file` and `align`: a file whose row N is for row N of the items."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from tagledger.sources.labels import LabelsFile
from tagledger.sources.models import problem

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.set_aside import SetAside
    from tagledger.readers.tagging.label_names import Finish
    from tagledger.readers.tagging.label_tables import SourceItems


class RowLabels(LabelsFile):
    """Labels are in a file of their own whose row N holds the tag of item row N; empty means none.

    Attributes
    ----------
    align
        How its rows are matched: by their number.
    """

    KEY = "align"
    BESIDE = "file"
    RANK = 9

    align: Literal["rows"]

    @model_validator(mode="before")
    @classmethod
    def _no_id(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" in data:
            raise problem("labels are joined on `id` or aligned by rows: give one", key="id")
        return data

    def of_file(
        self, folder: Path, items: SourceItems, set_aside: SetAside, limit: int, finish: Finish
    ) -> tuple[pa.Table, int]:
        """The labels of the file, as `Labels` says; it has a row for each row of the items file."""
        from tagledger.readers.tagging.aligned_labels import AlignedLabels

        aligned = AlignedLabels(self, items, set_aside, finish, folder)
        return aligned.table(limit), aligned.rows
