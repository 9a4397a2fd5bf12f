"""Blame, a tag's history and the list of versions, on versions that git really has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tagledger import reports, tables
from tagledger.errors import TagledgerError
from tagledger.history import indexing
from tagledger.history.blame import Change, blame
from tagledger.history.indexing import open_index
from tagledger.history.tag_history import history
from tagledger.history.timeline import nearest_of_many
from tagledger.params import CleanParams, FilterParams
from tagledger.release.version_list import overview
from tagledger.versions import Repository, list_versions
from tests.dashboard.ledger import Ledger, State
from tests.once import made_once

Tags = Mapping[int | str, Sequence[str]]

FIRST = {
    1: ["cat", "pet"],
    2: ["cat", "seldom"],
    3: ["dog"],
    4: ["dog", "rare"],
    5: ["cat", "dog"],
    6: ["dog", "cat"],
}
# 1 is corrected, 6 is gone, 7 is new; with 2 and 4 the tag rare passes the threshold of 2.
SECOND = {
    1: ["dog", "pet"],
    2: ["cat", "rare", "seldom"],
    3: ["dog"],
    4: ["dog", "rare"],
    5: ["cat", "dog"],
    7: ["cat", "pet"],
}
# dog is called hound from now on.
THIRD = {item: ["hound" if tag == "dog" else tag for tag in tags] for item, tags in SECOND.items()}
KNOWN = ("cat", "dog", "hound", "pet", "rare")
TITLES = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath", "islet", "jetty")


def state(tags_of: Tags, **rules: object) -> State:
    rows = [
        {
            "id": item,
            "created_on": f"2024-01-{number + 1:02}",
            "title": f"{TITLES[number]} {item}",
            "description": f"{TITLES[number]} " * 3,
            "tags": list(tags),
        }
        for number, (item, tags) in enumerate(tags_of.items())
    ]
    taxonomy = [{"tag": tag, "aliases": [], "parents": []} for tag in KNOWN]
    return State(**{"rows": rows, "taxonomy": taxonomy} | rules)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three releases; the work tree has the last."""
    return made_once(tmp_path_factory, "blamed", tell)


def tell(root: Path) -> None:
    ledger = Ledger(root)
    for number, tags_of in enumerate((FIRST, SECOND, THIRD)):
        ledger.build(state(tags_of))
        tags = tables.read(ledger.root / tables.FILTERED_TAGS)
        tables.write_csv(tags[tags["count"] > 0], ledger.root / reports.TAGS)
        ledger.commit(f"data: number {number}", f"v1.{number}.0")


@pytest.fixture(scope="module")
def seen(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """For tests that change nothing: they share an index of the versions."""
    root = tmp_path_factory.mktemp("seen") / "repo"
    shutil.copytree(told, root, symlinks=True)
    return Ledger.at(root)


@pytest.fixture
def ledger(told: Path, tmp_path: Path) -> Ledger:
    shutil.copytree(told, tmp_path / "repo", symlinks=True)
    return Ledger.at(tmp_path / "repo")


def repo(ledger: Ledger) -> Repository:
    return Repository.find(ledger.root)


def today(ledger: Ledger, item: int | str, **options: object) -> dict[str, tuple[str, str | None]]:
    """Tag: (version, cause) of the labels that the item has."""
    found = blame(repo(ledger), item, **options)  # type: ignore[arg-type]
    return {
        one.tag: (one.brought.version, one.brought.cause)
        for one in found.labels
        if one.taken is None
    }


def lost(ledger: Ledger, item: int | str, **options: object) -> dict[str, tuple[str, str | None]]:
    found = blame(repo(ledger), item, **options)  # type: ignore[arg-type]
    return {one.tag: (one.taken.version, one.taken.cause) for one in found.labels if one.taken}


# Blame


def test_each_label_of_today_has_its_version_and_cause(seen: Ledger) -> None:
    assert today(seen, 1) == {
        "hound": ("v1.2.0", "renamed"),
        "pet": ("v1.1.0", "threshold"),
    }
    assert today(seen, 2) == {"cat": ("v1.0.0", None), "rare": ("v1.1.0", "source_edited")}
    assert today(seen, 4)["rare"] == ("v1.1.0", "threshold")
    assert today(seen, 7) == {"cat": ("v1.1.0", "item_added"), "pet": ("v1.1.0", "item_added")}


def test_each_label_that_was_lost_has_too(seen: Ledger) -> None:
    assert lost(seen, 1) == {
        "cat": ("v1.1.0", "source_edited"),
        "dog": ("v1.2.0", "renamed"),
    }
    assert lost(seen, 6) == {
        "cat": ("v1.1.0", "item_removed"),
        "dog": ("v1.1.0", "item_removed"),
    }


def test_a_change_names_commit_author_and_date(seen: Ledger) -> None:
    (label,) = [one for one in blame(repo(seen), 1).labels if one.tag == "cat"]
    assert label.taken == Change(
        version="v1.1.0",
        commit=seen.git("rev-parse", "v1.1.0^{commit}"),
        date=label.taken.date,
        author="Ada Tester",
        subject="data: number 1",
        cause="source_edited",
        after="v1.0.0",
        between=(),
    )
    assert label.taken.date.isoformat() == "2024-02-14T12:00:00+00:00"
    assert (label.brought.version, label.brought.after) == ("v1.0.0", None)


def test_the_item_has_a_title_and_may_be_gone(seen: Ledger) -> None:
    found = blame(repo(seen), 6)
    assert (found.title, found.exists, found.version) == ("fjord 6", False, "v1.2.0")
    found = blame(repo(seen), "5")
    assert (found.id, found.title, found.exists) == (5, "ember 5", True)


def test_layers_have_their_own_story(seen: Ledger) -> None:
    assert today(seen, 4, layer="clean")["rare"] == ("v1.0.0", None)
    assert today(seen, 4, layer="raw")["rare"] == ("v1.0.0", None)
    assert lost(seen, 4, layer="raw") == {"dog": ("v1.2.0", "renamed")}


def test_what_is_in_no_commit_is_the_workspace_s(ledger: Ledger) -> None:
    ledger.build(state(THIRD | {3: ["cat"]}))
    assert today(ledger, 3) == {"cat": ("workspace", "source_edited")}
    found = blame(repo(ledger), 3)
    assert found.version == "workspace"
    assert {one.taken.commit for one in found.labels if one.taken} == {None, *_commits(ledger, 2)}


def _commits(ledger: Ledger, *numbers: int) -> list[str]:
    return [ledger.git("rev-parse", f"v1.{number}.0^{{commit}}") for number in numbers]


def test_a_label_that_came_back_is_its_last_commit_s(ledger: Ledger) -> None:
    ledger.build(state(SECOND))
    back = ledger.commit("data: back to dogs")
    assert today(ledger, 3) == {"dog": (back[:7], "renamed")}
    assert lost(ledger, 3) == {"hound": (back[:7], "renamed")}
    (label,) = [one for one in blame(repo(ledger), 3).labels if one.taken]
    assert label.brought.version == "v1.2.0"


def test_a_rule_of_the_pipeline_is_a_cause(ledger: Ledger) -> None:
    ledger.release(
        state(THIRD, filter=FilterParams(min_tag_count=2, exclude=["cat"])), "v1.3.0", "no cats"
    )
    assert lost(ledger, 2) == {"cat": ("v1.3.0", "taxonomy_or_list")}
    ledger.release(
        state(
            THIRD,
            taxonomy=[
                {"tag": "canine", "aliases": ["hound"], "parents": []},
                {"tag": "cat", "aliases": [], "parents": []},
            ],
            clean=CleanParams(resolve_aliases=True, max_quarantined=0.5),
        ),
        "v2.0.0",
        "aliases",
    )
    assert today(ledger, 3) == {"canine": ("v2.0.0", "renamed")}
    assert today(ledger, 2)["cat"] == ("v2.0.0", "taxonomy_or_list")


def test_at_a_merge_a_label_is_followed_along_the_parent_that_agrees(ledger: Ledger) -> None:
    ledger.git("checkout", "--quiet", "-b", "side")
    ledger.build(state(THIRD | {3: ["hound", "cat"]}))
    side = ledger.commit("data: 3 is a cat too")
    ledger.git("checkout", "--quiet", "main")
    ledger.build(state(THIRD | {7: ["cat", "pet", "hound"]}))
    mine = ledger.commit("data: 7 is a hound too")
    subprocess.run(["git", "merge", "--quiet", "side"], cwd=ledger.root, capture_output=True)  # noqa: PLW1510 - ends in a conflict
    ledger.build(state(THIRD | {3: ["hound", "cat"], 7: ["cat", "pet", "hound"]}))
    ledger.commit("data: both")
    assert today(ledger, 3)["cat"] == (side[:7], "source_edited")
    assert today(ledger, 7)["hound"] == (mine[:7], "source_edited")
    assert today(ledger, 2) == {"cat": ("v1.0.0", None), "rare": ("v1.1.0", "source_edited")}


def test_ids_may_be_text(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "repo")
    tags_of = {f"item-{item}": tags for item, tags in FIRST.items()}
    ledger.release(state(tags_of), "v1.0.0", "one")
    ledger.release(state(tags_of | {"item-2": ["cat", "dog"], "12": ["cat"]}), "v1.1.0", "two")
    assert today(ledger, "item-2") == {
        "cat": ("v1.0.0", None),
        "dog": ("v1.1.0", "source_edited"),
    }
    assert today(ledger, "12") == {"cat": ("v1.1.0", "item_added")}
    with pytest.raises(TagledgerError) as caught:
        blame(repo(ledger), "item_2")
    assert "did you mean item-2" in caught.value.hint


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        (99, "ids run from 1 to 7"),
        ("-4", "ids run from 1 to 7"),
        (10**30, "ids run from 1 to 7"),
        ("six", "give a number"),
        ("1.5", "give a number"),
    ],
)
def test_an_unknown_id_is_an_error_that_helps(seen: Ledger, item: int | str, hint: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        blame(repo(seen), item)
    assert hint in caught.value.hint


def test_between_two_ids_both_are_named(ledger: Ledger) -> None:
    ledger.build(state({1: ["cat"], 2: ["cat"], 40: ["cat"]}))
    with pytest.raises(TagledgerError) as caught:
        blame(repo(ledger), 20)
    assert caught.value.hint == "the nearest are 7 and 40"


def test_an_item_without_labels_is_known(ledger: Ledger) -> None:
    ledger.build(state(THIRD | {8: ["seldom"]}))
    found = blame(repo(ledger), 8)
    assert (found.exists, found.labels, found.title) == (True, [], "grove 8")


# Missing data


def lose(ledger: Ledger, version: str, path: str = "data/filtered/labels.parquet") -> None:
    ledger.object(path, version).unlink()


def test_a_version_without_data_is_named_and_stepped_over(ledger: Ledger) -> None:
    lose(ledger, "v1.1.0")
    found = blame(repo(ledger), 1)
    assert [one.version.name for one in found.missing] == ["v1.1.0"]
    assert "`tagledger rebuild v1.1.0`" in found.missing[0].problem.hint
    changes = {one.tag: one.taken or one.brought for one in found.labels}
    assert changes["pet"].version == "v1.2.0"
    assert (changes["pet"].after, changes["pet"].between) == ("v1.0.0", ("v1.1.0",))


def test_without_the_first_version_nobody_knows_what_was_there(ledger: Ledger) -> None:
    lose(ledger, "v1.0.0")
    (label,) = [one for one in blame(repo(ledger), 2).labels if one.tag == "cat"]
    assert (label.brought.version, label.brought.after) == ("v1.1.0", None)
    assert label.brought.between == ("v1.0.0",)


def test_where_today_is_missing_the_latest_before_it_counts(ledger: Ledger) -> None:
    lose(ledger, "v1.2.0")
    found = blame(repo(ledger), 3)
    assert (found.version, [one.tag for one in found.labels]) == ("v1.1.0", ["dog"])
    assert [one.version.name for one in found.missing] == ["v1.2.0"]


def test_a_cause_that_cannot_be_told_is_none(ledger: Ledger) -> None:
    lose(ledger, "v1.1.0", "data/filtered/tags.parquet")
    found = blame(repo(ledger), 1)
    changes = {one.tag: one.taken or one.brought for one in found.labels}
    assert (changes["pet"].version, changes["pet"].cause) == ("v1.1.0", None)
    assert [one.version.name for one in found.missing] == ["v1.1.0"]


def test_without_any_data_it_is_an_error(ledger: Ledger) -> None:
    ledger.lose_cache()
    with pytest.raises(TagledgerError) as caught:
        blame(repo(ledger), 1)
    assert "tagledger rebuild v1.2.0" in caught.value.hint
    with pytest.raises(TagledgerError):
        history(repo(ledger), "cat")


def test_a_damaged_file_is_named_with_what_mends_it(ledger: Ledger) -> None:
    damaged = ledger.object("data/filtered/labels.parquet", "v1.1.0")
    damaged.write_bytes(damaged.read_bytes()[:-9] + b"123456789")
    (missing,) = blame(repo(ledger), 1).missing
    assert str(damaged) == missing.problem.where
    assert "tagledger rebuild v1.1.0" in missing.problem.hint


def test_a_shallow_clone_says_so(ledger: Ledger, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    ledger.git("clone", "--quiet", "--depth", "1", f"file://{ledger.root}", str(clone))
    shutil.copytree(ledger.root / ".dvc" / "cache", clone / ".dvc" / "cache")
    found = blame(Repository.find(clone), 1)
    assert found.shallow
    assert {one.tag: one.brought.after for one in found.labels} == {"hound": None, "pet": None}


# History


def test_a_tag_over_all_versions(seen: Ledger) -> None:
    found = history(repo(seen), "rare")
    assert [
        (one.version, one.clean_count, one.count, one.decision, one.in_workspace)
        for one in found.states
    ] == [
        ("v1.0.0", 1, 0, "below_threshold", False),
        ("v1.1.0", 2, 2, "kept", False),
        ("v1.2.0", 2, 2, "kept", True),
    ]
    # Of 11 labels on 6 items.
    assert found.states[1].share == pytest.approx(2 / 11)
    assert found.states[1].presence == pytest.approx(2 / 6)
    assert found.states[0].share == 0


def test_a_rename_is_told_from_both_sides(seen: Ledger) -> None:
    for tag in ("dog", "hound"):
        found = history(repo(seen), tag)
        (rename,) = [rename for one in found.states for rename in one.renames]
        assert (rename.kind, rename.before, rename.after) == ("rename", ("dog",), ("hound",))
        assert rename.items == 4
        assert found.states[2].renames == [rename]
    assert not any(one.renames for one in history(repo(seen), "cat").states)
    assert [one.decision for one in history(repo(seen), "hound").states] == [
        "below_threshold",
        "below_threshold",
        "kept",
    ]
    assert {one.decision for one in history(repo(seen), "seldom").states} == {"not_in_taxonomy"}


def test_the_workspace_is_the_last_row(ledger: Ledger) -> None:
    ledger.build(state(THIRD | {8: ["cat"]}))
    last = history(repo(ledger), "cat").states[-1]
    assert (last.version, last.commit, last.count, last.in_workspace) == (
        "workspace",
        None,
        4,
        True,
    )


def test_an_unknown_tag_is_an_error_that_names_those_like_it(seen: Ledger) -> None:
    with pytest.raises(TagledgerError) as caught:
        history(repo(seen), "hounds")
    assert caught.value.hint == "did you mean hound?"


def test_history_steps_over_missing_versions(ledger: Ledger) -> None:
    lose(ledger, "v1.1.0")
    found = history(repo(ledger), "dog")
    assert [one.version for one in found.states] == ["v1.0.0", "v1.2.0"]
    assert [one.version.name for one in found.missing] == ["v1.1.0"]
    assert found.states[1].renames[0].after == ("hound",)


def test_history_says_what_it_can_where_a_part_is_missing(ledger: Ledger) -> None:
    lose(ledger, "v1.1.0", "data/clean/labels.parquet")
    lose(ledger, "v1.0.0", "data/filtered/tags.parquet")
    found = history(repo(ledger), "dog")
    assert [one.count for one in found.states] == [4, 4, 0]
    assert [one.clean_count for one in found.states] == [4, None, 0]
    assert [one.decision for one in found.states] == [None, "kept", "below_threshold"]
    assert {one.version.name for one in found.missing} == {"v1.0.0", "v1.1.0"}


def test_nearest_of_many_stays_short() -> None:
    many = [f"word-{number}" for number in range(5000)]
    assert nearest_of_many("Word-77", many).startswith("did you mean word-77")
    assert nearest_of_many("zzz", many) == "known: word-0, word-1, word-10 and 4,997 more"
    assert nearest_of_many("zzz", []) == "none is known"


# The index of the versions


def test_a_second_look_reads_no_table(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = list_versions(repo(ledger))
    first, missing = open_index(repo(ledger), versions, "filtered")
    assert missing == []
    ledger.lose_cache()
    again, missing = open_index(repo(ledger), versions, "filtered")
    assert missing == []
    assert again.tables == first.tables


def test_names_and_commits_cost_nothing(ledger: Ledger) -> None:
    open_index(repo(ledger), list_versions(repo(ledger)), "filtered")
    ledger.lose_cache()
    ledger.git("tag", "-a", "v9.0.0", "-m", "again", "v1.0.0^{commit}")
    ledger.git("tag", "-d", "v1.2.0")
    ledger.git("commit", "--quiet", "--amend", "-m", "data: another name")
    versions = list_versions(repo(ledger))
    assert open_index(repo(ledger), versions, "filtered")[1] == []


def test_a_new_version_is_added_to_the_index(ledger: Ledger) -> None:
    open_index(repo(ledger), list_versions(repo(ledger)), "filtered")
    lose(ledger, "v1.0.0")
    ledger.release(state(FIRST | {1: ["dog"]}), "v1.3.0", "another")
    read: list[str] = []
    found, missing = open_index(
        repo(ledger), list_versions(repo(ledger)), "filtered", progress=read.append
    )
    assert (len(found.tables), missing) == (4, [])
    assert read == ["reading the filtered labels of v1.3.0"]


def test_a_damaged_index_is_made_anew(ledger: Ledger) -> None:
    versions = list_versions(repo(ledger))
    first, _ = open_index(repo(ledger), versions, "filtered")
    file = ledger.root / indexing.FOLDER / "filtered.arrays"
    file.write_bytes(file.read_bytes()[:-1])
    again, missing = open_index(repo(ledger), versions, "filtered")
    assert (again.tables, missing) == (first.tables, [])
    assert indexing.read_index(file).tables == first.tables


def test_what_nobody_asks_for_is_dropped_in_the_end(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "MOST_TABLES", 3)
    ledger.build(state(FIRST | {1: ["dog"]}))
    assert len(open_index(repo(ledger), list_versions(repo(ledger)), "filtered")[0].tables) == 4
    ledger.build(state(FIRST | {1: ["cat", "dog"]}))
    found, _ = open_index(repo(ledger), list_versions(repo(ledger)), "filtered")
    assert len(found.tables) == 4


def test_ids_of_another_kind_are_left_out(ledger: Ledger) -> None:
    open_index(repo(ledger), list_versions(repo(ledger)), "filtered")
    tags_of = {f"item-{item}": tags for item, tags in THIRD.items()}
    ledger.release(state(tags_of), "v2.0.0", "text")
    found = blame(repo(ledger), "item-2")
    assert {one.tag: one.brought.version for one in found.labels} == {
        "cat": "v2.0.0",
        "rare": "v2.0.0",
    }
    assert [one.version.name for one in found.missing] == ["v1.0.0", "v1.1.0", "v1.2.0"]
    assert "id_type: string" in found.missing[0].problem.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_read(ledger: Ledger) -> None:
    ledger.root.chmod(0o500)
    try:
        assert today(ledger, 3) == {"hound": ("v1.2.0", "renamed")}
    finally:
        ledger.root.chmod(0o700)


def test_an_index_that_cannot_be_kept_is_used_all_the_same(ledger: Ledger) -> None:
    (ledger.root / ".tagledger").write_text("in the way")
    assert today(ledger, 3) == {"hound": ("v1.2.0", "renamed")}


def test_processes_at_once_do_not_harm_it(ledger: Ledger) -> None:
    # Each is forked when the libraries are loaded, and goes on when the first one closes the pipe.
    code = (
        "import os, sys; from tagledger.versions import *\n"
        "from tagledger.history.indexing import open_index\n"
        "waiting, go = os.pipe()\n"
        "for name in sys.argv[1:]:\n"
        "    if os.fork() == 0:\n"
        "        os.close(go)\n"
        "        os.read(waiting, 1)\n"
        "        repo = Repository.find(); version = find_version(repo, name)\n"
        "        index, missing = open_index(repo, [version], 'filtered')\n"
        "        cats = max(index.counts(one).get('cat', 0) for one in index.tables)\n"
        "        print(len(missing), cats > 0, flush=True)\n"
        "        os._exit(0)\n"
        "os.close(go)\n"
        "sys.exit(sum(os.wait()[1] for _ in sys.argv[1:]))\n"
    )
    names = ["v1.0.0", "v1.1.0", "v1.2.0"]
    done = subprocess.run(
        [sys.executable, "-c", code, *names],
        cwd=ledger.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "0 True\n" * 3), done.stderr
    file = ledger.root / indexing.FOLDER / "filtered.arrays"
    assert len(indexing.read_index(file).tables) == 3


# The list of versions


def test_versions_at_a_glance(seen: Ledger) -> None:
    rows = {row.name: row for row in overview(repo(seen)).rows}
    assert list(rows) == ["v1.2.0", "v1.1.0", "v1.0.0"]
    row = rows["v1.1.0"]
    assert (row.items, row.labels, row.tags) == (6, 11, 4)
    assert (row.failed_checks, row.state, row.data, row.in_workspace) == (
        0,
        "not compared",
        "cache",
        False,
    )
    assert rows["v1.2.0"].in_workspace


def test_data_is_not_read_for_it(ledger: Ledger) -> None:
    ledger.lose_cache()
    rows = overview(repo(ledger)).rows
    assert [row.data for row in rows] == ["missing"] * 3
    assert [row.items for row in rows] == [6, 6, 6]


def commit_params(ledger: Ledger, gates: str) -> None:
    file = ledger.root / "params.yaml"
    file.write_text(file.read_text().replace("gates: {}\n", gates))
    ledger.git("commit", "--quiet", "--all", "--amend", "-m", "gates")
    ledger.git("tag", "-f", "-a", "v1.2.0", "-m", "gates")


@pytest.mark.parametrize(
    ("gates", "state", "broken"),
    [
        (
            "gates: {min_tag_count: 2, max_train_to_test: null, max_renamed: null}\n",
            "hold",
            [],
        ),
        ("gates: {min_tag_count: 2, max_scumble: 0.9}\n", "not compared", []),
        ("gates: {min_tag_count: 3}\n", "broken", ["min_tag_count"]),
        (
            "gates: {max_mean_ir: 1, max_out_of_taxonomy: 0}\n",
            "broken",
            ["max_mean_ir", "max_out_of_taxonomy"],
        ),
        ("gates: {from_another_time: 1}\n", "unknown", []),
    ],
)
def test_each_version_has_the_gates_of_its_own_params(
    ledger: Ledger, gates: str, state: str, broken: list[str]
) -> None:
    commit_params(ledger, gates)
    rows = {row.name: row for row in overview(repo(ledger)).rows}
    assert rows["v1.2.0"].state == state
    assert [gate.name for gate in rows["v1.2.0"].gates if gate.broken] == broken
    assert rows["v1.1.0"].state == "not compared"


def test_reports_of_another_time_are_unknown(ledger: Ledger) -> None:
    (ledger.root / "reports" / "metrics.json").write_text("not JSON")
    (ledger.root / "reports" / "quality.json").unlink()
    commit_params(ledger, "")
    row = overview(repo(ledger)).rows[0]
    assert (row.name, row.items, row.failed_checks, row.state) == ("v1.2.0", None, None, "unknown")
