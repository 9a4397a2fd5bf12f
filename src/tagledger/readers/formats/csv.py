"""Format csv: comma-separated values, by RFC 4180."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from tagledger.errors import TagledgerError
from tagledger.sources.formats import Format
from tagledger.sources.models import OneCharacter

if TYPE_CHECKING:
    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.columns import Column
    from tagledger.readers.source_files import SourceFile


class Csv(Format):
    r"""Comma-separated values with a header, in UTF-8, as RFC 4180 has them.

    A quote within a field in quotes is written twice. A row with a quote out of place, or with
    another number of fields than the header, is set aside. An empty field is empty text.

    Attributes
    ----------
    delimiter
        What stands between two fields: one ASCII character, such as ";" or "\t".
    """

    NAME = "csv"
    ENDINGS = (".csv",)
    TEXT_ONLY = True

    delimiter: OneCharacter = ","

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says; every column is text."""
        import pyarrow as pa

        from tagledger.readers.blocks import Block, arrow_records
        from tagledger.readers.csv_rows import CsvRows
        from tagledger.readers.quotes import UNCLOSED
        from tagledger.readers.source_files import unreadable

        path, readable, reported = file.path, 0, 0
        with unreadable(path, "this is not CSV as its reading says", UNCLOSED):
            rows = CsvRows(path, file.chunks(), self.delimiter, blank_rows=wanted.every_row)
            names = wanted.among(rows.names, path, hint=_hint(rows.names, self.delimiter))
            for batch in rows.batches():
                places = rows.rows(readable, len(batch))
                readable += len(batch)
                columns: dict[str, Column] = {name: batch.column(name) for name in names}
                records = partial(arrow_records, pa.Table.from_batches([batch]))
                broken = rows.broken[reported:]
                reported += len(broken)
                yield Block(places, columns, records, broken)
            if not rows.ended:
                row = readable + len(rows.broken)
                raise TagledgerError(
                    "a quote is never closed", where=f"{path}, row {row}", hint=rows.hint
                )
            nothing: dict[str, Column] = {name: pa.array([], pa.string()) for name in names}
            places = rows.rows(readable, 0)
            yield Block(places, nothing, lambda _: [], rows.broken[reported:], notes=rows.notes)


def _hint(names: list[str], delimiter: str) -> str:
    """What to do about a header that is one name with another delimiter in it."""
    others = [other for other in ",;\t|" if other != delimiter and other in names[0]]
    if len(names) > 1 or not others:
        return ""
    other = '"\\t"' if others[0] == "\t" else repr(others[0])  # YAML reads '\t' as two characters
    return f"the header has one column, {names[0]!r}: set `delimiter: {other}` in its reading"
