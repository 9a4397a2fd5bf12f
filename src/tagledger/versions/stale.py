"""What is newer than the data in the work tree, and what of the data is missing there.

Compares what dvc.lock records with the work tree as `dvc status` would, but without starting DVC,
which takes a second and refuses while a build runs. Files of up to 4 MiB are compared by their
md5; of larger ones, existence and size alone are looked at, and of what lies outside of the
repository existence alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tagledger.documents import LOCK, PARAMS, PIPELINE, parse_yaml
from tagledger.errors import TagledgerError, os_errors
from tagledger.versions.added import POINTER, pointers_in
from tagledger.versions.commits import read_file
from tagledger.versions.data_files import available
from tagledger.versions.differences import ABSENT, differences, value_at
from tagledger.versions.dvc_lock import Output, as_lock_error, read_outputs, read_stages
from tagledger.versions.ignored import Ignored, folder_md5
from tagledger.versions.listing import find_version
from tagledger.versions.repository import Repository
from tagledger.versions.unread import ANNOTATE, UNREAD, has_unread_events, read_again
from tagledger.versions.version import WORKSPACE

ChangeKind = Literal["newer", "missing", "edited"]

_HASHED = 4 << 20
_NAMED = 3
_OUTS = ("outs", "metrics", "plots")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """A way in which the work tree and its dvc.lock differ.

    Attributes
    ----------
    stage
        The first stage that it concerns.
    kind
        newer: a parameter, a source or code is not the one that the stage ran with. missing: an
        output is not there, or a file that `dvc add` keeps. edited: an output is not what the
        stage made.
    what
        In words, such as "params.yaml: filter.min_tag_count 30 -> 25".
    """

    stage: str
    kind: ChangeKind
    what: str


@dataclass(frozen=True)
class Staleness:
    """What of the work tree's data cannot be taken for current.

    Attributes
    ----------
    changes
        None twice; in the order of the pipeline's stages.
    unfinished
        Whether a build failed or was interrupted: it made some of the outputs and not all.
    problem
        What to say of it, and what to run; None where the data is current.
    """

    changes: Sequence[Change] = ()
    unfinished: bool = False
    problem: TagledgerError | None = None

    def has(self, *kinds: ChangeKind) -> bool:
        """Whether a change is of one of these kinds."""
        return any(change.kind in kinds for change in self.changes)


def staleness(repo: Repository) -> Staleness:
    """What is newer than the data in the work tree, what is missing there, and what was edited.

    Empty where nothing was ever built, for then there is no data to speak of.

    Raises
    ------
    TagledgerError
        dvc.lock or dvc.yaml cannot be read.
    """
    lock, pipeline = read_file(repo, LOCK), read_file(repo, PIPELINE)
    if lock is None:
        return Staleness()
    where = str(repo.root / LOCK)
    recorded = read_stages(lock, where)
    definitions = read_stages(pipeline or b"", str(repo.root / PIPELINE))
    tree = _WorkTree(repo, read_outputs(lock, pipeline or b"", where))
    changes: dict[str, Change] = {}
    with as_lock_error(where):  # what stands below a stage may be anything
        for name, definition in _stages(definitions, recorded):
            for kind, what in tree.changes(name, recorded.get(name), definition):
                changes.setdefault(what, Change(name, kind, what))
        runs_again = any(one.stage == ANNOTATE for one in changes.values())
        if ANNOTATE in recorded and not runs_again and has_unread_events(repo.root):
            changes[UNREAD] = Change(ANNOTATE, "newer", UNREAD)
    stale = Staleness(tuple(changes.values()))
    if not changes:
        return stale
    added = {_missing(path): out for path, out in tree.not_here.items()}
    return replace(
        stale,
        unfinished=tree.built
        and any(one.kind == "missing" and one.what not in added for one in changes.values()),
        problem=_problem_with(repo, added) or _problem(repo, stale, built=tree.built),
    )


def _problem_with(repo: Repository, added: Mapping[str, Output]) -> TagledgerError | None:
    """What to say of files that `dvc add` keeps and that are not here: DVC refuses to run then."""
    if not added:
        return None
    here = all(repo.find_object(out.md5) is not None for out in added.values())
    command = "checkout" if here else "pull"
    pointers = " ".join(f"{out.path}{POINTER}" for out in added.values())
    return TagledgerError(
        f"the work tree does not have what DVC keeps beside it: {_some(list(added))}",
        where=repo.root,
        hint=f"`dvc {command} {pointers}` brings it here",
    )


def _missing(path: str) -> str:
    return f"{path} is missing"


def _problem(repo: Repository, stale: Staleness, *, built: bool) -> TagledgerError:
    newer, missing, edited = (
        [change.what for change in stale.changes if change.kind == kind]
        for kind in ("newer", "missing", "edited")
    )
    if missing and not built:
        hints = {"cache": "`dvc checkout` brings it here", "missing": "`dvc repro` makes it"}
        where = "missing" if newer else available(repo, find_version(repo, WORKSPACE))
        return TagledgerError(
            f"the work tree does not have the data that its {LOCK} records",
            where=repo.root,
            hint=hints.get(where, "`dvc pull` brings it here"),
        )
    if missing:
        back = "" if newer else f"; `dvc checkout` brings back what {LOCK} records"
        return TagledgerError(
            f"the last build is unfinished: {_some(missing)}",
            where=repo.root,
            hint=f"`dvc repro` finishes it, or says what stops it{back}",
        )
    if UNREAD in newer:
        return read_again(repo.root, _some([what for what in newer if what != UNREAD]))
    if newer:
        return TagledgerError(
            f"the data is stale, older than {_some(newer)}",
            where=repo.root,
            hint="`dvc repro` brings it up to date",
        )
    return TagledgerError(
        f"the data is not what {LOCK} records: {_some(edited)}",
        where=repo.root,
        hint=f"`dvc repro` makes it anew; `dvc checkout --force` brings back what {LOCK} records",
    )


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return f"{', '.join(texts[:_NAMED])}{more}"


def _stages(
    pipeline: Mapping[str, Entry], recorded: Mapping[str, Entry]
) -> Iterator[tuple[str, Entry | None]]:
    """Each stage and what dvc.yaml says of it; None where that is a template.

    A stage that is made once for each of a list, or of variables, is judged by its record alone.
    """
    for name, definition in pipeline.items():
        if {"foreach", "matrix"} & definition.keys():
            yield from ((one, None) for one in recorded if one.startswith(f"{name}@"))
        elif "${" in str(definition):
            yield name, None
        else:
            yield name, definition


class _WorkTree:
    """The files of the work tree beside what dvc.lock records of them."""

    def __init__(self, repo: Repository, outputs: Mapping[str, Output]) -> None:
        self.root = repo.root
        self.top = repo.top
        self.outputs = outputs
        self._ignored = Ignored.of(repo.dvc_dir.parent)
        self._params: dict[str, Any] = {}
        self._verdicts: dict[tuple[str, str], bool] = {}
        self.not_here: dict[str, Output] = {}  # files that `dvc add` keeps, by path

    @property
    def built(self) -> bool:
        """Whether some data is there; reports, which git brings, do not count."""
        return any((self.root / path).exists() for path, out in self.outputs.items() if out.cached)

    def changes(
        self, name: str, record: Entry | None, definition: Entry | None
    ) -> Iterator[tuple[ChangeKind, str]]:
        """How what dvc.lock records of a stage differs from the work tree."""
        if record is None:
            yield "missing", f"the stage {name} has not run"
            return
        definition = _definition_of(record) if definition is None else definition
        for path in self._not_here(definition):
            yield "missing", _missing(path)
        if not definition.get("frozen"):
            yield from (("newer", what) for what in self._newer(name, record, definition))
        yield from self._outs(record)

    def _newer(self, name: str, record: Entry, definition: Entry) -> Iterator[str]:
        if definition.get("cmd") != record.get("cmd"):
            yield f"{PIPELINE}: the command of {name}"
        yield from self._params_of(record, definition)
        yield from self._deps(record, definition)
        recorded = _by_path(record, "outs")
        for path in _paths(definition, *_OUTS):
            if path not in recorded:
                yield f"{PIPELINE}: {path} is a new output of {name}"

    def _outs(self, record: Entry) -> Iterator[tuple[ChangeKind, str]]:
        for path, entry in _by_path(record, "outs").items():
            if not (self.root / path).exists():
                yield "missing", _missing(path)
            elif not self._is_recorded(path, entry):
                yield "edited", path

    def _params_of(self, record: Entry, definition: Entry) -> Iterator[str]:
        recorded = record.get("params") or {}
        for file, keys in _params(definition).items():
            try:
                was, now = recorded.get(file) or {}, self._read_params(file)
            except TagledgerError as error:
                yield f"{file}: {error.what}"
                continue
            if now is not None:
                for key in keys or dict.fromkeys([*was, *now]):
                    for line in differences(key, was.get(key, ABSENT), value_at(now, key)):
                        yield f"{file}: {line}"

    def _read_params(self, name: str) -> Any:
        """What a file of parameters says; None where it is neither YAML nor JSON."""
        if name not in self._params:
            file = self.root / name
            with os_errors(file):
                text = file.read_bytes() if file.is_file() else b"{}"
            readable = file.suffix in {".yaml", ".yml", ".json", ".lock"}
            self._params[name] = (parse_yaml(text, file) or {}) if readable else None
        return self._params[name]

    def _deps(self, record: Entry, definition: Entry) -> Iterator[str]:
        recorded = _by_path(record, "deps")
        for path in _paths(definition, "deps"):
            entry, out = recorded.get(path), self.outputs.get(path)
            if entry is None:
                yield f"{PIPELINE}: {path} is a new dependency"
            elif out is not None:
                if out.md5 != entry.get("md5"):
                    yield f"{path}, which was made anew"
            elif not (self.root / path).exists():
                if not any(
                    output.startswith(f"{path}/") or path.startswith(f"{output}/")
                    for output in self.outputs
                ):
                    yield f"{path}, which is gone"
            elif not self._is_recorded(path, entry):
                yield path

    def _not_here(self, definition: Entry) -> Iterator[str]:
        """The files in the folders a stage depends on that only their .dvc files are there of."""
        for path in _paths(definition, "deps"):
            folder = self.root / path
            if path in self.outputs or not _is_below(folder, self.top) or not folder.is_dir():
                continue
            for file, out in pointers_in(folder).items():
                if not file.exists():
                    name = file.relative_to(self.root).as_posix()
                    self.not_here[name] = replace(out, path=name)
                    yield name

    def _is_recorded(self, path: str, entry: Entry) -> bool:
        """Whether a file or folder is what an entry of dvc.lock says, as far as is looked at."""
        md5 = entry.get("md5")
        if md5 is None:
            return True  # on another machine
        # Most code is a dependency of several stages.
        if (path, md5) not in self._verdicts:
            self._verdicts[path, md5] = self._has(self.root / path, md5, entry)
        return self._verdicts[path, md5]

    def _has(self, path: Path, md5: str, entry: Entry) -> bool:
        if not _is_below(path, self.top):
            return True  # the disk of whoever has cloned this is not to be read through
        if path.is_dir() != md5.endswith(".dir"):
            return False
        if not path.is_dir() and not path.is_file():
            return False  # a device or a pipe, which may never end
        files = self._members(path) if path.is_dir() else {path: None}
        size = sum(_size(file, out) for file, out in files.items())
        if size != entry.get("size", size):
            return False
        if size > _HASHED:
            return True
        md5s = {file: _md5(file) if out is None else out.md5 for file, out in files.items()}
        actual = folder_md5(path, md5s) if path.is_dir() else md5s[path]
        # Before DVC 3 a text file's md5 was that of its lines, however they end.
        return actual == md5 or ("hash" not in entry and _unix_md5(path) == md5)

    def _members(self, folder: Path) -> dict[Path, Output | None]:
        """The files of a folder; an output in it stands for what the pipeline made of it."""
        inside = f"{folder.relative_to(self.root).as_posix()}/"
        outputs = {
            self.root / path: out
            for path, out in self.outputs.items()
            if path.startswith(inside) and not out.is_folder
        }
        not_here = {file: out for file, out in pointers_in(folder).items() if not file.exists()}
        return dict.fromkeys(self._ignored.files(folder)) | not_here | outputs


def _is_below(path: Path, top: Path) -> bool:
    return Path(os.path.normpath(path)).is_relative_to(top)


def _size(file: Path, out: Output | None) -> int:
    """Bytes of a file, or of the output of that path as its stage made it."""
    if out is not None and out.size is not None:
        return out.size
    with os_errors(file):
        return file.stat().st_size


def _md5(file: Path) -> str:
    with os_errors(file), file.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return digest.hexdigest()


def _unix_md5(path: Path) -> str | None:
    if path.is_dir():
        return None
    with os_errors(path):
        text = path.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def _by_path(record: Entry, kind: str) -> dict[str, Entry]:
    """The entries of a stage in dvc.lock for files of this machine."""
    entries = {str(entry["path"]): entry for entry in record.get(kind) or ()}
    return {path: entry for path, entry in entries.items() if "://" not in path}


def _paths(definition: Entry, *kinds: str) -> list[str]:
    """The paths that a stage in dvc.yaml names, of files of this machine."""
    entries = [entry for kind in kinds for entry in definition.get(kind) or ()]
    names = [
        str(name) for entry in entries for name in (entry if isinstance(entry, dict) else [entry])
    ]
    return [name for name in names if "://" not in name]


def _params(definition: Entry) -> dict[str, list[str]]:
    """The parameters that a stage names, by file; all of a file where it names none."""
    params: dict[str, list[str]] = {}
    for entry in definition.get("params") or ():
        if isinstance(entry, dict):
            for file, keys in entry.items():
                params.setdefault(str(file), []).extend(map(str, keys or ()))
        else:
            params.setdefault(PARAMS.name, []).append(str(entry))
    return params


def _definition_of(record: Entry) -> Entry:
    """What dvc.yaml would say of a stage, as far as its record tells."""
    return {
        "cmd": record.get("cmd"),
        "deps": list(_by_path(record, "deps")),
        "params": [{file: list(values)} for file, values in (record.get("params") or {}).items()],
        "outs": list(_by_path(record, "outs")),
    }
