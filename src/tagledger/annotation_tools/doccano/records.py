"""The answers in doccano's records: one object an item, as JSON Lines or as a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tagledger.annotation_tools.answers import Answer
from tagledger.annotation_tools.doccano.labels import LISTS, Types, is_span, tags_of
from tagledger.annotation_tools.parsing import (
    AGAIN,
    Record,
    asked_with,
    listed_in,
    name_of,
    own_fields,
)
from tagledger.annotation_tools.tool_file import ToolFile

_TEXTS = ("text", "data", "filename")
_OF_OTHERS = frozenset(
    {"answer", "options", "_task_hash", "_input_hash", "annotation_id", "predictions", "responses"}
)


@dataclass(frozen=True)
class Member:
    """A file of an export, and how it is to be read.

    Attributes
    ----------
    by
        Whose answers they are, where each person has a file of their own.
    confirmed
        Whether only what was approved stands in it: then no label says that none applies.
    """

    file: ToolFile
    types: Types
    by: str | None = None
    confirmed: bool = False


def are_records(records: list[Record]) -> bool:
    """Whether objects are doccano's: each with a text and a list of labels, of no other tool."""
    return bool(records) and all(_is_record(one) for one in records)


def _is_record(record: Record) -> bool:
    if _OF_OTHERS & record.keys() or not any(isinstance(record.get(name), str) for name in _TEXTS):
        return False
    if isinstance(old := record.get("annotations"), list):
        if not all(isinstance(one, dict) for one in old):
            return False
        beside = {name for one in old for name in one} & {"user", "start_offset"}
        return bool(beside) or "annotation_approver" in record
    lists = [record[name] for name in LISTS if name in record]
    return bool(lists) and all(isinstance(one, list) and all(map(_is_label, one)) for one in lists)


def _is_label(entry: Any) -> bool:
    if isinstance(entry, dict):
        return "label" in entry
    return isinstance(entry, str | int) or is_span(entry)


def answers_of(member: Member, records: Iterable[tuple[str, Record]]) -> Iterator[Answer]:
    """Yield the answers of records, each of which has its place.

    Raises
    ------
    TagledgerError
        A record has no labels at all.
    """
    for place, record in records:
        if "annotations" in record:
            yield from _of_people(member, place, record)
        else:
            yield _of_one(member, place, record)


def _of_people(member: Member, place: str, record: Record) -> Iterator[Answer]:
    """The answers of an old record, which says of each label who gave it."""
    given = record["annotations"]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise member.file.error("the annotations are no list of objects", place, hint=AGAIN)
    people: dict[str | None, list[Record]] = {}
    for one in given:
        people.setdefault(name_of(one.get("user")) or member.by, []).append(one)
    whole = tags_of(given, member.types)
    common = _common(record, whole)
    if not people:
        # Whoever approved it said that it is right: without a label, none applies.
        approver = name_of(record.get("annotation_approver"))
        sure = approver is not None or member.confirmed
        by = approver or member.by
        yield Answer(kind="label" if sure else "unasked", place=place, by=by, **common)
    for by, labels in people.items():
        tags = tags_of(labels, member.types)
        yield Answer(kind="label" if tags else "unasked", place=place, by=by, yes=tags, **common)


def _of_one(member: Member, place: str, record: Record) -> Answer:
    """The answer of a record: without a label it may never have been opened."""
    lists = [record[name] for name in LISTS if name in record]
    if not lists:
        names = ", ".join(LISTS)
        raise member.file.error(f"there are no labels: none of {names}", place, hint=AGAIN)
    tags = tuple(dict.fromkeys(tag for one in lists for tag in tags_of(one, member.types)))
    note = _note(record)
    labelled = bool(tags) or member.confirmed
    return Answer(
        kind="label" if labelled else "comment" if note else "unasked",
        place=place,
        by=member.by,
        yes=tags,
        note=note,
        **_common(record, tags),
    )


def _common(record: Record, tags: tuple[str, ...]) -> Record:
    """What all answers of a record share; meta data stand in it, or in `meta` in old files."""
    meta = record.get("meta")
    meta = listed_in(meta) if isinstance(meta, str) else meta
    text = next((record[name] for name in _TEXTS if isinstance(record.get(name), str)), None)
    own = own_fields({**(meta if isinstance(meta, dict) else {}), **record})
    return {"text": text, **own, "asked": asked_with(own["asked"], tags)}


def _note(record: Record) -> str | None:
    """The comments on an item, a line each; doccano does not say whose they are."""
    comments = record.get("Comments")
    texts = comments if isinstance(comments, list) else [comments]
    texts = [one.get("comment") if isinstance(one, dict) else one for one in texts]
    return "\n".join(one for one in texts if isinstance(one, str) and one.strip()) or None
