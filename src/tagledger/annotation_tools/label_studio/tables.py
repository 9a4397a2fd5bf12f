"""Label Studio's JSON_MIN and CSV: a row an annotation, and the tags in a column of a group.

Both collapse what an annotation says and name no configuration, so which columns hold the answer
has to be found out: by their form, by their place in the row, or by what they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.label_studio.results import (
    Chosen,
    Names,
    paths_of,
    person,
    texts_of,
)
from tagledger.annotation_tools.label_studio.tasks import made_unique, text_key, text_of
from tagledger.annotation_tools.parsing import (
    OWN_KEYS,
    Record,
    asked_with,
    listed_in,
    name_of,
    own_fields,
    seconds,
    utc,
)
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import nearest
from tagledger.words import listed

OWN_GROUP, OWN_NOTE = "tags", "note"  # as they are written for Label Studio
_MARKS = ("annotation_id", "annotator")
_BESIDE = frozenset(
    {*_MARKS, "id", "created_at", "updated_at", "lead_time", "agreement", "history"}
)
_RENAMED = "_data_"  # before the name of a field of the data that a group has too
_LONGEST_TAG = 200  # characters
_FEW_ROWS = 10

Rows = Sequence[tuple[str, Record]]


def are_rows(names: Iterable[str]) -> bool:
    """Whether columns are those that Label Studio puts beside its answers."""
    return set(_MARKS) <= set(names)


def read_rows(
    file: ToolFile, rows: Rows, options: Options, notes: list[str], *, in_order: bool
) -> Iterator[Answer]:
    """Yield the answers of rows; a row without one is not answered, as far as the file says.

    Parameters
    ----------
    file, options, notes
        As for `Tool.read`.
    rows
        The rows, each with its place; the values of a table are text.
    in_order
        Whether the columns stand as they were made: the data, `id`, the answer, `annotator`.

    Raises
    ------
    TagledgerError
        Which column holds the answer cannot be known.
    """
    parsed = [
        (place, {name: _value(value) for name, value in row.items()}, row) for place, row in rows
    ]
    records = [record for _, record, _ in parsed]
    groups = _groups(file, records, options, in_order=in_order)
    columns = [*groups, *_free_texts(records, groups, in_order=in_order)]
    names = Names()
    for record in records:
        names.add(_chosen(record, groups))
    for place, record, row in parsed:
        chosen, fields = _chosen(record, groups), _fields(row, options)
        yes = names.of(chosen)
        note = "\n".join(text for name in columns for text in _texts(record, name, groups))
        yield Answer(
            kind="label" if chosen else "comment" if note else "unasked",
            place=place,
            yes=yes,
            text=_text(row, groups, options),
            note=note or None,
            **{**fields, "asked": asked_with(fields["asked"], yes)},
        )
    _note(file, groups, records, notes)


def _fields(row: Record, options: Options) -> Record:
    own = own_fields(row)
    key = options.chosen.get("id")
    if key is not None:
        own["item"] = name_of(row.get(key))
    created = row.get("created_at")
    return {
        **own,
        "by": person(row.get("annotator")),
        "at": utc(row.get("updated_at")) or utc(created),
        "unique": made_unique(row.get("annotation_id"), created),
        "seconds": seconds(row.get("lead_time")),
    }


def _text(row: Record, groups: Sequence[str], options: Options) -> str | None:
    data = {name: value for name, value in row.items() if name not in {*_BESIDE, *groups}}
    for name in groups:
        if _RENAMED + name in data:
            data[name] = data.pop(_RENAMED + name)
    return text_of(data, options.chosen.get("text"))


def _value(value: Any) -> Any:
    """A value of a table as JSON_MIN has it: lists and objects stand there as text."""
    if not isinstance(value, str):
        return value
    parsed = listed_in(value)
    return value if parsed is None else parsed


def _groups(
    file: ToolFile, records: list[Record], options: Options, *, in_order: bool
) -> list[str]:
    """The columns that hold tags."""
    columns = list(dict.fromkeys(name for record in records for name in record))
    if not columns:
        return []
    chosen = options.chosen.get("group")
    if chosen is not None:
        if chosen not in columns:
            hint = f"name it with `--option group=NAME`: {nearest(chosen, columns)}"
            raise file.error(f"there is no column {chosen!r}", hint=hint)
        return [chosen]
    if OWN_GROUP in columns and "sample_id" in columns:
        return [OWN_GROUP]
    if in_order and (placed := _between(records)):
        return [name for name in placed if not _is_free_text(name, _column(records, name))]
    columns = [name for name in columns if name not in {*_BESIDE, *OWN_KEYS, OWN_NOTE}]
    certain = [
        name
        for name in columns
        if _RENAMED + name in columns or any(map(_has_tags, _column(records, name)))
    ]
    return certain or ([] if "sample_id" in records[0] else _likely(file, records, columns))


def _between(records: list[Record]) -> list[str]:
    """The columns behind `id`, and before `annotator` where there is one.

    An `id` that comes first is a field of the data, whose place says nothing.
    """
    columns: dict[str, None] = {}
    for record in records:
        names = list(record)
        if "id" not in names[1:]:
            continue
        start = names.index("id") + 1
        end = names.index("annotator") if "annotator" in names else len(names)
        columns |= dict.fromkeys(names[start:end])
    return [name for name in columns if name not in {*_BESIDE, *OWN_KEYS, "text"}]


def _likely(file: ToolFile, records: list[Record], columns: list[str]) -> list[str]:
    """The only column of a table that may be an answer of one tag in each row, if there is one."""
    data = {name: value for name, value in records[0].items() if name in columns}
    shown = text_key(data)
    likely = [name for name in columns if name != shown and _repeats(_column(records, name))]
    named = [name for name in likely if name.casefold() in _USUAL] or likely
    if len(named) > 1:
        raise file.error(
            f"the answer may stand in each of the columns {listed(named, len(named))}",
            hint=f"say which by `--option group={named[0]}`, or export JSON, which says it",
        )
    return named


_USUAL = {"choice", "choices", "label", "labels", "tag", "tags", "sentiment", "class"}
_WRITTEN = {"note", "notes", "comment", "comments", "remark", "remarks", "reason", "explanation"}


def _column(records: list[Record], name: str) -> list[Any]:
    return [record[name] for record in records if record.get(name) not in (None, "")]


def _repeats(values: list[Any]) -> bool:
    """Whether values are texts of which many are equal, as tags are and texts of items are not."""
    if not values or not all(isinstance(value, str) for value in values):
        return False
    if any(_is_number(value) for value in values):
        return False
    return len(set(values)) <= len(values) / 2 and max(map(len, values)) <= _LONGEST_TAG


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_free_text(name: str, values: list[Any]) -> bool:
    """Whether values are what people wrote, not chose; also numbers such as a rating."""
    if name.casefold() in _WRITTEN and not any(map(_has_tags, values)):
        return True
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < len(values):
        return not texts and not any(map(_has_tags, values))
    if any(len(text) > _LONGEST_TAG for text in texts):
        return True
    return len(texts) >= _FEW_ROWS and len(set(texts)) > len(texts) / 2


def _free_texts(records: list[Record], groups: list[str], *, in_order: bool) -> list[str]:
    """The columns that hold what people wrote beside their answers."""
    placed = _between(records) if in_order else []
    own = {name for record in records if "sample_id" in record for name in record} & {OWN_NOTE}
    columns = [name for name in [*placed, *own] if name not in groups]
    marked = {name for record in records for name, value in record.items() if _is_text_value(value)}
    return list(dict.fromkeys([*columns, *sorted(marked - {*groups, *_BESIDE, *OWN_KEYS})]))


def _is_text_value(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"text"} and bool(texts_of(value))


def _has_tags(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, dict) and bool(paths_of(one)) for one in values)


def _chosen(record: Record, groups: Sequence[str]) -> list[Chosen]:
    return [Chosen(group, path) for group in groups for path in _paths(record.get(group))]


def _paths(value: Any) -> list[tuple[str, ...]]:
    """The tags of a value: a lone choice is a text, several are an object, regions a list."""
    if isinstance(value, list):
        return [path for one in value for path in _paths(one)]
    if isinstance(value, dict):
        return paths_of(value)
    return [(value,)] if isinstance(value, str) and value.strip() else []


def _texts(record: Record, name: str, groups: Sequence[str]) -> list[str]:
    value = record.get(name)
    if isinstance(value, dict):
        return texts_of(value)
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str) and one.strip() and name not in groups]


def _note(file: ToolFile, groups: list[str], records: list[Record], notes: list[str]) -> None:
    """Say which columns the answers were taken from, or that there is none."""
    if not records:
        return
    if not groups:
        notes.append(
            f"no column of {file.name} holds an answer, so that no item counts as answered: it was "
            "made without the labelling configuration; export JSON"
        )
        return
    which = "column" if len(groups) == 1 else "columns"
    notes.append(
        f"the tags are taken from the {which} {listed(groups, len(groups))}; "
        "`--option group=NAME` takes another"
    )
