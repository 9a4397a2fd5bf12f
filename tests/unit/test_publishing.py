"""A release moves from its worktree to the user's: whole or not at all, and over nobody's work."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from copy import copy as shallow_copy
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import Publication, Repository, committing, publish, publishing, take_turn
from tagledger.versions.git import Answer
from tests.crash.forking import Forker, forker

NAME = "v1.0.0"


class Clone:
    """A repository whose release is a commit, or two, that no branch has yet."""

    def __init__(self, root: Path, *, following: bool = False) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet")
        self.write("dvc.yaml", "stages: {}\n")
        self.write("reports/metrics.json", "old")
        self.write("reports/gone.csv", "old")
        self.write("mine.txt", "mine")
        self.old = self.commit("start")
        self.git("switch", "--quiet", "--detach")
        self.write("reports/metrics.json", "new")
        self.write("reports/more/tags.csv", "new")
        (root / "reports/gone.csv").unlink()
        self.new = self.commit("data: release v1.0.0")
        self.following = None
        if following:
            self.write("params.yaml", "split: { base: v1.0.0 }\n")
            self.write("reports/metrics.json", "kept")
            self.following = self.commit("next: keep v1.0.0's splits")
        self.git("switch", "--quiet", "main")

    @property
    def repo(self) -> Repository:
        return Repository.find(self.root)

    @property
    def journal(self) -> Path:
        return self.root / ".git/tagledger/release.json"

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    @property
    def publication(self) -> Publication:
        branch = versions.position(self.root).branch
        commits = self.old, self.new
        said = None, [("items", "3")], True
        return Publication(str(self.root), branch, *commits, NAME, *said, self.following)

    def publish(self) -> None:
        publish(self.repo, self.publication, "The first.\n")

    def files(self) -> dict[str, str]:
        return {
            path.relative_to(self.root).as_posix(): path.read_text()
            for path in self.root.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }

    def state(self) -> tuple[object, ...]:
        shown = self.git("show-ref"), self.git("symbolic-ref", "HEAD"), self.git("status", "-s")
        return *shown, self.files()


Copied = Callable[..., Clone]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """Copies a clone that is made once: git takes longer to make one."""
    folder = tmp_path_factory.mktemp("clones")
    made = {following: Clone(folder / str(following), following=following) for following in FORMS}

    def copy(root: Path, *, following: bool = False) -> Clone:
        clone = shallow_copy(made[following])
        clone.root = root
        shutil.copytree(made[following].root, root)
        clone.git("update-index", "--refresh")  # it knows its files by their inodes
        return clone

    return copy


FORMS = {False: "one commit", True: "two commits"}


@pytest.fixture
def clone(tmp_path: Path, copied: Copied) -> Clone:
    return copied(tmp_path / "repo")


@pytest.fixture(params=FORMS, ids=FORMS.get)
def either(tmp_path: Path, copied: Copied, request: pytest.FixtureRequest) -> Clone:
    return copied(tmp_path / "repo", following=request.param)


def assert_published(clone: Clone) -> None:
    """The tag is at the release; the branch at the commit after it, if there is one."""
    tip = clone.following or clone.new
    assert clone.git("rev-parse", "main", f"{NAME}^{{commit}}").split() == [tip, clone.new]
    assert clone.git("cat-file", "-t", NAME) == "tag"
    assert clone.git("status", "--short") == ""
    assert clone.files() == {
        "dvc.yaml": "stages: {}\n",
        "mine.txt": "mine",
        "reports/metrics.json": "kept" if clone.following else "new",
        "reports/more/tags.csv": "new",
    } | ({"params.yaml": "split: { base: v1.0.0 }\n"} if clone.following else {})
    assert not clone.journal.exists()


def test_a_release_moves_branch_files_and_tag(either: Clone) -> None:
    either.publish()
    assert_published(either)
    assert either.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert "release v1.0.0" in either.git("reflog", "-1", "main")


def test_a_release_off_all_branches_moves_head_alone(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--detach")
    clone.publish()
    assert clone.git("rev-parse", "HEAD", "main").split() == [clone.new, clone.old]
    assert versions.position(clone.root).branch is None
    assert clone.git("status", "--short") == ""


def test_what_the_user_changed_meanwhile_stays(clone: Clone) -> None:
    clone.write("mine.txt", "changed")
    clone.write("staged.txt", "staged")
    clone.git("add", "staged.txt")
    clone.write("reports/notes.txt", "mine")
    os.utime(clone.root / "reports/metrics.json")  # touched, and not changed
    clone.publish()
    assert clone.git("rev-parse", "main") == clone.new
    assert clone.git("status", "--short").split("\n") == [
        "M mine.txt",
        "A  staged.txt",
        "?? reports/notes.txt",
    ]
    assert (clone.root / "reports/metrics.json").read_text() == "new"


def test_a_release_of_a_linked_worktree_leaves_the_main_one_alone(clone: Clone) -> None:
    linked = clone.root.parent / "linked"
    clone.git("worktree", "add", "--quiet", "-b", "linked", str(linked))
    before = clone.files()
    publication = replace(clone.publication, top=str(linked), branch="refs/heads/linked")
    publish(Repository.find(linked), publication, "The first.\n")
    assert clone.git("rev-parse", "main", "linked").split() == [clone.old, clone.new]
    assert (clone.git("status", "--short"), clone.files()) == ("", before)
    assert (linked / "reports/metrics.json").read_text() == "new"


def test_what_a_linked_worktree_that_is_gone_was_publishing_is_taken_back(clone: Clone) -> None:
    gone = replace(clone.publication, top=str(clone.root.parent / "gone"), branch=None)
    (clone.root / ".git/tagledger").mkdir()
    publishing.write_json(clone.journal, asdict(gone))
    clone.git("tag", "-a", NAME, clone.new, "-m", "The first.")
    with take_turn(clone.repo) as turn:
        assert turn.finished is None
    assert clone.git("tag") == ""
    assert not clone.journal.exists()


def elsewhere(clone: Clone) -> None:
    clone.git("switch", "--quiet", "--create", "other")


def committed(clone: Clone) -> None:
    clone.write("more.txt", "x")
    clone.commit("more")


def changed_file(clone: Clone) -> None:
    clone.write("reports/metrics.json", "mine")


def new_file(clone: Clone) -> None:
    clone.write("reports/more/tags.csv", "mine")


def ignored_file(clone: Clone) -> None:
    clone.write(".git/info/exclude", "reports/more/\n")
    new_file(clone)


def same_tag(clone: Clone) -> None:
    clone.git("tag", "-a", NAME, "-m", "somebody's")


def locked_index(clone: Clone) -> None:
    clone.write(".git/index.lock", "")


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (elsewhere, "went from main at .* to other at"),
        (committed, "went from main at .* to main at"),
        (changed_file, "metrics.json"),
        (new_file, "tags.csv"),
        (ignored_file, "tags.csv"),
        (same_tag, "already exists"),
        (locked_index, "index.lock"),
    ],
)
def test_what_is_in_the_way_stays_and_nothing_is_released(
    clone: Clone, meanwhile, said: str
) -> None:
    publication = clone.publication
    meanwhile(clone)
    before = clone.state()
    with pytest.raises(TagledgerError, match=said):
        publish(clone.repo, publication, "The first.\n")
    assert clone.state() == before
    assert not clone.journal.exists()


def test_a_commit_at_the_last_moment_is_not_moved_over(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = publishing.git

    def late(folder: Path, *words: str, **options: object) -> Answer:
        if words[0] == "update-ref" and "-d" not in words:
            tree = clone.git("rev-parse", "HEAD^{tree}")
            theirs = clone.git("commit-tree", tree, "-p", "HEAD", "-m", "theirs")
            clone.git("update-ref", "refs/heads/main", theirs)
        return real(folder, *words, **options)

    monkeypatch.setattr(publishing, "git", late)
    with pytest.raises(TagledgerError, match="update-ref failed"):
        clone.publish()
    assert clone.git("log", "-1", "--format=%s", "main") == "theirs"
    assert clone.git("tag") == ""
    assert clone.git("status", "--short") == ""
    assert clone.files()["reports/metrics.json"] == "old"


@pytest.mark.parametrize("at", ["tag", "read-tree", "update-ref"])
@pytest.mark.parametrize("after", [False, True])
def test_an_interrupt_leaves_it_released_or_not(
    either: Clone, monkeypatch: pytest.MonkeyPatch, at: str, after: bool
) -> None:
    clone, before, real = either, either.state(), publishing.git

    def interrupted(folder: Path, *words: str, **options: object) -> Answer:
        back = words[3:4] == (clone.following or clone.new,)
        if words[0] != at or "-d" in words or "HEAD" in words or back:
            return real(folder, *words, **options)
        if after:
            real(folder, *words, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "git", interrupted)
    monkeypatch.setattr(committing, "git", interrupted)
    with pytest.raises(KeyboardInterrupt):
        clone.publish()
    monkeypatch.undo()
    if (at, after) == ("update-ref", True):
        with take_turn(clone.repo) as turn:
            assert turn.finished == clone.publication
        assert_published(clone)
    else:
        assert clone.state() == before
        assert not clone.journal.exists()


@pytest.fixture(scope="module")
def programs() -> Iterator[Forker]:
    with forker("tests.unit.killed_publishing") as made:
        yield made


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("following", FORMS, ids=FORMS.get)
def test_a_kill_at_any_step_is_finished_or_taken_back(
    tmp_path: Path, when: str, following: bool, programs: Forker, copied: Copied
) -> None:
    ends, step = [], 0
    while True:
        step += 1
        clone = copied(tmp_path / f"{when}{step}", following=following)
        before = clone.state()
        words = [str(clone.root), clone.old, clone.new, str(step), when, clone.following or ""]
        done = programs.run(clone.root, "tests.unit.killed_publishing:main", *words)
        if done.code == 0:
            break
        assert done.code == 9, done.err
        with take_turn(clone.repo) as turn:
            ends.append(turn.finished is not None)
        if ends[-1]:
            assert_published(clone)
        else:
            assert clone.state() == before
            assert not clone.journal.exists()
            clone.publish()
            assert_published(clone)
    # The tag is there before the branch moves: from then on it is finished.
    assert ends == sorted(ends)
    assert len(ends) >= 6
    assert set(ends) == {False, True}


def test_a_branch_that_moved_after_a_kill_keeps_what_it_has(clone: Clone) -> None:
    publishing.write_json(clone.journal, asdict(clone.publication))
    clone.git("tag", "-a", NAME, clone.new, "-m", "The first.")
    clone.git("tag", "-a", "theirs", clone.old, "-m", "x")
    committed(clone)
    there = clone.git("rev-parse", "HEAD")
    lines: list[str] = []
    with take_turn(clone.repo, progress=lines.append) as turn:
        assert turn.finished is None
    assert lines == ["took back the release v1.0.0, which was cut short"]
    assert clone.git("rev-parse", "main") == there
    assert clone.git("tag") == "theirs"
    assert clone.git("status", "--short") == ""


def test_a_journal_of_an_earlier_time_knows_one_commit(clone: Clone) -> None:
    """A release may have been cut short by a Tagledger whose releases had one commit."""
    entry = asdict(clone.publication)
    del entry["following"]
    publishing.write_json(clone.journal, entry)
    clone.git("tag", "-a", NAME, clone.new, "-m", "The first.")
    clone.git("read-tree", "-m", "-u", clone.old, clone.new)
    clone.git("update-ref", "refs/heads/main", clone.new)
    with take_turn(clone.repo) as turn:
        assert turn.finished == clone.publication
    assert_published(clone)


# A file that git kept and DVC keeps from now on, or the other way round


class Changing(Clone):
    """A repository whose release moves data/base/assignments.parquet between git and DVC."""

    FILE = "data/base/assignments.parquet"

    def __init__(self, root: Path, *, to_dvc: bool) -> None:
        super().__init__(root)
        self.to_dvc = to_dvc
        self.git("config", "core.excludesFile", "/dev/null")
        self.write(".gitignore", "/.dvc/cache\n")
        self.write(".dvc/config", "")
        self.put(dvc=not to_dvc)
        self.old = self.commit("before")
        self.git("switch", "--quiet", "--detach")
        self.put(dvc=to_dvc)
        self.new = self.commit("data: release v1.0.0")
        self.git("switch", "--quiet", "main")
        if to_dvc:
            self.git("reset", "--quiet", "--hard")
        else:
            self.put(dvc=True)
        assert self.git("status", "--short") == ""

    def put(self, *, dvc: bool) -> None:
        text = "large" if dvc else "small"
        md5 = hashlib.md5(text.encode()).hexdigest()
        self.write(self.FILE, text)
        pointer, ignore = self.root / f"{self.FILE}.dvc", self.root / "data/base/.gitignore"
        if dvc:
            outs = [{"md5": md5, "size": 5, "hash": "md5", "path": "assignments.parquet"}]
            pointer.write_text(yaml.safe_dump({"outs": outs}))
            ignore.write_text("/assignments.parquet\n")
            self.git("rm", "--quiet", "--cached", "--ignore-unmatch", self.FILE)
            self.write(f".dvc/cache/files/md5/{md5[:2]}/{md5[2:]}", text)
        else:
            pointer.unlink(missing_ok=True)
            ignore.unlink(missing_ok=True)


@pytest.mark.parametrize("to_dvc", [True, False])
def test_a_file_goes_from_git_to_dvc_and_back(
    tmp_path: Path, to_dvc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = Changing(tmp_path / "repo", to_dvc=to_dvc)
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(publishing, "run_dvc", lambda _, *words, **__: asked.append(words))
    clone.publish()
    assert clone.git("rev-parse", "main") == clone.new
    assert clone.git("status", "--short") == ""
    # DVC brings the data that it keeps from now on.
    assert asked == [("checkout",)]
    file = clone.root / clone.FILE
    assert (file.read_text() if file.exists() else None) == (None if to_dvc else "small")


@pytest.mark.parametrize("to_dvc", [True, False])
def test_a_file_that_goes_from_git_to_dvc_is_taken_back_with_its_content(
    tmp_path: Path, to_dvc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = Changing(tmp_path / "repo", to_dvc=to_dvc)
    before, real = clone.state(), publishing.git

    def failing(folder: Path, *words: str, **options: object) -> Answer:
        if words[0] == "update-ref" and "-d" not in words:
            raise KeyboardInterrupt
        return real(folder, *words, **options)

    monkeypatch.setattr(publishing, "git", failing)
    with pytest.raises(KeyboardInterrupt):
        clone.publish()
    assert clone.state() == before


def test_a_file_of_dvcs_that_somebody_changed_is_not_replaced(tmp_path: Path) -> None:
    clone = Changing(tmp_path / "repo", to_dvc=False)
    clone.write(clone.FILE, "mine")
    before = clone.state()
    with pytest.raises(TagledgerError, match=r"would replace your own .*assignments.parquet"):
        clone.publish()
    assert clone.state() == before


def test_the_next_command_that_writes_leaves_a_running_release_alone(clone: Clone) -> None:
    with take_turn(clone.repo):
        publishing.write_json(clone.journal, asdict(clone.publication))
        versions.finish_or_take_back(clone.repo)
        assert clone.journal.exists()
    versions.finish_or_take_back(clone.repo)
    assert not clone.journal.exists()


def test_a_yes_is_asked_for_where_code_is_from_elsewhere_and_is_kept(clone: Clone) -> None:
    assert versions.trusted(clone.repo)
    clone.git("remote", "add", "origin", "https://me:secret@example.org/data.git")
    assert not versions.trusted(clone.repo)
    assert versions.origins(clone.repo) == ["https://example.org/data.git"]
    versions.trust(clone.repo)
    assert versions.trusted(clone.repo)
    assert clone.git("config", "--local", "tagledger.rebuild") == "trusted"
    assert clone.git("status", "--short") == ""


@pytest.mark.parametrize("address", ["{folder}", "file://{folder}", "../theirs"])
def test_a_folder_of_ones_own_is_not_elsewhere(
    clone: Clone, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = clone.repo.top.parent / "theirs"
    folder.mkdir()
    clone.git("remote", "add", "origin", address.format(folder=folder))
    assert versions.trusted(clone.repo)
    monkeypatch.setattr("os.getuid", lambda: folder.stat().st_uid + 1)  # another user's
    assert not versions.trusted(clone.repo)


@pytest.mark.parametrize("address", ["git@example.org:data.git", "/nowhere/data", "ssh://host/a"])
def test_what_is_no_folder_here_is_elsewhere(clone: Clone, address: str) -> None:
    clone.git("remote", "add", "origin", address)
    assert versions.origins(clone.repo) == [address]
    assert not versions.trusted(clone.repo)
