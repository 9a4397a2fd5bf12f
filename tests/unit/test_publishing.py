"""A release moves from its worktree to the user's: whole or not at all, and over nobody's work."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import Publication, Repository, committing, publish, publishing, take_turn
from tagledger.versions.git import Answer

NAME = "v1.0.0"


class Clone:
    """A repository whose release is a commit that no branch has yet."""

    def __init__(self, root: Path) -> None:
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
        root = str(self.root)
        return Publication(root, branch, self.old, self.new, NAME, None, [("items", "3")], True)

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


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "repo")


def assert_published(clone: Clone) -> None:
    assert clone.git("rev-parse", "main", f"{NAME}^{{commit}}").split() == [clone.new] * 2
    assert clone.git("cat-file", "-t", NAME) == "tag"
    assert clone.git("status", "--short") == ""
    assert clone.files() == {
        "dvc.yaml": "stages: {}\n",
        "mine.txt": "mine",
        "reports/metrics.json": "new",
        "reports/more/tags.csv": "new",
    }
    assert not clone.journal.exists()


def test_a_release_moves_branch_files_and_tag(clone: Clone) -> None:
    clone.publish()
    assert_published(clone)
    assert clone.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert "release v1.0.0" in clone.git("reflog", "-1", "main")


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
    clone: Clone, monkeypatch: pytest.MonkeyPatch, at: str, after: bool
) -> None:
    before, real = clone.state(), publishing.git

    def interrupted(folder: Path, *words: str, **options: object) -> Answer:
        if words[0] != at or "-d" in words or "HEAD" in words or words[3:4] == (clone.new,):
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


KILLED = """\
import os, sys
from tests.unit.test_publishing import Clone, Path, committing, publishing
clone = object.__new__(Clone)
clone.root, clone.old, clone.new = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
left, after = int(sys.argv[4]), sys.argv[5] == "after"
def dying(real):
    def run(*words, **options):
        global left
        left -= 1
        if not left and not after:
            os._exit(9)
        answer = real(*words, **options)
        if not left:
            os._exit(9)
        return answer
    return run
publication = clone.publication
publishing.git, committing.git = dying(publishing.git), dying(committing.git)
publishing.write_json = dying(publishing.write_json)
publishing.publish(clone.repo, publication, "The first.")
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_step_is_finished_or_taken_back(tmp_path: Path, when: str) -> None:
    ends, step = [], 0
    while True:
        step += 1
        clone = Clone(tmp_path / f"{when}{step}")
        before = clone.state()
        repository = Path(__file__).resolve().parents[2]
        done = subprocess.run(
            [sys.executable, "-c", KILLED, clone.root, clone.old, clone.new, str(step), when],
            cwd=repository,
            check=False,
        )
        if done.returncode == 0:
            break
        assert done.returncode == 9
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
