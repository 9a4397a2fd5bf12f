"""The labels of a doccano record, in all the forms that its versions have written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from tagledger.annotation_tools.parsing import Record, distinct, json_of, name_of
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError

# Where labels stand: of items, of spans of text, of boxes in a picture.
LISTS = ("label", "labels", "cats", "entities", "bbox", "segmentation")
_SPAN = 3  # start, end, name


@dataclass(frozen=True)
class Types:
    """The names of the numbers that stand for labels in old files."""

    names: Mapping[str, str]

    def of(self, number: int) -> str:
        """The name of a label type; its number where nobody has said the name."""
        return self.names.get(str(number), str(number))


def types_of(chosen: str | None) -> Types:
    """The label types that an option gives: `15=negative,17=positive`, or doccano's file of them.

    Raises
    ------
    TagledgerError
        It is neither.
    """
    if chosen is None:
        return Types({})
    if "=" in chosen and not Path(chosen).is_file():
        pairs = [part.partition("=") for part in chosen.split(",")]
        return Types({number.strip(): name.strip() for number, _, name in pairs})
    document = json_of(ToolFile(Path(chosen)))
    entries = document if isinstance(document, list) else []
    names = {
        str(one["id"]): one["text"]
        for one in entries
        if isinstance(one, dict) and "id" in one and isinstance(one.get("text"), str)
    }
    if not names:
        raise TagledgerError(
            "this is no list of label types with their numbers",
            where=chosen,
            hint="give the answer of doccano's `/v1/projects/1/labels`, which is a list of objects "
            "with id and text; or say `--option labels=15=negative,17=positive`",
        )
    return Types(names)


def tags_of(value: Any, types: Types) -> tuple[str, ...]:
    """The tags of a list of labels, each once: names, numbers, spans, or objects with a label."""
    entries = value if isinstance(value, list) else [value]
    tags = [_tag_of(entry, types) for entry in entries]
    return distinct([tag for tag in tags if tag is not None])


def _tag_of(entry: Any, types: Types) -> str | None:
    if isinstance(entry, dict):
        return _tag_of(entry.get("label"), types)
    if is_span(entry):
        return _tag_of(entry[2], types)
    if isinstance(entry, int) and not isinstance(entry, bool):
        return types.of(entry)
    return name_of(entry) if isinstance(entry, str) else None


def is_span(entry: Any) -> TypeGuard[list[Any]]:
    """Whether an entry is `[start, end, name]`."""
    return (
        isinstance(entry, list)
        and len(entry) >= _SPAN
        and all(isinstance(part, int) for part in entry[:2])
    )


def has_numbers(records: Sequence[Record]) -> bool:
    """Whether labels are numbers somewhere."""
    return any(
        isinstance(label, int) and not isinstance(label, bool)
        for record in records
        for label in _plain(record)
    )


def _plain(record: Record) -> list[Any]:
    labels: list[Any] = []
    for name in (*LISTS, "annotations"):
        value = record.get(name)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict):
                labels.append(entry.get("label"))
            else:
                labels.append(entry[2] if is_span(entry) else entry)
    return labels


def split_joined(cell: str, known_tags: frozenset[str]) -> list[str] | None:
    """The tags of a cell of doccano's CSV, which joins them by `#`; None if they cannot be known.

    doccano sorts the tags that it joins, and an item has each once. With tags that are known, the
    only way to read the cell as them counts; if there is none, each `#` is between two tags, unless
    nothing stands beside it.

    >>> split_joined("c##nlp", frozenset({"c#", "nlp"})), split_joined("c##nlp", frozenset())
    (['c#', 'nlp'], None)
    """
    parts = cell.split("#")
    ways = _ways(parts, known_tags)
    if ways:
        return ways[0] if len(ways) == 1 else None
    return parts if all(parts) and len(set(parts)) == len(parts) else None


_MOST_WAYS = 64  # that are followed; more than one is too many in the end


def _ways(parts: list[str], known_tags: frozenset[str]) -> list[list[str]]:
    """The ways to join neighbours among parts so that all are tags that are known, in order."""
    ways: list[list[list[str]]] = [[[]]]
    for end in range(1, len(parts) + 1):
        reached = []
        for start in range(end):
            tag = "#".join(parts[start:end])
            if tag in known_tags:
                reached += [[*way, tag] for way in ways[start] if not way or way[-1] < tag]
        ways.append(reached[:_MOST_WAYS])
    return ways[-1]
