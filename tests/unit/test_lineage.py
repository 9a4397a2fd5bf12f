"""The line of history: steps in order, merges, data that came back, cut-off clones."""

from __future__ import annotations

import subprocess
from hashlib import md5
from pathlib import Path

import pytest

from tagledger.errors import TagledgerError
from tagledger.versions import Before, Repository, lineage, version_of_lock

PIPELINE = "stages: {make: {cmd: make, outs: [data.txt]}}\n"


def lock(content: str, cmd: str = "make") -> str:
    digest = md5(content.encode()).hexdigest()
    return (
        f"schema: '2.0'\nstages:\n  make:\n    cmd: {cmd}\n    outs:\n"
        f"    - path: data.txt\n      hash: md5\n      md5: {digest}\n      size: {len(content)}\n"
    )


class Sandbox:
    """A git repository; `commit("a")` commits a dvc.lock of data "a"."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main")
        (root / "dvc.yaml").write_text(PIPELINE)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "start")

    def git(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *words], cwd=self.root, capture_output=True, text=True, check=False
        )

    def write(self, data: str, cmd: str = "make") -> None:
        (self.root / "dvc.lock").write_text(lock(data, cmd))

    def commit(self, data: str, tag: str | None = None, cmd: str = "make") -> str:
        self.write(data, cmd)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", f"data {data}")
        if tag:
            self.git("tag", "-a", tag, "-m", tag)
        return self.git("rev-parse", "HEAD")

    def steps(self) -> list[tuple[str, tuple[int, ...]]]:
        """What each step's commit says, and its parents."""
        found = lineage(Repository.find(self.root))
        return [(step.version.subject or step.version.name, step.parents) for step in found.steps]


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repo")


def test_a_repository_without_data_has_no_steps(box: Sandbox) -> None:
    found = lineage(Repository.find(box.root))
    assert (found.steps, found.current, found.shallow) == ([], None, False)


def test_a_repository_without_commits_has_the_workspace(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").write_text(PIPELINE)
    (tmp_path / "dvc.lock").write_text(lock("a"))
    found = lineage(Repository.find(tmp_path))
    assert [(step.version.name, step.parents) for step in found.steps] == [("workspace", ())]
    assert found.current == 0


def test_steps_follow_history_and_not_the_clock(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day, data in (("03", "a"), ("01", "b"), ("02", "c")):
        for who in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{who}_DATE", f"2024-01-{day}T00:00:00+00:00")
        box.commit(data)
    assert box.steps() == [("data a", ()), ("data b", (0,)), ("data c", (1,))]


def test_a_commit_that_changes_no_data_is_no_step(box: Sandbox) -> None:
    box.commit("a")
    box.commit("a", cmd="make --faster")
    box.commit("b")
    assert box.steps() == [("data a", ()), ("data b", (0,))]


def test_the_workspace_is_last_where_its_data_is_in_no_commit(box: Sandbox) -> None:
    box.commit("a")
    box.write("b")
    assert box.steps() == [("data a", ()), ("workspace", (0,))]
    found = lineage(Repository.find(box.root))
    assert found.current == 1
    assert found.steps[1].version.commit is None
    box.write("a")
    assert lineage(Repository.find(box.root)).current == 0


def test_data_that_came_back_is_a_step_of_its_own(box: Sandbox) -> None:
    box.commit("a", "v1.0.0")
    box.commit("b", "v1.1.0")
    back = box.commit("a")
    found = lineage(Repository.find(box.root))
    assert [step.version.name for step in found.steps] == ["v1.0.0", "v1.1.0", back[:7]]
    assert found.steps[2].version.commit == back
    assert found.steps[2].version.outputs == found.steps[0].version.outputs
    assert found.current == 2
    box.git("tag", "-a", "v1.2.0", "-m", "back")
    assert lineage(Repository.find(box.root)).steps[2].version.name == "v1.2.0"


def test_the_work_tree_may_have_the_data_of_an_older_commit(box: Sandbox) -> None:
    box.commit("a", "v1.0.0")
    box.commit("b")
    box.write("a")
    found = lineage(Repository.find(box.root))
    assert [step.version.name for step in found.steps][2:] == ["workspace"]
    assert found.steps[2].parents == (1,)


def test_a_merge_has_its_parents_in_order(box: Sandbox) -> None:
    box.commit("a")
    box.git("checkout", "--quiet", "-b", "side")
    box.commit("b")
    box.git("checkout", "--quiet", "main")
    box.commit("c")
    box.run("merge", "--quiet", "side")  # ends in a conflict
    box.commit("d")
    steps = dict(box.steps())
    assert set(steps) == {"data a", "data b", "data c", "data d"}
    order = list(steps)
    assert [order[at] for at in steps["data d"]] == ["data c", "data b"]
    assert [order[at] for at in steps["data b"] + steps["data c"]] == ["data a", "data a"]


def test_releases_beside_the_branch_are_steps_too(box: Sandbox) -> None:
    box.commit("a")
    box.git("checkout", "--quiet", "-b", "side")
    box.commit("b", "v0.9.0")
    box.git("checkout", "--quiet", "main")
    box.commit("c")
    assert sorted(name for name, _ in box.steps()) == ["data a", "data b", "data c"]
    found = lineage(Repository.find(box.root))
    assert found.current is not None
    assert found.steps[found.current].version.subject == "data c"


def test_a_commit_whose_lock_nobody_can_read_is_passed_over(box: Sandbox) -> None:
    box.commit("a")
    (box.root / "dvc.lock").write_text("<<<<<<< ours\n")
    box.git("commit", "--quiet", "--all", "-m", "broken")
    box.commit("b")
    assert box.steps() == [("data a", ()), ("data b", (0,))]


def test_a_shallow_clone_says_so(box: Sandbox, tmp_path: Path) -> None:
    box.commit("a")
    box.commit("b")
    box.git("clone", "--quiet", "--depth", "1", f"file://{box.root}", str(tmp_path / "clone"))
    found = lineage(Repository.find(tmp_path / "clone"))
    assert found.shallow
    assert [(step.version.subject, step.parents) for step in found.steps] == [("data b", ())]


def test_a_detached_head_in_a_linked_worktree_has_its_own_today(
    box: Sandbox, tmp_path: Path
) -> None:
    first = box.commit("a")
    box.commit("b", "v2.0.0")
    box.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"), first)
    found = lineage(Repository.find(tmp_path / "linked"))
    assert [step.version.subject for step in found.steps] == ["data a", "data b"]
    assert found.current == 0


def test_what_is_not_known_is_stepped_over(box: Sandbox) -> None:
    for data in "abcd":
        box.commit(data)
    found = lineage(Repository.find(box.root))
    assert found.before(3, {0, 2, 3}) == [Before(2, ())]
    assert found.before(3, {0, 3}) == [Before(0, (2, 1))]
    assert found.before(3, {3}) == [Before(None, (2, 1, 0))]
    assert found.before(0, {0}) == []


def test_a_lock_is_known_by_its_data(box: Sandbox) -> None:
    box.commit("a", "v1.0.0")
    repository = Repository.find(box.root)
    assert version_of_lock(repository, lock("a", "else").encode(), "x").name == "v1.0.0"
    other = version_of_lock(repository, lock("z").encode(), "blob 123")
    assert (other.name, other.commit, list(other.outputs)) == ("blob 123", None, ["data.txt"])
    with pytest.raises(TagledgerError):
        version_of_lock(repository, b"<<<<<<< ours\n", "blob 123")


def test_git_is_called_a_few_times_however_long_the_history(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        box.commit(str(number), f"v1.{number}.0")
    calls = []
    run = subprocess.run

    def counted(*words: object, **options: object) -> object:
        calls.append(words)
        return run(*words, **options)

    monkeypatch.setattr("tagledger.versions.git.subprocess.run", counted)
    assert len(lineage(Repository.find(box.root)).steps) == 12
    assert len(calls) < 12
