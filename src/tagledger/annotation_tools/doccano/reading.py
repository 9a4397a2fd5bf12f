"""A file of doccano: which of its forms it has, and the answers in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.doccano.labels import has_numbers, types_of
from tagledger.annotation_tools.doccano.records import Member, answers_of, are_records
from tagledger.annotation_tools.doccano.tables import is_table, table_records
from tagledger.annotation_tools.parsing import (
    Record,
    header_of,
    json_lines,
    json_of,
    start_of,
    table_rows,
    unknown_option,
)
from tagledger.annotation_tools.repeats import in_turn
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import TagledgerError, nearest
from tagledger.words import count

SHARED = "all"  # the member's name where all people share one annotation
_ENDINGS = (".jsonl", ".json", ".csv")
_LOOKED_AT = 100  # records that tell what a file is
_BLANK = (b"", b"[]", b'""')
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})


def is_doccano(file: ToolFile) -> bool:
    """Whether a file is doccano's, by its content."""
    try:
        if file.what == "a zip archive":
            named = all(name.endswith(_ENDINGS) for name in file.members)
            full = [one for one in file.members.values() if not _is_blank(one)]
            return named and bool(full) and all(map(is_doccano, full))
        if records := start_of(file, _LOOKED_AT):
            return are_records(records)
        header, delimiter = header_of(file)
        return delimiter == "," and "label" in header and is_table(header, table_rows(file))
    except TagledgerError:
        return False


def _is_blank(file: ToolFile) -> bool:
    """Whether a member is of somebody who approved nothing."""
    return (file.content or b"").strip() in _BLANK


def answers(file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
    """Yield the answers of a file, as `Tool.read` says."""
    yield from in_turn(_in_order(file, options, notes), notes)


def _in_order(file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
    types, confirmed = types_of(options.chosen.get("labels")), _confirmed(options)
    empty = 0
    for name, member in _members(file, options).items():
        by = PurePosixPath(name).stem if name else None
        if name and _is_blank(member):
            continue
        one = Member(member, types, None if by == SHARED else by, confirmed)
        records = list(_records(member, options))
        if not types.names and has_numbers([record for _, record in records]):
            notes.append(
                f"{member.name} has numbers of label types for tags: `--option "
                "labels=15=negative,17=positive` names them"
            )
        for answer in answers_of(one, records):
            empty += answer.kind == "unasked"
            yield replace(answer, place=f"{name}, {answer.place}" if name else answer.place)
    if empty:
        notes.append(
            f"{count(empty, 'item has', 'items have')} no label and may never have been opened, so "
            "that it does not count as answered; if only approved items were exported, say "
            "`--option confirmed=yes`, and none of the tags applies to them"
        )


def _confirmed(options: Options) -> bool:
    chosen = options.chosen.get("confirmed", "no")
    if chosen.casefold() not in _YES | _NO:
        raise unknown_option("doccano", "confirmed", chosen, "yes or no")
    return chosen.casefold() in _YES


def _members(file: ToolFile, options: Options) -> dict[str, ToolFile]:
    """The files of an archive by their names; a file by itself has the name ""."""
    if file.what != "a zip archive":
        return {"": file}
    members = dict(sorted(file.members.items()))
    other = next((name for name in members if not name.endswith(_ENDINGS)), None)
    if other is not None or not members:
        what = "the archive is empty" if other is None else f"{other} is no export of doccano"
        raise file.error(what, hint="export the project as JSONL, and import that zip file")
    wanted = options.chosen.get("member")
    if wanted is None:
        return members
    by_stem = {PurePosixPath(name).stem: name for name in members}
    if wanted not in members and wanted not in by_stem:
        raise file.error(f"there is no member {wanted!r}", hint=nearest(wanted, by_stem))
    name = wanted if wanted in members else by_stem[wanted]
    return {name: members[name]}


def _records(file: ToolFile, options: Options) -> Iterator[tuple[str, Record]]:
    """The records of a file, whatever its form, each with its place."""
    start = file.text.lstrip()[:1]
    if start == "[":
        for number, record in enumerate(json_of(file), 1):
            if not isinstance(record, dict):
                raise file.error(
                    "this is no object", f"item {number}", hint="is `--tool doccano` right?"
                )
            yield f"item {number}", record
    elif start == "{":
        for line, record in json_lines(file):
            yield f"line {line}", record
    else:
        yield from table_records(file, options.tags)
