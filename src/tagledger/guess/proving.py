"""A guess is proven by reading: a reading that raises, or sets rows aside, is none."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.guess.samples import START, partial
from tagledger.guess.table import ROWS
from tagledger.readers.opening.source_files import SourceFile, source_files
from tagledger.readers.raw import Raw, read
from tagledger.sources.file_reading import FileReading
from tagledger.sources.models import in_words
from tagledger.sources.reading import Reading

_SMALL = 8 * 2**20  # bytes that are read as they are
_PACKED = 10  # how many times as large packed files may be
_OF_SAMPLES = ("label of an unknown id", "label of an item that was set aside")
_BY_LINES = {"csv", "tsv", "jsonl", "lines", "fasttext", "svmlight", "arff"}
_CUT = {*_BY_LINES, "json", "yaml", "xml", "parquet"}  # others are read as a whole


@dataclass(frozen=True)
class Proof:
    """What a reading gave.

    Attributes
    ----------
    raw
        What was read; None if it cannot be.
    reason
        Why not, or why rows were set aside.
    aside
        How many rows were.
    sampled
        Whether only the first rows were read.
    """

    raw: Raw | None
    reason: str = ""
    aside: int = 0
    sampled: bool = False

    @property
    def labels(self) -> frozenset[tuple[str, str]]:
        """The labels that were read, by the text of the item's id."""
        if self.raw is None:
            return frozenset()
        rows = self.raw.labels["item"].to_pylist()
        of = self.raw.items["id"].to_pylist()
        tags = self.raw.labels["tag"].to_pylist()
        return frozenset((str(of[row]), tag) for row, tag in zip(rows, tags, strict=True))


def proof(reading: dict[str, Any], folder: Path) -> Proof:
    """Read by a reading, large files by their first rows, and say how it went."""
    try:
        checked = Reading.model_validate(reading)
        with _small(checked, reading, folder) as (small, where, sampled):
            raw = read(small, where)
    except ValidationError as error:
        return Proof(None, in_words(error.errors(include_url=False)[0]))
    except TagledgerError as error:
        return Proof(None, error.what)
    except pa.ArrowException as error:
        return Proof(None, str(error))
    aside = raw.set_aside
    if sampled:
        aside = aside[~aside["reason"].isin(_OF_SAMPLES)]
    reason = str(aside["reason"].iloc[0]) if len(aside) else ""
    if not len(raw.items) or not (len(raw.labels) or raw.unlabelled):
        return Proof(None, "it gives no label" if len(raw.items) else "it gives no item")
    return Proof(raw, reason, len(aside), sampled)


@contextmanager
def _small(
    checked: Reading, reading: dict[str, Any], folder: Path
) -> Iterator[tuple[Reading, Path, bool]]:
    """The reading of files that are small; in place of large ones, copies of their first rows."""
    large = {
        one.name: (one, file_reading)
        for file_reading in checked.file_readings.values()
        for one in source_files(file_reading, folder)
        if _size(one) > _SMALL and file_reading.kind in _CUT
    }
    if not large:
        yield checked, folder, False
        return
    with tempfile.TemporaryDirectory(prefix="tagledger-") as at:
        names: dict[str, str] = {}
        for number, (file, file_reading) in enumerate(_all(checked, folder)):
            name = f"{number}.{file_reading.kind}"
            if file_reading.kind in _CUT:
                (Path(at) / name).write_bytes(_start(file, file_reading))
            else:
                (Path(at) / name).symlink_to(file.path)
            names[file.name] = name
        small = _renamed(reading, names, checked)
        yield Reading.model_validate(small), Path(at), True


def _all(checked: Reading, folder: Path) -> Iterator[tuple[SourceFile, FileReading]]:
    for file_reading in checked.file_readings.values():
        for one in source_files(file_reading, folder):
            yield one, file_reading


def _size(file: SourceFile) -> int:
    if file.member is not None:
        return file.member[0].stat().st_size * _PACKED
    return file.path.stat().st_size * (_PACKED if file.packed else 1)


def _renamed(value: Any, names: dict[str, str], checked: Reading) -> Any:
    """The reading with the names of copies, each with its format."""
    if isinstance(value, list):
        return [_renamed(one, names, checked) for one in value]
    if not isinstance(value, dict):
        return value
    renamed = {key: _renamed(one, names, checked) for key, one in value.items()}
    file = value.get("file")
    if file is not None:
        files = [file] if isinstance(file, str) else list(file)
        copies = [names.get(one, one) for one in files]
        renamed["file"] = copies[0] if len(copies) == 1 else copies
        renamed.setdefault("format", copies[0].rpartition(".")[2])
    return renamed


def _start(file: SourceFile, file_reading: FileReading) -> bytes:
    """The first rows of a file."""
    if file_reading.kind == "parquet":
        return _start_of_parquet(file)
    data = file.start(START)
    if len(data) < START:
        return data
    if file_reading.kind in _BY_LINES:
        return data[: data.rfind(b"\n") + 1]
    if file_reading.kind == "xml":
        return _start_of_xml(data)
    encoding = str((file_reading.model_extra or {}).get("encoding") or "utf-8")
    return json.dumps(partial(data.decode(encoding, "ignore"))).encode()


def _start_of_parquet(file: SourceFile) -> bytes:
    from pyarrow import parquet

    source: Any = str(file.path) if not file.packed else pa.BufferReader(file.buffer())
    with parquet.ParquetFile(source) as opened:
        batch = next(opened.iter_batches(batch_size=ROWS), None)
        table = pa.Table.from_batches([] if batch is None else [batch], opened.schema_arrow)
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return bytes(sink.getvalue())


def _start_of_xml(data: bytes) -> bytes:
    """The start of a document up to its last whole element below the root, with the root's end."""
    import re

    root = re.search(rb"<([A-Za-z_][\w:.-]*)[\s>]", data)
    ends = [one.end() for one in re.finditer(rb"(/>|</[\w:.-]+>)(?=\s*<[A-Za-z_])", data)]
    for end in reversed(ends[-2000:]):
        cut = data[:end]
        depth = len(re.findall(rb"<[A-Za-z_][^<>]*[^/<>]>|<[A-Za-z_]>", cut)) - cut.count(b"</")
        if depth == 1 and root is not None:
            return cut + b"</" + root[1] + b">"
    return data
