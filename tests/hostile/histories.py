"""Repositories with random histories, made in milliseconds: what a stranger's clone may hold.

The data of a few versions is made once, by the stages' own functions. A history then is one stream
for `git fast-import` that puts these and odd files into commits with odd dates, names, merges and
refs; what git would not import is done to the repository afterwards. The same seed makes the same
repository.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tagledger.params import CleanParams, FilterParams
from tagledger.versions.dvc_lock import read_outputs
from tagledger.versions.version import data_of, id_of
from tests.dashboard import story
from tests.dashboard.ledger import Ledger, State
from tests.hostile.oddities import (
    CONFIGS,
    DATES,
    ENCODINGS,
    LOCKS,
    PARAMS,
    PATHS,
    PEOPLE,
    PIPELINES,
    REPORTS,
    SUBJECTS,
)

Tree = dict[bytes, tuple[str, bytes]]  # path: mode and content, or the id of a submodule
KEPT = ("dvc.lock", "dvc.yaml", "params.yaml", "reports/metrics.json", "reports/quality.json")
FILTERED = "data/filtered/labels.parquet"
CLEAN = "data/clean/labels.parquet"
PLAIN, LINK, MODULE = "100644", "120000", "160000"
_STEPS = (
    *("state", "state", "state", "empty", "gone", "odd", "merge", "mixed", "report", "release"),
    *("release", "move", "params", "pipeline", "path"),
)


@dataclass(frozen=True)
class Made:
    """The data of one version, as git and the cache have it."""

    name: str
    root: Path
    files: Mapping[str, bytes]
    data_id: str
    metrics: Mapping[str, Any]


def make_pool(folder: Path) -> list[Made]:
    """The versions that histories are made of; their objects lie in one cache."""
    ledger = Ledger(folder / "ledger")
    cleaned = CleanParams(max_quarantined=0.5)
    texts = deepcopy(story.first())
    for row in texts:
        row["id"] = f"item {row['id']}"
    states = {
        "first": State(story.first(), story.FIRST),
        "second": State(story.second(), story.FIRST),
        "third": State(story.third(), story.FIRST, filter=FilterParams(min_tag_count=4)),
        "raw": State(story.second()[::-1], story.FIRST),  # the same data of other raw files
        "bare": State(
            story.first(), story.FIRST, filter=FilterParams(include="all", min_tag_count=7)
        ),
        "texts": State(texts, story.TAXONOMY),  # ids of another kind
    }
    pool = []
    for name, state in states.items():
        ledger.build(State(**vars(state) | {"clean": cleaned, "gates": _gates(name)}))
        root = folder / name
        shutil.copytree(ledger.root / "data", root / "data")
        files = {path: (ledger.root / path).read_bytes() for path in KEPT}
        outputs = read_outputs(files["dvc.lock"], files["dvc.yaml"], name)
        metrics = json.loads(files["reports/metrics.json"])
        pool.append(Made(name, root, files, id_of(data_of(outputs)), metrics))
    shutil.move(ledger.root / ".dvc" / "cache", folder / "cache")
    return pool


def _gates(name: str) -> dict[str, Any]:
    return {"max_labels_changed": 0.2} if name == "third" else {}


@dataclass
class History:
    """A repository, and what its maker knows of it.

    Attributes
    ----------
    top, root
        The top of the work tree, and the folder of the pipeline in it.
    workspace
        The data that the work tree's lock records, where that is sound; its reports are as well.
    sound
        Whether the cache is.
    revisions
        What people might ask for.
    told
        What was done, for people.
    """

    top: Path
    root: Path
    workspace: Made | None
    sound: bool = True
    revisions: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def make_history(folder: Path, pool: Sequence[Made], seed: int) -> History:
    """Make the repository of a seed in a new folder."""
    return _Maker(folder, pool, random.Random(seed)).make()


class _Stream:
    """What `git fast-import` reads."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.marks = 0

    def line(self, *words: bytes) -> None:
        self.data += b" ".join(words) + b"\n"

    def text(self, text: bytes) -> None:
        self.line(b"data", b"%d" % len(text))
        self.data += text + b"\n"

    def mark(self) -> bytes:
        self.marks += 1
        return b":%d" % self.marks


class _Maker:
    def __init__(self, folder: Path, pool: Sequence[Made], chance: random.Random) -> None:
        self.top, self.pool, self.chance = folder, pool, chance
        self.stream = _Stream()
        self.prefix = chance.choice(["", "", "", "catalogue/", "a b/c/"])
        self.told: list[str] = []
        self.tips: list[tuple[bytes, Tree, Made]] = []
        self.records: list[tuple[str, str]] = []

    def make(self) -> History:
        self._commits()
        self._refs()
        self.top.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch", "main")
        self._git("fast-import", "--quiet", "--force", "--date-format=raw-permissive",
                  "--export-marks=.git/marks", stdin=bytes(self.stream.data))  # fmt: skip
        lines = (self.top / ".git" / "marks").read_text().splitlines()
        shas = {mark.encode(): sha for mark, sha in (line.split() for line in lines)}
        tip, tree, made = self.tips[-1]
        commits = [shas[mark] for mark, _, _ in self.tips]
        self._odd_commit()
        history = self._work_tree(tree, made)
        self._cache(history)
        self._meddle(history, commits, shas[tip])
        names = ["HEAD", "HEAD~1", "main", "workspace", "v1.0.0", "v2.0.0", "light", *commits]
        history.revisions, history.told = names, self.told
        return history

    # Commits

    def _commits(self) -> None:
        chance = self.chance
        self._commit([], self._tree(self.pool[0]), self.pool[0])
        for _ in range(chance.randint(2, 9)):
            parent, tree, made = self.tips[-1]
            if chance.random() < 0.2:
                parent, tree, made = chance.choice(self.tips)
            step = chance.choice(_STEPS)
            self.told.append(step)
            parents = [parent]
            if step == "merge":
                others = [mark for mark, _, _ in self.tips if mark != parent]
                parents += chance.sample(others, min(len(others), chance.randint(1, 4)))
            tree, made = self._changed(step, dict(tree), made)
            self._commit(parents, tree, made)
        # People work on a version that can be read, mostly.
        if chance.random() < 0.85:
            parent, tree, _ = self.tips[-1]
            made = chance.choice(self.pool)
            self._commit([parent], self._tree(made, tree), made)

    def _changed(self, step: str, tree: Tree, made: Made) -> tuple[Tree, Made]:
        """The files of a commit, and the data that they speak of, after a step."""
        chance = self.chance
        if step in {"state", "merge"}:
            made = chance.choice(self.pool)
            tree = self._tree(made, tree)
            if step == "merge" and chance.random() < 0.3:
                self._put(tree, "dvc.lock", _in_conflict(self.pool[0], self.pool[1]))
        elif step == "move":
            self.prefix = chance.choice(["", "catalogue/", "deep/er/"])
            tree = self._tree(made)
        acts: dict[str, Callable[[], object]] = {
            "gone": lambda: tree.pop(self._path("dvc.lock"), None),
            "odd": lambda: self._odd_lock(tree, made),
            "mixed": lambda: self._put(tree, "dvc.lock", _mixed(made, chance.choice(self.pool))),
            "report": lambda: self._put(tree, chance.choice(KEPT[3:]), chance.choice(REPORTS)),
            "params": lambda: self._put(tree, "params.yaml", chance.choice(PARAMS)),
            "pipeline": lambda: self._put(tree, "dvc.yaml", chance.choice(PIPELINES)),
            "release": lambda: self._record(tree, made),
            "path": lambda: tree.update({chance.choice(PATHS): (PLAIN, b"x")}),
        }
        if step in acts:
            acts[step]()
        return tree, made

    def _path(self, name: str) -> bytes:
        return f"{self.prefix}{name}".encode()

    def _put(self, tree: Tree, name: str, content: bytes) -> None:
        tree[self._path(name)] = (PLAIN, content)

    def _tree(self, made: Made, before: Tree | None = None) -> Tree:
        tree = {self._path(name): (PLAIN, content) for name, content in made.files.items()}
        tree[self._path(".gitignore")] = (PLAIN, b".tagledger/\n/data/*\n!/data/releases.yaml\n")
        tree[self._path(".dvc/config")] = (PLAIN, b"[core]\n    analytics = false\n")
        tree[self._path(".dvc/.gitignore")] = (PLAIN, b"/cache\n/tmp\n")
        releases = (before or {}).get(self._path("data/releases.yaml"))
        if releases is not None:
            tree[self._path("data/releases.yaml")] = releases
        return tree

    def _odd_lock(self, tree: Tree, made: Made) -> None:
        lock, path = made.files["dvc.lock"], self._path("dvc.lock")
        kind = self.chance.choice(["text", "text", "text", "text", "link", "folder", "module"])
        if kind == "link":
            tree[path] = (LINK, self.chance.choice([b"params.yaml", b"/etc/passwd", b"dvc.lock"]))
        elif kind == "folder":
            tree.pop(path, None)
            tree[path + b"/x"] = (PLAIN, lock)
        elif kind == "module":
            tree[path] = (MODULE, b"1" * 40)
        else:
            for name in [name for name in tree if name.startswith(path + b"/")]:
                del tree[name]
            tree[path] = (PLAIN, odd_lock(lock, self.chance))

    def _record(self, tree: Tree, made: Made) -> None:
        chance = self.chance
        name = chance.choice(["v1.0.0", "v2.0.0", "v3.0.0", "v10.0.0", "première"])
        data = made.data_id
        if chance.random() < 0.2:
            data = chance.choice([self.pool[-1].data_id, "0" * 32])
        if name not in dict(self.records):
            self.records.append((name, data))
        text = "".join(
            f"- name: {name}\n  data: '{data}'\n  date: 2024-06-30\n  summary: it is\n"
            for name, data in self.records
        ).encode()
        if chance.random() < 0.12:
            text = chance.choice([text + text, b"5\n", b"\xff", text[:-9], b"- x\n", b"[]"])
        self._put(tree, "data/releases.yaml", text)

    def _commit(self, parents: Sequence[bytes], tree: Tree, made: Made) -> None:
        stream, chance, mark = self.stream, self.chance, self.stream.mark()
        branch = chance.choice([b"refs/heads/main", b"refs/heads/side"])
        stream.line(b"commit", b"refs/heads/main" if not parents else branch)
        stream.line(b"mark", mark)
        stream.line(b"author", chance.choice(PEOPLE), chance.choice(DATES))
        stream.line(b"committer", chance.choice(PEOPLE), chance.choice(DATES))
        if chance.random() < 0.3:
            stream.line(b"encoding", chance.choice(ENCODINGS))
        stream.text(chance.choice(SUBJECTS))
        for word, parent in zip([b"from", *[b"merge"] * 16], parents, strict=False):
            stream.line(word, parent)
        stream.line(b"deleteall")
        for path, (mode, content) in sorted(tree.items()):
            shown = b'"' + path.replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
            if mode == MODULE:
                stream.line(b"M", mode.encode(), content, shown)
            else:
                stream.line(b"M", mode.encode(), b"inline", shown)
                stream.text(content)
        self.tips.append((mark, tree, made))

    # Names

    def _refs(self) -> None:
        stream, chance = self.stream, self.chance
        stream.line(b"blob")
        blob = stream.mark()
        stream.line(b"mark", blob)
        stream.text(b"a file that a tag names")
        stream.line(b"reset", b"refs/heads/main")
        stream.line(b"from", self.tips[-1][0])
        names = [b"v1.0.0", b"v2.0.0", b"v1.0.0-rc.1", b"v10.0.0", b"main", b"workspace", b"HEAD",
                 b"deadbeef", b"\xff\xfe", "première".encode(), b"a/b/c", b"light"]  # fmt: skip
        for name in chance.sample(names, chance.randint(1, 7)):
            target = chance.choice([mark for mark, _, _ in self.tips])
            kind = chance.choice(["annotated", "annotated", "annotated", "light", "nested", "blob"])
            kind = "light" if name == b"light" else kind
            self.told.append(f"{kind} tag {name!r}")
            if kind == "blob":
                target = blob
            if kind == "light":
                stream.line(b"reset", b"refs/tags/" + name)
                stream.line(b"from", target)
                stream.line()
                continue
            outer = [name, name + b"-outer"] if kind == "nested" else [name]
            for one in outer:
                mark = stream.mark()
                stream.line(b"tag", one)
                stream.line(b"mark", mark)
                stream.line(b"from", target)
                stream.line(b"tagger", chance.choice(PEOPLE), chance.choice(DATES))
                stream.text(chance.choice(SUBJECTS))
                target = mark
        if chance.random() < 0.3:
            mark = chance.choice([mark for mark, _, _ in self.tips])
            stream.line(b"reset", b"refs/exps/ab/" + b"c" * 38 + b"/lucky-tag")
            stream.line(b"from", mark)

    # What git would not import

    def _odd_commit(self) -> None:
        """A commit with a line that git itself would not write, on top of the others."""
        if self.chance.random() < 0.7:
            return
        raw = self._git("cat-file", "commit", "refs/heads/main")
        author = next(line for line in raw.split(b"\n") if line.startswith(b"author"))
        odd = self.chance.choice(
            [b"author A <a@b> notadate", b"author", b"author A <a@b> 99999999999999999999 +0000",
             b"author A <a@b> 1700000000 +99999", b"author <> 0 -0000", b"autor x"]
        )  # fmt: skip
        self.told.append(repr(odd))
        raw = raw.replace(author, odd, 1)
        sha = self._git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
        self._git("update-ref", "refs/heads/main", sha.decode().strip())

    def _work_tree(self, tree: Tree, made: Made) -> History:
        done = self._git("reset", "--hard", "--quiet", "refs/heads/main", check=False)
        root = self.top / self.prefix
        root.mkdir(parents=True, exist_ok=True)
        if not (root / "dvc.yaml").is_file():
            self.told.append(f"no dvc.yaml: {done[-80:]!r}")
        sound = all(tree.get(self._path(name)) == (PLAIN, made.files[name]) for name in KEPT)
        if (root / "data").is_symlink() or (root / "data").is_file():
            sound = False
        state = self.chance.choice(["there", "there", "there", "none", "other", "half"])
        self.told.append(f"work tree: {made.name}, data {state}")
        if state != "none":
            source = made if state == "there" else self.chance.choice(self.pool)
            shutil.copytree(source.root / "data", root / "data", dirs_exist_ok=True)
        if state == "half":
            shutil.rmtree(root / "data" / "filtered")
            (root / "data/clean/items.parquet").write_bytes(b"PAR1")
        return History(self.top, root, made if sound else None)

    def _cache(self, history: History) -> None:
        source, cache = self.pool[0].root.parent / "cache", history.root / ".dvc" / "cache"
        kind = self.chance.choice(["whole", "whole", "whole", "none", "some", "rotten", "odd"])
        self.told.append(f"cache: {kind}")
        history.sound = kind == "whole"
        if kind == "none":
            return
        with_links = kind in {"whole", "some"}
        shutil.copytree(source, cache, copy_function=os.link if with_links else shutil.copy)
        files = sorted(file for file in cache.rglob("*") if file.is_file())
        if kind == "some":
            for file in self.chance.sample(files, len(files) // 3):
                file.unlink()
        if kind in {"rotten", "odd"}:
            for file in self.chance.sample(files, len(files) // 4):
                self._spoil(file, odd=kind == "odd")

    def _spoil(self, file: Path, *, odd: bool) -> None:
        data = bytearray(file.read_bytes())
        if not odd:
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
            file.write_bytes(data)
            return
        kind = self.chance.choice(["empty", "short", "folder", "link", "json"])
        if kind in {"folder", "link"}:
            file.unlink()
        if kind == "folder":
            file.mkdir()
        elif kind == "link":
            file.symlink_to("/etc/passwd")
        elif kind == "json":
            file.write_bytes(b'[{"md5": 5, "relpath": []}]')
        else:
            file.write_bytes(b"" if kind == "empty" else data[: len(data) // 2])

    def _meddle(self, history: History, commits: Sequence[str], tip: str) -> None:
        """What is done to a repository by hand."""
        git_dir, chance = self.top / ".git", self.chance
        some, other = chance.choice(commits), chance.choice(commits)
        acts: dict[str, Callable[[], object]] = {
            "shallow": lambda: (git_dir / "shallow").write_text(f"{some}\n"),
            "graft": lambda: _write(git_dir / "info/grafts", f"{some}\n{tip} {some} {other}\n"),
            "replace": lambda: _write(git_dir / "refs/replace" / some, f"{other}\n"),
            "detached": lambda: (git_dir / "HEAD").write_text(f"{some}\n"),
            "unborn": lambda: (git_dir / "HEAD").write_text("ref: refs/heads/none\n"),
            "dangling": lambda: _write(git_dir / "refs/tags/dangling", f"{'1' * 40}\n"),
            "stray": lambda: _write(git_dir / "refs/tags/stray", "no id\n"),
            "lock": lambda: _overwrite(history.root / "dvc.lock", odd_lock(b"", chance)),
            "params": lambda: _overwrite(history.root / "params.yaml", chance.choice(PARAMS)),
            "report": lambda: _overwrite(history.root / KEPT[3], chance.choice(REPORTS)),
            "lost": self._lose_object,
            "merging": lambda: (git_dir / "MERGE_HEAD").write_text(f"{some}\n"),
            "config": lambda: _write(history.root / ".dvc/config.local", chance.choice(CONFIGS)),
        }
        for name in chance.sample(sorted(acts), chance.choice([0, 0, 1, 1, 2, 3])):
            self.told.append(f"by hand: {name}")
            acts[name]()
            if name in {"lock", "params", "report"}:
                history.workspace = None
            if name in {"lost", "config"}:
                history.sound = False

    def _lose_object(self) -> None:
        folder = self.top / ".git" / "objects"
        loose = sorted(folder.glob("[0-9a-f][0-9a-f]/*"))
        if loose:
            self.chance.choice(loose).unlink()

    def _git(self, *words: str, stdin: bytes = b"", check: bool = True) -> bytes:
        done = subprocess.run(
            ["git", *words], cwd=self.top, input=stdin, capture_output=True, check=False
        )
        assert not check or done.returncode == 0, (words, done.stderr, self.told)
        return done.stdout if check else done.stderr


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _overwrite(path: Path, content: bytes) -> None:
    """Write a file of the work tree; a commit may have put a link or a folder in its place."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def odd_lock(lock: bytes, chance: random.Random) -> bytes:
    """A text in place of a lock: one that DVC never wrote, or a sound one that was changed."""
    changes: list[Callable[[bytes], bytes]] = [
        lambda one: one[: len(one) // 2],
        lambda one: one.replace(b"\n", b"\r\n"),
        lambda one: b"\xef\xbb\xbf" + one,
        lambda one: one.decode().encode("utf-16"),
        lambda one: one.replace(b"md5: ", b"md5: A", 3),
        lambda one: one.replace(b"size: ", b"size: -", 1),
        lambda one: one.replace(b"size: ", b"size: .inf #", 1),
        lambda one: one.replace(b".dir", b"", 1),
        lambda one: one.replace(b"nfiles: ", b"nfiles: x", 1),
        lambda one: one.replace(b"  - path: data", b"  - path: ../data", 1),
        lambda one: one.replace(b"outs:", b"outs: &a", 1),
        lambda one: one.replace(b"outs:", b"\touts:", 1),
        lambda one: one.replace(b"  clean:", b"  fetch:", 1),
        lambda one: one.replace(b"md5: ", b"md5: 0000000000000000#", 2),
        lambda one: one + one,
        lambda one: one + b"\n" + b"# long\n" * 5000,
    ]
    if lock and chance.random() < 0.6:
        return chance.choice(changes)(lock)
    return chance.choice(LOCKS)


def _mixed(a: Made, b: Made) -> bytes:
    """A lock that takes the filtered labels from another version than the rest."""
    one, other = yaml.safe_load(a.files["dvc.lock"]), yaml.safe_load(b.files["dvc.lock"])
    one["stages"]["filter"] = other["stages"]["filter"]
    return yaml.safe_dump(one, sort_keys=False).encode()


def _in_conflict(a: Made, b: Made) -> bytes:
    one, other = a.files["dvc.lock"], b.files["dvc.lock"]
    return b"<<<<<<< HEAD\n" + one + b"=======\n" + other + b">>>>>>> side\n"
