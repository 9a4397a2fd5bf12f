"""data/releases.yaml: the names of releases, which every clone, fork and mirror has.

A list of {name, data, date, summary}. Git's tags do not travel with every clone; this file does.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tagledger.documents import compose_yaml, line_of_conflict
from tagledger.errors import TagledgerError, nearest
from tagledger.versions.version import WORKSPACE

RELEASES = "data/releases.yaml"

_KEYS = ("name", "data", "date", "summary")
_DATA_ID = re.compile(r"[0-9a-f]{32}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# What git takes for a tag, without what may be taken for an option, a path or another revision.
_NAME = re.compile(r"(?!-|\.)(?!.*(?:\.\.|@\{|\.lock$|\.$))[^\x00-\x20\x7f~^:?*\[\]\\/]+")
_REVISION = re.compile(r"@|HEAD|[A-Z]+_HEAD|[0-9a-f]{40}|[0-9a-f]{64}")
_SHAPE = "a record is `- name: v1.0.0`, with `data`, `date` and `summary` below it"


@dataclass(frozen=True)
class Record:
    """A release on record.

    Attributes
    ----------
    name
        What people call it.
    data
        The data id of its version.
    date
        The day of the release.
    summary
        What it is, in a sentence.
    line
        Where the file has it; 0 for a record that is not there yet.
    """

    name: str
    data: str
    date: dt.date
    summary: str
    line: int = 0

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{RELEASES}, line {self.line}"


def read_records(text: bytes, where: Path) -> tuple[Record, ...]:
    """The records in the text of a data/releases.yaml, in its order.

    Parameters
    ----------
    text
        The text; empty for a repository without the file.
    where
        What to name in an error.

    Raises
    ------
    TagledgerError
        It is in conflict, no YAML, or no list of records; a record lacks a part, or has one that
        cannot be; a name is there twice.
    """
    return _read(text, where).records


def has_own_meaning(name: str) -> bool:
    """Whether a name means something else than a tag of that name wherever it is asked for."""
    return name == WORKSPACE or _REVISION.fullmatch(name) is not None


def name_problem(name: str) -> str | None:
    """Why a text cannot be the name of a release; None when it can."""
    if has_own_meaning(name):
        return "it has a meaning of its own"
    if not _NAME.fullmatch(name) or not name.isprintable():
        return "git would not take it for a tag"
    return None


def with_record(text: bytes, record: Record, where: Path) -> bytes:
    """The text of a data/releases.yaml with a record at its end; what was there stays as it is.

    Raises
    ------
    TagledgerError
        As `read_records`; or the list is written in one line, which only people can extend.
    """
    there = _read(text, where)
    before = there.records
    if not before:
        text = text.replace(b"[]", b"", 1) if there.column is not None else text  # an empty list
    indent = " " * (there.column or 0) if before else ""
    fields = {
        "name": record.name,
        "data": record.data,
        "date": record.date,
        "summary": record.summary,
    }
    dumped = yaml.safe_dump([fields], sort_keys=False, allow_unicode=True, width=90).splitlines(
        keepends=True
    )
    head = text if not text or text.endswith(b"\n") else text + b"\n"
    extended = head + "".join(f"{indent}{line}" for line in dumped).encode()
    try:
        after = read_records(extended, where)
    except TagledgerError:
        after = ()
    if [_parts(one) for one in after] != [_parts(one) for one in (*before, record)]:
        raise TagledgerError(
            "no record can be added at the end of this list",
            where=where,
            hint=f"write each record on lines of its own: {_SHAPE}",
        )
    return extended


def _parts(record: Record) -> tuple[object, ...]:
    return record.name, record.data, record.date, record.summary


@dataclass(frozen=True)
class _List:
    """The records of a file, and the column that its list begins in; None for an empty file."""

    records: tuple[Record, ...]
    column: int | None


@lru_cache(maxsize=256)
def _read(text: bytes, where: Path) -> _List:
    conflict = line_of_conflict(text)
    if conflict is not None:
        raise TagledgerError(
            "a merge stopped half-way in this file",
            where=f"{where}, line {conflict}",
            hint=f"keep the records of both sides, without the marks, then `git add {RELEASES}`",
        )
    root = compose_yaml(text, where)
    if root is None:
        return _List((), None)
    if isinstance(root, yaml.ScalarNode) and _is_nothing(root):
        return _List((), root.start_mark.column)
    if not isinstance(root, yaml.SequenceNode):
        raise _problem("this is no list of releases", where, root, _SHAPE)
    records = tuple(_record(node, where) for node in root.value)
    _refuse_repeated(records, where)
    return _List(records, root.start_mark.column)


def _record(node: Any, where: Path) -> Record:
    if not isinstance(node, yaml.MappingNode):
        raise _problem("this is no record of a release", where, node, _SHAPE)
    parts = dict(_fields(node, where))
    missing = [key for key in _KEYS if key not in parts]
    if missing:
        raise _problem(f"a record has no {' and no '.join(missing)}", where, node, _SHAPE)
    name, data, date, summary = (parts[key] for key in _KEYS)
    problem = name_problem(name.value)
    if problem is not None:
        what = f"{name.value!r} cannot be the name of a release: {problem}"
        raise _problem(what, where, name, "choose another, such as v1.0.0")
    if not _DATA_ID.fullmatch(data.value):
        hint = "`tagledger versions --json` shows the data id of each version"
        what = f"{data.value!r} is no data id: those are 32 digits 0-9 and a-f"
        raise _problem(what, where, data, hint)
    day = _day(date.value)
    if day is None:
        what = f"{date.value!r} is no day of the calendar"
        raise _problem(what, where, date, "write it as 2024-06-30")
    if not summary.value.strip():
        raise _problem("the summary is empty", where, summary, "say in a sentence what it is")
    return Record(name.value, data.value, day, summary.value.strip(), node.start_mark.line + 1)


def _fields(node: Any, where: Path) -> Iterator[tuple[str, Any]]:
    """Each key of a record, and the node of its value, which is a text whatever it looks like."""
    for key, value in node.value:
        if key.value not in _KEYS:
            raise _problem(
                f"a record has no part called {key.value!r}",
                where,
                key,
                nearest(str(key.value), _KEYS),
            )
        if not isinstance(value, yaml.ScalarNode) or _is_nothing(value):
            raise _problem(f"{key.value} is not a text", where, value, _SHAPE)
        yield key.value, value


def _is_nothing(node: Any) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _day(text: str) -> dt.date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _refuse_repeated(records: Sequence[Record], where: Path) -> None:
    first: dict[str, Record] = {}
    for record in records:
        earlier = first.setdefault(record.name, record)
        if earlier is not record:
            means = "the same data" if earlier.data == record.data else "two data ids"
            raise TagledgerError(
                f"the release {record.name} is recorded twice, with {means}",
                where=f"{where}, lines {earlier.line} and {record.line}",
                hint=f"take one of the two out; `git log -p -- {RELEASES}` shows who wrote which",
            )


def _problem(what: str, where: Path, node: Any, hint: str) -> TagledgerError:
    return TagledgerError(what, where=f"{where}, line {node.start_mark.line + 1}", hint=hint)
