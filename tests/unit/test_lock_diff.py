"""The label difference that git shows for dvc.lock, in numbers and in lines."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tagledger.compare.compare import compare
from tagledger.dataset import open_dataset, read_sides
from tagledger.errors import TagledgerError
from tagledger.history.lock_diff import LockDiff, TagChange, diff_locks
from tagledger.params import FilterParams
from tagledger.render.lock_diff import lock_diff_lines, lock_problem_lines
from tests.dashboard.ledger import Ledger, State

FIRST = {1: ["cat", "pet"], 2: ["cat", "dog"], 3: ["dog"], 4: ["dog"], 5: ["cat"], 6: ["cat"]}
# 1 loses pet and gains dog; 6 is gone with its cat; 7 comes with two; dog is called hound.
SECOND = {
    1: ["cat", "hound"],
    2: ["cat", "hound"],
    3: ["hound"],
    4: ["hound"],
    5: ["cat"],
    7: ["cat", "pet"],
}
TAGS = ("cat", "dog", "hound", "pet")


def state(tags_of: dict[int, list[str]]) -> State:
    names = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heath")
    return State(
        rows=[
            {"id": item, "created_on": None, "title": names[item], "description": "", "tags": tags}
            for item, tags in tags_of.items()
        ],
        taxonomy=[{"tag": tag, "aliases": [], "parents": []} for tag in TAGS],
        filter=FilterParams(min_tag_count=1),
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = Ledger(tmp_path_factory.mktemp("locks") / "repo")
    ledger.release(state(FIRST), "v1.0.0", "one")
    ledger.release(state(SECOND), "v2.0.0", "two")
    return ledger.root


@pytest.fixture
def ledger(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    shutil.copytree(told, tmp_path / "repo", symlinks=True)
    monkeypatch.chdir(tmp_path / "repo")  # git runs its drivers there
    return Ledger.at(tmp_path / "repo")


def lock(ledger: Ledger, revision: str) -> Path:
    """A file with the dvc.lock of a revision, as git gives it to its drivers."""
    file = ledger.root / ".git" / f"{revision}.lock"
    file.write_text(ledger.git("show", f"{revision}:dvc.lock") + "\n")
    return file


def diff(old: Path, new: Path) -> LockDiff:
    return diff_locks("dvc.lock", old, new, ("blob aaa", "blob bbb"))


def test_the_numbers(ledger: Ledger) -> None:
    found = diff(lock(ledger, "v1.0.0"), lock(ledger, "v2.0.0"))
    assert found.a is not None
    assert found.b is not None
    assert (found.a.name, found.b.name) == ("v1.0.0", "v2.0.0")
    assert (found.items_a, found.items_b, found.items_added, found.items_removed) == (6, 6, 1, 1)
    assert found.relabelled == 4
    assert (found.labels_a, found.labels_b) == (8, 9)
    # On kept items: pet of 1 and three dogs go, four hounds come.
    assert (found.removed, found.added, found.left, found.came) == (4, 4, 1, 2)
    assert (found.tags_a, found.tags_b) == (3, 3)
    assert list(found.tags) == [TagChange("hound", 0, 4), TagChange("dog", 3, 0)]
    (rename,) = found.renames
    assert (rename.before, rename.after, rename.items) == (("dog",), ("hound",), 3)


def test_the_other_way_round_it_is_the_opposite(ledger: Ledger) -> None:
    there = diff(lock(ledger, "v1.0.0"), lock(ledger, "v2.0.0"))
    back = diff(lock(ledger, "v2.0.0"), lock(ledger, "v1.0.0"))
    assert (back.added, back.removed, back.came, back.left) == (
        there.removed,
        there.added,
        there.left,
        there.came,
    )


def test_the_first_commit_comes_from_nothing(ledger: Ledger) -> None:
    found = diff(Path("/dev/null"), lock(ledger, "v1.0.0"))
    assert found.a is None
    assert (found.items_a, found.items_b, found.came, found.added) == (0, 6, 8, 0)
    assert lock_diff_lines("dvc.lock", found)[0].startswith("dvc.lock: nothing → v1.0.0")
    gone = diff(lock(ledger, "v1.0.0"), Path("/dev/null"))
    assert (gone.left, gone.items_removed, gone.b) == (8, 6, None)


def test_lines_tell_a_rename_once(ledger: Ledger) -> None:
    lines = lock_diff_lines("dvc.lock", diff(lock(ledger, "v1.0.0"), lock(ledger, "v2.0.0")))
    assert [line.rstrip() for line in lines] == [
        "dvc.lock: v1.0.0 (2024-01-15) → v2.0.0 (2024-02-14)",
        "  items   6 → 6            +1 \u22121, 4 relabelled",
        (
            "  labels  8 → 9            +4 \u22124 on kept items, "
            "+2 \u22121 on added and removed items"
        ),
        "  tags    3 → 3            +1 \u22121",
        "  rename  dog → hound (3 items)",
    ]


def test_a_lock_of_no_commit_is_called_what_git_calls_it(ledger: Ledger) -> None:
    ledger.build(state(SECOND | {3: ["cat"]}))
    found = diff(lock(ledger, "v2.0.0"), Path("dvc.lock"))
    assert found.b is not None
    assert found.b.name == "workspace"
    ledger.git("stash", "--quiet")
    found = diff(lock(ledger, "v2.0.0"), lock(ledger, "stash@{0}"))
    assert found.b is not None
    assert found.b.name == "blob bbb"
    assert "    \u22121  hound" in "\n".join(lock_diff_lines("dvc.lock", found))


def test_equal_labels_leave_the_outputs_that_differ(ledger: Ledger) -> None:
    text = lock(ledger, "v2.0.0").read_text()
    other = ledger.root / ".git" / "other.lock"
    quarantine = text.index("quarantine.parquet")
    md5 = text.index("md5: ", quarantine) + 5
    other.write_text(f"{text[:md5]}{'0' * 32}{text[md5 + 32 :]}")
    lines = lock_diff_lines("dvc.lock", diff(lock(ledger, "v2.0.0"), other))
    assert lines[1:] == [
        "  all 9 filtered labels are the same",
        "  changed: data/clean/quarantine.parquet",
    ]


def test_equal_data_is_said_to_be(ledger: Ledger) -> None:
    old = lock(ledger, "v2.0.0")
    new = ledger.root / ".git" / "new.lock"
    new.write_text(old.read_text().replace("cmd: python", "cmd: python3"))
    lines = lock_diff_lines("dvc.lock", diff(old, new))
    assert lines[1:] == ["  the data is the same; code or parameters changed"]


def test_data_that_is_missing_is_an_error_that_fits_one_line_each(ledger: Ledger) -> None:
    old, new = lock(ledger, "v1.0.0"), lock(ledger, "v2.0.0")
    ledger.lose_cache()
    with pytest.raises(TagledgerError) as caught:
        diff(old, new)
    lines = lock_problem_lines("dvc.lock", caught.value)
    assert lines[0].startswith("dvc.lock: the cache does not have ")
    assert lines[1] == "  next: `tagledger rebuild v1.0.0`"


def without_labels(tags_of: dict[int, list[str]], *ids: int) -> dict[int, list[str]]:
    return tags_of | {item: [] for item in ids}


@pytest.mark.parametrize("kind", [int, str], ids=["integers", "text"])
def test_items_that_lose_their_last_label_drop_out_and_are_not_removed(
    kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Ledger(tmp_path / "repo")
    monkeypatch.chdir(made.root)
    for name, tags_of in {
        "v1.0.0": without_labels(FIRST, 6),
        "v2.0.0": without_labels(FIRST, 1, 3) | {7: []},
    }.items():
        told = state(tags_of)
        rows = [row | {"id": kind(row["id"])} for row in told.rows]
        made.release(replace(told, rows=rows), name, name)
    found = diff(lock(made, "v1.0.0"), lock(made, "v2.0.0"))
    assert (found.items_a, found.items_b, found.items_added, found.items_removed) == (6, 7, 1, 0)
    assert (found.layer_a, found.layer_b, found.entered, found.dropped) == (5, 4, 1, 2)
    assert (found.relabelled, found.removed, found.added, found.left, found.came) == (3, 3, 1, 0, 0)
    lines = lock_diff_lines("dvc.lock", found)
    assert lines[1].split(maxsplit=4)[-1] == "+1, 3 relabelled, 1 entered, 2 dropped"
    a, b = (open_dataset(name, made.root) for name in ("v1.0.0", "v2.0.0"))
    whole = compare(*read_sides(a, b, "filtered"), permutations=1)
    names = {"items_a": "a", "items_b": "b", "items_added": "added", "items_removed": "removed"}
    names |= {name: name for name in ("relabelled", "entered", "dropped", "layer_a", "layer_b")}
    assert {one: getattr(found, one) for one in names} == {
        one: getattr(whole.items, other) for one, other in names.items()
    }


def test_the_index_is_enough(ledger: Ledger) -> None:
    old, new = lock(ledger, "v1.0.0"), lock(ledger, "v2.0.0")
    first = diff(old, new)
    ledger.lose_cache()
    assert diff(old, new) == first


def test_many_tags_are_cut_short(ledger: Ledger) -> None:
    found = diff(lock(ledger, "v1.0.0"), lock(ledger, "v2.0.0"))
    tags = [TagChange(f"tag-{number:02}", 0, 40 - number) for number in range(20)]
    tags.append(TagChange("\x1b[31mred", 5, 2))
    lines = lock_diff_lines("dvc.lock", LockDiff(**{**vars(found), "tags": tags, "renames": []}))
    assert lines[-1] == "           and 9 more tags"
    assert all("\x1b" not in line and len(line) <= 80 for line in lines)
