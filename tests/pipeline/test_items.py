"""Items that campaigns bring, and datasets without a label at their start, through real DVC."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from tagledger.dataset import Dataset
from tagledger.events.event import Event
from tagledger.events.new_items import NewItem
from tagledger.events.writing import keep_taxonomy, write_session
from tagledger.versions import Repository, find_version
from tests.campaigns import write_new_items
from tests.once import made_once
from tests.pipeline.in_process import make, make_and_record
from tests.pipeline.test_add import commit, mine, ok, one_month, run, tagledger
from tests.pipeline.test_init import separated

__all__ = ["mine", "one_month"]

AT = "2026-11-26T10:00:00Z"
TAGS = ("music", "tools", "travel")


def hashes(root: Path) -> dict[str, str]:
    lock = yaml.safe_load((root / "dvc.lock").read_text())
    return {out["path"]: out["md5"] for stage in lock["stages"].values() for out in stage["outs"]}


def rows(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "data/clean/rows.json").read_text())
    return found


def ids(root: Path) -> list[int]:
    found: list[int] = pd.read_parquet(root / "data/clean/items.parquet")["id"].tolist()
    return found


def brought(root: Path, campaign: str, *names: int) -> Path:
    items = [NewItem(str(one), f"The item {one}", f"It says {one * 7919}.") for one in names]
    return write_new_items(root, campaign, items, integers=True)


def test_new_items_are_items_of_the_next_version_and_of_no_earlier_one(mine: Path) -> None:
    before, known = hashes(mine), ids(mine)
    path = brought(mine, "june", 1001, 1002, known[0])
    (mine / "data/items/later.jsonl").write_text("<<<<<<< ours\n")
    # One row of 54 is more than may be set aside by default.
    text = (mine / "params.yaml").read_text()
    (mine / "params.yaml").write_text(text.replace("max_quarantined: 0.01", "max_quarantined: 0.1"))
    said = make_and_record(mine)
    assert "3 rows are of data/items" not in said
    assert "4 rows are of data/items, 1 of them in the source too" in said
    assert ids(mine) == [*known, 1001, 1002]
    quarantine = pd.read_parquet(mine / "data/clean/quarantine.parquet")
    last = quarantine.iloc[-1]
    assert (last["file"], last["row"]) == ("data/items/later.jsonl", 1)
    assert rows(mine)["added"] == {"rows": 4, "known": 1}
    commit(mine, "Bring items")
    repository = Repository.find(mine)
    now, earlier = (find_version(repository, name) for name in ("HEAD", "HEAD~1"))
    assert Dataset(repository, now).raw.items["id"].to_pylist()[-2:] == [1001, 1002]
    assert Dataset(repository, earlier).raw.added == 0
    compared = json.loads(ok("compare", "HEAD~1", "HEAD", "--json"))
    assert compared["items"]["added"] == 2
    # Without them the raw data is what it was, byte for byte.
    path.unlink()
    (mine / "data/items/later.jsonl").unlink()
    (mine / "params.yaml").write_text(text)
    make_and_record(mine)
    assert hashes(mine) == before


def test_next_month_s_file_may_have_the_items_that_were_brought(mine: Path) -> None:
    known = ids(mine)
    fifty = known[-1] + 1
    brought(mine, "june", fifty, 1002)
    make_and_record(mine)
    commit(mine, "Bring items")
    ok("add", "../tickets-2026-02.csv", "--snapshot", "2026-02")
    make_and_record(mine)
    assert fifty in ids(mine)
    assert ids(mine) == sorted({*ids(mine)})
    items = pd.read_parquet(mine / "data/clean/items.parquet").set_index("id")
    assert not items.loc[fifty, "title"].startswith("The item")
    assert items.loc[1002, "title"] == "The item 1002"
    assert rows(mine)["added"] == {"rows": 2, "known": 1}
    assert "all hold" in ok("check")


def test_two_branches_that_bring_items_merge(mine: Path) -> None:
    names = ["main", "other"]
    run(mine, "git", "checkout", "--quiet", "-b", "other")
    brought(mine, "june", 1001, 1002)
    commit(mine, "June")
    run(mine, "git", "checkout", "--quiet", "-b", "third", "HEAD~1")
    brought(mine, "june", 1002, 1003)
    commit(mine, "June as well")
    run(mine, "git", "merge", "--quiet", "--no-edit", names[1])
    assert len(list((mine / "data/items").glob("*.jsonl"))) == 2
    make(mine, last="clean")
    assert ids(mine)[-3:] == [1001, 1002, 1003]


def test_a_repository_of_before_gets_the_folder_by_an_upgrade(mine: Path) -> None:
    shutil.rmtree(mine / "data/items")
    done = tagledger("upgrade")
    assert done.exit_code == 0, done.output
    assert "data/items/.gitkeep" in done.output
    assert (mine / "data/items/.gitkeep").read_bytes() == b""


# Nothing is labelled yet.


def without_labels(number: int = 30) -> str:
    lines = separated(",", "|", number).splitlines()
    return "".join(f"{line.rpartition(',')[0]}\n" for line in lines)


@pytest.fixture(scope="session")
def unlabelled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a repository of thirty items without a label, built and committed."""

    def make_it(folder: Path) -> None:
        folder.mkdir()
        (folder / "tickets.csv").write_text(without_labels())
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            said = ok("init", "mine", "--from", "tickets.csv", "--labels", "none")
        assert "tagledger annotate start" in said
        assert "nothing is labelled yet" in make_and_record(folder / "mine")
        commit(folder / "mine", "Build")

    return made_once(tmp_path_factory, "unlabelled", make_it)


@pytest.fixture
def unlabelled(unlabelled_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository, for this test alone; commands are run in it."""
    root = tmp_path / "mine"
    shutil.copytree(unlabelled_once / "mine", root, symlinks=True)
    monkeypatch.chdir(root)
    return root


def test_a_dataset_without_a_label_is_a_version(unlabelled: Path) -> None:
    document = yaml.safe_load((unlabelled / "data/sources.yaml").read_text())
    assert document["sources"]["tickets"]["reading"]["labels"] == "none"
    metrics = json.loads((unlabelled / "reports/metrics.json").read_text())
    assert (metrics["clean_items"], metrics["items"], metrics["labels"]) == (30, 0, 0)
    assert "all hold" in ok("check")
    assert "30 items" in ok("summary")
    assert "0 labels" in ok("summary")
    (item, *_) = ids(unlabelled)
    assert "0 filtered labels" in ok("blame", str(item))
    assert json.loads(ok("versions", "--json"))["versions"][0]["labels"] == 0
    assert "up to date" in run(unlabelled, "dvc", "repro")


def test_from_no_label_to_a_dataset(unlabelled: Path) -> None:
    ok("annotate", "start", "first", "--items", "all", "--tags", "music,tools", "--annotators", "a")
    tax = keep_taxonomy(unlabelled, TAGS)
    events = [
        Event("label", "ann", AT, item=str(item), asked=TAGS, yes=(TAGS[at % 3],), tax=tax)
        for at, item in enumerate(ids(unlabelled)[:27])
    ]
    write_session(unlabelled, events)
    make_and_record(unlabelled, "annotate")
    commit(unlabelled, "Label")
    metrics = json.loads((unlabelled / "reports/metrics.json").read_text())
    assert (metrics["items"], metrics["labels"], metrics["tags"]) == (27, 27, 3)
    assert sum(one["items"] for one in metrics["split"].values()) == 27
    compared = json.loads(ok("compare", "HEAD~1", "HEAD", "--json"))
    assert compared["labels"]["b"] == 27
    assert "all hold" in ok("check")
