"""What files of several tools have in common: JSON, lines of it, tables, times and names."""

from __future__ import annotations

import ast
import csv
import io
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from tagledger.annotation_tools.answers import Job, Shown
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError
from tagledger.events.canonical import text_hash
from tagledger.readers.values.json_text import loads

Record = dict[str, Any]

AGAIN = "export it from the tool again, and do not edit the file"
OWN_KEYS = ("sample_id", "title", "dataset_version", "campaign", "asked", "tax", "text_hash")
_LONGEST_CELL = 2**24  # characters
_MILLISECONDS = 10**11  # a time in seconds is smaller until the year 5138
_SPACE, _COMMA = re.compile(r"[ \t\r\n]*"), re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
# A whole number may have more digits than Python takes.
_DECODER = json.JSONDecoder(parse_int=lambda text: float(text) if len(text) > 18 else int(text))
_LONGEST_LIST = 2**20  # characters of a list that stands in a cell


def json_of(file: ToolFile, hint: str = AGAIN) -> Any:
    """The whole of a file as one JSON document; `hint` is what to do where it is none.

    Raises
    ------
    TagledgerError
        It is no text, or no JSON: with the line and the column.
    """
    try:
        return parsed(file.text)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise file.error(f"this is not JSON: {error.msg}", place, hint=hint) from error


def json_lines(file: ToolFile) -> Iterator[tuple[int, Record]]:
    """The objects of JSON Lines with the numbers of their lines; blank lines are passed over.

    Raises
    ------
    TagledgerError
        It is no text, or a line is no JSON object.
    """
    for number, value in json_values(file):
        if not isinstance(value, dict):
            raise file.error("this line is no JSON object", f"line {number}", hint=AGAIN)
        yield number, value


def json_values(file: ToolFile, hint: str = AGAIN) -> Iterator[tuple[int, Any]]:
    """What the lines of a file are as JSON, with their numbers; blank lines are passed over.

    Raises
    ------
    TagledgerError
        It is no text, or a line is no JSON; `hint` is what to do then.
    """
    for number, line in enumerate(file.text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, parsed(line)
        except orjson.JSONDecodeError as error:
            place = f"line {number}, column {error.colno}"
            raise file.error(f"this is not JSON: {error.msg}", place, hint=hint) from error


def parsed(text: str) -> Any:
    """Parse JSON, also with NaN, and with halves of characters, which become question marks.

    Raises
    ------
    orjson.JSONDecodeError
        It is no JSON, or nested too deeply.
    """
    try:
        return loads(text.encode())
    except orjson.JSONDecodeError:
        if "\\ud" not in text and "\\uD" not in text:
            raise
        try:
            whole = json.dumps(json.loads(text), ensure_ascii=False)
        except (ValueError, RecursionError):
            whole = ""
        if not whole:
            raise
    return loads(whole.encode(errors="replace"))


def start_of(file: ToolFile, most: int) -> list[Record]:
    """The first objects of a JSON list or of JSON Lines, for telling what a file is.

    No more of it is parsed. Empty where it is neither, or one of them is no object.
    """
    text = file.decoded or ""
    at = _after(_SPACE, text, 0)
    if text[at : at + 1] not in {"[", "{"}:
        return []
    in_list = text[at] == "["
    at = _after(_SPACE, text, at + in_list)
    records: list[Record] = []
    try:
        while len(records) < most and text[at : at + 1] not in {"", "]"}:
            one, end = _DECODER.raw_decode(text, at)
            if not isinstance(one, dict):
                return []
            records.append(one)
            at = _after(_COMMA if in_list else _SPACE, text, end)
    except (ValueError, RecursionError):
        return []
    return records


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern ends that begins at a place of a text."""
    match = pattern.match(text, at)
    assert match is not None  # it matches nothing, too
    return match.end()


def header_of(file: ToolFile) -> tuple[list[str], str]:
    """The names of a table's columns, and what stands between them: a tab or a comma.

    Empty where it has no text or no header that can be read.
    """
    line = next(_lines(file.decoded or ""), "")
    delimiter = "\t" if line.count("\t") > line.count(",") else ","
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), []), delimiter
    except csv.Error:
        return [], delimiter


def table_rows(file: ToolFile) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table by the names of its columns, with their numbers, from 1.

    Raises
    ------
    TagledgerError
        It is no text; or a column is there twice, or a row has another number of cells, or a
        quote is never closed.
    """
    header, delimiter = header_of(file)
    again = next((name for name in header if header.count(name) > 1), None)
    if not header or again is not None:
        what = "there is no header" if not header else f"the column {again!r} is there twice"
        raise file.error(what, hint=AGAIN)
    csv.field_size_limit(_LONGEST_CELL)
    lines = csv.reader(_lines(file.text), delimiter=delimiter, strict=True)
    number = 0
    try:
        next(lines)
        for cells in lines:
            if not cells:
                continue
            number += 1
            if len(cells) != len(header):
                what = f"a row has {len(cells)} cells, and the header {len(header)}"
                raise file.error(what, f"row {number}", hint=AGAIN)
            yield number, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise file.error(f"this is no table: {error}", f"row {number + 1}", hint=AGAIN) from error


def _lines(text: str) -> Iterator[str]:
    """The lines of a table, from its header on; only line feeds and carriage returns end one."""
    return iter(io.StringIO(text.lstrip("\r\n"), newline=""))


def utc(value: object) -> str | None:
    """A time in UTC as events have it; None where the value is none.

    A number is of seconds or milliseconds since 1970; a text without an offset is in UTC.

    >>> utc("2021-06-07T11:31:20.676508+02:00"), utc(1626339341), utc("soon")
    ('2021-06-07T09:31:20.676508Z', '2021-07-15T08:55:41Z', None)
    """
    try:
        if isinstance(value, str):
            text = value.strip()
            number = _number(text)
            when = datetime.fromisoformat(text) if number is None else _since_1970(number)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            when = _since_1970(value)
        else:
            return None
        when = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return when.isoformat().replace("+00:00", "Z")


def _since_1970(seconds: float) -> datetime:
    seconds = seconds / 1000 if abs(seconds) >= _MILLISECONDS else seconds
    return datetime.fromtimestamp(seconds, UTC)


def _number(text: str) -> float | None:
    """A text that is a number of seconds, and no date such as 20210607."""
    try:
        return float(text) if text[:9].isdigit() else None
    except ValueError:
        return None


def seconds(value: object) -> float | None:
    """How long an answer took, of a number or a text of one; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


def name_of(value: object) -> str | None:
    """An id or a name as text; None where the value is neither, or is empty.

    >>> name_of(7), name_of(7.0), name_of(" p-1 "), name_of(True), name_of("")
    ('7', '7', ' p-1 ', None, None)
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, int | str):
        return str(value) if str(value).strip() else None
    return None


def distinct(names: list[str]) -> tuple[str, ...]:
    """Names without those that are empty or come again, in their order."""
    return tuple(dict.fromkeys(name for name in names if name.strip()))


def names_of(value: object) -> tuple[str, ...] | None:
    """A list of names; also one that stands as text, as JSON or as Python has it; else None.

    >>> names_of(["a", 1]), names_of('["a"]'), names_of("['a']"), names_of("a")
    (('a', '1'), ('a',), ('a',), None)
    """
    if isinstance(value, str):
        value = listed_in(value)
    if not isinstance(value, list):
        return None
    if all(isinstance(one, str) for one in value):
        return _names(tuple(value))
    return distinct([name for name in map(name_of, value) if name is not None])


@lru_cache(64)
def _names(value: tuple[str, ...]) -> tuple[str, ...]:
    """The same of texts alone: each item of a campaign was asked the same."""
    return distinct(list(value))


def listed_in(text: str) -> Any:
    """What a text stands for that is a list or an object, as JSON or as Python has it.

    None where it is neither.
    """
    text = text.strip()
    if not text.startswith(("[", "{")) or not text.endswith(("]", "}")):
        return None
    try:
        return parsed(text)
    except orjson.JSONDecodeError:
        pass
    if len(text) > _LONGEST_LIST or "'" not in text:
        return None
    try:
        literal = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return literal if isinstance(literal, list | dict) else None


def own_fields(data: Record) -> Record:
    """What Tagledger wrote beside an item, for the fields of an `Answer`."""
    return {
        "item": name_of(data.get("sample_id")),
        "asked": names_of(data.get("asked")),
        "campaign": name_of(data.get("campaign")),
        "base": name_of(data.get("dataset_version")),
        "tax": name_of(data.get("tax")),
        "text_hash": name_of(data.get("text_hash")),
    }


def asked_with(asked: tuple[str, ...] | None, yes: tuple[str, ...]) -> tuple[str, ...] | None:
    """The tags that were asked, with those that were chosen: people add tags in their tools."""
    return None if asked is None else tuple(dict.fromkeys([*asked, *yes]))


def own_record(item: Shown, job: Job) -> Record:
    """What `own_fields` reads again, of an item that is written for a tool."""
    return {
        "sample_id": item.id,
        "dataset_version": job.base,
        "campaign": job.campaign,
        "asked": list(job.tags),
        "tax": job.tax,
        "text_hash": text_hash(item.title, item.text),
    }


def shown_text(item: Shown) -> str:
    """Title and text of an item for a tool that shows one text; `text_hash` is of the two."""
    return "\n\n".join(part for part in (item.title, item.text) if part)


def json_text(value: object) -> bytes:
    """JSON for a tool to read: indented, with every character as it is."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def lines_text(values: list[Record]) -> bytes:
    """JSON Lines for a tool to read."""
    return b"".join(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE) for value in values)


def unknown_option(tool: str, name: str, value: str, values: str) -> TagledgerError:
    """The error of an option with a value that it does not take."""
    return TagledgerError(
        f"{value!r} is no value of {name}", where=f"--option {name}", hint=f"{tool} takes {values}"
    )
