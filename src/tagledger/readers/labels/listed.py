"""Labels by `list`: a column of lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tagledger.errors import TagledgerError
from tagledger.sources.labels import Labels
from tagledger.sources.models import Name

if TYPE_CHECKING:
    import pyarrow as pa

    from tagledger.readers.blocks import Block
    from tagledger.readers.label_tables import Parents
    from tagledger.readers.set_aside import Faults
    from tagledger.sources.file_reading import FileReading


class ListLabels(Labels):
    """Labels are in a column that holds a list of tags.

    Attributes
    ----------
    list
        The column; it may lead into objects and lists, such as `result.choices` or
        `labels[].name`.
    """

    KEY = "list"
    RANK = 1
    CODES = True
    LISTS = True

    list: Name

    @property
    def tag_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.list,)

    def of_block(
        self, block: Block, faults: Faults, path: Path, source: FileReading
    ) -> tuple[Parents, pa.Array]:
        """The tags in a block of items, as `Labels` says."""
        from tagledger.readers import columns
        from tagledger.readers.literals import convert_hint, literals

        name = self.list
        column = block.columns[name]
        if columns.is_text_column(column):
            spelled, _ = columns.texts(column)
            raise TagledgerError(
                f"the column {name!r} holds text, not lists",
                where=path,
                hint=convert_hint(spelled, name, source)
                if literals(spelled).any()
                else f"read it with `labels: {{delimited: {name}, separator: …}}`, "
                f"or with `{{column: {name}}}` if each text is one tag",
            )
        parents, tags, wrong = columns.lists(column)
        faults.add(wrong, "labels are not a list of text")
        return parents, tags
