"""A snapshot is added: its files, its entry, its choice in params.yaml, and the split it keeps.

All of it comes into place, or nothing of it: what fails or is interrupted is taken back.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagledger import params
from tagledger.adding.entries import description_of, snapshot_entry, source_entry
from tagledger.adding.known import SOURCES, Known
from tagledger.adding.placing import (
    kept_by_dvc,
    location_of,
    place_files,
    placed_already,
    take_back,
)
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import write_bytes
from tagledger.params import PARAMS, SplitParams
from tagledger.release.freeze import freeze_version, is_file
from tagledger.sources.catalogue import FileIdentity, identify, load_catalogue
from tagledger.splitting import base
from tagledger.versions import (
    LOCK,
    WORKSPACE,
    Repository,
    Version,
    add_file,
    dirty_files,
    lineage,
    refuse_ignored,
    track_as_before,
)
from tagledger.yaml_edits.edits import with_entry, with_value


@dataclass(frozen=True)
class Addition:
    """A snapshot to add.

    Attributes
    ----------
    source, snapshot
        Their names.
    files
        The files, by their names in the snapshot.
    reading
        How they are read: of a new source, or where it is not that of the source.
    address
        The address of the folder of the files; None if they are to be copied.
    values
        Parameters that fit the first data of a repository, by their dotted names.
    """

    source: str
    snapshot: str
    files: Mapping[str, Path]
    reading: Mapping[str, Any] | None = None
    address: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Added:
    """What was added.

    Attributes
    ----------
    location
        Where the files are.
    identities
        What they are.
    large
        Those that DVC keeps.
    base
        The split base, if it is another one than before.
    why
        Why no split base was frozen.
    """

    location: str
    identities: Mapping[str, FileIdentity]
    large: list[str]
    base: str | None
    why: str


def same_files(known: Known, source: str, files: Mapping[str, Path]) -> str | None:
    """The snapshot of a source, its last or the chosen one, that has the same files already."""
    snapshots = known.snapshots(source)
    wanted = sorted(identify(path).sha256 for path in files.values())
    for name in dict.fromkeys([*list(snapshots)[-1:], known.last(source)]):
        if name is not None:
            held = sorted(one.sha256 for one in snapshots[name].files.values())
            if held == wanted:
                return name
    return None


def refuse_uncommitted(repository: Repository, known: Known, source: str) -> None:
    """Refuse to go on from a build that is in no commit: its split could not be kept.

    Raises
    ------
    TagledgerError
        dvc.lock differs from the last commit, and the source has earlier snapshots.
    """
    if not known.snapshots(source) or repository.in_git(LOCK) not in dirty_files(repository):
        return
    raise TagledgerError(
        "the last build is in no commit, so the next one could not keep its split",
        where=repository.root / LOCK,
        hint='`git add --all && git commit -m "Build the dataset"` first; or, if you do not want '
        "that build, `git checkout HEAD dvc.lock && dvc checkout`",
    )


def to_keep(repository: Repository, source: str) -> Version | None:
    """The version whose split the next one keeps: the last of the source on the way to HEAD."""
    history = lineage(repository, source=source)
    step_index = history.current
    while step_index is not None:
        step = history.steps[step_index]
        if step.version.name != WORKSPACE and step.version.source == source:
            return step.version
        step_index = step.parents[0] if step.parents else None
    return None


def add(repository: Repository, known: Known, wanted: Addition) -> Added:
    """Add a snapshot to the repository, and choose it.

    Raises
    ------
    TagledgerError
        Something cannot be written or read, or a file is written in a way that cannot be edited;
        everything is as it was then.
    """
    with _taken_back(repository, wanted):
        if wanted.address is None:
            names = (wanted.source, wanted.snapshot)
            identities = placed_already(repository.root, *names, wanted.files)
            if identities is None:
                identities = place_files(repository.root, *names, wanted.files)
            large = _let_git_or_dvc_keep(repository, wanted, identities)
        else:
            identities = {name: identify(path) for name, path in wanted.files.items()}
            large = []
        # The entry comes last: where a kill cuts this short, another run finds the snapshot not
        # there yet, and does all of it.
        frozen, why = _keep_split(repository, known, wanted.source)
        _choose(repository.root, wanted)
        _write_entry(repository.root, known, wanted, identities)
        load_catalogue(repository.root / SOURCES, root=repository.root)
    return Added(_location(wanted), identities, large, frozen, why)


def _location(wanted: Addition) -> str:
    return wanted.address or location_of(wanted.source, wanted.snapshot).as_posix()


def _let_git_or_dvc_keep(
    repository: Repository, wanted: Addition, identities: Mapping[str, FileIdentity]
) -> list[str]:
    large = kept_by_dvc(repository.root, wanted.source, wanted.snapshot, identities)
    for path in large:
        add_file(repository, path, hint="mend what DVC complains of, then run it again")
        refuse_ignored(repository, f"{path}.dvc")
    folder = location_of(wanted.source, wanted.snapshot)
    for name in identities:
        path = (folder / name).as_posix()
        if path not in large:
            refuse_ignored(repository, path)
    return large


def _write_entry(
    root: Path, known: Known, wanted: Addition, identities: Mapping[str, FileIdentity]
) -> None:
    """Write the entry of the snapshot, and of its source if that is new."""
    path = root / SOURCES
    new = wanted.source not in known.names
    snapshot = snapshot_entry(_location(wanted), identities, None if new else wanted.reading)
    keys = ["sources", wanted.source]
    if new:
        assert wanted.reading is not None  # a new source has one
        text = description_of(wanted.files)
        entry = source_entry(text, wanted.reading, {wanted.snapshot: snapshot})
    else:
        keys += ["snapshots", wanted.snapshot]
        entry = snapshot
    with os_errors(path):
        data = path.read_bytes()
    write_bytes(path, with_entry(data, path, keys, entry))


def _choose(root: Path, wanted: Addition) -> None:
    """Set fetch.source, fetch.snapshot and what fits the first data."""
    chosen = {"fetch.source": wanted.source, "fetch.snapshot": wanted.snapshot}
    _set(root, chosen | dict(wanted.values))


def _set(root: Path, values: Mapping[str, Any]) -> None:
    """Set parameters by their dotted names, all in one step."""
    path = root / PARAMS
    with os_errors(path):
        data = path.read_bytes()
    edited = data
    for name, value in values.items():
        edited = with_value(edited, path, name.split("."), value)
    if edited != data:
        write_bytes(path, edited)


def _keep_split(repository: Repository, known: Known, source: str) -> tuple[str | None, str]:
    """Freeze the version that the snapshot follows; its name, or why there is none."""
    split_base = params.load(SplitParams, repository.root / PARAMS).base
    if split_base is not None and is_file(split_base):
        return None, f"the split base stays {split_base}, a file of your own"
    version = to_keep(repository, source) if known.snapshots(source) else None
    if version is None:
        if split_base is None or source == known.source:
            return None, "no version of this source is built and committed yet: no split to keep"
        _set(repository.root, {"split.base": None})
        return None, f"the split base is null now: {split_base} is a version of another source"
    frozen = base.frozen_name(repository.root / base.FOLDER)
    if split_base == frozen and split_base in version.names:
        return None, f"the split base is {split_base} already: its items keep their split"
    _set(repository.root, {"split.base": version.name})
    return freeze_version(repository, version.name).name, ""


@contextmanager
def _taken_back(repository: Repository, wanted: Addition) -> Iterator[None]:
    """Where the block raises, the repository is as it was."""
    root = repository.root
    held = {}
    for path in (root / SOURCES, root / PARAMS):
        with os_errors(path):
            held[path] = path.read_bytes()
    was_there = (root / location_of(wanted.source, wanted.snapshot)).exists()
    folder = root / base.FOLDER
    with tempfile.TemporaryDirectory(prefix="tagledger-") as at:
        if folder.is_dir():
            shutil.copytree(folder, Path(at) / "base")
        try:
            yield
        except BaseException:
            for path, data in held.items():
                if path.read_bytes() != data:
                    write_bytes(path, data)
            if wanted.address is None and not was_there:
                take_back(root, wanted.source, wanted.snapshot)
            _bring_back(repository, Path(at) / "base", folder)
            raise


def _bring_back(repository: Repository, earlier: Path, folder: Path) -> None:
    """Bring back the frozen base, and what git tracks of it."""
    if not earlier.is_dir() or _contents(earlier) == _contents(folder):
        return
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(earlier, folder)
    track_as_before(repository, base.FOLDER.as_posix())


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
