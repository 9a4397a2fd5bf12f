"""Records of JSON and JSON Lines files -> blocks of columns, which are lists of Python values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Broken, Wanted, record_text
from tagledger.readers.parsing.json_pieces import LONGEST_RECORD, too_long
from tagledger.readers.parsing.records import NO_OBJECT, VALUE, Walk, not_a_list
from tagledger.readers.values import paths
from tagledger.readers.values.columns import Column
from tagledger.readers.values.json_text import Twice, loads, may_repeat, not_json, repeated

_BLOCK_ROWS = 50_000
Kind = Literal["json", "jsonl", "yaml"]


@dataclass(frozen=True)
class Slice:
    """Records of a JSON or JSON Lines file that follow one another.

    Attributes
    ----------
    records
        What they were parsed to.
    row_numbers
        Where each stands in the file's list, or its line.
    twice
        By position in `records`, a key that the record or an object in it has twice.
    """

    records: list[Any]
    row_numbers: NDArray[np.int64]
    twice: dict[int, Twice]


def list_slices(
    path: Path, pieces: Iterator[tuple[Any, bytes]], walk: Walk | None = None
) -> Iterator[Slice]:
    """The records of a JSON list, or of a list or mapping within a document, with their places.

    Parameters
    ----------
    path
        The file, for messages.
    pieces
        Entries with their text.
    walk
        From an entry to the records in it; without one, entries are the records, in a list.
    """
    first = 1
    seen: set[int] = set()  # of a mapping's keys
    for entries, text in pieces:
        if walk is None:
            if isinstance(entries, dict):
                raise not_a_list(entries, path)
            if not isinstance(entries, list):
                raise _not_records(path, "json")
            records, twice = entries, _of_list(text, entries)
        elif isinstance(entries, dict):
            _once(entries, seen, path)
            twice = _of_mapping(text, entries, path)
            if walk.goes_on:
                records, twice = _within(walk, entries.items(), twice)
            else:
                records = walk.of_mapping(entries)
        elif walk.goes_on:
            pairs = ((None, entry) for entry in entries)
            records, twice = _within(walk, pairs, _of_list(text, entries))
        else:
            records, twice = entries, _of_list(text, entries)
        for start in range(0, len(records), _BLOCK_ROWS):
            some = records[start : start + _BLOCK_ROWS]
            here = {at - start: one for at, one in twice.items() if start <= at < start + len(some)}
            yield Slice(some, np.arange(first + start, first + start + len(some)), here)
        first += len(records)
    if walk is not None:
        walk.end()


def slices_of(records: list[Any]) -> Iterator[Slice]:
    """The records of a document that has no key twice."""
    for start in range(0, len(records), _BLOCK_ROWS):
        some = records[start : start + _BLOCK_ROWS]
        yield Slice(some, np.arange(start + 1, start + 1 + len(some)), {})


def _of_list(text: bytes, entries: list[Any]) -> dict[int, Twice]:
    """The first repeated key of each entry that has one."""
    repeats = repeated(text, entries) if may_repeat(text, entries) else []
    return {one.entry: one for one in reversed(repeats)}


def _of_mapping(text: bytes, entries: dict[str, Any], path: Path) -> dict[int, Twice]:
    """The same of a mapping with entries as its values; its own keys are not repeated."""
    if not may_repeat(text, [entries, *entries.values()]):
        return {}
    repeats = {one.entry: one for one in reversed(repeated(text, entries, mapping=True))}
    if -1 in repeats:
        raise _given_twice(repeats[-1].key, path)
    return repeats


def _once(entries: dict[str, Any], seen: set[int], path: Path) -> None:
    """Check that no key of a mapping was seen before; the keys are seen from now on."""
    hashes = set(map(hash, entries))
    if not seen.isdisjoint(hashes):
        raise _given_twice(next(key for key in entries if hash(key) in seen), path)
    seen |= hashes


def _given_twice(key: str, path: Path) -> TagledgerError:
    return TagledgerError(
        f"the key {key!r} of the mapping with the records is given twice",
        where=path,
        hint="take out the one that is not meant",
    )


def _within(
    walk: Walk, entries: Iterable[tuple[str | None, Any]], twice: dict[int, Twice]
) -> tuple[list[Any], dict[int, Twice]]:
    """The records in entries, and by their positions the keys that are given twice."""
    pairs = list(walk.records(entries))
    records = [record for _, record in pairs]
    here = {
        at: replace(twice[entry], record=record_text(record), outer=False)
        for at, (entry, record) in enumerate(pairs)
        if entry in twice
    }
    return records, here


def _not_records(path: Path, kind: Kind) -> TagledgerError:
    form = "one object a line" if kind == "jsonl" else "a list of objects"
    return TagledgerError(
        f"this is not {form}",
        where=path,
        hint=f"a {kind} file holds {form}; or set `format` in its reading, in data/sources.yaml",
    )


def line_slices(path: Path, read: Iterator[bytes]) -> Iterator[Slice]:
    """The records of a JSON Lines file, with their lines."""
    first = 1
    rest = b""
    for chunk in read:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        if len(rest) > LONGEST_RECORD:
            raise too_long(f"{path}, line {first + len(lines)}", read)
        yield _parsed_lines(lines, first, path)
        first += len(lines)
    yield _parsed_lines([rest], first, path)


def _parsed_lines(lines: list[bytes], first: int, path: Path) -> Slice:
    rows: Sequence[int] = range(first, first + len(lines))
    try:
        records = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:  # a blank line, a NaN or a fault: look at each line
        numbered = [(row, line) for row, line in enumerate(lines, first) if line.strip()]
        records = [_parsed_line(line, row, path) for row, line in numbered]
        rows, lines = [row for row, _ in numbered], [line for _, line in numbered]
    twice: dict[int, Twice] = {}
    if may_repeat(b"\n".join(lines), records):
        for at, (line, record) in enumerate(zip(lines, records, strict=True)):
            if may_repeat(line, [record]) and (repeats := repeated(line, record)):
                twice[at] = repeats[0]
    return Slice(records, np.array(rows, dtype=np.int64), twice)


def _parsed_line(line: bytes, row: int, path: Path) -> Any:
    try:
        return loads(line)
    except orjson.JSONDecodeError as error:
        hint = "mend the line, or take a fresh copy of the file"
        if row == 1 and line.lstrip().startswith(b"["):
            hint = "if the file is one list, set `format: json`"
        elif line.rstrip().endswith(b"},"):
            hint = "take out the comma at the end of each line, e.g. by `sed 's/,$//'`"
        elif line.strip() == b"{":
            hint = f"write each object on one line, e.g. by `jq -c . {path.name}`"
        raise not_json(error, f"{path}, line {row}, column {error.colno}", hint) from error


def json_blocks(path: Path, kind: Kind, slices: Iterator[Slice], wanted: Wanted) -> Iterator[Block]:
    """Blocks of a JSON or YAML list of objects, or of a JSON Lines file, from their records."""
    unseen = dict.fromkeys(wanted.needed)
    seen: set[str] = set()
    any_rows = any_objects = False
    for piece in _with_values(slices) if VALUE in wanted.needed else slices:
        entries, row_numbers = piece.records, piece.row_numbers
        records, rows, twice, broken = entries, row_numbers, piece.twice, []
        if not set(map(type, entries)) <= {dict}:
            objects = np.array([type(record) is dict for record in entries], dtype=np.bool_)
            records = [record for record in entries if type(record) is dict]
            rows = row_numbers[objects]
            broken = [
                Broken(int(row_numbers[at]), NO_OBJECT, record_text(entries[at]))
                for at in np.flatnonzero(~objects)
            ]
            position = np.cumsum(objects) - 1
            twice = {int(position[at]): one for at, one in twice.items() if objects[at]}
        for at, one in twice.items():
            if one.outer:
                records[at][one.key] = None  # nobody knows which of its values is meant
        any_rows = any_rows or bool(entries)
        any_objects = any_objects or bool(records)
        nested = [] if seen else map(paths.names_in, records[:100])
        seen.update(*records[:100], *nested)
        for name in list(unseen):
            if any(paths.holds(record, name) for record in records):
                del unseen[name]
        columns: dict[str, Column] = {
            name: paths.of_records(records, name) for name in wanted.names
        }
        faults = [(np.arange(len(rows)) == at, one.reason) for at, one in twice.items()]
        if len(broken) >= _BLOCK_ROWS and not any_objects:
            break  # it will not become one, and each entry that is none is kept
        yield Block(rows, columns, _python_records(records, twice), broken, faults)
    if any_rows and not any_objects:
        raise _not_records(path, kind)
    if any_rows and unseen:
        wanted.among(sorted(seen | (set(wanted.needed) - set(unseen))), path, nested=True)


def _with_values(slices: Iterator[Slice]) -> Iterator[Slice]:
    """The records, with those of a list of plain values as `$value`."""
    for piece in slices:
        if dict in set(map(type, piece.records)):
            yield piece
        else:
            yield replace(piece, records=[{VALUE: one} for one in piece.records])


def _python_records(
    records: list[Any], twice: dict[int, Twice]
) -> Callable[[NDArray[np.int64]], list[str]]:
    return lambda positions: [
        twice[at].record if at in twice else record_text(records[at]) for at in positions.tolist()
    ]
