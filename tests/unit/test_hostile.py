"""What anybody may have written: locks, lists, dates, caches, indexes, documents."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
import zlib
from collections.abc import Callable, Mapping
from hashlib import md5
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import orjson
import pytest

from tagledger import cli, documents, ports, reports, versions
from tagledger.dataset import Dataset
from tagledger.documents import parse_yaml, read_counts
from tagledger.errors import TagledgerError
from tagledger.files import is_inside, own_folder
from tagledger.history import array_file
from tagledger.history.indexing import open_index
from tagledger.history.label_index import FORMAT, LabelIndex, read_index, write_index
from tagledger.measures import recorded
from tagledger.params import SplitParams
from tagledger.release.version_list import Unreadable, overview
from tagledger.render.history import versions_json
from tagledger.splitting import base
from tagledger.versions import (
    Repository,
    find_version,
    lineage,
    list_versions,
    locate,
    remote,
    staleness,
)
from tagledger.versions.data_files import parse_listing
from tagledger.versions.dvc_lock import is_md5, read_outputs, read_stages
from tagledger.versions.git import find_blobs, git
from tagledger.versions.objects import admit, arrivals, refuse_links
from tagledger.versions.proving import drop_damaged
from tagledger.versions.releases import RELEASES, read_records
from tagledger.versions.repository import object_path
from tests.factories import labels

PIPELINE = "stages: {make: {cmd: make, outs: [data/labels.txt, data/parts]}}\n"
ENTRY = "    - path: {path}\n      hash: md5\n      md5: {md5}\n      size: {size}\n"
HEAD = "schema: '2.0'\nstages:\n  make:\n    cmd: make\n    outs:\n"
HEX = "0123456789abcdef0123456789abcdef"


def digest(data: bytes) -> str:
    return md5(data).hexdigest()


class Sandbox:
    """A repository with a file and a folder of data, whose dvc.lock is written by hand."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main")
        (root / ".dvc").mkdir()
        (root / ".dvc/config").write_text("")
        (root / ".gitignore").write_text("/.tagledger\n/.dvc/cache\n/data\n")
        (root / "dvc.yaml").write_text(PIPELINE)

    @property
    def repo(self) -> Repository:
        return Repository.find(self.root)

    @property
    def cache(self) -> Path:
        return self.root / ".dvc/cache"

    def git(self, *words: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, input=stdin, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def keep(self, data: bytes, ending: str = "") -> str:
        """Put an object into the cache; its md5."""
        name = digest(data) + ending
        file = object_path(self.cache, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        return name

    def lock(self, data: str, *, listing: Any = None) -> str:
        text = HEAD + ENTRY.format(path="data/labels.txt", md5=self.keep(data.encode()), size=1)
        if listing is None:
            listing = [{"md5": self.keep(b"part"), "relpath": "a/part.txt"}]
        folder = self.keep(json.dumps(listing).encode(), ".dir")
        return text + ENTRY.format(path="data/parts", md5=folder, size=1)

    def commit(self, lock: str | bytes, tag: str | None = None) -> str:
        data = lock if isinstance(lock, bytes) else lock.encode()
        (self.root / "dvc.lock").write_bytes(data)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "data")
        if tag:
            self.git("tag", "-a", tag, "-m", tag)
        return self.git("rev-parse", "HEAD")

    def rewrite(self, change: Callable[[bytes], bytes]) -> str:
        """Put a commit like HEAD, changed as no command of git would, in HEAD's place."""
        body = subprocess.run(
            ["git", "cat-file", "commit", "HEAD"], cwd=self.root, capture_output=True, check=True
        ).stdout
        words = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
        sha = self.git(*words, stdin=change(body))
        self.git("update-ref", "refs/heads/main", sha)
        return sha


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    """One sound release."""
    made = Sandbox(tmp_path / "repo")
    made.commit(made.lock("one"), "v1.0.0")
    return made


def names(box: Sandbox) -> list[str]:
    return [version.name for version in list_versions(box.repo)]


# Names

BAD_PATHS = [
    *("", ".", "..", "/etc/passwd", "a/../../b", "a//b", "a/./b", "a/", "../a", "./a"),
    *("a\\..\\b", "C:/x", "c:x", "a\0b", "a\nb", "a\x1bb", "a\x7fb", "a\u0085b", "\ud800"),
    *(".git/hooks/post-checkout", "a/.GIT/config", "a" * 256, "a/" * 600 + "a"),
]
BAD_MD5S = [
    *("", HEX[:-1], HEX + "0", HEX.upper(), f"{HEX}.DIR", f"{HEX}.dir.dir", f"{HEX}\n"),
    *(f"aa/../{HEX}"[:32], "../" * 10 + "ab", "aa/etc/passwd", HEX[:-1] + "g", "\u0660" * 32),
]


@pytest.mark.parametrize("path", [*BAD_PATHS, None, 5, ["a"]])
def test_what_leads_out_is_no_path(path: object) -> None:
    assert not is_inside(path)


@pytest.mark.parametrize("path", ["a", "data/raw", "..a/b..", "a b/ü.csv", "a" * 255, ".gitignore"])
def test_what_stays_inside_is_a_path(path: str) -> None:
    assert is_inside(path)


@pytest.mark.parametrize("text", [*BAD_MD5S, None, 5, int("1" * 32)])
def test_what_is_no_md5_names_no_object(text: Any, tmp_path: Path) -> None:
    assert not is_md5(text)
    with pytest.raises(ValueError, match="no md5"):
        object_path(tmp_path, text)


# Locks


def quoted(path: str = "data/x.txt", md5: str = HEX, size: str = "1") -> str:
    return HEAD + ENTRY.format(path=json.dumps(path), md5=json.dumps(md5), size=size)


def plain(path: str = "data/x.txt", md5: str = HEX, size: str = "1") -> str:
    return HEAD + ENTRY.format(path=path, md5=md5, size=size)


SHORT = [path for path in BAD_PATHS if path.isprintable() and path]
LOCKS = [
    *(quoted(path=path) for path in BAD_PATHS if path != "\ud800"),
    *(quoted(md5=text) for text in BAD_MD5S),
    *(plain(path=path) for path in ("a/../../b", "a//b", "a/", "a/./b")),
    *(plain(size=size) for size in (".inf", "-.inf", ".nan", "-1", "true", "9" * 30, "9" * 5000)),
    *(plain(size=size) for size in ('"7"', "[1]", "1e3", "~", "1\n      nfiles: -1")),
    *(quoted(path="a").replace('"a"', word) for word in ("5", "~", "[a]", "{a: b}")),
]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_with_a_hostile_entry_is_refused(lock: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        read_outputs(lock.encode(), b"", "dvc.lock")
    assert caught.value.hint


def laughs(depth: int = 12, width: int = 9) -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * width)}]" for at in range(1, depth)]
    return "\n".join(lines) + "\n"


DOCUMENTS = {
    "brackets": "[" * 100_000,
    "braces": "{a: " * 100_000,
    "dashes": "- " * 100_000 + "a",
    "questions": "? " * 100_000 + "a",
    "indents": "\n".join(" " * at + "a:" for at in range(3_000)),
    "below stages": "stages:\n  a: " + "[" * 100_000,
    "aliases": laughs(),
    "merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{at}: &a{at} {{<<: [{', '.join([f'*a{at - 1}'] * 9)}]}}\n" for at in range(1, 12)),
    "itself": "a: &a [*a]\n",
    "nothing": "a: *a\n",
    "long": "a: b\n# " + "x" * documents.MOST_YAML_BYTES,
    "word": "a: 1" + ":1" * documents.MOST_YAML_WORD,
    "values": "a: [" + "1," * documents.MOST_YAML_NODES + "1]",
    "nul": "a: \0",
    "bytes": "a: \udcff",
}


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_no_document_takes_the_stack_the_memory_or_minutes(text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    start = time.process_time()
    with pytest.raises(TagledgerError) as caught:
        parse_yaml(data, Path("params.yaml"))
    for read in (
        lambda: read_outputs(data, b"", "lock"),
        lambda: read_outputs(b"a: 1", data, "x"),
        lambda: read_stages(data, "dvc.lock"),
        lambda: read_records(data, Path("data/releases.yaml")),
    ):
        with pytest.raises(TagledgerError):
            read()
    assert time.process_time() - start < 20
    assert "params.yaml" in str(caught.value.where)


def test_a_lock_has_no_alias_and_a_pipeline_may_have_some() -> None:
    lock = f"a: &a 1\n{plain()}    deps: [*a]\n"
    with pytest.raises(TagledgerError, match="alias"):
        read_outputs(lock.encode(), b"", "lock")
    pipeline = "a: &a {cache: false}\nstages: {s: {outs: [{data/x.txt: *a}]}}\n"
    lock = plain()
    [output] = read_outputs(lock.encode(), pipeline.encode(), "lock").values()
    assert not output.cached


def test_the_catalogue_goes_on_using_anchors() -> None:
    catalogue = Path(__file__).parents[2] / "data" / "sources.yaml"
    assert "&undated" in catalogue.read_text()
    assert documents.read_yaml(catalogue)["sources"]


@pytest.mark.parametrize(
    ("template", "path", "cached"),
    [
        ("a/${x}.csv", "a/b.csv", False),
        ("a/${x}-${y}.csv", "a/b-c-d.csv", False),
        ("${x}${y}", "ab", False),
        ("${x}${y}", "a", True),
        ("a/${x}.csv", "a/.csv", True),
        ("${x}" * 40 + "!", "a" * 200, True),
        ("${x}a" * 40 + "!", "a" * 200, True),
    ],
)
def test_a_template_of_many_names_takes_no_time(template: str, path: str, cached: bool) -> None:
    pipeline = f"stages: {{s: {{outs: [{{'{template}': {{cache: false}}}}]}}}}\n"
    start = time.process_time()
    [output] = read_outputs(plain(path=path).encode(), pipeline.encode(), "lock").values()
    assert output.cached == cached
    assert time.process_time() - start < 2


# Histories


@pytest.mark.parametrize(
    "lock",
    [
        quoted(md5="aa/etc/passwd"),
        quoted(path="../../x"),
        plain(size=".inf"),
        "[" * 100_000,
        laughs(),
        b"\xff\xff\xfe",
        plain() + "#" * (16 * 2**20),
    ],
    ids=["md5", "path", "size", "deep", "aliases", "bytes", "long"],
)
def test_an_odd_lock_is_skipped_and_named_and_the_others_listed(
    box: Sandbox, lock: str | bytes
) -> None:
    bad = box.commit(lock, "v2.0.0")
    box.commit(box.lock("three"), "v3.0.0")
    assert names(box) == ["v3.0.0", "v1.0.0"]
    repo = box.repo
    assert [step.version.name for step in lineage(repo).steps] == ["v1.0.0", "v3.0.0"]
    assert list(repo.problems) == [bad]
    assert bad[:10] in str(repo.problems[bad].where)
    with pytest.raises(TagledgerError) as caught:
        find_version(box.repo, "v2.0.0")
    assert caught.value.hint
    found = overview(box.repo)
    assert [row.name for row in found.rows] == ["v3.0.0", "v1.0.0"]
    assert found.unreadable == [Unreadable(bad, repo.problems[bad].what)]
    schema = json.loads((Path(__file__).parents[2] / "docs/versions.schema.json").read_text())
    document = json.loads(orjson.dumps(versions_json(found)))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["unreadable"] == [{"commit": bad, "problem": repo.problems[bad].what}]


@pytest.mark.parametrize("text", ["[" * 100_000, laughs(), "- name: " + "x" * (16 * 2**20)])
def test_odd_records_of_a_commit_hide_nothing(box: Sandbox, text: str) -> None:
    [release] = list_versions(box.repo)
    record = {"name": "first", "data": release.data_id, "date": "2024-06-30", "summary": "x"}
    (box.root / RELEASES).parent.mkdir(exist_ok=True)
    (box.root / ".gitignore").write_text("/.tagledger\n/.dvc/cache\n")
    (box.root / RELEASES).write_text(text)
    box.commit((box.root / "dvc.lock").read_bytes())
    (box.root / RELEASES).write_text(json.dumps([record]))
    box.commit((box.root / "dvc.lock").read_bytes())
    assert "first" in find_version(box.repo, "first").names
    (box.root / RELEASES).write_text(text)
    with pytest.raises(TagledgerError) as caught:
        list_versions(box.repo)
    assert RELEASES in str(caught.value.where)


def test_commands_name_what_they_skip(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = box.commit(quoted(path="../../x"), "v2.0.0")
    box.commit(box.lock("three"), "v3.0.0")
    monkeypatch.chdir(box.root)
    monkeypatch.setattr(cli, "find_spec", lambda _: object())
    monkeypatch.setattr(ports, "check_port", lambda *_: None)
    words = ["diff-lock", "dvc.lock", "/dev/null", "0" * 40, "0", "dvc.lock", "1" * 40, "100644"]
    git_run = subprocess.run

    def run(command: Any, **more: Any) -> Any:
        if "tagledger_dashboard" in command:  # what the server prints comes after
            return subprocess.CompletedProcess(command, 0)
        return git_run(command, **more)

    monkeypatch.setattr(cli.subprocess, "run", run)
    for asked in (["versions"], ["freeze", "v1.0.0"], ["dashboard"], words):
        monkeypatch.setattr("sys.argv", ["tagledger", *asked])
        with pytest.raises(SystemExit):
            cli.main()
        printed = capfd.readouterr()
        assert printed.err.count(f"note: dvc.lock in commit {bad[:10]}") == 1, asked
        assert "note:" not in printed.out


ODD_STAGES = [
    *("{make: 5}", "{make: [a]}", "{make: {outs: 5}}", "{make: {deps: [5]}}", "[make]"),
    *("{make: {params: [5]}}", "{make: {params: {params.yaml: 5}}}", "{make: {deps: {a: 1}}}"),
]


@pytest.mark.parametrize("stages", ODD_STAGES)
def test_a_stage_of_another_shape_ends_in_no_traceback(
    box: Sandbox, stages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = Dataset(box.repo, list_versions(box.repo)[0])
    (box.root / "dvc.yaml").write_text("stages: {make: {cmd: x, params: [a], deps: [b]}}\n")
    (box.root / "dvc.lock").write_text(f"stages: {stages}\n")
    with contextlib.suppress(TagledgerError):
        staleness(box.repo)
    monkeypatch.setattr(versions, "text_at", lambda *_: f"stages: {stages}\n")
    with contextlib.suppress(TagledgerError):
        assert dataset.recorded_params("make") == {}


@pytest.mark.parametrize("path", ["/dev/zero", "/", "../..", "data/zero"])
def test_what_lies_outside_is_not_read_through(box: Sandbox, path: str) -> None:
    (box.root / "data").mkdir(exist_ok=True)
    (box.root / "data/zero").symlink_to("/dev/zero")
    ending = "" if path.endswith("zero") else ".dir"
    (box.root / "dvc.yaml").write_text(f"stages: {{make: {{cmd: x, deps: [{path}]}}}}\n")
    dep = {"path": path, "hash": "md5", "md5": HEX + ending, "size": 0}
    (box.root / "dvc.lock").write_text(
        json.dumps({"stages": {"make": {"cmd": "x", "deps": [dep], "outs": []}}})
    )
    start = time.process_time()
    changes = staleness(box.repo).changes
    assert [change.what for change in changes] == (["data/zero"] if path == "data/zero" else [])
    assert time.process_time() - start < 5


DATES = ["notadate", "1700000000 +9999", "253402300800 +0000", "-1 +0000", "99999999999999 -9999"]
DATES += ["1700000000 +2460"]


@pytest.mark.parametrize(
    ("date", "tagged"),
    [*((date, True) for date in DATES), *((date, False) for date in ("", "1700000000"))],
)
def test_an_odd_date_stops_nothing(box: Sandbox, date: str, tagged: bool) -> None:
    box.commit(box.lock("two"))

    def change(body: bytes) -> bytes:
        lines = body.split(b"\n")
        for at, line in enumerate(lines):
            if line.startswith(b"author "):
                lines[at] = line[: line.index(b">") + 2] + date.encode()
        return b"\n".join(lines)

    sha = box.rewrite(change)
    if tagged:
        box.git("tag", "-a", "v2.0.0", "-m", "x")
    box.commit(box.lock("three"), "v3.0.0")
    listed = {version.name: version for version in list_versions(box.repo)}
    assert len(listed) == 3
    odd = listed["v2.0.0" if tagged else sha[:7]]
    assert odd.date is None or odd.date.tzinfo is not None
    repo = box.repo
    assert find_version(repo, sha).commit == sha
    assert (sha in repo.problems) == (odd.date is None)
    assert len(lineage(box.repo).steps) == 3
    shown = overview(box.repo)
    assert len(shown.rows) == 3
    assert [one.commit for one in shown.unreadable] == ([sha] if odd.date is None else [])


def test_names_and_words_need_not_be_utf_8(box: Sandbox) -> None:
    box.commit(box.lock("two"))
    sha = box.rewrite(
        lambda body: body.replace(b"author ", b"author \xff\xfe").replace(b"\n\nda", b"\n\n\xe4")
    )
    [odd] = [one for one in list_versions(box.repo) if one.commit == sha]
    assert odd.author is not None
    assert "\ufffd" in odd.author


def test_a_report_of_the_past_that_is_no_text_hides_no_version(box: Sandbox) -> None:
    (box.root / "reports").mkdir()
    (box.root / "reports/metrics.json").write_bytes(b"\xff")
    bad = box.commit(box.lock("two"), "v2.0.0")
    (box.root / "reports/metrics.json").write_bytes(b"{}")
    box.commit(box.lock("three"), "v3.0.0")
    repo = box.repo
    assert [row.name for row in overview(repo).rows] == ["v3.0.0", "v2.0.0", "v1.0.0"]
    assert list(repo.problems) == [bad]


def test_a_clone_that_lost_a_file_says_so(box: Sandbox) -> None:
    blob = box.git("rev-parse", "HEAD:dvc.lock")
    box.commit(box.lock("two"), "v2.0.0")
    (box.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert names(box) == ["v2.0.0"]


# Lists of folders

LISTINGS = {
    **{
        f"path {path!r:.20}": [{"md5": HEX, "relpath": path}]
        for path in BAD_PATHS
        if path != "\ud800"
    },
    **{f"md5 {text!r:.20}": [{"md5": text, "relpath": "a"}] for text in BAD_MD5S},
    "folder": [{"md5": f"{HEX}.dir", "relpath": "a"}],
    "twice": [{"md5": HEX, "relpath": "a"}] * 2,
    "through": [{"md5": HEX, "relpath": "a/b"}, {"md5": HEX, "relpath": "a"}],
    **{
        str(odd): odd for odd in (5, {"a": 1}, [1], [[1, 2]], ["md5"], [{"md5": HEX}], None, [None])
    },
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS.keys())
def test_a_hostile_list_of_a_folder_is_refused(listing: Any, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(json.dumps(listing))
    with pytest.raises(versions.DamagedDataError, match="not the list") as caught:
        parse_listing(tmp_path / "list", "data/parts")
    assert caught.value.hint


@pytest.mark.parametrize("listing", ["through", "5", "path '../a'"])
def test_a_hostile_list_in_the_cache_leads_nowhere(box: Sandbox, listing: str) -> None:
    box.commit(box.lock("two", listing=LISTINGS[listing]), "v2.0.0")
    repo, version = box.repo, find_version(box.repo, "v2.0.0")
    for ask in (
        lambda: versions.members(repo, version, "data/parts"),
        lambda: locate(repo, version, "data/parts/a"),
        lambda: versions.fetch(repo, version),
        lambda: drop_damaged(repo, version),
    ):
        with pytest.raises(TagledgerError, match="not the list"):
            ask()
    assert versions.available(repo, version) == "missing"
    assert locate(repo, version, "data/labels.txt").read_text() == "two"
    assert names(box) == ["v2.0.0", "v1.0.0"]


# Links


def place(link: Path, target: Path) -> None:
    """Move what lies at `link` to `target`, and let a link stand in its place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if link.exists():
        link.rename(target)
    else:
        target.mkdir()
        link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target, target_is_directory=True)


def tree(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def test_the_cache_itself_may_be_a_link(box: Sandbox, tmp_path: Path) -> None:
    place(box.cache, tmp_path / "large disk")
    version = find_version(box.repo, "v1.0.0")
    assert versions.available(box.repo, version) == "cache"
    assert locate(box.repo, version, "data/labels.txt").read_text() == "one"
    refuse_links(box.repo)
    with arrivals(box.repo) as folder:
        (folder / "new").write_text("new")
        assert admit(box.repo, folder / "new", digest(b"new"))
    assert object_path(tmp_path / "large disk", digest(b"new")).read_text() == "new"


LINKS = ["files", "files/md5", f"files/md5/{digest(b'one')[:2]}"]


@pytest.mark.parametrize("below", LINKS)
def test_a_folder_of_the_cache_that_is_a_link_is_not_followed(
    box: Sandbox, tmp_path: Path, below: str
) -> None:
    place(box.cache / below, tmp_path / "elsewhere")
    before = tree(tmp_path / "elsewhere")
    version = find_version(box.repo, "v1.0.0")
    assert versions.available(box.repo, version) == "missing"
    with pytest.raises(versions.MissingDataError):
        locate(box.repo, version, "data/labels.txt")
    with arrivals(box.repo) as folder:
        (folder / "one").write_text("one")
        with pytest.raises(TagledgerError, match="link") as caught:
            admit(box.repo, folder / "one", digest(b"one"))
    assert caught.value.where == str(box.cache / below)
    for ask in (lambda: drop_damaged(box.repo, version), lambda: refuse_links(box.repo)):
        with pytest.raises(TagledgerError, match="link"):
            ask()
    assert tree(tmp_path / "elsewhere") == before
    # What the hint says mends it.
    (box.cache / below).unlink()
    with arrivals(box.repo) as folder:
        (folder / "one").write_text("one")
        assert admit(box.repo, folder / "one", digest(b"one"))
    assert locate(box.repo, version, "data/labels.txt").read_text() == "one"


def test_an_object_that_is_a_link_is_deleted_and_what_it_shows_stays(
    box: Sandbox, tmp_path: Path
) -> None:
    file = object_path(box.cache, digest(b"one"))
    place(file, tmp_path / "victim")
    version = find_version(box.repo, "v1.0.0")
    with pytest.raises(versions.MissingDataError):
        locate(box.repo, version, "data/labels.txt")
    assert drop_damaged(box.repo, version) == ["data/labels.txt"]
    assert not file.is_symlink()
    assert (tmp_path / "victim").read_text() == "one"


def test_a_file_that_arrives_over_a_link_takes_its_place(box: Sandbox, tmp_path: Path) -> None:
    file = object_path(box.cache, digest(b"new"))
    file.parent.mkdir(parents=True)
    (tmp_path / "victim").write_text("victim")
    file.symlink_to(tmp_path / "victim")
    with arrivals(box.repo) as folder:
        (folder / "new").write_text("new")
        assert admit(box.repo, folder / "new", digest(b"new"))
    assert (tmp_path / "victim").read_text() == "victim"
    assert file.read_text() == "new"
    assert not file.is_symlink()


@pytest.mark.parametrize("below", ["", "verified", "index"])
def test_what_is_ours_is_not_written_through_a_link(
    box: Sandbox, tmp_path: Path, below: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagledger.versions.objects.TRUSTED_BYTES", 1)
    place(box.root / ".tagledger" / below, tmp_path / "elsewhere")
    version = find_version(box.repo, "v1.0.0")
    if below != "index":
        locate(box.repo, version, "data/labels.txt")
    if below != "verified":
        _, missing = open_index(box.repo, [version], "filtered")
        assert len(missing) == 1
    assert tree(tmp_path / "elsewhere") == {}


@pytest.mark.parametrize("name", ["filtered.lock", "filtered.arrays"])
def test_a_file_of_ours_that_is_a_link_is_not_written_through(
    box: Sandbox, tmp_path: Path, name: str
) -> None:
    folder = own_folder(box.root, ".tagledger", "index")
    victim = tmp_path / "victim"
    victim.write_text("victim")
    (folder / name).symlink_to(victim)
    open_index(box.repo, [find_version(box.repo, "v1.0.0")], "filtered")
    assert victim.read_text() == "victim"


# What arrives


@pytest.fixture
def sending(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A remote that sends what a test puts in here."""
    (box.root / ".dvc/config").write_text("[core]\nremote = s\n['remote \"s\"']\nurl = s3://x\n")
    sent: dict[str, bytes] = {}

    def copy(_repo: Repository, md5s: list[str], folder: Path, _hint: str) -> None:
        for name in md5s:
            if name in sent:
                (folder / name).write_bytes(sent[name])

    monkeypatch.setattr(remote, "_copy", copy)
    return sent


def test_what_a_remote_sends_is_hashed_before_the_cache_has_it(
    box: Sandbox, sending: dict[str, bytes]
) -> None:
    version = find_version(box.repo, "v1.0.0")
    file = object_path(box.cache, digest(b"one"))
    file.unlink()
    sending[digest(b"one")] = b"evil"
    with pytest.raises(versions.DamagedDataError, match="remote's file") as caught:
        locate(box.repo, version, "data/labels.txt")
    assert "tagledger rebuild v1.0.0" in caught.value.hint
    assert not file.exists()
    sending[digest(b"one")] = b"one"
    assert locate(box.repo, version, "data/labels.txt") == file
    assert file.stat().st_mode & 0o777 == 0o444
    assert [path.name for path in box.cache.iterdir()] == ["files"]


def test_a_wrong_list_from_a_remote_leads_nowhere(box: Sandbox, sending: dict[str, bytes]) -> None:
    version = find_version(box.repo, "v1.0.0")
    name = version.outputs["data/parts"].md5
    object_path(box.cache, name).unlink()
    sending[name] = json.dumps([{"md5": "../../x", "relpath": "/etc/x"}]).encode()
    before = tree(box.root)
    for ask in (versions.fetch, lambda *args: versions.members(*args, "data/parts")):
        with pytest.raises(versions.DamagedDataError, match="remote's file"):
            ask(box.repo, version)
    assert tree(box.root) == before


def test_an_index_asks_the_remote_by_the_same_way(box: Sandbox, sending: dict[str, bytes]) -> None:
    lock = box.lock("two").replace("data/labels.txt", "data/filtered/labels.parquet")
    box.commit(lock, "v2.0.0")
    file = object_path(box.cache, digest(b"two"))
    file.unlink()
    sending[digest(b"two")] = b"evil"
    _, [missing] = open_index(box.repo, [find_version(box.repo, "v2.0.0")], "filtered")
    assert isinstance(missing.problem, versions.DamagedDataError)
    assert "remote's file" in missing.problem.what
    assert not file.exists()


def test_what_a_killed_process_left_is_swept(box: Sandbox) -> None:
    old, young = (box.cache / f".tagledger-{name}.part" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "x").write_text("x")
    os.utime(old, (1, 1))
    with arrivals(box.repo):
        assert not old.exists()
        assert young.exists()


# Proofs


def rot(file: Path) -> None:
    """Change a file's content, and nothing else that can be seen of it."""
    stat, data = file.stat(), file.read_bytes()
    with file.open("r+b") as stream:
        stream.write(bytes([data[0] ^ 1]))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def test_a_proof_takes_no_stamp(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tagledger.versions.objects.TRUSTED_BYTES", 1)
    version = find_version(box.repo, "v1.0.0")
    file = locate(box.repo, version, "data/labels.txt")
    versions.check_all(box.repo, [version])
    rot(file)
    assert locate(box.repo, version, "data/labels.txt") == file  # by the stamp
    with pytest.raises(versions.DamagedDataError, match="1 of the 3") as caught:
        versions.check_all(box.repo, [version])
    assert str(file) in caught.value.what
    assert "`tagledger rebuild v1.0.0`" in caught.value.hint
    assert drop_damaged(box.repo, version) == ["data/labels.txt"]
    assert versions.check_all(box.repo, [version]).missing == ["data/labels.txt"]


def test_all_damage_is_named_with_what_mends_it(box: Sandbox) -> None:
    box.commit(box.lock("two"), "v2.0.0")
    (box.root / "dvc.lock").write_text(box.lock("three"))
    for data in (b"one", b"two", b"three", b"part"):
        rot(object_path(box.cache, digest(data)))
    with pytest.raises(versions.DamagedDataError, match="4 of the 5") as caught:
        versions.check_all(box.repo, list_versions(box.repo))
    for path in ("data/labels.txt of v1.0.0", "data/labels.txt of workspace", "a/part.txt of v2"):
        assert path in caught.value.what
    for command in ("tagledger rebuild v1.0.0", "tagledger rebuild v2.0.0", "dvc repro --force"):
        assert command in caught.value.hint


# Indexes


def indexed(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    write_index(LabelIndex().extended({"t": labels({1: ["a", "b"], 2: ["b"]})}), file)
    about, parts = array_file.read(file)
    return about, {name: part.copy() for name, part in parts.items()}


Parts = dict[str, Any]
SPOILT: dict[str, Callable[[dict[str, Any], Parts], object]] = {
    "no tables": lambda about, _: about.pop("tables"),
    "tables a number": lambda about, _: about.update(tables=5),
    "tables of numbers": lambda about, _: about.update(tables=[5]),
    "more tables": lambda about, _: about.update(tables=[str(at) for at in range(9)]),
    "no keys": lambda _, parts: parts.pop("keys"),
    "keys as text": lambda _, parts: parts.update(keys=np.zeros(3, np.uint8)),
    "keys beyond": lambda _, parts: parts.update(keys=parts["keys"] + (9 << 32)),
    "tags beyond": lambda _, parts: parts.update(keys=parts["keys"] + 9),
    "keys below": lambda _, parts: parts.update(keys=parts["keys"] - (9 << 32)),
    "keys in no order": lambda _, parts: parts.update(keys=parts["keys"][::-1].copy()),
    "keys in two ranks": lambda _, parts: parts.update(keys=parts["keys"].reshape(1, -1)),
    "fewer bits": lambda _, parts: parts.update(present=parts["present"][:, :-1].copy()),
    "bits flat": lambda _, parts: parts.update(present=parts["present"][0]),
    "offsets beyond": lambda _, parts: parts.update(
        {"tags.offsets": parts["tags.offsets"] * 10**9}
    ),
    "offsets below": lambda _, parts: parts.update({"tags.offsets": parts["tags.offsets"] - 5}),
    "offsets fall": lambda _, parts: parts.update({"tags.offsets": np.array([0, 2, 1], np.int64)}),
    "no offsets": lambda _, parts: parts.update({"tags.offsets": np.zeros(0, np.int64)}),
    "no utf-8": lambda _, parts: parts.update({"tags.text": np.full(2, 255, np.uint8)}),
    "tags as numbers": lambda _, parts: parts.update(tags=np.arange(2)),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_an_index_whose_parts_do_not_fit_is_as_none(
    spoil: Callable[[dict[str, Any], Parts], object], tmp_path: Path
) -> None:
    file = tmp_path / "x.arrays"
    about, parts = indexed(file)
    assert read_index(file).tables == ("t",)
    spoil(about, parts)
    array_file.write(file, about, parts)
    assert read_index(file).tables == ()


HEADERS = [
    *(b"", b"[", b"5", b"[1,2]", b"{}", b'{"about":{},"arrays":5}', b'{"about":5,"arrays":{}}'),
    b'{"about":{},"arrays":{"a":5}}',
    *(
        json.dumps(
            {"about": {"format": FORMAT}, "arrays": {"a": {"dtype": d, "shape": s, "at": at}}}
        ).encode()
        for d, s, at in [
            *(("O", [1], 0), ("no", [1], 0), ("<i8", 5, 0), ("<i8", [-1], 0), ("<i8", [1], -64)),
            *(("<i8", [2**62, 4], 0), ("<i8", [1], 2**70), ("<i8", ["1"], 0), (5, [1], 0)),
            *(("<i8", [1], "0"), ("<i8", [0.5], 0), ("<i8", None, 0), ("V0", [3], 0)),
        ]
    ),
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_broken_header_with_the_right_checksum_is_damage(header: bytes, tmp_path: Path) -> None:
    for length in (b"%08x\n" % len(header), b"ffffffff\n", b"zzzzzzzz\n", b"-0000001\n"):
        rest = length + header
        file = tmp_path / "x.arrays"
        file.write_bytes(b"tagledger arrays\n%08x\n" % zlib.crc32(rest) + rest)
        with pytest.raises(array_file.DamagedError):
            array_file.read(file)
        assert read_index(file).tables == ()


def test_a_folder_in_the_place_of_an_index_is_named(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="there is a folder at its path") as caught:
        read_index(tmp_path)
    assert f"rm -r {tmp_path}" in caught.value.hint


# Documents

SHAPES = ["[1,2]", "5", "null", '"x"', "", "{", "{}", "[" * 5000]


@pytest.mark.parametrize("text", SHAPES)
def test_a_document_of_another_shape_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(text)
    for ask in (lambda: read_counts(file, ["rows"], hint="x"), lambda: recorded.read_metrics(file)):
        with pytest.raises(TagledgerError) as caught:
            ask()
        assert str(file) in str(caught.value.where)
    assert recorded.parse_shown_metrics(text) is None
    assert reports.parse_quality(text) is None
    assert recorded.parse_metrics(text) == {}


@pytest.mark.parametrize("value", ["-1", "1.5", '"1"', "true", "null", "[1]", "1e400", str(2**63)])
def test_a_count_is_a_whole_number(value: str, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(f'{{"rows": {value}}}')
    with pytest.raises(TagledgerError):
        read_counts(tmp_path / "rows.json", ["rows"], hint="x")
    assert "items" not in recorded.parse_metrics(f'{{"items": {value}}}')


@pytest.mark.parametrize(
    "checks",
    ["5", "[5]", "[{}]", '[{"table":1,"column":"","check":"","rows":1,"failed":0,"first":[]}]'],
)
def test_a_quality_report_of_another_shape_counts_as_none(checks: str) -> None:
    assert reports.parse_quality(f'{{"failed": 0, "checks": {checks}}}') is None


@pytest.mark.parametrize(
    "text",
    [
        *SHAPES,
        '{"base": "v1", "ratios": 5}',
        '{"base": "v1", "ratios": [1]}',
        '{"base": "v1", "ratios": {"train": "x"}}',
        '{"base": "v1", "ratios": {"train": null}}',
        '{"base": ["../../x"], "ratios": {}}',
        '{"base": "../../v1", "ratios": {"train": 1.0}}',
    ],
)
def test_a_base_of_another_shape_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / base.NAME).write_text(text)
    settings = SplitParams(seed=0, ratios={"train": 0.5, "test": 0.5}, base="v1")
    with pytest.raises(TagledgerError) as caught:
        base.read_base(settings, tmp_path)
    assert "tagledger freeze" in caught.value.hint


METRICS: Mapping[str, Any] = {"items": 3, "labels": 4, "tags": 2, "mean_ir": 1.5}


@pytest.mark.parametrize("value", [[1], "3", {"a": 1}])
def test_a_number_of_the_past_that_is_none_is_left_out(box: Sandbox, value: object) -> None:
    (box.root / "reports").mkdir()
    (box.root / "reports/metrics.json").write_text(json.dumps({**METRICS, "labels": value}))
    (box.root / "reports/quality.json").write_text('{"failed": [1]}')
    (box.root / "params.yaml").write_text("[" * 100_000)
    box.commit(box.lock("two"), "v2.0.0")
    row = overview(box.repo).rows[0]
    assert (row.name, row.items, row.labels, row.failed_checks) == ("v2.0.0", 3, None, None)
    assert row.state == "unknown"


def test_git_tells_of_files_and_their_sizes(box: Sandbox) -> None:
    found = find_blobs(box.root, [("HEAD", "dvc.yaml"), ("HEAD", "gone"), ("HEAD", ".dvc")])
    assert found[1:] == [None, None]
    assert found[0] is not None
    assert found[0].size == len(PIPELINE)
    assert git(box.root, "cat-file", "blob", found[0].id).out.decode() == PIPELINE
