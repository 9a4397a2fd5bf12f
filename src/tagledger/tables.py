"""Tables: where they lie, and the only reading and writing of them.

Tables are Parquet, written so that equal tables have equal bytes: no time stamps, no version of
pandas, one compression, one encoding for each type, rows in the order of their schema. A version's
identity hangs on these bytes, so what decides them changes only together with `FORMAT`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagledger.errors import TagledgerError, os_errors
from tagledger.files import refuse_unfinished, replacing_all, write_bytes

# Whoever asks where a table lies need not wait for what reads it.
if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq
    from numpy.typing import NDArray
    from pandas.api.extensions import ExtensionArray

RAW = Path("data/raw")
CLEAN_ITEMS = Path("data/clean/items.parquet")
CLEAN_LABELS = Path("data/clean/labels.parquet")
CLEAN_TAXONOMY = Path("data/clean/taxonomy.parquet")
CLEAN_QUARANTINE = Path("data/clean/quarantine.parquet")
CLEAN_ROWS = Path("data/clean/rows.json")
ANNOTATED = Path("data/annotated")
ANNOTATED_LABELS = ANNOTATED / "labels.parquet"
ANNOTATED_TAXONOMY = ANNOTATED / "taxonomy.parquet"
VERDICTS = ANNOTATED / "verdicts.parquet"
DISPUTES = ANNOTATED / "disputes.parquet"
REJECTED = ANNOTATED / "rejected.parquet"
TAG_CHANGES = ANNOTATED / "tag_changes.parquet"
ANNOTATED_ROWS = ANNOTATED / "rows.json"
FILTERED_LABELS = Path("data/filtered/labels.parquet")
FILTERED_TAGS = Path("data/filtered/tags.parquet")
SPLITS = Path("data/splits")
ASSIGNMENTS = SPLITS / "assignments.parquet"

_FEW_ROWS = 50_000
FORMAT = 2
"""The format that tables are written in. A table that names none is of format 1, which wrote text
and numbers with dictionaries; all formats up to this one are read."""

_FORMAT_KEY = b"tagledger.format"


def to_arrow(df: pd.DataFrame) -> pa.Table:
    """A frame as an Arrow table, with types that depend on the frame's types alone.

    Text is large_string, a column of lists is a list of text, a category is a dictionary of
    large_string; pandas' own metadata is left out, and the number of the format is put in.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    texts = pa.large_list(pa.large_string())
    arrays: list[Any] = []
    for name in df.columns:
        column = df[name]
        if column.dtype == np.dtype(object):
            arrays.append(pa.array(column.to_numpy(), type=texts))
        elif isinstance(column.dtype, pd.CategoricalDtype):
            names = pa.array(column.cat.categories.astype("str"), type=pa.large_string())
            codes = pa.array(column.cat.codes.to_numpy(np.int32), type=pa.int32())
            arrays.append(pa.DictionaryArray.from_arrays(codes, names))
        elif isinstance(column.dtype, pd.StringDtype):
            arrays.append(pa.array(column, type=pa.large_string()))
        else:
            arrays.append(pa.array(column))
    return pa.table(arrays, names=list(df.columns), metadata={_FORMAT_KEY: str(FORMAT)})


def category(codes: NDArray[np.integer[Any]], names: Iterable[str]) -> pd.Categorical:
    """Places in a list of names as a category of these names, which are text."""
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=pd.Index(list(names), dtype="str"))


def label_frame(
    ids: pd.Series | pd.Index | ExtensionArray,
    codes: NDArray[np.integer[Any]],
    names: Iterable[str],
) -> pd.DataFrame:
    """Labels as every table of labels has them.

    Parameters
    ----------
    ids
        Shape (labels,): the item of each label.
    codes
        Shape (labels,), integers: the place of each label's tag in `names`.
    names
        The tags.

    Returns
    -------
    DataFrame
        Columns id and tag (category).
    """
    import pandas as pd

    return pd.DataFrame({"id": ids, "tag": category(codes, names)})


_TEXT, _CODES = "str", "category"
_ANNOTATED_COLUMNS = {
    VERDICTS: {
        "tag": _CODES,
        "value": "bool",
        "state": _CODES,
        "by": _CODES,
        "events": _TEXT,
    },
    DISPUTES: {"tag": _CODES, "among": _TEXT, "yes": _TEXT, "no": _TEXT, "source": "bool"},
    REJECTED: {
        "file": _TEXT,
        "line": "int64",
        **dict.fromkeys(("event", "by", "act", "item", "reason"), _TEXT),
    },
    TAG_CHANGES: dict.fromkeys(("tag", "to", "act", "by", "event"), _TEXT),
}


def empty_annotated(path: Path, ids: Any) -> pd.DataFrame:
    """A table of the annotate stage without rows, as it is where nobody said anything.

    Parameters
    ----------
    path
        `VERDICTS`, `DISPUTES`, `REJECTED` or `TAG_CHANGES`.
    ids
        The dtype of ids.
    """
    import numpy as np
    import pandas as pd

    def column(kind: Any) -> Any:
        empty = np.empty(0, np.int8)
        return category(empty, []) if kind == _CODES else pd.Series([], dtype=kind)

    of_items = {"id": ids} if path in {VERDICTS, DISPUTES} else {}
    kinds = of_items | _ANNOTATED_COLUMNS[path]
    return pd.DataFrame({name: column(kind) for name, kind in kinds.items()})


def write(contents: Mapping[Path, pd.DataFrame | bytes]) -> None:
    """Write tables, and files beside them, to their paths: all of them or none.

    Parameters
    ----------
    contents
        Frames become Parquet; bytes are written as they are.
    """
    import pyarrow.parquet as pq

    with replacing_all(contents) as temporary:
        for path, content in contents.items():
            if isinstance(content, bytes):
                temporary[path].write_bytes(content)
            else:
                table = to_arrow(content)
                pq.write_table(table, temporary[path], **encoding(table.schema))


def encoding(schema: pa.Schema) -> dict[str, Any]:
    """How a table is written, as options of `pyarrow.parquet.write_table`.

    Text is written as it is, a category as codes, and integers and times as differences.
    """
    import pyarrow as pa

    differences = [
        field.name
        for field in schema
        if pa.types.is_integer(field.type) or pa.types.is_timestamp(field.type)
    ]
    return {
        "compression": "zstd",
        "use_dictionary": [one.name for one in schema if pa.types.is_dictionary(one.type)],
        "column_encoding": dict.fromkeys(differences, "DELTA_BINARY_PACKED"),
    }


def csv_bytes(df: pd.DataFrame) -> bytes:
    """A small table as CSV for plots and people."""
    return df.to_csv(index=False, lineterminator="\n").encode()


def write_csv(df: pd.DataFrame, path: Path) -> None:
    """Write a small table as `csv_bytes` has it, whole or not at all."""
    write_bytes(path, csv_bytes(df))


def parse_csv(text: str, as_text: Sequence[str] = ("tag",)) -> pd.DataFrame:
    """A table as `csv_bytes` has it, from its text.

    Parameters
    ----------
    text
        The table.
    as_text
        Columns that are text, whatever they look like: a tag may be called "null" or "007".
    """
    import pandas as pd

    return pd.read_csv(StringIO(text), dtype=dict.fromkeys(as_text, "str"), keep_default_na=False)


def parse_csv_lists(text: str) -> dict[str, list[str]]:
    """A table as `csv_bytes` has it as lists of text, which need no pandas.

    Raises
    ------
    ValueError
        It is no such table.
    """
    try:
        names, *rows = filter(None, csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(f"this is no CSV: {error}") from error
    if any(len(row) != len(names) for row in rows):
        raise ValueError("a row is longer or shorter than the first")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def read(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a table: text as str, tags of labels as category, lists as arrays of text.

    Raises
    ------
    TagledgerError
        There is no such table, it cannot be read, it is of a later format, or its folder is
        unfinished.
    """
    with _parquet(path) as file:
        # Threads take longer to start than a small table takes to read.
        threads = file.metadata.num_rows > _FEW_ROWS
        table = file.read(columns=columns, use_threads=threads)
    df: pd.DataFrame = table.to_pandas(use_threads=threads)
    return df


def look_up(path: Path, wanted: str, **known: object) -> object | None:
    """What the column `wanted` has in the first row with a known value; None where none has it.

    Raises
    ------
    TagledgerError
        There is no such table, it cannot be read, or its folder is unfinished.
    """
    ((name, value),) = known.items()
    columns = read_lists(path, [name, wanted])
    rows = zip(columns[name], columns[wanted], strict=True)
    return next((cell for key, cell in rows if key == value), None)


def read_lists(path: Path, columns: list[str]) -> dict[str, list[Any]]:
    """Some columns of a small table as lists, which need no frame and so no pandas.

    Raises
    ------
    TagledgerError
        As `read`.
    """
    with _parquet(path) as file:
        table = file.read(columns=columns)
    return {name: table[name].to_pylist() for name in columns}


def number_of_rows(path: Path) -> int:
    """The number of rows of a table, for which its last few bytes are read.

    Raises
    ------
    TagledgerError
        There is no such table, or it cannot be read.
    """
    with _parquet(path) as file:
        rows: int = file.metadata.num_rows
    return rows


@contextmanager
def _parquet(path: Path) -> Iterator[pq.ParquetFile]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with os_errors(path):
        refuse_unfinished(path)
        try:
            # For one file this is pq.read_table, which would load Arrow's datasets as well.
            with pq.ParquetFile(path) as file:
                _refuse_later_format(file, path)
                yield file
        except pa.ArrowInvalid as error:
            raise TagledgerError(
                f"this is not a Parquet table: {str(error).splitlines()[0]}",
                where=path,
                hint=f"`dvc checkout --force {path}` brings it back from the cache",
            ) from error


def _refuse_later_format(file: pq.ParquetFile, path: Path) -> None:
    written = (file.metadata.metadata or {}).get(_FORMAT_KEY, b"1").decode()
    if not written.isdecimal() or int(written) > FORMAT:
        raise TagledgerError(
            f"this table is of format {written}, and this Tagledger reads up to {FORMAT}",
            where=path,
            hint="use the Tagledger that made it, or a later one",
        )
