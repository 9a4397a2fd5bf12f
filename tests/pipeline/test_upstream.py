"""The published snapshots of the real catalogue, end to end.

What to expect is worked out here anew, with a few lines of json, csv and Counter.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tagledger.sources.catalogue import identify, mirrored
from tests.pipeline.conftest import Folder, Project
from tests.pipeline.in_process import make

EXCLUDED = {
    *("machine-learning", "deep-learning", "data-science", "neural-networks", "python", "r"),
    *("visualization", "natural-language-processing", "computer-vision"),
}
SNAPSHOTS = {
    "2020-12-23": "mlops-course/5d5387042389cb65481110078967812f1176baea",
    "2021-05-10": "Made-With-ML/48d009b86c06f32bd67386df7e425a2a52761c56",
    "2022-04-08": "Made-With-ML/118ae2237b635410626b82670157588a691791e0",
    "2022-05-03": "Made-With-ML/fc2323d69ae23811bfbfcd310829fc7c1c0253e7",
    "2022-08-17": "Made-With-ML/e8dfdbe98f55cba8befaf8409e16e48fac2d26d8",
}

# One whose labels are in a table; one whose labels are in a list is built as the README says.
QUICK = {"2022-08-17"}
SOME_OR_ALL = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in SNAPSHOTS
]


def expected(folder: Path) -> dict[str, object]:
    """Items and labels before and after the filter, from the published files alone."""
    tags_of: dict[str, set[str]] = defaultdict(set)
    if (folder / "projects.csv").exists():
        with (folder / "projects.csv").open(newline="", encoding="utf-8") as file:
            rows = [row["id"] for row in csv.DictReader(file)]
        with (folder / "tags.csv").open(newline="", encoding="utf-8") as file:
            pairs = [(row["id"], row["tag"]) for row in csv.DictReader(file)]
        taxonomy = None
    else:
        document = json.loads((folder / "projects.json").read_text())
        rows = [str(row["id"]) for row in document]
        pairs = [(str(row["id"]), tag) for row in document for tag in row["tags"]]
        entries = json.loads((folder / "tags.json").read_text())
        taxonomy = set(entries) if isinstance(entries, dict) else {one["tag"] for one in entries}
    for item, tag in pairs:
        if item in rows:
            tags_of[item].add(re.sub(r"[\s_-]+", "-", tag.strip().lower()))
    counts = Counter(tag for tags in tags_of.values() for tag in tags)
    kept = {
        tag
        for tag, count in counts.items()
        if count >= 30 and tag not in EXCLUDED and (taxonomy is None or tag in taxonomy)
    }
    filtered = {item: tags & kept for item, tags in tags_of.items() if tags & kept}
    return {
        "rows": len(rows),
        "clean_items": len(set(rows)),
        "clean_labels": sum(map(len, tags_of.values())),
        "items": len(filtered),
        "labels": sum(map(len, filtered.values())),
        "tags": len(kept),
    }


@pytest.mark.parametrize("snapshot", SOME_OR_ALL)
def test_a_published_snapshot_rebuilds(
    fresh: Project, upstream: Path, snapshot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stages run one by one: by DVC, test_the_real_catalogue builds another one at night."""
    fresh.set(fetch__source="madewithml", fetch__snapshot=snapshot)
    monkeypatch.setenv("TAGLEDGER_MIRROR", str(upstream))
    make(fresh.root)
    metrics = json.loads((fresh.root / "reports/metrics.json").read_text())
    wanted = expected(upstream / "GokuMohandas" / SNAPSHOTS[snapshot] / "datasets")
    assert {name: metrics[name] for name in wanted} == wanted
    assert json.loads((fresh.root / "reports/quality.json").read_text())["failed"] == 0


TOPICS = ["computer-vision", "graph-learning", "mlops", "other"]
MOMENT = dt.datetime(2020, 2, 17, 6, 30, 41, tzinfo=dt.UTC)


def in_milliseconds() -> tuple[dict[str, bytes], int]:
    """Files like those of 2021-05-07: dates are milliseconds since 1970; and their labels."""
    projects = [
        {
            "id": n,
            "created_on": int(MOMENT.timestamp()) * 1000 + 86_400_000 * n,
            "title": f"Project {n}",
            "description": f"It is number {n}.",
            "tags": TOPICS[: n % 4 + 1],
        }
        for n in range(60)
    ]
    tags = [{"tag": topic, "aliases": [], "parents": []} for topic in TOPICS]
    written = {"projects.json": projects, "tags.json": tags}
    return {name: json.dumps(rows).encode() for name, rows in written.items()}, 150


def aligned_by_rows() -> tuple[dict[str, bytes], int]:
    """Files like those of 2023-07-26: the tags have no ids; and their labels."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "created_on", "title", "description"])
    for n in range(60):
        date = (MOMENT + dt.timedelta(days=n)).strftime("%Y-%m-%d %H:%M:%S")
        words = 'A "quoted", long\ntext.\n' if n % 5 else "a, b\n, c, d"
        writer.writerow([3 * n, date, f"Project {n}", f"{n}: {words}"])
    tags = ["tag", *(TOPICS[n % 4] for n in range(60))]
    return {"projects.csv": text.getvalue().encode(), "tags.csv": "\n".join(tags).encode()}, 60


MINIATURES = {"2021-05-07": in_milliseconds, "2023-07-26": aligned_by_rows}


@pytest.mark.parametrize("snapshot", MINIATURES)
def test_a_snapshot_of_the_published_shape_builds(
    fresh: Project, tmp_path: Path, snapshot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry of data/sources.yaml, with the identities of small files of its shape.

    Its stages run one by one, as above.
    """
    written, labels = MINIATURES[snapshot]()
    catalogue = fresh.root / "data/sources.yaml"
    document = yaml.safe_load(catalogue.read_text())
    entry = document["sources"]["madewithml"]["snapshots"][snapshot]
    assert set(entry["files"]) == {f"datasets/{name}" for name in written}
    for name, data in written.items():
        path = mirrored(tmp_path / "mirror", entry["location"], f"datasets/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        entry["files"][f"datasets/{name}"] = identify(path).model_dump()
    catalogue.write_text(yaml.safe_dump(document))
    fresh.set(fetch__source="madewithml", fetch__snapshot=snapshot, filter__min_tag_count=1)
    monkeypatch.setenv("TAGLEDGER_MIRROR", str(tmp_path / "mirror"))
    stages = yaml.safe_load((fresh.root / "dvc.yaml").read_text())["stages"]
    done = [Folder(fresh.root).stage(stage) for stage in stages]
    assert [stage.returncode for stage in done] == [0] * len(stages), done
    printed = "".join(stage.stdout for stage in done)
    items = pd.read_parquet(fresh.root / "data/clean/items.parquet")
    assert items["created_on"].tolist() == [MOMENT + dt.timedelta(days=n) for n in range(60)]
    table = pd.read_parquet(fresh.root / "data/clean/labels.parquet")
    assert len(table) == labels
    last = items["id"].max()
    assert table.loc[table["id"] == last, "tag"].astype(str).tolist()[-1] == TOPICS[59 % 4]
    # What is legal and looks wrong is named where people look.
    rows = json.loads((fresh.root / "data/clean/rows.json").read_text())
    quality = json.loads((fresh.root / "reports/quality.json").read_text())
    assert rows["suspicious"] == quality["suspicious"]
    assert len(rows["suspicious"]) == (6 if snapshot == "2023-07-26" else 0)
    assert all(f"suspicious: {note}" in printed for note in rows["suspicious"])


@pytest.mark.long  # with each change, test_the_real_catalogue builds the same, without DVC
def test_the_numbers_of_the_original_tables(fresh: Project, upstream: Path) -> None:
    """An experiment builds them; they are the ones that the catalogue's own course printed."""
    fresh.ok(
        *("dvc", "exp", "run", "-S", "fetch.source=madewithml", "-S", "fetch.snapshot=2020-12-23"),
        TAGLEDGER_MIRROR=str(upstream),
    )
    tags = pd.read_parquet(fresh.root / "data/filtered/tags.parquet").set_index("tag")
    kept = tags[tags["decision"] == "kept"]["count"].sort_values(ascending=False)
    missed = tags[tags["decision"] == "below_threshold"]["count"].sort_values(ascending=False)
    assert kept.head(5).to_dict() == {
        "pytorch": 258,
        "tensorflow": 213,
        "transformers": 196,
        "attention": 120,
        "convolutional-neural-networks": 106,
    }
    assert kept.tail(5).to_dict() == {
        "time-series": 34,
        "flask": 34,
        "node-classification": 33,
        "question-answering": 32,
        "pretraining": 30,
    }
    assert missed.head(5).to_dict() == {
        "model-compression": 29,
        "fastai": 29,
        "graph-classification": 29,
        "recurrent-neural-networks": 28,
        "adversarial-learning": 28,
    }
    assert len(kept) == 33
    assert pd.read_parquet(fresh.root / "data/filtered/labels.parquet")["id"].nunique() == 1239
    assert len(pd.read_parquet(fresh.root / "data/clean/items.parquet")) == 2032
    assert len(pd.read_parquet(fresh.root / "data/clean/taxonomy.parquet")) == 400


def test_all_seventeen_snapshots_are_named_as_published(upstream: Path) -> None:
    published = yaml.safe_load((upstream / "snapshots.yaml").read_text())["snapshots"]
    ours = yaml.safe_load((Path(__file__).parents[2] / "data/sources.yaml").read_text())
    named = ours["sources"]["madewithml"]["snapshots"]
    assert set(named) == set(published)
    for name, snapshot in published.items():
        prefix = f"https://raw.githubusercontent.com/{snapshot['repo']}/{snapshot['commit']}"
        files = {
            f"{named[name]['location']}/{path}": one for path, one in named[name]["files"].items()
        }
        assert files == {f"{prefix}/{path}": one for path, one in snapshot["files"].items()}
