"""Versions on real git, with locks and cache files written by hand."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagledger import tables, versions
from tagledger.errors import TagledgerError
from tagledger.versions import (
    Repository,
    find_version,
    find_versions,
    list_versions,
    locate,
    objects,
)
from tagledger.versions import dvc_lock as locks_module
from tagledger.versions import version as version_module
from tagledger.versions.dvc_lock import read_outputs, read_stages

Content = bytes | Mapping[str, bytes]

PIPELINE = """\
stages:
  make:
    cmd: make
    outs:
      - data/labels.txt
      - data/splits
    metrics:
      - reports/metrics.json:
          cache: false
"""


def md5_of(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


class Sandbox:
    """A repository in which a pipeline seems to have run."""

    def __init__(self, root: Path, pipeline: str = PIPELINE) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet")
        self.write(
            {
                ".gitignore": ".tagledger/\n/data/*\n!/data/releases.yaml\n.dvc/cache\n",
                "dvc.yaml": pipeline,
            }
        )
        self.cache = root / ".dvc" / "cache"
        (root / ".dvc").mkdir()
        self.write({".dvc/config": ""})

    @property
    def repo(self) -> Repository:
        return Repository.find(self.root)

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)

    def object(self, md5: str) -> Path:
        return self.cache / "files" / "md5" / md5[:2] / md5[2:]

    def keep(self, content: Content) -> str:
        """Put an output into the cache; its md5."""
        if isinstance(content, bytes):
            data, md5 = content, md5_of(content)
        else:
            listed = [{"md5": self.keep(data), "relpath": name} for name, data in content.items()]
            data = json.dumps(listed).encode()
            md5 = f"{md5_of(data)}.dir"
        self.object(md5).parent.mkdir(parents=True, exist_ok=True)
        self.object(md5).write_bytes(data)
        return md5

    def lock(self, data: Mapping[str, Content] | str, code: str = "c", report: str = "r") -> None:
        """Write the dvc.lock of a run that made `data`; a text stands for its labels."""
        outs = {"data/labels.txt": data.encode()} if isinstance(data, str) else data
        lines = ["schema: '2.0'", "stages:", "  make:", "    cmd: make", "    deps:"]
        lines += [
            "    - path: src/make.py",
            "      hash: md5",
            f"      md5: {md5_of(code.encode())}",
        ]
        lines += ["      size: 1", "    outs:"]
        for path, content in outs.items():
            lines += [f"    - path: {path}", "      hash: md5", f"      md5: {self.keep(content)}"]
            lines += ["      size: 7"]
            lines += [f"      nfiles: {len(content)}"] if isinstance(content, dict) else []
        lines += ["    - path: reports/metrics.json", "      hash: md5"]
        lines += [f"      md5: {md5_of(report.encode())}", "      size: 3"]
        self.write({"dvc.lock": "\n".join(lines) + "\n", "reports/metrics.json": report})

    def commit(self, subject: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def record(self, data: str, tag: str | None = None) -> str:
        self.lock(data)
        sha = self.commit(f"data: {data}")
        if tag:
            self.git("tag", "-a", tag, "-m", tag)
        return sha


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repo")


@pytest.fixture
def three(box: Sandbox) -> Sandbox:
    """Two releases and a commit after them."""
    box.record("one", "v1.0.0")
    box.record("two", "v1.1.0")
    box.record("three")
    return box


def names(box: Sandbox, *, experiments: bool = False) -> list[str]:
    return [version.name for version in list_versions(box.repo, experiments=experiments)]


# Finding the repository


def test_the_repository_is_found_from_a_folder_below(box: Sandbox) -> None:
    below = box.root / "notebooks" / "old"
    below.mkdir(parents=True)
    assert Repository.find(below).root == box.root


def test_the_repository_is_found_from_the_current_folder(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(box.root)
    assert Repository.find().root == box.root


def test_a_folder_outside_of_git_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no git work tree"):
        Repository.find(tmp_path)


def test_a_repository_without_a_pipeline_is_an_error(box: Sandbox) -> None:
    (box.root / "dvc.yaml").unlink()
    with pytest.raises(TagledgerError, match=r"no dvc\.yaml"):
        Repository.find(box.root)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no such folder"):
        Repository.find(tmp_path / "gone")


def test_the_pipeline_may_lie_below_the_top_of_the_repository(tmp_path: Path) -> None:
    top = Sandbox(tmp_path)
    part = tmp_path / "parts" / "catalogue"
    part.mkdir(parents=True)
    for name in ("dvc.yaml", ".dvc"):
        (tmp_path / name).rename(part / name)
    top.cache = part / ".dvc" / "cache"
    top.lock("one")
    (tmp_path / "dvc.lock").rename(part / "dvc.lock")
    top.write({"parts/catalogue/params.yaml": "a: 1\n"})
    sha = top.commit("data")
    top.git("tag", "-a", "v1", "-m", "v1")
    repo = Repository.find(part)
    version = find_version(repo, "v1")
    assert version.commit == sha
    assert locate(repo, version, "data/labels.txt").read_text() == "one"
    assert versions.text_at(repo, version, "params.yaml") == "a: 1\n"


def test_a_hooks_environment_does_not_mislead(
    three: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Sandbox(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    assert names(three)[0] == "v1.1.0"


# The list


def test_tags_come_first_then_commits_then_the_workspace(three: Sandbox) -> None:
    last = three.git("rev-parse", "--short", "HEAD")
    three.lock("four")
    assert names(three) == ["v1.1.0", "v1.0.0", last, "workspace"]
    assert [version.kind for version in list_versions(three.repo)] == [
        "release",
        "release",
        "commit",
        "workspace",
    ]


def test_commits_are_newest_first(box: Sandbox) -> None:
    shas = [box.record(data) for data in ("one", "two", "three")]
    assert [version.commit for version in list_versions(box.repo)] == shas[::-1]


def test_tags_are_in_the_order_of_versions(box: Sandbox) -> None:
    order = ["baseline", "v1.9.0", "v1.10.0-rc2", "v1.10.0-rc10", "v1.10.0", "v2"]
    for tag in sorted(order):
        box.record(tag, tag)
    assert names(box) == order[::-1]
    assert versions.release_names(box.repo) == order[::-1]


def test_a_version_says_what_its_commit_says(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Zoë 李")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2024-05-06T07:08:09+02:00")
    sha = box.record("one", "v1.0.0")
    [version] = list_versions(box.repo)
    assert (version.commit, version.revision) == (sha, sha)
    assert (version.author, version.subject) == ("Zoë 李", "data: one")
    assert version.date is not None
    assert version.date.isoformat() == "2024-05-06T07:08:09+02:00"
    output = version.outputs["data/labels.txt"]
    assert (output.md5, output.size, output.cached) == (md5_of(b"one"), 7, True)
    assert not version.outputs["reports/metrics.json"].cached


def test_a_version_can_be_cached_and_sent(box: Sandbox) -> None:
    box.record("one", "v1.0.0")
    [version] = list_versions(box.repo)
    assert pickle.loads(pickle.dumps(version)) == version
    assert asdict(version)["outputs"]["data/labels.txt"]["size"] == 7
    assert len({version, *list_versions(box.repo)}) == 1


def test_revisions_with_the_same_data_are_one_version(box: Sandbox) -> None:
    first = box.record("one", "v1.0.0")
    box.lock("one", code="better", report="more")
    second = box.commit("a better report")
    box.git("tag", "-a", "v1.0.1", "-m", "same data")
    box.git("tag", "light")
    [version] = list_versions(box.repo)
    assert version.name == "v1.0.0"
    assert version.names[:3] == ("v1.0.0", "v1.0.1", "light")
    assert [first.startswith(version.names[4]), second.startswith(version.names[3])] == [True] * 2
    assert version.names[5:] == ("workspace",)
    assert version.commit == version.revision == first


def test_data_that_comes_back_is_the_earlier_version(three: Sandbox) -> None:
    back = three.record("one")
    version = list_versions(three.repo)[1]
    assert version.name == "v1.0.0"
    assert back.startswith(version.names[1])
    assert version.subject == "data: one"
    assert version.commit == three.git("rev-parse", "v1.0.0^{commit}")


def test_a_tag_after_the_commit_that_brought_the_data_names_it(box: Sandbox) -> None:
    first = box.record("one")
    box.write({"CHANGELOG.md": "one\n"})
    second = box.commit("docs")
    box.git("tag", "-a", "v1.0.0", "-m", "v1")
    [version] = list_versions(box.repo)
    assert (version.name, version.commit, version.revision) == ("v1.0.0", first, second)
    assert versions.text_at(box.repo, version, "CHANGELOG.md") == "one\n"


def test_a_lightweight_tag_is_a_name_but_no_release(box: Sandbox) -> None:
    sha = box.record("one")
    box.git("tag", "v1.0.0")
    [version] = list_versions(box.repo)
    assert version.kind == "commit"
    assert sha.startswith(version.name)
    assert "v1.0.0" in version.names
    assert versions.release_names(box.repo) == []


def test_a_repository_without_a_commit_has_its_workspace(box: Sandbox) -> None:
    assert list_versions(box.repo) == []
    box.lock("one")
    [version] = list_versions(box.repo)
    assert (version.name, version.kind, version.commit) == ("workspace", "workspace", None)
    assert locate(box.repo, version, "data/labels.txt").read_text() == "one"


def test_tags_without_data_are_no_versions(box: Sandbox) -> None:
    box.commit("code")
    box.git("tag", "-a", "v0.1", "-m", "code only")
    assert list_versions(box.repo) == []
    with pytest.raises(TagledgerError, match="records no data"):
        find_version(box.repo, "v0.1")


def test_a_release_on_another_branch_is_listed(three: Sandbox) -> None:
    three.git("checkout", "--quiet", "-b", "patch", "v1.0.0")
    sha = three.record("patched", "v1.0.1")
    three.git("checkout", "--quiet", "main")
    assert names(three)[:3] == ["v1.1.0", "v1.0.1", "v1.0.0"]
    assert find_version(three.repo, "v1.0.1").commit == sha


def test_a_merged_branch_keeps_the_commit_that_brought_the_data(three: Sandbox) -> None:
    three.git("checkout", "--quiet", "-b", "feature")
    sha = three.record("feature")
    three.git("checkout", "--quiet", "main")
    three.git("merge", "--quiet", "--no-ff", "-m", "merge", "feature")
    version = find_version(three.repo, "HEAD")
    assert (version.commit, version.subject) == (sha, "data: feature")
    assert version.revision == three.git("rev-parse", "HEAD")


def test_data_that_a_merge_makes_is_a_version(three: Sandbox) -> None:
    three.git("checkout", "--quiet", "-b", "feature")
    three.record("feature")
    three.git("checkout", "--quiet", "main")
    three.record("main")
    three.git("merge", "--quiet", "--no-ff", "--no-commit", "--strategy=ours", "feature")
    merge = three.record("both")
    assert find_version(three.repo, "HEAD").commit == merge
    assert merge in [version.commit for version in list_versions(three.repo)]


def test_a_file_that_goes_from_the_cache_to_git_makes_a_version(box: Sandbox) -> None:
    box.lock({"data/labels.txt": b"one", "data/extra.txt": b"extra"})
    first = box.commit("data")
    box.write({"dvc.yaml": PIPELINE.replace("data/splits", "data/extra.txt: {cache: false}")})
    second = box.commit("git keeps it")
    box.git("tag", "-a", "v1.0.0", "-m", "v1")
    assert find_version(box.repo, "v1.0.0").commit == second
    assert find_version(box.repo, "HEAD~1").commit == first
    assert names(box)[0] == "v1.0.0"


def test_a_broken_lock_of_the_past_hides_no_other_version(three: Sandbox) -> None:
    lock = (three.root / "dvc.lock").read_text()
    three.write({"dvc.lock": f"<<<<<<< ours\n{lock}=======\n{lock}>>>>>>> theirs\n"})
    broken = three.commit("oops")
    three.record("four")
    assert len(list_versions(three.repo)) == 4
    with pytest.raises(TagledgerError, match="not YAML") as caught:
        find_version(three.repo, "HEAD~1")
    assert broken[:10] in str(caught.value.where)


@pytest.mark.parametrize(
    "text", ["<<<<<<< ours\n", "stages: [1]\n", "- a\n", "stages: {a: {outs: [1]}}\n"]
)
def test_a_broken_lock_of_the_workspace_is_an_error(three: Sandbox, text: str) -> None:
    three.write({"dvc.lock": text})
    with pytest.raises(TagledgerError) as caught:
        list_versions(three.repo)
    assert caught.value.where == str(three.root / "dvc.lock")


def test_a_conflict_inside_the_dependencies_is_found(three: Sandbox) -> None:
    lock = (three.root / "dvc.lock").read_text()
    three.write({"dvc.lock": lock.replace("    outs:\n", "=======\n>>>>>>> b\n    outs:\n")})
    with pytest.raises(TagledgerError, match="not YAML"):
        find_version(three.repo, "workspace")


@pytest.mark.parametrize("state", ["detached", "packed", "worktree", "shallow"])
def test_all_states_of_a_clone_have_the_versions(
    three: Sandbox, tmp_path: Path, state: str
) -> None:
    root = three.root
    if state == "detached":
        three.git("checkout", "--quiet", "--detach", "HEAD")
    elif state == "packed":
        three.git("pack-refs", "--all")
        three.git("gc", "--quiet")
    elif state == "worktree":
        root = tmp_path / "linked"
        three.git("worktree", "add", "--quiet", "--detach", str(root), "HEAD")
    else:
        root = tmp_path / "clone"
        three.git("clone", "--quiet", "--depth=2", f"file://{three.root}", str(root))
    repo = Repository.find(root)
    expected = ["v1.1.0", "v1.0.0"] if state != "shallow" else ["v1.1.0"]
    assert [
        version.name for version in list_versions(repo) if version.kind == "release"
    ] == expected
    version = find_version(repo, "v1.1.0")
    assert version.outputs["data/labels.txt"].md5 == md5_of(b"two")
    if state != "shallow":
        assert locate(repo, version, "data/labels.txt").read_text() == "two"


def test_settings_of_the_user_change_nothing(three: Sandbox) -> None:
    expected = list_versions(three.repo)
    for name, value in {
        "log.showSignature": "true",
        "log.follow": "true",
        "color.ui": "always",
        "core.pager": "false",
        "log.date": "relative",
        "core.abbrev": "7",
    }.items():
        three.git("config", name, value)
    assert list_versions(three.repo) == expected


# Experiments


@pytest.fixture
def experiment(three: Sandbox) -> str:
    """An experiment and the bookkeeping of DVC beside it; the commit of the experiment."""
    base = three.git("rev-parse", "HEAD")
    three.git("checkout", "--quiet", "--detach")
    sha = three.record("bold")
    three.git("checkout", "--quiet", "main")
    three.git("update-ref", f"refs/exps/{base[:2]}/{base[2:]}/bold-crow", sha)
    three.git("update-ref", "refs/exps/exec/EXEC_HEAD", sha)
    three.git("update-ref", "refs/exps/stash", sha)
    return sha


def test_experiments_are_listed_when_asked_for(three: Sandbox, experiment: str) -> None:
    assert "bold-crow" not in names(three)
    three.lock("four")
    listed = list_versions(three.repo, experiments=True)
    assert [version.kind for version in listed[-3:]] == ["commit", "experiment", "workspace"]
    version = listed[-2]
    assert (version.name, version.commit, version.subject) == (
        "bold-crow",
        experiment,
        "data: bold",
    )
    assert version.names == ("bold-crow",)


def test_an_experiment_is_found_by_its_name(three: Sandbox, experiment: str) -> None:
    version = find_version(three.repo, "bold-crow")
    assert (version.kind, version.revision) == ("experiment", experiment)
    assert locate(three.repo, version, "data/labels.txt").read_text() == "bold"


def test_an_experiment_that_changed_nothing_is_a_name_of_its_version(three: Sandbox) -> None:
    base = three.git("rev-parse", "HEAD")
    three.git("update-ref", f"refs/exps/{base[:2]}/{base[2:]}/dull-crow", base)
    version = find_version(three.repo, "dull-crow")
    assert version.kind == "commit"
    assert "dull-crow" in version.names


# Finding a version


@pytest.mark.parametrize("asked", ["v1.0.0", "HEAD~2", "main~2", "refs/tags/v1.0.0", "old"])
def test_every_way_to_name_a_revision_finds_its_version(three: Sandbox, asked: str) -> None:
    three.git("branch", "old", "v1.0.0")
    version = find_version(three.repo, asked)
    assert version.name == "v1.0.0"
    assert version == find_version(three.repo, three.git("rev-parse", "v1.0.0^{commit}")[:8])


def test_every_listed_name_is_found(three: Sandbox, experiment: str) -> None:
    for version in list_versions(three.repo, experiments=True):
        for name in version.names:
            assert find_version(three.repo, name).data_id == version.data_id, name


def test_a_tag_asked_for_is_the_one_shown(box: Sandbox) -> None:
    box.record("one", "v1.0.0")
    box.lock("one", report="more")
    sha = box.commit("better report")
    box.git("tag", "-a", "v1.0.1", "-m", "same data")
    version = find_version(box.repo, "v1.0.1")
    assert (version.name, version.revision) == ("v1.0.1", sha)
    assert version.outputs["reports/metrics.json"].md5 == md5_of(b"more")
    assert versions.text_at(box.repo, version, "reports/metrics.json") == "more"
    assert version.data_id == find_version(box.repo, "v1.0.0").data_id


def test_a_branch_that_is_not_merged_is_found(three: Sandbox) -> None:
    three.git("checkout", "--quiet", "-b", "feature")
    sha = three.record("feature")
    three.git("checkout", "--quiet", "main")
    assert sha not in [version.commit for version in list_versions(three.repo)]
    version = find_version(three.repo, "feature")
    assert (version.commit, version.subject) == (sha, "data: feature")


def test_several_versions_are_what_each_is_by_itself(three: Sandbox) -> None:
    three.git("checkout", "--quiet", "-b", "feature", "HEAD~1")
    three.record("feature")
    three.git("checkout", "--quiet", "main")
    wanted = ["v1.0.0", "feature", "workspace", "v1.1.0", "HEAD", "HEAD~2", "v1.0.0"]
    for asked in (wanted, wanted[::-1]):
        assert find_versions(three.repo, asked) == [find_version(three.repo, one) for one in asked]


def test_the_workspace_is_what_lies_there_now(three: Sandbox) -> None:
    version = find_version(three.repo, "workspace")
    assert (version.kind, version.commit, version.name) == ("workspace", None, "workspace")
    assert three.git("rev-parse", "--short", "HEAD") in version.names
    three.lock("four")
    assert find_version(three.repo, "workspace").names == ("workspace",)
    (three.root / "dvc.lock").unlink()
    with pytest.raises(TagledgerError, match=r"no dvc\.lock") as caught:
        find_version(three.repo, "workspace")
    assert "dvc repro" in caught.value.hint


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("v1.0.O", "did you mean v1.0.0?"),
        ("worksapce", "did you mean workspace?"),
        ("zzz", "known: "),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(
    three: Sandbox, asked: str, hint: str
) -> None:
    with pytest.raises(TagledgerError, match=asked) as caught:
        find_version(three.repo, asked)
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    "asked",
    [
        *("", "-1", "--all", "--output=x", "../x", "a..b", "HEAD...v1", "^HEAD", "HEAD:dvc.lock"),
        *(":/data", "a\nb", "a\0b", "a\x1b[31m", "v1.0.0\n", "\ud800", "HEAD\u202e"),
    ],
)
def test_no_name_is_taken_for_an_option_a_range_or_a_path(three: Sandbox, asked: str) -> None:
    before = sorted(path for path in three.root.rglob("*") if ".git" not in path.parts)
    with pytest.raises(TagledgerError, match="cannot name a revision"):
        find_version(three.repo, asked)
    assert before == sorted(path for path in three.root.rglob("*") if ".git" not in path.parts)


@given(text=st.text(max_size=12))
def test_any_text_finds_a_version_or_is_an_error(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    try:
        versions.git.check_revision(text)
    except TagledgerError:
        return
    assert not text.startswith("-")
    assert text.isprintable()
    assert text


# Other files of a version


def test_texts_come_from_each_versions_own_revision(three: Sandbox) -> None:
    three.write({"params.yaml": "a: 1\n"})
    three.commit("params")
    three.git("tag", "-a", "v1.2.0", "-m", "v1.2.0")
    three.write({"params.yaml": "a: 2\n"})
    asked = [find_version(three.repo, name) for name in ("v1.0.0", "v1.2.0", "HEAD", "workspace")]
    texts = versions.texts_at(three.repo, asked, "params.yaml")
    assert texts == [None, "a: 1\n", "a: 1\n", "a: 2\n"]
    assert versions.text_at(three.repo, asked[3], "gone.yaml") is None


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b", "", "a\nb", "."])
def test_a_path_out_of_the_repository_is_refused(three: Sandbox, path: str) -> None:
    for name in ("v1.0.0", "workspace"):
        with pytest.raises(TagledgerError, match="no path inside"):
            versions.text_at(three.repo, find_version(three.repo, name), path)


def test_a_file_that_is_no_text_is_an_error(three: Sandbox) -> None:
    (three.root / "x.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TagledgerError, match="not UTF-8"):
        versions.text_at(three.repo, find_version(three.repo, "workspace"), "x.bin")


# What makes a version

CATALOGUE = {
    "data/raw": {"rows.csv": b"raw"},
    "data/clean/items.parquet": b"items",
    "data/clean/labels.parquet": b"clean labels",
    "data/clean/quarantine.parquet": b"quarantine",
    "data/clean/rows.json": b"rows",
    "data/clean/taxonomy.parquet": b"taxonomy",
    "data/filtered/labels.parquet": b"filtered labels",
    "data/filtered/tags.parquet": b"tags",
    "data/splits": {"assignments.parquet": b"assignments", "train.parquet": b"train"},
}
DATA = (
    "data/clean/items.parquet",
    "data/clean/labels.parquet",
    "data/filtered/labels.parquet",
    "data/filtered/tags.parquet",
)


def data_id(outs: Mapping[str, tuple[str, int | None]], pipeline: bytes = b"") -> str:
    """The data id of the lock of one stage with outputs of an md5, and a number of files."""
    lock = written([{path: (md5, 1, files) for path, (md5, files) in outs.items()}])
    return version_module.id_of(version_module.data_of(read_outputs(lock, pipeline, "here")))


def test_a_data_id_stays_for_ever() -> None:
    outs = {path: (f"{number:x}" * 32, None) for number, path in enumerate(DATA, start=10)}
    outs |= {"data/splits": ("e" * 32, 3), "data/raw": ("f" * 32, 1)}
    # Recorded in people's data/releases.yaml: another value here would cut all names off.
    assert data_id(outs) == "963407106b3e115b16dde6134bb461f8"
    text = "\n".join(
        [
            f"data/clean/items.parquet\t{'a' * 32}",
            f"data/clean/labels.parquet\t{'b' * 32}",
            f"data/filtered/labels.parquet\t{'c' * 32}",
            f"data/filtered/tags.parquet\t{'d' * 32}",
            f"data/splits\t{'e' * 32}.dir",
        ]
    )
    assert hashlib.blake2b(text.encode(), digest_size=16).hexdigest() == data_id(outs)


def test_the_tables_of_a_version_are_those_that_stages_write() -> None:
    assert set(version_module.DATA_TABLES) == {
        path.as_posix()
        for path in (
            tables.CLEAN_ITEMS,
            tables.CLEAN_LABELS,
            tables.FILTERED_LABELS,
            tables.FILTERED_TAGS,
            tables.ASSIGNMENTS,
        )
    }


def test_people_s_answers_make_a_version_where_they_change_a_label() -> None:
    outs: dict[str, tuple[str, int | None]] = {
        path: (f"{number:x}" * 32, None) for number, path in enumerate(DATA, start=10)
    }
    before_the_stage = data_id(outs)
    annotated, clean = version_module.ANNOTATED_LABELS, version_module.CLEAN_LABELS
    assert data_id(outs | {annotated: outs[clean]}) == before_the_stage
    ids = {data_id(outs | {annotated: (md5 * 32, None)}) for md5 in "12"}
    assert len(ids | {before_the_stage}) == 3
    # Verdicts that confirm what the source says, and all else that the stage makes, are no data.
    assert data_id(outs | {"data/annotated/verdicts.parquet": ("3" * 32, None)}) == before_the_stage


def test_no_release_of_this_repository_has_another_data_id_than_its_record() -> None:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        pytest.skip("the history is not here")
    records = yaml.safe_load((root / "data" / "releases.yaml").read_text(encoding="utf-8"))
    recorded = {one["data"] for one in records}
    log = ["git", "log", "--format=%H", "--", "dvc.lock"]
    commits = subprocess.run(log, cwd=root, check=True, capture_output=True, text=True).stdout
    found = set()
    for commit in commits.split():
        lock, pipeline = (
            subprocess.run(
                ["git", "show", f"{commit}:{name}"], cwd=root, check=False, capture_output=True
            ).stdout
            for name in ("dvc.lock", "dvc.yaml")
        )
        outputs = read_outputs(lock, pipeline, "here")
        found.add(version_module.id_of(version_module.data_of(outputs)))
    assert recorded <= found


@pytest.mark.parametrize(
    "path",
    [
        "data/raw",
        "data/clean/quarantine.parquet",
        "data/clean/rows.json",
        "data/clean/taxonomy.parquet",
        "data/annotated",
        "models/baseline.bin",
    ],
)
@pytest.mark.parametrize("change", ["other", "gone"])
def test_what_is_no_item_label_tag_or_assignment_makes_no_version(
    box: Sandbox, path: str, change: str
) -> None:
    box.lock({path: {"new": b"new"}} | CATALOGUE)
    box.commit("data")
    other: dict[str, Content] = {path: {"more": b"more"}} if change == "other" else {}
    box.lock({name: made for name, made in CATALOGUE.items() if name != path} | other)
    box.commit("the same data")
    [version] = list_versions(box.repo)
    assert version.subject == "data"
    assert len(version.names) == 3
    assert [step.version.subject for step in versions.lineage(box.repo).steps] == ["data"]


@pytest.mark.parametrize("path", [*DATA, "data/splits"])
@pytest.mark.parametrize("change", ["other", "gone"])
def test_an_item_label_tag_or_assignment_makes_a_version(
    box: Sandbox, path: str, change: str
) -> None:
    box.lock(CATALOGUE)
    box.commit("data")
    other: dict[str, Content] = {}
    if change == "other":
        other = {path: b"other" if path != "data/splits" else {"assignments.parquet": b"other"}}
    # A lock without it is half built: a failed run wrote it.
    box.lock({name: made for name, made in CATALOGUE.items() if name != path} | other)
    box.commit("other data")
    assert [version.subject for version in list_versions(box.repo)] == ["other data", "data"]


def test_a_table_counts_by_its_folder_where_a_stage_makes_that_in_one_piece() -> None:
    whole = {"data/clean": ("a" * 32, 3), "data/filtered": ("b" * 32, 2)}
    assert data_id(whole | {"data/raw": ("c" * 32, 1)}) == data_id(whole)
    assert data_id(whole | {"data/clean": ("d" * 32, 3)}) != data_id(whole)


def test_it_does_not_matter_whether_git_or_dvc_keeps_a_table() -> None:
    outs: dict[str, tuple[str, int | None]] = dict.fromkeys(DATA, ("a" * 32, None))
    pipeline = b"stages: {clean: {outs: [{data/clean/items.parquet: {cache: false}}]}}"
    assert data_id(outs, pipeline) == data_id(outs)


@pytest.mark.parametrize(
    "outs",
    [
        {"data/raw": ("a" * 32, 1)},
        {"data/numbers.txt": ("a" * 32, None), "data/splits": ("b" * 32, 2)},
        {"data": ("a" * 32, 1), "model.bin": ("b" * 32, None)},
    ],
)
def test_of_another_pipeline_all_that_dvc_keeps_counts(
    outs: dict[str, tuple[str, int | None]],
) -> None:
    for path, (_, files) in outs.items():
        assert data_id(outs | {path: ("c" * 32, files)}) != data_id(outs), path
    report = {"reports/metrics.json": ("d" * 32, None)}
    pipeline = b"stages: {report: {metrics: [{reports/metrics.json: {cache: false}}]}}"
    assert data_id(outs | report, pipeline) == data_id(outs)


def test_a_version_has_the_outputs_of_the_revision_that_it_is_named_by(box: Sandbox) -> None:
    box.lock(CATALOGUE)
    first = box.commit("data")
    box.lock(CATALOGUE | {"data/raw": {"rows.csv": b"other bytes"}})
    second = box.commit("the source was published anew")
    box.git("tag", "-a", "v1.0.0", "-m", "v1")
    listed = find_version(box.repo, "v1.0.0")
    assert list_versions(box.repo) == [listed]
    assert (listed.commit, listed.revision) == (first, second)
    earlier = find_version(box.repo, first)
    assert earlier.data_id == listed.data_id
    assert earlier.outputs_id != listed.outputs_id
    # The hint for what is missing names it, and a rebuild of v1.0.0 would not bring it.
    assert (earlier.name, earlier.kind) == (first[:10], "commit")
    assert find_version(box.repo, earlier.name) == earlier
    for version in (listed, earlier):
        assert version.revision is not None
        lock, pipeline = (
            box.git("show", f"{version.revision}:{name}").encode()
            for name in ("dvc.lock", "dvc.yaml")
        )
        # So what is located is that revision's, and a rebuild is held against all its lock.
        assert version.outputs == read_outputs(lock, pipeline, "here")
        of_lock = versions.version_of_lock(box.repo, lock, "x")
        assert (of_lock.name, of_lock.outputs) == ("v1.0.0", version.outputs)
    assert locate(box.repo, earlier, "data/raw/rows.csv").read_bytes() == b"raw"
    assert locate(box.repo, listed, "data/raw/rows.csv").read_bytes() == b"other bytes"


def test_other_raw_files_are_a_step_where_the_raw_layer_is_asked_for(box: Sandbox) -> None:
    for raw in (b"raw", b"other bytes", b"raw"):
        box.lock(CATALOGUE | {"data/raw": {"rows.csv": raw}})
        box.commit(f"{raw.decode()}")
    box.lock(CATALOGUE | {"data/raw": {"rows.csv": b"today"}})
    assert len(versions.lineage(box.repo).steps) == 1
    steps = versions.lineage(box.repo, beside="data/raw").steps
    assert [step.version.subject for step in steps] == ["raw", "other bytes", "raw", None]
    found = [locate(box.repo, step.version, "data/raw/rows.csv") for step in steps]
    assert [file.read_bytes() for file in found] == [b"raw", b"other bytes", b"raw", b"today"]


# Where the data is


@pytest.fixture
def stocked(box: Sandbox) -> Sandbox:
    """A release with a file and a folder."""
    splits = {"train.txt": b"train", "deep/val.txt": b"val"}
    box.lock({"data/labels.txt": b"labels", "data/splits": splits})
    box.commit("data")
    box.git("tag", "-a", "v1.0.0", "-m", "v1")
    return box


def test_files_and_files_in_folders_are_located(stocked: Sandbox) -> None:
    version = find_version(stocked.repo, "v1.0.0")
    for path, text in {
        "data/labels.txt": "labels",
        "data/splits/train.txt": "train",
        "data/splits/deep/val.txt": "val",
    }.items():
        assert locate(stocked.repo, version, path).read_text() == text
    assert versions.members(stocked.repo, version, "data/splits") == ["deep/val.txt", "train.txt"]
    assert version.outputs["data/splits"].files == 2
    assert versions.available(stocked.repo, version) == "cache"


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("data/splits", "is a folder"),
        ("data/splits/gone.txt", "is no file"),
        ("data/labels.txt/x", "no data called"),
        ("data/gone.txt", "no data called"),
        ("reports/metrics.json", "kept in git"),
    ],
)
def test_what_is_no_file_of_the_data_is_an_error(stocked: Sandbox, path: str, what: str) -> None:
    with pytest.raises(TagledgerError, match=what):
        locate(stocked.repo, find_version(stocked.repo, "v1.0.0"), path)


def test_a_file_has_no_members(stocked: Sandbox) -> None:
    with pytest.raises(TagledgerError, match="no folder data/labels"):
        versions.members(stocked.repo, find_version(stocked.repo, "v1.0.0"), "data/labels.txt")


@pytest.mark.parametrize("lost", [b"labels", b"train"])
def test_missing_data_names_the_command_that_makes_it(stocked: Sandbox, lost: bytes) -> None:
    stocked.object(md5_of(lost)).unlink()
    version = find_version(stocked.repo, "v1.0.0")
    assert versions.available(stocked.repo, version) == "missing"
    path = "data/labels.txt" if lost == b"labels" else "data/splits/train.txt"
    with pytest.raises(versions.MissingDataError, match=path) as caught:
        locate(stocked.repo, version, path)
    assert "tagledger rebuild v1.0.0" in caught.value.hint


def test_missing_data_of_the_workspace_asks_for_a_run(stocked: Sandbox) -> None:
    shutil.rmtree(stocked.cache)
    with pytest.raises(versions.MissingDataError) as caught:
        locate(stocked.repo, find_version(stocked.repo, "workspace"), "data/labels.txt")
    assert "`dvc repro`" in caught.value.hint


def test_the_workspace_has_data_that_never_went_to_the_cache(stocked: Sandbox) -> None:
    shutil.rmtree(stocked.cache)
    stocked.write({"data/labels.txt": "labels"})
    workspace = find_version(stocked.repo, "workspace")
    assert locate(stocked.repo, workspace, "data/labels.txt") == stocked.root / "data/labels.txt"
    stocked.write({"data/labels.txt": "edited"})
    with pytest.raises(versions.MissingDataError):
        locate(stocked.repo, workspace, "data/labels.txt")


@pytest.mark.parametrize("damaged", [b"labels", b"val"])
def test_a_damaged_file_is_named_with_the_command_that_mends_it(
    stocked: Sandbox, damaged: bytes
) -> None:
    file = stocked.object(md5_of(damaged))
    file.write_bytes(b"xxx")
    path = "data/labels.txt" if damaged == b"labels" else "data/splits/deep/val.txt"
    with pytest.raises(versions.DamagedDataError, match=path) as caught:
        locate(stocked.repo, find_version(stocked.repo, "v1.0.0"), path)
    assert caught.value.where == str(file)
    assert "tagledger rebuild v1.0.0" in caught.value.hint


def test_a_damaged_list_of_a_folder_is_found(stocked: Sandbox) -> None:
    version = find_version(stocked.repo, "v1.0.0")
    stocked.object(version.outputs["data/splits"].md5).write_text("[")
    assert versions.available(stocked.repo, version) == "missing"
    with pytest.raises(versions.DamagedDataError):
        versions.members(stocked.repo, version, "data/splits")


def rot(file: Path) -> None:
    """Change a file's content, and nothing else that can be seen of it."""
    stat = file.stat()
    data = file.read_bytes()
    file.chmod(0o644)
    with file.open("r+b") as stream:
        stream.write(bytes([data[0] ^ 1]))
    file.chmod(stat.st_mode)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_what_is_read_is_hashed_each_time(stocked: Sandbox) -> None:
    version = find_version(stocked.repo, "v1.0.0")
    rot(locate(stocked.repo, version, "data/labels.txt"))
    with pytest.raises(versions.DamagedDataError):
        locate(stocked.repo, version, "data/labels.txt")


@pytest.fixture
def large(stocked: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A release whose files are large, as reading goes."""
    monkeypatch.setattr(objects, "TRUSTED_BYTES", 1)
    return stocked


def test_a_large_file_is_hashed_once_a_day_as_long_as_it_stays(large: Sandbox) -> None:
    version = find_version(large.repo, "v1.0.0")
    file = locate(large.repo, version, "data/labels.txt")
    rot(file)
    # Nothing but the content tells: that it is not read again today is the promise.
    assert locate(large.repo, version, "data/labels.txt") == file
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    with pytest.raises(versions.DamagedDataError):
        locate(large.repo, version, "data/labels.txt")


@pytest.mark.parametrize("days", [1.01, -1.01, 10_000])
def test_a_stamp_of_another_day_is_not_believed(
    large: Sandbox, monkeypatch: pytest.MonkeyPatch, days: float
) -> None:
    version = find_version(large.repo, "v1.0.0")
    rot(locate(large.repo, version, "data/labels.txt"))
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + days * 86_400)
    with pytest.raises(versions.DamagedDataError):
        locate(large.repo, version, "data/labels.txt")


def test_a_torn_stamp_costs_a_check_only(large: Sandbox) -> None:
    version = find_version(large.repo, "v1.0.0")
    locate(large.repo, version, "data/labels.txt")
    [stamp] = (file for file in (large.root / ".tagledger").rglob("*") if file.is_file())
    whole = stamp.read_text().rpartition(" ")[0]
    stamp.write_bytes(b"\xff1")
    assert locate(large.repo, version, "data/labels.txt").read_text() == "labels"
    assert stamp.read_text().rpartition(" ")[0] == whole


def test_stamps_leave_the_work_tree_clean(large: Sandbox) -> None:
    locate(large.repo, find_version(large.repo, "v1.0.0"), "data/labels.txt")
    assert versions.dirty_files(large.repo) == []


@pytest.mark.parametrize("level", ["config", "config.local", "global"])
@pytest.mark.parametrize("how", ["absolute", "relative"])
def test_the_cache_is_where_dvc_is_told_to_keep_it(
    stocked: Sandbox, tmp_path: Path, level: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "shared cache"
    stocked.cache.rename(elsewhere)
    file = stocked.root / ".dvc" / level
    if level == "global":
        monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "settings"))
        file = tmp_path / "settings" / "config"
        file.parent.mkdir()
    place = elsewhere if how == "absolute" else os.path.relpath(elsewhere, file.parent)
    file.write_text(f"[core]\n    analytics = false\n[cache]\n    dir = {place} # shared\n")
    version = find_version(stocked.repo, "v1.0.0")
    assert stocked.repo.settings.cache == elsewhere
    assert locate(stocked.repo, version, "data/labels.txt").is_relative_to(elsewhere)


def test_settings_that_are_broken_are_an_error(stocked: Sandbox) -> None:
    stocked.write({".dvc/config": "cache: dir\n"})
    version = find_version(stocked.repo, "v1.0.0")
    with pytest.raises(TagledgerError, match="not DVC's configuration"):
        locate(stocked.repo, version, "data/labels.txt")


def test_availability_knows_a_remote_without_asking_it(stocked: Sandbox, tmp_path: Path) -> None:
    version = find_version(stocked.repo, "v1.0.0")
    remote = tmp_path / "remote"
    shutil.copytree(stocked.cache, remote)
    stocked.object(md5_of(b"train")).unlink()
    assert versions.available(stocked.repo, version) == "missing"
    stocked.write({".dvc/config": f"['remote \"store\"']\n    url = {remote}\n"})
    assert versions.available(stocked.repo, version) == "missing"  # no default
    stocked.write(
        {".dvc/config.local": "[core]\n    remote = store\n"},
    )
    assert versions.available(stocked.repo, version) == "remote"
    (remote / "files" / "md5" / md5_of(b"train")[:2] / md5_of(b"train")[2:]).unlink()
    assert versions.available(stocked.repo, version) == "missing"
    stocked.write({".dvc/config.local": "['remote \"s\"']\nurl = s3://x/y\n[core]\nremote = s\n"})
    assert versions.available(stocked.repo, version) == "unknown"


# Locks

HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
PATHS = st.from_regex(r"[a-z_][a-z0-9_./-]{0,12}", fullmatch=True)
OUTS = st.dictionaries(
    PATHS, st.tuples(HEX, st.integers(0, 10**12), st.none() | st.integers(0, 99))
)


def written(stages: list[dict[str, tuple[str, int, int | None]]]) -> bytes:
    """A lock as DVC writes it."""
    lines = ["schema: '2.0'", "stages:"]
    for number, outs in enumerate(stages):
        lines += [f"  stage{number}:", "    cmd: run --it", "    deps:", "    - path: code.py"]
        lines += ["      hash: md5", f"      md5: {'0' * 32}", "      size: 1"]
        if outs:
            lines += ["    outs:"]
        for path, (md5, size, files) in outs.items():
            quote = "'" if md5.isdecimal() else ""
            folder = ".dir" if files is not None else ""
            lines += [
                f"    - path: {path}",
                "      hash: md5",
                f"      md5: {quote}{md5}{folder}{quote}",
            ]
            lines += [f"      size: {size}"] + (
                [f"      nfiles: {files}"] if files is not None else []
            )
    return ("\n".join(lines) + "\n").encode()


@given(stages=st.lists(OUTS, max_size=3))
def test_the_quick_way_reads_what_yaml_reads(
    stages: list[dict[str, tuple[str, int, int | None]]],
) -> None:
    lock = written(stages)
    quick = locks_module.read_layout(lock)
    plain = all("outs" not in path for outs in stages for path in outs)
    numbers = any(md5.isdecimal() for outs in stages for md5, _, _ in outs.values())
    assert (quick is not None) == (plain and not numbers)
    if quick is not None:
        assert quick == list(locks_module.read_as_yaml(lock))


@pytest.mark.parametrize("name", ["no", "yes", "on", "off", "y", "n"])
def test_an_output_called_as_a_truth_value_is_an_output(name: str) -> None:
    lock = written([{name: ("a" * 32, 3, None)}])
    assert [path for path, *_ in locks_module.read_as_yaml(lock)] == [name]


@pytest.mark.parametrize("name", ["2024-06-30", "010", "1:30", "no"])
def test_names_in_a_lock_are_the_texts_that_dvc_wrote(name: str) -> None:
    lock = f"stages: {{{name}: {{outs: [{{path: {name}, md5: {'a' * 32}, size: 3}}]}}}}".encode()
    assert list(read_outputs(lock, b"", "here")) == [name]
    assert list(read_stages(lock, "here")) == [name]


def test_a_lock_with_a_key_twice_is_no_lock() -> None:
    with pytest.raises(TagledgerError, match="'a' is given twice"):
        read_outputs(b"stages: {a: {outs: []}, a: {}}", b"", "here")


HEAD = "schema: '2.0'\nstages:\n  a:\n"
STRANGE = {
    "flow": "schema: '2.0'\nstages:\n  a: {cmd: x, outs: [{path: p, md5: %s, size: 3}]}\n",
    "quotes": f"{HEAD}    outs:\n    - path: 'p'\n      md5: %s\n      size: 3\n",
    "more keys": f"{HEAD}    outs:\n    - path: p\n      hash: md5\n      md5: %s\n"
    "      size: 3\n      isexec: true\n",
    "indented list": f"{HEAD}    outs:\n      - path: p\n        md5: %s\n        size: 3\n",
    "no head": "stages:\n  a:\n    outs:\n    - path: p\n      hash: md5\n      md5: %s\n"
    "      size: 3\n",
    "windows": f"{HEAD}    outs:\n    - path: p\n      md5: %s\n      size: 3\n".replace(
        "\n", "\r\n"
    ),
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE.keys())
def test_other_layouts_are_read_as_well(text: str) -> None:
    lock = (text % ("a" * 32)).encode()
    assert locks_module.read_layout(lock) is None
    outputs = read_outputs(lock, b"", "here")
    assert [(out.path, out.md5, out.size) for out in outputs.values()] == [("p", "a" * 32, 3)]


@pytest.mark.parametrize(
    "entry",
    [
        "outs: [{'data/p.csv': {cache: false}}]",
        "metrics: [{'data/p.csv': {cache: false}}, other]",
        "plots: [{'data/p.csv': {cache: false, x: a}}]",
        "foreach: [p, q]\n    do: {outs: [{'data/${item}.csv': {cache: false}}]}",
    ],
)
def test_what_git_keeps_is_told_from_the_pipeline(entry: str) -> None:
    lock = written([{"data/p.csv": ("a" * 32, 1, None), "data/z.txt": ("b" * 32, 1, None)}])
    outputs = read_outputs(lock, f"stages:\n  a:\n    {entry}\n".encode(), "here")
    assert [(out.path, out.cached) for out in outputs.values()] == [
        ("data/p.csv", False),
        ("data/z.txt", True),
    ]


# Recording


def test_dirty_files_are_named(three: Sandbox) -> None:
    assert versions.dirty_files(three.repo) == []
    three.write({"new dir/ä.txt": "x", "dvc.yaml": "stages: {}\n", "data/ignored": "x"})
    (three.root / "reports/metrics.json").unlink()
    assert versions.dirty_files(three.repo) == ["dvc.yaml", "new dir/ä.txt", "reports/metrics.json"]


def test_a_commit_holds_all_that_differs_and_its_whole_message(three: Sandbox) -> None:
    three.lock("four", report="four")
    three.write({"other.txt": "x"})
    sha = versions.commit_all(three.repo, "data: four\n\n# kept\n")
    assert sha == three.git("rev-parse", "HEAD")
    shown = three.git("show", "--format=%B", "--name-only", "HEAD").splitlines()
    assert shown[:4] == ["data: four", "", "# kept", ""]
    assert {"dvc.lock", "other.txt", "reports/metrics.json"} <= set(shown)
    assert versions.dirty_files(three.repo) == []
    assert versions.commit_all(three.repo, "again") is None


def test_a_release_is_an_annotated_tag_with_the_whole_message(three: Sandbox) -> None:
    versions.annotated_tag(three.repo, "v1.2.0", "Three\n\n# Tags\n+ cats\n")
    assert three.git("cat-file", "-t", "v1.2.0") == "tag"
    assert three.git("for-each-ref", "--format=%(contents)", "refs/tags/v1.2.0") == (
        "Three\n\n# Tags\n+ cats"
    )
    assert names(three)[0] == "v1.2.0"


@pytest.mark.parametrize("name", ["v1.0.0", "a b", "x.lock", "--delete", "a..b"])
def test_a_tag_that_exists_or_cannot_is_an_error(three: Sandbox, name: str) -> None:
    before = three.git("show-ref")
    with pytest.raises(TagledgerError):
        versions.annotated_tag(three.repo, name, "text")
    assert three.git("show-ref") == before


def test_a_hook_that_refuses_is_an_error(three: Sandbox) -> None:
    hook = three.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
    hook.chmod(0o755)
    three.lock("four")
    with pytest.raises(TagledgerError, match="no such luck"):
        versions.commit_all(three.repo, "data: four")


def test_a_tag_may_be_that_of_another_commit(three: Sandbox) -> None:
    versions.annotated_tag(three.repo, "v9.0.0", "text", commit="HEAD~1")
    assert three.git("rev-parse", "v9.0.0^{commit}") == three.git("rev-parse", "HEAD~1")


def test_a_dirty_tree_is_refused(three: Sandbox) -> None:
    versions.refuse_dirty(three.repo)
    three.write({"mine.txt": "x"})
    with pytest.raises(TagledgerError, match="mine"):
        versions.refuse_dirty(three.repo)
    assert (three.root / "mine.txt").exists()


# The package


def test_versions_are_read_without_heavy_libraries() -> None:
    code = (
        "import sys, tagledger.versions; "
        "print(sorted({'pandas', 'numpy', 'pyarrow', 'pydantic', 'dvc'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
