"""Format parquet: tables of typed columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from tagledger.errors import os_errors
from tagledger.sources.formats import Format

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from numpy.typing import NDArray

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile
    from tagledger.readers.values.columns import Column, Mask

_PARQUET_ROWS = 2**17


class Parquet(Format):
    """Apache Parquet, its columns with the types that they have there.

    A column's name may lead into structs, lists and maps. The names of classes that Hugging Face's
    datasets keep in the file are there for `names: schema`.
    """

    NAME = "parquet"
    ENDINGS = (".parquet",)

    def class_names(self, file: SourceFile, column: str) -> list[str] | None:
        """The names of classes that Hugging Face's datasets keep beside the schema."""
        from tagledger.readers.values.class_names import class_names

        with _opened(file) as (opened, _):
            return class_names(opened.schema_arrow, column, file.path)

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file, as `Format` says."""
        import numpy as np

        from tagledger.readers.blocks import Block, arrow_records
        from tagledger.readers.opening.archives import too_large
        from tagledger.readers.values import paths

        path, limit = file.path, file.limit
        with _opened(file) as (opened, source):
            schema = opened.schema_arrow
            within = paths.of_text(schema, wanted.names)
            names = wanted.among(
                [*paths.names_of(schema, wanted.names), *within], path, nested=True
            )
            names = list(
                dict.fromkeys(paths.root(schema, one) if one in within else one for one in names)
            )
            roots = list(dict.fromkeys(paths.root(schema, name) for name in names))
            groups = range(opened.metadata.num_row_groups)
            ends = np.cumsum([opened.metadata.row_group(group).num_rows for group in groups])
            if sum(opened.metadata.row_group(group).total_byte_size for group in groups) > limit:
                raise too_large(path, limit)

            @lru_cache(maxsize=1)
            def whole(group: int) -> pa.Table:
                return opened.read_row_group(group)

            def records(rows: NDArray[np.int64], positions: NDArray[np.int64]) -> list[str]:
                indexes = rows[positions] - 1
                group_of = np.searchsorted(ends, indexes, side="right")
                texts = []
                for group in np.unique(group_of):
                    start = ends[group] - opened.metadata.row_group(int(group)).num_rows
                    texts += arrow_records(whole(int(group)), indexes[group_of == group] - start)
                return texts

            first, total = 1, 0
            far = _far_int96(source, opened.schema, names)
            for batch in opened.iter_batches(batch_size=_PARQUET_ROWS, columns=roots):
                total += batch.nbytes  # a value that repeats is in the file once
                if total > limit:
                    raise too_large(path, limit)
                rows = np.arange(first, first + len(batch))
                first += len(batch)
                columns: dict[str, Column] = {name: _column(batch, name, path) for name in names}
                for column in columns.values():
                    column.validate(full=True)  # Parquet's text may be no UTF-8
                yield Block(rows, columns, partial(records, rows), faults=far(batch))


def _column(batch: pa.RecordBatch, name: str, path: Path) -> Column:
    """A column; a list of the values that are not empty, where several have its name."""
    import pyarrow as pa

    from tagledger.errors import TagledgerError
    from tagledger.readers.values import paths
    from tagledger.readers.values.columns import codes, is_text
    from tagledger.readers.values.field_lists import of_one_name

    at = [index for index, one in enumerate(batch.schema.names) if one == name]
    if len(at) < 2:
        return paths.of_batch(batch, name)
    columns = [codes(batch.column(index)) for index in at]
    if not all(is_text(one.type) for one in columns):
        raise TagledgerError(
            f"{len(at)} columns have the name {name!r}, and not all of them hold text",
            where=path,
            hint="give each column of the file its own name",
        )
    return of_one_name([one.cast(pa.string()) for one in columns])


@contextmanager
def _opened(file: SourceFile) -> Iterator[tuple[Any, Any]]:
    """A file as a `ParquetFile`, and what that is of; errors of reading it are Tagledger's."""
    import pyarrow as pa
    from pyarrow import parquet

    from tagledger.readers.opening.source_files import empty_file, unreadable

    hint = "take a fresh copy of it, or set `format` in its reading, in data/sources.yaml"
    path = file.path
    source: Any = str(path)
    if file.packed:
        source = pa.BufferReader(file.buffer())
    else:
        with os_errors(path):
            if not path.stat().st_size:
                raise empty_file(path)
    with (
        unreadable(path, "this Parquet file cannot be read", hint),
        parquet.ParquetFile(source, coerce_int96_timestamp_unit="us") as opened,
    ):
        yield opened, source


def _far_int96(
    source: Any, schema: Any, names: list[str]
) -> Callable[[pa.RecordBatch], list[tuple[Mask, str]]]:
    """The faults of the next batch: timestamps of 96 bits that 64 bits of microseconds cannot hold.

    Arrow turns them into other timestamps, without a word; in seconds all of them have room.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    from tagledger.readers.values import paths
    from tagledger.readers.values.columns import mask

    leaves = [schema.column(at) for at in range(len(schema))]
    old = [one.path for one in leaves if one.physical_type == "INT96" and one.path in names]
    if not old:
        return lambda _: []
    file = parquet.ParquetFile(source, coerce_int96_timestamp_unit="s")
    coarse = file.iter_batches(batch_size=_PARQUET_ROWS, columns=old)

    def faults(batch: pa.RecordBatch) -> list[tuple[Mask, str]]:
        seconds = next(coarse)
        too_far = []
        for name in old:
            fine = pc.divide(paths.of_batch(batch, name).cast(pa.int64()), 10**6)
            rough = paths.of_batch(seconds, name).cast(pa.int64())
            too_far.append(
                (mask(pc.greater(pc.abs(pc.subtract(rough, fine)), 1)), f"{name} is too far a date")
            )
        return too_far

    return faults
