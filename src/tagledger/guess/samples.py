"""The first rows of a file, as the tables that are in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tagledger.errors import TagledgerError
from tagledger.guess.by_ending import CONVERT, misread, table_of_format
from tagledger.guess.kinds import Kind, kind_of
from tagledger.guess.records import class_names, columns_of, is_by_column, tables_of, with_literals
from tagledger.guess.separated import DELIMITERS, Separated, no_header, separated
from tagledger.guess.table import ROWS, Column, Table
from tagledger.readers.opening.source_files import SourceFile
from tagledger.sources import formats

START = 4 * 2**20  # bytes of a text file that are looked at
_WHOLE_DOCUMENT = 64 * 2**20  # bytes of one document of JSON or YAML
_TABLE = 2**20  # characters of a table of text that are looked at


def tables(file: SourceFile, kind: Kind, start: bytes) -> list[Table]:
    """The tables in a file of this kind.

    Raises
    ------
    TagledgerError
        The file cannot be read.
    """
    reader = _READERS.get(kind.name or "")
    if reader is None and kind.name in formats.own():
        reader = table_of_format
    if reader is None:
        raise TagledgerError(
            f"Tagledger does not read this file: it is {kind.why}", where=file.path, hint=CONVERT
        )
    all_tables = list(reader(file, kind, start))
    return [one for one in all_tables if one.rows and one.columns]


def kind_by_ending(file: SourceFile) -> Kind | None:
    """What a file is by its ending, if that tells a format which no first bytes do."""
    reader = formats.by_ending(file.name)
    if reader is None or reader.NAME in {*_READERS, *_OF_TABLES}:
        return None
    return Kind(reader.NAME, "its ending says so")


def first_bytes(file: SourceFile) -> bytes:
    """The first bytes of a file, decompressed.

    Raises
    ------
    TagledgerError
        It cannot be read, or is empty.
    """
    if not file.path.is_file() and file.member is None:
        raise TagledgerError(
            "there is no such file",
            where=file.path,
            hint="name the file, or a folder with files, or an archive",
        )
    start = file.start(START)
    if not start.strip():
        raise TagledgerError(
            "the file is empty" if not start else "the file holds white space alone",
            where=file.path,
            hint="take a fresh copy of it, or name another file",
        )
    kind = kind_of(start[:8])
    if kind.name in {"gz", "bz2", "xz", "zst"}:
        raise TagledgerError(
            f"this file is compressed ({kind.name}), and its name does not say so",
            where=file.path,
            hint=f"rename it, e.g. `mv {file.path.name} {file.path.name}.{kind.name}`",
        )
    return start


def text_of(start: bytes, kind: Kind) -> tuple[str, bool]:
    """The text of a file's first bytes, and whether it is all of it."""
    text = start.decode(kind.encoding or "utf-8", "ignore").removeprefix("\ufeff")
    return text, len(start) < START


def _source(file: SourceFile, name: str, kind: Kind) -> dict[str, Any]:
    """The keys of a reading that say the format and the encoding."""
    by_ending = formats.by_ending(file.name)
    source: dict[str, Any] = {}
    if by_ending is None or name != by_ending.NAME:
        source["format"] = name
    if kind.encoding:
        source["encoding"] = kind.encoding
    return source


# ---- Tables of text ------------------------------------------------------------------------


def _table(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    text, whole = text_of(start, kind)
    if len(text) > _TABLE:
        text, whole = text[:_TABLE], False
    delimiters = DELIMITERS if kind.delimiter is None else (kind.delimiter,)
    parsed = separated(text, whole=whole, delimiters=delimiters)
    if parsed is None:
        yield _lines(file, kind, text, whole=whole)
        return
    tab = parsed.delimiter == "\t"
    source = _source(file, "tsv" if tab else "csv", kind)
    if not tab and parsed.delimiter != ",":
        source["delimiter"] = parsed.delimiter
    if parsed.skip:
        source["skip"] = parsed.skip
    if not parsed.header:
        source["header"] = parsed.names
    if parsed.spaced:
        source["after_delimiter"] = "space"
    if parsed.escape:
        source["escape"] = "\\"
    if not parsed.quoting:
        source["quoting"] = "none"
    shown = {"\t": "tabs", " ": "spaces"}.get(parsed.delimiter, f"{parsed.delimiter!r}")
    yield Table(
        file.name,
        source,
        with_literals(_columns_of_rows(parsed)),
        rows=min(len(parsed.rows), ROWS),
        format="tsv" if tab else "csv",
        whole=whole and len(parsed.rows) <= ROWS,
        why=(f"{shown} between fields", parsed.why),
        encoding=kind.encoding or "UTF-8",
        extra={"rest": parsed.names[-1]} if parsed.ragged else {},
    )


def _columns_of_rows(parsed: Separated) -> list[Column]:
    rows = parsed.rows[:ROWS]
    times = Counter(parsed.names)
    last = len(parsed.names) - 1
    columns = []
    for name in dict.fromkeys(parsed.names):
        indexes = [at for at, one in enumerate(parsed.names) if one == name]
        values: list[Any] = [row[indexes[0]] if indexes[0] < len(row) else None for row in rows]
        if parsed.ragged and indexes[0] == last:
            values = [[one for one in row[last:] if one] for row in rows]
        elif times[name] > 1:
            values = [[row[at] for at in indexes if at < len(row) and row[at]] for row in rows]
        columns.append(Column(name, values, times=times[name]))
    return columns


def _lines(file: SourceFile, kind: Kind, text: str, *, whole: bool) -> Table:
    lines = [one.strip() for one in text.splitlines() if one.strip()]
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    if (
        file.name.lower().endswith(".csv")
        and no_header(lines[:1], [[one] for one in lines[1:]]) is None
    ):
        one = Column(lines[0], lines[1 : ROWS + 1])
        return _of_lines(file, "csv", kind, [one], "one column", whole=whole)
    one = Column("line", lines[:ROWS])
    whole = whole and len(lines) <= ROWS
    return _of_lines(file, "lines", kind, [one], "one value a line", whole=whole)


def _of_lines(
    file: SourceFile, name: str, kind: Kind, columns: list[Column], why: str, *, whole: bool
) -> Table:
    """The table of a format of lines, whose columns have a value for each line."""
    return Table(
        file.name,
        _source(file, name, kind),
        columns,
        len(columns[0].values),
        name,
        whole=whole,
        why=(why,),
        encoding=kind.encoding or "UTF-8",
    )


def _fasttext(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    text, whole = text_of(start, kind)
    lines = [one.split() for one in text.splitlines() if one.strip()][:ROWS]
    labels = [
        [w.removeprefix("__label__") for w in one if w.startswith("__label__")] for one in lines
    ]
    texts = [" ".join(w for w in one if not w.startswith("__label__")) for one in lines]
    columns = [Column("labels", labels), Column("text", texts)]
    yield _of_lines(file, "fasttext", kind, columns, kind.why, whole=whole)


def _svmlight(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    text, whole = text_of(start, kind)
    lines = text.splitlines()
    if lines and re.fullmatch(r"\s*\d+ \d+ \d+\s*", lines[0]):
        lines = lines[1:]
    lines = [one for one in lines if one.strip()][:ROWS]
    parts = [re.match(r"([\d.,+-]*)(?=\s|$)", one) for one in lines]
    labels = [[x for x in one[1].split(",") if x] if one else [] for one in parts]
    features = [one.partition(" ")[2] for one in lines]
    columns = [Column("labels", labels), Column("features", features)]
    yield _of_lines(file, "svmlight", kind, columns, kind.why, whole=whole)


# ---- Documents -----------------------------------------------------------------------------


def _jsonl(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    text, whole = text_of(start, kind)
    lines = [one for one in text.splitlines() if one.strip()]
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    rows = []
    for line in lines[:ROWS]:
        try:
            read = json.loads(line)
        except ValueError:
            continue
        if isinstance(read, dict):
            rows.append(read)
    yield _of_records(file, "jsonl", kind, None, rows, whole=whole and len(lines) <= ROWS)


def _json(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    text, whole = text_of(start, kind)
    if not whole:
        text, whole = text_of(file.start(_WHOLE_DOCUMENT), kind)
        whole = len(text) < _WHOLE_DOCUMENT
    try:
        document = json.loads(text)
    except ValueError as error:
        document = None if whole else partial(text)
        whole = False
        if not document:
            raise misread(file, "json", error) from error
    yield from _of_document(file, "json", kind, document, whole=whole)


def _of_document(
    file: SourceFile, name: str, kind: Kind, document: Any, *, whole: bool
) -> Iterator[Table]:
    if is_by_column(document):
        raise TagledgerError(
            "this document holds a table column by column",
            where=file.path,
            hint='write it row by row, e.g. with pandas `to_json(..., orient="records")`',
        )
    for values in class_names(document):
        yield names_table(file, values, whole=whole)
    for path, rows in tables_of(document):
        yield _of_records(file, name, kind, path, rows, whole=whole and len(rows) <= ROWS)


def names_table(file: SourceFile, values: Any, *, whole: bool = True) -> Table:
    """The names of classes, which stand in a document, as a table."""
    shown = list(values.values()) if isinstance(values, dict) else list(values)
    return Table(
        file.name,
        {},
        [Column("line", shown)],
        len(shown),
        "names",
        whole=whole,
        why=("names of classes",),
        extra={"inline": values},
    )


def _of_records(
    file: SourceFile,
    name: str,
    kind: Kind,
    path: str | None,
    rows: list[dict[str, Any]],
    *,
    whole: bool,
) -> Table:
    source = _source(file, name, kind)
    if path is not None:
        source["records"] = path
    rows = rows[:ROWS]
    why = [kind.why] if path is None else [kind.why, f"its records are at {path}"]
    return Table(
        file.name,
        source,
        with_literals(columns_of(rows)),
        len(rows),
        name,
        whole=whole,
        why=why,
        encoding=kind.encoding or "UTF-8",
    )


def partial(text: str) -> Any:
    """What can be read of a document of JSON that ends too early."""
    decoder = json.JSONDecoder()
    at = _past(text, 0)
    if text[at : at + 1] == "[":
        return _items(decoder, text, at + 1)
    content: dict[str, Any] = {}
    at += 1
    while True:
        try:
            key, at = decoder.raw_decode(text, _past(text, at))
            at = _past(text, _past(text, at) + 1)
            try:
                content[key], at = decoder.raw_decode(text, at)
            except ValueError:
                if text[at : at + 1] == "[":
                    content[key] = _items(decoder, text, at + 1)
                return content
            at = _past(text, at)
            if text[at : at + 1] != ",":
                return content
            at += 1
        except (ValueError, TypeError):
            return content


def _items(decoder: json.JSONDecoder, text: str, at: int) -> list[Any]:
    items: list[Any] = []
    while len(items) < ROWS:
        try:
            value, at = decoder.raw_decode(text, _past(text, at))
        except ValueError:
            break
        items.append(value)
        at = _past(text, at)
        if text[at : at + 1] != ",":
            break
        at += 1
    return items


def _past(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _yaml(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    import yaml

    text, whole = text_of(start, kind)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(text if whole else _cut_yaml(text), Loader=loader)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise misread(file, "yaml", str(error).splitlines()[0]) from error
    yield from _of_document(file, "yaml", kind, document, whole=whole)


def _cut_yaml(text: str) -> str:
    """The text up to the last entry that is whole."""
    ends = [one.start() for one in re.finditer(r"\n(?=[^\s#])", text)]
    return text[: ends[-1] + 1] if ends else text


# ---- The other formats ---------------------------------------------------------------------


def _parquet(file: SourceFile, kind: Kind, _start: bytes) -> Iterator[Table]:
    import pyarrow as pa
    from pyarrow import parquet

    source: Any = str(file.path) if not file.packed else pa.BufferReader(file.buffer())
    try:
        with parquet.ParquetFile(source) as opened:
            total = opened.metadata.num_rows
            batch = next(opened.iter_batches(batch_size=ROWS), None)
            schema = opened.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise TagledgerError(
            f"this Parquet file cannot be read: {error}",
            where=file.path,
            hint="take a fresh copy of it",
        ) from error
    if batch is None:
        return
    rows = batch.to_pylist()
    names = {
        one.name: tag_names
        for one in schema
        if (tag_names := formats.own()["parquet"]().class_names(file, one.name)) is not None
    }
    plain = [{key: _plain(value) for key, value in row.items()} for row in rows]
    yield Table(
        file.name,
        _source(file, "parquet", kind),
        with_literals(columns_of(plain)),
        len(rows),
        "parquet",
        whole=len(rows) == total,
        why=(kind.why,),
        extra={"names": names},
    )


def _plain(value: Any) -> Any:
    """A value without dates and bytes, which facts are found of as text."""
    if isinstance(value, str | int | float | bool | list | dict) or value is None:
        return value
    return None if isinstance(value, bytes) else str(value)


def _sqlite(file: SourceFile, kind: Kind, _start: bytes) -> Iterator[Table]:
    import sqlite3

    if file.packed:
        raise TagledgerError(
            "a database in an archive is not looked into",
            where=file.path,
            hint="unpack it first",
        )
    try:
        with sqlite3.connect(
            f"{file.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True
        ) as opened:
            opened.text_factory = lambda value: value.decode("utf-8", "replace")
            listed = opened.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            for (name,) in listed.fetchall():
                query = f"SELECT * FROM {_quoted(name)}"  # noqa: S608 - the name is quoted
                cursor = opened.execute(f"{query} LIMIT {ROWS + 1}")
                names = [one[0] for one in cursor.description]
                rows = cursor.fetchall()
                columns = [
                    Column(one, [_plain(row[at]) for row in rows[:ROWS]])
                    for at, one in enumerate(names)
                ]
                yield Table(
                    file.name,
                    {**_source(file, "sqlite", kind), "query": query},
                    with_literals(columns),
                    len(rows[:ROWS]),
                    "sqlite",
                    whole=len(rows) <= ROWS,
                    why=(f"the table {name}",),
                    extra={"table": name},
                )
    except sqlite3.Error as error:
        raise TagledgerError(
            f"this database cannot be read: {error}",
            where=file.path,
            hint="take a fresh copy of it",
        ) from error


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else '"' + name.replace('"', '""') + '"'


def _xlsx(file: SourceFile, kind: Kind, _start: bytes) -> Iterator[Table]:
    from tagledger.readers.parsing import sheets

    sheet_tables = []
    with sheets.opened(file) as (workbook, _):
        for name in workbook.sheet_names:
            read = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=ROWS)
            rows = [[_cell(one) for one in row] for row in read]
            table = _of_sheet(file, kind, name, rows)
            if table is not None:
                sheet_tables.append(table)
        several = len(workbook.sheet_names) > 1
    for table in sheet_tables:
        if not several:
            table.source.pop("sheet")
        yield table


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _of_sheet(file: SourceFile, kind: Kind, name: str, rows: list[list[str]]) -> Table | None:
    filled = [at for at, row in enumerate(rows) if any(row)]
    if len(filled) < 2:
        return None
    widths = Counter(sum(bool(one) for one in rows[at]) for at in filled)
    most = max(widths)
    first = next(at for at in filled if sum(bool(one) for one in rows[at]) > most / 2)
    below = [rows[at] for at in filled if at > first]
    source = {**_source(file, "xlsx", kind), "sheet": name}
    if first > filled[0]:
        source["skip"] = first
    names = rows[first]
    if no_header(names, below) is not None:
        below = [names, *below]
        names = [f"column_{at}" for at in range(1, len(names) + 1)]
        source["header"] = names
    parsed = Separated("", names, below)
    columns = [one for one in _columns_of_rows(parsed) if one.name]
    return Table(
        file.name, source, with_literals(columns), len(below), "xlsx", why=(f"the sheet {name}",)
    )


def _arff(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    text, whole = text_of(start, kind)
    head, _, data = (
        re.split(r"(?im)^(\s*@data\b.*)$", text, maxsplit=1)
        if re.search(r"(?im)^\s*@data\b", text)
        else (text, "", "")
    )
    declared = re.findall(
        r"(?im)^\s*@attribute\s+('(?:[^'\\]|\\.)*'|\"[^\"]*\"|\S+)\s+(\{[^}]*\}|\S+)", head
    )
    names = [re.sub(r"\\(.)", r"\1", one[1:-1]) if one[0] in "'\"" else one for one, _ in declared]
    lines = [one for one in data.splitlines() if one.strip() and not one.startswith("%")]
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    lines = lines[:ROWS]
    rows = [_arff_row(one, len(names)) for one in lines]
    columns = [Column(name, [row[at] for row in rows]) for at, name in enumerate(names)]
    binary = [
        name
        for name, (_, values) in zip(names, declared, strict=True)
        if re.fullmatch(r"\{\s*(0\s*,\s*1|1\s*,\s*0)\s*\}", values)
    ]
    extra: dict[str, Any] = {}
    if 0 < len(binary) < len(names):
        extra = {"labels": binary, "unsure": True}
    count = re.search(r"-C\s+(-?\d+)", head.splitlines()[0] if head else "")
    if count and int(count[1]):
        number = int(count[1])
        extra = {"labels": names[:number] if number > 0 else names[number:]}
    yield Table(
        file.name,
        _source(file, "arff", kind),
        columns,
        len(rows),
        "arff",
        whole=whole,
        why=(kind.why,),
        encoding=kind.encoding or "UTF-8",
        extra=extra,
    )


def _arff_row(line: str, width: int) -> list[str]:
    if line.lstrip().startswith("{"):
        row = ["0"] * width
        for at, value in re.findall(r"(\d+)\s+('[^']*'|[^,}]+)", line):
            if int(at) < width:
                row[int(at)] = value.strip().strip("'")
        return row
    cells = [a or b for a, b in re.findall(r"\s*(?:'((?:[^'\\]|\\.)*)'|([^,]*))\s*(?:,|$)", line)]
    return [*cells[:width], *[""] * (width - len(cells))]


def _xml(file: SourceFile, kind: Kind, start: bytes) -> Iterator[Table]:
    from tagledger.guess.markup import records_in

    text, whole = text_of(start, kind)
    for path, rows, extra in records_in(text, file):
        source = {**_source(file, "xml", kind), "records": path}
        yield Table(
            file.name,
            source,
            with_literals(columns_of(rows[:ROWS])),
            len(rows[:ROWS]),
            "xml",
            whole=whole,
            why=(kind.why, f"its records are the elements {path}"),
            encoding=kind.encoding or "UTF-8",
            extra=extra,
        )


_OF_TABLES = ("csv", "tsv", "lines", "files")  # what a table of text is read as
_READERS: dict[str, Callable[[SourceFile, Kind, bytes], Iterator[Table]]] = {
    "table": _table,
    "fasttext": _fasttext,
    "svmlight": _svmlight,
    "jsonl": _jsonl,
    "json": _json,
    "yaml": _yaml,
    "parquet": _parquet,
    "sqlite": _sqlite,
    "xlsx": _xlsx,
    "arff": _arff,
    "xml": _xml,
}
