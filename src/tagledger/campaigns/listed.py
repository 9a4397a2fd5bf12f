"""A file of items for a campaign: ids alone, or items with texts and the scores of a model."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from tagledger.annotation_tools.parsing import json_of, json_values
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.campaigns.items import Items, key_of
from tagledger.errors import TagledgerError, nearest, shown
from tagledger.events.new_items import ItemError, NewItem, as_integer, item_file
from tagledger.words import count

_IDS = ("id", "item", "item_id", "sample_id")
_TITLES = ("title",)
_TEXTS = ("text", "description", "body")
_DATES = ("created_on", "date")
_SCORES = ("scores",)
_OF_A_TAG = "score:"
_DELIMITERS = ("\t", ";", ",")
_NAMED = 3


@dataclass(frozen=True)
class Row:
    """An item as a file has it."""

    place: str
    id: str | None
    title: str | None = None
    text: str | None = None
    created_on: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def item(self) -> NewItem:
        """The item that it would be, if the dataset does not have it."""
        return NewItem(self.id, self.title or "", self.text or "", self.created_on)

    @property
    def has_text(self) -> bool:
        """Whether it says more than an id."""
        return bool((self.title or "").strip() or (self.text or "").strip())


@dataclass(frozen=True)
class Listed:
    """What a file asks for.

    Attributes
    ----------
    ids
        The items, in the order of the file.
    new
        Those that the dataset does not have.
    are_numbers
        Whether the dataset's ids are integers.
    scores
        The scores of tags that a model gave to items.
    others
        How many items have another text in the file than in the dataset, which is what is shown.
    """

    ids: list[str]
    new: list[NewItem] = field(default_factory=list)
    are_numbers: bool = False
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    others: int = 0

    def only(self, ids: Collection[str]) -> Listed:
        """The same of some of the items."""
        return replace(
            self,
            ids=[item for item in self.ids if item in ids],
            new=[one for one in self.new if one.name in ids],
            scores={item: of for item, of in self.scores.items() if item in ids},
        )

    def file(self, campaign: str) -> tuple[Path, bytes] | None:
        """The file of data/items with the new items; None where there is none."""
        return item_file(campaign, self.new, integers=self.are_numbers) if self.new else None


def read_listed(path: Path, items: Items) -> Listed:
    """The items that a file asks for.

    Raises
    ------
    TagledgerError
        It cannot be read, or has an id that no item has, and no text for it.
    """
    file = ToolFile(path)
    rows: dict[str, Row] = {}
    for row in _rows(file):
        item = _item(row, items)
        earlier = rows.setdefault(item, row)
        if (earlier.title, earlier.text) != (row.title, row.text):
            raise file.error(
                f"the item {item} stands there twice, with different texts",
                f"{earlier.place} and {row.place}",
                hint="give each item one row",
            )
    if not rows:
        raise file.error("there is no item in it", hint="write a line for each item, with its id")
    new = {item: row for item, row in rows.items() if item not in items.texts}
    lacking = [row for row in new.values() if not row.has_text]
    if lacking:
        raise _lacking(file, lacking, items)
    for row in new.values():
        _refuse_new(row, items, file)
    others = [
        item
        for item, row in rows.items()
        if item not in new and row.text and not items.is_text_of(row.text, item)
    ]
    return Listed(
        ids=list(rows),
        new=[row.item for row in new.values()],
        are_numbers=items.are_numbers,
        scores={item: dict(row.scores) for item, row in rows.items() if row.scores},
        others=len(others),
    )


def _item(row: Row, items: Items) -> str:
    """The id of the item of a row; without one that of its text, or what follows from it."""
    if row.id is not None:
        return items.id_of(row.id)
    whole = " ".join(filter(None, (row.title, row.text)))
    return items.by_text.get(key_of(whole), row.item.name)


def _refuse_new(row: Row, items: Items, file: ToolFile) -> None:
    if items.are_numbers and (row.id is None or as_integer(row.id) is None):
        what = "this item has none" if row.id is None else f"{row.id!r} is none"
        raise file.error(
            f"the ids of the dataset are whole numbers, and {what}",
            row.place,
            hint="give the new items numbers that no item has",
        )
    try:
        row.item.line()
    except ItemError as error:
        raise file.error(str(error), row.place, hint="mend it there, or leave it out") from error


def _lacking(file: ToolFile, rows: list[Row], items: Items) -> TagledgerError:
    named = ", ".join(str(row.id) for row in rows[:_NAMED])
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    near = nearest(str(rows[0].id), items.texts) if len(items.texts) < _MOST_COMPARED else ""
    some = ", ".join(list(items.texts)[:_NAMED])
    look = near if near.startswith("did you mean") else f"the ids of the dataset look like {some}"
    return file.error(
        f"{count(len(rows), 'id is', 'ids are')} no item of the dataset: {named}{more}",
        rows[0].place,
        hint=f"{look}; to bring in new items give each a title or a text",
    )


_MOST_COMPARED = 20_000
_AS_JSON = "write it again as JSON"
_AN_OBJECT = 'write an object a line, such as {"id": "p-1", "text": "…"}'


def _rows(file: ToolFile) -> Iterator[Row]:
    text = file.text
    start = text.lstrip()[:1]
    if start == "[":
        yield from _of_objects(file, enumerate(json_of(file, _AS_JSON), 1), "element")
    elif start == "{":
        yield from _of_objects(file, json_values(file, _AN_OBJECT), "line")
    else:
        yield from _of_table(file, text)


def _of_objects(file: ToolFile, numbered: Iterable[tuple[int, Any]], kind: str) -> Iterator[Row]:
    for number, entry in numbered:
        place = f"{kind} {number}"
        if isinstance(entry, str | int) and not isinstance(entry, bool):
            yield Row(place, str(entry))
        elif isinstance(entry, dict):
            scores = _first(entry, _SCORES)
            yield _row(file, place, entry, {} if scores is None else scores)
        else:
            raise file.error(
                f"this is neither an item nor an id: {shown(entry)}",
                place,
                hint='write an object for each item, such as {"id": "p-1", "text": "…"}',
            )


def _of_table(file: ToolFile, text: str) -> Iterator[Row]:
    """Lines of ids, or a table with a header."""
    from tagledger.guess.separated import split

    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count) if any(map(first.count, _DELIMITERS)) else ""
    rows = split(text, delimiter)
    names = [name.strip().lower() for name in rows[0]] if rows else []
    if not set(names) & {*_IDS, *_TITLES, *_TEXTS}:
        if len(names) > 1:
            raise file.error(
                f"no column is called id: there are {', '.join(rows[0][:8])}",
                "the first row",
                hint="call the column with the ids of the items `id`",
            )
        yield from (Row(f"line {at}", row[0].strip()) for at, row in enumerate(rows, 1))
        return
    for number, cells in enumerate(rows[1:], 2):
        entry = dict(zip(names, cells, strict=False))
        tags = {
            name.strip()[len(_OF_A_TAG) :]: cell.strip()
            for name, cell in zip(rows[0], cells, strict=False)
            if name.strip().lower().startswith(_OF_A_TAG) and cell.strip()
        }
        yield _row(file, f"row {number}", entry, _cell_of_scores(file, number, entry) or tags)


def _cell_of_scores(file: ToolFile, number: int, entry: Mapping[str, str]) -> Any:
    cell = (_first(entry, _SCORES) or "").strip()
    if not cell:
        return {}
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError as error:
        raise file.error(
            f"the scores are no JSON: {cell:.60}",
            f"row {number}",
            hint='write them as {"nlp": 0.9}, or in a column score:nlp for each tag',
        ) from error


def _row(file: ToolFile, place: str, entry: Mapping[str, Any], scores: Any) -> Row:
    values = {
        "id": _first(entry, _IDS),
        "title": _first(entry, _TITLES),
        "text": _first(entry, _TEXTS),
        "created_on": _first(entry, _DATES),
    }
    texts = {name: None if value is None else str(value) for name, value in values.items()}
    item, date = (texts["id"] or "").strip() or None, (texts["created_on"] or "").strip()
    row = Row(
        place,
        item,
        title=texts["title"],
        text=texts["text"],
        created_on=_time(file, place, date) if date else None,
        scores=_scores(file, place, scores),
    )
    if item is None and not row.has_text:
        raise file.error("there is no id", place, hint="give each item an `id`, or a text")
    return row


def _time(file: ToolFile, place: str, text: str) -> str:
    from tagledger.campaigns.answer_events import parse_time

    try:
        return parse_time(text)
    except TagledgerError as error:
        raise file.error(error.what, place, hint=error.hint) from error


def _first(entry: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _scores(file: ToolFile, place: str, scores: Any) -> dict[str, float]:
    if not isinstance(scores, dict):
        raise file.error(
            f"the scores are not an object from tag to number: {shown(scores)}",
            place,
            hint='write them as {"nlp": 0.9, "cv": 0.2}',
        )
    return {str(tag): _score(file, place, str(tag), value) for tag, value in scores.items()}


def _score(file: ToolFile, place: str, tag: str, value: Any) -> float:
    try:
        score = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        score = math.nan
    if not 0 <= score <= 1:
        raise file.error(
            f"the score of {tag} is {shown(value)}, not a number from 0 to 1",
            place,
            hint="give probabilities",
        )
    return score
