"""Versions, blame, history, check, release and git's diff, on the sample with real git and DVC."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from tagledger.history.blame import blame
from tagledger.history.tag_history import history
from tagledger.versions import Repository, committing, find_version, release_names
from tests import warm
from tests.once import made_once
from tests.own_code import python_path
from tests.pipeline.conftest import REPOSITORY, Project, Say, copy_repository, speaker
from tests.pipeline.in_process import make_and_record

SNAPSHOTS = ("2023-06-30", "2024-06-30", "2025-06-30")
NAMES = ("v1.0.0", "v1.1.0", "v1.2.0")
TRUTH = json.loads((REPOSITORY / "data" / "sample" / "truth.json").read_text())


@pytest.fixture(scope="session")
def three_built(_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The sample's three snapshots as three releases."""
    return Project(made_once(tmp_path_factory, "three", lambda root: _build(root, _built)))


def _build(root: Path, built: Project) -> None:
    root.mkdir()
    shutil.copy(REPOSITORY / ".gitattributes", root)
    project = copy_repository(root)
    params = root / "params.yaml"
    params.write_text(
        params.read_text() + "\ngates:\n  max_train_to_test: null\n  max_renamed: null\n"
    )
    for name, snapshot in zip(NAMES, SNAPSHOTS, strict=True):
        project.set(fetch__snapshot=snapshot)
        if snapshot == SNAPSHOTS[-1]:
            take_cache(project, built)
            project.repro("--quiet")
        else:
            make_and_record(root)
        dates = {f"GIT_{who}_DATE": f"{snapshot}T12:00:00+00:00" for who in ("AUTHOR", "COMMITTER")}
        project.ok("git", "add", "--all")
        project.ok("git", "commit", "--quiet", "-m", f"data: {snapshot}", **dates)
        project.ok("git", "tag", "-a", name, "-m", snapshot, **dates)


@pytest.fixture
def three(three_built: Project, tmp_path: Path) -> Project:
    """The three releases, for this test alone."""
    root = tmp_path / "project"
    shutil.copytree(three_built.root, root, symlinks=True)
    return Project(root)


@pytest.fixture(scope="module")
def reading(three_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The three releases, for the tests of this file that change nothing."""
    root = tmp_path_factory.mktemp("reading") / "project"
    shutil.copytree(three_built.root, root, symlinks=True)
    return Project(root)


@pytest.fixture
def say(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Say]:
    """Commands in the project that the test asks for."""
    names = ("released", "crowded", "laid", "changed", "three")
    (name, *_) = [name for name in names if name in request.fixturenames] or ["reading"]
    with speaker(monkeypatch, capfd, request.getfixturevalue(name)) as run:
        yield run


def document(say: Say, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command prints for machines, which its schema describes."""
    ended, out, _ = say(*words, "--json")
    assert ended == code
    found: dict[str, Any] = json.loads(out)
    schema = json.loads((REPOSITORY / "docs" / f"{words[0]}.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(found)
    return found


def head(project: Project) -> str:
    return project.ok("git", "rev-parse", "HEAD").strip()


def everything(project: Project) -> tuple[object, ...]:
    """What must be as it was: commits, tags, tracked and untracked files, data."""
    data = {
        str(file.relative_to(project.root)): hashlib.md5(file.read_bytes()).hexdigest()
        for file in sorted((project.root / "data").rglob("*"))
        if file.is_file() and ".part" not in file.name
    }
    return head(project), project.ok("git", "show-ref"), project.ok("git", "status", "-s"), data


# Reading


def test_the_list_of_versions_is_what_git_has_of_each(reading: Project, say: Say) -> None:
    rows = document(say, "versions")["versions"]
    assert [row["name"] for row in rows] == list(reversed(NAMES))
    for row in rows:
        metrics = json.loads(reading.ok("git", "show", f"{row['name']}:reports/metrics.json"))
        assert [row[name] for name in ("items", "labels", "tags")] == [
            metrics[name] for name in ("items", "labels", "tags")
        ]
        assert (row["state"], row["data"], row["failed_checks"]) == ("hold", "cache", 0)
    assert [row["in_workspace"] for row in rows] == [True, False, False]
    _, text, _ = say("versions")
    lines = text.splitlines()
    assert lines[1].startswith("*  v1.2.0   2025-06-30")
    assert max(map(len, lines)) <= 80


def test_planted_corrections_are_blamed_on_the_version_that_made_them(reading: Project) -> None:
    repo = Repository.find(reading.root)
    for name, change in zip(NAMES[1:], TRUTH["changes"], strict=True):
        for kind in ("added", "removed"):
            found = [one for one in change["corrections"] if one["change"] == kind]
            assert found
            for planted in found[:: max(len(found) // 3, 1)]:
                labels = {one.tag: one for one in blame(repo, planted["id"], "clean").labels}
                label = labels[planted["tag"]]
                made = label.brought if kind == "added" else label.taken
                assert made is not None, planted
                assert (made.version, made.cause) == (name, "source_edited"), planted
                assert made.commit == reading.ok("git", "rev-parse", f"{name}^{{commit}}").strip()


def test_a_label_of_today_was_not_lost_and_the_other_way_round(reading: Project) -> None:
    repo = Repository.find(reading.root)
    labels = pd.read_parquet(reading.root / "data/filtered/labels.parquet")
    for item in labels["id"].drop_duplicates().iloc[::300]:
        found = blame(repo, int(item)).labels
        assert {one.tag for one in found if one.taken is None} == set(
            labels.loc[labels["id"] == item, "tag"]
        )


def test_planted_renames_merges_and_splits_are_in_the_tags_history(reading: Project) -> None:
    repo = Repository.find(reading.root)
    for at, (name, change) in enumerate(zip(NAMES[1:], TRUTH["changes"], strict=True), start=1):
        planted = {
            **{one["from"]: ("rename", (one["to"],)) for one in change["renames"]},
            **{one["alias"]: ("merge", (one["into"],)) for one in change["merges"]},
            **{one["from"]: ("split", tuple(sorted(one["into"]))) for one in change["splits"]},
        }
        assert planted
        for tag, (kind, after) in planted.items():
            states = history(repo, tag).states
            assert states[at].version == name
            (rename,) = states[at].renames
            assert (rename.kind, rename.after) == (kind, after)
            assert tag in rename.before


def test_history_counts_as_the_tables_do(reading: Project, say: Say) -> None:
    for state in document(say, "history", "pytorch")["versions"]:
        dataset = reading.ok("git", "show", f"{state['version']}:reports/tags.csv")
        (line,) = [line for line in dataset.splitlines() if line.startswith("pytorch,")]
        assert line.split(",")[1:3] == [str(state["clean_count"]), state["decision"]]
        assert state["count"] == state["clean_count"]
    _, text, _ = say("history", "interpretability")
    assert "v1.2.0: rename explainability → interpretability (39 items" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_terminal_tells_an_item_s_story(say: Say) -> None:
    _, text, _ = say("blame", "1200")
    assert text.startswith("Item 1200: ")
    today, lost = text.split("\nLost\n")
    assert "interpretability        v1.2.0  " in today
    assert "explainability" in lost
    assert "the item had it since v1.0.0" in lost
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("blame", "1000000"), "ids run from "),
        (("blame", "x"), "give a number"),
        (("history", "interpretabilty"), "did you mean interpretability"),
        (("rebuild", "v9.9.9"), "tagledger versions"),
        (("rebuild", "--", "--output=x"), "tagledger versions"),
        (("rebuild", "workspace"), "dvc repro"),
        (("check", "--base", "v1.0"), "did you mean v1."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_unknown_ends_with_2_and_help(say: Say, words: tuple[str, ...], hint: str) -> None:
    code, out, err = say(*words)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert hint in err


@pytest.mark.long  # with each change, in test_indexes_are_written_by_several_at_once
def test_two_processes_at_once_give_the_same_answer(three: Project) -> None:
    command = [sys.executable, "-m", "tagledger", "blame", "1200", "--json"]
    env = os.environ | {"PYTHONPATH": python_path(three.root)}
    pair = [
        subprocess.Popen(command, cwd=three.root, env=env, stdout=subprocess.PIPE) for _ in range(2)
    ]
    first, second = (process.communicate(timeout=120)[0] for process in pair)
    assert first == second
    assert json.loads(first)["missing"] == []


def test_a_clone_without_the_cache_is_told_what_to_run(
    three: Project, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    three.ok("git", "clone", "--quiet", "--depth", "1", f"file://{three.root}", str(clone))
    monkeypatch.chdir(clone)
    (row,) = document(say, "versions")["versions"]
    assert (row["data"], row["in_workspace"]) == ("missing", True)
    code, _, err = say("blame", "1200")
    assert code == 2
    assert " next: `tagledger rebuild " in err or " next: `dvc repro`" in err


@pytest.mark.long  # with each change, in test_a_sound_remote_is_read_and_what_it_sends_is_protected
def test_a_clone_with_a_remote_fetches_what_it_needs(
    three: Project, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # DVC reads a remote's configuration at each tag, unless it is this clone's own.
    remote = ("--local", "--default", "store", str(tmp_path / "store"))
    three.ok("dvc", "remote", "add", "--quiet", *remote)
    three.ok("dvc", "push", "--quiet", "--all-tags")
    clone = tmp_path / "clone"
    three.ok("git", "clone", "--quiet", str(three.root), str(clone))
    shutil.copy(three.root / ".dvc" / "config.local", clone / ".dvc")
    monkeypatch.chdir(clone)
    assert {row["data"] for row in document(say, "versions")["versions"]} == {"remote"}
    found = document(say, "history", "pytorch")
    assert [state["version"] for state in found["versions"]] == list(NAMES)
    assert found["missing"] == []


def cached(three: Project, version: str, path: str) -> Path:
    repo = Repository.find(three.root)
    found = repo.find_object(find_version(repo, version).outputs[path].md5)
    assert found is not None
    return found


def test_a_damaged_cache_is_named_and_rebuilt(three: Project, say: Say) -> None:
    damaged = cached(three, "v1.1.0", "data/filtered/labels.parquet")
    damaged.chmod(0o600)
    damaged.write_bytes(b"not what it was")
    found = document(say, "blame", "1200")
    (missing,) = found["missing"]
    assert missing["version"] == "v1.1.0"
    assert "tagledger rebuild v1.1.0" in missing["next"]
    _, text, _ = say("blame", "1200")
    assert "or the change was in v1.1.0, which cannot be read" in " ".join(text.split())

    code, out, err = say("rebuild", "v1.1.0", "--timeout", "300")
    assert code == 0, err
    assert "v1.1.0  rebuilt, identical bit for bit" in out
    assert document(say, "blame", "1200")["missing"] == []


def test_a_version_with_an_older_schema_has_its_place(three: Project, say: Say) -> None:
    """v1.0.0 as if it had been made before items had a date."""
    repo = Repository.find(three.root)
    items = pq.read_table(three.root / "data/clean/items.parquet").drop_columns(["created_on"])
    path = three.root / "older.parquet"
    pq.write_table(items, path)
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    place = repo.settings.cache / "files" / "md5" / md5[:2] / md5[2:]
    place.parent.mkdir(parents=True, exist_ok=True)
    path.rename(place)
    lock = three.root / "dvc.lock"
    old = lock.read_text()
    document_of = yaml.safe_load(old)
    for out in document_of["stages"]["clean"]["outs"]:
        if out["path"] == "data/clean/items.parquet":
            out.update(md5=md5, size=place.stat().st_size)
    lock.write_text(yaml.safe_dump(document_of, sort_keys=False))
    three.ok("git", "commit", "--quiet", "-am", "data: an older schema")
    three.ok("git", "tag", "-a", "v0.1.0", "-m", "older")
    lock.write_text(old)
    three.ok("git", "commit", "--quiet", "-am", "data: today's schema")

    found = document(say, "blame", "1200")
    assert found["missing"] == []
    assert found["title"]
    states = document(say, "history", "interpretability")["versions"]
    assert [state["version"] for state in states[:4]] == [*NAMES, "v0.1.0"]
    assert {state["count"] for state in states[2:]} == {51}
    assert document(say, "compare", "v0.1.0", "v1.0.0")["layer"] == "filtered"


# git's own commands


# The line of configuration that the documentation tells people to run.
DRIVER = ("git", "config", "diff.tagledger.command", "tagledger diff-lock")


@pytest.fixture
def driver(reading: Project) -> Iterator[Project]:
    """The releases, where git runs `tagledger` with its libraries loaded."""
    reading.ok(*DRIVER)
    path = warm.environment(os.environ)["PATH"]
    yield Project(reading.root, {"PATH": path})
    reading.ok(*DRIVER[:2], "--unset", DRIVER[2])


def test_git_diff_shows_labels(driver: Project) -> None:
    text = driver.ok("git", "diff", "v1.1.0", "v1.2.0", "--", "dvc.lock")
    lines = text.splitlines()
    assert lines[0] == "dvc.lock: v1.1.0 (2024-06-30) → v1.2.0 (2025-06-30)"
    assert "  rename  explainability → interpretability (39 items)" in lines
    assert "md5" not in text
    assert driver.ok("git", "diff", "--", "dvc.lock") == ""


def test_git_log_is_a_label_changelog_down_to_the_root(driver: Project) -> None:
    text = driver.ok("git", "log", "-p", "--ext-diff", "--format=# %s", "--", "dvc.lock")
    heads = [line for line in text.splitlines() if line.startswith(("# ", "dvc.lock"))]
    assert heads == [
        "# data: 2025-06-30",
        "dvc.lock: v1.1.0 (2024-06-30) → v1.2.0 (2025-06-30)",
        "# data: 2024-06-30",
        "dvc.lock: v1.0.0 (2023-06-30) → v1.1.0 (2024-06-30)",
        "# data: 2023-06-30",
        "dvc.lock: nothing → v1.0.0 (2023-06-30)",
    ]


def test_git_never_fails_for_it(three: Project) -> None:
    driver = Project(three.root, {"PATH": warm.environment(os.environ)["PATH"]})
    driver.ok(*DRIVER)
    shutil.rmtree(driver.root / ".dvc" / "cache")
    text = driver.ok("git", "diff", "v1.1.0", "v1.2.0", "--", "dvc.lock")
    assert "tagledger rebuild v1.1.0" in text
    (driver.root / "dvc.lock").write_text("<<<<<<< ours\n")
    assert "dvc.lock: this is not a lock file" in driver.ok("git", "diff", "--", "dvc.lock")
    (driver.root / "dvc.lock").unlink()
    assert driver.run("git", "diff", "--", "dvc.lock").returncode == 0
    # Of a file in conflict git says the path alone.
    assert driver.ok("tagledger", "diff-lock", "dvc.lock") == "dvc.lock: not merged yet\n"


# Check and release


def gates(project: Project, **limits: object) -> None:
    file = project.root / "params.yaml"
    params = yaml.safe_load(file.read_text())
    params["gates"] = limits
    file.write_text(yaml.safe_dump(params, sort_keys=False))


def test_check_names_what_does_not_hold(three: Project, say: Say) -> None:
    code, out, _ = say("check")
    assert code == 0, out
    assert "compared with v1.1.0" in out
    gates(three, max_train_to_test=0, max_scumble=0.9, max_tags_vanished=0)
    code, out, _ = say("check")
    assert code == 1
    assert "BROKEN  max_train_to_test " in out
    assert "limit 0 (items)" in out
    assert "holds   max_scumble" in out
    found = document(say, "check", code=1)
    assert (found["holds"], found["base"]) == (False, "v1.1.0")
    assert {gate["name"] for gate in found["gates"] if not gate["holds"]} == {
        "max_train_to_test",
        "max_tags_vanished",
    }
    gates(three, max_scumbel=0.9)
    code, _, err = say("check")
    assert code == 2
    assert "did you mean max_scumble" in err


def test_check_sees_a_table_that_breaks_its_schema(three: Project, say: Say) -> None:
    path = three.root / "data/filtered/labels.parquet"
    labels = pq.read_table(path)
    path.unlink()
    pq.write_table(labels.slice(0, 100).take(list(range(99, -1, -1))), path)
    code, out, _ = say("check")
    assert code == 1
    assert "BROKEN  filtered/labels" in out


def test_compare_with_gates(say: Say, three: Project) -> None:
    gates(three, max_train_to_test=0, max_renamed=None, max_scumble=0.9)
    found = document(say, "compare", "v1.0.0", "v1.1.0", "--gate", code=1)["gates"]
    assert {gate["name"]: gate["holds"] for gate in found} == {
        "max_train_to_test": False,
        "max_scumble": True,
    }
    assert say("compare", "v1.0.0", "v1.1.0")[0] == 0
    gates(three, max_train_to_test=None, max_renamed=None)
    assert say("compare", "v1.0.0", "v1.1.0", "--gate")[0] == 0
    code, _, err = say("compare", "v1.0.0", "v1.1.0", "--gate", "--layer", "clean")
    assert code == 2
    assert "leave out --gate, or --layer" in err


RELEASE = ("release", "v1.3.0", "-m", "Tags from 25 items")


@dataclass
class Released(Project):
    """A project with a release, and what the command that made it said."""

    @property
    def said(self) -> str:
        return (self.root / ".git" / "said.txt").read_text()

    @property
    def before(self) -> str:
        """The commit that the release was made on."""
        return self.ok("git", "rev-parse", "HEAD~2").strip()


def release(project: Project, run: Callable[..., str], *words: str) -> None:
    """Run a release that must work; keep what it says."""
    before = head(project)
    said = run(*words, COLUMNS="80")
    (project.root / ".git" / "said.txt").write_text(said)
    assert project.ok("git", "rev-parse", "HEAD~2").strip() == before  # HEAD keeps its splits


@pytest.fixture(scope="session")
def released_once(three_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A release of what `changed` asks for: DVC keeps what the stages made for it."""

    def make(root: Path) -> None:
        shutil.copytree(three_built.root, root, symlinks=True)
        project = ask_for_more(Project(root))
        release(project, project.ok, "tagledger", *RELEASE)

    return Project(made_once(tmp_path_factory, "released", make))


def ask_for_more(project: Project) -> Project:
    """Commit that tags from 25 items stay, with the comments that params.yaml is given."""
    text = re.sub(r"(\n  base: )\S+", r"\1null", (REPOSITORY / "params.yaml").read_text())
    text = text.replace("min_tag_count: 30", "min_tag_count: 25").replace("seed: 0", "seed: 1")
    text += "\ngates:\n  max_train_to_test: null # the first versions were split anew\n"
    (project.root / "params.yaml").write_text(text)
    project.ok("git", "commit", "--quiet", "-am", "keep tags from 25 items")
    return project


@pytest.fixture
def released(released_once: Project, tmp_path: Path) -> Released:
    """The release and the commit after it, for this test alone."""
    return copy_of(released_once.root, tmp_path)


def copy_of(root: Path, folder: Path) -> Released:
    copy = folder / "project"
    shutil.copytree(root, copy, symlinks=True)
    return Released(copy)


def take_cache(project: Project, other: Project) -> None:
    """Let DVC bring what stages made in another project, where it would run them again."""
    for file in (other.root / ".dvc/cache").rglob("*"):
        taken = project.root / file.relative_to(other.root)
        if file.is_file() and not taken.exists():
            taken.parent.mkdir(parents=True, exist_ok=True)
            os.link(file, taken)  # nobody writes into it


def take_all(project: Project, other: Project) -> None:
    """As `take_cache`; the reports, of which DVC keeps none, are copied by their stage."""
    take_cache(project, other)
    pipeline = project.root / "dvc.yaml"
    stage, copied = "python -m tagledger.stages.report", f"cp -R '{other.root}/reports' ."
    assert pipeline.read_text().count(stage) == 1
    pipeline.write_text(pipeline.read_text().replace(stage, copied))


@pytest.fixture
def changed(three: Project, released_once: Project) -> Project:
    """A commit that asks for tags from 25 items; what it makes is in no commit yet."""
    take_all(three, released_once)
    return ask_for_more(three)


def test_a_release_is_a_commit_a_tag_and_a_line_in_the_changelog(
    released: Released, say: Say
) -> None:
    out = released.said
    made = released.ok("git", "rev-parse", "HEAD~1").strip()  # HEAD keeps its splits
    assert out.startswith(f"Released v1.3.0 as {made[:7]}, after v1.2.0\n")
    assert "does not agree" not in out
    assert "Next: git push --follow-tags and dvc push --all-tags publish it." in out
    assert "--all-commits" not in out
    assert released.ok("git", "cat-file", "-t", "v1.3.0").strip() == "tag"
    assert released.ok("git", "rev-parse", "v1.3.0^{commit}").strip() == made
    message = released.ok("git", "tag", "--list", "--format=%(contents)", "v1.3.0")
    assert message.startswith("Tags from 25 items\n\nSince v1.2.0, after the filter:\n")
    assert "crossed filter.min_tag_count" in message
    assert released.ok("git", "status", "--short") == ""
    files = released.ok("git", "show", "--format=%s", "--name-only", made).split("\n")
    assert files[0] == "data: release v1.3.0"
    written = {"dvc.lock", "CHANGELOG-DATA.md", "data/releases.yaml", "reports/metrics.json"}
    assert written <= set(files)
    changelog = (released.root / "CHANGELOG-DATA.md").read_text()
    assert "\n## v1.3.0 (" in changelog
    assert "\n\nTags from 25 items\n\n- items: " in changelog
    row = document(say, "versions")["versions"][0]
    assert (row["name"], row["in_workspace"], row["data"]) == ("v1.3.0", True, "cache")
    code, _, err = say("release", "v1.4.0", "-m", "Again")
    assert code == 2
    assert "the data is the same as in v1.3.0" in err


OUTPUTS = ("raw", "clean", "annotated", "filtered", "splits")


@pytest.fixture
def laid(three: Project, released_once: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """As `changed`; the pipeline takes no time in this process: what it made once is laid there."""
    lay(monkeypatch, released_once)
    take_cache(three, released_once)
    return ask_for_more(three)


def lay(patch: pytest.MonkeyPatch, made: Project) -> None:
    """Let the pipeline of a release lay there what it made for that of `made`."""
    outputs = [str(made.root / "data" / name) for name in OUTPUTS]

    def lay_there(folder: Path, command: str, *_words: str, **_options: object) -> None:
        assert command == "repro"
        frozen = json.loads((folder / "data/base/base.json").read_text())["base"]
        tracked = ("git", "archive", "HEAD" if frozen else "v1.3.0", "dvc.lock", "reports")
        subprocess.run(["cp", "-R", *outputs, str(folder / "data")], check=True)
        made.ok("bash", "-c", f"{shlex.join(tracked)} | tar -x -C '{folder}'")

    patch.setattr(committing, "run_dvc", lay_there)


OURS = """\
# Ours.
- {{name: v1.0.0, data: {}, date: 2023-06-30, summary: The first.}}
- {{name: v1.2.0, data: {}, date: 2025-06-30, summary: The third.}} # agreed
"""


def records_of(project: Project) -> str:
    repo = Repository.find(project.root)
    return OURS.format(*(find_version(repo, name).data_id for name in ("v1.0.0", "v1.2.0")))


@pytest.fixture(scope="session")
def _crowded(
    three_built: Project, released_once: Project, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    """A release among hooks of DVC, backups that git does not ignore, and records of ours.

    v1.0.0 is a record alone; the others have tags.
    """

    def make(root: Path) -> None:
        shutil.copytree(three_built.root, root, symlinks=True)
        project = Project(root)
        take_cache(project, released_once)
        ask_for_more(project)
        ignore = root / ".gitignore"
        ignore.write_text(ignore.read_text().replace("*.bak\n", ""))
        (root / "data/releases.yaml").write_text(records_of(project))
        project.ok("git", "tag", "--delete", "v1.0.0")
        project.ok("git", "add", "--all")
        project.ok("git", "commit", "--quiet", "-m", "names, and backups are not ignored")
        (root / "params.yaml.bak").write_text("as it was")
        (root / "reports/tags.csv.bak").write_text("as it was")
        project.ok("dvc", "install")
        assert (root / ".git" / "hooks" / "pre-commit").exists()
        words = ("release", "v1.3.0", "-m", "Tags from\n25 items.\n\nMore on that.")
        with pytest.MonkeyPatch.context() as patch:
            lay(patch, released_once)
            release(project, project.answer, *words)

    return Project(made_once(tmp_path_factory, "crowded", make))


@pytest.fixture
def crowded(_crowded: Project, tmp_path: Path) -> Released:
    """That release, for this test alone."""
    return copy_of(_crowded.root, tmp_path)


def test_a_release_is_on_record_for_clones_without_tags(
    crowded: Released, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repository.find(crowded.root)
    text = (crowded.root / "data/releases.yaml").read_text()
    assert text.startswith(records_of(crowded))
    made = find_version(repo, "v1.3.0")
    assert yaml.safe_load(text)[-1] | {"date": None} == {
        "name": "v1.3.0",
        "data": made.data_id,
        "date": None,
        "summary": "Tags from 25 items.",
    }
    assert made.revision == crowded.ok("git", "rev-parse", "HEAD~1").strip()

    clone = tmp_path / "clone"
    crowded.ok("git", "clone", "--quiet", "--no-tags", str(crowded.root), str(clone))
    monkeypatch.chdir(clone)
    rows = document(say, "versions")["versions"]
    assert [row["name"] for row in rows[:2]] == ["v1.3.0", "v1.2.0"]
    assert {row["kind"] for row in rows} == {"release", "commit"}
    clone_of = Repository.find(clone)
    assert find_version(clone_of, "v1.3.0").revision == made.revision
    assert find_version(clone_of, "v1.3.0").data_id == made.data_id


def test_what_release_says_publishes_all_that_clones_need(
    crowded: Released, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = " ".join(crowded.said.split())
    assert "This clone has no git tag of these names: v1.0.0. dvc push --all-commits" in out
    shutil.rmtree(crowded.root / ".git/hooks")  # those of DVC push data by themselves
    origin = tmp_path / "origin.git"
    crowded.ok("git", "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    crowded.ok("git", "remote", "add", "origin", str(origin))
    remote = ("--local", "--default", "store", str(tmp_path / "store"))
    crowded.ok("dvc", "remote", "add", "--quiet", *remote)
    crowded.ok("git", "push", "--quiet", "--follow-tags", "origin", "HEAD:main")
    crowded.ok("dvc", "push", "--quiet", "--all-tags")

    clone = tmp_path / "clone"
    crowded.ok("git", "clone", "--quiet", str(origin), str(clone))
    shutil.copy(crowded.root / ".dvc" / "config.local", clone / ".dvc")
    monkeypatch.chdir(clone)

    def where() -> dict[str, str]:
        return {row["name"]: row["data"] for row in document(say, "versions")["versions"]}

    tagged = dict.fromkeys(("v1.3.0", "v1.2.0", "v1.1.0"), "remote")
    assert where() == tagged | {"v1.0.0": "missing"}
    crowded.ok("dvc", "push", "--quiet", "--all-commits")
    assert where() == tagged | {"v1.0.0": "remote"}


def test_backups_do_not_stop_a_release_and_are_in_none(crowded: Released) -> None:
    left = crowded.ok("git", "status", "--short").splitlines()
    assert left == ["?? params.yaml.bak", "?? reports/tags.csv.bak"]


LOST = f"{{name: v1.2.9, data: {'a' * 32}, date: 2024-01-01, summary: nowhere}}"


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        ("echo '<<<<<<< ours' > data/releases.yaml", "a merge stopped half-way"),
        (
            f"echo '[{LOST}]' > data/releases.yaml",
            "no commit here has the data of the release v1.2.9",
        ),
        ("echo '[ ]' > data/releases.yaml", "no record can be added at the end"),
        ("echo /data/releases.yaml >> .gitignore", "git ignores data/releases.yaml"),
    ],
)
def test_a_name_that_cannot_be_recorded_leaves_everything_as_it_was(
    laid: Project, say: Say, prepare: str, said: str
) -> None:
    laid.ok("bash", "-c", prepare)
    laid.ok("git", "add", "--all")
    laid.ok("git", "commit", "--quiet", "-m", "prepare")
    before = everything(laid)
    code, _, err = say("release", "v1.3.0", "-m", "x")
    assert code == 2
    assert said in err
    assert everything(laid) == before


def test_a_tag_that_cannot_be_made_takes_the_record_along(laid: Project, say: Say) -> None:
    hook(laid, "reference-transaction", "grep -q refs/tags/ && exit 1", "exit 0")
    before = everything(laid)
    code, _, err = say("release", "v1.3.0", "-m", "x")
    assert code == 2
    assert "git tag failed" in err
    assert not (laid.root / "data/releases.yaml").exists()
    assert everything(laid) == before


@pytest.mark.parametrize(
    "forced",
    [pytest.param(False, id="said"), pytest.param(True, id="done", marks=pytest.mark.long)],
)
def test_a_name_that_does_not_agree_is_said_to_be(laid: Project, say: Say, forced: bool) -> None:
    before = everything(laid)
    code, _, err = say("release", "v1.2.1", "-m", "Smaller than it is")
    assert code == 2
    assert "v1.2.1 would be a patch release, but what changed since v1.2.0 is minor" in err
    assert "release it as v1.3.0, or add --force" in err
    assert everything(laid) == before
    if not forced:
        return
    code, out, _ = say("release", "v1.2.1", "-m", "Smaller than it is", "--force")
    assert code == 0
    assert "The name does not fit: the changes make a minor release." in out
    assert release_names(Repository.find(laid.root))[0] == "v1.2.1"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("v1.2.0", "there is already a version v1.2.0"),
        ("v1.1.5", "v1.1.5 is out of order"),
        ("next", "'next' is not a name for a release"),
    ],
)
def test_a_name_that_will_not_do_is_refused_at_once(
    reading: Project, say: Say, name: str, said: str
) -> None:
    before = everything(reading)
    code, out, err = say("release", name, "-m", "x")
    assert (code, out) == (2, "")
    assert said in err
    assert "after v1.2.0 come v1.2.1, v1.3.0, v2.0.0" in err
    assert "running the pipeline" not in err
    assert everything(reading) == before


def test_a_dirty_tree_is_refused_with_its_files(laid: Project, say: Say) -> None:
    (laid.root / "notes.txt").write_text("mine")
    laid.set(filter__min_tag_count=20)
    code, _, err = say("release", "v1.3.0", "-m", "x")
    assert code == 2
    assert "notes.txt, params.yaml" in err
    assert (laid.root / "notes.txt").read_text() == "mine"


def test_a_gate_that_breaks_leaves_everything_as_it_was(laid: Project, say: Say) -> None:
    gates(laid, max_train_to_test=None, max_labels_changed=0.01)
    laid.ok("git", "commit", "--quiet", "-am", "a narrow gate")
    before = everything(laid)
    code, out, err = say("release", "v1.3.0", "-m", "x")
    assert code == 1
    assert "BROKEN  max_labels_changed " in out
    assert "not released, max_labels_changed does not hold" in err
    assert everything(laid) == before


@pytest.mark.long  # with each change, one of the toy, in the tests of undoing
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
def test_an_interrupted_release_leaves_everything_as_it_was(
    changed: Project, how: signal.Signals
) -> None:
    stage = changed.root / "src/tagledger/stages/split.py"
    text = stage.read_text().replace("def main() -> None:", "def main() -> None:\n    _wait()")
    stage.write_text(text.replace("\nif __name__", f"{WAIT}\nif __name__"))
    changed.ok("git", "commit", "--quiet", "-am", "a slow stage")
    before = everything(changed)
    env = os.environ | {"PYTHONPATH": python_path(changed.root)}
    command = [sys.executable, "-m", "tagledger", "release", "v1.3.0", "-m", "x"]
    with subprocess.Popen(
        command, cwd=changed.root, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("taking its time" in line for line in process.stderr)
        process.send_signal(how)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert everything(changed) == before
    assert not (changed.root / ".git" / "index.lock").exists()


WAIT = """
def _wait() -> None:
    import time

    print("taking its time", flush=True)
    time.sleep(120)

"""


def hook(project: Project, name: str, *lines: str) -> None:
    file = project.root / ".git" / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(0o755)


@pytest.mark.parametrize("name", ["pre-commit", pytest.param("commit-msg", marks=pytest.mark.long)])
def test_a_hook_that_refuses_leaves_everything_as_it_was(
    laid: Project, say: Say, name: str
) -> None:
    hook(laid, name, "echo 'no commits on Sundays' >&2", "exit 1")
    before = everything(laid)
    code, _, err = say("release", "v1.3.0", "-m", "x")
    assert code == 2
    assert "no commits on Sundays" in err
    assert everything(laid) == before


def test_the_hooks_of_dvc_do_not_get_in_the_way(crowded: Released) -> None:
    assert crowded.ok("git", "status", "--short", "--untracked-files=no") == ""
    assert crowded.ok("dvc", "status", "--quiet") == ""


def test_the_first_release_has_nothing_to_compare_with(laid: Project, say: Say) -> None:
    laid.ok("git", "tag", "-d", *NAMES)
    code, out, err = say("release", "v0.1.0", "-m", "The beginning")
    assert code == 0, err
    made = laid.ok("git", "rev-parse", "--short=7", "HEAD~1").strip()
    assert out.startswith(f"Released v0.1.0 as {made}\n")
    assert "The first release." in laid.ok("git", "cat-file", "tag", "v0.1.0")
