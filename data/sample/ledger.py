"""The record of what was planted: the faults of a snapshot, and the changes between two."""

from __future__ import annotations

from typing import Any

from events import MERGES, RENAMES, RISING, SINKING, SNAPSHOTS, SPLITS, Item

Record = dict[str, Any]


def created_on(item: Item, snapshot: int) -> str:
    """Return the date as a snapshot has it."""
    unreadable = item.unreadable_date and snapshot < item.date_mended
    return item.unreadable_date if unreadable else item.created_on


def faults_at(items: list[Item], snapshot: int) -> Record:
    """Return the record of everything that is wrong in a snapshot."""
    here = [item for item in items if item.alive(snapshot)]
    return {
        "missing_labels": [
            {"id": item.id, "tag": item.name(concept, snapshot)}
            for item in here
            for concept, until in sorted(item.missing.items())
            if snapshot < until
        ],
        "wrong_labels": [
            {"id": item.id, "tag": item.name(concept, snapshot)}
            for item in here
            for concept, until in sorted(item.wrong.items())
            if snapshot < until
        ],
        "repeated_ids": [_repeated(item, snapshot) for item in here if len(item.rows) > 1],
        "near_duplicates": _groups(here, snapshot),
        "text": [_text_fault(item) for item in here if item.text_fault],
        "tag_spellings": [
            {"id": item.id, "raw": raw, "tag": item.name(concept, snapshot)}
            for item in here
            for concept, raw in sorted(item.spelled.items())
            if concept not in item.alias_faults
        ],
        "aliases": [
            {"id": item.id, "raw": item.spelled[concept], "tag": item.name(concept, snapshot)}
            for item in here
            for concept in sorted(item.alias_faults)
        ],
        "repeated_tags": [
            {"id": item.id, "raw": raw, "tag": item.name(concept, snapshot)}
            for item in here
            for concept, raw in sorted(item.doubled.items())
        ],
        "unreadable_dates": [
            {"id": item.id, "created_on": item.unreadable_date}
            for item in here
            if item.unreadable_date and snapshot < item.date_mended
        ],
    }


def _repeated(item: Item, snapshot: int) -> Record:
    rows = [
        sorted({item.name(each, snapshot) for each in item.concepts(snapshot) if each not in left})
        for left in item.rows
    ]
    return {"id": item.id, "labels_disagree": any(row != rows[0] for row in rows), "rows": rows}


def _groups(here: list[Item], snapshot: int) -> list[Record]:
    numbers = sorted({item.group for item in here} - {0})
    groups = [[item for item in here if item.group == number] for number in numbers]
    return [
        {
            "ids": [item.id for item in members],
            "exact": any(item.exact_copy for item in members),
            "labels_disagree": any(
                item.labels(snapshot) != members[0].labels(snapshot) for item in members
            ),
        }
        for members in groups
        if len(members) > 1
    ]


def _text_fault(item: Item) -> Record:
    clean = item.draft
    return {
        "id": item.id,
        "kind": item.text_fault,
        "title": clean.title,
        "description": clean.description,
    }


def changes_at(items: list[Item], taxonomies: list[list[Record]], at: int) -> Record:
    """Return the record of what happened between snapshot at - 1 and snapshot at."""
    kept = [item for item in items if item.alive(at - 1, at)]
    before = {entry["tag"]: entry for entry in taxonomies[at - 1]}
    after = {entry["tag"]: entry for entry in taxonomies[at]}

    def holders(concept: str, pool: list[Item]) -> list[Item]:
        return [item for item in pool if concept in item.concepts(at - 1)]

    return {
        "from": SNAPSHOTS[at - 1],
        "to": SNAPSHOTS[at],
        "items": {
            "added": [item.id for item in items if item.alive(at) and not item.alive(at - 1)],
            "removed": [item.id for item in items if item.alive(at - 1) and not item.alive(at)],
        },
        "corrections": _corrections(kept, at),
        "renames": [
            {
                "from": rename.old,
                "to": rename.new,
                "ids": [
                    item.id for item in holders(rename.new, kept) if rename.new in item.concepts(at)
                ],
            }
            for rename in RENAMES
            if rename.at == at
        ],
        "merges": [
            {
                "alias": merge.alias,
                "into": merge.tag,
                "ids": [
                    item.id
                    for item in holders(merge.tag, kept)
                    if merge.tag in item.aliased and merge.tag in item.concepts(at)
                ],
            }
            for merge in MERGES
            if merge.at == at
        ],
        "splits": [
            {
                "from": split.old,
                "into": {tag: [item.id for item in holders(tag, kept)] for tag in split.into},
            }
            for split in SPLITS
            if split.at == at
        ],
        "rising": _rising(items, kept, at),
        "sinking": _sinking(items, at),
        "text_edits": [
            {
                "id": item.id,
                "kind": kind,
                "field": "title" if kind == "title_reworded" else "description",
            }
            for item in kept
            for when, kind, _, _ in item.edits
            if when == at
        ],
        "dates_mended": [
            item.id for item in kept if item.unreadable_date and item.date_mended == at
        ],
        "taxonomy": {
            "added": sorted(after.keys() - before.keys()),
            "removed": sorted(before.keys() - after.keys()),
            "aliases_added": {
                tag: sorted({*after[tag]["aliases"]} - {*before[tag]["aliases"]})
                for tag in sorted(after.keys() & before.keys())
                if after[tag]["aliases"] != before[tag]["aliases"]
            },
        },
    }


def _corrections(kept: list[Item], at: int) -> list[Record]:
    added = [
        {"id": item.id, "tag": item.name(tag, at), "change": "added", "fault": "missing_labels"}
        for item in kept
        for tag, until in sorted(item.missing.items())
        if until == at
    ]
    removed = [
        {"id": item.id, "tag": item.name(tag, at - 1), "change": "removed", "fault": "wrong_labels"}
        for item in kept
        for tag, until in sorted(item.wrong.items())
        if until == at
    ]
    return sorted(added + removed, key=lambda each: (each["id"], each["tag"]))


def _count(items: list[Item], tag: str, snapshot: int) -> int:
    return sum(tag in item.labels(snapshot) for item in items if item.alive(snapshot))


def _rising(items: list[Item], kept: list[Item], at: int) -> Record:
    return {
        "tag": RISING,
        "count_from": _count(items, RISING, at - 1),
        "count_to": _count(items, RISING, at),
        "labeled_later": [item.id for item in kept if item.late.get(RISING) == at],
        "came_with_items": [
            item.id for item in items if item.first == at and RISING in item.labels(at)
        ],
    }


def _sinking(items: list[Item], at: int) -> Record:
    return {
        "tag": SINKING,
        "count_from": _count(items, SINKING, at - 1),
        "count_to": _count(items, SINKING, at),
        "left_with_items": [
            item.id for item in items if item.gone == at and SINKING in item.labels(at - 1)
        ],
        "corrected": [item.id for item in items if item.wrong.get(SINKING) == at],
        "came_with_items": [
            item.id for item in items if item.first == at and SINKING in item.labels(at)
        ],
    }


def counts_at(rows: list[Record], items: list[Item], snapshot: int, tags: list[Record]) -> Record:
    """Return the size of a snapshot: rows of the file, ids, labels and tags spelled right."""
    here = [item for item in items if item.alive(snapshot)]
    listed = {entry["tag"] for entry in tags}
    aliases = {alias for entry in tags for alias in entry["aliases"]}
    used = {tag for item in here for tag in item.labels(snapshot)}
    assert not used & aliases
    return {
        "rows": len(rows),
        "items": len(here),
        "labels": sum(len(item.labels(snapshot)) for item in here),
        "taxonomy_tags": len(listed),
        "tags_in_use": len(used & listed),
        "tags_outside_taxonomy": len(used - listed),
    }
