"""Small files and their readings, for tests of how labels are read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tagledger.errors import TagledgerError
from tagledger.readers.raw import Raw, read
from tagledger.sources.reading import Reading


def csv_text(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    """Rows as CSV; the first is the header."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def read_files(
    folder: Path, files: Mapping[str, Any], labels: Mapping[str, Any], **items: Any
) -> Raw:
    """Write files (text, or what is written as JSON), and read the first as the items."""
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name).write_text(text, encoding="utf-8")
    items = {"file": next(iter(files), ""), "columns": {"id": "id"}} | items
    return read(Reading.model_validate({"items": items, "labels": dict(labels)}), folder)


def labels_of(raw: Raw) -> list[tuple[Any, str]]:
    """The labels as pairs of an item's id and a tag."""
    ids = raw.items["id"].to_pylist()
    pairs = zip(raw.labels["item"].to_pylist(), raw.labels["tag"].to_pylist(), strict=True)
    return [(ids[item], tag) for item, tag in pairs]


def tags_of(raw: Raw) -> dict[Any, set[str]]:
    """The tags of each id, also of those without any."""
    ids = raw.items["id"].to_pylist()
    found: dict[Any, set[str]] = {item: set() for item in ids}
    for row, tag in zip(raw.labels["item"].to_pylist(), raw.labels["tag"].to_pylist(), strict=True):
        found[ids[row]].add(tag.strip())
    return found


def reasons(raw: Raw) -> list[tuple[int, str]]:
    """The rows that were set aside, and why."""
    return list(zip(raw.set_aside["row"].tolist(), raw.set_aside["reason"].tolist(), strict=True))


def refused(
    folder: Path, files: Mapping[str, Any], labels: Mapping[str, Any], **items: Any
) -> TagledgerError:
    """The error of files that are not read."""
    with pytest.raises(TagledgerError) as caught:
        read_files(folder, files, labels, **items)
    return caught.value
