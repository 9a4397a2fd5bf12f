"""A file of Label Studio: which of its forms it has, and the answers in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.label_studio.tables import are_rows, read_rows
from tagledger.annotation_tools.label_studio.tasks import are_tasks, read_tasks
from tagledger.annotation_tools.parsing import (
    AGAIN,
    Record,
    header_of,
    json_of,
    start_of,
    table_rows,
)
from tagledger.annotation_tools.repeats import in_turn
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError

_LOOKED_AT = 100  # records that tell what a file is


def is_label_studio(file: ToolFile) -> bool:
    """Whether a file is Label Studio's, by its content."""
    try:
        members = _members(file)
    except TagledgerError:
        return False
    if members:
        return all(is_label_studio(one) for one in members.values())
    if records := start_of(file, _LOOKED_AT):
        return are_tasks(records) or all(are_rows(one) for one in records)
    return are_rows(header_of(file)[0])


def answers(file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
    """Yield the answers of a file, as `Tool.read` says."""
    yield from in_turn(_in_order(file, options, notes), notes)


def _in_order(file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
    members = _members(file)
    for name, member in members.items():
        for answer in _of_one(member, options, notes):
            place = f"{name}, {answer.place}" if len(members) > 1 else answer.place
            yield replace(answer, place=place)
    if not members:
        yield from _of_one(file, options, notes)


def _members(file: ToolFile) -> dict[str, ToolFile]:
    """The files of an archive that may hold answers: beside them may be pictures."""
    if file.what != "a zip archive":
        return {}
    endings = (".json", ".csv", ".tsv")
    return {name: one for name, one in sorted(file.members.items()) if name.endswith(endings)}


def _of_one(file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
    if file.text.lstrip()[:1] not in {"[", "{"}:
        rows: list[tuple[str, Record]] = [(f"row {at}", dict(row)) for at, row in table_rows(file)]
        header = header_of(file)[0]
        if not are_rows(header) and "id" not in header:
            raise _neither(file)
        in_order = header != sorted(header)
        return read_rows(file, rows, options, notes, in_order=in_order)
    content: Any = json_of(file)
    records = [content] if isinstance(content, dict) else content
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise _neither(file)
    if not records or any(isinstance(one.get("data"), dict) for one in records):
        return read_tasks(file, records, options, notes)
    if not any("id" in one or are_rows(one) for one in records):
        raise _neither(file)
    numbered = [(f"row {at}", one) for at, one in enumerate(records, 1)]
    return read_rows(file, numbered, options, notes, in_order=True)


def _neither(file: ToolFile) -> Exception:
    what = "this is neither a list of tasks nor a table of annotations of Label Studio"
    return file.error(what, hint=f"is `--tool` right? Or else {AGAIN}")
