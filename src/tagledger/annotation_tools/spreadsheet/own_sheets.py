"""Read a spreadsheet that Tagledger wrote, whatever programs and people did to it since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.spreadsheet import form, lists
from tagledger.annotation_tools.spreadsheet.form import Purpose, RowKey
from tagledger.annotation_tools.spreadsheet.lists import Tags
from tagledger.annotation_tools.spreadsheet.marks import (
    NONE,
    Mark,
    is_ticked,
    mark,
    number,
)
from tagledger.annotation_tools.spreadsheet.remarks import Remarks
from tagledger.annotation_tools.spreadsheet.tables import Table
from tagledger.annotation_tools.spreadsheet.tag_places import tag_places
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.events.canonical import short_hash, taxonomy_hash
from tagledger.words import count, listed


@dataclass(frozen=True)
class Columns:
    """Where the columns of a sheet are, which people may have moved.

    Attributes
    ----------
    hidden
        The hidden column's index.
    indexes
        Those of the columns that every sheet has, by their names.
    tags
        Those of the tags, of a sheet with a column for each.
    missing
        The tags that have no column any more.
    others
        The names of columns that people added.
    """

    purpose: Purpose
    hidden: int
    indexes: Mapping[str, int]
    tags: Mapping[str, int]
    missing: Sequence[str]
    others: Sequence[str]


def is_own(table: Table) -> bool:
    """Whether Tagledger wrote a table."""
    return any(_purpose(row) for _, row in table.rows[:20])


def _purpose(row: Sequence[str], *, again: bool = False) -> tuple[int, Purpose] | None:
    """The hidden column's index and what its header says; None for a row that is no header.

    `again` is for rows below the first header: a text in one may look like that of the column.
    """
    words = {" ".join(cell.split()).casefold() for cell in row} if again else set()
    if again and not {form.ID, form.NONE} <= words:
        return None
    for at, cell in enumerate(row):
        if cell.lstrip("'").startswith(form.HIDDEN) and (purpose := Purpose.of_header(cell)):
            return at, purpose
    return None


def read(
    table: Table,
    file: ToolFile,
    options: Options,
    notes: list[str],
    remarks: Remarks,
    *,
    where: str = "",
) -> Iterator[Answer]:
    """Yield the answers of a sheet, those that are not answered too.

    Raises
    ------
    TagledgerError
        A part of the sheet was sorted apart from the rest.
    """
    columns: Columns | None = None
    block: list[tuple[int, list[str]]] = []
    for at, row in table.rows:
        if header := _purpose(row, again=columns is not None):
            if columns is not None:
                yield from _answers(block, columns, file, options, remarks, where=where)
                if _is_other(header[1], columns.purpose):
                    columns = None
                else:
                    remarks.row("header", f"row {at}")
            block = []
            if columns is None:
                columns = _columns(row, *header)
                _note_columns(columns, notes)
        else:
            block.append((at, row))
    if columns is not None:
        yield from _answers(block, columns, file, options, remarks, where=where)


def _is_other(one: Purpose, other: Purpose) -> bool:
    return replace(one, plain=True) != replace(other, plain=True)


def _note_columns(columns: Columns, notes: list[str]) -> None:
    if columns.missing:
        notes.append(
            f"{count(len(columns.missing), 'tag has', 'tags have')} no column any more, and "
            f"{'is' if len(columns.missing) == 1 else 'are'} taken as not asked: "
            f"{listed(list(columns.missing))}"
        )
    if columns.others:
        notes.append(f"columns that are no tags are left out: {listed(list(columns.others), 5)}")


# ---- Columns -------------------------------------------------------------------------------


def _columns(row: Sequence[str], hidden: int, purpose: Purpose) -> Columns:
    names = [cell if purpose.plain else form.unescaped(cell) for cell in row]
    fixed = [*form.BEFORE, *form.AFTER, *([] if purpose.wide else [form.TAGS])]
    indexes: dict[str, int] = {}
    for at, name in enumerate(names):
        word = " ".join(name.split()).casefold()
        if at != hidden and word in fixed:
            indexes.setdefault(word, at)
    taken = {hidden, *indexes.values()}
    free = {at: name for at, name in enumerate(names) if at not in taken and name.strip()}
    tags: dict[str, int] = {}
    missing: list[str] = []
    if purpose.wide:
        first, last = indexes.get(form.TEXT, -1), indexes.get(form.NONE, len(names))
        between = {at: name for at, name in free.items() if first < at < last}
        if purpose.tags is None:
            tags = {form.without_heading(name): at for at, name in between.items()}
        else:
            tags = tag_places(purpose.tags, free, between)
            missing = [tag for tag in purpose.tags if tag not in tags]
    others = [name for at, name in free.items() if at not in tags.values()]
    return Columns(purpose, hidden, indexes, tags, missing, others)


# ---- Rows ----------------------------------------------------------------------------------


def _answers(
    rows: Sequence[tuple[int, list[str]]],
    columns: Columns,
    file: ToolFile,
    options: Options,
    remarks: Remarks,
    *,
    where: str,
) -> Iterator[Answer]:
    keys = [RowKey.of_cell(_at(row, columns.hidden)) for _, row in rows]
    _refuse_torn(rows, keys, columns, file)
    asked = _asked(columns.purpose, options)
    known_tags = Tags(asked if asked is not None else options.tags)
    written = {columns.indexes.get(name) for name in (*form.BEFORE, form.ANNOTATOR)}
    for (at, cells), key in zip(rows, keys, strict=True):
        row = cells
        if not columns.purpose.plain:  # what people typed is as they typed it
            row = [form.unescaped(x) if at_ in written else x for at_, x in enumerate(cells)]
        place = f"{where}row {at}"
        item = key.item if key else _named(row, columns, form.ID).strip() or None
        text: str | None = _named(row, columns, form.TEXT)
        if text is not None and len(text) >= form.LONGEST_CELL:
            text = None  # cut, as a cell holds no more
        build = partial(
            Answer,
            place=place,
            item=item,
            text=text,
            by=_named(row, columns, form.ANNOTATOR).strip() or None,
            note=_named(row, columns, form.NOTE).strip() or None,
            campaign=columns.purpose.campaign or None,
            base=columns.purpose.base or None,
            tax=columns.purpose.tax or None,
            text_hash=(key.text_hash or None) if key else None,
        )
        row_answer = _row_answer(row, columns, known_tags, asked, remarks)
        answer = _named_once(_answer(build, row_answer, row, columns, remarks))
        if item is None and not (text or "").strip():
            if answer.kind != "unasked":
                remarks.row("nameless", place)
            continue
        yield answer


def _named_once(answer: Answer) -> Answer:
    """An answer with an id that hangs on what it says alone, wherever its row and its file are."""
    content = [answer.campaign, answer.tax, answer.by, answer.item, answer.text_hash, answer.kind]
    lists_ = [sorted(answer.yes), None if answer.asked is None else sorted(answer.asked)]
    return replace(answer, unique=short_hash([*content, *lists_, answer.note]))


def _asked(purpose: Purpose, options: Options) -> tuple[str, ...] | None:
    """The tags that a sheet asks; None if it has their hash alone, and the known are others."""
    if purpose.tags is not None:
        return purpose.tags
    if purpose.tax and options.tags and taxonomy_hash(options.tags) == purpose.tax:
        return tuple(sorted(options.tags))
    return None


@dataclass(frozen=True)
class _RowAnswer:
    """What a row says of tags; `explicit` are those with a no of their own."""

    yes: tuple[str, ...]
    asked: tuple[str, ...] | None
    none: bool = False
    explicit: tuple[str, ...] = ()
    unknown: bool = False


def _row_answer(
    row: Sequence[str],
    columns: Columns,
    known_tags: Tags,
    asked: tuple[str, ...] | None,
    remarks: Remarks,
) -> _RowAnswer:
    none = is_ticked(_named(row, columns, form.NONE))
    if columns.purpose.wide:
        return _row_answer_wide(row, columns, remarks, none=none)
    cell = _named(row, columns, form.TAGS).strip()
    if cell.casefold() in NONE and known_tags.find(cell) is None:
        return _RowAnswer((), asked, none=True)
    yes = tuple(lists.split(cell, known_tags)) if cell else ()
    more = tuple(tag for tag in yes if asked is not None and tag not in asked)
    return _RowAnswer(yes, None if asked is None else asked + more, none=none)


def _row_answer_wide(
    row: Sequence[str], columns: Columns, remarks: Remarks, *, none: bool
) -> _RowAnswer:
    yes, explicit, asked, unknown = [], [], [], False
    for tag, at in columns.tags.items():
        cell = _at(row, at)
        marked = mark(cell)
        if marked is Mark.UNKNOWN and Tags([tag]).find(cell):
            marked = Mark.YES  # the tag itself was typed
        if marked is Mark.UNKNOWN:
            remarks.unknown(cell)
            unknown = True
            continue
        asked.append(tag)
        if marked is Mark.YES:
            yes.append(tag)
        elif marked is Mark.NO:
            explicit.append(tag)
    return _RowAnswer(tuple(yes), tuple(asked), none, tuple(explicit), unknown)


def _answer(
    build: partial[Answer],
    row_answer: _RowAnswer,
    row: Sequence[str],
    columns: Columns,
    remarks: Remarks,
) -> Answer:
    place: str = build.keywords["place"]
    if is_ticked(_named(row, columns, form.SKIP)):
        if row_answer.yes or row_answer.none:
            remarks.row("both", place)
        return build(kind="skip")
    if row_answer.yes and row_answer.none:
        remarks.row("none and tags", place)
        return build(kind="unasked")
    if row_answer.yes or row_answer.none:
        return build(kind="label", yes=row_answer.yes, asked=row_answer.asked)
    # Boxes of a check list that nobody ticked say no everywhere, for none applies too.
    unticked = mark(_named(row, columns, form.NONE)) is Mark.NO
    if row_answer.explicit and not unticked:
        return build(kind="label", yes=(), asked=row_answer.explicit)
    return build(kind="comment" if build.keywords["note"] else "unasked")


def _at(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _named(row: Sequence[str], columns: Columns, name: str) -> str:
    at = columns.indexes.get(name)
    return "" if at is None else _at(row, at)


def _refuse_torn(
    rows: Sequence[tuple[int, list[str]]],
    keys: Sequence[RowKey | None],
    columns: Columns,
    file: ToolFile,
) -> None:
    """Refuse rows whose id is that of another row's hidden cell.

    Raises
    ------
    TagledgerError
        There are some: the sheet was sorted in part, so that answers may stand beside other items.
    """
    plain = {_plain_id(key.item) for key in keys if key}
    for (at, row), key in zip(rows, keys, strict=True):
        visible = _named(row, columns, form.ID)
        shown = _plain_id(visible if columns.purpose.plain else form.unescaped(visible))
        if key and shown and shown != _plain_id(key.item) and shown in plain:
            raise file.error(
                f"the row of the item {visible!r} was written for the item {key.item!r}: a part "
                "of the sheet was sorted, or moved, without the rest",
                f"row {at}",
                hint="undo that, or take an earlier copy; sort whole rows, hidden columns too "
                "(show all columns, select all, then sort)",
            )


def _plain_id(text: str) -> str:
    """An id as it is after a program took it for a number."""
    word = text.strip()
    value = number(word)
    return word if value is None else repr(value)
