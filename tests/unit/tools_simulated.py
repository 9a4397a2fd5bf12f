"""What labelling tools make of the files that are written for them: small stand-ins for tests.

Each takes what was written and what people say, and gives back the file that the tool exports, as
its version does.
"""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Version = Literal["0.9", "1.0", "1.23"]


@dataclass(frozen=True)
class Reply:
    """What one person says of one item; `yes` of None is a skip."""

    item: str
    by: str
    yes: tuple[str, ...] | None
    note: str = ""


def label_studio(
    files: dict[str, bytes], replies: Sequence[Reply], version: Version = "1.23"
) -> bytes:
    """Label Studio's JSON: skipped ones keep what was ticked, as they do there."""
    tasks = json.loads(files["tasks.json"])
    control = _control(files["labelling.xml"])
    people = sorted({reply.by for reply in replies})
    key = "completions" if version == "0.9" else "annotations"
    number = 0
    for at, task in enumerate(tasks, 1):
        task |= {"id": at, "predictions": [5], key: []}
        for reply in replies:
            if reply.item != task["data"]["sample_id"]:
                continue
            number += 1
            task[key].append(_annotation(reply, number, people.index(reply.by), control, version))
    return json.dumps(tasks, ensure_ascii=False, indent=2).encode()


def _control(configuration: bytes) -> str:
    root = ET.fromstring(configuration)
    found = root.find("Taxonomy")
    return "choices" if found is None else "taxonomy"


def _annotation(
    reply: Reply, number: int, person: int, control: str, version: Version
) -> dict[str, Any]:
    ticked = ["forgotten"] if reply.yes is None else list(reply.yes)
    value = {control: [[tag] for tag in ticked] if control == "taxonomy" else ticked}
    beside = {"from_name": "tags", "to_name": "text", "type": control}
    result = [{"id": f"r{number}", "value": value, **beside}] if ticked else []
    if reply.note:
        text = {"value": {"text": [reply.note]}, "type": "textarea", "from_name": "note"}
        result.append({"id": f"n{number}", "to_name": "text", **text})
    made: dict[str, Any] = {"id": number, "lead_time": 1.5, "result": result}
    if version == "0.9":
        return made | ({"skipped": True} if reply.yes is None else {})
    when = f"2026-11-25T10:{number // 60:02}:{number % 60:02}.000001Z"
    made |= {"was_cancelled": reply.yes is None, "created_at": when, "updated_at": when}
    if version == "1.0":
        user = {"id": person, "email": reply.by, "first_name": "", "last_name": ""}
        return made | {"completed_by": user}
    return made | {"completed_by": person, "unique_id": f"u-{number}", "ground_truth": False}


def label_studio_rows(exported: bytes) -> list[dict[str, Any]]:
    """Label Studio's JSON_MIN of its JSON: the skipped are left out, single choices are texts."""
    rows = []
    for task in json.loads(exported):
        for annotation in task["annotations"] or [{}]:
            if annotation.get("was_cancelled"):
                continue
            outputs: dict[str, list[dict[str, Any]]] = {}
            for one in annotation.get("result", []):
                outputs.setdefault(one["from_name"], []).append(one)
            person = annotation.get("completed_by", {})
            rows.append(
                {
                    **task["data"],
                    "id": task["id"],
                    **{name: _pretty(values) for name, values in outputs.items()},
                    "annotator": person.get("email") if isinstance(person, dict) else person,
                    "annotation_id": annotation.get("id"),
                    **{key: annotation.get(key) for key in ("created_at", "updated_at")},
                    "lead_time": annotation.get("lead_time"),
                }
            )
    return rows


def _pretty(rows: list[dict[str, Any]]) -> Any:
    made: list[Any] = []
    for row in rows:
        entries = row["value"].get("choices") or row["value"].get("text")
        made.append(entries[0] if entries is not None and len(entries) == 1 else row["value"])
    lone = len(made) == 1 and rows[0]["type"] in {"choices", "textarea"}
    return made[0] if lone else made


def label_studio_csv(exported: bytes, separator: str) -> bytes:
    """Label Studio's CSV of its JSON: sorted columns, lists as JSON."""
    rows = [
        {
            name: json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
            for name, value in row.items()
        }
        for row in label_studio_rows(exported)
    ]
    stream = io.StringIO()
    columns = sorted({name for row in rows for name in row})
    writer = csv.DictWriter(
        stream, columns, delimiter=separator, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def doccano(
    files: dict[str, bytes],
    replies: Sequence[Reply],
    kind: Literal["jsonl", "json", "csv"] = "jsonl",
    *,
    confirmed: bool = False,
    shared: bool = False,
) -> bytes:
    """doccano's zip file: a member a person, with each item unless only approved ones are asked."""
    lines = files["items.jsonl"].decode().splitlines()
    items = [json.loads(line) for line in lines]
    stream = io.BytesIO()
    people = ["all"] if shared else sorted({reply.by for reply in replies})
    with zipfile.ZipFile(stream, "w") as archive:
        for person in people:
            mine = {one.item: one for one in replies if shared or one.by == person}
            rows = []
            for at, item in enumerate(items, 1):
                text, own = item["text"], {k: v for k, v in item.items() if k not in _TWO}
                reply = mine.get(item["sample_id"])
                if confirmed and (reply is None or reply.yes is None):
                    continue
                tags = sorted((reply.yes or ()) if reply else ())
                notes = [reply.note] if reply and reply.note else []
                rows.append({"id": at, "text": text, **own, "label": tags, "Comments": notes})
            archive.writestr(f"{person}.{kind}", _doccano_member(rows, kind))
    return stream.getvalue()


_TWO = ("text", "label")


def _doccano_member(rows: list[dict[str, Any]], kind: str) -> str:
    if kind == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if kind == "json":
        return json.dumps(rows, ensure_ascii=False)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else ["id", "text", "label", "Comments"])
    writer.writeheader()
    joined = ("label", "Comments")
    writer.writerows([{**row, **{k: "#".join(row[k]) for k in joined}} for row in rows])
    return stream.getvalue()


def prodigy(files: dict[str, bytes], replies: Sequence[Reply], *, old: bool = False) -> bytes:
    """Prodigy's `db-out`: a line an answer, in the order in which they were given."""
    tasks = [json.loads(line) for line in files["items.jsonl"].decode().splitlines()]
    at = {task["meta"]["sample_id"]: (number, task) for number, task in enumerate(tasks)}
    lines = []
    for second, reply in enumerate(replies):
        number, task = at[reply.item]
        answered = {
            **task,
            "_input_hash": number,
            "_task_hash": -number,
            "accept": list(reply.yes) if reply.yes is not None else ["forgotten"],
            "answer": "ignore" if reply.yes is None else "accept",
            "_session_id": None if old else reply.by,
        }
        if not old:
            answered |= {"_annotator_id": reply.by, "_timestamp": 1_764_000_000 + second}
        lines.append(json.dumps(answered) + "\n")
    return "".join(lines).encode()
