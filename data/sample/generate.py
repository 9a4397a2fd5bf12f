"""Write the example catalogue, or check that it is what this program writes.

    python data/sample/generate.py            writes the three snapshots and truth.json
    python data/sample/generate.py --check    exits 1 when a file differs from what would be written

Needs the standard library only.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import bank as phrase_bank
from events import MERGES, NEVER, NEW_IN_TAXONOMY, SNAPSHOTS, Item, concept_name
from history import History
from ledger import Record, changes_at, counts_at, created_on, faults_at

FORMAT = 1
SEED = 22
THRESHOLD = 30
WIDTH = 96
# A repeated row stands where somebody added the project again, some rows after the first.
REPEAT_DISTANCE = 75


def taxonomy_at(bank: phrase_bank.Bank, snapshot: int) -> list[Record]:
    """Return the taxonomy of a snapshot, sorted by tag."""
    names: dict[str, tuple[list[str], list[str]]] = {}
    for tag, entry in bank.taxonomy.items():
        if snapshot < NEW_IN_TAXONOMY.get(tag, 0):
            continue
        aliases = [*entry["aliases"]]
        aliases += [merge.alias for merge in MERGES if merge.tag == tag and snapshot >= merge.at]
        names[_plain_name(tag, snapshot)] = (aliases, entry["parents"])
        for merge in MERGES:
            if merge.tag == tag and snapshot < merge.at:
                names[merge.alias] = ([], entry["parents"])
    return [
        {
            "tag": tag,
            "aliases": sorted(aliases),
            "parents": sorted(_plain_name(parent, snapshot) for parent in parents),
        }
        for tag, (aliases, parents) in sorted(names.items())
    ]


def _plain_name(concept: str, snapshot: int) -> str:
    return concept_name(concept, snapshot, aliased=False)


def projects_at(items: list[Item], snapshot: int) -> list[Record]:
    """Return the rows of a snapshot in the order of the file."""
    rows: list[tuple[int, int, Record]] = []
    for item in items:
        if not item.alive(snapshot):
            continue
        title, description = item.text(snapshot)
        for number, left_out in enumerate(item.rows):
            record = {
                "id": item.id,
                "created_on": created_on(item, snapshot),
                "title": title,
                "description": description,
                "tags": _raw_tags(item, snapshot, left_out),
            }
            rows.append((item.id + REPEAT_DISTANCE * number, number, record))
    return [record for _, _, record in sorted(rows, key=lambda row: (*row[:2], row[2]["id"]))]


def _raw_tags(item: Item, snapshot: int, left_out: frozenset[str]) -> list[str]:
    tags: list[str] = []
    for concept in item.concepts(snapshot):
        if concept not in left_out:
            name = item.spelled.get(concept) or item.name(concept, snapshot)
            if name not in tags:  # the two halves of a split have one name before it
                tags.append(name)
    return tags + [raw for concept, raw in item.doubled.items() if concept not in left_out]


def truth(
    bank: phrase_bank.Bank,
    items: list[Item],
    projects: list[list[Record]],
    taxonomies: list[list[Record]],
) -> Record:
    """Return the record of all that was planted."""
    return {
        "format": FORMAT,
        "seed": SEED,
        "threshold": THRESHOLD,
        "general_tags": sorted(bank.general_tags),
        "snapshots": {
            day: {
                "counts": counts_at(projects[at], items, at, taxonomies[at]),
                "faults": faults_at(items, at),
            }
            for at, day in enumerate(SNAPSHOTS)
        },
        "changes": [changes_at(items, taxonomies, at) for at in range(1, NEVER)],
    }


def as_json(value: Any, indent: int = 0) -> str:
    """Return indented JSON in ASCII, with a list of plain values on as few lines as it needs.

    ASCII, so that zero-width characters and decomposed accents show in a diff.
    """
    flat = json.dumps(value)
    if not isinstance(value, dict | list) or not value:
        return flat
    pad = " " * (indent + 2)
    inner = value.values() if isinstance(value, dict) else value
    plain = not any(isinstance(each, dict | list) for each in inner)
    if indent + len(flat) <= WIDTH and (indent > 2 or (plain and isinstance(value, list))):
        return flat
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {as_json(each, indent + 2)}" for key, each in value.items()]
        return "{\n" + ",\n".join(pad + part for part in parts) + "\n" + pad[2:] + "}"
    if plain:
        return "[\n" + "\n".join(_filled(value, pad)) + "\n" + pad[2:] + "]"
    parts = [as_json(each, indent + 2) for each in value]
    return "[\n" + ",\n".join(pad + part for part in parts) + "\n" + pad[2:] + "]"


def _filled(values: list[Any], pad: str) -> list[str]:
    lines = [""]
    for at, value in enumerate(values):
        token = json.dumps(value) + ("," if at + 1 < len(values) else "")
        if lines[-1] and len(pad) + len(lines[-1]) + 1 + len(token) > WIDTH:
            lines.append(token)
        else:
            lines[-1] += " " * bool(lines[-1]) + token
    return [pad + line for line in lines]


def files() -> dict[str, str]:
    """Return the text of every generated file by its path below this folder."""
    bank = phrase_bank.load()
    items = History(bank, SEED).items
    taxonomies = [taxonomy_at(bank, at) for at in range(NEVER)]
    projects = [projects_at(items, at) for at in range(NEVER)]
    out = {}
    for at, day in enumerate(SNAPSHOTS):
        out[f"{day}/projects.json"] = as_json(projects[at]) + "\n"
        out[f"{day}/tags.json"] = as_json(taxonomies[at]) + "\n"
    out["truth.json"] = as_json(truth(bank, items, projects, taxonomies)) + "\n"
    return out


def main() -> int:
    """Write the files, or with --check compare them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 on a difference"
    )
    check = parser.parse_args().check
    here = Path(__file__).parent
    differing = []
    for name, text in files().items():
        path = here / name
        wanted = text.encode("ascii")
        if path.is_file() and path.read_bytes() == wanted:
            continue
        differing.append(name)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(wanted)
    verb = "differs" if check else "written"
    for name in differing:
        print(f"{verb}: {name}")
    if check and differing:
        print("run `python data/sample/generate.py` to write them anew", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
