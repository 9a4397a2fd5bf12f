"""What is kept of a history is what git has of it, and holds while the history is the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.versions import Repository, commit_data, read_listing
from tagledger.versions.commit_data import SHELF, CommitData
from tagledger.versions.commits import Commit
from tagledger.versions.dvc_lock import Output
from tests.dashboard import story
from tests.dashboard.ledger import Ledger

RECORDS = """\
- name: v0.9.0
  data: {data}
  date: 2024-01-31
  summary: the first
"""


@pytest.fixture
def ledger(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Ledger:
    """A repository of a few versions, of which nothing is kept yet; a short history is kept too."""
    monkeypatch.setattr(commit_data, "FEW", 0)
    root = tmp_path / "ledger"
    shutil.copytree(story.told_once(tmp_path_factory).root, root, symlinks=True)
    shutil.rmtree(root / ".git" / "tagledger", ignore_errors=True)
    return Ledger.at(root)


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often git has walked a history since this was asked before."""
    asked: list[str] = []
    run = subprocess.run

    def counted(words: Any, **options: Any) -> Any:
        asked.extend(word for word in words if word == "--topo-order")
        return run(words, **options)

    monkeypatch.setattr(subprocess, "run", counted)

    def since() -> int:
        times = len(asked)
        asked.clear()
        return times

    return since


def listed(ledger: Ledger) -> str:
    repository = Repository.find(ledger.root)
    listing = read_listing(repository)
    return repr((listing, repository.problems))


def kept(ledger: Ledger) -> list[Path]:
    return sorted(SHELF.folder(ledger.root / ".git").glob("*"))


def test_a_history_is_walked_once(ledger: Ledger, walks: Callable[[], int]) -> None:
    first = listed(ledger)
    assert walks() > 0
    assert listed(ledger) == first
    assert walks() == 0
    shutil.rmtree(ledger.root / ".git" / "tagledger")
    assert listed(ledger) == first
    assert walks() > 0


def test_releases_on_record_are_the_same_again(ledger: Ledger, walks: Callable[[], int]) -> None:
    data = read_listing(Repository.find(ledger.root)).versions[0].data_id
    (ledger.root / "data" / "releases.yaml").write_text(RECORDS.format(data=data))
    ledger.git("add", "--force", "data/releases.yaml")
    ledger.git("commit", "--quiet", "--message", "on record")
    walks()
    first = listed(ledger)
    assert "v0.9.0" in first
    assert walks() > 0
    assert listed(ledger) == first
    assert walks() == 0


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        (["tag", "--annotate", "--message", "again", "v9.0.0"], True),
        (["tag", "light"], True),
        (["tag", "--delete", "v1.0.0"], True),
        # Tags lead to the data of all commits.
        (["commit", "--quiet", "--allow-empty", "--message", "another"], False),
        (["reset", "--quiet", "--soft", "HEAD~1"], False),
    ],
    ids=lambda words: " ".join(words[:2]) if isinstance(words, list) else "",
)
def test_another_history_is_walked(
    ledger: Ledger, walks: Callable[[], int], change: list[str], *, shows: bool
) -> None:
    before = listed(ledger)
    ledger.git(*change)
    walks()
    after = listed(ledger)
    assert walks() > 0
    assert (after != before) == shows
    shutil.rmtree(ledger.root / ".git" / "tagledger")
    assert listed(ledger) == after


def test_a_record_that_is_new_in_the_work_tree_is_looked_for(
    ledger: Ledger, walks: Callable[[], int]
) -> None:
    listing = read_listing(Repository.find(ledger.root))
    walks()
    file = ledger.root / "data" / "releases.yaml"
    file.write_text(RECORDS.format(data=listing.versions[-1].data_id))
    assert "v0.9.0" in listed(ledger)
    assert walks() > 0


def test_a_history_that_was_cut_off_is_another(ledger: Ledger, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", f"file://{ledger.root}", str(clone)], check=True)
    subprocess.run("git tag | xargs git tag --delete", cwd=clone, shell=True, check=True)
    whole = listed(Ledger.at(clone))
    fetch = ["git", "fetch", "--quiet", "--no-tags"]
    subprocess.run([*fetch, "--depth", "1"], cwd=clone, check=True)
    assert listed(Ledger.at(clone)) != whole
    subprocess.run([*fetch, "--unshallow"], cwd=clone, check=True)
    assert listed(Ledger.at(clone)) == whole


def test_ids_are_as_long_as_git_has_them_now(ledger: Ledger) -> None:
    before = listed(ledger)
    ledger.git("config", "core.abbrev", "20")
    after = listed(ledger)
    assert after != before
    shutil.rmtree(ledger.root / ".git" / "tagledger")
    assert listed(ledger) == after


def test_a_file_that_git_has_lost_is_there_when_it_is_back(ledger: Ledger) -> None:
    whole = listed(ledger)
    shutil.rmtree(ledger.root / ".git" / "tagledger")
    blob = ledger.git("rev-parse", "v1.1.0:dvc.lock").strip()
    file = ledger.root / ".git" / "objects" / blob[:2] / blob[2:]
    file.rename(tmp := ledger.root / "lost")
    assert listed(ledger) != whole
    tmp.rename(file)
    assert listed(ledger) == whole


def test_the_folder_may_have_a_name_that_is_not_utf8(ledger: Ledger, tmp_path: Path) -> None:
    root = tmp_path / "git" / os.fsdecode(b"caf\xe9")
    shutil.copytree(ledger.root, root, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    run = partial(subprocess.run, cwd=root, check=True)
    run(["git", "init", "--quiet", str(tmp_path / "git")])
    run(["git", "add", "--force", "dvc.lock", "dvc.yaml"])
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    run(["git", *who, "commit", "--quiet", "--message", "data"])
    first = repr(read_listing(Repository.find(root)))
    assert "data" in first
    assert repr(read_listing(Repository.find(root))) == first


@pytest.mark.parametrize("content", [b"[]", b"{}", b"xx", b"null"])
def test_what_is_whole_and_no_history_is_read_again(
    ledger: Ledger, walks: Callable[[], int], content: bytes
) -> None:
    first = listed(ledger)
    (file,) = kept(ledger)
    SHELF.keep(ledger.root / ".git", file.name, content)
    walks()
    assert listed(ledger) == first
    assert walks() > 0


def test_a_commit_that_cannot_be_read_is_said_each_time(
    ledger: Ledger, walks: Callable[[], int]
) -> None:
    (ledger.root / "dvc.lock").write_text("stages: [")
    ledger.git("commit", "--quiet", "--all", "--message", "broken")
    ledger.git("checkout", "--quiet", "HEAD~1", "--", "dvc.lock")
    ledger.git("commit", "--quiet", "--all", "--message", "mended")
    for _ in range(2):
        repository = Repository.find(ledger.root)
        read_listing(repository)
        assert len(repository.problems) == 1
        assert walks() > 0
    assert kept(ledger) == []


def test_what_is_damaged_is_read_again(ledger: Ledger, walks: Callable[[], int]) -> None:
    first = listed(ledger)
    (file,) = kept(ledger)
    file.write_bytes(file.read_bytes()[:-5])
    walks()
    assert listed(ledger) == first
    assert walks() > 0


def test_of_a_short_history_nothing_is_kept(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_data, "FEW", 20)
    listed(ledger)
    assert kept(ledger) == []


def test_only_so_many_are_kept(ledger: Ledger) -> None:
    for number in range(SHELF.most + 2):
        ledger.git("commit", "--quiet", "--allow-empty", "--message", f"number {number}")
        listed(ledger)
    assert len(kept(ledger)) == SHELF.most


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
shas = st.text("0123456789abcdef", min_size=40, max_size=40)
dates = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(minutes=90))])
).map(lambda date: datetime.fromisoformat(date.isoformat()))
outputs = st.lists(
    st.builds(
        Output,
        texts,
        texts,
        st.none() | st.integers(0, 2**53),
        st.none() | st.integers(0, 9),
        st.booleans(),
    ),
    max_size=3,
).map(lambda found: {one.path: one for one in found})


@st.composite
def histories(draw: st.DrawFn) -> CommitData:
    found = draw(st.dictionaries(shas, outputs, max_size=4))
    ids: dict[tuple[Output, ...], str] = {}
    for one in found.values():
        ids.setdefault(tuple(one.values()), str(len(ids)))
    return CommitData(
        log=draw(
            st.lists(st.builds(Commit, shas, texts, st.none() | dates, texts, texts), max_size=3)
        ),
        reachable=draw(st.lists(shas, max_size=3)),
        outputs=found,
        sources={sha: draw(st.none() | texts) for sha in found},
        ids={sha: ids[tuple(one.values())] for sha, one in found.items() if one},
        names=draw(st.dictionaries(shas, st.sets(st.tuples(texts, texts)), max_size=2)),
        problems={},
    )


@given(histories())
def test_what_is_kept_is_what_was_read(data: CommitData) -> None:
    back = CommitData.parse(data.to_bytes())
    assert back == data
    assert [*back.outputs] == [*data.outputs]
    assert [[*one] for one in back.outputs.values()] == [[*one] for one in data.outputs.values()]
