"""Format sqlite: the rows of a query on a SQLite database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from pydantic import model_validator

from tagledger.sources.formats import Format
from tagledger.sources.models import Name, problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile


class Sqlite(Format):
    """A SQLite database: a table of it, or what a query gives.

    Values are of the types that they have there; a BLOB is no text. A query can read, and nothing
    else; `CAST(x AS TEXT)` in it makes text of a number.

    Attributes
    ----------
    table
        The name of the table or view; by default the only one.
    query
        In its place, one SELECT; its columns are those of the reading.
    """

    NAME = "sqlite"
    ENDINGS = (".db", ".sqlite", ".sqlite3")

    table: Name | None = None
    query: Name | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.table is not None and self.query is not None:
            raise problem("give `table` or `query`, not both", key="query")
        return self

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says."""
        import numpy as np

        from tagledger.readers.blocks import Block
        from tagledger.readers.parsing.sqlite_rows import opened

        with opened(file) as database:
            query = self.query or database.all_of(self.table or database.only_table())
            columns, rows = database.select(query)
            names = wanted.among(columns, file.path)
            at = {name: [n for n, one in enumerate(columns) if one == name] for name in names}
            if wanted.rest in at:
                at[wanted.rest] = list(range(at[wanted.rest][0], len(columns)))
            first = 1
            for some in rows:
                values = list(zip(*some, strict=True))
                cells = {
                    name: _listed([values[one] for one in indexes])
                    if name in wanted.several or name == wanted.rest
                    else list(values[indexes[0]])
                    for name, indexes in at.items()
                }
                row_numbers = np.arange(first, first + len(some))
                first += len(some)
                yield Block(row_numbers, cells, _Records(columns, some))


def _listed(columns: list[tuple[Any, ...]]) -> list[list[Any]]:
    """The values of each row that are not empty, as a list."""
    return [
        [one for one in row if one is not None and one != ""] for row in zip(*columns, strict=True)
    ]


class _Records:
    """From positions in a block to its rows as JSON."""

    def __init__(self, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        names: list[str] = []
        for name in columns:  # one key for each column, also when two have one name
            again = columns[: len(names)].count(name)
            names.append(f"{name} ({again + 1})" if again else name)
        self._names, self._rows = names, rows

    def __call__(self, positions: NDArray[Any]) -> list[str]:
        from tagledger.readers.blocks import record_text

        return [
            record_text(dict(zip(self._names, self._rows[at], strict=True)))
            for at in positions.tolist()
        ]
