"""Clones whose commits, remote and links mean harm: every command that reads is tried on them."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from tagledger.versions.repository import object_path
from tests.pipeline.conftest import Project

LABELS = "data/filtered/labels.parquet"
LOAD = """
import sys, tagledger
for version in sys.argv[1:]:
    for layer in ("filtered", "clean", "raw"):
        try:
            print(version, layer, len(tagledger.load(version, layer=layer)))
        except tagledger.errors.TagledgerError as error:
            print(error)
"""
COMPARE = """
import sys, tagledger
from tagledger.dataset import compare_datasets, open_dataset
for version in sys.argv[1:]:
    try:
        print(version, compare_datasets(open_dataset(version), open_dataset("v1.0.0")).b)
    except tagledger.errors.TagledgerError as error:
        print(version, error)
"""
DASHBOARD = """
import itertools, sys
from tagledger import reports, versions
from tagledger.errors import TagledgerError
from tagledger_dashboard import loading, version_facts, state
repository = versions.Repository.find()
listed = versions.list_versions(repository)
for base, target in itertools.product(listed, listed):
    context = loading.Context(repository, listed, state.Choice(base.name, target.name))
    for ask in (
        lambda: context.report(reports.QUALITY), lambda: context.report(reports.METRICS),
        context.comparison, context.changes, context.gates, context.groups,
        lambda: context.recheck(target), lambda: context.blame("1"),
        lambda: version_facts.decided(context, target), lambda: version_facts.failures(context),
    ):
        try:
            ask()
        except TagledgerError as error:
            print(error, context.unreadable(error))
"""
# Every command takes minutes, and `compare` asks a remote for one table after the other.
SOME = ("versions --json", "history")
QUICK_OR_ALL = pytest.mark.parametrize(
    "some", [pytest.param(True, id="some"), pytest.param(False, id="all", marks=pytest.mark.long)]
)
# With each change an error says what to do; at night that is done. With each change it is done to
# data that takes no time, in the tests of versions with DVC.
SAID_OR_DONE = pytest.mark.parametrize(
    "done",
    [pytest.param(False, id="said"), pytest.param(True, id="done", marks=pytest.mark.long)],
)
# What tools write for themselves.
OWN = (
    *(".dvc/cache", ".dvc/tmp", ".tagledger"),
    *(".git/index", ".git/logs", ".git/tagledger", ".git/worktrees"),
)


def digest(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class Clone:
    """A clone of a built repository, to which a stranger has committed."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.root = project.root
        self.cache = self.root / ".dvc/cache"
        self.sound = (self.root / "dvc.lock").read_text()
        project.ok("git", "tag", "-a", "v1.0.0", "-m", "sound")
        (self.root / ".git/hooks/post-checkout.sentinel").write_text("sentinel")
        (self.root.parent / "victim").write_text("victim")

    def md5_of(self, path: str, lock: str | None = None) -> str:
        found = re.search(rf"path: {path}\n +hash: md5\n +md5: (\S+)", lock or self.sound)
        assert found is not None, path
        return found[1]

    def keep(self, data: bytes, ending: str = "") -> str:
        name = digest(data) + ending
        file = object_path(self.cache, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return name

    def release(self, name: str, old: str, new: str) -> None:
        """Release the sound lock with one word in place of another, then go back to it."""
        lock = self.root / "dvc.lock"
        assert old in self.sound
        lock.write_text(self.sound.replace(old, new))
        self.project.ok("git", "commit", "-qam", f"data: {name}")
        self.project.ok("git", "tag", "-a", name, "-m", name)
        lock.write_text(self.sound)
        self.project.ok("git", "commit", "-qam", "data: back")

    def tree(self) -> dict[str, str]:
        """All that lies around and in the clone, but for what tools keep to themselves."""
        found = {}
        for folder, folders, files in os.walk(self.root.parent):
            for name in (*folders, *files):
                path = Path(folder, name)
                inside = path.relative_to(self.root.parent).as_posix()
                if inside.removeprefix(f"{self.root.name}/").startswith(OWN):
                    continue
                link = path.readlink().as_posix() if path.is_symlink() else ""
                found[inside] = link or (digest(path.read_bytes()) if path.is_file() else "folder")
        return found

    def read_all(
        self, *names: str, some: Collection[str] = (), tag: str = "pytorch"
    ) -> dict[str, str]:
        """What commands that read print, some or every; no traceback, and nothing changed."""
        commands: dict[str, tuple[str, ...]] = {
            "versions": ("tagledger", "versions"),
            "versions --json": ("tagledger", "versions", "--json"),
            "summary": ("tagledger", "summary"),
            "check": ("tagledger", "check"),
            "check --deep": ("tagledger", "check", "--deep"),
            "history": ("tagledger", "history", tag),
            "blame": ("tagledger", "blame", "1"),
            "load": (sys.executable, "-c", LOAD, "workspace", "v1.0.0", *names),
            "dashboard": (sys.executable, "-c", DASHBOARD),
            "compare": ("tagledger", "compare", names[-1], "v1.0.0"),
            "git diff": ("git", "diff", names[0], "v1.0.0", "--", "dvc.lock"),
            "compare all": (sys.executable, "-c", COMPARE, *names),
        }
        before, printed = self.tree(), {}
        for name, command in commands.items():
            if some and name not in some:
                continue
            if command[0] == "tagledger":
                done = self.project.tagledger(*command[1:], PYTHONDONTWRITEBYTECODE="1")
            else:
                done = self.project.run(*command, PYTHONDONTWRITEBYTECODE="1")
            printed[name] = done.stdout + done.stderr
            assert done.returncode in {0, 1, 2}, (name, printed[name])
            assert "Traceback" not in printed[name], (name, printed[name])
            after = self.tree()
            assert after == before, (name, sorted(after.items() ^ before.items())[:5])
        return printed


@pytest.fixture
def clone(built: Project) -> Clone:
    return Clone(built)


@QUICK_OR_ALL
def test_a_stranger_s_commits_write_nowhere_and_hide_no_sound_version(
    clone: Clone, tmp_path: Path, some: bool
) -> None:
    md5 = clone.md5_of(LABELS)
    raw = clone.md5_of("data/raw")
    listing = json.loads(object_path(clone.cache, raw).read_bytes())
    clone.release("v2.0.0", md5, f"'aa{tmp_path}/victim'")
    clone.release("v2.1.0", md5, "../../../../.git/hooks/post-checkout.sentinel")
    clone.release("v2.2.0", f"path: {LABELS}", "path: ../victim")
    clone.release("v2.3.0", md5, "[" * 100_000)
    for number, path in enumerate(("../../../victim", f"{tmp_path}/victim", ".git/config"), 3):
        odd = [{"md5": digest(b"x"), "relpath": path}, *listing]
        clone.release(f"v{number}.0.0", raw, clone.keep(json.dumps(odd).encode(), ".dir"))
    # A reading that names files elsewhere, in the record that lies beside the raw files.
    [of] = [entry for entry in listing if entry["relpath"] == "provenance.json"]
    record = object_path(clone.cache, of["md5"]).read_text()
    items = json.loads(record)["reading"]["items"]["file"]
    evil = clone.keep(record.replace(json.dumps(items), '"../../victim"').encode())
    others = [entry for entry in listing if entry is not of]
    changed = [*others, {"md5": evil, "relpath": "provenance.json"}]
    clone.release("v6.0.0", raw, clone.keep(json.dumps(changed).encode(), ".dir"))
    shapes = [*others, {"md5": clone.keep(b"[1,2]"), "relpath": "provenance.json"}]
    clone.release("v7.0.0", raw, clone.keep(json.dumps(shapes).encode(), ".dir"))

    names = [f"v2.{minor}.0" for minor in range(4)] + [f"v{major}.0.0" for major in range(3, 8)]
    printed = clone.read_all(*names, some=(*SOME, "compare") if some else ())
    document = json.loads(printed["versions --json"].partition("note: ")[0])
    # Other raw files alone make no other version: it has all their names.
    listed = {name for row in document["versions"] for name in row["names"]}
    assert {*names[4:], "v1.0.0"} <= listed
    assert not listed & set(names[:4])
    for name in printed.keys() & {"versions", "history", "compare", "blame"}:
        assert printed[name].count("note: dvc.lock in commit") == 4, printed[name]
    assert "not the record of a fetch" in printed["compare"]
    if some:
        return
    compared = dict(zip(names, printed["compare all"].split("\nv")[: len(names)], strict=True))
    for name in names[:4]:
        assert "error: this is not" in compared[name]
    for name in names[4:7]:
        assert "not the list of the files of data/raw" in compared[name]
    assert "leads out of its folder" in compared["v6.0.0"]
    assert "not the record of a fetch" in compared["v7.0.0"]
    assert re.search(r"v1\.0\.0 filtered \d+", printed["load"])


def remote_of(clone: Clone, change: Callable[[Path], None]) -> Path:
    """Let the cache be a remote whose files a stranger has changed."""
    folder = clone.root.parent / "remote"
    shutil.move(clone.cache, folder)
    for file in (folder / "files").rglob("*"):
        if file.is_file():
            file.chmod(0o644)
            change(file)
    config = clone.root / ".dvc/config"
    text = config.read_text().replace("[core]\n", "[core]\n    remote = s\n")
    config.write_text(f"{text}['remote \"s\"']\n    url = {folder}\n")
    clone.project.ok("git", "commit", "-qam", "a remote")
    return folder


def spoil(file: Path) -> None:
    if file.name.endswith(".dir"):
        entries = [{"md5": "../../../../victim", "relpath": "../../victim"}]
        file.write_bytes(json.dumps(entries).encode())
    else:
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)


@QUICK_OR_ALL
def test_nothing_that_a_hostile_remote_sends_stays_or_counts(clone: Clone, some: bool) -> None:
    remote_of(clone, spoil)
    printed = clone.read_all("v1.0.0", some=(*SOME, "compare") if some else ())
    assert [path for path in clone.cache.rglob("*") if path.is_file()] == []
    for name in printed.keys() & {"history", "compare", "blame"}:
        assert "remote's file" in printed[name], printed[name]
        assert "`tagledger rebuild v1.0.0`" in printed[name], printed[name]
    if some:
        return
    clone.project.answer("rebuild", "v1.0.0")
    assert "pytorch" in clone.project.answer("history", "pytorch")


@QUICK_OR_ALL
def test_a_sound_remote_is_read_and_what_it_sends_is_protected(clone: Clone, some: bool) -> None:
    remote_of(clone, lambda file: None)
    printed = clone.read_all("v1.0.0", some=SOME if some else ())
    assert "error" not in printed["history"]
    file = object_path(clone.cache, clone.md5_of(LABELS))
    assert file.stat().st_mode & 0o777 == 0o444
    assert {path.name for path in clone.cache.iterdir()} == {"files"}


@pytest.mark.parametrize(
    ("below", "some"),
    [
        pytest.param("files/md5/XX", True, id="some"),
        *(
            pytest.param(below, False, marks=pytest.mark.long)
            for below in ("files", "files/md5", "files/md5/XX")
        ),
    ],
)
def test_links_below_the_cache_are_not_followed(clone: Clone, below: str, some: bool) -> None:
    remote_of(clone, lambda file: None)
    elsewhere = clone.root.parent / "elsewhere"
    elsewhere.mkdir()
    link = clone.cache / below.replace("XX", clone.md5_of(LABELS)[:2])
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    (clone.root / ".tagledger").symlink_to(elsewhere)
    printed = clone.read_all("v1.0.0", some=SOME if some else ())
    assert list(elsewhere.iterdir()) == []
    assert str(link) in printed["history"]


def test_a_cache_that_is_a_link_to_another_disk_goes_on_working(clone: Clone) -> None:
    disk = clone.root.parent / "disk"
    shutil.move(clone.cache, disk)
    clone.cache.symlink_to(disk)
    for command in (("history", "pytorch"), ("check", "--deep"), ("compare", "v1.0.0")):
        clone.project.answer(*command)


@SAID_OR_DONE
def test_a_rotten_byte_is_seen_by_every_command(clone: Clone, done: bool) -> None:
    clone.project.answer("history", "pytorch")
    clone.project.answer("compare", "v1.0.0", "HEAD")
    clone.project.answer("check", "--deep")
    file = object_path(clone.cache, clone.md5_of(LABELS))
    stat, sound = file.stat(), file.read_bytes()
    file.chmod(0o644)
    spoil(file)
    file.chmod(0o444)
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    for command in (("compare", "v1.0.0", "HEAD"), ("check", "--deep")):
        said = clone.project.tagledger(*command)
        assert said.returncode == 2, said.stdout
        assert str(file) in said.stderr
        assert "`tagledger rebuild v1.0.0`" in said.stderr
    if not done:
        return
    clone.project.answer("rebuild", "v1.0.0")
    assert file.read_bytes() == sound
    clone.project.answer("check", "--deep")


def test_a_file_of_data_that_was_edited_counts_less_than_what_is_recorded(clone: Clone) -> None:
    file = clone.root / "data/raw/provenance.json"
    sound = clone.project.answer("summary")
    file.unlink()
    file.write_text("[1,2]")
    done = clone.project.tagledger("summary")
    assert (done.returncode, done.stdout) == (0, sound)
    assert "data/raw" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "[1,2]",
        *(pytest.param(text, marks=pytest.mark.long) for text in ('{"rows": "x"}', "5", "{}")),
    ],
)
@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("data/clean/rows.json", "check"),
        ("reports/metrics.json", "summary"),
    ],
)
def test_a_document_of_another_shape_is_named_and_the_hint_mends_it(
    clone: Clone, path: str, command: str, text: str
) -> None:
    file = clone.root / path
    sound = file.read_bytes()
    file.unlink()
    file.write_text(text)
    done = clone.project.tagledger(command)
    assert done.returncode == 2, done.stdout + done.stderr
    assert Path(path).name in done.stderr
    mending = done.stderr.rpartition("next: ")[2].split("`")[1]
    clone.project.ok(*mending.split())
    assert file.read_bytes() == sound
    clone.project.answer(command)
