"""The answers in Prodigy's lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from tagledger.annotation_tools.answers import Answer, Kind, Options
from tagledger.annotation_tools.parsing import (
    AGAIN,
    Record,
    asked_with,
    distinct,
    json_lines,
    json_of,
    name_of,
    own_fields,
    start_of,
    utc,
)
from tagledger.annotation_tools.repeats import in_turn
from tagledger.annotation_tools.tool_file import ToolFile

_LOOKED_AT = 100  # records that tell what a file is
_ACCEPT, _REJECT, _IGNORE = _ANSWERS = ("accept", "reject", "ignore")
_HASHES = frozenset({"_task_hash", "_input_hash"})
_SESSION = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d")  # a session that nobody gave a name
_YES = 0.5  # of a value of cats
_PICTURE = "data:"  # how an address begins that is the picture itself

Said = tuple[Kind, tuple[str, ...], tuple[str, ...] | None]


def is_prodigy(file: ToolFile) -> bool:
    """Whether a file is Prodigy's, by its content."""
    records = start_of(file, _LOOKED_AT)
    return bool(records) and all(_is_line(one) for one in records)


def _is_line(record: Record) -> bool:
    if _HASHES & record.keys() or record.get("answer") in _ANSWERS:
        return True
    return "text" in record and (
        any(isinstance(one, dict) and "id" in one for one in _list(record.get("options")))
        or _cats(record) is not None
    )


def answers(file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
    """Yield the answers of a file, as `Tool.read` says."""
    all_answers = (_answer(place, record, options) for place, record in _records(file))
    return in_turn(all_answers, notes, by_question=True)


def _records(file: ToolFile) -> Iterator[tuple[str, Record]]:
    if not file.text.lstrip().startswith("["):
        yield from ((f"line {line}", record) for line, record in json_lines(file))
        return
    for number, record in enumerate(json_of(file), 1):
        if not isinstance(record, dict):
            raise file.error("this is no object", f"task {number}", hint=AGAIN)
        yield f"task {number}", record


def _answer(place: str, record: Record, options: Options) -> Answer:
    kind, yes, asked = _said(record)
    meta = record.get("meta")
    whole = {**(meta if isinstance(meta, dict) else {}), **record}
    own = own_fields(whole)
    key = options.chosen.get("id")
    if key is not None:
        own["item"] = name_of(whole.get(key))
    note = record.get("user_input")
    own["asked"] = asked_with(own["asked"] if asked is None else asked, yes)
    return Answer(
        kind=kind,
        place=place,
        yes=yes,
        text=_text(record),
        by=_person(record),
        at=utc(record.get("_timestamp")),
        unique=name_of(record.get("_task_hash")),
        note=note if isinstance(note, str) and note.strip() else None,
        **own,
    )


def _said(record: Record) -> Said:
    """What a line says: the kind of answer, the tags, and those that were asked."""
    answer = record.get("answer")
    accept = _names(record.get("accept"))
    if isinstance(record.get("options"), list):
        asked = distinct([name for name in map(_option, record["options"]) if name is not None])
        return _whole(answer, accept, asked)
    cats = _cats(record)
    if cats is not None:
        yes = tuple(name for name, value in cats.items() if value >= _YES)
        # Data for training have no answers: their values are what was decided.
        return _whole(_ACCEPT if answer is None else answer, yes, tuple(cats))
    label = name_of(record.get("label"))
    if label is not None:
        return _binary(answer, label)
    if "accept" in record:
        return _whole(answer, accept, None)
    spans = [one.get("label") for one in _list(record.get("spans")) if isinstance(one, dict)]
    return _whole(answer, distinct([one for one in map(name_of, spans) if one]), None)


def _whole(answer: Any, yes: tuple[str, ...], asked: tuple[str, ...] | None) -> Said:
    """An answer about several tags: a reject refuses the task and says no to none of them."""
    if answer == _ACCEPT:
        return "label", yes, asked
    return ("skip" if answer in _ANSWERS else "unasked"), (), asked


def _binary(answer: Any, label: str) -> Said:
    """An answer about one tag."""
    asked = (label,)
    if answer == _ACCEPT:
        return "label", asked, asked
    if answer == _REJECT:
        return "label", (), asked
    return ("skip" if answer == _IGNORE else "unasked"), (), asked


def _option(option: Any) -> str | None:
    return name_of(option.get("id") if isinstance(option, dict) else option)


def _names(value: Any) -> tuple[str, ...]:
    names = [name_of(one) for one in (value if isinstance(value, list) else [value])]
    return distinct([name for name in names if name is not None])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _cats(record: Record) -> dict[str, float] | None:
    """The values of tags, if they are numbers."""
    cats = record.get("cats")
    if not isinstance(cats, dict) or not cats:
        return None
    if not all(isinstance(value, int | float) for value in cats.values()):
        return None
    return {str(name): float(value) for name, value in cats.items()}


def _person(record: Record) -> str | None:
    names = (name_of(record.get(key)) for key in ("_annotator_id", "_session_id"))
    return next((name for name in names if name and not _SESSION.fullmatch(name)), None)


def _text(record: Record) -> str | None:
    """The text that was shown; of a picture or a sound its address."""
    if isinstance(record.get("text"), str):
        return str(record["text"])
    if isinstance(record.get("html"), str):
        return text_in(record["html"])
    for key in ("path", "image", "audio", "video"):
        address = record.get(key)
        if isinstance(address, str) and not address.startswith(_PICTURE):
            return address
    return None


class _Text(HTMLParser):
    """The text of a page, without its marks."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_in(html: str) -> str:
    """The text of a piece of HTML.

    >>> text_in("<b>Kafka</b> &amp; Brod")
    'Kafka & Brod'
    """
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)
