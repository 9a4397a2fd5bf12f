"""The annotate stage on many events, beside a plain pandas groupby of majority votes.

Five people answer each item, about the five tags of its campaign; each answer is wrong three times
in a hundred. Ours is the whole stage by majority: ids proven, all tables checked and written. The
other reads the same lines as JSON, explodes them, and counts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.harness import now, run_module
from benchmarks.two_sides import rows_of, take_sides, took

NAME = "annotate"
DESCRIPTION = "1,000,000 events on 200,000 items become labels by majority, beside plain pandas"
ITEMS, QUICK_ITEMS = 200_000, 2_000
PEOPLE = 5
RUNS, QUICK_RUNS = 3, 1
_TAGS = [f"tag-{number:03d}" for number in range(100)]
_ASKED, _CAMPAIGNS = 5, 20
_WRONG = 0.03


def prepare(folder: Path, items: int) -> None:
    """Write the tables of the clean stage, the parameters and the events."""
    import numpy as np
    import pandas as pd

    from tagledger import tables

    chance = random.Random(1)
    ids = pd.Series(sorted(f"p-{number}" for number in range(items)), dtype="str")
    frame = pd.DataFrame(
        {
            "id": ids,
            "created_on": pd.Series([None] * items, dtype="datetime64[us, UTC]"),
            "title": "title " + ids,
            "description": "what is to be said of " + ids,
            "group": ids,
        }
    )
    first = np.random.default_rng(0).integers(0, len(_TAGS) - 10, items)
    codes = (first[:, None] + np.array([0, 3, 7])).ravel()
    empty = pd.DataFrame({"tag": pd.Series([], dtype="str"), "aliases": [], "parents": []})
    folder.mkdir(parents=True, exist_ok=True)
    tables.write(
        {
            folder / tables.CLEAN_ITEMS: frame,
            folder / tables.CLEAN_LABELS: tables.label_frame(
                ids.array.take(np.repeat(np.arange(items), 3)), codes, _TAGS
            ),
            folder / tables.CLEAN_TAXONOMY: empty.astype({"aliases": object, "parents": object}),
            folder / tables.CLEAN_ROWS: b'{"tag_spelling": "words"}',
        }
    )
    (folder / "params.yaml").write_text("annotate:\n  policy: majority\n")
    campaigns = [sorted(chance.sample(_TAGS, _ASKED)) for _ in range(_CAMPAIGNS)]
    truths = [[chance.random() < 0.3 for _ in range(_ASKED)] for _ in range(items)]
    for person in range(PEOPLE):
        by = folder / "data" / "annotations" / f"person-{person}"
        by.mkdir(parents=True)
        with (by / "2026-11-25-session-00000000.jsonl").open("w") as file:
            for number, item in enumerate(ids):
                asked, truth = campaigns[number % _CAMPAIGNS], truths[number]
                yes = [
                    tag
                    for tag, right in zip(asked, truth, strict=True)
                    if right != (chance.random() < _WRONG)
                ]
                file.write(_line(person, number, str(item), asked, yes))


def _line(person: int, number: int, item: str, asked: list[str], yes: list[str]) -> str:
    """An event as canonical JSON, which is `json.dumps` here: it is all ASCII."""
    day, second = divmod(number, 86_400)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    text = json.dumps([f"title {item}", f"what is to be said of {item}"], separators=(",", ":"))
    said = {
        "act": "label",
        "asked": asked,
        "at": f"2026-11-{1 + day:02d}T{clock}Z",
        "by": f"person-{person}",
        "campaign": f"campaign-{number % _CAMPAIGNS:02d}",
        "item": item,
        "text": hashlib.sha256(text.encode()).hexdigest()[:16],
        "tool": f"label-studio:{number * PEOPLE + person}",
        "yes": yes,
    }
    rest = json.dumps(said, sort_keys=True, separators=(",", ":"))
    said["id"] = hashlib.sha256(rest.encode()).hexdigest()[:16]
    return json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n"


def ours(folder: Path) -> dict[str, Any]:
    """Run the stage in its folder."""
    start = now()
    os.chdir(folder)
    from tagledger import tables
    from tagledger.stages import annotate

    annotate.main()
    return took(start, tables.number_of_rows(tables.ANNOTATED_LABELS))


def peer(folder: Path) -> dict[str, Any]:
    """Count the same votes with pandas: read, explode, group, and put into the source's labels."""
    start = now()
    import pandas as pd

    files = sorted((folder / "data" / "annotations").rglob("*.jsonl"))
    events = pd.concat(
        [pd.read_json(file, lines=True, dtype=False) for file in files], ignore_index=True
    )
    events = events.sort_values(["at", "id"]).drop_duplicates(["by", "item"], keep="last")
    asked = events[["item", "by", "asked"]].explode("asked").rename(columns={"asked": "tag"})
    yes = events[["item", "by", "yes"]].explode("yes").rename(columns={"yes": "tag"}).dropna()
    asked["vote"] = 0
    yes["vote"] = 1
    votes = pd.concat([asked, yes]).groupby(["item", "tag", "by"])["vote"].max().reset_index()
    shares = votes.groupby(["item", "tag"])["vote"].mean().reset_index()
    decided = shares[shares["vote"] != 0.5]
    labels = pd.read_parquet(folder / "data" / "clean" / "labels.parquet")
    labels = labels.rename(columns={"id": "item"}).astype({"tag": "str"})
    joined = labels.merge(decided, on=["item", "tag"], how="outer")
    made = joined[joined["vote"].isna() | (joined["vote"] > 0.5)][["item", "tag"]]
    made.sort_values(["item", "tag"]).to_parquet(folder / "peer.parquet")
    return took(start, len(made))


def run(*, quick: bool) -> dict[str, Any]:
    """Measure both in turn; both must end with the same number of labels."""
    items = QUICK_ITEMS if quick else ITEMS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_module("benchmarks.annotate", "prepare", str(folder), "--items", str(items))
        turns = take_sides("benchmarks.annotate", folder, QUICK_RUNS if quick else RUNS)

    def what(measured: str) -> str:
        return (
            f"{measured} of the annotate stage, {items * PEOPLE:,} events on {items:,} items, all "
            "tables checked"
        )

    table = rows_of(turns, what, "plain pandas, majority alone")
    return {"runs": len(turns), "items": items, "turns": turns, "table": table}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=["ours", "peer", "prepare"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=QUICK_ITEMS)
    options = parser.parse_args()
    if options.side == "prepare":
        prepare(options.folder, options.items)
    else:
        print(json.dumps({"ours": ours, "peer": peer}[options.side](options.folder)))
