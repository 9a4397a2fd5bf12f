"""Label Studio's own JSON: tasks with their annotations, of version 0.x with completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagledger.annotation_tools.answers import Answer, Kind, Options
from tagledger.annotation_tools.label_studio.results import Names, Said, person, said
from tagledger.annotation_tools.parsing import (
    AGAIN,
    OWN_KEYS,
    Record,
    asked_with,
    name_of,
    own_fields,
    seconds,
    utc,
)
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import nearest
from tagledger.words import count

_LISTS = ("annotations", "completions")
# Where a task has its text, if no option says it: the first that is there.
_TEXTS = (
    *("text", "document", "content", "body", "sentence", "review", "comment", "message"),
    *("html", "title", "image", "audio", "video", "url"),
)


def are_tasks(records: list[Record]) -> bool:
    """Whether these are tasks: each with its data, and something that Label Studio puts beside."""
    beside = {*_LISTS, "predictions", "project", "inner_id", "file_upload", "drafts"}
    return bool(records) and all(
        isinstance(one.get("data"), dict) and beside & one.keys() for one in records
    )


def read_tasks(
    file: ToolFile, tasks: list[Any], options: Options, notes: list[str]
) -> Iterator[Answer]:
    """Yield the answers of tasks, and one that is not answered for each task without any.

    Raises
    ------
    TagledgerError
        A task is none, or the group that is chosen has no tag.
    """
    group = options.chosen.get("group")
    names = Names()
    whole = [(place, task, _annotations(file, task, place)) for place, task in _placed(file, tasks)]
    heard: list[list[Said]] = []
    for place, _, numbered in whole:
        results = [_result(file, one, f"{place}, annotation {at}") for at, one in numbered]
        heard.append([said(result, group) for result in results])
        names.add(chosen for one in heard[-1] for chosen in one.chosen)
    if group is not None and not names.groups:
        _refuse_group(file, group, whole)
    shown = options.chosen.get("text") or _shown(whole)
    for (place, task, numbered), results_said in zip(whole, heard, strict=True):
        common = _common(task, options, shown)
        if not numbered:
            yield Answer(kind="unasked", place=place, **common)
        for (at, annotation), one in zip(numbered, results_said, strict=True):
            yes = () if _skipped(annotation) else names.of(one.chosen)
            yield Answer(
                kind=_kind(
                    annotation, one, asked=common["asked"] is not None or bool(names.groups)
                ),
                place=f"{place}, annotation {at}",
                yes=yes,
                note=one.note,
                **{**common, "asked": asked_with(common["asked"], yes)},
                **_about(annotation),
            )
    _note(whole, heard, notes)


def _placed(file: ToolFile, tasks: list[Any]) -> Iterator[tuple[str, Record]]:
    for number, task in enumerate(tasks, 1):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise file.error("this is no task: it has no data", f"task {number}", hint=AGAIN)
        yield f"task {number}", task


def _annotations(file: ToolFile, task: Record, place: str) -> list[tuple[int, Record]]:
    """The annotations of a task with their numbers; predictions, drafts and reviews are none."""
    entries: Any = next((task[name] for name in _LISTS if task.get(name)), [])
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        hint = "export it as JSON, with the annotations and not their numbers alone"
        raise file.error("the annotations are no list of objects", place, hint=hint)
    return list(enumerate(entries, 1))


def _result(file: ToolFile, annotation: Record, place: str) -> list[Record]:
    result = annotation.get("result") or []
    if not isinstance(result, list) or not all(isinstance(row, dict) for row in result):
        raise file.error("the result is no list of objects", place, hint=AGAIN)
    return result


def _skipped(annotation: Record) -> bool:
    """Whether the flag says so, whatever the result holds."""
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def _kind(annotation: Record, one: Said, *, asked: bool) -> Kind:
    """What an annotation is: a result without a tag is "none" only where tags were asked."""
    if _skipped(annotation):
        return "skip"
    if one.chosen or not one.rows or asked:
        return "label"
    return "comment" if one.note else "unasked"


def _about(annotation: Record) -> Record:
    """Who answered, when, and how long it took; the tool's own unique id of the answer."""
    created, updated = annotation.get("created_at"), annotation.get("updated_at")
    unique = name_of(annotation.get("unique_id"))
    return {
        "by": person(annotation.get("completed_by"), annotation.get("created_username")),
        "at": utc(updated) or utc(created),
        "unique": unique or made_unique(annotation.get("id"), created),
        "seconds": seconds(annotation.get("lead_time")),
    }


def made_unique(number: object, created: object) -> str | None:
    """A unique id of an annotation without one: numbers alone come again in other projects."""
    if name_of(number) is None or not isinstance(created, str) or utc(created) is None:
        return None
    return f"{name_of(number)}@{utc(created)}"


def _common(task: Record, options: Options, shown: str | None) -> Record:
    """What all annotations of a task share; `shown` is the field of the data with the text."""
    data, meta = task["data"], task.get("meta")
    own = own_fields({**(meta if isinstance(meta, dict) else {}), **data})
    key = options.chosen.get("id")
    if key is not None:
        own["item"] = name_of(data.get(key))
    return {**own, "text": text_of(data, shown if shown in data else options.chosen.get("text"))}


def _shown(whole: list[tuple[str, Record, list[tuple[int, Record]]]]) -> str | None:
    """The field that was shown, as the rows of old files say it (`source`), or their `to_name`."""
    named: str | None = None
    for _, task, numbered in whole:
        for row in (row for _, one in numbered for row in one.get("result") or []):
            source = row.get("source")
            if isinstance(source, str) and isinstance(task["data"].get(source[1:]), str):
                return source[1:]
            name = row.get("to_name")
            if named is None and isinstance(name, str) and isinstance(task["data"].get(name), str):
                named = name
    return named


def text_of(data: Record, key: str | None = None) -> str | None:
    """The text of a task, or the address of what was shown."""
    key = text_key(data) if key is None else key
    return data[key] if key is not None and isinstance(data.get(key), str) else None


def text_key(data: Record) -> str | None:
    """The field of a task's data that has its text, by its name or because no other is text."""
    texts = [name for name, value in data.items() if isinstance(value, str)]
    lower = {name.casefold(): name for name in reversed(texts)}
    key = next((lower[name] for name in _TEXTS if name in lower), None)
    if key is None:
        full = [name for name in texts if name not in OWN_KEYS and data[name].strip()]
        key = full[0] if len(full) == 1 else None
    return key


def _refuse_group(
    file: ToolFile, group: str, whole: list[tuple[str, Record, list[tuple[int, Record]]]]
) -> None:
    """Raise the error of a group without tags, if others have some."""
    names = Names()
    for _, _, numbered in whole:
        for _, annotation in numbered:
            names.add(said(annotation.get("result") or []).chosen)
    if names.groups:
        raise file.error(
            f"there is no group of tags {group!r}",
            hint=f"name it with `--option group=NAME`: {nearest(group, names.groups)}",
        )


def _note(
    whole: list[tuple[str, Record, list[tuple[int, Record]]]],
    heard: list[list[Said]],
    notes: list[str],
) -> None:
    """Say what was left out."""
    drafts = sum(bool(task.get("drafts")) and not numbered for _, task, numbered in whole)
    if drafts:
        notes.append(f"{count(drafts, 'task has', 'tasks have')} a draft that was not submitted")
    of_regions = sum(one.of_regions for results in heard for one in results)
    if of_regions:
        notes.append(
            f"{count(of_regions, 'choice is', 'choices are')} about a region, not about the "
            "item, and left out; `--option group=NAME` reads them as tags"
        )
